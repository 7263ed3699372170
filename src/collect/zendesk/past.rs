//! Tickets of the past, by when they changed last.
//!
//! # Invariants
//! - A stretch is a quarter of a year at most, newest first, each delivered as a whole, so a killed backfill resumes.
//! - A ticket stands in the stretch of its last change: when a stretch is delivered, so is all that began in it.
//! - What is remembered is one unbroken range.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::collect::http::{Error, Http};
use crate::collect::zendesk::Config;
use crate::collect::zendesk::client::{Client, describe};
use crate::collect::zendesk::tell::Teller;
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::Instant;

/// The longest stretch that is read at once.
const STRETCH_SECONDS: i64 = 91 * 86_400;
/// The key under which it is remembered what is delivered.
const KEY: &str = "backfill";

/// What is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Filled {
    /// First instant that is delivered.
    from: Instant,
    /// First instant after.
    to: Instant,
}

/// Delivers what is not yet delivered of `range`.
pub(super) async fn backfill(http: &Http, config: &Config, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let filled: Option<Filled> = memory.get(KEY).and_then(|value| serde_json::from_value(value.clone()).ok());
    // What is newer than what is delivered was read by the present.
    let filled = filled.filter(|filled| filled.from <= range.end);
    let end = filled.map_or(range.end, |filled| filled.from.min(range.end));
    let to = filled.map_or(range.end, |filled| filled.to.max(range.end));
    if range.start >= end {
        return Summary::default();
    }
    let teller = Teller::new(&client, config, range.end, sink);
    let failure = fill(teller, range.start..end, to, memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// From the newest to the oldest.
fn stretches(range: &Range<Instant>) -> Vec<Range<Instant>> {
    let mut found = Vec::new();
    let mut end = range.end;
    while end > range.start {
        let start = end.plus_seconds(-STRETCH_SECONDS).max(range.start);
        found.push(start..end);
        end = start;
    }
    found
}

/// Why nothing could be read, if so.
async fn fill(mut teller: Teller<'_>, range: Range<Instant>, to: Instant, memory: &Memory) -> Result<Option<String>, Stopped> {
    let all = stretches(&range);
    let total = all.len() as u64;
    let progress = |done: u64| Item::Progress { scope: KEY.to_owned(), done, total };
    teller.sink.put(progress(0)).await?;
    teller.learn(memory).await?;
    if teller.is_blind {
        return Ok(Some("the past waits until the ticket fields can be listed".to_owned()));
    }
    for (done, stretch) in all.into_iter().enumerate() {
        if let Some(why) = read(&mut teller, &stretch).await? {
            let message = format!("tickets that changed from {} to {} could not be exported: {why}", stretch.start, stretch.end);
            // What is older waits for it, so that what is delivered is never broken.
            teller.report().await?;
            if done == 0 {
                return Ok(Some(message));
            }
            teller.problem(None, message).await?;
            return Ok(None);
        }
        let filled = serde_json::to_value(Filled { from: stretch.start, to }).unwrap_or_default();
        teller.sink.put(Item::Remember { key: KEY.to_owned(), value: filled }).await?;
        teller.sink.put(Item::Filled { scope: teller.config.scope(), range: stretch, replace: false }).await?;
        teller.sink.put(progress(done as u64 + 1)).await?;
    }
    teller.report().await?;
    Ok(None)
}

/// Tells of what changed last in a stretch; why it could not be read to its end, if so.
async fn read(teller: &mut Teller<'_>, stretch: &Range<Instant>) -> Result<Option<String>, Stopped> {
    let mut export = teller.client.export(stretch.start, teller.now);
    loop {
        match export.next().await {
            Ok(Some(page)) => {
                if teller.page(&page, stretch.end).await?.is_some_and(|last| last >= stretch.end) {
                    return Ok(None);
                }
            }
            Ok(None) => return Ok(export.oddity.map(str::to_owned)),
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => return Ok(Some(describe(&error))),
        }
    }
}
