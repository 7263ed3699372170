//! Incidents: after deployments that went wrong, out of nothing, and what one draws after it.

use std::collections::BTreeMap;

use super::Incident;
use super::scene::{DAY, Scene, after, minutes};
use super::words::{AFTER_DEPLOYMENT, ALERTS, DOWN, FELT};
use crate::demo::company::Timed;
use crate::demo::company::calendar::day_number;
use crate::demo::company::delivery::{Deployment, Environment, Outcome};
use crate::demo::company::random::Random;
use crate::model::Instant;
use crate::model::trouble::Severity;

/// Incidents of a service in a year that nothing brought about.
const BY_ITSELF: f64 = 0.5;

/// Every incident, by its start.
pub(super) fn incidents(scene: &Scene<'_>) -> Vec<Incident> {
    let mut found = after_deployments(scene);
    by_themselves(scene, &mut found);
    outage(scene, &mut found);
    cascades(scene, &mut found);
    duplicates(scene, &mut found);
    at_the_end(scene, &mut found);
    finished(scene, found)
}

/// By time, without what is later than the history, with positions of duplicates moved along.
fn finished(scene: &Scene<'_>, mut found: Vec<Incident>) -> Vec<Incident> {
    let mut order: Vec<usize> = (0..found.len()).filter(|at| scene.history.contains(&found[*at].started)).collect();
    order.sort_by_key(|at| (found[*at].started, *at));
    let places: BTreeMap<usize, u32> = order.iter().enumerate().map(|(place, at)| (*at, place as u32)).collect();
    let end = scene.history.end;
    for incident in &mut found {
        incident.resolved = incident.resolved.filter(|at| *at < end);
        incident.acknowledged = incident.acknowledged.filter(|at| *at < end);
        incident.duplicate_of = incident.duplicate_of.and_then(|at| places.get(&(at as usize)).copied());
    }
    order.into_iter().map(|at| found[at].clone()).collect()
}

/// What deployments brought about: more often where somebody went back or hurried out a repair afterwards.
fn after_deployments(scene: &Scene<'_>) -> Vec<Incident> {
    let delivery = scene.delivery;
    let random = scene.random("after deployments");
    let mut repaired: BTreeMap<usize, Instant> = BTreeMap::new();
    for (position, deployment) in delivery.deployments.iter().enumerate() {
        if let Some(undone) = deployment.undoes() {
            repaired.entry(undone).or_insert(deployment.finished());
        } else if deployment.is_hotfix && delivery.environment_of(deployment) == Environment::Production {
            let of = delivery.deployments_at(deployment.service as usize, deployment.placement.into(), deployment.queued);
            if let Some(before) = of.iter().rev().find(|at| (**at as usize) < position) {
                repaired.entry(*before as usize).or_insert(deployment.finished());
            }
        }
    }
    let mut quiet_until: BTreeMap<u32, Instant> = BTreeMap::new();
    let mut found = Vec::new();
    for position in delivery.deployments_between(&scene.history) {
        let deployment = &delivery.deployments[position];
        let mut random = random.nth(position);
        let repair = repaired.get(&position).copied();
        let chance = match (repair, deployment.outcome) {
            (Some(_), _) => 0.19,
            (None, Outcome::Failure) => 0.03,
            (None, Outcome::Success) => 0.0005,
            (None, Outcome::Cancelled) => 0.0,
        };
        if !random.chance(chance) || delivery.environment_of(deployment) != Environment::Production {
            continue;
        }
        if quiet_until.get(&deployment.service).is_some_and(|until| deployment.queued < *until) {
            continue;
        }
        let incident = of_deployment(scene, position, deployment, repair, &mut random);
        quiet_until.insert(deployment.service, incident.started.plus_seconds(4 * 3_600));
        found.push(incident);
    }
    found
}

fn of_deployment(scene: &Scene<'_>, position: usize, deployment: &Deployment, repair: Option<Instant>, random: &mut Random) -> Incident {
    let finished = deployment.finished();
    let severity = severity(random, [0.065, 0.12, 0.815]);
    let mut started = finished.plus_seconds(minutes(random, 8.0, 16.0, 110.0));
    let mut resolved = started.plus_seconds(duration(random, severity));
    // What repairs it ends it.
    if let Some(repair) = repair.filter(|repair| *repair < finished.plus_seconds(2 * 3_600)) {
        let between = (repair.micros() - finished.micros()) / 1_000_000;
        started = finished.plus_seconds((between as f64 * random.range(0.05, 0.6)) as i64).max(finished.plus_seconds(1));
        resolved = repair.max(started).plus_seconds(random.between(60, 420));
    }
    let mut incident = incident(scene, deployment.service, started, resolved, severity, random);
    incident.deployment = Some(position as u32);
    if severity == Severity::Minor || random.chance(0.4) {
        incident.title = random.pick(AFTER_DEPLOYMENT).replace("{}", &scene.delivery.services[deployment.service as usize].name);
    }
    incident
}

