//! From builds to deployments and pipeline runs, and signs of whose they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::collect::environment::{Place, of_environment, of_name};
use crate::collect::jenkins::client::JobPath;
use crate::collect::jenkins::wire::{Action, Build, Cause};
use crate::collect::jenkins::{Config, Parameters};
use crate::model::event::{Deployment, PipelineRun, Step, to_fields};
use crate::model::{Event, EventKind, Hint, Instant, Kind, Resource};

/// What builds of a job are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// They bring something somewhere; what the job's name says of it.
    Deploys(BTreeMap<&'static str, String>),
    /// They do something else that is wanted.
    Builds,
}

/// What the configuration makes of a job; none if its builds are not wanted.
pub(super) fn role(config: &Config, job: &JobPath) -> Option<Role> {
    let name = job.name();
    let fits = |name: &str| config.deployments.iter().find_map(|pattern| pattern.fit(name));
    if let Some(parts) = fits(&name) {
        return Some(Role::Deploys(parts));
    }
    // Branches have slashes of their own, which Jenkins writes otherwise.
    if let Some(parts) = fits(&job.full_name()) {
        return Some(Role::Deploys(parts));
    }
    config.builds.iter().any(|pattern| pattern.fit(&job.full_name()).is_some()).then_some(Role::Builds)
}

/// What a build tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    /// An event, and signs of whose it is.
    Event(Box<Event>, Vec<Hint>),
    /// Nothing was done.
    Nothing,
    /// Something is missing that an event must have.
    Lacks(&'static str),
}

/// The event of a build.
pub(super) fn told(config: &Config, job: &JobPath, role: &Role, build: &Build, check: &str) -> Told {
    match role {
        Role::Deploys(parts) => deployment(config, job, parts, build, check),
        Role::Builds => pipeline_run(config, job, build, check),
    }
}

/// When a build was asked for.
pub(super) fn began(build: &Build) -> Instant {
    Instant::from_micros(build.timestamp.saturating_mul(1000))
}

/// Whether it goes on.
pub(super) fn is_open(build: &Build) -> bool {
    build.building || build.result.is_none()
}

/// One that still looks over its shoulder has a result, but no duration yet.
fn ended(build: &Build) -> Option<Instant> {
    (!is_open(build)).then(|| Instant::from_micros(build.timestamp.saturating_add(build.duration.max(0)).saturating_mul(1000)))
}

fn actions(build: &Build) -> impl Iterator<Item = &Action> {
    build.actions.iter().flatten()
}

fn parameters(build: &Build) -> BTreeMap<&str, String> {
    let mut all = BTreeMap::new();
    for parameter in actions(build).flat_map(|action| &action.parameters) {
        let value = match &parameter.value {
            Value::String(text) => text.trim().to_owned(),
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
            other => other.to_string(),
        };
        if !value.is_empty() {
            all.entry(parameter.name.as_str()).or_insert(value);
        }
    }
    all
}

/// A repository that a build used, and what of it.
struct Used<'a> {
    url: &'a str,
    commit: Option<&'a str>,
    branch: Option<&'a str>,
}

fn used(build: &Build) -> Vec<Used<'_>> {
    let mut all = Vec::new();
    for action in actions(build) {
        let Some(url) = action.remote_urls.first() else { continue };
        let revision = action.last_built_revision.as_ref();
        let commit = revision.and_then(|revision| revision.sha.as_deref()).filter(|sha| is_commit(sha));
        let branch = revision.and_then(|revision| revision.branch.first()?.name.as_deref());
        let branch = branch.map(|name| name.strip_prefix("refs/remotes/").unwrap_or(name));
        let branch = branch.map(|name| name.strip_prefix("origin/").unwrap_or(name));
        all.push(Used { url, commit, branch: branch.filter(|name| *name != "detached") });
    }
    all
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `acme/billing` of an address of a repository.
fn repository(url: &str) -> Option<String> {
    let path = url.trim_end_matches('/').trim_end_matches(".git").rsplit_once("://").map_or(url.trim_end_matches(".git"), |(_, rest)| rest);
    let mut parts = path.rsplit(['/', ':']).filter(|part| !part.is_empty());
    let (name, owner) = (parts.next()?, parts.next()?);
    Some(format!("{owner}/{}", name.trim_end_matches(".git")))
}

/// Who started it, and what did.
fn cause(build: &Build) -> (Option<String>, Option<&'static str>, Option<String>) {
    let causes: Vec<&Cause> = actions(build).flat_map(|action| &action.causes).collect();
    let person = causes.iter().find_map(|cause| cause.user_id.clone().or_else(|| cause.user_name.clone()));
    let of = |cause: &&Cause| match cause.class.rsplit(['.', '$']).next().unwrap_or_default() {
        "UserIdCause" | "UserCause" => Some("manual"),
        "TimerTriggerCause" => Some("schedule"),
        "SCMTriggerCause" | "BranchEventCause" | "BranchIndexingCause" | "GitHubPushCause" | "PushCause" => Some("push"),
        "UpstreamCause" | "BuildUpstreamCause" => Some("upstream"),
        "ReplayCause" | "RestartDeclarativePipelineCause" => Some("replay"),
        _ => None,
    };
    let upstream = causes.iter().find_map(|cause| Some(format!("{} #{}", cause.upstream_project.as_ref()?, cause.upstream_build?)));
    let said = causes.iter().find_map(|cause| cause.short_description.clone());
    (person, causes.iter().find_map(of), upstream.map(|upstream| format!("started by {upstream}")).or(said))
}

