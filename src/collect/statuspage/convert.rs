//! From Statuspage's words to events. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::collect::incidents::{FEATURES, SKEW_SECONDS, Unfit, chosen, cut, link, resource, title, usual};
use crate::collect::statuspage::Config;
use crate::collect::statuspage::wire::{Incident, Update};
use crate::model::event::{Step, to_fields};
use crate::model::trouble::{self, Severity};
use crate::model::{Event, EventKind, Hint, Instant};

/// The impact and the statuses that maintenance has, which was announced.
const MAINTENANCE: (&str, [&str; 4]) = ("maintenance", ["scheduled", "in_progress", "verifying", "completed"]);
/// The impact of what customers are told of although they notice nothing.
pub(super) const NONE: &str = "none";

/// An event, and what is to be said about it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) event: Event,
    /// What it happened to, with the signs of whose that is.
    pub(super) parts: Vec<(String, Vec<Hint>)>,
    pub(super) problems: Vec<String>,
    /// Words that mean nothing: impacts and statuses.
    pub(super) unknown: Vec<String>,
}

/// A time as Statuspage writes it, with an offset; without one nobody knows which it is.
pub(super) fn time(text: Option<&str>) -> Option<Instant> {
    text?.trim().parse().ok()
}

/// When an incident was created, by which lists are in order.
pub(super) fn created(incident: &Incident) -> Option<Instant> {
    time(incident.created_at.as_deref())
}

/// Whether it is a maintenance that was announced, which is no incident.
pub(super) fn is_maintenance(incident: &Incident) -> bool {
    let (impact, statuses) = MAINTENANCE;
    word(incident) == Some(impact)
        || incident.status.as_deref().is_some_and(|status| statuses.contains(&status))
        || incident.scheduled_for.as_deref().is_some_and(|at| !at.is_empty())
}

/// The word for its impact: what somebody chose, else what its components make of it.
pub(super) fn word(incident: &Incident) -> Option<&str> {
    let words = [&incident.impact_override, &incident.impact];
    words.into_iter().flatten().map(|word| word.trim()).find(|word| !word.is_empty())
}

/// Which severity an impact stands for.
pub(super) fn severity(config: &Config, impact: &str) -> Option<Severity> {
    chosen(&config.severities, impact).or_else(|| usual(impact))
}

/// Signs of whose a component is.
pub(super) fn hints(id: &str, name: Option<&str>) -> Vec<Hint> {
    let name = name.map(|name| Hint::Name(name.to_owned()));
    std::iter::once(Hint::Annotation(id.to_owned())).chain(name).collect()
}

/// What is known by the name of a component.
fn named(name: Option<&String>) -> Option<&str> {
    name.map(|name| name.trim()).filter(|name| !name.is_empty())
}

