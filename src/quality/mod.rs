//! Verdicts and figures. Pure: no files, network, clock or environment.
//!
//! # Invariants
//! - What is not known has no value; it is never zero.
//! - `docs/metrics.md` says of every figure what it means, with examples that are tests.

pub mod breaches; // bugs past their SLA, due soon, resolved late
pub mod bugs; // the life of a bug: when it was open, how urgent, where
pub mod calendar; // working time
pub mod cases; // support cases of a period
pub mod chronicle; // many incidents in order of time
pub mod cuts; // the instants between which figures are counted
pub mod delivery; // the five figures of DORA
#[cfg(test)]
mod examples; // the tables of `docs/metrics.md`
pub mod flows; // bugs created, reopened, resolved, entered and left
pub mod incidents; // the life of an incident; critical incidents of a period
pub mod movers; // what moved between two periods, and because of what
pub mod outdated; // how far packages and runtimes are behind
pub mod sla; // until when a bug has to be resolved
pub mod stability; // the share of a period in which the product worked
pub mod tally; // many bugs as sorted instants
pub mod trend; // whether a figure really rises or falls
pub mod version; // versions of every ecosystem, in order
