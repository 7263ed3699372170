//! npm: `package-lock.json` of lockfile versions 1 to 3, `npm-shrinkwrap.json` and `package.json`.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::loose::{Loose, Table, Text};
use super::reading::{Reading, Scope, Use, above, below, covers, inside, is_exact_semver, quote};

/// Lockfiles of every package manager that installs from `package.json`.
const LOCKS: &[&str] = &["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/// A `package.json`, or a project inside a lockfile.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Project {
    pub(super) name: Text,
    version: Text,
    private: Text,
    dependencies: Table<Text>,
    dev_dependencies: Table<Text>,
    optional_dependencies: Table<Text>,
    peer_dependencies: Table<Text>,
    pub(super) workspaces: Loose<Workspaces>,
}

/// The long form of `workspaces`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Workspaces {
    packages: Text,
}

impl Project {
    /// What the project declares: name in the project, requirement, scope.
    ///
    /// An optional dependency overrules a normal one of the same name, as in npm itself.
    pub(super) fn declared(&self) -> Vec<(&str, &str, Scope)> {
        let optional: HashSet<&str> = self.optional_dependencies.entries().iter().map(|(name, _)| name.as_str()).collect();
        let groups = [
            (&self.dependencies, Scope::Runtime),
            (&self.optional_dependencies, Scope::Optional),
            (&self.dev_dependencies, Scope::Development),
            (&self.peer_dependencies, Scope::Peer),
        ];
        let mut declared = Vec::new();
        for (group, scope) in groups {
            for (name, requirement) in group.entries() {
                if scope != Scope::Runtime || !optional.contains(name.as_str()) {
                    declared.push((name.as_str(), requirement.text().unwrap_or_default(), scope));
                }
            }
        }
        declared
    }

    /// The patterns of workspace folders.
    pub(super) fn patterns(&self) -> Vec<&str> {
        let short = self.workspaces.items().iter().filter_map(Loose::text);
        let long = self.workspaces.table().map_or(&[][..], |workspaces| workspaces.packages.items());
        short.chain(long.iter().filter_map(Loose::text)).collect()
    }
}

/// What a declared requirement points at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A folder or a member of the same repository.
    Local,
    /// A package, under its own name, and how it is required.
    Package(&'a str, &'a str),
}

/// What `name: requirement` points at: `npm:other@^1` is another package under a name of the project's own.
pub(super) fn target<'a>(name: &'a str, requirement: &'a str) -> Target<'a> {
    const LOCAL: &[&str] = &["file:", "link:", "portal:", "workspace:", "./", "../", "/", "~/"];
    if LOCAL.iter().any(|prefix| requirement.starts_with(prefix)) {
        return Target::Local;
    }
    // A package with a patch of the repository's own: `patch:name@npm%3A^1.0.0#path`.
    if let Some((_, patched)) = requirement.strip_prefix("patch:").and_then(|rest| rest.split_once("npm%3A")) {
        return Target::Package(name, patched.split('#').next().unwrap_or_default());
    }
    let Some(rest) = requirement.strip_prefix("npm:") else { return Target::Package(name, requirement) };
    match split_at_version(rest) {
        Some((real, range)) => Target::Package(real, range),
        None if rest.starts_with('@')
            || (rest.starts_with(|c: char| c.is_ascii_alphabetic()) && !matches!(rest, "latest" | "next" | "x")) =>
        {
            Target::Package(rest, "")
        }
        None => Target::Package(name, rest),
    }
}

/// `name@version` in two; the scope's `@` in front belongs to the name.
pub(super) fn split_at_version(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at)?;
    let (name, version) = text.split_at(at);
    Some((name, version.get(1..).unwrap_or_default()))
}

/// The `package.json` in a folder.
pub(super) fn project_in(folder: &str, reading: &mut Reading<'_>) -> Option<Project> {
    let text = reading.text_of(&inside(folder, "package.json"))?;
    serde_json::from_str(&text).ok()
}

