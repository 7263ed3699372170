//! Rollouts as events: what the revisions of a workload and its status tell of how they came about. Pure.
//!
//! # Invariants
//! - An event is told once a state: what was told is remembered, so that its beginning never moves.
//! - Times are the cluster's own; none is later than now, and none ends before it begins.
//! - Of a revision that another one replaced before it was seen to be complete, no result is claimed: it is superseded.
//! - What a list would tell that is only not there yet is waited for, so that nothing is told that has to be corrected.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::collect::kubernetes::convert::{Cluster, Readable, by_container, number_of, version, version_of};
use crate::collect::kubernetes::kind::ApiKind;
use crate::collect::kubernetes::state::{Pod, Set, State, Status, Uid, Workload};
use crate::model::event::{Rollout, Step, to_fields};
use crate::model::{Event, EventKind, Instant};

/// The controllers' clocks may differ by this much.
const SKEW_SECONDS: i64 = 60;
/// How much later than its workload a revision may be heard of.
const LATE_SECONDS: i64 = 600;

/// What was told last of a workload's rollouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// The newest revision.
    pub(crate) revision: String,
    /// Its state.
    pub(crate) state: String,
    /// When it began.
    pub(crate) at: Instant,
    /// When the workload was made; another one of its name counts its revisions anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<Instant>,
    /// There was an earlier workload of its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) again: bool,
}

impl Known {
    /// As a collector remembers it.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// As it was remembered.
    pub(crate) fn of_value(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }
}

/// The events of a workload that were not told yet, and what is known then. None if nothing is new.
pub(crate) fn rollouts(
    cluster: &Cluster,
    state: &State,
    readable: &Readable,
    uid: Uid,
    known: Option<&Known>,
    now: Instant,
) -> Option<(Vec<Event>, Known)> {
    let workload = state.workloads.get(&uid)?;
    let status = workload.status.as_ref()?;
    let story = Story { cluster, state, uid, workload, status, now };
    let (label, set) = story.newest()?;
    let again = known.is_some_and(|known| known.again || (known.made.is_some() && known.made != workload.created));
    let of_this = known.filter(|known| known.made.is_none() || known.made == workload.created);
    let same = of_this.filter(|known| known.revision == label);
    // Its revision comes by a list or a watch of its own, perhaps later.
    let is_young = now < story.began(None, of_this).plus_seconds(LATE_SECONDS);
    if set.is_none() && is_young && sets_of(workload.kind).is_some_and(|sets| readable.contains(&sets)) {
        return None;
    }
    let began = same.map_or_else(|| story.began(set, of_this), |known| known.at).min(now);
    // What went by numbers goes by numbers, also while they cannot be read.
    let is_number = |label: &str| label.parse::<u64>().is_ok();
    if of_this.is_some_and(|known| is_number(&known.revision) && !is_number(&label)) {
        return None;
    }
    let (word, ended, message) = story.result(set, began);
    if same.is_some_and(|known| known.state == word || known.state == "success") {
        return None;
    }
    let known = Known { revision: label.clone(), state: word.to_owned(), at: began, made: workload.created, again };
    let mut events = Vec::new();
    if same.is_none() {
        events.extend(story.replaced(of_this, number_of(state, uid, workload), began, &known));
    }
    let mut history = vec![Step::state(began, "in_progress")];
    if let Some(ended) = ended {
        history.push(Step::state(ended, word));
    }
    let body = Rollout {
        revision: number_of(state, uid, workload),
        images: by_container(&workload.images),
        version: version(workload),
        cause: set.and_then(|set| set.cause.as_deref()).or_else(|| workload.cause()).map(str::to_owned),
        rollback: set.is_some_and(|set| story.is_rollback(set)),
        message,
        ..story.body()
    };
    events.push(story.event(&known, &label, began, ended, history, to_fields(&body)));
    Some((events, known))
}

/// The list that holds the revisions of a kind of workload.
pub(crate) const fn sets_of(workload: ApiKind) -> Option<ApiKind> {
    match workload {
        ApiKind::Deployments => Some(ApiKind::ReplicaSets),
        ApiKind::StatefulSets | ApiKind::DaemonSets => Some(ApiKind::ControllerRevisions),
        _ => None,
    }
}

