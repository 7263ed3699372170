//! How well the company keeps up, counted as spot counts it: what is behind, what has a known weakness, what has no owner.
//!
//! # Invariants
//! - A version is behind if a later one that is neither a preview nor withdrawn was published by then.
//! - A weakness counts from its publication on, in whatever a project's files name, declared or brought along.
//! - A repository without a descriptor is a component of its own.

use std::collections::{BTreeMap, HashMap};

use super::generate::{Drafted, with};
use super::lockfiles::Used;
use super::packages::Universe;
use super::products::products;
use super::{Product, Shape, dependencies, plan::Purpose, repositories};
use crate::model::Instant;

const DAY: i64 = 86_400;

/// Counts over all repositories at an instant.
#[derive(Clone, Debug, Default)]
pub(super) struct Upkeep {
    /// Direct uses.
    pub(super) uses: f64,
    /// Direct uses that are behind, and those that are behind by a major version.
    pub(super) behind: f64,
    pub(super) major: f64,
    /// What all files name.
    pub(super) rows: f64,
    /// What descriptors declare, and repositories without one.
    pub(super) components: f64,
    /// Components that use something with a known weakness.
    pub(super) vulnerable: f64,
    /// Those of them that nobody can write to any more.
    pub(super) vulnerable_archived: f64,
    /// Components of which neither their descriptor nor CODEOWNERS says whose they are; and those of them that are archived
    /// or without a descriptor.
    pub(super) unowned: f64,
    pub(super) unowned_aside: f64,
    /// Uses and uses that are behind, by unit, of what is no trial.
    pub(super) by_unit: BTreeMap<usize, (f64, f64)>,
}

impl Upkeep {
    pub(super) fn outdated(&self) -> f64 {
        self.behind / self.uses
    }

    pub(super) fn majors(&self) -> f64 {
        self.major / self.uses
    }

    pub(super) fn unowned(&self) -> f64 {
        self.unowned / self.components
    }

    pub(super) fn vulnerable(&self) -> f64 {
        self.vulnerable / self.components
    }
}

/// Judges each version once for an instant.
struct Judge<'a> {
    universe: &'a Universe,
    at: Instant,
    newest: HashMap<usize, Option<usize>>,
    weak: HashMap<(usize, usize), bool>,
}

impl Judge<'_> {
    /// Whether a use is behind, and by a major version; nothing if every version was withdrawn.
    fn behind(&mut self, package: usize, release: usize) -> Option<(bool, bool)> {
        let numbers = &self.universe.details(package).numbers;
        let (releases, at) = (&self.universe.packages[package].releases, self.at);
        let newest = *self.newest.entry(package).or_insert_with(|| {
            let usable = |found: &usize| {
                let release = &releases[*found];
                release.at <= at && !numbers[*found].is_preview() && release.deprecated.as_ref().is_none_or(|(since, _)| *since > at)
            };
            (0..releases.len()).filter(usable).max_by_key(|found| numbers[*found])
        });
        let (own, newest) = (numbers[release], numbers[newest?]);
        Some((own < newest, own.major < newest.major))
    }

    fn is_weak(&mut self, package: usize, release: usize) -> bool {
        let (universe, at) = (self.universe, self.at);
        *self.weak.entry((package, release)).or_insert_with(|| {
            let known = universe.packages[package].advisories.iter().filter(|advisory| advisory.at <= at);
            known.into_iter().any(|advisory| super::lockfiles::is_affected(universe, package, release, advisory))
        })
    }
}

/// The company at some instants.
pub(super) fn upkeep(shape: &Shape, moments: &[Instant]) -> Vec<Upkeep> {
    with(shape, |drafted| count(drafted, moments))
}

