//! Events of entities, and of everybody.

use std::sync::Arc;

use crate::model::event::Arrival;
use crate::model::record::NewResource;
use crate::model::{EntityId, EventKind, Instant, ResourceNo};
use crate::store::Error;
use crate::store::index::{ArrivalBytes, EventNo, EventPlace, StoredEvent};
use crate::store::view::View;

impl View {
    /// The event of a number, as it is known now.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn event(&self, no: EventNo) -> Result<Option<StoredEvent>, Error> {
        self.shared.index().event(no)
    }

    /// The event at a place.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn event_at(&self, place: EventPlace) -> Result<Option<StoredEvent>, Error> {
        self.shared.index().event_at(place)
    }

    /// Where the events of a kind stand that began in `[from, to]` and happened to an entity, in order of time.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn events_of(&self, entity: EntityId, kind: EventKind, from: Instant, to: Instant) -> Result<Vec<EventPlace>, Error> {
        let mut all = Vec::new();
        self.for_each_event_of(entity, kind, from, to, |place, _| all.push(place))?;
        all.sort_unstable();
        Ok(all)
    }

    /// The events of a kind that began in `[from, to]`, happened to an entity and bring a version, in order of time.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn arrivals_of(&self, entity: EntityId, kind: EventKind, from: Instant, to: Instant) -> Result<Vec<(EventPlace, Arrival)>, Error> {
        let mut all = Vec::new();
        self.for_each_event_of(entity, kind, from, to, |place, bytes| all.extend(bytes.read().map(|arrival| (place, arrival))))?;
        all.sort_unstable_by_key(|(place, _)| *place);
        Ok(all)
    }

    fn for_each_event_of(
        &self,
        entity: EntityId,
        kind: EventKind,
        from: Instant,
        to: Instant,
        mut visit: impl FnMut(EventPlace, ArrivalBytes<'_>),
    ) -> Result<(), Error> {
        let resources = self.shared.registry.read().resources_of(entity);
        let index = self.shared.index();
        for (resource, since, until) in resources {
            if until > from && since <= to {
                let last = if until == Instant::MAX { to } else { to.min(until.plus_micros(-1)) };
                index.for_each_event_of(resource, kind, from.max(since), last, &mut visit)?;
            }
        }
        Ok(())
    }

    /// Calls `visit` with where every event of a kind stands that began in `[from, to]`, and what it happened to, in
    /// order of time. Reads no events.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn for_each_event_place(
        &self,
        kind: EventKind,
        from: Instant,
        to: Instant,
        visit: impl FnMut(EventPlace, ResourceNo),
    ) -> Result<(), Error> {
        self.shared.index().for_each_event_place(kind, from, to, visit)
    }

    /// Calls `visit` with every event of a kind that began in `[from, to]`, in order of time.
    ///
    /// # Errors
    /// [`Error::Index`], and what `visit` returns.
    pub fn for_each_event(
        &self,
        kind: EventKind,
        from: Instant,
        to: Instant,
        visit: impl FnMut(EventPlace, StoredEvent) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.shared.index().for_each_event(kind, from, to, visit)
    }

    /// A resource as its source names it.
    #[must_use]
    pub fn resource(&self, no: ResourceNo) -> Option<Arc<NewResource>> {
        self.shared.registry.read().resource(no).cloned()
    }

    /// The entity that a resource belongs to at an instant.
    #[must_use]
    pub fn linked_at(&self, no: ResourceNo, at: Instant) -> Option<EntityId> {
        let registry = self.shared.registry.read();
        let holds = |link: &&crate::model::record::Link| link.from.is_none_or(|from| from <= at) && link.to.is_none_or(|to| at < to);
        registry.links(no).iter().rev().find(holds).map(|link| link.entity)
    }
}
