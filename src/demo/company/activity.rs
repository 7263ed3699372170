//! Who changed what, and when: the commits of a repository.
//!
//! # Invariants
//! - Somebody commits only while employed; most commits are by members of the team that owns the repository that day.
//! - A file is written before it is changed or removed.

use std::ops::Range;
use std::sync::Arc;

use super::calendar::{Calendar, day_number};
use super::files::{Piece, Source, Subject};
use super::messages::{Style, Theme};
use super::organisation::Organisation;
use super::people::People;
use super::plan::{Plan, Purpose};
use super::random::Random;
use super::{Commit, FileChange};
use crate::model::Instant;

/// What activity is made from.
pub(super) struct Context<'a> {
    pub(super) org: &'a Organisation,
    pub(super) people: &'a People,
    pub(super) calendar: &'a Calendar,
    pub(super) history: &'a Range<Instant>,
}

/// A commit that follows from something else: a hand-over, an update of dependencies.
pub(super) struct Given {
    pub(super) at: Instant,
    pub(super) message: String,
    pub(super) changes: Vec<FileChange>,
    /// Made by a machine.
    pub(super) by_bot: bool,
}

/// A repository whose commits are made.
pub(super) struct Work<'a> {
    pub(super) subject: &'a Arc<Subject>,
    pub(super) plan: &'a Plan,
    pub(super) site: usize,
    pub(super) style: &'a Style,
    /// While it can be written to.
    pub(super) open: Range<Instant>,
    pub(super) sources: Vec<Source>,
    /// It has a descriptor with an API.
    pub(super) has_api: bool,
}

/// How many commits a repository gets in a year: the one in the middle, and the mean.
fn pace(purpose: Purpose) -> (f64, f64) {
    match purpose {
        Purpose::Service => (14.0, 34.0),
        Purpose::Web => (18.0, 40.0),
        Purpose::Worker | Purpose::Bff => (9.0, 20.0),
        Purpose::Mobile => (40.0, 80.0),
        Purpose::Library => (7.0, 16.0),
        Purpose::Pipeline => (11.0, 26.0),
        Purpose::Infra => (16.0, 45.0),
        Purpose::Catalog => (50.0, 60.0),
        Purpose::Docs => (7.0, 14.0),
        Purpose::Tool | Purpose::Tests => (5.0, 12.0),
        Purpose::Trial => (2.0, 5.0),
        Purpose::Fork => (1.0, 2.0),
    }
}

/// Every commit, oldest first.
pub(super) fn commits(context: &Context<'_>, work: Work<'_>, given: Vec<Given>) -> Vec<Commit> {
    let mut random = work.subject.random.part("activity");
    let mut maker = Maker::new(context, &work, &mut random);
    let beginnings = maker.beginnings(&mut random);
    let first_in_year = work.open.start.max(context.history.start);
    let (median, mean) = pace(work.plan.purpose);
    let year = (context.history.end.micros() - context.history.start.micros()) as f64;
    let open = (work.open.end.min(context.history.end).micros() - first_in_year.micros()).max(0) as f64 / year;
    let is_stale = work.plan.purpose == Purpose::Trial && work.open.start < context.history.start;
    let is_legacy = work.plan.name.starts_with("legacy-");
    let busy = random.heavy(median, mean).min(900.0) * if is_legacy || is_stale { 0.15 } else { 1.0 };
    // What is new gets more attention than its share of the year.
    let wanted = if work.open.start > context.history.start { busy * open.powf(0.7) + 4.0 } else { busy * open };
    let wanted = wanted.round() as usize;
    let times = maker.times(&mut random, first_in_year..work.open.end.min(context.history.end), wanted);
    let mut all = beginnings;
    let mut given = given.into_iter().peekable();
    let earliest = all.last().map_or(work.open.start, |commit| commit.at);
    let end = work.open.end.min(context.history.end).plus_seconds(-1);
    // What is older than the repository's last beginnings follows them, one after the other.
    let mut follows = earliest;
    let mut push_given = |until: Instant, all: &mut Vec<Commit>, maker: &mut Maker<'_>, random: &mut Random| {
        while let Some(next) = given.next_if(|given| given.at <= until) {
            if next.at <= follows {
                follows = follows.plus_seconds(random.between(240, 5_400)).min(end);
            }
            let at = next.at.max(follows).max(earliest);
            let author = if next.by_bot { context.people.bot } else { maker.author(random, at) };
            let message = Style::renumbered(next.message, maker.offset + all.len());
            all.push(Commit { at, author, message, changes: next.changes });
        }
    };
    // Who and when is settled before what, so that a file is written before it is changed.
    let mut turns: Vec<(Instant, usize)> = times.into_iter().map(|at| maker.turn(&mut random, at)).collect();
    turns.sort();
    for (at, author) in turns {
        push_given(at, &mut all, &mut maker, &mut random);
        let number = maker.offset + all.len();
        let commit = maker.commit(&mut random, at, author, number);
        all.push(commit);
    }
    push_given(Instant::MAX, &mut all, &mut maker, &mut random);
    all.sort_by_key(|commit| commit.at);
    all
}

