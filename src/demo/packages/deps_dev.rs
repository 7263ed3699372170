//! deps.dev as its `api.proto` says: v3, and the batch of v3alpha. Knows public packages only.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, body::Bytes};
use serde_json::{Value, json};

use super::{default_release, deprecated, find, published};
use crate::demo::company::{Company, Package, Release};
use crate::model::{Clock, Instant};

/// Versions in one page of a batch's answer.
const PAGE: usize = 1_000;
/// Versions that a batch may ask for.
const MOST_IN_BATCH: usize = 5_000;

#[derive(Clone)]
struct Shared {
    company: Arc<Company>,
    clock: Clock,
}

/// Serves as of the clock.
pub fn router(company: Arc<Company>, clock: Clock) -> Router {
    Router::new()
        .route("/v3/systems/{system}/packages/{name}", get(package))
        .route("/v3/systems/{system}/packages/{name}/versions/{version}", get(version))
        .route("/v3alpha/versionbatch", post(batch))
        .with_state(Shared { company, clock })
}

fn not_found(what: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "code": 5, "message": format!("{what} not found"), "details": [] }))).into_response()
}

/// The ecosystem of a system, in any case.
fn ecosystem(system: &str) -> Option<&'static str> {
    Some(match system.to_ascii_uppercase().as_str() {
        "NPM" => "npm",
        "PYPI" => "pypi",
        "CARGO" => "cargo",
        "GO" => "go",
        "MAVEN" => "maven",
        _ => return None,
    })
}

/// The package that a request names; names of Python packages are canonicalised.
fn lookup<'a>(company: &'a Company, system: &str, name: &str) -> Option<&'a Package> {
    let ecosystem = ecosystem(system)?;
    let name = if ecosystem == "pypi" { name.to_lowercase().replace(['_', '.'], "-") } else { name.to_owned() };
    find(company, ecosystem, &name, false)
}

async fn package(State(shared): State<Shared>, Path((system, name)): Path<(String, String)>) -> Response {
    let now = (shared.clock)();
    let Some(package) = lookup(&shared.company, &system, &name).filter(|package| published(package, now).next().is_some()) else {
        return not_found("package");
    };
    let system = system.to_ascii_uppercase();
    let default = default_release(package, now).map(|release| release.version.as_str());
    let versions: Vec<Value> = published(package, now)
        .map(|release| {
            let mut version = json!({
                "versionKey": { "system": system, "name": package.name, "version": release.version },
                "publishedAt": release.at,
                "isDefault": default == Some(release.version.as_str()),
                "isDeprecated": deprecated(release, now).is_some(),
            });
            if let Some(why) = deprecated(release, now) {
                version["deprecatedReason"] = why.into();
            }
            version
        })
        .collect();
    Json(json!({ "packageKey": { "system": system, "name": package.name }, "versions": versions })).into_response()
}

fn answer(company: &Company, system: &str, name: &str, version: &str, now: Instant) -> Option<Value> {
    let package = lookup(company, system, name)?;
    let release: &Release = published(package, now).find(|release| release.version == version)?;
    let default = default_release(package, now).map(|release| release.version.as_str());
    let affecting: Vec<Value> = package
        .advisories
        .iter()
        .filter(|advisory| advisory.at <= now && super::osv::affects(advisory, version))
        .map(|advisory| json!({ "id": advisory.id }))
        .collect();
    let slug = package.name.rsplit(['/', ':']).next().unwrap_or_default();
    Some(json!({
        "versionKey": { "system": system.to_ascii_uppercase(), "name": package.name, "version": version },
        "publishedAt": release.at,
        "isDefault": default == Some(version),
        "isDeprecated": deprecated(release, now).is_some(),
        "licenses": package.licence.into_iter().collect::<Vec<_>>(),
        "advisoryKeys": affecting,
        "links": [{ "label": "SOURCE_REPO", "url": format!("https://forge.example/{slug}") }],
        "slsaProvenances": [],
        "attestations": [],
        "registries": [],
        "relatedProjects": [],
    }))
}

async fn version(State(shared): State<Shared>, Path((system, name, version)): Path<(String, String, String)>) -> Response {
    match answer(&shared.company, &system, &name, &version, (shared.clock)()) {
        Some(answer) => Json(answer).into_response(),
        None => not_found("version"),
    }
}

async fn batch(State(shared): State<Shared>, body: Bytes) -> Response {
    let refused = |message: &str| (StatusCode::BAD_REQUEST, Json(json!({ "code": 3, "message": message, "details": [] }))).into_response();
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else { return refused("the body is no JSON") };
    let requests = asked["requests"].as_array().cloned().unwrap_or_default();
    if requests.len() > MOST_IN_BATCH {
        return refused("too many requests in a batch");
    }
    let from = match asked["pageToken"].as_str() {
        None | Some("") => 0,
        Some(token) => match token.strip_prefix("page-").and_then(|at| at.parse::<usize>().ok()) {
            Some(at) => at,
            None => return refused("invalid page token"),
        },
    };
    let now = (shared.clock)();
    let to = requests.len().min(from + PAGE);
    let responses: Vec<Value> = requests
        .get(from..to)
        .unwrap_or_default()
        .iter()
        .map(|request| {
            let key: BTreeMap<&str, &str> =
                ["system", "name", "version"].map(|part| (part, request["versionKey"][part].as_str().unwrap_or_default())).into();
            match answer(&shared.company, key["system"], key["name"], key["version"], now) {
                Some(version) => json!({ "request": request, "version": version }),
                None => json!({ "request": request }),
            }
        })
        .collect();
    let next = if to < requests.len() { format!("page-{to}") } else { String::new() };
    Json(json!({ "responses": responses, "nextPageToken": next })).into_response()
}
