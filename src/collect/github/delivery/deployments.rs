//! Deployments with their statuses.
//!
//! A deployment belongs to the service that the repository is, `deploys:acme/billing`; where its payload, its task
//! (`deploy:ledger-worker`) or the environment's name says which of several components it is of, to that one:
//! `deploys:acme/billing/ledger-worker`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Context, Seen, by_owner, lacking};
use crate::collect::Item;
use crate::collect::environment::{is_production, of_environment, of_name};
use crate::collect::github::client::{Failure, quoted};
use crate::collect::github::queries::{self, RATE};
use crate::collect::github::wire::{Aliased, GraphQlError, NewestDeployment, Nodes, PageInfo};
use crate::model::event::{Deployment, Step, to_fields};
use crate::model::{Event, EventKind, Hint, Instant, Kind, Resource};

/// Repositories that are asked for at once.
const REPOSITORIES: usize = 40;
/// Deployments of each: at first few, for most have few; the rest in longer pages.
const FEW: usize = 15;
const MANY: usize = 100;
/// Repositories whose long pages are asked for at once.
const LONG: usize = 10;
/// Pages that are read of one repository at most.
const MOST_PAGES: usize = 200;
/// How long a deployment that was not over is asked for again.
const OPEN_DAYS: i64 = 14;
/// How much older one may be that another takes the place of, so that it is asked for again.
const REPLACED_DAYS: i64 = 90;
const PERMISSION: &str = "deployments";

pub(super) fn key(name: &str) -> String {
    format!("deployments:{name}")
}

pub(super) fn filled_key(name: &str) -> String {
    format!("filled-deployments:{name}")
}

