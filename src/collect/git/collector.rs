//! Reads repositories as they stand now: what their default branches say, and what differs from the last time.
//!
//! # Invariants
//! - The scope of a repository's own resource is the folder or URL that it was found by; the scope of what it
//!   describes is the repository's name.
//! - Items of one repository are put without those of another between them, in the order of discovery.
//! - A repository whose default branch, tags and names are as remembered is not read; it is confirmed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use async_trait::async_trait;
use gix::ObjectId;
use parking_lot::{Condvar, Mutex};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use crate::collect::git::contents::GitContents;
use crate::collect::git::convert::{About, Converter, EDITION, Stated, renames};
use crate::collect::git::discover::{self, Discovery, Found};
use crate::collect::git::history::{self, Chain, Cut, Error, Head, Header, Tag, describe};
use crate::collect::git::tree::{Blobs, Files, View};
use crate::collect::git::{DESCRIPTOR, clone, past};
use crate::collect::{Collector, Contents, Descriptor, Item, Memory, Sink, Stopped, Summary};
use crate::model::body::{Activity, LastCommit, TaggedVersion};
use crate::model::{Extent, Instant, Kind, Problem, Reading, Resource, Zone};

/// Repositories that are read at the same time.
pub(crate) const READERS: usize = 2;
/// Refusals that are remembered, so that an unchanged repository still reports them.
const MOST_REFUSALS: usize = 50;

/// Where repositories are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Each is a repository, bare or not, or holds some, up to six folders deep.
    pub folders: Vec<PathBuf>,
    /// Each is cloned into `clones` and fetched before it is read.
    pub urls: Vec<String>,
    /// Where clones of `urls` are kept; a folder of our own, inside the data folder.
    pub clones: PathBuf,
}

/// The collector of git repositories.
#[derive(Clone)]
pub struct GitCollector {
    source: String,
    config: Config,
    zone: Zone,
    contents: Arc<GitContents>,
    elsewhere: Elsewhere,
}

/// Names of repositories that another source states as they are now: of these only the past is read.
pub type Elsewhere = Arc<dyn Fn() -> BTreeSet<String> + Send + Sync>;

impl fmt::Debug for GitCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitCollector").field("source", &self.source).field("config", &self.config).finish_non_exhaustive()
    }
}

impl GitCollector {
    /// A collector called `source` in the configuration; `zone` says where the days of the past end.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, zone: Zone) -> Self {
        let contents = Arc::new(GitContents::new(config.clone()));
        Self { source: source.into(), config, zone, contents, elsewhere: Arc::new(BTreeSet::new) }
    }

    /// The same, leaving the present of some repositories to another source, which knows more of them.
    #[must_use]
    pub fn leaving(self, elsewhere: Elsewhere) -> Self {
        Self { elsewhere, ..self }
    }
}

#[async_trait]
impl Collector for GitCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn contents(&self) -> Option<Arc<dyn Contents>> {
        Some(Arc::clone(&self.contents) as Arc<dyn Contents>)
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        let (config, memory, sink) = (self.config.clone(), memory.clone(), sink.clone());
        let elsewhere = Arc::clone(&self.elsewhere);
        on_blocking_thread(move || Present::collect(&config, &elsewhere(), now, &memory, &sink)).await
    }

    /// Reads day by day what the first-parent chains of today's default branches say.
    ///
    /// The statements of a repository's own resource, whose scope is its folder, and those of what it describes are
    /// both delivered under the repository's name: its `Filled` closes both.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        let (config, zone, memory, sink) = (self.config.clone(), self.zone.clone(), memory.clone(), sink.clone());
        on_blocking_thread(move || past::backfill(&config, &zone, &range, &memory, &sink)).await
    }
}

pub(crate) async fn on_blocking_thread(work: impl FnOnce() -> Summary + Send + 'static) -> Summary {
    match tokio::task::spawn_blocking(work).await {
        Ok(summary) => summary,
        // A panic is the caller's to judge: it discards the run.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Summary { requests: 0, failure: Some(error.to_string()) },
        },
    }
}

