//! What happened, and what stands where because of it.

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, Result, SimpleObject};
use serde_json::{Map, Value};

use crate::api::cause::{self, Cause};
use crate::api::commits::{CommitsBetween, between};
use crate::api::connection::{Rendered, connection, list, window};
use crate::api::entity::{Entity, Item};
use crate::api::error::{Code, from_query};
use crate::api::limits::page_size;
use crate::api::present::{Pinned, Present};
use crate::api::scalar::{DateTime, IncidentSeverity, Json, Moment, Priority};
use crate::model::event::NoEventNo;
use crate::model::{EntityId, Instant, Kind, trouble};
use crate::quality::sla::Terms;
use crate::query::deployed::{self, Standing};
use crate::query::event::{self, Happened};
use crate::query::{Cursor, commits, page};
use crate::store::{EventNo, EventPlace};

/// What kind of thing happened.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::model::EventKind")]
pub enum EventKind {
    /// A version was brought to an environment, or was meant to be.
    Deployment,
    /// A cluster replaced the pods of a workload.
    Rollout,
    /// A disturbance of operation.
    Incident,
    /// A defect.
    Bug,
    /// A customer asked for help.
    SupportCase,
    /// A change was proposed.
    PullRequest,
    /// A workflow or build ran.
    PipelineRun,
    /// Somebody acted through spot.
    Action,
}

/// Something that happened, as it was at the moment asked.
#[derive(Clone)]
pub struct Event {
    pinned: Arc<Pinned>,
    happened: Arc<Happened>,
}

impl Event {
    pub(crate) fn new(pinned: &Arc<Pinned>, happened: Happened) -> Self {
        Self { pinned: Arc::clone(pinned), happened: Arc::new(happened) }
    }

    fn is(&self, kind: crate::model::EventKind) -> bool {
        self.happened.record.kind == kind
    }

    fn all_fields(&self) -> Fields {
        Fields(self.happened.fields(self.pinned.at))
    }
}

/// One step of an event's life.
#[derive(SimpleObject, Clone)]
pub struct EventStep {
    /// When.
    pub at: DateTime,
    /// The state from then on, if it became another.
    pub state: Option<String>,
    /// Every field that became another, with its value.
    pub set: Json,
}

/// Something that happened, as it was at the moment asked.
#[Object]
impl Event {
    /// Opaque, for ever.
    async fn id(&self) -> ID {
        ID(self.happened.no.to_string())
    }

    /// What kind of thing.
    async fn kind(&self) -> EventKind {
        self.happened.record.kind.into()
    }

    /// When it began.
    async fn at(&self) -> DateTime {
        DateTime(self.happened.record.at)
    }

    /// When it was over, if it was by the moment.
    async fn ended(&self) -> Option<DateTime> {
        self.happened.ended(self.pinned.at).map(DateTime)
    }

    /// How long it took, or takes so far, in seconds.
    async fn seconds(&self) -> i64 {
        let until = self.happened.ended(self.pinned.at).unwrap_or(self.pinned.at);
        (until.micros() - self.happened.record.at.micros()).max(0) / 1_000_000
    }

    /// Its state at the moment: success, failure, open, merged.
    async fn state(&self) -> Option<&str> {
        self.happened.state(self.pinned.at)
    }

    /// What it happened to, if that is known, as it was then.
    async fn entity(&self) -> Option<Entity> {
        let pinned = self.pinned.present.pin(self.happened.record.at.min(self.pinned.at));
        self.happened.entity.and_then(|id| Entity::new(&pinned, id))
    }

    /// What it happened to, as the source names it.
    async fn resource(&self) -> &str {
        &self.happened.resource.id
    }

    /// Who tells of it: the source's name in the configuration.
    async fn source(&self) -> &str {
        &self.happened.resource.source
    }

    /// Where a person can look at it.
    async fn url(&self) -> Option<&str> {
        self.happened.record.check.as_deref()
    }

    /// Its life up to the moment, oldest first.
    async fn history(&self) -> Vec<EventStep> {
        let steps = self.happened.record.history.iter().filter(|step| step.at <= self.pinned.at);
        let step = |step: &crate::model::event::Step| EventStep {
            at: DateTime(step.at),
            state: step.set.get("state").and_then(Value::as_str).map(str::to_owned),
            set: Json(step.set.iter().map(|(field, value)| (field.clone(), value.clone())).collect::<Map<_, _>>().into()),
        };
        steps.map(step).collect()
    }

