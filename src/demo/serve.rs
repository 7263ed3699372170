//! A server on loopback that counts what it is asked and fails on demand.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::model::Clock;

/// A way to go wrong, as the systems outside do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status, these headers and this body instead of an answer.
    Answer {
        /// The status.
        status: u16,
        /// Headers by name.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: String,
    },
    /// No answer until the client gives up.
    Hang,
    /// The true answer, cut in the middle: the connection breaks.
    Broken,
    /// The true answer, cut in the middle, with a length that fits: JSON that does not end.
    Truncated,
    /// A page for people where a program expected data.
    Html,
    /// Bytes without meaning.
    Garbage,
}

/// Decides for each request whether it goes wrong.
pub type Faults = Arc<dyn Fn(&Asked<'_>) -> Option<Fault> + Send + Sync>;

/// A request, as a decision about a fault needs it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Counted from 0 since the server started.
    pub number: u64,
    /// GET, POST.
    pub method: &'a str,
    /// The path without the query.
    pub path: &'a str,
}

/// What a server was asked for so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests in all.
    pub requests: u64,
    /// Bytes of all answers.
    pub bytes: u64,
    /// Requests by method and the first parts of the path, such as `GET /repos`.
    pub by_path: BTreeMap<String, u64>,
}

/// A request as it came, to be sent again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Recorded {
    /// GET, POST.
    pub method: String,
    /// The path with the query.
    pub path: String,
    /// The headers that decide about the answer: authorization, accept, content-type.
    pub headers: Vec<(String, String)>,
    /// The body, which is text.
    pub body: String,
}

/// A running server; it stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    router: Router,
    /// Takes connections, unless it vanished.
    accepting: Mutex<Option<JoinHandle<()>>>,
    shared: Arc<Shared>,
}

struct Shared {
    /// Cancelled when it vanishes: whatever is being answered breaks off.
    life: Mutex<CancellationToken>,
    counts: Mutex<Counts>,
    faults: Mutex<Option<Faults>>,
    recorded: Mutex<Option<Vec<Recorded>>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Server {
    /// Serves `router` on a free port of loopback.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(router: Router) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared =
            Arc::new(Shared { life: Mutex::default(), counts: Mutex::default(), faults: Mutex::default(), recorded: Mutex::default() });
        let router = router.layer(middleware::from_fn_with_state(Arc::clone(&shared), watched));
        let server = Self { address, router, accepting: Mutex::default(), shared };
        server.accept(listener);
        Ok(server)
    }

    fn accept(&self, listener: TcpListener) {
        let life = CancellationToken::new();
        *self.shared.life.lock() = life.clone();
        let served = axum::serve(listener, self.router.clone()).with_graceful_shutdown(life.clone().cancelled_owned());
        *self.accepting.lock() = Some(tokio::spawn(async move {
            tokio::select! {
                _ = served => {}
                // Connections that are kept open must not hold it.
                () = life.cancelled() => {}
            }
        }));
    }

    /// Is gone from one instant to the next: what is being answered breaks off, and nobody gets a connection.
    pub async fn vanish(&self) {
        self.shared.life.lock().cancel();
        let accepting = self.accepting.lock().take();
        if let Some(accepting) = accepting {
            // It ends, whatever it says.
            let _ = accepting.await;
        }
    }

    /// Is there again after [`Self::vanish`], where it was.
    ///
    /// # Errors
    /// If its port was taken by somebody else.
    pub async fn come_back(&self) -> std::io::Result<()> {
        self.accept(TcpListener::bind(self.address).await?);
        Ok(())
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked for since it started or [`Self::reset`].
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counts.lock().clone()
    }

    /// Counts from nothing again.
    pub fn reset(&self) {
        *self.shared.counts.lock() = Counts::default();
    }

    /// From now on requests are recorded.
    pub fn record(&self) {
        *self.shared.recorded.lock() = Some(Vec::new());
    }

    /// What was recorded; nothing is recorded from now on.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.recorded.lock().take().unwrap_or_default()
    }

    /// From now on requests go wrong as this decides; none: all is well.
    pub fn set_faults(&self, faults: Option<Faults>) {
        *self.shared.faults.lock() = faults;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.life.lock().cancel();
    }
}

async fn watched(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().as_str().to_owned(), request.uri().path().to_owned());
    let number = {
        let mut counts = shared.counts.lock();
        counts.requests += 1;
        *counts.by_path.entry(format!("{method} {}", stem(&path))).or_default() += 1;
        counts.requests - 1
    };
    let request = if shared.recorded.lock().is_some() { record(&shared, request).await } else { request };
    let life = shared.life.lock().clone();
    let faults = shared.faults.lock().clone();
    let fault = faults.and_then(|decide| decide(&Asked { number, method: &method, path: &path }));
    let answering = async {
        match fault {
            None => next.run(request).await,
            Some(fault) => fail(fault, request, next).await,
        }
    };
    let response = tokio::select! {
        response = answering => response,
        () = life.cancelled() => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let (parts, body) = response.into_parts();
    let counted = body.into_data_stream().map(move |piece| {
        if let Ok(piece) = &piece {
            shared.counts.lock().bytes += piece.len() as u64;
        }
        piece
    });
    // An answer that is cut off must not look like one that ended.
    let gone = life.clone();
    let cut = futures::stream::once(async move { gone.is_cancelled() })
        .filter_map(|is_gone| std::future::ready(is_gone.then(|| Err(axum::Error::new(std::io::Error::other("the server is gone"))))));
    Response::from_parts(parts, Body::from_stream(counted.take_until(life.cancelled_owned()).chain(cut)))
}

async fn record(shared: &Shared, request: Request) -> Request {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let kept = [header::AUTHORIZATION, header::ACCEPT, header::CONTENT_TYPE];
    let headers = kept.iter().filter_map(|name| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.to_owned())));
    let recorded = Recorded {
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    if let Some(all) = shared.recorded.lock().as_mut() {
        all.push(recorded);
    }
    Request::from_parts(parts, Body::from(body))
}

/// The first two parts of a path.
fn stem(path: &str) -> &str {
    path.match_indices('/').nth(2).map_or(path, |(at, _)| &path[..at])
}

async fn fail(fault: Fault, request: Request, next: Next) -> Response {
    match fault {
        Fault::Answer { status, headers, body } => {
            let mut response = (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            for (name, value) in headers {
                if let Ok(value) = value.parse() {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Fault::Hang => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Fault::Broken | Fault::Truncated => {
            let (mut parts, body) = next.run(request).await.into_parts();
            let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            let half = bytes.slice(..bytes.len() / 2);
            parts.headers.remove(header::CONTENT_LENGTH);
            let body = match fault {
                Fault::Truncated => Body::from(half),
                _ => Body::from_stream(futures::stream::iter([
                    Ok::<Bytes, std::io::Error>(half),
                    Err(std::io::Error::other("the connection breaks")),
                ])),
            };
            Response::from_parts(parts, body)
        }
        Fault::Html => axum::response::Html("<!DOCTYPE html><title>Sign in</title><p>Please sign in to continue.</p>").into_response(),
        Fault::Garbage => ([(header::CONTENT_TYPE, "application/json")], vec![0xff, 0x00, 0x13, 0x37, 0x7b]).into_response(),
    }
}

/// The time as HTTP headers write it.
#[must_use]
pub fn http_date(clock: &Clock) -> String {
    clock().timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