/// What nobody brought about: a bit more often while people work.
fn by_themselves(scene: &Scene<'_>, found: &mut Vec<Incident>) {
    let random = scene.random("by themselves");
    for (service, subject) in scene.subjects.iter().enumerate() {
        let mut random = random.part(&scene.delivery.services[service].name);
        let start = subject.live.start.max(scene.history.start);
        let end = subject.live.end.min(scene.history.end);
        let a_year = BY_ITSELF * subject.weight;
        let mut times = scene.working_moments(&(start..end), a_year * 0.45 / 235.0, subject.site, &mut random);
        let mut at = start;
        loop {
            at = after(at, 365.0 * DAY as f64 / (a_year * 0.55), &mut random);
            if at >= end {
                break;
            }
            times.push(at);
        }
        for started in times {
            // The tribe that gets worse shows it here, too.
            if !random.chance(scene.drift(service, started) / 1.8) && scene.subjects[service].tribe == scene.worsening {
                continue;
            }
            let severity = severity(&mut random, [0.035, 0.075, 0.89]);
            let resolved = started.plus_seconds(duration(&mut random, severity));
            found.push(incident(scene, service as u32, started, resolved, severity, &mut random));
        }
    }
}

/// Once, nearly everything stood still.
fn outage(scene: &Scene<'_>, found: &mut Vec<Incident>) {
    let mut random = scene.random("outage");
    let day = scene.calendar.working_day(0, day_number(scene.history.end) - random.between(36, 48));
    let started = scene.calendar.local(0, day, 10 * 3_600 + random.between(0, 5_400));
    let lives = |subject: &super::scene::Subject| subject.live.contains(&started);
    let there: Vec<usize> = (0..scene.subjects.len()).filter(|service| lives(&scene.subjects[*service])).collect();
    let Some(first) = there.iter().find(|service| scene.subjects[**service].feature.is_none()).or(there.first()).copied() else {
        return;
    };
    let resolved = started.plus_seconds(random.between(80, 105) * 60);
    let mut outage = incident(scene, first as u32, started, resolved, Severity::Major, &mut random);
    outage.severity = Timed::always(Severity::Major);
    outage.severity.push(started.plus_seconds(240), Severity::Critical);
    outage.severity.push(resolved.plus_seconds(-1_200), Severity::Major);
    "Network between the clusters and the databases is down: nothing works".clone_into(&mut outage.title);
    outage.features = (0..scene.features.len() as u16).collect();
    outage.also =
        there.iter().filter(|service| **service != first && random.chance(0.15)).map(|service| *service as u32).take(60).collect();
    outage.has_postmortem = true;
    outage.acknowledged = Some(started.plus_seconds(95));
    // Alerts of single services come in while it lasts, and end with it.
    for service in outage.also.iter().take(9) {
        let begin = started.plus_seconds(random.between(40, 1_500));
        let end = resolved.plus_seconds(random.between(-2_400, 500));
        let severity = if random.chance(0.3) { Severity::Major } else { Severity::Minor };
        found.push(incident(scene, *service, begin, end.max(begin.plus_seconds(300)), severity, &mut random));
    }
    found.push(outage);
}

/// What is bad at one service is felt at its neighbours: within the first, or a little longer.
fn cascades(scene: &Scene<'_>, found: &mut Vec<Incident>) {
    let mut random = scene.random("cascades");
    for position in 0..found.len() {
        let cause = &found[position];
        let (Some(resolved), true) = (cause.resolved, worst(cause) > Severity::Minor) else { continue };
        let unit = scene.subjects[cause.service as usize].unit;
        let near: Vec<u32> = (0..scene.subjects.len() as u32)
            .filter(|service| {
                let subject = &scene.subjects[*service as usize];
                *service != cause.service && subject.unit == unit && subject.live.contains(&cause.started)
            })
            .collect();
        if near.is_empty() || !random.chance(0.3) {
            continue;
        }
        let service = near[random.below(near.len())];
        let lasted = (resolved.micros() - cause.started.micros()) / 1_000_000;
        let started = cause.started.plus_seconds((lasted as f64 * random.range(0.05, 0.5)) as i64);
        let end = if random.chance(0.65) { resolved.plus_seconds(-lasted / 6) } else { resolved.plus_seconds(random.between(120, 1_500)) };
        let also = incident(scene, service, started, end.max(started.plus_seconds(30)), Severity::Minor, &mut random);
        found[position].also.push(service);
        found.push(also);
    }
}

/// Somebody calls for what somebody else is already looking at.
fn duplicates(scene: &Scene<'_>, found: &mut Vec<Incident>) {
    let mut random = scene.random("duplicates");
    for position in 0..found.len() {
        let first = found[position].clone();
        let Some(resolved) = first.resolved.filter(|_| random.chance(0.025)) else { continue };
        let lasted = (resolved.micros() - first.started.micros()) / 1_000_000;
        let started = first.started.plus_seconds(lasted / 4 + 10);
        let merged = started.plus_seconds((lasted / 4).clamp(10, 900));
        let mut again = incident(scene, first.service, started, merged, Severity::Minor, &mut random);
        again.acknowledged = None;
        again.duplicate_of = Some(position as u32);
        again.features = Vec::new();
        found.push(again);
    }
}

