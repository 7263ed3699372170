//! Manifests and lockfiles of a repository: which projects it holds, how well somebody looks after them, and how their
//! changes become commits.

use std::collections::BTreeMap;
use std::ops::Range;

use super::activity::Given;
use super::lockfiles::{Habit, Project, updates};
use super::plan::{Language, Plan, Purpose};
use super::random::Random;
use super::repositories::Context;
use super::{Ecosystem, FileChange};
use crate::model::Instant;

const DAY: i64 = 86_400;

/// Commits that move dependencies, by time. What was there before the year comes as one.
pub(super) fn commits(context: &Context<'_>, random: &Random, plan: &Plan, open: &Range<Instant>) -> Vec<Given> {
    let random = random.part("dependencies");
    let from = open.start.max(context.history.start.plus_seconds(-900 * DAY));
    let until = open.end.min(context.history.end);
    let site = context.org.units[context.org.topics[plan.topic].unit].site;
    let mut found = Vec::new();
    for (number, project) in projects(context, &random, plan).into_iter().enumerate() {
        let random = random.nth(number);
        let mut hours = random.part("hours");
        let by_bot = project.habit == Habit::Bot;
        let mut before: BTreeMap<String, FileChange> = BTreeMap::new();
        let mut last = from;
        let mut in_year = Vec::new();
        for update in updates(context.universe, random, &project, from, until) {
            if update.at < context.history.start {
                last = update.at;
                before.extend(update.changes.into_iter().map(|change| (change.path.clone(), change)));
                continue;
            }
            // People work by day; a machine does not mind. The order stays.
            let at = if by_bot { update.at } else { context.calendar.soon(site, update.at, &mut hours) };
            let at = at.max(last.plus_seconds(90));
            last = at;
            // What is added or dropped, somebody wants.
            let by_bot = by_bot && (update.message.contains("bump") || update.message.contains("GHSA"));
            in_year.push(Given { at, message: update.message, changes: update.changes, by_bot });
        }
        let changes: Vec<FileChange> = before.into_values().filter(|change| change.content.is_some()).collect();
        if !changes.is_empty() {
            let at = in_year.first().map_or(last, |first| first.at.min(last)).min(context.history.start.plus_seconds(-3600));
            found.push(Given { at: at.max(from), message: "Update dependencies".to_owned(), changes, by_bot: false });
        }
        found.extend(in_year);
    }
    found
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

fn projects(context: &Context<'_>, random: &Random, plan: &Plan) -> Vec<Project> {
    let Some(ecosystem) = ecosystem(plan.language) else { return Vec::new() };
    let mut random = random.part("projects");
    // A team has a habit; some of its repositories do not follow it.
    let unit = context.org.topics[plan.topic].unit;
    let mut team = context.random.part("dependencies of teams").nth(unit);
    let of_team = habit(&mut team, [34.0, 20.0, 20.0, 18.0, 8.0]);
    let is_aside = matches!(plan.purpose, Purpose::Trial | Purpose::Fork | Purpose::Tests | Purpose::Tool);
    let habit = if plan.purpose == Purpose::Fork {
        Habit::Never
    } else if is_aside {
        habit(&mut random, [4.0, 4.0, 10.0, 30.0, 52.0])
    } else if random.chance(0.3) {
        habit(&mut random, [18.0, 14.0, 22.0, 26.0, 20.0])
    } else {
        of_team
    };
    let size = match plan.purpose {
        Purpose::Web | Purpose::Mobile => 1.35,
        Purpose::Service | Purpose::Bff | Purpose::Pipeline => 1.0,
        Purpose::Worker => 0.8,
        _ => 0.5,
    };
    let fixes_quickly = plan.purpose != Purpose::Fork && random.chance(if habit == Habit::Bot { 0.75 } else { 0.35 });
    let weight = (size * random.heavy(0.85, 1.0)).clamp(0.15, 5.0);
    let mut all = vec![Project { ecosystem, folder: String::new(), name: plan.name.clone(), weight, habit, fixes_quickly }];
    if plan.purpose == Purpose::Service && ecosystem != Ecosystem::Npm && random.chance(0.06) {
        let name = format!("{}-web", plan.name);
        all.push(Project { ecosystem: Ecosystem::Npm, folder: "web/".to_owned(), name, weight, habit, fixes_quickly });
    }
    all
}

fn habit(random: &mut Random, weights: [f64; 5]) -> Habit {
    [Habit::Bot, Habit::Monthly, Habit::Quarterly, Habit::Rarely, Habit::Never][random.weighted(&weights)]
}
