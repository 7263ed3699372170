//! Talking to a cluster's API server.

use std::time::Duration;

use axum::http::Request;
use kube::Client;
use serde_json::{Value, json};

use crate::act::write::{Content, Write};

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Objects on a page of a list.
const PAGE: usize = 500;
/// Pages of one list; more is no namespace that a person acts in.
const MOST_PAGES: usize = 200;

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// There is no such object.
    #[error("{0}")]
    Missing(String),
    /// The account that spot uses may not; the cluster says what.
    #[error("the account that spot uses there may not: {0}")]
    Forbidden(String),
    /// The object changed since it was read.
    #[error("it changed in the meantime: {0}")]
    Conflict(String),
    /// The cluster refuses for another reason, such as a rule of admission.
    #[error("the cluster refuses: {0}")]
    Rejected(String),
    /// No answer came, so that what was asked for may have been done.
    #[error("no answer came: {0}")]
    Lost(String),
}

/// A right that an act needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// The verb.
    pub verb: &'static str,
    /// The group; empty for the core.
    pub group: &'static str,
    /// The kind in plural.
    pub resource: &'static str,
    /// The part of the object.
    pub subresource: &'static str,
}

impl Right {
    /// As it stands in roles.
    #[must_use]
    pub fn words(&self) -> String {
        let part = if self.subresource.is_empty() { String::new() } else { format!("/{}", self.subresource) };
        let group = if self.group.is_empty() { String::new() } else { format!("{}/", self.group) };
        format!("{} {group}{}{part}", self.verb, self.resource)
    }
}

/// A cluster.
#[derive(Clone)]
pub struct Cluster(Client);

impl Cluster {
    /// A cluster behind a client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    /// An object.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, path: &str) -> Result<Value, CallError> {
        self.call(Content::DeleteOptions, "GET", path, Vec::new()).await
    }

    /// Every object of a list, in pages. A list that expired in the meantime is read once more.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, CallError> {
        let mut again = true;
        'list: loop {
            let mut items = Vec::new();
            let mut after = String::new();
            for _ in 0..MOST_PAGES {
                let token: String = url::form_urlencoded::byte_serialize(after.as_bytes()).collect();
                let next = if after.is_empty() { String::new() } else { format!("&continue={token}") };
                let mut page = match self.get(&format!("{path}?limit={PAGE}{next}")).await {
                    Err(CallError::Conflict(_)) if again && !after.is_empty() => {
                        again = false;
                        continue 'list;
                    }
                    page => page?,
                };
                if let Value::Array(found) = page["items"].take() {
                    items.extend(found);
                }
                match page.pointer("/metadata/continue").and_then(Value::as_str) {
                    Some(token) if !token.is_empty() && token != after => after = token.to_owned(),
                    _ => return Ok(items),
                }
            }
            return Err(CallError::Rejected(format!("the list {path} has over {MOST_PAGES} pages")));
        }
    }

    /// Asks for a change; a dry run goes all the way and keeps nothing.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn write(&self, write: &Write, dry_run: bool) -> Result<Value, CallError> {
        let (uri, body) = write.request(dry_run);
        self.call(write.content, write.content.method(), &uri, body.to_string().into_bytes()).await
    }

    /// Whether the account that spot uses has a right in a namespace, as the cluster says.
    ///
    /// # Errors
    /// [`CallError`] if the cluster does not say.
    pub async fn may(&self, right: &Right, namespace: &str, name: &str) -> Result<bool, CallError> {
        let attributes = json!({
            "namespace": namespace,
            "name": name,
            "verb": right.verb,
            "group": right.group,
            "resource": right.resource,
            "subresource": right.subresource,
        });
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": attributes },
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = self.call(Content::DeleteOptions, "POST", path, review.to_string().into_bytes()).await?;
        Ok(answer.pointer("/status/allowed") == Some(&Value::Bool(true)))
    }

    async fn call(&self, content: Content, method: &str, uri: &str, body: Vec<u8>) -> Result<Value, CallError> {
        let request =
            Request::builder().method(method).uri(uri).header("accept", "application/json").header("content-type", content.media_type());
        let request = request.body(body).map_err(|error| CallError::Rejected(format!("{uri} cannot be asked for: {error}")))?;
        match tokio::time::timeout(PATIENCE, self.0.request::<Value>(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(told(&error)),
            Err(_) => Err(CallError::Lost(format!("none within {} s", PATIENCE.as_secs()))),
        }
    }
}

fn told(error: &kube::Error) -> CallError {
    match error {
        kube::Error::Api(status) => {
            let message = if status.message.is_empty() { format!("{} {}", status.code, status.reason) } else { status.message.clone() };
            match status.code {
                404 => CallError::Missing(message),
                401 => CallError::Forbidden(format!("its credentials are not accepted ({message})")),
                403 => CallError::Forbidden(message),
                // 410 is a list that expired.
                409 | 410 => CallError::Conflict(message),
                429 => CallError::Rejected(format!("it has too much to do; try again soon ({message})")),
                _ => CallError::Rejected(message),
            }
        }
        other => {
            let causes = std::iter::successors(Some(other as &dyn std::error::Error), |error| error.source());
            CallError::Lost(causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
        }
    }
}
