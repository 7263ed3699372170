//! Requests to one account: who asks, pages, stretches of the log, and what a refusal means.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::http::{Answer, Ask, Error, Http};
use crate::collect::pagerduty::wire::LogEntry;
use crate::collect::pagerduty::{Config, Credentials};
use crate::model::Instant;

/// Records of one page.
pub(super) const PAGE: usize = 100;
/// Records of a list that can be reached.
const REACH: usize = 10_000;
/// As many as a stretch is meant to hold when one that holds too many is cut.
const AIM: usize = 8_000;

/// Asks one account during one run.
#[derive(Debug)]
pub(super) struct Client<'a> {
    http: Http,
    config: &'a Config,
}

/// A list, read to its end.
#[derive(Debug)]
pub(super) struct Listing<T> {
    pub(super) items: Vec<T>,
    /// How many are not what they should be, and what is wrong with the first.
    pub(super) odd: Option<(usize, String)>,
    /// It is longer than can be read: how long, if the source says so.
    beyond: Option<Option<usize>>,
}

impl<'a> Client<'a> {
    pub(super) fn new(http: &Http, config: &'a Config, cancel: CancellationToken) -> Self {
        Self { http: http.for_run(cancel), config }
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u64 {
        self.http.asked()
    }

    fn address(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.config.url.clone();
        url.set_query(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// One answer, with its headers.
    pub(super) async fn send(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, Error> {
        let ask = Ask::get(self.address(path, query)).header("accept", "application/vnd.pagerduty+json;version=2");
        let ask = match &self.config.credentials {
            Credentials::Key(key) => {
                let value = crate::collect::http::Secret::new(format!("Token token={}", key.expose()));
                ask.secret_header("authorization", &value)
            }
            Credentials::Token(token) => ask.bearer(token),
        };
        self.http.send(ask).await?.success()
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, Error> {
        self.send(path, query).await?.json()
    }

    /// A whole list.
    ///
    /// # Errors
    /// If any of its pages cannot be read, or it does not go on where it should.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &[&str], name: &str, query: &[(&str, &str)]) -> Result<Listing<T>, Error> {
        let mut found = Listing { items: Vec::new(), odd: None, beyond: None };
        let mut seen = BTreeSet::new();
        let mut offset = 0;
        loop {
            let (limit, from) = (PAGE.to_string(), offset.to_string());
            let mut asked = query.to_vec();
            asked.extend([("limit", limit.as_str()), ("offset", from.as_str())]);
            if offset == 0 {
                asked.push(("total", "true"));
            }
            let answer = self.send(path, &asked).await?;
            let page: Value = answer.json()?;
            let Some(items) = page.get(name).and_then(Value::as_array) else {
                return Err(answer.unfit(format!("there is no list {name:?} in it")));
            };
            let total = page.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
            if total.is_some_and(|total| total > REACH) {
                found.beyond = Some(total);
                return Ok(found);
            }
            let before = seen.len();
            for item in items {
                let id = item.get("id").and_then(Value::as_str).unwrap_or_default();
                // What was moved along by something new is told twice.
                if !id.is_empty() && !seen.insert(id.to_owned()) {
                    continue;
                }
                match serde_json::from_value(item.clone()) {
                    Ok(item) => found.items.push(item),
                    Err(error) => found.odd.get_or_insert_with(|| (0, format!("{id}: {error}"))).0 += 1,
                }
            }
            let more = page.get("more").and_then(Value::as_bool).unwrap_or(items.len() >= PAGE);
            if !more {
                return Ok(found);
            }
            if seen.len() == before {
                return Err(answer.unfit(format!("its records repeat themselves from the {offset}th on")));
            }
            // Pages may be shorter than was asked for.
            offset += items.len();
            if offset + PAGE > REACH {
                found.beyond = Some(total);
                return Ok(found);
            }
        }
    }

    /// What happened to all incidents in a stretch of time, with the incidents as they are now.
    ///
    /// # Errors
    /// If any of it cannot be read.
    pub(super) async fn log(&self, range: &Range<Instant>) -> Result<Listing<LogEntry>, Error> {
        let mut whole = Listing { items: Vec::new(), odd: None, beyond: None };
        let mut stretches = vec![range.clone()];
        while let Some(stretch) = stretches.pop() {
            let (since, until) = (whole_second(stretch.start).to_string(), whole_second(stretch.end).to_string());
            let query = [
                ("since", since.as_str()),
                ("until", until.as_str()),
                ("time_zone", "UTC"),
                ("is_overview", "true"),
                ("include[]", "incidents"),
            ];
            let mut found = self.list::<LogEntry>(&["log_entries"], "log_entries", &query).await?;
            let seconds = (stretch.end.micros() - stretch.start.micros()) / 1_000_000;
            if let Some(total) = found.beyond
                && seconds > 1
            {
                let pieces = i64::try_from(total.map_or(2, |total| total.div_ceil(AIM))).unwrap_or(2).clamp(2, seconds);
                let cut = |piece: i64| if piece == pieces { stretch.end } else { stretch.start.plus_seconds(seconds * piece / pieces) };
                stretches.extend((0..pieces).map(|piece| cut(piece)..cut(piece + 1)));
                continue;
            }
            whole.items.append(&mut found.items);
            if let Some((count, first)) = found.odd {
                whole.odd.get_or_insert((0, first)).0 += count;
            }
        }
        Ok(whole)
    }

    /// What happened to one incident.
    ///
    /// # Errors
    /// If any of it cannot be read.
    pub(super) async fn log_of(&self, incident: &str) -> Result<Vec<LogEntry>, Error> {
        let query = [("time_zone", "UTC"), ("is_overview", "true")];
        Ok(self.list(&["incidents", incident, "log_entries"], "log_entries", &query).await?.items)
    }
}

/// Times go out in whole seconds; the overlap makes up for what that leaves out.
fn whole_second(at: Instant) -> Instant {
    Instant::from_seconds(at.micros().div_euclid(1_000_000))
}

/// What went wrong and what to do about it.
pub(super) fn describe(error: &Error) -> String {
    let advice = match error.status() {
        Some(401) => "the key is wrong or was revoked: set pagerduty.token to one that is valid, and pagerduty.url to the account's region",
        Some(402) => "the account's plan does not have this",
        Some(403) => "the key may not read this: take a read-only key of the account, or one that may read incidents and services",
        Some(404) => "is pagerduty.url the address of the API, such as https://api.pagerduty.com?",
        _ if matches!(error, Error::NotJson { .. }) => "is pagerduty.url the address of the API, such as https://api.pagerduty.com?",
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}
