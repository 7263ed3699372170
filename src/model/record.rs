//! What a commit holds: everything that cannot be derived.
//!
//! The journal stores commits as JSON (`docs/archive.md`), so every field added later is optional.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::event::Step;
use crate::model::{Body, Day, EntityId, EventKind, Facet, Instant, Kind, Policy, Run, Zone};

/// Number of a commit: 1, 2, 3, ... in the order of recording, over both layers.
pub type CommitNumber = u64;

/// Which history a version belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Reconstructed from the source's own history. Yields to observed at the same instant.
    Backfilled,
    /// Seen by spot at the time it was recorded.
    Observed,
}

/// Number of a (source, resource).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceNo(pub u32);

/// Number of a stream: the statements of one (resource, facet, origin) through time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamNo(pub u32);

/// The first mention of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewResource {
    /// Its number, given by the store.
    pub no: ResourceNo,
    /// The source that names it.
    pub source: String,
    /// See [`crate::model::Resource`].
    pub scope: String,
    /// See [`crate::model::Resource`].
    pub kind: Kind,
    /// See [`crate::model::Resource`].
    pub id: String,
}

/// The first mention of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewStream {
    /// Its number, given by the store.
    pub no: StreamNo,
    /// The resource it speaks of.
    pub resource: ResourceNo,
    /// The facet.
    pub facet: Facet,
    /// Where inside the source it comes from.
    pub origin: String,
}

/// The first mention of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEntity {
    /// Its id, for ever.
    pub id: EntityId,
    /// What it is.
    pub kind: Kind,
    /// The ref under which it was first mentioned; entities that are only referenced have no other.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// A resource belongs to an entity. A later link without dates replaces all earlier ones of the resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The resource.
    pub resource: ResourceNo,
    /// The entity.
    pub entity: EntityId,
    /// The rule that found it: `ref`, `rename`, `annotation`, `guessed`, `person`.
    pub rule: String,
    /// First instant of a dated link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// First instant after a dated link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
}

/// A body that begins to hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// The stream.
    pub stream: StreamNo,
    /// Since when it holds: the commit's instant if observed, the source's own time if backfilled.
    pub at: Instant,
    /// Canonical JSON, or nothing if the source no longer says anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
    /// Where a person can check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// The first record of its source or a restatement: what differs became known here, it did not change here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seam: bool,
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.stream == other.stream
            && self.at == other.at
            && self.body.as_ref().map(|body| body.get()) == other.body.as_ref().map(|body| body.get())
            && self.check == other.check
            && self.seam == other.seam
    }
}

/// An event as it is known from this commit on; see [`crate::model::Event`]. It replaces what was recorded of
/// (source of the resource, kind, id) before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// What it happened to.
    pub resource: ResourceNo,
    /// What kind of thing.
    pub kind: EventKind,
    /// Unique among the events of this kind in the source.
    pub id: String,
    /// When it began.
    pub at: Instant,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Instant>,
    /// Its life, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Step>,
    /// Fields without history.
    pub body: Body,
    /// Where a person can look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// An ended day, closed: no observed statement of it ever changes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The day.
    pub day: Day,
    /// The zone in which it is a day.
    pub zone: Zone,
    /// First instant.
    pub from: Instant,
    /// First instant after.
    pub to: Instant,
    /// No commit was recorded in it; its snapshot is that of the day before.
    pub carried: bool,
}

/// Everything backfilled for (source, scope) from `from` on is withdrawn: its history was rewritten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The source.
    pub source: String,
    /// The scope.
    pub scope: String,
}

/// A stretch of the past that a backfill has delivered in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// The source.
    pub source: String,
    /// The scope.
    pub scope: String,
    /// First instant.
    pub from: Instant,
    /// First instant after.
    pub to: Instant,
}

/// A record of a kind that the store keeps but does not interpret: cursors, tokens, audit, sent reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The kind: `memory`, `token`, `audit`, `report`.
    pub kind: String,
    /// The key within the kind; the newest note of a key is its current value.
    pub key: String,
    /// The content; null removes it.
    pub value: Value,
}

/// One atomic addition to the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// Given by the store.
    pub number: CommitNumber,
    /// When it was recorded. Strictly increasing.
    pub at: Instant,
    /// The layer of its versions.
    pub layer: Layer,
    /// Resources mentioned for the first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<NewResource>,
    /// Streams mentioned for the first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<NewStream>,
    /// Entities mentioned for the first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<NewEntity>,
    /// Links that hold from now on, for the resource's whole past unless dated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Backfilled layers that are withdrawn before `versions` are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<Replacement>,
    /// Bodies that begin to hold, sorted by (stream, at).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// What happened, or more of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventRecord>,
    /// Stretches of the past delivered by this commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<Filled>,
    /// The run that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// The policy from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Days that are closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seals: Vec<Seal>,
    /// Other records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl Commit {
    /// An empty commit of this layer; the store gives it its number and instant.
    #[must_use]
    pub const fn new(layer: Layer) -> Self {
        Self {
            number: 0,
            at: Instant::MIN,
            layer,
            resources: Vec::new(),
            streams: Vec::new(),
            entities: Vec::new(),
            links: Vec::new(),
            replaces: Vec::new(),
            versions: Vec::new(),
            events: Vec::new(),
            filled: Vec::new(),
            run: None,
            policy: None,
            seals: Vec::new(),
            notes: Vec::new(),
        }
    }
}
