//! The resources that the server has, and how each is called.

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(super) enum Kind {
    Pod,
    Service,
    Node,
    Namespace,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ControllerRevision,
    Job,
    CronJob,
    Ingress,
    HorizontalPodAutoscaler,
}

/// How a kind is called.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    /// The kind's own name.
    pub(super) kind_name: &'static str,
    /// Empty: the core.
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) is_namespaced: bool,
    short: &'static [&'static str],
    /// Beside get, list and watch.
    verbs: &'static [&'static str],
    /// `scale` and `status` under it.
    pub(super) has_scale: bool,
}

const fn resource(
    kind: Kind,
    name: &'static str,
    kind_name: &'static str,
    (group, version): (&'static str, &'static str),
    short: &'static [&'static str],
    verbs: &'static [&'static str],
) -> Resource {
    let is_namespaced = !matches!(kind, Kind::Node | Kind::Namespace);
    let has_scale = matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::ReplicaSet);
    Resource { kind, name, kind_name, group, version, is_namespaced, short, verbs, has_scale }
}

const CORE: (&str, &str) = ("", "v1");
const APPS: (&str, &str) = ("apps", "v1");
const BATCH: (&str, &str) = ("batch", "v1");

/// Every one, in the order of [`Kind`].
pub(super) const RESOURCES: [Resource; 13] = [
    resource(Kind::Pod, "pods", "Pod", CORE, &["po"], &["delete"]),
    resource(Kind::Service, "services", "Service", CORE, &["svc"], &[]),
    resource(Kind::Node, "nodes", "Node", CORE, &["no"], &[]),
    resource(Kind::Namespace, "namespaces", "Namespace", CORE, &["ns"], &[]),
    resource(Kind::Deployment, "deployments", "Deployment", APPS, &["deploy"], &["patch"]),
    resource(Kind::ReplicaSet, "replicasets", "ReplicaSet", APPS, &["rs"], &[]),
    resource(Kind::StatefulSet, "statefulsets", "StatefulSet", APPS, &["sts"], &["patch"]),
    resource(Kind::DaemonSet, "daemonsets", "DaemonSet", APPS, &["ds"], &["patch"]),
    resource(Kind::ControllerRevision, "controllerrevisions", "ControllerRevision", APPS, &[], &[]),
    resource(Kind::Job, "jobs", "Job", BATCH, &[], &[]),
    resource(Kind::CronJob, "cronjobs", "CronJob", BATCH, &["cj"], &[]),
    resource(Kind::Ingress, "ingresses", "Ingress", ("networking.k8s.io", "v1"), &["ing"], &[]),
    resource(Kind::HorizontalPodAutoscaler, "horizontalpodautoscalers", "HorizontalPodAutoscaler", ("autoscaling", "v2"), &["hpa"], &[]),
];

impl Kind {
    pub(super) const fn resource(self) -> &'static Resource {
        &RESOURCES[self as usize]
    }
}

impl Resource {
    /// `v1`, `apps/v1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `pods`, `deployments.apps`: what messages call it.
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() { self.name.to_owned() } else { format!("{}.{}", self.name, self.group) }
    }

    /// `Pod`, `Deployment.apps`.
    pub(super) fn qualified_kind(&self) -> String {
        if self.group.is_empty() { self.kind_name.to_owned() } else { format!("{}.{}", self.kind_name, self.group) }
    }

    /// Short names, for discovery.
    pub(super) const fn short(&self) -> &'static [&'static str] {
        self.short
    }

    /// Verbs, sorted, for discovery.
    pub(super) fn verbs(&self) -> Vec<&'static str> {
        let mut all: Vec<&str> = self.verbs.iter().copied().chain(["get", "list", "watch"]).collect();
        all.sort_unstable();
        all
    }
}

/// The resource of a path.
pub(super) fn find(group: &str, version: &str, name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| (resource.group, resource.version, resource.name) == (group, version, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_finds_itself() {
        for (position, resource) in RESOURCES.iter().enumerate() {
            assert_eq!(resource.kind as usize, position);
            assert_eq!(find(resource.group, resource.version, resource.name).unwrap().kind, resource.kind);
        }
    }
}
