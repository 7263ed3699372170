//! HTTP: the GraphQL endpoint, the embedded pages, health, metrics, and the socket for commands.
//!
//! # Invariants
//! - Other machines reach spot only if it can tell who asks: by tokens or a proxy. See [`crate::access`].
//! - Only requests whose Host is this machine's, an address, or a name of the configuration are answered, and only those
//!   of their own Origin: a web page elsewhere must not reach a spot on localhost, not even by rebinding a name.
//! - What `/admin` does is reachable through the Unix socket alone, which only its owner can open.
//! - Nothing here knows what a question means; see [`crate::api`].

mod admin;
mod assets;
mod cache;
mod engine;
mod graphql;
mod guard;
mod health;
mod identify;
mod listen;
mod metrics;
mod process;
mod session;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

use crate::access::Access;
use crate::api::Api;

pub use admin::{AdminLine, AdminRequest, Progress};
pub use engine::{AdminError, AdminErrorKind, Engine, Readiness};
pub use identify::user_name;
pub use listen::{Error, ListenConfig, SOCKET_NAME, Served, SocketAddress, serve};
pub use webhook::{PATH as WEBHOOK_PATH, Webhook};

/// Longest request body that is read.
pub const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// What the server serves.
#[derive(Clone)]
pub struct App {
    /// Answers GraphQL.
    pub api: Api,
    /// What stands behind it.
    pub engine: Arc<dyn Engine>,
    /// Says who asks.
    pub access: Arc<Access>,
    /// A request that takes longer is answered with an error.
    pub request_timeout: Duration,
    /// Bytes of answers that are kept.
    pub cache_bytes: u64,
    /// Takes what others push; none if nobody may.
    pub webhook: Option<Webhook>,
}

impl App {
    /// An app with the usual limits.
    #[must_use]
    pub fn new(api: Api, engine: Arc<dyn Engine>, access: Arc<Access>) -> Self {
        Self { api, engine, access, request_timeout: Duration::from_secs(30), cache_bytes: 16 * 1024 * 1024, webhook: None }
    }
}

/// What every handler sees.
#[derive(Clone)]
struct State {
    app: App,
    answers: cache::Answers,
    metrics: metrics::Metrics,
    /// Cancelled when the server is asked to stop; ends what would otherwise stream for ever.
    stop: CancellationToken,
}

/// The routes of the port. Who pushes is no browser and signs what it sends, so the guard does not stand before that.
fn port_router(state: State) -> Router {
    let pushed = webhook::routes(state.app.webhook.as_ref()).layer(from_fn_with_state(state.clone(), metrics::measure));
    let identify = from_fn_with_state(state.clone(), identify::over_port);
    layered(routes().route_layer(identify).merge(open_routes()), state).merge(pushed)
}

/// The routes of the socket: those of the port, and `/admin`.
fn socket_router(state: State) -> Router {
    let routes = routes().route("/admin/{command}", post(admin::run));
    layered(routes.route_layer(from_fn(identify::over_socket)).merge(open_routes()), state)
}

/// What depends on who asks.
fn routes() -> Router<State> {
    let compressed =
        Router::new().route("/graphql", post(graphql::answer)).route("/metrics", get(health::metrics)).layer(CompressionLayer::new());
    let for_viewers = compressed.route("/graphql/stream", post(graphql::stream)).route_layer(from_fn(identify::require_viewer));
    for_viewers.route("/session", get(session::tell).post(session::begin).delete(session::end))
}

/// What everybody may have: the pages, which hold nothing of their own, and whether the process lives.
fn open_routes() -> Router<State> {
    Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .fallback(assets::page)
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(CompressionLayer::new())
}

