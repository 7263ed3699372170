//! The weekly report: the facts of a week as they stand in the store, in words, as a file, and from the command line.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use spot::model::event::Step;
use spot::model::run::{Outcome, Trigger};
use spot::model::{EntityRef, Event, EventKind, Extent, Facet, Instant, Layer, Period, Reading, Resource, Run};
use spot::query::Lens;
use spot::query::metric::Metric;
use spot::report::chart::charts;
use spot::report::facts::{Facts, Gap};
use spot::report::render::text::{Links, Text, text};
use spot::report::render::{held_back, report};
use spot::report::targets::{slack, teams};
use spot::report::week;
use spot::store::{Options, Store};

use crate::support::company::{at, general};
use crate::support::{Server, package, run as spot};

const NOW: &str = "2026-03-31T12:00:00Z";

fn resource(id: &str) -> Resource {
    let reference: EntityRef = id.parse().unwrap();
    Resource { id: id.to_owned(), kind: reference.kind(), scope: "scope".to_owned() }
}

/// Something that happened to a service in 2026: when it began, what it is, and its states.
fn event(kind: EventKind, id: &str, of: &str, began: &str, body: Value, states: &[(&str, &str)]) -> Event {
    Event {
        kind,
        id: id.to_owned(),
        resource: Arc::new(resource(of)),
        at: at(&format!("2026-{began}:00Z")),
        ended: None,
        history: states.iter().map(|(when, state)| Step::state(at(&format!("2026-{when}:00Z")), state)).collect(),
        is_whole: true,
        body: body.as_object().unwrap().clone(),
        check: Some(format!("https://tracker.example/{id}")),
    }
}

/// A run that read everything, of a source that is read once a day.
pub(crate) fn read_in_full(store: &Store, when: &str) {
    let mut transaction = store.begin(Layer::Observed).unwrap();
    let extents = vec![Extent { scope: "scope".to_owned(), kind: None, reading: Reading::Full, counted: None, evidence: None }];
    transaction.put_run(Run {
        source: "test".to_owned(),
        trigger: Trigger::Schedule,
        started: at(when).plus_seconds(-5),
        ended: at(when),
        outcome: Outcome::Succeeded,
        interval_seconds: 86_400,
        extents,
        statements: 1,
        written: 0,
        requests: 1,
        problem_count: 0,
        problems: Vec::new(),
        missing: Vec::new(),
    });
    transaction.commit(at(when)).unwrap();
}

/// `billing` of team x, `ledger` of team y below the tribe, and `orphan` of nobody. In W11 nobody can pay for two hours, a bug
/// of billing comes to be late, and a week later all is quiet. The source was read in full at `reads`.
pub(crate) fn fill(store: &Store, reads: &[&str]) {
    let said = [
        ("team:tribe", Facet::General, general("team:tribe", json!({ "title": "The Tribe" }))),
        ("team:x", Facet::General, general("team:x", json!({ "parent": "team:tribe" }))),
        ("team:y", Facet::General, general("team:y", json!({ "parent": "team:tribe" }))),
        ("service:billing", Facet::General, general("service:billing", json!({ "owner": ["team:x"] }))),
        ("service:billing", Facet::Quality, Some(json!({ "gate": "failed" }))),
        ("service:ledger", Facet::General, general("service:ledger", json!({ "owner": ["team:y"] }))),
        ("service:ledger", Facet::Quality, Some(json!({ "gate": "passed" }))),
        ("service:orphan", Facet::General, general("service:orphan", json!({}))),
    ];
    let mut transaction = store.begin(Layer::Observed).unwrap();
    for (name, facet, body) in said {
        let reference: EntityRef = name.parse().unwrap();
        let no = transaction.resource("test", &resource(name));
        if transaction.linked(no).is_none() {
            let entity = transaction.any_holder(&reference).unwrap_or_else(|| transaction.create(&reference));
            transaction.link(no, entity, "ref");
        }
        let stream = transaction.stream(no, facet, "catalog-info.yaml");
        let body = body.map(|body| body.as_object().unwrap().clone());
        transaction.version(stream, None, body, None, false);
    }
    transaction.commit(at("2026-02-20T08:00:00Z")).unwrap();
    reads.iter().for_each(|read| read_in_full(store, read));
    let (billing, ledger) = ("service:billing", "service:ledger");
    let bug = |id: &str, of: &str, began: &str, priority: &str, states: &[(&str, &str)]| {
        let body = json!({ "key": id, "title": format!("Bug {id}"), "priority": priority, "production": true });
        event(EventKind::Bug, id, of, began, body, states)
    };
    let mut transaction = store.begin(Layer::Observed).unwrap();
    let events = [
        event(
            EventKind::Incident,
            "outage",
            billing,
            "03-10T10:00",
            json!({ "title": "Nobody can pay", "severity": "critical", "features": ["Payment"], "also": [ledger] }),
            &[("03-10T10:00", "triggered"), ("03-10T10:05", "acknowledged"), ("03-10T12:00", "resolved")],
        ),
        bug("PAY-1", billing, "03-11T08:00", "critical", &[]),
        bug("PAY-2", billing, "03-12T08:00", "high", &[("03-12T09:00", "resolved")]),
        bug("LED-1", ledger, "03-17T08:00", "low", &[]),
        event(EventKind::SupportCase, "1", billing, "03-11T09:00", json!({ "key": "1", "features": ["Payment"] }), &[]),
    ];
    for event in events {
        let no = transaction.find_resource("test", &event.resource.id).unwrap();
        transaction.put_event("test", no, event).unwrap();
    }
    transaction.commit(at("2026-03-30T12:00:00Z")).unwrap();
}

