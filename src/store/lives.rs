//! The lives of all bugs, incidents and support cases in memory: what came and went, and what goes on at any moment, is
//! counted from them.
//!
//! # Invariants
//! - They are what the index keeps beside its events; a commit changes them as it changes the index.
//! - Those of a resource are in order of their end, so that whoever counts a recent time passes over what was over before.
//! - A commit copies the lives of the resources that it touches, if somebody still reads them, and no others.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use crate::model::record::EventRecord;
use crate::model::{EventKind, Instant, ResourceNo};
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

/// The lives of all events of a kind, by the resource that they happened to.
#[derive(Clone, Debug)]
pub struct Lives<L> {
    by_resource: FxHashMap<ResourceNo, Arc<Vec<Lived<L>>>>,
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
    /// The resources that something ever happened to, in no order, each with what was not over before `from`.
    pub fn since(&self, from: Instant) -> impl Iterator<Item = (ResourceNo, &[Lived<L>])> {
        self.by_resource.iter().map(move |(resource, lives)| {
            let begin = lives.partition_point(|lived| lived.life.end() < from);
            (*resource, &lives[begin..])
        })
    }

    /// The resources that anything ever happened to, in no order.
    pub(super) fn resources(&self) -> impl Iterator<Item = ResourceNo> {
        self.by_resource.keys().copied()
    }

    /// How often anything became another since it was loaded.
    pub(super) fn changes(&self) -> u64 {
        self.changes.values().sum()
    }

    /// All of a resource.
    #[must_use]
    pub fn of(&self, resource: ResourceNo) -> &[Lived<L>] {
        self.by_resource.get(&resource).map_or(&[][..], |lives| lives)
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
    pub(super) fn load(&mut self, resource: ResourceNo, mut lives: Vec<Lived<L>>) {
        lives.sort_by_key(Lived::key);
        self.resource_of.extend(lives.iter().map(|lived| (lived.place.no, resource)));
        self.by_resource.insert(resource, Arc::new(lives));
    }

    /// What is known of one now.
    pub(super) fn put(&mut self, resource: ResourceNo, lived: Lived<L>) {
        *self.changes.entry(resource).or_default() += 1;
        if let Some(before) = self.resource_of.insert(lived.place.no, resource)
            && let Some(lives) = self.by_resource.get_mut(&before)
        {
            *self.changes.entry(before).or_default() += 1;
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
