//! A simulated Confluence: Cloud's REST API, version 2, and its search of version 1, or Data Center's search of content,
//! over what a company wrote down, as of a clock.
//!
//! Written from what Atlassian publishes of both; `tests/contracts/confluence.mjs` judges Cloud's answers.
//!
//! # Invariants
//! - A list of version 2 says where its next page is with the context path, a search of version 1 without it.
//! - Search understands what is asked of it here and refuses everything else.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::query::{Wanted, wanted};
use crate::demo::company::{Company, Wiki, WikiPage};
use crate::model::{Clock, Instant};

mod query;

/// What it is like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// It is a Data Center, without a context path; else Cloud.
    pub data_center: bool,
    /// Of Cloud: the addresses and tokens of accounts; of Data Center: the tokens, with empty addresses. None: everybody may read.
    pub accounts: Vec<(String, String)>,
    /// Keys of spaces that may not be seen.
    pub hidden: BTreeSet<String>,
    /// The search does not know yet what was made or edited in the last so many seconds.
    pub search_lags: i64,
    /// The most entries of a page of a list; none: 250, and 100 of a search.
    pub most_entries: Option<usize>,
}

/// The server's router.
pub fn router(company: Arc<Company>, clock: Clock, options: Options) -> Router {
    let site = Arc::new(Site { wiki: Arc::clone(&company.wiki), company, clock, options });
    let data_center = site.options.data_center;
    let cloud = Router::new()
        .route("/wiki/api/v2/spaces", get(spaces))
        .route("/wiki/api/v2/spaces/{id}/pages", get(pages_in_space))
        .route("/wiki/api/v2/pages/{id}", get(page))
        .route("/wiki/api/v2/pages/{id}/labels", get(labels))
        .route("/wiki/api/v2/users-bulk", post(people))
        .route("/wiki/rest/api/search", get(search));
    let own = Router::new()
        .route("/rest/api/content/search", get(content_search))
        .route("/rest/api/content/{id}", get(content))
        .route("/rest/api/search", get(search));
    let router = if data_center { own } else { cloud };
    let router = router.fallback(async || refuse(StatusCode::NOT_FOUND, "null for uri"));
    router.layer(middleware::from_fn_with_state(Arc::clone(&site), guarded)).with_state(site)
}

struct Site {
    company: Arc<Company>,
    wiki: Arc<Wiki>,
    clock: Clock,
    options: Options,
}

/// A refusal as version 1 writes it.
fn refuse(status: StatusCode, message: &str) -> Response {
    json_answer(status, &json!({ "statusCode": status.as_u16(), "message": message }))
}

