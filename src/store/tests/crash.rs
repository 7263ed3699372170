//! Every state in which a crash can leave the disk, enumerated: each opens, verifies, and holds all that was acknowledged.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::{day, differences, everything, say, seal_through};
use crate::model::record::Replacement;
use crate::model::{Facet, Layer};
use crate::store::fs::{Failure, Image, RecordingFs, crash_states};
use crate::store::{Options, Store};

fn options(folder: &Path, fs: RecordingFs) -> Options {
    Options { fs: Arc::new(fs), ..Options::new(folder) }
}

fn general(owner: &str) -> serde_json::Value {
    json!({"ref": "service:ledger", "owner": [format!("team:{owner}")]})
}

/// The steps of a small history: commits, a seal, packing, a backfill, a force-push, packing again, a rebuild of the index.
const STEPS: u64 = 10;

fn step(store: &Store, number: u64) {
    match number {
        1 => say(store, Layer::Observed, "ledger", Facet::General, day(0), day(0), Some(&general("a"))),
        2 => say(
            store,
            Layer::Observed,
            "ledger",
            Facet::Dependencies,
            day(1),
            day(1),
            Some(&json!({"packages": {"a#npm/x": {"versions": ["1"]}}})),
        ),
        3 => say(store, Layer::Backfilled, "ledger", Facet::General, day(-20), day(2), Some(&general("b"))),
        4 => seal_through(store, 70),
        5 => drop(store.pack().expect("packed")),
        6 => say(store, Layer::Observed, "ledger", Facet::General, day(75), day(75), Some(&general("c"))),
        7 => {
            let mut transaction = store.begin(Layer::Backfilled).expect("writable");
            transaction.put_replacement(Replacement { source: "test".into(), scope: "scope".into() });
            transaction.commit(day(76)).expect("recorded");
        }
        8 => say(store, Layer::Backfilled, "ledger", Facet::General, day(-10), day(77), Some(&general("a"))),
        9 => {
            seal_through(store, 150);
            store.pack().expect("packed");
        }
        _ => store.rebuild_index().expect("rebuilt"),
    }
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("readable").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn every_crash_state_opens_verifies_and_holds_what_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let fs = RecordingFs::default();
    let store = Store::open(&options(folder.path(), fs.clone())).expect("opens");
    let mut after = vec![everything(&store.view())];
    fs.mark(0);
    for number in 1..=STEPS {
        step(&store, number);
        fs.mark(number);
        after.push(everything(&store.view()));
    }
    drop(store);
    // Sealing changes no answer, so neither does being between a seal and its packing.
    let index = folder.path().join("index");
    let last_index = tempfile::tempdir().expect("a folder");
    copy_tree(&index, last_index.path());

    let mut seen = BTreeSet::new();
    let mut opened = 0;
    for state in crash_states(&fs.operations()) {
        if !seen.insert((state.image.files.clone(), state.mark)) {
            continue;
        }
        // The index is the engine's own: it may be gone, or as it was when everything was done, ahead of what is left.
        for keep_index in [false, true] {
            if keep_index && opened % 8 != 0 {
                continue;
            }
            let _ = std::fs::remove_dir_all(&index);
            if keep_index {
                copy_tree(last_index.path(), &index);
            }
            let store = Store::open(&options(folder.path(), RecordingFs::from_image(state.image.clone())))
                .unwrap_or_else(|error| panic!("after {} operations: {error}", state.operations));
            assert_eq!(store.read_only(), None, "after {} operations", state.operations);
            let mark = usize::try_from(state.mark.unwrap_or(0)).expect("small");
            let now = everything(&store.view());
            let fits = after[mark..].iter().take(2).any(|expected| *expected == now);
            assert!(fits, "after {} operations, {mark} acknowledged: {:?}", state.operations, differences(&after[mark], &now));
            let verified = store.verify(|_| ()).expect("verified");
            assert_eq!(verified.damage, [], "after {} operations", state.operations);
        }
        opened += 1;
    }
    assert!(opened > 100, "only {opened} states");
}

#[test]
fn a_failing_disk_at_any_operation_loses_nothing_that_was_acknowledged() {
    for failure in [Failure::NoSpace, Failure::Device] {
        let mut countdown = 0;
        loop {
            let folder = tempfile::tempdir().expect("a folder");
            let fs = RecordingFs::default();
            let store = Store::open(&options(folder.path(), fs.clone())).expect("opens");
            say(&store, Layer::Observed, "ledger", Facet::General, day(0), day(0), Some(&general("a")));
            say(&store, Layer::Backfilled, "ledger", Facet::General, day(-20), day(2), Some(&general("b")));
            seal_through(&store, 70);
            let acknowledged = everything(&store.view());
            fs.fail_after(countdown, failure, true);
            let packed = store.pack();
            let mut transaction = store.begin(Layer::Observed).expect("writable");
            transaction.put_note("test", "key", json!(1));
            let committed = transaction.commit(day(72));
            let reached = !fs.heal();
            assert_eq!(differences(&everything(&store.view()), &acknowledged), Vec::<String>::new(), "{failure:?} at {countdown}");
            if let Err(error) = committed.as_ref().map(drop).and(packed.as_ref().map(drop)) {
                let message = format!("{error}: {:?}", std::error::Error::source(error).map(ToString::to_string));
                assert!(
                    message.contains(".journal")
                        || message.contains(".sqlite")
                        || message.contains("archive")
                        || message.contains("journal"),
                    "{message}"
                );
            }
            drop(store);
            let image: Image = fs.image();
            let _ = std::fs::remove_dir_all(folder.path().join("index"));
            let store = Store::open(&options(folder.path(), RecordingFs::from_image(image))).expect("opens after the failure");
            assert_eq!(
                differences(&everything(&store.view()), &acknowledged),
                Vec::<String>::new(),
                "{failure:?} at {countdown}, reopened"
            );
            if !reached {
                break;
            }
            countdown += 1;
        }
        assert!(countdown > 5, "only {countdown} operations failed");
    }
}
