//! The web pages, embedded into the binary.
//!
//! `cargo build` needs no Node: without `web/dist` every page is one that says how to build it.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::server::guard;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
struct Files;

/// Any path that no other route answers: an embedded file, or the app for a page that only it knows.
pub(super) async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return guard::refuse(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "pages are read by GET");
    }
    let path = uri.path().trim_matches('/');
    let name = match path {
        "" => "index.html",
        "graphiql" => "graphiql/index.html",
        path => path,
    };
    if let Some(answer) = send(name, &headers) {
        return answer;
    }
    // Names of entities may hold dots and slashes, so only what can be no page is a file that is not there.
    if name.starts_with("assets/") || (name.contains('.') && !name.contains('/')) {
        return guard::refuse(StatusCode::NOT_FOUND, "NOT_FOUND", &format!("there is no file /{path}"));
    }
    send("index.html", &headers).unwrap_or_else(unbuilt)
}

/// An embedded file. The build leaves a compressed one beside each that gains by it, better than could be done in passing.
fn send(name: &str, headers: &HeaderMap) -> Option<Response> {
    let file = Files::get(name)?;
    let compressed = if takes_brotli(headers) { Files::get(&format!("{name}.br")) } else { None };
    let is_compressed = compressed.is_some();
    // The build puts a hash of the content into the names below `assets`.
    let caching = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let body = match compressed.unwrap_or(file).data {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut answer =
        ([(header::CONTENT_TYPE, media_type(name)), (header::CACHE_CONTROL, caching), (header::VARY, "accept-encoding")], body)
            .into_response();
    if is_compressed {
        answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    Some(answer)
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("br") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// The one page of a binary that was built without the web pages.
fn unbuilt() -> Response {
    const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>spot</title>\
        <body style=\"font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem\">\
        <h1>spot is running, without its web pages</h1>\
        <p>This binary was built without them. Build them with <code>make build</code>, or by hand: \
        <code>npm ci</code> and <code>npm run build</code> in <code>web/</code>, then <code>cargo build --release</code>.</p>\
        <p>The API is there: <code>POST /graphql</code>, or <code>spot query '{ version }'</code>. See also \
        <a href=\"/health\">health</a>, <a href=\"/ready\">readiness</a> and <a href=\"/metrics\">metrics</a>.</p>";
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], PAGE).into_response()
}
