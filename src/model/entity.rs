//! What the catalog describes, and the names by which people call it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an entity is. Backstage's Component is `service`, Group `team`, User `person`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A source repository.
    Repository,
    /// A component: service, library, website or job by its type.
    Service,
    /// An interface that services provide and consume.
    Api,
    /// Infrastructure that a service needs: a database, a bucket.
    Resource,
    /// A business area that groups systems.
    Domain,
    /// Services and resources that work together.
    System,
    /// A team or, as a parent of teams, a tribe.
    Team,
    /// A person.
    Person,
    /// A software package, named `ecosystem/name`.
    Package,
    /// A cluster, region or datacenter.
    Cluster,
    /// Something that runs in a cluster.
    Workload,
    /// A page of documentation.
    Document,
}

impl Kind {
    /// Every kind, in the order in which lists show them.
    pub const ALL: [Self; 12] = [
        Self::Repository,
        Self::Service,
        Self::Api,
        Self::Resource,
        Self::Domain,
        Self::System,
        Self::Team,
        Self::Person,
        Self::Package,
        Self::Cluster,
        Self::Workload,
        Self::Document,
    ];

    /// The word used in refs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Service => "service",
            Self::Api => "api",
            Self::Resource => "resource",
            Self::Domain => "domain",
            Self::System => "system",
            Self::Team => "team",
            Self::Person => "person",
            Self::Package => "package",
            Self::Cluster => "cluster",
            Self::Workload => "workload",
            Self::Document => "document",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Kind {
    type Err = ParseRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| text.eq_ignore_ascii_case(kind.word()))
            .ok_or_else(|| ParseRefError { text: text.to_owned(), problem: "is not a kind" })
    }
}

/// A readable name of an entity: `kind:name`, such as `service:ledger` or `package:npm/express`.
///
/// Keeps the spelling it was given, but compares, orders and hashes without regard to case.
#[derive(Clone, Debug)]
pub struct EntityRef {
    kind: Kind,
    name: String,
}

impl EntityRef {
    /// Longest name that is accepted, in bytes.
    pub const MAX_NAME: usize = 1024;

    /// A ref of this kind and name.
    ///
    /// # Errors
    /// [`ParseRefError`] if the name is empty, longer than [`Self::MAX_NAME`], or has a control character.
    pub fn new(kind: Kind, name: impl Into<String>) -> Result<Self, ParseRefError> {
        let name = name.into();
        let problem = if name.trim().is_empty() {
            "has no name"
        } else if name.len() > Self::MAX_NAME {
            "has a name longer than 1024 bytes"
        } else if name.chars().any(char::is_control) {
            "has a control character in its name"
        } else {
            return Ok(Self { kind, name });
        };
        Err(ParseRefError { text: format!("{kind}:{name}"), problem })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The name as it was spelled.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The form that is compared: `kind:name` in lower case.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind, self.name.to_lowercase())
    }
}

impl PartialEq for EntityRef {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for EntityRef {}

impl PartialOrd for EntityRef {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EntityRef {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl std::hash::Hash for EntityRef {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

impl FromStr for EntityRef {
    type Err = ParseRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((kind, name)) = text.split_once(':') else {
            return Err(ParseRefError { text: text.to_owned(), problem: "lacks a kind" });
        };
        let kind = kind.parse::<Kind>().map_err(|_| ParseRefError { text: text.to_owned(), problem: "starts with an unknown kind" })?;
        Self::new(kind, name)
    }
}

impl Serialize for EntityRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntityRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An entity for ever: opaque, never given to another one. Printed as `e` and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntityId(pub u32);

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e{}", self.0)
    }
}

impl FromStr for EntityId {
    type Err = ParseRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix('e')
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| ParseRefError { text: text.to_owned(), problem: "is not an entity id" })
    }
}

/// Text that names no entity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} {problem}; expected kind:name with a kind of repository, service, api, resource, domain, system, team, person, package, cluster, workload, document"
)]
pub struct ParseRefError {
    text: String,
    problem: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refs_compare_without_regard_to_case_and_keep_their_spelling() {
        let shouted: EntityRef = "Service:Ledger".parse().unwrap();
        assert_eq!(shouted, "service:ledger".parse().unwrap());
        assert_eq!(shouted.to_string(), "service:Ledger");
    }

    #[test]
    fn a_ref_without_a_known_kind_says_what_was_expected() {
        let message = "thing:x".parse::<EntityRef>().unwrap_err().to_string();
        assert!(message.starts_with("\"thing:x\" starts with an unknown kind; expected kind:name"), "{message}");
    }

    proptest! {
        #[test]
        fn refs_round_trip(name in "[^\\p{C}]{1,40}") {
            prop_assume!(!name.trim().is_empty());
            let entity = EntityRef::new(Kind::Package, name).unwrap();
            prop_assert_eq!(entity.to_string().parse::<EntityRef>().unwrap(), entity);
        }
    }
}
