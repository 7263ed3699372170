//! Runtimes and base images: `FROM` of a Dockerfile, and the files by which version managers know what to install.
//!
//! Names are those of endoflife.date's products where there is one; an image without one is named as it is written. The
//! version is as written: a tag such as `18-alpine`, `22.04`, `lts`.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::{Reading, Scope, Use, quote};

/// Official images and what version managers call things, by endoflife.date's product.
const PRODUCTS: &[(&str, &str)] = &[
    ("almalinux", "almalinux"),
    ("alpine", "alpine-linux"),
    ("amazoncorretto", "amazon-corretto"),
    ("amazonlinux", "amazon-linux"),
    ("bun", "bun"),
    ("centos", "centos"),
    ("composer", "composer"),
    ("corretto", "amazon-corretto"),
    ("debian", "debian"),
    ("deno", "deno"),
    ("dotnet", "dotnet"),
    ("dotnet-core", "dotnet"),
    ("eclipse-temurin", "eclipse-temurin"),
    ("elasticsearch", "elasticsearch"),
    ("elixir", "elixir"),
    ("erlang", "erlang"),
    ("fedora", "fedora"),
    ("go", "go"),
    ("golang", "go"),
    ("gradle", "gradle"),
    ("haproxy", "haproxy"),
    ("httpd", "apache-http-server"),
    ("java", "oracle-jdk"),
    ("kotlin", "kotlin"),
    ("mariadb", "mariadb"),
    ("maven", "apache-maven"),
    ("memcached", "memcached"),
    ("mongo", "mongodb"),
    ("mysql", "mysql"),
    ("nginx", "nginx"),
    ("node", "nodejs"),
    ("nodejs", "nodejs"),
    ("openjdk", "openjdk-builds-from-oracle"),
    ("oraclelinux", "oracle-linux"),
    ("perl", "perl"),
    ("php", "php"),
    ("postgres", "postgresql"),
    ("python", "python"),
    ("rabbitmq", "rabbitmq"),
    ("redis", "redis"),
    ("rockylinux", "rocky-linux"),
    ("ruby", "ruby"),
    ("rust", "rust"),
    ("temurin", "eclipse-temurin"),
    ("terraform", "terraform"),
    ("tomcat", "tomcat"),
    ("traefik", "traefik"),
    ("ubuntu", "ubuntu"),
    ("valkey", "valkey"),
    ("zookeeper", "zookeeper"),
    ("zulu", "azul-zulu"),
];

/// Whether a file of this name builds an image.
pub(super) fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // `Dockerfile.dev`, `api.Dockerfile`, but no template or script that makes one.
    ["dockerfile", "containerfile"].iter().any(|kind| {
        lower == *kind
            || lower.strip_prefix(kind).and_then(|rest| rest.strip_prefix(['.', '-'])).is_some_and(|rest| !is_other(rest))
            || lower.strip_suffix(kind).is_some_and(|before| before.len() > 1 && before.ends_with('.'))
    })
}

/// Endings of files that are about a Dockerfile, and none.
fn is_other(rest: &str) -> bool {
    const OTHER: [&str; 10] = ["dockerignore", "j2", "lock", "md", "orig", "py", "sh", "template", "tmpl", "txt"];
    rest.rsplit('.').next().is_some_and(|ending| OTHER.contains(&ending))
}

