//! A simulated Zendesk: the parts of the Support API, version 2, that tell of tickets, over an account, as of a clock.
//!
//! Written from what Zendesk publishes: the pages about incremental exports, tickets, ticket metrics, ticket metric events, ticket
//! fields, side-loading, pagination and rate limits, and its OpenAPI description.
//!
//! # Invariants
//! - What changed within the last minute shows nowhere in an export, and no export begins in it.
//! - An export is in order of the last change, by number among those of one second; each ticket stands in it once.
//! - Only administrators export.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use parking_lot::Mutex;
use serde_json::{Value, json};

use self::render::{Include, Render, seconds};
use crate::model::{Clock, Instant};

mod account;
mod company;
mod render;

pub use account::{Account, Entry, Field, Ticket, What};
pub use company::{AREA_TITLE, account};

/// Tickets of one page of an export, at most.
const PAGE: usize = 1_000;
/// Records of one page of another list, at most.
const LIST_PAGE: usize = 100;
/// What is newer is not exported yet.
const RECENT_SECONDS: i64 = 60;

/// What the server is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who may ask.
    pub users: Vec<User>,
    /// Exports in a minute; none: as many as come.
    pub limit: Option<usize>,
    /// Tickets of one page, at most.
    pub page: usize,
    /// What happened to metrics is told beside tickets.
    pub tells_metric_events: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { users: Vec::new(), limit: None, page: PAGE, tells_metric_events: true }
    }
}

/// Somebody with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The address of the account whose API token it is; none: the token is one of an OAuth client.
    pub email: Option<String>,
    /// The token.
    pub token: String,
    /// `admin` or `agent`.
    pub role: &'static str,
}

impl User {
    /// An administrator with an API token.
    #[must_use]
    pub fn admin(email: &str, token: &str) -> Self {
        Self { email: Some(email.to_owned()), token: token.to_owned(), role: "admin" }
    }
}

/// The server's router.
pub fn router(account: Account, clock: Clock, options: Options) -> Router {
    debug_assert!(account.tickets.is_sorted_by_key(|ticket| ticket.created), "tickets are in order of time");
    Router::new().fallback(answer).with_state(Arc::new(Zendesk { account, clock, options, asked: Mutex::default() }))
}

struct Zendesk {
    account: Account,
    clock: Clock,
    options: Options,
    /// When the exports of the last minute were asked for.
    asked: Mutex<VecDeque<Instant>>,
}

/// A refusal: the status and its body.
struct Refusal(StatusCode, Value);

impl Refusal {
    fn told(status: StatusCode, error: &str, description: &str) -> Self {
        Self(status, json!({ "error": error, "description": description }))
    }

    fn titled(status: StatusCode, title: &str, message: &str) -> Self {
        Self(status, json!({ "error": { "title": title, "message": message } }))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], self.1.to_string()).into_response()
    }
}

