//! What becomes of repositories in the year: renamed, archived, deleted, shown or hidden.
//!
//! # Invariants
//! - Counts follow from the size of the company, not from luck.
//! - A repository has at most one fate besides being renamed, and nothing happens to it before it is made.

use std::collections::BTreeSet;
use std::ops::Range;

use super::calendar::Calendar;
use super::plan::{Plan, Purpose};
use super::random::Random;
use super::words::naming::LIBRARIES;
use super::{Timed, Visibility};
use crate::model::Instant;

/// What becomes of one.
#[derive(Clone, Debug)]
pub(super) struct Fate {
    /// From its making to its deletion.
    pub(super) exists: Range<Instant>,
    pub(super) archived: Option<Instant>,
    /// The name that it had until then.
    pub(super) renamed: Option<(Instant, String)>,
    pub(super) visibility: Timed<Visibility>,
    /// A service whose owner nobody knows.
    pub(super) unowned: bool,
    /// Nobody ever pushed to it.
    pub(super) empty: bool,
}

impl Fate {
    /// While it can be written to.
    pub(super) fn open(&self) -> Range<Instant> {
        self.exists.start..self.exists.end.min(self.archived.unwrap_or(Instant::MAX))
    }
}

/// Names that meant something to those who were there.
const CODE_NAMES: &[&str] = &[
    "heron",
    "kestrel",
    "plover",
    "gannet",
    "osprey",
    "tern",
    "curlew",
    "sandpiper",
    "avocet",
    "dunlin",
    "fulmar",
    "petrel",
    "skua",
    "puffin",
    "redshank",
    "turnstone",
    "lapwing",
    "whimbrel",
    "godwit",
    "eider",
    "shelduck",
    "wigeon",
    "teal",
    "smew",
    "goosander",
    "bittern",
    "egret",
];

/// The fate of every plan, in the same order.
pub(super) fn fates(random: &Random, calendar: &Calendar, history: &Range<Instant>, plans: &[Plan], described: &[bool]) -> Vec<Fate> {
    let mut random = random.part("fates");
    let count = plans.len() as f64;
    let quota = |share: f64| (count * share).round() as usize;
    let length = (history.end.micros() - history.start.micros()) as f64;
    let date = |random: &mut Random, low: f64, high: f64| {
        let at = history.start.plus_micros((length * random.range(low, high)) as i64);
        calendar.soon(0, at, random).min(history.end.plus_seconds(-1))
    };
    let mut fates: Vec<Fate> = plans
        .iter()
        .map(|plan| {
            let start = calendar.soon(random.below(3), plan.created, &mut random);
            let start = if plan.created < history.start { plan.created } else { start.min(history.end.plus_seconds(-3600)) };
            let weights = match plan.purpose {
                Purpose::Fork => [6.0, 3.0, 1.0],
                Purpose::Library => [0.6, 8.0, 1.4],
                _ => [0.12, 7.4, 2.5],
            };
            let visibility = [Visibility::Public, Visibility::Internal, Visibility::Private][random.weighted(&weights)];
            let empty = plan.purpose == Purpose::Trial && random.chance(0.12);
            let visibility = Timed::always(visibility);
            Fate { exists: start..Instant::MAX, archived: None, renamed: None, visibility, unowned: false, empty }
        })
        .collect();
    let mut order: Vec<usize> = (0..plans.len()).filter(|at| plans[*at].purpose != Purpose::Catalog).collect();
    random.shuffle(&mut order);
    let is_old = |at: &usize| plans[*at].created < history.start.plus_seconds(-90 * 86_400);
    let fades = |at: &usize| {
        let plan = &plans[*at];
        is_old(at)
            && (matches!(plan.purpose, Purpose::Trial | Purpose::Fork | Purpose::Tool | Purpose::Tests) || plan.name.starts_with("legacy-"))
    };
    // Those that nobody needs any more come first, then some of the others.
    let mut fading: Vec<usize> = order.iter().copied().filter(fades).collect();
    let mut lasting: Vec<usize> = order.iter().copied().filter(|at| is_old(at) && !fades(at) && !plans[*at].is_main).collect();
    let mut next = |random: &mut Random, fading_share: f64| {
        let from = if random.chance(fading_share) && !fading.is_empty() { &mut fading } else { &mut lasting };
        from.pop()
    };
    for _ in 0..quota(0.055) {
        let Some(at) = next(&mut random, 0.6) else { break };
        let day = fates[at].exists.start.micros()
            + ((history.start.micros() - fates[at].exists.start.micros()) as f64 * random.range(0.4, 0.99)) as i64;
        // Nobody tidied up before that.
        let earliest = history.start.plus_seconds(-random.between(200, 850) * 86_400);
        fates[at].archived = Some(Instant::from_micros(day).max(earliest));
    }
    for _ in 0..quota(0.022) {
        let Some(at) = next(&mut random, 0.4) else { break };
        fates[at].archived = Some(date(&mut random, 0.04, 0.97));
    }
    for _ in 0..quota(0.0075) {
        let Some(at) = next(&mut random, 0.7) else { break };
        fates[at].exists.end = date(&mut random, 0.06, 0.96);
    }
    let mut names: BTreeSet<String> = plans.iter().map(|plan| plan.name.clone()).collect();
    let mut renamed = 0;
    for at in order.iter().copied().filter(|at| is_old(at) && !fades(at)) {
        let open = fates[at].open();
        if renamed >= quota(0.015) || open.end < Instant::MAX {
            continue;
        }
        let name = old_name(&mut random, &plans[at]);
        if names.insert(name.clone()) {
            renamed += 1;
            fates[at].renamed = Some((date(&mut random, 0.03, 0.97), name));
        }
    }
    let open = |at: &usize| is_old(at) && fates[*at].open().end == Instant::MAX;
    let shown: Vec<usize> = order.iter().copied().filter(open).take(quota(0.006)).collect();
    for at in shown {
        let to = match fates[at].visibility.at(history.start) {
            Visibility::Internal => [Visibility::Private, Visibility::Public][random.below(2)],
            _ => Visibility::Internal,
        };
        fates[at].visibility.push(date(&mut random, 0.05, 0.95), to);
    }
    // Whoever made it has left: that takes years.
    let is_ancient = |at: &usize| plans[*at].created < history.start.plus_seconds(-500 * 86_400);
    let services: Vec<usize> = order.iter().copied().filter(|at| described[*at]).collect();
    let unowned = (services.len() as f64 * 0.03).round() as usize;
    services.into_iter().rev().filter(is_ancient).take(unowned).for_each(|at| fates[at].unowned = true);
    fates
}

/// What it was called before somebody tidied up.
fn old_name(random: &mut Random, plan: &Plan) -> String {
    match random.below(6) {
        0 | 1 => random.pick(CODE_NAMES).to_owned(),
        2 => format!("{}-{}", random.pick(CODE_NAMES), plan.name.rsplit('-').next().unwrap_or("service")),
        3 => plan.name.replace('-', "_"),
        4 => format!("new-{}", plan.name),
        _ => match LIBRARIES.iter().find_map(|(end, _)| plan.name.strip_suffix(end)) {
            Some(word) => format!("{word}-shared"),
            None if plan.is_main => format!("{}-app", plan.name),
            None => plan.name.replace('-', "_"),
        },
    }
}
