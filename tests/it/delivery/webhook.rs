//! `POST /webhook/cdevents` of the real server: what is recorded, and what is refused.

use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::cdevents::{SECRET, event, mac};
use crate::support::{Server, code_of, json_of};

const PATH: &str = "/webhook/cdevents";

/// A server whose configuration lets one sender push, and says more.
pub(super) fn start(folder: &Path, more: &str) -> Server {
    std::fs::write(folder.join("spot.toml"), format!("{more}[[webhooks.senders]]\nname = \"deployer\"\nsecret = {SECRET:?}\n")).unwrap();
    Server::start_on(&folder.join("data"))
}

#[expect(clippy::disallowed_methods, reason = "the server reads the real clock, and what is pushed must be as of now")]
fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_secs().to_string()
}

pub(super) async fn push(server: &Server, body: &[u8], secret: &str) -> reqwest::Response {
    let time = now();
    let signature = mac(&[time.as_bytes(), b".", body], secret);
    let request = server.post(PATH).header("content-type", "application/json");
    // As from another machine: what a browser would be refused for is nothing here.
    let request = request.header("host", "spot.harbour.example").header("origin", "https://deployer.example");
    request.header("x-spot-signature", signature).header("x-spot-timestamp", time).body(body.to_vec()).send().await.unwrap()
}

/// The newest run, and a number that grows with every commit.
async fn recorded(server: &Server) -> (Value, u64) {
    let answer = server.ask("{ collectors { source lastRun { trigger outcome written } } }").await;
    let all = answer["data"]["collectors"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
    let found = all.into_iter().find(|collector| collector["source"] == "cdevents");
    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    let generation = metrics.lines().find_map(|line| line.strip_prefix("spot_generation ")).unwrap();
    (found.map(|collector| collector["lastRun"].clone()).unwrap_or_default(), generation.parse().unwrap())
}

/// The same, once the server has looked at its sources for the first time.
async fn settled(server: &Server) -> (Value, u64) {
    loop {
        let found = recorded(server).await;
        if !found.0.is_null() {
            return found;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_is_recorded_once_and_a_burst_is_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), "");
    let (_, before) = settled(&server).await;
    let mut bodies = Vec::new();
    for number in 0..20 {
        let mut event = event("0.5.1", "deployed");
        event["context"]["id"] = format!("id-{number}").into();
        bodies.push(event.to_string());
    }
    let burst = futures::future::join_all(bodies.iter().map(|body| push(&server, body.as_bytes(), SECRET))).await;
    for response in burst {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(json_of(response).await, json!({ "recorded": 1, "known": 0, "ignored": [], "refused": [] }));
    }
    let (run, after) = recorded(&server).await;
    assert_eq!((&run["trigger"], &run["outcome"]), (&json!("PUSH"), &json!("SUCCEEDED")));
    assert!(after - before <= 6, "twenty requests are few commits: {before} to {after}");

    let again = push(&server, bodies[0].as_bytes(), SECRET).await;
    assert_eq!((again.status(), json_of(again).await["known"].clone()), (StatusCode::OK, json!(1)));
    assert_eq!(recorded(&server).await.1, after, "nothing new leaves no run");

    let mut other = event("0.5.1", "published");
    other["context"]["id"] = "other".into();
    let ignored = push(&server, other.to_string().as_bytes(), SECRET).await;
    assert_eq!(ignored.status(), StatusCode::ACCEPTED);
    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    for expected in ["spot_webhook_events_total{outcome=\"recorded\"} 20", "{outcome=\"known\"} 1", "{outcome=\"ignored\"} 1"] {
        assert!(metrics.contains(expected), "{expected}: {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), "");
    let body = event("0.4.1", "rolledback").to_string();
    assert_eq!(push(&server, body.as_bytes(), SECRET).await.status(), StatusCode::OK);
    server.stop("TERM");
    let server = start(folder.path(), "");
    let again = push(&server, body.as_bytes(), SECRET).await;
    assert_eq!(json_of(again).await["known"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_too_large_or_wrong_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), "");
    let before = settled(&server).await;
    let body = event("0.5.1", "deployed").to_string();
    let wrong = push(&server, body.as_bytes(), "a secret of somebody else").await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(code_of(wrong).await, "WRONG_SIGNATURE");
    let unsigned = server.post(PATH).header("content-type", "application/json").body(body.clone()).send().await.unwrap();
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(push(&server, b"{", SECRET).await.status(), StatusCode::BAD_REQUEST);
    let mut future = event("0.5.1", "deployed");
    future["context"]["timestamp"] = "2099-01-01T00:00:00Z".into();
    let future = push(&server, future.to_string().as_bytes(), SECRET).await;
    assert_eq!(future.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(code_of(future).await, "OF_THE_FUTURE");
    assert_eq!(server.get(PATH).send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(recorded(&server).await, before);
}

/// Sends the head of a request and so much of its body; returns the first line of the answer.
fn begin(server: &Server, head: &str, piece: &[u8], pieces: usize) -> String {
    use std::io::{BufRead, BufReader, Write};
    let mut stream = std::net::TcpStream::connect(server.host()).unwrap();
    stream.set_read_timeout(Some(crate::support::PATIENCE)).unwrap();
    write!(stream, "POST {PATH} HTTP/1.1\r\nHost: spot\r\nContent-Type: application/json\r\n{head}\r\n\r\n").unwrap();
    for _ in 0..pieces {
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_megabytes_are_refused_before_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), "");
    // Not one byte of the body was sent when the answer came.
    let line = begin(&server, "Content-Length: 52428800", b"", 0);
    assert!(line.starts_with("HTTP/1.1 413"), "{line}");
    // Of a body without a length no more is read than may be.
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
    let line = begin(&server, "Transfer-Encoding: chunked", &chunk, 18);
    assert!(line.starts_with("HTTP/1.1 413"), "{line}");
    let small = push(&server, event("0.5.1", "deployed").to_string().as_bytes(), SECRET).await;
    assert_eq!(small.status(), StatusCode::OK, "and it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sender_there_is_no_webhook() {
    let server = Server::start();
    let response = push(&server, b"{}", SECRET).await;
    assert!(matches!(response.status(), StatusCode::MISDIRECTED_REQUEST | StatusCode::METHOD_NOT_ALLOWED), "{}", response.status());
    let response = server.post(PATH).json(&json!({})).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}
