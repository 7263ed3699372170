//! Runs of workflows: on pull requests and pushes, to deploy, and every night.

use std::collections::BTreeMap;

use super::{DeployedService, Deployment, Outcome, PullRequest, Tool, Trigger, Workflow, WorkflowRun, staff};
use crate::demo::company::Repository;
use crate::demo::company::generate::Drafted;
use crate::demo::company::random::Random;
use crate::model::Instant;

/// Every run of the year, by repository and time.
pub(super) fn runs(
    drafted: &Drafted<'_>,
    repositories: &[Repository],
    services: &[DeployedService],
    deployments: &[Deployment],
    requests: &[PullRequest],
) -> Vec<WorkflowRun> {
    let mut deployed: BTreeMap<u32, Vec<&Deployment>> = BTreeMap::new();
    for deployment in deployments {
        let service = &services[deployment.service as usize];
        // Staging, or what comes first, is deployed by a push; from there on the same run goes further.
        if service.tool == Tool::GitHub && deployment.placement == 0 && deployment.queued >= drafted.context.history.start {
            deployed.entry(service.repository as u32).or_default().push(deployment);
        }
    }
    let mut found = Vec::new();
    for (number, repository) in repositories.iter().enumerate() {
        let is_workflow = |path: &str| path.starts_with(".github/workflows/");
        let since = repository.commits.iter().find(|commit| commit.changes.iter().any(|change| is_workflow(&change.path)));
        let Some(since) = since.map(|since| since.at) else { continue };
        let start = requests.partition_point(|request| (request.repository as usize) < number);
        let count = requests[start..].partition_point(|request| request.repository as usize == number);
        let mut maker = Maker::new(drafted, number, repository, since);
        for (position, request) in requests[start..start + count].iter().enumerate() {
            maker.of_request(request, start + position);
        }
        maker.of_pushes();
        maker.of_deployments(deployed.get(&(number as u32)).map_or(&[], Vec::as_slice));
        maker.of_nights();
        found.extend(maker.finish());
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|position| (found[*position].created, *position));
    for (rank, position) in order.into_iter().enumerate() {
        found[position].id = 16_900_000_000 + rank as u64 * 1_013;
    }
    found
}

struct Maker<'a> {
    drafted: &'a Drafted<'a>,
    number: usize,
    repository: &'a Repository,
    since: Instant,
    random: Random,
    /// Seconds that a build takes here.
    build: f64,
    /// Share of runs that fail for no reason.
    flaky: f64,
    nightly: bool,
    found: Vec<WorkflowRun>,
}

impl<'a> Maker<'a> {
    fn new(drafted: &'a Drafted<'a>, number: usize, repository: &'a Repository, since: Instant) -> Self {
        let mut random = drafted.context.random.part("runs").part(&drafted.plans[number].name);
        let build = random.heavy(230.0, 360.0).clamp(35.0, 2_400.0);
        let flaky = if random.chance(0.2) { random.range(0.03, 0.15) } else { 0.012 };
        let nightly = random.chance(0.05);
        Self {
            drafted,
            number,
            repository,
            since: since.max(drafted.context.history.start),
            random,
            build,
            flaky,
            nightly,
            found: Vec::new(),
        }
    }

    fn commit_at(&self, at: Instant) -> u32 {
        (self.repository.commits.partition_point(|commit| commit.at <= at).max(1) - 1) as u32
    }

