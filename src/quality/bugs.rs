//! The life of a bug: when it was open, how urgent, in production or not, and at which resource.
//!
//! # Invariants
//! - A life is a row of marks in order of time; between two marks nothing changes. Its first mark is its creation, open.
//! - What a source tells against all reason does no harm: what lies before the creation is taken to be at it, a second
//!   resolution and a reopening of what is open change nothing, unknown states are ignored.
//! - A bug that was created and resolved at one instant was open for no time, and was created and resolved.
//! - As bytes it is the same again (property test); bytes that are no life are refused.
//!
//! A life takes about a hundred bytes in memory and about twelve as bytes, so that a million of them can be counted at once.

use serde_json::{Map, Value};

use crate::model::event::Step;
use crate::model::trouble::Priority;
use crate::model::{Instant, Span};
use crate::quality::sla::{CLASSES, class_of};

/// The life of a bug as its source tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    marks: Box<[Mark]>,
    /// Resources other than that of the event, in order of appearance.
    places: Box<[Box<str>]>,
}

/// What holds from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Since when.
    pub at: Instant,
    place: u32,
    bits: u8,
}

const OPEN: u8 = 1;
const PRODUCTION: u8 = 2;
const DELETED: u8 = 4;
const PRIORITY_SHIFT: u8 = 3;
const BELOW_PLACE: u8 = 0b11_1111;
const HAS_PLACE: u8 = 64;

impl Mark {
    /// It waits for its resolution; of a deleted one whether it did before.
    #[must_use]
    pub const fn is_open(self) -> bool {
        self.bits & OPEN != 0
    }

    /// It is seen in production.
    #[must_use]
    pub const fn is_production(self) -> bool {
        self.bits & PRODUCTION != 0
    }

    /// Its source does not know it any more.
    #[must_use]
    pub const fn is_deleted(self) -> bool {
        self.bits & DELETED != 0
    }

    /// How urgent it is, if its source says so.
    #[must_use]
    pub fn priority(self) -> Option<Priority> {
        CLASSES[self.class()]
    }

    /// The place of its priority among [`CLASSES`].
    pub(crate) const fn class(self) -> usize {
        (self.bits >> PRIORITY_SHIFT & 7) as usize
    }

    const fn set(&mut self, bit: u8, is_set: bool) {
        self.bits = if is_set { self.bits | bit } else { self.bits & !bit };
    }

    fn set_priority(&mut self, priority: Option<Priority>) {
        let class = u8::try_from(class_of(priority)).unwrap_or(0);
        self.bits = self.bits & !(7 << PRIORITY_SHIFT) | class << PRIORITY_SHIFT;
    }
}

impl Life {
    /// From what an event of kind bug tells. Without `created` it begins with the first step of its history; without that
    /// either it is empty and counts nowhere. `ended` counts if the history tells of no resolution.
    #[must_use]
    pub fn of_event(created: Option<Instant>, ended: Option<Instant>, history: &[Step], body: &Map<String, Value>) -> Self {
        let mut steps: Vec<(Instant, Option<&str>, &Step)> =
            history.iter().map(|step| (step.at, step.set.get("state").and_then(Value::as_str), step)).collect();
        let resolved = ended.filter(|_| steps.iter().all(|(_, state, _)| *state != Some("resolved")));
        let resolution = resolved.map(|at| Step { at, set: std::collections::BTreeMap::new() });
        steps.extend(resolution.as_ref().map(|step| (step.at, Some("resolved"), step)));
        steps.sort_by_key(|(at, ..)| *at);
        let Some(created) = created.or_else(|| steps.first().map(|(at, ..)| *at)) else { return Self::default() };
        let mut places = Vec::new();
        let mut mark = Mark { at: created, place: 0, bits: OPEN };
        mark.set_priority(None);
        for field in ["priority", "production", "resource"] {
            let said = steps.iter().rev().filter(|(at, ..)| *at <= created).find_map(|(.., step)| step.set.get(field));
            if let Some(value) = said.or_else(|| body.get(field)) {
                take(&mut mark, &mut places, field, value);
            }
        }
        let mut marks = vec![mark];
        for (at, state, step) in steps {
            mark.at = at.max(created);
            for (field, value) in step.set.iter().filter(|_| at > created) {
                take(&mut mark, &mut places, field, value);
            }
            match state {
                Some("open") => {
                    mark.set(OPEN, true);
                    mark.set(DELETED, false);
                }
                Some("resolved") => {
                    mark.set(OPEN, false);
                    mark.set(DELETED, false);
                }
                Some("deleted") => mark.set(DELETED, true),
                _ => {}
            }
            if marks.last().is_none_or(|last| (last.bits, last.place) != (mark.bits, mark.place)) {
                marks.push(mark);
            }
        }
        Self { marks: marks.into(), places: places.into() }
    }

