//! What a person should know before acting: who will undo it, and what it leaves out.

use serde_json::Value;

use crate::act::plan::{count, replicas_of};
use crate::act::target::{Act, Target};

/// What is worth knowing before acting on a workload. `autoscalers` are those of its namespace, or nothing if they may
/// not be read.
#[must_use]
pub fn warnings(target: &Target, act: &Act, object: &Value, autoscalers: Option<&[Value]>) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Act::Scale { replicas } = act {
        warnings.extend(autoscaler(target, *replicas, autoscalers));
        if *replicas == 0 {
            warnings.push("no pod of it will be left".to_owned());
        }
    }
    if matches!(act, Act::Scale { .. } | Act::RollBack { .. }) {
        warnings.extend(manager(object));
    }
    if matches!(act, Act::Restart | Act::RollBack { .. }) {
        warnings.extend(manner(object));
    }
    if matches!(act, Act::RollBack { .. }) {
        warnings.push("only the pod template goes back: not the replicas, nor ConfigMaps and Secrets".to_owned());
    }
    if matches!(act, Act::DeletePod { .. }) {
        let ready = object.pointer("/status/readyReplicas").or_else(|| object.pointer("/status/numberReady")).and_then(Value::as_u64);
        if ready.unwrap_or(0) <= 1 {
            warnings.push(format!("only {} is ready now", count(ready.unwrap_or(0))));
        }
        warnings.push("a budget for disruptions is not asked".to_owned());
    }
    warnings
}

fn autoscaler(target: &Target, replicas: u32, autoscalers: Option<&[Value]>) -> Option<String> {
    let Some(autoscalers) = autoscalers else {
        return Some("whether an autoscaler decides the replicas could not be read".to_owned());
    };
    let is_its_own = |scaler: &&Value| {
        let of = scaler.pointer("/spec/scaleTargetRef");
        of.is_some_and(|of| of["kind"] == target.kind().word() && of["name"] == target.name())
    };
    let scaler = autoscalers.iter().find(is_its_own)?;
    let name = scaler.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("without a name");
    if replicas == 0 {
        return Some(format!("the autoscaler {name} does nothing while there are 0 replicas"));
    }
    let least = scaler.pointer("/spec/minReplicas").and_then(Value::as_u64).unwrap_or(1);
    let most = scaler.pointer("/spec/maxReplicas").and_then(Value::as_u64).unwrap_or(least);
    Some(format!("the autoscaler {name} decides the replicas, between {least} and {most}, and will decide again"))
}

/// Who brings the object back to what a repository says.
fn manager(object: &Value) -> Option<String> {
    let text = |part: &str, name: &str| object.pointer(part)?.get(name)?.as_str().map(str::to_owned);
    let (labels, annotations) = ("/metadata/labels", "/metadata/annotations");
    let argo = text(annotations, "argocd.argoproj.io/tracking-id").map(|id| id.split(':').next().unwrap_or_default().to_owned());
    let argo = argo.or_else(|| text(labels, "argocd.argoproj.io/instance"));
    if let Some(application) = argo {
        return Some(format!("Argo CD manages it as {application} and may set it back: change the repository as well"));
    }
    let flux = ["kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"].into_iter().find_map(|name| text(labels, name));
    if let Some(name) = flux {
        return Some(format!("Flux manages it as {name} and will set it back: change the repository as well"));
    }
    if text(labels, "app.kubernetes.io/managed-by").as_deref() == Some("Helm") {
        let release = text(annotations, "meta.helm.sh/release-name").unwrap_or_else(|| "of an unknown name".to_owned());
        return Some(format!("the next upgrade of the Helm release {release} sets it back"));
    }
    None
}

