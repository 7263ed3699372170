//! Refused attempts to change something: kept, and so few that nobody can fill the store with them.
//!
//! # Invariants
//! - Of refusals to one caller of one mutation one is kept an hour; callers whom nobody knows count as one.
//! - What is kept in mind to tell which are new is bounded.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::access::{Caller, Denied};
use crate::model::audit::AuditRecord;
use crate::model::{Clock, Layer};
use crate::store::{self, Store};

/// Refusals that are kept in mind.
const KEPT: usize = 10_000;

/// Keeps refused attempts.
pub struct Audit {
    store: Arc<Store>,
    clock: Clock,
    known: Mutex<BTreeSet<String>>,
}

impl Audit {
    /// One that records in `store`.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock, known: Mutex::default() }
    }

    /// Keeps the refusal, unless it is one of many.
    pub async fn refused(self: Arc<Self>, caller: Caller, mutation: String, why: Denied) {
        let actor = caller.actor();
        let record = AuditRecord { at: (self.clock)(), actor, mutation, detail: why.to_string(), refused: Some(why.code().to_owned()) };
        let is_new = {
            let mut known = self.known.lock();
            // The next hour has other keys.
            if known.len() >= KEPT {
                known.clear();
            }
            known.insert(record.key())
        };
        if !is_new {
            tracing::debug!(by = caller.name(), mutation = record.mutation, "refused again");
            return;
        }
        tracing::warn!(by = caller.name(), mutation = record.mutation, code = why.code(), "an attempt to change something was refused");
        let kept = tokio::task::spawn_blocking(move || self.keep(&record)).await;
        if let Ok(Err(error)) = kept {
            tracing::error!(%error, "a refused attempt could not be recorded");
        }
    }

    fn keep(&self, record: &AuditRecord) -> Result<(), store::Error> {
        let mut transaction = self.store.begin(Layer::Observed)?;
        if transaction.note(AuditRecord::NOTE, &record.key()).is_none() {
            transaction.put_note(AuditRecord::NOTE, &record.key(), serde_json::to_value(record).unwrap_or_default());
            transaction.commit((self.clock)())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::model::Instant;
    use crate::store::Options;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[tokio::test]
    async fn a_flood_leaves_one_record_an_hour_of_each_caller_and_mutation() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&Options::new(folder.path())).unwrap());
        let seconds = Arc::new(AtomicI64::new(1_767_268_800));
        let clock: Clock = {
            let seconds = Arc::clone(&seconds);
            Arc::new(move || Instant::from_seconds(seconds.load(Ordering::Relaxed)))
        };
        let count = || store.view().notes(AuditRecord::NOTE).len();
        let why = || Denied::Unauthenticated { needed: Role::Admin };
        let begin = || Arc::new(Audit::new(Arc::clone(&store), Arc::clone(&clock)));
        let audit = begin();
        for second in 0..100 {
            seconds.store(1_767_268_800 + second, Ordering::Relaxed);
            Arc::clone(&audit).refused(Caller::with_token("ci", Role::Viewer), "retire".to_owned(), why()).await;
            begin().refused(Caller::anonymous(None), "retire".to_owned(), why()).await;
        }
        assert_eq!(count(), 2, "a new start does not count anew");
        Arc::clone(&audit).refused(Caller::with_token("ci", Role::Viewer), "collect".to_owned(), why()).await;
        seconds.fetch_add(3_600, Ordering::Relaxed);
        Arc::clone(&audit).refused(Caller::with_token("ci", Role::Viewer), "retire".to_owned(), why()).await;
        assert_eq!(count(), 4);
    }
}
