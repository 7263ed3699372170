//! Who may ask, what is answered, and how the server starts and stops.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Server, code_of, json_of, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered() {
    let server = Server::start();
    assert_eq!(server.ask("{ version }").await, json!({ "data": { "version": env!("CARGO_PKG_VERSION") } }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_another_host_is_refused() {
    let server = Server::start();
    let port = server.host().rsplit_once(':').unwrap().1;
    for host in ["example.org".to_owned(), format!("example.org:{port}"), format!("127.0.0.1.example.org:{port}"), "0.0.0.0".to_owned()] {
        for path in ["/", "/graphql", "/health", "/metrics"] {
            let response = server.get(path).header("host", &host).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST, "{host} {path}");
            assert_eq!(code_of(response).await, "FOREIGN_HOST");
        }
    }
    for host in ["localhost", "localhost:1", "127.0.0.1", "[::1]:80"] {
        assert_eq!(server.get("/health").header("host", host).send().await.unwrap().status(), StatusCode::OK, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_from_another_origin_is_refused() {
    let server = Server::start();
    let question = json!({ "query": "{ version }" });
    let own = server.url.clone();
    for (origin, status) in [
        (own.as_str(), StatusCode::OK),
        ("http://example.org", StatusCode::FORBIDDEN),
        ("http://127.0.0.1:1", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
    ] {
        let response = server.post("/graphql").header("origin", origin).json(&question).send().await.unwrap();
        assert_eq!(response.status(), status, "{origin}");
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_taken_as_posted_json_only() {
    let server = Server::start();
    let text = r#"{"query":"{ version }"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/graphql", "application/jsonp"] {
        let response = server.post("/graphql").header("content-type", kind).body(text).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        assert_eq!(code_of(response).await, "UNSUPPORTED_MEDIA_TYPE");
    }
    assert_eq!(server.post("/graphql").body(text).send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let with_charset = server.post("/graphql").header("content-type", "Application/JSON; charset=utf-8").body(text);
    assert_eq!(with_charset.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(server.get("/graphql?query={version}").send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    let broken = server.post("/graphql").header("content-type", "application/json").body("{").send().await.unwrap();
    assert_eq!(broken.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_and_says_by_which() {
    let server = Server::start();
    let question = json!({ "query": "{ version }", "variables": { "x": "x".repeat(1024 * 1024) } });
    let response = server.post("/graphql").json(&question).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let answer = json_of(response).await;
    assert_eq!(answer["errors"][0]["message"], "the body is longer than the 1048576 bytes that are read");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() {
    let server = Server::start();
    for path in ["/", "/health", "/nothing/here.js"] {
        let response = server.get(path).send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    }
}

#[test]
fn without_tokens_only_loopback_addresses_are_served() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let ended = run(folder.path(), ["serve", "--data", "data", "--listen", address]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("spot could not tell who asks: it has neither a valid token nor a trusted proxy"), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_readiness_answer() {
    let server = Server::start();
    assert_eq!(json_of(server.get("/health").send().await.unwrap()).await["status"], "alive");
    let ready = server.get("/ready").send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert_eq!(json_of(ready).await["ready"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_requests_and_please_promtool() {
    let server = Server::start();
    server.ask("{ version }").await;
    server.ask("{ version }").await;
    server.get("/a/page/of/its/own").send().await.unwrap();
    let text = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(text.contains(r#"spot_http_requests_total{route="/graphql",method="POST",status="200"} 2"#), "{text}");
    assert!(text.contains(r#"spot_graphql_answers_total{cached="yes"} 1"#), "{text}");
    assert!(text.contains(r#"spot_http_request_duration_seconds_count{route="/graphql",method="POST"} 2"#), "{text}");
    assert!(text.contains("spot_build_info{version="), "{text}");
    assert!(text.contains("process_start_time_seconds "), "{text}");
    assert!(!text.contains("/a/page"), "a path must not become a label");

    let promtool =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut promtool) = promtool else {
        eprintln!("SKIPPED: promtool is not installed");
        return;
    };
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_a_stream_of_events() {
    let server = Server::start();
    let response = server.post("/graphql/stream").json(&json!({ "query": "{ version }" })).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = response.text().await.unwrap();
    assert!(text.starts_with("event: next\ndata: {\"data\":{\"version\":"), "{text}");
    assert!(text.ends_with("event: complete\ndata: {}\n\n"), "{text}");
    let plain = server.post("/graphql/stream").header("content-type", "text/plain").body("{}").send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test(flavor = "multi_thread")]
async fn administration_is_reachable_through_the_socket_alone() {
    let server = Server::start();
    let over_port = server.post("/admin/verify").json(&json!({})).send().await.unwrap();
    assert!(!over_port.status().is_success(), "{over_port:?}");

    let socket = server.over_socket();
    let unknown = socket.post("http://localhost/admin/explode").json(&json!({})).send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
    let foreign = socket.post("http://example.org/admin/verify").json(&json!({})).send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::MISDIRECTED_REQUEST);
    let verify = socket.post("http://localhost/admin/verify").json(&json!({})).send().await.unwrap();
    assert_eq!(verify.status(), StatusCode::OK);
    assert_eq!(verify.headers()["content-type"], "application/x-ndjson");
    let last = verify.text().await.unwrap();
    let last: serde_json::Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
    assert!(last.get("result").or(last.get("error")).is_some(), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_is_for_its_owner_and_goes_with_the_server() {
    let server = Server::start();
    let socket = server.data.join("spot.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&server.data).unwrap().permissions().mode() & 0o777, 0o700);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start_on(&data);
    let (status, said) = server.stop("TERM");
    assert!(status.success(), "{said:?}");
    assert!(!data.join("spot.sock").exists());
}

#[test]
fn a_second_server_on_a_data_folder_is_refused_and_a_dead_ones_socket_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Server::start_on(&data);
    let second = run(folder.path(), ["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, Some(5), "{second:?}");
    let (status, _) = first.stop("KILL");
    assert!(!status.success());
    assert!(data.join("spot.sock").exists(), "a killed server leaves its socket");
    let third = Server::start_on(&data);
    assert!(third.stop("INT").0.success());
}

#[test]
fn a_data_folder_with_a_very_long_path_has_a_socket_too() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("d".repeat(100));
    std::fs::create_dir(&home).unwrap();
    let data = home.join("e".repeat(100));
    let server = Server::start_on(&data);
    assert!(data.join("spot.sock").exists());
    let asked = run(folder.path(), ["query".as_ref(), "{ version }".as_ref(), "--data".as_ref(), data.as_os_str()]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert!(server.stop("TERM").0.success());
}