/// A refusal as version 2 writes it.
fn refuse_v2(status: StatusCode, code: &str, title: &str) -> Response {
    json_answer(status, &json!({ "errors": [{ "status": status.as_u16(), "code": code, "title": title, "detail": null }] }))
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// What is asked, by name.
struct Params(Vec<(String, String)>);

impl Params {
    fn of(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The same with other values.
    fn with(&self, name: &str, value: &str) -> String {
        let mut all = url::form_urlencoded::Serializer::new(String::new());
        all.extend_pairs(self.0.iter().filter(|(key, _)| key != name));
        all.append_pair(name, value);
        all.finish()
    }
}

/// A cursor holds where its page begins, and means nothing to others.
fn cursor(position: usize) -> String {
    STANDARD.encode(format!("{{\"position\":{position}}}"))
}

fn position(cursor: &str) -> Option<usize> {
    let text = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    text.strip_prefix("{\"position\":")?.strip_suffix('}')?.parse().ok()
}

impl Site {
    fn now(&self) -> Instant {
        (self.clock)()
    }

    fn is_visible(&self, page: &WikiPage, now: Instant) -> bool {
        page.versions[0].0 <= now && !self.options.hidden.contains(&self.wiki.spaces[*page.space.at(now)].key)
    }

    /// `current`, `archived` or `trashed`.
    fn status(page: &WikiPage, now: Instant) -> &'static str {
        match page.archived {
            _ if page.exists.end <= now => "trashed",
            Some(at) if at <= now => "archived",
            _ => "current",
        }
    }

    fn current(&self, now: Instant) -> impl Iterator<Item = &WikiPage> {
        self.wiki.pages.iter().filter(move |page| self.is_visible(page, now) && Self::status(page, now) == "current")
    }

    /// The number and the content of the newest version.
    fn version(page: &WikiPage, now: Instant) -> (usize, (Instant, usize)) {
        let number = page.versions.partition_point(|(at, _)| *at <= now).max(1);
        (number, page.versions[number - 1])
    }

    fn account(&self, person: usize) -> String {
        format!("712020:{:08x}-0000-4000-8000-{:012x}", self.company.people[person].id, person)
    }

    fn link(&self, page: &WikiPage, now: Instant) -> String {
        let (space, title) = (&self.wiki.spaces[*page.space.at(now)].key, page.title.at(now));
        let title: String = url::form_urlencoded::byte_serialize(title.as_bytes()).collect();
        format!("/spaces/{space}/pages/{}/{title}", page.id)
    }

    /// A page of version 2.
    fn page(&self, page: &WikiPage, now: Instant) -> Value {
        let (number, (at, by)) = Self::version(page, now);
        let author = self.account(page.versions[0].1);
        json!({
            "id": page.id.to_string(),
            "status": Self::status(page, now),
            "title": page.title.at(now),
            "spaceId": self.wiki.spaces[*page.space.at(now)].id.to_string(),
            "parentId": page.parent.map(|parent| parent.to_string()),
            "parentType": page.parent.map(|_| "page"),
            "position": 100 + page.id % 1000,
            "authorId": author,
            "ownerId": author,
            "lastOwnerId": null,
            "subtype": null,
            "createdAt": millis(page.versions[0].0),
            "version": { "createdAt": millis(at), "message": "", "number": number, "minorEdit": false, "authorId": self.account(by) },
            "body": {},
            "_links": {
                "editui": format!("/pages/resumedraft.action?draftId={}", page.id),
                "webui": self.link(page, now),
                "tinyui": format!("/x/{:x}", page.id),
            },
        })
    }

    /// A page of version 1, with what `expand` asks for.
    fn content(&self, page: &WikiPage, now: Instant, expand: &BTreeSet<&str>) -> Value {
        let (number, (at, by)) = Self::version(page, now);
        let person = &self.company.people[by];
        let mut found = json!({
            "id": page.id.to_string(),
            "type": "page",
            "status": Self::status(page, now),
            "title": page.title.at(now),
            "_expandable": {},
            "_links": { "webui": self.link(page, now), "self": format!("/rest/api/content/{}", page.id), "tinyui": format!("/x/{:x}", page.id) },
        });
        if expand.contains("space") {
            let space = &self.wiki.spaces[*page.space.at(now)];
            found["space"] = json!({
                "id": space.id,
                "key": space.key,
                "name": space.name,
                "type": "global",
                "status": "current",
                "_expandable": {},
                "_links": { "webui": format!("/spaces/{}", space.key), "self": format!("/rest/api/space/{}", space.key) },
            });
        }
        if expand.contains("version") {
            let by = match self.options.data_center {
                true => {
                    json!({ "type": "known", "username": person.login, "userKey": format!("{:032x}", person.id), "displayName": person.name })
                }
                false => json!({
                    "type": "known",
                    "accountId": self.account(by),
                    "accountType": "atlassian",
                    "email": "",
                    "publicName": person.name,
                    "displayName": person.name,
                    "isExternalCollaborator": false,
                }),
            };
            found["version"] = json!({
                "by": by,
                "when": millis(at),
                "friendlyWhen": millis(at)[..10],
                "message": "",
                "number": number,
                "minorEdit": false,
                "contentTypeModified": false,
            });
        }
        if expand.contains("metadata.labels") {
            let labels: Vec<Value> = page.labels.at(now).iter().map(|name| label(name)).collect();
            found["metadata"] = json!({
                "labels": { "results": labels, "start": 0, "limit": 200, "size": labels.len(), "_links": {} },
            });
        }
        found
    }

    /// What a search finds, newest edit first.
    fn found(&self, query: &str, now: Instant) -> Result<Vec<&WikiPage>, String> {
        let wanted: Wanted = wanted(query)?;
        let known = now.plus_seconds(-self.options.search_lags);
        let fits = |page: &&WikiPage| {
            let space = &self.wiki.spaces[*page.space.at(now)].key;
            page.versions[0].0 <= known
                && wanted.spaces.as_ref().is_none_or(|spaces| spaces.contains(space))
                && !wanted.not_spaces.contains(space)
                && wanted.ids.as_ref().is_none_or(|ids| ids.contains(&page.id.to_string()))
                && wanted.labels.as_ref().is_none_or(|labels| page.labels.at(now).iter().any(|label| labels.contains(label)))
        };
        let mut found: Vec<&WikiPage> = self.current(now).filter(fits).collect();
        newest_first(&mut found, now);
        Ok(found)
    }
}

fn newest_first(pages: &mut [&WikiPage], now: Instant) {
    pages.sort_by_key(|page| (std::cmp::Reverse(Site::version(page, now).1.0), page.id));
}

fn label(name: &str) -> Value {
    let id = name.bytes().fold(1_u64, |id, byte| (id * 31 + u64::from(byte)) % 1_000_000_007);
    json!({ "prefix": "global", "name": name, "id": id.to_string(), "label": name })
}

fn millis(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Lets those in who may ask.
async fn guarded(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let accounts = &site.options.accounts;
    if accounts.is_empty() {
        return next.run(request).await;
    }
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let allowed = accounts.iter().any(|(email, token)| match email.is_empty() {
        true => sent.strip_prefix("Bearer ") == Some(token),
        false => sent.strip_prefix("Basic ") == Some(STANDARD.encode(format!("{email}:{token}")).as_str()),
    });
    if allowed {
        return next.run(request).await;
    }
    let mut response = refuse(StatusCode::UNAUTHORIZED, "Unauthorized; scope does not match");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("OAuth realm=\"wiki\""));
    response
}

/// A page of a list of version 2.
fn part(site: &Site, params: &Params, path: &str, all: &[Value]) -> Response {
    let most = site.options.most_entries.unwrap_or(250);
    let limit = match params.get("limit").map_or(Ok(25), str::parse::<usize>) {
        Ok(limit) if (1..=250).contains(&limit) => limit.min(most),
        _ => return refuse_v2(StatusCode::BAD_REQUEST, "INVALID_REQUEST_PARAMETER", "Provided value for 'limit' is not between 1 and 250"),
    };
    let Some(start) = params.get("cursor").map_or(Some(0), position) else {
        return refuse_v2(StatusCode::BAD_REQUEST, "INVALID_REQUEST_PARAMETER", "Provided cursor is invalid");
    };
    let results: Vec<&Value> = all.iter().skip(start).take(limit).collect();
    let mut links = json!({ "base": "https://site.example/wiki" });
    let mut linked = None;
    if start + limit < all.len() {
        let next = format!("{path}?{}", params.with("cursor", &cursor(start + limit)));
        linked = Some(format!("<{next}>; rel=\"next\""));
        links["next"] = next.into();
    }
    let mut response = json_answer(StatusCode::OK, &json!({ "results": results, "_links": links }));
    if let Some(value) = linked.and_then(|linked| linked.parse().ok()) {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}

async fn spaces(State(site): State<Arc<Site>>, RawQuery(query): RawQuery) -> Response {
    let (params, now) = (Params::of(query.as_deref()), site.now());
    let keys: Option<BTreeSet<&str>> = params.get("keys").map(|keys| keys.split(',').collect());
    let all = site.wiki.spaces.iter().filter(|space| keys.as_ref().is_none_or(|keys| keys.contains(space.key.as_str())));
    let there = |home: u64| site.wiki.pages.iter().any(|page| page.id == home && page.versions[0].0 <= now);
    let all = all.filter(|space| !site.options.hidden.contains(&space.key) && there(space.home));
    let all: Vec<Value> = all
        .map(|space| {
            let made = site.wiki.pages.iter().find(|page| page.id == space.home).map(|page| page.versions[0]);
            json!({
                "id": space.id.to_string(),
                "key": space.key,
                "name": space.name,
                "type": "global",
                "status": "current",
                "authorId": made.map(|(_, by)| site.account(by)),
                "createdAt": made.map(|(at, _)| millis(at)),
                "homepageId": space.home.to_string(),
                "spaceOwnerId": made.map(|(_, by)| site.account(by)),
                "currentActiveAlias": space.key,
                "description": null,
                "icon": null,
                "_links": { "webui": format!("/spaces/{}", space.key) },
            })
        })
        .collect();
    part(&site, &params, "/wiki/api/v2/spaces", &all)
}

async fn pages_in_space(State(site): State<Arc<Site>>, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let (params, now) = (Params::of(query.as_deref()), site.now());
    let number = site.wiki.spaces.iter().position(|space| space.id.to_string() == id && !site.options.hidden.contains(&space.key));
    let Some(number) = number else { return refuse_v2(StatusCode::NOT_FOUND, "NOT_FOUND", "Space not found") };
    let statuses: BTreeSet<&str> = params.get("status").unwrap_or("current,archived").split(',').collect();
    let all = site.wiki.pages.iter().filter(|page| site.is_visible(page, now) && *page.space.at(now) == number);
    let mut all: Vec<&WikiPage> = all.filter(|page| statuses.contains(Site::status(page, now))).collect();
    match params.get("sort") {
        None | Some("id") => {}
        Some("-modified-date") => newest_first(&mut all, now),
        Some(_) => return refuse_v2(StatusCode::BAD_REQUEST, "INVALID_REQUEST_PARAMETER", "Provided value for 'sort' is not simulated"),
    }
    let all: Vec<Value> = all.into_iter().map(|page| site.page(page, now)).collect();
    part(&site, &params, &format!("/wiki/api/v2/spaces/{id}/pages"), &all)
}

fn by_id<'a>(site: &'a Site, id: &str, now: Instant) -> Option<&'a WikiPage> {
    site.wiki.pages.iter().find(|page| page.id.to_string() == id && site.is_visible(page, now))
}

