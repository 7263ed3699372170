//! Issues beside the code: those that the company keeps there, or others for a test.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::demo::company::trouble::{Bug, BugKey, BugState, Resolution};
use crate::demo::company::{Company, Timed};
use crate::model::Instant;
use crate::model::trouble::Priority;

/// All issues of an organisation.
#[derive(Clone, Debug, Default)]
pub struct Issues {
    /// In order of their creation.
    pub all: Vec<Issue>,
    /// Repositories, by position, whose issues are turned off, and when.
    pub disabled: BTreeMap<usize, Timed<bool>>,
    /// What labels are called since when, by what they were called first.
    pub renamed: BTreeMap<String, Timed<String>>,
}

/// An issue. It is there from its creation, or from when it came from another repository, until it was deleted or went on.
#[derive(Clone, Debug)]
pub struct Issue {
    /// GitHub's number.
    pub id: u64,
    /// The repository, by position.
    pub repository: usize,
    /// Its number there, which no pull request has.
    pub number: u32,
    /// When it is there.
    pub exists: Range<Instant>,
    /// When it was written, perhaps elsewhere.
    pub created: Instant,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// Who wrote it, by position; none: somebody who is gone.
    pub author: Option<usize>,
    /// Who works on it.
    pub assignee: Option<usize>,
    /// When it was closed, and why, or opened again. Until the first it is open.
    pub states: Vec<(Instant, State)>,
    /// Names of labels.
    pub labels: Timed<Vec<String>>,
    /// The type.
    pub kind: Timed<Option<String>>,
    /// When it came from which other repositories, by position, oldest first.
    pub moves: Vec<(Instant, usize)>,
    /// When it was made a discussion.
    pub talk: Option<Instant>,
}

/// What becomes of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was opened again.
    Open,
    /// It was closed.
    Closed(Reason),
}

/// Why an issue is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is done.
    Completed,
    /// It will not be done.
    NotPlanned,
    /// Another one says the same.
    Duplicate,
}

/// Something that stands in the timeline of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    State(State),
    Labeled(String),
    Unlabeled(String),
    Moved(usize),
    /// From what type to what.
    Kind(Option<String>, Option<String>),
    Talk,
}

impl Issue {
    /// An open issue of the first repository, of which nothing more is known.
    #[must_use]
    pub fn new(id: u64, number: u32, created: Instant) -> Self {
        Self {
            id,
            repository: 0,
            number,
            exists: created..Instant::MAX,
            created,
            title: format!("It breaks {number}"),
            body: "Once upon a time".to_owned(),
            author: Some(0),
            assignee: None,
            states: Vec::new(),
            labels: Timed::always(Vec::new()),
            kind: Timed::always(None),
            moves: Vec::new(),
            talk: None,
        }
    }

    /// What happened up to an instant, oldest first. What it was created with happened at its creation.
    pub(super) fn timeline(&self, now: Instant) -> Vec<(Instant, Happened)> {
        let mut all: Vec<(Instant, Happened)> = Vec::new();
        let mut before: &[String] = &[];
        for (at, labels) in self.labels.all() {
            let at = (*at).max(self.created);
            all.extend(labels.iter().filter(|label| !before.contains(label)).map(|label| (at, Happened::Labeled(label.clone()))));
            all.extend(before.iter().filter(|label| !labels.contains(label)).map(|label| (at, Happened::Unlabeled(label.clone()))));
            before = labels;
        }
        let mut before = &None;
        for (at, kind) in self.kind.all().iter().filter(|(at, kind)| *at > self.created || kind.is_some()) {
            if kind != before {
                all.push(((*at).max(self.created), Happened::Kind(before.clone(), kind.clone())));
            }
            before = kind;
        }
        all.extend(self.states.iter().map(|(at, state)| (*at, Happened::State(*state))));
        all.extend(self.moves.iter().map(|(at, from)| (*at, Happened::Moved(*from))));
        all.extend(self.talk.map(|at| (at, Happened::Talk)));
        all.retain(|(at, _)| *at <= now);
        all.sort_by_key(|(at, _)| *at);
        all
    }

