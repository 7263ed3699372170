//! The company's own registries, behind a token: npm's protocol under `/npm`, the Python simple index under `/pypi/simple`,
//! cargo's sparse index under `/cargo`. They hold what the company publishes itself.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{default_release, deprecated, find, fingerprint, published};
use crate::demo::company::Company;
use crate::model::Clock;

#[derive(Clone)]
struct Shared {
    company: Arc<Company>,
    clock: Clock,
    token: Arc<str>,
}

/// Serves as of the clock, to those who bring the token: as a bearer token, as cargo does, or as a password.
pub fn router(company: Arc<Company>, clock: Clock, token: &str) -> Router {
    let shared = Shared { company, clock, token: token.into() };
    Router::new()
        .route("/npm/{name}", get(npm))
        .route("/npm/{scope}/{name}", get(npm_scoped))
        .route("/pypi/simple/{name}/", get(simple))
        .route("/cargo/config.json", get(config))
        .route("/cargo/{a}/{name}", get(index_of_short))
        .route("/cargo/{a}/{b}/{name}", get(index))
        .layer(middleware::from_fn_with_state(shared.clone(), guarded))
        .with_state(shared)
}

async fn guarded(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    use base64::Engine as _;
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let of_basic = given.strip_prefix("Basic ").and_then(|pair| {
        let pair = base64::engine::general_purpose::STANDARD.decode(pair).ok()?;
        Some(String::from_utf8(pair).ok()?.split_once(':')?.1.to_owned())
    });
    let token = of_basic.unwrap_or_else(|| given.strip_prefix("Bearer ").unwrap_or(given).to_owned());
    if token != *shared.token {
        let message = json!({ "error": "authorization required to access this package" });
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], Json(message)).into_response();
    }
    next.run(request).await
}

async fn npm(State(shared): State<Shared>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    packument(&shared, &name, &headers)
}

async fn npm_scoped(State(shared): State<Shared>, Path((scope, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    packument(&shared, &format!("{scope}/{name}"), &headers)
}

fn packument(shared: &Shared, name: &str, headers: &HeaderMap) -> Response {
    let now = (shared.clock)();
    let Some(package) = find(&shared.company, "npm", name, true).filter(|package| published(package, now).next().is_some()) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "no such package available" }))).into_response();
    };
    let (mut versions, mut time) = (Map::new(), Map::new());
    for release in published(package, now) {
        let mut manifest = json!({ "name": name, "version": release.version, "dist": { "tarball": "", "shasum": "" } });
        if let Some(licence) = package.licence {
            manifest["license"] = licence.into();
        }
        if let Some(why) = deprecated(release, now) {
            manifest["deprecated"] = why.into();
        }
        time.entry("created").or_insert_with(|| json!(release.at));
        time.insert("modified".to_owned(), json!(release.at));
        time.insert(release.version.clone(), json!(release.at));
        versions.insert(release.version.clone(), manifest);
    }
    let latest = default_release(package, now).map(|release| release.version.clone());
    let body = json!({ "_id": name, "name": name, "dist-tags": { "latest": latest }, "versions": versions, "time": time }).to_string();
    let etag = fingerprint(body.as_bytes());
    if headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(&etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    ([(header::CONTENT_TYPE, "application/json".to_owned()), (header::ETAG, etag)], body).into_response()
}

async fn simple(State(shared): State<Shared>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let now = (shared.clock)();
    let Some(package) = find(&shared.company, "pypi", &name, true).filter(|package| published(package, now).next().is_some()) else {
        return (StatusCode::NOT_FOUND, "Not Found").into_response();
    };
    let file = |version: &str| format!("{}-{version}-py3-none-any.whl", name.replace('-', "_"));
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepts.contains("application/vnd.pypi.simple.v1+json") {
        let links: String = published(package, now)
            .map(|release| {
                let file = file(&release.version);
                let yanked =
                    deprecated(release, now).map(|why| format!(" data-yanked=\"{}\"", why.replace('"', "&quot;"))).unwrap_or_default();
                format!("<a href=\"/files/{file}\"{yanked}>{file}</a><br>")
            })
            .collect();
        return Html(format!("<!DOCTYPE html><html><head><title>Links for {name}</title></head><body>{links}</body></html>"))
            .into_response();
    }
    let files: Vec<Value> = published(package, now)
        .map(|release| {
            json!({
                "filename": file(&release.version),
                "url": format!("/files/{}", file(&release.version)),
                "hashes": {},
                "size": 1,
                "upload-time": release.at,
                "yanked": deprecated(release, now).map_or(Value::Bool(false), |why| why.into()),
            })
        })
        .collect();
    let versions: Vec<&str> = published(package, now).map(|release| release.version.as_str()).collect();
    let body = json!({ "meta": { "api-version": "1.1" }, "name": name, "versions": versions, "files": files });
    ([(header::CONTENT_TYPE, "application/vnd.pypi.simple.v1+json")], body.to_string()).into_response()
}

async fn config() -> Response {
    Json(json!({ "dl": "https://registry.example/crates", "api": "https://registry.example", "auth-required": true })).into_response()
}

async fn index_of_short(State(shared): State<Shared>, Path((a, name)): Path<(String, String)>) -> Response {
    crate_file(&shared, &[&a], &name)
}

async fn index(State(shared): State<Shared>, Path((a, b, name)): Path<(String, String, String)>) -> Response {
    crate_file(&shared, &[&a, &b], &name)
}

/// A file of the index, if it is asked for at the place where that name belongs.
fn crate_file(shared: &Shared, folders: &[&str], name: &str) -> Response {
    let now = (shared.clock)();
    let belongs = match name.len() {
        1 | 2 => vec![name.len().to_string()],
        3 => vec!["3".to_owned(), name[..1].to_owned()],
        _ => vec![name.get(..2).unwrap_or_default().to_owned(), name.get(2..4).unwrap_or_default().to_owned()],
    };
    let package = shared
        .company
        .packages
        .iter()
        .find(|package| package.ecosystem.word() == "cargo" && package.internal.is_some() && package.name.eq_ignore_ascii_case(name));
    let lines: Vec<String> = package
        .into_iter()
        .filter(|_| folders == belongs)
        .flat_map(|package| {
            published(package, now).map(|release| {
                let yanked = deprecated(release, now).is_some();
                json!({ "name": package.name, "vers": release.version, "deps": [], "cksum": "", "features": {}, "yanked": yanked })
                    .to_string()
            })
        })
        .collect();
    if lines.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain")], lines.join("\n")).into_response()
}