pub(crate) struct Filled {
    pub(crate) store: Arc<Store>,
    _folder: tempfile::TempDir,
}

impl Filled {
    pub(crate) fn new() -> Self {
        Self::read_at(&["2026-03-02T00:00:05Z"])
    }

    pub(crate) fn read_at(reads: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&Options::new(folder.path())).unwrap());
        fill(&store, reads);
        Self { store, _folder: folder }
    }

    fn facts(&self, week: &str, of: Option<&str>) -> Result<Facts, week::Error> {
        self.facts_at(week, of, at(NOW))
    }

    fn facts_at(&self, week: &str, of: Option<&str>, now: Instant) -> Result<Facts, week::Error> {
        let of: Option<EntityRef> = of.map(|of| of.parse().unwrap());
        week::facts(&Lens::new(self.store.view()), &[], week.parse::<Period>().unwrap(), of.as_ref(), now)
    }
}

fn written(facts: &Facts) -> String {
    let document = report(facts, &[], "https://spot.example");
    text(&document, &Text { width: 100, colours: false, links: Links::None }).replace('\u{a0}', " ")
}

#[test]
fn a_week_is_told_with_what_happened_and_whose_it_is() {
    let filled = Filled::new();
    read_in_full(&filled.store, "2026-03-30T12:00:05Z");
    let facts = filled.facts("2026-W11", None).unwrap();
    assert_eq!(facts.gaps, [], "the week was read in full since");
    assert_eq!(facts.link, "/board?period=2026-W11&at=2026-03-15");
    insta::assert_snapshot!(written(&facts));
    let incident = &facts.incidents.first[0];
    assert_eq!((incident.seconds, incident.link.as_str()), (7_200, "/service/billing?at=2026-03-10"));
    assert_eq!(
        incident.services.iter().map(|service| service.reference.as_str()).collect::<Vec<_>>(),
        ["service:billing", "service:ledger"]
    );
    assert_eq!(incident.check.as_deref(), Some("https://tracker.example/outage"));
    let late = &facts.breaches.first[0];
    assert_eq!((late.key.as_str(), late.due), ("PAY-1", Some(at("2026-03-11T12:00:00Z"))));
    assert_eq!(late.owner.as_ref().unwrap().reference, "team:x");
    assert_eq!(facts, filled.facts("2026-W11", None).unwrap(), "the same each time");
}

