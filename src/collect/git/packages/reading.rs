//! What all formats share: collecting packages and refusals, reading the files beside, and judging text.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::collect::git::Refusal;
use crate::collect::git::packages::Parsed;
use crate::model::body::{PackageUse, package_key};

/// Files larger than this are refused unread.
pub(super) const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Refusals that are told per file; the rest is only counted.
const MAX_REFUSALS: usize = 50;

/// The longest package name, in bytes.
const MAX_NAME: usize = 512;

/// The longest version, in bytes.
const MAX_VERSION: usize = 256;

/// The longest stretch of a file that a message or a requirement repeats, in characters.
const MAX_QUOTE: usize = 200;

/// Folders whose projects are for trying things: a fixture may be called as a package of somebody else.
const TRIALS: &[&str] = &[
    "__fixtures__",
    "__tests__",
    "benches",
    "benchmarks",
    "demo",
    "demos",
    "e2e",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "playground",
    "sample",
    "samples",
    "template",
    "templates",
    "test",
    "testdata",
    "tests",
];

/// How the other files of the same commit are read.
pub(super) type Read<'a> = dyn FnMut(&str) -> Option<Arc<[u8]>> + 'a;

/// What a package is needed for. The strongest need comes first, and wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Runtime,
    Build,
    Peer,
    Optional,
    Development,
    Test,
}

impl Scope {
    /// Every scope, the strongest first.
    pub(super) const ALL: [Self; 6] = [Self::Runtime, Self::Build, Self::Peer, Self::Optional, Self::Development, Self::Test];

    /// The word that bodies hold.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Build => "build",
            Self::Peer => "peer",
            Self::Optional => "optional",
            Self::Development => "development",
            Self::Test => "test",
        }
    }

    /// What a group of dependencies of that name is for.
    pub(super) fn of_group(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if matches!(name.as_str(), "main" | "default" | "runtime" | "prod" | "production") {
            Self::Runtime
        } else if name.contains("test") {
            Self::Test
        } else if name.contains("build") {
            Self::Build
        } else {
            Self::Development
        }
    }
}

/// One use of a package; uses of the same name are merged.
#[derive(Clone, Debug, Default)]
pub(super) struct Use {
    pub(super) version: Option<String>,
    pub(super) requirement: Option<String>,
    pub(super) scope: Option<Scope>,
    pub(super) direct: Option<bool>,
}

#[derive(Default)]
struct Uses {
    versions: BTreeSet<String>,
    requirements: BTreeSet<String>,
    scope: Option<Scope>,
    direct: Option<bool>,
}

