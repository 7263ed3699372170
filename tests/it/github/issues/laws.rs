//! Laws: the past is as GitHub showed it, and it does not matter when one reads.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use spot::demo::company::trouble::{BugKey, BugState, Resolution};
use spot::demo::company::{Company, Shape, Timed};
use spot::demo::github::issues::{Issue, Reason, State};
use spot::model::event::fields_at;
use spot::model::{Event, Instant};

use super::*;

/// What a label says, by dice.
const LABELS: [&str; 8] = ["bug", "production", "P1", "priority: low", "component: web", "triage", "kind/bug", "service: billing"];

/// What happens to an issue: which thing, and how long after what was before, in seconds.
type Throw = (usize, i64);

/// An issue that these things happen to, and itself at the repository that it came from, if it did.
fn thrown(number: u32, days: i64, second: i64, moves: bool, throws: &[Throw]) -> Vec<Issue> {
    let created = days_ago(days).plus_seconds(-second);
    let mut now: Vec<String> = if moves || number.is_multiple_of(2) { texts(&["bug"]) } else { Vec::new() };
    let (mut labels, mut kinds) = (vec![(Instant::MIN, now.clone())], vec![(Instant::MIN, None)]);
    let (mut states, mut is_open, mut at) = (Vec::new(), true, created.plus_seconds(4_000));
    let moved = moves.then_some(at);
    for (what, after) in throws {
        at = at.plus_seconds(600 + after);
        if at >= super::at(NOW).plus_seconds(-DAY) {
            break;
        }
        match what {
            0..8 => {
                let label = LABELS[*what].to_owned();
                match now.iter().position(|known| *known == label) {
                    Some(position) => drop(now.remove(position)),
                    None => now.push(label),
                }
                labels.push((at, now.clone()));
            }
            8 | 9 if is_open => {
                is_open = false;
                let reasons = [Reason::Completed, Reason::Completed, Reason::NotPlanned, Reason::Duplicate];
                states.push((at, State::Closed(reasons[usize::try_from(*after).unwrap() % 4])));
            }
            8 | 9 => {
                is_open = true;
                states.push((at, State::Open));
            }
            _ => {
                let before: &Option<String> = &kinds.last().unwrap().1;
                let kind = if before.is_some() { None } else { Some(["Bug", "Task"][usize::try_from(*after).unwrap() % 2].to_owned()) };
                kinds.push((at, kind));
            }
        }
    }
    let issue =
        Issue { states, labels: Timed::steps(labels), kind: Timed::steps(kinds), ..Issue::new(7_000 + u64::from(number), number, created) };
    match moved {
        None => vec![issue],
        Some(moved) => {
            let old = Issue { id: issue.id + 500, repository: 1, exists: created..moved, ..issue.clone() };
            vec![old, Issue { exists: moved..Instant::MAX, moves: vec![(moved, 1)], ..issue }]
        }
    }
}

/// A company's issues over two months, by dice.
fn dice() -> impl Strategy<Value = Vec<Issue>> {
    let issue = (2..60_i64, 0..86_400_i64, prop::bool::weighted(0.2), proptest::collection::vec((0..11_usize, 0..700_000_i64), 0..9));
    proptest::collection::vec(issue, 1..10).prop_map(|drafts| {
        let of = |(number, (days, second, moves, throws)): (usize, (i64, i64, bool, Vec<Throw>))| {
            thrown(number as u32 + 1, days, second, moves, &throws)
        };
        let mut all: Vec<Issue> = drafts.into_iter().enumerate().flat_map(of).collect();
        all.sort_by_key(|issue| (issue.created, issue.id));
        all
    })
}

/// Whether GitHub called it a bug then.
fn was_bug(issue: &Issue, when: Instant) -> bool {
    issue.labels.at(when).iter().any(|label| ["bug", "kind/bug"].contains(&label.as_str())) || issue.kind.at(when).as_deref() == Some("Bug")
}

