//! What an act asks of the cluster: objects as it tells them go in, a request or a refusal comes out.
//!
//! A rollback is that of `kubectl rollout undo`; a restart leaves the annotation of `kubectl rollout restart`.

use std::cmp::Reverse;

use serde_json::{Map, Value, json};

use crate::act::target::{Target, WorkloadKind, is_name};
use crate::act::write::{Content, Write};
use crate::model::Instant;

/// The annotation of a pod template whose change replaces the pods.
pub const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";
/// The number of a revision, on Deployments and ReplicaSets.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// The label by which a ReplicaSet knows its pods.
const POD_TEMPLATE_HASH: &str = "pod-template-hash";
/// Annotations that a rollback does not take from the ReplicaSet.
const OWN_ANNOTATIONS: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];
/// The most replicas that may be asked for: more is a slip.
pub const MOST_REPLICAS: u32 = 1000;

/// Why nothing is asked of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody paused it.
    #[error("it is paused; resume it first, with `kubectl rollout resume`")]
    Paused,
    /// It is so already.
    #[error("nothing would change: {0}")]
    Unchanged(String),
    /// There is nothing to go back to.
    #[error("there is no earlier revision to go back to")]
    NoHistory,
    /// The revision is not kept.
    #[error("there is no revision {0}; the cluster keeps: {1}")]
    NoRevision(u64, String),
    /// A kind that has no such thing.
    #[error("{0}")]
    Unsupported(String),
    /// The pod belongs to something else.
    #[error("the pod {0} does not belong to it")]
    NotItsPod(String),
    /// It is going already.
    #[error("the pod {0} is being deleted already")]
    Going(String),
    /// It is being deleted.
    #[error("it is being deleted")]
    Deleted,
    /// What the cluster told is not understood.
    #[error("what the cluster told of it is not understood: {0} is missing")]
    Garbled(&'static str),
}

/// What is asked of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The request, not yet guarded.
    pub write: Write,
    /// What exactly is done, in words.
    pub detail: String,
}

/// Replaces all pods by noting the time in the pod template.
///
/// # Errors
/// [`Refusal::Paused`], [`Refusal::Deleted`], [`Refusal::Garbled`].
pub fn restart(target: &Target, object: &Value, now: Instant) -> Result<Planned, Refusal> {
    alive(object)?;
    running(object)?;
    let template = object.pointer("/spec/template").filter(|template| template.is_object()).ok_or(Refusal::Garbled("the pod template"))?;
    // Seconds, as kubectl writes them.
    let now = Instant::from_seconds(now.micros().div_euclid(1_000_000)).to_string();
    let operation = match (template.get("metadata"), template.pointer("/metadata/annotations")) {
        (Some(Value::Object(_)), Some(Value::Object(_))) => {
            let path = format!("/spec/template/metadata/annotations/{}", RESTARTED_AT.replace('/', "~1"));
            json!({ "op": "add", "path": path, "value": now })
        }
        (Some(Value::Object(_)), _) => {
            json!({ "op": "add", "path": "/spec/template/metadata/annotations", "value": { RESTARTED_AT: now } })
        }
        _ => json!({ "op": "add", "path": "/spec/template/metadata", "value": { "annotations": { RESTARTED_AT: now } } }),
    };
    let write = Write { path: target.path(), content: Content::JsonPatch, body: json!([operation]) };
    Ok(Planned { write, detail: "every pod is replaced".to_owned() })
}

/// Has the workload another number of pods.
///
/// # Errors
/// [`Refusal::Unsupported`] for a DaemonSet or far too many, [`Refusal::Unchanged`], [`Refusal::Deleted`].
pub fn scale(target: &Target, object: &Value, replicas: u32) -> Result<Planned, Refusal> {
    if target.kind() == WorkloadKind::DaemonSet {
        return Err(Refusal::Unsupported("a DaemonSet has one pod a node; it cannot be scaled".to_owned()));
    }
    if replicas > MOST_REPLICAS {
        let message = format!("{replicas} replicas are more than the {MOST_REPLICAS} that may be asked for");
        return Err(Refusal::Unsupported(message));
    }
    alive(object)?;
    let before = replicas_of(object);
    if before == u64::from(replicas) {
        return Err(Refusal::Unchanged(format!("it has {} already", count(before))));
    }
    let write =
        Write { path: format!("{}/scale", target.path()), content: Content::MergePatch, body: json!({ "spec": { "replicas": replicas } }) };
    Ok(Planned { write, detail: format!("from {before} to {}", count(u64::from(replicas))) })
}

