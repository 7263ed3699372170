//! PagerDuty: the collector against the simulated account, what failures cost, and the simulated account's answers against what
//! PagerDuty publishes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use spot::collect::http::{Outside, Patience, Secret};
use spot::collect::pagerduty::{Config, Credentials, Features, PagerDutyCollector};
use spot::collect::{Collector, Health, Memory};
use spot::demo::company::{Company, Shape};
use spot::demo::pagerduty::{Account, Entry, Incident, Key, Options, Service, Shift, User, What, account, router};
use spot::demo::serve::{Asked, Fault, Server};
use spot::model::event::fields_at;
use spot::model::trouble::Severity;
use spot::model::{Event, EventKind, Hint, Instant, Reading};

use crate::support::said::{Said, Time, at, findings, line, run};

const NOW: &str = "2026-03-02T12:00:00Z";
const DAY: i64 = 86_400;

struct World {
    server: Server,
    time: Time,
    collector: PagerDutyCollector,
    memory: Memory,
}

impl World {
    async fn new(account: Account) -> Self {
        Self::with(account, Options { keys: vec![Key::new("secret")], ..Options::default() }, |_| {}).await
    }

    async fn with(account: Account, options: Options, configure: impl Fn(&mut Config)) -> Self {
        let time = Time::new(at(NOW));
        let server = Server::start(router(account, time.clock(), options)).await.unwrap();
        let mut config = Config::new(Credentials::Key(Secret::new("secret")));
        config.url = server.url().parse().unwrap();
        configure(&mut config);
        // Waiting takes no time at all, so that times in messages are known.
        let outside = Outside { pause: Arc::new(|_| Box::pin(std::future::ready(()))), ..time.outside(Patience::default()) };
        Self { server, time, collector: PagerDutyCollector::new("pagerduty", config, outside), memory: Memory::new() }
    }

    async fn run(&mut self, past: Option<Range<Instant>>) -> Said {
        run(&self.collector, self.time.now(), past, &mut self.memory).await
    }

    async fn collect(&mut self) -> Said {
        self.run(None).await
    }

    async fn backfill(&mut self, days: i64) -> Said {
        let now = self.time.now();
        self.run(Some(now.plus_seconds(-days * DAY)..now)).await
    }

    /// What the server answers to a question of a program, and the status.
    async fn ask(&self, path: &str) -> (u16, Value, reqwest::header::HeaderMap) {
        let request = reqwest::Client::new().get(format!("{}{path}", self.server.url())).header("authorization", "Token token=secret");
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, response.json().await.unwrap(), headers)
    }

    async fn analytics(&self, body: &Value) -> (u16, Value) {
        let address = format!("{}/analytics/raw/incidents", self.server.url());
        let request = reqwest::Client::new().post(address).header("authorization", "Token token=secret").body(body.to_string());
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Every answer of paths that end like this goes wrong.
    fn fail(&self, path: &'static str, fault: Fault) {
        self.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| asked.path.ends_with(path).then(|| fault.clone()))));
    }
}

fn service(id: &str, name: &str, keys: &[&str]) -> Service {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    Service { id: id.to_owned(), name: name.to_owned(), keys, created: at("2020-01-01T00:00:00Z"), deleted: None }
}

/// An incident that began at a time; each thing happened so many minutes later.
fn incident(id: &str, service: usize, began: &str, priority: Option<usize>, happened: &[(i64, Option<usize>, What)]) -> Incident {
    let created = at(began);
    let entries = happened.iter().map(|(minutes, by, what)| Entry { at: created.plus_seconds(minutes * 60), by: *by, what: what.clone() });
    Incident {
        id: id.to_owned(),
        title: format!("{id} is on fire"),
        service,
        urgency: "high",
        priority,
        created,
        entries: entries.collect(),
        fields: BTreeMap::from([("affected_features".to_owned(), json!(["Booking", "Quoting"]))]),
    }
}

