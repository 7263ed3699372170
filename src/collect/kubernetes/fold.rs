//! How each kind of object is folded into the state of its cluster.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::kubernetes::image::digest_of;
use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::quantity;
use crate::collect::kubernetes::state::{
    Autoscaler, Cron, Fold, Ingress, Node, Pod, Progressing, Service, Set, State, Status, Uid, Workload, index, put_in, uid, unindex,
};
use crate::collect::kubernetes::wire::{self, Container, Meta, time};
use crate::model::kubernetes::Condition;

/// The number of a Deployment's revision.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// Numbers that a ReplicaSet had before it was rolled back to.
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// Why a revision was made.
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
/// The container that a person means.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";
/// The version in the recommended labels.
pub(crate) const VERSION: &str = "app.kubernetes.io/version";

/// Annotations that are always kept.
pub(crate) const KEPT: [&str; 2] = [REVISION, CHANGE_CAUSE];

impl Workload {
    /// The number of the revision that its controller last made, of a Deployment.
    pub(crate) fn revision(&self) -> Option<u64> {
        self.annotations.get(REVISION)?.parse().ok()
    }

    /// Why the newest revision was made.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.annotations.get(CHANGE_CAUSE).map(String::as_str)
    }

    /// The image by which its version goes: of the container that a person means, of the one that is called like the
    /// workload, else of the first.
    pub(crate) fn main_image<'a>(&self, images: &'a [(Box<str>, Box<str>)]) -> Option<&'a str> {
        let called = |name: &str| images.iter().find(|(container, _)| **container == *name);
        let main = self.main_container.as_deref().and_then(called).or_else(|| called(&self.name)).or_else(|| images.first())?;
        Some(&main.1)
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn images(containers: &[Container]) -> Vec<(Box<str>, Box<str>)> {
    containers.iter().map(|container| (container.name.as_str().into(), container.image.as_str().into())).collect()
}

/// What every kind of workload has.
fn workload(kind: ApiKind, meta: Meta, template: wire::Template, state: &State) -> Workload {
    let created = meta.created();
    let kept = |key: &String| state.wanted.annotations.contains(key) || KEPT.contains(&key.as_str());
    let (requests, limits) = quantity::of_pod(&template.spec);
    Workload {
        kind,
        namespace: meta.namespace.into(),
        name: meta.name.into(),
        created,
        labels: meta.labels,
        annotations: meta.annotations.into_iter().filter(|(key, _)| kept(key)).collect(),
        main_container: template.metadata.annotations.get(DEFAULT_CONTAINER).map(|name| name.as_str().into()),
        template_labels: template.metadata.labels,
        images: images(&template.spec.containers),
        requests,
        limits,
        generation: meta.generation,
        paused: false,
        configured: None,
        partition: 0,
        status: None,
        cron: None,
    }
}

impl Fold for wire::Deployment {
    const KIND: ApiKind = ApiKind::Deployments;

    fn fold(self, uid: Uid, state: &mut State) {
        let wire::ReplicatedSpec { replicas, paused, template, .. } = self.spec;
        let status = self.status;
        let mut found = workload(Self::KIND, self.metadata, template, state);
        found.paused = paused == Some(true);
        let configured = count(replicas.unwrap_or(1));
        found.configured = Some(configured);
        if status.observed_generation >= found.generation {
            let mut told = Status {
                wanted: configured,
                total: count(status.replicas),
                updated: count(status.updated_replicas),
                ready: count(status.ready_replicas),
                available: Some(count(status.available_replicas)),
                ..Status::default()
            };
            for condition in status.conditions {
                match (condition.type_.as_str(), condition.status.as_str()) {
                    ("Available", "False") => told.unavailable = Some(wrong(&condition)),
                    ("Progressing", status) => {
                        if status == "False" {
                            told.wrong.insert("Progressing".to_owned(), wrong(&condition));
                        }
                        told.progressing = Some(Progressing {
                            is_true: status == "True",
                            reason: condition.reason.unwrap_or_default().into(),
                            message: condition.message.unwrap_or_default().into(),
                            updated: time(condition.last_update_time.as_deref()),
                            turned: time(condition.last_transition_time.as_deref()),
                        });
                    }
                    ("ReplicaFailure", "True") => {
                        told.wrong.insert("ReplicaFailure".to_owned(), wrong(&condition));
                    }
                    _ => {}
                }
            }
            found.status = Some(told);
        }
        state.put_workload(uid, found);
    }
}

fn wrong(condition: &wire::Condition) -> Condition {
    Condition {
        reason: condition.reason.clone(),
        message: condition.message.clone(),
        since: time(condition.last_transition_time.as_deref()),
    }
}

impl Fold for wire::StatefulSet {
    const KIND: ApiKind = ApiKind::StatefulSets;

