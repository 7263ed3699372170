//! What a project uses, through time: manifests, lockfiles and files that name the runtime.
//!
//! # Invariants
//! - Every version in an update was published before it.
//! - A lockfile holds all that its packages need, and nothing else.
//! - An update keeps positions only; the text of a file is made when somebody asks.

use std::sync::Arc;

use crate::demo::company::packages::Universe;
use crate::demo::company::random::Random;
use crate::demo::company::{Ecosystem, FileChange, Timed};
use crate::model::Instant;

pub(crate) use stack::Stack;

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
mod stack;
mod state;
#[cfg(test)]
mod tests;
mod yarn;

/// How often somebody cares for the versions of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// A program does, every week or two.
    Bot,
    /// Once a month, most of it.
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
    /// The full name under which it is published, if it is.
    pub(crate) published: Option<String>,
    /// What it is built with.
    pub(crate) stack: Stack,
    /// How many packages it uses; 1 is average.
    pub(crate) weight: f64,
    /// How often somebody cares, and since when; the first from the beginning.
    pub(crate) habits: Timed<Habit>,
    /// Days until a published weakness of moderate severity is fixed, in the middle of all.
    pub(crate) patience: f64,
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

/// What a project uses from an instant on, by positions in the universe: package and release.
#[cfg(test)]
pub(crate) struct Used {
    /// Since when.
    pub(crate) since: Instant,
    /// What it declares: of each package the versions that its files name.
    pub(crate) directs: Vec<Vec<(usize, usize)>>,
    /// Everything that its files name.
    pub(crate) shown: Vec<(usize, usize)>,
    /// Runtimes and base images: the product, and the version as it is written.
    pub(crate) runtimes: Vec<(&'static str, String)>,
}

/// What a project uses through time, for those who count it.
#[cfg(test)]
pub(crate) fn used(universe: &Arc<Universe>, random: Random, project: &Project, from: Instant, until: Instant) -> Vec<Used> {
    let steps = plan::Plan::new(universe, random, project, from, until).steps();
    steps
        .into_iter()
        .map(|(update, state)| {
            let pair = |pick: &resolve::Pick| (pick.package as usize, pick.release as usize);
            // A POM names what is declared and nothing else.
            let is_locked = state.shape.tool != state::Tool::Maven;
            let versions = |direct: &resolve::Direct| -> Vec<(usize, usize)> {
                let first = state.picks.partition_point(|pick| pick.package < direct.package);
                let locked = state.picks[first..].iter().take_while(|pick| pick.package == direct.package);
                if is_locked { locked.map(pair).collect() } else { vec![pair(&direct.pick())] }
            };
            let directs: Vec<_> = state.directs.iter().map(versions).collect();
            let shown = if is_locked { state.picks.iter().map(pair).collect() } else { directs.concat() };
            Used { since: update.at, directs, shown, runtimes: state.runtime.named(&state.shape) }
        })
        .collect()
}

/// Whether an advisory is about a release.
#[cfg(test)]
pub(crate) fn is_affected(universe: &Universe, package: usize, release: usize, advisory: &crate::demo::company::Advisory) -> bool {
    plan::is_affected(universe, package, release as u16, advisory)
}
