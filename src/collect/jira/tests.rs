//! What is told of an issue, by what it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::collect::jira::Config;
use crate::collect::jira::history::{Rules, Standing, Told};
use crate::collect::jira::priority::Priorities;
use crate::collect::jira::shape::Custom;
use crate::collect::jira::sort::Sort;
use crate::collect::jira::time::AskersZone;
use crate::collect::jira::wire::{History, Issue, Stage};
use crate::model::trouble::{Priority, Severity};
use crate::model::{Event, EventKind};

fn config() -> Config {
    let mut config = Config::new("https://acme.example".parse().unwrap());
    config.incidents = Some("project = OPS".to_owned());
    config.support_cases = Some("project = SUP".to_owned());
    config
}

fn day(day: u32) -> String {
    format!("2026-03-{day:02}T09:00:00.000+0000")
}

/// What changed: the day, the field, and number and name from and to.
type Change<'t> = (u32, &'t str, [&'t str; 2], [&'t str; 2]);

/// An issue of the first of March, as it is after all that changed.
fn told(config: &Config, sort: Sort, standing: Standing<'_>, fields: Value, changes: &[Change<'_>]) -> Told {
    let mut all = json!({ "summary": "It is slow", "issuetype": { "id": "4", "name": "[System] Incident" }, "created": day(1),
        "updated": day(20), "project": { "id": "10002", "key": "OPS" }, "status": { "id": "1", "name": "Open" },
        "priority": { "id": "3", "name": "Medium" }, "labels": [], "components": [{ "name": "web" }, { "name": "api" }] });
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let issue: Issue = serde_json::from_value(json!({ "id": "7", "key": "OPS-7", "fields": all })).unwrap();
    let history = |(number, (at, field, from, to)): (usize, &Change<'_>)| -> History {
        let item = json!({ "field": field, "fieldId": field, "from": from[0], "fromString": from[1], "to": to[0], "toString": to[1] });
        serde_json::from_value(json!({ "id": number, "created": day(*at), "items": [item] })).unwrap()
    };
    let histories: Vec<History> = changes.iter().enumerate().map(history).collect();
    let stages = [("1", Stage::New), ("3", Stage::Begun), ("5", Stage::Done), ("8", Stage::New), ("9", Stage::Begun)];
    let rules = Rules {
        config,
        scope: config.scope(),
        site: "https://acme.example".to_owned(),
        zone: AskersZone::of(Some("UTC")),
        priorities: Priorities::new(&config.priorities),
        statuses: stages.into_iter().map(|(id, stage)| (id.to_owned(), stage)).collect(),
        projects: BTreeMap::from([("10002".to_owned(), "OPS".to_owned())]),
        custom: config.fields().map(|id| Custom { id: id.to_owned(), name: None }).collect(),
    };
    rules.told(sort, &issue, &histories, false, standing).unwrap()
}

/// Each step by its day.
fn steps(event: &Event) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let step = |step: &crate::model::event::Step| {
        let set: Vec<String> = step.set.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
        format!("{} {}", &step.at.to_string()[8..10], set.join(" "))
    };
    event.history.iter().map(step).collect()
}

const NONE: [&str; 2] = ["", ""];
const OPEN: [&str; 2] = ["1", "Open"];
const BEGUN: [&str; 2] = ["3", "Work in progress"];
const DONE: [&str; 2] = ["5", "Completed"];
const REOPENED: [&str; 2] = ["8", "Reopened"];
const WAITING: [&str; 2] = ["9", "Waiting for customer"];
const FIXED: [&str; 2] = ["1", "Fixed"];
const DUPLICATE: [&str; 2] = ["2", "Duplicate"];
const INCIDENT: [&str; 2] = ["4", "[System] Incident"];
const TASK: [&str; 2] = ["3", "Task"];
const BUG: [&str; 2] = ["10", "Bug"];

fn named([id, name]: [&str; 2]) -> Value {
    json!({ "id": id, "name": name })
}

