//! A simulated Statuspage: version 1 of its management API, and what a status page tells everybody (version 2), over one page, as
//! of a clock.
//!
//! Written from what Atlassian publishes: the reference of the management API, with its limit of one request a second, measured
//! over a minute, and the description of the public status API that every page has at `/api`.
//!
//! # Invariants
//! - What is later than the clock shows nowhere, and neither does what was deleted by then.
//! - Lists are in order of creation, the newest first; behind the last page there are empty ones.
//! - Without a key the newest fifty incidents are shown, and no maintenance among them.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use serde_json::{Value, json};

use self::render::Render;
use crate::model::{Clock, Instant};

mod page;
mod render;

pub use page::{Component, Incident, Page, Update};

/// Records of one page of a list, at most.
const PAGE: usize = 100;
/// Incidents that are shown without a key.
const NEWEST: usize = 50;

/// What the server is like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// API keys that may read the page.
    pub keys: Vec<String>,
    /// Requests in a minute with a key; none: as many as come.
    pub limit: Option<usize>,
}

impl Options {
    /// With one key, and the usual limit.
    #[must_use]
    pub fn with_key(key: &str) -> Self {
        Self { keys: vec![key.to_owned()], limit: Some(60) }
    }
}

/// The server's router: the API of `api.statuspage.io` below `/v1`, and that of the page below `/api/v2`.
pub fn router(page: Page, clock: Clock, options: Options) -> Router {
    debug_assert!(page.incidents.is_sorted_by_key(|incident| incident.created), "incidents are in order of time");
    let zone = TimeZone::get(&page.time_zone).unwrap_or(TimeZone::UTC);
    Router::new().fallback(answer).with_state(Arc::new(Statuspage { page, clock, options, zone, asked: Mutex::default() }))
}

struct Statuspage {
    page: Page,
    clock: Clock,
    options: Options,
    /// The page's.
    zone: TimeZone,
    /// When the requests of the last minute came, with a key.
    asked: Mutex<VecDeque<Instant>>,
}

/// A refusal: the status and what it says.
struct Refusal(StatusCode, &'static str);

const NOT_FOUND: Refusal = Refusal(StatusCode::NOT_FOUND, "Not found");

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        told(self.0, &json!({ "error": self.1 }))
    }
}

fn told(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}

async fn answer(State(server): State<Arc<Statuspage>>, request: Request) -> Response {
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let found = match request.method().as_str() {
        "GET" => server.answer(request.uri().path(), &query, request.headers()),
        _ => Err(NOT_FOUND),
    };
    found.map_or_else(IntoResponse::into_response, |body| told(StatusCode::OK, &body))
}

impl Statuspage {
    fn answer(&self, path: &str, query: &[(String, String)], headers: &HeaderMap) -> Result<Value, Refusal> {
        let path = path.trim_end_matches('/').trim_end_matches(".json");
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match &parts[..] {
            ["v1", "pages", id, rest @ ..] => {
                self.let_in(headers)?;
                if *id != self.page.id {
                    return Err(NOT_FOUND);
                }
                self.managed(rest, query)
            }
            ["api", "v2", rest @ ..] => self.public(rest),
            _ => Err(NOT_FOUND),
        }
    }

    /// Who has a key may ask once a second, measured over a minute.
    fn let_in(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let key = given.strip_prefix("OAuth ").ok_or(Refusal(StatusCode::UNAUTHORIZED, "Could not authenticate"))?;
        if !self.options.keys.iter().any(|known| known == key) {
            return Err(Refusal(StatusCode::UNAUTHORIZED, "Could not authenticate"));
        }
        let Some(limit) = self.options.limit else { return Ok(()) };
        let now = (self.clock)();
        let mut asked = self.asked.lock();
        while asked.front().is_some_and(|first| first.plus_seconds(60) <= now) {
            asked.pop_front();
        }
        if asked.len() >= limit {
            let status = StatusCode::from_u16(420).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
            return Err(Refusal(status, "Too many requests: the limit is one request a second"));
        }
        asked.push_back(now);
        Ok(())
    }

    fn render(&self, zone: TimeZone) -> Render<'_> {
        Render::new(&self.page, zone, (self.clock)())
    }

    fn managed(&self, path: &[&str], query: &[(String, String)]) -> Result<Value, Refusal> {
        let render = self.render(TimeZone::UTC);
        let number = |name: &str| query.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.parse::<usize>().ok());
        let size = |name: &str| number(name).unwrap_or(PAGE).clamp(1, PAGE);
        let before = |size: usize| (number("page").unwrap_or(1).max(1) - 1) * size;
        let incidents = |size: usize, found: Vec<&Incident>| -> Value {
            found.into_iter().skip(before(size)).take(size).map(|incident| render.incident(incident)).collect()
        };
        match path {
            [] => Ok(render.about()),
            ["components"] => {
                let size = size("per_page");
                Ok(render.components().into_iter().skip(before(size)).take(size).collect())
            }
            ["incidents"] => Ok(incidents(size("limit"), self.shown(|_| true))),
            ["incidents", "unresolved"] => Ok(incidents(size("per_page"), self.unresolved())),
            ["incidents", id] => {
                let found = self.shown(|incident| incident.id == *id);
                found.first().map(|incident| render.incident(incident)).ok_or(NOT_FOUND)
            }
            _ => Err(NOT_FOUND),
        }
    }

    fn public(&self, path: &[&str]) -> Result<Value, Refusal> {
        let render = self.render(self.zone.clone());
        let rendered = |found: Vec<&Incident>| -> Value { found.into_iter().map(|incident| render.incident(incident)).collect() };
        match path {
            ["incidents"] => {
                let mut newest = self.shown(|incident| !incident.is_scheduled());
                newest.truncate(NEWEST);
                Ok(json!({ "page": render.beside(), "incidents": rendered(newest) }))
            }
            ["incidents", "unresolved"] => Ok(json!({ "page": render.beside(), "incidents": rendered(self.unresolved()) })),
            ["components"] => Ok(json!({ "page": render.beside(), "components": render.components() })),
            ["summary"] => {
                let scheduled = self.shown(|incident| incident.is_scheduled() && incident.status(render.now) != "completed");
                Ok(json!({
                    "page": render.beside(), "components": render.components(), "incidents": rendered(self.unresolved()),
                    "scheduled_maintenances": rendered(scheduled), "status": render.status(),
                }))
            }
            _ => Err(NOT_FOUND),
        }
    }

    /// Incidents that are shown and fit, the newest first.
    fn shown(&self, fits: impl Fn(&Incident) -> bool) -> Vec<&Incident> {
        let now = (self.clock)();
        self.page.incidents.iter().rev().filter(|incident| incident.is_there(now) && fits(incident)).collect()
    }

    fn unresolved(&self) -> Vec<&Incident> {
        let now = (self.clock)();
        self.shown(|incident| incident.is_unresolved(now))
    }
}
