//! Slack's Web API, as an app of the workspace.
//!
//! # Invariants
//! - Every answer is HTTP 200; `ok` says whether it worked: <https://docs.slack.dev/apis/web-api/>.
//! - The message carries its key as metadata, by which it is found again. Pictures stand in its thread, so that one that fails
//!   never costs the message.

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use url::Url;

use crate::collect::http::{Answer, Ask, Http, Secret};
use crate::report::targets::hook::said;
use crate::report::targets::letter::{Arrival, Failure, JSON, Letter, MESSAGE, Part};
use crate::report::targets::slack::message;
use crate::report::targets::{Content, Target};

/// Of the messages before now, how many are looked through for one that may have arrived.
const LOOKED_THROUGH: &str = "200";
/// The kind of the message's metadata.
const EVENT: &str = "spot_weekly_report";

/// An app with a bot token, in one channel.
#[derive(Debug)]
pub struct SlackApp {
    http: Http,
    /// With a slash at its end.
    base: Url,
    token: Secret,
    channel: String,
}

impl SlackApp {
    /// An app in the channel of this id; `base` is `https://slack.com/api/` but in workspaces of their own.
    #[must_use]
    pub const fn new(http: Http, base: Url, token: Secret, channel: String) -> Self {
        Self { http, base, token, channel }
    }

    fn url(&self, method: &str) -> Result<Url, Failure> {
        self.base.join(method).map_err(|error| Failure::Refused(format!("url is no address ({error})")))
    }

    /// A method that may be called twice.
    async fn form(&self, method: &str, fields: &[(&str, &str)]) -> Result<Value, Failure> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let ask = Ask::post(self.url(method)?, "application/x-www-form-urlencoded", Bytes::from(body));
        judged(method, &self.http.send(ask.bearer(&self.token)).await?)
    }

    /// Brings a picture into the thread of a message.
    async fn picture(&self, part: &Part, thread: &str) -> Result<(), Failure> {
        let (name, length) = (format!("{}.png", part.name), part.bytes.len().to_string());
        let place = self.form("files.getUploadURLExternal", &[("filename", &name), ("length", &length)]).await?;
        let (Some(to), Some(id)) = (place["upload_url"].as_str(), place["file_id"].as_str()) else {
            return Err(Failure::Unreachable("files.getUploadURLExternal told no upload_url".to_owned()));
        };
        let to: Url = to.parse().map_err(|error| Failure::Unreachable(format!("the upload_url is no address ({error})")))?;
        let uploaded = self.http.send(Ask::post(to, "image/png", Bytes::copy_from_slice(&part.bytes))).await?;
        if !uploaded.status.is_success() {
            return Err(Failure::Unreachable(format!("the upload of {name} was answered {}", said(&uploaded))));
        }
        let done = json!({ "files": [{ "id": id, "title": part.name }], "channel_id": self.channel, "thread_ts": thread });
        let ask = Ask::post(self.url("files.completeUploadExternal")?, JSON, Bytes::from(done.to_string()));
        judged("files.completeUploadExternal", &self.http.send(ask.bearer(&self.token).once()).await?).map(drop)
    }
}

#[async_trait]
impl Target for SlackApp {
    async fn write(&self, content: &Content<'_>) -> Result<Letter, Failure> {
        let mut message = message::message(content.document, |_| None);
        message["channel"] = json!(self.channel);
        message["metadata"] = json!({ "event_type": EVENT, "event_payload": { "key": content.key } });
        let mut parts = vec![Part::json(MESSAGE, &message)];
        parts.extend(content.document.images().map(|chart| Part::new(chart.name, "image/png", chart.png.clone())));
        Ok(Letter { parts })
    }

    async fn send(&self, letter: &Letter) -> Result<String, Failure> {
        let ask = Ask::post(self.url("chat.postMessage")?, "application/json; charset=utf-8", Bytes::copy_from_slice(letter.message()));
        let posted = judged("chat.postMessage", &self.http.send(ask.bearer(&self.token).once()).await?)?;
        let thread = posted["ts"].as_str().unwrap_or_default();
        let mut place = format!("message {thread} in {}", posted["channel"].as_str().unwrap_or(&self.channel));
        for part in letter.parts.iter().filter(|part| part.name != MESSAGE) {
            if let Err(failure) = self.picture(part, thread).await {
                place.push_str(&format!("; without the picture {}: {failure}", part.name));
            }
        }
        Ok(place)
    }

    async fn look(&self, _letter: &Letter, key: &str) -> Arrival {
        let fields = [("channel", self.channel.as_str()), ("limit", LOOKED_THROUGH), ("include_all_metadata", "true")];
        let history = match self.form("conversations.history", &fields).await {
            Ok(history) => history,
            Err(failure) => return Arrival::Unknown(failure.to_string()),
        };
        let is_it = |message: &&Value| {
            let metadata = &message["metadata"];
            metadata["event_type"] == EVENT && metadata["event_payload"]["key"] == key
        };
        match history["messages"].as_array().into_iter().flatten().find(is_it) {
            Some(message) => Arrival::Yes(format!("message {} in {}", message["ts"].as_str().unwrap_or_default(), self.channel)),
            None => Arrival::No,
        }
    }

    async fn check(&self) -> Result<String, Failure> {
        let who = self.form("auth.test", &[]).await?;
        let name = |field: &str| who[field].as_str().unwrap_or("?").to_owned();
        Ok(format!("as {} in {}, channel {}", name("user"), name("team"), self.channel))
    }
}

/// The answer of a method, if it worked.
fn judged(method: &str, answer: &Answer) -> Result<Value, Failure> {
    if answer.status.is_server_error() {
        let failed = format!("{method} answered {}", said(answer));
        return Err(if method == "chat.postMessage" { Failure::Unclear(failed) } else { Failure::Unreachable(failed) });
    }
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if value["ok"] == true {
        return Ok(value);
    }
    let code = value["error"].as_str().map_or_else(|| format!("status {}", answer.status.as_u16()), str::to_owned);
    let hint = match code.as_str() {
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" => {
            ": the token is not taken any more; expected a bot token (xoxb-...)"
        }
        "channel_not_found" => ": there is no such channel, or the app may not see it; expected an id such as C0123456789",
        "not_in_channel" => ": invite the app into the channel",
        "is_archived" => ": the channel is archived",
        "missing_scope" => ": the app lacks a scope (chat:write; files:write for pictures; channels:history to look for messages)",
        _ => "",
    };
    let said = format!("{method} answered {code}{hint}");
    // It did nothing, and says so.
    let passes = matches!(code.as_str(), "ratelimited" | "rate_limited" | "service_unavailable" | "request_timeout");
    Err(if passes { Failure::Unreachable(said) } else { Failure::Refused(said) })
}
