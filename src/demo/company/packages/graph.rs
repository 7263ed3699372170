//! What needs what, in which versions, ready for resolving many lockfiles quickly.

use crate::demo::company::packages::history::DAY;
use crate::demo::company::packages::list::Role;
use crate::demo::company::packages::version::Number;
use crate::demo::company::random::Random;
use crate::demo::company::{Ecosystem, Package, Release};
use crate::model::Instant;

/// That a release needs another package.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// The needed package.
    pub(crate) package: u16,
    /// Its least release.
    pub(crate) floor: u16,
    /// The position of that release in order of the versions.
    pub(crate) order: u16,
    /// The line of compatible versions of that release.
    pub(crate) slot: u32,
}

/// What is known of a package beyond its releases.
#[derive(Debug)]
pub(crate) struct Details {
    /// What it is for.
    pub(crate) role: Role,
    /// Packages of one family come out together: the same release positions are the same versions.
    pub(crate) family: u64,
    /// The number of each release.
    pub(crate) numbers: Vec<Number>,
    /// Of each release: its position in order of the versions.
    pub(crate) order: Vec<u16>,
    /// Of each release: its line of compatible versions, across all packages.
    pub(crate) slots: Vec<u32>,
    /// What its releases need, and where those of each begin.
    needs: Vec<Need>,
    begins: Vec<u32>,
    /// When the newest version changed, and to which release.
    pub(super) newest: Vec<(Instant, u16)>,
    /// The position in order of the names.
    pub(crate) rank: u32,
}

/// Versions of a package that are compatible with each other: those of one major version in npm and Cargo, all of them
/// where a project can only have one version.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) package: usize,
    /// When the newest version changed, and to which release.
    pub(super) steps: Vec<(Instant, u16)>,
}

impl Details {
    /// What a release needs.
    pub(crate) fn needs_of(&self, release: usize) -> &[Need] {
        &self.needs[self.begins[release] as usize..self.begins[release + 1] as usize]
    }
}

/// The step in force at an instant.
pub(super) fn latest(steps: &[(Instant, u16)], at: Instant) -> Option<usize> {
    let after = steps.partition_point(|(since, _)| *since <= at);
    Some(steps[after.checked_sub(1)?].1 as usize)
}

/// Whether a project can have several major versions of a package at once.
pub(crate) const fn has_lines(ecosystem: Ecosystem) -> bool {
    matches!(ecosystem, Ecosystem::Npm | Ecosystem::Cargo)
}

/// What is known of each package, beside the packages themselves.
pub(super) struct Parts {
    pub(super) numbers: Vec<Vec<Number>>,
    pub(super) roles: Vec<Role>,
    pub(super) families: Vec<u64>,
    pub(super) needs: Vec<Vec<usize>>,
}

pub(super) fn build(packages: &[Package], parts: Parts, begin: Instant, random: &Random) -> (Vec<Details>, Vec<Class>) {
    let mut order: Vec<usize> = (0..packages.len()).collect();
    order.sort_by(|one, other| packages[*one].name.cmp(&packages[*other].name));
    let mut ranks = vec![0; packages.len()];
    for (rank, package) in order.into_iter().enumerate() {
        ranks[package] = rank as u32;
    }
    let mut classes: Vec<Class> = Vec::with_capacity(packages.len() * 3);
    let mut details: Vec<Details> = Vec::with_capacity(packages.len());
    let each = parts.numbers.into_iter().zip(parts.roles).zip(parts.families).zip(parts.needs);
    let mut wishes: Vec<Vec<usize>> = Vec::with_capacity(packages.len());
    for (package, (((numbers, role), family), needs)) in each.enumerate() {
        let releases = &packages[package].releases;
        let lines = has_lines(packages[package].ecosystem);
        let mut own: Vec<((u32, u32), u32)> = Vec::new();
        let mut slots = Vec::with_capacity(releases.len());
        for number in &numbers {
            let caret = if lines { number.caret() } else { (0, 0) };
            let known = own.iter().find(|(found, _)| *found == caret).map(|(_, slot)| *slot);
            let slot = known.unwrap_or_else(|| {
                classes.push(Class { package, steps: Vec::new() });
                own.push((caret, classes.len() as u32 - 1));
                classes.len() as u32 - 1
            });
            slots.push(slot);
        }
        for (_, slot) in own {
            let of_class = |at: &usize| slots[*at] == slot;
            classes[slot as usize].steps = steps(releases, &numbers, (0..releases.len()).filter(of_class));
        }
        let newest = steps(releases, &numbers, 0..releases.len());
        wishes.push(needs);
        let mut sorted: Vec<usize> = (0..numbers.len()).collect();
        sorted.sort_by_key(|at| (numbers[*at], *at));
        let mut order = vec![0; numbers.len()];
        for (position, at) in sorted.into_iter().enumerate() {
            order[at] = position as u16;
        }
        details.push(Details { role, family, numbers, order, slots, needs: Vec::new(), begins: Vec::new(), newest, rank: ranks[package] });
    }
    for (package, wishes) in wishes.iter().enumerate() {
        let mut random = random.part("floors").nth(package);
        let mut needs = Vec::with_capacity(wishes.len() * packages[package].releases.len());
        let mut begins = vec![0];
        // Authors ask for what was new some time before their own release, and raise it now and then.
        let lag = random.between(5, 150);
        for release in &packages[package].releases {
            for wish in wishes {
                let needed = &details[*wish];
                let lag = if details[package].family == needed.family { 0 } else { lag };
                if let Some(floor) = floor(needed, &packages[*wish].releases, release.at, lag, begin) {
                    needs.push(Need { package: *wish as u16, floor: floor as u16, order: needed.order[floor], slot: needed.slots[floor] });
                }
            }
            begins.push(needs.len() as u32);
        }
        details[package].needs = needs;
        details[package].begins = begins;
    }
    (details, classes)
}

fn steps(releases: &[Release], numbers: &[Number], of: impl Iterator<Item = usize>) -> Vec<(Instant, u16)> {
    let mut steps: Vec<(Instant, u16)> = Vec::new();
    let mut best: Option<Number> = None;
    for at in of {
        if !numbers[at].is_preview() && best.is_none_or(|best| best < numbers[at]) {
            best = Some(numbers[at]);
            steps.push((releases[at].at, at as u16));
        }
    }
    steps
}

fn floor(need: &Details, releases: &[Release], at: Instant, lag: i64, begin: Instant) -> Option<usize> {
    let asked = at.plus_seconds(-lag * DAY);
    // What both had before the universe begins is not told; what came later cannot have been asked for.
    let oldest = || releases.first().filter(|first| first.at < begin).map(|_| 0);
    latest(&need.newest, asked).or_else(|| latest(&need.newest, at)).or_else(oldest)
}
