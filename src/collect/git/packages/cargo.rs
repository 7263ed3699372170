//! Cargo: `Cargo.lock` of every version, and `Cargo.toml` where no lockfile speaks for it.
//!
//! The lockfile is read as TOML with the few fields that matter, so an entry of a form that is not known yet spoils
//! no other.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::loose::{Loose, Table, Text};
use super::reading::{Reading, Scope, Use, above, below, covers, inside, is_exact_semver, line_at, quote, resolve, spread};

/// Manifests of the workspace that are read for one lockfile.
const MAX_MANIFESTS: usize = 2_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CargoLock {
    version: Text,
    package: Loose<Locked>,
    root: Loose<Locked>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Locked {
    name: Text,
    version: Text,
    source: Text,
    dependencies: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CargoToml {
    package: Loose<Package>,
    workspace: Loose<Workspace>,
    target: Table<Loose<Groups>>,
    #[serde(flatten)]
    groups: Groups,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Package {
    name: Text,
    version: Loose<Inherited>,
    publish: Loose<Inherited>,
    workspace: Text,
}

/// `version.workspace = true`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Inherited {
    workspace: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Workspace {
    members: Text,
    exclude: Text,
    package: Loose<Shared>,
    dependencies: Table<Loose<Dependency>>,
}

/// What members may inherit.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shared {
    publish: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Groups {
    dependencies: Table<Loose<Dependency>>,
    #[serde(alias = "dev_dependencies")]
    dev_dependencies: Table<Loose<Dependency>>,
    #[serde(alias = "build_dependencies")]
    build_dependencies: Table<Loose<Dependency>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Dependency {
    version: Text,
    path: Text,
    git: Text,
    package: Text,
    optional: Text,
    workspace: Text,
}

/// A dependency as a manifest declares it, inheritance from the workspace applied.
struct Declared<'m> {
    name: &'m str,
    requirement: Option<&'m str>,
    scope: Scope,
    path: Option<&'m str>,
}

impl CargoToml {
    fn declared<'m>(&'m self, workspace: Option<&'m Workspace>) -> Vec<Declared<'m>> {
        let targets = self.target.entries().iter().filter_map(|(_, groups)| groups.table());
        let mut declared = Vec::new();
        for groups in [&self.groups].into_iter().chain(targets) {
            for (group, scope) in [
                (&groups.dependencies, Scope::Runtime),
                (&groups.dev_dependencies, Scope::Development),
                (&groups.build_dependencies, Scope::Build),
            ] {
                for (key, dependency) in group.entries() {
                    declared.push(declare(key, dependency, scope, workspace));
                }
            }
        }
        declared
    }
}

fn declare<'m>(key: &'m str, dependency: &'m Loose<Dependency>, scope: Scope, workspace: Option<&'m Workspace>) -> Declared<'m> {
    let is_inherited = dependency.table().is_some_and(|table| table.workspace.is_true());
    let is_optional = dependency.table().is_some_and(|table| table.optional.is_true());
    let inherited = workspace.filter(|_| is_inherited).and_then(|workspace| workspace.dependencies.entry(key));
    let dependency = inherited.unwrap_or(dependency);
    let scope = if is_optional && scope == Scope::Runtime { Scope::Optional } else { scope };
    match dependency {
        Loose::Table(table) => Declared {
            name: table.package.text().unwrap_or(key),
            requirement: table.version.text().or(table.git.text()),
            scope,
            path: table.path.text(),
        },
        other => Declared { name: key, requirement: other.text(), scope, path: None },
    }
}

/// Reads a `Cargo.lock`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let lock: CargoLock = match toml::from_str(text) {
        Ok(lock) => lock,
        Err(error) => return refuse(text, &error, "Cargo.lock", reading),
    };
    let version = lock.version.text();
    reading.rule = match version {
        // The first two formats do not name their version.
        None => "Cargo.lock v1 or v2",
        Some("3") => "Cargo.lock v3",
        Some("4") => "Cargo.lock v4",
        Some(_) => "Cargo.lock",
    };
    if let Some(version) = version
        && !matches!(version, "1" | "2" | "3" | "4")
    {
        reading.refuse(reading.line_of(text, "version"), format!("found version {}, expected 1 to 4", quote(version)));
    }
    if lock.package.is_there() && !matches!(lock.package, Loose::List(_)) {
        reading.refuse(reading.line_of(text, "package"), format!("found {} as `package`, expected a list of tables", lock.package.shape()));
    }
    let mut packages: Vec<&Locked> = Vec::new();
    for item in lock.package.items().iter().chain([&lock.root]) {
        match item {
            Loose::Table(locked) => packages.push(locked),
            Loose::Nothing => {}
            other => reading.refuse(None, format!("found {} in `package`, expected a table", other.shape())),
        }
    }
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (node, locked) in packages.iter().enumerate() {
        by_name.entry(locked.name.text().unwrap_or_default()).or_default().push(node);
    }
    // `name`, `name version` or `name version (source)`: only as much as tells it from the others.
    let find = |dependency: &str| {
        let mut words = dependency.split(' ');
        let (name, version) = (words.next()?, words.next());
        let nodes = by_name.get(name)?;
        nodes
            .iter()
            .copied()
            .find(|node| version.is_none_or(|version| packages.get(*node).and_then(|locked| locked.version.text()) == Some(version)))
    };
    let edges: Vec<Vec<usize>> = packages
        .iter()
        .map(|locked| locked.dependencies.items().iter().filter_map(|dependency| find(dependency.text()?)).collect())
        .collect();

    let locals: BTreeSet<&str> = packages.iter().filter(|locked| is_local(locked)).filter_map(|locked| locked.name.text()).collect();
    let manifests = Manifests::of(reading, &locals);
    let mut directs: Vec<usize> = Vec::new();
    let mut roots: Vec<(usize, Scope)> = Vec::new();
    let mut requirements: Vec<(usize, String)> = Vec::new();
    for (locked, needs) in packages.iter().zip(&edges) {
        if !is_local(locked) {
            continue;
        }
        let declared = locked.name.text().and_then(|name| manifests.declared(name)).unwrap_or_default();
        for &node in needs {
            directs.push(node);
            let name = packages.get(node).and_then(|needed| needed.name.text()).unwrap_or_default();
            for found in declared.iter().filter(|found| found.name == name) {
                roots.push((node, found.scope));
                requirements.extend(found.requirement.map(|requirement| (node, requirement.to_owned())));
            }
        }
    }
    let inner: Vec<Vec<usize>> =
        packages.iter().zip(&edges).map(|(locked, needs)| if is_local(locked) { Vec::new() } else { needs.clone() }).collect();
    let scopes = spread(&inner, &roots);
    let mut is_direct = vec![false; packages.len()];
    for node in directs {
        if let Some(direct) = is_direct.get_mut(node) {
            *direct = true;
        }
    }
    for ((locked, scope), direct) in packages.iter().zip(scopes).zip(is_direct) {
        if is_local(locked) {
            continue;
        }
        let Some(name) = locked.name.text() else {
            let message = format!("found {} as the name of a package, expected a string", locked.name.shape());
            reading.refuse(None, message);
            continue;
        };
        if locked.version.text().is_none() {
            let line = reading.line_of(text, &format!("name = \"{name}\""));
            reading.refuse(line, format!("found no version of {}, expected one", quote(name)));
        }
        reading.add(name, Use { version: locked.version.text().map(str::to_owned), scope, direct: Some(direct), requirement: None });
    }
    for (node, requirement) in requirements {
        if let Some(name) = packages.get(node).filter(|locked| !is_local(locked)).and_then(|locked| locked.name.text()) {
            reading.add(name, Use { requirement: Some(requirement), ..Use::default() });
        }
    }
}

