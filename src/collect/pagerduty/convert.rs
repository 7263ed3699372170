//! From PagerDuty's words to events. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::collect::incidents::{FEATURES, SKEW_SECONDS, Unfit, chosen, cut, link, plain, resource, title, usual};
use crate::collect::pagerduty::wire::{FieldValues, Incident, LogEntry, Reference, Service};
use crate::collect::pagerduty::{Config, Features};
use crate::model::event::{Step, to_fields};
use crate::model::trouble::{self, Severity};
use crate::model::{Event, EventKind, Hint, Instant, Zone};

/// What PagerDuty calls urgent when nobody gave a priority.
const URGENCIES: [(&str, Severity); 2] = [("high urgency", Severity::Major), ("low urgency", Severity::Minor)];

/// An event, and what is to be said about it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) event: Event,
    pub(super) problems: Vec<String>,
    /// Names of priorities that stand for no severity.
    pub(super) unknown: Vec<String>,
}

/// A time as PagerDuty writes it; without an offset it is one of the account's zone.
pub(super) fn time(text: &str, zone: &Zone) -> Option<Instant> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let civil: jiff::civil::DateTime = text.trim().parse().ok()?;
    Some(zone.time_zone().to_timestamp(civil).ok()?.into())
}

/// Which severity a word stands for.
pub(super) fn severity(config: &Config, word: &str) -> Option<Severity> {
    let wanted = plain(word);
    let urgency = || URGENCIES.iter().find(|(name, _)| plain(name) == wanted).map(|(_, severity)| *severity);
    chosen(&config.severities, word).or_else(urgency).or_else(|| usual(word))
}

/// Signs of whose a service is.
pub(super) fn hints(service: &Service) -> Vec<Hint> {
    let keys = service.integrations.iter().filter_map(|integration| integration.integration_key.clone());
    let annotations = std::iter::once(service.id.clone()).chain(keys.filter(|key| !key.is_empty())).map(Hint::Annotation);
    annotations.chain(service.name.clone().map(Hint::Name)).collect()
}

/// The same, when nothing but its name is known.
pub(super) fn hints_of(reference: &Reference) -> Vec<Hint> {
    let name = reference.called().map(|name| Hint::Name(name.to_owned()));
    std::iter::once(Hint::Annotation(reference.id.clone())).chain(name).collect()
}

