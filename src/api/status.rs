//! The store's days and the state of its sources.

use std::sync::Arc;

use async_graphql::{Object, Result, SimpleObject};

use crate::api::error::from_query;
use crate::api::present::Present;
use crate::api::scalar::{Date, DateTime, Kind, Outcome, Trigger};
use crate::model;
use crate::query::status::{Progress, SourceStatus};
use crate::query::{page, status};
use crate::store::view::SnapshotDay;

/// A day as it is kept.
#[derive(Clone)]
pub struct Snapshot {
    present: Arc<Present>,
    day: SnapshotDay,
}

/// A day as it is kept.
#[Object]
impl Snapshot {
    /// The day, in the zone that was in force.
    async fn day(&self) -> Date {
        Date(self.day.day)
    }

    /// Something was observed on it.
    async fn observed(&self) -> bool {
        self.day.observed
    }

    /// Something was reconstructed for it from a source's own history.
    async fn backfilled(&self) -> bool {
        self.day.backfilled
    }

    /// Nothing was recorded on it: its snapshot is that of the day before.
    async fn carried(&self) -> bool {
        self.day.seal.as_ref().is_some_and(|seal| seal.carried)
    }

    /// The day has ended and is closed; what was observed on it never changes again.
    async fn sealed(&self) -> bool {
        self.day.seal.is_some()
    }

    /// The zone in which the day was sealed.
    async fn zone(&self) -> String {
        self.day.seal.as_ref().map_or_else(|| self.present.lens.view().zone(), |seal| seal.zone.clone()).to_string()
    }

    /// Its first instant.
    async fn from(&self) -> DateTime {
        DateTime(self.bounds().0)
    }

    /// The first instant after it.
    async fn to(&self) -> DateTime {
        DateTime(self.bounds().1)
    }

    /// Changes on it.
    async fn changes(&self) -> String {
        self.day.changes.to_string()
    }

    /// How many entities of a kind there were at its end.
    async fn count(&self, kind: Kind) -> Result<usize> {
        let at = self.bounds().1.plus_micros(-1).min(self.present.now);
        self.present.budget.charge(1)?;
        page::count(&self.present.lens, kind.into(), &page::Filter::default(), at).map_err(from_query)
    }
}

impl Snapshot {
    fn bounds(&self) -> (model::Instant, model::Instant) {
        match &self.day.seal {
            Some(seal) => (seal.from, seal.to),
            None => {
                let zone = self.present.lens.view().zone();
                (zone.start_of(self.day.day), zone.end_of(self.day.day))
            }
        }
    }
}

pub(crate) fn snapshots(present: &Arc<Present>, from: Option<Date>, to: Option<Date>) -> Result<Vec<Snapshot>> {
    let view = present.lens.view();
    let zone = view.zone();
    let today = zone.day_of(present.now);
    let Some(earliest) = present.lens.earliest().map_err(from_query)? else { return Ok(Vec::new()) };
    let from = from.map_or_else(|| zone.day_of(earliest), |Date(day)| day);
    let to = to.map_or(today, |Date(day)| day.min(today));
    if from > to {
        return Ok(Vec::new());
    }
    let days = status::snapshots(&present.lens, from, to).map_err(from_query)?;
    present.budget.charge(days.len())?;
    Ok(days.into_iter().map(|day| Snapshot { present: Arc::clone(present), day }).collect())
}

/// A source, what it did last, and what it does next.
#[derive(Clone)]
pub struct CollectorStatus(SourceStatus);

/// A source, what it did last, and what it does next.
#[Object]
impl CollectorStatus {
    /// The source's name in the configuration.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// The kind of collector; null if the source is not configured any more.
    async fn collector(&self) -> Option<&str> {
        self.0.activity.as_ref().map(|activity| activity.collector.as_str())
    }

    /// It stands in the configuration. One that does not goes stale until it is retired.
    async fn configured(&self) -> bool {
        self.0.activity.is_some()
    }

    /// Its newest run.
    async fn last_run(&self) -> Option<Run> {
        self.0.last_run.clone().map(Run)
    }

    /// Its newest run that read everything.
    async fn last_success(&self) -> Option<Run> {
        self.0.last_success.clone().map(Run)
    }

    /// When it runs next, by its schedule.
    async fn next_run(&self) -> Option<DateTime> {
        self.0.activity.as_ref()?.next_run.map(DateTime)
    }

    /// Seconds between its runs.
    async fn interval_seconds(&self) -> Option<u64> {
        self.0.activity.as_ref().map(|activity| activity.interval_seconds)
    }

    /// What it is doing now.
    async fn running(&self) -> Option<CollectionProgress> {
        let activity = self.0.activity.as_ref()?;
        activity.running.as_ref().map(|progress| CollectionProgress::new(&activity.source, progress))
    }

