//! How commits came about: pull requests that were merged, closed or are still open.
//!
//! # Invariants
//! - Where a commit's message names a number, that is the number of its pull request.
//! - Numbers grow with the time of opening.

use std::num::NonZeroU32;

use super::{PullRequest, Review, Verdict, staff};
use crate::demo::company::calendar::day_number;
use crate::demo::company::generate::Drafted;
use crate::demo::company::messages::Theme;
use crate::demo::company::plan::{Plan, Purpose};
use crate::demo::company::random::Random;
use crate::demo::company::{Commit, Repository};
use crate::model::Instant;

const HOUR: f64 = 3_600.0;

/// Every pull request of the year, by repository and number.
pub(super) fn pull_requests(drafted: &Drafted<'_>, repositories: &[Repository]) -> Vec<PullRequest> {
    let mut found = Vec::new();
    for (number, repository) in repositories.iter().enumerate() {
        let maker = Maker::new(drafted, number, repository);
        found.extend(maker.all());
    }
    // GitHub's numbers grow with time.
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|position| (found[*position].opened, *position));
    for (rank, position) in order.into_iter().enumerate() {
        found[position].id = 2_140_000_000 + rank as u64 * 97;
    }
    found
}

/// The number that a message names: `Reject bookings (#482)`.
fn named(message: &str) -> Option<u32> {
    message.lines().next()?.strip_suffix(')')?.rsplit_once(" (#")?.1.parse().ok()
}

/// The numbers of the pull requests that became commits of a repository, by commit.
pub(super) fn by_commit(repository: &Repository, requests: &[PullRequest]) -> Vec<Option<NonZeroU32>> {
    let mut found = vec![None; repository.commits.len()];
    for request in requests {
        if let Some(commit) = request.commit {
            found[commit as usize] = NonZeroU32::new(request.number);
        }
    }
    found
}

struct Maker<'a> {
    drafted: &'a Drafted<'a>,
    number: usize,
    repository: &'a Repository,
    plan: &'a Plan,
    random: Random,
    site: usize,
    /// How long changes wait here, against others.
    patience: f64,
    labels: bool,
    /// Somebody writes drafts here.
    drafts: f64,
}

impl<'a> Maker<'a> {
    fn new(drafted: &'a Drafted<'a>, number: usize, repository: &'a Repository) -> Self {
        let plan = &drafted.plans[number];
        let org = drafted.context.org;
        let unit = org.topics[plan.topic].unit;
        let mut of_unit = drafted.context.random.part("reviews").nth(unit);
        let random = drafted.context.random.part("pull requests").part(&plan.name);
        Self {
            drafted,
            number,
            repository,
            plan,
            random,
            site: org.units[unit].site,
            patience: of_unit.heavy(0.8, 1.0).clamp(0.25, 4.0),
            labels: of_unit.chance(0.5),
            drafts: if of_unit.chance(0.5) { 0.3 } else { 0.05 },
        }
    }

    fn all(mut self) -> Vec<PullRequest> {
        let commits = &self.repository.commits;
        let history = self.drafted.context.history;
        let first = commits.partition_point(|commit| commit.at < history.start);
        let pushes = match self.plan.purpose {
            Purpose::Trial | Purpose::Fork => 0.9,
            Purpose::Docs | Purpose::Tests | Purpose::Tool => 0.3,
            _ => 0.07,
        };
        let mut merged = Vec::new();
        // What begins a repository is pushed.
        for (position, commit) in commits.iter().enumerate().skip(first.max(1)) {
            let number = named(&commit.message);
            if number.is_some() || !self.random.chance(pushes) {
                merged.push((self.merged(position, commit), number));
            }
        }
        let mut all = if merged.iter().any(|(_, number)| number.is_some()) { self.as_named(merged) } else { self.as_opened(merged) };
        all.retain(|request| request.opened < history.end);
        all
    }

