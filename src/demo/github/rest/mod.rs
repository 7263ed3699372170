//! REST: routes, pages, conditional requests, limits and GitHub's form of errors.

mod bodies;
mod runs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{self, Kind, Refused, Viewer};
use super::codeowners;
use super::limits::{Budget, Resource};
use super::objects::{BlobAt, EntryObject, Object, TreeAt, join};
use super::visit::Visit;
use super::{Asked, GitHub, ORGANIZATION_ID, seconds_text};
use crate::demo::company::Visibility;

/// The version that is answered if none is asked for, and the one that may be.
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];
/// The most that the contents endpoint answers as JSON.
const LARGEST_JSON: usize = 1 << 20;

/// What a route found.
enum Found {
    Json(StatusCode, Value),
    /// A page and the header that leads to the others.
    Page(Value, Option<String>),
    Raw(Bytes),
    Moved(String),
}

/// What a route says instead.
struct Failure {
    status: StatusCode,
    message: String,
    /// The scopes that would do.
    accepted: &'static [&'static str],
}

type Answer = Result<Found, Failure>;

fn fail<T>(status: StatusCode, message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure { status, message: message.into(), accepted: &[] })
}

fn not_found<T>() -> Result<T, Failure> {
    fail(StatusCode::NOT_FOUND, "Not Found")
}

fn ok(body: Value) -> Answer {
    Ok(Found::Json(StatusCode::OK, body))
}

