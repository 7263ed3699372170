//! Zendesk: the collector against the simulated account.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Value, json};
use spot::collect::http::{Patience, Secret};
use spot::collect::zendesk::{Config, Credentials, ZendeskCollector};
use spot::collect::{Collector, Health, Memory};
use spot::demo::company::trouble::CaseState;
use spot::demo::company::{Company, Shape};
use spot::demo::serve::{Asked, Fault, Server};
use spot::demo::zendesk::{AREA_TITLE, Account, Entry, Field, Options, Ticket, User, What, account, router};
use spot::model::trouble::Priority;
use spot::model::{EventKind, Hint, Instant, Reading};

use crate::support::said::{Said, Time, at, findings, line, run};

mod failures;
mod laws;
mod simulated;

const NOW: &str = "2026-03-02T12:00:00Z";
const DAY: i64 = 86_400;
const EMAIL: &str = "spot@acme.example";

/// A simulated account, its time, and a collector.
struct World {
    server: Server,
    time: Time,
    collector: ZendeskCollector,
    memory: Memory,
}

fn options() -> Options {
    Options { users: vec![User::admin(EMAIL, "secret")], ..Options::default() }
}

impl World {
    async fn new(account: Account) -> Self {
        Self::with(account, options(), |_| {}).await
    }

    async fn with(account: Account, options: Options, configure: impl Fn(&mut Config)) -> Self {
        Self::patient(account, options, Patience::default(), configure).await
    }

    async fn patient(account: Account, options: Options, patience: Patience, configure: impl Fn(&mut Config)) -> Self {
        let time = Time::new(at(NOW));
        let server = Server::start(router(account, time.clock(), options)).await.unwrap();
        let credentials = Credentials::Token { email: EMAIL.to_owned(), token: Secret::new("secret") };
        let mut config = Config::new(server.url().parse().unwrap(), credentials);
        configure(&mut config);
        let collector = ZendeskCollector::new("zendesk", config, time.outside(patience));
        Self { server, time, collector, memory: Memory::new() }
    }

    fn set(&self, at: Instant) {
        self.time.set(at);
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
        let request = reqwest::Client::new().get(format!("{}/api/v2{path}", self.server.url()));
        let response = request.basic_auth(format!("{EMAIL}/token"), Some("secret")).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, response.json().await.unwrap(), headers)
    }

    /// Every answer of paths that end like this goes wrong.
    fn fail(&self, path: &'static str, fault: Fault) {
        self.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| asked.path.ends_with(path).then(|| fault.clone()))));
    }
}

/// A ticket that was created at a time; each thing happened so many minutes later.
fn ticket(id: u64, created: &str, priority: Option<&'static str>, tags: &[&str], happened: &[(i64, What)]) -> Ticket {
    let created = at(created);
    let entries = happened.iter().map(|(minutes, what)| Entry { at: created.plus_seconds(minutes * 60), what: what.clone() });
    Ticket {
        id,
        subject: format!("case {id}"),
        description: "Ada Moreau <ada@customer.example> wrote: all is gone".to_owned(),
        priority,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        fields: BTreeMap::from([(27, json!(if id.is_multiple_of(2) { json!("area_booking") } else { Value::Null }))]),
        created,
        entries: entries.collect(),
    }
}

const OPEN: What = What::Status("open");
const PENDING: What = What::Status("pending");
const SOLVED: What = What::Status("solved");
const CLOSED: What = What::Status("closed");

fn small() -> Account {
    Account {
        subdomain: "acme".to_owned(),
        fields: vec![Field {
            id: 27,
            title: "Product area".to_owned(),
            kind: "tagger",
            options: vec![("area_booking".to_owned(), "Booking".to_owned())],
        }],
        tickets: vec![
            // Nothing happened to it of late.
            ticket(10, "2025-11-01T09:00:00Z", Some("low"), &[], &[(60, OPEN), (120, SOLVED), (6_000, CLOSED)]),
            ticket(
                11,
                "2026-01-30T09:00:00Z",
                Some("urgent"),
                &["service-ledger-api"],
                &[(60, OPEN), (4 * 1_440, SOLVED), (8 * 1_440, CLOSED)],
            ),
            ticket(
                12,
                "2026-02-20T09:00:00Z",
                None,
                &["feature-rates", "vip"],
                &[
                    (10, OPEN),
                    (20, PENDING),
                    (30, What::Status("hold")),
                    (40, SOLVED),
                    (50, OPEN),
                    (55, What::Priority(Some("high"))),
                    (60, SOLVED),
                ],
            ),
            ticket(13, "2026-02-20T09:10:00Z", Some("normal"), &[], &[(5, What::Merge(12))]),
            ticket(14, "2026-02-21T09:00:00Z", Some("normal"), &[], &[(5, OPEN), (90, What::Delete)]),
            ticket(15, "2026-03-02T11:50:00Z", Some("high"), &[], &[]),
            // Too recent.
            ticket(16, "2026-03-02T11:59:30Z", Some("high"), &[], &[]),
            // To come.
            ticket(17, "2026-03-02T13:00:00Z", Some("low"), &[], &[(2, OPEN), (20, PENDING), (200, SOLVED)]),
        ],
    }
}

