use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use serde_json::value::RawValue;

use super::frame::Group;
use super::*;
use crate::model::record::{Filled, Link, NewEntity, NewResource, NewStream, Note, Replacement, Seal};
use crate::model::run::{Extent, Outcome, Reading, Trigger};
use crate::model::{Commit, EntityId, Facet, Kind, Policy, ResourceNo, Zone};
use crate::store::fs::{Failure, RealFs, RecordingFs, crash_states};
use crate::store::journal::Journal;

const DIR: &str = "/spot/archive";
const WINDOW: Window = Window(321);

fn second(seconds: i64) -> Instant {
    Zone::utc().start_of(WINDOW.first_day()).plus_seconds(seconds)
}

fn version(at: i64, commit: CommitNumber, title: &str) -> ArchivedVersion {
    let body = RawValue::from_string(format!(r#"{{"title":"{title}"}}"#)).unwrap();
    ArchivedVersion { at: second(at), commit, start: false, seam: false, check: None, body: Some(body) }
}

fn stream(stream: u32, versions: impl IntoIterator<Item = ArchivedVersion>) -> StreamVersions {
    stream_of(Facet::General, "repository", stream, versions)
}

fn stream_of(facet: Facet, origin: &str, stream: u32, versions: impl IntoIterator<Item = ArchivedVersion>) -> StreamVersions {
    let stream = NewStream { no: StreamNo(stream), resource: ResourceNo(1), facet, origin: origin.to_owned() };
    StreamVersions { stream: Arc::new(stream), start: None, versions: versions.into_iter().collect() }
}

fn input(layer: Layer, through: CommitNumber, streams: Vec<StreamVersions>) -> PackInput<'static> {
    let (from, to) = (second(0), Zone::utc().end_of(WINDOW.last_day()));
    let streams = Box::new(streams.into_iter().map(Ok));
    PackInput { layer, window: WINDOW, from, to, through, streams, records: Records::default(), withdrawn: &|_, _| false }
}

fn pack_into(fs: &RecordingFs, input: PackInput<'_>) -> Result<Packed, Error> {
    pack(fs, Path::new(DIR), input)
}

fn open(fs: &RecordingFs) -> Archive {
    Archive::open(Arc::new(fs.clone()), Path::new(DIR)).unwrap()
}

/// Every stream's versions as `second:commit:title`.
fn titles(archive: &Archive, layer: Layer) -> BTreeMap<u32, Vec<String>> {
    let mut found = BTreeMap::new();
    archive
        .for_each_frame::<Error>(layer, WINDOW, |stream, frame| {
            let line = |version: VersionRef<'_>| {
                let title = version.body.map_or("-", |body| body.split('"').nth(3).unwrap());
                format!("{}:{}:{title}", (version.at.micros() - second(0).micros()) / 1_000_000, version.commit)
            };
            found.insert(stream.0, frame.versions().map(line).collect());
            Ok(())
        })
        .unwrap();
    found
}

fn full_commits() -> Vec<Commit> {
    let mut first = Commit::new(Layer::Observed);
    (first.number, first.at) = (11, second(10));
    first.resources.push(NewResource {
        no: ResourceNo(1),
        source: "git".into(),
        scope: "acme".into(),
        kind: Kind::Repository,
        id: "r1".into(),
    });
    first.streams.push(NewStream { no: StreamNo(1), resource: ResourceNo(1), facet: Facet::General, origin: "repository".into() });
    first.entities.push(NewEntity { id: EntityId(4), kind: Kind::Repository, reference: "repository:acme/ledger".into() });
    first.links.push(Link { resource: ResourceNo(1), entity: EntityId(4), rule: "ref".into(), from: None, to: None });
    first.policy = Some(Policy::default());
    first.notes.push(Note { kind: "memory".into(), key: "git".into(), value: json!({ "cursor": 1 }) });
    first.notes.push(Note { kind: "audit".into(), key: "a".into(), value: json!("x".repeat(1000)) });
    let mut second_commit = Commit::new(Layer::Backfilled);
    (second_commit.number, second_commit.at) = (12, second(20));
    second_commit.replaces.push(Replacement { source: "git".into(), scope: "acme".into() });
    second_commit.filled.push(Filled { source: "git".into(), scope: "acme".into(), from: second(0), to: second(5) });
    second_commit.links.push(Link {
        resource: ResourceNo(1),
        entity: EntityId(4),
        rule: "rename".into(),
        from: Some(second(1)),
        to: Some(second(2)),
    });
    let day = WINDOW.first_day();
    second_commit.seals.push(Seal { day, zone: "Europe/Berlin".parse().unwrap(), from: second(0), to: second(86_400), carried: true });
    second_commit.notes.push(Note { kind: "memory".into(), key: "git".into(), value: json!({ "cursor": 2 }) });
    second_commit.run = Some(Run {
        source: "git".into(),
        trigger: Trigger::Schedule,
        started: second(18),
        ended: second(19),
        outcome: Outcome::Succeeded,
        interval_seconds: 300,
        extents: vec![Extent { scope: "acme".into(), kind: None, reading: Reading::Full, counted: Some(1), evidence: None }],
        statements: 1,
        written: 1,
        requests: 1,
        problem_count: 0,
        problems: vec![],
        missing: vec![],
    });
    vec![first, second_commit]
}

