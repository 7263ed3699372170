//! What mutations ask of the process that holds the data folder.

use std::sync::Arc;

use async_trait::async_trait;

use crate::access::Caller;
use crate::api::mutation::{Hands, HandsError, LinkRequest};
use crate::cli::engine::{SpotEngine, nothing_missing};
use crate::ingest::cause::{self, CauseError, Word};
use crate::ingest::keep;
use crate::ingest::pushed::{self, Counted, NotPushed, Pushing};
use crate::model::audit::{CauseRecord, LinkRecord};
use crate::model::run::Trigger;
use crate::server::{AdminError, AdminErrorKind};

#[async_trait]
impl Hands for SpotEngine {
    async fn collect(&self, source: &str, by: &Caller) -> Result<bool, HandsError> {
        let known = self.sources();
        if !known.contains(&source) {
            return Err(HandsError::Missing(format!("there is no source {source:?}; configured: {}", known.join(", "))));
        }
        // What is returned may be dropped: the run goes on.
        let started = self.supervisor.request(source, Trigger::Manual).is_ok();
        tracing::info!(source, by = by.name(), started, "a run was asked for");
        Ok(started)
    }

    async fn link(&self, link: LinkRequest, by: &Caller) -> Result<LinkRecord, HandsError> {
        let (record, _) = Self::link(self, &link, by).map_err(told)?;
        tracing::info!(resource = link.resource, entity = link.entity, by = by.name(), "a resource was linked");
        Ok(record)
    }

    async fn judge_cause(&self, word: Word, by: &Caller) -> Result<CauseRecord, HandsError> {
        let (store, now, actor) = (Arc::clone(&self.store), (self.clock)(), by.actor());
        let work = tokio::task::spawn_blocking(move || cause::by_person(&store, &word, &actor, now));
        match work.await {
            Ok(Ok(record)) => {
                let (deployment, incident) = (record.deployment, record.incident);
                tracing::info!(%deployment, %incident, is_cause = record.is_cause, by = by.name(), "a cause was judged");
                Ok(record)
            }
            Ok(Err(CauseError::Store(error))) => Err(told(AdminError::failed(&error))),
            Ok(Err(missing @ (CauseError::NoEvent(_) | CauseError::NothingSaid(..)))) => Err(HandsError::Missing(missing.to_string())),
            Ok(Err(wrong)) => Err(HandsError::Invalid(wrong.to_string())),
            Err(error) => Err(told(AdminError::failed(&error))),
        }
    }

    async fn confirm_missing(&self, source: &str, resource: Option<&str>, by: &Caller) -> Result<Vec<String>, HandsError> {
        let (store, now, actor) = (Arc::clone(&self.store), (self.clock)(), by.actor());
        let (wanted, named) = (source.to_owned(), resource.map(str::to_owned));
        let work = tokio::task::spawn_blocking(move || keep::confirm_missing(&store, &wanted, named.as_deref(), &actor, now));
        match work.await {
            Ok(Ok(ended)) if ended.is_empty() => Err(HandsError::Missing(nothing_missing(source, resource))),
            Ok(Ok(ended)) => {
                tracing::info!(source, count = ended.len(), by = by.name(), "what was missing has ended");
                Ok(ended)
            }
            Ok(Err(error)) => Err(told(AdminError::failed(&error))),
            Err(error) => Err(told(AdminError::failed(&error))),
        }
    }

    async fn push_values(&self, values: Vec<Pushing>, by: &Caller) -> Result<Counted, HandsError> {
        let (store, now, name) = (Arc::clone(&self.store), (self.clock)(), by.name().to_owned());
        let work = tokio::task::spawn_blocking(move || pushed::record(&store, &values, &name, now));
        match work.await {
            Ok(Ok(counted)) => {
                tracing::info!(recorded = counted.recorded, known = counted.known, by = by.name(), "values were pushed");
                Ok(counted)
            }
            Ok(Err(NotPushed::Store(error))) => Err(told(AdminError::failed(&error))),
            Ok(Err(wrong)) => Err(HandsError::Invalid(wrong.to_string())),
            Err(error) => Err(told(AdminError::failed(&error))),
        }
    }

    async fn retire(&self, source: &str, scope: Option<&str>, by: &Caller) -> Result<u64, HandsError> {
        tracing::info!(source, scope, by = by.name(), "a source is retired");
        let (store, now, actor) = (Arc::clone(&self.store), (self.clock)(), by.actor());
        let (source, scope) = (source.to_owned(), scope.map(str::to_owned));
        let work = tokio::task::spawn_blocking(move || keep::retire(&store, &source, scope.as_deref(), &actor, now));
        match work.await {
            Ok(Ok(withdrawn)) => Ok(withdrawn),
            Ok(Err(error)) => Err(told(AdminError::failed(&error))),
            Err(error) => Err(told(AdminError::failed(&error))),
        }
    }
}

fn told(error: AdminError) -> HandsError {
    match error.kind {
        AdminErrorKind::Usage => HandsError::Invalid(error.message),
        AdminErrorKind::NotFound => HandsError::Missing(error.message),
        AdminErrorKind::Failed | AdminErrorKind::Damaged | AdminErrorKind::InUse => HandsError::Failed(error.message),
    }
}
