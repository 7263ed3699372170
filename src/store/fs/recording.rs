//! A file system in memory that records what is done to it and fails when it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::io::Errno;

use super::{FileWriter, Fs};

/// What a file system holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Content by path.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// Folders.
    pub dirs: BTreeSet<PathBuf>,
}

/// Something that changed the file system or made it durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A folder was created.
    CreateDir(PathBuf),
    /// An empty file was created.
    Create(PathBuf),
    /// Bytes were written at the end of a file.
    Write {
        /// The file.
        path: PathBuf,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A file was cut.
    Truncate {
        /// The file.
        path: PathBuf,
        /// Its new length.
        length: u64,
    },
    /// The content of a file was made durable.
    Sync(PathBuf),
    /// A file got another name.
    Rename {
        /// The old name.
        from: PathBuf,
        /// The new name.
        to: PathBuf,
    },
    /// A file was removed.
    Remove(PathBuf),
    /// The names in a folder were made durable.
    SyncDir(PathBuf),
    /// No operation: a test notes how far it has come, such as the number of the commit just acknowledged.
    Mark(u64),
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The disk is full: half of the bytes of a write arrive. Syncing, cutting and removing still work.
    NoSpace,
    /// The device fails: half of the bytes of a write arrive.
    Device,
}

/// A file system in memory that records every operation. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct RecordingFs(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    image: Image,
    operations: Vec<Operation>,
    plan: Option<Plan>,
}

#[derive(Debug)]
struct Plan {
    countdown: usize,
    failure: Failure,
    lasting: bool,
}

impl RecordingFs {
    /// A file system that holds `image`; nothing is recorded yet.
    #[must_use]
    pub fn from_image(image: Image) -> Self {
        Self(Arc::new(Mutex::new(State { image, ..State::default() })))
    }

    /// What it holds now.
    #[must_use]
    pub fn image(&self) -> Image {
        self.0.lock().image.clone()
    }

    /// Everything that succeeded so far, in order.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        self.0.lock().operations.clone()
    }

    /// Records how far a test has come.
    pub fn mark(&self, mark: u64) {
        self.0.lock().operations.push(Operation::Mark(mark));
    }

    /// Lets the operation after the next `countdown` ones fail, and all that follow it if `lasting`.
    pub fn fail_after(&self, countdown: usize, failure: Failure, lasting: bool) {
        self.0.lock().plan = Some(Plan { countdown, failure, lasting });
    }

    /// Lets everything succeed again; true if a failure was still to come.
    pub fn heal(&self) -> bool {
        self.0.lock().plan.take().is_some_and(|plan| plan.countdown > 0)
    }

    /// Flips one bit of a file.
    pub fn flip(&self, path: &Path, byte: usize, bit: u8) {
        if let Some(byte) = self.0.lock().image.files.get_mut(path).and_then(|bytes| bytes.get_mut(byte)) {
            *byte ^= 1 << bit;
        }
    }

    fn file(&self, path: &Path) -> Box<dyn FileWriter> {
        Box::new(RecordingFile { fs: self.clone(), path: path.to_owned() })
    }
}

impl State {
    /// Counts an operation, and says how it fails if it is its turn. `takes_space`: a full disk refuses it.
    fn fails(&mut self, takes_space: bool) -> Option<io::Error> {
        let plan = self.plan.as_mut()?;
        if plan.countdown > 0 {
            plan.countdown -= 1;
            return None;
        }
        let failure = plan.failure;
        if !plan.lasting {
            self.plan = None;
        }
        match failure {
            Failure::NoSpace if !takes_space => None,
            Failure::NoSpace => Some(Errno::NOSPC.into()),
            Failure::Device => Some(Errno::IO.into()),
        }
    }

    fn content(&mut self, path: &Path) -> io::Result<&mut Vec<u8>> {
        self.image.files.get_mut(path).ok_or_else(not_found)
    }
}

fn not_found() -> io::Error {
    Errno::NOENT.into()
}

impl Fs for RecordingFs {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        if state.image.dirs.contains(dir) {
            return Ok(());
        }
        state.fails(true).map_or(Ok(()), Err)?;
        state.image.dirs.insert(dir.to_owned());
        state.operations.push(Operation::CreateDir(dir.to_owned()));
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.0.lock();
        let inside = state.image.files.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FileWriter>> {
        let mut state = self.0.lock();
        if state.image.files.contains_key(path) {
            return Err(Errno::EXIST.into());
        }
        state.fails(true).map_or(Ok(()), Err)?;
        state.image.files.insert(path.to_owned(), Vec::new());
        state.operations.push(Operation::Create(path.to_owned()));
        Ok(self.file(path))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn FileWriter>> {
        self.0.lock().content(path)?;
        Ok(self.file(path))
    }

    fn read(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut state = self.0.lock();
        let content = state.content(path)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        Ok(content[start..start.saturating_add(length).min(content.len())].to_vec())
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        Ok(self.0.lock().content(path)?.len() as u64)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.content(from)?;
        state.fails(true).map_or(Ok(()), Err)?;
        if let Some(content) = state.image.files.remove(from) {
            state.image.files.insert(to.to_owned(), content);
        }
        state.operations.push(Operation::Rename { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.content(path)?;
        state.fails(false).map_or(Ok(()), Err)?;
        state.image.files.remove(path);
        state.operations.push(Operation::Remove(path.to_owned()));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.0.lock();
        state.fails(false).map_or(Ok(()), Err)?;
        state.operations.push(Operation::SyncDir(dir.to_owned()));
        Ok(())
    }

    fn local(&self, _: &Path) -> Option<PathBuf> {
        None
    }
}

#[derive(Debug)]
struct RecordingFile {
    fs: RecordingFs,
    path: PathBuf,
}

impl FileWriter for RecordingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.fs.0.lock();
        let failed = state.fails(true);
        let written = if failed.is_some() { &bytes[..bytes.len() / 2] } else { bytes };
        state.content(&self.path)?.extend_from_slice(written);
        state.operations.push(Operation::Write { path: self.path.clone(), bytes: written.to_vec() });
        failed.map_or(Ok(()), Err)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.fs.0.lock();
        state.fails(false).map_or(Ok(()), Err)?;
        state.content(&self.path)?.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
        state.operations.push(Operation::Truncate { path: self.path.clone(), length });
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.fs.0.lock();
        state.fails(false).map_or(Ok(()), Err)?;
        state.content(&self.path)?;
        state.operations.push(Operation::Sync(self.path.clone()));
        Ok(())
    }
}
