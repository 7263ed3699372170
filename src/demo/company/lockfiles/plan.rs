//! What happens to a project's packages through time: routine, weaknesses, new and dropped packages, new runtimes.

use std::sync::Arc;

use crate::demo::company::lockfiles::choose::Chooser;
use crate::demo::company::lockfiles::resolve::{Direct, Pick, Resolver};
use crate::demo::company::lockfiles::runtime::{self, Runtime};
use crate::demo::company::lockfiles::state::{Shape, State};
use crate::demo::company::lockfiles::{Habit, Project, Update};
use crate::demo::company::packages::{Number, Universe, has_lines};
use crate::demo::company::random::Random;
use crate::demo::company::{Advisory, Ecosystem};
use crate::model::Instant;

const DAY: i64 = 86_400;
const YEAR: f64 = 365.0 * DAY as f64;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Occasion {
    Routine,
    /// A program proposes a new major version, and somebody takes it.
    Major,
    /// A program begins its work on what others left behind.
    CatchUp,
    Weakness(usize, usize),
    Added,
    Dropped,
    Runtime,
}

/// What moves on such an occasion.
#[derive(Clone, Copy)]
struct Extent {
    /// Of what the manifest allows.
    within: f64,
    /// Of what it does not.
    beyond: f64,
}

/// Frameworks that nobody moves to a new major version in passing.
const FRAMEWORKS: &[&str] = &[
    "@mui/",
    "@nestjs/",
    "django",
    "eslint",
    "express",
    "github.com/jackc/",
    "org.junit.jupiter:",
    "org.springframework",
    "pydantic",
    "react",
    "sqlalchemy",
    "tailwindcss",
    "vite",
];

