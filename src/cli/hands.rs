//! What mutations ask of the process that holds the data folder.

use std::sync::Arc;

use async_trait::async_trait;

use crate::access::Caller;
use crate::api::mutation::{Hands, HandsError, LinkRequest};
use crate::cli::engine::SpotEngine;
use crate::ingest::keep;
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

    async fn link(&self, link: LinkRequest, by: &Caller) -> Result<String, HandsError> {
        let LinkRequest { resource, entity, from, until } = link;
        let linked = Self::link(self, &resource, &entity, from.as_deref(), until.as_deref()).map_err(told)?;
        tracing::info!(resource, entity, by = by.name(), "a resource was linked");
        Ok(linked["id"].as_str().unwrap_or_default().to_owned())
    }

    async fn retire(&self, source: &str, scope: Option<&str>, by: &Caller) -> Result<u64, HandsError> {
        tracing::info!(source, scope, by = by.name(), "a source is retired");
        let (store, now) = (Arc::clone(&self.store), (self.clock)());
        let (source, scope) = (source.to_owned(), scope.map(str::to_owned));
        let work = tokio::task::spawn_blocking(move || keep::retire(&store, &source, scope.as_deref(), now));
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
