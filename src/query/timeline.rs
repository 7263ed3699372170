//! Changes and events in order of time: of some entities, of what a team owned, or of the whole organisation.

use std::cmp::Ordering;

use crate::model::{EntityId, EventKind, Facet, FieldPath, Instant};
use crate::query::event::{self, Happened, NOBODY, Place};
use crate::query::{Cursor, Error, Lens, Ownership};
use crate::store::changes::Change;
use crate::store::view::RowAt;

/// A question for a timeline.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Only of these entities, and events of what belongs to them; empty for all.
    pub of: &'a [EntityId],
    /// Only of what this team (or its tree, as it stood) owned when it happened.
    pub owned_by: Option<(EntityId, bool)>,
    /// Changes of these facets, empty for all; no changes at all if there is no list.
    pub facets: Option<&'a [Facet]>,
    /// Events of these kinds, empty for all; no events at all if there is no list.
    pub events: Option<&'a [EventKind]>,
    /// First instant.
    pub from: Instant,
    /// Last instant.
    pub to: Instant,
    /// Oldest first.
    pub ascending: bool,
    /// At most so many.
    pub first: usize,
    /// Where the page before ended.
    pub after: Option<&'a Cursor>,
}

impl<'a> Question<'a> {
    /// The same question for events.
    pub(crate) fn for_events(&self, kinds: &'a [EventKind]) -> event::Question<'a> {
        let Self { of, owned_by, from, to, ascending, first, .. } = *self;
        event::Question { kinds, of, owned_by, from, to, environment: None, states: &[], ascending, first, after: None }
    }
}

/// A change or an event.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A value became another.
    Change(RowAt),
    /// Something happened.
    Event(Happened),
}

impl Entry {
    /// When.
    #[must_use]
    pub fn at(&self) -> Instant {
        match self {
            Self::Change(row) => row.at,
            Self::Event(happened) => happened.record.at,
        }
    }

    /// The cursor of its place in a list of this stretch.
    #[must_use]
    pub fn cursor(&self, list: u8, from: Instant, to: Instant) -> Cursor {
        match self {
            Self::Change(row) => Cursor { list, from, to, at: row.at, entity: row.entity, path: row.path.to_string() },
            Self::Event(happened) => {
                let entity = happened.entity.unwrap_or(NOBODY);
                Cursor { list, from, to, at: happened.record.at, entity, path: format!("{EVENT}{:016x}", happened.no.0) }
            }
        }
    }
}

/// With it begin the paths of events in cursors; no field begins so.
const EVENT: char = '!';

/// A page of a timeline.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// All that the question asks for.
    pub total: usize,
    /// Those on this page, in order.
    pub items: Vec<Entry>,
    /// There is a page before.
    pub has_previous: bool,
    /// There is a page after.
    pub has_next: bool,
}

/// A place in a timeline: by instant, then entity; of one instant and entity changes before events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    Change(Change),
    Event(Place),
}

impl Spot {
    fn place(&self) -> (Instant, EntityId, bool) {
        match self {
            Self::Change(change) => (change.at, change.entity, false),
            Self::Event(place) => (place.at, place.entity.unwrap_or(NOBODY), true),
        }
    }
}

impl Ord for Spot {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place()).then_with(|| match (self, other) {
            (Self::Change(one), Self::Change(other)) => one.cmp(other),
            (Self::Event(one), Self::Event(other)) => one.cmp(other),
            _ => Ordering::Equal,
        })
    }
}

