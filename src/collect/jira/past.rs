//! Issues of the past: by when they were created, four weeks at a time, newest first.
//!
//! # Invariants
//! - What is delivered is one stretch that ends where the present began, so a killed backfill goes on where it was. A rule that
//!   is new, or was changed, is filled in by itself.
//! - A stretch is delivered when it is of every rule.
//! - Weeks before the first issue cost nothing: where none was found, it is asked once whether there are older ones.

use std::ops::Range;

use serde_json::json;

use crate::collect::bugs::{Filled, window, windows};
use crate::collect::http::Http;
use crate::collect::jira::Config;
use crate::collect::jira::client::{Client, Listing, Search, Wanted};
use crate::collect::jira::present::{Reader, answered};
use crate::collect::jira::sort::Sort;
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::Instant;

/// The key under which it is remembered what is delivered.
const FILLED: &str = "filled";

/// Delivers what is not yet delivered of `range`.
pub(super) async fn backfill(http: &Http, config: &Config, range: &Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
    let mut client = Client::new(http, config, sink.cancellation().clone());
    let failure = match Reader::begin(&mut client, range.end, memory, sink).await {
        // That nobody listens any more is known to those who stopped it.
        Err(Stopped) => None,
        Ok(Err(failure)) => Some(failure),
        Ok(Ok(mut reader)) => fill(&mut reader, range).await.unwrap_or(None),
    };
    Summary { requests: client.asked(), failure }
}

/// How far the past of a sort is delivered.
struct Stretch {
    sort: Sort,
    /// The key under which that is remembered.
    key: String,
    filled: Filled,
    may_be_older: bool,
}

/// Why nothing could be read, if so.
async fn fill(reader: &mut Reader<'_>, range: &Range<Instant>) -> Result<Option<String>, Stopped> {
    let stretch = |Search { sort, jql }: &Search| {
        let key = sort.key(FILLED, jql);
        Stretch { sort: *sort, filled: Filled::of(reader.memory, &key, range), key, may_be_older: true }
    };
    let mut stretches: Vec<Stretch> = reader.searches.iter().map(stretch).collect();
    let newest = |stretches: &[Stretch]| stretches.iter().map(|stretch| stretch.filled.from).max().unwrap_or(range.start);
    let mut end = newest(&stretches);
    let total = windows(range) + 1;
    while end > range.start {
        let start = window(end).max(range.start);
        for stretch in stretches.iter_mut().filter(|stretch| stretch.filled.from > start) {
            let (sort, until) = (stretch.sort, end.min(stretch.filled.from));
            let before = reader.told.len();
            let zone = &reader.rules.zone;
            let condition = format!("created >= \"{}\" AND created < \"{}\"", zone.not_after(start), zone.not_before(until));
            match reader.read(sort, &condition).await? {
                Ok(true) => {}
                // What is missing is asked for again by the next backfill.
                Ok(false) => {
                    reader.strange().await?;
                    return Ok(None);
                }
                Err(why) if stretch.filled.from == stretch.filled.to => {
                    return Ok(Some(format!("the {} of the past cannot be listed: {why}", sort.plural())));
                }
                Err(why) => {
                    let message = format!("the {} that were created between {start} and {until} cannot be listed: {why}", sort.plural());
                    reader.problem(message).await?;
                    return Ok(None);
                }
            }
            stretch.filled.from = start;
            if reader.told.len() == before && stretch.may_be_older && start > range.start {
                stretch.may_be_older = are_there_older(reader, sort, start).await?;
                if !stretch.may_be_older {
                    stretch.filled.from = range.start;
                }
            }
        }
        reader.strange().await?;
        let start = newest(&stretches);
        for Stretch { key, filled, .. } in &stretches {
            reader.remember(key, json!(filled)).await?;
        }
        let scope = reader.rules.scope.clone();
        reader.sink.put(Item::Filled { scope, range: start..end, replace: false }).await?;
        // What was told is kept; nobody asks for it again in this run.
        reader.told.clear();
        end = start;
        let done = total.saturating_sub(windows(&(range.start..end)));
        reader.sink.put(Item::Progress { scope: "backfill".to_owned(), done, total }).await?;
    }
    Ok(None)
}

/// Whether any issue of a sort was created before; if it cannot be told, there may be.
async fn are_there_older(reader: &Reader<'_>, sort: Sort, start: Instant) -> Result<bool, Stopped> {
    let query = format!("{} AND created < \"{}\" ORDER BY key ASC", reader.jql(sort), reader.rules.zone.not_before(start));
    let mut listing = Listing::new(query, Wanted::Numbers);
    Ok(answered(reader.client.next(&mut listing).await)?.map_or(true, |page| page.is_none_or(|page| !page.issues.is_empty())))
}