    /// What held since when, oldest first; empty if nothing is known.
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Option<Instant> {
        self.marks.first().map(|mark| mark.at)
    }

    /// What held at a moment; nothing before its creation.
    #[must_use]
    pub fn at(&self, at: Instant) -> Option<Mark> {
        let after = self.marks.partition_point(|mark| mark.at <= at);
        after.checked_sub(1).map(|index| self.marks[index])
    }

    /// When it was open and not deleted. Spans that touch are one; such without length are left out.
    #[must_use]
    pub fn open(&self) -> crate::model::Spans {
        self.pieces().filter(|(_, mark)| mark.is_open() && !mark.is_deleted()).map(|(span, _)| span).collect()
    }

    /// At which resource it was, by the id of its source; absent: that of its event. Every instant since its creation is in
    /// one of the spans.
    pub fn resources(&self) -> impl Iterator<Item = (Span, Option<&str>)> {
        let mut pieces = self.pieces().peekable();
        std::iter::from_fn(move || {
            let (mut span, mark) = pieces.next()?;
            while let Some((more, _)) = pieces.next_if(|(_, next)| next.place == mark.place) {
                span.to = more.to;
            }
            Some((span, self.resource(mark)))
        })
    }

    /// Whether it was at the resource of its event for all of its life.
    #[must_use]
    pub fn stays(&self) -> bool {
        self.places.is_empty()
    }

    /// The id of the resource at which it was by a mark, if not that of its event.
    #[must_use]
    pub fn resource(&self, mark: Mark) -> Option<&str> {
        let index = usize::try_from(mark.place).ok()?.checked_sub(1)?;
        self.places.get(index).map(AsRef::as_ref)
    }

    fn pieces(&self) -> impl Iterator<Item = (Span, Mark)> {
        let ends = self.marks.iter().skip(1).map(|mark| mark.at).chain(std::iter::once(Instant::MAX));
        self.marks.iter().zip(ends).map(|(mark, end)| (Span::new(mark.at, end), *mark))
    }

    /// The life in few bytes, for [`Life::from_bytes`]. They are no format for eternity: an index holds them, which can be
    /// built anew.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16);
        put(&mut bytes, self.marks.len() as u64);
        let mut last = 0;
        for mark in &self.marks {
            put_time(&mut bytes, mark.at.micros().wrapping_sub(last));
            last = mark.at.micros();
            bytes.push(mark.bits | if mark.place > 0 { HAS_PLACE } else { 0 });
            if mark.place > 0 {
                put(&mut bytes, u64::from(mark.place));
            }
        }
        for place in &self.places {
            put(&mut bytes, place.len() as u64);
            bytes.extend_from_slice(place.as_bytes());
        }
        bytes
    }

    /// What [`Life::to_bytes`] wrote; nothing if these bytes are no life.
    #[must_use]
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let count = usize::try_from(get(rest)?).ok()?;
        let mut marks = Vec::with_capacity(count.min(rest.len()));
        let (mut last, mut highest) = (0_i64, 0);
        for index in 0..count {
            let at = last.wrapping_add(get_time(rest)?);
            let (&bits, after) = rest.split_first()?;
            *rest = after;
            let place = if bits & HAS_PLACE != 0 { u32::try_from(get(rest)?).ok().filter(|place| *place > 0)? } else { 0 };
            let mark = Mark { at: Instant::from_micros(at), place, bits: bits & BELOW_PLACE };
            if bits & !(BELOW_PLACE | HAS_PLACE) != 0 || mark.class() >= CLASSES.len() || index > 0 && at < last || place > highest + 1 {
                return None;
            }
            (last, highest) = (at, highest.max(place));
            marks.push(mark);
        }
        let mut places = Vec::new();
        for _ in 0..highest {
            let length = usize::try_from(get(rest)?).ok()?;
            let (text, after) = rest.split_at_checked(length)?;
            *rest = after;
            places.push(Box::from(std::str::from_utf8(text).ok()?));
        }
        rest.is_empty().then(|| Self { marks: marks.into(), places: places.into() })
    }
}

