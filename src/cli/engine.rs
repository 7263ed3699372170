//! The parts of spot, put together: store, collectors, schedule and API in one process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::access::{self, Access, Audit, Caller};
use crate::act::Desk;
use crate::api::mutation::{Hands, LinkRequest};
use crate::api::{Api, Limits, Sources};
use crate::cli::config::{Config, Schedule as ConfiguredSchedule, Timing};
use crate::cli::exit::Failure;
use crate::cli::length::Length;
use crate::cli::{office, sources};
use crate::collect::Collector;
use crate::collect::http::Outside;
use crate::collect::kubernetes::Clients;
use crate::ingest::Ingest;
use crate::ingest::keep;
use crate::ingest::link::{LinkError, Wish, by_person};
use crate::ingest::push::{self, Pushes};
use crate::ingest::run::TIME_LIMIT;
use crate::ingest::schedule::{Clock, Schedule, system_jitter};
use crate::ingest::supervise::{self, RecordLost, RunHandle, RunReport, States, Supervisor, Watched};
use crate::model::audit::LinkRecord;
use crate::model::run::Trigger;
use crate::model::{CommitNumber, EntityRef, Instant, Moment, Period};
use crate::query::Lens;
use crate::query::status::{Activity, Progress as Progressing};
use crate::report::send::delivery::{deliveries, letter, of_week};
use crate::report::send::{self, Delivery, Kind, NotSent, Office};
use crate::report::week;
use crate::server::{AdminError, AdminErrorKind, AdminRequest, App, Engine, Progress, Readiness, Webhook};
use crate::store::{self, Options, Store};

/// How long a run may take to end when the process ends.
const SHUTDOWN: Duration = Duration::from_secs(20);
/// How often what watches noticed is kept.
const NOTICED: Duration = Duration::from_secs(60);

