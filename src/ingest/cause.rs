//! Whether a deployment caused an incident, by a person's word.
//!
//! # Invariants
//! - Every word is kept, with who gave it and when; the latest about a deployment and an incident counts.
//! - Of a word about what is not known, or is no deployment to production and no incident, nothing is kept.

use std::sync::Arc;

use serde_json::Value;

use crate::ingest::keep::put_audit;
use crate::model::audit::{Actor, AuditRecord, CauseRecord};
use crate::model::event::{Action, Arrival, EventNo, Step, to_fields};
use crate::model::record::EventRecord;
use crate::model::{Event, EventKind, Instant, Layer, Resource};
use crate::store::{Error, Store, View};

/// The most letters of a reason.
pub const LONGEST_REASON: usize = 500;

/// What a person says of a deployment and an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The deployment.
    pub deployment: EventNo,
    /// The incident.
    pub incident: EventNo,
    /// Whether the one caused the other; nothing to withdraw what was said before.
    pub is_cause: Option<bool>,
    /// Why.
    pub reason: Option<String>,
}

/// Why a word was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CauseError {
    /// There is no such event.
    #[error("there is no event {0}")]
    NoEvent(EventNo),
    /// An event is of another kind.
    #[error("{no} is of the kind {kind}; expected {expected}")]
    OfAnotherKind {
        /// The event.
        no: EventNo,
        /// Its kind.
        kind: EventKind,
        /// What it would have to be.
        expected: &'static str,
    },
    /// It is counted nowhere.
    #[error("the deployment {0} is not one to production")]
    NotToProduction(EventNo),
    /// The reason is too long.
    #[error("the reason has {0} letters; expected at most {most}", most = LONGEST_REASON)]
    LongReason(usize),
    /// There is nothing to withdraw.
    #[error("nobody has said anything of the deployment {0} and the incident {1}")]
    NothingSaid(EventNo, EventNo),
    /// It cannot be recorded.
    #[error("the word cannot be recorded")]
    Store(#[from] Error),
}

/// Keeps a person's word, which also stands on the timeline of what the incident happened to.
///
/// # Errors
/// [`CauseError`]; nothing is kept then.
pub fn by_person(store: &Store, word: &Word, by: &Actor, now: Instant) -> Result<CauseRecord, CauseError> {
    let reason = word.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if let Some(letters) = reason.map(|reason| reason.chars().count()).filter(|letters| *letters > LONGEST_REASON) {
        return Err(CauseError::LongReason(letters));
    }
    let mut transaction = store.begin(Layer::Observed)?;
    let view = store.view();
    let deployment = found(&view, word.deployment, &[EventKind::Deployment, EventKind::Rollout], "a deployment or rollout")?;
    let incident = found(&view, word.incident, &[EventKind::Incident], "an incident")?;
    if !Arrival::of(deployment.kind, &deployment.body, &deployment.history).is_some_and(|arrival| arrival.is_production()) {
        return Err(CauseError::NotToProduction(word.deployment));
    }
    let last = last_word(&view, word.deployment, word.incident);
    if word.is_cause.is_none() && last.is_none_or(|last| last.is_cause.is_none()) {
        return Err(CauseError::NothingSaid(word.deployment, word.incident));
    }
    let resource = view.resource(incident.resource).ok_or(CauseError::NoEvent(word.incident))?;
    let record = CauseRecord {
        at: now,
        actor: by.clone(),
        deployment: word.deployment,
        incident: word.incident,
        is_cause: word.is_cause,
        reason: reason.map(str::to_owned),
    };
    let (deployment, title) = (named(&deployment, &["version", "commit"]), named(&incident, &["title"]));
    let detail = match word.is_cause {
        Some(true) => format!("{deployment} caused {title:?}"),
        Some(false) => format!("{deployment} did not cause {title:?}"),
        None => format!("whether {deployment} caused {title:?} is left to what the source or the rule says"),
    };
    transaction.put_note(CauseRecord::NOTE, &record.key(), serde_json::to_value(&record).unwrap_or_default());
    let told = format!("{detail} ({}, {})", word.deployment, word.incident);
    put_audit(&mut transaction, &AuditRecord::done(now, by, "judgeCause", told));
    let event = Event {
        kind: EventKind::Action,
        id: format!("cause:{}", record.key()),
        resource: Arc::new(Resource { id: resource.id.clone(), kind: resource.kind, scope: resource.scope.clone() }),
        at: now,
        ended: Some(now),
        history: vec![Step::state(now, "succeeded")],
        is_whole: true,
        body: to_fields(&Action {
            action: "judge_cause".to_owned(),
            by: by.name.clone(),
            role: by.role.clone().unwrap_or_default(),
            reason: record.reason.clone().unwrap_or_default(),
            detail: Some(detail),
            ..Action::default()
        }),
        check: None,
    };
    transaction.put_event(&resource.source, incident.resource, event)?;
    transaction.commit(now)?;
    Ok(record)
}

fn found(view: &View, no: EventNo, kinds: &[EventKind], expected: &'static str) -> Result<EventRecord, CauseError> {
    let record = view.event(no)?.ok_or(CauseError::NoEvent(no))?.record;
    match kinds.contains(&record.kind) {
        true => Ok(record),
        false => Err(CauseError::OfAnotherKind { no, kind: record.kind, expected }),
    }
}