struct Story<'a> {
    cluster: &'a Cluster,
    state: &'a State,
    uid: Uid,
    workload: &'a Workload,
    status: &'a Status,
    now: Instant,
}

impl<'a> Story<'a> {
    /// The newest revision: by which an event is known, and its ReplicaSet or ControllerRevision if that may be read.
    fn newest(&self) -> Option<(String, Option<&'a Set>)> {
        let number = number_of(self.state, self.uid, self.workload);
        let numbered = || number.and_then(|number| self.state.revisions(self.uid).into_iter().rev().find(|(of, _)| *of == number));
        let set = numbered().map(|(_, set)| set);
        let label = match (self.workload.kind, number) {
            (ApiKind::Deployments | ApiKind::StatefulSets | ApiKind::DaemonSets, Some(number)) => number.to_string(),
            // Without its ControllerRevisions, by the hash that its name ends with.
            (ApiKind::StatefulSets, None) => self.status.update.as_deref()?.rsplit('-').next()?.to_owned(),
            // Nothing but the template changes the generation of a DaemonSet.
            (ApiKind::DaemonSets, None) => self.workload.generation.to_string(),
            _ => return None,
        };
        Some((label, set))
    }

    /// A revision that was there before: its ReplicaSet had another number, its ControllerRevision is older than others.
    fn is_rollback(&self, set: &Set) -> bool {
        match set.kind {
            ApiKind::ReplicaSets => !set.earlier.is_empty(),
            _ => self.others(set).any(|other| other.created > set.created),
        }
    }

