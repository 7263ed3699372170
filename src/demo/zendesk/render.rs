//! The account's things as JSON, as of an instant.

use serde_json::{Map, Value, json};

use super::account::{Account, Field, State, Ticket};
use crate::model::Instant;

/// What is told beside a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Include {
    pub(super) metric_sets: bool,
    pub(super) metric_events: bool,
}

/// Where things are.
pub(super) struct Render<'a> {
    pub(super) account: &'a Account,
    /// The account's own address.
    pub(super) site: String,
}

/// Categories of statuses; each has a status of its own number.
const STATUSES: [&str; 6] = ["new", "open", "pending", "hold", "solved", "closed"];

/// Times are told in whole seconds.
fn time(at: Instant) -> String {
    Instant::from_seconds(seconds(at)).timestamp().to_string()
}

pub(super) fn seconds(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}

fn minutes(from: Instant, to: Instant) -> i64 {
    (seconds(to) - seconds(from)) / 60
}

impl Render<'_> {
    pub(super) fn field(&self, field: &Field, position: usize) -> Value {
        let options = field.options.iter().enumerate().map(|(number, (value, name))| {
            json!({ "id": field.id * 1_000 + number as u64, "name": name, "raw_name": name, "value": value, "default": false })
        });
        let mut told = json!({
            "url": format!("{}/api/v2/ticket_fields/{}.json", self.site, field.id),
            "id": field.id,
            "type": field.kind,
            "title": field.title,
            "raw_title": field.title,
            "description": "",
            "raw_description": "",
            "position": position,
            "active": true,
            "required": false,
            "collapsed_for_agents": false,
            "regexp_for_validation": null,
            "title_in_portal": field.title,
            "raw_title_in_portal": field.title,
            "visible_in_portal": false,
            "editable_in_portal": false,
            "required_in_portal": false,
            "agent_can_edit": true,
            "tag": null,
            "removable": true,
            "key": null,
            "agent_description": null,
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2020-01-01T00:00:00Z",
        });
        if matches!(field.kind, "tagger" | "multiselect") {
            told["custom_field_options"] = options.collect();
        }
        told
    }

    pub(super) fn ticket(&self, ticket: &Ticket, state: &State, include: Include) -> Value {
        let emptied = |text: &str| if state.is_emptied { "SCRUBBED".to_owned() } else { text.to_owned() };
        let fields: Vec<Value> = self
            .account
            .fields
            .iter()
            .map(|field| {
                let value = ticket.fields.get(&field.id).filter(|_| !state.is_emptied);
                json!({ "id": field.id, "value": value })
            })
            .collect();
        let person = 10_000 + ticket.id % 977;
        let mut told = json!({
            "url": format!("{}/api/v2/tickets/{}.json", self.site, ticket.id),
            "id": ticket.id,
            "external_id": null,
            "via": { "channel": "email", "source": { "from": {}, "to": {}, "rel": null } },
            "created_at": time(ticket.created),
            "updated_at": time(state.updated),
            "generated_timestamp": seconds(state.generated),
            "type": "incident",
            "subject": emptied(&ticket.subject),
            "raw_subject": emptied(&ticket.subject),
            "description": emptied(&ticket.description),
            "priority": state.priority,
            "status": if state.is_deleted { "deleted" } else { state.status },
            "recipient": null,
            "requester_id": person,
            "submitter_id": person,
            "assignee_id": null,
            "organization_id": null,
            "group_id": 98_738,
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "forum_topic_id": null,
            "problem_id": null,
            "has_incidents": false,
            "is_public": true,
            "due_at": null,
            "tags": state.tags,
            "custom_fields": fields,
            "satisfaction_rating": null,
            "sharing_agreement_ids": [],
            "custom_status_id": STATUSES.iter().position(|status| *status == state.status).map(|at| 8_193_592_472 + at),
            "fields": fields,
            "followup_ids": [],
            "ticket_form_id": 21,
            "brand_id": 1,
            "allow_channelback": false,
            "allow_attachments": true,
            "from_messaging_channel": false,
        });
        if include.metric_sets {
            told["metric_set"] = self.metric_set(ticket, state);
        }
        if include.metric_events {
            told["metric_events"] = if state.is_emptied { json!({}) } else { metric_events(ticket, state) };
        }
        told
    }

    fn metric_set(&self, ticket: &Ticket, state: &State) -> Value {
        let resolved = state.solved.map(|at| minutes(ticket.created, at));
        let span = |minutes: Option<i64>| json!({ "calendar": minutes, "business": minutes });
        json!({
            "url": format!("{}/api/v2/ticket_metrics/{}.json", self.site, ticket.id + 500_000),
            "id": ticket.id + 500_000,
            "ticket_id": ticket.id,
            "created_at": time(ticket.created),
            "updated_at": time(state.updated),
            "group_stations": 1,
            "assignee_stations": 1,
            "reopens": state.reopens,
            "replies": 1,
            "assignee_updated_at": null,
            "requester_updated_at": time(ticket.created),
            "status_updated_at": time(state.status_changed),
            "initially_assigned_at": null,
            "assigned_at": null,
            "solved_at": state.solved.map(time),
            "latest_comment_added_at": time(state.updated),
            "reply_time_in_minutes": span(None),
            "first_resolution_time_in_minutes": span(resolved),
            "full_resolution_time_in_minutes": span(resolved),
            "agent_wait_time_in_minutes": span(None),
            "requester_wait_time_in_minutes": span(resolved),
            "on_hold_time_in_minutes": span(Some(0)),
        })
    }
}

/// Clocks that begin, pause and stop with the status: that of the requester runs on hold, that of agents does not.
fn metric_events(ticket: &Ticket, state: &State) -> Value {
    let mut all = Map::new();
    for (number, (metric, pausing)) in
        [("requester_wait_time", &["pending"][..]), ("agent_work_time", &["pending", "hold"][..])].into_iter().enumerate()
    {
        let (mut events, mut running) = (Vec::new(), None);
        for (at, status) in &state.statuses {
            let kind = match *status {
                "solved" | "closed" => "fulfill",
                status if pausing.contains(&status) => "pause",
                _ => "activate",
            };
            if running == Some(kind) {
                continue;
            }
            let mut tell = |kind: &str, status: Option<Value>| {
                let id = ticket.id * 1_000 + number as u64 * 500 + events.len() as u64;
                let mut event =
                    json!({ "id": id, "ticket_id": ticket.id, "metric": metric, "instance_id": 1, "type": kind, "time": time(*at) });
                if let Some(status) = status {
                    event["status"] = status;
                }
                events.push(event);
            };
            tell(kind, None);
            if kind == "fulfill" {
                let waited = minutes(ticket.created, *at);
                tell("update_status", Some(json!({ "calendar": waited, "business": waited })));
            }
            running = Some(kind);
        }
        let measured = json!({ "id": ticket.id * 1_000 + number as u64 * 500 + 499, "ticket_id": ticket.id, "metric": metric, "instance_id": 0,
            "type": "measure", "time": time(ticket.created) });
        events.insert(0, measured);
        all.insert(metric.to_owned(), Value::Array(events));
    }
    Value::Object(all)
}
