//! What is pushed: who signs, how it travels, what it says.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;
use spot::collect::cdevents::{Received, Refusal, Sender, receive};
use spot::collect::http::Secret;
use spot::model::{Hint, Instant};

use super::{at, line};

pub(super) const SECRET: &str = "a secret that nobody guesses";

/// An event of a service by the schema of a version of CDEvents.
pub(super) fn event(version: &str, predicate: &str) -> Value {
    let (kind, key) = match version {
        "0.3.0" => ("0.1.1", "version"),
        "0.4.1" => ("0.2.0", "version"),
        _ => ("0.3.0", "specversion"),
    };
    let mut event = json!({
        "context": {
            key: version,
            "id": "4a1c-0001",
            "source": "/deployer/eu",
            "type": format!("dev.cdevents.service.{predicate}.{kind}"),
            "timestamp": "2026-03-02T09:04:00.250Z",
        },
        "subject": {
            "id": "/services/billing",
            "source": "/deployer/eu",
            "content": {
                "environment": { "id": "production-eu" },
                "artifactId": "pkg:oci/billing@sha256%3A0b31?tag=1.4.2",
            },
        },
        "customData": { "by": "ada", "commit": format!("{:040x}", 7), "repository": "acme/billing", "log": "https://deployer.example/runs/7" },
    });
    if key == "version" {
        event["subject"]["type"] = "service".into();
    }
    if predicate == "removed" {
        event["subject"]["content"].as_object_mut().unwrap().remove("artifactId");
    }
    event
}

/// An event in an envelope of CloudEvents.
fn structured(event: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": event["context"]["id"],
        "source": event["context"]["source"],
        "type": event["context"]["type"],
        "time": event["context"]["timestamp"],
        "subject": event["subject"]["id"],
        "datacontenttype": "application/json",
        "data": event,
    })
}

