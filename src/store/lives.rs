//! The lives of all bugs in memory: what came and went, and what is open at any moment, is counted from them.
//!
//! # Invariants
//! - They are what the index keeps beside its events; a commit changes them as it changes the index.
//! - Those of a resource are in order of their end, so that whoever counts a recent time passes over what was over before.
//! - A commit copies the lives of the resources that it touches, if somebody still reads them, and no others.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{EventKind, Instant, ResourceNo};
use crate::quality::bugs::Life;
use crate::store::index::{EventNo, EventPlace};

/// A bug as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lived {
    /// Where its event stands.
    pub place: EventPlace,
    /// Its life.
    pub life: Life,
}

impl Lived {
    /// When nothing more happened to it; [`Instant::MAX`] as long as it is open.
    #[must_use]
    pub fn end(&self) -> Instant {
        match self.life.marks().last() {
            Some(last) if !last.is_open() || last.is_deleted() => last.at,
            _ => Instant::MAX,
        }
    }

    fn key(&self) -> (Instant, EventNo) {
        (self.end(), self.place.no)
    }
}

/// The lives of all bugs, by the resource that they happened to.
#[derive(Clone, Debug, Default)]
pub struct Lives {
    by_resource: FxHashMap<ResourceNo, Arc<Vec<Lived>>>,
    /// Numbers of events are hashes already.
    resource_of: FxHashMap<EventNo, ResourceNo>,
}

impl Lives {
    /// The resources that bugs ever happened to, in no order, each with its bugs that were not over before `from`.
    pub fn since(&self, from: Instant) -> impl Iterator<Item = (ResourceNo, &[Lived])> {
        self.by_resource.iter().map(move |(resource, lives)| {
            let begin = lives.partition_point(|lived| lived.end() < from);
            (*resource, &lives[begin..])
        })
    }

    /// How many bugs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.resource_of.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resource_of.is_empty()
    }

    /// All lives of a resource, in any order.
    pub(super) fn load(&mut self, resource: ResourceNo, mut lives: Vec<Lived>) {
        lives.sort_by_key(Lived::key);
        self.resource_of.extend(lives.iter().map(|lived| (lived.place.no, resource)));
        self.by_resource.insert(resource, Arc::new(lives));
    }

    /// What is known of a bug now.
    pub(super) fn put(&mut self, resource: ResourceNo, lived: Lived) {
        debug_assert_eq!(lived.place.kind, EventKind::Bug, "only bugs have lives");
        if let Some(before) = self.resource_of.insert(lived.place.no, resource)
            && let Some(lives) = self.by_resource.get_mut(&before)
        {
            Arc::make_mut(lives).retain(|other| other.place.no != lived.place.no);
        }
        let lives = Arc::make_mut(self.by_resource.entry(resource).or_default());
        let at = lives.partition_point(|other| other.key() < lived.key());
        lives.insert(at, lived);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::model::event::Step;

    fn lived(no: u64, resolved: Option<i64>) -> Lived {
        let at = Instant::from_seconds;
        let history: Vec<Step> = resolved.map(|when| Step::state(at(when), "resolved")).into_iter().collect();
        let life = Life::of_event(Some(at(1)), None, &history, &Map::new());
        Lived { place: EventPlace { at: at(1), kind: EventKind::Bug, no: EventNo(no) }, life }
    }

    #[test]
    fn a_bug_has_one_life_at_one_resource_and_what_was_over_is_passed_over() {
        let (here, there) = (ResourceNo(1), ResourceNo(2));
        let mut lives = Lives::default();
        lives.load(here, vec![lived(1, None), lived(2, Some(10)), lived(3, Some(20))]);
        lives.put(there, lived(3, Some(20)));
        lives.put(here, lived(1, Some(15)));
        let numbers = |lives: &Lives, resource, from| -> Vec<u64> {
            lives
                .since(Instant::from_seconds(from))
                .filter(|(no, _)| *no == resource)
                .flat_map(|(_, all)| all)
                .map(|lived| lived.place.no.0)
                .collect()
        };
        assert_eq!((numbers(&lives, here, 0), numbers(&lives, there, 0), lives.len()), (vec![2, 1], vec![3], 3));
        assert_eq!((numbers(&lives, here, 11), numbers(&lives, here, 16)), (vec![1], vec![]));
        let held = lives.clone();
        lives.put(here, lived(4, None));
        assert_eq!((numbers(&lives, here, 11), numbers(&held, here, 11)), (vec![1, 4], vec![1]));
    }
}