impl PartialOrd for Spot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Answers a question for a timeline. What became known is no change and does not appear.
///
/// # Errors
/// If the store cannot be read.
pub fn timeline(lens: &Lens, question: &Question<'_>) -> Result<Timeline, Error> {
    if question.from > question.to {
        return Err(Error::Backwards { from: question.from.to_string(), to: question.to.to_string() });
    }
    let mut ownership = match question.owned_by {
        Some((team, tree)) => Some(Ownership::new(lens, team, tree)?),
        None => None,
    };
    let mut all = Vec::new();
    let mut changes = None;
    if let Some(facets) = question.facets {
        // Rows are asked for in (from, to], the question means [from, to].
        let from = question.from.plus_micros(-1);
        let mut found = lens.view().changes_of(question.of, facets, from, question.to)?;
        for change in std::mem::take(&mut found.all) {
            let counts = match &mut ownership {
                Some(ownership) => ownership.counts(change.entity, found.field(&change), change.at)?,
                None => true,
            };
            all.extend(counts.then_some(Spot::Change(change)));
        }
        changes = Some(found);
    }
    if let Some(kinds) = question.events {
        all.extend(event::places(lens, &question.for_events(kinds))?.into_iter().map(Spot::Event));
    }
    let after = question.after.map(|cursor| match cursor.path.strip_prefix(EVENT) {
        Some(number) => Err(u64::from_str_radix(number, 16).unwrap_or_default()),
        None => Ok(cursor.path.parse::<FieldPath>().ok()),
    });
    let compare = |spot: &Spot, cursor: &Cursor| {
        let of_event = matches!(after, Some(Err(_)));
        spot.place().cmp(&(cursor.at, cursor.entity, of_event)).then_with(|| match (spot, &after, &changes) {
            (Spot::Change(change), Some(Ok(Some(after))), Some(changes)) => changes.path(change).cmp(after),
            (Spot::Event(place), Some(Err(after)), _) => place.event.no.0.cmp(after),
            _ => Ordering::Greater,
        })
    };
    let (page, total, has_previous, has_next) = cut(all, question, compare);
    let of_page: Vec<Change> = page.iter().filter_map(|spot| if let Spot::Change(change) = spot { Some(*change) } else { None }).collect();
    let mut rows = match &changes {
        Some(changes) => changes.rows(&of_page)?,
        None => Vec::new(),
    }
    .into_iter();
    let mut items = Vec::with_capacity(page.len());
    for spot in page {
        items.extend(match spot {
            Spot::Change(_) => rows.next().map(Entry::Change),
            Spot::Event(place) => event::read(lens, place)?.map(Entry::Event),
        });
    }
    Ok(Timeline { total, items, has_previous, has_next })
}

/// The page of a list with its total and whether there is more on either side. Only the page is put in order.
fn cut<T: Ord>(mut all: Vec<T>, question: &Question<'_>, compare: impl Fn(&T, &Cursor) -> Ordering) -> (Vec<T>, usize, bool, bool) {
    let order = |a: &T, b: &T| if question.ascending { a.cmp(b) } else { b.cmp(a) };
    let beyond = if question.ascending { Ordering::Greater } else { Ordering::Less };
    let total = all.len();
    if let Some(cursor) = question.after {
        all.retain(|item| compare(item, cursor) == beyond);
    }
    let (has_previous, has_next) = (all.len() < total, all.len() > question.first);
    if has_next {
        all.select_nth_unstable_by(question.first, order);
        all.truncate(question.first);
    }
    all.sort_unstable_by(order);
    (all, total, has_previous, has_next)
}

/// The steps of one field of an entity, oldest first, changes or not. A keyed field without a key means all its entries.
///
/// # Errors
/// If the store cannot be read.
pub fn history(lens: &Lens, id: EntityId, path: &FieldPath, to: Instant) -> Result<Vec<RowAt>, Error> {
    if path.key.is_none() && crate::query::page::is_keyed(path.facet, &path.field) {
        return Ok(lens.view().entry_rows(id, path.facet, &path.field, to)?);
    }
    let mut rows = lens.view().history(id, path)?;
    rows.retain(|row| row.at <= to);
    Ok(rows)
}

/// The newest change of an entity at or before `at`.
///
/// # Errors
/// If the store cannot be read.
pub fn last_change(lens: &Lens, id: EntityId, at: Instant) -> Result<Option<RowAt>, Error> {
    const DAY: i64 = 86_400;
    let Some(earliest) = lens.earliest()? else { return Ok(None) };
    let (mut to, mut days) = (at, 30);
    while to >= earliest {
        let from = to.plus_seconds(-days * DAY);
        let changes = lens.view().changes_of(&[id], &[], from, to)?;
        if let Some(newest) = changes.all.iter().max() {
            return Ok(changes.rows(&[*newest])?.pop());
        }
        to = from;
        days *= 4;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ascending: bool, after: Option<i64>) -> (Vec<i64>, usize, bool, bool) {
        let cursor = after.map(|at| Cursor::of_entity(0, Instant::from_micros(at), EntityId(0)));
        let question = Question {
            of: &[],
            owned_by: None,
            facets: Some(&[]),
            events: None,
            from: Instant::MIN,
            to: Instant::MAX,
            ascending,
            first: 2,
            after: cursor.as_ref(),
        };
        cut(vec![1, 2, 3, 4, 5], &question, |item, cursor| item.cmp(&cursor.at.micros()))
    }

    #[test]
    fn pages_follow_each_other_in_both_directions() {
        assert_eq!(page(false, None), (vec![5, 4], 5, false, true));
        assert_eq!(page(false, Some(4)), (vec![3, 2], 5, true, true));
        assert_eq!(page(false, Some(2)), (vec![1], 5, true, false));
        assert_eq!(page(true, None), (vec![1, 2], 5, false, true));
        assert_eq!(page(true, Some(4)), (vec![5], 5, true, false));
    }
}