fn small() -> Account {
    Account {
        subdomain: "acme".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        priorities: ["P1", "P2", "P3", "Purple"].map(str::to_owned).to_vec(),
        users: vec![
            User { id: "PU1".to_owned(), name: "Ada Moreau".to_owned() },
            User { id: "PU2".to_owned(), name: "Bo Lind".to_owned() },
        ],
        services: vec![service("PS1", "Billing (production)", &["k1", "k2"]), service("PS2", "ledger-api", &[])],
        incidents: vec![
            // Open since last year.
            incident("PI0", 1, "2025-06-01T09:00:00Z", Some(1), &[(5, Some(1), What::Acknowledge)]),
            // Began before the month, ended within it.
            incident("PI1", 0, "2026-01-30T09:00:00Z", Some(2), &[(5, Some(0), What::Acknowledge), (6 * 1_440, Some(0), What::Resolve)]),
            incident(
                "PI2",
                0,
                "2026-02-20T09:00:00Z",
                None,
                &[
                    (1, None, What::Notify),
                    (2, Some(1), What::Priority(Some(1))),
                    (4, Some(1), What::Acknowledge),
                    (5, None, What::TriggerAgain),
                    (20, Some(1), What::Priority(Some(0))),
                    (30, None, What::Unacknowledge),
                    (31, Some(0), What::Acknowledge),
                    (50, Some(0), What::Resolve),
                ],
            ),
            incident("PI3", 0, "2026-02-20T09:10:00Z", Some(2), &[(6, Some(1), What::Merge("PI2".to_owned()))]),
            incident("PI4", 1, "2026-03-02T11:50:00Z", Some(3), &[]),
            // To come.
            incident("PI5", 0, "2026-03-02T13:00:00Z", Some(0), &[(1, Some(0), What::Acknowledge), (9, Some(0), What::Resolve)]),
        ],
        on_call: vec![Shift { user: 0, policy: "payments".to_owned(), start: at("2026-03-01T00:00:00Z"), end: at("2026-03-08T00:00:00Z") }],
    }
}

#[tokio::test]
async fn the_first_run_tells_of_a_month_and_of_what_is_open() {
    let mut world = World::new(small()).await;
    let said = world.collect().await;
    insta::assert_snapshot!(said.lines().join("\n"), @r"
    PI0 PS2 commander=Bo Lind rawSeverity=P2 severity=major title=PI0 is on fire: [06-01T09:00 major triggered, 06-01T09:05 acknowledged]
    PI1 PS1 commander=Ada Moreau rawSeverity=P3 severity=minor title=PI1 is on fire: [01-30T09:00 minor triggered, 01-30T09:05 acknowledged, 02-05T09:00 resolved]
    PI2 PS1 commander=Bo Lind rawSeverity=P1 severity=critical title=PI2 is on fire: [02-20T09:00 major triggered, 02-20T09:04 acknowledged, 02-20T09:20 critical, 02-20T09:30 triggered, 02-20T09:31 acknowledged, 02-20T09:50 resolved]
    PI3 PS1 rawSeverity=P3 severity=minor title=PI3 is on fire: [02-20T09:10 minor triggered, 02-20T09:16 cancelled]
    PI4 PS2 rawSeverity=Purple title=PI4 is on fire: [03-02T11:50 null triggered]
    ");
    assert_eq!(said.problems(), ["the priority \"Purple\" stands for no severity, as that of PI4: add it to pagerduty.severities"]);
    let annotation = |text: &str| Hint::Annotation(text.to_owned());
    let hints = said.hints();
    assert_eq!(hints["PS1"], [annotation("PS1"), annotation("k1"), annotation("k2"), Hint::Name("Billing (production)".to_owned())]);
    assert_eq!(hints["PS2"], [annotation("PS2"), Hint::Name("ledger-api".to_owned())]);
    assert!(said.events().iter().all(|event| event.kind == EventKind::Incident && event.is_whole));
    assert_eq!(said.events()[0].check.as_deref(), Some("https://acme.pagerduty.example/incidents/PI0"));
    assert_eq!((said.reading(), said.summary.failure.clone()), (Some(Reading::Full), None));
    assert_eq!(said.summary.requests, 5, "the log, services, what is open, and two whose beginning is not in the log");
}

#[tokio::test]
async fn a_later_run_asks_for_what_changed() {
    let mut world = World::new(small()).await;
    world.collect().await;
    world.time.set(at("2026-03-02T12:20:00Z"));
    assert_eq!(world.collect().await.lines().len(), 1, "what happened shortly before the last run is told again");
    world.time.set(at("2026-03-02T12:40:00Z"));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests), (0, 1), "nothing happened");
    world.time.set(at("2026-03-02T13:05:00Z"));
    assert_eq!(
        world.collect().await.lines(),
        [
            "PI5 PS1 commander=Ada Moreau rawSeverity=P1 severity=critical title=PI5 is on fire: [03-02T13:00 critical triggered, 03-02T13:01 acknowledged]"
        ]
    );
    world.time.set(at("2026-03-02T13:30:00Z"));
    let said = world.collect().await;
    assert!(
        said.lines()[0].ends_with("[03-02T13:00 critical triggered, 03-02T13:01 acknowledged, 03-02T13:09 resolved]"),
        "{:?}",
        said.lines()
    );
    assert_eq!(said.summary.requests, 1);
    // A day later services are listed again; the last run is a day away, and so is what it read.
    world.time.set(at("2026-03-03T13:30:00Z"));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests), (0, 2));
}

