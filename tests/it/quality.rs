//! Quality: what was measured of a service, then and now, in lists, groups and through time; unknown is never zero.

use serde_json::{Value, json};
use spot::model::run::{Outcome, Trigger};
use spot::model::{EntityRef, Extent, Facet, Kind, Layer, Reading, Resource, Run};

use crate::support::company::{Company, at, general, names};

const NOW: &str = "2026-03-31T12:00:00Z";

/// Measures a project that is linked to an entity: observed at `when`, or reconstructed for it and recorded at the end.
fn measure(company: &Company, layer: Layer, when: &str, measured: &[(&str, &str, Value)]) {
    let mut transaction = company.store.begin(layer).unwrap();
    for (project, of, value) in measured {
        let reference: EntityRef = of.parse().unwrap();
        let resource = Resource { id: (*project).to_owned(), kind: Kind::Service, scope: "acme".to_owned() };
        let no = transaction.resource("sonar", &resource);
        if transaction.linked(no).is_none() {
            let entity = transaction.any_holder(&reference).unwrap_or_else(|| transaction.create(&reference));
            transaction.link(no, entity, "annotation");
        }
        let stream = transaction.stream(no, Facet::Quality, "sonarqube");
        let mut body = value.as_object().unwrap().clone();
        body.insert("project".to_owned(), (*project).into());
        let check = Some(format!("https://sonar.example/dashboard?id={project}"));
        transaction.version(stream, (layer == Layer::Backfilled).then(|| at(when)), Some(body), check, false);
    }
    transaction.commit(at(if layer == Layer::Backfilled { NOW } else { when })).unwrap();
}

fn run(company: &Company, when: &str) {
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    transaction.put_run(Run {
        source: "sonar".to_owned(),
        trigger: Trigger::Schedule,
        started: at(when),
        ended: at(when),
        outcome: Outcome::Succeeded,
        interval_seconds: 86_400,
        extents: vec![Extent { scope: "acme".to_owned(), kind: None, reading: Reading::Full, counted: None, evidence: None }],
        statements: 1,
        written: 0,
        requests: 1,
        problem_count: 0,
        problems: Vec::new(),
        missing: Vec::new(),
    });
    transaction.commit(at(when)).unwrap();
}

fn company() -> Company {
    let company = Company::new(NOW);
    let service = |name: &str, owner: &str| general(name, json!({"owner": [owner], "system": "system:pay"}));
    company.observe(
        "2026-03-01T10:00:00Z",
        &[
            ("team:tribe", Facet::General, general("team:tribe", json!({}))),
            ("team:x", Facet::General, general("team:x", json!({"parent": "team:tribe"}))),
            ("service:a", Facet::General, service("service:a", "team:x")),
            ("service:b", Facet::General, service("service:b", "team:y")),
            ("service:c", Facet::General, service("service:c", "team:x")),
            ("service:d", Facet::General, service("service:d", "team:x")),
        ],
    );
    company
}

