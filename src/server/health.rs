//! Whether the process lives, whether it can answer, and what it counts.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::server::State;

/// The process lives.
pub(super) async fn health() -> Response {
    Json(json!({ "status": "alive", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// The store is open and the index answers; 503 otherwise.
pub(super) async fn ready(Shared(state): Shared<State>) -> Response {
    let readiness = state.app.engine.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

/// Everything that is counted, in Prometheus' text format.
pub(super) async fn metrics(Shared(state): Shared<State>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, state.metrics.render(&state)).into_response()
}
