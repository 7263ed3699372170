//! CSV files: incidents, bugs and support cases of a company whose tools spot does not read, or that has none.
//!
//! - Source: files that somebody writes or some tool exports, one for each kind of event, all of it in the file.
//! - Events: incidents, bugs and support cases. A bug that was reopened stands on one line for each time that it was open.
//! - Identity: an event by the column `id`. A service is what the column `service` calls it: a ref, or a name; it claims no
//!   ref itself.
//! - Permissions: to read the files.
//! - Cannot see: priorities and severities that were other before.
//!
//! # Invariants
//! - A line that is wrong is left out and named, with its column and what was expected; the others count.
//! - A file is everything: what stood in it and does not any more is deleted, or was no incident. A file that cannot be read
//!   changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::collect::{Collector, Descriptor, Finding, Health, Item, Linking, Memory, Sink, Stopped, Summary};
use crate::model::{Event, EventKind, Extent, Hint, Instant, Kind, Problem, Reading, Resource, Zone};

mod rows;

use self::rows::{Read, read};

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor { name: "csv", title: "CSV files", kinds: &[], backfills: true };

/// Larger files are not read.
const LARGEST: u64 = 256 * 1024 * 1024;
/// The most problems of a file that are told one by one.
const MOST_PROBLEMS: usize = 50;

/// Which files, and how they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The files.
    pub files: BTreeMap<Table, PathBuf>,
    /// The zone of times that come without an offset.
    pub zone: Zone,
    /// A template that makes a service's name of a repository's: `{repo}-prod`.
    pub link: Option<String>,
}

/// What the lines of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Incidents.
    Incidents,
    /// Bugs.
    Bugs,
    /// Support cases.
    SupportCases,
}

impl Table {
    /// Its scope, and its key in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Incidents => "incidents",
            Self::Bugs => "bugs",
            Self::SupportCases => "support_cases",
        }
    }

    const fn kind(self) -> EventKind {
        match self {
            Self::Incidents => EventKind::Incident,
            Self::Bugs => EventKind::Bug,
            Self::SupportCases => EventKind::SupportCase,
        }
    }

    /// The state of what does not stand in its file any more.
    const fn gone(self) -> &'static str {
        match self {
            Self::Incidents => "cancelled",
            Self::Bugs | Self::SupportCases => "deleted",
        }
    }
}

/// What is remembered of a file: its content by a digest, and what stood in it, by id with the time of its beginning and its service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    digest: String,
    events: BTreeMap<String, (Instant, String)>,
}

/// The collector of CSV files.
#[derive(Debug)]
pub struct CsvCollector {
    source: String,
    config: Config,
}

impl CsvCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config) -> Self {
        Self { source: source.into(), config }
    }

    /// Tells what a file says, and remembers it. Says whether it could be read.
    async fn file(&self, table: Table, path: &Path, now: Instant, memory: &Memory, sink: &Sink) -> Result<bool, Stopped> {
        let scope = table.word();
        let problem = |line: Option<u32>, message: String| {
            let path = path.file_name().map(|name| name.to_string_lossy().into_owned());
            Item::Problem(Problem { scope: scope.to_owned(), path, line, message })
        };
        let extent = |reading: Reading| {
            Item::Extent(Extent { scope: scope.to_owned(), kind: Some(Kind::Service), reading, counted: None, evidence: None })
        };
        let text = match text_of(path).await {
            Ok(text) => text,
            Err(why) => {
                sink.put(problem(None, format!("it cannot be read: {why}; what is known of it stays as it is"))).await?;
                sink.put(extent(Reading::Partial)).await?;
                return Ok(false);
            }
        };
        let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        let known: Known = memory.get(scope).and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default();
        if known.digest == digest {
            sink.put(extent(Reading::Unchanged)).await?;
            return Ok(true);
        }
        let Read { events, problems } = match read(table, &text, &self.config.zone, now) {
            Ok(read) => read,
            Err(why) => {
                sink.put(problem(Some(1), format!("{why}; what is known of it stays as it is"))).await?;
                sink.put(extent(Reading::Partial)).await?;
                return Ok(false);
            }
        };
        let is_whole = problems.is_empty();
        let more = problems.len().saturating_sub(MOST_PROBLEMS);
        for (line, message) in problems.into_iter().take(MOST_PROBLEMS) {
            sink.put(problem(Some(line), message)).await?;
        }
        if more > 0 {
            sink.put(problem(None, format!("{more} more lines are wrong"))).await?;
        }
        let mut services: BTreeSet<String> = BTreeSet::new();
        let mut now_known = Known { digest, ..Known::default() };
        for event in events {
            let mut named = vec![event.resource.id.clone()];
            named.extend(
                event
                    .body
                    .get("also")
                    .and_then(|also| also.as_array())
                    .into_iter()
                    .flatten()
                    .filter_map(|id| Some(id.as_str()?.to_owned())),
            );
            for service in named {
                if !service.is_empty() && services.insert(service.clone()) {
                    let hints = vec![if service.contains(':') { Hint::Ref(service.clone()) } else { Hint::Name(service.clone()) }];
                    sink.put(Item::Hints { resource: resource(scope, &service), hints }).await?;
                }
            }
            now_known.events.insert(event.id.clone(), (event.at, event.resource.id.clone()));
            sink.put(Item::Event(event)).await?;
        }
        // A line that is wrong may be one that was right before: only a file that is right says that something is gone.
        let gone = known.events.iter().filter(|(id, _)| !now_known.events.contains_key(*id));
        let gone: Vec<_> = gone.map(|(id, (at, service))| (id.clone(), *at, service.clone())).collect();
        for (id, at, service) in gone {
            if is_whole {
                sink.put(Item::Event(gone_event(table, id, at, &service, now))).await?;
            } else {
                now_known.events.insert(id, (at, service));
            }
        }
        sink.put(extent(if is_whole { Reading::Full } else { Reading::Partial })).await?;
        let value = serde_json::to_value(now_known).unwrap_or_default();
        sink.put(Item::Remember { key: scope.to_owned(), value }).await?;
        Ok(true)
    }

    /// Reads all files; those that could not be read.
    async fn all(&self, now: Instant, memory: &Memory, sink: &Sink) -> Result<Vec<Table>, Stopped> {
        let mut failed = Vec::new();
        for (table, path) in &self.config.files {
            if !self.file(*table, path, now, memory, sink).await? {
                failed.push(*table);
            }
        }
        Ok(failed)
    }

    fn summary(&self, failed: &[Table]) -> Summary {
        let all_failed = failed.len() == self.config.files.len();
        Summary { requests: self.config.files.len() as u64, failure: all_failed.then(|| "no file could be read".to_owned()) }
    }
}

