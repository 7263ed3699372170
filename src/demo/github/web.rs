//! Pages for people: where links from spot lead. They say that all of it is made up.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::access::Viewer;
use super::objects::{EntryObject, Object, TreeAt, join};
use super::visit::{Membership, Visit, is_binary};
use super::{Asked, GitHub, seconds_text};

/// The longest text on a page.
const LONGEST_TEXT: usize = 256 << 10;

pub(super) fn answer(github: &Arc<GitHub>, asked: &Asked) -> Response {
    if asked.method != Method::GET && asked.method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let visit = Visit::new(github, asked, Viewer::reader());
    let parts = asked.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let login = visit.company().login.clone();
    let ours = |owner: &str| owner.eq_ignore_ascii_case(&login);
    match parts[..] {
        [] => home(&visit),
        [owner] if ours(owner) => home(&visit),
        [person] if visit.find_person(person).is_some() => person_page(&visit, person),
        ["orgs", owner, "teams", slug] if ours(owner) => team(&visit, slug),
        [owner, name, ref rest @ ..] => match visit.find(owner, name.strip_suffix(".git").unwrap_or(name)) {
            Some(found) if found.renamed => {
                let rest: String = rest.iter().map(|part| format!("/{part}")).collect();
                let location = format!("{}/{}{rest}", visit.base, visit.full_name(found.index));
                match HeaderValue::from_str(&location) {
                    Ok(location) => (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response(),
                    Err(_) => missing(&visit),
                }
            }
            Some(found) => repository(&visit, found.index, rest),
            None => missing(&visit),
        },
        _ => missing(&visit),
    }
}

fn repository(visit: &Visit, index: usize, rest: &[&str]) -> Response {
    let (kind, reference, path) = match rest {
        ["issues", number] => return issue(visit, index, number),
        [] => ("tree", visit.repository(index).default_branch.clone(), String::new()),
        [kind @ ("tree" | "blob" | "raw"), reference, path @ ..] => (*kind, (*reference).to_owned(), path.join("/")),
        ["commit", oid] => ("tree", (*oid).to_owned(), String::new()),
        ["commits" | "releases" | "tags", ..] => ("tree", visit.repository(index).default_branch.clone(), String::new()),
        _ => return missing(visit),
    };
    let title = visit.full_name(index);
    if visit.head(index).is_none() {
        return page(visit, &title, &format!("{}<p>This repository is empty.</p>", crumbs(visit, index, &reference, "")));
    }
    let found = match visit.resolve(index, &format!("{reference}:{path}")) {
        Some(found) => found,
        None => return missing(visit),
    };
    match found {
        Object::Blob(blob) if kind == "raw" => {
            let content = visit.github.content(index, blob);
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], content).into_response()
        }
        Object::Blob(blob) => {
            let content = visit.github.content(index, blob);
            let mut body = crumbs(visit, index, &reference, &path);
            if is_binary(&content) {
                let _ = write!(body, "<p>A binary file of {} bytes.</p>", content.len());
            } else {
                body.push_str("<table class=\"code\">");
                let text = String::from_utf8_lossy(&content[..content.len().min(LONGEST_TEXT)]);
                for (number, line) in text.lines().enumerate() {
                    let number = number + 1;
                    let _ =
                        write!(body, "<tr id=\"L{number}\"><th><a href=\"#L{number}\">{number}</a></th><td>{}</td></tr>", escaped(line));
                }
                body.push_str("</table>");
                if content.len() > LONGEST_TEXT {
                    body.push_str("<p>Only the first part is shown.</p>");
                }
            }
            page(visit, &format!("{title}: {path}"), &body)
        }
        Object::Tree(TreeAt { commit, path, .. }) => {
            let mut body = crumbs(visit, index, &reference, &path);
            if path.is_empty() && !visit.repository(index).description.at(visit.now).is_empty() {
                let _ = write!(body, "<p>{}</p>", escaped(visit.repository(index).description.at(visit.now)));
            }
            let data = &visit.repository(index).commits[commit];
            let _ = write!(
                body,
                "<p class=\"commit\">{} <span>{}, {}</span></p><ul>",
                escaped(data.message.lines().next().unwrap_or_default()),
                escaped(&visit.company().people[data.author].name),
                seconds_text(data.at)
            );
            let entries = visit.line(index).entries(commit, &path);
            let (folders, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(super::objects::Entry::is_folder);
            for entry in folders.iter().chain(&files) {
                let (word, mark) = if matches!(entry.object, EntryObject::Folder(_)) { ("tree", "/") } else { ("blob", "") };
                let link = address(visit, index, word, &reference, &join(&path, &entry.name));
                let _ = write!(body, "<li><a href=\"{link}\">{}{mark}</a></li>", escaped(&entry.name));
            }
            body.push_str("</ul>");
            page(visit, &title, &body)
        }
        Object::Commit(_) | Object::Tag(_) => missing(visit),
    }
}

