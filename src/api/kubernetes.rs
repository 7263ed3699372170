//! What runs where: clusters and the workloads in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Object, Result, SimpleObject};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::entity::{Item, Service, Workload};
use crate::api::error::from_query;
use crate::api::scalar::DateTime;
use crate::model::kubernetes::{self as model, Amounts, Autoscaling};
use crate::model::{Facet, Kind};
use crate::query::entity::facts;
use crate::query::graph;

/// What its cluster says of a workload, or of itself.
pub(crate) struct State(BTreeMap<String, Value>);

impl State {
    /// Reads it as of the item's moment, volatile fields included.
    pub(crate) fn of(item: &Item) -> Result<Self> {
        let (_, facets) = facts(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)?;
        let facet = facets.into_iter().find(|facet| facet.facet == Facet::Kubernetes);
        Ok(Self(facet.map(|facet| facet.fields.into_iter().map(|(field, said)| (field, said.value)).collect()).unwrap_or_default()))
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, field: &str) -> Option<T> {
        serde_json::from_value(self.0.get(field)?.clone()).ok()
    }

    /// The entries of a keyed field.
    pub(crate) fn entries<T: DeserializeOwned>(&self, field: &str) -> Vec<(String, T)> {
        let entries = self.0.range(format!("{field}[")..).take_while(|(name, _)| name.starts_with(&format!("{field}[")));
        let entry = |(name, value): (&String, &Value)| {
            let key = name.get(field.len() + 1..name.len() - 1)?;
            Some((key.to_owned(), serde_json::from_value(value.clone()).ok()?))
        };
        entries.filter_map(entry).collect()
    }

    /// An object whose keys are fields of their own here, as they are where it is volatile.
    fn object<T: DeserializeOwned>(&self, field: &str) -> Option<T> {
        let whole = self.0.get(field).cloned();
        let parts = || Value::Object(self.entries::<Value>(field).into_iter().collect());
        serde_json::from_value(whole.unwrap_or_else(parts)).ok()
    }
}

/// An image of a container.
#[derive(SimpleObject, Clone)]
pub struct ContainerImage {
    /// The container.
    pub container: String,
    /// The image as configured.
    pub image: String,
}

/// A pod, as of the last record at the moment.
#[derive(SimpleObject, Clone)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// Pending, Running, Failed or Unknown.
    pub phase: String,
    /// Whether it takes traffic.
    pub ready: bool,
    /// Restarts of its containers.
    pub restarts: u64,
    /// Why a container waits or ended: CrashLoopBackOff, ImagePullBackOff.
    pub reason: Option<String>,
    /// The node.
    pub node: Option<String>,
    /// The node's zone.
    pub zone: Option<String>,
    /// The revision that it is of.
    pub revision: Option<String>,
    /// Since when.
    pub created: Option<DateTime>,
}

/// A revision of a workload's template.
#[derive(SimpleObject, Clone)]
pub struct Revision {
    /// Its number.
    pub number: u64,
    /// Images by container.
    pub images: Vec<ContainerImage>,
    /// When it was created.
    pub created: Option<DateTime>,
    /// The change-cause annotation.
    pub cause: Option<String>,
    /// It is the one that stands.
    pub current: bool,
}

/// Something that is wrong with a workload.
#[derive(SimpleObject, Clone)]
pub struct Condition {
    /// Its type: Progressing, ReplicaFailure, Available.
    #[graphql(name = "type")]
    pub type_: String,
    /// One word: ProgressDeadlineExceeded.
    pub reason: Option<String>,
    /// A sentence.
    pub message: Option<String>,
    /// Since when.
    pub since: Option<DateTime>,
}

/// Replicas between which an autoscaler chooses.
#[derive(SimpleObject, Clone)]
pub struct Autoscaler {
    /// Its name.
    pub name: String,
    /// The least replicas.
    pub min: Option<u64>,
    /// The most replicas.
    pub max: Option<u64>,
}

/// Processor time and memory of one pod.
#[derive(SimpleObject, Clone)]
pub struct PodAmounts {
    /// Thousandths of a core.
    pub cpu_millis: Option<u64>,
    /// Bytes.
    pub memory_bytes: Option<f64>,
}

/// What a cluster says of a workload.
pub struct WorkloadState(pub(crate) Arc<State>);

/// What a cluster says of a workload.
#[Object]
impl WorkloadState {
    /// The cluster's name.
    async fn cluster(&self) -> Option<String> {
        self.0.get("cluster")
    }

    /// The cluster's region.
    async fn region(&self) -> Option<String> {
        self.0.get("region")
    }

    /// What the cluster is for: production, staging.
    async fn environment(&self) -> Option<String> {
        self.0.get("environment")
    }

    /// The namespace.
    async fn namespace(&self) -> Option<String> {
        self.0.get("namespace")
    }

    /// Deployment, StatefulSet, DaemonSet or CronJob.
    async fn kind(&self) -> Option<String> {
        self.0.get("kind")
    }

    /// The version: a label, else the tag of the main image.
    async fn version(&self) -> Option<String> {
        self.0.get("version")
    }

    /// Images by container.
    async fn images(&self) -> Vec<ContainerImage> {
        images(self.0.entries("images"))
    }

    /// Pods that there should be.
    async fn desired(&self) -> Option<u64> {
        self.0.get("replicas").or_else(|| self.0.get("desired"))
    }

    /// Pods that are ready, as of the last record.
    async fn ready(&self) -> Option<u64> {
        self.0.get("ready")
    }

    /// Pods of the newest revision.
    async fn updated(&self) -> Option<u64> {
        self.0.get("updated")
    }

