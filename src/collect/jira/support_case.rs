//! What became of an issue as a support case.
//!
//! # Invariants
//! - An issue is a support case from its creation on, of whatever type it was then, until it is none any more.
//! - Whatever its resolution is, a customer asked for help: a resolution solves it, and none makes it leave.

use serde_json::Value;

use crate::collect::bugs::title;
use crate::collect::jira::history::{Lived, Rules, Seen, is_one};
use crate::collect::jira::shape::Shape;
use crate::collect::jira::sort::Sort;
use crate::model::event::to_fields;
use crate::model::trouble::SupportCase;

impl Rules<'_> {
    pub(super) fn support_case(&self, seen: Seen<'_>) -> Lived {
        let last = seen.last();
        let priority = |shape: &Shape| shape.priority.as_ref().and_then(|priority| self.priorities.meaning(priority));
        let fields = |shape: &Shape, is_gone: bool| {
            let state = match self.state(shape, seen.by_resolution) {
                _ if is_gone => Sort::SupportCase.gone(),
                "open" if self.config.waiting_statuses.iter().any(|name| is_one(name, &shape.status)) => "waiting",
                "open" => "open",
                _ => "solved",
            };
            let features = self.features(shape);
            [
                ("state", Value::from(state)),
                ("priority", priority(shape).map_or(Value::Null, |priority| Value::from(priority.word()))),
                ("rawPriority", shape.priority.as_ref().map_or(Value::Null, |priority| Value::from(priority.name.as_str()))),
                ("features", if features.is_empty() { Value::Null } else { Value::from(features) }),
            ]
        };
        let (resource, hints) = self.place(&last);
        let body = SupportCase {
            key: seen.issue.key.clone(),
            title: title(seen.issue.fields.summary.as_deref().unwrap_or_default()),
            priority: priority(&last),
            raw_priority: last.priority.as_ref().map(|priority| priority.name.clone()),
            features: self.features(&last),
            status: Some(last.status.name.clone()),
        };
        Lived { history: self.steps(&seen, fields), body: to_fields(&body), resource: resource.clone(), places: [(resource, hints)].into() }
    }
}
