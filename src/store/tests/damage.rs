//! Damaged files: named, confined, never made worse.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{day, everything, open, say, seal_through};
use crate::model::{EntityRef, Facet, Instant, Layer};
use crate::store::{Options, Store};

/// Three windows: two in the archive, the third in the journal.
fn company(folder: &Path) -> Store {
    let store = open(folder);
    for (number, at) in [0, 3, 70, 75, 140].into_iter().enumerate() {
        let value = json!({"ref": "service:ledger", "owner": [format!("team:t{number}")]});
        say(&store, Layer::Observed, "ledger", Facet::General, day(at), day(at), Some(&value));
        let value = json!({"ref": format!("service:s{number}"), "lifecycle": "production"});
        say(&store, Layer::Observed, &format!("s{number}"), Facet::General, day(at), day(at), Some(&value));
        seal_through(&store, at);
    }
    store.pack().expect("packed");
    assert_eq!(files(&folder.join("archive"), "sqlite").len(), 2);
    store
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    all.retain(|path| path.extension().is_some_and(|extension| extension == ending));
    all.sort();
    all
}

fn below(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { below(&path, all) } else { all.push(path) }
    }
}

fn owner(store: &Store, at: Instant) -> Option<String> {
    let ledger: EntityRef = "service:ledger".parse().expect("a ref");
    let entity = store.view().holdings(&ledger).expect("holdings").first()?.entity;
    let column = store.view().column(Facet::General, "owner").expect("a column");
    column.at(entity, at).map(ToString::to_string)
}

#[test]
fn a_corrupted_index_is_rebuilt_and_answers_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = everything(&company(folder.path()).view());
    let mut all = Vec::new();
    below(&folder.path().join("index"), &mut all);
    assert!(!all.is_empty());
    for path in all {
        let length = std::fs::metadata(&path).expect("a file").len();
        std::fs::write(&path, vec![0xa5; usize::try_from(length).expect("small").max(64)]).expect("written");
    }
    let store = open(folder.path());
    assert_eq!(everything(&store.view()), before);
    assert_eq!(store.verify(|_| ()).expect("verified").damage, []);
}

#[test]
fn a_bad_record_in_the_middle_of_the_journal_is_named_and_everything_intact_still_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(company(folder.path()));
    let path = files(&folder.path().join("journal"), "journal").pop().expect("a journal");
    let mut content = std::fs::read(&path).expect("read");
    content[110] ^= 0xff;
    std::fs::write(&path, &content).expect("written");
    let store = open(folder.path());
    let problem = store.read_only().expect("read-only").to_owned();
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(problem.contains(&name) && problem.contains("64"), "{problem}");
    assert!(store.begin(Layer::Observed).is_err(), "nothing more is recorded");
    assert_eq!(owner(&store, day(71)).as_deref(), Some("[\"team:t2\"]"));
    assert!(store.verify(|_| ()).expect("verified").damage.iter().any(|damage| damage.what.contains(&name)));
    drop(store);
    assert_eq!(std::fs::read(&path).expect("read"), content, "nothing was cut");
}

#[test]
fn a_truncated_archive_file_is_named_and_the_others_still_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(company(folder.path()));
    let path = files(&folder.path().join("archive"), "sqlite").pop().expect("two files");
    let content = std::fs::read(&path).expect("read");
    std::fs::write(&path, &content[..content.len() / 2]).expect("written");
    let store = open(folder.path());
    let problem = store.read_only().expect("read-only");
    assert!(problem.contains("archive is damaged") && problem.contains("spot verify"), "{problem}");
    assert_eq!(owner(&store, day(1)).as_deref(), Some("[\"team:t0\"]"), "the window before");
    assert_eq!(owner(&store, day(141)).as_deref(), Some("[\"team:t4\"]"), "the journal after");
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let damage = store.verify(|_| ()).expect("verified").damage;
    assert!(damage.iter().any(|damage| damage.what.contains(&name)), "{damage:?}");
    drop(store);
    assert_eq!(std::fs::read(&path).expect("read").len(), content.len() / 2, "nothing was written");
    std::fs::write(&path, &content).expect("written");
    assert_eq!(open(folder.path()).verify(|_| ()).expect("verified").damage, [], "a copy from a backup heals it");
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(company(folder.path()));
    let path = files(&folder.path().join("journal"), "journal").pop().expect("a journal");
    let content = std::fs::read(&path).expect("read");
    let mut newer = content.clone();
    let line = format!("spot journal 9 {}", String::from_utf8_lossy(&content[15..28]));
    let line = format!("{line}{:08x}", crc32c::crc32c(line.as_bytes()));
    newer[..64].copy_from_slice(format!("{line:<63}\n").as_bytes());
    std::fs::write(&path, &newer).expect("written");
    let refused = Store::open(&Options::new(folder.path())).err().expect("refused");
    let text = format!("{:#}", anyhow::Error::from(refused));
    assert!(text.contains("newer spot") && text.contains("update spot"), "{text}");
    assert_eq!(std::fs::read(&path).expect("read"), newer);
}
