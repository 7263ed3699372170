//! Asks GitHub: credentials, limits, and answers that are errors although they look like success.
//!
//! # Invariants
//! - GraphQL is asked one query at a time, as GitHub wishes; REST a few at a time and no faster than is allowed.
//! - An answer counts with its errors: what they name was not read, the rest was.
//! - A limit that ends soon is waited for; any other ends the run, which keeps what it read.
//! - No token leaves here but as a header, and none but to the API.
//!
//! Of octocrab only the App's signature is used. Its client cannot take our clock, our pause or our counts, renews tokens by
//! the machine's clock, and its GraphQL call drops the data that comes with errors; so everything else goes through
//! [`crate::collect::http`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use octocrab::auth::EncodingKey;
use octocrab::models::AppId;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::github::wire::{AccessToken, Envelope, GraphQlError, Installation, Rated};
use crate::collect::github::{Config, Credentials};
use crate::collect::http::{Answer, Ask, Error, Http, Outside, Patience, Secret, message_of, wait_of};
use crate::model::Instant;

/// Understood by github.com, by Enterprise Server 3.9 and later, and by what comes after.
const VERSION: &str = "2022-11-28";
/// A token is renewed so long before it ends.
const RENEW_SECONDS: i64 = 300;
/// How often one question is asked again after different failures, in all.
const MOST_ATTEMPTS: u32 = 5;
/// Points with which it is better to finish than to begin.
const FEW_POINTS: u64 = 100;
/// What GitHub asks for if a secondary limit names no time; doubled each time.
const SECONDARY: Duration = Duration::from_secs(60);
/// Pages of an App's installations that are looked through.
const MOST_INSTALLATION_PAGES: usize = 100;
/// The longest that is waited for a limit in the middle of a run.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// Nothing can be asked before then.
    #[error("GitHub's limit of {api} is reached until {until}{}", if message.is_empty() { String::new() } else { format!(": {message}") })]
    Limited {
        /// Of which of the two: each has a budget of its own.
        api: Api,
        /// When it may be asked again.
        until: Instant,
        /// What it says.
        message: String,
    },
    /// The credentials are not, or no longer, good.
    #[error("GitHub refuses the credentials: {0}")]
    Refused(String),
    /// Too much for one question; a smaller one may be answered.
    #[error("GitHub could not answer a question of this size: {0}")]
    TooMuch(String),
    /// Something else, which concerns this question alone.
    #[error("{0}")]
    Failed(String),
    /// The run was stopped.
    #[error("stopped")]
    Stopped,
}

impl Failure {
    /// Whether there is no use in asking anything else in this run.
    pub(crate) const fn ends_the_run(&self) -> bool {
        matches!(self, Self::Limited { .. } | Self::Refused(_) | Self::Stopped)
    }
}

/// The two ways to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Rest,
    GraphQl,
}

impl std::fmt::Display for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::Rest { "REST" } else { "GraphQL" })
    }
}

/// An answer to a GraphQL query, perhaps in part.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    /// What was answered.
    pub(crate) data: T,
    /// What was not, by path.
    pub(crate) errors: Vec<GraphQlError>,
}

impl<T> Reply<T> {
    /// Whether the server stopped in the middle because the query costs too much.
    pub(crate) fn is_cut(&self) -> bool {
        self.errors.iter().any(GraphQlError::is_resource_limit)
    }
}

/// A token of an installation.
#[derive(Clone)]
struct Session {
    token: Secret,
    until: Instant,
}

/// Asks one GitHub. Clones share tokens and budgets.
#[derive(Clone)]
pub(crate) struct Client {
    config: Arc<Config>,
    rest: Http,
    graphql: Http,
    outside: Outside,
    cancel: CancellationToken,
    /// Tokens of installations by organisation.
    sessions: Arc<tokio::sync::Mutex<BTreeMap<String, Session>>>,
    /// When the newest REST requests were sent, for those who limit them by the minute.
    pace: Arc<Mutex<Vec<Instant>>>,
    queries: Arc<AtomicU64>,
    points: Arc<AtomicU64>,
    /// Points that were left after the newest query.
    left: Arc<Mutex<Option<u64>>>,
}