async fn page(State(site): State<Arc<Site>>, Path(id): Path<String>) -> Response {
    let now = site.now();
    match by_id(&site, &id, now) {
        Some(page) => json_answer(StatusCode::OK, &site.page(page, now)),
        None => refuse_v2(StatusCode::NOT_FOUND, "NOT_FOUND", "Page not found"),
    }
}

async fn labels(State(site): State<Arc<Site>>, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let now = site.now();
    let Some(page) = by_id(&site, &id, now) else { return refuse_v2(StatusCode::NOT_FOUND, "NOT_FOUND", "Page not found") };
    let bare = |name: &String| {
        let mut found = label(name);
        found.as_object_mut().map(|fields| fields.remove("label"));
        found
    };
    let all: Vec<Value> = page.labels.at(now).iter().map(bare).collect();
    part(&site, &Params::of(query.as_deref()), &format!("/wiki/api/v2/pages/{id}/labels"), &all)
}

async fn people(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(ids) = asked["accountIds"].as_array() else {
        return refuse_v2(StatusCode::BAD_REQUEST, "INVALID_REQUEST_BODY", "accountIds is missing");
    };
    let known = (0..site.company.people.len()).filter(|person| ids.contains(&Value::from(site.account(*person))));
    let results: Vec<Value> = known
        .map(|person| {
            let name = &site.company.people[person].name;
            json!({
                "accountId": site.account(person),
                "accountType": "atlassian",
                "accountStatus": "active",
                "displayName": name,
                "publicName": name,
                "email": "",
                "timeZone": null,
                "personalSpaceId": null,
                "isExternalCollaborator": false,
                "profilePicture": { "path": "/wiki/aa-avatar", "isDefault": true },
            })
        })
        .collect();
    json_answer(StatusCode::OK, &json!({ "results": results }))
}

