//! Deployments and their kin, ReplicaSets, Jobs and CronJobs.

use serde_json::{Map, Value, json};

use super::{owner_reference, time};
use crate::demo::company::clusters::{ClusterContent, Workload, WorkloadKind};
use crate::demo::kubernetes::desired::Stage;
use crate::demo::kubernetes::items::{Item, JobBody, Owner, Progress, ReplicaSetBody, WorkloadBody};
use crate::demo::kubernetes::resources::Kind;
use crate::demo::kubernetes::templates;
use crate::model::Instant;

const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const CAUSE: &str = "kubernetes.io/change-cause";

/// Labels and annotations of a workload at a stage, without the revision's.
fn told(workload: &Workload, stage: &Stage) -> (Map<String, Value>, Map<String, Value>) {
    let release = workload.releases.of(stage.release);
    let map = |value: &Option<Value>| value.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    match &stage.written {
        Some(written) => {
            let mut labels = map(&written.labels);
            if let Some(version) = labels.get_mut("app.kubernetes.io/version") {
                *version = release.version.into();
            }
            (labels, map(&written.annotations))
        }
        None => {
            let mut annotations: Map<String, Value> =
                workload.annotations.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
            if workload.says_cause {
                annotations.insert(CAUSE.to_owned(), release.cause.clone().into());
            }
            (templates::labels(workload, &release), annotations)
        }
    }
}

pub(super) fn metadata(content: &ClusterContent, item: &Item, body: &WorkloadBody) -> Value {
    let (labels, mut annotations) = told(&content.workloads[item.position], &body.stage);
    if item.kind == Kind::Deployment && body.number > 0 {
        annotations.insert(REVISION.to_owned(), body.number.to_string().into());
    }
    if item.kind == Kind::DaemonSet {
        annotations.insert("deprecated.daemonset.template.generation".to_owned(), body.stage.generation.to_string().into());
    }
    json!({ "generation": body.stage.generation, "labels": labels, "annotations": annotations })
}

pub(super) fn rest(content: &ClusterContent, item: &Item, body: &WorkloadBody) -> Value {
    let workload = &content.workloads[item.position];
    let mut spec = match &body.stage.written {
        Some(written) => written.spec.clone(),
        None => default_spec(workload, item.kind),
    };
    if item.kind != Kind::DaemonSet {
        spec["replicas"] = body.stage.replicas.into();
    }
    spec["template"] = (*body.template.value(workload)).clone();
    json!({ "spec": spec, "status": status(workload, item, body) })
}

/// A spec without replicas and template, as defaults have it.
fn default_spec(workload: &Workload, kind: Kind) -> Value {
    let mut spec = json!({ "selector": { "matchLabels": workload.selector }, "revisionHistoryLimit": 10 });
    match kind {
        Kind::Deployment => {
            spec["strategy"] = json!({ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": "25%", "maxSurge": "25%" } });
            spec["progressDeadlineSeconds"] = 600.into();
        }
        Kind::StatefulSet => {
            spec["serviceName"] = workload.name.as_str().into();
            spec["podManagementPolicy"] = "Parallel".into();
            spec["updateStrategy"] = json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } });
        }
        _ => spec["updateStrategy"] = json!({ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 1, "maxSurge": 0 } }),
    }
    spec
}