    /// Restarts of all containers of its pods.
    async fn restarts(&self) -> Option<u64> {
        self.0.get("restarts")
    }

    /// The revision that stands.
    async fn revision(&self) -> Option<u64> {
        self.0.get("revision")
    }

    /// No rollout begins before somebody resumes it.
    async fn paused(&self) -> bool {
        self.0.get("paused").unwrap_or(false)
    }

    /// Of a CronJob: its schedule.
    async fn schedule(&self) -> Option<String> {
        self.0.get("schedule")
    }

    /// Of a CronJob: it does not run.
    async fn suspended(&self) -> bool {
        self.0.get("suspended").unwrap_or(false)
    }

    /// Of a CronJob: when it last succeeded.
    async fn last_succeeded(&self) -> Option<DateTime> {
        self.0.get("lastSucceeded").map(DateTime)
    }

    /// Hosts by which it can be reached from outside.
    async fn hosts(&self) -> Vec<String> {
        self.0.get("hosts").unwrap_or_default()
    }

    /// The autoscaler that decides about replicas.
    async fn autoscaler(&self) -> Option<Autoscaler> {
        let found: Autoscaling = self.0.object("autoscaling")?;
        (!found.name.is_empty()).then_some(Autoscaler { name: found.name, min: found.min, max: found.max })
    }

    /// What one pod asks for.
    async fn requests(&self) -> Option<PodAmounts> {
        amounts(self.0.object("requests")?)
    }

    /// What one pod may not exceed.
    async fn limits(&self) -> Option<PodAmounts> {
        amounts(self.0.object("limits")?)
    }

    /// What is wrong with it.
    async fn conditions(&self) -> Vec<Condition> {
        let mut all: Vec<(String, model::Condition)> = self.0.entries("conditions");
        all.extend(
            self.0.object::<model::Condition>("unavailable").filter(|it| it.reason.is_some()).map(|it| ("Available".to_owned(), it)),
        );
        let condition = |(type_, it): (String, model::Condition)| Condition {
            type_,
            reason: it.reason,
            message: it.message,
            since: it.since.map(DateTime),
        };
        all.into_iter().map(condition).collect()
    }

    /// Pods, as of the last record, by name.
    async fn pods(&self) -> Vec<Pod> {
        let pod = |(name, pod): (String, model::Pod)| Pod {
            name,
            phase: pod.phase,
            ready: pod.ready,
            restarts: pod.restarts,
            reason: pod.reason,
            node: pod.node,
            zone: pod.zone,
            revision: pod.revision,
            created: pod.created.map(DateTime),
        };
        self.0.entries("pods").into_iter().map(pod).collect()
    }

    /// Revisions that it can go back to, and the one that stands, newest first.
    async fn revisions(&self) -> Vec<Revision> {
        let current: Option<u64> = self.0.get("revision");
        let revision = |(number, it): (String, model::Revision)| {
            let number = number.parse().ok()?;
            let images = images(it.images.into_iter().collect());
            Some(Revision { number, images, created: it.created.map(DateTime), cause: it.cause, current: current == Some(number) })
        };
        let mut all: Vec<Revision> = self.0.entries("revisions").into_iter().filter_map(revision).collect();
        all.sort_by_key(|revision| std::cmp::Reverse(revision.number));
        all
    }
}

fn images(all: Vec<(String, String)>) -> Vec<ContainerImage> {
    all.into_iter().map(|(container, image)| ContainerImage { container, image }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a pod are far from 2^53")]
fn amounts(amounts: Amounts) -> Option<PodAmounts> {
    let memory_bytes = amounts.memory_bytes.map(|bytes| bytes as f64);
    (amounts != Amounts::default()).then_some(PodAmounts { cpu_millis: amounts.cpu_millis, memory_bytes })
}

/// What a cluster says of itself.
pub struct ClusterState(pub(crate) Arc<State>);

/// Nodes in a zone.
#[derive(SimpleObject, Clone)]
pub struct ZoneNodes {
    /// The zone.
    pub zone: String,
    /// How many nodes.
    pub nodes: u64,
}

/// What a cluster says of itself.
#[Object]
impl ClusterState {
    /// The version of its API server.
    async fn version(&self) -> Option<String> {
        self.0.get("version")
    }

    /// Where it is.
    async fn region(&self) -> Option<String> {
        self.0.get("region")
    }

    /// Where exactly.
    async fn datacenter(&self) -> Option<String> {
        self.0.get("datacenter")
    }

    /// What it is for: production, staging.
    async fn environment(&self) -> Option<String> {
        self.0.get("environment")
    }

    /// Nodes by zone.
    async fn nodes(&self) -> Vec<ZoneNodes> {
        self.0.entries("nodes").into_iter().map(|(zone, nodes)| ZoneNodes { zone, nodes }).collect()
    }
}

/// The workloads in which a service runs, or that a cluster holds, by name.
pub(crate) fn workloads_of(item: &Item) -> Result<Vec<Workload>> {
    let (lens, at) = (item.pinned.lens(), item.pinned.at);
    let ids = match lens.kind(item.id) {
        Some(Kind::Cluster) => graph::held_by_cluster(lens, item.id, at),
        _ => graph::workloads(lens, item.id, at),
    };
    let ids = ids.map_err(from_query)?;
    item.pinned.present.budget.charge(ids.len())?;
    Ok(ids.into_iter().map(|id| Workload(Item { pinned: Arc::clone(&item.pinned), id })).collect())
}

/// The service that runs in a workload.
pub(crate) fn service_of(item: &Item) -> Result<Option<Service>> {
    let found = graph::runs_in(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)?;
    Ok(found.map(|id| Service(Item { pinned: Arc::clone(&item.pinned), id })))
}
