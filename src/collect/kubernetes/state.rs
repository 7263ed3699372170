//! What is known of a cluster, compactly: every object folded in as it comes, by list or by watch.
//!
//! # Invariants
//! - The state depends on the objects alone, never on the order in which they came: a watch that goes on from a list
//!   leads where a fresh list leads.
//! - Folding in one object takes the same time however many there are; nothing is stated before somebody asks.
//! - Owners are compared by uid. Who owns a pod is known whether the pod or its owner came first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use xxhash_rust::xxh3::xxh3_128;

use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::wire;
use crate::model::Instant;
use crate::model::kubernetes::{Amounts, Condition};

/// An object's uid, as a number.
pub(crate) type Uid = u128;

/// The uid of an object; one without is known by its names.
pub(crate) fn uid_of(kind: ApiKind, meta: &wire::Meta) -> Uid {
    if meta.uid.is_empty() {
        return xxh3_128(format!("{}/{}/{}", kind.plural(), meta.namespace, meta.name).as_bytes());
    }
    uid(&meta.uid)
}

pub(crate) fn uid(text: &str) -> Uid {
    xxh3_128(text.as_bytes())
}

/// What is worth keeping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Namespaces whose workloads are left out.
    pub(crate) excluded: BTreeSet<String>,
    /// Annotations that are kept.
    pub(crate) annotations: BTreeSet<String>,
}

/// A workload.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Workload {
    pub(crate) kind: ApiKind,
    pub(crate) namespace: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) created: Option<Instant>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    /// Labels of its pods.
    pub(crate) template_labels: BTreeMap<String, String>,
    pub(crate) main_container: Option<Box<str>>,
    pub(crate) images: Vec<(Box<str>, Box<str>)>,
    pub(crate) requests: Amounts,
    pub(crate) limits: Amounts,
    pub(crate) generation: i64,
    pub(crate) paused: bool,
    pub(crate) configured: Option<u64>,
    pub(crate) partition: u64,
    /// Absent while the controller has not seen the newest generation.
    pub(crate) status: Option<Status>,
    pub(crate) cron: Option<Cron>,
}

/// How far a workload is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Status {
    pub(crate) wanted: u64,
    pub(crate) total: u64,
    pub(crate) updated: u64,
    pub(crate) ready: u64,
    pub(crate) available: Option<u64>,
    pub(crate) progressing: Option<Progressing>,
    /// Conditions that are wrong.
    pub(crate) wrong: BTreeMap<String, Condition>,
    pub(crate) unavailable: Option<Condition>,
    /// Names of ControllerRevisions.
    pub(crate) current: Option<Box<str>>,
    pub(crate) update: Option<Box<str>>,
}

/// The condition that tells of rollouts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Progressing {
    pub(crate) is_true: bool,
    pub(crate) reason: Box<str>,
    pub(crate) message: Box<str>,
    pub(crate) updated: Option<Instant>,
    pub(crate) turned: Option<Instant>,
}

/// What only a CronJob has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cron {
    pub(crate) schedule: Box<str>,
    pub(crate) zone: Option<Box<str>>,
    pub(crate) suspended: bool,
    pub(crate) scheduled: Option<Instant>,
    pub(crate) succeeded: Option<Instant>,
}

/// A ReplicaSet or ControllerRevision.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Set {
    pub(crate) kind: ApiKind,
    pub(crate) name: Box<str>,
    pub(crate) owner: Uid,
    pub(crate) revision: Option<u64>,
    /// Numbers that it had before.
    pub(crate) earlier: Vec<u64>,
    pub(crate) images: Vec<(Box<str>, Box<str>)>,
    pub(crate) version: Option<Box<str>>,
    pub(crate) created: Option<Instant>,
    pub(crate) cause: Option<Box<str>>,
}

/// A pod.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pod {
    pub(crate) name: Box<str>,
    pub(crate) owner: Option<Uid>,
    pub(crate) phase: Arc<str>,
    pub(crate) ready: bool,
    pub(crate) ready_since: Option<Instant>,
    pub(crate) restarts: u32,
    pub(crate) reason: Option<Arc<str>>,
    pub(crate) node: Option<Arc<str>>,
    pub(crate) created: Option<Instant>,
    /// Label `controller-revision-hash`.
    pub(crate) revision: Option<Arc<str>>,
    pub(crate) digests: Vec<(Arc<str>, Arc<str>)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) zone: Option<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Service {
    pub(crate) namespace: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) selector: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ingress {
    pub(crate) namespace: Box<str>,
    /// Service, and the hosts under which it can be reached.
    pub(crate) routes: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Autoscaler {
    pub(crate) namespace: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) target: (Box<str>, Box<str>),
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
}