/// The file that is being read, and what came of it so far.
pub(super) struct Reading<'a> {
    /// The file's path from the repository's root.
    pub(super) path: &'a str,
    /// The format and its version, for people.
    pub(super) rule: &'static str,
    ecosystem: &'static str,
    read: &'a mut Read<'a>,
    packages: HashMap<String, Uses>,
    publishes: Option<String>,
    refusals: Vec<Refusal>,
    refused: usize,
    reads: BTreeSet<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(path: &'a str, ecosystem: &'static str, rule: &'static str, read: &'a mut Read<'a>) -> Self {
        Self {
            path,
            rule,
            ecosystem,
            read,
            packages: HashMap::new(),
            publishes: None,
            refusals: Vec::new(),
            refused: 0,
            reads: BTreeSet::new(),
        }
    }

    /// The folder of the file, without a slash at the end; empty at the root.
    pub(super) fn folder(&self) -> &'a str {
        folder(self.path)
    }

    /// Counts a use of a package.
    pub(super) fn add(&mut self, name: &str, found: Use) {
        if let Some(problem) = name_problem(name) {
            self.refuse(None, format!("found the package name {} that {problem}, expected a name", quote(name)));
            return;
        }
        if let Some(version) = &found.version
            && let Some(problem) = version_problem(version)
        {
            self.refuse(None, format!("found the version {} of {name} that {problem}, expected a version", quote(version)));
            return;
        }
        if !self.packages.contains_key(name) {
            self.packages.insert(name.to_owned(), Uses::default());
        }
        let Some(uses) = self.packages.get_mut(name) else { return };
        uses.versions.extend(found.version);
        uses.requirements.extend(found.requirement.as_deref().and_then(requirement));
        uses.scope = match (uses.scope, found.scope) {
            (Some(old), Some(new)) => Some(old.min(new)),
            (old, new) => old.or(new),
        };
        uses.direct = match (uses.direct, found.direct) {
            (Some(old), Some(new)) => Some(old || new),
            (old, new) => old.or(new),
        };
    }

    /// Notes the package that is made of this project, unless it lies where only trials lie.
    pub(super) fn publish(&mut self, name: &str) {
        let is_trial = self.folder().split('/').any(|folder| TRIALS.contains(&folder.to_ascii_lowercase().as_str()));
        if !is_trial && name_problem(name).is_none() {
            self.publishes = Some(format!("{}/{name}", self.ecosystem));
        }
    }

    /// Refuses a part of the file, or all of it.
    pub(super) fn refuse(&mut self, line: Option<usize>, message: impl Into<String>) {
        self.refused += 1;
        if self.refusals.len() < MAX_REFUSALS {
            let line = line.and_then(|line| u32::try_from(line).ok());
            self.refusals.push(Refusal { path: self.path.to_owned(), line, message: message.into() });
        }
    }

    /// The line, from 1, on which a piece of text is first found. It is not looked for once so much was refused that
    /// nobody will be told.
    pub(super) fn line_of(&self, text: &str, needle: &str) -> Option<usize> {
        if self.refusals.len() >= MAX_REFUSALS {
            return None;
        }
        text.find(needle).map(|at| line_at(text, at))
    }

    /// The bytes of another file of the same commit; one that is too large counts as absent.
    pub(super) fn bytes_of(&mut self, path: &str) -> Option<Arc<[u8]>> {
        self.reads.insert(path.to_owned());
        (self.read)(path).filter(|bytes| bytes.len() <= MAX_BYTES)
    }

    /// The text of another file of the same commit; what is not UTF-8 counts as absent, for its own reading refuses it.
    pub(super) fn text_of(&mut self, path: &str) -> Option<String> {
        let bytes = self.bytes_of(path)?;
        Some(without_mark(std::str::from_utf8(&bytes).ok()?).to_owned())
    }

    /// Whether there is another file of that path.
    pub(super) fn has(&mut self, path: &str) -> bool {
        self.reads.insert(path.to_owned());
        (self.read)(path).is_some()
    }

    /// The first of these names that is a file in the folder.
    pub(super) fn has_any(&mut self, folder: &str, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(&inside(folder, name)))
    }

    /// What came of the file.
    pub(super) fn finish(mut self) -> Parsed {
        let untold = self.refused - self.refusals.len();
        if untold > 0 {
            let message = format!("found {untold} more problems like these");
            self.refusals.push(Refusal { path: self.path.to_owned(), line: None, message });
        }
        let packages = self
            .packages
            .into_iter()
            .map(|(name, uses)| {
                let requirements: Vec<String> = uses.requirements.into_iter().collect();
                let found = PackageUse {
                    versions: uses.versions.into_iter().collect(),
                    requirement: (!requirements.is_empty()).then(|| requirements.join(" | ")),
                    scope: uses.scope.map(|scope| scope.word().to_owned()),
                    direct: uses.direct,
                };
                (package_key(self.path, self.ecosystem, &name), found)
            })
            .collect::<BTreeMap<_, _>>();
        self.refusals.sort();
        Parsed { packages, publishes: self.publishes, refusals: self.refusals, rule: self.rule, reads: self.reads.into_iter().collect() }
    }
}

fn name_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > MAX_NAME {
        Some("is too long")
    } else if name.chars().any(|c| c.is_control() || c.is_whitespace() || c == '#') {
        Some("holds a character that no name has")
    } else {
        None
    }
}

fn version_problem(version: &str) -> Option<&'static str> {
    if version.is_empty() {
        Some("is empty")
    } else if version.len() > MAX_VERSION {
        Some("is too long")
    } else if version.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Some("holds a character that no version has")
    } else {
        None
    }
}

/// A requirement as it is kept: on one line, of bounded length, without credentials.
fn requirement(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| shorten(&without_credentials(&text)))
}

