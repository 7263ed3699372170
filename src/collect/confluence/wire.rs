//! Confluence's own JSON under its own names; only the fields that are read.
//!
//! What an answer must have is not optional here, so that a page of another kind is refused rather than read as empty.

use serde::{Deserialize, Deserializer};

/// A list of version 2.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) results: Vec<T>,
    #[serde(rename = "_links", default)]
    pub(super) links: Links,
}

/// Where the next page of a list is.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Links {
    #[serde(default)]
    pub(super) next: Option<String>,
    #[serde(default)]
    pub(super) webui: Option<String>,
}

/// A space of version 2.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Space {
    pub(super) id: String,
    pub(super) key: String,
}

/// A page of version 2.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) id: String,
    /// `current`, `trashed`, `archived`, ...
    pub(super) status: String,
    #[serde(default)]
    pub(super) title: String,
    pub(super) space_id: String,
    #[serde(default)]
    pub(super) version: Option<Version>,
    #[serde(rename = "_links", default)]
    pub(super) links: Links,
}

/// A version of version 2.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    pub(super) number: u64,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) author_id: Option<String>,
}

/// A label of either version.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Label {
    pub(super) name: String,
    /// `global`; others are somebody's own.
    #[serde(default)]
    pub(super) prefix: Option<String>,
}

/// People by number.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    pub(super) account_id: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
}

/// Results of the search of Cloud, and of its counterpart of Data Center.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    pub(super) results: Vec<Hit>,
    #[serde(default)]
    pub(super) total_size: Option<u64>,
    #[serde(rename = "_links", default)]
    pub(super) links: Links,
}

/// A result: content, or what holds it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Hit {
    Holder {
        content: Content,
    },
    Content(Content),
    /// Something else than content.
    Other {},
}

impl Hit {
    pub(super) fn content(self) -> Option<Content> {
        match self {
            Self::Holder { content } | Self::Content(content) => Some(content),
            Self::Other {} => None,
        }
    }
}

/// A page of version 1.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Content {
    #[serde(deserialize_with = "number_or_text")]
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) space: Option<ContentSpace>,
    #[serde(default)]
    pub(super) version: Option<ContentVersion>,
    #[serde(default)]
    pub(super) metadata: Option<Metadata>,
    #[serde(rename = "_links", default)]
    pub(super) links: Links,
}

/// Its space.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ContentSpace {
    pub(super) key: String,
}

/// Its version.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ContentVersion {
    pub(super) number: u64,
    #[serde(default)]
    pub(super) when: Option<String>,
    #[serde(default)]
    pub(super) by: Option<ContentPerson>,
}

/// Who made it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContentPerson {
    #[serde(default)]
    pub(super) account_id: Option<String>,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) username: Option<String>,
}

/// What is said beside it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) labels: Option<Labels>,
}

/// Its labels.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Labels {
    pub(super) results: Vec<Label>,
}

fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Number(number) => number.to_string(),
        Either::Text(text) => text,
    })
}
