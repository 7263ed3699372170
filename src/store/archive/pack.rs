//! Writing a window: aside, verified, synced, renamed.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, MAIN_DB};

use super::database::{self, Database, Stored};
use super::frame::{self, Compressor, Group};
use super::records;
use super::{ArchivedVersion, BoxError, Damage, Error, FORMAT, Frame, Records, VersionRef, Window, file_name, layer_word};
use crate::model::record::NewStream;
use crate::model::{CommitNumber, Instant, Layer, StreamNo};
use crate::store::fs::Fs;

/// Chosen by measurement (`docs/archive.md`): frames fill small pages better than large ones, and each is read as a whole.
const PAGE_SIZE: u32 = 1024;

/// A frame with this much text is closed. Chosen by measurement (`docs/archive.md`).
const FULL: usize = 128 << 10;

/// The versions of a stream that begin within a window.
#[derive(Clone, Debug)]
pub struct StreamVersions {
    /// The stream.
    pub stream: Arc<NewStream>,
    /// What holds at the window's start, if anything. Ignored for backfilled windows: a further backfill could put
    /// a later state before the window, and a reader that found the old one here would not look there.
    pub start: Option<ArchivedVersion>,
    /// In any order. If two begin at the same instant, that of the newer commit is kept.
    pub versions: Vec<ArchivedVersion>,
}

/// The content of a window of one layer.
pub struct PackInput<'a> {
    /// The layer.
    pub layer: Layer,
    /// The window.
    pub window: Window,
    /// First instant of the window.
    pub from: Instant,
    /// First instant after the window.
    pub to: Instant,
    /// The highest commit whose versions in this window and layer are included.
    pub through: CommitNumber,
    /// Streams with versions in the window: by the word of their facet, by origin, then in ascending order. Those of
    /// one facet and origin say similar things and share frames.
    pub streams: Box<dyn Iterator<Item = Result<StreamVersions, BoxError>> + 'a>,
    /// What the commits of the window recorded; ignored for backfilled windows.
    pub records: Records,
    /// True for a version, by its stream and commit, that a later replacement withdrew. Asked for what a backfilled
    /// file holds already and for what is added to it.
    pub withdrawn: &'a dyn Fn(StreamNo, CommitNumber) -> bool,
}

/// A file just written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How many frames it has.
    pub frames: u64,
    /// How many streams have versions in them.
    pub streams: u64,
    /// How many versions the frames hold, states at the window's start not counted.
    pub versions: u64,
}

/// Writes the file of a window into `dir` and returns once it is verified and durable under its name.
///
/// A backfilled file that is there already is merged: what it holds stays unless it is withdrawn or a newer commit
/// says something else for the same stream and instant. An observed file is replaced, which only makes sense if it
/// is packed again after a crash. Until the rename the file that is there stays as it is.
///
/// # Errors
/// [`Error::WouldLose`] if an observed file holds commits that the new content lacks, [`Error::Damaged`] if the file
/// that is there or the one just written is not as it should be, [`Error::Io`] if the disk refuses.
pub fn pack(fs: &dyn Fs, dir: &Path, input: PackInput<'_>) -> Result<Packed, Error> {
    let path = dir.join(file_name(input.layer, input.window));
    let existing = match fs.length(&path) {
        Ok(_) => Some(Database::open(fs, &path)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::io("measure", &path)(error)),
    };
    let mut through = input.through;
    if let Some(existing) = &existing {
        through = through.max(existing.meta()?.through);
        if input.layer == Layer::Observed {
            let new = input.records.commits.iter().map(|commit| commit.number).collect::<std::collections::BTreeSet<_>>();
            if let Some(commit) = existing.commit_numbers()?.into_iter().find(|number| !new.contains(number)) {
                return Err(Error::WouldLose { path, commit });
            }
        }
    }
    let merged = existing.filter(|_| input.layer == Layer::Backfilled);
    let Built { content, frames, streams, versions } = build(input, through, merged.as_ref(), &path)?;
    drop(merged);
    let bytes = content.len() as u64;
    write_aside(fs, dir, &path, content)?;
    Ok(Packed { path, bytes, frames, streams, versions })
}

