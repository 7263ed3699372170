//! What was measured of an entity at a moment: of each of its projects, and of all of them by precedence.
//!
//! # Invariants
//! - Bodies are read for many entities at once; what has a column (gate, coverage) is read there by lists.
//! - What was not measured is absent, which is neither zero nor failed.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::catalog::{Said, assemble};
use crate::model::body::Quality;
use crate::model::{Body, EntityId, Facet, Instant, Kind, Policy};
use crate::query::{Error, Lens};
use crate::store::view::{Spoken, StatementAt};

/// Fields of which every statement about quality has one.
const TELLING: [&str; 3] = ["project", "gate", "coverage"];

/// A statement about quality with what it says.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What was measured.
    pub quality: Quality,
    /// Who says so, since when and how fresh.
    pub statement: StatementAt,
}

/// What was measured of each project of an entity at `at`, the strongest first.
///
/// # Errors
/// If the store cannot be read.
pub fn projects(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Measured>, Error> {
    if !lens.exists(id, at)? || !may_have(lens, id)? {
        return Ok(Vec::new());
    }
    let view = lens.view();
    let mut statements = view.statements_about(id, Facet::Quality, at)?;
    let policy = view.policy(at);
    statements.sort_by(|a, b| {
        let rank = |statement: &StatementAt| policy.rank("quality.gate", &statement.origin);
        (rank(a), &a.origin, a.stream).cmp(&(rank(b), &b.origin, b.stream))
    });
    Ok(statements.into_iter().map(|statement| Measured { quality: typed(&statement.body), statement }).collect())
}

/// The value of a field of the facet that is not volatile, by the strongest statement that has it.
///
/// # Errors
/// If the store cannot be read.
pub fn value(lens: &Lens, id: EntityId, field: &str, at: Instant) -> Result<Option<Arc<Value>>, Error> {
    Ok(lens.view().column(Facet::Quality, field)?.at(id, at).cloned())
}

/// Whether anything is measured of an entity at `at`.
///
/// # Errors
/// If the store cannot be read.
pub fn is_measured(lens: &Lens, id: EntityId, at: Instant) -> Result<bool, Error> {
    for field in TELLING {
        if value(lens, id, field, at)?.is_some() {
            return lens.exists(id, at);
        }
    }
    Ok(false)
}

/// What was measured of each project of some entities at some moments: for sums over many of them.
///
/// # Errors
/// If the store cannot be read.
pub fn measured(lens: &Lens, ids: &[EntityId], moments: &[Instant]) -> Result<HashMap<EntityId, Vec<Vec<Quality>>>, Error> {
    let bodies = lens.view().bodies(ids, Facet::Quality, moments)?;
    let parse = |said: Vec<Spoken>| said.iter().filter_map(|spoken| serde_json::from_str(&spoken.text).ok()).collect();
    Ok(bodies.into_iter().map(|(id, moments)| (id, moments.into_iter().map(parse).collect())).collect())
}

/// The services and repositories of which anything was ever measured, in order of id.
///
/// # Errors
/// If the store cannot be read.
pub fn ever_measured(lens: &Lens) -> Result<Vec<EntityId>, Error> {
    let mut ids = Vec::new();
    for kind in [Kind::Service, Kind::Repository] {
        for &id in lens.view().entities(kind).iter() {
            if may_have(lens, id)? {
                ids.push(id);
            }
        }
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Whether a source ever named a project of it: a look into columns, before statements are read.
fn may_have(lens: &Lens, id: EntityId) -> Result<bool, Error> {
    for field in TELLING {
        if !lens.view().column(Facet::Quality, field)?.steps(id).is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn typed(body: &Body) -> Quality {
    serde_json::from_value(Value::Object(body.clone())).unwrap_or_default()
}

/// Several bodies of one facet as one, each field (and entry of a keyed one) by the strongest.
pub(crate) fn folded(said: &[Spoken], policy: &Policy) -> Body {
    let bodies: Vec<Body> = said.iter().map(|spoken| serde_json::from_str(&spoken.text).unwrap_or_default()).collect();
    let said: Vec<Said<'_>> = said.iter().zip(&bodies).map(|(spoken, body)| Said { speaker: &spoken.speaker, body }).collect();
    let mut folded = Body::new();
    for (path, field) in assemble(&said, policy) {
        match path.key {
            None => {
                folded.insert(path.field, field.value);
            }
            Some(key) => {
                let entries = folded.entry(path.field).or_insert_with(|| Value::Object(Body::new()));
                if let Some(entries) = entries.as_object_mut() {
                    entries.insert(key, field.value);
                }
            }
        }
    }
    folded
}
