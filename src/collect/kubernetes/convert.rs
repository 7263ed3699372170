//! From the state of a cluster to statements. Pure.
//!
//! # Invariants
//! - What one list tells is one statement, its origin the list: a list that may not be read takes nothing else with it.
//! - The same state gives the same statements, whatever led to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::collect::environment;
use crate::collect::kubernetes::fold::VERSION;
use crate::collect::kubernetes::hints::hints;
use crate::collect::kubernetes::image::Image;
use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::state::{Set, State, Uid, Workload};
use crate::model::body::{General, to_body};
use crate::model::kubernetes as body;
use crate::model::{Body, EntityRef, Facet, Hint, Kind, Resource, Statement};

/// The origin of what a person configured of a cluster.
pub(crate) const CONFIGURED: &str = "configuration";
/// The origin of what the API server says of itself.
pub(crate) const VERSION_ORIGIN: &str = "version";

/// Labels that say what a workload is; those that change with every version are left out.
const LABELS: [&str; 7] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
    "app",
    "k8s-app",
];

/// The cluster as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) region: Option<String>,
    pub(crate) datacenter: Option<String>,
    pub(crate) environment: Option<String>,
    /// Labels and annotations that name the service, strongest first.
    pub(crate) service_labels: Vec<String>,
}

/// The lists that were read and are up to date.
pub(crate) type Readable = BTreeSet<ApiKind>;

impl Cluster {
    /// What a namespace of the cluster is for: what the cluster is for if that is configured, else what the name of the
    /// namespace says, or that of the cluster.
    pub(crate) fn environment_of(&self, namespace: &str) -> Option<String> {
        let by_name = || environment::of_name(namespace).map(|(_, place)| place.environment);
        self.environment.clone().or_else(by_name).or_else(|| self.own_environment())
    }

    fn own_environment(&self) -> Option<String> {
        self.environment.clone().or_else(|| environment::of_name(&self.name).map(|(_, place)| place.environment))
    }

    /// The cluster itself.
    pub(crate) fn resource(&self) -> Arc<Resource> {
        Arc::new(Resource { id: format!("cluster:{}", self.name), kind: Kind::Cluster, scope: self.name.clone() })
    }

    /// A workload: its id does not change when another kind takes its name.
    pub(crate) fn workload(&self, workload: &Workload) -> Arc<Resource> {
        let id = format!("{}/{}/{}/{}", self.name, workload.namespace, workload.kind.word(), workload.name);
        Arc::new(Resource { id, kind: Kind::Workload, scope: self.name.clone() })
    }

    /// What runs of a service.
    pub(crate) fn runs(&self, name: &str) -> Arc<Resource> {
        Arc::new(Resource { id: format!("runs:{}/{name}", self.name), kind: Kind::Service, scope: self.name.clone() })
    }

