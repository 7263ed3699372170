//! One field of every entity through all time, in memory: what lists filter, sort and count by.
//!
//! # Invariants
//! - Now and then are one code path: today's value is the interval that is still open.
//! - Equal values are one allocation.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::model::{EntityId, Instant};

/// Since when, and what; `None` where the field is absent.
pub type Step = (Instant, Option<Arc<Value>>);

/// The history of one field (not of an entry of a keyed one) for all entities that ever had it.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Looked up thousands of times for one list; entities are numbered by us, so no hash has to withstand an attack.
    steps: FxHashMap<EntityId, Vec<Step>>,
    values: HashMap<String, Arc<Value>>,
}

impl Column {
    /// Adds a step. Steps of one entity come in order of time; one at an equal instant replaces the last.
    pub fn push(&mut self, entity: EntityId, at: Instant, value: Option<Value>) {
        let value = value.map(|value| Arc::clone(self.values.entry(value.to_string()).or_insert_with(|| Arc::new(value))));
        let steps = self.steps.entry(entity).or_default();
        if steps.last().is_some_and(|(last, _)| *last == at) {
            steps.pop();
        }
        steps.push((at, value));
    }

    /// Forgets an entity's steps, before they are written anew.
    pub fn remove(&mut self, entity: EntityId) {
        self.steps.remove(&entity);
    }

    /// The value that holds at `at`.
    #[must_use]
    pub fn at(&self, entity: EntityId, at: Instant) -> Option<&Arc<Value>> {
        self.step_at(entity, at).and_then(|(_, value)| value.as_ref())
    }

    /// The step in force at `at`: since when, and the value or its absence.
    #[must_use]
    pub fn step_at(&self, entity: EntityId, at: Instant) -> Option<&Step> {
        let steps = self.steps.get(&entity)?;
        let after = steps.partition_point(|(since, _)| *since <= at);
        steps.get(after.checked_sub(1)?)
    }

    /// All steps of an entity, oldest first.
    #[must_use]
    pub fn steps(&self, entity: EntityId) -> &[Step] {
        self.steps.get(&entity).map_or(&[], Vec::as_slice)
    }

    /// Entities that ever had the field, in no order.
    pub fn entities(&self) -> impl Iterator<Item = EntityId> + '_ {
        self.steps.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_answers_for_any_instant() {
        let mut column = Column::default();
        let (entity, at) = (EntityId(1), Instant::from_seconds);
        column.push(entity, at(10), Some(Value::from("a")));
        column.push(entity, at(20), None);
        column.push(entity, at(30), Some(Value::from("b")));
        let seen: Vec<_> = [9, 10, 19, 20, 30, 99].map(|t| column.at(entity, at(t)).map(|value| value.to_string())).into();
        assert_eq!(seen, [None, Some("\"a\"".into()), Some("\"a\"".into()), None, Some("\"b\"".into()), Some("\"b\"".into())]);
    }
}
