//! Runs of workflows. There is no list of an organisation's, so each repository is asked, by REST.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use url::Url;

use super::deployments::Login;
use super::{Context, Seen, lacking};
use crate::collect::Item;
use crate::collect::github::client::{Failure, How, next_page};
use crate::collect::http::message_of;
use crate::model::event::{PipelineRun, Step, to_fields};
use crate::model::{Event, EventKind, Instant};

/// Requests for runs in one run, so that a first run of a large organisation leaves the budget to others. The rest follows
/// with the next run.
pub(crate) const MOST_REQUESTS: u64 = 1_000;
/// No filtered list leads further than this.
const MOST_FOUND: u64 = 1_000;
/// How long a run that was not over is asked for again; GitHub itself ends one after 35 days.
const OPEN_DAYS: i64 = 35;
const PERMISSION: &str = "actions";

pub(super) fn key(name: &str) -> String {
    format!("runs:{name}")
}

pub(super) fn filled_key(name: &str) -> String {
    format!("filled-runs:{name}")
}

/// What is remembered of a repository's runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    /// The push that was known.
    pushed: Option<Instant>,
    /// Until then everything is read.
    until: Option<Instant>,
    /// When the oldest run was asked for that was not over.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Instant>,
}

#[derive(Debug, Deserialize)]
struct List {
    total_count: u64,
    workflow_runs: Vec<Run>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Run {
    id: u64,
    name: Option<String>,
    path: Option<String>,
    run_number: Option<u64>,
    run_attempt: Option<u64>,
    event: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    head_branch: Option<String>,
    head_sha: Option<String>,
    html_url: Option<String>,
    created_at: Option<Instant>,
    run_started_at: Option<Instant>,
    updated_at: Option<Instant>,
    actor: Option<Login>,
    triggering_actor: Option<Login>,
}

/// What came of asking one repository.
enum Asked {
    Read(Vec<Run>),
    /// There are none here: actions are not used.
    Nothing,
    Denied(String),
    Failed(String),
}

/// Tells what ran since the last run, in repositories with a push since, or with a run that was not over.
pub(super) async fn collect(context: &Context<'_>, seen: &[Seen]) -> Result<(), Failure> {
    if !context.client.config().pipeline_runs {
        return Ok(());
    }
    let before = context.client.asked();
    let mut denied: Option<String> = None;
    let mut left = 0;
    for seen in seen {
        let known: Option<Known> = context.known(&key(&seen.name));
        let beginning = context.beginning();
        let wants = match &known {
            Some(known) => known.pushed != seen.pushed || known.open.is_some(),
            None => seen.pushed.is_none_or(|pushed| pushed >= beginning),
        };
        if !wants || denied.as_deref() == Some(seen.owner()) {
            continue;
        }
        if context.client.asked() - before >= MOST_REQUESTS {
            left += 1;
            continue;
        }
        let from = known.as_ref().and_then(|known| Some(known.open.unwrap_or(Instant::MAX).min(known.until?)));
        let runs = match list(context, seen, &(from.unwrap_or(beginning)..Instant::MAX)).await? {
            Asked::Read(runs) => runs,
            // Where there were some, their list does not vanish: it is asked for again.
            Asked::Nothing if known.as_ref().is_some_and(|known| known.until.is_some()) => {
                context.problem(&seen.name, "runs of workflows could not be read: GitHub answered 404").await?;
                continue;
            }
            Asked::Nothing => {
                context.remember(key(&seen.name), Known { pushed: seen.pushed, ..Known::default() }).await?;
                continue;
            }
            Asked::Denied(message) => {
                context.problem(seen.owner(), lacking(&message, "runs of workflows", PERMISSION)).await?;
                denied = Some(seen.owner().to_owned());
                continue;
            }
            Asked::Failed(message) => {
                context.problem(&seen.name, format!("runs of workflows could not be read: {message}")).await?;
                continue;
            }
        };
        let events: Vec<Event> = runs.iter().filter_map(|run| event(seen, run)).collect();
        let is_open = |event: &&Event| event.ended.is_none() && event.at > context.now.plus_seconds(-OPEN_DAYS * 86_400);
        let open = events.iter().filter(is_open).map(|event| event.at).min();
        context.events(events).await?;
        context.remember(key(&seen.name), Known { pushed: seen.pushed, until: Some(context.now), open }).await?;
    }
    if left > 0 {
        let message =
            format!("runs of workflows of {left} repositories wait for the next run: {MOST_REQUESTS} requests are made for them at most");
        context.problem("workflow runs", message).await?;
    }
    Ok(())
}

/// Tells what ran in the past, repository by repository.
pub(super) async fn backfill(context: &Context<'_>, seen: &[Seen], range: &Range<Instant>) -> Result<(), Failure> {
    if !context.client.config().pipeline_runs {
        return Ok(());
    }
    let before = context.client.asked();
    for seen in seen {
        let is_older = seen.pushed.is_some_and(|pushed| pushed < range.start);
        let filled = context.known::<Instant>(&filled_key(&seen.name));
        if is_older || filled.is_some_and(|from| from <= range.start) {
            continue;
        }
        if context.client.asked() - before >= MOST_REQUESTS {
            // What is left is read by the next backfill.
            return Ok(());
        }
        let mut told = 0;
        match list(context, seen, range).await? {
            Asked::Read(runs) => {
                told = runs.len();
                context.events(runs.iter().filter_map(|run| event(seen, run)).collect()).await?;
            }
            Asked::Nothing => {}
            Asked::Denied(message) => {
                return context.problem(seen.owner(), lacking(&message, "runs of workflows", PERMISSION)).await;
            }
            Asked::Failed(message) => {
                context.problem(&seen.name, format!("runs of workflows could not be read: {message}")).await?;
                continue;
            }
        }
        context.remember(filled_key(&seen.name), range.start).await?;
        if told > 0 {
            let scope = format!("{}#workflow-runs", seen.name);
            context.put(Item::Filled { scope, range: range.clone(), replace: false }).await?;
        }
    }
    Ok(())
}

/// All runs that were asked for in a stretch. What is more than a list leads to is read in halves.
async fn list(context: &Context<'_>, seen: &Seen, range: &Range<Instant>) -> Result<Asked, Failure> {
    let mut all = Vec::new();
    let mut stretches = vec![range.clone()];
    while let Some(stretch) = stretches.pop() {
        let mut next = Some(url(context, &seen.name, &stretch));
        let mut pages = 0;
        while let Some(url) = next {
            let answer = match context.client.get(seen.owner(), url.clone(), &How::JSON).await {
                Ok(answer) => answer,
                Err(failure) if failure.ends_the_run() => return Err(failure),
                Err(failure) => return Ok(Asked::Failed(failure.to_string())),
            };
            match answer.status.as_u16() {
                200 => {}
                403 => return Ok(Asked::Denied(message_of(&answer))),
                404 => return Ok(Asked::Nothing),
                status => return Ok(Asked::Failed(format!("GitHub answered {status}: {}", message_of(&answer)))),
            }
            let list: List = match answer.json() {
                Ok(list) => list,
                Err(error) => return Ok(Asked::Failed(error.to_string())),
            };
            let end = if stretch.end == Instant::MAX { context.now } else { stretch.end };
            let seconds = (end.micros() - stretch.start.micros()) / 1_000_000;
            if pages == 0 && list.total_count > MOST_FOUND && seconds > 7_200 {
                let middle = stretch.start.plus_seconds(seconds / 2);
                stretches.extend([stretch.start..middle, middle..stretch.end]);
                break;
            }
            all.extend(list.workflow_runs);
            pages += 1;
            next = next_page(&answer, &context.client.config().api).filter(|next| *next != url && pages < 10);
        }
    }
    all.sort_by_key(|run| run.id);
    all.dedup_by_key(|run| run.id);
    Ok(Asked::Read(all))
}

fn url(context: &Context<'_>, name: &str, stretch: &Range<Instant>) -> Url {
    let (owner, short) = name.split_once('/').unwrap_or((name, ""));
    let mut url = context.client.rest_url(&["repos", owner, short, "actions", "runs"]);
    let seconds = |at: Instant| Instant::from_seconds(at.micros().div_euclid(1_000_000)).to_string();
    let created = match stretch.end {
        Instant::MAX => format!(">={}", seconds(stretch.start)),
        end => format!("{}..{}", seconds(stretch.start), seconds(end)),
    };
    url.query_pairs_mut().append_pair("per_page", "100").append_pair("exclude_pull_requests", "true").append_pair("created", &created);
    url
}

fn event(seen: &Seen, run: &Run) -> Option<Event> {
    let created = run.created_at.filter(|_| run.id != 0)?;
    let started = run.run_started_at.unwrap_or(created).max(created);
    let mut history = vec![Step::state(created, "queued")];
    let is_over = run.status.as_deref() == Some("completed");
    if is_over || run.status.as_deref() == Some("in_progress") {
        history.push(Step::state(started, "in_progress"));
    }
    let ended = run.updated_at.filter(|_| is_over).map(|at| at.max(started));
    if let Some(at) = ended {
        let word = match run.conclusion.as_deref() {
            Some(word @ ("success" | "failure" | "cancelled" | "skipped" | "timed_out" | "neutral" | "action_required")) => word,
            Some("startup_failure") => "failure",
            // Stale, and whatever is thought of next.
            _ => "neutral",
        };
        history.push(Step::state(at, word));
    }
    let file = || run.path.as_deref().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    let body = PipelineRun {
        name: run.name.clone().filter(|name| !name.is_empty()).or_else(file).unwrap_or_default(),
        number: run.run_number,
        attempt: run.run_attempt,
        branch: run.head_branch.clone(),
        commit: run.head_sha.clone(),
        trigger: run.event.clone(),
        by: run.triggering_actor.as_ref().or(run.actor.as_ref()).map(|actor| actor.login.clone()),
    };
    Some(Event {
        kind: EventKind::PipelineRun,
        id: run.id.to_string(),
        resource: seen.resource.clone(),
        at: created,
        ended,
        history,
        is_whole: true,
        body: to_fields(&body),
        check: run.html_url.clone(),
    })
}