    fn add(&mut self, created: Instant, commit: u32, by: usize, (workflow, trigger): (Workflow, Trigger), fails: f64) {
        let end = self.drafted.context.history.end;
        if created < self.since || created >= end {
            return;
        }
        let mut took = self.build * self.random.heavy(0.95, 1.05);
        let mut outcome = if self.random.chance(fails) { Outcome::Failure } else { Outcome::Success };
        let mut attempt = 1;
        if self.random.chance(self.flaky) {
            // Somebody runs it once more, and most often it passes.
            attempt = if self.random.chance(0.85) { 2 } else { 3 };
            took += self.build + self.random.heavy(600.0, 3_000.0);
        } else if outcome == Outcome::Failure {
            took *= self.random.range(0.2, 1.0);
        } else if self.random.chance(0.03) && workflow == Workflow::Ci {
            (outcome, took) = (Outcome::Cancelled, took * self.random.share());
        }
        self.found.push(WorkflowRun {
            id: 0,
            created,
            repository: self.number as u32,
            commit,
            by: by as u32,
            number: 0,
            waited: self.random.heavy(6.0, 15.0).clamp(1.0, 900.0) as u32,
            took: took.clamp(8.0, 20_000.0) as u32,
            attempt,
            workflow,
            trigger,
            outcome,
        });
    }

    fn of_request(&mut self, request: &PullRequest, position: usize) {
        let end = request.closed.unwrap_or(self.drafted.context.history.end);
        let length = end.micros() - request.opened.micros();
        let trigger = Trigger::PullRequest(position as u32);
        let base = self.commit_at(request.opened);
        let more = if length > 3_600_000_000 { self.random.weighted(&[40.0, 30.0, 18.0, 12.0]) } else { 0 };
        let mut shares: Vec<f64> = (0..more).map(|_| self.random.share().powf(1.5) * 0.95).collect();
        shares.push(0.0);
        shares.sort_by(f64::total_cmp);
        let last = shares.len() - 1;
        for (push, share) in shares.into_iter().enumerate() {
            let at = request.opened.plus_micros((length as f64 * share) as i64 + 9_000_000);
            let is_last = push == last && request.commit.is_some();
            let fails = if is_last { 0.02 } else { 0.3 };
            self.add(at, base, request.author as usize, (Workflow::Ci, trigger), fails);
        }
    }

    fn of_pushes(&mut self) {
        let repository = self.repository;
        for (position, commit) in repository.commits.iter().enumerate() {
            self.add(commit.at.plus_seconds(4), position as u32, commit.author, (Workflow::Ci, Trigger::Push), 0.045);
        }
    }

    fn of_deployments(&mut self, deployments: &[&Deployment]) {
        for deployment in deployments {
            let created = deployment.queued.plus_seconds(-self.random.between(10, 60));
            self.add(created, deployment.commit, deployment.by as usize, (Workflow::Deploy, Trigger::Push), 0.0);
            if let Some(run) = self.found.last_mut().filter(|run| run.created == created) {
                run.outcome = deployment.outcome;
                let after = deployment.finished().micros() - run.started().micros();
                run.took = (after / 1_000_000).clamp(10, 86_400) as u32;
            }
        }
    }

    fn of_nights(&mut self) {
        if !self.nightly {
            return;
        }
        let end = self.drafted.context.history.end.min(self.drafted.fates[self.number].open().end);
        let minute = self.random.between(60, 4 * 60);
        let mut at = self.since;
        let topic = self.drafted.plans[self.number].topic;
        while at < end {
            let midnight = at.micros().div_euclid(86_400_000_000) * 86_400;
            let due = Instant::from_seconds(midnight + minute * 60 + self.random.between(0, 400));
            if due >= self.since && due < end {
                let by = staff::member(self.drafted, topic, due, &mut self.random, usize::MAX);
                self.add(due, self.commit_at(due), by, (Workflow::Nightly, Trigger::Schedule), 0.05);
            }
            at = Instant::from_seconds(midnight + 86_400);
        }
    }

    /// In order, each workflow counted on its own.
    fn finish(mut self) -> Vec<WorkflowRun> {
        self.found.sort_by_key(|run| (run.created, run.workflow, run.commit));
        let offset = if self.since == self.drafted.context.history.start { self.random.heavy(200.0, 600.0) as u32 } else { 0 };
        let mut counts = [offset, offset / 3, offset / 4];
        for run in &mut self.found {
            let count = &mut counts[run.workflow as usize];
            *count += 1;
            run.number = *count;
        }
        self.found
    }
}