    /// All its fields at the moment; those without a history are as of now.
    async fn fields(&self) -> Json {
        Json(self.all_fields().0.into())
    }

    /// Of a deployment, what it brought where.
    async fn deployment(&self) -> Option<Deployment> {
        self.is(crate::model::EventKind::Deployment).then(|| Deployment { event: self.clone(), fields: self.all_fields() })
    }

    /// Of a rollout, what was replaced where.
    async fn rollout(&self) -> Option<Rollout> {
        self.is(crate::model::EventKind::Rollout).then(|| Rollout(self.all_fields()))
    }

    /// Of a pull request, what was proposed.
    async fn pull_request(&self) -> Option<PullRequest> {
        self.is(crate::model::EventKind::PullRequest).then(|| PullRequest(self.all_fields()))
    }

    /// Of a pipeline run, what ran.
    async fn pipeline_run(&self) -> Option<PipelineRun> {
        self.is(crate::model::EventKind::PipelineRun).then(|| PipelineRun(self.all_fields()))
    }

    /// Of an incident, how bad it was and for whom.
    async fn incident(&self) -> Option<Incident> {
        self.is(crate::model::EventKind::Incident).then(|| Incident { event: self.clone(), fields: self.all_fields() })
    }

    /// Of a bug, what is wrong and how urgent it is.
    async fn bug(&self) -> Option<Bug> {
        self.is(crate::model::EventKind::Bug).then(|| Bug { event: self.clone(), fields: self.all_fields() })
    }

    /// Of a support case, what a customer asked for.
    async fn support_case(&self) -> Option<SupportCase> {
        self.is(crate::model::EventKind::SupportCase).then(|| SupportCase(self.all_fields()))
    }

    /// Of a deployment or rollout, the incidents that it brought about, and those that a person says it did not, as far as is
    /// known now.
    async fn brought_about(&self) -> Result<Vec<Cause>> {
        if !self.is(crate::model::EventKind::Deployment) && !self.is(crate::model::EventKind::Rollout) {
            return Ok(Vec::new());
        }
        cause::of_deployment(&self.pinned, self.happened.no)
    }

    /// Of an action, who did what and why.
    async fn action(&self) -> Option<Action> {
        self.is(crate::model::EventKind::Action).then(|| Action(self.all_fields()))
    }
}

/// How bad a disturbance was and for whom.
pub struct Incident {
    event: Event,
    fields: Fields,
}

/// How bad a disturbance was and for whom.
#[Object]
impl Incident {
    /// What it is called.
    async fn title(&self) -> &str {
        self.fields.text("title").unwrap_or_default()
    }

    /// How bad it is; null if its source does not say, or its words mean nothing by the configuration.
    async fn severity(&self) -> Option<IncidentSeverity> {
        self.fields.text("severity").and_then(|word| word.parse::<trouble::Severity>().ok()).map(Into::into)
    }

    /// The same as its source calls it.
    async fn raw_severity(&self) -> Option<&str> {
        self.fields.text("rawSeverity")
    }

    /// When somebody first said that they look at it.
    async fn acknowledged(&self) -> Option<DateTime> {
        let Event { pinned, happened } = &self.event;
        let is_it = |step: &&crate::model::event::Step| step.set.get("state").and_then(Value::as_str) == Some("acknowledged");
        happened.record.history.iter().filter(|step| step.at <= pinned.at).find(is_it).map(|step| DateTime(step.at))
    }

    /// What customers could not do.
    async fn features(&self) -> Vec<&str> {
        self.fields.texts("features")
    }

    /// What customers noticed, in words.
    async fn impact(&self) -> Option<&str> {
        self.fields.text("impact")
    }

    /// Everything that it happened to, as it was then: what the event is of, and the others.
    async fn entities(&self) -> Vec<Entity> {
        let Event { pinned, happened } = &self.event;
        let at = happened.record.at.min(pinned.at);
        let view = pinned.lens().view();
        let others = self.fields.texts("also").into_iter().filter_map(|id| view.resource_no(&happened.resource.source, id));
        let mut ids: Vec<EntityId> = happened.entity.into_iter().chain(others.filter_map(|no| view.linked_at(no, at))).collect();
        let mut seen = std::collections::HashSet::new();
        ids.retain(|id| seen.insert(*id));
        let then = pinned.present.pin(at);
        ids.into_iter().filter_map(|id| Entity::new(&then, id)).collect()
    }

