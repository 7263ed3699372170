//! `POST /webhook/cdevents`: what others push. Its senders are machines, known by their signatures: neither the guard
//! against foreign pages nor tokens stand before it, and without a sender there is no such route.
//!
//! # Invariants
//! - A body that is too large is refused by its length, before it is read; without a length once it grows too large.
//! - 200 says that every event of the request is recorded, now or before; 202 that none of a type that is read was in it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::BytesMut;
use futures::StreamExt;
use metrics::counter;
use serde_json::json;

use crate::collect::cdevents::{LARGEST_REQUEST, Received, Refusal, Sender, receive};
use crate::ingest::push::{Pushes, Recorded};
use crate::model::Clock;
use crate::server::guard;

/// Where events are pushed to.
pub const PATH: &str = "/webhook/cdevents";
/// Events by what became of them.
const EVENTS: &str = "spot_webhook_events_total";

/// What receives and records.
#[derive(Clone)]
pub struct Webhook {
    /// Who may send.
    pub senders: Arc<Vec<Sender>>,
    /// Records what they send.
    pub pushes: Pushes,
    /// Tells the time.
    pub clock: Clock,
}

/// The route, if somebody may send.
pub(super) fn routes(webhook: Option<&Webhook>) -> Router {
    match webhook {
        Some(webhook) if !webhook.senders.is_empty() => {
            let route = post(take).fallback(guard::wrong_method);
            Router::new().route(PATH, route).with_state(webhook.clone())
        }
        _ => Router::new(),
    }
}

async fn take(Shared(webhook): Shared<Webhook>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let read = match read(&parts.headers, body).await {
        Ok(read) => read,
        Err(refusal) => return refuse(&refusal),
    };
    let received = match receive(&parts.headers, &read, &webhook.senders, (webhook.clock)()) {
        Ok(received) => received,
        Err(refusal) => return refuse(&refusal),
    };
    let Received { sender, pushed, ignored, refused } = received;
    for (outcome, count) in [("ignored", ignored.len()), ("refused", refused.len())] {
        counter!(EVENTS, "outcome" => outcome).increment(count as u64);
    }
    for kind in &ignored {
        tracing::debug!(sender, kind, "pushed, and of a type that is not read");
    }
    let Recorded { recorded, known } = match webhook.pushes.record(pushed).await {
        Ok(done) => done,
        Err(error) => {
            tracing::warn!(sender, %error, "what was pushed is not recorded");
            let mut response = guard::refuse(StatusCode::SERVICE_UNAVAILABLE, "NOT_RECORDED", &format!("{error}; send it again"));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
            return response;
        }
    };
    for (outcome, count) in [("recorded", recorded), ("known", known)] {
        counter!(EVENTS, "outcome" => outcome).increment(count as u64);
    }
    let status = if recorded + known == 0 && refused.is_empty() { StatusCode::ACCEPTED } else { StatusCode::OK };
    let refused: Vec<_> = refused.iter().map(|(position, refusal)| json!({ "event": position, "message": refusal.to_string() })).collect();
    (status, axum::Json(json!({ "recorded": recorded, "known": known, "ignored": ignored, "refused": refused }))).into_response()
}

/// The body, if it is small enough.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<usize>().ok());
    if length.is_some_and(|length| length > LARGEST_REQUEST) {
        return Err(Refusal::TooLarge);
    }
    let (mut stream, mut whole) = (body.into_data_stream(), BytesMut::new());
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| Refusal::Malformed("it did not come whole".to_owned()))?;
        if whole.len() + piece.len() > LARGEST_REQUEST {
            return Err(Refusal::TooLarge);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

fn refuse(refusal: &Refusal) -> Response {
    counter!(EVENTS, "outcome" => "refused").increment(1);
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    tracing::info!(code = refusal.code(), "a push was refused");
    let mut response = guard::refuse(status, refusal.code(), &refusal.to_string());
    if *refusal == Refusal::TooLarge {
        // What is left of the body is not waited for.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
