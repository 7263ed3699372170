//! What one request sees: a generation of the store, the present, and a budget; and one moment of it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_graphql::Context;
use parking_lot::Mutex;

use crate::api::document::Reading;
use crate::api::error::{Code, from_query};
use crate::api::limits::Budget;
use crate::api::scalar::Moment;
use crate::model::{EntityId, Instant, Moment as ModelMoment};
use crate::query::status::Activity;
use crate::query::{Error, Lens};
use crate::store;
use crate::store::view::Freshness;

/// What a whole request sees.
pub(crate) struct Present {
    pub(crate) lens: Arc<Lens>,
    pub(crate) now: Instant,
    pub(crate) budget: Budget,
    pub(crate) activities: Arc<Vec<Activity>>,
    pub(crate) contents: Arc<Reading>,
    /// Something in the answer may be otherwise next time, although the store is not: the answer must not be kept.
    pub(crate) passing: AtomicBool,
}

impl Present {
    pub(crate) fn of<'a>(ctx: &'a Context<'_>) -> async_graphql::Result<&'a Arc<Self>> {
        ctx.data::<Arc<Self>>()
    }

    /// The instant that a moment means; now if none is given.
    pub(crate) fn resolve(&self, moment: Option<&Moment>) -> async_graphql::Result<Instant> {
        let Some(Moment(moment)) = moment else { return Ok(self.now) };
        let view = self.lens.view();
        let at = moment.resolve(&view.zone(), self.now).map_err(|error| Code::MomentInFuture.error(error.to_string()))?;
        view.require(at).map_err(|error| from_query(error.into()))?;
        Ok(at)
    }

    /// The first instant that a moment means, where a stretch begins: a date means its start here.
    pub(crate) fn resolve_start(&self, moment: &Moment) -> async_graphql::Result<Instant> {
        match moment.0 {
            ModelMoment::Day(day) => {
                self.resolve(Some(moment))?;
                Ok(self.lens.view().zone().start_of(day))
            }
            ModelMoment::Instant(_) => self.resolve(Some(moment)),
        }
    }

    pub(crate) fn pin(self: &Arc<Self>, at: Instant) -> Arc<Pinned> {
        Arc::new(Pinned { present: Arc::clone(self), at, freshness: Mutex::default() })
    }

    /// The entity that an id, or a ref at `at`, means.
    pub(crate) fn entity(&self, text: &str, at: Instant) -> async_graphql::Result<EntityId> {
        let found = if text.contains(':') {
            self.lens.resolve(text, at).map_err(from_query)?.map(|(id, _)| id)
        } else {
            text.parse().ok().filter(|id| self.lens.view().entity(*id).is_some())
        };
        found.ok_or_else(|| Code::UnknownEntity.error(format!("{text:?} is neither the id nor the ref of any entity")))
    }
}

/// One moment of what a request sees; everything below a root field shares it.
pub(crate) struct Pinned {
    pub(crate) present: Arc<Present>,
    pub(crate) at: Instant,
    freshness: Mutex<Option<Freshness>>,
}

impl Pinned {
    pub(crate) fn lens(&self) -> &Lens {
        &self.present.lens
    }

    /// What the freshness of the moment says; all entities share what runs say.
    pub(crate) fn freshness<T>(&self, ask: impl FnOnce(&mut Freshness) -> Result<T, store::Error>) -> Result<T, Error> {
        let mut kept = self.freshness.lock();
        let freshness = match &mut *kept {
            Some(freshness) => freshness,
            None => kept.insert(self.lens().view().freshness(self.at)?),
        };
        Ok(ask(freshness)?)
    }
}
