//! Where acts are planned and done: two steps, and a record of every attempt.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::act::cluster::{CallError, Cluster, Right};
use crate::act::difference::{Difference, differences};
use crate::act::plan::{self, Planned, Refusal, uid_of};
use crate::act::target::{Act, Target, WorkloadKind, is_name};
use crate::act::warning::warnings;
use crate::act::write::Write;
use crate::collect::kubernetes::Clients;
use crate::model::event::{self, Step, to_fields};
use crate::model::{Clock, Event, EventKind, Instant, Layer};
use crate::store::{self, Store};

/// How long a plan may be acted on.
pub const PLAN_SECONDS: i64 = 5 * 60;
/// Plans at once; the oldest goes.
const KEPT: usize = 1000;
/// Letters of a reason; [`Error::Reason`] tells them.
pub const REASON: std::ops::RangeInclusive<usize> = 10..=500;
/// How often a write is tried when only what does not matter changed in the meantime: controllers write a status several
/// times in a second.
const TRIES: u32 = 10;
/// How long planning may take, all calls together.
const PLANNING: Duration = Duration::from_secs(15);

/// Gives clients of clusters by their names.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// The client of a cluster.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    async fn client(&self, cluster: &str) -> Result<kube::Client, String>;
}

#[async_trait]
impl Clusters for Clients {
    async fn client(&self, cluster: &str) -> Result<kube::Client, String> {
        self.get(cluster).await.map_err(|error| error.to_string())
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The name.
    pub name: String,
    /// The role.
    pub role: String,
}

/// What would be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Names it when it is acted on.
    pub id: String,
    /// The workload.
    pub target: Target,
    /// What is done.
    pub act: Act,
    /// What exactly is done, in words.
    pub detail: String,
    /// What the cluster would change.
    pub differences: Vec<Difference>,
    /// What a person should know before.
    pub warnings: Vec<String>,
    /// From when on it may no longer be acted on.
    pub expires: Instant,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The record's id: of the event on the workload's timeline.
    pub id: String,
    /// The workload.
    pub target: Target,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The cluster did it.
    Succeeded,
    /// It was asked for and did not come about, as far as is known; why.
    Failed(String),
    /// It was not asked for; why.
    Refused(String),
}

impl Outcome {
    /// The word of the record's state.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
            Self::Refused(_) => "refused",
        }
    }

    /// Why it did not come about.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Succeeded => None,
            Self::Failed(message) | Self::Refused(message) => Some(message),
        }
    }
}

/// Why nothing was planned or tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It makes no sense for the workload as it is.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The cluster cannot be asked, or refuses.
    #[error("cluster {cluster}: {source}")]
    Call {
        /// The cluster.
        cluster: String,
        /// Why.
        source: CallError,
    },
    /// The account that spot uses lacks a right.
    #[error(
        "the account that spot uses in cluster {cluster} lacks a right in namespace {namespace}: {right}; deploy/kubernetes/act.yaml grants it"
    )]
    NoRight {
        /// The cluster.
        cluster: String,
        /// The namespace.
        namespace: String,
        /// The right.
        right: String,
    },
    /// Nobody planned that, it was acted on already, or it is too old.
    #[error("there is no such plan any more; plan it again")]
    NoPlan,
    /// The reason is too short or too long.
    #[error("the reason has {0} letters; expected 10 to 500")]
    Reason(usize),
    /// What was asked for is no name.
    #[error("{0:?} is not the name of a pod")]
    PodName(String),
    /// The attempt cannot be recorded, so it is not made.
    #[error("the attempt cannot be recorded, so it is not made")]
    Store(#[from] store::Error),
    /// The process is ending.
    #[error("spot is stopping")]
    Stopping,
}

/// A plan that may be acted on.
#[derive(Clone)]
struct Held {
    who: String,
    target: Target,
    act: Act,
    detail: String,
    planned_at: Instant,
    basis: Value,
    write: Write,
}

/// An act on a workload as it is now.
struct Prepared {
    object: Value,
    planned: Planned,
    /// What the plan stands on: if it differs, the plan does not hold.
    basis: Value,
    autoscalers: Option<Vec<Value>>,
}

/// Where acts are planned and done. One for a process.
pub struct Desk {
    clusters: Arc<dyn Clusters>,
    store: Arc<Store>,
    clock: Clock,
    random: Arc<dyn Fn() -> [u8; 32] + Send + Sync>,
    plans: Mutex<BTreeMap<String, Held>>,
}

impl Desk {
    /// A desk that records in `store`.
    #[must_use]
    pub fn new(clusters: Arc<dyn Clusters>, store: Arc<Store>, clock: Clock, random: Arc<dyn Fn() -> [u8; 32] + Send + Sync>) -> Self {
        Self { clusters, store, clock, random, plans: Mutex::default() }
    }

    /// Has the cluster try an act without keeping anything.
    ///
    /// # Errors
    /// [`Error`], which says what stands in the way.
    pub async fn plan(&self, who: &Who, target: &Target, act: &Act) -> Result<Plan, Error> {
        let planning = tokio::time::timeout(PLANNING, self.try_out(who, target, act));
        planning.await.unwrap_or_else(|_| Err(lost(target, format!("none within {} s", PLANNING.as_secs()))))
    }

