//! A simulated Jira: Cloud's REST API, version 3, or Data Center's, version 2, over what stands in it, as of a clock.
//!
//! Written from what Atlassian publishes of both; `tests/contracts/jira.mjs` judges Cloud's answers.
//!
//! # Invariants
//! - Lists of Cloud go on by tokens and tell no total, those of Data Center by offsets.
//! - The search understands what is asked of it here and refuses everything else; of Cloud it refuses what is not bounded.
//! - The search may lag behind; changelogs, and issues that are asked for by number, never do.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use serde_json::{Value, json};

use self::content::{Content, Issue};
use self::jql::{Query, Seen};
use crate::model::{Clock, Instant};

mod company;
pub mod content;
mod jql;
mod show;

/// What it is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// It is a Data Center, without a context path; else Cloud.
    pub data_center: bool,
    /// Of Cloud: the addresses and tokens of accounts; of Data Center: the tokens, with empty addresses. None: everybody may read.
    pub accounts: Vec<(String, String)>,
    /// The zone of who asks; none: it is not told.
    pub zone: Option<String>,
    /// The zone in which the server writes times.
    pub server_zone: String,
    /// Keys of projects that may not be seen.
    pub hidden: BTreeSet<String>,
    /// The search does not know yet what happened in the last so many seconds.
    pub search_lags: i64,
    /// The most issues of a page.
    pub most_issues: usize,
    /// The most entries of a page of changelogs.
    pub most_changes: usize,
    /// Requests that are answered in a minute; the next ones are told when to come again.
    pub per_minute: Option<usize>,
    /// The server's clock is so many seconds ahead.
    pub ahead: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data_center: false,
            accounts: Vec::new(),
            zone: Some("Europe/Berlin".to_owned()),
            server_zone: "Europe/Berlin".to_owned(),
            hidden: BTreeSet::new(),
            search_lags: 0,
            most_issues: 100,
            most_changes: 1000,
            per_minute: None,
            ahead: 0,
        }
    }
}

/// The server's router.
pub fn router(content: Arc<Content>, clock: Clock, options: Options) -> Router {
    let zone = |name: &str| TimeZone::get(name).unwrap_or(TimeZone::UTC);
    let site = Arc::new(Site {
        asker: zone(options.zone.as_deref().unwrap_or(&options.server_zone)),
        writer: zone(&options.server_zone),
        content,
        clock,
        options,
        asked: Mutex::default(),
    });
    let both = Router::new()
        .route("/rest/api/{version}/serverInfo", get(server_info))
        .route("/rest/api/{version}/myself", get(myself))
        .route("/rest/api/{version}/status", get(statuses))
        .route("/rest/api/{version}/field", get(fields))
        .route("/rest/api/{version}/project/{key}", get(project))
        .route("/rest/api/{version}/issue/{id}", get(issue));
    let router = if site.options.data_center {
        both.route("/rest/api/2/search", get(search_by_offset)).route("/rest/api/2/priority", get(priorities))
    } else {
        both.route("/rest/api/3/search/jql", post(search_by_token))
            .route("/rest/api/3/search/approximate-count", post(count))
            .route("/rest/api/3/priority/search", get(priorities_page))
            .route("/rest/api/3/changelog/bulkfetch", post(changelogs))
            .route("/rest/api/3/issue/bulkfetch", post(issues_by_number))
            .route("/rest/api/{version}/search", get(removed).post(removed))
    };
    let router = router.fallback(async || refuse(StatusCode::NOT_FOUND, "null for uri"));
    router.layer(middleware::from_fn_with_state(Arc::clone(&site), guarded)).with_state(site)
}

pub(super) struct Site {
    content: Arc<Content>,
    clock: Clock,
    options: Options,
    asker: TimeZone,
    writer: TimeZone,
    /// When the last requests came.
    asked: Mutex<VecDeque<Instant>>,
}

fn refuse(status: StatusCode, message: &str) -> Response {
    json_answer(status, &json!({ "errorMessages": [message], "errors": {} }))
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json;charset=UTF-8")], value.to_string()).into_response()
}

fn good(value: &Value) -> Response {
    json_answer(StatusCode::OK, value)
}

impl Site {
    fn now(&self) -> Instant {
        (self.clock)()
    }

