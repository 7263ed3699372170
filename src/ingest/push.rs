//! Recording what others push: a burst of requests becomes one run, and each of them is answered when it is recorded.
//!
//! # Invariants
//! - Whoever pushed is told that it is recorded only when the commit stands; else that it is not.
//! - What is known already is recorded no second time, and leaves no run.
//! - One run at a time records; what comes meanwhile waits for the next.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;

use crate::collect::cdevents::{Inbox, Pushed};
use crate::ingest::supervise::{Refused, Supervisor};
use crate::model::run::{Outcome, Trigger};
use crate::store::{EventNo, Store};

/// How long what was pushed first waits for what comes after it.
pub const WINDOW: Duration = Duration::from_millis(500);

/// Why what was pushed is not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRecorded {
    /// The process ends.
    #[error("spot is shutting down")]
    ShuttingDown,
    /// The store takes nothing, and why.
    #[error("{0}")]
    Store(String),
    /// The run did not come to its end.
    #[error("the run that was to record it ended otherwise: {0}")]
    Run(String),
}

/// How much of what was pushed was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Events that were recorded.
    pub recorded: usize,
    /// Events that were known already.
    pub known: usize,
}

type Round = Shared<BoxFuture<'static, Result<(), NotRecorded>>>;

/// Records what is pushed, as runs of one source.
#[derive(Clone)]
pub struct Pushes {
    shared: Arc<Parts>,
}

struct Parts {
    source: String,
    store: Arc<Store>,
    supervisor: Supervisor,
    inbox: Arc<Inbox>,
    window: Duration,
    /// What waits for the next run, and who waits for it.
    open: Mutex<(Vec<Pushed>, Option<Round>)>,
    /// Held by the round that records.
    turn: tokio::sync::Mutex<()>,
}

impl Pushes {
    /// Records through runs of `source`, whose collector hands on what `inbox` holds. What comes within `window` becomes
    /// one run.
    #[must_use]
    pub fn new(source: impl Into<String>, store: Arc<Store>, supervisor: Supervisor, inbox: Arc<Inbox>, window: Duration) -> Self {
        let (source, open, turn) = (source.into(), Mutex::default(), tokio::sync::Mutex::default());
        Self { shared: Arc::new(Parts { source, store, supervisor, inbox, window, open, turn }) }
    }

    /// Records events, and returns when they are.
    ///
    /// # Errors
    /// [`NotRecorded`]; they may be pushed again then.
    pub async fn record(&self, pushed: Vec<Pushed>) -> Result<Recorded, NotRecorded> {
        let all = pushed.len();
        if let Some(problem) = self.shared.store.read_only() {
            return Err(NotRecorded::Store(problem));
        }
        let parts = Arc::clone(&self.shared);
        let new = tokio::task::spawn_blocking(move || parts.unknown(pushed)).await;
        let new = new.map_err(|error| NotRecorded::Store(error.to_string()))??;
        let recorded = Recorded { recorded: new.len(), known: all - new.len() };
        if new.is_empty() {
            return Ok(recorded);
        }
        let round = {
            let mut open = self.shared.open.lock();
            open.0.extend(new);
            let parts = &self.shared;
            open.1.get_or_insert_with(|| parts.begin()).clone()
        };
        round.await.map(|()| recorded)
    }
}

impl Parts {
    /// Those of which something is not recorded yet.
    fn unknown(&self, pushed: Vec<Pushed>) -> Result<Vec<Pushed>, NotRecorded> {
        let view = self.store.view();
        let mut new: Vec<Pushed> = Vec::new();
        for one in pushed {
            let event = &one.event;
            let stored =
                view.event(EventNo::of(&self.source, event.kind, &event.id)).map_err(|error| NotRecorded::Store(error.to_string()))?;
            let is_known = stored.is_some_and(|stored| {
                // An event that is whole says all there is to say, so its first word counts.
                event.is_whole
                    || (event.history.iter().all(|step| stored.record.history.contains(step))
                        && event.body.iter().all(|(name, value)| stored.record.body.get(name) == Some(value)))
            });
            if !is_known && !new.contains(&one) {
                new.push(one);
            }
        }
        Ok(new)
    }

    /// A round that goes on whether somebody waits for it or not.
    fn begin(self: &Arc<Self>) -> Round {
        let parts = Arc::clone(self);
        let task = tokio::spawn(async move { parts.round().await });
        let round = async move { task.await.unwrap_or_else(|error| Err(NotRecorded::Run(error.to_string()))) };
        round.boxed().shared()
    }

    async fn round(&self) -> Result<(), NotRecorded> {
        tokio::time::sleep(self.window).await;
        let turn = self.turn.lock().await;
        let (waiting, _) = std::mem::take(&mut *self.open.lock());
        self.inbox.put(waiting);
        let run = self.run().await;
        // What was not recorded is pushed again by whoever pushed it.
        drop(self.inbox.take());
        drop(turn);
        run
    }

    async fn run(&self) -> Result<(), NotRecorded> {
        loop {
            let (handle, is_own) = match self.supervisor.request(&self.source, Trigger::Push) {
                Ok(handle) => (handle, true),
                Err(Refused::ShuttingDown) => return Err(NotRecorded::ShuttingDown),
                Err(refused @ Refused::Unknown(_)) => return Err(NotRecorded::Run(refused.to_string())),
                // Somebody else runs the source, and may take what waits.
                Err(Refused::Busy { .. }) => match self.supervisor.join(&self.source) {
                    Some(handle) => (handle, false),
                    None => continue,
                },
            };
            let report = handle.report().await;
            if !is_own && !self.inbox.is_empty() {
                continue;
            }
            return match report.outcome {
                Outcome::Succeeded => Ok(()),
                Outcome::Cancelled => Err(NotRecorded::ShuttingDown),
                _ => Err(NotRecorded::Run(report.message.unwrap_or_else(|| format!("{:?}", report.outcome)))),
            };
        }
    }
}
