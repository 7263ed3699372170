//! What happens in repositories, told as events: each as the company knows it, none twice, none lost, for few requests.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use spot::collect::{Collector, Item};
use spot::demo::company::delivery::{Environment, Outcome, Tool, Trigger};
use spot::demo::company::{Company, Shape};
use spot::demo::github::{Grants, Options, Token};
use spot::demo::serve::Fault;
use spot::model::event::Step;
use spot::model::{Event, EventKind, Instant};

use crate::github::support::*;

const END: &str = "2026-11-20T00:00:00Z";
/// A Wednesday, so that the next days are busy.
const NOW: &str = "2026-11-11T15:00:00Z";
const NEXT: &str = "2026-11-12T15:00:00Z";

fn made(repositories: usize) -> Company {
    Company::generate(&Shape { seed: 1, repositories, end: at(END) })
}

async fn world(company: &Company) -> World {
    let mut world = World::new(company.clone(), NOW).await;
    world.config.organisations = vec![company.login.clone()];
    world.config.pipeline_runs = true;
    world
}

fn events(told: &Told, kind: EventKind) -> BTreeMap<String, &Event> {
    let all = told.items.iter().filter_map(|item| match item {
        Item::Event(event) if event.kind == kind => Some((event.id.clone(), event)),
        _ => None,
    });
    all.collect()
}

fn state(event: &Event) -> &str {
    event.history.last().and_then(|step| step.set.get("state")).and_then(Value::as_str).unwrap_or_default()
}

/// What the company deployed by GitHub in a stretch, of repositories that are there: when, and how it stands.
fn deployed(company: &Company, range: &Range<Instant>, now: Instant) -> Vec<(Instant, String, &'static str)> {
    let delivery = &company.delivery;
    let mut found = Vec::new();
    for deployment in &delivery.deployments[delivery.deployments_between(range)] {
        let service = delivery.service_of(deployment);
        let repository = &company.repositories[service.repository];
        if service.tool != Tool::GitHub || !repository.exists.contains(&now) || deployment.queued > now {
            continue;
        }
        let name = format!("{}/{}", company.login, repository.name.at(now));
        let resource = if service.is_main { format!("deploys:{name}") } else { format!("deploys:{name}/{}", service.name) };
        let state = match deployment.outcome {
            _ if deployment.started() > now => "queued",
            _ if deployment.finished() > now => "in_progress",
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Cancelled => "error",
        };
        found.push((deployment.queued, resource, state));
    }
    found.sort();
    found
}

