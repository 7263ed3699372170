//! How fresh and complete the store is: its days, and the state of each source.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::model::run::{CONFIRMED, Missing, Outcome, Trigger};
use crate::model::{Day, Instant, Run};
use crate::query::{Error, Lens};
use crate::store::view::SnapshotDay;

/// What the process that collects knows about a source and the store does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The source's name in the configuration.
    pub source: String,
    /// The kind of collector.
    pub collector: String,
    /// When it runs next, by its schedule.
    pub next_run: Option<Instant>,
    /// Seconds between runs.
    pub interval_seconds: u64,
    /// What it is doing.
    pub running: Option<Progress>,
}

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When it began.
    pub started: Instant,
    /// It fills in the past.
    pub backfill: bool,
    /// What is being read.
    pub scope: String,
    /// Units done.
    pub done: u64,
    /// Units in all, as far as known.
    pub total: u64,
}

/// A source, configured or not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// Its name in the configuration.
    pub source: String,
    /// What the process knows; none if the source is not configured.
    pub activity: Option<Activity>,
    /// The newest run.
    pub last_run: Option<Arc<Run>>,
    /// The newest run that read everything as it stands.
    pub last_success: Option<Arc<Run>>,
    /// The newest run that read at least a part of it as it stands.
    pub last_read: Option<Arc<Run>>,
    /// Its next run is overdue by more than an interval.
    pub late: bool,
}

/// Every source, by name.
///
/// # Errors
/// If the store cannot be read.
pub fn sources(lens: &Lens, activities: &[Activity], now: Instant) -> Result<Vec<SourceStatus>, Error> {
    const LOOK_BACK: usize = 50;
    let mut names = lens.view().sources();
    names.extend(activities.iter().map(|activity| activity.source.clone()));
    names.sort_unstable();
    names.dedup();
    let confirmed = lens.view().notes(CONFIRMED);
    let mut found = Vec::with_capacity(names.len());
    for source in names {
        let activity = activities.iter().find(|activity| activity.source == source).cloned();
        let last_run = lens.view().runs(&source, now, 1)?.into_iter().next();
        let last_run = last_run.map(|run| without_confirmed(run, &confirmed));
        let is_of_present = |run: &Run| run.trigger != Trigger::Backfill;
        let (last_success, last_read) = match &last_run {
            Some(run) if run.outcome == Outcome::Succeeded && is_of_present(run) => (Some(Arc::clone(run)), Some(Arc::clone(run))),
            Some(_) => {
                let runs = lens.view().runs(&source, now, LOOK_BACK)?;
                let newest = |outcomes: &[Outcome]| runs.iter().find(|run| is_of_present(run) && outcomes.contains(&run.outcome)).cloned();
                (newest(&[Outcome::Succeeded]), newest(&[Outcome::Succeeded, Outcome::Partial]))
            }
            None => (None, None),
        };
        let late = activity.as_ref().is_some_and(|activity| is_late(activity, last_run.as_deref(), now));
        found.push(SourceStatus { source, activity, last_run, last_success, last_read, late });
    }
    Ok(found)
}

/// A run without what ended since then by a person's word.
fn without_confirmed(run: Arc<Run>, confirmed: &BTreeMap<String, Value>) -> Arc<Run> {
    let has_ended = |missing: &Missing| {
        let at = confirmed.get(&format!("{}/{}", run.source, missing.resource)).and_then(Value::as_str);
        at.and_then(|at| at.parse::<Instant>().ok()).is_some_and(|at| at >= run.ended)
    };
    if !run.missing.iter().any(has_ended) {
        return run;
    }
    let missing = run.missing.iter().filter(|missing| !has_ended(missing)).cloned().collect();
    Arc::new(Run { missing, ..Run::clone(&run) })
}

fn is_late(activity: &Activity, last_run: Option<&Run>, now: Instant) -> bool {
    let interval = i64::try_from(activity.interval_seconds).unwrap_or(i64::MAX);
    activity.running.is_none() && interval > 0 && last_run.is_some_and(|run| run.ended.plus_seconds(interval.saturating_mul(2)) < now)
}

/// The days from `from` to `to` of which anything is known, oldest first.
///
/// # Errors
/// [`Error::Backwards`], or if the store cannot be read.
pub fn snapshots(lens: &Lens, from: Day, to: Day) -> Result<Vec<SnapshotDay>, Error> {
    if from > to {
        return Err(Error::Backwards { from: from.to_string(), to: to.to_string() });
    }
    Ok(lens.view().snapshots(from, to)?)
}
