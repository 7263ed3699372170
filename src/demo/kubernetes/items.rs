//! Objects of a cluster at one moment: what is needed to tell whether they changed, and to write them out.

use std::sync::Arc;

use super::desired::Stage;
use super::pods::{Pod, State};
use super::resources::Kind;
use super::revision::Hand;
use super::templates::TemplateCell;
use crate::model::Instant;

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    /// `namespace/name`, or the name: the order of lists.
    pub(super) key: String,
    pub(super) uid: String,
    /// Its resource version.
    pub(super) revision: u64,
    pub(super) created: Instant,
    /// In [`crate::demo::company::clusters::ClusterContent::workloads`]; of nodes and namespaces their position there.
    pub(super) position: usize,
    pub(super) body: Body,
}

/// The controller that made an object.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) uid: String,
}

/// What is particular to a kind.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Pod(Box<PodBody>),
    Workload(Box<WorkloadBody>),
    ReplicaSet(Box<ReplicaSetBody>),
    ControllerRevision { number: u64, template: Arc<TemplateCell>, owner: Owner },
    Job(Box<JobBody>),
    CronJob { stage: Box<Stage>, active: Vec<Owner>, last: Option<Instant>, succeeded: Option<Instant> },
    Service,
    Ingress,
    Autoscaler { current: u32, scaled: Option<Instant> },
    Node { is_ready: bool, is_cordoned: bool },
    Namespace,
}

#[derive(Clone, Debug)]
pub(super) struct PodBody {
    pub(super) pod: Pod,
    pub(super) state: State,
    pub(super) is_deleting: bool,
    /// It ended: well, or not.
    pub(super) ended: Option<(Instant, bool)>,
    pub(super) template: Arc<TemplateCell>,
    pub(super) owner: Owner,
    /// What the template's revision is called.
    pub(super) hash: String,
    /// Restarts out of turn.
    pub(super) touches: u32,
}

/// How far a rollout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It began at this time.
    UnderWay(Instant),
    /// It was over at this time.
    Done(Instant),
    /// It does not get on since this time.
    TimedOut(Instant),
}

/// A Deployment, StatefulSet or DaemonSet.
#[derive(Clone, Debug)]
pub(super) struct WorkloadBody {
    pub(super) stage: Stage,
    pub(super) observed: u64,
    /// What was wanted when the controller last looked.
    pub(super) wanted: u32,
    pub(super) template: Arc<TemplateCell>,
    /// The number of the current revision, and what it is called.
    pub(super) number: u64,
    pub(super) hash: String,
    /// The revision before, while it is not gone.
    pub(super) hash_before: String,
    pub(super) progress: Progress,
    pub(super) replicas: u32,
    pub(super) updated: u32,
    pub(super) ready: u32,
}

#[derive(Clone, Debug)]
pub(super) struct ReplicaSetBody {
    pub(super) template: Arc<TemplateCell>,
    pub(super) stage: Stage,
    pub(super) owner: Owner,
    pub(super) hash: String,
    pub(super) number: u64,
    pub(super) history: Vec<u64>,
    pub(super) generation: u64,
    pub(super) wanted: u32,
    pub(super) replicas: u32,
    pub(super) ready: u32,
}

#[derive(Clone, Debug)]
pub(super) struct JobBody {
    pub(super) template: Arc<TemplateCell>,
    pub(super) owner: Owner,
    pub(super) due: i64,
    /// When its pod started, ended, and whether well.
    pub(super) started: Instant,
    pub(super) ended: Option<(Instant, bool)>,
}

impl Item {
    /// The namespace; empty for what has none.
    pub(super) fn namespace(&self) -> &str {
        self.key.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    pub(super) fn name(&self) -> &str {
        self.key.split_once('/').map_or(self.key.as_str(), |(_, name)| name)
    }
}

/// What came of a workload, or of the machines and namespaces.
#[derive(Debug)]
pub(super) struct View {
    /// It holds from this version on,
    pub(super) since: u64,
    /// until this instant, if nothing is written before.
    pub(super) next: Instant,
    /// By kind and key.
    pub(super) items: Vec<Arc<Item>>,
}

impl View {
    pub(super) fn of(hand: &Hand<'_>, mut items: Vec<Item>) -> Self {
        items.sort_by(|a, b| (a.kind, &a.key).cmp(&(b.kind, &b.key)));
        Self { since: hand.changed, next: hand.next, items: items.into_iter().map(Arc::new).collect() }
    }
}
