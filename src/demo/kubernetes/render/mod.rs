//! Objects as the API writes them.
//!
//! # Invariants
//! - Fields, defaults and orders are those of the published API; what an object does not say is left out.

mod pod;
mod workload;

use serde_json::{Map, Value, json};

use super::items::{Body, Item, Owner};
use super::resources::Kind;
use super::templates;
use crate::demo::company::clusters::{ClusterContent, Workload};
use crate::model::Instant;

/// A time as the API writes it.
pub(super) fn time(at: Instant) -> Value {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()
}

/// A whole object, without kind and version as in lists.
pub(super) fn object(content: &ClusterContent, item: &Item) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("metadata".to_owned(), metadata(content, item).into());
    let rest = match &item.body {
        Body::Pod(body) => pod::rest(content, item, body),
        Body::Workload(body) => workload::rest(content, item, body),
        Body::ReplicaSet(body) => workload::replica_set(content, item, body),
        Body::ControllerRevision { number, template, .. } => {
            let mut data = (*template.value(&content.workloads[item.position])).clone();
            data["$patch"] = "replace".into();
            json!({ "data": { "spec": { "template": data } }, "revision": number })
        }
        Body::Job(body) => workload::job(content, item, body),
        Body::CronJob { stage, active, last, succeeded } => workload::cron_job(content, item, stage, active, (*last, *succeeded)),
        Body::Service => service(&content.workloads[item.position], item),
        Body::Ingress => ingress(&content.workloads[item.position]),
        Body::Autoscaler { current, scaled } => autoscaler(&content.workloads[item.position], *current, *scaled),
        Body::Node { is_ready, is_cordoned } => node(content, item, *is_ready, *is_cordoned),
        Body::Namespace => json!({ "spec": { "finalizers": ["kubernetes"] }, "status": { "phase": "Active" } }),
    };
    if let Value::Object(rest) = rest {
        object.extend(rest);
    }
    object
}

/// A whole object with kind and version.
pub(super) fn typed(content: &ClusterContent, item: &Item) -> Map<String, Value> {
    let mut object = object(content, item);
    let resource = item.kind.resource();
    object.insert("kind".to_owned(), resource.kind_name.into());
    object.insert("apiVersion".to_owned(), resource.api_version().into());
    object
}

/// Its metadata as an object of their own.
pub(super) fn partial(content: &ClusterContent, item: &Item) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("kind".to_owned(), "PartialObjectMetadata".into());
    object.insert("apiVersion".to_owned(), "meta.k8s.io/v1".into());
    object.insert("metadata".to_owned(), metadata(content, item).into());
    object
}

/// Its metadata.
pub(super) fn metadata(content: &ClusterContent, item: &Item) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("name".to_owned(), item.name().into());
    if item.kind.resource().is_namespaced {
        all.insert("namespace".to_owned(), item.namespace().into());
    }
    all.insert("uid".to_owned(), item.uid.as_str().into());
    all.insert("resourceVersion".to_owned(), item.revision.to_string().into());
    all.insert("creationTimestamp".to_owned(), time(item.created));
    let particular = match &item.body {
        Body::Pod(body) => pod::metadata(content, item, body),
        Body::Workload(body) => workload::metadata(content, item, body),
        Body::ReplicaSet(body) => workload::replica_set_metadata(content, item, body),
        Body::ControllerRevision { owner, template, .. } => {
            let workload = &content.workloads[item.position];
            let template = template.value(workload);
            let mut labels = template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
            labels["controller-revision-hash"] = item.name().rsplit('-').next().into();
            json!({ "labels": labels, "ownerReferences": [owner_reference(owner)] })
        }
        Body::Job(body) => workload::job_metadata(content, item, body),
        Body::CronJob { stage, .. } => {
            let workload = &content.workloads[item.position];
            let labels = templates::labels(workload, &workload.releases.of(stage.release));
            json!({ "generation": stage.generation, "labels": labels, "annotations": workload.annotations })
        }
        Body::Service | Body::Ingress | Body::Autoscaler { .. } => {
            let workload = &content.workloads[item.position];
            let mut given = json!({ "labels": workload.labels });
            if item.kind == Kind::Ingress {
                given["generation"] = 1.into();
                given["annotations"] = json!({ "cert-manager.io/cluster-issuer": "internal" });
            }
            given
        }
        Body::Node { is_cordoned, .. } => node_metadata(content, item, *is_cordoned),
        Body::Namespace => {
            let mut labels = json!(content.namespaces[item.position].labels);
            labels["kubernetes.io/metadata.name"] = item.name().into();
            json!({ "labels": labels })
        }
    };
    if let Value::Object(particular) = particular {
        let is_said = |value: &Value| !matches!(value, Value::Object(map) if map.is_empty()) && !value.is_null();
        all.extend(particular.into_iter().filter(|(_, value)| is_said(value)));
    }
    all
}

fn owner_reference(owner: &Owner) -> Value {
    let resource = owner.kind.resource();
    json!({
        "apiVersion": resource.api_version(),
        "kind": resource.kind_name,
        "name": owner.name,
        "uid": owner.uid,
        "controller": true,
        "blockOwnerDeletion": true
    })
}

