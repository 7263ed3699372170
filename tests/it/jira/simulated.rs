//! The simulated Jira: the company's bugs in it, and its answers against a published description of Cloud's.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Value, json};
use spot::collect::Collector;
use spot::collect::jira::Config;
use spot::demo::company::trouble::{BugKey, BugState, Resolution};
use spot::demo::company::{Company, Shape};
use spot::demo::jira::Options;
use spot::demo::jira::content::{Content, Issue};
use spot::demo::serve::Recorded;
use spot::model::event::fields_at;

use super::{DAY, NOW, World, at, content, days_ago, rules, service_management, texts, then, thrown};
use crate::support::package;

#[tokio::test]
async fn the_bugs_of_the_demo_company_are_told_as_they_are() {
    let now = at(NOW);
    let company = Company::generate(&Shape { seed: 3, repositories: 200, end: now.plus_seconds(30 * DAY) });
    let configure = |config: &mut Config| config.production.labels = texts(&["production"]);
    let mut world = World::with(Content::of_company(&company), Options::default(), configure).await;
    let first = world.collect().await;
    let mut events = first.events();
    let past = world.backfill(366, usize::MAX).await;
    assert!(first.is_silent() && past.is_silent(), "{:?} {:?}", first.problems(), past.problems());
    events.extend(past.events());
    let (mut open, mut known) = (0, 0);
    for bug in company.trouble.bugs.iter().filter(|bug| bug.exists(now) && matches!(bug.key.at(now), BugKey::Jira { .. })) {
        let key = company.bug_key(bug, now);
        let event = events.values().find(|event| event.body["key"] == key.as_str());
        // What was over before the year, or is not touched since, is not asked for.
        let Some(event) = event else {
            assert!(!bug.is_open(now) && bug.created < now.plus_seconds(-366 * DAY), "{key}");
            continue;
        };
        known += 1;
        open += usize::from(bug.is_open(now));
        assert_eq!((event.at, event.ended.is_none()), (bug.created, bug.is_open(now)), "{key}");
        assert_eq!(event.body["production"], bug.is_in_production(), "{key}");
        let service = &company.delivery.services[*bug.service.at(now) as usize].name;
        assert!(event.resource.id.ends_with(&format!("/component/{service}")), "{key}: {}", event.resource.id);
        for transition in bug.transitions.iter().filter(|transition| transition.at <= now) {
            let state = match transition.to {
                BugState::Resolved(Resolution::Fixed) => "resolved",
                BugState::Resolved(_) => "deleted",
                _ => "open",
            };
            assert_eq!(fields_at(&event.body, &event.history, transition.at)["state"], state, "{key} at {}", transition.at);
        }
    }
    assert_eq!(known, events.len());
    assert!(open > 20 && known > 5 * open / 2, "{open} open of {known}");
    let requests = (first.summary.requests, past.summary.requests);
    let mut days = Vec::new();
    for _ in 0..30 {
        world.pass(DAY);
        let said = world.collect().await;
        assert!(said.is_silent(), "{:?}", said.problems());
        days.push(said.summary.requests);
    }
    assert!(days.iter().all(|requests| *requests <= 10), "{days:?}");
    eprintln!("{known} bugs, {open} open: {requests:?} requests at first and for the year before, {days:?} a day");
}

#[tokio::test]
async fn the_simulated_jira_answers_as_cloud_is_described_and_is_asked_so() {
    let contracts = package().join("tests/contracts");
    if !contracts.join("node_modules/jira.js").is_dir() {
        eprintln!("SKIPPED: the description of Jira is not installed; run `npm ci` in tests/contracts");
        return;
    }
    let mut issues: Vec<Issue> =
        (0..30).map(|number| thrown(number, 90, 0, vec![(0, 2, 40, 5), (5, 1, 30, 0), (2, 3, 20, 7), (4, 2, 10, 0)])).collect();
    issues[3].custom = BTreeMap::from([(0, then(None, [(10, Some("billing".to_owned()))]))]);
    issues[4].exists.end = days_ago(-3);
    issues.extend([service_management::incident(40, 60), service_management::request(41, 60)]);
    let configure = |config: &mut Config| {
        rules(config);
        service_management::with_rules(config);
        config.service_field = Some("customfield_10050".to_owned());
        config.projects = texts(&["PAY", "LED", "OPS"]);
    };
    let options = Options { most_issues: 7, most_changes: 9, ..Options::default() };
    let mut world = World::with(content(issues), options, configure).await;
    world.server.record();
    world.collect().await;
    world.pass(10 * DAY);
    world.collect().await;
    world.backfill(200, usize::MAX).await;
    world.collector.check().await;
    let client = reqwest::Client::new();
    let (mut lines, mut seen) = (String::new(), BTreeSet::new());
    let mut asked = world.server.recorded();
    asked.push(Recorded {
        method: "POST".to_owned(),
        path: "/rest/api/3/search/jql".to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: json!({ "jql": "order by key" }).to_string(),
    });
    asked.push(Recorded {
        method: "GET".to_owned(),
        path: "/rest/api/3/search?jql=x".to_owned(),
        headers: Vec::new(),
        body: String::new(),
    });
    for request in asked {
        let method: reqwest::Method = request.method.parse().unwrap();
        let mut asking = client.request(method, format!("{}{}", world.server.url(), request.path)).body(request.body.clone());
        for (name, value) in &request.headers {
            asking = asking.header(name, value);
        }
        let answer = asking.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let sent: Value = serde_json::from_str(&request.body).unwrap_or_default();
        seen.insert((request.method.clone(), request.path.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned()));
        lines.push_str(&format!(
            "{}\n",
            json!({ "method": request.method, "path": request.path, "sent": sent, "status": status, "body": body })
        ));
    }
    assert!(seen.len() > 8, "{seen:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exchanges.jsonl");
    std::fs::write(&file, lines).unwrap();
    let judged = Command::new("node").arg("jira.mjs").arg(&file).current_dir(&contracts).output().unwrap();
    let said = String::from_utf8_lossy(&judged.stderr);
    assert!(judged.status.success(), "{said}");
    eprintln!("{}", String::from_utf8_lossy(&judged.stdout));
}
