//! Python: `poetry.lock`, `uv.lock`, `pylock.toml`, `Pipfile.lock`, and `pyproject.toml` where no lockfile speaks for it.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::loose::{Loose, Table, Text};
use super::reading::{Reading, Scope, Use, above, below, covers, inside, line_at, quote, spread};
use super::requirements::{self, pep508};

/// Lockfiles that speak for a `pyproject.toml`.
const LOCKS: &[&str] = &["uv.lock", "poetry.lock", "pylock.toml"];

/// Whether a file is a `pylock.toml` with a name of its own: `pylock.deploy.toml`.
pub(super) fn is_named_lock(file: &str) -> bool {
    let name = file.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix(".toml"));
    name.is_some_and(|name| !name.is_empty() && !name.contains('.'))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct PyProject {
    project: Loose<Project>,
    dependency_groups: Table<Loose<Included>>,
    build_system: Loose<BuildSystem>,
    tool: Loose<Tool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Project {
    name: Text,
    classifiers: Text,
    dependencies: Text,
    optional_dependencies: Table<Text>,
}

/// `{ include-group = "other" }`, which adds nothing that the other group does not say.
#[derive(Debug, Default, Deserialize)]
struct Included {}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BuildSystem {
    requires: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tool {
    poetry: Loose<Poetry>,
    uv: Loose<Uv>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Poetry {
    name: Text,
    package_mode: Text,
    dependencies: Table<Loose<Constraint>>,
    dev_dependencies: Table<Loose<Constraint>>,
    group: Table<Loose<PoetryGroup>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PoetryGroup {
    dependencies: Table<Loose<Constraint>>,
}

/// A dependency of Poetry or of a Pipfile in its long form, or where uv finds one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Constraint {
    version: Text,
    path: Text,
    file: Text,
    git: Text,
    url: Text,
    optional: Text,
    workspace: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Uv {
    package: Text,
    dev_dependencies: Text,
    sources: Table<Loose<Constraint>>,
    workspace: Loose<Workspace>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Workspace {
    members: Text,
    exclude: Text,
}

/// What a project declares.
#[derive(Debug)]
struct Declared {
    name: String,
    version: Option<String>,
    requirement: Option<String>,
    scope: Scope,
}

impl Constraint {
    fn is_local(&self) -> bool {
        self.path.is_there() || self.file.is_there() || self.workspace.is_true()
    }
}

impl PyProject {
    /// The name under which the project is published, if something builds a package of it and nothing keeps it back.
    fn published(&self) -> Option<&str> {
        let tool = self.tool.table();
        let poetry = tool.and_then(|tool| tool.poetry.table());
        let uv = tool.and_then(|tool| tool.uv.table());
        let project = self.project.table();
        let is_private = |text: &str| text.trim().to_ascii_lowercase().starts_with("private ::");
        let is_kept = poetry.is_some_and(|poetry| matches!(poetry.package_mode, Loose::Bool(false)))
            || uv.is_some_and(|uv| matches!(uv.package, Loose::Bool(false)))
            || project.is_some_and(|project| project.classifiers.items().iter().filter_map(Loose::text).any(is_private));
        let is_built = self.build_system.is_there() || uv.is_some_and(|uv| uv.package.is_true());
        let named = project.filter(|_| is_built).and_then(|project| project.name.text());
        named.or_else(|| poetry?.name.text()).filter(|_| !is_kept)
    }

    /// What the project declares, and the entries that are no requirements.
    fn declared(&self) -> (Vec<Declared>, Vec<String>) {
        let mut declared = Vec::new();
        let mut problems = Vec::new();
        let uv = self.tool.table().and_then(|tool| tool.uv.table());
        let mut lists: Vec<(&str, Scope)> = Vec::new();
        if let Some(project) = self.project.table() {
            lists.extend(project.dependencies.items().iter().filter_map(Loose::text).map(|text| (text, Scope::Runtime)));
            for (_, extra) in project.optional_dependencies.entries() {
                lists.extend(extra.items().iter().filter_map(Loose::text).map(|text| (text, Scope::Optional)));
            }
        }
        for (group, items) in self.dependency_groups.entries() {
            lists.extend(items.items().iter().filter_map(Loose::text).map(|text| (text, Scope::of_group(group))));
        }
        if let Some(uv) = uv {
            lists.extend(uv.dev_dependencies.items().iter().filter_map(Loose::text).map(|text| (text, Scope::Development)));
        }
        for (text, scope) in lists {
            match pep508(text) {
                Ok(found) => {
                    let source = uv.and_then(|uv| {
                        let named = |key: &str| requirements::name(key).is_ok_and(|key| key == found.name);
                        uv.sources.entries().iter().find(|(key, _)| named(key)).map(|(_, source)| source)
                    });
                    let is_elsewhere = source.and_then(Loose::table).is_some_and(Constraint::is_local);
                    if !found.is_local && !is_elsewhere {
                        declared.push(Declared { name: found.name, version: found.version, requirement: found.requirement, scope });
                    }
                }
                Err(problem) => problems.push(format!("found {} ({problem}), expected a requirement such as `name>=1.2`", quote(text))),
            }
        }
        if let Some(poetry) = self.tool.table().and_then(|tool| tool.poetry.table()) {
            let groups =
                poetry.group.entries().iter().filter_map(|(name, group)| Some((&group.table()?.dependencies, Scope::of_group(name))));
            let all = [(&poetry.dependencies, Scope::Runtime), (&poetry.dev_dependencies, Scope::Development)].into_iter().chain(groups);
            for (group, scope) in all {
                for (key, constraint) in group.entries() {
                    if key == "python" {
                        continue;
                    }
                    match requirements::name(key) {
                        Ok(name) => declared.extend(of_constraint(name, constraint, scope)),
                        Err(problem) => problems.push(format!("found {problem}, expected the name of a package")),
                    }
                }
            }
        }
        (declared, problems)
    }
}

/// One constraint, or the several that Poetry allows for different platforms.
fn of_constraint(name: String, constraint: &Loose<Constraint>, scope: Scope) -> Vec<Declared> {
    let versions: Vec<&Loose<Constraint>> = match constraint {
        Loose::List(items) => items.iter().collect(),
        other => vec![other],
    };
    let mut declared = Vec::new();
    for constraint in versions {
        let (requirement, scope) = match constraint {
            Loose::Table(table) if table.is_local() => continue,
            Loose::Table(table) => {
                let scope = if table.optional.is_true() && scope == Scope::Runtime { Scope::Optional } else { scope };
                (table.version.text().or(table.git.text()).or(table.url.text()), scope)
            }
            other => (other.text(), scope),
        };
        let version = requirement.and_then(|text| text.strip_prefix("==")).map(str::trim).filter(|text| is_plain(text)).map(str::to_owned);
        declared.push(Declared { name: name.clone(), version, requirement: requirement.map(str::to_owned), scope });
    }
    declared
}

fn is_plain(version: &str) -> bool {
    !version.is_empty() && !version.contains(['*', ',', ' ', '<', '>', '=', '|'])
}

fn refuse(text: &str, error: &toml::de::Error, expected: &str, reading: &mut Reading<'_>) {
    let line = error.span().map(|span| line_at(text, span.start));
    reading.refuse(line, format!("found {}, expected a {expected}", quote(error.message())));
}

/// The manifest beside, and what it declares by name.
fn project_beside(reading: &mut Reading<'_>) -> Option<BTreeMap<String, Vec<Declared>>> {
    let text = reading.text_of(&inside(reading.folder(), "pyproject.toml"))?;
    let manifest: PyProject = toml::from_str(&text).ok()?;
    let mut by_name: BTreeMap<String, Vec<Declared>> = BTreeMap::new();
    for declared in manifest.declared().0 {
        by_name.entry(declared.name.clone()).or_default().push(declared);
    }
    Some(by_name)
}

/// Reads a `pyproject.toml`: what builds the project always, the rest if no lockfile speaks for it.
pub(super) fn pyproject(text: &str, reading: &mut Reading<'_>) {
    let manifest: PyProject = match toml::from_str(text) {
        Ok(manifest) => manifest,
        Err(error) => return refuse(text, &error, "pyproject.toml", reading),
    };
    if let Some(Ok(name)) = manifest.published().map(requirements::name) {
        reading.publish(&name);
    }
    // No lockfile holds what builds the project.
    let requires = manifest.build_system.table().map_or(&[][..], |system| system.requires.items());
    for item in requires.iter().filter_map(Loose::text) {
        match pep508(item) {
            Ok(found) if found.is_local => {}
            Ok(found) => {
                reading.add(
                    &found.name,
                    Use { version: found.version, requirement: found.requirement, scope: Some(Scope::Build), direct: Some(true) },
                );
            }
            Err(problem) => {
                reading.refuse(reading.line_of(text, item), format!("found {} ({problem}), expected a requirement", quote(item)))
            }
        }
    }
    if is_locked(reading) {
        return;
    }
    let (declared, problems) = manifest.declared();
    for problem in problems {
        let line = problem.split('`').nth(1).and_then(|found| reading.line_of(text, found));
        reading.refuse(line, problem);
    }
    for found in declared {
        reading
            .add(&found.name, Use { version: found.version, requirement: found.requirement, scope: Some(found.scope), direct: Some(true) });
    }
}

fn is_locked(reading: &mut Reading<'_>) -> bool {
    let folder = reading.folder();
    if reading.has_any(folder, LOCKS) {
        return true;
    }
    for root in above(folder) {
        let Some(text) = reading.text_of(&inside(root, "pyproject.toml")) else { continue };
        let manifest: PyProject = toml::from_str(&text).unwrap_or_default();
        let uv = manifest.tool.table().and_then(|tool| tool.uv.table());
        let Some(workspace) = uv.and_then(|uv| uv.workspace.table()) else { continue };
        let member = below(root, folder);
        if covers(workspace.members.items().iter().filter_map(Loose::text), member)
            && !covers(workspace.exclude.items().iter().filter_map(Loose::text), member)
        {
            return reading.has(&inside(root, "uv.lock"));
        }
    }
    false
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PoetryLock {
    package: Loose<PoetryPackage>,
    metadata: Loose<PoetryMetadata>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct PoetryMetadata {
    lock_version: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PoetryPackage {
    name: Text,
    version: Text,
    optional: Text,
    category: Text,
    groups: Text,
    source: Loose<PoetrySource>,
    dependencies: Table<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PoetrySource {
    #[serde(rename = "type")]
    type_: Text,
}

/// Reads a `poetry.lock`.
pub(super) fn poetry_lock(text: &str, reading: &mut Reading<'_>) {
    let lock: PoetryLock = match toml::from_str(text) {
        Ok(lock) => lock,
        Err(error) => return refuse(text, &error, "poetry.lock", reading),
    };
    let version = lock.metadata.table().and_then(|metadata| metadata.lock_version.text()).unwrap_or_default();
    reading.rule = match version.split('.').next() {
        Some("1") => "poetry.lock v1",
        Some("2") => "poetry.lock v2",
        _ => "poetry.lock",
    };
    if lock.package.is_there() && !matches!(lock.package, Loose::List(_)) {
        reading.refuse(reading.line_of(text, "package"), format!("found {} as `package`, expected a list of tables", lock.package.shape()));
    }
    let declared = project_beside(reading);
    let packages: Vec<(String, &PoetryPackage)> = named(text, lock.package.items(), |package| &package.name, reading);
    let edges = edges(&packages, |package| package.dependencies.entries().iter().map(|(name, _)| name.as_str()).collect());
    let scopes = spread(&edges, &roots(&packages, declared.as_ref()));
    for ((name, package), reached) in packages.iter().zip(scopes) {
        if package.source.table().is_some_and(|source| matches!(source.type_.text(), Some("directory" | "file"))) {
            continue;
        }
        // Since 2.0 the lockfile names the groups, before 1.5 the category; in between only the manifest knows.
        let groups = package.groups.items().iter().filter_map(Loose::text).map(Scope::of_group).min();
        let told = groups.or_else(|| package.category.text().map(Scope::of_group));
        let scope = match told.or(reached) {
            Some(Scope::Runtime) if package.optional.is_true() => Some(Scope::Optional),
            scope => scope,
        };
        add(text, name, package.version.text(), scope, declared.as_ref(), reading);
    }
}

/// The packages of a lockfile that have a name, normalised.
fn named<'l, T>(text: &str, items: &'l [Loose<T>], name: impl Fn(&T) -> &Text, reading: &mut Reading<'_>) -> Vec<(String, &'l T)> {
    let mut packages = Vec::new();
    for item in items {
        let Some(package) = item.table() else {
            reading.refuse(None, format!("found {} as a package, expected a table", item.shape()));
            continue;
        };
        let found = name(package);
        match found.text().map(requirements::name) {
            Some(Ok(name)) => packages.push((name, package)),
            Some(Err(problem)) => {
                let line = reading.line_of(text, found.text().unwrap_or_default());
                reading.refuse(line, format!("found {problem}, expected the name of a package"));
            }
            None => reading.refuse(None, format!("found {} as the name of a package, expected a string", found.shape())),
        }
    }
    packages
}

/// Who needs whom, by name: a lockfile may hold a package in several versions, for different platforms.
fn edges<'l, T>(packages: &[(String, &'l T)], needs: impl Fn(&'l T) -> Vec<&'l str>) -> Vec<Vec<usize>> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (node, (name, _)) in packages.iter().enumerate() {
        by_name.entry(name).or_default().push(node);
    }
    let edge = |name: &str| match by_name.get(name) {
        Some(nodes) => nodes.clone(),
        None => requirements::name(name).ok().and_then(|name| by_name.get(name.as_str()).cloned()).unwrap_or_default(),
    };
    packages.iter().map(|(_, package)| needs(package).into_iter().flat_map(edge).collect()).collect()
}

fn roots<T>(packages: &[(String, &T)], declared: Option<&BTreeMap<String, Vec<Declared>>>) -> Vec<(usize, Scope)> {
    let mut roots = Vec::new();
    for (node, (name, _)) in packages.iter().enumerate() {
        let found = declared.and_then(|declared| declared.get(name)).into_iter().flatten();
        roots.extend(found.map(|found| (node, found.scope)));
    }
    roots
}

/// Counts a locked package, with what the manifest beside says about it.
fn add(
    text: &str,
    name: &str,
    version: Option<&str>,
    scope: Option<Scope>,
    declared: Option<&BTreeMap<String, Vec<Declared>>>,
    reading: &mut Reading<'_>,
) {
    if version.is_none() {
        reading.refuse(reading.line_of(text, &format!("\"{name}\"")), format!("found no version of {}, expected one", quote(name)));
    }
    let direct = declared.map(|declared| declared.contains_key(name));
    reading.add(name, Use { version: version.map(str::to_owned), scope, direct, requirement: None });
    for found in declared.and_then(|declared| declared.get(name)).into_iter().flatten() {
        reading.add(name, Use { requirement: found.requirement.clone(), ..Use::default() });
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UvLock {
    version: Text,
    package: Loose<UvPackage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct UvPackage {
    name: Text,
    version: Text,
    source: Loose<UvSource>,
    dependencies: Loose<UvNeed>,
    optional_dependencies: Table<Loose<UvNeed>>,
    #[serde(alias = "dev-dependencies")]
    dev_dependencies: Table<Loose<UvNeed>>,
    metadata: Loose<UvMetadata>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UvSource {
    editable: Text,
    #[serde(rename = "virtual")]
    virtual_: Text,
    directory: Text,
    path: Text,
    git: Text,
    url: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UvNeed {
    name: Text,
    version: Text,
    specifier: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct UvMetadata {
    requires_dist: Loose<UvNeed>,
    requires_dev: Table<Loose<UvNeed>>,
}

impl UvPackage {
    /// The project itself, a member of its workspace, or what lies in the repository.
    fn is_local(&self) -> bool {
        self.source.table().is_some_and(|source| {
            [&source.editable, &source.virtual_, &source.directory, &source.path].iter().any(|place| place.is_there())
        })
    }

    fn needs(&self) -> Vec<(&UvNeed, Scope)> {
        let own = self.dependencies.items().iter().map(|need| (need, Scope::Runtime));
        let extras =
            self.optional_dependencies.entries().iter().flat_map(|(_, needs)| needs.items().iter().map(|need| (need, Scope::Optional)));
        let groups = self.dev_dependencies.entries().iter().flat_map(|(group, needs)| {
            let scope = Scope::of_group(group);
            needs.items().iter().map(move |need| (need, scope))
        });
        own.chain(extras).chain(groups).filter_map(|(need, scope)| Some((need.table()?, scope))).collect()
    }
}

/// Reads a `uv.lock`, which holds the projects that it locks.
pub(super) fn uv_lock(text: &str, reading: &mut Reading<'_>) {
    let lock: UvLock = match toml::from_str(text) {
        Ok(lock) => lock,
        Err(error) => return refuse(text, &error, "uv.lock", reading),
    };
    let version = lock.version.text().unwrap_or_default();
    if version == "1" {
        reading.rule = "uv.lock v1";
    } else {
        reading.refuse(reading.line_of(text, "version"), format!("found version {}, expected 1", quote(version)));
    }
    if lock.package.is_there() && !matches!(lock.package, Loose::List(_)) {
        reading.refuse(reading.line_of(text, "package"), format!("found {} as `package`, expected a list of tables", lock.package.shape()));
    }
    let packages: Vec<(String, &UvPackage)> = named(text, lock.package.items(), |package| &package.name, reading);
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (node, (name, _)) in packages.iter().enumerate() {
        by_name.entry(name).or_default().push(node);
    }
    // A need names the version only where the lockfile holds several.
    let find = |need: &UvNeed| -> Vec<usize> {
        let nodes = need.name.text().and_then(|name| by_name.get(name)).cloned().unwrap_or_default();
        let version = need.version.text();
        let is_it = |node: &usize| version.is_none() || packages.get(*node).and_then(|(_, package)| package.version.text()) == version;
        nodes.into_iter().filter(is_it).collect()
    };
    let mut edges: Vec<Vec<usize>> = Vec::new();
    let mut roots: Vec<(usize, Scope)> = Vec::new();
    let mut requirements: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, package) in &packages {
        let needs = package.needs();
        if !package.is_local() {
            edges.push(needs.iter().flat_map(|(need, _)| find(need)).collect());
            continue;
        }
        edges.push(Vec::new());
        roots.extend(needs.iter().flat_map(|(need, scope)| find(need).into_iter().map(|node| (node, *scope))));
        if let Some(metadata) = package.metadata.table() {
            let groups = metadata.requires_dev.entries().iter().flat_map(|(_, needs)| needs.items());
            for need in metadata.requires_dist.items().iter().chain(groups).filter_map(Loose::table) {
                if let (Some(name), Some(specifier)) = (need.name.text(), need.specifier.text()) {
                    requirements.entry(name).or_default().push(specifier);
                }
            }
        }
    }
    let scopes = spread(&edges, &roots);
    let has_projects = packages.iter().any(|(_, package)| package.is_local());
    let mut is_direct = vec![false; packages.len()];
    for (node, _) in roots {
        if let Some(direct) = is_direct.get_mut(node) {
            *direct = true;
        }
    }
    for (((name, package), scope), direct) in packages.iter().zip(scopes).zip(is_direct) {
        if package.is_local() {
            continue;
        }
        let place = package.source.table().and_then(|source| source.git.text().or(source.url.text()));
        if package.version.text().is_none() && place.is_none() {
            reading
                .refuse(reading.line_of(text, &format!("name = \"{name}\"")), format!("found no version of {}, expected one", quote(name)));
        }
        let direct = has_projects.then_some(direct);
        let version = package.version.text().map(str::to_owned);
        let requirement = place.filter(|_| version.is_none()).map(str::to_owned);
        reading.add(name, Use { version, requirement, scope, direct });
        if direct == Some(true) {
            for requirement in requirements.get(name.as_str()).into_iter().flatten() {
                reading.add(name, Use { requirement: Some((*requirement).to_owned()), ..Use::default() });
            }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct PyLock {
    lock_version: Text,
    packages: Loose<PyLockPackage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PyLockPackage {
    name: Text,
    version: Text,
    directory: Loose<PyLockPlace>,
    vcs: Loose<PyLockPlace>,
    archive: Loose<PyLockPlace>,
    dependencies: Loose<UvNeed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PyLockPlace {
    url: Text,
    path: Text,
}

/// Reads a `pylock.toml`, the lockfile of PEP 751.
pub(super) fn pylock(text: &str, reading: &mut Reading<'_>) {
    let lock: PyLock = match toml::from_str(text) {
        Ok(lock) => lock,
        Err(error) => return refuse(text, &error, "pylock.toml", reading),
    };
    let version = lock.lock_version.text().unwrap_or_default();
    if version == "1.0" || version == "1" {
        reading.rule = "pylock.toml 1.0";
    } else {
        reading.refuse(reading.line_of(text, "lock-version"), format!("found lock-version {}, expected 1.0", quote(version)));
    }
    if !matches!(lock.packages, Loose::List(_)) {
        reading
            .refuse(reading.line_of(text, "packages"), format!("found {} as `packages`, expected a list of tables", lock.packages.shape()));
    }
    let declared = project_beside(reading);
    let packages: Vec<(String, &PyLockPackage)> = named(text, lock.packages.items(), |package| &package.name, reading);
    let edges = edges(&packages, |package| package.dependencies.items().iter().filter_map(|need| need.table()?.name.text()).collect());
    let scopes = spread(&edges, &roots(&packages, declared.as_ref()));
    for ((name, package), scope) in packages.iter().zip(scopes) {
        let place = package.vcs.table().or(package.archive.table());
        if package.directory.is_there() || place.is_some_and(|place| place.path.is_there() && !place.url.is_there()) {
            continue;
        }
        match place.and_then(|place| place.url.text()) {
            Some(url) if package.version.text().is_none() => {
                let direct = declared.as_ref().map(|declared| declared.contains_key(name));
                reading.add(name, Use { requirement: Some(url.to_owned()), scope, direct, version: None });
            }
            _ => add(text, name, package.version.text(), scope, declared.as_ref(), reading),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Pipfile {
    packages: Table<Loose<Constraint>>,
    dev_packages: Table<Loose<Constraint>>,
    #[serde(flatten)]
    others: BTreeMap<String, Table<Loose<Constraint>>>,
}

/// Reads a `Pipfile.lock`, with the `Pipfile` beside it.
pub(super) fn pipfile_lock(text: &str, reading: &mut Reading<'_>) {
    let lock: BTreeMap<String, Table<Loose<Constraint>>> = match serde_json::from_str(text) {
        Ok(lock) => lock,
        Err(error) => {
            let line = error.line();
            return reading.refuse((line > 0).then_some(line), format!("found {error}, expected a Pipfile.lock"));
        }
    };
    if !lock.contains_key("default") && !lock.contains_key("develop") {
        return reading.refuse(None, "found neither `default` nor `develop`, expected both");
    }
    let manifest = reading.text_of(&inside(reading.folder(), "Pipfile")).and_then(|text| toml::from_str::<Pipfile>(&text).ok());
    for (category, packages) in &lock {
        if category == "_meta" {
            continue;
        }
        let scope = if category == "develop" { Scope::Development } else { Scope::of_group(category) };
        if packages.table().is_none() {
            let line = reading.line_of(text, &format!("\"{category}\""));
            reading.refuse(line, format!("found {} as `{category}`, expected a table of packages", packages.shape()));
        }
        let declared: Option<BTreeMap<String, Vec<Declared>>> = manifest.as_ref().map(|manifest| {
            let group = match category.as_str() {
                "default" => Some(&manifest.packages),
                "develop" => Some(&manifest.dev_packages),
                other => manifest.others.get(other),
            };
            let entries = group.map_or(&[][..], |group| group.entries());
            let named = entries.iter().filter_map(|(name, constraint)| Some((requirements::name(name).ok()?, constraint)));
            named.map(|(name, constraint)| (name.clone(), of_constraint(name, constraint, scope))).collect()
        });
        for (key, entry) in packages.entries() {
            let place = format!("\"{key}\"");
            let Some(locked) = entry.table() else {
                reading.refuse(
                    reading.line_of(text, &place),
                    format!("found {} as the entry {}, expected a table", entry.shape(), quote(key)),
                );
                continue;
            };
            if locked.is_local() {
                continue;
            }
            let name = match requirements::name(key) {
                Ok(name) => name,
                Err(problem) => {
                    reading.refuse(reading.line_of(text, &place), format!("found {problem}, expected the name of a package"));
                    continue;
                }
            };
            let version = locked.version.text().map(|version| version.trim_start_matches('=').trim());
            let place = locked.git.text().or(locked.url.text());
            if version.is_none() && place.is_some() {
                let direct = declared.as_ref().map(|declared| declared.contains_key(&name));
                reading.add(&name, Use { requirement: place.map(str::to_owned), scope: Some(scope), direct, version: None });
            } else {
                add(text, &name, version, Some(scope), declared.as_ref(), reading);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::told;

    #[test]
    fn poetry_2_names_the_groups() {
        insta::assert_snapshot!(told("poetry.lock", include_str!("fixtures/poetry.lock"), &[("pyproject.toml", include_str!("fixtures/pyproject-poetry.toml"))]), @r#"
        poetry.lock v2
        pypi/extra  1.0  -  optional  indirect
        pypi/flask-login  0.6.3  ^0.6  runtime  direct
        pypi/pytest  8.3.3  ^7.4  test  direct
        pypi/versionless  -  -  development  indirect
        pypi/werkzeug  3.0.4  -  runtime  indirect
        ! -: found a boolean as the name of a package, expected a string
        ! 46: found no version of `versionless`, expected one
        "#);
    }

    #[test]
    fn poetry_1_leaves_the_groups_to_the_manifest() {
        insta::assert_snapshot!(told("poetry.lock", include_str!("fixtures/poetry-v1.lock"), &[("pyproject.toml", include_str!("fixtures/pyproject-poetry.toml"))]), @r#"
        poetry.lock v1
        pypi/black  23.10.0  23.10.0  development  direct
        pypi/pytest  7.4.3  ^7.4  test  direct
        pypi/requests  2.31.0  ^2.31  runtime  direct
        pypi/urllib3  2.0.7  -  runtime  indirect
        "#);
    }

    #[test]
    fn uv_locks_its_projects_too() {
        insta::assert_snapshot!(told("uv.lock", include_str!("fixtures/uv.lock"), &[]), @r#"
        uv.lock v1
        pypi/asgiref  3.8.1  -  runtime  indirect
        pypi/django  5.1.2  >=5.0,<6  runtime  direct
        pypi/fork  0.3.0  -  runtime  direct
        pypi/iniconfig  2.0.0  -  test  indirect
        pypi/numpy  1.26.4,2.1.2  -  runtime  direct
        pypi/psycopg  3.2.3  ~=3.2  optional  direct
        pypi/pytest  8.3.3  >=8  test  direct
        pypi/versionless  -  -  -  indirect
        ! 80: found no version of `versionless`, expected one
        "#);
    }

    #[test]
    fn pylock_is_read_with_the_manifest_beside() {
        insta::assert_snapshot!(told("pylock.toml", include_str!("fixtures/pylock.toml"), &[("pyproject.toml", r#"[project]
dependencies = ["cattrs>=24"]
"#)]), @r#"
        pylock.toml 1.0
        pypi/attrs  25.1.0  -  runtime  indirect
        pypi/cattrs  24.1.2  >=24  runtime  direct
        pypi/fork  -  https://forge.example/acme/fork.git  -  indirect
        pypi/versionless  -  -  -  indirect
        ! -: found no version of `versionless`, expected one
        "#);
    }

    #[test]
    fn pipfile_lock_has_two_categories() {
        insta::assert_snapshot!(told("Pipfile.lock", include_str!("fixtures/Pipfile.lock"), &[("Pipfile", include_str!("fixtures/Pipfile"))]), @r#"
        Pipfile.lock
        pypi/flask  3.0.3  *  runtime  direct
        pypi/fork  -  https://forge.example/acme/fork.git  runtime  direct
        pypi/pytest  8.3.3  >=8  development  direct
        pypi/versionless  -  -  runtime  indirect
        pypi/werkzeug  3.0.4  -  runtime  indirect
        ! 13: found no version of `versionless`, expected one
        ! 14: found a string or number as the entry `broken`, expected a table
        "#);
    }

    #[test]
    fn a_manifest_alone() {
        insta::assert_snapshot!(told("pyproject.toml", include_str!("fixtures/pyproject.toml"), &[]), @r#"
        pyproject.toml
        pypi/django  -  >=5.0,<6  runtime  direct
        pypi/fork  -  git+https://forge.example/acme/fork.git@main  runtime  direct
        pypi/hatchling  1.25.0  ==1.25.0  build  direct
        pypi/mypy  -  >=1.11  development  direct
        pypi/psycopg  -  ~= 3.2  optional  direct
        pypi/pytest  -  >=8  test  direct
        pypi/requests  2.32.3  ==2.32.3  runtime  direct
        pypi/ruff  -  -  development  direct
        ! 9: found `not a requirement !!` (`a requirement !!` as a range of versions), expected a requirement such as `name>=1.2`
        "#);
    }

    #[test]
    fn a_manifest_of_poetry_alone() {
        insta::assert_snapshot!(told("pyproject.toml", include_str!("fixtures/pyproject-poetry.toml"), &[]), @r#"
        pyproject.toml
        pypi/black  -  23.10.0  development  direct
        pypi/flask-login  -  ^0.6  optional  direct
        pypi/poetry-core  -  >=1.0.0  build  direct
        pypi/pytest  -  ^7.4  test  direct
        pypi/requests  -  ^2.31  runtime  direct
        pypi/several  1.0,2.0  ==1.0 | ==2.0  runtime  direct
        "#);
    }

    #[test]
    fn beside_a_lockfile_a_manifest_tells_only_what_builds_it() {
        insta::assert_snapshot!(told("pyproject.toml", include_str!("fixtures/pyproject.toml"), &[("uv.lock", "version = 1")]), @r#"
        pyproject.toml
        pypi/hatchling  1.25.0  ==1.25.0  build  direct
        "#);
    }
}
