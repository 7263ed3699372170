//! Events of entities, and of everybody.

use std::sync::Arc;

use crate::model::event::Arrival;
use crate::model::record::{Link, NewResource};
use crate::model::{EntityId, EventKind, Instant, ResourceNo, Span};
use crate::store::Error;
use crate::store::index::{EssenceBytes, EventNo, EventPlace, StoredEvent};
use crate::store::lives::{Counted, Lived, Lives};
use crate::store::open::Shared;
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
        self.for_each_event_of(entity, kind, from, to, |place, bytes| all.extend(bytes.arrival().map(|arrival| (place, arrival))))?;
        all.sort_unstable_by_key(|(place, _)| *place);
        Ok(all)
    }

    fn for_each_event_of(
        &self,
        entity: EntityId,
        kind: EventKind,
        from: Instant,
        to: Instant,
        mut visit: impl FnMut(EventPlace, EssenceBytes<'_>),
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

    /// All that is counted of the events of a kind, as they are known now.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn lives<L: Counted>(&self) -> Result<Arc<Lives<L>>, Error> {
        self.shared.lives()
    }

    /// The number of a resource, as its source names it.
    #[must_use]
    pub fn resource_no(&self, source: &str, id: &str) -> Option<ResourceNo> {
        self.shared.registry.read().resource_no(source, id)
    }

    /// Which entity a resource belongs to, and when.
    #[must_use]
    pub fn links_of(&self, no: ResourceNo) -> Vec<(EntityId, Span)> {
        let registry = self.shared.registry.read();
        let span = |link: &Link| Span::new(link.from.unwrap_or(Instant::MIN), link.to.unwrap_or(Instant::MAX));
        registry.links(no).iter().map(|link| (link.entity, span(link))).collect()
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
        let holds = |link: &&Link| link.from.is_none_or(|from| from <= at) && link.to.is_none_or(|to| at < to);
        registry.links(no).iter().rev().find(holds).map(|link| link.entity)
    }
}

impl Shared {
    fn lives<L: Counted>(&self) -> Result<Arc<Lives<L>>, Error> {
        let slot = L::slot(&self.memory);
        if let Some(lives) = &*slot.read() {
            return Ok(Arc::clone(lives));
        }
        // The writer waits meanwhile, so that no event falls between the scan and the lives.
        let mut kept = slot.write();
        if let Some(lives) = &*kept {
            return Ok(Arc::clone(lives));
        }
        let (next, ..) = self.registry.read().next_numbers();
        let (index, mut lives) = (self.index(), Lives::default());
        for resource in (0..next).map(ResourceNo) {
            let mut some = Vec::new();
            index.for_each_event_of(resource, L::KIND, Instant::MIN, Instant::MAX, |place, bytes| {
                some.extend(bytes.counted().map(|life| Lived { place, life }));
            })?;
            if !some.is_empty() {
                lives.load(resource, some);
            }
        }
        let lives = Arc::new(lives);
        *kept = Some(Arc::clone(&lives));
        Ok(lives)
    }
}
