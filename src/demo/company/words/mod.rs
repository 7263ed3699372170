//! Words: what the company's people, teams and work are called.

pub(super) mod areas;
pub(super) mod lines;
pub(super) mod names;
pub(super) mod naming;
