//! The outside world, read only: one folder per source.
//!
//! # Invariants
//! - A collector says what it read; `ingest` decides what to keep. Nothing here knows the store.
//! - Partial success is normal: what could not be read is a [`Problem`] and an extent that says so, never an error
//!   that stops the rest.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use self::contents::{Contents, Unavailable};
use crate::model::{Event, EventKind, Extent, Hint, Instant, Kind, Problem, Resource, Statement};

pub mod argocd;
mod bugs;
pub mod cache;
pub mod cdevents;
pub mod confluence;
pub mod consul;
pub mod contents;
pub mod csv;
pub mod environment;
mod features;
pub mod git;
pub mod github;
pub mod github_issues;
pub mod http;
mod incidents;
pub mod jenkins;
pub mod jira;
pub mod kubernetes;
mod null;
pub mod packages;
pub mod pagerduty;
mod priority;
pub mod sonarqube;
pub mod statuspage;
pub mod zendesk;

/// What every collector tells about itself; the configuration, the command line and the docs read it from here.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// The key in the configuration and the word on the command line.
    pub name: &'static str,
    /// The source in a few words.
    pub title: &'static str,
    /// Kinds that it may define: when it no longer states such an entity, the entity may end.
    pub kinds: &'static [Kind],
    /// Whether it can fill in the past.
    pub backfills: bool,
}

/// Every collector. A test compares this list with the folders.
pub const REGISTRY: &[Descriptor] = &[
    git::DESCRIPTOR,
    github::DESCRIPTOR,
    sonarqube::DESCRIPTOR,
    kubernetes::DESCRIPTOR,
    packages::DESCRIPTOR,
    consul::DESCRIPTOR,
    confluence::DESCRIPTOR,
    argocd::DESCRIPTOR,
    jenkins::DESCRIPTOR,
    jira::DESCRIPTOR,
    cdevents::DESCRIPTOR,
    pagerduty::DESCRIPTOR,
    statuspage::DESCRIPTOR,
    github_issues::DESCRIPTOR,
    zendesk::DESCRIPTOR,
    csv::DESCRIPTOR,
];

/// What the last runs left behind, by key (usually the scope): heads, cursors, ETags.
pub type Memory = BTreeMap<String, Value>;

/// One thing that a collector has to say. Items take effect in order, with the commit that follows them.
#[derive(Clone, Debug)]
pub enum Item {
    /// The source says this now.
    Statement(Statement),
    /// The source says that this resource is as it was: whatever was last said about it is confirmed. For a resource
    /// in a scope that is otherwise read in full; a whole scope is confirmed by [`crate::model::Reading::Unchanged`].
    Unchanged(Arc<Resource>),
    /// The source's history says this since `at`. `seam` marks the first known state of a scope: what it shows
    /// became known there, it did not change there.
    Past {
        /// The source's own time.
        at: Instant,
        /// See above.
        seam: bool,
        /// What it said; no body means that it stopped saying anything.
        statement: Statement,
    },
    /// Two resources are the same thing under an old and a new name.
    Renamed {
        /// The old name.
        from: Arc<Resource>,
        /// The new name.
        to: Arc<Resource>,
        /// Why they are the same.
        evidence: String,
    },
    /// Something happened, or more is known of it. Told of the present and of the past alike.
    Event(Event),
    /// Signs of whose a resource is that claims no ref, strongest first; they replace those told before.
    Hints {
        /// The resource.
        resource: Arc<Resource>,
        /// The signs.
        hints: Vec<Hint>,
    },
    /// How completely a (scope, kind) was read in this run.
    Extent(Extent),
    /// A stretch of a scope's past is delivered in full; everything before this item is committed at once.
    Filled {
        /// The scope.
        scope: String,
        /// The half-open stretch.
        range: Range<Instant>,
        /// The scope's history was rewritten: its whole backfilled layer is replaced, starting with this stretch.
        replace: bool,
    },
    /// Something was refused or could not be read.
    Problem(Problem),
    /// Something to remember for the next run.
    Remember {
        /// The key.
        key: String,
        /// The value; null forgets the key.
        value: Value,
    },
    /// How far a long work has come.
    Progress {
        /// What is being read.
        scope: String,
        /// Units done.
        done: u64,
        /// Units in all, as far as known.
        total: u64,
    },
}

/// Where a collector puts what it reads. Waits while the other side is busy.
#[derive(Clone, Debug)]
pub struct Sink {
    items: mpsc::Sender<Item>,
    cancel: CancellationToken,
}

