//! What failures cost, and what is made of bad input.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use spot::collect::http::Patience;
use spot::demo::serve::{Asked, Fault};
use spot::model::Reading;

use super::{NOW, Options, World, answer, at, many, options, small};

#[tokio::test]
async fn what_cannot_be_read_is_a_failure_that_says_what_to_do() {
    let mut world = World::new(small()).await;
    let limited = Fault::Answer { status: 429, headers: vec![("retry-after", "7200".to_owned())], body: String::new() };
    let recent = r#"{"error":"InvalidValue","description":"Too recent start_time. Use a start_time older than 60 seconds"}"#;
    for (fault, expected) in [
        (
            answer(401, r#"{"error":"Couldn't authenticate you"}"#),
            "answered 401: Couldn't authenticate you; the token is wrong or was revoked",
        ),
        (answer(403, r#"{"error":{"title":"Forbidden","message":"No."}}"#), "answered 403: No.; only an administrator's token may export"),
        (
            answer(404, r#"{"error":"InvalidEndpoint","description":"Not found"}"#),
            "answered 404: InvalidEndpoint: Not found; is zendesk.url",
        ),
        (answer(410, ""), "answered 410"),
        (answer(422, recent), "answered 422: InvalidValue: Too recent start_time."),
        (answer(500, ""), "answered 500"),
        (limited, "limited until 2026-03-02T1"),
        (Fault::Html, "is zendesk.url the address of the account"),
        (Fault::Garbage, "expected JSON"),
        (Fault::Truncated, "expected JSON"),
        (Fault::Broken, "no connection after 4 attempts"),
        (answer(200, "{}"), "missing field `tickets`"),
        (answer(200, "[]"), "expected JSON"),
    ] {
        world.fail("/tickets/cursor", fault.clone());
        let said = world.collect().await;
        let failure = said.summary.failure.clone().unwrap_or_default();
        assert!(failure.starts_with("the tickets cannot be exported: ") && failure.contains(expected), "{fault:?}: {failure}");
        assert_eq!((said.reading(), said.events().len(), world.memory.len()), (Some(Reading::Partial), 0, 0), "{fault:?}");
    }
    // Short limits are waited for, and so is the clock of a server that is behind.
    let mut world = World::new(small()).await;
    let limited = Fault::Answer { status: 429, headers: vec![("retry-after", "3".to_owned())], body: String::new() };
    let begin = world.server.counts().requests;
    world.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| (asked.number == begin).then(|| limited.clone()))));
    assert_eq!(world.collect().await.events().len(), 5);
    let begin = world.server.counts().requests;
    let recent = answer(422, recent);
    world.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| (asked.number == begin).then(|| recent.clone()))));
    let said = world.collect().await;
    assert_eq!((said.summary.requests, said.summary.failure.clone(), said.reading()), (2, None, Some(Reading::Full)));
    assert!(
        said.problems()[0].ends_with("for too recent, so it was read from an hour earlier on: is a clock wrong?"),
        "{:?}",
        said.problems()
    );
}

#[tokio::test]
async fn a_token_that_is_revoked_keeps_what_was_read() {
    let mut world = World::with(many(1_000, 15), Options { page: 100, ..options() }, |_| {}).await;
    let begin = world.server.counts().requests;
    let revoked = answer(401, r#"{"error":"Couldn't authenticate you"}"#);
    world.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| (asked.number >= begin + 3).then(|| revoked.clone()))));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.reading(), said.summary.failure.clone()), (300, Some(Reading::Partial), None));
    let problem = said.problems()[0].to_owned();
    assert!(problem.contains("the token is wrong or was revoked") && problem.ends_with("; the next run goes on from there"), "{problem}");
    let failure = world.collect().await.summary.failure.unwrap_or_default();
    assert!(failure.contains("the token is wrong or was revoked"), "{failure}");
    world.server.set_faults(None);
    assert_eq!(world.collect().await.events().len(), 698, "what is left, and the newest that was read");
}

