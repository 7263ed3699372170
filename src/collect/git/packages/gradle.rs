//! Gradle: `gradle.lockfile` and its relatives, and the version catalog `gradle/libs.versions.toml`.

use std::collections::HashSet;

use serde::Deserialize;

use super::loose::{Loose, Table, Text};
use super::reading::{Reading, Scope, Use, folder, inside, line_at, quote};

/// Whether a folder holds the older lockfiles, one per configuration.
pub(super) fn is_dependency_locks(folder: &str) -> bool {
    folder == "gradle/dependency-locks" || folder.ends_with("/gradle/dependency-locks")
}

/// Reads a lockfile: `group:artifact:version=configurations`.
pub(super) fn lock(text: &str, reading: &mut Reading<'_>) {
    let name = reading.path.rsplit('/').next().unwrap_or_default();
    let is_buildscript = name.starts_with("buildscript-");
    // The older files hold one configuration each, which is their name.
    let of_file = is_dependency_locks(reading.folder()).then(|| name.trim_end_matches(".lockfile"));
    let project = if of_file.is_some() { folder(folder(reading.folder())) } else { reading.folder() };
    let declared = catalog_names(project, reading);
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') || content.starts_with("empty=") {
            continue;
        }
        let (module, configurations) = content.split_once('=').unwrap_or((content, of_file.unwrap_or_default()));
        let parts: Vec<&str> = module.split(':').collect();
        let [group, artifact, version] = parts.as_slice() else {
            reading.refuse(Some(at + 1), format!("found {}, expected `group:artifact:version=configurations`", quote(content)));
            continue;
        };
        if group.is_empty() || artifact.is_empty() || version.is_empty() {
            reading.refuse(Some(at + 1), format!("found {}, expected a group, an artifact and a version", quote(content)));
            continue;
        }
        let name = format!("{group}:{artifact}");
        let scope = if is_buildscript { Some(Scope::Build) } else { configurations.split(',').filter_map(scope_of).min() };
        let direct = declared.contains(&name).then_some(true);
        reading.add(&name, Use { version: Some((*version).to_owned()), scope, direct, requirement: None });
    }
}