    /// How the search sees things.
    fn seen(&self) -> Seen<'_> {
        let now = self.now();
        let at = now.plus_seconds(-self.options.search_lags);
        Seen { content: &self.content, at, now, zone: &self.asker, hidden: &self.options.hidden }
    }

    /// What a query finds.
    fn find(&self, text: &str) -> Result<Vec<&Issue>, Box<Response>> {
        let bad = |message: String| Box::new(refuse(StatusCode::BAD_REQUEST, &message));
        let query: Query = jql::read(text).map_err(bad)?;
        if !self.options.data_center && !query.is_bounded() {
            return Err(bad("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.".to_owned()));
        }
        query.find(&self.seen()).map_err(bad)
    }

    /// An issue that may be seen, by its number or key.
    fn by_name(&self, name: &str) -> Option<&Issue> {
        let now = self.now();
        self.content.issues.iter().find(|issue| {
            let is_it = issue.id.to_string() == name || issue.key_at(&self.content, now) == name;
            is_it && issue.exists.contains(&now) && !self.options.hidden.contains(&self.content.projects[issue.key.at(now).0].key)
        })
    }

    /// Whether one more request is answered; else in how many seconds.
    fn admits(&self) -> Result<(), i64> {
        let Some(most) = self.options.per_minute else { return Ok(()) };
        let (now, mut asked) = (self.now(), self.asked.lock());
        while asked.front().is_some_and(|at| at.plus_seconds(60) <= now) {
            asked.pop_front();
        }
        if asked.len() < most {
            asked.push_back(now);
            return Ok(());
        }
        let until = asked.front().copied().unwrap_or(now).plus_seconds(60);
        Err(((until.micros() - now.micros()) / 1_000_000).max(1))
    }
}

async fn guarded(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if let Err(seconds) = site.admits() {
        let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded.");
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        headers.insert("ratelimit-reason", HeaderValue::from_static("jira-burst-based"));
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
        return response;
    }
    // Everybody may know that it is there.
    if site.options.accounts.is_empty() || request.uri().path().ends_with("/serverInfo") {
        return next.run(request).await;
    }
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_known = site.options.accounts.iter().any(|(email, token)| match site.options.data_center {
        true => given == format!("Bearer {token}"),
        false => given == format!("Basic {}", STANDARD.encode(format!("{email}:{token}"))),
    });
    if is_known {
        return next.run(request).await;
    }
    let body = json!({ "message": "Client must be authenticated to access this resource.", "status-code": 401 });
    let mut response = json_answer(StatusCode::UNAUTHORIZED, &body);
    if !given.is_empty() {
        response.headers_mut().insert("x-seraph-loginreason", HeaderValue::from_static("AUTHENTICATED_FAILED"));
    }
    response
}

/// What is asked, by name.
struct Params(Vec<(String, String)>);

impl Params {
    fn of(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    fn number(&self, name: &str, default: usize) -> usize {
        self.get(name).parse().unwrap_or(default)
    }

    fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).split(',').filter(|item| !item.is_empty()).collect()
    }
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn asked(body: &Bytes) -> Result<Value, Box<Response>> {
    serde_json::from_slice(body).map_err(|_| {
        let message = "Invalid request payload. Refer to the REST API documentation and try again.";
        Box::new(refuse(StatusCode::BAD_REQUEST, message))
    })
}

