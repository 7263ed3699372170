//! Zendesk's own JSON under its own names; only the fields that are read. Descriptions, comments and people are not among them.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::collect::null::or_default;

/// `GET /api/v2/incremental/tickets/cursor`. Tickets are read one by one, so that an odd one spoils nothing else.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Page {
    pub(super) tickets: Vec<Box<RawValue>>,
    #[serde(default)]
    pub(super) after_cursor: Option<String>,
    #[serde(default)]
    pub(super) end_of_stream: Option<bool>,
    /// Where they stand beside the tickets instead of in them.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) metric_sets: Vec<MetricSet>,
}

/// A ticket.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Ticket {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) subject: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) priority: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) custom_fields: Vec<FieldValue>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) updated_at: Option<String>,
    /// Seconds since 1970; it moves on with what the system does by itself, too.
    #[serde(default)]
    pub(super) generated_timestamp: Option<i64>,
    #[serde(default)]
    pub(super) metric_set: Option<MetricSet>,
    #[serde(default)]
    metric_events: Value,
}

impl Ticket {
    /// Whether it tells what happened to any metric.
    pub(super) fn has_metric_events(&self) -> bool {
        self.metric_events.is_object() || self.metric_events.is_array()
    }

    /// What happened to one of its metrics: they are grouped by metric, or one list. What is no event is told as it stands there.
    pub(super) fn metric_events(&self, metric: &str) -> Vec<Result<MetricEvent, String>> {
        let all: Vec<&Value> = match &self.metric_events {
            Value::Object(groups) => groups.get(metric).and_then(Value::as_array).into_iter().flatten().collect(),
            Value::Array(list) => list.iter().filter(|event| event.get("metric").and_then(Value::as_str) == Some(metric)).collect(),
            _ => Vec::new(),
        };
        let events = all.into_iter().map(|event| MetricEvent::deserialize(event).map_err(|_| event.to_string()));
        events.filter(|event| !event.as_ref().is_ok_and(|event| event.deleted == Some(true))).collect()
    }
}

/// The value of a custom field.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FieldValue {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) value: Value,
}

/// Times of a ticket.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct MetricSet {
    #[serde(default)]
    pub(super) ticket_id: Option<u64>,
    #[serde(default)]
    pub(super) solved_at: Option<String>,
    #[serde(default)]
    pub(super) status_updated_at: Option<String>,
}

/// A clock of a ticket began, paused or stopped.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MetricEvent {
    #[serde(default)]
    pub(super) id: u64,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    pub(super) time: String,
    #[serde(default)]
    deleted: Option<bool>,
}

/// `GET /api/v2/ticket_fields`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Fields {
    pub(super) ticket_fields: Vec<TicketField>,
    #[serde(default)]
    pub(super) meta: Option<Meta>,
}

/// Where a list goes on.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Meta {
    #[serde(default)]
    pub(super) has_more: Option<bool>,
    #[serde(default)]
    pub(super) after_cursor: Option<String>,
}

/// A field that tickets have.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct TicketField {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) custom_field_options: Vec<FieldOption>,
}

/// A value that people choose by its name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FieldOption {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// `GET /api/v2/users/me`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Me {
    pub(super) user: User,
}

/// Who asks. Nobody in particular has no id.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct User {
    #[serde(default)]
    pub(super) id: Option<u64>,
    #[serde(default)]
    pub(super) role: Option<String>,
}
