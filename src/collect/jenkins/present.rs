//! What Jenkins says now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::collect::http::{Error, Http};
use crate::collect::jenkins::Config;
use crate::collect::jenkins::client::{Client, JobPath, SLICE, describe};
use crate::collect::jenkins::convert::{Role, Told, began, is_open, role, told};
use crate::collect::jenkins::wire::Build;
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Extent, Instant, Problem, Reading};

/// How far ahead of this machine another may be.
const SKEW_SECONDS: i64 = 300;

/// Reads everything as it stands now.
pub(super) async fn collect(http: &Http, config: &Config, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
    let client = Client::new(http, config, sink.cancellation().clone());
    let teller = Teller { client: &client, config, scope: config.scope(), now, sink };
    // That nobody listens any more is known to those who stopped it.
    let failure = present(&teller, memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

/// What is remembered of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// The newest build that was told of.
    seen: u64,
    /// Builds that were told of and were not over.
    open: Vec<u64>,
}

/// The key under which a job is remembered.
fn key(job: &JobPath) -> String {
    format!("job:{}", job.full_name())
}

/// Why nothing could be read, if so.
async fn present(teller: &Teller<'_>, memory: &Memory) -> Result<Option<String>, Stopped> {
    let listing = match teller.client.jobs().await {
        Ok(listing) => listing,
        Err(Error::Stopped) => return Err(Stopped),
        Err(error) => {
            teller.extent(Reading::Partial, None).await?;
            return Ok(Some(format!("the jobs cannot be listed: {}", describe(&error))));
        }
    };
    for message in &listing.lacking {
        teller.problem(None, message.clone()).await?;
    }
    let wanted: Vec<(JobPath, Role, u64)> =
        listing.jobs.into_iter().filter_map(|(job, last)| Some((job.clone(), role(teller.config, &job)?, last?))).collect();
    let total = wanted.len() as u64;
    let mut whole = listing.lacking.is_empty();
    let mut lacks = Lacks::default();
    for (done, (job, role, last)) in wanted.iter().enumerate() {
        let known = memory.get(&key(job)).and_then(|value| serde_json::from_value::<Known>(value.clone()).ok());
        // Numbers that are smaller than those known mean that the job was made again.
        let known = known.filter(|known| known.seen <= *last);
        if known.as_ref().is_some_and(|known| known.seen == *last && known.open.is_empty()) {
            continue;
        }
        match read(teller, job, *last, known.as_ref()).await {
            Ok(slices) => {
                whole &= slices.problem.is_none();
                if let Some(message) = slices.problem {
                    teller.problem(Some(job.full_name()), message).await?;
                }
                let known = tell(teller, job, role, slices.builds, known.unwrap_or_default(), *last, &mut lacks).await?;
                if let Ok(value) = serde_json::to_value(known) {
                    teller.sink.put(Item::Remember { key: key(job), value }).await?;
                }
            }
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => {
                whole = false;
                teller.problem(Some(job.full_name()), format!("its builds cannot be read: {}", describe(&error))).await?;
            }
        }
        teller.sink.put(Item::Progress { scope: teller.scope.clone(), done: done as u64 + 1, total }).await?;
    }
    lacks.report(teller).await?;
    if total == 0 {
        let message = "no job fits a pattern of jenkins.deployments or jenkins.builds";
        teller.problem(None, message.to_owned()).await?;
    }
    teller.extent(if whole { Reading::Full } else { Reading::Partial }, Some(total)).await?;
    Ok(None)
}

/// Builds of a job, by number.
struct Slices {
    builds: BTreeMap<u64, Build>,
    /// Why some may be missing.
    problem: Option<String>,
}

/// The builds that are new or were not over; of a job that was never read, the newest.
async fn read(teller: &Teller<'_>, job: &JobPath, last: u64, known: Option<&Known>) -> Result<Slices, Error> {
    let lowest = known.map_or(1, |known| known.open.iter().copied().min().unwrap_or(u64::MAX).min(known.seen + 1));
    let mut slices = Slices { builds: BTreeMap::new(), problem: None };
    let mut from = 0;
    loop {
        // Numbers may have gaps, but no build stands before another of a higher number.
        let size = (last + 1).saturating_sub(lowest).saturating_sub(from).clamp(1, SLICE);
        let (builds, odd, listed) = teller.client.builds(job, from, from + size).await?;
        let before = slices.builds.len();
        let reached = builds.iter().any(|build| build.number <= lowest);
        slices.builds.extend(builds.into_iter().map(|build| (build.number, build)));
        if odd > 0 {
            slices.problem = Some(format!("{odd} builds cannot be read"));
        }
        if listed < size || reached || known.is_none() {
            return Ok(slices);
        }
        if slices.builds.len() == before {
            slices.problem = Some(format!("its builds repeat themselves from the {from}th on; older ones are not read"));
            return Ok(slices);
        }
        from += size;
    }
}

/// Tells of builds that are new or were not over. Returns what is known then.
async fn tell(
    teller: &Teller<'_>,
    job: &JobPath,
    role: &Role,
    builds: BTreeMap<u64, Build>,
    known: Known,
    last: u64,
    lacks: &mut Lacks,
) -> Result<Known, Stopped> {
    let mut after = Known { seen: known.seen.max(last), open: Vec::new() };
    for (number, build) in builds.into_iter().filter(|(number, _)| *number > known.seen || known.open.contains(number)) {
        if began(&build) > teller.now.plus_seconds(SKEW_SECONDS) {
            let message =
                format!("build {number} is said to begin at {}, which is to come: is a clock wrong? left out until then", began(&build));
            teller.problem(Some(job.full_name()), message).await?;
            after.open.push(number);
            continue;
        }
        if is_open(&build) {
            after.open.push(number);
        }
        teller.tell(job, role, &build, lacks).await?;
        after.seen = after.seen.max(number);
    }
    Ok(after)
}

/// What both readings share.
pub(super) struct Teller<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) config: &'a Config,
    pub(super) scope: String,
    pub(super) now: Instant,
    pub(super) sink: &'a Sink,
}

