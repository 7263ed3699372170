//! A real file system filled to its last block, in commit, seal, pack and rebuild: each fails with a clear error, and
//! nothing that was acknowledged is lost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::{day, differences, everything, say, seal_through};
use crate::model::{Facet, Layer};
use crate::store::{Options, Store, drop_index};

/// An ext4 file system in a file, mounted; unmounted when dropped.
struct Disk {
    mount: PathBuf,
    _folder: tempfile::TempDir,
}

impl Disk {
    /// `None` where the machine does not let this process mount.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let (image, mount) = (folder.path().join("image"), folder.path().join("mount"));
        std::fs::create_dir(&mount).expect("a folder");
        std::fs::File::create(&image).and_then(|file| file.set_len(24 << 20)).expect("an image");
        let run = |program: &str, arguments: &[&std::ffi::OsStr]| {
            Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
        };
        let made = run("/sbin/mkfs.ext4", &["-q".as_ref(), "-F".as_ref(), "-m".as_ref(), "0".as_ref(), image.as_ref()]);
        let mounted = made && run("mount", &["-o".as_ref(), "loop".as_ref(), image.as_ref(), mount.as_ref()]);
        mounted.then_some(Self { mount, _folder: folder })
    }

    /// Fills every block that is left.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).expect("a file");
        for size in [1 << 20, 4096, 1] {
            let block = vec![1_u8; size];
            while ballast.write_all(&block).is_ok() {}
            let _ = ballast.sync_all();
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).expect("freed");
        let _ = std::fs::File::open(&self.mount).and_then(|folder| folder.sync_all());
    }

    fn ballast(&self) -> PathBuf {
        self.mount.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.mount).output();
    }
}

/// Large enough that no free tail of a block takes it.
fn large(seed: u64) -> serde_json::Value {
    let mut state = seed;
    let text: String = (0..60_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + u8::try_from((state >> 33) % 26).expect("a letter"))
        })
        .collect();
    json!({"ref": "service:ledger", "owner": ["team:a"], "description": text})
}

fn open(folder: &Path) -> Store {
    Store::open(&Options::new(folder)).expect("opens")
}

fn commit_large(store: &Store, seed: u64) -> Result<(), crate::store::Error> {
    let mut transaction = store.begin(Layer::Observed)?;
    let no = transaction.find_resource("test", "ledger").expect("it was said");
    let stream = transaction.stream(no, Facet::General, "catalog-info.yaml");
    transaction.version(stream, None, large(seed).as_object().cloned(), None, false);
    transaction.commit(day(71)).map(drop)
}

#[test]
fn a_full_disk_loses_nothing_in_commit_seal_pack_or_rebuild() {
    let Some(disk) = Disk::new() else {
        eprintln!("SKIPPED: this machine does not let the test mount a file system of its own");
        return;
    };
    let folder = disk.mount.join("data");
    let store = open(&folder);
    say(&store, Layer::Observed, "ledger", Facet::General, day(0), day(0), Some(&large(1)));
    say(&store, Layer::Observed, "mail", Facet::General, day(1), day(1), Some(&json!({"ref": "service:mail"})));
    let acknowledged = everything(&store.view());

    // Commit.
    disk.fill();
    let refused = commit_large(&store, 2).expect_err("there is no room");
    let message = refused.to_string();
    assert!(message.contains("no space left on the disk") && message.contains(".journal"), "{message}");
    assert_eq!(differences(&everything(&store.view()), &acknowledged), Vec::<String>::new());
    disk.free();
    drop(store);
    let store = open(&folder);
    assert_eq!(differences(&everything(&store.view()), &acknowledged), Vec::<String>::new());

    // Seal: small, but a sealed day is recorded or it is not.
    disk.fill();
    let sealed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| seal_through(&store, 70)));
    disk.free();
    drop(store);
    let store = open(&folder);
    if sealed.is_err() {
        seal_through(&store, 70);
    }
    assert_eq!(differences(&everything(&store.view()), &acknowledged), Vec::<String>::new());

    // Pack.
    disk.fill();
    store.pack().expect_err("there is no room for a file of the archive");
    assert_eq!(differences(&everything(&store.view()), &acknowledged), Vec::<String>::new());
    disk.free();
    assert!(store.pack().expect("packed").commits > 0);
    assert_eq!(differences(&everything(&store.view()), &acknowledged), Vec::<String>::new());
    drop(store);

    // Rebuild.
    drop_index(&folder).expect("dropped");
    disk.fill();
    let opened = std::panic::catch_unwind(|| Store::open(&Options::new(&folder)).map(drop));
    assert!(!matches!(opened, Ok(Ok(()))) || folder.join("index").exists(), "either it says so or it found room");
    disk.free();
    let store = open(&folder);
    assert_eq!(differences(&everything(&store.view()), &acknowledged), Vec::<String>::new());
    assert_eq!(store.verify(|_| ()).expect("verified").damage, []);
}
