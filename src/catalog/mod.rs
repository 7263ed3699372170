//! Statements to values: precedence, assembling, comparing, replaying. Pure: no files, no clock, no async.
//!
//! # Invariants
//! - [`assemble()`] is indifferent to the order of its statements, hence to which collector ran last.
//! - A statement that loses is never dropped: it stands in [`Field::others`] and wins again when the winner withdraws.
//! - Replaying all versions at once or one commit after the other gives the same rows.

pub mod assemble;
pub mod compare;
pub mod identity;
pub mod replay;

pub use assemble::{Assembled, Field, Said, Speaker, assemble};
pub use compare::{FieldDifference, apply, compare};
pub use replay::{Replay, Row, RowFlags, VersionAt, replay};
