//! The collector of Jira against the simulated one: what it tells of bugs, and what it asks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use spot::collect::http::{Outside, Patience, Secret};
use spot::collect::jira::{Config, JiraCollector};
use spot::collect::{Collector, Health, Item, Memory, Sink, Summary};
use spot::demo::company::Timed;
use spot::demo::jira::content::{Category, Content, Issue, Person, Project, Status};
use spot::demo::jira::{Options, router};
use spot::demo::serve::{Fault, Server};
use spot::model::event::fields_at;
use spot::model::trouble::Priority;
use spot::model::{Clock, Event, EventKind, Hint, Instant, Reading};
use tokio_util::sync::CancellationToken;

mod failures;
mod laws;
mod service_management;
mod simulated;

const NOW: &str = "2026-03-01T12:00:00Z";
const DAY: i64 = 86_400;
const OPEN: usize = 0;
const PROGRESS: usize = 1;
const DONE: usize = 2;
const REVIEW: usize = 3;
const CLOSED: usize = 4;
const FIXED: usize = 0;
const DUPLICATE: usize = 1;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn days_ago(days: i64) -> Instant {
    at(NOW).plus_seconds(-days * DAY)
}

/// A bug of the first project, created so many days ago, that nothing happened to.
fn bug(number: u64, days: i64) -> Issue {
    Issue {
        id: 50_000 + number,
        exists: days_ago(days)..Instant::MAX,
        summary: format!("It breaks {number}"),
        description: "Once upon a time".to_owned(),
        reporter: 1,
        key: Timed::always((0, number)),
        kind: Timed::always(0),
        status: Timed::always(OPEN),
        resolution: Timed::always(None),
        priority: Timed::always(Some(1)),
        assignee: Timed::always(None),
        labels: Timed::always(Vec::new()),
        components: Timed::always(Vec::new()),
        custom: BTreeMap::new(),
        resolved: None,
    }
}

