//! Verdicts and figures. Pure: no files, network, clock or environment.

pub mod outdated;
pub mod version;
