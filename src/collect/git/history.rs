//! What a repository's object database says about its past: the default branch, its first-parent chain, its tags, and
//! the state at the end of each day. Read with `gix`; nothing is checked out, run or written.
//!
//! # Invariants
//! - The chain is that of today's default branch. A commit counts from its committer time, but never before its parent
//!   (running maximum from the root) and never after now; a merged branch therefore counts when it was merged.
//! - Only the repository's own configuration is read: no environment, no configuration of the user or the system.
//! - A commit is parsed leniently: a broken date or zone takes the time of the commit before it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::Find as _;
use xxhash_rust::xxh3::xxh3_64;

use crate::model::body::{Activity, LastCommit, TaggedVersion};
use crate::model::{Instant, Zone};

/// Why a repository, or a part of it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a repository, or one in a format that is not understood.
    #[error("{} cannot be opened as a git repository", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// What gix says.
        #[source]
        source: gix::Error,
    },
    /// No folder above the path is a repository.
    #[error("{} is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// There is no branch with a commit.
    #[error("the repository is empty: it has no commit yet")]
    Empty,
    /// HEAD names a branch without a commit, and no other branch is known to be the default.
    #[error("the default branch {0:?} has no commit yet")]
    Unborn(String),
    /// The references cannot be read.
    #[error("the reference {name:?} cannot be read")]
    Reference {
        /// The reference.
        name: String,
        /// What gix says.
        #[source]
        source: gix::Error,
    },
    /// An object is missing or damaged.
    #[error("object {id} is missing or damaged")]
    Object {
        /// The object.
        id: ObjectId,
        /// What gix says, if it says more.
        #[source]
        source: Option<gix::Error>,
    },
    /// Two trees cannot be compared.
    #[error("the files of tree {tree} cannot be listed")]
    List {
        /// The tree.
        tree: ObjectId,
        /// What gix says.
        #[source]
        source: gix::diff::tree::Error,
    },
}

/// The message of an error with its causes.
#[must_use]
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(more.lines().next().unwrap_or_default());
        }
        cause = error.source();
    }
    text
}

/// Bytes of the cache of delta bases, so that two readers at a time stay within the memory that is promised.
const DELTA_CACHE: &str = "core.deltaBaseCacheLimit=24m";
/// Bytes of decoded objects that a reader keeps; trees are read again and again.
const OBJECT_CACHE: usize = 8 * 1024 * 1024;

/// Opens a work tree or a bare repository. A linked work tree is opened as the repository that it belongs to.
pub(crate) fn open(path: &Path) -> Result<gix::Repository, Error> {
    let repository = open_as_is(path)?;
    if repository.common_dir() == repository.git_dir() {
        return Ok(repository);
    }
    let common = repository.common_dir().to_owned();
    open_with(path, |options| options.open_path_as_is(true).open(common))
}

/// Opens a work tree or a bare repository. The HEAD of a linked work tree is its own.
pub(crate) fn open_as_is(path: &Path) -> Result<gix::Repository, Error> {
    open_with(path, |options| options.open(path))
}

fn open_with(
    path: &Path,
    open: impl FnOnce(gix::open::Options) -> gix::Result<gix::ThreadSafeRepository>,
) -> Result<gix::Repository, Error> {
    // Ownership is no reason to refuse: nothing of the repository is run, and only its remote's URL is believed.
    let options = gix::open::Options::isolated()
        .with(gix::sec::Trust::Full)
        .filter_config_section(|_| true)
        .config_overrides([DELTA_CACHE])
        .lossy_config(true);
    let mut repository = open(options).map_err(|source| Error::Open { path: path.to_owned(), source })?.to_thread_local();
    repository.object_cache_size_if_unset(OBJECT_CACHE);
    Ok(repository)
}

/// The commit that stands for today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) commit: ObjectId,
    /// The default branch, unless HEAD is detached and nothing else is known.
    pub(crate) branch: Option<String>,
}

