//! Projects in SonarQube: which there are, what they are called, and how their figures move through the year.
//!
//! # Invariants
//! - At most one analysis per project and UTC day, each of a commit that was there.
//! - Figures drift; what fails a gate stays for days or weeks until somebody looks after it.

use std::ops::Range;

use super::calendar::{Calendar, day_number, weekday};
use super::descriptors::Described;
use super::fates::Fate;
use super::measures::{Analysis, Figures, New};
use super::organisation::{Organisation, titled};
use super::plan::{Language, Plan, Purpose};
use super::random::Random;
use super::{Commit, Project};
use crate::model::Instant;

/// A project to be.
pub(super) struct ProjectPlan {
    pub(super) repository: usize,
    pub(super) key: String,
    pub(super) name: String,
    /// It is in the descriptor.
    pub(super) annotated: bool,
}

/// Projects by repository, in order.
pub(super) fn projects(random: &Random, plans: &[Plan], described: &[Option<Described>], fates: &[Fate], login: &str) -> Vec<ProjectPlan> {
    let mut random = random.part("projects");
    let mut found = Vec::new();
    let mut strays = vec!["core-monolith", "tms-classic", "sandbox-sonar-test", "quay-legacy-batch", "integration-suite-old"];
    strays.truncate((plans.len() / 200).clamp(usize::from(plans.len() > 50), 5));
    for (number, plan) in plans.iter().enumerate() {
        let chance = match plan.purpose {
            _ if matches!(plan.language, Language::Terraform | Language::Markdown) || fates[number].empty => 0.0,
            Purpose::Trial => 0.04,
            Purpose::Fork => 0.0,
            Purpose::Library => 0.66,
            Purpose::Tool | Purpose::Tests => 0.3,
            _ => 0.775,
        };
        if !random.chance(chance) {
            continue;
        }
        // A key never changes, whatever the repository is called by now.
        let name = fates[number].renamed.as_ref().map_or(&plan.name, |(_, before)| before);
        let key = match random.weighted(&[76.0, 12.0, 8.0, 4.0]) {
            0 => format!("{login}_{name}"),
            1 => format!("com.{login}:{name}"),
            2 => name.clone(),
            _ => format!("{login}-{name}"),
        };
        let mut shown = if random.chance(0.75) { name.clone() } else { titled(name) };
        let annotated = described[number].is_some() && random.chance(0.9);
        let mut key = key;
        if !annotated
            && matches!(plan.purpose, Purpose::Tool | Purpose::Library | Purpose::Tests | Purpose::Worker)
            && found.len() % 7 == 3
            && let Some(stray) = strays.pop()
        {
            (key, shown) = (stray.to_owned(), titled(stray));
        }
        let split = plan.purpose == Purpose::Service && random.chance(0.035);
        found.push(ProjectPlan { repository: number, key: key.clone(), name: shown.clone(), annotated });
        if split {
            found.push(ProjectPlan { repository: number, key: format!("{key}_web"), name: format!("{shown} web"), annotated: false });
        }
    }
    found
}

/// How a team looks after its code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habit {
    coverage: f64,
    /// Points per year.
    trend: f64,
    /// How often a gate turns red, per day.
    trouble: f64,
    /// Days until it is looked after.
    patience: f64,
    debt: f64,
    own_gate: bool,
}

/// The habits of every unit.
pub(super) fn habits(random: &Random, org: &Organisation) -> Vec<Habit> {
    let habit = |unit: usize| {
        let mut random = random.part("quality").nth(unit);
        let coverage = (70.0 + 15.0 * random.normal()).clamp(18.0, 92.0);
        let trend = match random.below(20) {
            0..=4 if coverage < 80.0 => random.range(7.0, 19.0),
            5..=7 => random.range(-16.0, -6.0),
            _ => 3.0 * random.normal(),
        };
        Habit {
            coverage,
            trend,
            trouble: random.heavy(0.004, 0.007).min(0.03),
            patience: random.heavy(6.0, 10.0).clamp(2.0, 40.0),
            debt: random.heavy(0.7, 1.0).clamp(0.15, 4.0),
            own_gate: random.chance(0.3),
        }
    };
    (0..org.units.len()).map(habit).collect()
}

