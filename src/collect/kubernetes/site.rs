//! One cluster: its state, and how it is read from lists.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use kube::Client;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio_util::sync::CancellationToken;

use crate::collect::http::Outside;
use crate::collect::kubernetes::client::Clients;
use crate::collect::kubernetes::convert::{Cluster, Readable};
use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::list::{Lister, Trouble};
use crate::collect::kubernetes::rollout::Known;
use crate::collect::kubernetes::state::{Fold, State, Wanted};
use crate::collect::kubernetes::wire;
use crate::collect::{Memory, Sink, Stopped};
use crate::model::Instant;

/// By what a cluster is read.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) clients: &'a Clients,
    pub(crate) outside: &'a Outside,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) asked: &'a AtomicU64,
}

impl<'a> Reader<'a> {
    /// One that asks with this client.
    pub(crate) const fn lister(&self, client: &'a Client) -> Lister<'a> {
        Lister { client, outside: self.outside, cancel: self.cancel, asked: self.asked }
    }
}

/// How it stands with one list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// It was read to its end, and nothing was lost since.
    pub(crate) is_current: bool,
    /// From which a watch goes on.
    pub(crate) resource_version: Option<String>,
    /// The version of the API in which it is served.
    pub(crate) api_version: Option<&'static str>,
    /// Why it is not current.
    pub(crate) trouble: Option<Trouble>,
    /// Objects that could not be understood.
    pub(crate) refused: Vec<String>,
}

/// What is known of a cluster.
pub(crate) struct Inner {
    pub(crate) state: State,
    pub(crate) lists: BTreeMap<ApiKind, Standing>,
    pub(crate) version: Result<String, Trouble>,
    /// Watches keep it up to date.
    pub(crate) is_live: bool,
    /// What was told of rollouts, by workload; loaded from memory once.
    pub(crate) known: FxHashMap<String, Known>,
    pub(crate) remembers: bool,
    /// When lists by which rollouts are told could be read last, to the day.
    pub(crate) listed: BTreeMap<ApiKind, Instant>,
}

impl Inner {
    /// The lists that are up to date.
    pub(crate) fn readable(&self) -> Readable {
        self.lists.iter().filter(|(_, standing)| standing.is_current).map(|(kind, _)| *kind).collect()
    }

    /// Why nothing at all can be read, if so.
    pub(crate) fn unreachable(&self) -> Option<Trouble> {
        if self.lists.values().any(|standing| standing.is_current) {
            return None;
        }
        let first = self.version.as_ref().err().cloned();
        first.or_else(|| self.lists.values().find_map(|standing| standing.trouble.clone()))
    }
}

/// A cluster.
pub(crate) struct Site {
    pub(crate) cluster: Cluster,
    pub(crate) inner: Mutex<Inner>,
    /// Held while the whole cluster is listed.
    reading: tokio::sync::Mutex<()>,
}

/// Runs `$body` with `$object` being the type of the objects of a kind.
macro_rules! with_type {
    ($kind:expr, $object:ident => $body:expr) => {
        match $kind {
            ApiKind::Nodes => {
                type $object = wire::Node;
                $body
            }
            ApiKind::Deployments => {
                type $object = wire::Deployment;
                $body
            }
            ApiKind::StatefulSets => {
                type $object = wire::StatefulSet;
                $body
            }
            ApiKind::DaemonSets => {
                type $object = wire::DaemonSet;
                $body
            }
            ApiKind::CronJobs => {
                type $object = wire::CronJob;
                $body
            }
            ApiKind::ReplicaSets => {
                type $object = wire::ReplicaSet;
                $body
            }
            ApiKind::ControllerRevisions => {
                type $object = wire::ControllerRevision;
                $body
            }
            ApiKind::Jobs => {
                type $object = wire::Job;
                $body
            }
            ApiKind::Services => {
                type $object = wire::Service;
                $body
            }
            ApiKind::Ingresses => {
                type $object = wire::Ingress;
                $body
            }
            ApiKind::HorizontalPodAutoscalers => {
                type $object = wire::HorizontalPodAutoscaler;
                $body
            }
            ApiKind::Pods => {
                type $object = wire::Pod;
                $body
            }
        }
    };
}
pub(crate) use with_type;

impl Site {
    /// A cluster of which nothing is known yet.
    pub(crate) fn new(cluster: Cluster, wanted: Arc<Wanted>) -> Self {
        let inner = Inner {
            state: State::new(wanted),
            lists: BTreeMap::new(),
            version: Err(Trouble::Stopped),
            is_live: false,
            known: FxHashMap::default(),
            remembers: false,
            listed: BTreeMap::new(),
        };
        Self { cluster, inner: Mutex::new(inner), reading: tokio::sync::Mutex::default() }
    }

