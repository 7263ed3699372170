//! A simulated Argo CD: its API over what applications were brought to, as of a clock.
//!
//! Written from what Argo CD publishes: `assets/swagger.json`, `server/application/application.go`,
//! `pkg/apiclient/application/forwarder_overwrite.go` and `controller/sync.go` of the repository argoproj/argo-cd, in
//! their state of version 3.6.
//!
//! # Invariants
//! - History holds the last syncs that succeeded, ten unless an application says otherwise; an operation is remembered
//!   until the next one begins. What comes later than the clock shows nowhere.
//! - A list leaves out what the account may not get, in silence. One application that may not be seen and one that does
//!   not exist are told apart only with `project`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::model::{Clock, Instant};

mod company;

pub use company::applications;

/// Syncs that are remembered of an application that says nothing of it.
const HISTORY: usize = 10;
/// How long a session lasts.
const SESSION_SECONDS: i64 = 86_400;

/// An application and everything that ever happens to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its namespace; empty for Argo CD's own.
    pub namespace: String,
    /// Its project; empty for `default`.
    pub project: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// The name of the cluster to which it brings things.
    pub cluster: String,
    /// The namespace there.
    pub target_namespace: String,
    /// Where its manifests come from; several make it an application of several sources.
    pub sources: Vec<Source>,
    /// `revisionHistoryLimit`.
    pub history_limit: Option<usize>,
    /// Since when it exists.
    pub created: Instant,
    /// Since when it exists no more.
    pub removed: Option<Instant>,
    /// Operations, in order of time, none beginning before the one before it ended.
    pub syncs: Vec<Sync>,
    /// How many succeeded before those.
    pub earlier: usize,
}

/// Where manifests come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The repository, of git or of charts.
    pub repository: String,
    /// The folder in it.
    pub path: Option<String>,
    /// The chart, of a repository of charts.
    pub chart: Option<String>,
    /// A branch, a tag, or a range of versions.
    pub target: String,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Sync {
    /// When it began.
    pub started: Instant,
    /// When it ended.
    pub finished: Instant,
    /// A revision for each source.
    pub revisions: Vec<String>,
    /// Who started it; none: Argo CD by itself.
    pub by: Option<String>,
    /// How it ended.
    pub end: End,
    /// The images that run after it.
    pub images: Vec<String>,
    /// Only some objects, or as a trial: no sync of the application.
    pub is_partial: bool,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All was applied.
    Succeeded,
    /// Something was refused, and what.
    Failed(String),
    /// It could not be tried, and why.
    Error(String),
}

/// What the server is like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Tokens that it accepts; with neither these nor users everybody may read.
    pub tokens: Vec<String>,
    /// Local users and their passwords.
    pub users: BTreeMap<String, String>,
    /// Names of applications that the account may not get.
    pub hidden: BTreeSet<String>,
    /// The root path, `/argocd`; empty for none.
    pub root: String,
}

/// The server's router.
///
/// `applications` tells what there is at an instant: of each no more operations than a server would remember are needed.
pub fn router(
    applications: impl Fn(Instant) -> Vec<Application> + Send + std::marker::Sync + 'static,
    clock: Clock,
    options: Options,
) -> Router {
    let root = options.root.clone();
    let routes = Router::new()
        .route("/api/version", get(version))
        .route("/api/v1/session", post(session))
        .route("/api/v1/session/userinfo", get(user_info))
        .route("/api/v1/applications", get(list))
        .route("/api/v1/applications/{name}", get(one))
        .fallback(|| async { Refusal(StatusCode::NOT_FOUND, 5, "Not Found".to_owned()) })
        .with_state(Arc::new(ArgoCd { applications: Box::new(applications), clock, options }));
    if root.is_empty() { routes } else { Router::new().nest(&root, routes) }
}

struct ArgoCd {
    applications: Box<dyn Fn(Instant) -> Vec<Application> + Send + std::marker::Sync>,
    clock: Clock,
    options: Options,
}

/// `runtimeError`: a status of HTTP, the code of gRPC, and the message twice.
struct Refusal(StatusCode, u8, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.2, "code": self.1, "message": self.2 }))).into_response()
    }
}

fn unauthenticated(message: &str) -> Refusal {
    Refusal(StatusCode::UNAUTHORIZED, 16, message.to_owned())
}