/// How pods are replaced, where that is not one after the other at once.
fn manner(object: &Value) -> Vec<String> {
    let mut told = Vec::new();
    if object.pointer("/spec/updateStrategy/type").and_then(Value::as_str) == Some("OnDelete") {
        told.push("its pods are replaced only when somebody deletes them".to_owned());
    }
    if let Some(partition) = object.pointer("/spec/updateStrategy/rollingUpdate/partition").and_then(Value::as_u64).filter(|from| *from > 0)
    {
        told.push(format!("only its pods from number {partition} on are replaced"));
    }
    if object.pointer("/spec/strategy/type").and_then(Value::as_str) == Some("Recreate") {
        told.push("all its pods end before new ones begin".to_owned());
    }
    let status = |field: &str| object.pointer("/status").and_then(|status| status.get(field)).and_then(Value::as_u64);
    if object.pointer("/spec/strategy").is_some() && status("updatedReplicas").unwrap_or(0) < replicas_of(object) {
        told.push("a rollout is under way".to_owned());
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::act::WorkloadKind;

    fn told(act: &Act, object: &Value, autoscalers: Option<&[Value]>) -> String {
        let target = Target::new("eu-1", "billing", WorkloadKind::Deployment, "ledger").unwrap();
        warnings(&target, act, object, autoscalers).join("; ")
    }

    #[test]
    fn whoever_will_undo_it_is_named() {
        let scaler = |kind: &str, name: &str| json!({ "metadata": { "name": "hpa" }, "spec": { "scaleTargetRef": { "kind": kind, "name": name }, "maxReplicas": 9 } });
        let five = Act::Scale { replicas: 5 };
        assert_eq!(told(&five, &json!({}), Some(&[scaler("StatefulSet", "ledger"), scaler("Deployment", "other")])), "");
        assert_eq!(
            told(&five, &json!({}), Some(&[scaler("Deployment", "ledger")])),
            "the autoscaler hpa decides the replicas, between 1 and 9, and will decide again"
        );
        assert_eq!(told(&five, &json!({}), None), "whether an autoscaler decides the replicas could not be read");
        assert_eq!(
            told(&Act::Scale { replicas: 0 }, &json!({}), Some(&[scaler("Deployment", "ledger")])),
            "the autoscaler hpa does nothing while there are 0 replicas; no pod of it will be left"
        );
        let manager = |metadata: Value| told(&five, &json!({ "metadata": metadata }), Some(&[]));
        assert!(
            manager(json!({ "annotations": { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:billing/ledger" } }))
                .starts_with("Argo CD manages it as shop and")
        );
        assert!(manager(json!({ "labels": { "argocd.argoproj.io/instance": "shop" } })).starts_with("Argo CD manages it as shop and"));
        assert!(manager(json!({ "labels": { "kustomize.toolkit.fluxcd.io/name": "apps" } })).starts_with("Flux manages it as apps"));
        let helm =
            json!({ "labels": { "app.kubernetes.io/managed-by": "Helm" }, "annotations": { "meta.helm.sh/release-name": "ledger" } });
        assert_eq!(manager(helm), "the next upgrade of the Helm release ledger sets it back");
    }

    #[test]
    fn a_manner_that_surprises_is_told() {
        assert_eq!(
            told(&Act::Restart, &json!({ "spec": { "updateStrategy": { "type": "OnDelete" } } }), None),
            "its pods are replaced only when somebody deletes them"
        );
        let partition = json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 2 } } } });
        assert_eq!(told(&Act::Restart, &partition, None), "only its pods from number 2 on are replaced");
        let recreate = json!({ "spec": { "replicas": 2, "strategy": { "type": "Recreate" } }, "status": { "updatedReplicas": 1 } });
        assert_eq!(told(&Act::Restart, &recreate, None), "all its pods end before new ones begin; a rollout is under way");
        let back = told(&Act::RollBack { revision: None }, &json!({}), None);
        assert_eq!(back, "only the pod template goes back: not the replicas, nor ConfigMaps and Secrets");
        let delete = Act::DeletePod { pod: "p".to_owned() };
        assert_eq!(
            told(&delete, &json!({ "status": { "readyReplicas": 1 } }), None),
            "only 1 replica is ready now; a budget for disruptions is not asked"
        );
        assert_eq!(told(&delete, &json!({ "status": { "readyReplicas": 3 } }), None), "a budget for disruptions is not asked");
    }
}
