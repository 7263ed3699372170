//! What is acted on, and what is done to it.

use std::fmt;
use std::str::FromStr;

use crate::model::{Kind, Resource};

/// Kinds of workloads that can be acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkloadKind {
    /// Replicas by way of ReplicaSets.
    Deployment,
    /// Replicas with names and volumes of their own.
    StatefulSet,
    /// One pod a node.
    DaemonSet,
}

impl WorkloadKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Deployment, Self::StatefulSet, Self::DaemonSet];

    /// As Kubernetes writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
        }
    }

    /// As it stands in paths and roles.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
        }
    }
}

impl fmt::Display for WorkloadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for WorkloadKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == text);
        found.ok_or_else(|| format!("a {text} cannot be acted on; expected a Deployment, StatefulSet or DaemonSet"))
    }
}

/// A workload in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    cluster: String,
    namespace: String,
    kind: WorkloadKind,
    name: String,
}

impl Target {
    /// The source whose resource a workload is.
    pub const SOURCE: &'static str = "kubernetes";

    /// A workload by its parts.
    ///
    /// # Errors
    /// A sentence if a part is no name that Kubernetes gives.
    pub fn new(cluster: &str, namespace: &str, kind: WorkloadKind, name: &str) -> Result<Self, String> {
        if let Some(wrong) = [namespace, name].into_iter().find(|text| !is_name(text)) {
            return Err(format!("{wrong:?} is not a name in Kubernetes"));
        }
        Ok(Self { cluster: cluster.to_owned(), namespace: namespace.to_owned(), kind, name: name.to_owned() })
    }

    /// The workload that a resource of the source `kubernetes` is: `CLUSTER/NAMESPACE/KIND/NAME`.
    ///
    /// # Errors
    /// A sentence if it is no workload that can be acted on.
    pub fn of_resource(id: &str) -> Result<Self, String> {
        let mut parts = id.rsplitn(4, '/');
        let (name, kind, namespace, cluster) = (parts.next(), parts.next(), parts.next(), parts.next());
        match (cluster, namespace, kind, name) {
            (Some(cluster), Some(namespace), Some(kind), Some(name)) => Self::new(cluster, namespace, kind.parse()?, name),
            _ => Err(format!("{id:?} is not a workload")),
        }
    }

    /// The cluster's name.
    #[must_use]
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> WorkloadKind {
        self.kind
    }

    /// The workload's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The resource as its source names it.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource { id: self.to_string(), kind: Kind::Workload, scope: self.cluster.clone() }
    }

    /// The path of the workload at the API server.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.apps(self.kind.plural()), self.name)
    }

    /// The path of a list of `apps/v1` in the workload's namespace.
    #[must_use]
    pub fn apps(&self, plural: &str) -> String {
        format!("/apis/apps/v1/namespaces/{}/{plural}", self.namespace)
    }

    /// The path of a pod in the workload's namespace.
    #[must_use]
    pub fn pod(&self, name: &str) -> String {
        format!("/api/v1/namespaces/{}/pods/{name}", self.namespace)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.cluster, self.namespace, self.kind, self.name)
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Replace all pods, in the workload's own manner.
    Restart,
    /// Have this many pods.
    Scale {
        /// How many.
        replicas: u32,
    },
    /// Go back to the pod template of an earlier revision.
    RollBack {
        /// Which; the one before the newest if unset.
        revision: Option<u64>,
    },
    /// Delete one pod, which the workload will replace.
    DeletePod {
        /// The pod's name.
        pod: String,
    },
}

impl Act {
    /// The word in records.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Scale { .. } => "scale",
            Self::RollBack { .. } => "rollback",
            Self::DeletePod { .. } => "delete_pod",
        }
    }
}

/// Whether a text is a name as Kubernetes gives them: a subdomain of RFC 1123. What is no name goes into no path.
#[must_use]
pub(crate) fn is_name(text: &str) -> bool {
    let is_part = |part: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        edge(part.chars().next())
            && edge(part.chars().last())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    text.len() <= 253 && text.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_names_its_workload() {
        let target = Target::of_resource("eu/1/billing/Deployment/ledger").unwrap();
        assert_eq!((target.cluster(), target.namespace(), target.name()), ("eu/1", "billing", "ledger"));
        assert_eq!(target.path(), "/apis/apps/v1/namespaces/billing/deployments/ledger");
        assert_eq!(Target::of_resource(&target.to_string()), Ok(target.clone()));
        assert_eq!(target.resource().id, "eu/1/billing/Deployment/ledger");
        assert!(Target::of_resource("eu-1/billing/CronJob/nightly").unwrap_err().starts_with("a CronJob cannot be acted on"));
        for wrong in
            ["", "cluster:eu-1", "eu-1/billing/Deployment", "eu-1/billing/Deployment/..", "eu-1/a b/Deployment/x", "eu-1//Deployment/x"]
        {
            assert!(Target::of_resource(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_could_leave_its_place_in_a_path_is_no_name() {
        for name in ["a", "ledger-7d4b9c-x2x", "a.b", "0"] {
            assert!(is_name(name), "{name}");
        }
        for wrong in ["", ".", "..", "a/b", "a?b", "A", "-a", "a-", "a..b", "a%2fb", "ä", &"a".repeat(254)] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
