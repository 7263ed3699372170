//! Statuspage: the collector against the simulated page, with a key and without, and what failures cost.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Value, json};
use spot::collect::http::{Patience, Secret};
use spot::collect::statuspage::{Config, Page as Read, StatuspageCollector};
use spot::collect::{Collector, Health, Memory};
use spot::demo::serve::{Asked, Fault, Server};
use spot::demo::statuspage::{Component, Incident, Options, Page, Update, router};
use spot::model::event::value_at;
use spot::model::trouble::Severity;
use spot::model::{EventKind, Hint, Instant, Reading};

use crate::support::said::{Said, Time, at, findings, line, run};
use crate::support::{Ended, run as spot};

const NOW: &str = "2026-03-02T12:00:00Z";
const DAY: i64 = 86_400;

/// A simulated page, its time, and a collector.
struct World {
    server: Server,
    time: Time,
    collector: StatuspageCollector,
    memory: Memory,
}

impl World {
    /// With a key.
    async fn new(page: Page) -> Self {
        Self::with(page, Options::with_key("secret"), |_| {}).await
    }

    /// As everybody sees it.
    async fn public(page: Page) -> Self {
        Self::with(page, Options::default(), |config| {
            let Read::Managed { api, .. } = &config.page else { return };
            config.page = Read::Public(api.clone());
        })
        .await
    }

    async fn with(page: Page, options: Options, configure: impl Fn(&mut Config)) -> Self {
        let time = Time::new(at(NOW));
        let id = page.id.clone();
        let server = Server::start(router(page, time.clock(), options)).await.unwrap();
        let mut config = Config::new(Read::Managed { api: server.url().parse().unwrap(), id, key: Secret::new("secret") });
        configure(&mut config);
        let collector = StatuspageCollector::new("statuspage", config, time.outside(Patience::default()));
        Self { server, time, collector, memory: Memory::new() }
    }

    async fn run(&mut self, past: Option<Range<Instant>>) -> Said {
        run(&self.collector, self.time.now(), past, &mut self.memory).await
    }

    async fn collect(&mut self) -> Said {
        self.run(None).await
    }

    async fn collect_at(&mut self, time: &str) -> Said {
        self.time.set(at(time));
        self.collect().await
    }

    /// Asks for so many days before [`NOW`].
    async fn backfill(&mut self, days: i64) -> Said {
        self.run(Some(at(NOW).plus_seconds(-days * DAY)..at(NOW))).await
    }

    /// What the server answers to a program with a key, and the status.
    async fn ask(&self, path: &str) -> (u16, Value) {
        let request = reqwest::Client::new().get(format!("{}{path}", self.server.url())).header("authorization", "OAuth secret");
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Every answer of paths that end like this goes wrong.
    fn fail(&self, path: &'static str, fault: Fault) {
        self.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| asked.path.ends_with(path).then(|| fault.clone()))));
    }
}

fn answer(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

/// Minutes since the creation, the status, and how components are from then on.
type Told<'a> = (i64, &'static str, &'a [(usize, &'static str)]);

/// An incident that was created at a time, and what customers were told since.
fn incident(id: &str, created: &str, impact: &'static str, components: &[usize], told: &[Told<'_>]) -> Incident {
    let created = at(created);
    let updates = told.iter().map(|(minutes, status, affected)| Update {
        at: created.plus_seconds(minutes * 60),
        shown: None,
        status,
        body: "We are very sorry, says Ada Moreau.".to_owned(),
        affected: affected.to_vec(),
    });
    Incident {
        id: id.to_owned(),
        name: format!("{id} is on fire"),
        impact,
        components: components.to_vec(),
        created,
        started: Some(created),
        updates: updates.collect(),
        ..Incident::default()
    }
}

fn small() -> Page {
    let component = |id: &str, name: &str, group| Component { id: id.to_owned(), name: name.to_owned(), group, is_group: false };
    let maintenance = incident("M1", "2026-02-25T09:00:00Z", "maintenance", &[3], &[(0, "scheduled", &[]), (60, "in_progress", &[])]);
    Page {
        id: "acme123".to_owned(),
        name: "Acme".to_owned(),
        domain: "status.acme.example".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        components: vec![
            Component { is_group: true, ..component("c0", "Payments", None) },
            component("c1", "Checkout", Some(0)),
            component("c2", "Refunds", Some(0)),
            component("c3", "Website", None),
        ],
        incidents: vec![
            // Open since last year.
            incident("I0", "2025-06-01T09:00:00Z", "major", &[3], &[(0, "investigating", &[]), (5, "identified", &[])]),
            incident("I1", "2026-01-30T09:00:00Z", "minor", &[1], &[(0, "investigating", &[]), (6 * 1_440, "resolved", &[])]),
            incident(
                "I2",
                "2026-02-20T09:00:00Z",
                "critical",
                &[1],
                &[
                    (0, "investigating", &[(1, "major_outage")]),
                    (10, "identified", &[(1, "major_outage"), (2, "partial_outage")]),
                    (30, "monitoring", &[]),
                    (50, "resolved", &[(1, "operational"), (2, "operational")]),
                    (60, "investigating", &[(1, "major_outage")]),
                    (90, "resolved", &[(1, "operational")]),
                    (1_440, "postmortem", &[]),
                ],
            ),
            Incident { scheduled: Some(at("2026-02-25T10:00:00Z")), ..maintenance },
            incident("I3", "2026-03-01T10:00:00Z", "none", &[], &[(0, "monitoring", &[]), (20, "resolved", &[])]),
            incident("I4", "2026-03-02T11:50:00Z", "major", &[3], &[(0, "investigating", &[(3, "partial_outage")])]),
            // To come.
            incident(
                "I5",
                "2026-03-02T13:00:00Z",
                "critical",
                &[2],
                &[(0, "investigating", &[]), (1, "identified", &[]), (9, "resolved", &[])],
            ),
        ],
    }
}

