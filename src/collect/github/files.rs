//! The files of a repository: listed once per folder that changed, read only when the converter asks for them, and never
//! twice while the cache lives.
//!
//! # Invariants
//! - A content counts only if its bytes have the id that it was asked by: what was cut, recoded or taken for binary on the
//!   way does not.
//! - A file that cannot be read for good is refused like one that git cannot read; one that could not be read this time makes
//!   the repository unread, so that nothing is said without it.
//! - Every content passes the cache, whose keys are git's own ids; so a restart asks for nothing twice.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::collect::cache::Cache;
use crate::collect::git::LARGEST_FILE;
use crate::collect::git::convert::{FileEntry, Tree, is_interesting};
use crate::collect::git::facts::language_of;
use crate::collect::github::client::{Client, Failure, How, quoted};
use crate::collect::github::convert::{EntryKind, Listed, entry_kind};
use crate::collect::github::queries::{self, RATE};
use crate::collect::github::wire::{Aliased, BlobsByAlias, RestTree, TreeEntry};
use crate::collect::http::message_of;
use crate::model::body::TaggedVersion;

/// The kind of contents in the cache.
pub(crate) const BLOBS: &str = "blob";
/// The kind of listings in the cache.
pub(crate) const TREES: &str = "tree";
/// Bytes of files that are asked for at once, by the sizes that the trees tell.
const BATCH_BYTES: u64 = 4 * 1024 * 1024;
/// Files that are asked for at once.
const BATCH_FILES: usize = 1_000;
/// Repositories that are asked about at once; more than some hundred is more than GitHub answers.
const BATCH_REPOSITORIES: usize = 100;
/// A file from this size on is not worth trying by GraphQL, which cuts long texts.
const LONG_FILE: u64 = 1024 * 1024;
/// Folders that are listed one by one where a listing of all of them is cut.
const MOST_LISTINGS: usize = 200;

/// A git object's id.
pub(crate) type Oid = [u8; 20];

pub(crate) fn oid(hex: &str) -> Option<Oid> {
    let mut id = [0; 20];
    if hex.len() != 40 {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(id)
}

pub(crate) fn hex(id: &Oid) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The id that git gives to this content.
pub(crate) fn blob_id(content: &[u8]) -> Oid {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", content.len()));
    hash.update(content);
    hash.finalize().into()
}

/// The files of one commit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    interesting: BTreeMap<String, FileEntry>,
    others: BTreeMap<String, FileEntry>,
    languages: BTreeMap<&'static str, u64>,
    /// Folders that could not be listed.
    pub(crate) unlisted: u64,
}

impl Listing {
    fn add(&mut self, path: String, kind: EntryKind, id: Oid, size: u64) {
        let is_link = kind == EntryKind::Link;
        if !is_link && let Some(language) = language_of(&path) {
            *self.languages.entry(language).or_default() += size;
        }
        let entry = FileEntry { id, size, is_link };
        if is_interesting(&path) { &mut self.interesting } else { &mut self.others }.insert(path, entry);
    }

    /// Bytes per language.
    pub(crate) fn language_bytes(&self) -> BTreeMap<String, u64> {
        self.languages.iter().filter(|(_, bytes)| **bytes > 0).map(|(language, bytes)| ((*language).to_owned(), *bytes)).collect()
    }
}

/// What is below a folder, as it is kept: paths relative to it.
#[derive(Debug, Default)]
struct Folder {
    files: Vec<(String, EntryKind, Oid, u64)>,
}

