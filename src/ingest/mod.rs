//! When to collect, what to keep of it, when a day is sealed.

pub mod cause;
mod commits;
mod in_use;
pub mod keep;
pub mod link;
pub mod push;
pub mod pushed;
pub mod run;
pub mod schedule;
pub mod seal;
pub mod supervise;

pub use in_use::in_use;
pub use run::Ingest;
