//! Requests to one Confluence: who asks, paging, and what a refusal means.
//!
//! # Invariants
//! - The next page of a list is asked of the configured host, whatever the answer says: a token goes nowhere else.
//! - A list that repeats itself ends, and says so.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::confluence::wire::{Content, Found, Label, List, Page, Person, Space};
use crate::collect::confluence::{Config, Edition};
use crate::collect::http::{Answer, Ask, Error, Http};

/// Entries of a page of version 2.
const PAGE: &str = "250";
/// Entries of a page of a search, whose limit is lower where more is asked of each.
const SEARCH_PAGE: &str = "100";

/// Asks one Confluence during one run.
#[derive(Debug)]
pub(super) struct Client<'a> {
    http: Http,
    pub(super) config: &'a Config,
}

/// A page of a list, and where the next one is.
#[derive(Clone, Debug)]
pub(super) struct Part<T> {
    pub(super) entries: Vec<T>,
    pub(super) next: Option<Url>,
    /// As the source counts all pages, where it does.
    pub(super) total: Option<u64>,
}

impl<'a> Client<'a> {
    pub(super) fn new(http: &Http, config: &'a Config, cancel: CancellationToken) -> Self {
        Self { http: http.for_run(cancel), config }
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u64 {
        self.http.asked()
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.config.url.clone();
        url.set_fragment(None);
        url.set_path(&format!("{}/{path}", self.config.context()));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Where an answer says that the next page is: version 2 gives it with the context path, version 1 without.
    fn next(&self, next: Option<&str>) -> Option<Url> {
        let text = next.filter(|text| !text.is_empty())?;
        let there = self.config.url.join(text).ok()?;
        let context = self.config.context();
        let mut url = self.config.url.clone();
        url.set_fragment(None);
        let has_context = context.is_empty() || there.path().starts_with(&format!("{context}/"));
        url.set_path(&if has_context { there.path().to_owned() } else { format!("{context}{}", there.path()) });
        url.set_query(there.query());
        Some(url)
    }

    fn signed(&self, ask: Ask) -> Ask {
        let ask = ask.header("accept", "application/json");
        match (&self.config.email, &self.config.token) {
            (_, None) => ask,
            (Some(email), Some(token)) => ask.basic(email, token),
            (None, Some(token)) => ask.bearer(token),
        }
    }

    async fn send(&self, url: Url) -> Result<Answer, Error> {
        self.http.send(self.signed(Ask::get(url))).await
    }

    async fn list<T: DeserializeOwned>(&self, url: Url) -> Result<Part<T>, Error> {
        let list: List<T> = self.send(url).await?.success()?.json()?;
        let next = self.next(list.links.next.as_deref());
        Ok(Part { entries: list.results, next, total: None })
    }

    /// Spaces by their keys.
    pub(super) async fn spaces(&self, keys: &[String]) -> Result<Vec<Space>, Error> {
        let mut found = Vec::new();
        for keys in keys.chunks(100) {
            let keys = keys.join(",");
            let mut next = Some(self.url("api/v2/spaces", &[("keys", &keys), ("limit", PAGE)]));
            let mut asked = BTreeSet::new();
            while let Some(url) = next.filter(|url| asked.insert(url.clone())) {
                let part: Part<Space> = self.list(url).await?;
                found.extend(part.entries);
                next = part.next;
            }
        }
        Ok(found)
    }

    /// The first address of the list of a space's current pages, what was edited last first.
    pub(super) fn pages_of(&self, space: &str) -> Url {
        self.url(&format!("api/v2/spaces/{space}/pages"), &[("status", "current"), ("sort", "-modified-date"), ("limit", PAGE)])
    }

    /// A page of a list of pages.
    pub(super) async fn pages(&self, url: Url) -> Result<Part<Page>, Error> {
        self.list(url).await
    }

    /// A page by its number; none if it is not found.
    pub(super) async fn page(&self, id: &str) -> Result<Option<Page>, Error> {
        let answer = self.send(self.url(&format!("api/v2/pages/{id}"), &[])).await?;
        if matches!(answer.status.as_u16(), 404 | 410) && is_of_program(&answer) {
            return Ok(None);
        }
        answer.success()?.json().map(Some)
    }

    /// Whether a page is there, of Data Center; none if it is not found.
    pub(super) async fn content(&self, id: &str) -> Result<Option<Content>, Error> {
        let answer = self.send(self.url(&format!("rest/api/content/{id}"), &[("expand", "space,version")])).await?;
        if matches!(answer.status.as_u16(), 404 | 410) && is_of_program(&answer) {
            return Ok(None);
        }
        answer.success()?.json().map(Some)
    }

    /// Labels of a page.
    pub(super) async fn labels(&self, id: &str) -> Result<Vec<Label>, Error> {
        Ok(self.list(self.url(&format!("api/v2/pages/{id}/labels"), &[("limit", PAGE)])).await?.entries)
    }

    /// People by their numbers.
    pub(super) async fn people(&self, ids: &[&str]) -> Result<Vec<Person>, Error> {
        let body = json!({ "accountIds": ids }).to_string();
        let ask = self.signed(Ask::post_json(self.url("api/v2/users-bulk", &[]), body.into()));
        let list: List<Person> = self.http.send(ask).await?.success()?.json()?;
        Ok(list.results)
    }

    /// The first address of a search for pages with their labels.
    pub(super) fn search_of(&self, query: &str) -> Url {
        match self.config.edition {
            Edition::Cloud => {
                let expand = "content.metadata.labels,content.version,content.space";
                self.url("rest/api/search", &[("cql", query), ("limit", SEARCH_PAGE), ("expand", expand)])
            }
            Edition::DataCenter => {
                let expand = "metadata.labels,version,space";
                self.url("rest/api/content/search", &[("cql", query), ("limit", SEARCH_PAGE), ("expand", expand)])
            }
        }
    }

    /// A page of what a search finds.
    pub(super) async fn search(&self, url: Url) -> Result<Part<Content>, Error> {
        let found: Found = self.send(url).await?.success()?.json()?;
        let next = self.next(found.links.next.as_deref());
        let pages = found.results.into_iter().filter_map(super::wire::Hit::content).filter(|content| content.kind == "page");
        Ok(Part { entries: pages.collect(), next, total: found.total_size })
    }

    /// How much a search finds.
    pub(super) async fn count(&self, query: &str) -> Result<Option<u64>, Error> {
        let found: Found = self.send(self.url("rest/api/search", &[("cql", query), ("limit", "1")])).await?.success()?.json()?;
        Ok(found.total_size)
    }
}

/// Whether a refusal is Confluence's own, and not of a gateway on the way or of another site.
fn is_of_program(answer: &Answer) -> bool {
    answer.header("content-type").is_some_and(|kind| kind.contains("json"))
        && serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok()
}

/// What went wrong, with what can be done about it where that is known.
pub(super) fn describe(error: &Error) -> String {
    let hint = match error {
        Error::Status { status: 401, .. } => ": e-mail address or token is missing, wrong or expired",
        Error::Status { status: 403, .. } => ": the account may not see this",
        Error::Status { status: 404, .. } => ": is this a Confluence, and is the edition right?",
        Error::Status { status: 410, .. } => ": this part of the API was removed; a newer spot may know its successor",
        Error::NotJson { kind, .. } if kind.contains("html") => ": is this a page to sign in?",
        _ => return error.to_string(),
    };
    format!("{error}{hint}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::collect::http::Outside;
    use crate::model::Instant;

    #[test]
    fn the_next_page_is_asked_of_the_same_host_whatever_the_answer_says() {
        let http = Http::new(Outside::real(Arc::new(|| Instant::MIN)));
        let cloud = Config::new("https://acme.example/".parse().unwrap());
        let client = Client::new(&http, &cloud, CancellationToken::new());
        let next = |text| client.next(Some(text)).unwrap().to_string();
        assert_eq!(next("/wiki/api/v2/pages?cursor=a%3D"), "https://acme.example/wiki/api/v2/pages?cursor=a%3D");
        assert_eq!(next("/rest/api/search?cql=x&cursor=b"), "https://acme.example/wiki/rest/api/search?cql=x&cursor=b");
        assert_eq!(next("https://evil.example/wiki/api/v2/pages?cursor=c"), "https://acme.example/wiki/api/v2/pages?cursor=c");
        assert_eq!(client.next(None), None);
        assert_eq!(cloud.page("/spaces/PAY/pages/1/A?x=1"), "https://acme.example/wiki/spaces/PAY/pages/1/A?x=1");
        let own = Config { edition: Edition::DataCenter, ..Config::new("https://wiki.acme.example/confluence/".parse().unwrap()) };
        let client = Client::new(&http, &own, CancellationToken::new());
        let next = client.next(Some("/rest/api/content/search?start=100")).unwrap().to_string();
        assert_eq!(next, "https://wiki.acme.example/confluence/rest/api/content/search?start=100");
    }
}
