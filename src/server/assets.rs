//! The web pages, embedded into the binary.
//!
//! `cargo build` needs no Node: without `web/dist` every page is one that says how to build it.

use axum::body::Body;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::server::guard;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
struct Files;

/// Any path that no other route answers: an embedded file, or the app for a page that only it knows.
pub(super) async fn page(method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return guard::refuse(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "pages are read by GET");
    }
    let path = uri.path().trim_matches('/');
    let name = match path {
        "" => "index.html",
        "graphiql" => "graphiql/index.html",
        path => path,
    };
    if let Some(file) = Files::get(name) {
        return send(name, file);
    }
    // A name with a dot in its last part, or one below an asset folder, is a file that is not there, not a page.
    let last = name.rsplit('/').next().unwrap_or_default();
    if last.contains('.') && name != "index.html" && name != "graphiql/index.html" || name.split('/').any(|part| part == "assets") {
        return guard::refuse(StatusCode::NOT_FOUND, "NOT_FOUND", &format!("there is no file /{path}"));
    }
    match Files::get("index.html") {
        Some(file) => send("index.html", file),
        None => unbuilt(),
    }
}

fn send(name: &str, file: EmbeddedFile) -> Response {
    // The build puts a hash of the content into the names below `assets`.
    let caching = if name.split('/').any(|part| part == "assets") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let body = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    };
    ([(header::CONTENT_TYPE, media_type(name)), (header::CACHE_CONTROL, caching)], body).into_response()
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
