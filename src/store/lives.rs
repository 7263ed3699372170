//! The lives of all bugs, incidents and support cases in memory: what came and went, and what goes on at any moment, is
//! counted from them.
//!
//! # Invariants
//! - They are what the index keeps beside its events; a commit changes them as it changes the index.
//! - Those of a resource are in order of their end, so that whoever counts a time passes over what was over before; and it is
//!   known of each block of them when the first began, so that what began later is passed over too.
//! - A commit copies the lives of the resources that it touches, if somebody still reads them, and no others.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use crate::model::record::EventRecord;
use crate::model::{EventKind, Instant, ResourceNo, Span};
use crate::quality::bugs::Life;
use crate::quality::cases::Case;
use crate::quality::incidents::Course;
use crate::store::index::{EventNo, EventPlace};
use crate::store::tallies::Tallies;

/// What is counted of an event.
pub trait Counted: Clone + Sized {
    /// Of events of this kind.
    const KIND: EventKind;

    /// From what is recorded.
    fn of_record(record: &EventRecord) -> Self;

    /// When nothing more happened to it; [`Instant::MAX`] as long as it goes on.
    fn end(&self) -> Instant;

    /// Whether it counts, for a while at least, for other resources than that of its event.
    fn is_elsewhere(&self) -> bool;

    /// As the index keeps it.
    fn to_bytes(&self) -> Vec<u8>;

    /// What [`Counted::to_bytes`] wrote; nothing if these bytes are something else.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;

    /// Where all of them stand in memory.
    #[doc(hidden)]
    fn slot(memory: &Memory) -> &Slot<Self>;
}

/// All of one kind, once somebody asked.
pub type Slot<L> = RwLock<Option<Arc<Lives<L>>>>;

/// What is kept in memory.
#[derive(Debug, Default)]
pub struct Memory {
    bugs: Slot<Life>,
    pub(super) tallies: Mutex<Tallies>,
    incidents: Slot<Course>,
    cases: Slot<Case>,
}

impl Memory {
    /// Forgets everything, so that it is read anew when somebody asks.
    pub(super) fn clear(&self) {
        *self.bugs.write() = None;
        *self.incidents.write() = None;
        *self.cases.write() = None;
        *self.tallies.lock() = Tallies::default();
    }

    /// Takes over what was recorded of an event.
    pub(super) fn put(&self, no: EventNo, record: &EventRecord) {
        match record.kind {
            EventKind::Bug => self.take::<Life>(no, record),
            EventKind::Incident => self.take::<Course>(no, record),
            EventKind::SupportCase => self.take::<Case>(no, record),
            _ => {}
        }
    }

    fn take<L: Counted>(&self, no: EventNo, record: &EventRecord) {
        if let Some(lives) = L::slot(self).write().as_mut() {
            let place = EventPlace { at: record.at, kind: record.kind, no };
            Arc::make_mut(lives).put(record.resource, Lived { place, life: L::of_record(record) });
        }
    }
}

impl Counted for Life {
    const KIND: EventKind = EventKind::Bug;

    fn of_record(record: &EventRecord) -> Self {
        Self::of_event(Some(record.at), record.ended, &record.history, &record.body)
    }

    fn end(&self) -> Instant {
        match self.marks().last() {
            Some(last) if !last.is_open() || last.is_deleted() => last.at,
            _ => Instant::MAX,
        }
    }

    fn is_elsewhere(&self) -> bool {
        !self.stays()
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_bytes(bytes)
    }

    fn slot(memory: &Memory) -> &Slot<Self> {
        &memory.bugs
    }
}

impl Counted for Course {
    const KIND: EventKind = EventKind::Incident;

    fn of_record(record: &EventRecord) -> Self {
        Self::of_event(record.at, record.ended, &record.history, &record.body)
    }

    fn end(&self) -> Instant {
        self.end()
    }

    fn is_elsewhere(&self) -> bool {
        self.also().next().is_some()
    }

    fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    fn slot(memory: &Memory) -> &Slot<Self> {
        &memory.incidents
    }
}

impl Counted for Case {
    const KIND: EventKind = EventKind::SupportCase;

    fn of_record(record: &EventRecord) -> Self {
        Self::of_event(record.at, &record.history, &record.body)
    }

