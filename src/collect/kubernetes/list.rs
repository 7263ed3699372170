//! Lists of an API server, page by page, and what may go wrong with them.
//!
//! # Invariants
//! - Memory holds one page; each is handed on before the next is asked for.
//! - A list that is cut short, repeats itself or does not move on is no list: nothing may be concluded from it.
//! - Nothing waits but through [`Outside`], and never longer than its patience.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use kube::Client;
use kube::api::{ListParams, Request};
use rustc_hash::FxHashSet;
use tokio_util::sync::CancellationToken;

use crate::collect::http::{Outside, Patience};
use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::state::{Uid, uid_of};
use crate::collect::kubernetes::wire::{Object, Page, RawPage, Status};

/// Objects a page.
const PAGE: u32 = 500;
/// So often a list begins anew because its snapshot expired.
const RESTARTS: u32 = 3;
/// More pages than any cluster has.
const MOST_PAGES: u32 = 20_000;

/// Why something was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// 401.
    #[error("the API server does not accept the credentials (401{}); look at the user of the kubeconfig, or at the token", said(.0))]
    NotAccepted(String),
    /// 403.
    #[error("is not allowed{}", said(.0))]
    Forbidden(String),
    /// 404.
    #[error("is not served by this API server (404)")]
    NotServed,
    /// 410, again and again.
    #[error("the list expired {0} times before its end (410)")]
    Expired(u32),
    /// 429, or 503 with a time.
    #[error("the API server asks to wait for {} s, which is longer than a run waits", .0.as_secs())]
    Limited(Duration),
    /// Any other status.
    #[error("the API server answered {}{}", .0, said(.1))]
    Status(u16, String),
    /// Nobody to ask, or as nobody.
    #[error("{0}")]
    NotConnected(String),
    /// No connection.
    #[error("no connection to the API server: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("the API server gave no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// Something else than a list.
    #[error("expected a list in JSON, found what begins with {0:?}; is the address that of an API server?")]
    NotJson(String),
    /// Of a watch.
    #[error("the watch told something that is no event")]
    NotAnEvent,
    /// More than is read.
    #[error("a page of the list has more than {0} bytes")]
    TooLarge(usize),
    /// It does not end.
    #[error("the list does not go on: {0}")]
    Stuck(&'static str),
    /// The run was stopped.
    #[error("stopped")]
    Stopped,
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

impl Trouble {
    /// The whole cluster cannot be read, not only this kind.
    pub(crate) const fn is_of_the_cluster(&self) -> bool {
        matches!(self, Self::NotAccepted(_) | Self::NotConnected(_) | Self::Unreachable(_) | Self::Stopped)
    }

    /// In a sentence for this kind.
    pub(crate) fn of(&self, kind: ApiKind) -> String {
        match self {
            Self::Forbidden(said) => {
                format!("{} may not be listed; RBAC has to allow {}{}", kind.plural(), kind.rule("list"), self::said(said))
            }
            other => format!("{} were not read: {other}", kind.plural()),
        }
    }
}

/// A list that was read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// From which a watch goes on.
    pub(crate) version: Option<String>,
    /// Everything in it.
    pub(crate) seen: FxHashSet<Uid>,
    /// Objects that could not be understood, and why.
    pub(crate) refused: Vec<String>,
}

/// Asks one API server.
pub(crate) struct Lister<'a> {
    pub(crate) client: &'a Client,
    pub(crate) outside: &'a Outside,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) asked: &'a std::sync::atomic::AtomicU64,
}

struct Answer {
    status: u16,
    retry_after: Option<Duration>,
    body: Bytes,
}