#[test]
fn a_team_has_its_own_week_and_a_tribe_that_of_its_teams() {
    let filled = Filled::new();
    let of = |name: &str| filled.facts("2026-W11", Some(name)).unwrap();
    let (x, y, tribe) = (of("team:x"), of("team:y"), of("team:tribe"));
    let value = |facts: &Facts, metric| facts.figure(metric).and_then(|figure| figure.value);
    assert_eq!(
        (value(&x, Metric::CreatedBugs), value(&y, Metric::CreatedBugs), value(&tribe, Metric::CreatedBugs)),
        (Some(2.0), Some(0.0), Some(2.0))
    );
    assert_eq!(value(&y, Metric::CriticalIncidents), Some(1.0), "it happened to its service, too");
    assert_eq!((x.unowned.clone(), value(&x, Metric::UnownedServices)), (None, None), "a team owns what it has");
    assert_eq!(x.failing_gates.as_ref().unwrap().total, 1);
    assert_eq!(y.failing_gates.as_ref().unwrap().total, 0);
    assert_eq!(tribe.of.as_ref().unwrap().name, "The Tribe");
    assert_eq!(tribe.link, "/board?period=2026-W11&of=team:tribe&at=2026-03-15");
    assert!(written(&tribe).starts_with("Quality in week 11\nThe Tribe · 9 to 15 March 2026\n"));
}

#[test]
fn a_source_that_did_not_read_the_whole_week_is_told() {
    let filled = Filled::new();
    let gaps = filled.facts("2026-W11", None).unwrap().gaps;
    let [Gap::Source { source, last_success, .. }] = gaps.as_slice() else { panic!("{gaps:?}") };
    assert_eq!((source.as_str(), *last_success), ("test", Some(at("2026-03-02T00:00:05Z"))));
    assert!(
        written(&filled.facts("2026-W11", None).unwrap())
            .contains("! The data of this week is incomplete.\n! test was last read in full on Mon 2 Mar 00:00.")
    );
    let mut reads = vec!["2026-03-02T00:00:05Z", "2026-03-15T23:59:59Z"];
    assert_eq!(Filled::read_at(&reads).facts("2026-W11", None).unwrap().gaps.len(), 1, "a second of the week is missing");
    reads.push("2026-03-16T00:00:00Z");
    let filled = Filled::read_at(&reads);
    assert_eq!(filled.facts("2026-W11", None).unwrap().gaps, []);
    // While a week runs nobody can have read it to its end.
    let running = filled.facts_at("2026-W12", None, at("2026-03-17T00:00:00Z")).unwrap();
    assert_eq!((running.running, running.gaps.as_slice()), (true, &[][..]));
    assert!(written(&running).starts_with("Quality in week 12 so far\n"));
    let late = filled.facts_at("2026-W12", None, at("2026-03-19T00:00:00Z")).unwrap();
    assert_eq!(late.gaps.len(), 1, "two intervals have passed");
}

#[test]
fn a_week_in_which_a_source_was_connected_is_known_in_part() {
    // From the Wednesday on: five days of seven.
    let filled = Filled::read_at(&["2026-03-11T00:00:05Z"]);
    read_in_full(&filled.store, "2026-03-30T12:00:05Z");
    let facts = filled.facts("2026-W11", None).unwrap();
    let told: Vec<(&str, bool)> = facts
        .gaps
        .iter()
        .map(|gap| match gap {
            Gap::Figure { title, covered, .. } => (title.as_str(), (covered - 5.0 / 7.0).abs() < 1e-6),
            Gap::Source { source, .. } => (source.as_str(), false),
        })
        .collect();
    assert_eq!(told, [("Incidents", true), ("Bugs", true), ("Support cases", true)], "nobody ever told of a deployment");
    assert!(written(&facts).contains("! Incidents: known for 71 % of the week."));
    assert_eq!(filled.facts("2026-W12", None).unwrap().gaps, []);
}

#[test]
fn what_is_no_week_or_nobodys_is_refused_in_words() {
    let filled = Filled::new();
    let refusal = |week: &str, of: Option<&str>| filled.facts(week, of).unwrap_err().to_string();
    assert_eq!(refusal("2026-03", None), "2026-03 is no ISO week; expected one such as 2026-W46");
    assert_eq!(refusal("2026-W20", None), "the week 2026-W20 has not begun; the last one that is over is 2026-W13");
    assert_eq!(refusal("2026-W11", Some("team:nobody")), "there is no team:nobody");
    let before = refusal("2025-W11", None);
    assert!(before.starts_with("nothing is known of the week 2025-W11: nothing is known before 2026-02-20T08:00:00Z"), "{before}");
}

