//! The files of a commit, read from the object database.
//!
//! # Invariants
//! - Moving from one tree to another costs what differs between them, in either direction.
//! - Only files that say something are listed; of the others only their bytes per language are counted.
//! - A file is read when it is asked for, and never if it is larger than [`LARGEST_FILE`].

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice, ByteVec};
use gix::diff::tree::visit::Change;
use gix::objs::tree::EntryMode;
use gix::objs::{Find as _, TreeRefIter};
use lru::LruCache;
use parking_lot::Mutex;

use crate::collect::git::convert::{FileEntry, Tree, is_interesting};
use crate::collect::git::facts::language_of;
use crate::collect::git::history::{self, Error, Header};

/// Files above this many bytes are refused.
pub const LARGEST_FILE: u64 = 32 * 1024 * 1024;

/// The files of one tree, as far as they count.
#[derive(Default)]
pub(crate) struct Files {
    tree: Option<ObjectId>,
    interesting: BTreeMap<String, FileEntry>,
    languages: BTreeMap<&'static str, u64>,
    sizes: HashMap<ObjectId, u64>,
    missing: u64,
}

impl Files {
    /// Makes this the files of `tree`.
    ///
    /// # Errors
    /// [`Error`] if a tree is missing or damaged; the files are then empty.
    pub(crate) fn move_to(&mut self, repository: &gix::Repository, tree: ObjectId) -> Result<(), Error> {
        if self.tree == Some(tree) {
            return Ok(());
        }
        let changes = changes(repository, self.tree, tree).inspect_err(|_| *self = Self::default())?;
        for change in changes {
            if let Some((id, mode)) = change.before {
                self.remove(repository, change.path.as_ref(), id, mode);
            }
            if let Some((id, mode)) = change.after {
                self.add(repository, change.path.as_ref(), id, mode);
            }
        }
        self.tree = Some(tree);
        Ok(())
    }

    /// Bytes per language.
    pub(crate) fn language_bytes(&self) -> BTreeMap<String, u64> {
        self.languages.iter().filter(|(_, bytes)| **bytes > 0).map(|(language, bytes)| ((*language).to_owned(), *bytes)).collect()
    }

    /// How many objects were asked for and not found so far.
    pub(crate) const fn missing(&self) -> u64 {
        self.missing
    }

    fn add(&mut self, repository: &gix::Repository, path: &BStr, id: ObjectId, mode: EntryMode) {
        if !mode.is_link()
            && let Some(language) = language_of(&path.to_str_lossy())
        {
            *self.languages.entry(language).or_default() += self.size(repository, id);
        }
        if let Ok(path) = path.to_str()
            && is_interesting(path)
        {
            let Ok(bytes) = id.as_slice().try_into() else { return };
            let entry = FileEntry { id: bytes, size: self.size(repository, id), is_link: mode.is_link() };
            self.interesting.insert(path.to_owned(), entry);
        }
    }

    fn remove(&mut self, repository: &gix::Repository, path: &BStr, id: ObjectId, mode: EntryMode) {
        if !mode.is_link()
            && let Some(language) = language_of(&path.to_str_lossy())
        {
            let size = self.size(repository, id);
            let bytes = self.languages.entry(language).or_default();
            *bytes = bytes.saturating_sub(size);
        }
        if let Ok(path) = path.to_str() {
            self.interesting.remove(path);
        }
    }

    /// The size of a blob by its header; 0 if it is missing.
    fn size(&mut self, repository: &gix::Repository, id: ObjectId) -> u64 {
        const MOST: usize = 1 << 15;
        if let Some(size) = self.sizes.get(&id) {
            return *size;
        }
        let size = match repository.try_find_header(id) {
            Ok(Some(header)) => header.size(),
            _ => {
                self.missing += 1;
                0
            }
        };
        if self.sizes.len() >= MOST {
            self.sizes.clear();
        }
        self.sizes.insert(id, size);
        size
    }
}

/// A file that differs between two trees.
struct FileChange {
    path: BString,
    before: Option<(ObjectId, EntryMode)>,
    after: Option<(ObjectId, EntryMode)>,
}