#[tokio::test]
async fn a_service_shows_what_was_measured_by_then() {
    let company = company();
    let first = json!({"gate": "passed", "coverage": 0.8, "lines": 1000, "bugs": 0, "codeSmells": 9, "reliability": "A",
        "newCoverage": 0.5, "analysedAt": "2026-03-04T08:00:00Z", "mode": "standard"});
    measure(&company, Layer::Observed, "2026-03-05T10:00:00Z", &[("acme:a", "service:a", first)]);
    run(&company, "2026-03-05T10:05:00Z");
    let second = json!({"gate": "failed", "coverage": 0.7, "lines": 1200, "codeSmells": 11, "reliability": "C",
        "analysedAt": "2026-03-09T08:00:00Z", "mode": "standard",
        "failedConditions": [{"metric": "coverage", "operator": "<", "threshold": "75", "actual": "70.0", "level": "failed"}]});
    measure(&company, Layer::Observed, "2026-03-10T10:00:00Z", &[("acme:a", "service:a", second)]);
    let asked = "entity { ... on Service { quality { project gate coverage lines bugs codeSmells reliability mode debtMinutes
        analysedAt since stale check lastConfirmed source resource newCode { coverage lines security }
        failedConditions { metric operator threshold actual level } } qualities { project gate lines } } }";
    let query = format!(
        "{{ before: entity(ref: \"service:a\", at: \"2026-03-04\") {{ {asked} }} then: entity(ref: \"service:a\", at: \"2026-03-06\") {{ {asked} }}
            now: entity(ref: \"service:a\") {{ {asked} }} never: entity(ref: \"service:b\") {{ {asked} }} }}"
    );
    let answer = company.ask(&query).await;
    assert_eq!(answer["before"]["entity"], json!({"quality": null, "qualities": []}));
    assert_eq!(answer["never"]["entity"], json!({"quality": null, "qualities": []}));
    assert_eq!(
        answer["then"]["entity"]["quality"],
        json!({
            "project": "acme:a", "gate": "PASSED", "coverage": 0.8, "lines": 1000, "bugs": 0, "codeSmells": 9, "reliability": "A",
            "mode": "standard", "debtMinutes": null, "analysedAt": "2026-03-04T08:00:00Z", "since": "2026-03-05T10:00:00Z",
            "stale": false, "check": "https://sonar.example/dashboard?id=acme:a", "lastConfirmed": "2026-03-05T10:05:00Z",
            "source": "sonar", "resource": "acme:a", "newCode": {"coverage": 0.5, "lines": null, "security": null},
            "failedConditions": []
        })
    );
    let now = &answer["now"]["entity"]["quality"];
    assert_eq!((&now["gate"], &now["coverage"], &now["lines"]), (&json!("FAILED"), &json!(0.7), &json!(1200)));
    assert_eq!(now["bugs"], Value::Null, "what is not measured any more is unknown, not as before");
    assert_eq!((&now["stale"], &now["since"]), (&json!(true), &json!("2026-03-10T10:00:00Z")));
    assert_eq!(
        now["failedConditions"],
        json!([{"metric": "coverage", "operator": "<", "threshold": "75", "actual": "70.0", "level": "FAILED"}])
    );
}

#[tokio::test]
async fn what_nobody_is_known_to_be_is_listed_with_what_is_called_like_it() {
    let company = company();
    company.observe("2026-03-01T11:00:00Z", &[("repository:acme/ledger", Facet::General, general("repository:acme/ledger", json!({})))]);
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    for (project, holds) in [("acme:ledger-batch", true), ("acme:gone", false), ("zeta", true)] {
        let resource = Resource { id: project.to_owned(), kind: Kind::Service, scope: "acme".to_owned() };
        let no = transaction.resource("sonar", &resource);
        let stream = transaction.stream(no, Facet::Quality, "sonarqube");
        let body = holds.then(|| json!({"gate": "passed"}).as_object().unwrap().clone());
        transaction.version(stream, None, body, Some(format!("https://sonar.example/dashboard?id={project}")), false);
    }
    transaction.commit(at("2026-03-05T10:00:00Z")).unwrap();
    let listed = |answer: &Value| answer["unlinked"]["nodes"].clone();
    let asked = "totalCount pageInfo { hasNextPage endCursor } nodes { source resource kind scope since check guesses { ref } }";
    let answer = company.ask(&format!("{{ unlinked(first: 1) {{ {asked} }} }}")).await;
    assert_eq!(
        listed(&answer),
        json!([{"source": "sonar", "resource": "acme:ledger-batch", "kind": "SERVICE", "scope": "acme", "since": "2026-03-05T10:00:00Z",
            "check": "https://sonar.example/dashboard?id=acme:ledger-batch", "guesses": [{"ref": "repository:acme/ledger"}]}])
    );
    assert_eq!(answer["unlinked"]["totalCount"], 2, "what is not stated any more needs nobody");
    let after = answer["unlinked"]["pageInfo"]["endCursor"].as_str().unwrap();
    let answer = company.ask(&format!("{{ unlinked(after: {after:?}) {{ {asked} }} }}")).await;
    assert_eq!((&listed(&answer)[0]["resource"], &listed(&answer)[0]["guesses"]), (&json!("zeta"), &json!([])));
    assert_eq!(answer["unlinked"]["pageInfo"]["hasNextPage"], false);
    let answer = company.ask("{ unlinked(kind: REPOSITORY) { totalCount } }").await;
    assert_eq!(answer["unlinked"]["totalCount"], 0);

    measure(&company, Layer::Observed, "2026-03-06T10:00:00Z", &[("zeta", "service:a", json!({"gate": "passed"}))]);
    let answer = company.ask("{ unlinked { nodes { resource } } }").await;
    assert_eq!(listed(&answer), json!([{"resource": "acme:ledger-batch"}]));
}

