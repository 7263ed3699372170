//! Yarn: `yarn.lock`, the first version's own format and the YAML of the later ones ("berry").
//!
//! Both are entries at the margin with indented fields, so one reader of lines does for both; it knows the line of
//! every entry, and a broken entry spoils no other.

use std::collections::HashMap;

use super::npm::{Project, Target, project_in, split_at_version, target};
use super::reading::{Reading, Scope, Use, quote, resolve, spread};

/// One entry: what it resolves, and its fields.
struct Entry<'t> {
    line: usize,
    descriptors: Vec<&'t str>,
    version: Option<&'t str>,
    /// Only in the later versions.
    resolution: Option<&'t str>,
    /// Only in the first version.
    resolved: Option<&'t str>,
    dependencies: Vec<(&'t str, &'t str)>,
}

/// What an entry stands for.
enum Meaning<'t> {
    /// A member of the workspace, by its folder.
    Member(&'t str),
    Local,
    Package(&'t str),
}

/// Reads a `yarn.lock`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let is_first = text.lines().take(20).any(|line| line.starts_with("# yarn lockfile v1"));
    let is_berry = text.lines().any(|line| line.starts_with("__metadata:"));
    reading.rule = if is_berry { "yarn.lock berry" } else { "yarn.lock v1" };
    if !is_first && !is_berry {
        reading.refuse(None, "found neither `# yarn lockfile v1` nor `__metadata`, expected one of them");
    }
    let entries = entries(text, reading);
    let mut by_descriptor: HashMap<&str, usize> = HashMap::new();
    for (node, entry) in entries.iter().enumerate() {
        by_descriptor.extend(entry.descriptors.iter().map(|descriptor| (*descriptor, node)));
    }
    let find = |name: &str, range: &str| {
        let bare = format!("{name}@{range}");
        let prefixed = format!("{name}@npm:{range}");
        by_descriptor.get(bare.as_str()).or_else(|| by_descriptor.get(prefixed.as_str())).copied()
    };
    let meanings: Vec<Option<Meaning<'_>>> = entries.iter().map(|entry| meaning(entry, is_berry)).collect();
    let edges: Vec<Vec<usize>> = entries
        .iter()
        .zip(&meanings)
        .map(|(entry, meaning)| match meaning {
            Some(Meaning::Member(_)) => Vec::new(),
            _ => entry.dependencies.iter().filter_map(|(name, range)| find(name, range)).collect(),
        })
        .collect();

    // What the projects declare: in the later versions the members are entries, in the first one only the root is known.
    let mut roots: Vec<(usize, Option<Scope>, String)> = Vec::new();
    let mut is_complete = true;
    let folder = reading.folder();
    if is_berry {
        for (entry, meaning) in entries.iter().zip(&meanings) {
            let Some(Meaning::Member(member)) = meaning else { continue };
            let project = resolve(folder, member).and_then(|folder| project_in(&folder, reading));
            for (name, range) in &entry.dependencies {
                let found = project.as_ref().and_then(|project| project.declared().into_iter().find(|(declared, _, _)| declared == name));
                let scope = found.map(|(_, _, scope)| scope);
                is_complete &= project.is_some();
                if let Target::Package(_, requirement) = target(name, range) {
                    roots.extend(find(name, range).map(|node| (node, scope, requirement.to_owned())));
                }
            }
        }
    } else {
        let root = project_in(folder, reading);
        let members: Vec<String> = root.as_ref().map_or_else(Vec::new, |root| root.patterns().into_iter().map(str::to_owned).collect());
        let mut projects: Vec<Project> = Vec::new();
        is_complete = root.is_some();
        for member in members {
            if member.contains(['*', '{', '!']) {
                is_complete = false;
            } else if let Some(project) = resolve(folder, &member).and_then(|folder| project_in(&folder, reading)) {
                projects.push(project);
            }
        }
        for project in root.iter().chain(&projects) {
            for (name, requirement, scope) in project.declared() {
                let plain = match target(name, requirement) {
                    Target::Package(_, requirement) => requirement,
                    Target::Local => requirement,
                };
                roots.extend(find(name, requirement).map(|node| (node, Some(scope), plain.to_owned())));
            }
        }
    }

    let scoped: Vec<(usize, Scope)> = roots.iter().filter_map(|(node, scope, _)| scope.map(|scope| (*node, scope))).collect();
    let scopes = spread(&edges, &scoped);
    let is_direct_known = is_complete || (is_berry && !roots.is_empty());
    for (node, (entry, meaning)) in entries.iter().zip(&meanings).enumerate() {
        let Some(meaning) = meaning else {
            reading.refuse(Some(entry.line), "found an entry without a name, expected `name@range`");
            continue;
        };
        let Meaning::Package(name) = meaning else { continue };
        let scope = scopes.get(node).copied().flatten();
        let requirements: Vec<&String> = roots.iter().filter(|(root, _, _)| *root == node).map(|(_, _, requirement)| requirement).collect();
        let direct = if requirements.is_empty() { is_direct_known.then_some(false) } else { Some(true) };
        if entry.version.is_none() {
            reading.refuse(Some(entry.line), format!("found no version of {}, expected one", quote(name)));
        }
        reading.add(name, Use { version: entry.version.map(str::to_owned), scope, direct, requirement: None });
        for requirement in requirements {
            reading.add(name, Use { requirement: Some(requirement.clone()), ..Use::default() });
        }
    }
}