/// One project with all of its analyses.
pub(super) fn project(
    random: &Random,
    calendar: &Calendar,
    history: &Range<Instant>,
    plan: &ProjectPlan,
    (fate, purpose, commits): (&Fate, Purpose, &[Commit]),
    habit: Habit,
) -> Project {
    let mut random = random.part("project").part(&plan.key);
    let first = commits.first().map_or(fate.exists.start, |commit| commit.at);
    let start = first.plus_seconds(random.between(1, 40) * 86_400);
    let begins = if random.chance(0.05) { history.start.plus_seconds(random.between(10, 300) * 86_400) } else { start };
    let exists = begins.max(start)..fate.exists.end;
    let never = random.chance(0.02);
    let times = if never { Vec::new() } else { times(&mut random, calendar, history, purpose, &exists, fate.open().end, commits) };
    // Nothing new is large, and what is large has been analysed for years: no line jumps in a day.
    let most = match times.first() {
        Some(first) if *first >= history.start && fate.exists.start >= history.start => 6_000.0,
        Some(first) if *first >= history.start => 14_000.0,
        _ => 240_000.0,
    };
    let mut figures = Drift::new(&mut random, habit, purpose, most);
    let mut analyses = Vec::with_capacity(times.len());
    let mut last = times.first().copied().unwrap_or(history.start);
    let mut seen = 0;
    for at in times {
        let commit = commits.partition_point(|commit| commit.at <= at);
        let days = (at.micros() - last.micros()) as f64 / 86_400e6;
        let share = (at.micros() - history.start.micros()) as f64 / (history.end.micros() - history.start.micros()) as f64;
        figures.step(
            &mut random,
            days,
            share,
            commit.saturating_sub(seen),
            commits[..commit].last().map_or(days, |commit| (at.micros() - commit.at.micros()) as f64 / 86_400e6),
        );
        analyses.push(Analysis::new(at, commit.saturating_sub(1), figures.figures()));
        (last, seen) = (at, commit);
    }
    Project { key: plan.key.clone(), name: plan.name.clone(), repository: plan.repository, analyses, exists }
}

/// When it is analysed: every night, every week, or after somebody pushed.
fn times(
    random: &mut Random,
    calendar: &Calendar,
    history: &Range<Instant>,
    purpose: Purpose,
    exists: &Range<Instant>,
    closed: Instant,
    commits: &[Commit],
) -> Vec<Instant> {
    let nightly = if purpose == Purpose::Library { 0.03 } else { 0.1 };
    let rhythm = random.weighted(&[nightly, 0.25, 1.0 - 0.25 - nightly]);
    let until = exists.end.min(closed).min(history.end);
    let from = exists.start.max(history.start);
    let night = random.between(0, 4 * 3600);
    let rest_day = random.between(0, 4);
    let mut days: Vec<Instant> = Vec::new();
    // What was known when the year began.
    if exists.start < history.start {
        let last = commits.partition_point(|commit| commit.at < history.start);
        let at = commits[..last].last().map_or(exists.start, |commit| commit.at.plus_seconds(900));
        days.push(at.max(exists.start).min(history.start.plus_seconds(-60)));
    }
    for day in day_number(from)..=day_number(until) {
        let due = match rhythm {
            0 => calendar.busy(0, day) > 0.1,
            1 => weekday(day) == rest_day,
            _ => false,
        };
        if due {
            days.push(Instant::from_seconds(day * 86_400 + night + random.between(0, 300)));
        }
    }
    let begin = commits.partition_point(|commit| commit.at < from);
    for (number, commit) in commits.iter().enumerate().skip(begin) {
        // The last one of a day; what was pushed before is overtaken in the queue.
        let is_last = commits.get(number + 1).is_none_or(|next| day_number(next.at) != day_number(commit.at));
        if rhythm > 0 && is_last && random.chance(0.93) {
            days.push(commit.at.plus_seconds(random.between(200, 1500)));
        }
    }
    days.retain(|at| *at < until && exists.contains(at));
    days.sort();
    days.dedup_by_key(|at| day_number(*at));
    days
}

/// What is wrong while a gate is red.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    Coverage,
    Bugs,
    Smells,
    Hotspots,
    Duplication,
}

