//! Changes in order of time: of some entities, of what a team owned, or of the whole organisation.

use std::cmp::Ordering;

use crate::model::{EntityId, Facet, FieldPath, Instant};
use crate::query::{Cursor, Error, Lens, Ownership};
use crate::store::changes::Change;
use crate::store::view::RowAt;

/// A question for a timeline.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Only changes of these entities; empty for all.
    pub of: &'a [EntityId],
    /// Only changes of what this team (or its tree, as it stood) owned when they happened.
    pub owned_by: Option<(EntityId, bool)>,
    /// Only these facets; empty for all.
    pub facets: &'a [Facet],
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

/// A page of changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// All that the question asks for.
    pub total: usize,
    /// Those on this page, in order.
    pub items: Vec<RowAt>,
    /// There is a page before.
    pub has_previous: bool,
    /// There is a page after.
    pub has_next: bool,
}

/// Answers a question for a timeline. What became known is no change and does not appear.
///
/// # Errors
/// If the store cannot be read.
pub fn timeline(lens: &Lens, question: &Question<'_>) -> Result<Changes, Error> {
    if question.from > question.to {
        return Err(Error::Backwards { from: question.from.to_string(), to: question.to.to_string() });
    }
    let mut ownership = match question.owned_by {
        Some((team, tree)) => Some(Ownership::new(lens, team, tree)?),
        None => None,
    };
    // Rows are asked for in (from, to], the question means [from, to].
    let from = question.from.plus_micros(-1);
    let mut changes = lens.view().changes_of(question.of, question.facets, from, question.to)?;
    let mut all = std::mem::take(&mut changes.all);
    if let Some(ownership) = &mut ownership {
        let mut failure = None;
        all.retain(|change| {
            let counts = ownership.counts(change.entity, changes.field(change), change.at);
            counts.unwrap_or_else(|error| failure.replace(error).is_some())
        });
        if let Some(error) = failure {
            return Err(error);
        }
    }
    let after = question.after.and_then(|cursor| cursor.path.parse::<FieldPath>().ok());
    let compare = |change: &Change, cursor: &Cursor| {
        let path = || after.as_ref().map_or(Ordering::Greater, |after| changes.path(change).cmp(after));
        (change.at, change.entity).cmp(&(cursor.at, cursor.entity)).then_with(path)
    };
    let (page, total, has_previous, has_next) = cut(all, question, compare);
    Ok(Changes { total, items: changes.rows(&page)?, has_previous, has_next })
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
            facets: &[],
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
