//! The record of one collection: what was read, how completely, what went wrong.

use serde::{Deserialize, Serialize};

use crate::model::{Instant, Kind};

/// How much of a (scope, kind) a run read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// All of it: what was not stated is absent.
    Full,
    /// Some of it: what was not stated was perhaps not read.
    Partial,
    /// The source says that nothing changed since the last full reading: everything is confirmed.
    Unchanged,
}

/// What a run read of one (scope, kind).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// The part of the source.
    pub scope: String,
    /// The kind of resource, or every kind in the scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// How completely.
    pub reading: Reading,
    /// How many the source itself counts, where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u64>,
    /// Direct evidence for absence, such as the commit whose tree was read. With it one full reading ends
    /// what is missing; without it two are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// Something that was refused or could not be read; the rest of the run went on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// The scope in which it was met.
    pub scope: String,
    /// The file or resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What was found and what was expected.
    pub message: String,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything that was meant to be read was read.
    Succeeded,
    /// Some scopes could not be read; what was read is kept.
    Partial,
    /// Nothing could be read.
    Failed,
    /// Stopped at its time limit; what was read is kept as partial.
    TimedOut,
    /// A defect in the collector; what was read is discarded.
    Panicked,
    /// The process was asked to stop.
    Cancelled,
}

/// Why a run started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// Its time had come.
    Schedule,
    /// Its time came while spot was not running.
    CatchUp,
    /// A person asked.
    Manual,
    /// Filling in the past.
    Backfill,
    /// Others pushed something.
    Push,
}

/// One execution of a collector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The source's name in the configuration.
    pub source: String,
    /// Why it ran.
    pub trigger: Trigger,
    /// When it began to read.
    pub started: Instant,
    /// When it had read everything; what it read is confirmed up to here.
    pub ended: Instant,
    /// How it ended.
    pub outcome: Outcome,
    /// The source's interval at that time, in seconds: a fact is stale when last confirmed over two of them ago.
    pub interval_seconds: u64,
    /// What was read how completely. Cut to those that failed plus a count is never done: staleness needs them all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extents: Vec<Extent>,
    /// Statements read.
    pub statements: u64,
    /// Versions written because something differed.
    pub written: u64,
    /// Requests made or objects opened, as the collector counts them.
    pub requests: u64,
    /// All problems, of which `problems` keeps the first thousand.
    pub problem_count: u64,
    /// The first thousand problems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// Resources that are missing but held by the brake or by the rule of two full harvests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// The kind of the notes that hold what ended by a person's word, as `source/id`, and when.
pub const CONFIRMED: &str = "confirmed";

/// A resource that its source no longer states and that is still counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The resource's id within the source.
    pub resource: String,
    /// The end of the run that missed it first.
    pub since: Instant,
    /// Held by the brake: needs the source's own count a day later, or a person.
    pub braked: bool,
}