    /// The statements about the cluster; without a version if the API server did not tell it.
    pub(crate) fn statements(&self, state: &State, readable: &Readable, version: Option<&str>) -> Vec<Statement> {
        let resource = self.resource();
        let own = self.own_environment();
        let labels = [("region", &self.region), ("datacenter", &self.datacenter), ("environment", &own)];
        let general = General {
            reference: EntityRef::new(Kind::Cluster, &self.name).ok(),
            type_: Some("kubernetes".to_owned()),
            title: Some(self.name.clone()),
            labels: labels.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))).collect(),
            ..General::default()
        };
        let configured = body::Cluster {
            region: self.region.clone(),
            datacenter: self.datacenter.clone(),
            environment: own.clone(),
            ..body::Cluster::default()
        };
        let say = |facet, origin: &str, body: Body| Statement {
            resource: Arc::clone(&resource),
            origin: origin.to_owned(),
            facet,
            body: Some(body).filter(|body| !body.is_empty()),
            check: Some(format!("kubectl --context {} cluster-info", self.name)),
        };
        let mut all = vec![say(Facet::General, CONFIGURED, to_body(&general)), say(Facet::Kubernetes, CONFIGURED, to_body(&configured))];
        if let Some(version) = version {
            let told = body::Cluster { version: Some(version.to_owned()), ..body::Cluster::default() };
            all.push(say(Facet::Kubernetes, VERSION_ORIGIN, to_body(&told)));
        }
        if readable.contains(&ApiKind::Nodes) {
            let mut told = body::Cluster::default();
            for node in state.nodes.values() {
                *told.nodes.entry(node.zone.as_deref().unwrap_or("none").to_owned()).or_default() += 1;
            }
            let zones: BTreeSet<&str> = state.nodes.values().filter_map(|node| node.zone.as_deref()).collect();
            told.zones = zones.into_iter().map(str::to_owned).collect();
            all.push(say(Facet::Kubernetes, ApiKind::Nodes.plural(), to_body(&told)));
        }
        all
    }

    /// The statements about a workload and about what runs of its service, with the signs of whose it is.
    pub(crate) fn workload_statements(
        &self,
        state: &State,
        readable: &Readable,
        uid: Uid,
    ) -> Option<(Vec<Statement>, Arc<Resource>, Vec<Hint>)> {
        let workload = state.workloads.get(&uid)?;
        let name = state.name_of(uid, workload);
        let resource = self.workload(workload);
        let reference = EntityRef::new(Kind::Workload, format!("{}/{name}", self.name)).ok()?;
        let place = body::Place {
            cluster: self.name.clone(),
            region: self.region.clone(),
            environment: self.environment_of(&workload.namespace),
            namespace: workload.namespace.to_string(),
        };
        let runs = body::Runs { workloads: BTreeMap::from([(reference.to_string(), place)]) };
        let check = Some(format!(
            "kubectl --context {} --namespace {} get {} {}",
            self.name,
            workload.namespace,
            workload.kind.word().to_lowercase(),
            workload.name
        ));
        let say = |resource: &Arc<Resource>, facet, origin: &str, body: Body| Statement {
            resource: Arc::clone(resource),
            origin: origin.to_owned(),
            facet,
            body: Some(body).filter(|body| !body.is_empty()),
            check: check.clone(),
        };
        let own = workload.kind.plural();
        let mut all = vec![
            say(&resource, Facet::General, own, to_body(&self.general(workload, reference))),
            say(&resource, Facet::Kubernetes, own, to_body(&self.facts(state, readable, uid, workload))),
        ];
        let sets = match workload.kind {
            ApiKind::Deployments => Some(ApiKind::ReplicaSets),
            ApiKind::StatefulSets | ApiKind::DaemonSets => Some(ApiKind::ControllerRevisions),
            _ => None,
        };
        if let Some(sets) = sets.filter(|sets| readable.contains(sets)) {
            let revisions = state.revisions(uid).into_iter().map(|(number, set)| (number.to_string(), revision(set))).collect();
            let told = body::Workload { revisions, ..body::Workload::default() };
            all.push(say(&resource, Facet::Kubernetes, sets.plural(), to_body(&told)));
        }
        if readable.contains(&ApiKind::Pods) {
            all.push(say(&resource, Facet::Kubernetes, ApiKind::Pods.plural(), to_body(&pods(state, uid))));
        }
        if readable.contains(&ApiKind::HorizontalPodAutoscalers) {
            let told = body::Workload { autoscaling: autoscaling(state, workload), ..body::Workload::default() };
            all.push(say(&resource, Facet::Kubernetes, ApiKind::HorizontalPodAutoscalers.plural(), to_body(&told)));
        }
        if readable.contains(&ApiKind::Ingresses) && readable.contains(&ApiKind::Services) {
            let told = body::Workload { hosts: hosts(state, workload), ..body::Workload::default() };
            all.push(say(&resource, Facet::Kubernetes, ApiKind::Ingresses.plural(), to_body(&told)));
        }
        let service = self.runs(&name);
        all.push(say(&service, Facet::Kubernetes, own, to_body(&runs)));
        Some((all, service, hints(&self.service_labels, workload)))
    }

    /// What ends with a workload that was deleted, under every name that it may have had.
    pub(crate) fn farewell(&self, state: &State, workload: &Workload) -> Vec<Statement> {
        let of_name = state.named.get(&workload.namespace).and_then(|names| names.get(&workload.name));
        let mut others = of_name.into_iter().flatten().filter_map(|uid| state.workloads.get(uid));
        // It was made anew.
        if others.any(|other| other.kind == workload.kind) {
            return Vec::new();
        }
        let resource = self.workload(workload);
        let sets = [ApiKind::ReplicaSets, ApiKind::ControllerRevisions];
        let more = [ApiKind::Pods, ApiKind::HorizontalPodAutoscalers, ApiKind::Ingresses];
        let origins = [workload.kind].into_iter().chain(sets).chain(more);
        let mut all: Vec<Statement> = origins.map(|origin| silence(&resource, Facet::Kubernetes, origin)).collect();
        all.push(silence(&resource, Facet::General, workload.kind));
        all.extend(names(workload).map(|name| silence(&self.runs(&name), Facet::Kubernetes, workload.kind)));
        all
    }

    /// What a workload said under a name that it may have had and has no more.
    pub(crate) fn former_name(&self, state: &State, uid: Uid) -> Vec<Statement> {
        let Some(workload) = state.workloads.get(&uid) else { return Vec::new() };
        let now = state.name_of(uid, workload);
        let former = names(workload).into_iter().filter(|name| *name != now);
        former.map(|name| silence(&self.runs(&name), Facet::Kubernetes, workload.kind)).collect()
    }

    fn general(&self, workload: &Workload, reference: EntityRef) -> General {
        let wanted = LABELS.into_iter().chain(self.service_labels.iter().map(String::as_str));
        General {
            reference: Some(reference),
            type_: Some(workload.kind.word().to_owned()),
            labels: wanted.filter_map(|key| Some((key.to_owned(), workload.labels.get(key)?.clone()))).collect(),
            ..General::default()
        }
    }

    fn facts(&self, state: &State, readable: &Readable, uid: Uid, workload: &Workload) -> body::Workload {
        let status = workload.status.as_ref();
        let scaled = readable.contains(&ApiKind::HorizontalPodAutoscalers) && autoscaling(state, workload).is_some();
        let cron = workload.cron.as_ref();
        body::Workload {
            cluster: Some(self.name.clone()),
            region: self.region.clone(),
            datacenter: self.datacenter.clone(),
            environment: self.environment_of(&workload.namespace),
            namespace: Some(workload.namespace.to_string()),
            name: Some(workload.name.to_string()),
            kind: Some(workload.kind.word().to_owned()),
            desired: workload.configured.filter(|_| !scaled),
            replicas: workload.configured.or_else(|| status.map(|status| status.wanted)),
            ready: status.map(|status| status.ready),
            updated: status.map(|status| status.updated),
            available: status.and_then(|status| status.available),
            images: by_container(&workload.images),
            version: version(workload),
            revision: number_of(state, uid, workload),
            paused: workload.paused.then_some(true),
            conditions: status.map(|status| status.wrong.clone()).unwrap_or_default(),
            unavailable: status.and_then(|status| status.unavailable.clone()),
            requests: Some(workload.requests).filter(|amounts| *amounts != body::Amounts::default()),
            limits: Some(workload.limits).filter(|amounts| *amounts != body::Amounts::default()),
            schedule: cron.map(|cron| cron.schedule.to_string()),
            time_zone: cron.and_then(|cron| cron.zone.as_ref()).map(ToString::to_string),
            suspended: cron.filter(|cron| cron.suspended).map(|_| true),
            last_scheduled: cron.and_then(|cron| cron.scheduled),
            last_succeeded: cron.and_then(|cron| cron.succeeded),
            ..body::Workload::default()
        }
    }
}

