//! The git objects of a repository: true ids of every blob, tree and commit, made from the company's data.
//!
//! # Invariants
//! - Ids are those that git itself computes; `git fsck --strict` finds nothing.
//! - Only ids, sizes and positions stay in memory; contents, trees and commits are made again when they are asked for.
//! - A [`Line`] grows commit by commit with the clock, and what it says of a commit does not depend on later ones.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use sha1::{Digest, Sha1};

use crate::demo::company::{Company, Repository, Tag};
use crate::model::Instant;

/// The name of a git object: SHA-1 of its kind, size and bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Oid(pub(super) [u8; 20]);

/// The tree without entries.
const EMPTY_TREE: Oid =
    Oid([0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb, 0xee, 0x49, 0x04]);

impl Oid {
    /// Of an object with this kind and these bytes.
    pub(super) fn of(kind: Kind, bytes: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(kind.word());
        hash.update(b" ");
        hash.update(bytes.len().to_string());
        hash.update([0]);
        hash.update(bytes);
        Self(hash.finalize().into())
    }

    /// From 40 hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() != 40 || !text.is_ascii() {
            return None;
        }
        let mut oid = [0; 20];
        for (byte, digits) in oid.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(oid))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(40);
        for byte in self.0 {
            write!(text, "{byte:02x}")?;
        }
        f.write_str(&text)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// All objects of a repository's default branch, as far as it was followed.
#[derive(Debug, Default)]
pub(super) struct Line {
    root: Folder,
    commits: Vec<Oid>,
}

/// A folder through all commits.
#[derive(Debug, Default)]
struct Folder {
    files: BTreeMap<String, Vec<FileVersion>>,
    folders: BTreeMap<String, Folder>,
    /// From which commit on it has which id; none: it is gone.
    versions: Vec<(u32, Option<Oid>)>,
    /// Something in it changed since the last version.
    touched: bool,
}

/// From a commit on a file has this content; none: it is gone.
#[derive(Clone, Copy, Debug)]
struct FileVersion {
    commit: u32,
    change: u32,
    size: u32,
    oid: Option<Oid>,
}

/// Where the bytes of a blob come from: `commits[commit].changes[change]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlobAt {
    pub(super) oid: Oid,
    pub(super) size: usize,
    pub(super) commit: usize,
    pub(super) change: usize,
}

/// A folder at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreeAt {
    pub(super) oid: Oid,
    pub(super) commit: usize,
    /// Without a slash at either end; empty for the root.
    pub(super) path: String,
}

/// What a path or an id leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Object {
    Blob(BlobAt),
    Tree(TreeAt),
    Commit(usize),
    /// A position in [`Repository::tags`].
    Tag(usize),
}

/// One line of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) object: EntryObject,
}

/// What an entry of a tree names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryObject {
    File(BlobAt),
    Folder(Oid),
}

impl Entry {
    pub(super) fn oid(&self) -> Oid {
        match self.object {
            EntryObject::File(blob) => blob.oid,
            EntryObject::Folder(oid) => oid,
        }
    }

    pub(super) fn is_folder(&self) -> bool {
        matches!(self.object, EntryObject::Folder(_))
    }
}

/// How many of the repository's commits there are at an instant.
pub(super) fn commits_until(repository: &Repository, now: Instant) -> usize {
    repository.commits.partition_point(|commit| commit.at <= now)
}

/// An annotated tag is an object of its own; a tag that was made by a release is only a name, as GitHub makes them.
pub(super) fn is_annotated(tag: &Tag) -> bool {
    !tag.released
}

impl Line {
    /// Follows the branch until it holds `count` commits. `made` is shown every content with its id.
    pub(super) fn follow(&mut self, company: &Company, repository: &Repository, count: usize, mut made: impl FnMut(Oid, Vec<u8>)) {
        for index in self.commits.len()..count {
            let number = index as u32;
            for (change_index, change) in repository.commits[index].changes.iter().enumerate() {
                let mut version = FileVersion { commit: number, change: change_index as u32, size: 0, oid: None };
                if let Some(content) = &change.content {
                    let bytes = content.bytes();
                    let oid = Oid::of(Kind::Blob, &bytes);
                    (version.size, version.oid) = (bytes.len() as u32, Some(oid));
                    made(oid, bytes);
                }
                self.root.write(&change.path, version);
            }
            self.root.settle(number);
            let bytes = self.commit_bytes(company, repository, index);
            self.commits.push(Oid::of(Kind::Commit, &bytes));
        }
    }

