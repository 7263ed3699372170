//! The evidence between deployments and incidents: which brought which about, by whose word, and which may be named by a person.
//!
//! # Invariants
//! - What counts here counts in the figures of delivery: both are linked by [`links`].
//! - What a person said of a pair is told whether it makes a link or takes one away, and whether or not the deployment counts.
//! - A word is as of now: one that is given later counts for the past, too.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::audit::CauseRecord;
use crate::model::{EntityId, EventKind, Instant, Kind, Span};
use crate::quality::delivery::{Basis, Correction, Deployment, Disturbance, links, said};
use crate::quality::incidents::Course;
use crate::query::board::delivery::{BEFORE, deployments, disturbance, disturbances};
use crate::query::event::{Happened, event, family};
use crate::query::{Error, Known, Lens, graph};
use crate::store::EventNo;
use crate::store::lives::Counted;

/// All that people say of causes.
pub(super) struct Words {
    records: Vec<CauseRecord>,
    /// The same, as links take them.
    pub(super) corrections: Vec<Correction>,
    /// Incidents of which a person named the deployment, with its number.
    named: Vec<(u64, Disturbance)>,
}

impl Words {
    pub(super) fn read(lens: &Lens, now: Instant) -> Result<Self, Error> {
        let notes = lens.view().notes(CauseRecord::NOTE).into_values();
        let records: Vec<CauseRecord> = notes.filter_map(|note| serde_json::from_value(note).ok()).collect();
        let corrections = records.iter().map(correction).collect();
        let mut named = Vec::new();
        for record in records.iter().filter(|record| record.is_cause == Some(true)) {
            named.extend(incident_of(lens, record.incident, now)?.map(|incident| (record.deployment.0, incident)));
        }
        Ok(Self { records, corrections, named })
    }

    /// The incidents of a service with those of others that people say its deployments caused.
    pub(super) fn with_named<'o>(&self, own: &'o [Disturbance], deployments: &[Deployment]) -> Cow<'o, [Disturbance]> {
        let mut all = Cow::Borrowed(own);
        for (deployment, incident) in &self.named {
            let is_here = deployments.iter().any(|one| is_of(one, *deployment));
            if is_here && all.iter().all(|one| one.id != incident.id) {
                all.to_mut().push(incident.clone());
            }
        }
        all
    }

    fn record_of(&self, wanted: &Correction) -> Option<CauseRecord> {
        self.records.iter().find(|record| correction(record) == *wanted).cloned()
    }
}

fn correction(record: &CauseRecord) -> Correction {
    let CauseRecord { at, actor, deployment, incident, is_cause, .. } = record;
    Correction { deployment: deployment.0, incident: incident.0, is_cause: *is_cause, by: actor.name.clone(), at: *at }
}

/// A deployment and an incident, and why the one is, or is not, taken for the cause of the other.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The deployment.
    pub deployment: Happened,
    /// The incident.
    pub incident: Happened,
    /// Whether it is taken for the cause.
    pub is_cause: bool,
    /// By what.
    pub basis: Basis,
    /// How long after the deployment the incident began; nothing if it began before.
    pub before: Option<Duration>,
    /// What a person said of the two, if that counts.
    pub word: Option<CauseRecord>,
}

/// Which deployments brought an incident about, and which did not by a person's word: the causes first, then the newest.
/// Nothing for other events.
///
/// # Errors
/// If the store cannot be read.
pub fn brought_about_by(lens: &Lens, incident: EventNo, now: Instant) -> Result<Vec<Evidence>, Error> {
    let Some(Scene { incident, deployments, words }) = scene(lens, incident, now)? else { return Ok(Vec::new()) };
    let at = incident.started;
    evidence(lens, (&deployments, None), &[incident], &words, at)
}

/// Which incidents a deployment brought about, and which it did not by a person's word. Nothing for other events.
///
/// # Errors
/// If the store cannot be read.
pub fn brought_about(lens: &Lens, deployment: EventNo, now: Instant) -> Result<Vec<Evidence>, Error> {
    let Some(happened) = event(lens, deployment)? else { return Ok(Vec::new()) };
    if !matches!(happened.record.kind, EventKind::Deployment | EventKind::Rollout) {
        return Ok(Vec::new());
    }
    let words = Words::read(lens, now)?;
    let all = disturbances(lens, now)?;
    let (mut held, mut incidents) = (Vec::new(), Vec::new());
    for service in services_of(lens, &happened, now)? {
        let own = all.get(&service).map(Vec::as_slice).unwrap_or_default();
        let within = Span::new(happened.record.at.plus_seconds(-BEFORE), now.plus_micros(1));
        held.extend(deployments(lens, service, own, within)?);
        incidents.extend_from_slice(own);
    }
    for record in words.records.iter().filter(|record| record.deployment == deployment) {
        incidents.extend(incident_of(lens, record.incident, now)?);
    }
    let mut incidents = words.with_named(&incidents, &held).into_owned();
    let mut seen = BTreeSet::new();
    incidents.retain(|incident| seen.insert(incident.id));
    let id = held.iter().find(|one| is_of(one, deployment.0)).map_or(deployment.0, |one| one.id);
    evidence(lens, (&held, Some(id)), &incidents, &words, happened.record.at)
}