/// The default branch and its newest commit.
///
/// A bare repository says it by HEAD. A clone says it by `origin/HEAD`, for its own HEAD is merely what someone has
/// checked out; without it, `main` and `master` are tried. A repository without a remote says it by HEAD.
pub(crate) fn default_head(repository: &gix::Repository) -> Result<Head, Error> {
    let head_name = repository.head_name().map_err(|source| Error::Reference { name: "HEAD".into(), source })?;
    let head_name = head_name.map(|name| name.as_bstr().to_string());
    let remote_head = repository
        .try_find_reference("refs/remotes/origin/HEAD")
        .ok()
        .flatten()
        .and_then(|reference| reference.target().try_name().map(|name| name.as_bstr().to_string()));
    let has_remote = remote_head.is_some() || has_references(repository, "refs/remotes/origin/");

    let mut candidates = Vec::new();
    if repository.is_bare() || !has_remote {
        candidates.extend(head_name.clone());
    }
    candidates.extend(remote_head);
    if has_remote {
        candidates.extend(["refs/remotes/origin/main", "refs/remotes/origin/master"].map(str::to_owned));
    }
    if has_remote || repository.is_bare() || head_name.is_none() {
        candidates.extend(["refs/heads/main", "refs/heads/master"].map(str::to_owned));
    }
    candidates.extend(head_name.clone());
    for name in candidates {
        if let Some(commit) = commit_of(repository, &name)? {
            let branch = name.strip_prefix("refs/remotes/origin/").or_else(|| name.strip_prefix("refs/heads/")).unwrap_or(&name);
            return Ok(Head { commit, branch: Some(branch.to_owned()) });
        }
    }
    if head_name.is_none()
        && let Some(commit) = commit_of(repository, "HEAD")?
    {
        return Ok(Head { commit, branch: None });
    }
    match head_name {
        Some(name) if has_references(repository, "refs/heads/") => {
            Err(Error::Unborn(name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned()))
        }
        _ => Err(Error::Empty),
    }
}

fn has_references(repository: &gix::Repository, prefix: &str) -> bool {
    repository.references().is_ok_and(|platform| {
        platform.prefixed(prefix.as_bytes()).is_ok_and(|mut references| references.any(|reference| reference.is_ok()))
    })
}

/// The commit that a reference names, or nothing if there is no such reference.
fn commit_of(repository: &gix::Repository, name: &str) -> Result<Option<ObjectId>, Error> {
    let error = |source| Error::Reference { name: name.to_owned(), source };
    let Some(mut reference) = repository.try_find_reference(name).map_err(error)? else { return Ok(None) };
    // A symbolic reference to a branch that does not exist is no error: the branch is unborn.
    if let Some(target) = reference.target().try_name()
        && repository.try_find_reference(target).map_err(error)?.is_none()
    {
        return Ok(None);
    }
    Ok(Some(reference.peel_to_commit().map_err(error)?.id))
}

/// The parts of a commit that count here.
pub(crate) struct Header {
    pub(crate) tree: ObjectId,
    parent: Option<ObjectId>,
    committed: Option<i64>,
    author: u64,
}

impl Header {
    /// Reads a commit.
    pub(crate) fn read(repository: &gix::Repository, id: ObjectId, buffer: &mut Vec<u8>) -> Result<Self, Error> {
        let data = repository
            .objects
            .try_find(&id, buffer)
            .map_err(|source| Error::Object { id, source: Some(source) })?
            .ok_or(Error::Object { id, source: None })?;
        if data.kind != gix::objs::Kind::Commit {
            return Err(Error::Object { id, source: None });
        }
        Self::parse(data.data).ok_or(Error::Object { id, source: None })
    }

    fn parse(data: &[u8]) -> Option<Self> {
        let mut header = Self { tree: ObjectId::null(gix::hash::Kind::Sha1), parent: None, committed: None, author: 0 };
        let mut has_tree = false;
        for line in data.split(|byte| *byte == b'\n') {
            if line.is_empty() {
                break;
            }
            if let Some(hex) = line.strip_prefix(b"tree ") {
                header.tree = ObjectId::from_hex(hex).ok()?;
                has_tree = true;
            } else if let Some(hex) = line.strip_prefix(b"parent ") {
                if header.parent.is_none() {
                    header.parent = Some(ObjectId::from_hex(hex).ok()?);
                }
            } else if let Some(person) = line.strip_prefix(b"author ") {
                header.author = xxh3_64(&address(person).to_ascii_lowercase());
            } else if let Some(person) = line.strip_prefix(b"committer ") {
                header.committed = seconds(person);
                break;
            }
        }
        has_tree.then_some(header)
    }

    /// The committer time as it was recorded.
    pub(crate) fn committed(&self) -> Option<Instant> {
        self.committed.map(instant)
    }
}