fn observed() -> PackInput<'static> {
    let mut deleted = version(30, 13, "");
    deleted.body = None;
    let streams = vec![stream(1, [version(10, 11, "a"), version(20, 12, "b")]), stream(5, [version(10, 11, "c"), deleted])];
    let mut input = input(Layer::Observed, 13, streams);
    for commit in full_commits() {
        input.records.add(&commit).unwrap();
    }
    input
}

#[test]
fn what_was_packed_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("100% #1?");
    let archive = Archive::open(Arc::new(RealFs), &path).unwrap();
    assert_eq!(archive.windows(Layer::Observed), []);
    pack(&RealFs, &path, observed()).unwrap();
    let empty = archive.fingerprint();
    let archive = Archive::open(Arc::new(RealFs), &path).unwrap();
    assert_ne!(archive.fingerprint(), empty);
    assert_eq!(archive.verify(), []);
    assert_eq!(archive.windows(Layer::Observed), [WINDOW]);
    assert_eq!(archive.streams(Layer::Observed, WINDOW).unwrap(), [StreamNo(1), StreamNo(5)]);
    assert_eq!(titles(&archive, Layer::Observed)[&1], ["10:11:a", "20:12:b"]);
    assert_eq!(titles(&archive, Layer::Observed)[&5], ["10:11:c", "30:13:-"]);
    let meta = archive.meta(Layer::Observed, WINDOW).unwrap();
    assert_eq!((meta.through, meta.frames, meta.streams, meta.versions, meta.from), (13, 1, 2, 4, second(0)));
    let frame = archive.frame(Layer::Observed, WINDOW, StreamNo(1)).unwrap().unwrap();
    assert_eq!(frame.up_to(second(9)).next_back(), None);
    assert_eq!(frame.up_to(second(19)).next_back().unwrap().body, Some(r#"{"title":"a"}"#));
    assert_eq!(frame.up_to(second(20)).next_back().unwrap().commit, 12);
    assert!(archive.frame(Layer::Observed, WINDOW, StreamNo(2)).unwrap().is_none());
    let names = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names, ["observed-00321.sqlite"]);
}

#[test]
fn records_come_back_as_the_commits_that_brought_them() {
    let fs = RecordingFs::default();
    pack_into(&fs, observed()).unwrap();
    let archive = open(&fs);
    let mut expected = full_commits();
    let run = expected[1].run.take();
    // Only the newest memory of a key is kept.
    expected[0].notes.remove(0);
    assert_eq!(archive.records(WINDOW).unwrap().into_commits(), expected);
    let mut runs = Vec::new();
    archive
        .for_each_run::<Error>(WINDOW, |commit, run| {
            runs.push((commit, Some(run)));
            Ok(())
        })
        .unwrap();
    assert_eq!(runs, [(12, run)]);
}

