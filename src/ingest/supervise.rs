//! Runs collectors when they are due: one run at a time for each, within its time limit, until shutdown.
//!
//! # Invariants
//! - A collector has at most one run at a time; whoever asks for a second is told who runs, why and since when, and
//!   may join it.
//! - A defect stays in its run: a panic in a run, or in a tick, never stops another run or a later tick.
//! - A run is never discarded while it holds a [`CommitGuard`]: neither at its time limit nor at shutdown.
//! - Every run that began ends with a [`RunReport`], and what the run body could not report itself is handed to
//!   [`Config::record_lost`], so that the run log has no holes.
//! - tokio-cron-scheduler only ticks, in UTC; what is due is decided by [`crate::ingest::schedule`] alone.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::ingest::schedule::{Backoff, Clock, Due, History, Jitter, Schedule, due, elapsed, overdue_since};
use crate::model::run::{Outcome, Trigger};
use crate::model::{Instant, Run, Zone};

/// What a run does: collects, decides what to keep, commits, and says how it went.
pub type RunBody = Arc<dyn Fn(RunRequest) -> BoxFuture<'static, RunReport> + Send + Sync>;

/// Notes in the run log a run whose body ended without reporting: it panicked, was killed at its limit or discarded.
pub type RecordLost = Arc<dyn Fn(LostRun) -> BoxFuture<'static, ()> + Send + Sync>;

/// How long a run that was stopped, and holds no commit, has to return before it is discarded.
const DEFAULT_GRACE: Duration = Duration::from_secs(10);
/// See [`Config::patience`].
const DEFAULT_PATIENCE: Duration = Duration::from_secs(1);

/// One collector to run.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The source's name in the configuration.
    pub source: String,
    /// When it is collected; `None` if only on request.
    pub schedule: Option<Schedule>,
    /// How long a run may take before it is stopped.
    pub time_limit: Duration,
    /// The same for a backfill, which resumes where it was stopped. While it runs the collector does nothing else.
    pub backfill_limit: Duration,
    /// Its runs so far, from the run log.
    pub history: History,
}

/// What a [`Supervisor`] needs.
#[derive(Clone)]
pub struct Config {
    /// The zone of cron expressions.
    pub zone: Zone,
    /// Tells the time.
    pub clock: Clock,
    /// Spreads attempts after failures.
    pub jitter: Jitter,
    /// Waits after failures.
    pub backoff: Backoff,
    /// How long a run that was stopped has to return before it is discarded.
    pub grace: Duration,
    /// How long a discarded run is waited for at shutdown: only a body that blocks its thread takes longer. Also how long
    /// a run may take to report after a commit that was waited for.
    pub patience: Duration,
    /// What a run does.
    pub body: RunBody,
    /// Notes runs that could not report themselves; its own panics are logged and contained.
    pub record_lost: RecordLost,
}

impl Config {
    /// The usual waits; lost runs are noted by `record_lost`.
    #[must_use]
    pub fn new(zone: Zone, clock: Clock, jitter: Jitter, body: RunBody, record_lost: RecordLost) -> Self {
        Self { zone, clock, jitter, backoff: Backoff::default(), grace: DEFAULT_GRACE, patience: DEFAULT_PATIENCE, body, record_lost }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("zone", &self.zone)
            .field("backoff", &self.backoff)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

/// Why a run was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It reached its time limit: what was read is kept as partial.
    TimeLimit,
    /// The process ends.
    Shutdown,
    /// A person asked.
    Requested,
}

/// What a run body is handed.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The source's name in the configuration.
    pub source: String,
    /// Why it runs.
    pub trigger: Trigger,
    /// The earliest time that it makes up for; `started` if a person asked.
    pub scheduled: Instant,
    /// When it began.
    pub started: Instant,
    /// The source's interval in seconds, for [`Run::interval_seconds`]; 0 without a schedule.
    pub interval_seconds: u64,
    /// Cancelled when the run is to stop; hand it to the collector's sink.
    pub cancel: CancellationToken,
    stop: Arc<Mutex<Option<StopReason>>>,
    gate: Arc<tokio::sync::Mutex<()>>,
    progress: watch::Sender<States>,
}

impl RunRequest {
    /// Begins a section that shutdown and the time limit wait for. Take it just before a commit, drop it right after;
    /// it may be moved to the thread that writes. If the run is being discarded, this never returns.
    pub async fn begin_commit(&self) -> CommitGuard {
        CommitGuard(self.gate.clone().lock_owned().await)
    }

    /// Why the run is to stop, if it is.
    #[must_use]
    pub fn stop_reason(&self) -> Option<StopReason> {
        *self.stop.lock()
    }

    /// Tells how far the run has come.
    pub fn report_progress(&self, scope: &str, done: u64, total: u64) {
        let progress = Progress { scope: scope.to_owned(), done, total };
        change(&self.progress, &self.source, |state| {
            if let Some(running) = &mut state.running {
                running.progress = Some(progress);
            }
        });
    }
}

/// A commit in progress: while it is held, its run is not discarded.
#[derive(Debug)]
#[must_use = "the section ends when this is dropped"]
pub struct CommitGuard(#[expect(dead_code, reason = "held for its drop")] OwnedMutexGuard<()>);

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// In one word.
    pub outcome: Outcome,
    /// What went wrong, in a sentence.
    pub message: Option<String>,
    /// The record as committed, if it was.
    pub run: Option<Run>,
}

impl RunReport {
    /// Only the outcome.
    #[must_use]
    pub const fn new(outcome: Outcome) -> Self {
        Self { outcome, message: None, run: None }
    }

    fn lost(outcome: Outcome, message: String) -> Self {
        Self { outcome, message: Some(message), run: None }
    }
}

/// A run whose body ended without reporting.
#[derive(Clone, Debug)]
pub struct LostRun {
    /// The source's name in the configuration.
    pub source: String,
    /// Why it ran.
    pub trigger: Trigger,
    /// When it began.
    pub started: Instant,
    /// When it was given up.
    pub ended: Instant,
    /// The source's interval in seconds.
    pub interval_seconds: u64,
    /// How it ended.
    pub report: RunReport,
}

