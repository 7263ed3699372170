//! OSV as its API and schema say: `querybatch` with paging per item, and records by id.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, body::Bytes};
use serde_json::{Value, json};

use super::{decode, find, order, published};
use crate::demo::company::{Advisory, Company, Ecosystem, Package};
use crate::model::{Clock, Instant};

/// Questions in a batch.
const MOST_IN_BATCH: usize = 1_000;

#[derive(Clone)]
struct Shared {
    company: Arc<Company>,
    clock: Clock,
    page: usize,
}

/// Serves as of the clock.
pub fn router(company: Arc<Company>, clock: Clock) -> Router {
    router_with_pages(company, clock, 1_000)
}

/// Serves as of the clock, with at most this many ids in one answer to one question.
pub fn router_with_pages(company: Arc<Company>, clock: Clock, page: usize) -> Router {
    Router::new().route("/v1/querybatch", post(batch)).route("/v1/vulns/{id}", get(record)).with_state(Shared {
        company,
        clock,
        page: page.max(1),
    })
}

fn refused(status: StatusCode, code: u8, message: &str) -> Response {
    (status, Json(json!({ "code": code, "message": message }))).into_response()
}

async fn batch(State(shared): State<Shared>, body: Bytes) -> Response {
    let bad = |message: &str| refused(StatusCode::BAD_REQUEST, 3, message);
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else { return bad("the body is no JSON") };
    let queries = asked["queries"].as_array().cloned().unwrap_or_default();
    if queries.len() > MOST_IN_BATCH {
        return bad("Too many queries.");
    }
    let now = (shared.clock)();
    let mut results = Vec::with_capacity(queries.len());
    for query in &queries {
        let Some((ecosystem, name, version)) = question(query) else { return bad("Invalid query.") };
        let package = find(&shared.company, &ecosystem, &name, false);
        let mut found: Vec<&Advisory> = package
            .iter()
            .flat_map(|package| &package.advisories)
            .filter(|advisory| advisory.at <= now && affects(advisory, &version))
            .collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        let from = match query["page_token"].as_str() {
            None => 0,
            Some(token) => match token.parse::<usize>() {
                Ok(from) => from,
                Err(_) => return bad("Invalid page token."),
            },
        };
        let to = found.len().min(from + shared.page);
        let ids: Vec<Value> =
            found.get(from..to).unwrap_or_default().iter().map(|advisory| json!({ "id": advisory.id, "modified": advisory.at })).collect();
        let mut result = json!({});
        if !ids.is_empty() {
            result["vulns"] = ids.into();
        }
        if to < found.len() {
            result["next_page_token"] = to.to_string().into();
        }
        results.push(result);
    }
    Json(json!({ "results": results })).into_response()
}

/// Ecosystem, name and version that a query names; nothing if it names the version twice or not at all.
fn question(query: &Value) -> Option<(String, String, String)> {
    let package = &query["package"];
    let version = query["version"].as_str();
    let Some(url) = package["purl"].as_str() else {
        let ecosystem = [Ecosystem::Npm, Ecosystem::Pypi, Ecosystem::Cargo, Ecosystem::Go, Ecosystem::Maven]
            .into_iter()
            .find(|known| word(*known) == package["ecosystem"].as_str().unwrap_or_default())?;
        return Some((ecosystem.word().to_owned(), package["name"].as_str()?.to_owned(), version?.to_owned()));
    };
    let (name, in_url) = url.strip_prefix("pkg:")?.rsplit_once('@')?;
    if version.is_some() {
        return None;
    }
    let (kind, name) = name.split_once('/')?;
    let version = decode(in_url);
    let name = decode(name);
    Some(match kind {
        "golang" => ("go".to_owned(), name, format!("v{version}")),
        "maven" => ("maven".to_owned(), name.replacen('/', ":", 1), version),
        kind => (kind.to_owned(), name, version),
    })
}

/// Whether a version lies in an advisory's range.
pub(super) fn affects(advisory: &Advisory, version: &str) -> bool {
    let (version, _) = order(version);
    let is_after = advisory.introduced.as_deref().is_none_or(|from| order(from).0 <= version);
    is_after && advisory.fixed.as_deref().is_none_or(|fixed| version < order(fixed).0)
}

/// The word for an ecosystem in records.
const fn word(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Pypi => "PyPI",
        // A word of OSV's vocabulary here, not an address.
        Ecosystem::Cargo => concat!("crates", ".io"),
        Ecosystem::Go => "Go",
        Ecosystem::Maven => "Maven",
    }
}

fn package_url(package: &Package) -> String {
    let name = package.name.replace('@', "%40");
    match package.ecosystem {
        Ecosystem::Go => format!("pkg:golang/{name}"),
        Ecosystem::Maven => format!("pkg:maven/{}", name.replacen(':', "/", 1)),
        other => format!("pkg:{}/{name}", other.word()),
    }
}

async fn record(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let now = (shared.clock)();
    let all = shared.company.packages.iter().flat_map(|package| package.advisories.iter().map(move |advisory| (package, advisory)));
    match all.filter(|(_, advisory)| advisory.at <= now).find(|(_, advisory)| advisory.id == id) {
        Some((package, advisory)) => Json(record_of(package, advisory, now)).into_response(),
        None => refused(StatusCode::NOT_FOUND, 5, "Bug not found."),
    }
}

fn record_of(package: &Package, advisory: &Advisory, now: Instant) -> Value {
    let plain = |version: &str| version.strip_prefix('v').unwrap_or(version).to_owned();
    let mut events = vec![json!({ "introduced": advisory.introduced.as_deref().map_or_else(|| "0".to_owned(), plain) })];
    events.extend(advisory.fixed.as_deref().map(|fixed| json!({ "fixed": plain(fixed) })));
    let kind = if matches!(package.ecosystem, Ecosystem::Pypi | Ecosystem::Maven) { "ECOSYSTEM" } else { "SEMVER" };
    let versions: Vec<String> =
        published(package, now).filter(|release| affects(advisory, &release.version)).map(|release| plain(&release.version)).collect();
    json!({
        "schema_version": "1.6.0",
        "id": advisory.id,
        "modified": advisory.at,
        "published": advisory.at,
        "summary": advisory.summary,
        "details": advisory.summary,
        "aliases": [],
        "severity": [{ "type": "CVSS_V3", "score": advisory.vector }],
        "affected": [{
            "package": { "ecosystem": word(package.ecosystem), "name": package.name, "purl": package_url(package) },
            "ranges": [{ "type": kind, "events": events }],
            "versions": versions,
        }],
        "references": [{ "type": "ADVISORY", "url": format!("https://osv.dev/vulnerability/{}", advisory.id) }],
        "database_specific": { "severity": advisory.severity },
    })
}