/// Right now something small is going on, and something was forgotten.
fn at_the_end(scene: &Scene<'_>, found: &mut Vec<Incident>) {
    let mut random = scene.random("at the end");
    for (ago, is_acknowledged) in [(15 * 3_600, true), (1_100, false)] {
        let started = scene.history.end.plus_seconds(-ago);
        let there: Vec<usize> = (0..scene.subjects.len()).filter(|service| scene.subjects[*service].live.contains(&started)).collect();
        if there.is_empty() {
            return;
        }
        let service = there[random.below(there.len())];
        let mut open = incident(scene, service as u32, started, Instant::MAX, Severity::Minor, &mut random);
        open.acknowledged = is_acknowledged.then(|| started.plus_seconds(400));
        found.push(open);
    }
}

/// One incident with what follows from its severity.
fn incident(scene: &Scene<'_>, service: u32, started: Instant, resolved: Instant, severity: Severity, random: &mut Random) -> Incident {
    let at = service as usize;
    let lasted = (resolved.micros() - started.micros()) / 1_000_000;
    let mut steps = Timed::always(severity);
    // Some turn out to be worse than they looked, or are made smaller before they are over.
    if lasted > 600 && random.chance(0.22) {
        let turn = started.plus_seconds((lasted.min(7_200) as f64 * random.range(0.15, 0.7)) as i64);
        match severity {
            Severity::Critical => steps.push(turn, Severity::Major),
            Severity::Major => steps.push(turn, if random.chance(0.35) { Severity::Critical } else { Severity::Minor }),
            Severity::Minor if random.chance(0.25) => steps.push(turn, Severity::Major),
            Severity::Minor => {}
        }
    }
    let is_night = f64::from(scene.calendar.busy(scene.subjects[at].site, day_number(started))) < 0.5;
    let waited = minutes(random, if is_night { 5.0 } else { 2.2 }, if is_night { 9.0 } else { 4.0 }, 45.0);
    let waited = if severity == Severity::Minor { waited * 2 } else { waited.min(lasted / 2).max(15) };
    let worst = steps.all().iter().map(|(_, severity)| *severity).max().unwrap_or(severity);
    let features = features(scene, at, worst, random);
    let felt = features.first().map(|feature| scene.features[usize::from(*feature)].as_str());
    let name = scene.delivery.services[at].name.as_str();
    let title = match (worst, felt) {
        (Severity::Critical, Some(feature)) => random.pick(DOWN).replace("{}", feature),
        (Severity::Major, Some(feature)) => random.pick(FELT).replace("{}", feature),
        _ => random.pick(ALERTS).replace("{}", name),
    };
    Incident {
        started,
        acknowledged: (waited < lasted).then(|| started.plus_seconds(waited)),
        resolved: Some(resolved),
        severity: steps,
        service,
        also: Vec::new(),
        features,
        title,
        commander: scene.somebody(at, started, random),
        deployment: None,
        duplicate_of: None,
        has_postmortem: match worst {
            Severity::Critical => random.chance(0.85),
            Severity::Major => random.chance(0.35),
            Severity::Minor => false,
        },
    }
}

/// What customers feel: the service's own part; of what all parts stand on, some of them.
fn features(scene: &Scene<'_>, service: usize, severity: Severity, random: &mut Random) -> Vec<u16> {
    let count = scene.features.len();
    let mut felt: Vec<u16> = match (scene.subjects[service].feature, severity) {
        (Some(_), Severity::Minor) if random.chance(0.55) => Vec::new(),
        (Some(own), _) => vec![own],
        (None, Severity::Minor) => Vec::new(),
        (None, _) => (0..2).map(|_| random.below(count) as u16).collect(),
    };
    if severity == Severity::Critical && random.chance(0.5) {
        felt.push(random.below(count) as u16);
    }
    if count == 0 {
        felt.clear();
    }
    // The first is what it is called after.
    let first = felt.first().copied();
    felt.sort_unstable();
    felt.dedup();
    if let Some(at) = felt.iter().position(|feature| Some(*feature) == first) {
        felt.swap(0, at);
    }
    felt
}

/// The worst that an incident ever was.
pub(super) fn worst(incident: &Incident) -> Severity {
    incident.severity.all().iter().map(|(_, severity)| *severity).max().unwrap_or(Severity::Minor)
}

fn severity(random: &mut Random, weights: [f64; 3]) -> Severity {
    Severity::ALL[random.weighted(&weights)]
}

/// Seconds that it lasts.
fn duration(random: &mut Random, severity: Severity) -> i64 {
    match severity {
        Severity::Critical => minutes(random, 15.0, 20.0, 150.0),
        Severity::Major => minutes(random, 16.0, 24.0, 240.0),
        Severity::Minor => minutes(random, 11.0, 18.0, 300.0),
    }
}