    /// Numbers stand in the messages: what lies between them was closed, or is an issue.
    fn as_named(&mut self, merged: Vec<(PullRequest, Option<u32>)>) -> Vec<PullRequest> {
        let mut all: Vec<PullRequest> = Vec::new();
        for (mut request, number) in merged {
            let last = all.last().map(|last| (last.number, last.opened));
            let Some(number) = number.filter(|number| last.is_none_or(|(last, _)| last < *number)) else { continue };
            let earliest = last.map_or(Instant::MIN, |(_, opened)| opened.plus_seconds(90));
            let latest = request.closed.map_or(request.opened, |closed| closed.plus_seconds(-45));
            self.move_opening(&mut request, earliest.min(latest));
            request.number = number;
            if let Some((before, opened)) = last.filter(|(before, _)| number - before == 2)
                && self.random.chance(0.7)
                && let Some(mut other) = self.unmerged(opened.plus_seconds(30).min(request.opened))
            {
                other.number = before + 1;
                all.push(other);
            }
            all.push(request);
        }
        let (mut number, mut earliest) = all.last().map_or((0, Instant::MIN), |last| (last.number, last.opened));
        for mut request in self.open_now() {
            number += 1;
            earliest = earliest.plus_seconds(600);
            self.move_opening(&mut request, earliest);
            earliest = request.opened;
            request.number = number;
            all.push(request);
        }
        all
    }

    /// Numbers follow the openings; issues take some.
    fn as_opened(&mut self, merged: Vec<(PullRequest, Option<u32>)>) -> Vec<PullRequest> {
        let mut all: Vec<PullRequest> = merged.into_iter().map(|(request, _)| request).collect();
        for opened in all.iter().map(|request| request.opened).collect::<Vec<_>>() {
            if self.random.chance(0.13) {
                let near = opened.plus_seconds(self.random.between(-3 * 86_400, 3 * 86_400));
                all.extend(self.unmerged(near.max(self.drafted.context.history.start)));
            }
        }
        all.extend(self.open_now());
        all.retain(|request| self.drafted.fates[self.number].open().contains(&request.opened));
        all.sort_by_key(|request| (request.opened, request.commit));
        let is_old = self.repository.exists.start < self.drafted.context.history.start;
        let mut number = if is_old { (self.random.heavy(60.0, 150.0) as u32).min(2_500) } else { 0 };
        for request in &mut all {
            number += 1 + u32::from(self.random.chance(0.08));
            request.number = number;
        }
        all
    }

    /// Opens it no earlier than this, and moves what followed along.
    fn move_opening(&self, request: &mut PullRequest, earliest: Instant) {
        if request.opened >= earliest {
            return;
        }
        request.opened = earliest;
        let end = request.closed.unwrap_or(self.drafted.context.history.end);
        if let Some(until) = &mut request.draft_until {
            *until = (*until).max(earliest.plus_seconds(20)).min(end);
        }
        for review in &mut request.reviews {
            review.at = review.at.max(earliest.plus_seconds(30)).min(end);
        }
    }

    fn blank(&self, opened: Instant, author: usize) -> PullRequest {
        PullRequest {
            repository: self.number as u32,
            number: 0,
            id: 0,
            author: author as u32,
            opened,
            draft_until: None,
            reviews: Vec::new(),
            closed: None,
            commit: None,
            closed_by: author as u32,
            additions: 0,
            deletions: 0,
            files: 1,
            labels: Vec::new(),
            own_title: None,
        }
    }

    /// The pull request that became a commit.
    fn merged(&mut self, position: usize, commit: &Commit) -> PullRequest {
        let is_bot = commit.author == self.drafted.context.people.bot;
        let (median, mean) = if is_bot { (9.0, 60.0) } else { (4.5, 26.0) };
        let waited = (self.random.heavy(median * self.patience, mean * self.patience) * HOUR).clamp(180.0, 120.0 * 86_400.0);
        let opened = self.working(commit.at.plus_micros((waited * -1e6) as i64), commit.at);
        let hired = self.drafted.context.people.people[commit.author].employed.start;
        let earliest = self.repository.exists.start.max(hired);
        let mut request = self.blank(opened.max(earliest.min(commit.at)), commit.author);
        request.closed = Some(commit.at);
        request.commit = Some(position as u32);
        self.size(&mut request, is_bot);
        request.files = commit.changes.len() as u32;
        let title = commit.message.lines().next().unwrap_or_default().to_lowercase();
        self.label(&mut request, is_bot, title.contains("fix"));
        self.review(&mut request, is_bot, true);
        let reviewer = request.reviews.last().map(|review| review.by);
        request.closed_by = match reviewer {
            Some(reviewer) if is_bot || self.random.chance(0.3) => reviewer,
            None if is_bot && self.random.chance(0.5) => self.member(commit.at, commit.author) as u32,
            _ => commit.author as u32,
        };
        request
    }