/// A value, and what it became so many days ago.
fn then<T>(first: T, later: impl IntoIterator<Item = (i64, T)>) -> Timed<T> {
    let later = later.into_iter().map(|(days, value)| (days_ago(days), value));
    Timed::steps([(Instant::MIN, first)].into_iter().chain(later).collect())
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn content(issues: Vec<Issue>) -> Content {
    let project = |id: u64, key: &str, name: &str| Project { id, key: key.to_owned(), name: name.to_owned() };
    let status = |id: u64, name: &str, category| Status { id, name: name.to_owned(), category };
    let list = |names: &[(u64, &str)]| names.iter().map(|(id, name)| (*id, (*name).to_owned())).collect();
    let person = |number: usize, name: &str| Person {
        account: format!("5b10ac8d82e05b22cc7d4e{number:02}"),
        login: format!("p{number}"),
        name: name.to_owned(),
    };
    Content {
        projects: vec![
            project(10_000, "PAY", "Payments"),
            project(10_001, "LED", "Ledger"),
            project(10_002, "OPS", "Operations"),
            project(10_003, "SUP", "Support"),
        ],
        types: list(&[(1, "Bug"), (3, "Task"), (10_011, "[System] Incident"), (10_012, "[System] Service request")]),
        statuses: vec![
            status(1, "Offen", Category::New),
            status(3, "In Arbeit", Category::Indeterminate),
            status(10_001, "Fertig", Category::Done),
            // Categories that lie.
            status(10_002, "In Prüfung", Category::Done),
            status(10_003, "Geschlossen", Category::New),
            status(10_004, "Waiting for customer", Category::Indeterminate),
        ],
        resolutions: list(&[(10_000, "Fixed"), (10_001, "Duplicate"), (10_002, "Unresolved")]),
        priorities: list(&[(1, "Höchste"), (2, "Hoch"), (3, "Mittel"), (4, "Niedrig"), (10_100, "Irgendwann")]),
        fields: list(&[(10_050, "Service"), (10_060, "Found in"), (10_010, "Request Type"), (10_070, "Product area")]),
        people: vec![person(0, "Spot Bot"), person(1, "Ada Moreau"), person(2, "")],
        issues,
    }
}

/// A simulated Jira, its time, and a collector.
struct World {
    server: Server,
    now: Arc<AtomicI64>,
    waited: Arc<AtomicI64>,
    collector: JiraCollector,
    memory: Memory,
}

/// What a run said.
struct Said {
    items: Vec<Item>,
    summary: Summary,
}

impl World {
    async fn new(content: Content, options: Options) -> Self {
        Self::with(content, options, |_| {}).await
    }

    async fn with(content: Content, options: Options, configure: impl Fn(&mut Config)) -> Self {
        let now = Arc::new(AtomicI64::new(at(NOW).micros()));
        let clock: Clock = {
            let now = Arc::clone(&now);
            Arc::new(move || Instant::from_micros(now.load(Ordering::Relaxed)))
        };
        let server = Server::start(router(Arc::new(content), Arc::clone(&clock), options)).await.unwrap();
        let mut config = Config::new(server.url().parse().unwrap());
        configure(&mut config);
        // Waiting takes simulated time alone, so that a failing server is as quick as another.
        let waited = Arc::new(AtomicI64::new(0));
        let (moved, sum) = (Arc::clone(&now), Arc::clone(&waited));
        let outside = Outside {
            clock,
            pause: Arc::new(move |wait| {
                let micros = i64::try_from(wait.as_micros()).unwrap();
                moved.fetch_add(micros, Ordering::Relaxed);
                sum.fetch_add(micros, Ordering::Relaxed);
                Box::pin(std::future::ready(()))
            }),
            jitter: Arc::new(|| 0.0),
            patience: Patience::default(),
        };
        Self { server, now, waited, collector: JiraCollector::new("jira", config, outside), memory: Memory::new() }
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.now.load(Ordering::Relaxed))
    }

    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    fn keep(&mut self, said: &Said) {
        for item in &said.items {
            if let Item::Remember { key, value } = item {
                if value.is_null() {
                    self.memory.remove(key);
                } else {
                    self.memory.insert(key.clone(), value.clone());
                }
            }
        }
    }

    async fn collect(&mut self) -> Said {
        let said = self.look().await;
        self.keep(&said);
        said
    }

    /// A run that leaves nothing behind.
    async fn look(&self) -> Said {
        self.listen(
            CancellationToken::new(),
            usize::MAX,
            |sink| async move { self.collector.collect(self.now(), &self.memory, &sink).await },
        )
        .await
    }

    /// A backfill that is stopped after so many stretches.
    async fn backfill(&mut self, days: i64, stretches: usize) -> Said {
        let range = self.now().plus_seconds(-days * DAY)..self.now();
        let (collector, memory) = (&self.collector, &self.memory);
        let run = |sink: Sink| async move { collector.backfill(range, memory, &sink).await };
        let mut said = self.listen(CancellationToken::new(), stretches, run).await;
        // What came after the last whole stretch was never committed.
        let last = said.items.iter().rposition(|item| matches!(item, Item::Filled { .. })).map_or(0, |at| at + 1);
        let problems: Vec<Item> = said.items.drain(last..).filter(|item| matches!(item, Item::Problem(_))).collect();
        said.items.extend(problems);
        self.keep(&said);
        said
    }

    async fn listen<F: Future<Output = Summary>>(&self, cancel: CancellationToken, stretches: usize, run: impl FnOnce(Sink) -> F) -> Said {
        let (sink, mut receiver) = Sink::new(64, cancel.clone());
        let listen = tokio::spawn(async move {
            let (mut items, mut filled) = (Vec::new(), 0);
            while let Some(item) = receiver.recv().await {
                filled += usize::from(matches!(item, Item::Filled { .. }));
                if filled >= stretches {
                    cancel.cancel();
                }
                items.push(item);
            }
            items
        });
        let summary = run(sink).await;
        Said { items: listen.await.unwrap(), summary }
    }
}

