//! Walking through a file from its start, checking everything but the JSON.

use std::path::Path;

use super::format::{self, FILE_HEADER, FORMAT, Header, MAGIC, RECORD_HEADER};
use super::{CommitMeta, Error};
use crate::model::CommitNumber;
use crate::store::fs::Fs;

/// How much is read at once; larger records are read whole.
const CHUNK: usize = 1 << 20;

/// What is known of a file: the records that are intact, and where the last of them ends.
#[derive(Debug)]
pub(super) struct FileState {
    pub(super) first: CommitNumber,
    pub(super) length: u64,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) offset: u64,
    pub(super) meta: CommitMeta,
}

impl FileState {
    pub(super) const fn new(first: CommitNumber) -> Self {
        Self { first, length: FILE_HEADER as u64, entries: Vec::new() }
    }

    pub(super) fn push(&mut self, meta: CommitMeta, record_length: u64) {
        self.entries.push(Entry { offset: self.length, meta });
        self.length += record_length;
    }
}

/// What follows the last intact record.
#[derive(Debug)]
pub(super) enum End {
    /// Nothing.
    Clean,
    /// Something that a crash during an append may leave.
    Torn { what: String },
    /// Something else.
    Corrupt { what: String },
}

/// Reads through a file.
///
/// # Errors
/// [`Error::Newer`] and [`Error::Io`].
pub(super) fn scan(fs: &dyn Fs, path: &Path, first: CommitNumber) -> Result<(FileState, End), Error> {
    let mut bytes = Buffered::new(fs, path)?;
    let mut file = FileState::new(first);
    match format::parse_file_header(bytes.get(0, FILE_HEADER)?) {
        Some((format, _)) if format > FORMAT => return Err(Error::Newer { path: path.to_owned(), format }),
        Some((_, named)) if named == first => {}
        Some((_, named)) => return Ok((empty(file), End::Corrupt { what: format!("the file says that it begins with commit {named}") })),
        // Records are appended only after the first line is durable, so without records it may be torn.
        None if bytes.length <= FILE_HEADER as u64 => {
            return Ok((empty(file), End::Torn { what: "the first line is incomplete".to_owned() }));
        }
        None => return Ok((empty(file), End::Corrupt { what: "the first line is not that of a journal".to_owned() })),
    }
    while file.length < bytes.length {
        let offset = file.length;
        let Some(header) = Header::parse(bytes.get(offset, RECORD_HEADER)?) else {
            let what = "no record begins here".to_owned();
            let end = if bytes.record_after(offset)? { End::Corrupt { what } } else { End::Torn { what } };
            return Ok((file, end));
        };
        let record_length = RECORD_HEADER as u64 + u64::from(header.length);
        let last = offset + record_length >= bytes.length;
        if offset + record_length > bytes.length {
            let what = "the record is cut short".to_owned();
            let end = if bytes.record_after(offset)? { End::Corrupt { what } } else { End::Torn { what } };
            return Ok((file, end));
        }
        let payload = bytes.get(offset + RECORD_HEADER as u64, header.length as usize)?;
        if !header.matches(payload) {
            let what = format!("the checksum of commit {} does not match", header.meta.number);
            return Ok((file, if last { End::Torn { what } } else { End::Corrupt { what } }));
        }
        let expected = file.entries.last().map_or(first, |entry| entry.meta.number + 1);
        if header.meta.number != expected {
            return Ok((file, End::Corrupt { what: format!("commit {} stands where commit {expected} belongs", header.meta.number) }));
        }
        file.push(header.meta, record_length);
    }
    Ok((file, End::Clean))
}

const fn empty(mut file: FileState) -> FileState {
    file.length = 0;
    file
}

/// A file read in large pieces.
struct Buffered<'a> {
    fs: &'a dyn Fs,
    path: &'a Path,
    length: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Buffered<'a> {
    fn new(fs: &'a dyn Fs, path: &'a Path) -> Result<Self, Error> {
        let length = fs.length(path).map_err(Error::io("measure", path))?;
        Ok(Self { fs, path, length, start: 0, bytes: Vec::new() })
    }

    /// `length` bytes from `offset` on; fewer only at the end of the file.
    fn get(&mut self, offset: u64, length: usize) -> Result<&[u8], Error> {
        let end = (offset + length as u64).min(self.length);
        if offset < self.start || end > self.start + self.bytes.len() as u64 {
            self.bytes = self.fs.read(self.path, offset, length.max(CHUNK)).map_err(Error::io("read", self.path))?;
            self.start = offset;
        }
        let from = usize::try_from(offset - self.start).unwrap_or(usize::MAX).min(self.bytes.len());
        Ok(&self.bytes[from..from.saturating_add(length).min(self.bytes.len())])
    }

    /// True if the header of a record stands anywhere after `offset`: then what is at `offset` is no torn tail.
    fn record_after(&mut self, offset: u64) -> Result<bool, Error> {
        let mut offset = offset + 1;
        while offset < self.length {
            let piece = self.get(offset, CHUNK)?;
            let found = piece.windows(RECORD_HEADER).any(|window| window.starts_with(&MAGIC) && Header::parse(window).is_some());
            if found {
                return Ok(true);
            }
            offset += (CHUNK - RECORD_HEADER + 1) as u64;
        }
        Ok(false)
    }
}