    /// No run for more than two intervals.
    async fn late(&self) -> bool {
        self.0.late
    }
}

/// How far a run has come.
#[derive(SimpleObject, Clone, PartialEq, Eq)]
pub struct CollectionProgress {
    /// The source's name in the configuration.
    pub source: String,
    /// When the run began; null if the source is not being read.
    pub started: Option<String>,
    /// It fills in the past.
    pub backfill: bool,
    /// What is being read.
    pub scope: String,
    /// Units done.
    pub done: u64,
    /// Units in all, as far as known.
    pub total: u64,
}

impl CollectionProgress {
    pub(crate) fn new(source: &str, progress: &Progress) -> Self {
        Self {
            source: source.to_owned(),
            started: Some(progress.started.to_string()),
            backfill: progress.backfill,
            scope: progress.scope.clone(),
            done: progress.done,
            total: progress.total,
        }
    }

    /// The source has stopped being read.
    pub(crate) fn idle(source: &str) -> Self {
        Self { source: source.to_owned(), started: None, backfill: false, scope: String::new(), done: 0, total: 0 }
    }
}

/// One execution of a collector.
#[derive(Clone)]
pub struct Run(Arc<model::Run>);

/// One execution of a collector.
#[Object]
impl Run {
    /// Why it ran.
    async fn trigger(&self) -> Trigger {
        self.0.trigger.into()
    }

    /// When it began to read.
    async fn started(&self) -> DateTime {
        DateTime(self.0.started)
    }

    /// When it had read everything.
    async fn ended(&self) -> DateTime {
        DateTime(self.0.ended)
    }

    /// How long it took, in seconds.
    async fn duration_seconds(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a run is far shorter than 2^52 microseconds")]
        let micros = (self.0.ended.micros() - self.0.started.micros()) as f64;
        micros / 1e6
    }

    /// How it ended.
    async fn outcome(&self) -> Outcome {
        self.0.outcome.into()
    }

    /// Statements read.
    async fn statements(&self) -> u64 {
        self.0.statements
    }

    /// Versions written because something differed.
    async fn written(&self) -> u64 {
        self.0.written
    }

    /// Requests made or objects opened.
    async fn requests(&self) -> u64 {
        self.0.requests
    }

    /// What was refused or could not be read, in all.
    async fn problem_count(&self) -> u64 {
        self.0.problem_count
    }

    /// What was refused or could not be read: the first of them, a thousand at most.
    async fn problems(&self, #[graphql(default = 100)] first: usize) -> Vec<Problem> {
        self.0.problems.iter().take(first).map(Problem::from).collect()
    }

    /// What the source no longer states and is still counted.
    async fn missing(&self) -> Vec<Missing> {
        let missing = self.0.missing.iter();
        missing
            .map(|missing| Missing { resource: missing.resource.clone(), since: DateTime(missing.since), braked: missing.braked })
            .collect()
    }

    /// Share of what the source itself counts that was read, from 0 to 1; null where it does not count.
    async fn completeness(&self) -> Option<f64> {
        completeness(&self.0)
    }
}

/// Read scopes over counted ones, where the source counts. Statements are not counted per extent, so an extent
/// that was read in full counts as complete and one that was not counts as missing.
fn completeness(run: &model::Run) -> Option<f64> {
    let counted: Vec<(u64, bool)> =
        run.extents.iter().filter_map(|extent| Some((extent.counted?, extent.reading != model::Reading::Partial))).collect();
    let all: u64 = counted.iter().map(|(count, _)| count).sum();
    let read: u64 = counted.iter().filter(|(_, full)| *full).map(|(count, _)| count).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let share = (all > 0).then(|| read as f64 / all as f64);
    share
}

/// Something that was refused or could not be read; the rest of the run went on.
#[derive(SimpleObject, Clone)]
pub struct Problem {
    /// The part of the source in which it was met.
    pub scope: String,
    /// The file or resource.
    pub path: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// What was found and what was expected.
    pub message: String,
}

impl From<&model::Problem> for Problem {
    fn from(problem: &model::Problem) -> Self {
        Self { scope: problem.scope.clone(), path: problem.path.clone(), line: problem.line, message: problem.message.clone() }
    }
}

/// A thing that its source no longer states and that is still counted.
#[derive(SimpleObject, Clone)]
pub struct Missing {
    /// What the source called it.
    pub resource: String,
    /// The end of the run that missed it first.
    pub since: DateTime,
    /// Held by the brake: too many are missing at once; needs the source's own count a day later, or a person.
    pub braked: bool,
}

pub(crate) fn collectors(present: &Present) -> Result<Vec<CollectorStatus>> {
    let found = status::sources(&present.lens, &present.activities, present.now).map_err(from_query)?;
    Ok(found.into_iter().map(CollectorStatus).collect())
}
