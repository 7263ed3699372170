//! Companies for tests, the simulated server over them, and runs of the collector against it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use spot::collect::github::{Config, Credentials, GitHubCollector};
use spot::collect::http::{Outside, Patience, Secret};
use spot::collect::{Collector, Item, Memory, Sink, Summary};
use spot::demo::company::{Commit, Company, Content, FileChange, Membership, Permission, Person, Repository, Tag, Team, Timed, Visibility};
use spot::demo::github::{GitHub, Options, Token};
use spot::demo::serve::{Asked, Fault, Server};
use spot::model::{Instant, Statement, Zone};
use tower::ServiceExt;

pub(crate) const SECRET: &str = "ghp_of_a_test";

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn ever() -> Range<Instant> {
    at("2025-01-01T00:00:00Z")..Instant::MAX
}

pub(crate) fn write(path: &str, content: impl AsRef<[u8]>) -> FileChange {
    let bytes: Arc<[u8]> = content.as_ref().into();
    FileChange { path: path.to_owned(), content: Some(Content::made_by(move || bytes.to_vec())) }
}

pub(crate) fn remove(path: &str) -> FileChange {
    FileChange { path: path.to_owned(), content: None }
}

pub(crate) fn commit(when: &str, changes: Vec<FileChange>) -> Commit {
    Commit { at: at(when), author: 0, message: format!("At {when}"), changes }
}

pub(crate) fn tag(name: &str, when: &str, commit: usize) -> Tag {
    Tag { name: name.to_owned(), at: at(when), commit, released: false }
}

pub(crate) fn repository(id: u64, name: &str, commits: Vec<Commit>) -> Repository {
    Repository {
        id,
        name: Timed::always(name.to_owned()),
        description: Timed::always(format!("All about {name}")),
        visibility: Timed::always(Visibility::Internal),
        archived: Timed::always(false),
        topics: Timed::always(vec!["money".to_owned()]),
        properties: Timed::always(BTreeMap::from([("tier".to_owned(), "1".to_owned())])),
        teams: Timed::always(vec![(1, Permission::Admin)]),
        is_fork: false,
        default_branch: "main".to_owned(),
        exists: ever(),
        commits,
        tags: Vec::new(),
    }
}

pub(crate) fn descriptor(name: &str, owner: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n"
    )
}

fn person(id: u64, login: &str, name: &str) -> Person {
    Person { id, login: login.to_owned(), name: name.to_owned(), email: format!("{login}@acme.example"), employed: ever() }
}

pub(crate) fn team(id: u64, slug: &str, parent: Option<usize>, members: &[usize]) -> Team {
    Team {
        id,
        slug: Timed::always(slug.to_owned()),
        name: Timed::always(slug.to_uppercase()),
        description: format!("Those of {slug}"),
        parent: Timed::always(parent),
        members: members.iter().map(|person| Membership { person: *person, during: ever(), maintainer: false }).collect(),
        exists: ever(),
    }
}

pub(crate) fn company(repositories: Vec<Repository>) -> Company {
    Company {
        login: "acme".to_owned(),
        name: "Acme".to_owned(),
        history: at("2025-01-01T00:00:00Z")..at("2027-01-01T00:00:00Z"),
        people: vec![person(1, "ada", "Ada Moreau"), person(2, "bo", "Bo Lindqvist"), person(3, "cy", "Cy Okafor")],
        teams: vec![team(11, "finance", None, &[2]), team(12, "payments", Some(0), &[0, 1])],
        repositories,
        projects: Vec::new(),
        packages: Vec::new(),
        products: Vec::new(),
        delivery: Default::default(),
        trouble: Default::default(),
        mesh: Default::default(),
        wiki: Default::default(),
    }
}

