//! A store on a temporary folder, filled commit by commit, behind the API, with a clock that stands still.

use std::sync::Arc;

use serde_json::{Value, json};
use spot::api::{Api, Limits, Sources};
use spot::collect::Contents;
use spot::model::run::{Outcome, Trigger};
use spot::model::{EntityRef, Extent, Facet, Instant, Layer, Policy, Reading, Resource, Run};
use spot::store::{Options, Store};
use tempfile::TempDir;

/// What a resource, named by its first ref, says about a facet; nothing if it is withdrawn.
pub(crate) type Said<'a> = (&'a str, Facet, Option<Value>);

pub(crate) struct Company {
    pub(crate) store: Arc<Store>,
    pub(crate) api: Api,
    _folder: TempDir,
}

impl Company {
    /// Nothing recorded yet; `now` is the present for ever.
    pub(crate) fn new(now: &str) -> Self {
        Self::reading(now, None)
    }

    /// [`Self::new`], with a place from which contents of documents are read.
    pub(crate) fn reading(now: &str, contents: Option<Arc<dyn Contents>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&Options::new(folder.path())).unwrap());
        let now = at(now);
        let contents = contents.map(|contents| ("test".to_owned(), contents)).into_iter().collect();
        let api = Api::new(Sources { contents, ..Sources::idle(Arc::clone(&store), move || now) }, Limits::default());
        Self { store, api, _folder: folder }
    }

    /// One observed commit.
    pub(crate) fn observe(&self, when: &str, said: &[Said<'_>]) {
        self.record(Layer::Observed, when, when, said, "catalog-info.yaml");
    }

    /// One observed commit by statements of another origin.
    pub(crate) fn observe_by(&self, origin: &str, when: &str, said: &[Said<'_>]) {
        self.record(Layer::Observed, when, when, said, origin);
    }

    /// One backfilled commit, recorded at `now`, about `when`.
    pub(crate) fn backfill(&self, now: &str, when: &str, said: &[Said<'_>]) {
        self.record(Layer::Backfilled, now, when, said, "catalog-info.yaml");
    }

    fn record(&self, layer: Layer, now: &str, when: &str, said: &[Said<'_>], origin: &str) {
        let mut transaction = self.store.begin(layer).unwrap();
        for (name, facet, value) in said {
            let reference: EntityRef = name.parse().unwrap();
            let resource = Resource { id: (*name).to_owned(), kind: reference.kind(), scope: "scope".to_owned() };
            let no = transaction.resource("test", &resource);
            if transaction.linked(no).is_none() {
                let entity = transaction.any_holder(&reference).unwrap_or_else(|| transaction.create(&reference));
                transaction.link(no, entity, "ref");
            }
            let stream = transaction.stream(no, *facet, origin);
            let body = value.as_ref().map(|value| value.as_object().unwrap().clone());
            let since = (layer == Layer::Backfilled).then(|| at(when));
            transaction.version(stream, since, body, Some("abc123:catalog-info.yaml:1".to_owned()), false);
        }
        transaction.commit(at(now)).unwrap();
    }

    /// A run that read everything, ended at `when`, of a source that is read once a day.
    pub(crate) fn confirm(&self, when: &str) {
        let mut transaction = self.store.begin(Layer::Observed).unwrap();
        let extents = vec![Extent { scope: "scope".to_owned(), kind: None, reading: Reading::Full, counted: None, evidence: None }];
        transaction.put_run(Run {
            source: "test".to_owned(),
            trigger: Trigger::Schedule,
            started: at(when).plus_seconds(-5),
            ended: at(when),
            outcome: Outcome::Succeeded,
            interval_seconds: 86_400,
            extents,
            statements: 1,
            written: 0,
            requests: 1,
            problem_count: 0,
            problems: Vec::new(),
            missing: Vec::new(),
        });
        transaction.commit(at(when)).unwrap();
    }

    /// A new policy from `when` on.
    pub(crate) fn decide(&self, when: &str, policy: &Policy) {
        let mut transaction = self.store.begin(Layer::Observed).unwrap();
        transaction.put_policy(policy);
        transaction.commit(at(when)).unwrap();
    }

    /// The data of an answer without errors.
    pub(crate) async fn ask(&self, query: &str) -> Value {
        let answer = serde_json::to_value(self.api.execute(query.into()).await).unwrap();
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    /// The code and message of the first error of an answer.
    pub(crate) async fn refusal(&self, query: &str) -> (String, String) {
        let answer = serde_json::to_value(self.api.execute(query.into()).await).unwrap();
        let error = &answer["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{query}\n{answer:#}")).to_owned();
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }
}

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A general facet that claims `reference`, with more fields.
pub(crate) fn general(reference: &str, more: Value) -> Option<Value> {
    let mut body = json!({ "ref": reference });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Some(body)
}

/// A facet of dependencies: key and version.
pub(crate) fn dependencies(packages: &[(&str, &str)]) -> Option<Value> {
    let entries = packages.iter().map(|(key, version)| ((*key).to_owned(), json!({ "versions": [version], "direct": true })));
    Some(json!({ "packages": entries.collect::<serde_json::Map<_, _>>() }))
}

/// The names in `nodes`.
pub(crate) fn names(connection: &Value) -> Vec<&str> {
    connection["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap()).collect()
}