/// The plan for one project.
pub(super) struct Plan<'a> {
    universe: &'a Arc<Universe>,
    project: &'a Project,
    shape: Arc<Shape>,
    random: Random,
    from: Instant,
    until: Instant,
    resolver: Resolver<'a>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(universe: &'a Arc<Universe>, random: Random, project: &'a Project, from: Instant, until: Instant) -> Self {
        let shape = Arc::new(Shape::of(project, &random));
        Self { universe, project, shape, random, from, until, resolver: Resolver::new(universe) }
    }

    /// Everything in order of time.
    pub(super) fn updates(self) -> Vec<Update> {
        self.steps().into_iter().map(|(update, _)| update).collect()
    }

    /// The same, each with what the project uses from then on.
    pub(super) fn steps(mut self) -> Vec<(Update, State)> {
        let ecosystem = self.project.ecosystem;
        let shape = Arc::clone(&self.shape);
        let chooser = Chooser::new(self.universe, &shape);
        let mut draw = self.random.part("first");
        // Somebody began with what lay about, so it is not quite fresh.
        let resolved = self.from.plus_seconds(-draw.between(0, self.first_age()) * DAY);
        let mut directs = chooser.first(self.project.weight, resolved, &mut draw);
        let picks = self.resolver.resolve(ecosystem, &mut directs, &[], resolved);
        follow(self.universe, ecosystem, &mut directs);
        let runtime = Runtime::first(ecosystem, self.habit(self.from), self.from, &mut draw);
        let mut state = State {
            universe: Arc::clone(self.universe),
            shape: Arc::clone(&shape),
            directs: directs.into(),
            picks: picks.into(),
            runtime: Arc::new(runtime),
        };
        let begin = Update { at: self.from, message: "Set up the project".to_owned(), changes: state.clone().changes(None) };
        let mut steps = vec![(begin, state.clone())];

        for (number, (at, occasion)) in self.occasions().into_iter().enumerate() {
            if let Occasion::Weakness(package, _) = occasion {
                let first = state.picks.partition_point(|pick| (pick.package as usize) < package);
                if state.picks.get(first).is_none_or(|pick| pick.package as usize != package) {
                    continue;
                }
            }
            let mut draw = self.random.part("occasion").nth(number);
            let mut directs = state.directs.to_vec();
            let mut held = state.picks.to_vec();
            let mut next_runtime = None;
            let message = match occasion {
                Occasion::Routine => self.routine(at, self.usual(at), &mut directs, &mut held, &mut draw),
                Occasion::CatchUp => self.routine(at, Extent { within: 1.0, beyond: 0.5 }, &mut directs, &mut held, &mut draw),
                Occasion::Major => self.major(at, &mut directs, &mut draw),
                Occasion::Weakness(package, advisory) => self.fix(at, package, advisory, &mut directs, &mut held),
                Occasion::Added => self.add(&chooser, at, &mut directs, &mut draw),
                Occasion::Dropped => self.drop(&chooser, &mut directs, &mut draw),
                Occasion::Runtime => {
                    next_runtime = state.runtime.next(ecosystem, at, &mut draw);
                    next_runtime.as_ref().map(|next| format!("Move to {} {}", runtime::label(ecosystem), next.version))
                }
            };
            let Some(message) = message else { continue };
            let picks = self.resolver.resolve(ecosystem, &mut directs, &held, at);
            follow(self.universe, ecosystem, &mut directs);
            let next = State {
                directs: if *state.directs == *directs { Arc::clone(&state.directs) } else { directs.into() },
                picks: if *state.picks == *picks { Arc::clone(&state.picks) } else { picks.into() },
                runtime: next_runtime.map_or_else(|| Arc::clone(&state.runtime), Arc::new),
                ..state.clone()
            };
            let changes = next.clone().changes(Some(&state));
            if !changes.is_empty() {
                steps.push((Update { at, message: self.numbered(message, at), changes }, next.clone()));
                state = next;
            }
        }
        steps
    }

    fn first_age(&self) -> i64 {
        match self.habit(self.from) {
            Habit::Bot | Habit::Monthly => 30,
            Habit::Quarterly => 120,
            Habit::Rarely => 420,
            Habit::Never => 800,
        }
    }

    fn habit(&self, at: Instant) -> Habit {
        *self.project.habits.at(at)
    }

    fn occasions(&self) -> Vec<(Instant, Occasion)> {
        let mut occasions: Vec<(Instant, Occasion)> = Vec::new();
        let mut draw = self.random.part("times");
        let weeks = if draw.chance(0.55) { 1 } else { 2 };
        let mut next_major = self.from;
        let habits = self.project.habits.all();
        for (number, (since, habit)) in habits.iter().enumerate() {
            let until = habits.get(number + 1).map_or(self.until, |(next, _)| *next).min(self.until);
            let mut at = (*since).max(self.from);
            if number == 0 && *habit == Habit::Bot {
                // Not everywhere on the same day.
                at = at.plus_seconds(draw.between(0, 7 * weeks) * DAY);
            }
            if number > 0 && *habit == Habit::Bot && at < until {
                occasions.push((at.plus_seconds(draw.between(1, 6) * DAY), Occasion::CatchUp));
            }
            loop {
                let days = match habit {
                    // What it proposes is left lying for a week now and then.
                    Habit::Bot => 7 * (weeks + i64::from(draw.chance(0.15))),
                    Habit::Monthly => draw.between(22, 42),
                    Habit::Quarterly => draw.between(70, 115),
                    Habit::Rarely => draw.between(200, 480),
                    Habit::Never => break,
                };
                at = at.plus_seconds(days * DAY);
                if at >= until {
                    break;
                }
                occasions.push((at, Occasion::Routine));
                if *habit == Habit::Bot && at >= next_major {
                    occasions.push((at.plus_seconds(draw.between(1, 4) * DAY), Occasion::Major));
                    next_major = at.plus_seconds(draw.between(12, 30) * DAY);
                }
            }
        }
        // Chance per year; a smaller share for those who never touch anything.
        let activity = match self.habit(self.from) {
            Habit::Bot | Habit::Monthly => 1.0,
            Habit::Quarterly => 0.7,
            Habit::Rarely => 0.3,
            Habit::Never => 0.06,
        };
        for (occasion, yearly) in [(Occasion::Added, 1.2), (Occasion::Dropped, 0.5), (Occasion::Runtime, 0.7)] {
            let mut at = self.from;
            loop {
                let gap = -(1.0 - draw.share()).ln() * YEAR / (yearly * activity);
                if gap > 40.0 * YEAR {
                    break;
                }
                at = at.plus_seconds(gap as i64 + DAY);
                if at >= self.until {
                    break;
                }
                occasions.push((at, occasion));
            }
        }
        for (package, advisory) in self.universe.weaknesses(self.project.ecosystem) {
            let found = &self.universe.packages[*package].advisories[*advisory];
            // Who begins with what lay about finds out soon.
            let known = found.at.max(self.from);
            let days = (self.delay(known, found.severity) * draw.heavy(1.0, 1.5)).clamp(0.2, 4_000.0);
            occasions.push((known.plus_seconds((days * DAY as f64) as i64), Occasion::Weakness(*package, *advisory)));
        }
        for (at, _) in &mut occasions {
            *at = at_work(*at, &mut draw);
        }
        occasions.retain(|(at, _)| self.from < *at && *at < self.until);
        occasions.sort_unstable();
        occasions.dedup_by_key(|(at, _)| *at);
        occasions
    }

    /// Days until a weakness is fixed, in the middle of all: what is dangerous cannot wait, and a program does not.
    fn delay(&self, at: Instant, severity: &str) -> f64 {
        let urgency = match severity {
            "CRITICAL" => 0.3,
            "HIGH" => 0.6,
            "LOW" => 1.7,
            _ => 1.0,
        };
        let habit = match self.habit(at) {
            Habit::Bot => 0.4,
            Habit::Monthly => 0.8,
            Habit::Quarterly => 1.0,
            Habit::Rarely => 1.6,
            Habit::Never => 2.6,
        };
        self.project.patience * urgency * habit
    }

    /// The newest version, within what the manifest allows or beyond, if it is newer than what is used.
    fn newer(&self, direct: &Direct, at: Instant, beyond: bool) -> Option<u16> {
        let (package, release) = (direct.package as usize, direct.release as usize);
        let details = self.universe.details(package);
        let own = details.numbers[release];
        let newest = if beyond || !has_lines(self.project.ecosystem) {
            self.universe.newest(package, at)?
        } else {
            self.universe.newest_in(details.slots[release] as usize, at)?
        };
        let newest = if beyond || details.numbers[newest].caret() == own.caret() {
            newest
        } else {
            // The older line, if it is still cared for.
            let releases = self.universe.packages[package].releases.iter().zip(&details.numbers).enumerate();
            let fitting = releases.filter(|(_, (found, number))| found.at <= at && !number.is_preview() && number.caret() == own.caret());
            fitting.max_by_key(|(_, (_, number))| **number).map(|(position, _)| position)?
        };
        (details.numbers[newest] > own).then_some(newest as u16)
    }

    /// How much of what is behind is moved in passing.
    fn usual(&self, at: Instant) -> Extent {
        match self.habit(at) {
            Habit::Bot => Extent { within: 0.95, beyond: 0.0 },
            Habit::Monthly => Extent { within: 0.9, beyond: 0.35 },
            Habit::Quarterly => Extent { within: 0.95, beyond: 0.65 },
            Habit::Rarely | Habit::Never => Extent { within: 0.95, beyond: 0.75 },
        }
    }

    /// The chance to move a package to another major version, which is smaller for what is known to be a pain; one for all
    /// that come out together.
    fn beyond(&self, package: u16, chance: f64, draw: &Random) -> bool {
        let package = package as usize;
        let family = self.universe.details(package).family as usize;
        let name = &self.universe.packages[package].name;
        let is_framework = FRAMEWORKS.iter().any(|framework| name.starts_with(framework));
        let is_pain = self.random.part("pain").nth(family).chance(if is_framework { 0.5 } else { 0.12 });
        draw.part("beyond").nth(family).chance(if is_pain { chance * 0.3 } else { chance })
    }

    fn routine(&self, at: Instant, extent: Extent, directs: &mut [Direct], held: &mut Vec<Pick>, draw: &mut Random) -> Option<String> {
        let is_bot = self.habit(at) == Habit::Bot;
        let mut moves: Vec<(usize, u16)> = Vec::new();
        for (position, direct) in directs.iter().enumerate() {
            let beyond = self.beyond(direct.package, extent.beyond, draw);
            if draw.chance(extent.within)
                && let Some(newer) = self.newer(direct, at, beyond)
            {
                moves.push((position, newer));
            }
        }
        if moves.is_empty() && is_bot {
            return None;
        }
        let message = self.take(at, moves, directs, draw);
        if !is_bot && has_fresh_start(self.project.ecosystem) && draw.chance(0.75) {
            held.clear();
        }
        Some(message)
    }

    /// One package, and what comes out together with it, to the next major version.
    fn major(&self, at: Instant, directs: &mut [Direct], draw: &mut Random) -> Option<String> {
        let mut waiting: Vec<(usize, u16)> = Vec::new();
        for (position, direct) in directs.iter().enumerate() {
            if let Some(newer) = self.newer(direct, at, true)
                && self.number(direct.package, newer).caret() != self.number(direct.package, direct.release).caret()
                && self.beyond(direct.package, 0.6, draw)
            {
                waiting.push((position, newer));
            }
        }
        let chosen = *waiting.get(draw.below(waiting.len()))?;
        Some(self.take(at, vec![chosen], directs, draw))
    }

    /// Moves packages, with those that come out together with them, and says so.
    fn take(&self, at: Instant, mut moves: Vec<(usize, u16)>, directs: &mut [Direct], draw: &mut Random) -> String {
        let is_bot = self.habit(at) == Habit::Bot;
        for (position, release) in moves.clone() {
            self.set(directs, position, release, &mut moves);
        }
        let message = self.told(is_bot, directs, &moves, draw);
        for (position, release) in moves {
            let direct = &mut directs[position];
            let is_beyond = self.number(direct.package, release).caret() != self.number(direct.package, direct.wanted).caret();
            direct.release = release;
            if is_bot || is_beyond || draw.chance(0.4) {
                direct.wanted = release;
            }
        }
        message
    }

    /// Packages that come out together are moved together.
    fn set(&self, directs: &[Direct], position: usize, release: u16, moves: &mut Vec<(usize, u16)>) {
        let own = self.universe.details(directs[position].package as usize);
        for (other, direct) in directs.iter().enumerate() {
            let details = self.universe.details(direct.package as usize);
            if details.family == own.family && other != position && (release as usize) < details.numbers.len() {
                moves.retain(|(known, _)| *known != other);
                if details.numbers[release as usize] > details.numbers[direct.release as usize] {
                    moves.push((other, release));
                }
            }
        }
    }

    fn number(&self, package: u16, release: u16) -> Number {
        self.universe.details(package as usize).numbers[release as usize]
    }

    fn told(&self, is_bot: bool, directs: &[Direct], moves: &[(usize, u16)], draw: &mut Random) -> String {
        let place =
            if self.project.folder.is_empty() { String::new() } else { format!(" in /{}", self.project.folder.trim_end_matches('/')) };
        let name = |position: usize| self.universe.packages[directs[position].package as usize].name.as_str();
        let version = |position: usize, release: u16| self.universe.version(directs[position].package as usize, release as usize);
        let style = self.random.part("style").below(4);
        let mut text = match moves {
            [] => "Refresh the lockfile".to_owned(),
            [(position, release)] if is_bot => {
                format!(
                    "bump {} from {} to {}{place}",
                    name(*position),
                    version(*position, directs[*position].release),
                    version(*position, *release)
                )
            }
            moves if is_bot => format!("bump the {} group{place} with {} updates", self.group(directs, moves), moves.len()),
            [(position, release)] => format!("Update {} to {}", name(*position), version(*position, *release)),
            moves => {
                let large = moves.iter().find(|(position, release)| {
                    let direct = &directs[*position];
                    self.number(direct.package, *release).caret() != self.number(direct.package, direct.release).caret()
                });
                match large {
                    Some((position, release)) if draw.chance(0.7) => {
                        format!("Update {} to {} and other dependencies", name(*position), version(*position, *release))
                    }
                    _ => ["Update dependencies", "Bump dependencies", "Dependency updates", "Upgrade packages"][style].to_owned(),
                }
            }
        };
        if is_bot {
            text = match style {
                0 => format!("build(deps): {text}"),
                1 => format!("chore(deps): {text}"),
                _ => format!("B{}", &text[1..]),
            };
        }
        text
    }

    /// What a program calls packages that it moves together.
    fn group(&self, directs: &[Direct], moves: &[(usize, u16)]) -> String {
        let package = |position: usize| directs[position].package as usize;
        let family = |(position, _): &(usize, u16)| self.universe.details(package(*position)).family;
        match moves.first() {
            Some(first) if moves.iter().all(|other| family(other) == family(first)) => {
                let name = self.universe.packages[package(first.0)].name.trim_start_matches('@');
                let words =
                    name.split(['/', ':', '-', '_', '.']).filter(|word| !matches!(*word, "org" | "com" | "io" | "github" | "go" | "types"));
                words.take(1).collect()
            }
            _ => "minor-and-patch".to_owned(),
        }
    }

    fn fix(&self, at: Instant, package: usize, advisory: usize, directs: &mut [Direct], held: &mut [Pick]) -> Option<String> {
        let found = &self.universe.packages[package];
        let details = self.universe.details(package);
        let advisory = &found.advisories[advisory];
        let fixed = release_of(self.universe, package, advisory.fixed.as_ref()?)?;
        let mut target = None;
        for pick in
            held.iter_mut().filter(|pick| pick.package as usize == package && is_affected(self.universe, package, pick.release, advisory))
        {
            let newest = self.universe.newest_in(pick.slot(self.universe), at)?;
            if details.numbers[newest] >= details.numbers[fixed] {
                pick.release = newest as u16;
                target = Some(newest);
            }
        }
        for direct in directs.iter_mut().filter(|direct| direct.package as usize == package) {
            if is_affected(self.universe, package, direct.release, advisory) {
                let newest = target.or_else(|| self.universe.newest(package, at))?;
                direct.release = newest as u16;
                direct.wanted = newest as u16;
                target = Some(newest);
            }
        }
        let version = self.universe.version(package, target?);
        Some(format!("Update {} to {version} because of {}", found.name, advisory.id))
    }

    fn add(&self, chooser: &Chooser<'_>, at: Instant, directs: &mut Vec<Direct>, draw: &mut Random) -> Option<String> {
        let package =
            if draw.chance(0.2) { chooser.add_internal(at, directs, draw) } else { chooser.add(draw.chance(0.25), at, directs, draw) };
        let name = &self.universe.packages[package?].name;
        Some(format!("{} {name}", ["Add", "Use", "Introduce"][draw.below(3)]))
    }

    fn drop(&self, chooser: &Chooser<'_>, directs: &mut Vec<Direct>, draw: &mut Random) -> Option<String> {
        if directs.len() < 4 {
            return None;
        }
        // What was declared first is what the project stands on.
        let position = 3 + draw.below(directs.len() - 3);
        if chooser.is_pillar(directs[position].package, directs) {
            return None;
        }
        let dropped = directs.remove(position);
        let name = &self.universe.packages[dropped.package as usize].name;
        Some(format!("{} {name}", ["Remove", "Drop"][draw.below(2)]))
    }

    /// Most changes come through a pull request, whose number grows with time.
    fn numbered(&self, message: String, at: Instant) -> String {
        let mut draw = self.random.part("numbers");
        let days = (at.micros() - self.from.micros()) as f64 / (DAY as f64 * 1e6);
        let number = draw.between(2, 900) as f64 + days * draw.range(0.2, 1.6);
        if draw.chance(0.85) { format!("{message} (#{})", number as i64) } else { message }
    }
}

