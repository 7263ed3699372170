//! Packages in use: the collector against simulated deps.dev, OSV, endoflife.date and registries, well and ill.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use spot::collect::http::{Outside, Patience, Secret};
use spot::collect::packages::{Config, Credentials, InUse, PackagesCollector, Registry, RegistryKind, Used};
use spot::collect::{Collector, Health, Item, Memory, Sink, Summary};
use spot::demo::company::{Advisory, Company, Cycle, Ecosystem, Package, Product, Release};
use spot::demo::packages::{deps_dev, end_of_life, osv, registries};
use spot::demo::serve::{Asked, Fault, Server};
use spot::model::run::Reading;
use spot::model::{Clock, Facet, Instant, Zone};
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "t0ken";

fn at(day: &str) -> Instant {
    format!("{day}T12:00:00Z").parse().unwrap()
}

fn release(version: &str, day: &str) -> Release {
    Release { version: version.into(), at: at(day), deprecated: None }
}

fn package(ecosystem: Ecosystem, name: &str, releases: Vec<Release>) -> Package {
    Package { ecosystem, name: name.into(), internal: None, licence: Some("MIT"), releases, advisories: Vec::new() }
}

fn advisory(id: &str, fixed: Option<&str>) -> Advisory {
    Advisory {
        id: id.into(),
        summary: "Prototype pollution".into(),
        severity: "HIGH",
        vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
        at: at("2025-02-01"),
        introduced: None,
        fixed: fixed.map(str::to_owned),
    }
}

fn company() -> Company {
    let mut widgets = package(
        Ecosystem::Npm,
        "widgets",
        vec![
            release("1.0.0", "2024-01-01"),
            release("1.1.0", "2024-06-01"),
            release("2.0.0", "2025-01-01"),
            release("3.0.0", "2025-06-02"),
        ],
    );
    widgets.advisories = vec![advisory("GHSA-aaaa-0001", Some("1.1.0")), advisory("GHSA-aaaa-0002", None)];
    let mut old = package(Ecosystem::Pypi, "oldies", vec![release("0.9", "2020-01-01"), release("1.0", "2021-01-01")]);
    old.releases[1].deprecated = Some((at("2022-01-01"), "unmaintained".into()));
    let internal = |ecosystem, name: &str| Package {
        internal: Some(0),
        ..package(ecosystem, name, vec![release("1.0.0", "2024-03-01"), release("1.1.0", "2024-09-01"), release("1.2.0", "2025-03-01")])
    };
    let cycle = |name: &str, released: &str, end: Option<&str>, version: &str| Cycle {
        name: name.into(),
        released: at(released),
        lts: true,
        end_of_life: end.map(at),
        versions: vec![(at(released), version.into())],
    };
    Company {
        login: "acme".into(),
        name: "Acme".into(),
        history: at("2020-01-01")..at("2027-01-01"),
        people: Vec::new(),
        teams: Vec::new(),
        repositories: Vec::new(),
        projects: Vec::new(),
        packages: vec![
            widgets,
            old,
            package(Ecosystem::Npm, "@open/kit", vec![release("0.1.0", "2024-01-01")]),
            package(Ecosystem::Maven, "org.example:core", vec![release("1.0", "2024-01-01"), release("1.1-jre", "2025-01-01")]),
            package(Ecosystem::Go, "forge.example/acme/log", vec![release("v1.0.0", "2024-01-01"), release("v1.4.0", "2025-01-01")]),
            package(Ecosystem::Cargo, "gears", vec![release("0.1.0", "2024-01-01"), release("0.2.0", "2025-01-01")]),
            internal(Ecosystem::Npm, "@acme/logging"),
            internal(Ecosystem::Pypi, "acme-billing"),
            internal(Ecosystem::Cargo, "acme-metrics"),
        ],
        products: vec![Product {
            name: "nodejs".into(),
            label: "Node.js".into(),
            cycles: vec![
                cycle("22", "2024-04-24", Some("2027-04-30"), "22.11.0"),
                cycle("18", "2022-04-19", Some("2025-04-30"), "18.20.5"),
            ],
        }],
        delivery: Default::default(),
        trouble: Default::default(),
        mesh: Default::default(),
        wiki: Default::default(),
    }
}