/// Deployments of an incident's services that a person may name as its cause, beside those that are known to be or not to be:
/// those that had succeeded before it began, the newest first.
///
/// # Errors
/// If the store cannot be read.
pub fn candidates(lens: &Lens, incident: EventNo, first: usize, now: Instant) -> Result<Vec<Happened>, Error> {
    let Some(Scene { incident, mut deployments, words }) = scene(lens, incident, now)? else { return Ok(Vec::new()) };
    let policy = lens.view().policy(incident.started);
    let mut known: BTreeSet<u64> =
        said(&deployments, &words.corrections).remove(&incident.id).into_iter().flatten().map(|(id, _)| id).collect();
    let found = links(&deployments, std::slice::from_ref(&incident), &words.corrections, &policy.quality);
    known.extend(found.links.iter().map(|link| link.deployment));
    deployments.retain(|one| one.succeeded && one.at <= incident.started && incident.services.contains(&one.service));
    deployments.sort_by_key(|one| Reverse((one.at, one.id)));
    let wanted = deployments.iter().filter(|one| known.insert(one.id)).take(first);
    wanted.filter_map(|one| event(lens, EventNo(one.id)).transpose()).collect()
}

/// An incident with all deployments that may have to do with it.
struct Scene {
    incident: Disturbance,
    deployments: Vec<Deployment>,
    words: Words,
}

fn scene(lens: &Lens, no: EventNo, now: Instant) -> Result<Option<Scene>, Error> {
    let Some(incident) = incident_of(lens, no, now)? else { return Ok(None) };
    let words = Words::read(lens, now)?;
    let mut services: BTreeSet<EntityId> = incident.services.iter().copied().collect();
    let mut from = incident.started;
    for record in words.records.iter().filter(|record| record.incident == no) {
        if let Some(happened) = event(lens, record.deployment)? {
            from = from.min(happened.record.at);
            services.extend(services_of(lens, &happened, now)?);
        }
    }
    let within = Span::new(from.plus_seconds(-BEFORE), now.plus_micros(1));
    let mut all = Vec::new();
    for service in services {
        all.extend(deployments(lens, service, std::slice::from_ref(&incident), within)?);
    }
    Ok(Some(Scene { incident, deployments: all, words }))
}

/// What counts, and what people say, of pairs of these deployments, or of one of them alone, and incidents.
fn evidence(
    lens: &Lens,
    (deployments, of): (&[Deployment], Option<u64>),
    incidents: &[Disturbance],
    words: &Words,
    at: Instant,
) -> Result<Vec<Evidence>, Error> {
    let said = said(deployments, &words.corrections);
    let policy = lens.view().policy(at);
    let mut pairs: BTreeMap<(u64, u64), (bool, Basis)> = BTreeMap::new();
    for incident in incidents {
        for (deployment, correction) in said.get(&incident.id).into_iter().flatten() {
            let basis = Basis::Person { by: correction.by.clone(), at: correction.at };
            pairs.insert((*deployment, incident.id), (correction.is_cause == Some(true), basis));
        }
    }
    let linked = links(deployments, incidents, &words.corrections, &policy.quality).links;
    pairs.extend(linked.into_iter().map(|link| ((link.deployment, link.incident), (true, link.basis))));
    let mut found = Vec::new();
    for ((id, number), (is_cause, basis)) in pairs.into_iter().filter(|((id, _), _)| of.is_none_or(|of| of == *id)) {
        let (Some(deployment), Some(incident)) = (event(lens, EventNo(id))?, event(lens, EventNo(number))?) else { continue };
        let arrived = deployments.iter().find(|one| one.id == id).map_or(deployment.record.at, |one| one.at);
        let before = u64::try_from(incident.record.at.micros() - arrived.micros()).ok().map(Duration::from_micros);
        let word = said.get(&number).and_then(|words| words.get(&id)).and_then(|correction| words.record_of(correction));
        found.push(Evidence { deployment, incident, is_cause, basis, before, word });
    }
    found.sort_by_key(|one| {
        let (deployment, incident) = (&one.deployment, &one.incident);
        (!one.is_cause, Reverse((incident.record.at, deployment.record.at)), incident.no, deployment.no)
    });
    Ok(found)
}

/// Whether an event is a deployment, or one of its arrivals elsewhere.
fn is_of(deployment: &Deployment, event: u64) -> bool {
    deployment.id == event || deployment.also.contains(&event)
}

/// An incident as known now; nothing if the event is none, or turned out to be none.
fn incident_of(lens: &Lens, no: EventNo, now: Instant) -> Result<Option<Disturbance>, Error> {
    let Some(stored) = lens.view().event(no)?.filter(|stored| stored.record.kind == EventKind::Incident) else { return Ok(None) };
    Ok(disturbance(lens, stored.record.resource, no, &Course::of_record(&stored.record), now))
}

/// The services among whose deployments one may count.
fn services_of(lens: &Lens, deployment: &Happened, now: Instant) -> Result<Vec<EntityId>, Error> {
    let Some(entity) = deployment.entity else { return Ok(Vec::new()) };
    let mut services = match lens.kind(entity) {
        Some(Kind::Service) => vec![entity],
        Some(Kind::Workload) => graph::runs_in(lens, entity, now)?.into_iter().collect(),
        Some(Kind::Repository) => graph::named_in(lens, entity, Known::Repository, false, now)?,
        _ => Vec::new(),
    };
    let mut failure = None;
    services.retain(|service| match family(lens, *service, now) {
        Ok(family) => family.contains(&entity),
        Err(error) => failure.replace(error).is_some(),
    });
    failure.map_or(Ok(services), Err)
}
