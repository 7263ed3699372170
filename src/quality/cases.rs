//! Support cases: how many customers newly asked for help, how urgently, and about which part of the product.
//!
//! # Invariants
//! - A case counts in the period in which it was created, once, whatever became of it; one that was deleted counts as long as
//!   that was not known.
//! - Without a priority it counts among all, and among those without one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::event::Step;
use crate::model::trouble::Priority;
use crate::model::{Instant, Span};
use crate::quality::sla::{CLASSES, class_of};

/// All that is counted of a support case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    #[serde(rename = "s")]
    created: Instant,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    deleted: Option<Instant>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(rename = "f", default)]
    features: Box<[Box<str>]>,
}

impl Case {
    /// From what an event of kind support case tells.
    #[must_use]
    pub fn of_event(at: Instant, history: &[Step], body: &Map<String, Value>) -> Self {
        let last = history.iter().filter(|step| step.set.contains_key("state")).max_by_key(|step| step.at);
        let deleted = last.filter(|step| step.set.get("state").and_then(Value::as_str) == Some("deleted")).map(|step| step.at);
        let features = body.get("features").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        Self {
            created: at,
            deleted,
            priority: body.get("priority").and_then(Value::as_str).and_then(|word| word.parse().ok()),
            features: features.map(Box::from).collect(),
        }
    }

    /// When it was created.
    #[must_use]
    pub const fn created(&self) -> Instant {
        self.created
    }

    /// How urgent it is, if that is said.
    #[must_use]
    pub const fn priority(&self) -> Option<Priority> {
        self.priority
    }

    /// True if it is about a part of the product of this name.
    #[must_use]
    pub fn is_about(&self, feature: &str) -> bool {
        self.features.iter().any(|name| **name == *feature)
    }

    /// True if there is such a case, as known at `now`.
    #[must_use]
    pub fn is_known(&self, now: Instant) -> bool {
        self.created <= now && self.deleted.is_none_or(|deleted| deleted > now)
    }
}

/// The cases that were created in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// The same by priority, in the order of [`CLASSES`].
    pub by_priority: [u64; CLASSES.len()],
    /// How many were about a part of the product, by its name. A case may be about several or none.
    pub features: BTreeMap<String, u64>,
}

/// Sums up the cases that were created in a span, as known at `now`.
#[must_use]
pub fn summary<'c>(cases: impl IntoIterator<Item = &'c Case>, span: Span, now: Instant) -> Summary {
    let mut summary = Summary::default();
    for case in cases.into_iter().filter(|case| span.contains(case.created) && case.is_known(now)) {
        summary.count += 1;
        summary.by_priority[class_of(case.priority)] += 1;
        for feature in &case.features {
            *summary.features.entry(String::from(&**feature)).or_default() += 1;
        }
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::to_fields;
    use crate::model::trouble::SupportCase;

    #[test]
    fn a_case_counts_when_it_was_created_until_it_is_known_to_be_deleted() {
        let at = Instant::from_seconds;
        let body = |priority, features: &[&str]| {
            let features = features.iter().map(|feature| (*feature).to_owned()).collect();
            to_fields(&SupportCase { priority, features, ..SupportCase::default() })
        };
        let cases = [
            Case::of_event(at(10), &[Step::state(at(12), "solved")], &body(Some(Priority::High), &["Booking", "Search"])),
            Case::of_event(at(11), &[Step::state(at(30), "deleted")], &body(None, &["Booking"])),
            Case::of_event(at(20), &[], &body(None, &[])),
        ];
        let of = |now| summary(&cases, Span::new(at(10), at(20)), at(now));
        let before = of(25);
        assert_eq!((before.count, before.by_priority), (2, [0, 1, 0, 0, 1]));
        assert_eq!(before.features, [("Booking".to_owned(), 2), ("Search".to_owned(), 1)].into());
        assert_eq!((of(30).count, of(10).count), (1, 1));
        for case in cases {
            assert_eq!(serde_json::from_slice::<Case>(&serde_json::to_vec(&case).unwrap()).unwrap(), case);
        }
    }
}