/// An open data folder with everything around it.
pub(super) struct SpotEngine {
    pub(super) store: Arc<Store>,
    ingest: Ingest,
    pub(super) supervisor: Supervisor,
    config: Config,
    /// Stops what goes on between runs, and what does.
    watching: (CancellationToken, tokio::sync::Mutex<Option<JoinHandle<()>>>),
    pub(super) clock: Clock,
    pub(super) access: Arc<Access>,
    pushes: Pushes,
    /// Sends the weekly report, if anybody gets it.
    office: Option<Arc<Office>>,
    sending: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl SpotEngine {
    /// Opens the data folder and puts the parts together; nothing is collected before [`Self::start`].
    pub(super) async fn open(config: &Config, outside: &Outside) -> Result<Arc<Self>, Failure> {
        let options = Options::new(&config.data);
        let store =
            tokio::task::spawn_blocking(move || Store::open(&options)).await.map_err(anyhow::Error::from)?.map_err(Failure::from)?;
        let store = Arc::new(store);
        let clock = Arc::clone(&outside.clock);
        let inbox = Arc::default();
        let collectors = sources::collectors(config, &store, outside, &inbox);
        let zone = config.policy.zone.clone();
        let backfill = {
            let (config, zone) = (config.clone(), zone.clone());
            move |source: &str, now: Instant| config.timing(source)?.backfill.map(|length| length.before(now, &zone)..now)
        };
        let ingest = Ingest::new(Arc::clone(&store), Arc::clone(&clock), collectors, Arc::new(backfill));
        if store.read_only().is_none() {
            let (prepared, policy) = (ingest.clone(), config.policy.clone());
            tokio::task::spawn_blocking(move || prepared.prepare(&policy)).await.map_err(anyhow::Error::from)?.map_err(Failure::from)?;
        }
        let now = clock();
        let mut watched = Vec::new();
        for collector in ingest.collectors.iter() {
            let source = collector.source().to_owned();
            let timing = config.timing(&source);
            watched.push(Watched {
                schedule: timing.map(schedule).transpose()?,
                time_limit: timing.and_then(|timing| timing.timeout.fixed()).unwrap_or(TIME_LIMIT),
                backfill_limit: Duration::from_secs(24 * 3600),
                history: ingest.history(&source, now),
                source,
            });
        }
        let supervisor = Supervisor::new(
            supervise::Config::new(zone, Arc::clone(&clock), system_jitter(), ingest.body(), record_lost(&ingest)),
            watched,
        );
        let states = supervisor.states();
        let activities = Arc::new(move || activities_of(&states.borrow()).to_vec());
        let office = office::office(config, &store, outside, activities)?.map(Arc::new);
        let pushes = Pushes::new(sources::PUSHED, Arc::clone(&store), supervisor.clone(), inbox, push::WINDOW);
        let random: access::Random = Arc::new(rand::random::<[u8; 32]>);
        let access = Access::new(config.access.clone(), config.listen, Arc::clone(&store), Arc::clone(&clock), random);
        Ok(Arc::new(Self {
            store,
            ingest,
            supervisor,
            config: config.clone(),
            clock,
            pushes,
            office,
            access: Arc::new(access),
            watching: Default::default(),
            sending: Default::default(),
        }))
    }

    /// What the server serves.
    pub(super) fn app(self: &Arc<Self>) -> App {
        let (activities, followed) = watch::channel(Arc::default());
        let mut states = self.supervisor.states();
        let first = activities_of(&states.borrow());
        activities.send_replace(first);
        tokio::spawn(async move {
            while states.changed().await.is_ok() {
                let now = activities_of(&states.borrow_and_update());
                if activities.send(now).is_err() {
                    return;
                }
            }
        });
        let (generation, generations) = watch::channel(self.store.generation());
        let store = Arc::downgrade(&self.store);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(250));
            loop {
                ticks.tick().await;
                let Some(store) = store.upgrade() else { return };
                let newest = store.generation();
                generation.send_if_modified(|known| std::mem::replace(known, newest) != newest);
            }
        });
        let store = Arc::clone(&self.store);
        let now = Arc::clone(&self.clock);
        let collectors = self.ingest.collectors.iter();
        let contents = collectors.filter_map(|collector| Some((collector.source().to_owned(), collector.contents()?))).collect();
        let sources = Sources {
            view: Box::new(move || store.view()),
            now: Box::new(move || now()),
            activities: followed,
            generations,
            contents,
            hands: Some(Arc::clone(self) as Arc<dyn Hands>),
            desk: self.desk(),
            audit: Some(Arc::new(Audit::new(Arc::clone(&self.store), Arc::clone(&self.clock)))),
            office: self.office.clone(),
        };
        let app = App::new(Api::new(sources, Limits::default()), Arc::clone(self) as Arc<dyn Engine>, Arc::clone(&self.access));
        let senders = Arc::new(self.config.senders.clone());
        let webhook = Webhook { senders, pushes: self.pushes.clone(), clock: Arc::clone(&self.clock) };
        App { webhook: Some(webhook), ..app }
    }

    /// Where actions are planned and done, if there are clusters.
    fn desk(&self) -> Option<Arc<Desk>> {
        let clusters = &self.config.kubernetes.as_ref()?.read.clusters;
        let clients = Clients::new(clusters.iter().map(|cluster| (cluster.name.clone(), cluster.access.clone())));
        let random = Arc::new(rand::random::<[u8; 32]>);
        Some(Arc::new(Desk::new(Arc::new(clients), Arc::clone(&self.store), Arc::clone(&self.clock), random)))
    }

    /// Collects at once what was never collected, fills in the past, and from then on follows the schedule. What is
    /// returned ends when the past is filled in.
    pub(super) async fn start(self: &Arc<Self>) -> Result<JoinHandle<()>, Failure> {
        if self.store.read_only().is_some() {
            return Ok(tokio::spawn(async {}));
        }
        self.supervisor.start(10).await.map_err(anyhow::Error::from)?;
        if let Some(office) = &self.office {
            let (office, cancel) = (Arc::clone(office), self.watching.0.clone());
            *self.sending.lock().await = Some(tokio::spawn(async move {
                let mut minutes = tokio::time::interval(Duration::from_secs(60));
                minutes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                while cancel.run_until_cancelled(minutes.tick()).await.is_some() {
                    office.tick().await;
                }
            }));
        }
        let engine = Arc::clone(self);
        Ok(tokio::spawn(async move {
            // One after the other, the present of every source first, so that a first answer is there at once. Their pasts
            // side by side: what one waits for is another's time.
            for collector in engine.ingest.collectors.iter() {
                let source = collector.source();
                if engine.store.view().runs(source, Instant::MAX, 1).is_ok_and(|runs| runs.is_empty())
                    && let Ok(run) = engine.supervisor.request(source, Trigger::Manual)
                {
                    run.report().await;
                }
            }
            let (ingest, cancel) = (engine.ingest.clone(), engine.watching.0.clone());
            if !cancel.is_cancelled() {
                *engine.watching.1.lock().await = Some(tokio::spawn(async move { ingest.watch(NOTICED, cancel).await }));
            }
            let sources = engine.ingest.collectors.iter().filter(|collector| collector.descriptor().backfills).map(|it| it.source());
            let sources = sources.filter(|source| engine.config.timing(source).is_some_and(|timing| timing.backfill.is_some()));
            join_all(sources.map(|source| engine.backfill_when_idle(source))).await;
        }))
    }

    /// One run of a source, as if its time had come; none if there is no such source or it is running.
    pub(super) async fn collect_now(&self, source: &str) -> Option<RunReport> {
        Some(self.supervisor.request(source, Trigger::Schedule).ok()?.report().await)
    }

    /// The sources that are configured.
    pub(super) fn sources(&self) -> Vec<&str> {
        self.ingest.collectors.iter().map(|collector| collector.source()).collect()
    }

    /// A supervisor of other collectors that keep what they read in the same store.
    pub(super) fn beside(&self, collectors: Vec<Arc<dyn Collector>>, every: Length) -> Supervisor {
        let ingest = self.ingest.with(collectors);
        let seconds = every.fixed().map_or(3600, |duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX));
        let watched = |collector: &Arc<dyn Collector>| Watched {
            source: collector.source().to_owned(),
            schedule: Some(Schedule::every(seconds)),
            time_limit: TIME_LIMIT,
            backfill_limit: TIME_LIMIT,
            history: ingest.history(collector.source(), (self.clock)()),
        };
        let watched = ingest.collectors.iter().map(watched).collect();
        let zone = self.config.policy.zone.clone();
        Supervisor::new(
            supervise::Config::new(zone, Arc::clone(&self.clock), system_jitter(), ingest.body(), record_lost(&ingest)),
            watched,
        )
    }

    /// A backfill that is done already is over at once, so it may be asked for at every start.
    async fn backfill_when_idle(&self, source: &str) {
        for _ in 0..3 {
            if let Some(run) = self.supervisor.join(source) {
                run.report().await;
            }
            match self.supervisor.request(source, Trigger::Backfill) {
                Ok(run) => {
                    run.report().await;
                    return;
                }
                Err(refused) => tracing::debug!(%refused, "the backfill waits"),
            }
        }
    }

    /// Lets runs end, or discards them.
    pub(super) async fn stop(&self) {
        self.watching.0.cancel();
        self.supervisor.shutdown(SHUTDOWN).await;
        // A commit or a message in progress is finished.
        for going_on in [self.watching.1.lock().await.take(), self.sending.lock().await.take()].into_iter().flatten() {
            let _ = tokio::time::timeout(SHUTDOWN, going_on).await;
        }
    }

    async fn collect(
        &self,
        sources: Vec<String>,
        git: Vec<PathBuf>,
        backfill: Option<String>,
        progress: &Progress,
    ) -> Result<Value, AdminError> {
        if !git.is_empty() && self.config.git.as_ref().is_none_or(|config| config.folders != git) {
            return Err(AdminError::new(
                AdminErrorKind::Usage,
                "a running server collects what it was started with; stop it to collect other folders, or add them to its configuration",
            ));
        }
        let known: Vec<&str> = self.ingest.collectors.iter().map(|collector| collector.source()).collect();
        if let Some(unknown) = sources.iter().find(|source| !known.contains(&source.as_str())) {
            return Err(AdminError::new(AdminErrorKind::NotFound, format!("there is no source {unknown:?}; configured: {}", list(&known))));
        }
        if known.is_empty() {
            return Err(AdminError::new(
                AdminErrorKind::Usage,
                "no source is configured; name folders of clones with --git or an organisation with --github-org, or write a spot.toml",
            ));
        }
        let wanted: Vec<String> = if sources.is_empty() { known.iter().map(ToString::to_string).collect() } else { sources };
        let mut runs = Vec::new();
        for source in wanted {
            runs.push(self.one_run(&source, Trigger::Manual, progress).await?);
            if backfill.is_some() {
                runs.push(self.one_run(&source, Trigger::Backfill, progress).await?);
            }
        }
        Ok(Value::Array(runs))
    }

    async fn one_run(&self, source: &str, trigger: Trigger, progress: &Progress) -> Result<Value, AdminError> {
        let handle: RunHandle = match self.supervisor.request(source, trigger) {
            Ok(handle) => handle,
            Err(refused) => match self.supervisor.join(source) {
                Some(handle) => {
                    progress.note(format!("{refused}; waiting for it"));
                    handle
                }
                None => return Err(AdminError::failed(&refused)),
            },
        };
        let mut states = self.supervisor.states();
        let report = handle.report();
        tokio::pin!(report);
        let report = loop {
            tokio::select! {
                report = &mut report => break report,
                changed = states.changed() => {
                    if changed.is_err() {
                        break report.await;
                    }
                    let state = states.borrow_and_update().clone();
                    if let Some(step) = state.get(source).and_then(|state| state.running.as_ref()).and_then(|running| running.progress.as_ref()) {
                        progress.step(step.scope.clone(), step.done, step.total);
                    }
                }
            }
        };
        match report.run {
            Some(run) => {
                let mut value = serde_json::to_value(&run).unwrap_or_default();
                // Extents are for staleness; a person wants to know what was found and what was wrong.
                if let Some(fields) = value.as_object_mut() {
                    fields.remove("extents");
                }
                Ok(value)
            }
            None => Err(AdminError::new(AdminErrorKind::Failed, report.message.unwrap_or_else(|| "the run left no record".to_owned()))),
        }
    }

    /// The facts of a week.
    async fn report(&self, week: Option<Period>, of: Option<EntityRef>) -> Result<Value, AdminError> {
        let (store, now) = (Arc::clone(&self.store), (self.clock)());
        let activities = activities_of(&self.supervisor.states().borrow());
        let read = tokio::task::spawn_blocking(move || {
            let lens = Lens::new(store.view());
            let week = week.unwrap_or_else(|| week::last_complete(&lens.view().zone(), now));
            week::facts(&lens, &activities, week, of.as_ref(), now)
        });
        let facts = read.await.map_err(|error| AdminError::failed(&error))?;
        let facts = facts.map_err(|error| AdminError { kind: kind_of(&error), ..AdminError::failed(&error) })?;
        serde_json::to_value(facts).map_err(|error| AdminError::failed(&error))
    }

    async fn send_report(&self, wish: &send::Wish, by: &Caller) -> Result<Value, AdminError> {
        let Some(office) = &self.office else {
            return Err(AdminError::new(AdminErrorKind::Usage, "no channel is configured; expected [[report.channels]] in spot.toml"));
        };
        let sent = office.send(wish, &by.actor()).await.map_err(|error| {
            let kind = match &error {
                NotSent::NoChannel(..) => AdminErrorKind::NotFound,
                NotSent::Before { .. } => AdminErrorKind::Usage,
                NotSent::Facts(error) => kind_of(error),
                NotSent::Store(_) | NotSent::Internal(_) => AdminErrorKind::Failed,
            };
            AdminError { kind, ..AdminError::failed(&error) }
        })?;
        serde_json::to_value(sent).map_err(|error| AdminError::failed(&error))
    }

    pub(super) fn link(&self, wish: &LinkRequest, by: &Caller) -> Result<(LinkRecord, CommitNumber), AdminError> {
        let LinkRequest { resource, entity, from, until } = wish;
        let usage = |message: String| AdminError::new(AdminErrorKind::Usage, message);
        let (source, id) = resource.split_once('/').ok_or_else(|| usage(format!("{resource:?} is not a resource; expected SOURCE/ID")))?;
        let reference: EntityRef = entity.parse().map_err(|error: crate::model::entity::ParseRefError| usage(error.to_string()))?;
        let now = (self.clock)();
        let zone = self.store.view().zone();
        let moment = |text: Option<&String>| -> Result<Option<Instant>, AdminError> {
            let Some(text) = text else { return Ok(None) };
            match text.parse::<Moment>().map_err(|error| usage(error.to_string()))? {
                Moment::Instant(instant) => Ok(Some(instant)),
                Moment::Day(day) => Ok(Some(zone.start_of(day))),
            }
        };
        let (from, until) = (moment(from.as_ref())?, moment(until.as_ref())?);
        let wish = Wish { source: source.to_owned(), resource: id.to_owned(), entity: reference, from, until };
        by_person(&self.store, &wish, &by.actor(), now).map_err(|error| match error {
            LinkError::NoResource(..) | LinkError::NoEntity(_) => AdminError::new(AdminErrorKind::NotFound, error.to_string()),
            LinkError::Store(error) => AdminError::failed(&error),
        })
    }
}