/// How far a run has come, as it last said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being read.
    pub scope: String,
    /// Units done.
    pub done: u64,
    /// Units in all, as far as known.
    pub total: u64,
}

/// A run in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Why it runs.
    pub trigger: Trigger,
    /// When it began.
    pub since: Instant,
    /// How late it began.
    pub late_by: Duration,
    /// How far it has come.
    pub progress: Option<Progress>,
}

/// The last run that ended in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// Why it ran.
    pub trigger: Trigger,
    /// When it began.
    pub started: Instant,
    /// When it ended.
    pub ended: Instant,
    /// How late it began.
    pub late_by: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// What went wrong, in a sentence.
    pub message: Option<String>,
}

/// What a collector does now and did last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectorState {
    /// The run in progress; `None` if idle.
    pub running: Option<Running>,
    /// When it is due next; in the past if it is due already, `None` if only on request or never again.
    pub next: Option<Instant>,
    /// Its interval in seconds, as staleness counts it; 0 without a schedule.
    pub interval_seconds: u64,
    /// Its earliest time that no successful run has served, if one has passed.
    pub overdue_since: Option<Instant>,
    /// Runs that failed since the last success.
    pub failures: u32,
    /// The last run that ended in this process.
    pub last: Option<LastRun>,
}

/// The state of every collector by source.
pub type States = Arc<BTreeMap<String, CollectorState>>;

/// Why a run was not begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The collector is running.
    #[error("{source_name} is being collected since {since} ({})", words(*trigger))]
    Busy {
        /// The source's name in the configuration.
        source_name: String,
        /// Why it runs.
        trigger: Trigger,
        /// When that run began.
        since: Instant,
    },
    /// There is no such source.
    #[error("there is no source {0:?}")]
    Unknown(String),
    /// The process ends.
    #[error("spot is shutting down")]
    ShuttingDown,
}

fn words(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Schedule => "by its schedule",
        Trigger::CatchUp => "to catch up",
        Trigger::Manual => "on request",
        Trigger::Backfill => "to fill in the past",
        Trigger::Push => "for what was pushed",
    }
}

/// Waits for the report of a run. Dropping it leaves the run alone.
#[derive(Clone, Debug)]
pub struct RunHandle {
    /// The source's name in the configuration.
    pub source: String,
    /// Why it runs.
    pub trigger: Trigger,
    /// When it began.
    pub since: Instant,
    report: watch::Receiver<Option<RunReport>>,
}

impl RunHandle {
    /// The report, as soon as the run has ended.
    pub async fn report(mut self) -> RunReport {
        match self.report.wait_for(Option::is_some).await {
            Ok(report) => report.clone().unwrap_or_else(|| RunReport::new(Outcome::Cancelled)),
            // The process ends before the run's task could say anything.
            Err(_) => RunReport::new(Outcome::Cancelled),
        }
    }
}

/// How a shutdown went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shutdown {
    /// Runs in progress when it was called that ended by themselves, commits included.
    pub finished: usize,
    /// Runs that were discarded at the deadline.
    pub discarded: usize,
    /// Sources whose runs block their thread and were left behind; they hold no commit.
    pub left_behind: Vec<String>,
}

/// Runs collectors when they are due.
///
/// Cloning is cheap and gives the same supervisor.
#[derive(Clone)]
pub struct Supervisor {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    runtime: Handle,
    states: watch::Sender<States>,
    inner: Mutex<Inner>,
    ticker: tokio::sync::Mutex<Option<JobScheduler>>,
}

#[derive(Default)]
struct Inner {
    collectors: BTreeMap<String, Collector>,
    closing: bool,
}

impl Inner {
    fn active(&self) -> Vec<Active> {
        self.collectors.values().filter_map(|collector| collector.active.clone()).collect()
    }
}

struct Collector {
    watched: Watched,
    /// Drawn at the end of each run, kept until the next.
    jitter: f64,
    active: Option<Active>,
}

/// A run in progress, as the supervisor holds it.
#[derive(Clone)]
struct Active {
    handle: RunHandle,
    cancel: CancellationToken,
    stop: Arc<Mutex<Option<StopReason>>>,
    /// Cancelled when the run is to be discarded, with no grace.
    discard: CancellationToken,
    discarded: Arc<AtomicBool>,
    /// The body is gone; what is left is to record and report.
    over: Arc<AtomicBool>,
    gate: Arc<tokio::sync::Mutex<()>>,
    /// Holds the gate of a run that is left behind.
    barred: Arc<Mutex<Option<OwnedMutexGuard<()>>>>,
}

impl Active {
    /// Whether it is about to end by itself once something is written. If not, it can begin no commit any more.
    fn is_writing(&self) -> bool {
        if self.over.load(Ordering::Acquire) {
            return self.handle.report.borrow().is_none();
        }
        match self.gate.clone().try_lock_owned() {
            Ok(gate) => {
                self.barred.lock().replace(gate);
                false
            }
            Err(_) => self.barred.lock().is_none(),
        }
    }

    fn stop(&self, reason: StopReason) {
        self.stop.lock().get_or_insert(reason);
        self.cancel.cancel();
    }
}