/// The steps of a build whose result means `word`.
fn history(build: &Build, word: &str) -> (Option<Instant>, Vec<Step>) {
    let (began, ended) = (began(build), ended(build));
    let mut steps = vec![Step::state(began, "in_progress")];
    if let Some(ended) = ended {
        steps.retain(|step| step.at < ended);
        steps.push(Step::state(ended, word));
    }
    (ended, steps)
}

/// A job of this name may be made again, and its numbers begin anew then.
fn id(job: &JobPath, build: &Build) -> String {
    format!("{}#{}@{}", job.full_name(), build.number, began(build))
}

fn deployment(config: &Config, job: &JobPath, parts: &BTreeMap<&'static str, String>, build: &Build, check: &str) -> Told {
    let result = build.result.as_deref().unwrap_or_default();
    let word = match result {
        // What went out went out, whatever a test says of it.
        "SUCCESS" | "UNSTABLE" => "success",
        "FAILURE" => "failure",
        "ABORTED" => "cancelled",
        "NOT_BUILT" => return Told::Nothing,
        _ => "error",
    };
    let parameters = parameters(build);
    let Parameters { service, environment, region, version, commit } = &config.parameters;
    let of = |names: &[String]| names.iter().find_map(|name| parameters.get(name.as_str()).cloned());
    let named = |name: &'static str| parts.get(name).cloned();
    let mut found = of(service);
    let is_of_job = found.is_none();
    // A name may hold the environment without the pattern saying where: deploy-billing-production.
    let mut place = Place::default();
    if found.is_none()
        && let Some(text) = named("service")
    {
        found = Some(match of_name(&text) {
            Some((stem, of_text)) if !stem.is_empty() && !parts.contains_key("environment") => {
                place = of_text;
                stem
            }
            _ => text,
        });
    }
    let Some(service) = found else { return Told::Lacks("service") };
    if let Some(text) = of(environment).or_else(|| named("environment")) {
        place = of_environment(&text);
    }
    if let Some(text) = of(region).or_else(|| named("region")) {
        place.region = Some(text.to_lowercase());
    }
    if place.environment.is_empty() {
        return Told::Lacks("environment");
    }
    let used = used(build);
    let is_own = |used: &&Used<'_>| repository(used.url).is_some_and(|name| name.rsplit('/').next() == Some(service.as_str()));
    let own = used.iter().find(is_own);
    // A job that deploys many services uses a repository of none of them.
    let source = own.or(if is_of_job && used.len() == 1 { used.first() } else { None });
    let (by, _, said) = cause(build);
    let body = Deployment {
        environment: place.environment,
        region: place.region,
        version: of(version).or_else(|| named("version")),
        commit: of(commit).filter(|text| is_commit(text)).or_else(|| source.and_then(|used| used.commit).map(str::to_owned)),
        git_ref: named("branch").or_else(|| source.and_then(|used| used.branch).map(str::to_owned)),
        by,
        log: Some(format!("{check}console")),
        description: if result == "UNSTABLE" { Some("unstable".to_owned()) } else { said },
        ..Deployment::default()
    };
    // Of a job that deploys many services each is a resource of its own.
    let resource = if is_of_job { job.full_name() } else { format!("{}#{service}", job.full_name()) };
    let mut hints = if is_of_job { vec![Hint::Annotation(job.full_name())] } else { Vec::new() };
    hints.extend(own.map(|used| Hint::Repository(used.url.to_owned())));
    hints.push(Hint::Name(service));
    // It may hold nothing but scripts that deploy, so the name is asked first.
    hints.extend(source.filter(|_| own.is_none()).map(|used| Hint::Repository(used.url.to_owned())));
    let (ended, history) = history(build, word);
    let event = Event {
        kind: EventKind::Deployment,
        id: id(job, build),
        resource: Arc::new(Resource { id: resource, kind: Kind::Service, scope: config.scope() }),
        at: began(build),
        ended,
        history,
        is_whole: true,
        body: to_fields(&body),
        check: Some(check.to_owned()),
    };
    Told::Event(Box::new(event), hints)
}

fn pipeline_run(config: &Config, job: &JobPath, build: &Build, check: &str) -> Told {
    let word = match build.result.as_deref().unwrap_or_default() {
        "SUCCESS" => "success",
        "FAILURE" | "UNSTABLE" => "failure",
        "ABORTED" => "cancelled",
        "NOT_BUILT" => "skipped",
        _ => "neutral",
    };
    let used = used(build);
    let Some((source, name)) = used.iter().find_map(|used| Some((used, repository(used.url)?))) else { return Told::Lacks("repository") };
    let (by, trigger, _) = cause(build);
    let body = PipelineRun {
        name: job.full_name(),
        number: Some(build.number),
        branch: source.branch.map(str::to_owned),
        commit: source.commit.map(str::to_owned),
        trigger: trigger.map(str::to_owned),
        by,
        ..PipelineRun::default()
    };
    let (ended, history) = history(build, word);
    let event = Event {
        kind: EventKind::PipelineRun,
        id: id(job, build),
        resource: Arc::new(Resource { id: name, kind: Kind::Repository, scope: config.scope() }),
        at: began(build),
        ended,
        history,
        is_whole: true,
        body: to_fields(&body),
        check: Some(check.to_owned()),
    };
    Told::Event(Box::new(event), vec![Hint::Repository(source.url.to_owned())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_named_by_owner_and_name() {
        for url in [
            "https://git.example/acme/billing.git",
            "git@git.example:acme/billing.git",
            "ssh://git@git.example:22/acme/billing",
            "https://git.example/acme/billing/",
        ] {
            assert_eq!(repository(url).as_deref(), Some("acme/billing"), "{url}");
        }
        assert_eq!(repository("billing"), None);
    }
}
