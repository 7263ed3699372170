//! Changes in order of time: of some entities, of what a team owned, or of the whole organisation.

use std::cmp::Ordering;

use crate::model::{EntityId, Facet, FieldPath, Instant};
use crate::query::{Cursor, Error, Lens, Ownership};
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
    let mut all: Vec<(Instant, EntityId, FieldPath)> = Vec::new();
    if question.of.is_empty() {
        for (at, id, paths) in lens.view().changes(from, question.to)? {
            all.extend(paths.into_iter().map(|path| (at, id, path)));
        }
    } else {
        let mut entities = question.of.to_vec();
        entities.sort_unstable();
        entities.dedup();
        for id in &entities {
            all.extend(lens.view().changes_of(*id, from, question.to)?.into_iter().map(|(at, path)| (at, *id, path)));
        }
        if entities.len() > 1 {
            all.sort();
        }
    }
    let mut failure = None;
    all.retain(|(at, id, path)| {
        wanted(question.facets, path) && counts(&mut ownership, *id, path, *at).unwrap_or_else(|error| failure.replace(error).is_some())
    });
    if let Some(error) = failure {
        return Err(error);
    }
    let (page, total, has_previous, has_next) =
        cut(all, question, |(at, id, path), cursor| (*at, *id).cmp(&(cursor.at, cursor.entity)).then_with(|| compare_path(path, cursor)));
    let mut items = Vec::with_capacity(page.len());
    for (at, id, path) in page {
        items.extend(lens.view().row(id, &path, at)?);
    }
    Ok(Changes { total, items, has_previous, has_next })
}

fn wanted(facets: &[Facet], path: &FieldPath) -> bool {
    facets.is_empty() || facets.contains(&path.facet)
}

fn counts(ownership: &mut Option<Ownership<'_>>, id: EntityId, path: &FieldPath, at: Instant) -> Result<bool, Error> {
    ownership.as_mut().map_or(Ok(true), |ownership| ownership.counts(id, path, at))
}

fn compare_path(path: &FieldPath, cursor: &Cursor) -> Ordering {
    match cursor.path.parse::<FieldPath>() {
        Ok(other) => path.cmp(&other),
        Err(_) => Ordering::Greater,
    }
}

/// The page of a list that is sorted oldest first, with the total and whether there is more on either side.
fn cut<T>(mut all: Vec<T>, question: &Question<'_>, compare: impl Fn(&T, &Cursor) -> Ordering) -> (Vec<T>, usize, bool, bool) {
    let total = all.len();
    let (start, end) = if question.ascending {
        let start = question.after.map_or(0, |cursor| all.partition_point(|item| compare(item, cursor).is_le()));
        (start, total.min(start.saturating_add(question.first)))
    } else {
        let end = question.after.map_or(total, |cursor| all.partition_point(|item| compare(item, cursor).is_lt()));
        (end.saturating_sub(question.first), end)
    };
    all.truncate(end);
    let mut page = all.split_off(start);
    if question.ascending {
        return (page, total, start > 0, end < total);
    }
    page.reverse();
    (page, total, end < total, start > 0)
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
        if let Some(row) = lens.view().rows(id, from, to)?.into_iter().rfind(|row| row.change) {
            return Ok(Some(row));
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
