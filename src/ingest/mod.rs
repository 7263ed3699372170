//! When to collect, what to keep of it, when a day is sealed.

pub mod keep;
pub mod link;
pub mod run;
pub mod schedule;
pub mod seal;
pub mod supervise;

pub use run::Ingest;
