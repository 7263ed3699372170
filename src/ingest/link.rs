//! Ties resources that claim no ref to entities, after every run: what one source adds may tell where another's belong.
//!
//! # Invariants
//! - A link by a person is never changed, and a weaker rule never replaces a stronger one.
//! - A link holds for the whole past: finding it is a discovery, not a change of the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::identity::{Finder, Rule, Sought};
use crate::collect::Linking;
use crate::ingest::keep::put_audit;
use crate::model::audit::{Actor, AuditRecord, LinkRecord};
use crate::model::event::{Action, Step, to_fields};
use crate::model::record::Link;
use crate::model::{CommitNumber, EntityRef, Event, EventKind, Instant, Layer, Resource};
use crate::store::{Error, Store};

/// What linking did, and what it could not do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// Links that were made or moved.
    pub linked: u64,
    /// Resources of which nobody is known to be spoken; [`crate::store::View::unlinked`] lists them.
    pub unlinked: u64,
}

/// Links the resources of one source.
///
/// # Errors
/// [`Error`] of the store; nothing is linked then.
pub fn link(store: &Store, source: &str, linking: &Linking, now: Instant) -> Result<Linked, Error> {
    let view = store.view();
    let candidates = view.candidates(&linking.annotations)?;
    let finder = Finder::new(&candidates, linking.rule.as_deref());
    let mut transaction = store.begin(Layer::Observed)?;
    let mut resources = BTreeMap::new();
    for no in transaction.resources_of_source(source, None) {
        // Who was named by the source itself, or by a person, stays.
        let is_open = transaction.link_of(no).is_none_or(|(_, rule)| Rule::from_word(&rule).is_some());
        if let Some(id) = transaction.resource_id(no).filter(|_| is_open) {
            resources.insert(id, no);
        }
    }
    let hints = view.hints(source);
    let sought: Vec<Sought<'_>> = resources.keys().map(|id| Sought { id, hints: hints.get(id).map_or(&[], Vec::as_slice) }).collect();
    let found = finder.find(&sought, linking.shared);
    let mut done = Linked::default();
    for (id, no) in &resources {
        let current = transaction.link_of(*no);
        match found.get(id.as_str()) {
            Some((entity, rule)) => {
                let is_stronger = current.as_ref().is_none_or(|(_, word)| Rule::from_word(word).is_some_and(|current| current <= *rule));
                if is_stronger && current.is_none_or(|(linked, _)| linked != *entity) {
                    transaction.link(*no, *entity, rule.word());
                    done.linked += 1;
                }
            }
            None => done.unlinked += u64::from(current.is_none()),
        }
    }
    if !transaction.is_empty() {
        transaction.commit(now)?;
    }
    Ok(done)
}

/// What a person says of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The source.
    pub source: String,
    /// What the source calls the resource.
    pub resource: String,
    /// The entity.
    pub entity: EntityRef,
    /// The link holds from here on; without, for the resource's whole past.
    pub from: Option<Instant>,
    /// The link holds up to here.
    pub until: Option<Instant>,
}

/// Why a resource was not linked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The source has no such resource.
    #[error("the source {0} has no resource {1:?}")]
    NoResource(String, String),
    /// Nobody was ever called so.
    #[error("there is no entity {0}")]
    NoEntity(EntityRef),
    /// It cannot be recorded.
    #[error("the link cannot be recorded")]
    Store(#[from] Error),
}

