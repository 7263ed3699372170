//! What could not be linked to anything.

use std::sync::Arc;

use async_graphql::{Result, SimpleObject};

use crate::api::connection::{Rendered, connection, list, window};
use crate::api::entity::Entity;
use crate::api::error::from_query;
use crate::api::limits::page_size;
use crate::api::present::Present;
use crate::api::scalar::{DateTime, Kind};
use crate::model::EntityId;
use crate::query::unlinked::Guessed;
use crate::query::{self, Cursor};

/// Something that a source states and that belongs to no entity, so that what is said of it is nowhere to be seen.
#[derive(SimpleObject, Clone)]
pub struct Unlinked {
    /// The source that names it.
    pub source: String,
    /// Its id there. `spot link SOURCE/ID REF` tells whose it is.
    pub resource: String,
    /// What its source calls it, such as a page's title.
    pub name: Option<String>,
    /// What it would belong to.
    pub kind: Kind,
    /// The part of the source that holds it.
    pub scope: String,
    /// Since when the newest of what it says holds.
    pub since: DateTime,
    /// Where a person can look at it.
    pub check: Option<String>,
    /// Entities whose names come near, the nearest first.
    pub guesses: Vec<Entity>,
}

connection! {
    /// What is not linked to anything: first what may be something, by source and id, then all else.
    UnlinkedConnection, UnlinkedEdge, Unlinked
}

pub(crate) fn unlinked(present: &Arc<Present>, kind: Option<Kind>, first: Option<i32>, after: Option<&str>) -> Result<UnlinkedConnection> {
    let after = after.map(|after| Cursor::decode(list::UNLINKED, after)).transpose().map_err(from_query)?;
    let lens = &present.lens;
    let all = query::unlinked::unlinked(lens, kind.map(Into::into)).map_err(from_query)?;
    // What was linked meanwhile is not there any more; its place is.
    let start = after.map_or(0, |after| all.partition_point(|of| of.place() <= after.path));
    let total = all.len();
    let range = window(total, start, page_size(first)?);
    let (has_previous, has_next) = (range.start > 0, range.end < total);
    let page = &all[range];
    present.budget.charge(page.len() + page.iter().map(|of| of.guesses.len()).sum::<usize>())?;
    let pinned = present.pin(present.now);
    let cursor = |of: &Guessed| Cursor { path: of.place(), ..Cursor::of_entity(list::UNLINKED, present.now, EntityId(0)) };
    let cursors = page.iter().map(cursor).collect();
    let node = |Guessed { of, name, guesses }: &Guessed| Unlinked {
        source: of.source.clone(),
        resource: of.id.clone(),
        name: name.clone(),
        kind: of.kind.into(),
        scope: of.scope.clone(),
        since: DateTime(of.since),
        check: of.check.clone(),
        guesses: guesses.iter().filter_map(|id| Entity::new(&pinned, *id)).collect(),
    };
    let nodes = page.iter().map(node).collect();
    let hint = lens.hint(present.now).map_err(from_query)?;
    Ok(UnlinkedConnection { page: Rendered { total, has_previous, has_next, nodes, cursors, hint } })
}
