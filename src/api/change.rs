//! Timelines, changes, differences and histories.

use std::sync::Arc;

use async_graphql::{Object, Result, SimpleObject, Union};

use crate::api::connection::{Rendered, connection, list, window};
use crate::api::entity::{Entity, Item};
use crate::api::error::{Code, from_query};
use crate::api::event::{Event, EventKind};
use crate::api::limits::page_size;
use crate::api::present::Present;
use crate::api::scalar::{ChangeKind, Date, DateTime, Facet as ApiFacet, Interval, Json, LaneBy, Layer, Moment};
use crate::model::{EntityId, FieldPath, Instant};
use crate::query::{Cursor, diff, lanes, timeline};
use crate::store::view::RowAt;

/// A difference in a value of an entity: what it was, what it became, who said so, when.
#[derive(Clone)]
pub struct Change {
    present: Arc<Present>,
    row: RowAt,
}

impl Change {
    pub(crate) fn from_row(present: &Arc<Present>, row: RowAt) -> Self {
        Self { present: Arc::clone(present), row }
    }
}

/// Where a fact comes from.
#[derive(SimpleObject, Clone)]
pub struct Origin {
    /// The source's name in the configuration.
    pub source: String,
    /// What the source calls the thing that it speaks of.
    pub resource: String,
    /// Where inside the source: `catalog-info.yaml`, `CODEOWNERS`, `repository`.
    pub origin: String,
}

/// A difference in a value of an entity: what it was, what it became, who said so, when.
#[Object]
impl Change {
    /// When it happened, as far as the source tells; else when it was recorded.
    async fn at(&self) -> DateTime {
        DateTime(self.row.at)
    }

    /// The entity, as it was after the change.
    async fn entity(&self) -> Option<Entity> {
        Entity::new(&self.present.pin(self.row.at), self.row.entity)
    }

    /// The facet that the field belongs to.
    async fn facet(&self) -> ApiFacet {
        self.row.path.facet.into()
    }

    /// The field: `general.owner`, `dependencies.packages[Cargo.lock#cargo/serde]`. `general.ref` is the entity as such.
    async fn field(&self) -> String {
        self.row.path.to_string()
    }

    /// Of a field with entries, the entry: `Cargo.lock#cargo/serde`.
    async fn key(&self) -> Option<&str> {
        self.row.path.key.as_deref()
    }

    /// Whether something came, went or became another.
    async fn kind(&self) -> ChangeKind {
        match (&self.row.before, &self.row.after) {
            (None, _) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Removed,
            (Some(_), Some(_)) => ChangeKind::Changed,
        }
    }

    /// The value before; null if there was none.
    async fn before(&self) -> Option<Json> {
        self.row.before.clone().map(Json)
    }

    /// The value after; null if there is none any more.
    async fn after(&self) -> Option<Json> {
        self.row.after.clone().map(Json)
    }

    /// Who said so.
    async fn said_by(&self) -> Option<Origin> {
        let (source, resource, origin) = self.present.lens.view().stream(self.row.said_by)?;
        Some(Origin { source, resource, origin })
    }

    /// Whether it was seen when it was recorded, or reconstructed from the source's own history.
    async fn layer(&self) -> Layer {
        if self.row.backfilled { Layer::Backfilled } else { Layer::Observed }
    }

    /// False if the value only became known then: the first record of a source, or of a field.
    async fn is_change(&self) -> bool {
        self.row.change
    }
}

/// What stands in a timeline.
#[derive(Union, Clone)]
pub enum TimelineItem {
    /// A value became another.
    Change(Change),
    /// Something happened.
    Event(Event),
}

connection!(
    /// Changes and events in order of time.
    TimelineConnection, TimelineEdge, TimelineItem, counted: Counted, {
        /// How many changes and events there are on all pages, by lane and time: facets in their order and then kinds of
        /// events, or entities, those with the most first. Lanes and buckets without changes are left out.
        async fn lanes(
            &self,
            #[graphql(default_with = "LaneBy::Facet")] by: LaneBy,
            #[graphql(default_with = "Interval::Day")] every: Interval,
            #[graphql(default = 50)] first: i32,
        ) -> Result<Vec<Lane>> {
            self.counted.lanes(by, every, first)
        }
    }
);

/// The changes of one facet or entity, counted.
#[derive(SimpleObject)]
pub struct Lane {
    /// The facet, if lanes are facets and this one is of changes.
    pub facet: Option<ApiFacet>,
    /// The kind of events, if lanes are facets and this one is of events.
    pub event: Option<EventKind>,
    /// The entity at the end of the timeline, if lanes are entities.
    pub entity: Option<Entity>,
    /// All its changes and events.
    pub total: usize,
    /// Its buckets, oldest first.
    pub points: Vec<LanePoint>,
}

