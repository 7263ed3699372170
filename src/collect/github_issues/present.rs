//! What GitHub says now: which issues changed since they were read, and once a week which open bugs are still there.

use serde_json::json;

use crate::collect::github::client::{Client, Failure};
use crate::collect::github::search::{Place, stretch};
use crate::collect::github_issues::Config;
use crate::collect::github_issues::read::{Reader, Unread};
use crate::collect::{Item, Memory, Sink, Summary};
use crate::model::{Extent, Instant, Reading};

/// What changed up to so long before the last reading is asked for again: the search may lag behind, and clocks differ.
pub(super) const OVERLAP_SECONDS: i64 = 15 * 60;
/// The first reading asks for what is open, and for everything that changed in this time.
const FIRST_SECONDS: i64 = 35 * 86_400;

/// The key under which it is remembered up to when a place was read.
fn cursor_key(place: &Place) -> String {
    format!("cursor:{}", place.key)
}

/// Reads everything as it stands now.
pub(super) async fn collect(client: &Client, config: &Config, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
    let mut reader = Reader::new(client, config, now, memory, sink);
    // That nobody listens any more is known to those who stopped it.
    let failure = reader.all().await.unwrap_or(None);
    let (queries, points) = client.queries();
    tracing::info!(queries, points, "read the issues of GitHub");
    Summary { requests: client.asked(), failure }
}

impl Reader<'_> {
    /// Why nothing at all could be read, if so.
    async fn all(&mut self) -> Result<Option<String>, Failure> {
        let (mut failure, mut is_any, mut is_over) = (None, false, false);
        for place in &self.config.places() {
            let read = if is_over { Ok(Err(String::new())) } else { self.present(place).await };
            let whole = match read {
                Ok(Ok(whole)) => {
                    is_any = true;
                    whole
                }
                Err(Failure::Stopped) => return Err(Failure::Stopped),
                Ok(Err(why)) => {
                    if !why.is_empty() {
                        self.problem(place.scope(), format!("the issues could not be read: {why}")).await?;
                        failure.get_or_insert(why);
                    }
                    false
                }
                Err(why) => {
                    is_over = why.ends_the_run();
                    self.problem(place.scope(), format!("the issues could not be read: {why}")).await?;
                    failure.get_or_insert(why.to_string());
                    false
                }
            };
            self.strange(place.scope()).await?;
            let reading = if whole { Reading::Full } else { Reading::Partial };
            for scope in Self::scopes(place) {
                self.put(Item::Extent(Extent { scope, kind: None, reading, counted: None, evidence: None })).await?;
            }
        }
        Ok(failure.filter(|_| !is_any))
    }

    /// Reads one place. Whether as a whole, or why nothing of it could be read.
    async fn present(&mut self, place: &Place) -> Result<Result<bool, Unread>, Failure> {
        let key = cursor_key(place);
        let cursor: Option<Instant> = self.recall(&key);
        let updated = |since: Instant, seconds: i64| {
            let since = Instant::from_seconds(since.plus_seconds(-seconds).micros().div_euclid(1_000_000));
            format!("updated:{}", stretch(&since.to_string(), None))
        };
        let wanted = match cursor {
            Some(cursor) => vec![updated(cursor, OVERLAP_SECONDS)],
            None => vec!["is:open".to_owned(), format!("is:closed {}", updated(self.now, FIRST_SECONDS))],
        };
        let mut whole = true;
        for words in &wanted {
            match self.read(place, words, Instant::from_seconds(0), None).await? {
                Ok(all) => whole &= all,
                Err(why) => return Ok(Err(why)),
            }
        }
        if whole {
            self.remember(&key, json!(self.now)).await?;
            whole = self.missing(place, cursor.is_none()).await?;
        }
        Ok(Ok(whole))
    }
}
