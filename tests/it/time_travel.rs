//! The corners of looking back in which others went wrong.

use serde_json::{Value, json};
use spot::model::{Facet, Policy};

use crate::support::company::{Company, dependencies, general, names};

const NOW: &str = "2026-03-31T12:00:00Z";

fn ledger(more: Value) -> (&'static str, Facet, Option<Value>) {
    ("service:ledger", Facet::General, general("service:ledger", more))
}

#[tokio::test]
async fn never_todays_value_for_a_past_day() {
    let company = Company::new(NOW);
    company.observe("2026-03-01T10:00:00Z", &[ledger(json!({"owner": ["team:payments"], "lifecycle": "experimental", "title": "Old"}))]);
    company.observe("2026-03-10T10:00:00Z", &[ledger(json!({"owner": ["team:billing"], "lifecycle": "production", "title": "New"}))]);
    let fields = "nodes { title lifecycle owner { name } }";
    let answer = company
        .ask(&format!(
            "{{ then: services(at: \"2026-03-09\") {{ {fields} }} now: services {{ {fields} }}
               kept: services(at: \"2026-03-09\", filter: {{lifecycle: [\"production\"]}}) {{ totalCount }}
               entity(ref: \"service:ledger\", at: \"2026-03-05\") {{ entity {{ title facets {{ fields {{ field value }} }} }} }}
               search(text: \"new\", at: \"2026-03-09\") {{ totalCount }} }}"
        ))
        .await;
    assert_eq!(answer["then"]["nodes"], json!([{"title": "Old", "lifecycle": "experimental", "owner": {"name": "payments"}}]));
    assert_eq!(answer["now"]["nodes"], json!([{"title": "New", "lifecycle": "production", "owner": {"name": "billing"}}]));
    assert_eq!(answer["kept"]["totalCount"], 0);
    assert_eq!(answer["entity"]["entity"]["title"], "Old");
    assert!(!answer["entity"].to_string().contains("New"), "{}", answer["entity"]);
    assert_eq!(answer["search"]["totalCount"], 0);
}

#[tokio::test]
async fn an_ended_entity_is_there_before_its_end_and_gone_after_it_in_lists_search_counts_and_relations_alike() {
    let company = Company::new(NOW);
    company.observe(
        "2026-03-01T10:00:00Z",
        &[
            ledger(json!({"owner": ["team:payments"]})),
            ("service:cart", Facet::General, general("service:cart", json!({"owner": ["team:payments"]}))),
            ("service:cart", Facet::Relations, Some(json!({"dependsOn": {"service:ledger": true}}))),
            ("service:cart", Facet::Dependencies, dependencies(&[("Cargo.toml#cargo/serde", "1.0.1")])),
        ],
    );
    company.observe(
        "2026-03-10T10:00:00Z",
        &[("service:cart", Facet::General, None), ("service:cart", Facet::Relations, None), ("service:cart", Facet::Dependencies, None)],
    );
    let question = |moment: &str| {
        format!(
            "{{ services(at: \"{moment}\") {{ totalCount nodes {{ name }} }}
                search(text: \"cart\", kinds: [SERVICE], at: \"{moment}\") {{ totalCount }}
                packages(at: \"{moment}\") {{ totalCount }}
                dependents(package: \"package:cargo/serde\", at: \"{moment}\") {{ totalCount }}
                entity(ref: \"service:ledger\", at: \"{moment}\") {{ entity {{ usedBy {{ entity {{ name }} }} }} }}
                team: entity(ref: \"team:payments\", at: \"{moment}\") {{ entity {{ ... on Team {{ owns(kind: SERVICE) {{ totalCount }} }} }} }}
                gone: entity(ref: \"service:cart\", at: \"{moment}\") {{ holder entity {{ state }} }} }}"
        )
    };
    let before = company.ask(&question("2026-03-09")).await;
    assert_eq!(names(&before["services"]), ["cart", "ledger"]);
    assert_eq!(before["search"]["totalCount"], 1);
    assert_eq!(before["packages"]["totalCount"], 1);
    assert_eq!(before["dependents"]["totalCount"], 1);
    assert_eq!(before["entity"]["entity"]["usedBy"], json!([{"entity": {"name": "cart"}}]));
    assert_eq!(before["team"]["entity"]["owns"]["totalCount"], 2);
    assert_eq!(before["gone"], json!({"holder": "HOLDER", "entity": {"state": "DEFINED"}}));
    let after = company.ask(&question("2026-03-10")).await;
    assert_eq!(names(&after["services"]), ["ledger"]);
    assert_eq!(after["services"]["totalCount"], 1);
    assert_eq!(after["search"]["totalCount"], 0);
    assert_eq!(after["packages"]["totalCount"], 0);
    assert_eq!(after["dependents"]["totalCount"], 0);
    assert_eq!(after["entity"]["entity"]["usedBy"], json!([]));
    assert_eq!(after["team"]["entity"]["owns"]["totalCount"], 1);
    assert_eq!(after["gone"], json!({"holder": "EARLIER", "entity": {"state": "ABSENT"}}));
    let counted =
        company.ask("{ series(metric: SERVICES, from: \"2026-03-09\", to: \"2026-03-10\", every: DAY) { points { value } } }").await;
    assert_eq!(counted["series"][0]["points"], json!([{"value": 2.0}, {"value": 1.0}]));
}

#[tokio::test]
async fn nothing_is_stale_merely_because_one_looks_back() {
    let company = Company::new(NOW);
    company.observe("2026-03-01T10:00:00Z", &[ledger(json!({"title": "Ledger"}))]);
    for day in 1..=10 {
        company.confirm(&format!("2026-03-{day:02}T11:00:00Z"));
    }
    let stale = async |moment: &str| {
        let query = format!(
            "{{ entity(ref: \"service:ledger\", at: \"{moment}\") {{ entity {{ facets {{ stale lastConfirmed }} statements {{ stale }} }} }} }}"
        );
        let answer = company.ask(&query).await;
        let entity = &answer["entity"]["entity"];
        (entity["facets"][0]["stale"].clone(), entity["statements"][0]["stale"].clone(), entity["facets"][0]["lastConfirmed"].clone())
    };
    assert_eq!(stale("2026-03-05").await, (json!(false), json!(false), json!("2026-03-05T11:00:00Z")));
    assert_eq!(stale("2026-03-11").await, (json!(false), json!(false), json!("2026-03-10T11:00:00Z")));
    assert_eq!(stale("2026-03-12").await, (json!(true), json!(true), json!("2026-03-10T11:00:00Z")));
}

#[tokio::test]
async fn the_last_state_of_a_day_not_the_first() {
    let company = Company::new(NOW);
    for (hour, title) in [(8, "morning"), (12, "noon"), (23, "night")] {
        company.observe(&format!("2026-03-05T{hour:02}:59:59.999999Z"), &[ledger(json!({"title": title}))]);
    }
    company.observe("2026-03-06T00:00:00Z", &[ledger(json!({"title": "next"}))]);
    let answer = company
        .ask("{ day: services(at: \"2026-03-05\") { nodes { title } } noon: services(at: \"2026-03-05T13:00:00Z\") { nodes { title } } }")
        .await;
    assert_eq!(answer, json!({"day": {"nodes": [{"title": "night"}]}, "noon": {"nodes": [{"title": "noon"}]}}));
}

#[tokio::test]
async fn a_day_before_the_first_record_is_an_empty_answer_with_a_hint() {
    let company = Company::new(NOW);
    let nothing = company.ask("{ services { totalCount hint } }").await;
    assert!(nothing["services"]["hint"].as_str().unwrap().starts_with("nothing has been recorded yet"), "{nothing}");
    company.observe("2026-03-05T10:00:00Z", &[ledger(json!({"title": "Ledger"}))]);
    let answer = company
        .ask(
            "{ services(at: \"2026-03-04\") { totalCount nodes { name } hint }
               search(text: \"ledger\", at: \"2026-03-04\") { totalCount hint }
               entity(ref: \"service:ledger\", at: \"2026-03-04\") { holder hint entity { state title facets { facet } statements { origin } uses { relation } } }
               timeline(from: \"2026-03-01\", to: \"2026-03-04\") { totalCount hint }
               series(metric: SERVICES, from: \"2026-03-04\", to: \"2026-03-05\", every: DAY) { points { value } }
               snapshots(to: \"2026-03-04\") { day } }",
        )
        .await;
    let hint = "nothing is known before 2026-03-05T10:00:00Z, the first record; 2026-03-04T23:59:59.999999Z lies before it";
    assert_eq!(answer["services"], json!({"totalCount": 0, "nodes": [], "hint": hint}));
    assert_eq!(answer["search"], json!({"totalCount": 0, "hint": hint}));
    assert_eq!(
        answer["entity"],
        json!({"holder": "LATER", "hint": hint, "entity": {"state": "ABSENT", "title": null, "facets": [], "statements": [], "uses": []}})
    );
    assert_eq!(answer["timeline"], json!({"totalCount": 0, "hint": hint}));
    assert_eq!(answer["series"][0]["points"], json!([{"value": null}, {"value": 1.0}]), "unknown is not zero");
    assert_eq!(answer["snapshots"], json!([]));
}

#[tokio::test]
async fn nothing_can_be_edited_or_acted_on_in_the_past() {
    let company = Company::new(NOW);
    company.observe("2026-03-05T10:00:00Z", &[ledger(json!({"title": "Ledger"}))]);
    let before = company.ask("{ services(at: \"2026-03-05\") { nodes { title } } }").await;
    let (code, message) = company.refusal("mutation { setTitle(at: \"2026-03-05\", title: \"x\") }").await;
    assert_eq!(code, "FORBIDDEN", "{message}");
    // Not even a commit can: what is recorded counts from when it is recorded.
    company.observe("2026-03-04T10:00:00Z", &[ledger(json!({"title": "Forged"}))]);
    assert_eq!(company.ask("{ services(at: \"2026-03-04\") { nodes { title } } }").await["services"]["nodes"], json!([]));
    assert_eq!(before["services"]["nodes"], json!([{"title": "Ledger"}]));
    let (code, _) = company.refusal("{ services(at: \"2026-04-05\") { totalCount } }").await;
    assert_eq!(code, "MOMENT_IN_FUTURE");
}

#[tokio::test]
async fn trend_columns_end_at_the_chosen_day() {
    let company = Company::new(NOW);
    for day in 1..=9 {
        let name = format!("service:s{day}");
        company.observe(&format!("2026-03-{day:02}T10:00:00Z"), &[(&name, Facet::General, general(&name, json!({})))]);
    }
    let answer = company
        .ask(
            "{ days: series(metric: SERVICES, from: \"2026-03-03\", to: \"2026-03-05\", every: DAY) { points { day value running } }
               weeks: series(metric: SERVICES, from: \"2026-02-23\", to: \"2026-03-05\", every: WEEK) { points { day lastDay value } }
               changes: series(metric: CHANGES, from: \"2026-03-03\", to: \"2026-03-05\", every: WEEK) { points { lastDay value } } }",
        )
        .await;
    assert_eq!(
        answer["days"][0]["points"],
        json!([
            {"day": "2026-03-03", "value": 3.0, "running": false},
            {"day": "2026-03-04", "value": 4.0, "running": false},
            {"day": "2026-03-05", "value": 5.0, "running": false}
        ])
    );
    assert_eq!(
        answer["weeks"][0]["points"],
        json!([{"day": "2026-02-23", "lastDay": "2026-03-01", "value": 1.0}, {"day": "2026-03-02", "lastDay": "2026-03-05", "value": 5.0}])
    );
    assert_eq!(answer["changes"][0]["points"], json!([{"lastDay": "2026-03-05", "value": 3.0}]));
    let (code, _) = company.refusal("{ series(metric: SERVICES, from: \"2026-03-03\", to: \"2026-04-05\") { metric } }").await;
    assert_eq!(code, "MOMENT_IN_FUTURE");
    let running = company
        .ask("{ series(metric: SERVICES, from: \"2026-03-30\", to: \"2026-03-31\", every: DAY) { points { value running } } }")
        .await;
    assert_eq!(running["series"][0]["points"][1], json!({"value": 9.0, "running": true}));
}

#[tokio::test]
async fn a_renamed_or_moved_team_keeps_its_own_past() {
    let company = Company::new(NOW);
    let team = |reference: &str, parent: &str| general(reference, json!({ "parent": parent }));
    company.observe(
        "2026-03-01T10:00:00Z",
        &[
            ("team:red", Facet::General, general("team:red", json!({}))),
            ("team:blue", Facet::General, general("team:blue", json!({}))),
            ("team:payments", Facet::General, team("team:payments", "team:red")),
            ledger(json!({"owner": ["team:payments"], "title": "one"})),
        ],
    );
    company.observe("2026-03-05T10:00:00Z", &[ledger(json!({"owner": ["team:payments"], "title": "two"}))]);
    // The team moves to another tribe, then gets another name; the service still states the old one.
    company.observe("2026-03-10T10:00:00Z", &[("team:payments", Facet::General, team("team:payments", "team:blue"))]);
    company.observe("2026-03-15T10:00:00Z", &[("team:payments", Facet::General, team("team:money", "team:blue"))]);
    company.observe("2026-03-20T10:00:00Z", &[ledger(json!({"owner": ["team:payments"], "title": "three"}))]);
    let owned = async |team: &str, moment: &str| {
        let query = format!("{{ services(at: \"{moment}\", filter: {{owner: \"{team}\"}}) {{ nodes {{ name owner {{ name }} }} }} }}");
        company.ask(&query).await["services"]["nodes"].clone()
    };
    assert_eq!(owned("team:red", "2026-03-09").await, json!([{"name": "ledger", "owner": {"name": "payments"}}]));
    assert_eq!(owned("team:blue", "2026-03-09").await, json!([]));
    assert_eq!(owned("team:red", "2026-03-20").await, json!([]));
    assert_eq!(owned("team:blue", "2026-03-20").await, json!([{"name": "ledger", "owner": {"name": "money"}}]));
    assert_eq!(owned("team:money", "2026-03-20").await, json!([{"name": "ledger", "owner": {"name": "money"}}]));
    assert_eq!(owned("team:payments", "2026-03-20").await, json!([{"name": "ledger", "owner": {"name": "money"}}]));
    let titles = async |team: &str| {
        let query = format!(
            "{{ timeline(ownedBy: \"{team}\", from: \"2026-03-02\", to: \"2026-03-31\", direction: ASC) {{ nodes {{ ... on Change {{ field after }} }} }} }}"
        );
        let answer = company.ask(&query).await;
        let nodes = answer["timeline"]["nodes"].as_array().unwrap().clone();
        nodes.iter().filter(|node| node["field"] == "general.title").map(|node| node["after"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(titles("team:red").await, [json!("two")], "what changed while the team was there");
    assert_eq!(titles("team:blue").await, [json!("three")]);
    assert_eq!(titles("team:money").await, [json!("two"), json!("three")]);
    let former = company
        .ask(
            "{ now: search(text: \"payments\", kinds: [TEAM]) { nodes { entity { name } matched { field } } }
               then: search(text: \"money\", kinds: [TEAM], at: \"2026-03-12\") { totalCount }
               entity(ref: \"team:payments\") { holder entity { name } } }",
        )
        .await;
    assert_eq!(former["now"]["nodes"], json!([{"entity": {"name": "money"}, "matched": [{"field": "FORMER_NAME"}]}]));
    assert_eq!(former["then"]["totalCount"], 0);
    assert_eq!(former["entity"], json!({"holder": "EARLIER", "entity": {"name": "money"}}));
}

#[tokio::test]
async fn a_policy_is_the_one_valid_that_day() {
    let company = Company::new(NOW);
    company.decide("2026-03-01T00:00:00Z", &Policy::default());
    company.observe("2026-03-01T10:00:00Z", &[ledger(json!({"owner": ["team:a"]}))]);
    company.observe_by("CODEOWNERS", "2026-03-02T10:00:00Z", &[("service:ledger", Facet::General, Some(json!({"owner": ["team:b"]})))]);
    let turned = Policy { precedence: [("general.owner".to_owned(), vec!["CODEOWNERS".to_owned()])].into(), ..Policy::default() };
    company.decide("2026-03-10T10:00:00Z", &turned);
    let owner = |alias: &str, moment: &str| {
        format!(
            "{alias}: entity(ref: \"service:ledger\", at: \"{moment}\") {{ entity {{ owner {{ name }} facets {{ fields {{ field value disagreements {{ value }} }} }} }} }}"
        )
    };
    let answer = company.ask(&format!("{{ {} {} }}", owner("before", "2026-03-09"), owner("after", "2026-03-10"))).await;
    let fact = |side: &str| {
        let fields = answer[side]["entity"]["facets"][0]["fields"].as_array().unwrap();
        fields.iter().find(|field| field["field"] == "owner").unwrap().clone()
    };
    assert_eq!(answer["before"]["entity"]["owner"]["name"], "a");
    assert_eq!(fact("before"), json!({"field": "owner", "value": ["team:a"], "disagreements": [{"value": ["team:b"]}]}));
    assert_eq!(answer["after"]["entity"]["owner"]["name"], "b");
    assert_eq!(fact("after"), json!({"field": "owner", "value": ["team:b"], "disagreements": [{"value": ["team:a"]}]}));
}