fn write_aside(fs: &dyn Fs, dir: &Path, path: &Path, content: Vec<u8>) -> Result<(), Error> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".tmp");
    let aside = PathBuf::from(aside);
    if fs.length(&aside).is_ok() {
        fs.remove(&aside).map_err(Error::io("remove", &aside))?;
    }
    let mut writer = fs.create(&aside).map_err(Error::io("create", &aside))?;
    let written = writer.write(&content).map_err(Error::io("write", &aside));
    let synced = written.and_then(|()| writer.sync().map_err(Error::io("sync", &aside)));
    drop((writer, content));
    let renamed = synced.and_then(|()| check(fs, &aside)).and_then(|()| fs.rename(&aside, path).map_err(Error::io("rename", &aside)));
    if let Err(error) = renamed {
        // Best effort: what is left of it is removed when the archive is opened.
        drop(fs.remove(&aside));
        return Err(error);
    }
    fs.sync_dir(dir).map_err(Error::io("sync", dir))
}

fn check(fs: &dyn Fs, path: &Path) -> Result<(), Error> {
    match Database::open(fs, path)?.verify().into_iter().next() {
        Some(damage) => Err(Error::Damaged(Damage { what: format!("just written, but read back differently: {}", damage.what), ..damage })),
        None => Ok(()),
    }
}

struct Built {
    content: Vec<u8>,
    frames: u64,
    streams: u64,
    versions: u64,
}

fn build(input: PackInput<'_>, through: CommitNumber, existing: Option<&Database>, path: &Path) -> Result<Built, Error> {
    let failed = |source: BoxError| Error::Pack { path: path.to_owned(), source };
    let PackInput { layer, window, from, to, streams, records, withdrawn, .. } = input;
    let mut connection = Connection::open_in_memory().map_err(|error| failed(error.into()))?;
    create_tables(&connection, layer).map_err(|error| failed(error.into()))?;
    let transaction = connection.transaction().map_err(|error| failed(error.into()))?;
    if layer == Layer::Observed {
        records.write(&transaction).map_err(failed)?;
    }
    let mut packer = Packer::new(&transaction, layer, streams, withdrawn).map_err(failed)?;
    if let Some(existing) = existing {
        existing.for_each_group(|stored| {
            let group = Arc::new(stored.group()?);
            packer.merge(&stored, &group).map_err(failed)
        })?;
    }
    let Counts { frames, streams, versions } = packer.finish().map_err(failed)?;
    let mut meta = BTreeMap::new();
    for (key, value) in [
        ("format", FORMAT.to_string()),
        ("layer", layer_word(layer).to_owned()),
        ("window", window.0.to_string()),
        ("first_day", window.first_day().to_string()),
        ("last_day", window.last_day().to_string()),
        ("from", from.to_string()),
        ("to", to.to_string()),
        ("through", through.to_string()),
        ("frames", frames.to_string()),
        ("streams", streams.to_string()),
        ("versions", versions.to_string()),
    ] {
        meta.insert(key.to_owned(), value);
    }
    write_meta(&transaction, layer, meta).map_err(|error| failed(error.into()))?;
    transaction.commit().map_err(|error| failed(error.into()))?;
    let content = connection.serialize(MAIN_DB).map_err(|error| failed(error.into()))?.to_vec();
    Ok(Built { content, frames, streams, versions })
}

fn create_tables(connection: &Connection, layer: Layer) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    // Splitting a page leaves nothing behind in it: every byte that is not zero is one that counts.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.execute_batch("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")?;
    for (table, columns) in database::tables(layer) {
        connection.execute_batch(&format!("CREATE TABLE {table}({columns})"))?;
    }
    Ok(())
}