#[tokio::test]
async fn an_incident_that_lasts_longer_than_runs_are_apart_is_told_whole() {
    let mut account = small();
    account.incidents.truncate(0);
    let happened = [(10, Some(0), What::Acknowledge), (300, Some(0), What::Priority(Some(0))), (600, Some(0), What::Resolve)];
    account.incidents.push(incident("PI9", 0, "2026-03-02T09:00:00Z", Some(1), &happened));
    let mut world = World::new(account).await;
    let mut told = Vec::new();
    for hour in [9, 13, 15, 20, 22] {
        world.time.set(at("2026-03-02T00:05:00Z").plus_seconds(hour * 3_600));
        let said = world.collect().await;
        told.extend(said.lines().iter().map(|line| format!("{hour}: {} {line}", said.summary.requests)));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    9: 3 PI9 PS1 rawSeverity=P2 severity=major title=PI9 is on fire: [03-02T09:00 major triggered]
    13: 1 PI9 PS1 commander=Ada Moreau rawSeverity=P2 severity=major title=PI9 is on fire: [03-02T09:00 major triggered, 03-02T09:10 acknowledged]
    15: 2 PI9 PS1 commander=Ada Moreau rawSeverity=P1 severity=critical title=PI9 is on fire: [03-02T09:00 major triggered, 03-02T09:10 acknowledged, 03-02T14:00 critical]
    20: 2 PI9 PS1 commander=Ada Moreau rawSeverity=P1 severity=critical title=PI9 is on fire: [03-02T09:00 major triggered, 03-02T09:10 acknowledged, 03-02T14:00 critical, 03-02T19:00 resolved]
    ");
}

#[tokio::test]
async fn severities_and_features_are_as_the_configuration_says() {
    let options = || Options { keys: vec![Key::new("secret")], ..Options::default() };
    let mut world = World::with(small(), options(), |config| {
        config.severities = BTreeMap::from([("purple".to_owned(), Severity::Critical), ("P2".to_owned(), Severity::Minor)]);
        config.features = Features::Field("affected_features".to_owned());
    })
    .await;
    let said = world.collect().await;
    let severities: Vec<String> = said.events().iter().map(|event| format!("{} {}", event.id, event.body["severity"])).collect();
    assert_eq!(severities, ["PI0 \"minor\"", "PI1 \"minor\"", "PI2 \"critical\"", "PI3 \"minor\"", "PI4 \"critical\""]);
    assert!(said.events().iter().all(|event| event.body["features"] == json!(["Booking", "Quoting"])));
    assert_eq!((said.problems(), said.summary.requests), (Vec::new(), 10), "a call for each incident more");

    // Where fields cannot be read, that is said once, and nothing else is lost.
    world.memory.clear();
    world.fail("/values", Fault::Answer { status: 403, headers: Vec::new(), body: String::new() });
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.problems().len(), said.summary.requests), (5, 1, 6));
    assert!(
        said.problems()[0].starts_with("custom fields cannot be read, so that features are unknown: answered 403"),
        "{:?}",
        said.problems()
    );

    let mut world = World::with(small(), options(), |config| config.features = Features::Service).await;
    assert_eq!(world.collect().await.events()[0].body["features"], json!(["ledger-api"]));
}

