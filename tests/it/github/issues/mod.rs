//! GitHub's issues as bugs: what is told of them, and what is asked.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use spot::collect::github_issues::{Bugs, Config, GitHubIssuesCollector};
use spot::collect::{Collector, Item};
use spot::demo::company::Timed;
use spot::demo::github::Options;
use spot::demo::github::issues::{Issue, Issues, Reason, State};
use spot::model::trouble::Priority;
use spot::model::{Event, EventKind, Hint, Instant};

use crate::github::support::*;

mod laws;
mod traps;

/// A Wednesday.
const NOW: &str = "2026-11-11T12:00:00Z";
const DAY: i64 = 86_400;

fn days_ago(days: i64) -> Instant {
    at(NOW).plus_seconds(-days * DAY)
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// An issue of the first repository, created so many days ago, that nothing happened to.
fn issue(number: u32, days: i64, labels: &[&str]) -> Issue {
    Issue { labels: Timed::always(texts(labels)), ..Issue::new(7_000 + u64::from(number), number, days_ago(days)) }
}

/// A value, and what it became so many days ago.
fn then<T>(first: T, later: impl IntoIterator<Item = (i64, T)>) -> Timed<T> {
    let later = later.into_iter().map(|(days, value)| (days_ago(days), value));
    Timed::steps([(Instant::MIN, first)].into_iter().chain(later).collect())
}

/// A simulated GitHub with these issues, and what is a bug there.
struct Tracker {
    world: World,
    bugs: Bugs,
}

fn with(issues: Vec<Issue>) -> Options {
    Options { issues: Some(Issues { all: issues, ..Issues::default() }), ..options() }
}

impl Tracker {
    async fn new(issues: Vec<Issue>) -> Self {
        Self::with(with(issues)).await
    }

    async fn with(options: Options) -> Self {
        Self { world: World::with(small(), options, NOW).await, bugs: Bugs::default() }
    }

    fn collector(&self) -> GitHubIssuesCollector {
        let config = Config { github: self.world.config.clone(), bugs: self.bugs.clone() };
        GitHubIssuesCollector::new("github_issues", config, self.world.outside())
    }

    async fn collect(&mut self) -> Told {
        let collector = self.collector();
        self.world.run(&collector).await
    }

    async fn backfill(&mut self, days: i64, stop: usize) -> Told {
        let (collector, now) = (self.collector(), *self.world.now.lock());
        self.world.fill(&collector, now.plus_seconds(-days * DAY)..now, stop).await
    }
}

fn events(told: &Told) -> BTreeMap<String, Event> {
    let events = told.items.iter().filter_map(|item| match item {
        Item::Event(event) => Some((event.id.clone(), event.clone())),
        _ => None,
    });
    events.collect()
}

fn event(told: &Told, number: u32) -> Event {
    let id = (7_000 + number).to_string();
    events(told).remove(&id).unwrap_or_else(|| panic!("{number} was not told: {:?}", told.problems()))
}

fn ids(told: &Told) -> Vec<u64> {
    events(told).keys().map(|id| id.parse::<u64>().unwrap() - 7_000).collect()
}

fn hints(told: &Told) -> BTreeMap<String, Vec<Hint>> {
    let hints = told.items.iter().filter_map(|item| match item {
        Item::Hints { resource, hints } => Some((resource.id.clone(), hints.clone())),
        _ => None,
    });
    hints.collect()
}

/// The history of an event in short.
fn life(event: &Event) -> Vec<(String, Value)> {
    event.history.iter().map(|step| (step.at.to_string(), json!(step.set))).collect()
}

fn is_silent(told: &Told) -> bool {
    told.problems().is_empty() && told.summary.failure.is_none()
}

#[tokio::test]
async fn a_bug_is_told_with_all_that_happened_to_it() {
    let mut it = issue(12, 20, &["bug"]);
    it.labels = then(
        texts(&["bug"]),
        [
            (15, texts(&["bug", "priority: medium"])),
            (14, texts(&["bug", "customer", "priority: medium", "production"])),
            (12, texts(&["P1", "bug", "customer", "production"])),
            (9, texts(&["P1", "bug", "component: web", "customer", "production"])),
        ],
    );
    it.states =
        vec![(days_ago(10), State::Closed(Reason::Completed)), (days_ago(6), State::Open), (days_ago(2), State::Closed(Reason::Completed))];
    it.assignee = Some(0);
    let mut tracker = Tracker::new(vec![it]).await;
    tracker.bugs.production_labels = texts(&["Production"]);
    let told = tracker.collect().await;
    assert!(is_silent(&told), "{:?} {:?}", told.problems(), told.summary);
    assert_eq!(told.extents(), ["acme Full"]);
    let event = event(&told, 12);
    assert_eq!((event.kind, event.at, event.ended, event.is_whole), (EventKind::Bug, days_ago(20), Some(days_ago(2)), true));
    let url = tracker.world.server.url();
    assert_eq!((event.resource.id.as_str(), event.check.clone()), ("acme/ledger/web", Some(format!("{url}/acme/ledger/issues/12"))));
    assert_eq!(
        Value::Object(event.body.clone()),
        json!({
            "key": "acme/ledger#12",
            "title": "It breaks 12",
            "priority": "critical",
            "rawPriority": "P1",
            "production": true,
            "status": "closed",
            "resolution": "completed",
            "assignee": "ada",
            "labels": ["P1", "bug", "component: web", "customer", "production"],
            "components": ["web"],
        })
    );
    let day = |days: i64| days_ago(days).to_string();
    assert_eq!(
        life(&event),
        [
            (day(20), json!({ "state": "open", "priority": null, "production": false, "resource": "acme/ledger" })),
            (day(15), json!({ "priority": "medium" })),
            (day(14), json!({ "production": true })),
            (day(12), json!({ "priority": "critical" })),
            (day(10), json!({ "state": "resolved" })),
            (day(9), json!({ "resource": "acme/ledger/web" })),
            (day(6), json!({ "state": "open" })),
            (day(2), json!({ "state": "resolved" })),
        ]
    );
    let home = Hint::Repository(format!("{url}/acme/ledger"));
    let expected =
        [("acme/ledger".to_owned(), vec![home.clone()]), ("acme/ledger/web".to_owned(), vec![home, Hint::Name("web".to_owned())])];
    assert_eq!(hints(&told), BTreeMap::from(expected));
    assert_eq!(told.summary.requests, 2, "what is open, and what was closed lately");
}

#[tokio::test]
async fn a_day_asks_for_what_changed_alone() {
    let mut issues: Vec<Issue> = (1..=300).map(|number| issue(number, 40 + i64::from(number) % 50, &["bug"])).collect();
    issues.sort_by_key(|issue| issue.created);
    for issue in issues.iter_mut().take(90) {
        issue.states = vec![(days_ago(-2), State::Closed(Reason::Completed))];
    }
    let mut tracker = Tracker::new(issues).await;
    let first = tracker.collect().await;
    assert_eq!((events(&first).len(), first.summary.requests), (300, 8 + 1), "forty a page of what is open, and nothing that was closed");
    tracker.world.later(DAY);
    tracker.world.asked();
    let quiet = tracker.collect().await;
    assert_eq!(
        (events(&quiet).len(), quiet.summary.requests, tracker.world.asked()),
        (0, 1, (1, 0)),
        "one question for a day without a change"
    );
    tracker.world.later(DAY + 3_600);
    let busy = tracker.collect().await;
    assert_eq!((events(&busy).len(), busy.summary.requests), (90, 3), "ninety changes are three pages");
    // From Sunday on what is open is looked for, by ids.
    let mut week = Vec::new();
    for _ in 0..7 {
        tracker.world.later(DAY);
        let told = tracker.collect().await;
        assert!(is_silent(&told), "{:?}", told.problems());
        week.push(told.summary.requests);
    }
    week.sort_unstable();
    assert_eq!(week, [1, 1, 1, 1, 1, 1, 1 + 6], "of 210 that are open forty at once");
    eprintln!("300 bugs: first {} requests; a quiet day 1, one with 90 changes 3, and 6 more on Sundays", first.summary.requests);
}

#[tokio::test]
async fn a_day_costs_a_point_and_texts_are_never_asked_for() {
    let mut long = issue(1, 5, &["bug"]);
    long.body = "x".repeat(1_000_000);
    let options = Options { rate: Some(spot::demo::github::Rate { points: 5000, requests: 5000 }), ..with(vec![long]) };
    let mut tracker = Tracker::with(options).await;
    tracker.world.server.record();
    let told = tracker.collect().await;
    assert!(is_silent(&told), "{:?}", told.problems());
    let asked = tracker.world.server.recorded();
    assert_eq!(asked.len(), 2);
    for request in asked {
        let client = reqwest::Client::new();
        let url = format!("{}{}", tracker.world.server.url(), request.path);
        let answer = client.post(url).bearer_auth(SECRET).body(request.body.clone()).send().await.unwrap().text().await.unwrap();
        assert!(answer.len() < 20_000 && !request.body.contains("body"), "{}", answer.len());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["data"]["rateLimit"]["cost"], 1, "{answer}");
    }
}

