//! When to collect, what to keep of it, when a day is sealed.

pub mod schedule;
pub mod supervise;