fn entries<'t>(text: &'t str, reading: &mut Reading<'_>) -> Vec<Entry<'t>> {
    let mut entries: Vec<Entry<'t>> = Vec::new();
    let mut is_open = false;
    let mut is_dependencies = false;
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent == 0 {
            is_dependencies = false;
            is_open = false;
            let Some(header) = content.strip_suffix(':') else {
                reading.refuse(Some(at + 1), format!("found {}, expected an entry such as `name@range:`", quote(content)));
                continue;
            };
            if header == "__metadata" {
                continue;
            }
            is_open = true;
            let descriptors = header.split(',').map(|part| part.trim().trim_matches('"')).filter(|part| !part.is_empty()).collect();
            entries.push(Entry { line: at + 1, descriptors, version: None, resolution: None, resolved: None, dependencies: Vec::new() });
            continue;
        }
        let Some(entry) = entries.last_mut().filter(|_| is_open) else { continue };
        let Some((key, value)) = field(content) else {
            reading.refuse(Some(at + 1), format!("found {}, expected a field and its value", quote(content)));
            continue;
        };
        if indent <= 2 {
            is_dependencies = value.is_empty() && matches!(key, "dependencies" | "optionalDependencies");
            let value = Some(value).filter(|value| !value.is_empty());
            match key {
                "version" => entry.version = value,
                "resolution" => entry.resolution = value,
                "resolved" => entry.resolved = value,
                _ => {}
            }
        } else if is_dependencies && indent <= 4 {
            entry.dependencies.push((key, value));
        }
    }
    entries
}

/// A field: `key value`, `key "value"`, `"key": value` or `key:`.
fn field(content: &str) -> Option<(&str, &str)> {
    let (key, rest) = match content.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?,
        None => content.split_at(content.find([' ', ':'])?),
    };
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim();
    Some((key, rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(rest)))
}

fn meaning<'t>(entry: &Entry<'t>, is_berry: bool) -> Option<Meaning<'t>> {
    // `condition:` entries come from a plugin of that name: they only choose between other entries.
    const LOCAL: &[&str] = &["file:", "link:", "portal:", "workspace:", "condition:", "./", "../", "/"];
    let (name, reference) = match entry.resolution {
        Some(resolution) => split_at_version(resolution)?,
        None => split_at_version(entry.descriptors.first()?)?,
    };
    if name.is_empty() || name == "@" {
        return None;
    }
    if is_berry && let Some(member) = reference.strip_prefix("workspace:") {
        return Some(Meaning::Member(member));
    }
    if LOCAL.iter().any(|prefix| reference.starts_with(prefix)) || entry.resolved.is_some_and(|resolved| resolved.starts_with("file:")) {
        return Some(Meaning::Local);
    }
    if entry.resolution.is_some() {
        return Some(Meaning::Package(name));
    }
    Some(match target(name, reference) {
        Target::Local => Meaning::Local,
        Target::Package(name, _) => Meaning::Package(name),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn the_first_version_needs_the_manifest() {
        insta::assert_snapshot!(told("yarn.lock", include_str!("fixtures/yarn-v1.lock"), &[("package.json", r#"{"dependencies":{"@scope/alpha":"^1.2.0","x":"npm:y@^1"},"devDependencies":{"tool":"^3.0.0"}}"#)]), @r#"
        yarn.lock v1
        npm/@scope/alpha  1.2.9  ^1.2.0  runtime  direct
        npm/@scope/helper  4.4.0  -  development  indirect
        npm/deep  1.0.1  -  runtime  indirect
        npm/tool  3.1.0  ^3.0.0  development  direct
        npm/wish  -  -  development  indirect
        npm/y  1.5.0  ^1  runtime  direct
        ! 19: found `<<<<<<< ours`, expected an entry such as `name@range:`
        ! 31: found no version of `wish`, expected one
        "#);
    }

    #[test]
    fn the_later_versions_name_the_members() {
        insta::assert_snapshot!(told("yarn.lock", include_str!("fixtures/yarn-berry.lock"), &[("package.json", r#"{"dependencies":{"@acme/ui":"workspace:*","@scope/alpha":"^1.2.0","patched":"patch:patched@npm%3A2.0.0#~/.yarn/patches/patched.patch","x":"npm:y@^1"},"devDependencies":{"tool":"^3.0.0"},"workspaces":["packages/*"]}"#)]), @r#"
        yarn.lock berry
        npm/@scope/alpha  1.2.9  ^1.2.0  runtime  direct
        npm/patched  2.0.0  2.0.0  runtime  direct
        npm/shared  5.0.1  ^5.0.0  runtime  direct
        npm/tool  3.1.0  ^3.0.0  development  direct
        npm/y  1.5.0  ^1  runtime  direct
        "#);
    }
}