/// An incident for every so many minutes, back from now.
fn many(count: i64, minutes: i64) -> Account {
    let began = |number: i64| at(NOW).plus_seconds((number - count) * minutes * 60).to_string();
    let happened = [(1, Some(0), What::Acknowledge), (2, Some(0), What::Resolve)];
    let one = |number: i64| incident(&format!("PI{number:06}"), 0, &began(number), Some(2), &happened);
    Account { incidents: (0..count).map(one).collect(), ..small() }
}

#[tokio::test]
async fn the_past_is_read_by_quarters_and_once() {
    // Two a day for two years; each leaves three entries in the log.
    let mut world = World::new(many(1_460, 720)).await;
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests), (60, 4), "two pages, services, and what is open");
    let said = world.backfill(365).await;
    let ids: std::collections::BTreeSet<&str> = said.events().iter().map(|event| event.id.as_str()).collect();
    assert_eq!((ids.len(), said.events().len(), said.problems()), (730, 730, Vec::new()));
    assert_eq!(said.summary.requests, 25, "a page for a hundred entries in five stretches");
    let filled = said.filled();
    assert_eq!((filled.len(), filled[0].end, filled[4].start), (5, at(NOW), at(NOW).plus_seconds(-365 * DAY)));
    assert!(filled.windows(2).all(|pair| pair[0].start == pair[1].end), "newest first, without a gap");
    assert_eq!(said.progress(), Some((5, 5)));
    // What is delivered is not asked for again; a longer wish goes on from there.
    assert_eq!(world.backfill(365).await.summary.requests, 0);
    world.time.set(at(NOW).plus_seconds(DAY));
    assert_eq!(world.backfill(366).await.summary.requests, 0);
    let said = world.backfill(457).await;
    assert_eq!((said.filled().len(), said.filled()[0].end), (1, at(NOW).plus_seconds(-365 * DAY)));
}

#[tokio::test]
async fn a_backfill_that_breaks_off_goes_on_where_it_was() {
    let mut world = World::new(many(1_460, 720)).await;
    let asked = Arc::new(AtomicI64::new(0));
    let count = Arc::clone(&asked);
    let refuse =
        Fault::Answer { status: 403, headers: Vec::new(), body: "{\"error\":{\"message\":\"Access Denied\",\"code\":2010}}".to_owned() };
    world.server.set_faults(Some(Arc::new(move |_: &Asked<'_>| (count.fetch_add(1, Ordering::Relaxed) >= 8).then(|| refuse.clone()))));
    let said = world.backfill(365).await;
    assert_eq!((said.filled().len(), said.summary.failure.clone()), (1, None));
    assert!(said.problems()[0].contains("could not be read: answered 403: Access Denied"), "{:?}", said.problems());
    world.server.set_faults(None);
    let rest = world.backfill(365).await;
    assert_eq!((rest.filled().len(), rest.filled()[0].end), (4, said.filled()[0].start));
    // One that lasts over the seam is told in both parts, each time whole.
    let mut all: Vec<&Event> = said.events();
    all.extend(rest.events());
    let ids: std::collections::BTreeSet<&str> = all.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), 730);
    assert!(all.iter().all(|event| event.is_whole && event.history.len() == 3));
}

#[tokio::test]
async fn a_stretch_with_too_many_entries_is_cut() {
    // 10,800 entries in a month: more than a list reaches.
    let mut world = World::new(many(3_600, 12)).await;
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.problems(), said.summary.failure.clone()), (3_600, Vec::new(), None));
    assert!(said.events().iter().all(|event| event.is_whole && event.history.len() == 3 && event.ended.is_some()));
    assert!((108..116).contains(&said.summary.requests), "{}", said.summary.requests);
}

