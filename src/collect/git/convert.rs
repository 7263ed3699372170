//! From the files of one commit to statements. Pure: bytes come through [`Tree`].
//!
//! # Invariants
//! - Same files, same statements in the same order, whatever is cached.
//! - Symbolic links are never followed, so they can neither loop nor leave the repository.
//! - Of two documents that describe the same entity the one nearer to the root counts; the other is refused.
//! - A repository without a Component counts as one service of its own name, marked undeclared.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use lru::LruCache;
use serde::Serialize;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

use crate::collect::git::codeowners::{self, Codeowners, Match};
use crate::collect::git::descriptor::{self, DefinitionAt, Descriptor, Descriptors, Target};
use crate::collect::git::{Refusal, facts, packages};
use crate::model::body::{
    Activity, Definition, Document, Documentation, General, LastCommit, PackageUse, Relations, TaggedVersion, readme_rank, to_body,
};
use crate::model::{EntityRef, Facet, Kind, Resource, Statement};

/// Largest manifest, descriptor or other file that is read.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Descriptor files that are read of one commit, those that Locations point to included.
const MAX_DESCRIPTOR_FILES: usize = 5_000;

/// Grows when the same commit is stated otherwise than before, so that what was read by an earlier version is read anew.
pub(crate) const EDITION: u32 = 5;

/// Documents that are listed.
const MAX_DOCUMENTS: usize = 5_000;

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Id of its blob.
    pub id: [u8; 20],
    /// Bytes.
    pub size: u64,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// The files of one commit.
pub trait Tree {
    /// The files for which [`is_interesting`] holds, by path from the repository's root.
    fn files(&self) -> &BTreeMap<String, FileEntry>;

    /// The content of one of these files.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String>;

    /// Any file of the commit, also one that is not among [`Self::files`].
    fn find(&self, path: &str) -> Option<FileEntry>;
}

/// Whether a path is one that [`Converter::convert`] may want to read. Called for every path of a tree.
///
/// Any YAML file counts, since a Location may point to it.
#[must_use]
pub fn is_interesting(path: &str) -> bool {
    is_yaml(path)
        || codeowners::CANDIDATES.contains(&path)
        || facts::is_document(path)
        || (!path.contains('/') && facts::is_licence(path))
        || packages::is_manifest(path)
        || packages::is_settings(path)
}

fn is_yaml(path: &str) -> bool {
    (path.ends_with(".yaml") || path.ends_with(".yml")) && !path.starts_with(".github/workflows/")
}

/// What is known of a repository beside its files.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// `acme/billing`.
    pub name: &'a str,
    /// The scope of the repository itself: the configured folder or URL that it was found in.
    pub scope_folder: &'a str,
    /// The full id of the commit.
    pub commit: &'a str,
    /// Name of the default branch.
    pub default_branch: Option<&'a str>,
    /// The commit and its time.
    pub last_commit: Option<LastCommit>,
    /// Commits and authors before it.
    pub activity: Option<Activity>,
    /// Bytes per language.
    pub language_bytes: BTreeMap<String, u64>,
    /// Tags by name.
    pub tags: &'a BTreeMap<String, TaggedVersion>,
    /// The https address of the repository on its forge, if it has one.
    pub web: Option<&'a str>,
}

impl About<'_> {
    /// Where a person can check a file.
    fn check(&self, path: &str, line: Option<u32>) -> String {
        match (self.web, line) {
            (Some(web), Some(line)) => format!("{web}/blob/{}/{}#L{line}", self.commit, encoded(path)),
            (Some(web), None) => format!("{web}/blob/{}/{}", self.commit, encoded(path)),
            (None, Some(line)) => format!("{}:{path}:{line}", self.commit),
            (None, None) => format!("{}:{path}", self.commit),
        }
    }

    /// Where a person can check the commit as a whole.
    fn check_commit(&self) -> String {
        self.web.map_or_else(|| self.commit.to_owned(), |web| format!("{web}/tree/{}", self.commit))
    }
}

/// Where a person can check a file of a commit, by where its statement says that another file, or the whole commit, can
/// be checked. What names no commit stays as it is.
#[must_use]
pub fn check_of_file(check: &str, path: &str) -> String {
    let is_commit = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let on_forge = check.match_indices('/').find_map(|(at, _)| {
        let rest = check[at..].strip_prefix("/tree/").or_else(|| check[at..].strip_prefix("/blob/"))?;
        let commit = rest.split(['/', '#']).next().filter(|commit| is_commit(commit))?;
        Some(format!("{}/blob/{commit}/{}", &check[..at], encoded(path)))
    });
    on_forge.unwrap_or_else(|| match check.split(':').next() {
        Some(commit) if is_commit(commit) => format!("{commit}:{path}"),
        _ => check.to_owned(),
    })
}

/// A path for use in a URL.
fn encoded(path: &str) -> String {
    let mut url = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/@+".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

/// What one commit of one repository says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stated {
    /// In a fixed order; each (resource, facet, origin) at most once.
    pub statements: Vec<Statement>,
    /// What was not read, by file and line.
    pub refusals: Vec<Refusal>,
    /// Where each described entity stands.
    pub descriptors: Vec<Described>,
}

/// An entity and the document that describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// The file.
    pub path: String,
    /// The position of the document in the file, from 0.
    pub document: usize,
    /// The line of the entity's name, from 1.
    pub line: u32,
    /// The entity.
    pub entity: EntityRef,
    /// Its resource.
    pub resource: Arc<Resource>,
}

/// Entities that were renamed between two commits: the same document of the same file names another entity of the
/// same kind, and the repository no longer describes the old one. With the evidence in words.
#[must_use]
pub fn renames(before: &Stated, after: &Stated) -> Vec<(Arc<Resource>, Arc<Resource>, String)> {
    let ids = |stated: &Stated| -> BTreeSet<String> { stated.descriptors.iter().map(|found| found.resource.id.clone()).collect() };
    let (old_ids, new_ids) = (ids(before), ids(after));
    let by_place: BTreeMap<(&str, usize), &Described> =
        after.descriptors.iter().map(|found| ((found.path.as_str(), found.document), found)).collect();
    let mut renames = Vec::new();
    for old in before.descriptors.iter().filter(|old| !new_ids.contains(&old.resource.id)) {
        let Some(new) = by_place.get(&(old.path.as_str(), old.document)) else { continue };
        if new.entity.kind() == old.entity.kind() && !old_ids.contains(&new.resource.id) {
            let evidence = format!("document {} of {} names {} where it named {}", old.document + 1, old.path, new.entity, old.entity);
            renames.push((Arc::clone(&old.resource), Arc::clone(&new.resource), evidence));
        }
    }
    renames
}

/// Converts commits of one repository, remembering what the files said that did not change.
#[derive(Debug, Default)]
pub struct Converter {
    cache: Cache,
    made: Made,
}

impl Converter {
    /// One that remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the commit says.
    pub fn convert(&mut self, about: &About<'_>, tree: &dyn Tree) -> Stated {
        let mut conversion = Conversion { about, tree, cache: &mut self.cache, made: &mut self.made, stated: Stated::default() };
        conversion.run();
        let mut stated = conversion.stated;
        stated.refusals.sort();
        stated.refusals.dedup();
        stated
    }
}

/// Everything that the descriptors of a commit say, with Locations followed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// Files and what each of their documents describes, the files nearest to the root first.
    pub(crate) found: Vec<(String, Descriptor)>,
    /// Every file that was read, with who pointed to it.
    pub(crate) files: Vec<(String, Option<String>)>,
    pub(crate) refusals: Vec<Refusal>,
    /// Whether a file could not be read at all.
    is_incomplete: bool,
}

/// Reads all descriptors; `parse` gives what a file says, or nothing if it cannot be read.
pub(crate) fn catalog(tree: &dyn Tree, web: Option<&str>, parse: &mut dyn FnMut(&str) -> Result<Arc<Descriptors>, Refusal>) -> Catalog {
    let mut catalog = Catalog::default();
    let mut queue: VecDeque<(String, Option<String>)> = by_depth(tree.files().keys().filter(|path| descriptor::is_descriptor(path)));
    let mut seen: BTreeSet<String> = queue.iter().map(|(path, _)| path.clone()).collect();
    let mut defined: BTreeMap<EntityRef, (String, u32)> = BTreeMap::new();
    while let Some((path, pointed_by)) = queue.pop_front() {
        if catalog.files.len() >= MAX_DESCRIPTOR_FILES {
            let message = format!("is one of more than {MAX_DESCRIPTOR_FILES} descriptor files; it and those after it are not read");
            catalog.refusals.push(Refusal { path, line: None, message });
            break;
        }
        let descriptors = match parse(&path) {
            Ok(descriptors) => descriptors,
            Err(refusal) => {
                catalog.refusals.push(refusal);
                catalog.is_incomplete = true;
                continue;
            }
        };
        catalog.files.push((path.clone(), pointed_by));
        catalog.refusals.extend(descriptors.refusals.iter().cloned());
        for found in &descriptors.descriptors {
            if let Some((other, line)) = defined.get(&found.entity) {
                let message = format!("{} is described already in {other}, line {line}; this document is not read", found.entity);
                catalog.refusals.push(Refusal { path: path.clone(), line: Some(found.line), message });
                continue;
            }
            defined.insert(found.entity.clone(), (path.clone(), found.line));
            catalog.found.push((path.clone(), found.clone()));
        }
        for target in &descriptors.targets {
            match resolve(&path, target, web, tree) {
                Ok(resolved) if seen.insert(resolved.clone()) => queue.push_back((resolved, Some(path.clone()))),
                Ok(_) => {}
                Err(message) => catalog.refusals.push(Refusal { path: path.clone(), line: Some(target.line), message }),
            }
        }
    }
    complete(&mut catalog.found);
    catalog
}