impl Supervisor {
    /// A supervisor of these collectors. Nothing runs before the first tick or request.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn new(config: Config, watched: Vec<Watched>) -> Self {
        let states = watched.iter().map(|watched| (watched.source.clone(), CollectorState::default())).collect();
        let collectors = watched
            .into_iter()
            .map(|watched| (watched.source.clone(), Collector { watched, jitter: (config.jitter)(), active: None }))
            .collect();
        let supervisor = Self {
            shared: Arc::new(Shared {
                config,
                runtime: Handle::current(),
                states: watch::Sender::new(Arc::new(states)),
                inner: Mutex::new(Inner { collectors, ..Inner::default() }),
                ticker: tokio::sync::Mutex::new(None),
            }),
        };
        supervisor.contained(|shared| shared.refresh_all((shared.config.clock)()));
        supervisor
    }

    /// Ticks by itself from now on: every so many seconds, a divisor of 60, counted from the full minute.
    ///
    /// # Errors
    /// The ticker could not be started.
    pub async fn start(&self, every_seconds: u32) -> Result<(), StartError> {
        if every_seconds == 0 || 60 % every_seconds != 0 {
            return Err(StartError::NoDivisor(every_seconds));
        }
        let mut ticker = self.shared.ticker.lock().await;
        if ticker.is_some() {
            return Ok(());
        }
        let shared = Arc::downgrade(&self.shared);
        // The ticker never runs a job again whose closure panicked, so the closure only calls what contains panics.
        let job = Job::new_async(
            if every_seconds == 60 { "0 * * * * *".to_owned() } else { format!("*/{every_seconds} * * * * *") },
            move |_, _| {
                let shared = shared.upgrade();
                Box::pin(async move {
                    if let Some(shared) = shared {
                        Self { shared }.tick();
                    }
                })
            },
        )?;
        let scheduler = JobScheduler::new().await?;
        scheduler.add(job).await?;
        scheduler.start().await?;
        *ticker = Some(scheduler);
        Ok(())
    }

    /// Begins every run that is due; returns how many. The ticker calls it, and tests do.
    pub fn tick(&self) -> usize {
        let sources: Vec<String> = self.shared.inner.lock().collectors.keys().cloned().collect();
        let mut begun = 0;
        for source in sources {
            // One by one, so that a defect met with one collector does not hold up the others.
            if self.contained(|shared| shared.begin_if_due(&source)) == Some(true) {
                begun += 1;
            }
        }
        begun
    }

    /// Begins a run now, whatever the schedule says.
    ///
    /// # Errors
    /// [`Refused`]: the collector is running (see [`Self::join`]), unknown, or spot is shutting down.
    pub fn request(&self, source: &str, trigger: Trigger) -> Result<RunHandle, Refused> {
        let now = (self.shared.config.clock)();
        self.shared.begin(source, trigger, now, now)
    }

    /// The run in progress of this collector, if there is one.
    #[must_use]
    pub fn join(&self, source: &str) -> Option<RunHandle> {
        self.shared.inner.lock().collectors.get(source)?.active.as_ref().map(|active| active.handle.clone())
    }

    /// Asks the run in progress of this collector to stop; its scheduled time counts as served. Returns its handle.
    #[must_use]
    pub fn cancel(&self, source: &str) -> Option<RunHandle> {
        let active = self.shared.inner.lock().collectors.get(source)?.active.clone()?;
        active.stop(StopReason::Requested);
        Some(active.handle)
    }

    /// The state of every collector, now and whenever it changes.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<States> {
        self.shared.states.subscribe()
    }

    /// Stops ticking, asks all runs to stop and waits until `deadline` has passed; what has not returned by then and
    /// holds no commit is discarded, a commit in progress is finished.
    pub async fn shutdown(&self, deadline: Duration) -> Shutdown {
        let running = {
            let mut inner = self.shared.inner.lock();
            inner.closing = true;
            inner.active()
        };
        for active in &running {
            active.stop(StopReason::Shutdown);
        }
        if let Some(mut ticker) = self.shared.ticker.lock().await.take()
            && let Err(error) = ticker.shutdown().await
        {
            warn!(%error, "the ticker did not stop; no run begins any more all the same");
        }
        let all_reported = || join_all(running.iter().map(|active| active.handle.clone().report()));
        if tokio::time::timeout(deadline, all_reported()).await.is_err() {
            for active in &running {
                active.discard.cancel();
            }
            while tokio::time::timeout(self.shared.config.patience, all_reported()).await.is_err() {
                // A commit or a record in progress is waited for as long as it takes.
                if !running.iter().any(Active::is_writing) {
                    break;
                }
            }
        }
        let left_behind: Vec<String> = self.shared.inner.lock().active().into_iter().map(|active| active.handle.source).collect();
        for source in &left_behind {
            warn!(source, "left a run behind that blocks its thread");
        }
        let discarded = running.iter().filter(|active| active.discarded.load(Ordering::Acquire)).count();
        Shutdown { finished: running.len().saturating_sub(discarded + left_behind.len()), discarded, left_behind }
    }

    /// Does something that must not take the caller down.
    fn contained<T>(&self, act: impl FnOnce(&Arc<Shared>) -> T) -> Option<T> {
        catch_unwind(AssertUnwindSafe(|| act(&self.shared)))
            .map_err(|panic| error!(panic = panic_message(panic.as_ref()), "a defect in the schedule; the next tick goes on"))
            .ok()
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor").field("states", &*self.shared.states.borrow()).finish_non_exhaustive()
    }
}

/// The ticker could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The seconds between two ticks do not divide a minute.
    #[error("cannot tick every {0} seconds: expected a divisor of 60")]
    NoDivisor(u32),
    /// See the cause.
    #[error("the ticker could not be started")]
    Ticker(#[from] JobSchedulerError),
}

impl Shared {
    fn refresh_all(&self, now: Instant) {
        for collector in self.inner.lock().collectors.values() {
            self.refresh(collector, now);
        }
    }

    /// Brings the published state up to date with the schedule.
    fn refresh(&self, collector: &Collector, now: Instant) {
        let history = &collector.watched.history;
        let next = match self.due(collector, now) {
            Some(Due::Now { scheduled, .. }) => Some(scheduled),
            Some(Due::Later(at)) => Some(at),
            Some(Due::Never) | None => None,
        };
        let schedule = collector.watched.schedule.as_ref();
        let overdue_since = schedule.and_then(|schedule| overdue_since(schedule, &self.config.zone, history, now));
        change(&self.states, &collector.watched.source, |state| {
            state.next = next;
            // That of a cron expression takes a while to find, and does not change.
            if let Some(schedule) = schedule
                && state.interval_seconds == 0
            {
                state.interval_seconds = schedule.interval_seconds(now, &self.config.zone);
            }
            state.overdue_since = overdue_since;
            state.failures = history.failures;
        });
    }

