//! What commits record besides versions, as plain tables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::{BoxError, layer_word};
use crate::model::record::{EventRecord, Filled, Link, NewEntity, NewResource, NewStream, Note, Replacement, Seal};
use crate::model::{Commit, CommitNumber, EventKind, Policy, Run};
use crate::store::journal::CommitMeta;

/// A note's kind of which only the newest value of a key is kept.
const MEMORY: &str = "memory";

/// Runs repeat each other; a low level with a large window is small enough and does not hold up the packing.
const RUN_LEVEL: i32 = 6;
const RUN_WINDOW: u32 = 23;

/// A record and the commit that brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<T> {
    /// The commit.
    pub commit: CommitNumber,
    /// The record.
    pub value: T,
}

/// What the commits of a window recorded besides versions, in the order of recording.
///
/// Runs and events are kept compressed: read them with [`super::Archive::for_each_run`] and
/// [`super::Archive::for_each_event`].
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "each field is named after the field of a commit that it collects")]
pub struct Records {
    pub commits: Vec<CommitMeta>,
    pub resources: Vec<Recorded<NewResource>>,
    pub streams: Vec<Recorded<NewStream>>,
    pub entities: Vec<Recorded<NewEntity>>,
    pub links: Vec<Recorded<Link>>,
    pub policies: Vec<Recorded<Policy>>,
    pub seals: Vec<Recorded<Seal>>,
    pub replacements: Vec<Recorded<Replacement>>,
    pub filled: Vec<Recorded<Filled>>,
    pub notes: Vec<Recorded<Note>>,
    runs: BTreeMap<String, Lines>,
    events: BTreeMap<EventKind, Lines>,
}

impl Records {
    /// Adds what a commit records, but for its versions. Commits come in order.
    ///
    /// # Errors
    /// If the run cannot be compressed.
    pub fn add(&mut self, commit: &Commit) -> std::io::Result<()> {
        let number = commit.number;
        self.commits.push(CommitMeta { number, at: commit.at, layer: commit.layer });
        extend(&mut self.resources, number, &commit.resources);
        extend(&mut self.streams, number, &commit.streams);
        extend(&mut self.entities, number, &commit.entities);
        extend(&mut self.links, number, &commit.links);
        extend(&mut self.policies, number, commit.policy.as_slice());
        extend(&mut self.seals, number, &commit.seals);
        extend(&mut self.replacements, number, &commit.replaces);
        extend(&mut self.filled, number, &commit.filled);
        extend(&mut self.notes, number, &commit.notes);
        if let Some(run) = &commit.run {
            lines_of(&mut self.runs, run.source.clone())?.add(&RunLineRef { commit: number, run })?;
        }
        for event in &commit.events {
            lines_of(&mut self.events, event.kind)?.add(&EventLineRef { commit: number, event })?;
        }
        Ok(())
    }

    /// The same records as commits, without versions, runs, events and outdated memory.
    #[must_use]
    pub fn into_commits(self) -> Vec<Commit> {
        let mut commits = BTreeMap::new();
        for CommitMeta { number, at, layer } in self.commits {
            commits.insert(number, Commit { number, at, ..Commit::new(layer) });
        }
        give(&mut commits, self.resources, |commit, value| commit.resources.push(value));
        give(&mut commits, self.streams, |commit, value| commit.streams.push(value));
        give(&mut commits, self.entities, |commit, value| commit.entities.push(value));
        give(&mut commits, self.links, |commit, value| commit.links.push(value));
        give(&mut commits, self.policies, |commit, value| commit.policy = Some(value));
        give(&mut commits, self.seals, |commit, value| commit.seals.push(value));
        give(&mut commits, self.replacements, |commit, value| commit.replaces.push(value));
        give(&mut commits, self.filled, |commit, value| commit.filled.push(value));
        give(&mut commits, self.notes, |commit, value| commit.notes.push(value));
        commits.into_values().collect()
    }