#[test]
fn an_incident_has_its_states_and_severities() {
    let changes = [
        (2, "status", OPEN, BEGUN),
        (3, "priority", ["3", "Medium"], ["1", "Highest"]),
        (4, "status", BEGUN, DONE),
        (4, "resolution", NONE, FIXED),
        (6, "status", DONE, REOPENED),
        (6, "resolution", FIXED, NONE),
        (7, "status", REOPENED, BEGUN),
        (8, "priority", ["1", "Highest"], ["77", "Gold"]),
        (9, "resolution", NONE, FIXED),
    ];
    let fields = json!({ "status": named(BEGUN), "priority": named(["77", "Gold"]), "resolution": named(FIXED),
        "labels": ["feature-search", "feature-booking", "vip"], "assignee": { "displayName": "Ada Moreau" } });
    let all = told(&config(), Sort::Incident, Standing::Found, fields, &changes);
    assert_eq!(
        steps(&all.event),
        [
            "01 rawSeverity=Medium severity=minor state=triggered",
            "02 state=acknowledged",
            "03 rawSeverity=Highest severity=critical",
            "04 state=resolved",
            "06 state=triggered",
            "07 state=acknowledged",
            "08 rawSeverity=Gold severity=null",
            "09 state=resolved",
        ]
    );
    assert_eq!((all.event.kind, all.is_open, all.unknown_priority.as_deref()), (EventKind::Incident, false, Some("Gold")));
    assert_eq!(all.event.ended, Some("2026-03-09T09:00:00Z".parse().unwrap()));
    let body = json!({ "title": "It is slow", "rawSeverity": "Gold", "features": ["booking", "search"], "commander": "Ada Moreau",
        "also": ["project/OPS/component/web"] });
    assert_eq!(Value::Object(all.event.body), body);
    assert_eq!((all.event.resource.id.as_str(), all.hints.len()), ("project/OPS/component/api", 2));
}

#[test]
fn an_incident_is_acknowledged_by_the_category_of_another_status_than_its_first() {
    // A workflow that begins with a status that is in progress, and one whose statuses nobody knows.
    let changes = [(2, "status", WAITING, BEGUN), (3, "status", BEGUN, ["99", "Somewhere"])];
    let all = told(&config(), Sort::Incident, Standing::Found, json!({ "status": named(["99", "Somewhere"]) }), &changes);
    assert_eq!(steps(&all.event), ["01 state=triggered", "02 state=acknowledged", "03 state=triggered"]);
    // Without any resolution its category says that it is over, or the configuration does.
    let changes = [(2, "status", OPEN, DONE), (5, "status", DONE, REOPENED)];
    let all = told(&config(), Sort::Incident, Standing::Found, json!({ "status": named(REOPENED) }), &changes);
    assert_eq!(steps(&all.event), ["01 state=triggered", "02 state=resolved", "05 state=triggered"]);
    let mut other = config();
    other.open_statuses = vec!["completed".to_owned()];
    other.done_statuses = vec!["8".to_owned()];
    let all = told(&other, Sort::Incident, Standing::Found, json!({ "status": named(REOPENED) }), &changes);
    assert_eq!(steps(&all.event), ["01 state=triggered", "02 state=acknowledged", "05 state=resolved"]);
    // By this resolution it was none.
    let changes = [(2, "resolution", NONE, DUPLICATE)];
    let all = told(&config(), Sort::Incident, Standing::Found, json!({ "resolution": named(DUPLICATE) }), &changes);
    assert_eq!((steps(&all.event), all.is_open), (vec!["01 state=triggered".to_owned(), "02 state=cancelled".to_owned()], false));
}

