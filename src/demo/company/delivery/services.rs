//! Which components run, where, and how many pods each has.

use std::ops::Range;

use super::places::{DATACENTER, HOME};
use super::{Cluster, DeployedService, Environment, EnvironmentNames, Placement, Region, Tool, Versioning, Workload};
use crate::demo::company::descriptors::Described;
use crate::demo::company::generate::Drafted;
use crate::demo::company::plan::{Plan, Purpose};
use crate::demo::company::random::Random;
use crate::demo::company::{Repository, Timed};
use crate::model::Instant;

/// How a team delivers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habit {
    pub(super) tool: Tool,
    versioning: Versioning,
    names: EnvironmentNames,
    /// Every commit goes out by itself; otherwise somebody decides, once or twice a day.
    pub(super) is_continuous: bool,
    /// Everything is built again every week.
    pub(super) rebuilds: bool,
    /// How often something goes wrong, against others.
    pub(super) trouble: f64,
}

/// The habits of every unit. Tools are handed out by quota, so that their shares hold for small companies too.
pub(super) fn habits(drafted: &Drafted<'_>) -> Vec<Habit> {
    let org = drafted.context.org;
    let mut random = drafted.context.random.part("delivery habits");
    let mut tools = Vec::new();
    while tools.len() < org.units.len() {
        let mut twenty = Vec::new();
        for (tool, count) in [(Tool::GitHub, 12), (Tool::ArgoCd, 5), (Tool::Jenkins, 2), (Tool::Webhook, 1)] {
            twenty.extend(std::iter::repeat_n(tool, count));
        }
        random.shuffle(&mut twenty);
        tools.extend(twenty);
    }
    let habit = |tool: Tool| Habit {
        tool,
        versioning: if random.chance(0.55) { Versioning::Commit } else { Versioning::Numbers },
        names: [EnvironmentNames::Slash, EnvironmentNames::Dash, EnvironmentNames::Short, EnvironmentNames::Parentheses]
            [random.weighted(&[46.0, 30.0, 18.0, 6.0])],
        is_continuous: random.chance(0.7),
        rebuilds: random.chance(0.45),
        trouble: random.heavy(0.8, 1.0).clamp(0.2, 3.0),
    };
    tools.into_iter().take(org.units.len()).map(habit).collect()
}

/// Every component that runs or ran in the year, by repository.
pub(super) fn services(
    drafted: &Drafted<'_>,
    repositories: &[Repository],
    habits: &[Habit],
    (regions, clusters): (&[Region], &[Cluster]),
) -> Vec<DeployedService> {
    let context = drafted.context;
    let mut found = Vec::new();
    for (position, repository) in repositories.iter().enumerate() {
        let (plan, fate) = (&drafted.plans[position], &drafted.fates[position]);
        let mut random = context.random.part("services").part(&plan.name);
        let described = drafted.described[position].as_ref();
        let open = fate.open();
        let is_over = open.end <= context.history.start.plus_seconds(20 * 86_400);
        if is_over || repository.commits.len() < 2 || !runs(&mut random, plan, described) {
            continue;
        }
        let unit = context.org.topics[plan.topic].unit;
        let habit = habits[unit];
        let names: Vec<String> = match described {
            Some(described) => described.components.iter().map(|component| component.name.clone()).collect(),
            None => vec![plan.name.clone()],
        };
        for (number, name) in names.into_iter().enumerate() {
            let mut random = random.part(&name);
            // What is new is built first; what is archived is shut down a little before.
            let late = if number == 0 { random.between(2, 20) } else { random.between(10, 60) };
            let start = open.start.plus_seconds(late * 86_400);
            let end = if open.end == Instant::MAX { Instant::MAX } else { open.end.plus_seconds(-random.between(1, 12) * 86_400) };
            if start.plus_seconds(5 * 86_400) >= end.min(context.history.end) {
                continue;
            }
            let area = context.org.units[unit].area;
            let tool = match random.below(20) {
                0 => Tool::Webhook,
                1 => Tool::GitHub,
                _ => habit.tool,
            };
            let workload = match plan.purpose {
                Purpose::Worker if random.chance(0.12) => Workload::StatefulSet,
                Purpose::Pipeline if random.chance(0.6) => Workload::CronJob,
                _ if name.ends_with("-scheduler") && random.chance(0.7) => Workload::CronJob,
                _ => Workload::Deployment,
            };
            let is_web = matches!(plan.purpose, Purpose::Web | Purpose::Bff);
            let size = if workload == Workload::CronJob {
                1.0
            } else {
                random.heavy(5.6, 8.6).clamp(1.0, 60.0) * if number > 0 { 0.5 } else { 1.0 }
            };
            let maker = Maker { history: context.history, regions, clusters, area, plan, is_web };
            let placements = maker.placements(&mut random, &(start..end), size);
            if !placements.is_empty() {
                found.push(DeployedService {
                    repository: position,
                    name,
                    is_main: number == 0,
                    system: context.org.systems[context.org.units[unit].system].slug.clone(),
                    tool,
                    versioning: if random.chance(0.1) { Versioning::Numbers } else { habit.versioning },
                    environment_names: habit.names,
                    workload,
                    exists: start..end,
                    placements,
                });
            }
        }
    }
    found
}

