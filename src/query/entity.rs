//! One entity by its ref or id: who answers, and what its sources say.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalog::Assembled;
use crate::model::{EntityId, Facet, Instant};
use crate::query::lens::Holder;
use crate::query::{Error, Lens};
use crate::store::view::StatementAt;

/// Who answers for a ref at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The entity, if anyone ever had the ref.
    pub entity: Option<(EntityId, Holder)>,
    /// What to know about an answer that is not simply the holder.
    pub hint: Option<String>,
}

/// The entity that a ref means at `at`.
///
/// # Errors
/// If the store cannot be read.
pub fn find(lens: &Lens, reference: &str, at: Instant) -> Result<Found, Error> {
    let entity = lens.resolve(reference, at)?;
    let hint = match (lens.hint(at)?, entity) {
        (Some(hint), _) => Some(hint),
        (None, Some((_, Holder::Earlier))) => Some(format!("nobody is called {reference} at {at}; this is the last one that was before")),
        (None, Some((_, Holder::Later))) => Some(format!("nobody is called {reference} at {at}; this is the first one that was after")),
        (None, Some((_, Holder::Holder))) => None,
        (None, None) => Some(format!("nobody was ever called {reference}")),
    };
    Ok(Found { entity, hint })
}

/// A field with its provenance.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The value that holds.
    pub value: Value,
    /// Index of the statement that says so, in the list of statements.
    pub said_by: usize,
    /// What others say about the field, strongest first: index of the statement, value. Those who agree are among them.
    pub others: Vec<(usize, Value)>,
}

/// What is known about one facet of an entity at a moment.
#[derive(Clone, Debug)]
pub struct FacetAt {
    /// The facet.
    pub facet: Facet,
    /// Its fields by name (and key).
    pub fields: BTreeMap<String, Explained>,
}

/// Everything that sources say about an entity at `at`: the statements, and the fields that follow from them.
///
/// # Errors
/// If the store cannot be read.
pub fn facts(lens: &Lens, id: EntityId, at: Instant) -> Result<(Vec<StatementAt>, Vec<FacetAt>), Error> {
    if !lens.exists(id, at)? {
        return Ok((Vec::new(), Vec::new()));
    }
    let (statements, assembled) = lens.view().assembled(id, at)?;
    let facets = by_facet(&statements, assembled);
    Ok((statements, facets))
}

fn by_facet(statements: &[StatementAt], assembled: Assembled) -> Vec<FacetAt> {
    let index = |stream| statements.iter().position(|statement| statement.stream == stream);
    let mut facets: BTreeMap<Facet, BTreeMap<String, Explained>> = BTreeMap::new();
    for (path, field) in assembled {
        let Some(said_by) = index(field.said_by) else { continue };
        let others = field.others.into_iter().filter_map(|(stream, value)| Some((index(stream)?, value))).collect();
        let name = match path.key {
            Some(key) => format!("{}[{key}]", path.field),
            None => path.field,
        };
        facets.entry(path.facet).or_default().insert(name, Explained { value: field.value, said_by, others });
    }
    facets.into_iter().map(|(facet, fields)| FacetAt { facet, fields }).collect()
}
