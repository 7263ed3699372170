//! Jira's own JSON; only what is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Fields of an issue that are asked for, beside custom ones. Descriptions are not among them.
pub(super) const FIELDS: [&str; 12] = [
    "summary",
    "issuetype",
    "project",
    "status",
    "resolution",
    "resolutiondate",
    "priority",
    "created",
    "updated",
    "labels",
    "components",
    "assignee",
];

/// What a server says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServerInfo {
    pub(super) base_url: Option<String>,
    pub(super) deployment_type: Option<String>,
    pub(super) version: Option<String>,
    #[serde(default)]
    pub(super) server_time: Value,
}

/// Who asks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Myself {
    pub(super) display_name: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) account_id: Option<String>,
    /// Of Data Center.
    pub(super) name: Option<String>,
}

/// A page of what a search finds, of either product.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    pub(super) issues: Vec<Value>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
    #[serde(default)]
    pub(super) is_last: Option<bool>,
    #[serde(default)]
    pub(super) total: Option<u64>,
    #[serde(default)]
    pub(super) warnings: Option<Vec<Warning>>,
    #[serde(default)]
    pub(super) warning_messages: Option<Vec<String>>,
    #[serde(default)]
    pub(super) names: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Warning {
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// A page of a list of Cloud.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Values<T> {
    pub(super) values: Vec<T>,
}

/// How many a search finds.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Count {
    pub(super) count: u64,
}

/// An issue of which only the number is asked.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Bare {
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
}

/// An issue.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Issue {
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
    pub(super) key: String,
    pub(super) fields: Fields,
    /// Of Data Center, or absent.
    #[serde(default)]
    pub(super) changelog: Option<Changelog>,
}

/// Fields of an issue.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    pub(super) summary: Option<String>,
    pub(super) issuetype: Option<Named>,
    pub(super) project: Option<Project>,
    pub(super) status: Option<Status>,
    pub(super) resolution: Option<Named>,
    pub(super) resolutiondate: Value,
    pub(super) priority: Option<Named>,
    pub(super) created: Value,
    pub(super) updated: Value,
    pub(super) labels: Option<Vec<String>>,
    pub(super) components: Option<Vec<Named>>,
    pub(super) assignee: Option<Person>,
    /// Custom ones.
    #[serde(flatten)]
    pub(super) other: Map<String, Value>,
}

/// Something with a number and a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Named {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Project {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) key: String,
}

/// A status, and what it amounts to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) status_category: Option<Category>,
}

/// How far what has a status has come, by its category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// To do, or in no category.
    New,
    /// In progress.
    Begun,
    /// Done.
    Done,
}

impl Status {
    /// What its category says; none if it has none.
    pub(super) fn stage(&self) -> Option<Stage> {
        self.status_category.as_ref().map(|category| match category.key.as_str() {
            "done" => Stage::Done,
            "new" | "undefined" => Stage::New,
            _ => Stage::Begun,
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Category {
    #[serde(default, deserialize_with = "text")]
    pub(super) key: String,
}

/// Somebody, perhaps one who was forgotten.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) account_id: Option<String>,
}

impl Person {
    /// What to call them.
    pub(super) fn called(&self) -> Option<&str> {
        [&self.display_name, &self.name, &self.account_id].into_iter().flatten().map(String::as_str).find(|name| !name.trim().is_empty())
    }
}

/// What changed of one issue.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Changelog {
    #[serde(default)]
    pub(super) total: Option<u64>,
    #[serde(default)]
    pub(super) histories: Vec<History>,
}

/// What changed at once.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct History {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: String,
    pub(super) created: Value,
    #[serde(default)]
    pub(super) items: Vec<Change>,
}

/// One field that changed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Change {
    #[serde(deserialize_with = "text")]
    pub(super) field: String,
    pub(super) field_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) from: String,
    #[serde(deserialize_with = "text")]
    pub(super) from_string: String,
    #[serde(deserialize_with = "text")]
    pub(super) to: String,
    #[serde(deserialize_with = "text")]
    pub(super) to_string: String,
}

/// A page of what changed of many issues.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changelogs {
    pub(super) issue_change_logs: Vec<ChangelogOf>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangelogOf {
    #[serde(deserialize_with = "text")]
    pub(super) issue_id: String,
    #[serde(default)]
    pub(super) change_histories: Vec<History>,
}

/// Issues that were asked for by number.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByNumber {
    pub(super) issues: Vec<Value>,
    #[serde(default)]
    pub(super) issue_errors: Vec<Bare>,
}

/// A custom or other field.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Field {
    pub(super) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: String,
}

/// What a refusal says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Refusal {
    pub(super) error_messages: Vec<String>,
    pub(super) errors: Map<String, Value>,
}

/// A text that may be a number or null.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}