    /// Why nothing at all can be read, if so.
    pub(crate) fn unreachable(&self) -> Option<String> {
        self.inner.lock().unreachable().map(|trouble| format!("{}: {trouble}", self.cluster.name))
    }

    /// Tells everything: as the watches have it, or from new lists.
    pub(crate) async fn collect(&self, reader: &Reader<'_>, now: Instant, memory: &Memory, sink: &Sink) -> Result<(), Stopped> {
        let reading = self.reading.lock().await;
        let is_live = self.inner.lock().is_live;
        if is_live {
            self.probe(reader).await;
        } else {
            self.read(reader).await;
        }
        drop(reading);
        self.tell_all(now, memory, sink).await
    }

    /// Lists the cluster unless that was done.
    pub(crate) async fn read_once(&self, reader: &Reader<'_>) {
        let _reading = self.reading.lock().await;
        let is_read = self.inner.lock().lists.values().any(|standing| standing.is_current);
        if !is_read {
            self.read(reader).await;
        }
    }

    /// Asks for the version, which also tells whether the cluster is still there while its watches are silent. What was
    /// lost here is found again by the next event of a watch.
    async fn probe(&self, reader: &Reader<'_>) {
        let version = match reader.clients.get(&self.cluster.name).await {
            Ok(client) => reader.lister(&client).version().await,
            Err(error) => Err(Trouble::NotConnected(error.to_string())),
        };
        match version {
            Err(trouble @ (Trouble::NotConnected(_) | Trouble::Unreachable(_) | Trouble::TimedOut(_))) => {
                self.lose(&ApiKind::ALL, &trouble)
            }
            Err(Trouble::Stopped) => {}
            version => self.inner.lock().version = version,
        }
    }

    async fn read(&self, reader: &Reader<'_>) {
        let client = match reader.clients.get(&self.cluster.name).await {
            Ok(client) => client,
            Err(error) => return self.lose(&ApiKind::ALL, &Trouble::NotConnected(error.to_string())),
        };
        let lister = reader.lister(&client);
        let version = lister.version().await;
        let lost = version.as_ref().err().filter(|trouble| trouble.is_of_the_cluster() || matches!(trouble, Trouble::TimedOut(_))).cloned();
        self.inner.lock().version = version;
        if let Some(trouble) = lost {
            if matches!(trouble, Trouble::NotAccepted(_)) {
                reader.clients.forget(&self.cluster.name).await;
            }
            return self.lose(&ApiKind::ALL, &trouble);
        }
        for (position, kind) in ApiKind::ALL.into_iter().enumerate() {
            if let Err(trouble) = self.list(&lister, kind).await
                && trouble.is_of_the_cluster()
            {
                if matches!(trouble, Trouble::NotAccepted(_)) {
                    reader.clients.forget(&self.cluster.name).await;
                }
                return self.lose(&ApiKind::ALL[position..], &trouble);
            }
        }
    }

    /// Notes that lists could not be read.
    pub(crate) fn lose(&self, kinds: &[ApiKind], trouble: &Trouble) {
        let mut inner = self.inner.lock();
        if kinds.len() == ApiKind::ALL.len() {
            inner.version = Err(trouble.clone());
        }
        for kind in kinds {
            let standing = inner.lists.entry(*kind).or_default();
            standing.is_current = false;
            standing.trouble = Some(trouble.clone());
        }
    }

    /// Reads one list into the state, in the first version in which it is served.
    pub(crate) async fn list(&self, lister: &Lister<'_>, kind: ApiKind) -> Result<(), Trouble> {
        with_type!(kind, Object => self.list_of::<Object>(lister).await)
    }

    async fn list_of<T: Fold>(&self, lister: &Lister<'_>) -> Result<(), Trouble> {
        let kind = T::KIND;
        let mut found = Err(Trouble::NotServed);
        let mut in_version = None;
        for version in kind.versions() {
            found = lister
                .list::<T>(kind, &kind.path(version), |page| {
                    let mut inner = self.inner.lock();
                    for object in page {
                        inner.state.apply(object);
                    }
                })
                .await;
            in_version = Some(*version);
            if found != Err(Trouble::NotServed) {
                break;
            }
        }
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        let standing = inner.lists.entry(kind).or_default();
        standing.api_version = in_version;
        match found {
            Ok(listed) => {
                inner.state.retain(kind, &listed.seen);
                *standing = Standing {
                    is_current: true,
                    resource_version: listed.version,
                    api_version: in_version,
                    trouble: None,
                    refused: listed.refused,
                };
                Ok(())
            }
            // What this API server does not have, nobody runs in it.
            Err(Trouble::NotServed) if kind.is_optional() => {
                *standing = Standing { is_current: true, ..Standing::default() };
                Ok(())
            }
            Err(trouble) => {
                standing.is_current = false;
                standing.resource_version = None;
                standing.trouble = Some(trouble.clone());
                Err(trouble)
            }
        }
    }
}