#[tokio::test]
async fn what_cannot_be_read_is_a_failure_that_says_what_to_do() {
    let mut world = World::new(small()).await;
    let answer = |status: u16, body: &str| Fault::Answer { status, headers: Vec::new(), body: body.to_owned() };
    let limited = Fault::Answer { status: 429, headers: vec![("ratelimit-reset", "7200".to_owned())], body: String::new() };
    let error = |message: &str| json!({ "error": { "message": message, "code": 2001, "errors": ["more of it"] } }).to_string();
    let repeating = json!({ "log_entries": [{ "id": "L", "created_at": NOW, "incident": { "id": "PI" } }], "more": true, "total": null });
    for (fault, expected) in [
        (answer(401, &error("Unauthorized")), "answered 401: Unauthorized: more of it; the key is wrong or was revoked"),
        (answer(402, ""), "the account's plan does not have this"),
        (answer(403, ""), "the key may not read this: take a read-only key of the account"),
        (answer(404, ""), "is pagerduty.url the address of the API"),
        (answer(400, &error("Invalid Input Provided")), "answered 400: Invalid Input Provided: more of it"),
        (answer(500, ""), "answered 500"),
        (limited, "limited until 2026-03-02T14:00:00Z"),
        (Fault::Html, "is pagerduty.url the address of the API"),
        (Fault::Garbage, "expected JSON"),
        (Fault::Truncated, "expected JSON"),
        (Fault::Broken, "no connection after 4 attempts"),
        (answer(200, "{}"), "there is no list \"log_entries\" in it"),
        (answer(200, &repeating.to_string()), "its records repeat themselves from the 1th on"),
    ] {
        world.fail("/log_entries", fault.clone());
        let said = world.collect().await;
        let failure = said.summary.failure.clone().unwrap_or_default();
        assert!(failure.starts_with("the log of incidents cannot be read: ") && failure.contains(expected), "{fault:?}: {failure}");
        assert_eq!((said.reading(), said.events().len(), world.memory.len()), (Some(Reading::Partial), 0, 0), "{fault:?}");
    }
    // Short limits are waited for.
    let limited = Fault::Answer { status: 429, headers: vec![("ratelimit-reset", "3".to_owned())], body: String::new() };
    world.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| asked.number.is_multiple_of(2).then(|| limited.clone()))));
    assert_eq!(world.collect().await.events().len(), 5);
}

#[tokio::test]
async fn what_cannot_be_read_beside_the_log_is_asked_for_again() {
    let mut world = World::new(small()).await;
    world.fail("/services", Fault::Html);
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading()), (5, Some(Reading::Partial)));
    assert!(said.problems()[0].starts_with("the services cannot be listed"), "{:?}", said.problems());
    assert_eq!(said.hints()["PS1"], [Hint::Annotation("PS1".to_owned()), Hint::Name("Billing (production)".to_owned())]);

    let mut world = World::new(small()).await;
    world.fail("/PI1/log_entries", Fault::Answer { status: 500, headers: Vec::new(), body: String::new() });
    let said = world.collect().await;
    let part = said.events().into_iter().find(|event| event.id == "PI1").unwrap();
    assert_eq!((part.is_whole, said.reading()), (false, Some(Reading::Partial)));
    assert!(said.problems().iter().any(|text| text.contains("only a part of its history was read")), "{:?}", said.problems());
    world.server.set_faults(None);
    world.time.set(at("2026-03-02T12:20:00Z"));
    let said = world.collect().await;
    let whole = said.events().into_iter().find(|event| event.id == "PI1").unwrap();
    assert_eq!((said.lines().len(), whole.is_whole, said.reading()), (2, true, Some(Reading::Full)));
    assert_eq!(said.summary.requests, 3, "the log, the incident, and its own log");
}