/// An incident for every so many minutes, back from now, each of which lasts an hour; and `more`.
fn many(count: i64, minutes: i64, mut more: Vec<Incident>) -> Page {
    let created = |number: i64| at(NOW).plus_seconds((number - count) * minutes * 60).to_string();
    let one = |number: i64| {
        let told: [Told<'_>; 3] = [(0, "investigating", &[]), (10, "identified", &[]), (60, "resolved", &[])];
        incident(&format!("I{number:05}"), &created(number), "minor", &[1], &told)
    };
    more.extend((0..count).map(one));
    more.sort_by_key(|incident| incident.created);
    Page { incidents: more, ..small() }
}

/// What happens of I0 to be over.
fn over(at: Instant) -> Update {
    Update { at, shown: None, status: "resolved", body: String::new(), affected: Vec::new() }
}

#[tokio::test]
async fn the_first_run_tells_of_a_month_and_of_what_is_open() {
    let mut world = World::new(small()).await;
    let said = world.collect().await;
    insta::assert_snapshot!(said.lines().join("\n"), @r#"
    I4 c3 features=["Website"] rawSeverity=major severity=major title=I4 is on fire: [03-02T11:50 triggered]
    I3 page/acme123 rawSeverity=none title=I3 is on fire: [03-01T10:00 acknowledged, 03-01T10:20 resolved]
    I2 c1 also=["c2"] features=["Checkout","Refunds"] postmortem=https://stspg.example/I2 rawSeverity=critical severity=critical title=I2 is on fire: [02-20T09:00 triggered, 02-20T09:10 acknowledged, 02-20T09:50 resolved, 02-20T10:00 triggered, 02-20T10:30 resolved]
    I1 c1 features=["Checkout"] rawSeverity=minor severity=minor title=I1 is on fire: [01-30T09:00 triggered, 02-05T09:00 resolved]
    I0 c3 features=["Website"] rawSeverity=major severity=major title=I0 is on fire: [06-01T09:00 triggered, 06-01T09:05 acknowledged]
    "#);
    assert_eq!((said.problems(), said.reading(), said.summary.failure.clone()), (Vec::new(), Some(Reading::Full), None));
    assert_eq!(said.summary.requests, 3, "the newest, the components, and what is unresolved");
    let annotation = |text: &str| Hint::Annotation(text.to_owned());
    let hints = said.hints();
    assert_eq!(hints.keys().collect::<Vec<_>>(), ["c1", "c2", "c3", "page/acme123"], "a group is no component");
    assert_eq!(hints["c1"], [annotation("c1"), Hint::Name("Checkout".to_owned())]);
    assert_eq!(hints["page/acme123"], [annotation("page/acme123")]);
    assert!(said.events().iter().all(|event| event.kind == EventKind::Incident && event.is_whole));
    assert_eq!(said.events()[0].check.as_deref(), Some("https://stspg.example/I4"));
    assert!(!format!("{:?}", said.items).contains("Ada"), "what was written to customers stays where it is");
}

#[tokio::test]
async fn a_later_run_asks_for_what_is_new_and_what_is_open() {
    let old = incident("I0", "2025-06-01T09:00:00Z", "major", &[3], &[(0, "investigating", &[])]);
    let mut page = many(250, 720, vec![old]);
    page.incidents[0].updates.push(over(at("2026-03-02T14:30:00Z")));
    page.incidents.extend(small().incidents.pop());
    let mut world = World::new(page).await;
    let said = world.collect().await;
    assert_eq!((said.summary.requests, said.events().len()), (3, 101), "a page holds the month, and what is unresolved the rest");
    let told = |said: &Said, id: &str| said.events().into_iter().find(|event| event.id == id).map(line);
    assert!(told(&said, "I0").is_some_and(|line| line.ends_with("[06-01T09:00 triggered]")));
    world.server.record();
    let said = world.collect_at("2026-03-02T13:05:00Z").await;
    let asked: Vec<String> = world.server.recorded().into_iter().map(|request| request.path).collect();
    assert_eq!(asked, ["/v1/pages/acme123/incidents?limit=100&page=1", "/v1/pages/acme123/incidents/unresolved"]);
    assert!(told(&said, "I5").is_some_and(|line| line.ends_with("[03-02T13:00 triggered, 03-02T13:01 acknowledged]")));
    let said = world.collect_at("2026-03-02T13:30:00Z").await;
    assert!(told(&said, "I5").is_some_and(|line| line.ends_with("13:01 acknowledged, 03-02T13:09 resolved]")));
    assert_eq!((said.summary.requests, said.problems(), said.reading()), (2, Vec::new(), Some(Reading::Full)));
    // What was open is asked for when it is unresolved no more.
    let said = world.collect_at("2026-03-02T15:00:00Z").await;
    assert_eq!(told(&said, "I0").unwrap().rsplit_once(": ").unwrap().1, "[06-01T09:00 triggered, 03-02T14:30 resolved]");
    assert_eq!(said.summary.requests, 3, "and that one");
    assert_eq!(world.collect_at("2026-03-02T15:15:00Z").await.summary.requests, 2);
    assert_eq!(world.collect_at("2026-03-03T15:15:00Z").await.summary.requests, 3, "components are listed once a day");
    // After a long time more pages are new.
    let mut world = World::new(many(250, 60, Vec::new())).await;
    world.collect_at("2026-02-20T12:00:00Z").await;
    let said = world.collect_at(NOW).await;
    assert_eq!((said.events().len(), said.summary.requests), (250, 5), "three pages, components, and what is unresolved");
}

#[tokio::test]
async fn an_incident_is_told_again_and_again_until_it_is_over_and_when_it_comes_back() {
    let told: [Told<'_>; 6] = [
        (0, "investigating", &[]),
        (15, "identified", &[]),
        (30, "resolved", &[]),
        (3 * 1_440, "identified", &[]),
        (3 * 1_440 + 5, "monitoring", &[]),
        (3 * 1_440 + 60, "resolved", &[]),
    ];
    let mut page = many(150, 60, vec![incident("IX", "2026-02-20T09:00:00Z", "major", &[1], &told)]);
    page.incidents.sort_by_key(|incident| incident.created);
    let mut world = World::new(page).await;
    let mut known = BTreeMap::new();
    let mut lives = Vec::new();
    for time in ["2026-02-20T09:10", "2026-02-20T09:20", "2026-02-20T10:00", "2026-02-23T09:02", "2026-02-23T09:30", "2026-03-02T12:00"] {
        let said = world.collect_at(&format!("{time}:00Z")).await;
        said.keep(&mut known);
        lives.push(line(&known["IX"]).rsplit_once(": ").unwrap().1.to_owned());
    }
    insta::assert_snapshot!(lives.join("\n"), @r"
    [02-20T09:00 triggered]
    [02-20T09:00 triggered, 02-20T09:15 acknowledged]
    [02-20T09:00 triggered, 02-20T09:15 acknowledged, 02-20T09:30 resolved]
    [02-20T09:00 triggered, 02-20T09:15 acknowledged, 02-20T09:30 resolved, 02-23T09:00 triggered]
    [02-20T09:00 triggered, 02-20T09:15 acknowledged, 02-20T09:30 resolved, 02-23T09:00 triggered, 02-23T09:05 acknowledged]
    [02-20T09:00 triggered, 02-20T09:15 acknowledged, 02-20T09:30 resolved, 02-23T09:00 triggered, 02-23T09:05 acknowledged, 02-23T10:00 resolved]
    ");
}

#[tokio::test]
async fn what_was_open_and_was_deleted_was_none() {
    let mut page = small();
    page.incidents[0].deleted = Some(at("2026-03-02T12:10:00Z"));
    page.incidents[5].deleted = Some(at("2026-03-02T12:20:00Z"));
    let mut world = World::new(page.clone()).await;
    let mut known = BTreeMap::new();
    world.collect().await.keep(&mut known);
    let said = world.collect_at("2026-03-02T12:15:00Z").await;
    said.keep(&mut known);
    assert_eq!((said.lines().len(), said.lines().pop().unwrap()), (5, "I0 c3 : [03-02T12:15 cancelled] (part)".to_owned()));
    assert_eq!((said.summary.requests, said.problems(), said.reading()), (3, Vec::new(), Some(Reading::Full)));
    // One that cannot be asked for stays as it is, and is asked for again.
    world.fail("/I4", answer(500, ""));
    let said = world.collect_at("2026-03-02T12:30:00Z").await;
    assert_eq!((said.lines().len(), said.reading()), (3, Some(Reading::Partial)));
    assert!(said.problems()[0].starts_with("it cannot be read: answered 500"), "{:?}", said.problems());
    world.server.set_faults(None);
    world.collect_at("2026-03-02T12:45:00Z").await.keep(&mut known);
    assert_eq!(value_at(&known["I4"].history, "state", at("2026-03-02T12:45:00Z")), Some(&json!("cancelled")));
    assert_eq!(world.collect_at("2026-03-02T12:50:00Z").await.summary.requests, 2, "it is forgotten");
    // The same without a key, by what is shown no more.
    let mut world = World::public(page).await;
    world.collect().await;
    let said = world.collect_at("2026-03-02T12:15:00Z").await;
    assert_eq!((said.lines().pop().unwrap(), said.summary.requests), ("I0 c3 : [03-02T12:15 cancelled] (part)".to_owned(), 1));
}

#[tokio::test]
async fn the_past_is_read_page_by_page_and_once() {
    // Two a day for two years.
    let mut world = World::new(many(1_460, 720, Vec::new())).await;
    assert_eq!(world.collect().await.events().len(), 100);
    let said = world.backfill(365).await;
    assert_eq!((said.events().len(), said.problems()), (800, Vec::new()));
    assert_eq!(said.summary.requests, 8, "seven whole pages, and one with what is older; components are known");
    let filled = said.filled();
    assert_eq!((filled.len(), filled[0].end, filled[7].start), (8, at(NOW), at(NOW).plus_seconds(-365 * DAY)));
    assert!(filled.windows(2).all(|pair| pair[0].start == pair[1].end), "newest first, without a gap");
    assert_eq!(said.progress(), Some((365, 365)));
    // What is delivered is not asked for again; a longer wish goes on from there, to the beginning of all.
    assert_eq!(world.backfill(365).await.summary.requests, 0);
    let said = world.backfill(1_000).await;
    let filled = said.filled();
    assert_eq!((filled[0].end, filled.last().unwrap().start), (at(NOW).plus_seconds(-365 * DAY), at(NOW).plus_seconds(-1_000 * DAY)));
    assert_eq!((said.events().len(), said.summary.requests), (731, 16), "fifteen pages, and an empty one");
}

#[tokio::test]
async fn a_backfill_that_breaks_off_goes_on_where_it_was() {
    let mut world = World::new(many(1_460, 720, Vec::new())).await;
    world.server.set_faults(Some(Arc::new(|asked: &Asked<'_>| (asked.number >= 4).then(|| answer(403, r#"{"error":"Forbidden"}"#)))));
    let said = world.backfill(365).await;
    assert_eq!((said.filled().len(), said.summary.failure.clone()), (3, None), "three pages, and the components");
    assert!(said.problems()[0].contains("could not be listed: answered 403: Forbidden; the key may not"), "{:?}", said.problems());
    world.server.set_faults(None);
    let rest = world.backfill(365).await;
    assert_eq!((rest.filled().len(), rest.filled()[0].end), (5, said.filled()[2].start));
    let mut known = BTreeMap::new();
    said.keep(&mut known);
    rest.keep(&mut known);
    assert_eq!(known.len(), 800);
    world.memory.clear();
    world.fail("/incidents", answer(401, ""));
    let said = world.backfill(365).await;
    assert!(said.summary.failure.is_some_and(|failure| failure.contains("the key is wrong or was revoked")), "nothing could be read");
}

#[tokio::test]
async fn days_add_up_to_what_the_past_tells() {
    let mut page = small();
    page.incidents.truncate(5);
    page.incidents.extend(many(120, 300, Vec::new()).incidents);
    page.incidents.sort_by_key(|incident| incident.created);
    let mut world = World::new(page).await;
    let (mut by_days, mut at_once) = (BTreeMap::new(), BTreeMap::new());
    for day in -60..=0 {
        world.time.set(at(NOW).plus_seconds(day * DAY));
        let said = world.collect().await;
        assert_eq!((said.problems(), said.reading()), (Vec::new(), Some(Reading::Full)));
        said.keep(&mut by_days);
    }
    world.memory.clear();
    world.time.set(at(NOW));
    world.backfill(400).await.keep(&mut at_once);
    assert_eq!((at_once.len(), &by_days), (124, &at_once));
}

#[tokio::test]
async fn without_a_key_the_newest_are_read_and_nothing_is_said_of_what_was_before() {
    let mut world = World::public(small()).await;
    let said = world.collect().await;
    let mut with_key = World::new(small()).await;
    assert_eq!(said.lines(), with_key.collect().await.lines());
    assert_eq!((said.summary.requests, said.problems(), said.reading()), (2, Vec::new(), Some(Reading::Full)));
    assert_eq!(world.collect_at("2026-03-02T12:15:00Z").await.summary.requests, 1);
    // Whoever shows fewer than fifty shows all.
    let said = world.backfill(365).await;
    assert_eq!((said.filled(), said.problems()), (vec![at(NOW).plus_seconds(-365 * DAY)..at(NOW)], Vec::new()));

    let mut world = World::public(many(80, 720, Vec::new())).await;
    assert_eq!(world.collect().await.summary.requests, 3, "the list is full, so what is unresolved may be elsewhere");
    let said = world.backfill(365).await;
    let oldest = at(NOW).plus_seconds(-25 * DAY);
    assert_eq!((said.filled(), said.events().len()), (vec![oldest..at(NOW)], 50));
    assert_eq!(
        said.problems(),
        [
            "the page shows its newest 50 incidents alone: what began before 2026-02-05T12:00:00Z stays unknown; statuspage.page and statuspage.key read all"
        ]
    );
    assert_eq!(world.backfill(365).await.summary.requests, 0, "it holds nothing more");
    // Who was away for long may have missed something.
    let mut world = World::public(many(200, 60, Vec::new())).await;
    world.collect_at("2026-02-25T12:00:00Z").await;
    let said = world.collect_at(NOW).await;
    assert_eq!(
        said.problems(),
        [
            "the page shows its newest 50 incidents alone: what began between 2026-02-25T11:45:00Z and 2026-02-28T10:00:00Z may be missing",
            "it is over, and not among the newest any more, so that nobody tells since when: it ends now"
        ]
    );
}

#[tokio::test]
async fn without_a_key_what_was_open_is_over_when_it_is_shown_no_more() {
    let old = incident("I0", "2025-06-01T09:00:00Z", "major", &[3], &[(0, "investigating", &[])]);
    let mut page = many(80, 720, vec![old]);
    page.incidents[0].updates.push(over(at("2026-03-02T12:05:00Z")));
    let mut world = World::public(page).await;
    let said = world.collect().await;
    assert!(said.lines().contains(
        &r#"I0 c3 features=["Website"] rawSeverity=major severity=major title=I0 is on fire: [06-01T09:00 triggered]"#.to_owned()
    ));
    world.fail("/unresolved.json", answer(500, ""));
    let said = world.collect_at("2026-03-02T12:10:00Z").await;
    assert_eq!((said.events().len(), said.reading()), (50, Some(Reading::Partial)), "nobody knows");
    world.server.set_faults(None);
    let said = world.collect_at("2026-03-02T12:15:00Z").await;
    assert_eq!(said.lines().pop().unwrap(), "I0 c3 : [03-02T12:15 resolved] (part)");
    assert_eq!(said.problems(), ["it is over, and not among the newest any more, so that nobody tells since when: it ends now"]);
    assert_eq!(world.collect_at("2026-03-02T12:30:00Z").await.problems(), [] as [&str; 0]);
}

#[tokio::test]
async fn the_limit_of_the_key_is_kept_and_waited_for() {
    let mut world = World::new(many(7_000, 60, Vec::new())).await;
    let said = world.backfill(2_000).await;
    assert_eq!((said.events().len(), said.problems()), (7_000, Vec::new()));
    assert_eq!((said.summary.requests, world.time.waited()), (72, 71), "a request a second is never refused");
    // A stricter limit is told by 420, without a word of how long.
    let options = Options { limit: Some(3), ..Options::with_key("secret") };
    let mut world = World::with(small(), options, |_| {}).await;
    assert_eq!(world.collect().await.summary.requests, 3);
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests, said.reading()), (5, 3, Some(Reading::Full)), "one of them twice");
    assert!((60..70).contains(&world.time.waited()), "{}", world.time.waited());
}

#[tokio::test]
async fn what_cannot_be_read_is_a_failure_that_says_what_to_do() {
    let limited =
        Fault::Answer { status: 420, headers: vec![("retry-after", "7200".to_owned())], body: r#"{"error":"Slow down"}"#.to_owned() };
    for (fault, expected) in [
        (
            answer(401, r#"{"error":"Could not authenticate"}"#),
            "answered 401: Could not authenticate; the key is wrong or was revoked: set statuspage.key to one of the organisation",
        ),
        (answer(403, ""), "the key may not read this page"),
        (answer(404, r#"{"error":"Not found"}"#), "answered 404: Not found; is statuspage.page the id of a page that the key may read"),
        (answer(500, ""), "answered 500"),
        (limited, "limited until 2026-03-02T14:00:00Z: Slow down"),
        (Fault::Html, "is statuspage.api the address of the API"),
        (Fault::Garbage, "expected JSON"),
        (Fault::Truncated, "expected JSON"),
        (Fault::Broken, "no connection after 4 attempts"),
        (answer(200, "{}"), "it is no list"),
        (answer(200, "null"), "it is no list"),
    ] {
        let mut world = World::new(small()).await;
        world.fail("/incidents", fault.clone());
        let said = world.collect().await;
        let failure = said.summary.failure.clone().unwrap_or_default();
        assert!(failure.starts_with("the incidents cannot be listed: ") && failure.contains(expected), "{fault:?}: {failure}");
        assert_eq!((said.reading(), said.events().len(), world.memory.len()), (Some(Reading::Partial), 0, 0), "{fault:?}");
    }
    for (fault, expected) in [
        (answer(401, ""), "answered 401; not everybody may see this page: set statuspage.page and statuspage.key instead"),
        (answer(404, ""), "is statuspage.url the address of a page of Atlassian Statuspage, such as https://status.acme.example?"),
        (Fault::Html, "is statuspage.url the address of a page of Atlassian Statuspage that everybody may see"),
        (answer(200, "[]"), "there is no list \"incidents\" in it"),
    ] {
        let mut world = World::public(small()).await;
        world.fail("/incidents.json", fault.clone());
        let failure = world.collect().await.summary.failure.unwrap_or_default();
        assert!(failure.contains(expected), "{fault:?}: {failure}");
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_is_read_again_and_the_rest_is_told() {
    let mut world = World::new(many(250, 60, Vec::new())).await;
    // The list, the components, and then no second page.
    world.server.set_faults(Some(Arc::new(|asked: &Asked<'_>| (asked.number == 2).then_some(Fault::Garbage))));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading(), said.summary.failure.clone()), (100, Some(Reading::Partial), None));
    assert!(said.problems()[0].starts_with("the list of incidents broke off after 100: expected JSON"), "{:?}", said.problems());
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading()), (250, Some(Reading::Full)));
    // A page that is told again and again has no end.
    let mut world = World::new(small()).await;
    let same = json!([{ "id": "I9", "created_at": "2026-03-02T10:00:00Z", "status": "investigating", "impact": "minor" }]);
    world.fail("/incidents", answer(200, &same.to_string()));
    let said = world.collect().await;
    assert!(said.problems()[0].contains("its incidents repeat themselves on page 2"), "{:?}", said.problems());
    // What cannot be listed beside it costs nothing else.
    for path in ["/components", "/unresolved"] {
        let mut world = World::new(small()).await;
        world.fail(path, Fault::Html);
        let said = world.collect().await;
        assert_eq!((said.events().len(), said.reading(), said.problems().len()), (5, Some(Reading::Partial), 1), "{path}");
        assert!(said.problems()[0].contains("cannot be listed: expected JSON"), "{:?}", said.problems());
        world.server.set_faults(None);
        assert_eq!(world.collect().await.reading(), Some(Reading::Full));
    }
}

#[tokio::test]
async fn bad_input_is_taken_as_far_as_it_goes_and_said() {
    let usual = json!({
        "id": "IX", "name": "x", "created_at": "2026-03-02T10:00:00.000Z", "updated_at": "2026-03-02T10:30:00.000Z", "impact": "minor",
        "status": "investigating", "components": [{ "id": "c1", "name": "Checkout" }], "novel": { "deep": [] },
        "incident_updates": [{ "id": "u", "status": "investigating", "display_at": "2026-03-02T10:00:00.000Z", "affected_components": null }],
    });
    let update = |status: &str, at: &str| json!([{ "status": status, "display_at": at, "created_at": null }]);
    for (change, problem, history) in [
        (json!({}), None, Some("c1 minor [03-02T10:00 triggered]")),
        (json!({ "impact": null }), None, Some("c1 - [03-02T10:00 triggered]")),
        (json!({ "impact": "none" }), None, Some("c1 - [03-02T10:00 triggered]")),
        (json!({ "impact": "none", "impact_override": "critical" }), None, Some("c1 critical [03-02T10:00 triggered]")),
        (
            json!({ "impact": "purple" }),
            Some("the impact \"purple\", as that of IX, means nothing: add it to statuspage.severities"),
            Some("c1 - [03-02T10:00 triggered]"),
        ),
        (
            json!({ "status": "resolved", "resolved_at": "2026-03-02T09:00:00Z" }),
            Some("it was resolved at 2026-03-02T09:00:00Z, before it began at 2026-03-02T10:00:00Z: taken as over at once"),
            Some("c1 minor [03-02T10:00 resolved]"),
        ),
        (json!({ "components": null }), None, Some("page/acme123 minor [03-02T10:00 triggered]")),
        (json!({ "components": [], "page_id": "other" }), None, Some("page/other minor [03-02T10:00 triggered]")),
        (
            json!({ "incident_updates": null, "status": "identified" }),
            None,
            Some("c1 minor [03-02T10:00 triggered, 03-02T10:30 acknowledged]"),
        ),
        (
            json!({ "incident_updates": update("resolved", "2026-03-02T10:10:00") }),
            Some("an update has the time \"2026-03-02T10:10:00\", which is none with a zone: it is left out"),
            Some("c1 minor [03-02T10:00 triggered]"),
        ),
        (
            json!({ "incident_updates": update("exploded", "2026-03-02T10:10:00Z") }),
            Some("the status \"exploded\", as that of IX, means nothing and changes nothing"),
            Some("c1 minor [03-02T10:00 triggered]"),
        ),
        (
            json!({ "started_at": "2026-03-02T09:00:00" }),
            Some("its start \"2026-03-02T09:00:00\" is no time with a zone: it counts from its creation on"),
            Some("c1 minor [03-02T10:00 triggered]"),
        ),
        (json!({ "started_at": "2026-03-02T10:30:00.000+01:00" }), None, Some("c1 minor [03-02T09:30 triggered]")),
        (
            json!({ "name": "y".repeat(1_000_000) }),
            Some("its title has 1000000 characters; 500 are kept"),
            Some("c1 minor [03-02T10:00 triggered]"),
        ),
        (json!({ "started_at": "2026-03-09T10:00:00Z" }), Some("which is to come: is a clock wrong?"), None),
        (
            json!({ "created_at": "2026-03-02T10:00:00" }),
            Some("it does not say when it began: \"2026-03-02T10:00:00\" is no time with a zone; it is left out"),
            None,
        ),
        (json!({ "created_at": null }), Some("it does not say when it began; it is left out"), None),
        (json!({ "components": "all" }), Some("1 incidents cannot be read; the first is IX: invalid type"), None),
        (json!({ "id": null }), Some("1 incidents cannot be read; the first is one without an id: invalid type"), None),
    ] {
        let mut page = small();
        page.incidents.clear();
        let mut world = World::new(page).await;
        let mut incident = usual.clone();
        incident.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        // With it comes a maintenance of long ago, which ends the list; and it stands there twice.
        let old = json!({ "id": "M", "created_at": "2020-01-01T00:00:00Z", "impact": "maintenance", "status": "completed" });
        let twice = if incident["id"].is_string() && incident["components"] != "all" { Some(incident.clone()) } else { None };
        let list: Vec<Value> = [Some(incident), twice, Some(old)].into_iter().flatten().collect();
        world.fail("/incidents", answer(200, &Value::from(list).to_string()));
        let said = world.collect().await;
        let told: Vec<String> = said
            .events()
            .iter()
            .map(|event| {
                let steps = line(event).rsplit_once(": ").unwrap().1.to_owned();
                format!("{} {} {steps}", event.resource.id, event.body.get("severity").and_then(Value::as_str).unwrap_or("-"))
            })
            .collect();
        assert_eq!(told, history.into_iter().collect::<Vec<_>>(), "{change}");
        assert_eq!(said.problems().len(), usize::from(problem.is_some()), "{change}: {:?}", said.problems());
        assert!(problem.is_none_or(|problem| said.problems()[0].contains(problem)), "{change}: {:?}", said.problems());
        assert_eq!(said.reading(), Some(if history.is_some() { Reading::Full } else { Reading::Partial }), "{change}");
    }
    // Words mean what the configuration says.
    let mut world = World::with(small(), Options::with_key("secret"), |config| {
        config.severities = BTreeMap::from([("None".to_owned(), Severity::Minor), ("major".to_owned(), Severity::Critical)]);
    })
    .await;
    let said = world.collect().await;
    let severities: Vec<&str> = said.events().iter().map(|event| event.body["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["critical", "minor", "critical", "minor", "critical"]);
}

#[tokio::test]
async fn what_becomes_a_maintenance_was_no_incident() {
    let mut world = World::new(small()).await;
    world.collect().await;
    let turned = json!([{ "id": "I4", "created_at": "2026-03-02T11:50:00Z", "impact": "maintenance", "status": "in_progress" },
        { "id": "I3", "created_at": "2026-03-01T10:00:00Z", "impact": "none", "status": "resolved", "resolved_at": "2026-03-01T10:20:00Z" }]);
    world.fail("/incidents", answer(200, &turned.to_string()));
    let said = world.collect_at("2026-03-02T12:15:00Z").await;
    assert_eq!(said.lines()[0], "I4 c3 : [03-02T12:15 cancelled] (part)");
}

#[tokio::test]
async fn a_check_says_what_can_be_read() {
    let world = World::new(small()).await;
    insta::assert_snapshot!(findings(&world.collector.check().await), @r"
    key Good it may read the page Acme
    incidents Good they can be read, with all of the past
    components Good 3 are listed
    ");
    let world = World::public(many(80, 720, vec![Incident { impact: "purple", ..small().incidents.remove(0) }])).await;
    insta::assert_snapshot!(findings(&world.collector.check().await), @r"
    incidents Lacking the page shows the newest 50 alone, since 2026-02-05T12:00:00Z: what was before stays unknown; statuspage.page and statuspage.key read all
    components Good 3 are listed
    ");
    let mut page = small();
    page.incidents[0].impact = "purple";
    let world = World::public(page).await;
    world.fail("/components.json", answer(500, ""));
    insta::assert_snapshot!(findings(&world.collector.check().await), @r#"
    incidents Good the page shows all of them, 5 so far
    impacts Lacking "purple" stand for no severity: add them to statuspage.severities
    components Lacking their names are unknown: answered 500
    "#);
    let world = World::with(small(), Options::with_key("other"), |_| {}).await;
    let found = world.collector.check().await;
    assert_eq!((found.len(), found[0].health), (1, Health::Wrong));
    assert!(found[0].detail.contains("answered 401: Could not authenticate; the key is wrong or was revoked"), "{found:?}");
    let world = World::new(small()).await;
    world.fail("/incidents", answer(403, ""));
    let found = world.collector.check().await;
    assert_eq!((found.len(), found[1].health), (2, Health::Wrong));
}

#[tokio::test]
async fn the_simulated_page_keeps_the_limits_of_the_true_one() {
    let maintenance = Incident { created: at("2026-02-01T09:00:00Z"), ..small().incidents.remove(3) };
    let world = World::new(many(250, 60, vec![maintenance])).await;
    let count = |value: &Value| value.as_array().map(Vec::len);
    let list = "/v1/pages/acme123/incidents";
    let (_, first) = world.ask(&format!("{list}.json?limit=500")).await;
    assert_eq!((count(&first), first[0]["id"].clone()), (Some(100), json!("I00249")));
    assert_eq!(first[0]["created_at"], json!("2026-03-02T11:00:00.000Z"));
    let (_, third) = world.ask(&format!("{list}?limit=100&page=3")).await;
    assert_eq!(
        (count(&third), third[50]["status"].clone(), third[50]["scheduled_for"].is_string()),
        (Some(51), json!("in_progress"), true)
    );
    assert_eq!(count(&world.ask(&format!("{list}?limit=100&page=4")).await.1), Some(0), "an empty list is behind the last");
    assert_eq!(world.ask("/v1/pages/other/incidents").await.0, 404);
    let anonymous = reqwest::get(format!("{}{list}", world.server.url())).await.unwrap();
    assert_eq!(anonymous.status().as_u16(), 401);
    // Whoever may see the page sees times of its zone, and no maintenance.
    let (_, shown) = world.ask("/api/v2/incidents.json").await;
    assert_eq!((count(&shown["incidents"]), shown["page"]["id"].clone()), (Some(50), json!("acme123")));
    assert_eq!(shown["incidents"][0]["created_at"], json!("2026-03-02T12:00:00.000+01:00"));
    let (_, summary) = world.ask("/api/v2/summary.json").await;
    assert_eq!((count(&summary["scheduled_maintenances"]), summary["status"]["indicator"].clone()), (Some(1), json!("none")));
    assert_eq!((count(&summary["incidents"]), count(&summary["components"])), (Some(0), Some(4)));
    let mut statuses = Vec::new();
    for _ in 0..60 {
        statuses.push(world.ask("/v1/pages/acme123").await.0);
    }
    assert_eq!((statuses[54], statuses[56]), (200, 420), "four were before");
}

/// A page whose incidents are over, whatever today is.
fn finished() -> Page {
    let mut page = small();
    page.incidents.retain(|incident| matches!(incident.id.as_str(), "I1" | "I2" | "I3"));
    page
}

fn told(ended: &Ended) -> String {
    format!("{}{}", ended.stdout, ended.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_binary_reads_a_public_page_and_its_board_knows_how_far_back() {
    let clock = || -> spot::model::Clock { Arc::new(|| crate::support::now().into()) };
    let server = Server::start(router(finished(), clock(), Options::default())).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = |section: &str| std::fs::write(folder.join("spot.toml"), format!("data = \"data\"\n[statuspage]\n{section}")).unwrap();
    config(&format!("url = {:?}\n", server.url()));
    let checked = spot(folder, ["check"]);
    assert!(checked.stdout.contains("statuspage incidents: the page shows all of them, 3 so far"), "{checked:?}");
    let ended = spot(folder, ["collect", "statuspage", "--backfill", "5y"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let query = "{ board(period: \"2026-W08\", metrics: [STABILITY, CRITICAL_INCIDENTS]) { figures { metric value covered } } }";
    let board: Value = serde_json::from_str(&spot(folder, ["query", query]).stdout).unwrap();
    let figures = &board["data"]["board"]["figures"];
    let of = |metric: &str| figures.as_array().unwrap().iter().find(|figure| figure["metric"] == metric).unwrap().clone();
    assert_eq!((&of("CRITICAL_INCIDENTS")["value"], &of("CRITICAL_INCIDENTS")["covered"]), (&json!(1.0), &json!(1.0)));
    // Fifty minutes, half an hour, and a quarter of an hour for its own sake, of a week.
    let stability = of("STABILITY")["value"].as_f64().unwrap();
    assert!((stability - (1.0 - 95.0 / (7.0 * 1_440.0))).abs() < 1e-9, "{stability}");
    // A key that is wrong, and a section that says two things.
    config(&format!("page = \"acme123\"\nkey = \"wrong\"\napi = {:?}\n", server.url()));
    let refused = told(&spot(folder, ["check"]));
    assert!(refused.contains("answered 401: Could not authenticate; the key is wrong or was revoked"), "{refused}");
    assert!(!refused.contains("OAuth"), "{refused}");
    config(&format!("page = \"acme123\"\nurl = {:?}\n", server.url()));
    let refused = spot(folder, ["check"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("spot.toml:4: statuspage.url: stands beside statuspage.page"), "{refused:?}");
}
