//! Slack: an incoming webhook, or an app that also brings pictures and can look whether a message is there.

mod api;
pub mod message;

use async_trait::async_trait;

pub use self::api::SlackApp;
use crate::collect::http::{Http, Secret};
use crate::report::targets::hook::Hook;
use crate::report::targets::letter::{Arrival, Failure, Letter};
use crate::report::targets::{Content, Target};

/// An incoming webhook: messages without pictures in one channel.
#[derive(Debug)]
pub struct SlackWebhook(Hook);

impl SlackWebhook {
    /// A webhook at a secret address.
    #[must_use]
    pub const fn new(http: Http, address: Secret) -> Self {
        Self(Hook::new(http, address))
    }
}

#[async_trait]
impl Target for SlackWebhook {
    async fn write(&self, content: &Content<'_>) -> Result<Letter, Failure> {
        Ok(Letter::json(&message::message(content.document, |_| None)))
    }

    async fn send(&self, letter: &Letter) -> Result<String, Failure> {
        let answer = self.0.post(letter, |ask| ask).await?;
        let body = String::from_utf8_lossy(&answer.body);
        match body.trim() {
            "ok" => Ok("posted".to_owned()),
            other => Err(Failure::Refused(format!("answered {:?} instead of ok", super::cut(other, 200)))),
        }
    }

    async fn look(&self, _letter: &Letter, _key: &str) -> Arrival {
        Arrival::Unknown("an incoming webhook cannot tell what was posted; the channel shows it".to_owned())
    }

    async fn check(&self) -> Result<String, Failure> {
        self.0.check()
    }
}
