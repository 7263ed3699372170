//! History from clones.

use std::collections::BTreeMap;

use serde_json::Value;
use spot::collect::Item;
use spot::model::Instant;

use crate::github::support::*;

const ALL: usize = usize::MAX;
const FROM: &str = "2026-01-01T00:00:00Z";
const TO: &str = "2026-06-01T00:00:00Z";

/// What the streams said at an instant.
fn said(items: &[Item], when: &str) -> BTreeMap<(String, String), Value> {
    let when: Instant = at(when);
    let mut latest: BTreeMap<_, (Instant, Option<Value>)> = BTreeMap::new();
    for item in items {
        if let Item::Past { at: since, statement, .. } = item
            && *since <= when
        {
            let key = (statement.resource.id.clone(), format!("{}/{}", statement.facet, statement.origin));
            let entry = latest.entry(key).or_insert((Instant::MIN, None));
            if *since >= entry.0 {
                *entry = (*since, statement.body.clone().map(Value::Object));
            }
        }
    }
    latest.into_iter().filter_map(|(key, (_, body))| Some((key, body?))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_ends_where_the_present_begins() {
    let mut world = World::new(small(), TO).await;
    let present = world.collect().await;
    world.asked();
    let told = world.backfill(FROM, TO, ALL).await;
    assert_eq!(told.problems(), Vec::<String>::new());
    let (graphql, git) = world.asked();
    println!("a clone costs {} requests of git", git as f64 / 2.0);
    assert_eq!((graphql, git), (6, 2 * 3), "two repositories have commits");
    let now = said(&told.items, "2026-05-31T23:00:00Z");
    for statement in present.statements() {
        if ["github", "custom-property", "team-permission"].contains(&statement.origin.as_str()) {
            continue;
        }
        let stream = (statement.resource.id.clone(), format!("{}/{}", statement.facet, statement.origin));
        assert_eq!(now.get(&stream), statement.body.clone().map(Value::Object).as_ref(), "{stream:?}");
    }
    let then = said(&told.items, "2026-01-10T00:00:00Z");
    assert_eq!(then[&("acme/ledger".to_owned(), "general/readme".to_owned())]["title"], "Ledger");
    assert!(!then.keys().any(|(id, _)| id == "acme/ledger#service:ledger-web"));
    let documents = &said(&told.items, "2026-02-10T00:00:00Z")[&("acme/ledger".to_owned(), "documentation/repository".to_owned())];
    assert_eq!(documents["documents"]["docs/how.md"]["title"], "How it works");

    let again = world.backfill(FROM, TO, ALL).await;
    assert_eq!(again.items.iter().filter(|item| matches!(item, Item::Filled { .. })).count(), 0);
    assert_eq!(world.asked(), (0, 0), "what is delivered is not fetched again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_in_which_nothing_happened_needs_no_clone() {
    let mut company = small();
    company.repositories[0].tags.push(tag("v2.0.0", "2026-04-10T00:00:00Z", 2));
    let from = "2026-04-01T00:00:00Z";
    let mut world = World::new(company.clone(), TO).await;
    world.collect().await;
    world.asked();
    let without = world.backfill(from, TO, ALL).await;
    assert_eq!(world.asked(), (3, 0));
    let mut world = World::new(company, TO).await;
    world.collect().await;
    // What was kept is lost, so clones are needed.
    std::fs::remove_dir_all(world.config.cache.parent().unwrap()).unwrap();
    world.asked();
    let with = world.backfill(from, TO, ALL).await;
    assert_eq!(world.asked(), (3, 2 * 3));
    assert!(without.problems().is_empty() && with.problems().is_empty());
    let base = world.server.url();
    for when in ["2026-03-31T23:00:00Z", "2026-04-02T00:00:00Z", "2026-04-11T00:00:00Z", "2026-05-31T00:00:00Z"] {
        let (one, other) = (said(&without.items, when), said(&with.items, when));
        assert_eq!(one, other, "{when} {base}");
        assert_eq!(one.is_empty(), when < from);
    }
    let version = |when| said(&without.items, when)[&("acme/ledger".to_owned(), "general/tags".to_owned())]["version"].clone();
    assert_eq!((version("2026-04-02T00:00:00Z"), version("2026-04-12T00:00:00Z")), ("v1.0.0".into(), "v2.0.0".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_that_was_stopped_goes_on_where_it_was() {
    let mut whole = World::new(small(), TO).await;
    whole.collect().await;
    let expected = whole.backfill(FROM, TO, ALL).await.items;
    let mut world = World::new(small(), TO).await;
    world.collect().await;
    let mut items = world.backfill(FROM, TO, 2).await.items;
    items.extend(world.backfill(FROM, TO, ALL).await.items);
    for when in ["2026-01-04T00:00:00Z", "2026-02-10T00:00:00Z", "2026-05-31T00:00:00Z"] {
        let strip = |said: BTreeMap<(String, String), Value>| said;
        assert_eq!(strip(said(&items, when)).len(), strip(said(&expected, when)).len(), "{when}");
    }
    let filled = |items: &[Item]| items.iter().filter(|item| matches!(item, Item::Filled { .. })).count();
    assert_eq!(filled(&items), filled(&expected), "each stretch once");
}

#[tokio::test(flavor = "multi_thread")]
async fn clones_hold_no_token_and_a_repository_that_cannot_be_cloned_is_a_problem() {
    let mut world = World::new(small(), TO).await;
    world.collect().await;
    world.faults(|asked| asked.path.contains("flat.git").then(|| answer(500, &[], Value::Null)));
    let told = world.backfill(FROM, TO, ALL).await;
    assert_eq!(told.problems().len(), 1, "{:?}", told.problems());
    assert!(told.problems()[0].starts_with("acme/flat: git fetch failed"), "{:?}", told.problems());
    assert!(!told.problems()[0].contains(SECRET));
    let clone = world.config.clones.join("101.git");
    assert_eq!(git(&clone, &["rev-parse", "--abbrev-ref", "HEAD"]), "main");
    for file in ["config", "HEAD", "packed-refs"] {
        let text = std::fs::read_to_string(clone.join(file)).unwrap_or_default();
        assert!(!text.contains(SECRET) && !text.contains("127.0.0.1"), "{file}: {text}");
    }
    world.server.set_faults(None);
    let told = world.backfill(FROM, TO, ALL).await;
    assert!(told.problems().is_empty());
    assert!(told.items.iter().any(|item| matches!(item, Item::Filled { scope, .. } if scope == "acme/flat")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_keeps_its_clone_and_what_is_delivered() {
    let mut company = small();
    company.repositories[0].name.push(at("2026-06-02T00:00:00Z"), "books".to_owned());
    let mut world = World::new(company, TO).await;
    world.collect().await;
    world.backfill(FROM, TO, ALL).await;
    world.set("2026-06-03T00:00:00Z");
    world.collect().await;
    world.asked();
    let told = world.backfill(FROM, TO, ALL).await;
    assert_eq!(world.asked(), (0, 0));
    assert!(told.problems().is_empty());
}