fn write_meta(connection: &Connection, layer: Layer, mut meta: BTreeMap<String, String>) -> Result<(), rusqlite::Error> {
    for table in database::checked_tables(layer, FORMAT) {
        meta.insert(database::checksum_key(table), database::checksum(connection, table)?);
    }
    meta.insert("id".to_owned(), database::meta_checksum(&meta));
    meta.insert("checksum.meta".to_owned(), database::meta_checksum(&meta));
    let mut insert = connection.prepare("INSERT INTO meta VALUES (?, ?)")?;
    for (key, value) in meta {
        insert.execute([key, value])?;
    }
    Ok(())
}

/// Where a stream lies among others: by facet, by origin, then by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    facet: String,
    origin: String,
    stream: StreamNo,
}

impl Key {
    fn is_beside(&self, other: &Self) -> bool {
        (&self.facet, &self.origin) == (&other.facet, &other.origin)
    }
}

type News<'a> = Box<dyn Iterator<Item = Result<(Key, StreamVersions), BoxError>> + 'a>;

#[derive(Clone, Copy, Default)]
struct Counts {
    frames: u64,
    streams: u64,
    versions: u64,
}

/// Writes streams in their order, merged with those of an existing file, and closes a frame whenever it is full.
struct Packer<'a> {
    insert_frame: rusqlite::Statement<'a>,
    insert_part: rusqlite::Statement<'a>,
    compressor: Compressor,
    layer: Layer,
    news: Peekable<News<'a>>,
    withdrawn: &'a dyn Fn(StreamNo, CommitNumber) -> bool,
    /// The frame that is not yet closed: its last stream, all its streams, and its text.
    last: Option<Key>,
    streams: Vec<StreamNo>,
    text: String,
    /// Which frame holds which stream.
    parts: Vec<(StreamNo, i64)>,
    counts: Counts,
}

impl<'a> Packer<'a> {
    fn new(
        connection: &'a Connection,
        layer: Layer,
        streams: Box<dyn Iterator<Item = Result<StreamVersions, BoxError>> + 'a>,
        withdrawn: &'a dyn Fn(StreamNo, CommitNumber) -> bool,
    ) -> Result<Self, BoxError> {
        let mut last = None;
        let in_order = move |new: Result<StreamVersions, BoxError>| {
            let new = new?;
            let key = Key { facet: new.stream.facet.word().to_owned(), origin: new.stream.origin.clone(), stream: new.stream.no };
            if last.as_ref().is_some_and(|last| *last >= key) {
                return Err(format!("stream {} is out of order", key.stream.0).into());
            }
            last = Some(key.clone());
            Ok((key, new))
        };
        let news: News<'a> = Box::new(streams.map(in_order));
        Ok(Self {
            insert_frame: connection.prepare("INSERT INTO frame VALUES (?, ?, ?, ?)")?,
            insert_part: connection.prepare("INSERT INTO part VALUES (?, ?)")?,
            compressor: Compressor::new()?,
            layer,
            news: news.peekable(),
            withdrawn,
            last: None,
            streams: Vec::new(),
            text: String::new(),
            parts: Vec::new(),
            counts: Counts::default(),
        })
    }

    /// Takes over a frame of the existing file, with what is new of its streams, and what is new of those before.
    fn merge(&mut self, stored: &Stored<'_>, group: &Arc<Group>) -> Result<(), BoxError> {
        let key = |stream| Key { facet: stored.facet.clone(), origin: stored.origin.clone(), stream };
        let (Some(first), Some(last)) = (group.streams().next().map(key), group.streams().next_back().map(key)) else { return Ok(()) };
        while let Some((key, new)) = self.next_if(|key| *key < first)? {
            self.write(&key, new.start, &new.versions, None)?;
        }
        if self.may_stay(&first, &last, group) {
            return self.copy(stored, group);
        }
        for stream in group.streams() {
            let this = key(stream);
            while let Some((key, new)) = self.next_if(|key| *key < this)? {
                self.write(&key, new.start, &new.versions, None)?;
            }
            let (start, versions) = self.next_if(|key| *key == this)?.map_or((None, Vec::new()), |(_, new)| (new.start, new.versions));
            self.write(&this, start, &versions, group.frame(stream).as_ref())?;
        }
        Ok(())
    }

