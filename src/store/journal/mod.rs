//! The truth of what is not yet packed: one checksummed record per commit, in files that only grow.
//!
//! # Invariants
//! - A commit that [`Journal::append`] returned is on the disk, whole, under `kill -9` and power loss.
//! - Numbers follow each other without a gap; a file is named after its first commit.
//! - A bad record at the very end of the newest file is a torn tail and is cut. Anywhere else it is corruption:
//!   nothing is cut, nothing more is written, and everything intact stays readable.
//! - Nothing here knows what a commit means. The format is described in `docs/archive.md`.

mod format;
mod scan;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::format::{FILE_HEADER, Header, RECORD_HEADER};
use self::scan::{End, FileState};
use crate::model::record::Version;
use crate::model::{Commit, CommitNumber, Instant, Layer};
use crate::store::fs::{FileWriter, Fs};

pub use self::format::FORMAT;

/// Where a commit's record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The number of the first commit in the file.
    pub file: u64,
    /// Bytes from the start of the file.
    pub offset: u64,
}

impl Position {
    /// Sixteen bytes that sort like the position.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.file.to_be_bytes());
        bytes[8..].copy_from_slice(&self.offset.to_be_bytes());
        bytes
    }

    /// The position with these [`Position::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let (file, offset) = bytes.split_at(8);
        let number = |half: &[u8]| half.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self { file: number(file), offset: number(offset) }
    }
}

/// What is known of a commit without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitMeta {
    /// Its number.
    pub number: CommitNumber,
    /// When it was recorded.
    pub at: Instant,
    /// The layer of its versions.
    pub layer: Layer,
}

/// A record that is not as it was written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// The file.
    pub file: PathBuf,
    /// Bytes from the start of the file.
    pub offset: u64,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}: {}", self.file.display(), self.offset, self.what)
    }
}

/// The end of the newest file, never acknowledged, that was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The file.
    pub file: PathBuf,
    /// Where it ends now.
    pub offset: u64,
    /// How many bytes were cut.
    pub bytes: u64,
    /// What was wrong with them.
    pub what: String,
}

/// A journal just opened, and what was found.
#[derive(Debug)]
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// The torn tail, if there was one.
    pub cut: Option<Cut>,
    /// The first damage, if there is any: the journal is then read-only.
    pub corruption: Option<Corruption>,
}