/// What was touched since somebody last asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    /// Workloads, ReplicaSets and Jobs.
    pub(crate) objects: FxHashSet<Uid>,
    /// Namespaces in which something changed that concerns workloads by name.
    pub(crate) namespaces: FxHashSet<Box<str>>,
    /// Workloads that share their name with others that came or went: they may be called otherwise now.
    pub(crate) renamed: FxHashSet<Uid>,
    /// Nodes changed.
    pub(crate) nodes: bool,
    /// Workloads that were deleted before everybody's eyes.
    pub(crate) deleted: Vec<Workload>,
}

/// The state of one cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) wanted: Arc<Wanted>,
    names: FxHashSet<Arc<str>>,
    names_limit: usize,
    pub(crate) workloads: FxHashMap<Uid, Workload>,
    /// Workloads by namespace, then name.
    pub(crate) named: FxHashMap<Box<str>, FxHashMap<Box<str>, Vec<Uid>>>,
    pub(crate) sets: FxHashMap<Uid, Set>,
    pub(crate) sets_of: FxHashMap<Uid, FxHashSet<Uid>>,
    pub(crate) jobs: FxHashMap<Uid, Uid>,
    pub(crate) jobs_of: FxHashMap<Uid, FxHashSet<Uid>>,
    pub(crate) pods: FxHashMap<Uid, Pod>,
    pub(crate) pods_of: FxHashMap<Uid, FxHashSet<Uid>>,
    pub(crate) nodes: FxHashMap<Uid, Node>,
    pub(crate) zones: FxHashMap<Arc<str>, Option<Arc<str>>>,
    pub(crate) services: FxHashMap<Box<str>, FxHashMap<Uid, Service>>,
    pub(crate) ingresses: FxHashMap<Box<str>, FxHashMap<Uid, Ingress>>,
    pub(crate) autoscalers: FxHashMap<Box<str>, FxHashMap<Uid, Autoscaler>>,
    pub(crate) touched: Touched,
}

/// An object that can be folded in.
pub(crate) trait Fold: wire::Object {
    /// What it is.
    const KIND: ApiKind;

    /// Folds it in.
    fn fold(self, uid: Uid, state: &mut State);
}

impl State {
    /// A state that knows nothing yet.
    pub(crate) fn new(wanted: Arc<Wanted>) -> Self {
        Self { wanted, names_limit: 1024, ..Self::default() }
    }

    /// Folds in an object that is there; returns its uid.
    pub(crate) fn apply<T: Fold>(&mut self, object: T) -> Uid {
        let uid = uid_of(T::KIND, object.meta());
        if !self.wanted.excluded.contains(&object.meta().namespace) {
            object.fold(uid, self);
        }
        uid
    }

    /// Forgets what a list that was read whole does not show any more. It was not seen to be deleted.
    pub(crate) fn retain(&mut self, kind: ApiKind, seen: &FxHashSet<Uid>) {
        fn lost<'a, V: 'a>(all: impl Iterator<Item = (&'a Uid, &'a V)>, seen: &FxHashSet<Uid>) -> Vec<Uid> {
            all.map(|(uid, _)| *uid).filter(|uid| !seen.contains(uid)).collect()
        }
        let gone = match kind {
            ApiKind::Nodes => lost(self.nodes.iter(), seen),
            ApiKind::Pods => lost(self.pods.iter(), seen),
            ApiKind::Jobs => lost(self.jobs.iter(), seen),
            ApiKind::Services => lost(self.services.values().flatten(), seen),
            ApiKind::Ingresses => lost(self.ingresses.values().flatten(), seen),
            ApiKind::HorizontalPodAutoscalers => lost(self.autoscalers.values().flatten(), seen),
            ApiKind::ReplicaSets | ApiKind::ControllerRevisions => lost(self.sets.iter().filter(|(_, set)| set.kind == kind), seen),
            _ => lost(self.workloads.iter().filter(|(_, workload)| workload.kind == kind), seen),
        };
        for uid in gone {
            self.forget(kind, uid);
        }
    }

