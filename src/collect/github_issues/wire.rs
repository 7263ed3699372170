//! GitHub's own JSON of issues; only the fields that are read.

use serde::Deserialize;
use serde_json::Value;

use crate::collect::github::wire::{Nodes, PageInfo, RateLimit, Rated};
use crate::model::Instant;

/// An issue as it is now.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Issue {
    /// The opaque id by which it is asked for; an issue that moves to another repository gets another.
    pub(super) id: String,
    pub(super) full_database_id: Option<Value>,
    pub(super) number: Option<u64>,
    pub(super) title: String,
    pub(super) url: Option<String>,
    pub(super) state: Option<String>,
    pub(super) state_reason: Option<String>,
    pub(super) created_at: Option<Instant>,
    pub(super) updated_at: Option<Instant>,
    pub(super) closed_at: Option<Instant>,
    pub(super) repository: Option<Repository>,
    pub(super) assignees: Option<Nodes<Login>>,
    pub(super) labels: Option<Nodes<Label>>,
    pub(super) issue_type: Option<Named>,
    pub(super) timeline_items: Option<Timeline>,
}

impl Issue {
    /// GitHub's number of it, beside which its id may change its form.
    pub(super) fn number_of_all(&self) -> Option<String> {
        match self.full_database_id.as_ref()? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repository {
    pub(super) name_with_owner: String,
    pub(super) url: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Login {
    pub(super) login: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Label {
    #[serde(default)]
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Timeline {
    pub(super) page_info: PageInfo,
    pub(super) nodes: Option<Vec<Option<Happened>>>,
}

/// Something that happened to an issue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "__typename", rename_all_fields = "camelCase")]
pub(super) enum Happened {
    #[serde(rename = "ClosedEvent")]
    Closed { created_at: Instant, state_reason: Option<String> },
    #[serde(rename = "ReopenedEvent")]
    Reopened { created_at: Instant },
    #[serde(rename = "LabeledEvent")]
    Labeled { created_at: Instant, label: Option<Label> },
    #[serde(rename = "UnlabeledEvent")]
    Unlabeled { created_at: Instant, label: Option<Label> },
    #[serde(rename = "TransferredEvent")]
    Transferred { created_at: Instant, from_repository: Option<Repository> },
    #[serde(rename = "ConvertedToDiscussionEvent")]
    Converted { created_at: Instant },
    #[serde(rename = "IssueTypeAddedEvent")]
    TypeAdded { created_at: Instant },
    #[serde(rename = "IssueTypeChangedEvent")]
    TypeChanged { created_at: Instant, prev_issue_type: Option<Named> },
    #[serde(rename = "IssueTypeRemovedEvent")]
    TypeRemoved { created_at: Instant, issue_type: Option<Named> },
    /// Nothing that matters here.
    #[serde(other)]
    Other,
}

/// More of a timeline.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct More {
    #[serde(default)]
    pub(super) timeline_items: Option<Timeline>,
}

/// Issues by their ids, in the order of these.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Looked {
    #[serde(default)]
    pub(super) nodes: Option<Vec<Option<Value>>>,
    #[serde(default)]
    pub(super) rate_limit: Option<RateLimit>,
}

impl Rated for Looked {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

/// Whether a repository has issues.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Enabled {
    #[serde(default)]
    pub(super) has_issues_enabled: Option<bool>,
}

/// How many a search finds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counted {
    #[serde(default)]
    pub(super) search: Option<Count>,
    #[serde(default)]
    pub(super) rate_limit: Option<RateLimit>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Count {
    pub(super) issue_count: u64,
}

impl Rated for Counted {
    fn rate(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}
