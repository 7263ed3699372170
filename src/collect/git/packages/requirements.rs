//! pip: `requirements.txt` and its relatives, line by line.

use std::collections::BTreeSet;
use std::str::FromStr;

use pep508_rs::PackageName;
use pep508_rs::pep440_rs::{Operator, VersionSpecifiers};

use super::reading::{Reading, Scope, Use, folder, quote, resolve};

/// Files that include each other are followed this deep.
const MAX_DEPTH: usize = 8;

/// Files that one file includes, in all.
const MAX_FILES: usize = 100;

/// Whether a file of this name, in a folder of that name, holds requirements.
pub(super) fn is_name(folder: &str, name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".txt") else { return false };
    let stem = stem.to_ascii_lowercase();
    if stem.contains("constraint") {
        return false;
    }
    folder == "requirements"
        || stem == "requirements"
        || ["requirements-", "requirements_", "requirements."].iter().any(|start| stem.starts_with(start))
        || ["-requirements", "_requirements", ".requirements"].iter().any(|end| stem.ends_with(end))
}

/// A requirement of PEP 508.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pep508 {
    /// Normalised by PEP 503.
    pub(super) name: String,
    /// The exact version, if it is pinned.
    pub(super) version: Option<String>,
    /// The range or URL as declared; nothing if any version will do.
    pub(super) requirement: Option<String>,
    /// It lies in the repository or on the machine.
    pub(super) is_local: bool,
}

/// Reads a requirement of PEP 508. Its marker is not looked at: it tells where the package is installed, not which.
///
/// It is taken apart here, for the parser of whole requirements puts the environment's variables into URLs, and stops
/// the program at names such as `a-`.
pub(super) fn pep508(text: &str) -> Result<Pep508, String> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))).unwrap_or(text.len());
    let (own, rest) = text.split_at(end);
    let name = name(own)?;
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').ok_or("extras without their end")?.1.trim_start(),
        None => rest,
    };
    if let Some(url) = rest.strip_prefix('@') {
        let url = url.split(" ;").next().unwrap_or_default().trim();
        let is_local = !url.contains("://") || url.starts_with("file:");
        return Ok(Pep508 { name, version: None, requirement: Some(url.to_owned()), is_local });
    }
    let range = rest.split(';').next().unwrap_or_default().trim();
    let range = range.strip_prefix('(').and_then(|range| range.strip_suffix(')')).unwrap_or(range).trim();
    if range.is_empty() {
        return Ok(Pep508 { name, version: None, requirement: None, is_local: false });
    }
    let specifiers = VersionSpecifiers::from_str(range).map_err(|_| format!("{} as a range of versions", quote(range)))?;
    let is_pin = |operator: &Operator| matches!(operator, Operator::Equal | Operator::ExactEqual);
    let version = specifiers.iter().find(|specifier| is_pin(specifier.operator())).map(|specifier| specifier.version().to_string());
    Ok(Pep508 { name, version, requirement: Some(range.to_owned()), is_local: false })
}

/// A name as PEP 503 normalises it.
pub(super) fn name(text: &str) -> Result<String, String> {
    let name = PackageName::from_str(text.trim()).ok().map(|name| name.to_string());
    name.filter(|name| !name.is_empty()).ok_or_else(|| format!("{} as a name", quote(text)))
}

/// Reads a file of requirements.
pub(super) fn read(text: &str, reading: &mut Reading<'_>) {
    let stem = reading.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".txt").to_ascii_lowercase();
    let scope = match stem.trim_start_matches("requirements").trim_end_matches("requirements").trim_matches(['-', '_', '.']) {
        "" => Scope::Runtime,
        group if ["dev", "test", "doc", "lint", "ci", "build", "tool", "local"].iter().any(|word| group.contains(word)) => {
            Scope::of_group(group)
        }
        _ => Scope::Runtime,
    };
    let mut seen = BTreeSet::from([reading.path.to_owned()]);
    file(text, None, scope, 0, &mut seen, reading);
}

