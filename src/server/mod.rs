//! HTTP: the GraphQL endpoint, the embedded pages, health, metrics, and the socket for commands.
//!
//! # Invariants
//! - Only loopback addresses are served, and only requests whose Host and Origin are loopback: a web page elsewhere
//!   must not reach a spot on localhost, not even by rebinding a name.
//! - What `/admin` does is reachable through the Unix socket alone, which only its owner can open.
//! - Nothing here knows what a question means; see [`crate::api`].

mod admin;
mod assets;
mod cache;
mod engine;
mod graphql;
mod guard;
mod health;
mod listen;
mod metrics;
mod process;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

use crate::api::Schema;

pub use admin::{AdminLine, AdminRequest, Progress};
pub use engine::{AdminError, AdminErrorKind, Engine, Readiness};
pub use listen::{Error, ListenConfig, SOCKET_NAME, Served, SocketAddress, serve};

/// Longest request body that is read.
pub const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// What the server serves.
#[derive(Clone)]
pub struct App {
    /// Answers GraphQL.
    pub schema: Schema,
    /// What stands behind it.
    pub engine: Arc<dyn Engine>,
    /// A request that takes longer is answered with an error.
    pub request_timeout: Duration,
    /// Bytes of answers that are kept.
    pub cache_bytes: u64,
}

impl App {
    /// An app with the usual limits.
    #[must_use]
    pub fn new(schema: Schema, engine: Arc<dyn Engine>) -> Self {
        Self { schema, engine, request_timeout: Duration::from_secs(30), cache_bytes: 16 * 1024 * 1024 }
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

/// The routes of the port.
fn port_router(state: State) -> Router {
    layered(routes(), state)
}

/// The routes of the socket: those of the port, and `/admin`.
fn socket_router(state: State) -> Router {
    layered(routes().route("/admin/{command}", post(admin::run)), state)
}

fn routes() -> Router<State> {
    let compressed = Router::new()
        .route("/graphql", post(graphql::answer))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(assets::page)
        .layer(CompressionLayer::new());
    compressed.route("/graphql/stream", post(graphql::stream))
}

fn layered(routes: Router<State>, state: State) -> Router {
    routes
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn(guard::check))
        .layer(from_fn_with_state(state.clone(), metrics::measure))
        .with_state(state)
}