type Shared = State<Arc<ArgoCd>>;

async fn version() -> Response {
    Json(json!({
        "Version": "v3.6.0+demo", "BuildDate": "2026-08-20T10:00:00Z", "GitTreeState": "clean", "GoVersion": "go1.26.0",
        "Compiler": "gc", "Platform": "linux/amd64",
    }))
    .into_response()
}

async fn session(State(argo): Shared, body: String) -> Result<Response, Refusal> {
    let body: Value = serde_json::from_str(&body).map_err(|error| Refusal(StatusCode::BAD_REQUEST, 3, error.to_string()))?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (user, password) = (text("username"), text("password"));
    if user.is_empty() || argo.options.users.get(user).is_none_or(|right| right != password) {
        return Err(unauthenticated("Invalid username or password"));
    }
    Ok(Json(json!({ "token": format!("session.{user}.{}", argo.now().micros() / 1_000_000) })).into_response())
}

async fn user_info(State(argo): Shared, headers: HeaderMap) -> Response {
    match argo.user(&headers) {
        Ok(Some(user)) => Json(json!({ "loggedIn": true, "username": user, "iss": "argocd" })).into_response(),
        Ok(None) | Err(_) => Json(json!({})).into_response(),
    }
}

async fn list(State(argo): Shared, headers: HeaderMap, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    argo.user(&headers)?;
    let query = Query::of(query.as_deref());
    let selector = Selector::parse(query.get("selector").unwrap_or_default())
        .map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, 2, format!("error parsing the selector: {error}")))?;
    let projects: Vec<&str> = query.all("projects").chain(query.all("project")).collect();
    let fits = |application: &&Application| {
        (projects.is_empty() || projects.contains(&application.project()))
            && query.get("name").is_none_or(|name| name == application.name)
            && query.get("appNamespace").is_none_or(|namespace| namespace == application.namespace())
            && query.get("repo").is_none_or(|repo| application.sources.iter().any(|source| source.repository == repo))
            && selector.fits(&application.labels)
    };
    let visible = argo.visible();
    let items = visible.iter().filter(fits).map(|application| application.render(argo.now()));
    let fields = query.get("fields").unwrap_or_default();
    let items: Vec<Value> = if fields.is_empty() { items.collect() } else { items.map(|item| select(&item, fields)).collect() };
    Ok(Json(json!({ "metadata": { "resourceVersion": "48103377" }, "items": items })).into_response())
}

async fn one(State(argo): Shared, headers: HeaderMap, Path(name): Path<String>, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    argo.user(&headers)?;
    let query = Query::of(query.as_deref());
    let project = query.get("project");
    let visible = argo.visible();
    let found =
        visible.iter().find(|application| application.name == name && project.is_none_or(|project| project == application.project()));
    match (found, project) {
        (Some(application), _) => Ok(Json(application.render(argo.now())).into_response()),
        (None, None) => Err(Refusal(StatusCode::FORBIDDEN, 7, "permission denied".to_owned())),
        (None, Some(_)) => Err(Refusal(StatusCode::NOT_FOUND, 5, format!("applications.argoproj.io \"{name}\" not found"))),
    }
}

impl ArgoCd {
    fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Who asks; nobody where everybody may.
    fn user(&self, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.strip_prefix("Bearer "));
        let Some(token) = given else {
            let is_open = self.options.tokens.is_empty() && self.options.users.is_empty();
            return if is_open { Ok(None) } else { Err(unauthenticated("no session information")) };
        };
        if self.options.tokens.iter().any(|known| known == token) {
            return Ok(Some("spot".to_owned()));
        }
        let mut parts = token.split('.');
        if let (Some("session"), Some(user), Some(since)) = (parts.next(), parts.next(), parts.next())
            && let Ok(since) = since.parse::<i64>()
            && self.options.users.contains_key(user)
        {
            let is_over = Instant::from_seconds(since + SESSION_SECONDS) <= self.now();
            return if is_over {
                Err(unauthenticated("invalid session: token has invalid claims: token is expired"))
            } else {
                Ok(Some(user.to_owned()))
            };
        }
        Err(unauthenticated("invalid session: token signature is invalid"))
    }

    /// What the account may see, by name.
    fn visible(&self) -> Vec<Application> {
        let now = self.now();
        let mut all = (self.applications)(now);
        all.retain(|application| application.created <= now && application.removed.is_none_or(|removed| now < removed));
        all.retain(|application| !self.options.hidden.contains(&application.name));
        all.sort_by(|a, b| (&a.name, &a.namespace).cmp(&(&b.name, &b.namespace)));
        all
    }
}

