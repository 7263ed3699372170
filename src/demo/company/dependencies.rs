//! Manifests and lockfiles of a repository: which projects it holds, how well somebody looks after them, and how their
//! changes become commits.

use std::collections::BTreeMap;
use std::ops::Range;

use super::activity::Given;
use super::calendar::Calendar;
use super::lockfiles::{Habit, Project, Stack, updates};
use super::organisation::Organisation;
use super::plan::{Language, Plan, Purpose};
use super::random::Random;
use super::repositories::Context;
use super::{Content, Ecosystem, FileChange, Timed};
use crate::model::Instant;

const DAY: i64 = 86_400;

/// Commits that move dependencies, by time. What was there before the year comes as one.
pub(super) fn commits(context: &Context<'_>, random: &Random, plan: &Plan, open: &Range<Instant>) -> Vec<Given> {
    let random = random.part("dependencies");
    let (from, until) = during(context, open);
    let site = context.org.units[context.org.topics[plan.topic].unit].site;
    let mut found = Vec::new();
    for (number, project) in projects(context, &random, plan).into_iter().enumerate() {
        let random = random.nth(number);
        let mut hours = random.part("hours");
        let mut before: BTreeMap<String, FileChange> = BTreeMap::new();
        let (mut last, mut last_before) = (from, from);
        let mut in_year = Vec::new();
        for update in updates(context.universe, random, &project, from, until) {
            if update.at < context.history.start {
                (last, last_before) = (update.at, update.at);
                before.extend(update.changes.into_iter().map(|change| (change.path.clone(), change)));
                continue;
            }
            let by_bot = *project.habits.at(update.at) == Habit::Bot;
            // People work by day; a machine does not mind. The order stays.
            let at = if by_bot { update.at } else { context.calendar.soon(site, update.at, &mut hours) };
            let at = at.max(last.plus_seconds(90));
            last = at;
            // What is added or dropped, somebody wants.
            let says = |words: &str| update.message.contains(words);
            let by_bot = by_bot && (says("bump ") || says("Bump ") || says("GHSA"));
            in_year.push(Given { at, message: update.message, changes: update.changes, by_bot });
        }
        let changes: Vec<FileChange> = before.into_values().filter(|change| change.content.is_some()).collect();
        if !changes.is_empty() {
            let at = context.calendar.soon(site, last_before, &mut hours);
            let end = context.history.start.plus_seconds(-3600).min(until);
            let at = if at < end { at } else { last_before };
            found.push(Given { at, message: "Update dependencies".to_owned(), changes, by_bot: false });
        }
        found.extend(in_year);
        if number == 0 {
            found.extend(settings(context, &mut hours, &project, from, site));
        }
    }
    found
}

/// From when to when its dependencies are told: what is old comes to be in the years before, or before it was archived.
fn during(context: &Context<'_>, open: &Range<Instant>) -> (Instant, Instant) {
    let until = open.end.min(context.history.end);
    let since = context.history.start.plus_seconds(-900 * DAY).min(until.plus_seconds(-60 * DAY));
    (open.start.max(since), until)
}

/// Where the settings of the program that updates dependencies are.
const SETTINGS: &str = ".github/dependabot.yml";

/// Commits by which people let a program do the work, or take it away from it.
fn settings(context: &Context<'_>, hours: &mut Random, project: &Project, from: Instant, site: usize) -> Vec<Given> {
    let mut given = Vec::new();
    let mut is_there = false;
    let steps = project.habits.all().iter().map(|(since, habit)| (*since, *habit == Habit::Bot));
    for (since, by_bot) in std::iter::once((from, *project.habits.at(from) == Habit::Bot)).chain(steps.filter(|(since, _)| *since > from)) {
        if by_bot == is_there {
            continue;
        }
        is_there = by_bot;
        let at = if since == from { since.plus_seconds(1_800) } else { context.calendar.soon(site, since, hours) };
        let message = if by_bot {
            ["Let Dependabot update dependencies", "Enable Dependabot", "Add Dependabot with grouped updates"][hours.below(3)]
        } else {
            ["Turn Dependabot off for now", "Disable Dependabot: too many pull requests"][hours.below(2)]
        };
        let content = by_bot.then(|| Content::text(settings_text(project)));
        let changes = vec![FileChange { path: SETTINGS.to_owned(), content }];
        given.push(Given { at, message: message.to_owned(), changes, by_bot: false });
    }
    given
}