    /// Writes what is left.
    fn finish(mut self) -> Result<Counts, BoxError> {
        while let Some((key, new)) = self.next_if(|_| true)? {
            self.write(&key, new.start, &new.versions, None)?;
        }
        self.close()?;
        // In ascending order they fill their pages.
        self.parts.sort_unstable();
        for (stream, no) in &self.parts {
            self.insert_part.execute((stream.0, no))?;
        }
        Ok(self.counts)
    }

    fn next_if(&mut self, wanted: impl Fn(&Key) -> bool) -> Result<Option<(Key, StreamVersions)>, BoxError> {
        self.news.next_if(|new| new.as_ref().map_or(true, |(key, _)| wanted(key))).transpose()
    }

    /// Whether writing this frame's streams one by one would give the very same frame.
    fn may_stay(&mut self, first: &Key, last: &Key, group: &Arc<Group>) -> bool {
        let begins = !self.last.as_ref().is_some_and(|last| last.is_beside(first));
        let untouched = self.news.peek().is_none_or(|new| new.as_ref().is_ok_and(|(key, _)| key > last));
        let withdrawn = |frame: Frame, stream| frame.versions().any(|version| version.start || (self.withdrawn)(stream, version.commit));
        begins
            && untouched
            && group.length() >= FULL
            && !group.streams().any(|stream| group.frame(stream).is_some_and(|frame| withdrawn(frame, stream)))
    }

    fn copy(&mut self, stored: &Stored<'_>, group: &Arc<Group>) -> Result<(), BoxError> {
        self.close()?;
        let streams = group.streams().collect::<Vec<_>>();
        self.counts.versions += group.count() as u64;
        self.insert(&stored.facet, &stored.origin, stored.body, &streams)
    }

    fn write(
        &mut self,
        key: &Key,
        start: Option<ArchivedVersion>,
        versions: &[ArchivedVersion],
        held: Option<&Frame>,
    ) -> Result<(), BoxError> {
        let held = held.into_iter().flat_map(Frame::versions).filter(|version| !version.start);
        let mut lines = held.chain(versions.iter().map(ArchivedVersion::as_ref)).collect::<Vec<VersionRef<'_>>>();
        if self.layer == Layer::Backfilled {
            lines.retain(|version| !(self.withdrawn)(key.stream, version.commit));
        }
        lines.sort_by_key(|version| (version.at, Reverse(version.commit)));
        lines.dedup_by_key(|version| version.at);
        let Some(first) = lines.first() else { return Ok(()) };
        if self.last.as_ref().is_some_and(|last| !last.is_beside(key)) {
            self.close()?;
        }
        if let Some(start) = start.filter(|start| self.layer == Layer::Observed && start.at < first.at) {
            frame::write_line(&mut self.text, key.stream, &VersionRef { start: true, ..start.as_ref() })?;
        }
        for line in &lines {
            frame::write_line(&mut self.text, key.stream, &VersionRef { start: false, ..line.clone() })?;
        }
        self.counts.versions += lines.len() as u64;
        self.streams.push(key.stream);
        self.last = Some(key.clone());
        if self.text.len() >= FULL { self.close() } else { Ok(()) }
    }

    /// Writes the frame that was begun, if any.
    fn close(&mut self) -> Result<(), BoxError> {
        let Some(Key { facet, origin, .. }) = self.last.take() else { return Ok(()) };
        let body = self.compressor.compress(&self.text)?;
        self.text.clear();
        let streams = std::mem::take(&mut self.streams);
        self.insert(&facet, &origin, &body, &streams)
    }

    fn insert(&mut self, facet: &str, origin: &str, body: &[u8], streams: &[StreamNo]) -> Result<(), BoxError> {
        self.counts.frames += 1;
        self.counts.streams += streams.len() as u64;
        let no = records::integer(self.counts.frames)?;
        self.insert_frame.execute((no, facet, origin, body))?;
        self.parts.extend(streams.iter().map(|stream| (*stream, no)));
        Ok(())
    }
}