impl Client {
    pub(crate) fn new(config: Arc<Config>, outside: Outside) -> Self {
        let once = Patience { attempts: 1, ..outside.patience };
        Self {
            rest: Http::new(outside.clone()),
            // A query that took too long is not repeated but made smaller, which is for the asker to do.
            graphql: Http::new(Outside { patience: once, ..outside.clone() }),
            config,
            outside,
            cancel: CancellationToken::new(),
            sessions: Arc::default(),
            pace: Arc::default(),
            queries: Arc::default(),
            points: Arc::default(),
            left: Arc::default(),
        }
    }

    /// The same client for one run, with counts of its own.
    pub(crate) fn for_run(&self, cancel: &CancellationToken) -> Self {
        Self {
            rest: self.rest.for_run(cancel.clone()),
            graphql: self.graphql.for_run(cancel.clone()),
            cancel: cancel.clone(),
            queries: Arc::default(),
            points: Arc::default(),
            ..self.clone()
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn now(&self) -> Instant {
        (self.outside.clock)()
    }

    /// Requests sent so far, repeated ones included.
    pub(crate) fn asked(&self) -> u64 {
        self.rest.asked() + self.graphql.asked()
    }

    /// GraphQL queries that were answered, and the points that they cost as far as GitHub told.
    pub(crate) fn queries(&self) -> (u64, u64) {
        (self.queries.load(Ordering::Relaxed), self.points.load(Ordering::Relaxed))
    }

    /// Whether the points may not last for everything, so that what was begun is better finished first.
    pub(crate) fn is_short(&self) -> bool {
        self.left.lock().is_some_and(|left| left < FEW_POINTS)
    }

    /// Asks a GraphQL query. `owner` says whose installation asks, if an App does.
    pub(crate) async fn query<T: DeserializeOwned + Rated>(&self, owner: &str, query: &str, variables: Value) -> Result<Reply<T>, Failure> {
        let body: bytes::Bytes = serde_json::to_vec(&json!({ "query": query, "variables": variables })).unwrap_or_default().into();
        let mut secondary = 0;
        let mut renewed = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let token = self.token(owner).await?;
            let ask = self.with(Ask::post_json(self.config.graphql.clone(), body.clone()), token.as_ref());
            let answer = match self.graphql.send(ask).await {
                Ok(answer) => answer,
                Err(Error::Stopped) => return Err(Failure::Stopped),
                Err(Error::Limited { until, message }) => {
                    self.wait_until(Api::GraphQl, until, message, attempt).await?;
                    continue;
                }
                Err(error @ (Error::TimedOut { .. } | Error::TooLarge { .. })) => return Err(Failure::TooMuch(error.to_string())),
                Err(error) if attempt >= MOST_ATTEMPTS => return Err(Failure::Failed(error.to_string())),
                Err(_) => {
                    self.back_off(attempt).await?;
                    continue;
                }
            };
            let status = answer.status.as_u16();
            match status {
                200 => {}
                401 if !renewed && self.renew(owner, token.as_ref()).await => {
                    renewed = true;
                    continue;
                }
                401 => return Err(Failure::Refused(message_of(&answer))),
                502 | 504 => {
                    // Asking at once would only add to what it has to do.
                    self.back_off(1).await?;
                    return Err(Failure::TooMuch(format!("it answered {status}")));
                }
                403 if is_secondary(&message_of(&answer)) => {
                    secondary += 1;
                    self.wait_secondary(Api::GraphQl, &answer, secondary).await?;
                    continue;
                }
                500..=599 if attempt < MOST_ATTEMPTS => {
                    self.back_off(attempt).await?;
                    continue;
                }
                _ => return Err(Failure::Failed(format!("GitHub answered {status}: {}", message_of(&answer)))),
            }
            let envelope: Envelope<T> = match answer.json() {
                Ok(envelope) => envelope,
                // A page of some proxy, or an answer that was cut.
                Err(error) if attempt >= MOST_ATTEMPTS => return Err(Failure::Failed(error.to_string())),
                Err(_) => {
                    self.back_off(attempt).await?;
                    continue;
                }
            };
            let errors = envelope.errors.unwrap_or_default();
            if let Some(error) = errors.iter().find(|error| error.is_rate_limit()) {
                if is_secondary(&error.message) {
                    secondary += 1;
                    self.wait_secondary(Api::GraphQl, &answer, secondary).await?;
                } else {
                    let wait = wait_of(&answer, self.now()).unwrap_or(Duration::from_secs(3600));
                    let until = self.now().plus_micros(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
                    self.wait_until(Api::GraphQl, until, error.message.clone(), attempt).await?;
                }
                continue;
            }
            let Some(data) = envelope.data else {
                let what = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ");
                let what = if what.is_empty() { "GitHub answered neither data nor errors".to_owned() } else { what };
                let is_cut = errors.iter().any(GraphQlError::is_resource_limit) || what.contains("Something went wrong");
                return Err(if is_cut { Failure::TooMuch(what) } else { Failure::Failed(what) });
            };
            self.queries.fetch_add(1, Ordering::Relaxed);
            if let Some(rate) = data.rate() {
                self.points.fetch_add(rate.cost, Ordering::Relaxed);
                *self.left.lock() = rate.remaining;
                tracing::debug!(cost = rate.cost, nodes = rate.node_count, remaining = rate.remaining, "asked GitHub");
            }
            return Ok(Reply { data, errors });
        }
    }

    /// Asks a REST resource. Any status but those of limits and of credentials is an answer.
    pub(crate) async fn get(&self, owner: &str, url: Url, how: &How<'_>) -> Result<Answer, Failure> {
        let mut secondary = 0;
        let mut renewed = false;
        loop {
            self.keep_pace().await?;
            let token = self.token(owner).await?;
            let mut ask = self.with(Ask::get(url.clone()).header("accept", how.accept), token.as_ref());
            if let Some(etag) = how.etag {
                ask = ask.header("if-none-match", etag);
            }
            let answer = self.rest.send(ask).await.map_err(failure)?;
            match answer.status.as_u16() {
                401 if !renewed && self.renew(owner, token.as_ref()).await => renewed = true,
                401 => return Err(Failure::Refused(message_of(&answer))),
                403 | 429 if is_secondary(&message_of(&answer)) => {
                    secondary += 1;
                    self.wait_secondary(Api::Rest, &answer, secondary).await?;
                }
                _ => return Ok(answer),
            }
        }
    }

    /// The address of a REST resource; parts of the path are encoded.
    pub(crate) fn rest_url(&self, parts: &[&str]) -> Url {
        let mut url = self.config.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// The token that may read what this owner has; none if nobody is to be told who asks.
    pub(crate) async fn token(&self, owner: &str) -> Result<Option<Secret>, Failure> {
        let (app, key, installation) = match &self.config.credentials {
            Credentials::Anonymous => return Ok(None),
            Credentials::Token(token) => return Ok(Some(token.clone())),
            Credentials::App { id, key, installation } => (*id, key, *installation),
        };
        let whose = if installation.is_some() { String::new() } else { owner.to_lowercase() };
        // Whoever else needs one meanwhile waits for this one.
        let mut sessions = self.sessions.lock().await;
        if let Some(session) = sessions.get(&whose)
            && session.until > self.now().plus_seconds(RENEW_SECONDS)
        {
            return Ok(Some(session.token.clone()));
        }
        let wrong = |error: &dyn std::fmt::Display| Failure::Refused(format!("the App's private key cannot be used: {error}"));
        let key = EncodingKey::from_rsa_pem(key.expose().as_bytes()).map_err(|error| wrong(&error))?;
        // By the machine's clock, for it is GitHub's that judges it.
        let signed = octocrab::auth::create_jwt(AppId(app), &key).map_err(|error| wrong(&error))?;
        let signed = Secret::new(signed);
        let number = match installation {
            Some(number) => number,
            None => self.installation(owner, &signed).await?,
        };
        let url = self.rest_url(&["app", "installations", &number.to_string(), "access_tokens"]);
        let answer = self.rest.send(self.with(Ask::post_json(url, bytes::Bytes::from_static(b"{}")), Some(&signed))).await;
        let answer = answer.map_err(failure)?;
        if answer.status.as_u16() != 201 {
            let message = format!("no token for installation {number} of the App: {}", message_of(&answer));
            return Err(if answer.status.is_client_error() { Failure::Refused(message) } else { Failure::Failed(message) });
        }
        let made: AccessToken = answer.json().map_err(|error| Failure::Failed(error.to_string()))?;
        let session = Session { token: Secret::new(made.token), until: made.expires_at };
        sessions.insert(whose, session.clone());
        Ok(Some(session.token))
    }

    /// The App's installation in an organisation, or at a user. One list tells those of all of them.
    async fn installation(&self, owner: &str, signed: &Secret) -> Result<u64, Failure> {
        let mut next = Some(self.rest_url(&["app", "installations"]));
        if let Some(url) = &mut next {
            url.set_query(Some("per_page=100"));
        }
        for _ in 0..MOST_INSTALLATION_PAGES {
            let Some(url) = next else { break };
            let answer = self.rest.send(self.with(Ask::get(url), Some(signed))).await.map_err(failure)?;
            match answer.status.as_u16() {
                200 => {}
                401 => return Err(Failure::Refused(message_of(&answer))),
                status => return Err(Failure::Failed(format!("GitHub answered {status}: {}", message_of(&answer)))),
            }
            let read: Vec<Installation> = answer.json().map_err(|error| Failure::Failed(error.to_string()))?;
            let is_of = |it: &&Installation| it.account.as_ref().is_some_and(|account| account.login.eq_ignore_ascii_case(owner));
            if let Some(found) = read.iter().find(is_of) {
                return Ok(found.id);
            }
            next = next_page(&answer, &self.config.api);
        }
        Err(Failure::Refused(format!("the App is not installed in {owner}")))
    }

    /// Forgets a token that was refused. True if another can be had.
    async fn renew(&self, owner: &str, refused: Option<&Secret>) -> bool {
        let Credentials::App { installation, .. } = &self.config.credentials else { return false };
        let whose = if installation.is_some() { String::new() } else { owner.to_lowercase() };
        let mut sessions = self.sessions.lock().await;
        if sessions.get(&whose).map(|session| &session.token) == refused {
            sessions.remove(&whose);
        }
        true
    }

    fn with(&self, ask: Ask, token: Option<&Secret>) -> Ask {
        let ask = ask.header("x-github-api-version", VERSION);
        match token {
            Some(token) => ask.bearer(token),
            None => ask,
        }
    }

    /// Waits until another REST request is within the allowance of the minute.
    async fn keep_pace(&self) -> Result<(), Failure> {
        let Some(most) = self.config.requests_per_minute else { return Ok(()) };
        let mut waited = None;
        loop {
            let now = self.now();
            let wait = {
                let mut sent = self.pace.lock();
                sent.retain(|at| at.plus_seconds(60) > now);
                // A clock that stands still must not hold the run for ever.
                if sent.len() < most as usize || waited == Some(now) {
                    sent.push(now);
                    return Ok(());
                }
                sent.first().map_or(0, |first| first.plus_seconds(60).micros().saturating_sub(now.micros()))
            };
            waited = Some(now);
            self.pause(Duration::from_micros(u64::try_from(wait).unwrap_or(0).max(1000))).await?;
        }
    }

    async fn wait_until(&self, api: Api, until: Instant, message: String, attempt: u32) -> Result<(), Failure> {
        let micros = u64::try_from(until.micros().saturating_sub(self.now().micros())).unwrap_or(0);
        let wait = Duration::from_micros(micros);
        if wait > LONGEST_WAIT || attempt >= MOST_ATTEMPTS {
            return Err(Failure::Limited { api, until, message });
        }
        self.pause(wait).await
    }

    async fn wait_secondary(&self, api: Api, answer: &Answer, times: u32) -> Result<(), Failure> {
        let told = answer.header("retry-after").is_some().then(|| wait_of(answer, self.now())).flatten();
        let wait = told.unwrap_or(SECONDARY * (1 << (times - 1).min(6)));
        let until = self.now().plus_micros(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
        self.wait_until(api, until, message_of(answer), times).await
    }

    async fn back_off(&self, attempt: u32) -> Result<(), Failure> {
        let wait = Duration::from_secs(1 << attempt.saturating_sub(1).min(6)).mul_f64(1.0 + (self.outside.jitter)() / 2.0);
        self.pause(wait).await
    }

    async fn pause(&self, wait: Duration) -> Result<(), Failure> {
        tokio::select! {
            () = (self.outside.pause)(wait) => Ok(()),
            () = self.cancel.cancelled() => Err(Failure::Stopped),
        }
    }
}

/// How a REST resource is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How<'a> {
    /// The media type.
    pub(crate) accept: &'a str,
    /// What was read the last time, by its tag.
    pub(crate) etag: Option<&'a str>,
}

impl How<'_> {
    /// As JSON.
    pub(crate) const JSON: How<'static> = How { accept: "application/vnd.github+json", etag: None };
    /// The bytes of a file as they are.
    pub(crate) const RAW: How<'static> = How { accept: "application/vnd.github.raw+json", etag: None };
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Stopped => Failure::Stopped,
        Error::Limited { until, message } => Failure::Limited { api: Api::Rest, until, message },
        error => Failure::Failed(error.to_string()),
    }
}

/// A secondary limit is told apart by its words alone.
fn is_secondary(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("secondary rate limit") || message.contains("abuse detection")
}

/// The next page of a list, by the `Link` header. Only an address of the API itself is followed: the token goes with it.
pub(crate) fn next_page(answer: &Answer, api: &Url) -> Option<Url> {
    let links = answer.header("link")?;
    let next = links.split(',').find_map(|link| {
        let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = rest.split(';').any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then_some(address)
    })?;
    let next: Url = next.parse().ok()?;
    (next.origin() == api.origin()).then_some(next)
}

/// A text as a GraphQL string.
pub(crate) fn quoted(text: &str) -> String {
    // GraphQL's escapes are those of JSON.
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_followed_only_to_the_api_itself() {
        let api: Url = "https://api.example/v3".parse().unwrap();
        let answer = |link: &str| Answer {
            status: reqwest::StatusCode::OK,
            headers: [(reqwest::header::LINK, link.parse().unwrap())].into_iter().collect(),
            body: bytes::Bytes::new(),
        };
        let next = |link: &str| next_page(&answer(link), &api).map(String::from);
        let both = "<https://api.example/v3/x?page=1>; rel=\"prev\", <https://api.example/v3/x?page=3>; rel=\"next\"";
        assert_eq!(next(both).as_deref(), Some("https://api.example/v3/x?page=3"));
        assert_eq!(next("<https://evil.example/x?page=3>; rel=\"next\""), None);
        assert_eq!(next("<https://api.example/v3/x?page=1>; rel=\"last\""), None);
    }

    #[test]
    fn names_cannot_break_out_of_a_query() {
        assert_eq!(quoted("a\"b\\c\n"), r#""a\"b\\c\n""#);
    }
}
