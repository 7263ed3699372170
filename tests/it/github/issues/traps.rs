//! What goes wrong with issues, and what is made of it.

use std::sync::Arc;

use parking_lot::Mutex;
use spot::demo::github::{Grants, Token};
use spot::demo::serve::Fault;

use super::*;

/// A server between, which changes answers of GraphQL as this decides, given the question.
async fn meddled(issues: Vec<Issue>, meddle: impl Fn(&Value, &mut Value) + Send + Sync + 'static) -> Tracker {
    Tracker { world: World::meddled(small(), with(issues), NOW, meddle).await, bugs: Bugs::default() }
}

/// The issues of an answer.
fn nodes(answer: &mut Value) -> &mut Vec<Value> {
    answer["data"]["search"]["nodes"].as_array_mut().unwrap()
}

#[tokio::test]
async fn an_issue_that_is_older_than_its_creation_begins_with_it() {
    let mut early = issue(1, 9, &["bug"]);
    early.states = vec![(days_ago(12), State::Closed(Reason::Completed))];
    let mut tracker = Tracker::new(vec![early]).await;
    let told = tracker.collect().await;
    let both = [(days_ago(9).to_string(), json!({ "state": "open" })), (days_ago(9).to_string(), json!({ "state": "resolved" }))];
    assert_eq!((life(&event(&told, 1)), event(&told, 1).ended), (both.to_vec(), Some(days_ago(9))));
    let [problem] = told.problems().try_into().unwrap();
    assert!(
        problem.contains("1 bugs changed or were closed before they were created, as they say; taken as if when they were created"),
        "{problem}"
    );
}

#[tokio::test]
async fn forms_and_robots_label_within_two_minutes() {
    let mut it = issue(1, 9, &[]);
    let after = |seconds: i64| days_ago(9).plus_seconds(seconds);
    it.labels = Timed::steps(vec![
        (Instant::MIN, texts(&[])),
        (after(1), texts(&["bug"])),
        (after(50), texts(&["bug", "production", "P2"])),
        (after(4_000), texts(&["bug", "production", "P1"])),
    ]);
    let mut tracker = Tracker::new(vec![it]).await;
    tracker.bugs.production_labels = texts(&["production"]);
    let told = tracker.collect().await;
    let expected = [
        (after(0).to_string(), json!({ "state": "open", "priority": "high" })),
        (after(4_000).to_string(), json!({ "priority": "critical" })),
    ];
    assert_eq!(life(&event(&told, 1)), expected);
}

#[tokio::test]
async fn a_long_life_is_read_to_its_end() {
    let mut busy = issue(1, 300, &["bug"]);
    busy.states =
        (0..230).map(|step| (days_ago(250 - step), if step % 2 == 0 { State::Closed(Reason::Completed) } else { State::Open })).collect();
    let mut tracker = Tracker::new(vec![busy.clone(), issue(2, 9, &["bug"])]).await;
    let told = tracker.collect().await;
    assert!(is_silent(&told), "{:?}", told.problems());
    assert_eq!((event(&told, 1).history.len(), told.summary.requests), (1 + 230, 2 + 2), "two more pages of a hundred");
    // Where the rest cannot be read, nothing is told of it, and it is asked for again.
    let mut tracker = meddled(vec![busy, issue(2, 9, &["bug"])], |question, answer| {
        if operation(question) == "More" {
            *answer = json!({ "data": { "i0": null }, "errors": [{ "message": "Something went wrong", "path": ["i0"] }] });
        }
    })
    .await;
    let told = tracker.collect().await;
    assert_eq!((ids(&told), told.extents()), (vec![2], texts(&["acme Partial"])));
    assert!(told.problems()[0].contains("could not be read to its end, so it is left out: Something went wrong"), "{:?}", told.problems());
    assert!(!tracker.world.memory.contains_key("cursor:acme"));
}

