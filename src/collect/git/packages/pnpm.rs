//! pnpm: `pnpm-lock.yaml` of lockfile versions 5 to 9.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::loose::{Loose, Table, Text};
use super::npm::{Target, split_at_version, target};
use super::reading::{Reading, Scope, Use, quote, spread};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PnpmLock {
    lockfile_version: Text,
    importers: Table<Loose<Importer>>,
    packages: Table<Loose<Locked>>,
    snapshots: Table<Loose<Snapshot>>,
    // A lockfile of a single project, before version 9, holds its importer at the top.
    specifiers: Table<Text>,
    dependencies: Table<Loose<Declared>>,
    dev_dependencies: Table<Loose<Declared>>,
    optional_dependencies: Table<Loose<Declared>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Importer {
    specifiers: Table<Text>,
    dependencies: Table<Loose<Declared>>,
    dev_dependencies: Table<Loose<Declared>>,
    optional_dependencies: Table<Loose<Declared>>,
    config_dependencies: Table<Loose<Declared>>,
    package_manager_dependencies: Table<Loose<Declared>>,
}

/// A declared dependency since version 6; before, it is only the version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Declared {
    specifier: Text,
    version: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Locked {
    name: Text,
    version: Text,
    dev: Text,
    optional: Text,
    resolution: Loose<Resolution>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resolution {
    #[serde(rename = "type")]
    type_: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Snapshot {
    dependencies: Table<Text>,
    optional_dependencies: Table<Text>,
}

/// The documents of a YAML file. The budget is that of a lockfile of thousands of packages, not that of a configuration.
pub(super) fn from_yaml<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 8_000_000,
            max_nodes: 4_000_000,
            max_documents: 16,
        },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options)
}

/// Reads a `pnpm-lock.yaml`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let documents: Vec<PnpmLock> = match from_yaml(text) {
        Ok(documents) => documents,
        Err(error) => {
            let line = error.location().and_then(|location| usize::try_from(location.line()).ok());
            return reading.refuse(line, format!("found {}, expected a pnpm-lock", quote(&error.to_string())));
        }
    };
    for document in &documents {
        read(text, document, reading);
    }
}

fn read(text: &str, lock: &PnpmLock, reading: &mut Reading<'_>) {
    let version = lock.lockfile_version.text().unwrap_or_default();
    let major = version.split('.').next().unwrap_or_default();
    reading.rule = match major {
        "5" => "pnpm-lock v5",
        "6" => "pnpm-lock v6",
        "9" => "pnpm-lock v9",
        _ => "pnpm-lock",
    };
    if !matches!(major, "5" | "6" | "7" | "9") {
        let line = reading.line_of(text, "lockfileVersion");
        reading.refuse(line, format!("found lockfileVersion {}, expected 5, 6 or 9", quote(version)));
    }
    if lock.packages.is_there() && lock.packages.table().is_none() {
        let line = reading.line_of(text, "\npackages").map(|line| line + 1);
        reading.refuse(line, format!("found {} as `packages`, expected a table", lock.packages.shape()));
    }
    let has_flags = matches!(major, "5" | "6");
    let graph = Graph::of(lock);
    let mut roots = Vec::new();
    let top = Importer::default();
    let importers = lock.importers.entries().iter().filter_map(|(_, importer)| importer.table());
    for importer in importers.chain([&top]) {
        let is_top = std::ptr::eq(importer, &raw const top);
        let groups = if is_top {
            [
                (&lock.dependencies, Scope::Runtime),
                (&lock.dev_dependencies, Scope::Development),
                (&lock.optional_dependencies, Scope::Optional),
                (&top.config_dependencies, Scope::Build),
                (&top.package_manager_dependencies, Scope::Build),
            ]
        } else {
            [
                (&importer.dependencies, Scope::Runtime),
                (&importer.dev_dependencies, Scope::Development),
                (&importer.optional_dependencies, Scope::Optional),
                (&importer.config_dependencies, Scope::Build),
                (&importer.package_manager_dependencies, Scope::Build),
            ]
        };
        let specifiers = if is_top { &lock.specifiers } else { &importer.specifiers };
        for (group, scope) in groups {
            for (name, declared) in group.entries() {
                let (specifier, version) = match declared {
                    Loose::Text(version) => (specifiers.entry(name).and_then(Loose::text), Some(version.as_str())),
                    Loose::Table(declared) => (declared.specifier.text(), declared.version.text()),
                    _ => (None, None),
                };
                let Some(version) = version else {
                    let message = format!("found no version of {}, expected one", quote(name));
                    reading.refuse(reading.line_of(text, &format!("{name}:")), message);
                    continue;
                };
                if is_local(version) {
                    continue;
                }
                let node = graph.node(name, version);
                roots.extend(node.map(|node| (node, scope)));
                let requirement = specifier.and_then(|specifier| match target(name, specifier) {
                    Target::Local => None,
                    Target::Package(_, requirement) => Some(requirement.to_owned()),
                });
                let (real, version) = identify(name, version, major);
                // What comes from git or a URL names its version in its own entry below.
                reading.add(&real, Use { version, requirement, scope: Some(scope), direct: Some(true) });
            }
        }
    }
    let scopes = graph.scopes(&roots);
    for (key, entry) in lock.packages.entries() {
        if is_local(key) || key.contains("@file:") || key.contains("@link:") {
            continue;
        }
        let empty = Locked::default();
        let locked = match entry {
            Loose::Table(locked) => locked,
            Loose::Nothing => &empty,
            other => {
                let message = format!("found {} as the entry {}, expected a table", other.shape(), quote(key));
                reading.refuse(reading.line_of(text, key), message);
                continue;
            }
        };
        if locked.resolution.table().is_some_and(|resolution| resolution.type_.text() == Some("directory")) {
            continue;
        }
        let (name, version) = name_and_version(key, major);
        let name = locked.name.text().map_or(name, str::to_owned);
        let version = locked.version.text().map(str::to_owned).or(version);
        if name.is_empty() {
            reading.refuse(reading.line_of(text, key), format!("found the entry {}, expected a name and a version", quote(key)));
            continue;
        }
        if version.is_none() {
            reading.refuse(reading.line_of(text, key), format!("found no version in {}, expected one", quote(key)));
        }
        let scope = if !has_flags {
            scopes.get(without_peers(key)).copied()
        } else if locked.dev.is_true() {
            Some(Scope::Development)
        } else if locked.optional.is_true() {
            Some(Scope::Optional)
        } else {
            Some(Scope::Runtime)
        };
        reading.add(&name, Use { version, scope, direct: Some(false), requirement: None });
    }
}