/// One file; `included` is its path, if it is not the file that is being read.
fn file(text: &str, included: Option<&str>, scope: Scope, depth: usize, seen: &mut BTreeSet<String>, reading: &mut Reading<'_>) {
    let here = included.unwrap_or(reading.path).to_owned();
    let lines = logical_lines(text);
    // Generated files say in comments what brought each package in, or are hashed and list everything.
    let has_origins = lines.iter().any(|line| line.origin.is_some());
    let is_hashed = lines.iter().any(|line| line.content.contains("--hash"));
    for line in lines {
        let at = if included.is_none() { Some(line.number) } else { None };
        let content = line.content.trim();
        if let Some(option) = content.strip_prefix('-') {
            if let Some(path) = value_of(content, "-r", "--requirement") {
                let other = resolve(folder(&here), path).filter(|_| !path.contains("://"));
                match other {
                    None => reading.refuse(at, format!("found {}, expected a file of the repository", quote(content))),
                    Some(other) if super::is_manifest(&other) => {}
                    Some(other) => {
                        if depth < MAX_DEPTH && seen.len() < MAX_FILES && seen.insert(other.clone()) {
                            match reading.text_of(&other) {
                                Some(text) => file(&text, Some(&other), scope, depth + 1, seen, reading),
                                None => reading.refuse(at, format!("found no file {}, expected the included requirements", quote(&other))),
                            }
                        }
                    }
                }
            } else if let Some(place) = value_of(content, "-e", "--editable") {
                place_of(place, at, scope, reading);
            } else if option.is_empty() {
                reading.refuse(at, "found `-`, expected an option or a requirement");
            }
            continue;
        }
        let content = content.split(" --").next().unwrap_or_default().trim();
        if is_place(content) {
            place_of(content, at, scope, reading);
            continue;
        }
        match pep508(content) {
            Ok(found) if found.is_local => {}
            Ok(found) => {
                let direct = match (&line.origin, has_origins) {
                    (Some(origin), _) => Some(origin.contains("-r ") || origin.contains("pyproject.toml") || origin.contains("setup.")),
                    // A range is nothing that a tool would write.
                    (None, is_generated) => (found.version.is_none() || !(is_generated || is_hashed)).then_some(true),
                };
                reading.add(&found.name, Use { version: found.version, requirement: found.requirement, scope: Some(scope), direct });
            }
            Err(problem) => reading.refuse(at, format!("found {} ({problem}), expected a requirement such as `name==1.2`", quote(content))),
        }
    }
}

struct Line {
    number: usize,
    content: String,
    /// What a generated file says about where it comes from: `via -r requirements.in`.
    origin: Option<String>,
}

/// Lines with their continuations joined and their comments taken off.
fn logical_lines(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut is_via = false;
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix('#').filter(|_| open.is_none()) {
            // `# via requests`, or `# via` with one origin on each of the next lines.
            let comment = comment.trim();
            if let Some(rest) = comment.strip_prefix("via").filter(|_| line.starts_with([' ', '\t'])) {
                is_via = true;
                if let Some(last) = lines.last_mut() {
                    last.origin.get_or_insert_default().push_str(rest);
                }
            } else if is_via
                && line.starts_with([' ', '\t'])
                && let Some(last) = lines.last_mut()
            {
                last.origin.get_or_insert_default().push_str(&format!(" {comment}"));
            }
            continue;
        }
        is_via = false;
        let (content, comment) =
            match line.match_indices('#').find(|(at, _)| line.get(..*at).is_some_and(|before| before.ends_with([' ', '\t']))) {
                Some((at, _)) => (line.get(..at).unwrap_or_default(), line.get(at + 1..)),
                None => (line, None),
            };
        let (number, mut joined) = open.take().unwrap_or((at + 1, String::new()));
        match content.strip_suffix('\\') {
            Some(part) => {
                joined.push_str(part);
                joined.push(' ');
                open = Some((number, joined));
            }
            None => {
                joined.push_str(content);
                if !joined.trim().is_empty() {
                    let origin = comment.and_then(|comment| comment.trim().strip_prefix("via ")).map(str::to_owned);
                    lines.push(Line { number, content: joined, origin });
                }
            }
        }
    }
    if let Some((number, content)) = open.filter(|(_, content)| !content.trim().is_empty()) {
        lines.push(Line { number, content, origin: None });
    }
    lines
}

