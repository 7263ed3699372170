//! What spot asks of GitHub, and what the simulated GitHub answers, is what GitHub publishes.
//!
//! The judging is done by `tests/contracts/check.mjs`, with GitHub's own schema and descriptions from npm.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use octocrab::jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use spot::demo::company::delivery::{Delivery, Outcome, Trigger, Workflow, WorkflowRun};
use spot::demo::company::{Commit, Company, Content, FileChange, Membership, Permission, Person, Repository, Tag, Team, Timed, Visibility};
use spot::demo::github::{App, GitHub, Options, Rate, Token};
use spot::demo::serve::Server;
use spot::model::Instant;

use crate::support::package;

const NOW: &str = "2026-05-15T12:00:00Z";
const SECRET: &str = "ghp_contracts";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn repository(id: u64, name: &str, visibility: Visibility) -> Repository {
    let write = |path: &str, text: &str| FileChange { path: path.to_owned(), content: Some(Content::text(text)) };
    let commit = |when: &str, message: &str, changes| Commit { at: at(when), author: 0, message: message.to_owned(), changes };
    Repository {
        id,
        name: Timed::steps(vec![(Instant::MIN, format!("old-{name}")), (at("2026-02-01T00:00:00Z"), name.to_owned())]),
        description: Timed::always(format!("The {name} service")),
        visibility: Timed::always(visibility),
        archived: Timed::always(false),
        topics: Timed::always(vec!["payments".to_owned()]),
        properties: Timed::always(BTreeMap::from([("tier".to_owned(), "1".to_owned())])),
        teams: Timed::always(vec![(1, Permission::Write)]),
        is_fork: false,
        default_branch: "main".to_owned(),
        exists: at("2025-01-01T00:00:00Z")..Instant::MAX,
        commits: vec![
            commit("2026-01-02T10:00:00Z", "Begin", vec![write("README.md", "# It\n"), write("src/main.rs", "fn main() {}\n")]),
            commit("2026-03-01T10:00:00Z", "Own", vec![write("CODEOWNERS", "* @acme/payments\n***/x @acme/payments\n/y @acme/gone\n")]),
            commit("2026-03-02T10:00:00Z", "License", vec![write("LICENSE", "MIT License\n")]),
        ],
        tags: vec![Tag { name: "v1.0.0".to_owned(), at: at("2026-03-02T00:00:00Z"), commit: 1, released: true }],
    }
}

fn run(outcome: Outcome, number: u32) -> WorkflowRun {
    WorkflowRun {
        id: 16_900_000_000 + u64::from(number),
        created: at("2026-03-02T10:00:00Z"),
        repository: 0,
        commit: 1,
        by: 0,
        number,
        waited: 5,
        took: 90,
        attempt: 2,
        workflow: Workflow::Ci,
        trigger: Trigger::Push,
        outcome,
    }
}

fn company() -> Company {
    let ever = at("2025-01-01T00:00:00Z")..Instant::MAX;
    let team = |id: u64, slug: &str, parent: Option<usize>| Team {
        id,
        slug: Timed::always(slug.to_owned()),
        name: Timed::always(slug.to_owned()),
        description: String::new(),
        parent: Timed::always(parent),
        members: vec![Membership { person: 0, during: ever.clone(), maintainer: true }],
        exists: ever.clone(),
    };
    let mut empty = repository(103, "empty", Visibility::Internal);
    empty.commits.clear();
    empty.tags.clear();
    Company {
        login: "acme".to_owned(),
        name: "Acme".to_owned(),
        history: at("2025-01-01T00:00:00Z")..at("2027-01-01T00:00:00Z"),
        people: vec![Person {
            id: 1,
            login: "ada".to_owned(),
            name: "Ada Moreau".to_owned(),
            email: "ada@acme.example".to_owned(),
            employed: ever.clone(),
        }],
        teams: vec![team(11, "finance", None), team(12, "payments", Some(0))],
        repositories: vec![
            repository(101, "ledger", Visibility::Internal),
            repository(102, "site", Visibility::Public),
            empty,
            repository(104, "vault", Visibility::Private),
        ],
        projects: Vec::new(),
        packages: Vec::new(),
        products: Vec::new(),
        delivery: Delivery::new(Default::default(), Vec::new(), Vec::new(), vec![run(Outcome::Success, 2), run(Outcome::Failure, 9)]),
        trouble: Default::default(),
        mesh: Default::default(),
        wiki: Default::default(),
    }
}