/// A bug that moves from the second repository to the first so many days ago, as both of them show it.
fn moved(days: i64) -> Vec<Issue> {
    let new = issue(1, 9, &["bug", "P1"]);
    let moved = days_ago(days);
    let old = Issue { id: 7_002, number: 2, repository: 1, exists: new.created..moved, ..new.clone() };
    // The other repository knows of no such priority.
    let labels = Timed::steps(vec![(Instant::MIN, texts(&["bug", "P1"])), (moved, texts(&["bug"]))]);
    vec![old, Issue { exists: moved..Instant::MAX, moves: vec![(moved, 1)], labels, ..new }]
}

#[tokio::test]
async fn a_bug_that_moves_takes_its_past_along() {
    let mut tracker = Tracker::new(moved(-1)).await;
    assert_eq!(ids(&tracker.collect().await), [2]);
    tracker.world.later(2 * DAY);
    let told = tracker.collect().await;
    assert!(is_silent(&told), "{:?}", told.problems());
    assert_eq!(ids(&told), [1, 2]);
    let (old, new) = (event(&told, 2), event(&told, 1));
    assert_eq!(
        (old.is_whole, life(&old)),
        (true, vec![(days_ago(9).to_string(), json!({ "state": "deleted" }))]),
        "it never was there alone"
    );
    let expected = [
        (days_ago(9).to_string(), json!({ "state": "open", "priority": "critical", "resource": "acme/flat" })),
        (days_ago(-1).to_string(), json!({ "priority": null, "resource": "acme/ledger" })),
    ];
    assert_eq!(life(&new), expected);
    assert!(tracker.world.memory.contains_key("open:7001") && !tracker.world.memory.contains_key("open:7002"));
}

#[tokio::test]
async fn a_label_that_a_move_took_off_without_a_word_was_there_before() {
    // GitHub does not tell of it.
    let mut tracker = meddled(moved(3), |_, answer| {
        for node in nodes(answer) {
            let items = node["timelineItems"]["nodes"].as_array_mut().unwrap();
            items.retain(|item| item["__typename"] != "UnlabeledEvent");
        }
    })
    .await;
    let told = tracker.collect().await;
    assert_eq!(life(&event(&told, 1))[1], (days_ago(3).to_string(), json!({ "priority": null, "resource": "acme/ledger" })));
}

#[tokio::test]
async fn what_is_deleted_is_noticed_within_the_week_and_what_vanishes_at_once_is_not_believed() {
    let mut issues: Vec<Issue> = (1..=20).map(|number| issue(number, 9, &["bug"])).collect();
    issues[0].exists.end = days_ago(-1);
    let all = issues.clone();
    let mut tracker = Tracker::new(issues).await;
    tracker.collect().await;
    let mut noticed = Vec::new();
    for day in 1..=7 {
        tracker.world.later(DAY);
        let told = tracker.collect().await;
        assert!(is_silent(&told), "{:?}", told.problems());
        noticed.extend(events(&told).into_values().filter(|event| event.id == "7001").map(|event| (day, event)));
    }
    let [(day, event)] = noticed.try_into().unwrap();
    assert_eq!((day, event.ended, event.is_whole), (4, Some(days_ago(-4)), false), "on Sunday");
    assert!(!tracker.world.memory.contains_key("open:7001"));

    // A token that may see less looks as if much were deleted: it is believed a day later.
    let mut vanishing = all;
    vanishing.iter_mut().skip(5).for_each(|issue| issue.exists.end = days_ago(-1));
    let mut tracker = Tracker::new(vanishing).await;
    tracker.collect().await;
    tracker.world.later(4 * DAY);
    let told = tracker.collect().await;
    assert!(events(&told).values().all(|event| event.ended.is_none()));
    assert!(told.problems()[0].contains("16 of 20 open bugs are not there any more, or may not be seen"), "{:?}", told.problems());
    tracker.world.later(DAY + 60);
    let told = tracker.collect().await;
    assert_eq!((events(&told).values().filter(|event| event.ended.is_some()).count(), told.problems().len()), (16, 0));
}

