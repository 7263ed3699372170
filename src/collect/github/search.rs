//! What a search of GitHub leads to, page by page, the oldest first.
//!
//! # Invariants
//! - A page that is too much for GitHub is asked for in halves, down to one result.
//! - No search leads further than its thousandth result: it goes on where that one ended, and what was found twice is for the
//!   asker to tell.
//! - Where a right is missing a search finds nothing and does not say so; what every document asks beside, as `probe`, does.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::collect::github::client::{Client, Failure, quoted};
use crate::collect::github::queries::RATE;
use crate::collect::github::wire::{GraphQlError, PageInfo, RateLimit, Rated};
use crate::model::Instant;

/// What a search leads to at most.
const MOST_FOUND: u64 = 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "N: DeserializeOwned")]
struct Data<N> {
    #[serde(default = "nothing")]
    search: Option<Found<N>>,
    #[serde(default)]
    rate_limit: Option<RateLimit>,
}

fn nothing<T>() -> Option<T> {
    None
}

impl<N> Rated for Data<N> {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "N: DeserializeOwned")]
struct Found<N> {
    #[serde(default)]
    issue_count: u64,
    #[serde(default)]
    page_info: PageInfo,
    #[serde(default = "nothing")]
    nodes: Option<Vec<Option<N>>>,
}

/// What is searched at once: an organisation, or some repositories by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whose token is used.
    pub(crate) owner: String,
    /// The name under which it is remembered.
    pub(crate) key: String,
    /// `org:acme`, `repo:acme/billing repo:acme/ledger`.
    pub(crate) words: String,
    /// The repositories; empty for an organisation.
    pub(crate) repositories: Vec<String>,
}

/// Repositories that are named in one search.
const NAMES: usize = 20;

impl Place {
    /// An organisation as a whole.
    pub(crate) fn organisation(owner: &str) -> Self {
        Self { owner: owner.to_owned(), key: owner.to_owned(), words: format!("org:{owner}"), repositories: Vec::new() }
    }

    /// Repositories of one owner, as many as one search names.
    pub(crate) fn repositories(owner: &str, names: &[&str]) -> Vec<Self> {
        let of = |names: &[&str]| Self {
            owner: owner.to_owned(),
            key: names.join(" "),
            words: names.iter().map(|name| format!("repo:{name}")).collect::<Vec<_>>().join(" "),
            repositories: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        names.chunks(NAMES).map(of).collect()
    }

    /// These organisations, and those of the repositories that belong to none of them.
    pub(crate) fn all<'n>(organisations: &[String], names: impl Iterator<Item = &'n str>) -> Vec<Self> {
        let mut alone: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in names {
            let owner = name.split('/').next().unwrap_or_default();
            if !organisations.iter().any(|whole| whole.eq_ignore_ascii_case(owner)) {
                alone.entry(owner).or_default().push(name);
            }
        }
        let whole = organisations.iter().map(|owner| Self::organisation(owner));
        whole.chain(alone.into_iter().flat_map(|(owner, names)| Self::repositories(owner, &names))).collect()
    }

    /// What is spoken of when something goes wrong.
    pub(crate) fn scope(&self) -> &str {
        self.repositories.first().unwrap_or(&self.owner)
    }

    /// What tells whether these may be read: a list of theirs, such as `issues`.
    pub(crate) fn probe(&self, list: &str) -> String {
        let list = format!("{list}(first: 1) {{ totalCount }}");
        match self.repositories.first().and_then(|name| name.split_once('/')) {
            Some((owner, name)) => format!("probe: repository(owner: {}, name: {}) {{ {list} }}", quoted(owner), quoted(name)),
            None => {
                let owner = quoted(&self.owner);
                format!("probe: organization(login: {owner}) {{ repositories(first: 1) {{ nodes {{ {list} }} }} }}")
            }
        }
    }
}

/// The question for a page of what is found, each told by this fragment; `rest` are the fragments.
pub(crate) fn document(name: &str, fragment: &str, probe: &str, rest: &str) -> String {
    let found = format!("issueCount pageInfo {{ hasNextPage endCursor }} nodes {{ ...{fragment} }}");
    let search = format!("search(query: $query, type: ISSUE, first: $first, after: $after) {{ {found} }}");
    format!("query {name}($query: String!, $first: Int!, $after: String) {{ {search} {probe} {RATE} }}\n{rest}")
}