/// Builds that lack something, by what.
#[derive(Debug, Default)]
pub(super) struct Lacks(BTreeMap<&'static str, (usize, String)>);

impl Lacks {
    pub(super) async fn report(self, teller: &Teller<'_>) -> Result<(), Stopped> {
        for (what, (count, first)) in self.0 {
            let message = match what {
                "repository" => format!("{count} builds name no repository and are left out; {first} is the first"),
                _ => format!(
                    "{count} deployments say nothing of their {what} and are left out; {first} is the first: name it in jenkins.deployments, or its parameter in jenkins.{what}_parameters"
                ),
            };
            teller.problem(None, message).await?;
        }
        Ok(())
    }
}

impl Teller<'_> {
    pub(super) async fn tell(&self, job: &JobPath, role: &Role, build: &Build, lacks: &mut Lacks) -> Result<(), Stopped> {
        let check = self.client.check(job, build.number);
        match told(self.config, job, role, build, &check) {
            Told::Event(event, hints) => {
                self.sink.put(Item::Hints { resource: event.resource.clone(), hints }).await?;
                self.sink.put(Item::Event(*event)).await
            }
            Told::Nothing => Ok(()),
            Told::Lacks(what) => {
                lacks.0.entry(what).or_insert_with(|| (0, format!("{} #{}", job.full_name(), build.number))).0 += 1;
                Ok(())
            }
        }
    }

    async fn extent(&self, reading: Reading, counted: Option<u64>) -> Result<(), Stopped> {
        let extent = Extent { scope: self.scope.clone(), kind: None, reading, counted, evidence: None };
        self.sink.put(Item::Extent(extent)).await
    }

    pub(super) async fn problem(&self, path: Option<String>, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: self.scope.clone(), path, line: None, message })).await
    }
}
