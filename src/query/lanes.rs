//! A timeline as counts: how many changes fall into which lane and bucket. No values are read.

use rustc_hash::FxHashMap;

use crate::model::{Day, EntityId, EventKind, Facet, FieldPath, Instant, Zone};
use crate::query::event;
use crate::query::page::compare_folded;
use crate::query::series::{Every, first_day};
use crate::query::timeline::Question;
use crate::query::{Error, Lens, Ownership};

/// What a lane stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// An entity.
    Entity,
    /// A facet.
    Facet,
}

/// The changes of one entity or facet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// The facet, if lanes are facets.
    pub facet: Option<Facet>,
    /// The kind of events, if lanes are facets and this one is of events.
    pub event: Option<EventKind>,
    /// The entity, if lanes are entities.
    pub entity: Option<EntityId>,
    /// All its changes and events.
    pub total: usize,
    /// Buckets with any, oldest first.
    pub points: Vec<Point>,
}

/// The changes of one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The first day of the bucket in the calendar, also where the question begins later.
    pub day: Day,
    /// Changes in it.
    pub count: usize,
    /// Those among them that are reconstructed.
    pub backfilled: usize,
}

/// Counts what [`crate::query::timeline::timeline`] would list on all its pages, in at most `first` lanes. Lanes of facets
/// come in the order of facets; those of entities by total, most first, then by name.
///
/// # Errors
/// [`Error::Backwards`], or if the store cannot be read.
pub fn lanes(lens: &Lens, question: &Question<'_>, by: By, every: Every, first: usize) -> Result<Vec<Lane>, Error> {
    if question.from > question.to {
        return Err(Error::Backwards { from: question.from.to_string(), to: question.to.to_string() });
    }
    let mut counting = Counting {
        question,
        by,
        buckets: Buckets { zone: lens.view().zone(), every, last: None },
        ownership: match question.owned_by {
            Some((team, tree)) => Some(Ownership::new(lens, team, tree)?),
            None => None,
        },
        layer: None,
        lanes: FxHashMap::default(),
    };
    if let Some(facets) = question.facets {
        // Rows are asked for in (from, to], the question means [from, to].
        let from = question.from.plus_micros(-1);
        let mut changes = lens.view().changes_of(question.of, facets, from, question.to)?;
        // In order of time, neighbours share their instant and bucket.
        changes.all.sort_unstable();
        for change in &changes.all {
            counting.add(lens, change.at, change.entity, changes.field(change))?;
        }
    }
    if let Some(kinds) = question.events {
        let mut events = event::places(lens, &question.for_events(kinds))?;
        events.sort_unstable();
        for place in events {
            let key = match by {
                By::Entity => place.entity.map(Key::Entity),
                By::Facet => Some(Key::Event(place.event.kind)),
            };
            key.into_iter().for_each(|key| counting.count(key, place.at, false));
        }
        counting.lanes.values_mut().for_each(|points| points.sort_by_key(|point| point.day));
        counting.lanes.values_mut().for_each(merge);
    }
    counting.finish(lens, first)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Facet(Facet),
    Event(EventKind),
    Entity(EntityId),
}

/// Points of one day become one.
fn merge(points: &mut Vec<Point>) {
    points.dedup_by(|next, point| {
        let is_same = next.day == point.day;
        if is_same {
            point.count += next.count;
            point.backfilled += next.backfilled;
        }
        is_same
    });
}

struct Counting<'a> {
    question: &'a Question<'a>,
    by: By,
    buckets: Buckets,
    ownership: Option<Ownership<'a>>,
    /// Whether changes of the last instant are reconstructed.
    layer: Option<(Instant, bool)>,
    /// What each lane has so far, oldest first.
    lanes: FxHashMap<Key, Vec<Point>>,
}

impl Counting<'_> {
    fn add(&mut self, lens: &Lens, at: Instant, entity: EntityId, path: &FieldPath) -> Result<(), Error> {
        if let Some(ownership) = &mut self.ownership
            && !ownership.counts(entity, path, at)?
        {
            return Ok(());
        }
        let backfilled = match self.layer {
            Some((of, backfilled)) if of == at => backfilled,
            _ => {
                let backfilled = lens.view().is_backfilled(at);
                self.layer = Some((at, backfilled));
                backfilled
            }
        };
        let key = match self.by {
            By::Entity => Key::Entity(entity),
            By::Facet => Key::Facet(path.facet),
        };
        self.count(key, at, backfilled);
        Ok(())
    }

    fn count(&mut self, key: Key, at: Instant, backfilled: bool) {
        let day = self.buckets.of(at);
        let points = self.lanes.entry(key).or_default();
        match points.last_mut() {
            Some(point) if point.day == day => {
                point.count += 1;
                point.backfilled += usize::from(backfilled);
            }
            _ => points.push(Point { day, count: 1, backfilled: usize::from(backfilled) }),
        }
    }

    fn finish(self, lens: &Lens, first: usize) -> Result<Vec<Lane>, Error> {
        let mut lanes: Vec<(Key, Lane)> = Vec::with_capacity(self.lanes.len());
        for (key, points) in self.lanes {
            let total = points.iter().map(|point| point.count).sum();
            lanes.push((key, Lane { total, points, ..Lane::default() }));
        }
        if self.by == By::Entity && first > 0 && first < lanes.len() {
            // Names decide among equal totals only.
            lanes.select_nth_unstable_by(first - 1, |(_, a), (_, b)| b.total.cmp(&a.total));
            let least = lanes[first - 1].1.total;
            lanes.retain(|(_, lane)| lane.total >= least);
        }
        let mut named = Vec::with_capacity(lanes.len());
        for (key, mut lane) in lanes {
            let name = match key {
                Key::Facet(facet) => {
                    lane.facet = Some(facet);
                    None
                }
                Key::Event(kind) => {
                    lane.event = Some(kind);
                    None
                }
                Key::Entity(id) => {
                    lane.entity = Some(id);
                    Some(lens.name(id, self.question.to)?)
                }
            };
            named.push((key, name, lane));
        }
        named.sort_by(|(a, a_name, left), (b, b_name, right)| match (a_name, b_name) {
            (Some(a_name), Some(b_name)) => {
                right.total.cmp(&left.total).then_with(|| compare_folded(a_name.name(), b_name.name())).then_with(|| a.cmp(b))
            }
            _ => a.cmp(b),
        });
        named.truncate(first);
        Ok(named.into_iter().map(|(_, _, lane)| lane).collect())
    }
}

/// Finds the bucket of an instant; changes come day by day, so mostly it is that of the one before.
struct Buckets {
    zone: Zone,
    every: Every,
    last: Option<(Instant, Instant, Day)>,
}

impl Buckets {
    fn of(&mut self, at: Instant) -> Day {
        if let Some((from, to, first)) = self.last
            && from <= at
            && at < to
        {
            return first;
        }
        let day = self.zone.day_of(at);
        let first = first_day(day, self.every);
        self.last = Some((self.zone.start_of(day), self.zone.end_of(day), first));
        first
    }
}