    fn due(&self, collector: &Collector, now: Instant) -> Option<Due> {
        let schedule = collector.watched.schedule.as_ref()?;
        Some(due(schedule, &self.config.zone, &collector.watched.history, self.config.backoff, collector.jitter, now))
    }

    fn begin_if_due(self: &Arc<Self>, source: &str) -> bool {
        let now = (self.config.clock)();
        let due = {
            let inner = self.inner.lock();
            let Some(collector) = inner.collectors.get(source) else { return false };
            self.refresh(collector, now);
            if collector.active.is_some() {
                return false;
            }
            self.due(collector, now)
        };
        match due {
            Some(Due::Now { trigger, scheduled }) => self.begin(source, trigger, scheduled, now).is_ok(),
            Some(Due::Later(_) | Due::Never) | None => false,
        }
    }

    fn begin(self: &Arc<Self>, source: &str, trigger: Trigger, scheduled: Instant, now: Instant) -> Result<RunHandle, Refused> {
        let mut inner = self.inner.lock();
        if inner.closing {
            return Err(Refused::ShuttingDown);
        }
        let Some(collector) = inner.collectors.get_mut(source) else { return Err(Refused::Unknown(source.to_owned())) };
        if let Some(active) = &collector.active {
            let RunHandle { source, trigger, since, .. } = active.handle.clone();
            return Err(Refused::Busy { source_name: source, trigger, since });
        }
        let interval_seconds = collector.watched.schedule.as_ref().map_or(0, |schedule| schedule.interval_seconds(now, &self.config.zone));
        let (report, receiver) = watch::channel(None);
        let active = Active {
            handle: RunHandle { source: source.to_owned(), trigger, since: now, report: receiver },
            cancel: CancellationToken::new(),
            stop: Arc::default(),
            discard: CancellationToken::new(),
            discarded: Arc::default(),
            over: Arc::default(),
            gate: Arc::default(),
            barred: Arc::default(),
        };
        let request = RunRequest {
            source: source.to_owned(),
            trigger,
            scheduled,
            started: now,
            interval_seconds,
            cancel: active.cancel.clone(),
            stop: active.stop.clone(),
            gate: active.gate.clone(),
            progress: self.states.clone(),
        };
        let handle = active.handle.clone();
        collector.active = Some(active.clone());
        let time_limit = match trigger {
            Trigger::Backfill => collector.watched.backfill_limit,
            Trigger::Schedule | Trigger::CatchUp | Trigger::Manual | Trigger::Push => collector.watched.time_limit,
        };
        let late_by = elapsed(scheduled, now);
        change(&self.states, source, |state| state.running = Some(Running { trigger, since: now, late_by, progress: None }));
        info!(source, trigger = words(trigger), late_seconds = late_by.as_secs(), "a run begins");
        let shared = self.clone();
        self.runtime.spawn(async move {
            let source = request.source.clone();
            if AssertUnwindSafe(shared.clone().run(request, active, time_limit, report)).catch_unwind().await.is_err() {
                error!(source, "a defect in the supervision of a run");
                if let Some(collector) = shared.inner.lock().collectors.get_mut(&source) {
                    collector.active = None;
                }
            }
        });
        Ok(handle)
    }

    /// A run from its beginning to its report.
    async fn run(self: Arc<Self>, request: RunRequest, active: Active, time_limit: Duration, report_to: watch::Sender<Option<RunReport>>) {
        let (source, trigger, started, interval_seconds) =
            (request.source.clone(), request.trigger, request.started, request.interval_seconds);
        let late_by = elapsed(request.scheduled, started);
        let ending = self.attend(request, &active, time_limit).await;
        active.over.store(true, Ordering::Release);
        let ended = catch_unwind(AssertUnwindSafe(|| (self.config.clock)())).unwrap_or(started).max(started);
        let report = match ending {
            Ending::Reported(report) => report,
            Ending::Lost(report) => {
                let lost = LostRun { source: source.clone(), trigger, started, ended, interval_seconds, report: report.clone() };
                // In a block of its own, so that the synchronous part is contained as well.
                let record = AssertUnwindSafe(async { (self.config.record_lost)(lost).await }).catch_unwind().await;
                if let Err(panic) = record {
                    error!(source, panic = panic_message(panic.as_ref()), "a lost run could not be recorded");
                }
                report
            }
        };
        if let Some(message) = &report.message {
            warn!(source, outcome = ?report.outcome, message, "a run ended");
        } else {
            info!(source, outcome = ?report.outcome, "a run ended");
        }
        let last = LastRun { trigger, started, ended, late_by, outcome: report.outcome, message: report.message.clone() };
        let _ = catch_unwind(AssertUnwindSafe(|| self.settle(&source, trigger, started, ended, &report, active.stop.lock().as_ref())));
        change(&self.states, &source, |state| {
            state.running = None;
            state.last = Some(last);
        });
        // Last, so that whoever waits for the report may ask for the next run at once.
        report_to.send_replace(Some(report));
    }