/// The search of Cloud; of Data Center it only counts.
async fn search(State(site): State<Arc<Site>>, RawQuery(query): RawQuery) -> Response {
    let (params, now) = (Params::of(query.as_deref()), site.now());
    let query = params.get("cql").unwrap_or_default();
    let found = match site.found(query, now) {
        Ok(found) => found,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, &format!("Could not parse cql : {query}: {why}")),
    };
    let expand: BTreeSet<&str> = params.get("expand").unwrap_or_default().split(',').filter_map(|it| it.strip_prefix("content.")).collect();
    let most = site.options.most_entries.unwrap_or(100);
    let limit = params.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(25_usize).clamp(1, most);
    let start = params.get("cursor").and_then(position).unwrap_or(0);
    let results: Vec<Value> = found
        .iter()
        .skip(start)
        .take(limit)
        .map(|page| {
            let space = &site.wiki.spaces[*page.space.at(now)];
            json!({
                "content": site.content(page, now, &expand),
                "title": page.title.at(now),
                "excerpt": "",
                "url": site.link(page, now),
                "resultGlobalContainer": { "title": space.name, "displayUrl": format!("/spaces/{}", space.key) },
                "breadcrumbs": [],
                "entityType": "content",
                "iconCssClass": "aui-icon content-type-page",
                "lastModified": millis(Site::version(page, now).1.0),
                "friendlyLastModified": "some time ago",
                "score": 0.0,
            })
        })
        .collect();
    let mut links = json!({ "base": "https://site.example/wiki", "context": "/wiki", "self": "https://site.example/wiki/rest/api/search" });
    if start + limit < found.len() {
        links["next"] = format!("/rest/api/search?{}", params.with("cursor", &cursor(start + limit))).into();
    }
    let body = json!({
        "results": results,
        "start": start,
        "limit": limit,
        "size": results.len(),
        "totalSize": found.len(),
        "cqlQuery": query,
        "searchDuration": 12,
        "_links": links,
    });
    json_answer(StatusCode::OK, &body)
}