/// Where a whole lockfile can be made anew, so that everything moves.
const fn has_fresh_start(ecosystem: Ecosystem) -> bool {
    matches!(ecosystem, Ecosystem::Npm | Ecosystem::Cargo | Ecosystem::Pypi)
}

/// The manifest follows where it does not allow the locked version any more, or where it names versions exactly.
fn follow(universe: &Universe, ecosystem: Ecosystem, directs: &mut [Direct]) {
    for direct in directs {
        let numbers = &universe.details(direct.package as usize).numbers;
        let is_exact = matches!(ecosystem, Ecosystem::Go | Ecosystem::Maven);
        if is_exact || numbers[direct.release as usize].caret() != numbers[direct.wanted as usize].caret() {
            direct.wanted = direct.release;
        }
    }
}

fn release_of(universe: &Universe, package: usize, version: &str) -> Option<usize> {
    universe.packages[package].releases.iter().position(|release| release.version == version)
}

pub(super) fn is_affected(universe: &Universe, package: usize, release: u16, advisory: &Advisory) -> bool {
    let numbers = &universe.details(package).numbers;
    let number =
        |version: &Option<String>| version.as_ref().and_then(|version| release_of(universe, package, version)).map(|at| numbers[at]);
    let own = numbers[release as usize];
    number(&advisory.introduced).is_none_or(|introduced| introduced <= own) && number(&advisory.fixed).is_none_or(|fixed| own < fixed)
}

/// The same day, or the Monday after, in working hours.
fn at_work(at: Instant, draw: &mut Random) -> Instant {
    let seconds = at.micros() / 1_000_000;
    let day = seconds.div_euclid(DAY);
    // The first day of 1970 was a Thursday.
    let day = match (day + 3).rem_euclid(7) {
        5 => day + 2,
        6 => day + 1,
        _ => day,
    };
    Instant::from_seconds(day * DAY + draw.between(7 * 3_600, 17 * 3_600))
}
