//! What the server needs from the rest of spot beside the schema.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Caller;
use crate::server::{AdminRequest, Progress};

/// An open data folder: what stands behind the schema and does what commands ask for.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Grows whenever an answer could differ from the one given before: part of the key of every cached answer.
    fn generation(&self) -> u64;

    /// Whether questions can be answered.
    fn readiness(&self) -> Readiness;

    /// Does what a command asks for, in the name of `by`, telling `progress` how far it has come.
    async fn administer(&self, request: AdminRequest, by: &Caller, progress: Progress) -> Result<Value, AdminError>;
}

/// Whether questions can be answered, and what stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// The store is open and the index answers.
    pub ready: bool,
    /// One word for machines: `ready`, `opening`, `rebuilding`, `read-only`, `stopped`.
    pub state: String,
    /// A sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Readiness {
    /// Everything works.
    #[must_use]
    pub fn ready() -> Self {
        Self { ready: true, state: "ready".to_owned(), detail: None }
    }
}

/// What kind of failure a command met; decides its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdminErrorKind {
    /// It was tried and failed.
    Failed,
    /// What was asked for does not make sense.
    Usage,
    /// What it names does not exist.
    NotFound,
    /// The store is damaged.
    Damaged,
    /// The data folder is in use.
    InUse,
}

/// Why a command failed, as it travels over the socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AdminError {
    /// The kind.
    pub kind: AdminErrorKind,
    /// What failed and for what, with its causes.
    pub message: String,
}

impl AdminError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: AdminErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A failure with its causes, joined by colons.
    #[must_use]
    pub fn failed(error: &(dyn std::error::Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |error| error.source());
        Self::new(AdminErrorKind::Failed, causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
    }
}