fn used(ecosystem: &str, name: &str, versions: &[&str]) -> Used {
    Used { ecosystem: ecosystem.into(), name: name.into(), versions: versions.iter().map(|version| (*version).to_owned()).collect() }
}

fn in_use() -> Vec<Used> {
    vec![
        used("npm", "widgets", &["1.0.0", "2.0.0"]),
        used("npm", "@open/kit", &["0.1.0"]),
        used("npm", "unheard-of", &["1.0.0"]),
        used("npm", "widgets", &["git+ssh://forge.example/x"]),
        used("pypi", "oldies", &["0.9"]),
        used("maven", "org.example:core", &["1.0"]),
        used("go", "forge.example/acme/log", &["v1.0.0"]),
        used("cargo", "gears", &["0.1.0"]),
        used("composer", "acme/x", &["1.0.0"]),
        used("runtime", "nodejs", &["18-alpine"]),
        used("npm", "@acme/logging", &["1.0.0"]),
        used("pypi", "acme-billing", &["1.0.0"]),
        used("cargo", "acme-metrics", &["1.0.0"]),
    ]
}

/// The company's servers and a collector that reads them.
struct World {
    now: Arc<AtomicI64>,
    deps_dev: Server,
    osv: Server,
    end_of_life: Server,
    registries: Server,
    in_use: Vec<Used>,
    token: &'static str,
    cache: tempfile::TempDir,
}

impl World {
    async fn start(company: Company, in_use: Vec<Used>) -> Self {
        Self::start_with_pages(company, in_use, 1_000).await
    }

    async fn start_with_pages(company: Company, in_use: Vec<Used>, page: usize) -> Self {
        let company = Arc::new(company);
        let now = Arc::new(AtomicI64::new(at("2025-06-01").micros()));
        let clock: Clock = {
            let now = Arc::clone(&now);
            Arc::new(move || Instant::from_micros(now.load(Ordering::Relaxed)))
        };
        let shared = || (Arc::clone(&company), Arc::clone(&clock));
        let with = |make: fn(Arc<Company>, Clock) -> axum::Router| {
            let (company, clock) = shared();
            Server::start(make(company, clock))
        };
        Self {
            deps_dev: with(deps_dev::router).await.unwrap(),
            osv: Server::start(osv::router_with_pages(shared().0, shared().1, page)).await.unwrap(),
            end_of_life: with(end_of_life::router).await.unwrap(),
            registries: Server::start(registries::router(shared().0, shared().1, TOKEN)).await.unwrap(),
            now,
            in_use,
            token: TOKEN,
            cache: tempfile::tempdir().unwrap(),
        }
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.now.load(Ordering::Relaxed))
    }

    fn pass_to(&self, day: &str) {
        self.now.store(at(day).micros(), Ordering::Relaxed);
    }

    /// A collector as after a restart: nothing but the cache's file is left of earlier ones.
    fn collector(&self) -> PackagesCollector {
        let url = |server: &Server, path: &str| format!("{}{path}", server.url()).parse().unwrap();
        let registry = |name: &str, kind, path: &str, pattern: &str| Registry {
            name: name.into(),
            kind,
            url: url(&self.registries, path),
            credentials: match kind {
                RegistryKind::Pypi => Credentials::Basic { user: "reader".into(), password: Secret::new(self.token) },
                _ => Credentials::Bearer(Secret::new(self.token)),
            },
            patterns: vec![pattern.into()],
        };
        let config = Config {
            deps_dev: Some(url(&self.deps_dev, "")),
            osv: Some(url(&self.osv, "")),
            end_of_life: Some(url(&self.end_of_life, "")),
            registries: vec![
                registry("acme-npm", RegistryKind::Npm, "/npm/", "@acme/*"),
                registry("acme-pypi", RegistryKind::Pypi, "/pypi/simple", "acme-*"),
                registry("acme-cargo", RegistryKind::Cargo, "/cargo", "acme-*"),
            ],
            cache: Some(self.cache.path().join("packages.sqlite")),
            ..Config::default()
        };
        let list = self.in_use.clone();
        let in_use: InUse = Arc::new(move || list.clone());
        let now = self.now();
        let patience = Patience { attempts: 2, attempt: Duration::from_secs(5), ..Patience::default() };
        let outside = Outside { clock: Arc::new(move || now), pause: Arc::new(|_| Box::pin(async {})), jitter: Arc::new(|| 0.0), patience };
        PackagesCollector::new("packages", config, in_use, Zone::utc(), outside)
    }

    async fn collect(&self) -> Told {
        let collector = self.collector();
        let (sink, mut receiver) = Sink::new(16, CancellationToken::new());
        let memory = Memory::new();
        let now = self.now();
        let run = async move { collector.collect(now, &memory, &sink).await };
        let mut items = Vec::new();
        let listen = async {
            while let Some(item) = receiver.recv().await {
                items.push(item);
            }
        };
        let (summary, ()) = tokio::join!(run, listen);
        Told { summary, items }
    }

    /// Loses the cache.
    fn forget(&self) {
        for entry in std::fs::read_dir(self.cache.path()).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }

    fn requests(&self) -> [u64; 4] {
        let counts = [&self.deps_dev, &self.osv, &self.end_of_life, &self.registries].map(|server| server.counts().requests);
        [&self.deps_dev, &self.osv, &self.end_of_life, &self.registries].iter().for_each(|server| server.reset());
        counts
    }
}

