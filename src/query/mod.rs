//! Questions over a view, for any moment: pages, search, timelines, differences, series, graphs. No GraphQL here.
//!
//! # Invariants
//! - Every question takes the moment it is about; today is the moment `now`, so now and then are one code path.
//! - Lists, filters, orders and counts read columns; only what is rendered reads rows or bodies.
//! - A ref in a value is resolved at the moment asked: its holder then, else the last earlier one, else the next later one.

pub mod board;
pub mod commits;
pub mod cursor;
pub mod deployed;
pub mod diff;
pub mod document;
pub mod entity;
pub mod event;
pub mod graph;
pub mod groups;
pub mod health;
pub mod impact;
pub mod judge;
pub mod lanes;
pub mod lens;
pub mod metric;
pub mod outdated;
pub mod ownership;
pub mod package;
pub mod page;
pub mod quality;
pub mod search;
pub mod series;
pub mod status;
pub mod timeline;
pub mod unlinked;

pub use cursor::Cursor;
pub use lens::{Known, Lens};
pub use ownership::Ownership;

use crate::store;

/// What can go wrong with a question.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store could not answer.
    #[error("the store could not be read")]
    Store(#[from] store::Error),
    /// A cursor that this question did not give out.
    #[error("{0:?} is not a cursor of this question; pass an endCursor or cursor of the same field, with the same moments")]
    Cursor(String),
    /// More buckets than a series may have.
    #[error("the series would have {asked} points, {limit} are allowed; ask for a shorter time or larger steps")]
    TooManyPoints {
        /// As asked.
        asked: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// A stretch of time that ends before it begins.
    #[error("the stretch begins at {from}, after its end at {to}")]
    Backwards {
        /// Its begin.
        from: String,
        /// Its end.
        to: String,
    },
    /// Records are to be told apart by something that they do not have.
    #[error("{records} cannot be told apart by {by}; leave {by} out")]
    Unfit {
        /// The records.
        records: &'static str,
        /// What they do not have.
        by: &'static str,
    },
    /// The question took too long and was given up.
    #[error("the question took longer than {limit_ms} ms and was given up; ask for less time or fewer entities")]
    TimedOut {
        /// The time that it may take.
        limit_ms: u64,
    },
}