    /// An object was seen to be deleted.
    pub(crate) fn delete(&mut self, kind: ApiKind, uid: Uid) {
        if kind.is_workload()
            && let Some(workload) = self.workloads.get(&uid)
        {
            self.touched.deleted.push(workload.clone());
        }
        self.forget(kind, uid);
    }

    fn forget(&mut self, kind: ApiKind, uid: Uid) {
        match kind {
            ApiKind::Nodes => {
                if let Some(node) = self.nodes.remove(&uid) {
                    self.touch_node(&node.name);
                    // One of the same name may have taken its place.
                    match self.nodes.values().find(|other| other.name == node.name) {
                        Some(other) => self.zones.insert(node.name, other.zone.clone()),
                        None => self.zones.remove(&node.name),
                    };
                }
            }
            ApiKind::Pods => {
                if let Some(pod) = self.pods.remove(&uid) {
                    self.part(pod.owner, uid);
                }
            }
            ApiKind::Jobs => {
                if let Some(owner) = self.jobs.remove(&uid) {
                    unindex(&mut self.jobs_of, owner, uid);
                    self.touched.objects.insert(owner);
                }
            }
            ApiKind::Services => forget_in(&mut self.services, &mut self.touched, uid),
            ApiKind::Ingresses => forget_in(&mut self.ingresses, &mut self.touched, uid),
            ApiKind::HorizontalPodAutoscalers => forget_in(&mut self.autoscalers, &mut self.touched, uid),
            ApiKind::ReplicaSets | ApiKind::ControllerRevisions => {
                if let Some(set) = self.sets.remove(&uid) {
                    unindex(&mut self.sets_of, set.owner, uid);
                    self.touched.objects.insert(set.owner);
                }
            }
            _ => {
                if let Some(workload) = self.workloads.remove(&uid) {
                    self.unname(&workload, uid);
                }
            }
        }
    }

