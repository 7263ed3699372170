//! How fast and how safely a service is delivered: DORA's five, with the evidence behind them.
//!
//! # Invariants
//! - Only deployments to production count, per service; services are summed up by medians and never pooled into one.
//! - Without a deployment there is no rate, and without a known commit no lead time. Sample sizes stand beside each figure.
//! - Every link between a deployment and an incident says by what it is one: a person, the source, or the rule. A person's word
//!   wins, the latest one of several.
//! - The same data in another order give the same figures.
//!
//! Definitions: dora.dev, the metrics guide of January 2026; `docs/metrics.md`, Delivery, has what spot counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::policy::QualityPolicy;
use crate::model::{EntityId, Instant, Span, Spans};
use crate::quality::incidents::{duration, median};

/// A deployment of a service to production that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its number.
    pub id: u64,
    /// Numbers of the same version's arrivals elsewhere.
    pub also: Vec<u64>,
    /// What was deployed.
    pub service: EntityId,
    /// When it succeeded or failed.
    pub at: Instant,
    /// The version arrived. One that failed is an attempt: it is told, and counts in no rate.
    pub succeeded: bool,
    /// It brought an earlier version back.
    pub rollback: bool,
    /// It was unplanned and made to mend something, as its source says.
    pub hotfix: bool,
    /// By what an incident may name it: its id at the source, version, commit, address.
    pub names: Vec<String>,
    /// Committer times of the commits that were in production with it for the first time; absent if that is not known.
    pub commits: Option<Vec<Instant>>,
}

/// An incident, as far as delivery is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disturbance {
    /// Its number.
    pub id: u64,
    /// The services that it happened to.
    pub services: Vec<EntityId>,
    /// When it began.
    pub started: Instant,
    /// When it was over, if it is.
    pub ended: Option<Instant>,
    /// The deployment that brought it about, if its source names one.
    pub cause: Option<String>,
}

/// What a person said about a deployment and an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The deployment, or one of its arrivals elsewhere.
    pub deployment: u64,
    /// The incident.
    pub incident: u64,
    /// True: it caused the incident. False: it did not. Absent: what was said before is withdrawn.
    pub is_cause: Option<bool>,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// By what a link is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A person said so.
    Person {
        /// Who.
        by: String,
        /// When.
        at: Instant,
    },
    /// The source of the incident names the deployment.
    Stated,
    /// It was the latest deployment of the service before the incident, and not longer ago than the policy allows.
    Rule {
        /// How long before the incident it was.
        before: Duration,
    },
}

/// A deployment that caused an incident.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The deployment.
    pub deployment: u64,
    /// The incident.
    pub incident: u64,
    /// By what.
    pub basis: Basis,
}

/// Which deployments caused which incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Sorted by deployment and incident; a pair occurs once.
    pub links: Vec<Link>,
    /// Incidents whose source names a deployment that is not known.
    pub unmatched: Vec<u64>,
}

/// What people say now, by incident and deployment: the latest word of several, without those that are withdrawn.
#[must_use]
pub fn said<'c>(deployments: &[Deployment], corrections: &'c [Correction]) -> BTreeMap<u64, BTreeMap<u64, &'c Correction>> {
    let belongs: BTreeMap<u64, u64> =
        deployments.iter().flat_map(|deployment| deployment.also.iter().map(|arrival| (*arrival, deployment.id))).collect();
    let mut said: BTreeMap<u64, BTreeMap<u64, &Correction>> = BTreeMap::new();
    for correction in corrections {
        let deployment = belongs.get(&correction.deployment).copied().unwrap_or(correction.deployment);
        let slot = said.entry(correction.incident).or_default().entry(deployment).or_insert(correction);
        if (slot.at, &slot.by, slot.is_cause) < (correction.at, &correction.by, correction.is_cause) {
            *slot = correction;
        }
    }
    said.values_mut().for_each(|words| words.retain(|_, correction| correction.is_cause.is_some()));
    said
}

