//! Incidents and support cases of Jira Service Management, beside bugs.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use spot::api::{Api, Limits, Sources};
use spot::collect::jira::{Config, JiraCollector};
use spot::collect::{Collector, Health, Item};
use spot::demo::company::Timed;
use spot::demo::jira::Options;
use spot::demo::jira::content::Issue;
use spot::ingest::Ingest;
use spot::ingest::schedule::Schedule;
use spot::ingest::supervise::{self, Supervisor, Watched};
use spot::model::event::fields_at;
use spot::model::run::{Outcome, Trigger};
use spot::model::{Event, EventKind, Instant, Policy, Reading, Zone};
use spot::store::{self, Store};

use super::{DAY, DONE, DUPLICATE, FIXED, NOW, OPEN, PROGRESS, Said, World, at, bug, content, days_ago, life, status, texts, then};

const WAITING: usize = 5;
const BUG: usize = 0;
const INCIDENT: usize = 2;
const REQUEST: usize = 3;
const OPS: usize = 2;
const SUP: usize = 3;
const REQUEST_TYPE: usize = 2;
const AREA: usize = 3;

const INCIDENTS: &str = "project = OPS AND issuetype = \"[System] Incident\"";
const CASES: &str = "project = SUP AND \"Request Type\" is not EMPTY";

pub(super) fn with_rules(config: &mut Config) {
    config.incidents = Some(INCIDENTS.to_owned());
    config.support_cases = Some(CASES.to_owned());
    config.feature_field = Some("customfield_10070".to_owned());
}

pub(super) fn incident(number: u64, days: i64) -> Issue {
    Issue { key: Timed::always((OPS, number)), kind: Timed::always(INCIDENT), ..bug(number, days) }
}

pub(super) fn request(number: u64, days: i64) -> Issue {
    let mut issue = Issue { key: Timed::always((SUP, number)), kind: Timed::always(REQUEST), ..bug(number, days) };
    issue.custom.insert(REQUEST_TYPE, Timed::always(Some("Get help".to_owned())));
    issue
}

/// What was told, in order: kind, number and state as of now.
fn told(said: &Said) -> Vec<(EventKind, u64, String)> {
    let mut all: Vec<(EventKind, u64, String)> =
        events(said).iter().map(|event| (event.kind, number(event), state(event, Instant::MAX))).collect();
    all.sort_unstable();
    all
}

fn events(said: &Said) -> Vec<Event> {
    said.items.iter().filter_map(|item| if let Item::Event(event) = item { Some(event.clone()) } else { None }).collect()
}

fn number(event: &Event) -> u64 {
    event.id.parse::<u64>().unwrap() - 50_000
}

fn state(event: &Event, when: Instant) -> String {
    fields_at(&event.body, &event.history, when)["state"].as_str().unwrap().to_owned()
}

fn both() -> [Options; 2] {
    [false, true].map(|data_center| Options { data_center, ..Options::default() })
}