/// The latest word about exactly these two.
fn last_word(view: &View, deployment: EventNo, incident: EventNo) -> Option<CauseRecord> {
    let words = view.notes_from(CauseRecord::NOTE, &format!("{incident} {deployment} ")).into_values();
    words.filter_map(|word| serde_json::from_value::<CauseRecord>(word).ok()).max_by_key(|word| word.at)
}

/// What people call an event.
fn named(record: &EventRecord, fields: &[&str]) -> String {
    let text = fields.iter().find_map(|field| record.body.get(*field).and_then(Value::as_str));
    text.unwrap_or(&record.id).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Kind;
    use crate::store::Options;

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(1_767_268_800 + seconds)
    }

    fn put(store: &Store, kind: EventKind, id: &str, body: Value) -> EventNo {
        let mut transaction = store.begin(Layer::Observed).unwrap();
        let resource = Resource { id: "billing".to_owned(), kind: Kind::Service, scope: "scope".to_owned() };
        let no = transaction.resource("test", &resource);
        let event = Event {
            kind,
            id: id.to_owned(),
            resource: Arc::new(resource),
            at: at(0),
            ended: None,
            history: Vec::new(),
            is_whole: true,
            body: body.as_object().unwrap().clone(),
            check: None,
        };
        transaction.put_event("test", no, event).unwrap();
        transaction.commit(at(0)).unwrap();
        EventNo::of("test", kind, id)
    }

    fn by(name: &str) -> Actor {
        Actor { name: name.to_owned(), role: Some("admin".to_owned()), means: "token".to_owned() }
    }

    #[test]
    fn every_word_is_kept_with_who_gave_it_and_stands_on_the_timeline() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(folder.path())).unwrap();
        let deployment = put(&store, EventKind::Deployment, "1", json!({ "environment": "production", "version": "1.4" }));
        let incident = put(&store, EventKind::Incident, "7", json!({ "title": "Nobody can pay" }));
        let word = |is_cause, reason: &str| Word { deployment, incident, is_cause, reason: Some(reason.to_owned()) };
        let first = by_person(&store, &word(Some(false), " a full disk "), &by("ada"), at(10)).unwrap();
        let second = by_person(&store, &word(None, ""), &by("eve"), at(20)).unwrap();
        assert_eq!((first.reason.as_deref(), second.reason.as_deref(), second.is_cause), (Some("a full disk"), None, None));
        let kept: Vec<CauseRecord> =
            store.view().notes(CauseRecord::NOTE).into_values().map(|note| serde_json::from_value(note).unwrap()).collect();
        assert_eq!(kept, [first, second], "the first word is kept too");
        let mut told = Vec::new();
        let view = store.view();
        view.for_each_event(EventKind::Action, Instant::MIN, Instant::MAX, |_, stored| {
            told.push((stored.record.body["by"].clone(), stored.record.body["detail"].clone()));
            Ok(())
        })
        .unwrap();
        assert_eq!(told[0], (json!("ada"), json!("1.4 did not cause \"Nobody can pay\"")));
        assert_eq!(told[1].0, json!("eve"));
        assert_eq!(view.notes(AuditRecord::NOTE).len(), 2);
    }

    #[test]
    fn a_word_about_anything_else_is_refused_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(folder.path())).unwrap();
        let deployment = put(&store, EventKind::Deployment, "1", json!({ "environment": "production" }));
        let staging = put(&store, EventKind::Deployment, "2", json!({ "environment": "staging" }));
        let incident = put(&store, EventKind::Incident, "7", json!({ "title": "Nobody can pay" }));
        let refused = |deployment, incident, is_cause, reason: Option<String>| {
            by_person(&store, &Word { deployment, incident, is_cause, reason }, &by("ada"), at(10)).unwrap_err().to_string()
        };
        let (sure, nobody) = (Some(true), EventNo(7));
        assert_eq!(refused(nobody, incident, sure, None), "there is no event event-0000000000000007");
        assert_eq!(refused(deployment, nobody, sure, None), "there is no event event-0000000000000007");
        assert_eq!(
            refused(incident, incident, sure, None),
            format!("{incident} is of the kind incident; expected a deployment or rollout")
        );
        assert_eq!(refused(deployment, deployment, sure, None), format!("{deployment} is of the kind deployment; expected an incident"));
        assert_eq!(refused(staging, incident, sure, None), format!("the deployment {staging} is not one to production"));
        assert_eq!(refused(deployment, incident, sure, Some("x".repeat(501))), "the reason has 501 letters; expected at most 500");
        let nothing = format!("nobody has said anything of the deployment {deployment} and the incident {incident}");
        assert_eq!(refused(deployment, incident, None, None), nothing);
        assert_eq!((store.view().notes(CauseRecord::NOTE).len(), store.view().notes(AuditRecord::NOTE).len()), (0, 0));
        by_person(&store, &Word { deployment, incident, is_cause: sure, reason: None }, &by("ada"), at(20)).unwrap();
        by_person(&store, &Word { deployment, incident, is_cause: None, reason: None }, &by("ada"), at(30)).unwrap();
        assert_eq!(refused(deployment, incident, None, None), nothing, "it is withdrawn already");
    }
}
