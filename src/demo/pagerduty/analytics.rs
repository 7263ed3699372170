//! Analytics: incidents with measures, as of a pipeline that is up to a day behind.

use serde_json::{Value, json};

use super::account::Incident;
use super::render::Render;
use super::{Refusal, instant};
use crate::model::Instant;

/// How far the pipeline is behind.
const LAG_SECONDS: i64 = 86_400;
/// Priorities, from the top, that make an incident a major one.
const MAJOR: usize = 2;

/// `POST /analytics/raw/incidents`.
pub(super) fn incidents(render: &Render<'_>, body: &Value) -> Result<Value, Refusal> {
    let account = render.account;
    let known = render.now.plus_seconds(-LAG_SECONDS);
    let filters = body.get("filters").cloned().unwrap_or_else(|| json!({}));
    let moment = |name: &str| match filters.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let read = value.as_str().and_then(|text| instant(text, &render.zone));
            read.map(Some).ok_or_else(|| Refusal::arguments(format!("{name} is not a valid ISO8601 time")))
        }
    };
    let (start, end, updated) = (moment("created_at_start")?, moment("created_at_end")?, moment("updated_after")?);
    let wanted: Option<Vec<&str>> =
        filters.get("service_ids").and_then(Value::as_array).map(|ids| ids.iter().filter_map(Value::as_str).collect());
    let limit = body.get("limit").map_or(Some(100), Value::as_u64).filter(|limit| (1..=1_000).contains(limit));
    let limit = limit.ok_or_else(|| Refusal::arguments("limit must be between 1 and 1000".to_owned()))? as usize;
    let order = body.get("order").and_then(Value::as_str).unwrap_or("desc");
    let fits = |incident: &Incident| {
        let state = incident.state(known);
        incident.created <= known
            && start.is_none_or(|start| incident.created >= start)
            && end.is_none_or(|end| incident.created < end)
            && updated.is_none_or(|after| processed(state.updated) > after)
            && filters.get("urgency").and_then(Value::as_str).is_none_or(|urgency| incident.urgency == urgency)
            && filters.get("major").and_then(Value::as_bool).is_none_or(|major| is_major(state.priority) == major)
            && wanted.as_ref().is_none_or(|ids| ids.contains(&account.services[incident.service].id.as_str()))
    };
    let mut found: Vec<usize> = (0..account.incidents.len()).filter(|position| fits(&account.incidents[*position])).collect();
    if order == "desc" {
        found.reverse();
    }
    let after = match body.get("starting_after").and_then(Value::as_str) {
        None => 0,
        Some(cursor) => {
            let at = found.iter().position(|position| account.incidents[*position].id == cursor);
            at.ok_or_else(|| Refusal::arguments("starting_after is not known".to_owned()))? + 1
        }
    };
    let more = found.len() > after + limit;
    let page: Vec<Value> = found.iter().skip(after).take(limit).map(|position| row(render, *position, known)).collect();
    Ok(json!({
        "first": page.first().map(|row| row["id"].clone()),
        "last": page.last().map(|row| row["id"].clone()),
        "limit": limit,
        "more": more,
        "order": order,
        "order_by": "created_at",
        "filters": filters,
        "time_zone": body.get("time_zone").and_then(Value::as_str).unwrap_or("Etc/UTC"),
        "starting_after": body.get("starting_after"),
        "ending_before": null,
        "data": page,
    }))
}

const fn is_major(priority: Option<usize>) -> bool {
    matches!(priority, Some(position) if position < MAJOR)
}

/// The pipeline takes up what happened in a day at its end.
fn processed(at: Instant) -> Instant {
    let day = 86_400 * 1_000_000;
    Instant::from_micros((at.micros().div_euclid(day) + 1) * day)
}

fn row(render: &Render<'_>, position: usize, known: Instant) -> Value {
    let account = render.account;
    let incident = &account.incidents[position];
    let state = incident.state(known);
    // Without an offset, in the zone that was asked for.
    let time = |at: Instant| at.timestamp().to_zoned(render.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let since = |at: Instant| (at.micros() - incident.created.micros()) / 1_000_000;
    let service = &account.services[incident.service];
    json!({
        "id": incident.id,
        "incident_number": position + 1,
        "description": incident.title,
        "service_id": service.id,
        "service_name": service.name,
        "created_at": time(incident.created),
        "updated_at": time(processed(state.updated)),
        "resolved_at": state.resolved.map(time),
        "seconds_to_first_ack": state.acknowledged.map(since),
        "seconds_to_resolve": state.resolved.map(since),
        "priority_id": state.priority.map(|priority| super::render::made_id('R', priority)),
        "priority_name": state.priority.map(|priority| account.priorities[priority].as_str()),
        "priority_order": state.priority.map(|priority| account.priorities.len() - priority),
        "urgency": incident.urgency,
        "major": is_major(state.priority),
        "status": state.status,
        "team_id": null,
        "team_name": null,
        "escalation_count": 0,
        "incident_type_name": "incident_default",
    })
}
