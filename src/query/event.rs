//! What happened: to some entities, to what a team owned, or to anybody.
//!
//! # Invariants
//! - An event is shown as it was at the moment asked: its history up to then, fields without history as of now.
//! - What began after the moment did not happen yet.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::event::{fields_at, value_at};
use crate::model::record::{EventRecord, NewResource};
use crate::model::{EntityId, EventKind, Facet, Instant, Kind};
use crate::query::{Cursor, Error, Known, Lens, Ownership, graph};
use crate::store::{EventNo, EventPlace};

/// A question for events.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Only of these kinds; empty for all.
    pub kinds: &'a [EventKind],
    /// Only what happened to these entities and to what belongs to them; empty for all.
    pub of: &'a [EntityId],
    /// Only what happened to what this team (or its tree, as it stood) owned then.
    pub owned_by: Option<(EntityId, bool)>,
    /// The first instant at which it may have begun.
    pub from: Instant,
    /// The last one; also the moment as of which it is told.
    pub to: Instant,
    /// Only those in this environment.
    pub environment: Option<&'a str>,
    /// Only those in one of these states; empty for all.
    pub states: &'a [String],
    /// Oldest first.
    pub ascending: bool,
    /// At most so many.
    pub first: usize,
    /// Where the page before ended.
    pub after: Option<&'a Cursor>,
}

/// Where an event stands in a list; they compare as instant, entity and number do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it began.
    pub at: Instant,
    /// What it happened to, if that is known.
    pub entity: Option<EntityId>,
    /// The event.
    pub event: EventPlace,
}

/// An event with what it happened to.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Its number.
    pub no: EventNo,
    /// What it happened to, if that is known.
    pub entity: Option<EntityId>,
    /// The same, as the source names it.
    pub resource: Arc<NewResource>,
    /// What is known of it.
    pub record: EventRecord,
}

impl Happened {
    /// Its state at a moment.
    #[must_use]
    pub fn state(&self, at: Instant) -> Option<&str> {
        value_at(&self.record.history, "state", at).and_then(Value::as_str)
    }

    /// When it was over, if it was by then.
    #[must_use]
    pub fn ended(&self, at: Instant) -> Option<Instant> {
        self.record.ended.filter(|ended| *ended <= at)
    }

    /// All its fields at a moment.
    #[must_use]
    pub fn fields(&self, at: Instant) -> Map<String, Value> {
        fields_at(&self.record.body, &self.record.history, at)
    }
}

/// A page of events.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// All that the question asks for.
    pub total: usize,
    /// Those on this page, in order.
    pub items: Vec<Happened>,
    /// There is a page before.
    pub has_previous: bool,
    /// There is a page after.
    pub has_next: bool,
}

/// Answers a question for events.
///
/// # Errors
/// [`Error::Backwards`], or if the store cannot be read.
pub fn events(lens: &Lens, question: &Question<'_>) -> Result<Events, Error> {
    let mut all = places(lens, question)?;
    if question.ascending {
        all.sort_unstable();
    } else {
        all.sort_unstable_by(|a, b| b.cmp(a));
    }
    let total = all.len();
    if let Some(after) = question.after {
        let number = u64::from_str_radix(&after.path, 16).unwrap_or_default();
        let key = |place: &Place| (place.at, place.entity.unwrap_or(NOBODY), place.event.no.0);
        let end = (after.at, after.entity, number);
        all.retain(|place| if question.ascending { key(place) > end } else { key(place) < end });
    }
    let (has_previous, has_next) = (all.len() < total, all.len() > question.first);
    all.truncate(question.first);
    let items = all.into_iter().filter_map(|place| read(lens, place).transpose()).collect::<Result<_, _>>()?;
    Ok(Events { total, items, has_previous, has_next })
}

/// Stands for no entity in cursors; no entity has this id.
pub const NOBODY: EntityId = EntityId(0);

/// The event at a place.
///
/// # Errors
/// If the store cannot be read.
pub fn read(lens: &Lens, place: Place) -> Result<Option<Happened>, Error> {
    let Some(stored) = lens.view().event_at(place.event)? else { return Ok(None) };
    let Some(resource) = lens.view().resource(stored.record.resource) else { return Ok(None) };
    Ok(Some(Happened { no: place.event.no, entity: place.entity, resource, record: stored.record }))
}

/// The event of a number, if there is one.
///
/// # Errors
/// If the store cannot be read.
pub fn event(lens: &Lens, no: EventNo) -> Result<Option<Happened>, Error> {
    let Some(stored) = lens.view().event(no)? else { return Ok(None) };
    let Some(resource) = lens.view().resource(stored.record.resource) else { return Ok(None) };
    let entity = lens.view().linked_at(stored.record.resource, stored.record.at);
    Ok(Some(Happened { no, entity, resource, record: stored.record }))
}

