//! Delivery through time: DORA's figures of every service, summed up by the middle one.
//!
//! # Invariants
//! - A version that arrives in several regions one after another is one deployment: when it first succeeded in any.
//! - A rollback is what its source calls one, or a version that had stood there before the one that it replaces.
//! - A deployment belongs to whoever owned the service then; so does what it led to.
//! - The commits that a deployment brought are those since the one before it that was no rollback. If another one became
//!   known between both since they were read, they are not known until they are read again.
//! - What people say of causes counts whenever they said it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::model::event::Arrival;
use crate::model::{EntityId, EventKind, Instant, Kind, Policy, ResourceNo, Span, Spans};
use crate::quality::delivery::{Delivery, Deployment, Disturbance, Links, delivery, links, summary};
use crate::quality::incidents::Course;
use crate::query::board::causes::Words;
use crate::query::board::places::Places;
use crate::query::board::{Coverage, Figures};
use crate::query::commits::brought;
use crate::query::event::{Place, event, family, read};
use crate::query::metric::{Metric, Split, Whose};
use crate::query::series::{Bucket, last_instant};
use crate::query::{Error, Lens, document};
use crate::store::{EventNo, EventPlace};

/// Seconds before the first bucket whose deployments count as what stood there.
pub(super) const BEFORE: i64 = 100 * 86_400;