/// Asks, and writes down what was asked and answered.
struct Recorder {
    client: reqwest::Client,
    url: String,
    lines: String,
}

impl Recorder {
    async fn ask(&mut self, method: &str, path: &str, secret: &str, headers: &[(&str, &str)], request: Value) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = format!("/api/v3{path}");
        let mut asking = self.client.request(method.parse().unwrap(), format!("{}{path}?{query}", self.url)).bearer_auth(secret);
        for (name, value) in headers {
            asking = asking.header(*name, *value);
        }
        if !request.is_null() {
            asking = asking.json(&request);
        }
        let answer = asking.send().await.unwrap();
        let status = answer.status().as_u16();
        let is_json = answer.headers().get("content-type").is_some_and(|kind| kind.to_str().unwrap().starts_with("application/json"));
        let bytes = answer.bytes().await.unwrap();
        let mut line = json!({"method": method, "path": path, "query": query, "request": request, "status": status});
        let body: Value = if is_json && !bytes.is_empty() { serde_json::from_slice(&bytes).unwrap() } else { Value::Null };
        if is_json && !bytes.is_empty() {
            line["body"] = body.clone();
        }
        self.lines.push_str(&line.to_string());
        self.lines.push('\n');
        (status, body)
    }

    async fn get(&mut self, path: &str) -> Value {
        self.ask("GET", path, SECRET, &[], Value::Null).await.1
    }
}

/// A key pair made by openssl, or none where there is no such program.
fn key_pair(folder: &Path) -> Option<(Vec<u8>, String)> {
    let private = folder.join("key.pem");
    let made = Command::new("openssl").args(["genrsa", "-out"]).arg(&private).arg("2048").output().ok()?;
    let public = Command::new("openssl").args(["rsa", "-pubout", "-in"]).arg(&private).output().ok()?;
    (made.status.success() && public.status.success())
        .then(|| (std::fs::read(&private).unwrap(), String::from_utf8(public.stdout).unwrap()))
}