struct Drift {
    habit: Habit,
    now: Figures,
    /// Points above or below the team's coverage.
    offset: f64,
    wander: f64,
    trouble: Trouble,
    /// Days until it ends.
    left: f64,
    size: f64,
    smells: f64,
    new_lines: f64,
    /// How much of the team's trend has reached it: none while nobody works on it.
    progress: f64,
    share: f64,
}

impl Drift {
    /// When it is analysed for the first time, with at most so many lines.
    fn new(random: &mut Random, habit: Habit, purpose: Purpose, most: f64) -> Self {
        let (median, mean) = match purpose {
            Purpose::Service | Purpose::Web | Purpose::Mobile => (7200.0, 13_500.0),
            Purpose::Worker | Purpose::Pipeline => (3400.0, 6000.0),
            _ => (1600.0, 3000.0),
        };
        let size: f64 = random.heavy(median, mean).clamp(180.0, 240_000.0);
        let size = if size > most { most * random.range(0.4, 1.0) } else { size };
        let offset = 9.0 * random.normal() + if purpose == Purpose::Web { -9.0 } else { 0.0 };
        let smells = size / 105.0 * habit.debt * random.heavy(0.8, 1.0);
        let hotspots = random.heavy(1.2, 3.0).min(60.0) as u16;
        let open = (f64::from(hotspots) * random.share().powi(2) * habit.debt.min(1.0)) as u16;
        let now = Figures {
            bugs: random.heavy(0.9 * habit.debt, 3.0 * habit.debt).min(200.0) as u16,
            vulnerabilities: if random.chance(0.25 * habit.debt.min(2.0)) { 1 + random.below(4) as u16 } else { 0 },
            hotspots: open,
            hotspots_reviewed: hotspots - open,
            accepted: random.heavy(1.0, 6.0).min(90.0) as u16,
            has_coverage: random.chance(0.91),
            own_gate: habit.own_gate,
            ..Figures::default()
        };
        let (reliability, security) = (severity(random, now.bugs), severity(random, now.vulnerabilities));
        let now = Figures { reliability, security, ..now };
        let new_lines = random.heavy(60.0, 260.0);
        let mut drift =
            Self { habit, now, offset, wander: 0.0, trouble: Trouble::None, left: 0.0, size, smells, new_lines, progress: 0.0, share: 0.0 };
        // The year begins like any other time.
        if random.chance((habit.trouble * habit.patience * 2.0).min(0.6)) {
            drift.fall(random);
        }
        drift
    }

    /// From one analysis to the next, so many days and commits later; `idle` days after the last commit.
    fn step(&mut self, random: &mut Random, days: f64, share: f64, commits: usize, idle: f64) {
        let pushed = commits as f64;
        self.size = (self.size + pushed.min(60.0) * random.range(-9.0, 24.0)).max(150.0);
        self.smells = (self.smells + pushed.min(60.0) * (random.range(-0.5, 0.62) * self.habit.debt)).max(0.0);
        self.wander = (self.wander * 0.97 + 0.35 * random.normal() * pushed.min(9.0).sqrt()).clamp(-9.0, 9.0);
        // New code is that of the last thirty days.
        self.new_lines = (self.new_lines * (-days / 30.0).exp() + pushed.min(60.0) * random.heavy(22.0, 60.0)).min(20_000.0);
        if idle > 35.0 {
            self.new_lines = 0.0;
        }
        if pushed > 0.0 && random.chance(0.04) {
            let more = random.chance(0.45);
            self.now.bugs = if more { self.now.bugs + 1 } else { self.now.bugs.saturating_sub(1) };
            self.now.reliability = severity(random, self.now.bugs);
            if self.now.vulnerabilities > 0 && random.chance(0.3) {
                self.now.vulnerabilities -= 1;
                self.now.security = severity(random, self.now.vulnerabilities);
            }
        }
        self.left -= days;
        if self.left <= 0.0 && self.trouble != Trouble::None {
            self.trouble = Trouble::None;
        }
        // They learn in the course of the year.
        let risk = (1.0 - (1.0 - self.habit.trouble).powf(days.clamp(1.0, 10.0))) * (1.1 - 0.45 * share);
        if self.trouble == Trouble::None && pushed > 0.0 && random.chance(risk * 2.2) {
            self.fall(random);
        }
        if idle < 14.0 {
            self.progress += (share - self.share).clamp(0.0, 0.1);
        }
        self.share = share;
        self.count(random);
    }

