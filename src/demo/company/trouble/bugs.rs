//! Bugs: found every working day, repaired soon or never.

use super::incidents::worst;
use super::scene::{DAY, Scene};
use super::words::{DEFECTS, LABELS};
use super::{Bug, BugKey, BugState, FoundBy, Incident, Resolution, Transition};
use crate::demo::company::Timed;
use crate::demo::company::calendar::day_number;
use crate::demo::company::organisation::titled;
use crate::demo::company::random::Random;
use crate::model::Instant;
use crate::model::trouble::{Priority, Severity};

/// New bugs of a service on an ordinary working day.
const EACH_DAY: f64 = 0.055;
/// Years before the year, of which those are told that were still open.
const BEFORE: i64 = 4;

/// Every bug by its creation, its key still to be given.
pub(super) fn bugs(scene: &Scene<'_>, incidents: &[Incident]) -> Vec<Bug> {
    let random = scene.random("bugs");
    let mut found = Vec::new();
    for (service, subject) in scene.subjects.iter().enumerate() {
        let deployed = &scene.delivery.services[service];
        let mut random = random.part(&deployed.name);
        let start = scene.history.start.plus_seconds(-BEFORE * 365 * DAY).max(deployed.exists.start);
        let during = start..deployed.exists.end.min(scene.history.end);
        for created in scene.working_moments(&during, EACH_DAY * subject.weight * 1.8, subject.site, &mut random) {
            if random.chance(scene.drift(service, created) / 1.8) {
                found.extend(bug(scene, service, created, None, &mut random));
            }
        }
    }
    let mut random = scene.random("bugs of incidents");
    for (position, incident) in incidents.iter().enumerate() {
        let Some(resolved) = incident.resolved.filter(|_| incident.duplicate_of.is_none()) else { continue };
        let chance = if worst(incident) == Severity::Minor { 0.1 } else { 0.7 };
        let created = resolved.plus_seconds(random.between(600, 90_000));
        if random.chance(chance) && created < scene.history.end {
            found.extend(bug(scene, incident.service as usize, created, Some(position as u32), &mut random));
        }
    }
    found.sort_by_key(|bug| bug.created);
    found
}

/// One bug; none if it was over before the year.
fn bug(scene: &Scene<'_>, service: usize, created: Instant, incident: Option<u32>, random: &mut Random) -> Option<Bug> {
    let (history, deployed) = (&scene.history, &scene.delivery.services[service]);
    let found_by = match (incident, random.weighted(&[0.33, 0.17, 0.38, 0.12])) {
        (Some(_), _) | (None, 1) => FoundBy::Monitoring,
        (None, 0) => FoundBy::Customer,
        (None, 2) => FoundBy::Testing,
        _ => FoundBy::Colleague,
    };
    let weights = if matches!(found_by, FoundBy::Customer | FoundBy::Monitoring) {
        [0.07, 0.27, 0.45, 0.17, 0.04]
    } else {
        [0.02, 0.15, 0.5, 0.28, 0.05]
    };
    let given =
        [Some(Priority::Critical), Some(Priority::High), Some(Priority::Medium), Some(Priority::Low), None][random.weighted(&weights)];
    let reporter = scene.somebody(service, created, random);
    let assignee = scene.somebody(service, created, random);
    let mut transitions = transitions(scene, service, created, given, assignee, random);
    // What is shut down is repaired no more.
    if transitions.iter().all(|transition| transition.at > deployed.exists.end) && deployed.exists.end < history.end {
        let at = scene.calendar.soon(scene.subjects[service].site, deployed.exists.end.plus_seconds(random.between(1, 12) * DAY), random);
        transitions = vec![Transition { at, by: assignee, to: BugState::Resolved(Resolution::WontDo) }];
    }
    let is_over = |transition: &Transition| matches!(transition.to, BugState::Resolved(_)) && transition.at < history.start;
    if transitions.last().is_some_and(is_over) {
        return None;
    }
    transitions.retain(|transition| transition.at < history.end);
    let mut priority = Timed::always(given);
    if random.chance(0.1) {
        let days = random.heavy(4.0, 12.0);
        let at = scene.calendar.soon(scene.subjects[service].site, created.plus_seconds((days * DAY as f64) as i64), random);
        let other = match given {
            None => Some(Priority::Medium),
            Some(_) if random.chance(0.55) => Some(Priority::High),
            Some(_) => Some(Priority::Low),
        };
        let is_open = transitions.last().is_none_or(|last| !matches!(last.to, BugState::Resolved(_)) || last.at > at);
        if other != given && is_open && at < history.end {
            priority.push(at, other);
        }
    }
    let deleted = random.chance(0.006).then(|| created.plus_seconds(random.between(3_600, 20 * DAY))).filter(|at| *at < history.end);
    if deleted.is_some_and(|at| at < history.start) {
        return None;
    }
    let mut labels: Vec<&'static str> = LABELS.iter().filter(|(_, share)| random.chance(*share)).map(|(label, _)| *label).collect();
    match found_by {
        FoundBy::Customer => labels.extend(["customer", "production"]),
        FoundBy::Monitoring => labels.push("production"),
        FoundBy::Testing | FoundBy::Colleague => {}
    }
    if incident.is_some() {
        labels.push("postmortem");
    }
    labels.sort_unstable();
    Some(Bug {
        created,
        service: moved(scene, service, created, &transitions, random),
        key: Timed::always(BugKey::Jira { project: 0, number: 0 }),
        title: format!("{} {}", titled(scene.topic(service)), random.pick(DEFECTS)),
        found_by,
        reporter,
        assignee: (!transitions.is_empty() || random.chance(0.5)).then_some(assignee),
        priority,
        transitions,
        labels,
        incident,
        deleted,
    })
}