    /// Writes the tables; `database` is inside a transaction.
    pub(super) fn write(self, database: &Connection) -> Result<(), BoxError> {
        let mut insert = database.prepare("INSERT INTO commits VALUES (?, ?, ?)")?;
        for commit in &self.commits {
            insert.execute(params![integer(commit.number)?, commit.at.to_string(), layer_word(commit.layer)])?;
        }
        let mut insert = database.prepare("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)")?;
        for Recorded { commit, value } in &self.resources {
            insert.execute(params![value.no.0, integer(*commit)?, value.source, value.scope, value.kind.word(), value.id])?;
        }
        let mut insert = database.prepare("INSERT INTO stream VALUES (?, ?, ?, ?, ?)")?;
        for Recorded { commit, value } in &self.streams {
            insert.execute(params![value.no.0, integer(*commit)?, value.resource.0, value.facet.word(), value.origin])?;
        }
        let mut insert = database.prepare("INSERT INTO entity VALUES (?, ?, ?, ?)")?;
        for Recorded { commit, value } in &self.entities {
            insert.execute(params![value.id.0, integer(*commit)?, value.kind.word(), value.reference])?;
        }
        let mut insert = database.prepare("INSERT INTO link VALUES (?, ?, ?, ?, ?, ?)")?;
        for Recorded { commit, value: link } in &self.links {
            let (from, to) = (link.from.map(|at| at.to_string()), link.to.map(|at| at.to_string()));
            insert.execute(params![integer(*commit)?, link.resource.0, link.entity.0, link.rule, from, to])?;
        }
        let mut insert = database.prepare("INSERT INTO policy VALUES (?, ?)")?;
        for Recorded { commit, value } in &self.policies {
            insert.execute(params![integer(*commit)?, serde_json::to_string(value)?])?;
        }
        let mut insert = database.prepare("INSERT INTO seal VALUES (?, ?, ?, ?, ?, ?)")?;
        for Recorded { commit, value: seal } in &self.seals {
            let (from, to) = (seal.from.to_string(), seal.to.to_string());
            insert.execute(params![integer(*commit)?, seal.day.to_string(), seal.zone.to_string(), from, to, seal.carried])?;
        }
        let mut insert = database.prepare("INSERT INTO replacement VALUES (?, ?, ?)")?;
        for Recorded { commit, value } in &self.replacements {
            insert.execute(params![integer(*commit)?, value.source, value.scope])?;
        }
        let mut insert = database.prepare("INSERT INTO filled VALUES (?, ?, ?, ?, ?)")?;
        for Recorded { commit, value } in &self.filled {
            insert.execute(params![integer(*commit)?, value.source, value.scope, value.from.to_string(), value.to.to_string()])?;
        }
        let mut insert = database.prepare("INSERT INTO note VALUES (?, ?, ?, ?)")?;
        for Recorded { commit, value } in newest_memory(&self.notes) {
            insert.execute(params![integer(*commit)?, value.kind, value.key, note_cell(value)?])?;
        }
        let mut insert = database.prepare("INSERT INTO runs VALUES (?, ?)")?;
        for (source, lines) in self.runs {
            insert.execute(params![source, lines.0.finish()?])?;
        }
        let mut insert = database.prepare("INSERT INTO events VALUES (?, ?)")?;
        for (kind, lines) in self.events {
            insert.execute(params![kind.word(), lines.0.finish()?])?;
        }
        Ok(())
    }
}

/// The value of a note as SQLite keeps it: JSON text, or a zstd frame of it where that is shorter.
fn note_cell(note: &Note) -> Result<Cell, BoxError> {
    const WORTH_COMPRESSING: usize = 256;
    let json = serde_json::to_string(&note.value)?;
    if json.len() >= WORTH_COMPRESSING {
        let mut compressor = zstd::bulk::Compressor::new(RUN_LEVEL)?;
        compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
        let compressed = compressor.compress(json.as_bytes())?;
        if compressed.len() < json.len() {
            return Ok(Cell::Blob(compressed));
        }
    }
    Ok(Cell::Text(json))
}

pub(super) fn note_value(cell: Cell) -> Result<serde_json::Value, BoxError> {
    match cell {
        Cell::Text(json) => Ok(serde_json::from_str(&json)?),
        Cell::Blob(compressed) => Ok(serde_json::from_slice(&zstd::decode_all(&*compressed)?)?),
        _ => Err("neither text nor a zstd frame".into()),
    }
}

fn newest_memory(notes: &[Recorded<Note>]) -> impl Iterator<Item = &Recorded<Note>> {
    let mut keys = BTreeSet::new();
    let mut kept = notes.iter().rev().filter(|note| note.value.kind != MEMORY || keys.insert(&note.value.key)).collect::<Vec<_>>();
    kept.reverse();
    kept.into_iter()
}

fn extend<T: Clone>(to: &mut Vec<Recorded<T>>, commit: CommitNumber, values: &[T]) {
    to.extend(values.iter().map(|value| Recorded { commit, value: value.clone() }));
}

fn give<T>(commits: &mut BTreeMap<CommitNumber, Commit>, records: Vec<Recorded<T>>, mut add: impl FnMut(&mut Commit, T)) {
    for record in records {
        if let Some(commit) = commits.get_mut(&record.commit) {
            add(commit, record.value);
        }
    }
}

/// SQLite's integers are signed.
pub(super) fn integer(number: u64) -> Result<i64, BoxError> {
    Ok(i64::try_from(number)?)
}

/// The lines of a key, a new writer for the first one.
fn lines_of<K: Ord>(all: &mut BTreeMap<K, Lines>, key: K) -> std::io::Result<&mut Lines> {
    Ok(match all.entry(key) {
        std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
        std::collections::btree_map::Entry::Vacant(entry) => entry.insert(Lines::new()?),
    })
}

/// The runs of one source or the events of one kind, one JSON line each, compressed as they come.
struct Lines(zstd::stream::write::Encoder<'static, Vec<u8>>);

impl Lines {
    fn new() -> std::io::Result<Self> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), RUN_LEVEL)?;
        encoder.include_checksum(true)?;
        encoder.window_log(RUN_WINDOW)?;
        Ok(Self(encoder))
    }

    fn add(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.0, line)?;
        self.0.write_all(b"\n")
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}

#[derive(Serialize)]
struct RunLineRef<'a> {
    commit: CommitNumber,
    run: &'a Run,
}

/// A line of a source's runs.
#[derive(Deserialize)]
pub(super) struct RunLine {
    pub(super) commit: CommitNumber,
    pub(super) run: Run,
}

#[derive(Serialize)]
struct EventLineRef<'a> {
    commit: CommitNumber,
    event: &'a EventRecord,
}

/// A line of the events of a kind.
#[derive(Deserialize)]
pub(super) struct EventLine {
    pub(super) commit: CommitNumber,
    pub(super) event: EventRecord,
}
