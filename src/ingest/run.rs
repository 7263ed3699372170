//! One run: collect, decide what to keep, commit, and leave a record, whatever happened.
//!
//! # Invariants
//! - Every run leaves a record in the store, failed ones too.
//! - What was read before a failure or a time limit is kept; only a defect in the collector discards it.
//! - The first harvest of a source is committed scope by scope, so that a first answer does not wait for the last scope.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use parking_lot::Mutex;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::collect::{Collector, Item, Sink, Summary};
use crate::ingest::commits::{LATELY_SECONDS, Read, Reader};
use crate::ingest::keep::{
    Confirmed, Harvest, Kept, PastStatement, Stage, Stretch, Told, keep, keep_past, last_missing, memory, note_problem,
};
use crate::ingest::link::link;
use crate::ingest::schedule::{Clock, History};
use crate::ingest::seal::seal_ended_days;
use crate::ingest::supervise::{LostRun, RunBody, RunReport, RunRequest, StopReason};
use crate::model::event::TELLS;
use crate::model::run::{Outcome, Reading, Trigger};
use crate::model::{Event, EventKind, Instant, Layer, Policy, Problem, Run};
use crate::store::{Error, Store, View};

/// The stretch of the past that a source is asked for, given now; none for sources that only look at today.
pub type BackfillRange = Arc<dyn Fn(&str, Instant) -> Option<Range<Instant>> + Send + Sync>;

/// What runs need.
#[derive(Clone)]
pub struct Ingest {
    /// Where everything is kept.
    pub store: Arc<Store>,
    /// Tells the time.
    pub clock: Clock,
    /// The collectors by source.
    pub collectors: Arc<Vec<Arc<dyn Collector>>>,
    /// How far back a backfill goes, by source.
    pub backfill: BackfillRange,
    /// Resources were linked since the start, by the rules as they are configured now.
    has_linked: Arc<AtomicBool>,
    /// Reads what deployments brought.
    commits: Arc<Reader>,
    /// Something was deployed since that was last read.
    has_arrived: Arc<AtomicBool>,
    /// Held by source while a run, or what a watch noticed, is read and committed.
    turns: Arc<Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>>,
}

/// Items waiting between a collector and the writer.
const CAPACITY: usize = 256;

/// Statements after which a harvest is committed although more is to come, so that a first answer is there early and
/// memory does not grow with the source.
const BATCH: usize = 400;

/// Events after which it is.
const EVENT_BATCH: usize = 5_000;

/// The same for the past, which is written the faster the more comes at once: entities are replayed as a whole.
const PAST_BATCH: usize = 1_000;

/// Stretches of the past that are committed together at most, as many of them say nothing.
const STRETCHES: usize = 256;

