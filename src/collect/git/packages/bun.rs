//! Bun: `bun.lock`, which is JSON with trailing commas. The older `bun.lockb` is binary and not read.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::loose::{Loose, Table, Text};
use super::npm::{Project, Target, split_at_version, target};
use super::reading::{Reading, Scope, Use, inside, quote, spread};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BunLock {
    lockfile_version: Text,
    workspaces: Table<Loose<Project>>,
    packages: Table<Loose<Details>>,
}

/// The third item of a package's entry.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    dependencies: Table<Text>,
    optional_dependencies: Table<Text>,
}

/// An entry of `packages`: its place, the name and version of what lies there, and what that needs.
struct Node<'l> {
    key: &'l str,
    identity: Option<(&'l str, &'l str)>,
    details: Option<&'l Details>,
}

/// Reads a `bun.lock`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let lock: BunLock = match jsonc_parser::parse_to_serde_value(text, &jsonc_parser::ParseOptions::default()) {
        Ok(lock) => lock,
        Err(error) => {
            let message = format!("found {}, expected a bun.lock", quote(&error.to_string()));
            return reading.refuse(Some(error.line_display()), message);
        }
    };
    let version = lock.lockfile_version.text().unwrap_or_default();
    reading.rule = match version {
        "0" => "bun.lock v0",
        "1" => "bun.lock v1",
        _ => "bun.lock",
    };
    if lock.packages.table().is_none() && lock.workspaces.table().is_none() {
        return reading.refuse(None, "found neither `packages` nor `workspaces`, expected both");
    }

    let mut nodes: Vec<Node<'_>> = Vec::new();
    for (key, entry) in lock.packages.entries() {
        let identity = entry.items().first().and_then(Loose::text).and_then(split_at_version);
        if identity.is_none() {
            let message = format!("found {} as the entry {}, expected a list that begins with `name@version`", entry.shape(), quote(key));
            reading.refuse(reading.line_of(text, &format!("\"{key}\"")), message);
        }
        nodes.push(Node { key, identity, details: entry.items().iter().find_map(Loose::table) });
    }
    let by_key: HashMap<&str, usize> = nodes.iter().enumerate().map(|(node, found)| (found.key, node)).collect();
    let edges: Vec<Vec<usize>> = nodes
        .iter()
        .map(|Node { key, details, .. }| {
            let needs = details.map_or(&[][..], |details| details.dependencies.entries());
            let wishes = details.map_or(&[][..], |details| details.optional_dependencies.entries());
            needs.iter().chain(wishes).filter_map(|(name, _)| find(key, name, &by_key)).collect()
        })
        .collect();

    let mut roots = Vec::new();
    let mut declared: HashSet<&str> = HashSet::new();
    for (_, workspace) in lock.workspaces.entries() {
        let Some(project) = workspace.table() else { continue };
        for (name, requirement, scope) in project.declared() {
            let node = find(project.name.text().unwrap_or_default(), name, &by_key);
            let place = node.and_then(|node| nodes.get(node)).and_then(|found| found.identity);
            if place.is_some_and(|(_, version)| is_local(version)) {
                continue;
            }
            let Target::Package(own, requirement) = target(name, requirement) else { continue };
            roots.extend(node.map(|node| (node, scope)));
            let name = place.map_or(own, |(name, _)| name);
            declared.insert(name);
            let requirement = Some(requirement.to_owned());
            reading.add(name, Use { requirement, scope: Some(scope), direct: Some(true), version: None });
        }
    }
    let scopes: Vec<Option<Scope>> = spread(&edges, &roots);
    for (node, scope) in nodes.iter().zip(scopes) {
        let Some((name, version)) = node.identity else { continue };
        if is_local(version) {
            continue;
        }
        let found = Use { scope, direct: Some(false), ..Use::default() };
        if version.contains([':', '/']) {
            // From git or a URL: what the project declares says it better.
            let requirement = declared.insert(name).then(|| version.to_owned());
            reading.add(name, Use { requirement, ..found });
        } else {
            reading.add(name, Use { version: Some(version.to_owned()), ..found });
        }
    }
}

/// The entry that `name` leads to from the entry `from`: the most nested one.
fn find(from: &str, name: &str, by_key: &HashMap<&str, usize>) -> Option<usize> {
    let mut place = from;
    loop {
        if let Some(node) = by_key.get(inside(place, name).as_str()) {
            return Some(*node);
        }
        if place.is_empty() {
            return None;
        }
        place = super::reading::folder(place);
        // Half of a scoped name is no place.
        if place.rsplit('/').next().is_some_and(|last| last.starts_with('@')) {
            place = super::reading::folder(place);
        }
    }
}

fn is_local(version: &str) -> bool {
    ["workspace:", "file:", "link:", "root:", "./", "../"].iter().any(|prefix| version.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn nested_entries_aliases_and_members() {
        insta::assert_snapshot!(told("bun.lock", include_str!("fixtures/bun.lock"), &[]), @r#"
        bun.lock v1
        npm/@scope/alpha  1.2.9  ^1.2.0  runtime  direct
        npm/@scope/n  9.0.0  -  development  indirect
        npm/fork  -  forge:acme/fork  runtime  direct
        npm/n  1.9.0,2.1.0  ^1.0.0 | ^2.0.0  runtime  direct
        npm/tool  3.1.0  ^3.0.0  development  direct
        npm/y  1.5.0  ^1  runtime  direct
        ! 23: found a string or number as the entry `broken`, expected a list that begins with `name@version`
        "#);
    }
}
