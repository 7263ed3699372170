//! What became of an issue as an incident.
//!
//! # Invariants
//! - An issue is an incident from its creation on, of whatever type it was then, until it is none any more.
//! - It is acknowledged when its status first is another than the one in which it was created, and neither to do nor done by its
//!   category. Back in the first status, or in one that is to do, nobody looks at it.

use serde_json::Value;

use crate::collect::bugs::title;
use crate::collect::jira::history::{Lived, Rules, Seen, assignee};
use crate::collect::jira::shape::Shape;
use crate::collect::jira::sort::Sort;
use crate::collect::jira::wire::Stage;
use crate::model::event::to_fields;
use crate::model::trouble::Incident;

impl Rules<'_> {
    pub(super) fn incident(&self, seen: Seen<'_>) -> Lived {
        let last = seen.last();
        let first = seen.found.all.first().map(|(_, shape)| shape.status.id.clone()).unwrap_or_default();
        let fields = |shape: &Shape, is_gone: bool| {
            let severity = shape.priority.as_ref().and_then(|priority| self.severity(priority));
            let state = match self.state(shape, seen.by_resolution) {
                _ if is_gone => Sort::Incident.gone(),
                "deleted" => Sort::Incident.gone(),
                "resolved" => "resolved",
                _ if shape.status.id != first && self.stage(&shape.status).is_some_and(|stage| stage != Stage::New) => "acknowledged",
                _ => "triggered",
            };
            [
                ("state", Value::from(state)),
                ("severity", severity.map_or(Value::Null, |severity| Value::from(severity.word()))),
                ("rawSeverity", shape.priority.as_ref().map_or(Value::Null, |priority| Value::from(priority.name.as_str()))),
            ]
        };
        let places = self.places(&last);
        let also = places.iter().skip(1).map(|(id, _)| id.clone()).collect();
        let resource = places.first().map(|(id, _)| id.clone()).unwrap_or_default();
        let body = Incident {
            title: title(seen.issue.fields.summary.as_deref().unwrap_or_default()),
            severity: last.priority.as_ref().and_then(|priority| self.severity(priority)),
            raw_severity: last.priority.as_ref().map(|priority| priority.name.clone()),
            features: self.features(&last),
            also,
            commander: assignee(seen.issue),
            ..Incident::default()
        };
        Lived { history: self.steps(&seen, fields), body: to_fields(&body), resource, places: places.into_iter().collect() }
    }
}
