//! A simulated GitHub Enterprise Server over the data of a [`Company`], as of a clock.
//!
//! REST under `/api/v3`, GraphQL at `/api/graphql`, git over HTTP at `/{owner}/{name}.git`, and pages for people at
//! `/{owner}/{name}`. Shapes, limits and errors are those that GitHub publishes: the OpenAPI description of
//! `@octokit/openapi`, the schema of `@octokit/graphql-schema`, git's own protocol documents.
//!
//! # Invariants
//! - What the clock has not reached is invisible: commits, members, names, deletions.
//! - A private repository does not exist for a token that may not see it: 404 and `NOT_FOUND`, never 403.
//! - Object ids are true: a clone made from here passes `git fsck --strict`.
//! - Pages for people need no token: they are where links from spot lead, and the company is made up.

mod access;
mod codeowners;
mod delivered;
mod graphql;
pub mod issues;
mod language;
mod limits;
mod node_id;
mod objects;
mod rest;
mod upload;
mod visit;
mod web;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use lru::LruCache;
use parking_lot::{Mutex, MutexGuard};

use crate::demo::company::delivery::CommitIds;
use crate::demo::company::{Company, Repository};
use crate::model::{Clock, Instant};
use issues::Issues;
use objects::{BlobAt, Line, Oid};

/// GitHub's number of the organisation.
pub(crate) const ORGANIZATION_ID: u64 = 9_400_001;
/// Bytes of contents that are kept because somebody may ask for them again.
const CONTENTS_KEPT: usize = 24 << 20;

/// How the server behaves.
#[derive(Clone)]
pub struct Options {
    /// The address that links begin with, such as `http://127.0.0.1:7071`; none: what the request was sent to.
    pub url: Option<String>,
    /// Personal tokens.
    pub tokens: Vec<Token>,
    /// GitHub Apps that are installed in the organisation.
    pub apps: Vec<App>,
    /// Budgets by the hour; none: not limited, as on an Enterprise Server out of the box, and then no header speaks of it.
    pub rate: Option<Rate>,
    /// GraphQL answers in part after this many repositories, people and git objects.
    pub resources: Option<usize>,
    /// No page is longer than this, whatever was asked for.
    pub page: usize,
    /// A tree listing is cut after this many entries.
    pub tree_entries: usize,
    /// The text of a blob is cut in GraphQL after this many bytes.
    pub text_bytes: usize,
    /// The time by which an App's own claims are judged; none: by the server's clock. The clients' libraries sign with the
    /// machine's time, which a simulated clock need not agree with.
    pub claims_clock: Option<Clock>,
    /// The issues of its repositories; none: the bugs that the company keeps there.
    pub issues: Option<Issues>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: None,
            tokens: Vec::new(),
            apps: Vec::new(),
            rate: None,
            resources: None,
            page: 100,
            tree_entries: 100_000,
            text_bytes: 512 * 1024,
            claims_clock: None,
            issues: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("url", &self.url).field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// What a token may do in the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// GraphQL points.
    pub points: u64,
    /// REST requests.
    pub requests: u64,
}

/// A personal token.
#[derive(Clone, Debug)]
pub struct Token {
    /// What is sent.
    pub secret: String,
    /// Whose it is; need not be one of the company's people.
    pub login: String,
    /// Whether that is an owner of the organisation, who sees every private repository; others see those of their teams.
    pub owner: bool,
    /// What it was made for.
    pub grants: Grants,
    /// When it ends.
    pub expires: Option<Instant>,
}

/// What a token was made for.
#[derive(Clone, Debug)]
pub enum Grants {
    /// A classic token with scopes such as `repo` and `read:org`.
    Scopes(BTreeSet<String>),
    /// A fine-grained token: `contents: read`, and which repositories by number; none: all.
    Permissions(BTreeMap<String, String>, Option<BTreeSet<u64>>),
}

impl Token {
    /// A classic token of an owner with the scopes that reading needs.
    #[must_use]
    pub fn classic(secret: &str, login: &str) -> Self {
        let scopes = ["repo", "read:org", "read:user", "user:email"].map(str::to_owned).into();
        Self { secret: secret.to_owned(), login: login.to_owned(), owner: true, grants: Grants::Scopes(scopes), expires: None }
    }
}

/// A GitHub App that is installed in the organisation.
#[derive(Clone, Debug)]
pub struct App {
    /// Its number.
    pub id: u64,
    /// The name in URLs.
    pub slug: String,
    /// The number of its installation.
    pub installation: u64,
    /// The public key, as PEM, of the private key that it signs with.
    pub public_key: String,
    /// `contents: read`.
    pub permissions: BTreeMap<String, String>,
    /// The repositories by number that it was given; none: all.
    pub repositories: Option<BTreeSet<u64>>,
}

/// The simulated server.
pub struct GitHub {
    company: Arc<Company>,
    clock: Clock,
    options: Options,
    lines: Vec<Mutex<Line>>,
    contents: Mutex<Contents>,
    epochs: visit::Epochs,
    budgets: limits::Budgets,
    graphql: graphql::Schema,
    issues: Issues,
    asked: AtomicU64,
    /// Signs the tokens of installations.
    key: [u8; 32],
}

impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHub").field("organization", &self.company.login).finish_non_exhaustive()
    }
}