/// Goes back to the template of an earlier ReplicaSet, as `kubectl rollout undo` does.
///
/// # Errors
/// [`Refusal::NoHistory`], [`Refusal::NoRevision`], [`Refusal::Paused`], [`Refusal::Unchanged`], [`Refusal::Deleted`].
pub fn roll_back_deployment(target: &Target, deployment: &Value, sets: &[Value], to: Option<u64>) -> Result<Planned, Refusal> {
    alive(deployment)?;
    let uid = uid_of(deployment)?;
    let mut revisions: Vec<(u64, &Value)> =
        sets.iter().filter(|set| is_controlled_by(set, uid)).filter_map(|set| Some((revision_of(set)?, set))).collect();
    let (revision, set) = match to {
        Some(to) => match revisions.iter().find(|(revision, _)| *revision == to) {
            Some(found) => *found,
            None => return Err(Refusal::NoRevision(to, list(revisions.iter().map(|(revision, _)| *revision)))),
        },
        None => {
            // The second newest; a stable order leaves those without a number as the cluster listed them.
            revisions.sort_by_key(|(revision, _)| Reverse(*revision));
            *revisions.get(1).ok_or(Refusal::NoHistory)?
        }
    };
    running(deployment)?;
    let wanted = set.pointer("/spec/template").ok_or(Refusal::Garbled("the pod template"))?;
    let wanted = without_hash(wanted);
    let current = deployment.pointer("/spec/template").ok_or(Refusal::Garbled("the pod template"))?;
    if normal(&wanted) == normal(&without_hash(current)) {
        return Err(Refusal::Unchanged(format!("its pod template is that of revision {revision}")));
    }
    let annotations = |object: &Value| object.pointer("/metadata/annotations").and_then(Value::as_object).cloned();
    let own = annotations(deployment);
    let kept = own.iter().flatten().filter(|(name, _)| OWN_ANNOTATIONS.contains(&name.as_str()));
    let taken = annotations(set).unwrap_or_default().into_iter().filter(|(name, _)| !OWN_ANNOTATIONS.contains(&name.as_str()));
    let merged: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).chain(taken).collect();
    // `replace` fails where there is nothing yet.
    let operation = if own.is_some() { "replace" } else { "add" };
    let body = json!([
        { "op": "replace", "path": "/spec/template", "value": wanted },
        { "op": operation, "path": "/metadata/annotations", "value": merged },
    ]);
    let write = Write { path: target.path(), content: Content::JsonPatch, body };
    Ok(Planned { write, detail: format!("to revision {revision}") })
}

/// Goes back to the template of an earlier ControllerRevision, as `kubectl rollout undo` does for StatefulSets and
/// DaemonSets.
///
/// # Errors
/// [`Refusal::NoHistory`], [`Refusal::NoRevision`], [`Refusal::Unchanged`], [`Refusal::Deleted`].
pub fn roll_back_by_revision(target: &Target, object: &Value, revisions: &[Value], to: Option<u64>) -> Result<Planned, Refusal> {
    alive(object)?;
    let uid = uid_of(object)?;
    let mut known: Vec<(u64, &Value)> = revisions
        .iter()
        .filter(|revision| is_controlled_by(revision, uid))
        .filter_map(|revision| Some((revision.get("revision")?.as_u64()?, revision)))
        .collect();
    let (revision, found) = match to {
        Some(to) => match known.iter().find(|(revision, _)| *revision == to) {
            Some(found) => *found,
            None => return Err(Refusal::NoRevision(to, list(known.iter().map(|(revision, _)| *revision)))),
        },
        None => {
            known.sort_by_key(|(revision, _)| Reverse(*revision));
            *known.get(1).ok_or(Refusal::NoHistory)?
        }
    };
    let data = found.get("data").filter(|data| data.is_object()).ok_or(Refusal::Garbled("the revision's data"))?;
    let mut current = object.pointer("/spec/template").cloned().ok_or(Refusal::Garbled("the pod template"))?;
    if let Some(current) = current.as_object_mut() {
        current.insert("$patch".to_owned(), Value::from("replace"));
    }
    if normal(&json!({ "spec": { "template": current } })) == normal(data) {
        return Err(Refusal::Unchanged(format!("its pod template is that of revision {revision}")));
    }
    let write = Write { path: target.path(), content: Content::StrategicMergePatch, body: data.clone() };
    Ok(Planned { write, detail: format!("to revision {revision}") })
}

