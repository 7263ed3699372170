//! The truth of the sealed past: one SQLite file per 64-day window and layer, never written again.
//!
//! # Invariants
//! - A file appears whole, by rename, or not at all. What ends in `.tmp` was never finished and is removed.
//! - A file is opened read-only and immutable; what is damaged is named, and never keeps another file from being read.
//! - Readable without spot: `docs/archive.md`. Every format ever released still opens.
//! - Nothing here compares or assembles, and no type of the engine leaves this folder.

mod cache;
mod database;
mod frame;
mod pack;
mod records;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use self::cache::Cache;
use self::database::Database;
use crate::model::record::EventRecord;
use crate::model::{CommitNumber, Day, Instant, Layer, Run, StreamNo};
use crate::store::fs::Fs;

pub use self::frame::{ArchivedVersion, Frame, VersionRef};
pub use self::pack::{PackInput, Packed, StreamVersions, pack};
pub use self::records::{Recorded, Records};

/// The format that is written. Every format up to this one is read.
/// Format 2 added events.
pub const FORMAT: u32 = 2;

/// Any other error, of the caller or of the engine.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// 64 days in a row: those whose [`Day::number`] divided by 64 gives this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window(pub i32);

impl Window {
    /// How many days a window has.
    pub const DAYS: i32 = 64;

    /// The window in which a day lies.
    #[must_use]
    pub fn of(day: Day) -> Self {
        Self(day.number().div_euclid(Self::DAYS))
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> Day {
        Day::from_number(self.0.saturating_mul(Self::DAYS))
    }

    /// The last day.
    #[must_use]
    pub fn last_day(self) -> Day {
        Day::from_number(self.0.saturating_mul(Self::DAYS).saturating_add(Self::DAYS - 1))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:05}", self.0)
    }
}

/// The name of the file that holds a window of a layer.
#[must_use]
pub fn file_name(layer: Layer, window: Window) -> String {
    format!("{}-{window}.sqlite", layer_word(layer))
}

const fn layer_word(layer: Layer) -> &'static str {
    match layer {
        Layer::Observed => "observed",
        Layer::Backfilled => "backfilled",
    }
}

fn parse_file_name(name: &str) -> Option<(Layer, Window)> {
    let stem = name.strip_suffix(".sqlite")?;
    let (layer, number) = stem
        .strip_prefix("observed-")
        .map(|number| (Layer::Observed, number))
        .or_else(|| stem.strip_prefix("backfilled-").map(|number| (Layer::Backfilled, number)))?;
    let window = Window(number.parse().ok()?);
    (file_name(layer, window) == name).then_some((layer, window))
}

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Its format.
    pub format: u32,
    /// Its layer.
    pub layer: Layer,
    /// Its window.
    pub window: Window,
    /// First instant of the window.
    pub from: Instant,
    /// First instant after the window.
    pub to: Instant,
    /// The highest commit whose versions in this window and layer are included.
    pub through: CommitNumber,
    /// How many frames it has.
    pub frames: u64,
    /// How many streams have versions in them.
    pub streams: u64,
    /// How many versions the frames hold, states at the window's start not counted.
    pub versions: u64,
    /// A fingerprint of the content.
    pub id: String,
}

/// Something in the archive that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// The table and row, where that much is known.
    pub row: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            Some(row) => write!(f, "{}, {row}: {}", self.file.display(), self.what),
            None => write!(f, "{}: {}", self.file.display(), self.what),
        }
    }
}

/// Why the archive could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// A file was written by a later version of spot.
    #[error("{} was written by a newer spot (archive format {format}, this one reads up to {FORMAT}): update spot", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A file is damaged.
    #[error("the archive is damaged: {0}; restore this file from a backup")]
    Damaged(Damage),
    /// There is no file for this window and layer.
    #[error("the archive has no file {0}")]
    NoWindow(String),
    /// The content of a window cannot be written.
    #[error("cannot pack {}", path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// Packing again would lose what is packed already.
    #[error("{} already holds commit {commit}, which the new content lacks", path.display())]
    WouldLose {
        /// The file.
        path: PathBuf,
        /// The commit.
        commit: CommitNumber,
    },
}

