//! What collectors of bugs have in common, and of whatever else is an issue: how a life is told, what is strange in it, when one that is nowhere
//! to be seen counts as deleted, and how far the past is read.
//!
//! # Invariants
//! - A life tells what became different and nothing else; the last word on each field is the body's.
//! - Losing the right to see something does not look like deleting it: many that are gone at once are believed only when it is
//!   still so a day later.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::collect::Memory;
use crate::model::event::Step;
use crate::model::trouble::Priority;
use crate::model::{Event, EventKind, Instant, Kind, Resource};

const DAY_SECONDS: i64 = 86_400;
/// A Sunday: the fourth of January 1970.
const SUNDAY_SECONDS: i64 = 3 * DAY_SECONDS;
/// Bugs of the past are read by when they were created, so much at a time.
pub(crate) const WINDOW_SECONDS: i64 = 28 * DAY_SECONDS;

/// What counts of a bug, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    /// open, resolved or deleted.
    pub(crate) state: &'static str,
    pub(crate) priority: Option<Priority>,
    pub(crate) production: bool,
    /// The id of what it happened to.
    pub(crate) resource: String,
}

impl Derived {
    fn fields(&self) -> [(&'static str, Value); 4] {
        [
            ("state", Value::from(self.state)),
            ("priority", self.priority.map_or(Value::Null, |priority| Value::from(priority.word()))),
            ("production", Value::from(self.production)),
            ("resource", Value::from(self.resource.as_str())),
        ]
    }
}

/// Puts what counts from an instant on at the end. Of what changed at one instant only the outcome was ever seen; what was
/// `created` was, whatever came of it.
pub(crate) fn put<T>(life: &mut Vec<(Instant, T)>, created: Instant, at: Instant, now: T) {
    match life.last_mut() {
        Some((then, known)) if *then == at && at > created => *known = now,
        _ => life.push((at, now)),
    }
}

/// The life of a bug: how it began, and then only what became different.
pub(crate) fn steps(life: &[(Instant, Derived)]) -> Vec<Step> {
    changes(life.iter().map(|(at, it)| (*at, it.fields())).collect())
}

/// What became different of the fields of anything that has a state, and when. What never does is left to the body.
pub(crate) fn changes<const N: usize>(all: Vec<(Instant, [(&'static str, Value); N])>) -> Vec<Step> {
    let Some((_, first)) = all.first() else { return Vec::new() };
    let varies = |position: usize| first[position].0 == "state" || all.iter().any(|(_, fields)| fields[position] != first[position]);
    let told: BTreeSet<&str> = (0..N).filter(|position| varies(*position)).map(|position| first[position].0).collect();
    let mut history: Vec<Step> = Vec::new();
    let mut before: BTreeMap<String, Value> = BTreeMap::new();
    for (at, fields) in all {
        let wanted = fields.into_iter().filter(|(name, _)| told.contains(name)).map(|(name, value)| (name.to_owned(), value));
        let set: BTreeMap<String, Value> = wanted.filter(|(name, value)| before.get(name) != Some(value)).collect();
        if !set.is_empty() {
            before.extend(set.clone());
            history.push(Step { at, set });
        }
    }
    history
}

/// Since when a bug is over; none if it is open.
pub(crate) fn ended(history: &[Step]) -> Option<Instant> {
    left(history, &["open"])
}

/// Since when something is in none of these states any more; none if it is in one.
pub(crate) fn left(history: &[Step], going: &[&str]) -> Option<Instant> {
    let states = history.iter().rev().filter_map(|step| Some((step.at, step.set.get("state")?.as_str()?)));
    states.take_while(|(_, state)| !going.contains(state)).last().map(|(at, _)| at)
}

/// A title has one line. Trackers limit its length; imports do not.
pub(crate) fn title(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(500) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A bug that is there no more since `at`. What is `whole` says nothing of what was before, the rest adds to what is known.
pub(crate) fn deleted(id: &str, resource: &str, scope: &str, at: Instant, is_whole: bool) -> Event {
    Event {
        kind: EventKind::Bug,
        id: id.to_owned(),
        resource: Arc::new(Resource { id: resource.to_owned(), kind: Kind::Service, scope: scope.to_owned() }),
        at,
        ended: Some(at),
        history: vec![Step::state(at, "deleted")],
        is_whole,
        body: Map::new(),
        check: None,
    }
}

/// What was strange, each with of how many and of which first.
#[derive(Debug, Default)]
pub(crate) struct Oddities(BTreeMap<String, (u64, String)>);

impl Oddities {
    pub(crate) fn note(&mut self, what: impl Into<String>, key: &str) {
        self.0.entry(what.into()).or_insert_with(|| (0, key.to_owned())).0 += 1;
    }

    /// A sentence for each, and forgets them. `of` says what they are: bugs.
    pub(crate) fn take(&mut self, of: &'static str) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.0).into_iter().map(move |(what, (count, first))| format!("{count} {of} {what}; {first} is the first"))
    }
}

/// The week in which everything is looked at once; it begins on a Sunday, and does not move when a reading fails.
pub(crate) fn week(at: Instant) -> i64 {
    (at.micros().div_euclid(1_000_000) - SUNDAY_SECONDS).div_euclid(7 * DAY_SECONDS)
}

/// Whether the time has come to believe what is `held` back.
pub(crate) fn is_ripe(held: Option<Instant>, now: Instant) -> bool {
    held.is_some_and(|since| since.plus_seconds(DAY_SECONDS) <= now)
}

/// Whether so many of all that are `known` to be open are believed to be gone. `held`: since when that is so.
pub(crate) fn is_believed(gone: usize, known: usize, held: Option<Instant>, now: Instant) -> bool {
    gone <= (known / 10).max(3) || is_ripe(held, now)
}

/// The stretch of the past that is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filled {
    /// First instant that is delivered.
    pub(crate) from: Instant,
    /// First instant after.
    pub(crate) to: Instant,
}

impl Filled {
    /// What is delivered of a range, by what is remembered; an empty stretch at its end if nothing is.
    pub(crate) fn of(memory: &Memory, key: &str, range: &Range<Instant>) -> Self {
        let known: Option<Self> = memory.get(key).cloned().and_then(|value| serde_json::from_value(value).ok());
        known.filter(|filled| filled.from < range.end && filled.from < filled.to).unwrap_or(Self { from: range.end, to: range.end })
    }
}

/// The beginning of the window that ends at an instant, or holds it. Windows begin at the same instants whenever one looks.
pub(crate) fn window(at: Instant) -> Instant {
    let size = WINDOW_SECONDS * 1_000_000;
    Instant::from_micros((at.micros() - 1).div_euclid(size) * size)
}

/// How many windows a stretch has.
pub(crate) fn windows(range: &Range<Instant>) -> u64 {
    u64::try_from((range.end.micros() - range.start.micros()) / (WINDOW_SECONDS * 1_000_000)).unwrap_or(0)
}
