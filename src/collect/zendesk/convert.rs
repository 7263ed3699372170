//! From Zendesk's words to events. Pure.

use std::sync::Arc;

use crate::collect::zendesk::Config;
use crate::collect::zendesk::fields::{Field, names};
use crate::collect::zendesk::life::{life, time};
use crate::collect::zendesk::wire::Ticket;
use crate::model::event::to_fields;
use crate::model::trouble::{Priority, SupportCase};
use crate::model::{Event, EventKind, Hint, Instant, Kind, Resource};

/// Characters of a subject that are kept.
const TITLE: usize = 500;
/// Characters of what is wrong that are shown.
const MOST_SHOWN: usize = 100;
/// How far ahead of this machine another may be.
const SKEW_SECONDS: i64 = 300;

/// The custom fields that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) features: Option<Field>,
    pub(super) services: Option<Field>,
}

/// An event, and what is to be said about it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) event: Event,
    pub(super) hints: Vec<Hint>,
    pub(super) problems: Vec<String>,
    /// What means nothing: `the priority "p9"`.
    pub(super) unknown: Vec<String>,
}

/// Why there is no event of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It does not say when it was created, but perhaps something else in its place.
    Undated(Option<String>),
    /// It has not been created yet.
    ToCome(Instant),
}

/// What a priority means.
pub(super) fn priority(config: &Config, word: &str) -> Option<Priority> {
    let chosen = config.priorities.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(word.trim()));
    let usual = || {
        Some(match word.trim().to_ascii_lowercase().as_str() {
            "urgent" => Priority::Critical,
            "high" => Priority::High,
            "normal" => Priority::Medium,
            "low" => Priority::Low,
            _ => return None,
        })
    };
    chosen.map(|(_, priority)| *priority).or_else(usual)
}

/// When a ticket last changed, by the order of the export.
pub(super) fn changed(ticket: &Ticket) -> Option<Instant> {
    ticket.generated_timestamp.map(Instant::from_seconds).or_else(|| time(ticket.updated_at.as_ref()))
}

/// A ticket as an event.
pub(super) fn told(config: &Config, known: &Known, now: Instant, ticket: &Ticket) -> Result<Told, Unfit> {
    let at = time(ticket.created_at.as_ref()).ok_or_else(|| Unfit::Undated(ticket.created_at.clone()))?;
    if at > now.plus_seconds(SKEW_SECONDS) {
        return Err(Unfit::ToCome(at));
    }
    let (mut problems, mut unknown) = (Vec::new(), Vec::new());
    let life = life(ticket, at);
    if let Some(early) = life.early {
        problems.push(format!("something is said to have happened at {early}, before it was created at {at}: taken as at once"));
    }
    if let Some(text) = &life.timeless {
        let text: String = text.chars().take(MOST_SHOWN).collect();
        problems.push(format!("{text:?} is no time with a zone, such as 2026-03-02T09:00:00Z: what it says of its past is left out"));
    }
    unknown.extend(life.unknown.map(|word| format!("the status {word:?}")));
    let word = ticket.priority.clone().filter(|word| !word.trim().is_empty());
    let urgent = word.as_deref().and_then(|word| priority(config, word));
    unknown.extend(word.as_ref().filter(|_| urgent.is_none()).map(|word| format!("the priority {word:?}")));
    let title = ticket.subject.as_deref().unwrap_or_default().trim();
    let length = title.chars().count();
    if length > TITLE {
        problems.push(format!("its subject has {length} characters; {TITLE} are kept"));
    }
    let features = names(ticket, &config.features, known.features.as_ref());
    let service = names(ticket, &config.services, known.services.as_ref()).into_iter().next();
    let scope = config.scope();
    let (id, hints) = match (service, features.first()) {
        (Some(service), _) => (format!("service/{service}"), vec![Hint::Annotation(format!("service/{service}")), Hint::Name(service)]),
        (None, Some(feature)) => {
            (format!("feature/{feature}"), vec![Hint::Annotation(format!("feature/{feature}")), Hint::Name(feature.clone())])
        }
        (None, None) => (format!("account/{scope}"), vec![Hint::Annotation(format!("account/{scope}"))]),
    };
    let body = SupportCase {
        key: ticket.id.to_string(),
        title: match title.char_indices().nth(TITLE) {
            Some((end, _)) => format!("{}…", &title[..end]),
            None => title.to_owned(),
        },
        priority: urgent,
        raw_priority: word,
        features,
        status: if life.is_merged { Some("merged".to_owned()) } else { ticket.status.clone() },
    };
    Ok(Told {
        event: Event {
            kind: EventKind::SupportCase,
            id: ticket.id.to_string(),
            resource: Arc::new(Resource { id, kind: Kind::Service, scope }),
            at,
            ended: life.ended,
            history: life.steps,
            is_whole: life.is_whole,
            body: to_fields(&body),
            check: Some(address(config, ticket.id)),
        },
        hints,
        problems,
        unknown,
    })
}