#[test]
fn the_state_at_the_start_stands_first_in_observed_windows_only() {
    let fs = RecordingFs::default();
    let with_start = || StreamVersions { start: Some(version(-50, 3, "before")), ..stream(1, [version(10, 11, "a")]) };
    pack_into(&fs, input(Layer::Observed, 11, vec![with_start()])).unwrap();
    pack_into(&fs, input(Layer::Backfilled, 11, vec![with_start()])).unwrap();
    let archive = open(&fs);
    assert_eq!(titles(&archive, Layer::Observed)[&1], ["-50:3:before", "10:11:a"]);
    let frame = archive.frame(Layer::Observed, WINDOW, StreamNo(1)).unwrap().unwrap();
    assert!(frame.up_to(second(0)).next_back().unwrap().start);
    assert_eq!(archive.meta(Layer::Observed, WINDOW).unwrap().versions, 1);
    assert_eq!(titles(&archive, Layer::Backfilled)[&1], ["10:11:a"]);
}

#[test]
fn a_further_backfill_is_merged_and_the_newer_commit_wins() {
    let fs = RecordingFs::default();
    let streams =
        vec![stream(1, [version(10, 5, "a"), version(20, 5, "b")]), stream(2, [version(10, 5, "c")]), stream(9, [version(1, 5, "z")])];
    pack_into(&fs, input(Layer::Backfilled, 5, streams)).unwrap();
    let more = vec![stream(1, [version(20, 8, "B"), version(5, 8, "first")]), stream(3, [version(7, 8, "new")])];
    pack_into(&fs, input(Layer::Backfilled, 8, more.clone())).unwrap();
    let once = fs.image();
    // Merging the same once more, as after a crash, changes nothing.
    pack_into(&fs, input(Layer::Backfilled, 8, more)).unwrap();
    assert_eq!(fs.image(), once);
    let archive = open(&fs);
    assert_eq!(archive.meta(Layer::Backfilled, WINDOW).unwrap().through, 8);
    let found = titles(&archive, Layer::Backfilled);
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 9]);
    assert_eq!(found[&1], ["5:8:first", "10:5:a", "20:8:B"]);
    assert_eq!((&found[&2], &found[&3]), (&vec!["10:5:c".to_owned()], &vec!["7:8:new".to_owned()]));
}

#[test]
fn withdrawn_versions_are_dropped_by_a_merge() {
    let fs = RecordingFs::default();
    let streams =
        vec![stream(1, [version(10, 5, "a")]), stream(2, [version(10, 5, "c"), version(11, 7, "d")]), stream(3, [version(10, 5, "e")])];
    pack_into(&fs, input(Layer::Backfilled, 7, streams)).unwrap();
    let withdrawn = |stream: StreamNo, commit| stream != StreamNo(3) && commit < 6;
    pack_into(&fs, PackInput { withdrawn: &withdrawn, ..input(Layer::Backfilled, 8, vec![]) }).unwrap();
    let found = titles(&open(&fs), Layer::Backfilled);
    assert_eq!(found, BTreeMap::from([(2, vec!["11:7:d".to_owned()]), (3, vec!["10:5:e".to_owned()])]));
}

#[test]
fn an_observed_file_is_not_replaced_by_less() {
    let fs = RecordingFs::default();
    pack_into(&fs, observed()).unwrap();
    let once = fs.image();
    pack_into(&fs, observed()).unwrap();
    assert_eq!(fs.image(), once);
    assert!(matches!(pack_into(&fs, input(Layer::Observed, 99, vec![])), Err(Error::WouldLose { commit: 11, .. })));
    assert_eq!(fs.image(), once);
}

#[test]
fn streams_out_of_order_are_refused() {
    let fs = RecordingFs::default();
    let streams = vec![stream(2, [version(1, 1, "a")]), stream(1, [version(1, 1, "b")])];
    assert!(matches!(pack_into(&fs, input(Layer::Observed, 1, streams)), Err(Error::Pack { .. })));
    assert_eq!(fs.image().files.len(), 0);
}

/// Writes the checksum of `meta` anew.
fn sign_meta(connection: &rusqlite::Connection) {
    let mut statement = connection.prepare("SELECT key, value FROM meta WHERE key <> 'checksum.meta'").unwrap();
    let values = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<BTreeMap<_, _>, _>>().unwrap();
    let checksum = database::meta_checksum(&values);
    connection.execute("UPDATE meta SET value = ? WHERE key = 'checksum.meta'", [checksum]).unwrap();
}