/// Both names that a workload may have, depending on who else has its name.
fn names(workload: &Workload) -> [String; 2] {
    let plain = format!("{}/{}", workload.namespace, workload.name);
    [format!("{plain}.{}", workload.kind.word().to_lowercase()), plain]
}

fn silence(resource: &Arc<Resource>, facet: Facet, origin: ApiKind) -> Statement {
    Statement { resource: Arc::clone(resource), origin: origin.plural().to_owned(), facet, body: None, check: None }
}

/// The number of the newest revision: the Deployment says it; of others the ControllerRevision that it is, or the newest.
pub(crate) fn number_of(state: &State, uid: Uid, workload: &Workload) -> Option<u64> {
    let revisions = || state.revisions(uid);
    match workload.kind {
        ApiKind::Deployments => workload.revision(),
        ApiKind::StatefulSets => {
            let update = workload.status.as_ref()?.update.as_deref()?;
            revisions().into_iter().find(|(_, set)| *set.name == *update).map(|(number, _)| number)
        }
        ApiKind::DaemonSets => revisions().last().map(|(number, _)| *number),
        _ => None,
    }
}

/// The version of a workload.
pub(crate) fn version(workload: &Workload) -> Option<String> {
    let label = workload.template_labels.get(VERSION).or_else(|| workload.labels.get(VERSION));
    version_of(label.map(String::as_str), workload.main_image(&workload.images))
}

