//! Facets and their fields: what is volatile, what names other entities.
//!
//! A body is a JSON object. Each top-level key is a *field*. A field whose value is an object is *keyed*:
//! each of its entries is compared, dated and explained on its own (`dependencies.packages` has one
//! entry a package); every other value is compared as a whole.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::model::{EntityRef, Kind};

/// A named group of facts about an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// Name, owner, type, lifecycle, description, links.
    General,
    /// Quality gate, coverage and other measures.
    Quality,
    /// Declared and locked packages.
    Dependencies,
    /// Of a package, once for the organisation: versions, licence, advisories.
    Package,
    /// Of a workload: replicas, images, pods.
    Kubernetes,
    /// Depends on, provides, consumes.
    Relations,
    /// Pages and in-repository documents.
    Documentation,
    /// Instances, health checks, key names.
    Configuration,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 8] = [
        Self::General,
        Self::Quality,
        Self::Dependencies,
        Self::Package,
        Self::Kubernetes,
        Self::Relations,
        Self::Documentation,
        Self::Configuration,
    ];

    /// The word used in paths, files and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Quality => "quality",
            Self::Dependencies => "dependencies",
            Self::Package => "package",
            Self::Kubernetes => "kubernetes",
            Self::Relations => "relations",
            Self::Documentation => "documentation",
            Self::Configuration => "configuration",
        }
    }

    /// Whether a difference in `field` alone makes neither a change nor a version at once: it is kept
    /// with the next other difference, or when the day is sealed.
    #[must_use]
    pub fn is_volatile(self, field: &str) -> bool {
        match self {
            Self::General => matches!(field, "lastCommit" | "lastPush" | "activity" | "languageBytes"),
            Self::Quality => matches!(field, "analysedAt" | "lines" | "codeSmells" | "debtMinutes" | "newLines"),
            Self::Package => field == "versions",
            Self::Kubernetes => matches!(
                field,
                "pods"
                    | "phases"
                    | "restarts"
                    | "replicas"
                    | "ready"
                    | "updated"
                    | "available"
                    | "unavailable"
                    | "revisions"
                    | "nodes"
                    | "lastScheduled"
                    | "lastSucceeded"
            ),
            Self::Configuration => matches!(field, "instances" | "outputs" | "ports"),
            _ => false,
        }
    }
}

impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Facet {
    type Err = UnknownFacet;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|facet| facet.word() == text).ok_or_else(|| UnknownFacet(text.to_owned()))
    }
}

/// A word that names no facet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a facet; expected one of general, quality, dependencies, package, kubernetes, relations, documentation, configuration"
)]
pub struct UnknownFacet(String);

/// Where a value stands: `general.owner`, or `dependencies.packages[Cargo.lock#cargo/serde]` for an entry of a keyed field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath {
    /// The facet.
    pub facet: Facet,
    /// The top-level key of the body.
    pub field: String,
    /// The entry, if the field is keyed.
    pub key: Option<String>,
}

impl FieldPath {
    /// The path of a field that is compared as a whole.
    #[must_use]
    pub fn whole(facet: Facet, field: &str) -> Self {
        Self { facet, field: field.to_owned(), key: None }
    }

    /// The path of one entry of a keyed field.
    #[must_use]
    pub fn entry(facet: Facet, field: &str, key: &str) -> Self {
        Self { facet, field: field.to_owned(), key: Some(key.to_owned()) }
    }

    /// `facet.field`, without the key: what columns and precedence are named by.
    #[must_use]
    pub fn field_name(&self) -> String {
        format!("{}.{}", self.facet, self.field)
    }

    /// See [`Facet::is_volatile`].
    #[must_use]
    pub fn is_volatile(&self) -> bool {
        self.facet.is_volatile(&self.field)
    }

    /// Whether a value only says more of the same than an earlier version of spot recorded, which is no change: documents
    /// had nothing but a title once.
    #[must_use]
    pub fn is_elaborated(&self, before: Option<&Value>, after: Option<&Value>) -> bool {
        self.facet == Facet::Documentation
            && self.field == "documents"
            && before.is_some_and(|before| before.is_string() && after.and_then(|after| after.get("title")) == Some(before))
    }

