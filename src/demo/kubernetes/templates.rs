//! Pod templates as objects of the API have them.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::desired::{Template, mix};
use crate::demo::company::clusters::{Container, Release, Workload};

/// A template, made when somebody asks.
#[derive(Debug)]
pub(super) struct TemplateCell {
    pub(super) template: Template,
    made: OnceLock<Arc<Value>>,
}

impl TemplateCell {
    pub(super) const fn new(template: Template) -> Self {
        Self { template, made: OnceLock::new() }
    }

    /// The template, which is kept as long as pods show it.
    pub(super) fn kept(&self, workload: &Workload) -> Arc<Value> {
        Arc::clone(self.made.get_or_init(|| value(&self.template, workload)))
    }

    /// The template, kept only if it already is.
    pub(super) fn value(&self, workload: &Workload) -> Arc<Value> {
        self.made.get().map_or_else(|| value(&self.template, workload), Arc::clone)
    }
}

/// The template without what controllers add.
pub(super) fn value(template: &Template, workload: &Workload) -> Arc<Value> {
    match template {
        Template::Written(_, value) => Arc::clone(value),
        Template::Release(release) => Arc::new(of_release(workload, &workload.releases.of(*release))),
    }
}

/// What a container's image is called.
pub(super) fn image(container: &Container, release: &Release) -> String {
    match container.tag {
        Some(tag) => format!("{}:{tag}", container.image),
        None if release.by_digest => format!("{}@{}", container.image, digest(&container.image, &release.version)),
        None => format!("{}:{}", container.image, release.version),
    }
}

/// The digest that a registry has for an image.
pub(super) fn digest(image: &str, tag: &str) -> String {
    let mut number = super::desired::hash(&format!("{image}:{tag}"));
    let mut text = String::from("sha256:");
    for _ in 0..4 {
        number = mix(number);
        text.push_str(&format!("{number:016x}"));
    }
    text
}

/// Labels of a workload and its pods in a release.
pub(super) fn labels(workload: &Workload, release: &Release) -> Map<String, Value> {
    let mut labels: Map<String, Value> = workload.labels.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    if labels.contains_key("app.kubernetes.io/name") {
        labels.insert("app.kubernetes.io/version".to_owned(), release.version.as_str().into());
    }
    labels
}

fn of_release(workload: &Workload, release: &Release) -> Value {
    let mut labels = labels(workload, release);
    labels.extend(workload.selector.iter().map(|(key, value)| (key.clone(), value.as_str().into())));
    let containers: Vec<Value> = workload.containers.iter().map(|given| container(given, release, workload)).collect();
    let mut spec = json!({
        "containers": containers,
        "restartPolicy": if matches!(workload.kind, crate::demo::company::clusters::WorkloadKind::CronJob(_)) { "Never" } else { "Always" },
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
    });
    if workload.labels.contains_key("app.kubernetes.io/name") {
        spec["serviceAccountName"] = workload.name.as_str().into();
        spec["serviceAccount"] = workload.name.as_str().into();
    }
    json!({ "metadata": { "creationTimestamp": null, "labels": labels }, "spec": spec })
}

fn container(given: &Container, release: &Release, workload: &Workload) -> Value {
    let mut container = json!({
        "name": given.name,
        "image": image(given, release),
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    });
    if let Some(port) = given.port {
        container["ports"] = json!([{ "containerPort": port, "protocol": "TCP" }]);
        if workload.labels.contains_key("app.kubernetes.io/name") {
            container["readinessProbe"] = json!({
                "httpGet": { "path": "/health/ready", "port": port, "scheme": "HTTP" },
                "timeoutSeconds": 1, "periodSeconds": 5, "successThreshold": 1, "failureThreshold": 3
            });
        }
    }
    if given.processor > 0 {
        container["resources"] = json!({
            "requests": { "cpu": milli(given.processor), "memory": mebi(given.memory) },
            "limits": { "memory": mebi(given.memory * 2) }
        });
    }
    container
}

fn milli(processor: u32) -> String {
    if processor.is_multiple_of(1000) { (processor / 1000).to_string() } else { format!("{processor}m") }
}

fn mebi(memory: u32) -> String {
    if memory.is_multiple_of(1024) { format!("{}Gi", memory / 1024) } else { format!("{memory}Mi") }
}