/// Why the journal could not do what it was asked.
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
    /// The disk is full; the journal is as it was before.
    #[error("no space left on the disk for {}: commit {number} is not recorded, everything before it is", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// The commit that was not recorded.
        number: CommitNumber,
        /// What the file system says.
        #[source]
        source: io::Error,
    },
    /// A file was written by a later version of spot.
    #[error("{} was written by a newer spot (journal format {format}, this one reads up to {FORMAT}): update spot", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A record is damaged.
    #[error("the journal is damaged: {0}; it can be read but not written until it is restored from a backup")]
    Corrupt(Corruption),
    /// An earlier failure left unknown what is durable.
    #[error("nothing more is recorded until spot is started again: {0}")]
    Stopped(String),
    /// There is no commit at this position; it may have been packed.
    #[error("no commit begins at byte {} of {}", position.offset, path.display())]
    NoCommit {
        /// The file.
        path: PathBuf,
        /// The position asked for.
        position: Position,
    },
    /// The number does not follow the last one.
    #[error("commit {given} cannot follow; the next is {expected}")]
    OutOfOrder {
        /// The number given.
        given: CommitNumber,
        /// The number expected.
        expected: CommitNumber,
    },
    /// A commit is larger than a record can be.
    #[error("commit {number} is too large: {bytes} bytes compressed")]
    TooLarge {
        /// The commit.
        number: CommitNumber,
        /// Its size.
        bytes: usize,
    },
    /// A commit cannot be written as JSON.
    #[error("commit {number} cannot be encoded")]
    Encode {
        /// The commit.
        number: CommitNumber,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Error {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// The journal: appends, and knows where every commit is.
#[derive(Debug)]
pub struct Journal {
    reader: Reader,
    files: Vec<FileState>,
    writer: Option<Box<dyn FileWriter>>,
    rotate: bool,
    refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
enum Refusal {
    Corrupt(Corruption),
    Stopped(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Corrupt(corruption) => Self::Corrupt(corruption),
            Refusal::Stopped(reason) => Self::Stopped(reason),
        }
    }
}

impl Journal {
    /// Opens the journal in `dir`, which is created if it is missing, and checks every checksum.
    ///
    /// # Errors
    /// [`Error::Newer`] if a file is of a later format, [`Error::Io`] if the disk refuses. Damage is no error:
    /// see [`Opened::corruption`].
    pub fn open(fs: Arc<dyn Fs>, dir: &Path) -> Result<Opened, Error> {
        let reader = Reader { fs, dir: dir.to_owned() };
        reader.fs.create_dir(dir).map_err(Error::io("create", dir))?;
        let names = reader.fs.list(dir).map_err(Error::io("list", dir))?;
        let firsts = names.iter().filter_map(|name| format::first_of_name(name)).collect::<Vec<_>>();
        let mut files = Vec::with_capacity(firsts.len());
        let mut torn = None;
        let mut corruption = None;
        let mut expected = None;
        for (index, &first) in firsts.iter().enumerate() {
            let newest = index + 1 == firsts.len();
            let path = reader.path(first);
            let (file, end) = scan::scan(&*reader.fs, &path, first)?;
            let mut damage = match end {
                End::Clean => None,
                End::Torn { what } if newest => {
                    torn = Some(what);
                    None
                }
                End::Torn { what } => Some((file.length, what)),
                End::Corrupt { what } => Some((file.length, what)),
            };
            if expected.is_some_and(|expected| expected != first) {
                damage = damage.or_else(|| Some((0, format!("commits before {first} are missing"))));
            }
            expected = if damage.is_some() { None } else { file.entries.last().map(|last| last.meta.number + 1).or(expected) };
            if let Some((offset, what)) = damage {
                corruption = corruption.or(Some(Corruption { file: path, offset, what }));
            }
            files.push(file);
        }
        let mut journal = Self { reader, files, writer: None, rotate: false, refusal: None };
        if let Some(corruption) = corruption {
            journal.refusal = Some(Refusal::Corrupt(corruption.clone()));
            return Ok(Opened { journal, cut: None, corruption: Some(corruption) });
        }
        let cut = torn.map(|what| journal.cut(what)).transpose()?.flatten();
        journal.drop_empty_newest()?;
        Ok(Opened { journal, cut, corruption: None })
    }

    /// Writes a commit and returns once it is durable.
    ///
    /// # Errors
    /// After [`Error::Full`] or [`Error::Io`] nothing of the commit is kept and the journal is as it was, unless
    /// even that could not be assured: then every later append is refused with [`Error::Stopped`].
    pub fn append(&mut self, commit: &Commit) -> Result<Position, Error> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone().into());
        }
        let number = commit.number;
        let expected = self.last().map_or(number, |last| last.number + 1);
        if number != expected {
            return Err(Error::OutOfOrder { given: number, expected });
        }
        let record = format::encode(commit)?;
        self.open_writer(number)?;
        let (Some(file), Some(writer)) = (self.files.last_mut(), self.writer.as_mut()) else {
            return Err(Error::Stopped("no file is open".to_owned()));
        };
        let path = self.reader.path(file.first);
        let position = Position { file: file.first, offset: file.length };
        if let Err(source) = writer.write(&record) {
            // Synced too: the next file may become durable first, and only the newest one may have a torn tail.
            if let Err(error) = writer.truncate(file.length).and_then(|()| writer.sync()) {
                self.stop(format!("a write to {} failed and what it left could not be cut: {error}", path.display()));
            }
            return Err(write_error(path, number, source));
        }
        if let Err(source) = writer.sync() {
            self.stop(format!("{} could not be made durable: {source}", path.display()));
            return Err(Error::Io { action: "sync", path, source });
        }
        let meta = CommitMeta { number, at: commit.at, layer: commit.layer };
        file.push(meta, record.len() as u64);
        Ok(position)
    }

    /// Lets the next append start a new file.
    pub fn rotate(&mut self) {
        self.rotate = true;
    }

    /// The commit at a position.
    ///
    /// # Errors
    /// [`Error::NoCommit`] if none begins there, [`Error::Corrupt`] if it is damaged.
    pub fn read(&self, position: Position) -> Result<Commit, Error> {
        self.reader.read(position)
    }

    /// A handle for reading that other threads can keep while this one appends.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Every intact commit in order, without reading it.
    pub fn commits(&self) -> impl DoubleEndedIterator<Item = (Position, CommitMeta)> + '_ {
        self.files
            .iter()
            .flat_map(|file| file.entries.iter().map(|entry| (Position { file: file.first, offset: entry.offset }, entry.meta)))
    }

    /// Every intact commit from `number` on, read one after the other.
    pub fn commits_from(&self, number: CommitNumber) -> impl Iterator<Item = Result<(Position, Commit), Error>> + '_ {
        let from = self.commits().skip_while(move |(_, meta)| meta.number < number);
        from.map(|(position, _)| Ok((position, self.read(position)?)))
    }

    /// Where the commit with this number is.
    #[must_use]
    pub fn find(&self, number: CommitNumber) -> Option<Position> {
        let file = &self.files[self.files.partition_point(|file| file.first <= number).checked_sub(1)?];
        let entry = file.entries.binary_search_by_key(&number, |entry| entry.meta.number).ok()?;
        Some(Position { file: file.first, offset: file.entries[entry].offset })
    }

    /// The newest commit, if any is left in the journal.
    #[must_use]
    pub fn last(&self) -> Option<CommitMeta> {
        self.files.iter().rev().find_map(|file| file.entries.last()).map(|entry| entry.meta)
    }

    /// The numbers of the first commits of the files, oldest first.
    #[must_use]
    pub fn files(&self) -> Vec<u64> {
        self.files.iter().map(|file| file.first).collect()
    }

    /// Length of all files in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.length).sum()
    }

    /// Removes the files all of whose commits are numbered `number` or lower, oldest first.
    ///
    /// # Errors
    /// [`Error::Io`] if the disk refuses; the older files are then gone and the younger still there.
    /// A damaged or stopped journal removes nothing.
    pub fn remove_through(&mut self, number: CommitNumber) -> Result<(), Error> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone().into());
        }
        while let Some(file) = self.files.first()
            && file.entries.last().is_none_or(|last| last.meta.number <= number)
        {
            if self.files.len() == 1 {
                self.writer = None;
            }
            let path = self.reader.path(self.files[0].first);
            self.reader.fs.remove(&path).map_err(Error::io("remove", &path))?;
            self.files.remove(0);
            // One by one: if the removal of an older file were lost and that of a younger one not, there would be a gap.
            self.sync_dir()?;
        }
        Ok(())
    }

    /// Checks every checksum again and decodes every commit.
    ///
    /// # Errors
    /// [`Error::Io`] if the disk refuses.
    pub fn verify(&self) -> Result<Vec<Corruption>, Error> {
        let mut found = Vec::new();
        for file in &self.files {
            let path = self.reader.path(file.first);
            let (now, end) = scan::scan(&*self.reader.fs, &path, file.first)?;
            for entry in &now.entries {
                match self.read(Position { file: file.first, offset: entry.offset }) {
                    Err(Error::Corrupt(corruption)) => found.push(corruption),
                    read => drop(read?),
                }
            }
            if let End::Torn { what } | End::Corrupt { what } = end {
                found.push(Corruption { file: path, offset: now.length, what });
            }
        }
        Ok(found)
    }

    fn stop(&mut self, reason: String) {
        self.writer = None;
        self.refusal = Some(Refusal::Stopped(reason));
    }

    fn sync_dir(&mut self) -> Result<(), Error> {
        let dir = self.reader.dir.clone();
        self.reader.fs.sync_dir(&dir).map_err(|source| {
            self.stop(format!("{} could not be made durable: {source}", dir.display()));
            Error::Io { action: "sync", path: dir, source }
        })
    }

    /// Cuts the torn tail of the newest file.
    fn cut(&mut self, what: String) -> Result<Option<Cut>, Error> {
        let Some(file) = self.files.last() else { return Ok(None) };
        let path = self.reader.path(file.first);
        let length = self.reader.fs.length(&path).map_err(Error::io("measure", &path))?;
        let mut writer = self.reader.fs.append(&path).map_err(Error::io("open", &path))?;
        writer.truncate(file.length).map_err(Error::io("cut", &path))?;
        writer.sync().map_err(Error::io("sync", &path))?;
        Ok(Some(Cut { file: path, offset: file.length, bytes: length.saturating_sub(file.length), what }))
    }

    /// Removes a newest file in which nothing was ever acknowledged.
    fn drop_empty_newest(&mut self) -> Result<(), Error> {
        if let Some(file) = self.files.pop_if(|file| file.entries.is_empty()) {
            let path = self.reader.path(file.first);
            self.reader.fs.remove(&path).map_err(Error::io("remove", &path))?;
            self.sync_dir()?;
            self.rotate = true;
        }
        Ok(())
    }

    /// Makes sure that the last of `files` is the one to which this commit belongs and is open.
    fn open_writer(&mut self, number: CommitNumber) -> Result<(), Error> {
        match self.files.last() {
            Some(file) if file.entries.is_empty() && file.first != number => {
                self.writer = None;
                self.drop_empty_newest()?;
            }
            Some(file) if file.entries.is_empty() => self.rotate = false,
            _ => {}
        }
        match self.files.last() {
            Some(file) if !self.rotate => {
                if self.writer.is_none() {
                    let path = self.reader.path(file.first);
                    let length = self.reader.fs.length(&path).map_err(Error::io("measure", &path))?;
                    if length != file.length {
                        let reason = format!("{} is {length} bytes long, not {}: another process writes it", path.display(), file.length);
                        self.stop(reason.clone());
                        return Err(Error::Stopped(reason));
                    }
                    self.writer = Some(self.reader.fs.append(&path).map_err(Error::io("open", &path))?);
                }
                Ok(())
            }
            _ => self.create_file(number),
        }
    }

    fn create_file(&mut self, first: CommitNumber) -> Result<(), Error> {
        let path = self.reader.path(first);
        // What an earlier attempt left when even its removal failed.
        if self.reader.fs.length(&path).is_ok_and(|length| length <= FILE_HEADER as u64) {
            self.reader.fs.remove(&path).map_err(Error::io("remove", &path))?;
        }
        let mut writer = self.reader.fs.create(&path).map_err(|source| write_error(path.clone(), first, source))?;
        if let Err(source) = writer.write(&format::file_header(FORMAT, first)) {
            drop(writer);
            // Best effort: a leftover holds no record and is removed by the next attempt or the next start.
            drop(self.reader.fs.remove(&path));
            return Err(write_error(path, first, source));
        }
        if let Err(source) = writer.sync() {
            self.stop(format!("{} could not be made durable: {source}", path.display()));
            return Err(Error::Io { action: "sync", path, source });
        }
        self.sync_dir()?;
        self.files.push(FileState::new(first));
        self.writer = Some(writer);
        self.rotate = false;
        Ok(())
    }
}