/// Reads the images that a Dockerfile builds on.
pub(super) fn dockerfile(text: &str, reading: &mut Reading<'_>) {
    let mut arguments: BTreeMap<String, String> = BTreeMap::new();
    let mut stages: BTreeSet<String> = BTreeSet::new();
    let mut found: Vec<(String, Option<String>, Option<String>)> = Vec::new();
    let mut is_before_stages = true;
    for (line, instruction) in instructions(text) {
        let mut words = instruction.split_whitespace();
        let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
        if keyword == "ARG" && is_before_stages {
            // Only what stands before the first stage is known in FROM.
            for word in words {
                if let Some((name, value)) = word.split_once('=') {
                    arguments.insert(name.to_owned(), unquote(value).to_owned());
                }
            }
            continue;
        }
        if keyword != "FROM" {
            continue;
        }
        is_before_stages = false;
        let words: Vec<&str> = words.filter(|word| !word.starts_with("--")).collect();
        let Some(image) = words.first().map(|image| unquote(image)) else {
            reading.refuse(Some(line), format!("found {}, expected an image", quote(&instruction)));
            continue;
        };
        let is_stage = stages.contains(&image.to_ascii_lowercase());
        if let [_, keyword, name] = words.as_slice()
            && keyword.eq_ignore_ascii_case("as")
        {
            stages.insert(name.to_ascii_lowercase());
        }
        let Some(image) = expand(image, &arguments) else {
            reading.refuse(Some(line), format!("found the image {} with an argument without a default, expected a value", quote(image)));
            continue;
        };
        if is_stage || stages.contains(&image.to_ascii_lowercase()) && !image.contains(['/', ':']) || image == "scratch" {
            continue;
        }
        let (name, tag, digest) = parts(&image);
        if name.is_empty() {
            reading.refuse(Some(line), format!("found {}, expected an image", quote(&instruction)));
            continue;
        }
        found.push((product_of_image(&name), tag, digest));
    }
    if is_before_stages {
        reading.refuse(None, "found no `FROM`, expected an image to build on");
    }
    let last = found.len().saturating_sub(1);
    for (at, (name, tag, digest)) in found.into_iter().enumerate() {
        // What the last stage builds on is shipped; the others only build it.
        let scope = if at == last { Scope::Runtime } else { Scope::Build };
        reading.add(&name, Use { version: tag, requirement: digest, scope: Some(scope), direct: Some(true) });
    }
}

/// Instructions with the line on which they begin; a backslash (or what a directive puts in its place) continues one.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut escape = '\\';
    let mut instructions: Vec<(usize, String)> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut until: Vec<String> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        if let Some(end) = until.first() {
            // Inside of a here-document, whose lines are no instructions.
            if content == end {
                until.remove(0);
            }
            continue;
        }
        if instructions.is_empty()
            && open.is_none()
            && let Some(directive) = content.strip_prefix('#')
            && let Some((name, value)) = directive.split_once('=')
            && name.trim().eq_ignore_ascii_case("escape")
        {
            escape = value.trim().chars().next().filter(|c| matches!(c, '\\' | '`')).unwrap_or('\\');
        }
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let (begin, mut so_far) = open.take().unwrap_or((at + 1, String::new()));
        match content.strip_suffix(escape) {
            Some(content) => {
                so_far.push_str(content);
                so_far.push(' ');
                open = Some((begin, so_far));
            }
            None => {
                so_far.push_str(content);
                let keyword = so_far.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
                if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
                    until = here_documents(&so_far);
                }
                instructions.push((begin, so_far));
            }
        }
    }
    instructions.extend(open);
    instructions
}

/// The words that end the here-documents of an instruction: `<<EOF`, `<<-"EOF"`.
fn here_documents(instruction: &str) -> Vec<String> {
    let begins = instruction.split_whitespace().filter_map(|word| word.strip_prefix("<<"));
    let ends = begins.map(|word| unquote(word.strip_prefix('-').unwrap_or(word)).to_owned());
    ends.filter(|end| !end.is_empty() && end.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).collect()
}

/// `$NAME`, `${NAME}`, `${NAME:-other}` by the defaults of arguments; nothing if one has no value.
fn expand(text: &str, arguments: &BTreeMap<String, String>) -> Option<String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let (expression, after) = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => after.split_at(after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len())),
        };
        let (name, default) = match expression.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (expression, None),
        };
        let value = arguments.get(name).map(String::as_str).filter(|value| !value.is_empty()).or(default)?;
        // A default that names another argument is left unresolved rather than followed without end.
        if value.contains('$') {
            return None;
        }
        expanded.push_str(value);
        rest = after;
    }
    expanded.push_str(rest);
    Some(expanded)
}

/// Name, tag and digest of an image.
fn parts(image: &str) -> (String, Option<String>, Option<String>) {
    let (image, digest) = image.split_once('@').map_or((image, None), |(image, digest)| (image, Some(digest.to_owned())));
    // A colon before the last slash belongs to the registry's port.
    let slash = image.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match image[slash..].split_once(':') {
        Some((name, tag)) => (format!("{}{name}", &image[..slash]), Some(tag.to_owned()).filter(|tag| !tag.is_empty())),
        None => (image.to_owned(), None),
    };
    (name.to_lowercase(), tag, digest.filter(|digest| !digest.is_empty()))
}

