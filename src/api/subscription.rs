//! What a client can be told as it happens.

use std::collections::VecDeque;
use std::sync::Arc;

use async_graphql::{Context, ID, Result, Subscription as SubscriptionRoot};
use futures::stream::{self, Stream};

use crate::api::Shared;
use crate::api::change::{Change, Selection};
use crate::api::error::from_query;
use crate::api::present::Present;
use crate::api::status::CollectionProgress;
use crate::query::timeline;

/// What can be followed.
pub struct Subscription;

/// What can be followed.
#[SubscriptionRoot]
impl Subscription {
    /// How far collectors have come: each source whose state differs, whenever it does. A source that stopped has no start.
    async fn collection(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = CollectionProgress> + use<>> {
        let activities = ctx.data::<Arc<Shared>>()?.activities.clone();
        let told: Vec<CollectionProgress> = Vec::new();
        let waiting: VecDeque<CollectionProgress> = VecDeque::new();
        Ok(stream::unfold((activities, told, waiting, true), |(mut activities, mut told, mut waiting, mut fresh)| async move {
            loop {
                if let Some(next) = waiting.pop_front() {
                    return Some((next, (activities, told, waiting, fresh)));
                }
                if !fresh {
                    activities.changed().await.ok()?;
                }
                fresh = false;
                let now: Vec<CollectionProgress> = activities
                    .borrow_and_update()
                    .iter()
                    .filter_map(|activity| Some(CollectionProgress::new(&activity.source, activity.running.as_ref()?)))
                    .collect();
                waiting.extend(now.iter().filter(|progress| !told.contains(progress)).cloned());
                let stopped = told.iter().filter(|old| !now.iter().any(|progress| progress.source == old.source));
                waiting.extend(stopped.map(|old| CollectionProgress::idle(&old.source)));
                told = now;
            }
        }))
    }

    /// Changes as they are recorded: all, or of what a team and the teams below it own.
    async fn changes(&self, ctx: &Context<'_>, owned_by: Option<ID>) -> Result<impl Stream<Item = Result<Change>> + use<>> {
        let shared = Arc::clone(ctx.data::<Arc<Shared>>()?);
        let present = shared.present();
        let owned_by = owned_by.map(|id| present.entity(&id, present.now)).transpose()?;
        let seen = present.lens.view().newest();
        let generations = shared.generations.clone();
        let waiting: VecDeque<Change> = VecDeque::new();
        Ok(stream::unfold((shared, generations, seen, waiting), move |(shared, mut generations, mut seen, mut waiting)| async move {
            loop {
                if let Some(next) = waiting.pop_front() {
                    return Some((Ok(next), (shared, generations, seen, waiting)));
                }
                generations.changed().await.ok()?;
                let present = shared.present();
                let newest = present.lens.view().newest();
                match recorded(&present, owned_by, seen, newest) {
                    Ok(changes) => waiting.extend(changes),
                    Err(error) => return Some((Err(error), (shared, generations, newest, waiting))),
                }
                seen = newest;
            }
        }))
    }
}

fn recorded(
    present: &Arc<Present>,
    owned_by: Option<crate::model::EntityId>,
    seen: crate::model::Instant,
    newest: crate::model::Instant,
) -> Result<Vec<Change>> {
    if newest <= seen {
        return Ok(Vec::new());
    }
    let selection = Selection { owned_by, ..Selection::default() };
    let question = timeline::Question {
        of: &selection.of,
        owned_by: selection.owned_by.map(|team| (team, true)),
        facets: Some(&[]),
        events: None,
        from: seen.plus_micros(1),
        to: newest,
        ascending: true,
        first: usize::MAX,
        after: None,
    };
    let found = timeline::timeline(&present.lens, &question).map_err(from_query)?;
    let change = |entry| match entry {
        timeline::Entry::Change(row) => Some(Change::from_row(present, row)),
        timeline::Entry::Event(_) => None,
    };
    Ok(found.items.into_iter().filter_map(change).collect())
}