fn by_depth<'a>(paths: impl Iterator<Item = &'a String>) -> VecDeque<(String, Option<String>)> {
    let mut paths: Vec<&String> = paths.collect();
    paths.sort_by_key(|path| (path.matches('/').count(), path.as_str()));
    paths.into_iter().map(|path| (path.clone(), None)).collect()
}

/// The path inside the repository that a Location in `from` points to.
fn resolve(from: &str, target: &Target, web: Option<&str>, tree: &dyn Tree) -> Result<String, String> {
    let text = target.target.as_str();
    let (base, relative) = if text.contains("://") {
        let inside = web.and_then(|web| text.strip_prefix(web)).and_then(|rest| {
            let rest = rest.strip_prefix("/-").unwrap_or(rest);
            let rest = ["/blob/", "/tree/", "/raw/"].iter().find_map(|view| rest.strip_prefix(view))?;
            rest.split_once('/').map(|(_, path)| path)
        });
        inside.map(|path| ("", path)).ok_or_else(|| format!("target {text:?} lies outside the repository and is not followed"))?
    } else {
        (folder(from), text)
    };
    let path = inside(base, relative).ok_or_else(|| format!("target {text:?} leaves the repository and is not followed"))?;
    if text.contains('*') {
        return Err(format!("target {text:?} has wildcards, which are not followed; catalog-info.yaml files are read wherever they are"));
    }
    if !is_yaml(&path) || !tree.files().contains_key(&path) {
        return Err(format!("target {text:?} is no YAML file of this repository"));
    }
    Ok(path)
}

/// The path inside the repository that `relative` means in a folder; from the root, if it begins with a slash. None if it
/// leaves the repository.
fn inside(folder: &str, relative: &str) -> Option<String> {
    let from_root = relative.starts_with('/') || folder.is_empty();
    let mut parts: Vec<&str> = if from_root { Vec::new() } else { folder.split('/').collect() };
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Where the definition of an API is that the descriptor at `path` describes.
///
/// # Errors
/// Why it is not where the descriptor says.
pub(crate) fn definition(tree: &dyn Tree, path: &str, found: &Descriptor) -> Result<Option<Definition>, Refusal> {
    let Target { target, line } = match &found.definition {
        None => return Ok(None),
        Some(DefinitionAt::Here) => {
            let blob = tree.files().get(path).map(|entry| hex(&entry.id));
            return Ok(Some(Definition { path: Some(path.to_owned()), blob, inline: true, url: None }));
        }
        Some(DefinitionAt::There(target)) => target,
    };
    let refuse = |problem: String| {
        Err(Refusal { path: path.to_owned(), line: Some(*line), message: format!("spec.definition {target:?} {problem}") })
    };
    if let Some((scheme, _)) = target.split_once("://") {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(Some(Definition { url: Some(target.clone()), ..Definition::default() })),
            _ => refuse("is neither a path nor an http or https address; the API has no definition".to_owned()),
        };
    }
    let Some(file) = inside(folder(path), target) else {
        return refuse("leaves the repository and is not followed; the API has no definition".to_owned());
    };
    match tree.find(&file) {
        None => refuse(format!("is no file of this repository: there is no {file:?}; the API has no definition")),
        Some(entry) if entry.is_link => refuse("is a symbolic link, which is not followed; the API has no definition".to_owned()),
        Some(entry) => Ok(Some(Definition { blob: Some(hex(&entry.id)), path: Some(file), ..Definition::default() })),
    }
}

/// What one document says about another of the same repository is put where it belongs: children and members into
/// the parent and teams of those they name, `dependencyOf` into `dependsOn`. What names others stays where it is said.
fn complete(found: &mut [(String, Descriptor)]) {
    let place: BTreeMap<EntityRef, usize> =
        found.iter().enumerate().map(|(index, (_, descriptor))| (descriptor.entity.clone(), index)).collect();
    for index in 0..found.len() {
        let entity = found[index].1.entity.clone();
        let children = std::mem::take(&mut found[index].1.general.children);
        for child in children {
            match place.get(&child).map(|at| &mut found[*at].1.general.parent) {
                Some(parent) if parent.as_ref().is_none_or(|parent| *parent == entity) && child != entity => {
                    parent.get_or_insert_with(|| entity.clone());
                }
                _ => found[index].1.general.children.push(child),
            }
        }
        let members = std::mem::take(&mut found[index].1.general.members);
        for member in members {
            match place.get(&member).map(|at| &mut found[*at].1.general.member_of) {
                Some(teams) => {
                    if !teams.contains(&entity) {
                        teams.push(entity.clone());
                        teams.sort();
                    }
                }
                None => found[index].1.general.members.push(member),
            }
        }
        let dependants = std::mem::take(&mut found[index].1.relations.dependency_of);
        for dependant in dependants.into_keys() {
            let at = dependant.parse::<EntityRef>().ok().and_then(|dependant| place.get(&dependant).copied());
            match at {
                Some(at) if at != index => {
                    let edges = &mut found[at].1.relations.depends_on;
                    if !edges.keys().any(|edge| edge.parse::<EntityRef>().is_ok_and(|edge| edge == entity)) {
                        edges.insert(entity.to_string(), true);
                    }
                }
                _ => {
                    found[index].1.relations.dependency_of.insert(dependant, true);
                }
            }
        }
    }
}

/// The CODEOWNERS file in force: the first candidate that is a file.
pub(crate) fn codeowners_path(tree: &dyn Tree, refusals: &mut Vec<Refusal>) -> Option<&'static str> {
    for candidate in codeowners::CANDIDATES {
        match tree.files().get(candidate) {
            Some(entry) if entry.is_link => refusals.push(link_refusal(candidate)),
            Some(_) => return Some(candidate),
            None => {}
        }
    }
    None
}

fn link_refusal(path: &str) -> Refusal {
    Refusal { path: path.to_owned(), line: None, message: "is a symbolic link, which is not followed; expected a file".to_owned() }
}

/// The content of a file that is no link and not too large.
pub(crate) fn content(tree: &dyn Tree, path: &str) -> Result<Arc<[u8]>, Refusal> {
    let refusal = |message: String| Refusal { path: path.to_owned(), line: None, message };
    match tree.files().get(path) {
        None => Err(refusal("is not a file of this commit".to_owned())),
        Some(entry) if entry.is_link => Err(link_refusal(path)),
        Some(entry) if entry.size > MAX_FILE_BYTES => {
            Err(refusal(format!("is {} bytes long; expected at most {MAX_FILE_BYTES}", entry.size)))
        }
        Some(_) => tree.read(path).map_err(refusal),
    }
}

/// The Components of a catalog by the folder of their descriptor; of several in one folder the first.
pub(crate) struct Components<'a> {
    by_folder: BTreeMap<&'a str, &'a (String, Descriptor)>,
}

impl<'a> Components<'a> {
    pub(crate) fn new(found: &'a [(String, Descriptor)]) -> Self {
        let mut by_folder = BTreeMap::new();
        for candidate in found.iter().filter(|(_, descriptor)| descriptor.entity.kind() == Kind::Service) {
            by_folder.entry(folder(&candidate.0)).or_insert(candidate);
        }
        Self { by_folder }
    }

    /// Where the packages of the manifest at `path` belong: to the nearest Component in its folder or above.
    pub(crate) fn above(&self, path: &str) -> Option<&'a (String, Descriptor)> {
        let mut folder = folder(path);
        loop {
            if let Some(found) = self.by_folder.get(folder) {
                return Some(found);
            }
            if folder.is_empty() {
                return None;
            }
            folder = self::folder(folder);
        }
    }
}

/// An object id as git prints it.
fn hex(id: &[u8; 20]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder of a path; empty for the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

struct Conversion<'a> {
    about: &'a About<'a>,
    tree: &'a dyn Tree,
    cache: &'a mut Cache,
    made: &'a mut Made,
    stated: Stated,
}

