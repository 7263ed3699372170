//! The page as Statuspage writes it.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::demo::statuspage::page::{Incident, Page, Update};
use crate::model::Instant;

/// Writes a page as of an instant, with times of a zone.
pub(super) struct Render<'a> {
    pub(super) page: &'a Page,
    pub(super) zone: TimeZone,
    pub(super) now: Instant,
    /// How components are now, by position.
    statuses: BTreeMap<usize, &'static str>,
}

impl<'a> Render<'a> {
    pub(super) fn new(page: &'a Page, zone: TimeZone, now: Instant) -> Self {
        let mut updates: Vec<&Update> = Vec::new();
        for incident in page.incidents.iter().filter(|incident| incident.is_there(now)) {
            updates.extend(incident.until(now));
        }
        updates.sort_by_key(|update| update.at);
        let statuses = updates.iter().flat_map(|update| update.affected.iter().copied()).collect();
        Self { page, zone, now, statuses }
    }

    /// `2026-03-02T09:00:00.000+01:00`, in UTC with Z.
    fn time(&self, at: Instant) -> String {
        let format = if self.zone == TimeZone::UTC { "%Y-%m-%dT%H:%M:%S%.3fZ" } else { "%Y-%m-%dT%H:%M:%S%.3f%:z" };
        at.timestamp().to_zoned(self.zone.clone()).strftime(format).to_string()
    }

    fn maybe(&self, at: Option<Instant>) -> Option<String> {
        at.map(|at| self.time(at))
    }

    /// The page itself, with a key.
    pub(super) fn about(&self) -> Value {
        let Page { id, name, domain, time_zone, .. } = self.page;
        json!({
            "id": id, "name": name, "domain": domain, "subdomain": domain.split('.').next(), "url": format!("https://{domain}"),
            "time_zone": time_zone, "page_description": null, "headline": null,
        })
    }

    /// The page beside a public list.
    pub(super) fn beside(&self) -> Value {
        let Page { id, name, domain, time_zone, .. } = self.page;
        let updated = self.page.incidents.iter().flat_map(|incident| incident.until(self.now)).map(|update| update.at).max();
        let updated = self.time(updated.unwrap_or(self.now));
        json!({ "id": id, "name": name, "url": format!("https://{domain}"), "time_zone": time_zone, "updated_at": updated })
    }

    fn component(&self, position: usize) -> Value {
        let component = &self.page.components[position];
        let created = self.time(Instant::from_seconds(1_577_836_800));
        json!({
            "id": component.id, "page_id": self.page.id, "name": component.name, "status": self.statuses.get(&position).unwrap_or(&"operational"),
            "group": component.is_group, "group_id": component.group.map(|group| &self.page.components[group].id),
            "created_at": created, "updated_at": created, "position": position + 1, "description": null, "showcase": true,
            "start_date": null, "only_show_if_degraded": false,
        })
    }

    /// All components, groups among them.
    pub(super) fn components(&self) -> Vec<Value> {
        (0..self.page.components.len()).map(|position| self.component(position)).collect()
    }

    /// How all is, in a word.
    pub(super) fn status(&self) -> Value {
        let unresolved = self.page.incidents.iter().filter(|incident| incident.is_there(self.now) && incident.is_unresolved(self.now));
        let impacts: Vec<&str> = unresolved.map(|incident| incident.impact).collect();
        let words = [("critical", "Major Service Outage"), ("major", "Partial System Outage"), ("minor", "Minor Service Outage")];
        let (indicator, description) =
            words.into_iter().find(|(word, _)| impacts.contains(word)).unwrap_or(("none", "All Systems Operational"));
        json!({ "indicator": indicator, "description": description })
    }

    /// An incident, with what customers were told, the newest first.
    pub(super) fn incident(&self, incident: &Incident) -> Value {
        let known = incident.until(self.now);
        let status = incident.status(self.now);
        let is_over = matches!(status, "resolved" | "postmortem" | "completed");
        let resolved = incident.last(if incident.is_scheduled() { "completed" } else { "resolved" }, self.now).filter(|_| is_over);
        let mut before: BTreeMap<usize, &'static str> = BTreeMap::new();
        let mut updates: Vec<Value> = Vec::new();
        for (number, update) in known.iter().enumerate() {
            let affected = update.affected.iter().map(|(position, status)| {
                let component = &self.page.components[*position];
                let group = component.group.map(|group| format!("{} - ", self.page.components[group].name)).unwrap_or_default();
                let old = before.insert(*position, status).unwrap_or("operational");
                json!({ "code": component.id, "name": format!("{group}{}", component.name), "old_status": old, "new_status": status })
            });
            let affected: Vec<Value> = affected.collect();
            updates.push(json!({
                "id": format!("{}u{number}", incident.id), "incident_id": incident.id, "status": update.status, "body": update.body,
                "created_at": self.time(update.at), "updated_at": self.time(update.at),
                "display_at": self.time(update.shown.unwrap_or(update.at)), "deliver_notifications": true,
                "affected_components": if affected.is_empty() { Value::Null } else { affected.into() },
            }));
        }
        updates.reverse();
        let components: Vec<Value> = incident.components.iter().map(|position| self.component(*position)).collect();
        let updated = known.last().map_or(incident.created, |update| update.at);
        json!({
            "id": incident.id, "page_id": self.page.id, "name": incident.name, "status": status, "impact": incident.impact,
            "impact_override": null, "created_at": self.time(incident.created), "updated_at": self.time(updated),
            "started_at": self.maybe(incident.started), "monitoring_at": self.maybe(incident.last("monitoring", self.now)),
            "resolved_at": self.maybe(resolved), "scheduled_for": self.maybe(incident.scheduled),
            "shortlink": format!("https://stspg.example/{}", incident.id), "components": components, "incident_updates": updates,
        })
    }
}
