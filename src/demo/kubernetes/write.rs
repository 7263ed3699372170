//! Writes: patches of workloads, their scale, and the deletion of pods. What is written is kept beside what the company
//! wants, and its controllers act on both.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::desired::{Template, Write, Written, hash};
use super::items::{Body, Item, WorkloadBody};
use super::list::written;
use super::patch::{Language, apply};
use super::render;
use super::request::Asked;
use super::resources::Kind;
use super::status::{Answer, Cause, Refusal, json_answer};
use crate::model::Instant;

/// The annotation that the Deployment's controller writes.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// What somebody wants to be the case before a pod is deleted, and how.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DeleteOptions {
    grace_period_seconds: Option<i64>,
    preconditions: Preconditions,
    dry_run: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

/// Whether the request is only to be tried.
fn is_dry(asked: &Asked) -> Answer<bool> {
    match asked.params.get("dryRun") {
        None => Ok(false),
        Some("All") => Ok(true),
        Some(other) => {
            let message = format!("Unsupported value: {other:?}: supported values: \"All\"");
            let cause = Cause { reason: "FieldValueNotSupported", message, field: "dryRun".to_owned() };
            Err(Refusal::invalid("PatchOptions.meta.k8s.io", "", &[cause]))
        }
    }
}

/// A PATCH, PUT, POST or DELETE.
pub(super) fn write(cluster: &Cluster, asked: &Asked, body: &[u8], minor: u32) -> Answer {
    match (asked.resource.kind, asked.verb, asked.subresource.as_str()) {
        (Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet, "patch", "") => patch_workload(cluster, asked, body, minor),
        (_, "patch" | "update", "scale") => scale(cluster, asked, body, minor),
        (Kind::Pod, "delete", "") => delete_pod(cluster, asked, body),
        (Kind::Pod, "create", "eviction") => evict(cluster, asked),
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// An object and what is particular to workloads of it.
fn workload<'a>(asked: &Asked, item: Option<&'a Arc<Item>>) -> Answer<(&'a Arc<Item>, &'a WorkloadBody)> {
    let missing = || Refusal::not_found(asked.resource, &asked.name);
    let item = item.ok_or_else(missing)?;
    match &item.body {
        Body::Workload(body) => Ok((item, body)),
        _ => Err(missing()),
    }
}

fn patch_workload(cluster: &Cluster, asked: &Asked, patch: &[u8], minor: u32) -> Answer {
    let language = Language::of(&asked.content_type)?;
    let is_dry = is_dry(asked)?;
    let found = cluster.get(asked.resource.kind, &asked.key());
    let (item, body) = workload(asked, found.as_ref())?;
    let before: Value = render::typed(&cluster.content, item).into();
    let mut after = apply(language, &before, patch, minor)?;
    checked(asked, item, &before, &mut after)?;
    // The status is another resource.
    after["status"] = before["status"].clone();
    // Annotations of a Deployment are a part of what its controller carries over, so they count as well.
    let told = |object: &Value| object["metadata"].get("annotations").cloned();
    let changes_spec = after["spec"] != before["spec"] || (item.kind == Kind::Deployment && told(&after) != told(&before));
    if !changes_spec && after["metadata"] == before["metadata"] {
        return Ok(json_answer(200, &after));
    }
    if is_dry {
        if changes_spec {
            after["metadata"]["generation"] = (body.stage.generation + 1).into();
        }
        return Ok(json_answer(200, &after));
    }
    put(cluster, item, body, &after, changes_spec);
    answer(cluster, asked)
}

/// The workload as it is after a write.
fn answer(cluster: &Cluster, asked: &Asked) -> Answer {
    let item = cluster.get(asked.resource.kind, &asked.key()).ok_or_else(|| Refusal::not_found(asked.resource, &asked.name))?;
    Ok(json_answer(200, &written(cluster, &item, asked.form).into()))
}

/// Keeps a workload as it is written here.
fn put(cluster: &Cluster, item: &Item, body: &WorkloadBody, object: &Value, changes_spec: bool) {
    let mut spec = object["spec"].clone();
    let mut template = Value::Null;
    let mut replicas = body.stage.replicas;
    if let Some(spec) = spec.as_object_mut() {
        template = spec.remove("template").unwrap_or_default();
        replicas = spec.remove("replicas").and_then(|count| count.as_u64()).map_or(replicas, |count| count as u32);
    }
    let is_paused = spec.get("paused").and_then(Value::as_bool).unwrap_or(false);
    let mut annotations = object["metadata"].get("annotations").cloned();
    if let Some(Value::Object(annotations)) = &mut annotations {
        annotations.remove(REVISION);
        annotations.remove("deprecated.daemonset.template.generation");
    }
    let template = known_template(cluster, item, body, template);
    let written = Arc::new(Written { labels: object["metadata"].get("labels").cloned(), annotations, spec });
    cluster.write_workload(item.position, |revision, at| Write { revision, at, written, template, replicas, is_paused, changes_spec });
}

/// The template, if it is one that was rolled out before; else a new one.
fn known_template(cluster: &Cluster, item: &Item, body: &WorkloadBody, mut wanted: Value) -> Template {
    if let Some(metadata) = wanted.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("creationTimestamp".to_owned(), Value::Null);
    }
    let workload = &cluster.content.workloads[item.position];
    let is_same = |template: &Template| *super::templates::value(template, workload) == wanted;
    if is_same(&body.stage.template) {
        return body.stage.template.clone();
    }
    let kind = if item.kind == Kind::Deployment { Kind::ReplicaSet } else { Kind::ControllerRevision };
    let all = cluster.list(kind, cluster.current());
    let mine = all.iter().filter(|other| other.position == item.position);
    let known = mine.filter_map(|other| match &other.body {
        Body::ReplicaSet(body) => Some(&body.template),
        Body::ControllerRevision { template, .. } => Some(template),
        _ => None,
    });
    for cell in known {
        if is_same(&cell.template) {
            return cell.template.clone();
        }
    }
    Template::Written(hash(&wanted.to_string()), Arc::new(wanted))
}