fn settings_text(project: &Project) -> String {
    let ecosystem = match project.ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Pypi => "pip",
        Ecosystem::Go => "gomod",
        Ecosystem::Cargo => "cargo",
        Ecosystem::Maven => "maven",
    };
    format!(
        "version: 2\nupdates:\n  - package-ecosystem: {ecosystem}\n    directory: /\n    schedule:\n      interval: weekly\n    \
         groups:\n      minor-and-patch:\n        update-types: [minor, patch]\n"
    )
}

fn ecosystem(language: Language) -> Option<Ecosystem> {
    Some(match language {
        Language::TypeScript | Language::JavaScript => Ecosystem::Npm,
        Language::Java | Language::Kotlin => Ecosystem::Maven,
        Language::Python => Ecosystem::Pypi,
        Language::Go => Ecosystem::Go,
        Language::Rust => Ecosystem::Cargo,
        Language::Terraform | Language::Markdown => return None,
    })
}

/// What it is built with: its name says it, and what it is for.
fn stack(plan: &Plan, stem: &str) -> Stack {
    let last = if plan.is_bare { stem } else { &plan.name };
    let ends = |words: &[&str]| words.iter().any(|word| last.ends_with(word));
    match (plan.purpose, plan.language) {
        (Purpose::Mobile, Language::Kotlin) => Stack::Android,
        (Purpose::Mobile, _) => Stack::ReactNative,
        (Purpose::Tests, Language::TypeScript) if ends(&["-e2e"]) => Stack::EndToEnd,
        (Purpose::Tests, Language::JavaScript) if ends(&["-loadtest"]) => Stack::Load,
        (Purpose::Pipeline, _) if ends(&["-dags"]) => Stack::Dags,
        (Purpose::Pipeline, _) if ends(&["-notebooks"]) => Stack::Notebooks,
        (Purpose::Pipeline, _) if ends(&["dbt-models", "-mart"]) => Stack::Dbt,
        (Purpose::Pipeline, _) if ends(&["-training", "-jobs", "-model", "backtest", "seasonality"]) => Stack::Training,
        (Purpose::Pipeline, _) => Stack::Pipeline,
        (Purpose::Web, _) => Stack::Browser,
        (Purpose::Library | Purpose::Trial | Purpose::Fork, _) => Stack::Either,
        _ => Stack::Server,
    }
}

/// What a library publishes is called as its repository, without what says that it is one.
pub(super) fn short_name(plan: &Plan) -> &str {
    plan.name.trim_end_matches("-lib")
}

