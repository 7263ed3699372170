//! What commands ask a running server to do, answered as a stream of JSON lines: progress first, the result last.
//!
//! A command that finds no server does the same by calling [`crate::server::Engine::administer`] itself.

use std::path::PathBuf;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::access::{Caller, Role};
use crate::model::{EntityRef, Period};
use crate::server::{AdminError, State, guard};

/// One thing that a command asks for; travels as `POST /admin/NAME` with the fields as JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum AdminRequest {
    /// Run collectors now.
    Collect {
        /// Which sources; all if empty.
        #[serde(default)]
        sources: Vec<String>,
        /// Folders of clones to read instead of the configured ones.
        #[serde(default)]
        git: Vec<PathBuf>,
        /// Fill in the past, this far back, as configured durations are written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        backfill: Option<String>,
    },
    /// End what a source, or one scope of it, stated.
    Retire {
        /// The source.
        source: String,
        /// One scope of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
    /// End what is missing in a source, and held by the brake.
    Confirm {
        /// The source.
        source: String,
        /// One missing resource; all that the brake holds if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<String>,
    },
    /// Link a resource to an entity.
    Link {
        /// The resource as `source/id`.
        resource: String,
        /// The entity's ref.
        entity: String,
        /// Holds from this moment only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Holds until this moment only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
    },
    /// Make a token.
    TokenCreate {
        /// What it is called.
        name: String,
        /// What its holder may do.
        role: Role,
        /// How long it is taken, as configured lengths of time are written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<String>,
    },
    /// List the tokens.
    TokenList {},
    /// Take a token no longer.
    TokenRevoke {
        /// What it is called.
        name: String,
    },
    /// What there is to tell of a week.
    Report {
        /// The ISO week; the last one that is over if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        week: Option<Period>,
        /// The ref of whatever it is told of; the organisation if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<EntityRef>,
    },
    /// Send a report to a channel now.
    SendReport {
        /// The channel's name in the configuration.
        channel: String,
        /// The ISO week; the last one that is over if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        week: Option<Period>,
        /// Although it was sent before.
        #[serde(default)]
        again: bool,
    },
    /// List the reports that were sent or were to be sent, the newest last.
    SentReports {
        /// To this channel.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<String>,
        /// Of this week.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        week: Option<Period>,
    },
    /// What was sent to a channel, to the byte.
    SentReport {
        /// The channel's name when it was sent.
        channel: String,
        /// The ISO week.
        week: Period,
    },
    /// Check every checksum, and that index and archive agree.
    Verify {},
    /// Copy the data folder while it is in use.
    Backup {
        /// The new folder.
        to: PathBuf,
    },
    /// Write everything that is kept to a file that any version imports.
    Export {
        /// The new file.
        to: PathBuf,
    },
}

impl AdminRequest {
    /// The name and the fields, as they travel.
    #[must_use]
    pub fn into_parts(self) -> (String, Value) {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map.into_iter().next().unwrap_or_default(),
            _ => Default::default(),
        }
    }
}

/// One line of the answer to an [`AdminRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AdminLine {
    /// How far a long work has come.
    Progress {
        /// What is being done.
        what: String,
        /// Units done.
        done: u64,
        /// Units in all, as far as known; 0 if unknown.
        total: u64,
    },
    /// Something worth telling a person.
    Note(String),
    /// The end: what came out.
    Result(Value),
    /// The end: why nothing came out.
    Error(AdminError),
}

/// Where work tells how far it has come; never waits, and nobody needs to listen.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::UnboundedSender<AdminLine>);

impl Progress {
    /// A progress and the end at which its lines arrive.
    #[must_use]
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<AdminLine>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// `done` of `total` units of `what`; a total of 0 is unknown.
    pub fn step(&self, what: impl Into<String>, done: u64, total: u64) {
        self.send(AdminLine::Progress { what: what.into(), done, total });
    }

    /// Something worth telling a person.
    pub fn note(&self, text: impl Into<String>) {
        self.send(AdminLine::Note(text.into()));
    }

    fn send(&self, line: AdminLine) {
        // Whoever listened may have gone; the work goes on without them.
        let _ = self.0.send(line);
    }
}

pub(super) async fn run(
    Shared(state): Shared<State>,
    Extension(caller): Extension<Caller>,
    Path(command): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = guard::require_json(&headers) {
        return refusal;
    }
    let request = match parse(command, &body) {
        Ok(request) => request,
        Err(error) => return guard::refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", &format!("admin request: {error}")),
    };
    let (progress, receiver) = Progress::channel();
    // A task of its own: a command that hangs up does not leave work half done.
    tokio::spawn(async move {
        let last = match state.app.engine.administer(request, &caller, progress.clone()).await {
            Ok(result) => AdminLine::Result(result),
            Err(error) => AdminLine::Error(error),
        };
        progress.send(last);
    });
    let lines = futures::stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|line| (line, receiver)) });
    let body = Body::from_stream(lines.map(|line| {
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        Ok::<_, serde_json::Error>(bytes)
    }));
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

fn parse(command: String, body: &[u8]) -> Result<AdminRequest, serde_json::Error> {
    let fields = if body.is_empty() { Value::Object(Map::new()) } else { serde_json::from_slice(body)? };
    serde_json::from_value(Value::Object(Map::from_iter([(command, fields)])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_travel_as_name_and_fields() {
        let request = AdminRequest::Retire { source: "git".to_owned(), scope: None };
        let (name, fields) = request.clone().into_parts();
        assert_eq!((name.as_str(), fields.to_string().as_str()), ("retire", r#"{"source":"git"}"#));
        assert_eq!(parse(name, fields.to_string().as_bytes()).unwrap(), request);
        assert_eq!(parse("verify".to_owned(), b"").unwrap(), AdminRequest::Verify {});
    }

    #[test]
    fn an_unknown_command_or_field_is_refused() {
        assert!(parse("explode".to_owned(), b"{}").unwrap_err().to_string().contains("unknown variant `explode`"));
        assert!(parse("backup".to_owned(), br#"{"to":"/x","deep":1}"#).unwrap_err().to_string().contains("unknown field `deep`"));
    }
}
