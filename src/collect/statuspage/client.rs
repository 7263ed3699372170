//! Requests to one page: who asks, how fast, lists page by page, and what a refusal means.

use std::collections::BTreeSet;
use std::time::Duration;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::http::{Answer, Ask, Error, Http, Secret};
use crate::collect::statuspage::wire::{About, Component, Incident};
use crate::collect::statuspage::{Config, Page};
use crate::model::Instant;

/// Records of one page of a list.
pub(super) const PAGE: usize = 100;
/// Incidents that are shown without a key, at most.
pub(super) const NEWEST: usize = 50;
/// A key may ask once in so many microseconds.
const PACE_MICROS: i64 = 1_000_000;

/// Asks for one page during one run.
#[derive(Debug)]
pub(super) struct Client<'a> {
    http: Http,
    config: &'a Config,
    cancel: CancellationToken,
    /// When the last request with the key went out.
    asked_at: Mutex<Option<Instant>>,
}

/// A part of a list.
#[derive(Debug)]
pub(super) struct Part<T> {
    pub(super) items: Vec<T>,
    /// How many records it has, odd ones included.
    pub(super) count: usize,
    /// How many are not what they should be, and what is wrong with the first.
    pub(super) odd: Option<(usize, String)>,
}

/// A list with a key, page by page, the newest first.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    client: &'a Client<'a>,
    number: u64,
    seen: BTreeSet<String>,
}