/// Links deployments to incidents. For each incident: what a person said; else the deployment that the source names; else, by
/// rule, the latest successful one of each of its services before it. Where a person or the source names one, whether or not
/// it is among these deployments, the rule is not asked.
#[must_use]
pub fn links(deployments: &[Deployment], incidents: &[Disturbance], corrections: &[Correction], policy: &QualityPolicy) -> Links {
    let mut by_service: BTreeMap<EntityId, Vec<&Deployment>> = BTreeMap::new();
    for deployment in deployments {
        by_service.entry(deployment.service).or_default().push(deployment);
    }
    by_service.values_mut().for_each(|row| row.sort_by_key(|deployment| (deployment.at, deployment.id)));
    let said = said(deployments, corrections);
    let known: BTreeSet<u64> = deployments.iter().map(|deployment| deployment.id).collect();
    let longest = Duration::from_secs(u64::from(policy.caused_within_hours) * 3_600);
    let mut found: BTreeMap<(u64, u64), Basis> = BTreeMap::new();
    let mut unmatched = BTreeSet::new();
    for incident in incidents {
        let words = || said.get(&incident.id).into_iter().flatten();
        let is_refused = |id: u64| words().any(|(deployment, correction)| *deployment == id && correction.is_cause == Some(false));
        let mut is_explained = false;
        for (deployment, correction) in words().filter(|(_, correction)| correction.is_cause == Some(true)) {
            is_explained = true;
            if known.contains(deployment) {
                let basis = Basis::Person { by: correction.by.clone(), at: correction.at };
                found.insert((*deployment, incident.id), basis);
            }
        }
        if is_explained {
            continue;
        }
        if let Some(cause) = &incident.cause {
            let services: BTreeSet<EntityId> = incident.services.iter().copied().collect();
            let rows = services.iter().filter_map(|service| by_service.get(service));
            let named = rows.flatten().filter(|deployment| deployment.at <= incident.started && deployment.names.contains(cause));
            match named.max_by_key(|deployment| (deployment.at, deployment.id)) {
                Some(deployment) if !is_refused(deployment.id) => {
                    found.insert((deployment.id, incident.id), Basis::Stated);
                }
                Some(_) => {}
                None => _ = unmatched.insert(incident.id),
            }
            continue;
        }
        for service in &incident.services {
            let Some(row) = by_service.get(service) else { continue };
            let before = row[..row.partition_point(|deployment| deployment.at <= incident.started)].iter();
            let Some(latest) = before.rev().find(|deployment| deployment.succeeded) else { continue };
            let before = duration(Span::new(latest.at, incident.started).micros());
            if before <= longest && !is_refused(latest.id) {
                found.insert((latest.id, incident.id), Basis::Rule { before });
            }
        }
    }
    let links = found.into_iter().map(|((deployment, incident), basis)| Link { deployment, incident, basis }).collect();
    Links { links, unmatched: unmatched.into_iter().collect() }
}

/// A deployment that had to be mended at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The deployment.
    pub deployment: u64,
    /// The incidents that it caused.
    pub incidents: Vec<u64>,
    /// The rollback that took it away.
    pub rolled_back_by: Option<u64>,
    /// When the service was well again: at the rollback or at the end of the last of the incidents, whichever was first.
    /// Nothing if it is not yet.
    pub recovered: Option<Instant>,
    /// From the deployment until then.
    pub recovery: Option<Duration>,
}

/// Why a deployment was unplanned work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rework {
    /// It brought an earlier version back.
    Rollback,
    /// Its source calls it a hotfix.
    Hotfix,
    /// It was the first one during an incident that another deployment of the service had caused.
    During(u64),
}

/// A middle value, and of how many it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Median<T> {
    /// The value.
    pub value: T,
    /// The size of the sample.
    pub of: usize,
}

