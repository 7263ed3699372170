//! Pods.

use serde_json::{Map, Value, json};

use super::{node_address, owner_reference, time};
use crate::demo::company::clusters::ClusterContent;
use crate::demo::kubernetes::desired::{mix, uid};
use crate::demo::kubernetes::items::{Item, PodBody};
use crate::demo::kubernetes::resources::Kind;
use crate::demo::kubernetes::templates::digest;
use crate::model::Instant;

pub(super) fn metadata(content: &ClusterContent, item: &Item, body: &PodBody) -> Value {
    let template = body.template.kept(&content.workloads[item.position]);
    let mut labels = template.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut add = |key: &str, value: &str| labels.insert(key.to_owned(), value.into());
    match body.owner.kind {
        Kind::ReplicaSet => {
            add("pod-template-hash", &body.hash);
        }
        Kind::StatefulSet => {
            add("controller-revision-hash", &format!("{}-{}", body.owner.name, body.hash));
            add("statefulset.kubernetes.io/pod-name", item.name());
            add("apps.kubernetes.io/pod-index", item.name().rsplit('-').next().unwrap_or_default());
        }
        Kind::Job => {
            for key in ["job-name", "batch.kubernetes.io/job-name"] {
                add(key, &body.owner.name);
            }
            for key in ["controller-uid", "batch.kubernetes.io/controller-uid"] {
                add(key, &body.owner.uid);
            }
        }
        _ => {
            add("controller-revision-hash", &body.hash);
            add("pod-template-generation", "1");
        }
    }
    let mut metadata = json!({
        "generateName": format!("{}-", body.owner.name),
        "labels": labels,
        "annotations": template.pointer("/metadata/annotations").cloned(),
        "ownerReferences": [owner_reference(&body.owner)]
    });
    if let (true, Some((end, grace))) = (body.is_deleting, body.pod.end) {
        metadata["deletionTimestamp"] = time(end.plus_seconds(i64::from(grace)));
        metadata["deletionGracePeriodSeconds"] = grace.into();
    }
    metadata
}

pub(super) fn rest(content: &ClusterContent, item: &Item, body: &PodBody) -> Value {
    let template = body.template.kept(&content.workloads[item.position]);
    let mut spec = template.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let tolerate = |key: &str| json!({ "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 });
    spec.insert("tolerations".to_owned(), json!([tolerate("node.kubernetes.io/not-ready"), tolerate("node.kubernetes.io/unreachable")]));
    spec.insert("priority".to_owned(), 0.into());
    spec.insert("enableServiceLinks".to_owned(), true.into());
    spec.insert("preemptionPolicy".to_owned(), "PreemptLowerPriority".into());
    let is_scheduled = body.pod.scheduled.is_some_and(|(at, _)| body.state.since >= at);
    let node = body.pod.scheduled.filter(|_| is_scheduled).map(|(_, node)| content.nodes[node as usize].name.as_str());
    if let Some(node) = node {
        spec.insert("nodeName".to_owned(), node.into());
    }
    let status = status(body, &spec, node);
    json!({ "spec": spec, "status": status })
}

fn status(body: &PodBody, spec: &Map<String, Value>, node: Option<&str>) -> Value {
    let (pod, state) = (&body.pod, &body.state);
    let containers = spec.get("containers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let quality =
        if containers.iter().any(|container| container.pointer("/resources/requests").is_some()) { "Burstable" } else { "BestEffort" };
    let scheduled = pod.scheduled.map(|(at, _)| at);
    let Some(node) = node else {
        let mut condition = condition("PodScheduled", false, pod.created);
        condition["reason"] = "Unschedulable".into();
        condition["message"] = "0/12 nodes are available: 12 Insufficient memory.".into();
        return json!({ "phase": "Pending", "conditions": [condition], "qosClass": quality });
    };
    let scheduled = scheduled.unwrap_or(pod.created);
    let (is_ready, phase) = match body.ended {
        Some((_, true)) => (false, "Succeeded"),
        Some((_, false)) => (false, "Failed"),
        None if state.is_running => (state.is_ready, "Running"),
        None => (false, "Pending"),
    };
    let turned = body.ended.map_or(if state.is_running { state.since } else { scheduled }, |(at, _)| at);
    let mut conditions = vec![
        condition("Initialized", true, scheduled),
        condition("Ready", is_ready, turned),
        condition("ContainersReady", is_ready, turned),
        condition("PodScheduled", true, scheduled),
    ];
    if !is_ready {
        let reason = if body.ended.is_some_and(|(_, well)| well) { "PodCompleted" } else { "ContainersNotReady" };
        for condition in &mut conditions[1..3] {
            condition["reason"] = reason.into();
        }
    }
    let statuses: Vec<Value> =
        containers.iter().enumerate().map(|(number, container)| container_status(body, container, number == 0, is_ready)).collect();
    let mut status = json!({
        "phase": phase,
        "conditions": conditions,
        "hostIP": node_address(node),
        "startTime": time(scheduled),
        "containerStatuses": statuses,
        "qosClass": quality
    });
    if state.is_running {
        status["podIP"] = pod.address().into();
        status["podIPs"] = json!([{ "ip": pod.address() }]);
    }
    status
}

fn condition(kind: &str, is_true: bool, since: Instant) -> Value {
    json!({ "type": kind, "status": if is_true { "True" } else { "False" }, "lastProbeTime": null, "lastTransitionTime": time(since) })
}

/// Only the first container comes to grief.
fn container_status(body: &PodBody, container: &Value, is_first: bool, is_ready: bool) -> Value {
    let (pod, state) = (&body.pod, &body.state);
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let restarts = if is_first { state.restarts + body.touches } else { 0 };
    let run = mix(pod.number ^ u64::from(restarts) ^ 0xc0);
    let is_waiting = is_first && state.backs_off;
    let now = match body.ended {
        Some((at, well)) => terminated(if well { "Completed" } else { "Error" }, i32::from(!well), state.started, at),
        None if is_waiting => {
            let message = format!("back-off restarting failed container={} pod={}", text(container, "name"), pod.name);
            json!({ "waiting": { "reason": "CrashLoopBackOff", "message": message } })
        }
        None if state.is_running => json!({ "running": { "startedAt": time(if is_first { state.started } else { pod.started }) } }),
        None => json!({ "waiting": { "reason": "ContainerCreating" } }),
    };
    let last = match state.last {
        Some(last) if is_first => terminated(last.reason, last.code, last.started, last.at),
        _ if is_first && body.touches > 0 => terminated("Error", 1, state.started, state.since),
        _ => json!({}),
    };
    let (name, tag) = image.split_once('@').or_else(|| image.rsplit_once(':')).unwrap_or((image, "latest"));
    let mut status = json!({
        "name": container.get("name"),
        "state": now,
        "lastState": last,
        "ready": if is_first { is_ready } else { state.is_running && body.ended.is_none() },
        "restartCount": restarts,
        "image": image,
        "imageID": "",
        "started": state.is_running && !is_waiting && body.ended.is_none()
    });
    if state.is_running {
        let digest = if tag.starts_with("sha256:") { tag.to_owned() } else { digest(name, tag) };
        status["imageID"] = format!("{name}@{digest}").into();
        status["containerID"] = format!("containerd://{}{}", uid(run).replace('-', ""), uid(mix(run)).replace('-', "")).into();
    }
    status
}

fn terminated(reason: &str, code: i32, started: Instant, finished: Instant) -> Value {
    json!({ "terminated": { "exitCode": code, "reason": reason, "startedAt": time(started), "finishedAt": time(finished) } })
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
