//! From a request to the messages in it: how CloudEvents travel over HTTP.
//!
//! Binary mode has the attributes of CloudEvents in `ce-` headers and the CDEvent as body; structured mode has both in one
//! object, whose `data` is the CDEvent; batch mode has a list of those. A CDEvent alone is read as well, and so is a plain
//! deployment, alone or in a list.

use base64::Engine as _;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};

use crate::collect::cdevents::{MOST_EVENTS, Refusal};

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    /// A CDEvent, of this type.
    Event {
        /// `dev.cdevents.service.deployed.0.3.0`.
        kind: String,
        /// All of it: context, subject, customData.
        event: Map<String, Value>,
    },
    /// A plain deployment.
    Plain(Map<String, Value>),
    /// Something of another type that travels as a CloudEvent.
    Other(String),
}

impl Message {
    /// Its type, as it says itself.
    pub(super) fn kind(&self) -> &str {
        match self {
            Self::Event { kind, .. } | Self::Other(kind) => kind,
            Self::Plain(_) => "deployment",
        }
    }
}

/// The messages of a request.
pub(super) fn messages(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Message>, Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = header("content-type").unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let parse = || serde_json::from_slice::<Value>(body).map_err(|error| Refusal::Malformed(error.to_string()));
    let values = match essence.as_str() {
        "application/cloudevents-batch+json" => list(parse()?)?,
        "application/cloudevents+json" => vec![parse()?],
        "application/json" | "" => {
            let value = parse()?;
            if let Some(kind) = header("ce-type") {
                return Ok(vec![of_cloud_event(kind, value)?]);
            }
            if value.is_array() { list(value)? } else { vec![value] }
        }
        _ => return Err(Refusal::ContentType(kind.to_owned())),
    };
    if values.len() > MOST_EVENTS {
        return Err(Refusal::TooMany(values.len()));
    }
    let is_cloud_event = essence.starts_with("application/cloudevents");
    values.into_iter().map(|value| of_value(value, is_cloud_event)).collect()
}

fn list(value: Value) -> Result<Vec<Value>, Refusal> {
    match value {
        Value::Array(values) => Ok(values),
        other => Err(Refusal::Malformed(format!("expected a list, found {}", named(&other)))),
    }
}

fn of_value(value: Value, is_cloud_event: bool) -> Result<Message, Refusal> {
    let Value::Object(mut fields) = value else {
        return Err(Refusal::Malformed(format!("expected an object, found {}", named(&value))));
    };
    if is_cloud_event || fields.contains_key("specversion") {
        let kind = fields.get("type").and_then(Value::as_str).map(str::to_owned);
        let kind = kind.ok_or_else(|| Refusal::Malformed("a CloudEvent without a type".to_owned()))?;
        let data = match (fields.remove("data"), fields.remove("data_base64")) {
            (Some(data), _) => data,
            (None, Some(Value::String(text))) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                let bytes = bytes.map_err(|error| Refusal::Malformed(format!("data_base64: {error}")))?;
                serde_json::from_slice(&bytes).map_err(|error| Refusal::Malformed(format!("data_base64: {error}")))?
            }
            _ => Value::Null,
        };
        return of_cloud_event(&kind, data);
    }
    if fields.get("context").is_some_and(Value::is_object) {
        let kind = fields.get("context").and_then(|context| context.get("type")).and_then(Value::as_str);
        let kind = kind.ok_or_else(|| Refusal::event("context.type", "is missing"))?.to_owned();
        return Ok(Message::Event { kind, event: fields });
    }
    Ok(Message::Plain(fields))
}

/// A type that is no CDEvent's is somebody else's business, whatever it carries.
fn of_cloud_event(kind: &str, data: Value) -> Result<Message, Refusal> {
    if !kind.starts_with("dev.cdevents.") {
        return Ok(Message::Other(kind.to_owned()));
    }
    match data {
        Value::Object(event) => {
            // What the signature covers in every mode is the event itself.
            let own = event.get("context").and_then(|context| context.get("type")).and_then(Value::as_str);
            let kind = own.ok_or_else(|| Refusal::event("context.type", "is missing"))?.to_owned();
            Ok(Message::Event { kind, event })
        }
        other => Err(Refusal::Malformed(format!("a CloudEvent of type {kind} whose data is {}, not a CDEvent", named(&other)))),
    }
}

const fn named(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