/// Refuses an object that may not be as it is.
fn checked(asked: &Asked, item: &Item, before: &Value, after: &mut Value) -> Answer<()> {
    let resource = asked.resource;
    let kind = resource.qualified_kind();
    let text = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text(after, "/metadata/name");
    if name != item.name() {
        let message = format!("the name of the object ({name}) does not match the name on the URL ({})", item.name());
        return Err(Refusal::bad_request(message));
    }
    let replicas = after.pointer("/spec/replicas");
    if replicas.is_some_and(|count| count.as_i64().is_none()) {
        return Err(undecodable(after, &format!("v1.{}.Spec", resource.kind_name), "Replicas"));
    }
    let version = text(after, "/metadata/resourceVersion");
    if !version.is_empty() && version != item.revision.to_string() {
        return Err(Refusal::conflict(resource, item.name()));
    }
    after["metadata"]["resourceVersion"] = item.revision.to_string().into();
    let mut causes = Vec::new();
    let uid = text(after, "/metadata/uid");
    if !uid.is_empty() && uid != item.uid {
        // It is looked at twice.
        for _ in 0..2 {
            causes.push(Cause::invalid("metadata.uid", format!("Invalid value: {uid:?}: field is immutable")));
        }
    }
    after["metadata"]["uid"] = item.uid.as_str().into();
    for fixed in ["creationTimestamp", "generation"] {
        after["metadata"][fixed] = before["metadata"][fixed].clone();
    }
    if let Some(count) = after.pointer("/spec/replicas").and_then(Value::as_i64)
        && count < 0
    {
        causes.push(Cause::invalid("spec.replicas", format!("Invalid value: {count}: must be greater than or equal to 0")));
    }
    let selector = after.pointer("/spec/selector/matchLabels").and_then(Value::as_object).cloned().unwrap_or_default();
    let labels = after.pointer("/spec/template/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    if !selector.iter().all(|(key, value)| labels.get(key) == Some(value)) {
        let message = format!("Invalid value: {}: `selector` does not match template `labels`", go_map(&labels));
        causes.push(Cause::invalid("spec.template.metadata.labels", message));
    }
    containers(after, &mut causes);
    if after.pointer("/spec/selector") != before.pointer("/spec/selector") {
        let value = format!("v1.LabelSelector{{MatchLabels:{}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}}", go_map(&selector));
        causes.push(Cause::invalid("spec.selector", format!("Invalid value: {value}: field is immutable")));
    }
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid(&kind, item.name(), &causes)) }
}

/// Every pod has a container, and every container a name and an image.
fn containers(object: &Value, causes: &mut Vec<Cause>) {
    let required = |field: String| Cause { reason: "FieldValueRequired", message: "Required value".to_owned(), field };
    let all = object.pointer("/spec/template/spec/containers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if all.is_empty() {
        causes.push(required("spec.template.spec.containers".to_owned()));
    }
    for (number, container) in all.iter().enumerate() {
        for field in ["name", "image"] {
            if container.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
                causes.push(required(format!("spec.template.spec.containers[{number}].{field}")));
            }
        }
    }
}

/// A map as Go prints it.
fn go_map(map: &Map<String, Value>) -> String {
    let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key:?}:{:?}", value.as_str().unwrap_or_default())).collect();
    format!("map[string]string{{{}}}", entries.join(", "))
}

/// An object whose types are wrong.
fn undecodable(object: &Value, path: &str, field: &str) -> Refusal {
    let said = format!("Invalid value: {:?}: {path}: {path}Spec.{field}: readUint32: unexpected character: \u{fffd}", object.to_string());
    Refusal::invalid("", "", &[Cause::invalid("patch", said)])
}

/// The scale of a workload.
fn scale_of(cluster: &Cluster, item: &Item, body: &WorkloadBody) -> Value {
    let metadata = render::metadata(&cluster.content, item);
    let kept = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
    let metadata: Map<String, Value> = metadata.into_iter().filter(|(key, _)| kept.contains(&key.as_str())).collect();
    let selector = &cluster.content.workloads[item.position].selector;
    let selector: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let mut scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": {},
        "status": { "replicas": body.replicas, "selector": selector.join(",") }
    });
    if body.stage.replicas > 0 {
        scale["spec"]["replicas"] = body.stage.replicas.into();
    }
    scale
}

