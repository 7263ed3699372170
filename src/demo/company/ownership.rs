//! Who a repository says it belongs to, in four places that do not always agree, and how they follow when work moves.
//!
//! # Invariants
//! - What a place says was true of the organisation at some time, unless somebody wrote nonsense.
//! - Places follow days to weeks after the fact, in working hours, and some never.

use std::fmt::Write as _;
use std::ops::Range;

use super::calendar::Calendar;
use super::descriptors::State;
use super::organisation::Organisation;
use super::plan::{Plan, Purpose};
use super::random::Random;
use super::{Permission, Timed};
use crate::model::Instant;

/// What the four places say.
pub(super) struct Ownership {
    /// What GitHub grants.
    pub(super) teams: Timed<Vec<(usize, Permission)>>,
    /// The custom property `owner-team`.
    pub(super) property: Timed<Option<String>>,
    /// Where CODEOWNERS is, and its texts.
    pub(super) codeowners: (&'static str, Vec<(Instant, String)>),
    /// What changes in the descriptor.
    pub(super) described: Vec<(Instant, State)>,
}

/// What ownership is made from.
pub(super) struct Context<'a> {
    pub(super) org: &'a Organisation,
    pub(super) calendar: &'a Calendar,
    pub(super) history: &'a Range<Instant>,
    pub(super) login: &'a str,
}

const DAY: i64 = 86_400;

impl Ownership {
    /// Of one repository while it can be written to.
    pub(super) fn generate(
        context: &Context<'_>,
        random: &Random,
        plan: &Plan,
        open: &Range<Instant>,
        described: bool,
        unowned: bool,
    ) -> Self {
        let mut random = random.part("ownership");
        let moves = moves(context.org, plan, open);
        let adopted = (unowned && random.chance(0.45)).then(|| {
            let share = random.range(0.15, 0.9);
            let at =
                context.history.start.plus_micros(((context.history.end.micros() - context.history.start.micros()) as f64 * share) as i64);
            context.calendar.soon(0, at, &mut random)
        });
        let from = match (unowned, adopted) {
            (false, _) => Some(open.start),
            (true, adopted) => adopted.filter(|at| open.contains(at)),
        };
        let teams = teams(context, &mut random, plan, open, &moves, from);
        let property = property(context, &mut random, plan, &moves, from);
        let codeowners = codeowners(context, &mut random, plan, open, &moves, from, described);
        // Where CODEOWNERS says it, some do not say it again.
        let is_silent = !codeowners.1.is_empty() && random.chance(0.055);
        let described = if described { states(context, &mut random, plan, open, &moves, from.filter(|_| !is_silent)) } else { Vec::new() };
        Self { teams, property, codeowners, described }
    }
}

fn owner(org: &Organisation, plan: &Plan, at: Instant) -> usize {
    *org.topics[plan.topic].owner.at(at)
}

fn slug(org: &Organisation, plan: &Plan, at: Instant) -> String {
    org.slug(owner(org, plan, at), at).to_owned()
}

/// When the owner, or its name, changes.
fn moves(org: &Organisation, plan: &Plan, open: &Range<Instant>) -> Vec<Instant> {
    let owners = org.topics[plan.topic].owner.all();
    let mut found: Vec<Instant> = owners.iter().skip(1).map(|(at, _)| *at).collect();
    for (_, team) in owners {
        found.extend(org.teams[*team].slug.all().iter().skip(1).map(|(at, _)| *at).filter(|at| owner(org, plan, *at) == *team));
    }
    found.retain(|at| open.contains(at));
    found.sort();
    found.dedup();
    found
}

/// When a place follows: each move with this chance, some days later.
fn followed(context: &Context<'_>, random: &mut Random, moves: &[Instant], chance: f64, days: (i64, i64), before: Instant) -> Vec<Instant> {
    let mut found: Vec<Instant> = Vec::new();
    for at in moves {
        if random.chance(chance) {
            // Soon, more often than late.
            let late = random.share().powi(2);
            let days = days.0 + ((days.1 - days.0) as f64 * late) as i64;
            let at = context.calendar.soon(random.below(3), at.plus_seconds(days * DAY), random);
            if at < before && found.last().is_none_or(|last| *last < at) {
                found.push(at);
            }
        }
    }
    found
}

