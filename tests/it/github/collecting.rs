//! What is read, and what is not asked for twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use spot::collect::contents::{Contents, Unavailable};
use spot::collect::{Collector, Item};
use spot::demo::company::{Permission, Timed, Visibility};
use spot::model::body::WebLink;

use crate::github::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_company_is_read_and_then_confirmed() {
    let mut world = World::new(small(), "2026-06-01T00:00:00Z").await;
    let told = world.collect().await;
    assert_eq!((told.problems(), told.summary.failure.clone()), (Vec::new(), None));
    let everything = [
        "acme#teams team Full 2",
        "acme#teams person Full 3",
        "acme/empty Full",
        "acme/flat Full",
        "acme/ledger Full",
        "acme repository Full 3",
    ];
    assert_eq!(told.extents(), everything);
    assert_eq!(
        world.asked(),
        (4, 2),
        "teams, a page of repositories, their files, pull requests; custom properties, one listing of folders"
    );
    assert_eq!(told.summary.requests, 6);

    let told = world.collect().await;
    let confirmed = ["acme/empty Unchanged", "acme/flat Unchanged", "acme/ledger Unchanged", "acme repository Full 3"];
    assert_eq!(told.extents()[2..], confirmed);
    assert_eq!(told.unchanged(), ["acme/empty", "acme/flat", "acme/ledger"]);
    assert!(told.stated().iter().all(|id| id.starts_with("acme#")), "{:?}", told.stated());
    assert_eq!(world.asked(), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_forge_alone_says_has_origins_of_its_own() {
    let mut company = small();
    let ledger = &mut company.repositories[0];
    ledger.archived = Timed::always(true);
    ledger.is_fork = true;
    ledger.visibility = Timed::always(Visibility::Public);
    ledger.teams = Timed::always(vec![(0, Permission::Write), (1, Permission::Maintain)]);
    ledger.tags[1].released = true;
    let mut world = World::new(company, "2026-06-01T00:00:00Z").await;
    let told = world.collect().await;
    let mut general = told.body("acme/ledger", "general/github").unwrap();
    let links: Vec<WebLink> = serde_json::from_value(general["links"].take()).unwrap();
    let base = world.server.url();
    let told_links: Vec<_> = links.iter().map(|link| link.url.strip_prefix(&base).unwrap()).collect();
    assert_eq!(told_links, ["/acme/ledger", "/acme/ledger/releases"]);
    assert_eq!(
        general,
        json!({
            "ref": "repository:acme/ledger", "description": "All about ledger", "topics": ["money"], "visibility": "public",
            "status": "archived", "defaultBranch": "main", "links": null,
            "annotations": {"github.com/created-at": "2025-01-01T00:00:00Z", "github.com/fork": "true"},
        })
    );
    let by_property = told.body("acme/ledger", "general/custom-property").unwrap();
    assert_eq!(by_property, json!({"owner": ["team:payments"], "labels": {"owner": "PAYMENTS", "tier": "1"}}));
    assert_eq!(told.body("acme/ledger", "general/team-permission").unwrap(), json!({"owner": ["team:payments"]}));
    let mut team = told.body("acme#team:payments", "general/github").unwrap();
    team["links"].take();
    let expected =
        json!({"ref": "team:payments", "title": "PAYMENTS", "description": "Those of payments", "parent": "team:finance", "links": null});
    assert_eq!(team, expected);
    let person = told.body("acme#person:ada", "general/github").unwrap();
    assert_eq!((&person["title"], &person["memberOf"]), (&json!("Ada Moreau"), &json!(["team:payments"])));
    assert_eq!(told.body("acme/empty", "general/github").unwrap()["ref"], "repository:acme/empty", "an empty repository is one too");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_files_whose_content_changed_are_asked_for() {
    let mut company = small();
    company.repositories[0].commits.push(commit(
        "2026-06-02T10:00:00Z",
        vec![write("web/catalog-info.yaml", descriptor("ledger-web", "payments")), remove("docs/how.md")],
    ));
    company.repositories[0].commits.push(commit("2026-06-03T10:00:00Z", vec![write("src/main.rs", "fn main() { loop {} }\n")]));
    let mut world = World::new(company, "2026-06-01T00:00:00Z").await;
    world.collect().await;
    world.asked();
    world.set("2026-06-02T12:00:00Z");
    let told = world.collect().await;
    assert_eq!(world.asked(), (4, 2), "two folders differ and are listed at once, one file is read");
    assert_eq!(told.body("acme/ledger#service:ledger-web", "general/catalog-info.yaml").unwrap()["owner"], json!(["team:payments"]));
    let documents = told.body("acme/ledger", "documentation/repository").unwrap();
    assert_eq!(documents["documents"].as_object().unwrap().len(), 2, "and the file that is gone is not there: {documents}");
    world.set("2026-06-03T12:00:00Z");
    let told = world.collect().await;
    assert_eq!(world.asked(), (3, 2), "a file that says nothing costs a listing of its folder");
    assert_eq!(told.body("acme/ledger", "general/repository").unwrap()["languageBytes"], json!({"Rust": 22}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_beside_the_files_is_stated_from_what_was_kept() {
    let mut company = small();
    company.repositories[0].description.push(at("2026-06-02T00:00:00Z"), "Other words".to_owned());
    company.repositories[1].properties.push(at("2026-06-02T00:00:00Z"), BTreeMap::from([("team".to_owned(), "finance".to_owned())]));
    company.repositories[2].archived.push(at("2026-06-02T00:00:00Z"), true);
    let mut world = World::new(company, "2026-06-01T00:00:00Z").await;
    world.collect().await;
    world.asked();
    world.set("2026-06-02T12:00:00Z");
    let told = world.collect().await;
    assert_eq!(world.asked(), (3, 1), "by a collector that was started anew");
    assert_eq!(told.unchanged(), Vec::<String>::new());
    assert_eq!(told.body("acme/ledger", "general/github").unwrap()["description"], "Other words");
    assert_eq!(told.body("acme/ledger", "general/readme").unwrap()["title"], "Ledger", "all that it says is said again");
    assert_eq!(told.body("acme/flat", "general/custom-property").unwrap()["owner"], json!(["team:finance"]));
    assert_eq!(told.body("acme/empty", "general/github").unwrap()["status"], "archived");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tags_are_all_read_once_and_then_only_the_new_ones() {
    let mut company = small();
    let ledger = &mut company.repositories[0];
    ledger.tags = (0..250).map(|number| tag(&format!("v1.{number}.0"), "2026-03-02T00:00:00Z", 2)).collect();
    ledger.tags.push(tag("v2.0.0", "2026-06-02T00:00:00Z", 2));
    let mut world = World::new(company, "2026-06-01T00:00:00Z").await;
    let told = world.collect().await;
    let general = told.body("acme/ledger", "general/tags").unwrap();
    assert_eq!((general["versions"].as_object().unwrap().len(), &general["version"]), (250, &json!("v1.249.0")));
    assert_eq!(world.asked().0, 4 + 3, "three more pages");
    world.set("2026-06-02T12:00:00Z");
    let told = world.collect().await;
    let general = told.body("acme/ledger", "general/tags").unwrap();
    assert_eq!((general["versions"].as_object().unwrap().len(), &general["version"]), (251, &json!("v2.0.0")));
    assert_eq!(world.asked(), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_of_documents_come_from_what_was_kept_else_from_github() {
    let mut world = World::new(small(), "2026-06-01T00:00:00Z").await;
    let told = world.collect().await;
    let blob =
        told.body("acme/ledger", "documentation/repository").unwrap()["documents"]["docs/how.md"]["blob"].as_str().unwrap().to_owned();
    world.asked();
    let read = |contents: Arc<dyn Contents>, resource: &'static str, blob: String| {
        tokio::task::spawn_blocking(move || contents.document(resource, &blob).map(|text| text.text))
    };
    let contents = world.collector().contents().unwrap();
    assert_eq!(read(contents, "acme/ledger", blob.clone()).await.unwrap(), Ok("# How it really works\n".to_owned()));
    assert_eq!(world.asked(), (0, 0));
    world.config.cache = world.folder.path().join("another.sqlite");
    let contents = world.collector().contents().unwrap();
    assert_eq!(read(Arc::clone(&contents), "acme/ledger", blob.clone()).await.unwrap(), Ok("# How it really works\n".to_owned()));
    assert_eq!(read(Arc::clone(&contents), "acme/ledger", blob).await.unwrap(), Ok("# How it really works\n".to_owned()));
    assert_eq!(world.asked(), (0, 1));
    let absent = "c0".repeat(20);
    assert_eq!(read(Arc::clone(&contents), "acme/ledger", absent.clone()).await.unwrap(), Err(Unavailable::NoObject("acme/ledger".into())));
    assert_eq!(read(contents, "acme/ledger", "../x".into()).await.unwrap(), Err(Unavailable::NoObject("acme/ledger".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deployment_brought_is_asked_of_github_where_nothing_is_cloned() {
    let mut world = World::new(small(), "2026-06-01T00:00:00Z").await;
    world.collect().await;
    world.asked();
    let contents = world.collector().contents().unwrap();
    let ask = async |resource: &'static str, from: &'static str, to: &'static str| {
        let contents = Arc::clone(&contents);
        tokio::task::spawn_blocking(move || contents.ask_committed(resource, from, to)).await.unwrap()
    };
    let brought = Ok(vec![at("2026-03-01T10:00:00Z"), at("2026-02-01T10:00:00Z")]);
    assert_eq!(ask("acme/ledger", "v0.1.0", "v1.0.0").await, brought, "newest first");
    assert_eq!(ask("acme/ledger", "v1.0.0", "v0.1.0").await, Ok(Vec::new()), "it took something back");
    let absent = Unavailable::NoCommit { repository: "acme/ledger".into(), version: "v0.1.0 or v9".into() };
    assert_eq!(ask("acme/ledger", "v0.1.0", "v9").await, Err(absent));
    assert_eq!(world.asked(), (0, 3));
    assert_eq!(ask("ledger", "v0.1.0", "v1.0.0").await, Err(Unavailable::NoRepository("ledger".into())));
    let pairs = [("v0.1.0".to_owned(), "v1.0.0".to_owned())];
    assert_eq!(contents.committed("acme/ledger", &pairs, 9), [Err(Unavailable::NoClone("acme/ledger".into()))]);
    world.fail_first("...v1.0.0", 9, answer(200, &[], json!({})));
    assert!(matches!(ask("acme/ledger", "v0.1.0", "v1.0.0").await, Err(Unavailable::Failed { .. })));
    assert_eq!(world.asked().0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_what_github_forgets_reads_no_files_and_takes_nothing_back() {
    let mut company = small();
    company.repositories[0].description.push(at("2026-05-20T00:00:00Z"), "Other words".to_owned());
    company.repositories[0].name.push(at("2026-05-20T00:00:00Z"), "books".to_owned());
    let mut world = World::new(company, "2026-05-01T00:00:00Z").await;
    world.config.teams_only = true;
    let told = world.collect().await;
    assert_eq!(told.body("acme/ledger", "general/github").unwrap()["description"], "All about ledger");
    assert_eq!(told.extents(), ["acme#teams team Full 2", "acme#teams person Full 3"], "nothing is said of how much else there is");
    assert_eq!(world.asked(), (2, 1));
    world.set("2026-06-01T00:00:00Z");
    let told = world.collect().await;
    assert_eq!(told.renamed(), ["acme/ledger -> acme/books".to_owned()].into());
    world.config.teams_only = false;
    let told = world.collect().await;
    assert_eq!(told.extents().last().unwrap(), "acme repository Full 3");
    assert!(told.body("acme/books", "general/repository").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_can_be_listed_by_name_each_a_scope_of_its_own() {
    let mut world = World::new(small(), "2026-06-01T00:00:00Z").await;
    world.config.organisations.clear();
    world.config.repositories = ["acme/ledger", "acme/absent", "acme/empty"].map(str::to_owned).to_vec();
    let told = world.collect().await;
    let base = world.server.url();
    let extents: Vec<String> = told.extents().iter().map(|extent| extent.replace(&base, "WEB")).collect();
    let expected = [
        "WEB/acme/absent repository Partial",
        "acme/empty Full",
        "acme/ledger Full",
        "WEB/acme/empty repository Full 1",
        "WEB/acme/ledger repository Full 1",
    ];
    assert_eq!(extents, expected);
    assert!(told.problems()[0].starts_with("acme/absent: GitHub does not know it"), "{:?}", told.problems());
    assert_eq!(world.asked(), (3, 1));
    world.collect().await;
    assert_eq!(world.asked(), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_repositories_and_forks_can_be_left_out() {
    let mut company = small();
    company.repositories[0].archived = Timed::always(true);
    company.repositories[1].is_fork = true;
    let mut world = World::new(company, "2026-06-01T00:00:00Z").await;
    (world.config.archived, world.config.forks) = (false, false);
    let told = world.collect().await;
    assert_eq!(told.extents()[2..], ["acme/empty Full", "acme repository Full 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_put_or_remembered_holds_the_token() {
    let mut world = World::new(small(), "2026-06-01T00:00:00Z").await;
    let told = world.collect().await;
    assert!(!format!("{:?} {:?} {:?}", told.items, world.memory, world.collector()).contains(SECRET));
    assert!(told.items.iter().any(|item| matches!(item, Item::Progress { .. })));
}
