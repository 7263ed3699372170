//! Pushed metrics through time.
//!
//! # Invariants
//! - The value of a bucket is the last one that was pushed for one of its days; without any it is unknown.
//! - Values belong to the scope for which they were pushed: they are not added up over teams.

use std::collections::BTreeMap;

use crate::model::pushed::{MetricName, PUSHED, PushedValue, Slot};
use crate::model::{Day, EntityId};
use crate::query::Lens;
use crate::query::series::Bucket;

/// Names of metrics with a value for a scope, and of how many days.
#[must_use]
pub fn names(lens: &Lens, scope: Option<EntityId>) -> BTreeMap<MetricName, usize> {
    let mut found = BTreeMap::new();
    for kind in lens.view().note_kinds(PUSHED) {
        let Ok(name) = kind[PUSHED.len()..].parse::<MetricName>() else { continue };
        let days = days(lens, &name, scope).len();
        if days > 0 {
            found.insert(name, days);
        }
    }
    found
}

/// The values of a metric for a scope, by day.
#[must_use]
pub fn days(lens: &Lens, metric: &MetricName, scope: Option<EntityId>) -> BTreeMap<Day, f64> {
    let prefix = Slot { scope, day: Day::from_number(0) }.key();
    let prefix = &prefix[..=prefix.find('@').unwrap_or(0)];
    let notes = lens.view().notes_from(&metric.note_kind(), prefix);
    let read = |(key, note): (String, serde_json::Value)| {
        let slot = Slot::of_key(&key)?;
        let value: PushedValue = serde_json::from_value(note).ok()?;
        Some((slot.day, value.value))
    };
    notes.into_iter().filter_map(read).collect()
}

/// The value of each bucket.
#[must_use]
pub fn series(days: &BTreeMap<Day, f64>, buckets: &[Bucket]) -> Vec<Option<f64>> {
    buckets.iter().map(|bucket| days.range(bucket.first_day..=bucket.last_day).next_back().map(|(_, value)| *value)).collect()
}