#[tokio::test]
async fn where_issues_are_turned_off_bugs_stay_as_they_were() {
    let options = Options {
        issues: Some(Issues {
            all: vec![issue(1, 9, &["bug"])],
            disabled: [(0, then(false, [(-1, true), (-12, false)]))].into(),
            ..Issues::default()
        }),
        ..options()
    };
    let mut tracker = Tracker::with(options).await;
    assert_eq!(ids(&tracker.collect().await), [1]);
    tracker.world.later(4 * DAY);
    let told = tracker.collect().await;
    assert_eq!((events(&told).len(), told.extents()), (0, texts(&["acme Full"])));
    assert_eq!(told.problems(), ["acme/ledger: has its issues turned off; its 1 open bugs stay as they were"]);
    tracker.world.later(10 * DAY);
    assert!(is_silent(&tracker.collect().await));
    assert!(tracker.world.memory.contains_key("open:7001"));
}

#[tokio::test]
async fn a_renamed_label_is_the_same_label() {
    let mut it = issue(1, 9, &[]);
    it.labels = then(texts(&[]), [(6, texts(&["defect"])), (5, texts(&["defect", "prod"]))]);
    let renamed = [
        ("defect".to_owned(), then("defect".to_owned(), [(-1, "bug".to_owned())])),
        ("prod".to_owned(), then("prod".to_owned(), [(-1, "production".to_owned())])),
    ];
    let options = Options { issues: Some(Issues { all: vec![it], renamed: renamed.into(), ..Issues::default() }), ..options() };
    let mut tracker = Tracker::with(options).await;
    tracker.bugs.production_labels = texts(&["production"]);
    assert_eq!(events(&tracker.collect().await).len(), 0);
    tracker.world.later(2 * DAY);
    tracker.world.memory.clear();
    let told = tracker.collect().await;
    let expected = [
        (days_ago(9).to_string(), json!({ "state": "open", "production": false })),
        (days_ago(5).to_string(), json!({ "production": true })),
    ];
    assert_eq!(life(&event(&told, 1)), expected);
}

#[tokio::test]
async fn a_bug_whose_label_is_renamed_to_something_else_is_taken_back_within_the_week() {
    let renamed = [("bug".to_owned(), then("bug".to_owned(), [(-1, "creature".to_owned())]))];
    let all = vec![issue(1, 9, &["bug"])];
    let options = Options { issues: Some(Issues { all, renamed: renamed.into(), ..Issues::default() }), ..options() };
    let mut tracker = Tracker::with(options).await;
    tracker.collect().await;
    tracker.world.later(4 * DAY);
    let told = tracker.collect().await;
    assert_eq!(life(&event(&told, 1)), [(days_ago(9).to_string(), json!({ "state": "deleted" }))]);
    assert!(!tracker.world.memory.contains_key("open:7001"));
}

#[tokio::test]
async fn ghosts_doubles_pull_requests_and_discussions_do_no_harm() {
    let mut ghost = issue(1, 9, &["bug"]);
    ghost.author = None;
    let mut talk = issue(2, 9, &["bug"]);
    talk.talk = Some(days_ago(4));
    let mut tracker = meddled(vec![ghost, talk], |_, answer| {
        let all = nodes(answer);
        for node in all.iter_mut() {
            node["assignees"] = json!({ "nodes": [null] });
        }
        // What the fragment does not fit is an empty object, and a page may repeat what was on the one before.
        all.push(json!({}));
        all.extend(all.first().cloned());
    })
    .await;
    let told = tracker.collect().await;
    assert!(is_silent(&told), "{:?}", told.problems());
    let all: Vec<&str> =
        told.items.iter().filter_map(|item| if let Item::Event(event) = item { Some(event.id.as_str()) } else { None }).collect();
    assert_eq!(all, ["7001", "7002"]);
    assert!(!event(&told, 1).body.contains_key("assignee"));
    assert_eq!(event(&told, 2).ended, Some(days_ago(4)), "a discussion is no bug");
}

