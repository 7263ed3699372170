//! Opening a data folder: lock, journal, archive, and an index that agrees with both.

use std::collections::HashMap;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, RwLock};

use crate::model::{Commit, EntityId, Facet};
use crate::store::archive::Archive;
use crate::store::column::Column;
use crate::store::fs::{Fs, RealFs};
use crate::store::index::Index;
use crate::store::journal::{self, Journal, Position};
use crate::store::lives::Memory;
use crate::store::registry::Registry;
use crate::store::view::{Names, View};
use crate::store::{Error, rebuild};

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    /// The data folder; created if it is missing.
    pub folder: PathBuf,
    /// Where file operations go; the real file system outside tests.
    pub fs: Arc<dyn Fs>,
    /// Memory for the index engine's cache, in bytes.
    pub index_cache: u64,
    /// Rebuild an index in the background, answering today at once, if the archive has at least this many bytes.
    pub background_rebuild_above: u64,
}

impl Options {
    /// A folder on the real file system with the sizes that were measured to serve well.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), fs: Arc::new(RealFs), index_cache: 24 << 20, background_rebuild_above: 4 << 20 }
    }
}

/// An open data folder: the only writer, and views for everyone else.
pub struct Store {
    pub(super) shared: Arc<Shared>,
    /// Held for as long as the store is open; released by closing the file.
    _lock: std::fs::File,
}

/// What the writer and all views share.
pub(crate) struct Shared {
    pub(super) folder: PathBuf,
    pub(super) fs: Arc<dyn Fs>,
    pub(super) index_cache: u64,
    pub(super) writer: Mutex<Journal>,
    pub(super) reader: journal::Reader,
    pub(super) archive: RwLock<Arc<Archive>>,
    pub(super) index: RwLock<Arc<Index>>,
    pub(super) registry: RwLock<Registry>,
    pub(super) columns: RwLock<HashMap<(Facet, String), Arc<Column>>>,
    pub(super) mentioned: RwLock<Option<Arc<Column>>>,
    /// What is counted of bugs, incidents and support cases.
    pub(super) memory: Memory,
    pub(super) names: RwLock<Option<(u64, Arc<Names>)>>,
    /// Who holds a ref now, and who held it last; for finding the entity of a new resource.
    pub(super) holders: RwLock<Holders>,
    pub(super) commits: Mutex<lru::LruCache<Position, Arc<Commit>>>,
    pub(super) runs: crate::store::view::RunCache,
    pub(super) generation: AtomicU64,
    /// Thousandths of a background rebuild done; `DONE` when there is none.
    pub(super) rebuilt: AtomicU64,
    pub(super) closing: AtomicBool,
    /// Why nothing is written, if so.
    pub(super) read_only: OnceLock<String>,
    /// Set when the index could not follow a commit that is durable; the next start repairs it.
    pub(super) index_behind: RwLock<Option<String>>,
}

pub(super) const DONE: u64 = 1000;

/// Entities by the refs that they claim.
#[derive(Default)]
pub(crate) struct Holders {
    pub(super) now: HashMap<String, EntityId>,
    pub(super) ever: HashMap<String, EntityId>,
    /// Entities that a source ever defined.
    pub(super) defined: std::collections::HashSet<EntityId>,
}

