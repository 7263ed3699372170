//! What runs in the company's Kubernetes clusters: machines, workloads, and what was asked of each and when.
//!
//! # Invariants
//! - Plain data: what is *wanted*, at every instant. What comes of it (ReplicaSets, pods, states) is the business of the
//!   simulated servers.
//! - A workload's steps are in order of time, and no two workloads of a namespace and kind have the same name.

mod generate;
mod load;
#[cfg(test)]
mod tests;
mod third_party;

pub use generate::clusters;
pub use load::load;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::model::Instant;

/// A cluster and everything that was ever wanted of it.
#[derive(Clone, Debug)]
pub struct ClusterContent {
    /// `prod-eu-central-1`.
    pub name: String,
    /// The release of Kubernetes: `v1.33.4`.
    pub version: String,
    /// From its making to its end.
    pub exists: Range<Instant>,
    /// Namespaces by name.
    pub namespaces: Vec<Namespace>,
    /// Machines by name.
    pub nodes: Vec<Node>,
    /// What is meant to run.
    pub workloads: Vec<Workload>,
}

/// A namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// The name.
    pub name: String,
    /// Labels beside its name's.
    pub labels: BTreeMap<String, String>,
    /// From its making to its end.
    pub exists: Range<Instant>,
}

/// A machine.
#[derive(Clone, Debug)]
pub struct Node {
    /// `ip-10-3-17-4.eu-central-1.example`.
    pub name: String,
    /// `eu-central-1`.
    pub region: String,
    /// `eu-central-1a`.
    pub zone: String,
    /// `m7i.2xlarge`.
    pub instance_type: &'static str,
    /// Whole processors.
    pub processors: u32,
    /// Memory in GiB.
    pub memory: u32,
    /// `amd64` or `arm64`.
    pub architecture: &'static str,
    /// From joining to leaving.
    pub exists: Range<Instant>,
}

/// What kind of workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet: a pod on every node.
    DaemonSet,
    /// A CronJob that runs this often.
    CronJob(Schedule),
}

/// When a CronJob runs: every so many minutes, from a minute on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// 5, 10, 15, 20, 30, 60 or 1440.
    pub every: u32,
    /// The first minute of the hour or day.
    pub minute: u32,
}

impl Schedule {
    /// In the notation of cron.
    #[must_use]
    pub fn cron(self) -> String {
        match self.every {
            1440 => format!("{} {} * * *", self.minute % 60, self.minute / 60),
            60 => format!("{} * * * *", self.minute),
            every => format!("*/{every} * * * *"),
        }
    }

    /// The run that is due at or before an instant, in minutes since 1970.
    #[must_use]
    pub fn before(self, at: Instant) -> i64 {
        let (every, offset) = (i64::from(self.every), if self.every < 60 { 0 } else { i64::from(self.minute) });
        (at.micros().div_euclid(60_000_000) - offset).div_euclid(every) * every + offset
    }
}

/// Something that is meant to run.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What kind.
    pub kind: WorkloadKind,
    /// Where.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// Labels of the workload and its pods, beside the version's.
    pub labels: BTreeMap<String, String>,
    /// Pods are known by these labels.
    pub selector: BTreeMap<String, String>,
    /// Annotations of the workload.
    pub annotations: BTreeMap<String, String>,
    /// Who wrote it, as managers of fields are called: `argocd-controller`, `helm`, `kubectl-client-side-apply`.
    pub manager: &'static str,
    /// The containers of a pod; the first one has the version of the step.
    pub containers: Vec<Container>,
    /// What was wanted, from when on; the first step is its making.
    pub steps: Vec<Step>,
    /// Whether steps write what they are for into `kubernetes.io/change-cause`.
    pub says_cause: bool,
    /// What each release is called.
    pub releases: Releases,
    /// When it ends.
    pub end: Instant,
    /// Seconds until a pod is ready.
    pub startup: u32,
    /// How many in a thousand pods come to grief now and then.
    pub trouble: u32,
    /// What reaches it.
    pub exposure: Option<Exposure>,
    /// Fewest and most replicas of its autoscaler.
    pub autoscaler: Option<(u32, u32)>,
    /// Everything by chance comes from this.
    pub seed: u64,
}

/// A container of a pod.
#[derive(Clone, Debug)]
pub struct Container {
    /// The name.
    pub name: String,
    /// Without tag: `registry.example/payments/ledger-api`.
    pub image: String,
    /// The tag; none: that of the release.
    pub tag: Option<&'static str>,
    /// What it listens on.
    pub port: Option<u16>,
    /// Thousandths of a processor that are set aside for it.
    pub processor: u32,
    /// MiB that are set aside for it, of which it may use twice as much.
    pub memory: u32,
}

/// What is wanted from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// From when on.
    pub at: Instant,
    /// Which release, in the words of [`Workload::releases`].
    pub release: u32,
    /// How many pods; of no meaning for a DaemonSet.
    pub replicas: u32,
    /// Its pods crash as soon as they start.
    pub is_bad: bool,
}

/// What a release is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// `1.42.0`.
    pub version: String,
    /// The image is named by its digest alone.
    pub by_digest: bool,
    /// What `kubernetes.io/change-cause` says of it.
    pub cause: String,
}

/// Tells releases by their number; always the same.
#[derive(Clone)]
pub struct Releases(Arc<dyn Fn(u32) -> Release + Send + Sync>);

impl Releases {
    /// Asks this.
    pub fn asking(ask: impl Fn(u32) -> Release + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    /// These, by position; beyond them the last one.
    #[must_use]
    pub fn listed(versions: &[&str]) -> Self {
        let all: Vec<String> = versions.iter().map(|version| (*version).to_owned()).collect();
        Self::asking(move |number| {
            let version = all.get(number as usize).or(all.last()).cloned().unwrap_or_else(|| "latest".to_owned());
            Release { cause: format!("deploy {version}"), version, by_digest: false }
        })
    }

    /// A release.
    #[must_use]
    pub fn of(&self, number: u32) -> Release {
        (self.0)(number)
    }
}

impl fmt::Debug for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Releases")
    }
}

/// A Service in front of a workload, perhaps with an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The Service's port.
    pub port: u16,
    /// Hosts of the Ingress; none: there is no Ingress.
    pub hosts: Vec<String>,
}
