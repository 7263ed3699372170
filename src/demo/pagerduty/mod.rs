//! A simulated PagerDuty: version 2 of its REST API over an account, as of a clock.
//!
//! Written from what PagerDuty publishes: the OpenAPI description in PagerDuty/api-schema (`reference/REST/openapiv3.json`),
//! the pages about pagination and rate limits, and for entries of changed priorities, which the description leaves out, what
//! PagerDuty's own programs read of them (`channel.old_priority`, `channel.new_priority`).
//!
//! # Invariants
//! - What is later than the clock shows nowhere; a resolved incident has no assignments and no acknowledgements.
//! - Lists of incidents are cut to a month unless the request says otherwise, and refused beyond six months or 10,000 records.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use serde_json::{Value, json};

use self::render::{Render, made_id};
use crate::model::{Clock, Instant};

mod account;
mod analytics;
mod company;
mod render;

pub use account::{Account, Entry, Incident, Service, Shift, User, What};
pub use company::{account, service_id};

/// Records that classic pagination reaches.
const REACH: usize = 10_000;
/// The longest range of time of a list of incidents, in months.
const MONTHS: i64 = 6;

/// What the server is like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// API keys and what each may do.
    pub keys: Vec<Key>,
    /// Requests in a minute; none: as many as come.
    pub limit: Option<usize>,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key itself.
    pub key: String,
    /// The user whose key it is, in [`Account::users`]; none: the account's.
    pub user: Option<usize>,
    /// Parts of the API that it may not read: `incidents`, `services`.
    pub forbidden: Vec<&'static str>,
}

impl Key {
    /// A key of the account that may read everything.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), user: None, forbidden: Vec::new() }
    }
}

/// The server's router.
pub fn router(account: Account, clock: Clock, options: Options) -> Router {
    debug_assert!(account.incidents.is_sorted_by_key(|incident| incident.created), "incidents are in order of time");
    let zone = TimeZone::get(&account.time_zone).unwrap_or(TimeZone::UTC);
    Router::new().fallback(answer).with_state(Arc::new(PagerDuty { account, clock, options, zone, asked: Mutex::default() }))
}

struct PagerDuty {
    account: Account,
    clock: Clock,
    options: Options,
    /// The account's.
    zone: TimeZone,
    /// When the requests of the last minute came.
    asked: Mutex<VecDeque<Instant>>,
}

/// A refusal: the status, PagerDuty's own code, what it says, and details.
pub(crate) struct Refusal(StatusCode, u16, &'static str, Vec<String>);

impl Refusal {
    fn arguments(detail: String) -> Self {
        Self(StatusCode::BAD_REQUEST, 2_001, "Invalid Input Provided", vec![detail])
    }

    fn not_found() -> Self {
        Self(StatusCode::NOT_FOUND, 2_100, "Not Found", Vec::new())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({ "message": self.2, "code": self.1 });
        if !self.3.is_empty() {
            error["errors"] = self.3.into();
        }
        (self.0, [(header::CONTENT_TYPE, "application/json")], json!({ "error": error }).to_string()).into_response()
    }
}

async fn answer(State(server): State<Arc<PagerDuty>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let limit = server.limit();
    let mut response = match (&limit, to_bytes(body, 1 << 20).await) {
        (Some((0, _)), _) => Refusal(StatusCode::TOO_MANY_REQUESTS, 2_020, "Rate Limit Exceeded", Vec::new()).into_response(),
        (_, Err(_)) => Refusal::arguments("the body cannot be read".to_owned()).into_response(),
        (_, Ok(body)) => {
            let query: Query = Query::of(parts.uri.query().unwrap_or_default());
            let answered = server.answer(parts.method.as_str(), parts.uri.path(), &query, &parts.headers, &body);
            let told = |value: Value| ([(header::CONTENT_TYPE, "application/json")], Body::from(value.to_string())).into_response();
            answered.map_or_else(IntoResponse::into_response, told)
        }
    };
    if let (Some((left, seconds)), Some(all)) = (limit, server.options.limit) {
        let numbers = [("ratelimit-limit", all as i64), ("ratelimit-remaining", (left as i64 - 1).max(0)), ("ratelimit-reset", seconds)];
        for (name, number) in numbers {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(number));
        }
    }
    response
}

