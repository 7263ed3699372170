//! What troubles the company: incidents of what runs, bugs in it, and customers who ask for help.
//!
//! # Invariants
//! - Lists are in order of time, and nothing in them is later than the company's history ends.
//! - Only what runs in production has incidents, and only while it exists; a bug may outlive its service.
//! - An incident that a deployment brought about begins after that deployment was over, at the same service.

mod bugs;
mod cases;
mod generate;
mod incidents;
mod keys;
mod scene;
#[cfg(test)]
mod tests;
mod words;

pub(super) use generate::trouble;

use super::{Company, Timed};
use crate::model::Instant;
use crate::model::trouble::{Priority, Severity};

/// What troubles a company.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    /// The product's parts as customers know them: Quoting, Booking.
    pub features: Vec<String>,
    /// By their start.
    pub incidents: Vec<Incident>,
    /// Projects in Jira.
    pub projects: Vec<BugProject>,
    /// By their creation; those of before the year are the ones that were still open when it began.
    pub bugs: Vec<Bug>,
    /// By their creation.
    pub cases: Vec<SupportCase>,
    /// The tribe whose services get slowly worse, in [`Company::teams`].
    pub worsening: usize,
}

/// A disturbance of operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// When it began, and somebody was called.
    pub started: Instant,
    /// When somebody said that they look at it; none: it was over before, or nobody did.
    pub acknowledged: Option<Instant>,
    /// When it was over; none: it is not at the end of the company's history.
    pub resolved: Option<Instant>,
    /// How bad it is; it may change while it lasts.
    pub severity: Timed<Severity>,
    /// Where it was noticed: in [`super::delivery::Delivery::services`].
    pub service: u32,
    /// Other services that it happened to.
    pub also: Vec<u32>,
    /// What customers could not do, or only badly: in [`Trouble::features`].
    pub features: Vec<u16>,
    /// What it is called.
    pub title: String,
    /// Who leads: in [`Company::people`].
    pub commander: u32,
    /// What brought it about: in [`super::delivery::Delivery::deployments`].
    pub deployment: Option<u32>,
    /// The incident that this one turned out to be, in [`Trouble::incidents`]; it ended by being merged into it.
    pub duplicate_of: Option<u32>,
    /// It was looked back upon in writing.
    pub has_postmortem: bool,
}

/// A project of Jira.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BugProject {
    /// `BOOK`.
    pub key: String,
    /// `Booking`.
    pub name: String,
    /// The slug of the system whose bugs it holds, as in [`super::delivery::DeployedService::system`].
    pub system: String,
}

/// A defect of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Bug {
    /// When it was written down.
    pub created: Instant,
    /// What it is a defect of: in [`super::delivery::Delivery::services`]. A few turn out to be another's.
    pub service: Timed<u32>,
    /// What it is called, and where; it changes when the bug moves to another project.
    pub key: Timed<BugKey>,
    /// Its title.
    pub title: String,
    /// Who or what found it.
    pub found_by: FoundBy,
    /// Who wrote it down: in [`Company::people`].
    pub reporter: u32,
    /// Who works on it, if somebody does: in [`Company::people`].
    pub assignee: Option<u32>,
    /// How urgent it is, if anybody said so.
    pub priority: Timed<Option<Priority>>,
    /// What became of it, in order of time; until the first it is open.
    pub transitions: Vec<Transition>,
    /// Names of labels, sorted.
    pub labels: Vec<&'static str>,
    /// The incident that it follows from: in [`Trouble::incidents`].
    pub incident: Option<u32>,
    /// When it was deleted.
    pub deleted: Option<Instant>,
}

impl Bug {
    /// Its state at an instant from its creation on.
    #[must_use]
    pub fn state(&self, at: Instant) -> BugState {
        let known = self.transitions.partition_point(|transition| transition.at <= at);
        known.checked_sub(1).map_or(BugState::Open, |last| self.transitions[last].to)
    }

    /// Whether it is there and not resolved at an instant.
    #[must_use]
    pub fn is_open(&self, at: Instant) -> bool {
        self.exists(at) && !matches!(self.state(at), BugState::Resolved(_))
    }

