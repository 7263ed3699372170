//! Matrix: the client-server API of a homeserver, as one of its users.
//!
//! # Invariants
//! - A transaction id belongs to one event: sending it again is answered with the event that is there
//!   (<https://spec.matrix.org/v1.11/client-server-api/#transaction-identifiers>). So a letter may always be sent again.

pub mod message;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use url::Url;

use crate::collect::http::{Answer, Ask, Http, Secret};
use crate::report::targets::hook::said;
use crate::report::targets::letter::{Arrival, Failure, Letter, MESSAGE, Part};
use crate::report::targets::{Content, Target, digest};

/// A user in a room.
#[derive(Debug)]
pub struct Matrix {
    http: Http,
    homeserver: Url,
    token: Secret,
    room: String,
}

impl Matrix {
    /// The user of a token, in a room by its id or alias.
    #[must_use]
    pub const fn new(http: Http, homeserver: Url, token: Secret, room: String) -> Self {
        Self { http, homeserver, token, room }
    }

    fn url(&self, segments: &[&str]) -> Result<Url, Failure> {
        let mut url = self.homeserver.clone();
        url.path_segments_mut()
            .map_err(|()| Failure::Refused("the homeserver's url is no address".to_owned()))?
            .pop_if_empty()
            .extend(segments);
        Ok(url)
    }

    async fn ask(&self, ask: Ask) -> Result<Value, Failure> {
        let name = ask.name();
        let answer = self.http.send(ask.bearer(&self.token)).await?;
        judged(&name, &answer)
    }

    /// The room's id. Whoever was invited enters; who is there already stays.
    async fn enter(&self) -> Result<String, Failure> {
        let url = self.url(&["_matrix", "client", "v3", "join", &self.room])?;
        let joined = self.ask(Ask::post_json(url, Bytes::from_static(b"{}"))).await?;
        joined["room_id"].as_str().map(str::to_owned).ok_or_else(|| Failure::Unreachable("joining told no room_id".to_owned()))
    }
}

#[async_trait]
impl Target for Matrix {
    async fn write(&self, content: &Content<'_>) -> Result<Letter, Failure> {
        let room = self.enter().await?;
        let part = |name: &str, number: usize, event: Value| {
            let transaction = format!("spot-{}-{number}", digest(content.key));
            let to = self.url(&["_matrix", "client", "v3", "rooms", &room, "send", "m.room.message", &transaction])?;
            Ok::<_, Failure>(Part { to: to.path().to_owned(), ..Part::json(name, &event) })
        };
        let mut parts = vec![part(MESSAGE, 0, message::message(content.document))?];
        for (index, chart) in content.document.images().enumerate() {
            let mut url = self.url(&["_matrix", "media", "v3", "upload"])?;
            url.query_pairs_mut().append_pair("filename", &format!("{}.png", chart.name));
            let uploaded = self.ask(Ask::post(url, "image/png", Bytes::copy_from_slice(&chart.png))).await?;
            let Some(address) = uploaded["content_uri"].as_str() else {
                return Err(Failure::Unreachable("the upload told no content_uri".to_owned()));
            };
            parts.push(part(chart.name, index + 1, message::picture(chart, address))?);
        }
        Ok(Letter { parts })
    }

    async fn send(&self, letter: &Letter) -> Result<String, Failure> {
        let mut place = String::new();
        for part in &letter.parts {
            let mut url = self.homeserver.clone();
            url.set_path(&part.to);
            let sent = self.ask(Ask::put_json(url, Bytes::copy_from_slice(&part.bytes))).await;
            match sent {
                Ok(sent) if part.name == MESSAGE => {
                    place = format!("{} in {}", sent["event_id"].as_str().unwrap_or("an event"), self.room);
                }
                Ok(_) => {}
                Err(failure) if part.name == MESSAGE => return Err(failure),
                // The message stands there already.
                Err(failure) => place.push_str(&format!("; without the picture {}: {failure}", part.name)),
            }
        }
        Ok(place)
    }

    async fn look(&self, _letter: &Letter, _key: &str) -> Arrival {
        Arrival::No
    }

    async fn check(&self) -> Result<String, Failure> {
        let who = self.ask(Ask::get(self.url(&["_matrix", "client", "v3", "account", "whoami"])?)).await?;
        let room = self.enter().await?;
        Ok(format!("as {} in {room}", who["user_id"].as_str().unwrap_or("?")))
    }
}

/// The answer of a homeserver, if it did what it was asked.
fn judged(name: &str, answer: &Answer) -> Result<Value, Failure> {
    if answer.status.is_success() {
        return Ok(serde_json::from_slice(&answer.body).unwrap_or_default());
    }
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let hint = match value["errcode"].as_str().unwrap_or_default() {
        "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN" => ": the token is not taken any more",
        "M_FORBIDDEN" => ": spot's user is not in the room; invite it",
        "M_NOT_FOUND" => ": there is no such room",
        _ => "",
    };
    let said = format!("{name} was answered {}{hint}", said(answer));
    Err(if answer.status.is_client_error() { Failure::Refused(said) } else { Failure::Unreachable(said) })
}
