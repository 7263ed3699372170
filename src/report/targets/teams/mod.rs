//! Microsoft Teams: the webhook of a workflow, which posts what it gets some time later.

pub mod message;

use async_trait::async_trait;

use crate::collect::http::{Http, Secret};
use crate::report::targets::hook::Hook;
use crate::report::targets::letter::{Arrival, Failure, Letter};
use crate::report::targets::{Content, Target};

/// The webhook of a workflow.
#[derive(Debug)]
pub struct Teams(Hook);

impl Teams {
    /// A workflow at a secret address.
    #[must_use]
    pub const fn new(http: Http, address: Secret) -> Self {
        Self(Hook::new(http, address))
    }
}

#[async_trait]
impl Target for Teams {
    async fn write(&self, content: &Content<'_>) -> Result<Letter, Failure> {
        Ok(Letter::json(&message::message(content.document)))
    }

    async fn send(&self, letter: &Letter) -> Result<String, Failure> {
        let answer = self.0.post(letter, |ask| ask).await?;
        Ok(match answer.status.as_u16() {
            202 => "the workflow took it; whether it was posted stands among its runs".to_owned(),
            status => format!("answered {status}"),
        })
    }

    async fn look(&self, _letter: &Letter, _key: &str) -> Arrival {
        Arrival::Unknown("a workflow cannot be asked what it posted; the channel shows it".to_owned())
    }

    async fn check(&self) -> Result<String, Failure> {
        self.0.check()
    }
}
