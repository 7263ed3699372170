//! What happened, what stands where because of it, and who needs whom: asked through the API, for any moment.

use std::sync::Arc;

use serde_json::{Value, json};
use spot::model::event::Step;
use spot::model::{Event, EventKind, Facet, Kind, Layer, Resource};

use crate::support::company::{Company, at, general};

const NOW: &str = "2026-03-31T12:00:00Z";
const STRETCH: &str = "from: \"2026-03-02\", to: \"2026-03-31\"";

/// An event that happened to the entity of this ref, with states and their times.
fn event(kind: EventKind, id: &str, of: &str, states: &[(&str, &str)], body: Value) -> Event {
    let resource = Resource { id: of.to_owned(), kind: Kind::Service, scope: "scope".to_owned() };
    Event {
        kind,
        id: id.to_owned(),
        resource: Arc::new(resource),
        at: at(states[0].0),
        ended: None,
        history: states.iter().map(|(since, state)| Step::state(at(since), state)).collect(),
        is_whole: true,
        body: body.as_object().unwrap().clone(),
        check: Some(format!("https://ci.example/{id}")),
    }
}

fn deployed(id: &str, of: &str, region: &str, version: &str, states: &[(&str, &str)]) -> Event {
    event(EventKind::Deployment, id, of, states, json!({ "environment": "production", "region": region, "version": version, "by": "ada" }))
}

/// Records events at once; resources are those of [`Company::observe`].
fn tell(company: &Company, when: &str, events: Vec<Event>) {
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    for event in events {
        let no = transaction.find_resource("test", &event.resource.id).expect("it was observed before");
        transaction.put_event("test", no, event).unwrap();
    }
    transaction.commit(at(when)).unwrap();
}

/// Two services of two teams, one of them in a repository of its own.
fn company() -> Company {
    let company = Company::new(NOW);
    company.observe(
        "2026-03-01T08:00:00Z",
        &[
            ("team:x", Facet::General, general("team:x", json!({}))),
            ("team:y", Facet::General, general("team:y", json!({}))),
            ("repository:acme/billing", Facet::General, general("repository:acme/billing", json!({ "owner": ["team:x"] }))),
            (
                "service:billing",
                Facet::General,
                general("service:billing", json!({ "owner": ["team:x"], "repository": "repository:acme/billing" })),
            ),
            ("service:ledger", Facet::General, general("service:ledger", json!({ "owner": ["team:y"] }))),
        ],
    );
    company
}

/// `version in region`, with what is said beside it.
fn standing(versions: &Value) -> Vec<String> {
    let show = |version: &Value| {
        let mut text = format!("{} in {}", version["version"].as_str().unwrap_or("nothing"), version["region"].as_str().unwrap());
        if version["rollback"] == true {
            text.push_str(", back");
        }
        match &version["attemptFailed"] {
            Value::Bool(true) => text.push_str(", one failed"),
            Value::Bool(false) => text.push_str(", one coming"),
            _ => {}
        }
        if !version["behindSince"].is_null() {
            text.push_str(", behind");
        }
        text
    };
    versions.as_array().unwrap().iter().map(show).collect()
}

#[tokio::test]
async fn what_stands_where_is_told_for_any_moment_and_never_before_it_happened() {
    let company = company();
    let b = "service:billing";
    tell(
        &company,
        "2026-03-20T08:00:00Z",
        vec![
            deployed("1", b, "eu", "1.0.0", &[("2026-03-02T10:00:00Z", "in_progress"), ("2026-03-02T10:05:00Z", "success")]),
            deployed("2", b, "us", "1.0.0", &[("2026-03-02T12:00:00Z", "success")]),
            deployed("3", b, "eu", "1.1.0", &[("2026-03-05T10:00:00Z", "in_progress"), ("2026-03-05T10:05:00Z", "success")]),
            deployed("4", b, "us", "1.1.0", &[("2026-03-06T10:00:00Z", "in_progress"), ("2026-03-06T10:09:00Z", "failure")]),
            deployed("5", b, "eu", "1.0.0", &[("2026-03-07T10:00:00Z", "success")]),
        ],
    );
    for (moment, expected) in [
        ("2026-03-01", vec![]),
        ("2026-03-02T10:03:00Z", vec!["nothing in eu, one coming"]),
        ("2026-03-02", vec!["1.0.0 in eu", "1.0.0 in us"]),
        ("2026-03-05", vec!["1.1.0 in eu", "1.0.0 in us, behind"]),
        ("2026-03-06", vec!["1.1.0 in eu", "1.0.0 in us, one failed, behind"]),
        ("2026-03-31", vec!["1.0.0 in eu, back", "1.0.0 in us, one failed"]),
    ] {
        let fields = "environment region version rollback attemptFailed behindSince";
        let query = format!("{{ entity(ref: \"{b}\", at: \"{moment}\") {{ entity {{ ... on Service {{ deployed {{ {fields} }} }} }} }} }}");
        assert_eq!(standing(&company.ask(&query).await["entity"]["entity"]["deployed"]), expected, "{moment}");
    }
    let matrix = company
        .ask("{ deployed(at: \"2026-03-05\") { totalCount environments { name regions services drifting } nodes { entity { ref } drifts } } }")
        .await;
    assert_eq!(
        matrix["deployed"]["environments"],
        json!([{ "name": "production", "regions": ["eu", "us"], "services": 1, "drifting": 1 }])
    );
    assert_eq!(matrix["deployed"]["nodes"], json!([{ "entity": { "ref": "service:billing" }, "drifts": true }]));
}