impl Application {
    fn namespace(&self) -> &str {
        if self.namespace.is_empty() { "argocd" } else { &self.namespace }
    }

    fn project(&self) -> &str {
        if self.project.is_empty() { "default" } else { &self.project }
    }

    /// As the API writes it.
    fn render(&self, now: Instant) -> Value {
        let begun: Vec<&Sync> = self.syncs.iter().filter(|sync| sync.started <= now).collect();
        let mut done = begun.iter().filter(|sync| sync.finished <= now && sync.end == End::Succeeded && !sync.is_partial);
        let all: Vec<Value> = done.clone().enumerate().map(|(id, sync)| self.synced(self.earlier + id, sync)).collect();
        let kept = &all[all.len().saturating_sub(self.history_limit.unwrap_or(HISTORY))..];
        let newest = done.next_back();
        let mut spec = json!({ "destination": { "name": self.cluster, "namespace": self.target_namespace }, "project": self.project() });
        self.put_sources(&mut spec);
        if let Some(limit) = self.history_limit {
            spec["revisionHistoryLimit"] = limit.into();
        }
        let failed = begun.last().is_some_and(|sync| sync.finished <= now && sync.end != End::Succeeded);
        let mut status = json!({
            "controllerNamespace": "argocd",
            "health": { "status": if newest.is_some() { "Healthy" } else { "Missing" } },
            "reconciledAt": time(now),
            "sourceType": "Kustomize",
            "summary": { "images": newest.map(|sync| sync.images.clone()).unwrap_or_default() },
            "sync": { "status": if failed || newest.is_none() { "OutOfSync" } else { "Synced" } },
            "resources": [
                { "group": "apps", "version": "v1", "kind": "Deployment", "namespace": self.target_namespace, "name": self.name, "status": "Synced" },
            ],
        });
        if let Some(sync) = newest {
            self.put_revisions(&mut status["sync"], &sync.revisions);
        }
        if !kept.is_empty() {
            status["history"] = kept.into();
        }
        if let Some(sync) = begun.last() {
            status["operationState"] = self.operation(sync, now);
        }
        let mut metadata = json!({
            "name": self.name,
            "namespace": self.namespace(),
            "uid": uid(&self.name, self.created),
            "creationTimestamp": time(self.created),
            "generation": begun.len() * 3 + 1,
            "resourceVersion": "48103377",
        });
        for (name, texts) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            if !texts.is_empty() {
                metadata[name] = json!(texts);
            }
        }
        json!({ "metadata": metadata, "spec": spec, "status": status })
    }

    fn synced(&self, id: usize, sync: &Sync) -> Value {
        let mut entry = json!({
            "id": id, "deployedAt": time(sync.finished), "deployStartedAt": time(sync.started), "initiatedBy": initiator(sync),
        });
        self.put_sources(&mut entry);
        // A source stands beside several sources too, empty.
        if self.sources.len() > 1 {
            entry["source"] = json!({ "repoURL": "" });
        }
        self.put_revisions(&mut entry, &sync.revisions);
        entry
    }

    fn operation(&self, sync: &Sync, now: Instant) -> Value {
        let (phase, message) = match &sync.end {
            _ if sync.finished > now => ("Running", "waiting for healthy state of apps/Deployment".to_owned()),
            End::Succeeded => ("Succeeded", "successfully synced (all tasks run)".to_owned()),
            End::Failed(message) => ("Failed", message.clone()),
            End::Error(message) => ("Error", message.clone()),
        };
        let mut wanted = json!({ "syncStrategy": { "hook": {} } });
        self.put_revisions(&mut wanted, &sync.revisions);
        if sync.is_partial {
            wanted["resources"] = json!([{ "group": "apps", "kind": "Deployment", "name": self.name }]);
        }
        let mut result = json!({ "revision": "", "source": { "repoURL": "" } });
        self.put_sources(&mut result);
        self.put_revisions(&mut result, &sync.revisions);
        let mut state = json!({
            "operation": { "sync": wanted, "initiatedBy": initiator(sync), "retry": {} },
            "phase": phase,
            "message": message,
            "startedAt": time(sync.started),
            "syncResult": result,
        });
        if sync.finished <= now {
            state["finishedAt"] = time(sync.finished).into();
        }
        state
    }

    fn put_sources(&self, to: &mut Value) {
        let mut sources = self.sources.iter().map(|source| {
            let mut value = json!({ "repoURL": source.repository, "targetRevision": source.target });
            if let Some(path) = &source.path {
                value["path"] = path.as_str().into();
            }
            if let Some(chart) = &source.chart {
                value["chart"] = chart.as_str().into();
            }
            value
        });
        if self.sources.len() == 1 {
            to["source"] = sources.next().unwrap_or_default();
        } else {
            to["sources"] = sources.collect();
        }
    }

    fn put_revisions(&self, to: &mut Value, revisions: &[String]) {
        if self.sources.len() == 1 {
            to["revision"] = revisions.first().cloned().unwrap_or_default().into();
        } else {
            to["revisions"] = revisions.into();
        }
    }
}