#[tokio::test]
async fn the_first_reading_takes_what_is_open_or_was_touched_lately_and_the_backfill_the_rest() {
    let closed = |number: u32, days: i64| {
        let mut issue = issue(number, days, &["bug"]);
        issue.states = vec![(days_ago(days - 3), State::Closed(Reason::Completed))];
        issue
    };
    let issues = vec![closed(1, 800), issue(3, 700, &["bug"]), closed(6, 340), closed(2, 200), closed(5, 60), closed(4, 20)];
    let mut tracker = Tracker::new(issues).await;
    let first = tracker.collect().await;
    assert_eq!(ids(&first), [3, 4]);
    // Killed after the third stretch, it goes on there.
    let begun = tracker.backfill(365, 3).await;
    let past = tracker.backfill(365, usize::MAX).await;
    let mut all = ids(&begun);
    all.extend(ids(&past));
    all.sort_unstable();
    assert_eq!(all, [2, 4, 5, 6]);
    assert!(is_silent(&past), "{:?}", past.problems());
    let again = tracker.backfill(365, usize::MAX).await;
    assert_eq!((events(&again).len(), again.summary.requests), (0, 0), "what is delivered is not asked for again");
    let longer = tracker.backfill(3650, usize::MAX).await;
    assert_eq!(ids(&longer), [1, 3]);
    assert!(longer.summary.requests < 40, "years before the first issue cost nothing: {}", longer.summary.requests);
}