#[tokio::test]
async fn the_simulated_github_and_all_documents_keep_to_what_github_publishes() {
    let contracts = package().join("tests/contracts");
    if !contracts.join("node_modules/@octokit/openapi").is_dir() {
        eprintln!("SKIPPED: GitHub's contracts are not installed; run `npm ci` in tests/contracts");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let keys = key_pair(folder.path());
    if keys.is_none() {
        eprintln!("SKIPPED in part: openssl is not installed, so nobody can sign in as a GitHub App");
    }
    let permissions = ["metadata", "contents", "members", "organization_custom_properties"];
    let app = keys.as_ref().map(|(_, public_key)| App {
        id: 77,
        slug: "spot".to_owned(),
        installation: 5,
        public_key: public_key.clone(),
        permissions: permissions.map(|name| (name.to_owned(), "read".to_owned())).into(),
        repositories: Some(BTreeSet::from([101, 104])),
    });
    let options = Options {
        tokens: vec![Token::classic(SECRET, "ada")],
        apps: app.into_iter().collect(),
        rate: Some(Rate { points: 5000, requests: 5000 }),
        ..Options::default()
    };
    let github = GitHub::new(Arc::new(company()), Arc::new(|| at(NOW)), options);
    let server = Server::start(github.router()).await.unwrap();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut recorder = Recorder { client, url: server.url(), lines: String::new() };

    for path in [
        "/rate_limit",
        "/user",
        "/meta",
        "/orgs/acme",
        "/orgs/nobody",
        "/orgs/acme/repos?per_page=2&type=all&sort=full_name&direction=asc",
        "/organizations/9400001/repos?per_page=2&page=2",
        "/orgs/acme/properties/schema",
        "/orgs/acme/properties/values?per_page=2",
        "/organizations/9400001/properties/values?per_page=2&page=2",
        "/orgs/acme/properties/values?repository_query=repo:acme/ledger",
        "/orgs/acme/teams?per_page=100",
        "/repos/acme/ledger",
        "/repos/acme/site",
        "/repos/acme/empty",
        "/repos/acme/nothing",
        "/repos/acme/old-ledger",
        "/repositories/101",
        "/repos/acme/ledger/languages",
        "/repos/acme/ledger/git/trees/main",
        "/repos/acme/ledger/git/trees/HEAD?recursive=1",
        "/repos/acme/ledger/git/trees/0000000000000000000000000000000000000000",
        "/repos/acme/empty/git/trees/main",
        "/repos/acme/ledger/compare/v1.0.0...main",
        "/repos/acme/ledger/compare/main...v1.0.0?per_page=1",
        "/repos/acme/ledger/compare/main...nothing",
        "/repos/acme/ledger/contents/README.md",
        "/repos/acme/ledger/contents/src/main.rs?ref=main",
        "/repos/acme/ledger/contents/src",
        "/repos/acme/ledger/contents/nothing",
        "/repos/acme/ledger/codeowners/errors",
        "/repos/acme/ledger/codeowners/errors?ref=v1.0.0",
        "/repos/acme/empty/codeowners/errors",
        "/repos/acme/ledger/actions/runs?per_page=1&exclude_pull_requests=true&created=%3E%3D2026-01-01T00:00:00Z",
        "/repos/acme/ledger/actions/runs?branch=main&event=push&status=success",
        "/repos/acme/ledger/actions/runs/16900000002",
        "/repos/acme/ledger/actions/runs/1",
        "/repos/acme/empty/actions/runs",
    ] {
        recorder.get(path).await;
    }
    let tree = recorder.get("/repos/acme/ledger/git/trees/main").await;
    let blob = tree["tree"].as_array().unwrap().iter().find(|entry| entry["type"] == "blob").unwrap()["sha"].as_str().unwrap().to_owned();
    recorder.get(&format!("/repos/acme/ledger/git/blobs/{blob}")).await;
    let raw = [("accept", "application/vnd.github.raw+json")];
    recorder.ask("GET", &format!("/repos/acme/ledger/git/blobs/{blob}"), SECRET, &raw, Value::Null).await;
    recorder.ask("GET", "/repos/acme/ledger/contents/README.md", SECRET, &raw, Value::Null).await;
    assert_eq!(recorder.ask("GET", "/user", "ghp_wrong", &[], Value::Null).await.0, 401);
    assert_eq!(recorder.ask("GET", "/app", SECRET, &[], Value::Null).await.0, 401);
    if let Some((private, _)) = &keys {
        let seconds = at(NOW).micros() / 1_000_000;
        let claims = json!({"iat": seconds - 60, "exp": seconds + 500, "iss": "77"});
        let signed = encode(&Header::new(Algorithm::RS256), &claims, &EncodingKey::from_rsa_pem(private).unwrap()).unwrap();
        assert_eq!(recorder.ask("GET", "/app", &signed, &[], Value::Null).await.0, 200);
        assert_eq!(recorder.ask("GET", "/app/installations", &signed, &[], Value::Null).await.0, 200);
        let narrowed = json!({"repositories": ["ledger"], "permissions": {"metadata": "read", "contents": "read"}});
        let path = "/app/installations/5/access_tokens";
        assert_eq!(recorder.ask("POST", path, &signed, &[], narrowed).await.0, 201);
        assert_eq!(recorder.ask("POST", path, &signed, &[], json!({"repository_ids": [102]})).await.0, 422);
        let (status, made) = recorder.ask("POST", path, &signed, &[], Value::Null).await;
        assert_eq!(status, 201);
        let token = made["token"].as_str().unwrap().to_owned();
        assert_eq!(recorder.ask("GET", "/installation/repositories?per_page=1", &token, &[], Value::Null).await.0, 200);
        assert_eq!(recorder.ask("GET", "/user", &token, &[], Value::Null).await.0, 403);
    }

    std::fs::write(folder.path().join("exchanges.jsonl"), &recorder.lines).unwrap();
    std::fs::write(folder.path().join("schema.graphql"), GitHub::schema_text()).unwrap();
    let mut check = Command::new("node");
    check.arg(contracts.join("check.mjs")).arg(folder.path());
    // As files, and as they are put together and sent.
    check.args([package().join("src/collect/github"), package().join("src/collect/github_issues")]);
    let sent = folder.path().join("sent");
    std::fs::create_dir(&sent).unwrap();
    let of_issues = spot::collect::github_issues::queries::examples();
    for (name, document) in spot::collect::github::queries::examples().into_iter().chain(of_issues) {
        std::fs::write(sent.join(format!("{name}.graphql")), document).unwrap();
    }
    check.arg(sent);
    let judged = check.output().unwrap();
    let said = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success(), "{said}{}", String::from_utf8_lossy(&judged.stderr));
    println!("{said}");
}
