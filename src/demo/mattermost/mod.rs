//! A simulated Mattermost: incoming webhooks, and its channels as pages, where what was posted can be read.
//!
//! Written from what Mattermost publishes: the developer documentation about incoming webhooks, the help about formatting text, and
//! `web/webhook.go` and `app/webhook.go` in mattermost/mattermost.
//!
//! # Invariants
//! - Whoever knows the address of a hook posts into its channel, and into no other.
//! - What was posted is Markdown: HTML in it is text, and a link leads to a web page or nowhere.
//! - Nothing is kept beyond the process.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::model::{Clock, Instant};

mod company;
mod page;

pub use company::channels;

/// Characters of one post, at most; what is longer is more than one.
const LONGEST_POST: usize = 16_383;
/// Posts that a channel keeps.
const KEPT: usize = 200;

/// A channel with a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// The slug of the team whose it is; none: everybody's.
    pub team: Option<String>,
    /// The secret part of its hook's address.
    pub hook: String,
}

impl Channel {
    /// A channel, with an id for its hook as Mattermost makes them: 26 letters of its base 32.
    #[must_use]
    pub fn new(name: &str, title: &str, purpose: &str, team: Option<&str>) -> Self {
        use sha2::{Digest, Sha256};
        const LETTERS: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";
        let hook = Sha256::digest(name).iter().take(26).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        Self { name: name.to_owned(), title: title.to_owned(), purpose: purpose.to_owned(), team: team.map(str::to_owned), hook }
    }

    /// The path of its hook.
    #[must_use]
    pub fn hook_path(&self) -> String {
        format!("/hooks/{}", self.hook)
    }
}

/// Something that was posted.
#[derive(Clone, Debug)]
struct Post {
    at: Instant,
    by: String,
    text: String,
}

struct Mattermost {
    /// The company's name, and its name in addresses.
    team: (String, String),
    channels: Vec<(Channel, Mutex<Vec<Post>>)>,
    clock: Clock,
}

/// The server's router, for a team of this name and address.
pub fn router(name: &str, slug: &str, channels: Vec<Channel>, clock: Clock) -> Router {
    let channels = channels.into_iter().map(|channel| (channel, Mutex::default())).collect();
    let server = Mattermost { team: (name.to_owned(), slug.to_owned()), channels, clock };
    Router::new()
        .route("/hooks/{id}", post(take))
        .route("/", get(home))
        .route("/{team}/channels/{name}", get(show))
        .with_state(Arc::new(server))
}

/// A refusal: its id and its words.
struct Refusal(&'static str, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(id, message) = self;
        let body = json!({ "id": id, "message": message, "detailed_error": "", "status_code": 400 });
        (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
    }
}