/// Measures the delivery of services by owner, or of all together.
pub(in crate::query) fn measured(lens: &Lens, whose: Whose, now: Instant, buckets: &[Bucket]) -> Result<Figures, Error> {
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { return Ok(Figures::new()) };
    let within = Span::new(first.from, last.to.min(now.plus_micros(1)));
    let history = Span::new(first.from.plus_seconds(-BEFORE), now.plus_micros(1));
    let coverage = Coverage::of_deployments(lens, history)?;
    let policies: Vec<Arc<Policy>> = buckets.iter().map(|bucket| lens.view().policy(last_instant(bucket, now))).collect();
    let incidents = disturbances(lens, now)?;
    let words = Words::read(lens, now)?;
    let mut places = Places::new(lens, whose)?;
    // By group, of every service what it had in each bucket.
    let mut groups: BTreeMap<Option<EntityId>, Vec<Vec<Delivery>>> = BTreeMap::new();
    if whose.split == Split::Whole {
        groups.insert(None, vec![Vec::new(); buckets.len()]);
    }
    for &service in lens.view().entities(Kind::Service).iter() {
        let mut spans: BTreeMap<Option<EntityId>, Vec<Span>> = BTreeMap::new();
        places.pieces(service, within, &mut spans)?;
        if spans.is_empty() {
            continue;
        }
        let own = incidents.get(&service).map(Vec::as_slice).unwrap_or_default();
        let deployments = deployments(lens, service, own, history)?;
        if deployments.is_empty() {
            continue;
        }
        let own = &*words.with_named(own, &deployments);
        // A policy holds for many buckets, one after another.
        let mut linked: Vec<Arc<Links>> = Vec::new();
        for (index, policy) in policies.iter().enumerate() {
            let same = linked.last().filter(|_| Arc::ptr_eq(policy, &policies[index - 1])).cloned();
            linked.push(same.unwrap_or_else(|| Arc::new(links(&deployments, own, &words.corrections, &policy.quality))));
        }
        for (group, spans) in spans {
            let scope: Spans = spans.into_iter().collect();
            let row = groups.entry(group).or_insert_with(|| vec![Vec::new(); buckets.len()]);
            for (index, bucket) in buckets.iter().enumerate() {
                let span = Span::new(bucket.from, bucket.to.min(within.to));
                row[index].push(delivery(&deployments, own, &linked[index], span, &scope));
            }
        }
    }
    let mut found = Figures::new();
    for (group, row) in groups {
        let sums: Vec<_> = row.iter().map(|services| summary(services)).collect();
        let mut put = |metric: Metric, value: &dyn Fn(usize) -> Option<f64>| {
            found.entry(metric).or_default().insert(group, coverage.points(buckets, now, false, value));
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        put(Metric::Deployments, &|bucket| Some(sums[bucket].deployments as f64));
        put(Metric::DeploymentsPerDay, &|bucket| sums[bucket].per_day.map(|median| median.value));
        put(Metric::ChangeFailRate, &|bucket| sums[bucket].change_fail_rate.map(|median| median.value));
        put(Metric::RecoverySeconds, &|bucket| sums[bucket].recovery_time.map(|median| median.value.as_secs_f64()));
        put(Metric::ReworkRate, &|bucket| sums[bucket].rework_rate.map(|median| median.value));
        let lead_time = |bucket: usize| sums[bucket].lead_time.map(|median| median.value.as_secs_f64());
        let mut points = coverage.points(buckets, now, false, lead_time);
        for ((_, covered), sum) in points.iter_mut().zip(&sums) {
            *covered = covered.map(|share| share * sum.lead_time_known.unwrap_or(1.0));
        }
        found.entry(Metric::LeadTimeSeconds).or_default().insert(group, points);
    }
    Ok(found)
}

impl Coverage {
    /// Of the sources that told of a deployment or rollout in a time.
    fn of_deployments(lens: &Lens, within: Span) -> Result<Self, Error> {
        let mut numbers = BTreeSet::new();
        for kind in [EventKind::Deployment, EventKind::Rollout] {
            lens.view().for_each_event_place(kind, within.from, within.to, |_, resource| _ = numbers.insert(resource))?;
        }
        let sources: BTreeSet<String> =
            numbers.into_iter().filter_map(|no| lens.view().resource(no)).map(|resource| resource.source.clone()).collect();
        Self::of_sources(lens, sources)
    }
}

/// The deployments behind a figure of a span: all of them, those that failed, or those that were unplanned.
pub(super) fn records(lens: &Lens, metric: Metric, whose: Whose, span: Span, now: Instant) -> Result<Vec<(Instant, EventNo)>, Error> {
    let history = Span::new(span.from.plus_seconds(-BEFORE), now.plus_micros(1));
    let policy = lens.view().policy(span.to.plus_micros(-1));
    let incidents = disturbances(lens, now)?;
    let words = Words::read(lens, now)?;
    let mut places = Places::new(lens, whose)?;
    let mut found = Vec::new();
    for &service in lens.view().entities(Kind::Service).iter() {
        let mut spans: BTreeMap<Option<EntityId>, Vec<Span>> = BTreeMap::new();
        places.pieces(service, span, &mut spans)?;
        let scope: Spans = spans.into_values().flatten().collect();
        if scope.as_slice().is_empty() {
            continue;
        }
        let own = incidents.get(&service).map(Vec::as_slice).unwrap_or_default();
        let all = deployments(lens, service, own, history)?;
        let own = &*words.with_named(own, &all);
        let when: HashMap<u64, Instant> = all.iter().map(|deployment| (deployment.id, deployment.at)).collect();
        let delivered = || delivery(&all, own, &links(&all, own, &words.corrections, &policy.quality), span, &scope);
        let ids: Vec<u64> = match metric {
            Metric::ChangeFailRate => delivered().failed.into_iter().map(|failed| failed.deployment).collect(),
            Metric::RecoverySeconds => {
                delivered().failed.into_iter().filter(|failed| failed.recovery.is_some()).map(|failed| failed.deployment).collect()
            }
            Metric::LeadTimeSeconds => {
                let is_known =
                    |one: &&Deployment| scope.contains(one.at) && one.commits.as_ref().is_some_and(|commits| !commits.is_empty());
                all.iter().filter(is_known).map(|one| one.id).collect()
            }
            Metric::ReworkRate => delivered().rework.into_iter().map(|(id, _)| id).collect(),
            _ => all.iter().filter(|one| one.succeeded && scope.contains(one.at)).map(|one| one.id).collect(),
        };
        found.extend(ids.into_iter().filter_map(|id| Some((*when.get(&id)?, EventNo(id)))));
    }
    Ok(found)
}

/// The incidents of each service, as known now.
pub(super) fn disturbances(lens: &Lens, now: Instant) -> Result<HashMap<EntityId, Vec<Disturbance>>, Error> {
    let courses = lens.view().lives::<Course>()?;
    let mut found: HashMap<EntityId, Vec<Disturbance>> = HashMap::new();
    for no in courses.resources() {
        for course in courses.of(no) {
            let Some(disturbance) = disturbance(lens, no, course.place.no, &course.life, now) else { continue };
            for service in &disturbance.services {
                found.entry(*service).or_default().push(disturbance.clone());
            }
        }
    }
    Ok(found)
}

/// An incident as known now; nothing if it was none.
pub(super) fn disturbance(lens: &Lens, no: ResourceNo, event: EventNo, course: &Course, now: Instant) -> Option<Disturbance> {
    let resource = lens.view().resource(no)?;
    let incident = course.known_at(now)?;
    let others = course.also().filter_map(|id| lens.view().resource_no(&resource.source, id));
    let numbers = std::iter::once(no).chain(others);
    let services: BTreeSet<EntityId> = numbers.filter_map(|no| lens.view().linked_at(no, incident.started())).collect();
    Some(Disturbance {
        id: event.0,
        services: services.into_iter().collect(),
        started: incident.started(),
        ended: incident.ended(),
        cause: course.cause().map(str::to_owned),
    })
}

/// The deployments of a service to production that succeeded or failed in a time, oldest first.
pub(super) fn deployments(lens: &Lens, service: EntityId, incidents: &[Disturbance], within: Span) -> Result<Vec<Deployment>, Error> {
    let (mut told, mut seen) = (Vec::new(), Vec::new());
    for entity in family(lens, service, within.to)? {
        let is_workload = lens.kind(entity) == Some(Kind::Workload);
        let kind = if is_workload { EventKind::Rollout } else { EventKind::Deployment };
        let arrivals = lens.view().arrivals_of(entity, kind, within.from, within.to)?;
        let of_production = arrivals.into_iter().filter(|(_, arrival)| arrival.is_production());
        if is_workload { seen.extend(of_production) } else { told.extend(of_production) }
    }
    // What a deployment tool tells is told by the cluster once more.
    let mut arrivals = if told.is_empty() { seen } else { told };
    arrivals.sort_by_key(|(place, arrival)| (over(arrival), *place));
    let is_named = incidents.iter().any(|incident| incident.cause.is_some());
    let mut found: Vec<Deployment> = Vec::new();
    let mut versions: Vec<Option<String>> = Vec::new();
    // Of the versions that failed to arrive, where the first attempt stands in what is found.
    let mut attempts: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for (place, arrival) in arrivals {
        let Some(at) = over(&arrival).filter(|at| *at < within.to) else { continue };
        let succeeded = arrival.succeeded.is_some();
        // The same version in another region belongs to the deployment that brought it.
        if succeeded && versions.last() == Some(&arrival.version) && arrival.version.is_some() {
            if let Some(same) = found.iter_mut().rev().find(|one| one.succeeded) {
                same.also.push(place.no.0);
                if is_named {
                    same.names.extend(names(lens, place)?);
                }
            }
            continue;
        }
        if !succeeded {
            let first = *attempts.entry(arrival.version.clone()).or_insert(found.len());
            if let Some(same) = found.get_mut(first) {
                same.also.push(place.no.0);
                continue;
            }
        }
        let rollback = succeeded && (arrival.rollback || arrival.version.is_some() && versions.contains(&arrival.version));
        if succeeded {
            versions.push(arrival.version);
            attempts.clear();
        }
        let names = if is_named { names(lens, place)? } else { Vec::new() };
        let before = last(&found).map(|before| before.id);
        let brought = arrival.brought.filter(|brought| succeeded && !rollback && before.is_none_or(|before| before == brought.after));
        let commits = brought.map(|brought| brought.committed.into_iter().map(Instant::from_seconds).collect());
        found.push(Deployment { id: place.no.0, also: Vec::new(), service, at, succeeded, rollback, hotfix: false, names, commits });
    }
    Ok(found)
}

/// What brought the newest version.
fn last(deployments: &[Deployment]) -> Option<&Deployment> {
    deployments.iter().rev().find(|one| one.succeeded && !one.rollback)
}

/// A deployment of which it has not been read which commits it brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The deployment.
    pub event: EventNo,
    /// When it succeeded.
    pub at: Instant,
    /// The one before it.
    pub after: EventNo,
    /// What sources call the repository, as source and id.
    pub repository: Vec<(String, String)>,
    /// The commit or version that stood there before.
    pub from: String,
    /// The commit or version that it brought.
    pub to: String,
}