fn changes(repository: &gix::Repository, from: Option<ObjectId>, to: ObjectId) -> Result<Vec<FileChange>, Error> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    if let Some(from) = from {
        read_tree(repository, from, &mut old)?;
    }
    read_tree(repository, to, &mut new)?;
    let kind = repository.object_hash();
    let mut found = Changes::default();
    gix::diff::tree(
        TreeRefIter::from_bytes(&old, kind),
        TreeRefIter::from_bytes(&new, kind),
        gix::diff::tree::State::default(),
        &repository.objects,
        &mut found,
    )
    .map_err(|source| Error::List { tree: to, source })?;
    Ok(found.changes)
}

fn read_tree(repository: &gix::Repository, id: ObjectId, buffer: &mut Vec<u8>) -> Result<(), Error> {
    if id == ObjectId::empty_tree(repository.object_hash()) {
        buffer.clear();
        return Ok(());
    }
    let found = repository.objects.try_find(&id, buffer).map_err(|source| Error::Object { id, source: Some(source) })?;
    match found {
        Some(data) if data.kind == gix::objs::Kind::Tree => Ok(()),
        _ => Err(Error::Object { id, source: None }),
    }
}

/// Collects what differs, without folders and submodules.
#[derive(Default)]
struct Changes {
    folders: VecDeque<BString>,
    path: BString,
    changes: Vec<FileChange>,
}

impl Changes {
    fn push(&mut self, name: &BStr) {
        if name.is_empty() {
            return;
        }
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.path.push_str(name);
    }
}

impl gix::diff::tree::Visit for Changes {
    fn pop_front_tracked_path_and_set_current(&mut self) {
        self.path = self.folders.pop_front().unwrap_or_default();
    }

    fn push_back_tracked_path_component(&mut self, component: &BStr) {
        self.push(component);
        self.folders.push_back(self.path.clone());
    }

    fn push_path_component(&mut self, component: &BStr) {
        self.push(component);
    }

    fn pop_path_component(&mut self) {
        let end = self.path.rfind_byte(b'/').unwrap_or(0);
        self.path.truncate(end);
    }

    fn visit(&mut self, change: Change) -> ControlFlow<()> {
        let file = |id: ObjectId, mode: EntryMode| mode.is_blob_or_symlink().then_some((id, mode));
        let (before, after) = match change {
            Change::Addition { entry_mode, oid, .. } => (None, file(oid, entry_mode)),
            Change::Deletion { entry_mode, oid, .. } => (file(oid, entry_mode), None),
            Change::Modification { previous_entry_mode, previous_oid, entry_mode, oid } => {
                (file(previous_oid, previous_entry_mode), file(oid, entry_mode))
            }
        };
        if before.is_some() || after.is_some() {
            self.changes.push(FileChange { path: self.path.clone(), before, after });
        }
        ControlFlow::Continue(())
    }
}

/// Contents of files, the latest used first, up to a number of bytes.
pub(crate) struct Blobs {
    cache: LruCache<ObjectId, Arc<[u8]>>,
    bytes: usize,
    /// Files read from the object database.
    pub(crate) opened: u64,
    /// Files that are missing or damaged.
    pub(crate) missing: u64,
}

impl Default for Blobs {
    fn default() -> Self {
        Self { cache: LruCache::unbounded(), bytes: 0, opened: 0, missing: 0 }
    }
}

impl Blobs {
    /// Whoever converts files remembers what they say; this only spares reading a file twice in one state.
    const MOST_BYTES: usize = 16 * 1024 * 1024;

    /// Forgets contents, not counts.
    pub(crate) fn clear(&mut self) {
        self.cache.clear();
        self.bytes = 0;
    }

    fn read(&mut self, repository: &gix::Repository, entry: &FileEntry) -> Result<Arc<[u8]>, String> {
        if entry.size > LARGEST_FILE {
            return Err(format!("the file has {} bytes; files above {LARGEST_FILE} bytes are not read", entry.size));
        }
        let id = ObjectId::from(entry.id);
        if let Some(content) = self.cache.get(&id) {
            return Ok(Arc::clone(content));
        }
        self.opened += 1;
        let mut object = repository.find_object(id).map_err(|error| {
            self.missing += 1;
            format!("object {id} is missing or damaged: {}", history::describe(&error))
        })?;
        let content: Arc<[u8]> = std::mem::take(&mut object.data).into();
        self.bytes += content.len();
        self.cache.put(id, Arc::clone(&content));
        while self.bytes > Self::MOST_BYTES
            && let Some((_, oldest)) = self.cache.pop_lru()
        {
            self.bytes -= oldest.len();
        }
        Ok(content)
    }
}