    fn others(&self, set: &Set) -> impl Iterator<Item = &'a Set> {
        let revision = set.revision;
        self.state.revisions(self.uid).into_iter().map(|(_, other)| other).filter(move |other| other.revision < revision)
    }

    /// The pods of the newest revision, as far as can be told.
    fn own_pods(&self, set: Option<&Set>) -> impl Iterator<Item = &'a Pod> {
        let of_set = set.filter(|set| set.kind == ApiKind::ReplicaSets).map(|set| set.name.clone());
        let pods = self.state.pods(self.uid).into_iter();
        pods.filter(move |(_, owner)| of_set.is_none() || owner.map(|owner| &owner.name) == of_set.as_ref()).map(|(pod, _)| pod)
    }

    fn began(&self, set: Option<&Set>, last: Option<&Known>) -> Instant {
        let progressing = || self.status.progressing.as_ref().and_then(|progressing| progressing.updated);
        match set {
            Some(set) if !self.is_rollback(set) && set.created.is_some() => set.created.unwrap_or(self.now),
            Some(set) => {
                // It went on when its first pod came back, later than what was there before.
                let after = self.others(set).filter_map(|other| other.created).chain(last.map(|last| last.at)).max();
                let first = self.own_pods(Some(set)).filter_map(|pod| pod.created).filter(|created| Some(*created) > after).min();
                first.or_else(progressing).unwrap_or(self.now)
            }
            None => {
                let first = self.own_pods(None).filter_map(|pod| pod.created).max();
                progressing().or(first).or(self.workload.created).unwrap_or(self.now)
            }
        }
    }

    /// The state, when it was reached, and what the cluster says.
    fn result(&self, set: Option<&Set>, began: Instant) -> (&'static str, Option<Instant>, Option<String>) {
        let at = |at: Option<Instant>| Some(at.unwrap_or(self.now).max(began).min(self.now));
        if let Some(progressing) = &self.status.progressing {
            let told = progressing.updated.or(progressing.turned);
            let is_of_this = told.is_none_or(|told| told.plus_seconds(SKEW_SECONDS) >= began);
            return match (progressing.is_true, &*progressing.reason) {
                (false, "ProgressDeadlineExceeded") if is_of_this => {
                    ("failure", at(progressing.turned.or(progressing.updated)), Some(progressing.message.to_string()))
                }
                (true, "NewReplicaSetAvailable") if is_of_this && self.status.updated >= self.status.wanted => ("success", at(told), None),
                _ => ("in_progress", None, None),
            };
        }
        if self.is_complete() {
            return ("success", at(self.own_pods(set).filter_map(|pod| pod.ready_since).max()), None);
        }
        ("in_progress", None, None)
    }

    /// As `kubectl rollout status` judges it by the numbers.
    fn is_complete(&self) -> bool {
        let Status { wanted, total, updated, ready, available, current, update, .. } = self.status;
        match self.workload.kind {
            ApiKind::StatefulSets => {
                let partition = self.workload.partition;
                let all = if partition > 0 { *updated >= wanted.saturating_sub(partition) } else { current == update };
                all && ready >= wanted
            }
            ApiKind::DaemonSets => updated >= wanted && available.unwrap_or(*ready) >= *wanted,
            _ => updated >= wanted && total <= updated && available.unwrap_or(*ready) >= *wanted,
        }
    }

    /// Revisions that came and were replaced since the last time; of those no result is known.
    fn replaced(&self, last: Option<&Known>, newest: Option<u64>, began: Instant, known: &Known) -> Vec<Event> {
        let Some(newest) = newest else { return Vec::new() };
        let seen = match last {
            None => 0,
            // Told by another name; which of the numbers it had is not known.
            Some(last) => last.revision.parse::<u64>().unwrap_or(newest),
        };
        // One that is there again has left no trace of its former beginning.
        let trail = self.state.revisions(self.uid).into_iter().filter(|(number, _)| *number >= seen && *number < newest);
        let trail: Vec<(u64, &Set)> = trail.filter(|(_, set)| !self.is_rollback(set)).collect();
        let ended = |at: Instant, next: Option<Instant>| next.unwrap_or(began).min(self.now).max(at);
        let mut events = Vec::new();
        if let Some(last) = last.filter(|last| last.state == "in_progress") {
            let next = trail.iter().find(|(number, _)| *number > seen).and_then(|(_, set)| set.created);
            events.push(self.superseded(known, &last.revision, last.at, ended(last.at, next), Map::new()));
        }
        for (position, (number, set)) in trail.iter().enumerate().filter(|(_, (number, _))| last.is_none() || *number > seen) {
            let Some(at) = set.created.map(|created| created.min(self.now)) else { continue };
            let next = trail.get(position + 1).and_then(|(_, next)| next.created);
            let version = version_of(set.version.as_deref(), self.workload.main_image(&set.images));
            let body = Rollout {
                revision: Some(*number),
                images: by_container(&set.images),
                version,
                cause: set.cause.as_ref().map(ToString::to_string),
                ..self.body()
            };
            events.push(self.superseded(known, &number.to_string(), at, ended(at, next), to_fields(&body)));
        }
        events
    }

    fn superseded(&self, known: &Known, label: &str, at: Instant, ended: Instant, body: Map<String, Value>) -> Event {
        let history = vec![Step::state(at, "in_progress"), Step::state(ended, "superseded")];
        self.event(known, label, at, Some(ended), history, body)
    }

    fn body(&self) -> Rollout {
        Rollout {
            cluster: self.cluster.name.clone(),
            region: self.cluster.region.clone(),
            namespace: self.workload.namespace.to_string(),
            workload_kind: self.workload.kind.word().to_owned(),
            workload: self.workload.name.to_string(),
            environment: self.cluster.environment_of(&self.workload.namespace),
            ..Rollout::default()
        }
    }

    fn event(
        &self,
        known: &Known,
        label: &str,
        at: Instant,
        ended: Option<Instant>,
        history: Vec<Step>,
        body: Map<String, Value>,
    ) -> Event {
        let resource = self.cluster.workload(self.workload);
        let mut id = format!("{}@{label}", resource.id);
        if let Some(made) = known.made.filter(|_| known.again) {
            id = format!("{id}+{}", made.micros() / 1_000_000);
        }
        let check = Some(format!(
            "kubectl --context {} --namespace {} rollout history {}/{}",
            self.cluster.name,
            self.workload.namespace,
            self.workload.kind.word().to_lowercase(),
            self.workload.name
        ));
        Event { kind: EventKind::Rollout, id, resource, at, ended, history, is_whole: false, body, check }
    }
}