/// Reads a `package.json`, if no lockfile speaks for it.
pub(super) fn manifest(text: &str, reading: &mut Reading<'_>) {
    let project: Project = match serde_json::from_str(text) {
        Ok(project) => project,
        Err(error) => {
            let line = error.line();
            return reading.refuse((line > 0).then_some(line), format!("found {error}, expected a package.json"));
        }
    };
    // Without a version nothing can be published.
    if let (Some(name), true, false) = (project.name.text(), project.version.is_there(), project.private.is_true()) {
        reading.publish(name);
    }
    if is_locked(reading) {
        return;
    }
    let groups = [
        ("dependencies", &project.dependencies),
        ("devDependencies", &project.dev_dependencies),
        ("optionalDependencies", &project.optional_dependencies),
        ("peerDependencies", &project.peer_dependencies),
    ];
    for (key, group) in groups {
        if group.is_there() && group.table().is_none() {
            let found = group.shape();
            reading.refuse(
                reading.line_of(text, &format!("\"{key}\"")),
                format!("found {found} as `{key}`, expected a table of requirements"),
            );
        }
        for (name, requirement) in group.entries() {
            if !matches!(requirement, Loose::Text(_)) {
                let found = requirement.shape();
                let message = format!("found {found} as the requirement of {}, expected a string", quote(name));
                reading.refuse(reading.line_of(text, &format!("\"{name}\"")), message);
            }
        }
    }
    for (name, requirement, scope) in project.declared() {
        declare(name, requirement, scope, reading);
    }
}

/// Counts what a project declares: direct, with its requirement.
pub(super) fn declare(name: &str, requirement: &str, scope: Scope, reading: &mut Reading<'_>) {
    if let Target::Package(name, requirement) = target(name, requirement) {
        let version = is_exact_semver(requirement).then(|| requirement.to_owned());
        reading.add(name, Use { version, requirement: Some(requirement.to_owned()), scope: Some(scope), direct: Some(true) });
    }
}

/// Whether a lockfile beside, or of the workspace that the folder belongs to, speaks for the project.
fn is_locked(reading: &mut Reading<'_>) -> bool {
    let folder = reading.folder();
    if reading.has_any(folder, LOCKS) {
        return true;
    }
    for root in above(folder) {
        let member = below(root, folder);
        if let Some(project) = project_in(root, reading)
            && covers(project.patterns(), member)
        {
            return reading.has_any(root, LOCKS);
        }
        if let Some(text) = reading.text_of(&inside(root, "pnpm-workspace.yaml"))
            && let Ok(workspaces) = super::pnpm::from_yaml::<Workspaces>(&text)
            && workspaces.iter().any(|found| covers(found.packages.items().iter().filter_map(Loose::text), member))
        {
            return reading.has_any(root, LOCKS);
        }
    }
    false
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PackageLock {
    lockfile_version: Text,
    packages: Table<Loose<Locked>>,
    dependencies: Table<Loose<Legacy>>,
}

/// An entry of `packages`, since lockfile version 2.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Locked {
    name: Text,
    version: Text,
    resolved: Text,
    link: Text,
    dev: Text,
    optional: Text,
    dev_optional: Text,
    peer: Text,
    dependencies: Table<Text>,
    dev_dependencies: Table<Text>,
    optional_dependencies: Table<Text>,
    peer_dependencies: Table<Text>,
}

/// An entry of `dependencies`, in lockfile version 1.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Legacy {
    version: Text,
    dev: Text,
    optional: Text,
    dependencies: Table<Loose<Self>>,
}

/// Reads a `package-lock.json` or `npm-shrinkwrap.json`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let lock: PackageLock = match serde_json::from_str(text) {
        Ok(lock) => lock,
        Err(error) => {
            let line = error.line();
            return reading.refuse((line > 0).then_some(line), format!("found {error}, expected a package-lock"));
        }
    };
    let version = lock.lockfile_version.text().unwrap_or_default();
    reading.rule = match version {
        "1" => "package-lock v1",
        "2" => "package-lock v2",
        "3" => "package-lock v3",
        _ => "package-lock",
    };
    if !matches!(version, "1" | "2" | "3") {
        let line = reading.line_of(text, "\"lockfileVersion\"");
        reading.refuse(line, format!("found lockfileVersion {}, expected 1, 2 or 3", quote(version)));
    }
    if lock.packages.table().is_some() {
        packages(text, lock.packages.entries(), reading);
    } else if lock.dependencies.table().is_some() {
        let declared = project_in(reading.folder(), reading);
        legacy(text, lock.dependencies.entries(), declared.as_ref(), true, reading);
    } else if lock.packages.is_there() || lock.dependencies.is_there() {
        let found = if lock.packages.is_there() { lock.packages.shape() } else { lock.dependencies.shape() };
        reading.refuse(None, format!("found {found} for the packages, expected a table"));
    } else if version != "1" {
        reading.refuse(None, "found neither `packages` nor `dependencies`, expected one of them");
    }
}

