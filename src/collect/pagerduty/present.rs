//! What PagerDuty says now: services once a day, and what happened to incidents since the last run.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::collect::http::{Error, Http};
use crate::collect::incidents::resource;
use crate::collect::pagerduty::Config;
use crate::collect::pagerduty::client::{Client, describe};
use crate::collect::pagerduty::convert::hints;
use crate::collect::pagerduty::tell::{Seen, Teller, by_incident};
use crate::collect::pagerduty::wire::{Incident, Service};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Extent, Instant, Reading};

/// How far before the last run the log is read again.
const OVERLAP_SECONDS: i64 = 15 * 60;
/// How far back the first run looks.
const FIRST_SECONDS: i64 = 30 * 86_400;
/// How far back any run looks; what is older is for a backfill.
const LONGEST_SECONDS: i64 = 180 * 86_400;
/// How long the list of services is good for, but for a few minutes.
const SERVICES_SECONDS: i64 = 86_400 - 600;

/// Keys of what is remembered.
const LOG: &str = "log";
const SERVICES: &str = "services";

/// How far the log was read, and which incidents have to be read once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Log {
    until: Instant,
    #[serde(default)]
    again: BTreeSet<String>,
}

/// When services were listed, and their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Services {
    at: Option<Instant>,
    ids: BTreeSet<String>,
}

/// Reads everything as it stands now.
pub(super) async fn collect(http: &Http, config: &Config, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let teller = Teller::new(&client, config, now, sink);
    // That nobody listens any more is known to those who stopped it.
    let failure = present(teller, memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

fn recall<T: for<'de> Deserialize<'de>>(memory: &Memory, key: &str) -> Option<T> {
    memory.get(key).and_then(|value| serde_json::from_value(value.clone()).ok())
}

/// Why nothing could be read, if so.
async fn present(mut teller: Teller<'_>, memory: &Memory) -> Result<Option<String>, Stopped> {
    let (now, client) = (teller.now, teller.client);
    let known: Option<Log> = recall(memory, LOG);
    let oldest = now.plus_seconds(-LONGEST_SECONDS);
    let since = known.as_ref().map_or(now.plus_seconds(-FIRST_SECONDS), |log| log.until.plus_seconds(-OVERLAP_SECONDS));
    let since = since.clamp(oldest, now);
    let log = match client.log(&(since..now)).await {
        Ok(log) => log,
        Err(Error::Stopped) => return Err(Stopped),
        Err(error) => {
            extent(&teller, Reading::Partial).await?;
            return Ok(Some(format!("the log of incidents cannot be read: {}", describe(&error))));
        }
    };
    let mut is_whole = services(&mut teller, memory).await?;
    if let Some((count, first)) = log.odd {
        is_whole = false;
        teller.problem(None, format!("{count} entries of the log cannot be read; the first is {first}")).await?;
    }
    if let Some(log) = known.as_ref().filter(|log| log.until < oldest) {
        let message = format!("the last run read up to {}; what happened between then and {since} is left to a backfill", log.until);
        teller.problem(None, message).await?;
    }
    let mut seen = by_incident(log.items);
    let mut once_more: BTreeSet<String> = known.as_ref().map(|log| log.again.clone()).unwrap_or_default();
    once_more.retain(|id| !seen.contains_key(id));
    // What is open since long ago has no entries of late: the first run asks for it.
    if known.is_none() {
        let query = [("date_range", "all"), ("statuses[]", "triggered"), ("statuses[]", "acknowledged"), ("time_zone", "UTC")];
        match client.list::<Incident>(&["incidents"], "incidents", &query).await {
            Ok(open) => {
                for incident in open.items.into_iter().filter(|incident| !incident.id.is_empty()) {
                    seen.entry(incident.id.clone()).or_insert_with(|| Seen { incident, entries: Vec::new() });
                }
            }
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                is_whole = false;
                teller.problem(None, format!("open incidents cannot be listed: {}", describe(&error))).await?;
            }
        }
    }
    for id in once_more {
        let incident = Incident { id: id.clone(), ..Incident::default() };
        seen.insert(id, Seen { incident, entries: Vec::new() });
    }
    let total = seen.len() as u64;
    for (done, (_, seen)) in seen.into_iter().enumerate() {
        let is_within = teller.is_within(&seen.incident, since, Instant::MAX);
        teller.incident(seen, is_within).await?;
        teller.sink.put(Item::Progress { scope: teller.scope.clone(), done: done as u64 + 1, total }).await?;
    }
    teller.report().await?;
    is_whole &= teller.again.is_empty();
    let log = Log { until: now, again: teller.again.clone() };
    teller.sink.put(Item::Remember { key: LOG.to_owned(), value: serde_json::to_value(log).unwrap_or_default() }).await?;
    extent(&teller, if is_whole { Reading::Full } else { Reading::Partial }).await?;
    Ok(None)
}

/// Tells whose services are, once a day. False if they cannot be read.
async fn services(teller: &mut Teller<'_>, memory: &Memory) -> Result<bool, Stopped> {
    let known: Services = recall(memory, SERVICES).unwrap_or_default();
    teller.services = known.ids;
    if known.at.is_some_and(|at| at.plus_seconds(SERVICES_SECONDS) > teller.now && at <= teller.now) {
        return Ok(true);
    }
    let listed = match teller.client.list::<Service>(&["services"], "services", &[("include[]", "integrations")]).await {
        Ok(listed) => listed,
        Err(Error::Stopped) => return Err(Stopped),
        Err(error) => {
            teller.problem(None, format!("the services cannot be listed: {}", describe(&error))).await?;
            return Ok(false);
        }
    };
    if let Some((count, first)) = &listed.odd {
        teller.problem(None, format!("{count} services cannot be read; the first is {first}")).await?;
    }
    for service in &listed.items {
        teller.services.insert(service.id.clone());
        teller.sink.put(Item::Hints { resource: resource(&teller.scope, &service.id), hints: hints(service) }).await?;
    }
    let now = Services { at: Some(teller.now), ids: teller.services.clone() };
    teller.sink.put(Item::Remember { key: SERVICES.to_owned(), value: serde_json::to_value(now).unwrap_or_default() }).await?;
    Ok(listed.odd.is_none())
}

async fn extent(teller: &Teller<'_>, reading: Reading) -> Result<(), Stopped> {
    let extent = Extent { scope: teller.scope.clone(), kind: None, reading, counted: None, evidence: None };
    teller.sink.put(Item::Extent(extent)).await
}