impl Error {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// What was read, or `None` if it is damaged, which is logged: what is intact has to go on without it.
///
/// # Errors
/// Every other error.
pub fn if_intact<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(Error::Damaged(damage)) => {
            tracing::error!(%damage, "a part of the archive cannot be read and is left out");
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// All files of the archive, for reading, by many threads at once.
#[derive(Debug)]
pub struct Archive {
    fs: Arc<dyn Fs>,
    dir: PathBuf,
    files: BTreeMap<(Layer, Window), ArchiveFile>,
    cache: Mutex<Cache>,
}

#[derive(Debug)]
struct ArchiveFile {
    path: PathBuf,
    size: u64,
    meta: Result<Meta, Damage>,
    /// The frame of each stream, in the order of streams, once someone asked: a few bytes a stream, and what is read
    /// again needs no query at all.
    parts: OnceLock<Vec<(StreamNo, i64)>>,
    idle: Mutex<Vec<Database>>,
}

/// How many connections to a file are kept open for the next reader.
const IDLE: usize = 2;

impl Archive {
    /// Opens the archive in `dir`, which is created if it is missing; removes what was never finished.
    ///
    /// # Errors
    /// [`Error::Newer`] if a file is of a later format, [`Error::Io`] if the disk refuses. A damaged file is no
    /// error: see [`Archive::damaged`].
    pub fn open(fs: Arc<dyn Fs>, dir: &Path) -> Result<Self, Error> {
        fs.create_dir(dir).map_err(Error::io("create", dir))?;
        let mut files = BTreeMap::new();
        let mut removed = false;
        for name in fs.list(dir).map_err(Error::io("list", dir))? {
            let path = dir.join(&name);
            if name.strip_suffix(".tmp").is_some_and(|name| parse_file_name(name).is_some()) {
                fs.remove(&path).map_err(Error::io("remove", &path))?;
                removed = true;
            } else if let Some(key) = parse_file_name(&name) {
                files.insert(key, ArchiveFile::open(&*fs, path, key)?);
            }
        }
        if removed {
            fs.sync_dir(dir).map_err(Error::io("sync", dir))?;
        }
        Ok(Self { fs, dir: dir.to_owned(), files, cache: Mutex::new(Cache::new()) })
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The windows of a layer that have a file, oldest first, damaged ones included.
    #[must_use]
    pub fn windows(&self, layer: Layer) -> Vec<Window> {
        self.files.keys().filter(|(of, _)| *of == layer).map(|(_, window)| *window).collect()
    }

    /// What the file of a window says of itself, if there is one and it is readable.
    #[must_use]
    pub fn meta(&self, layer: Layer, window: Window) -> Option<&Meta> {
        self.files.get(&(layer, window))?.meta.as_ref().ok()
    }

    /// The files that cannot be read at all.
    #[must_use]
    pub fn damaged(&self) -> Vec<Damage> {
        self.files.values().filter_map(|file| file.meta.as_ref().err().cloned()).collect()
    }

    /// Length of all files in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.size).sum()
    }

    /// A number that differs whenever the set of files or their content does.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut text = String::new();
        for ((layer, window), file) in &self.files {
            let id = file.meta.as_ref().map_or("damaged", |meta| meta.id.as_str());
            text.push_str(&format!("{} {} {id}\n", file_name(*layer, *window), file.size));
        }
        xxhash_rust::xxh3::xxh3_64(text.as_bytes())
    }

    /// The versions of a stream in a window, if it has any there.
    ///
    /// # Errors
    /// [`Error::Damaged`] naming file and row.
    pub fn frame(&self, layer: Layer, window: Window, stream: StreamNo) -> Result<Option<Frame>, Error> {
        let Some(file) = self.files.get(&(layer, window)) else { return Ok(None) };
        let Some(no) = file.frame_of(&*self.fs, stream)? else { return Ok(None) };
        let key = (layer, window, no);
        let cached = self.cache.lock().get(&key);
        let group = match cached {
            Some(group) => group,
            None => {
                let group = Arc::new(file.with(&*self.fs, |database| database.group(no, stream))?);
                self.cache.lock().put(key, Arc::clone(&group));
                group
            }
        };
        match group.frame(stream) {
            Some(frame) => Ok(Some(frame)),
            None => file.with(&*self.fs, |database| Err(database.missing(no, stream))),
        }
    }

    /// To be held while the streams of all entities are read, each once: what is kept in memory is chosen accordingly.
    pub fn reading_all(&self) -> ReadingAll<'_> {
        self.cache.lock().begin_reading_all(self.files.len());
        ReadingAll(self)
    }

    /// The streams that have versions in a window, in order.
    ///
    /// # Errors
    /// [`Error::Damaged`] naming the file.
    pub fn streams(&self, layer: Layer, window: Window) -> Result<Vec<StreamNo>, Error> {
        let Some(file) = self.files.get(&(layer, window)) else { return Ok(Vec::new()) };
        file.with(&*self.fs, Database::streams)
    }

    /// Calls `each` for every stream of a window: by facet and origin, then in order.
    ///
    /// # Errors
    /// [`Error::Damaged`] naming file and row, and what `each` returns.
    pub fn for_each_frame<E: From<Error>>(
        &self,
        layer: Layer,
        window: Window,
        mut each: impl FnMut(StreamNo, Frame) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(file) = self.files.get(&(layer, window)) else { return Ok(()) };
        file.with(&*self.fs, |database| {
            database.for_each_group(|stored| {
                let group = Arc::new(stored.group()?);
                group.streams().try_for_each(|stream| group.frame(stream).map_or(Ok(()), |frame| each(stream, frame)))
            })
        })
    }