/// The delivery of one service in a period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivery {
    /// Successful deployments.
    pub deployments: usize,
    /// Attempts that failed before anything arrived.
    pub failed_attempts: usize,
    /// Successful deployments a day of 24 hours; nothing for no time.
    pub per_day: Option<f64>,
    /// From commit to production, over all commits that arrived in the period for the first time.
    pub lead_time: Option<Median<Duration>>,
    /// Deployments of which it is known what they brought: the lead time is of them.
    pub lead_time_known: usize,
    /// Deployments, rollbacks aside, of which it is not.
    pub lead_time_unknown: usize,
    /// Deployments that had to be mended at once, oldest first.
    pub failed: Vec<Failed>,
    /// Their share of all, from 0.0 to 1.0; nothing without a deployment.
    pub change_fail_rate: Option<f64>,
    /// From such a deployment until the service was well again, over those that are.
    pub recovery_time: Option<Median<Duration>>,
    /// Unplanned deployments, oldest first, and why.
    pub rework: Vec<(u64, Rework)>,
    /// Their share of all, from 0.0 to 1.0; nothing without a deployment.
    pub rework_rate: Option<f64>,
}

/// The delivery of a service in a span, which is the part of the period that counts. `deployments` are all of this service up
/// to now, also those before and after the span; what the span's deployments led to later is known as of now. Those of the
/// time in which the service belonged to the scope count.
#[must_use]
pub fn delivery(deployments: &[Deployment], incidents: &[Disturbance], links: &Links, span: Span, scope: &Spans) -> Delivery {
    let counts = |deployment: &&Deployment| span.contains(deployment.at) && scope.contains(deployment.at);
    let mut row: Vec<&Deployment> = deployments.iter().filter(|deployment| deployment.succeeded).collect();
    row.sort_by_key(|deployment| (deployment.at, deployment.id));
    let incidents: BTreeMap<u64, &Disturbance> = incidents.iter().map(|incident| (incident.id, incident)).collect();
    let own: BTreeSet<u64> = row.iter().map(|deployment| deployment.id).collect();
    let mut caused: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for link in links.links.iter().filter(|link| own.contains(&link.deployment) && incidents.contains_key(&link.incident)) {
        caused.entry(link.deployment).or_default().push(link.incident);
    }
    // A rollback takes away what stood there before it.
    let rolled_back: BTreeMap<u64, &Deployment> =
        row.windows(2).filter(|pair| pair[1].rollback).map(|pair| (pair[0].id, pair[1])).collect();
    let mut mended: BTreeMap<u64, u64> = BTreeMap::new();
    for incident in caused.values().flatten().filter_map(|id| incidents.get(id)) {
        let next = row.get(row.partition_point(|deployment| deployment.at <= incident.started));
        if let Some(next) = next.filter(|next| incident.ended.is_none_or(|ended| next.at <= ended)) {
            let first = mended.entry(next.id).or_insert(incident.id);
            *first = (*first).min(incident.id);
        }
    }
    let mut found = Delivery::default();
    let (mut lead, mut recovery) = (Vec::new(), Vec::new());
    for deployment in row.iter().copied().filter(counts) {
        found.deployments += 1;
        match &deployment.commits {
            Some(commits) => {
                found.lead_time_known += 1;
                lead.extend(commits.iter().map(|commit| Span::new(*commit, deployment.at).micros()));
            }
            None => found.lead_time_unknown += usize::from(!deployment.rollback),
        }
        let incidents_of = caused.get(&deployment.id).cloned().unwrap_or_default();
        let rollback = rolled_back.get(&deployment.id);
        if !incidents_of.is_empty() || rollback.is_some() {
            let ends: Option<Vec<Instant>> = incidents_of.iter().map(|id| incidents[id].ended).collect();
            let healed = ends.and_then(|ends| ends.into_iter().max());
            let recovered = [healed, rollback.map(|rollback| rollback.at)].into_iter().flatten().min();
            let micros = recovered.map(|at| Span::new(deployment.at, at).micros());
            recovery.extend(micros);
            found.failed.push(Failed {
                deployment: deployment.id,
                incidents: incidents_of,
                rolled_back_by: rollback.map(|rollback| rollback.id),
                recovered,
                recovery: micros.map(duration),
            });
        }
        let rework = match mended.get(&deployment.id) {
            _ if deployment.rollback => Some(Rework::Rollback),
            _ if deployment.hotfix => Some(Rework::Hotfix),
            Some(incident) => Some(Rework::During(*incident)),
            None => None,
        };
        found.rework.extend(rework.map(|rework| (deployment.id, rework)));
    }
    found.failed_attempts = deployments.iter().filter(counts).filter(|deployment| !deployment.succeeded).count();
    #[expect(clippy::cast_precision_loss, reason = "a period has few days and deployments")]
    {
        let (all, days) = (found.deployments as f64, span.micros() as f64 / 86_400e6);
        found.per_day = (!span.is_empty()).then(|| all / days);
        found.change_fail_rate = (found.deployments > 0).then(|| found.failed.len() as f64 / all);
        found.rework_rate = (found.deployments > 0).then(|| found.rework.len() as f64 / all);
    }
    found.lead_time = middle(lead);
    found.recovery_time = middle(recovery);
    found
}