#[tokio::test]
async fn what_moves_with_every_analysis_is_shown_and_makes_no_change() {
    let company = company();
    let with = |lines: u64, analysed: &str| json!({"gate": "passed", "coverage": 0.8, "lines": lines, "analysedAt": analysed});
    measure(&company, Layer::Observed, "2026-03-05T10:00:00Z", &[("acme:a", "service:a", with(1000, "2026-03-05T08:00:00Z"))]);
    measure(&company, Layer::Observed, "2026-03-06T10:00:00Z", &[("acme:a", "service:a", with(1010, "2026-03-06T08:00:00Z"))]);
    let answer = company
        .ask(
            "{ timeline(of: [\"service:a\"], from: \"2026-03-04\", to: \"2026-03-31\") { totalCount }
               entity(ref: \"service:a\") { entity { ... on Service { quality { lines analysedAt } } facets(facets: [QUALITY]) { fields { field value } } } } }",
        )
        .await;
    assert_eq!(answer["timeline"]["totalCount"], 0);
    let entity = &answer["entity"]["entity"];
    assert_eq!(entity["quality"], json!({"lines": 1010, "analysedAt": "2026-03-06T08:00:00Z"}));
    let fields: Vec<&str> =
        entity["facets"][0]["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["analysedAt", "coverage", "gate", "lines", "project"]);
}

#[tokio::test]
async fn two_projects_of_a_service_stand_side_by_side_and_are_counted_once_each() {
    let company = company();
    let web = json!({"gate": "passed", "coverage": 0.9, "lines": 1000});
    let server = json!({"gate": "failed", "coverage": 0.5, "lines": 3000, "bugs": 2});
    let measured = [("acme:web", "service:a", web), ("acme:server", "service:a", server)];
    measure(&company, Layer::Observed, "2026-03-05T10:00:00Z", &measured);
    let answer = company
        .ask(
            "{ entity(ref: \"service:a\") { entity { ... on Service { quality { project gate coverage bugs lines } qualities { project gate coverage bugs lines } } } }
               coverage: series(metric: COVERAGE, from: \"2026-03-31\", to: \"2026-03-31\", every: DAY) { points { value covered } }
               lines: series(metric: LINES_OF_CODE, of: \"service:a\", from: \"2026-03-31\", to: \"2026-03-31\", every: DAY) { points { value covered } } }",
        )
        .await;
    let entity = &answer["entity"]["entity"];
    assert_eq!(
        entity["qualities"],
        json!([
            {"project": "acme:server", "gate": "FAILED", "coverage": 0.5, "bugs": 2, "lines": 3000},
            {"project": "acme:web", "gate": "PASSED", "coverage": 0.9, "bugs": null, "lines": 1000}
        ])
    );
    assert_eq!(
        entity["quality"],
        json!({"project": "acme:web", "gate": "PASSED", "coverage": 0.9, "bugs": 2, "lines": 1000}),
        "each field by the strongest that has it; among equals the one that is known for longer"
    );
    assert_eq!(answer["coverage"][0]["points"], json!([{"value": 0.6, "covered": 1.0}]));
    assert_eq!(answer["lines"][0]["points"], json!([{"value": 4000.0, "covered": 1.0}]));
}

#[tokio::test]
async fn lists_filter_sort_and_group_by_what_was_measured() {
    let company = company();
    let with = |gate: Option<&str>, coverage: Option<f64>| {
        let mut body = json!({});
        if let Some(gate) = gate {
            body["gate"] = gate.into();
        }
        if let Some(coverage) = coverage {
            body["coverage"] = coverage.into();
        }
        body
    };
    let measured = [
        ("acme:a", "service:a", with(Some("passed"), Some(0.9))),
        ("acme:b", "service:b", with(Some("failed"), Some(0.5))),
        ("acme:c", "service:c", with(None, None)),
    ];
    measure(&company, Layer::Observed, "2026-03-05T10:00:00Z", &measured);
    measure(&company, Layer::Observed, "2026-03-20T10:00:00Z", &[("acme:b", "service:b", with(Some("passed"), Some(0.95)))]);
    let list = async |arguments: &str| {
        let answer = company.ask(&format!("{{ services({arguments}) {{ nodes {{ name }} }} }}")).await;
        names(&answer["services"]).join(" ")
    };
    assert_eq!(list("filter: {gate: [FAILED]}").await, "");
    assert_eq!(list("filter: {gate: [FAILED]}, at: \"2026-03-10\"").await, "b");
    assert_eq!(list("filter: {gate: [UNKNOWN]}").await, "c d", "never computed, or no project at all");
    assert_eq!(list("filter: {gate: [PASSED, UNKNOWN]}, at: \"2026-03-10\"").await, "a c d");
    assert_eq!(list("filter: {coverageBelow: 0.9}, at: \"2026-03-10\"").await, "b");
    assert_eq!(list("filter: {coverageAtLeast: 0.9}").await, "a b");
    assert_eq!(list("orderBy: {field: COVERAGE}").await, "a b c d", "what is not known comes last");
    assert_eq!(list("orderBy: {field: COVERAGE, direction: DESC}").await, "b a c d");
    assert_eq!(list("orderBy: {field: COVERAGE}, at: \"2026-03-10\"").await, "b a c d");
    let answer = company.ask("{ services(at: \"2026-03-10\") { groups(by: GATE) { value count } nodes { quality { gate } } } }").await;
    assert_eq!(
        answer["services"]["groups"],
        json!([{"value": "failed", "count": 1}, {"value": "passed", "count": 1}, {"value": null, "count": 2}])
    );
    let gates: Vec<&Value> = answer["services"]["nodes"].as_array().unwrap().iter().map(|node| &node["quality"]).collect();
    assert_eq!(gates, [&json!({"gate": "PASSED"}), &json!({"gate": "FAILED"}), &json!({"gate": null}), &Value::Null]);
}

#[tokio::test]
async fn figures_through_time_are_weighted_and_say_of_how_much_they_know() {
    let company = company();
    let with = |gate: &str, coverage: f64, lines: u64| json!({"gate": gate, "coverage": coverage, "lines": lines});
    let measured = [("acme:a", "service:a", with("passed", 0.9, 1000)), ("acme:b", "service:b", with("failed", 0.5, 3000))];
    measure(&company, Layer::Observed, "2026-03-10T10:00:00Z", &measured);
    measure(&company, Layer::Observed, "2026-03-17T10:00:00Z", &[("acme:b", "service:b", with("passed", 0.8, 1000))]);
    let without_coverage = [("acme:c", "service:c", json!({"gate": "warning", "lines": 2000}))];
    measure(&company, Layer::Observed, "2026-03-18T10:00:00Z", &without_coverage);
    measure(&company, Layer::Backfilled, "2026-03-03T10:00:00Z", &[("acme:a", "service:a", with("failed", 0.2, 500))]);
    let series = async |metric: &str, more: &str| {
        let query = format!(
            "{{ series(metric: {metric}, from: \"2026-02-23\", to: \"2026-03-29\" {more}) {{ owner {{ name }} points {{ value covered }} }} }}"
        );
        let answer = company.ask(&query).await;
        answer["series"].as_array().unwrap().iter().map(|one| (one["owner"]["name"].clone(), one["points"].clone())).collect::<Vec<_>>()
    };
    let point = |value: Value, covered: Value| json!({"value": value, "covered": covered});
    let unknown = || point(Value::Null, Value::Null);
    let gates = series("GATE_PASS_SHARE", "").await;
    assert_eq!(
        gates[0].1,
        json!([
            point(Value::Null, json!(0.0)),
            point(json!(0.0), json!(0.25)),
            point(json!(0.5), json!(0.5)),
            point(json!(1.0), json!(0.75)),
            point(json!(1.0), json!(0.75))
        ])
    );
    let coverage = series("COVERAGE", "").await;
    assert_eq!(
        coverage[0].1,
        json!([
            unknown(),
            point(json!(0.2), json!(1.0)),
            point(json!(0.6), json!(1.0)),
            point(json!(0.85), json!(0.5)),
            point(json!(0.85), json!(0.5))
        ])
    );
    let lines = series("LINES_OF_CODE", ", of: \"team:tribe\"").await;
    let values: Vec<&Value> = lines[0].1.as_array().unwrap().iter().map(|point| &point["value"]).collect();
    assert_eq!(values, [&Value::Null, &json!(500.0), &json!(1000.0), &json!(3000.0), &json!(3000.0)]);
    let by_team = series("COVERAGE", ", groupBy: TEAM").await;
    let names: Vec<&Value> = by_team.iter().map(|(name, _)| name).collect();
    assert_eq!(names, [&json!("x"), &json!("y")]);
    assert_eq!(by_team[1].1[0], unknown());
    assert_eq!(by_team[1].1[3]["value"], json!(0.8));
    let system = series("GATE_PASS_SHARE", ", of: \"system:pay\"").await;
    assert_eq!(system[0].1[2], point(json!(0.5), json!(0.5)));
    let single = series("COVERAGE", ", of: \"service:d\"").await;
    assert_eq!(single[0].1[4], unknown(), "unknown is not zero");
}
