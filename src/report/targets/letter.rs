//! A report as it is sent: its bytes, and how sending can end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::collect::http;

/// What a target is sent, to the byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// In the order in which they are sent.
    pub parts: Vec<Part>,
}

/// One body of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is: `message`, or the name of a picture.
    pub name: String,
    /// Its content type.
    pub kind: String,
    /// Where it is put, if that is fixed with it: a path of the target.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// What is sent.
    #[serde(serialize_with = "as_base64", deserialize_with = "from_base64")]
    pub bytes: Vec<u8>,
}

/// What readers see first.
pub(super) const MESSAGE: &str = "message";
pub(super) const JSON: &str = "application/json";

impl Letter {
    /// A letter of one JSON object.
    pub(super) fn json(message: &serde_json::Value) -> Self {
        Self { parts: vec![Part::json(MESSAGE, message)] }
    }

    /// The bytes of its message.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.parts.iter().find(|part| part.name == MESSAGE).map_or(&[], |part| &part.bytes)
    }

    /// The media type of its message; empty if there is none.
    #[must_use]
    pub fn media_type(&self) -> &str {
        self.parts.iter().find(|part| part.name == MESSAGE).map_or("", |part| &part.kind)
    }
}

impl Part {
    pub(super) fn json(name: &str, value: &serde_json::Value) -> Self {
        Self::new(name, JSON, value.to_string().into_bytes())
    }

    pub(super) fn new(name: &str, kind: &str, bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), kind: kind.to_owned(), to: String::new(), bytes }
    }
}

/// Why a letter was not sent, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The target says no, and will until somebody changes something: a channel is gone, a token was revoked.
    #[error("{0}")]
    Refused(String),
    /// Nothing was sent; another time it may be.
    #[error("{0}")]
    Unreachable(String),
    /// It was sent, and nobody knows what became of it.
    #[error("{0}")]
    Unclear(String),
}

/// What a target knows of a letter of which nobody knows whether it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is there: where.
    Yes(String),
    /// It is not there, or sending it again changes nothing.
    No,
    /// The target cannot tell: why.
    Unknown(String),
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        match error {
            http::Error::Unclear { .. } => Self::Unclear(error.to_string()),
            http::Error::Status { status: 400..=499, .. } => Self::Refused(error.to_string()),
            _ => Self::Unreachable(error.to_string()),
        }
    }
}

fn as_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    STANDARD.decode(text.as_bytes()).map_err(serde::de::Error::custom)
}