/// The address in `Name <address> seconds zone`.
fn address(person: &[u8]) -> &[u8] {
    let Some(start) = person.iter().position(|byte| *byte == b'<') else { return person };
    let rest = &person[start + 1..];
    &rest[..rest.iter().position(|byte| *byte == b'>').unwrap_or(rest.len())]
}

/// The seconds in `Name <address> seconds zone`.
pub(crate) fn seconds(person: &[u8]) -> Option<i64> {
    let start = person.iter().rposition(|byte| *byte == b'>')?;
    std::str::from_utf8(&person[start + 1..]).ok()?.split_ascii_whitespace().next()?.parse().ok()
}

/// An instant in the years that have four digits, so that it prints and reads back as itself.
pub(crate) fn instant(seconds: i64) -> Instant {
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    Instant::from_seconds(seconds.clamp(FIRST, LAST))
}

/// A commit of the first-parent chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) id: ObjectId,
    /// Since when it counts: monotone along the chain and never after now.
    pub(crate) at: Instant,
    /// The committer time as it was recorded.
    pub(crate) committed: Instant,
    author: u64,
}

/// The first-parent chain, root first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    pub(crate) links: Vec<Link>,
    /// Why the chain does not start at a commit without parents.
    pub(crate) cut: Option<Cut>,
}

/// Why older history is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// A shallow clone.
    Shallow,
    /// A parent that is not in the repository.
    Missing(ObjectId),
}

impl Chain {
    /// Walks from `head` to the root.
    pub(crate) fn read(repository: &gix::Repository, head: ObjectId, now: Instant) -> Result<Self, Error> {
        let shallow: HashSet<ObjectId> = match repository.shallow_commits() {
            Ok(Some(commits)) => commits.iter().copied().collect(),
            _ => HashSet::new(),
        };
        let grafts = grafts(repository);
        let mut chain = Self::default();
        let mut seen = HashSet::new();
        let mut buffer = Vec::new();
        let mut next = Some(head);
        while let Some(id) = next {
            // Grafts and replacements may form a circle.
            if !seen.insert(id) {
                break;
            }
            let header = match Header::read(repository, id, &mut buffer) {
                Ok(header) => header,
                Err(error) if chain.links.is_empty() => return Err(error),
                Err(_) => {
                    chain.cut = Some(Cut::Missing(id));
                    break;
                }
            };
            let committed = header.committed().unwrap_or(Instant::MIN);
            chain.links.push(Link { id, at: committed, committed, author: header.author });
            next = grafts.get(&id).copied().unwrap_or(header.parent);
            if shallow.contains(&id) {
                chain.cut = next.map(|_| Cut::Shallow);
                next = None;
            }
        }
        chain.links.reverse();
        let mut newest = instant(0);
        for (position, link) in chain.links.iter_mut().enumerate() {
            let at = link.at.min(now);
            if at != Instant::MIN && (position == 0 || at > newest) {
                newest = at;
            }
            link.at = newest;
            if link.committed == Instant::MIN {
                link.committed = newest;
            }
        }
        Ok(chain)
    }

    /// A chain of which only the newest commit is known.
    pub(crate) fn of_newest(id: ObjectId, committed: Instant) -> Self {
        Self { links: vec![Link { id, at: committed, committed, author: 0 }], cut: Some(Cut::Shallow) }
    }

    /// The commit without parents, as far as it is known.
    pub(crate) fn root(&self) -> Option<ObjectId> {
        if self.cut.is_some() { None } else { self.links.first().map(|link| link.id) }
    }

    /// Whether the commit is on the chain.
    pub(crate) fn contains(&self, id: ObjectId) -> bool {
        self.links.iter().any(|link| link.id == id)
    }