#[test]
fn a_file_of_a_newer_format_is_refused_and_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = pack(&RealFs, dir.path(), observed()).unwrap().path;
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", [(FORMAT + 1).to_string()]).unwrap();
    let open = || Archive::open(Arc::new(RealFs), dir.path());
    assert_eq!(open().unwrap().damaged().len(), 1);
    sign_meta(&connection);
    let error = open().unwrap_err().to_string();
    assert!(
        error.ends_with("observed-00321.sqlite was written by a newer spot (archive format 3, this one reads up to 2): update spot"),
        "{error}"
    );
}

#[test]
fn a_file_of_the_first_format_has_no_events_and_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = pack(&RealFs, dir.path(), observed()).unwrap().path;
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP TABLE events; DELETE FROM meta WHERE key = 'checksum.events'; UPDATE meta SET value = '1' WHERE key = 'format'",
        )
        .unwrap();
    let checksum = database::checksum(&connection, "sqlite_schema").unwrap();
    connection.execute("UPDATE meta SET value = ? WHERE key = 'checksum.sqlite_schema'", [checksum]).unwrap();
    sign_meta(&connection);
    let archive = Archive::open(Arc::new(RealFs), dir.path()).unwrap();
    assert_eq!((archive.damaged(), archive.verify()), (vec![], vec![]));
    archive.for_each_event::<Error>(WINDOW, |_, _| panic!("there are none")).unwrap();
}

#[test]
fn damage_is_found_named_and_confined_to_its_file() {
    let fs = RecordingFs::default();
    pack_into(&fs, observed()).unwrap();
    pack_into(&fs, input(Layer::Backfilled, 5, vec![stream(1, [version(10, 5, "fine")])])).unwrap();
    let image = fs.image();
    let path = Path::new(DIR).join("observed-00321.sqlite");
    let content = &image.files[&path];
    let used = content.iter().enumerate().filter(|(_, byte)| **byte != 0).map(|(index, _)| index).collect::<Vec<_>>();
    let mut named = 0;
    for &byte in used.iter().step_by(used.len() / 300) {
        let fs = RecordingFs::from_image(image.clone());
        fs.flip(&path, byte, 3);
        let archive = open(&fs);
        let found = archive.verify();
        // The first 100 bytes hold numbers that nothing reads, such as that of the library.
        assert!(!found.is_empty() || byte < 100, "a flip of byte {byte} is not found");
        assert!(found.iter().all(|damage| damage.file == path));
        named += usize::from(found.iter().any(|damage| damage.row.is_some()));
        assert_eq!(titles(&archive, Layer::Backfilled)[&1], ["10:5:fine"]);
    }
    assert!(named > 100, "{named}");
    for length in [0, 50, 1000, content.len() / 2, content.len() - 1] {
        let mut image = image.clone();
        image.files.get_mut(&path).unwrap().truncate(length);
        let archive = open(&RecordingFs::from_image(image));
        let found = archive.verify();
        assert!(!found.is_empty() && found.iter().all(|damage| damage.file == path), "cut to {length}: {found:?}");
        assert_eq!(titles(&archive, Layer::Backfilled)[&1], ["10:5:fine"]);
    }
}

