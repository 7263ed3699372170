//! The states that a ticket went through. Pure.
//!
//! The clock of how long the requester waits runs while a ticket is new, open or on hold, pauses while it is pending, and stops
//! when it is solved: its events are the states. Where there are none, the times of the last solution and of the last change of the
//! status are what is known. When it was closed only the latter says.

use std::collections::BTreeMap;

use crate::collect::zendesk::wire::{MetricEvent, Ticket};
use crate::model::Instant;
use crate::model::event::Step;

/// The metric whose events are the states.
const METRIC: &str = "requester_wait_time";
/// The tag of what was merged into another ticket.
const MERGED: &str = "closed_by_merge";

/// What became of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) steps: Vec<Step>,
    pub(super) ended: Option<Instant>,
    /// The steps are all there are.
    pub(super) is_whole: bool,
    /// It was merged into another.
    pub(super) is_merged: bool,
    /// Something is said to have been before it was created: when.
    pub(super) early: Option<Instant>,
    /// What should be a time, and is none: without a zone, or not even that.
    pub(super) timeless: Option<String>,
    /// A status that stands for nothing.
    pub(super) unknown: Option<String>,
}

/// A time as Zendesk writes it.
pub(super) fn time(text: Option<&String>) -> Option<Instant> {
    text?.trim().parse().ok()
}

/// What a status stands for.
fn state_of(status: &str) -> Option<&'static str> {
    Some(match status.to_ascii_lowercase().as_str() {
        "new" | "open" | "hold" => "open",
        "pending" => "waiting",
        "solved" => "solved",
        "closed" => "closed",
        "deleted" => "deleted",
        _ => return None,
    })
}

/// The life of a ticket that was created at an instant.
pub(super) fn life(ticket: &Ticket, created: Instant) -> Life {
    let set = ticket.metric_set.clone().unwrap_or_default();
    let mut timeless = None;
    let mut read = |text: Option<&String>| {
        let found = time(text);
        if let (None, Some(text)) = (found, text) {
            timeless.get_or_insert_with(|| text.clone());
        }
        found
    };
    let (updated, solved) = (read(ticket.updated_at.as_ref()), read(set.solved_at.as_ref()));
    let turned = read(set.status_updated_at.as_ref());
    let generated = ticket.generated_timestamp.map(Instant::from_seconds);
    let told = ticket.metric_events(METRIC);
    let count = told.len();
    let mut events: Vec<(Instant, MetricEvent)> = Vec::new();
    for event in told {
        match event {
            Ok(event) => events.extend(read(Some(&event.time)).map(|at| (at, event))),
            Err(text) => drop(read(Some(&text))),
        }
    }
    events.sort_by_key(|(at, event)| (*at, event.id));
    let mut path = Path { created, steps: BTreeMap::from([(created, "open")]), state: "open", early: None };
    let has_events = !events.is_empty();
    for (at, event) in &events {
        match event.kind.as_str() {
            "activate" => path.turn(*at, "open"),
            "pause" => path.turn(*at, "waiting"),
            "fulfill" => path.turn(*at, "solved"),
            _ => {}
        }
    }
    let status = ticket.status.as_deref().unwrap_or_default();
    let now = state_of(status);
    if let Some(solved) = solved.filter(|_| !has_events && matches!(now, Some("solved" | "closed"))) {
        path.turn(solved, "solved");
    }
    let is_merged = now == Some("closed") && ticket.tags.iter().any(|tag| tag.eq_ignore_ascii_case(MERGED));
    let changed = turned.or(updated).or(generated).unwrap_or(created);
    match now {
        // Deletion is no change of the status for its metrics.
        Some("deleted") => path.turn(updated.or(generated).unwrap_or(changed), "deleted"),
        Some("closed") if is_merged => path.turn(changed, "deleted"),
        // What it says now has the last word: events may be late.
        Some(state) => path.turn(changed, state),
        None => {}
    }
    Life {
        ended: path.ended(),
        early: path.early,
        timeless,
        steps: path.steps(),
        is_whole: has_events && events.len() == count,
        is_merged,
        unknown: (now.is_none() && !status.is_empty()).then(|| status.to_owned()),
    }
}

struct Path {
    created: Instant,
    /// By their instants; of two at one instant the later stands.
    steps: BTreeMap<Instant, &'static str>,
    state: &'static str,
    early: Option<Instant>,
}

impl Path {
    /// Nothing is before what came before it.
    fn turn(&mut self, at: Instant, state: &'static str) {
        if self.state == state {
            return;
        }
        if at < self.created {
            self.early.get_or_insert(at);
        }
        let last = self.steps.keys().next_back().copied().unwrap_or(self.created);
        self.steps.insert(at.max(last), state);
        self.state = state;
    }

