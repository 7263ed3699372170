//! Recording values that others push.
//!
//! # Invariants
//! - All values of a push are kept, or none. What is wrong is said with its place among them.
//! - The same value for the same day again is no news and leaves no commit.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::pushed::{MetricName, PushedValue, Slot};
use crate::model::{Day, EntityRef, Instant, Layer};
use crate::store::{Error, Store};

/// The most values of one push.
pub const MOST_VALUES: usize = 10_000;

/// A value that somebody pushes.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushing {
    /// The metric.
    pub metric: String,
    /// The ref of the entity; none for the organisation.
    pub scope: Option<String>,
    /// The day.
    pub day: Day,
    /// The value.
    pub value: f64,
}

/// How much of a push was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Values that were new, or other than before.
    pub recorded: usize,
    /// Values that were known already.
    pub known: usize,
}

/// Why nothing of a push was kept.
#[derive(Debug, thiserror::Error)]
pub enum NotPushed {
    /// There are too many at once.
    #[error("{0} values are pushed at once; {MOST_VALUES} are allowed")]
    TooMany(usize),
    /// One of them is wrong: its place, counted from 1, and what is wrong with it.
    #[error("value {0}: {1}")]
    Wrong(usize, String),
    /// The store takes nothing.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Records values.
///
/// # Errors
/// [`NotPushed`]; nothing is kept then.
pub fn record(store: &Store, pushed: &[Pushing], by: &str, now: Instant) -> Result<Counted, NotPushed> {
    if pushed.len() > MOST_VALUES {
        return Err(NotPushed::TooMany(pushed.len()));
    }
    let view = store.view();
    let today = view.zone().day_of(now);
    let mut wanted: BTreeMap<(String, String), f64> = BTreeMap::new();
    for (index, one) in pushed.iter().enumerate() {
        let wrong = |message: String| NotPushed::Wrong(index + 1, message);
        let metric: MetricName =
            one.metric.parse().map_err(|error: crate::model::pushed::ParseMetricNameError| wrong(error.to_string()))?;
        if !one.value.is_finite() {
            return Err(wrong(format!("{} is no number", one.value)));
        }
        if one.day > today {
            return Err(wrong(format!("{} is in the future; today is {today}", one.day)));
        }
        let scope = match &one.scope {
            None => None,
            Some(text) => {
                let reference: EntityRef = text.parse().map_err(|error: crate::model::entity::ParseRefError| wrong(error.to_string()))?;
                let holdings = view.holdings(&reference)?;
                let held = holdings.last().ok_or_else(|| wrong(format!("there is no {reference}, and never was")))?;
                Some(held.entity)
            }
        };
        let slot = Slot { scope, day: one.day };
        let before = wanted.insert((metric.note_kind(), slot.key()), one.value);
        if before.is_some_and(|before| before.to_bits() != one.value.to_bits()) {
            return Err(wrong(format!(
                "{metric} of {} on {} is pushed twice with different values",
                one.scope.as_deref().unwrap_or("the organisation"),
                one.day
            )));
        }
    }
    let mut transaction = store.begin(Layer::Observed)?;
    let mut counted = Counted::default();
    for ((kind, key), value) in wanted {
        let known: Option<PushedValue> = transaction.note(&kind, &key).and_then(|note| serde_json::from_value(note).ok());
        if known.is_some_and(|known| known.value.to_bits() == value.to_bits()) {
            counted.known += 1;
            continue;
        }
        let kept = PushedValue { value, by: by.to_owned(), at: now };
        transaction.put_note(&kind, &key, serde_json::to_value(kept).unwrap_or(Value::Null));
        counted.recorded += 1;
    }
    if !transaction.is_empty() {
        transaction.commit(now)?;
    }
    Ok(counted)
}
