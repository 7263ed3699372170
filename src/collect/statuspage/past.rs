//! Incidents of the past, from the newest to the oldest.
//!
//! # Invariants
//! - Each page is delivered as a whole, as the stretch back to the oldest incident on it, so a killed backfill resumes.
//! - The end of the list is the beginning of the page: before it there were no incidents. Without a key a full list is not the
//!   whole, and nothing is delivered before the oldest on it.
//! - What is remembered is one unbroken range.

use std::ops::Range;

use crate::collect::bugs::Filled;
use crate::collect::http::{Error, Http};
use crate::collect::statuspage::client::{Client, NEWEST, describe};
use crate::collect::statuspage::convert::created;
use crate::collect::statuspage::tell::Teller;
use crate::collect::statuspage::{Config, Page};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::Instant;

/// What is remembered of what is delivered.
const BACKFILL: &str = "backfill";

/// Delivers what is not yet delivered of `range`.
pub(super) async fn backfill(http: &Http, config: &Config, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let teller = Teller::new(&client, config, range.end, sink);
    let filled = Filled::of(memory, &teller.key(BACKFILL), &range);
    let is_public = matches!(config.page, Page::Public(_));
    // Once it was told, the list of a public page holds nothing more; what is newer was read by the present.
    if range.start >= filled.from || is_public && filled.from < filled.to {
        return Summary::default();
    }
    let failure = match is_public {
        true => newest(teller, range, memory).await,
        false => pages(teller, range.start, filled, memory).await,
    };
    Summary { requests: client.asked(), failure: failure.unwrap_or(None) }
}

/// Without a key: what is shown. Why nothing could be read, if so.
async fn newest(mut teller: Teller<'_>, range: Range<Instant>, memory: &Memory) -> Result<Option<String>, Stopped> {
    let newest = match teller.client.newest().await {
        Ok(newest) => newest,
        Err(Error::Stopped) => return Err(Stopped),
        Err(error) => return Ok(Some(format!("the incidents cannot be listed: {}", describe(teller.config, &error)))),
    };
    teller.components(memory).await?;
    let oldest = newest.items.iter().filter_map(created).min().filter(|_| newest.count >= NEWEST);
    let from = oldest.unwrap_or(range.start).max(range.start);
    teller.part(newest).await?;
    if from > range.start {
        let message = format!(
            "the page shows its newest {NEWEST} incidents alone: what began before {from} stays unknown; statuspage.page and statuspage.key read all"
        );
        teller.problem(None, message).await?;
    }
    if from < range.end {
        filled(&teller, from..range.end, range.end).await?;
    }
    teller.report().await?;
    Ok(None)
}

/// With a key: page by page. Why nothing could be read, if so.
async fn pages(mut teller: Teller<'_>, start: Instant, known: Filled, memory: &Memory) -> Result<Option<String>, Stopped> {
    let days = |from: Instant| u64::try_from((known.from.micros() - from.micros()) / 86_400_000_000).unwrap_or(0);
    let progress = |from: Instant| Item::Progress { scope: BACKFILL.to_owned(), done: days(from), total: days(start) };
    teller.sink.put(progress(known.from)).await?;
    let client = teller.client;
    let mut pages = client.incidents();
    let mut reached = known.from;
    let mut count = 0;
    while reached > start {
        let mut part = match pages.next().await {
            Ok(part) => part,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                let message = format!("the incidents before {reached} could not be listed: {}", describe(teller.config, &error));
                // What is older waits for it, so that what is delivered is never broken.
                teller.report().await?;
                if reached == known.from {
                    return Ok(Some(message));
                }
                teller.problem(None, message).await?;
                return Ok(None);
            }
        };
        if count == 0 {
            teller.components(memory).await?;
        }
        count += part.count;
        let oldest = part.items.iter().filter_map(created).min();
        let from = if part.count == 0 { start } else { oldest.unwrap_or(reached).clamp(start, reached) };
        // Those of the very instant at which the last page ended may stand on either.
        part.items.retain(|incident| created(incident).is_none_or(|created| created <= reached));
        teller.part(part).await?;
        if from < reached {
            filled(&teller, from..reached, known.to).await?;
            teller.sink.put(progress(from)).await?;
            reached = from;
        }
    }
    teller.report().await?;
    Ok(None)
}

/// A stretch is delivered.
async fn filled(teller: &Teller<'_>, range: Range<Instant>, to: Instant) -> Result<(), Stopped> {
    teller.remember(BACKFILL, &Filled { from: range.start, to }).await?;
    teller.sink.put(Item::Filled { scope: teller.scope.clone(), range, replace: false }).await
}
