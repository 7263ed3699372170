//! The account's things as JSON, as of an instant.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::account::{Account, Entry, Incident, What};
use crate::model::Instant;

/// Where things are, as which time they are told, and when.
pub(super) struct Render<'a> {
    pub(super) account: &'a Account,
    /// The API's own address.
    pub(super) api: String,
    /// In which zone times are told.
    pub(super) zone: TimeZone,
    pub(super) now: Instant,
}

/// The id of something that has none of its own.
pub(super) fn made_id(kind: char, position: usize) -> String {
    format!("P{kind}{position:05}")
}

impl Render<'_> {
    pub(super) fn time(&self, at: Instant) -> String {
        let whole = Instant::from_seconds(at.micros().div_euclid(1_000_000)).timestamp();
        match self.zone == TimeZone::UTC {
            true => whole.to_string(),
            false => whole.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        }
    }

    fn web(&self, path: &str) -> String {
        format!("https://{}.pagerduty.example/{path}", self.account.subdomain)
    }

    fn reference(&self, kind: &str, list: &str, id: &str, summary: &str) -> Value {
        json!({
            "id": id,
            "type": format!("{kind}_reference"),
            "summary": summary,
            "self": format!("{}/{list}/{id}", self.api),
            "html_url": self.web(&format!("{list}/{id}")),
        })
    }

    pub(super) fn user(&self, user: usize) -> Value {
        let user = &self.account.users[user];
        self.reference("user", "users", &user.id, &user.name)
    }

    fn service_reference(&self, service: usize) -> Value {
        let service = &self.account.services[service];
        self.reference("service", "services", &service.id, &service.name)
    }

    fn agent(&self, incident: &Incident, by: Option<usize>) -> Value {
        by.map_or_else(|| self.service_reference(incident.service), |user| self.user(user))
    }

    pub(super) fn priority(&self, position: usize) -> Value {
        let (id, name) = (made_id('R', position), &self.account.priorities[position]);
        json!({
            "id": id, "type": "priority", "summary": name, "name": name, "description": "",
            "self": format!("{}/priorities/{id}", self.api), "html_url": null,
        })
    }

    fn priority_reference(&self, priority: Option<usize>) -> Value {
        let told = |position: usize| {
            let id = made_id('R', position);
            json!({
                "id": id, "type": "priority_reference", "summary": self.account.priorities[position],
                "self": format!("{}/priorities/{id}", self.api), "html_url": null,
            })
        };
        priority.map_or(Value::Null, told)
    }

    pub(super) fn service(&self, position: usize, with_integrations: bool) -> Value {
        let service = &self.account.services[position];
        let policy = made_id('E', position);
        let last = self.account.incidents.iter().rev().find(|incident| incident.service == position && incident.created <= self.now);
        let integrations = service.keys.iter().enumerate().map(|(number, key)| {
            let id = format!("{}I{number}", service.id);
            let address = format!("{}/services/{}/integrations/{id}", self.api, service.id);
            let mut integration = json!({
                "id": id, "type": "events_api_v2_inbound_integration_reference", "summary": "Events API v2",
                "self": address, "html_url": self.web(&format!("services/{}/integrations/{id}", service.id)),
            });
            if with_integrations {
                integration["type"] = "events_api_v2_inbound_integration".into();
                integration["name"] = "Events API v2".into();
                integration["integration_key"] = key.as_str().into();
                integration["service"] = self.service_reference(position);
                integration["created_at"] = self.time(service.created).into();
                integration["vendor"] = Value::Null;
            }
            integration
        });
        json!({
            "id": service.id,
            "type": "service",
            "summary": service.name,
            "self": format!("{}/services/{}", self.api, service.id),
            "html_url": self.web(&format!("service-directory/{}", service.id)),
            "name": service.name,
            "description": null,
            "auto_resolve_timeout": null,
            "acknowledgement_timeout": 1_800,
            "created_at": self.time(service.created),
            "status": "active",
            "last_incident_timestamp": last.map(|incident| self.time(incident.created)),
            "escalation_policy": self.reference("escalation_policy", "escalation_policies", &policy, &service.name),
            "teams": [],
            "integrations": integrations.collect::<Vec<_>>(),
            "incident_urgency_rule": { "type": "constant", "urgency": "severity_based" },
            "support_hours": null,
            "scheduled_actions": [],
            "alert_creation": "create_alerts_and_incidents",
        })
    }

    pub(super) fn incident(&self, position: usize) -> Value {
        let incident = &self.account.incidents[position];
        let state = incident.state(self.now);
        let number = position + 1;
        let trigger = format!("{}L0", incident.id);
        let is_open = state.resolved.is_none();
        let assigned: Vec<Value> = match state.acknowledger.filter(|_| is_open) {
            Some((at, by)) => vec![json!({ "at": self.time(at), "assignee": self.user(by) })],
            None => Vec::new(),
        };
        let acknowledgements: Vec<Value> = match state.acknowledger.filter(|_| state.status == "acknowledged") {
            Some((at, by)) => vec![json!({ "at": self.time(at), "acknowledger": self.user(by) })],
            None => Vec::new(),
        };
        let policy = made_id('E', incident.service);
        let merged = state.merged.map(|other| {
            json!({ "type": "merge_resolve_reason", "incident": self.reference("incident", "incidents", other, "another incident") })
        });
        json!({
            "id": incident.id,
            "type": "incident",
            "summary": format!("[#{number}] {}", incident.title),
            "self": format!("{}/incidents/{}", self.api, incident.id),
            "html_url": self.web(&format!("incidents/{}", incident.id)),
            "incident_number": number,
            "title": incident.title,
            "created_at": self.time(incident.created),
            "updated_at": self.time(state.updated),
            "status": state.status,
            "incident_key": format!("{:08x}", crc32c::crc32c(incident.id.as_bytes())),
            "service": self.service_reference(incident.service),
            "assignments": assigned,
            "assigned_via": "escalation_policy",
            "last_status_change_at": self.time(state.changed.0),
            "resolved_at": state.resolved.map(|at| self.time(at)),
            "first_trigger_log_entry": {
                "id": trigger, "type": "trigger_log_entry_reference", "summary": "Triggered through the API",
                "self": format!("{}/log_entries/{trigger}?incident_id={}", self.api, incident.id), "html_url": null,
            },
            "alert_counts": { "all": 1, "triggered": u8::from(is_open), "resolved": u8::from(!is_open) },
            "is_mergeable": true,
            "incident_type": { "name": "incident_default" },
            "escalation_policy": self.reference(
                "escalation_policy", "escalation_policies", &policy, &self.account.services[incident.service].name
            ),
            "teams": [],
            "pending_actions": [],
            "acknowledgements": acknowledgements,
            "alert_grouping": null,
            "last_status_change_by": self.agent(incident, state.changed.1),
            "priority": self.priority_reference(state.priority),
            "resolve_reason": merged,
            "incidents_responders": [],
            "responder_requests": [],
            "urgency": incident.urgency,
        })
    }

    /// The entry of an incident with this number; 0 is that it was triggered.
    pub(super) fn entry(&self, position: usize, number: usize, with_incident: bool) -> Value {
        let incident = &self.account.incidents[position];
        let first = Entry { at: incident.created, by: None, what: What::TriggerAgain };
        let entry = number.checked_sub(1).map_or(&first, |number| &incident.entries[number]);
        let (kind, summary) = match &entry.what {
            What::Notify => ("notify", "Notified by push notification".to_owned()),
            What::TriggerAgain => ("trigger", "Triggered through the API".to_owned()),
            What::Acknowledge => ("acknowledge", "Acknowledged".to_owned()),
            What::Unacknowledge => ("unacknowledge", "Unacknowledged due to timeout".to_owned()),
            What::Resolve => ("resolve", "Resolved".to_owned()),
            What::Merge(other) => ("resolve", format!("Resolved by merging into {other}")),
            What::Priority(_) => ("priority_change", "Priority changed".to_owned()),
            What::Annotate(_) => ("annotate", "Note added".to_owned()),
        };
        let id = format!("{}L{number}", incident.id);
        let mut channel = json!({ "type": if entry.by.is_some() { "website" } else { "api" } });
        if let What::Priority(after) = &entry.what {
            let before = incident.entries[..number - 1].iter().rev().find_map(|entry| match entry.what {
                What::Priority(priority) => Some(priority),
                _ => None,
            });
            channel["old_priority"] = self.priority_reference(before.unwrap_or(incident.priority));
            channel["new_priority"] = self.priority_reference(*after);
        }
        let shown = if with_incident {
            self.incident(position)
        } else {
            let summary = format!("[#{}] {}", position + 1, incident.title);
            self.reference("incident", "incidents", &incident.id, &summary)
        };
        let mut value = json!({
            "id": id,
            "type": format!("{kind}_log_entry"),
            "summary": summary,
            "self": format!("{}/log_entries/{id}?incident_id={}", self.api, incident.id),
            "html_url": self.web(&format!("incidents/{}/log_entries/{id}", incident.id)),
            "created_at": self.time(entry.at),
            "agent": self.agent(incident, entry.by),
            "channel": channel,
            "service": self.service_reference(incident.service),
            "incident": shown,
            "teams": [],
            "contexts": [],
        });
        match &entry.what {
            What::Annotate(note) => value["channel"]["summary"] = note.as_str().into(),
            What::TriggerAgain => value["event_details"] = json!({ "description": incident.title }),
            _ => {}
        }
        value
    }
}
