//! A plain webhook: one POST of JSON, for whatever program listens.

pub mod message;

use async_trait::async_trait;

use crate::collect::http::{Ask, Http, Secret};
use crate::report::targets::hook::Hook;
use crate::report::targets::letter::{Arrival, Failure, Letter};
use crate::report::targets::{Content, Target};

/// An address, and a bearer token for it.
#[derive(Debug)]
pub struct Webhook {
    hook: Hook,
    token: Option<Secret>,
}

impl Webhook {
    /// A webhook at a secret address.
    #[must_use]
    pub const fn new(http: Http, address: Secret, token: Option<Secret>) -> Self {
        Self { hook: Hook::new(http, address), token }
    }
}

#[async_trait]
impl Target for Webhook {
    async fn write(&self, content: &Content<'_>) -> Result<Letter, Failure> {
        Ok(Letter::json(&message::message(content)))
    }

    async fn send(&self, letter: &Letter) -> Result<String, Failure> {
        let with = |ask: Ask| match &self.token {
            Some(token) => ask.bearer(token),
            None => ask,
        };
        let answer = self.hook.post(letter, with).await?;
        Ok(format!("answered {}", answer.status.as_u16()))
    }

    async fn look(&self, _letter: &Letter, _key: &str) -> Arrival {
        Arrival::Unknown("a webhook cannot tell what it was sent".to_owned())
    }

    async fn check(&self) -> Result<String, Failure> {
        self.hook.check()
    }
}
