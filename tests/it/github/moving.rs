//! Repositories that are renamed, transferred, emptied, hidden or deleted, also while they are being listed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use spot::demo::company::{Company, Permission, Timed, Visibility};
use spot::demo::github::{Options, Token};

use crate::github::support::*;

const BEFORE: &str = "2026-06-01T00:00:00Z";
const CHANGE: &str = "2026-06-02T00:00:00Z";
const AFTER: &str = "2026-06-02T12:00:00Z";

/// Repositories of which each is a service of its own.
fn several(names: &[&str]) -> Company {
    let repository = |(number, name): (usize, &&str)| {
        repository(300 + number as u64, name, vec![commit("2026-02-01T10:00:00Z", vec![write("README.md", format!("# {name}\n"))])])
    };
    company(names.iter().enumerate().map(repository).collect())
}

fn withdrawn(told: &Told) -> Vec<String> {
    let statements = told.statements().into_iter().filter(|statement| statement.body.is_none());
    statements.map(|statement| format!("{} {}/{}", statement.resource.id, statement.facet, statement.origin)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_takes_along_all_that_it_describes() {
    let mut company = small();
    company.repositories[0].name.push(at(CHANGE), "books".to_owned());
    company.repositories[1].name.push(at(CHANGE), "slim".to_owned());
    let mut world = World::new(company, BEFORE).await;
    world.collect().await;
    world.asked();
    world.set(AFTER);
    let told = world.collect().await;
    let expected = [
        "acme/flat -> acme/slim",
        "acme/flat#service:flat -> acme/slim#service:slim",
        "acme/ledger -> acme/books",
        "acme/ledger#service:ledger -> acme/books#service:ledger",
        "acme/ledger#service:ledger-web -> acme/books#service:ledger-web",
    ];
    assert_eq!(told.renamed(), expected.map(str::to_owned).into());
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 3");
    assert_eq!(world.asked(), (3, 1), "and no file is read again");
    let kept: Vec<_> = world.memory.keys().filter(|key| !key.contains(':')).cloned().collect();
    assert_eq!(kept, ["acme/books", "acme/empty", "acme/slim"]);
    assert_eq!(world.collect().await.renamed().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_descriptor_calls_otherwise_is_renamed() {
    let mut company = small();
    company.repositories[0]
        .commits
        .push(commit("2026-06-02T00:00:00Z", vec![write("catalog-info.yaml", descriptor("general-ledger", "payments"))]));
    let mut world = World::new(company, BEFORE).await;
    world.collect().await;
    world.set(AFTER);
    let told = world.collect().await;
    assert_eq!(told.renamed(), ["acme/ledger#service:ledger -> acme/ledger#service:general-ledger".to_owned()].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_somebody_else_took_is_theirs() {
    let mut company = several(&["billing", "other"]);
    company.repositories[0].name.push(at(CHANGE), "old-billing".to_owned());
    let mut new = company.repositories[1].clone();
    new.id = 399;
    new.name = Timed::always("billing".to_owned());
    new.exists = at(CHANGE)..spot::model::Instant::MAX;
    company.repositories.push(new);
    let mut world = World::new(company, BEFORE).await;
    world.collect().await;
    world.set(AFTER);
    let told = world.collect().await;
    assert_eq!(told.renamed().len(), 0);
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 3");
    assert_eq!(world.memory["acme/billing"]["id"], 399);
    assert_eq!(world.collect().await.unchanged().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_keeps_its_number_when_it_is_renamed() {
    let mut company = small();
    company.teams[1].slug.push(at(CHANGE), "pay-and-bill".to_owned());
    let mut world = World::new(company, BEFORE).await;
    world.collect().await;
    world.set(AFTER);
    let told = world.collect().await;
    assert_eq!(told.renamed(), ["acme#team:payments -> acme#team:pay-and-bill".to_owned()].into());
    assert_eq!(told.body("acme/ledger", "general/team-permission").unwrap()["owner"], json!(["team:pay-and-bill"]));
    assert_eq!(told.body("acme#person:ada", "general/github").unwrap()["memberOf"], json!(["team:pay-and-bill"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_repository_is_asked_for_by_its_id_and_ends_with_all_that_it_described() {
    let mut company = small();
    company.repositories[0].exists.end = at(CHANGE);
    let mut world = World::new(company, BEFORE).await;
    world.collect().await;
    world.asked();
    world.set(AFTER);
    let told = world.collect().await;
    assert_eq!(world.asked(), (4, 1));
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 2 proven");
    assert_eq!(told.problems(), ["acme/ledger: GitHub no longer knows it: it was deleted, or this token may no longer see it"]);
    let expected = [
        "acme/ledger#service:ledger general/catalog-info.yaml",
        "acme/ledger#service:ledger general/CODEOWNERS",
        "acme/ledger#service:ledger-web general/catalog-info.yaml",
        "acme/ledger#service:ledger-web general/CODEOWNERS",
        "acme/ledger#service:ledger-web dependencies/manifests",
    ];
    assert_eq!(withdrawn(&told), expected);
    let told = world.collect().await;
    assert_eq!((withdrawn(&told).len(), told.problems().len(), world.asked()), (0, 0, (3, 1)), "and that is that");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_vanish_at_once_are_held_back_for_a_day() {
    let mut company = several(&["a", "b", "c", "d", "e", "f"]);
    for repository in &mut company.repositories[..5] {
        repository.exists.end = at(CHANGE);
    }
    let mut world = World::new(company, BEFORE).await;
    world.collect().await;
    world.set(AFTER);
    let told = world.collect().await;
    assert_eq!((withdrawn(&told).len(), told.problems().len()), (0, 5));
    world.later(3_600);
    assert_eq!(withdrawn(&world.collect().await).len(), 0);
    world.later(86_400);
    assert_eq!(withdrawn(&world.collect().await).len(), 5);
    assert_eq!(withdrawn(&world.collect().await).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_hidden_and_shown_again_is_read_anew() {
    let mut company = several(&["a", "b", "c", "d", "e"]);
    company.repositories[1].visibility.push(at(CHANGE), Visibility::Private);
    company.repositories[1].visibility.push(at("2026-06-03T00:00:00Z"), Visibility::Internal);
    company.repositories[1].teams = Timed::always(vec![(0, Permission::Admin)]);
    let mut token = Token::classic(SECRET, "somebody");
    token.owner = false;
    let mut world = World::with(company, Options { tokens: vec![token], ..Options::default() }, BEFORE).await;
    assert_eq!(world.collect().await.extents().last().unwrap(), "acme repository Full 5");
    world.set(AFTER);
    let told = world.collect().await;
    assert!(told.problems()[0].contains("this token may no longer see it"), "{:?}", told.problems());
    assert_eq!(withdrawn(&told), ["acme/b#service:b general/undeclared"]);
    world.set("2026-06-03T12:00:00Z");
    let told = world.collect().await;
    assert!(told.body("acme/b#service:b", "general/undeclared").is_some());
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 5");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_does_not_say_is_no_evidence() {
    for (fate, full) in [("other/b", "proven"), ("acme/b", "Partial"), ("", "Full 4")] {
        let step = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&step);
        let meddle = move |question: &Value, answer: &mut Value| {
            let late = seen.load(Ordering::Relaxed) == 1;
            if late && operation(question) == "Inventory" {
                let repositories = &mut answer["data"]["organization"]["repositories"];
                repositories["nodes"].as_array_mut().unwrap().remove(1);
                repositories["totalCount"] = json!(4);
            }
            if operation(question) == "Lookup" {
                match fate {
                    "" => {
                        *answer = json!({"data": {"nodes": [null]}, "errors": [{"message": "Something went wrong", "path": ["nodes", 0]}]})
                    }
                    name => answer["data"]["nodes"][0]["nameWithOwner"] = json!(name),
                }
            }
        };
        let mut world = World::meddled(several(&["a", "b", "c", "d", "e"]), options(), BEFORE, meddle).await;
        world.collect().await;
        step.store(1, Ordering::Relaxed);
        let told = world.collect().await;
        assert!(told.extents().last().unwrap().contains(full), "{fate}: {:?}", told.extents());
        assert_eq!((withdrawn(&told).len(), told.problems().len()), (usize::from(full == "proven"), 1), "{fate}: {:?}", told.problems());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_repository_says_so_and_what_it_described_is_missing() {
    let step = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&step);
    let meddle = move |question: &Value, answer: &mut Value| {
        if operation(question) == "Inventory" && seen.load(Ordering::Relaxed) > 0 {
            let node = &mut answer["data"]["organization"]["repositories"]["nodes"][0];
            node["isEmpty"] = json!(seen.load(Ordering::Relaxed) == 1);
            (node["defaultBranchRef"], node["root"]) = (Value::Null, Value::Null);
        }
    };
    let mut world = World::meddled(several(&["a", "b"]), options(), BEFORE, meddle).await;
    world.collect().await;
    step.store(2, Ordering::Relaxed);
    let told = world.collect().await;
    assert!(
        told.extents().contains(&"acme/a Partial".to_owned()),
        "without a branch, but not empty, it was not read: {:?}",
        told.extents()
    );
    assert!(told.extents().last().unwrap().starts_with("acme repository Partial"));
    step.store(1, Ordering::Relaxed);
    let told = world.collect().await;
    assert_eq!(told.extents()[2..], ["acme/a Full", "acme/b Unchanged", "acme repository Full 2"]);
    assert_eq!(told.stated().iter().filter(|id| id.starts_with("acme/")).collect::<Vec<_>>(), ["acme/a"]);
    assert_eq!(told.body("acme/a", "general/repository"), None);
}

/// Runs a listing in pages of one, and lets the time of change come before each of its requests in turn.
async fn at_each_request(make: impl Fn() -> Company, check: impl Fn(&Told, &Told, usize)) {
    for moment in 0..9 {
        let mut world = World::with(make(), Options { page: 1, ..options() }, "2026-06-01T23:00:00Z").await;
        world.collect().await;
        let (now, count) = (Arc::clone(&world.now), AtomicUsize::new(0));
        world.faults(move |_| {
            if count.fetch_add(1, Ordering::Relaxed) == moment {
                *now.lock() = at(AFTER);
            }
            None
        });
        let during = world.collect().await;
        world.server.set_faults(None);
        world.set(AFTER);
        let after = world.collect().await;
        check(&during, &after, moment);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_between_any_two_requests_is_a_rename() {
    let make = || {
        let mut company = several(&["b", "d", "f"]);
        company.repositories[1].name.push(at(CHANGE), "a".to_owned());
        company
    };
    at_each_request(make, |during, after, moment| {
        let renamed = during.renamed().len() + after.renamed().len();
        assert_eq!(renamed, 2, "{moment}: the repository and its service: {:?} {:?}", during.renamed(), after.renamed());
        assert!(withdrawn(during).is_empty() && withdrawn(after).is_empty(), "{moment}");
        assert_eq!(after.extents().last().unwrap(), "acme repository Full 3", "{moment}");
        assert!(during.summary.failure.is_none(), "{moment}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_between_any_two_requests_ends_one_and_no_other() {
    let make = || {
        let mut company = several(&["a", "b", "c", "d", "e"]);
        company.repositories[1].exists.end = at(CHANGE);
        company
    };
    at_each_request(make, |during, after, moment| {
        let mut gone = withdrawn(during);
        gone.extend(withdrawn(after));
        assert_eq!(gone, ["acme/b#service:b general/undeclared"], "{moment}");
        assert!(during.summary.failure.is_none() && after.summary.failure.is_none(), "{moment}");
        assert!(after.extents().last().unwrap().starts_with("acme repository Full 4"), "{moment}: {:?}", after.extents());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_between_any_two_requests_is_read_in_the_end() {
    let make = || {
        let mut company = several(&["a", "b", "c"]);
        company.repositories[1].commits.push(commit(CHANGE, vec![write("README.md", "# Another\n")]));
        company
    };
    at_each_request(make, |during, after, moment| {
        let title = |told: &Told| told.body("acme/b", "general/readme").map(|body| body["title"].clone());
        assert_eq!(title(after).or(title(during)), Some(json!("Another")), "{moment}");
        assert!(during.problems().is_empty() && after.problems().is_empty(), "{moment}: {:?}", during.problems());
    })
    .await;
}