    /// Lets the body run within its time limit; contains its panics; discards it if it does not stop when asked.
    async fn attend(&self, request: RunRequest, active: &Active, time_limit: Duration) -> Ending {
        let body = match catch_unwind(AssertUnwindSafe(|| (self.config.body)(request))) {
            Ok(body) => body,
            Err(panic) => return Ending::panicked(panic.as_ref()),
        };
        let mut body = Box::pin(AssertUnwindSafe(body).catch_unwind());
        let discarded = async {
            tokio::select! {
                () = active.discard.cancelled() => {}
                () = async {
                    tokio::select! {
                        () = tokio::time::sleep(time_limit) => active.stop(StopReason::TimeLimit),
                        () = active.cancel.cancelled() => {}
                    }
                    // At shutdown the deadline takes the place of the grace.
                    if *active.stop.lock() == Some(StopReason::Shutdown) {
                        std::future::pending::<()>().await;
                    }
                    tokio::time::sleep(self.config.grace).await;
                } => {}
            }
            // Waits for a commit in progress, and lets no other begin.
            let waited = active.gate.try_lock().is_err();
            let gate = active.gate.clone().lock_owned().await;
            if waited {
                // What was committed is better reported by the run itself.
                tokio::time::sleep(self.config.patience).await;
            }
            gate
        };
        let ended = tokio::select! {
            biased;
            ended = &mut body => Ok(ended),
            gate = discarded => Err(gate),
        };
        let _gate = match ended {
            Ok(Ok(report)) => return Ending::Reported(said(report, *active.stop.lock())),
            Ok(Err(panic)) => return Ending::panicked(panic.as_ref()),
            Err(gate) => gate,
        };
        active.discarded.store(true, Ordering::Release);
        if catch_unwind(AssertUnwindSafe(|| drop(body))).is_err() {
            warn!(source = active.handle.source, "a run panicked while it was discarded");
        }
        let reason = *active.stop.lock();
        Ending::Lost(match reason {
            Some(StopReason::TimeLimit) => RunReport::lost(
                Outcome::TimedOut,
                format!("did not stop at its time limit of {} s and was discarded", time_limit.as_secs()),
            ),
            Some(StopReason::Shutdown) => RunReport::lost(Outcome::Cancelled, "discarded at shutdown".to_owned()),
            Some(StopReason::Requested) | None => {
                RunReport::lost(Outcome::Cancelled, "did not stop when asked and was discarded".to_owned())
            }
        })
    }

    /// Enters the end of a run into the collector's history and frees the collector.
    fn settle(&self, source: &str, trigger: Trigger, started: Instant, now: Instant, report: &RunReport, stop: Option<&StopReason>) {
        let mut inner = self.inner.lock();
        let Some(collector) = inner.collectors.get_mut(source) else { return };
        collector.active = None;
        let history = &mut collector.watched.history;
        match report.outcome {
            // Whoever cancels a run does not want it to begin again with the next tick.
            Outcome::Cancelled if stop == Some(&StopReason::Requested) => history.note(trigger, started, Outcome::Succeeded),
            outcome => history.note(trigger, started, outcome),
        }
        collector.jitter = (self.config.jitter)();
        self.refresh(collector, now);
    }
}

/// How a body ended.
enum Ending {
    Reported(RunReport),
    Lost(RunReport),
}

impl Ending {
    fn panicked(panic: &(dyn Any + Send)) -> Self {
        Self::Lost(RunReport::lost(Outcome::Panicked, format!("panicked: {}", panic_message(panic))))
    }
}