    /// What was touched since this was last asked.
    pub(crate) fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }

    /// The workloads that something touched concerns.
    pub(crate) fn concerned(&self, touched: &Touched) -> FxHashSet<Uid> {
        let mut found = FxHashSet::default();
        for uid in &touched.objects {
            let owner = self.sets.get(uid).map(|set| set.owner).or_else(|| self.jobs.get(uid).copied()).unwrap_or(*uid);
            found.insert(owner);
        }
        for namespace in &touched.namespaces {
            found.extend(self.named.get(namespace).into_iter().flat_map(|names| names.values()).flatten());
        }
        found.retain(|uid| self.workloads.contains_key(uid));
        found
    }

    /// The pods of a workload, its own and those of its ReplicaSets and Jobs, with the ReplicaSet.
    pub(crate) fn pods(&self, workload: Uid) -> Vec<(&Pod, Option<&Set>)> {
        let mut found = Vec::new();
        let mut of = |owner: Uid, set: Option<_>| {
            found.extend(self.pods_of.get(&owner).into_iter().flatten().filter_map(|pod| Some((self.pods.get(pod)?, set))));
        };
        of(workload, None);
        for set in self.sets_of.get(&workload).into_iter().flatten() {
            of(*set, self.sets.get(set));
        }
        for job in self.jobs_of.get(&workload).into_iter().flatten() {
            of(*job, None);
        }
        found.sort_by(|one, other| one.0.name.cmp(&other.0.name));
        found
    }

    /// The ReplicaSets or ControllerRevisions of a workload that have a number, oldest first.
    pub(crate) fn revisions(&self, workload: Uid) -> Vec<(u64, &Set)> {
        let sets = self.sets_of.get(&workload).into_iter().flatten().filter_map(|uid| self.sets.get(uid));
        let mut found: Vec<(u64, &Set)> = sets.filter_map(|set| Some((set.revision?, set))).collect();
        found.sort_by(|one, other| (one.0, &one.1.name).cmp(&(other.0, &other.1.name)));
        found
    }

    /// The workload's name within its cluster, `NAMESPACE/NAME`; of several kinds with one name the oldest has it plain.
    pub(crate) fn name_of(&self, uid: Uid, workload: &Workload) -> String {
        let (namespace, name) = (&workload.namespace, &workload.name);
        let sharing = self.named.get(namespace).and_then(|names| names.get(name)).map_or(&[][..], Vec::as_slice);
        let age = |uid: Uid, workload: &Workload| (workload.created.unwrap_or(Instant::MAX), workload.kind, uid);
        let own = age(uid, workload);
        let is_first = sharing.iter().all(|other| self.workloads.get(other).is_none_or(|found| age(*other, found) >= own));
        if is_first { format!("{namespace}/{name}") } else { format!("{namespace}/{name}.{}", workload.kind.word().to_lowercase()) }
    }

    /// A text that many objects share.
    pub(crate) fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return Arc::clone(known);
        }
        if self.names.len() >= self.names_limit {
            self.names.retain(|name| Arc::strong_count(name) > 1);
            self.names_limit = 1024.max(2 * self.names.len());
        }
        let name: Arc<str> = text.into();
        self.names.insert(Arc::clone(&name));
        name
    }

    /// A node came, went or moved; its pods are told with its zone. Rare, so they are searched for.
    pub(crate) fn touch_node(&mut self, name: &Arc<str>) {
        self.touched.nodes = true;
        let on_it = self.pods.values().filter(|pod| pod.node.as_ref() == Some(name));
        self.touched.objects.extend(on_it.filter_map(|pod| pod.owner));
    }

    pub(crate) fn part(&mut self, owner: Option<Uid>, pod: Uid) {
        if let Some(owner) = owner {
            unindex(&mut self.pods_of, owner, pod);
            self.touched.objects.insert(owner);
        }
    }

    fn unname(&mut self, workload: &Workload, uid: Uid) {
        if let Some(names) = self.named.get_mut(&workload.namespace)
            && let Some(sharing) = names.get_mut(&workload.name)
        {
            sharing.retain(|other| *other != uid);
            self.touched.objects.extend(sharing.iter());
            self.touched.renamed.extend(sharing.iter());
            if sharing.is_empty() {
                names.remove(&workload.name);
            }
        }
    }

    pub(crate) fn put_workload(&mut self, uid: Uid, workload: Workload) {
        if self.workloads.get(&uid) == Some(&workload) {
            return;
        }
        self.touched.objects.insert(uid);
        if self.workloads.insert(uid, workload.clone()).is_some() {
            return;
        }
        let names = self.named.entry(workload.namespace).or_default();
        let sharing = names.entry(workload.name).or_default();
        // One that was made anew under its old name takes the place of the old one.
        let same = |other: &Uid| self.workloads.get(other).is_some_and(|other| other.kind == workload.kind);
        let (replaced, mut others): (Vec<Uid>, Vec<Uid>) = sharing.iter().copied().partition(same);
        for old in replaced {
            self.workloads.remove(&old);
        }
        self.touched.renamed.extend(others.iter());
        others.push(uid);
        self.touched.objects.extend(others.iter());
        *sharing = others;
    }

    pub(crate) fn put_set(&mut self, uid: Uid, set: Set) {
        if self.sets.get(&uid) == Some(&set) {
            return;
        }
        self.touched.objects.insert(set.owner);
        let owner = set.owner;
        if let Some(before) = self.sets.insert(uid, set)
            && before.owner != owner
        {
            unindex(&mut self.sets_of, before.owner, uid);
            self.touched.objects.insert(before.owner);
        }
        self.sets_of.entry(owner).or_default().insert(uid);
    }
}

pub(crate) fn index(of: &mut FxHashMap<Uid, FxHashSet<Uid>>, owner: Uid, uid: Uid) {
    of.entry(owner).or_default().insert(uid);
}

pub(crate) fn unindex(of: &mut FxHashMap<Uid, FxHashSet<Uid>>, owner: Uid, uid: Uid) {
    if let Some(found) = of.get_mut(&owner) {
        found.remove(&uid);
        if found.is_empty() {
            of.remove(&owner);
        }
    }
}

pub(crate) fn put_in<V: PartialEq>(
    all: &mut FxHashMap<Box<str>, FxHashMap<Uid, V>>,
    touched: &mut Touched,
    namespace: &str,
    uid: Uid,
    value: V,
) {
    let of = all.entry(namespace.into()).or_default();
    if of.get(&uid) != Some(&value) {
        of.insert(uid, value);
        touched.namespaces.insert(namespace.into());
    }
}

fn forget_in<V>(all: &mut FxHashMap<Box<str>, FxHashMap<Uid, V>>, touched: &mut Touched, uid: Uid) {
    for (namespace, of) in all.iter_mut() {
        if of.remove(&uid).is_some() {
            touched.namespaces.insert(namespace.clone());
        }
    }
}