/// A company of few repositories, each with something of its own.
pub(crate) fn small() -> Company {
    let mut ledger = repository(
        101,
        "ledger",
        vec![
            commit(
                "2026-01-02T10:00:00Z",
                vec![write("README.md", "# Ledger\n\nKeeps the books.\n"), write("src/main.rs", "fn main() {}\n")],
            ),
            commit(
                "2026-02-01T10:00:00Z",
                vec![
                    write(".github/CODEOWNERS", "* @acme/payments\n/web @acme/finance\n"),
                    write("catalog-info.yaml", descriptor("ledger", "payments")),
                    write("web/catalog-info.yaml", descriptor("ledger-web", "group:finance")),
                    write("web/package.json", r#"{"name":"ledger-web","dependencies":{"left-pad":"^1.3.0"}}"#),
                    write(
                        "web/package-lock.json",
                        r#"{"name":"ledger-web","lockfileVersion":3,"packages":{"":{"dependencies":{"left-pad":"^1.3.0"}},"node_modules/left-pad":{"version":"1.3.0"}}}"#,
                    ),
                    write("docs/how.md", "# How it works\n"),
                    write("api/openapi.yaml", "openapi: 3.1.0\ninfo:\n  title: Ledger\n"),
                ],
            ),
            commit("2026-03-01T10:00:00Z", vec![write("LICENSE", "MIT License\n"), write("docs/how.md", "# How it really works\n")]),
        ],
    );
    ledger.tags =
        vec![tag("v0.1.0", "2026-01-03T00:00:00Z", 0), tag("v1.0.0", "2026-03-02T00:00:00Z", 2), tag("nightly", "2026-03-03T00:00:00Z", 2)];
    ledger.properties = Timed::always(BTreeMap::from([("tier".to_owned(), "1".to_owned()), ("owner".to_owned(), "PAYMENTS".to_owned())]));
    let flat = repository(
        102,
        "flat",
        vec![commit("2026-01-05T10:00:00Z", vec![write("go.mod", "module flat\n\nrequire example.org/x v1.2.3\n")])],
    );
    let empty = repository(103, "empty", Vec::new());
    company(vec![ledger, flat, empty])
}

/// A simulated server with a clock, and a collector with a folder and a memory.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) now: Arc<Mutex<Instant>>,
    pub(crate) paused: Arc<Mutex<Vec<Duration>>>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) config: Config,
    pub(crate) memory: Memory,
}

pub(crate) fn options() -> Options {
    Options { tokens: vec![Token::classic(SECRET, "spot-reader")], ..Options::default() }
}

/// What a run put.
pub(crate) struct Told {
    pub(crate) items: Vec<Item>,
    pub(crate) summary: Summary,
}

impl World {
    pub(crate) async fn new(company: Company, now: &str) -> Self {
        Self::with(company, options(), now).await
    }

    pub(crate) async fn with(company: Company, options: Options, now: &str) -> Self {
        let now = Arc::new(Mutex::new(at(now)));
        let clock = {
            let now = Arc::clone(&now);
            Arc::new(move || *now.lock())
        };
        let github = GitHub::new(Arc::new(company), clock, options);
        let server = Server::start(github.router()).await.unwrap();
        Self::around(server, now)
    }

    /// A server between, which changes answers of GraphQL as this decides, given the question.
    pub(crate) async fn meddled(
        company: Company,
        options: Options,
        now: &str,
        meddle: impl Fn(&Value, &mut Value) + Send + Sync + 'static,
    ) -> Self {
        let now = Arc::new(Mutex::new(at(now)));
        let clock = {
            let now = Arc::clone(&now);
            Arc::new(move || *now.lock())
        };
        let github = GitHub::new(Arc::new(company), clock, options);
        let (router, meddle) = (github.router(), Arc::new(meddle));
        let between = axum::Router::new().fallback(move |request: axum::extract::Request| {
            let (router, meddle) = (router.clone(), Arc::clone(&meddle));
            async move {
                let (parts, body) = request.into_parts();
                let asked = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let is_graphql = parts.uri.path().ends_with("/graphql");
                let question: Value = serde_json::from_slice(&asked).unwrap_or_default();
                let response = router.oneshot(axum::extract::Request::from_parts(parts, axum::body::Body::from(asked))).await.unwrap();
                if !is_graphql {
                    return response;
                }
                let (mut parts, body) = response.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let mut answer: Value = serde_json::from_slice(&body).unwrap();
                meddle(&question, &mut answer);
                parts.headers.remove("content-length");
                axum::response::Response::from_parts(parts, axum::body::Body::from(answer.to_string()))
            }
        });
        Self::around(Server::start(between).await.unwrap(), now)
    }