struct Told {
    summary: Summary,
    items: Vec<Item>,
}

impl Told {
    /// Bodies by resource, facet and origin; null where the source says that it says nothing.
    fn statements(&self) -> BTreeMap<String, Value> {
        let statements = self.items.iter().filter_map(|item| match item {
            Item::Statement(said) => {
                let key = format!("{} {} {}", said.resource.id, said.facet, said.origin);
                Some((key, said.body.clone().map_or(Value::Null, Value::Object)))
            }
            _ => None,
        });
        statements.collect()
    }

    fn of(&self, id: &str, facet: Facet, origin: &str) -> Value {
        self.statements().get(&format!("{id} {facet} {origin}")).cloned().unwrap_or_else(|| json!("not stated"))
    }

    fn stated(&self) -> BTreeSet<String> {
        self.items.iter().filter_map(|item| if let Item::Statement(said) = item { Some(said.resource.id.clone()) } else { None }).collect()
    }

    fn unchanged(&self) -> Vec<String> {
        self.items.iter().filter_map(|item| if let Item::Unchanged(resource) = item { Some(resource.id.clone()) } else { None }).collect()
    }

    fn problems(&self) -> Vec<String> {
        let problems = self.items.iter().filter_map(|item| match item {
            Item::Problem(problem) => Some(format!("{} {}: {}", problem.scope, problem.path.as_deref().unwrap_or("-"), problem.message)),
            _ => None,
        });
        problems.collect()
    }

    fn is_full(&self, scope: &str) -> Option<bool> {
        self.items.iter().find_map(|item| match item {
            Item::Extent(extent) if extent.scope == scope => Some(extent.reading == Reading::Full),
            _ => None,
        })
    }
}

const SCOPES: [&str; 6] = ["deps.dev", "osv", "endoflife.date", "acme-npm", "acme-pypi", "acme-cargo"];