/// What is remembered of a repository's deployments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// The newest one when it was last read, and when that was last changed.
    newest: u64,
    updated: Option<Instant>,
    /// When the newest one was made.
    until: Option<Instant>,
    /// When the oldest one was made that was not over.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Instant>,
    /// When the newest one was made that stands in an environment, by [`Node::place`]. GitHub calls it inactive when another
    /// takes its place, and says so nowhere else.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    standing: BTreeMap<String, Instant>,
    /// The components that they were of; empty for the repository itself.
    pub(super) components: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct RepositoryNode {
    deployments: Option<Page>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    page_info: PageInfo,
    #[serde(default)]
    nodes: Option<Vec<Option<Node>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Node {
    database_id: Option<u64>,
    environment: Option<String>,
    created_at: Option<Instant>,
    updated_at: Option<Instant>,
    state: Option<String>,
    task: Option<String>,
    description: Option<String>,
    payload: Option<Value>,
    commit_oid: Option<String>,
    commit: Option<CommitNode>,
    #[serde(rename = "ref")]
    reference: Option<NameNode>,
    creator: Option<Login>,
    statuses: Option<Statuses>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CommitNode {
    associated_pull_requests: Option<Nodes<Number>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Number {
    number: u64,
}

#[derive(Clone, Debug, Deserialize)]
struct NameNode {
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Login {
    pub(super) login: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Statuses {
    page_info: PageInfo,
    nodes: Option<Vec<Option<Status>>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    state: Option<String>,
    created_at: Option<Instant>,
    log_url: Option<String>,
    environment_url: Option<String>,
}

impl Node {
    /// The component and the environment, as they are named.
    fn place(&self, component: Option<&str>) -> String {
        format!("{}#{}", component.unwrap_or_default(), self.environment.as_deref().unwrap_or_default())
    }
}

/// A repository of which deployments are being read.
struct Asking<'a> {
    seen: &'a Seen,
    known: Known,
    newest: Option<NewestDeployment>,
    /// Older ones are not wanted.
    from: Instant,
    after: Option<String>,
    pages: usize,
    found: Vec<Node>,
}

impl Asking<'_> {
    /// Since when deployments have to be read: those that are new, and those of which they took the place.
    fn since(&self) -> Instant {
        let replaced = self.found.iter().filter_map(|node| {
            let created = node.created_at.filter(|at| *at >= self.from)?;
            let before = *self.known.standing.get(&node.place(component(&self.seen.name, node).as_deref()))?;
            (before < created && before > created.plus_seconds(-REPLACED_DAYS * 86_400)).then_some(before)
        });
        replaced.min().unwrap_or(self.from).min(self.from)
    }
}

/// The question for a page of each of these repositories.
pub(crate) fn document(repositories: &[(&str, Option<&str>)], first: usize) -> String {
    let mut document = String::from("query Deployments {");
    for (number, (name, after)) in repositories.iter().enumerate() {
        let (owner, short) = name.split_once('/').unwrap_or((name, ""));
        let after = after.map(|after| format!(", after: {}", quoted(after))).unwrap_or_default();
        document.push_str(&format!(
            "\n  r{number}: repository(owner: {}, name: {}) {{ deployments(first: {first}{after}, orderBy: {{ field: CREATED_AT, direction: DESC }}) {{ ...D }} }}",
            quoted(owner),
            quoted(short)
        ));
    }
    document.push_str(&format!("\n  {RATE}\n}}\n{}", queries::DEPLOYMENTS));
    document
}

/// Tells what was deployed since the last run.
pub(super) async fn collect(context: &Context<'_>, seen: &[Seen]) -> Result<(), Failure> {
    let mut untold = BTreeSet::new();
    let mut asked = Vec::new();
    for seen in seen {
        if let Some(message) = &seen.untold {
            untold.insert((seen.owner(), message.as_str()));
        }
        let Some(newest) = &seen.deployment else { continue };
        let known: Option<Known> = context.known(&key(&seen.name));
        let id = newest.database_id.unwrap_or_default();
        if known.as_ref().is_some_and(|known| known.newest == id && known.updated == Some(newest.updated_at) && known.open.is_none()) {
            continue;
        }
        let beginning = context.beginning();
        let from = known.as_ref().and_then(|known| Some(known.open.unwrap_or(Instant::MAX).min(known.until?)));
        let from = from.unwrap_or(beginning);
        asked.push(Asking {
            seen,
            known: known.unwrap_or_default(),
            newest: Some(newest.clone()),
            from,
            after: None,
            pages: 0,
            found: Vec::new(),
        });
    }
    for (owner, message) in untold {
        context.problem(owner, lacking(message, "deployments", PERMISSION)).await?;
    }
    read(context, asked, None).await
}

/// Tells what was deployed in the past, of the repositories in which something ever was.
pub(super) async fn backfill(context: &Context<'_>, seen: &[Seen], range: &Range<Instant>) -> Result<(), Failure> {
    let mut asked = Vec::new();
    for seen in seen {
        let Some(known) = context.known::<Known>(&key(&seen.name)) else { continue };
        if context.known::<Instant>(&filled_key(&seen.name)).is_some_and(|from| from <= range.start) {
            continue;
        }
        asked.push(Asking { seen, known, newest: None, from: range.start, after: None, pages: 0, found: Vec::new() });
    }
    read(context, asked, Some(range)).await
}

/// Reads page by page, of many repositories at once, until each has what is wanted of it.
async fn read(context: &Context<'_>, asked: Vec<Asking<'_>>, range: Option<&Range<Instant>>) -> Result<(), Failure> {
    let mut denied = BTreeSet::new();
    for (owner, mut waiting) in by_owner(asked, |asking| asking.seen.owner().to_owned()) {
        let mut size = REPOSITORIES;
        while !waiting.is_empty() {
            // Those that have more pages go on together, so that memory holds few whole histories.
            waiting.sort_by_key(|asking| asking.pages == 0);
            let is_long = waiting[0].pages > 0 || range.is_some();
            let (most, first) = if is_long { (LONG.min(size), MANY) } else { (size, FEW) };
            let count = waiting.iter().take(most).take_while(|asking| is_long || asking.pages == 0).count().max(1);
            let names: Vec<(&str, Option<&str>)> =
                waiting[..count].iter().map(|asking| (asking.seen.name.as_str(), asking.after.as_deref())).collect();
            let reply = match context.client.query::<Aliased<RepositoryNode>>(&owner, &document(&names, first), json!({})).await {
                Ok(reply) if reply.is_cut() && count > 1 => {
                    size = count / 2;
                    continue;
                }
                Err(Failure::TooMuch(_)) if count > 1 => {
                    size = count / 2;
                    continue;
                }
                Err(failure) if failure.ends_the_run() => return Err(failure),
                Err(failure) => {
                    for asking in waiting.drain(..count) {
                        context.problem(&asking.seen.name, format!("deployments could not be read: {failure}")).await?;
                    }
                    continue;
                }
                Ok(reply) => reply,
            };
            let mut answers = reply.data.answers;
            for (number, mut asking) in waiting.drain(..count).collect::<Vec<_>>().into_iter().enumerate() {
                let alias = format!("r{number}");
                let error = reply.errors.iter().find(|error| error.touches(&[&alias]));
                let page = answers.remove(&alias).flatten().and_then(|node| node.deployments);
                // What an error names within a page is lost alone: somebody who made it may be gone.
                let is_within = |error: &&GraphQlError| error.path.as_ref().is_some_and(|path| path.len() > 3);
                let (within, error) =
                    if page.is_some() { (error.filter(is_within), error.filter(|error| !is_within(error))) } else { (None, error) };
                if let Some(error) = within {
                    context.problem(&asking.seen.name, format!("some deployments could not be read: {}", error.message)).await?;
                }
                let (Some(page), None) = (page, error) else {
                    let message = error.map_or("GitHub answered nothing in their place", |error| error.message.as_str());
                    match error {
                        Some(error) if error.is("FORBIDDEN") => {
                            if denied.insert(owner.clone()) {
                                context.problem(&owner, lacking(message, PERMISSION, PERMISSION)).await?;
                            }
                        }
                        // It was deleted meanwhile; the next listing says so.
                        Some(error) if error.is("NOT_FOUND") => {}
                        _ => context.problem(&asking.seen.name, format!("deployments could not be read: {message}")).await?,
                    }
                    continue;
                };
                asking.pages += 1;
                let nodes: Vec<Node> = page.nodes.unwrap_or_default().into_iter().flatten().collect();
                asking.found.extend(nodes);
                let since = asking.since();
                let is_past = asking.found.iter().filter_map(|node| node.created_at).any(|at| at < since);
                let next = page.page_info.end_cursor.filter(|_| page.page_info.has_next_page);
                let repeats = next.is_some() && next == asking.after;
                if repeats || asking.pages >= MOST_PAGES {
                    context.problem(&asking.seen.name, "GitHub's pages of deployments do not end; the rest was left out").await?;
                }
                match next.filter(|_| !is_past && !repeats && asking.pages < MOST_PAGES) {
                    Some(next) => {
                        asking.after = Some(next);
                        waiting.push(asking);
                    }
                    None => tell(context, asking, range).await?,
                }
            }
        }
    }
    Ok(())
}

/// Tells the deployments of one repository, and where they come from.
async fn tell(context: &Context<'_>, asking: Asking<'_>, range: Option<&Range<Instant>>) -> Result<(), Failure> {
    let name = &asking.seen.name;
    let since = asking.since();
    let mut known = asking.known;
    let mut components = BTreeSet::new();
    let (mut events, mut open) = (Vec::new(), None);
    if asking.found.iter().any(|node| node.database_id.is_none() || node.created_at.is_none()) {
        return context
            .problem(name, "GitHub told a deployment without its number or time; deployments are read again with the next run")
            .await;
    }
    for node in asking.found {
        let Some(created) = node.created_at.filter(|at| *at >= since && range.is_none_or(|range| *at < range.end)) else { continue };
        let component = component(name, &node);
        let Some(event) = event(asking.seen, component.as_deref(), &node) else { continue };
        let place = node.place(component.as_deref());
        let before = known.standing.get(&place).copied();
        match event.history.last().and_then(|step| step.set.get("state")).and_then(Value::as_str) {
            Some("success") if before.is_none_or(|before| before < created) => drop(known.standing.insert(place, created)),
            Some("inactive") if before == Some(created) => drop(known.standing.remove(&place)),
            _ => {}
        }
        if event.ended.is_none() && created > context.now.plus_seconds(-OPEN_DAYS * 86_400) {
            open = Some(open.map_or(created, |open: Instant| open.min(created)));
        }
        components.insert(component.unwrap_or_default());
        events.push(event);
    }
    context.events(events).await?;
    for component in &components {
        let component = Some(component.as_str()).filter(|component| !component.is_empty());
        let named = component.map(|component| Hint::Name(component.to_owned()));
        let hints = named.into_iter().chain([Hint::Repository(name.clone())]).collect();
        context.put(Item::Hints { resource: resource(name, component), hints }).await?;
    }
    if let (None, Some(newest)) = (range, asking.newest) {
        known.newest = newest.database_id.unwrap_or_default();
        known.updated = Some(newest.updated_at);
        known.until = Some(newest.created_at);
    }
    let oldest = known.until.map(|until| until.plus_seconds(-REPLACED_DAYS * 86_400));
    known.standing.retain(|_, at| oldest.is_none_or(|oldest| *at > oldest));
    match range {
        Some(range) => {
            context.remember(key(name), known).await?;
            context.remember(filled_key(name), range.start).await?;
            if components.is_empty() {
                return Ok(());
            }
            let scope = format!("{name}#deployments");
            context.put(Item::Filled { scope, range: range.clone(), replace: false }).await
        }
        None => {
            known.open = open;
            known.components.extend(components);
            context.remember(key(name), known).await
        }
    }
}

/// What is deployed: the repository, or one of its components.
pub(super) fn resource(name: &str, component: Option<&str>) -> Arc<Resource> {
    let id = match component {
        Some(component) => format!("deploys:{name}/{component}"),
        None => format!("deploys:{name}"),
    };
    Arc::new(Resource { id, kind: Kind::Service, scope: name.to_owned() })
}

/// The component that the deployment itself names; none if that is the repository.
fn component(name: &str, node: &Node) -> Option<String> {
    let short = name.rsplit('/').next().unwrap_or_default();
    let payload = payload(node);
    let of_payload =
        ["component", "service", "application", "app", "workload"].iter().find_map(|key| payload.get(*key)?.as_str().map(str::to_owned));
    let of_task = || node.task.as_deref()?.split_once(':').map(|(_, component)| component.trim().to_owned());
    let of_environment = || of_name(node.environment.as_deref()?).map(|(stem, _)| stem);
    let found = of_payload.or_else(of_task).or_else(of_environment)?;
    let is_name = !found.is_empty() && found.len() <= 100 && !found.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/');
    (is_name && !found.eq_ignore_ascii_case(short)).then_some(found)
}

/// The payload, which is free text, JSON, or JSON within JSON.
fn payload(node: &Node) -> serde_json::Map<String, Value> {
    let mut value = node.payload.clone().unwrap_or_default();
    for _ in 0..3 {
        match value {
            Value::Object(fields) => return fields,
            Value::String(text) => value = serde_json::from_str(&text).unwrap_or_default(),
            _ => break,
        }
    }
    serde_json::Map::new()
}

/// The word for a state; none of one that nobody knows.
fn word(state: &str) -> Option<&'static str> {
    Some(match state {
        "QUEUED" | "PENDING" | "WAITING" => "queued",
        "IN_PROGRESS" => "in_progress",
        "SUCCESS" | "ACTIVE" => "success",
        "FAILURE" => "failure",
        "ERROR" => "error",
        "INACTIVE" | "DESTROYED" => "inactive",
        "ABANDONED" => "cancelled",
        _ => return None,
    })
}

fn event(seen: &Seen, component: Option<&str>, node: &Node) -> Option<Event> {
    let (id, created) = (node.database_id?, node.created_at?);
    let statuses = node.statuses.clone().unwrap_or_default();
    let is_whole = !statuses.page_info.has_next_page;
    let mut statuses: Vec<Status> = statuses.nodes.unwrap_or_default().into_iter().flatten().collect();
    statuses.sort_by_key(|status| status.created_at);
    let mut history = vec![Step::state(created, "queued")];
    for status in &statuses {
        if let (Some(at), Some(word)) = (status.created_at, status.state.as_deref().and_then(word)) {
            history.push(Step::state(at.max(created), word));
        }
    }
    if let (1, Some(word)) = (history.len(), node.state.as_deref().and_then(word).filter(|word| *word != "queued")) {
        history.push(Step::state(node.updated_at.unwrap_or(created).max(created), word));
    }
    history.dedup_by(|later, earlier| later.set == earlier.set);
    let is_over = |step: &&Step| !matches!(step.set.get("state").and_then(Value::as_str), Some("queued" | "in_progress"));
    let ended = history.iter().find(is_over).map(|step| step.at);
    let payload = payload(node);
    let text = |key: &str| payload.get(key).and_then(Value::as_str).map(str::to_owned);
    let environment = node.environment.clone().unwrap_or_default();
    // Behind a component's name stands where it runs.
    let place =
        of_name(&environment).filter(|(stem, _)| component == Some(stem)).map_or_else(|| of_environment(&environment), |(_, place)| place);
    let git_ref = node.reference.as_ref().map(|reference| reference.name.clone()).or_else(|| text("ref"));
    let version = text("version").or_else(|| git_ref.clone().filter(|name| is_version(name)));
    let newest = |of: fn(&Status) -> Option<String>| statuses.iter().rev().find_map(of).filter(|url| !url.is_empty());
    let is_plain = |task: &str| task.is_empty() || task == "deploy" || task.starts_with("deploy:");
    let task = node.task.clone().filter(|task| !is_plain(task));
    let requests = node.commit.as_ref().and_then(|commit| commit.associated_pull_requests.as_ref()?.nodes.as_ref());
    let body = Deployment {
        production: is_production(&place.environment).then_some(true),
        environment: place.environment,
        region: place.region,
        version,
        commit: node.commit_oid.clone(),
        git_ref,
        by: node.creator.as_ref().map(|creator| creator.login.clone()),
        pull_request: requests.and_then(|found| found.iter().flatten().next()).map(|found| found.number),
        log: newest(|status| status.log_url.clone()),
        url: newest(|status| status.environment_url.clone()),
        rollback: task.as_deref().is_some_and(|task| task.to_lowercase().contains("rollback"))
            || payload.get("rollback") == Some(&Value::Bool(true)),
        description: node.description.clone().filter(|text| !text.trim().is_empty()).or(task),
    };
    Some(Event {
        kind: EventKind::Deployment,
        id: id.to_string(),
        resource: resource(&seen.name, component),
        at: created,
        ended,
        history,
        is_whole,
        body: to_fields(&body),
        check: Some(format!("{}/deployments", seen.web)),
    })
}

/// `v1.4.2`, `1.4.2`, `release-1.4`: there are numbers with a dot between them.
fn is_version(name: &str) -> bool {
    let numbers = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let prefix = &name[..name.len() - numbers.len()];
    prefix.len() <= 40
        && !prefix.contains('/')
        && numbers.split('.').take(2).filter(|part| part.starts_with(|c: char| c.is_ascii_digit())).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: Value) -> Node {
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn the_component_is_the_one_that_the_deployment_names() {
        let of = |text: Value| component("acme/billing", &node(text));
        assert_eq!(of(json!({"payload": "{\"component\":\"ledger-worker\"}"})).as_deref(), Some("ledger-worker"));
        assert_eq!(of(json!({"payload": "\"{\\\"service\\\":\\\"ledger\\\"}\""})).as_deref(), Some("ledger"));
        assert_eq!(of(json!({"task": "deploy:ledger-admin"})).as_deref(), Some("ledger-admin"));
        assert_eq!(of(json!({"environment": "ledger-worker-production-eu"})).as_deref(), Some("ledger-worker"));
        for plain in [
            json!({"payload": "", "task": "deploy", "environment": "production/eu-central-1"}),
            json!({"payload": "free text", "environment": "Production"}),
            json!({"payload": {"component": "billing"}}),
            json!({"payload": {"component": "not a name"}}),
            json!({"payload": {"component": 7}}),
        ] {
            assert_eq!(of(plain.clone()), None, "{plain}");
        }
    }

    #[test]
    fn a_deployment_has_its_whole_life_and_its_place() {
        let seen = Seen {
            name: "acme/billing".to_owned(),
            web: "https://forge.example/acme/billing".to_owned(),
            resource: resource("acme/billing", None),
            pushed: None,
            deployment: None,
            untold: None,
        };
        let told = node(json!({
            "databaseId": 7, "environment": "production/eu-central-1", "createdAt": "2026-05-01T10:00:00Z", "updatedAt": "2026-05-01T10:05:00Z",
            "state": "ACTIVE", "task": "rollback", "payload": "{}", "commitOid": "ab", "ref": {"name": "v1.4.2"}, "creator": {"login": "ada"},
            "commit": {"associatedPullRequests": {"nodes": [{"number": 12}]}}, "somethingNew": {"x": 1},
            "statuses": {"nodes": [
                {"state": "SUCCESS", "createdAt": "2026-05-01T10:05:00Z", "logUrl": "https://log.example"},
                {"state": "SOMETHING_NEW", "createdAt": "2026-05-01T10:02:00Z"},
                null,
                {"state": "IN_PROGRESS", "createdAt": "2026-05-01T10:01:00Z"},
            ]},
        }));
        let event = event(&seen, None, &told).unwrap();
        let states: Vec<&str> = event.history.iter().map(|step| step.set["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["queued", "in_progress", "success"]);
        assert_eq!(event.ended, Some("2026-05-01T10:05:00Z".parse().unwrap()));
        assert_eq!(
            Value::Object(event.body),
            json!({
                "environment": "production", "region": "eu-central-1", "production": true, "version": "v1.4.2", "commit": "ab",
                "gitRef": "v1.4.2", "by": "ada", "pullRequest": 12, "log": "https://log.example", "description": "rollback", "rollback": true,
            })
        );
    }

    #[test]
    fn versions_are_told_from_branches() {
        assert!(["v1.4.2", "1.0", "billing-2.0.1", "release-1.4"].iter().all(|name| is_version(name)));
        assert!(["main", "v2", "feature/1.2-things", "fix-3", ""].iter().all(|name| !is_version(name)));
    }
}
