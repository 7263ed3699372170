//! The store as a whole: what was committed is what is read, whichever way the index came to be.

mod crash;
mod damage;
mod events;
mod full_disk;

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::record::{Filled, Replacement, Seal};
use crate::model::{Body, Day, EntityId, EntityRef, Facet, Instant, Kind, Layer, Policy, Resource, Zone};
use crate::store::view::{RowAt, StatementAt};
use crate::store::{Options, Store, View, drop_index, export_to, import};

fn day(number: i64) -> Instant {
    // A Monday in the middle of an archive window.
    Instant::from_seconds(1_760_000_000 + number * 86_400)
}

fn body(value: &Value) -> Body {
    value.as_object().cloned().expect("an object")
}

/// Lets one resource of the `test` source say something.
fn say(store: &Store, layer: Layer, name: &str, facet: Facet, at: Instant, now: Instant, value: Option<&Value>) {
    let mut transaction = store.begin(layer).expect("writable");
    let resource = Resource { id: name.to_owned(), kind: Kind::Service, scope: "scope".to_owned() };
    let no = transaction.resource("test", &resource);
    if transaction.linked(no).is_none() {
        let reference: EntityRef = format!("service:{name}").parse().expect("a ref");
        let entity = transaction.any_holder(&reference).unwrap_or_else(|| transaction.create(&reference));
        transaction.link(no, entity, "ref");
    }
    let stream = transaction.stream(no, facet, "catalog-info.yaml");
    let at = (layer == Layer::Backfilled).then_some(at);
    transaction.version(stream, at, value.map(body), None, false);
    transaction.commit(now).expect("recorded");
}

fn seal_through(store: &Store, last: i64) {
    let zone = Zone::utc();
    let from = store.view().last_seal().map_or_else(|| zone.day_of(day(0)), |seal| seal.day.next());
    let mut transaction = store.begin(Layer::Observed).expect("writable");
    let mut next: Day = from;
    while next <= zone.day_of(day(last)) {
        let (from, to) = (zone.start_of(next), zone.end_of(next));
        transaction.put_seal(Seal { day: next, zone: zone.clone(), from, to, carried: false });
        next = next.next();
    }
    transaction.commit(day(last + 1)).expect("sealed");
}

fn open(folder: &Path) -> Store {
    Store::open(&Options::new(folder)).expect("opens")
}

/// What changed, with its values, in order; of all if no entity is named.
fn changes_of(view: &View, of: &[EntityId]) -> Vec<RowAt> {
    let changes = view.changes_of(of, &[], Instant::from_seconds(0), Instant::MAX).expect("changes");
    let mut all = changes.all.clone();
    all.sort_unstable();
    changes.rows(&all).expect("rows")
}

/// Everything that a view answers, as text that can be compared.
fn everything(view: &View) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let far = (Instant::from_seconds(0), Instant::MAX);
    for kind in [Kind::Service, Kind::Team, Kind::Package] {
        for entity in view.entities(kind).iter() {
            let rows = view.rows(*entity, far.0, far.1).expect("rows");
            assert_eq!(changes_of(view, &[*entity]), rows.iter().filter(|row| row.change).cloned().collect::<Vec<_>>(), "{entity}");
            all.insert(format!("{entity} rows"), format!("{rows:?}"));
            for t in (-40..200).step_by(3) {
                let at = day(t);
                let statements = view.statements(*entity, at).expect("statements");
                let said: Vec<_> =
                    statements.iter().map(|s| (s.facet, s.since, s.layer, Value::Object((*s.body).clone()).to_string())).collect();
                let facts = (view.exists(*entity, at).expect("exists"), view.ref_at(*entity, at).expect("ref").to_string(), said);
                all.insert(format!("{entity} {t:04}"), format!("{facts:?}"));
            }
        }
    }
    let changes = view.changes(far.0, far.1).expect("changes");
    let places = |rows: Vec<RowAt>| rows.into_iter().map(|row| (row.at, row.entity, row.path)).collect::<Vec<_>>();
    let mut named: Vec<_> = changes.iter().flat_map(|(at, entity, paths)| paths.iter().map(|path| (*at, *entity, path.clone()))).collect();
    named.sort();
    assert_eq!(places(changes_of(view, &[])), named);
    all.insert("changes".to_owned(), format!("{changes:?}"));
    let team: EntityRef = "team:a".parse().expect("a ref");
    all.insert("mentions".to_owned(), format!("{:?}", view.mentions(&team, day(60)).expect("mentions")));
    all
}

