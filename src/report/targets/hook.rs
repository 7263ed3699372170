//! Posting to an address that is a secret of its own: what webhooks have in common.

use bytes::Bytes;
use serde_json::Value;
use url::Url;

use crate::collect::http::{Answer, Ask, Http, Secret, message_of};
use crate::report::targets::letter::{Failure, JSON, Letter};

/// An address that nobody else may know.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    http: Http,
    address: Secret,
}

impl Hook {
    pub(super) const fn new(http: Http, address: Secret) -> Self {
        Self { http, address }
    }

    /// Posts the message of a letter, once: no webhook can say afterwards whether it has it.
    pub(super) async fn post(&self, letter: &Letter, with: impl FnOnce(Ask) -> Ask) -> Result<Answer, Failure> {
        let body = Bytes::copy_from_slice(letter.message());
        let answer = self.http.send(with(Ask::post(self.url()?, JSON, body)).once()).await?;
        if answer.status.is_server_error() {
            return Err(Failure::Unclear(format!("answered {}: it may have been posted or not", said(&answer))));
        }
        if !answer.status.is_success() {
            return Err(Failure::Refused(format!("refused with {}", said(&answer))));
        }
        match error_within(&answer) {
            Some(error) => Err(Failure::Refused(format!("answered {}, with an error: {error}", answer.status.as_u16()))),
            None => Ok(answer),
        }
    }

    /// The address is one; more cannot be known without posting.
    pub(super) fn check(&self) -> Result<String, Failure> {
        let url = self.url()?;
        Ok(format!("{}; whether it takes messages is seen when one is sent", url.host_str().unwrap_or("an address")))
    }

    fn url(&self) -> Result<Url, Failure> {
        let url: Url = self.address.expose().parse().map_err(|error| Failure::Refused(format!("its url is no address ({error})")))?;
        if matches!(url.scheme(), "http" | "https") {
            Ok(url)
        } else {
            Err(Failure::Refused("its url is not one of http or https".to_owned()))
        }
    }
}

/// Status and words of an answer.
pub(super) fn said(answer: &Answer) -> String {
    let words = message_of(answer);
    if words.is_empty() { answer.status.as_u16().to_string() } else { format!("{} ({words})", answer.status.as_u16()) }
}

/// The error of an answer whose status says that all is well.
fn error_within(answer: &Answer) -> Option<String> {
    let value: Value = serde_json::from_slice(&answer.body).ok()?;
    let failed = ["ok", "success"].iter().any(|key| value.get(key) == Some(&Value::Bool(false)));
    let error = value.get("error").filter(|error| !error.is_null() && **error != Value::Bool(false) && error.as_str() != Some(""));
    (failed || error.is_some()).then(|| message_of(answer))
}
