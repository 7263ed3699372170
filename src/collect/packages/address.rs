//! Names as addresses: percent-encoded paths, package URLs, paths of the sparse index, patterns.

use url::Url;

/// A text as one part of a path: everything but unreserved characters is encoded.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// An address below a base, whose path may or may not end with a slash. `path` is encoded already.
///
/// Nothing if the path would lead elsewhere: URLs treat `..` as a step up, encoded or not.
pub(super) fn below(base: &Url, path: &str) -> Option<Url> {
    let is_step = |part: &str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if path.split('/').any(is_step) {
        return None;
    }
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    let whole = format!("{}/{path}", base.path().trim_end_matches('/'));
    url.set_path(&whole);
    Some(url)
}

/// The word for an ecosystem at deps.dev; nothing if it has none.
pub(super) fn system_of(ecosystem: &str) -> Option<&'static str> {
    Some(match ecosystem {
        "npm" => "NPM",
        "pypi" => "PYPI",
        "cargo" => "CARGO",
        "go" => "GO",
        "maven" => "MAVEN",
        "gem" => "RUBYGEMS",
        "nuget" => "NUGET",
        _ => return None,
    })
}

/// The package URL of a version; nothing for an ecosystem that OSV does not know by such.
pub(super) fn package_url(ecosystem: &str, name: &str, version: &str) -> Option<String> {
    let path = |name: &str| name.split('/').map(encode).collect::<Vec<_>>().join("/");
    let (kind, name) = match ecosystem {
        "npm" | "cargo" | "gem" | "nuget" | "pypi" | "composer" => (ecosystem, path(name)),
        "go" => ("golang", path(name)),
        "maven" => {
            let (group, artifact) = name.split_once(':')?;
            ("maven", format!("{}/{}", encode(group), encode(artifact)))
        }
        _ => return None,
    };
    // Records of Go have no leading v.
    let version = if ecosystem == "go" { version.strip_prefix('v').unwrap_or(version) } else { version };
    Some(format!("pkg:{kind}/{name}@{}", encode(version)))
}

/// Where a crate stands in a sparse index.
pub(super) fn index_path(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
        return None;
    }
    Some(match name.len() {
        1 => format!("1/{name}"),
        2 => format!("2/{name}"),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    })
}

/// A name of the Python index as PEP 503 normalises it.
pub(super) fn normalised(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !normal.ends_with('-') {
                normal.push('-');
            }
        } else {
            normal.extend(character.to_lowercase());
        }
    }
    normal
}

/// Whether a name fits a pattern in which `*` stands for anything, without regard to case.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.to_lowercase().chars().collect(), name.to_lowercase().chars().collect());
    let (mut at, mut here) = (0, 0);
    // Where the last star was, and how much of the name it takes so far.
    let mut star: Option<(usize, usize)> = None;
    while here < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, here));
            at += 1;
        } else if pattern.get(at) == name.get(here) {
            at += 1;
            here += 1;
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            at = star_at + 1;
            here = taken + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_path_is_encoded() {
        assert_eq!(encode("@acme/widgets"), "%40acme%2Fwidgets");
        assert_eq!(encode("org.acme:core"), "org.acme%3Acore");
        assert_eq!(encode("v1.2.3+incompatible é"), "v1.2.3%2Bincompatible%20%C3%A9");
        let base: Url = "http://127.0.0.1:1/sub/".parse().unwrap();
        assert_eq!(below(&base, "a%2Fb").unwrap().as_str(), "http://127.0.0.1:1/sub/a%2Fb");
        for path in ["..", "a/../b", "%2e%2E/x", "./x"] {
            assert_eq!(below(&base, path), None, "{path}");
        }
    }

    #[test]
    fn packages_have_addresses() {
        let table = [
            ("npm", "@acme/widgets", "1.0.0", "pkg:npm/%40acme/widgets@1.0.0"),
            ("maven", "org.acme:core", "1.0", "pkg:maven/org.acme/core@1.0"),
            ("go", "forge.example/acme/x", "v2.0.0+incompatible", "pkg:golang/forge.example/acme/x@2.0.0%2Bincompatible"),
            ("composer", "acme/x", "1.0", "pkg:composer/acme/x@1.0"),
        ];
        for (ecosystem, name, version, expected) in table {
            assert_eq!(package_url(ecosystem, name, version).as_deref(), Some(expected));
        }
        assert_eq!(package_url("runtime", "nodejs", "18"), None);
        assert_eq!(package_url("maven", "no-group", "18"), None);
    }

    #[test]
    fn a_crate_stands_where_the_index_puts_it() {
        let path = |name: &str| index_path(name).unwrap();
        assert_eq!(
            (path("A"), path("ab"), path("abc"), path("Acme-Log")),
            ("1/a".into(), "2/ab".into(), "3/a/abc".into(), "ac/me/acme-log".into())
        );
        assert_eq!(index_path("é"), None);
        assert_eq!(index_path(".."), None);
    }

    #[test]
    fn names_are_normalised_and_fit_patterns() {
        assert_eq!(normalised("Foo__Bar.-baz"), "foo-bar-baz");
        for (pattern, name, expected) in [
            ("@acme/*", "@acme/log", true),
            ("@acme/*", "@Acme/a/b", true),
            ("@acme/*", "@acmex/log", false),
            ("acme-*", "acme-", true),
            ("*-internal", "x-internal", true),
            ("a*b*c", "aXXbYYbc", true),
            ("a*b*c", "aXXbYY", false),
            ("acme", "acme", true),
            ("", "", true),
            ("*", "", true),
            ("**", "x", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