impl Said {
    fn events(&self) -> BTreeMap<String, Event> {
        let events = self.items.iter().filter_map(|item| match item {
            Item::Event(event) => Some((event.id.clone(), event.clone())),
            _ => None,
        });
        events.collect()
    }

    fn event(&self, number: u64) -> Event {
        self.events().remove(&(50_000 + number).to_string()).unwrap_or_else(|| panic!("{number} was not told: {:?}", self.problems()))
    }

    fn problems(&self) -> Vec<&str> {
        let problems = self.items.iter().filter_map(|item| match item {
            Item::Problem(problem) => Some(problem.message.as_str()),
            _ => None,
        });
        problems.collect()
    }

    fn reading(&self) -> Option<Reading> {
        self.items.iter().find_map(|item| match item {
            Item::Extent(extent) => Some(extent.reading),
            _ => None,
        })
    }

    fn hints(&self) -> BTreeMap<String, Vec<Hint>> {
        let hints = self.items.iter().filter_map(|item| match item {
            Item::Hints { resource, hints } => Some((resource.id.clone(), hints.clone())),
            _ => None,
        });
        hints.collect()
    }

    fn is_silent(&self) -> bool {
        self.problems().is_empty() && self.summary.failure.is_none()
    }
}

/// The history of an event in short.
fn life(event: &Event) -> Vec<(String, Value)> {
    event.history.iter().map(|step| (step.at.to_string(), json!(step.set))).collect()
}

fn status(status: u16, body: &str) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

#[tokio::test]
async fn a_bug_is_told_with_all_that_happened_to_it() {
    let mut issue = bug(12, 20);
    issue.status = then(OPEN, [(10, DONE), (6, PROGRESS), (2, DONE)]);
    issue.resolution = then(None, [(10, Some(FIXED)), (6, None), (2, Some(FIXED))]);
    issue.priority = then(None, [(15, Some(2)), (12, Some(0))]);
    issue.labels = then(vec![], [(14, texts(&["customer", "production"]))]);
    issue.components = then(texts(&["ledger"]), [(9, texts(&["billing", "ledger"])), (8, texts(&["billing"]))]);
    issue.assignee = Timed::always(Some(1));
    let configure = |config: &mut Config| config.production.labels = texts(&["Production"]);
    let mut world = World::with(content(vec![issue]), Options::default(), configure).await;
    let said = world.collect().await;
    assert_eq!((said.problems(), said.reading(), said.summary.failure.as_deref()), (vec![], Some(Reading::Full), None));
    let event = said.event(12);
    assert_eq!((event.kind, event.at, event.ended, event.is_whole), (EventKind::Bug, days_ago(20), Some(days_ago(2)), true));
    assert_eq!(
        (event.resource.id.as_str(), event.check),
        ("project/PAY/component/billing", Some(format!("{}/browse/PAY-12", world.server.url())))
    );
    assert_eq!(
        Value::Object(event.body.clone()),
        json!({
            "key": "PAY-12",
            "title": "It breaks 12",
            "priority": "critical",
            "rawPriority": "Höchste",
            "production": true,
            "status": "Fertig",
            "resolution": "Fixed",
            "assignee": "Ada Moreau",
            "labels": ["customer", "production"],
            "components": ["billing"],
        })
    );
    let day = |days: i64| days_ago(days).to_string();
    assert_eq!(
        life(&said.event(12)),
        [
            (day(20), json!({ "state": "open", "priority": null, "production": false, "resource": "project/PAY/component/ledger" })),
            (day(15), json!({ "priority": "medium" })),
            (day(14), json!({ "production": true })),
            (day(12), json!({ "priority": "critical" })),
            (day(10), json!({ "state": "resolved" })),
            (day(9), json!({ "resource": "project/PAY/component/billing" })),
            (day(6), json!({ "state": "open" })),
            (day(2), json!({ "state": "resolved" })),
        ]
    );
    let of_project = |name: &str| vec![Hint::Annotation("project/PAY".to_owned()), Hint::Name(name.to_owned())];
    let expected = ["billing", "ledger"].map(|name| (format!("project/PAY/component/{name}"), of_project(name)));
    assert_eq!(said.hints(), BTreeMap::from(expected));
    assert_eq!(said.summary.requests, 4, "the server, the account, the list and the changelogs");
}

