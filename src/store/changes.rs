//! What changed, without the values: timelines are counted, put in order and cut by numbers, and named last.

use std::sync::Arc;

use crate::model::{EntityId, Facet, FieldPath, Instant};
use crate::store::Error;
use crate::store::index::{FieldOrder, Index};
use crate::store::view::{RowAt, View, row_at};

/// A change of one of a list of [`Changes`]. They compare as instant, entity and field path do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// When.
    pub at: Instant,
    /// Of whom.
    pub entity: EntityId,
    /// The place of the field in the order of all fields.
    field: u16,
    /// The place of the key in the order of the list's keys, counted from 1; 0 without a key.
    key: u32,
}

/// Changes, and what their numbers stand for.
pub struct Changes {
    /// Each once, in no order.
    pub all: Vec<Change>,
    /// The one that gave the numbers: another one may have given others.
    index: Arc<Index>,
    fields: Arc<FieldOrder>,
    /// With their symbols, in order.
    keys: Vec<(Arc<str>, u32)>,
}

impl Changes {
    /// The field that changed, without a key.
    #[must_use]
    pub fn field(&self, change: &Change) -> &FieldPath {
        self.fields.path(change.field)
    }

    /// Where the value that changed stands.
    #[must_use]
    pub fn path(&self, change: &Change) -> FieldPath {
        let key = self.key(change).map(|(text, _)| text.to_string());
        FieldPath { key, ..self.field(change).clone() }
    }

    fn key(&self, change: &Change) -> Option<&(Arc<str>, u32)> {
        self.keys.get(usize::try_from(change.key).ok()?.checked_sub(1)?)
    }

    /// Some of the changes with their values, in the order in which they are given.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn rows(&self, some: &[Change]) -> Result<Vec<RowAt>, Error> {
        // Those of one field are read together.
        let mut by_field: Vec<(usize, Change)> = some.iter().copied().enumerate().collect();
        by_field.sort_unstable_by_key(|(_, change)| (change.entity, change.field, self.symbol(change), change.at));
        let mut rows: Vec<Option<RowAt>> = vec![None; some.len()];
        for of_field in by_field.chunk_by(|(_, a), (_, b)| (a.entity, a.field) == (b.entity, b.field)) {
            let (_, Change { entity, field, .. }) = of_field[0];
            let wanted: Vec<(u32, Instant)> = of_field.iter().map(|(_, change)| (self.symbol(change), change.at)).collect();
            let found = self.index.rows_with_before(entity, self.fields.number(field), &wanted)?;
            for ((place, change), [before, row]) in of_field.iter().zip(found) {
                rows[*place] = row.map(|row| row_at(entity, self.path(change), row, before.and_then(|before| before.value)));
            }
        }
        Ok(rows.into_iter().flatten().collect())
    }

    fn symbol(&self, change: &Change) -> u32 {
        self.key(change).map_or(0, |(_, symbol)| *symbol)
    }
}

impl View {
    /// What changed in `(from, to]`: of some entities, or of all if none is named; in some facets, or in all.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn changes_of(&self, of: &[EntityId], facets: &[Facet], from: Instant, to: Instant) -> Result<Changes, Error> {
        let (index, to) = (self.shared.index(), to.min(self.newest()));
        let fields = index.field_order();
        // With symbols for keys at first.
        let mut all: Vec<Change> = Vec::new();
        let mut add = |entity: EntityId, number: u16, symbol: u32, at: Instant| {
            let field = fields.place(number).filter(|field| facets.is_empty() || facets.contains(&fields.path(*field).facet));
            all.extend(field.map(|field| Change { at, entity, field, key: symbol }));
        };
        if of.is_empty() {
            index.for_each_change(from, to, add)?;
        } else {
            let mut entities = of.to_vec();
            entities.sort_unstable();
            entities.dedup();
            for info in entities.into_iter().filter_map(|id| self.entity(id)) {
                for (number, symbol, at) in index.changes_of(info.id, info.kind, from, to)? {
                    add(info.id, number, symbol, at);
                }
            }
        }
        let mut symbols: Vec<u32> = all.iter().map(|change| change.key).filter(|symbol| *symbol != 0).collect();
        symbols.sort_unstable();
        symbols.dedup();
        let mut keys = symbols.iter().map(|symbol| Ok((index.text(*symbol)?, *symbol))).collect::<Result<Vec<_>, Error>>()?;
        keys.sort_unstable();
        let mut places = vec![0; symbols.len()];
        for (place, (_, symbol)) in (1..).zip(&keys) {
            if let Ok(number) = symbols.binary_search(symbol) {
                places[number] = place;
            }
        }
        for change in all.iter_mut().filter(|change| change.key != 0) {
            change.key = symbols.binary_search(&change.key).map_or(0, |number| places[number]);
        }
        Ok(Changes { all, index, fields, keys })
    }
}
