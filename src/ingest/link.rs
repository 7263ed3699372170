//! Ties resources that claim no ref to entities, after every run: what one source adds may tell where another's belong.
//!
//! # Invariants
//! - A link by a person is never changed, and a weaker rule never replaces a stronger one.
//! - A link holds for the whole past: finding it is a discovery, not a change of the world.

use std::collections::BTreeMap;

use crate::catalog::identity::{Finder, Rule, Sought};
use crate::collect::Linking;
use crate::model::{Instant, Layer};
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::ingest::keep::{Harvest, Stage, keep};
    use crate::model::run::{Outcome, Trigger};
    use crate::model::{Facet, FieldPath, Kind, Resource, Run, Statement};
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
        keep(store, harvest, &mut run, &BTreeSet::new(), Stage { first: true, last: true }, now).unwrap();
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
}
