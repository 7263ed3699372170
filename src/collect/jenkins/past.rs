//! Builds of the past: those that the first reading did not see.
//!
//! # Invariants
//! - Each job is a scope of its own, delivered in one stretch, so a killed backfill resumes with the next job.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::collect::http::{Error, Http};
use crate::collect::jenkins::Config;
use crate::collect::jenkins::client::{Client, JobPath, SLICE, describe};
use crate::collect::jenkins::convert::{Role, began, role};
use crate::collect::jenkins::present::{Lacks, Teller};
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::Instant;

/// What is remembered of a job's backfill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Filled {
    /// First instant that is delivered.
    from: Instant,
    /// First instant after.
    to: Instant,
}

/// The key under which a job's backfill is remembered.
fn key(job: &JobPath) -> String {
    format!("backfill:{}", job.full_name())
}

/// Delivers what is not yet delivered of `range`.
pub(super) async fn backfill(http: &Http, config: &Config, range: &Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let teller = Teller { client: &client, config, scope: config.scope(), now: range.end, sink };
    let failure = fill(&teller, range, memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// Why nothing could be read, if so.
async fn fill(teller: &Teller<'_>, range: &Range<Instant>, memory: &Memory) -> Result<Option<String>, Stopped> {
    let listing = match teller.client.jobs().await {
        Ok(listing) => listing,
        Err(Error::Stopped) => return Err(Stopped),
        Err(error) => return Ok(Some(format!("the jobs cannot be listed: {}", describe(&error)))),
    };
    // What is new since is read by the present; what is older than it was is asked for again.
    let is_delivered = |job: &JobPath| {
        let filled = memory.get(&key(job)).and_then(|value| serde_json::from_value::<Filled>(value.clone()).ok());
        filled.is_some_and(|filled| filled.from <= range.start)
    };
    let jobs = listing.jobs.into_iter().filter(|(job, last)| last.is_some() && !is_delivered(job));
    let jobs: Vec<(JobPath, Role)> = jobs.filter_map(|(job, _)| Some((job.clone(), role(teller.config, &job)?))).collect();
    let total = jobs.len() as u64;
    let mut lacks = Lacks::default();
    for (done, (job, role)) in jobs.iter().enumerate() {
        match deliver(teller, job, role, range, &mut lacks).await {
            Ok(told) => told?,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                teller.problem(Some(job.full_name()), format!("its history could not be read: {}", describe(&error))).await?;
            }
        }
        teller.sink.put(Item::Progress { scope: "backfill".to_owned(), done: done as u64 + 1, total }).await?;
    }
    lacks.report(teller).await?;
    Ok(None)
}

async fn deliver(
    teller: &Teller<'_>,
    job: &JobPath,
    role: &Role,
    range: &Range<Instant>,
    lacks: &mut Lacks,
) -> Result<Result<(), Stopped>, Error> {
    let (mut from, mut lowest) = (0, u64::MAX);
    loop {
        let (builds, _, listed) = teller.client.builds(job, from, from + SLICE).await?;
        let older: Vec<_> = builds.iter().filter(|build| build.number < lowest).collect();
        for build in older.iter().filter(|build| range.contains(&began(build))) {
            if let Err(stopped) = teller.tell(job, role, build, lacks).await {
                return Ok(Err(stopped));
            }
        }
        let is_before = older.iter().any(|build| began(build) < range.start);
        lowest = older.iter().map(|build| build.number).min().unwrap_or(lowest);
        if listed < SLICE || is_before || older.is_empty() {
            break;
        }
        from += SLICE;
    }
    let filled = serde_json::to_value(Filled { from: range.start, to: range.end }).unwrap_or_default();
    let done = async {
        teller.sink.put(Item::Remember { key: key(job), value: filled }).await?;
        teller.sink.put(Item::Filled { scope: job.full_name(), range: range.clone(), replace: false }).await
    };
    Ok(done.await)
}
