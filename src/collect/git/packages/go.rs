//! Go: `go.mod`, which since Go 1.17 lists every module of the build. `go.sum` lists more than is used.

use std::collections::HashMap;

use super::reading::{Reading, Scope, Use, quote};

struct Required {
    path: String,
    version: String,
    is_indirect: bool,
}

/// Reads a `go.mod`.
pub(super) fn module(text: &str, reading: &mut Reading<'_>) {
    let mut required: Vec<Required> = Vec::new();
    let mut replaced: HashMap<(String, Option<String>), (String, Option<String>)> = HashMap::new();
    let mut tools: Vec<String> = Vec::new();
    let mut block: Option<String> = None;
    let mut opened = 0;
    for (at, line) in text.lines().enumerate() {
        let (content, comment) = split_comment(line);
        let mut words = words(content);
        if words.is_empty() {
            continue;
        }
        let directive = if let Some(directive) = &block {
            if words == [")"] {
                block = None;
                continue;
            }
            directive.clone()
        } else {
            let directive = words.remove(0);
            if words == ["("] {
                block = Some(directive);
                opened = at + 1;
                continue;
            }
            directive
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (directive.as_str(), words.as_slice()) {
            ("require", [path, version]) if is_version(version) => {
                let is_indirect = comment.is_some_and(|comment| comment == "indirect" || comment.starts_with("indirect;"));
                required.push(Required { path: (*path).to_owned(), version: (*version).to_owned(), is_indirect });
            }
            ("replace", [old, "=>", new]) => {
                replaced.insert(((*old).to_owned(), None), ((*new).to_owned(), None));
            }
            ("replace", [old, "=>", new, version]) => {
                replaced.insert(((*old).to_owned(), None), ((*new).to_owned(), Some((*version).to_owned())));
            }
            ("replace", [old, of, "=>", new]) => {
                replaced.insert(((*old).to_owned(), Some((*of).to_owned())), ((*new).to_owned(), None));
            }
            ("replace", [old, of, "=>", new, version]) => {
                replaced.insert(((*old).to_owned(), Some((*of).to_owned())), ((*new).to_owned(), Some((*version).to_owned())));
            }
            ("tool", [path]) => tools.push((*path).to_owned()),
            ("module", [path]) => reading.publish(path),
            ("module" | "go" | "toolchain" | "godebug" | "exclude" | "retract" | "ignore", _) => {}
            ("require", _) => reading.refuse(Some(at + 1), format!("found {}, expected a module path and a version", quote(content))),
            ("replace", _) => reading.refuse(Some(at + 1), format!("found {}, expected `old => new`", quote(content))),
            _ => reading.refuse(Some(at + 1), format!("found {}, expected a directive of go.mod", quote(content))),
        }
    }
    if let Some(directive) = block {
        reading.refuse(Some(opened), format!("found a block {} without its end, expected `)`", quote(&directive)));
    }
    for module in required {
        let exact = (module.path.clone(), Some(module.version.clone()));
        let replacement = replaced.get(&exact).or_else(|| replaced.get(&(module.path.clone(), None)));
        let is_tool = tools.iter().any(|tool| tool.strip_prefix(&module.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        let scope = if is_tool && module.is_indirect { Scope::Build } else { Scope::Runtime };
        let mut found = Use {
            version: Some(module.version.clone()),
            requirement: None,
            scope: Some(scope),
            direct: Some(!module.is_indirect || is_tool),
        };
        match replacement {
            // A folder of the same machine.
            Some((new, None))
                if new.starts_with("./") || new.starts_with("../") || new.starts_with('/') || matches!(new.as_str(), "." | "..") => {}
            Some((new, version)) => {
                found.requirement = Some(format!("{} {}", module.path, module.version));
                found.version.clone_from(version);
                reading.add(new, found);
            }
            None => reading.add(&module.path, found),
        }
    }
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A line without its comment, and the comment.
fn split_comment(line: &str) -> (&str, Option<&str>) {
    match line.find("//") {
        // Not inside of a quoted path.
        Some(at) if line.get(..at).is_some_and(|before| before.matches(['"', '`']).count() % 2 == 0) => {
            (line.get(..at).unwrap_or_default().trim(), line.get(at + 2..).map(str::trim))
        }
        _ => (line.trim(), None),
    }
}

/// The words of a line; a parenthesis is one of its own, and quotes are taken off.
fn words(content: &str) -> Vec<String> {
    let spaced = content.replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(|word| word.trim_matches(['"', '`']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn replacements_tools_and_broken_lines() {
        insta::assert_snapshot!(told("go.mod", include_str!("fixtures/go.mod"), &[]), @r#"
        go.mod
        go/forge.example/acme/forked  v1.1.1-acme  forge.example/forked v1.1.0  runtime  direct
        go/forge.example/alpha  v1.2.3  -  runtime  direct
        go/forge.example/beta/v2  v2.0.0+incompatible  -  runtime  direct
        go/forge.example/gamma  v0.0.0-20240102030405-abcdefabcdef  -  runtime  indirect
        go/forge.example/pinned  v1.4.0  -  runtime  indirect
        go/forge.example/quoted  v1.0.0  -  runtime  direct
        go/forge.example/tools  v0.24.0  -  build  direct
        ! 18: found `forge.example/broken`, expected a module path and a version
        ! 33: found `<<<<<<< ours`, expected a directive of go.mod
        "#);
    }
}