fn packages(text: &str, entries: &[(String, Loose<Locked>)], reading: &mut Reading<'_>) {
    let mut by_path: HashMap<&str, &Locked> = HashMap::with_capacity(entries.len());
    for (path, entry) in entries {
        match entry.table() {
            Some(locked) => {
                by_path.insert(path, locked);
            }
            None => {
                let message = format!("found {} as the entry {}, expected a table", entry.shape(), quote(path));
                reading.refuse(reading.line_of(text, &format!("\"{path}\"")), message);
            }
        }
    }
    for (path, entry) in entries {
        let Some(locked) = entry.table() else { continue };
        let Some(name) = name_of(path, locked) else {
            // The root or a member of the workspace: what it declares is direct.
            for (group, scope) in [
                (&locked.dependencies, Scope::Runtime),
                (&locked.dev_dependencies, Scope::Development),
                (&locked.optional_dependencies, Scope::Optional),
                (&locked.peer_dependencies, Scope::Peer),
            ] {
                for (name, requirement) in group.entries() {
                    let requirement = requirement.text().unwrap_or_default();
                    let is_optional = scope == Scope::Runtime && locked.optional_dependencies.entry(name).is_some();
                    if !is_optional {
                        declared(path, name, requirement, scope, &by_path, reading);
                    }
                }
            }
            continue;
        };
        if is_local(locked) {
            continue;
        }
        match locked.version.text() {
            Some(version) => {
                let found =
                    Use { version: Some(version.to_owned()), scope: Some(scope_of(locked)), direct: Some(false), requirement: None };
                reading.add(name, found);
            }
            None => {
                let message = format!("found no version of {}, expected one", quote(path));
                reading.refuse(reading.line_of(text, &format!("\"{path}\"")), message);
                let requirement = locked.resolved.text().map(str::to_owned);
                reading.add(name, Use { requirement, scope: Some(scope_of(locked)), direct: Some(false), version: None });
            }
        }
    }
}

/// Marks what a project at `path` declares as direct, under the name that it is locked under.
fn declared(path: &str, name: &str, requirement: &str, scope: Scope, by_path: &HashMap<&str, &Locked>, reading: &mut Reading<'_>) {
    let mut folder = path;
    loop {
        let place = inside(folder, &format!("node_modules/{name}"));
        if let Some(locked) = by_path.get(place.as_str()) {
            if is_local(locked) {
                return;
            }
            let name = locked.name.text().unwrap_or(name);
            let requirement = match target(name, requirement) {
                Target::Local => None,
                Target::Package(_, requirement) => Some(requirement.to_owned()),
            };
            // npm's own flags know the scope better: a package may be declared for one thing and needed for another.
            return reading.add(name, Use { requirement, scope: Some(scope_of(locked)), direct: Some(true), version: None });
        }
        if folder.is_empty() {
            break;
        }
        folder = super::reading::folder(folder);
    }
    // Declared, but not installed: a peer, or an optional package of another platform.
    if let Target::Package(name, requirement) = target(name, requirement) {
        reading.add(name, Use { requirement: Some(requirement.to_owned()), scope: Some(scope), direct: Some(true), version: None });
    }
}

/// The name of the installed package; nothing for the root and the members of the workspace.
fn name_of<'l>(path: &'l str, locked: &'l Locked) -> Option<&'l str> {
    let place = path.strip_prefix("node_modules/").or_else(|| path.rsplit_once("/node_modules/").map(|(_, place)| place))?;
    let place = place.rsplit_once("/node_modules/").map_or(place, |(_, place)| place);
    Some(locked.name.text().unwrap_or(place))
}

fn is_local(locked: &Locked) -> bool {
    locked.link.is_true() || locked.resolved.text().is_some_and(|resolved| resolved.starts_with("file:"))
}

fn scope_of(locked: &Locked) -> Scope {
    if locked.dev.is_true() {
        Scope::Development
    } else if locked.optional.is_true() || locked.dev_optional.is_true() {
        Scope::Optional
    } else if locked.peer.is_true() {
        Scope::Peer
    } else {
        Scope::Runtime
    }
}