#[tokio::test]
async fn incidents_and_support_cases_are_told_with_all_that_happened_to_them() {
    let mut outage = incident(21, 20);
    outage.status = then(OPEN, [(15, PROGRESS), (10, DONE), (6, PROGRESS), (2, DONE)]);
    outage.resolution = then(None, [(10, Some(FIXED)), (6, None), (2, Some(FIXED))]);
    outage.priority = then(Some(2), [(12, Some(0))]);
    outage.labels = Timed::always(texts(&["feature-booking"]));
    outage.components = Timed::always(texts(&["billing", "ledger"]));
    outage.assignee = Timed::always(Some(1));
    let mut case = request(31, 18);
    case.status = then(OPEN, [(14, WAITING), (13, OPEN), (9, DONE), (5, OPEN), (3, DONE)]);
    case.resolution = then(None, [(9, Some(FIXED)), (5, None), (3, Some(DUPLICATE))]);
    case.priority = then(Some(1), [(8, Some(0))]);
    case.custom.insert(AREA, then(None, [(11, Some("Rates".to_owned()))]));
    case.labels = Timed::always(texts(&["service-quotes"]));
    let day = |days: i64| days_ago(days).to_string();
    for options in both() {
        let mut world = World::with(content(vec![bug(1, 20), outage.clone(), case.clone()]), options, with_rules).await;
        assert_eq!(world.collector.tells(), [EventKind::Bug, EventKind::Incident, EventKind::SupportCase]);
        let said = world.collect().await;
        assert_eq!((said.problems(), said.reading()), (vec![], Some(Reading::Full)));
        assert_eq!(said.event(1).kind, EventKind::Bug);
        let event = said.event(21);
        assert_eq!((event.kind, event.at, event.ended), (EventKind::Incident, days_ago(20), Some(days_ago(2))));
        assert_eq!((event.resource.id.as_str(), event.is_whole), ("project/OPS/component/billing", true));
        assert_eq!(event.check, Some(format!("{}/browse/OPS-21", world.server.url())));
        assert_eq!(
            Value::Object(event.body.clone()),
            json!({ "title": "It breaks 21", "severity": "critical", "rawSeverity": "Höchste", "features": ["booking"],
                "also": ["project/OPS/component/ledger"], "commander": "Ada Moreau" })
        );
        assert_eq!(
            life(&event),
            [
                (day(20), json!({ "state": "triggered", "severity": "minor", "rawSeverity": "Mittel" })),
                (day(15), json!({ "state": "acknowledged" })),
                (day(12), json!({ "severity": "critical", "rawSeverity": "Höchste" })),
                (day(10), json!({ "state": "resolved" })),
                (day(6), json!({ "state": "acknowledged" })),
                (day(2), json!({ "state": "resolved" })),
            ]
        );
        let event = said.event(31);
        assert_eq!((event.kind, event.at, event.ended), (EventKind::SupportCase, days_ago(18), Some(days_ago(3))));
        assert_eq!((event.resource.id.as_str(), event.body["key"].as_str()), ("service/quotes", Some("SUP-31")));
        assert_eq!(event.body["features"], json!(["Rates"]));
        assert_eq!(
            life(&event),
            [
                (day(18), json!({ "state": "open", "priority": "high", "rawPriority": "Hoch", "features": null })),
                (day(14), json!({ "state": "waiting" })),
                (day(13), json!({ "state": "open" })),
                (day(11), json!({ "features": ["Rates"] })),
                (day(9), json!({ "state": "solved" })),
                (day(8), json!({ "priority": "critical", "rawPriority": "Höchste" })),
                (day(5), json!({ "state": "open" })),
                (day(3), json!({ "state": "solved" })),
            ]
        );
        let hinted: BTreeSet<String> = said.hints().into_keys().collect();
        let places = ["project/OPS/component/billing", "project/OPS/component/ledger", "project/PAY", "service/quotes"];
        assert_eq!(hinted, BTreeSet::from(places.map(str::to_owned)));
        // A day without a change lists each kind and asks for nothing else.
        world.pass(DAY / 4);
        let quiet = world.collect().await;
        assert_eq!((quiet.summary.requests, events(&quiet).len(), quiet.problems()), (2 + 3, 0, vec![]));
    }
}

#[tokio::test]
async fn the_first_rule_that_finds_an_issue_says_what_it_is() {
    let labelled = |issue: Issue, labels: &[&str]| Issue { labels: Timed::always(texts(labels)), ..issue };
    // The bug has no other field of the others' rules than these labels, and others have none at all.
    let all = vec![
        labelled(bug(1, 40), &["outage", "asked"]),
        labelled(incident(2, 40), &["outage", "asked"]),
        labelled(request(3, 40), &["asked"]),
        labelled(request(4, 40), &[]),
        Issue { kind: Timed::always(BUG), ..labelled(request(5, 40), &["outage"]) },
    ];
    let expected = [
        (EventKind::Incident, 2, "triggered"),
        (EventKind::Bug, 1, "open"),
        (EventKind::Bug, 5, "open"),
        (EventKind::SupportCase, 3, "open"),
    ];
    let expected = expected.map(|(kind, number, state)| (kind, number, state.to_owned()));
    for options in both() {
        let configure = |config: &mut Config| {
            config.incidents = Some("labels = outage".to_owned());
            config.support_cases = Some("labels = asked".to_owned());
        };
        let mut world = World::with(content(all.clone()), options, configure).await;
        let said = world.collect().await;
        assert_eq!((told(&said), said.problems()), (expected.to_vec(), vec![]));
        let past = world.backfill(200, usize::MAX).await;
        assert_eq!((told(&past), past.problems()), (expected.to_vec(), vec![]));
        // Whether it is read at once or when it changes makes no difference.
        world.pass(9 * DAY);
        let later = world.collect().await;
        assert_eq!((events(&later).len(), later.problems()), (0, vec![]));
    }
}

