//! What the analyses of the past found.
//!
//! # Invariants
//! - Each project is a scope of its own, delivered in one stretch by one call for every 1,000 analyses, so a killed
//!   backfill loses one project's answer and no more than that is in memory.
//! - A stretch begins with what was in force at its start, said as a seam at that very instant.
//! - What is remembered is one unbroken range a project; one of which nothing new was analysed costs no call.

use std::ops::Range;

use futures::StreamExt;
use serde::{Deserialize, Serialize};

use crate::collect::http::{Error, Http};
use crate::collect::sonarqube::Config;
use crate::collect::sonarqube::client::{Client, describe};
use crate::collect::sonarqube::convert::{Mode, quality, resource, statement};
use crate::collect::sonarqube::present::projects;
use crate::collect::sonarqube::wire::Analyses;
use crate::collect::{Item, Memory, Sink, Stopped, Summary};
use crate::model::{Day, Instant, Problem, Zone};

/// Questions at the same time. Cloud asks for fewer than 1,000 a minute.
const READERS: usize = 2;
/// The scope of progress.
const PROGRESS: &str = "backfill";

/// The key under which a project's backfill is remembered.
fn key(project: &str) -> String {
    format!("backfill:{project}")
}

/// What is remembered of a project's backfill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Filled {
    /// First instant that is delivered.
    from: Instant,
    /// First instant after.
    to: Instant,
}

/// A stretch of one project.
struct Job {
    project: String,
    range: Range<Instant>,
    /// What is delivered when this is.
    filled: Range<Instant>,
    /// It follows what is delivered, so what was in force at its start is known.
    is_newer: bool,
    /// Nothing was analysed in it, so it need not be asked for.
    is_idle: bool,
}

/// Delivers what is not yet delivered of `range`.
pub(crate) async fn backfill(http: &Http, config: &Config, zone: &Zone, range: &Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
    if range.start >= range.end {
        return Summary::default();
    }
    let client = Client::new(http, config, sink.cancellation().clone());
    let past = Past { client: &client, config, scope: config.scope(), zone, sink };
    let failure = past.fill(range, memory).await.unwrap_or(None);
    Summary { requests: client.asked(), failure }
}

struct Past<'a> {
    client: &'a Client<'a>,
    config: &'a Config,
    scope: String,
    zone: &'a Zone,
    sink: &'a Sink,
}

impl Past<'_> {
    /// Why nothing could be read, if so.
    async fn fill(&self, range: &Range<Instant>, memory: &Memory) -> Result<Option<String>, Stopped> {
        self.client.prepare().await;
        let projects = match projects(self.client).await {
            Ok(projects) => projects,
            Err(Error::Stopped) => return Err(Stopped),
            Err(error) => return Ok(Some(format!("the projects cannot be listed: {}", describe(&error)))),
        };
        // What is wrong with the list is reported by the reading of the present.
        let (mode, metrics, _) = self.client.wishes(memory).await;
        let jobs: Vec<Job> =
            projects.keys.iter().flat_map(|project| jobs(project, range, memory, projects.analysed.get(project).copied())).collect();
        let total = jobs.len() as u64;
        self.sink.put(Item::Progress { scope: PROGRESS.to_owned(), done: 0, total }).await?;
        let (mut done, mut read) = (0, 0);
        let mut first_failure = None;
        // By value: a closure over borrowed jobs is not general enough for a future that may move between threads.
        let mut answers = futures::stream::iter(jobs.into_iter().map(|job| self.answer(job, metrics.clone()))).buffered(READERS);
        while let Some((job, answer)) = answers.next().await {
            match answer {
                Ok(analyses) => {
                    self.deliver(&job, analyses, mode).await?;
                    read += 1;
                }
                Err(Error::Stopped) => return Err(Stopped),
                Err(error) => {
                    let message = format!("the history could not be read: {}", describe(&error));
                    first_failure.get_or_insert_with(|| format!("{}: {message}", job.project));
                    self.problem(&job.project, message).await?;
                }
            }
            done += 1;
            self.sink.put(Item::Progress { scope: PROGRESS.to_owned(), done, total }).await?;
        }
        Ok(first_failure.filter(|_| read == 0))
    }

    /// What is to be delivered. Each drops metrics that are not known by itself; the list of metrics makes that rare.
    async fn answer(&self, job: Job, mut metrics: Vec<&'static str>) -> (Job, Result<Analyses, Error>) {
        if job.is_idle {
            return (job, Ok(Analyses::new()));
        }
        let from = job.is_newer.then_some(job.range.start);
        let answer = self.client.history(&job.project, from, job.range.end, &mut metrics).await;
        (job, answer)
    }

    /// Puts one stretch of one project.
    async fn deliver(&self, job: &Job, analyses: Analyses, mode: Mode) -> Result<(), Stopped> {
        let resource = resource(&job.project, &self.scope);
        let check = self.config.dashboard(&job.project);
        let mut refused: Option<(String, usize)> = None;
        for (position, (at, analysed_at, values)) in states(analyses, self.zone, &job.range).into_iter().enumerate() {
            let (body, odd) = quality(&job.project, &values, mode, Some(analysed_at));
            if let Some(first) = odd.first() {
                refused.get_or_insert_with(|| (format!("{analysed_at}: {first}"), 0)).1 += odd.len();
            }
            let seam = position == 0 && !job.is_newer;
            self.sink.put(Item::Past { at, seam, statement: statement(resource.clone(), &body, check.clone()) }).await?;
        }
        if let Some((first, count)) = refused {
            self.problem(&job.project, format!("{count} values of the past are not read; the first is that of {first}")).await?;
        }
        let filled = Filled { from: job.filled.start, to: job.filled.end };
        if let Ok(value) = serde_json::to_value(filled) {
            self.sink.put(Item::Remember { key: key(&job.project), value }).await?;
        }
        self.sink.put(Item::Filled { scope: job.project.clone(), range: job.range.clone(), replace: false }).await
    }

    async fn problem(&self, project: &str, message: String) -> Result<(), Stopped> {
        self.sink.put(Item::Problem(Problem { scope: self.scope.clone(), path: Some(project.to_owned()), line: None, message })).await
    }
}

