//! What the company is made of: everything that its systems hold, at every instant of its history.
//!
//! Plain data; [`crate::demo`]'s servers answer from it, as of a clock. Positions (`usize`) point into the lists of
//! [`Company`].

mod activity;
mod calendar;
pub mod clusters;
pub mod delivery;
mod dependencies;
mod descriptors;
mod fates;
mod files;
mod generate;
mod lockfiles;
mod measures;
mod mesh;
mod messages;
mod organisation;
mod ownership;
mod packages;
mod people;
mod plan;
mod products;
mod quality;
mod random;
mod repositories;
mod summary;
#[cfg(test)]
mod tests;
pub mod trouble;
#[cfg(test)]
mod upkeep;
mod wiki;
mod words;

pub use generate::Shape;
pub use measures::Analysis;
pub use mesh::{Datacenter, Intention, Mesh, MeshPlace, MeshService, Outage};
pub use summary::summary;
pub use wiki::{Wiki, WikiPage, WikiSpace};

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::model::Instant;

/// A whole company through all of its history.
#[derive(Clone, Debug)]
pub struct Company {
    /// The login of its organisation on GitHub.
    pub login: String,
    /// Its name for people.
    pub name: String,
    /// Its history: the year that is told day by day. What is older came to be before, in few steps; nothing happens after.
    pub history: Range<Instant>,
    /// Everybody who ever worked there.
    pub people: Vec<Person>,
    /// Tribes and the teams in them.
    pub teams: Vec<Team>,
    /// Every repository that ever was.
    pub repositories: Vec<Repository>,
    /// Projects in SonarQube.
    pub projects: Vec<Project>,
    /// Packages that its repositories use, public and internal.
    pub packages: Vec<Package>,
    /// Runtimes and base images, by the product's name at endoflife.date.
    pub products: Vec<Product>,
    /// Where its services run, what was deployed there, pull requests and workflow runs.
    pub delivery: delivery::Delivery,
    /// Incidents, bugs and support cases.
    pub trouble: trouble::Trouble,
    /// What Consul holds.
    pub mesh: Arc<Mesh>,
    /// What Confluence holds.
    pub wiki: Arc<Wiki>,
}

/// A value that changes at known instants.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed<T>(Vec<(Instant, T)>);

impl<T> Timed<T> {
    /// Always this.
    pub fn always(value: T) -> Self {
        Self(vec![(Instant::MIN, value)])
    }

    /// These values, each from its instant on, in order of time.
    pub fn steps(steps: Vec<(Instant, T)>) -> Self {
        debug_assert!(steps.is_sorted_by_key(|(at, _)| *at), "steps are in order of time");
        Self(steps)
    }

    /// From `at`, which is later than every step before, the value is another.
    pub fn push(&mut self, at: Instant, value: T) {
        debug_assert!(self.0.last().is_none_or(|(last, _)| *last <= at), "steps are in order of time");
        self.0.push((at, value));
    }

    /// The value at an instant; before the first step the first value.
    ///
    /// # Panics
    /// If there is no step at all.
    pub fn at(&self, at: Instant) -> &T {
        let after = self.0.partition_point(|(since, _)| *since <= at);
        &self.0[after.saturating_sub(1)].1
    }

    /// Every step.
    pub fn all(&self) -> &[(Instant, T)] {
        &self.0
    }
}

/// Somebody who works, or worked, there.
#[derive(Clone, Debug)]
pub struct Person {
    /// GitHub's number.
    pub id: u64,
    /// The login on GitHub.
    pub login: String,
    /// First and last name.
    pub name: String,
    /// The address at work.
    pub email: String,
    /// From the first to after the last day.
    pub employed: Range<Instant>,
}

/// A team, or a tribe of teams.
#[derive(Clone, Debug)]
pub struct Team {
    /// GitHub's number.
    pub id: u64,
    /// The name in URLs and CODEOWNERS.
    pub slug: Timed<String>,
    /// The name for people.
    pub name: Timed<String>,
    /// What it does.
    pub description: String,
    /// The tribe above; none for a tribe.
    pub parent: Timed<Option<usize>>,
    /// Who belongs to it, and when.
    pub members: Vec<Membership>,
    /// From its founding to its end.
    pub exists: Range<Instant>,
}

/// A person in a team.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Who.
    pub person: usize,
    /// From joining to leaving.
    pub during: Range<Instant>,
    /// Whether they may change the team.
    pub maintainer: bool,
}

/// Who may see a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The company.
    Internal,
    /// Those who were given access.
    Private,
}

/// What a team may do in a repository, in GitHub's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Read.
    Read,
    /// Triage.
    Triage,
    /// Write.
    Write,
    /// Maintain.
    Maintain,
    /// Admin.
    Admin,
}

