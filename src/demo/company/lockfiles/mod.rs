//! What a project uses, through time: manifests, lockfiles and files that name the runtime.
//!
//! # Invariants
//! - Every version in an update was published before it.
//! - A lockfile holds all that its packages need, and nothing else.
//! - An update keeps positions only; the text of a file is made when somebody asks.

use std::sync::Arc;

use crate::demo::company::packages::Universe;
use crate::demo::company::random::Random;
use crate::demo::company::{Ecosystem, FileChange};
use crate::model::Instant;

mod cargo;
mod choose;
mod go;
mod locked;
mod maven;
mod npm;
mod plan;
mod pnpm;
mod python;
mod resolve;
mod runtime;
mod state;
#[cfg(test)]
mod tests;
mod yarn;

/// How often somebody cares for the versions of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// A program does, a little every week.
    Bot,
    /// Once a month.
    Monthly,
    /// Once in three months, thoroughly.
    Quarterly,
    /// Once a year or so.
    Rarely,
    /// Nobody ever does.
    Never,
}

/// Something in a repository that has a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// What it is written for.
    pub(crate) ecosystem: Ecosystem,
    /// Its folder: `` or `web/`.
    pub(crate) folder: String,
    /// Its name in the manifest.
    pub(crate) name: String,
    /// How many packages it uses; 1 is average.
    pub(crate) weight: f64,
    /// How often somebody cares.
    pub(crate) habit: Habit,
    /// Published weaknesses are fixed within days.
    pub(crate) fixes_quickly: bool,
}

/// Files that change together.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    /// When.
    pub(crate) at: Instant,
    /// What somebody would write about it.
    pub(crate) message: String,
    /// The files.
    pub(crate) changes: Vec<FileChange>,
}

/// Changes of manifests, lockfiles and files that name the runtime, the first at `from`, by time.
pub(crate) fn updates(universe: &Arc<Universe>, random: Random, project: &Project, from: Instant, until: Instant) -> Vec<Update> {
    plan::Plan::new(universe, random, project, from, until).updates()
}