#[test]
fn a_damaged_frame_is_named_and_confined_to_its_streams() {
    let fs = RecordingFs::default();
    let two = |facet, no| [no, no + 1].map(|no| stream_of(facet, "sonar", no, [version(10, 11, "a")]));
    pack_into(&fs, input(Layer::Observed, 11, [two(Facet::General, 5), two(Facet::Quality, 1)].concat())).unwrap();
    let path = Path::new(DIR).join("observed-00321.sqlite");
    let content = fs.image().files[&path].clone();
    let mut frames = Vec::new();
    Database::open(&fs, &path)
        .unwrap()
        .for_each_group::<Error>(|stored| {
            frames.push((stored.facet.clone(), stored.body.to_vec()));
            Ok(())
        })
        .unwrap();
    assert_eq!(frames.iter().map(|(facet, _)| facet.as_str()).collect::<Vec<_>>(), ["general", "quality"]);
    let offset = content.windows(frames[0].1.len()).position(|bytes| bytes == frames[0].1).unwrap();
    fs.flip(&path, offset + 20, 0);
    let archive = open(&fs);
    for no in [5, 6] {
        let error = archive.frame(Layer::Observed, WINDOW, StreamNo(no)).unwrap_err().to_string();
        let expected = format!("the archive is damaged: /spot/archive/observed-00321.sqlite, table frame, row 1, stream {no}: ");
        assert!(error.starts_with(&expected), "{error}");
    }
    assert!(archive.frame(Layer::Observed, WINDOW, StreamNo(1)).unwrap().is_some());
    let found = archive.verify().into_iter().map(|damage| damage.row.unwrap()).collect::<Vec<_>>();
    assert_eq!(found, ["table frame", "table frame, row 1"]);
}

#[test]
fn a_frame_that_lacks_a_stream_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = pack(&RealFs, dir.path(), input(Layer::Observed, 1, vec![stream(1, [version(1, 1, "a")])])).unwrap().path;
    rusqlite::Connection::open(&path).unwrap().execute("INSERT INTO part VALUES (2, 1), (3, 9)", []).unwrap();
    let archive = Archive::open(Arc::new(RealFs), dir.path()).unwrap();
    let error = |no| match archive.frame(Layer::Observed, WINDOW, StreamNo(no)) {
        Err(Error::Damaged(damage)) => (damage.row.unwrap(), damage.what),
        other => panic!("{other:?}"),
    };
    assert_eq!(error(2), ("table part, row 2".to_owned(), "frame 1 does not hold it".to_owned()));
    assert_eq!(error(3), ("table part, row 3".to_owned(), "there is no frame 9".to_owned()));
    let found = archive.verify().into_iter().map(|damage| damage.what).collect::<Vec<_>>();
    assert_eq!(found, ["the checksum does not match", "it does not say what the frames hold"]);
}

/// The streams of every frame, and how long their lines are.
fn frames(fs: &RecordingFs, layer: Layer) -> Vec<(String, Vec<u32>, usize)> {
    let database = Database::open(fs, &Path::new(DIR).join(file_name(layer, WINDOW))).unwrap();
    let mut found = Vec::new();
    database
        .for_each_group::<Error>(|stored| {
            let group = stored.group()?;
            found.push((format!("{}/{}", stored.facet, stored.origin), group.streams().map(|no| no.0).collect(), group.length()));
            Ok(())
        })
        .unwrap();
    found
}

#[test]
fn streams_of_a_facet_and_origin_share_frames_until_they_are_full() {
    let fs = RecordingFs::default();
    let large = |facet, origin, no, kib: usize| stream_of(facet, origin, no, [version(10, 1, &"x".repeat(kib << 10))]);
    let streams = vec![
        large(Facet::General, "CODEOWNERS", 3, 1),
        large(Facet::General, "repository", 1, 60),
        large(Facet::General, "repository", 2, 60),
        large(Facet::General, "repository", 4, 60),
        large(Facet::General, "repository", 5, 300),
        large(Facet::General, "repository", 9, 1),
        large(Facet::General, "repository", 10, 400),
        large(Facet::General, "repository", 11, 1),
        large(Facet::Quality, "repository", 6, 1),
    ];
    let packed = pack_into(&fs, input(Layer::Observed, 1, streams.clone())).unwrap();
    assert_eq!((packed.frames, packed.streams, packed.versions), (6, 9, 9));
    let found = frames(&fs, Layer::Observed);
    let expected: [(&str, &[u32]); 6] = [
        ("general/CODEOWNERS", &[3]),
        ("general/repository", &[1, 2, 4]),
        ("general/repository", &[5]),
        ("general/repository", &[9, 10]),
        ("general/repository", &[11]),
        ("quality/repository", &[6]),
    ];
    assert_eq!(found.iter().map(|(class, streams, _)| (class.as_str(), streams.as_slice())).collect::<Vec<_>>(), expected);
    assert!((300 << 10..301 << 10).contains(&found[2].2), "a stream is never split");
    let archive = open(&fs);
    for new in streams {
        let frame = archive.frame(Layer::Observed, WINDOW, new.stream.no).unwrap().unwrap();
        assert_eq!(frame.versions().map(|version| version.to_owned().unwrap()).collect::<Vec<_>>(), new.versions);
    }
}

