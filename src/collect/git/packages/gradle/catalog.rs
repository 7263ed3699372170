//! The version catalog `gradle/libs.versions.toml`: the libraries that scripts call by an alias.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::{SCRIPTS, declared};
use crate::collect::git::packages::loose::{Loose, Table, Text};
use crate::collect::git::packages::reading::{Reading, Scope, above, folder, inside, line_at, quote};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Catalog {
    versions: Table<Loose<Rich>>,
    libraries: Table<Loose<Library>>,
    bundles: Table<Text>,
    plugins: Table<Loose<Library>>,
}

/// A version with rules, or a reference to one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rich {
    #[serde(rename = "ref")]
    reference: Text,
    strictly: Text,
    require: Text,
    prefer: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Library {
    module: Text,
    group: Text,
    name: Text,
    id: Text,
    version: Loose<Rich>,
}

impl Catalog {
    /// The version that is asked for: the preferred one, if a range comes with one.
    fn version<'c>(&'c self, version: &'c Loose<Rich>) -> Result<Option<&'c str>, &'c str> {
        match version {
            Loose::Table(rich) => match rich.reference.text() {
                Some(reference) => match self.versions.entry(reference) {
                    Some(found) => Ok(plain(found)),
                    None => Err(reference),
                },
                None => Ok(plain(version)),
            },
            other => Ok(other.text()),
        }
    }
}

fn plain(version: &Loose<Rich>) -> Option<&str> {
    match version {
        Loose::Table(rich) => rich.prefer.text().or(rich.strictly.text()).or(rich.require.text()),
        other => other.text(),
    }
}

/// `group:artifact`, and the version of the short form.
fn identity(library: &Loose<Library>) -> Option<(String, Option<&str>)> {
    match library {
        Loose::Text(short) => {
            let mut parts = short.splitn(3, ':');
            let (group, artifact) = (parts.next()?, parts.next()?);
            Some((format!("{group}:{artifact}"), parts.next()))
        }
        Loose::Table(table) => match (table.module.text(), table.group.text(), table.name.text()) {
            (Some(module), _, _) if module.contains(':') => Some((module.to_owned(), None)),
            (None, Some(group), Some(name)) => Some((format!("{group}:{name}"), None)),
            _ => None,
        },
        _ => None,
    }
}

/// Reads `gradle/libs.versions.toml`: what no lockfile of the same project says already. Where there are scripts, they
/// say which of the libraries are used.
pub(in super::super) fn read(text: &str, reading: &mut Reading<'_>) {
    let catalog: Catalog = match toml::from_str(text) {
        Ok(catalog) => catalog,
        Err(error) => {
            let line = error.span().map(|span| line_at(text, span.start));
            return reading.refuse(line, format!("found {}, expected a version catalog", quote(error.message())));
        }
    };
    let root = folder(reading.folder());
    let mut locked: HashSet<String> = HashSet::new();
    for lockfile in ["gradle.lockfile", "buildscript-gradle.lockfile"] {
        let text = reading.text_of(&inside(root, lockfile)).unwrap_or_default();
        let names = text.lines().filter_map(|line| line.trim().rsplit_once('=')?.0.rsplit_once(':'));
        locked.extend(names.map(|(name, _)| name.to_owned()));
    }
    let has_scripts = reading.has_any(root, SCRIPTS) || reading.has_any(root, &["settings.gradle.kts", "settings.gradle"]);
    for (alias, library) in catalog.libraries.entries() {
        let Some((name, short)) = identity(library) else {
            let message = format!("found the library {} without a module, expected `group:artifact`", quote(alias));
            reading.refuse(reading.line_of(text, &format!("{alias} =")), message);
            continue;
        };
        let version = match library {
            Loose::Table(table) => catalog.version(&table.version),
            _ => Ok(short),
        };
        let requirement = known(text, alias, &name, version, reading);
        if !locked.contains(&name) && !has_scripts {
            reading.add(&name, declared(requirement, Scope::Runtime));
        }
    }
    for (alias, plugin) in catalog.plugins.entries() {
        let (id, version) = match plugin {
            Loose::Text(short) => match short.split_once(':') {
                Some((id, version)) => (Some(id), Ok(Some(version))),
                None => (None, Ok(None)),
            },
            Loose::Table(table) => (table.id.text(), catalog.version(&table.version)),
            _ => (None, Ok(None)),
        };
        let Some(id) = id else {
            let message = format!("found the plugin {} without an id, expected `id:version`", quote(alias));
            reading.refuse(reading.line_of(text, &format!("{alias} =")), message);
            continue;
        };
        let name = format!("{id}:{id}.gradle.plugin");
        let requirement = known(text, alias, &name, version, reading);
        if !locked.contains(&name) {
            reading.add(&name, declared(requirement, Scope::Build));
        }
    }
}

/// The version that is asked for; a reference to none is refused.
fn known<'c>(text: &str, alias: &str, name: &str, version: Result<Option<&'c str>, &str>, reading: &mut Reading<'_>) -> Option<&'c str> {
    version.unwrap_or_else(|reference| {
        let message = format!("found the version {} of {name}, expected one that `versions` holds", quote(reference));
        reading.refuse(reading.line_of(text, &format!("{alias} =")), message);
        None
    })
}

/// `group:artifact` and the version that is asked for.
type Known = (String, Option<String>);

/// What scripts call the libraries of a catalog.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    libraries: HashMap<String, Known>,
    bundles: HashMap<String, Vec<String>>,
}

impl Aliases {
    /// Those of the catalog beside a project, or of the nearest folder above that has one.
    pub(super) fn around(project: &str, reading: &mut Reading<'_>) -> Option<Self> {
        let mut roots = std::iter::once(project).chain(above(project));
        let text = roots.find_map(|root| reading.text_of(&inside(root, "gradle/libs.versions.toml")))?;
        Some(Self::of(&toml::from_str(&text).unwrap_or_default()))
    }

    fn of(catalog: &Catalog) -> Self {
        let mut aliases = Self::default();
        for (alias, library) in catalog.libraries.entries() {
            let Some((name, short)) = identity(library) else { continue };
            let version = match library {
                Loose::Table(table) => catalog.version(&table.version).ok().flatten(),
                _ => short,
            };
            aliases.libraries.insert(called(alias), (name, version.map(str::to_owned)));
        }
        for (alias, bundle) in catalog.bundles.entries() {
            let libraries = bundle.items().iter().filter_map(Loose::text).map(called).collect();
            aliases.bundles.insert(called(alias), libraries);
        }
        aliases
    }

    /// What follows `libs.` in a script: a library, or the libraries of a bundle. Nothing if one of them is not known.
    pub(super) fn find(&self, names: &[&str]) -> Option<Vec<Known>> {
        let library = |alias: &str| self.libraries.get(alias).cloned();
        if let Some(found) = library(&names.join(".")) {
            return Some(vec![found]);
        }
        let bundle = names.strip_prefix(&["bundles"])?.join(".");
        self.bundles.get(&bundle)?.iter().map(|alias| library(alias)).collect()
    }

    /// The names of all libraries.
    pub(super) fn names(self) -> HashSet<String> {
        self.libraries.into_values().map(|(name, _)| name).collect()
    }
}

/// An alias as scripts spell it: hyphens and underscores are dots.
fn called(alias: &str) -> String {
    alias.replace(['-', '_'], ".")
}
