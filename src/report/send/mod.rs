//! Sending the weekly report: when, to whom, once; and what is kept of it.
//!
//! # Invariants
//! - What is sent is kept before it is sent, byte by byte, with the facts that it tells; how that ended is kept after it
//!   ([`delivery`]).
//! - A report goes to a channel once. If the process ended in between, the target is asked whether it has it; where it cannot
//!   tell, nothing is sent again and that is said.
//! - What is due depends on time, configuration and what is kept alone ([`due`]); only [`office`] acts.

pub mod delivery;
pub mod due;
pub mod office;

use std::sync::Arc;

pub use self::delivery::{Delivery, Kind, State};
pub use self::office::{NotSent, Office, Wish};
use crate::ingest::schedule::Schedule;
use crate::model::EntityRef;
use crate::report::targets::Target;

/// When reports are sent, and to whom.
#[derive(Clone, Debug)]
pub struct Config {
    /// When, on the wall clock of the organisation.
    pub schedule: Schedule,
    /// For how many seconds a report waits for data that is missing.
    pub hold_seconds: i64,
    /// What links begin with, without a slash at the end.
    pub base: String,
    /// To whom.
    pub channels: Vec<Channel>,
}

/// Somewhere where people read.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What it is called in the configuration.
    pub name: String,
    /// Of whom it is told; none for the organisation.
    pub of: Option<EntityRef>,
    /// The kind of target: slack, mail.
    pub kind: &'static str,
    /// The way to it.
    pub target: Arc<dyn Target>,
}