impl Lister<'_> {
    /// Lists a kind for the whole cluster; every page goes to `take`.
    pub(crate) async fn list<T: Object>(&self, kind: ApiKind, path: &str, mut take: impl FnMut(Vec<T>)) -> Result<Listed, Trouble> {
        let mut restarts = 0;
        'anew: loop {
            let mut listed = Listed::default();
            let mut next: Option<String> = None;
            for _ in 0..MOST_PAGES {
                let (page, refused) = match self.page::<T>(kind, path, next.as_deref()).await {
                    Ok(page) => page,
                    Err(Trouble::Expired(_)) if restarts < RESTARTS => {
                        restarts += 1;
                        continue 'anew;
                    }
                    Err(Trouble::Expired(_)) => return Err(Trouble::Expired(restarts + 1)),
                    Err(trouble) => return Err(trouble),
                };
                let items = page.items.unwrap_or_default();
                let before = listed.seen.len();
                listed.seen.extend(items.iter().map(|item| uid_of(kind, item.meta())));
                if !items.is_empty() && listed.seen.len() == before {
                    return Err(Trouble::Stuck("a page came twice"));
                }
                take(items);
                listed.refused.extend(refused);
                listed.version = page.metadata.resource_version.filter(|version| !version.is_empty()).or(listed.version);
                let after = page.metadata.next.filter(|token| !token.is_empty());
                if after.is_some() && after == next {
                    return Err(Trouble::Stuck("the token for the next page is that of this one"));
                }
                match after {
                    Some(token) => next = Some(token),
                    None => return Ok(listed),
                }
            }
            return Err(Trouble::Stuck("it has more pages than any cluster"));
        }
    }

    /// The version of the API server.
    pub(crate) async fn version(&self) -> Result<String, Trouble> {
        #[derive(serde::Deserialize)]
        struct Info {
            #[serde(rename = "gitVersion")]
            version: String,
        }
        let answer = self.answer("/version", None).await?;
        serde_json::from_slice::<Info>(&answer).map(|info| info.version).map_err(|_| Trouble::NotJson(begin(&answer)))
    }

    async fn page<T: Object>(&self, kind: ApiKind, path: &str, next: Option<&str>) -> Result<(Page<T>, Vec<String>), Trouble> {
        let mut params = ListParams::default().limit(PAGE);
        if let Some(token) = next {
            params = params.continue_token(token);
        }
        let body = self.answer(path, Some(&params)).await?;
        match serde_json::from_slice::<Page<T>>(&body) {
            // An answer without items is something else than a list.
            Ok(page) if page.items.is_some() || has_items(&body) => Ok((page, Vec::new())),
            Ok(_) => Err(Trouble::NotJson(begin(&body))),
            Err(_) => by_itself(kind, &body),
        }
    }

    /// The body of an answer with status 200, after as many attempts as patience allows.
    async fn answer(&self, path: &str, params: Option<&ListParams>) -> Result<Bytes, Trouble> {
        let Patience { attempts, longest_wait, .. } = self.outside.patience;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (trouble, wait) = match self.attempt(path, params).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer.body),
                Ok(answer) => {
                    let trouble = refusal(&answer);
                    let wait = answer.retry_after;
                    match (answer.status, wait) {
                        (429 | 503, Some(wait)) if wait > longest_wait => return Err(Trouble::Limited(wait)),
                        (429 | 500.., _) => (trouble, wait),
                        _ => return Err(trouble),
                    }
                }
                Err(trouble @ (Trouble::Stopped | Trouble::TooLarge(_))) => return Err(trouble),
                Err(trouble) => (trouble, None),
            };
            if attempt >= attempts {
                return Err(trouble);
            }
            let wait = wait.unwrap_or_else(|| backoff(attempt, (self.outside.jitter)()));
            tokio::select! {
                () = (self.outside.pause)(wait) => {}
                () = self.cancel.cancelled() => return Err(Trouble::Stopped),
            }
        }
    }

    async fn attempt(&self, path: &str, params: Option<&ListParams>) -> Result<Answer, Trouble> {
        let Patience { attempt: limit, most_bytes, .. } = self.outside.patience;
        let unreachable = |error: &dyn std::error::Error| Trouble::Unreachable(chain(error));
        let request = match params {
            Some(params) => Request::new(path).list(params),
            None => Request::new("").get(path.trim_start_matches('/'), &kube::api::GetParams::default()),
        };
        let request = request.map_err(|error| unreachable(&error))?;
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let whole = async {
            let answer = self.client.send(request.map(Into::into)).await.map_err(|error| unreachable(&error))?;
            let status = answer.status().as_u16();
            let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok());
            let retry_after = retry_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            match Limited::new(answer.into_body(), most_bytes).collect().await {
                Ok(body) => Ok(Answer { status, retry_after, body: body.to_bytes() }),
                Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Trouble::TooLarge(most_bytes)),
                Err(error) => Err(Trouble::Unreachable(format!("the answer broke off: {}", chain(&*error)))),
            }
        };
        tokio::select! {
            answer = tokio::time::timeout(limit, whole) => answer.unwrap_or(Err(Trouble::TimedOut(limit))),
            () = self.cancel.cancelled() => Err(Trouble::Stopped),
        }
    }
}

/// How long to wait before trying again: a second, two, four, and somewhat more or less.
pub(crate) fn backoff(attempt: u32, jitter: f64) -> Duration {
    Duration::from_secs(1_u64 << attempt.saturating_sub(1).min(7)).mul_f64(0.75 + jitter / 2.0)
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = next.source();
    }
    shortened(&text)
}

fn shortened(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut short: String = clean.chars().take(300).collect();
    if short.len() < clean.len() {
        short.push('…');
    }
    short
}

fn begin(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(80)]).chars().filter(|c| !c.is_control()).collect()
}

/// What a status that is no success means.
fn refusal(answer: &Answer) -> Trouble {
    let told: Option<Status> = serde_json::from_slice(&answer.body).ok().filter(|told: &Status| told.kind.as_deref() == Some("Status"));
    let message = told.map_or_else(|| begin(&answer.body), |told| shortened(&told.message));
    match answer.status {
        401 => Trouble::NotAccepted(message),
        403 => Trouble::Forbidden(message),
        404 if serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_ok() || message.starts_with("404 page not found") => {
            Trouble::NotServed
        }
        410 => Trouble::Expired(1),
        status => Trouble::Status(status, message),
    }
}

/// Go writes an empty list as null.
fn has_items(body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Items {
        #[serde(default, deserialize_with = "present")]
        items: bool,
    }
    fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        <serde::de::IgnoredAny as serde::Deserialize>::deserialize(deserializer).map(|_| true)
    }
    serde_json::from_slice::<Items>(body).is_ok_and(|found| found.items)
}

/// A page of which some object is not as expected: the others count.
fn by_itself<T: Object>(kind: ApiKind, body: &[u8]) -> Result<(Page<T>, Vec<String>), Trouble> {
    let raw: RawPage<'_> = serde_json::from_slice(body).map_err(|_| Trouble::NotJson(begin(body)))?;
    let Some(raw_items) = raw.items else { return Err(Trouble::NotJson(begin(body))) };
    let (mut items, mut refused) = (Vec::new(), Vec::new());
    for item in raw_items {
        match serde_json::from_str::<T>(item.get()) {
            Ok(object) => items.push(object),
            Err(error) => refused.push(format!("one of the {} is not as expected: {}", kind.plural(), shortened(&error.to_string()))),
        }
    }
    Ok((Page { metadata: raw.metadata, items: Some(items) }, refused))
}