#[test]
fn the_command_prints_and_writes_a_week_with_and_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fill(&Store::open(&Options::new(&data)).unwrap(), &["2026-03-02T00:00:05Z"]);
    let ask = |arguments: &[&str]| spot(folder.path(), ["report", "--data", "data"].iter().chain(arguments));
    let alone = ask(&["--week", "2026-W11"]);
    assert_eq!((alone.code, alone.stderr.as_str()), (Some(0), ""));
    assert!(
        alone.stdout.contains("Nobody can pay") && alone.stdout.contains("] http://127.0.0.1:7070/board?period=2026-W11&at=2026-03-15"),
        "{}",
        alone.stdout
    );
    let server = Server::start_on(&data);
    let served = ask(&["--week", "2026-W11"]);
    assert_eq!(served.code, Some(0), "{}", served.stderr);
    // The server that holds the folder in this test listens elsewhere than its configuration says.
    assert_eq!(alone.stdout, served.stdout);
    let facts: Facts = serde_json::from_str(&ask(&["--week", "2026-W11", "--of", "team:x", "--json"]).stdout).unwrap();
    assert_eq!(facts.of.unwrap().reference, "team:x");
    server.stop("TERM");
    let file = |name: &str| std::fs::read_to_string(Path::new(folder.path()).join(name)).unwrap();
    for name in ["week.html", "week.md", "week.txt"] {
        let ended = ask(&["--week", "2026-W11", "--url", "https://spot.example/", "--preview", name]);
        assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.trim()), (Some(0), "", format!("wrote {name}").as_str()));
        assert!(file(name).contains("https://spot.example/board?period=2026-W11"), "{}", file(name));
    }
    assert!(file("week.html").contains("data:image/png;base64,"));
    for (arguments, code, says) in [
        (&["--week", "2026-11"][..], 2, "it is no ISO week"),
        (&["--preview", "week.pdf"], 2, ".html, .md or .txt"),
        (&["--week", "2099-W01"], 2, "has not begun"),
        (&["--week", "2020-W01"], 3, "nothing is known of the week 2020-W01"),
        (&["--week", "2026-W11", "--of", "team:nobody"], 3, "there is no team:nobody"),
    ] {
        let ended = ask(arguments);
        assert!(ended.code == Some(code) && ended.stderr.contains(says), "{arguments:?} {ended:?}");
    }
}

#[test]
fn messages_are_what_slack_and_teams_publish() {
    let contracts = package().join("tests/contracts");
    if !contracts.join("node_modules/@slack/types").is_dir() {
        eprintln!("SKIPPED: the types of chats are not installed; run `npm ci` in tests/contracts");
        return;
    }
    let filled = Filled::new();
    let mut messages = String::new();
    for facts in [filled.facts("2026-W11", None), filled.facts("2026-W12", Some("team:x"))] {
        let facts = facts.unwrap();
        let document = report(&facts, &charts(&facts).unwrap(), "https://spot.example");
        let held = held_back(&facts, "https://spot.example");
        for (target, message) in [
            ("slack", slack::message::message(&document, |name| Some(format!("F{name}")))),
            ("slack", slack::message::message(&held, |_| None)),
            ("teams", teams::message::message(&document)),
            ("teams", teams::message::message(&held)),
        ] {
            messages.push_str(&json!({ "target": target, "message": message }).to_string());
            messages.push('\n');
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.jsonl");
    std::fs::write(&file, messages).unwrap();
    let judged = Command::new("node").arg("chat.mjs").arg(&file).current_dir(&contracts).output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    assert_eq!(String::from_utf8_lossy(&judged.stdout).trim(), "8 messages judged");
}

#[test]
fn an_empty_folder_says_that_nothing_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let ended = spot(folder.path(), ["report", "--data", "data"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("nothing has been recorded yet"), "{}", ended.stderr);
}
