//! What an account of Zendesk holds, through all of its history.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::Instant;

/// An account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// The first part of its address: `brightquay`.
    pub subdomain: String,
    /// Fields that its tickets have beside those that all tickets have.
    pub fields: Vec<Field>,
    /// By their creation.
    pub tickets: Vec<Ticket>,
}

/// A custom field of tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its number.
    pub id: u64,
    /// For people.
    pub title: String,
    /// `tagger` (one of several), `multiselect`, `text`.
    pub kind: &'static str,
    /// What can be chosen: values, and what they are called.
    pub options: Vec<(String, String)>,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    /// Its number.
    pub id: u64,
    /// What it is called.
    pub subject: String,
    /// Its first comment.
    pub description: String,
    /// `urgent`, `high`, `normal` or `low`.
    pub priority: Option<&'static str>,
    /// Tags that it was created with.
    pub tags: Vec<String>,
    /// Values of its custom fields, by their numbers.
    pub fields: BTreeMap<u64, Value>,
    /// When it was created.
    pub created: Instant,
    /// What happened to it since, in order of time.
    pub entries: Vec<Entry>,
}

/// Something that happened to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// What.
    pub what: What,
}

/// What can happen to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is `open`, `pending`, `hold`, `solved` or `closed`.
    Status(&'static str),
    /// It is more or less urgent than it was.
    Priority(Option<&'static str>),
    /// It has one more tag.
    Tag(String),
    /// The system did something by itself, which is no change of the ticket.
    System,
    /// It became part of another one, by that one's number.
    Merge(u64),
    /// It was deleted; thirty days later it is emptied.
    Delete,
    /// It was restored.
    Restore,
}

/// How long a deleted ticket keeps what stands in it.
const KEPT_SECONDS: i64 = 30 * 86_400;

/// A ticket as it is at an instant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) status: &'static str,
    pub(super) priority: Option<&'static str>,
    pub(super) tags: Vec<String>,
    pub(super) updated: Instant,
    /// It moves on with what the system does, too.
    pub(super) generated: Instant,
    pub(super) status_changed: Instant,
    pub(super) solved: Option<Instant>,
    pub(super) reopens: u64,
    pub(super) is_deleted: bool,
    /// Nothing stands in it any more.
    pub(super) is_emptied: bool,
    /// Every status since its creation.
    pub(super) statuses: Vec<(Instant, &'static str)>,
}

impl Ticket {
    /// How it is at an instant from its creation on.
    pub(super) fn state(&self, at: Instant) -> State {
        let mut state = State {
            status: "new",
            priority: self.priority,
            tags: self.tags.clone(),
            updated: self.created,
            generated: self.created,
            status_changed: self.created,
            solved: None,
            reopens: 0,
            is_deleted: false,
            is_emptied: false,
            statuses: vec![(self.created, "new")],
        };
        let mut deleted = None;
        for entry in self.entries.iter().take_while(|entry| entry.at <= at) {
            state.generated = entry.at;
            if entry.what == What::System {
                continue;
            }
            state.updated = entry.at;
            match &entry.what {
                What::Status(status) => state.turn(entry.at, status),
                What::Merge(_) => {
                    state.tags.push("closed_by_merge".to_owned());
                    state.turn(entry.at, "closed");
                }
                What::Priority(priority) => state.priority = *priority,
                What::Tag(tag) => state.tags.push(tag.clone()),
                What::Delete => deleted = Some(entry.at),
                What::Restore => deleted = None,
                What::System => {}
            }
        }
        state.tags.sort_unstable();
        state.tags.dedup();
        if let Some(deleted) = deleted {
            state.is_deleted = true;
            let emptied = deleted.plus_seconds(KEPT_SECONDS);
            if emptied <= at {
                state.is_emptied = true;
                state.tags.clear();
                state.generated = state.generated.max(emptied);
            }
        }
        state
    }
}

impl State {
    fn turn(&mut self, at: Instant, status: &'static str) {
        let was_over = matches!(self.status, "solved" | "closed");
        let is_over = matches!(status, "solved" | "closed");
        if is_over && !was_over {
            self.solved = Some(at);
        }
        if was_over && !is_over {
            self.solved = None;
            self.reopens += 1;
        }
        self.status = status;
        self.status_changed = at;
        self.statuses.push((at, status));
    }
}