/// Contents by id that were made lately.
struct Contents {
    kept: LruCache<Oid, Bytes>,
    bytes: usize,
}

impl Contents {
    fn get(&mut self, oid: Oid) -> Option<Bytes> {
        self.kept.get(&oid).cloned()
    }

    fn put(&mut self, oid: Oid, content: Bytes) {
        if content.len() > CONTENTS_KEPT / 4 {
            return;
        }
        self.bytes += content.len();
        if let Some(old) = self.kept.put(oid, content) {
            self.bytes -= old.len();
        }
        while self.bytes > CONTENTS_KEPT
            && let Some((_, old)) = self.kept.pop_lru()
        {
            self.bytes -= old.len();
        }
    }
}

impl GitHub {
    /// A server over this company that answers as of what the clock says.
    #[must_use]
    pub fn new(company: Arc<Company>, clock: Clock, mut options: Options) -> Arc<Self> {
        let in_order = |repository: &Repository| repository.commits.is_sorted_by_key(|commit| commit.at);
        debug_assert!(company.repositories.iter().all(in_order), "commits are in order of time");
        let lines = company.repositories.iter().map(|_| Mutex::default()).collect();
        let epochs = visit::Epochs::of(&company);
        let budgets = limits::Budgets::new(options.rate);
        let issues = options.issues.take().unwrap_or_else(|| Issues::of_company(&company));
        // Not a secret: it only has to differ from server to server, and the same company must give the same bytes.
        let mut key = [0; 32];
        key[..20].copy_from_slice(&Oid::of(objects::Kind::Blob, company.login.as_bytes()).0);
        Arc::new(Self {
            company,
            clock,
            options,
            lines,
            contents: Mutex::new(Contents { kept: LruCache::unbounded(), bytes: 0 }),
            epochs,
            budgets,
            graphql: graphql::schema(),
            issues,
            asked: AtomicU64::new(0),
            key,
        })
    }

    /// All that it serves.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    /// The true ids of commits of the default branches, for the company's other systems.
    #[must_use]
    pub fn commit_ids(self: &Arc<Self>) -> CommitIds {
        let github = Arc::clone(self);
        CommitIds::asking(move |repository, commit| github.line(repository, commit + 1).commit(commit).to_string())
    }

    /// The GraphQL schema that is served, in the schema language: a part of GitHub's.
    #[must_use]
    pub fn schema_text() -> String {
        graphql::schema_text()
    }

    /// The objects of a repository, followed up to `count` commits.
    fn line(&self, repository: usize, count: usize) -> MutexGuard<'_, Line> {
        let mut line = self.lines[repository].lock();
        line.follow(&self.company, &self.company.repositories[repository], count, |oid, bytes| {
            self.contents.lock().put(oid, Bytes::from(bytes));
        });
        line
    }

    /// The bytes of a blob that is not likely to be asked for again.
    fn content_once(&self, repository: usize, blob: BlobAt) -> Bytes {
        if let Some(content) = self.contents.lock().get(blob.oid) {
            return content;
        }
        let change = &self.company.repositories[repository].commits[blob.commit].changes[blob.change];
        Bytes::from(change.content.as_ref().map(|content| content.bytes()).unwrap_or_default())
    }

    /// The bytes of a blob.
    fn content(&self, repository: usize, blob: BlobAt) -> Bytes {
        let content = self.content_once(repository, blob);
        self.contents.lock().put(blob.oid, content.clone());
        content
    }
}

/// A request that was read as a whole.
pub(crate) struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    /// The instant as of which it is answered.
    now: Instant,
    /// What links begin with.
    base: String,
    /// The request's own number.
    number: u64,
}

impl Asked {
    fn path(&self) -> &str {
        self.uri.path()
    }

    /// The parts of the path, decoded.
    fn parts(&self) -> Vec<String> {
        self.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect()
    }

    fn query(&self, name: &str) -> Option<String> {
        let query = self.uri.query().unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A part of a path without its percent signs.
fn decoded(part: &str) -> String {
    let query = format!("p={}", part.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, part)| part.into_owned()).unwrap_or_default()
}

/// Whole seconds, as GitHub prints times.
pub(crate) fn seconds_text(at: Instant) -> String {
    Instant::from_seconds(at.micros().div_euclid(1_000_000)).to_string()
}

/// The largest body that is read.
const LARGEST_BODY: usize = 8 << 20;

async fn answer(State(github): State<Arc<GitHub>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let base = github.options.url.clone().unwrap_or_else(|| format!("http://{host}"));
    let asked = Asked {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
        now: (github.clock)(),
        base: base.trim_end_matches('/').to_owned(),
        number: github.asked.fetch_add(1, Ordering::Relaxed),
    };
    // Making contents and ids is work for a processor; it must not hold up others on this runtime.
    let done = tokio::task::spawn_blocking(move || route(&github, &asked)).await;
    done.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn route(github: &Arc<GitHub>, asked: &Asked) -> Response {
    let path = asked.path();
    if path == "/api/graphql" {
        return graphql::answer(github, asked);
    }
    if let Some(rest) = path.strip_prefix("/api/v3")
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return rest::answer(github, asked);
    }
    if let Some(service) = upload::Service::of(asked) {
        return upload::answer(github, asked, service);
    }
    web::answer(github, asked)
}