/// Several services: how many were deployed how often in all, and the middle service of each figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many services.
    pub services: usize,
    /// Successful deployments of all of them.
    pub deployments: usize,
    /// Those of them that had to be mended.
    pub failed: usize,
    /// Those of them that were unplanned.
    pub rework: usize,
    /// Deployments a day of the middle service, those without any included.
    pub per_day: Option<Median<f64>>,
    /// The middle of the services' lead times, over those where it is known.
    pub lead_time: Option<Median<Duration>>,
    /// The share of all deployments, rollbacks aside, of which it is known what they brought, from 0.0 to 1.0; nothing
    /// without one.
    pub lead_time_known: Option<f64>,
    /// The middle of the services' change fail rates, over those that were deployed.
    pub change_fail_rate: Option<Median<f64>>,
    /// The middle of the services' recovery times, over those that recovered from something.
    pub recovery_time: Option<Median<Duration>>,
    /// The middle of the services' rework rates, over those that were deployed.
    pub rework_rate: Option<Median<f64>>,
}

/// Sums up services.
#[must_use]
pub fn summary(services: &[Delivery]) -> Summary {
    let times = |time: fn(&Delivery) -> Option<Median<Duration>>| {
        middle(services.iter().filter_map(|one| i64::try_from(time(one)?.value.as_micros()).ok()).collect())
    };
    let shares = |share: fn(&Delivery) -> Option<f64>| {
        let mut known: Vec<f64> = services.iter().filter_map(share).collect();
        known.sort_unstable_by(f64::total_cmp);
        let upper = *known.get(known.len() / 2)?;
        let value = if known.len() % 2 == 1 { upper } else { f64::midpoint(known[known.len() / 2 - 1], upper) };
        Some(Median { value, of: known.len() })
    };
    let known: usize = services.iter().map(|one| one.lead_time_known).sum();
    let brought = known + services.iter().map(|one| one.lead_time_unknown).sum::<usize>();
    #[expect(clippy::cast_precision_loss, reason = "a period has few deployments")]
    let lead_time_known = (brought > 0).then(|| known as f64 / brought as f64);
    Summary {
        services: services.len(),
        deployments: services.iter().map(|one| one.deployments).sum(),
        failed: services.iter().map(|one| one.failed.len()).sum(),
        rework: services.iter().map(|one| one.rework.len()).sum(),
        per_day: shares(|one| one.per_day),
        lead_time: times(|one| one.lead_time),
        lead_time_known,
        change_fail_rate: shares(|one| one.change_fail_rate),
        recovery_time: times(|one| one.recovery_time),
        rework_rate: shares(|one| one.rework_rate),
    }
}