#[tokio::test]
async fn the_first_run_tells_of_what_changed_within_a_month() {
    let mut world = World::new(small()).await;
    let said = world.collect().await;
    insta::assert_snapshot!(said.lines().join("\n"), @r#"
    11 service/ledger-api priority=critical rawPriority=urgent status=closed title=case 11: [01-30T09:00 open, 02-03T09:00 solved, 02-07T09:00 closed]
    13 account/127.0.0.1 priority=medium rawPriority=normal status=merged title=case 13: [02-20T09:10 open, 02-20T09:15 deleted]
    12 feature/rates features=["rates"] priority=high rawPriority=high status=solved title=case 12: [02-20T09:00 open, 02-20T09:20 waiting, 02-20T09:30 open, 02-20T09:40 solved, 02-20T09:50 open, 02-20T10:00 solved]
    14 account/127.0.0.1 priority=medium rawPriority=normal status=deleted title=case 14: [02-21T09:00 open, 02-21T10:30 deleted]
    15 account/127.0.0.1 priority=high rawPriority=high status=new title=case 15: [03-02T11:50 open]
    "#);
    assert_eq!((said.problems(), said.reading(), said.summary.requests), (Vec::new(), Some(Reading::Full), 1));
    assert!(said.events().iter().all(|event| event.kind == EventKind::SupportCase && event.body["key"] == event.id));
    let hints = said.hints();
    let both = |kind: &str, name: &str| vec![Hint::Annotation(format!("{kind}/{name}")), Hint::Name(name.to_owned())];
    assert_eq!((&hints["service/ledger-api"], &hints["feature/rates"]), (&both("service", "ledger-api"), &both("feature", "rates")));
    let address = format!("{}/agent/tickets/11", world.server.url());
    assert_eq!(said.events()[0].check.as_deref(), Some(address.as_str()));
    let everything = format!("{:?}", said.items);
    assert!(!everything.contains("Ada") && !everything.contains("all is gone"), "people and texts stay where they are");
}

#[tokio::test]
async fn a_later_run_asks_for_what_changed() {
    let mut world = World::new(small()).await;
    world.collect().await;
    let mut told = Vec::new();
    for time in ["12:05", "12:10", "13:05", "13:30", "14:00", "17:00"] {
        world.set(at(&format!("2026-03-02T{time}:00Z")));
        let said = world.collect().await;
        assert_eq!((said.summary.requests, said.reading()), (1, Some(Reading::Full)));
        told.extend(said.lines().into_iter().map(|line| format!("{time}: {line}")));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    12:05: 15 account/127.0.0.1 priority=high rawPriority=high status=new title=case 15: [03-02T11:50 open]
    12:05: 16 account/127.0.0.1 priority=high rawPriority=high status=new title=case 16: [03-02T11:59 open]
    12:10: 16 account/127.0.0.1 priority=high rawPriority=high status=new title=case 16: [03-02T11:59 open]
    13:05: 16 account/127.0.0.1 priority=high rawPriority=high status=new title=case 16: [03-02T11:59 open]
    13:05: 17 account/127.0.0.1 priority=low rawPriority=low status=open title=case 17: [03-02T13:00 open]
    13:30: 17 account/127.0.0.1 priority=low rawPriority=low status=pending title=case 17: [03-02T13:00 open, 03-02T13:20 waiting]
    14:00: 17 account/127.0.0.1 priority=low rawPriority=low status=pending title=case 17: [03-02T13:00 open, 03-02T13:20 waiting]
    17:00: 17 account/127.0.0.1 priority=low rawPriority=low status=solved title=case 17: [03-02T13:00 open, 03-02T13:20 waiting, 03-02T16:20 solved]
    ");
    world.set(at("2026-03-10T12:00:00Z"));
    let said = world.collect().await;
    assert_eq!((said.lines().len(), said.summary.requests), (1, 1), "the newest change that was read, and nothing else");
}

#[tokio::test]
async fn what_was_deleted_is_emptied_and_stays_deleted() {
    let mut world = World::new(small()).await;
    world.collect().await;
    world.set(at("2026-03-25T12:00:00Z"));
    let said = world.collect().await;
    let emptied: Vec<String> = said.lines().into_iter().filter(|line| line.starts_with("14 ")).collect();
    assert_eq!(
        emptied,
        [
            "14 account/127.0.0.1 priority=medium rawPriority=normal status=deleted title=SCRUBBED: [02-21T09:00 open, 02-21T10:30 deleted] (part)"
        ]
    );
}

#[tokio::test]
async fn words_fields_and_tags_are_as_the_configuration_says() {
    let mut world = World::with(small(), options(), |config| {
        config.priorities = BTreeMap::from([("Urgent".to_owned(), Priority::High)]);
        config.features.field = Some("product area".to_owned());
        config.services.tags = vec!["vi".to_owned()];
    })
    .await;
    let said = world.collect().await;
    let of = |id: &str| said.events().into_iter().find(|event| event.id == id).cloned().unwrap();
    assert_eq!((of("11").body["priority"].clone(), of("11").body["rawPriority"].clone()), (json!("high"), json!("urgent")));
    assert_eq!((of("12").body["features"].clone(), of("12").resource.id.clone()), (json!(["Booking", "rates"]), "service/p".to_owned()));
    assert_eq!((of("14").body["features"].clone(), of("11").body.get("features")), (json!(["Booking"]), None));
    assert_eq!(said.summary.requests, 2, "the fields, and the export");
    world.set(at("2026-03-02T18:00:00Z"));
    assert_eq!(world.collect().await.summary.requests, 1, "fields are looked up once a day");
    world.set(at("2026-03-03T13:00:00Z"));
    assert_eq!(world.collect().await.summary.requests, 2);

    // Where fields cannot be read, a number still works, without names.
    let mut world = World::with(small(), options(), |config| config.features.field = Some("27".to_owned())).await;
    world.fail("/ticket_fields", Fault::Answer { status: 403, headers: Vec::new(), body: String::new() });
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading()), (5, Some(Reading::Partial)));
    assert!(said.problems()[0].starts_with("the ticket fields cannot be listed: answered 403"), "{:?}", said.problems());
    assert_eq!(said.events()[2].body["features"], json!(["area_booking", "rates"]));
    assert_eq!(world.backfill(90).await.filled().len(), 0, "the past would stay without names");
    world.server.set_faults(None);
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading()), (5, Some(Reading::Full)), "all is told again, with names");
    assert_eq!(said.events()[2].body["features"], json!(["Booking", "rates"]));
    world.fail("/ticket_fields", answer(500, ""));
    world.set(at("2026-03-04T12:00:00Z"));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading()), (3, Some(Reading::Partial)), "names of the day before are good enough");
    assert!(world.backfill(90).await.filled().len() == 1);

    let mut world = World::with(small(), options(), |config| config.services.field = Some("Nothing".to_owned())).await;
    let said = world.collect().await;
    assert_eq!(said.problems(), ["no ticket field is called \"Nothing\": name one in zendesk.feature_field and zendesk.service_field"]);
    assert_eq!(said.events().len(), 5);
}