impl Folder {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.files.len() * 64);
        for (path, kind, id, size) in &self.files {
            bytes.push(u8::from(*kind == EntryKind::Link));
            bytes.extend_from_slice(id);
            bytes.extend_from_slice(&size.to_le_bytes());
            bytes.extend_from_slice(&u32::try_from(path.len()).unwrap_or(0).to_le_bytes());
            bytes.extend_from_slice(path.as_bytes());
        }
        bytes
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut files = Vec::new();
        while !bytes.is_empty() {
            let (head, rest) = bytes.split_at_checked(33)?;
            let kind = if head[0] == 1 { EntryKind::Link } else { EntryKind::File };
            let id = head[1..21].try_into().ok()?;
            let size = u64::from_le_bytes(head[21..29].try_into().ok()?);
            let length = u32::from_le_bytes(head[29..33].try_into().ok()?);
            let (path, rest) = rest.split_at_checked(length as usize)?;
            files.push((std::str::from_utf8(path).ok()?.to_owned(), kind, id, size));
            bytes = rest;
        }
        Some(Self { files })
    }
}

/// Lists the files of a repository's head: its root is known, folders are asked for where the cache does not know them.
///
/// One request is enough, however many folders differ, unless there are so many files that GitHub cuts the answer.
pub(crate) async fn list(client: &Client, cache: &Cache, listed: &Listed, day: i32) -> Result<Listing, Failure> {
    let Some((root, entries)) = &listed.root else {
        return Err(Failure::Failed("the files in its root were not told".to_owned()));
    };
    let mut listing = Listing::default();
    let mut folders: Vec<(&str, &str)> = Vec::new();
    for entry in entries {
        match entry_kind(&entry.kind, entry.mode) {
            Some(EntryKind::Folder) => folders.push((&entry.name, &entry.oid)),
            Some(kind) => {
                let id = oid(&entry.oid).ok_or_else(|| Failure::Failed(format!("the id of {:?} is none of git's", entry.name)))?;
                listing.add(entry.name.clone(), kind, id, entry.size);
            }
            None => {}
        }
    }
    let mut unknown = Vec::new();
    let mut known = Vec::new();
    for (name, id) in folders {
        match cache.get(TREES, id).and_then(|kept| Folder::from_bytes(&kept.value)) {
            Some(folder) => {
                known.push(id);
                for (path, kind, id, size) in folder.files {
                    listing.add(format!("{name}/{path}"), kind, id, size);
                }
            }
            None => unknown.push((name.to_owned(), id.to_owned())),
        }
    }
    cache.touch(TREES, known, day);
    let mut asked = 0;
    // One folder by itself is less to read than everything.
    let whole = if unknown.len() > 1 { tree(client, listed, root, true, &mut asked).await? } else { None };
    let mut made: BTreeMap<String, Folder> = unknown.iter().map(|(name, _)| (name.clone(), Folder::default())).collect();
    if let Some(entries) = whole {
        for (path, kind, id, size) in entries {
            if let Some((name, rest)) = path.split_once('/')
                && let Some(folder) = made.get_mut(name)
                && kind != EntryKind::Folder
            {
                folder.files.push((rest.to_owned(), kind, id, size));
            }
        }
    } else {
        for (name, id) in &unknown {
            let mut folder = Folder::default();
            let before = listing.unlisted;
            // Folder by folder, each as deep as GitHub tells at once.
            let mut waiting = vec![(String::new(), id.clone())];
            while let Some((base, id)) = waiting.pop() {
                if asked >= MOST_LISTINGS {
                    listing.unlisted += 1;
                    continue;
                }
                let (entries, deep) = match tree(client, listed, &id, true, &mut asked).await? {
                    Some(entries) => (entries, true),
                    None => (tree(client, listed, &id, false, &mut asked).await?.unwrap_or_default(), false),
                };
                for (path, kind, id, size) in entries {
                    let path = if base.is_empty() { path } else { format!("{base}/{path}") };
                    match kind {
                        EntryKind::Folder if !deep => waiting.push((path, hex(&id))),
                        EntryKind::Folder => {}
                        kind => folder.files.push((path, kind, id, size)),
                    }
                }
            }
            if listing.unlisted == before {
                made.insert(name.clone(), folder);
            } else {
                made.remove(name);
                for (path, kind, id, size) in folder.files {
                    listing.add(format!("{name}/{path}"), kind, id, size);
                }
            }
        }
    }
    let mut kept = Vec::new();
    for (name, id) in unknown {
        let Some(folder) = made.remove(&name) else { continue };
        kept.push((id, folder.to_bytes()));
        for (path, kind, id, size) in folder.files {
            listing.add(format!("{name}/{path}"), kind, id, size);
        }
    }
    if !kept.is_empty() {
        cache.put_all(TREES, kept.iter().map(|(id, bytes)| (id.as_str(), bytes.as_slice())), day);
    }
    Ok(listing)
}