#[tokio::test]
async fn what_is_delivered_on_several_pages_counts_once() {
    let mut world = World::new(small()).await;
    let begin = world.server.counts().requests;
    let eighth = changed(&json!({ "id": 8 }));
    let later = changed(&json!({ "status": "pending", "generated_timestamp": 1_772_449_300 }));
    world.server.set_faults(Some(Arc::new(move |asked: &Asked<'_>| {
        let goes_on = |cursor: &str| json!({ "after_cursor": cursor, "end_of_stream": false });
        Some(match asked.number - begin {
            0 => page(&[usual(), eighth.clone()], &goes_on("one")),
            1 => page(&[eighth.clone(), later.clone()], &goes_on("two")),
            _ => page(&[usual(), later.clone()], &json!({})),
        })
    })));
    let said = world.collect().await;
    let told: Vec<_> = said.events().iter().map(|event| (event.id.clone(), event.body["status"].clone())).collect();
    let expected = [("7", "open"), ("8", "open"), ("7", "pending")].map(|(id, status)| (id.to_owned(), json!(status)));
    assert_eq!((told.as_slice(), said.summary.requests, said.reading()), (&expected[..], 3, Some(Reading::Full)));
    assert_eq!(said.problems(), Vec::<&str>::new());
}

/// A page of the export with these tickets.
fn page(tickets: &[Value], more: &Value) -> Fault {
    let mut body = json!({ "tickets": tickets, "after_cursor": null, "end_of_stream": true, "novel": { "deep": [] } });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer(200, &body.to_string())
}

fn usual() -> Value {
    json!({ "id": 7, "subject": "x", "status": "open", "priority": "high", "created_at": "2026-03-02T10:00:00Z", "novel": true,
        "updated_at": "2026-03-02T11:00:00Z", "generated_timestamp": 1_772_449_200, "tags": null, "custom_fields": null })
}

fn changed(change: &Value) -> Value {
    let mut ticket = usual();
    ticket.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    ticket
}

#[tokio::test]
async fn an_export_that_lies_about_its_end_does_not_go_on_for_ever() {
    let mut world = World::new(small()).await;
    for (more, requests, problem) in [
        (json!({ "end_of_stream": false }), 1, "it says that it goes on, but not where"),
        (json!({ "end_of_stream": false, "after_cursor": "abc" }), 2, "its pages repeat themselves"),
    ] {
        world.fail("/tickets/cursor", page(&[usual()], &more));
        let said = world.collect().await;
        assert_eq!((said.events().len(), said.summary.requests, said.reading()), (1, requests, Some(Reading::Partial)), "{more}");
        assert!(said.problems()[0].contains(problem), "{:?}", said.problems());
    }
    // It says that it ends, but its page is full.
    let full: Vec<Value> = (0..1_000).map(|id| changed(&json!({ "id": id }))).collect();
    world.fail("/tickets/cursor", page(&full, &json!({ "after_cursor": "abc" })));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.summary.requests, said.reading()), (1_000, 2, Some(Reading::Full)));
    // Nothing says whether it ends.
    world.fail("/tickets/cursor", page(&[usual()], &json!({ "end_of_stream": null, "after_cursor": "abc" })));
    assert_eq!(world.collect().await.summary.requests, 1);
}

#[tokio::test]
async fn pages_that_are_too_large_are_asked_for_in_smaller_ones() {
    let patience = Patience { most_bytes: 300_000, ..Patience::default() };
    let mut world = World::patient(many(400, 15), options(), patience, |_| {}).await;
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.problems(), said.reading()), (397, Vec::new(), Some(Reading::Full)));
    assert_eq!(said.summary.requests, 9, "a thousand and 250 are too many, 62 are not");
    let patience = Patience { most_bytes: 1_000, ..Patience::default() };
    let mut world = World::patient(many(400, 15), options(), patience, |_| {}).await;
    let failure = world.collect().await.summary.failure.unwrap_or_default();
    assert!(failure.ends_with("the answer has more than 1000 bytes"), "{failure}");
}

