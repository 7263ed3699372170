//! Events: by kind and time, by number, and by what they happened to.
//!
//! # Invariants
//! - An event has one entry in each of the three tables; what is recorded of it later takes their place.

use std::collections::HashMap;
use std::ops::Bound;

use super::codec::{Key, Reader};
use super::{Batch, Index};
use crate::model::event::Arrival;
pub use crate::model::event::EventNo;
use crate::model::record::EventRecord;
use crate::model::{CommitNumber, EventKind, Instant, ResourceNo};
use crate::quality::bugs::Life;
use crate::quality::cases::Case;
use crate::quality::incidents::Course;
use crate::store::Error;
use crate::store::lives::Counted;

/// Where an event stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPlace {
    /// When it began.
    pub at: Instant,
    /// What kind of thing.
    pub kind: EventKind,
    /// Its number.
    pub no: EventNo,
}

/// An event as it is known now.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// The commit that recorded it last.
    pub commit: CommitNumber,
    /// What it recorded.
    pub record: EventRecord,
}

/// Where an event stood before a batch, and what it happened to.
pub(super) type Places = HashMap<EventNo, (EventPlace, ResourceNo)>;

/// What an event comes down to, not yet decoded.
#[derive(Clone, Copy, Debug)]
pub struct EssenceBytes<'a>(&'a [u8]);

impl EssenceBytes<'_> {
    /// What a deployment or rollout comes down to; none of other events.
    #[must_use]
    pub fn arrival(self) -> Option<Arrival> {
        serde_json::from_slice(self.0).ok()
    }

    /// What is counted of an event; none if these bytes are those of another kind.
    #[must_use]
    pub fn counted<L: Counted>(self) -> Option<L> {
        L::from_bytes(self.0)
    }
}

/// What is kept of an event beside its place in the list of its resource.
fn essence(record: &EventRecord) -> Vec<u8> {
    match record.kind {
        EventKind::Bug => Life::of_record(record).to_bytes(),
        EventKind::Incident => Course::of_record(record).to_bytes(),
        EventKind::SupportCase => Case::of_record(record).to_bytes(),
        kind => Arrival::of(kind, &record.body, &record.history)
            .map(|arrival| serde_json::to_vec(&arrival).unwrap_or_default())
            .unwrap_or_default(),
    }
}

