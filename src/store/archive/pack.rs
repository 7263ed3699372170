//! Writing a window: aside, verified, synced, renamed.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::database::{self, Database};
use super::frame::{self, Compressor};
use super::{ArchivedVersion, BoxError, Damage, Error, FORMAT, Frame, Records, VersionRef, Window, file_name, layer_word};
use crate::model::{CommitNumber, Instant, Layer, StreamNo};
use crate::store::fs::Fs;

/// Small pages suit small organisations, where most tables fill a part of a page; in large ones most frames would
/// spill over from a small page into a second one. Each file gets the size that makes it smallest.
const PAGE_SIZES: [u32; 5] = [4096, 8192, 16_384, 32_768, 65_536];

/// The versions of a stream that begin within a window.
#[derive(Clone, Debug)]
pub struct StreamVersions {
    /// The stream.
    pub stream: StreamNo,
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
    /// Streams with versions in the window, in ascending order.
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
    /// How many streams have a frame.
    pub frames: u64,
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
    let Built { content, frames, versions } = build(input, through, merged.as_ref(), &path)?;
    drop(merged);
    let bytes = content.len() as u64;
    write_aside(fs, dir, &path, content)?;
    Ok(Packed { path, bytes, frames, versions })
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
    versions: u64,
}

fn build(input: PackInput<'_>, through: CommitNumber, existing: Option<&Database>, path: &Path) -> Result<Built, Error> {
    let failed = |source: BoxError| Error::Pack { path: path.to_owned(), source };
    let PackInput { layer, window, from, to, streams, records, withdrawn, .. } = input;
    let mut connection = Connection::open_in_memory().map_err(|error| failed(error.into()))?;
    create_tables(&connection, layer, "main").map_err(|error| failed(error.into()))?;
    let transaction = connection.transaction().map_err(|error| failed(error.into()))?;
    if layer == Layer::Observed {
        records.write(&transaction).map_err(failed)?;
    }
    let mut packer = Packer::new(&transaction, layer, withdrawn).map_err(failed)?;
    let mut old = existing.map(Database::streams).transpose()?.unwrap_or_default().into_iter().peekable();
    let mut last = None;
    for new in streams {
        let new = new.map_err(failed)?;
        if last.replace(new.stream).is_some_and(|last| last >= new.stream) {
            return Err(failed(format!("stream {} is out of order", new.stream.0).into()));
        }
        while let Some(stream) = old.next_if(|stream| *stream < new.stream) {
            packer.keep(stream, existing).map_err(failed)?;
        }
        let held = match old.next_if_eq(&new.stream) {
            Some(stream) => existing.map(|existing| existing.frame(stream)).transpose()?.flatten(),
            None => None,
        };
        packer.write(new, held.as_ref()).map_err(failed)?;
    }
    for stream in old {
        packer.keep(stream, existing).map_err(failed)?;
    }
    let (frames, versions) = (packer.frames, packer.versions);
    drop(packer);
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
        ("versions", versions.to_string()),
    ] {
        meta.insert(key.to_owned(), value);
    }
    write_meta(&transaction, layer, meta).map_err(|error| failed(error.into()))?;
    transaction.commit().map_err(|error| failed(error.into()))?;
    let content = smallest(&connection, layer).map_err(|error| failed(error.into()))?;
    Ok(Built { content, frames, versions })
}

fn create_tables(connection: &Connection, layer: Layer, schema: &str) -> Result<(), rusqlite::Error> {
    connection.execute_batch(&format!("CREATE TABLE {schema}.meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"))?;
    for (table, columns) in database::tables(layer) {
        connection.execute_batch(&format!("CREATE TABLE {schema}.{table}({columns})"))?;
    }
    Ok(())
}