fn issue(visit: &Visit, index: usize, number: &str) -> Response {
    let issues = &visit.github.issues;
    let mut here = issues.of(index, visit.now).map(|position| &issues.all[position]);
    let Some(found) = here.find(|issue| issue.number.to_string() == number) else { return missing(visit) };
    let title = format!("{}#{number}: {}", visit.full_name(index), found.title);
    let (is_open, labels) = (found.closed(visit.now).is_none(), found.labels.at(visit.now));
    let labels: Vec<&str> = labels.iter().map(|label| issues.label(label, visit.now)).collect();
    let mut body = crumbs(visit, index, &visit.repository(index).default_branch, "");
    let _ = write!(
        body,
        "<p class=\"commit\">{} <span>{}, {}</span></p>",
        escaped(&found.title),
        if is_open { "open" } else { "closed" },
        seconds_text(found.created)
    );
    let _ = write!(body, "<p>{}</p>", escaped(&labels.join(", ")));
    page(visit, &title, &body)
}

fn address(visit: &Visit, index: usize, word: &str, reference: &str, path: &str) -> String {
    let encode = |part: &str| url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20");
    let path: String = path.split('/').filter(|part| !part.is_empty()).map(|part| format!("/{}", encode(part))).collect();
    format!("/{}/{word}/{}{path}", visit.full_name(index), encode(reference))
}

fn crumbs(visit: &Visit, index: usize, reference: &str, path: &str) -> String {
    let login = escaped(&visit.company().login);
    let mut text = format!("<h1><a href=\"/{login}\">{login}</a> / ");
    let _ = write!(text, "<a href=\"/{}\">{}</a>", escaped(&visit.full_name(index)), escaped(visit.name(index)));
    let mut so_far = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        so_far = join(&so_far, part);
        let _ = write!(text, " / <a href=\"{}\">{}</a>", address(visit, index, "tree", reference, &so_far), escaped(part));
    }
    let _ = write!(text, " <small>{}</small>", escaped(reference));
    if *visit.repository(index).archived.at(visit.now) {
        text.push_str(" <small>archived</small>");
    }
    text + "</h1>"
}

fn home(visit: &Visit) -> Response {
    let mut names: Vec<&str> = visit.repositories().map(|index| visit.name(index)).collect();
    names.sort_unstable();
    let mut body = format!("<h1>{}</h1><p>{} repositories</p><ul>", escaped(&visit.company().name), names.len());
    for name in names {
        let _ = write!(body, "<li><a href=\"/{}/{}\">{}</a></li>", escaped(&visit.company().login), escaped(name), escaped(name));
    }
    page(visit, &visit.company().name.clone(), &(body + "</ul>"))
}

fn team(visit: &Visit, slug: &str) -> Response {
    let Some(index) = visit.find_team(slug) else { return missing(visit) };
    let team = &visit.company().teams[index];
    let mut body = format!("<h1>{}</h1><p>{}</p>", escaped(team.name.at(visit.now)), escaped(&team.description));
    if let Some(parent) = visit.parent(index) {
        let parent = &visit.company().teams[parent];
        let login = escaped(&visit.company().login);
        let slug = escaped(parent.slug.at(visit.now));
        let _ = write!(body, "<p>Part of <a href=\"/orgs/{login}/teams/{slug}\">{}</a></p>", escaped(parent.name.at(visit.now)));
    }
    body.push_str("<h2>Members</h2><ul>");
    for (person, maintainer) in visit.members(index, Membership::All) {
        let person = &visit.company().people[person];
        let role = if maintainer { " (maintainer)" } else { "" };
        let _ = write!(body, "<li><a href=\"/{}\">{}</a>{role}</li>", escaped(&person.login), escaped(&person.name));
    }
    body.push_str("</ul><h2>Repositories</h2><ul>");
    for repository in visit.grants(index).keys().filter(|repository| visit.sees(**repository)) {
        let _ = write!(body, "<li><a href=\"/{}\">{}</a></li>", escaped(&visit.full_name(*repository)), escaped(visit.name(*repository)));
    }
    page(visit, &team.name.at(visit.now).clone(), &(body + "</ul>"))
}

fn person_page(visit: &Visit, login: &str) -> Response {
    let Some(index) = visit.find_person(login) else { return missing(visit) };
    let person = &visit.company().people[index];
    let body = format!("<h1>{}</h1><p>{}</p>", escaped(&person.name), escaped(&person.email));
    page(visit, &person.name, &body)
}

fn missing(visit: &Visit) -> Response {
    let mut response = page(visit, "Not found", "<h1>Not found</h1><p>There is nothing here as of this moment.</p>");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:0 1rem 3rem;color-scheme:light dark}\
header{border-bottom:1px solid #8885;color:#777;padding:.8rem 0;margin-bottom:1rem}h1{font-size:1.25rem}small,.commit span{color:#777}\
ul{list-style:none;padding:0;border:1px solid #8885;border-radius:6px}li{padding:.35rem .8rem;border-top:1px solid #8883}\
li:first-child{border:0}a{color:#0969da;text-decoration:none}a:hover{text-decoration:underline}\
.code{border-collapse:collapse;font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}\
.code th{text-align:right;vertical-align:top;padding-right:1rem;font-weight:400;user-select:none}.code th a{color:#999}\
tr:target{background:#fd03}\
@media(prefers-color-scheme:dark){a{color:#4493f8}}";

fn page(visit: &Visit, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style></head><body><header>The simulated forge of {}, a company that does not exist, as of {}.\
         </header><main>{body}</main></body></html>",
        escaped(title),
        escaped(&visit.company().name),
        seconds_text(visit.now),
    );
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_file_says_becomes_a_tag() {
        assert_eq!(escaped("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
    }
}