impl<'a> Client<'a> {
    pub(super) fn new(http: &Http, config: &'a Config, cancel: CancellationToken) -> Self {
        Self { http: http.for_run(cancel.clone()), config, cancel, asked_at: Mutex::default() }
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u64 {
        self.http.asked()
    }

    /// One answer: of the management API below the page, or of the page's own below `api/v2`.
    async fn send(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, Error> {
        let (base, before) = match &self.config.page {
            Page::Managed { api, id, .. } => (api, vec!["v1", "pages", id]),
            Page::Public(url) => (url, vec!["api", "v2"]),
        };
        let mut url: Url = base.clone();
        url.set_query(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(before).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut ask = Ask::get(url).header("accept", "application/json");
        if let Page::Managed { key, .. } = &self.config.page {
            self.keep_pace().await?;
            ask = ask.secret_header("authorization", &Secret::new(format!("OAuth {}", key.expose())));
        }
        self.http.send(ask).await?.success()
    }

    async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, Error> {
        self.send(path, query).await?.json()
    }

    /// Waits until the key may ask again.
    async fn keep_pace(&self) -> Result<(), Error> {
        let outside = self.http.outside();
        let wait = {
            let now = (outside.clock)();
            let mut asked_at = self.asked_at.lock();
            let wait = asked_at.map_or(0, |last| last.micros().saturating_add(PACE_MICROS).saturating_sub(now.micros()));
            // A clock that was put back, or stands still, must not make it longer.
            let wait = wait.clamp(0, PACE_MICROS);
            *asked_at = Some(now.plus_micros(wait));
            u64::try_from(wait).unwrap_or(0)
        };
        if wait == 0 {
            return Ok(());
        }
        tokio::select! {
            () = (outside.pause)(Duration::from_micros(wait)) => Ok(()),
            () = self.cancel.cancelled() => Err(Error::Stopped),
        }
    }

    /// The page itself.
    pub(super) async fn about(&self) -> Result<About, Error> {
        self.get(&[], &[]).await
    }

    /// All incidents, with a key, the newest first.
    pub(super) const fn incidents(&self) -> Pages<'_> {
        Pages { client: self, number: 0, seen: BTreeSet::new() }
    }

    /// The newest incidents, without a key.
    pub(super) async fn newest(&self) -> Result<Part<Incident>, Error> {
        self.listed(&["incidents.json"]).await
    }

    /// The incidents that are not over.
    pub(super) async fn unresolved(&self) -> Result<Part<Incident>, Error> {
        match &self.config.page {
            Page::Managed { .. } => part(&self.send(&["incidents", "unresolved"], &[]).await?, None),
            Page::Public(_) => self.listed(&["incidents", "unresolved.json"]).await,
        }
    }

    /// One incident, with a key.
    pub(super) async fn incident(&self, id: &str) -> Result<Incident, Error> {
        self.get(&["incidents", id], &[]).await
    }

    /// All components.
    ///
    /// # Errors
    /// If any of them cannot be read.
    pub(super) async fn components(&self) -> Result<Part<Component>, Error> {
        if matches!(self.config.page, Page::Public(_)) {
            return part(&self.send(&["components.json"], &[]).await?, Some("components"));
        }
        let mut all = Part { items: Vec::new(), count: 0, odd: None };
        let mut seen = BTreeSet::new();
        for number in 1_u64.. {
            let number = number.to_string();
            let answer = self.send(&["components"], &[("per_page", &PAGE.to_string()), ("page", &number)]).await?;
            let found: Part<Component> = part(&answer, None)?;
            let (before, count) = (seen.len(), found.count);
            all.items.extend(found.items.into_iter().filter(|component| seen.insert(component.id.clone())));
            all.count += count;
            if let Some((count, first)) = found.odd {
                all.odd.get_or_insert((0, first)).0 += count;
            }
            // A list that is not paged at all is told again.
            if count < PAGE || seen.len() == before {
                break;
            }
        }
        Ok(all)
    }

    async fn listed(&self, path: &[&str]) -> Result<Part<Incident>, Error> {
        part(&self.send(path, &[]).await?, Some("incidents"))
    }
}

impl Pages<'_> {
    /// The next page; an empty one is behind the last.
    ///
    /// # Errors
    /// If it cannot be read, or tells nothing but what was told before.
    pub(super) async fn next(&mut self) -> Result<Part<Incident>, Error> {
        self.number += 1;
        let query = [("limit", PAGE.to_string()), ("page", self.number.to_string())];
        let query = query.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = self.client.send(&["incidents"], &query).await?;
        let part: Part<Incident> = part(&answer, None)?;
        let before = self.seen.len();
        self.seen.extend(part.items.iter().map(|incident| incident.id.clone()));
        if !part.items.is_empty() && self.seen.len() == before {
            return Err(answer.unfit(format!("its incidents repeat themselves on page {}", self.number)));
        }
        Ok(part)
    }
}

/// A list, as it is or under a name.
fn part<T: DeserializeOwned>(answer: &Answer, name: Option<&str>) -> Result<Part<T>, Error> {
    let body: Value = answer.json()?;
    let list = name.map_or(Some(&body), |name| body.get(name)).and_then(Value::as_array);
    let Some(list) = list else {
        let problem = name.map_or_else(|| "it is no list".to_owned(), |name| format!("there is no list {name:?} in it"));
        return Err(answer.unfit(problem));
    };
    let mut found = Part { items: Vec::new(), count: list.len(), odd: None };
    for item in list {
        match serde_json::from_value(item.clone()) {
            Ok(item) => found.items.push(item),
            Err(error) => {
                let id = item.get("id").and_then(Value::as_str).unwrap_or("one without an id");
                found.odd.get_or_insert_with(|| (0, format!("{id}: {error}"))).0 += 1;
            }
        }
    }
    Ok(found)
}

/// What went wrong and what to do about it.
pub(super) fn describe(config: &Config, error: &Error) -> String {
    let is_managed = matches!(config.page, Page::Managed { .. });
    let advice = match error.status() {
        Some(401) if is_managed => "the key is wrong or was revoked: set statuspage.key to one of the organisation that the page is of",
        Some(403) if is_managed => "the key may not read this page: take one of the organisation that the page is of",
        Some(404) if is_managed => "is statuspage.page the id of a page that the key may read, such as abc123def456?",
        Some(401 | 403) => "not everybody may see this page: set statuspage.page and statuspage.key instead of statuspage.url",
        Some(404) => "is statuspage.url the address of a page of Atlassian Statuspage, such as https://status.acme.example?",
        _ if matches!(error, Error::NotJson { .. }) && is_managed => {
            "is statuspage.api the address of the API, such as https://api.statuspage.io?"
        }
        _ if matches!(error, Error::NotJson { .. }) => {
            "is statuspage.url the address of a page of Atlassian Statuspage that everybody may see, such as https://status.acme.example?"
        }
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}
