//! What is remembered from run to run.
//!
//! # Invariants
//! - A repository is remembered under its name, with GitHub's number; whatever else is remembered has a colon in its key, which
//!   no name of a repository has.
//! - What cannot be understood any more, as after an update, is as good as forgotten: it is read anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::collect::Memory;
use crate::collect::git::convert::{Described, Stated};
use crate::collect::github::convert::OrganisationFacts;
use crate::model::{EntityRef, Facet, Instant, Kind, Resource, Statement};

/// A repository as it was read the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    /// GitHub's number.
    pub(crate) id: u64,
    /// The id in GraphQL.
    pub(crate) node: String,
    /// The commit whose files were read; none of an empty repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) head: Option<String>,
    /// The default branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<String>,
    /// When the newest commit was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) committed: Option<Instant>,
    /// The address for people.
    pub(crate) web: String,
    /// A fingerprint of everything else that its statements depend on; empty if its files were never read.
    pub(crate) around: String,
    /// The scope of its own resource.
    pub(crate) scope: String,
    /// What the organisation said of it.
    pub(crate) facts: OrganisationFacts,
    /// What its files describe: the file, the place in it, the ref.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) described: Vec<(String, usize, EntityRef)>,
    /// Streams of what is inside it: the ref or what follows the name in the resource's id, the facet, the origin.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) streams: Vec<(String, Kind, Facet, String)>,
    /// What was refused: path, line, message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) refusals: Vec<(String, Option<u32>, String)>,
    /// Some of its folders could not be listed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) in_part: bool,
    /// It is no longer listed, and GitHub does not know it under its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gone: Option<Gone>,
}

/// A repository that is no longer there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gone {
    /// Since when that is known.
    pub(crate) since: Instant,
    /// So many went at once that it may be the token that lost its rights.
    #[serde(default)]
    pub(crate) braked: bool,
    /// What was inside it has ended.
    #[serde(default)]
    pub(crate) ended: bool,
}

impl Remembered {
    /// Every repository that is remembered, by its number, with its name.
    pub(crate) fn all(memory: &Memory) -> BTreeMap<u64, (String, Self)> {
        let repositories = memory.iter().filter(|(key, _)| !key.contains(':'));
        repositories
            .filter_map(|(name, value)| Some((name.clone(), serde_json::from_value::<Self>(value.clone()).ok()?)))
            .filter(|(_, remembered)| remembered.id != 0)
            .map(|(name, remembered)| (remembered.id, (name, remembered)))
            .collect()
    }

    /// With what was stated of what is inside the repository `name`.
    pub(crate) fn with(mut self, name: &str, stated: &Stated) -> Self {
        let prefix = format!("{name}#");
        self.described = stated.descriptors.iter().map(|found| (found.path.clone(), found.document, found.entity.clone())).collect();
        self.streams = stated
            .statements
            .iter()
            .filter_map(|statement| {
                let inner = statement.resource.id.strip_prefix(&prefix)?;
                Some((inner.to_owned(), statement.resource.kind, statement.facet, statement.origin.clone()))
            })
            .collect();
        self
    }

    fn resource(name: &str, inner: &str, kind: Kind) -> Arc<Resource> {
        Arc::new(Resource { id: format!("{name}#{inner}"), kind, scope: name.to_owned() })
    }

    /// What it described, as far as renames are found by it.
    pub(crate) fn stated(&self, name: &str) -> Stated {
        let describe = |(path, document, entity): &(String, usize, EntityRef)| Described {
            path: path.clone(),
            document: *document,
            line: 0,
            entity: entity.clone(),
            resource: Self::resource(name, &entity.key(), entity.kind()),
        };
        Stated { descriptors: self.described.iter().map(describe).collect(), ..Stated::default() }
    }

    /// The resources inside it, as they are called in a repository of this name, with the ref that a repository without a
    /// descriptor gave itself.
    pub(crate) fn inside(&self, name: &str) -> Vec<(Arc<Resource>, bool)> {
        let mut found: BTreeMap<Arc<Resource>, bool> = BTreeMap::new();
        for (inner, kind, _, origin) in &self.streams {
            *found.entry(Self::resource(name, inner, *kind)).or_default() |= origin == "undeclared";
        }
        found.into_iter().collect()
    }

    /// That nothing is said any more of what was inside it.
    pub(crate) fn withdrawals(&self, name: &str) -> Vec<Statement> {
        let withdraw = |(inner, kind, facet, origin): &(String, Kind, Facet, String)| Statement {
            resource: Self::resource(name, inner, *kind),
            origin: origin.clone(),
            facet: *facet,
            body: None,
            check: None,
        };
        self.streams.iter().map(withdraw).collect()
    }
}

/// Teams and people of an organisation by their numbers, so that a rename is known for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KnownMembers {
    /// Slug and name.
    pub(crate) teams: BTreeMap<u64, (String, Option<String>)>,
    /// Logins.
    pub(crate) people: BTreeMap<u64, String>,
}

impl KnownMembers {
    pub(crate) fn key(organisation: &str) -> String {
        format!("members:{organisation}")
    }

    pub(crate) fn of(memory: &Memory, organisation: &str) -> Self {
        memory.get(&Self::key(organisation)).and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
    }
}

/// The key of the cursor at which a listing goes on.
pub(crate) fn cursor_key(organisation: &str) -> String {
    format!("cursor:{organisation}")
}