#[tokio::test]
async fn without_metric_events_the_states_add_up_as_they_are_seen() {
    let options = Options { tells_metric_events: false, ..options() };
    let mut world = World::with(small(), options, |_| {}).await;
    let mut known = BTreeMap::new();
    for time in ["13:10", "13:25", "17:00"] {
        world.set(at(&format!("2026-03-02T{time}:00Z")));
        world.collect().await.keep(&mut known);
    }
    let of = |id: &str| line(&known[id]).rsplit_once(": ").unwrap().1.to_owned();
    assert_eq!(of("17"), "[03-02T13:00 open, 03-02T13:20 waiting, 03-02T16:20 solved] (part)");
    assert_eq!(of("11"), "[01-30T09:00 open, 02-03T09:00 solved, 02-07T09:00 closed] (part)");
}

/// A ticket for every so many minutes, back from now; each is solved after an hour and closed after a day.
fn many(count: i64, minutes: i64) -> Account {
    let created = |number: i64| at(NOW).plus_seconds((number - count) * minutes * 60).to_string();
    let happened = [(30, OPEN), (60, SOLVED), (1_440, CLOSED)];
    let one = |number: i64| ticket(1_000 + number as u64, &created(number), Some("normal"), &[], &happened);
    Account { tickets: (0..count).map(one).collect(), ..small() }
}