#[async_trait]
impl Collector for CsvCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn tells(&self) -> &'static [EventKind] {
        const INCIDENTS: EventKind = EventKind::Incident;
        const BUGS: EventKind = EventKind::Bug;
        const CASES: EventKind = EventKind::SupportCase;
        let has = |table| self.config.files.contains_key(&table);
        match (has(Table::Incidents), has(Table::Bugs), has(Table::SupportCases)) {
            (true, true, true) => &[INCIDENTS, BUGS, CASES],
            (true, true, false) => &[INCIDENTS, BUGS],
            (true, false, true) => &[INCIDENTS, CASES],
            (false, true, true) => &[BUGS, CASES],
            (true, false, false) => &[INCIDENTS],
            (false, true, false) => &[BUGS],
            (false, false, true) => &[CASES],
            (false, false, false) => &[],
        }
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: Vec::new(), rule: self.config.link.clone(), shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (table, path) in &self.config.files {
            let found = text_of(path).await.and_then(|text| read(*table, &text, &self.config.zone, Instant::MAX));
            findings.push(match found {
                Ok(read) if read.problems.is_empty() => Finding::new(table.word(), Health::Good, format!("{} of them", read.events.len())),
                Ok(read) => {
                    let (line, message) = &read.problems[0];
                    let detail = format!("{} are read, {} lines are not: line {line}: {message}", read.events.len(), read.problems.len());
                    Finding::new(table.word(), Health::Lacking, detail)
                }
                Err(why) => Finding::new(table.word(), Health::Wrong, format!("{}: {why}", path.display())),
            });
        }
        findings
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        self.all(now, memory, sink).await.map_or_else(|Stopped| Summary::default(), |failed| self.summary(&failed))
    }

    /// Files hold their past, which is told with the present: here is only said what they cover, if they can be read.
    async fn backfill(&self, range: Range<Instant>, _memory: &Memory, sink: &Sink) -> Summary {
        let mut failed = Vec::new();
        for (table, path) in &self.config.files {
            let read = text_of(path).await.and_then(|text| read(*table, &text, &self.config.zone, range.end));
            match read {
                Ok(_) => {
                    let filled = Item::Filled { scope: table.word().to_owned(), range: range.clone(), replace: false };
                    if sink.put(filled).await.is_err() {
                        return Summary::default();
                    }
                }
                Err(_) => failed.push(*table),
            }
        }
        self.summary(&failed)
    }
}

async fn text_of(path: &Path) -> Result<Vec<u8>, String> {
    let length = tokio::fs::metadata(path).await.map_err(|error| error.to_string())?.len();
    if length > LARGEST {
        return Err(format!("it has {length} bytes, and at most {LARGEST} are read"));
    }
    tokio::fs::read(path).await.map_err(|error| error.to_string())
}

fn resource(scope: &str, service: &str) -> Arc<Resource> {
    Arc::new(Resource { id: service.to_owned(), kind: Kind::Service, scope: scope.to_owned() })
}

fn gone_event(table: Table, id: String, at: Instant, service: &str, now: Instant) -> Event {
    Event {
        kind: table.kind(),
        id,
        resource: resource(table.word(), service),
        at,
        ended: None,
        history: vec![crate::model::event::Step::state(now, table.gone())],
        is_whole: false,
        body: Default::default(),
        check: None,
    }
}