fn service(workload: &Workload, item: &Item) -> Value {
    let Some(exposure) = &workload.exposure else { return json!({}) };
    let target = workload.containers.first().and_then(|container| container.port).unwrap_or(exposure.port);
    let number = super::desired::hash(&item.uid);
    let address = format!("172.20.{}.{}", number % 256, 1 + (number >> 8) % 254);
    json!({
        "spec": {
            "ports": [{ "name": "http", "protocol": "TCP", "port": exposure.port, "targetPort": target }],
            "selector": workload.selector,
            "clusterIP": address,
            "clusterIPs": [address],
            "type": "ClusterIP",
            "sessionAffinity": "None",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster"
        },
        "status": { "loadBalancer": {} }
    })
}

fn ingress(workload: &Workload) -> Value {
    let Some(exposure) = &workload.exposure else { return json!({}) };
    let backend = json!({ "service": { "name": workload.name, "port": { "number": exposure.port } } });
    let rule = |host: &String| json!({ "host": host, "http": { "paths": [{ "path": "/", "pathType": "Prefix", "backend": backend }] } });
    let rules: Vec<Value> = exposure.hosts.iter().map(rule).collect();
    json!({
        "spec": {
            "ingressClassName": "nginx",
            "tls": [{ "hosts": exposure.hosts, "secretName": format!("{}-tls", workload.name) }],
            "rules": rules
        },
        "status": { "loadBalancer": { "ingress": [{ "ip": "192.0.2.80" }] } }
    })
}

fn autoscaler(workload: &Workload, current: u32, scaled: Option<Instant>) -> Value {
    let (fewest, most) = workload.autoscaler.unwrap_or((current, current));
    let mut status = json!({
        "currentReplicas": current,
        "desiredReplicas": current,
        "currentMetrics": [{ "type": "Resource", "resource": { "name": "cpu", "current": { "averageUtilization": 58, "averageValue": "145m" } } }],
        "conditions": [{ "type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale", "message": "recommended size matches current size", "lastTransitionTime": null }]
    });
    if let Some(scaled) = scaled {
        status["lastScaleTime"] = time(scaled);
    }
    json!({
        "spec": {
            "scaleTargetRef": { "kind": "Deployment", "name": workload.name, "apiVersion": "apps/v1" },
            "minReplicas": fewest,
            "maxReplicas": most,
            "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 70 } } }]
        },
        "status": status
    })
}

fn node_metadata(content: &ClusterContent, item: &Item, _is_cordoned: bool) -> Value {
    let node = &content.nodes[item.position];
    let labels = json!({
        "kubernetes.io/arch": node.architecture,
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": node.instance_type,
        "topology.kubernetes.io/region": node.region,
        "topology.kubernetes.io/zone": node.zone
    });
    json!({ "labels": labels, "annotations": { "volumes.kubernetes.io/controller-managed-attach-detach": "true" } })
}

fn node(content: &ClusterContent, item: &Item, is_ready: bool, is_cordoned: bool) -> Value {
    let node = &content.nodes[item.position];
    let mut spec = json!({ "providerID": format!("cloud:///{}/{}", node.zone, node.name) });
    let mut taints = Vec::new();
    if is_cordoned {
        spec["unschedulable"] = true.into();
        taints.push(json!({ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" }));
    }
    if !is_ready {
        taints.push(json!({ "key": "node.kubernetes.io/not-ready", "effect": "NoSchedule" }));
    }
    if !taints.is_empty() {
        spec["taints"] = taints.into();
    }
    let condition = |kind: &str, status: bool, reason: &str, message: &str| {
        json!({
            "type": kind, "status": if status { "True" } else { "False" }, "reason": reason, "message": message,
            "lastHeartbeatTime": time(item.created), "lastTransitionTime": time(item.created)
        })
    };
    let readiness = if is_ready {
        condition("Ready", true, "KubeletReady", "kubelet is posting ready status")
    } else {
        condition("Ready", false, "KubeletNotReady", "container runtime network not ready")
    };
    let room = |processors: u64, memory: u64| json!({ "cpu": format!("{processors}m"), "memory": format!("{memory}Mi"), "pods": "110" });
    let (processors, memory) = (u64::from(node.processors) * 1000, u64::from(node.memory) * 1024);
    let number = super::desired::hash(&node.name);
    json!({
        "spec": spec,
        "status": {
            "capacity": { "cpu": node.processors.to_string(), "memory": format!("{}Gi", node.memory), "pods": "110" },
            "allocatable": room(processors - 80, memory - memory / 10),
            "conditions": [
                condition("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                readiness
            ],
            "addresses": [{ "type": "InternalIP", "address": node_address(&node.name) }, { "type": "Hostname", "address": node.name }],
            "daemonEndpoints": { "kubeletEndpoint": { "Port": 10250 } },
            "nodeInfo": {
                "machineID": format!("{number:032x}"), "systemUUID": item.uid, "bootID": super::desired::uid(number),
                "kernelVersion": "6.12.31", "osImage": "Bottlerocket OS 1.42.0", "containerRuntimeVersion": "containerd://2.0.5",
                "kubeletVersion": content.version, "kubeProxyVersion": content.version, "operatingSystem": "linux", "architecture": node.architecture
            }
        }
    })
}

/// The address of a machine.
fn node_address(name: &str) -> String {
    let number = super::desired::hash(name);
    format!("10.3.{}.{}", number % 256, 2 + (number >> 8) % 250)
}