#[tokio::test]
async fn every_package_in_use_is_stated_once_with_what_its_registry_says() {
    let world = World::start(company(), in_use()).await;
    let told = world.collect().await;
    assert_eq!(told.problems(), Vec::<String>::new());
    assert_eq!(SCOPES.map(|scope| told.is_full(scope)), [Some(true); 6]);
    assert_eq!(told.stated().len(), 10);
    assert_eq!(told.unchanged(), ["npm/unheard-of"]);

    let general = told.of("npm/widgets", Facet::General, "deps.dev");
    assert_eq!((&general["ref"], &general["title"]), (&json!("package:npm/widgets"), &json!("widgets")));
    assert_eq!(
        told.of("npm/widgets", Facet::Package, "deps.dev"),
        json!({
            "registry": "deps.dev", "latest": "2.0.0", "licence": "MIT",
            "versions": {"1.0.0": {"at": "2024-01-01T12:00:00Z"}, "1.1.0": {"at": "2024-06-01T12:00:00Z"}, "2.0.0": {"at": "2025-01-01T12:00:00Z"}},
        })
    );
    let advisories = told.of("npm/widgets", Facet::Package, "osv");
    assert_eq!(
        advisories["advisories"]["GHSA-aaaa-0001"],
        json!({
            "summary": "Prototype pollution", "severity": "high", "score": 7.5, "at": "2025-02-01T12:00:00Z", "affected": ["1.0.0"], "fixed": ["1.1.0"]
        })
    );
    assert_eq!(advisories["advisories"]["GHSA-aaaa-0002"]["affected"], json!(["1.0.0", "2.0.0"]));
    assert_eq!(told.of("pypi/oldies", Facet::Package, "deps.dev")["latest"], "0.9");
    assert_eq!(told.of("pypi/oldies", Facet::Package, "deps.dev")["versions"]["1.0"]["deprecated"], "unmaintained");
    assert_eq!(told.of("maven/org.example:core", Facet::Package, "deps.dev")["latest"], "1.1-jre");
    assert_eq!(told.of("go/forge.example/acme/log", Facet::Package, "deps.dev")["latest"], "v1.4.0");
    assert_eq!(told.of("npm/@open/kit", Facet::Package, "deps.dev")["latest"], "0.1.0");

    let node = told.of("runtime/nodejs", Facet::Package, "endoflife.date");
    assert_eq!(
        node["cycles"]["18"],
        json!({"released": "2022-04-19T00:00:00Z", "endOfLife": "2025-04-30T00:00:00Z", "lts": true, "latest": "18.20.5"})
    );
    assert_eq!(told.of("runtime/nodejs", Facet::General, "endoflife.date")["title"], "Node.js");

    for (id, origin, has_dates) in
        [("npm/@acme/logging", "acme-npm", true), ("pypi/acme-billing", "acme-pypi", true), ("cargo/acme-metrics", "acme-cargo", false)]
    {
        let body = told.of(id, Facet::Package, origin);
        assert_eq!((&body["latest"], &body["internal"], &body["registry"]), (&json!("1.2.0"), &json!(true), &json!(origin)), "{id}");
        assert_eq!(body["versions"]["1.0.0"]["at"], if has_dates { json!("2024-03-01T12:00:00Z") } else { Value::Null }, "{id}");
    }
}