#[async_trait]
impl Engine for SpotEngine {
    fn generation(&self) -> u64 {
        self.store.generation()
    }

    fn readiness(&self) -> Readiness {
        if let Some(problem) = self.store.read_only() {
            return Readiness { ready: true, state: "read-only".to_owned(), detail: Some(problem) };
        }
        match self.store.view().rebuilding() {
            Some(share) => {
                let detail = format!("the index is being rebuilt, {:.0} % done; today is answered", share * 100.0);
                Readiness { ready: true, state: "rebuilding".to_owned(), detail: Some(detail) }
            }
            None => Readiness::ready(),
        }
    }

    async fn administer(&self, request: AdminRequest, by: &Caller, progress: Progress) -> Result<Value, AdminError> {
        match request {
            AdminRequest::Collect { sources, git, backfill } => self.collect(sources, git, backfill, &progress).await,
            AdminRequest::Retire { source, scope } => {
                let (store, clock, by) = (Arc::clone(&self.store), Arc::clone(&self.clock), by.actor());
                blocking(move || {
                    let written = keep::retire(&store, &source, scope.as_deref(), &by, clock())?;
                    Ok(json!({ "source": source, "scope": scope, "withdrawn": written }))
                })
                .await
            }
            AdminRequest::Link { resource, entity, from, until } => {
                let (record, commit) = self.link(&LinkRequest { resource, entity, from, until }, by)?;
                let LinkRecord { at, actor, resource, entity, reference, .. } = record;
                Ok(json!({
                    "resource": resource,
                    "entity": reference,
                    "id": entity.to_string(),
                    "by": actor.name,
                    "at": at.to_string(),
                    "commit": commit,
                }))
            }
            AdminRequest::Confirm { source, resource } => {
                let (store, clock, by) = (Arc::clone(&self.store), Arc::clone(&self.clock), by.actor());
                let ended = blocking({
                    let (source, resource) = (source.clone(), resource.clone());
                    move || {
                        let ended = keep::confirm_missing(&store, &source, resource.as_deref(), &by, clock())?;
                        Ok(json!({ "source": source, "ended": ended }))
                    }
                });
                let ended = ended.await?;
                match ended["ended"].as_array().is_some_and(Vec::is_empty) {
                    true => Err(AdminError::new(AdminErrorKind::NotFound, nothing_missing(&source, resource.as_deref()))),
                    false => Ok(ended),
                }
            }
            AdminRequest::TokenCreate { name, role, expires } => self.create_token(&name, role, expires.as_deref(), by),
            AdminRequest::TokenList {} => Ok(self.list_tokens()),
            AdminRequest::TokenRevoke { name } => self.revoke_token(&name, by),
            AdminRequest::Report { week, of } => self.report(week, of).await,
            AdminRequest::SendReport { channel, week, again } => self.send_report(&send::Wish { week, channel, again }, by).await,
            AdminRequest::SentReports { channel, week } => {
                let is_wanted = |delivery: &Delivery| {
                    channel.as_ref().is_none_or(|channel| delivery.channel == *channel) && week.is_none_or(|week| delivery.week == week)
                };
                let mut sent = deliveries(&self.store.view());
                sent.retain(is_wanted);
                sent.sort_by_key(|delivery| (delivery.at, delivery.number));
                serde_json::to_value(sent).map_err(|error| AdminError::failed(&error))
            }
            AdminRequest::SentReport { channel, week } => {
                let view = self.store.view();
                let newest = of_week(&view, week, &channel, Kind::Report).pop();
                let found = newest.and_then(|newest| letter(&view, &newest.key()));
                let found =
                    found.ok_or_else(|| AdminError::new(AdminErrorKind::NotFound, format!("no report of {week} was sent to {channel}")))?;
                serde_json::to_value(found).map_err(|error| AdminError::failed(&error))
            }
            AdminRequest::Verify {} => {
                let store = Arc::clone(&self.store);
                let verified = tokio::task::spawn_blocking(move || {
                    store.verify(|share| {
                        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share between 0 and 1")]
                        progress.step("checked", (share * 100.0) as u64, 100);
                    })
                });
                let verified = verified.await.map_err(|error| AdminError::failed(&error))?.map_err(|error| AdminError::failed(&error))?;
                serde_json::to_value(verified).map_err(|error| AdminError::failed(&error))
            }
            AdminRequest::Backup { to } => {
                let store = Arc::clone(&self.store);
                blocking(move || {
                    let bytes = store.backup(&to)?;
                    Ok(json!({ "to": to, "bytes": bytes }))
                })
                .await
            }
            AdminRequest::Export { to } => {
                let store = Arc::clone(&self.store);
                blocking(move || {
                    let failed = |source| store::Error::Io { action: "write", path: to.clone(), source };
                    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&to).map_err(failed)?;
                    let mut out = std::io::BufWriter::new(file);
                    let commits = store::export_to(&store, &mut out)?;
                    out.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
                    Ok(json!({ "to": to, "commits": commits }))
                })
                .await
            }
        }
    }
}

