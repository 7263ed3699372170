//! What Statuspage says now: the newest incidents, what is open, and once a day the components.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::collect::http::{Error, Http};
use crate::collect::statuspage::client::{Client, NEWEST, describe};
use crate::collect::statuspage::convert::created;
use crate::collect::statuspage::tell::{Open, Teller};
use crate::collect::statuspage::{Config, Page};
use crate::collect::{Memory, Sink, Stopped, Summary};
use crate::model::{Instant, Reading};

/// How far before the last run the list is read again.
const OVERLAP_SECONDS: i64 = 15 * 60;
/// How far back the first run looks, beside what is open.
const FIRST_SECONDS: i64 = 30 * 86_400;
/// What is remembered of the list.
const LIST: &str = "list";

/// How far the list was read, and what was open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    /// Unset until it was read once without breaking off.
    until: Option<Instant>,
    open: BTreeMap<String, Open>,
}

/// Reads everything as it stands now.
pub(super) async fn collect(http: &Http, config: &Config, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let teller = Teller::new(&client, config, now, sink);
    // That nobody listens any more is known to those who stopped it.
    let failure = present(teller, memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// Why nothing could be read, if so.
async fn present(mut teller: Teller<'_>, memory: &Memory) -> Result<Option<String>, Stopped> {
    let List { until, open } = teller.recall(memory, LIST).unwrap_or_default();
    teller.open = open;
    let since = until.map_or(teller.now.plus_seconds(-FIRST_SECONDS), |until| until.plus_seconds(-OVERLAP_SECONDS)).min(teller.now);
    let read = match &teller.config.page {
        Page::Managed { .. } => managed(&mut teller, memory, since).await?,
        Page::Public(_) => public(&mut teller, memory, until.map(|_| since)).await?,
    };
    let is_read = match read {
        Read::Nothing(failure) => {
            teller.extent(Reading::Partial).await?;
            return Ok(Some(failure));
        }
        Read::Part => false,
        Read::All => true,
    };
    teller.report().await?;
    let list = List { until: if is_read { Some(teller.now) } else { until }, open: teller.open.clone() };
    teller.remember(LIST, &list).await?;
    teller.extent(if is_read && !teller.is_lacking { Reading::Full } else { Reading::Partial }).await?;
    Ok(None)
}

/// How far the list could be read.
enum Read {
    /// Not at all, and why.
    Nothing(String),
    /// It broke off: the next run begins where this one did.
    Part,
    /// As far as it has to be.
    All,
}

/// With a key: pages until what is on them was there in the last run, what is unresolved, and by id what was open and is on
/// neither.
async fn managed(teller: &mut Teller<'_>, memory: &Memory, since: Instant) -> Result<Read, Stopped> {
    let client = teller.client;
    let mut pages = client.incidents();
    let mut count = 0;
    let is_read = loop {
        let part = match pages.next().await {
            Ok(part) => part,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) if count == 0 => {
                return Ok(Read::Nothing(format!("the incidents cannot be listed: {}", describe(teller.config, &error))));
            }
            Err(error) => {
                let message = format!("the list of incidents broke off after {count}: {}", describe(teller.config, &error));
                teller.problem(None, message).await?;
                break false;
            }
        };
        if count == 0 {
            teller.components(memory).await?;
        }
        count += part.count;
        // Whatever is behind one of those is older than it.
        let is_end = part.count == 0 || part.items.iter().filter_map(created).any(|created| created < since);
        teller.part(part).await?;
        if is_end {
            break true;
        }
    };
    match client.unresolved().await {
        Ok(part) => teller.part(part).await?,
        Err(Error::Stopped) => return Err(Stopped),
        Err(error) => {
            teller.is_lacking = true;
            teller.problem(None, format!("what is unresolved cannot be listed: {}", describe(teller.config, &error))).await?;
        }
    }
    let unseen: Vec<String> = teller.open.keys().filter(|id| !teller.told.contains_key(*id)).cloned().collect();
    for id in unseen {
        match client.incident(&id).await {
            Ok(incident) => teller.incident(&incident).await?,
            Err(Error::Stopped) => return Err(Stopped),
            // It was deleted, which is to say that it was none.
            Err(Error::Status { status: 404 | 410, .. }) => teller.cancel(&id).await?,
            Err(error) => {
                teller.is_lacking = true;
                let message = format!("it cannot be read: {}; it is asked for again in the next run", describe(teller.config, &error));
                teller.problem(Some(id), message).await?;
            }
        }
    }
    Ok(if is_read { Read::All } else { Read::Part })
}

/// Without a key: the newest, and if there are as many as are shown, what is unresolved beside them.
async fn public(teller: &mut Teller<'_>, memory: &Memory, since: Option<Instant>) -> Result<Read, Stopped> {
    let client = teller.client;
    let newest = match client.newest().await {
        Ok(newest) => newest,
        Err(Error::Stopped) => return Err(Stopped),
        Err(error) => return Ok(Read::Nothing(format!("the incidents cannot be listed: {}", describe(teller.config, &error)))),
    };
    teller.components(memory).await?;
    // The oldest of a full list: what is before it nobody shows.
    let oldest = newest.items.iter().filter_map(created).min().filter(|_| newest.count >= NEWEST);
    let is_odd = newest.odd.is_some();
    teller.part(newest).await?;
    if let (Some(oldest), Some(since)) = (oldest, since)
        && oldest > since
    {
        let message = format!("the page shows its newest {NEWEST} incidents alone: what began between {since} and {oldest} may be missing");
        teller.problem(None, message).await?;
    }
    let mut is_known = true;
    if oldest.is_some() {
        match client.unresolved().await {
            Ok(part) => teller.part(part).await?,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                (teller.is_lacking, is_known) = (true, false);
                teller.problem(None, format!("what is unresolved cannot be listed: {}", describe(teller.config, &error))).await?;
            }
        }
    }
    let unseen = teller.open.iter().filter(|(id, _)| !teller.told.contains_key(*id));
    let unseen: Vec<(String, Instant)> = unseen.map(|(id, open)| (id.clone(), open.created)).collect();
    for (id, created) in unseen {
        if oldest.is_none_or(|oldest| created > oldest) {
            // One that cannot be read may be this one.
            if !is_odd {
                teller.cancel(&id).await?;
            }
        } else if is_known {
            let message = "it is over, and not among the newest any more, so that nobody tells since when: it ends now".to_owned();
            teller.problem(Some(id.clone()), message).await?;
            teller.end(&id, "resolved").await?;
        }
    }
    Ok(Read::All)
}
