//! PagerDuty's own JSON under its own names; only the fields that are read.

use serde::Deserialize;
use serde_json::Value;

use crate::collect::null::or_default;

/// An incident, or a reference to one, which has little more than the id.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Incident {
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) summary: Option<String>,
    #[serde(default)]
    pub(super) html_url: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) updated_at: Option<String>,
    #[serde(default)]
    pub(super) resolved_at: Option<String>,
    #[serde(default)]
    pub(super) last_status_change_at: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) urgency: Option<String>,
    #[serde(default)]
    pub(super) priority: Option<Reference>,
    #[serde(default)]
    pub(super) service: Option<Reference>,
    #[serde(default)]
    pub(super) resolve_reason: Option<Reason>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) assignments: Vec<Assignment>,
}

/// Why it was resolved.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Reason {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Assignment {
    #[serde(default)]
    pub(super) assignee: Option<Reference>,
}

/// Something that is named.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Reference {
    #[serde(default)]
    pub(super) id: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) summary: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
}

impl Reference {
    /// What people call it.
    pub(super) fn called(&self) -> Option<&str> {
        self.name.as_deref().or(self.summary.as_deref()).map(str::trim).filter(|name| !name.is_empty())
    }
}

/// Something that happened to an incident.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct LogEntry {
    pub(super) id: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) created_at: String,
    #[serde(default)]
    pub(super) agent: Option<Reference>,
    #[serde(default)]
    pub(super) channel: Option<Channel>,
    #[serde(default)]
    pub(super) incident: Option<Incident>,
}

/// By what it came; of a changed priority also from what to what.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Channel {
    #[serde(default)]
    pub(super) old_priority: Option<Reference>,
    #[serde(default)]
    pub(super) new_priority: Option<Reference>,
}

/// A technical service.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Service {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) integrations: Vec<Integration>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Integration {
    #[serde(default)]
    pub(super) integration_key: Option<String>,
}

/// `GET /incidents/{id}`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct OneIncident {
    pub(super) incident: Incident,
}

/// `GET /incidents/{id}/custom_fields/values`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FieldValues {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) custom_fields: Vec<FieldValue>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct FieldValue {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) value: Value,
}

/// `GET /users/me`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Me {
    pub(super) user: Reference,
}
