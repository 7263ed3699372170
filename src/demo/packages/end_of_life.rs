//! endoflife.date as its OpenAPI description says: v1, static, with ETags; what is not there is a page for people.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::fingerprint;
use crate::demo::company::{Company, Cycle, Product};
use crate::model::{Clock, Instant};

#[derive(Clone)]
struct Shared {
    company: Arc<Company>,
    clock: Clock,
}

/// Serves `/api/v1` as of the clock.
pub fn router(company: Arc<Company>, clock: Clock) -> Router {
    Router::new()
        .route("/api/v1/products/full", get(full))
        .route("/api/v1/products/{product}", get(one))
        .fallback(|| async { absent() })
        .with_state(Shared { company, clock })
}

fn absent() -> Response {
    (StatusCode::NOT_FOUND, Html("<!DOCTYPE html><html><title>404</title><h1>Not found</h1></html>")).into_response()
}

async fn full(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let now = (shared.clock)();
    let products: Vec<Value> = shared.company.products.iter().map(|product| details(product, now)).collect();
    // A static site, made anew each night.
    let made = Instant::from_seconds(now.micros().div_euclid(86_400_000_000) * 86_400);
    conditional(json!({ "schema_version": "1.2.1", "generated_at": made, "total": products.len(), "result": products }), &headers)
}

async fn one(State(shared): State<Shared>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let now = (shared.clock)();
    match shared.company.products.iter().find(|product| product.name == name) {
        Some(product) => conditional(
            json!({ "schema_version": "1.2.1", "last_modified": shared.company.history.start, "result": details(product, now) }),
            &headers,
        ),
        None => absent(),
    }
}

fn conditional(body: Value, headers: &HeaderMap) -> Response {
    let body = body.to_string();
    let etag = fingerprint(body.as_bytes());
    if headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(&etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    ([(header::CONTENT_TYPE, "application/json".to_owned()), (header::ETAG, etag)], body).into_response()
}

fn details(product: &Product, now: Instant) -> Value {
    let releases: Vec<Value> = product.cycles.iter().filter(|cycle| cycle.released <= now).map(|cycle| release(cycle, now)).collect();
    json!({
        "name": product.name,
        "label": product.label,
        "aliases": [],
        "category": "lang",
        "tags": ["lang"],
        "versionCommand": null,
        "identifiers": [],
        "labels": { "eoas": null, "discontinued": null, "eol": "Security Support", "eoes": null },
        "links": { "icon": null, "html": format!("https://endoflife.date/{}", product.name), "releasePolicy": null },
        "releases": releases,
    })
}

fn release(cycle: &Cycle, now: Instant) -> Value {
    let day = |at: Instant| at.timestamp().strftime("%Y-%m-%d").to_string();
    let ended = cycle.end_of_life.is_some_and(|end| end <= now);
    let latest = cycle.versions.iter().rfind(|(at, _)| *at <= now);
    json!({
        "name": cycle.name,
        "codename": null,
        "label": if cycle.lts { format!("{} (LTS)", cycle.name) } else { cycle.name.clone() },
        "releaseDate": day(cycle.released),
        "isLts": cycle.lts,
        "ltsFrom": null,
        "isEol": ended,
        "eolFrom": cycle.end_of_life.map(day),
        "isMaintained": !ended,
        "latest": latest.map(|(at, version)| json!({ "name": version, "date": day(*at), "link": null })),
        "custom": null,
    })
}