    /// One that was closed without being merged.
    fn unmerged(&mut self, near: Instant) -> Option<PullRequest> {
        let history = self.drafted.context.history;
        let (is_bot, author) = self.somebody(near);
        let waited = (self.random.heavy(30.0, 220.0) * HOUR).clamp(120.0, 200.0 * 86_400.0);
        let closed = near.plus_micros((waited * 1e6) as i64);
        let closed = self.drafted.context.calendar.soon(self.site, closed, &mut self.random);
        if closed >= history.end || near >= self.drafted.fates[self.number].open().end {
            return None;
        }
        let mut request = self.blank(near, author);
        request.closed = Some(closed);
        self.titled(&mut request, is_bot);
        self.review(&mut request, is_bot, false);
        let by_author = staff::works(self.drafted, author, closed) && self.random.chance(0.7);
        request.closed_by = if by_author { author } else { self.member(closed, author) } as u32;
        Some(request)
    }

    /// Those that are open at the end, oldest first: as many as are merged in some days, and a few that nobody looks after.
    fn open_now(&mut self) -> Vec<PullRequest> {
        let end = self.drafted.context.history.end;
        if self.drafted.fates[self.number].open().end <= end {
            return Vec::new();
        }
        let recent = self.repository.commits.iter().rev().take_while(|commit| commit.at > end.plus_seconds(-60 * 86_400)).count();
        let usual = recent as f64 / 60.0 * 2.2 * self.patience + if recent > 0 { 0.25 } else { 0.06 };
        let wanted = (0..12).take_while(|_| self.random.chance(usual / (1.0 + usual))).count();
        let mut found = Vec::new();
        for _ in 0..wanted {
            let age = (self.random.heavy(70.0, 620.0) * HOUR).clamp(600.0, 300.0 * 86_400.0);
            let opened = self.working(end.plus_micros((age * -1e6) as i64), end);
            if opened <= self.repository.exists.start {
                continue;
            }
            let (is_bot, author) = self.somebody(opened);
            let mut request = self.blank(opened, author);
            self.titled(&mut request, is_bot);
            if !is_bot && self.random.chance(0.15) {
                request.draft_until = Some(Instant::MAX);
            } else {
                self.review(&mut request, is_bot, false);
            }
            found.push(request);
        }
        found.sort_by_key(|request| request.opened);
        found
    }

    /// A moment at which people work, before or at `at`, and before `end`.
    fn working(&mut self, at: Instant, end: Instant) -> Instant {
        let calendar = self.drafted.context.calendar;
        let day = day_number(at);
        if at > end.plus_seconds(-4 * 3_600) {
            return at;
        }
        let day = (day - 7..=day).rev().find(|day| calendar.busy(self.site, *day) > 0.4).unwrap_or(day);
        let time = calendar.working_time(self.site, day, &mut self.random);
        if time < end.plus_seconds(-120) { time } else { at }
    }

    fn member(&mut self, at: Instant, except: usize) -> usize {
        staff::member(self.drafted, self.plan.topic, at, &mut self.random, except)
    }

    /// Whether it is the bot, and who.
    fn somebody(&mut self, at: Instant) -> (bool, usize) {
        let bot = self.drafted.context.people.bot;
        let has_bot = self.repository.commits.iter().any(|commit| commit.author == bot && commit.at <= at);
        if has_bot && self.random.chance(0.4) { (true, bot) } else { (false, self.member(at, bot)) }
    }