    fn fold(self, uid: Uid, state: &mut State) {
        let wire::ReplicatedSpec { replicas, template, update_strategy, .. } = self.spec;
        let status = self.status;
        let mut found = workload(Self::KIND, self.metadata, template, state);
        let configured = count(replicas.unwrap_or(1));
        found.configured = Some(configured);
        found.partition = count(update_strategy.rolling_update.partition);
        if status.observed_generation >= found.generation {
            found.status = Some(Status {
                wanted: configured,
                total: count(status.replicas),
                updated: count(status.updated_replicas),
                ready: count(status.ready_replicas),
                available: status.available_replicas.map(count),
                current: status.current_revision.map(Into::into),
                update: status.update_revision.map(Into::into),
                ..Status::default()
            });
        }
        state.put_workload(uid, found);
    }
}

impl Fold for wire::DaemonSet {
    const KIND: ApiKind = ApiKind::DaemonSets;

    fn fold(self, uid: Uid, state: &mut State) {
        let status = self.status;
        let mut found = workload(Self::KIND, self.metadata, self.spec.template, state);
        if status.observed_generation >= found.generation {
            let wanted = count(status.desired_number_scheduled);
            found.status = Some(Status {
                wanted,
                total: wanted,
                updated: count(status.updated_number_scheduled),
                ready: count(status.number_ready),
                available: Some(count(status.number_available)),
                ..Status::default()
            });
        }
        state.put_workload(uid, found);
    }
}

impl Fold for wire::CronJob {
    const KIND: ApiKind = ApiKind::CronJobs;

    fn fold(self, uid: Uid, state: &mut State) {
        let spec = self.spec;
        let mut found = workload(Self::KIND, self.metadata, spec.job_template.spec.template, state);
        found.cron = Some(Cron {
            schedule: spec.schedule.unwrap_or_default().into(),
            zone: spec.time_zone.map(Into::into),
            suspended: spec.suspend == Some(true),
            scheduled: time(self.status.last_schedule_time.as_deref()),
            succeeded: time(self.status.last_successful_time.as_deref()),
        });
        state.put_workload(uid, found);
    }
}

impl Fold for wire::ReplicaSet {
    const KIND: ApiKind = ApiKind::ReplicaSets;

    fn fold(self, own: Uid, state: &mut State) {
        let (meta, template) = (self.metadata, self.spec.template);
        let Some(owner) = meta.controller() else { return };
        let number = |text: &String| text.parse().ok();
        let earlier = meta.annotations.get(REVISION_HISTORY).map(String::as_str).unwrap_or_default();
        let set = Set {
            kind: Self::KIND,
            owner: uid(&owner.uid),
            revision: meta.annotations.get(REVISION).and_then(number),
            earlier: earlier.split(',').filter_map(|number| number.trim().parse().ok()).collect(),
            images: images(&template.spec.containers),
            version: template.metadata.labels.get(VERSION).or_else(|| meta.labels.get(VERSION)).map(|text| text.as_str().into()),
            created: meta.created(),
            cause: meta.annotations.get(CHANGE_CAUSE).map(|text| text.as_str().into()),
            name: meta.name.into(),
        };
        state.put_set(own, set);
    }
}

impl Fold for wire::ControllerRevision {
    const KIND: ApiKind = ApiKind::ControllerRevisions;

    fn fold(self, own: Uid, state: &mut State) {
        let (meta, template) = (self.metadata, self.data.spec.template);
        let Some(owner) = meta.controller() else { return };
        let set = Set {
            kind: Self::KIND,
            owner: uid(&owner.uid),
            revision: u64::try_from(self.revision).ok().filter(|revision| *revision > 0),
            earlier: Vec::new(),
            images: images(&template.spec.containers),
            version: template.metadata.labels.get(VERSION).map(|text| text.as_str().into()),
            created: meta.created(),
            cause: meta.annotations.get(CHANGE_CAUSE).map(|text| text.as_str().into()),
            name: meta.name.into(),
        };
        state.put_set(own, set);
    }
}

impl Fold for wire::Job {
    const KIND: ApiKind = ApiKind::Jobs;

    fn fold(self, own: Uid, state: &mut State) {
        let Some(owner) = self.metadata.controller().map(|owner| uid(&owner.uid)) else { return };
        let before = state.jobs.insert(own, owner);
        if before == Some(owner) {
            return;
        }
        if let Some(before) = before {
            unindex(&mut state.jobs_of, before, own);
            state.touched.objects.insert(before);
        }
        index(&mut state.jobs_of, owner, own);
        state.touched.objects.insert(owner);
    }
}

impl Fold for wire::Pod {
    const KIND: ApiKind = ApiKind::Pods;