fn status(workload: &Workload, item: &Item, body: &WorkloadBody) -> Value {
    let (wanted, replicas, updated, ready) = (body.wanted, body.replicas, body.updated, body.ready);
    let mut status = Map::new();
    if body.observed > 0 {
        status.insert("observedGeneration".to_owned(), body.observed.into());
    }
    let mut count = |key: &str, value: u32| {
        if value > 0 {
            status.insert(key.to_owned(), value.into());
        }
    };
    match item.kind {
        Kind::Deployment => {
            count("replicas", replicas);
            count("updatedReplicas", updated);
            count("readyReplicas", ready);
            count("availableReplicas", ready);
            count("unavailableReplicas", replicas.max(wanted).saturating_sub(ready));
            if body.observed > 0 {
                status.insert("conditions".to_owned(), conditions(workload, item, body));
            }
        }
        Kind::StatefulSet => {
            count("readyReplicas", ready);
            count("updatedReplicas", updated);
            let is_over = updated == replicas;
            count("currentReplicas", if is_over { replicas } else { replicas - updated });
            status.insert("replicas".to_owned(), replicas.into());
            status.insert("availableReplicas".to_owned(), ready.into());
            let called = |hash: &str| format!("{}-{hash}", workload.name);
            let before = if is_over || body.hash_before.is_empty() { &body.hash } else { &body.hash_before };
            status.insert("currentRevision".to_owned(), called(before).into());
            status.insert("updateRevision".to_owned(), called(&body.hash).into());
            status.insert("collisionCount".to_owned(), 0.into());
        }
        _ => {
            count("updatedNumberScheduled", updated);
            count("numberAvailable", ready);
            count("numberUnavailable", replicas - ready.min(replicas));
            status.insert("currentNumberScheduled".to_owned(), replicas.into());
            status.insert("desiredNumberScheduled".to_owned(), replicas.into());
            status.insert("numberMisscheduled".to_owned(), 0.into());
            status.insert("numberReady".to_owned(), ready.into());
        }
    }
    status.into()
}