impl Ingest {
    /// What runs need.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Clock, collectors: Vec<Arc<dyn Collector>>, backfill: BackfillRange) -> Self {
        let commits = Arc::new(Reader::of(&collectors));
        let (has_linked, turns, has_arrived) = (Arc::default(), Arc::default(), Arc::new(AtomicBool::new(true)));
        Self { store, clock, collectors: Arc::new(collectors), backfill, has_linked, commits, has_arrived, turns }
    }

    /// The same with other collectors.
    #[must_use]
    pub fn with(&self, collectors: Vec<Arc<dyn Collector>>) -> Self {
        Self { commits: Arc::new(Reader::of(&collectors)), collectors: Arc::new(collectors), ..self.clone() }
    }

    /// Records the policy and what sources tell of if they differ from what is in force, and seals days that ended while spot was not running.
    ///
    /// # Errors
    /// [`Error`] of the store.
    pub fn prepare(&self, policy: &Policy) -> Result<(), Error> {
        let now = (self.clock)();
        seal_ended_days(&self.store, now)?;
        let mut transaction = self.store.begin(Layer::Observed)?;
        transaction.put_policy(policy);
        for collector in self.collectors.iter().filter(|collector| !collector.tells().is_empty()) {
            let words: Value = collector.tells().iter().map(|kind| kind.word()).collect();
            if transaction.note(TELLS, collector.source()).as_ref() != Some(&words) {
                transaction.put_note(TELLS, collector.source(), words);
            }
        }
        if !transaction.is_empty() {
            transaction.commit(now)?;
        }
        Ok(())
    }

    /// The body that a [`crate::ingest::supervise::Supervisor`] runs.
    #[must_use]
    pub fn body(&self) -> RunBody {
        let ingest = self.clone();
        Arc::new(move |request| {
            let ingest = ingest.clone();
            Box::pin(async move { ingest.run(request).await })
        })
    }

    /// One run of one source.
    pub async fn run(&self, request: RunRequest) -> RunReport {
        let Some(collector) = self.collectors.iter().find(|collector| collector.source() == request.source).cloned() else {
            return RunReport { outcome: Outcome::Failed, message: Some(format!("{} is not configured", request.source)), run: None };
        };
        let store = Arc::clone(&self.store);
        let now = (self.clock)();
        let sealed = tokio::task::spawn_blocking(move || seal_ended_days(&store, now)).await;
        match sealed {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return failed(&error),
            Err(error) => return RunReport { outcome: Outcome::Panicked, message: Some(error.to_string()), run: None },
        }
        if request.trigger == Trigger::Backfill {
            return self.fill(&request, collector).await;
        }
        let turn = self.turn(&request.source);
        let _turn = turn.lock().await;
        self.collect(&request, collector).await
    }

    fn turn(&self, source: &str) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.turns.lock().entry(source.to_owned()).or_default())
    }

    /// Lets every collector that can watch its source do so until `cancel`, and commits what they notice, at most once
    /// `every` so often.
    pub async fn watch(&self, every: Duration, cancel: CancellationToken) {
        let watching = self.collectors.iter().filter(|collector| collector.watches()).map(|collector| {
            let cancel = cancel.clone();
            async move {
                let committing = async {
                    let mut ticks = tokio::time::interval(every);
                    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                    loop {
                        tokio::select! {
                            _ = ticks.tick() => {}
                            () = cancel.cancelled() => return,
                        }
                        if let Err(error) = self.commit_changes(collector, &cancel).await {
                            error!(source = collector.source(), %error, "what a watch noticed could not be kept; the next run tells it again");
                        }
                    }
                };
                // A defect of one watch is its own: runs go on.
                let followed = AssertUnwindSafe(collector.watch(&cancel)).catch_unwind();
                let following = async {
                    if followed.await.is_err() {
                        error!(source = collector.source(), "watching gave up by a defect; runs go on");
                    }
                };
                futures::join!(committing, following);
            }
        });
        futures::future::join_all(watching).await;
    }

    /// Commits what the watch of a source noticed since its last run or since this was last asked. There is no record of a
    /// run: what was confirmed when is told by runs. Returns how many versions were written; none if a run goes on, which
    /// tells all of it.
    ///
    /// # Errors
    /// [`Error`] of the store; the next run tells what is lost here.
    pub async fn commit_changes(&self, collector: &Arc<dyn Collector>, cancel: &CancellationToken) -> Result<u64, Error> {
        let turn = self.turn(collector.source());
        let Ok(_turn) = turn.try_lock() else { return Ok(0) };
        let now = (self.clock)();
        let (sink, mut items) = Sink::new(CAPACITY, cancel.clone());
        let telling = async {
            collector.changed(now, &sink).await;
            drop(sink);
        };
        let mut harvest = Harvest::default();
        let taking = async {
            while let Some(item) = items.recv().await {
                match item {
                    Item::Statement(statement) => harvest.statements.push(statement),
                    Item::Event(event) => {
                        self.note_arrival(&event);
                        harvest.events.push(event);
                    }
                    Item::Hints { resource, hints } => harvest.hints.push((resource, hints)),
                    Item::Remember { key, value } => harvest.remember.push((key, value)),
                    _ => warn!(source = collector.source(), "a watch told of something that only a run may tell; ignored"),
                }
            }
        };
        futures::join!(telling, taking);
        if harvest.statements.is_empty() && harvest.events.is_empty() && harvest.remember.is_empty() {
            return Ok(0);
        }
        let (store, clock, source) = (Arc::clone(&self.store), Arc::clone(&self.clock), collector.source().to_owned());
        let kept = tokio::task::spawn_blocking(move || {
            seal_ended_days(&store, clock())?;
            let mut run = empty_run(&source, Trigger::Schedule, now, 0);
            keep(&store, harvest, &mut run, Stage { first: false, last: false }, clock())
        });
        let kept = kept.await.unwrap_or_else(|error| Err(Error::ReadOnly(format!("a commit gave up: {error}"))))?;
        if kept.names {
            self.link().await;
        }
        info!(source = collector.source(), statements = kept.statements, written = kept.written, "kept what was noticed");
        Ok(kept.written)
    }

    async fn collect(&self, request: &RunRequest, collector: Arc<dyn Collector>) -> RunReport {
        let view = self.store.view();
        let mut run = self.record(request, &view);
        let first = run.missing.is_empty() && view.runs(&request.source, Instant::MAX, 1).is_ok_and(|runs| runs.is_empty());
        let remembered = memory(&view, &request.source);
        drop(view);
        let (sink, mut items) = Sink::new(CAPACITY, request.cancel.clone());
        let started = request.started;
        let task = tokio::spawn(async move { collector.collect(started, &remembered, &sink).await });
        let mut harvest = Harvest::default();
        let mut names = false;
        while let Some(item) = items.recv().await {
            let mut is_due = false;
            match item {
                Item::Statement(statement) => harvest.statements.push(statement),
                Item::Unchanged(resource) => harvest.unchanged.push(resource),
                Item::Renamed { from, to, evidence } => harvest.renames.push((from, to, evidence)),
                Item::Extent(extent) => {
                    is_due = extent.reading == Reading::Full && harvest.statements.len() >= BATCH;
                    harvest.extents.push(extent);
                }
                Item::Event(event) => {
                    self.note_arrival(&event);
                    harvest.events.push(event);
                    is_due = harvest.events.len() >= EVENT_BATCH;
                }
                Item::Hints { resource, hints } => harvest.hints.push((resource, hints)),
                Item::Problem(problem) => note_problem(&mut run, problem),
                Item::Remember { key, value } => harvest.remember.push((key, value)),
                Item::Progress { scope, done, total } => request.report_progress(&scope, done, total),
                Item::Past { .. } | Item::Filled { .. } => {
                    warn!(source = request.source, "the collector told of the past when it was asked for the present; ignored");
                }
            }
            if is_due {
                let stage = Stage { first, last: false };
                match self.commit(request, std::mem::take(&mut harvest), run, stage).await {
                    Ok((after, kept)) => {
                        run = after;
                        names |= kept.names;
                        harvest.so_far = kept.so_far;
                    }
                    Err(error) => return failed(&error),
                }
            }
        }
        let summary = match task.await {
            Ok(summary) => summary,
            Err(error) => return self.panicked(request, run, &error.to_string()).await,
        };
        run.requests = summary.requests;
        let read = run.statements + harvest.statements.len() as u64;
        run.outcome =
            outcome(request, &summary, read, harvest.extents.iter().chain(&run.extents).any(|extent| extent.reading == Reading::Partial));
        let message = summary.failure.clone();
        if let Some(failure) = summary.failure {
            note_problem(&mut run, Problem { scope: request.source.clone(), path: None, line: None, message: failure });
        }
        match self.commit(request, harvest, run, Stage { first, last: true }).await {
            Ok((run, kept)) => {
                if names || kept.names || !self.has_linked.load(Ordering::Relaxed) {
                    self.link().await;
                }
                if self.has_arrived.swap(false, Ordering::Relaxed) {
                    self.read_commits((self.clock)().plus_seconds(-LATELY_SECONDS), request).await;
                }
                info!(source = request.source, outcome = ?run.outcome, statements = run.statements, written = run.written, problems = run.problem_count, "collected");
                RunReport { outcome: run.outcome, message, run: Some(run) }
            }
            Err(error) => failed(&error),
        }
    }

    async fn commit(&self, request: &RunRequest, harvest: Harvest, mut run: Run, stage: Stage) -> Result<(Run, Kept), Error> {
        let guard = request.begin_commit().await;
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        tokio::task::spawn_blocking(move || {
            let kept = keep(&store, harvest, &mut run, stage, clock());
            drop(guard);
            kept.map(|kept| (run, kept))
        })
        .await
        .unwrap_or_else(|error| Err(Error::ReadOnly(format!("a commit gave up: {error}"))))
    }

    /// Ties what claims no ref to entities. What cannot be linked now may be after another source's next run.
    async fn link(&self) {
        let linked: Vec<_> = self.collectors.iter().filter_map(|it| Some((it.source().to_owned(), it.linking()?))).collect();
        if linked.is_empty() {
            return;
        }
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        let done = tokio::task::spawn_blocking(move || -> Result<(), Error> {
            for (source, linking) in linked {
                let done = link(&store, &source, &linking, clock())?;
                if done.linked > 0 || done.unlinked > 0 {
                    info!(source, linked = done.linked, unlinked = done.unlinked, "linked");
                }
            }
            Ok(())
        });
        match done.await {
            Ok(Ok(())) => self.has_linked.store(true, Ordering::Relaxed),
            Ok(Err(error)) => error!(%error, "links could not be made"),
            Err(error) => error!(%error, "linking gave up by a defect"),
        }
    }

    fn note_arrival(&self, event: &Event) {
        self.has_arrived.fetch_or(brings_something(event), Ordering::Relaxed);
    }

    /// Reads which commits the deployments since an instant brought.
    async fn read_commits(&self, since: Instant, request: &RunRequest) {
        let (store, commits, now, cancel) = (Arc::clone(&self.store), Arc::clone(&self.commits), (self.clock)(), request.cancel.clone());
        let done = tokio::task::spawn_blocking(move || commits.read(&store, since, now, || cancel.is_cancelled()));
        match done.await {
            Ok(Ok(read)) if read == Read::default() => {}
            Ok(Ok(Read { known, unknown, requests })) => info!(known, unknown, requests, "read what deployments brought"),
            Ok(Err(error)) => error!(%error, "what deployments brought could not be kept"),
            Err(error) => error!(%error, "reading what deployments brought gave up by a defect"),
        }
    }

    async fn fill(&self, request: &RunRequest, collector: Arc<dyn Collector>) -> RunReport {
        let now = (self.clock)();
        let Some(range) = (self.backfill)(&request.source, now) else {
            return RunReport {
                outcome: Outcome::Succeeded,
                message: Some(format!("{} has no past to fill in", request.source)),
                run: None,
            };
        };
        let view = self.store.view();
        let mut run = self.record(request, &view);
        run.missing.clear();
        let remembered = memory(&view, &request.source);
        // No other run of the source goes on beside this one.
        let confirmed = match Confirmed::read(&view, &request.source) {
            Ok(confirmed) => Arc::new(confirmed),
            Err(error) => return failed(&error),
        };
        drop(view);
        let (sink, mut items) = Sink::new(CAPACITY, request.cancel.clone());
        let (begin, mut has_news) = (range.start, collector.contents().is_some());
        let task = tokio::spawn(async move { collector.backfill(range, &remembered, &sink).await });
        let mut told = Told::default();
        let mut stretches: Vec<Stretch> = Vec::new();
        while let Some(item) = items.recv().await {
            match item {
                Item::Past { at, seam, statement } => {
                    run.statements += 1;
                    told.past.push(PastStatement { at, seam, statement });
                }
                Item::Renamed { from, to, evidence } => told.renames.push((from, to, evidence)),
                Item::Event(event) => {
                    has_news |= brings_something(&event);
                    told.events.push(event);
                }
                Item::Hints { resource, hints } => told.hints.push((resource, hints)),
                Item::Remember { key, value } => told.remember.push((key, value)),
                Item::Filled { scope, range, replace } => {
                    stretches.push(Stretch { scope, range, replace, told: std::mem::take(&mut told) });
                    let told = |stretch: &Stretch| stretch.told.past.len() + stretch.told.events.len();
                    if stretches.len() >= STRETCHES || stretches.iter().map(told).sum::<usize>() >= PAST_BATCH {
                        match self.commit_past(request, &confirmed, std::mem::take(&mut stretches)).await {
                            Ok(written) => run.written += written,
                            Err(error) => return failed(&error),
                        }
                    }
                }
                Item::Problem(problem) => note_problem(&mut run, problem),
                Item::Progress { scope, done, total } => request.report_progress(&scope, done, total),
                Item::Statement(_) | Item::Unchanged(_) | Item::Extent(_) => {
                    warn!(source = request.source, "the collector told of the present when it was asked for the past; ignored");
                }
            }
        }
        let summary = match task.await {
            Ok(summary) => summary,
            Err(error) => return self.panicked(request, run, &error.to_string()).await,
        };
        match self.commit_past(request, &confirmed, stretches).await {
            Ok(written) => run.written += written,
            Err(error) => return failed(&error),
        }
        run.requests = summary.requests;
        run.outcome = outcome(request, &summary, run.statements, false);
        let message = summary.failure.clone();
        if let Some(failure) = summary.failure {
            note_problem(&mut run, Problem { scope: request.source.clone(), path: None, line: None, message: failure });
        }
        // What came after the last complete stretch is not committed; what the collector remembers of it neither.
        let harvest = Harvest { remember: told.remember, ..Harvest::default() };
        match self.commit(request, harvest, run, Stage { first: false, last: true }).await {
            Ok((run, _)) => {
                if has_news {
                    self.read_commits(begin, request).await;
                }
                info!(source = request.source, outcome = ?run.outcome, statements = run.statements, written = run.written, "backfilled");
                RunReport { outcome: run.outcome, message, run: Some(run) }
            }
            Err(error) => failed(&error),
        }
    }

    async fn commit_past(&self, request: &RunRequest, confirmed: &Arc<Confirmed>, stretches: Vec<Stretch>) -> Result<u64, Error> {
        if stretches.is_empty() {
            return Ok(0);
        }
        let guard = request.begin_commit().await;
        let (store, clock, source, confirmed) =
            (Arc::clone(&self.store), Arc::clone(&self.clock), request.source.clone(), Arc::clone(confirmed));
        tokio::task::spawn_blocking(move || {
            let kept = keep_past(&store, &source, &confirmed, stretches, clock());
            drop(guard);
            kept
        })
        .await
        .unwrap_or_else(|error| Err(Error::ReadOnly(format!("a commit gave up: {error}"))))
    }

    fn record(&self, request: &RunRequest, view: &View) -> Run {
        let missing = last_missing(view, &request.source);
        Run { missing, ..empty_run(&request.source, request.trigger, request.started, request.interval_seconds) }
    }

    /// A defect in the collector: what it read is discarded, what was missing before stays so.
    async fn panicked(&self, request: &RunRequest, mut run: Run, what: &str) -> RunReport {
        error!(source = request.source, what, "the collector gave up by a defect");
        run.outcome = Outcome::Panicked;
        note_problem(
            &mut run,
            Problem {
                scope: request.source.clone(),
                path: None,
                line: None,
                message: format!("the collector gave up by a defect: {what}"),
            },
        );
        let committed = self.commit(request, Harvest::default(), run, Stage { first: false, last: true }).await;
        RunReport { outcome: Outcome::Panicked, message: Some(what.to_owned()), run: committed.ok().map(|(run, _)| run) }
    }

    /// Notes a run whose body could not report itself.
    pub async fn record_lost(&self, lost: LostRun) {
        let run = Run {
            ended: lost.ended,
            outcome: lost.report.outcome,
            problem_count: 1,
            problems: vec![Problem {
                scope: lost.source.clone(),
                path: None,
                line: None,
                message: lost.report.message.unwrap_or_else(|| "the run was given up".to_owned()),
            }],
            ..empty_run(&lost.source, lost.trigger, lost.started, lost.interval_seconds)
        };
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        let noted = tokio::task::spawn_blocking(move || {
            let mut run = run;
            let view = store.view();
            let last = view.runs(&run.source, Instant::MAX, 64)?.into_iter().find(|run| run.trigger != Trigger::Backfill);
            run.missing = last.map(|run| run.missing.clone()).unwrap_or_default();
            keep(&store, Harvest::default(), &mut run, Stage { first: false, last: true }, clock())
        })
        .await;
        if let Ok(Err(error)) = noted {
            error!(%error, "a lost run could not be noted");
        }
    }

    /// What the run log knows of a source, for the scheduler.
    #[must_use]
    pub fn history(&self, source: &str, first_seen: Instant) -> History {
        let mut history = History::new(first_seen);
        let runs = self.store.view().runs(source, Instant::MAX, 64).unwrap_or_default();
        for run in runs.iter().rev() {
            history.note(run.trigger, run.started, run.outcome);
        }
        history
    }
}