#[tokio::test]
async fn an_event_is_as_it_was_then_and_its_id_is_for_ever() {
    let company = company();
    let states = [("2026-03-02T10:00:00Z", "in_progress"), ("2026-03-02T10:05:00Z", "success")];
    tell(
        &company,
        "2026-03-02T11:00:00Z",
        vec![Event { ended: Some(at("2026-03-02T10:05:00Z")), ..deployed("1", "service:billing", "eu", "1", &states) }],
    );
    let all = company.ask(&format!("{{ events({STRETCH}) {{ totalCount nodes {{ id state seconds ended resource source url entity {{ ref }} deployment {{ version by }} history {{ at state }} }} }} }}")).await;
    let found = &all["events"]["nodes"][0];
    assert_eq!((found["state"].as_str(), found["seconds"].as_i64()), (Some("success"), Some(300)));
    assert_eq!(found["deployment"], json!({ "version": "1", "by": "ada" }));
    assert_eq!(found["history"].as_array().unwrap().len(), 2);
    let id = found["id"].as_str().unwrap();
    let then = company
        .ask(&format!("{{ event(id: \"{id}\", at: \"2026-03-02T10:01:00Z\") {{ state seconds ended history {{ state }} }} }}"))
        .await;
    assert_eq!(then["event"], json!({ "state": "in_progress", "seconds": 60, "ended": null, "history": [{ "state": "in_progress" }] }));
    let before = company.ask(&format!("{{ event(id: \"{id}\", at: \"2026-03-01\") {{ state }} }}")).await;
    assert_eq!(before["event"], Value::Null);
    let (code, _) = company.refusal("{ event(id: \"nonsense\") { state } }").await;
    assert_eq!(code, "UNKNOWN_ENTITY");
}