/// Why nothing was confirmed.
pub(super) fn nothing_missing(source: &str, resource: Option<&str>) -> String {
    match resource {
        Some(resource) => format!("{resource:?} is not missing in the source {source}"),
        None => format!("the brake holds nothing of the source {source}"),
    }
}

async fn blocking(work: impl FnOnce() -> Result<Value, store::Error> + Send + 'static) -> Result<Value, AdminError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error @ store::Error::ReadOnly(_))) => Err(AdminError { kind: AdminErrorKind::Damaged, ..AdminError::failed(&error) }),
        Ok(Err(error)) => Err(AdminError::failed(&error)),
        Err(error) => Err(AdminError::failed(&error)),
    }
}

fn record_lost(ingest: &Ingest) -> RecordLost {
    let ingest = ingest.clone();
    Arc::new(move |run| {
        let ingest = ingest.clone();
        Box::pin(async move { ingest.record_lost(run).await })
    })
}

fn schedule(timing: &Timing) -> Result<Schedule, Failure> {
    match &timing.schedule {
        ConfiguredSchedule::Every(length) => {
            Ok(Schedule::every(length.fixed().map_or(3600, |duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX))))
        }
        ConfiguredSchedule::Cron(cron) => Ok(cron.as_str().parse().map_err(anyhow::Error::from)?),
    }
}

const fn kind_of(error: &week::Error) -> AdminErrorKind {
    match error {
        week::Error::NoWeek(_) | week::Error::NotBegun { .. } => AdminErrorKind::Usage,
        week::Error::NoEntity(_) | week::Error::NothingKnown { .. } => AdminErrorKind::NotFound,
        week::Error::Query(_) | week::Error::Store(_) => AdminErrorKind::Failed,
    }
}

fn activities_of(states: &States) -> Arc<Vec<Activity>> {
    let all = states.iter().map(|(source, state)| Activity {
        source: source.clone(),
        // One of each kind, named after it.
        collector: source.clone(),
        next_run: state.next,
        interval_seconds: state.interval_seconds,
        running: state.running.as_ref().map(|running| {
            let progress = running.progress.clone();
            Progressing {
                started: running.since,
                backfill: running.trigger == Trigger::Backfill,
                scope: progress.as_ref().map(|progress| progress.scope.clone()).unwrap_or_default(),
                done: progress.as_ref().map_or(0, |progress| progress.done),
                total: progress.as_ref().map_or(0, |progress| progress.total),
            }
        }),
    });
    Arc::new(all.collect())
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
