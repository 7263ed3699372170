//! Who needs whom through packages that the organisation publishes itself: as manifests and lockfiles say it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use spot::api::{Api, Limits, Sources};
use spot::collect::http::{Outside, Patience};
use spot::demo::clock::SimulatedClock;
use spot::demo::company::{Company as Made, Shape};
use spot::demo::systems::Systems;
use spot::ingest::Ingest;
use spot::ingest::schedule::Schedule;
use spot::ingest::supervise::{self, Supervisor, Watched};
use spot::model::run::{Outcome, Trigger};
use spot::model::{Facet, Instant, Policy, Zone};
use spot::store::{Options, Store};

use crate::support::collectors::collectors;
use crate::support::company::{Company, general};

const NOW: &str = "2026-03-10T12:00:00Z";

/// A library that publishes a package from the second of March on, and two services of which one needs it itself.
fn company() -> Company {
    let company = Company::new(NOW);
    company.observe(
        "2026-03-01T08:00:00Z",
        &[
            ("service:kit", Facet::General, general("service:kit", json!({}))),
            ("service:shop", Facet::General, general("service:shop", json!({}))),
            ("service:desk", Facet::General, general("service:desk", json!({}))),
            (
                "service:shop",
                Facet::Dependencies,
                Some(json!({ "packages": {
                    "package-lock.json#npm/@acme/kit": { "versions": ["1.0.0"], "direct": true },
                    "package-lock.json#npm/react": { "versions": ["19.0.0"], "direct": true },
                } })),
            ),
            (
                "service:desk",
                Facet::Dependencies,
                Some(json!({ "packages": { "package-lock.json#npm/@acme/kit": { "versions": ["1.0.0"], "direct": false } } })),
            ),
        ],
    );
    company.observe_by(
        "manifests",
        "2026-03-02T08:00:00Z",
        &[("service:kit", Facet::Relations, Some(json!({ "publishes": { "package:npm/@acme/kit": true } })))],
    );
    company.observe_by("manifests", "2026-03-05T08:00:00Z", &[("service:kit", Facet::Relations, None)]);
    company
}

fn reached(answer: &Value) -> Vec<&str> {
    answer["impact"]["nodes"].as_array().unwrap().iter().skip(1).map(|node| node["entity"]["ref"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn who_uses_a_package_needs_its_publisher_while_both_is_so() {
    let company = company();
    let ask = |of: &str, way: &str, moment: &str| {
        format!(
            "{{ impact(of: \"{of}\", way: {way}, at: \"{moment}\") {{ nodes {{ entity {{ ref }} }}
                edges {{ road relation since through {{ ref }} statedBy {{ entity {{ ref }} field source origin }} }} }} }}"
        )
    };
    for (of, way, expected) in [
        ("service:shop", "NEEDS", "service:kit"),
        ("service:kit", "NEEDED_BY", "service:shop"),
        ("package:npm/@acme/kit", "NEEDS", "service:kit"),
        ("package:npm/@acme/kit", "NEEDED_BY", "service:shop"),
    ] {
        assert_eq!(reached(&company.ask(&ask(of, way, "2026-03-03")).await), [expected], "{of} {way}");
    }
    let answer = company.ask(&ask("service:kit", "NEEDED_BY", "2026-03-03")).await;
    assert_eq!(
        answer["impact"]["edges"],
        json!([{
            "road": "PACKAGE",
            "relation": "uses",
            "since": "2026-03-02T08:00:00Z",
            "through": [{ "ref": "package:npm/@acme/kit" }],
            "statedBy": [
                { "entity": { "ref": "service:kit" }, "field": "relations.publishes[package:npm/@acme/kit]", "source": "test", "origin": "manifests" },
                {
                    "entity": { "ref": "service:shop" },
                    "field": "dependencies.packages[package-lock.json#npm/@acme/kit]",
                    "source": "test",
                    "origin": "catalog-info.yaml",
                },
            ],
        }])
    );
    for day in ["2026-03-01", "2026-03-05"] {
        assert_eq!(reached(&company.ask(&ask("service:shop", "NEEDS", day)).await), Vec::<&str>::new(), "{day}");
        assert_eq!(reached(&company.ask(&ask("service:kit", "NEEDED_BY", day)).await), Vec::<&str>::new(), "{day}");
    }
    assert_eq!(reached(&company.ask(&ask("service:desk", "NEEDS", "2026-03-03")).await), Vec::<&str>::new(), "brought along by another");
}

#[tokio::test]
async fn relations_name_the_package_from_both_ends() {
    let company = company();
    let ask = |of: &str, field: &str| {
        format!("{{ entity(ref: \"{of}\", at: \"2026-03-03\") {{ entity {{ {field} {{ relation named entity {{ ref }} }} }} }} }}")
    };
    let told = |answer: &Value, field: &str| -> Vec<String> {
        let all = answer["entity"]["entity"][field].as_array().unwrap().iter();
        let text = |of: &Value| of.as_str().unwrap().to_owned();
        all.map(|of| format!("{} {} by {}", text(&of["relation"]), text(&of["entity"]["ref"]), text(&of["named"]))).collect()
    };
    let kit = "package:npm/@acme/kit";
    assert_eq!(told(&company.ask(&ask("service:shop", "uses")).await, "uses"), [format!("uses service:kit by {kit}")]);
    assert_eq!(told(&company.ask(&ask("service:kit", "uses")).await, "uses"), [format!("publishes {kit} by {kit}")]);
    assert_eq!(told(&company.ask(&ask("service:kit", "usedBy")).await, "usedBy"), [format!("uses service:shop by {kit}")]);
    assert_eq!(told(&company.ask(&ask(kit, "usedBy")).await, "usedBy"), [format!("publishes service:kit by {kit}")]);
}