    /// The states at the end of each day in `range`, oldest first; before them the one in force at its start, if any.
    ///
    /// A tag that was made after a day's last commit makes a state of its own. `cuts` are further instants, sorted,
    /// before which a state is kept as if a day ended there.
    pub(crate) fn day_states(&self, tags: &[Tag], zone: &Zone, range: &Range<Instant>, cuts: &[Instant]) -> Vec<DayState> {
        let mut states = Vec::new();
        let Some(first) = self.links.first() else { return states };
        // Only what is in range or in force at its start is looked at.
        let start = self.links.partition_point(|link| link.at < range.start).saturating_sub(1);
        let end = self.links.partition_point(|link| link.at < range.end);
        let mut events: Vec<(Instant, usize, bool)> =
            self.links.iter().enumerate().take(end).skip(start).map(|(position, link)| (link.at, position, false)).collect();
        for tag in tags {
            if tag.version.at >= first.at && tag.version.at < range.end {
                let position = self.links.partition_point(|link| link.at <= tag.version.at).saturating_sub(1);
                events.push((tag.version.at, position, true));
            }
        }
        events.sort_unstable();
        let in_force = events.partition_point(|(at, ..)| *at < range.start).saturating_sub(1);
        let group = |at: Instant| (zone.day_of(at), at < range.start, cuts.partition_point(|cut| *cut <= at));
        let mut activity = ActivityWindow::default();
        for events in events[in_force..].chunk_by(|one, other| group(one.0) == group(other.0)) {
            let commit = events.iter().rev().find(|(.., is_tag)| !is_tag);
            let tag = events.last().filter(|(at, _, is_tag)| *is_tag && commit.is_none_or(|(committed, ..)| at > committed));
            let kept: Vec<_> = if events[0].0 < range.start {
                // Only the very last one is in force.
                tag.or(commit).into_iter().collect()
            } else {
                commit.into_iter().chain(tag).collect()
            };
            for &(at, position, _) in kept {
                let link = &self.links[position];
                states.push(DayState { at, commit: link.id, committed: link.committed, activity: activity.up_to(&self.links, position) });
            }
        }
        states
    }

    /// How much was going on in the 90 days before the newest commit.
    pub(crate) fn activity(&self) -> Option<Activity> {
        let last = self.links.len().checked_sub(1)?;
        Some(ActivityWindow::default().up_to(&self.links, last))
    }
}

/// The grafts of old: commits whose parents are said to be others. Only the first parent is kept.
fn grafts(repository: &gix::Repository) -> HashMap<ObjectId, Option<ObjectId>> {
    let Ok(text) = std::fs::read_to_string(repository.common_dir().join("info/grafts")) else { return HashMap::new() };
    text.lines()
        .filter_map(|line| {
            let mut ids = line.split_ascii_whitespace().map(|hex| ObjectId::from_hex(hex.as_bytes()));
            Some((ids.next()?.ok()?, ids.next().and_then(Result::ok)))
        })
        .collect()
}

/// Counts commits and authors in a window that moves towards the head.
#[derive(Default)]
struct ActivityWindow {
    authors: HashMap<u64, u64>,
    from: usize,
    to: usize,
}

impl ActivityWindow {
    const SECONDS: i64 = 90 * 24 * 3600;

    fn up_to(&mut self, links: &[Link], position: usize) -> Activity {
        let oldest = links[position].at.plus_seconds(-Self::SECONDS);
        if self.to == 0 || self.to > position + 1 {
            self.authors.clear();
            self.from = links[..=position].partition_point(|link| link.at < oldest);
            self.to = self.from;
        }
        for link in &links[self.to..=position] {
            *self.authors.entry(link.author).or_default() += 1;
        }
        self.to = position + 1;
        while links[self.from].at < oldest {
            if let Some(count) = self.authors.get_mut(&links[self.from].author) {
                *count -= 1;
                if *count == 0 {
                    self.authors.remove(&links[self.from].author);
                }
            }
            self.from += 1;
        }
        Activity { commits: (self.to - self.from) as u64, authors: self.authors.len() as u64 }
    }
}

/// A repository at the end of a day: a commit and the tags up to `at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DayState {
    /// Since when it holds.
    pub(crate) at: Instant,
    pub(crate) commit: ObjectId,
    committed: Instant,
    pub(crate) activity: Activity,
}

impl DayState {
    pub(crate) fn last_commit(&self) -> LastCommit {
        LastCommit { id: self.commit.to_string(), at: self.committed }
    }
}

/// A tag that names a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) version: TaggedVersion,
}

