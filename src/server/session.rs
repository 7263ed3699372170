//! `/session`: who the browser is signed in as, signing in with a token, signing out.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use crate::access::{Caller, Means, Role, SESSION_COOKIE};
use crate::collect::http::Secret;
use crate::server::{State, guard, identify};

/// Who asks, for the pages.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    /// The token's name, or what the proxy says; nothing for somebody unknown.
    name: Option<&'a str>,
    /// viewer, operator, admin; nothing for somebody who may not even look.
    role: Option<Role>,
    /// anonymous, session, token, proxy or socket.
    means: &'static str,
    /// Goes into `X-CSRF-Token`.
    csrf: Option<&'a str>,
    /// Whether there is any token to sign in with.
    can_sign_in: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    token: Secret,
}

/// Who asks.
pub(super) async fn tell(Shared(state): Shared<State>, Extension(caller): Extension<Caller>) -> Response {
    let name = (caller.means() != Means::Anonymous).then(|| caller.name());
    let can_sign_in = state.app.access.has_tokens();
    no_store(Json(Session { name, role: caller.role(), means: caller.means().word(), csrf: caller.csrf(), can_sign_in }).into_response())
}

/// Exchanges a token for a session.
pub(super) async fn begin(Shared(state): Shared<State>, request: Request) -> Response {
    let peer = identify::peer_of(&request);
    let headers = request.headers().clone();
    if let Err(refusal) = guard::require_json(&headers) {
        return refusal;
    }
    let body = Bytes::from_request(request, &state).await;
    let Some(SignIn { token }) = body.ok().and_then(|body| serde_json::from_slice(&body).ok()) else {
        let message = "the body must be a JSON object with a string `token` and nothing else";
        return guard::refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    };
    let access = &state.app.access;
    match access.sign_in(&token, peer, &headers) {
        Ok(begun) => {
            if let Some(name) = begun.first_use {
                identify::record_use(access, name);
            }
            tracing::info!(name = %begun.signed.name, role = %begun.signed.role, "signed in");
            let signed = begun.signed;
            let session = Session {
                name: Some(signed.name.as_str()),
                role: Some(signed.role),
                means: Means::Session.word(),
                csrf: Some(&signed.csrf),
                can_sign_in: true,
            };
            let response = no_store(Json(session).into_response());
            with_cookie(response, begun.id.expose(), crate::access::SESSION_SECONDS, access.is_https(peer, &headers))
        }
        Err(refusal) => identify::turn_away(&refusal),
    }
}

/// Ends the session.
pub(super) async fn end(Shared(state): Shared<State>, request: Request) -> Response {
    let access = &state.app.access;
    access.sign_out(request.headers());
    let is_https = access.is_https(identify::peer_of(&request), request.headers());
    with_cookie(StatusCode::NO_CONTENT.into_response(), "", 0, is_https)
}

fn with_cookie(mut response: Response, id: &str, seconds: i64, is_https: bool) -> Response {
    let secure = if is_https { "; Secure" } else { "" };
    let cookie = format!("{SESSION_COOKIE}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

fn no_store(mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