    async fn try_out(&self, who: &Who, target: &Target, act: &Act) -> Result<Plan, Error> {
        let now = (self.clock)();
        let cluster = self.cluster(target).await?;
        let Prepared { object, planned, basis, autoscalers } = prepare(&cluster, target, act, now).await?;
        let right = right_of(target, act);
        // A cluster that does not say is asked by the dry run.
        if cluster.may(&right, target.namespace(), target.name()).await == Ok(false) {
            let (cluster, namespace) = (target.cluster().to_owned(), target.namespace().to_owned());
            return Err(Error::NoRight { cluster, namespace, right: right.words() });
        }
        // Not guarded: it keeps nothing, and while pods come and go a status changes from one call to the next.
        let called = |source| Error::Call { cluster: target.cluster().to_owned(), source };
        let tried = cluster.write(&planned.write, true).await.map_err(called)?;
        let differences = match act {
            Act::Scale { .. } => {
                let mut after = object.clone();
                after["spec"]["replicas"] = tried.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(0));
                differences(&object, &after)
            }
            Act::DeletePod { pod } => {
                vec![Difference { path: format!("pod {pod}"), before: Some(Value::from("there")), after: None }]
            }
            Act::Restart | Act::RollBack { .. } => differences(&object, &tried),
        };
        let id = hexadecimal(&(self.random)());
        let warnings = warnings(target, act, &object, autoscalers.as_deref());
        let held = Held {
            who: who.name.clone(),
            target: target.clone(),
            act: act.clone(),
            detail: planned.detail.clone(),
            planned_at: now,
            basis,
            write: planned.write,
        };
        self.hold(id.clone(), held, now);
        let expires = now.plus_seconds(PLAN_SECONDS);
        Ok(Plan { id, target: target.clone(), act: act.clone(), detail: planned.detail, differences, warnings, expires })
    }

    /// Does what was planned, once. The attempt is recorded whatever comes of it, and goes on when nobody waits for it.
    ///
    /// # Errors
    /// [`Error::Reason`], [`Error::NoPlan`], [`Error::Store`]; what the cluster says is in [`Done`].
    pub async fn perform(self: &Arc<Self>, who: &Who, plan: &str, reason: &str) -> Result<Done, Error> {
        let reason = reason.trim();
        let letters = reason.chars().count();
        if !REASON.contains(&letters) {
            return Err(Error::Reason(letters));
        }
        let now = (self.clock)();
        // Of two who act on one plan, one does.
        let held = self.plans.lock().remove(plan).filter(|held| now < held.planned_at.plus_seconds(PLAN_SECONDS)).ok_or(Error::NoPlan)?;
        let (desk, who, reason) = (Arc::clone(self), who.clone(), reason.to_owned());
        let work = tokio::spawn(async move { desk.attempt(&who, held, &reason).await });
        work.await.unwrap_or(Err(Error::Stopping))
    }

    async fn attempt(self: &Arc<Self>, who: &Who, held: Held, reason: &str) -> Result<Done, Error> {
        let id = hexadecimal(&(self.random)()[..16]);
        let target = held.target.clone();
        let mut record = Event {
            kind: EventKind::Action,
            id: id.clone(),
            resource: Arc::new(target.resource()),
            at: (self.clock)(),
            ended: None,
            history: Vec::new(),
            is_whole: true,
            body: to_fields(&event::Action {
                action: held.act.word().to_owned(),
                by: who.name.clone(),
                role: who.role.clone(),
                reason: reason.to_owned(),
                detail: Some(held.detail.clone()),
                message: None,
            }),
            check: None,
        };
        record.history.push(Step::state(record.at, "started"));
        self.record(record.clone()).await?;
        let outcome =
            if held.who == who.name { self.act(&held).await } else { Outcome::Refused(format!("it was planned by {}", held.who)) };
        let ended = (self.clock)();
        let mut step = Step::state(ended, outcome.state());
        if let Some(message) = outcome.message() {
            step.set.insert("message".to_owned(), Value::from(message));
        }
        record.history.push(step);
        record.ended = Some(ended);
        tracing::info!(%target, action = held.act.word(), detail = held.detail, by = who.name, state = outcome.state(), "acted");
        if let Err(error) = self.record(record).await {
            // It is on record that it began; how it ended is told now, and by the cluster.
            tracing::error!(%error, %target, "the end of an act could not be recorded");
        }
        Ok(Done { id, target, outcome })
    }

    async fn act(&self, held: &Held) -> Outcome {
        let cluster = match self.cluster(&held.target).await {
            Ok(cluster) => cluster,
            Err(error) => return Outcome::Failed(error.to_string()),
        };
        for left in (0..TRIES).rev() {
            let now = match prepare(&cluster, &held.target, &held.act, held.planned_at).await {
                Ok(now) => now,
                Err(Error::Refused(refusal)) => return Outcome::Refused(refusal.to_string()),
                Err(error) => return Outcome::Failed(error.to_string()),
            };
            if now.basis != held.basis || now.planned.write != held.write {
                return Outcome::Refused("it is no longer as it was when this was planned; plan it again".to_owned());
            }
            match cluster.write(&held.write.clone().guarded(version_of(&now.object)), false).await {
                Ok(_) => return Outcome::Succeeded,
                // Its status changes all the time; what matters is looked at again.
                Err(CallError::Conflict(_)) if left > 0 => {}
                Err(error @ CallError::Lost(_)) => return Outcome::Failed(format!("{error}; it may have been done all the same")),
                Err(error) => return Outcome::Failed(error.to_string()),
            }
        }
        Outcome::Failed("it changed each time that it was looked at".to_owned())
    }

    async fn cluster(&self, target: &Target) -> Result<Cluster, Error> {
        self.clusters.client(target.cluster()).await.map(Cluster::new).map_err(|message| lost(target, message))
    }

    async fn record(self: &Arc<Self>, event: Event) -> Result<(), Error> {
        let desk = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || -> Result<(), store::Error> {
            let now = (desk.clock)();
            let mut transaction = desk.store.begin(Layer::Observed)?;
            let no = transaction.resource(Target::SOURCE, &event.resource);
            transaction.put_event(Target::SOURCE, no, event)?;
            transaction.commit(now)?;
            Ok(())
        });
        Ok(work.await.map_err(|_| Error::Stopping)??)
    }

    fn hold(&self, id: String, held: Held, now: Instant) {
        let mut plans = self.plans.lock();
        plans.retain(|_, held| now < held.planned_at.plus_seconds(PLAN_SECONDS));
        if plans.len() >= KEPT
            && let Some(oldest) = plans.iter().min_by_key(|(_, held)| held.planned_at).map(|(id, _)| id.clone())
        {
            plans.remove(&oldest);
        }
        plans.insert(id, held);
    }
}