/// GET of a scale.
pub(super) fn get_scale(cluster: &Cluster, asked: &Asked) -> Answer {
    let found = cluster.get(asked.resource.kind, &asked.key());
    let (item, body) = workload(asked, found.as_ref())?;
    Ok(json_answer(200, &scale_of(cluster, item, body)))
}

fn scale(cluster: &Cluster, asked: &Asked, given: &[u8], minor: u32) -> Answer {
    let is_dry = is_dry(asked)?;
    let found = cluster.get(asked.resource.kind, &asked.key());
    let (item, body) = workload(asked, found.as_ref())?;
    let before = scale_of(cluster, item, body);
    let mut after = if asked.verb == "update" {
        serde_json::from_slice(given).map_err(|error| Refusal::bad_request(error.to_string()))?
    } else {
        apply(Language::of(&asked.content_type)?, &before, given, minor)?
    };
    let count = match after.pointer("/spec/replicas") {
        None | Some(Value::Null) => 0,
        Some(count) => count.as_i64().ok_or_else(|| undecodable(&after, "v1.Scale.Spec: v1.Scale", "Replicas"))?,
    };
    if count < 0 {
        let cause = Cause::invalid("spec.replicas", format!("Invalid value: {count}: must be greater than or equal to 0"));
        return Err(Refusal::invalid("Scale.autoscaling", item.name(), &[cause]));
    }
    let version = after.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    if !version.is_empty() && version != item.revision.to_string() {
        return Err(Refusal::conflict(asked.resource, item.name()));
    }
    after = before.clone();
    after["spec"] = if count == 0 { json!({}) } else { json!({ "replicas": count }) };
    if is_dry || after == before {
        return Ok(json_answer(200, &after));
    }
    let mut object: Value = render::typed(&cluster.content, item).into();
    object["spec"]["replicas"] = count.into();
    put(cluster, item, body, &object, true);
    get_scale(cluster, asked)
}

/// A pod and its body.
fn pod(cluster: &Cluster, asked: &Asked) -> Answer<Arc<Item>> {
    cluster.get(Kind::Pod, &asked.key()).ok_or_else(|| Refusal::not_found(asked.resource, &asked.name))
}

fn delete_pod(cluster: &Cluster, asked: &Asked, given: &[u8]) -> Answer {
    let options: DeleteOptions = match given.is_empty() {
        true => DeleteOptions::default(),
        false => serde_json::from_slice(given).map_err(|error| Refusal::bad_request(error.to_string()))?,
    };
    let is_dry = is_dry(asked)? || options.dry_run.iter().any(|value| value == "All");
    let item = pod(cluster, asked)?;
    let wanted = &options.preconditions;
    if let Some(uid) = wanted.uid.as_ref().filter(|uid| **uid != item.uid) {
        return Err(Refusal::precondition(asked.resource, &asked.name, "UID", (uid, &item.uid)));
    }
    let version = item.revision.to_string();
    if let Some(given) = wanted.resource_version.as_ref().filter(|given| **given != version) {
        return Err(Refusal::precondition(asked.resource, &asked.name, "ResourceVersion", (given, &version)));
    }
    let by_query = asked.params.number("gracePeriodSeconds")?.and_then(|seconds| i64::try_from(seconds).ok());
    let grace = options.grace_period_seconds.or(by_query).unwrap_or(30).clamp(0, 3600) as u32;
    let Body::Pod(body) = &item.body else { return Err(Refusal::not_found(asked.resource, &asked.name)) };
    let is_bound = body.pod.scheduled.is_some() && body.ended.is_none();
    let grace = if is_bound { grace } else { 0 };
    let mut object = render::typed(&cluster.content, &item);
    let is_shorter = body.pod.end.is_none_or(|(_, known)| grace < known);
    if body.is_deleting && !is_shorter {
        return Ok(json_answer(200, &object.into()));
    }
    let now = cluster.now();
    if !is_dry {
        let revision = cluster.delete_pod(item.position, &item.uid, grace);
        if let Some(metadata) = object.get_mut("metadata") {
            metadata["resourceVersion"] = revision.to_string().into();
        }
    }
    if let Some(metadata) = object.get_mut("metadata") {
        metadata["deletionTimestamp"] = render::time(deletion(now, grace));
        metadata["deletionGracePeriodSeconds"] = grace.into();
    }
    Ok(json_answer(200, &object.into()))
}

fn deletion(now: Instant, grace: u32) -> Instant {
    now.plus_seconds(i64::from(grace))
}

fn evict(cluster: &Cluster, asked: &Asked) -> Answer {
    let item = pod(cluster, asked)?;
    if !is_dry(asked)? {
        cluster.delete_pod(item.position, &item.uid, 30);
    }
    Ok(json_answer(201, &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 })))
}
