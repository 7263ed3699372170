//! Channels as pages for people. They say that all of it is made up.

use std::fmt::Write as _;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::{Channel, Mattermost, Post};

/// A channel with what was posted, the newest on top.
pub(super) fn channel(server: &Mattermost, channel: &Channel, posts: &[Post]) -> Response {
    let mut body = format!("<header><h2># {}</h2><p>{}</p></header>", escaped(&channel.title), escaped(&channel.purpose));
    if posts.is_empty() {
        body.push_str("<p class=\"none\">Nothing was posted yet. The demo sends the last weekly reports when its year is complete.</p>");
    }
    for post in posts.iter().rev() {
        let at = post.at.timestamp().strftime("%a, %-d %b %Y, %H:%M UTC").to_string();
        let _ = write!(
            body,
            "<article><p class=\"by\"><strong>{}</strong> <small class=\"bot\">BOT</small> <time>{at}</time></p>{}</article>",
            escaped(&post.by),
            rendered(&post.text)
        );
    }
    page(server, Some(channel), &format!("{} · {}", channel.title, server.team.0), &body)
}

pub(super) fn missing(server: &Mattermost) -> Response {
    let mut response = page(server, None, "Not found", "<header><h2>Not found</h2><p>There is no such channel.</p></header>");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Markdown as HTML, as Mattermost shows it: HTML is text, pictures are their words.
fn rendered(markdown: &str) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let events = parser.filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock | Tag::Image { .. }) | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let is_page = dest_url.starts_with("http://") || dest_url.starts_with("https://");
            let dest_url = if is_page { dest_url } else { CowStr::Borrowed("#") };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        // A line that ends is a line that ends.
        Event::SoftBreak => Some(Event::HardBreak),
        event => Some(event),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;margin:0;display:flex;min-height:100vh;color-scheme:light dark}\
nav{flex:none;width:15rem;background:#1e325c;color:#fff;padding:1rem 0}nav h1{font-size:1rem;margin:0;padding:0 1rem .2rem}\
nav p{font-size:.8rem;margin:0 0 1rem;padding:0 1rem;color:#c3cde0}nav a{display:block;padding:.25rem 1rem;color:#e2e8f3}\
nav a[aria-current]{background:#ffffff24;color:#fff;font-weight:600}main{flex:1;min-width:0}\
header{padding:.6rem 1.5rem;border-bottom:1px solid #8885}header h2{font-size:1.05rem;margin:0}header p,.none{margin:0;color:#777}\
.none{padding:1.5rem}article{padding:.8rem 1.5rem;max-width:62rem;border-bottom:1px solid #8883;overflow-wrap:anywhere}\
.by{margin:0}.bot{background:#8883;border-radius:3px;padding:0 .3rem;font-size:.65rem}time{color:#777;font-size:.8rem;margin-left:.4rem}\
article h1{font-size:1.3rem;margin:.4rem 0}article h2{font-size:1.05rem;margin:1.1rem 0 .3rem}ul{padding-left:1.2rem;margin:.4rem 0}\
li{margin:.15rem 0}blockquote{margin:.6rem 0;padding:.1rem 1rem;border-left:4px solid #8886}\
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{border:1px solid #8885;padding:.3rem .7rem}\
a{color:#1c58d9;text-decoration:none}a:hover{text-decoration:underline}\
@media(prefers-color-scheme:dark){article a{color:#6ea8ff}}\
@media(max-width:45rem){body{display:block}nav{width:auto;padding:.6rem 0}article,header{padding-left:1rem;padding-right:1rem}}";

fn page(server: &Mattermost, open: Option<&Channel>, title: &str, body: &str) -> Response {
    let (name, slug) = &server.team;
    let mut channels = String::new();
    for (channel, _) in &server.channels {
        let here = if open.is_some_and(|open| open.name == channel.name) { " aria-current=\"page\"" } else { "" };
        let (path, title) = (escaped(&channel.name), escaped(&channel.title));
        let _ = write!(channels, "<a href=\"/{}/channels/{path}\"{here}># {title}</a>", escaped(slug));
    }
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style></head><body><nav aria-label=\"Channels\"><h1>{name}</h1>\
         <p>The simulated chat of a company that does not exist</p>{channels}</nav><main>{body}</main></body></html>",
        escaped(title),
        name = escaped(name),
    );
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
}