/// What was read of a repository's newest commit, by the repository's number: enough to say again what it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptHead {
    pub(crate) commit: String,
    pub(crate) entries: Vec<TreeEntry>,
    pub(crate) tags: BTreeMap<String, TaggedVersion>,
}

/// The kind of [`KeptHead`] in the cache.
pub(crate) const HEADS: &str = "head";

impl KeptHead {
    /// The files, if every folder is known.
    pub(crate) fn listing(&self, cache: &Cache) -> Option<Listing> {
        let mut listing = Listing::default();
        for entry in &self.entries {
            match entry_kind(&entry.kind, entry.mode) {
                Some(EntryKind::Folder) => {
                    for (path, kind, id, size) in Folder::from_bytes(&cache.get(TREES, &entry.oid)?.value)?.files {
                        listing.add(format!("{}/{path}", entry.name), kind, id, size);
                    }
                }
                Some(kind) => listing.add(entry.name.clone(), kind, oid(&entry.oid)?, entry.size),
                None => {}
            }
        }
        Some(listing)
    }
}

/// A listing whose contents are all in memory.
pub(crate) struct Whole {
    listing: Listing,
    contents: HashMap<Oid, Arc<[u8]>>,
}

impl Whole {
    /// With the contents that the cache has of those that are asked for.
    pub(crate) fn new(listing: Listing, asked: BTreeSet<Oid>, cache: &Cache) -> Self {
        let content = |id: Oid| Some((id, cache.get(BLOBS, &hex(&id))?.value.into()));
        Self { listing, contents: asked.into_iter().filter_map(content).collect() }
    }
}

impl Tree for Whole {
    fn files(&self) -> &BTreeMap<String, FileEntry> {
        &self.listing.interesting
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let entry = self.listing.interesting.get(path).ok_or_else(|| format!("there is no file {path:?}"))?;
        if entry.size > LARGEST_FILE {
            return Err(format!("the file has {} bytes; files above {LARGEST_FILE} bytes are not read", entry.size));
        }
        self.contents.get(&entry.id).cloned().ok_or_else(|| "is not kept".to_owned())
    }

    fn find(&self, path: &str) -> Option<FileEntry> {
        self.listing.interesting.get(path).or_else(|| self.listing.others.get(path)).cloned()
    }
}

type Entries = Vec<(String, EntryKind, Oid, u64)>;

/// A tree by its id; none if GitHub cut the listing.
async fn tree(client: &Client, listed: &Listed, id: &str, recursive: bool, asked: &mut usize) -> Result<Option<Entries>, Failure> {
    *asked += 1;
    let mut url = client.rest_url(&["repos", listed.owner(), listed.short_name(), "git", "trees", id]);
    if recursive {
        url.set_query(Some("recursive=1"));
    }
    let answer = client.get(listed.owner(), url, &How::JSON).await?;
    if answer.status.as_u16() != 200 {
        return Err(Failure::Failed(format!(
            "its files cannot be listed: GitHub answered {}: {}",
            answer.status.as_u16(),
            message_of(&answer)
        )));
    }
    let read: RestTree = answer.json().map_err(|error| Failure::Failed(error.to_string()))?;
    if read.truncated && recursive {
        return Ok(None);
    }
    let mut entries = Vec::with_capacity(read.tree.len());
    for entry in read.tree {
        let mode = u32::from_str_radix(&entry.mode, 8).unwrap_or(0);
        if let (Some(kind), Some(id)) = (entry_kind(&entry.kind, mode), oid(&entry.sha)) {
            entries.push((entry.path, kind, id, entry.size.unwrap_or(0)));
        }
    }
    Ok(Some(entries))
}