#[tokio::test]
async fn a_day_asks_for_what_changed_alone() {
    let mut issues: Vec<Issue> = (0..700).map(|number| bug(number, 100 + number as i64 % 50)).collect();
    issues[3].status = then(OPEN, [(-1, PROGRESS)]);
    let mut world = World::new(content(issues), Options::default()).await;
    let first = world.collect().await;
    assert_eq!((first.events().len(), first.summary.requests), (700, 2 + 7 + 7));
    world.pass(DAY / 2);
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests), (0, 3), "the server, the account, and a list of nothing");
    world.pass(DAY);
    world.server.reset();
    // A new week: what is open is listed, too, by numbers alone.
    let said = world.collect().await;
    assert_eq!(said.events().into_keys().collect::<Vec<_>>(), ["50003"]);
    assert_eq!((said.summary.requests, world.server.counts().requests), (5, 5));
    for _ in 0..6 {
        world.pass(DAY);
        let said = world.collect().await;
        assert!(said.events().is_empty() && said.summary.requests <= 4 && said.is_silent());
    }
    eprintln!("700 bugs: first {} requests; a day with a change 4, without 3, and one more on Sundays", first.summary.requests);
}

#[tokio::test]
async fn the_first_reading_takes_what_is_open_or_was_touched_lately_and_the_backfill_the_rest() {
    let old = |number: u64, days: i64| {
        let mut issue = bug(number, days);
        issue.status = then(OPEN, [(days - 3, DONE)]);
        issue.resolution = then(None, [(days - 3, Some(FIXED))]);
        issue
    };
    let issues = vec![old(1, 800), old(2, 200), bug(3, 700), old(4, 20), old(5, 60), old(6, 340)];
    let mut world = World::new(content(issues), Options::default()).await;
    let first = world.collect().await;
    assert_eq!(first.events().into_keys().collect::<Vec<_>>(), ["50003", "50004"]);
    let past = world.backfill(365, usize::MAX).await;
    assert_eq!(past.events().into_keys().collect::<Vec<_>>(), ["50002", "50004", "50005", "50006"]);
    assert!(past.is_silent(), "{:?}", past.problems());
    let requests = past.summary.requests;
    let again = world.backfill(365, usize::MAX).await;
    assert_eq!((again.events().len(), again.summary.requests), (0, 2), "what is delivered is not asked for again");
    let longer = world.backfill(3650, usize::MAX).await;
    assert_eq!(longer.events().into_keys().collect::<Vec<_>>(), ["50001", "50003"]);
    assert!(longer.summary.requests < 40, "years before the first bug cost nothing: {}", longer.summary.requests);
    eprintln!("a year's backfill: {requests} requests; ten years with two bugs: {}", longer.summary.requests);
}

#[tokio::test]
async fn a_backfill_that_was_killed_goes_on_where_it_was() {
    let issues: Vec<Issue> = (1..=300).map(|number| bug(number, number as i64)).collect();
    let mut world = World::new(content(issues), Options::default()).await;
    let mut told = BTreeMap::new();
    let (mut runs, mut requests) = (0, 0);
    while told.len() < 300 {
        let said = world.backfill(365, 3).await;
        assert!(said.is_silent() && runs < 10);
        requests += said.summary.requests;
        runs += 1;
        for (id, event) in said.events() {
            if let Some(known) = told.insert(id, event.clone()) {
                assert_eq!(known, event, "told twice at a border, and the same");
            }
        }
    }
    assert!(runs > 2 && requests < 60, "{runs} runs, {requests} requests");
    let mut whole = World::new(content((1..=300).map(|number| bug(number, number as i64)).collect()), Options::default()).await;
    let bodies = |events: BTreeMap<String, Event>| events.into_iter().map(|(id, it)| (id, life(&it))).collect::<BTreeMap<_, _>>();
    assert_eq!(bodies(told), bodies(whole.backfill(365, usize::MAX).await.events()));
}