async fn take(State(server): State<Arc<Mattermost>>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    match server.post(&id, &headers, &body) {
        Ok(()) => ([(header::CONTENT_TYPE, "text/plain")], "ok").into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn home(State(server): State<Arc<Mattermost>>) -> Response {
    match server.channels.first() {
        Some((channel, posts)) => page::channel(&server, channel, &posts.lock()),
        None => page::missing(&server),
    }
}

async fn show(State(server): State<Arc<Mattermost>>, Path((team, name)): Path<(String, String)>) -> Response {
    match server.channels.iter().find(|(channel, _)| team == server.team.1 && channel.name == name) {
        Some((channel, posts)) => page::channel(&server, channel, &posts.lock()),
        None => page::missing(&server),
    }
}

impl Mattermost {
    fn post(&self, id: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
        let unparsed = Refusal("model.incoming_hook.parse_data.app_error", "Unable to parse incoming data.");
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let payload: Option<Value> = if kind.starts_with("application/x-www-form-urlencoded") {
            let payload = url::form_urlencoded::parse(body).find(|(name, _)| name == "payload");
            payload.and_then(|(_, payload)| serde_json::from_str(&payload).ok())
        } else {
            serde_json::from_slice(body).ok()
        };
        let payload = payload.filter(Value::is_object).ok_or(unparsed)?;
        let text = payload["text"].as_str().unwrap_or_default();
        if text.is_empty() {
            return Err(Refusal("web.incoming_webhook.text.app_error", "No text specified."));
        }
        let found = self.channels.iter().find(|(channel, _)| channel.hook == id);
        let (channel, posts) = found.ok_or(Refusal("web.incoming_webhook.invalid.app_error", "Invalid webhook."))?;
        if payload["channel"].as_str().is_some_and(|wanted| !wanted.is_empty() && wanted != channel.name) {
            return Err(Refusal(
                "web.incoming_webhook.channel_locked.app_error",
                "This webhook is not permitted to post to the requested channel.",
            ));
        }
        let (at, by) = ((self.clock)(), payload["username"].as_str().filter(|by| !by.is_empty()).unwrap_or("spot"));
        let letters: Vec<char> = text.chars().collect();
        let mut posts = posts.lock();
        posts.extend(letters.chunks(LONGEST_POST).map(|part| Post { at, by: by.to_owned(), text: part.iter().collect() }));
        let superfluous = posts.len().saturating_sub(KEPT);
        posts.drain(..superfluous);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    fn server() -> (Router, String) {
        let channel = Channel::new("quality", "Quality", "How the week was", None);
        let path = channel.hook_path();
        let other = Channel::new("payments", "Payments", "", Some("payments"));
        (router("Acme", "acme", vec![channel, other], Arc::new(|| "2026-11-16T08:00:00Z".parse().unwrap())), path)
    }

    async fn ask(router: &Router, request: Request<Body>) -> (u16, String) {
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn post(router: &Router, path: &str, kind: &str, body: &str) -> (u16, String) {
        ask(router, Request::post(path).header("content-type", kind).body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn read(router: &Router, path: &str) -> (u16, String) {
        ask(router, Request::get(path).body(Body::empty()).unwrap()).await
    }

    #[tokio::test]
    async fn what_is_posted_stands_in_its_channel_and_the_answer_is_ok() {
        let (router, path) = server();
        let text = json!({ "text": "# Week 46\n\n| Figure | Now |\n| --- | ---: |\n| [Bugs](http://spot.example/board) | **215** |\n" });
        assert_eq!(post(&router, &path, "application/json", &text.to_string()).await, (200, "ok".to_owned()));
        let form =
            format!("payload={}", url::form_urlencoded::byte_serialize(br#"{"text":"as Slack","username":"ada"}"#).collect::<String>());
        assert_eq!(post(&router, &path, "application/x-www-form-urlencoded", &form).await.0, 200);
        let (status, page) = read(&router, "/acme/channels/quality").await;
        assert_eq!(status, 200);
        assert!(page.contains("<h1>Week 46</h1>") && page.contains("<table>") && page.contains("<strong>215</strong>"), "{page}");
        assert!(
            page.contains("href=\"http://spot.example/board\"") && page.contains("as Slack") && page.contains("16 Nov 2026, 08:00 UTC")
        );
        assert!(page.find("as Slack") < page.find("Week 46"), "the newest is on top");
        assert!(!read(&router, "/acme/channels/payments").await.1.contains("Week 46"));
        assert_eq!(read(&router, "/acme/channels/gone").await.0, 404);
        assert!(read(&router, "/").await.1.contains("Week 46"), "the first channel is home");
    }

    #[tokio::test]
    async fn what_is_no_message_is_refused_as_mattermost_does() {
        let (router, path) = server();
        let refused =
            |answer: (u16, String)| (answer.0, serde_json::from_str::<Value>(&answer.1).unwrap()["id"].as_str().unwrap().to_owned());
        for (path, body, id) in [
            (path.as_str(), "{", "model.incoming_hook.parse_data.app_error"),
            (&path, r#"{"text":""}"#, "web.incoming_webhook.text.app_error"),
            (&path, r#"{"text":"x","channel":"payments"}"#, "web.incoming_webhook.channel_locked.app_error"),
            ("/hooks/unknown", r#"{"text":"x"}"#, "web.incoming_webhook.invalid.app_error"),
        ] {
            assert_eq!(refused(post(&router, path, "application/json", body).await), (400, id.to_owned()), "{body}");
        }
        assert_eq!(read(&router, &path).await.0, 405);
    }

    #[tokio::test]
    async fn nothing_that_is_posted_becomes_a_tag_or_runs() {
        let (router, path) = server();
        let text = "<script>alert(1)</script> <b>x</b> \n\n[go](javascript:alert(1))\n\n<img src=x onerror=alert(1)>\n\n![p](http://elsewhere.example/p.png)";
        post(&router, &path, "application/json", &json!({ "text": text, "username": "<i>" }).to_string()).await;
        let page = read(&router, "/acme/channels/quality").await.1;
        for tag in ["<script", "<b>", "<img", "<i>", "href=\"javascript:"] {
            assert!(!page.contains(tag), "{tag} in {page}");
        }
    }

    #[tokio::test]
    async fn a_long_text_is_more_than_one_post() {
        let (router, path) = server();
        post(&router, &path, "application/json", &json!({ "text": "ä".repeat(LONGEST_POST + 1) }).to_string()).await;
        assert_eq!(read(&router, "/").await.1.matches("<article").count(), 2);
    }
}