fn teams(
    context: &Context<'_>,
    random: &mut Random,
    plan: &Plan,
    open: &Range<Instant>,
    moves: &[Instant],
    from: Option<Instant>,
) -> Timed<Vec<(usize, Permission)>> {
    let own = [Permission::Admin, Permission::Maintain, Permission::Write][random.weighted(&[3.0, 4.0, 3.0])];
    let domain = context.org.units[context.org.topics[plan.topic].unit].domain;
    let siblings = &context.org.domains[domain].teams;
    let guest = random.chance(0.16).then(|| siblings[random.below(siblings.len())]);
    let tribe = random.chance(0.12).then_some(context.org.domains[domain].tribe);
    let granted = |at: Instant, owned: bool| {
        let mut teams = Vec::new();
        let owner = owner(context.org, plan, at);
        if owned {
            teams.push((owner, own));
        }
        teams.extend(tribe.map(|team| (team, Permission::Read)));
        teams.extend(
            guest.filter(|guest| *guest != owner && context.org.teams[*guest].exists.contains(&at)).map(|team| (team, Permission::Write)),
        );
        teams.sort();
        teams
    };
    let mut steps = Timed::always(granted(open.start, from.is_some_and(|from| from <= open.start)));
    if let Some(from) = from.filter(|from| *from > open.start) {
        steps.push(from, granted(from, true));
    }
    // Access follows within days, because people cannot work without it.
    let last = from.unwrap_or(Instant::MAX);
    let after: Vec<Instant> = moves.iter().copied().filter(|at| *at > last).collect();
    for at in followed(context, random, &after, 0.97, (0, 4), open.end) {
        steps.push(at, granted(at, true));
    }
    steps
}

fn property(context: &Context<'_>, random: &mut Random, plan: &Plan, moves: &[Instant], from: Option<Instant>) -> Timed<Option<String>> {
    let is_set = random.chance(if matches!(plan.purpose, Purpose::Trial | Purpose::Fork) { 0.3 } else { 0.86 });
    let Some(from) = from.filter(|_| is_set) else { return Timed::always(None) };
    if from > context.history.start {
        let mut steps = Timed::always(None);
        steps.push(from, Some(slug(context.org, plan, from)));
        return steps;
    }
    let mut steps = Timed::always(Some(slug(context.org, plan, from)));
    for at in followed(context, random, moves, 0.78, (3, 21), context.history.end) {
        steps.push(at, Some(slug(context.org, plan, at)));
    }
    steps
}

fn added_later(context: &Context<'_>, random: &mut Random, open: &Range<Instant>, from: Instant, chance: f64) -> Instant {
    if from > open.start || open.start >= context.history.start || !random.chance(chance) {
        return from;
    }
    // In spring the platform teams went around and asked.
    let share = if random.chance(0.4) { random.range(0.32, 0.47) } else { random.range(0.02, 0.98) };
    let at = context.history.start.plus_micros(((context.history.end.micros() - context.history.start.micros()) as f64 * share) as i64);
    let at = context.calendar.soon(random.below(3), at, random);
    if open.contains(&at) { at } else { from }
}

fn codeowners(
    context: &Context<'_>,
    random: &mut Random,
    plan: &Plan,
    open: &Range<Instant>,
    moves: &[Instant],
    from: Option<Instant>,
    described: bool,
) -> (&'static str, Vec<(Instant, String)>) {
    let path = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"][random.weighted(&[86.0, 11.0, 3.0])];
    let is_aside = matches!(plan.purpose, Purpose::Trial | Purpose::Fork);
    let has = random.chance(match described {
        // The descriptor says it already.
        true => 0.76,
        false if is_aside => 0.74,
        false if open.end <= context.history.start => 0.68,
        false => 0.965,
    });
    let Some(from) = from.filter(|_| has) else { return (path, Vec::new()) };
    let from = added_later(context, random, open, from, if described { 0.08 } else { 0.13 });
    let style = random.clone();
    let mut wrong =
        random.chance(0.035).then(|| ["core-team", "squad-phoenix", "backend-guild", "architecture", "mobile-squad"][random.below(5)]);
    let mut texts = vec![(from, rules(context, style.clone(), wrong.map_or_else(|| slug(context.org, plan, from), str::to_owned), from))];
    let after: Vec<Instant> = moves.iter().copied().filter(|at| *at > from).collect();
    for at in followed(context, random, &after, 0.8, (3, 40), open.end) {
        wrong = None;
        texts.push((at, rules(context, style.clone(), slug(context.org, plan, at), at)));
    }
    let _ = wrong;
    (path, texts)
}

