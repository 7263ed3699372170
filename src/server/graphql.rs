//! GraphQL over HTTP: `POST /graphql` for questions, `POST /graphql/stream` for subscriptions as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{ErrorExtensionValues, Request, Response as Answer, ServerError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use tokio::runtime::Handle;

use crate::access::Caller;
use crate::server::{BODY_LIMIT_BYTES, State, guard};

/// Answers one question. Repeated questions are answered with the bytes of the first answer.
pub(super) async fn answer(
    Shared(state): Shared<State>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match accept(&headers, body) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let to = (state.app.engine.generation(), caller.role());
    if let Some(bytes) = state.answers.get(to, &body) {
        state.metrics.answered_from_cache(true);
        return reply(&headers, bytes);
    }
    state.metrics.answered_from_cache(false);
    let request = match parse(&body) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let (request, operation) = match operation_of(request) {
        Ok(parsed) => parsed,
        Err(error) => return reply_with(&headers, &Answer::from_errors(vec![error])),
    };
    if operation == OperationType::Subscription {
        let message = "a subscription is asked at /graphql/stream, which answers with server-sent events";
        return guard::refuse(StatusCode::BAD_REQUEST, "SUBSCRIPTION", message);
    }
    let answer = execute(&state, request.data(caller)).await;
    let Ok(bytes) = serde_json::to_vec(&answer).map(Bytes::from) else {
        return guard::refuse(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "the answer could not be written as JSON");
    };
    // A resolver that marks its answer as not cacheable sets a negative age.
    if operation == OperationType::Query && answer.errors.is_empty() && answer.cache_control.max_age >= 0 {
        state.answers.keep(to, body, bytes.clone());
    }
    reply(&headers, bytes)
}

/// Answers a subscription by events named `next`, then `complete`; ends when the server stops.
pub(super) async fn stream(
    Shared(state): Shared<State>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match accept(&headers, body) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let request = match parse(&body) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let answers = state.app.api.stream(request.data(caller)).take_until(state.stop.clone().cancelled_owned());
    Sse::new(events(answers)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

fn events(answers: impl Stream<Item = Answer> + Send + 'static) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let next = answers.map(|answer| {
        let text = serde_json::to_string(&answer).unwrap_or_else(|error| format!(r#"{{"errors":[{{"message":"{error}"}}]}}"#));
        Ok(Event::default().event("next").data(text))
    });
    next.chain(futures::stream::once(async { Ok(Event::default().event("complete").data("{}")) }))
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn accept(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Response> {
    guard::require_json(headers)?;
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => guard::refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "BODY_TOO_LARGE",
            &format!("the body is longer than the {BODY_LIMIT_BYTES} bytes that are read"),
        ),
        status => guard::refuse(status, "BAD_REQUEST", &rejection.body_text()),
    })
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn parse(body: &[u8]) -> Result<Request, Response> {
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("the body must be a JSON object with a string `query`: {error}");
        guard::refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", &message)
    })
}

/// The kind of the operation that `request` names. What cannot be told here is left to the execution to refuse.
fn operation_of(mut request: Request) -> Result<(Request, OperationType), ServerError> {
    let name = request.operation_name.clone();
    let document = request.parsed_query()?;
    let found = document.operations.iter().find(|(candidate, _)| match (&name, candidate) {
        (Some(name), Some(candidate)) => name == candidate.as_str(),
        (Some(_), None) => false,
        (None, _) => true,
    });
    let kind = found.map_or(OperationType::Query, |(_, operation)| operation.node.ty);
    Ok((request, kind))
}

/// Executes on a blocking thread: resolvers read the store, and the threads of the server stay free for other requests.
async fn execute(state: &State, request: Request) -> Answer {
    let api = state.app.api.clone();
    let handle = Handle::current();
    let limit = state.app.request_timeout;
    let work = tokio::task::spawn_blocking(move || handle.block_on(async { tokio::time::timeout(limit, api.execute(request)).await }));
    // The inner limit ends work that waits; the outer one ends the waiting for work that does not.
    match tokio::time::timeout(limit + Duration::from_secs(1), work).await {
        Ok(Ok(Ok(answer))) => answer,
        Ok(Ok(Err(_))) | Err(_) => failure("TIMEOUT", format!("the question took longer than the {} seconds it may take", limit.as_secs())),
        Ok(Err(error)) => {
            tracing::error!(%error, "a resolver panicked");
            failure("INTERNAL", "answering failed by a defect in spot; the log has the details".to_owned())
        }
    }
}

fn failure(code: &str, message: String) -> Answer {
    let mut error = ServerError::new(message, None);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    Answer::from_errors(vec![error])
}

fn reply_with(headers: &HeaderMap, answer: &Answer) -> Response {
    match serde_json::to_vec(answer) {
        Ok(bytes) => reply(headers, bytes.into()),
        Err(error) => guard::refuse(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", &error.to_string()),
    }
}

fn reply(headers: &HeaderMap, bytes: Bytes) -> Response {
    const GRAPHQL: &str = "application/graphql-response+json";
    let wanted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains(GRAPHQL));
    let kind = if wanted { GRAPHQL } else { "application/json" };
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], bytes)
        .into_response()
}