/// The product that an image contains: official images, wherever they are mirrored; anything else by its whole name.
fn product_of_image(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    if name.contains("dotnet/") {
        return "dotnet".to_owned();
    }
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    // `library/node`, `mirror.example/library/node`, `mirror.example/node`, but not `somebody/node`.
    let is_official =
        folder.is_empty() || folder == "library" || folder.ends_with("/library") || (!folder.contains('/') && folder.contains(['.', ':']));
    match product(last).filter(|_| is_official) {
        Some(product) => product.to_owned(),
        None => name.to_owned(),
    }
}

fn product(name: &str) -> Option<&'static str> {
    PRODUCTS.iter().find(|(known, _)| *known == name).map(|(_, product)| *product)
}

/// Reads `.nvmrc`, `.node-version`, `.python-version` and `.java-version`.
pub(super) fn version_file(text: &str, reading: &mut Reading<'_>) {
    let name = reading.path.rsplit('/').next().unwrap_or_default();
    let tool = match name {
        ".python-version" => "python",
        ".java-version" => "java",
        ".ruby-version" => "ruby",
        _ => "node",
    };
    let lines = text.lines().enumerate().map(|(at, line)| (at, line.split('#').next().unwrap_or_default().trim()));
    for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
        if line.contains('=') {
            continue;
        }
        add(tool, line, at + 1, reading);
        // pyenv takes several, of which each is installed; the others know one.
        if tool != "python" {
            break;
        }
    }
}

/// Reads `.tool-versions`: a tool and its versions on each line.
pub(super) fn tool_versions(text: &str, reading: &mut Reading<'_>) {
    for (at, line) in text.lines().enumerate() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(tool) = words.next() else { continue };
        let versions: Vec<&str> = words.collect();
        if versions.is_empty() {
            reading.refuse(Some(at + 1), format!("found {}, expected a tool and a version", quote(line)));
        }
        // What endoflife.date has no product for is a tool of the workplace.
        if product(tool).is_some() {
            for version in versions {
                add(tool, version, at + 1, reading);
            }
        }
    }
}

/// Reads `runtime.txt` of Heroku and its like: `python-3.11.4`.
pub(super) fn runtime_txt(text: &str, reading: &mut Reading<'_>) {
    let Some((at, line)) = text.lines().enumerate().map(|(at, line)| (at, line.trim())).find(|(_, line)| !line.is_empty()) else { return };
    match line.split_once('-') {
        Some((tool, version)) if product(tool).is_some() => add(tool, version, at + 1, reading),
        _ => reading.refuse(Some(at + 1), format!("found {}, expected a runtime such as `python-3.11.4`", quote(line))),
    }
}

fn add(tool: &str, version: &str, line: usize, reading: &mut Reading<'_>) {
    if version.starts_with("path:") || version.starts_with("ref:") || matches!(version, "system" | "default") {
        return;
    }
    if version.contains(char::is_whitespace) {
        reading.refuse(Some(line), format!("found {}, expected one version", quote(version)));
        return;
    }
    // `temurin-21.0.2+13` and `corretto64-17` name the vendor, `pypy3.10-7.3` another interpreter.
    let vendor = version.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().trim_end_matches('-');
    let name = match (tool, vendor) {
        ("java", "") => "oracle-jdk",
        ("java", vendor) => product(vendor.trim_end_matches("64").trim_start_matches("eclipse-")).unwrap_or("oracle-jdk"),
        ("python", vendor) if !matches!(vendor, "" | "python") => return,
        _ => product(tool).unwrap_or(tool),
    };
    reading.add(name, Use { version: Some(version.to_owned()), requirement: None, scope: Some(Scope::Runtime), direct: Some(true) });
}