/// The bytes of the file with the page size that makes it smallest.
fn smallest(connection: &Connection, layer: Layer) -> Result<Vec<u8>, rusqlite::Error> {
    let mut smallest = Vec::new();
    for page_size in PAGE_SIZES {
        connection.execute_batch(&format!("ATTACH ':memory:' AS aside; PRAGMA aside.page_size = {page_size}"))?;
        create_tables(connection, layer, "aside")?;
        connection.execute_batch("BEGIN")?;
        for (table, _) in database::tables(layer) {
            connection.execute_batch(&format!("INSERT INTO aside.{table} SELECT * FROM main.{table} ORDER BY rowid"))?;
        }
        connection.execute_batch("INSERT INTO aside.meta SELECT * FROM main.meta ORDER BY key")?;
        connection.execute_batch("COMMIT")?;
        let content = connection.serialize(c"aside")?;
        if smallest.is_empty() || content.len() < smallest.len() {
            smallest = content.to_vec();
        }
        drop(content);
        connection.execute_batch("DETACH aside")?;
    }
    Ok(smallest)
}

fn write_meta(connection: &Connection, layer: Layer, mut meta: BTreeMap<String, String>) -> Result<(), rusqlite::Error> {
    for table in database::checked_tables(layer) {
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

/// Writes frames in the order of their streams.
struct Packer<'a> {
    insert: rusqlite::Statement<'a>,
    compressor: Compressor,
    layer: Layer,
    withdrawn: &'a dyn Fn(StreamNo, CommitNumber) -> bool,
    frames: u64,
    versions: u64,
}

impl<'a> Packer<'a> {
    fn new(connection: &'a Connection, layer: Layer, withdrawn: &'a dyn Fn(StreamNo, CommitNumber) -> bool) -> Result<Self, BoxError> {
        let insert = connection.prepare("INSERT INTO frame VALUES (?, ?)")?;
        Ok(Self { insert, compressor: Compressor::new()?, layer, withdrawn, frames: 0, versions: 0 })
    }

    /// Keeps what the existing file holds of a stream to which nothing is added.
    fn keep(&mut self, stream: StreamNo, existing: Option<&Database>) -> Result<(), BoxError> {
        let Some(compressed) = existing.map(|existing| existing.compressed(stream)).transpose()?.flatten() else { return Ok(()) };
        let frame = Frame::decode(&compressed)?;
        if frame.versions().any(|version| version.start || (self.withdrawn)(stream, version.commit)) {
            return self.write(StreamVersions { stream, start: None, versions: Vec::new() }, Some(&frame));
        }
        self.insert(stream, &compressed, frame.versions().len())
    }

    fn write(&mut self, new: StreamVersions, held: Option<&Frame>) -> Result<(), BoxError> {
        let StreamVersions { stream, start, versions } = new;
        let held = held.into_iter().flat_map(Frame::versions).filter(|version| !version.start);
        let mut lines = held.chain(versions.iter().map(ArchivedVersion::as_ref)).collect::<Vec<VersionRef<'_>>>();
        if self.layer == Layer::Backfilled {
            lines.retain(|version| !(self.withdrawn)(stream, version.commit));
        }
        lines.sort_by_key(|version| (version.at, Reverse(version.commit)));
        lines.dedup_by_key(|version| version.at);
        let Some(first) = lines.first() else { return Ok(()) };
        let mut text = String::new();
        if let Some(start) = start.filter(|start| self.layer == Layer::Observed && start.at < first.at) {
            frame::write_line(&mut text, &VersionRef { start: true, ..start.as_ref() })?;
        }
        for line in &lines {
            frame::write_line(&mut text, &VersionRef { start: false, ..line.clone() })?;
        }
        let compressed = self.compressor.compress(&text)?;
        self.insert(stream, &compressed, lines.len())
    }

    fn insert(&mut self, stream: StreamNo, compressed: &[u8], versions: usize) -> Result<(), BoxError> {
        self.insert.execute((stream.0, compressed))?;
        self.frames += 1;
        self.versions += versions as u64;
        Ok(())
    }
}
