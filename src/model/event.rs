//! What happened: events with their own time and life, beside the statements that say how things are.
//!
//! # Invariants
//! - An event is known by (source, kind, id). What its source tells of it later corrects what it told before.
//! - What it was at a moment is the fold of its history up to then; fields without history are as of now.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::model::{Instant, Resource};

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum EventKind {
    /// A version was brought to an environment, or was meant to be: [`Deployment`].
    Deployment = 1,
    /// A cluster replaced the pods of a workload: [`Rollout`].
    Rollout = 2,
    /// A disturbance of operation: [`trouble::Incident`](crate::model::trouble::Incident).
    Incident = 3,
    /// A defect: [`trouble::Bug`](crate::model::trouble::Bug).
    Bug = 4,
    /// A customer asked for help: [`trouble::SupportCase`](crate::model::trouble::SupportCase).
    SupportCase = 5,
    /// A change was proposed: [`PullRequest`].
    PullRequest = 6,
    /// A workflow or build ran: [`PipelineRun`].
    PipelineRun = 7,
    /// Somebody acted through spot: [`Action`].
    Action = 8,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 8] =
        [Self::Deployment, Self::Rollout, Self::Incident, Self::Bug, Self::SupportCase, Self::PullRequest, Self::PipelineRun, Self::Action];

    /// The word used in files and filters.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Rollout => "rollout",
            Self::Incident => "incident",
            Self::Bug => "bug",
            Self::SupportCase => "support_case",
            Self::PullRequest => "pull_request",
            Self::PipelineRun => "pipeline_run",
            Self::Action => "action",
        }
    }
}

/// Number of an event: a hash of its source, kind and id, the same in every index. As text it is opaque, `event-` and 16 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventNo(pub u64);

impl EventNo {
    /// The number of an event.
    #[must_use]
    pub fn of(source: &str, kind: EventKind, id: &str) -> Self {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        for part in [source, kind.word(), id] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.digest())
    }
}

impl fmt::Display for EventNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event-{:016x}", self.0)
    }
}

impl FromStr for EventNo {
    type Err = NoEventNo;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_prefix("event-").and_then(|digits| u64::from_str_radix(digits, 16).ok());
        number.map(Self).ok_or_else(|| NoEventNo(text.to_owned()))
    }
}

impl Serialize for EventNo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is the number of no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of an event")]
pub struct NoEventNo(String);

/// The kind of the notes that hold the kinds of events that a source tells of, by the source's name.
pub const TELLS: &str = "tells";

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for EventKind {
    type Err = UnknownEventKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.word() == text).ok_or_else(|| UnknownEventKind(text.to_owned()))
    }
}

/// A word that names no kind of event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a kind of event; expected one of deployment, rollout, incident, bug, support_case, pull_request, pipeline_run, action"
)]
pub struct UnknownEventKind(String);

/// One step of an event's life: fields that got another value, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The source's own time.
    pub at: Instant,
    /// The fields and their new values; `state` is the one that every event has. Null ends a field.
    #[serde(flatten)]
    pub set: BTreeMap<String, Value>,
}

impl Step {
    /// A step that only changes the state.
    #[must_use]
    pub fn state(at: Instant, state: &str) -> Self {
        Self { at, set: BTreeMap::from([("state".to_owned(), Value::from(state))]) }
    }
}

/// Something that happened, as its source tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What kind of thing.
    pub kind: EventKind,
    /// Unique and stable among the events of this kind in the source.
    pub id: String,
    /// What it happened to, as the source names it; links tie it to an entity.
    pub resource: Arc<Resource>,
    /// When it began.
    pub at: Instant,
    /// When it was over, if it is and the source tells.
    pub ended: Option<Instant>,
    /// Its life, oldest first.
    pub history: Vec<Step>,
    /// True if `history` is all there is: it replaces what was known. Else its steps are added to those.
    pub is_whole: bool,
    /// The typed body of its kind, as of now: see [`to_fields`].
    pub body: Map<String, Value>,
    /// Where a person can look at it.
    pub check: Option<String>,
}