    /// How it stands at an instant.
    pub(super) fn state(&self, now: Instant) -> State {
        let known = self.states.iter().filter(|(at, _)| *at <= now).max_by_key(|(at, _)| *at);
        known.map_or(State::Open, |(_, state)| *state)
    }

    /// When it was closed last, if it is.
    pub(super) fn closed(&self, now: Instant) -> Option<Instant> {
        let last = self.states.iter().filter(|(at, _)| *at <= now).max_by_key(|(at, _)| *at)?;
        matches!(last.1, State::Closed(_)).then_some(last.0)
    }

    /// When anything last happened to it.
    pub(super) fn updated(&self, now: Instant) -> Instant {
        self.timeline(now).last().map_or(self.created, |(at, _)| (*at).max(self.created))
    }
}

impl Issues {
    /// The bugs that a company keeps beside its code. Teams differ in how they say that it is a bug, and how urgent.
    #[must_use]
    pub fn of_company(company: &Company) -> Self {
        let bugs = company.trouble.bugs.iter().enumerate();
        let mut all: Vec<Issue> = bugs.filter_map(|(position, bug)| issue(position, bug)).collect();
        all.sort_by_key(|issue| (issue.created, issue.id));
        Self { all, ..Self::default() }
    }

    /// Whether a repository has issues.
    pub(super) fn is_enabled(&self, repository: usize, now: Instant) -> bool {
        !self.disabled.get(&repository).is_some_and(|is_off| *is_off.at(now))
    }

    /// Positions of the issues of a repository that are there.
    pub(super) fn of(&self, repository: usize, now: Instant) -> impl Iterator<Item = usize> + '_ {
        let is_there = move |issue: &Issue| issue.repository == repository && issue.exists.contains(&now);
        let enabled = self.is_enabled(repository, now);
        self.all.iter().enumerate().filter(move |(_, issue)| enabled && is_there(issue)).map(|(position, _)| position)
    }

    /// What a label is called now.
    pub(super) fn label<'a>(&'a self, label: &'a str, now: Instant) -> &'a str {
        self.renamed.get(label).map_or(label, |name| name.at(now))
    }
}

/// A bug as an issue; none if it is kept elsewhere.
fn issue(position: usize, bug: &Bug) -> Option<Issue> {
    let BugKey::GitHub { repository, number } = *bug.key.at(bug.created) else { return None };
    let repository = repository as usize;
    // Some have types of issues, some say it by a label.
    let sign = ["bug", "type: bug", "kind/bug"].get(repository % 4).copied();
    let urgency = |priority: Option<Priority>| {
        let rank = Priority::ALL.iter().position(|known| Some(*known) == priority)? + 1;
        let word = priority?.word();
        Some(match repository % 3 {
            0 => format!("P{rank}"),
            1 => format!("priority: {word}"),
            _ => format!("severity/{word}"),
        })
    };
    let labels = |priority: Option<Priority>| {
        let own = bug.labels.iter().map(|label| (*label).to_owned());
        own.chain(sign.map(str::to_owned)).chain(urgency(priority)).collect::<Vec<String>>()
    };
    let states = bug.transitions.iter().filter_map({
        let mut is_closed = false;
        move |transition| {
            let state = match transition.to {
                BugState::Resolved(Resolution::Fixed) => State::Closed(Reason::Completed),
                BugState::Resolved(Resolution::Duplicate) => State::Closed(Reason::Duplicate),
                BugState::Resolved(_) => State::Closed(Reason::NotPlanned),
                _ => State::Open,
            };
            let was_closed = std::mem::replace(&mut is_closed, state != State::Open);
            (was_closed || is_closed).then_some((transition.at, state))
        }
    });
    Some(Issue {
        repository,
        exists: bug.created..bug.deleted.unwrap_or(Instant::MAX),
        title: bug.title.clone(),
        body: bug.title.clone(),
        author: Some(bug.reporter as usize),
        assignee: bug.assignee.map(|person| person as usize),
        states: states.collect(),
        labels: Timed::steps(bug.priority.all().iter().map(|(at, priority)| (*at, labels(*priority))).collect()),
        kind: Timed::always(sign.is_none().then(|| "Bug".to_owned())),
        ..Issue::new(3_100_000_000 + position as u64 * 17, number, bug.created)
    })
}
