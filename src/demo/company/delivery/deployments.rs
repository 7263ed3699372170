//! How versions travel: staging first, then production region by region, with what goes wrong on the way.
//!
//! # Invariants
//! - At a placement one deployment is over before the next is queued.
//! - Production is deployed to in the working hours of its region, but for what repairs something.

use std::num::NonZeroU32;
use std::ops::Range;

use super::places::Hours;
use super::services::Habit;
use super::{Cluster, DeployedService, Deployment, Environment, Outcome, PullRequest, Versioning, pull_requests, staff};
use crate::demo::company::generate::Drafted;
use crate::demo::company::random::Random;
use crate::demo::company::{Commit, Repository};
use crate::model::Instant;

const MINUTE: f64 = 60.0;

/// What deployments are made from.
pub(super) struct Context<'a> {
    pub(super) drafted: &'a Drafted<'a>,
    pub(super) repositories: &'a [Repository],
    pub(super) clusters: &'a [Cluster],
    pub(super) services: &'a [DeployedService],
    pub(super) hours: &'a Hours,
    pub(super) habits: &'a [Habit],
    /// By repository.
    pub(super) requests: &'a [PullRequest],
}

/// Every deployment, by the time at which it was queued.
pub(super) fn deployments(context: &Context<'_>) -> Vec<Deployment> {
    let mut found = Vec::new();
    let mut numbers: (usize, Vec<Option<NonZeroU32>>) = (usize::MAX, Vec::new());
    for (number, service) in context.services.iter().enumerate() {
        if numbers.0 != service.repository {
            let start = context.requests.partition_point(|request| (request.repository as usize) < service.repository);
            let count = context.requests[start..].partition_point(|request| request.repository as usize == service.repository);
            let repository = &context.repositories[service.repository];
            numbers = (service.repository, pull_requests::by_commit(repository, &context.requests[start..start + count]));
        }
        Line::new(context, number, service, &numbers.1).run(&mut found);
    }
    in_order(found)
}

/// By time, with positions of what is undone moved along.
fn in_order(found: Vec<Deployment>) -> Vec<Deployment> {
    let mut order: Vec<u32> = (0..found.len() as u32).collect();
    order.sort_by_key(|position| (found[*position as usize].queued, *position));
    let mut places = vec![0_u32; found.len()];
    for (place, position) in order.iter().enumerate() {
        places[*position as usize] = place as u32;
    }
    let moved = |undone: NonZeroU32| NonZeroU32::new(places[undone.get() as usize - 1] + 1);
    order
        .into_iter()
        .map(|position| {
            let deployment = found[position as usize];
            Deployment { rollback_of: deployment.rollback_of.and_then(moved), ..deployment }
        })
        .collect()
}

/// Something that wants to be deployed.
#[derive(Clone, Copy)]
struct Release {
    at: Instant,
    commit: u32,
    version: (u16, u16, u16),
}

/// What is known of a placement.
#[derive(Clone)]
struct Place {
    /// Until the last deployment there was over.
    busy: Instant,
    live: Option<Release>,
    /// Nobody deploys there meanwhile.
    paused: Range<Instant>,
}

/// A service on its way through the year.
struct Line<'a> {
    context: &'a Context<'a>,
    number: usize,
    service: &'a DeployedService,
    repository: &'a Repository,
    numbers: &'a [Option<NonZeroU32>],
    habit: Habit,
    topic: usize,
    random: Random,
    places: Vec<Place>,
    /// Something bad was live: what follows is a hotfix.
    alarm: Option<Instant>,
}

enum Next {
    Goes,
    Stops,
}

impl<'a> Line<'a> {
    fn new(context: &'a Context<'a>, number: usize, service: &'a DeployedService, numbers: &'a [Option<NonZeroU32>]) -> Self {
        let plan = &context.drafted.plans[service.repository];
        let mut random = context.drafted.context.random.part("deployments").part(&service.name);
        let history = context.drafted.context.history;
        let days = (history.end.micros() - history.start.micros()) / 86_400_000_000;
        let places = service.placements.iter().enumerate().map(|(position, _)| {
            // Somebody holds a region back, and forgets about it for a while.
            let paused = if position < 2 {
                Instant::MAX..Instant::MAX
            } else if random.chance(0.045) {
                history.end.plus_seconds(-random.between(2, 11) * 86_400)..Instant::MAX
            } else if random.chance(0.12) {
                let start = history.start.plus_seconds(random.between(5, days - 20) * 86_400);
                start..start.plus_seconds(random.between(3, 16) * 86_400)
            } else {
                Instant::MAX..Instant::MAX
            };
            Place { busy: Instant::MIN, live: None, paused }
        });
        let places = places.collect();
        let habit = context.habits[context.drafted.context.org.topics[plan.topic].unit];
        let repository = &context.repositories[service.repository];
        Self { context, number, service, repository, numbers, habit, topic: plan.topic, random, places, alarm: None }
    }