fn scope_of(configuration: &str) -> Option<Scope> {
    let configuration = configuration.trim().to_ascii_lowercase();
    if configuration.is_empty() {
        None
    } else if configuration.contains("test") {
        Some(Scope::Test)
    } else if (configuration.ends_with("classpath") && !configuration.contains("plugin"))
        || matches!(configuration.as_str(), "api" | "implementation" | "runtimeonly" | "runtime" | "compile" | "default")
    {
        Some(Scope::Runtime)
    } else {
        // Annotation processors, linters, code generators, compiler plugins.
        Some(Scope::Build)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Catalog {
    versions: Table<Loose<Rich>>,
    libraries: Table<Loose<Library>>,
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

/// Reads `gradle/libs.versions.toml`: what no lockfile of the same project says already.
pub(super) fn catalog(text: &str, reading: &mut Reading<'_>) {
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
        if !locked.contains(&name) {
            add(text, alias, &name, version, Scope::Runtime, reading);
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
        if !locked.contains(&name) {
            add(text, alias, &name, version, Scope::Build, reading);
        }
    }
}

fn add(text: &str, alias: &str, name: &str, version: Result<Option<&str>, &str>, scope: Scope, reading: &mut Reading<'_>) {
    let requirement = version.unwrap_or_else(|reference| {
        let message = format!("found the version {} of {name}, expected one that `versions` holds", quote(reference));
        reading.refuse(reading.line_of(text, &format!("{alias} =")), message);
        None
    });
    // Without a version the library is managed by a platform; `latest.release`, `1.+` and `[1,2)` are ranges.
    let is_exact = |version: &&str| !version.contains(['+', '[', ']', '(', ')', ',', '!']) && !version.starts_with("latest.");
    let exact = requirement.filter(is_exact).map(str::to_owned);
    reading.add(name, Use { version: exact, requirement: requirement.map(str::to_owned), scope: Some(scope), direct: Some(true) });
}

/// What the catalog beside a project, or that of the whole build, declares.
fn catalog_names(project: &str, reading: &mut Reading<'_>) -> HashSet<String> {
    for root in [project, ""] {
        let Some(text) = reading.text_of(&inside(root, "gradle/libs.versions.toml")) else { continue };
        let catalog: Catalog = toml::from_str(&text).unwrap_or_default();
        let libraries = catalog.libraries.entries().iter().filter_map(|(_, library)| identity(library));
        return libraries.map(|(name, _)| name).collect();
    }
    HashSet::new()
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn configurations_tell_the_scope() {
        insta::assert_snapshot!(told("gradle.lockfile", include_str!("fixtures/gradle.lockfile"), &[("gradle/libs.versions.toml", include_str!("fixtures/libs.versions.toml"))]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  -  runtime  direct
        maven/org.beta:beta  2.0,2.1  -  test  direct
        maven/org.gamma:processor  3.0  -  build  unknown
        ! 8: found `org.delta:delta=runtimeClasspath`, expected `group:artifact:version=configurations`
        "#);
    }

    #[test]
    fn the_lockfile_of_the_build_itself() {
        insta::assert_snapshot!(told("buildscript-gradle.lockfile", include_str!("fixtures/gradle.lockfile"), &[]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  -  build  unknown
        maven/org.beta:beta  2.0,2.1  -  build  unknown
        maven/org.gamma:processor  3.0  -  build  unknown
        ! 8: found `org.delta:delta=runtimeClasspath`, expected `group:artifact:version=configurations`
        "#);
    }

    #[test]
    fn the_older_lockfiles_are_named_by_their_configuration() {
        insta::assert_snapshot!(told("gradle/dependency-locks/testCompileClasspath.lockfile", "# a comment\norg.alpha:alpha:1.0\n", &[]), @r#"
        gradle.lockfile
        maven/org.alpha:alpha  1.0  -  test  unknown
        "#);
    }

    #[test]
    fn a_catalog_without_a_lockfile() {
        insta::assert_snapshot!(told("gradle/libs.versions.toml", include_str!("fixtures/libs.versions.toml"), &[]), @r#"
        gradle version catalog
        maven/org.alpha:alpha  1.0  1.0  runtime  direct
        maven/org.beta:beta  2.1  2.1  runtime  direct
        maven/org.lost:lost  -  -  runtime  direct
        maven/org.managed:managed  -  -  runtime  direct
        maven/org.range:range  -  2.+  runtime  direct
        maven/org.rich:rich  1.7.25  1.7.25  runtime  direct
        maven/org.shadow:org.shadow.gradle.plugin  8.1.1  8.1.1  build  direct
        maven/org.short:short  3.3  3.3  runtime  direct
        maven/org.spotless:org.spotless.gradle.plugin  6.25.0  6.25.0  build  direct
        ! 13: found the version `nowhere` of org.lost:lost, expected one that `versions` holds
        ! 14: found the library `broken` without a module, expected `group:artifact`
        "#);
    }

    #[test]
    fn a_catalog_says_only_what_the_lockfile_does_not() {
        insta::assert_snapshot!(told("gradle/libs.versions.toml", include_str!("fixtures/libs.versions.toml"), &[("gradle.lockfile", include_str!("fixtures/gradle.lockfile"))]), @r#"
        gradle version catalog
        maven/org.lost:lost  -  -  runtime  direct
        maven/org.managed:managed  -  -  runtime  direct
        maven/org.range:range  -  2.+  runtime  direct
        maven/org.rich:rich  1.7.25  1.7.25  runtime  direct
        maven/org.shadow:org.shadow.gradle.plugin  8.1.1  8.1.1  build  direct
        maven/org.short:short  3.3  3.3  runtime  direct
        maven/org.spotless:org.spotless.gradle.plugin  6.25.0  6.25.0  build  direct
        ! 13: found the version `nowhere` of org.lost:lost, expected one that `versions` holds
        ! 14: found the library `broken` without a module, expected `group:artifact`
        "#);
    }
}