/// A token holds where its page begins and for which query it is, and means nothing to others.
fn token(position: usize, of: &str) -> String {
    let sum = of.bytes().fold(17_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    STANDARD.encode(format!("{position}:{sum:x}"))
}

fn position(text: &str, of: &str) -> Option<usize> {
    let found = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let position: usize = found.split_once(':')?.0.parse().ok()?;
    (token(position, of) == text).then_some(position)
}

async fn removed() -> Response {
    let message = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046";
    refuse(StatusCode::GONE, message)
}

async fn search_by_token(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    let answer = || -> Result<Value, Box<Response>> {
        let asked = asked(&body)?;
        let jql = asked["jql"].as_str().unwrap_or_default();
        let found = site.find(jql)?;
        let fields = strings(&asked["fields"]);
        // Numbers alone cost little.
        let most = if fields.is_empty() || fields == ["id"] || fields == ["key"] { 5000 } else { site.options.most_issues };
        let size = asked["maxResults"].as_u64().map_or(50, |size| usize::try_from(size).unwrap_or(most)).clamp(1, most);
        let bad_token = || Box::new(refuse(StatusCode::BAD_REQUEST, "The provided nextPageToken is invalid or has expired."));
        let start = asked["nextPageToken"].as_str().map_or(Some(0), |text| position(text, jql)).ok_or_else(bad_token)?;
        let at = site.seen().at;
        let expand = asked["expand"].as_str().unwrap_or_default();
        let issues: Vec<Value> =
            found.iter().skip(start).take(size).map(|issue| site.show(issue, at, &fields, expand.contains("changelog"))).collect();
        let mut page = json!({ "issues": issues, "isLast": start + size >= found.len() });
        if start + size < found.len() {
            page["nextPageToken"] = Value::from(token(start + size, jql));
        }
        Ok(page)
    };
    answer().map_or_else(|refused| *refused, |page| good(&page))
}

async fn search_by_offset(State(site): State<Arc<Site>>, RawQuery(query): RawQuery) -> Response {
    let params = Params::of(query.as_deref());
    let found = match site.find(params.get("jql")) {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    let (start, size) = (params.number("startAt", 0), params.number("maxResults", 50).min(site.options.most_issues));
    let (fields, expand, at) = (params.list("fields"), params.list("expand"), site.seen().at);
    let has_log = expand.contains(&"changelog");
    let issues: Vec<Value> = found.iter().skip(start).take(size).map(|issue| site.show(issue, at, &fields, has_log)).collect();
    let mut page = json!({ "expand": "schema,names", "startAt": start, "maxResults": size, "total": found.len(), "issues": issues });
    if expand.contains(&"names") {
        page["names"] = site.names();
    }
    good(&page)
}

async fn count(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    let found = asked(&body).and_then(|asked| site.find(asked["jql"].as_str().unwrap_or_default()).map(|found| found.len()));
    found.map_or_else(|refused| *refused, |count| good(&json!({ "count": count })))
}

/// Changelogs of many issues, by time and number of the issue.
async fn changelogs(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    let asked = match asked(&body) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let (names, fields) = (strings(&asked["issueIdsOrKeys"]), strings(&asked["fieldIds"]));
    if names.is_empty() || names.len() > 1000 || fields.len() > 10 {
        return refuse(StatusCode::BAD_REQUEST, "Changelogs of 1 to 1000 issues, by at most 10 fields, can be requested.");
    }
    let now = site.now();
    let issues: Vec<&Issue> = names.iter().filter_map(|name| site.by_name(name)).collect();
    let mut all: Vec<(Instant, u64, Value)> = Vec::new();
    for issue in issues {
        for (at, history) in site.histories(issue, now, &fields) {
            all.push((at, issue.id, history));
        }
    }
    all.sort_by_key(|(at, id, _)| (*at, *id));
    let of = names.join(",");
    let start = asked["nextPageToken"].as_str().map_or(Some(0), |text| position(text, &of));
    let Some(start) = start else { return refuse(StatusCode::BAD_REQUEST, "The provided nextPageToken is invalid.") };
    let most = site.options.most_changes;
    let size = asked["maxResults"].as_u64().map_or(most, |size| usize::try_from(size).unwrap_or(most)).clamp(1, most);
    let mut logs: Vec<(u64, Vec<Value>)> = Vec::new();
    let total = all.len();
    for (_, id, history) in all.into_iter().skip(start).take(size) {
        match logs.iter_mut().find(|(known, _)| *known == id) {
            Some((_, histories)) => histories.push(history),
            None => logs.push((id, vec![history])),
        }
    }
    let logs: Vec<Value> =
        logs.into_iter().map(|(id, histories)| json!({ "issueId": id.to_string(), "changeHistories": histories })).collect();
    let mut page = json!({ "issueChangeLogs": logs });
    if start + size < total {
        page["nextPageToken"] = Value::from(token(start + size, &of));
    }
    good(&page)
}

async fn issues_by_number(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    let asked = match asked(&body) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let (names, fields) = (strings(&asked["issueIdsOrKeys"]), strings(&asked["fields"]));
    if names.is_empty() || names.len() > 100 {
        return refuse(StatusCode::BAD_REQUEST, "1 to 100 issues can be requested.");
    }
    let now = site.now();
    let issues: Vec<Value> = names.iter().filter_map(|name| Some(site.show(site.by_name(name)?, now, &fields, false))).collect();
    good(&json!({ "issues": issues, "issueErrors": [] }))
}

async fn issue(State(site): State<Arc<Site>>, Path((_, id)): Path<(String, String)>, RawQuery(query): RawQuery) -> Response {
    let params = Params::of(query.as_deref());
    match site.by_name(&id) {
        Some(issue) => good(&site.show(issue, site.now(), &params.list("fields"), params.list("expand").contains(&"changelog"))),
        None => refuse(StatusCode::NOT_FOUND, "Issue does not exist or you do not have permission to see it."),
    }
}

async fn server_info(State(site): State<Arc<Site>>) -> Response {
    good(&site.server_info())
}

async fn myself(State(site): State<Arc<Site>>) -> Response {
    good(&site.myself())
}

async fn statuses(State(site): State<Arc<Site>>) -> Response {
    good(&site.content.statuses.iter().map(|status| site.status(status)).collect())
}

async fn priorities(State(site): State<Arc<Site>>) -> Response {
    good(&site.content.priorities.iter().map(|priority| site.named("priority", priority)).collect())
}

async fn priorities_page(State(site): State<Arc<Site>>) -> Response {
    let values: Vec<Value> = site.content.priorities.iter().map(|priority| site.named("priority", priority)).collect();
    good(&json!({ "maxResults": 50, "startAt": 0, "total": values.len(), "isLast": true, "values": values }))
}

async fn fields(State(site): State<Arc<Site>>) -> Response {
    good(&site.fields())
}

async fn project(State(site): State<Arc<Site>>, Path((_, key)): Path<(String, String)>) -> Response {
    let found = site.content.projects.iter().find(|project| project.key == key || project.id.to_string() == key);
    match found.filter(|project| !site.options.hidden.contains(&project.key)) {
        Some(project) => good(&site.project(project)),
        None => refuse(StatusCode::NOT_FOUND, &format!("No project could be found with key '{key}'.")),
    }
}