    fn run(mut self, found: &mut Vec<Deployment>) {
        let releases = self.releases();
        for (position, release) in releases.iter().enumerate() {
            let next = releases.get(position + 1).map(|next| next.at);
            self.begin_new_places(release.at, found);
            self.release(*release, next, found);
        }
        self.begin_new_places(self.end(), found);
    }

    fn end(&self) -> Instant {
        self.context.drafted.context.history.end
    }

    /// What was there when the year began, and what wanted to be deployed since.
    fn releases(&mut self) -> Vec<Release> {
        let history = self.context.drafted.context.history;
        let commits = &self.repository.commits;
        let begins = self.service.exists.start;
        let from = history.start.max(begins);
        let known = commits.partition_point(|commit| commit.at < from).max(1) - 1;
        let is_tagged = self.service.versioning == Versioning::Numbers && !self.repository.tags.is_empty();
        let mut version = ([1, 1, 1, 2, 3, 4][self.random.below(6)], self.random.early(90) as u16, self.random.early(6) as u16);
        let mut releases = Vec::new();
        let first = commits[known].at.plus_seconds(self.random.between(3_600, 90_000)).max(begins);
        let before = self.repository.tags.iter().rev().find(|tag| tag.commit <= known);
        if let Some(numbers) = before.filter(|_| is_tagged).and_then(|tag| numbers(&tag.name)) {
            version = numbers;
        }
        releases.push(Release { at: first, commit: known as u32, version });
        if is_tagged {
            for tag in self.repository.tags.iter().filter(|tag| tag.at > first && tag.commit > known) {
                if let Some(version) = numbers(&tag.name) {
                    let at = tag.at.plus_seconds(self.random.between(240, 1_500));
                    releases.push(Release { at, commit: tag.commit as u32, version });
                }
            }
        } else {
            self.of_commits(known, first, version, &mut releases);
        }
        self.rebuilt(releases)
    }

    /// Commits that change what runs.
    fn of_commits(&mut self, known: usize, first: Instant, mut version: (u16, u16, u16), releases: &mut Vec<Release>) {
        let commits = &self.repository.commits;
        let mut ready = first;
        for (position, commit) in commits.iter().enumerate().skip(known + 1) {
            let is_meant = self.service.is_main || self.random.chance(0.5);
            if !is_meant || (!changes_what_runs(commit) && self.random.chance(0.75)) {
                continue;
            }
            let mut at = commit.at.plus_seconds((self.random.heavy(8.0, 10.0).clamp(2.0, 45.0) * MINUTE) as i64);
            if !self.habit.is_continuous {
                // Somebody decides, a few times a day.
                at = at.plus_seconds((self.random.heavy(100.0, 260.0) * MINUTE) as i64);
                if self.random.chance(0.25) && commits.get(position + 1).is_some_and(|next| next.at < at) {
                    continue;
                }
            }
            at = at.max(ready.plus_seconds(120));
            ready = at;
            match self.random.weighted(&[0.4, 60.0, 40.0]) {
                0 => version = (version.0 + 1, 0, 0),
                1 => version = (version.0, version.1.saturating_add(1), 0),
                _ => version.2 = version.2.saturating_add(1),
            }
            releases.push(Release { at, commit: position as u32, version });
        }
    }

    /// The same commit is brought out again for a newer base image or another setting: where a team does so by itself every
    /// week, elsewhere now and then.
    fn rebuilt(&mut self, mut releases: Vec<Release>) -> Vec<Release> {
        let usual = if self.habit.rebuilds { 6.0 } else { self.random.heavy(11.0, 16.0).clamp(5.0, 80.0) };
        let Some(first) = releases.first().map(|first| first.at) else { return releases };
        let mut at = first.max(self.context.drafted.context.history.start);
        let mut again = Vec::new();
        loop {
            at = at.plus_seconds((usual * self.random.range(0.4, 1.6) * 86_400.0) as i64 + self.random.between(0, 40_000));
            if at >= self.end() {
                break;
            }
            let due = self.context.hours.open(self.region(0), at, &mut self.random);
            let known = releases.partition_point(|release| release.at <= due);
            // What was just brought out needs no second time.
            if let Some(live) = known.checked_sub(1).map(|last| releases[last])
                && due > live.at.plus_seconds(3 * 3_600)
                && releases.get(known).is_none_or(|next| next.at > due.plus_seconds(1_800))
            {
                again.push(Release { at: due, ..live });
            }
        }
        releases.extend(again);
        releases.sort_by_key(|release| release.at);
        releases
    }