/// Who needs whom, since version 9: in older files the packages' own flags say what they are for.
struct Graph<'l> {
    nodes: HashMap<&'l str, usize>,
    keys: Vec<&'l str>,
    edges: Vec<Vec<usize>>,
}

impl<'l> Graph<'l> {
    fn of(lock: &'l PnpmLock) -> Self {
        let snapshots = lock.snapshots.entries();
        let keys: Vec<&str> = snapshots.iter().map(|(key, _)| key.as_str()).collect();
        let nodes = keys.iter().enumerate().map(|(node, key)| (*key, node)).collect();
        let mut graph = Self { nodes, keys, edges: Vec::new() };
        for (_, snapshot) in snapshots {
            let mut edges = Vec::new();
            if let Some(snapshot) = snapshot.table() {
                for (name, version) in snapshot.dependencies.entries().iter().chain(snapshot.optional_dependencies.entries()) {
                    edges.extend(version.text().and_then(|version| graph.node(name, version)));
                }
            }
            graph.edges.push(edges);
        }
        graph
    }

    /// The node of a dependency; the version of an alias is the whole key.
    fn node(&self, name: &str, version: &str) -> Option<usize> {
        self.nodes.get(format!("{name}@{version}").as_str()).or_else(|| self.nodes.get(version)).copied()
    }

    /// The strongest scope of each package, over all its sets of peers.
    fn scopes(&self, roots: &[(usize, Scope)]) -> HashMap<&'l str, Scope> {
        let mut scopes: HashMap<&str, Scope> = HashMap::new();
        for (key, scope) in self.keys.iter().zip(spread(&self.edges, roots)) {
            if let Some(scope) = scope {
                let found = scopes.entry(without_peers(key)).or_insert(scope);
                *found = scope.min(*found);
            }
        }
        scopes
    }
}

fn is_local(reference: &str) -> bool {
    ["link:", "file:", "workspace:", "portal:"].iter().any(|prefix| reference.starts_with(prefix))
}

