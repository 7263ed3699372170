//! Support cases: every day some, and many when something is broken.

use std::collections::BTreeMap;

use super::incidents::worst;
use super::scene::{DAY, Scene, drift, minutes};
use super::words::{COMPLAINTS, CUSTOMERS, QUESTIONS};
use super::{Bug, CaseState, FoundBy, Incident, SupportCase};
use crate::demo::company::Timed;
use crate::demo::company::calendar::SITES;
use crate::demo::company::random::Random;
use crate::model::Instant;
use crate::model::trouble::{Priority, Severity};

/// Cases of a service of the product on an ordinary working day that nothing brought about.
const EACH_DAY: f64 = 0.047;

/// Against the middle of the year, at its start, and how much more at its end: there are ever more customers.
const GROWTH: (f64, f64) = (0.92, 0.16);

/// Every case by its creation.
pub(super) fn cases(scene: &Scene<'_>, incidents: &[Incident], bugs: &[Bug]) -> Vec<SupportCase> {
    let mut found = Vec::new();
    if scene.features.is_empty() {
        return found;
    }
    usual(scene, &mut found);
    of_incidents(scene, incidents, &mut found);
    found.retain(|case| scene.history.contains(&case.created));
    found.sort_by_key(|case| case.created);
    of_bugs(scene, bugs, &mut found);
    let mut random = scene.random("case numbers");
    let mut number = 20_000 + random.below(9_000) as u32;
    for case in &mut found {
        // Other inboxes take numbers, too.
        number += random.between(1, 4) as u32;
        case.number = number;
    }
    found
}

fn usual(scene: &Scene<'_>, found: &mut Vec<SupportCase>) {
    let mut weights = vec![0.0; scene.features.len()];
    let mut worsening = vec![0.0; scene.features.len()];
    for (service, subject) in scene.subjects.iter().enumerate() {
        if let Some(feature) =
            subject.feature.filter(|_| scene.delivery.services[service].exists.contains(&scene.history.end.plus_seconds(-DAY)))
        {
            weights[usize::from(feature)] += 1.0;
            worsening[usize::from(feature)] += f64::from(u8::from(subject.tribe == scene.worsening));
        }
    }
    // What gets worse is asked about more and more; but much of what is asked has nothing to do with it.
    let often = |share: f64, progress: f64| (GROWTH.0 + GROWTH.1 * progress) * (1.0 + 0.5 * share * (drift(progress) - 1.0));
    for (feature, weight) in weights.into_iter().enumerate() {
        let mut random = scene.random("cases").part(&scene.features[feature]);
        let loved = random.heavy(0.8, 1.0).clamp(0.2, 4.0);
        let worse = if weight > 0.0 { worsening[feature] / weight } else { 0.0 };
        let most = often(worse, 1.0);
        for (site, share) in SITES.iter().map(|site| site.share).enumerate() {
            for created in scene.working_moments(&scene.history, EACH_DAY * weight * loved * share * most, site, &mut random) {
                if !random.chance(often(worse, scene.progress(created)) / most) {
                    continue;
                }
                let subject = random.pick(QUESTIONS).replace("{}", &scene.features[feature]);
                found.push(case(scene, created, feature as u16, subject, [0.02, 0.13, 0.55, 0.22, 0.08], &mut random));
            }
        }
    }
}

/// While something is broken, and a while after, customers write.
fn of_incidents(scene: &Scene<'_>, incidents: &[Incident], found: &mut Vec<SupportCase>) {
    let random = scene.random("cases of incidents");
    for (position, incident) in incidents.iter().enumerate().filter(|(_, incident)| !incident.features.is_empty()) {
        let mut random = random.nth(position);
        let usual = match worst(incident) {
            Severity::Critical => 11.0,
            Severity::Major => 4.0,
            Severity::Minor => 0.7,
        };
        let spread = (incident.features.len() as f64).sqrt();
        let count = (usual * spread * random.range(0.4, 1.6)).round() as usize;
        for _ in 0..count {
            let created = incident.started.plus_seconds(minutes(&mut random, 35.0, 80.0, 900.0));
            let feature = incident.features[random.below(incident.features.len())];
            let subject = random.pick(COMPLAINTS).replace("{}", &scene.features[usize::from(feature)]);
            let mut case = case(scene, created, feature, subject, [0.25, 0.42, 0.24, 0.04, 0.05], &mut random);
            case.incident = Some(position as u32);
            found.push(case);
        }
    }
}

/// Most of what customers find was a case first.
fn of_bugs(scene: &Scene<'_>, bugs: &[Bug], found: &mut [SupportCase]) {
    let mut by_feature: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (position, case) in found.iter().enumerate() {
        if let Some(feature) = case.feature.filter(|_| case.incident.is_none()) {
            by_feature.entry(feature).or_default().push(position);
        }
    }
    let mut random = scene.random("cases of bugs");
    for (position, bug) in bugs.iter().enumerate().filter(|(_, bug)| bug.found_by == FoundBy::Customer) {
        let feature = scene.subjects[*bug.service.at(bug.created) as usize].feature;
        let Some(cases) = feature.and_then(|feature| by_feature.get(&feature)).filter(|_| random.chance(0.75)) else { continue };
        let before = cases.partition_point(|case| found[*case].created < bug.created);
        let near = cases[..before].last().filter(|case| found[**case].created > bug.created.plus_seconds(-5 * DAY));
        if let Some(case) = near.map(|case| &mut found[*case])
            && case.bug.is_none()
        {
            case.bug = Some(position as u32);
        }
    }
}

fn case(scene: &Scene<'_>, created: Instant, feature: u16, subject: String, weights: [f64; 5], random: &mut Random) -> SupportCase {
    let end = scene.history.end;
    let given =
        [Some(Priority::Critical), Some(Priority::High), Some(Priority::Medium), Some(Priority::Low), None][random.weighted(&weights)];
    let hurry = match given {
        Some(Priority::Critical) => 0.2,
        Some(Priority::High) => 0.5,
        _ => 1.0,
    };
    let mut steps = Vec::new();
    let mut at = created.plus_seconds(minutes(random, 95.0 * hurry, 260.0 * hurry, 4_000.0));
    steps.push((at, CaseState::Open));
    let mut reopenings = 0;
    loop {
        if random.chance(0.35) {
            at = at.plus_seconds(minutes(random, 120.0, 400.0, 5_000.0));
            steps.push((at, CaseState::Pending));
        }
        at = at.plus_seconds(minutes(random, 420.0 * hurry, 1_900.0 * hurry, 60_000.0));
        steps.push((at, CaseState::Solved));
        if reopenings >= 3 || !random.chance(0.07) {
            break;
        }
        reopenings += 1;
        at = at.plus_seconds(random.between(1_800, 80 * 3_600));
        steps.push((at, CaseState::Open));
    }
    steps.push((at.plus_seconds(96 * 3_600), CaseState::Closed));
    let mut priority = Timed::always(given);
    let turn = created.plus_seconds(random.between(1_200, DAY));
    let other = if random.chance(0.6) { Priority::High } else { Priority::Low };
    if random.chance(0.06) && turn < at && turn < end && given != Some(other) {
        priority.push(turn, Some(other));
    }
    steps.retain(|(at, _)| *at < end);
    SupportCase {
        number: 0,
        created,
        customer: CUSTOMERS[random.early(CUSTOMERS.len())],
        subject,
        feature: (!random.chance(0.05)).then_some(feature),
        priority,
        steps,
        incident: None,
        bug: None,
        deleted: random.chance(0.004).then(|| created.plus_seconds(random.between(600, 3 * DAY))).filter(|at| *at < end),
    }
}