/// Where all events stand that a question asks for, in no order.
///
/// # Errors
/// [`Error::Backwards`], or if the store cannot be read.
pub fn places(lens: &Lens, question: &Question<'_>) -> Result<Vec<Place>, Error> {
    let Question { from, to, .. } = *question;
    if from > to {
        return Err(Error::Backwards { from: from.to_string(), to: to.to_string() });
    }
    let kinds = if question.kinds.is_empty() { &EventKind::ALL[..] } else { question.kinds };
    let mut all = Vec::new();
    if question.of.is_empty() {
        for kind in kinds {
            lens.view().for_each_event_place(*kind, from, to, |event, resource| {
                all.push(Place { at: event.at, entity: lens.view().linked_at(resource, event.at), event });
            })?;
        }
    } else {
        let mut family = BTreeSet::new();
        for id in question.of {
            family.extend(self::family(lens, *id, to)?);
        }
        for entity in family {
            for kind in kinds {
                let events = lens.view().events_of(entity, *kind, from, to)?;
                all.extend(events.into_iter().map(|event| Place { at: event.at, entity: Some(entity), event }));
            }
        }
    }
    if let Some((team, tree)) = question.owned_by {
        let mut owners = Owners { lens, ownership: Ownership::new(lens, team, tree)?, services: HashMap::new() };
        let mut failure = None;
        all.retain(|place| owners.owns(place).unwrap_or_else(|error| failure.replace(error).is_some()));
        if let Some(error) = failure {
            return Err(error);
        }
    }
    if question.environment.is_some() || !question.states.is_empty() {
        let mut fitting = Vec::with_capacity(all.len());
        for place in all {
            let Some(happened) = read(lens, place)? else { continue };
            let environment = happened.record.body.get("environment").and_then(Value::as_str);
            let is_there = question.environment.is_none_or(|wanted| environment == Some(wanted));
            let state = happened.state(to);
            if is_there && (question.states.is_empty() || question.states.iter().any(|wanted| state == Some(wanted.as_str()))) {
                fitting.push(place);
            }
        }
        return Ok(fitting);
    }
    Ok(all)
}

/// Who owned what events happened to. A workload belongs to whoever owns the service that runs in it.
struct Owners<'l> {
    lens: &'l Lens,
    ownership: Ownership<'l>,
    services: HashMap<EntityId, Option<EntityId>>,
}

impl Owners<'_> {
    fn owns(&mut self, place: &Place) -> Result<bool, Error> {
        let Some(mut entity) = place.entity else { return Ok(false) };
        if self.lens.kind(entity) == Some(Kind::Workload) {
            let service = match self.services.get(&entity) {
                Some(service) => *service,
                None => *self.services.entry(entity).or_insert(graph::runs_in(self.lens, entity, place.at)?),
            };
            entity = service.unwrap_or(entity);
        }
        self.ownership.owns(entity, place.at)
    }
}

/// The entities whose events count as an entity's own: of a service its workloads, and its repository if that holds no
/// other one; of a repository its services and their workloads.
///
/// # Errors
/// If the store cannot be read.
pub fn family(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<EntityId>, Error> {
    let mut family = vec![id];
    match lens.kind(id) {
        Some(Kind::Service) => {
            family.extend(workloads(lens, id, at)?);
            if let Some(home) = lens.text(Known::Repository, id, at)?
                && let Some((home, _)) = lens.resolve(home, at)?
                && graph::named_in(lens, home, Known::Repository, false, at)?.len() <= 1
            {
                family.push(home);
            }
        }
        Some(Kind::Repository) => {
            for service in graph::named_in(lens, id, Known::Repository, false, at)? {
                family.push(service);
                family.extend(workloads(lens, service, at)?);
            }
        }
        _ => {}
    }
    Ok(family)
}

/// The workloads in which a service runs at a moment, and those that it had.
fn workloads(lens: &Lens, service: EntityId, at: Instant) -> Result<Vec<EntityId>, Error> {
    let rows = lens.view().entry_rows(service, Facet::Kubernetes, "workloads", at)?;
    let keys: BTreeSet<String> = rows.into_iter().filter_map(|row| row.path.key).collect();
    let mut found = Vec::new();
    for key in keys {
        found.extend(lens.resolve(&key, at)?.map(|(id, _)| id));
    }
    Ok(found)
}
