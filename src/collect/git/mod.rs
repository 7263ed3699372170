//! Git repositories: folders of clones, bare or not, and git URLs.
//!
//! - Source: any git repository that git itself can read; no token, no API.
//! - Facets: general, dependencies, relations, documentation.
//! - Identity: a repository by the path of its remote (`acme/billing`), else by its folder; what it describes by
//!   kind and name inside the repository.
//! - Permissions: read access to the folder, or what the `git` program needs to clone the URL.
//! - Contents of documents and definitions are not stated, but read by their ids when somebody asks for them.
//! - Cannot see: teams and permissions of the forge, visibility, topics, pull requests.

use crate::collect::Descriptor;
use crate::model::Kind;

pub(crate) mod between;
pub(crate) mod clone;
pub mod codeowners;
pub(crate) mod collector;
mod contents;
pub mod convert;
pub mod descriptor;
pub(crate) mod discover;
pub mod explain;
pub mod facts;
pub(crate) mod history;
pub mod packages;
pub(crate) mod past;
#[cfg(test)]
pub(crate) mod testing;
mod tree;
mod yaml;

pub use collector::{Config, Elsewhere, GitCollector};
pub use history::Error;
pub use tree::{HeadTree, LARGEST_FILE, open_tree};

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "git",
    title: "Git repositories: folders of clones and git URLs",
    kinds: &[Kind::Repository, Kind::Service, Kind::Api, Kind::Resource, Kind::System, Kind::Domain, Kind::Team, Kind::Person],
    backfills: true,
};

/// Something in a file that was refused; the rest of the file still counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// The file inside the repository.
    pub path: String,
    /// The line, from 1, where it is known.
    pub line: Option<u32>,
    /// What was found and what was expected.
    pub message: String,
}