pub(super) fn answer(github: &Arc<GitHub>, asked: &Asked) -> Response {
    let viewer = match Viewer::of(github, asked) {
        Ok(viewer) => viewer,
        Err(Refused(message)) => return failure(asked, StatusCode::UNAUTHORIZED, &message),
    };
    if let Some(version) = asked.header("x-github-api-version")
        && !VERSIONS.contains(&version)
    {
        return failure(asked, StatusCode::BAD_REQUEST, &format!("API Version {version} is not supported."));
    }
    let parts = asked.parts();
    let parts: Vec<&str> = parts.iter().skip(2).map(String::as_str).collect();
    let actor = viewer.actor().to_owned();
    let budget = github.budgets.look(&actor, Resource::Core, asked.now);
    if parts == ["rate_limit"] {
        return rate_limit(github, asked, &viewer, budget);
    }
    if let Some(budget) = budget.filter(|budget| budget.remaining() == 0) {
        let message = if viewer.is_anonymous() { "API rate limit exceeded." } else { "API rate limit exceeded for user ID 1." };
        let mut response = failure(asked, StatusCode::FORBIDDEN, message);
        budget.write(Resource::Core, response.headers_mut());
        return response;
    }
    let visit = Arc::new(Visit::new(github, asked, viewer));
    let mut accepted: &[&str] = &[];
    let mut response = match route(&visit, asked, &parts) {
        Ok(Found::Json(status, body)) => json_answer(asked, status, &body),
        Ok(Found::Page(body, link)) => {
            let mut response = json_answer(asked, StatusCode::OK, &body);
            if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
                response.headers_mut().insert(header::LINK, link);
            }
            response
        }
        Ok(Found::Raw(bytes)) => answer_with(asked, StatusCode::OK, bytes, "application/vnd.github.raw+json; charset=utf-8"),
        Ok(Found::Moved(location)) => {
            let body = json!({"message": "Moved Permanently", "url": location, "documentation_url": DOCUMENTATION});
            let mut response = json_answer(asked, StatusCode::MOVED_PERMANENTLY, &body);
            if let Ok(location) = HeaderValue::from_str(&location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
        Err(wrong) => {
            accepted = wrong.accepted;
            failure(asked, wrong.status, &wrong.message)
        }
    };
    for (name, value) in scope_headers(&visit.viewer, accepted) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    let unchanged = is_unchanged(asked, &response);
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = axum::body::Body::empty();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    // What did not change costs nothing to those who said who they are.
    let points = u64::from(!unchanged || visit.viewer.is_anonymous());
    if let Some((budget, _)) = github.budgets.spend(&actor, Resource::Core, asked.now, points) {
        budget.write(Resource::Core, response.headers_mut());
    }
    response
}

fn is_unchanged(asked: &Asked, response: &Response) -> bool {
    let (Some(known), Some(tag)) = (asked.header("if-none-match"), response.headers().get(header::ETAG)) else { return false };
    let Ok(tag) = tag.to_str() else { return false };
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    asked.method == Method::GET && response.status() == StatusCode::OK && known.split(',').any(|known| plain(known) == plain(tag))
}

fn rate_limit(github: &GitHub, asked: &Asked, viewer: &Viewer, core: Option<Budget>) -> Response {
    let Some(core) = core else { return failure(asked, StatusCode::NOT_FOUND, "Rate limiting is not enabled.") };
    let Some(graphql) = github.budgets.look(viewer.actor(), Resource::Graphql, asked.now) else {
        return failure(asked, StatusCode::NOT_FOUND, "Rate limiting is not enabled.");
    };
    let object = |budget: Budget| {
        let (limit, used, reset) = (budget.limit, budget.used, budget.reset_seconds());
        json!({"limit": limit, "used": used, "remaining": budget.remaining(), "reset": reset})
    };
    let search = json!({"limit": 30, "used": 0, "remaining": 30, "reset": core.reset_seconds()});
    let mut body = json!({"resources": {"core": object(core), "search": search, "graphql": object(graphql)}});
    // Gone in the later version of the API.
    if asked.header("x-github-api-version") != Some(VERSIONS[1]) {
        body["rate"] = object(core);
    }
    let mut response = json_answer(asked, StatusCode::OK, &body);
    core.write(Resource::Core, response.headers_mut());
    response
}

fn route(visit: &Arc<Visit>, asked: &Asked, parts: &[&str]) -> Answer {
    let is_get = asked.method == Method::GET || asked.method == Method::HEAD;
    if let ["app", "installations", id, "access_tokens"] = parts {
        return if asked.method == Method::POST { access_token(visit, asked, id) } else { not_found() };
    }
    if !is_get {
        return not_found();
    }
    match parts {
        [] => ok(json!({
            "current_user_url": format!("{}/user", api(visit)),
            "organization_url": format!("{}/orgs/{{org}}", api(visit)),
            "repository_url": format!("{}/repos/{{owner}}/{{repo}}", api(visit)),
            "rate_limit_url": format!("{}/rate_limit", api(visit)),
        })),
        ["meta"] => ok(json!({"verifiable_password_authentication": false, "installed_version": "3.19.0"})),
        ["user"] => user(visit),
        ["app"] => app(visit),
        ["app", "installations"] => installations(visit, asked),
        ["installation", "repositories"] => installation_repositories(visit, asked),
        ["orgs", login, rest @ ..] if login.eq_ignore_ascii_case(&visit.company().login) => organization(visit, asked, rest),
        ["organizations", id, rest @ ..] if *id == ORGANIZATION_ID.to_string() => organization(visit, asked, rest),
        ["repos", owner, name, rest @ ..] => match visit.find(owner, name) {
            Some(found) if found.renamed => {
                let id = visit.repository(found.index).id;
                let rest: String = rest.iter().map(|part| format!("/{part}")).collect();
                let query = asked.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                Ok(Found::Moved(format!("{}/repositories/{id}{rest}{query}", api(visit))))
            }
            Some(found) => repository(visit, asked, found.index, rest),
            None => not_found(),
        },
        ["repositories", id, rest @ ..] => match id.parse().ok().and_then(|id| visit.find_by_id(id)) {
            Some(index) => repository(visit, asked, index, rest),
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn api(visit: &Visit) -> String {
    format!("{}/api/v3", visit.base)
}

fn user(visit: &Arc<Visit>) -> Answer {
    match &visit.viewer.kind {
        Kind::Anonymous => fail(StatusCode::UNAUTHORIZED, "Requires authentication"),
        Kind::Installation(..) | Kind::App(_) => fail(StatusCode::FORBIDDEN, visit.viewer.not_accessible()),
        Kind::Scopes(_) | Kind::Permissions(_) => ok(bodies::current_user(visit)),
    }
}

fn organization(visit: &Arc<Visit>, asked: &Asked, rest: &[&str]) -> Answer {
    match rest {
        [] => ok(bodies::organization(visit)),
        ["repos"] => organization_repositories(visit, asked),
        ["properties", "schema"] => {
            demand(visit, "organization_custom_properties")?;
            ok(bodies::properties_schema(visit))
        }
        ["properties", "values"] => {
            demand(visit, "organization_custom_properties")?;
            property_values(visit, asked)
        }
        ["teams"] => {
            demand_scope(visit, "list an organization's teams")?;
            demand(visit, "members")?;
            let mut teams = visit.listing.teams.clone();
            teams.sort_by_key(|team| visit.company().teams[*team].slug.at(visit.now));
            let (teams, link) = page(visit, asked, teams, &format!("/organizations/{ORGANIZATION_ID}/teams"));
            Ok(Found::Page(teams.into_iter().map(|team| bodies::team(visit, team)).collect(), link))
        }
        _ => not_found(),
    }
}

fn demand(visit: &Visit, permission: &str) -> Result<(), Failure> {
    if visit.viewer.is_anonymous() {
        return not_found();
    }
    if visit.viewer.may(permission) { Ok(()) } else { fail(StatusCode::FORBIDDEN, visit.viewer.not_accessible()) }
}

fn demand_scope(visit: &Visit, what: &str) -> Result<(), Failure> {
    if visit.viewer.has_scope("read:org") {
        return Ok(());
    }
    let message = format!("You need at least read:org scope to {what}.");
    Err(Failure { status: StatusCode::FORBIDDEN, message, accepted: &["admin:org", "read:org", "repo", "user", "write:org"] })
}

fn organization_repositories(visit: &Arc<Visit>, asked: &Asked) -> Answer {
    let kind = asked.query("type").unwrap_or_else(|| "all".to_owned());
    let wanted = |index: &usize| {
        let public = visit.visibility(*index) == Visibility::Public;
        match kind.as_str() {
            "public" => public,
            "private" => !public,
            "forks" => visit.repository(*index).is_fork,
            "sources" => !visit.repository(*index).is_fork,
            _ => true,
        }
    };
    let mut all: Vec<usize> = visit.repositories().filter(wanted).collect();
    let sort = asked.query("sort").unwrap_or_else(|| "created".to_owned());
    match sort.as_str() {
        "full_name" => all.sort_by_key(|index| visit.name(*index).to_lowercase()),
        "pushed" => all.sort_by_key(|index| (visit.pushed_at(*index), visit.repository(*index).id)),
        "updated" => all.sort_by_key(|index| (visit.updated_at(*index), visit.repository(*index).id)),
        _ => all.sort_by_key(|index| (visit.repository(*index).exists.start, visit.repository(*index).id)),
    }
    let ascending = match asked.query("direction").as_deref() {
        Some("asc") => true,
        Some(_) => false,
        None => sort == "full_name",
    };
    if !ascending {
        all.reverse();
    }
    let (all, link) = page(visit, asked, all, &format!("/organizations/{ORGANIZATION_ID}/repos"));
    Ok(Found::Page(all.into_iter().map(|index| bodies::minimal_repository(visit, index)).collect(), link))
}

fn property_values(visit: &Arc<Visit>, asked: &Asked) -> Answer {
    let mut all: Vec<usize> = visit.repositories().collect();
    if let Some(query) = asked.query("repository_query").filter(|query| !query.trim().is_empty()) {
        let mut names = BTreeSet::new();
        for word in query.split_whitespace() {
            let Some(name) = word.strip_prefix("repo:") else {
                return fail(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed");
            };
            names.insert(name.to_lowercase());
        }
        all.retain(|index| names.contains(&visit.full_name(*index).to_lowercase()));
    }
    let (all, link) = page(visit, asked, all, &format!("/organizations/{ORGANIZATION_ID}/properties/values"));
    Ok(Found::Page(all.into_iter().map(|index| bodies::property_values(visit, index)).collect(), link))
}

fn repository(visit: &Arc<Visit>, asked: &Asked, index: usize, rest: &[&str]) -> Answer {
    if rest.is_empty() {
        return ok(bodies::full_repository(visit, index));
    }
    if rest == ["languages"] {
        return ok(visit.languages(index).into_iter().map(|(name, _, size)| (name.to_owned(), json!(size))).collect());
    }
    if let ["actions", "runs", rest @ ..] = rest {
        return runs::answer(visit, asked, index, rest);
    }
    demand_contents(visit, index)?;
    match rest {
        ["git", "trees", sha @ ..] if !sha.is_empty() => tree(visit, asked, index, &sha.join("/")),
        ["git", "blobs", sha] => blob(visit, asked, index, sha),
        ["compare", basehead] => compare(visit, asked, index, basehead),
        ["contents", path @ ..] => contents(visit, asked, index, &path.join("/")),
        ["codeowners", "errors"] => {
            let revision = asked.query("ref").unwrap_or_else(|| "HEAD".to_owned());
            let Some(errors) = codeowners::errors(visit, index, &revision) else { return not_found() };
            let errors: Vec<Value> = errors
                .into_iter()
                .map(|error| {
                    json!({
                        "line": error.line, "column": error.column, "kind": error.kind, "source": error.source,
                        "suggestion": error.suggestion, "message": error.message, "path": error.path,
                    })
                })
                .collect();
            ok(json!({"errors": errors}))
        }
        _ => not_found(),
    }
}

fn demand_contents(visit: &Visit, index: usize) -> Result<(), Failure> {
    if visit.visibility(index) == Visibility::Public && visit.viewer.is_anonymous() {
        return Ok(());
    }
    demand(visit, "contents")
}

fn tree(visit: &Arc<Visit>, asked: &Asked, index: usize, revision: &str) -> Answer {
    if visit.head(index).is_none() {
        return fail(StatusCode::CONFLICT, "Git Repository is empty.");
    }
    let at = match visit.resolve(index, revision) {
        Some(Object::Tree(at)) => at,
        Some(Object::Commit(commit)) => TreeAt { oid: visit.line(index).root(commit), commit, path: String::new() },
        Some(Object::Tag(_)) => {
            let Some(commit) = visit.commit(index, revision) else { return not_found() };
            TreeAt { oid: visit.line(index).root(commit), commit, path: String::new() }
        }
        Some(Object::Blob(_)) | None => return not_found(),
    };
    let repository = format!("{}/repos/{}", api(visit), visit.full_name(index));
    let limit = visit.github.options.tree_entries;
    let (mut entries, mut truncated) = (Vec::new(), false);
    let mut add = |path: &str, entry: &super::objects::Entry| {
        if entries.len() >= limit {
            truncated = true;
            return;
        }
        entries.push(match entry.object {
            EntryObject::File(blob) => json!({
                "path": path, "mode": "100644", "type": "blob", "sha": blob.oid.to_string(), "size": blob.size,
                "url": format!("{repository}/git/blobs/{}", blob.oid),
            }),
            EntryObject::Folder(oid) => json!({
                "path": path, "mode": "040000", "type": "tree", "sha": oid.to_string(),
                "url": format!("{repository}/git/trees/{oid}"),
            }),
        });
    };
    let line = visit.line(index);
    if asked.query("recursive").is_some() {
        let below = if at.path.is_empty() { 0 } else { at.path.len() + 1 };
        line.walk(at.commit, &at.path, &mut |path, entry| add(&path[below..], entry));
    } else {
        for entry in line.entries(at.commit, &at.path) {
            add(&entry.name.clone(), &entry);
        }
    }
    drop(line);
    ok(json!({
        "sha": at.oid.to_string(), "url": format!("{repository}/git/trees/{}", at.oid), "tree": entries, "truncated": truncated,
    }))
}

/// Commits of a comparison that are listed, where no page is asked for.
const MOST_COMPARED: usize = 250;

/// What the later of two revisions has and the earlier one has not, oldest first. The history of a repository is one line.
fn compare(visit: &Arc<Visit>, asked: &Asked, index: usize, basehead: &str) -> Answer {
    let Some((base, head)) = basehead.split_once("...") else { return not_found() };
    let (Some(from), Some(to)) = (visit.commit(index, base), visit.commit(index, head)) else { return not_found() };
    let ahead: Vec<usize> = (from + 1..=to).collect();
    let (total, listed) = (ahead.len(), ahead.into_iter().take(MOST_COMPARED).collect());
    let is_paged = asked.query("page").is_some() || asked.query("per_page").is_some();
    let path = format!("/repositories/{}/compare/{basehead}", visit.repository(index).id);
    let (listed, link) = if is_paged { page(visit, asked, listed, &path) } else { (listed, None) };
    Ok(Found::Page(bodies::comparison(visit, index, basehead, (from, to), total, &listed), link))
}

fn is_raw(asked: &Asked) -> bool {
    asked.header("accept").is_some_and(|accept| accept.contains("application/vnd.github.raw") || accept.contains("github.v3.raw"))
}

fn in_lines(content: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(content);
    let mut lines = String::with_capacity(text.len() + text.len() / 60 + 1);
    for chunk in text.as_bytes().chunks(60) {
        lines.push_str(std::str::from_utf8(chunk).unwrap_or_default());
        lines.push('\n');
    }
    lines
}

fn blob(visit: &Arc<Visit>, asked: &Asked, index: usize, sha: &str) -> Answer {
    if visit.head(index).is_none() {
        return fail(StatusCode::CONFLICT, "Git Repository is empty.");
    }
    let found = super::objects::Oid::parse(sha).and_then(|oid| visit.locate(index, oid));
    let Some(Object::Blob(at)) = found else { return not_found() };
    let content = visit.github.content(index, at);
    if is_raw(asked) {
        return Ok(Found::Raw(content));
    }
    let id = super::node_id::encode("B", &[visit.repository(index).id], Some(sha));
    ok(json!({
        "sha": sha, "node_id": id, "size": at.size, "encoding": "base64", "content": in_lines(&content),
        "url": format!("{}/repos/{}/git/blobs/{sha}", api(visit), visit.full_name(index)),
    }))
}

fn contents(visit: &Arc<Visit>, asked: &Asked, index: usize, path: &str) -> Answer {
    let reference = asked.query("ref").unwrap_or_else(|| visit.repository(index).default_branch.clone());
    if visit.head(index).is_none() {
        return fail(StatusCode::NOT_FOUND, "This repository is empty.");
    }
    if visit.commit(index, &reference).is_none() {
        return fail(StatusCode::NOT_FOUND, format!("No commit found for the ref {reference}"));
    }
    match visit.resolve(index, &format!("{reference}:{path}")) {
        Some(Object::Blob(at)) if is_raw(asked) => Ok(Found::Raw(visit.github.content(index, at))),
        Some(Object::Blob(at)) => {
            let mut body = content_entry(visit, index, path, &reference, &EntryObject::File(at));
            let content = (at.size <= LARGEST_JSON).then(|| visit.github.content(index, at));
            body["encoding"] = json!(if content.is_some() { "base64" } else { "none" });
            body["content"] = json!(content.map(|content| in_lines(&content)).unwrap_or_default());
            ok(body)
        }
        Some(Object::Tree(at)) => {
            let entries = visit.line(index).entries(at.commit, &at.path);
            let entries = entries.iter().map(|entry| content_entry(visit, index, &join(path, &entry.name), &reference, &entry.object));
            ok(entries.collect())
        }
        _ => not_found(),
    }
}

fn content_entry(visit: &Visit, index: usize, path: &str, reference: &str, object: &EntryObject) -> Value {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (kind, word, oid, size) = match object {
        EntryObject::File(BlobAt { oid, size, .. }) => ("file", "blobs", oid, *size),
        EntryObject::Folder(oid) => ("dir", "trees", oid, 0),
    };
    let repository = format!("{}/repos/{}", api(visit), visit.full_name(index));
    let url = format!("{repository}/contents/{path}?ref={reference}");
    let git = format!("{repository}/git/{word}/{oid}");
    let page = if kind == "file" { "blob" } else { "tree" };
    let html = format!("{}/{}/{page}/{reference}/{path}", visit.base, visit.full_name(index));
    let raw = (kind == "file").then(|| format!("{}/{}/raw/{reference}/{path}", visit.base, visit.full_name(index)));
    json!({
        "type": kind, "name": name, "path": path, "sha": oid.to_string(), "size": size, "url": url, "git_url": git,
        "html_url": html, "download_url": raw, "_links": {"self": url, "git": git, "html": html},
    })
}

fn app_of(visit: &Visit) -> Result<usize, Failure> {
    match visit.viewer.kind {
        Kind::App(app) => Ok(app),
        _ => fail(StatusCode::UNAUTHORIZED, "A JSON web token could not be decoded"),
    }
}

fn app(visit: &Arc<Visit>) -> Answer {
    let app = app_of(visit)?;
    ok(bodies::app(visit, &visit.github.options.apps[app]))
}

fn installations(visit: &Arc<Visit>, asked: &Asked) -> Answer {
    let app = app_of(visit)?;
    let (found, link) = page(visit, asked, vec![app], "/app/installations");
    Ok(Found::Page(found.into_iter().map(|app| bodies::installation(visit, &visit.github.options.apps[app])).collect(), link))
}

#[derive(Default, Deserialize)]
struct Narrowed {
    repositories: Option<Vec<String>>,
    repository_ids: Option<Vec<u64>>,
    permissions: Option<BTreeMap<String, String>>,
}

fn access_token(visit: &Arc<Visit>, asked: &Asked, id: &str) -> Answer {
    let app = &visit.github.options.apps[app_of(visit)?];
    if id != app.installation.to_string() {
        return not_found();
    }
    let narrowed = if asked.body.iter().all(u8::is_ascii_whitespace) {
        Narrowed::default()
    } else {
        match serde_json::from_slice::<Option<Narrowed>>(&asked.body) {
            Ok(narrowed) => narrowed.unwrap_or_default(),
            Err(_) => return fail(StatusCode::BAD_REQUEST, "Problems parsing JSON"),
        }
    };
    let permissions = narrowed.permissions.unwrap_or_else(|| app.permissions.clone());
    if permissions.keys().any(|permission| !app.permissions.contains_key(permission)) {
        return fail(StatusCode::UNPROCESSABLE_ENTITY, "The permissions requested are not granted to this installation.");
    }
    let mut only: BTreeSet<u64> = narrowed.repository_ids.unwrap_or_default().into_iter().collect();
    let inaccessible = "There is at least one repository that does not exist or is not accessible to the parent installation.";
    for name in narrowed.repositories.unwrap_or_default() {
        let found = visit.listing.repositories.iter().find(|index| visit.name(**index).eq_ignore_ascii_case(&name));
        let Some(index) = found else { return fail(StatusCode::UNPROCESSABLE_ENTITY, inaccessible) };
        only.insert(visit.repository(*index).id);
    }
    if only.iter().any(|id| app.repositories.as_ref().is_some_and(|all| !all.contains(id))) {
        return fail(StatusCode::UNPROCESSABLE_ENTITY, inaccessible);
    }
    let repositories = if only.is_empty() { app.repositories.clone() } else { Some(only) };
    let selection = if repositories.is_some() { "selected" } else { "all" };
    let Some(made) = access::make_token(&visit.github, app, asked, repositories, permissions.clone()) else {
        return fail(StatusCode::INTERNAL_SERVER_ERROR, "Server Error");
    };
    Ok(Found::Json(
        StatusCode::CREATED,
        json!({
            "token": made.token, "expires_at": seconds_text(made.expires), "permissions": permissions,
            "repository_selection": selection,
        }),
    ))
}

fn installation_repositories(visit: &Arc<Visit>, asked: &Asked) -> Answer {
    if !matches!(visit.viewer.kind, Kind::Installation(..)) {
        let message = "You must authenticate with an installation access token in order to list repositories for an installation.";
        return fail(StatusCode::FORBIDDEN, message);
    }
    let all: Vec<usize> = visit.repositories().filter(|index| visit.viewer.reaches(visit.repository(*index).id)).collect();
    let total = all.len();
    let (all, link) = page(visit, asked, all, "/installation/repositories");
    let repositories: Vec<Value> = all.into_iter().map(|index| bodies::full_repository(visit, index)).collect();
    Ok(Found::Page(json!({"total_count": total, "repositories": repositories}), link))
}

/// The asked page of a list, and the header that leads to the others.
fn page<T>(visit: &Visit, asked: &Asked, items: Vec<T>, path: &str) -> (Vec<T>, Option<String>) {
    let number = |name: &str, default: usize| asked.query(name).and_then(|text| text.parse().ok()).filter(|n| *n > 0).unwrap_or(default);
    let size = number("per_page", 30).min(100).min(visit.github.options.page);
    let current = number("page", 1);
    let last = items.len().div_ceil(size).max(1);
    let link = |page: usize, word: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let given = url::form_urlencoded::parse(asked.uri.query().unwrap_or_default().as_bytes());
        query.extend_pairs(given.filter(|(name, _)| name != "page"));
        query.append_pair("page", &page.to_string());
        format!("<{}{path}?{}>; rel=\"{word}\"", api(visit), query.finish())
    };
    let mut links = Vec::new();
    if current > 1 {
        links.push(link(current.min(last + 1) - 1, "prev"));
    }
    if current < last {
        links.push(link(current + 1, "next"));
        links.push(link(last, "last"));
    }
    if current > 1 {
        links.push(link(1, "first"));
    }
    let items = items.into_iter().skip((current - 1).saturating_mul(size)).take(size).collect();
    (items, (!links.is_empty()).then(|| links.join(", ")))
}

/// Headers that tell which scopes the token has and which would do.
pub(super) fn scope_headers(viewer: &Viewer, accepted: &[&str]) -> Vec<(&'static str, String)> {
    let Kind::Scopes(scopes) = &viewer.kind else { return Vec::new() };
    let scopes = scopes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    vec![("x-oauth-scopes", scopes), ("x-accepted-oauth-scopes", accepted.join(", "))]
}

const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// GitHub's form of an error.
pub(super) fn failure(asked: &Asked, status: StatusCode, message: &str) -> Response {
    json_answer(asked, status, &json!({"message": message, "documentation_url": DOCUMENTATION, "status": status.as_str()}))
}

/// JSON with the headers that every answer has.
pub(super) fn json_answer(asked: &Asked, status: StatusCode, body: &Value) -> Response {
    answer_with(asked, status, Bytes::from(body.to_string()), "application/json; charset=utf-8")
}

fn answer_with(asked: &Asked, status: StatusCode, body: Bytes, media: &'static str) -> Response {
    let tag = (asked.method == Method::GET && status == StatusCode::OK)
        .then(|| format!("W/\"{}\"", super::objects::Oid::of(super::objects::Kind::Blob, &body)));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert("x-github-media-type", HeaderValue::from_static("github.v3; format=json"));
    headers.insert("x-github-enterprise-version", HeaderValue::from_static("3.19.0"));
    let version = VERSIONS.iter().find(|version| asked.header("x-github-api-version") == Some(**version)).unwrap_or(&VERSIONS[0]);
    headers.insert("x-github-api-version-selected", HeaderValue::from_static(version));
    let id = format!("5B07:{:04X}:{:06X}", asked.number >> 24, asked.number & 0xff_ffff);
    for (name, value) in [("x-github-request-id", Some(id)), ("etag", tag)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}