/// The changes of a bucket.
#[derive(SimpleObject)]
pub struct LanePoint {
    /// The first day of the bucket in the organisation's zone; of a week its Monday, also where the timeline begins later.
    pub day: Date,
    /// How many changes.
    pub count: usize,
    /// How many of them were reconstructed from a source's own history.
    pub backfilled: usize,
}

/// What a timeline was asked for, to count all of it.
pub(crate) struct Counted {
    present: Arc<Present>,
    selection: Selection,
    stretch: (Instant, Instant),
}

impl Counted {
    fn lanes(&self, by: LaneBy, every: Interval, first: i32) -> Result<Vec<Lane>> {
        let first = page_size(Some(first))?;
        let (from, to) = self.stretch;
        let question = self.selection.question((from, to), false, 0, None);
        let lanes = lanes::lanes(&self.present.lens, &question, by.into(), every.into(), first).map_err(from_query)?;
        self.present.budget.charge(lanes.iter().map(|lane| 1 + lane.points.len()).sum())?;
        let pinned = self.present.pin(to);
        let point = |point: lanes::Point| LanePoint { day: Date(point.day), count: point.count, backfilled: point.backfilled };
        Ok(lanes
            .into_iter()
            .map(|lane| Lane {
                facet: lane.facet.map(Into::into),
                event: lane.event.map(Into::into),
                entity: lane.entity.and_then(|id| Entity::new(&pinned, id)),
                total: lane.total,
                points: lane.points.into_iter().map(point).collect(),
            })
            .collect())
    }
}

connection!(
    /// What differs between two moments, by kind and name of the entity, then by field.
    ChangeConnection, ChangeEdge, Change
);

connection!(
    /// All values of one field, oldest first.
    HistoryConnection, HistoryEdge, Change
);

/// Only these entities, facets, kinds of events, and owner.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) of: Vec<EntityId>,
    pub(crate) owned_by: Option<EntityId>,
    pub(crate) facets: Option<Vec<crate::model::Facet>>,
    pub(crate) events: Option<Vec<crate::model::EventKind>>,
}

/// Which changes and events a timeline shows: all, unless only some of either are asked for.
pub(crate) fn shown(
    facets: Option<Vec<ApiFacet>>,
    events: Option<Vec<EventKind>>,
) -> (Option<Vec<crate::model::Facet>>, Option<Vec<crate::model::EventKind>>) {
    let all = facets.is_none() && events.is_none();
    let facets = if all { Some(Vec::new()) } else { facets.map(|facets| facets.into_iter().map(Into::into).collect()) };
    let events = if all { Some(Vec::new()) } else { events.map(|events| events.into_iter().map(Into::into).collect()) };
    (facets, events)
}

impl Selection {
    fn question<'a>(
        &'a self,
        (from, to): (Instant, Instant),
        ascending: bool,
        first: usize,
        after: Option<&'a Cursor>,
    ) -> timeline::Question<'a> {
        let owned_by = self.owned_by.map(|team| (team, true));
        let (facets, events) = (self.facets.as_deref(), self.events.as_deref());
        timeline::Question { of: &self.of, owned_by, facets, events, from, to, ascending, first, after }
    }
}

/// The stretch of a paged list: a cursor brings the one with which the list began.
fn stretch(present: &Present, after: Option<&Cursor>, from: Instant, to: Instant) -> Result<(Instant, Instant)> {
    match after {
        None => Ok((from, to)),
        Some(cursor) if cursor.to > present.now => Err(Code::InvalidCursor.error("the cursor is from the future")),
        Some(cursor) if cursor.from != from || (cursor.to != to && to != present.now) => {
            Err(Code::InvalidCursor.error(format!("the cursor belongs to the list from {} to {}", cursor.from, cursor.to)))
        }
        Some(cursor) => Ok((cursor.from, cursor.to)),
    }
}