async fn answer(State(server): State<Arc<Zendesk>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let path = parts.uri.path().trim_end_matches(".json").to_owned();
    let is_export = path.starts_with("/api/v2/incremental/");
    let limit = server.options.limit.filter(|_| is_export).map(|limit| (limit, server.left(limit)));
    let mut response = match limit {
        Some((_, (0, _))) => {
            let text = "Number of allowed incremental ticket export API requests per minute exceeded";
            Refusal::told(StatusCode::TOO_MANY_REQUESTS, "APIRateLimitExceeded", text).into_response()
        }
        _ => match server.answer(parts.method.as_str(), &path, &Query::of(parts.uri.query().unwrap_or_default()), &parts.headers) {
            Ok(value) => ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string()).into_response(),
            Err(refusal) => refusal.into_response(),
        },
    };
    let mut tell =
        |name: &'static str, number: i64| response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(number));
    if let Some((all, (left, wait))) = limit {
        tell("x-rate-limit", all as i64);
        tell("x-rate-limit-remaining", (left as i64 - 1).max(0));
        if left == 0 {
            tell("retry-after", wait);
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
}

impl Zendesk {
    /// How many exports are left in this minute, this one included, and in how many seconds there are more.
    fn left(&self, limit: usize) -> (usize, i64) {
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
        (left, wait)
    }

    fn answer(&self, method: &str, path: &str, query: &Query, headers: &HeaderMap) -> Result<Value, Refusal> {
        let user = self.user(headers)?;
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("zendesk.example");
        let render = Render { account: &self.account, site: format!("http://{host}") };
        match (method, path) {
            ("GET", "/api/v2/users/me") => Ok(json!({ "user": match user {
                Some((number, user)) => json!({
                    "id": 1 + number, "url": format!("{}/api/v2/users/{}.json", render.site, 1 + number), "name": "Spot", "role": user.role,
                    "email": user.email, "active": true, "verified": true, "time_zone": "Berlin", "locale": "en-US",
                    "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
                }),
                None => json!({ "id": null, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user", "active": null }),
            } })),
            _ if user.is_none() => Err(unauthorized()),
            ("GET", "/api/v2/incremental/tickets/cursor") if user.is_some_and(|(_, user)| user.role != "admin") => {
                let text = "You do not have access to this page. Please contact the account owner of this help desk for further help.";
                Err(Refusal::titled(StatusCode::FORBIDDEN, "Forbidden", text))
            }
            ("GET", "/api/v2/incremental/tickets/cursor") => self.export(&render, query),
            ("GET", "/api/v2/ticket_fields") => self.fields(&render, query),
            _ => Err(Refusal::told(StatusCode::NOT_FOUND, "InvalidEndpoint", "Not found")),
        }
    }

    /// Who asks; nobody in particular if nobody says so.
    fn user(&self, headers: &HeaderMap) -> Result<Option<(usize, &User)>, Refusal> {
        let Some(given) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else { return Ok(None) };
        let pair = given.strip_prefix("Basic ").and_then(|text| BASE64.decode(text).ok()).and_then(|pair| String::from_utf8(pair).ok());
        let is_theirs = |user: &User| match &user.email {
            Some(email) => pair.as_deref() == Some(&format!("{email}/token:{}", user.token)),
            None => given.strip_prefix("Bearer ") == Some(&user.token),
        };
        let user = self.options.users.iter().enumerate().find(|(_, user)| is_theirs(user));
        user.map(Some).ok_or_else(unauthorized)
    }

    fn export(&self, render: &Render<'_>, query: &Query) -> Result<Value, Refusal> {
        let now = (self.clock)();
        let known = now.plus_seconds(-RECENT_SECONDS);
        let after: (i64, u64) = match (query.one("cursor"), query.one("start_time")) {
            (Some(cursor), _) => read(cursor)
                .ok_or_else(|| Refusal::told(StatusCode::BAD_REQUEST, "InvalidPaginationParameter", "The cursor is not valid"))?,
            (None, Some(text)) => {
                let invalid = || Refusal::told(StatusCode::BAD_REQUEST, "InvalidValue", "Invalid start_time");
                let start = text.parse::<i64>().map_err(|_| invalid())?;
                if start > seconds(known) {
                    let text = "Too recent start_time. Use a start_time older than 60 seconds";
                    return Err(Refusal::told(StatusCode::UNPROCESSABLE_ENTITY, "InvalidValue", text));
                }
                (start - 1, u64::MAX)
            }
            (None, None) => return Err(Refusal::told(StatusCode::BAD_REQUEST, "InvalidValue", "Missing start_time")),
        };
        let size = query.one("per_page").and_then(|text| text.parse().ok()).unwrap_or(PAGE).clamp(1, self.options.page);
        let included: Vec<&str> = query.one("include").unwrap_or_default().split(',').collect();
        let include = Include {
            metric_sets: included.contains(&"metric_sets"),
            metric_events: included.contains(&"metric_events") && self.options.tells_metric_events,
        };
        let without_deleted = query.one("exclude_deleted") == Some("true");
        let created = self.account.tickets.iter().take_while(|ticket| ticket.created <= known);
        let mut found: Vec<_> = created
            .map(|ticket| (ticket, ticket.state(now)))
            .filter(|(_, state)| state.generated <= known && !(without_deleted && state.is_deleted))
            .map(|(ticket, state)| ((seconds(state.generated), ticket.id), ticket, state))
            .filter(|(place, ..)| *place > after)
            .collect();
        found.sort_unstable_by_key(|(place, ..)| *place);
        let has_more = found.len() > size;
        let last = found.iter().take(size).next_back().map(|(place, ..)| *place);
        let cursor = last.map(written).or_else(|| query.one("cursor").map(str::to_owned));
        let tickets: Vec<Value> = found.iter().take(size).map(|(_, ticket, state)| render.ticket(ticket, state, include)).collect();
        Ok(json!({
            "tickets": tickets,
            "after_url": cursor.as_ref().map(|cursor| format!("{}/api/v2/incremental/tickets/cursor.json?cursor={cursor}", render.site)),
            "before_url": null,
            "after_cursor": cursor,
            "before_cursor": null,
            "end_of_stream": !has_more,
        }))
    }

    fn fields(&self, render: &Render<'_>, query: &Query) -> Result<Value, Refusal> {
        let mut all = vec![Field { id: 1, title: "Subject".to_owned(), kind: "subject", options: Vec::new() }];
        all.extend(self.account.fields.iter().cloned());
        let told = |(position, field): (usize, &Field)| render.field(field, position);
        let Some(size) = query.one("page[size]") else {
            let told: Vec<Value> = all.iter().enumerate().map(told).collect();
            return Ok(json!({ "count": told.len(), "ticket_fields": told, "next_page": null, "previous_page": null }));
        };
        let invalid = || Refusal::told(StatusCode::BAD_REQUEST, "InvalidPaginationParameter", "page[size] must be a number up to 100");
        let size = size.parse::<usize>().ok().filter(|size| (1..=LIST_PAGE).contains(size)).ok_or_else(invalid)?;
        let begin = query.one("page[after]").map_or(Some(0), |cursor| cursor.parse::<usize>().ok()).ok_or_else(invalid)?;
        let shown: Vec<Value> = all.iter().enumerate().skip(begin).take(size).map(told).collect();
        let end = begin + shown.len();
        let has_more = end < all.len();
        let next = format!("{}/api/v2/ticket_fields.json?page[after]={end}&page[size]={size}", render.site);
        Ok(json!({
            "ticket_fields": shown,
            "meta": { "has_more": has_more, "after_cursor": has_more.then(|| end.to_string()), "before_cursor": null },
            "links": { "prev": null, "next": has_more.then_some(next) },
        }))
    }
}

fn unauthorized() -> Refusal {
    Refusal(StatusCode::UNAUTHORIZED, json!({ "error": "Couldn't authenticate you" }))
}

/// `MTU3NjYxMzUzOS4wfHw0Njd8`, which is `1576613539.0||467|`.
fn written((generated, id): (i64, u64)) -> String {
    BASE64.encode(format!("{generated}.0||{id}|"))
}

fn read(cursor: &str) -> Option<(i64, u64)> {
    let text = String::from_utf8(BASE64.decode(cursor).ok()?).ok()?;
    let (generated, id) = text.strip_suffix('|')?.split_once(".0||")?;
    Some((generated.parse().ok()?, id.parse().ok()?))
}
