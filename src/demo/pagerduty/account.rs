//! What an account of PagerDuty holds, through all of its history.

use std::collections::BTreeMap;

use crate::model::Instant;

/// An account. Positions (`usize`) point into its lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// The first part of its address: `brightquay`.
    pub subdomain: String,
    /// Its time zone, by the IANA name; UTC if empty.
    pub time_zone: String,
    /// Names of its priorities, the most severe first; none: it uses no priorities.
    pub priorities: Vec<String>,
    /// Everybody.
    pub users: Vec<User>,
    /// What incidents are of.
    pub services: Vec<Service>,
    /// By their creation; numbers follow from the order.
    pub incidents: Vec<Incident>,
    /// Who is on call when.
    pub on_call: Vec<Shift>,
}

/// Somebody who may be called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `PXPGF42`.
    pub id: String,
    /// For people.
    pub name: String,
}

/// A technical service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `PIJ90N7`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Keys of its integrations.
    pub keys: Vec<String>,
    /// When it was made.
    pub created: Instant,
    /// When it was deleted.
    pub deleted: Option<Instant>,
}

/// An incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// `PT4KHLK`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is of.
    pub service: usize,
    /// `high` or `low`.
    pub urgency: &'static str,
    /// The priority that it was created with.
    pub priority: Option<usize>,
    /// When it was triggered.
    pub created: Instant,
    /// What happened to it since, in order of time.
    pub entries: Vec<Entry>,
    /// Values of its custom fields, by the field's name.
    pub fields: BTreeMap<String, serde_json::Value>,
}

/// Something that happened to an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// Who did it; none: the service.
    pub by: Option<usize>,
    /// What.
    pub what: What,
}

/// What can happen to an incident after it was triggered.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Somebody was told; of no interest in an overview.
    Notify,
    /// Another alert came in.
    TriggerAgain,
    /// Somebody looks at it.
    Acknowledge,
    /// Nobody does any more.
    Unacknowledge,
    /// It is over.
    Resolve,
    /// It is over because it became part of another one, by that one's id.
    Merge(String),
    /// It is more or less severe than it was; none: nobody says how.
    Priority(Option<usize>),
    /// Somebody wrote something.
    Annotate(String),
}

/// Somebody on call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Who.
    pub user: usize,
    /// The name of the escalation policy, which is its schedule's, too.
    pub policy: String,
    /// From.
    pub start: Instant,
    /// Until.
    pub end: Instant,
}

/// An incident as it is at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State<'a> {
    pub(super) status: &'static str,
    pub(super) priority: Option<usize>,
    /// When the status last changed, and who did it.
    pub(super) changed: (Instant, Option<usize>),
    pub(super) updated: Instant,
    pub(super) resolved: Option<Instant>,
    pub(super) merged: Option<&'a str>,
    /// When somebody first acknowledged.
    pub(super) acknowledged: Option<Instant>,
    /// Who acknowledged last.
    pub(super) acknowledger: Option<(Instant, usize)>,
}

impl Incident {
    /// What happened to it until an instant.
    pub(super) fn until(&self, at: Instant) -> &[Entry] {
        &self.entries[..self.entries.partition_point(|entry| entry.at <= at)]
    }

    /// How it is at an instant from its creation on.
    pub(super) fn state(&self, at: Instant) -> State<'_> {
        let mut state = State {
            status: "triggered",
            priority: self.priority,
            changed: (self.created, None),
            updated: self.created,
            resolved: None,
            merged: None,
            acknowledged: None,
            acknowledger: None,
        };
        for entry in self.until(at) {
            state.updated = entry.at;
            let status = match &entry.what {
                What::Acknowledge => {
                    state.acknowledged.get_or_insert(entry.at);
                    state.acknowledger = entry.by.map(|by| (entry.at, by));
                    "acknowledged"
                }
                What::Unacknowledge => "triggered",
                What::Resolve => "resolved",
                What::Merge(other) => {
                    state.merged = Some(other);
                    "resolved"
                }
                What::Priority(priority) => {
                    state.priority = *priority;
                    continue;
                }
                What::Notify | What::TriggerAgain | What::Annotate(_) => continue,
            };
            if status == "resolved" {
                state.resolved = Some(entry.at);
            }
            state.status = status;
            state.changed = (entry.at, entry.by);
        }
        state
    }
}