struct Maker<'a> {
    context: &'a Context<'a>,
    subject: &'a Arc<Subject>,
    plan: &'a Plan,
    style: &'a Style,
    site: usize,
    open: Range<Instant>,
    /// What is there, with paths and the number of changes so far; what is yet to come.
    present: Vec<(Piece, String, u16)>,
    coming: Vec<Piece>,
    members: Vec<usize>,
    affinity: usize,
    /// Pull requests and tickets that came before what is told.
    offset: usize,
}

impl<'a> Maker<'a> {
    fn new(context: &'a Context<'a>, work: &Work<'a>, random: &mut Random) -> Self {
        let mut pieces = vec![Piece::Readme];
        let is_code = !matches!(work.plan.purpose, Purpose::Docs | Purpose::Catalog);
        if is_code {
            pieces.push(Piece::Ignore);
        }
        let mut optional = |piece: Piece, chance: f64| {
            if random.chance(chance) {
                pieces.push(piece);
            }
        };
        let runs = work.plan.purpose.is_service();
        optional(Piece::Workflow, if runs { 0.92 } else { 0.55 });
        optional(Piece::Values, if runs { 0.7 } else { 0.0 });
        optional(Piece::Make, if is_code { 0.35 } else { 0.1 });
        optional(Piece::Editor, 0.25);
        optional(Piece::Contributing, 0.12);
        optional(Piece::Changelog, if work.plan.purpose == Purpose::Library { 0.6 } else { 0.04 });
        if work.has_api || (work.plan.purpose == Purpose::Service && random.chance(0.12)) {
            pieces.push(Piece::OpenApi);
        }
        pieces.extend(work.sources.iter().copied().map(Piece::Source));
        let written = match work.plan.purpose {
            Purpose::Docs => 4 + random.below(9) as u8,
            Purpose::Trial | Purpose::Fork => 0,
            _ => [0, 0, 0, 1, 2, 3][random.below(6)],
        };
        let first = random.below(9) as u8;
        for number in 0..written {
            pieces.push(match random.below(3) {
                0 => Piece::Runbook((first + number) % 9),
                1 => Piece::Decision(number),
                _ => Piece::Guide((first + number) % 9),
            });
        }
        // Some of the source, the documents and the API come later.
        let keeps = random.range(0.72, 0.97);
        let (present, coming): (Vec<Piece>, Vec<Piece>) = pieces.into_iter().partition(|piece| match piece {
            Piece::Source(_) | Piece::Runbook(_) | Piece::Decision(_) | Piece::Guide(_) => random.chance(keeps),
            Piece::Contributing | Piece::Changelog | Piece::Make => random.chance(0.8),
            _ => true,
        });
        let present = present.into_iter().map(|piece| (piece, work.subject.path(piece), 0)).collect();
        Self {
            context,
            subject: work.subject,
            plan: work.plan,
            style: work.style,
            site: work.site,
            open: work.open.clone(),
            present,
            coming,
            members: Vec::new(),
            affinity: random.below(1000),
            offset: if work.open.start < context.history.start { (random.heavy(60.0, 150.0) as usize).min(2500) } else { 0 },
        }
    }