    /// The id of a commit that was followed.
    pub(super) fn commit(&self, index: usize) -> Oid {
        self.commits[index]
    }

    /// The id of the root at a commit.
    pub(super) fn root(&self, commit: usize) -> Oid {
        self.root.at(commit).unwrap_or(EMPTY_TREE)
    }

    /// What stands at a path at a commit; an empty path is the root.
    pub(super) fn find(&self, commit: usize, path: &str) -> Option<Object> {
        let path = path.trim_matches('/');
        if path.is_empty() {
            return Some(Object::Tree(TreeAt { oid: self.root(commit), commit, path: String::new() }));
        }
        let (folder, name) = match path.rsplit_once('/') {
            Some((folder, name)) => (self.folder(folder)?, name),
            None => (&self.root, path),
        };
        if let Some(blob) = folder.files.get(name).and_then(|versions| blob_at(versions, commit)) {
            return Some(Object::Blob(blob));
        }
        let oid = folder.folders.get(name)?.at(commit)?;
        Some(Object::Tree(TreeAt { oid, commit, path: path.to_owned() }))
    }

    /// What is in a folder at a commit, in git's order.
    pub(super) fn entries(&self, commit: usize, path: &str) -> Vec<Entry> {
        self.folder(path.trim_matches('/')).map(|folder| folder.entries(commit)).unwrap_or_default()
    }

    /// Every file and folder at a commit, each folder before what is in it.
    pub(super) fn walk(&self, commit: usize, path: &str, visit: &mut impl FnMut(&str, &Entry)) {
        if let Some(folder) = self.folder(path.trim_matches('/')) {
            folder.walk(commit, path.trim_matches('/'), visit);
        }
    }

    /// The object with this id among the first `count` commits.
    pub(super) fn locate(&self, oid: Oid, count: usize) -> Option<Object> {
        if let Some(index) = self.commits.iter().take(count).rposition(|commit| *commit == oid) {
            return Some(Object::Commit(index));
        }
        if oid == EMPTY_TREE {
            let commit = (0..count).find(|commit| self.root(*commit) == EMPTY_TREE)?;
            return Some(Object::Tree(TreeAt { oid, commit, path: String::new() }));
        }
        self.root.locate(oid, count, &mut String::new())
    }

    /// The commits among the first `count` that changed a path, oldest first; an empty path: all.
    pub(super) fn commits_of(&self, path: &str, count: usize) -> Vec<usize> {
        let path = path.trim_matches('/');
        if path.is_empty() {
            return (0..count.min(self.commits.len())).collect();
        }
        let (folder, name) = match path.rsplit_once('/') {
            Some((folder, name)) => match self.folder(folder) {
                Some(folder) => (folder, name),
                None => return Vec::new(),
            },
            None => (&self.root, path),
        };
        let mut commits = Vec::new();
        if let Some(versions) = folder.files.get(name) {
            commits.extend(versions.iter().map(|version| version.commit as usize));
        }
        if let Some(folder) = folder.folders.get(name) {
            commits.extend(folder.versions.iter().map(|(commit, _)| *commit as usize));
        }
        commits.sort_unstable();
        commits.dedup();
        commits.retain(|commit| *commit < count);
        commits
    }

    /// Trees and blobs that appear in a commit: `visit` is shown each with the path of its folder, or its file.
    pub(super) fn introduced(&self, commit: usize, visit: &mut impl FnMut(Object)) {
        if commit == 0 && self.root(0) == EMPTY_TREE {
            visit(Object::Tree(TreeAt { oid: EMPTY_TREE, commit, path: String::new() }));
        }
        self.root.introduced(commit, &mut String::new(), visit);
    }

    /// The bytes of a tree.
    pub(super) fn tree_bytes(&self, tree: &TreeAt) -> Vec<u8> {
        self.folder(&tree.path).map(|folder| tree_bytes(&folder.entries(tree.commit))).unwrap_or_default()
    }

    /// The bytes of a commit; its parent must have been followed.
    pub(super) fn commit_bytes(&self, company: &Company, repository: &Repository, index: usize) -> Vec<u8> {
        let commit = &repository.commits[index];
        let mut text = format!("tree {}\n", self.root(index));
        if let Some(parent) = index.checked_sub(1) {
            let _ = writeln!(text, "parent {}", self.commits[parent]);
        }
        let who = signature(company, commit.author, commit.at);
        let _ = write!(text, "author {who}\ncommitter {who}\n\n{}", with_line_end(&commit.message));
        text.into_bytes()
    }