fn count(drafted: &Drafted<'_>, moments: &[Instant]) -> Vec<Upkeep> {
    let context = drafted.context;
    let mut judges: Vec<Judge<'_>> =
        moments.iter().map(|at| Judge { universe: context.universe, at: *at, newest: HashMap::new(), weak: HashMap::new() }).collect();
    let products = products();
    let mut found = vec![Upkeep::default(); moments.len()];
    for ((plan, fate), described) in drafted.plans.iter().zip(drafted.fates).zip(drafted.described) {
        let random = context.random.part("repository").part(&plan.name);
        let projects = if fate.empty { Vec::new() } else { dependencies::used(context, &random, plan, &fate.open()) };
        let ownership = repositories::ownership(context, &random, plan, fate, described.is_some());
        let unit = context.org.topics[plan.topic].unit;
        for (judge, upkeep) in judges.iter_mut().zip(&mut found) {
            let at = judge.at;
            if !fate.exists.contains(&at) {
                continue;
            }
            let components = described.as_ref().map_or(1, |described| described.components.len()) as f64;
            upkeep.components += components;
            let states = ownership.described.iter().take_while(|(since, _)| *since <= at);
            let is_stated = states.last().is_some_and(|(_, state)| state.owner.is_some());
            let is_archived = fate.archived.is_some_and(|archived| archived <= at);
            if !is_stated && ownership.codeowners.1.first().is_none_or(|(since, _)| *since > at) {
                upkeep.unowned += components;
                upkeep.unowned_aside += if is_archived || described.is_none() { components } else { 0.0 };
            }
            let mut is_weak = false;
            for used in projects.iter().filter_map(|project| in_force(project, at)) {
                upkeep.rows += used.shown.len() as f64;
                is_weak |= used.shown.iter().any(|(package, release)| judge.is_weak(*package, *release));
                for (behind, major) in used.runtimes.iter().filter_map(|(product, version)| behind_product(&products, product, version, at))
                {
                    upkeep.uses += 1.0;
                    upkeep.behind += f64::from(behind);
                    upkeep.major += f64::from(major);
                }
                for versions in &used.directs {
                    // Of several versions in one lockfile the one that is furthest behind tells.
                    let judged = versions.iter().filter_map(|(package, release)| judge.behind(*package, *release));
                    let Some((behind, major)) = judged.reduce(|one, other| (one.0 | other.0, one.1 | other.1)) else { continue };
                    upkeep.uses += 1.0;
                    upkeep.behind += f64::from(behind);
                    upkeep.major += f64::from(major);
                    if !matches!(plan.purpose, Purpose::Trial | Purpose::Fork) {
                        let of_unit = upkeep.by_unit.entry(unit).or_default();
                        *of_unit = (of_unit.0 + 1.0, of_unit.1 + f64::from(behind));
                    }
                }
            }
            upkeep.vulnerable += f64::from(is_weak);
            upkeep.vulnerable_archived += f64::from(is_weak && is_archived);
        }
    }
    found
}

/// Whether a runtime or base image is behind, as far as its own version is written: within its cycle while that is
/// supported, and by a major version after.
fn behind_product(products: &[Product], product: &str, version: &str, at: Instant) -> Option<(bool, bool)> {
    let numbers = |text: &str| -> Vec<u64> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        text[..end].split('.').filter_map(|part| part.parse().ok()).collect()
    };
    let own = numbers(version);
    let product = products.iter().find(|found| found.name == product)?;
    let cycle = product.cycles.iter().find(|cycle| own.starts_with(&numbers(&cycle.name)) && !numbers(&cycle.name).is_empty())?;
    if cycle.end_of_life.is_some_and(|end| end <= at) {
        return Some((true, true));
    }
    let versions = cycle.versions.iter().filter(|(since, _)| *since <= at);
    let newest = versions.map(|(_, version)| numbers(version)).max()?;
    Some((own.as_slice() < &newest[..newest.len().min(own.len())], false))
}

fn in_force(project: &[Used], at: Instant) -> Option<&Used> {
    project[..project.partition_point(|used| used.since <= at)].last()
}

/// The last days of the company's history, a week apart, oldest first.
pub(super) fn weeks(end: Instant, count: i64) -> Vec<Instant> {
    (0..count).rev().map(|week| end.plus_seconds(-week * 7 * DAY - 1)).collect()
}