/// The log with one entry of this incident.
fn log_of(incident: &Value) -> Fault {
    let entry = json!({ "id": "L1", "type": "trigger_log_entry", "created_at": "2026-03-02T10:00:00Z", "incident": incident });
    let body = json!({ "log_entries": [entry, { "id": "L2" }], "more": false, "limit": 100, "offset": 0, "total": 2, "novel": true });
    Fault::Answer { status: 200, headers: Vec::new(), body: body.to_string() }
}

#[tokio::test]
async fn bad_input_is_taken_as_far_as_it_goes_and_said() {
    let usual = json!({
        "id": "PX", "title": "x", "created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T11:00:00Z", "status": "triggered",
        "urgency": "high", "service": { "id": "PS9", "summary": "nobody's" }, "novel": { "deep": [] },
    });
    for (change, problem, history) in [
        (json!({}), None, Some("03-02T10:00 major triggered")),
        (
            json!({ "status": "resolved", "resolved_at": "2026-03-02T09:00:00Z" }),
            Some("it was resolved at 2026-03-02T09:00:00Z, before it was triggered"),
            Some("03-02T10:00 major resolved"),
        ),
        (json!({ "created_at": "2026-03-02T10:30:00" }), None, Some("03-02T09:30 major triggered")),
        (
            json!({ "status": "exploded", "urgency": "purple" }),
            Some("the priority \"purple urgency\" stands"),
            Some("03-02T10:00 null triggered"),
        ),
        (json!({ "priority": { "id": "R", "summary": null } }), None, Some("03-02T10:00 major triggered")),
        (
            json!({ "title": "y".repeat(1_000_000) }),
            Some("its title has 1000000 characters; 500 are kept"),
            Some("03-02T10:00 major triggered"),
        ),
        (json!({ "created_at": "2026-03-09T10:00:00Z" }), Some("which is to come: is a clock wrong?"), None),
        (json!({ "created_at": "yesterday" }), Some("it does not say when it was triggered; it is left out"), None),
        (json!({ "service": null }), Some("it names no service; it is left out"), None),
    ] {
        let options = Options { keys: vec![Key::new("secret")], ..Options::default() };
        let mut account = small();
        account.incidents.clear();
        let mut world = World::with(account, options, |config| config.zone = "Europe/Berlin".parse().unwrap()).await;
        let mut incident = usual.clone();
        incident.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        // Of what is left out, the own log is not needed either.
        world.server.set_faults(Some(Arc::new({
            let log = log_of(&incident);
            move |asked: &Asked<'_>| asked.path.ends_with("log_entries").then(|| log.clone())
        })));
        let said = world.collect().await;
        let told: Vec<String> = said.events().iter().map(|event| line(event)).collect();
        match history {
            Some(history) => assert!(told[0].ends_with(&format!("[{history}]")), "{change}: {told:?}"),
            None => assert_eq!(told, [] as [&str; 0], "{change}"),
        }
        assert!(said.problems()[0].starts_with("1 entries of the log cannot be read; the first is L2"), "{:?}", said.problems());
        let rest = &said.problems()[1..];
        assert_eq!(rest.len(), usize::from(problem.is_some()), "{change}: {rest:?}");
        assert!(problem.is_none_or(|problem| rest[0].contains(problem)), "{change}: {rest:?}");
    }
}