/// What comes after the question mark.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn many(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// A time with an offset, or without one in a zone; a date is its first instant.
fn instant(text: &str, zone: &TimeZone) -> Option<Instant> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.into());
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(zone.to_timestamp(civil).ok()?.into())
}

impl PagerDuty {
    /// How many requests are left in this minute, this one included, and in how many seconds there are more.
    fn limit(&self) -> Option<(usize, i64)> {
        let limit = self.options.limit?;
        let now = (self.clock)();
        let mut asked = self.asked.lock();
        while asked.front().is_some_and(|first| first.plus_seconds(60) <= now) {
            asked.pop_front();
        }
        let wait = asked.front().map_or(60, |first| (first.plus_seconds(60).micros() - now.micros()).div_euclid(1_000_000).max(1));
        let left = limit.saturating_sub(asked.len());
        if left > 0 {
            asked.push_back(now);
        }
        Some((left, wait))
    }

    fn answer(&self, method: &str, path: &str, query: &Query, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
        let key = self.key(headers)?;
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if parts.first().is_some_and(|first| key.forbidden.contains(first)) {
            return Err(Refusal(StatusCode::FORBIDDEN, 2_010, "Access Denied", Vec::new()));
        }
        let zone = match query.one("time_zone") {
            Some(name) => TimeZone::get(name).map_err(|_| Refusal::arguments("Time zone is invalid".to_owned()))?,
            None if matches!(parts[..], ["incidents", ..]) => TimeZone::UTC,
            None => self.zone.clone(),
        };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("api.pagerduty.example");
        let render = Render { account: &self.account, api: format!("http://{host}"), zone, now: (self.clock)() };
        match (method, &parts[..]) {
            ("GET", ["abilities"]) => Ok(json!({ "abilities": ["urgencies", "priorities", "teams"] })),
            ("GET", ["users", "me"]) => match key.user {
                Some(user) => Ok(json!({ "user": render.user(user) })),
                None => Err(Refusal::arguments("This endpoint needs a user's key".to_owned())),
            },
            ("GET", ["priorities"]) if self.account.priorities.is_empty() => {
                Err(Refusal(StatusCode::PAYMENT_REQUIRED, 2_012, "Account does not have the abilities to perform the action", Vec::new()))
            }
            ("GET", ["priorities"]) => {
                let all = (0..self.account.priorities.len()).map(|position| render.priority(position)).collect();
                page("priorities", all, query, 100)
            }
            ("GET", ["services"]) => self.services(&render, query),
            ("GET", ["incidents"]) => self.incidents(&render, query),
            ("GET", ["incidents", id]) => Ok(json!({ "incident": render.incident(self.find(id, render.now)?) })),
            ("GET", ["incidents", id, "custom_fields", "values"]) => {
                let incident = &self.account.incidents[self.find(id, render.now)?];
                let values = incident.fields.iter().enumerate().map(|(number, (name, value))| {
                    json!({
                        "id": made_id('F', number), "type": "field_value", "name": name, "display_name": name, "description": "",
                        "data_type": "string", "field_type": if value.is_array() { "multi_value_fixed" } else { "single_value" },
                        "value": value,
                    })
                });
                Ok(json!({ "custom_fields": values.collect::<Vec<_>>() }))
            }
            ("GET", ["incidents", id, "log_entries"]) => {
                let position = self.find(id, render.now)?;
                self.log_entries(&render, query, Some(position))
            }
            ("GET", ["log_entries"]) => self.log_entries(&render, query, None),
            ("GET", ["oncalls"]) => self.on_calls(&render, query),
            ("POST", ["analytics", "raw", "incidents"]) => {
                let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::arguments("the body is no JSON".to_owned()))?;
                let zone = body.get("time_zone").and_then(Value::as_str).map_or(Ok(TimeZone::UTC), TimeZone::get);
                let zone = zone.map_err(|_| Refusal::arguments("Time zone is invalid".to_owned()))?;
                analytics::incidents(&Render { zone, ..render }, &body)
            }
            _ => Err(Refusal::not_found()),
        }
    }

    fn key(&self, headers: &HeaderMap) -> Result<&Key, Refusal> {
        let unauthorized = || Refusal(StatusCode::UNAUTHORIZED, 2_006, "Unauthorized", Vec::new());
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(unauthorized)?;
        let given = given.strip_prefix("Token token=").or_else(|| given.strip_prefix("Bearer ")).ok_or_else(unauthorized)?;
        self.options.keys.iter().find(|key| key.key == given).ok_or_else(unauthorized)
    }

    /// An incident by its id or number.
    fn find(&self, id: &str, now: Instant) -> Result<usize, Refusal> {
        let by_number = id.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|at| *at < self.account.incidents.len());
        let position = by_number.or_else(|| self.account.incidents.iter().position(|incident| incident.id == id));
        position.filter(|position| self.account.incidents[*position].created <= now).ok_or_else(Refusal::not_found)
    }

    fn services(&self, render: &Render<'_>, query: &Query) -> Result<Value, Refusal> {
        let services = &self.account.services;
        let is_there = |at: &usize| services[*at].created <= render.now && services[*at].deleted.is_none_or(|deleted| render.now < deleted);
        let fits = |at: &usize| query.one("query").is_none_or(|text| services[*at].name.contains(text));
        let mut found: Vec<usize> = (0..services.len()).filter(is_there).filter(fits).collect();
        found.sort_by(|a, b| services[*a].name.cmp(&services[*b].name));
        if query.one("sort_by") == Some("name:desc") {
            found.reverse();
        }
        let with_integrations = query.many("include[]").contains(&"integrations");
        page_of("services", &found, query, 100, |position| render.service(*position, with_integrations))
    }

    fn incidents(&self, render: &Render<'_>, query: &Query) -> Result<Value, Refusal> {
        let range = self.range(render.now, query)?;
        let (statuses, urgencies, of) = (query.many("statuses[]"), query.many("urgencies[]"), query.many("service_ids[]"));
        let known = ["triggered", "acknowledged", "resolved"];
        if let Some(wrong) = statuses.iter().find(|status| !known.contains(status)) {
            return Err(Refusal::arguments(format!("Status {wrong} is not valid")));
        }
        let fits = |at: &usize| {
            let incident = &self.account.incidents[*at];
            incident.created <= render.now
                && range.as_ref().is_none_or(|(since, until)| (*since..*until).contains(&incident.created))
                && (statuses.is_empty() || statuses.contains(&incident.state(render.now).status))
                && (urgencies.is_empty() || urgencies.contains(&incident.urgency))
                && (of.is_empty() || of.contains(&self.account.services[incident.service].id.as_str()))
        };
        let mut found: Vec<usize> = (0..self.account.incidents.len()).filter(fits).collect();
        match query.one("sort_by").unwrap_or("incident_number:asc") {
            "incident_number:asc" | "created_at:asc" | "incident_number" | "created_at" => {}
            "incident_number:desc" | "created_at:desc" => found.reverse(),
            "resolved_at:asc" => found.sort_by_key(|at| self.account.incidents[*at].state(render.now).resolved),
            "resolved_at:desc" => found.sort_by_key(|at| std::cmp::Reverse(self.account.incidents[*at].state(render.now).resolved)),
            other => return Err(Refusal::arguments(format!("sort_by {other} is not valid"))),
        }
        page_of("incidents", &found, query, 100, |position| render.incident(*position))
    }

    /// From when to when a list of incidents goes; none: all of them.
    fn range(&self, now: Instant, query: &Query) -> Result<Option<(Instant, Instant)>, Refusal> {
        match query.one("date_range") {
            Some("all") => return Ok(None),
            Some(_) => return Err(Refusal::arguments("date_range must be all".to_owned())),
            None => {}
        }
        let moment = |name: &str| match query.one(name) {
            None => Ok(None),
            Some(text) => instant(text, &self.zone).map(Some).ok_or_else(|| Refusal::arguments(format!("{name} is not a valid time"))),
        };
        let month = 30 * 86_400;
        let (since, until) = match (moment("since")?, moment("until")?) {
            (Some(since), Some(until)) => (since, until),
            (Some(since), None) => (since, since.plus_seconds(month)),
            (None, Some(until)) => (until.plus_seconds(-month), until),
            (None, None) => (now.plus_seconds(-month), now),
        };
        let farthest = since.timestamp().to_zoned(TimeZone::UTC).checked_add(jiff::Span::new().months(MONTHS));
        if until < since || farthest.is_ok_and(|farthest| Instant::from(farthest.timestamp()) < until) {
            return Err(Refusal::arguments(format!("The time range must not be longer than {MONTHS} months")));
        }
        Ok(Some((since, until)))
    }

    fn log_entries(&self, render: &Render<'_>, query: &Query, of: Option<usize>) -> Result<Value, Refusal> {
        let moment = |name: &str| match query.one(name) {
            None => Ok(None),
            Some(text) => instant(text, &self.zone).map(Some).ok_or_else(|| Refusal::arguments(format!("{name} is not a valid time"))),
        };
        let (since, until) = (moment("since")?, moment("until")?);
        let is_overview = query.one("is_overview") == Some("true");
        let with_incidents = query.many("include[]").contains(&"incidents");
        // When, of which incident, and which of its entries.
        let mut found: Vec<(Instant, usize, usize)> = Vec::new();
        for position in of.map_or(0..self.account.incidents.len(), |position| position..position + 1) {
            let incident = &self.account.incidents[position];
            let last = incident.until(render.now).last().map_or(incident.created, |entry| entry.at);
            let is_over = since.is_some_and(|since| last < since);
            if incident.created > render.now || is_over || until.is_some_and(|until| incident.created >= until) {
                continue;
            }
            found.push((incident.created, position, 0));
            let shown = incident.until(render.now).iter().enumerate().filter(|(_, entry)| !is_overview || entry.what != What::Notify);
            found.extend(shown.map(|(number, entry)| (entry.at, position, number + 1)));
        }
        found.retain(|(at, ..)| since.is_none_or(|since| *at >= since) && until.is_none_or(|until| *at < until));
        // The newest come first.
        found.sort_by_key(|entry| std::cmp::Reverse(*entry));
        page_of("log_entries", &found, query, 100, |(_, position, number)| render.entry(*position, *number, with_incidents))
    }

    fn on_calls(&self, render: &Render<'_>, query: &Query) -> Result<Value, Refusal> {
        let moment = |name: &str| match query.one(name) {
            None => Ok(render.now),
            Some(text) => instant(text, &self.zone).ok_or_else(|| Refusal::arguments(format!("{name} is not a valid time"))),
        };
        let (since, until) = (moment("since")?, moment("until")?);
        if until < since {
            return Err(Refusal::arguments("until must not be before since".to_owned()));
        }
        let shifts = self.account.on_call.iter().filter(|shift| shift.start <= until && since < shift.end);
        let told = shifts.map(|shift| {
            let id = format!("P{}", shift.policy.to_uppercase());
            let reference = |kind: &str, list: &str| {
                json!({
                    "id": id, "type": format!("{kind}_reference"), "summary": shift.policy,
                    "self": format!("{}/{list}/{id}", render.api), "html_url": null,
                })
            };
            json!({
                "escalation_policy": reference("escalation_policy", "escalation_policies"),
                "schedule": reference("schedule", "schedules"),
                "escalation_level": 1,
                "user": render.user(shift.user),
                "start": render.time(shift.start),
                "end": render.time(shift.end),
            })
        });
        page("oncalls", told.collect(), query, 100)
    }
}

/// A page of a list, with what classic pagination says about it.
fn page(name: &str, all: Vec<Value>, query: &Query, most: usize) -> Result<Value, Refusal> {
    page_of(name, &all, query, most, Value::clone)
}

fn page_of<T>(name: &str, all: &[T], query: &Query, most: usize, render: impl Fn(&T) -> Value) -> Result<Value, Refusal> {
    let number = |name: &str, usual: usize| match query.one(name) {
        None => Ok(usual),
        Some(text) => text.parse::<usize>().map_err(|_| Refusal::arguments(format!("{name} must be a number"))),
    };
    let (limit, offset) = (number("limit", 25)?.clamp(1, most), number("offset", 0)?);
    if limit + offset > REACH {
        let detail = format!("Offset+limit exceeds maximum allowed value of {REACH}. Please try to refine your search.");
        return Err(Refusal(StatusCode::BAD_REQUEST, 2_002, "Arguments Caused Error", vec![detail]));
    }
    let shown: Vec<Value> = all.iter().skip(offset).take(limit).map(render).collect();
    let total = (query.one("total") == Some("true")).then_some(all.len());
    Ok(json!({ name: shown, "limit": limit, "offset": offset, "more": offset + limit < all.len(), "total": total }))
}
