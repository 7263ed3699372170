//! Changes, timelines, differences and histories.

use std::sync::Arc;

use async_graphql::{Object, Result, SimpleObject};

use crate::api::connection::{Rendered, connection, list, window};
use crate::api::entity::{Entity, Item};
use crate::api::error::{Code, from_query};
use crate::api::limits::page_size;
use crate::api::present::Present;
use crate::api::scalar::{ChangeKind, DateTime, Facet as ApiFacet, Json, Layer, Moment};
use crate::model::{EntityId, FieldPath, Instant};
use crate::query::{Cursor, diff, timeline};
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

connection!(
    /// Changes in order of time.
    TimelineConnection, TimelineEdge, Change
);

connection!(
    /// What differs between two moments, by kind and name of the entity, then by field.
    ChangeConnection, ChangeEdge, Change
);

connection!(
    /// All values of one field, oldest first.
    HistoryConnection, HistoryEdge, Change
);

/// Only these entities, facets and owner.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) of: Vec<EntityId>,
    pub(crate) owned_by: Option<EntityId>,
    pub(crate) facets: Vec<crate::model::Facet>,
}

pub(crate) fn facets_of(facets: Option<Vec<ApiFacet>>) -> Vec<crate::model::Facet> {
    facets.unwrap_or_default().into_iter().map(Into::into).collect()
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
    selection: &Selection,
    (from, to): (Instant, Instant),
    ascending: bool,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<TimelineConnection> {
    let after = after.map(|after| Cursor::decode(list::TIMELINE, after)).transpose().map_err(from_query)?;
    let (from, to) = stretch(present, after.as_ref(), from, to)?;
    let question = timeline::Question {
        of: &selection.of,
        owned_by: selection.owned_by.map(|team| (team, true)),
        facets: &selection.facets,
        from,
        to,
        ascending,
        first: page_size(first)?,
        after: after.as_ref(),
    };
    let found = timeline::timeline(&present.lens, &question).map_err(from_query)?;
    let (total, has_previous, has_next) = (found.total, found.has_previous, found.has_next);
    let page = rows(present, found.items, list::TIMELINE, from, to)?;
    Ok(TimelineConnection { page: Rendered { total, has_previous, has_next, hint: present.lens.hint(to).map_err(from_query)?, ..page } })
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
    first: Option<i32>,
    after: Option<&str>,
) -> Result<TimelineConnection> {
    let present = &item.pinned.present;
    let from = from.map_or(Ok(Instant::MIN.plus_micros(1)), |from| present.resolve_start(from))?;
    let selection = Selection { of: vec![item.id], owned_by: None, facets: facets_of(facets) };
    timeline_page(present, &selection, (from, item.pinned.at), false, first, after)
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
        facets: &selection.facets,
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
