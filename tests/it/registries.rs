//! Private registries as they really are: Verdaccio and pypiserver, filled by the clients that people use.
//!
//! `tests/tools/registries.sh` installs them; without them the tests say that they were skipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use spot::collect::http::{Outside, Patience, Secret};
use spot::collect::packages::{Config, Credentials, PackagesCollector, Registry, RegistryKind, Used, client_config};
use spot::collect::{Collector, Health, Item, Memory, Sink};
use spot::model::run::Reading;
use spot::model::{Facet, Instant, Zone};
use tokio_util::sync::CancellationToken;

use crate::support::running::{self, Running, free_port};

const PASSWORD: &str = "devpass123";

/// Where a tool is; nothing, loudly, if it is not installed.
fn installed(path: &str) -> Option<PathBuf> {
    running::installed("registries", path)
}

fn verdaccio(folder: &Path) -> Option<Running> {
    let program = installed("node_modules/verdaccio/bin/verdaccio")?;
    let config = folder.join("config.yaml");
    std::fs::write(
        &config,
        "storage: ./storage\nauth: {htpasswd: {file: ./htpasswd}}\nuplinks: {}\nlog: {type: stdout, format: pretty, level: info}\n\
         packages:\n  '@acme/*': {access: $authenticated, publish: $authenticated}\n  '**': {access: $all, publish: $authenticated}\n",
    )
    .unwrap();
    let port = free_port();
    let mut command = Command::new("node");
    command.arg(program).args(["--listen", &format!("127.0.0.1:{port}"), "--config"]).arg(&config).current_dir(folder).env("HOME", folder);
    Some(Running::start(&mut command, port, "http address"))
}

/// Runs npm as a person does, with an `.npmrc` beside the package.
fn npm(folder: &Path, home: &Path, arguments: &[&str]) {
    let output = Command::new("npm")
        .args(arguments)
        .args(["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"])
        .current_dir(folder)
        .env("HOME", home)
        .env("npm_config_cache", home.join("cache"))
        .output()
        .unwrap();
    assert!(output.status.success(), "npm {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn used(ecosystem: &str, name: &str, versions: &[&str]) -> Used {
    Used { ecosystem: ecosystem.into(), name: name.into(), versions: versions.iter().map(|version| (*version).to_owned()).collect() }
}

fn collector(registries: Vec<Registry>, in_use: Vec<Used>, cache: &Path) -> PackagesCollector {
    let config = Config { deps_dev: None, osv: None, end_of_life: None, registries, cache: Some(cache.to_owned()), ..Config::default() };
    let outside = Outside {
        clock: Arc::new(|| Instant::MIN),
        pause: Arc::new(|_| Box::pin(async {})),
        jitter: Arc::new(|| 0.0),
        patience: Patience { attempts: 2, ..Patience::default() },
    };
    PackagesCollector::new("packages", config, Arc::new(move || in_use.clone()), Zone::utc(), outside)
}

/// Everything that one run says, with the number of its requests.
async fn collect(collector: &PackagesCollector, day: &str) -> (Vec<Item>, u64) {
    let (sink, mut receiver) = Sink::new(8, CancellationToken::new());
    let now: Instant = format!("{day}T12:00:00Z").parse().unwrap();
    let memory = Memory::new();
    let run = async move { collector.collect(now, &memory, &sink).await.requests };
    let mut items = Vec::new();
    let listen = async {
        while let Some(item) = receiver.recv().await {
            items.push(item);
        }
    };
    let (requests, ()) = tokio::join!(run, listen);
    (items, requests)
}

fn body(items: &[Item], id: &str) -> Value {
    let found = items.iter().find_map(|item| match item {
        Item::Statement(said) if said.resource.id == id && said.facet == Facet::Package => said.body.clone(),
        _ => None,
    });
    found.map_or(Value::Null, Value::Object)
}

fn problems(items: &[Item]) -> Vec<String> {
    items.iter().filter_map(|item| if let Item::Problem(problem) = item { Some(problem.message.clone()) } else { None }).collect()
}

fn is_full(items: &[Item]) -> bool {
    items.iter().all(|item| !matches!(item, Item::Extent(extent) if extent.reading != Reading::Full))
}

#[tokio::test]
async fn verdaccio_tells_versions_dates_and_deprecations_to_who_has_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = verdaccio(folder.path()) else { return };
    let client = reqwest::Client::new();
    let user = json!({ "name": "dev", "password": PASSWORD }).to_string();
    let answer = client
        .put(format!("{}/-/user/org.couchdb.user:dev", server.url))
        .header("content-type", "application/json")
        .body(user)
        .send()
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let address = server.url.trim_start_matches("http:");
    let npmrc = format!("@acme:registry={0}/\nregistry={0}/\n{address}/:_authToken={1}\n", server.url, answer["token"].as_str().unwrap());
    for (name, version) in [("logging", "1.0.0"), ("logging", "1.1.0"), ("logging", "2.0.0-rc.1"), ("ui-kit", "3.0.0")] {
        let package = folder.path().join(format!("{name}-{version}"));
        std::fs::create_dir(&package).unwrap();
        let manifest = json!({ "name": format!("@acme/{name}"), "version": version, "license": "Apache-2.0" });
        std::fs::write(package.join("package.json"), manifest.to_string()).unwrap();
        std::fs::write(package.join(".npmrc"), &npmrc).unwrap();
        let tag = if version.contains('-') { "next" } else { "latest" };
        npm(&package, folder.path(), &["publish", "--tag", tag]);
    }
    let package = folder.path().join("logging-1.0.0");
    npm(&package, folder.path(), &["deprecate", "@acme/logging@1.0.0", "use 1.1"]);

    let cache = folder.path().join("cache.sqlite");
    let in_use = vec![used("npm", "@acme/logging", &["1.0.0"]), used("npm", "@acme/ui-kit", &["3.0.0"])];
    let registries = client_config::npmrc(&npmrc, &|_| None);
    assert_eq!(registries[0].patterns, ["@acme/*"]);
    let known = collector(registries.clone(), in_use.clone(), &cache);
    let (items, requests) = collect(&known, "2026-03-01").await;
    assert_eq!((problems(&items), is_full(&items), requests), (vec![], true, 2));
    let logging = body(&items, "npm/@acme/logging");
    assert_eq!((&logging["latest"], &logging["licence"], &logging["internal"]), (&json!("1.1.0"), &json!("Apache-2.0"), &json!(true)));
    assert_eq!(logging["versions"]["1.0.0"]["deprecated"], "use 1.1");
    let dated = logging["versions"].as_object().unwrap().values().all(|version| version["at"].as_str().unwrap().parse::<Instant>().is_ok());
    assert!(dated && logging["versions"].get("2.0.0-rc.1").is_none());
    assert_eq!(body(&items, "npm/@acme/ui-kit")["latest"], "3.0.0");

    // The same day again costs nothing; the next day the registry says that nothing is new.
    assert_eq!(collect(&collector(registries.clone(), in_use.clone(), &cache), "2026-03-01").await.1, 0);
    let (again, requests) = collect(&collector(registries.clone(), in_use.clone(), &cache), "2026-03-02").await;
    assert_eq!((body(&again, "npm/@acme/logging"), requests), (logging, 2));
    assert_eq!(known.check().await.iter().filter(|finding| finding.health == Health::Good).count(), 1);

    let anonymous = Registry { credentials: Credentials::None, ..registries[0].clone() };
    let stranger = collector(vec![anonymous], in_use, &folder.path().join("other.sqlite"));
    let (items, _) = collect(&stranger, "2026-03-01").await;
    assert!(!is_full(&items) && body(&items, "npm/@acme/logging").is_null());
    assert!(problems(&items)[0].starts_with("2 packages are not read: answered 401"), "{:?}", problems(&items));
    let findings = stranger.check().await;
    let wrong: Vec<&str> =
        findings.iter().filter(|finding| finding.health == Health::Wrong).map(|finding| finding.detail.as_str()).collect();
    assert_eq!(wrong, ["answered 401: it wants credentials, and none are configured"]);

    let absent = collector(registries, vec![used("npm", "@acme/unheard-of", &["1.0.0"])], &folder.path().join("third.sqlite"));
    let (items, _) = collect(&absent, "2026-03-01").await;
    assert_eq!((problems(&items), is_full(&items)), (vec!["is in use, but the registry does not know it".to_owned()], true));
}

