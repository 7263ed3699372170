//! Kubernetes: what runs where, at which version, and how it came there.
//!
//! - Source: the API servers of any number of clusters, since Kubernetes 1.19; `apps/v1`, `batch/v1`, `autoscaling/v2`,
//!   `networking.k8s.io/v1` and the core.
//! - Facets: general and kubernetes of clusters and workloads, kubernetes of the services that they run. Rollouts are
//!   events.
//! - Identity: a cluster by its name in the configuration; a workload by cluster, namespace, kind and name. What runs of a
//!   service claims no ref; it is linked by labels, annotations, images and names.
//! - Permissions: `list` and `watch` on the kinds that `deploy/kubernetes/read.yaml` names. What is not allowed is
//!   missing, and nothing else.
//! - Cannot see: what a cluster forgot before it was first read, except the revisions that it keeps; ConfigMaps, Secrets
//!   and environment variables, which are not read; workloads of custom kinds.
//!
//! # Invariants
//! - The scope of every resource is its cluster. Where a list of a cluster cannot be read, it has an extent of its own,
//!   named `CLUSTER/LIST` after the origin of what it tells, and what it told before stands.
//! - One cluster that cannot be reached touches no other.
//! - While it watches, it lists nothing a second time but what a watch lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::future::join_all;
use futures::{FutureExt as _, StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

pub use self::client::{Access, Clients, ConnectError, connect, current_context};
use crate::collect::http::Outside;
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::{Instant, Kind};

mod check;
mod client;
mod convert;
mod fold;
mod hints;
mod image;
mod kind;
mod list;
mod quantity;
mod rollout;
mod site;
mod state;
mod tell;
mod watch;
mod wire;

#[cfg(test)]
mod tests;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor =
    Descriptor { name: "kubernetes", title: "Kubernetes", kinds: &[Kind::Cluster, Kind::Workload], backfills: false };

/// The annotation by which an entity names its workloads, and a workload its entity.
pub const ANNOTATION: &str = "backstage.io/kubernetes-id";

/// Clusters that are read at the same time: pages of each are in memory, and one that does not answer holds its place.
const AT_ONCE: usize = 4;

/// Namespaces of Kubernetes itself.
pub const SYSTEM_NAMESPACES: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// A cluster to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// What it is called.
    pub name: String,
    /// How it is reached.
    pub access: Access,
    /// Where it is.
    pub region: Option<String>,
    /// Where exactly.
    pub datacenter: Option<String>,
    /// What it is for: production, staging.
    pub environment: Option<String>,
}

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The clusters; their names differ.
    pub clusters: Vec<Cluster>,
    /// Namespaces whose workloads are left out.
    pub namespaces_excluded: Vec<String>,
    /// Labels and annotations of workloads that name the service, strongest first.
    pub service_labels: Vec<String>,
    /// See [`Linking::rule`].
    pub link: Option<String>,
    /// Whether to go on watching between runs.
    pub watch: bool,
}

impl Config {
    /// Clusters without namespaces of Kubernetes itself, watched.
    #[must_use]
    pub fn new(clusters: Vec<Cluster>) -> Self {
        Self {
            clusters,
            namespaces_excluded: SYSTEM_NAMESPACES.map(str::to_owned).to_vec(),
            service_labels: Vec::new(),
            link: None,
            watch: true,
        }
    }
}

/// The collector of Kubernetes.
pub struct KubernetesCollector {
    source: String,
    config: Config,
    outside: Outside,
    clients: Arc<Clients>,
    sites: Vec<Arc<site::Site>>,
    asked: AtomicU64,
}

impl KubernetesCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        let clients = Arc::new(Clients::new(config.clusters.iter().map(|cluster| (cluster.name.clone(), cluster.access.clone()))));
        let wanted = Arc::new(state::Wanted {
            excluded: config.namespaces_excluded.iter().cloned().collect(),
            annotations: config.service_labels.iter().cloned().chain([ANNOTATION, hints::ARGO_TRACKING].map(str::to_owned)).collect(),
        });
        let mut names = BTreeSet::new();
        let clusters = config.clusters.iter().filter(|cluster| names.insert(cluster.name.clone()));
        let sites = clusters
            .map(|cluster| {
                let told = convert::Cluster {
                    name: cluster.name.clone(),
                    region: cluster.region.clone(),
                    datacenter: cluster.datacenter.clone(),
                    environment: cluster.environment.clone(),
                    service_labels: config.service_labels.clone(),
                };
                Arc::new(site::Site::new(told, Arc::clone(&wanted)))
            })
            .collect();
        Self { source: source.into(), config, outside, clients, sites, asked: AtomicU64::new(0) }
    }

    /// The clients of its clusters, for whoever acts on them.
    #[must_use]
    pub fn clients(&self) -> Arc<Clients> {
        Arc::clone(&self.clients)
    }

    fn reader<'a>(&'a self, cancel: &'a CancellationToken) -> site::Reader<'a> {
        site::Reader { clients: &self.clients, outside: &self.outside, cancel, asked: &self.asked }
    }
}

impl std::fmt::Debug for KubernetesCollector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KubernetesCollector").field("source", &self.source).finish_non_exhaustive()
    }
}

#[async_trait]
impl Collector for KubernetesCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: vec![ANNOTATION], rule: self.config.link.clone(), shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        let cancel = CancellationToken::new();
        let reader = self.reader(&cancel);
        join_all(self.sites.iter().map(|site| check::check(&reader, site, self.config.watch))).await.into_iter().flatten().collect()
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        let before = self.asked.load(Ordering::Relaxed);
        let reader = self.reader(sink.cancellation());
        // That nobody listens any more is known to those who stopped it.
        stream::iter(&self.sites).for_each_concurrent(AT_ONCE, |site| site.collect(&reader, now, memory, sink).map(drop)).await;
        let unread: Vec<String> = self.sites.iter().filter_map(|site| site.unreachable()).collect();
        let failure = (!unread.is_empty() && unread.len() == self.sites.len()).then(|| unread.join("; "));
        Summary { requests: self.asked.load(Ordering::Relaxed).saturating_sub(before), failure }
    }

    fn watches(&self) -> bool {
        self.config.watch
    }

    async fn watch(&self, cancel: &CancellationToken) {
        let reader = self.reader(cancel);
        join_all(self.sites.iter().map(|site| site.watch(&reader))).await;
    }

    async fn changed(&self, now: Instant, sink: &Sink) {
        for site in &self.sites {
            if site.tell_changes(now, sink).await.is_err() {
                return;
            }
        }
    }
}