#[test]
fn a_full_or_failing_disk_leaves_the_archive_as_it_was() {
    let before = RecordingFs::default();
    let first = || input(Layer::Backfilled, 5, vec![stream(1, [version(10, 5, "a")])]);
    pack_into(&before, first()).unwrap();
    for failure in [Failure::NoSpace, Failure::Device] {
        for countdown in 0.. {
            let fs = RecordingFs::from_image(before.image());
            fs.fail_after(countdown, failure, true);
            let packed = pack_into(&fs, input(Layer::Backfilled, 6, vec![stream(1, [version(20, 6, "b")])]));
            let untouched = fs.heal();
            let archive = open(&fs);
            assert_eq!(archive.verify(), []);
            let found = &titles(&archive, Layer::Backfilled)[&1];
            assert!(found.starts_with(&["10:5:a".to_owned()]));
            assert!(packed.is_err() || found.len() == 2);
            assert_eq!(fs.image().files.len(), 1, "nothing unfinished is left once the archive is opened");
            if untouched {
                break;
            }
        }
    }
}

#[test]
fn no_crash_leaves_half_a_file_or_less_than_before() {
    let fs = RecordingFs::default();
    drop(open(&fs));
    pack_into(&fs, observed()).unwrap();
    fs.mark(1);
    pack_into(&fs, input(Layer::Backfilled, 5, vec![stream(1, [version(10, 5, "a")])])).unwrap();
    fs.mark(2);
    pack_into(&fs, input(Layer::Backfilled, 6, vec![stream(1, [version(20, 6, "b")])])).unwrap();
    fs.mark(3);
    let mut seen = 0;
    for state in crash_states(&fs.operations()) {
        let mark = usize::try_from(state.mark.unwrap_or(0)).unwrap();
        let fs = RecordingFs::from_image(state.image);
        let archive = open(&fs);
        assert_eq!(archive.verify(), [], "after operation {}", state.operations);
        assert!(fs.list(Path::new(DIR)).unwrap().iter().all(|name| name.ends_with(".sqlite")));
        let observed = archive.windows(Layer::Observed).len();
        let backfilled = titles(&archive, Layer::Backfilled).get(&1).map_or(0, Vec::len);
        assert!([mark, mark + 1].contains(&(observed + backfilled)), "{observed} {backfilled} after mark {mark}");
        seen += 1;
    }
    assert!(seen > 30, "{seen} states");
}

#[test]
fn no_crash_between_packing_and_removing_loses_or_doubles_a_commit() {
    let fs = RecordingFs::default();
    let folder = Path::new("/spot/journal");
    drop(open(&fs));
    let mut journal = Journal::open(Arc::new(fs.clone()), folder).unwrap().journal;
    let mut records = Records::default();
    let (mut observed, mut backfilled) = (Vec::new(), Vec::new());
    for number in 1..=6_u64 {
        let layer = if number == 2 { Layer::Backfilled } else { Layer::Observed };
        let at = number.cast_signed() * 10;
        let mut commit = Commit { number, at: second(at), ..Commit::new(layer) };
        let version = version(at, number, "title");
        commit.versions.push(version.clone().into_version(StreamNo(1)));
        if number == 5 {
            journal.rotate();
        }
        journal.append(&commit).unwrap();
        fs.mark(number);
        if number <= 4 {
            records.add(&commit).unwrap();
            if layer == Layer::Observed { observed.push(version) } else { backfilled.push(version) }
        }
    }
    pack_into(&fs, input(Layer::Backfilled, 4, vec![stream(1, backfilled)])).unwrap();
    pack_into(&fs, PackInput { records, ..input(Layer::Observed, 4, vec![stream(1, observed)]) }).unwrap();
    journal.remove_through(4).unwrap();
    for state in crash_states(&fs.operations()) {
        let fs = RecordingFs::from_image(state.image);
        let archive = open(&fs);
        let opened = Journal::open(Arc::new(fs.clone()), folder).unwrap();
        assert_eq!((archive.verify(), opened.corruption), (vec![], None), "after operation {}", state.operations);
        let through = archive.meta(Layer::Observed, WINDOW).map_or(0, |meta| meta.through);
        let packed = archive.records(WINDOW).map(Records::into_commits).unwrap_or_default();
        let left = opened.journal.commits().map(|(_, meta)| meta.number).filter(|number| *number > through);
        let commits = packed.iter().map(|commit| commit.number).chain(left).collect::<Vec<_>>();
        let versions =
            [Layer::Observed, Layer::Backfilled].into_iter().flat_map(|layer| titles(&archive, layer).remove(&1).unwrap_or_default());
        let acknowledged = state.mark.unwrap_or(0);
        assert!(commits.iter().copied().eq(1..=commits.len() as u64), "{commits:?} after operation {}", state.operations);
        assert!([acknowledged, acknowledged + 1].contains(&(commits.len() as u64)));
        assert!(versions.count() >= packed.len());
    }
}

