//! A deployment as plain JSON, for those who have no CDEvents.
//!
//! ```json
//! {
//!   "id": "4711",                        // needed: known by it, so that sending it twice is harmless
//!   "service": "billing",                // needed: a name, or a ref such as service:billing
//!   "environment": "production-eu",      // needed: with or without its region
//!   "region": "eu",                      // if the environment does not say it
//!   "state": "success",                  // queued, in_progress, success, failure, error, cancelled, removed; else success
//!   "at": "2026-03-02T09:04:00Z",        // since when it is in that state; else now
//!   "startedAt": "2026-03-02T09:00:00Z", // when the deployment began; else `at` of the first message
//!   "version": "1.4.2", "commit": "<40 digits>", "ref": "main", "by": "ada", "pullRequest": 128,
//!   "repository": "acme/billing", "log": "https://…", "url": "https://…", "description": "…",
//!   "production": true, "rollback": false
//! }
//! ```
//!
//! What changes is sent again with the same id: first `in_progress`, then `success`. The same keys are read in the
//! `customData` of CDEvents.

use serde_json::{Map, Value};

use crate::collect::cdevents::Refusal;
use crate::model::Instant;
use crate::model::event::Deployment;

/// States of a deployment that may be told.
const STATES: [&str; 7] = ["queued", "in_progress", "success", "failure", "error", "cancelled", "removed"];
/// Characters of a text that are kept.
const LONGEST: usize = 1000;

/// A text that is there and not empty.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    fields.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// A text that must be there.
pub(super) fn needed<'a>(fields: &'a Map<String, Value>, key: &str, name: &str) -> Result<&'a str, Refusal> {
    match fields.get(key) {
        None | Some(Value::Null) => Err(Refusal::event(name, "is missing")),
        Some(Value::String(found)) => match found.trim() {
            "" => Err(Refusal::event(name, "is empty")),
            found if found.len() > LONGEST || found.chars().any(char::is_control) => {
                Err(Refusal::event(name, format!("is longer than {LONGEST} bytes, or has control characters")))
            }
            found => Ok(found),
        },
        Some(_) => Err(Refusal::event(name, "is no text")),
    }
}

/// A time, if there is one.
pub(super) fn time(fields: &Map<String, Value>, key: &str, name: &str) -> Result<Option<Instant>, Refusal> {
    let Some(value) = fields.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let parsed = value.as_str().and_then(|text| text.trim().parse().ok());
    parsed.map(Some).ok_or_else(|| Refusal::event(name, format!("{value} is no time; expected RFC 3339 such as 2026-03-02T09:04:00Z")))
}

/// The state, if there is one.
pub(super) fn state(fields: &Map<String, Value>) -> Result<Option<&'static str>, Refusal> {
    let Some(value) = fields.get("state").filter(|value| !value.is_null()) else { return Ok(None) };
    let known = value.as_str().and_then(|text| STATES.into_iter().find(|state| *state == text));
    known.map(Some).ok_or_else(|| Refusal::event("state", format!("{value} is none; expected one of {}", STATES.join(", "))))
}

/// Puts what is told into a deployment; what is of another type than expected is as good as absent.
pub(super) fn fill(deployment: &mut Deployment, fields: &Map<String, Value>) {
    let kept = |key: &str| text(fields, key).map(shortened);
    let put = |place: &mut Option<String>, key: &str| {
        if let Some(found) = kept(key) {
            *place = Some(found);
        }
    };
    put(&mut deployment.region, "region");
    put(&mut deployment.version, "version");
    put(&mut deployment.git_ref, "ref");
    put(&mut deployment.by, "by");
    put(&mut deployment.log, "log");
    put(&mut deployment.url, "url");
    put(&mut deployment.description, "description");
    if let Some(commit) = text(fields, "commit").filter(|text| is_commit(text)) {
        deployment.commit = Some(commit.to_ascii_lowercase());
    }
    deployment.pull_request = fields.get("pullRequest").and_then(Value::as_u64).or(deployment.pull_request);
    deployment.production = fields.get("production").and_then(Value::as_bool).or(deployment.production);
    deployment.rollback |= fields.get("rollback").and_then(Value::as_bool).unwrap_or(false);
}

/// Whether a text is the id of a commit, in full.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn shortened(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