/// The value of an option: `-r file`, `-rfile`, `--requirement file` or `--requirement=file`.
fn value_of<'l>(content: &'l str, short: &str, long: &str) -> Option<&'l str> {
    let rest = match content.strip_prefix(long) {
        Some(rest) => Some(rest).filter(|rest| rest.starts_with(['=', ' ', '\t'])),
        None => content.strip_prefix(short).filter(|_| !content.starts_with("--")),
    }?;
    let value = rest.trim_start_matches('=').trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then_some(value)
}

fn is_place(content: &str) -> bool {
    let before = content.split('@').next().unwrap_or_default();
    before.contains("://")
        || ["./", "../", "/", ".\\", "~/", "file:", "git+", "hg+", "svn+", "bzr+"].iter().any(|start| content.starts_with(start))
        || matches!(content, "." | "..")
        || (before.ends_with(".whl") || before.ends_with(".tar.gz") || before.ends_with(".zip"))
}

/// A URL or path in the place of a requirement; only one that names its package counts.
fn place_of(place: &str, line: Option<usize>, scope: Scope, reading: &mut Reading<'_>) {
    let is_url = place.contains("://") && !place.starts_with("file:");
    if !is_url {
        if let Ok(found) = pep508(place)
            && !found.is_local
            && place.contains('@')
        {
            reading.add(&found.name, Use { requirement: found.requirement, scope: Some(scope), direct: Some(true), version: None });
        }
        return;
    }
    if let Some((before, _)) = place.split_once('@')
        && !before.contains("://")
    {
        if let Ok(found) = pep508(place) {
            reading.add(&found.name, Use { requirement: found.requirement, scope: Some(scope), direct: Some(true), version: None });
        }
        return;
    }
    let egg = place.split_once("egg=").map(|(_, rest)| rest.split(['&', '[', ' ', ';']).next().unwrap_or_default());
    let wheel = place.split(['#', '?']).next().and_then(|url| url.rsplit('/').next()).and_then(|file| file.strip_suffix(".whl"));
    let (found, version) = match (egg, wheel) {
        (Some(egg), _) => (name(egg), None),
        (None, Some(wheel)) => {
            let mut parts = wheel.split('-');
            (name(parts.next().unwrap_or_default()), parts.next().map(str::to_owned))
        }
        (None, None) => (Err("a URL".to_owned()), None),
    };
    match found {
        Ok(name) => reading.add(&name, Use { version, requirement: Some(place.to_owned()), scope: Some(scope), direct: Some(true) }),
        Err(_) => reading.refuse(line, format!("found {} without a name, expected `name @ URL`", quote(place))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn every_line_stands_for_itself() {
        insta::assert_snapshot!(told("requirements.txt", include_str!("fixtures/requirements.txt"), &[("deps/extra.in", "extra>=1\n-r ../deps/extra.in\n-r more.in\n"), ("requirements-base.txt", "base==1\n")]), @r#"
        requirements.txt
        pypi/direct  -  https://registry.example/direct-1.0.tar.gz  runtime  direct
        pypi/django  5.1.2  ==5.1.2  runtime  unknown
        pypi/extra  -  >=1  runtime  direct
        pypi/fork-name  -  git+https://forge.example/acme/fork.git@main#egg=Fork_Name  runtime  direct
        pypi/pinned  1.0.post1  ===1.0.post1  runtime  unknown
        pypi/requests  -  >= 2.31 , < 3  runtime  direct
        pypi/some-wheel  2.1  https://registry.example/wheels/some_wheel-2.1-py3-none-any.whl  runtime  direct
        pypi/typing-extensions  -  -  runtime  direct
        ! -: found no file `deps/more.in`, expected the included requirements
        ! 15: found `https://registry.example/nameless.tar.gz` without a name, expected `name @ URL`
        ! 18: found `==1.0` (`` as a name), expected a requirement such as `name==1.2`
        "#);
    }

    #[test]
    fn a_compiled_file_says_where_its_lines_come_from() {
        insta::assert_snapshot!(told("requirements-dev.txt", include_str!("fixtures/requirements-compiled.txt"), &[]), @r#"
        requirements.txt
        pypi/asgiref  3.8.1  ==3.8.1  development  indirect
        pypi/django  5.1.2  ==5.1.2  development  direct
        pypi/sqlparse  0.5.1  ==0.5.1  development  indirect
        "#);
    }
}