/// The components that an incident affects, with their names: those that it has, then those that its updates name, from the
/// oldest on. `names` are those of the page.
fn affected<'a>(
    incident: &'a Incident,
    updates: &[(Instant, &'a Update)],
    names: &'a BTreeMap<String, String>,
) -> Vec<(&'a str, Option<&'a str>)> {
    let own = incident.components.iter().filter(|component| !component.group).map(|component| (component.id.as_str(), &component.name));
    let told = updates.iter().flat_map(|(_, update)| &update.affected_components).map(|part| (part.code.as_str(), &part.name));
    let mut found: Vec<(&str, Option<&str>)> = Vec::new();
    for (id, name) in own.chain(told).filter(|(id, _)| !id.is_empty()) {
        if !found.iter().any(|(known, _)| *known == id) {
            // An update may name the group before the component; the page does not.
            found.push((id, named(names.get(id)).or_else(|| named(name.as_ref()))));
        }
    }
    found
}

/// An incident with its life.
pub(super) fn told(
    config: &Config,
    scope: &str,
    now: Instant,
    incident: &Incident,
    names: &BTreeMap<String, String>,
) -> Result<Told, Unfit> {
    let mut problems = Vec::new();
    let started = incident.started_at.as_deref().filter(|text| !text.is_empty());
    let at = time(started).or_else(|| {
        problems
            .extend(started.map(|text| format!("its start {:?} is no time with a zone: it counts from its creation on", cut(text, 100))));
        created(incident)
    });
    let at = at.ok_or_else(|| {
        let said = incident.created_at.as_deref().map(|text| format!(": {:?} is no time with a zone", cut(text, 100)));
        Unfit::Lacks(format!("it does not say when it began{}", said.unwrap_or_default()))
    })?;
    if at > now.plus_seconds(SKEW_SECONDS) {
        return Err(Unfit::ToCome(at));
    }
    let mut updates = Vec::new();
    // The newest come first; of two at one time the later told follows.
    for update in incident.incident_updates.iter().rev() {
        let said = update.display_at.as_deref().or(update.created_at.as_deref());
        match time(update.display_at.as_deref()).or_else(|| time(update.created_at.as_deref())) {
            Some(at) => updates.push((at, update)),
            None => problems.push(format!(
                "an update has the time {:?}, which is none with a zone: it is left out",
                cut(said.unwrap_or_default(), 100)
            )),
        }
    }
    updates.sort_by_key(|(at, update)| (*at, time(update.created_at.as_deref())));
    let resolved = time(incident.resolved_at.as_deref());
    let mut unknown = Vec::new();
    let mut life = Life::new(at);
    for (at, update) in &updates {
        if let Some(status) = update.status.as_deref().filter(|status| !life.update(*at, status)) {
            unknown.push(format!("the status {:?}", cut(status, 100)));
        }
    }
    let last = updates.last().and_then(|(_, update)| update.status.as_deref());
    if let Some(status) = life.settle(incident, last, resolved, now) {
        unknown.push(format!("the status {:?}", cut(status, 100)));
    }
    let told = updates.iter().rev().find(|(_, update)| update.status.as_deref() == Some("resolved")).map(|(at, _)| *at);
    if let Some(resolved) = told.or(resolved).filter(|resolved| *resolved < at && life.ended == Some(at)) {
        problems.push(format!("it was resolved at {resolved}, before it began at {at}: taken as over at once"));
    }
    let impact = word(incident);
    let severity = impact.and_then(|word| severity(config, word));
    if let Some(word) = impact.filter(|word| severity.is_none() && *word != NONE) {
        unknown.push(format!("the impact {:?}", cut(word, 100)));
    }
    let (title, problem) = title(incident.name.as_deref().unwrap_or_default());
    problems.extend(problem);
    let components = affected(incident, &updates, names);
    let mut parts: Vec<(String, Vec<Hint>)> = components.iter().map(|(id, name)| ((*id).to_owned(), hints(id, *name))).collect();
    if parts.is_empty() {
        let page = incident.page_id.as_deref().filter(|id| !id.is_empty()).unwrap_or(scope);
        let page = format!("page/{page}");
        parts.push((page.clone(), hints(&page, None)));
    }
    let mut features: Vec<String> = Vec::new();
    for name in components.iter().filter_map(|(_, name)| *name).map(|name| cut(name, FEATURES.1)) {
        if features.len() < FEATURES.0 && !features.contains(&name) {
            features.push(name);
        }
    }
    let check = link(incident.shortlink.as_deref());
    let is_looked_back_upon = incident.status.as_deref() == Some("postmortem")
        || updates.iter().any(|(_, update)| update.status.as_deref() == Some("postmortem"));
    let body = trouble::Incident {
        title,
        severity,
        raw_severity: impact.map(|word| cut(word, 100)),
        features,
        also: parts[1..].iter().map(|(id, _)| id.clone()).collect(),
        postmortem: check.clone().filter(|_| is_looked_back_upon),
        ..trouble::Incident::default()
    };
    let event = Event {
        kind: EventKind::Incident,
        id: incident.id.clone(),
        resource: resource(scope, &parts[0].0),
        at,
        ended: life.ended,
        history: life.steps.into_iter().map(|(at, state)| Step::state(at, state)).collect(),
        is_whole: true,
        body: to_fields(&body),
        check,
    };
    Ok(Told { event, parts, problems, unknown })
}

/// What happened to an incident of which nothing else is known any more.
pub(super) fn ended(id: &str, scope: &str, of: &str, began: Instant, at: Instant, state: &'static str) -> Event {
    let at = at.max(began);
    Event {
        kind: EventKind::Incident,
        id: id.to_owned(),
        resource: resource(scope, of),
        at: began,
        ended: Some(at),
        history: vec![Step::state(at, state)],
        is_whole: false,
        body: serde_json::Map::<String, Value>::new(),
        check: None,
    }
}

/// What an incident went through.
struct Life {
    began: Instant,
    /// By their instants; what comes later at one instant stands over what came before.
    steps: BTreeMap<Instant, &'static str>,
    state: &'static str,
    ended: Option<Instant>,
}

impl Life {
    fn new(began: Instant) -> Self {
        Self { began, steps: BTreeMap::from([(began, "triggered")]), state: "triggered", ended: None }
    }

    /// What an update says. The first that knows more than that something is wrong is the acknowledgement. False if its
    /// status means nothing.
    fn update(&mut self, at: Instant, status: &str) -> bool {
        match (status, self.state) {
            ("investigating" | "identified", "resolved") => self.turn(at, "triggered"),
            ("monitoring", "resolved") | ("identified" | "monitoring", "triggered") => self.turn(at, "acknowledged"),
            ("resolved", _) => self.turn(at, "resolved"),
            ("investigating" | "identified" | "monitoring" | "postmortem", _) => {}
            _ => return false,
        }
        true
    }

    /// Nothing happens before it began.
    fn turn(&mut self, at: Instant, state: &'static str) {
        if self.state != state {
            let at = at.max(self.began);
            self.steps.insert(at, state);
            self.state = state;
            self.ended = (state == "resolved").then_some(at);
        }
    }

    /// What the incident itself says has the last word, if that is another than the `last` update's: some may be missing. Returns
    /// a status that means nothing.
    fn settle<'a>(&mut self, incident: &'a Incident, last: Option<&str>, resolved: Option<Instant>, now: Instant) -> Option<&'a str> {
        // A postmortem does not say by itself that it is over.
        let status = incident.status.as_deref().filter(|status| last != Some(*status) || *status == "postmortem")?;
        let updated = time(incident.updated_at.as_deref());
        if matches!(status, "resolved" | "postmortem") {
            if self.state != "resolved" {
                // A resolution that is said to be earlier than it began is at its very beginning.
                let at = resolved.or(updated).unwrap_or(now).max(self.began);
                self.steps.retain(|step, _| *step <= at);
                self.turn(at, "resolved");
            }
            return None;
        }
        let last = self.steps.keys().next_back().copied().unwrap_or(self.began);
        let at = time(incident.monitoring_at.as_deref()).filter(|_| status == "monitoring").or(updated).unwrap_or(now);
        (!self.update(at.max(last), status)).then_some(status)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::collect::http::Secret;
    use crate::collect::statuspage::Page;

    fn config() -> Config {
        Config::new(Page::managed("acme123", Secret::new("key")))
    }

    /// Statuses with minutes after nine; the newest first, as they are told.
    fn updates(all: &[(u32, &str)]) -> Value {
        let update = |(minute, status): &(u32, &str)| {
            let at = format!("2026-03-02T09:{minute:02}:00.000Z");
            json!({ "status": status, "created_at": at, "display_at": at })
        };
        all.iter().rev().map(update).collect()
    }

    fn incident(value: Value) -> Incident {
        let mut all = json!({ "id": "I", "name": "down", "impact": "major", "created_at": "2026-03-02T09:00:00.000Z", "status": null });
        all.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    fn tell(value: Value) -> Told {
        told(&config(), "acme123", "2026-03-02T12:00:00Z".parse().unwrap(), &incident(value), &BTreeMap::new()).unwrap()
    }

    fn lived(value: Value) -> String {
        let told = tell(value);
        let steps =
            told.event.history.iter().map(|step| format!("{} {}", &step.at.to_string()[11..16], step.set["state"].as_str().unwrap()));
        let all = steps.collect::<Vec<_>>().join(", ");
        let last = told.event.history.last().filter(|step| step.set["state"] == "resolved").map(|step| step.at);
        assert_eq!(told.event.ended, last, "{all}");
        all
    }

    #[test]
    fn updates_make_a_life() {
        for (all, expected) in [
            (&[(0, "investigating")][..], "09:00 triggered"),
            (&[(0, "identified")], "09:00 acknowledged"),
            (
                &[(0, "investigating"), (5, "identified"), (9, "monitoring"), (20, "resolved"), (50, "postmortem")],
                "09:00 triggered, 09:05 acknowledged, 09:20 resolved",
            ),
            (&[(0, "investigating"), (5, "identified"), (9, "investigating")], "09:00 triggered, 09:05 acknowledged"),
            (
                &[(0, "investigating"), (5, "resolved"), (9, "identified"), (12, "identified"), (20, "resolved")],
                "09:00 triggered, 09:05 resolved, 09:09 triggered, 09:12 acknowledged, 09:20 resolved",
            ),
            (&[(5, "resolved"), (9, "monitoring")], "09:00 triggered, 09:05 resolved, 09:09 acknowledged"),
            (&[(5, "postmortem"), (9, "exploded")], "09:00 triggered"),
            // Of one minute, the later told.
            (&[(5, "identified"), (5, "resolved")], "09:00 triggered, 09:05 resolved"),
        ] {
            assert_eq!(lived(json!({ "incident_updates": updates(all) })), expected);
        }
        assert_eq!(tell(json!({ "incident_updates": updates(&[(9, "exploded")]) })).unknown, ["the status \"exploded\""]);
    }

    #[test]
    fn the_incident_itself_has_the_last_word() {
        let at = "2026-03-02T09:30:00Z";
        assert_eq!(lived(json!({ "status": "resolved", "resolved_at": at })), "09:00 triggered, 09:30 resolved");
        assert_eq!(lived(json!({ "status": "postmortem", "updated_at": at })), "09:00 triggered, 09:30 resolved");
        assert_eq!(lived(json!({ "status": "resolved" })), "09:00 triggered, 12:00 resolved");
        assert_eq!(lived(json!({ "status": "monitoring", "monitoring_at": at })), "09:00 triggered, 09:30 acknowledged");
        let over = updates(&[(5, "resolved")]);
        assert_eq!(
            lived(json!({ "status": "investigating", "updated_at": at, "incident_updates": over })),
            "09:00 triggered, 09:05 resolved, 09:30 triggered"
        );
        let later = updates(&[(50, "identified")]);
        assert_eq!(lived(json!({ "status": "resolved", "resolved_at": at, "incident_updates": later })), "09:00 triggered, 09:30 resolved");
        let again = updates(&[(5, "resolved"), (9, "identified")]);
        assert_eq!(
            lived(json!({ "status": "identified", "updated_at": at, "incident_updates": again })),
            "09:00 triggered, 09:05 resolved, 09:09 triggered"
        );
        // What is shown counts, not when it was written; nothing happens before the beginning.
        let shown = json!([{ "status": "resolved", "created_at": "2026-03-02T11:00:00Z", "display_at": "2026-03-02T09:07:00Z" },
            { "status": "identified", "created_at": "2026-03-02T08:00:00Z" }]);
        assert_eq!(lived(json!({ "incident_updates": shown })), "09:00 acknowledged, 09:07 resolved");
        assert_eq!(lived(json!({ "started_at": "2026-03-02T10:40:00.000+02:00" })), "08:40 triggered");
    }

    #[test]
    fn what_is_affected_is_what_it_has_and_what_its_updates_name() {
        let update = json!([{ "status": "identified", "display_at": "2026-03-02T09:05:00Z", "affected_components": [
            { "code": "b", "name": "Payments - Refunds" }, { "code": "a", "name": "Payments - Checkout" }, { "code": "", "name": "?" }] }]);
        let value = json!({ "components": [{ "id": "g", "name": "Payments", "group": true }, { "id": "a", "name": " Checkout " }],
            "incident_updates": update, "shortlink": "javascript:alert(1)" });
        let names = BTreeMap::from([("b".to_owned(), "Refunds".to_owned())]);
        let found = told(&config(), "acme123", "2026-03-02T12:00:00Z".parse().unwrap(), &incident(value), &names).unwrap();
        assert_eq!((found.event.resource.id.as_str(), found.event.check.as_deref()), ("a", None));
        assert_eq!((&found.event.body["also"], &found.event.body["features"]), (&json!(["b"]), &json!(["Checkout", "Refunds"])));
        assert_eq!(found.parts[1], ("b".to_owned(), vec![Hint::Annotation("b".to_owned()), Hint::Name("Refunds".to_owned())]));
    }

    #[test]
    fn maintenance_is_no_incident_and_an_impact_of_none_no_severity() {
        for value in [
            json!({ "impact": "maintenance" }),
            json!({ "impact_override": "maintenance" }),
            json!({ "status": "scheduled" }),
            json!({ "impact": "none", "status": "completed" }),
            json!({ "impact": "none", "scheduled_for": "2026-03-02T10:00:00Z" }),
        ] {
            assert!(is_maintenance(&incident(value.clone())), "{value}");
        }
        let none = incident(json!({ "impact": "none", "scheduled_for": null }));
        assert!(!is_maintenance(&none) && severity(&config(), "none").is_none());
        assert_eq!(tell(json!({ "impact": "none" })).unknown, [] as [&str; 0]);
        assert_eq!((severity(&config(), "critical"), severity(&config(), "minor")), (Some(Severity::Critical), Some(Severity::Minor)));
        let mut other = config();
        other.severities.insert("None".to_owned(), Severity::Minor);
        assert_eq!(severity(&other, "none"), Some(Severity::Minor));
    }
}