fn legacy(text: &str, entries: &[(String, Loose<Legacy>)], project: Option<&Project>, top: bool, reading: &mut Reading<'_>) {
    let requirements: HashMap<&str, &str> = match project {
        Some(project) if top => project.declared().into_iter().rev().map(|(name, requirement, _)| (name, requirement)).collect(),
        _ => HashMap::new(),
    };
    for (name, entry) in entries {
        let Some(locked) = entry.table() else {
            let message = format!("found {} as the entry {}, expected a table", entry.shape(), quote(name));
            reading.refuse(reading.line_of(text, &format!("\"{name}\"")), message);
            continue;
        };
        legacy(text, locked.dependencies.entries(), project, false, reading);
        let declared = requirements.get(name.as_str());
        let scope = if locked.dev.is_true() {
            Scope::Development
        } else if locked.optional.is_true() {
            Scope::Optional
        } else {
            Scope::Runtime
        };
        let mut found = Use {
            requirement: declared.and_then(|requirement| match target(name, requirement) {
                Target::Local => None,
                Target::Package(_, requirement) => Some(requirement.to_owned()),
            }),
            scope: Some(scope),
            direct: project.map(|_| declared.is_some()),
            version: None,
        };
        let Some(version) = locked.version.text() else {
            let message = format!("found no version of {}, expected one", quote(name));
            reading.refuse(reading.line_of(text, &format!("\"{name}\"")), message);
            reading.add(name, found);
            continue;
        };
        match target(name, version) {
            Target::Local => {}
            // A git or tarball URL: the version is not told, only where it comes from.
            Target::Package(name, place) if place.contains("://") || place.contains(':') => {
                found.requirement.get_or_insert_with(|| place.to_owned());
                reading.add(name, found);
            }
            Target::Package(name, version) => {
                found.version = Some(version.to_owned());
                reading.add(name, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn a_lockfile_of_version_1_is_nested() {
        insta::assert_snapshot!(told("package-lock.json", include_str!("fixtures/package-lock-v1.json"), &[("package.json", r#"{"dependencies":{"accepts":"^1.3.0","fork":"git+ssh://forge.example/acme/fork.git"},"devDependencies":{"colour":"npm:@vendor/color@^4.0.0"}}"#)]), @r#"
        package-lock v1
        npm/@vendor/color  4.2.3  ^4.0.0  development  direct
        npm/accepts  1.3.8  ^1.3.0  runtime  direct
        npm/fork  -  git+ssh://forge.example/acme/fork.git  runtime  direct
        npm/fsevents  2.3.3  -  optional  indirect
        npm/mime-db  1.52.0,1.54.0  -  runtime  indirect
        npm/mime-types  2.1.35  -  runtime  indirect
        ! 33: found a string or number as the entry `nameless`, expected a table
        "#);
    }

    #[test]
    fn a_lockfile_of_version_2_is_read_by_its_packages() {
        insta::assert_snapshot!(told("package-lock.json", include_str!("fixtures/package-lock-v2.json"), &[]), @r#"
        package-lock v2
        npm/left  1.3.0  ^1.0.0  runtime  direct
        "#);
    }

    #[test]
    fn a_lockfile_of_version_3_knows_workspaces_aliases_and_scopes() {
        insta::assert_snapshot!(told("web/package-lock.json", include_str!("fixtures/package-lock-v3.json"), &[]), @r#"
        package-lock v3
        npm/@s/b  0.5.0  -  runtime  indirect
        npm/@scope/alpha  1.2.9  ^1.2.0  runtime  direct
        npm/beta  2.0.4  ~2.0.0  runtime  direct
        npm/both  2.1.0  -  optional  indirect
        npm/deep  0.9.0,1.0.1  *  runtime  direct
        npm/everywhere  2.9.9,3.1.0  ^2.0.0 | ^3.0.0  runtime  direct
        npm/host  18.2.0  >=16  peer  direct
        npm/other-platform  -  ^1.0.0  optional  direct
        npm/tester  29.7.0  ^29.0.0  development  direct
        npm/versionless  -  git+https://forge.example/x.git#abc  runtime  indirect
        npm/wish  2.0.0  -  optional  indirect
        ! 36: found nothing as the entry `node_modules/broken`, expected a table
        ! 37: found no version of `node_modules/versionless`, expected one
        "#);
    }

    #[test]
    fn a_manifest_alone_tells_requirements() {
        insta::assert_snapshot!(told("package.json", include_str!("fixtures/package.json"), &[]), @r#"
        package.json
        npm/@real/name  -  ^2  runtime  direct
        npm/exact  1.2.3  1.2.3  runtime  direct
        npm/fork  -  git+https://forge.example/acme/fork.git#main  runtime  direct
        npm/host  -  >=16 <19  peer  direct
        npm/linter  -  ~9.0.0  development  direct
        npm/odd  -  5  runtime  direct
        npm/odder  -  -  runtime  direct
        npm/range  -  ^4.17.0  runtime  direct
        npm/wish  -  ^1.0.0  optional  direct
        ! 13: found a boolean as the requirement of `odder`, expected a string
        "#);
    }
}