#[tokio::test]
async fn an_open_issue_that_becomes_something_else_leaves_what_it_was() {
    let mut turned = incident(1, 20);
    turned.kind = then(INCIDENT, [(-2, BUG)]);
    let mut back = bug(2, 20);
    back.key = then((OPS, 2), []);
    back.kind = then(BUG, [(-3, INCIDENT)]);
    let mut moved = request(3, 20);
    moved.key = then((SUP, 3), [(-3, (OPS, 33))]);
    moved.kind = then(REQUEST, [(-3, INCIDENT)]);
    let mut over = incident(4, 20);
    over.resolution = then(None, [(5, Some(FIXED))]);
    over.kind = then(INCIDENT, [(-2, BUG)]);
    for options in both() {
        let mut world = World::with(content(vec![turned.clone(), back.clone(), moved.clone(), over.clone()]), options, with_rules).await;
        let first = world.collect().await;
        let before = [
            (EventKind::Incident, 1, "triggered"),
            (EventKind::Incident, 4, "resolved"),
            (EventKind::Bug, 2, "open"),
            (EventKind::SupportCase, 3, "open"),
        ];
        assert_eq!(told(&first), before.map(|(kind, number, state)| (kind, number, state.to_owned())));
        world.pass(3 * DAY + 7200);
        let said = world.collect().await;
        let after = [
            (EventKind::Incident, 1, "cancelled"),
            (EventKind::Incident, 2, "triggered"),
            (EventKind::Incident, 3, "triggered"),
            (EventKind::Bug, 1, "open"),
            (EventKind::Bug, 2, "deleted"),
            // What was over by then stays what it was, beside what it is.
            (EventKind::Bug, 4, "resolved"),
            (EventKind::SupportCase, 3, "deleted"),
        ];
        assert_eq!((told(&said), said.problems()), (after.map(|(kind, number, state)| (kind, number, state.to_owned())).to_vec(), vec![]));
        for event in events(&said) {
            let turns = days_ago(if number(&event) == 1 { -2 } else { -3 });
            match (event.kind, number(&event)) {
                (EventKind::Incident, 1) => assert_eq!((event.ended, state(&event, days_ago(0))), (Some(turns), "triggered".to_owned())),
                (EventKind::Bug, 2) | (EventKind::SupportCase, 3) => {
                    assert_eq!((event.ended, state(&event, days_ago(0))), (Some(turns), "open".to_owned()));
                    assert!(event.body["key"].as_str().is_some_and(|key| key.starts_with("OPS-")), "it is told as a whole");
                }
                (EventKind::Bug, 1) => assert_eq!((state(&event, days_ago(0)), event.ended), ("deleted".to_owned(), None)),
                _ => {}
            }
        }
        world.pass(DAY / 2);
        assert!(events(&world.collect().await).is_empty(), "it is told once");
    }
}

#[tokio::test]
async fn what_is_gone_leaves_as_what_it_was() {
    let deleted = |issue: Issue| Issue { exists: issue.exists.start..days_ago(-2), ..issue };
    let mut unasked = request(4, 30);
    unasked.custom.insert(REQUEST_TYPE, then(Some("Get help".to_owned()), [(-2, None)]));
    for options in both() {
        let all = vec![deleted(incident(1, 30)), deleted(request(2, 30)), incident(3, 30), unasked.clone(), deleted(bug(5, 30))];
        let mut world = World::with(content(all), options, with_rules).await;
        assert_eq!(told(&world.collect().await).len(), 5);
        world.pass(8 * DAY);
        let said = world.collect().await;
        let expected = [
            (EventKind::Incident, 1, "cancelled"),
            (EventKind::Bug, 5, "deleted"),
            (EventKind::SupportCase, 2, "deleted"),
            (EventKind::SupportCase, 4, "deleted"),
        ];
        assert_eq!(
            (told(&said), said.problems()),
            (expected.map(|(kind, number, state)| (kind, number, state.to_owned())).to_vec(), vec![])
        );
        world.pass(8 * DAY);
        assert!(events(&world.collect().await).is_empty(), "who is gone is not looked for again");
    }
    // Many at once are believed a day later, of each kind by itself.
    let all = (0..20).map(|number| deleted(incident(number, 30))).chain((20..60).map(|number| request(number, 30)));
    let mut world = World::with(content(all.collect()), Options::default(), with_rules).await;
    world.collect().await;
    world.pass(8 * DAY);
    let said = world.collect().await;
    assert!(said.problems()[0].starts_with("20 of 20 open incidents are not there any more"), "{:?}", said.problems());
    world.pass(DAY);
    let said = world.collect().await;
    assert_eq!((events(&said).len(), said.problems()), (20, vec![]));
    assert!(events(&said).iter().all(|event| event.kind == EventKind::Incident && event.history[0].set["state"] == "cancelled"));
}