/// What was read of a file: its bytes, or why it can never be read.
pub(crate) type Content = Result<Arc<[u8]>, String>;

/// A listing together with the contents that were read so far. What is asked for beyond them is noted.
pub(crate) struct Reading<'a> {
    pub(crate) listing: &'a Listing,
    pub(crate) contents: &'a HashMap<Oid, Content>,
    pub(crate) cache: &'a Cache,
    /// Contents that the cache had, which were used.
    pub(crate) used: RefCell<BTreeSet<Oid>>,
    /// Contents that nobody has read yet, with their sizes.
    pub(crate) wanted: RefCell<BTreeMap<Oid, u64>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(listing: &'a Listing, contents: &'a HashMap<Oid, Content>, cache: &'a Cache) -> Self {
        Self { listing, contents, cache, used: RefCell::default(), wanted: RefCell::default() }
    }
}

impl Tree for Reading<'_> {
    fn files(&self) -> &BTreeMap<String, FileEntry> {
        &self.listing.interesting
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let entry = self.listing.interesting.get(path).ok_or_else(|| format!("there is no file {path:?}"))?;
        if entry.size > LARGEST_FILE {
            return Err(format!("the file has {} bytes; files above {LARGEST_FILE} bytes are not read", entry.size));
        }
        if let Some(content) = self.contents.get(&entry.id) {
            return content.clone();
        }
        if let Some(kept) = self.cache.get(BLOBS, &hex(&entry.id)) {
            self.used.borrow_mut().insert(entry.id);
            return Ok(kept.value.into());
        }
        self.wanted.borrow_mut().insert(entry.id, entry.size);
        Err("is not read yet".to_owned())
    }

    fn find(&self, path: &str) -> Option<FileEntry> {
        self.listing.interesting.get(path).or_else(|| self.listing.others.get(path)).cloned()
    }
}

/// A content that a repository waits for.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    /// Which of the waiting repositories.
    pub(crate) repository: usize,
    pub(crate) id: Oid,
    pub(crate) size: u64,
}

/// What came of asking for a content.
#[derive(Clone, Debug)]
pub(crate) enum Got {
    Content(Content),
    /// Not this time, and why; nothing may be said of the repository without it.
    Unread(String),
}

/// Reads contents of files of several repositories in as few requests as possible.
#[derive(Debug)]
pub(crate) struct Batches {
    bytes: u64,
    files: usize,
    repositories: usize,
    /// From this size on files are asked for one by one.
    long: u64,
    /// Bytes of contents that came by GraphQL, and in how many requests.
    pub(crate) batched: (u64, u64),
}

impl Default for Batches {
    fn default() -> Self {
        Self { bytes: BATCH_BYTES, files: BATCH_FILES, repositories: BATCH_REPOSITORIES, long: LONG_FILE, batched: (0, 0) }
    }
}

impl Batches {
    /// Whether these are enough for a full request.
    pub(crate) fn is_full(&self, wants: &[Want]) -> bool {
        let bytes: u64 = wants.iter().filter(|want| want.size < self.long).map(|want| want.size).sum();
        bytes >= self.bytes || wants.len() >= self.files
    }