/// A git repository on GitHub. Its default branch is one line of commits.
#[derive(Clone, Debug)]
pub struct Repository {
    /// GitHub's number, which never changes.
    pub id: u64,
    /// The name within the organisation.
    pub name: Timed<String>,
    /// One sentence; may be empty.
    pub description: Timed<String>,
    /// Who may see it.
    pub visibility: Timed<Visibility>,
    /// Whether it is read-only.
    pub archived: Timed<bool>,
    /// Topics, sorted.
    pub topics: Timed<Vec<String>>,
    /// Custom properties of the organisation by name.
    pub properties: Timed<BTreeMap<String, String>>,
    /// Which teams may do what.
    pub teams: Timed<Vec<(usize, Permission)>>,
    /// A copy of somebody else's.
    pub is_fork: bool,
    /// The default branch's name.
    pub default_branch: String,
    /// From its making to its deletion.
    pub exists: Range<Instant>,
    /// Commits of the default branch, oldest first; none in an empty repository.
    pub commits: Vec<Commit>,
    /// Tags, oldest first.
    pub tags: Vec<Tag>,
}

/// A commit, by what it changes.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Author's and committer's time.
    pub at: Instant,
    /// Who.
    pub author: usize,
    /// The message.
    pub message: String,
    /// Files that are written or removed.
    pub changes: Vec<FileChange>,
}

/// A file that a commit writes or removes.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// From the repository's root.
    pub path: String,
    /// The new content; none if the file is removed.
    pub content: Option<Content>,
}

/// What is in a file, made when somebody asks.
#[derive(Clone)]
pub struct Content(Arc<dyn Fn() -> Vec<u8> + Send + Sync>);

impl Content {
    /// What this says, whenever it is asked: it must always say the same.
    pub fn made_by(make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// A text as it is.
    pub fn text(text: impl Into<String>) -> Self {
        let text: Arc<str> = text.into().into();
        Self::made_by(move || text.as_bytes().to_vec())
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        (self.0)()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content")
    }
}

/// A tag, perhaps with a release.
#[derive(Clone, Debug)]
pub struct Tag {
    /// `v1.4.2`.
    pub name: String,
    /// When it was made.
    pub at: Instant,
    /// The position of its commit in [`Repository::commits`].
    pub commit: usize,
    /// There is a release of it.
    pub released: bool,
}

/// A project in SonarQube.
#[derive(Clone, Debug)]
pub struct Project {
    /// `acme_billing`.
    pub key: String,
    /// The name for people.
    pub name: String,
    /// What it analyses.
    pub repository: usize,
    /// Every analysis of its main branch, oldest first; none if it was never analysed.
    pub analyses: Vec<Analysis>,
    /// From its making to its deletion.
    pub exists: Range<Instant>,
}

/// Where packages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// npm.
    Npm,
    /// PyPI.
    Pypi,
    /// crates.
    Cargo,
    /// Go modules.
    Go,
    /// Maven.
    Maven,
}

impl Ecosystem {
    /// The word that spot uses in refs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
            Self::Cargo => "cargo",
            Self::Go => "go",
            Self::Maven => "maven",
        }
    }
}

/// A package and everything that was ever published of it.
#[derive(Clone, Debug)]
pub struct Package {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Its name there; Maven: `group:artifact`.
    pub name: String,
    /// Published in the company's own registry, from this repository.
    pub internal: Option<usize>,
    /// SPDX expression.
    pub licence: Option<&'static str>,
    /// Versions by time of publication.
    pub releases: Vec<Release>,
    /// Published weaknesses.
    pub advisories: Vec<Advisory>,
}

/// A published version.
#[derive(Clone, Debug)]
pub struct Release {
    /// As its ecosystem writes it; Go with a leading `v`.
    pub version: String,
    /// When it was published.
    pub at: Instant,
    /// Since when it is deprecated or yanked, and why.
    pub deprecated: Option<(Instant, String)>,
}

/// A published weakness of a package, as OSV has it.
#[derive(Clone, Debug)]
pub struct Advisory {
    /// `GHSA-...`, as made up as the rest.
    pub id: String,
    /// One line.
    pub summary: String,
    /// LOW, MODERATE, HIGH or CRITICAL.
    pub severity: &'static str,
    /// CVSS 3.1 vector.
    pub vector: &'static str,
    /// When it was published.
    pub at: Instant,
    /// Affected from this version on; none: from the first.
    pub introduced: Option<String>,
    /// The first version that is not affected any more; none: no such version.
    pub fixed: Option<String>,
}

/// A product of endoflife.date.
#[derive(Clone, Debug)]
pub struct Product {
    /// `nodejs`.
    pub name: String,
    /// `Node.js`.
    pub label: String,
    /// Release cycles, newest first.
    pub cycles: Vec<Cycle>,
}

/// A release cycle of a product.
#[derive(Clone, Debug)]
pub struct Cycle {
    /// `22`.
    pub name: String,
    /// When it came out.
    pub released: Instant,
    /// Supported for long.
    pub lts: bool,
    /// When security support ends, if that is known.
    pub end_of_life: Option<Instant>,
    /// Its versions by time: when, and which.
    pub versions: Vec<(Instant, String)>,
}