#[tokio::test]
async fn a_check_says_what_the_key_may_do() {
    let options = Options { keys: vec![Key::new("secret")], limit: Some(960) };
    let world = World::with(small(), options, |_| {}).await;
    insta::assert_snapshot!(findings(&world.collector.check().await), @r#"
    key Good of the account
    incidents Good they can be read, with their log; 960 requests a minute
    services Good 2 are listed
    priorities Lacking "Purple" stand for no severity: add them to pagerduty.severities
    "#);
    let key = Key { user: Some(1), forbidden: vec!["services", "log_entries"], ..Key::new("secret") };
    let account = Account { priorities: Vec::new(), ..small() };
    let world = World::with(account, Options { keys: vec![key], ..Options::default() }, |config| {
        config.features = Features::Field("affected_features".to_owned());
    })
    .await;
    insta::assert_snapshot!(findings(&world.collector.check().await), @r#"
    key Good of Bo Lind: it sees what Bo Lind may see
    incidents Wrong answered 403: Access Denied; the key may not read this: take a read-only key of the account, or one that may read incidents and services
    services Lacking their integrations are unknown: answered 403: Access Denied; the key may not read this: take a read-only key of the account, or one that may read incidents and services
    priorities Good the account uses none: severity follows from the urgency
    features Good read from the custom field "affected_features", by a call for each incident
    "#);
    let world = World::with(small(), Options::default(), |_| {}).await;
    let found = world.collector.check().await;
    assert_eq!((found.len(), found[0].health), (1, Health::Wrong));
    assert!(found[0].detail.contains("the key is wrong or was revoked"), "{found:?}");
}

#[tokio::test]
async fn days_add_up_to_what_the_past_tells_and_to_what_happened() {
    let end = at("2026-11-20T00:00:00Z");
    let company = Company::generate(&Shape { seed: 3, repositories: 200, end });
    let account = account(&company);
    let mut world = World::new(account).await;
    let (mut by_days, mut calls) = (BTreeMap::new(), Vec::new());
    let start = end.plus_seconds(-120 * DAY);
    for day in 0..=120 {
        world.time.set(start.plus_seconds(day * DAY));
        let said = world.collect().await;
        assert_eq!((said.problems(), said.summary.failure.clone()), (Vec::new(), None));
        said.keep(&mut by_days);
        calls.push(said.summary.requests);
    }
    calls.sort_unstable();
    assert!(calls[60] <= 3 && calls[120] <= 8, "{calls:?}");
    world.memory.clear();
    let said = world.backfill(120).await;
    let mut at_once = BTreeMap::new();
    said.keep(&mut at_once);
    assert!(at_once.len() > 15, "{}", at_once.len());
    for (id, event) in &at_once {
        assert_eq!(by_days.get(id), Some(event), "{id}");
    }
    // And that is what happened.
    for told in &company.trouble.incidents {
        let Some(event) = at_once.values().find(|event| event.at == told.started && event.body["title"] == told.title) else { continue };
        let moments = told.severity.all()[1..].iter().map(|(at, _)| *at).chain([told.started]);
        for moment in moments {
            let fields = fields_at(&event.body, &event.history, moment);
            assert_eq!(fields["severity"], told.severity.at(moment).word(), "{} at {moment}", event.id);
        }
        assert_eq!(event.ended, told.resolved);
        let last = event.history.last().and_then(|step| step.set.get("state")).and_then(Value::as_str);
        let expected = match (told.resolved, told.duplicate_of, told.acknowledged) {
            (Some(_), Some(_), _) => "cancelled",
            (Some(_), None, _) => "resolved",
            (None, _, Some(_)) => "acknowledged",
            (None, _, None) => "triggered",
        };
        assert!(last.is_none_or(|last| last == expected), "{}: {last:?}", event.id);
    }
}

#[tokio::test]
async fn the_simulated_account_keeps_the_limits_of_the_true_one() {
    let world = World::new(many(12_000, 60)).await;
    let count = |value: &Value| value["incidents"].as_array().unwrap().len();
    let (status, page, _) = world.ask("/incidents?total=true").await;
    assert_eq!((status, count(&page), page["more"].clone(), page["total"].clone()), (200, 25, json!(true), json!(720)), "a month");
    let (_, page, _) = world.ask("/incidents?date_range=all&total=true&limit=1000").await;
    assert_eq!((count(&page), page["total"].clone()), (100, json!(12_000)));
    assert_eq!(world.ask("/incidents").await.1["total"], Value::Null);
    let (status, refused, _) = world.ask("/incidents?date_range=all&limit=100&offset=9950").await;
    assert_eq!((status, refused["error"]["code"].clone()), (400, json!(2_002)));
    assert_eq!(world.ask("/incidents?since=2025-06-01T00:00:00Z&until=2026-01-01T00:00:00Z").await.0, 400, "more than six months");
    let (_, page, _) = world.ask("/incidents?since=2026-02-01T00:00:00&until=2026-02-01T02:00:00&total=true").await;
    assert_eq!(page["total"], json!(2), "in the zone of the account");
    assert_eq!(page["incidents"][0]["created_at"], json!("2026-01-31T23:00:00Z"));
    let (_, page, _) = world.ask("/incidents?since=2026-02-01&until=2026-02-02&time_zone=Asia/Kolkata&limit=1").await;
    assert_eq!(page["incidents"][0]["created_at"], json!("2026-02-01T04:30:00+05:30"));
    for (path, status) in [("/incidents/PNONE", 404), ("/nowhere", 404), ("/incidents?statuses[]=gone", 400), ("/users/me", 400)] {
        let (found, body, _) = world.ask(path).await;
        assert_eq!(found, status, "{path}");
        assert!(body["error"]["message"].is_string() && body["error"]["code"].is_u64(), "{body}");
    }

    // Analytics are a day behind, without offsets, and go on by cursors.
    let filters = json!({ "created_at_start": "2026-02-20T00:00:00Z", "created_at_end": "2026-03-05T00:00:00Z" });
    let (status, page) = world.analytics(&json!({ "filters": filters, "limit": 200, "order": "asc" })).await;
    assert_eq!((status, page["data"].as_array().unwrap().len(), page["more"].clone()), (200, 200, json!(true)));
    assert_eq!(page["data"][0]["created_at"], json!("2026-02-20T00:00:00"));
    assert_eq!((page["data"][0]["seconds_to_first_ack"].clone(), page["data"][0]["seconds_to_resolve"].clone()), (json!(60), json!(120)));
    let (_, rest) = world.analytics(&json!({ "filters": filters, "limit": 1000, "order": "asc", "starting_after": page["last"] })).await;
    let rest = rest["data"].as_array().unwrap();
    assert_eq!(rest.last().unwrap()["created_at"], json!("2026-03-01T12:00:00"), "nothing of the last day");
    assert_eq!(world.analytics(&json!({ "limit": 1001 })).await.0, 400);

    let limited = World::with(small(), Options { keys: vec![Key::new("secret")], limit: Some(2) }, |_| {}).await;
    let (_, _, headers) = limited.ask("/abilities").await;
    assert_eq!((headers["ratelimit-limit"].to_str().unwrap(), headers["ratelimit-remaining"].to_str().unwrap()), ("2", "1"));
    limited.ask("/abilities").await;
    let (status, body, headers) = limited.ask("/abilities").await;
    assert_eq!((status, body["error"]["code"].clone(), headers["ratelimit-reset"].to_str().unwrap()), (429, json!(2_020), "60"));
}

/// Fails if an answer is not of the shape that PagerDuty publishes.
fn judge(contract: &str, answer: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts/pagerduty.json");
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    schema["$ref"] = format!("#/$defs/{contract}").into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(answer).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{contract}: {errors:?}\n{answer}");
}

#[tokio::test]
async fn the_simulated_account_answers_in_the_published_shapes() {
    let world = World::new(small()).await;
    for (path, contract) in [
        ("/incidents?date_range=all&total=true", "incidents"),
        ("/incidents/PI2", "incident"),
        ("/incidents/PI2/log_entries", "log_entries"),
        ("/incidents/PI2/custom_fields/values", "field_values"),
        ("/log_entries?include[]=incidents", "log_entries"),
        ("/services?include[]=integrations", "services"),
        ("/priorities", "priorities"),
        ("/oncalls", "oncalls"),
        ("/abilities", "abilities"),
        ("/nowhere", "error"),
    ] {
        let (_, answer, _) = world.ask(path).await;
        judge(contract, &answer);
    }
    judge("analytics", &world.analytics(&json!({ "limit": 10 })).await.1);
}