fn rules(context: &Context<'_>, mut random: Random, owner: String, at: Instant) -> String {
    let login = context.login;
    let mut text = String::new();
    if random.chance(0.3) {
        text.push_str("# See the engineering handbook for how reviews are assigned.\n\n");
    }
    let pad = " ".repeat(1 + random.below(3) * 5);
    let _ = writeln!(text, "*{pad}@{login}/{owner}");
    let other = |random: &mut Random| {
        let unit = &context.org.units[random.below(context.org.units.len())];
        context.org.slug(unit.team, at).to_owned()
    };
    match random.below(24) {
        0 | 1 => {
            let _ = write!(text, "/docs/{pad}@{login}/{owner}\n/.github/{pad}@{login}/{}\n", other(&mut random));
        }
        2 | 3 => {
            let _ = writeln!(text, "/deploy/{pad}@{login}/{owner} @{login}/{}", other(&mut random));
        }
        4 => {
            let _ = writeln!(text, "\n# Anybody may approve updates of dependencies\npackage-lock.json\ngo.sum\n*.lock");
        }
        5 => {
            let _ = writeln!(text, "/src/legacy/ @{login}/{}", other(&mut random));
        }
        // What GitHub shows as errors: a pattern that it does not know, and an owner that is none.
        6 => {
            let _ = writeln!(text, "!/generated/ @{login}/{owner}");
        }
        7 if random.chance(0.6) => {
            let _ = writeln!(text, "/migrations/ {login}/{owner}");
        }
        _ => {}
    }
    text
}

/// States of the descriptor: who owns it, how ripe it is, and small improvements.
fn states(
    context: &Context<'_>,
    random: &mut Random,
    plan: &Plan,
    open: &Range<Instant>,
    moves: &[Instant],
    from: Option<Instant>,
) -> Vec<(Instant, State)> {
    let written = added_later(context, random, open, open.start, 0.17);
    // What is new may be tried out first: three to nine months, and then it is here to stay, or not.
    let ripe = open.start.plus_seconds(random.between(90, 270) * DAY);
    let is_tried = random.chance(if open.start >= context.history.start { 0.28 } else { 0.055 });
    let lifecycle = if is_tried && ripe > written.max(context.history.start) {
        "experimental"
    } else {
        ["production", "deprecated"][random.weighted(&[94.0, 6.0])]
    };
    let drifts = random.chance(0.05);
    let owner_at = |random: &mut Random, at: Instant| -> Option<String> {
        if from.is_none_or(|from| from > at) {
            // Nobody: mostly not written down, sometimes written as such.
            return None;
        }
        // Out of date: a neighbour has it on paper.
        let unit = random.below(context.org.units.len());
        let team = if drifts { context.org.units[unit].team } else { owner(context.org, plan, at) };
        let slug = context.org.slug(team, at);
        Some(if random.chance(0.2) { format!("group:{slug}") } else { slug.to_owned() })
    };
    let mut state = State { owner: owner_at(random, written), lifecycle, edition: random.below(2) as u8 };
    let mut changes: Vec<(Instant, u8)> = Vec::new();
    let after: Vec<Instant> = moves.iter().copied().filter(|at| *at > written && from.is_some_and(|from| from < *at)).collect();
    let follows = followed(context, random, &after, if drifts { 0.0 } else { 0.72 }, (4, 55), open.end);
    changes.extend(follows.into_iter().map(|at| (at, 0)));
    if let Some(from) = from.filter(|from| *from > written) {
        changes.push((from.plus_seconds(3600), 0));
    }
    let some_day = |random: &mut Random| {
        let first = written.max(context.history.start);
        let length = (open.end.min(context.history.end).micros() - first.micros()).max(0) as f64;
        let share = random.range(0.05, 0.97);
        context.calendar.soon(random.below(3), first.plus_micros((length * share) as i64), random)
    };
    if lifecycle == "experimental" {
        changes.push((context.calendar.soon(random.below(3), ripe, random), if random.chance(0.9) { 1 } else { 2 }));
    } else if lifecycle == "production" && random.chance(0.035) {
        changes.push((some_day(random), 2));
    }
    if random.chance(0.22) {
        changes.push((some_day(random), 3));
    }
    changes.retain(|(at, _)| *at > written && open.contains(at));
    changes.sort();
    let mut states = vec![(written, state.clone())];
    for (at, change) in changes {
        match change {
            0 => state.owner = owner_at(random, at),
            1 => state.lifecycle = "production",
            2 => state.lifecycle = "deprecated",
            _ => state.edition += 1,
        }
        states.push((at, state.clone()));
    }
    states
}
