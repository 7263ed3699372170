//! A small company, and a server over it, for tests.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{GitHub, Options, Token};
use crate::demo::company::{
    Commit, Company, Content, FileChange, Membership, Permission, Person, Repository, Tag, Team, Timed, Visibility,
};
use crate::demo::serve::Server;
use crate::model::Instant;

pub(super) const SECRET: &str = "ghp_demo";

pub(super) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(super) fn ever() -> Range<Instant> {
    at("2025-01-01T00:00:00Z")..Instant::MAX
}

pub(super) fn write(path: &str, text: &str) -> FileChange {
    FileChange { path: path.to_owned(), content: Some(Content::text(text)) }
}

pub(super) fn remove(path: &str) -> FileChange {
    FileChange { path: path.to_owned(), content: None }
}

pub(super) fn repository(id: u64, name: &str) -> Repository {
    Repository {
        id,
        name: Timed::always(name.to_owned()),
        description: Timed::always(format!("The {name} service")),
        visibility: Timed::always(Visibility::Internal),
        archived: Timed::always(false),
        topics: Timed::always(vec!["payments".to_owned(), "rust".to_owned()]),
        properties: Timed::always(BTreeMap::from([("tier".to_owned(), "1".to_owned())])),
        teams: Timed::always(vec![(1, Permission::Write)]),
        is_fork: false,
        default_branch: "main".to_owned(),
        exists: ever(),
        commits: Vec::new(),
        tags: Vec::new(),
    }
}

pub(super) fn commit(when: &str, message: &str, changes: Vec<FileChange>) -> Commit {
    Commit { at: at(when), author: 0, message: message.to_owned(), changes }
}

fn person(id: u64, login: &str, name: &str) -> Person {
    Person { id, login: login.to_owned(), name: name.to_owned(), email: format!("{login}@acme.example"), employed: ever() }
}

fn team(id: u64, slug: &str, parent: Option<usize>, members: &[usize]) -> Team {
    Team {
        id,
        slug: Timed::always(slug.to_owned()),
        name: Timed::always(slug.to_owned()),
        description: String::new(),
        parent: Timed::always(parent),
        members: members.iter().map(|person| Membership { person: *person, during: ever(), maintainer: *person == 0 }).collect(),
        exists: ever(),
    }
}

/// Five repositories: one that lives, one that is renamed, one that is private, one without commits, one that is deleted.
pub(super) fn company() -> Company {
    let mut ledger = repository(101, "ledger");
    ledger.commits = vec![
        commit("2026-01-02T10:00:00Z", "Begin", vec![write("README.md", "# ledger\n"), write("src/main.rs", "fn main() {}\n")]),
        commit(
            "2026-02-01T10:00:00.5Z",
            "Say who owns it\n\nAnd who does not.",
            vec![write(".github/CODEOWNERS", "* @acme/payments\n/docs @acme/gone\n"), write("src/net/mod.rs", "//! Net.\n")],
        ),
        commit(
            "2026-03-01T10:00:00Z",
            "Lock",
            vec![
                write("Cargo.lock", "version = 4\n"),
                write("src-b/x.rs", "// b\n"),
                remove("src/net/mod.rs"),
                write("LICENSE", "MIT License\n"),
            ],
        ),
        commit(
            "2026-05-01T10:00:00Z",
            "Big",
            vec![
                FileChange {
                    path: "big.txt".to_owned(),
                    content: Some(Content::made_by(|| "0123456789abcdé\n".repeat(40_000).into_bytes())),
                },
                FileChange { path: "logo.png".to_owned(), content: Some(Content::made_by(|| vec![0x89, b'P', 0, 1, 2])) },
            ],
        ),
    ];
    ledger.tags = vec![
        Tag { name: "v0.1.0".to_owned(), at: at("2026-01-03T00:00:00Z"), commit: 0, released: false },
        Tag { name: "v1.0.0".to_owned(), at: at("2026-03-02T00:00:00Z"), commit: 2, released: true },
        Tag { name: "v1.1.0-rc.1".to_owned(), at: at("2026-05-02T00:00:00Z"), commit: 3, released: true },
    ];
    ledger.archived.push(at("2026-06-01T00:00:00Z"), true);
    let mut old = repository(102, "old-name");
    old.name.push(at("2026-04-01T00:00:00Z"), "new-name".to_owned());
    old.visibility = Timed::always(Visibility::Public);
    old.commits = vec![commit("2026-01-05T10:00:00Z", "Begin", vec![write("index.js", "0\n")])];
    let mut vault = repository(103, "vault");
    vault.visibility = Timed::always(Visibility::Private);
    vault.commits = vec![commit("2026-01-05T10:00:00Z", "Begin", vec![write("a.py", "a = 1\n")])];
    let mut gone = repository(105, "gone");
    gone.exists = at("2025-06-01T00:00:00Z")..at("2026-02-15T00:00:00Z");
    Company {
        login: "acme".to_owned(),
        name: "Acme".to_owned(),
        history: at("2025-01-01T00:00:00Z")..at("2027-01-01T00:00:00Z"),
        people: vec![person(1, "ada", "Ada Moreau"), person(2, "bo", "Bo Lindqvist"), person(3, "cy", "Cy Okafor")],
        teams: vec![team(11, "finance", None, &[2]), team(12, "payments", Some(0), &[0, 1])],
        repositories: vec![ledger, old, vault, repository(104, "empty"), gone],
        projects: Vec::new(),
        packages: Vec::new(),
        products: Vec::new(),
        delivery: Default::default(),
        trouble: Default::default(),
        mesh: Default::default(),
        wiki: Default::default(),
    }
}

pub(super) struct Running {
    pub(super) server: Server,
    pub(super) now: Arc<Mutex<Instant>>,
    pub(super) client: reqwest::Client,
}

pub(super) fn options() -> Options {
    Options { tokens: vec![Token::classic(SECRET, "spot-reader")], ..Options::default() }
}

pub(super) async fn start(company: Company, options: Options, now: &str) -> Running {
    let now = Arc::new(Mutex::new(at(now)));
    let clock = {
        let now = Arc::clone(&now);
        Arc::new(move || *now.lock())
    };
    let github = GitHub::new(Arc::new(company), clock, options);
    let server = Server::start(github.router()).await.unwrap();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    Running { server, now, client }
}

impl Running {
    pub(super) fn set(&self, now: &str) {
        *self.now.lock() = at(now);
    }

    pub(super) async fn graphql_as(&self, secret: &str, query: &str, variables: Value) -> Value {
        let request = self.client.post(format!("{}/api/graphql", self.server.url())).bearer_auth(secret);
        request.json(&json!({"query": query, "variables": variables})).send().await.unwrap().json().await.unwrap()
    }

    pub(super) async fn graphql(&self, query: &str) -> Value {
        self.graphql_as(SECRET, query, Value::Null).await
    }

    pub(super) async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.server.url())).bearer_auth(SECRET).send().await.unwrap()
    }
}
