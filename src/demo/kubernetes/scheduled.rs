//! CronJobs: the Jobs that they started lately, and their pods.

use super::controllers::Made;
use super::desired::{Stage, hash, mix, uid};
use super::items::{Body, Item, JobBody, Owner, PodBody};
use super::pods::{Making, suffix};
use super::resources::Kind;
use super::revision::Hand;
use super::rollout::Occupant;
use super::templates::TemplateCell;
use crate::demo::company::clusters::Schedule;
use crate::model::Instant;

use std::sync::Arc;

/// `successfulJobsHistoryLimit`.
const SUCCESSFUL: usize = 3;
/// After so many runs a failed one is forgotten, if not before.
const FORGOTTEN: i64 = 20;

/// A run.
struct Run {
    due: i64,
    created: Instant,
    started: Instant,
    ended: Instant,
    is_good: bool,
    /// When it is removed.
    gone: Instant,
    stage: usize,
}

pub(super) fn cron_job(made: &Made<'_>, schedule: Schedule, hand: &mut Hand<'_>, items: &mut Vec<Item>) {
    let workload = made.given.workload;
    let owner = Owner { kind: Kind::CronJob, name: workload.name.clone(), uid: made.uid.clone() };
    let mut own = hand.fresh();
    for stage in made.stages {
        own.reached(stage.at);
    }
    // When the next run is due there is more to look at.
    hand.reached(Instant::from_seconds(schedule.before(hand.now) * 60).max(made.created));
    hand.reached(Instant::from_seconds((schedule.before(hand.now) + i64::from(schedule.every)) * 60));
    let mut active = Vec::new();
    let (mut last, mut succeeded) = (None, None);
    for run in runs(made, schedule, hand.now) {
        let mut job = hand.fresh();
        if !job.reached(run.created) {
            hand.join(&job);
            continue;
        }
        last = Some(Instant::from_seconds(run.due * 60));
        let is_ended = job.reached(run.ended);
        own.reached(run.created.plus_micros(4_000));
        let is_told = own.reached(run.ended.plus_micros(4_000));
        if is_told && run.is_good {
            succeeded = Some(run.ended);
        }
        let is_gone = job.reached(run.gone);
        if !is_gone {
            let name = format!("{}-{}", workload.name, run.due);
            let uid = uid(hash(&format!("{} {name}", made.uid)));
            let cell = Arc::new(TemplateCell::new(made.stages[run.stage].template.clone()));
            let as_owner = Owner { kind: Kind::Job, name: name.clone(), uid: uid.clone() };
            if !is_ended {
                active.push(as_owner.clone());
            }
            pod(made, &run, (&as_owner, &cell), hand, items);
            let body = JobBody {
                template: cell,
                owner: owner.clone(),
                due: run.due,
                started: run.started,
                ended: is_ended.then_some((run.ended, run.is_good)),
            };
            items.push(made.item(Kind::Job, &name, uid, &job, run.created, Body::Job(Box::new(body))));
        }
        hand.join(&job);
    }
    if !made.is_over {
        let stage: &Stage = &made.stages[made.stages.len() - 1];
        let body = Body::CronJob { stage: Box::new(stage.clone()), active, last, succeeded };
        items.push(made.item(Kind::CronJob, &workload.name, made.uid.clone(), &own, made.created, body));
    }
    hand.join(&own);
}

/// Microseconds after it is due that a run is started.
const LATE: i64 = 350_000;

/// Runs of which something may still be there, oldest first.
fn runs(made: &Made<'_>, schedule: Schedule, now: Instant) -> Vec<Run> {
    let workload = made.given.workload;
    let every = i64::from(schedule.every);
    let newest = schedule.before(now);
    let mut found: Vec<Run> = Vec::new();
    for back in (0..FORGOTTEN + 4).rev() {
        let due = newest - back * every;
        let at = Instant::from_seconds(due * 60);
        if at < made.created || at >= workload.end {
            continue;
        }
        let number = mix(workload.seed ^ (due as u64).wrapping_mul(0x51_7cc1));
        let created = at.plus_micros(LATE - 40_000 + (number % 30_000) as i64);
        let started = created.plus_micros(60_000 + (number >> 8) as i64 % 40_000);
        let most = if every >= 1440 { 1_500 } else { every * 30 };
        let took = 4_000_000 + ((number >> 16) % (most as u64 * 1_000_000).min(900_000_000)) as i64;
        let stage = made.stages.partition_point(|stage| stage.at <= at).saturating_sub(1);
        found.push(Run {
            due,
            created,
            started,
            ended: started.plus_micros(took),
            is_good: number >> 32 & 0x3ff >= u64::from(workload.trouble) && !made.stages[stage].is_bad,
            gone: workload.end.max(created),
            stage,
        });
    }
    let ends: Vec<(Instant, bool)> = found.iter().map(|run| (run.ended, run.is_good)).collect();
    for (position, run) in found.iter_mut().enumerate() {
        let later = ends[position + 1..].iter().filter(|(_, is_good)| *is_good == run.is_good);
        let keeps = if run.is_good { SUCCESSFUL } else { 1 };
        if let Some((end, _)) = later.map(|later| (later.0, later.1)).nth(keeps - 1) {
            run.gone = run.gone.min(end.plus_micros(700_000).max(run.ended.plus_micros(700_000)));
        }
        let forgotten = Instant::from_seconds((run.due + FORGOTTEN * every) * 60);
        run.gone = run.gone.min(forgotten);
    }
    found
}

fn pod(made: &Made<'_>, run: &Run, (owner, cell): (&Owner, &Arc<TemplateCell>), hand: &mut Hand<'_>, items: &mut Vec<Item>) {
    let workload = made.given.workload;
    let number = mix(workload.seed ^ mix(run.due as u64));
    let occupant = Occupant {
        place: 0,
        key: 0,
        created: run.started,
        wanted: run.started,
        ready: Some(run.started.plus_seconds(2)),
        end: None,
        number,
    };
    let making = Making {
        machines: made.given.machines,
        overlay: made.given.overlay,
        revision: made.given.revision,
        trouble: 0,
        startup: 2,
        is_on_every_node: false,
        is_named: false,
    };
    let mut pods = Vec::new();
    let mut unused = hand.fresh();
    making.pods(&occupant, |number| format!("{}-{}", owner.name, suffix(number)), &mut unused, &mut pods);
    // It is not replaced when its node leaves: the run is over by then, or nobody minds.
    let Some(pod) = pods.into_iter().next() else {
        hand.reached(run.started);
        return;
    };
    let mut own = hand.fresh();
    own.reached(pod.created);
    let state = pod.state(hand.now.min(run.ended));
    own.reached(state.since);
    if state.until < run.ended {
        own.reached(state.until);
    }
    let is_ended = own.reached(run.ended.plus_micros(-20_000));
    let body = PodBody {
        pod: super::pods::Pod { end: None, gone: Instant::MAX, ..pod },
        state,
        is_deleting: false,
        ended: is_ended.then_some((run.ended, run.is_good)),
        template: Arc::clone(cell),
        owner: owner.clone(),
        hash: String::new(),
        touches: 0,
    };
    let (name, uid, created) = (body.pod.name.clone(), body.pod.uid.clone(), body.pod.created);
    items.push(made.item(Kind::Pod, &name, uid, &own, created, Body::Pod(Box::new(body))));
    hand.join(&own);
}
