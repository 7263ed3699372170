//! The pages that are inside the binary: they load nothing from elsewhere, and they work without a network.

use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;

use crate::support::{Server, package};

fn is_built() -> bool {
    let built = package().join("web/dist/index.html").exists();
    if !built {
        eprintln!("SKIPPED: web/dist is not built");
    }
    built
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_pages_are_the_app_and_unknown_files_are_not_found() {
    let server = Server::start();
    let page = server.get("/service/ledger").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers()["cache-control"], "no-cache");
    assert!(page.text().await.unwrap().contains("<title>spot"));
    for name in ["/package/npm/lodash.merge", "/repository/acme/site.example", "/service/a%2Fb.js"] {
        let page = server.get(name).send().await.unwrap();
        assert_eq!(
            (page.status(), &page.headers()["content-type"]),
            (StatusCode::OK, &"text/html; charset=utf-8".parse().unwrap()),
            "{name}"
        );
    }
    for file in ["/assets/index-00000000.js", "/favicon.ico", "/assets/nothing", "/../Cargo.toml", "/%2e%2e/Cargo.toml"] {
        assert_eq!(server.get(file).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{file}");
    }
    assert_eq!(server.post("/service/ledger").send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_and_the_first_page_load_local_files_only_and_those_are_kept_for_good() {
    if !is_built() {
        return;
    }
    let server = Server::start();
    for page in ["/", "/graphiql", "/graphiql/"] {
        let html = server.get(page).send().await.unwrap().text().await.unwrap();
        let files: Vec<&str> = html.split('"').filter(|part| part.starts_with('/') && part.contains('.')).collect();
        assert!(files.len() >= 2, "{html}");
        assert!(!html.contains("://"), "{page} names another host: {html}");
        assert!(!html.contains("<style") && !html.contains("<script>"), "{page} has inline code, which the policy forbids");
        for file in files {
            let response = server.get(file).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{file}");
            assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable", "{file}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_compressed_for_those_who_ask() {
    if !is_built() {
        return;
    }
    let server = Server::start();
    for (asked, sent) in [("gzip", "gzip"), ("zstd", "zstd"), ("gzip, br;q=1.0", "br"), ("gzip, br;q=0", "gzip")] {
        let response = server.get("/").header("accept-encoding", asked).send().await.unwrap();
        assert_eq!(response.headers()["content-encoding"], sent, "{asked}");
        assert_eq!(response.headers()["vary"], "accept-encoding");
    }
    let plain = server.get("/").header("accept-encoding", "identity").send().await.unwrap();
    assert!(!plain.headers().contains_key("content-encoding"));
    assert!(plain.text().await.unwrap().contains("<title>spot"));
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_asks_a_question_in_a_browser_without_a_network() {
    if !is_built() {
        return;
    }
    let Some(chromium) = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| is_installed(name)) else {
        eprintln!("SKIPPED: chromium is not installed");
        return;
    };
    let server = Server::start();
    let profile = tempfile::tempdir().unwrap();
    let question = "query%20%7B%20version%20%7D";
    let output = browse(chromium, profile.path(), &format!("{}/graphiql?query={question}", server.url));
    let dom = String::from_utf8_lossy(&output.stdout);
    assert!(dom.contains("graphiql-container"), "GraphiQL did not start: {dom}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(dom.contains(env!("CARGO_PKG_VERSION")), "the answer is not shown: {dom}");
}

fn is_installed(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The page as it stands after its scripts ran; every host but this machine is unreachable.
fn browse(chromium: &str, profile: &Path, url: &str) -> std::process::Output {
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]);
    command.args(["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"]);
    command.arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
    command.arg(format!("--user-data-dir={}", profile.display()));
    command.args(["--virtual-time-budget=20000", "--timeout=50000", "--dump-dom", url]);
    command.output().unwrap()
}