/// Runs `work` for 0, 1, ... up to `count` on [`READERS`] threads, until it is stopped.
///
/// Each gets an [`Out`]; what they put arrives in the order of their numbers.
pub(crate) fn in_order(count: usize, sink: &Sink, work: impl Fn(usize, &mut Out<'_>) -> Result<(), Stopped> + Sync) {
    let next = AtomicUsize::new(0);
    let turns = Turns::default();
    let worker = || {
        let leave = Leave(&turns);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            if sink.is_stopped() {
                return;
            }
            let mut out = Out { sink, turns: &turns, number, waiting: Vec::new(), weight: 0, has_turn: false };
            if work(number, &mut out).and_then(|()| out.finish()).is_err() {
                return;
            }
        }
        std::mem::forget(leave);
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..READERS.min(count)).map(|_| scope.spawn(worker)).collect();
        worker();
        for other in others {
            if let Err(panic) = other.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// Whose turn it is to put items.
#[derive(Default)]
struct Turns {
    state: Mutex<Turn>,
    changed: Condvar,
}

#[derive(Default)]
struct Turn {
    number: usize,
    ended: bool,
}

/// Ends all turns when a worker stops early or panics, so that nobody waits for it.
struct Leave<'a>(&'a Turns);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.state.lock().ended = true;
        self.0.changed.notify_all();
    }
}

/// Where one piece of work puts its items: held back until it is its turn.
pub(crate) struct Out<'a> {
    sink: &'a Sink,
    turns: &'a Turns,
    number: usize,
    waiting: Vec<Item>,
    weight: usize,
    has_turn: bool,
}

impl Out<'_> {
    /// Values that are held back before the worker waits for its turn; some megabytes.
    const MOST_WAITING: usize = 20_000;

    pub(crate) fn put(&mut self, item: Item) -> Result<(), Stopped> {
        if self.has_turn {
            return self.sink.put_blocking(item);
        }
        self.weight += weight(&item);
        self.waiting.push(item);
        if self.weight >= Self::MOST_WAITING {
            return self.await_turn();
        }
        if self.sink.is_stopped() { Err(Stopped) } else { Ok(()) }
    }

    pub(crate) fn problem(&mut self, scope: &str, path: Option<String>, message: String) -> Result<(), Stopped> {
        self.put(Item::Problem(Problem { scope: scope.to_owned(), path, line: None, message }))
    }

    /// Waits until all work with smaller numbers has put everything.
    pub(crate) fn await_turn(&mut self) -> Result<(), Stopped> {
        if self.has_turn {
            return Ok(());
        }
        let mut turn = self.turns.state.lock();
        while turn.number != self.number && !turn.ended {
            self.turns.changed.wait(&mut turn);
        }
        if turn.number != self.number {
            return Err(Stopped);
        }
        drop(turn);
        self.has_turn = true;
        for item in std::mem::take(&mut self.waiting) {
            self.sink.put_blocking(item)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Stopped> {
        self.await_turn()?;
        self.turns.state.lock().number += 1;
        self.turns.changed.notify_all();
        Ok(())
    }
}

/// About how many values an item holds; a body with packages holds thousands.
fn weight(item: &Item) -> usize {
    let (Item::Statement(statement) | Item::Past { statement, .. }) = item else { return 1 };
    let values = statement.body.iter().flat_map(serde_json::Map::values);
    1 + values.map(|value| value.as_object().map_or(1, serde_json::Map::len)).sum::<usize>()
}

/// What is remembered of a repository, under its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// The commit that was read.
    pub(crate) head: String,
    /// Everything else that what it says depends on: tags, names, addresses, the version of spot.
    around: String,
    /// Commits without parents.
    roots: Vec<String>,
    /// The folder or URL by which it was found.
    folder: String,
    /// The id of the repository's own resource.
    resource: Option<String>,
    /// What was refused: path, line, message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refusals: Vec<(String, Option<u32>, String)>,
}

impl Remembered {
    pub(crate) fn of(memory: &Memory, name: &str) -> Option<Self> {
        serde_json::from_value(memory.get(name)?.clone()).ok()
    }

    fn resource(&self) -> Option<Arc<Resource>> {
        Some(Arc::new(Resource { id: self.resource.clone()?, kind: Kind::Repository, scope: self.folder.clone() }))
    }
}