fn told_deployments(events: &BTreeMap<String, &Event>, range: &Range<Instant>) -> Vec<(Instant, String, &'static str)> {
    let mut found: Vec<_> = events
        .values()
        .filter(|event| range.contains(&event.at))
        .map(|event| {
            let states = ["queued", "in_progress", "success", "failure", "error"];
            let last = event.history.iter().rev().filter_map(|step| step.set["state"].as_str()).find(|state| *state != "inactive").unwrap();
            (event.at, event.resource.id.clone(), *states.iter().find(|state| **state == last).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// GitHub tells whole seconds.
fn whole(mut all: Vec<(Instant, String, &'static str)>) -> Vec<(Instant, String, &'static str)> {
    all.iter_mut().for_each(|(at, ..)| *at = Instant::from_seconds(at.micros() / 1_000_000));
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_what_the_company_knows_first_then_day_by_day_then_of_the_past() {
    let company = made(80);
    let mut world = world(&company).await;
    let (now, next) = (at(NOW), at(NEXT));
    let fortnight = now.plus_seconds(-14 * 86_400)..now.plus_seconds(1);

    let told = world.collect().await;
    assert!(told.problems().iter().all(|problem| !problem.contains("could not be read")), "{:?}", told.problems());
    let found = events(&told, EventKind::Deployment);
    let expected = whole(deployed(&company, &fortnight, now));
    assert!(expected.len() > 30, "{}", expected.len());
    assert_eq!(told_deployments(&found, &fortnight), expected);
    let hints: BTreeSet<String> = told
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Hints { resource, .. } => Some(resource.id.clone()),
            _ => None,
        })
        .collect();
    assert!(found.values().all(|event| hints.contains(&event.resource.id)));
    for event in found.values() {
        let (environment, region) = (event.body["environment"].as_str().unwrap(), event.body.get("region").and_then(Value::as_str));
        let is_known = ["production", "staging"].contains(&environment) && region.is_some();
        assert!(is_known || environment.starts_with("tools"), "{environment} {region:?}");
    }

    let requests = events(&told, EventKind::PullRequest);
    let is_there = |repository: u32| company.repositories[repository as usize].exists.contains(&now);
    let lately = |request: &spot::demo::company::delivery::PullRequest| {
        let last = [request.closed, Some(request.opened)].into_iter().flatten().filter(|at| *at <= now).max();
        last.is_some_and(|last| fortnight.contains(&last)) && is_there(request.repository)
    };
    let wanted: Vec<_> = company.delivery.pull_requests.iter().filter(|request| lately(request)).collect();
    assert!(wanted.len() > 20, "{}", wanted.len());
    for request in wanted {
        let event = requests[&request.id.to_string()];
        let closed = request.closed.filter(|at| *at <= now);
        let expected = match (closed, request.commit) {
            (Some(_), Some(_)) => "merged",
            (Some(_), None) => "closed",
            (None, _) if request.draft_until.is_some_and(|until| until > now) => "draft",
            (None, _) if request.reviews.iter().any(|review| review.at <= now) => "reviewed",
            (None, _) => "open",
        };
        assert_eq!(state(event), expected, "{request:?}");
        assert_eq!(event.body["number"], request.number);
        let first = request.reviews.first().filter(|review| review.at <= now && expected != "draft");
        let told = event.history.iter().find(|step| step.set["state"] == "reviewed").map(|step| step.at);
        assert_eq!(told, first.map(|review| Instant::from_seconds(review.at.micros() / 1_000_000)), "{request:?}");
    }

    let runs = events(&told, EventKind::PipelineRun);
    let pushed = |repository: u32| company.repositories[repository as usize].commits.iter().any(|commit| fortnight.contains(&commit.at));
    let wanted: BTreeSet<String> = company
        .delivery
        .workflow_runs
        .iter()
        .filter(|run| fortnight.contains(&run.created) && is_there(run.repository) && pushed(run.repository))
        .map(|run| run.id.to_string())
        .collect();
    assert!(wanted.len() > 50, "{}", wanted.len());
    assert!(wanted.iter().all(|id| runs.contains_key(id)));
    let run = company
        .delivery
        .workflow_runs
        .iter()
        .find(|run| wanted.contains(&run.id.to_string()) && run.finished() < now && run.trigger == Trigger::Push);
    let (run, event) = (run.unwrap(), runs[&run.unwrap().id.to_string()]);
    assert_eq!(event.ended.map(|at| at.micros() / 1_000_000), Some(run.finished().micros() / 1_000_000));
    assert_eq!((event.body["attempt"].as_u64(), event.body["trigger"].as_str()), (Some(run.attempt.into()), Some("push")));

    world.asked();
    let told = world.collect().await;
    let again = events(&told, EventKind::Deployment).len() + events(&told, EventKind::PipelineRun).len();
    let (graphql, rest) = world.asked();
    println!("nothing happened: {graphql} GraphQL, {rest} REST, {again} events again");
    assert!(graphql <= 6, "{graphql}");

    world.set(NEXT);
    let told = world.collect().await;
    let (graphql, rest) = world.asked();
    println!("a day later: {graphql} GraphQL, {rest} REST");
    let day = now.plus_seconds(1)..next.plus_seconds(1);
    let found = events(&told, EventKind::Deployment);
    assert_eq!(told_deployments(&found, &day), whole(deployed(&company, &day, next)));
    assert!(graphql <= 12, "{graphql}");

    let told = world.backfill("2026-08-01T00:00:00Z", NEXT, usize::MAX).await;
    assert_eq!(told.problems(), Vec::<String>::new());
    let past = at("2026-08-01T00:00:00Z")..at("2026-11-01T00:00:00Z");
    let found = events(&told, EventKind::Deployment);
    let is_known: BTreeSet<String> = world.memory.keys().filter_map(|key| key.strip_prefix("deployments:")).map(str::to_owned).collect();
    let mut expected = whole(deployed(&company, &past, next));
    expected.retain(|(_, resource, _)| is_known.iter().any(|name| resource[8..].starts_with(name.as_str())));
    assert!(expected.len() > 150, "{}", expected.len());
    assert_eq!(told_deployments(&found, &past), expected);
    assert!(told.items.iter().any(|item| matches!(item, Item::Filled { scope, .. } if scope.ends_with("#pull-requests"))));
    world.asked();
    let told = world.backfill("2026-08-01T00:00:00Z", NEXT, usize::MAX).await;
    assert!(told.items.iter().all(|item| !matches!(item, Item::Event(_))), "what is delivered is not delivered again");
}

/// GitHub calls a deployment inactive when another takes its place, be that weeks later.
#[tokio::test(flavor = "multi_thread")]
async fn day_by_day_gives_each_deployment_the_life_that_is_read_at_once_later() {
    let company = made(40);
    let mut world = world(&company).await;
    let mut lives: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    for day in 0..40 {
        *world.now.lock() = at("2026-10-05T15:00:00Z").plus_seconds(day * 86_400);
        let told = world.collect().await;
        assert!(!told.problems().iter().any(|problem| problem.contains("deployments")), "{:?}", told.problems());
        lives.extend(events(&told, EventKind::Deployment).into_iter().map(|(id, event)| (id, event.history.clone())));
    }
    world.memory.clear();
    let end = world.now.lock().to_string();
    let (now, past) = (world.collect().await, world.backfill("2026-09-01T00:00:00Z", &end, usize::MAX).await);
    let mut at_once = events(&past, EventKind::Deployment);
    at_once.extend(events(&now, EventKind::Deployment));
    let is_inactive = |history: &&Vec<Step>| history.last().is_some_and(|step| step.set["state"] == "inactive");
    assert!(lives.values().filter(is_inactive).count() > 50, "{}", lives.len());
    for (id, history) in &lives {
        assert_eq!(history, &at_once[id].history, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_over_is_read_again_until_it_is() {
    let company = made(80);
    let delivery = &company.delivery;
    let production = |deployment: &&spot::demo::company::delivery::Deployment| {
        delivery.service_of(deployment).tool == Tool::GitHub
            && delivery.environment_of(deployment) == Environment::Production
            && deployment.queued > at("2026-11-04T00:00:00Z")
            && deployment.queued < at("2026-11-18T00:00:00Z")
            && deployment.took > 60
    };
    let deployment = delivery.deployments.iter().find(production).unwrap();
    let mut world = world(&company).await;
    *world.now.lock() = deployment.started().plus_seconds(10);
    let told = world.collect().await;
    let resource = |event: &&Event| event.at == Instant::from_seconds(deployment.queued.micros() / 1_000_000) && event.ended.is_none();
    let event = events(&told, EventKind::Deployment).values().copied().find(|event| resource(event)).cloned().unwrap();
    assert_eq!(state(&event), "in_progress");
    *world.now.lock() = deployment.finished().plus_seconds(10);
    let told = world.collect().await;
    let event = events(&told, EventKind::Deployment)[&event.id];
    assert!(event.ended.is_some() && ["success", "failure", "error"].contains(&state(event)), "{event:?}");
}

/// Neither a list that is not there for a day nor one with nothing in it is believed where there were runs.
#[tokio::test(flavor = "multi_thread")]
async fn runs_of_a_day_whose_lists_were_gone_are_read_the_next_day() {
    let company = made(40);
    let runs = |told: &Told| -> BTreeSet<String> { events(told, EventKind::PipelineRun).into_keys().collect() };
    let mut calm = world(&company).await;
    calm.collect().await;
    calm.set(NEXT);
    let expected = runs(&calm.collect().await);
    assert!(expected.len() > 3, "{}", expected.len());
    for gone in [answer(404, &[], json!({"message": "Not Found"})), answer(200, &[], json!({}))] {
        let mut world = world(&company).await;
        world.collect().await;
        world.set(NEXT);
        world.fail_first("/actions/runs", usize::MAX, gone);
        let told = world.collect().await;
        assert!(told.problems().iter().any(|problem| problem.contains("workflows could not be read")), "{:?}", told.problems());
        assert_eq!(runs(&told), BTreeSet::new());
        world.fail_first("/actions/runs", 0, Fault::Hang);
        assert_eq!(runs(&world.collect().await), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_named_and_the_rest_is_read() {
    let company = made(40);
    let all = ["metadata", "contents", "members", "organization_custom_properties", "deployments", "pull_requests", "actions"];
    for (without, kind) in
        [("deployments", EventKind::Deployment), ("pull_requests", EventKind::PullRequest), ("actions", EventKind::PipelineRun)]
    {
        let grants = all.iter().filter(|name| **name != without).map(|name| ((*name).to_owned(), "read".to_owned())).collect();
        let mut token = Token::classic(SECRET, "spot-reader");
        token.grants = Grants::Permissions(grants, None);
        let mut world = World::with(company.clone(), Options { tokens: vec![token], ..Options::default() }, NOW).await;
        world.config.organisations = vec![company.login.clone()];
        world.config.pipeline_runs = true;
        let told = world.collect().await;
        let permission = format!("permission {without}: read");
        assert_eq!(told.problems().iter().filter(|problem| problem.contains(&permission)).count(), 1, "{without}: {:?}", told.problems());
        assert!(told.extents().last().unwrap().contains("repository Full"), "{without}: {:?}", told.extents().last());
        for other in [EventKind::Deployment, EventKind::PullRequest, EventKind::PipelineRun] {
            assert_eq!(events(&told, other).is_empty(), other == kind, "{without}: {other}");
        }
        let findings = world.collector().check().await;
        let named: Vec<_> = findings.iter().filter(|finding| finding.detail.contains(&permission)).collect();
        assert_eq!(named.len(), 1, "{without}: {findings:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_asked_for_again_by_the_next_run_and_nothing_is_lost() {
    let company = made(60);
    let (now, fortnight) = (at(NOW), at(NOW).plus_seconds(-14 * 86_400)..at(NOW).plus_seconds(1));
    let faults = [
        ("an error", json!({"errors": [{"message": "Something went wrong while executing your query."}]})),
        ("no JSON that is known", json!("<html>not here</html>")),
        ("half an answer", json!({"data": {}})),
        ("nothing", json!({"data": {"r0": null, "search": null}})),
        (
            "too much",
            json!({"data": {}, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."}]}),
        ),
        ("something not understood", json!({"data": {"r0": {"deployments": {"nodes": [{"databaseId": 5, "state": "NEW"}, null]}}}})),
    ];
    for (what, fault) in faults {
        let wrong = Arc::new(AtomicBool::new(true));
        let is_wrong = Arc::clone(&wrong);
        let mut world = World::meddled(company.clone(), options(), NOW, move |question, answer| {
            let text = question["query"].as_str().unwrap_or_default();
            if is_wrong.load(Ordering::Relaxed) && (text.contains("query Deployments") || text.contains("query PullRequests")) {
                *answer = fault.clone();
            }
        })
        .await;
        world.config.organisations = vec![company.login.clone()];
        world.config.pipeline_runs = true;
        world.fail_first("/actions/runs", 3, answer(500, &[], json!({"message": "Server Error"})));
        let told = world.collect().await;
        assert!(told.extents().last().unwrap().contains("repository Full"), "{what}: {:?}", told.extents().last());
        assert!(told.summary.failure.is_none(), "{what}: {:?}", told.summary.failure);
        wrong.store(false, Ordering::Relaxed);
        let healed = world.collect().await;
        let found = events(&healed, EventKind::Deployment);
        assert_eq!(told_deployments(&found, &fortnight), whole(deployed(&company, &fortnight, now)), "{what}");
    }
}