    /// The first commits: an old repository grew over years, a new one over days.
    fn beginnings(&mut self, random: &mut Random) -> Vec<Commit> {
        let start = self.open.start;
        let is_old = start < self.context.history.start;
        let parts = if is_old { 2 + random.below(5) } else { 1 + random.below(3) };
        let until = if is_old { self.context.history.start.min(self.open.end) } else { start.plus_seconds(6 * 86_400).min(self.open.end) };
        let length = (until.micros() - start.micros()).max(0) as f64;
        let mut times: Vec<Instant> = (1..parts)
            .map(|_| {
                let at = start.plus_micros((length * random.share().powf(1.6)) as i64);
                self.context.calendar.soon(self.site, at, random)
            })
            .filter(|at| *at > start && *at < until)
            .collect();
        times.sort();
        let total = self.present.len();
        let first = 2.min(total);
        let mut commits = Vec::new();
        let words = ["Initial commit", "Initial commit", "Initial commit", "Begin", "First commit", "Start from template", "Import"];
        let rest = total - first;
        let share = |number: usize| first + rest * number / times.len().max(1);
        let end = if times.is_empty() { total } else { first };
        let message = random.pick(&words).to_owned();
        commits.push(self.write(random, start, message, 0..end));
        for (number, at) in times.iter().enumerate() {
            let range = share(number)..share(number + 1);
            if range.is_empty() {
                continue;
            }
            let piece = self.present[range.start].0;
            let noun = self.subject.called(piece);
            let message = if noun.is_empty() {
                "Build and deploy".to_owned()
            } else {
                self.style.say(random, "feat", &format!("Add {noun}"), number)
            };
            commits.push(self.write(random, *at, message, range));
        }
        commits
    }

    fn write(&mut self, random: &mut Random, at: Instant, message: String, range: Range<usize>) -> Commit {
        let author = self.author(random, at);
        let change = |(piece, path, revision): &(Piece, String, u16)| FileChange {
            path: path.clone(),
            content: Some(self.subject.content(*piece, *revision)),
        };
        Commit { at, author, message, changes: self.present[range].iter().map(change).collect() }
    }

    /// Somebody of the team that owns it on that day; now and then somebody else.
    fn author(&mut self, random: &mut Random, at: Instant) -> usize {
        let owner = *self.context.org.topics[self.plan.topic].owner.at(at);
        self.members.clear();
        if !random.chance(0.05) {
            let members = self.context.org.teams[owner].members.iter().filter(|membership| membership.during.contains(&at));
            self.members.extend(members.map(|membership| membership.person));
        }
        if !self.members.is_empty() {
            let chosen = (random.early(self.members.len()) + self.affinity) % self.members.len();
            return self.members[chosen];
        }
        let people = &self.context.people.people[..self.context.people.bot];
        let hired = people.partition_point(|person| person.employed.start <= at).max(1);
        (0..12).map(|_| random.below(hired)).find(|person| people[*person].employed.contains(&at)).unwrap_or(0)
    }