    /// The entities that a value at this path names, in order, by their ref.
    ///
    /// Owners, systems, parents and clusters are named by the value; relations, packages and workloads by the key.
    #[must_use]
    pub fn targets(&self, value: &Value) -> Vec<EntityRef> {
        match (self.facet, self.field.as_str(), &self.key) {
            (
                Facet::General,
                "owner" | "memberOf" | "children" | "members" | "repository" | "system" | "domain" | "parent" | "subcomponentOf",
                None,
            ) => match value {
                Value::String(text) => text.parse().into_iter().collect(),
                Value::Array(items) => items.iter().filter_map(Value::as_str).filter_map(|text| text.parse().ok()).collect(),
                _ => Vec::new(),
            },
            (Facet::Relations, _, Some(key)) => key.parse().into_iter().collect(),
            (Facet::Kubernetes, "cluster", None) => {
                value.as_str().and_then(|name| EntityRef::new(Kind::Cluster, name).ok()).into_iter().collect()
            }
            (Facet::Kubernetes, "workloads", Some(key)) => key.parse().into_iter().collect(),
            (Facet::Dependencies, "packages", Some(key)) => crate::model::body::package_of_key(key).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The texts by which a value at this path names others: the keys of refs, and `source#id` of resources that a source
    /// knows only by its own name for them.
    #[must_use]
    pub fn names(&self, value: &Value) -> Vec<String> {
        match (self.facet, self.field.as_str(), &self.key) {
            (Facet::Relations, "calls", Some(key)) => vec![key.to_lowercase()],
            _ => self.targets(value).iter().map(EntityRef::key).collect(),
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.facet, self.field)?;
        if let Some(key) = &self.key {
            write!(f, "[{key}]")?;
        }
        Ok(())
    }
}

impl FromStr for FieldPath {
    type Err = ParseFieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseFieldError(text.to_owned());
        let (facet, rest) = text.split_once('.').ok_or_else(error)?;
        let facet = facet.parse().map_err(|_| error())?;
        let (field, key) = match rest.split_once('[') {
            Some((field, key)) => (field, Some(key.strip_suffix(']').ok_or_else(error)?)),
            None => (rest, None),
        };
        if field.is_empty() {
            return Err(error());
        }
        Ok(Self { facet, field: field.to_owned(), key: key.map(str::to_owned) })
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Text that is not a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a field; expected facet.field such as general.owner, or facet.field[key]")]
pub struct ParseFieldError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_round_trip_even_with_brackets_in_the_key() {
        let path = FieldPath::entry(Facet::Dependencies, "packages", "a[1]/package.json#npm/x");
        assert_eq!(path.to_string().parse::<FieldPath>().unwrap(), path);
    }

    #[test]
    fn a_package_entry_names_its_package() {
        let path = FieldPath::entry(Facet::Dependencies, "packages", "web/package-lock.json#npm/@acme/ui");
        assert_eq!(path.targets(&Value::Null)[0].to_string(), "package:npm/@acme/ui");
    }

    #[test]
    fn a_service_names_its_workloads_and_a_workload_its_cluster() {
        let path = FieldPath::entry(Facet::Kubernetes, "workloads", "workload:eu-1/payments/ledger");
        assert_eq!(path.targets(&Value::Null)[0].to_string(), "workload:eu-1/payments/ledger");
        let path = FieldPath::whole(Facet::Kubernetes, "cluster");
        assert_eq!(path.targets(&Value::from("eu-1"))[0].to_string(), "cluster:eu-1");
        assert!(path.targets(&Value::from(1)).is_empty());
    }

    #[test]
    fn a_document_that_only_gained_an_id_is_the_same() {
        let path = FieldPath::entry(Facet::Documentation, "documents", "README.md");
        let (title, whole) = (Value::from("Ledger"), serde_json::json!({ "title": "Ledger", "blob": "c0ffee" }));
        assert!(path.is_elaborated(Some(&title), Some(&whole)));
        assert!(!path.is_elaborated(Some(&Value::from("Books")), Some(&whole)));
        assert!(!path.is_elaborated(Some(&whole), Some(&serde_json::json!({ "title": "Ledger", "blob": "decade" }))));
        assert!(!path.is_elaborated(Some(&title), None) && !path.is_elaborated(None, Some(&whole)));
        let elsewhere = FieldPath::entry(Facet::General, "annotations", "a");
        assert!(!elsewhere.is_elaborated(Some(&title), Some(&whole)));
    }
}
