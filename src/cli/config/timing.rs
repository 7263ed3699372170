//! When a source is read, how far back, and how long that may take.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::cli::config::ConfigError;
use crate::cli::length::Length;

/// When a source is read, and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Timing {
    /// When to read it.
    pub(in crate::cli) schedule: Schedule,
    /// How far back to fill in history at the first run.
    pub(in crate::cli) backfill: Option<Length>,
    /// Longest time for one run.
    pub(in crate::cli) timeout: Length,
}

/// When a source is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Schedule {
    /// This often.
    Every(Length),
    /// At these times of the organisation's zone.
    Cron(Cron),
}

impl Schedule {
    /// Of the two ways to say it; at most one is given.
    pub(super) fn of(every: Option<Length>, cron: Option<Cron>, default: Length) -> Self {
        match (every, cron) {
            (_, Some(cron)) => Self::Cron(cron),
            (every, None) => Self::Every(every.unwrap_or(default)),
        }
    }
}

/// A cron expression of five fields that has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Cron(String);

impl Cron {
    /// The expression as it was written.
    pub(in crate::cli) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Cron {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected five fields, minute hour day month weekday, such as \"0 3 * * *\"";
        if text.split_whitespace().count() != 5 {
            return Err(ConfigError(format!("{text:?} is not a cron expression; {expected}")));
        }
        match croner::Cron::from_str(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(ConfigError(format!("{text:?} is not a cron expression ({error}); {expected}"))),
        }
    }
}

impl<'de> Deserialize<'de> for Cron {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
