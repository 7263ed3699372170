//! What a page holds, through all of its history.

use crate::model::Instant;

/// A status page. Positions (`usize`) point into its lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// `abc123def456`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Where it is: `status.acme.example`.
    pub domain: String,
    /// Its time zone, by the IANA name; UTC if empty.
    pub time_zone: String,
    /// What may be affected.
    pub components: Vec<Component>,
    /// By their creation.
    pub incidents: Vec<Incident>,
}

/// A part of the product, or a group of such.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// `8kbf7d35c070`.
    pub id: String,
    /// For people.
    pub name: String,
    /// The group that it is in.
    pub group: Option<usize>,
    /// It is a group.
    pub is_group: bool,
}

/// An incident, or a maintenance that was announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incident {
    /// `p31zjtct2jer`.
    pub id: String,
    /// What customers call it.
    pub name: String,
    /// `none`, `minor`, `major`, `critical` or `maintenance`.
    pub impact: &'static str,
    /// What it affects.
    pub components: Vec<usize>,
    /// When it was created.
    pub created: Instant,
    /// When it began, if that is told.
    pub started: Option<Instant>,
    /// When the maintenance is to begin, if it is one.
    pub scheduled: Option<Instant>,
    /// When it was deleted.
    pub deleted: Option<Instant>,
    /// What customers were told, in order of time; the first when it was created.
    pub updates: Vec<Update>,
}

/// What customers were told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// When.
    pub at: Instant,
    /// The time that is shown, where it is another.
    pub shown: Option<Instant>,
    /// `investigating`, `identified`, `monitoring`, `resolved`, `postmortem`; of a maintenance `scheduled`, `in_progress`,
    /// `verifying`, `completed`.
    pub status: &'static str,
    /// What they were told.
    pub body: String,
    /// How components are from then on.
    pub affected: Vec<(usize, &'static str)>,
}

impl Incident {
    /// Whether it is shown at an instant.
    pub(super) fn is_there(&self, at: Instant) -> bool {
        self.created <= at && self.deleted.is_none_or(|deleted| at < deleted)
    }

    /// Whether it is a maintenance.
    pub(super) const fn is_scheduled(&self) -> bool {
        self.scheduled.is_some()
    }

    /// What customers were told until an instant.
    pub(super) fn until(&self, at: Instant) -> &[Update] {
        &self.updates[..self.updates.partition_point(|update| update.at <= at)]
    }

    /// How it is at an instant from its creation on.
    pub(super) fn status(&self, at: Instant) -> &'static str {
        self.until(at).last().map_or(if self.is_scheduled() { "scheduled" } else { "investigating" }, |update| update.status)
    }

    /// Whether it is an incident that is not over.
    pub(super) fn is_unresolved(&self, at: Instant) -> bool {
        !self.is_scheduled() && !matches!(self.status(at), "resolved" | "postmortem")
    }

    /// The time that is shown of the last update with a status, if it still counts.
    pub(super) fn last(&self, status: &str, at: Instant) -> Option<Instant> {
        let update = self.until(at).iter().rev().find(|update| update.status == status)?;
        Some(update.shown.unwrap_or(update.at))
    }
}
