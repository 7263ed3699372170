//! A simulated Jenkins: its remote API in JSON over the builds of jobs, as of a clock.
//!
//! Written from what Jenkins publishes: the page `/api` of every object, the exported properties of
//! `hudson.model.{Job,Run,AbstractItem}`, `CauseAction` and `ParametersAction` in jenkinsci/jenkins, and how jenkinsci/stapler
//! reads `tree` (`org.kohsuke.stapler.export.{NamedPathPruner,Range}`).
//!
//! # Invariants
//! - What is later than the clock shows nowhere; a build that goes on has no result and no duration.
//! - Only what `tree` names is answered, and `_class` with it. Builds are listed newest first.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use serde_json::{Map, Value, json};

use self::tree::Tree;
use crate::model::{Clock, Instant};

mod company;
mod tree;

pub use company::CompanyJobs;

/// Builds that `builds` holds at most.
const BUILDS: usize = 100;

/// A job and everything it ever builds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// The names of its folders, its own last; as Jenkins writes them: a branch is `feature%2Fx`.
    pub path: Vec<String>,
    /// Its builds in order of time; the first has the number 1.
    pub builds: Vec<Build>,
}

/// A build.
#[derive(Clone, Debug, PartialEq)]
pub struct Build {
    /// When it was asked for.
    pub at: Instant,
    /// When it was over.
    pub finished: Instant,
    /// SUCCESS, UNSTABLE, FAILURE, NOT_BUILT, ABORTED.
    pub result: &'static str,
    /// The login and the name of who started it; none: a timer did.
    pub by: Option<(String, String)>,
    /// Its parameters.
    pub parameters: Vec<(&'static str, Value)>,
    /// The repository, commit and branch that it used.
    pub source: Option<(String, String, String)>,
}

/// Jobs and their builds.
pub trait Jobs: Send + Sync {
    /// How many jobs there are.
    fn count(&self) -> usize;

    /// The path of a job: see [`Job::path`].
    fn path(&self, job: usize) -> &[String];

    /// Whether a job is there at an instant.
    fn exists(&self, job: usize, at: Instant) -> bool;

    /// How many builds of a job there are at an instant.
    fn begun(&self, job: usize, at: Instant) -> usize;

    /// A build, by its position in order of time.
    fn build(&self, job: usize, position: usize) -> Build;
}

impl Jobs for Vec<Job> {
    fn count(&self) -> usize {
        self.len()
    }

    fn path(&self, job: usize) -> &[String] {
        &self[job].path
    }

    fn exists(&self, _: usize, _: Instant) -> bool {
        true
    }

    fn begun(&self, job: usize, at: Instant) -> usize {
        self[job].builds.partition_point(|build| build.at <= at)
    }

    fn build(&self, job: usize, position: usize) -> Build {
        self[job].builds[position].clone()
    }
}

/// What the server is like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Users and their API tokens; none: everybody may read.
    pub users: Vec<(String, String)>,
    /// The context path, `/jenkins`; empty for none.
    pub context: String,
}

/// The server's router.
pub fn router(jobs: impl Jobs + 'static, clock: Clock, options: Options) -> Router {
    let mut by_path: Vec<usize> = (0..jobs.count()).collect();
    by_path.sort_by(|a, b| jobs.path(*a).cmp(jobs.path(*b)));
    Router::new().fallback(answer).with_state(Arc::new(Jenkins { jobs: Box::new(jobs), by_path, clock, options }))
}

struct Jenkins {
    jobs: Box<dyn Jobs>,
    /// Positions of jobs in order of their paths.
    by_path: Vec<usize>,
    clock: Clock,
    options: Options,
}

async fn answer(State(jenkins): State<Arc<Jenkins>>, request: Request) -> Response {
    let mut response = jenkins.answer(&request).unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().insert(HeaderName::from_static("x-jenkins"), HeaderValue::from_static("2.528.1"));
    response
}

/// A refusal is a page for people.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, title) = self;
        (status, Html(format!("<html><head><title>{title}</title></head><body><h2>{title}</h2></body></html>"))).into_response()
    }
}

