//! Imports point one way: `src/` is read for `crate::` paths, and the first one that points back fails the test.

use std::path::{Path, PathBuf};

use crate::support::package;

/// From the bottom to the top. Folders on one line do not know each other.
const LAYERS: [&[&str]; 10] = [
    &["model"],
    &["catalog", "quality"],
    &["store", "collect", "demo"],
    &["query"],
    &["ingest"],
    &["act"],
    &["report", "access"],
    &["api"],
    &["server"],
    &["cli"],
];

/// Folders that know less than their layer allows.
const KNOWS_ONLY: [(&str, &[&str]); 1] = [("demo", &["model"])];

#[test]
fn imports_point_one_way() {
    let source = package().join("src");
    let mut violations = Vec::new();
    for file in files_below(&source) {
        let relative = file.strip_prefix(&source).unwrap();
        let Some(folder) = folder_of(relative) else { continue };
        let text = std::fs::read_to_string(&file).unwrap();
        violations.extend(violations_in(&folder, relative, &text));
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn what_points_back_or_sideways_is_found() {
    let found = |folder: &str, text: &str| violations_in(folder, Path::new("x.rs"), text).len();
    assert_eq!(found("store", "use crate::model::Day;\nuse crate::{catalog, store::fs};"), 0);
    assert_eq!(found("store", "use crate::collect::Sink;"), 1);
    assert_eq!(found("model", "fn f() -> crate::store::Store { todo() }"), 1);
    assert_eq!(found("query", "use crate::{\n    ingest::Run,\n    model,\n};"), 1);
    assert_eq!(found("query", "use crate::{model::{Day, Kind}, api};"), 1);
    let up = |file: &str| violations_in("collect", Path::new(file), "use super::super::x;").len();
    assert_eq!((up("collect/sink.rs"), up("collect/git/mod.rs"), up("collect/git/packages/npm.rs")), (1, 1, 0));
    assert_eq!(found("store", "/// See [`crate::cli`].\n// crate::cli\nlet text = \"x\"; // crate::api"), 0);
    assert_eq!(found("demo", "use crate::catalog;"), 1);
}

fn violations_in(folder: &str, file: &Path, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    let code: Vec<&str> = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code)).collect();
    let code = code.join("\n");
    let line_of = |offset: usize| code[..offset].matches('\n').count() + 1;
    let depth = depth_of(file);
    for (offset, _) in code.match_indices("super::").filter(|(offset, _)| !code[..*offset].ends_with("super::")) {
        // That many steps up reach the crate's root, from where any folder could be named.
        let steps = code[offset..].split("super::").take_while(|between| between.is_empty()).count();
        if steps >= depth.max(2) {
            violations.push(format!("src/{}:{}: write crate::… instead of super::super::…", file.display(), line_of(offset)));
        }
    }
    for (offset, matched) in code.match_indices("crate::") {
        for target in targets(&code[offset + matched.len()..]) {
            if !is_allowed(folder, &target) {
                violations.push(format!("src/{}:{}: {folder} must not know {target}", file.display(), line_of(offset)));
            }
        }
    }
    violations
}

/// How many modules deep a file is.
fn depth_of(file: &Path) -> usize {
    file.components().count() - usize::from(file.ends_with("mod.rs"))
}

/// The first parts of the path, or of each path in braces, that follows `crate::`.
fn targets(rest: &str) -> Vec<String> {
    let word = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![word(rest)] };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.iter().map(|part| word(part.trim_start_matches(','))).filter(|part| !part.is_empty()).collect()
}

fn is_allowed(folder: &str, target: &str) -> bool {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    // What is no folder is an item of the crate's root, which belongs to nobody.
    let Some(above) = layer(target) else { return true };
    let Some(own) = layer(folder) else { panic!("src/{folder} has no place in the layers of this test") };
    let known = KNOWS_ONLY.iter().find(|(name, _)| *name == folder).is_none_or(|(_, known)| known.contains(&target));
    target == folder || (above < own && known)
}

/// The folder of `src/` that a file belongs to; none for `lib.rs` and `main.rs`.
fn folder_of(file: &Path) -> Option<String> {
    let first = file.components().next()?.as_os_str().to_str()?;
    (!first.ends_with(".rs")).then(|| first.to_owned())
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
