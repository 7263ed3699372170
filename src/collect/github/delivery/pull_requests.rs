//! Pull requests, found by the search of an organisation, or of the repositories that are listed by name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use serde_json::json;

use super::deployments::Login;
use super::{Context, Seen, lacking};
use crate::collect::Item;
use crate::collect::github::client::{Failure, quoted};
use crate::collect::github::queries::{self, RATE};
use crate::collect::github::wire::{Nodes, PageInfo, RateLimit, Rated};
use crate::model::event::{PullRequest, Step, to_fields};
use crate::model::{Event, EventKind, Instant};

/// Pull requests of a page.
const PAGE: usize = 50;
/// What a search leads to at most.
const MOST_FOUND: u64 = 1000;
/// Repositories that are named in one search.
const NAMES: usize = 20;
/// What was updated so shortly before the last run may have been found only after it.
const LAG_SECONDS: i64 = 900;
/// A stretch of the past.
const STRETCH_SECONDS: i64 = 30 * 86_400;
const PERMISSION: &str = "pull_requests";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    search: Option<Found>,
    #[serde(default)]
    rate_limit: Option<RateLimit>,
}

impl Rated for Data {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(default)]
    issue_count: u64,
    #[serde(default)]
    page_info: PageInfo,
    #[serde(default)]
    nodes: Option<Vec<Option<Node>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Node {
    full_database_id: Option<serde_json::Value>,
    number: Option<u64>,
    title: String,
    url: Option<String>,
    state: Option<String>,
    is_draft: bool,
    created_at: Option<Instant>,
    updated_at: Option<Instant>,
    closed_at: Option<Instant>,
    merged_at: Option<Instant>,
    additions: Option<u64>,
    deletions: Option<u64>,
    base_ref_name: Option<String>,
    head_ref_name: Option<String>,
    author: Option<Login>,
    merged_by: Option<Login>,
    merge_commit: Option<Oid>,
    repository: Option<Repository>,
    labels: Option<Nodes<Label>>,
    reviews: Option<Nodes<Review>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Oid {
    oid: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    name_with_owner: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Label {
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    #[serde(default)]
    submitted_at: Option<Instant>,
    #[serde(default)]
    author: Option<Login>,
}

/// The question for a page. A search finds nothing where a right is missing, and does not say so; what is asked beside does.
pub(crate) fn document(owner: &str, repository: Option<&str>) -> String {
    let probe = "pullRequests(first: 1) { totalCount }";
    let probe = match repository.and_then(|name| name.split_once('/')) {
        Some((owner, name)) => format!("probe: repository(owner: {}, name: {}) {{ {probe} }}", quoted(owner), quoted(name)),
        None => format!("probe: organization(login: {}) {{ repositories(first: 1) {{ nodes {{ {probe} }} }} }}", quoted(owner)),
    };
    let search =
        "search(query: $query, type: ISSUE, first: $first, after: $after) { issueCount pageInfo { hasNextPage endCursor } nodes { ...Q } }";
    format!("query PullRequests($query: String!, $first: Int!, $after: String) {{ {search} {probe} {RATE} }}\n{}", queries::PULL_REQUESTS)
}

/// What is searched at once.
struct Place {
    owner: String,
    /// The name under which it is remembered.
    key: String,
    /// `org:acme`, `repo:acme/billing repo:acme/ledger`.
    scope: String,
    repository: Option<String>,
}

fn places(context: &Context<'_>, seen: &[Seen]) -> Vec<Place> {
    let config = context.client.config();
    let of = |owner: &String| Place { owner: owner.clone(), key: owner.clone(), scope: format!("org:{owner}"), repository: None };
    let mut places: Vec<Place> = config.organisations.iter().map(of).collect();
    let whole =
        |name: &str| config.organisations.iter().any(|owner| name.split('/').next().is_some_and(|other| other.eq_ignore_ascii_case(owner)));
    let mut alone: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| !whole(&seen.name)) {
        alone.entry(seen.owner()).or_default().push(&seen.name);
    }
    for (owner, names) in alone {
        for names in names.chunks(NAMES) {
            let scope: Vec<String> = names.iter().map(|name| format!("repo:{name}")).collect();
            places.push(Place {
                owner: owner.to_owned(),
                key: names.join(" "),
                scope: scope.join(" "),
                repository: Some(names[0].to_owned()),
            });
        }
    }
    places
}

/// Tells what was proposed, reviewed, merged and closed since the last run.
pub(super) async fn collect(context: &Context<'_>, seen: &[Seen]) -> Result<(), Failure> {
    let by_name = by_name(seen);
    for place in places(context, seen) {
        let key = format!("pull-requests:{}", place.key);
        let known: Option<Instant> = context.known(&key);
        let from = known.map_or_else(|| context.beginning(), |known| known.plus_seconds(-LAG_SECONDS));
        if read(context, &place, &by_name, from, None).await?.is_some() {
            context.remember(key, context.now).await?;
        }
    }
    Ok(())
}

/// Tells what was last updated in the past, a month at a time.
pub(super) async fn backfill(context: &Context<'_>, seen: &[Seen], range: &Range<Instant>) -> Result<(), Failure> {
    let by_name = by_name(seen);
    for place in places(context, seen) {
        let key = format!("filled-pull-requests:{}", place.key);
        let mut end = context.known::<Instant>(&key).map_or(range.end, |known| known.min(range.end));
        while end > range.start {
            let start = end.plus_seconds(-STRETCH_SECONDS).max(range.start);
            let Some(told) = read(context, &place, &by_name, start, Some(end)).await? else { break };
            context.remember(key.clone(), start).await?;
            if told > 0 {
                let scope = format!("{}#pull-requests", place.key);
                context.put(Item::Filled { scope, range: start..end, replace: false }).await?;
            }
            end = start;
        }
    }
    Ok(())
}

fn by_name(seen: &[Seen]) -> BTreeMap<String, &Seen> {
    seen.iter().map(|seen| (seen.name.to_lowercase(), seen)).collect()
}

/// Reads all that was updated in a stretch, oldest first: how many, or none if not all of it could be read.
async fn read(
    context: &Context<'_>,
    place: &Place,
    by_name: &BTreeMap<String, &Seen>,
    from: Instant,
    end: Option<Instant>,
) -> Result<Option<usize>, Failure> {
    let document = document(&place.owner, place.repository.as_deref());
    let scope = place.repository.as_deref().unwrap_or(&place.owner);
    let mut from = seconds(from);
    let (mut first, mut after, mut told) = (PAGE, None::<String>, BTreeSet::new());
    loop {
        let stretch = end.map_or_else(|| format!(">={from}"), |end| format!("{from}..{}", seconds(end)));
        let query = format!("{} is:pr updated:{stretch} sort:updated-asc", place.scope);
        let variables = json!({ "query": query, "first": first, "after": after });
        let reply = match context.client.query::<Data>(&place.owner, &document, variables).await {
            Ok(reply) if reply.is_cut() && first > 1 => {
                first /= 2;
                continue;
            }
            Err(Failure::TooMuch(_)) if first > 1 => {
                first /= 2;
                continue;
            }
            Err(failure) if failure.ends_the_run() => return Err(failure),
            Err(failure) => {
                context.problem(scope, format!("pull requests could not be read: {failure}")).await?;
                return Ok(None);
            }
            Ok(reply) => reply,
        };
        if let Some(error) = reply.errors.iter().find(|error| error.touches(&["probe"]) && error.is("FORBIDDEN")) {
            context.problem(scope, lacking(&error.message, "pull requests", PERMISSION)).await?;
            return Ok(None);
        }
        let Some(found) = reply.data.search else {
            let message = reply.errors.first().map_or("GitHub answered nothing", |error| error.message.as_str());
            context.problem(scope, format!("pull requests could not be read: {message}")).await?;
            return Ok(None);
        };
        let nodes: Vec<Node> = found.nodes.unwrap_or_default().into_iter().flatten().collect();
        let last = nodes.iter().filter_map(|node| node.updated_at).max();
        let mut events = Vec::new();
        for node in &nodes {
            let name = node.repository.as_ref().map(|repository| repository.name_with_owner.to_lowercase());
            if let Some(event) = name.and_then(|name| event(by_name.get(&name)?, node))
                && told.insert((event.id.clone(), node.updated_at))
            {
                events.push(event);
            }
        }
        let is_new = !events.is_empty();
        context.events(events).await?;
        let next = found.page_info.end_cursor.filter(|_| found.page_info.has_next_page);
        match (next, last) {
            (Some(next), _) if after.as_ref() != Some(&next) => after = Some(next),
            (Some(_), _) => {
                context.problem(scope, "GitHub's pages of pull requests repeat; the rest was left out").await?;
                return Ok(None);
            }
            // No search leads further than this; it goes on where this one ended.
            (None, Some(last)) if found.issue_count > MOST_FOUND && seconds(last) > from && is_new => {
                (from, after) = (seconds(last), None);
            }
            (None, _) if found.issue_count > MOST_FOUND => {
                context.problem(scope, "more pull requests were updated in one second than a search leads to").await?;
                return Ok(Some(told.len()));
            }
            (None, _) => return Ok(Some(told.len())),
        }
    }
}

/// To the second, as the search understands it.
fn seconds(at: Instant) -> String {
    Instant::from_seconds(at.micros().div_euclid(1_000_000)).to_string()
}

fn event(seen: &Seen, node: &Node) -> Option<Event> {
    let (number, created) = (node.number?, node.created_at?);
    let mut reviews: Vec<(Instant, Option<String>)> = Vec::new();
    for review in node.reviews.iter().flat_map(|reviews| reviews.nodes.iter().flatten().flatten()) {
        if let Some(at) = review.submitted_at {
            reviews.push((at, review.author.as_ref().map(|author| author.login.clone())));
        }
    }
    reviews.sort();
    let author = node.author.as_ref().map(|author| author.login.clone());
    // Somebody who answers remarks on their own work does not review it.
    let by_others = |(_, by): &&(Instant, Option<String>)| *by != author || by.is_none();
    let first = reviews.iter().find(by_others).map(|(at, _)| *at);
    let closed = node.merged_at.or(node.closed_at);
    let mut history = vec![Step::state(created, if node.is_draft { "draft" } else { "open" })];
    history.extend(
        first.filter(|at| !node.is_draft && closed.is_none_or(|closed| *at <= closed)).map(|at| Step::state(at.max(created), "reviewed")),
    );
    let end = match node.state.as_deref() {
        Some("MERGED") => Some("merged"),
        Some("CLOSED") => Some("closed"),
        _ => None,
    };
    if let (Some(word), Some(at)) = (end, closed) {
        history.push(Step::state(at.max(created), word));
    }
    let mut reviewers: Vec<String> = reviews.iter().filter(by_others).filter_map(|(_, by)| by.clone()).collect();
    reviewers.sort();
    reviewers.dedup();
    let labels = node.labels.iter().flat_map(|labels| labels.nodes.iter().flatten().flatten());
    let body = PullRequest {
        number,
        title: node.title.clone(),
        author,
        reviewers,
        base: node.base_ref_name.clone(),
        head: node.head_ref_name.clone(),
        merge_commit: node.merge_commit.as_ref().filter(|_| end == Some("merged")).map(|commit| commit.oid.clone()),
        merged_by: node.merged_by.as_ref().map(|by| by.login.clone()),
        additions: node.additions,
        deletions: node.deletions,
        labels: labels.map(|label| label.name.clone()).collect(),
    };
    let id = match &node.full_database_id {
        Some(serde_json::Value::String(id)) => id.clone(),
        Some(serde_json::Value::Number(id)) => id.to_string(),
        _ => format!("{}#{number}", seen.name),
    };
    Some(Event {
        kind: EventKind::PullRequest,
        id,
        resource: seen.resource.clone(),
        at: created,
        ended: end.and(closed),
        history,
        is_whole: true,
        body: to_fields(&body),
        check: node.url.clone(),
    })
}