    /// Only its creation counts.
    fn end(&self) -> Instant {
        self.created()
    }

    fn is_elsewhere(&self) -> bool {
        false
    }

    fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    fn slot(memory: &Memory) -> &Slot<Self> {
        &memory.cases
    }
}

/// An event as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lived<L> {
    /// Where its event stands.
    pub place: EventPlace,
    /// Its life.
    pub life: L,
}

impl<L: Counted> Lived<L> {
    fn key(&self) -> (Instant, EventNo) {
        (self.life.end(), self.place.no)
    }
}

/// Lives of which it is known when the first began.
const BLOCK: usize = 64;

/// The lives of the events of a resource.
#[derive(Clone, Debug)]
struct Row<L> {
    /// In order of their end.
    lives: Vec<Lived<L>>,
    /// When each was over; beside each other they are searched without a look at the lives.
    ends: Vec<Instant>,
    /// When the first of each block began.
    begins: Vec<Instant>,
    /// Any of them counts for other resources too, or did so before.
    has_elsewhere: bool,
}

impl<L> Default for Row<L> {
    fn default() -> Self {
        Self { lives: Vec::new(), ends: Vec::new(), begins: Vec::new(), has_elsewhere: false }
    }
}

impl<L: Counted> Row<L> {
    fn new(mut lives: Vec<Lived<L>>) -> Self {
        lives.sort_by_key(Lived::key);
        let ends = lives.iter().map(|lived| lived.life.end()).collect();
        let has_elsewhere = lives.iter().any(|lived| lived.life.is_elsewhere());
        let mut row = Self { lives, ends, begins: Vec::new(), has_elsewhere };
        row.block_from(0);
        row
    }

    fn insert(&mut self, lived: Lived<L>) {
        let place = self.lives.partition_point(|other| other.key() < lived.key());
        self.has_elsewhere |= lived.life.is_elsewhere();
        self.ends.insert(place, lived.life.end());
        self.lives.insert(place, lived);
        self.block_from(place);
    }

    fn remove(&mut self, no: EventNo) {
        if let Some(place) = self.lives.iter().position(|lived| lived.place.no == no) {
            self.lives.remove(place);
            self.ends.remove(place);
            self.block_from(place);
        }
    }

    /// Sees when the first of each block began, from the block of a place on.
    fn block_from(&mut self, place: usize) {
        let block = place / BLOCK;
        self.begins.truncate(block);
        let begin = |block: &[Lived<L>]| block.iter().map(|lived| lived.place.at).min();
        self.begins.extend(self.lives[(block * BLOCK).min(self.lives.len())..].chunks(BLOCK).filter_map(begin));
    }

    /// What began before the end of `within` and was not over before it.
    fn during(&self, within: Span) -> impl Iterator<Item = &Lived<L>> {
        let first = self.ends.partition_point(|end| *end < within.from);
        let blocks = self.begins.iter().enumerate().skip(first / BLOCK).filter(move |(_, begin)| **begin < within.to);
        let lives = blocks.flat_map(move |(block, _)| {
            let from = block * BLOCK;
            &self.lives[from.max(first)..(from + BLOCK).min(self.lives.len())]
        });
        lives.filter(move |lived| lived.place.at < within.to)
    }
}

/// The lives of all events of a kind, by the resource that they happened to.
#[derive(Clone, Debug)]
pub struct Lives<L> {
    by_resource: FxHashMap<ResourceNo, Arc<Row<L>>>,
    /// How often anything of a resource became another since it was loaded.
    changes: FxHashMap<ResourceNo, u64>,
    /// Numbers of events are hashes already.
    resource_of: FxHashMap<EventNo, ResourceNo>,
}

impl<L> Default for Lives<L> {
    fn default() -> Self {
        Self { by_resource: FxHashMap::default(), changes: FxHashMap::default(), resource_of: FxHashMap::default() }
    }
}

impl<L: Counted> Lives<L> {
    /// The resources that anything ever happened to, in no order.
    pub fn resources(&self) -> impl Iterator<Item = ResourceNo> {
        self.by_resource.keys().copied()
    }

    /// What of a resource began before the end of `within` and was not over before it.
    pub fn during(&self, resource: ResourceNo, within: Span) -> impl Iterator<Item = &Lived<L>> {
        self.by_resource.get(&resource).into_iter().flat_map(move |row| row.during(within))
    }