fn rules(config: &mut Config) {
    config.production.labels = texts(&["production"]);
}

/// By dice: what happened to a bug, as (field, value, days ago, second of the day).
fn thrown(number: u64, days: i64, second: i64, mut changes: Vec<(u8, usize, i64, i64)>) -> Issue {
    let mut issue = bug(number, days);
    issue.exists.start = issue.exists.start.plus_seconds(second);
    changes.sort_by_key(|(.., days, second)| -(days * DAY) + second);
    for (field, value, days, second) in changes {
        let when = days_ago(days).plus_seconds(second);
        if when <= issue.exists.start || issue.moments().last().is_some_and(|last| *last >= when) {
            continue;
        }
        match field {
            0 | 1 => {
                let is_over = value == DONE || value == CLOSED;
                issue.status.push(when, value);
                // Every other issue is of a workflow that sets no resolution.
                if number.is_multiple_of(2) {
                    issue.resolution.push(when, is_over.then_some(value % 2));
                }
            }
            2 => issue.priority.push(when, value.checked_sub(1)),
            3 => issue.labels.push(when, texts(&["production", "customer", "service-billing", "x"][..value.min(4)])),
            4 => issue.components.push(when, texts(&["api", "billing", "core", "db"][..value.min(4)])),
            5 => issue.key.push(when, (value % 3, 1000 + number * 10 + value as u64)),
            6 => issue.kind.push(when, usize::from(value == 4)),
            _ => issue.assignee.push(when, (value < 3).then_some(value)),
        }
    }
    // Whoever asks today finds a bug.
    let last = issue.moments().last().copied().unwrap_or(issue.exists.start);
    if *issue.kind.at(last) != 0 {
        issue.kind.push(last.plus_seconds(60), 0);
    }
    issue
}

/// What the store keeps of an event, as it unites it.
fn unite(known: &mut BTreeMap<String, Event>, told: BTreeMap<String, Event>) {
    for (id, event) in told {
        match known.get_mut(&id) {
            Some(old) if !event.is_whole => {
                old.history.extend(event.history);
                old.ended = event.ended.or(old.ended);
            }
            _ => drop(known.insert(id, event)),
        }
    }
}

/// How it stands by what was told.
fn told(event: &Event, when: Instant) -> Value {
    let fields = fields_at(&event.body, &event.history, when);
    let resource = fields.get("resource").cloned().unwrap_or_else(|| json!(event.resource.id));
    json!({ "state": fields["state"], "production": fields["production"], "resource": resource, "priority": fields.get("priority") })
}

#[tokio::test]
async fn what_the_search_learns_late_is_told_all_the_same() {
    let mut issue = bug(1, 30);
    issue.exists.start = at("2026-03-01T11:55:00Z");
    let mut world = World::new(content(vec![issue]), Options { search_lags: 600, ..Options::default() }).await;
    assert!(world.collect().await.events().is_empty());
    world.pass(DAY / 4);
    assert_eq!(world.collect().await.events().len(), 1);
}