/// The version of one of its revisions.
pub(crate) fn version_of(label: Option<&str>, image: Option<&str>) -> Option<String> {
    let label = label.filter(|label| !label.is_empty());
    label.or_else(|| image.filter(|image| !image.is_empty()).map(|image| Image::of(image).version())).map(str::to_owned)
}

pub(crate) fn by_container(images: &[(Box<str>, Box<str>)]) -> BTreeMap<String, String> {
    images.iter().map(|(container, image)| (container.to_string(), image.to_string())).collect()
}

fn revision(set: &Set) -> body::Revision {
    body::Revision {
        images: by_container(&set.images),
        created: set.created,
        cause: set.cause.as_ref().map(ToString::to_string),
        name: set.name.to_string(),
        earlier: set.earlier.clone(),
    }
}

fn pods(state: &State, uid: Uid) -> body::Workload {
    let mut told = body::Workload { restarts: Some(0), ..body::Workload::default() };
    for (pod, set) in state.pods(uid) {
        *told.phases.entry(pod.phase.to_string()).or_default() += 1;
        told.restarts = told.restarts.map(|sum| sum + u64::from(pod.restarts));
        let entry = body::Pod {
            phase: pod.phase.to_string(),
            ready: pod.ready,
            restarts: u64::from(pod.restarts),
            reason: pod.reason.as_deref().map(str::to_owned),
            node: pod.node.as_deref().map(str::to_owned),
            zone: pod.node.as_ref().and_then(|node| state.zones.get(node)?.as_deref()).map(str::to_owned),
            revision: set
                .map(|set| set.name.to_string())
                .or_else(|| pod.revision.as_deref().map(|hash| revision_name(workload_name(state, uid), hash))),
            created: pod.created,
            digests: pod.digests.iter().map(|(container, digest)| (container.to_string(), digest.to_string())).collect(),
        };
        told.pods.insert(pod.name.to_string(), entry);
    }
    told
}

/// The name of a ControllerRevision by a pod's label: of a StatefulSet it is the name, of a DaemonSet only its end.
pub(crate) fn revision_name(workload: &str, label: &str) -> String {
    let is_whole = label.strip_prefix(workload).is_some_and(|rest| rest.starts_with('-'));
    if is_whole { label.to_owned() } else { format!("{workload}-{label}") }
}

fn workload_name(state: &State, uid: Uid) -> &str {
    state.workloads.get(&uid).map(|workload| &*workload.name).unwrap_or_default()
}

fn autoscaling(state: &State, workload: &Workload) -> Option<body::Autoscaling> {
    let of = state.autoscalers.get(&workload.namespace)?;
    let scales = |target: &(Box<str>, Box<str>)| *target.0 == *workload.kind.word() && target.1 == workload.name;
    let found = of.values().filter(|autoscaler| scales(&autoscaler.target)).min_by(|one, other| one.name.cmp(&other.name))?;
    Some(body::Autoscaling { name: found.name.to_string(), min: found.min, max: found.max })
}

/// Ingress -> Service -> selector -> labels of the pods.
fn hosts(state: &State, workload: &Workload) -> Vec<String> {
    let Some(ingresses) = state.ingresses.get(&workload.namespace) else { return Vec::new() };
    let services = state.services.get(&workload.namespace).into_iter().flat_map(|services| services.values());
    let selects = |selector: &BTreeMap<String, String>| {
        !selector.is_empty() && selector.iter().all(|(key, value)| workload.template_labels.get(key) == Some(value))
    };
    let mut found: BTreeSet<&String> = BTreeSet::new();
    for service in services.filter(|service| selects(&service.selector)) {
        found.extend(ingresses.values().filter_map(|ingress| ingress.routes.get(&*service.name)).flatten());
    }
    found.into_iter().cloned().collect()
}
