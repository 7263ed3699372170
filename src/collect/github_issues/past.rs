//! Issues of the past: by when they were created, four weeks at a time, newest first.
//!
//! # Invariants
//! - What is delivered of a place is one stretch that ends where the present began, so a killed backfill goes on where it was.
//! - Weeks before the first issue cost nothing: where none was found, it is asked once whether there are older ones.

use std::ops::Range;

use serde_json::json;

use crate::collect::bugs::{Filled, window, windows};
use crate::collect::github::client::{Client, Failure};
use crate::collect::github::search::Place;
use crate::collect::github_issues::Config;
use crate::collect::github_issues::queries::COUNT;
use crate::collect::github_issues::read::Reader;
use crate::collect::github_issues::wire::Counted;
use crate::collect::{Item, Memory, Sink, Summary};
use crate::model::Instant;

/// Delivers what is not yet delivered of `range`.
pub(super) async fn backfill(client: &Client, config: &Config, range: &Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
    let mut reader = Reader::new(client, config, range.end, memory, sink);
    let mut failure = None;
    for place in &config.places() {
        match reader.fill(place, range).await {
            Ok(None) => {}
            Ok(Some(why)) => drop(failure.get_or_insert(why)),
            // That nobody listens any more is known to those who stopped it.
            Err(Failure::Stopped) => break,
            Err(why) => {
                failure.get_or_insert(why.to_string());
                break;
            }
        }
    }
    Summary { requests: client.asked(), failure }
}

impl Reader<'_> {
    /// Why nothing could be read, if so.
    async fn fill(&mut self, place: &Place, range: &Range<Instant>) -> Result<Option<String>, Failure> {
        let key = format!("filled:{}", place.key);
        let Filled { from: mut end, to } = Filled::of(self.memory, &key, range);
        let total = windows(range) + 1;
        let mut may_be_older = true;
        while end > range.start {
            let mut start = window(end).max(range.start);
            let before = self.seen.len();
            match self.read(place, "", start, Some(end)).await? {
                Ok(true) => {}
                // What is missing is asked for again by the next backfill.
                Ok(false) => break,
                Err(why) if to == end => return Ok(Some(format!("the issues of the past cannot be listed: {why}"))),
                Err(why) => {
                    let message = format!("the issues that were created between {start} and {end} cannot be listed: {why}");
                    self.problem(place.scope(), message).await?;
                    break;
                }
            }
            if self.seen.len() == before && may_be_older && start > range.start {
                may_be_older = self.are_there_older(place, start).await?;
                if !may_be_older {
                    start = range.start;
                }
            }
            self.strange(place.scope()).await?;
            self.remember(&key, json!(Filled { from: start, to })).await?;
            for scope in Self::scopes(place) {
                self.put(Item::Filled { scope, range: start..end, replace: false }).await?;
            }
            // What was told is kept; nobody asks for it again in this run.
            self.seen.clear();
            end = start;
            let done = total.saturating_sub(windows(&(range.start..end)));
            self.put(Item::Progress { scope: "backfill".to_owned(), done, total }).await?;
        }
        Ok(None)
    }

    /// Whether any issue was created before; if it cannot be told, there may be.
    async fn are_there_older(&self, place: &Place, start: Instant) -> Result<bool, Failure> {
        let second = Instant::from_seconds(start.micros().div_euclid(1_000_000));
        match count(self.client, place, &format!("created:<{second}")).await {
            Err(failure) if failure.ends_the_run() => Err(failure),
            found => Ok(found.map_or(true, |count| count > 0)),
        }
    }
}

/// How many issues of a place fit these words.
pub(super) async fn count(client: &Client, place: &Place, words: &str) -> Result<u64, Failure> {
    let query = format!("{} is:issue {words}", place.words);
    let reply = client.query::<Counted>(&place.owner, COUNT, json!({ "query": query })).await?;
    match reply.data.search {
        Some(found) => Ok(found.issue_count),
        None => Err(Failure::Failed(reply.errors.first().map_or_else(|| "GitHub answered nothing".to_owned(), |it| it.message.clone()))),
    }
}