#[tokio::test]
async fn a_bug_that_moves_keeps_its_number_and_one_that_becomes_a_task_leaves() {
    let mut moved = bug(1, 90);
    moved.key = then((0, 1), [(-3, (1, 77))]);
    let mut task = bug(2, 90);
    task.kind = then(0, [(-4, 1)]);
    let mut away = bug(3, 90);
    away.key = then((0, 3), [(-4, (2, 9))]);
    let mut deleted = bug(4, 90);
    deleted.exists.end = days_ago(-5);
    let more = (10..20).map(|number| bug(number, 50));
    for is_own in [false, true] {
        let issues = [&moved, &task, &away, &deleted].into_iter().cloned().chain(more.clone()).collect();
        let configure = |config: &mut Config| config.projects = texts(&["PAY", "LED"]);
        let mut world = World::with(content(issues), Options { data_center: is_own, ..Options::default() }, configure).await;
        let mut known = world.collect().await.events();
        assert_eq!(known.len(), 14);
        for _ in 0..14 {
            world.pass(DAY);
            let said = world.collect().await;
            assert!(said.is_silent(), "{:?} {:?}", said.problems(), said.summary.failure);
            unite(&mut known, said.events());
        }
        let event = |number: u64| &known[&(50_000 + number).to_string()];
        let state = |number: u64, when: Instant| fields_at(&event(number).body, &event(number).history, when)["state"].clone();
        assert_eq!((event(1).body["key"].clone(), event(1).resource.id.as_str()), (json!("LED-77"), "project/LED"));
        assert_eq!(told(event(1), days_ago(0))["resource"], "project/PAY");
        for number in [2, 3] {
            assert_eq!((state(number, days_ago(-4).plus_seconds(-1)), state(number, days_ago(-4))), (json!("open"), json!("deleted")));
            assert_eq!(event(number).ended, Some(days_ago(-4)));
        }
        assert_eq!(event(4).history.len(), 2, "{:?}", event(4).history);
        let gone = event(4).history[1].at;
        assert!(gone >= days_ago(-5) && gone <= days_ago(-12), "{gone}");
        assert_eq!(event(4).body["title"], "It breaks 4", "what is known of it stays");
        assert_eq!(known.values().filter(|it| it.ended.is_none()).count(), 11);
        world.server.reset();
        world.pass(8 * DAY);
        world.collect().await;
        assert!(world.server.counts().requests <= 4, "who is gone is not looked for again");
    }
}

#[tokio::test]
async fn many_that_vanish_at_once_are_believed_a_day_later() {
    let vanish = |issue: Issue| Issue { exists: issue.exists.start..days_ago(-2), ..issue };
    let issues: Vec<Issue> = (0..40).map(|number| if number < 20 { vanish(bug(number, 50)) } else { bug(number, 50) }).collect();
    let mut world = World::new(content(issues), Options::default()).await;
    world.collect().await;
    world.pass(8 * DAY);
    let said = world.collect().await;
    assert!(said.events().is_empty() && said.problems()[0].contains("20 of 40 open bugs are not there any more"), "{:?}", said.problems());
    world.pass(DAY / 2);
    let said = world.collect().await;
    assert!(said.events().is_empty() && said.is_silent());
    world.pass(DAY);
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.problems()), (20, vec![]));
    assert!(said.events().values().all(|event| !event.is_whole && event.history[0].set["state"] == "deleted"));
}