    /// Asks for the first of these contents, as many as one request should bring; what came of which.
    pub(crate) async fn read(
        &mut self,
        client: &Client,
        cache: &Cache,
        repositories: &[&Listed],
        wants: &[Want],
        day: i32,
    ) -> Result<HashMap<Oid, Got>, Failure> {
        let mut got = HashMap::new();
        let mut chosen: Vec<&Want> = Vec::new();
        let mut asked = HashSet::new();
        let mut alone: Vec<&Want> = Vec::new();
        let mut of = BTreeSet::new();
        let mut bytes = 0;
        let owner = wants.first().map(|want| repositories[want.repository].owner().to_owned()).unwrap_or_default();
        for want in wants {
            // One token asks, so the repositories of one owner are asked about at once.
            if repositories[want.repository].owner() != owner {
                break;
            }
            let is_full = !chosen.is_empty()
                && (bytes + want.size > self.bytes
                    || chosen.len() >= self.files
                    || (of.len() >= self.repositories && !of.contains(&want.repository)));
            if is_full || alone.len() >= self.files {
                break;
            }
            if !asked.insert(want.id) {
                continue;
            }
            if want.size >= self.long {
                alone.push(want);
                continue;
            }
            bytes += want.size;
            of.insert(want.repository);
            chosen.push(want);
        }
        if !chosen.is_empty() {
            alone.extend(self.together(client, &owner, repositories, &chosen, &mut got).await?);
        }
        for want in alone {
            let listed = repositories[want.repository];
            match raw(client, listed, &want.id).await {
                Ok(content) => drop(got.insert(want.id, content)),
                Err(failure) if failure.ends_the_run() => {
                    keep(cache, &got, day);
                    return Err(failure);
                }
                Err(failure) => drop(got.insert(want.id, Got::Unread(failure.to_string()))),
            }
        }
        keep(cache, &got, day);
        Ok(got)
    }

    /// One request of GraphQL. Returns what is to be asked for one by one.
    async fn together<'w>(
        &mut self,
        client: &Client,
        owner: &str,
        repositories: &[&Listed],
        chosen: &[&'w Want],
        got: &mut HashMap<Oid, Got>,
    ) -> Result<Vec<&'w Want>, Failure> {
        let mut by_repository: BTreeMap<usize, Vec<&'w Want>> = BTreeMap::new();
        for want in chosen {
            by_repository.entry(want.repository).or_default().push(want);
        }
        let mut document = String::from("query Files {");
        for (number, wants) in &by_repository {
            let listed = repositories[*number];
            document.push_str(&format!(
                "\nr{number}: repository(owner: {}, name: {}) {{",
                quoted(listed.owner()),
                quoted(listed.short_name())
            ));
            for (position, want) in wants.iter().enumerate() {
                document.push_str(&format!(" f{position}: object(oid: \"{}\") {{ ...F }}", hex(&want.id)));
            }
            document.push_str(" }");
        }
        document.push_str(&format!("\n{RATE}\n}}\n{}", queries::FILE));
        let reply = match client.query::<Aliased<BlobsByAlias>>(owner, &document, json!({})).await {
            Ok(reply) => reply,
            Err(Failure::TooMuch(_)) if chosen.len() == 1 => return Ok(chosen.to_vec()),
            Err(Failure::TooMuch(message)) => {
                self.halve(chosen, &message);
                return Ok(Vec::new());
            }
            Err(failure) if failure.ends_the_run() => return Err(failure),
            Err(failure) => {
                got.extend(chosen.iter().map(|want| (want.id, Got::Unread(failure.to_string()))));
                return Ok(Vec::new());
            }
        };
        let is_cut = reply.is_cut();
        let mut answers = reply.data.answers;
        let mut alone = Vec::new();
        let (mut read, mut bytes) = (0, 0);
        for (number, wants) in &by_repository {
            let alias = format!("r{number}");
            let mut blobs = answers.remove(&alias).flatten();
            for (position, want) in wants.iter().enumerate() {
                let place = [alias.as_str(), &format!("f{position}")];
                let error = reply.errors.iter().find(|error| !error.is_resource_limit() && error.touches(&place));
                let blob = blobs.as_mut().and_then(|blobs| blobs.remove(place[1])).flatten();
                match (blob, error) {
                    (Some(blob), _) if blob.text.as_ref().is_some_and(|text| blob_id(text.as_bytes()) == want.id) => {
                        let text = blob.text.unwrap_or_default();
                        read += 1;
                        bytes += text.len() as u64;
                        got.insert(want.id, Got::Content(Ok(text.into_bytes().into())));
                    }
                    // Cut, binary, or in another encoding.
                    (Some(blob), None) if blob.oid == hex(&want.id) => {
                        if blob.is_truncated {
                            self.long = self.long.min(want.size);
                        }
                        alone.push(*want);
                    }
                    (_, Some(error)) => drop(got.insert(want.id, Got::Unread(error.message.clone()))),
                    // Not answered rather than absent: asked again with others.
                    (None, None) if is_cut => {}
                    (_, None) => {
                        let message = format!("the content {} is gone: the repository was changed meanwhile", hex(&want.id));
                        got.insert(want.id, Got::Unread(message));
                    }
                }
            }
        }
        self.batched.0 += bytes;
        self.batched.1 += 1;
        if is_cut {
            self.halve(chosen, "resource limits exceeded");
            if read == 0 && chosen.len() == 1 {
                alone.extend(chosen);
            }
        }
        Ok(alone)
    }

    /// From now on half as much at once as was too much.
    fn halve(&mut self, chosen: &[&Want], message: &str) {
        let repositories = chosen.iter().map(|want| want.repository).collect::<BTreeSet<_>>().len();
        let bytes: u64 = chosen.iter().map(|want| want.size).sum();
        self.files = (chosen.len() / 2).max(1);
        self.repositories = repositories.div_ceil(2).max(1).min(self.repositories);
        self.bytes = (bytes / 2).max(1).min(self.bytes);
        tracing::debug!(files = self.files, bytes = self.bytes, message, "a question about files was too much for GitHub");
    }
}