/// The files of one tree together with the way to read them.
pub(crate) struct View<'a> {
    pub(crate) repository: &'a gix::Repository,
    pub(crate) files: &'a Files,
    pub(crate) blobs: &'a Mutex<Blobs>,
}

impl Tree for View<'_> {
    fn files(&self) -> &BTreeMap<String, FileEntry> {
        &self.files.interesting
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let entry = self.files.interesting.get(path).ok_or_else(|| format!("there is no file {path:?}"))?;
        self.blobs.lock().read(self.repository, entry)
    }

    fn find(&self, path: &str) -> Option<FileEntry> {
        self.files.interesting.get(path).cloned().or_else(|| find(self.repository, self.files.tree?, path))
    }
}

/// A file of a tree by its path; none if there is none, or a folder above it cannot be read.
fn find(repository: &gix::Repository, tree: ObjectId, path: &str) -> Option<FileEntry> {
    let mut root = Vec::new();
    read_tree(repository, tree, &mut root).ok()?;
    let mut buffer = Vec::new();
    let folders = TreeRefIter::from_bytes(&root, repository.object_hash());
    let entry = folders.lookup_entry(&repository.objects, &mut buffer, path.split('/').map(str::as_bytes)).ok()??;
    if !entry.mode.is_blob_or_symlink() {
        return None;
    }
    let size = repository.try_find_header(entry.oid).ok().flatten().map_or(0, |header| header.size());
    Some(FileEntry { id: entry.oid.as_slice().try_into().ok()?, size, is_link: entry.mode.is_link() })
}

/// The files of the commit that is checked out, or of a bare repository's HEAD.
pub struct HeadTree {
    repository: gix::Repository,
    commit: ObjectId,
    files: Files,
    blobs: Mutex<Blobs>,
}

impl HeadTree {
    /// The full id of the commit.
    #[must_use]
    pub fn commit(&self) -> String {
        self.commit.to_string()
    }

    /// Bytes per language.
    #[must_use]
    pub fn language_bytes(&self) -> BTreeMap<String, u64> {
        self.files.language_bytes()
    }
}

impl Tree for HeadTree {
    fn files(&self) -> &BTreeMap<String, FileEntry> {
        &self.files.interesting
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        View { repository: &self.repository, files: &self.files, blobs: &self.blobs }.read(path)
    }

    fn find(&self, path: &str) -> Option<FileEntry> {
        View { repository: &self.repository, files: &self.files, blobs: &self.blobs }.find(path)
    }
}

