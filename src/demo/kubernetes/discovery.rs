//! What clients ask before they ask for anything: versions, groups, and what they may do.

use serde_json::{Map, Value, json};

use super::access::{Attributes, Caller};
use super::resources::RESOURCES;
use super::status::{Answer, Refusal, json_answer};
use crate::demo::company::clusters::ClusterContent;

/// The second number of a release: 33 of `v1.33.4`.
pub(super) fn minor(version: &str) -> u32 {
    version.trim_start_matches('v').split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0)
}

pub(super) fn version(content: &ClusterContent) -> Value {
    let version = content.version.trim_start_matches('v');
    let mut parts = version.split('.');
    json!({
        "major": parts.next(),
        "minor": parts.next(),
        "gitVersion": content.version,
        "gitCommit": "59526cd4867447956156ae3a602fcbac10a2c335",
        "gitTreeState": "clean",
        "buildDate": "2025-08-13T14:28:21Z",
        "goVersion": "go1.24.6",
        "compiler": "gc",
        "platform": "linux/amd64"
    })
}

/// Groups with their versions, the core left out.
fn groups() -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    for resource in &RESOURCES {
        if !resource.group.is_empty() && !all.contains(&(resource.group, resource.version)) {
            all.push((resource.group, resource.version));
        }
    }
    all.push(("authorization.k8s.io", "v1"));
    all
}

fn group(group: &str, version: &str) -> Value {
    let version = json!({ "groupVersion": format!("{group}/{version}"), "version": version });
    json!({ "name": group, "versions": [version], "preferredVersion": version })
}

/// Discovery of a path; none: there is nothing.
pub(super) fn discover(path: &str) -> Option<Value> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["api"] => Some(json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": "" }]
        })),
        ["apis"] => {
            let groups: Vec<Value> = groups().into_iter().map(|(name, version)| group(name, version)).collect();
            Some(json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups }))
        }
        ["apis", name] => {
            let (name, version) = groups().into_iter().find(|(known, _)| known == name)?;
            let mut found = json!({ "kind": "APIGroup", "apiVersion": "v1" });
            if let (Some(found), Value::Object(group)) = (found.as_object_mut(), group(name, version)) {
                found.extend(group);
            }
            Some(found)
        }
        ["api", version] => resources("", version),
        ["apis", name, version] => resources(name, version),
        _ => None,
    }
}

fn resources(group: &str, version: &str) -> Option<Value> {
    if !group.is_empty() && !groups().contains(&(group, version)) || group.is_empty() && version != "v1" {
        return None;
    }
    let mut all = Vec::new();
    for resource in RESOURCES.iter().filter(|resource| (resource.group, resource.version) == (group, version)) {
        let mut one = json!({
            "name": resource.name, "singularName": resource.kind_name.to_lowercase(), "namespaced": resource.is_namespaced,
            "kind": resource.kind_name, "verbs": resource.verbs()
        });
        if !resource.short().is_empty() {
            one["shortNames"] = json!(resource.short());
        }
        all.push(one);
        if resource.has_scale {
            all.push(json!({
                "name": format!("{}/scale", resource.name), "singularName": "", "namespaced": true, "group": "autoscaling", "version": "v1",
                "kind": "Scale", "verbs": ["get", "patch", "update"]
            }));
        }
    }
    if group == "authorization.k8s.io" {
        let name = "selfsubjectaccessreviews";
        all.push(json!({ "name": name, "singularName": "selfsubjectaccessreview", "namespaced": false, "kind": "SelfSubjectAccessReview", "verbs": ["create"] }));
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Some(json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": all }))
}

/// Answers what the caller may do.
pub(super) fn review(caller: &Caller<'_>, body: &[u8]) -> Answer {
    let given: Value = serde_json::from_slice(body).map_err(|error| Refusal::bad_request(error.to_string()))?;
    let asked = given.pointer("/spec/resourceAttributes").cloned().unwrap_or_default();
    let text = |key: &str| asked.get(key).and_then(Value::as_str).unwrap_or_default();
    let attributes = Attributes {
        verb: text("verb"),
        group: text("group"),
        resource: text("resource"),
        subresource: text("subresource"),
        namespace: text("namespace"),
        name: text("name"),
    };
    let allowed = caller.allowed(&attributes);
    let mut status = Map::new();
    status.insert("allowed".to_owned(), allowed.is_some().into());
    if let Some(because) = allowed.filter(|because| !because.is_empty()) {
        status.insert("reason".to_owned(), because.into());
    }
    let body = json!({
        "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": { "creationTimestamp": null },
        "spec": given.get("spec"), "status": status
    });
    Ok(json_answer(201, &body))
}