pub(super) fn mac(parts: &[&[u8]], secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

pub(super) fn headers<const N: usize>(pairs: [(&'static str, &str); N]) -> HeaderMap {
    pairs.into_iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
}

fn now() -> Instant {
    at("2026-03-02T09:05:00Z")
}

fn senders() -> [Sender; 2] {
    [("other", "another secret of some length"), ("deployer", SECRET)]
        .map(|(name, secret)| Sender { name: name.to_owned(), secret: Secret::new(secret) })
}

/// Receives a signed body with these headers.
fn told(kind: &str, more: &[(&'static str, &str)], body: &[u8]) -> Result<Received, Refusal> {
    let seconds = (now().micros() / 1_000_000).to_string();
    let signature = mac(&[seconds.as_bytes(), b".", body], SECRET);
    let mut all = headers([("content-type", kind), ("x-spot-signature", &signature), ("x-spot-timestamp", &seconds)]);
    all.extend(more.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())));
    receive(&all, body, &senders(), now())
}

fn json_told(body: &Value) -> Result<Received, Refusal> {
    told("application/json", &[], body.to_string().as_bytes())
}

fn lines(received: &Received) -> Vec<String> {
    received.pushed.iter().map(|pushed| line(&pushed.event)).collect()
}

#[test]
fn every_version_and_every_mode_says_the_same() {
    let expected = format!("/deployer/eu#4a1c-0001: production eu 1.4.2 {:040x} ada [success 03-02T09:04]", 7);
    for version in ["0.3.0", "0.4.1", "0.5.1", "0.6.0-draft"] {
        for predicate in ["deployed", "upgraded", "rolledback"] {
            let event = event(version, predicate);
            let kind = event["context"]["type"].as_str().unwrap();
            let text = event.to_string();
            let batch = json!([structured(&event)]).to_string();
            let mut encoded = structured(&event);
            encoded.as_object_mut().unwrap().remove("data");
            encoded["data_base64"] = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &text).into();
            let received = [
                told(
                    "application/json; charset=utf-8",
                    &[("ce-specversion", "1.0"), ("ce-type", kind), ("ce-id", "forged")],
                    text.as_bytes(),
                ),
                told("application/cloudevents+json", &[], structured(&event).to_string().as_bytes()),
                told("application/cloudevents-batch+json; charset=utf-8", &[], batch.as_bytes()),
                told("application/cloudevents+json", &[], encoded.to_string().as_bytes()),
                json_told(&event),
            ];
            for received in received {
                let received = received.unwrap();
                assert_eq!(lines(&received), std::slice::from_ref(&expected), "{version} {predicate}");
                let Some(pushed) = received.pushed.first() else { panic!("nothing") };
                assert_eq!(pushed.event.body["rollback"], predicate == "rolledback");
                assert_eq!(pushed.hints, [Hint::Repository("acme/billing".into()), Hint::Name("billing".into())]);
                assert_eq!(pushed.event.check.as_deref(), Some("https://deployer.example/runs/7"));
                assert_eq!(received.sender, "deployer");
            }
        }
        let removed = json_told(&event(version, "removed")).unwrap();
        assert_eq!(lines(&removed), [format!("/deployer/eu#4a1c-0001: production eu - {:040x} ada [removed 03-02T09:04]", 7)]);
    }
}

#[test]
fn what_the_tests_send_is_what_cdevents_publishes() {
    for version in ["0.3.0", "0.4.1", "0.5.1"] {
        for predicate in ["deployed", "upgraded", "rolledback", "removed"] {
            let event = event(version, predicate);
            let read: cdevents_sdk::CDEvent = serde_json::from_value(event.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap()["subject"]["content"], event["subject"]["content"], "{version} {predicate}");
        }
    }
}

#[test]
fn a_plain_deployment_grows() {
    let mut plain = json!({ "id": 1, "service": "service:billing", "environment": "Production (eu-west-1)", "version": "1.4.2", "by": "ada",
        "state": "in_progress", "at": "2026-03-02T09:00:00Z", "rollback": true, "pullRequest": 12, "log": "https://deployer.example/7" });
    assert_eq!(json_told(&plain), Err(Refusal::Event { key: "id".into(), problem: "is no text".into() }));
    plain["id"] = "7".into();
    let first = json_told(&plain).unwrap();
    assert_eq!(lines(&first), ["deployer#7: production eu-west-1 1.4.2 - ada [in_progress 03-02T09:00]"]);
    assert_eq!(first.pushed[0].hints, [Hint::Ref("service:billing".into()), Hint::Name("billing".into())]);
    assert!(!first.pushed[0].event.is_whole && first.pushed[0].event.ended.is_none());
    let end = json!({ "id": "7", "service": "service:billing", "environment": "production (eu-west-1)", "state": "failure",
        "at": "2026-03-02T09:04:00Z", "startedAt": "2026-03-02T09:00:00Z" });
    let received = json_told(&json!([end, end])).unwrap();
    assert_eq!(lines(&received)[0], "deployer#7: production eu-west-1 - - - [in_progress 03-02T09:00, failure 03-02T09:04]");
    assert_eq!(received.pushed[0].event.body.get("rollback"), None, "what is not told stays as it was");
    assert_eq!(received.pushed.len(), 2);
}

#[test]
fn late_is_taken_and_the_future_is_not() {
    let mut event = event("0.5.1", "deployed");
    event["context"]["timestamp"] = "2024-01-01T00:00:00+01:00".into();
    assert_eq!(json_told(&event).unwrap().pushed[0].event.at, at("2023-12-31T23:00:00Z"));
    event["context"]["timestamp"] = "2026-03-02T09:09:59Z".into();
    assert!(json_told(&event).is_ok(), "clocks differ a little");
    event["context"]["timestamp"] = "2026-03-02T10:05:00Z".into();
    let refusal = json_told(&event).unwrap_err();
    assert_eq!((refusal.status(), refusal.code()), (422, "OF_THE_FUTURE"));
    assert_eq!(
        refusal.to_string(),
        "the event is of 2026-03-02T10:05:00Z, which is after 2026-03-02T09:05:00Z here: is a clock wrong? events of the future are not taken"
    );
}

#[test]
fn types_that_are_not_read_are_named_and_the_rest_is_taken() {
    let mut other = event("0.5.1", "published");
    other["context"]["type"] = "dev.cdevents.service.published.0.3.0".into();
    let mut wrong = event("0.5.1", "deployed");
    wrong["subject"]["content"]["environment"] = json!({});
    let foreign = json!({ "specversion": "1.0", "id": "1", "source": "/x", "type": "com.example.coffee.made", "data": 7 });
    let batch = json!([structured(&other), foreign, structured(&wrong), structured(&event("0.5.1", "deployed"))]);
    let received = told("application/cloudevents-batch+json", &[], batch.to_string().as_bytes()).unwrap();
    assert_eq!(received.ignored, ["dev.cdevents.service.published.0.3.0", "com.example.coffee.made"]);
    assert_eq!(received.pushed.len(), 1);
    let problem = Refusal::Event { key: "subject.content.environment.id".into(), problem: "is missing".into() };
    assert_eq!(received.refused, [(2, problem.clone())]);
    assert_eq!(json_told(&wrong), Err(problem), "alone it is a refusal of the request");
}

#[test]
fn only_what_a_sender_signed_now_is_read() {
    let body = event("0.5.1", "deployed").to_string();
    let body = body.as_bytes();
    let seconds = (now().micros() / 1_000_000).to_string();
    let good = mac(&[seconds.as_bytes(), b".", body], SECRET);
    let judge = |pairs: HeaderMap, body: &[u8]| receive(&pairs, body, &senders(), now()).map(|received| received.pushed.len());
    let spot = |signature: &str, time: &str| {
        headers([("content-type", "application/json"), ("x-spot-signature", signature), ("x-spot-timestamp", time)])
    };
    assert_eq!(judge(spot(&good, &seconds), body), Ok(1));
    assert_eq!(judge(HeaderMap::new(), body), Err(Refusal::NoSignature));
    assert_eq!(judge(headers([("x-spot-signature", &good)]), body), Err(Refusal::NoSignature), "without its time it is none");
    let changed = [body, b" "].concat();
    for (signature, time, body) in [
        (mac(&[seconds.as_bytes(), b".", body], "wrong"), seconds.clone(), body),
        (mac(&[seconds.as_bytes(), b".", body], ""), seconds.clone(), body),
        (good.clone(), seconds.clone(), &changed[..]),
        (good.clone(), (now().micros() / 1_000_000 + 1).to_string(), body),
        ("sha256=".to_owned(), seconds.clone(), body),
        (good[..good.len() - 2].to_owned(), seconds.clone(), body),
        (format!("{}zz", &good[..good.len() - 2]), seconds.clone(), body),
        (good.replace("sha256=", "sha1="), seconds.clone(), body),
    ] {
        assert_eq!(judge(spot(&signature, &time), body), Err(Refusal::WrongSignature), "{signature}");
    }
    for (minutes, is_taken) in [(-4, true), (4, true), (-6, false), (6, false)] {
        let time = now().plus_seconds(60 * minutes).to_string();
        let signature = mac(&[time.as_bytes(), b".", body], SECRET);
        assert_eq!(judge(spot(&signature, &time), body).is_ok(), is_taken, "{minutes}");
    }
    let signature = mac(&[b"soon.", body], SECRET);
    assert_eq!(judge(spot(&signature, "soon"), body), Err(Refusal::NoTime));
    let hub = mac(&[body], SECRET);
    assert_eq!(judge(headers([("content-type", "application/json"), ("x-hub-signature-256", &hub)]), body), Ok(1), "as GitHub signs");
    assert_eq!(receive(&spot(&good, &seconds), body, &[], now()), Err(Refusal::WrongSignature), "no sender, no webhook");
}

#[test]
fn what_cannot_be_read_says_why() {
    let lacking = |key: &str| {
        let mut event = event("0.5.1", "deployed");
        let (parent, name) = key.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        json_told(&event).unwrap_err().to_string()
    };
    assert_eq!(lacking("/context/id"), "context.id: is missing");
    assert_eq!(lacking("/context/source"), "context.source: is missing");
    assert_eq!(lacking("/context/timestamp"), "context.timestamp: is missing");
    assert_eq!(lacking("/subject/id"), "subject.id: is missing");
    assert_eq!(lacking("/subject/content"), "subject.content: is missing, or no object");
    let refusal = |kind: &str, body: &[u8]| told(kind, &[], body).map(|_| ()).unwrap_err();
    for (kind, body, status) in [
        ("text/html", &b"<p>"[..], 415),
        ("application/json", b"{", 400),
        ("application/json", b"\xff\xfe", 400),
        ("application/json", b"7", 400),
        ("application/json", b"[[]]", 400),
        ("application/cloudevents+json", b"{}", 400),
        ("application/cloudevents-batch+json", b"{}", 400),
        ("application/cloudevents+json", br#"{"type":"dev.cdevents.service.deployed.0.3.0","data_base64":"%"}"#, 400),
        ("application/cloudevents+json", br#"{"type":"dev.cdevents.service.deployed.0.3.0"}"#, 400),
        ("application/json", br#"{"context":{}}"#, 422),
        ("application/json", br#"{"id":"1","service":"a","environment":"b","state":"flying"}"#, 422),
        ("application/json", br#"{"id":"1","service":"a","environment":"b","at":"noon"}"#, 422),
        ("application/json", br#"{"id":"1","service":"a\u0000","environment":"b"}"#, 422),
        (
            "application/json",
            br#"{"id":"1","service":"a","environment":"b","at":"2026-03-02T09:00:00Z","startedAt":"2026-03-02T09:01:00Z"}"#,
            422,
        ),
    ] {
        let found = refusal(kind, body);
        assert_eq!(found.status(), status, "{kind} {}: {found}", String::from_utf8_lossy(body));
    }
    let many = Value::Array(vec![json!({}); 1001]).to_string();
    assert_eq!(refusal("application/json", many.as_bytes()), Refusal::TooMany(1001));
    assert_eq!(told("application/json", &[], b"[]").unwrap().pushed, []);
}