fn write_error(path: PathBuf, number: CommitNumber, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Error::Full { path, number, source },
        _ => Error::Io { action: "write", path, source },
    }
}

/// Reads commits by position; cheap to clone, independent of the writer.
#[derive(Clone, Debug)]
pub struct Reader {
    fs: Arc<dyn Fs>,
    dir: PathBuf,
}

impl Reader {
    /// The commit at a position.
    ///
    /// # Errors
    /// [`Error::NoCommit`] if none begins there (its file may have been packed and removed since),
    /// [`Error::Corrupt`] if it is damaged.
    pub fn read(&self, position: Position) -> Result<Commit, Error> {
        let payload = self.payload(position)?;
        format::decode(&payload).map_err(|what| self.corrupt(position, what))
    }

    /// A commit with its versions and nothing else.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn versions(&self, position: Position) -> Result<Commit, Error> {
        #[derive(Deserialize)]
        struct Versions {
            number: CommitNumber,
            at: Instant,
            layer: Layer,
            #[serde(default)]
            versions: Vec<Version>,
        }
        let payload = self.payload(position)?;
        let decoded = format::decode::<Versions>(&payload).map_err(|what| self.corrupt(position, what))?;
        let Versions { number, at, layer, versions } = decoded;
        Ok(Commit { number, at, versions, ..Commit::new(layer) })
    }

    fn payload(&self, position: Position) -> Result<Vec<u8>, Error> {
        /// Most commits are read with one call.
        const GUESS: usize = 32 * 1024;
        let path = self.path(position.file);
        let read = |offset, length| {
            self.fs.read(&path, offset, length).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => Error::NoCommit { path: path.clone(), position },
                _ => Error::Io { action: "read", path: path.clone(), source },
            })
        };
        let mut bytes = read(position.offset, GUESS)?;
        if bytes.is_empty() {
            return Err(Error::NoCommit { path, position });
        }
        let header = Header::parse(&bytes).ok_or_else(|| self.corrupt(position, "no record begins here".to_owned()))?;
        let length = RECORD_HEADER + header.length as usize;
        if bytes.len() < length && bytes.len() == GUESS {
            bytes.extend(read(position.offset + GUESS as u64, length - GUESS)?);
        }
        if bytes.len() < length {
            return Err(self.corrupt(position, "the record is cut short".to_owned()));
        }
        bytes.truncate(length);
        bytes.drain(..RECORD_HEADER);
        if !header.matches(&bytes) {
            return Err(self.corrupt(position, "the checksum of the record does not match".to_owned()));
        }
        Ok(bytes)
    }

    fn path(&self, first: CommitNumber) -> PathBuf {
        self.dir.join(format::name_of(first))
    }

    fn corrupt(&self, position: Position, what: String) -> Error {
        Error::Corrupt(Corruption { file: self.path(position.file), offset: position.offset, what })
    }
}

#[cfg(test)]
mod tests;