fn is_local(locked: &Locked) -> bool {
    !locked.source.is_there()
}

fn refuse(text: &str, error: &toml::de::Error, expected: &str, reading: &mut Reading<'_>) {
    let line = error.span().map(|span| line_at(text, span.start));
    reading.refuse(line, format!("found {}, expected a {expected}", quote(error.message())));
}

/// The manifests of a workspace, by the name of their package.
struct Manifests {
    root: Option<CargoToml>,
    members: HashMap<String, CargoToml>,
}

impl Manifests {
    /// Finds them by what the manifests say themselves, for folders cannot be listed: literal members, paths of
    /// dependencies, and `crates/*` with the names that the lockfile holds.
    fn of(reading: &mut Reading<'_>, names: &BTreeSet<&str>) -> Self {
        let folder = reading.folder();
        let read = |folder: &str, reading: &mut Reading<'_>| -> Option<CargoToml> {
            let text = reading.text_of(&inside(folder, "Cargo.toml"))?;
            toml::from_str(&text).ok()
        };
        let mut found = Self { root: read(folder, reading), members: HashMap::new() };
        let mut seen: BTreeSet<String> = BTreeSet::from([folder.to_owned()]);
        let mut open: Vec<String> = Vec::new();
        if let Some(root) = &found.root {
            open.extend(paths(root, folder));
            for member in root.workspace.table().map_or(&[][..], |workspace| workspace.members.items()).iter().filter_map(Loose::text) {
                match member.split_once('*') {
                    None => open.extend(resolve(folder, member)),
                    Some((before, "")) if !before.contains('*') => {
                        open.extend(names.iter().filter_map(|name| resolve(folder, &format!("{before}{}", name_after(before, name)))));
                    }
                    Some((before, after)) if before.ends_with('/') && after.starts_with('/') && !after.contains('*') => {
                        open.extend(names.iter().filter_map(|name| resolve(folder, &format!("{before}{name}{after}"))));
                    }
                    Some(_) => {}
                }
            }
        }
        while let Some(next) = open.pop() {
            if seen.len() >= MAX_MANIFESTS || !seen.insert(next.clone()) {
                continue;
            }
            if let Some(manifest) = read(&next, reading) {
                open.extend(paths(&manifest, &next));
                if let Some(name) = manifest.package.table().and_then(|package| package.name.text()) {
                    found.members.insert(name.to_owned(), manifest);
                }
            }
        }
        found
    }

    fn declared(&self, name: &str) -> Option<Vec<Declared<'_>>> {
        let workspace = self.root.as_ref().and_then(|root| root.workspace.table());
        let is_root = |root: &&CargoToml| root.package.table().and_then(|package| package.name.text()) == Some(name);
        let manifest = self.root.as_ref().filter(is_root).or_else(|| self.members.get(name))?;
        Some(manifest.declared(workspace))
    }
}

