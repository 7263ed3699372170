//! What all collectors that speak HTTP share: time limits, retries, throttling, sizes.
//!
//! # Invariants
//! - Nothing waits and nothing reads the clock but through [`Outside`], so tests and the demo company need no real time.
//! - A body counts only if all of it came; a cut one is tried again like a lost connection.
//! - No error and no log line holds a secret: requests are named by method and path.
//! - Throttling is honoured in all its shapes: 429, 503 and 403 with `Retry-After` or a reset header.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::model::{Clock, Instant};

/// Waits for a while: really, or by moving a simulated clock.
pub type Pause = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Everything from outside that a collector's requests depend on beside the network.
#[derive(Clone)]
pub struct Outside {
    /// Tells the time.
    pub clock: Clock,
    /// Waits.
    pub pause: Pause,
    /// A number from 0.0 to below 1.0 that differs from the last one.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// How long to wait for answers.
    pub patience: Patience,
}

impl Outside {
    /// With this machine's timer and random numbers.
    #[must_use]
    pub fn real(clock: Clock) -> Self {
        Self {
            clock,
            pause: Arc::new(|duration| Box::pin(tokio::time::sleep(duration))),
            jitter: Arc::new(rand::random::<f64>),
            patience: Patience::default(),
        }
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outside")
    }
}

/// Something that must never be printed.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret; white space around it, such as a file's last line end, is not part of it.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().to_owned())
    }

    /// The secret itself, for the one header that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How patient a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For one attempt, from connecting to the last byte.
    pub attempt: Duration,
    /// Attempts in all.
    pub attempts: u32,
    /// The longest that a source may ask us to wait; beyond it the run goes on without, and resumes another time.
    pub longest_wait: Duration,
    /// The largest body that is read.
    pub most_bytes: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempt: Duration::from_secs(60), attempts: 4, longest_wait: Duration::from_secs(120), most_bytes: 64 * 1024 * 1024 }
    }
}

/// An answer that came whole. Any status but those that were retried in vain.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, all of it.
    pub body: Bytes,
}

