//! Numbers for field names, and which kinds have which fields. Small, hence in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use crate::model::{Facet, FieldPath, Kind};

#[derive(Debug, Default)]
pub(super) struct Fields {
    names: BTreeMap<u16, (Facet, String)>,
    numbers: HashMap<String, u16>,
    by_facet: HashMap<Facet, HashMap<String, u16>>,
    kinds: BTreeMap<Kind, BTreeSet<u16>>,
    order: OnceLock<Arc<FieldOrder>>,
}

/// All fields in the order of facet, then name, so that places in it compare as fields do.
#[derive(Debug, Default)]
pub struct FieldOrder {
    paths: Vec<FieldPath>,
    numbers: Vec<u16>,
    /// By number.
    places: Vec<Option<u16>>,
}

impl FieldOrder {
    /// The field at a place, without a key.
    #[must_use]
    pub fn path(&self, place: u16) -> &FieldPath {
        &self.paths[usize::from(place)]
    }

    /// The number by which the index knows the field at a place.
    #[must_use]
    pub fn number(&self, place: u16) -> u16 {
        self.numbers[usize::from(place)]
    }

    /// The place of a field by its number, if there is such a field.
    #[must_use]
    pub fn place(&self, number: u16) -> Option<u16> {
        self.places.get(usize::from(number)).copied().flatten()
    }
}

impl Fields {
    pub(super) fn load(&mut self, key: &[u8], name: &[u8]) {
        if let (Some(number), Ok(name)) = (number_of(key), std::str::from_utf8(name)) {
            self.insert(number, name);
        }
    }

    pub(super) fn load_kind(&mut self, key: &[u8]) {
        if let (Some(kind), Some(number)) = (key.first().and_then(|i| Kind::ALL.get(usize::from(*i))), key.get(1..).and_then(number_of)) {
            self.kinds.entry(*kind).or_default().insert(number);
        }
    }

    fn insert(&mut self, number: u16, name: &str) {
        if let Ok(path) = name.parse::<FieldPath>() {
            self.by_facet.entry(path.facet).or_default().insert(path.field.clone(), number);
            self.names.insert(number, (path.facet, path.field));
            self.numbers.insert(name.to_owned(), number);
            self.order = OnceLock::new();
        }
    }

    /// The number of a name, given one if it has none, and whether it is new.
    pub(super) fn number_for(&mut self, name: &str) -> (u16, bool) {
        if let Some(number) = self.numbers.get(name) {
            return (*number, false);
        }
        let number = self.names.keys().next_back().map_or(0, |last| last + 1);
        self.insert(number, name);
        (number, true)
    }

    pub(super) fn add_kind(&mut self, kind: Kind, number: u16) -> bool {
        self.kinds.entry(kind).or_default().insert(number)
    }

    pub(super) fn number(&self, facet: Facet, field: &str) -> Option<u16> {
        self.by_facet.get(&facet)?.get(field).copied()
    }

    /// The number, if an entity of this kind is known to have the field.
    pub(super) fn number_of_kind(&self, kind: Kind, facet: Facet, field: &str) -> Option<u16> {
        self.number(facet, field).filter(|number| self.kinds.get(&kind).is_some_and(|numbers| numbers.contains(number)))
    }

    pub(super) fn order(&self) -> Arc<FieldOrder> {
        let order = || {
            let mut all: Vec<_> = self.names.iter().map(|(number, (facet, field))| (FieldPath::whole(*facet, field), *number)).collect();
            all.sort_unstable();
            let mut places = vec![None; self.names.keys().next_back().map_or(0, |last| usize::from(*last) + 1)];
            (0..).zip(&all).for_each(|(place, (_, number))| places[usize::from(*number)] = Some(place));
            let (paths, numbers) = all.into_iter().unzip();
            Arc::new(FieldOrder { paths, numbers, places })
        };
        Arc::clone(self.order.get_or_init(order))
    }

    pub(super) fn path(&self, number: u16) -> Option<(Facet, String)> {
        self.names.get(&number).cloned()
    }

    pub(super) fn of_kind(&self, kind: Kind) -> Vec<u16> {
        self.kinds.get(&kind).map(|numbers| numbers.iter().copied().collect()).unwrap_or_default()
    }
}

fn number_of(bytes: &[u8]) -> Option<u16> {
    bytes.try_into().ok().map(u16::from_be_bytes)
}