#[test]
fn severities_are_those_of_the_configuration_then_those_of_the_priorities() {
    let mut config = config();
    config.severities = BTreeMap::from([("gold".to_owned(), Severity::Major), ("2".to_owned(), Severity::Minor)]);
    config.priorities = BTreeMap::from([("Silver".to_owned(), Priority::Critical)]);
    let of = |priority: [&str; 2]| {
        let told = told(&config, Sort::Incident, Standing::Found, json!({ "priority": named(priority) }), &[]);
        (told.event.body.get("severity").cloned(), told.unknown_priority.is_some())
    };
    assert_eq!(of(["77", "Gold"]), (Some(json!("major")), false));
    assert_eq!(of(["2", "High"]), (Some(json!("minor")), false));
    assert_eq!(of(["78", "Silver"]), (Some(json!("critical")), false));
    for (name, severity) in [("Blocker", "critical"), ("P1", "critical"), ("Major", "major"), ("P2", "major"), ("Niedrig", "minor")] {
        assert_eq!(of(["79", name]), (Some(json!(severity)), false), "{name}");
    }
    assert_eq!(of(["80", "Bronze"]), (None, true));
}

#[test]
fn a_support_case_has_its_states_priorities_and_features() {
    let mut config = config();
    config.feature_field = Some("customfield_10070".to_owned());
    config.service_field = Some("customfield_10070".to_owned());
    let changes = [
        (2, "status", OPEN, WAITING),
        (3, "status", WAITING, OPEN),
        (4, "customfield_10070", NONE, ["100", "Booking"]),
        (5, "priority", ["3", "Medium"], ["2", "High"]),
        (6, "resolution", NONE, FIXED),
        (7, "resolution", FIXED, NONE),
        (9, "resolution", NONE, DUPLICATE),
    ];
    let fields = json!({ "resolution": named(DUPLICATE), "priority": named(["2", "High"]), "customfield_10070": { "id": "100", "value": "Booking" } });
    let all = told(&config, Sort::SupportCase, Standing::Found, fields, &changes);
    assert_eq!(
        steps(&all.event),
        [
            "01 features=null priority=medium rawPriority=Medium state=open",
            "02 state=waiting",
            "03 state=open",
            "04 features=[\"Booking\"]",
            "05 priority=high rawPriority=High",
            "06 state=solved",
            "07 state=open",
            "09 state=solved",
        ]
    );
    assert_eq!((all.event.kind, all.is_open, all.event.ended), (EventKind::SupportCase, false, "2026-03-09T09:00:00Z".parse().ok()));
    let body = json!({ "key": "OPS-7", "title": "It is slow", "priority": "high", "rawPriority": "High", "features": ["Booking"],
        "status": "Open" });
    assert_eq!((Value::Object(all.event.body), all.event.resource.id.as_str()), (body, "service/Booking"));
    config.components_are_features = true;
    let all = told(&config, Sort::SupportCase, Standing::Found, json!({ "labels": ["feature-rates"] }), &[]);
    assert_eq!((all.event.body["features"].clone(), all.is_open), (json!(["rates", "api", "web"]), true));
}

#[test]
fn an_issue_leaves_what_it_was_when_it_became_something_else() {
    let changes = [(3, "issuetype", TASK, INCIDENT), (5, "status", OPEN, BEGUN), (8, "issuetype", INCIDENT, BUG)];
    let fields = json!({ "issuetype": named(BUG), "status": named(BEGUN) });
    let left = |sort, kind| told(&config(), sort, Standing::Left(kind), fields.clone(), &changes);
    let incident = left(Sort::Incident, "4");
    assert_eq!(steps(&incident.event), ["01 state=triggered", "05 state=acknowledged", "08 state=cancelled"]);
    assert_eq!((incident.is_open, incident.event.ended), (false, "2026-03-08T09:00:00Z".parse().ok()));
    assert_eq!(steps(&left(Sort::SupportCase, "4").event), ["01 state=open", "08 state=deleted"]);
    // Nobody knows when a query ceased to find what did not change: at its last change.
    assert_eq!(steps(&left(Sort::SupportCase, "10").event), ["01 state=open", "20 state=deleted"]);
    let bug = told(&config(), Sort::Bug, Standing::Found, fields, &changes);
    assert_eq!(steps(&bug.event), ["01 state=deleted", "08 state=open"]);
}