#[test]
fn lines_written_by_others_are_read_too() {
    let text = r#"{"stream":6,"at":"2026-03-01T08:30:00Z","commit":2,"body":null}
{ "commit": 3, "at": "2026-03-01T08:30:00Z", "new": [1], "body": {"a": "}"}, "check": "https://x/\"y\"", "stream": 7 }"#;
    let group = Arc::new(Group::decode(&zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap());
    assert!(group.frame(StreamNo(3)).is_none());
    let frame = group.frame(StreamNo(7)).unwrap();
    let versions = frame.versions().collect::<Vec<_>>();
    assert_eq!((versions[0].commit, versions[0].body, versions[0].check.as_deref()), (3, Some(r#"{"a": "}"}"#), Some(r#"https://x/"y""#)));
    assert_eq!(versions.len(), 1);
    let line = |stream, at| format!("{{\"stream\":{stream},\"at\":\"2026-03-01T08:30:{at}Z\",\"commit\":2,\"body\":null}}\n");
    for (wrong, what) in [
        (line(7, "00") + &line(6, "00"), "the streams of the frame are not in order"),
        (line(7, "01") + &line(7, "00"), "the versions of stream 7 are not in the order of time"),
        (line(7, "00") + "{}", "line 2 of the frame is not a version"),
    ] {
        assert_eq!(Group::decode(&zstd::encode_all(wrong.as_bytes(), 1).unwrap()).unwrap_err(), what);
    }
}

#[test]
fn the_page_about_the_format_describes_every_table() {
    let page = include_str!("../../../docs/archive.md");
    for (table, columns) in database::tables(Layer::Observed) {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{table}` |"))).unwrap_or_else(|| panic!("{table}"));
        for column in columns.split(", ").map(|column| column.split(' ').next().unwrap()) {
            assert!(row.contains(column), "{table}.{column}");
        }
    }
}

#[test]
fn windows_have_64_days() {
    let day = "2026-03-01".parse::<Day>().unwrap();
    let window = Window::of(day);
    assert!(window.first_day() <= day && day <= window.last_day());
    assert_eq!(Window::of(window.first_day().previous()), Window(window.0 - 1));
    assert_eq!(Window::of(window.last_day().next()), Window(window.0 + 1));
    for window in [Window(-1), Window(0), Window(321), Window(123_456)] {
        assert_eq!(parse_file_name(&file_name(Layer::Backfilled, window)), Some((Layer::Backfilled, window)));
    }
    assert_eq!(parse_file_name("observed-321.sqlite"), None);
}

/// Commit, seam, link, title.
type AnyVersion = (CommitNumber, bool, Option<String>, Option<String>);
/// Versions by stream and time.
type AnyHistory = BTreeMap<u32, BTreeMap<i64, AnyVersion>>;

fn any_history() -> impl Strategy<Value = AnyHistory> {
    let title = prop_oneof![4 => "(?s).{0,12}".prop_map(|text| text), 1 => (1_usize..200_000).prop_map(|length| "x".repeat(length))];
    let version = (0_u64..9, any::<bool>(), prop::option::of("\\PC{0,12}"), prop::option::of(title));
    prop::collection::btree_map(0_u32..50, prop::collection::btree_map(0_i64..5_000_000, version, 1..6), 0..12)
}

fn any_versions(versions: &BTreeMap<i64, AnyVersion>) -> Vec<ArchivedVersion> {
    let archived = |(at, (commit, seam, check, title)): (&i64, &AnyVersion)| {
        let body = title.as_ref().map(|title| serde_json::value::to_raw_value(&json!({ "title": title })).unwrap());
        ArchivedVersion { at: second(0).plus_micros(*at), commit: *commit, start: false, seam: *seam, check: check.clone(), body }
    };
    versions.iter().map(archived).collect()
}

/// Streams of a few facets and origins, in the order in which they are packed, their versions in reverse.
fn any_streams(history: &AnyHistory) -> Vec<StreamVersions> {
    let of = |no: u32| [(Facet::General, "CODEOWNERS"), (Facet::General, "repository"), (Facet::Quality, "sonar")][no as usize % 3];
    let mut all = history
        .iter()
        .map(|(no, versions)| stream_of(of(*no).0, of(*no).1, *no, any_versions(versions).into_iter().rev()))
        .collect::<Vec<_>>();
    all.sort_by_key(|new| (new.stream.facet.word(), new.stream.origin.clone(), new.stream.no));
    all
}

fn read_back(archive: &Archive, layer: Layer) -> BTreeMap<u32, Vec<ArchivedVersion>> {
    let streams = archive.streams(layer, WINDOW).unwrap();
    let read =
        |no: StreamNo| archive.frame(layer, WINDOW, no).unwrap().unwrap().versions().map(|version| version.to_owned().unwrap()).collect();
    streams.into_iter().map(|no| (no.0, read(no))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_history_is_read_back_as_it_was(history in any_history()) {
        let fs = RecordingFs::default();
        pack_into(&fs, input(Layer::Observed, 9, any_streams(&history))).unwrap();
        let archive = open(&fs);
        prop_assert_eq!(archive.verify(), []);
        let expected = history.iter().map(|(no, versions)| (*no, any_versions(versions))).collect::<BTreeMap<_, _>>();
        prop_assert_eq!(&read_back(&archive, Layer::Observed), &expected);
        let mut one_by_one = BTreeMap::new();
        archive.for_each_frame::<Error>(Layer::Observed, WINDOW, |stream, frame| {
            one_by_one.insert(stream.0, frame.versions().map(|version| version.to_owned().unwrap()).collect::<Vec<_>>());
            Ok(())
        }).unwrap();
        prop_assert_eq!(one_by_one, expected);
    }

    #[test]
    fn a_merged_file_is_the_one_that_packing_everything_at_once_gives(first in any_history(), second in any_history(), gone in 0_u64..9) {
        let withdrawn = |stream: StreamNo, commit| stream.0.is_multiple_of(2) && commit < gone;
        let merged = RecordingFs::default();
        let mut all = AnyHistory::new();
        for history in [&first, &second] {
            pack_into(&merged, PackInput { withdrawn: &withdrawn, ..input(Layer::Backfilled, 9, any_streams(history)) }).unwrap();
            for (no, versions) in history {
                let held = all.entry(*no).or_default();
                for (at, version) in versions {
                    // Of two commits the newer counts, of the same the one that was there.
                    if held.get(at).is_none_or(|held| withdrawn(StreamNo(*no), held.0) || held.0 < version.0) {
                        held.insert(*at, version.clone());
                    }
                }
            }
        }
        let at_once = RecordingFs::default();
        pack_into(&at_once, PackInput { withdrawn: &withdrawn, ..input(Layer::Backfilled, 9, any_streams(&all)) }).unwrap();
        prop_assert_eq!(open(&merged).verify(), []);
        prop_assert_eq!(read_back(&open(&merged), Layer::Backfilled), read_back(&open(&at_once), Layer::Backfilled));
        prop_assert!(merged.image() == at_once.image());
    }
}