#[tokio::test]
async fn bad_input_is_taken_as_far_as_it_goes_and_said() {
    for (change, problem, history) in [
        (json!({}), None, Some("[03-02T10:00 open] (part)")),
        (
            json!({ "status": "solved", "metric_set": { "solved_at": "2026-03-02T09:00:00Z", "status_updated_at": "2026-03-02T09:00:00Z" } }),
            Some("something is said to have happened at 2026-03-02T09:00:00Z, before it was created"),
            Some("[03-02T10:00 solved] (part)"),
        ),
        (
            json!({ "status": "solved", "metric_set": { "solved_at": "2026-03-02T10:30:00", "status_updated_at": "2026-03-02T10:40:00Z" } }),
            Some("\"2026-03-02T10:30:00\" is no time with a zone, such as"),
            Some("[03-02T10:00 open, 03-02T10:40 solved] (part)"),
        ),
        (
            json!({ "status": "eingeschlafen", "priority": "P9" }),
            Some("the priority \"P9\" of 1 tickets, first 7, means nothing: add it to zendesk.priorities"),
            Some("[03-02T10:00 open] (part)"),
        ),
        (json!({ "priority": null, "subject": null }), None, Some("[03-02T10:00 open] (part)")),
        (
            json!({ "subject": "y".repeat(1_000_000) }),
            Some("its subject has 1000000 characters; 500 are kept"),
            Some("[03-02T10:00 open] (part)"),
        ),
        (
            json!({ "description": "z".repeat(1_000_000), "requester_id": null, "assignee_id": "nobody", "submitter_id": -5 }),
            None,
            Some("[03-02T10:00 open] (part)"),
        ),
        (
            json!({ "created_at": "2026-03-02T10:00:00" }),
            Some("7 does not say when it was created: \"2026-03-02T10:00:00\" is no time with a zone"),
            None,
        ),
        (json!({ "created_at": null }), Some("1 tickets cannot be read; the first: 7 does not say when it was created"), None),
        (json!({ "created_at": "2026-03-09T10:00:00Z" }), Some("which is to come: is a clock wrong?"), None),
        (json!({ "created_at": "yesterday" }), Some("1 tickets cannot be read; the first: 7 does not say when it was created"), None),
        (json!({ "generated_timestamp": null, "updated_at": null }), Some("7 does not say when it changed"), None),
        (json!({ "id": "seven" }), Some("1 tickets cannot be read; the first: invalid type"), None),
        (
            json!({ "metric_events": { "requester_wait_time": [{ "id": 1, "type": "pause", "time": "?" }, 5, { "type": "novel", "time": NOW }] } }),
            Some("\"?\" is no time with a zone"),
            Some("[03-02T10:00 open] (part)"),
        ),
    ] {
        let mut world = World::new(small()).await;
        world.fail("/tickets/cursor", page(&[changed(&change)], &json!({})));
        let said = world.collect().await;
        match history {
            Some(history) => assert!(said.lines()[0].ends_with(&format!(": {history}")), "{change}: {:?}", said.lines()),
            None => assert_eq!((said.lines().len(), said.reading()), (0, Some(Reading::Partial)), "{change}"),
        }
        assert_eq!(said.problems().is_empty(), problem.is_none(), "{change}: {:?}", said.problems());
        assert!(problem.is_none_or(|problem| said.problems()[0].contains(problem)), "{change}: {:?}", said.problems());
    }
    // Of two of one number the later counts, wherever it stands.
    let mut world = World::new(small()).await;
    let later = changed(&json!({ "status": "pending", "generated_timestamp": 1_772_449_300 }));
    world.fail("/tickets/cursor", page(&[later.clone(), usual(), later], &json!({})));
    let said = world.collect().await;
    assert_eq!((said.events().len(), said.events()[0].body["status"].clone()), (1, json!("pending")));
    // Metrics may stand beside the tickets.
    let sets = json!([{ "ticket_id": 7, "solved_at": "2026-03-02T10:30:00Z", "status_updated_at": "2026-03-02T10:30:00Z" }]);
    world.fail("/tickets/cursor", page(&[changed(&json!({ "status": "solved" }))], &json!({ "metric_sets": sets })));
    assert!(world.collect().await.lines()[0].ends_with("[03-02T10:00 open, 03-02T10:30 solved] (part)"));
    // A clock that is ahead makes nothing be passed over.
    world.fail("/tickets/cursor", page(&[changed(&json!({ "generated_timestamp": 2_000_000_000 }))], &json!({})));
    world.collect().await;
    world.server.set_faults(None);
    world.set(at("2026-03-02T13:10:00Z"));
    let ids: BTreeSet<String> = world.collect().await.events().iter().map(|event| event.id.clone()).collect();
    assert!(ids.contains("17"), "{ids:?}");
}