/// Instants at which something changed.
fn moments(issue: &Issue) -> Vec<Instant> {
    let changes = issue.labels.all().iter().map(|(at, _)| *at).chain(issue.kind.all().iter().map(|(at, _)| *at));
    let all = changes.chain(issue.states.iter().map(|(at, _)| *at)).chain(issue.moves.iter().map(|(at, _)| *at));
    let mut all: Vec<Instant> = all.filter(|at| *at > issue.created).chain([issue.created]).collect();
    all.sort();
    all
}

/// How a bug stands by what GitHub showed at an instant.
fn truth(issue: &Issue, when: Instant) -> Value {
    let found_out = moments(issue).into_iter().find(|at| was_bug(issue, *at)).unwrap();
    let labels = issue.labels.at(when);
    let has = |label: &str| labels.iter().any(|known| known == label);
    let last = issue.states.iter().rev().find(|(at, _)| *at <= when).map(|(_, state)| *state);
    let state = match last {
        _ if when >= found_out && !was_bug(issue, when) => "deleted",
        Some(State::Closed(Reason::Completed)) => "resolved",
        Some(State::Closed(_)) => "deleted",
        _ => "open",
    };
    let repository = if issue.moves.iter().any(|(at, _)| when < *at) { "acme/flat" } else { "acme/ledger" };
    let resource = match () {
        () if has("service: billing") => format!("{repository}/billing"),
        () if has("component: web") => format!("{repository}/web"),
        () => repository.to_owned(),
    };
    let priority = if has("P1") { Some("critical") } else { has("priority: low").then_some("low") };
    json!({ "state": state, "production": has("production"), "resource": resource, "priority": priority })
}

/// The same by what was told.
fn shown(event: &Event, when: Instant) -> Value {
    let mut fields = fields_at(&event.body, &event.history, when);
    let resource = fields.remove("resource").unwrap_or_else(|| event.resource.id.clone().into());
    let of = |name: &str| fields.get(name).cloned().unwrap_or(Value::Null);
    json!({ "state": of("state"), "production": of("production"), "resource": resource, "priority": of("priority") })
}

/// What counts of what was told: a bug that never was counts nowhere.
fn lives(events: &BTreeMap<String, Event>) -> BTreeMap<String, Value> {
    let never_was = |event: &Event| life(event) == [(event.at.to_string(), json!({ "state": "deleted" }))];
    let of =
        |event: &Event| json!([event.at.to_string(), event.ended.map(|at| at.to_string()), life(event), event.body, event.resource.id]);
    events.iter().filter(|(_, event)| !never_was(event)).map(|(id, event)| (id.clone(), of(event))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn every_past_instant_is_as_github_showed_it_then(issues in dice(), page in prop::sample::select(vec![8_usize, 100])) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut tracker = Tracker::with(Options { page, ..with(issues.clone()) }).await;
            tracker.bugs.production_labels = texts(&["production"]);
            let first = tracker.collect().await;
            let past = tracker.backfill(365, usize::MAX).await;
            assert!(is_silent(&first) && is_silent(&past), "{:?} {:?}", first.problems(), past.problems());
            let mut told = events(&first);
            told.extend(events(&past));
            let now = at(NOW);
            let expected: Vec<&Issue> =
                issues.iter().filter(|issue| issue.exists.contains(&now) && moments(issue).into_iter().any(|at| was_bug(issue, at))).collect();
            assert_eq!(told.len(), expected.len());
            for issue in expected {
                let event = &told[&issue.id.to_string()];
                assert_eq!(event.at, issue.created);
                for moment in moments(issue).into_iter().chain([now]) {
                    for when in [moment.plus_micros(-1), moment, moment.plus_seconds(1)] {
                        if when >= issue.created && when <= now {
                            assert_eq!(shown(event, when), truth(issue, when), "{} at {when}: {:?}", issue.id, event.history);
                        }
                    }
                }
                let fields = fields_at(&event.body, &event.history, now);
                assert!(event.body.iter().all(|(name, value)| fields.get(name) == Some(value)), "the body is as of now");
                assert_eq!(event.ended.is_some(), fields["state"] != "open");
            }
        });
    }

    #[test]
    fn day_by_day_gives_each_bug_the_life_that_is_read_at_once_later(issues in dice()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut daily = Tracker::new(issues.clone()).await;
            daily.bugs.production_labels = texts(&["production"]);
            daily.world.set(&days_ago(62).to_string());
            let mut known = BTreeMap::new();
            let collector = daily.collector();
            for _ in 0..=62 {
                let told = daily.world.run(&collector).await;
                assert!(is_silent(&told) && told.extents() == ["acme Full"], "{:?}", told.problems());
                // Each is told as a whole, so the last word counts.
                known.extend(events(&told));
                daily.world.later(DAY);
            }
            let mut once = Tracker::new(issues).await;
            once.bugs.production_labels = texts(&["production"]);
            let mut filled = events(&once.collect().await);
            filled.extend(events(&once.backfill(400, usize::MAX).await));
            assert_eq!(lives(&known), lives(&filled));
        });
    }
}

