//! Two moments side by side: the fields that differ, and the entities that came and went.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{EntityId, Facet, FieldPath, Instant, StreamNo};
use crate::query::lens::Known;
use crate::query::page::compare_folded;
use crate::query::{Cursor, Error, Lens, Ownership};

/// A question for a difference.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The first moment.
    pub from: Instant,
    /// The second moment.
    pub to: Instant,
    /// Only these entities; empty for all.
    pub of: &'a [EntityId],
    /// Only what this team (or its tree) owned at either moment.
    pub owned_by: Option<(EntityId, bool)>,
    /// Only these facets; empty for all.
    pub facets: &'a [Facet],
    /// At most so many.
    pub first: usize,
    /// Where the page before ended.
    pub after: Option<&'a Cursor>,
}

/// A field that differs between the two moments. An entity that came or went is one difference, of `general.ref`.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The entity.
    pub entity: EntityId,
    /// The field.
    pub path: FieldPath,
    /// The value at the first moment.
    pub before: Option<Value>,
    /// The value at the second moment.
    pub after: Option<Value>,
    /// When it changed last between the two.
    pub at: Instant,
    /// Who said so.
    pub said_by: StreamNo,
    /// From the backfilled layer.
    pub backfilled: bool,
}

/// A page of differences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// All of them.
    pub total: usize,
    /// Those on this page, by kind, name, then field.
    pub items: Vec<Difference>,
    /// There is a page before.
    pub has_previous: bool,
    /// There is a page after.
    pub has_next: bool,
}

/// Compares two moments. Only what changed in between can differ; what changed and came back does not.
///
/// # Errors
/// If the store cannot be read.
pub fn diff(lens: &Lens, question: &Question<'_>) -> Result<Differences, Error> {
    let (from, to) = (question.from, question.to);
    if from > to {
        return Err(Error::Backwards { from: from.to_string(), to: to.to_string() });
    }
    let mut touched: BTreeMap<EntityId, BTreeMap<FieldPath, Changed>> = BTreeMap::new();
    for (at, id, paths) in lens.view().changes(from, to)? {
        if question.of.is_empty() || question.of.contains(&id) {
            let fields = touched.entry(id).or_default();
            for path in paths {
                fields.entry(path).and_modify(|changed| *changed = Changed { at, once: false }).or_insert(Changed { at, once: true });
            }
        }
    }
    let became_known = lens.view().became_known(from, to)?;
    let mut ownership = match question.owned_by {
        Some((team, tree)) => Some(Ownership::new(lens, team, tree)?),
        None => None,
    };
    let mut entities = Vec::new();
    for (id, paths) in touched {
        if let Some(ownership) = &mut ownership
            && !ownership.owns(id, from)?
            && !ownership.owns(id, to)?
        {
            continue;
        }
        let found = compare_entity(lens, id, paths, question, became_known.contains(&id))?;
        if !found.is_empty() {
            entities.push((lens.kind(id), lens.name(id, to)?, found));
        }
    }
    entities.sort_by(|(kind_a, name_a, a), (kind_b, name_b, b)| {
        kind_a.cmp(kind_b).then_with(|| compare_folded(name_a.name(), name_b.name())).then_with(|| a[0].entity.cmp(&b[0].entity))
    });
    let mut all: Vec<Difference> = entities.into_iter().flat_map(|(_, _, found)| found).collect();
    let total = all.len();
    let start = match question.after {
        Some(cursor) => {
            let is_it = |item: &Difference| item.entity == cursor.entity && item.path.to_string() == cursor.path;
            all.iter().position(is_it).ok_or_else(|| Error::Cursor(cursor.encode()))? + 1
        }
        None => 0,
    };
    let end = total.min(start.saturating_add(question.first));
    all.truncate(end);
    let mut items = all.split_off(start);
    for item in &mut items {
        [item.before, item.after] = lens.view().values_between(item.entity, &item.path, from, to)?;
        if let Some(row) = lens.view().row(item.entity, &item.path, item.at)? {
            item.said_by = row.said_by;
            item.backfilled = row.backfilled;
        }
    }
    Ok(Differences { total, items, has_previous: start > 0, has_next: end < total })
}

/// When a field changed last, and whether that was the only time.
#[derive(Clone, Copy)]
struct Changed {
    at: Instant,
    once: bool,
}

/// What differs, without the values. `quiet` says that values may differ by more than the changes.
fn compare_entity(
    lens: &Lens,
    id: EntityId,
    mut paths: BTreeMap<FieldPath, Changed>,
    question: &Question<'_>,
    quiet: bool,
) -> Result<Vec<Difference>, Error> {
    let (from, to) = (question.from, question.to);
    let names = lens.column(Known::Ref)?;
    let (before, after) = (names.at(id, from), names.at(id, to));
    let reference = FieldPath::whole(Facet::General, Known::Ref.field());
    let came_or_went = before.is_none() || after.is_none();
    if came_or_went {
        let at = paths.remove(&reference);
        paths.clear();
        if before.is_some() != after.is_some() {
            paths.extend(at.map(|changed| (reference.clone(), changed)));
        }
    } else if paths.contains_key(&reference) {
        // It may have gone and come back; what it came back with is no change, yet differs.
        let known: BTreeSet<FieldPath> = paths.keys().cloned().collect();
        for row in lens.view().rows(id, from, to)? {
            if !known.contains(&row.path) {
                paths.insert(row.path, Changed { at: row.at, once: false });
            }
        }
    }
    let mut found = Vec::new();
    for (path, Changed { at, once }) in paths {
        if !question.facets.is_empty() && !question.facets.contains(&path.facet) {
            continue;
        }
        // A single row is a difference by itself; after several a value may be what it was before.
        let differs = (once && !quiet) || {
            let [before, after] = lens.view().values_between(id, &path, from, to)?;
            before != after
        };
        if differs {
            found.push(Difference { entity: id, path, before: None, after: None, at, said_by: StreamNo(u32::MAX), backfilled: false });
        }
    }
    Ok(found)
}