/// A body that saw its token cancelled need not know that it was for the time limit.
fn said(mut report: RunReport, stop: Option<StopReason>) -> RunReport {
    if report.outcome == Outcome::Cancelled && stop == Some(StopReason::TimeLimit) {
        report.outcome = Outcome::TimedOut;
    }
    report
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// Changes the published state of one collector; those who watch are told only if it differs.
fn change(states: &watch::Sender<States>, source: &str, act: impl FnOnce(&mut CollectorState)) {
    states.send_if_modified(|states| {
        let Some(before) = states.get(source) else { return false };
        let mut after = before.clone();
        act(&mut after);
        if after == *before {
            return false;
        }
        Arc::make_mut(states).insert(source.to_owned(), after);
        true
    });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize};
    use std::sync::mpsc;

    use tokio::sync::oneshot;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);
    const SHORT: Duration = Duration::from_millis(1);
    /// Long enough to begin a commit on a busy machine.
    const ENOUGH: Duration = Duration::from_millis(250);

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// A supervisor on a clock that only tests move, with the runs that were lost.
    struct Stage {
        supervisor: Supervisor,
        now: Arc<AtomicI64>,
        lost: Arc<Mutex<Vec<LostRun>>>,
    }

    impl Stage {
        fn set(&self, now: &str) {
            self.now.store(at(now).micros(), Ordering::SeqCst);
        }

        fn state(&self, source: &str) -> CollectorState {
            self.supervisor.states().borrow()[source].clone()
        }

        /// Waits until no run is in progress.
        async fn settled(&self) {
            let idle = |states: &States| states.values().all(|state| state.running.is_none());
            self.supervisor.states().wait_for(idle).await.unwrap();
        }
    }

    /// Watches `a` and `b`, both daily at 03:00 UTC and last collected on 20 November at 03:00; now is 10:00.
    fn stage<F>(time_limit: Duration, body: impl Fn(RunRequest) -> F + Send + Sync + 'static) -> Stage
    where
        F: Future<Output = RunReport> + Send + 'static,
    {
        stage_since("2026-11-20T03:00:00Z", time_limit, body)
    }

    fn stage_since<F>(success: &str, time_limit: Duration, body: impl Fn(RunRequest) -> F + Send + Sync + 'static) -> Stage
    where
        F: Future<Output = RunReport> + Send + 'static,
    {
        stage_with(success, time_limit, DEFAULT_PATIENCE, body)
    }

    fn stage_with<F>(
        success: &str,
        time_limit: Duration,
        patience: Duration,
        body: impl Fn(RunRequest) -> F + Send + Sync + 'static,
    ) -> Stage
    where
        F: Future<Output = RunReport> + Send + 'static,
    {
        let now = Arc::new(AtomicI64::new(at("2026-11-20T10:00:00Z").micros()));
        let lost = Arc::new(Mutex::new(Vec::new()));
        let clock: Clock = {
            let now = now.clone();
            Arc::new(move || Instant::from_micros(now.load(Ordering::SeqCst)))
        };
        let record: RecordLost = {
            let lost = lost.clone();
            Arc::new(move |run| {
                lost.lock().push(run);
                Box::pin(async {})
            })
        };
        let body: RunBody = Arc::new(move |request| Box::pin(body(request)));
        let config = Config { grace: SHORT, patience, ..Config::new(Zone::utc(), clock.clone(), Arc::new(|| 0.0), body, record) };
        let history = History { last_success: Some(at(success)), last_attempt: Some(at(success)), ..History::new(clock()) };
        let watched = ["a", "b"].map(|source| Watched {
            source: source.to_owned(),
            schedule: Some("0 3 * * *".parse().unwrap()),
            time_limit,
            backfill_limit: time_limit,
            history,
        });
        Stage { supervisor: Supervisor::new(config, watched.into()), now, lost }
    }

    async fn succeed(_: RunRequest) -> RunReport {
        RunReport::new(Outcome::Succeeded)
    }

    async fn until_cancelled(request: RunRequest) -> RunReport {
        request.cancel.cancelled().await;
        RunReport::new(Outcome::Cancelled)
    }

    #[tokio::test]
    async fn a_collector_that_is_not_due_does_not_run() {
        let stage = stage(LONG, succeed);
        assert_eq!(stage.supervisor.tick(), 0);
        assert_eq!(stage.state("a").next, Some(at("2026-11-21T03:00:00Z")));
        assert_eq!(stage.state("a").interval_seconds, 86_400);
    }

    #[tokio::test]
    async fn after_downtime_a_collector_catches_up_once() {
        let runs = Arc::new(Mutex::new(Vec::new()));
        let seen = runs.clone();
        let stage = stage_since("2026-11-10T03:00:00Z", LONG, move |request| {
            seen.lock().push((request.source.clone(), request.trigger, request.scheduled));
            succeed(request)
        });
        assert_eq!(stage.supervisor.tick(), 2);
        stage.settled().await;
        assert_eq!(stage.supervisor.tick(), 0, "one run makes up for ten days");
        let missed = at("2026-11-11T03:00:00Z");
        assert_eq!(*runs.lock(), [("a".to_owned(), Trigger::CatchUp, missed), ("b".to_owned(), Trigger::CatchUp, missed)]);
        let last = stage.state("a").last.unwrap();
        assert_eq!(
            (last.trigger, last.outcome, last.late_by),
            (Trigger::CatchUp, Outcome::Succeeded, Duration::from_secs(9 * 86_400 + 7 * 3_600))
        );
    }

    #[tokio::test]
    async fn a_second_run_is_refused_and_told_who_runs_since_when() {
        let stage = stage(LONG, until_cancelled);
        let first = stage.supervisor.request("a", Trigger::Backfill).unwrap();
        stage.set("2026-11-21T03:00:00Z");
        let refused = stage.supervisor.request("a", Trigger::Manual).unwrap_err();
        assert_eq!(refused.to_string(), "a is being collected since 2026-11-20T10:00:00Z (to fill in the past)");
        assert_eq!(stage.supervisor.tick(), 1, "only b begins");
        assert_eq!(stage.supervisor.tick(), 0);
        let joined = stage.supervisor.join("a").unwrap();
        assert!(stage.supervisor.cancel("a").is_some());
        assert_eq!(joined.report().await, first.report().await);
        assert_eq!(stage.supervisor.tick(), 1, "a backfill serves no scheduled time");
    }

    #[tokio::test]
    async fn an_unknown_source_is_refused() {
        let stage = stage(LONG, succeed);
        assert_eq!(stage.supervisor.request("c", Trigger::Manual).unwrap_err().to_string(), "there is no source \"c\"");
    }

    #[tokio::test]
    async fn a_panic_in_the_synchronous_part_is_contained_and_later_runs_go_on() {
        let runs = Arc::new(AtomicUsize::new(0));
        let count = runs.clone();
        let stage = stage(LONG, move |request| {
            assert!(count.fetch_add(1, Ordering::SeqCst) > 0, "synchronous defect");
            succeed(request)
        });
        panic_then_go_on(&stage, "panicked: synchronous defect").await;
    }

    #[tokio::test]
    async fn a_panic_in_the_asynchronous_part_is_contained_and_later_runs_go_on() {
        let runs = Arc::new(AtomicUsize::new(0));
        let stage = stage(LONG, move |request| {
            let runs = runs.clone();
            async move {
                tokio::task::yield_now().await;
                assert!(runs.fetch_add(1, Ordering::SeqCst) > 0, "asynchronous defect");
                succeed(request).await
            }
        });
        panic_then_go_on(&stage, "panicked: asynchronous defect").await;
    }

    async fn panic_then_go_on(stage: &Stage, message: &str) {
        let report = stage.supervisor.request("a", Trigger::Manual).unwrap().report().await;
        assert_eq!((report.outcome, report.message.as_deref()), (Outcome::Panicked, Some(message)));
        assert_eq!(stage.lost.lock().iter().map(|lost| lost.report.clone()).collect::<Vec<_>>(), [report]);
        assert_eq!(stage.state("a").failures, 1);
        assert_eq!(stage.state("a").next, Some(at("2026-11-20T10:01:00Z")), "it is tried again");
        stage.set("2026-11-20T10:01:00Z");
        assert_eq!(stage.supervisor.tick(), 1);
        stage.settled().await;
        assert_eq!(stage.state("a").last.unwrap().outcome, Outcome::Succeeded);
        assert_eq!(stage.state("a").failures, 0);
        assert_eq!(stage.supervisor.tick(), 0);
    }

    #[tokio::test]
    async fn a_failing_collector_is_tried_ever_more_slowly_and_reported_overdue() {
        let stage = stage(LONG, |_| async { RunReport::new(Outcome::Failed) });
        let mut begun = Vec::new();
        for minute in 0..20 {
            stage.set(&format!("2026-11-21T03:{minute:02}:00Z"));
            if stage.supervisor.tick() > 0 {
                begun.push(minute);
                stage.settled().await;
            }
        }
        assert_eq!(begun, [0, 1, 3, 7, 15]);
        assert_eq!(stage.state("a").overdue_since, Some(at("2026-11-21T03:00:00Z")));
        assert_eq!(stage.state("a").failures, 5);
        assert!(stage.lost.lock().is_empty(), "they reported themselves");
    }

    #[tokio::test]
    async fn a_run_that_stops_at_its_time_limit_reports_what_it_kept() {
        let stage = stage(SHORT, until_cancelled);
        let report = stage.supervisor.request("a", Trigger::Manual).unwrap().report().await;
        assert_eq!(report.outcome, Outcome::TimedOut);
        assert!(stage.lost.lock().is_empty());
    }

    #[tokio::test]
    async fn a_run_that_ignores_its_time_limit_is_discarded_and_noted() {
        let stage = stage(SHORT, |_| std::future::pending());
        let report = stage.supervisor.request("a", Trigger::Manual).unwrap().report().await;
        assert_eq!(report.outcome, Outcome::TimedOut);
        assert_eq!(stage.lost.lock()[0].report, report);
        assert!(stage.supervisor.request("a", Trigger::Manual).is_ok(), "the collector is free again");
    }

    #[tokio::test]
    async fn a_run_that_was_cancelled_by_a_person_does_not_begin_again_by_itself() {
        let stage = stage(LONG, until_cancelled);
        stage.set("2026-11-21T03:00:00Z");
        assert_eq!(stage.supervisor.tick(), 2);
        assert_eq!(stage.supervisor.cancel("a").unwrap().report().await.outcome, Outcome::Cancelled);
        assert_eq!(stage.supervisor.tick(), 0);
        assert_eq!(stage.state("a").next, Some(at("2026-11-22T03:00:00Z")));
    }

    /// A run that is committing on another thread until it is told to go on.
    fn committing(time_limit: Duration, patience: Duration) -> (Stage, oneshot::Receiver<()>, mpsc::Sender<()>) {
        let (begun, has_begun) = oneshot::channel();
        let (go_on, told) = mpsc::channel();
        let channels = Mutex::new(Some((begun, told)));
        let stage = stage_with("2026-11-20T03:00:00Z", time_limit, patience, move |request| {
            let channels = channels.lock().take();
            async move {
                let (begun, told) = channels.unwrap();
                let guard = request.begin_commit().await;
                begun.send(()).unwrap();
                tokio::task::spawn_blocking(move || {
                    told.recv().unwrap();
                    drop(guard);
                })
                .await
                .unwrap();
                RunReport::new(Outcome::Partial)
            }
        });
        (stage, has_begun, go_on)
    }

    #[tokio::test]
    async fn shutdown_finishes_a_commit_in_progress() {
        let (stage, has_begun, go_on) = committing(LONG, DEFAULT_PATIENCE);
        let run = stage.supervisor.request("a", Trigger::Manual).unwrap();
        has_begun.await.unwrap();
        let supervisor = stage.supervisor.clone();
        let shutdown = tokio::spawn(async move { supervisor.shutdown(Duration::ZERO).await });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!shutdown.is_finished());
        go_on.send(()).unwrap();
        assert_eq!(run.report().await.outcome, Outcome::Partial);
        assert_eq!(shutdown.await.unwrap(), Shutdown { finished: 1, ..Shutdown::default() });
        assert!(stage.lost.lock().is_empty());
    }

    #[tokio::test]
    async fn the_time_limit_waits_for_a_commit_in_progress() {
        let (stage, has_begun, go_on) = committing(ENOUGH, DEFAULT_PATIENCE);
        let run = stage.supervisor.request("a", Trigger::Manual).unwrap();
        has_begun.await.unwrap();
        tokio::time::sleep(ENOUGH + SHORT * 5).await;
        assert!(stage.supervisor.join("a").is_some());
        go_on.send(()).unwrap();
        assert_eq!(run.report().await.outcome, Outcome::Partial);
    }

    #[tokio::test]
    async fn a_commit_is_waited_for_beyond_every_limit() {
        let (stage, has_begun, go_on) = committing(ENOUGH, SHORT);
        let run = stage.supervisor.request("a", Trigger::Manual).unwrap();
        has_begun.await.unwrap();
        let supervisor = stage.supervisor.clone();
        let shutdown = tokio::spawn(async move { supervisor.shutdown(Duration::ZERO).await });
        // Time enough for a supervisor that does not wait to show it; none is needed to pass.
        tokio::time::sleep(ENOUGH + SHORT * 50).await;
        assert!(!shutdown.is_finished() && stage.supervisor.join("a").is_some() && stage.lost.lock().is_empty());
        go_on.send(()).unwrap();
        run.report().await;
        assert_eq!(shutdown.await.unwrap().left_behind, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_defect_met_in_a_tick_does_not_reach_its_caller() {
        let broken = Arc::new(AtomicBool::new(true));
        let clock: Clock = {
            let broken = broken.clone();
            Arc::new(move || if broken.load(Ordering::SeqCst) { panic!("defect in a tick") } else { at("2026-11-20T10:00:00Z") })
        };
        let config = Config::new(
            Zone::utc(),
            clock,
            Arc::new(|| 0.0),
            Arc::new(|request| Box::pin(succeed(request))),
            Arc::new(|_| Box::pin(async {})),
        );
        let watched = Watched {
            source: "a".to_owned(),
            schedule: Some(Schedule::every(60)),
            time_limit: LONG,
            backfill_limit: LONG,
            history: History::new(at("2026-11-20T09:00:00Z")),
        };
        let supervisor = Supervisor::new(config, vec![watched]);
        assert_eq!(supervisor.tick(), 0);
        broken.store(false, Ordering::SeqCst);
        assert_eq!(supervisor.tick(), 1);
    }

    #[tokio::test]
    async fn shutdown_discards_at_its_deadline_what_holds_no_commit() {
        let stage = stage(LONG, |request| async move {
            if request.source == "a" { std::future::pending().await } else { until_cancelled(request).await }
        });
        let a = stage.supervisor.request("a", Trigger::Manual).unwrap();
        let b = stage.supervisor.request("b", Trigger::Manual).unwrap();
        let shutdown = stage.supervisor.shutdown(SHORT).await;
        assert_eq!(shutdown, Shutdown { finished: 1, discarded: 1, left_behind: Vec::new() });
        assert_eq!((a.report().await.outcome, b.report().await.outcome), (Outcome::Cancelled, Outcome::Cancelled));
        assert_eq!(stage.lost.lock().len(), 1);
        assert_eq!(stage.supervisor.request("a", Trigger::Manual).unwrap_err(), Refused::ShuttingDown);
        stage.set("2026-11-21T03:00:00Z");
        assert_eq!(stage.supervisor.tick(), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn shutdown_leaves_a_run_behind_that_blocks_its_thread_and_lets_it_commit_no_more() {
        let (begun, has_begun) = mpsc::channel();
        let (go_on, told) = mpsc::channel::<()>();
        let told = Arc::new(Mutex::new(told));
        let committed = Arc::new(AtomicBool::new(false));
        let commits = committed.clone();
        let stage = stage(LONG, move |request| {
            let (begun, told, commits) = (begun.clone(), told.clone(), commits.clone());
            async move {
                begun.send(()).unwrap();
                // A defect: blocks the thread of the runtime.
                let _ = told.lock().recv();
                let _guard = request.begin_commit().await;
                commits.store(true, Ordering::SeqCst);
                RunReport::new(Outcome::Succeeded)
            }
        });
        stage.supervisor.request("a", Trigger::Manual).unwrap();
        tokio::task::spawn_blocking(move || has_begun.recv()).await.unwrap().unwrap();
        let shutdown = stage.supervisor.shutdown(SHORT).await;
        assert_eq!(shutdown, Shutdown { finished: 0, discarded: 0, left_behind: vec!["a".to_owned()] });
        drop(go_on);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!committed.load(Ordering::SeqCst));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn however_it_is_asked_a_collector_has_one_run_at_a_time() {
        let inside = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        let (inside_run, most_run) = (inside.clone(), most.clone());
        let stage = Arc::new(stage(LONG, move |_| {
            let (inside, most) = (inside_run.clone(), most_run.clone());
            async move {
                most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
                RunReport::new(Outcome::Failed)
            }
        }));
        let asking = (0..4).map(|asker| {
            let stage = stage.clone();
            tokio::spawn(async move {
                let mut ran = 0;
                for turn in 0..200 {
                    match stage.supervisor.request("a", Trigger::Manual) {
                        Ok(run) if (turn + asker) % 2 == 0 => ran += usize::from(run.report().await.outcome == Outcome::Failed),
                        Ok(_) => ran += 1,
                        Err(refused) => assert!(matches!(refused, Refused::Busy { .. })),
                    }
                    tokio::task::yield_now().await;
                }
                ran
            })
        });
        let ran: usize = join_all(asking).await.into_iter().map(Result::unwrap).sum();
        stage.settled().await;
        assert_eq!(most.load(Ordering::SeqCst), 1);
        assert!(ran > 0);
        assert_eq!(stage.state("a").failures as usize, ran, "every run that began has ended and was counted");
    }

    #[tokio::test]
    async fn who_watches_sees_a_run_begin_progress_and_end() {
        let stage = stage(LONG, |request| async move {
            request.report_progress("repository x", 3, 7);
            until_cancelled(request).await
        });
        let mut states = stage.supervisor.states();
        stage.supervisor.request("a", Trigger::Manual).unwrap();
        let seen =
            states.wait_for(|states| states["a"].running.as_ref().is_some_and(|running| running.progress.is_some())).await.unwrap().clone();
        let progress = Progress { scope: "repository x".to_owned(), done: 3, total: 7 };
        let running =
            Running { trigger: Trigger::Manual, since: at("2026-11-20T10:00:00Z"), late_by: Duration::ZERO, progress: Some(progress) };
        assert_eq!(seen["a"].running, Some(running));
        assert_eq!(seen["b"].running, None);
        let run = stage.supervisor.cancel("a").unwrap();
        states.wait_for(|states| states["a"].running.is_none() && states["a"].last.is_some()).await.unwrap();
        assert_eq!(run.report().await.outcome, Outcome::Cancelled);
    }

    /// Real ticks, a second apart: what is tested is the crate that ticks, which retires a job whose closure panics.
    #[tokio::test]
    async fn a_tick_that_panics_does_not_stop_later_ones() {
        let ticks = Arc::new(AtomicUsize::new(0));
        let clock: Clock = {
            let ticks = ticks.clone();
            Arc::new(move || match ticks.fetch_add(1, Ordering::SeqCst) {
                1 => panic!("defect in a tick"),
                _ => at("2026-11-20T10:00:00Z"),
            })
        };
        let (ran, has_run) = oneshot::channel();
        let ran = Mutex::new(Some(ran));
        let body: RunBody = Arc::new(move |request| {
            if let Some(ran) = ran.lock().take() {
                ran.send(()).unwrap();
            }
            Box::pin(succeed(request))
        });
        let config = Config::new(Zone::utc(), clock, Arc::new(|| 0.0), body, Arc::new(|_| Box::pin(async {})));
        let watched = Watched {
            source: "a".to_owned(),
            schedule: Some(Schedule::every(60)),
            time_limit: LONG,
            backfill_limit: LONG,
            history: History::new(at("2026-11-20T09:00:00Z")),
        };
        let supervisor = Supervisor::new(config, vec![watched]);
        assert!(supervisor.start(7).await.is_err());
        supervisor.start(1).await.unwrap();
        tokio::time::timeout(Duration::from_secs(30), has_run).await.unwrap().unwrap();
        assert!(ticks.load(Ordering::SeqCst) > 2);
        assert_eq!(supervisor.shutdown(LONG).await.left_behind, Vec::<String>::new());
    }
}
