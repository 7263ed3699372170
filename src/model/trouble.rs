//! Bodies of events that tell of trouble: incidents, bugs and support cases.
//!
//! # Invariants
//! - What the source calls something is kept beside what spot makes of it: `raw_severity` beside `severity`.
//! - Absent is not "minor" and not "low": who judges decides what an unknown weight means.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad an incident is. A collector maps its source's words to it, by the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It degrades little.
    Minor,
    /// A part does not work, or works badly for many.
    Major,
    /// The product does not work.
    Critical,
}

impl Severity {
    /// From the worst to the least.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Major, Self::Minor];

    /// The word used in files, filters and fields.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Major => "major",
            Self::Minor => "minor",
        }
    }
}

/// How urgent a bug or case is. A collector maps its source's words to it, by the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// It can wait.
    Low,
    /// In the normal course.
    Medium,
    /// Before other work.
    High,
    /// At once.
    Critical,
}

impl Priority {
    /// From the most urgent to the least.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word used in files, filters and fields.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A word that is none of those expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no {what}; expected one of {expected}")]
pub struct UnknownWord {
    what: &'static str,
    word: String,
    expected: &'static str,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Severity {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownWord { what: "severity", word: text.to_owned(), expected: "critical, major, minor" };
        Self::ALL.into_iter().find(|severity| severity.word() == text).ok_or_else(unknown)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Priority {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownWord { what: "priority", word: text.to_owned(), expected: "critical, high, medium, low" };
        Self::ALL.into_iter().find(|priority| priority.word() == text).ok_or_else(unknown)
    }
}

/// Body of [`Incident`](crate::model::EventKind::Incident). States: triggered, acknowledged, resolved, cancelled (declined,
/// merged into another, a test: it was none). `severity` may change in the history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Incident {
    /// What it is called.
    pub title: String,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// The same as its source calls it: P1, SEV-2, high urgency.
    pub raw_severity: Option<String>,
    /// What customers could not do, in a few names.
    pub features: Vec<String>,
    /// What customers noticed, in words.
    pub impact: Option<String>,
    /// What else it happened to beside its resource: ids of resources of the same source and kind.
    pub also: Vec<String>,
    /// Who leads: a login or name.
    pub commander: Option<String>,
    /// What brought it about, if the source names a deployment: its id, version or address.
    pub deployment: Option<String>,
    /// Where it was looked back upon.
    pub postmortem: Option<String>,
}

/// Body of [`Bug`](crate::model::EventKind::Bug). States: open, resolved, deleted. These fields may change in the history:
/// `priority`, `production`, `resource` (the id of the resource of the same source that it happened to by then; absent: the
/// event's own).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Bug {
    /// What people call it: LEDGER-12, acme/billing#7.
    pub key: String,
    /// Its title.
    pub title: String,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// The same as its source calls it.
    pub raw_priority: Option<String>,
    /// It is seen in production, by the configured rule.
    pub production: bool,
    /// The state as its source calls it.
    pub status: Option<String>,
    /// Why it is resolved, as its source calls it.
    pub resolution: Option<String>,
    /// Who works on it: a login or name.
    pub assignee: Option<String>,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Names of its components.
    pub components: Vec<String>,
    /// Until when its source says it has to be resolved, if it says so.
    pub due: Option<crate::model::Instant>,
}

/// Body of [`SupportCase`](crate::model::EventKind::SupportCase). States: open, waiting (for the customer), solved, closed,
/// deleted. `priority` and `features` may change in the history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SupportCase {
    /// What people call it: its number.
    pub key: String,
    /// Its subject.
    pub title: String,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// The same as its source calls it.
    pub raw_priority: Option<String>,
    /// Which part of the product it is about, in a few names.
    pub features: Vec<String>,
    /// The state as its source calls it.
    pub status: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written_and_worse_is_greater() {
        for severity in Severity::ALL {
            assert_eq!(severity.word().parse(), Ok(severity));
        }
        for priority in Priority::ALL {
            assert_eq!(priority.word().parse(), Ok(priority));
        }
        assert!(Severity::ALL.is_sorted_by(|a, b| a > b) && Priority::ALL.is_sorted_by(|a, b| a > b));
        assert_eq!("sev1".parse::<Severity>().unwrap_err().to_string(), "\"sev1\" is no severity; expected one of critical, major, minor");
    }
}