    /// Whether it is written down and not deleted at an instant.
    #[must_use]
    pub fn exists(&self, at: Instant) -> bool {
        self.created <= at && self.deleted.is_none_or(|deleted| at < deleted)
    }

    /// Whether it was seen in production.
    #[must_use]
    pub const fn is_in_production(&self) -> bool {
        matches!(self.found_by, FoundBy::Customer | FoundBy::Monitoring)
    }
}

/// What a bug is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BugKey {
    /// An issue of Jira.
    Jira {
        /// In [`Trouble::projects`].
        project: u16,
        /// Its number there; numbers grow with time.
        number: u32,
    },
    /// An issue of GitHub, in its service's repository.
    GitHub {
        /// In [`Company::repositories`].
        repository: u32,
        /// Its number there, which no pull request has.
        number: u32,
    },
}

/// Who or what found a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoundBy {
    /// A customer, in production.
    Customer,
    /// Alerts, logs or an incident, in production.
    Monitoring,
    /// Somebody who tried it before it was in production.
    Testing,
    /// Somebody who read the code.
    Colleague,
}

/// What became of a bug, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When.
    pub at: Instant,
    /// Who did it: in [`Company::people`].
    pub by: u32,
    /// The state since then.
    pub to: BugState,
}

/// The state of a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BugState {
    /// Nobody works on it, or not any more.
    Open,
    /// Somebody does.
    InProgress,
    /// The repair is looked at.
    InReview,
    /// It is over.
    Resolved(Resolution),
}

/// Why a bug is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// It is repaired.
    Fixed,
    /// It stays as it is.
    WontDo,
    /// It is known by another key.
    Duplicate,
    /// Nobody can see it.
    CannotReproduce,
}

impl Resolution {
    /// As Jira calls it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fixed => "Fixed",
            Self::WontDo => "Won't Do",
            Self::Duplicate => "Duplicate",
            Self::CannotReproduce => "Cannot Reproduce",
        }
    }
}

/// A customer asked for help.
#[derive(Clone, Debug, PartialEq)]
pub struct SupportCase {
    /// Its number, which grows with time.
    pub number: u32,
    /// When it was asked.
    pub created: Instant,
    /// Which customer.
    pub customer: &'static str,
    /// The subject of the mail.
    pub subject: String,
    /// Which part of the product it is about, if anybody said so: in [`Trouble::features`].
    pub feature: Option<u16>,
    /// How urgent it is, if anybody said so.
    pub priority: Timed<Option<Priority>>,
    /// What became of it, in order of time; until the first it is new.
    pub steps: Vec<(Instant, CaseState)>,
    /// The incident that the customer felt: in [`Trouble::incidents`].
    pub incident: Option<u32>,
    /// The bug that was written down for it: in [`Trouble::bugs`].
    pub bug: Option<u32>,
    /// When it was deleted.
    pub deleted: Option<Instant>,
}

impl SupportCase {
    /// Its state at an instant from its creation on.
    #[must_use]
    pub fn state(&self, at: Instant) -> CaseState {
        let known = self.steps.partition_point(|(since, _)| *since <= at);
        known.checked_sub(1).map_or(CaseState::New, |last| self.steps[last].1)
    }
}

/// The state of a support case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaseState {
    /// Nobody answered yet.
    New,
    /// Somebody works on it; again, if it was solved before.
    Open,
    /// It waits for the customer.
    Pending,
    /// It is answered.
    Solved,
    /// It cannot be reopened any more.
    Closed,
}

impl Company {
    /// What a bug is called at an instant: `BOOK-12`, `brightquay/booking#7`.
    #[must_use]
    pub fn bug_key(&self, bug: &Bug, at: Instant) -> String {
        match *bug.key.at(at) {
            BugKey::Jira { project, number } => format!("{}-{number}", self.trouble.projects[usize::from(project)].key),
            BugKey::GitHub { repository, number } => {
                format!("{}/{}#{number}", self.login, self.repositories[repository as usize].name.at(at))
            }
        }
    }
}
