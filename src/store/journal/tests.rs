use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;
use crate::model::StreamNo;
use crate::model::record::{Note, Replacement};
use crate::store::fs::{Failure, Image, RealFs, RecordingFs, crash_states};

const DIR: &str = "/spot/journal";

fn commit(number: CommitNumber) -> Commit {
    let mut commit = Commit::new(if number.is_multiple_of(3) { Layer::Backfilled } else { Layer::Observed });
    commit.number = number;
    commit.at = Instant::from_seconds(1_700_000_000 + 60 * number.cast_signed());
    let body = format!(r#"{{"title":"Ledger {number}"}}"#);
    commit.versions.push(Version {
        stream: StreamNo(7),
        at: commit.at,
        body: Some(RawValue::from_string(body).unwrap()),
        check: None,
        seam: number == 1,
    });
    commit
}

fn open(fs: &RecordingFs) -> Opened {
    Journal::open(Arc::new(fs.clone()), Path::new(DIR)).unwrap()
}

fn journal_of(fs: &RecordingFs, numbers: impl IntoIterator<Item = CommitNumber>) -> Journal {
    let mut journal = open(fs).journal;
    for number in numbers {
        journal.append(&commit(number)).unwrap();
    }
    journal
}

fn numbers(journal: &Journal) -> Vec<CommitNumber> {
    let found = journal.commits().map(|(_, meta)| meta.number).collect::<Vec<_>>();
    for number in &found {
        assert_eq!(journal.read(journal.find(*number).unwrap()).unwrap(), commit(*number));
    }
    found
}

fn newest(image: &Image) -> std::path::PathBuf {
    image.files.keys().next_back().unwrap().clone()
}

#[test]
fn what_was_appended_is_read_back_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/journal");
    let mut journal = Journal::open(Arc::new(RealFs), &path).unwrap().journal;
    let first = journal.append(&commit(1)).unwrap();
    journal.rotate();
    let second = journal.append(&commit(2)).unwrap();
    drop(journal);
    let mut opened = Journal::open(Arc::new(RealFs), &path).unwrap();
    assert_eq!((opened.cut, opened.corruption), (None, None));
    assert_eq!(opened.journal.read(first).unwrap(), commit(1));
    assert_eq!(opened.journal.reader().read(second).unwrap(), commit(2));
    assert_eq!(opened.journal.reader().versions(second).unwrap().versions, commit(2).versions);
    opened.journal.append(&commit(3)).unwrap();
    assert_eq!(opened.journal.files(), [1, 2]);
    assert_eq!(opened.journal.commits_from(2).map(|found| found.unwrap().1.number).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(opened.journal.last().unwrap().number, 3);
    assert_eq!(opened.journal.verify().unwrap(), []);
    assert_eq!(Position::from_bytes(second.to_bytes()), second);
}

#[test]
fn a_commit_out_of_order_is_refused() {
    let fs = RecordingFs::default();
    let mut journal = journal_of(&fs, 5..=6);
    assert!(matches!(journal.append(&commit(6)), Err(Error::OutOfOrder { given: 6, expected: 7 })));
    assert!(matches!(journal.append(&commit(8)), Err(Error::OutOfOrder { given: 8, expected: 7 })));
    journal.append(&commit(7)).unwrap();
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_the_rest_is_kept() {
    let fs = RecordingFs::default();
    let mut journal = journal_of(&fs, 1..=2);
    let whole = usize::try_from(journal.bytes()).unwrap();
    journal.append(&commit(3)).unwrap();
    let image = fs.image();
    let path = newest(&image);
    for length in whole + 1..image.files[&path].len() {
        let mut torn = image.clone();
        torn.files.get_mut(&path).unwrap().truncate(length);
        let fs = RecordingFs::from_image(torn);
        let mut opened = open(&fs);
        assert_eq!(opened.corruption, None);
        assert_eq!(opened.cut.unwrap().bytes, (length - whole) as u64);
        assert_eq!(numbers(&opened.journal), [1, 2]);
        assert_eq!(fs.image().files[&path].len(), whole);
        opened.journal.append(&commit(3)).unwrap();
        assert_eq!(fs.image(), image);
    }
}

#[test]
fn a_flipped_bit_before_the_last_record_is_corruption_and_cuts_nothing() {
    let fs = RecordingFs::default();
    let mut journal = journal_of(&fs, 1..=2);
    let (from, to) = (journal.find(2).unwrap().offset, journal.bytes());
    journal.append(&commit(3)).unwrap();
    let image = fs.image();
    let path = newest(&image);
    for byte in (0..FILE_HEADER as u64).chain(from..to) {
        for bit in 0..8 {
            let fs = RecordingFs::from_image(image.clone());
            fs.flip(&path, usize::try_from(byte).unwrap(), bit);
            let damaged = fs.image();
            let mut opened = open(&fs);
            let corruption = opened.corruption.unwrap_or_else(|| panic!("byte {byte}, bit {bit} is not found"));
            assert_eq!((&corruption.file, opened.cut), (&path, None));
            let header = byte < FILE_HEADER as u64;
            assert_eq!(corruption.offset, if header { 0 } else { from });
            assert_eq!(numbers(&opened.journal), if header { vec![] } else { vec![1] });
            assert!(matches!(opened.journal.append(&commit(4)), Err(Error::Corrupt(found)) if found == corruption));
            assert!(opened.journal.remove_through(3).is_err());
            assert_eq!(opened.journal.verify().unwrap().last(), Some(&corruption));
            assert_eq!(fs.image(), damaged);
        }
    }
}

#[test]
fn damage_in_an_older_file_leaves_the_other_files_readable() {
    let fs = RecordingFs::default();
    let mut journal = journal_of(&fs, 1..=2);
    journal.rotate();
    journal.append(&commit(3)).unwrap();
    let (path, length) = (Path::new(DIR).join("000000000001.journal"), journal.find(2).unwrap().offset);
    let mut image = fs.image();
    image.files.get_mut(&path).unwrap().pop();
    let opened = open(&RecordingFs::from_image(image));
    assert_eq!(opened.corruption.map(|found| (found.file, found.offset)), Some((path, length)));
    assert_eq!(numbers(&opened.journal), [1, 3]);
}

#[test]
fn a_missing_file_is_corruption() {
    let fs = RecordingFs::default();
    let mut journal = open(&fs).journal;
    for number in 1..=3 {
        journal.rotate();
        journal.append(&commit(number)).unwrap();
    }
    fs.remove(&Path::new(DIR).join("000000000002.journal")).unwrap();
    let opened = open(&fs);
    assert_eq!(opened.corruption.map(|found| found.what), Some("commits before 3 are missing".to_owned()));
    assert_eq!(numbers(&opened.journal), [1, 3]);
}

#[test]
fn a_file_of_a_newer_format_is_refused_and_says_what_to_do() {
    let line = format::file_header(2, 1);
    let path = Path::new(DIR).join("000000000001.journal");
    let fs = RecordingFs::from_image(Image { files: BTreeMap::from([(path, line)]), ..Image::default() });
    let error = Journal::open(Arc::new(fs), Path::new(DIR)).unwrap_err().to_string();
    assert!(
        error.ends_with("000000000001.journal was written by a newer spot (journal format 2, this one reads up to 1): update spot"),
        "{error}"
    );
}

/// Appends and rotates, going on after each failure as the ingest would, and returns what was acknowledged.
fn work(journal: &mut Journal) -> Vec<CommitNumber> {
    let mut acknowledged = Vec::new();
    for step in 0..6 {
        if step == 2 || step == 4 {
            journal.rotate();
        }
        let next = acknowledged.len() as u64 + 1;
        if journal.append(&commit(next)).is_ok() {
            acknowledged.push(next);
        }
    }
    acknowledged
}

#[test]
fn a_full_disk_at_any_operation_loses_nothing_that_was_acknowledged() {
    for lasting in [false, true] {
        for countdown in 0.. {
            let fs = RecordingFs::default();
            let mut journal = open(&fs).journal;
            fs.fail_after(countdown, Failure::NoSpace, lasting);
            let mut acknowledged = work(&mut journal);
            assert_eq!(numbers(&journal), acknowledged);
            let untouched = fs.heal();
            // Space came back: the same journal goes on without being opened again.
            let next = acknowledged.len() as u64 + 1;
            journal.append(&commit(next)).unwrap();
            acknowledged.push(next);
            let opened = open(&fs);
            assert_eq!((opened.cut, opened.corruption), (None, None));
            assert_eq!(numbers(&opened.journal), acknowledged);
            if untouched {
                break;
            }
        }
    }
}

#[test]
fn a_failing_device_stops_the_writer_or_leaves_the_journal_as_it_was() {
    for lasting in [false, true] {
        for countdown in 0.. {
            let fs = RecordingFs::default();
            let mut journal = open(&fs).journal;
            fs.fail_after(countdown, Failure::Device, lasting);
            let acknowledged = work(&mut journal);
            let untouched = fs.heal();
            let opened = open(&fs);
            assert_eq!(opened.corruption, None);
            let found = numbers(&opened.journal);
            // A commit whose sync failed was not acknowledged, but may well be there.
            assert!(found.starts_with(&acknowledged) && found.len() <= acknowledged.len() + 1, "{acknowledged:?} {found:?}");
            if untouched {
                break;
            }
        }
    }
}

#[test]
fn after_a_failed_sync_every_append_is_refused_with_the_reason() {
    let fs = RecordingFs::default();
    let mut journal = journal_of(&fs, [1]);
    fs.fail_after(1, Failure::Device, false);
    assert!(matches!(journal.append(&commit(2)), Err(Error::Io { action: "sync", .. })));
    let error = journal.append(&commit(2)).unwrap_err().to_string();
    assert!(
        error.starts_with("nothing more is recorded until spot is started again: /spot/journal/000000000001.journal could not be"),
        "{error}"
    );
}

#[test]
fn no_crash_loses_or_doubles_an_acknowledged_commit() {
    let fs = RecordingFs::default();
    let mut journal = open(&fs).journal;
    let mut removed = 0;
    for number in 1..=9 {
        journal.append(&commit(number)).unwrap();
        fs.mark(removed << 8 | number);
        if number % 2 == 0 {
            journal.rotate();
        }
        if number == 5 || number == 8 {
            removed = number - 2;
            fs.mark(removed << 8 | number);
            journal.remove_through(removed).unwrap();
        }
    }
    let mut seen = 0;
    for state in crash_states(&fs.operations()) {
        let mark = state.mark.unwrap_or(0);
        let (acknowledged, removed) = (mark & 0xff, mark >> 8);
        let fs = RecordingFs::from_image(state.image);
        let mut opened = open(&fs);
        assert_eq!(opened.corruption, None, "after operation {}", state.operations);
        let found = numbers(&opened.journal);
        let last = found.last().copied().unwrap_or(0);
        assert!(last == acknowledged || last == acknowledged + 1, "{found:?} after operation {}", state.operations);
        assert!(found.iter().copied().eq(found.first().copied().unwrap_or(1)..=last));
        assert!(found.first().is_none_or(|first| *first <= removed + 1));
        opened.journal.append(&commit(last + 1)).unwrap();
        assert_eq!(open(&fs).journal.last().unwrap().number, last + 1);
        seen += 1;
    }
    assert!(seen > 100, "{seen} states");
}

#[test]
fn removing_everything_lets_any_number_come_next() {
    let fs = RecordingFs::default();
    let mut journal = journal_of(&fs, 1..=3);
    journal.remove_through(2).unwrap();
    assert_eq!(numbers(&journal), [1, 2, 3]);
    journal.remove_through(3).unwrap();
    assert_eq!((numbers(&journal), fs.image().files.len()), (vec![], 0));
    journal.append(&commit(4)).unwrap();
    assert_eq!(numbers(&open(&fs).journal), [4]);
}

#[test]
fn a_record_larger_than_what_is_read_at_once_is_read_whole() {
    let fs = RecordingFs::default();
    let mut journal = open(&fs).journal;
    let mut large = commit(1);
    let noise = (0..400_000_u64).map(|index| char::from(b'!' + (index.wrapping_mul(index).wrapping_mul(2_654_435_761) >> 13) as u8 % 90));
    large.notes.push(Note { kind: "report".into(), key: "week".into(), value: noise.collect::<String>().into() });
    let position = journal.append(&large).unwrap();
    journal.append(&commit(2)).unwrap();
    let opened = open(&fs);
    assert!(opened.journal.bytes() > 100_000);
    assert_eq!(opened.journal.read(position).unwrap(), large);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_commit_is_read_back_as_it_was(
        at in 0_i64..4_000_000_000_000_000,
        observed: bool,
        bodies in prop::collection::vec(prop::option::of("\\PC{0,20}"), 0..5),
        scope in "\\PC{0,20}",
    ) {
        let mut commit = Commit::new(if observed { Layer::Observed } else { Layer::Backfilled });
        commit.number = 1;
        commit.at = Instant::from_micros(at);
        commit.replaces.push(Replacement { source: "git".into(), scope: scope.clone() });
        for (stream, title) in (0..).zip(bodies) {
            let body = title.map(|title| serde_json::value::to_raw_value(&serde_json::json!({ "title": title })).unwrap());
            commit.versions.push(Version { stream: StreamNo(stream), at: commit.at, body, check: Some(scope.clone()), seam: observed });
        }
        let fs = RecordingFs::default();
        let position = open(&fs).journal.append(&commit).unwrap();
        prop_assert_eq!(open(&fs).journal.read(position).unwrap(), commit);
    }
}