    /// The bytes of an annotated tag.
    pub(super) fn tag_bytes(&self, company: &Company, repository: &Repository, tag: &Tag) -> Vec<u8> {
        let who = signature(company, repository.commits[tag.commit].author, tag.at);
        format!("object {}\ntype commit\ntag {}\ntagger {who}\n\n{}", self.commits[tag.commit], tag.name, with_line_end(&tag_message(tag)))
            .into_bytes()
    }

    fn folder(&self, path: &str) -> Option<&Folder> {
        let mut folder = &self.root;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            folder = folder.folders.get(name)?;
        }
        Some(folder)
    }
}

/// What an annotated tag says.
pub(super) fn tag_message(tag: &Tag) -> String {
    format!("Version {}", tag.name.trim_start_matches('v'))
}

impl Folder {
    fn write(&mut self, path: &str, version: FileVersion) {
        match path.split_once('/') {
            Some((folder, rest)) => {
                // Nothing to remove below a folder that never was.
                if version.oid.is_some() || self.folders.contains_key(folder) {
                    self.touched = true;
                    self.folders.entry(folder.to_owned()).or_default().write(rest, version);
                }
            }
            None => {
                let versions = self.files.entry(path.to_owned()).or_default();
                if versions.last().is_some_and(|last| last.commit == version.commit) {
                    versions.pop();
                }
                // Neither writing the same again nor removing what is not there changes anything.
                if versions.last().and_then(|last| last.oid) == version.oid {
                    return;
                }
                versions.push(version);
                self.touched = true;
            }
        }
    }

    /// Gives this folder and those below their ids as of a commit that was just written.
    fn settle(&mut self, commit: u32) {
        if !self.touched {
            return;
        }
        self.touched = false;
        for folder in self.folders.values_mut() {
            folder.settle(commit);
        }
        let entries = self.entries(commit as usize);
        let oid = (!entries.is_empty()).then(|| Oid::of(Kind::Tree, &tree_bytes(&entries)));
        if self.versions.last().map(|(_, oid)| *oid) != Some(oid) {
            self.versions.push((commit, oid));
        }
    }

    fn at(&self, commit: usize) -> Option<Oid> {
        let after = self.versions.partition_point(|(since, _)| *since as usize <= commit);
        self.versions[..after].last().and_then(|(_, oid)| *oid)
    }

    fn entries(&self, commit: usize) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.files.len() + self.folders.len());
        for (name, versions) in &self.files {
            if let Some(blob) = blob_at(versions, commit) {
                entries.push(Entry { name: name.clone(), object: EntryObject::File(blob) });
            }
        }
        for (name, folder) in &self.folders {
            if let Some(oid) = folder.at(commit) {
                entries.push(Entry { name: name.clone(), object: EntryObject::Folder(oid) });
            }
        }
        // Git compares the names of folders as if they ended with a slash.
        entries.sort_by(|a, b| sort_key(a).cmp(sort_key(b)));
        entries
    }

    fn walk(&self, commit: usize, path: &str, visit: &mut impl FnMut(&str, &Entry)) {
        for entry in self.entries(commit) {
            let full = join(path, &entry.name);
            visit(&full, &entry);
            if entry.is_folder()
                && let Some(folder) = self.folders.get(&entry.name)
            {
                folder.walk(commit, &full, visit);
            }
        }
    }

    fn locate(&self, oid: Oid, count: usize, path: &mut String) -> Option<Object> {
        let found = self.versions.iter().find(|(commit, version)| (*commit as usize) < count && *version == Some(oid));
        if let Some((commit, _)) = found {
            return Some(Object::Tree(TreeAt { oid, commit: *commit as usize, path: path.clone() }));
        }
        for versions in self.files.values() {
            for version in versions {
                if version.oid == Some(oid) && (version.commit as usize) < count {
                    return version.blob().map(Object::Blob);
                }
            }
        }
        for (name, folder) in &self.folders {
            let length = path.len();
            if length > 0 {
                path.push('/');
            }
            path.push_str(name);
            let found = folder.locate(oid, count, path);
            if found.is_some() {
                return found;
            }
            path.truncate(length);
        }
        None
    }

    fn introduced(&self, commit: usize, path: &mut String, visit: &mut impl FnMut(Object)) {
        let Ok(at) = self.versions.binary_search_by_key(&commit, |(since, _)| *since as usize) else { return };
        let Some(oid) = self.versions[at].1 else { return };
        visit(Object::Tree(TreeAt { oid, commit, path: path.clone() }));
        for versions in self.files.values() {
            if let Ok(at) = versions.binary_search_by_key(&commit, |version| version.commit as usize)
                && let Some(blob) = versions[at].blob()
            {
                visit(Object::Blob(blob));
            }
        }
        for (name, folder) in &self.folders {
            let length = path.len();
            if length > 0 {
                path.push('/');
            }
            path.push_str(name);
            folder.introduced(commit, path, visit);
            path.truncate(length);
        }
    }
}