fn conditions(workload: &Workload, item: &Item, body: &WorkloadBody) -> Value {
    let is_available = body.ready >= body.wanted - body.wanted / 4;
    let (status, reason, message) = if is_available {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    let set = format!("{}-{}", workload.name, body.hash);
    let (at, progresses, why, says) = match body.progress {
        Progress::UnderWay(at) => (at, "True", "ReplicaSetUpdated", format!("ReplicaSet {set:?} is progressing.")),
        Progress::Done(at) => (at, "True", "NewReplicaSetAvailable", format!("ReplicaSet {set:?} has successfully progressed.")),
        Progress::TimedOut(at) => (at, "False", "ProgressDeadlineExceeded", format!("ReplicaSet {set:?} has timed out progressing.")),
    };
    let turned = if progresses == "True" { item.created } else { at };
    let available_since = if is_available { item.created.plus_seconds(i64::from(workload.startup)) } else { at };
    json!([
        {
            "type": "Available", "status": status, "lastUpdateTime": time(available_since), "lastTransitionTime": time(available_since),
            "reason": reason, "message": message
        },
        { "type": "Progressing", "status": progresses, "lastUpdateTime": time(at), "lastTransitionTime": time(turned), "reason": why, "message": says }
    ])
}

pub(super) fn replica_set_metadata(content: &ClusterContent, item: &Item, body: &ReplicaSetBody) -> Value {
    let workload = &content.workloads[item.position];
    let (labels, mut annotations) = told(workload, &body.stage);
    let mut own = labels;
    own.extend(workload.selector.iter().map(|(key, value)| (key.clone(), value.as_str().into())));
    own.insert("pod-template-hash".to_owned(), body.hash.as_str().into());
    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    let replicas = body.stage.replicas;
    annotations.insert("deployment.kubernetes.io/desired-replicas".to_owned(), replicas.to_string().into());
    annotations.insert("deployment.kubernetes.io/max-replicas".to_owned(), (replicas + replicas.div_ceil(4)).to_string().into());
    annotations.insert(REVISION.to_owned(), body.number.to_string().into());
    if !body.history.is_empty() {
        let all: Vec<String> = body.history.iter().map(u64::to_string).collect();
        annotations.insert(HISTORY.to_owned(), all.join(",").into());
    }
    json!({ "generation": body.generation, "labels": own, "annotations": annotations, "ownerReferences": [owner_reference(&body.owner)] })
}

pub(super) fn replica_set(content: &ClusterContent, item: &Item, body: &ReplicaSetBody) -> Value {
    let workload = &content.workloads[item.position];
    let mut template = (*body.template.value(workload)).clone();
    template["metadata"]["labels"]["pod-template-hash"] = body.hash.as_str().into();
    let mut selector = json!({ "matchLabels": workload.selector });
    selector["matchLabels"]["pod-template-hash"] = body.hash.as_str().into();
    let mut status = json!({ "replicas": body.replicas, "observedGeneration": body.generation });
    for (key, value) in [("fullyLabeledReplicas", body.replicas), ("readyReplicas", body.ready), ("availableReplicas", body.ready)] {
        if value > 0 {
            status[key] = value.into();
        }
    }
    json!({ "spec": { "replicas": body.wanted, "selector": selector, "template": template }, "status": status })
}

pub(super) fn job_metadata(content: &ClusterContent, item: &Item, body: &JobBody) -> Value {
    let template = body.template.value(&content.workloads[item.position]);
    let scheduled = time(Instant::from_seconds(body.due * 60));
    json!({
        "generation": 1,
        "labels": template.pointer("/metadata/labels").cloned(),
        "annotations": { "batch.kubernetes.io/cronjob-scheduled-timestamp": scheduled },
        "ownerReferences": [owner_reference(&body.owner)]
    })
}

pub(super) fn job(content: &ClusterContent, item: &Item, body: &JobBody) -> Value {
    let mut template = (*body.template.value(&content.workloads[item.position])).clone();
    for (key, value) in [("job-name", item.name()), ("controller-uid", item.uid.as_str())] {
        template["metadata"]["labels"][key] = value.into();
        template["metadata"]["labels"][format!("batch.kubernetes.io/{key}")] = value.into();
    }
    let mut status = json!({ "startTime": time(body.started), "uncountedTerminatedPods": {}, "ready": 0, "terminating": 0 });
    match body.ended {
        None => (status["active"], status["ready"]) = (1.into(), 1.into()),
        Some((at, is_good)) => {
            let (kind, reason) = if is_good { ("Complete", "CompletionsReached") } else { ("Failed", "BackoffLimitExceeded") };
            status[if is_good { "succeeded" } else { "failed" }] = 1.into();
            if is_good {
                status["completionTime"] = time(at);
            }
            status["conditions"] = json!([{
                "type": kind, "status": "True", "reason": reason, "lastProbeTime": time(at), "lastTransitionTime": time(at)
            }]);
        }
    }
    json!({
        "spec": {
            "parallelism": 1, "completions": 1, "backoffLimit": 0, "completionMode": "NonIndexed", "suspend": false, "manualSelector": false,
            "podReplacementPolicy": "TerminatingOrFailed",
            "selector": { "matchLabels": { "batch.kubernetes.io/controller-uid": item.uid } },
            "template": template
        },
        "status": status
    })
}

pub(super) fn cron_job(
    content: &ClusterContent,
    item: &Item,
    stage: &Stage,
    active: &[Owner],
    (last, succeeded): (Option<Instant>, Option<Instant>),
) -> Value {
    let workload = &content.workloads[item.position];
    let WorkloadKind::CronJob(schedule) = workload.kind else { return json!({}) };
    let mut status = Map::new();
    if !active.is_empty() {
        let refer = |job: &Owner| json!({ "kind": "Job", "namespace": item.namespace(), "name": job.name, "uid": job.uid, "apiVersion": "batch/v1" });
        status.insert("active".to_owned(), active.iter().map(refer).collect());
    }
    for (key, at) in [("lastScheduleTime", last), ("lastSuccessfulTime", succeeded)] {
        if let Some(at) = at {
            status.insert(key.to_owned(), time(at));
        }
    }
    json!({
        "spec": {
            "schedule": schedule.cron(),
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "suspend": false,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
            "jobTemplate": { "metadata": { "creationTimestamp": null }, "spec": { "backoffLimit": 0, "template": *templates::value(&stage.template, workload) } }
        },
        "status": status
    })
}