fn layered(routes: Router<State>, state: State) -> Router {
    routes
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn_with_state(state.clone(), guard::check))
        .layer(from_fn_with_state(state.clone(), metrics::measure))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use async_trait::async_trait;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use serde_json::{Value, json};
    use tower::ServiceExt;

    use super::*;
    use crate::access::{self, Caller, Role};
    use crate::api::{Api, Limits, Sources};
    use crate::model::Instant;
    use crate::store::{Options, Store};

    /// An engine whose state a test sets.
    #[derive(Default)]
    struct Scripted {
        generation: AtomicU64,
        unready: bool,
    }

    #[async_trait]
    impl Engine for Scripted {
        fn generation(&self) -> u64 {
            self.generation.load(Ordering::Relaxed)
        }

        fn readiness(&self) -> Readiness {
            if self.unready {
                return Readiness { ready: false, state: "opening".to_owned(), detail: None };
            }
            Readiness::ready()
        }

        async fn administer(&self, request: AdminRequest, _: &Caller, progress: Progress) -> Result<Value, AdminError> {
            progress.step("journal", 1, 2);
            progress.note("half way");
            match request {
                AdminRequest::Verify {} => Ok(json!({ "checked": 2 })),
                _ => Err(AdminError::new(AdminErrorKind::NotFound, "no such source: x")),
            }
        }
    }

    fn empty_app(engine: Arc<Scripted>) -> App {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&Options::new(folder.path())).unwrap());
        let access = Access::new(
            access::Config::default(),
            "127.0.0.1:7070".parse().unwrap(),
            Arc::clone(&store),
            Arc::new(|| Instant::from_seconds(0)),
            Arc::new(|| [7; 32]),
        );
        let api = Api::new(Sources::idle(store, || Instant::from_seconds(0)), Limits::default());
        App::new(api, engine, Arc::new(access))
    }

    fn state_of(engine: Arc<Scripted>) -> State {
        let metrics = metrics::Metrics::install().unwrap();
        State { app: empty_app(engine), answers: cache::Answers::new(1 << 20), metrics, stop: CancellationToken::new() }
    }

    async fn send(state: &State, method: &str, path: &str, body: &str) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri(path).header("host", "localhost").header("content-type", "application/json");
        let response = socket_router(state.clone()).oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn administration_answers_with_progress_first_and_the_end_last() {
        let state = state_of(Arc::default());
        let (status, lines) = send(&state, "POST", "/admin/verify", "{}").await;
        assert_eq!(status, StatusCode::OK);
        insta::assert_snapshot!(lines, @r#"
        {"progress":{"what":"journal","done":1,"total":2}}
        {"note":"half way"}
        {"result":{"checked":2}}
        "#);
        let (_, lines) = send(&state, "POST", "/admin/retire", r#"{"source":"x"}"#).await;
        let last: AdminLine = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        assert_eq!(last, AdminLine::Error(AdminError::new(AdminErrorKind::NotFound, "no such source: x")));
    }

    #[tokio::test]
    async fn an_answer_is_kept_until_the_generation_grows_and_errors_are_not_kept() {
        let engine = Arc::new(Scripted::default());
        let state = state_of(engine.clone());
        let question = r#"{"query":"{ version }"}"#;
        let (_, first) = send(&state, "POST", "/graphql", question).await;
        let kept = |question: &'static str| state.answers.get((engine.generation(), Some(Role::Admin)), &question.into()).is_some();
        assert!(kept(question));
        assert_eq!(send(&state, "POST", "/graphql", question).await.1, first);
        engine.generation.store(1, Ordering::Relaxed);
        assert!(!kept(question));
        let wrong = r#"{"query":"{ nonsense }"}"#;
        assert!(send(&state, "POST", "/graphql", wrong).await.1.contains("errors"));
        assert!(!kept(wrong));
    }

    #[tokio::test]
    async fn a_store_that_still_opens_is_alive_but_not_ready() {
        let state = state_of(Arc::new(Scripted { unready: true, ..Scripted::default() }));
        assert_eq!(send(&state, "GET", "/health", "").await.0, StatusCode::OK);
        let (status, body) = send(&state, "GET", "/ready", "").await;
        assert_eq!((status, body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, r#"{"ready":false,"state":"opening"}"#));
    }

    #[tokio::test]
    async fn a_wrong_method_is_told_which_one_is_right() {
        let state = state_of(Arc::default());
        for (method, path) in
            [("GET", "/graphql"), ("PUT", "/graphql"), ("POST", "/health"), ("GET", "/graphql/stream"), ("GET", "/admin/verify")]
        {
            let (status, body) = send(&state, method, path, "").await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert!(body.contains("METHOD_NOT_ALLOWED"), "{method} {path}: {body}");
        }
    }
}