/// Deletes one pod of the workload. Of a Deployment, `sets` are the ReplicaSets of its namespace.
///
/// # Errors
/// [`Refusal::NotItsPod`], [`Refusal::Going`].
pub fn delete_pod(target: &Target, workload: &Value, sets: &[Value], pod: &Value) -> Result<Planned, Refusal> {
    let name =
        pod.pointer("/metadata/name").and_then(Value::as_str).filter(|name| is_name(name)).ok_or(Refusal::Garbled("the pod's name"))?;
    let uid = uid_of(workload)?;
    let is_its_own = match target.kind() {
        WorkloadKind::Deployment => {
            let mut own = sets.iter().filter(|set| is_controlled_by(set, uid));
            own.any(|set| uid_of(set).is_ok_and(|set| is_controlled_by(pod, set)))
        }
        WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => is_controlled_by(pod, uid),
    };
    if !is_its_own {
        return Err(Refusal::NotItsPod(name.to_owned()));
    }
    if pod.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null()) {
        return Err(Refusal::Going(name.to_owned()));
    }
    let write = Write {
        path: target.pod(name),
        content: Content::DeleteOptions,
        body: json!({ "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": { "uid": uid_of(pod)? } }),
    };
    Ok(Planned { write, detail: format!("the pod {name}") })
}

/// The replicas that an object asks for; one if it does not say.
pub(crate) fn replicas_of(object: &Value) -> u64 {
    object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1)
}

/// The uid, by which owners are known: a name may come again.
pub(crate) fn uid_of(object: &Value) -> Result<&str, Refusal> {
    object.pointer("/metadata/uid").and_then(Value::as_str).filter(|uid| !uid.is_empty()).ok_or(Refusal::Garbled("the uid"))
}

/// The revision of a ReplicaSet: none was given yet counts as 0, one that is no number as none at all.
fn revision_of(set: &Value) -> Option<u64> {
    match set.pointer("/metadata/annotations").and_then(|annotations| annotations.get(REVISION)) {
        None => Some(0),
        Some(revision) => revision.as_str()?.parse().ok(),
    }
}

fn is_controlled_by(object: &Value, uid: &str) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    owners.into_iter().flatten().any(|owner| owner["controller"] == true && owner["uid"] == uid)
}

fn alive(object: &Value) -> Result<(), Refusal> {
    let going = object.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null());
    if going { Err(Refusal::Deleted) } else { Ok(()) }
}

fn running(object: &Value) -> Result<(), Refusal> {
    if object.pointer("/spec/paused") == Some(&Value::Bool(true)) { Err(Refusal::Paused) } else { Ok(()) }
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(POD_TEMPLATE_HASH);
    }
    template
}

/// Without what says nothing: nulls, and labels or annotations without entries.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let says = |name: &str, value: &Value| {
                let is_empty = matches!(name, "labels" | "annotations") && value.as_object().is_some_and(Map::is_empty);
                !value.is_null() && !is_empty
            };
            fields.iter().filter(|(name, value)| says(name, value)).map(|(name, value)| (name.clone(), normal(value))).collect()
        }
        Value::Array(items) => items.iter().map(normal).collect(),
        other => other.clone(),
    }
}

fn list(revisions: impl Iterator<Item = u64>) -> String {
    let mut revisions: Vec<u64> = revisions.collect();
    revisions.sort_unstable();
    if revisions.is_empty() { "none".to_owned() } else { revisions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") }
}

pub(crate) fn count(replicas: u64) -> String {
    if replicas == 1 { "1 replica".to_owned() } else { format!("{replicas} replicas") }
}

#[cfg(test)]
mod tests;