/// What is left to do of a project, newest first. `analysed` says when its main branch was analysed last, where known.
fn jobs(project: &str, range: &Range<Instant>, memory: &Memory, analysed: Option<Option<Instant>>) -> Vec<Job> {
    let filled: Option<Filled> = memory.get(&key(project)).and_then(|value| serde_json::from_value(value.clone()).ok());
    // A range that does not touch what is delivered would leave a hole, so it is taken as if nothing were.
    let done = filled.map(|filled| filled.from..filled.to).filter(|done| done.start <= range.end && done.end >= range.start);
    let never = analysed == Some(None);
    let job = |range: Range<Instant>, filled: Range<Instant>, is_newer: bool, is_idle: bool| Job {
        project: project.to_owned(),
        range,
        filled,
        is_newer,
        is_idle,
    };
    let Some(done) = done else { return vec![job(range.clone(), range.clone(), false, never)] };
    let mut jobs = Vec::new();
    if done.end < range.end {
        let nothing_new = analysed.is_some_and(|last| last.is_none_or(|last| last < done.end));
        jobs.push(job(done.end..range.end, done.start..range.end, true, nothing_new));
    }
    if range.start < done.start {
        jobs.push(job(range.start..done.start, range.start..done.end.max(range.end), false, never));
    }
    jobs
}

/// A state: since when it holds, when it was measured, and what.
type State = (Instant, Instant, std::collections::BTreeMap<String, String>);

/// The last state of each day of the range, and before them what was in force at its start.
fn states(analyses: Analyses, zone: &Zone, range: &Range<Instant>) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    let mut last_day: Option<Day> = None;
    for (analysed_at, values) in analyses {
        let at = analysed_at.max(range.start);
        let day = (analysed_at >= range.start).then(|| zone.day_of(analysed_at));
        // What was in force gives way to what came after it at the same instant; a day's earlier states to its last.
        if !states.is_empty() && (day.is_none() || day == last_day) {
            states.pop();
        }
        states.push((at, analysed_at, values));
        last_day = day;
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_ends_with_its_last_state_in_the_organisations_zone() {
        let analyses: Analyses = [
            "2026-02-20T08:00:00Z",
            "2026-02-25T08:00:00Z",
            "2026-03-01T08:00:00Z",
            "2026-03-01T17:00:00Z",
            "2026-03-01T23:30:00Z",
            "2026-03-02T10:00:00Z",
        ]
        .map(|text| (at(text), std::collections::BTreeMap::new()))
        .into();
        let range = at("2026-03-01T00:00:00Z")..at("2026-04-01T00:00:00Z");
        let told = |zone: &str| -> Vec<String> {
            let states = states(analyses.clone(), &zone.parse().unwrap(), &range);
            states.iter().map(|(at, analysed, _)| if at == analysed { at.to_string() } else { format!("{at} of {analysed}") }).collect()
        };
        let force = "2026-03-01T00:00:00Z of 2026-02-25T08:00:00Z";
        assert_eq!(told("UTC"), [force, "2026-03-01T23:30:00Z", "2026-03-02T10:00:00Z"]);
        assert_eq!(told("Europe/Berlin"), [force, "2026-03-01T17:00:00Z", "2026-03-02T10:00:00Z"]);
    }

    #[test]
    fn what_is_delivered_is_not_asked_for_again() {
        let (range, mut memory) = (at("2026-01-01T00:00:00Z")..at("2026-06-01T00:00:00Z"), Memory::new());
        let told = |range: &Range<Instant>, memory: &Memory, analysed: &str| -> Vec<(String, bool, bool)> {
            let jobs = jobs("a", range, memory, Some(Some(at(analysed))));
            jobs.iter().map(|job| (format!("{}..{}", job.range.start, job.range.end), job.is_newer, job.is_idle)).collect()
        };
        let whole = "2026-01-01T00:00:00Z..2026-06-01T00:00:00Z".to_owned();
        assert_eq!(told(&range, &memory, "2026-05-01T00:00:00Z"), [(whole, false, false)]);
        let filled = Filled { from: at("2026-02-01T00:00:00Z"), to: at("2026-05-01T00:00:00Z") };
        memory.insert(key("a"), serde_json::to_value(&filled).unwrap());
        let (newer, older) =
            ("2026-05-01T00:00:00Z..2026-06-01T00:00:00Z".to_owned(), "2026-01-01T00:00:00Z..2026-02-01T00:00:00Z".to_owned());
        assert_eq!(told(&range, &memory, "2026-05-20T00:00:00Z"), [(newer.clone(), true, false), (older.clone(), false, false)]);
        assert_eq!(told(&range, &memory, "2026-04-20T00:00:00Z"), [(newer, true, true), (older, false, false)]);
        assert_eq!(told(&(filled.from..filled.to), &memory, "2026-04-20T00:00:00Z"), []);
        assert!(jobs("a", &range, &Memory::new(), Some(None))[0].is_idle);
    }
}