fn keep(cache: &Cache, got: &HashMap<Oid, Got>, day: i32) {
    let contents = got.iter().filter_map(|(id, got)| match got {
        Got::Content(Ok(content)) => Some((hex(id), Arc::clone(content))),
        _ => None,
    });
    let contents: Vec<_> = contents.collect();
    if !contents.is_empty() {
        cache.put_all(BLOBS, contents.iter().map(|(id, content)| (id.as_str(), content.as_ref())), day);
    }
}

/// One content as it is.
pub(crate) async fn raw(client: &Client, listed: &Listed, id: &Oid) -> Result<Got, Failure> {
    let answer = blob(client, &listed.name, &hex(id)).await?;
    Ok(match answer {
        Ok(bytes) if blob_id(&bytes) == *id => Got::Content(Ok(bytes.into())),
        Ok(_) => Got::Unread(format!("the content {} came with other bytes", hex(id))),
        // Too long even for this: it will be so tomorrow.
        Err((403 | 413 | 422, message)) if message.contains("too large") || message.contains("100 MB") => {
            Got::Content(Err(format!("GitHub does not give the file out: {message}")))
        }
        Err((status, message)) => Got::Unread(format!("the content {} cannot be read: GitHub answered {status}: {message}", hex(id))),
    })
}

/// The bytes of a blob, or the status and what GitHub says.
pub(crate) async fn blob(client: &Client, repository: &str, id: &str) -> Result<Result<Vec<u8>, (u16, String)>, Failure> {
    let (owner, name) = repository.split_once('/').unwrap_or((repository, ""));
    let url = client.rest_url(&["repos", owner, name, "git", "blobs", id]);
    let answer = client.get(owner, url, &How::RAW).await?;
    if answer.status.as_u16() == 200 { Ok(Ok(answer.body.to_vec())) } else { Ok(Err((answer.status.as_u16(), message_of(&answer)))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_has_the_id_that_git_gives_it() {
        assert_eq!(hex(&blob_id(b"")), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(oid("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"), Some(blob_id(b"")));
        assert_eq!(oid("e69de29"), None);
        assert_eq!(oid(&"zz".repeat(20)), None);
    }

    #[test]
    fn a_folder_is_kept_and_found_as_it_was() {
        let files = vec![("a/ä.md".to_owned(), EntryKind::File, [1; 20], 5), ("link".to_owned(), EntryKind::Link, [2; 20], u64::MAX)];
        let bytes = Folder { files: files.clone() }.to_bytes();
        assert_eq!(Folder::from_bytes(&bytes).unwrap().files, files);
        assert!(Folder::from_bytes(&bytes[..bytes.len() - 1]).is_none());
        assert!(Folder::from_bytes(&[]).unwrap().files.is_empty());
    }
}