#[tokio::test]
async fn a_server_that_knows_of_no_types_is_asked_without_them() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let mut copy = issue(2, 9, &["bug"]);
    copy.states = vec![(days_ago(3), State::Closed(Reason::Duplicate))];
    let mut tracker = meddled(vec![issue(1, 9, &["bug"]), copy], move |question, answer| {
        let is_typed = question["query"].as_str().unwrap().contains("issueType");
        heard.lock().push(is_typed);
        if is_typed {
            *answer = json!({ "errors": [{ "message": "Field 'issueType' doesn't exist on type 'Issue'", "path": ["fragment BugLife", "issueType"] }] });
        }
    })
    .await;
    let told = tracker.collect().await;
    assert!(is_silent(&told), "{:?} {:?}", told.problems(), told.summary);
    assert_eq!((ids(&told), std::mem::take(&mut *asked.lock())), (vec![1, 2], vec![true, false, false]));
    tracker.world.later(DAY);
    tracker.collect().await;
    assert_eq!(std::mem::take(&mut *asked.lock()), [false], "it is remembered");
    tracker.world.later(8 * DAY);
    tracker.collect().await;
    assert!(asked.lock()[0], "but not for ever");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_asked_for_again_and_nothing_is_lost() {
    let issues: Vec<Issue> = (1..=3).map(|number| issue(number, 9, &["bug"])).collect();
    let mut tracker = Tracker::new(issues.clone()).await;
    tracker.world.faults(|asked| asked.path.ends_with("/graphql").then_some(Fault::Html));
    let told = tracker.collect().await;
    assert_eq!((events(&told).len(), told.extents()), (0, texts(&["acme Partial"])));
    assert!(told.summary.failure.is_some() && tracker.world.memory.is_empty(), "{:?}", told.summary);
    tracker.world.server.set_faults(None);
    assert_eq!(ids(&tracker.collect().await), [1, 2, 3]);

    // One of them alone.
    let mut tracker = meddled(issues, |_, answer| {
        if nodes(answer).len() == 3 {
            nodes(answer)[1] = Value::Null;
            answer["errors"] = json!([{ "type": "INTERNAL", "message": "Timed out", "path": ["search", "nodes", 1] }]);
        }
    })
    .await;
    let told = tracker.collect().await;
    assert_eq!((ids(&told), told.extents()), (vec![1, 3], texts(&["acme Partial"])));
    assert_eq!(told.problems(), ["acme: 1 issues could not be read and are left out: Timed out"]);
    assert!(!tracker.world.memory.contains_key("cursor:acme"));
}

#[tokio::test]
async fn without_the_right_to_issues_that_is_said() {
    let permissions = ["metadata", "contents", "members"].map(|name| (name.to_owned(), "read".to_owned()));
    let token = Token { grants: Grants::Permissions(permissions.into(), None), ..Token::classic(SECRET, "spot-reader") };
    let mut tracker = Tracker::with(Options { tokens: vec![token], ..with(vec![issue(1, 9, &["bug"])]) }).await;
    let told = tracker.collect().await;
    assert_eq!((events(&told).len(), told.extents()), (0, texts(&["acme Partial"])));
    let failure = told.summary.failure.unwrap();
    assert!(failure.ends_with("the token needs the permission issues: read"), "{failure}");
    let found = tracker.collector().check().await;
    let said = found.iter().find(|finding| finding.what == "acme: issues").unwrap();
    assert!(said.health == spot::collect::Health::Wrong && said.detail.ends_with("needs the permission issues: read"), "{said:?}");
}

#[tokio::test]
async fn a_search_goes_on_where_it_ends() {
    let mut issues: Vec<Issue> = (1..=1_100).map(|number| issue(number, 20, &["bug"])).collect();
    for (second, issue) in issues.iter_mut().enumerate() {
        issue.created = issue.created.plus_seconds(second as i64);
        issue.exists.start = issue.created;
    }
    let mut tracker = Tracker::new(issues).await;
    let told = tracker.collect().await;
    assert!(is_silent(&told), "{:?}", told.problems());
    assert_eq!((events(&told).len(), told.summary.requests), (1_100, 25 + 3 + 1), "a thousand, the rest, and nothing that was closed");
}