    pub(crate) fn around(server: Server, now: Arc<Mutex<Instant>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::for_host("github.example").unwrap();
        config.api = format!("{}/api/v3", server.url()).parse().unwrap();
        config.graphql = format!("{}/api/graphql", server.url()).parse().unwrap();
        config.web = server.url().parse().unwrap();
        config.organisations = vec!["acme".to_owned()];
        config.credentials = Credentials::Token(Secret::new(SECRET));
        config.cache = folder.path().join("cache/github.sqlite");
        config.clones = folder.path().join("clones");
        // Asked for only where that is what is tried.
        config.pipeline_runs = false;
        Self { server, now, paused: Arc::default(), folder, config, memory: Memory::new() }
    }

    pub(crate) fn set(&self, now: &str) {
        *self.now.lock() = at(now);
    }

    pub(crate) fn later(&self, seconds: i64) {
        let mut now = self.now.lock();
        *now = now.plus_seconds(seconds);
    }

    pub(crate) fn collector(&self) -> GitHubCollector {
        GitHubCollector::new("github", self.config.clone(), Zone::utc(), self.outside())
    }

    /// Waiting moves the clock.
    pub(crate) fn outside(&self) -> Outside {
        let (now, paused, clock) = (Arc::clone(&self.now), Arc::clone(&self.paused), Arc::clone(&self.now));
        let pause = move |duration: Duration| -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
            paused.lock().push(duration);
            let mut now = now.lock();
            *now = now.plus_micros(i64::try_from(duration.as_micros()).unwrap());
            Box::pin(std::future::ready(()))
        };
        Outside { clock: Arc::new(move || *clock.lock()), pause: Arc::new(pause), jitter: Arc::new(|| 0.0), patience: Patience::default() }
    }

    /// A run by a collector that remembers nothing but what is on disk.
    pub(crate) async fn collect(&mut self) -> Told {
        self.run(&self.collector()).await
    }

    /// A run by this collector.
    pub(crate) async fn run(&mut self, collector: &dyn Collector) -> Told {
        let now = *self.now.lock();
        let before = self.memory.clone();
        let (sink, items) = Sink::new(8, CancellationToken::new());
        let (summary, items) = tokio::join!(
            async {
                let summary = collector.collect(now, &before, &sink).await;
                drop(sink);
                summary
            },
            all(items)
        );
        remember(&mut self.memory, &items);
        Told { items, summary }
    }

    /// A backfill, up to and with the `stop`th stretch.
    pub(crate) async fn backfill(&mut self, from: &str, to: &str, stop: usize) -> Told {
        self.fill(&self.collector(), at(from)..at(to), stop).await
    }

    /// A backfill by this collector.
    pub(crate) async fn fill(&mut self, collector: &dyn Collector, range: Range<Instant>, stop: usize) -> Told {
        let before = self.memory.clone();
        let cancel = CancellationToken::new();
        let (sink, mut items) = Sink::new(1, cancel.clone());
        let (summary, items) = tokio::join!(
            async {
                let summary = collector.backfill(range, &before, &sink).await;
                drop(sink);
                summary
            },
            async {
                let mut taken = Vec::new();
                let mut filled = 0;
                while let Some(item) = items.recv().await {
                    filled += usize::from(matches!(item, Item::Filled { .. }));
                    taken.push(item);
                    if filled == stop {
                        cancel.cancel();
                        items.close();
                        break;
                    }
                }
                taken
            }
        );
        remember(&mut self.memory, &items);
        Told { items, summary }
    }

    /// From now on requests go wrong as this decides.
    pub(crate) fn faults(&self, decide: impl Fn(&Asked<'_>) -> Option<Fault> + Send + Sync + 'static) {
        self.server.set_faults(Some(Arc::new(decide)));
    }

    /// The first `count` requests to paths that end so go wrong.
    pub(crate) fn fail_first(&self, end: &'static str, count: usize, fault: Fault) {
        let left = Mutex::new(count);
        self.faults(move |asked| {
            let mut left = left.lock();
            if *left == 0 || !asked.path.ends_with(end) {
                return None;
            }
            *left -= 1;
            Some(fault.clone())
        });
    }

    /// GraphQL and REST requests since the last time.
    pub(crate) fn asked(&self) -> (u64, u64) {
        let counts = self.server.counts();
        self.server.reset();
        let graphql = counts.by_path.iter().filter(|(path, _)| path.ends_with("/api/graphql")).map(|(_, count)| count).sum();
        (graphql, counts.requests - graphql)
    }
}