impl Store {
    /// Opens the data folder, repairing or rebuilding the index where it does not agree with journal and archive.
    ///
    /// # Errors
    /// [`Error::InUse`] if another process has it; [`Error::Journal`] or [`Error::Archive`] for files of a newer
    /// spot; [`Error::Io`]. A damaged journal or archive opens read-only, see [`Store::read_only`].
    pub fn open(options: &Options) -> Result<Self, Error> {
        let folder = &options.folder;
        std::fs::create_dir_all(folder).map_err(|source| Error::Io { action: "create", path: folder.clone(), source })?;
        let lock = lock(folder)?;
        let opened = Journal::open(Arc::clone(&options.fs), &folder.join("journal"))?;
        if let Some(cut) = &opened.cut {
            tracing::warn!(?cut, "the last record of the journal was torn and is cut; it was never acknowledged");
        }
        let archive = Arc::new(Archive::open(Arc::clone(&options.fs), &folder.join("archive"))?);
        let (journal, corruption) = (opened.journal, opened.corruption);
        let indexes = folder.join("index");
        std::fs::create_dir_all(&indexes).map_err(|source| Error::Io { action: "create", path: indexes.clone(), source })?;

        let usable = rebuild::newest(&indexes).and_then(|place| rebuild::usable(&place, &archive, &journal, options.index_cache));
        let background = usable.is_none() && archive.bytes() >= options.background_rebuild_above;
        let (index, quick) = match usable {
            Some(index) => (index, false),
            None => (rebuild::fresh(&indexes, options.index_cache)?, background),
        };
        let reader = journal.reader();
        let shared = Arc::new(Shared {
            folder: folder.clone(),
            fs: Arc::clone(&options.fs),
            index_cache: options.index_cache,
            writer: Mutex::new(journal),
            reader,
            archive: RwLock::new(archive),
            index: RwLock::new(Arc::new(index)),
            registry: RwLock::new(Registry::default()),
            columns: RwLock::default(),
            memory: Memory::default(),
            mentioned: RwLock::default(),
            names: RwLock::default(),
            holders: RwLock::default(),
            commits: Mutex::new(lru::LruCache::new(std::num::NonZeroUsize::new(6).expect("six is not zero"))),
            runs: crate::store::view::RunCache::default(),
            generation: AtomicU64::new(1),
            rebuilt: AtomicU64::new(DONE),
            closing: AtomicBool::new(false),
            read_only: OnceLock::new(),
            index_behind: RwLock::default(),
        });
        if let Some(corruption) = corruption {
            shared.stop_writing(corruption.to_string());
        }
        rebuild::bring_up(&shared, quick)?;
        if quick {
            shared.rebuilt.store(0, Ordering::Release);
            rebuild::in_background(Arc::clone(&shared));
        }
        Ok(Self { shared, _lock: lock })
    }

    /// The newest state, pinned.
    #[must_use]
    pub fn view(&self) -> View {
        View::new(Arc::clone(&self.shared))
    }

    /// Why nothing can be written, if so.
    #[must_use]
    pub fn read_only(&self) -> Option<String> {
        self.shared.read_only.get().cloned()
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// Grows with every commit.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.shared.generation.load(Ordering::Acquire)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        let index = Arc::clone(&self.shared.index.read());
        if let Err(error) = index.flush() {
            tracing::warn!(%error, "the index could not be flushed; it is repaired at the next start");
        }
    }
}

impl Shared {
    /// From here on everything intact is served and nothing is written. The first reason counts.
    pub(super) fn stop_writing(&self, problem: String) {
        tracing::error!(problem, "serving read-only");
        let _ = self.read_only.set(problem);
    }

    pub(super) fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index.read())
    }

    pub(super) fn archive(&self) -> Arc<Archive> {
        Arc::clone(&self.archive.read())
    }

    /// A commit of the journal, decoded once for a while.
    pub(super) fn commit_at(&self, position: Position) -> Result<Arc<Commit>, Error> {
        if let Some(commit) = self.commits.lock().get(&position) {
            return Ok(Arc::clone(commit));
        }
        let commit = Arc::new(self.reader.read(position)?);
        self.commits.lock().put(position, Arc::clone(&commit));
        Ok(commit)
    }

    pub(super) fn is_rebuilding(&self) -> bool {
        self.rebuilt.load(Ordering::Acquire) < DONE
    }
}

fn lock(folder: &Path) -> Result<std::fs::File, Error> {
    let path = folder.join("spot.lock");
    let failed = |action| {
        let path = path.clone();
        move |source| Error::Io { action, path, source }
    };
    let mut file = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed("open"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
            return Err(Error::InUse { folder: folder.to_owned(), pid });
        }
        Err(std::fs::TryLockError::Error(source)) => return Err(failed("lock")(source)),
    }
    // Only a hint for people, so failures do not matter.
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(file)
}