#[tokio::test]
async fn words_of_a_site_are_understood_by_numbers_categories_and_configuration() {
    let with = |number: u64, change: &dyn Fn(&mut Issue)| {
        let mut issue = bug(number, 20);
        change(&mut issue);
        issue
    };
    let issues = vec![
        with(1, &|it| it.status = then(OPEN, [(5, DONE)])),
        with(2, &|it| it.status = then(OPEN, [(5, REVIEW)])),
        with(3, &|it| it.status = then(OPEN, [(5, CLOSED)])),
        with(4, &|it| {
            it.status = then(OPEN, [(7, REVIEW), (5, CLOSED)]);
            it.resolution = then(None, [(5, Some(FIXED))]);
        }),
        with(5, &|it| it.resolution = then(Some(2), [(5, Some(DUPLICATE))])),
        with(6, &|it| it.priority = Timed::always(None)),
        with(7, &|it| it.priority = Timed::always(Some(4))),
        with(8, &|it| it.priority = Timed::always(Some(4))),
        with(9, &|it| it.assignee = Timed::always(Some(2))),
    ];
    let mut plain = World::new(content(issues.clone()), Options::default()).await;
    let said = plain.collect().await;
    let states = |said: &Said| -> Vec<Value> { (1..=5).map(|number| told(&said.event(number), at(NOW))["state"].clone()).collect() };
    assert_eq!(states(&said), ["resolved", "resolved", "open", "resolved", "deleted"]);
    assert_eq!(told(&said.event(5), days_ago(6))["state"], "open", "there are sites with a resolution that says that there is none");
    assert_eq!(said.event(4).ended, Some(days_ago(5)), "a category counts only where no resolution was ever set");
    assert_eq!((said.event(6).body.get("priority"), said.event(7).body.get("priority")), (None, None));
    assert_eq!(said.event(7).body["rawPriority"], "Irgendwann");
    assert_eq!(said.event(9).body["assignee"], "5b10ac8d82e05b22cc7d4e02", "a person who was forgotten");
    assert_eq!(said.problems().len(), 1, "{:?}", said.problems());
    assert!(
        said.problems()[0].starts_with("2 bugs have the priority \"Irgendwann\"") && said.problems()[0].ends_with("PAY-7 is the first")
    );

    let configure = |config: &mut Config| {
        config.open_statuses = texts(&["in prüfung"]);
        config.done_statuses = texts(&["10003"]);
        config.priorities = BTreeMap::from([("Irgendwann".to_owned(), Priority::Low)]);
        config.ignored_resolutions.clear();
    };
    let mut told_so = World::with(content(issues), Options::default(), configure).await;
    let said = told_so.collect().await;
    assert_eq!(states(&said), ["resolved", "open", "resolved", "resolved", "resolved"]);
    assert_eq!((said.event(7).body["priority"].clone(), said.problems()), (json!("low"), vec![]));
}

#[tokio::test]
async fn an_import_that_was_resolved_before_it_was_created_is_taken_as_it_can_be() {
    let mut issue = bug(1, 20);
    issue.resolution = Timed::always(Some(FIXED));
    issue.status = Timed::always(DONE);
    issue.resolved = Some(days_ago(400));
    let mut late = bug(2, 20);
    late.resolution = Timed::always(Some(FIXED));
    late.resolved = Some(days_ago(3));
    let mut world = World::new(content(vec![issue, late]), Options::default()).await;
    let said = world.collect().await;
    assert_eq!((said.event(1).at, said.event(1).ended), (days_ago(20), Some(days_ago(20))));
    assert_eq!(told(&said.event(1), days_ago(20))["state"], "resolved");
    assert_eq!((told(&said.event(2), days_ago(4))["state"].clone(), said.event(2).ended), (json!("open"), Some(days_ago(3))));
    assert_eq!(said.problems().len(), 1);
    assert!(said.problems()[0].starts_with("1 bugs changed or were resolved before they were created"), "{:?}", said.problems());
}