impl Jenkins {
    fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        self.authenticate(request.headers())?;
        let not_found = || Refusal(StatusCode::NOT_FOUND, "Not Found".to_owned());
        let path = request.uri().path().strip_prefix(self.options.context.as_str()).ok_or_else(not_found)?;
        let path = path.trim_matches('/').strip_suffix("api/json").ok_or_else(not_found)?.trim_matches('/');
        let mut names = Vec::new();
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        while parts.next_if_eq(&"job").is_some() {
            names.push(decoded(parts.next().ok_or_else(not_found)?));
        }
        let mut thing = self.find(&names).ok_or_else(not_found)?;
        if let Some(number) = parts.next() {
            let Thing::Job(job) = thing else { return Err(not_found()) };
            let position = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or_else(not_found)?;
            thing = Thing::Build(job, position);
            if self.begun(job) <= position || parts.next().is_some() {
                return Err(not_found());
            }
        }
        let query = request.uri().query().unwrap_or_default();
        let tree = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "tree").map(|(_, value)| value.into_owned());
        let tree = match &tree {
            Some(text) => Tree::parse(text).map_err(|problem| Refusal(StatusCode::BAD_REQUEST, problem))?,
            None => Tree::usual(),
        };
        let body = self.render(&thing, &tree).to_string();
        Ok(([(header::CONTENT_TYPE, "application/json;charset=utf-8")], body).into_response())
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.options.users.is_empty() {
            return Ok(());
        }
        let Some(given) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
            return Err(Refusal(StatusCode::FORBIDDEN, "Authentication required".to_owned()));
        };
        let pair = given.strip_prefix("Basic ").and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
        let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let is_known = self.options.users.iter().any(|(user, token)| pair == format!("{user}:{token}"));
        if is_known { Ok(()) } else { Err(Refusal(StatusCode::UNAUTHORIZED, "Error 401 Invalid password/token for user".to_owned())) }
    }

    fn now(&self) -> Instant {
        (self.clock)()
    }

    /// How many builds of a job there are by now.
    fn begun(&self, job: usize) -> usize {
        self.jobs.begun(job, self.now())
    }

    /// Jobs that are there, in order of their paths.
    fn there(&self) -> impl Iterator<Item = usize> {
        let now = self.now();
        self.by_path.iter().copied().filter(move |job| self.jobs.exists(*job, now))
    }

    fn find(&self, names: &[String]) -> Option<Thing> {
        if names.is_empty() {
            return Some(Thing::Folder(Vec::new()));
        }
        match self.there().find(|job| self.jobs.path(*job) == names) {
            Some(job) => Some(Thing::Job(job)),
            None => self.there().any(|job| self.jobs.path(job).starts_with(names)).then(|| Thing::Folder(names.to_vec())),
        }
    }

    /// What a folder holds: jobs and folders, by name.
    fn items(&self, folder: &[String]) -> Vec<Thing> {
        let mut items: Vec<Thing> = Vec::new();
        for job in self.there() {
            let whole = self.jobs.path(job);
            if whole.len() <= folder.len() || !whole.starts_with(folder) {
                continue;
            }
            let path = &whole[..=folder.len()];
            if path.len() == whole.len() {
                items.push(Thing::Job(job));
            } else if !matches!(items.last(), Some(Thing::Folder(last)) if last == path) {
                items.push(Thing::Folder(path.to_vec()));
            }
        }
        items
    }

    fn render(&self, thing: &Thing, tree: &Tree) -> Value {
        if let Thing::Value(value) = thing {
            return pruned(value, tree);
        }
        let mut fields = Map::from_iter([("_class".to_owned(), Value::from(thing.class()))]);
        for (name, below) in &tree.0 {
            match self.property(thing, name) {
                Property::Absent => {}
                Property::Leaf(value) => drop(fields.insert(name.clone(), value)),
                Property::One(thing) => drop(fields.insert(name.clone(), self.render(&thing, &below.tree))),
                Property::Many(things) => {
                    let range = below.range.clone().unwrap_or(0..usize::MAX);
                    let chosen = things.iter().take(range.end).skip(range.start).map(|thing| self.render(thing, &below.tree));
                    fields.insert(name.clone(), chosen.collect());
                }
            }
        }
        Value::Object(fields)
    }

    fn property(&self, thing: &Thing, name: &str) -> Property {
        let leaf = |value: Value| Property::Leaf(value);
        match (thing, name) {
            (Thing::Folder(folder), "jobs") => Property::Many(self.items(folder)),
            (Thing::Folder(folder), "mode") if folder.is_empty() => leaf("NORMAL".into()),
            (Thing::Folder(folder), "name") => folder.last().map_or(Property::Absent, |name| leaf(name.as_str().into())),
            (Thing::Folder(path), "fullName") if !path.is_empty() => leaf(path.join("/").into()),
            (Thing::Folder(path), "url") => leaf(self.url(path).into()),
            (Thing::Job(job), "name") => self.jobs.path(*job).last().map_or(Property::Absent, |name| leaf(name.as_str().into())),
            (Thing::Job(job), "fullName") => leaf(self.jobs.path(*job).join("/").into()),
            (Thing::Job(job), "url") => leaf(self.url(self.jobs.path(*job)).into()),
            (Thing::Job(job), "color") => leaf(if self.begun(*job) == 0 { "notbuilt" } else { "blue" }.into()),
            (Thing::Job(_), "buildable") => leaf(true.into()),
            (Thing::Job(job), "nextBuildNumber") => leaf((self.begun(*job) + 1).into()),
            (Thing::Job(job), "lastBuild") => match self.begun(*job).checked_sub(1) {
                Some(last) => Property::One(Thing::Build(*job, last)),
                None => leaf(Value::Null),
            },
            (Thing::Job(job), "builds" | "allBuilds") => {
                let most = if name == "builds" { BUILDS } else { usize::MAX };
                Property::Many((0..self.begun(*job)).rev().take(most).map(|position| Thing::Build(*job, position)).collect())
            }
            (Thing::Build(job, position), _) => self.of_build(*job, *position, name),
            _ => Property::Absent,
        }
    }

    fn of_build(&self, job: usize, position: usize, name: &str) -> Property {
        let build = self.jobs.build(job, position);
        let path = self.jobs.path(job);
        let is_over = build.finished <= self.now();
        let millis = |at: Instant| at.micros().div_euclid(1000);
        let number = position + 1;
        Property::Leaf(match name {
            "number" => number.into(),
            "id" => number.to_string().into(),
            "displayName" => format!("#{number}").into(),
            "fullDisplayName" => format!("{} #{number}", path.join(" » ")).into(),
            "url" => format!("{}{number}/", self.url(path)).into(),
            "timestamp" => millis(build.at).into(),
            "duration" => if is_over { millis(build.finished) - millis(build.at) } else { 0 }.into(),
            "estimatedDuration" => 120_000.into(),
            "building" | "inProgress" => (!is_over).into(),
            "result" => {
                if is_over {
                    build.result.into()
                } else {
                    Value::Null
                }
            }
            "actions" => return Property::Many(actions(&build).into_iter().map(Thing::Value).collect()),
            _ => return Property::Absent,
        })
    }

    fn url(&self, path: &[String]) -> String {
        let mut url = String::from("http://ci.example");
        url.push_str(&self.options.context);
        for name in path {
            url.push_str("/job/");
            url.push_str(&name.replace('%', "%25").replace(' ', "%20"));
        }
        url.push('/');
        url
    }
}