    fn fold(self, own: Uid, state: &mut State) {
        let (meta, status) = (self.metadata, self.status);
        let owner = meta.controller().map(|owner| uid(&owner.uid));
        if status.phase == "Succeeded" {
            // It did what it was for.
            if let Some(before) = state.pods.remove(&own) {
                state.part(before.owner, own);
            }
            return;
        }
        let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready");
        let containers = || status.init_container_statuses.iter().chain(&status.container_statuses);
        let waits = |container: &wire::ContainerStatus| {
            let state = &container.state;
            let ended = || state.terminated.as_ref()?.reason.clone().filter(|reason| reason != "Completed");
            state.waiting.as_ref().and_then(|waiting| waiting.reason.clone()).or_else(ended)
        };
        let reason = status.reason.clone().or_else(|| containers().find_map(waits));
        let mut digests = Vec::new();
        for container in &status.container_statuses {
            if let Some(digest) = container.image_id.as_deref().and_then(digest_of) {
                digests.push((state.name(&container.name), state.name(digest)));
            }
        }
        let restarts = containers().map(|container| count(container.restart_count)).sum::<u64>();
        let pod = Pod {
            owner,
            phase: state.name(if status.phase.is_empty() { "Unknown" } else { &status.phase }),
            ready: ready.is_some_and(|condition| condition.status == "True"),
            ready_since: ready.and_then(|condition| time(condition.last_transition_time.as_deref())),
            restarts: u32::try_from(restarts).unwrap_or(u32::MAX),
            reason: reason.map(|reason| state.name(&reason)),
            node: self.spec.node_name.as_deref().filter(|node| !node.is_empty()).map(|node| state.name(node)),
            created: meta.created(),
            revision: meta.labels.get("controller-revision-hash").map(|hash| state.name(hash)),
            digests,
            name: meta.name.into(),
        };
        if state.pods.get(&own) == Some(&pod) {
            return;
        }
        if let Some(before) = state.pods.insert(own, pod)
            && before.owner != owner
        {
            state.part(before.owner, own);
        }
        if let Some(owner) = owner {
            index(&mut state.pods_of, owner, own);
            state.touched.objects.insert(owner);
        }
    }
}

impl Fold for wire::Node {
    const KIND: ApiKind = ApiKind::Nodes;

    fn fold(self, own: Uid, state: &mut State) {
        let labels = &self.metadata.labels;
        let zone = labels.get("topology.kubernetes.io/zone").or_else(|| labels.get("failure-domain.beta.kubernetes.io/zone"));
        let zone = zone.filter(|zone| !zone.is_empty()).map(|zone| state.name(zone));
        let node = Node { name: state.name(&self.metadata.name), zone };
        // A node tells every few seconds that it lives.
        if state.nodes.get(&own) == Some(&node) {
            return;
        }
        state.zones.insert(node.name.clone(), node.zone.clone());
        state.touch_node(&node.name);
        state.nodes.insert(own, node);
    }
}

impl Fold for wire::Service {
    const KIND: ApiKind = ApiKind::Services;

    fn fold(self, own: Uid, state: &mut State) {
        let (namespace, name) = (self.metadata.namespace, self.metadata.name);
        let service = Service { namespace: namespace.as_str().into(), name: name.into(), selector: self.spec.selector };
        put_in(&mut state.services, &mut state.touched, &namespace, own, service);
    }
}

impl Fold for wire::Ingress {
    const KIND: ApiKind = ApiKind::Ingresses;

    fn fold(self, own: Uid, state: &mut State) {
        let (namespace, spec) = (self.metadata.namespace, self.spec);
        let mut routes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut hosts: BTreeSet<String> = spec.tls.into_iter().flat_map(|tls| tls.hosts).filter(|host| !host.is_empty()).collect();
        for rule in spec.rules {
            let host = rule.host.filter(|host| !host.is_empty());
            hosts.extend(host.clone());
            for service in rule.http.paths.into_iter().filter_map(|path| path.backend.service) {
                routes.entry(service.name).or_default().extend(host.clone());
            }
        }
        if let Some(service) = spec.default_backend.service {
            routes.entry(service.name).or_default().extend(hosts);
        }
        let ingress = Ingress { namespace: namespace.as_str().into(), routes };
        put_in(&mut state.ingresses, &mut state.touched, &namespace, own, ingress);
    }
}

impl Fold for wire::HorizontalPodAutoscaler {
    const KIND: ApiKind = ApiKind::HorizontalPodAutoscalers;

    fn fold(self, own: Uid, state: &mut State) {
        let (namespace, spec) = (self.metadata.namespace, self.spec);
        let autoscaler = Autoscaler {
            namespace: namespace.as_str().into(),
            name: self.metadata.name.into(),
            target: (spec.scale_target_ref.kind.into(), spec.scale_target_ref.name.into()),
            min: spec.min_replicas.map(count),
            max: spec.max_replicas.map(count),
        };
        put_in(&mut state.autoscalers, &mut state.touched, &namespace, own, autoscaler);
    }
}