#[tokio::test]
async fn whatever_calls_it_a_bug_is_one_and_what_nobody_calls_so_is_told_nowhere() {
    let mut typed = issue(1, 9, &[]);
    typed.kind = Timed::always(Some("Bug".to_owned()));
    let mut found_out = issue(2, 9, &["triage"]);
    found_out.labels = then(texts(&["triage"]), [(4, texts(&["Type: Bug", "sev-2"]))]);
    let mut mistaken = issue(3, 9, &["kind/bug"]);
    mistaken.labels = then(texts(&["kind/bug"]), [(4, texts(&["question"])), (2, texts(&["bug"]))]);
    let mut retyped = issue(4, 9, &[]);
    retyped.kind = then(Some("Bug".to_owned()), [(3, Some("Task".to_owned()))]);
    let issues = vec![typed, found_out, mistaken, retyped, issue(5, 9, &[]), issue(6, 9, &["feature", "debug"])];
    let mut tracker = Tracker::new(issues).await;
    let told = tracker.collect().await;
    assert!(is_silent(&told), "{:?}", told.problems());
    assert_eq!(ids(&told), [1, 2, 3, 4], "without labels and type an issue is none");
    let day = |days: i64| days_ago(days).to_string();
    assert_eq!(life(&event(&told, 1)), [(day(9), json!({ "state": "open" }))]);
    let later = [(day(9), json!({ "state": "open", "priority": null })), (day(4), json!({ "priority": "high" }))];
    assert_eq!(life(&event(&told, 2)), later, "it was a bug before somebody found out");
    let states = [(day(9), json!({ "state": "open" })), (day(4), json!({ "state": "deleted" })), (day(2), json!({ "state": "open" }))];
    assert_eq!(life(&event(&told, 3)), states);
    assert_eq!(event(&told, 4).ended, Some(days_ago(3)), "it is called one no more");
    assert!(tracker.world.memory.contains_key("open:7001") && !tracker.world.memory.contains_key("open:7004"));
}