/// A few turn out to be another service's, of the same tribe.
fn moved(scene: &Scene<'_>, service: usize, created: Instant, transitions: &[Transition], random: &mut Random) -> Timed<u32> {
    let mut held = Timed::always(service as u32);
    let until = transitions.first().map_or(scene.history.end, |first| first.at);
    if random.chance(0.025) {
        let tribe = scene.subjects[service].tribe;
        let others: Vec<usize> = (0..scene.subjects.len())
            .filter(|other| {
                *other != service && scene.subjects[*other].tribe == tribe && scene.delivery.services[*other].exists.contains(&created)
            })
            .collect();
        let at = created.plus_seconds(random.between(1_800, 6 * DAY));
        if !others.is_empty() && at < until {
            held.push(at, others[random.below(others.len())] as u32);
        }
    }
    held
}

/// What becomes of a bug, some of it perhaps after the year.
fn transitions(
    scene: &Scene<'_>,
    service: usize,
    created: Instant,
    priority: Option<Priority>,
    by: u32,
    random: &mut Random,
) -> Vec<Transition> {
    let site = scene.subjects[service].site;
    let (median, mean, never) = match priority {
        Some(Priority::Critical) => (0.08, 0.2, 0.0),
        Some(Priority::High) => (0.5, 1.1, 0.0),
        Some(Priority::Medium) => (3.0, 6.0, 0.001),
        Some(Priority::Low) => (12.0, 24.0, 0.004),
        None => (20.0, 50.0, 0.04),
    };
    // Some stay for ever.
    if random.chance(never) {
        return Vec::new();
    }
    let slower = if scene.subjects[service].tribe == scene.worsening { 1.0 + 0.6 * scene.progress(created) } else { 1.0 };
    let days = random.heavy(median, mean) * slower;
    let mut resolved = created.plus_seconds((days * DAY as f64).max(1_500.0) as i64);
    if days > 0.7 || f64::from(scene.calendar.busy(site, day_number(resolved))) < 0.1 {
        resolved = scene.calendar.soon(site, resolved, random);
    }
    let mut found = Vec::new();
    let resolution = match random.weighted(&[0.78, 0.1, 0.07, 0.05]) {
        0 => Resolution::Fixed,
        1 => Resolution::WontDo,
        2 => Resolution::Duplicate,
        _ => Resolution::CannotReproduce,
    };
    let lasted = (resolved.micros() - created.micros()) / 1_000_000;
    if resolution == Resolution::Fixed && random.chance(0.93) {
        let work = (lasted as f64 * random.range(0.1, 0.6)) as i64;
        let work = work.min((random.heavy(1.2, 2.5) * DAY as f64) as i64).max(300);
        found.push(Transition { at: resolved.plus_seconds(-work), by, to: BugState::InProgress });
        if random.chance(0.6) {
            found.push(Transition { at: resolved.plus_seconds(-work / 3), by, to: BugState::InReview });
        }
    }
    found.push(Transition { at: resolved, by, to: BugState::Resolved(resolution) });
    let mut last = resolved;
    let mut chance = 0.075;
    while random.chance(chance) {
        let reopened = scene.calendar.soon(site, last.plus_seconds((random.heavy(3.0, 7.0) * DAY as f64) as i64), random);
        last = scene.calendar.soon(site, reopened.plus_seconds((random.heavy(2.0, 6.0) * DAY as f64) as i64 + 1_800), random);
        found.push(Transition { at: reopened, by, to: if random.chance(0.7) { BugState::Open } else { BugState::InProgress } });
        found.push(Transition { at: last, by, to: BugState::Resolved(Resolution::Fixed) });
        chance = 0.12;
    }
    found.sort_by_key(|transition| transition.at);
    found
}
