//! Statuspage's own JSON under its own names; only the fields that are read. What was written to customers is not among them.

use serde::Deserialize;

use crate::collect::null::or_default;

/// An incident; a scheduled maintenance is one, too.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Incident {
    pub(super) id: String,
    #[serde(default)]
    pub(super) page_id: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) impact: Option<String>,
    #[serde(default)]
    pub(super) impact_override: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) started_at: Option<String>,
    #[serde(default)]
    pub(super) updated_at: Option<String>,
    #[serde(default)]
    pub(super) monitoring_at: Option<String>,
    #[serde(default)]
    pub(super) resolved_at: Option<String>,
    #[serde(default)]
    pub(super) scheduled_for: Option<String>,
    #[serde(default)]
    pub(super) shortlink: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) components: Vec<Component>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) incident_updates: Vec<Update>,
}

/// A part of the product, as customers know it; or a group of such.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Component {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) group: bool,
}

/// What customers were told of an incident, and when.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Update {
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) display_at: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) affected_components: Vec<Affected>,
}

/// A component that an update names.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Affected {
    /// The component's id.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) code: String,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// The page itself: `GET /v1/pages/{page}`, and beside every public list.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct About {
    #[serde(default)]
    pub(super) name: Option<String>,
}