#[tokio::test]
async fn the_past_is_read_by_quarters_and_once() {
    // Eight a day for two years.
    let mut world = World::new(many(5_840, 180)).await;
    assert_eq!((world.collect().await.summary.requests, world.backfill(0).await.summary.requests), (1, 0));
    let said = world.backfill(365).await;
    let ids: BTreeSet<&str> = said.events().iter().map(|event| event.id.as_str()).collect();
    // What was closed within the year was created up to a day before; what was closed this minute is not exported yet.
    assert_eq!((ids.len(), said.events().len(), said.problems()), (2_927, 2_927, Vec::new()));
    assert_eq!(said.summary.requests, 5, "a page for each of five stretches");
    let filled = said.filled();
    assert_eq!((filled.len(), filled[0].end, filled[4].start), (5, at(NOW), at(NOW).plus_seconds(-365 * DAY)));
    assert!(filled.windows(2).all(|pair| pair[0].start == pair[1].end), "newest first, without a gap");
    assert_eq!(said.progress(), Some((5, 5)));
    // What is delivered is not asked for again; a longer wish goes on from there.
    assert_eq!(world.backfill(365).await.summary.requests, 0);
    world.set(at(NOW).plus_seconds(DAY));
    assert_eq!(world.backfill(366).await.summary.requests, 0);
    let said = world.backfill(457).await;
    assert_eq!((said.filled().len(), said.filled()[0].end), (1, at(NOW).plus_seconds(-365 * DAY)));
}

#[tokio::test]
async fn a_backfill_that_breaks_off_goes_on_where_it_was() {
    let mut world = World::new(many(2_920, 180)).await;
    let refuse = Fault::Answer { status: 403, headers: Vec::new(), body: String::new() };
    let begin = world.server.counts().requests;
    world.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| (asked.number >= begin + 2).then(|| refuse.clone()))));
    let said = world.backfill(365).await;
    assert!(!said.filled().is_empty() && said.filled().len() < 3 && said.summary.failure.is_none(), "{:?}", said.filled());
    assert!(said.problems()[0].contains("could not be exported: answered 403"), "{:?}", said.problems());
    world.server.set_faults(None);
    let rest = world.backfill(365).await;
    assert_eq!((said.filled().len() + rest.filled().len(), rest.filled()[0].end), (5, said.filled().last().unwrap().start));
    let all: BTreeSet<String> = said.events().into_iter().chain(rest.events()).map(|event| event.id.clone()).collect();
    assert_eq!(all.len(), 2_920 - 1, "all but the one that was closed this minute");
}

#[tokio::test]
async fn limits_are_waited_for_and_pages_followed() {
    let options = Options { limit: Some(10), page: 100, ..options() };
    let mut world = World::with(many(2_400, 15), options, |_| {}).await;
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.problems(), said.reading()), (2_400, Vec::new(), Some(Reading::Full)));
    assert_eq!((said.summary.requests, world.time.waited()), (26, 120), "24 pages, ten a minute, refused twice");
}

#[tokio::test]
async fn an_export_that_breaks_off_goes_on_from_there() {
    let options = Options { page: 100, ..options() };
    let mut world = World::with(many(1_000, 15), options, |_| {}).await;
    let begin = world.server.counts().requests;
    world.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| (asked.number >= begin + 4).then_some(Fault::Truncated))));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading(), said.summary.failure.clone()), (400, Some(Reading::Partial), None));
    assert!(said.problems()[0].starts_with("the export of tickets broke off at 2026-"), "{:?}", said.problems());
    world.server.set_faults(None);
    let rest = world.collect().await;
    assert_eq!((rest.events().len(), rest.reading(), rest.summary.requests), (598, Some(Reading::Full), 6));
    let all: BTreeSet<String> = said.events().into_iter().chain(rest.events()).map(|event| event.id.clone()).collect();
    assert_eq!(all.len(), 997, "all but the three that changed this minute");
}

