//! Requests to one account: who asks, the export page by page, and what a refusal means.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::http::{Answer, Ask, Error, Http};
use crate::collect::zendesk::wire::{Fields, Page, TicketField};
use crate::collect::zendesk::{Config, Credentials};
use crate::model::Instant;

/// Tickets of one page of the export.
const PAGE: usize = 1_000;
/// As few are asked for at once where more are too many bytes.
const FEWEST: usize = 1;
/// Fields of one page.
const FIELDS_PAGE: &str = "100";
/// The export leaves out the last minute, and refuses to begin in it.
const RECENT_SECONDS: i64 = 120;
/// How far the beginning is put back if it is refused as too recent: clocks differ.
const BACK_SECONDS: i64 = 3_600;

/// Asks one account during one run.
#[derive(Debug)]
pub(super) struct Client<'a> {
    http: Http,
    config: &'a Config,
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
            segments.pop_if_empty().extend(["api", "v2"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// One answer, with its headers.
    pub(super) async fn send(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, Error> {
        let ask = Ask::get(self.address(path, query)).header("accept", "application/json");
        let ask = match &self.config.credentials {
            Credentials::Token { email, token } => ask.basic(&format!("{email}/token"), token),
            Credentials::OAuth(token) => ask.bearer(token),
        };
        let answer = self.http.send(ask).await?;
        let described = described(&answer);
        answer.success().map_err(|error| match (error, described) {
            (Error::Status { status, .. }, Some(message)) => Error::Status { status, message },
            (error, _) => error,
        })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, Error> {
        self.send(path, query).await?.json()
    }

    /// The tickets that changed since a time, in order of change.
    pub(super) fn export(&self, since: Instant, now: Instant) -> Export<'_> {
        let since = since.min(now.plus_seconds(-RECENT_SECONDS)).micros().div_euclid(1_000_000).max(0);
        Export { client: self, from: Position::Time(since), size: PAGE, was_put_back: false, seen: BTreeSet::new(), oddity: None }
    }

    /// One page of the export.
    pub(super) async fn page(&self, from: &Position, size: usize) -> Result<(Page, Answer), Error> {
        let size = size.to_string();
        let time;
        let position = match from {
            Position::Time(seconds) => {
                time = seconds.to_string();
                ("start_time", time.as_str())
            }
            Position::Cursor(cursor) => ("cursor", cursor.as_str()),
            Position::End => return Err(Error::Stopped),
        };
        let query = [position, ("per_page", &size), ("include", "metric_sets,metric_events")];
        let answer = self.send(&["incremental", "tickets", "cursor"], &query).await?;
        Ok((answer.json()?, answer))
    }

    /// Every field that tickets have.
    ///
    /// # Errors
    /// If any page cannot be read.
    pub(super) async fn fields(&self) -> Result<Vec<TicketField>, Error> {
        let (mut found, mut after, mut seen) = (Vec::new(), None::<String>, BTreeSet::new());
        loop {
            let mut query = vec![("page[size]", FIELDS_PAGE)];
            query.extend(after.as_deref().map(|cursor| ("page[after]", cursor)));
            let page: Fields = self.get(&["ticket_fields"], &query).await?;
            found.extend(page.ticket_fields);
            let meta = page.meta.unwrap_or_default();
            match meta.after_cursor.filter(|cursor| meta.has_more == Some(true) && seen.insert(cursor.clone())) {
                Some(cursor) => after = Some(cursor),
                None => return Ok(found),
            }
        }
    }
}

/// Where a page of the export begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// With what changed at this time or later, in seconds since 1970.
    Time(i64),
    /// After another page.
    Cursor(String),
    /// There is no more.
    End,
}

/// The export, page by page.
#[derive(Debug)]
pub(super) struct Export<'a> {
    client: &'a Client<'a>,
    from: Position,
    size: usize,
    /// The account took the beginning for too recent, so it was put back.
    pub(super) was_put_back: bool,
    seen: BTreeSet<String>,
    /// Why it ended before it said that it does.
    pub(super) oddity: Option<&'static str>,
}

impl Export<'_> {
    /// The next page; none after the last.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, Error> {
        if self.from == Position::End {
            return Ok(None);
        }
        let page = loop {
            match (self.client.page(&self.from, self.size).await, &self.from) {
                (Ok((page, _)), _) => break page,
                (Err(Error::TooLarge { .. }), _) if self.size > FEWEST => self.size = (self.size / 4).max(FEWEST),
                (Err(Error::Status { status: 422, message }), Position::Time(since))
                    if !self.was_put_back && message.contains("start_time") =>
                {
                    self.was_put_back = true;
                    self.from = Position::Time((since - BACK_SECONDS).max(0));
                }
                (Err(error), _) => return Err(error),
            }
        };
        // A full page has a next one, whatever it says.
        let is_full = page.tickets.len() >= self.size;
        let goes_on = page.end_of_stream == Some(false);
        self.from = match page.after_cursor.clone().filter(|_| goes_on || is_full) {
            Some(cursor) if self.seen.insert(cursor.clone()) => Position::Cursor(cursor),
            Some(_) if goes_on => {
                self.oddity = Some("its pages repeat themselves");
                Position::End
            }
            None if goes_on => {
                self.oddity = Some("it says that it goes on, but not where");
                Position::End
            }
            _ => Position::End,
        };
        Ok(Some(page))
    }
}

/// What Zendesk says of a refusal beside its name: `InvalidValue: Too recent start_time.`
fn described(answer: &Answer) -> Option<String> {
    if answer.status.is_success() {
        return None;
    }
    let value: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
    let line = format!("{}: {}", text("error")?, text("description")?);
    Some(line.chars().filter(|letter| !letter.is_control()).take(200).collect())
}

/// What went wrong and what to do about it.
pub(super) fn describe(error: &Error) -> String {
    let advice = match error.status() {
        Some(401) => {
            "the token is wrong or was revoked, or the account has switched tokens off: set zendesk.token to one that is valid, \
             with zendesk.email if it is an API token"
        }
        Some(403) => "only an administrator's token may export tickets",
        Some(404) => "is zendesk.url the address of the account, such as https://acme.zendesk.com?",
        _ if matches!(error, Error::NotJson { .. }) => "is zendesk.url the address of the account, such as https://acme.zendesk.com?",
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}