/// The demo company's GitHub, read once.
async fn read(company: &Arc<Made>, now: Instant) -> (Arc<Store>, tempfile::TempDir) {
    let clock = SimulatedClock::at(now);
    let systems = Systems::start(company, &clock.clock()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&Options::new(folder.path().join("data"))).unwrap());
    let outside = Outside {
        clock: clock.clock(),
        pause: Arc::new(|_| Box::pin(tokio::task::yield_now())),
        jitter: Arc::new(|| 0.5),
        patience: Patience::default(),
    };
    let mut collectors = collectors(company, &systems, &store, &outside, &folder.path().join("data"), None);
    collectors.retain(|collector| collector.source() == "github");
    let ingest = Ingest::new(Arc::clone(&store), clock.clock(), collectors, Arc::new(|_, _| None));
    ingest.prepare(&Policy::default()).unwrap();
    let watched = Watched {
        source: "github".to_owned(),
        schedule: Some(Schedule::every(86_400)),
        time_limit: Duration::from_secs(600),
        backfill_limit: Duration::from_secs(600),
        history: ingest.history("github", now),
    };
    let lost = Arc::new(|run| -> futures::future::BoxFuture<'static, ()> { panic!("a run was lost: {run:?}") });
    let config = supervise::Config::new(Zone::utc(), clock.clock(), Arc::new(|| 0.5), ingest.body(), lost);
    let supervisor = Supervisor::new(config, vec![watched]);
    let report = supervisor.request("github", Trigger::Manual).unwrap().report().await;
    assert_eq!(report.outcome, Outcome::Succeeded);
    (store, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_packages_of_the_demo_company_lead_to_the_repositories_that_publish_them() {
    let now: Instant = "2026-06-01T06:00:00Z".parse().unwrap();
    let company = Arc::new(Made::generate(&Shape { seed: 1, repositories: 80, end: now.plus_seconds(30 * 86_400) }));
    let (store, _folder) = read(&company, now).await;
    // Commits follow each other by microseconds.
    let later = now.plus_seconds(60);
    let api = Api::new(Sources::idle(store, move || later), Limits::default());
    let ask = async |query: String| -> Value {
        let answer = serde_json::to_value(api.execute(query.as_str().into()).await).unwrap();
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    };
    let own: BTreeMap<String, usize> = company
        .packages
        .iter()
        .filter_map(|package| Some((format!("package:{}/{}", package.ecosystem.word(), package.name), package.internal?)))
        .filter(|(_, repository)| company.repositories[*repository].exists.contains(&now))
        .collect();
    let (mut published, mut edges) = (BTreeSet::new(), 0);
    let services =
        ask("{ services(first: 500) { nodes { id repository { name } uses { relation named entity { id } } } } }".to_owned()).await;
    let services = services["services"]["nodes"].as_array().unwrap();
    let repository = |id: &Value| services.iter().find(|service| service["id"] == *id).map(|service| &service["repository"]["name"]);
    for service in services {
        for relation in service["uses"].as_array().unwrap() {
            let named = relation["named"].as_str().unwrap();
            let publisher = match relation["relation"].as_str().unwrap() {
                "publishes" => &service["id"],
                "uses" => &relation["entity"]["id"],
                _ => continue,
            };
            // A Go module has a path whether anybody uses it or not; what the company means to publish is among its packages.
            let Some(expected) = own.get(named) else {
                assert!(named.starts_with("package:go/") || named.starts_with("package:maven/"), "{named}");
                continue;
            };
            let expected = format!("{}/{}", company.login, company.repositories[*expected].name.at(now));
            assert_eq!(repository(publisher).unwrap(), &json!(expected), "{named}");
            if relation["relation"] == "publishes" {
                published.insert(named.to_owned());
                continue;
            }
            edges += 1;
            let (from, to) = (&service["id"], publisher);
            for (of, way) in [(from, "NEEDS"), (to, "NEEDED_BY")] {
                let answer =
                    ask(format!("{{ impact(of: {of}, way: {way}, depth: 1) {{ edges {{ from to road through {{ ref }} }} }} }}")).await;
                let is_it = |edge: &&Value| edge["from"] == *from && edge["to"] == *to && edge["road"] == "PACKAGE";
                let edge = answer["impact"]["edges"].as_array().unwrap().iter().find(is_it);
                let through = edge.unwrap_or_else(|| panic!("{named} {way}"))["through"].as_array().unwrap();
                assert!(through.contains(&json!({ "ref": named })), "{named} {way}: {through:?}");
            }
        }
    }
    assert_eq!(published, own.keys().cloned().collect(), "every package is published by somebody");
    assert!(edges > 5, "{edges} relations through packages");
}
