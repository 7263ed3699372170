//! Who asks: found out once for a request, before a route sees it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

use crate::access::{Access, Caller, Denied, Refusal, TokenName};
use crate::server::{State, guard};

/// The user of this machine at the other end of the socket.
#[derive(Clone, Debug)]
pub(super) struct User(String);

impl Connected<IncomingStream<'_, UnixListener>> for User {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self(stream.io().peer_cred().map_or_else(|_| "unknown".to_owned(), |peer| user_name(peer.uid())))
    }
}

/// The name of a user of this machine, or the number where the system's list has none.
#[must_use]
pub fn user_name(uid: u32) -> String {
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut lines = list.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let found = lines.find(|fields| fields.get(2).is_some_and(|of| of.parse() == Ok(uid)));
    found.and_then(|fields| fields.first().map(|name| (*name).to_owned())).unwrap_or_else(|| uid.to_string())
}

/// The address of whoever sent a request over the port. One that is not known is nobody's.
pub(super) fn peer_of(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip())
}

/// Lets through whoever shows a token, a session or a trusted proxy's word, and those who are unknown; routes decide what
/// each may.
pub(super) async fn over_port(Shared(state): Shared<State>, mut request: Request, next: Next) -> Response {
    match state.app.access.judge(peer_of(&request), request.headers()) {
        Ok(judged) => {
            if let Some(warning) = judged.warning {
                tracing::warn!("{warning}");
            }
            if let Some(name) = judged.first_use {
                record_use(&state.app.access, name);
            }
            request.extensions_mut().insert(judged.caller);
            next.run(request).await
        }
        Err(refusal) => turn_away(&refusal),
    }
}

/// Whoever can open the socket is this machine's admin of the data folder.
pub(super) async fn over_socket(mut request: Request, next: Next) -> Response {
    let user = request.extensions().get::<ConnectInfo<User>>();
    let user = user.map_or_else(|| "unknown".to_owned(), |ConnectInfo(User(name))| name.clone());
    request.extensions_mut().insert(Caller::local(&user));
    next.run(request).await
}

/// Only for those who may look.
pub(super) async fn require_viewer(request: Request, next: Next) -> Response {
    match request.extensions().get::<Caller>().map(Caller::may_look) {
        Some(Ok(())) => next.run(request).await,
        Some(Err(denied)) => deny(&denied),
        None => guard::refuse(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "nobody found out who asks"),
    }
}

/// Records the first use of a day beside the request; an answer does not wait for it.
pub(super) fn record_use(access: &Arc<Access>, name: TokenName) {
    let access = Arc::clone(access);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = access.record_use(&name) {
            tracing::debug!(%error, token = %name, "the use of a token could not be recorded");
        }
    });
}

/// The answer to a token that is not valid.
pub(super) fn turn_away(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Unknown => challenge(guard::refuse(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", &refusal.to_string())),
        Refusal::TooMany { seconds } => {
            let mut response = guard::refuse(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_ATTEMPTS", &refusal.to_string());
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            response
        }
    }
}

fn deny(denied: &Denied) -> Response {
    match denied {
        Denied::Unauthenticated { .. } => challenge(guard::refuse(StatusCode::UNAUTHORIZED, denied.code(), &denied.to_string())),
        _ => guard::refuse(StatusCode::FORBIDDEN, denied.code(), &denied.to_string()).into_response(),
    }
}

fn challenge(mut response: Response) -> Response {
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"spot\""));
    response
}