impl Conversion<'_> {
    fn run(&mut self) {
        let about = self.about;
        let repository = Arc::new(Resource { id: about.name.to_owned(), kind: Kind::Repository, scope: about.scope_folder.to_owned() });
        let reference = EntityRef::new(Kind::Repository, about.name).ok();
        let codeowners = self.codeowners();
        let readme = self.readme();
        self.repository(&repository, reference.as_ref(), codeowners.as_ref(), readme.as_ref());

        let made = self.catalog(reference.as_ref());
        let catalog = &made.catalog;
        self.stated.refusals.extend(catalog.refusals.iter().cloned());
        let mut resources: Vec<Arc<Resource>> = Vec::with_capacity(catalog.found.len());
        for ((path, found), bodies) in catalog.found.iter().zip(&made.bodies) {
            resources.push(self.descriptor(path, found, bodies, codeowners.as_ref()));
        }
        let has_component = catalog.found.iter().any(|(_, found)| found.entity.kind() == Kind::Service);
        let fallback = if has_component {
            repository
        } else {
            self.undeclared(reference.as_ref(), codeowners.as_ref(), readme.as_ref()).unwrap_or(repository)
        };
        self.dependencies(&catalog.found, &resources, &fallback);
    }

    fn put<T: Serialize>(&mut self, resource: &Arc<Resource>, origin: &str, facet: Facet, typed: &T, check: String) {
        let body = to_body(typed);
        if !body.is_empty() {
            self.put_body(resource, origin, facet, body, check);
        }
    }

    fn put_body(&mut self, resource: &Arc<Resource>, origin: &str, facet: Facet, body: Map<String, Value>, check: String) {
        let resource = Arc::clone(resource);
        self.stated.statements.push(Statement { resource, origin: origin.to_owned(), facet, body: Some(body), check: Some(check) });
    }

    /// A resource inside the repository. Its id does not depend on how the name is spelled.
    fn inside(&self, entity: &EntityRef) -> Arc<Resource> {
        let id = format!("{}#{}", self.about.name, entity.key());
        Arc::new(Resource { id, kind: entity.kind(), scope: self.about.name.to_owned() })
    }

    fn codeowners(&mut self) -> Option<(&'static str, Arc<Codeowners>)> {
        let path = codeowners_path(self.tree, &mut self.stated.refusals)?;
        match self.cache.codeowners(self.tree, path) {
            Ok(file) => {
                self.stated.refusals.extend(file.refusals.iter().cloned());
                Some((path, file))
            }
            Err(refusal) => {
                self.stated.refusals.push(refusal);
                None
            }
        }
    }

    fn put_owner(&mut self, resource: &Arc<Resource>, path: &str, matched: Match<'_>) {
        if let Match::Owned { owners, line, .. } = matched {
            let general = General { owner: owners.to_vec(), ..General::default() };
            let check = self.about.check(path, Some(line));
            self.put(resource, "CODEOWNERS", Facet::General, &general, check);
        }
    }

    fn readme(&mut self) -> Option<(String, Arc<facts::Readme>)> {
        // Only the root can hold one, so what has a slash is skipped before it is looked at.
        let mut best: Option<(usize, &String)> = None;
        for (path, entry) in self.tree.files() {
            if entry.is_link || path.contains('/') {
                continue;
            }
            if let Some(rank) = readme_rank(path)
                && best.is_none_or(|(least, _)| rank < least)
            {
                best = Some((rank, path));
            }
        }
        let path = best?.1.clone();
        match self.cache.readme(self.tree, &path) {
            Ok(readme) => {
                self.stated.refusals.extend(readme.refusals.iter().cloned());
                Some((path, readme))
            }
            Err(refusal) => {
                self.stated.refusals.push(refusal);
                None
            }
        }
    }

    fn licence(&mut self) -> Option<String> {
        let mut found = BTreeSet::new();
        for (path, entry) in self.tree.files() {
            if !entry.is_link && !path.contains('/') && facts::is_licence(path) {
                match self.cache.licence(self.tree, path) {
                    Ok(licence) => found.extend(licence),
                    Err(refusal) => self.stated.refusals.push(refusal),
                }
            }
        }
        let mut by_manifest = ["Cargo.toml", "package.json", "pyproject.toml"].iter().filter_map(|path| {
            self.tree.files().get(*path).filter(|entry| !entry.is_link)?;
            // What is wrong with a manifest is told where its packages are read.
            self.cache.stated_licence(self.tree, path).ok().flatten()
        });
        match facts::licence_expression(&found) {
            // A GPL's text does not tell whether later versions are allowed; the manifest may.
            Some(text) => match text.strip_suffix("-only") {
                Some(family) => Some(by_manifest.find(|stated| stated.strip_suffix("-or-later") == Some(family)).unwrap_or(text)),
                None => Some(text),
            },
            None => by_manifest.next(),
        }
    }

    fn repository(
        &mut self,
        resource: &Arc<Resource>,
        reference: Option<&EntityRef>,
        codeowners: Option<&(&'static str, Arc<Codeowners>)>,
        readme: Option<&(String, Arc<facts::Readme>)>,
    ) {
        let about = self.about;
        let general = General {
            reference: reference.cloned(),
            languages: facts::languages(&about.language_bytes),
            language_bytes: about.language_bytes.clone(),
            default_branch: about.default_branch.map(str::to_owned),
            last_commit: about.last_commit.clone(),
            activity: about.activity.clone(),
            licence: self.licence(),
            readme: readme.map(|(path, _)| path.clone()),
            codeowners: codeowners.map(|(path, _)| (*path).to_owned()),
            ..General::default()
        };
        self.put(resource, "repository", Facet::General, &general, about.check_commit());
        if let Some((path, readme)) = readme {
            let general = General { title: readme.title.clone(), description: readme.description.clone(), ..General::default() };
            self.put(resource, "readme", Facet::General, &general, about.check(path, None));
        }
        if let Some((path, file)) = codeowners {
            self.put_owner(resource, path, file.owners_of_root());
        }
        self.versions(resource);
        self.documents(resource);
    }

    fn versions(&mut self, resource: &Arc<Resource>) {
        let about = self.about;
        let mut inputs = Vec::with_capacity(64 * about.tags.len());
        for (tag, version) in about.tags {
            inputs.extend_from_slice(tag.as_bytes());
            inputs.push(0);
            inputs.extend_from_slice(version.commit.as_bytes());
            inputs.extend_from_slice(&version.at.micros().to_le_bytes());
        }
        let made = self.made.body("tags", &inputs, || {
            let versions: BTreeMap<String, TaggedVersion> =
                about.tags.iter().filter(|(tag, _)| facts::is_version(tag)).map(|(tag, version)| (tag.clone(), version.clone())).collect();
            let version = facts::newest_version(versions.keys().map(String::as_str)).map(str::to_owned);
            (to_body(&General { version, versions, ..General::default() }), Vec::new())
        });
        let body = made.body.clone();
        if !body.is_empty() {
            let check = match (body.get("version").and_then(Value::as_str), about.web) {
                (Some(version), Some(web)) => format!("{web}/tree/{}", encoded(version)),
                _ => about.check_commit(),
            };
            self.put_body(resource, "tags", Facet::General, body, check);
        }
    }

    fn documents(&mut self, resource: &Arc<Resource>) {
        let (tree, cache) = (self.tree, &mut *self.cache);
        let mut files: Vec<(&String, &FileEntry)> =
            tree.files().iter().filter(|(path, entry)| !entry.is_link && facts::is_document(path)).collect();
        let mut inputs = Vec::with_capacity(64 * files.len());
        for (path, entry) in &files {
            inputs.extend_from_slice(path.as_bytes());
            inputs.push(0);
            inputs.extend_from_slice(&entry.id);
        }
        let made = self.made.body("documents", &inputs, || {
            let (mut documents, mut refusals) = (BTreeMap::new(), Vec::new());
            // Should there be too many, those nearest to the root are worth most.
            files.sort_by_key(|(path, _)| path.matches('/').count());
            for (path, entry) in files {
                if documents.len() >= MAX_DOCUMENTS {
                    let message = format!("is one of more than {MAX_DOCUMENTS} documents; it and those after it are not listed");
                    refusals.push(Refusal { path: path.clone(), line: None, message });
                    break;
                }
                match cache.document(tree, path, entry) {
                    Ok(Some(kind)) => {
                        let document = Document { title: Some(kind.title), blob: Some(hex(&entry.id)), format: Some(kind.format) };
                        documents.insert(path.clone(), document);
                    }
                    // Named like the definition of an API, but none.
                    Ok(None) => {}
                    Err(refusal) => refusals.push(refusal),
                }
            }
            (to_body(&Documentation { documents, ..Documentation::default() }), refusals)
        });
        let body = made.body.clone();
        self.stated.refusals.extend(made.refusals.iter().cloned());
        if !body.is_empty() {
            self.put_body(resource, "repository", Facet::Documentation, body, self.about.check_commit());
        }
    }

    /// The catalog of the commit, made anew only if a file that it may depend on is another one.
    fn catalog(&mut self, repository: Option<&EntityRef>) -> Arc<MadeCatalog> {
        let (tree, web) = (self.tree, self.about.web);
        let mut inputs = format!("{} {}", self.about.name, web.unwrap_or_default()).into_bytes();
        for (path, entry) in tree.files().iter().filter(|(path, _)| is_yaml(path)) {
            inputs.extend_from_slice(path.as_bytes());
            inputs.push(u8::from(entry.is_link));
            inputs.extend_from_slice(&entry.id);
        }
        let fingerprint = xxh3_128(&inputs);
        if let Some(made) = &self.made.catalog
            && made.fingerprint == fingerprint
            && !made.catalog.is_incomplete
        {
            return Arc::clone(made);
        }
        let cache = &mut *self.cache;
        let catalog = catalog(tree, web, &mut |path| cache.descriptors(tree, path));
        let bodies = catalog.found.iter().map(|(path, found)| {
            let general = General { repository: repository.cloned(), path: Some(path.clone()), ..found.general.clone() };
            (to_body(&general), to_body(&found.relations))
        });
        let made = Arc::new(MadeCatalog { fingerprint, bodies: bodies.collect(), catalog });
        self.made.catalog = Some(Arc::clone(&made));
        made
    }

    fn descriptor(
        &mut self,
        path: &str,
        found: &Descriptor,
        (general, relations): &(Map<String, Value>, Map<String, Value>),
        codeowners: Option<&(&'static str, Arc<Codeowners>)>,
    ) -> Arc<Resource> {
        let resource = self.inside(&found.entity);
        let check = self.about.check(path, Some(found.line));
        let mut general = general.clone();
        // Not among the bodies that are kept: the definition may be in a file on which no descriptor depends otherwise.
        match definition(self.tree, path, found) {
            Ok(None) => {}
            Ok(Some(definition)) => {
                general.insert("definition".to_owned(), Value::Object(to_body(&definition)));
            }
            Err(refusal) => self.stated.refusals.push(refusal),
        }
        self.put_body(&resource, "catalog-info.yaml", Facet::General, general, check.clone());
        if !relations.is_empty() {
            self.put_body(&resource, "catalog-info.yaml", Facet::Relations, relations.clone(), check);
        }
        // Teams and persons are not owned by whoever may edit the file that lists them.
        if !matches!(found.entity.kind(), Kind::Team | Kind::Person)
            && let Some((file_path, file)) = codeowners
        {
            self.put_owner(&resource, file_path, file.owners_of(path));
        }
        self.stated.descriptors.push(Described {
            path: path.to_owned(),
            document: found.document,
            line: found.line,
            entity: found.entity.clone(),
            resource: Arc::clone(&resource),
        });
        resource
    }

    fn undeclared(
        &mut self,
        repository: Option<&EntityRef>,
        codeowners: Option<&(&'static str, Arc<Codeowners>)>,
        readme: Option<&(String, Arc<facts::Readme>)>,
    ) -> Option<Arc<Resource>> {
        let name = self.about.name.trim_end_matches('/').rsplit('/').next().unwrap_or(self.about.name);
        let entity = EntityRef::new(Kind::Service, name).ok()?;
        let resource = self.inside(&entity);
        let general = General {
            reference: Some(entity),
            title: readme.and_then(|(_, readme)| readme.title.clone()),
            description: readme.and_then(|(_, readme)| readme.description.clone()),
            status: Some("undeclared".to_owned()),
            repository: repository.cloned(),
            ..General::default()
        };
        self.put(&resource, "undeclared", Facet::General, &general, self.about.check_commit());
        if let Some((path, file)) = codeowners {
            self.put_owner(&resource, path, file.owners_of_root());
        }
        Some(resource)
    }

    fn dependencies(&mut self, found: &[(String, Descriptor)], resources: &[Arc<Resource>], fallback: &Arc<Resource>) {
        let by_entity: BTreeMap<&EntityRef, &Arc<Resource>> = found.iter().map(|(_, found)| &found.entity).zip(resources).collect();
        let components = Components::new(found);
        let mut per_resource: BTreeMap<Arc<Resource>, Manifests<'_>> = BTreeMap::new();
        for (path, entry) in self.tree.files().iter().filter(|(path, _)| packages::is_manifest(path)) {
            if entry.is_link {
                self.stated.refusals.push(link_refusal(path));
                continue;
            }
            let manifest = match self.cache.manifest(self.tree, path, entry) {
                Ok(manifest) => manifest,
                Err(refusal) => {
                    self.stated.refusals.push(refusal);
                    continue;
                }
            };
            self.stated.refusals.extend(manifest.refusals.iter().cloned());
            if manifest.packages.is_empty() && manifest.publishes.is_none() {
                continue;
            }
            let above = components.above(path).and_then(|(_, found)| by_entity.get(&found.entity).copied());
            let manifests = per_resource.entry(Arc::clone(above.unwrap_or(fallback))).or_default();
            if let Some(package) = &manifest.publishes {
                manifests.publishes.insert(package.to_string(), true);
                manifests.publishing.push(path);
            }
            if !manifest.packages.is_empty() {
                manifests.found.push(manifest);
                manifests.paths.push(path);
            }
        }
        for (resource, Manifests { found, paths, publishes, publishing }) in per_resource {
            let about = self.about;
            let check = |paths: &[&str]| match paths {
                [path] => about.check(path, None),
                _ => about.check_commit(),
            };
            self.put(&resource, "manifests", Facet::Relations, &Relations { publishes, ..Relations::default() }, check(&publishing));
            if found.is_empty() {
                continue;
            }
            let check = check(&paths);
            let inputs: Vec<u8> = found.iter().flat_map(|manifest| manifest.fingerprint.to_le_bytes()).collect();
            let made = self.made.body(&format!("packages of {}", resource.id), &inputs, || {
                let entries = found.iter().flat_map(|manifest| manifest.packages.iter());
                let packages: Map<String, Value> = entries.map(|(key, used)| (key.clone(), Value::Object(to_body(used)))).collect();
                (Map::from_iter([("packages".to_owned(), Value::Object(packages))]), Vec::new())
            });
            let body = made.body.clone();
            self.put_body(&resource, "manifests", Facet::Dependencies, body, check);
        }
    }
}

/// The manifests of one resource.
#[derive(Default)]
struct Manifests<'a> {
    found: Vec<Arc<Manifest>>,
    paths: Vec<&'a str>,
    /// The packages that are made of it, by ref, and the manifests that say so.
    publishes: BTreeMap<String, bool>,
    publishing: Vec<&'a str>,
}

/// The large bodies as they were made last, with the fingerprint of what they were made of: from one commit to the
/// next most of them stay as they are.
#[derive(Debug, Default)]
struct Made {
    bodies: BTreeMap<String, MadeBody>,
    catalog: Option<Arc<MadeCatalog>>,
}

/// The descriptors of a commit with their bodies of `general` and `relations`.
#[derive(Debug)]
struct MadeCatalog {
    fingerprint: u128,
    catalog: Catalog,
    bodies: Vec<(Map<String, Value>, Map<String, Value>)>,
}

#[derive(Debug)]
struct MadeBody {
    fingerprint: u128,
    body: Map<String, Value>,
    refusals: Vec<Refusal>,
}

impl Made {
    /// Bodies that are kept at most.
    const MOST: usize = 2_000;

    fn body(&mut self, name: &str, inputs: &[u8], make: impl FnOnce() -> (Map<String, Value>, Vec<Refusal>)) -> &MadeBody {
        let fingerprint = xxh3_128(inputs);
        if self.bodies.len() >= Self::MOST {
            self.bodies.clear();
        }
        let make = || {
            let (body, refusals) = make();
            // What could not be read is tried again next time.
            let fingerprint = if refusals.is_empty() { fingerprint } else { !fingerprint };
            MadeBody { fingerprint, body, refusals }
        };
        match self.bodies.entry(name.to_owned()) {
            Entry::Vacant(vacant) => vacant.insert(make()),
            Entry::Occupied(occupied) if occupied.get().fingerprint == fingerprint => occupied.into_mut(),
            Entry::Occupied(mut occupied) => {
                occupied.insert(make());
                occupied.into_mut()
            }
        }
    }
}

/// What files said, by path and blob; the least recently used are forgotten.
#[derive(Debug)]
struct Cache {
    entries: LruCache<u128, Cached>,
    weight: usize,
}

/// A manifest as it is stated.
#[derive(Debug)]
struct Manifest {
    /// Equal for equal answers.
    fingerprint: u128,
    packages: BTreeMap<String, PackageUse>,
    publishes: Option<EntityRef>,
    refusals: Vec<Refusal>,
    /// Other files that the answer depends on, with the blobs that they had.
    reads: Vec<(String, Option<[u8; 20]>)>,
}

#[derive(Clone, Debug)]
enum Cached {
    Descriptors(Arc<Descriptors>),
    Codeowners(Arc<Codeowners>),
    Readme(Arc<facts::Readme>),
    Licence(Option<&'static str>),
    StatedLicence(Option<String>),
    Document(Option<facts::DocumentKind>),
    Manifest(Arc<Manifest>),
}

impl Default for Cache {
    fn default() -> Self {
        Self { entries: LruCache::unbounded(), weight: 0 }
    }
}

impl Cached {
    /// Roughly how many small things it holds.
    fn weight(&self) -> usize {
        match self {
            Self::Descriptors(found) => 1 + 8 * found.descriptors.len() + found.refusals.len(),
            Self::Codeowners(file) => 1 + file.rules.len() + file.refusals.len(),
            Self::Manifest(manifest) => 1 + manifest.packages.len() + manifest.refusals.len(),
            _ => 1,
        }
    }
}

impl Cache {
    /// Things held at most, each a few hundred bytes.
    const MOST: usize = 100_000;

    fn key(part: u8, path: &str, id: &[u8; 20]) -> u128 {
        let mut bytes = Vec::with_capacity(21 + path.len());
        bytes.push(part);
        bytes.extend_from_slice(id);
        bytes.extend_from_slice(path.as_bytes());
        xxh3_128(&bytes)
    }

    fn put(&mut self, key: u128, value: Cached) {
        self.weight += value.weight();
        if let Some(old) = self.entries.put(key, value) {
            self.weight -= old.weight();
        }
        while self.weight > Self::MOST
            && self.entries.len() > 1
            && let Some((_, oldest)) = self.entries.pop_lru()
        {
            self.weight -= oldest.weight();
        }
    }

    fn get(&mut self, part: u8, tree: &dyn Tree, path: &str, make: impl FnOnce(&[u8]) -> Cached) -> Result<Cached, Refusal> {
        let key = tree.files().get(path).filter(|entry| !entry.is_link).map(|entry| Self::key(part, path, &entry.id));
        if let Some(cached) = key.and_then(|key| self.entries.get(&key)) {
            return Ok(cached.clone());
        }
        let value = make(&content(tree, path)?);
        if let Some(key) = key {
            self.put(key, value.clone());
        }
        Ok(value)
    }

    fn descriptors(&mut self, tree: &dyn Tree, path: &str) -> Result<Arc<Descriptors>, Refusal> {
        let make = |bytes: &[u8]| Cached::Descriptors(Arc::new(descriptor::parse(path, bytes)));
        match self.get(0, tree, path, make)? {
            Cached::Descriptors(found) => Ok(found),
            _ => Ok(Arc::default()),
        }
    }

    fn codeowners(&mut self, tree: &dyn Tree, path: &str) -> Result<Arc<Codeowners>, Refusal> {
        let make = |bytes: &[u8]| Cached::Codeowners(Arc::new(codeowners::parse(path, bytes)));
        match self.get(1, tree, path, make)? {
            Cached::Codeowners(file) => Ok(file),
            _ => Ok(Arc::default()),
        }
    }

    fn readme(&mut self, tree: &dyn Tree, path: &str) -> Result<Arc<facts::Readme>, Refusal> {
        match self.get(2, tree, path, |bytes| Cached::Readme(Arc::new(facts::readme(path, bytes))))? {
            Cached::Readme(readme) => Ok(readme),
            _ => Ok(Arc::default()),
        }
    }

    fn licence(&mut self, tree: &dyn Tree, path: &str) -> Result<Option<&'static str>, Refusal> {
        match self.get(3, tree, path, |bytes| Cached::Licence(facts::licence_of_text(bytes)))? {
            Cached::Licence(licence) => Ok(licence),
            _ => Ok(None),
        }
    }

    fn stated_licence(&mut self, tree: &dyn Tree, path: &str) -> Result<Option<String>, Refusal> {
        match self.get(4, tree, path, |bytes| Cached::StatedLicence(facts::licence_of_manifest(path, bytes)))? {
            Cached::StatedLicence(licence) => Ok(licence),
            _ => Ok(None),
        }
    }

    fn document(&mut self, tree: &dyn Tree, path: &str, entry: &FileEntry) -> Result<Option<facts::DocumentKind>, Refusal> {
        let key = Self::key(5, path, &entry.id);
        if let Some(Cached::Document(kind)) = self.entries.get(&key) {
            return Ok(kind.clone());
        }
        let kind = facts::document(path, &content(tree, path)?);
        self.put(key, Cached::Document(kind.clone()));
        Ok(kind)
    }

    fn manifest(&mut self, tree: &dyn Tree, path: &str, entry: &FileEntry) -> Result<Arc<Manifest>, Refusal> {
        let key = Self::key(6, path, &entry.id);
        let id = |path: &str| tree.files().get(path).filter(|entry| !entry.is_link).map(|entry| entry.id);
        if let Some(Cached::Manifest(manifest)) = self.entries.get(&key)
            && manifest.reads.iter().all(|(path, blob)| id(path) == *blob)
        {
            return Ok(Arc::clone(manifest));
        }
        let bytes = content(tree, path)?;
        let parsed = packages::parse(path, &bytes, &mut |other| content(tree, other).ok());
        let mut inputs = key.to_le_bytes().to_vec();
        let mut reads = Vec::with_capacity(parsed.reads.len());
        for path in parsed.reads {
            let blob = id(&path);
            inputs.extend_from_slice(path.as_bytes());
            inputs.push(u8::from(blob.is_some()));
            inputs.extend_from_slice(&blob.unwrap_or_default());
            reads.push((path, blob));
        }
        let fingerprint = xxh3_128(&inputs);
        let publishes = parsed.publishes.and_then(|name| EntityRef::new(Kind::Package, name).ok());
        let manifest = Arc::new(Manifest { fingerprint, packages: parsed.packages, publishes, refusals: parsed.refusals, reads });
        self.put(key, Cached::Manifest(Arc::clone(&manifest)));
        Ok(manifest)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A commit in memory; `None` is a symbolic link.
    #[derive(Default)]
    pub(crate) struct Files {
        entries: BTreeMap<String, FileEntry>,
        others: BTreeMap<String, FileEntry>,
        contents: BTreeMap<String, Arc<[u8]>>,
        reads: std::cell::Cell<usize>,
    }

    impl Tree for Files {
        fn files(&self) -> &BTreeMap<String, FileEntry> {
            &self.entries
        }

        fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
            self.reads.set(self.reads.get() + 1);
            self.contents.get(path).cloned().ok_or_else(|| "object is missing".to_owned())
        }

        fn find(&self, path: &str) -> Option<FileEntry> {
            self.entries.get(path).or_else(|| self.others.get(path)).cloned()
        }
    }

    impl Files {
        pub(crate) fn with(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
            let content = content.as_ref();
            let mut id = [0; 20];
            id[..16].copy_from_slice(&xxh3_128(content).to_be_bytes());
            let entry = FileEntry { id, size: content.len() as u64, is_link: false };
            if !is_interesting(path) {
                self.others.insert(path.to_owned(), entry);
            } else {
                self.entries.insert(path.to_owned(), entry);
                self.contents.insert(path.to_owned(), content.into());
            }
            self
        }

        pub(crate) fn with_link(mut self, path: &str, target: &str) -> Self {
            self = self.with(path, target);
            self.entries.get_mut(path).unwrap().is_link = true;
            self
        }
    }

    pub(crate) fn document(kind: &str, name: &str, spec: &str) -> String {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{type: t, lifecycle: production, owner: payments{spec}}}\n"
        )
    }

    fn about(tags: &BTreeMap<String, TaggedVersion>) -> About<'_> {
        About {
            name: "acme/billing",
            scope_folder: "/repositories",
            commit: "c0ffee",
            default_branch: Some("main"),
            last_commit: None,
            activity: None,
            language_bytes: BTreeMap::from([("Rust".to_owned(), 900), ("Shell".to_owned(), 5)]),
            tags,
            web: None,
        }
    }

    fn state(files: &Files) -> Stated {
        Converter::new().convert(&about(&BTreeMap::new()), files)
    }

    /// One line a statement, for tests that look at the whole.
    fn told(stated: &Stated) -> String {
        let lines: Vec<String> = stated
            .statements
            .iter()
            .map(|statement| {
                let body = Value::Object(statement.body.clone().unwrap_or_default());
                format!(
                    "{} {} {}\n  {body}\n  {}",
                    statement.resource.id,
                    statement.origin,
                    statement.facet,
                    statement.check.as_deref().unwrap_or("-")
                )
            })
            .collect();
        lines.join("\n")
    }

    fn body<'a>(stated: &'a Stated, resource: &str, origin: &str, facet: Facet) -> Option<&'a Map<String, Value>> {
        let found = stated.statements.iter().find(|it| it.resource.id == resource && it.origin == origin && it.facet == facet);
        found.and_then(|statement| statement.body.as_ref())
    }

    /// Paths and ids of all contents that are stated.
    fn ids(stated: &Stated) -> Vec<(String, String)> {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let bodies = stated.statements.iter().filter_map(|statement| statement.body.as_ref());
        let mut ids = Vec::new();
        for body in bodies {
            let documents = body.get("documents").and_then(Value::as_object);
            ids.extend(documents.into_iter().flatten().filter_map(|(path, value)| Some((path.clone(), text(value, "blob")?))));
            ids.extend(body.get("definition").and_then(|value| Some((text(value, "path")?, text(value, "blob")?))));
        }
        ids
    }

    fn refused(stated: &Stated) -> Vec<String> {
        stated.refusals.iter().map(|it| format!("{}:{}: {}", it.path, it.line.unwrap_or(0), it.message)).collect()
    }

    #[test]
    fn a_repository_with_a_descriptor_states_everything_once() {
        let files = Files::default()
            .with("catalog-info.yaml", document("Component", "Ledger", ", dependsOn: ['resource:db']"))
            .with(".github/CODEOWNERS", "* @acme/platform\n/catalog-info.yaml @acme/payments @ann\n")
            .with("README.md", "# The ledger\n\nKeeps the books.\n")
            .with("LICENSE", "Apache License\nVersion 2.0, January 2004")
            .with("docs/how.md", "# How\n")
            .with("go.mod", "require acme.example/x v1.2.3\n")
            .with("tools/go.mod", "require acme.example/y v2.0.0\n");
        let stated = state(&files);
        assert_eq!(refused(&stated), Vec::<String>::new());
        insta::assert_snapshot!(told(&stated), @r#"
        acme/billing repository general
          {"codeowners":".github/CODEOWNERS","defaultBranch":"main","languageBytes":{"Rust":900,"Shell":5},"languages":["Rust"],"licence":"Apache-2.0","readme":"README.md","ref":"repository:acme/billing"}
          c0ffee
        acme/billing readme general
          {"description":"Keeps the books.","title":"The ledger"}
          c0ffee:README.md
        acme/billing CODEOWNERS general
          {"owner":["team:platform"]}
          c0ffee:.github/CODEOWNERS:1
        acme/billing repository documentation
          {"documents":{"README.md":{"blob":"26853476a7b644532b717b922f6ad44600000000","format":"markdown","title":"The ledger"},"docs/how.md":{"blob":"ec224656d7a6bbb30273b18ee29e2ad200000000","format":"markdown","title":"How"}}}
          c0ffee
        acme/billing#service:ledger catalog-info.yaml general
          {"lifecycle":"production","owner":["team:payments"],"path":"catalog-info.yaml","ref":"service:Ledger","repository":"repository:acme/billing","status":"active","type":"t"}
          c0ffee:catalog-info.yaml:3
        acme/billing#service:ledger catalog-info.yaml relations
          {"dependsOn":{"resource:db":true}}
          c0ffee:catalog-info.yaml:3
        acme/billing#service:ledger CODEOWNERS general
          {"owner":["team:payments","person:ann"]}
          c0ffee:.github/CODEOWNERS:2
        acme/billing#service:ledger manifests dependencies
          {"packages":{"go.mod#go/acme.example/x":{"direct":true,"scope":"runtime","versions":["v1.2.3"]},"tools/go.mod#go/acme.example/y":{"direct":true,"scope":"runtime","versions":["v2.0.0"]}}}
          c0ffee
        "#);
        assert!(
            stated
                .statements
                .iter()
                .all(|it| it.resource.scope == if it.resource.kind == Kind::Repository { "/repositories" } else { "acme/billing" })
        );
    }

    #[test]
    fn what_manifests_publish_is_a_relation_of_the_component_above() {
        let files = Files::default()
            .with("kit/catalog-info.yaml", document("Component", "kit", ""))
            .with("kit/package.json", r#"{"name": "@acme/kit", "version": "1.0.0"}"#)
            .with("kit/codegen/package.json", r#"{"name": "@acme/codegen", "version": "1.0.0"}"#)
            .with("other/package.json", r#"{"name": "@acme/other", "version": "1.0.0", "private": true}"#);
        let stated = state(&files);
        let all: Vec<_> = stated.statements.iter().filter(|it| it.facet == Facet::Relations).collect();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].resource.id.as_str(), all[0].origin.as_str()), ("acme/billing#service:kit", "manifests"));
        let expected = serde_json::json!({ "publishes": { "package:npm/@acme/codegen": true, "package:npm/@acme/kit": true } });
        assert_eq!(Value::Object(all[0].body.clone().unwrap()), expected);
        let one = Files::default().with("package.json", r#"{"name": "kit", "version": "1.0.0"}"#);
        let stated = state(&one);
        let relations = stated.statements.iter().find(|it| it.facet == Facet::Relations).unwrap();
        assert_eq!(
            (relations.resource.id.as_str(), relations.check.as_deref()),
            ("acme/billing#service:billing", Some("c0ffee:package.json"))
        );
    }

    #[test]
    fn a_repository_without_a_component_is_one_undeclared_service() {
        let files = Files::default()
            .with("README.md", "# Billing\n\nBills.\n")
            .with("CODEOWNERS", "* @acme/money\n")
            .with("go.mod", "require a v1\n");
        let stated = state(&files);
        let general = body(&stated, "acme/billing#service:billing", "undeclared", Facet::General).unwrap();
        assert_eq!(
            Value::Object(general.clone()).to_string(),
            r#"{"description":"Bills.","ref":"service:billing","repository":"repository:acme/billing","status":"undeclared","title":"Billing"}"#
        );
        assert!(body(&stated, "acme/billing#service:billing", "CODEOWNERS", Facet::General).is_some());
        assert!(body(&stated, "acme/billing#service:billing", "manifests", Facet::Dependencies).is_some());
        let declared = state(&Files::default().with("catalog-info.yaml", document("Component", "ledger", "")));
        assert!(!declared.statements.iter().any(|it| it.origin == "undeclared"));
    }

    #[test]
    fn an_empty_commit_still_is_a_repository() {
        let stated = state(&Files::default());
        let ids: Vec<&str> = stated.statements.iter().map(|it| it.resource.id.as_str()).collect();
        assert_eq!(ids, ["acme/billing", "acme/billing#service:billing"]);
    }

    #[test]
    fn packages_belong_to_the_nearest_component_above_their_manifest() {
        let files = Files::default()
            .with("services/a/catalog-info.yaml", format!("{}---\n{}", document("API", "api", ""), document("Component", "a", "")))
            .with("services/a/web/catalog-info.yaml", document("Component", "a-web", ""))
            .with("services/a/go.mod", "require one v1\n")
            .with("services/a/web/x/go.mod", "require two v1\n")
            .with("services/ab/go.mod", "require three v1\n")
            .with("go.mod", "require four v1\n");
        let stated = state(&files);
        let packages = |id: &str| -> Vec<String> {
            let body = body(&stated, id, "manifests", Facet::Dependencies).unwrap();
            body["packages"].as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(packages("acme/billing#service:a"), ["services/a/go.mod#go/one"]);
        assert_eq!(packages("acme/billing#service:a-web"), ["services/a/web/x/go.mod#go/two"]);
        assert_eq!(packages("acme/billing"), ["go.mod#go/four", "services/ab/go.mod#go/three"]);
    }

    #[test]
    fn locations_are_followed_inside_the_repository_and_only_there() {
        let location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec:\n  targets:\n    - ./org/teams.yaml\n    - ../../etc/passwd.yaml\n    - https://elsewhere.example/x.yaml\n    - org/missing.yaml\n    - ./org/*.yaml\n    - https://forge.example/acme/billing/blob/main/org/people.yaml\n    - ./catalog-info.yaml\n";
        let files = Files::default()
            .with("catalog-info.yaml", location)
            .with("org/teams.yaml", format!("{}---\n{}", document("Group", "payments", ""), location.replace("./org/", "./")))
            .with("org/people.yaml", document("User", "ann", ""))
            .with("org/unrelated.yaml", "a: [1\n");
        let tags = BTreeMap::new();
        let stated = Converter::new().convert(&About { web: Some("https://forge.example/acme/billing"), ..about(&tags) }, &files);
        let names: Vec<String> = stated.descriptors.iter().map(|it| it.entity.to_string()).collect();
        assert_eq!(names, ["team:payments", "person:ann"]);
        let of_root: Vec<String> = refused(&stated).into_iter().filter(|it| it.starts_with("catalog-info.yaml")).collect();
        insta::assert_snapshot!(of_root.join("\n"), @r#"
        catalog-info.yaml:7: target "../../etc/passwd.yaml" leaves the repository and is not followed
        catalog-info.yaml:8: target "https://elsewhere.example/x.yaml" lies outside the repository and is not followed
        catalog-info.yaml:9: target "org/missing.yaml" is no YAML file of this repository
        catalog-info.yaml:10: target "./org/*.yaml" has wildcards, which are not followed; catalog-info.yaml files are read wherever they are
        "#);
        assert_eq!(
            stated.statements.iter().find(|it| it.resource.kind == Kind::Team).unwrap().check.as_deref(),
            Some("https://forge.example/acme/billing/blob/c0ffee/org/teams.yaml#L3")
        );
    }

    #[test]
    fn definitions_are_where_their_descriptors_say_inside_the_repository_or_nowhere() {
        let api = |name: &str, definition: &str| document("API", name, &format!(", definition: {definition}"));
        let escapes = ["../../etc/passwd", "../../../etc/passwd", "/../etc/passwd", "absent.yaml", "..", "link.yaml", "file:///etc/passwd"];
        let mut texts = vec![
            api("inline", "'openapi: 3.1.0'"),
            api("beside", "{$text: ./openapi.yaml}"),
            api("above", "{$text: ../proto/api.proto}"),
            api("root", "{$text: /openapi.json}"),
            api("url", "{$text: 'https://acme.example/openapi.yaml'}"),
        ];
        texts.extend(escapes.iter().enumerate().map(|(number, target)| api(&format!("bad{number}"), &format!("{{$text: '{target}'}}"))));
        let files = Files::default()
            .with("api/catalog-info.yaml", texts.join("---\n"))
            .with("api/openapi.yaml", "openapi: 3.1.0\n")
            .with("openapi.json", "{\"openapi\": \"3.1.0\"}")
            .with("proto/api.proto", "package v1;\n")
            .with_link("api/link.yaml", "openapi.yaml");
        let stated = state(&files);
        let definitions: Vec<String> = stated
            .statements
            .iter()
            .filter_map(|it| Some(format!("{} {}", it.resource.id, it.body.as_ref()?.get("definition")?)))
            .collect();
        insta::assert_snapshot!(definitions.join("\n"), @r#"
        acme/billing#api:inline {"blob":"432be7c75ca2684a70ae97327b60fec300000000","inline":true,"path":"api/catalog-info.yaml"}
        acme/billing#api:beside {"blob":"3dec2701345ded40e73d6fc0c385620e00000000","path":"api/openapi.yaml"}
        acme/billing#api:above {"blob":"362e38c87c066654a329084fbcd90a9800000000","path":"proto/api.proto"}
        acme/billing#api:root {"blob":"7cf56325039515e4b4062bb12ac5179c00000000","path":"openapi.json"}
        acme/billing#api:url {"url":"https://acme.example/openapi.yaml"}
        "#);
        insta::assert_snapshot!(refused(&stated).join("\n"), @r#"
        api/catalog-info.yaml:29: spec.definition "../../etc/passwd" leaves the repository and is not followed; the API has no definition
        api/catalog-info.yaml:34: spec.definition "../../../etc/passwd" leaves the repository and is not followed; the API has no definition
        api/catalog-info.yaml:39: spec.definition "/../etc/passwd" leaves the repository and is not followed; the API has no definition
        api/catalog-info.yaml:44: spec.definition "absent.yaml" is no file of this repository: there is no "api/absent.yaml"; the API has no definition
        api/catalog-info.yaml:49: spec.definition ".." is no file of this repository: there is no ""; the API has no definition
        api/catalog-info.yaml:54: spec.definition "link.yaml" is a symbolic link, which is not followed; the API has no definition
        api/catalog-info.yaml:59: spec.definition "file:///etc/passwd" is neither a path nor an http or https address; the API has no definition
        "#);
        for (path, id) in ids(&stated) {
            assert_eq!(Some(id), files.find(&path).map(|entry| hex(&entry.id)), "{path}");
        }
    }

    #[test]
    fn what_is_named_like_a_definition_is_a_document_if_it_is_one() {
        let files = Files::default()
            .with("api/openapi.yaml", "openapi: 3.1.0\ninfo:\n  title: Ledger\n")
            .with("config/openapi.yaml", "enabled: true\n")
            .with("schema.graphql", "type Query { a: Int }")
            .with("web/query.graphql", "query { a }")
            .with("services/ledger/README.adoc", "= The ledger\n");
        let stated = state(&files);
        let documents = body(&stated, "acme/billing", "repository", Facet::Documentation).unwrap();
        let told: Vec<String> = documents["documents"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(path, document)| format!("{path} {} {}", document["format"].as_str().unwrap(), document["title"].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            ["api/openapi.yaml openapi Ledger", "schema.graphql graphql schema", "services/ledger/README.adoc asciidoc The ledger"]
        );
        assert_eq!(refused(&stated), Vec::<String>::new());
    }

    #[test]
    fn of_too_many_documents_those_nearest_to_the_root_are_listed() {
        let mut files = Files::default().with("z.md", "# Z");
        for number in 0..MAX_DOCUMENTS {
            files = files.with(&format!("a/docs/{number}.md"), format!("# {number}"));
        }
        let stated = state(&files);
        let documents = &body(&stated, "acme/billing", "repository", Facet::Documentation).unwrap()["documents"];
        assert_eq!(documents.as_object().unwrap().len(), MAX_DOCUMENTS);
        assert_eq!(documents["z.md"]["title"], "Z");
        assert!(refused(&stated)[0].contains("is one of more than 5000 documents"));
    }

    #[test]
    fn an_entity_described_twice_counts_once_and_the_other_place_is_named() {
        let files = Files::default()
            .with("a/catalog-info.yaml", document("Component", "LEDGER", ""))
            .with("catalog-info.yaml", document("Component", "ledger", ""));
        let stated = state(&files);
        assert_eq!(stated.descriptors.len(), 1);
        assert_eq!(stated.descriptors[0].path, "catalog-info.yaml");
        assert_eq!(
            refused(&stated),
            ["a/catalog-info.yaml:3: service:LEDGER is described already in catalog-info.yaml, line 3; this document is not read"]
        );
    }

    #[test]
    fn what_a_group_says_of_its_children_and_members_is_put_to_them() {
        let text = [
            document("Group", "money", ", children: [payments, cards], members: [ann, bob]"),
            document("Group", "payments", ""),
            document("User", "ann", ", memberOf: [payments]"),
            document("Resource", "db", ", dependencyOf: ['component:ledger', 'component:other']"),
            document("Component", "ledger", ""),
        ];
        let stated = state(&Files::default().with("catalog-info.yaml", text.join("---\n")));
        let general = |id: &str| Value::Object(body(&stated, id, "catalog-info.yaml", Facet::General).unwrap().clone());
        assert_eq!(general("acme/billing#team:payments")["parent"], "team:money");
        assert_eq!(general("acme/billing#team:money")["children"], serde_json::json!(["team:cards"]));
        assert_eq!(general("acme/billing#team:money")["members"], serde_json::json!(["person:bob"]));
        assert_eq!(general("acme/billing#person:ann")["memberOf"], serde_json::json!(["team:money", "team:payments"]));
        let relations = |id: &str| Value::Object(body(&stated, id, "catalog-info.yaml", Facet::Relations).unwrap().clone());
        assert_eq!(relations("acme/billing#service:ledger")["dependsOn"], serde_json::json!({"resource:db": true}));
        assert_eq!(relations("acme/billing#resource:db")["dependencyOf"], serde_json::json!({"service:other": true}));
    }

    #[test]
    fn a_team_renamed_in_its_document_is_the_same_team() {
        let text = |name: &str| format!("{}---\n{}", document("Group", "money", ""), document("Group", name, ""));
        let before = state(&Files::default().with("catalog-info.yaml", text("payments")));
        let after = state(&Files::default().with("catalog-info.yaml", text("pay-and-bill")));
        let found = renames(&before, &after);
        assert_eq!(found.len(), 1);
        let (from, to, evidence) = &found[0];
        assert_eq!((from.id.as_str(), to.id.as_str()), ("acme/billing#team:payments", "acme/billing#team:pay-and-bill"));
        assert_eq!(evidence, "document 2 of catalog-info.yaml names team:pay-and-bill where it named team:payments");
        assert_eq!(renames(&after, &after), []);
    }

    #[test]
    fn moved_swapped_and_replaced_documents_are_no_renames() {
        let states = |texts: &[(&str, String)]| state(&texts.iter().fold(Files::default(), |files, (path, text)| files.with(path, text)));
        let (a, b) = (document("Group", "a", ""), document("Group", "b", ""));
        let before = states(&[("catalog-info.yaml", format!("{a}---\n{b}"))]);
        let swapped = states(&[("catalog-info.yaml", format!("{b}---\n{a}"))]);
        assert_eq!(renames(&before, &swapped), []);
        let moved = states(&[("x/catalog-info.yaml", format!("{a}---\n{b}"))]);
        assert_eq!(renames(&before, &moved), []);
        let other_kind = states(&[("catalog-info.yaml", format!("{a}---\n{}", document("System", "c", "")))]);
        assert_eq!(renames(&before, &other_kind), []);
        let respelled = states(&[("catalog-info.yaml", format!("{}---\n{b}", document("Group", "A", "")))]);
        assert_eq!(renames(&before, &respelled), []);
    }

    #[test]
    fn codeowners_follow_the_order_of_places_and_clear_ownership() {
        let files = Files::default()
            .with("docs/CODEOWNERS", "* @acme/docs\n")
            .with("CODEOWNERS", "* @acme/root\n/x/\n")
            .with("x/catalog-info.yaml", document("Component", "x", ""))
            .with("y/catalog-info.yaml", document("Component", "y", ""));
        let stated = state(&files);
        assert_eq!(body(&stated, "acme/billing#service:x", "CODEOWNERS", Facet::General), None);
        assert_eq!(body(&stated, "acme/billing#service:y", "CODEOWNERS", Facet::General).unwrap()["owner"][0], "team:root");
        let huge = Files::default().with("CODEOWNERS", vec![b'\n'; codeowners::MAX_BYTES]).with("docs/CODEOWNERS", "* @acme/docs\n");
        let stated = state(&huge);
        assert!(refused(&stated)[0].contains("3 MB"), "{:?}", refused(&stated));
        assert_eq!(body(&stated, "acme/billing", "CODEOWNERS", Facet::General), None);
    }

    #[test]
    fn symbolic_links_are_named_and_not_followed() {
        let files = Files::default()
            .with_link("CODEOWNERS", "CODEOWNERS")
            .with_link("catalog-info.yaml", "../catalog-info.yaml")
            .with_link("go.mod", "tools/go.mod")
            .with_link("README.md", "README.md")
            .with_link("docs/a.md", "../README.md")
            .with("docs/CODEOWNERS", "* @acme/docs\n");
        let stated = state(&files);
        let paths: Vec<&str> = stated.refusals.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["CODEOWNERS", "catalog-info.yaml", "go.mod"]);
        assert_eq!(body(&stated, "acme/billing", "CODEOWNERS", Facet::General).unwrap()["owner"][0], "team:docs");
    }

    #[test]
    fn files_that_cannot_be_read_are_named_and_stop_nothing() {
        let mut files = Files::default()
            .with("catalog-info.yaml", b"\xff\xfe\0binary")
            .with("a/catalog-info.yaml", document("Component", "a", ""))
            .with("b/catalog-info.yaml", "kind: Component\n\tmetadata: {name: x}\n")
            .with("README.md", b"\0\0")
            .with("go.mod", "require x v1\n")
            .with("x/go.mod", "require x v1\n");
        files.contents.remove("go.mod");
        files.entries.get_mut("x/go.mod").unwrap().size = MAX_FILE_BYTES + 1;
        let stated = state(&files);
        assert_eq!(stated.descriptors.len(), 1);
        let paths: Vec<&str> = stated.refusals.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["README.md", "b/catalog-info.yaml", "catalog-info.yaml", "go.mod", "x/go.mod"]);
    }

    #[test]
    fn the_newest_version_and_all_of_them_come_from_the_tags() {
        let at = |commit: &str| TaggedVersion { commit: commit.to_owned(), at: crate::model::Instant::from_seconds(0) };
        let tags = BTreeMap::from([("v1.9.0".to_owned(), at("a")), ("v1.10.0".to_owned(), at("b")), ("nightly".to_owned(), at("c"))]);
        let stated = Converter::new().convert(&about(&tags), &Files::default());
        let general = body(&stated, "acme/billing", "tags", Facet::General).unwrap();
        assert_eq!(general["version"], "v1.10.0");
        assert_eq!(general["versions"].as_object().unwrap().len(), 2);
    }

    #[test]
    fn what_is_remembered_changes_nothing_and_spares_reading() {
        let files = |requirement: &str| {
            Files::default()
                .with("catalog-info.yaml", document("Component", "a", ""))
                .with("go.mod", format!("require x {requirement}\n"))
                .with("Cargo.lock", "require y v1\n")
                .with("README.md", "# T\n")
                .with("CODEOWNERS", "* @ann\n")
                .with("LICENSE", "x")
        };
        let tags = BTreeMap::new();
        let mut converter = Converter::new();
        let (one, two) = (files("v1"), files("v2"));
        assert_eq!(converter.convert(&about(&tags), &one), state(&one));
        assert_eq!(converter.convert(&about(&tags), &two), state(&two));
        two.reads.set(0);
        assert_eq!(converter.convert(&about(&tags), &two), state(&files("v2")));
        assert_eq!(two.reads.get(), 0);
        // A lockfile is read again when the manifest that it was read together with changes.
        let with_manifest = files("v2").with("Cargo.toml", "[package]\n");
        assert_eq!(converter.convert(&about(&tags), &with_manifest), state(&with_manifest));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_order_of_commits_changes_what_one_of_them_says(commits in prop::collection::vec(prop::collection::vec((0_usize..11, 0_u8..3), 0..11), 1..8)) {
            let paths = ["catalog-info.yaml", "a/catalog-info.yaml", "a/go.mod", "go.mod", "Cargo.lock", "Cargo.toml", "README.md", "docs/a.md", "CODEOWNERS", "a/openapi.yaml", "api.proto"];
            let content = |path: &str, version: u8| match path {
                "CODEOWNERS" => format!("* @owner{version}\n"),
                "README.md" | "docs/a.md" => format!("# T{version}\n\nwords\n"),
                "Cargo.toml" => format!("[package]\nname = \"x\"\nversion = \"1.0.0\"\n[dependencies]\ny = \"{version}\"\n"),
                "Cargo.lock" => "version = 4\n[[package]]\nname = \"y\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n".to_owned(),
                path if path.ends_with("go.mod") => format!("module m\nrequire example.org/x v1.{version}.0\n"),
                "a/openapi.yaml" => ["openapi: 3.1.0\n", "openapi: 3.0.0\ninfo:\n  title: T\n", "closed: true\n"][usize::from(version)].to_owned(),
                "api.proto" => format!("package v{version};\n"),
                _ => document(["Component", "API", "Location"][usize::from(version)], "x", ", definition: {$text: ./api.proto}"),
            };
            let mut converter = Converter::new();
            let tags = BTreeMap::new();
            for commit in commits {
                let files = commit.iter().fold(Files::default(), |files, (path, version)| files.with(paths[*path], content(paths[*path], *version)));
                let stated = converter.convert(&about(&tags), &files);
                prop_assert_eq!(&stated, &state(&files));
                for (path, id) in ids(&stated) {
                    prop_assert_eq!(Some(id), files.find(&path).map(|entry| hex(&entry.id)), "{}", path);
                }
            }
        }

        #[test]
        fn no_path_leads_out_of_the_repository(folder in "(a|b)?(/[ab]){0,3}", relative in "[./ab~\\\\]{0,12}") {
            let folder = folder.trim_start_matches('/');
            if let Some(path) = inside(folder, &relative) {
                prop_assert!(!path.starts_with('/') && path.split('/').all(|part| !matches!(part, "." | "..")), "{}", path);
                prop_assert_eq!(inside("", &path), Some(path.clone()));
                prop_assert_eq!(inside(folder, &format!("/{path}")), Some(path));
            }
        }
    }

    #[test]
    fn the_cache_stays_bounded() {
        let mut cache = Cache::default();
        for number in 0..(Cache::MOST as u128 + 5_000) {
            cache.put(number, Cached::Licence(None));
        }
        assert!(cache.entries.len() <= Cache::MOST && cache.weight <= Cache::MOST);
    }

    #[test]
    fn a_gpl_that_allows_later_versions_is_told_by_the_manifest() {
        let text = "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007";
        let licence = |files: &Files| body(&state(files), "acme/billing", "repository", Facet::General).unwrap()["licence"].clone();
        assert_eq!(licence(&Files::default().with("LICENSE", text)), "GPL-3.0-only");
        let later = Files::default().with("COPYING", text).with("Cargo.toml", "[package]\nlicense = \"GPL-3.0-or-later\"\n");
        assert_eq!(licence(&later), "GPL-3.0-or-later");
        assert_eq!(licence(&Files::default().with("Cargo.toml", "[package]\nlicense = \"MIT\"\n")), "MIT");
    }

    #[test]
    fn the_check_of_a_commit_leads_to_the_check_of_its_files() {
        let tags = BTreeMap::new();
        for web in [None, Some("https://forge.example/acme/tree")] {
            let about = About { web, ..about(&tags) };
            for check in [about.check_commit(), about.check("x/y.yaml", Some(3)), about.check("x", None)] {
                assert_eq!(check_of_file(&check, "docs/a b.md"), about.check("docs/a b.md", None), "{check}");
            }
        }
        for foreign in ["https://wiki.example/tree/page", "ledger", ""] {
            assert_eq!(check_of_file(foreign, "a.md"), foreign);
        }
    }

    #[test]
    fn paths_are_fit_for_urls() {
        let tags = BTreeMap::new();
        let about = About { web: Some("https://forge.example/acme/billing"), ..about(&tags) };
        assert_eq!(about.check("a b/ä#1.md", Some(3)), "https://forge.example/acme/billing/blob/c0ffee/a%20b/%C3%A4%231.md#L3");
    }
}
