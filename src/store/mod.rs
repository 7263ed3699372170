//! What is kept: the journal and the archive, which are the truth, and the index, which is derived from them.
//!
//! # Invariants
//! - A commit is atomic, and durable when [`Transaction::commit`] returns; only then may anyone see it.
//! - One process at a time has a data folder open for writing (`spot.lock`).
//! - No engine type leaves this folder: above it there are only [`View`]s and [`Transaction`]s.
//! - A damaged index is rebuilt; a damaged journal is served read-only; nothing is ever cut but a torn tail.

mod apply;
pub mod archive;
pub mod changes;
pub mod column;
pub mod fs;
pub mod index;
pub mod journal;
pub mod lives;
mod maintain;
mod open;
mod rebuild;
pub(crate) mod registry;
pub mod tallies;
mod transaction;
pub mod view;

#[cfg(test)]
mod tests;

pub use index::{EventNo, EventPlace, StoredEvent};
pub use maintain::{Damage, Packed, Verified, drop_index, export_to, import, restore_from};
pub use open::{Options, Store};
pub use transaction::{Current, Transaction};
pub use view::View;

use std::path::PathBuf;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process has the data folder.
    #[error("the data folder {} is in use by another spot (process {pid})", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The other process, as it wrote it down.
        pid: String,
    },
    /// A file or folder cannot be used.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The journal cannot do it.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The archive cannot do it.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The journal is damaged; everything readable is served, nothing can be written.
    #[error("the store is read-only: {0}")]
    ReadOnly(String),
    /// The index could not be read or written.
    #[error("the index in {place} cannot be used: {what}")]
    Index {
        /// The folder.
        place: String,
        /// What was wrong.
        what: String,
    },
    /// The index is being rebuilt, so only today can be answered.
    #[error("the index is being rebuilt ({percent} % done): today is answered, past days in a moment")]
    Rebuilding {
        /// Share done, in per cent.
        percent: u8,
    },
}