fn projects(context: &Context<'_>, random: &Random, plan: &Plan) -> Vec<Project> {
    let Some(ecosystem) = ecosystem(plan.language) else { return Vec::new() };
    let mut random = random.part("projects");
    let is_aside = matches!(plan.purpose, Purpose::Trial | Purpose::Fork | Purpose::Tests | Purpose::Tool);
    // A team has a habit; some of its repositories do not follow it.
    let habits = if plan.purpose == Purpose::Fork || plan.name.starts_with("legacy-") {
        Timed::always(Habit::Never)
    } else if is_aside && random.chance(0.7) {
        Timed::always(habit(&mut random, [4.0, 6.0, 14.0, 34.0, 42.0]))
    } else if random.chance(0.14) {
        Timed::always(habit(&mut random, [14.0, 14.0, 24.0, 30.0, 18.0]))
    } else {
        context.upkeep[context.org.topics[plan.topic].unit].clone()
    };
    let size = match plan.purpose {
        Purpose::Web | Purpose::Mobile => 1.35,
        Purpose::Service | Purpose::Bff | Purpose::Pipeline => 1.0,
        Purpose::Worker => 0.8,
        _ => 0.5,
    };
    let weight = (size * random.heavy(0.85, 1.0)).clamp(0.15, 5.0);
    let patience = if is_aside { 60.0 } else { random.heavy(15.0, 22.0) };
    let stack = stack(plan, context.org.topics[plan.topic].stem);
    let published = context.universe.published(ecosystem, short_name(plan)).filter(|_| plan.purpose == Purpose::Library);
    let mut all = vec![Project { ecosystem, folder: String::new(), name: plan.name.clone(), published, stack, weight, habits, patience }];
    if plan.purpose == Purpose::Service && ecosystem != Ecosystem::Npm && random.chance(0.06) {
        let (folder, name) = ("web/".to_owned(), format!("{}-web", plan.name));
        all.push(Project { ecosystem: Ecosystem::Npm, folder, name, published: None, stack: Stack::Browser, ..all[0].clone() });
    }
    all
}

/// How well each unit looks after what its repositories use: in the course of the year some let a program do it, and some
/// have other worries. Shares are met by quota, so that they hold for small companies too.
pub(super) fn upkeep(random: &Random, org: &Organisation, calendar: &Calendar, history: &Range<Instant>) -> Vec<Timed<Habit>> {
    const HABITS: [Habit; 5] = [Habit::Bot, Habit::Monthly, Habit::Quarterly, Habit::Rarely, Habit::Never];
    const SHARES: [f64; 5] = [0.14, 0.21, 0.3, 0.23, 0.12];
    let mut random = random.part("upkeep");
    let count = org.units.len();
    let mut order: Vec<usize> = (0..count).collect();
    random.shuffle(&mut order);
    let mut found = vec![Timed::always(Habit::Rarely); count];
    let mut adopted = 0.0;
    let mut neglected = 0.0;
    for (rank, unit) in order.into_iter().enumerate() {
        // Every stretch of the order has its share of each.
        let mut place = (rank as f64 * 0.618_034 + 0.37).fract();
        let first = SHARES
            .iter()
            .position(|share| {
                place -= share;
                place < 0.0
            })
            .unwrap_or(4);
        found[unit] = Timed::always(HABITS[first]);
        let done = (rank + 1) as f64;
        let (share, next) = if HABITS[first] != Habit::Bot && adopted < done * ADOPT {
            adopted += 1.0;
            // First those who were asked to try it, then those who saw that it works.
            (0.06 + 0.82 * random.share().powf(0.8), Habit::Bot)
        } else if first < 4 && neglected < done * NEGLECT {
            neglected += 1.0;
            (random.range(0.1, 0.75), if first == 0 { Habit::Rarely } else { Habit::Never })
        } else {
            continue;
        };
        let at = history.start.plus_micros(((history.end.micros() - history.start.micros()) as f64 * share) as i64);
        found[unit].push(calendar.soon(org.units[unit].site, at, &mut random), next);
    }
    found
}

/// Shares of the units that begin to use a program in the year, and that cease to care.
const ADOPT: f64 = 0.42;
const NEGLECT: f64 = 0.09;

fn habit(random: &mut Random, weights: [f64; 5]) -> Habit {
    [Habit::Bot, Habit::Monthly, Habit::Quarterly, Habit::Rarely, Habit::Never][random.weighted(&weights)]
}

/// What the projects of a repository use through time, for those who count it.
#[cfg(test)]
pub(super) fn used(context: &Context<'_>, random: &Random, plan: &Plan, open: &Range<Instant>) -> Vec<Vec<super::lockfiles::Used>> {
    let random = random.part("dependencies");
    let (from, until) = during(context, open);
    let projects = projects(context, &random, plan).into_iter().enumerate();
    projects.map(|(number, project)| super::lockfiles::used(context.universe, random.nth(number), &project, from, until)).collect()
}