/// The committed files of the repository that contains `path`, and the path inside it (empty for its root).
///
/// The file itself need not exist any more; files that are not committed are not seen.
///
/// # Errors
/// [`Error`] if no folder above is a repository, or it cannot be read.
pub fn open_tree(path: &Path) -> Result<(HeadTree, String), Error> {
    let missing = || Error::NoRepository(path.to_owned());
    // The path may name a file of the past, so only the part that exists is made absolute.
    let absolute = std::path::absolute(path).map_err(|_| missing())?;
    let existing = absolute.ancestors().find(|ancestor| ancestor.exists()).ok_or_else(missing)?;
    let mut full = existing.canonicalize().map_err(|_| missing())?;
    if let Ok(rest) = absolute.strip_prefix(existing)
        && !rest.as_os_str().is_empty()
    {
        full.push(rest);
    }
    let folder = full.ancestors().find(|ancestor| crate::collect::git::discover::is_repository(ancestor)).ok_or_else(missing)?;
    let inner = full.strip_prefix(folder).map(|inner| inner.to_string_lossy().replace('\\', "/")).unwrap_or_default();
    let repository = history::open_as_is(folder)?;
    let inner = if repository.is_bare() { String::new() } else { inner };
    let commit = repository.head_id().map_err(|_| Error::Empty)?.detach();
    let mut files = Files::default();
    let tree = Header::read(&repository, commit, &mut Vec::new())?.tree;
    files.move_to(&repository, tree)?;
    Ok((HeadTree { repository, commit, files, blobs: Mutex::default() }, inner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::testing::Repo;

    fn listed(repo: &Repo, commit: &str) -> BTreeMap<String, String> {
        let lines = repo.git(&["ls-tree", "-r", commit]);
        let files = lines.lines().filter_map(|line| {
            let (head, path) = line.split_once('\t')?;
            let mut head = head.split(' ');
            (head.nth(1)? == "blob" && is_interesting(path)).then(|| (path.to_owned(), head.next().unwrap().to_owned()))
        });
        files.collect()
    }

    #[test]
    fn moving_between_trees_agrees_with_git_in_both_directions() {
        let folder = tempfile::tempdir().unwrap();
        let origin = Repo::init(folder.path().join("module"));
        origin.write("README.md", "of the submodule").commit("2026-01-01T00:00:00Z");
        let repo = Repo::init(folder.path().join("repo"));
        repo.service("a/b", "one", "x").write("main.rs", "fn main() {}").write("README.md", "# Title");
        let first = repo.commit("2026-01-01T00:00:00Z");
        repo.git(&["submodule", "--quiet", "add", &format!("file://{}", origin.path.display()), "sub"]);
        repo.git(&["mv", "a", "c"]);
        repo.write("c/b/catalog-info.yaml", "changed").write("lib/x.py", "pass\n").write("main.rs", "fn main() { }");
        let second = repo.commit("2026-01-02T00:00:00Z");
        std::fs::remove_file(repo.path.join("README.md")).unwrap();
        std::fs::create_dir(repo.path.join("README.md")).unwrap();
        repo.write("README.md/package.json", "{}");
        let third = repo.commit("2026-01-03T00:00:00Z");
        std::os::unix::fs::symlink("README.md/package.json", repo.path.join("package.json")).unwrap();
        std::os::unix::fs::symlink(".", repo.path.join("loop")).unwrap();
        let fourth = repo.commit("2026-01-04T00:00:00Z");

        let repository = history::open(&repo.path).unwrap();
        let mut files = Files::default();
        for commit in [&first, &second, &third, &fourth, &second, &first, &fourth, &third] {
            let id = ObjectId::from_hex(commit.as_bytes()).unwrap();
            files.move_to(&repository, Header::read(&repository, id, &mut Vec::new()).unwrap().tree).unwrap();
            let found: BTreeMap<_, _> =
                files.interesting.iter().map(|(path, entry)| (path.clone(), ObjectId::from(entry.id).to_string())).collect();
            assert_eq!(found, listed(&repo, commit));
            let mut fresh = Files::default();
            fresh.move_to(&repository, files.tree.unwrap()).unwrap();
            assert_eq!(files.language_bytes(), fresh.language_bytes());
            let blobs = Mutex::default();
            let view = View { repository: &repository, files: &files, blobs: &blobs };
            for path in found.keys().filter(|path| *path != "package.json") {
                let shown = repo.git(&["show", &format!("{commit}:{path}")]);
                assert_eq!(String::from_utf8_lossy(&view.read(path).unwrap()).trim_end(), shown);
            }
            for line in repo.git(&["ls-tree", "-r", "-t", commit]).lines() {
                let (head, path) = line.split_once('\t').unwrap();
                let head: Vec<&str> = head.split(' ').collect();
                let entry = view.find(path);
                assert_eq!(entry.as_ref().map(|entry| entry.is_link), (head[1] == "blob").then_some(head[0] == "120000"), "{path}");
                assert!(
                    entry.is_none_or(|entry| ObjectId::from_hex(head[2].as_bytes()).is_ok_and(|id| id == ObjectId::from(entry.id))),
                    "{path}"
                );
                assert_eq!(view.find(&format!("{path}/absent")), None);
            }
        }
        assert_eq!(files.missing(), 0);
    }

    #[test]
    fn a_path_leads_to_its_repository_and_the_path_inside() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("repo"));
        repo.service("a", "one", "x");
        let commit = repo.commit("2026-01-01T00:00:00Z");
        let (tree, inner) = open_tree(&repo.path.join("a/catalog-info.yaml")).unwrap();
        assert_eq!((tree.commit(), inner.as_str()), (commit, "a/catalog-info.yaml"));
        assert!(tree.read(&inner).is_ok());
        assert_eq!(open_tree(&repo.path.join("gone/file")).unwrap().1, "gone/file");
        assert_eq!(open_tree(&repo.path).unwrap().1, "");
        assert!(matches!(open_tree(folder.path()), Err(Error::NoRepository(_))));
    }
}