/// Takes over the value of a field, if it is one that a life keeps.
fn take(mark: &mut Mark, places: &mut Vec<Box<str>>, field: &str, value: &Value) {
    match field {
        "priority" => mark.set_priority(value.as_str().and_then(|word| word.parse().ok())),
        "production" => mark.set(PRODUCTION, value.as_bool() == Some(true)),
        "resource" => {
            mark.place = value.as_str().map_or(0, |id| {
                let index = places.iter().position(|place| **place == *id).unwrap_or_else(|| {
                    places.push(Box::from(id));
                    places.len() - 1
                });
                u32::try_from(index + 1).unwrap_or(0)
            });
        }
        _ => {}
    }
}

/// Seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 127 {
        bytes.push((number & 127) as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8 & 127);
}

fn get(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 127);
        if part << shift >> shift != part {
            return None;
        }
        number |= part << shift;
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

/// Whole seconds take fewer bytes than microseconds, and most times are whole.
fn put_time(bytes: &mut Vec<u8>, micros: i64) {
    let (number, is_micros) = if micros % 1_000_000 == 0 { (micros / 1_000_000, 0) } else { (micros, 1) };
    let zigzag = (number << 1 ^ number >> 63).cast_unsigned();
    if zigzag >> 63 == 0 {
        put(bytes, zigzag << 1 | is_micros);
    } else {
        // Too far from the last one to be shifted: an impossible number of seconds announces eight bytes.
        put(bytes, u64::MAX - 1);
        bytes.extend_from_slice(&micros.to_le_bytes());
    }
}