fn initiator(sync: &Sync) -> Value {
    match &sync.by {
        Some(name) => json!({ "username": name }),
        None => json!({ "automated": true }),
    }
}

/// Whole seconds, as Kubernetes writes times.
fn time(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn uid(name: &str, created: Instant) -> String {
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let hash = seed ^ created.micros().unsigned_abs();
    format!("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", hash >> 32, (hash >> 16) & 0xffff, hash & 0xfff, (hash >> 20) & 0xfff, seed >> 16)
}

/// Fields that can be chosen from a list: those alone, whatever else an application has.
const FIELDS: [&str; 24] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.annotations",
    "metadata.labels",
    "metadata.creationTimestamp",
    "metadata.deletionTimestamp",
    "spec",
    "spec.destination",
    "spec.project",
    "spec.source",
    "spec.sources",
    "spec.sourceHydrator",
    "spec.syncPolicy",
    "status.sourceHydrator",
    "status.summary",
    "status.sync.status",
    "status.sync.revision",
    "status.health",
    "status.operationState.startedAt",
    "status.operationState.finishedAt",
    "status.resources",
    "operation.sync",
    "status.operationState.phase",
    "status.operationState.operation.sync",
];

/// What `fields` leaves of an application: with `-` in front, what it does not name.
fn select(item: &Value, fields: &str) -> Value {
    let (names, exclude) = fields.strip_prefix('-').map_or((fields, false), |names| (names, true));
    let named: BTreeSet<&str> = names.split(',').filter_map(|name| name.strip_prefix("items.")).collect();
    let mut selected = Value::Object(Map::new());
    for field in FIELDS.iter().filter(|field| named.contains(**field) != exclude) {
        let pointer = format!("/{}", field.replace('.', "/"));
        let Some(value) = item.pointer(&pointer) else { continue };
        let mut place = &mut selected;
        for part in field.split('.') {
            place = &mut place[part];
        }
        *place = value.clone();
    }
    selected
}

struct Query(Vec<(String, String)>);

impl Query {
    fn of(text: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }
}

/// Requirements on labels: `a=b`, `a==b`, `a!=b`, `a`, `!a`.
struct Selector(Vec<(String, Option<String>, bool)>);

impl Selector {
    fn parse(text: &str) -> Result<Self, String> {
        let mut all = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let requirement = match (part.split_once("!="), part.split_once("=="), part.split_once('='), part.strip_prefix('!')) {
                (Some((name, value)), ..) => (name, Some(value), false),
                (_, Some((name, value)), ..) | (_, _, Some((name, value)), _) => (name, Some(value), true),
                (.., Some(name)) => (name, None, false),
                _ => (part, None, true),
            };
            let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
            if !is_name(requirement.0.trim()) {
                return Err(format!("unable to parse requirement: {part:?}"));
            }
            all.push((requirement.0.trim().to_owned(), requirement.1.map(|value| value.trim().to_owned()), requirement.2));
        }
        Ok(Self(all))
    }

    fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|(name, value, wanted)| {
            let has = labels.get(name);
            has.is_some_and(|has| value.as_ref().is_none_or(|value| value == has)) == *wanted
        })
    }
}