/// What stands for the star in `crates/*` or `crates/acme-*` if the folder is called as the package.
fn name_after<'n>(before: &str, name: &'n str) -> &'n str {
    let start = before.rsplit('/').next().unwrap_or_default();
    name.strip_prefix(start).unwrap_or(name)
}

/// The folders that a manifest's dependencies point at.
fn paths(manifest: &CargoToml, folder: &str) -> Vec<String> {
    let workspace = manifest.workspace.table();
    let shared = workspace.map_or(&[][..], |workspace| workspace.dependencies.entries());
    let shared = shared.iter().filter_map(|(_, dependency)| dependency.table()?.path.text());
    let declared = manifest.declared(None);
    declared.iter().filter_map(|found| found.path).chain(shared).filter_map(|path| resolve(folder, path)).collect()
}

/// Notes the package, if it has a version and is not kept back: `publish` is false or names no registry.
fn publish(manifest: &CargoToml, folder: &str, reading: &mut Reading<'_>) {
    let Some(package) = manifest.package.table().filter(|package| package.version.is_there()) else { return };
    let is_inherited = package.publish.table().is_some_and(|publish| publish.workspace.is_true());
    let is_kept = if is_inherited {
        let outer = if manifest.workspace.is_there() { None } else { workspace_above(manifest, folder, reading) };
        let workspace = outer.as_ref().map_or(manifest, |(_, root)| root).workspace.table();
        workspace.and_then(|workspace| workspace.package.table()).is_some_and(|shared| keeps(&shared.publish))
    } else {
        keeps(&package.publish)
    };
    if let Some(name) = package.name.text().filter(|_| !is_kept) {
        reading.publish(name);
    }
}

fn keeps<T>(publish: &Loose<T>) -> bool {
    matches!(publish, Loose::Bool(false)) || matches!(publish, Loose::List(registries) if registries.is_empty())
}

/// Reads a `Cargo.toml`, if no lockfile speaks for it.
pub(super) fn manifest(text: &str, reading: &mut Reading<'_>) {
    let manifest: CargoToml = match toml::from_str(text) {
        Ok(manifest) => manifest,
        Err(error) => return refuse(text, &error, "Cargo.toml", reading),
    };
    let folder = reading.folder();
    publish(&manifest, folder, reading);
    if reading.has(&inside(folder, "Cargo.lock")) {
        return;
    }
    let outer = if manifest.workspace.is_there() { None } else { workspace_above(&manifest, folder, reading) };
    if let Some((root, _)) = &outer
        && reading.has(&inside(root, "Cargo.lock"))
    {
        return;
    }
    let workspace = outer.as_ref().map(|(_, root)| root).unwrap_or(&manifest).workspace.table();
    for (key, found) in manifest.groups.dependencies.entries() {
        if !matches!(found, Loose::Text(_) | Loose::Table(_)) {
            let message = format!("found {} as the dependency {}, expected a version or a table", found.shape(), quote(key));
            reading.refuse(reading.line_of(text, key), message);
        }
    }
    for found in manifest.declared(workspace) {
        if found.path.is_some() {
            continue;
        }
        let requirement = found.requirement.map(str::to_owned);
        let version = found.requirement.and_then(|requirement| requirement.strip_prefix('=')).map(str::trim);
        let version = version.filter(|version| is_exact_semver(version)).map(str::to_owned);
        reading.add(found.name, Use { version, requirement, scope: Some(found.scope), direct: Some(true) });
    }
}