/// Whether something of the repository runs in clusters.
fn runs(random: &mut Random, plan: &Plan, described: Option<&Described>) -> bool {
    let chance = match plan.purpose {
        Purpose::Service => 0.8,
        Purpose::Worker | Purpose::Bff => 0.78,
        Purpose::Web => 0.6,
        Purpose::Pipeline => 0.5,
        _ => return false,
    };
    random.chance(if described.is_some() { chance } else { chance * 0.7 })
}

struct Maker<'a> {
    history: &'a Range<Instant>,
    regions: &'a [Region],
    clusters: &'a [Cluster],
    area: &'static str,
    plan: &'a Plan,
    is_web: bool,
}

impl Maker<'_> {
    /// Where a service runs, staging first, then its home, then the other regions.
    fn placements(&self, random: &mut Random, exists: &Range<Instant>, size: f64) -> Vec<Placement> {
        let on_premises = matches!(self.area, "warehousing" | "customs" | "corporate") && random.chance(0.6) || random.chance(0.05);
        let home = if on_premises && self.has(DATACENTER, Environment::Production) { DATACENTER } else { HOME };
        let is_data = self.area == "data" || self.plan.purpose == Purpose::Pipeline;
        if self.area == "platform" && random.chance(0.45) && self.has(home, Environment::Tools) {
            return self
                .clusters_in(home, Environment::Tools)
                .take(1)
                .map(|cluster| self.placement(random, cluster, exists, size * 0.7))
                .collect();
        }
        let mut chosen: Vec<(usize, f64)> = Vec::new();
        if random.chance(0.93) {
            let staging = if self.has(home, Environment::Staging) { home } else { HOME };
            chosen.extend(self.clusters_in(staging, Environment::Staging).take(1).map(|cluster| (cluster, 0.0)));
            if home == HOME && random.chance(0.06) {
                chosen.extend(self.clusters_in(2, Environment::Staging).take(1).map(|cluster| (cluster, 0.0)));
            }
        }
        let is_wanted = |name: &str| match (is_data, name) {
            (true, "prod-eu-central-1") => !self.clusters.iter().any(|cluster| cluster.name.ends_with("-data")),
            (false, name) => !name.ends_with("-data") && !name.ends_with("-batch"),
            _ => true,
        };
        let home_clusters: Vec<usize> =
            self.clusters_in(home, Environment::Production).filter(|cluster| is_wanted(&self.clusters[*cluster].name)).collect();
        chosen.extend(home_clusters.into_iter().map(|cluster| (cluster, 1.0)));
        if home == HOME && !is_data {
            for (region, chance, share) in [(DATACENTER, 0.08, 0.5), (2, if self.is_web { 0.6 } else { 0.5 }, 0.6), (3, 0.26, 0.4)] {
                if region < self.regions.len() && random.chance(chance) {
                    chosen.extend(self.clusters_in(region, Environment::Production).take(1).map(|cluster| (cluster, share)));
                }
            }
        }
        let placements = chosen.into_iter().map(|(cluster, share)| {
            let wanted = if share == 0.0 { 1.0 + random.below(2) as f64 * 0.6 } else { size * share };
            self.placement(random, cluster, exists, wanted)
        });
        let placements: Vec<Placement> = placements.collect();
        placements.into_iter().filter(|placement| placement.exists.start < placement.exists.end.min(self.history.end)).collect()
    }

    fn has(&self, region: usize, environment: Environment) -> bool {
        self.clusters_in(region, environment).next().is_some()
    }

    fn clusters_in(&self, region: usize, environment: Environment) -> impl Iterator<Item = usize> + '_ {
        let fits = move |cluster: &Cluster| cluster.region == region && cluster.environment == environment;
        (0..self.clusters.len()).filter(move |cluster| fits(&self.clusters[*cluster]))
    }

    fn placement(&self, random: &mut Random, cluster: usize, exists: &Range<Instant>, wanted: f64) -> Placement {
        let there = &self.clusters[cluster].exists;
        // People move in, and out, over weeks.
        let moved_in =
            if there.start > self.history.start { there.start.plus_seconds(random.between(2, 110) * 86_400) } else { there.start };
        let moved_out = if there.end < Instant::MAX { there.end.plus_seconds(-random.between(2, 70) * 86_400) } else { Instant::MAX };
        let start = exists.start.max(moved_in);
        let end = exists.end.min(moved_out);
        let usual = wanted.round().max(1.0) as u16;
        let mut replicas = Timed::always(usual);
        if self.clusters[cluster].environment == Environment::Production && usual > 1 {
            let days = (self.history.end.micros() - self.history.start.micros()) / 86_400_000_000;
            let mut day = random.between(10, 220);
            let mut now = f64::from(usual);
            while day < days {
                let at = self.history.start.plus_seconds(day * 86_400 + random.between(7 * 3600, 17 * 3600));
                let next = (now * random.range(0.7, 1.45)).clamp(f64::from(usual) * 0.5, f64::from(usual) * 1.6 + 1.0);
                if next.round().max(1.0) as u16 != now.round() as u16 {
                    replicas.push(at, next.round().max(1.0) as u16);
                    now = next;
                }
                day += random.between(20, 260);
            }
        }
        Placement { cluster, exists: start..end, replicas }
    }
}