/// Where a person can look at a ticket.
fn address(config: &Config, id: u64) -> String {
    let mut url = config.url.clone();
    // A password in the address is nobody's to read.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["agent", "tickets", &id.to_string()]);
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::collect::http::Secret;
    use crate::collect::zendesk::Credentials;

    fn config() -> Config {
        Config::new("https://acme.zendesk.example".parse().unwrap(), Credentials::OAuth(Secret::new("token")))
    }

    fn tell(config: &Config, value: Value) -> Result<Told, Unfit> {
        let mut all = json!({ "id": 7, "subject": "Rates are gone", "status": "open", "created_at": "2026-03-02T09:00:00Z",
            "updated_at": "2026-03-02T10:00:00Z", "description": "Ada Moreau wrote:", "requester_id": 20978392 });
        all.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        told(config, &Known::default(), "2026-03-02T12:00:00Z".parse().unwrap(), &serde_json::from_value(all).unwrap())
    }

    #[test]
    fn a_ticket_is_a_case_without_its_people_and_texts() {
        let found = tell(&config(), json!({ "priority": "urgent", "tags": ["feature-rates", "service-quotes"] })).unwrap();
        let body = json!({ "key": "7", "title": "Rates are gone", "priority": "critical", "rawPriority": "urgent", "features": ["rates"],
            "status": "open" });
        assert_eq!(Value::Object(found.event.body), body);
        assert_eq!((found.event.resource.id.as_str(), found.event.id.as_str()), ("service/quotes", "7"));
        assert_eq!(found.event.check.as_deref(), Some("https://acme.zendesk.example/agent/tickets/7"));
        assert_eq!(found.hints, [Hint::Annotation("service/quotes".to_owned()), Hint::Name("quotes".to_owned())]);
        let found = tell(&config(), json!({ "tags": ["feature-rates"] })).unwrap();
        assert_eq!(found.event.resource.id, "feature/rates");
        assert_eq!(tell(&config(), json!({ "tags": null })).unwrap().event.resource.id, "account/acme.zendesk.example");
    }

    #[test]
    fn what_is_wrong_is_put_right_and_said() {
        let mut other = config();
        other.priorities.insert("P9".to_owned(), Priority::Low);
        let found = tell(&other, json!({ "priority": "p9" })).unwrap();
        assert_eq!((found.event.body["priority"].clone(), found.unknown.len()), (json!("low"), 0));
        let found = tell(&config(), json!({ "priority": "p9", "status": "asleep", "subject": "x".repeat(1_000_000) })).unwrap();
        assert_eq!(found.unknown, ["the status \"asleep\"", "the priority \"p9\""]);
        assert_eq!((found.event.body.get("priority"), &found.event.body["rawPriority"]), (None, &json!("p9")));
        assert_eq!((found.event.body["title"].as_str().unwrap().chars().count(), found.problems.len()), (501, 1));
        let to_come = "2026-03-02T13:00:00Z";
        assert_eq!(tell(&config(), json!({ "created_at": to_come })).unwrap_err(), Unfit::ToCome(to_come.parse().unwrap()));
        let zoneless = "2026-03-02T09:00:00";
        assert_eq!(tell(&config(), json!({ "created_at": zoneless })).unwrap_err(), Unfit::Undated(Some(zoneless.to_owned())));
        assert_eq!(tell(&config(), json!({ "created_at": null })).unwrap_err(), Unfit::Undated(None));
        assert_eq!(tell(&config(), json!({ "subject": null })).unwrap().event.body.get("title"), None);
    }
}