/// A year week by week, at two seeds.
fn years() -> [(u64, Vec<Upkeep>); 2] {
    let end: Instant = "2026-11-20T00:00:00Z".parse().unwrap();
    [1, 2].map(|seed| (seed, upkeep(&Shape { seed, repositories: 1000, end }, &weeks(end, 53))))
}

fn mean(of: &[Upkeep], figure: impl Fn(&Upkeep) -> f64) -> f64 {
    of.iter().map(figure).sum::<f64>() / of.len() as f64
}

#[test]
fn the_company_keeps_up_as_companies_do_and_better_than_a_year_ago() {
    for (seed, weeks) in years() {
        let is_within = |value: f64, low: f64, high: f64, what: &str| {
            assert!((low..=high).contains(&value), "seed {seed}: {what}: {value:.3} is not within {low} and {high}");
        };
        let (first, today) = (&weeks[..4], &weeks[weeks.len() - 1]);
        is_within(today.outdated(), 0.40, 0.58, "direct uses that are behind");
        is_within(today.majors(), 0.08, 0.20, "direct uses that are behind by a major version");
        is_within(today.vulnerable(), 0.10, 0.21, "components with a known weakness");
        is_within(today.vulnerable_archived / today.vulnerable, 0.15, 0.6, "archived ones of these");
        is_within(today.unowned(), 0.035, 0.065, "components without an owner");
        is_within(today.unowned_aside / today.unowned, 0.6, 1.0, "archived and undeclared ones of these");
        is_within(today.rows, 100_000.0, 130_000.0, "rows");

        is_within(mean(first, Upkeep::outdated) - today.outdated(), 0.05, 0.20, "better by");
        is_within(mean(first, Upkeep::unowned) - today.unowned(), 0.04, 0.12, "more owners by");
        let worse = weeks.windows(6).filter(|pair| pair[5].outdated() > pair[0].outdated() + 0.01).count();
        is_within(worse as f64, 5.0, 30.0, "weeks after which it was worse than five weeks before");

        // When everybody uses what has a weakness, everybody has it for a few weeks.
        let usual = mean(&weeks, Upkeep::vulnerable);
        let peak = (0..weeks.len() - 6).max_by(|a, b| weeks[*a].vulnerable().total_cmp(&weeks[*b].vulnerable())).unwrap();
        is_within(weeks[peak].vulnerable() / usual, 1.35, 3.0, "the worst week against all");
        is_within(weeks[peak + 6].vulnerable() / weeks[peak].vulnerable(), 0.2, 0.8, "six weeks later");

        let mut shares: Vec<(f64, f64)> = Vec::new();
        for (unit, (uses, behind)) in &today.by_unit {
            let (uses_before, behind_before) = weeks[0].by_unit.get(unit).copied().unwrap_or((*uses, *behind));
            shares.push((behind / uses, behind_before / uses_before));
        }
        shares.sort_by(|a, b| a.0.total_cmp(&b.0));
        let quarter = shares.len() / 4;
        is_within(shares[quarter].0, 0.1, 0.38, "the best quarter of the teams");
        is_within(shares[shares.len() - quarter].0, 0.62, 0.95, "the worst quarter");
        let change =
            |wanted: fn(f64) -> bool| shares.iter().filter(|(now, before)| wanted(now - before)).count() as f64 / shares.len() as f64;
        is_within(change(|change| change > 0.08), 0.05, 0.35, "teams that got worse");
        is_within(change(|change| change < -0.08), 0.25, 0.7, "teams that got better");
    }
}

#[test]
fn a_small_company_keeps_up_as_well() {
    let end: Instant = "2026-11-20T00:00:00Z".parse().unwrap();
    for (repositories, tolerance) in [(10, 0.45), (100, 0.25)] {
        let today = &upkeep(&Shape { seed: 1, repositories, end }, &weeks(end, 1))[0];
        assert!((today.outdated() - 0.53).abs() < tolerance, "{repositories}: {}", today.outdated());
        assert!(today.vulnerable() < 0.16 + tolerance && today.unowned() < 0.05 + tolerance, "{repositories}: {today:?}");
    }
}