/// The features that a custom field names: a list, or a text with commas.
pub(super) fn features(values: &FieldValues, field: &str) -> Vec<String> {
    let value = values.custom_fields.iter().find(|known| known.name == field || known.display_name.as_deref() == Some(field));
    // Some of the published schemas wrap the value once more.
    let value = value.map(|field| field.value.get("value").unwrap_or(&field.value));
    let mut found: Vec<String> = match value {
        Some(Value::String(text)) => text.split(',').map(str::to_owned).collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    found.iter_mut().for_each(|name| *name = cut(name.trim(), FEATURES.1));
    found.retain(|name| !name.is_empty());
    found.dedup();
    found.truncate(FEATURES.0);
    found
}

/// When an incident began, if that can be read.
pub(super) fn began(config: &Config, incident: &Incident) -> Option<Instant> {
    time(incident.created_at.as_deref()?, &config.zone)
}

/// An incident with what is known of its life, in any order.
pub(super) fn told(
    config: &Config,
    scope: &str,
    now: Instant,
    incident: &Incident,
    entries: &[LogEntry],
    is_whole: bool,
    features: Vec<String>,
) -> Result<Told, Unfit> {
    let lacks = |what: &str| Unfit::Lacks(what.to_owned());
    let service = incident.service.as_ref().filter(|service| !service.id.is_empty()).ok_or_else(|| lacks("it names no service"))?;
    let at = began(config, incident).ok_or_else(|| lacks("it does not say when it was triggered"))?;
    if at > now.plus_seconds(SKEW_SECONDS) {
        return Err(Unfit::ToCome(at));
    }
    let mut problems = Vec::new();
    let mut entries: Vec<(Instant, &LogEntry)> =
        entries.iter().filter_map(|entry| Some((time(&entry.created_at, &config.zone)?, entry))).collect();
    entries.sort_by(|(a, one), (b, other)| (a, &one.id).cmp(&(b, &other.id)));
    let resolved = incident.resolved_at.as_deref().and_then(|text| time(text, &config.zone));
    if let Some(resolved) = resolved.filter(|resolved| *resolved < at) {
        problems.push(format!("it was resolved at {resolved}, before it was triggered at {at}: taken as over at once"));
    }
    let is_merged = incident.resolve_reason.as_ref().is_some_and(|reason| reason.kind.starts_with("merge"));
    let mut life = Life::new(config, at, if is_merged { "cancelled" } else { "resolved" });
    let word = incident.priority.as_ref().and_then(Reference::called);
    life.priorities(&entries, word, incident.urgency.as_deref());
    life.states(&entries);
    let changed = incident.last_status_change_at.as_deref().and_then(|text| time(text, &config.zone));
    life.settle(incident.status.as_deref(), resolved.or(changed), now);
    let (title, problem) = title(incident.title.as_deref().or(incident.summary.as_deref()).unwrap_or_default());
    problems.extend(problem);
    let body = trouble::Incident {
        title,
        severity: life.now.as_deref().and_then(|word| severity(config, word)),
        raw_severity: life.now.clone(),
        features: match &config.features {
            Features::Service => service.called().map(|name| cut(name, FEATURES.1)).into_iter().collect(),
            Features::Field(_) | Features::Unknown => features,
        },
        commander: leader(incident, &entries),
        ..trouble::Incident::default()
    };
    let (ended, unknown) = (life.ended, life.unknown);
    Ok(Told {
        event: Event {
            kind: EventKind::Incident,
            id: incident.id.clone(),
            resource: resource(scope, &service.id),
            at,
            ended,
            history: life.steps.into_iter().map(|(at, set)| Step { at, set }).collect(),
            is_whole,
            body: to_fields(&body),
            check: link(incident.html_url.as_deref()),
        },
        problems,
        unknown,
    })
}

/// Who first said that they look at it, else who is to.
fn leader(incident: &Incident, entries: &[(Instant, &LogEntry)]) -> Option<String> {
    let acknowledged = entries.iter().filter(|(_, entry)| entry.kind.starts_with("acknowledge"));
    let mut people = acknowledged.filter_map(|(_, entry)| entry.agent.as_ref()).filter(|agent| agent.kind.starts_with("user"));
    let assigned = || incident.assignments.first().and_then(|assignment| assignment.assignee.as_ref());
    people.next().or_else(assigned).and_then(Reference::called).map(str::to_owned)
}

/// What an incident went through.
struct Life<'a> {
    config: &'a Config,
    began: Instant,
    /// What its last state is called if it is over.
    over: &'static str,
    /// By their instants; what comes later at one instant stands over what came before.
    steps: BTreeMap<Instant, BTreeMap<String, Value>>,
    /// The word for its severity now.
    now: Option<String>,
    state: &'static str,
    ended: Option<Instant>,
    unknown: Vec<String>,
}

impl<'a> Life<'a> {
    fn new(config: &'a Config, began: Instant, over: &'static str) -> Self {
        let mut life =
            Self { config, began, over, steps: BTreeMap::new(), now: None, state: "triggered", ended: None, unknown: Vec::new() };
        life.set(began, "state", "triggered".into());
        life
    }

    /// Nothing happens before it began.
    fn set(&mut self, at: Instant, field: &str, value: Value) {
        self.steps.entry(at.max(self.began)).or_default().insert(field.to_owned(), value);
    }