#[tokio::test]
async fn a_rule_that_is_wrong_costs_itself_alone_and_is_named() {
    for options in both() {
        let configure = |config: &mut Config| {
            with_rules(config);
            config.support_cases = Some("project = NOWHERE".to_owned());
        };
        let mut world = World::with(content(vec![bug(1, 20), incident(2, 20), request(3, 20)]), options.clone(), configure).await;
        let said = world.collect().await;
        assert_eq!(told(&said).iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(), [EventKind::Incident, EventKind::Bug]);
        assert_eq!((said.reading(), said.problems().len(), &said.summary.failure), (Some(Reading::Partial), 1, &None));
        let problem = said.problems()[0];
        assert!(
            problem.starts_with("the support cases cannot be listed: ") && problem.contains("is jira.support_cases right"),
            "{problem}"
        );
        let findings = world.collector.check().await;
        let of = |what: &str| findings.iter().find(|finding| finding.what == what).unwrap();
        assert_eq!((of("bugs").health, of("incidents").health, of("support cases").health), (Health::Good, Health::Good, Health::Wrong));
        assert!(
            of("support cases").detail.contains("jira.support_cases") && of("support cases").detail.contains("NOWHERE"),
            "{findings:#?}"
        );
        assert!(of("incidents").detail.starts_with("about 1 are found by (project = OPS"), "{findings:#?}");
        // Put right it begins from the beginning, and the others go on.
        let mut right = World::with(content(vec![bug(1, 20), incident(2, 20), request(3, 20)]), options, with_rules).await;
        right.memory = world.memory.clone();
        right.pass(DAY / 2);
        assert_eq!(told(&right.collect().await), [(EventKind::SupportCase, 3, "open".to_owned())]);
        assert!(
            right.collector.check().await.iter().all(|it| it.health == Health::Good || it.what == "account" || it.what == "priorities")
        );
    }
}

#[tokio::test]
async fn a_rule_that_is_added_later_is_filled_in_by_itself() {
    let all = || content(vec![bug(1, 100), bug(2, 200), request(3, 100), request(4, 200), incident(5, 150)]);
    let mut before = World::new(all(), Options::default()).await;
    before.collect().await;
    assert_eq!(before.collector.tells(), [EventKind::Bug]);
    assert_eq!(told(&before.backfill(365, usize::MAX).await).len(), 2);
    let mut world = World::with(all(), Options::default(), with_rules).await;
    world.memory = before.memory.clone();
    let others = [(EventKind::Incident, 5, "triggered"), (EventKind::SupportCase, 3, "open"), (EventKind::SupportCase, 4, "open")];
    let others = others.map(|(kind, number, state)| (kind, number, state.to_owned()));
    assert_eq!(told(&world.collect().await), others);
    // It may be stopped and goes on.
    let mut filled = Vec::new();
    for _ in 0..10 {
        let said = world.backfill(365, 3).await;
        assert!(said.is_silent(), "{:?}", said.problems());
        filled.extend(told(&said));
    }
    filled.sort_unstable();
    filled.dedup();
    assert_eq!(filled, others);
    assert_eq!(world.backfill(365, usize::MAX).await.summary.requests, 2, "what is delivered is not asked for again");
}