    /// What the commits of a window recorded, but for versions and runs. Only observed files hold records.
    ///
    /// # Errors
    /// [`Error::NoWindow`], and [`Error::Damaged`] naming file and row.
    pub fn records(&self, window: Window) -> Result<Records, Error> {
        let key = (Layer::Observed, window);
        let file = self.files.get(&key).ok_or_else(|| Error::NoWindow(file_name(key.0, key.1)))?;
        file.with(&*self.fs, Database::records)
    }

    /// Calls `each` for the runs of a window, source by source, in order within a source.
    ///
    /// # Errors
    /// [`Error::Damaged`] naming file and row, and what `each` returns.
    pub fn for_each_run<E: From<Error>>(&self, window: Window, each: impl FnMut(CommitNumber, Run) -> Result<(), E>) -> Result<(), E> {
        let Some(file) = self.files.get(&(Layer::Observed, window)) else { return Ok(()) };
        file.with(&*self.fs, |database| database.for_each_run(each))
    }

    /// Calls `each` for what the commits of a window recorded of events, kind by kind, in order within a kind.
    ///
    /// # Errors
    /// [`Error::Damaged`] naming file and row, and what `each` returns.
    pub fn for_each_event<E: From<Error>>(
        &self,
        window: Window,
        each: impl FnMut(CommitNumber, EventRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(file) = self.files.get(&(Layer::Observed, window)) else { return Ok(()) };
        file.with(&*self.fs, |database| database.for_each_event(each))
    }

    /// Checks every checksum of every file.
    #[must_use]
    pub fn verify(&self) -> Vec<Damage> {
        let mut found = Vec::new();
        for file in self.files.values() {
            match &file.meta {
                Err(damage) => found.push(damage.clone()),
                // Opened anew: a connection may hold pages that are no longer what is on the disk.
                Ok(_) => match Database::open(&*self.fs, &file.path) {
                    Ok(database) => found.extend(database.verify()),
                    Err(Error::Damaged(damage)) => found.push(damage),
                    Err(error) => found.push(Damage { file: file.path.clone(), row: None, what: database::chain(&error) }),
                },
            }
        }
        found
    }
}

/// See [`Archive::reading_all`].
#[derive(Debug)]
#[must_use]
pub struct ReadingAll<'a>(&'a Archive);

impl Drop for ReadingAll<'_> {
    fn drop(&mut self) {
        self.0.cache.lock().end_reading_all();
    }
}

impl ArchiveFile {
    fn open(fs: &dyn Fs, path: PathBuf, key: (Layer, Window)) -> Result<Self, Error> {
        let size = fs.length(&path).map_err(Error::io("measure", &path))?;
        let read = Database::open(fs, &path).and_then(|database| Ok((database.meta()?, database)));
        let (meta, idle) = match read {
            Ok((meta, database)) if (meta.layer, meta.window) == key => (Ok(meta), vec![database]),
            Ok((meta, _)) => {
                let what = format!("it says that it is {}", file_name(meta.layer, meta.window));
                (Err(Damage { file: path.clone(), row: None, what }), Vec::new())
            }
            Err(Error::Damaged(damage)) => (Err(damage), Vec::new()),
            Err(error @ Error::Newer { .. }) => return Err(error),
            Err(error) => (Err(Damage { file: path.clone(), row: None, what: database::chain(&error) }), Vec::new()),
        };
        Ok(Self { path, size, meta, parts: OnceLock::new(), idle: Mutex::new(idle) })
    }

    /// The number of the frame that holds a stream's versions.
    fn frame_of(&self, fs: &dyn Fs, stream: StreamNo) -> Result<Option<i64>, Error> {
        let found = |parts: &[(StreamNo, i64)]| parts.binary_search_by_key(&stream, |(of, _)| *of).ok().map(|place| parts[place].1);
        if let Some(parts) = self.parts.get() {
            return Ok(found(parts));
        }
        self.with(fs, |database| match database.parts() {
            Ok(parts) => Ok(found(self.parts.get_or_init(|| parts))),
            // A damaged row does not keep the others from being read.
            Err(_) => database.frame_of(stream),
        })
    }

    fn with<T, E: From<Error>>(&self, fs: &dyn Fs, read: impl FnOnce(&Database) -> Result<T, E>) -> Result<T, E> {
        if let Err(damage) = &self.meta {
            return Err(Error::Damaged(damage.clone()).into());
        }
        let idle = self.idle.lock().pop();
        let database = match idle {
            Some(database) => database,
            None => Database::open(fs, &self.path)?,
        };
        let result = read(&database)?;
        let mut idle = self.idle.lock();
        if idle.len() < IDLE {
            idle.push(database);
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests;
