//! The simulated SonarQube's account of itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Edition, Sonar};

/// Path, action, since when, internal or not, and parameters: an exclamation mark after those that are required.
const SERVICES: [(&str, &str, &str, bool, &[&str]); 12] = [
    ("api/authentication", "validate", "3.3", false, &[]),
    ("api/components", "search", "6.3", false, &["qualifiers!", "q", "p", "ps"]),
    ("api/components", "search_projects", "6.2", true, &["f", "facets", "filter", "s", "asc", "p", "ps"]),
    ("api/measures", "component", "5.4", false, &["component!", "metricKeys!", "additionalFields", "branch", "pullRequest"]),
    ("api/measures", "search", "6.2", true, &["projectKeys!", "metricKeys!"]),
    ("api/measures", "search_history", "6.3", false, &["component!", "metrics!", "from", "to", "branch", "pullRequest", "p", "ps"]),
    ("api/metrics", "search", "5.2", false, &["p", "ps"]),
    ("api/project_analyses", "search", "6.3", false, &["project!", "branch", "category", "from", "to", "p", "ps"]),
    ("api/projects", "search", "6.3", false, &["q", "qualifiers", "projects", "analyzedBefore", "onProvisionedOnly", "p", "ps"]),
    ("api/qualitygates", "project_status", "5.3", false, &["analysisId", "branch", "projectId", "projectKey", "pullRequest"]),
    ("api/server", "version", "2.10", false, &[]),
    ("api/system", "status", "5.2", false, &[]),
];

/// `api/webservices/list`. Internal actions are always shown.
pub(super) async fn list(State(sonar): State<Arc<Sonar>>) -> Response {
    let mut services: Vec<Value> = Vec::new();
    for (path, key, since, internal, params) in SERVICES {
        let params: Vec<Value> = params
            .iter()
            .map(|param| {
                let name = param.trim_end_matches('!');
                json!({ "key": name, "description": name, "required": name != *param, "internal": false })
            })
            .collect();
        let mut action = json!({
            "key": key, "description": key, "since": since, "internal": internal, "post": false, "hasResponseExample": true,
            "changelog": [], "params": params,
        });
        if path == "api/qualitygates" && matches!(sonar.options.edition, Edition::Cloud { .. }) {
            action["deprecatedSince"] = "2025-09-16".into();
        }
        match services.last_mut().filter(|service| service["path"] == path) {
            Some(service) => service["actions"].as_array_mut().into_iter().for_each(|actions| actions.push(action.clone())),
            None => services.push(json!({ "path": path, "description": path, "since": since, "actions": [action] })),
        }
    }
    ([(header::CONTENT_TYPE, "application/json")], json!({ "webServices": services }).to_string()).into_response()
}
