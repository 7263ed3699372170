//! What Zendesk says now: tickets that changed since they were last read.

use serde::{Deserialize, Serialize};

use crate::collect::http::{Error, Http};
use crate::collect::zendesk::Config;
use crate::collect::zendesk::client::{Client, describe};
use crate::collect::zendesk::tell::Teller;
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Extent, Instant, Reading};

/// How far before the newest change that was read the export is read again.
const OVERLAP_SECONDS: i64 = 5 * 60;
/// How far back the first run looks; what changed last before is for a backfill.
const FIRST_SECONDS: i64 = 30 * 86_400;
/// The key under which it is remembered up to where the export was read.
const EXPORT: &str = "export";

/// The newest change that was read, by the account's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Reached {
    until: Instant,
}

/// Reads everything that changed.
pub(super) async fn collect(http: &Http, config: &Config, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let teller = Teller::new(&client, config, now, sink);
    // That nobody listens any more is known to those who stopped it.
    let failure = present(teller, memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// Why nothing could be read, if so.
async fn present(mut teller: Teller<'_>, memory: &Memory) -> Result<Option<String>, Stopped> {
    let now = teller.now;
    let known: Option<Reached> = memory.get(EXPORT).and_then(|value| serde_json::from_value(value.clone()).ok());
    let since = known.map_or(now.plus_seconds(-FIRST_SECONDS), |known| known.until.plus_seconds(-OVERLAP_SECONDS));
    teller.learn(memory).await?;
    // A clock that is ahead must not make anything be passed over.
    let mut reached = known.map_or(since, |known| known.until).min(now);
    let mut export = teller.client.export(since, now);
    let mut pages = 0_u64;
    loop {
        match export.next().await {
            Ok(Some(page)) => {
                pages += 1;
                let last = teller.page(&page, Instant::MAX).await?;
                reached = reached.max(last.unwrap_or(reached).min(now));
                // Whatever breaks off goes on from here.
                if !teller.is_blind {
                    let value = serde_json::to_value(Reached { until: reached }).unwrap_or_default();
                    teller.sink.put(Item::Remember { key: EXPORT.to_owned(), value }).await?;
                }
            }
            Ok(None) => break,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) if pages == 0 => {
                extent(&teller, Reading::Partial).await?;
                return Ok(Some(format!("the tickets cannot be exported: {}", describe(&error))));
            }
            Err(error) => {
                teller.is_lacking = true;
                let message =
                    format!("the export of tickets broke off at {reached}: {}; the next run goes on from there", describe(&error));
                teller.problem(None, message).await?;
                break;
            }
        }
    }
    if export.was_put_back {
        let message = format!("the account takes {since} for too recent, so it was read from an hour earlier on: is a clock wrong?");
        teller.problem(None, message).await?;
    }
    if let Some(what) = export.oddity {
        teller.is_lacking = true;
        teller.problem(None, format!("the export of tickets broke off at {reached}: {what}; the next run goes on from there")).await?;
    }
    teller.report().await?;
    extent(&teller, if teller.is_lacking { Reading::Partial } else { Reading::Full }).await?;
    Ok(None)
}

async fn extent(teller: &Teller<'_>, reading: Reading) -> Result<(), Stopped> {
    let extent = Extent { scope: teller.config.scope(), kind: None, reading, counted: None, evidence: None };
    teller.sink.put(Item::Extent(extent)).await
}