    /// Something goes wrong, for a while.
    fn fall(&mut self, random: &mut Random) {
        let weights = [if self.now.has_coverage { 55.0 } else { 0.0 }, 17.0, 14.0, 9.0, 8.0];
        let all = [Trouble::Coverage, Trouble::Bugs, Trouble::Smells, Trouble::Hotspots, Trouble::Duplication];
        self.trouble = all[random.weighted(&weights)];
        self.left = random.heavy(self.habit.patience, self.habit.patience * 1.8).min(120.0);
    }

    fn count(&mut self, random: &mut Random) {
        let trend = self.habit.trend * self.progress;
        let dip = if self.trouble == Trouble::Coverage { -0.8 } else { 0.0 };
        let coverage = self.habit.coverage + self.offset + trend + self.wander + dip;
        // The last lines are the hardest to reach.
        let coverage = if coverage > 86.0 { 86.0 + 12.0 * (1.0 - (-(coverage - 86.0) / 12.0).exp()) } else { coverage };
        let coverage = coverage.clamp(1.5, 98.6) / 100.0;
        let now = &mut self.now;
        now.ncloc = self.size as u32;
        now.to_cover = (self.size * 0.41) as u32 + 1;
        now.conditions = (self.size * 0.09) as u32;
        now.uncovered = (f64::from(now.to_cover) * (1.0 - coverage)) as u32;
        now.uncovered_conditions = (f64::from(now.conditions) * (1.0 - coverage * 0.94)) as u32;
        now.tests = (self.size * coverage / 34.0) as u32;
        now.smells = self.smells.min(60_000.0) as u16;
        now.debt = (self.smells * 9.5) as u32 + u32::from(now.bugs) * 12;
        now.duplicated = (self.size * 0.021 * self.habit.debt) as u32;
        let lines = self.new_lines as u32;
        let to_cover = (self.new_lines * 0.4) as u32;
        // Teams that care about coverage care about that of new code most.
        let usual = if now.own_gate { random.range(0.72, 0.97) } else { random.range(0.815, 0.99) };
        let of_new = if self.trouble == Trouble::Coverage { random.range(0.2, 0.6) } else { usual };
        let bad = |trouble: Trouble| self.trouble == trouble;
        now.new = New {
            lines,
            to_cover,
            uncovered: (f64::from(to_cover) * (1.0 - of_new)) as u32,
            duplicated: (self.new_lines * if bad(Trouble::Duplication) { random.range(0.07, 0.2) } else { random.range(0.0, 0.02) }) as u32,
            bugs: if bad(Trouble::Bugs) { 1 + random.below(2) as u8 } else { 0 },
            vulnerabilities: 0,
            smells: if bad(Trouble::Smells) { (lines / 9).min(900) as u16 } else { (self.new_lines / 160.0 * self.habit.debt) as u16 },
            debt: 0,
            hotspots: u8::from(bad(Trouble::Hotspots)),
            hotspots_reviewed: u8::from(bad(Trouble::Hotspots) && random.chance(0.5)),
            reliability: if bad(Trouble::Bugs) { 3 } else { 1 },
            security: 1,
        };
        let smells = u32::from(now.new.smells);
        let limit = (lines * 30) as f64 * 0.045;
        now.new.debt = if bad(Trouble::Smells) { (smells * 25).min(60_000) as u16 } else { f64::from(smells * 10).min(limit) as u16 };
    }

    fn figures(&self) -> Figures {
        let mut figures = self.now;
        if self.trouble == Trouble::Bugs {
            figures.bugs += u16::from(figures.new.bugs);
            figures.reliability = figures.reliability.max(3);
        }
        figures.hotspots += u16::from(figures.new.hotspots);
        figures
    }
}

/// The rating for so many findings.
fn severity(random: &mut Random, findings: u16) -> u8 {
    match findings {
        0 => 1,
        1..=3 => [2, 3, 3, 4][random.below(4)],
        _ => [3, 3, 4, 4, 5][random.below(5)],
    }
}