fn unquote(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::told;
    use super::*;

    #[test]
    fn a_dockerfile_tells_what_it_builds_on() {
        let text = include_str!("fixtures/Dockerfile");
        insta::assert_snapshot!(told("Dockerfile", text, &[]), @r#"
        Dockerfile
        runtime/alpine-linux  3.20  -  build  direct
        runtime/dotnet  8.0  -  build  direct
        runtime/eclipse-temurin  21.0.2_13-jre-jammy  sha256:c0ffee  build  direct
        runtime/forge.example:5000/acme/base  7  -  build  direct
        runtime/go  1.22  -  build  direct
        runtime/nodejs  18-alpine,20.11.1-bookworm-slim  -  runtime  direct
        runtime/python  -  -  build  direct
        ! 25: found the image `acme/${UNSET}:1` with an argument without a default, expected a value
        ! 26: found `FROM`, expected an image
        "#);
    }

    #[test]
    fn files_of_version_managers_tell_one_version_each() {
        assert_eq!(told(".nvmrc", "v18.19.0\n", &[]), ".nvmrc\nruntime/nodejs  v18.19.0  -  runtime  direct\n");
        assert_eq!(told("web/.nvmrc", "# pinned\nlts/iron\n20\n", &[]), ".nvmrc\nruntime/nodejs  lts/iron  -  runtime  direct\n");
        assert_eq!(told(".node-version", "20", &[]), ".node-version\nruntime/nodejs  20  -  runtime  direct\n");
        let python = "3.12.1\n3.11\npypy3.10-7.3.12\nsystem\n";
        assert_eq!(told(".python-version", python, &[]), ".python-version\nruntime/python  3.11,3.12.1  -  runtime  direct\n");
        assert_eq!(
            told(".java-version", "temurin-21.0.2\n", &[]),
            ".java-version\nruntime/eclipse-temurin  temurin-21.0.2  -  runtime  direct\n"
        );
        assert_eq!(told(".java-version", "17\n", &[]), ".java-version\nruntime/oracle-jdk  17  -  runtime  direct\n");
        assert_eq!(told("runtime.txt", "python-3.11.4\n", &[]), "runtime.txt\nruntime/python  3.11.4  -  runtime  direct\n");
        assert_eq!(
            told("runtime.txt", "hello world\n", &[]),
            "runtime.txt\n! 1: found `hello world`, expected a runtime such as `python-3.11.4`\n"
        );
        insta::assert_snapshot!(
            told(".tool-versions", "nodejs 20.11.1 18.19.0 # two\npython 3.12.1\njava corretto-21.0.2.13.1\nshellcheck 0.9\nruby\ngolang system\n", &[]),
            @r#"
        .tool-versions
        runtime/amazon-corretto  corretto-21.0.2.13.1  -  runtime  direct
        runtime/nodejs  18.19.0,20.11.1  -  runtime  direct
        runtime/python  3.12.1  -  runtime  direct
        ! 5: found `ruby`, expected a tool and a version
        "#
        );
    }

    #[test]
    fn a_dockerfile_is_told_by_its_name() {
        for name in ["Dockerfile", "dockerfile", "Containerfile", "Dockerfile.dev", "Dockerfile-prod", "api.Dockerfile", "Dockerfile.v1.2"]
        {
            assert!(is_dockerfile(name), "{name}");
        }
        for name in [
            "Dockerfile.md",
            "Dockerfile.j2",
            "Dockerfiles",
            "docker-compose.yml",
            "MyDockerfile",
            ".dockerignore",
            "Dockerfile.dockerignore",
            ".Dockerfile",
        ] {
            assert!(!is_dockerfile(name), "{name}");
        }
    }

    #[test]
    fn images_are_taken_apart() {
        let table = [
            ("node", "node", None, None),
            ("node:18@sha256:1", "node", Some("18"), Some("sha256:1")),
            ("host:5000/a/b", "host:5000/a/b", None, None),
            ("host:5000/a/b:1", "host:5000/a/b", Some("1"), None),
            (":", "", None, None),
        ];
        for (image, name, tag, digest) in table {
            assert_eq!(parts(image), (name.to_owned(), tag.map(str::to_owned), digest.map(str::to_owned)), "{image}");
        }
        for (image, expected) in [
            ("library/node", "nodejs"),
            ("mirror.example/library/node", "nodejs"),
            ("mirror.example/node", "nodejs"),
            ("somebody/node", "somebody/node"),
            ("mirror.example/somebody/node", "mirror.example/somebody/node"),
        ] {
            assert_eq!(product_of_image(image), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

        #[test]
        fn texts_of_any_kind_never_panic(text in "(\\PC|\n|FROM |ARG |AS |\\$|\\{|\\}|:|@|/|\\\\\n|<<EOF\n|EOF\n|node|=|é){0,40}") {
            for path in ["Dockerfile", ".nvmrc", ".tool-versions", "runtime.txt", ".java-version"] {
                told(path, &text, &[]);
            }
        }
    }
}