impl Answer {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::NotJson`], which shows how the body begins.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.unfit(error.to_string()))
    }

    /// That it is not what was expected, and how its body begins.
    #[must_use]
    pub fn unfit(&self, problem: impl Into<String>) -> Error {
        let begin = String::from_utf8_lossy(&self.body[..self.body.len().min(80)]).chars().filter(|c| !c.is_control()).collect();
        let kind = self.header("content-type").unwrap_or("no type").to_owned();
        Error::NotJson { kind, begin, problem: problem.into() }
    }

    /// The answer if its status is a success.
    ///
    /// # Errors
    /// [`Error::Status`] with what the body says.
    pub fn success(self) -> Result<Self, Error> {
        if self.status.is_success() { Ok(self) } else { Err(Error::Status { status: self.status.as_u16(), message: message_of(&self) }) }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection, or it broke, each time.
    #[error("no connection after {attempts} attempts: {reason}")]
    Unreachable {
        /// How often it was tried.
        attempts: u32,
        /// What went wrong at last.
        reason: String,
    },
    /// It was sent and no answer came: it may have been done or not. Of what is asked [`Ask::once`] alone.
    #[error("sent, and no answer came: {reason}")]
    Unclear {
        /// What went wrong.
        reason: String,
    },
    /// It took too long, each time.
    #[error("no answer within {} s, tried {attempts} times", limit.as_secs())]
    TimedOut {
        /// How often it was tried.
        attempts: u32,
        /// The limit of one attempt.
        limit: Duration,
    },
    /// The source refuses or fails.
    #[error("answered {status}{}", if message.is_empty() { String::new() } else { format!(": {message}") })]
    Status {
        /// The HTTP status.
        status: u16,
        /// What the body says, shortened.
        message: String,
    },
    /// The source wants us to wait longer than we do.
    #[error("limited until {until}{}", if message.is_empty() { String::new() } else { format!(": {message}") })]
    Limited {
        /// When it may be asked again.
        until: Instant,
        /// What it says.
        message: String,
    },
    /// More bytes than are read.
    #[error("the answer has more than {most} bytes")]
    TooLarge {
        /// The limit.
        most: usize,
    },
    /// The answer is something else than JSON of the expected shape.
    #[error("expected JSON, found {kind} that begins with {begin:?}: {problem}")]
    NotJson {
        /// The content type.
        kind: String,
        /// The first characters.
        begin: String,
        /// What does not fit, and where.
        problem: String,
    },
    /// The run was stopped.
    #[error("stopped")]
    Stopped,
}

impl Error {
    /// The HTTP status, if there was one.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// One question to a source.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Bytes>,
    once: bool,
}

impl Ask {
    /// A GET.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: None, once: false }
    }

    /// A POST of JSON.
    #[must_use]
    pub fn post_json(url: Url, body: Bytes) -> Self {
        Self::post(url, "application/json", body)
    }

    /// A PUT of JSON.
    #[must_use]
    pub fn put_json(url: Url, body: Bytes) -> Self {
        Self { method: Method::PUT, ..Self::post_json(url, body) }
    }

    /// A POST of something of this content type.
    #[must_use]
    pub fn post(url: Url, kind: &'static str, body: Bytes) -> Self {
        let headers = HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        Self { method: Method::POST, url, headers, body: Some(body), once: false }
    }

    /// Not repeated once it may have arrived: for what would be done twice.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// With a header; one that cannot stand in HTTP is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// With a header that holds a secret.
    #[must_use]
    pub fn secret_header(mut self, name: &'static str, secret: &Secret) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(secret.expose()) {
            value.set_sensitive(true);
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(mut self, token: &Secret) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
            value.set_sensitive(true);
            self.headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        self
    }

    /// With a user name and password.
    #[must_use]
    pub fn basic(mut self, user: &str, password: &Secret) -> Self {
        use base64::Engine as _;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.expose()));
        if let Ok(mut value) = HeaderValue::from_str(&format!("Basic {pair}")) {
            value.set_sensitive(true);
            self.headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        self
    }

    /// Method and path, for messages: queries may be long, and hold what is not for a log.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

/// Asks one source. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    outside: Outside,
    cancel: CancellationToken,
    asked: Arc<AtomicU64>,
    received: Arc<AtomicU64>,
}

impl Http {
    /// A client for one source.
    #[must_use]
    pub fn new(outside: Outside) -> Self {
        let client = reqwest::Client::builder()
            .user_agent(concat!("spot/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::limited(5))
            .build()
            .unwrap_or_default();
        Self { client, outside, cancel: CancellationToken::new(), asked: Arc::default(), received: Arc::default() }
    }

    /// The same client, whose requests end when the run is stopped, with counts of its own.
    #[must_use]
    pub fn for_run(&self, cancel: CancellationToken) -> Self {
        Self { cancel, asked: Arc::default(), received: Arc::default(), ..self.clone() }
    }

    /// Requests sent so far, repeated ones included.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Bytes of bodies received so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// What it depends on.
    #[must_use]
    pub const fn outside(&self) -> &Outside {
        &self.outside
    }

    /// Asks, and again after lost connections, server errors and short throttling. Any other answer is returned
    /// whatever its status: see [`Answer::success`].
    ///
    /// # Errors
    /// [`Error`].
    pub async fn send(&self, ask: Ask) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let tried = tokio::select! {
                tried = tokio::time::timeout(self.outside.patience.attempt, self.attempt(&ask)) => tried,
                () = self.cancel.cancelled() => return Err(Error::Stopped),
            };
            let is_last = attempt >= self.outside.patience.attempts;
            let wait = match tried {
                Err(_) if ask.once => {
                    let reason = format!("nothing within {} s", self.outside.patience.attempt.as_secs());
                    return Err(Error::Unclear { reason });
                }
                Ok(Err(Lost::Connection(reason))) if ask.once => return Err(Error::Unclear { reason }),
                Err(_) if is_last => return Err(Error::TimedOut { attempts: attempt, limit: self.outside.patience.attempt }),
                Err(_) => self.backoff(attempt),
                Ok(Err(Lost::TooLarge)) => return Err(Error::TooLarge { most: self.outside.patience.most_bytes }),
                Ok(Err(Lost::Connection(reason) | Lost::Unconnected(reason))) if is_last => {
                    return Err(Error::Unreachable { attempts: attempt, reason });
                }
                Ok(Err(Lost::Connection(_) | Lost::Unconnected(_))) => self.backoff(attempt),
                Ok(Ok(answer)) => match self.throttled(&answer) {
                    Some(wait) if wait > self.outside.patience.longest_wait || is_last => {
                        let until = (self.outside.clock)().plus_micros(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
                        return Err(Error::Limited { until, message: message_of(&answer) });
                    }
                    Some(wait) => wait,
                    None if answer.status.is_server_error() && !is_last && !ask.once => self.backoff(attempt),
                    None => return Ok(answer),
                },
            };
            tracing::debug!(request = ask.name(), attempt, wait = wait.as_secs_f64(), "trying again");
            tokio::select! {
                () = (self.outside.pause)(wait) => {}
                () = self.cancel.cancelled() => return Err(Error::Stopped),
            }
        }
    }

    async fn attempt(&self, ask: &Ask) -> Result<Answer, Lost> {
        let lost = |error: reqwest::Error| Lost::Connection(describe(&error));
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut request = self.client.request(ask.method.clone(), ask.url.clone()).headers(ask.headers.clone());
        if let Some(body) = &ask.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|error| match error.is_connect() {
            true => Lost::Unconnected(describe(&error)),
            false => lost(error),
        })?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut stream = response.bytes_stream();
        let mut body = BytesMut::new();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(lost)?;
            if body.len() + piece.len() > self.outside.patience.most_bytes {
                return Err(Lost::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        self.received.fetch_add(body.len() as u64, Ordering::Relaxed);
        Ok(Answer { status, headers, body: body.freeze() })
    }

    /// How long the source wants us to wait; none if it does not throttle.
    fn throttled(&self, answer: &Answer) -> Option<Duration> {
        let limited = match answer.status.as_u16() {
            429 | 420 => true,
            503 => answer.header("retry-after").is_some(),
            403 => answer.header("retry-after").is_some() || answer.header("x-ratelimit-remaining") == Some("0"),
            _ => false,
        };
        limited.then(|| wait_of(answer, (self.outside.clock)()).unwrap_or(Duration::from_secs(60)))
    }

    /// 1, 2, 4, ... seconds, up to half more by chance.
    fn backoff(&self, attempt: u32) -> Duration {
        Duration::from_secs(1 << attempt.saturating_sub(1).min(6)).mul_f64(1.0 + (self.outside.jitter)() / 2.0)
    }
}

enum Lost {
    /// Nothing was sent.
    Unconnected(String),
    Connection(String),
    TooLarge,
}

/// How long `Retry-After` or a reset header says to wait.
#[must_use]
pub fn wait_of(answer: &Answer, now: Instant) -> Option<Duration> {
    if let Some(text) = answer.header("retry-after") {
        if let Ok(seconds) = text.trim().parse::<f64>() {
            return Some(Duration::from_secs_f64(seconds.clamp(0.0, 1e9)));
        }
        let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        let micros = Instant::from(at).micros().saturating_sub(now.micros());
        return Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
    }
    // Of the draft for these headers: seconds from now on.
    if let Some(seconds) = answer.header("ratelimit-reset").and_then(|text| text.trim().parse::<f64>().ok()) {
        return Some(Duration::from_secs_f64(seconds.clamp(0.0, 1e9)));
    }
    let reset: i64 = answer.header("x-ratelimit-reset")?.trim().parse().ok()?;
    let micros = Instant::from_seconds(reset).micros().saturating_sub(now.micros());
    Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)) + Duration::from_secs(1))
}

/// What an error's body says, in one short line: `message`, `errors[].msg`, `error`, `error.message` with what it lists, or
/// the text itself.
#[must_use]
pub fn message_of(answer: &Answer) -> String {
    let value: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = value.get("errors").and_then(|errors| errors.get(0));
    let of_errors = first.and_then(|error| error.get("msg").or_else(|| error.get("message"))).and_then(|text| text.as_str());
    let text = ["message", "error", "detail"].iter().find_map(|key| value.get(key)?.as_str()).or(of_errors);
    let nested = value.get("error").filter(|error| error.is_object()).and_then(|error| {
        let detail = error.get("errors").and_then(|errors| errors.get(0)?.as_str());
        let message = error.get("message")?.as_str()?;
        Some(detail.map_or_else(|| message.to_owned(), |detail| format!("{message}: {detail}")))
    });
    let text = text.or(nested.as_deref());
    let is_page = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
    match text {
        Some(text) => shorten(text),
        None if is_page => "a page for people, not for programs".to_owned(),
        None if value.is_null() => shorten(&String::from_utf8_lossy(&answer.body[..answer.body.len().min(400)])),
        None => String::new(),
    }
}

fn shorten(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The causes of an error, without the address, which may hold what is not for a log.
fn describe(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    if text.is_empty() { "the connection failed".to_owned() } else { text }
}