#[tokio::test]
async fn pypiserver_tells_versions_without_dates_to_who_has_a_password() {
    use base64::Engine as _;
    use sha1::Digest as _;
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = installed("python/bin/pypi-server") else { return };
    let packages = folder.path().join("packages");
    std::fs::create_dir(&packages).unwrap();
    for file in [
        "acme_billing-1.0.0-py3-none-any.whl",
        "acme-billing-1.0.0.tar.gz",
        "acme_billing-1.2.0-py3-none-any.whl",
        "acme-billing-2.0rc1.zip",
    ] {
        std::fs::write(packages.join(file), b"").unwrap();
    }
    let hash = base64::engine::general_purpose::STANDARD.encode(sha1::Sha1::digest(PASSWORD.as_bytes()));
    let passwords = folder.path().join("htpasswd");
    std::fs::write(&passwords, format!("dev:{{SHA}}{hash}\n")).unwrap();
    let port = free_port();
    let mut command = Command::new(program);
    command
        .args(["run", "-v", "-i", "127.0.0.1", "-p", &port.to_string(), "-a", "update,download,list", "-P"])
        .arg(&passwords)
        .arg(&packages);
    let server = Running::start(&mut command, port, "Listening on");

    let registry = Registry {
        name: "acme-pypi".into(),
        kind: RegistryKind::Pypi,
        url: format!("{}/simple/", server.url).parse().unwrap(),
        credentials: Credentials::Basic { user: "dev".into(), password: Secret::new(PASSWORD) },
        patterns: vec!["acme-*".into()],
    };
    let in_use = vec![used("pypi", "acme-billing", &["1.0.0"])];
    let cache = folder.path().join("cache.sqlite");
    let known = collector(vec![registry.clone()], in_use.clone(), &cache);
    let (items, requests) = collect(&known, "2026-03-01").await;
    assert_eq!((problems(&items), is_full(&items)), (vec![], true));
    // The page, and whether there is more beside it.
    assert_eq!(requests, 2);
    assert_eq!(
        body(&items, "pypi/acme-billing"),
        json!({ "registry": "acme-pypi", "internal": true, "latest": "1.2.0", "versions": { "1.0.0": {}, "1.2.0": {} } })
    );
    assert_eq!(collect(&known, "2026-03-01").await.1, 0);

    let anonymous = Registry { credentials: Credentials::None, ..registry.clone() };
    let (items, _) = collect(&collector(vec![anonymous], in_use, &folder.path().join("other.sqlite")), "2026-03-01").await;
    assert!(!is_full(&items) && problems(&items)[0].starts_with("1 packages are not read: answered 401"), "{:?}", problems(&items));

    let absent = collector(vec![registry], vec![used("pypi", "acme-unheard-of", &["1.0.0"])], &folder.path().join("third.sqlite"));
    let (items, _) = collect(&absent, "2026-03-01").await;
    assert_eq!(problems(&items), ["is in use, but the registry does not know it"]);
}