#[tokio::test]
async fn timelines_tell_changes_and_events_in_order_page_by_page() {
    let company = company();
    company
        .observe("2026-03-03T08:00:00Z", &[("service:ledger", Facet::General, general("service:ledger", json!({ "owner": ["team:x"] })))]);
    let one = |id: &str, of: &str, when: &str| deployed(id, of, "eu", id, &[(when, "success")]);
    tell(
        &company,
        "2026-03-20T08:00:00Z",
        vec![
            one("1", "service:ledger", "2026-03-02T10:00:00Z"),
            one("2", "service:ledger", "2026-03-04T10:00:00Z"),
            one("3", "service:billing", "2026-03-04T10:00:00Z"),
            event(
                EventKind::PullRequest,
                "7",
                "repository:acme/billing",
                &[("2026-03-05T10:00:00Z", "open")],
                json!({ "number": 7, "title": "Round up" }),
            ),
        ],
    );
    let items = "nodes { __typename ... on Change { field entity { name } } ... on Event { kind resource } }";
    let text = |answer: &Value| -> Vec<String> {
        let show = |node: &Value| match node["__typename"].as_str().unwrap() {
            "Change" => format!("{} {}", node["entity"]["name"].as_str().unwrap(), node["field"].as_str().unwrap()),
            _ => format!("{} {}", node["kind"].as_str().unwrap(), node["resource"].as_str().unwrap()),
        };
        answer["timeline"]["nodes"].as_array().unwrap().iter().map(show).collect()
    };
    let whole = text(&company.ask(&format!("{{ timeline({STRETCH}) {{ totalCount {items} }} }}")).await);
    assert_eq!(
        whole,
        [
            "PULL_REQUEST repository:acme/billing",
            "DEPLOYMENT service:ledger",
            "DEPLOYMENT service:billing",
            "ledger general.owner",
            "DEPLOYMENT service:ledger"
        ]
    );
    for direction in ["DESC", "ASC"] {
        let (mut paged, mut after) = (Vec::new(), String::new());
        loop {
            let query = format!(
                "{{ timeline({STRETCH}, direction: {direction}, first: 1{after}) {{ totalCount {items} pageInfo {{ endCursor hasNextPage }} }} }}"
            );
            let page = company.ask(&query).await;
            assert_eq!(page["timeline"]["totalCount"], 5);
            paged.extend(text(&page));
            if page["timeline"]["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!(", after: {}", page["timeline"]["pageInfo"]["endCursor"]);
        }
        if direction == "ASC" {
            paged.reverse();
        }
        assert_eq!(paged, whole, "{direction}");
    }
    let only = |arguments: &str| format!("{{ timeline({STRETCH}, {arguments}) {{ totalCount {items} lanes {{ facet event total }} }} }}");
    let events = company.ask(&only("events: []")).await;
    assert_eq!(events["timeline"]["totalCount"], 4);
    assert_eq!(
        events["timeline"]["lanes"],
        json!([{ "facet": null, "event": "DEPLOYMENT", "total": 3 }, { "facet": null, "event": "PULL_REQUEST", "total": 1 }])
    );
    assert_eq!(company.ask(&only("facets: [GENERAL]")).await["timeline"]["totalCount"], 1);
    let owned = text(&company.ask(&only("ownedBy: \"team:x\"")).await);
    assert_eq!(owned.iter().filter(|text| text.starts_with("DEPLOYMENT")).count(), 2, "ledger's first was another team's: {owned:?}");

    // A service shows what happened to the repository that it has for itself, and the repository what happened to it.
    for reference in ["service:billing", "repository:acme/billing"] {
        let of = company.ask(&format!("{{ entity(ref: \"{reference}\") {{ entity {{ events {{ totalCount }} }} }} }}")).await;
        assert_eq!(of["entity"]["entity"]["events"]["totalCount"], 2, "{reference}");
    }
    let filtered = company.ask(&format!("{{ events({STRETCH}, environment: \"production\", states: [\"success\"]) {{ totalCount }} none: events({STRETCH}, states: [\"failure\"]) {{ totalCount }} }}")).await;
    assert_eq!((&filtered["events"]["totalCount"], &filtered["none"]["totalCount"]), (&json!(3), &json!(0)));
}

#[tokio::test]
async fn who_needs_whom_is_known_by_every_road_and_both_ways() {
    let company = company();
    company.observe(
        "2026-03-02T08:00:00Z",
        &[
            ("api:ledger", Facet::General, general("api:ledger", json!({}))),
            (
                "service:ledger",
                Facet::Relations,
                Some(json!({ "providesApis": { "api:ledger": true }, "calls": { "test#service:billing": { "by": "intention" } } })),
            ),
            ("service:billing", Facet::Relations, Some(json!({ "consumesApis": { "api:ledger": true } }))),
            ("cluster:eu", Facet::General, general("cluster:eu", json!({}))),
            ("workload:eu/pay/ledger", Facet::General, general("workload:eu/pay/ledger", json!({}))),
            ("workload:eu/pay/ledger", Facet::Kubernetes, Some(json!({ "cluster": "eu" }))),
            ("service:ledger", Facet::Kubernetes, Some(json!({ "workloads": { "workload:eu/pay/ledger": { "cluster": "eu" } } }))),
        ],
    );
    let ask = |of: &str, way: &str, moment: &str| {
        format!(
            "{{ impact(of: \"{of}\", way: {way}, at: \"{moment}\") {{ nodes {{ entity {{ ref }} distance }} edges {{ road relation }} cycles {{ ref }} cut }} }}"
        )
    };
    let reached = |answer: &Value| -> Vec<String> {
        let nodes = answer["impact"]["nodes"].as_array().unwrap().iter();
        nodes.map(|node| format!("{} {}", node["distance"], node["entity"]["ref"].as_str().unwrap())).collect()
    };
    let needed = company.ask(&ask("cluster:eu", "NEEDED_BY", "2026-03-03")).await;
    assert_eq!(reached(&needed), ["0 cluster:eu", "1 workload:eu/pay/ledger", "2 service:ledger", "3 api:ledger"]);
    assert_eq!(needed["impact"]["cut"], true, "billing is a fourth edge away");
    let needs = company.ask(&ask("service:billing", "NEEDS", "2026-03-03")).await;
    assert_eq!(
        reached(&needs),
        ["0 service:billing", "1 api:ledger", "2 service:ledger", "3 workload:eu/pay/ledger"],
        "ledger calls billing, which is there already"
    );
    assert_eq!(needs["impact"]["cycles"][0].as_array().unwrap().len(), 3, "billing, the API and ledger need each other");
    let roads: Vec<&str> = needs["impact"]["edges"].as_array().unwrap().iter().map(|edge| edge["road"].as_str().unwrap()).collect();
    assert!(roads.contains(&"MESH") && roads.contains(&"DECLARED") && roads.contains(&"RUNTIME"), "{roads:?}");
    assert_eq!(reached(&company.ask(&ask("service:billing", "NEEDS", "2026-03-01")).await), ["0 service:billing"], "not yet");
    let (code, message) = company.refusal("{ impact(of: \"service:billing\", depth: 99) { cut } }").await;
    assert_eq!((code.as_str(), message.contains("expected 0 to 12")), ("INVALID_ARGUMENT", true));
}
