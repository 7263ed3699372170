//! Events: recorded once, corrected later, found again whichever way the index came to be.

use std::sync::Arc;

use serde_json::json;

use super::{body, day, open, seal_through};
use crate::model::event::Step;
use crate::model::{EntityRef, Event, EventKind, Instant, Kind, Layer, Resource};
use crate::store::{EventNo, Store, View, drop_index, import};

fn deployment(id: &str, at: i64, state: &str) -> Event {
    Event {
        kind: EventKind::Deployment,
        id: id.to_owned(),
        resource: Arc::new(Resource { id: "acme/billing".to_owned(), kind: Kind::Service, scope: "acme".to_owned() }),
        at: day(at),
        ended: None,
        history: vec![Step::state(day(at), state)],
        is_whole: false,
        body: body(&json!({ "environment": "production" })),
        check: None,
    }
}

fn tell(store: &Store, now: i64, events: Vec<Event>) -> Vec<bool> {
    let mut transaction = store.begin(Layer::Observed).unwrap();
    let mut new = Vec::new();
    for event in events {
        let no = transaction.resource("github", &event.resource);
        if transaction.linked(no).is_none() {
            let entity = transaction.create(&"service:billing".parse::<EntityRef>().unwrap());
            transaction.link(no, entity, "repository");
        }
        new.push(transaction.put_event("github", no, event).unwrap());
    }
    transaction.commit(day(now)).unwrap();
    new
}

/// Everything that a view says of events, as text.
fn all(view: &View) -> Vec<String> {
    let mut found = Vec::new();
    let entity = view.entities(Kind::Service)[0];
    view.for_each_event(EventKind::Deployment, Instant::MIN, Instant::MAX, |place, stored| {
        assert_eq!(view.event(place.no)?.as_ref(), Some(&stored));
        found.push(format!("{} {:?}", stored.record.id, stored.record));
        Ok(())
    })
    .unwrap();
    let of = view.events_of(entity, EventKind::Deployment, Instant::MIN, Instant::MAX).unwrap();
    assert_eq!(of.len(), found.len());
    found
}

#[test]
fn what_is_told_later_corrects_what_was_told_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    assert_eq!(tell(&store, 1, vec![deployment("1", 1, "queued"), deployment("1", 1, "queued")]), [true, false]);
    assert_eq!(tell(&store, 2, vec![deployment("1", 1, "queued")]), [false]);
    let mut done = deployment("1", 0, "started");
    done.history = vec![Step::state(day(2), "success")];
    done.ended = Some(day(2));
    assert_eq!(tell(&store, 3, vec![done]), [true]);
    let view = store.view();
    let stored = view.event(EventNo::of("github", EventKind::Deployment, "1")).unwrap().unwrap().record;
    assert_eq!((stored.at, stored.ended), (day(0), Some(day(2))), "it began earlier than thought");
    assert_eq!(stored.history, [Step::state(day(1), "queued"), Step::state(day(2), "success")]);
    assert_eq!(all(&view).len(), 1);

    let whole = Event { is_whole: true, ..deployment("1", 1, "success") };
    assert_eq!(tell(&store, 4, vec![whole.clone(), whole]), [true, false]);
    assert_eq!(store.view().event(EventNo::of("github", EventKind::Deployment, "1")).unwrap().unwrap().record.history.len(), 1);
}

#[test]
fn events_are_the_same_after_packing_rebuilding_and_importing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for number in 0..200 {
        tell(
            &store,
            number,
            vec![deployment(&format!("{number}"), number, "success"), deployment(&format!("{}", number / 2), number / 2, "inactive")],
        );
    }
    seal_through(&store, 199);
    let expected = all(&store.view());
    assert_eq!(expected.len(), 200);
    assert!(store.pack().unwrap().files.len() >= 2, "two windows are archived");
    assert_eq!(all(&store.view()), expected);
    let mut lines = Vec::new();
    store
        .export(|line| {
            lines.push(line.to_owned());
            Ok(())
        })
        .unwrap();
    store.rebuild_index().unwrap();
    assert_eq!(all(&store.view()), expected);
    drop(store);
    assert_eq!(all(&open(folder.path()).view()), expected);
    drop_index(folder.path()).unwrap();
    assert_eq!(all(&open(folder.path()).view()), expected);

    let other = tempfile::tempdir().unwrap();
    import(other.path(), Arc::new(crate::store::fs::RealFs), std::io::Cursor::new(lines.join("\n"))).unwrap();
    assert_eq!(all(&open(other.path()).view()), expected);
}

#[test]
fn what_arrived_where_is_known_without_reading_events() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    tell(&store, 1, vec![deployment("1", 1, "queued"), deployment("2", 2, "success")]);
    let view = store.view();
    let entity = view.entities(Kind::Service)[0];
    let arrivals = |view: &View| view.arrivals_of(entity, EventKind::Deployment, Instant::MIN, Instant::MAX).unwrap();
    let succeeded: Vec<_> = arrivals(&view).into_iter().map(|(_, arrival)| (arrival.environment, arrival.succeeded)).collect();
    assert_eq!(succeeded, [("production".to_owned(), None), ("production".to_owned(), Some(day(2)))]);
    tell(&store, 3, vec![Event { at: day(0), ..deployment("1", 3, "success") }]);
    let arrived: Vec<_> = arrivals(&store.view()).into_iter().map(|(place, arrival)| (place.at, arrival.succeeded)).collect();
    assert_eq!(arrived, [(day(0), Some(day(3))), (day(2), Some(day(2)))]);
}