/// One reading of everything as it stands now.
struct Present<'a> {
    now: Instant,
    memory: &'a Memory,
    sink: &'a Sink,
    /// Names that are remembered and were not found, from folders that were looked through completely.
    gone: Mutex<BTreeMap<String, Remembered>>,
    /// Folders in which something could not be read.
    incomplete: Mutex<BTreeSet<String>>,
    requests: AtomicU64,
    read: AtomicU64,
}

impl<'a> Present<'a> {
    fn collect(config: &Config, elsewhere: &BTreeSet<String>, now: Instant, memory: &'a Memory, sink: &'a Sink) -> Summary {
        let Discovery { mut found, mut folders, problems } = discover::discover(&config.folders, &config.urls, &config.clones);
        found.retain(|found| {
            let is_ours = !elsewhere.contains(&found.name.to_lowercase());
            if !is_ours && let Some(looked) = folders.get_mut(&found.folder) {
                looked.counted = looked.counted.saturating_sub(1);
            }
            is_ours
        });
        let total = found.len() as u64;
        let this = Self {
            now,
            memory,
            sink,
            gone: Mutex::new(gone(memory, &found, &folders)),
            incomplete: Mutex::default(),
            requests: AtomicU64::new(0),
            read: AtomicU64::new(0),
        };
        let first = problems.first().map(|problem| problem.message.clone());
        for problem in problems {
            if sink.put_blocking(Item::Problem(problem)).is_err() {
                return Summary::default();
            }
        }
        in_order(found.len(), sink, |number, out| {
            let found = &found[number];
            this.repository(found, out)?;
            out.await_turn()?;
            out.put(Item::Progress { scope: found.folder.clone(), done: number as u64 + 1, total })
        });
        for (scope, looked) in folders {
            let complete = looked.complete && !this.incomplete.lock().contains(&scope);
            let reading = if complete { Reading::Full } else { Reading::Partial };
            let extent = Extent { scope, kind: Some(Kind::Repository), reading, counted: Some(looked.counted), evidence: None };
            if sink.is_stopped() || sink.put_blocking(Item::Extent(extent)).is_err() {
                break;
            }
        }
        let nothing = this.read.load(Ordering::Relaxed) == 0 && !sink.is_stopped();
        let failure = match first {
            Some(message) if nothing => Some(message),
            _ if nothing && !this.incomplete.lock().is_empty() => Some("no repository could be read".to_owned()),
            _ => None,
        };
        Summary { requests: this.requests.load(Ordering::Relaxed), failure }
    }

    /// Reads one repository. What fails is a problem, and its folder is then not read completely.
    fn repository(&self, found: &Found, out: &mut Out<'_>) -> Result<(), Stopped> {
        if let Some(url) = &found.url
            && let Err(error) = clone::refresh(url, &found.path, &|| self.sink.is_stopped())
        {
            // Reading what was fetched earlier would confirm what nobody has looked at.
            self.incomplete.lock().insert(found.folder.clone());
            return out.problem(&found.name, None, describe(&error));
        }
        match self.read(found, out) {
            Ok(result) => {
                self.read.fetch_add(1, Ordering::Relaxed);
                result
            }
            Err(error) => {
                let known = self.memory.contains_key(&found.name);
                if known || !matches!(error, Error::Empty | Error::Unborn(_)) {
                    self.incomplete.lock().insert(found.folder.clone());
                }
                out.problem(&found.name, Some(found.path.display().to_string()), describe(&error))
            }
        }
    }

    fn read(&self, found: &Found, out: &mut Out<'_>) -> Result<Result<(), Stopped>, Error> {
        let repository = history::open(&found.path)?;
        let head = history::default_head(&repository)?;
        let tags = history::tags(&repository)?;
        let is_shallow = repository.is_shallow().unwrap_or(false);
        let around = around(found, &head, &tags, is_shallow);
        let before = Remembered::of(self.memory, &found.name);
        if let Some(before) = &before
            && ObjectId::from_hex(before.head.as_bytes()).is_ok_and(|id| id == head.commit)
            && before.around == around
            && let Some(resource) = before.resource()
        {
            return Ok(self.unchanged(found, is_shallow, before, resource, out));
        }

        let chain = Chain::read(&repository, head.commit, self.now)?;
        let mut reader = Reader::new(found, &head, &tags);
        let newest = chain.links.last().map(|link| LastCommit { id: link.id.to_string(), at: link.committed });
        let stated = reader.state(&repository, head.commit, newest, chain.activity(), Instant::MAX)?;
        let missing = reader.missing();
        self.requests.fetch_add(reader.opened(), Ordering::Relaxed);
        let mut items = Vec::new();
        if let Some(before) = &before {
            items.extend(self.renamed(&repository, before, &mut reader, &stated));
        }
        Ok(self.deliver(found, &repository, &chain, &mut reader, stated, items, missing, around, before.is_none(), out))
    }

