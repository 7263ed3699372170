//! The seam between what is kept and the disk: every file operation of the journal and the archive.
//!
//! # Invariants
//! - Nothing counts as durable before [`FileWriter::sync`] for content and [`Fs::sync_dir`] for names.
//! - [`RealFs`] is what runs. [`RecordingFs`] keeps everything in memory, records each operation and fails on
//!   demand, so that a test can open the store in every state that a crash could have left ([`crash_states`]).

mod crash;
mod real;
mod recording;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use crash::{CrashState, crash_states};
pub use real::RealFs;
pub use recording::{Failure, Image, Operation, RecordingFs};

/// A file system, as little of it as the store needs.
pub trait Fs: fmt::Debug + Send + Sync {
    /// Creates a folder and its parents; fine if it is there already.
    ///
    /// # Errors
    /// What the file system says.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;

    /// The names of the files in a folder, sorted.
    ///
    /// # Errors
    /// What the file system says.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Creates an empty file, which must not exist, for writing.
    ///
    /// # Errors
    /// What the file system says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileWriter>>;

    /// Opens an existing file for writing at its end.
    ///
    /// # Errors
    /// What the file system says.
    fn append(&self, path: &Path) -> io::Result<Box<dyn FileWriter>>;

    /// Reads `length` bytes from `offset` on; fewer only at the end of the file.
    ///
    /// # Errors
    /// What the file system says.
    fn read(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// Length of a file in bytes.
    ///
    /// # Errors
    /// What the file system says.
    fn length(&self, path: &Path) -> io::Result<u64>;

    /// Gives a file another name, replacing what has it.
    ///
    /// # Errors
    /// What the file system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the file system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable: creations, renames and removals.
    ///
    /// # Errors
    /// What the file system says.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// The path under which the operating system knows this file, if it does.
    fn local(&self, path: &Path) -> Option<PathBuf>;
}

/// A file open for writing at its end.
pub trait FileWriter: fmt::Debug + Send {
    /// Writes all of `bytes` at the end. After an error any part of them may be there.
    ///
    /// # Errors
    /// What the file system says.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    ///
    /// # Errors
    /// What the file system says.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Makes the content durable. After an error nobody knows what is durable.
    ///
    /// # Errors
    /// What the file system says.
    fn sync(&mut self) -> io::Result<()>;
}