#[tokio::test]
async fn a_package_costs_one_request_a_day_and_none_after_a_restart() {
    let mut list = in_use();
    let mut company = company();
    for number in 0..1_200 {
        let name = format!("part-{number}");
        list.push(used("npm", &name, &["1.0.0", "1.1.0"]));
        company.packages.push(package(Ecosystem::Npm, &name, vec![release("1.0.0", "2024-01-01"), release("1.1.0", "2024-05-01")]));
    }
    let world = World::start(company, list).await;
    let first = world.collect().await;
    // 1,207 public packages and a batch for their licences, of two pages; 2,407 versions in three batches, two records.
    assert_eq!(world.requests(), [1_207 + 2, 3 + 2, 1, 3]);
    assert_eq!(first.summary.requests, 1_209 + 5 + 1 + 3);
    let again = world.collect().await;
    assert_eq!((world.requests(), again.summary.requests), ([0; 4], 0));
    assert_eq!(again.statements(), first.statements());

    // A day later widgets has a new version, whose licence is asked for; nothing else of what is kept for ever.
    world.pass_to("2025-06-02");
    let later = world.collect().await;
    assert_eq!(world.requests(), [1_207 + 1, 3, 1, 3]);
    assert_eq!(later.of("npm/widgets", Facet::Package, "deps.dev")["latest"], "3.0.0");
    assert_eq!(later.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn names_of_private_packages_are_told_to_their_registry_alone() {
    let world = World::start(company(), in_use()).await;
    world.collect().await;
    let mut asked: Vec<String> = Vec::new();
    for server in [&world.deps_dev, &world.osv] {
        asked.extend(server.counts().by_path.into_keys());
    }
    assert!(asked.iter().all(|path| !path.contains("acme")), "{asked:?}");
    assert_eq!(world.deps_dev.counts().requests, 7 + 1);
    let patterns_only = World::start(company(), vec![used("npm", "@acme/logging", &["1.0.0"])]).await;
    patterns_only.collect().await;
    assert_eq!(patterns_only.requests(), [0, 0, 0, 1]);
}

fn always(fault: Fault) -> Option<spot::demo::serve::Faults> {
    Some(Arc::new(move |_: &Asked<'_>| Some(fault.clone())))
}

fn on_path(part: &'static str, fault: Fault) -> Option<spot::demo::serve::Faults> {
    Some(Arc::new(move |asked: &Asked<'_>| asked.path.contains(part).then(|| fault.clone())))
}

fn status(status: u16, headers: Vec<(&'static str, String)>) -> Fault {
    Fault::Answer { status, headers, body: "{\"message\":\"no\"}".into() }
}

/// Every way in which a source fails.
fn faults() -> Vec<Fault> {
    vec![
        status(500, vec![]),
        status(503, vec![("retry-after", "3600".into())]),
        status(429, vec![("retry-after", "7200".into())]),
        status(403, vec![]),
        Fault::Broken,
        Fault::Truncated,
        Fault::Html,
        Fault::Garbage,
        Fault::Answer { status: 200, headers: vec![], body: "{}".into() },
        Fault::Answer { status: 200, headers: vec![], body: "[]".into() },
        Fault::Answer { status: 200, headers: vec![], body: "null".into() },
    ]
}

#[tokio::test]
async fn a_source_that_fails_loses_nothing_and_holds_up_no_other() {
    let world = World::start(company(), in_use()).await;
    let well = world.collect().await.statements();
    let servers: [(&Server, &[&str]); 4] = [
        (&world.deps_dev, &["deps.dev"]),
        (&world.osv, &["deps.dev", "osv"]),
        (&world.end_of_life, &["endoflife.date"]),
        (&world.registries, &["acme-npm", "acme-pypi", "acme-cargo"]),
    ];
    let mut days = 3..;
    for (server, scopes) in servers {
        for fault in faults() {
            let day = days.next().unwrap();
            world.now.store(at("2025-06-15").plus_seconds(86_400 * day).micros(), Ordering::Relaxed);
            // Without a cache, since a 304 has no body that could be cut.
            world.forget();
            server.set_faults(always(fault.clone()));
            let told = world.collect().await;
            server.set_faults(None);
            for scope in SCOPES {
                assert_eq!(told.is_full(scope), Some(!scopes.contains(&scope)), "{scope} with {fault:?}");
            }
            assert!(told.problems().iter().any(|problem| scopes.iter().any(|scope| problem.starts_with(scope))), "{fault:?}");
            assert_eq!(told.summary.failure, None, "{fault:?}");
            for (key, body) in told.statements() {
                // Nothing is withdrawn and nothing is invented.
                assert!(!body.is_null(), "{key} with {fault:?}");
                assert!(well.contains_key(&key), "{key} with {fault:?}");
            }
            assert!(told.stated().len() >= 3, "{fault:?}");
            let healed = world.collect().await;
            assert_eq!(healed.statements().len(), well.len(), "{fault:?}");
            assert_eq!(healed.problems(), Vec::<String>::new(), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn one_package_that_cannot_be_read_leaves_all_others_read() {
    let world = World::start(company(), in_use()).await;
    world.deps_dev.set_faults(on_path("/packages/widgets", Fault::Html));
    world.registries.set_faults(on_path("acme-billing", status(500, vec![])));
    let told = world.collect().await;
    assert_eq!((told.is_full("deps.dev"), told.is_full("acme-pypi"), told.is_full("acme-npm")), (Some(false), Some(false), Some(true)));
    let stated = told.stated();
    assert!(!stated.contains("npm/widgets") && !stated.contains("pypi/acme-billing") && stated.contains("cargo/gears"));
    assert_eq!(told.problems().len(), 2);
    assert!(told.problems()[0].starts_with("deps.dev npm/widgets: is not read: expected JSON, found text/html"), "{:?}", told.problems());
    // What is not read is asked again on the same day; what is read is not.
    world.deps_dev.set_faults(None);
    world.registries.set_faults(None);
    world.requests();
    assert!(world.collect().await.stated().contains("npm/widgets"));
    assert_eq!(world.requests(), [1 + 1, 0, 0, 1]);
}

#[tokio::test]
async fn a_source_that_is_down_is_given_up_soon() {
    let mut list = in_use();
    list.extend((0..500).map(|number| used("npm", &format!("part-{number}"), &["1.0.0"])));
    let world = World::start(company(), list).await;
    world.deps_dev.set_faults(always(status(500, vec![])));
    let told = world.collect().await;
    assert!(world.requests()[0] <= 2 * (5 + 8), "{:?}", world.requests());
    assert_eq!(told.problems().len(), 1, "{:?}", told.problems());
    assert!(told.problems()[0].contains("507 packages are not read"), "{:?}", told.problems());
}

#[tokio::test]
async fn advisories_stay_while_osv_cannot_be_read_and_go_when_it_says_so() {
    let mut company = company();
    company.packages[0].advisories.pop();
    let mut world = World::start(company, in_use()).await;
    world.collect().await;
    world.pass_to("2025-06-02");
    world.osv.set_faults(always(Fault::Garbage));
    let told = world.collect().await;
    assert_eq!(told.of("npm/widgets", Facet::Package, "osv"), json!("not stated"));
    assert_ne!(told.of("npm/widgets", Facet::Package, "deps.dev"), json!("not stated"));
    world.osv.set_faults(None);
    // Nobody uses the affected version any more, but something else keeps the scope from being read in full.
    world.in_use[0].versions = ["2.0.0".to_owned()].into();
    world.deps_dev.set_faults(on_path("gears", Fault::Html));
    world.pass_to("2025-06-03");
    assert_eq!(world.collect().await.of("npm/widgets", Facet::Package, "osv"), Value::Null);
}

#[tokio::test]
async fn osv_answers_in_pages_and_one_odd_question_spoils_no_other() {
    let mut company = company();
    company.packages[0].advisories = (0..7).map(|number| advisory(&format!("GHSA-aaaa-{number:04}"), None)).collect();
    let world = World::start_with_pages(company, in_use(), 2).await;
    let told = world.collect().await;
    assert_eq!(told.of("npm/widgets", Facet::Package, "osv")["advisories"].as_object().unwrap().len(), 7);
    // Both versions of widgets have four pages each, asked for together; then the records.
    assert_eq!(world.requests()[1], 4 + 7);

    // A server that refuses whatever holds a certain question: halves find it.
    let refusing = axum::Router::new().route(
        "/v1/querybatch",
        axum::routing::post(|body: String| async move {
            let asked: Value = serde_json::from_str(&body).unwrap();
            let count = asked["queries"].as_array().unwrap().len();
            if body.contains("%40open/kit") {
                return (axum::http::StatusCode::BAD_REQUEST, "{\"code\":3,\"message\":\"Invalid version.\"}".to_owned());
            }
            (axum::http::StatusCode::OK, json!({"results": vec![json!({}); count]}).to_string())
        }),
    );
    let mut world = World::start(self::company(), in_use()).await;
    world.osv = Server::start(refusing).await.unwrap();
    let told = world.collect().await;
    assert_eq!(told.problems(), ["osv pkg:npm/%40open/kit@0.1.0: is refused: answered 400: Invalid version."]);
    assert_eq!((told.is_full("deps.dev"), told.stated().len()), (Some(false), 10));
    assert!(world.osv.counts().requests < 10);
}

#[tokio::test]
async fn pages_of_osv_that_do_not_end_are_given_up() {
    let endless = axum::Router::new().route(
        "/v1/querybatch",
        axum::routing::post(|body: String| async move {
            let asked: Value = serde_json::from_str(&body).unwrap();
            let results = vec![json!({"next_page_token": "again"}); asked["queries"].as_array().unwrap().len()];
            axum::Json(json!({"results": results}))
        }),
    );
    let mut world = World::start(company(), vec![used("npm", "widgets", &["1.0.0"])]).await;
    world.osv = Server::start(endless).await.unwrap();
    let told = world.collect().await;
    assert_eq!(told.problems(), ["osv pkg:npm/widgets@1.0.0: is not read: the pages do not end"]);
    assert_eq!(world.osv.counts().requests, 2);
}

#[tokio::test]
async fn licences_come_one_by_one_when_the_batch_is_gone() {
    let world = World::start(company(), in_use()).await;
    world.deps_dev.set_faults(on_path("versionbatch", status(404, vec![])));
    let told = world.collect().await;
    assert_eq!(told.of("npm/widgets", Facet::Package, "deps.dev")["licence"], "MIT");
    assert_eq!((told.problems().len(), told.is_full("deps.dev")), (1, Some(true)));
    // A new version whose licence cannot be read has that of the one before.
    world.pass_to("2025-06-02");
    world.deps_dev.set_faults(on_path("versionbatch", status(500, vec![])));
    let told = world.collect().await;
    let widgets = told.of("npm/widgets", Facet::Package, "deps.dev");
    assert_eq!((&widgets["latest"], &widgets["licence"]), (&json!("3.0.0"), &json!("MIT")));
}

#[tokio::test]
async fn what_is_in_use_is_never_forgotten() {
    let mut world = World::start(company(), in_use()).await;
    // Asked for once, and in use ever since.
    for day in ["2025-03-01", "2025-05-01", "2025-06-01"] {
        world.pass_to(day);
        world.collect().await;
    }
    world.deps_dev.set_faults(on_path("versionbatch", status(500, vec![])));
    let licence = |told: &Told| told.of("npm/@open/kit", Facet::Package, "deps.dev")["licence"].clone();
    world.pass_to("2025-06-10");
    assert_eq!(licence(&world.collect().await), "MIT");
    world.in_use.clear();
    world.in_use.push(used("npm", "widgets", &["1.0.0"]));
    world.pass_to("2025-12-01");
    world.collect().await;
    world.in_use = in_use();
    assert_eq!(licence(&world.collect().await), Value::Null, "after half a year it is asked for again");
}

#[tokio::test]
async fn a_private_registry_that_refuses_is_named_and_asked_once() {
    let mut list = in_use();
    list.extend((0..40).map(|number| used("npm", &format!("@acme/part-{number}"), &["1.0.0"])));
    let mut world = World::start(company(), list).await;
    world.token = "expired";
    let told = world.collect().await;
    assert_eq!((told.is_full("acme-npm"), told.is_full("deps.dev")), (Some(false), Some(true)));
    let problems: Vec<String> = told.problems().into_iter().filter(|problem| problem.starts_with("acme-npm")).collect();
    assert_eq!(problems, ["acme-npm -: 41 packages are not read: answered 401: authorization required to access this package"]);
    assert!(world.requests()[3] <= 8 + 2);
    let findings = world.collector().check().await;
    let wrong: Vec<&str> = findings.iter().filter(|finding| finding.health == Health::Wrong).map(|finding| finding.what.as_str()).collect();
    assert_eq!(wrong, ["acme-npm", "acme-pypi", "acme-cargo"]);

    world.token = TOKEN;
    let told = world.collect().await;
    // 40 names fit the pattern that the registry does not know: problems, but it was read in full.
    assert_eq!((told.is_full("acme-npm"), told.problems().len(), told.unchanged().len()), (Some(true), 40, 41));
    assert!(world.collector().check().await.iter().all(|finding| finding.health == Health::Good));
    assert!(!format!("{:?}", world.collector()).contains(TOKEN));
}

#[tokio::test]
async fn while_nothing_is_in_use_nothing_is_asked_and_nothing_is_absent() {
    let world = World::start(company(), Vec::new()).await;
    let told = world.collect().await;
    assert!(told.items.is_empty());
    assert_eq!((world.requests(), told.summary), ([0; 4], Summary::default()));
}

#[tokio::test]
async fn odd_names_reach_no_other_address() {
    let odd = ["..", "../../v1/secrets", ".", "a?b#c", "%2e%2e", "é/ü", "a b", "@", "@/", ":", "-"];
    let mut list: Vec<Used> = odd.iter().map(|name| used("npm", name, &["1.0.0", "", "x", "1.0.0\u{7f}"])).collect();
    list.extend(odd.iter().map(|name| used("maven", name, &["1"])));
    list.extend(odd.iter().map(|name| used("runtime", name, &["1"])));
    list.extend(odd.iter().map(|name| used("cargo", &format!("acme-{name}"), &["1"])));
    let world = World::start(company(), list).await;
    let told = world.collect().await;
    assert!(told.stated().is_empty());
    let paths = world.deps_dev.counts().by_path;
    assert!(paths.keys().all(|path| path == "GET /v3/systems"), "{paths:?}");
    assert!(world.registries.counts().by_path.keys().all(|path| path.starts_with("GET /cargo/")));
}

/// Fails if an answer is not of the shape that its source publishes.
fn judge(contract: &str, answer: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts/packages.json");
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    schema["$ref"] = format!("#/$defs/{contract}").into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(answer).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{contract}: {errors:?}\n{answer}");
}

#[tokio::test]
async fn simulated_servers_answer_as_the_contracts_say() {
    let world = World::start(company(), in_use()).await;
    let client = reqwest::Client::new();
    let get = |url: String, accept: &'static str| {
        let client = client.clone();
        async move { client.get(url).bearer_auth(TOKEN).header("accept", accept).send().await.unwrap().text().await.unwrap() }
    };
    let json_of = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let any = "*/*";
    let deps = world.deps_dev.url();
    judge("depsPackage", &json_of(get(format!("{deps}/v3/systems/pypi/packages/oldies"), any).await));
    judge("depsPackage", &json_of(get(format!("{deps}/v3/systems/MAVEN/packages/org.example%3Acore"), any).await));
    judge("depsVersion", &json_of(get(format!("{deps}/v3/systems/npm/packages/widgets/versions/1.0.0"), any).await));
    let key = |name: &str| json!({"versionKey": {"system": "NPM", "name": name, "version": "1.0.0"}});
    let post = |url: String, body: Value| {
        let client = client.clone();
        async move {
            let answer = client.post(url).body(body.to_string()).send().await.unwrap();
            (answer.status().as_u16(), serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap())
        }
    };
    let (_, batch) = post(format!("{deps}/v3alpha/versionbatch"), json!({"requests": [key("widgets"), key("unheard-of")]})).await;
    judge("depsVersionBatch", &batch);
    assert_eq!((batch["responses"].as_array().unwrap().len(), batch["responses"][1].get("version")), (2, None));

    let osv = world.osv.url();
    let query = json!({"package": {"purl": "pkg:npm/widgets@1.0.0"}});
    let (_, answer) = post(
        format!("{osv}/v1/querybatch"),
        json!({"queries": [query, {"package": {"name": "gears", "ecosystem": "Go"}, "version": "1"}]}),
    )
    .await;
    judge("osvBatch", &answer);
    let twice = json!({"queries": [{"package": {"purl": "pkg:npm/widgets@1.0.0"}, "version": "1.0.0"}]});
    assert_eq!(post(format!("{osv}/v1/querybatch"), twice).await.0, 400);
    assert_eq!(post(format!("{osv}/v1/querybatch"), json!({"queries": vec![query.clone(); 1_001]})).await.0, 400);
    judge("osvRecord", &json_of(get(format!("{osv}/v1/vulns/GHSA-aaaa-0001"), any).await));

    judge("endOfLife", &json_of(get(format!("{}/api/v1/products/full", world.end_of_life.url()), any).await));
    assert!(get(format!("{}/api/v1/products/none", world.end_of_life.url()), any).await.starts_with("<!DOCTYPE"));

    let own = world.registries.url();
    judge("packument", &json_of(get(format!("{own}/npm/@acme%2flogging"), any).await));
    judge("simpleProject", &json_of(get(format!("{own}/pypi/simple/acme-billing/"), "application/vnd.pypi.simple.v1+json").await));
    for line in get(format!("{own}/cargo/ac/me/acme-metrics"), any).await.lines() {
        judge("indexLine", &json_of(line.to_owned()));
    }
    assert!(get(format!("{own}/pypi/simple/acme-billing/"), "text/html").await.contains("acme_billing-1.0.0-py3-none-any.whl</a>"));
}
