//! The simulated account against what Zendesk publishes.

use std::path::Path;

use serde_json::{Value, json};
use spot::demo::zendesk::{Entry, Options, What};

use super::{NOW, World, at, many, options, small};

#[tokio::test]
async fn the_simulated_account_keeps_the_limits_of_the_true_one() {
    let world = World::with(many(2_400, 15), Options { limit: Some(6), ..options() }, |_| {}).await;
    let (status, body, _) = world.ask("/incremental/tickets/cursor.json?start_time=0").await;
    assert_eq!((status, body["tickets"].as_array().unwrap().len(), body["end_of_stream"].clone()), (200, 1_000, json!(false)));
    let generated: Vec<i64> = body["tickets"].as_array().unwrap().iter().map(|it| it["generated_timestamp"].as_i64().unwrap()).collect();
    assert!(generated.is_sorted());
    let next = format!("/incremental/tickets/cursor.json?cursor={}&per_page=5000", body["after_cursor"].as_str().unwrap());
    let (_, more, _) = world.ask(&next).await;
    assert_eq!(more["tickets"].as_array().unwrap().len(), 1_000);
    let recent = at(NOW).micros() / 1_000_000 - 30;
    let (status, body, _) = world.ask(&format!("/incremental/tickets/cursor?start_time={recent}")).await;
    assert_eq!((status, body["error"].clone()), (422, json!("InvalidValue")));
    assert_eq!(world.ask("/incremental/tickets/cursor").await.0, 400);
    assert_eq!(world.ask("/incremental/tickets/cursor?cursor=abc").await.0, 400);
    assert_eq!(world.ask("/incremental/tickets/cursor?start_time=0").await.0, 200);
    let (status, _, headers) = world.ask("/incremental/tickets/cursor?start_time=0").await;
    assert_eq!((status, headers["retry-after"].to_str().unwrap()), (429, "60"));
    assert_eq!(world.ask("/users/me").await.0, 200, "only exports are limited so");
    // A system's own change moves the order on, and nothing else.
    let mut account = small();
    account.tickets[0].entries.push(Entry { at: at("2026-03-01T00:00:00Z"), what: What::System });
    let world = World::new(account).await;
    let (_, body, _) = world.ask("/incremental/tickets/cursor?start_time=1772300000").await;
    let first = &body["tickets"][0];
    assert_eq!((first["id"].clone(), first["updated_at"].clone()), (json!(10), json!("2025-11-05T13:00:00Z")));
    let (_, body, _) = world.ask("/incremental/tickets/cursor?start_time=0&exclude_deleted=true").await;
    assert!(body["tickets"].as_array().unwrap().iter().all(|ticket| ticket["status"] != "deleted"));
}

/// Fails if an answer is not of the shape that Zendesk publishes.
fn judge(contract: &str, answer: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts/zendesk.json");
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    schema["$ref"] = format!("#/$defs/{contract}").into();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(answer).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{contract}: {errors:?}\n{answer}");
}

#[tokio::test]
async fn the_simulated_account_answers_in_the_published_shapes() {
    let world = World::new(small()).await;
    world.set(at("2026-04-02T12:00:00Z"));
    for (path, contract) in [
        ("/incremental/tickets/cursor?start_time=0&include=metric_sets,metric_events", "export"),
        ("/incremental/tickets/cursor.json?start_time=0", "export"),
        ("/incremental/tickets/cursor?start_time=no", "error"),
        ("/ticket_fields?page[size]=2", "fields"),
        ("/ticket_fields.json", "fields"),
        ("/users/me", "me"),
        ("/nowhere", "error"),
    ] {
        let (_, answer, _) = world.ask(path).await;
        judge(contract, &answer);
    }
    let response = reqwest::get(format!("{}/api/v2/users/me", world.server.url())).await.unwrap();
    judge("me", &response.json().await.unwrap());
    let response = reqwest::get(format!("{}/api/v2/ticket_fields", world.server.url())).await.unwrap();
    assert_eq!(response.status().as_u16(), 401);
    judge("error", &response.json().await.unwrap());
}