#[test]
fn a_commit_is_there_after_reopening_and_after_losing_the_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    say(&store, Layer::Observed, "ledger", Facet::General, day(0), day(0), Some(&json!({"ref": "service:ledger", "owner": ["team:a"]})));
    say(&store, Layer::Observed, "ledger", Facet::General, day(1), day(1), Some(&json!({"ref": "service:ledger", "owner": ["team:b"]})));
    let before = everything(&store.view());
    assert!(before["changes"].contains("owner"), "{}", before["changes"]);
    drop(store);
    assert_eq!(everything(&open(folder.path()).view()), before);
    drop_index(folder.path()).expect("dropped");
    assert_eq!(everything(&open(folder.path()).view()), before);
}

#[test]
fn two_processes_cannot_open_one_data_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let _store = open(folder.path());
    let refused = Store::open(&Options::new(folder.path())).err().expect("refused").to_string();
    assert!(refused.contains("is in use by another spot (process "), "{refused}");
}

#[test]
fn who_names_a_team_is_known_for_every_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    say(&store, Layer::Observed, "ledger", Facet::General, day(0), day(0), Some(&json!({"ref": "service:ledger", "owner": ["team:a"]})));
    say(&store, Layer::Observed, "ledger", Facet::General, day(2), day(2), Some(&json!({"ref": "service:ledger", "owner": ["team:b"]})));
    let view = store.view();
    let names = |team: &str, t| view.mentions(&format!("team:{team}").parse().expect("a ref"), day(t)).expect("mentions").len();
    assert_eq!([names("a", 1), names("b", 1), names("a", 2), names("b", 2)], [1, 0, 0, 1]);
    let team = view.holdings(&"team:a".parse().expect("a ref")).expect("holdings")[0].entity;
    assert!(view.exists(team, day(1)).expect("exists"), "it is referenced");
    assert!(!view.exists(team, day(2)).expect("exists"), "nobody names it any more");
}

#[test]
fn a_new_policy_counts_from_its_commit_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    let mut transaction = store.begin(Layer::Observed).expect("writable");
    transaction.put_policy(&Policy::default());
    transaction.commit(day(0)).expect("recorded");
    let mut transaction = store.begin(Layer::Observed).expect("writable");
    let resource = Resource { id: "x".into(), kind: Kind::Service, scope: "scope".into() };
    let no = transaction.resource("test", &resource);
    let entity = transaction.create(&"service:x".parse().expect("a ref"));
    transaction.link(no, entity, "ref");
    for (origin, owner) in [("catalog-info.yaml", "team:a"), ("CODEOWNERS", "team:b")] {
        let stream = transaction.stream(no, Facet::General, origin);
        transaction.version(stream, None, Some(body(&json!({"ref": "service:x", "owner": [owner]}))), None, false);
    }
    transaction.commit(day(1)).expect("recorded");
    let mut transaction = store.begin(Layer::Observed).expect("writable");
    transaction
        .put_policy(&Policy { precedence: [("general.owner".to_owned(), vec!["CODEOWNERS".to_owned()])].into(), ..Policy::default() });
    transaction.commit(day(3)).expect("recorded");
    let view = store.view();
    let owner = |t| view.column(Facet::General, "owner").expect("column").at(entity, day(t)).map(ToString::to_string);
    assert_eq!(owner(2).as_deref(), Some("[\"team:a\"]"));
    assert_eq!(owner(3).as_deref(), Some("[\"team:b\"]"));
}

