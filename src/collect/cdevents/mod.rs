//! CDEvents and plain deployments that others push: what was brought where, told by whoever brought it.
//!
//! - Source: requests to `POST /webhook/cdevents`: CloudEvents 1.0 in binary, structured and batch mode that carry CDEvents
//!   0.3 to 0.5, and deployments as plain JSON (`src/collect/cdevents/plain.rs`) for those who have no CDEvents.
//! - Events: deployments, of `service.deployed`, `upgraded`, `rolledback` and `removed`.
//! - Identity: a service by the id of the event's subject. Services claim no ref; they are linked by repository and name.
//! - Permissions: each sender has a secret, with which it signs what it sends (`src/collect/cdevents/signature.rs`).
//! - Cannot see: what was sent while nobody listened, unless its sender tries again.
//!
//! # Invariants
//! - What is not signed by a known sender is not even looked at; without a sender nothing is received.
//! - An event is known by what its own content says of its source and id, never by headers, which nobody signed.
//! - An event of the past is taken whenever it comes; one of the future is refused.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use reqwest::header::HeaderMap;

use crate::collect::http::Secret;
use crate::collect::{Collector, Descriptor, Finding, Health, Item, Linking, Memory, Sink, Summary};
use crate::model::{Event, Hint, Instant};

mod convert;
mod envelope;
mod plain;
mod purl;
mod refusal;
mod signature;

pub use refusal::Refusal;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor =
    Descriptor { name: "cdevents", title: "CDEvents and plain deployments, pushed", kinds: &[], backfills: false };

/// Bytes of a request that are read.
pub const LARGEST_REQUEST: usize = 1024 * 1024;
/// Events of one request that are read.
pub const MOST_EVENTS: usize = 1000;
/// How far the clock of a sender may be from this one, in seconds.
pub const SKEW_SECONDS: i64 = 300;
/// A shorter secret can be found out.
const SHORTEST_SECRET: usize = 16;

/// Who may send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// What it is called.
    pub name: String,
    /// The secret with which it signs.
    pub secret: Secret,
}

/// What a request brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Received {
    /// Who sent it.
    pub sender: String,
    /// Events to be recorded.
    pub pushed: Vec<Pushed>,
    /// Types that are not read.
    pub ignored: Vec<String>,
    /// Events of the request that were refused, by their position, and why.
    pub refused: Vec<(usize, Refusal)>,
}

/// An event and signs of whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    /// What happened.
    pub event: Event,
    /// See [`Item::Hints`].
    pub hints: Vec<Hint>,
}

/// Reads a request.
///
/// # Errors
/// [`Refusal`] of the whole request: one that is not signed as it should be, or cannot be read at all. Of several events
/// those that are refused are listed in [`Received::refused`]; a single one that is refused is a refusal of the request.
pub fn receive(headers: &HeaderMap, body: &[u8], senders: &[Sender], now: Instant) -> Result<Received, Refusal> {
    let sender = signature::sender(headers, body, senders, now)?;
    let mut received = Received { sender: sender.name.clone(), ..Received::default() };
    let messages = envelope::messages(headers, body)?;
    let is_single = messages.len() == 1;
    for (position, message) in messages.into_iter().enumerate() {
        match convert::pushed(&message, &sender.name, now) {
            Ok(Some(pushed)) => received.pushed.push(pushed),
            Ok(None) => received.ignored.push(message.kind().to_owned()),
            Err(refusal) if is_single => return Err(refusal),
            Err(refusal) => received.refused.push((position, refusal)),
        }
    }
    Ok(received)
}

/// What was received and is not yet recorded.
#[derive(Debug, Default)]
pub struct Inbox(Mutex<Vec<Pushed>>);

impl Inbox {
    /// Puts events into it.
    pub fn put(&self, pushed: Vec<Pushed>) {
        self.0.lock().extend(pushed);
    }

    /// Takes everything out.
    #[must_use]
    pub fn take(&self) -> Vec<Pushed> {
        std::mem::take(&mut *self.0.lock())
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}

/// Hands on what waits in an inbox: a run of it records what was pushed.
#[derive(Debug)]
pub struct CdEventsCollector {
    source: String,
    senders: Vec<Sender>,
    inbox: Arc<Inbox>,
}

impl CdEventsCollector {
    /// A collector called `source` in the run log.
    #[must_use]
    pub fn new(source: impl Into<String>, senders: Vec<Sender>, inbox: Arc<Inbox>) -> Self {
        Self { source: source.into(), senders, inbox }
    }
}

#[async_trait]
impl Collector for CdEventsCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: Vec::new(), rule: None, shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        let finding = |sender: &Sender| {
            let what = format!("sender {}", sender.name);
            match sender.secret.expose().len() {
                length if length < SHORTEST_SECRET => {
                    let text = format!("its secret has {length} characters; expected {SHORTEST_SECRET} or more, made by chance");
                    Finding::new(what, Health::Lacking, text)
                }
                _ => Finding::new(what, Health::Good, "may send to /webhook/cdevents"),
            }
        };
        self.senders.iter().map(finding).collect()
    }

    async fn collect(&self, _now: Instant, _memory: &Memory, sink: &Sink) -> Summary {
        for Pushed { event, hints } in self.inbox.take() {
            let resource = Arc::clone(&event.resource);
            // Whoever pushed what is not recorded is told so, and sends it again.
            if sink.put(Item::Hints { resource, hints }).await.is_err() || sink.put(Item::Event(event)).await.is_err() {
                break;
            }
        }
        Summary::default()
    }
}
