//! The kinds of objects that are read of an API server, and where they are.

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ApiKind {
    Nodes,
    Deployments,
    StatefulSets,
    DaemonSets,
    CronJobs,
    ReplicaSets,
    ControllerRevisions,
    Jobs,
    Services,
    Ingresses,
    HorizontalPodAutoscalers,
    Pods,
}

impl ApiKind {
    /// Every kind, in the order in which they are listed: pods last, when everything that they belong to is known.
    pub(crate) const ALL: [Self; 12] = [
        Self::Nodes,
        Self::Deployments,
        Self::StatefulSets,
        Self::DaemonSets,
        Self::CronJobs,
        Self::ReplicaSets,
        Self::ControllerRevisions,
        Self::Jobs,
        Self::Services,
        Self::Ingresses,
        Self::HorizontalPodAutoscalers,
        Self::Pods,
    ];

    /// The resource as RBAC names it; the origin of what is read of it.
    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Deployments => "deployments",
            Self::StatefulSets => "statefulsets",
            Self::DaemonSets => "daemonsets",
            Self::CronJobs => "cronjobs",
            Self::ReplicaSets => "replicasets",
            Self::ControllerRevisions => "controllerrevisions",
            Self::Jobs => "jobs",
            Self::Services => "services",
            Self::Ingresses => "ingresses",
            Self::HorizontalPodAutoscalers => "horizontalpodautoscalers",
            Self::Pods => "pods",
        }
    }

    /// The API group as RBAC names it; empty for the core.
    pub(crate) const fn group(self) -> &'static str {
        match self {
            Self::Nodes | Self::Services | Self::Pods => "",
            Self::Deployments | Self::StatefulSets | Self::DaemonSets | Self::ReplicaSets | Self::ControllerRevisions => "apps",
            Self::CronJobs | Self::Jobs => "batch",
            Self::Ingresses => "networking.k8s.io",
            Self::HorizontalPodAutoscalers => "autoscaling",
        }
    }

    /// Its versions, the preferred one first; of what is read of it they do not differ.
    pub(crate) const fn versions(self) -> &'static [&'static str] {
        match self {
            Self::CronJobs => &["v1", "v1beta1"],
            Self::HorizontalPodAutoscalers => &["v2", "v1"],
            _ => &["v1"],
        }
    }

    /// Where it is listed for the whole cluster.
    pub(crate) fn path(self, version: &str) -> String {
        match self.group() {
            "" => format!("/api/{version}/{}", self.plural()),
            group => format!("/apis/{group}/{version}/{}", self.plural()),
        }
    }

    /// Whether its objects are workloads.
    pub(crate) const fn is_workload(self) -> bool {
        matches!(self, Self::Deployments | Self::StatefulSets | Self::DaemonSets | Self::CronJobs)
    }

    /// Whether an API server may well be without it.
    pub(crate) const fn is_optional(self) -> bool {
        matches!(self, Self::CronJobs | Self::Jobs | Self::Ingresses | Self::HorizontalPodAutoscalers | Self::ControllerRevisions)
    }

    /// The kind of a workload as its manifests name it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Deployments => "Deployment",
            Self::StatefulSets => "StatefulSet",
            Self::DaemonSets => "DaemonSet",
            Self::CronJobs => "CronJob",
            _ => "",
        }
    }

    /// The rule that RBAC lacks, as a person writes it.
    pub(crate) fn rule(self, verb: &str) -> String {
        format!("verb {verb} on resource {} in API group {:?}", self.plural(), self.group())
    }
}
