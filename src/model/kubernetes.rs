//! The typed bodies of facet `kubernetes`: of a cluster, of a workload, and of the service whose workloads they are.
//!
//! Every field is optional or a collection, because a statement holds only what its source says. What each list of the
//! API server tells is a statement of its own, so that a list that may not be read takes nothing else with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Instant;

/// Facet `kubernetes` of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cluster {
    /// The version of its API server, as it says: `v1.33.2`.
    pub version: Option<String>,
    /// Where it is, as configured.
    pub region: Option<String>,
    /// Where exactly, as configured.
    pub datacenter: Option<String>,
    /// What it is for, as configured.
    pub environment: Option<String>,
    /// Zones that have nodes, sorted.
    pub zones: Vec<String>,
    /// Nodes by zone; those without a zone are under `none`. Volatile.
    pub nodes: BTreeMap<String, u64>,
}

/// Facet `kubernetes` of a workload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Workload {
    /// The cluster's name; an edge to `cluster:NAME`.
    pub cluster: Option<String>,
    /// The cluster's region.
    pub region: Option<String>,
    /// The cluster's datacenter.
    pub datacenter: Option<String>,
    /// What the cluster is for.
    pub environment: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// Its name in the cluster.
    pub name: Option<String>,
    /// Deployment, StatefulSet, DaemonSet or CronJob.
    pub kind: Option<String>,
    /// Replicas as configured; absent where an autoscaler decides: see `replicas`. Of a DaemonSet, absent.
    pub desired: Option<u64>,
    /// Pods that there should be now, whoever decided. Volatile.
    pub replicas: Option<u64>,
    /// Pods that are ready. Volatile.
    pub ready: Option<u64>,
    /// Pods of the newest revision. Volatile.
    pub updated: Option<u64>,
    /// Pods that have been ready for long enough. Volatile.
    pub available: Option<u64>,
    /// Images by container, as configured.
    pub images: BTreeMap<String, String>,
    /// Label `app.kubernetes.io/version`, else the tag of the main image, else its digest.
    pub version: Option<String>,
    /// The newest revision of its template.
    pub revision: Option<u64>,
    /// No rollout begins before somebody resumes it.
    pub paused: Option<bool>,
    /// Conditions that are wrong and stay so without somebody doing something, by type.
    pub conditions: BTreeMap<String, Condition>,
    /// Too few pods are available. Volatile.
    pub unavailable: Option<Condition>,
    /// Requests of one pod.
    pub requests: Option<Amounts>,
    /// Limits of one pod; absent for what one of its containers has no limit.
    pub limits: Option<Amounts>,
    /// Of a CronJob: its schedule.
    pub schedule: Option<String>,
    /// Of a CronJob: the time zone of the schedule, if it names one.
    pub time_zone: Option<String>,
    /// Of a CronJob: it does not run.
    pub suspended: Option<bool>,
    /// Of a CronJob: when it last began. Volatile.
    pub last_scheduled: Option<Instant>,
    /// Of a CronJob: when it last succeeded. Volatile.
    pub last_succeeded: Option<Instant>,
    /// Revisions that can be rolled back to, and the current one, by number. Volatile: every rollout is an event.
    pub revisions: BTreeMap<String, Revision>,
    /// Pods by name; those that ended well are left out. Volatile.
    pub pods: BTreeMap<String, Pod>,
    /// How many pods are in which phase. Volatile.
    pub phases: BTreeMap<String, u64>,
    /// Restarts of all containers of its pods. Volatile.
    pub restarts: Option<u64>,
    /// The autoscaler, if one scales it.
    pub autoscaling: Option<Autoscaling>,
    /// Hosts by which it can be reached from outside, sorted.
    pub hosts: Vec<String>,
}

/// A condition as the cluster tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    /// One word: `ProgressDeadlineExceeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
}

/// Processor time and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Amounts {
    /// Thousandths of a core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_millis: Option<u64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// One revision of a workload's template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revision {
    /// Images by container.
    pub images: BTreeMap<String, String>,
    /// When the ReplicaSet or ControllerRevision was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Instant>,
    /// Annotation `kubernetes.io/change-cause`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The ReplicaSet or ControllerRevision.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Earlier numbers of the same revision: it was rolled back to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<u64>,
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Pending, Running, Failed or Unknown.
    pub phase: String,
    /// Whether it takes traffic.
    pub ready: bool,
    /// Restarts of its containers.
    pub restarts: u64,
    /// Why a container waits or ended: `CrashLoopBackOff`, `ImagePullBackOff`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The node's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The revision that it is of: the name of its ReplicaSet or ControllerRevision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Instant>,
    /// Digests of the images that actually run, by container.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
}

/// A horizontal autoscaler.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Autoscaling {
    /// Its name.
    pub name: String,
    /// The least replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// The most replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
}

/// Facet `kubernetes` of a service: what runs of it, and where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Runs {
    /// By the workload's ref: `workload:CLUSTER/NAMESPACE/NAME`.
    pub workloads: BTreeMap<String, Place>,
}

/// Where a workload is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The cluster's name.
    pub cluster: String,
    /// Its region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The namespace.
    pub namespace: String,
}