    /// Each step leads to another state than the one before.
    fn turns(&self) -> Vec<(Instant, &'static str)> {
        let mut turns: Vec<(Instant, &'static str)> = self.steps.iter().map(|(at, state)| (*at, *state)).collect();
        turns.dedup_by_key(|(_, state)| *state);
        turns
    }

    fn steps(&self) -> Vec<Step> {
        self.turns().into_iter().map(|(at, state)| Step::state(at, state)).collect()
    }

    /// When it was over, if it is: when it was solved, not when it was closed later.
    fn ended(&self) -> Option<Instant> {
        let turns = self.turns();
        match turns.as_slice() {
            [.., (at, "solved"), (_, "closed")] | [.., (at, "solved" | "closed" | "deleted")] => Some(*at),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn at(time: &str) -> Instant {
        format!("2026-03-02T{time}:00Z").parse().unwrap()
    }

    fn lived(ticket: Value) -> (String, Life) {
        let mut all = json!({ "id": 7, "updated_at": "2026-03-02T20:00:00Z" });
        all.as_object_mut().unwrap().extend(ticket.as_object().unwrap().clone());
        let found = life(&serde_json::from_value(all).unwrap(), at("09:00"));
        let steps = found.steps.iter().map(|step| format!("{} {}", &step.at.to_string()[11..16], step.set["state"].as_str().unwrap()));
        (steps.collect::<Vec<_>>().join(", "), found)
    }

    fn events(all: &[(&str, &str)]) -> Value {
        let event =
            |(number, (at, kind)): (usize, &(&str, &str))| json!({ "id": number, "type": kind, "time": format!("2026-03-02T{at}:00Z") });
        json!({ "reply_time": [{ "id": 99, "type": "fulfill", "time": "2026-03-02T09:01:00Z" }],
            "requester_wait_time": all.iter().enumerate().map(event).collect::<Vec<_>>() })
    }

    #[test]
    fn the_clock_of_the_requester_tells_the_states() {
        let all = [
            ("09:00", "activate"),
            ("09:00", "measure"),
            ("10:00", "pause"),
            ("11:00", "activate"),
            ("12:00", "fulfill"),
            ("13:00", "activate"),
            ("14:00", "fulfill"),
        ];
        let (steps, life) = lived(json!({ "status": "closed", "metric_events": events(&all),
            "metric_set": { "solved_at": "2026-03-02T14:00:00Z", "status_updated_at": "2026-03-02T18:00:00Z" } }));
        assert_eq!(steps, "09:00 open, 10:00 waiting, 11:00 open, 12:00 solved, 13:00 open, 14:00 solved, 18:00 closed");
        assert_eq!((life.ended, life.is_whole), (Some(at("14:00")), true));
        // What it says now has the last word.
        let (steps, life) = lived(json!({ "status": "pending", "metric_events": events(&all[..2]) }));
        assert_eq!((steps.as_str(), life.ended), ("09:00 open, 20:00 waiting", None));
        // One list of all, with one that was taken back.
        let list = json!([
            { "id": 1, "metric": "requester_wait_time", "type": "pause", "time": "2026-03-02T10:00:00Z" },
            { "id": 2, "metric": "requester_wait_time", "type": "activate", "time": "2026-03-02T10:30:00Z", "deleted": true },
            { "id": 3, "metric": "reply_time", "type": "fulfill", "time": "2026-03-02T10:40:00Z" },
        ]);
        assert_eq!(lived(json!({ "status": "pending", "metric_events": list })).0, "09:00 open, 10:00 waiting");
    }

    #[test]
    fn without_it_the_times_of_the_ticket_do() {
        let set = json!({ "solved_at": "2026-03-02T14:00:00Z", "status_updated_at": "2026-03-02T18:00:00Z" });
        let (steps, life) = lived(json!({ "status": "closed", "metric_set": set }));
        assert_eq!((steps.as_str(), life.is_whole), ("09:00 open, 14:00 solved, 18:00 closed", false));
        assert_eq!(lived(json!({ "status": "hold", "metric_set": set })).0, "09:00 open");
        let (steps, life) = lived(json!({ "status": "solved", "metric_set": { "solved_at": "2026-03-01T14:00:00Z" } }));
        assert_eq!((steps.as_str(), life.ended), ("09:00 solved", Some(at("09:00"))));
        assert_eq!(life.early, Some("2026-03-01T14:00:00Z".parse().unwrap()));
        let (steps, life) = lived(json!({ "status": "Gelöst" }));
        assert_eq!((steps.as_str(), life.unknown.as_deref()), ("09:00 open", Some("Gelöst")));
    }

    #[test]
    fn what_was_deleted_or_merged_leaves() {
        let all = [("09:00", "activate"), ("10:00", "pause"), ("15:00", "fulfill")];
        let (steps, life) = lived(json!({ "status": "deleted", "metric_events": events(&all[..2]) }));
        assert_eq!((steps.as_str(), life.ended), ("09:00 open, 10:00 waiting, 20:00 deleted", Some(at("20:00"))));
        assert!(!lived(json!({ "status": "deleted" })).1.is_whole);
        let merged = json!({ "status": "closed", "tags": ["closed_by_merge"], "metric_events": events(&all),
            "metric_set": { "status_updated_at": "2026-03-02T15:00:00Z" } });
        let (steps, life) = lived(merged);
        assert_eq!((steps.as_str(), life.is_merged, life.ended), ("09:00 open, 10:00 waiting, 15:00 deleted", true, Some(at("15:00"))));
    }
}