/// The first few answers that differ.
fn differences(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> Vec<String> {
    let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
    keys.filter(|key| a.get(*key) != b.get(*key)).take(3).map(|key| format!("{key}: {:?} / {:?}", a.get(key), b.get(key))).collect()
}

/// Where bodies that are read together differ from the statements of an entity and moment.
fn misread(view: &View, now: i64) -> Vec<String> {
    let moments: Vec<Instant> = (-31..=now + 1).step_by(3).chain([now]).map(day).collect();
    let ids: Vec<EntityId> = Kind::ALL.into_iter().flat_map(|kind| view.entities(kind).to_vec()).collect();
    let mut differences = Vec::new();
    for facet in [Facet::General, Facet::Dependencies] {
        let together = view.bodies(&ids, facet, &moments).expect("bodies");
        let first = view.first_bodies(&ids, facet).expect("bodies");
        for &id in &ids {
            for (number, &at) in moments.iter().enumerate() {
                let statements = view.statements_about(id, facet, at).expect("statements");
                let mut alone: Vec<String> = statements
                    .iter()
                    .map(|of| format!("{:?} {} {}", of.stream, of.since, Value::Object(of.body.as_ref().clone())))
                    .collect();
                let said = together.get(&id).map_or(&[][..], |moments| &moments[number]);
                let mut read: Vec<String> = said
                    .iter()
                    .map(|of| format!("{:?} {} {}", of.speaker.stream, of.since, serde_json::from_str::<Value>(&of.text).expect("JSON")))
                    .collect();
                alone.sort();
                read.sort();
                if alone != read {
                    differences.push(format!("{id} at {at}: {alone:?} / {read:?}"));
                }
                let begun = |of: &StatementAt| {
                    first
                        .get(&id)
                        .is_some_and(|first| first.iter().any(|first| first.speaker.stream == of.stream && first.since <= of.since))
                };
                if !statements.iter().all(begun) {
                    differences.push(format!("{id} at {at}: {alone:?} / begins with {:?}", first.get(&id)));
                }
            }
        }
    }
    differences
}

#[derive(Clone, Debug)]
enum Step {
    Say(u8, bool, Option<(u8, u8)>),
    Fill(u8, i64, Option<(u8, u8)>),
    Replace,
    Seal,
    Reopen,
    Pack,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let content = || proptest::option::weighted(0.8, (0_u8..3, 0_u8..3));
    let step = prop_oneof![
        6 => (0_u8..3, any::<bool>(), content()).prop_map(|(who, named, what)| Step::Say(who, named, what)),
        3 => (0_u8..3, -30_i64..100, content()).prop_map(|(who, at, what)| Step::Fill(who, at, what)),
        1 => Just(Step::Replace),
        2 => Just(Step::Seal),
        1 => Just(Step::Reopen),
        2 => Just(Step::Pack),
    ];
    proptest::collection::vec(step, 1..24)
}

fn content(who: u8, what: (u8, u8)) -> Value {
    json!({"ref": format!("service:s{who}"), "owner": [format!("team:{}", ["a", "b", "c"][usize::from(what.0)])], "lifecycle": what.1.to_string(), "lastCommit": what.1})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever was committed, backfilled, replaced, sealed and packed: the index kept up to date commit by commit
    /// says what one built from journal and archive alone says, and an export imported elsewhere says it too.
    #[test]
    fn an_index_built_anew_equals_the_one_that_followed_every_commit(steps in steps()) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = open(folder.path());
        let mut now = 0;
        for step in steps {
            now += 7;
            match step {
                Step::Say(who, deps, what) => {
                    let facet = if deps { Facet::Dependencies } else { Facet::General };
                    let value = what.map(|what| if deps { json!({"packages": {format!("a#npm/p{}", what.0): {"versions": [what.1]}}}) } else { content(who, what) });
                    say(&store, Layer::Observed, &format!("s{who}"), facet, day(now), day(now), value.as_ref());
                }
                Step::Fill(who, at, what) => {
                    let at = at.min(now);
                    say(&store, Layer::Backfilled, &format!("s{who}"), Facet::General, day(at), day(now), what.map(|what| content(who, what)).as_ref());
                    let mut transaction = store.begin(Layer::Backfilled).expect("writable");
                    transaction.put_filled(Filled { source: "test".into(), scope: "scope".into(), from: day(at), to: day(at + 1) });
                    transaction.commit(day(now)).expect("recorded");
                }
                Step::Replace => {
                    let mut transaction = store.begin(Layer::Backfilled).expect("writable");
                    transaction.put_replacement(Replacement { source: "test".into(), scope: "scope".into() });
                    transaction.commit(day(now)).expect("recorded");
                }
                Step::Seal => seal_through(&store, now - 1),
                Step::Reopen => {
                    drop(store);
                    store = open(folder.path());
                }
                Step::Pack => drop(store.pack().expect("packed")),
            }
        }
        prop_assert_eq!(misread(&store.view(), now), Vec::<String>::new(), "bodies read together");
        let followed = everything(&store.view());
        let verified = store.verify(|_| ()).expect("verified");
        prop_assert_eq!(verified.damage, vec![]);
        store.rebuild_index().expect("rebuilt");
        prop_assert_eq!(differences(&everything(&store.view()), &followed), Vec::<String>::new(), "rebuilt beside");
        let mut exported = Vec::new();
        export_to(&store, &mut exported).expect("exported");
        drop(store);
        drop_index(folder.path()).expect("dropped");
        prop_assert_eq!(differences(&everything(&open(folder.path()).view()), &followed), Vec::<String>::new(), "built at the start");
        let elsewhere = tempfile::tempdir().expect("a folder");
        import(elsewhere.path(), Options::new(elsewhere.path()).fs, &exported[..]).expect("imported");
        prop_assert_eq!(differences(&everything(&open(elsewhere.path()).view()), &followed), Vec::<String>::new(), "imported");
    }
}