/// Fields of an event at a moment: `body` with the history up to then over it.
#[must_use]
pub fn fields_at(body: &Map<String, Value>, history: &[Step], at: Instant) -> Map<String, Value> {
    let mut fields = body.clone();
    for (name, value) in history.iter().filter(|step| step.at <= at).flat_map(|step| &step.set) {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    fields
}

/// The value of one field of an event's history at a moment.
#[must_use]
pub fn value_at<'a>(history: &'a [Step], field: &str, at: Instant) -> Option<&'a Value> {
    history.iter().rev().filter(|step| step.at <= at).find_map(|step| step.set.get(field)).filter(|value| !value.is_null())
}

/// Adds steps to a history: in order of time, each once; of two at one instant the later told follows.
pub fn add_steps(history: &mut Vec<Step>, more: Vec<Step>) {
    for step in more {
        if !history.contains(&step) {
            history.push(step);
        }
    }
    history.sort_by_key(|step| step.at);
}

/// A typed body as fields, without what is absent or empty.
#[must_use]
pub fn to_fields<T: Serialize>(body: &T) -> Map<String, Value> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(body) else { return Map::new() };
    fields.retain(|_, value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    });
    fields
}

/// Body of [`EventKind::Deployment`]. States: queued, in_progress, success, failure, error, cancelled; after success
/// `inactive` once something else took its place, if the source says so, or `removed` if nothing did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deployment {
    /// The environment without its region: production, staging.
    pub environment: String,
    /// Region, datacenter or cluster within the environment.
    pub region: Option<String>,
    /// Whether the environment is production. Absent: by its name.
    pub production: Option<bool>,
    /// The version for people: a tag, else absent.
    pub version: Option<String>,
    /// Full object id of the commit.
    pub commit: Option<String>,
    /// Branch or tag from which it was made.
    pub git_ref: Option<String>,
    /// Who started it: a login or name.
    pub by: Option<String>,
    /// Number of the pull request that brought it, if known.
    pub pull_request: Option<u64>,
    /// Where its log is.
    pub log: Option<String>,
    /// Where the deployed thing can be reached.
    pub url: Option<String>,
    /// What the source says about it: a description or task.
    pub description: Option<String>,
    /// The source itself says that it went back to an earlier version. spot also recognises it by the versions.
    pub rollback: bool,
}

/// Body of [`EventKind::Rollout`]. States: in_progress, success, failure, superseded (another one took its place before its
/// result was seen).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollout {
    /// The cluster's name.
    pub cluster: String,
    /// Its region, if known.
    pub region: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// Deployment, StatefulSet or DaemonSet.
    pub workload_kind: String,
    /// The workload's name.
    pub workload: String,
    /// The revision that it brings.
    pub revision: Option<u64>,
    /// The images of its containers, by container.
    pub images: BTreeMap<String, String>,
    /// The version: label `app.kubernetes.io/version`, else the tag of the main image.
    pub version: Option<String>,
    /// The environment that the cluster or namespace is for.
    pub environment: Option<String>,
    /// Annotation `kubernetes.io/change-cause`.
    pub cause: Option<String>,
    /// The revision is an earlier one again.
    pub rollback: bool,
    /// Why it failed, as the cluster says.
    pub message: Option<String>,
}

/// Body of [`EventKind::PullRequest`]. States: draft, open, reviewed (from the first review on), merged, closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// The author's login.
    pub author: Option<String>,
    /// Logins of those who reviewed it.
    pub reviewers: Vec<String>,
    /// The branch into which it goes.
    pub base: Option<String>,
    /// The branch from which it comes.
    pub head: Option<String>,
    /// The commit that brought it into the base.
    pub merge_commit: Option<String>,
    /// Who merged it.
    pub merged_by: Option<String>,
    /// Lines added.
    pub additions: Option<u64>,
    /// Lines deleted.
    pub deletions: Option<u64>,
    /// Names of its labels.
    pub labels: Vec<String>,
}

/// Body of [`EventKind::PipelineRun`]. States: queued, in_progress, success, failure, cancelled, skipped, timed_out,
/// neutral, action_required.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PipelineRun {
    /// The workflow or job.
    pub name: String,
    /// Its number.
    pub number: Option<u64>,
    /// Which attempt.
    pub attempt: Option<u64>,
    /// The branch on which it ran.
    pub branch: Option<String>,
    /// Full object id of the commit.
    pub commit: Option<String>,
    /// What started it: push, pull_request, schedule.
    pub trigger: Option<String>,
    /// Who started it.
    pub by: Option<String>,
}