/// Text of the file for a message: short, printable, without credentials.
pub(super) fn quote(text: &str) -> String {
    let printable: String = shorten(&without_credentials(text.trim())).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("`{printable}`")
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Cuts user and password, and what follows a question mark, out of every URL in the text.
fn without_credentials(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find("://") {
        let (before, after) = rest.split_at(found + 3);
        clean.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>')).unwrap_or(after.len());
        let (url, after) = after.split_at(end);
        let authority = url.find(['/', '?', '#']).unwrap_or(url.len());
        let host = url.get(..authority).unwrap_or_default();
        clean.push_str(host.rsplit_once('@').map_or(host, |(_, host)| host));
        let path = url.get(authority..).unwrap_or_default();
        let (path, query) = path.find('?').map_or((path, ""), |at| path.split_at(at));
        clean.push_str(path);
        if let Some(fragment) = query.find('#') {
            clean.push_str(query.get(fragment..).unwrap_or_default());
        }
        rest = after;
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// The text without a byte order mark.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The line, from 1, of a byte of the text.
pub(super) fn line_at(text: &str, byte: usize) -> usize {
    let end = byte.min(text.len());
    text.as_bytes().iter().take(end).filter(|&&b| b == b'\n').count() + 1
}

/// The folder of a path, without a slash at the end; empty at the root.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path of a file in a folder.
pub(super) fn inside(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A path relative to a folder, from the root; nothing if it leaves the repository.
pub(super) fn resolve(folder: &str, relative: &str) -> Option<String> {
    let relative = relative.replace('\\', "/");
    if relative.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The folders above a folder, the nearest first, the root last.
pub(super) fn above(folder: &str) -> Vec<&str> {
    let mut folders = Vec::new();
    let mut rest = folder;
    while !rest.is_empty() && folders.len() < 32 {
        rest = self::folder(rest);
        folders.push(rest);
    }
    folders
}

/// The path of `folder` seen from `root`, one of the folders above it.
pub(super) fn below<'f>(root: &str, folder: &'f str) -> &'f str {
    folder.strip_prefix(root).unwrap_or(folder).trim_start_matches('/')
}

/// Whether patterns such as `packages/*`, `apps/**` and `!apps/old` cover a folder; a later pattern decides.
pub(super) fn covers<'p>(patterns: impl IntoIterator<Item = &'p str>, folder: &str) -> bool {
    let mut covered = false;
    for pattern in patterns {
        let (pattern, verdict) = pattern.strip_prefix('!').map_or((pattern, true), |pattern| (pattern, false));
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        let parts: Vec<&str> = pattern.split('/').take(32).collect();
        let names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).take(32).collect();
        if matches_parts(&parts, &names) {
            covered = verdict;
        }
    }
    covered
}

fn matches_parts(parts: &[&str], names: &[&str]) -> bool {
    // reachable[n]: the parts so far can match the first n names.
    let mut reachable = vec![false; names.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for part in parts {
        let mut next = vec![false; names.len() + 1];
        if *part == "**" {
            let mut any = false;
            for (now, then) in reachable.iter().zip(next.iter_mut()) {
                any |= *now;
                *then = any;
            }
        } else if *part == "." || part.is_empty() {
            next.clone_from(&reachable);
        } else {
            for ((now, name), then) in reachable.iter().zip(names).zip(next.iter_mut().skip(1)) {
                *then = *now && matches_name(part, name);
            }
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or(false)
}

fn matches_name(pattern: &str, name: &str) -> bool {
    if let Some((start, rest)) = pattern.split_once('{')
        && let Some((choices, end)) = rest.split_once('}')
    {
        return choices.split(',').take(64).any(|choice| !choice.contains('{') && matches_star(&format!("{start}{choice}{end}"), name));
    }
    matches_star(pattern, name)
}

fn matches_star(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = name.find(piece) else { return false };
        name = name.get(at + piece.len()..).unwrap_or_default();
    }
    name.ends_with(last)
}

/// The strongest scope through which each node is reached from the roots; nothing for one that no root reaches.
pub(super) fn spread(edges: &[Vec<usize>], roots: &[(usize, Scope)]) -> Vec<Option<Scope>> {
    let mut scopes: Vec<Option<Scope>> = vec![None; edges.len()];
    for scope in Scope::ALL {
        let mut open: Vec<usize> = roots.iter().filter(|(_, of)| *of == scope).map(|(node, _)| *node).collect();
        while let Some(node) = open.pop() {
            let Some(found) = scopes.get_mut(node) else { continue };
            if found.is_none() {
                *found = Some(scope);
                open.extend(edges.get(node).into_iter().flatten());
            }
        }
    }
    scopes
}

/// Whether a text is an exact version of the form `1.2.3`, with an optional suffix.
pub(super) fn is_exact_semver(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))
}
