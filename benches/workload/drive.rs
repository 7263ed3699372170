//! Writes the workload through the store, as the collectors' runs would have it.

use std::collections::BTreeSet;

use anyhow::Context;
use spot::ingest::keep::{Harvest, Stage, keep};
use spot::ingest::seal::seal_ended_days;
use spot::model::run::{Outcome, Trigger};
use spot::model::{Extent, Instant, Layer, Policy, Reading, Run, Statement};
use spot::store::Store;

use super::{FIRST_DAY, Stream, Workload, random};
use crate::measure::process_cpu;

pub const SOURCES: [&str; 5] = ["git", "registry", "sonar", "consul", "kubernetes"];

/// What a day cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Processor seconds for deciding what to keep and committing it, the seal included.
    pub commit: f64,
    /// Processor seconds for moving a window to the archive, if that fell on this day.
    pub pack: f64,
    /// Versions written.
    pub versions: u64,
}

pub fn at(day: i32, second: i64) -> Instant {
    // Runs do not end on the second, and not on the same one each day.
    let jitter = random::Random::new((i64::from(day) * 86_400 + second) as u64).below(300_000_000) as i64;
    Instant::from_seconds(i64::from(FIRST_DAY + day) * 86_400 + second).plus_micros(jitter)
}

/// The first run of every source, on the morning of the first day.
pub fn begin(store: &Store, workload: &Workload) -> anyhow::Result<u64> {
    let mut versions = 0;
    for (i, source) in SOURCES.into_iter().enumerate() {
        let now = at(0, 600 * (1 + i as i64));
        let mut transaction = store.begin(Layer::Observed)?;
        transaction.put_policy(&Policy::default());
        for stream in workload.streams.iter().filter(|stream| stream.source == source) {
            let resource = transaction.resource(source, &stream.resource);
            if transaction.linked(resource).is_none() {
                let entity = transaction.any_holder(&stream.entity).unwrap_or_else(|| transaction.create(&stream.entity));
                transaction.link(resource, entity, "ref");
            }
            let number = transaction.stream(resource, stream.facet, stream.origin);
            transaction.version(number, None, Some(stream.body.clone()), stream.check.clone(), true);
            versions += 1;
        }
        transaction.put_run(run(workload, source, now));
        transaction.commit(now).with_context(|| format!("the first commit of {source}"))?;
    }
    Ok(versions)
}

/// Everything that happens on a day, and the seal of the day before.
pub fn day(store: &Store, workload: &mut Workload, day: i32) -> anyhow::Result<(Cost, Vec<usize>)> {
    let mut cost = Cost::default();
    let (archived, started) = (store.sizes().1, process_cpu());
    seal_ended_days(store, at(day, 60))?;
    let sealed = process_cpu() - started;
    // Packing comes once in 64 days and is reported for itself; that day's seal is then left out, not counted as nothing.
    if store.sizes().1 == archived {
        cost.commit += sealed
    } else {
        cost.pack = sealed
    }
    while store.view().rebuilding().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut changed = Vec::new();
    for harvest in workload.day(day) {
        let now = at(day, harvest.second);
        let statements = harvest.changed.iter().map(|stream| statement(&workload.streams[*stream])).collect();
        let mut run = run(workload, harvest.source, now);
        let extents = std::mem::take(&mut run.extents);
        let started = process_cpu();
        let harvested = Harvest { statements, extents, ..Harvest::default() };
        let kept = keep(store, harvested, &mut run, Stage { first: false, last: true }, now)?;
        cost.commit += process_cpu() - started;
        cost.versions += kept.statements;
        changed.extend(harvest.changed);
    }
    Ok((cost, changed))
}

fn statement(stream: &Stream) -> Statement {
    Statement {
        resource: stream.resource.clone(),
        origin: stream.origin.to_owned(),
        facet: stream.facet,
        body: Some(stream.body.clone()),
        check: stream.check.clone(),
    }
}

fn run(workload: &Workload, source: &str, now: Instant) -> Run {
    let scopes: BTreeSet<&str> =
        workload.streams.iter().filter(|stream| stream.source == source).map(|stream| stream.resource.scope.as_str()).collect();
    let extent = |scope: &str| Extent { scope: scope.to_owned(), kind: None, reading: Reading::Unchanged, counted: None, evidence: None };
    Run {
        source: source.to_owned(),
        trigger: Trigger::Schedule,
        started: now.plus_seconds(-40),
        ended: now,
        outcome: Outcome::Succeeded,
        interval_seconds: 86_400,
        extents: scopes.into_iter().map(extent).collect(),
        statements: 0,
        written: 0,
        requests: 0,
        problem_count: 0,
        problems: Vec::new(),
        missing: Vec::new(),
    }
}

/// The day's changes as text: every body that changed and where to check it, a line each.
pub fn raw(workload: &Workload, changed: &[usize], text: &mut Vec<u8>) -> anyhow::Result<()> {
    for stream in changed {
        let stream = &workload.streams[*stream];
        serde_json::to_writer(&mut *text, &stream.body)?;
        if let Some(check) = &stream.check {
            text.extend_from_slice(check.as_bytes());
        }
        text.push(b'\n');
    }
    Ok(())
}