    fn unchanged(
        &self,
        found: &Found,
        is_shallow: bool,
        before: &Remembered,
        resource: Arc<Resource>,
        out: &mut Out<'_>,
    ) -> Result<(), Stopped> {
        out.put(Item::Unchanged(resource))?;
        if is_shallow {
            out.problem(&found.name, None, SHALLOW.to_owned())?;
        }
        for (path, line, message) in &before.refusals {
            let (path, message) = (Some(path.clone()), message.clone());
            out.put(Item::Problem(Problem { scope: found.name.clone(), path, line: *line, message }))?;
        }
        let evidence = Some(before.head.clone());
        out.put(Item::Extent(Extent { scope: found.name.clone(), kind: None, reading: Reading::Unchanged, counted: None, evidence }))
    }

    /// What was renamed inside the repository since the last reading.
    fn renamed(&self, repository: &gix::Repository, before: &Remembered, reader: &mut Reader<'_>, stated: &Stated) -> Vec<Item> {
        let Ok(old_head) = ObjectId::from_hex(before.head.as_bytes()) else { return Vec::new() };
        match reader.state(repository, old_head, None, None, Instant::MIN) {
            Ok(old) => renames(&old, stated).into_iter().map(|(from, to, evidence)| Item::Renamed { from, to, evidence }).collect(),
            // The old head may be gone after a force-push.
            Err(_) => Vec::new(),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one reading, put in one place")]
    fn deliver(
        &self,
        found: &Found,
        repository: &gix::Repository,
        chain: &Chain,
        reader: &mut Reader<'_>,
        stated: Stated,
        items: Vec<Item>,
        missing: u64,
        around: String,
        is_new: bool,
        out: &mut Out<'_>,
    ) -> Result<(), Stopped> {
        let name = &found.name;
        for item in items {
            out.put(item)?;
        }
        if is_new && !self.gone.lock().is_empty() {
            // In order, so that of two copies of what moved always the same one is taken for it.
            out.await_turn()?;
            if let Some((old_name, old)) = self.moved_from(repository, chain) {
                for item in moved(&old_name, &old, repository, reader, &stated) {
                    out.put(item)?;
                }
                out.put(Item::Remember { key: old_name.clone(), value: Value::Null })?;
                if let Some(filled) = self.memory.get(&past::key(&old_name)) {
                    out.put(Item::Remember { key: past::key(name), value: filled.clone() })?;
                    out.put(Item::Remember { key: past::key(&old_name), value: Value::Null })?;
                }
            }
        }
        match chain.cut {
            Some(Cut::Shallow) => out.problem(name, None, SHALLOW.to_owned())?,
            Some(Cut::Missing(id)) => {
                out.problem(name, None, format!("the history ends where commit {id} is missing; what was before is not known"))?;
            }
            None => {}
        }
        if missing > 0 {
            let message = format!("objects are missing ({missing} could not be read), as in a partial or damaged clone");
            out.problem(name, None, message)?;
        }
        let head = chain.links.last().map(|link| link.id.to_string()).unwrap_or_default();
        let remembered = Remembered {
            head: head.clone(),
            around,
            roots: chain.root().iter().map(ToString::to_string).collect(),
            folder: found.folder.clone(),
            resource: stated
                .statements
                .iter()
                .find(|statement| statement.resource.kind == Kind::Repository && statement.resource.scope == found.folder)
                .map(|statement| statement.resource.id.clone()),
            refusals: stated
                .refusals
                .iter()
                .take(MOST_REFUSALS)
                .map(|refusal| (refusal.path.clone(), refusal.line, refusal.message.clone()))
                .collect(),
        };
        for statement in stated.statements {
            out.put(Item::Statement(statement))?;
        }
        for refusal in stated.refusals {
            let path = Some(refusal.path);
            out.put(Item::Problem(Problem { scope: name.clone(), path, line: refusal.line, message: refusal.message }))?;
        }
        if missing == 0
            && let Ok(value) = serde_json::to_value(remembered)
        {
            out.put(Item::Remember { key: name.clone(), value })?;
        }
        let reading = if missing == 0 { Reading::Full } else { Reading::Partial };
        out.put(Item::Extent(Extent { scope: name.clone(), kind: None, reading, counted: None, evidence: Some(head) }))
    }

    /// The repository that was found under another name before: it has the same root, and its head is in this history.
    fn moved_from(&self, repository: &gix::Repository, chain: &Chain) -> Option<(String, Remembered)> {
        let root = chain.root()?.to_string();
        let mut gone = self.gone.lock();
        let name = gone
            .iter()
            .find(|(_, old)| {
                old.roots.contains(&root)
                    && ObjectId::from_hex(old.head.as_bytes())
                        .is_ok_and(|head| chain.contains(head) || is_ancestor(repository, head, chain))
            })
            .map(|(name, _)| name.clone())?;
        gone.remove_entry(&name)
    }
}

const SHALLOW: &str = "the clone is shallow: its history is read from the oldest commit it has; `git fetch --unshallow` brings the rest";

/// Names that are remembered but were not found, and might have moved.
fn gone(memory: &Memory, found: &[Found], folders: &BTreeMap<String, discover::Looked>) -> BTreeMap<String, Remembered> {
    let names: BTreeSet<_> = found.iter().map(|found| found.name.as_str()).collect();
    memory
        .keys()
        .filter(|name| !names.contains(name.as_str()))
        .filter_map(|name| Some((name.clone(), Remembered::of(memory, name)?)))
        // In a folder that was not listed completely it may still be there.
        .filter(|(_, old)| folders.get(&old.folder).is_none_or(|looked| looked.complete))
        .collect()
}

fn is_ancestor(repository: &gix::Repository, old: ObjectId, chain: &Chain) -> bool {
    let Some(head) = chain.links.last() else { return false };
    repository.has_object(old)
        && repository.rev_walk([head.id]).all().is_ok_and(|mut walk| walk.any(|commit| commit.is_ok_and(|commit| commit.id == old)))
}

/// The renames that a moved repository brings: its own, and those of everything that it describes.
fn moved(old_name: &str, old: &Remembered, repository: &gix::Repository, reader: &mut Reader<'_>, stated: &Stated) -> Vec<Item> {
    let name = reader.found.name.clone();
    let mut items = Vec::new();
    let evidence = format!("the root commit is the same and {} is in the history", old.head);
    let Ok(old_head) = ObjectId::from_hex(old.head.as_bytes()) else { return items };
    let Ok(before) = reader.state(repository, old_head, None, None, Instant::MIN) else { return items };
    // What was called so under the old name.
    let formerly = |resource: &Resource| {
        let rest = resource.id.strip_prefix(name.as_str())?;
        let scope = if resource.scope == name { old_name } else { old.folder.as_str() };
        Some(Arc::new(Resource { id: format!("{old_name}{rest}"), kind: resource.kind, scope: scope.to_owned() }))
    };
    let now: BTreeSet<_> = stated.statements.iter().map(|statement| Arc::clone(&statement.resource)).collect();
    let then: BTreeSet<_> = before.statements.iter().map(|statement| Arc::clone(&statement.resource)).collect();
    let same = then.iter().filter(|resource| now.contains(*resource)).map(|resource| (Arc::clone(resource), Arc::clone(resource)));
    let differing = renames(&before, stated).into_iter().map(|(from, to, _)| (from, to));
    for (from, to) in same.chain(differing) {
        if let Some(from) = formerly(&from) {
            items.push(Item::Renamed { from, to, evidence: evidence.clone() });
        }
    }
    items
}

/// A fingerprint of everything but the head that a repository's statements depend on.
fn around(found: &Found, head: &Head, tags: &[Tag], is_shallow: bool) -> String {
    let mut text = format!(
        "{is_shallow}\0{EDITION}\0{}\0{}\0{}\0{}\0{}",
        env!("CARGO_PKG_VERSION"),
        found.name,
        found.folder,
        head.branch.as_deref().unwrap_or_default(),
        found.web.as_deref().unwrap_or_default()
    );
    for tag in tags {
        text.push_str(&format!("\0{}\0{}\0{}", tag.name, tag.version.commit, tag.version.at.micros()));
    }
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

/// Reads states of one repository, near each other at little cost.
pub(crate) struct Reader<'a> {
    found: &'a Found,
    branch: Option<&'a str>,
    tags: &'a [Tag],
    moving: Moving,
}

/// What a [`Reader`] keeps from state to state.
pub(crate) struct Moving {
    files: Files,
    blobs: Mutex<Blobs>,
    converter: Converter,
    /// Tags up to `tagged`, the first of [`Reader::tags`].
    versions: BTreeMap<String, TaggedVersion>,
    tagged: usize,
}

impl Default for Moving {
    fn default() -> Self {
        Self { files: Files::default(), blobs: Mutex::default(), converter: Converter::new(), versions: BTreeMap::new(), tagged: 0 }
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(found: &'a Found, head: &'a Head, tags: &'a [Tag]) -> Self {
        Self::resume(found, head, tags, Moving::default())
    }

    /// A reader that goes on from what an earlier one of the same repository kept.
    pub(crate) fn resume(found: &'a Found, head: &'a Head, tags: &'a [Tag], moving: Moving) -> Self {
        Self { found, branch: head.branch.as_deref(), tags, moving }
    }

    /// What is worth keeping until the next stretch.
    pub(crate) fn into_moving(self) -> Moving {
        self.moving.blobs.lock().clear();
        self.moving
    }

    /// What the repository said at `commit`, with the tags up to `at`.
    pub(crate) fn state(
        &mut self,
        repository: &gix::Repository,
        commit: ObjectId,
        last_commit: Option<LastCommit>,
        activity: Option<Activity>,
        at: Instant,
    ) -> Result<Stated, Error> {
        let tree = Header::read(repository, commit, &mut Vec::new())?.tree;
        let moving = &mut self.moving;
        moving.files.move_to(repository, tree)?;
        let tagged = self.tags.partition_point(|tag| tag.version.at <= at);
        if tagged < moving.tagged {
            moving.versions.clear();
            moving.tagged = 0;
        }
        for tag in &self.tags[moving.tagged..tagged] {
            moving.versions.insert(tag.name.clone(), tag.version.clone());
        }
        moving.tagged = tagged;
        let commit = commit.to_string();
        let about = About {
            name: &self.found.name,
            scope_folder: &self.found.folder,
            commit: &commit,
            default_branch: self.branch,
            last_commit,
            activity,
            language_bytes: moving.files.language_bytes(),
            tags: &moving.versions,
            web: self.found.web.as_deref(),
        };
        let view = View { repository, files: &moving.files, blobs: &moving.blobs };
        Ok(moving.converter.convert(&about, &view))
    }

    /// Objects that were asked for and not found so far.
    pub(crate) fn missing(&self) -> u64 {
        self.moving.files.missing() + self.missing_files()
    }

    /// Files that were to be read and not found so far.
    pub(crate) fn missing_files(&self) -> u64 {
        self.moving.blobs.lock().missing
    }

    /// Files that were read so far.
    pub(crate) fn opened(&self) -> u64 {
        self.moving.blobs.lock().opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::testing::{Repo, collect, collector, problems};

    const NOW: &str = "2026-06-01T00:00:00Z";

    fn extents(items: &[Item]) -> Vec<String> {
        let extents = items.iter().filter_map(|item| match item {
            Item::Extent(extent) => {
                let scope = extent.scope.rsplit_once("/tmp").map_or(extent.scope.as_str(), |_| "FOLDER");
                Some(format!("{scope} {:?} {:?}", extent.reading, extent.counted))
            }
            _ => None,
        });
        extents.collect()
    }

    fn stated(items: &[Item]) -> BTreeSet<String> {
        let stated = items.iter().filter_map(|item| match item {
            Item::Statement(statement) => Some(statement.resource.id.clone()),
            _ => None,
        });
        stated.collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_unchanged_is_confirmed_without_reading_it() {
        let folder = tempfile::tempdir().unwrap();
        let one = Repo::init(folder.path().join("one"));
        one.service("", "ledger", "x").commit("2026-01-01T00:00:00Z");
        Repo::init(folder.path().join("deep/er/two")).commit("2026-01-01T00:00:00Z");
        let collector = collector(&[folder.path()]);
        let mut memory = Memory::new();
        let (items, summary) = collect(&collector, NOW, &mut memory).await;
        assert_eq!(summary.failure, None);
        assert!(["one", "one#service:ledger", "two"].iter().all(|id| stated(&items).contains(*id)), "{:?}", stated(&items));
        assert_eq!(extents(&items), ["two Full None", "one Full None", "FOLDER Full Some(2)"]);

        one.git(&["tag", "v1"]);
        let (items, _) = collect(&collector, NOW, &mut memory).await;
        assert_eq!(extents(&items), ["two Unchanged None", "one Full None", "FOLDER Full Some(2)"]);
        assert!(items.iter().any(|item| matches!(item, Item::Unchanged(resource) if resource.id == "two")));
        let (items, _) = collect(&collector, NOW, &mut memory).await;
        assert_eq!(extents(&items), ["two Unchanged None", "one Unchanged None", "FOLDER Full Some(2)"]);
        assert!(stated(&items).is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_another_source_states_now_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "two"] {
            Repo::init(folder.path().join(name)).service("", name, "x").commit("2026-01-01T00:00:00Z");
        }
        let collector = collector(&[folder.path()]).leaving(Arc::new(|| BTreeSet::from(["two".to_owned()])));
        let (items, summary) = collect(&collector, NOW, &mut Memory::new()).await;
        assert_eq!(summary.failure, None);
        assert!(stated(&items).iter().all(|id| !id.starts_with("two")), "{:?}", stated(&items));
        assert_eq!(extents(&items), ["one Full None", "FOLDER Full Some(1)"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_cannot_be_read_is_a_problem_and_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        Repo::init(folder.path().join("empty"));
        let good = Repo::init(folder.path().join("good"));
        good.commit("2026-01-01T00:00:00Z");
        let broken = Repo::init(folder.path().join("zbroken"));
        broken.service("", "lost", "x").commit("2026-01-01T00:00:00Z");
        let collector = collector(&[folder.path()]);
        let mut memory = Memory::new();
        let (items, _) = collect(&collector, NOW, &mut memory).await;
        assert_eq!(problems(&items), ["empty: the repository is empty: it has no commit yet"]);
        assert_eq!(extents(&items).last().unwrap(), "FOLDER Full Some(3)");

        let blob = broken.git(&["rev-parse", "HEAD:catalog-info.yaml"]);
        std::fs::remove_file(broken.path.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
        memory.clear();
        let (items, _) = collect(&collector, NOW, &mut memory).await;
        assert!(problems(&items).iter().any(|problem| problem.starts_with("zbroken: objects are missing")), "{:?}", problems(&items));
        assert!(extents(&items).contains(&"zbroken Partial None".to_owned()));
        assert!(!memory.contains_key("zbroken"));

        std::fs::write(broken.path.join(".git/HEAD"), "garbage").unwrap();
        std::fs::remove_dir_all(broken.path.join(".git/objects")).unwrap();
        let (items, summary) = collect(&collector, NOW, &mut memory).await;
        assert_eq!(summary.failure, None);
        assert_eq!(extents(&items).last().unwrap(), "FOLDER Partial Some(3)", "what is not readable is not gone");
        let (_, summary) = collect(&super::super::testing::collector(&[&folder.path().join("absent")]), NOW, &mut Memory::new()).await;
        assert!(summary.failure.unwrap().contains("cannot be listed"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn partial_clones_and_foreign_formats_say_what_they_lack() {
        let folder = tempfile::tempdir().unwrap();
        let origin = Repo::init(folder.path().join("origin"));
        origin.service("", "ledger", "x").write("x.rs", "fn x() {}").commit("2026-01-01T00:00:00Z");
        origin.git(&["config", "uploadpack.allowFilter", "true"]);
        let clones = folder.path().join("clones");
        Repo::clone(&origin.path, clones.join("partial"), &["--filter=blob:none", "--no-checkout"]);
        for (name, format) in [("hash", "--object-format=sha256"), ("refs", "--ref-format=reftable")] {
            let path = clones.join(name);
            std::fs::create_dir_all(&path).unwrap();
            crate::collect::git::testing::git_at(&path, "2026-01-01T00:00:00Z", &["init", "--quiet", format]);
        }
        let (items, _) = collect(&collector(&[&clones]), NOW, &mut Memory::new()).await;
        assert!(extents(&items).contains(&"partial Partial None".to_owned()), "{:?}", extents(&items));
        let problems = problems(&items).join("\n");
        for lacking in ["partial: objects are missing", "sha256", "reftable"] {
            assert!(problems.contains(lacking), "{problems}");
        }
        assert_eq!(extents(&items).last().unwrap(), "FOLDER Partial Some(3)");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_moved_repository_is_renamed_with_all_that_it_describes() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("old"));
        repo.service("", "ledger", "x").commit("2026-01-01T00:00:00Z");
        let other = Repo::init(folder.path().join("other"));
        other.write("x", "y").commit("2026-01-01T00:00:00Z");
        let collector = collector(&[folder.path()]);
        let mut memory = Memory::new();
        collect(&collector, NOW, &mut memory).await;
        std::fs::rename(folder.path().join("old"), folder.path().join("new")).unwrap();
        Repo { path: folder.path().join("new") }.commit("2026-01-02T00:00:00Z");
        let (items, _) = collect(&collector, NOW, &mut memory).await;
        let renamed: BTreeSet<_> = items
            .iter()
            .filter_map(|item| match item {
                Item::Renamed { from, to, .. } => Some(format!("{} -> {}", from.id, to.id)),
                _ => None,
            })
            .collect();
        assert!(renamed.contains("old -> new") && renamed.contains("old#service:ledger -> new#service:ledger"), "{renamed:?}");
        assert!(!memory.contains_key("old") && memory.contains_key("new"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_url_is_cloned_and_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let origin = Repo::init(folder.path().join("origin/ledger"));
        origin.service("", "ledger", "x").commit("2026-01-01T00:00:00Z");
        let config = Config {
            folders: Vec::new(),
            urls: vec![origin.path.display().to_string(), "-uevil".into(), "ext::sh -c touch% x".into(), "file:///nowhere".into()],
            clones: folder.path().join("clones"),
        };
        let collector = GitCollector::new("git", config, Zone::utc());
        let mut memory = Memory::new();
        let (items, _) = collect(&collector, NOW, &mut memory).await;
        assert!(stated(&items).contains("ledger#service:ledger"), "{:?}", problems(&items));
        assert_eq!(problems(&items).iter().filter(|problem| problem.contains("is not an https, ssh or git URL")).count(), 3);
        let head = |memory: &Memory| memory["ledger"]["head"].as_str().unwrap().to_owned();
        let first = head(&memory);
        let (items, _) = collect(&collector, NOW, &mut memory).await;
        assert!(items.iter().any(|item| matches!(item, Item::Unchanged(_))));
        origin.git(&["branch", "--move", "main", "trunk"]);
        let second = origin.commit("2026-01-02T00:00:00Z");
        collect(&collector, NOW, &mut memory).await;
        assert_eq!((head(&memory), second != first), (second, true));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn symbolic_link_loops_end_and_two_clones_of_one_name_count_once() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init(folder.path().join("a/repo"));
        repo.commit("2026-01-01T00:00:00Z");
        repo.git(&["remote", "add", "origin", "https://user:secret@github.com/acme/billing.git"]);
        let again = Repo::init(folder.path().join("b/repo"));
        again.commit("2026-01-01T00:00:00Z");
        again.git(&["remote", "add", "origin", "git@github.com:Acme/Billing"]);
        std::os::unix::fs::symlink("..", folder.path().join("a/up")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("a/repo"), folder.path().join("z")).unwrap();
        let mut memory = Memory::new();
        let (items, _) = collect(&collector(&[folder.path()]), NOW, &mut memory).await;
        assert_eq!(memory.keys().collect::<Vec<_>>(), ["acme/billing"]);
        assert_eq!(extents(&items).last().unwrap(), "FOLDER Full Some(1)");
        assert_eq!(problems(&items).len(), 1, "{:?}", problems(&items));
        assert!(!format!("{items:?}").contains("secret"));
    }
}
