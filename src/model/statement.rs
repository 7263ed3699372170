//! What a source says, before anyone decides what to keep.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Facet, Kind};

/// A statement's content: a JSON object, see [`crate::model::body::to_body`].
pub type Body = Map<String, Value>;

/// A thing as its source names it. Links tie resources to entities.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// Unique and stable within the source, such as `billing#service:ledger`.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// The part of the source that is read or missed as a whole: an organisation, a folder, a repository.
    pub scope: String,
}

/// A sign of whose a resource is, for resources that claim no ref; the first one that fits counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "by", content = "value", rename_all = "lowercase")]
pub enum Hint {
    /// The ref of its entity: `service:billing`.
    Ref(String),
    /// The value of an annotation that names it, such as `backstage.io/kubernetes-id`.
    Annotation(String),
    /// The repository from which it is made: `acme/billing`, or the repository's URL.
    Repository(String),
    /// A name that its entity may have, too.
    Name(String),
}

/// The kind under which notes hold the signs of whose a source's resources are, by the resource's id.
#[must_use]
pub fn hints_kind(source: &str) -> String {
    format!("hints/{source}")
}

/// What one source says about one facet of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The thing it is about.
    pub resource: Arc<Resource>,
    /// Where inside the source it comes from; precedence goes by it: `catalog-info.yaml`, `CODEOWNERS`, `repository`.
    pub origin: String,
    /// The facet.
    pub facet: Facet,
    /// The content, or `None` if the source now says nothing here.
    pub body: Option<Body>,
    /// A link or place where a person can check: a URL, or `commit:path:line`.
    pub check: Option<String>,
}