fn get_time(bytes: &mut &[u8]) -> Option<i64> {
    let number = get(bytes)?;
    if number == u64::MAX - 1 {
        let (micros, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        return Some(i64::from_le_bytes(*micros));
    }
    let zigzag = number >> 1;
    let value = (zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed());
    if number & 1 == 1 { Some(value) } else { value.checked_mul(1_000_000) }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::event::to_fields;
    use crate::model::trouble::Bug;

    pub(crate) const fn at(minute: i64) -> Instant {
        Instant::from_seconds(minute * 60)
    }

    pub(crate) fn step(minute: i64, field: &str, value: impl Into<Value>) -> Step {
        Step { at: at(minute), set: [(field.to_owned(), value.into())].into() }
    }

    pub(crate) fn body(priority: Option<Priority>, production: bool) -> Map<String, Value> {
        to_fields(&Bug { priority, production, ..Bug::default() })
    }

    fn life(created: i64, history: &[Step]) -> Life {
        Life::of_event(Some(at(created)), None, history, &body(Some(Priority::High), true))
    }

    fn open(life: &Life) -> Vec<(i64, i64)> {
        let minute = |at: Instant| if at == Instant::MAX { -1 } else { at.micros() / 60_000_000 };
        life.open().as_slice().iter().map(|span| (minute(span.from), minute(span.to))).collect()
    }

    #[test]
    fn a_reopened_bug_has_several_open_spans() {
        let steps = [(10, "open"), (20, "resolved"), (30, "open"), (40, "resolved")].map(|(minute, state)| step(minute, "state", state));
        assert_eq!(open(&life(10, &steps)), [(10, 20), (30, 40)]);
        let reversed: Vec<Step> = steps.iter().rev().cloned().collect();
        assert_eq!(life(10, &reversed), life(10, &steps));
    }

    #[test]
    fn what_is_against_reason_does_no_harm() {
        let of = |steps: &[(i64, &str)]| {
            open(&life(10, &steps.iter().map(|(minute, state)| step(*minute, "state", *state)).collect::<Vec<_>>()))
        };
        assert_eq!(of(&[(20, "open"), (30, "open")]), [(10, -1)], "reopened without a resolution");
        assert_eq!(of(&[(20, "resolved"), (30, "resolved")]), [(10, 20)], "resolved twice");
        assert_eq!(of(&[(5, "resolved")]), [], "resolved before it was created");
        assert_eq!(of(&[(5, "resolved"), (30, "open")]), [(30, -1)], "and reopened");
        assert_eq!(of(&[(15, "in review"), (20, "deleted")]), [(10, 20)], "an unknown state, then gone");
        assert_eq!(of(&[(20, "deleted"), (30, "open")]), [(10, 20), (30, -1)], "and back again");
        let body = body(None, true);
        assert_eq!(open(&Life::of_event(None, None, &[step(7, "priority", "low")], &body)), [(7, -1)], "no creation");
        assert_eq!(Life::of_event(None, None, &[], &body).created(), None);
        assert_eq!(open(&Life::of_event(Some(at(1)), Some(at(9)), &[], &body)), [(1, 9)], "no history");
        let resolved = [step(5, "state", "resolved"), step(6, "state", "open")];
        assert_eq!(open(&Life::of_event(Some(at(1)), Some(at(9)), &resolved, &body)), [(1, 5), (6, -1)], "the history knows better");
    }

    #[test]
    fn fields_are_those_of_the_moment() {
        let history = [
            step(10, "priority", "low"),
            step(10, "production", false),
            step(20, "priority", "critical"),
            step(25, "production", true),
            step(30, "resource", "PAY"),
            step(40, "resource", Value::Null),
            step(50, "priority", Value::Null),
        ];
        let life = life(10, &history);
        let priority = |minute| life.at(at(minute)).unwrap().priority();
        assert_eq!((priority(10), priority(20), priority(50)), (Some(Priority::Low), Some(Priority::Critical), None));
        assert_eq!(life.at(at(9)), None);
        assert!(!life.at(at(24)).unwrap().is_production() && life.at(at(25)).unwrap().is_production());
        let places: Vec<_> = life.resources().map(|(span, id)| (span.from, id)).collect();
        assert_eq!(places, [(at(10), None), (at(30), Some("PAY")), (at(40), None)]);
    }

    #[test]
    fn a_usual_life_is_small() {
        let created: Instant = "2026-03-01T08:30:00Z".parse().unwrap();
        let life = Life::of_event(Some(created), Some(created.plus_seconds(400_000)), &[], &body(Some(Priority::Low), true));
        assert!(life.to_bytes().len() <= 12, "{}", life.to_bytes().len());
        assert_eq!(std::mem::size_of::<Mark>(), 16);
    }

    pub(crate) fn any_life() -> impl Strategy<Value = Life> {
        let states = proptest::sample::select(vec!["open", "resolved", "deleted", "resolved", "open", "odd"]);
        let step =
            (0..100_i64, 0..6_u8, states, proptest::sample::select(Priority::ALL.to_vec())).prop_map(|(minute, field, state, priority)| {
                match field {
                    0 => step(minute, "priority", priority.word()),
                    1 => step(minute, "production", state == "open"),
                    2 => step(minute, "resource", state),
                    _ => step(minute, "state", state),
                }
            });
        let priority = proptest::option::of(proptest::sample::select(Priority::ALL.to_vec()));
        let steps = proptest::collection::vec(step, 0..8);
        (proptest::option::of(0..100_i64), proptest::option::of(0..100_i64), steps, priority, any::<bool>()).prop_map(
            |(created, ended, steps, priority, production)| {
                Life::of_event(created.map(at), ended.map(at), &steps, &body(priority, production))
            },
        )
    }

    proptest! {
        #[test]
        fn a_life_is_read_as_it_is_written(life in any_life()) {
            prop_assert_eq!(Life::from_bytes(&life.to_bytes()), Some(life.clone()));
            prop_assert!(life.marks().windows(2).all(|pair| pair[0].at <= pair[1].at));
            prop_assert!(life.marks().first().is_none_or(|mark| mark.is_open()));
        }

        #[test]
        fn times_of_any_distance_are_exact(times in proptest::collection::vec(any::<i64>(), 1..6)) {
            let mut times = times;
            times.sort_unstable();
            let mark = |(index, micros): (usize, &i64)| Mark { at: Instant::from_micros(*micros), place: 0, bits: (index % 2) as u8 };
            let life = Life { marks: times.iter().enumerate().map(mark).collect(), places: Box::default() };
            prop_assert_eq!(Life::from_bytes(&life.to_bytes()), Some(life));
        }

        #[test]
        fn bytes_that_are_no_life_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(life) = Life::from_bytes(&bytes) {
                prop_assert_eq!(Life::from_bytes(&life.to_bytes()), Some(life));
            }
        }

        #[test]
        fn it_is_at_one_resource_at_any_time(life in any_life()) {
            let spans: Vec<Span> = life.resources().map(|(span, _)| span).collect();
            prop_assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from));
            prop_assert_eq!(spans.first().map(|span| span.from), life.created());
        }
    }
}