/// The deployments of a time of which it has not been read which commits they brought, by service. The first one of a
/// service is not among them: what stood there before is not known.
///
/// # Errors
/// If the store cannot be read.
pub fn unread(lens: &Lens, within: Span) -> Result<Vec<Unread>, Error> {
    let mut found = Vec::new();
    for &service in lens.view().entities(Kind::Service).iter() {
        let all = deployments(lens, service, &[], Span::new(Instant::MIN, within.to))?;
        for (index, one) in all.iter().enumerate() {
            let is_unread = one.succeeded && !one.rollback && one.commits.is_none() && within.contains(one.at);
            let Some(before) = last(&all[..index]).filter(|_| is_unread) else { continue };
            let Some(repository) = document::repository(lens, service, one.at)? else { continue };
            let [from, to] = [before.id, one.id].map(|id| event(lens, EventNo(id)));
            let (Some(from), Some(to)) = (from?, to?) else { continue };
            if let (Some(from), Some(to)) = (brought(&from), brought(&to)) {
                found.push(Unread {
                    event: EventNo(one.id),
                    at: one.at,
                    after: EventNo(before.id),
                    repository: document::resources(lens, repository, one.at)?,
                    from: from.to_owned(),
                    to: to.to_owned(),
                });
            }
        }
    }
    Ok(found)
}

/// When a deployment was over, either way.
fn over(arrival: &Arrival) -> Option<Instant> {
    arrival.succeeded.or(arrival.failed)
}

/// By what an incident may name a deployment.
fn names(lens: &Lens, event: EventPlace) -> Result<Vec<String>, Error> {
    let Some(happened) = read(lens, Place { at: event.at, entity: None, event })? else { return Ok(Vec::new()) };
    let body = &happened.record.body;
    let texts = ["version", "commit", "log", "url"].into_iter().filter_map(|field| body.get(field)).filter_map(Value::as_str);
    let check = happened.record.check.as_deref();
    Ok(texts.chain(check).chain([happened.record.id.as_str()]).map(str::to_owned).collect())
}
