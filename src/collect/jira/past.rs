//! Bugs of the past: by when they were created, four weeks at a time, newest first.
//!
//! # Invariants
//! - What is delivered is one stretch that ends where the present began, so a killed backfill goes on where it was.
//! - Weeks before the first bug cost nothing: where none was found, it is asked once whether there are older ones.

use std::ops::Range;

use serde_json::json;

use crate::collect::bugs::{Filled, window, windows};
use crate::collect::http::Http;
use crate::collect::jira::Config;
use crate::collect::jira::client::{Client, Listing, Wanted};
use crate::collect::jira::present::{Reader, answered};
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

/// Why nothing could be read, if so.
async fn fill(reader: &mut Reader<'_>, range: &Range<Instant>) -> Result<Option<String>, Stopped> {
    let Filled { from: mut end, to } = Filled::of(reader.memory, FILLED, range);
    let total = windows(range) + 1;
    let mut may_be_older = true;
    while end > range.start {
        let mut start = window(end).max(range.start);
        let before = reader.told.len();
        let zone = &reader.rules.zone;
        let condition = format!("created >= \"{}\" AND created < \"{}\"", zone.not_after(start), zone.not_before(end));
        match reader.read(&condition).await? {
            Ok(true) => {}
            // What is missing is asked for again by the next backfill.
            Ok(false) => break,
            Err(why) if to == end => return Ok(Some(format!("the bugs of the past cannot be listed: {why}"))),
            Err(why) => {
                reader.problem(format!("the bugs that were created between {start} and {end} cannot be listed: {why}")).await?;
                break;
            }
        }
        if reader.told.len() == before && may_be_older && start > range.start {
            may_be_older = are_there_older(reader, start).await?;
            if !may_be_older {
                start = range.start;
            }
        }
        reader.strange().await?;
        reader.remember(FILLED, json!(Filled { from: start, to })).await?;
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

/// Whether any bug was created before; if it cannot be told, there may be.
async fn are_there_older(reader: &Reader<'_>, start: Instant) -> Result<bool, Stopped> {
    let query = format!("{} AND created < \"{}\" ORDER BY key ASC", reader.bugs, reader.rules.zone.not_before(start));
    let mut listing = Listing::new(query, Wanted::Numbers);
    Ok(answered(reader.client.next(&mut listing).await)?.map_or(true, |page| page.is_none_or(|page| !page.issues.is_empty())))
}