/// A stretch as a search understands it, to the second.
pub(crate) fn stretch(from: &str, end: Option<Instant>) -> String {
    end.map_or_else(|| format!(">={from}"), |end| format!("{from}..{}", seconds(end)))
}

fn seconds(at: Instant) -> String {
    Instant::from_seconds(at.micros().div_euclid(1_000_000)).to_string()
}

/// What is found, the way on.
pub(crate) struct Pages<'a, N> {
    client: &'a Client,
    owner: &'a str,
    document: &'a str,
    /// The query for what is not older than a second.
    query: &'a (dyn Fn(&str) -> String + Send + Sync),
    /// When a result is, in the order of the search.
    at: fn(&N) -> Option<Instant>,
    first: usize,
    from: String,
    after: Option<String>,
    rest: Rest,
}

/// What is left after the page that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    More,
    Nothing,
    /// More than a search leads to.
    Hidden,
    /// The same page again.
    Repeated,
}

/// What comes next.
pub(crate) enum Next<N> {
    /// Results, in order, with what could not be told.
    Page { nodes: Vec<Option<N>>, errors: Vec<GraphQlError> },
    /// That was all.
    End,
    /// More lie in one second than a search leads to; the rest cannot be had.
    Crowded,
    /// The token lacks a right, by what GitHub says.
    Denied(String),
    /// The rest cannot be read now.
    Broken(String),
}

impl<'a, N: DeserializeOwned> Pages<'a, N> {
    /// A search of what is not older than `from`, as many at once.
    pub(crate) fn new(
        (client, owner, document): (&'a Client, &'a str, &'a str),
        query: &'a (dyn Fn(&str) -> String + Send + Sync),
        at: fn(&N) -> Option<Instant>,
        first: usize,
        from: Instant,
    ) -> Self {
        Self { client, owner, document, query, at, first, from: seconds(from), after: None, rest: Rest::More }
    }

    /// The next page, or why there is none.
    ///
    /// # Errors
    /// A [`Failure`] that ends the run.
    pub(crate) async fn next(&mut self) -> Result<Next<N>, Failure> {
        match self.rest {
            Rest::More => {}
            Rest::Nothing => return Ok(Next::End),
            Rest::Hidden => return Ok(Next::Crowded),
            Rest::Repeated => return Ok(Next::Broken("its pages repeat".to_owned())),
        }
        let reply = loop {
            let variables = json!({ "query": (self.query)(&self.from), "first": self.first, "after": self.after });
            match self.client.query::<Data<N>>(self.owner, self.document, variables).await {
                Ok(reply) if !(reply.is_cut() && self.first > 1) => break reply,
                Ok(_) => self.first /= 2,
                Err(Failure::TooMuch(_)) if self.first > 1 => self.first /= 2,
                Err(failure) if failure.ends_the_run() => return Err(failure),
                Err(failure) => return Ok(Next::Broken(failure.to_string())),
            }
        };
        if let Some(error) = reply.errors.iter().find(|error| error.touches(&["probe"]) && error.is("FORBIDDEN")) {
            return Ok(Next::Denied(error.message.clone()));
        }
        let Some(found) = reply.data.search else {
            let message = reply.errors.first().map_or("GitHub answered nothing", |error| error.message.as_str());
            return Ok(Next::Broken(message.to_owned()));
        };
        let nodes = found.nodes.unwrap_or_default();
        let last = nodes.iter().flatten().filter_map(self.at).max().map(seconds);
        let next = found.page_info.end_cursor.filter(|_| found.page_info.has_next_page);
        match (next, last) {
            (Some(next), _) if self.after.as_ref() != Some(&next) => self.after = Some(next),
            (Some(_), _) => self.rest = Rest::Repeated,
            // No search leads further than this; it goes on where this one ended.
            (None, Some(last)) if found.issue_count > MOST_FOUND && last > self.from => (self.from, self.after) = (last, None),
            (None, _) if found.issue_count > MOST_FOUND => self.rest = Rest::Hidden,
            (None, _) => self.rest = Rest::Nothing,
        }
        Ok(Next::Page { nodes, errors: reply.errors })
    }
}