#[tokio::test]
async fn what_is_configured_decides() {
    let mut done = issue(1, 9, &["Fehler", "service: billing"]);
    done.states = vec![(days_ago(3), State::Closed(Reason::NotPlanned))];
    let mut copy = issue(2, 9, &["Fehler", "wichtig", "P1"]);
    copy.states = vec![(days_ago(3), State::Closed(Reason::Duplicate))];
    let mut tracker = Tracker::new(vec![done, copy, issue(3, 9, &["bug"])]).await;
    tracker.bugs.labels = texts(&["fehler"]);
    tracker.bugs.priorities = [("Wichtig".to_owned(), Priority::High), ("P1".to_owned(), Priority::Low)].into();
    tracker.bugs.ignored_reasons = texts(&["duplicate"]);
    let told = tracker.collect().await;
    assert_eq!(ids(&told), [1, 2]);
    let last = |number: u32| event(&told, number).history.last().unwrap().set["state"].clone();
    assert_eq!((last(1), last(2)), (json!("resolved"), json!("deleted")));
    assert_eq!(
        (event(&told, 1).body["resolution"].clone(), event(&told, 2).body["resolution"].clone()),
        (json!("not planned"), json!("duplicate"))
    );
    assert_eq!((event(&told, 2).body["priority"].clone(), event(&told, 2).body["production"].clone()), (json!("high"), json!(true)));
    let signs = &hints(&told)["acme/ledger/billing"];
    assert_eq!(signs[0], Hint::Ref("service:billing".to_owned()), "a service of another repository, too");
}

#[tokio::test]
async fn repositories_that_are_listed_by_name_are_scopes_of_their_own() {
    let mut other = issue(2, 9, &["bug"]);
    other.repository = 1;
    let mut tracker = Tracker::new(vec![issue(1, 9, &["bug"]), other]).await;
    tracker.world.config.organisations = Vec::new();
    tracker.world.config.repositories = texts(&["acme/flat", "acme/empty"]);
    let told = tracker.collect().await;
    assert_eq!((ids(&told), told.extents()), (vec![2], texts(&["acme/flat Full", "acme/empty Full"])));
    assert_eq!(event(&told, 2).resource.scope, "acme/flat");
}

#[tokio::test]
async fn a_check_says_what_is_found_and_what_is_missing() {
    let tracker = Tracker::new(vec![issue(1, 9, &["bug"]), issue(2, 9, &["type: bug"]), issue(3, 9, &["story"])]).await;
    let said = |findings: Vec<spot::collect::Finding>| -> Vec<String> {
        findings.into_iter().map(|finding| format!("{:?} {}: {}", finding.health, finding.what, finding.detail)).collect()
    };
    let found = said(tracker.collector().check().await);
    assert!(found.iter().any(|line| line == "Good acme: issues: 3 are visible"), "{found:#?}");
    assert!(found.iter().any(|line| line == "Good acme: bugs: 2 by their labels, 0 by their type"), "{found:#?}");
    assert!(found.iter().any(|line| line.starts_with("Good production: every bug counts")), "{found:#?}");
    let mut strange = Tracker::new(vec![issue(1, 9, &["defect"])]).await;
    strange.bugs.production_labels = texts(&["live"]);
    let found = said(strange.collector().check().await);
    assert!(
        found.iter().any(|line| line.starts_with("Lacking acme: bugs: no issue has a label or type that says so (bug, type: bug")),
        "{found:#?}"
    );
    assert!(found.iter().any(|line| line.ends_with("count as seen in production: live")), "{found:#?}");
}