#[tokio::test]
async fn a_service_may_be_named_by_a_field_and_production_by_a_field_or_a_query() {
    let mut issue = bug(1, 20);
    issue.custom = BTreeMap::from([
        (0, then(None, [(10, Some("billing".to_owned())), (4, Some("ledger".to_owned()))])),
        (1, then(Some("Testing".to_owned()), [(8, Some("Production".to_owned()))])),
    ]);
    let mut labelled = bug(2, 20);
    labelled.labels = Timed::always(texts(&["service-checkout", "escaped"]));
    for is_own in [false, true] {
        let configure = |config: &mut Config| {
            config.service_field = Some("customfield_10050".to_owned());
            config.production.field = Some(("customfield_10060".to_owned(), texts(&["production"])));
            config.production.jql = Some("labels = escaped".to_owned());
        };
        let options = Options { data_center: is_own, ..Options::default() };
        let mut world = World::with(content(vec![issue.clone(), labelled.clone()]), options, configure).await;
        let said = world.collect().await;
        assert_eq!(said.problems(), Vec::<&str>::new());
        let at_days = |days: i64| {
            (told(&said.event(1), days_ago(days))["resource"].clone(), told(&said.event(1), days_ago(days))["production"].clone())
        };
        assert_eq!(at_days(12), (json!("project/PAY"), json!(false)));
        assert_eq!(at_days(9), (json!("service/billing"), json!(false)));
        assert_eq!(at_days(1), (json!("service/ledger"), json!(true)));
        assert_eq!((said.event(2).resource.id.as_str(), said.event(2).body["production"].clone()), ("service/checkout", json!(true)));
        assert_eq!(said.hints()["service/ledger"], [Hint::Ref("service:ledger".to_owned()), Hint::Name("ledger".to_owned())]);
        assert!(world.collector.check().await.iter().all(|it| it.health != Health::Wrong), "{:?}", world.collector.check().await);
    }
}

#[tokio::test]
async fn a_text_of_a_million_letters_is_never_asked_for() {
    let issues = (0..20).map(|number| Issue { description: "x".repeat(1_000_000), ..bug(number, 20) }).collect();
    let mut world = World::new(content(issues), Options::default()).await;
    assert_eq!(world.collect().await.events().len(), 20);
    assert!(world.server.counts().bytes < 100_000, "{} bytes", world.server.counts().bytes);
}

#[tokio::test]
async fn data_center_tells_the_same_as_cloud_and_asks_by_offsets() {
    let all: Vec<Issue> = (0..250).map(|number| thrown(number, 90, 0, vec![(0, 2, 40, 5), (5, 1, 30, 0), (2, 3, 20, 7)])).collect();
    let mut cloud = World::with(content(all.clone()), Options::default(), rules).await;
    let own = Options { data_center: true, accounts: vec![(String::new(), "s3cret".to_owned())], ..Options::default() };
    let mut own = World::with(content(all), own, |config| {
        rules(config);
        config.token = Some(Secret::new("s3cret"));
    })
    .await;
    let (of_cloud, of_own) = (cloud.collect().await, own.collect().await);
    let lives = |said: &Said| said.events().into_iter().map(|(id, it)| (id, (life(&it), it.body))).collect::<BTreeMap<_, _>>();
    assert_eq!((of_own.problems(), lives(&of_cloud)), (vec![], lives(&of_own)));
    // Two more: what the statuses amount to, and what a project is called that some came from.
    assert_eq!((of_cloud.summary.requests, of_own.summary.requests), (2 + 3 + 3 + 2, 2 + 3 + 2));
    assert!(own.collector.check().await.iter().all(|it| it.health == Health::Good || it.what == "priorities" || it.what == "production"));
}

#[tokio::test]
async fn who_tells_no_zone_is_asked_for_more_and_nothing_is_lost() {
    let mut issue = bug(1, 90);
    issue.status = then(OPEN, [(-1, PROGRESS)]);
    for zone in ["Pacific/Kiritimati", "Pacific/Niue"] {
        let options = Options { zone: None, server_zone: zone.to_owned(), ..Options::default() };
        let mut world = World::new(content(vec![issue.clone()]), options).await;
        world.collect().await;
        world.pass(DAY + 300);
        assert_eq!(world.collect().await.events().len(), 1, "{zone}");
    }
}

#[tokio::test]
async fn a_server_that_wants_to_be_asked_slowly_is() {
    let issues: Vec<Issue> = (0..600).map(|number| bug(number, 20)).collect();
    let mut world = World::new(content(issues), Options { per_minute: Some(5), ..Options::default() }).await;
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.problems()), (600, vec![]));
    let waited = world.waited.load(Ordering::Relaxed) / 1_000_000;
    assert!((60..=200).contains(&waited), "{waited} s");
}