impl FileVersion {
    fn blob(self) -> Option<BlobAt> {
        self.oid.map(|oid| BlobAt { oid, size: self.size as usize, commit: self.commit as usize, change: self.change as usize })
    }
}

fn blob_at(versions: &[FileVersion], commit: usize) -> Option<BlobAt> {
    let after = versions.partition_point(|version| version.commit as usize <= commit);
    versions[..after].last().and_then(|version| version.blob())
}

fn sort_key(entry: &Entry) -> impl Iterator<Item = u8> + '_ {
    entry.name.bytes().chain(entry.is_folder().then_some(b'/'))
}

fn tree_bytes(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 48);
    for entry in entries {
        bytes.extend_from_slice(if entry.is_folder() { b"40000 " } else { b"100644 " });
        bytes.extend_from_slice(entry.name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&entry.oid().0);
    }
    bytes
}

/// A path in a folder; no slash at the root.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn signature(company: &Company, person: usize, at: Instant) -> String {
    let person = &company.people[person];
    // Git forbids these in a signature.
    let plain = |text: &str| text.replace(['<', '>', '\n', '\0'], "");
    format!("{} <{}> {} +0000", plain(&person.name), plain(&person.email), at.micros().div_euclid(1_000_000))
}

fn with_line_end(message: &str) -> String {
    if message.ends_with('\n') { message.to_owned() } else { format!("{message}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::github::testing::{commit, company, remove, repository, write};

    #[test]
    fn ids_are_those_that_git_computes() {
        assert_eq!(Oid::of(Kind::Blob, b"hello\n").to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(Oid::of(Kind::Tree, b""), EMPTY_TREE);
        assert_eq!(Oid::parse("ce013625030ba8dba906f756967f9e9ca394464a"), Some(Oid::of(Kind::Blob, b"hello\n")));
        assert_eq!(Oid::parse("ce0136"), None);
        assert_eq!(Oid::parse(&"g".repeat(40)), None);
    }

    #[test]
    fn a_line_that_grew_step_by_step_is_the_one_that_was_followed_at_once() {
        let company = company();
        let repository = &company.repositories[0];
        let (mut slow, mut fast) = (Line::default(), Line::default());
        for count in 1..=repository.commits.len() {
            slow.follow(&company, repository, count, |_, _| {});
        }
        fast.follow(&company, repository, repository.commits.len(), |_, _| {});
        for index in 0..repository.commits.len() {
            assert_eq!(slow.commit(index), fast.commit(index));
            let mut paths = Vec::new();
            fast.walk(index, "", &mut |path, entry| paths.push((path.to_owned(), entry.oid())));
            for (path, oid) in paths {
                let found = fast.locate(oid, index + 1);
                assert!(found.is_some(), "{path} of commit {index}");
                assert!(fast.find(index, &path).is_some());
            }
        }
        let later = fast.find(3, "big.txt").map(|object| if let Object::Blob(blob) = object { blob.oid } else { EMPTY_TREE });
        assert_eq!(later.and_then(|oid| fast.locate(oid, 3)), None, "what a later commit brings is not there before it");
    }

    #[test]
    fn what_changes_nothing_is_no_change_of_a_path() {
        let company = company();
        let mut made = repository(1, "made");
        made.commits = vec![
            commit("2026-01-01T00:00:00Z", "a", vec![write("x/y.txt", "1")]),
            commit("2026-01-02T00:00:00Z", "b", vec![write("x/y.txt", "1"), remove("nothing/here.txt")]),
            commit("2026-01-03T00:00:00Z", "c", vec![remove("x/y.txt")]),
            commit("2026-01-04T00:00:00Z", "d", vec![write("x", "now a file")]),
        ];
        let mut line = Line::default();
        line.follow(&company, &made, 4, |_, _| {});
        assert_eq!(line.commits_of("x/y.txt", 4), [0, 2]);
        assert_eq!(line.commits_of("x", 4), [0, 2, 3]);
        assert_eq!((line.root(0) == line.root(1), line.root(2)), (true, EMPTY_TREE));
        assert!(matches!(line.find(3, "x"), Some(Object::Blob(_))));
        assert_eq!(line.find(3, "x/y.txt"), None);
    }
}