/// All tags that name commits, oldest first. What cannot be read is left out.
pub(crate) fn tags(repository: &gix::Repository) -> Result<Vec<Tag>, Error> {
    let error = |source| Error::Reference { name: "refs/tags".into(), source };
    let mut tags = BTreeMap::new();
    let mut buffer = Vec::new();
    for reference in repository.references().map_err(error)?.tags().map_err(error)? {
        let Ok(reference) = reference else { continue };
        let Some(id) = reference.try_id() else { continue };
        let name = reference.name().as_bstr().to_string();
        let name = name.strip_prefix("refs/tags/").unwrap_or(&name).to_owned();
        if let Some(version) = tagged(repository, id.detach(), &mut buffer) {
            tags.insert((version.at, name.clone()), Tag { name, version });
        }
    }
    Ok(tags.into_values().collect())
}

/// Follows tags of tags to the commit.
fn tagged(repository: &gix::Repository, id: ObjectId, buffer: &mut Vec<u8>) -> Option<TaggedVersion> {
    const DEEPEST: usize = 8;
    let mut id = id;
    let mut tagger = None;
    for _ in 0..DEEPEST {
        let data = repository.objects.try_find(&id, buffer).ok()??;
        match data.kind {
            gix::objs::Kind::Commit => {
                let committed = Header::parse(data.data)?.committed();
                return Some(TaggedVersion { commit: id.to_string(), at: tagger.or(committed)? });
            }
            gix::objs::Kind::Tag => {
                let mut target = None;
                for line in data.data.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty()) {
                    if let Some(hex) = line.strip_prefix(b"object ") {
                        target = ObjectId::from_hex(hex).ok();
                    } else if let Some(person) = line.strip_prefix(b"tagger ") {
                        tagger = tagger.or_else(|| seconds(person).map(instant));
                    }
                }
                id = target?;
            }
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::testing::{Repo, instant as at};

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn chain(repo: &Repo) -> Chain {
        let repository = open(&repo.path).unwrap();
        Chain::read(&repository, default_head(&repository).unwrap().commit, at(NOW)).unwrap()
    }

    fn days(chain: &Chain, zone: &str) -> Vec<(String, String)> {
        let zone: Zone = zone.parse().unwrap();
        let states = chain.day_states(&[], &zone, &(Instant::MIN..Instant::MAX), &[]);
        states.iter().map(|state| (zone.day_of(state.at).to_string(), state.commit.to_string())).collect()
    }

    #[test]
    fn a_merge_counts_when_it_was_merged_and_the_last_commit_of_a_day_is_its_state() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path());
        let root = repo.commit("2026-01-01T08:00:00Z");
        repo.git(&["switch", "--quiet", "--create", "feature"]);
        repo.write("feature", "x").commit("2026-01-02T08:00:00Z");
        repo.git(&["switch", "--quiet", "main"]);
        repo.write("a", "x").commit("2026-01-03T08:00:00Z");
        let last = repo.write("a", "y").commit("2026-01-03T23:30:00Z");
        repo.git_on("2026-01-05T08:00:00Z", &["merge", "--quiet", "--no-ff", "--message", "merge", "feature"]);
        let merge = repo.git(&["rev-parse", "HEAD"]);

        let chain = chain(&repo);
        let listed = repo.git(&["log", "--first-parent", "--reverse", "--format=%H"]);
        assert_eq!(chain.links.iter().map(|link| link.id.to_string()).collect::<Vec<_>>(), listed.lines().collect::<Vec<_>>());
        let expected = [("2026-01-01", &root), ("2026-01-03", &last), ("2026-01-05", &merge)].map(|(day, id)| (day.to_owned(), id.clone()));
        assert_eq!(days(&chain, "UTC"), expected);
        assert_eq!(days(&chain, "Europe/Berlin")[2].0, "2026-01-04", "half past eleven in UTC is tomorrow in Berlin");
        assert_eq!(chain.activity().unwrap(), Activity { commits: 4, authors: 1 });
    }

    #[test]
    fn times_never_go_back_and_never_pass_now() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path());
        for date in ["2026-01-05T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-07T00:00:00Z", "2033-01-01T00:00:00Z"] {
            repo.commit(date);
        }
        let times: Vec<_> = chain(&repo).links.iter().map(|link| link.at.to_string()).collect();
        assert_eq!(times, ["2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", NOW]);
    }

    #[test]
    fn broken_dates_and_dates_before_1970_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path());
        repo.git(&["write-tree"]);
        let mut parent = String::new();
        for time in ["-86400 +0000", "99999999999999999999 +9999", "nonsense", "1767225600 +99999"] {
            let text = format!(
                "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n{parent}author A <a@example.com> {time}\ncommitter A <a@example.com> {time}\n\nx\n"
            );
            repo.write(".git/raw", text);
            let id = repo.git(&["hash-object", "-t", "commit", "-w", "--literally", ".git/raw"]);
            repo.git(&["update-ref", "refs/heads/main", &id]);
            parent = format!("parent {id}\n");
        }
        let times: Vec<_> = chain(&repo).links.iter().map(|link| link.at.to_string()).collect();
        assert_eq!(times, ["1969-12-31T00:00:00Z", "1969-12-31T00:00:00Z", "1969-12-31T00:00:00Z", "2026-01-01T00:00:00Z"]);
        assert_eq!(days(&chain(&repo), "UTC").len(), 2);
    }

    #[test]
    fn tags_are_peeled_and_a_later_tag_makes_a_state_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path());
        let commit = repo.commit("2026-01-01T08:00:00Z");
        repo.git(&["tag", "light"]);
        repo.git_on("2026-01-04T08:00:00Z", &["tag", "--annotate", "--message", "v1", "v1"]);
        repo.git(&["tag", "tree", "HEAD^{tree}"]);
        repo.commit("2026-01-10T08:00:00Z");
        let repository = open(&repo.path).unwrap();
        let tags = tags(&repository).unwrap();
        let found: Vec<_> = tags.iter().map(|tag| (tag.name.as_str(), tag.version.at.to_string())).collect();
        assert_eq!(found, [("light", "2026-01-01T08:00:00Z".to_owned()), ("v1", "2026-01-04T08:00:00Z".to_owned())]);
        assert!(tags.iter().all(|tag| tag.version.commit == commit));
        let states = chain(&repo).day_states(&tags, &Zone::utc(), &(at("2026-01-02T00:00:00Z")..Instant::MAX), &[]);
        let states: Vec<_> = states.iter().map(|state| state.at.to_string()).collect();
        assert_eq!(states, ["2026-01-01T08:00:00Z", "2026-01-04T08:00:00Z", "2026-01-10T08:00:00Z"]);
    }

    #[test]
    fn the_default_branch_of_a_clone_is_not_what_is_checked_out() {
        let folder = tempfile::tempdir().unwrap();
        let origin = Repo::init(folder.path().join("origin"));
        let main = origin.commit("2026-01-01T00:00:00Z");
        let clone = Repo::clone(&origin.path, folder.path().join("clone"), &[]);
        clone.git(&["switch", "--quiet", "--create", "feature"]);
        let feature = clone.commit("2026-01-02T00:00:00Z");
        let head = |path: &Path| default_head(&open(path).unwrap()).unwrap();
        assert_eq!(head(&clone.path), Head { commit: ObjectId::from_hex(main.as_bytes()).unwrap(), branch: Some("main".into()) });
        clone.git(&["remote", "remove", "origin"]);
        assert_eq!(head(&clone.path).commit.to_string(), feature, "without a remote, HEAD says it");
        let bare = Repo::clone(&origin.path, folder.path().join("bare.git"), &["--bare"]);
        assert_eq!(head(&bare.path).commit.to_string(), main);
        let tree = folder.path().join("tree");
        origin.git(&["worktree", "add", "--quiet", "-b", "side", &tree.display().to_string()]);
        Repo { path: tree.clone() }.commit("2026-01-03T00:00:00Z");
        assert_eq!(head(&tree).commit.to_string(), main, "a linked work tree belongs to its repository");
    }

    #[test]
    fn empty_unborn_and_shallow_repositories_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let empty = Repo::init(folder.path().join("empty"));
        assert!(matches!(default_head(&open(&empty.path).unwrap()), Err(Error::Empty)));
        let repo = Repo::init(folder.path().join("repo"));
        for day in 1..=5 {
            repo.commit(&format!("2026-01-0{day}T00:00:00Z"));
        }
        let shallow = Repo::clone(&repo.path, folder.path().join("shallow"), &["--depth", "2"]);
        let chain = chain(&shallow);
        assert_eq!((chain.links.len(), chain.cut, chain.root()), (2, Some(Cut::Shallow), None));
        repo.git(&["branch", "--move", "main", "other"]);
        repo.git(&["symbolic-ref", "HEAD", "refs/heads/unborn"]);
        assert!(matches!(default_head(&open(&repo.path).unwrap()), Err(Error::Unborn(name)) if name == "unborn"));
    }
}