/// The search of Data Center.
async fn content_search(State(site): State<Arc<Site>>, RawQuery(query): RawQuery) -> Response {
    let (params, now) = (Params::of(query.as_deref()), site.now());
    let query = params.get("cql").unwrap_or_default();
    let found = match site.found(query, now) {
        Ok(found) => found,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, &format!("Could not parse cql : {query}: {why}")),
    };
    let expand: BTreeSet<&str> = params.get("expand").unwrap_or_default().split(',').collect();
    let number = |name: &str, default: usize| params.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (start, limit) = (number("start", 0), number("limit", 25).clamp(1, site.options.most_entries.unwrap_or(200)));
    let results: Vec<Value> = found.iter().skip(start).take(limit).map(|page| site.content(page, now, &expand)).collect();
    let mut links = json!({ "base": "https://wiki.example", "context": "", "self": "https://wiki.example/rest/api/content/search" });
    if start + limit < found.len() {
        links["next"] = format!("/rest/api/content/search?{}", params.with("start", &(start + limit).to_string())).into();
    }
    json_answer(StatusCode::OK, &json!({ "results": results, "start": start, "limit": limit, "size": results.len(), "_links": links }))
}

/// A page of Data Center; what is in the bin is not found.
async fn content(State(site): State<Arc<Site>>, Path(id): Path<String>, _headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let (params, now) = (Params::of(query.as_deref()), site.now());
    let expand: BTreeSet<&str> = params.get("expand").unwrap_or_default().split(',').collect();
    match by_id(&site, &id, now).filter(|page| Site::status(page, now) == "current") {
        Some(page) => json_answer(StatusCode::OK, &site.content(page, now, &expand)),
        None => refuse(StatusCode::NOT_FOUND, &format!("No content found with id: ContentId{{id={id}}}")),
    }
}