/// Body of [`EventKind::Action`]. States: started, then succeeded, failed (asked for, and the system refused or did not
/// answer) or refused (not asked for). One that only started was cut off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Action {
    /// restart, scale, rollback, delete_pod.
    pub action: String,
    /// Who did it.
    pub by: String,
    /// viewer, operator or admin.
    pub role: String,
    /// Why, in that person's words.
    pub reason: String,
    /// What exactly was done: replicas, revision, pod.
    pub detail: Option<String>,
    /// What the system answered, if it refused.
    pub message: Option<String>,
}

/// The commits that were in production for the first time with a deployment or rollout. No source tells them: spot reads
/// them from the repository and keeps them in the field [`Brought::FIELD`] of the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// The number of the deployment before it, from which they were counted.
    pub after: u64,
    /// Committer times of the newest [`Brought::MOST`] of them, in seconds since 1970, newest first.
    pub committed: Vec<i64>,
}

impl Brought {
    /// Where it is kept.
    pub const FIELD: &str = "brought";
    /// Times that are kept at most.
    pub const MOST: usize = 1_000;
}

/// What a deployment or rollout comes down to: which version stands where since when. Kept beside the event, so that
/// what runs at a moment is found without reading every event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// When it succeeded, if it did.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<Instant>,
    /// When it failed or was given up, if it was.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Instant>,
    /// When it was taken away without a successor, if it was.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Instant>,
    /// The environment.
    #[serde(rename = "e")]
    pub environment: String,
    /// Whether the source says that it is production.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub production: Option<bool>,
    /// The region, or the cluster where the source tells no region.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The version for people; else the short commit.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The source itself calls it a rollback.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub rollback: bool,
    /// The commits that it brought, once they were read.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<Brought>,
}

impl Arrival {
    /// Whether it is one to production: by its source's word, else by the name of the environment.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.production.unwrap_or(self.environment == "production")
    }

    /// Of an event of another kind there is none.
    #[must_use]
    pub fn of(kind: EventKind, body: &Map<String, Value>, history: &[Step]) -> Option<Self> {
        let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
        let first = |states: &[&str]| {
            let is_one = |step: &&Step| step.set.get("state").and_then(Value::as_str).is_some_and(|state| states.contains(&state));
            history.iter().find(is_one).map(|step| step.at)
        };
        let place = match kind {
            EventKind::Deployment => text("region"),
            EventKind::Rollout => text("region").or_else(|| text("cluster")),
            _ => return None,
        };
        let commit = || text("commit").map(|commit| commit.chars().take(8).collect());
        Some(Self {
            succeeded: first(&["success"]),
            failed: first(&["failure", "error", "cancelled", "superseded"]),
            removed: first(&["removed"]),
            environment: text("environment").unwrap_or_default(),
            production: body.get("production").and_then(Value::as_bool),
            region: place,
            version: text("version").or_else(commit),
            rollback: body.get("rollback").and_then(Value::as_bool).unwrap_or(false),
            brought: body.get(Brought::FIELD).and_then(|brought| Brought::deserialize(brought).ok()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_moment() {
        let at = Instant::from_seconds;
        let mut history = vec![Step::state(at(10), "queued")];
        add_steps(&mut history, vec![Step::state(at(30), "success"), Step::state(at(20), "in_progress"), Step::state(at(10), "queued")]);
        assert_eq!(history.len(), 3);
        let body = to_fields(&Deployment { environment: "production".to_owned(), ..Deployment::default() });
        let state = |seconds| fields_at(&body, &history, at(seconds)).get("state").cloned();
        assert_eq!((state(9), state(10), state(29)), (None, Some("queued".into()), Some("in_progress".into())));
        assert_eq!(value_at(&history, "state", at(99)), Some(&Value::from("success")));
        assert_eq!(fields_at(&body, &history, at(99))["environment"], "production");
    }
}