fn middle(micros: Vec<i64>) -> Option<Median<Duration>> {
    let of = micros.len();
    median(micros).map(|value| Median { value: duration(value), of })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 60;

    fn at(minute: i64) -> Instant {
        Instant::from_seconds(minute * 60)
    }

    fn service() -> EntityId {
        EntityId(1)
    }

    fn deployment(id: u64, minute: i64) -> Deployment {
        Deployment {
            id,
            also: Vec::new(),
            service: service(),
            at: at(minute),
            succeeded: true,
            rollback: false,
            hotfix: false,
            names: vec![format!("v{id}")],
            commits: None,
        }
    }

    fn incident(id: u64, started: i64, ended: Option<i64>) -> Disturbance {
        Disturbance { id, services: vec![service()], started: at(started), ended: ended.map(at), cause: None }
    }

    fn correction(deployment: u64, incident: u64, is_cause: bool, minute: i64) -> Correction {
        Correction { deployment, incident, is_cause: Some(is_cause), by: "ada".to_owned(), at: at(minute) }
    }

    fn linked(deployments: &[Deployment], incidents: &[Disturbance], corrections: &[Correction]) -> Vec<(u64, u64)> {
        let links = links(deployments, incidents, corrections, &QualityPolicy::default());
        links.links.iter().map(|link| (link.deployment, link.incident)).collect()
    }

    #[test]
    fn the_latest_deployment_before_an_incident_is_its_cause() {
        let deployments = [deployment(1, 0), deployment(2, HOUR), Deployment { succeeded: false, ..deployment(3, 90) }, deployment(4, 200)];
        assert_eq!(linked(&deployments, &[incident(7, 100, None)], &[]), [(2, 7)], "one that failed brought nothing");
        assert_eq!(linked(&deployments, &[incident(7, HOUR, None)], &[]), [(2, 7)], "at the same instant");
        assert_eq!(linked(&deployments, &[incident(7, 200 + 4 * HOUR, None)], &[]), [(4, 7)], "at the end of the four hours");
        assert_eq!(linked(&deployments, &[incident(7, 201 + 4 * HOUR, None)], &[]), []);
        assert_eq!(linked(&deployments, &[incident(7, -1, None)], &[]), []);
    }

    #[test]
    fn a_person_and_the_source_know_better_than_the_rule() {
        let deployments = [deployment(1, 0), deployment(2, HOUR)];
        let incidents = [incident(7, 100, None)];
        assert_eq!(linked(&deployments, &incidents, &[correction(2, 7, false, 500)]), []);
        assert_eq!(linked(&deployments, &incidents, &[correction(1, 7, true, 500)]), [(1, 7)]);
        let both = [correction(1, 7, true, 500), correction(1, 7, false, 600)];
        assert_eq!(linked(&deployments, &incidents, &both), [(2, 7)], "the later word counts");
        let withdrawn = [correction(2, 7, false, 500), Correction { is_cause: None, ..correction(2, 7, false, 600) }];
        assert_eq!(linked(&deployments, &incidents, &withdrawn), [(2, 7)], "as if nobody had said anything");
        assert_eq!(linked(&deployments, &incidents, &[withdrawn[1].clone(), correction(2, 7, false, 700)]), []);
        let named = [Disturbance { cause: Some("v1".to_owned()), ..incident(7, 9 * HOUR, None) }];
        assert_eq!(linked(&deployments, &named, &[]), [(1, 7)], "however long ago");
        assert_eq!(linked(&deployments, &named, &[correction(1, 7, false, 600)]), []);
        let unknown = [Disturbance { cause: Some("v9".to_owned()), ..incident(7, 100, None) }];
        let found = links(&deployments, &unknown, &[], &QualityPolicy::default());
        assert_eq!((found.links.len(), found.unmatched), (0, vec![7]), "another one is not blamed");
        let found = links(&deployments, &incidents, &[correction(1, 7, true, 500)], &QualityPolicy::default());
        assert_eq!(found.links[0].basis, Basis::Person { by: "ada".to_owned(), at: at(500) });
    }

    #[test]
    fn where_a_person_names_a_deployment_nobody_else_is_asked() {
        let deployments = [deployment(1, 0), deployment(2, HOUR)];
        let incidents = [incident(7, 100, None)];
        assert_eq!(linked(&deployments, &incidents, &[correction(9, 7, true, 500)]), [], "another one, which is not among these");
        let named = [Disturbance { cause: Some("v2".to_owned()), ..incident(7, 100, None) }];
        assert_eq!(linked(&deployments, &named, &[correction(1, 7, true, 500)]), [(1, 7)]);
        let unknown = [Disturbance { cause: Some("v9".to_owned()), ..incident(7, 100, None) }];
        let found = links(&deployments, &unknown, &[correction(1, 7, true, 500)], &QualityPolicy::default());
        assert_eq!((found.links.len(), found.unmatched.is_empty()), (1, true));
        let elsewhere = Disturbance { services: vec![EntityId(2)], ..incident(8, 100, None) };
        assert_eq!(linked(&deployments, &[elsewhere], &[correction(1, 8, true, 500)]), [(1, 8)], "of a service that had no incident");
    }

    #[test]
    fn a_word_about_an_arrival_elsewhere_is_one_about_its_deployment() {
        let deployments = [deployment(1, 0), Deployment { also: vec![3, 4], ..deployment(2, HOUR) }];
        let incidents = [incident(7, 100, None)];
        assert_eq!(linked(&deployments, &incidents, &[correction(4, 7, false, 500)]), []);
        assert_eq!(linked(&deployments, &incidents, &[correction(3, 7, true, 500)]), [(2, 7)]);
        let both =
            [correction(3, 7, false, 500), correction(2, 7, true, 600), Correction { is_cause: None, ..correction(4, 7, true, 700) }];
        assert_eq!(linked(&deployments, &incidents, &both[..2]), [(2, 7)], "the later word counts");
        let found = links(&deployments, &incidents, &both, &QualityPolicy::default());
        assert_eq!(found.links[0].basis, Basis::Rule { before: Duration::from_secs(40 * 60) }, "all of them are withdrawn");
    }

    #[test]
    fn a_failed_deployment_recovers_by_rollback_or_when_its_incidents_end() {
        let rollback = Deployment { rollback: true, ..deployment(3, 150) };
        let deployments = [deployment(1, 0), deployment(2, 100), rollback, deployment(4, 1_000), deployment(5, 2_000)];
        let incidents = [incident(7, 120, Some(180)), incident(8, 1_010, Some(1_030)), incident(9, 2_010, None)];
        let links = links(&deployments, &incidents, &[], &QualityPolicy::default());
        let found = delivery(&deployments, &incidents, &links, Span::new(at(0), at(2_880)), &Spans::always());
        let recovered: Vec<_> = found.failed.iter().map(|failed| (failed.deployment, failed.rolled_back_by, failed.recovered)).collect();
        assert_eq!(recovered, [(2, Some(3), Some(at(150))), (4, None, Some(at(1_030))), (5, None, None)]);
        assert_eq!((found.change_fail_rate, found.per_day), (Some(0.6), Some(2.5)));
        assert_eq!(found.recovery_time, Some(Median { value: Duration::from_secs(40 * 60), of: 2 }));
        assert_eq!((found.rework.as_slice(), found.rework_rate), ([(3, Rework::Rollback)].as_slice(), Some(0.2)));
    }

    #[test]
    fn a_deployment_during_an_incident_that_another_caused_is_rework() {
        let hotfix = Deployment { hotfix: true, ..deployment(4, 5_000) };
        let deployments = [deployment(1, 0), deployment(2, 30), deployment(3, 40), hotfix];
        let incidents = [incident(7, 10, Some(50))];
        let links = links(&deployments, &incidents, &[], &QualityPolicy::default());
        let found = delivery(&deployments, &incidents, &links, Span::new(at(0), at(6_000)), &Spans::always());
        assert_eq!(found.rework, [(2, Rework::During(7)), (4, Rework::Hotfix)]);
    }

    #[test]
    fn lead_time_is_of_the_commits_that_are_known() {
        let commits = |minutes: &[i64]| Some(minutes.iter().copied().map(at).collect());
        let deployments = [
            Deployment { commits: commits(&[40, 70, 160]), ..deployment(1, 100) },
            Deployment { commits: commits(&[190]), ..deployment(2, 200) },
            deployment(3, 300),
            Deployment { rollback: true, ..deployment(4, 400) },
        ];
        let found = delivery(&deployments, &[], &Links::default(), Span::new(at(0), at(1_000)), &Spans::always());
        // 60, 30, 0 (committed after it arrived: a wrong clock) and 10 minutes.
        assert_eq!(found.lead_time, Some(Median { value: Duration::from_secs(20 * 60), of: 4 }));
        assert_eq!(found.lead_time_unknown, 1);
    }

    #[test]
    fn without_deployments_there_are_no_rates() {
        let found = delivery(&[], &[], &Links::default(), Span::new(at(0), at(1_440)), &Spans::always());
        assert_eq!((found.deployments, found.per_day), (0, Some(0.0)));
        assert_eq!((found.change_fail_rate, found.rework_rate, found.lead_time, found.recovery_time), (None, None, None, None));
        assert_eq!(summary(&[found]).change_fail_rate, None);
        assert_eq!(summary(&[]).per_day, None);
    }

    #[test]
    fn services_are_summed_up_by_the_middle_one() {
        let service =
            |deployments, share| Delivery { deployments, per_day: Some(share), change_fail_rate: Some(share), ..Delivery::default() };
        let found = summary(&[service(1, 0.1), service(9, 0.9), service(2, 0.2), Delivery::default()]);
        assert_eq!((found.deployments, found.services), (12, 4));
        assert_eq!(found.change_fail_rate, Some(Median { value: 0.2, of: 3 }));
    }

    proptest! {
        #[test]
        fn order_changes_nothing_and_rates_are_shares(
            times in proptest::collection::vec((0..3_000_i64, 0..6_u8), 0..10),
            troubles in proptest::collection::vec((0..3_000_i64, proptest::option::of(0..600_i64)), 0..6),
        ) {
            let deployments: Vec<Deployment> = times.iter().zip(0..).map(|((minute, kind), id)| Deployment {
                succeeded: *kind != 0, rollback: *kind == 1, hotfix: *kind == 2, ..deployment(id, *minute)
            }).collect();
            let incidents: Vec<Disturbance> = troubles.iter().zip(100..).map(|((minute, length), id)| {
                incident(id, *minute, length.map(|length| minute + length))
            }).collect();
            let span = Span::new(at(500), at(2_500));
            let found_links = links(&deployments, &incidents, &[], &QualityPolicy::default());
            let found = delivery(&deployments, &incidents, &found_links, span, &Spans::always());
            let backwards: Vec<Deployment> = deployments.iter().rev().cloned().collect();
            let other: Vec<Disturbance> = incidents.iter().rev().cloned().collect();
            prop_assert_eq!(&links(&backwards, &other, &[], &QualityPolicy::default()), &found_links);
            prop_assert_eq!(&delivery(&backwards, &other, &found_links, span, &Spans::always()), &found);
            for rate in [found.change_fail_rate, found.rework_rate] {
                prop_assert_eq!(rate.is_some(), found.deployments > 0);
                prop_assert!(rate.is_none_or(|rate| (0.0..=1.0).contains(&rate)));
            }
            prop_assert!(found.failed.iter().all(|failed| failed.recovered.is_none_or(|at| at >= span.from)));
        }
    }
}