pub(crate) fn timeline_page(
    present: &Arc<Present>,
    selection: Selection,
    (from, to): (Instant, Instant),
    ascending: bool,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<TimelineConnection> {
    let after = after.map(|after| Cursor::decode(list::TIMELINE, after)).transpose().map_err(from_query)?;
    let (from, to) = stretch(present, after.as_ref(), from, to)?;
    let question = selection.question((from, to), ascending, page_size(first)?, after.as_ref());
    let found = timeline::timeline(&present.lens, &question).map_err(from_query)?;
    let (total, has_previous, has_next) = (found.total, found.has_previous, found.has_next);
    present.budget.charge(found.items.len())?;
    let cursors = found.items.iter().map(|entry| entry.cursor(list::TIMELINE, from, to)).collect();
    let item = |entry| match entry {
        timeline::Entry::Change(row) => TimelineItem::Change(Change::from_row(present, row)),
        timeline::Entry::Event(happened) => TimelineItem::Event(Event::new(&present.pin(to), happened)),
    };
    let nodes = found.items.into_iter().map(item).collect();
    let hint = present.lens.hint(to).map_err(from_query)?;
    Ok(TimelineConnection {
        page: Rendered { total, has_previous, has_next, nodes, cursors, hint },
        counted: Counted { present: Arc::clone(present), selection, stretch: (from, to) },
    })
}

fn rows(present: &Arc<Present>, rows: Vec<RowAt>, list: u8, from: Instant, to: Instant) -> Result<Rendered<Change>> {
    present.budget.charge(rows.len())?;
    let cursors = rows.iter().map(|row| Cursor { list, from, to, at: row.at, entity: row.entity, path: row.path.to_string() }).collect();
    let nodes = rows.into_iter().map(|row| Change::from_row(present, row)).collect();
    Ok(Rendered { total: 0, has_previous: false, has_next: false, nodes, cursors, hint: None })
}

pub(crate) fn timeline_of(
    item: &Item,
    from: Option<&Moment>,
    facets: Option<Vec<ApiFacet>>,
    events: Option<Vec<EventKind>>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<TimelineConnection> {
    let present = &item.pinned.present;
    let from = from.map_or(Ok(Instant::MIN.plus_micros(1)), |from| present.resolve_start(from))?;
    let (facets, events) = shown(facets, events);
    let selection = Selection { of: vec![item.id], owned_by: None, facets, events };
    timeline_page(present, selection, (from, item.pinned.at), false, first, after)
}

pub(crate) fn history_of(item: &Item, field: &str, first: Option<i32>, after: Option<&str>) -> Result<HistoryConnection> {
    let present = &item.pinned.present;
    let path: FieldPath =
        field.parse().map_err(|error: crate::model::facet::ParseFieldError| Code::InvalidArgument.error(error.to_string()))?;
    if path.is_volatile() {
        let message = format!("{field} is volatile: no history of it is kept; see the statements of the entity at a moment");
        return Err(Code::InvalidArgument.error(message));
    }
    let after = after.map(|after| Cursor::decode(list::HISTORY, after)).transpose().map_err(from_query)?;
    let mut found = timeline::history(&present.lens, item.id, &path, item.pinned.at).map_err(from_query)?;
    let start = match after {
        Some(cursor) => {
            let is_it = |row: &RowAt| row.at == cursor.at && row.path.to_string() == cursor.path;
            found.iter().position(is_it).ok_or_else(|| from_query(crate::query::Error::Cursor(cursor.encode())))? + 1
        }
        None => 0,
    };
    let total = found.len();
    let range = window(total, start, page_size(first)?);
    found.truncate(range.end);
    let found = found.split_off(range.start);
    let page = rows(present, found, list::HISTORY, Instant::MIN, item.pinned.at)?;
    let (has_previous, has_next) = (range.start > 0, range.end < total);
    let hint = present.lens.hint(item.pinned.at).map_err(from_query)?;
    Ok(HistoryConnection { page: Rendered { total, has_previous, has_next, hint, ..page } })
}

pub(crate) fn diff_page(
    present: &Arc<Present>,
    selection: &Selection,
    (from, to): (Instant, Instant),
    first: Option<i32>,
    after: Option<&str>,
) -> Result<ChangeConnection> {
    let after = after.map(|after| Cursor::decode(list::DIFF, after)).transpose().map_err(from_query)?;
    let (from, to) = stretch(present, after.as_ref(), from, to)?;
    let question = diff::Question {
        from,
        to,
        of: &selection.of,
        owned_by: selection.owned_by.map(|team| (team, true)),
        facets: selection.facets.as_deref().unwrap_or_default(),
        first: page_size(first)?,
        after: after.as_ref(),
    };
    let found = diff::diff(&present.lens, &question).map_err(from_query)?;
    let (total, has_previous, has_next) = (found.total, found.has_previous, found.has_next);
    let found = found.items.into_iter().map(|difference| RowAt {
        entity: difference.entity,
        path: difference.path,
        at: difference.at,
        before: difference.before,
        after: difference.after,
        said_by: difference.said_by,
        change: true,
        backfilled: difference.backfilled,
    });
    let page = rows(present, found.collect(), list::DIFF, from, to)?;
    let hint = present.lens.hint(from).map_err(from_query)?;
    Ok(ChangeConnection { page: Rendered { total, has_previous, has_next, hint, ..page } })
}