async fn all(mut items: tokio::sync::mpsc::Receiver<Item>) -> Vec<Item> {
    let mut all = Vec::new();
    while let Some(item) = items.recv().await {
        all.push(item);
    }
    all
}

pub(crate) fn remember(memory: &mut Memory, items: &[Item]) {
    for item in items {
        if let Item::Remember { key, value } = item {
            if value.is_null() {
                memory.remove(key);
            } else {
                memory.insert(key.clone(), value.clone());
            }
        }
    }
}

pub(crate) fn answer(status: u16, headers: &[(&'static str, &str)], body: Value) -> Fault {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Fault::Answer { status, headers, body: body.to_string() }
}

impl Told {
    pub(crate) fn statements(&self) -> Vec<&Statement> {
        fn of(item: &Item) -> Option<&Statement> {
            match item {
                Item::Statement(statement) => Some(statement),
                _ => None,
            }
        }
        self.items.iter().filter_map(of).collect()
    }

    /// The body of one stream.
    pub(crate) fn body(&self, resource: &str, stream: &str) -> Option<Value> {
        let mut found =
            self.statements().into_iter().filter(|it| it.resource.id == resource && format!("{}/{}", it.facet, it.origin) == stream);
        found.next_back().and_then(|statement| statement.body.clone()).map(Value::Object)
    }

    pub(crate) fn stated(&self) -> BTreeSet<String> {
        self.statements().into_iter().map(|statement| statement.resource.id.clone()).collect()
    }

    pub(crate) fn unchanged(&self) -> Vec<String> {
        let of = |item: &Item| match item {
            Item::Unchanged(resource) => Some(resource.id.clone()),
            _ => None,
        };
        self.items.iter().filter_map(of).collect()
    }

    pub(crate) fn extents(&self) -> Vec<String> {
        let of = |item: &Item| match item {
            Item::Extent(extent) => {
                let kind = extent.kind.map(|kind| format!(" {kind}")).unwrap_or_default();
                let counted = extent.counted.map(|counted| format!(" {counted}")).unwrap_or_default();
                let evidence = if extent.evidence.is_some() && extent.kind.is_some() { " proven" } else { "" };
                Some(format!("{}{kind} {:?}{counted}{evidence}", extent.scope, extent.reading))
            }
            _ => None,
        };
        self.items.iter().filter_map(of).collect()
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        let of = |item: &Item| match item {
            Item::Problem(problem) => Some(format!("{}: {}", problem.scope, problem.message)),
            _ => None,
        };
        self.items.iter().filter_map(of).collect()
    }

    pub(crate) fn renamed(&self) -> BTreeSet<String> {
        let of = |item: &Item| match item {
            Item::Renamed { from, to, .. } => Some(format!("{} -> {}", from.id, to.id)),
            _ => None,
        };
        self.items.iter().filter_map(of).collect()
    }
}

/// The name of a question's operation.
pub(crate) fn operation(question: &Value) -> &str {
    let query = question["query"].as_str().unwrap_or_default();
    let (_, rest) = query.split_once("query ").unwrap_or_default();
    rest.split(['(', ' ', '{']).next().unwrap_or_default()
}

/// Runs git where whoever runs the tests has set nothing; what it printed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