#[tokio::test]
async fn a_list_that_breaks_off_is_read_again() {
    let issues: Vec<Issue> = (0..30).map(|number| incident(number, 20)).chain((30..60).map(|number| request(number, 20))).collect();
    for data_center in [false, true] {
        let options = Options { data_center, most_issues: 10, ..Options::default() };
        let mut world = World::with(content(issues.clone()), options, with_rules).await;
        for path in ["search", "changelog", "serverInfo", "status"] {
            for fault in [status(400, r#"{"errorMessages":["no"],"errors":{}}"#), status(503, "<html>"), status(200, "{}")] {
                world.server.set_faults(Some(Arc::new(move |asked| asked.path.contains(path).then(|| fault.clone()))));
                let said = world.look().await;
                assert!(said.reading() != Some(Reading::Full) || events(&said).len() == 60, "{path}");
                world.server.set_faults(None);
            }
        }
        assert_eq!(events(&world.collect().await).len(), 60);
    }
}

/// The figures of a week by a store into which a collector was read.
async fn board(configure: impl Fn(&mut Config)) -> Value {
    let mut case = request(3, 3);
    case.status = then(OPEN, [(1, DONE)]);
    let world = World::with(content(vec![bug(1, 200), incident(2, 3), case]), Options::default(), configure).await;
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&store::Options::new(folder.path().join("data"))).unwrap());
    let World { collector, now, server: _server, .. } = world;
    let collectors: Vec<Arc<dyn Collector>> = vec![Arc::<JiraCollector>::new(collector)];
    let clock: spot::model::Clock = Arc::new(move || Instant::from_micros(now.load(std::sync::atomic::Ordering::Relaxed)));
    let ingest = Ingest::new(
        Arc::clone(&store),
        Arc::clone(&clock),
        collectors,
        Arc::new(|_, now: Instant| Some(now.plus_seconds(-365 * DAY)..now)),
    );
    ingest.prepare(&Policy::default()).unwrap();
    let watched = Watched {
        source: "jira".to_owned(),
        schedule: Some(Schedule::every(86_400)),
        time_limit: std::time::Duration::from_secs(600),
        backfill_limit: std::time::Duration::from_secs(600),
        history: ingest.history("jira", at(NOW)),
    };
    let lost = Arc::new(|run| -> futures::future::BoxFuture<'static, ()> { panic!("a run was lost: {run:?}") });
    let config = supervise::Config::new(Zone::utc(), Arc::clone(&clock), Arc::new(|| 0.5), ingest.body(), lost);
    let supervisor = Supervisor::new(config, vec![watched]);
    for trigger in [Trigger::Manual, Trigger::Backfill] {
        assert_eq!(supervisor.request("jira", trigger).unwrap().report().await.outcome, Outcome::Succeeded, "{trigger:?}");
    }
    let later = at(NOW).plus_seconds(60);
    let api = Api::new(Sources::idle(store, move || later), Limits::default());
    let metrics = "SUPPORT_CASES, INCIDENTS, CRITICAL_INCIDENTS, BUGS_IN_BREACH, OPEN_BUGS";
    let query = format!("{{ board(period: \"2026-W09\", metrics: [{metrics}]) {{ figures {{ metric value }} }} }}");
    let answer = serde_json::to_value(api.execute(query.as_str().into()).await).unwrap();
    assert!(answer.get("errors").is_none(), "{answer:#}");
    let figures = answer["data"]["board"]["figures"].as_array().unwrap().iter();
    figures.map(|figure| (figure["metric"].as_str().unwrap().to_owned(), figure["value"].clone())).collect::<serde_json::Map<_, _>>().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_knows_of_what_a_rule_is_set_for_and_of_nothing_else() {
    let bugs_alone = board(|_| {}).await;
    let unknown = json!({ "SUPPORT_CASES": null, "INCIDENTS": null, "CRITICAL_INCIDENTS": null, "BUGS_IN_BREACH": 1.0, "OPEN_BUGS": 1.0 });
    assert_eq!(bugs_alone, unknown);
    let all = board(with_rules).await;
    // The bug is past its SLA; an incident or a case never is.
    let known = json!({ "SUPPORT_CASES": 1.0, "INCIDENTS": 1.0, "CRITICAL_INCIDENTS": 0.0, "BUGS_IN_BREACH": 1.0, "OPEN_BUGS": 1.0 });
    assert_eq!(all, known);
    // A rule that finds nothing says that there was nothing.
    let none = board(|config| config.support_cases = Some("project = SUP AND labels = nothing".to_owned())).await;
    assert_eq!((&none["SUPPORT_CASES"], &none["INCIDENTS"]), (&json!(0.0), &Value::Null));
}