    /// Who leads.
    async fn commander(&self) -> Option<&str> {
        self.fields.text("commander")
    }

    /// The deployment that brought it about, as its source names it.
    async fn deployment(&self) -> Option<&str> {
        self.fields.text("deployment")
    }

    /// The deployments that brought it about, and those that a person says did not, as far as is known now: the causes first.
    async fn brought_about_by(&self) -> Result<Vec<Cause>> {
        cause::of_incident(&self.event.pinned, self.event.happened.no)
    }

    /// Other deployments of what it happened to that a person may name as the cause, the newest before it first.
    async fn candidates(&self, #[graphql(default = 5)] first: i32) -> Result<Vec<Event>> {
        cause::candidates(&self.event.pinned, self.event.happened.no, first)
    }

    /// Where it was looked back upon.
    async fn postmortem(&self) -> Option<&str> {
        self.fields.text("postmortem")
    }
}

/// What is wrong and how urgent it is.
pub struct Bug {
    event: Event,
    fields: Fields,
}

/// What is wrong and how urgent it is.
#[Object]
impl Bug {
    /// What people call it: LEDGER-12.
    async fn key(&self) -> &str {
        self.fields.text("key").unwrap_or_default()
    }

    /// Its title.
    async fn title(&self) -> &str {
        self.fields.text("title").unwrap_or_default()
    }

    /// How urgent it is; null if its source does not say, or its words mean nothing by the configuration.
    async fn priority(&self) -> Option<Priority> {
        self.fields.text("priority").and_then(|word| word.parse::<trouble::Priority>().ok()).map(Into::into)
    }

    /// The same as its source calls it.
    async fn raw_priority(&self) -> Option<&str> {
        self.fields.text("rawPriority")
    }

    /// It is seen in production.
    async fn production(&self) -> bool {
        self.fields.flag("production")
    }

    /// The state as its source calls it.
    async fn status(&self) -> Option<&str> {
        self.fields.text("status")
    }

    /// Why it is resolved, as its source calls it.
    async fn resolution(&self) -> Option<&str> {
        self.fields.text("resolution")
    }

    /// Who works on it.
    async fn assignee(&self) -> Option<&str> {
        self.fields.text("assignee")
    }

    /// Names of its labels.
    async fn labels(&self) -> Vec<&str> {
        self.fields.texts("labels")
    }

    /// Until when it has to be resolved by the policy and its priority at the moment; null without an SLA.
    async fn due(&self) -> Option<DateTime> {
        let Event { pinned, happened } = &self.event;
        let priority = self.fields.text("priority").and_then(|word| word.parse().ok());
        let policy = pinned.lens().view().policy(pinned.at);
        Terms::of(&policy).due(happened.record.at, priority, pinned.at).map(DateTime)
    }
}

/// What a customer asked for.
pub struct SupportCase(Fields);

/// What a customer asked for.
#[Object]
impl SupportCase {
    /// What people call it: its number.
    async fn key(&self) -> &str {
        self.0.text("key").unwrap_or_default()
    }

    /// Its subject.
    async fn title(&self) -> &str {
        self.0.text("title").unwrap_or_default()
    }

    /// How urgent it is; null if its source does not say, or its words mean nothing by the configuration.
    async fn priority(&self) -> Option<Priority> {
        self.0.text("priority").and_then(|word| word.parse::<trouble::Priority>().ok()).map(Into::into)
    }

    /// Which part of the product it is about.
    async fn features(&self) -> Vec<&str> {
        self.0.texts("features")
    }

    /// The state as its source calls it.
    async fn status(&self) -> Option<&str> {
        self.0.text("status")
    }
}

/// Fields of an event.
pub struct Fields(Map<String, Value>);

