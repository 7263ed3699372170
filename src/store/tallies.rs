//! Tallies of the bugs of each resource and the chronicle of all incidents, kept as long as nothing of them becomes another.
//!
//! # Invariants
//! - A tally is that of the lives and policies that it is asked for, whatever was kept, and a chronicle that of the lives.
//! - A bug that is at several resources one after another is in none of their tallies, but in that of all.

use std::cell::LazyCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{Instant, Policy, ResourceNo};
use crate::quality::bugs::Life;
use crate::quality::chronicle::Chronicle;
use crate::quality::incidents::Course;
use crate::quality::sla::Terms;
use crate::quality::tally::Tally;
use crate::store::lives::Lives;
use crate::store::view::View;

/// The policies by which something is judged, and since when each is in force.
pub type Dated = Vec<(Instant, Arc<Policy>)>;

/// The bugs of a resource.
#[derive(Clone, Debug, Default)]
pub struct Tallied {
    /// Those that are there for all of their life.
    pub tally: Arc<Tally>,
    /// Some others are there for a while.
    pub has_others: bool,
}

/// What was tallied.
#[derive(Debug, Default)]
pub struct Tallies {
    policies: Dated,
    by_resource: FxHashMap<ResourceNo, Kept>,
    /// Of everything, with how much there was then.
    all: Option<(u64, Arc<Tally>)>,
    /// Of all incidents, with how much there was then.
    chronicle: Option<(u64, Arc<Chronicle>)>,
}

#[derive(Debug)]
struct Kept {
    changes: u64,
    count: usize,
    own: Tallied,
    /// Those that are elsewhere for a while.
    others: Arc<Tally>,
}

impl Tallies {
    fn judged_by(&mut self, policies: &Dated) {
        if self.policies != *policies {
            *self = Self { policies: policies.clone(), chronicle: self.chronicle.take(), ..Self::default() };
        }
    }

    fn of(&mut self, lives: &Lives<Life>, resource: ResourceNo, terms: &LazyCell<Terms, impl FnOnce() -> Terms>) -> &Kept {
        let (all, changes) = (lives.of(resource), lives.changes_of(resource));
        let is_same = self.by_resource.get(&resource).is_some_and(|kept| (kept.changes, kept.count) == (changes, all.len()));
        if !is_same {
            let (own, others): (Vec<&Life>, Vec<&Life>) = all.iter().map(|lived| &lived.life).partition(|life| life.stays());
            let tally = Arc::new(Tally::of(own, terms));
            let kept = Kept {
                changes,
                count: all.len(),
                own: Tallied { tally, has_others: !others.is_empty() },
                others: Arc::new(Tally::of(others, terms)),
            };
            self.by_resource.insert(resource, kept);
        }
        &self.by_resource[&resource]
    }
}

impl View {
    /// The tally of the bugs of each resource that has any, by policies and the promises that follow from them.
    #[must_use]
    pub fn tallied(&self, lives: &Lives<Life>, policies: &Dated, terms: impl FnOnce() -> Terms) -> Vec<(ResourceNo, Tallied)> {
        let terms = LazyCell::new(terms);
        let mut tallies = self.shared.memory.tallies.lock();
        tallies.judged_by(policies);
        lives.resources().map(|resource| (resource, tallies.of(lives, resource, &terms).own.clone())).collect()
    }

    /// The tally of all bugs.
    #[must_use]
    pub fn tallied_in_all(&self, lives: &Lives<Life>, policies: &Dated, terms: impl FnOnce() -> Terms) -> Arc<Tally> {
        let terms = LazyCell::new(terms);
        let mut tallies = self.shared.memory.tallies.lock();
        tallies.judged_by(policies);
        let changes = lives.changes();
        if let Some((_, tally)) = tallies.all.as_ref().filter(|(known, _)| *known == changes) {
            return Arc::clone(tally);
        }
        let mut some = Vec::new();
        for resource in lives.resources() {
            let kept = tallies.of(lives, resource, &terms);
            some.extend([Arc::clone(&kept.own.tally), Arc::clone(&kept.others)]);
        }
        let tally = Arc::new(Tally::united(some.iter().map(|tally| &**tally)));
        tallies.all = Some((changes, Arc::clone(&tally)));
        tally
    }

    /// The chronicle of all incidents.
    #[must_use]
    pub fn chronicle(&self, lives: &Lives<Course>) -> Arc<Chronicle> {
        let mut tallies = self.shared.memory.tallies.lock();
        let changes = lives.changes();
        if let Some((_, chronicle)) = tallies.chronicle.as_ref().filter(|(known, _)| *known == changes) {
            return Arc::clone(chronicle);
        }
        let courses = lives.resources().flat_map(|resource| lives.of(resource)).map(|lived| &lived.life);
        let chronicle = Arc::new(Chronicle::of(courses));
        tallies.chronicle = Some((changes, Arc::clone(&chronicle)));
        chronicle
    }
}