/// The workspace that a manifest belongs to: the one that it names, or the nearest above that does not exclude it.
fn workspace_above(manifest: &CargoToml, folder: &str, reading: &mut Reading<'_>) -> Option<(String, CargoToml)> {
    let read = |folder: &str, reading: &mut Reading<'_>| -> Option<CargoToml> {
        let text = reading.text_of(&inside(folder, "Cargo.toml"))?;
        toml::from_str::<CargoToml>(&text).ok().filter(|found| found.workspace.is_there())
    };
    if let Some(named) = manifest.package.table().and_then(|package| package.workspace.text()) {
        let root = resolve(folder, named)?;
        return read(&root, reading).map(|found| (root, found));
    }
    for root in above(folder) {
        if let Some(found) = read(root, reading) {
            let member = below(root, folder);
            let excluded = found.workspace.table().map_or(&[][..], |workspace| workspace.exclude.items());
            let is_excluded = excluded.iter().filter_map(Loose::text).any(|path| {
                let path = path.trim_end_matches('/');
                covers([path], member) || member.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
            });
            return (!is_excluded).then(|| (root.to_owned(), found));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn a_lockfile_and_its_workspace() {
        insta::assert_snapshot!(told("Cargo.lock", include_str!("fixtures/Cargo.lock"), &[("Cargo.toml", include_str!("fixtures/Cargo.toml")), ("crates/ledger-core/Cargo.toml", include_str!("fixtures/ledger-core.toml"))]), @r#"
        Cargo.lock v4
        cargo/cc  1.1.0  1  build  direct
        cargo/log  0.3.9,0.4.22  0.3 | 0.4  runtime  direct
        cargo/maybe  2.0.0  https://forge.example/maybe  optional  direct
        cargo/proptest  1.5.0  1.4  development  direct
        cargo/quick  1.0.0  -  development  indirect
        cargo/versionless  -  -  -  indirect
        ! -: found nothing as the name of a package, expected a string
        ! 63: found no version of `versionless`, expected one
        "#);
    }

    #[test]
    fn a_lockfile_alone_tells_what_is_direct_but_not_what_for() {
        insta::assert_snapshot!(told("Cargo.lock", include_str!("fixtures/Cargo.lock"), &[]), @r#"
        Cargo.lock v4
        cargo/cc  1.1.0  -  -  direct
        cargo/log  0.3.9,0.4.22  -  -  direct
        cargo/maybe  2.0.0  -  -  direct
        cargo/proptest  1.5.0  -  -  direct
        cargo/quick  1.0.0  -  -  indirect
        cargo/versionless  -  -  -  indirect
        ! -: found nothing as the name of a package, expected a string
        ! 63: found no version of `versionless`, expected one
        "#);
    }

    #[test]
    fn the_first_format_names_sources_in_its_edges() {
        insta::assert_snapshot!(told("Cargo.lock", include_str!("fixtures/Cargo-v1.lock"), &[]), @r#"
        Cargo.lock v1 or v2
        cargo/log  0.3.9  -  -  direct
        "#);
    }

    #[test]
    fn a_manifest_alone() {
        insta::assert_snapshot!(told("Cargo.toml", include_str!("fixtures/Cargo.toml"), &[]), @r#"
        Cargo.toml
        cargo/cc  -  1  build  direct
        cargo/fork  -  https://forge.example/fork  runtime  direct
        cargo/log  -  0.4  runtime  direct
        cargo/nix  -  0.29  runtime  direct
        cargo/odd  -  7  runtime  direct
        cargo/odder  -  -  runtime  direct
        cargo/pinned  1.2.3  =1.2.3  runtime  direct
        cargo/proptest  -  1.4  development  direct
        cargo/real-name  -  2  optional  direct
        ! 21: found a boolean as the dependency `odder`, expected a version or a table
        "#);
    }
}
