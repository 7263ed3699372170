//! Values that others push: a metric of a scope on a day, such as NPS, cost or flaky tests.
//!
//! # Invariants
//! - A value is known by (metric, scope, day); what is pushed later for the same takes its place.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::{Day, EntityId, Instant};

/// Notes of this kind hold the values of one metric: the kind is this and the metric's name, the key [`Slot`].
pub const PUSHED: &str = "pushed/";

/// The name of a pushed metric: letters, digits, dots, hyphens and underscores, at most 64, beginning with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MetricName(String);

/// Text that names no metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a metric; expected letters, digits, dots, hyphens and underscores, at most 64, beginning with a letter")]
pub struct ParseMetricNameError(String);

impl MetricName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind of the notes that hold its values.
    #[must_use]
    pub fn note_kind(&self) -> String {
        format!("{PUSHED}{}", self.0)
    }
}

impl fmt::Display for MetricName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MetricName {
    type Err = ParseMetricNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
        if begins && text.len() <= 64 && text.bytes().all(is_part) {
            return Ok(Self(text.to_owned()));
        }
        Err(ParseMetricNameError(text.chars().take(100).collect()))
    }
}

impl TryFrom<String> for MetricName {
    type Error = ParseMetricNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<MetricName> for String {
    fn from(name: MetricName) -> Self {
        name.0
    }
}

/// Whose value of which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The entity; none for the organisation.
    pub scope: Option<EntityId>,
    /// The day.
    pub day: Day,
}

impl Slot {
    /// The key of its note: `12@2026-03-01`, of the organisation `@2026-03-01`.
    #[must_use]
    pub fn key(&self) -> String {
        let scope = self.scope.map(|scope| scope.0.to_string()).unwrap_or_default();
        format!("{scope}@{}", self.day)
    }

    /// What [`Slot::key`] wrote.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let (scope, day) = key.split_once('@')?;
        let scope = if scope.is_empty() { None } else { Some(EntityId(scope.parse().ok()?)) };
        Some(Self { scope, day: day.parse().ok()? })
    }
}

/// A value as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PushedValue {
    /// The value.
    pub value: f64,
    /// Who pushed it.
    pub by: String,
    /// When.
    pub at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_slots_are_read_as_they_are_written() {
        for good in ["nps", "cost.cloud-eu_1", "A"] {
            assert_eq!(good.parse::<MetricName>().unwrap().to_string(), good);
        }
        for bad in ["", "1st", "a b", "pushed/x", "é", &"a".repeat(65)] {
            assert!(bad.parse::<MetricName>().is_err(), "{bad}");
        }
        for scope in [None, Some(EntityId(12))] {
            let slot = Slot { scope, day: "2026-03-01".parse().unwrap() };
            assert_eq!(Slot::of_key(&slot.key()), Some(slot));
        }
        assert_eq!([Slot::of_key("x@2026-03-01"), Slot::of_key("12"), Slot::of_key("@soon")], [None; 3]);
    }
}
