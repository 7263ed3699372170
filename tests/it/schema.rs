//! `schema.graphql` is the schema that is served, every part of it is described, and refusals carry stable codes.

use serde_json::json;
use spot::model::Facet;

use crate::support::company::{Company, general};
use crate::support::package;

const NOW: &str = "2026-03-31T12:00:00Z";

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests asks for the file to be rewritten")]
fn the_published_schema_is_the_served_one() {
    let path = package().join("schema.graphql");
    let served = spot::api::sdl();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &served).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == served, "schema.graphql differs from the served schema; UPDATE_SCHEMA=1 rewrites it");
}

#[tokio::test]
async fn every_type_and_field_is_described() {
    let company = Company::new(NOW);
    let query = "{ __schema { types { kind name description fields { name description } inputFields { name description } enumValues { name description } } } }";
    let schema = company.ask(query).await;
    let mut silent = Vec::new();
    for described in schema["__schema"]["types"].as_array().unwrap() {
        let name = described["name"].as_str().unwrap();
        if name.starts_with("__") || ["Int", "Float", "String", "Boolean", "ID"].contains(&name) {
            continue;
        }
        if described["description"].is_null() {
            silent.push(name.to_owned());
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for field in described[part].as_array().into_iter().flatten() {
                if field["description"].is_null() {
                    silent.push(format!("{name}.{}", field["name"].as_str().unwrap()));
                }
            }
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:?}");
}

#[tokio::test]
async fn the_schema_has_its_three_roots() {
    let company = Company::new(NOW);
    let schema = company.ask("{ __schema { mutationType { name } queryType { name } subscriptionType { name } } }").await;
    assert_eq!(
        schema["__schema"],
        json!({"mutationType": {"name": "Mutation"}, "queryType": {"name": "Query"}, "subscriptionType": {"name": "Subscription"}})
    );
}

#[tokio::test]
async fn refusals_carry_stable_codes_and_say_by_how_much() {
    let company = Company::new(NOW);
    company.observe("2026-03-01T10:00:00Z", &[("service:ledger", Facet::General, general("service:ledger", json!({})))]);
    let refused = [
        ("{ services(at: \"2026-04-01\") { totalCount } }", "MOMENT_IN_FUTURE", "lies in the future; now is 2026-03-31T12:00:00Z"),
        ("{ services(at: \"yesterday\") { totalCount } }", "INVALID_MOMENT", "a day such as 2026-03-01 or an RFC 3339 instant"),
        ("{ services(first: 501) { totalCount } }", "PAGE_TOO_LARGE", "1 over the limit of 500"),
        ("{ services(first: -1) { totalCount } }", "INVALID_ARGUMENT", "first is -1; expected 0 to 500"),
        ("{ services(after: \"x\") { totalCount } }", "INVALID_CURSOR", "not a cursor"),
        ("{ services(filter: {owner: \"team:nobody\"}) { totalCount } }", "UNKNOWN_ENTITY", "team:nobody"),
        ("{ services(filter: {has: [\"nonsense\"]}) { totalCount } }", "INVALID_ARGUMENT", "expected facet.field"),
        ("{ entity(ref: \"ledger\") { hint } }", "INVALID_ARGUMENT", "lacks a kind; expected kind:name"),
        ("{ timeline(from: \"2026-03-02\", to: \"2026-03-01\") { totalCount } }", "INVALID_ARGUMENT", "after its end"),
        (
            "{ series(metric: SERVICES, from: \"2000-01-01\", to: \"2026-01-01\", every: DAY) { metric } }",
            "INVALID_ARGUMENT",
            "1100 are allowed",
        ),
        ("{ nonsense }", "VALIDATION_FAILED", "nonsense"),
        ("{ services(", "PARSE_FAILED", ""),
        (
            "{ services { nodes { owner { owner { owner { owner { owner { owner { owner { owner { owner { owner { owner { owner { owner { owner { id } } } } } } } } } } } } } } } } }",
            "TOO_DEEP",
            "limit of 16 levels",
        ),
    ];
    for (query, code, part) in refused {
        let (got, message) = company.refusal(query).await;
        assert_eq!(got, code, "{query}: {message}");
        assert!(message.contains(part), "{query}: {message}");
    }
    let long = format!("{{ services {{ totalCount }} }} #{}", "x".repeat(70_000));
    assert_eq!(company.refusal(&long).await.0, "REQUEST_TOO_LARGE");
}