    /// Whether anything of a resource counts for others too, or instead.
    #[must_use]
    pub fn has_elsewhere(&self, resource: ResourceNo) -> bool {
        self.by_resource.get(&resource).is_some_and(|row| row.has_elsewhere)
    }

    /// How often anything became another since it was loaded.
    pub(super) fn changes(&self) -> u64 {
        self.changes.values().sum()
    }

    /// All of a resource.
    #[must_use]
    pub fn of(&self, resource: ResourceNo) -> &[Lived<L>] {
        self.by_resource.get(&resource).map_or(&[][..], |row| &row.lives)
    }

    /// How often anything of a resource became another since it was loaded.
    pub(super) fn changes_of(&self, resource: ResourceNo) -> u64 {
        self.changes.get(&resource).copied().unwrap_or_default()
    }

    /// How many there are.
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
    pub(super) fn load(&mut self, resource: ResourceNo, lives: Vec<Lived<L>>) {
        self.resource_of.extend(lives.iter().map(|lived| (lived.place.no, resource)));
        self.by_resource.insert(resource, Arc::new(Row::new(lives)));
    }

    /// What is known of one now.
    pub(super) fn put(&mut self, resource: ResourceNo, lived: Lived<L>) {
        *self.changes.entry(resource).or_default() += 1;
        if let Some(before) = self.resource_of.insert(lived.place.no, resource)
            && let Some(row) = self.by_resource.get_mut(&before)
        {
            *self.changes.entry(before).or_default() += 1;
            Arc::make_mut(row).remove(lived.place.no);
        }
        Arc::make_mut(self.by_resource.entry(resource).or_default()).insert(lived);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Map;

    use super::*;
    use crate::model::event::Step;

    fn lived(no: u64, resolved: Option<i64>) -> Lived<Life> {
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
        let numbers = |lives: &Lives<Life>, resource, from| -> Vec<u64> {
            let within = Span::new(Instant::from_seconds(from), Instant::MAX);
            lives.during(resource, within).map(|lived| lived.place.no.0).collect()
        };
        assert_eq!((numbers(&lives, here, 0), numbers(&lives, there, 0), lives.len()), (vec![2, 1], vec![3], 3));
        assert_eq!((numbers(&lives, here, 11), numbers(&lives, here, 16)), (vec![1], vec![]));
        let held = lives.clone();
        lives.put(here, lived(4, None));
        assert_eq!((numbers(&lives, here, 11), numbers(&held, here, 11)), (vec![1, 4], vec![1]));
    }

    proptest! {
        #[test]
        fn what_goes_on_in_a_time_is_found_without_a_look_at_all(
            told in proptest::collection::vec((0..40_u64, 0..50_i64, proptest::option::of(0..50_i64)), 0..200),
            loaded in 0..100_usize,
            within in (0..110_i64, 0..40_i64),
        ) {
            let (here, at) = (ResourceNo(1), Instant::from_seconds);
            let lived = |(no, begin, length): (u64, i64, Option<i64>)| {
                let history: Vec<Step> = length.map(|length| Step::state(at(begin + length), "resolved")).into_iter().collect();
                let life = Life::of_event(Some(at(begin)), None, &history, &Map::new());
                Lived { place: EventPlace { at: at(begin), kind: EventKind::Bug, no: EventNo(no) }, life }
            };
            let (first, later) = told.split_at(loaded.min(told.len()));
            let mut lives = Lives::default();
            let known: std::collections::BTreeMap<u64, _> = first.iter().map(|one| (one.0, *one)).collect();
            lives.load(here, known.into_values().map(lived).collect());
            later.iter().for_each(|one| lives.put(here, lived(*one)));
            let within = Span::new(at(within.0), at(within.0 + within.1));
            let mut found: Vec<EventNo> = lives.during(here, within).map(|lived| lived.place.no).collect();
            let goes_on = |lived: &&Lived<Life>| lived.place.at < within.to && lived.life.end() >= within.from;
            let mut expected: Vec<EventNo> = lives.of(here).iter().filter(goes_on).map(|lived| lived.place.no).collect();
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
            prop_assert!(lives.of(here).is_sorted_by_key(Lived::key));
        }
    }
}
