//! What failures cost, and what an account may not see.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;
use spot::collect::http::Secret;
use spot::collect::jira::Config;
use spot::collect::{Collector, Health, Item};
use spot::demo::jira::Options;
use spot::demo::jira::content::Issue;
use spot::demo::serve::Fault;
use spot::model::Reading;

use super::{DAY, World, bug, content, life, rules, status, texts, thrown};

#[tokio::test]
async fn a_project_that_may_not_be_seen_is_said_and_costs_itself_alone() {
    let accounts = vec![("bot@harbour.example".to_owned(), "s3cret".to_owned())];
    let options = Options { accounts, hidden: BTreeSet::from(["LED".to_owned()]), ..Options::default() };
    let sign = |token: &str| {
        let token = token.to_owned();
        move |config: &mut Config| {
            config.projects = texts(&["PAY", "LED"]);
            config.email = Some("bot@harbour.example".to_owned());
            config.token = Some(Secret::new(&token));
        }
    };
    let mut world = World::with(content(vec![bug(1, 20)]), options.clone(), sign("s3cret")).await;
    let said = world.collect().await;
    assert_eq!(said.problems(), ["projects that do not exist, or that the account may not see, are left out: LED"]);
    assert_eq!(said.events().len(), 1);
    let findings = world.collector.check().await;
    assert!(findings.iter().any(|it| it.health == Health::Lacking && it.detail.starts_with("LED does not exist")), "{findings:#?}");
    assert!(findings.iter().any(|it| it.what == "production" && it.detail.contains("every bug counts")), "{findings:#?}");

    let wrong = World::with(content(vec![bug(1, 20)]), options, sign("wr0ng")).await;
    let said = wrong.look().await;
    let failure = said.summary.failure.unwrap_or_default();
    assert!(failure.contains("401") && failure.contains("e-mail address or token"), "{failure}");
    let findings = wrong.collector.check().await;
    assert!(findings.iter().any(|it| it.health == Health::Wrong) && !format!("{findings:?} {failure}").contains("wr0ng"));
}

#[tokio::test]
async fn no_failure_erases_or_invents_a_bug() {
    let issues: Vec<Issue> = (0..25).map(|number| thrown(number, 20, 0, vec![(0, 2, 9, 5), (2, 3, 5, 7)])).collect();
    let faults = [
        status(400, r#"{"errorMessages":["The value 'x' does not exist for the field 'project'."],"errors":{}}"#),
        status(401, ""),
        status(403, "{}"),
        status(404, "{}"),
        status(404, r#"{"errorMessages":["null for uri"]}"#),
        status(410, r#"{"errorMessages":["The requested API has been removed."]}"#),
        Fault::Answer { status: 429, headers: vec![("retry-after", "4000".to_owned())], body: String::new() },
        status(500, "oops"),
        status(503, "<html>"),
        status(200, "null"),
        status(200, "{}"),
        status(200, "[]"),
        status(200, r#"{"issues":[{"id":7}],"issueChangeLogs":[{}]}"#),
        Fault::Html,
        Fault::Garbage,
        Fault::Truncated,
        Fault::Broken,
    ];
    for is_own in [false, true] {
        let options = Options { data_center: is_own, most_issues: 10, ..Options::default() };
        let fresh = World::with(content(issues.clone()), options.clone(), rules).await;
        let truth = fresh.look().await.events();
        assert_eq!(truth.len(), 25);
        let mut used = World::with(content(issues.clone()), options, rules).await;
        used.collect().await;
        used.pass(8 * DAY);
        for path in ["serverInfo", "myself", "search", "changelog", "issue/", "status", "priority", ""] {
            for fault in &faults {
                for (world, whole) in [(&fresh, 25), (&used, 0)] {
                    let fault_ = fault.clone();
                    world.server.set_faults(Some(Arc::new(move |asked| asked.path.contains(path).then(|| fault_.clone()))));
                    let asked = world.server.counts().requests;
                    let said = world.look().await;
                    for (id, event) in said.events() {
                        assert_eq!(life(&event), life(&truth[&id]), "{path} {fault:?}");
                    }
                    let is_full = said.reading() == Some(Reading::Full);
                    assert!(!is_full || said.events().len() == whole, "{path} {fault:?}: {}", said.events().len());
                    assert!(is_full || !said.is_silent(), "{path} {fault:?} was not told");
                    let moves_on = said.items.iter().any(|it| matches!(it, Item::Remember { key, .. } if key == "cursor"));
                    assert!(!moves_on || said.events().len() == whole, "{path} {fault:?}");
                    assert!(world.server.counts().requests - asked < 40, "{path} {fault:?} is asked for without end");
                    world.server.set_faults(None);
                }
            }
        }
        assert_eq!(fresh.look().await.events().len(), 25);
    }
}

#[tokio::test]
async fn a_list_without_end_ends_and_is_not_whole() {
    let world = World::new(content(vec![bug(1, 20)]), Options::default()).await;
    let own = World::new(content(vec![bug(1, 20)]), Options { data_center: true, ..Options::default() }).await;
    let one = json!({ "id": "50001", "key": "PAY-1", "fields": { "status": { "id": "1", "name": "x", "statusCategory": { "key": "new" } }, "created": "2026-01-01T00:00:00.000+0000" } });
    for (world, answer) in [
        (&world, json!({ "issues": [one], "nextPageToken": "again", "isLast": false })),
        (&world, json!({ "issues": [], "nextPageToken": "again" })),
        (&own, json!({ "issues": [one], "startAt": 0, "maxResults": 1, "total": 1_000_000 })),
    ] {
        let answer = answer.to_string();
        world.server.set_faults(Some(Arc::new(move |asked| asked.path.contains("/search").then(|| status(200, &answer)))));
        let said = world.look().await;
        assert!(
            said.reading() == Some(Reading::Partial) && said.problems().iter().any(|it| it.contains("repeats itself")),
            "{:?}",
            said.problems()
        );
        assert!(said.summary.requests < 12, "{}", said.summary.requests);
    }
    // Always another token, and never anything new.
    let count = Arc::new(AtomicI64::new(0));
    world.server.set_faults(Some(Arc::new(move |asked| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let answer = json!({ "issues": [], "nextPageToken": format!("token{number}") }).to_string();
        asked.path.contains("/search").then(|| status(200, &answer))
    })));
    let said = world.look().await;
    assert!(said.reading() == Some(Reading::Partial) && said.summary.requests < 12);
}