impl Sink {
    /// A sink and the end from which its items are taken.
    #[must_use]
    pub fn new(capacity: usize, cancel: CancellationToken) -> (Self, mpsc::Receiver<Item>) {
        let (items, receiver) = mpsc::channel(capacity);
        (Self { items, cancel }, receiver)
    }

    /// Hands over one item.
    ///
    /// # Errors
    /// [`Stopped`] if nobody listens any more; the collector should return.
    pub async fn put(&self, item: Item) -> Result<(), Stopped> {
        if self.cancel.is_cancelled() {
            return Err(Stopped);
        }
        self.items.send(item).await.map_err(|_| Stopped)
    }

    /// [`Self::put`] for code that runs on a blocking thread.
    ///
    /// # Errors
    /// [`Stopped`] if nobody listens any more; the collector should return.
    pub fn put_blocking(&self, item: Item) -> Result<(), Stopped> {
        if self.cancel.is_cancelled() {
            return Err(Stopped);
        }
        self.items.blocking_send(item).map_err(|_| Stopped)
    }

    /// Cancelled when the run is asked to stop.
    #[must_use]
    pub const fn cancellation(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Whether the run was asked to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.cancel.is_cancelled() || self.items.is_closed()
    }
}

/// Nobody listens any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was stopped")]
pub struct Stopped;

/// What a collector says at the end, beside its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Requests made or objects opened.
    pub requests: u64,
    /// Nothing could be read at all, and why. Partial failure is told by problems and extents instead.
    pub failure: Option<String>,
}

/// How well something that a collector needs is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// It is there.
    Good,
    /// Something is lost without it, and what.
    Lacking,
    /// The source cannot be read.
    Wrong,
}

/// One thing that was looked at before a run: a credential, a right, a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `token`, `read:org`, `budget`.
    pub what: String,
    /// How it is.
    pub health: Health,
    /// In a sentence, with what to do where something can be done.
    pub detail: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(what: impl Into<String>, health: Health, detail: impl Into<String>) -> Self {
        Self { what: what.into(), health, detail: detail.into() }
    }
}

/// How resources that claim no ref find the entity that they speak of: by annotation, then by rule, then by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linking {
    /// Annotations of entities whose value is the resource's id, such as `sonarqube.org/project-key`; or how the id is made of
    /// several, see [`crate::catalog::identity::annotated`].
    pub annotations: Vec<&'static str>,
    /// A template for the id, filled from a repository's name: `{owner}` and `{repo}`, as in `acme_{repo}`.
    pub rule: Option<String>,
    /// Several resources may have one name and belong to one entity, as workloads of several clusters do.
    pub shared: bool,
}

/// Reads one source; never writes anywhere.
///
/// Statements stream into `sink`, with an extent per (scope, kind): `Full` only if everything was read,
/// for then, and only then, may a missing resource mean that the source no longer knows it.
#[async_trait]
pub trait Collector: Send + Sync {
    /// The source's name: the key of its section in the configuration.
    fn source(&self) -> &str;

    /// The kind of collector.
    fn descriptor(&self) -> &'static Descriptor;

    /// Where contents of documents that it states can be read; none if it states none.
    fn contents(&self) -> Option<Arc<dyn Contents>> {
        None
    }

    /// How its resources that claim no ref are linked; none if every one claims a ref.
    fn linking(&self) -> Option<Linking> {
        None
    }

    /// The kinds of events that it tells of whenever there are any: that it told of none means that there were none.
    fn tells(&self) -> &'static [EventKind] {
        &[]
    }

    /// Looks whether the source can be read, with which rights and what budget, in as few requests as that takes.
    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }

    /// Reads the source as it stands now.
    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary;

    /// Whether it can be asked to [`Self::watch`].
    fn watches(&self) -> bool {
        false
    }

    /// Follows the source between runs until `cancel`; returns at once if it cannot. Nothing is said meanwhile: what it
    /// notices is told by [`Self::changed`] and by the next [`Self::collect`].
    async fn watch(&self, cancel: &CancellationToken) {
        let _ = cancel;
    }

    /// Tells what changed since this or [`Self::collect`] was last asked; never asked beside a run. Extents are left to
    /// runs.
    async fn changed(&self, now: Instant, sink: &Sink) {
        let _ = (now, sink);
    }

    /// Reads what the source remembers of `range`, newest stretch first, each closed by [`Item::Filled`].
    /// Stretches that `memory` says are delivered are skipped, so a killed backfill resumes.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        let _ = (range, memory, sink);
        Summary::default()
    }
}