    /// Severity from the beginning on. Where nobody had given a priority, the first that was given counts from the beginning;
    /// without any, the urgency does.
    fn priorities(&mut self, entries: &[(Instant, &LogEntry)], now: Option<&str>, urgency: Option<&str>) {
        let name = |reference: &Option<Reference>| reference.as_ref().and_then(Reference::called).map(str::to_owned);
        let changes: Vec<(Instant, Option<String>, Option<String>)> = entries
            .iter()
            .filter(|(_, entry)| entry.kind.starts_with("priority_change"))
            .filter_map(|(at, entry)| {
                let channel = entry.channel.as_ref()?;
                let (old, new) = (name(&channel.old_priority), name(&channel.new_priority));
                (old.is_some() || new.is_some()).then_some((*at, old, new))
            })
            .collect();
        let urgent = || urgency.map(|urgency| format!("{urgency} urgency"));
        let first = match changes.first() {
            Some((_, old, new)) => old.clone().or_else(|| new.clone()),
            None => now.map(str::to_owned),
        };
        self.worth(self.began, first.or_else(urgent));
        for (at, _, new) in changes {
            self.worth(at, new.or_else(urgent));
        }
        // What is so now has the last word.
        if let Some(now) = now.filter(|now| self.now.as_deref() != Some(*now)) {
            let last = self.steps.keys().next_back().copied().unwrap_or(self.began);
            self.worth(last, Some(now.to_owned()));
        }
    }

    fn worth(&mut self, at: Instant, word: Option<String>) {
        if self.now == word {
            return;
        }
        let found = word.as_deref().and_then(|word| severity(self.config, word));
        if let Some(word) = word.as_ref().filter(|word| found.is_none() && !self.unknown.contains(word)) {
            self.unknown.push(word.clone());
        }
        self.set(at, "severity", found.map_or(Value::Null, |severity| severity.word().into()));
        self.set(at, "rawSeverity", word.clone().map_or(Value::Null, Value::from));
        self.now = word;
    }

    fn states(&mut self, entries: &[(Instant, &LogEntry)]) {
        for (at, entry) in entries {
            let kind = entry.kind.strip_suffix("_log_entry").unwrap_or(&entry.kind);
            match kind {
                "acknowledge" | "acknowledgement" => self.turn(*at, "acknowledged"),
                "unacknowledge" | "reopen" => self.turn(*at, "triggered"),
                "resolve" => self.turn(*at, self.over),
                _ => {}
            }
        }
    }

    fn turn(&mut self, at: Instant, state: &'static str) {
        if self.state != state {
            let at = at.max(self.began);
            self.set(at, "state", state.into());
            self.state = state;
            self.ended = (state == self.over).then_some(at);
        }
    }

