//! Pull requests, found by the search of an organisation, or of the repositories that are listed by name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;

use super::deployments::Login;
use super::{Context, Seen, lacking};
use crate::collect::Item;
use crate::collect::github::client::Failure;
use crate::collect::github::queries;
use crate::collect::github::search::{self, Next, Pages, Place};
use crate::collect::github::wire::Nodes;
use crate::model::event::{PullRequest, Step, to_fields};
use crate::model::{Event, EventKind, Instant};

/// Pull requests of a page.
const PAGE: usize = 50;
/// What was updated so shortly before the last run may have been found only after it.
const LAG_SECONDS: i64 = 900;
/// A stretch of the past.
const STRETCH_SECONDS: i64 = 30 * 86_400;
const PERMISSION: &str = "pull_requests";

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

/// The question for a page of what is found in a place.
pub(crate) fn document(place: &Place) -> String {
    search::document("PullRequests", "Q", &place.probe("pullRequests"), queries::PULL_REQUESTS)
}

fn places(context: &Context<'_>, seen: &[Seen]) -> Vec<Place> {
    Place::all(&context.client.config().organisations, seen.iter().map(|seen| seen.name.as_str()))
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
    let document = document(place);
    let query = |from: &str| format!("{} is:pr updated:{} sort:updated-asc", place.words, search::stretch(from, end));
    let mut pages: Pages<'_, Node> = Pages::new((context.client, &place.owner, &document), &query, |node| node.updated_at, PAGE, from);
    let (scope, mut told) = (place.scope(), BTreeSet::new());
    loop {
        let nodes = match pages.next().await? {
            Next::Page { nodes, .. } => nodes,
            Next::End => return Ok(Some(told.len())),
            Next::Crowded => {
                context.problem(scope, "more pull requests were updated in one second than a search leads to").await?;
                return Ok(Some(told.len()));
            }
            Next::Denied(message) => {
                context.problem(scope, lacking(&message, "pull requests", PERMISSION)).await?;
                return Ok(None);
            }
            Next::Broken(message) => {
                context.problem(scope, format!("pull requests could not be read: {message}")).await?;
                return Ok(None);
            }
        };
        let mut events = Vec::new();
        for node in nodes.iter().flatten() {
            let name = node.repository.as_ref().map(|repository| repository.name_with_owner.to_lowercase());
            if let Some(event) = name.and_then(|name| event(by_name.get(&name)?, node))
                && told.insert((event.id.clone(), node.updated_at))
            {
                events.push(event);
            }
        }
        context.events(events).await?;
    }
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