/// Reads what an act depends on, and plans it.
async fn prepare(cluster: &Cluster, target: &Target, act: &Act, now: Instant) -> Result<Prepared, Error> {
    let called = |source| Error::Call { cluster: target.cluster().to_owned(), source };
    let object = cluster.get(&target.path()).await.map_err(called)?;
    let mut autoscalers = None;
    let planned = match act {
        Act::Restart => plan::restart(target, &object, now)?,
        Act::Scale { replicas } => {
            let planned = plan::scale(target, &object, *replicas)?;
            let path = format!("/apis/autoscaling/v1/namespaces/{}/horizontalpodautoscalers", target.namespace());
            autoscalers = cluster.list(&path).await.ok();
            planned
        }
        Act::RollBack { revision } if target.kind() == WorkloadKind::Deployment => {
            let sets = cluster.list(&target.apps("replicasets")).await.map_err(called)?;
            plan::roll_back_deployment(target, &object, &sets, *revision)?
        }
        Act::RollBack { revision } => {
            let revisions = cluster.list(&target.apps("controllerrevisions")).await.map_err(called)?;
            plan::roll_back_by_revision(target, &object, &revisions, *revision)?
        }
        Act::DeletePod { pod } => {
            if !is_name(pod) {
                return Err(Error::PodName(pod.clone()));
            }
            let found = cluster.get(&target.pod(pod)).await.map_err(called)?;
            let sets = match target.kind() {
                WorkloadKind::Deployment => cluster.list(&target.apps("replicasets")).await.map_err(called)?,
                WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => Vec::new(),
            };
            plan::delete_pod(target, &object, &sets, &found)?
        }
    };
    let basis = basis_of(&object, act)?;
    Ok(Prepared { object, planned, basis, autoscalers })
}

/// What has to be the same when a plan is acted on: the very object, and what the act depends on.
fn basis_of(object: &Value, act: &Act) -> Result<Value, Refusal> {
    let part = |path: &str| object.pointer(path).cloned().unwrap_or_default();
    let uid = uid_of(object)?;
    let without_replicas = || {
        let mut spec = part("/spec");
        // An autoscaler may decide while a person thinks.
        if let Some(fields) = spec.as_object_mut() {
            fields.remove("replicas");
        }
        spec
    };
    Ok(match act {
        Act::Restart => json!([uid, without_replicas()]),
        Act::RollBack { .. } => json!([uid, without_replicas(), part("/metadata/annotations")]),
        Act::Scale { .. } => json!([uid, part("/spec/replicas")]),
        // Which pod it is stands in the request.
        Act::DeletePod { .. } => json!([uid]),
    })
}

fn right_of(target: &Target, act: &Act) -> Right {
    let apps = |subresource| Right { verb: "patch", group: "apps", resource: target.kind().plural(), subresource };
    match act {
        Act::Restart | Act::RollBack { .. } => apps(""),
        Act::Scale { .. } => apps("scale"),
        Act::DeletePod { .. } => Right { verb: "delete", group: "", resource: "pods", subresource: "" },
    }
}

fn version_of(object: &Value) -> &str {
    object.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default()
}

fn lost(target: &Target, message: String) -> Error {
    Error::Call { cluster: target.cluster().to_owned(), source: CallError::Lost(message) }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