/// Links a resource by a person's word, with a record of who gave it and when, which also stands on the entity's timeline.
///
/// # Errors
/// [`LinkError`]; nothing is kept then.
pub fn by_person(store: &Store, wish: &Wish, by: &Actor, now: Instant) -> Result<(LinkRecord, CommitNumber), LinkError> {
    let Wish { source, resource, entity: reference, from, until } = wish;
    let missing = || LinkError::NoResource(source.clone(), resource.clone());
    let mut transaction = store.begin(Layer::Observed)?;
    let no = transaction.find_resource(source, resource).ok_or_else(missing)?;
    let entity = transaction.any_holder(reference).ok_or_else(|| LinkError::NoEntity(reference.clone()))?;
    transaction.add_link(Link { resource: no, entity, rule: "person".to_owned(), from: *from, to: *until });
    let record = LinkRecord {
        at: now,
        actor: by.clone(),
        resource: format!("{source}/{resource}"),
        entity,
        reference: reference.to_string(),
        from: *from,
        until: *until,
    };
    let mut detail = format!("{} is {reference}", record.resource);
    for (word, moment) in [("from", from), ("until", until)] {
        if let Some(moment) = moment {
            detail.push_str(&format!(" {word} {moment}"));
        }
    }
    transaction.put_note(LinkRecord::NOTE, &record.key(), serde_json::to_value(&record).unwrap_or_default());
    put_audit(&mut transaction, &AuditRecord::done(now, by, "linkResource", detail.clone()));
    let known = store.view().resource(no).ok_or_else(missing)?;
    let event = Event {
        kind: EventKind::Action,
        id: format!("link:{}", record.key()),
        resource: Arc::new(Resource { id: known.id.clone(), kind: known.kind, scope: known.scope.clone() }),
        at: now,
        ended: Some(now),
        history: vec![Step::state(now, "succeeded")],
        is_whole: true,
        body: to_fields(&Action {
            action: "link".to_owned(),
            by: by.name.clone(),
            role: by.role.clone().unwrap_or_default(),
            detail: Some(detail),
            ..Action::default()
        }),
        check: None,
    };
    transaction.put_event(source, no, event)?;
    let commit = transaction.commit(now)?;
    Ok((record, commit))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ingest::keep::{Harvest, Stage, keep};
    use crate::model::run::{Outcome, Trigger};
    use crate::model::{Facet, FieldPath, Kind, Run, Statement};
    use crate::store::Options;

    fn states(id: &str, kind: Kind, facet: Facet, body: Value) -> Statement {
        let resource = Arc::new(Resource { id: id.to_owned(), kind, scope: "scope".to_owned() });
        Statement { resource, origin: "origin".to_owned(), facet, body: body.as_object().cloned(), check: None }
    }

    fn say(store: &Store, source: &str, statements: Vec<Statement>, now: Instant) {
        let mut run = Run {
            source: source.to_owned(),
            trigger: Trigger::Manual,
            started: now,
            ended: now,
            outcome: Outcome::Succeeded,
            interval_seconds: 3600,
            extents: Vec::new(),
            statements: 0,
            written: 0,
            requests: 0,
            problem_count: 0,
            problems: Vec::new(),
            missing: Vec::new(),
        };
        let harvest = Harvest { statements, ..Harvest::default() };
        keep(store, harvest, &mut run, Stage { first: true, last: true }, now).unwrap();
    }

    #[test]
    fn a_project_finds_its_service_and_moves_when_an_annotation_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(folder.path())).unwrap();
        let linking = Linking { annotations: vec!["sonarqube.org/project-key"], ..Linking::default() };
        let day = |day: i64| Instant::from_seconds(1_767_268_800 + day * 86_400);
        let coverage = |store: &Store, reference: &str| {
            let view = store.view();
            let holder = view.holdings(&reference.parse().unwrap()).unwrap().into_iter().next();
            holder.and_then(|found| view.value(found.entity, &FieldPath::whole(Facet::Quality, "coverage"), Instant::MAX).unwrap())
        };
        say(&store, "sonarqube", vec![states("acme:billing", Kind::Service, Facet::Quality, json!({ "coverage": 0.8 }))], day(0));
        let done = link(&store, "sonarqube", &linking, day(0)).unwrap();
        assert_eq!(done, Linked { linked: 0, unlinked: 1 });

        say(&store, "git", vec![states("b", Kind::Repository, Facet::General, json!({ "ref": "repository:acme/billing" }))], day(1));
        assert_eq!(link(&store, "sonarqube", &linking, day(1)).unwrap().linked, 1);
        assert_eq!(coverage(&store, "repository:acme/billing"), Some(json!(0.8)), "said before it was linked");

        let annotations = json!({ "ref": "service:pay", "annotations": { "sonarqube.org/project-key": "acme:billing" } });
        say(&store, "more", vec![states("s", Kind::Service, Facet::General, annotations)], day(2));
        assert_eq!(link(&store, "sonarqube", &linking, day(2)).unwrap().linked, 1);
        assert_eq!((coverage(&store, "service:pay"), coverage(&store, "repository:acme/billing")), (Some(json!(0.8)), None));
        assert_eq!(link(&store, "sonarqube", &linking, day(3)).unwrap(), Linked::default());
    }

    #[test]
    fn a_persons_word_is_kept_with_who_gave_it_and_stands_on_the_timeline() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(folder.path())).unwrap();
        let at = |seconds: i64| Instant::from_seconds(1_767_268_800 + seconds);
        let general = |reference: &str| json!({ "ref": reference });
        say(&store, "git", vec![states("p", Kind::Service, Facet::General, general("service:pay"))], at(0));
        say(&store, "git", vec![states("q", Kind::Service, Facet::General, general("service:shop"))], at(1));
        say(&store, "sonarqube", vec![states("acme:x", Kind::Service, Facet::Quality, json!({ "coverage": 0.8 }))], at(2));
        let by = |name: &str| Actor { name: name.to_owned(), role: Some("admin".to_owned()), means: "token".to_owned() };
        let wish = |resource: &str, entity: &str| Wish {
            source: "sonarqube".to_owned(),
            resource: resource.to_owned(),
            entity: entity.parse().unwrap(),
            from: None,
            until: None,
        };
        let (record, _) = by_person(&store, &wish("acme:x", "service:pay"), &by("ada"), at(10)).unwrap();
        let (again, _) = by_person(&store, &wish("acme:x", "service:shop"), &by("eve"), at(20)).unwrap();
        let kept: Vec<LinkRecord> =
            store.view().notes(LinkRecord::NOTE).into_values().map(|note| serde_json::from_value(note).unwrap()).collect();
        assert_eq!(kept, [record, again.clone()], "the first word is kept too");
        assert_eq!((again.actor.name.as_str(), again.at, again.reference.as_str()), ("eve", at(20), "service:shop"));
        let events = store.view().events_of(again.entity, EventKind::Action, Instant::MIN, Instant::MAX).unwrap();
        let told: Vec<Value> =
            events.iter().map(|place| store.view().event_at(*place).unwrap().unwrap().record.body["detail"].clone()).collect();
        assert_eq!(told, [json!("sonarqube/acme:x is service:pay"), json!("sonarqube/acme:x is service:shop")]);
        let refused =
            |resource: &str, entity: &str| by_person(&store, &wish(resource, entity), &by("ada"), at(30)).unwrap_err().to_string();
        assert_eq!(refused("acme:y", "service:pay"), "the source sonarqube has no resource \"acme:y\"");
        assert_eq!(refused("acme:x", "service:no"), "there is no entity service:no");
    }
}