    /// What the incident itself says has the last word: entries may be missing.
    fn settle(&mut self, status: Option<&str>, at: Option<Instant>, now: Instant) {
        let status = match status {
            Some("resolved") => self.over,
            Some("acknowledged") => "acknowledged",
            Some("triggered") => "triggered",
            _ => return,
        };
        let last = self.steps.keys().next_back().copied().unwrap_or(self.began);
        // A resolution that is said to be earlier than it began is at its very beginning.
        let at = at.map_or(now, |at| if status == self.over { at } else { at.max(last) });
        self.turn(at, status);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::collect::http::Secret;
    use crate::collect::pagerduty::Credentials;

    fn config() -> Config {
        Config::new(Credentials::Key(Secret::new("key")))
    }

    fn incident(value: Value) -> Incident {
        let mut all = json!({ "id": "P1", "title": "down", "created_at": "2026-03-02T09:00:00Z", "status": "triggered", "urgency": "high",
            "service": { "id": "PS", "summary": "Billing" } });
        all.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    fn entry(number: usize, at: &str, kind: &str, channel: &Value) -> LogEntry {
        let value = json!({ "id": format!("L{number}"), "type": format!("{kind}_log_entry"), "created_at": format!("2026-03-02T{at}:00Z"),
            "agent": { "id": "PU", "type": "user_reference", "summary": "Ada" }, "channel": channel });
        serde_json::from_value(value).unwrap()
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn steps(told: &Told) -> Vec<String> {
        let step = |step: &Step| {
            let fields = step.set.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or("null"))).collect::<Vec<_>>();
            format!("{} {}", &step.at.to_string()[11..16], fields.join(" "))
        };
        told.event.history.iter().map(step).collect()
    }

    fn tell(incident: &Incident, entries: &[LogEntry]) -> Told {
        told(&config(), "api", at("2026-03-02T12:00:00Z"), incident, entries, true, Vec::new()).unwrap()
    }

    #[test]
    fn a_life_has_its_states_and_its_severities() {
        let priority = |old: Value, new: Value| json!({ "old_priority": old, "new_priority": new });
        let entries = [
            entry(5, "09:40", "resolve", &Value::Null),
            entry(4, "09:20", "priority_change", &priority(json!({ "summary": "P2" }), json!({ "summary": "P1" }))),
            entry(3, "09:10", "trigger", &Value::Null),
            entry(2, "09:05", "acknowledge", &Value::Null),
            entry(1, "09:02", "priority_change", &priority(Value::Null, json!({ "summary": "P2" }))),
            entry(0, "09:00", "trigger", &Value::Null),
        ];
        let incident = incident(json!({ "status": "resolved", "resolved_at": "2026-03-02T09:40:00Z", "priority": { "summary": "P1" } }));
        let found = tell(&incident, &entries);
        assert_eq!(
            steps(&found),
            [
                "09:00 rawSeverity=P2 severity=major state=triggered",
                "09:05 state=acknowledged",
                "09:20 rawSeverity=P1 severity=critical",
                "09:40 state=resolved"
            ]
        );
        assert_eq!(found.event.ended, Some(at("2026-03-02T09:40:00Z")));
        assert_eq!(
            Value::Object(found.event.body),
            json!({ "title": "down", "severity": "critical", "rawSeverity": "P1", "commander": "Ada" })
        );
    }

    #[test]
    fn what_is_wrong_is_put_right_and_said() {
        let found = tell(&incident(json!({ "status": "resolved", "resolved_at": "2026-03-02T08:00:00Z" })), &[]);
        assert_eq!(steps(&found), ["09:00 rawSeverity=high urgency severity=major state=resolved"]);
        assert_eq!((found.event.ended, found.problems.len()), (Some(found.event.at), 1));
        let found = tell(&incident(json!({ "priority": { "summary": "Purple" }, "title": "x".repeat(1_000_000) })), &[]);
        assert_eq!(found.unknown, ["Purple"]);
        assert_eq!((found.event.body.get("severity"), &found.event.body["rawSeverity"]), (None, &json!("Purple")));
        assert_eq!((found.event.body["title"].as_str().unwrap().chars().count(), found.problems.len()), (501, 1));
        let merged =
            json!({ "status": "resolved", "resolved_at": "2026-03-02T09:09:00Z", "resolve_reason": { "type": "merge_resolve_reason" } });
        assert_eq!(steps(&tell(&incident(merged), &[])).last().unwrap(), "09:09 state=cancelled");
        let mut other = config();
        other.zone = "Europe/Berlin".parse().unwrap();
        let local = incident(json!({ "created_at": "2026-03-02T09:00:00" }));
        assert_eq!(began(&other, &local), Some(at("2026-03-02T08:00:00Z")));
        let refused =
            |value: Value| told(&config(), "api", at("2026-03-02T12:00:00Z"), &incident(value), &[], true, Vec::new()).unwrap_err();
        assert_eq!(refused(json!({ "created_at": "2026-03-02T13:00:00Z" })), Unfit::ToCome(at("2026-03-02T13:00:00Z")));
        assert!(matches!(refused(json!({ "created_at": "soon" })), Unfit::Lacks(_)));
        assert!(matches!(refused(json!({ "service": null })), Unfit::Lacks(_)));
    }

    #[test]
    fn words_stand_for_severities_as_usual_or_as_configured() {
        let mut config = config();
        config.severities.insert("Sev-3".to_owned(), Severity::Major);
        config.severities.insert("high urgency".to_owned(), Severity::Critical);
        for (word, expected) in [
            ("P1", Some(Severity::Critical)),
            ("SEV 2", Some(Severity::Major)),
            ("sev3", Some(Severity::Major)),
            ("P4", Some(Severity::Minor)),
            ("high urgency", Some(Severity::Critical)),
            ("low urgency", Some(Severity::Minor)),
            ("Purple", None),
        ] {
            assert_eq!(severity(&config, word), expected, "{word}");
        }
    }
}