    fn titled(&mut self, request: &mut PullRequest, is_bot: bool) {
        let commits = &self.repository.commits;
        let like =
            commits.iter().rev().filter(|commit| (commit.author == request.author as usize) == is_bot && commit.at <= request.opened);
        let title = if is_bot {
            // A newer version of what was updated before.
            like.take(1).next().map_or_else(String::new, |commit| commit.message.lines().next().unwrap_or_default().to_owned())
        } else {
            let context = self.drafted.context;
            let topic = &context.org.topics[self.plan.topic];
            let theme = [Theme::Feature, Theme::Fix, Theme::Refactor, Theme::Test][self.random.weighted(&[45.0, 25.0, 22.0, 8.0])];
            let noun = topic.word.replace('-', " ");
            let style = &context.styles[topic.unit];
            style.message(&mut self.random, theme, &noun, &topic.word, 40).lines().next().unwrap_or_default().to_owned()
        };
        let title = title.split(" (#").next().unwrap_or_default();
        let is_fix = title.to_lowercase().contains("fix");
        request.own_title = Some(if title.is_empty() { "Update dependencies".into() } else { title.into() });
        self.size(request, is_bot);
        request.files = 1 + self.random.early(9) as u32;
        self.label(request, is_bot, is_fix);
    }

    fn size(&mut self, request: &mut PullRequest, is_bot: bool) {
        let (added, deleted) = if is_bot { (6.0, 30.0) } else { (34.0, 130.0) };
        request.additions = self.random.heavy(added, deleted).clamp(1.0, 40_000.0) as u32;
        request.deletions = (f64::from(request.additions) * self.random.heavy(0.35, 0.6)).min(40_000.0) as u32;
    }

    fn label(&mut self, request: &mut PullRequest, is_bot: bool, is_fix: bool) {
        if is_bot {
            request.labels.push("dependencies");
        } else if self.labels && self.random.chance(0.7) {
            request.labels.push(if is_fix {
                "bug"
            } else {
                ["enhancement", "enhancement", "tech-debt", "documentation"][self.random.below(4)]
            });
            if self.random.chance(0.06) {
                request.labels.push("needs-design");
            }
        }
        request.labels.sort_unstable();
    }

    /// A draft at first, and what reviewers said.
    fn review(&mut self, request: &mut PullRequest, is_bot: bool, merges: bool) {
        let end = request.closed.unwrap_or(self.drafted.context.history.end);
        let length = (end.micros() - request.opened.micros()).max(0) as f64;
        let at = |share: f64| request.opened.plus_micros((length * share) as i64);
        let mut begins = 0.0;
        if !is_bot && length > 2.0 * HOUR * 1e6 && self.random.chance(self.drafts) {
            begins = self.random.share() * 0.6;
            request.draft_until = Some(at(begins));
        }
        let is_reviewed = match (merges, is_bot) {
            (true, true) => 0.45,
            (true, false) => 0.9,
            (false, true) => 0.05,
            (false, false) => 0.5,
        };
        if !self.random.chance(is_reviewed) {
            return;
        }
        let rounds = if is_bot { 1 } else { 1 + self.random.weighted(&[55.0, 28.0, 12.0, 5.0]) };
        // Somebody looks early, or late; the last word comes shortly before the end.
        let first = begins + (1.0 - begins) * self.random.share().powf(1.6);
        let mut shares: Vec<f64> = (1..rounds).map(|_| self.random.range(first, 1.0)).collect();
        shares.push(first);
        shares.sort_by(f64::total_cmp);
        let author = request.author as usize;
        let times: Vec<Instant> = shares.into_iter().map(at).collect();
        let main = self.member(request.opened, author);
        let last = times.len() - 1;
        let mut reviews = Vec::with_capacity(times.len());
        for (number, at) in times.into_iter().enumerate() {
            let by = if number == 0 || self.random.chance(0.7) { main } else { self.member(at, author) };
            let verdict = match number {
                number if number == last && merges => Verdict::Approved,
                _ if self.random.chance(0.45) => Verdict::ChangesRequested,
                _ => Verdict::Commented,
            };
            reviews.push(Review { at, by: by as u32, verdict });
        }
        request.reviews = reviews;
    }
}