impl Fields {
    fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_str)
    }

    fn texts(&self, field: &str) -> Vec<&str> {
        self.0.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn number(&self, field: &str) -> Option<u64> {
        self.0.get(field).and_then(Value::as_u64)
    }

    fn flag(&self, field: &str) -> bool {
        self.0.get(field).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// What a deployment brought where.
pub struct Deployment {
    event: Event,
    fields: Fields,
}

/// What a deployment brought where.
#[Object]
impl Deployment {
    /// production, staging.
    async fn environment(&self) -> Option<&str> {
        self.fields.text("environment")
    }

    /// The region, datacenter or cluster within the environment.
    async fn region(&self) -> Option<&str> {
        self.fields.text("region")
    }

    /// The version: a tag.
    async fn version(&self) -> Option<&str> {
        self.fields.text("version")
    }

    /// Full object id of the commit.
    async fn commit(&self) -> Option<&str> {
        self.fields.text("commit")
    }

    /// Branch or tag from which it was made.
    async fn git_ref(&self) -> Option<&str> {
        self.fields.text("gitRef")
    }

    /// Who started it.
    async fn by(&self) -> Option<&str> {
        self.fields.text("by")
    }

    /// Number of the pull request that brought it.
    async fn pull_request(&self) -> Option<u64> {
        self.fields.number("pullRequest")
    }

    /// Where its log is.
    async fn log(&self) -> Option<&str> {
        self.fields.text("log")
    }

    /// What the source says about it.
    async fn description(&self) -> Option<&str> {
        self.fields.text("description")
    }

    /// The source itself says that it went back to an earlier version.
    async fn rollback(&self) -> bool {
        self.fields.flag("rollback")
    }

    /// What it brought: commits between it and what stood there before, or this version, the newest `first` each way. Null if
    /// nothing stood there, or it is not known from which repository it came.
    async fn commits_since(&self, version: Option<String>, #[graphql(default = 100)] first: i32) -> Result<Option<CommitsBetween>> {
        let Event { pinned, happened } = &self.event;
        let earlier = match version {
            Some(version) => Some(version),
            None => commits::before(pinned.lens(), happened).map_err(from_query)?,
        };
        let (Some(earlier), Some(later), Some(id)) = (earlier, commits::brought(happened), happened.entity) else { return Ok(None) };
        between(pinned, id, &earlier, later, first).await
    }
}

/// Which workload got which pods.
pub struct Rollout(Fields);

/// Which workload got which pods.
#[Object]
impl Rollout {
    /// The cluster.
    async fn cluster(&self) -> Option<&str> {
        self.0.text("cluster")
    }

    /// The namespace.
    async fn namespace(&self) -> Option<&str> {
        self.0.text("namespace")
    }

    /// The workload's name.
    async fn workload(&self) -> Option<&str> {
        self.0.text("workload")
    }

    /// Deployment, StatefulSet or DaemonSet.
    async fn workload_kind(&self) -> Option<&str> {
        self.0.text("workloadKind")
    }

    /// The revision that it brought.
    async fn revision(&self) -> Option<u64> {
        self.0.number("revision")
    }

    /// The version: a label, else the tag of the main image.
    async fn version(&self) -> Option<&str> {
        self.0.text("version")
    }

    /// The environment that the cluster or namespace is for.
    async fn environment(&self) -> Option<&str> {
        self.0.text("environment")
    }

    /// The cluster's region.
    async fn region(&self) -> Option<&str> {
        self.0.text("region")
    }

    /// The change-cause annotation.
    async fn cause(&self) -> Option<&str> {
        self.0.text("cause")
    }

    /// It brought an earlier revision again.
    async fn rollback(&self) -> bool {
        self.0.flag("rollback")
    }

    /// Why it failed.
    async fn message(&self) -> Option<&str> {
        self.0.text("message")
    }
}

/// A proposed change.
pub struct PullRequest(Fields);

/// A proposed change.
#[Object]
impl PullRequest {
    /// Its number in the repository.
    async fn number(&self) -> Option<u64> {
        self.0.number("number")
    }

    /// Its title.
    async fn title(&self) -> Option<&str> {
        self.0.text("title")
    }

    /// The author's login.
    async fn author(&self) -> Option<&str> {
        self.0.text("author")
    }

    /// Logins of those who reviewed it.
    async fn reviewers(&self) -> Vec<&str> {
        self.0.texts("reviewers")
    }

    /// The branch into which it goes.
    async fn base(&self) -> Option<&str> {
        self.0.text("base")
    }

    /// Lines added.
    async fn additions(&self) -> Option<u64> {
        self.0.number("additions")
    }

    /// Lines deleted.
    async fn deletions(&self) -> Option<u64> {
        self.0.number("deletions")
    }

    /// Names of its labels.
    async fn labels(&self) -> Vec<&str> {
        self.0.texts("labels")
    }
}

/// A workflow or build that ran.
pub struct PipelineRun(Fields);

/// A workflow or build that ran.
#[Object]
impl PipelineRun {
    /// The workflow or job.
    async fn name(&self) -> Option<&str> {
        self.0.text("name")
    }

    /// Its number.
    async fn number(&self) -> Option<u64> {
        self.0.number("number")
    }

    /// Which attempt.
    async fn attempt(&self) -> Option<u64> {
        self.0.number("attempt")
    }

    /// The branch on which it ran.
    async fn branch(&self) -> Option<&str> {
        self.0.text("branch")
    }

    /// Full object id of the commit.
    async fn commit(&self) -> Option<&str> {
        self.0.text("commit")
    }

    /// What started it: push, pull_request, schedule.
    async fn trigger(&self) -> Option<&str> {
        self.0.text("trigger")
    }
}

/// What somebody did through spot.
pub struct Action(Fields);

/// What somebody did through spot.
#[Object]
impl Action {
    /// restart, scale, rollback, delete_pod.
    async fn action(&self) -> Option<&str> {
        self.0.text("action")
    }

    /// Who did it.
    async fn by(&self) -> Option<&str> {
        self.0.text("by")
    }

    /// With which role.
    async fn role(&self) -> Option<&str> {
        self.0.text("role")
    }

    /// Why, in that person's words.
    async fn reason(&self) -> Option<&str> {
        self.0.text("reason")
    }

    /// What exactly: replicas, revision, pod.
    async fn detail(&self) -> Option<&str> {
        self.0.text("detail")
    }

    /// What the system answered, if it refused.
    async fn message(&self) -> Option<&str> {
        self.0.text("message")
    }
}

connection!(
    /// Events in order of time.
    EventConnection, EventEdge, Event
);

/// Which events a list shows.
#[derive(Default)]
pub(crate) struct EventSelection {
    pub(crate) kinds: Option<Vec<EventKind>>,
    pub(crate) of: Vec<EntityId>,
    pub(crate) owned_by: Option<EntityId>,
    pub(crate) environment: Option<String>,
    pub(crate) states: Option<Vec<String>>,
}

pub(crate) fn events_page(
    present: &Arc<Present>,
    selection: EventSelection,
    (from, to): (Instant, Instant),
    ascending: bool,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<EventConnection> {
    let after = after.map(|after| Cursor::decode(list::EVENTS, after)).transpose().map_err(from_query)?;
    let (from, to) = after.as_ref().map_or((from, to), |cursor| (cursor.from, cursor.to.min(present.now)));
    let kinds: Vec<_> = selection.kinds.unwrap_or_default().into_iter().map(Into::into).collect();
    let states = selection.states.unwrap_or_default();
    let question = event::Question {
        kinds: &kinds,
        of: &selection.of,
        owned_by: selection.owned_by.map(|team| (team, true)),
        from,
        to,
        environment: selection.environment.as_deref(),
        states: &states,
        ascending,
        first: page_size(first)?,
        after: after.as_ref(),
    };
    let found = event::events(&present.lens, &question).map_err(from_query)?;
    present.budget.charge(found.items.len())?;
    let pinned = present.pin(to);
    let cursor = |happened: &Happened| Cursor {
        list: list::EVENTS,
        from,
        to,
        at: happened.record.at,
        entity: happened.entity.unwrap_or(event::NOBODY),
        path: format!("{:016x}", happened.no.0),
    };
    let cursors = found.items.iter().map(cursor).collect();
    let nodes = found.items.into_iter().map(|happened| Event::new(&pinned, happened)).collect();
    let hint = present.lens.hint(to).map_err(from_query)?;
    Ok(EventConnection {
        page: Rendered { total: found.total, has_previous: found.has_previous, has_next: found.has_next, nodes, cursors, hint },
    })
}

pub(crate) fn events_of(
    item: &Item,
    kinds: Option<Vec<EventKind>>,
    from: Option<&Moment>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<EventConnection> {
    let present = &item.pinned.present;
    let from = from.map_or(Ok(Instant::MIN), |from| present.resolve_start(from))?;
    let selection = EventSelection { kinds, of: vec![item.id], ..EventSelection::default() };
    events_page(present, selection, (from, item.pinned.at), false, first, after)
}

/// The number that an id means.
pub(crate) fn number(id: &str) -> Result<EventNo> {
    id.parse().map_err(|error: NoEventNo| Code::UnknownEntity.error(error.to_string()))
}

/// The event of an id.
pub(crate) fn event_of(present: &Arc<Present>, id: &str, at: Instant) -> Result<Option<Event>> {
    let no = number(id)?;
    let found = event::event(&present.lens, no).map_err(from_query)?;
    Ok(found.filter(|happened| happened.record.at <= at).map(|happened| Event::new(&present.pin(at), happened)))
}

/// A version in one region of one environment.
#[derive(Clone)]
pub struct DeployedVersion {
    pinned: Arc<Pinned>,
    standing: Standing,
}

/// A version in one region of one environment.
#[Object]
impl DeployedVersion {
    /// production, staging.
    async fn environment(&self) -> &str {
        &self.standing.environment
    }

    /// The region, if the source tells one.
    async fn region(&self) -> Option<&str> {
        self.standing.region.as_deref()
    }

    /// The version, or the short commit; null if none arrived so far.
    async fn version(&self) -> Option<&str> {
        self.standing.version.as_deref()
    }

    /// Since when it stands there.
    async fn since(&self) -> Option<DateTime> {
        self.standing.since.map(DateTime)
    }

    /// What stood there before.
    async fn previous(&self) -> Option<&str> {
        self.standing.previous.as_deref()
    }

    /// It had stood there before what it replaced: somebody went back.
    async fn rollback(&self) -> bool {
        self.standing.is_rollback
    }

    /// Another region of the environment has had a newer version since then.
    async fn behind_since(&self) -> Option<DateTime> {
        self.standing.behind_since.map(DateTime)
    }

    /// The deployment or rollout that brought it last.
    async fn event(&self) -> Result<Option<Event>> {
        self.standing.brought_by.map_or(Ok(None), |place| read(&self.pinned, place))
    }

    /// A newer deployment that failed or still goes on.
    async fn attempt(&self) -> Result<Option<Event>> {
        self.standing.attempt.as_ref().map_or(Ok(None), |attempt| read(&self.pinned, attempt.event))
    }

    /// The newer deployment failed; null if there is none.
    async fn attempt_failed(&self) -> Option<bool> {
        self.standing.attempt.as_ref().map(|attempt| attempt.has_failed)
    }
}

fn read(pinned: &Arc<Pinned>, place: EventPlace) -> Result<Option<Event>> {
    let found = event::event(pinned.lens(), place.no).map_err(from_query)?;
    Ok(found.map(|happened| Event::new(pinned, happened)))
}

/// What stands where of an entity.
pub(crate) fn deployed_of(item: &Item, environment: Option<&str>) -> Result<Vec<DeployedVersion>> {
    let pinned = &item.pinned;
    let mut all = deployed::deployed(pinned.lens(), item.id, pinned.at).map_err(from_query)?;
    all.retain(|standing| environment.is_none_or(|wanted| standing.environment == wanted));
    pinned.present.budget.charge(all.len())?;
    Ok(all.into_iter().map(|standing| DeployedVersion { pinned: Arc::clone(pinned), standing }).collect())
}

/// A service with the versions that stand in each region.
#[derive(Clone)]
pub struct DeployedService {
    pinned: Arc<Pinned>,
    id: EntityId,
    standings: Vec<Standing>,
}

/// A service with the versions that stand in each region.
#[Object]
impl DeployedService {
    /// The service, or the repository where no service is known.
    async fn entity(&self) -> Option<Entity> {
        Entity::new(&self.pinned, self.id)
    }

    /// Regions of one environment do not have the same version.
    async fn drifts(&self) -> bool {
        self.standings.iter().any(|standing| standing.behind_since.is_some())
    }

    /// Since when, the longest.
    async fn drifts_since(&self) -> Option<DateTime> {
        self.standings.iter().filter_map(|standing| standing.behind_since).min().map(DateTime)
    }

    /// What stands where, by environment and region.
    async fn versions(&self) -> Vec<DeployedVersion> {
        let version = |standing: &Standing| DeployedVersion { pinned: Arc::clone(&self.pinned), standing: standing.clone() };
        self.standings.iter().map(version).collect()
    }
}

/// An environment in which something stands.
#[derive(SimpleObject, Clone)]
pub struct Environment {
    /// production, staging.
    pub name: String,
    /// Its regions, by name.
    pub regions: Vec<String>,
    /// How many services stand in it, on all pages.
    pub services: usize,
    /// In how many of them regions differ.
    pub drifting: usize,
}

connection!(
    /// Services with what stands where, by name.
    DeployedConnection, DeployedEdge, DeployedService, environments: Vec<Environment>, {
        /// The environments of everything on all pages, production first, then by name.
        async fn environments(&self) -> &[Environment] {
            &self.environments
        }
    }
);

/// Which services a matrix of versions shows.
#[derive(Default)]
pub(crate) struct DeployedSelection {
    pub(crate) environment: Option<String>,
    pub(crate) filter: page::Filter,
    pub(crate) drifting: bool,
}

pub(crate) fn deployed_page(
    present: &Arc<Present>,
    selection: &DeployedSelection,
    at: Instant,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<DeployedConnection> {
    let after = after.map(|after| Cursor::decode(list::DEPLOYED, after)).transpose().map_err(from_query)?;
    let at = after.as_ref().map_or(at, |cursor| cursor.to.min(present.now));
    let question = page::Question {
        kind: Kind::Service,
        filter: &selection.filter,
        order: page::Order::Name,
        descending: false,
        first: usize::MAX,
        after: None,
        at,
    };
    let services = page::page(&present.lens, &question).map_err(from_query)?.items;
    let mut all: Vec<(EntityId, Vec<Standing>)> = Vec::new();
    for id in services {
        let mut standings = deployed::deployed(&present.lens, id, at).map_err(from_query)?;
        standings.retain(|standing| selection.environment.as_ref().is_none_or(|wanted| standing.environment == *wanted));
        let drifts = standings.iter().any(|standing| standing.behind_since.is_some());
        if !standings.is_empty() && (drifts || !selection.drifting) {
            all.push((id, standings));
        }
    }
    let environments = environments(&all);
    let start = match &after {
        Some(cursor) => all.iter().position(|(id, _)| *id == cursor.entity).map_or(0, |position| position + 1),
        None => 0,
    };
    let total = all.len();
    let range = window(total, start, page_size(first)?);
    let (has_previous, has_next) = (range.start > 0, range.end < total);
    let page = &all[range];
    present.budget.charge(page.iter().map(|(_, standings)| 1 + standings.len()).sum())?;
    let pinned = present.pin(at);
    let cursors = page.iter().map(|(id, _)| Cursor::of_entity(list::DEPLOYED, at, *id)).collect();
    let node = |(id, standings): &(EntityId, Vec<Standing>)| DeployedService {
        pinned: Arc::clone(&pinned),
        id: *id,
        standings: standings.clone(),
    };
    let nodes = page.iter().map(node).collect();
    let hint = present.lens.hint(at).map_err(from_query)?;
    Ok(DeployedConnection { page: Rendered { total, has_previous, has_next, nodes, cursors, hint }, environments })
}

fn environments(all: &[(EntityId, Vec<Standing>)]) -> Vec<Environment> {
    let mut found: std::collections::BTreeMap<(bool, &str), Environment> = std::collections::BTreeMap::new();
    for (_, standings) in all {
        let mut seen = std::collections::BTreeMap::new();
        for standing in standings {
            let name = standing.environment.as_str();
            let environment = found.entry((name != "production", name)).or_insert_with(|| Environment {
                name: name.to_owned(),
                regions: Vec::new(),
                services: 0,
                drifting: 0,
            });
            if let Some(region) = standing.region.as_ref().filter(|region| !environment.regions.contains(region)) {
                environment.regions.push(region.clone());
            }
            *seen.entry((name != "production", name)).or_insert(false) |= standing.behind_since.is_some();
        }
        for (key, drifts) in seen {
            if let Some(environment) = found.get_mut(&key) {
                environment.services += 1;
                environment.drifting += usize::from(drifts);
            }
        }
    }
    let mut all: Vec<Environment> = found.into_values().collect();
    all.iter_mut().for_each(|environment| environment.regions.sort());
    all
}