    /// Times of commits: on working days of the team's site, in waves of weeks, more of them the less happens.
    fn times(&self, random: &mut Random, range: Range<Instant>, count: usize) -> Vec<Instant> {
        let (first, last) = (day_number(range.start), day_number(range.end));
        if count == 0 || first >= last {
            return Vec::new();
        }
        let steep = 0.7 + 40.0 / (count as f64 + 8.0);
        let mut sum = 0.0_f32;
        let mut sums = Vec::with_capacity((last - first) as usize + 1);
        let mut wave = 1.0_f32;
        for day in first..=last {
            if (day - first) % 7 == 0 {
                wave = random.share().powf(steep) as f32 + 0.002;
            }
            sum += self.context.calendar.busy(self.site, day) * wave;
            sums.push(sum);
        }
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            let wanted = random.share() as f32 * sum;
            let day = first + sums.partition_point(|sum| *sum <= wanted).min(sums.len() - 1) as i64;
            let at = self.context.calendar.working_time(self.site, day, random);
            if range.contains(&at) {
                times.push(at);
            }
        }
        times.sort();
        times
    }

    /// Somebody who works elsewhere commits in their own hours.
    fn turn(&mut self, random: &mut Random, at: Instant) -> (Instant, usize) {
        let author = self.author(random, at);
        let site = usize::from(self.context.people.sites[author]);
        if site != self.site {
            let there = self.context.calendar.working_time(site, day_number(at), random);
            let employed = self.context.people.people[author].employed.contains(&there);
            if self.open.contains(&there) && there < self.context.history.end && employed {
                return (there, author);
            }
        }
        (at, author)
    }

    fn commit(&mut self, random: &mut Random, at: Instant, author: usize, number: usize) -> Commit {
        let theme = self.theme(random);
        let (noun, changes) = self.changes(random, theme);
        let message = self.style.message(random, theme, &noun, &self.subject.word, number);
        Commit { at, author, message, changes }
    }

    fn theme(&self, random: &mut Random) -> Theme {
        let is_prose = matches!(self.plan.purpose, Purpose::Docs | Purpose::Catalog);
        let weights = if is_prose { [0.0, 0.0, 0.0, 0.0, 1.0, 0.05, 0.0, 0.0] } else { [30.0, 26.0, 14.0, 8.0, 7.0, 10.0, 4.0, 1.5] };
        [Theme::Feature, Theme::Fix, Theme::Refactor, Theme::Test, Theme::Docs, Theme::Config, Theme::Api, Theme::Remove]
            [random.weighted(&weights)]
    }

    /// What the commit is about, and the files.
    fn changes(&mut self, random: &mut Random, theme: Theme) -> (String, Vec<FileChange>) {
        let fits = |piece: &Piece| match theme {
            Theme::Feature | Theme::Fix | Theme::Refactor | Theme::Remove => matches!(piece, Piece::Source(source) if !source.is_test()),
            Theme::Test => matches!(piece, Piece::Source(source) if source.is_test()),
            Theme::Docs => matches!(
                piece,
                Piece::Readme | Piece::Runbook(_) | Piece::Decision(_) | Piece::Guide(_) | Piece::Contributing | Piece::Changelog
            ),
            Theme::Config => matches!(piece, Piece::Workflow | Piece::Values | Piece::Make | Piece::Ignore),
            Theme::Api => matches!(piece, Piece::OpenApi),
        };
        let adds = matches!(theme, Theme::Feature | Theme::Docs | Theme::Test) && random.chance(0.22);
        if adds && let Some(at) = self.coming.iter().position(fits) {
            let piece = self.coming.remove(at);
            let path = self.subject.path(piece);
            self.present.push((piece, path.clone(), 0));
            let mut changes = vec![FileChange { path, content: Some(self.subject.content(piece, 0)) }];
            self.change_others(random, piece, &mut changes);
            return (self.subject.called(piece), changes);
        }
        let candidates: Vec<usize> = (0..self.present.len()).filter(|at| fits(&self.present[*at].0)).collect();
        if candidates.is_empty() {
            // Nothing of that kind: then some source, or what is always there.
            let source = self.present.iter().position(|(piece, ..)| matches!(piece, Piece::Source(_))).unwrap_or(0);
            let noun = if theme == Theme::Config { "ignore".to_owned() } else { self.subject.called(self.present[source].0) };
            return (noun, vec![self.change(source)]);
        }
        let mut chosen = candidates[random.early(candidates.len())];
        let mut noun = String::new();
        if theme == Theme::Config {
            let weight = |at: &usize| match self.present[*at].0 {
                Piece::Values => 5.0,
                Piece::Workflow => 4.0,
                Piece::Make => 0.8,
                _ => 0.2,
            };
            chosen = candidates[random.weighted(&candidates.iter().map(weight).collect::<Vec<f64>>())];
            noun = match self.present[chosen].0 {
                Piece::Values => "values",
                Piece::Workflow => "workflow",
                Piece::Make => "make",
                _ => "ignore",
            }
            .to_owned();
        }
        let piece = self.present[chosen].0;
        if theme != Theme::Config {
            noun = self.subject.called(piece);
        }
        if theme == Theme::Remove && candidates.len() > 4 {
            let last = candidates[candidates.len() - 1];
            let (piece, path, _) = self.present.remove(last);
            return (self.subject.called(piece), vec![FileChange { path, content: None }]);
        }
        let mut changes = vec![self.change(chosen)];
        if matches!(theme, Theme::Feature | Theme::Fix | Theme::Refactor | Theme::Api) {
            self.change_others(random, piece, &mut changes);
        }
        (noun, changes)
    }

    fn change(&mut self, at: usize) -> FileChange {
        let (piece, path, revision) = &mut self.present[at];
        *revision = revision.saturating_add(1);
        FileChange { path: path.clone(), content: Some(self.subject.content(*piece, *revision)) }
    }

    /// What usually changes together with a piece: its test, its neighbours.
    fn change_others(&mut self, random: &mut Random, piece: Piece, changes: &mut Vec<FileChange>) {
        let more = random.weighted(&[38.0, 34.0, 19.0, 9.0]);
        let near = self.present.iter().position(|(other, ..)| *other == piece).unwrap_or(0);
        let (low, high) = (near.saturating_sub(3), (near + 4).min(self.present.len()));
        let mut tried: Vec<usize> = (low..high).filter(|at| *at != near && matches!(self.present[*at].0, Piece::Source(_))).collect();
        random.shuffle(&mut tried);
        for at in tried.into_iter().take(more) {
            changes.push(self.change(at));
        }
    }
}
