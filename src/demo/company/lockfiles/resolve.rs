//! Which versions a project gets: every package that its own ones need, once per line of compatible versions.
//!
//! # Invariants
//! - What was locked stays locked as long as it satisfies everybody; what is new comes in the newest version that fits,
//!   or in Go and Maven in the least one.
//! - Nothing is locked that nobody needs, and nothing that was not published yet.

use crate::demo::company::Ecosystem;
use crate::demo::company::packages::Universe;
use crate::model::Instant;

/// A locked version of a package, by positions in the universe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pick {
    pub(super) package: u16,
    pub(super) release: u16,
}

impl Pick {
    pub(super) fn slot(self, universe: &Universe) -> usize {
        universe.details(self.package as usize).slots[self.release as usize] as usize
    }
}

/// A package that the project declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Direct {
    pub(super) package: u16,
    /// The locked version.
    pub(super) release: u16,
    /// The version that the manifest names.
    pub(super) wanted: u16,
    pub(super) for_development: bool,
}

impl Direct {
    pub(super) fn pick(self) -> Pick {
        Pick { package: self.package, release: self.release }
    }
}

/// Resolves one lockfile after the other; only its memory is kept between them.
pub(super) struct Resolver<'u> {
    universe: &'u Universe,
    /// By line of compatible versions: the release plus one, or 0, and its position in order of the versions.
    chosen: Vec<(u16, u16)>,
    held: Vec<u16>,
    /// Lines and their packages.
    waiting: Vec<(u32, u32)>,
    touched: Vec<u32>,
    /// A bit for each line.
    marks: Vec<u64>,
}

impl<'u> Resolver<'u> {
    pub(super) fn new(universe: &'u Universe) -> Self {
        let slots = universe.slots();
        Self {
            universe,
            chosen: vec![(0, 0); slots],
            held: vec![0; slots],
            waiting: Vec::new(),
            touched: Vec::new(),
            marks: vec![0; slots.div_ceil(64)],
        }
    }

    /// What is locked for these packages, in order of the packages; `directs` are raised where others need more.
    pub(super) fn resolve(&mut self, ecosystem: Ecosystem, directs: &mut [Direct], held: &[Pick], at: Instant) -> Vec<Pick> {
        let universe = self.universe;
        let takes_least = matches!(ecosystem, Ecosystem::Go | Ecosystem::Maven);
        for pick in held {
            self.held[pick.slot(universe)] = pick.release + 1;
        }
        for direct in directs.iter() {
            self.choose(direct.pick().slot(universe), direct.package as usize, direct.release);
        }
        let mut is_replaced = false;
        while let Some((slot, package)) = self.waiting.pop() {
            let release = self.chosen[slot as usize].0 as usize - 1;
            for need in universe.details(package as usize).needs_of(release) {
                let slot = need.slot as usize;
                let (chosen, order) = self.chosen[slot];
                if chosen != 0 && order >= need.order {
                    continue;
                }
                is_replaced |= chosen != 0;
                let held = self.held[slot] as usize;
                let release = if held != 0 && universe.details(need.package as usize).order[held - 1] >= need.order {
                    held as u16 - 1
                } else if takes_least {
                    need.floor
                } else {
                    universe.newest_in(slot, at).map_or(need.floor, |newest| newest as u16)
                };
                self.choose(slot, need.package as usize, release);
            }
        }
        let picks = self.collect(directs, is_replaced);
        for direct in directs.iter_mut() {
            let slot = direct.pick().slot(universe);
            direct.release = self.chosen[slot].0 - 1;
        }
        for slot in self.touched.drain(..) {
            self.chosen[slot as usize] = (0, 0);
        }
        for pick in held {
            self.held[pick.slot(universe)] = 0;
        }
        picks
    }

    fn choose(&mut self, slot: usize, package: usize, release: u16) {
        if self.chosen[slot].0 == 0 {
            self.touched.push(slot as u32);
        }
        self.chosen[slot] = (release + 1, self.universe.details(package).order[release as usize]);
        self.waiting.push((slot as u32, package as u32));
    }

    /// What was chosen, without what only replaced versions needed; in order of the lines, as sorting costs more.
    fn collect(&mut self, directs: &[Direct], is_replaced: bool) -> Vec<Pick> {
        let universe = self.universe;
        if is_replaced {
            for direct in directs {
                self.mark(direct.pick().slot(universe), direct.package);
            }
            while let Some((slot, package)) = self.waiting.pop() {
                let release = self.chosen[slot as usize].0 as usize - 1;
                for need in universe.details(package as usize).needs_of(release) {
                    self.mark(need.slot as usize, need.package);
                }
            }
        } else {
            for slot in &self.touched {
                self.marks[*slot as usize / 64] |= 1 << (slot % 64);
            }
        }
        let mut picks = Vec::with_capacity(self.touched.len());
        for (at, word) in self.marks.iter_mut().enumerate() {
            let mut left = std::mem::take(word);
            while left != 0 {
                let slot = at * 64 + left.trailing_zeros() as usize;
                picks.push(Pick { package: universe.package_of(slot) as u16, release: self.chosen[slot].0 - 1 });
                left &= left - 1;
            }
        }
        picks
    }

    fn mark(&mut self, slot: usize, package: u16) {
        let bit = 1 << (slot % 64);
        if self.marks[slot / 64] & bit == 0 {
            self.marks[slot / 64] |= bit;
            self.waiting.push((slot as u32, u32::from(package)));
        }
    }
}