fn answer(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

#[tokio::test]
async fn a_check_says_what_the_token_may_do() {
    let world = World::with(small(), Options { limit: Some(10), ..options() }, |config| {
        config.features.field = Some("product area".to_owned());
        config.services.field = Some("Service".to_owned());
    })
    .await;
    insta::assert_snapshot!(findings(&world.collector.check().await), @r#"
    token Good of the role admin: it sees every ticket
    tickets Good they can be exported; 10 requests a minute
    states Good tickets tell the states that they went through
    features Good read from the field "product area", which is number 27
    services Lacking no ticket field is called "Service"
    "#);
    let agent = User { role: "agent", ..User::admin(EMAIL, "secret") };
    let world = World::with(small(), Options { users: vec![agent], ..Options::default() }, |_| {}).await;
    insta::assert_snapshot!(findings(&world.collector.check().await), @r"
    token Lacking of the role agent: only an administrator's may export tickets
    tickets Wrong answered 403: You do not have access to this page. Please contact the account owner of this help desk for further help.; only an administrator's token may export tickets
    ");
    let world = World::with(small(), Options { tells_metric_events: false, ..options() }, |_| {}).await;
    assert_eq!(world.collector.check().await[2].health, Health::Lacking);
    let oauth = User { email: None, token: "opaque".to_owned(), role: "admin" };
    let world = World::with(small(), Options { users: vec![oauth], ..Options::default() }, |config| {
        config.credentials = Credentials::OAuth(Secret::new("opaque"));
    })
    .await;
    assert!(world.collector.check().await.iter().all(|finding| finding.health == Health::Good));
    for user in [json!({ "id": null, "role": "end-user" }), json!(null)] {
        world.fail("/users/me", answer(if user.is_null() { 401 } else { 200 }, &json!({ "user": user }).to_string()));
        let found = world.collector.check().await;
        assert_eq!((found.len(), found[0].health), (1, Health::Wrong));
        assert!(found[0].detail.contains("the token is wrong or was revoked"), "{found:?}");
    }
}

#[tokio::test]
async fn days_add_up_to_what_the_past_tells_and_to_what_happened() {
    let end = at("2026-11-20T00:00:00Z");
    let company = Company::generate(&Shape { seed: 3, repositories: 200, end });
    let mut world = World::with(account(&company), options(), |config| config.features.field = Some(AREA_TITLE.to_owned())).await;
    let (mut by_days, mut calls) = (BTreeMap::new(), Vec::new());
    let start = end.plus_seconds(-120 * DAY);
    for day in 0..=120 {
        world.set(start.plus_seconds(day * DAY));
        let said = world.collect().await;
        assert_eq!((said.problems(), said.summary.failure.clone()), (Vec::new(), None));
        said.keep(&mut by_days);
        calls.push(said.summary.requests);
    }
    calls.sort_unstable();
    assert_eq!((calls[60], calls[120]), (2, 2), "the fields, and one page");
    world.memory.clear();
    let said = world.backfill(120).await;
    let mut at_once = BTreeMap::new();
    said.keep(&mut at_once);
    assert!(at_once.len() > 200, "{}", at_once.len());
    let mut deleted = 0;
    for (id, event) in &at_once {
        let known = &by_days[id];
        // Of what was emptied meanwhile only days know what it went through.
        if event.is_whole {
            assert_eq!(known, event, "{id}");
        } else {
            deleted += 1;
            assert_eq!(
                (known.at, known.ended, &known.body, known.history.last()),
                (event.at, event.ended, &event.body, event.history.last())
            );
        }
    }
    // And that is what happened.
    let known = end.plus_seconds(-60);
    for case in company.trouble.cases.iter() {
        let Some(event) = at_once.get(&case.number.to_string()) else { continue };
        let last = event.history.last().and_then(|step| step.set["state"].as_str()).unwrap();
        let expected = match (case.deleted.filter(|at| *at <= known), case.state(known)) {
            (Some(_), _) => "deleted",
            (None, CaseState::New | CaseState::Open) => "open",
            (None, CaseState::Pending) => "waiting",
            (None, CaseState::Solved) => "solved",
            (None, CaseState::Closed) => "closed",
        };
        assert_eq!((event.at.micros() / 1_000_000, last), (case.created.micros() / 1_000_000, expected), "{}", event.id);
        if !event.is_whole {
            continue;
        }
        assert_eq!(event.body["title"], case.subject);
        let priority = case.priority.at(known).map(Priority::word);
        assert_eq!(event.body.get("priority").and_then(Value::as_str), priority, "{}", event.id);
        let feature = case.feature.map(|feature| vec![company.trouble.features[usize::from(feature)].as_str()]);
        assert_eq!(event.body.get("features").cloned(), feature.map(|names| json!(names)), "{}", event.id);
    }
    let named = at_once.values().filter(|event| event.resource.id.starts_with("service/")).count();
    assert!(named * 10 > at_once.len() && deleted <= 5, "{named} of {} name a service, {deleted} were deleted", at_once.len());
}