/// Name and version of a declared dependency: the version is a bare one, or the key of an alias.
fn identify(name: &str, reference: &str, major: &str) -> (String, Option<String>) {
    let bare = without_peers(reference);
    if bare.starts_with(|c: char| c.is_ascii_digit()) && !bare.contains(['@', '/', ':']) {
        return (name.to_owned(), Some(bare.split('_').next().unwrap_or(bare).to_owned()));
    }
    if major == "5" && bare.starts_with(|c: char| c.is_ascii_digit()) && !bare.contains(':') {
        // Peers after an underscore may hold an `@` and, in the oldest files, follow a slash.
        let version = bare.split(['_', '/']).next().unwrap_or(bare);
        return (name.to_owned(), Some(version.to_owned()));
    }
    if bare.contains("://") || bare.starts_with("git") {
        return (name.to_owned(), None);
    }
    match name_and_version(bare, major) {
        (real, Some(version)) if !real.is_empty() => (real, Some(version)),
        _ => (name.to_owned(), None),
    }
}

/// Name and version in the key of a package, in the style of the lockfile's version.
fn name_and_version(key: &str, major: &str) -> (String, Option<String>) {
    let key = without_peers(key);
    let is_version = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([':', '/']);
    if major == "5" {
        // `/name/1.2.3_peers`, or `registry.example/name/1.2.3` from another registry.
        let path = key.strip_prefix('/').unwrap_or_else(|| match key.split_once('/') {
            Some((host, rest)) if host.contains('.') && !host.starts_with('@') => rest,
            _ => key,
        });
        let mut parts = path.split('/');
        let first = parts.next().unwrap_or_default();
        let name = if first.starts_with('@') { format!("{first}/{}", parts.next().unwrap_or_default()) } else { first.to_owned() };
        let version = parts.next().map(|rest| rest.split('_').next().unwrap_or(rest)).filter(|version| is_version(version));
        return (name, version.map(str::to_owned));
    }
    let key = key.strip_prefix('/').unwrap_or(key);
    match split_at_version(key) {
        Some((name, version)) => {
            // `registry.example/name@1.2.3` from another registry.
            let name = match name.split_once('/') {
                Some((host, rest)) if host.contains('.') && !host.starts_with('@') => rest,
                _ => name,
            };
            (name.to_owned(), is_version(version).then(|| version.to_owned()))
        }
        None => (String::new(), None),
    }
}

/// A key or version without its `(peer@1.2.3)` at the end.
fn without_peers(text: &str) -> &str {
    text.find('(').and_then(|at| text.get(..at)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn version_5_joins_names_and_versions_by_slashes() {
        insta::assert_snapshot!(told("pnpm-lock.yaml", include_str!("fixtures/pnpm-lock-v5.yaml"), &[]), @r#"
        pnpm-lock v5
        npm/@scope/alpha  1.2.9  ^1.2.0  runtime  direct
        npm/elsewhere  4.0.0  -  development  indirect
        npm/fork  0.3.0  -  runtime  indirect
        npm/real-beta  2.0.4  ^2.0.0  runtime  direct
        npm/tool  3.1.0  ^3.0.0  development  direct
        npm/wish  1.0.0  -  optional  indirect
        "#);
    }

    #[test]
    fn version_6_joins_them_by_an_at() {
        insta::assert_snapshot!(told("pnpm-lock.yaml", include_str!("fixtures/pnpm-lock-v6.yaml"), &[]), @r#"
        pnpm-lock v6
        npm/@scope/alpha  1.1.0,1.2.9  ^1.2.0 | ~1.1.0  runtime  direct
        npm/react  17.0.2  -  runtime  indirect
        npm/real-beta  2.0.4  ^2.0.0  runtime  direct
        npm/tool  3.1.0  ^3.0.0  development  direct
        ! 52: found a string or number as the entry `/broken`, expected a table
        "#);
    }

    #[test]
    fn version_9_moves_the_edges_to_snapshots() {
        insta::assert_snapshot!(told("pnpm-lock.yaml", include_str!("fixtures/pnpm-lock-v9.yaml"), &[]), @r#"
        pnpm-lock v9
        npm/@scope/alpha  1.2.9  ^1.2.0  runtime  direct
        npm/dev-only  0.1.0  -  development  indirect
        npm/fork  0.3.0  forge.example/acme/fork  runtime  direct
        npm/react  17.0.2  -  runtime  indirect
        npm/real-beta  2.0.4  ^2.0.0  runtime  direct
        npm/shared  5.0.0  -  runtime  indirect
        npm/shared-config  1.0.0  1.0.0  build  direct
        npm/tool  3.1.0  ^3.0.0  development  direct
        "#);
    }
}
