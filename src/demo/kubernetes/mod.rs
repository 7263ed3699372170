//! A simulated Kubernetes API server: lists, watches and writes of one cluster, as of a clock.
//!
//! Written from Kubernetes' published API: its concepts (lists in chunks, watches, bookmarks, resource versions), the types
//! of its OpenAPI description, and the words of `Status` as `k8s.io/apimachinery` and `k8s.io/apiserver` have them.
//!
//! # Invariants
//! - Everything follows from the cluster's content, the instant and what was written; nothing of the past is kept in memory
//!   but the writes.
//! - All pages of a list show one moment. A list, then a watch from its version, lead to every later list.
//! - A version is remembered for some minutes of the cluster's own time, then 410 tells so.
//! - Controllers are simplified: what they do follows from what is wanted, within seconds, and no two changes share a
//!   version.

mod access;
mod cluster;
mod controllers;
mod desired;
mod discovery;
mod items;
mod list;
mod patch;
mod pods;
#[cfg(test)]
mod recorded;
mod render;
mod request;
mod resources;
mod revision;
mod rollout;
mod scheduled;
mod status;
mod templates;
#[cfg(test)]
mod tests;
mod watch;
mod write;

pub use access::{Identity, Rule};
pub use watch::Watches;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;

use self::access::Caller;
use self::cluster::Cluster;
use self::request::Asked;
use self::status::{Answer, Refusal, json_answer};
use crate::demo::company::clusters::ClusterContent;
use crate::model::Clock;

/// The most that a request may send: 3 MiB, as in the real one.
const LARGEST: usize = 3 * 1024 * 1024;

/// What a server is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who is known.
    pub identities: Vec<Identity>,
    /// For how many seconds of the cluster's time versions are remembered.
    pub remembers: i64,
    /// How watches behave.
    pub watches: Watches,
}

impl Options {
    /// A server that knows these.
    #[must_use]
    pub fn knowing(identities: Vec<Identity>) -> Self {
        Self { identities, remembers: 300, watches: Watches::default() }
    }
}

/// A simulated API server.
#[derive(Clone, Debug)]
pub struct Kubernetes {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    cluster: Arc<Cluster>,
    identities: Mutex<Arc<Vec<Identity>>>,
    watches: Watches,
    minor: u32,
}

impl Kubernetes {
    /// A server of a cluster.
    #[must_use]
    pub fn new(content: Arc<ClusterContent>, clock: Clock, options: Options) -> Self {
        let minor = discovery::minor(&content.version);
        let cluster = Arc::new(Cluster::new(content, clock, options.remembers));
        let identities = Mutex::new(Arc::new(options.identities));
        Self { shared: Arc::new(Shared { cluster, identities, watches: options.watches, minor }) }
    }

    /// Its router.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(&self.shared))
    }

    /// Knows these from now on, and nobody else.
    pub fn knows(&self, identities: Vec<Identity>) {
        *self.shared.identities.lock() = Arc::new(identities);
    }

    /// Forgets all versions before now: lists and watches that began before are told that they are too old.
    pub fn compact(&self) {
        self.shared.cluster.compact();
    }

    /// Restarts so many pods, one after another, and tells how many it were: none if no pod is ready.
    pub fn storm(&self, count: usize) -> usize {
        self.shared.cluster.storm(count)
    }

    /// Tells watches that the clock was moved; they look by themselves some times a second.
    pub fn wake(&self) {
        self.shared.cluster.wake();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large").into_response();
    };
    respond(&shared, &parts, &body).unwrap_or_else(IntoResponse::into_response)
}

fn respond(shared: &Shared, parts: &axum::http::request::Parts, body: &Bytes) -> Answer {
    let identities = Arc::clone(&shared.identities.lock());
    let caller = Caller::of(&identities, &parts.headers)?;
    let path = parts.uri.path();
    let content = &shared.cluster.content;
    match path {
        "/readyz" | "/livez" | "/healthz" => return Ok(plain(StatusCode::OK, "ok")),
        "/version" | "/version/" => return Ok(json_answer(200, &discovery::version(content))),
        _ => {}
    }
    if path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" && parts.method == Method::POST && caller.is_known {
        return discovery::review(&caller, body);
    }
    let asked = Asked::of(&parts.method, &request::path(path), parts.uri.query(), &parts.headers)?;
    let Some(asked) = asked else {
        if !caller.is_known {
            return Err(Refusal::forbidden_path(caller.user, &parts.method.as_str().to_lowercase(), path));
        }
        let found = discovery::discover(path).filter(|_| parts.method == Method::GET);
        return Ok(found.map_or_else(|| plain(StatusCode::NOT_FOUND, "404 page not found\n"), |found| json_answer(200, &found)));
    };
    caller.check(&asked)?;
    match (asked.verb, asked.subresource.as_str()) {
        ("list", _) => list::list(&shared.cluster, &asked, shared.minor),
        ("watch", _) => watch::watch(&shared.cluster, &asked, shared.watches, shared.minor),
        ("get", "scale") => write::get_scale(&shared.cluster, &asked),
        ("get", "") => list::get(&shared.cluster, &asked),
        _ => write::write(&shared.cluster, &asked, body, shared.minor),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
