//! What an issue can be: a bug, an incident or a support case. The first of them whose rule finds it is what it is.

use serde::{Deserialize, Serialize};

use crate::model::EventKind;

/// What an issue is, in the order in which rules count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sort {
    /// A bug.
    #[default]
    Bug,
    /// An incident.
    Incident,
    /// A support case.
    SupportCase,
}

impl Sort {
    /// The kind of its events.
    pub(super) const fn kind(self) -> EventKind {
        match self {
            Self::Bug => EventKind::Bug,
            Self::Incident => EventKind::Incident,
            Self::SupportCase => EventKind::SupportCase,
        }
    }

    /// What several are called.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Bug => "bugs",
            Self::Incident => "incidents",
            Self::SupportCase => "support cases",
        }
    }

    /// The key of its rule in the configuration.
    pub(super) const fn rule(self) -> &'static str {
        match self {
            Self::Bug => "jira.jql",
            Self::Incident => "jira.incidents",
            Self::SupportCase => "jira.support_cases",
        }
    }

    /// The states in which it goes on.
    pub(super) const fn going(self) -> &'static [&'static str] {
        match self {
            Self::Bug => &["open"],
            Self::Incident => &["triggered", "acknowledged"],
            Self::SupportCase => &["open", "waiting"],
        }
    }

    /// The state of what is none any more, or was none.
    pub(super) const fn gone(self) -> &'static str {
        match self {
            Self::Bug | Self::SupportCase => "deleted",
            Self::Incident => "cancelled",
        }
    }

    /// The key under which something of this sort is remembered that the rule `jql` found. Another rule begins anew; what was
    /// remembered of bugs before there were other sorts stays.
    pub(super) fn key(self, name: &str, jql: &str) -> String {
        match self {
            Self::Bug => name.to_owned(),
            Self::Incident => format!("{name}:incidents:{jql}"),
            Self::SupportCase => format!("{name}:support_cases:{jql}"),
        }
    }
}
