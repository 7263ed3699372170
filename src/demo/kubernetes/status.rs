//! Refusals, in the words of Kubernetes' API server.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::resources::Resource;

/// A `Status` that says why not.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) details: Option<Value>,
    pub(super) metadata: Value,
}

pub(super) type Answer<T = Response> = Result<T, Refusal>;

/// A field that is wrong.
pub(super) struct Cause {
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) field: String,
}

impl Cause {
    pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason: "FieldValueInvalid", message: message.into(), field: field.into() }
    }
}

impl Refusal {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None, metadata: json!({}) }
    }

    fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// Something that the server did not expect.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    pub(super) fn no_such_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").with(json!({}))
    }

    pub(super) fn not_found(resource: &Resource, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} {name:?} not found", resource.qualified())).with(details(resource, name, resource.name))
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource").with(json!({}))
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(415, "UnsupportedMediaType", "415: Unsupported Media Type").with(json!({}))
    }

    pub(super) fn not_acceptable() -> Self {
        let message =
            "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";
        Self::new(406, "NotAcceptable", message).with(json!({}))
    }

    /// The object is not the one that the caller knew.
    pub(super) fn conflict(resource: &Resource, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: the object has been modified; please apply your changes to the latest version and try again",
            resource.qualified()
        );
        Self::new(409, "Conflict", message).with(details(resource, name, resource.name))
    }

    /// A precondition of a deletion does not hold.
    pub(super) fn precondition(resource: &Resource, name: &str, what: &str, (given, known): (&str, &str)) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: the {what} in the precondition ({given}) does not match the {what} in record ({known}). The object might have been deleted and then recreated",
            resource.qualified_kind()
        );
        Self::new(409, "Conflict", message).with(details(resource, name, resource.kind_name))
    }

    /// A patch that cannot be applied to what there is.
    pub(super) fn unprocessable() -> Self {
        Self::new(422, "Invalid", "the server rejected our request due to an error in our request").with(json!({}))
    }

    /// Fields of an object that may not be as they are; `kind` as messages name it, `Deployment.apps`.
    pub(super) fn invalid(kind: &str, name: &str, causes: &[Cause]) -> Self {
        let mut distinct: Vec<String> = Vec::new();
        for cause in causes {
            let line = format!("{}: {}", cause.field, cause.message);
            if !distinct.contains(&line) {
                distinct.push(line);
            }
        }
        let joined = if distinct.len() == 1 { distinct.concat() } else { format!("[{}]", distinct.join(", ")) };
        let (kind_name, group) = kind.split_once('.').unwrap_or((kind, ""));
        let mut found = Map::new();
        for (key, value) in [("name", name), ("group", group), ("kind", kind_name)] {
            if !value.is_empty() {
                found.insert(key.to_owned(), value.into());
            }
        }
        let causes = causes.iter().map(|cause| json!({ "reason": cause.reason, "message": cause.message, "field": cause.field }));
        found.insert("causes".to_owned(), causes.collect());
        Self::new(422, "Invalid", format!("{kind} {name:?} is invalid: {joined}")).with(found.into())
    }

    /// Who asks may not; `what` says what.
    pub(super) fn forbidden(resource: &Resource, name: &str, what: &str) -> Self {
        let of = if name.is_empty() { String::new() } else { format!(" {name:?}") };
        let message = format!("{}{of} is forbidden: {what}", resource.qualified());
        Self::new(403, "Forbidden", message).with(details(resource, name, resource.name))
    }

    /// Who asks may not ask for this path.
    pub(super) fn forbidden_path(user: &str, verb: &str, path: &str) -> Self {
        Self::new(403, "Forbidden", format!("forbidden: User {user:?} cannot {verb} path {path:?}")).with(json!({}))
    }

    /// A page of a list that is not known any more; `fresh` goes on where it stopped.
    pub(super) fn continue_expired(fresh: &str) -> Self {
        let mut refusal = Self::new(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
        );
        refusal.metadata = json!({ "continue": fresh });
        refusal
    }

    /// A version of a list that is not known any more.
    pub(super) fn list_expired() -> Self {
        Self::new(410, "Expired", "The resourceVersion for the provided list is too old.")
    }

    /// Events that are not known any more; says so inside of the stream.
    pub(super) fn watch_expired(asked: u64, oldest: u64) -> Self {
        Self::new(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
    }

    /// A version that is yet to come.
    pub(super) fn too_large(asked: u64, current: u64) -> Self {
        Self::new(504, "Timeout", format!("Timeout: Too large resource version: {asked}, current: {current}")).with(json!({
            "causes": [{ "reason": "ResourceVersionTooLarge", "message": "Too large resource version" }],
            "retryAfterSeconds": 1
        }))
    }

    pub(super) fn body(&self) -> Value {
        let mut body =
            json!({ "kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure", "message": self.message });
        if !self.reason.is_empty() {
            body["reason"] = self.reason.into();
        }
        if let Some(details) = &self.details {
            body["details"] = details.clone();
        }
        body["code"] = self.code.into();
        body
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = json_answer(self.code, &self.body());
        let seconds = self.details.as_ref().and_then(|details| details.get("retryAfterSeconds")).and_then(Value::as_u64);
        if let Some(seconds) = seconds
            && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
        {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

fn details(resource: &Resource, name: &str, kind: &str) -> Value {
    let mut details = Map::new();
    if !name.is_empty() {
        details.insert("name".to_owned(), name.into());
    }
    if !resource.group.is_empty() {
        details.insert("group".to_owned(), resource.group.into());
    }
    details.insert("kind".to_owned(), kind.into());
    details.into()
}

/// An answer in JSON.
pub(super) fn json_answer(code: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