const fn brings_something(event: &Event) -> bool {
    matches!(event.kind, EventKind::Deployment | EventKind::Rollout)
}

/// The usual time limit of a run.
pub const TIME_LIMIT: Duration = Duration::from_secs(3600);

/// A run that has read nothing yet.
fn empty_run(source: &str, trigger: Trigger, started: Instant, interval_seconds: u64) -> Run {
    Run {
        source: source.to_owned(),
        trigger,
        started,
        ended: started,
        outcome: Outcome::Succeeded,
        interval_seconds,
        extents: Vec::new(),
        statements: 0,
        written: 0,
        requests: 0,
        problem_count: 0,
        problems: Vec::new(),
        missing: Vec::new(),
    }
}

fn outcome(request: &RunRequest, summary: &Summary, read: u64, partial: bool) -> Outcome {
    match request.stop_reason() {
        Some(StopReason::TimeLimit) => Outcome::TimedOut,
        Some(StopReason::Shutdown | StopReason::Requested) => Outcome::Cancelled,
        None if summary.failure.is_some() && read == 0 => Outcome::Failed,
        None if summary.failure.is_some() || partial => Outcome::Partial,
        None => Outcome::Succeeded,
    }
}

fn failed(error: &Error) -> RunReport {
    error!(%error, "the run could not be kept");
    RunReport { outcome: Outcome::Failed, message: Some(error.to_string()), run: None }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use serde_json::json;

    use super::*;
    use crate::collect::{Descriptor, Memory};
    use crate::model::event::Step;
    use crate::model::{Event, EventKind, Facet, Kind, Resource, Statement};
    use crate::store::Options;

    const DESCRIPTOR: Descriptor = Descriptor { name: "watcher", title: "", kinds: &[Kind::Workload], backfills: false };

    /// Tells what it is given, once.
    #[derive(Default)]
    struct Watcher(Mutex<Vec<Item>>);

    #[async_trait]
    impl Collector for Watcher {
        fn source(&self) -> &str {
            "watcher"
        }

        fn descriptor(&self) -> &'static Descriptor {
            &DESCRIPTOR
        }

        async fn collect(&self, _now: Instant, _memory: &Memory, _sink: &Sink) -> Summary {
            Summary::default()
        }

        fn watches(&self) -> bool {
            true
        }

        async fn changed(&self, _now: Instant, sink: &Sink) {
            let items = std::mem::take(&mut *self.0.lock());
            for item in items {
                sink.put(item).await.expect("somebody listens");
            }
        }
    }

    fn resource() -> Arc<Resource> {
        Arc::new(Resource { id: "w".to_owned(), kind: Kind::Workload, scope: "eu-1".to_owned() })
    }

    fn states(facet: Facet, body: Value) -> Item {
        let body = body.as_object().cloned();
        Item::Statement(Statement { resource: resource(), origin: "deployments".to_owned(), facet, body, check: None })
    }

    #[tokio::test]
    async fn what_a_watch_notices_is_kept_without_a_record_of_a_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(&Options::new(folder.path())).expect("opens"));
        let clock: Clock = Arc::new(|| Instant::from_seconds(1_773_144_000));
        let watcher = Arc::new(Watcher::default());
        let collector: Arc<dyn Collector> = Arc::clone(&watcher) as Arc<dyn Collector>;
        let ingest = Ingest::new(Arc::clone(&store), clock, vec![Arc::clone(&collector)], Arc::new(|_, _| None));
        let cancel = CancellationToken::new();
        let noticed = async |items: Vec<Item>| {
            *watcher.0.lock() = items;
            ingest.commit_changes(&collector, &cancel).await.expect("kept")
        };
        let commits = || {
            let mut out = Vec::new();
            crate::store::export_to(&store, &mut out).expect("exported")
        };
        let general = || states(Facet::General, json!({ "ref": "workload:eu-1/payments/ledger" }));
        let facts = |version: &str, ready: u64| states(Facet::Kubernetes, json!({ "version": version, "ready": ready }));
        assert_eq!(noticed(vec![general(), facts("1", 1)]).await, 2);
        let first = commits();

        assert_eq!((noticed(vec![]).await, noticed(vec![general(), facts("1", 1)]).await), (0, 0));
        assert_eq!(noticed(vec![facts("1", 2)]).await, 0);
        assert_eq!(commits(), first, "pods come and go without a commit");
        let now = || {
            let view = store.view();
            let id = view.entities(Kind::Workload)[0];
            let statements = view.statements(id, Instant::from_seconds(1_773_144_001)).expect("statements");
            statements
                .into_iter()
                .find(|statement| statement.facet == Facet::Kubernetes)
                .map(|statement| Value::Object((*statement.body).clone()))
        };
        assert_eq!(now(), Some(json!({ "version": "1", "ready": 2 })), "and are shown all the same");

        let event = Event {
            kind: EventKind::Rollout,
            id: "w@2".to_owned(),
            resource: resource(),
            at: Instant::from_seconds(1_773_143_000),
            ended: None,
            history: vec![Step::state(Instant::from_seconds(1_773_143_000), "in_progress")],
            is_whole: false,
            body: serde_json::Map::new(),
            check: None,
        };
        assert_eq!(noticed(vec![facts("2", 2), Item::Event(event.clone())]).await, 2);
        assert_eq!(noticed(vec![Item::Event(event)]).await, 0);
        assert!(store.view().runs("watcher", Instant::MAX, 9).expect("runs").is_empty());

        let turn = ingest.turn("watcher");
        let run = turn.lock().await;
        assert_eq!(noticed(vec![facts("3", 3)]).await, 0, "a run goes on, which tells all of it");
        drop(run);
        assert_eq!(ingest.commit_changes(&collector, &cancel).await.expect("kept"), 1);
    }

    #[tokio::test]
    async fn a_watch_ends_when_it_is_told_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(&Options::new(folder.path())).expect("opens"));
        let collector: Arc<dyn Collector> = Arc::new(Watcher::default());
        let ingest = Ingest::new(store, Arc::new(|| Instant::from_seconds(1_773_144_000)), vec![collector], Arc::new(|_, _| None));
        let cancel = CancellationToken::new();
        cancel.cancel();
        ingest.watch(Duration::from_secs(60), cancel).await;
    }
}