/// Something that has properties.
enum Thing {
    Folder(Vec<String>),
    Job(usize),
    Build(usize, usize),
    Value(Value),
}

enum Property {
    Absent,
    Leaf(Value),
    One(Thing),
    Many(Vec<Thing>),
}

impl Thing {
    fn class(&self) -> &'static str {
        match self {
            Self::Folder(path) if path.is_empty() => "hudson.model.Hudson",
            Self::Folder(_) => "com.cloudbees.hudson.plugins.folder.Folder",
            Self::Job(_) => "org.jenkinsci.plugins.workflow.job.WorkflowJob",
            Self::Build(..) => "org.jenkinsci.plugins.workflow.job.WorkflowRun",
            Self::Value(_) => "",
        }
    }
}

/// What plugins say of a build; one of them says nothing.
fn actions(build: &Build) -> Vec<Value> {
    let cause = match &build.by {
        Some((login, name)) => json!({
            "_class": "hudson.model.Cause$UserIdCause", "shortDescription": format!("Started by user {name}"), "userId": login, "userName": name,
        }),
        None => json!({ "_class": "hudson.triggers.TimerTrigger$TimerTriggerCause", "shortDescription": "Started by timer" }),
    };
    let mut all = vec![json!({ "_class": "hudson.model.CauseAction", "causes": [cause] })];
    if !build.parameters.is_empty() {
        let parameters = build.parameters.iter().map(|(name, value)| {
            let class = if value.is_boolean() { "hudson.model.BooleanParameterValue" } else { "hudson.model.StringParameterValue" };
            json!({ "_class": class, "name": name, "value": value })
        });
        all.push(json!({ "_class": "hudson.model.ParametersAction", "parameters": parameters.collect::<Value>() }));
    }
    if let Some((repository, commit, branch)) = &build.source {
        let branches = json!([{ "SHA1": commit, "name": format!("refs/remotes/origin/{branch}") }]);
        all.push(json!({
            "_class": "hudson.plugins.git.util.BuildData",
            "lastBuiltRevision": { "SHA1": commit, "branch": branches },
            "remoteUrls": [repository],
            "scmName": "",
        }));
    }
    all.push(json!({}));
    all
}

/// What a tree names of a value, and its class.
fn pruned(value: &Value, tree: &Tree) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = |(name, value): (&String, &Value)| match tree.0.get(name).or(tree.0.get("*")) {
                _ if name == "_class" => Some((name.clone(), value.clone())),
                Some(below) => Some((name.clone(), pruned(value, &below.tree))),
                None => None,
            };
            Value::Object(fields.iter().filter_map(kept).collect())
        }
        Value::Array(values) => values.iter().map(|value| pruned(value, tree)).collect(),
        leaf => leaf.clone(),
    }
}

/// A part of a path, percent-encoding undone once.
fn decoded(part: &str) -> String {
    let part = part.replace('+', "%2B").replace('&', "%26");
    url::form_urlencoded::parse(format!("n={part}").as_bytes()).next().map(|(_, name)| name.into_owned()).unwrap_or_default()
}