impl Index {
    /// Keeps an event, or what is known of it now.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn put_event(&self, no: EventNo, commit: CommitNumber, record: &EventRecord, batch: &mut Batch) -> Result<(), Error> {
        let place = EventPlace { at: record.at, kind: record.kind, no };
        let before = match batch.events.insert(no, (place, record.resource)) {
            Some(before) => Some(before),
            None => self
                .event_place(no)?
                .map(|place| self.event_at(place).map(|stored| Some((place, stored?.record.resource))))
                .transpose()?
                .flatten(),
        };
        if let Some((place, resource)) = before {
            batch.changes.remove(Key::event(place));
            batch.changes.remove(Key::event_of(resource, place));
        }
        let mut value = commit.to_be_bytes().to_vec();
        value.extend_from_slice(&record.resource.0.to_be_bytes());
        serde_json::to_writer(&mut value, record).map_err(|_| self.damaged("an event"))?;
        batch.changes.insert(Key::event(place), value);
        batch.changes.insert(Key::event_of(record.resource, place), essence(record));
        let mut at = vec![record.kind as u8];
        at.extend_from_slice(&super::codec::time(record.at));
        batch.changes.insert(Key::event_number(no), at);
        Ok(())
    }

    /// Where the event of a number stands.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn event_place(&self, no: EventNo) -> Result<Option<EventPlace>, Error> {
        let Some(value) = self.pages.get(&Key::event_number(no))? else { return Ok(None) };
        let mut reader = Reader::new(&value);
        Ok(kind_of(reader.u8()).map(|kind| EventPlace { at: reader.instant(), kind, no }))
    }

    /// The event at a place.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn event_at(&self, place: EventPlace) -> Result<Option<StoredEvent>, Error> {
        self.pages.get(&Key::event(place))?.map(|value| self.decode_event(&value)).transpose()
    }

    /// The event of a number, as it is known now.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn event(&self, no: EventNo) -> Result<Option<StoredEvent>, Error> {
        match self.event_place(no)? {
            Some(place) => self.event_at(place),
            None => Ok(None),
        }
    }

    /// Calls `visit` with where the events of a kind stand that began in `[from, to]` and happened to a resource, in
    /// order of time, and with what they come down to.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn for_each_event_of(
        &self,
        resource: ResourceNo,
        kind: EventKind,
        from: Instant,
        to: Instant,
        mut visit: impl FnMut(EventPlace, EssenceBytes<'_>),
    ) -> Result<(), Error> {
        let first = Key::event_of(resource, EventPlace { at: from, kind, no: EventNo(0) });
        let last = Key::event_of(resource, EventPlace { at: to, kind, no: EventNo(u64::MAX) });
        for entry in self.pages.scan(Bound::Included(&first), Bound::Included(&last)) {
            let (key, value) = entry?;
            let place = parse(key.get(5..).unwrap_or_default()).ok_or_else(|| self.damaged("an event's place"))?;
            visit(place, EssenceBytes(&value));
        }
        Ok(())
    }

    /// Calls `visit` with where every event of a kind stands that began in `[from, to]`, and what it happened to, in
    /// order of time.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn for_each_event_place(
        &self,
        kind: EventKind,
        from: Instant,
        to: Instant,
        mut visit: impl FnMut(EventPlace, ResourceNo),
    ) -> Result<(), Error> {
        let first = Key::event(EventPlace { at: from, kind, no: EventNo(0) });
        let last = Key::event(EventPlace { at: to, kind, no: EventNo(u64::MAX) });
        for entry in self.pages.scan(Bound::Included(&first), Bound::Included(&last)) {
            let (key, value) = entry?;
            let place = parse(key.get(1..).unwrap_or_default()).ok_or_else(|| self.damaged("an event's place"))?;
            visit(place, ResourceNo(Reader::new(value.get(8..).unwrap_or_default()).u32()));
        }
        Ok(())
    }

    /// The newest event of any kind of a resource.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn newest_event_of(&self, resource: ResourceNo) -> Result<Option<StoredEvent>, Error> {
        let mut newest = None;
        for entry in self.pages.scan_prefix(&Key::events_of(resource)) {
            let (key, _) = entry?;
            newest = newest.max(parse(key.get(5..).unwrap_or_default()));
        }
        newest.map_or(Ok(None), |place| self.event_at(place))
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
        mut visit: impl FnMut(EventPlace, StoredEvent) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let first = Key::event(EventPlace { at: from, kind, no: EventNo(0) });
        let last = Key::event(EventPlace { at: to, kind, no: EventNo(u64::MAX) });
        for entry in self.pages.scan(Bound::Included(&first), Bound::Included(&last)) {
            let (key, value) = entry?;
            let place = parse(key.get(1..).unwrap_or_default()).ok_or_else(|| self.damaged("an event's place"))?;
            visit(place, self.decode_event(&value)?)?;
        }
        Ok(())
    }

    fn decode_event(&self, value: &[u8]) -> Result<StoredEvent, Error> {
        let json = value.get(12..).unwrap_or_default();
        let record = serde_json::from_slice(json).map_err(|_| self.damaged("an event"))?;
        Ok(StoredEvent { commit: Reader::new(value).u64(), record })
    }
}

fn kind_of(byte: u8) -> Option<EventKind> {
    EventKind::ALL.into_iter().find(|kind| *kind as u8 == byte)
}

/// Kind, time and number, as they end a key.
fn parse(bytes: &[u8]) -> Option<EventPlace> {
    let mut reader = Reader::new(bytes);
    let kind = kind_of(reader.u8())?;
    Some(EventPlace { kind, at: reader.instant(), no: EventNo(reader.u64()) })
}