#[tokio::test]
async fn the_bugs_of_the_demo_company_are_told_as_they_are() {
    let now = at(NOW);
    let company = Company::generate(&Shape { seed: 3, repositories: 200, end: now.plus_seconds(30 * DAY) });
    let mut tracker = Tracker { world: World::new(company.clone(), NOW).await, bugs: Bugs::default() };
    tracker.world.config.organisations = vec![company.login.clone()];
    tracker.bugs.production_labels = texts(&["production"]);
    let first = tracker.collect().await;
    let mut told = events(&first);
    let past = tracker.backfill(5 * 366, usize::MAX).await;
    assert!(is_silent(&first) && is_silent(&past), "{:?} {:?}", first.problems(), past.problems());
    told.extend(events(&past));
    let (mut open, mut known) = (0, 0);
    for bug in company.trouble.bugs.iter().filter(|bug| bug.exists(now)) {
        let BugKey::GitHub { repository, .. } = *bug.key.at(now) else { continue };
        let repository = &company.repositories[repository as usize];
        if !repository.exists.contains(&now) {
            continue;
        }
        let key = company.bug_key(bug, now);
        let event = told.values().find(|event| event.body["key"] == key.as_str()).unwrap_or_else(|| panic!("{key} was not told"));
        known += 1;
        open += usize::from(bug.is_open(now));
        let second = |at: Instant| Instant::from_seconds(at.micros().div_euclid(1_000_000));
        assert_eq!((event.at, event.ended.is_none()), (second(bug.created), bug.is_open(now)), "{key}");
        assert_eq!(event.body["production"], bug.is_in_production(), "{key}");
        let priority = event.body.get("priority").cloned().unwrap_or_default();
        assert_eq!(priority, json!(bug.priority.at(now).map(|priority| priority.word())), "{key}");
        assert_eq!(event.resource.id, format!("{}/{}", company.login, repository.name.at(now)), "{key}");
        for transition in bug.transitions.iter().filter(|transition| transition.at <= now) {
            let state = match transition.to {
                BugState::Resolved(Resolution::Fixed) => "resolved",
                BugState::Resolved(_) => "deleted",
                _ => "open",
            };
            assert_eq!(fields_at(&event.body, &event.history, second(transition.at))["state"], state, "{key} at {}", transition.at);
        }
    }
    assert_eq!(known, told.len());
    assert!(open > 5 && known > 2 * open, "{open} open of {known}");
    let mut days = Vec::new();
    for _ in 0..30 {
        tracker.world.later(DAY);
        let told = tracker.collect().await;
        assert!(is_silent(&told), "{:?}", told.problems());
        days.push(told.summary.requests);
    }
    assert!(days.iter().all(|requests| *requests <= 4), "{days:?}");
    let requests = (first.summary.requests, past.summary.requests);
    eprintln!("{known} bugs, {open} open: {requests:?} requests at first and for the years before, {days:?} a day");
}