    fn cluster(&self, placement: usize) -> &'a Cluster {
        &self.context.clusters[self.service.placements[placement].cluster]
    }

    fn region(&self, placement: usize) -> usize {
        self.cluster(placement).region
    }

    fn is_staging(&self, placement: usize) -> bool {
        self.cluster(placement).environment == Environment::Staging
    }

    /// A cluster to which people moved gets what runs elsewhere.
    fn begin_new_places(&mut self, until: Instant, found: &mut Vec<Deployment>) {
        for placement in 0..self.places.len() {
            let start = self.service.placements[placement].exists.start;
            if self.places[placement].live.is_some() || start > until || start <= self.service.exists.start {
                continue;
            }
            let Some(live) = self.places.iter().rev().find_map(|place| place.live) else { continue };
            let after = self.places.iter().map(|place| place.busy).fold(start, Instant::max);
            let at = self.context.hours.open(self.region(placement), after, &mut self.random);
            if at < self.service.placements[placement].exists.end && at < self.end().plus_seconds(-3_600) {
                self.deploy(placement, at, live, (Outcome::Success, None, false), found);
            }
        }
    }

    fn release(&mut self, release: Release, next: Option<Instant>, found: &mut Vec<Deployment>) {
        let is_hotfix = self.alarm.take_if(|alarm| release.at > *alarm).is_some_and(|alarm| release.at < alarm.plus_seconds(30 * 3_600));
        let is_first = self.places.iter().all(|place| place.live.is_none());
        let mut ready = release.at;
        let mut done: Vec<usize> = Vec::new();
        for placement in 0..self.places.len() {
            let place = &self.service.placements[placement];
            let is_staging = self.is_staging(placement);
            let mut at = if is_first {
                ready.plus_seconds(1_800).max(place.exists.start)
            } else {
                self.soon(ready, placement, done.is_empty(), is_hotfix)
            };
            at = at.max(self.places[placement].busy.plus_seconds(60));
            let is_over = at >= place.exists.end || at >= self.end().plus_seconds(-3_600);
            let is_superseded = !is_staging && !is_first && next.is_some_and(|next| at > next.plus_seconds(3 * 3_600));
            if is_over || is_superseded || place.exists.start > at || self.places[placement].paused.contains(&at) {
                continue;
            }
            if is_first && place.exists.start > self.service.exists.start && self.places.iter().any(|place| place.live.is_some()) {
                continue;
            }
            match self.attempt(placement, at, release, is_hotfix, is_first, &done, found) {
                Next::Goes => done.push(placement),
                Next::Stops => return,
            }
            ready = self.places[placement].busy;
        }
        self.regret(release, &done, next, found);
    }

    /// When a version goes on, after it was ready at `ready`.
    fn soon(&mut self, ready: Instant, placement: usize, is_first: bool, is_hotfix: bool) -> Instant {
        let minutes = match (self.is_staging(placement), is_hotfix) {
            (true, _) => return ready.plus_seconds(self.random.between(20, 200)),
            (_, true) => self.random.heavy(5.0, 8.0),
            _ if is_first => self.random.heavy(8.0, 15.0),
            _ if self.habit.is_continuous => self.random.heavy(32.0, 70.0),
            _ => self.random.heavy(120.0, 420.0),
        };
        let at = ready.plus_seconds((minutes * MINUTE) as i64);
        if is_hotfix { at } else { self.context.hours.open(self.region(placement), at, &mut self.random) }
    }

    #[expect(clippy::too_many_arguments, reason = "one step of a release, told apart from the loop only to be read")]
    fn attempt(
        &mut self,
        placement: usize,
        at: Instant,
        release: Release,
        is_hotfix: bool,
        is_first: bool,
        done: &[usize],
        found: &mut Vec<Deployment>,
    ) -> Next {
        let trouble = if is_first { 0.0 } else { self.habit.trouble };
        if self.random.chance(0.012 * trouble) {
            self.deploy(placement, at, release, (Outcome::Cancelled, None, is_hotfix), found);
            return Next::Stops;
        }
        let is_staging = self.is_staging(placement);
        if !self.random.chance(if is_staging { 0.045 } else { 0.026 } * trouble) {
            self.deploy(placement, at, release, (Outcome::Success, None, is_hotfix), found);
            return Next::Goes;
        }
        let failed = self.deploy(placement, at, release, (Outcome::Failure, None, is_hotfix), found);
        let again = self.places[placement].busy.plus_seconds(self.random.between(240, 2_400));
        if self.random.chance(if is_staging { 0.6 } else { 0.5 }) {
            self.deploy(placement, again, release, (Outcome::Success, None, is_hotfix), found);
            return Next::Goes;
        }
        if !is_staging {
            self.alarm = Some(self.places[placement].busy);
            self.undo(placement, again, failed, found);
            for other in done.iter().copied().filter(|other| !self.is_staging(*other)).collect::<Vec<_>>() {
                let last = self.last_at(other, found);
                let at = again.plus_seconds(self.random.between(60, 900)).max(self.places[other].busy.plus_seconds(30));
                self.undo(other, at, last, found);
            }
        }
        Next::Stops
    }

    /// What went out well may turn out to be bad.
    fn regret(&mut self, release: Release, done: &[usize], next: Option<Instant>, found: &mut Vec<Deployment>) {
        let live: Vec<usize> =
            done.iter().copied().filter(|placement| self.cluster(*placement).environment == Environment::Production).collect();
        let Some(last) = live.last() else { return };
        if !self.random.chance(0.017 * self.habit.trouble) {
            return;
        }
        let seen = self.places[*last].busy.plus_seconds((self.random.heavy(50.0, 110.0).clamp(6.0, 600.0) * MINUTE) as i64);
        if next.is_some_and(|next| seen > next) {
            return;
        }
        let mut at = seen;
        for placement in live {
            if self.places[placement].live.is_some_and(|live| live.commit == release.commit) {
                let undone = self.last_at(placement, found);
                self.undo(placement, at.max(self.places[placement].busy.plus_seconds(30)), undone, found);
                at = at.plus_seconds(self.random.between(30, 600));
            }
        }
        self.alarm = Some(seen);
    }

    /// The position of the last deployment at a placement.
    fn last_at(&self, placement: usize, found: &[Deployment]) -> usize {
        let here = |deployment: &Deployment| deployment.service as usize == self.number && usize::from(deployment.placement) == placement;
        found.iter().rposition(here).unwrap_or(0)
    }

    /// Brings back what was there before the deployment at this position.
    fn undo(&mut self, placement: usize, at: Instant, undone: usize, found: &mut Vec<Deployment>) {
        let bad = found[undone];
        let before = found[..undone].iter().rev().take_while(|earlier| earlier.service as usize == self.number).find(|earlier| {
            usize::from(earlier.placement) == placement && earlier.outcome == Outcome::Success && earlier.commit != bad.commit
        });
        let Some(before) = before else { return };
        let release = Release { at, commit: before.commit, version: before.version };
        if at < self.end().plus_seconds(-1_800) && at < self.service.placements[placement].exists.end {
            self.deploy(placement, at, release, (Outcome::Success, NonZeroU32::new(undone as u32 + 1), false), found);
        }
    }

    /// One deployment; its position.
    fn deploy(
        &mut self,
        placement: usize,
        at: Instant,
        release: Release,
        (outcome, rollback_of, is_hotfix): (Outcome, Option<NonZeroU32>, bool),
        found: &mut Vec<Deployment>,
    ) -> usize {
        let replicas = f64::from(*self.service.placements[placement].replicas.at(at));
        let took = self.random.heavy(70.0, 95.0) + replicas * self.random.range(6.0, 16.0);
        let took = match outcome {
            Outcome::Failure => took * 1.2 + self.random.range(60.0, 600.0),
            Outcome::Cancelled => took * self.random.share(),
            Outcome::Success => took,
        };
        let author = self.repository.commits[release.commit as usize].author;
        let is_person = author != self.context.drafted.context.people.bot;
        let by_author = is_person && rollback_of.is_none() && staff::works(self.context.drafted, author, at) && self.random.chance(0.8);
        let by = if by_author { author } else { staff::member(self.context.drafted, self.topic, at, &mut self.random, usize::MAX) };
        let deployment = Deployment {
            queued: at,
            waited: self.random.heavy(12.0, 30.0).clamp(2.0, 1_500.0) as u32,
            took: took.clamp(15.0, 3_400.0) as u32,
            service: self.number as u32,
            commit: release.commit,
            by: by as u32,
            pull_request: self.numbers[release.commit as usize],
            rollback_of,
            placement: placement as u16,
            version: release.version,
            outcome,
            is_hotfix,
        };
        self.places[placement].busy = deployment.finished();
        if outcome == Outcome::Success {
            self.places[placement].live = Some(release);
        }
        found.push(deployment);
        found.len() - 1
    }
}

/// Not the words around it alone.
fn changes_what_runs(commit: &Commit) -> bool {
    let is_prose = |path: &str| {
        path.ends_with(".md") || path.ends_with("CODEOWNERS") || path.ends_with("catalog-info.yaml") || path.starts_with(".github/")
    };
    commit.changes.iter().any(|change| !is_prose(&change.path))
}

/// The numbers of a tag: `v1.4.2`.
fn numbers(tag: &str) -> Option<(u16, u16, u16)> {
    let mut parts = tag.trim_start_matches('v').splitn(3, '.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}
