//! The quality board over the API: figures with what they were before, the records behind them, and who moved most by what.

use std::sync::Arc;

use serde_json::{Value, json};
use spot::model::event::Step;
use spot::model::{Event, EventKind, Facet, Kind, Layer, Resource};
use spot::store::EventNo;

use crate::support::company::{Company, at, general};

const NOW: &str = "2026-03-31T12:00:00Z";
const HOUR: f64 = 3_600.0;
const WEEK: f64 = 168.0 * HOUR;

/// Something that happened to a service: when it began, what it is, and its states.
fn event(kind: EventKind, id: &str, of: &str, began: &str, body: Value, states: &[(&str, &str)]) -> Event {
    Event {
        kind,
        id: id.to_owned(),
        resource: Arc::new(Resource { id: of.to_owned(), kind: Kind::Service, scope: "scope".to_owned() }),
        at: at(&format!("2026-{began}:00Z")),
        ended: None,
        history: states.iter().map(|(when, state)| Step::state(at(&format!("2026-{when}:00Z")), state)).collect(),
        is_whole: true,
        body: body.as_object().unwrap().clone(),
        check: None,
    }
}

/// `billing` of team x and `ledger` of team y. A critical incident of billing in one week; in the next one a major one of
/// both, and another that was none. Three support cases, deployments of which one had to be mended, and bugs of every kind.
pub(crate) fn company() -> Company {
    let company = Company::new(NOW);
    company.observe(
        "2026-02-20T08:00:00Z",
        &[
            ("team:x", Facet::General, general("team:x", json!({}))),
            ("team:y", Facet::General, general("team:y", json!({}))),
            ("service:billing", Facet::General, general("service:billing", json!({ "owner": ["team:x"] }))),
            ("service:ledger", Facet::General, general("service:ledger", json!({ "owner": ["team:y"] }))),
        ],
    );
    company.confirm("2026-03-02T00:00:05Z");
    let (billing, ledger) = ("service:billing", "service:ledger");
    let deployed = |id: &str, of: &str, when: &str, region: &str, version: &str| {
        let body = json!({ "environment": "production", "region": region, "version": version });
        event(EventKind::Deployment, id, of, when, body, &[(when, "success")])
    };
    let mut brought = deployed("2", billing, "03-10T09:00", "eu", "1.1");
    let after = EventNo::of("test", EventKind::Deployment, "1").0;
    let committed: Vec<i64> = ["07:00", "06:00", "03:00"].map(|time| at(&format!("2026-03-10T{time}:00Z")).micros() / 1_000_000).into();
    brought.body.insert("brought".to_owned(), json!({ "after": after, "committed": committed }));
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    let events = [
        event(
            EventKind::Incident,
            "outage",
            billing,
            "03-10T10:00",
            json!({ "title": "Nobody can pay", "severity": "critical", "features": ["Payment"] }),
            &[("03-10T10:00", "triggered"), ("03-10T10:05", "acknowledged"), ("03-10T12:00", "resolved")],
        ),
        event(
            EventKind::Incident,
            "slow",
            ledger,
            "03-17T09:00",
            json!({ "title": "Slow", "severity": "major", "also": [billing] }),
            &[("03-17T09:00", "triggered"), ("03-17T10:00", "resolved")],
        ),
        event(
            EventKind::Incident,
            "drill",
            ledger,
            "03-18T09:00",
            json!({ "title": "A drill", "severity": "critical" }),
            &[("03-18T09:00", "triggered"), ("03-18T09:30", "cancelled")],
        ),
        event(EventKind::SupportCase, "1", billing, "03-11T09:00", json!({ "priority": "high", "features": ["Payment"] }), &[]),
        event(EventKind::SupportCase, "2", billing, "03-12T09:00", json!({ "features": ["Payment", "Search"] }), &[]),
        event(EventKind::SupportCase, "3", ledger, "03-18T09:00", json!({}), &[("03-19T09:00", "deleted")]),
        event(EventKind::Bug, "1", billing, "03-03T08:00", json!({ "key": "1", "production": true, "priority": "high" }), &[]),
        event(EventKind::Bug, "2", billing, "03-10T08:00", json!({ "key": "2", "production": true, "priority": "medium" }), &[]),
        event(EventKind::Bug, "3", ledger, "03-11T08:00", json!({ "key": "3", "production": true }), &[]),
        event(
            EventKind::Bug,
            "4",
            ledger,
            "03-05T08:00",
            json!({ "key": "4", "production": true, "priority": "low" }),
            &[("03-13T08:00", "resolved")],
        ),
        event(EventKind::Bug, "5", billing, "03-06T08:00", json!({ "key": "5", "production": false, "priority": "high" }), &[]),
        event(EventKind::Bug, "6", ledger, "03-15T22:00", json!({ "key": "6", "production": true, "priority": "critical" }), &[]),
        event(EventKind::Bug, "7", ledger, "03-08T08:00", json!({ "key": "7", "production": true, "priority": "critical" }), &[]),
        deployed("1", billing, "03-09T09:00", "eu", "1.0"),
        brought,
        deployed("3", billing, "03-10T09:20", "us", "1.1"),
        deployed("4", billing, "03-10T11:00", "eu", "1.0"),
        deployed("5", ledger, "03-12T11:00", "eu", "7"),
    ];
    for event in events {
        let no = transaction.find_resource("test", &event.resource.id).unwrap();
        transaction.put_event("test", no, event).unwrap();
    }
    transaction.commit(at("2026-03-30T12:00:00Z")).unwrap();
    company
}

/// Values of some figures of a period, and what they were before.
async fn figures(company: &Company, arguments: &str, metrics: &[&str]) -> Vec<(Value, Value)> {
    let metrics = metrics.join(", ");
    let answer = company.ask(&format!("{{ board({arguments}, metrics: [{metrics}]) {{ figures {{ value previous }} }} }}")).await;
    let figures = answer["board"]["figures"].as_array().unwrap();
    figures.iter().map(|figure| (figure["value"].clone(), figure["previous"].clone())).collect()
}

fn near(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("{value} is not {expected}"));
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[tokio::test]
async fn stability_counts_what_overlaps_a_service_of_the_scope() {
    let company = company();
    let metrics = ["STABILITY", "CRITICAL_INCIDENTS", "CRITICAL_INCIDENT_SECONDS", "ACKNOWLEDGE_MEDIAN_SECONDS", "INCIDENTS"];
    // Two hours and a fixed cost of a quarter; an hour and the same at a half.
    let (outage, slow) = (1.0 - (2.0 * HOUR + 900.0) / WEEK, 1.0 - 0.5 * (HOUR + 900.0) / WEEK);
    let whole = figures(&company, "period: \"2026-W11\"", &metrics).await;
    near(&whole[0].0, outage);
    near(&whole[0].1, 1.0);
    assert_eq!([&whole[1].0, &whole[2].0, &whole[3].0, &whole[4].0], [&json!(1.0), &json!(7_200.0), &json!(300.0), &json!(1.0)]);
    for team in ["", ", of: \"team:x\"", ", of: \"team:y\"", ", of: \"service:billing\""] {
        let next = figures(&company, &format!("period: \"2026-W12\"{team}"), &metrics).await;
        near(&next[0].0, slow);
        near(&next[0].1, if team.contains("team:y") { 1.0 } else { outage });
        assert_eq!((&next[4].0, &next[1].0), (&json!(1.0), &json!(0.0)), "what was cancelled was none");
        assert_eq!(next[3].0, Value::Null, "no critical one, no time to acknowledge");
    }
    let day = figures(&company, "period: \"2026-03-18\", at: \"2026-03-18T09:10:00Z\"", &["CRITICAL_INCIDENTS"]).await;
    assert_eq!(day[0].0, json!(1.0), "at that moment nobody knew that it was none");
    let before = figures(&company, "period: \"2026-W08\"", &metrics).await;
    assert_eq!(before, [const { (Value::Null, Value::Null) }; 5], "no source covers it");
    assert_eq!(company.ask("{ board(period: \"2026-W20\") { period } }").await["board"], Value::Null, "it has not begun");
}

#[tokio::test]
async fn every_figure_says_what_it_means_and_shows_its_records() {
    let company = company();
    let board = company
        .ask(
            "{ board(period: \"2026-W11\") { running previous figures { metric title definition unit moreIsBetter isBetter covered points { day value } \
             trend { direction statement } records(first: 5) { totalCount nodes { kind incident { title severity entities { ref } } deployment { version } } } } } }",
        )
        .await;
    assert_eq!((&board["board"]["running"], &board["board"]["previous"]), (&json!(false), &json!("2026-W10")));
    let figures = board["board"]["figures"].as_array().unwrap();
    assert!(figures.len() > 20 && figures.iter().all(|figure| figure["definition"].as_str().unwrap().len() > 30), "{figures:#?}");
    let of = |metric: &str| figures.iter().find(|figure| figure["metric"] == metric).unwrap();
    let stability = of("STABILITY");
    assert_eq!((&stability["unit"], &stability["isBetter"], &stability["covered"]), (&json!("RATIO"), &json!(false), &json!(1.0)));
    assert_eq!(stability["points"].as_array().unwrap().len(), 13);
    assert_eq!(stability["trend"]["direction"], "TOO_FEW");
    let outage = json!([{ "kind": "INCIDENT", "deployment": null, "incident": { "title": "Nobody can pay", "severity": "CRITICAL", "entities": [{ "ref": "service:billing" }] } }]);
    for metric in ["STABILITY", "INCIDENTS", "CRITICAL_INCIDENTS", "ACKNOWLEDGE_MEDIAN_SECONDS"] {
        assert_eq!(of(metric)["records"]["nodes"], outage, "{metric}");
    }
    assert_eq!(of("SUPPORT_CASES")["records"]["totalCount"], 2);
    // 1.1 reached two regions, was followed by an outage, and was taken back.
    assert_eq!(of("DEPLOYMENTS")["records"]["totalCount"], 4);
    let failed = &of("CHANGE_FAIL_RATE")["records"];
    assert_eq!((&failed["totalCount"], &failed["nodes"][0]["deployment"]["version"]), (&json!(1), &json!("1.1")));
    let led = &of("LEAD_TIME_SECONDS")["records"];
    assert_eq!((&led["totalCount"], &led["nodes"][0]["deployment"]["version"]), (&json!(1), &json!("1.1")));
    assert_eq!(of("GATE_PASS_SHARE")["records"], Value::Null, "it is not made of events");
}

#[tokio::test]
async fn delivery_is_that_of_the_middle_service() {
    let company = company();
    let metrics = ["DEPLOYMENTS", "CHANGE_FAIL_RATE", "RECOVERY_SECONDS", "REWORK_RATE", "DEPLOYMENTS_PER_DAY", "LEAD_TIME_SECONDS"];
    let x = figures(&company, "period: \"2026-W11\", of: \"team:x\"", &metrics).await;
    assert_eq!((&x[0].0, &x[2].0), (&json!(3.0), &json!(7_200.0)));
    near(&x[1].0, 1.0 / 3.0);
    near(&x[3].0, 1.0 / 3.0);
    near(&x[4].0, 3.0 / 7.0);
    let y = figures(&company, "period: \"2026-W11\", of: \"team:y\"", &metrics).await;
    assert_eq!((&y[0].0, &y[1].0, &y[2].0), (&json!(1.0), &json!(0.0), &Value::Null));
    let both = figures(&company, "period: \"2026-W11\"", &metrics).await;
    near(&both[1].0, 1.0 / 6.0);
    near(&both[4].0, 2.0 / 7.0);
    // The middle one of three commits; of the other service none is known.
    assert_eq!([&x[5].0, &y[5].0, &both[5].0], [&json!(10_800.0), &Value::Null, &json!(10_800.0)]);
}

#[tokio::test]
async fn what_is_taken_back_in_the_next_week_failed_in_its_own() {
    let company = company();
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    for (id, when, version) in [("6", "03-22T22:00", "8"), ("7", "03-23T01:00", "7")] {
        let body = json!({ "environment": "production", "region": "eu", "version": version });
        let event = event(EventKind::Deployment, id, "service:ledger", when, body, &[(when, "success")]);
        let no = transaction.find_resource("test", &event.resource.id).unwrap();
        transaction.put_event("test", no, event).unwrap();
    }
    transaction.commit(at("2026-03-30T12:00:00Z")).unwrap();
    let asked = "{ board(period: \"2026-W12\", of: \"service:ledger\", metrics: [CHANGE_FAIL_RATE, DEPLOYMENTS]) { \
                 figures { value records(first: 9) { nodes { deployment { version } } } } } }";
    let figures = company.ask(asked).await["board"]["figures"].clone();
    let failed = json!({ "value": 1.0, "records": { "nodes": [{ "deployment": { "version": "8" } }] } });
    assert_eq!(figures, json!([failed, failed]), "the rollback itself counts in its own week");
}

#[tokio::test]
async fn movers_are_told_with_the_incidents_that_moved_them() {
    let company = company();
    let answer = company
        .ask(
            "{ board(period: \"2026-W12\", metrics: []) { supportByFeature { name count } movers(metric: STABILITY) { \
             up { entity { ref } before after causeCount causes { incident { title } } } down { entity { ref } causes { incident { title } } } } \
             cases: movers(metric: SUPPORT_CASES) { up { entity { ref } } down { entity { ref } before after causeCount } } } }",
        )
        .await;
    let board = &answer["board"];
    assert_eq!(board["supportByFeature"], json!([]));
    let up = &board["movers"]["up"][0];
    assert_eq!((&up["entity"]["ref"], &up["causes"][0]["incident"]["title"]), (&json!("team:x"), &json!("Nobody can pay")));
    let down = &board["movers"]["down"];
    assert_eq!(down, &json!([{ "entity": { "ref": "team:y" }, "causes": [{ "incident": { "title": "Slow" } }] }]));
    let cases = json!({ "up": [], "down": [{ "entity": { "ref": "team:x" }, "before": 2.0, "after": 0.0, "causeCount": 2 }] });
    assert_eq!(board["cases"], cases);
    let of = async |scope: &str| {
        let fields = "up { entity { ref } causes { incident { title } } } down { entity { ref } }";
        let asked =
            format!("{{ board(period: \"2026-W12\", of: \"{scope}\", metrics: []) {{ movers(metric: STABILITY) {{ {fields} }} }} }}");
        company.ask(&asked).await["board"]["movers"].clone()
    };
    let billing = json!({ "entity": { "ref": "service:billing" }, "causes": [{ "incident": { "title": "Nobody can pay" } }] });
    assert_eq!(of("team:x").await, json!({ "up": [billing], "down": [] }), "of a team without further teams its services");
    assert_eq!(of("service:billing").await, json!({ "up": [], "down": [] }), "a service is not made of others");
    let against = |period: &str| {
        let fields = "up { entity { ref } before after } down { entity { ref } before after }";
        format!("{{ board(period: \"2026-W12\", metrics: []) {{ movers(metric: SUPPORT_CASES, against: \"{period}\") {{ {fields} }} }} }}")
    };
    let same = json!({ "up": [], "down": [{ "entity": { "ref": "team:x" }, "before": 2.0, "after": 0.0 }] });
    assert_eq!(company.ask(&against("2026-W11")).await["board"]["movers"], same, "the period before by its name");
    let nothing = json!({ "up": [], "down": [] });
    assert_eq!(company.ask(&against("2026-W10")).await["board"]["movers"], nothing, "there were no cases either");
    let (code, message) = company.refusal(&against("2026-W12")).await;
    assert!(code == "INVALID_ARGUMENT" && message.contains("2026-W12 does not end before 2026-W12"), "{message}");
    let before = company
        .ask("{ board(period: \"2026-W11\", metrics: []) { supportByFeature { name count } supportByPriority { priority count } } }")
        .await;
    assert_eq!(before["board"]["supportByFeature"], json!([{ "name": "Payment", "count": 2 }, { "name": "Search", "count": 1 }]));
    assert_eq!(before["board"]["supportByPriority"][1], json!({ "priority": "HIGH", "count": 1 }));
}

#[tokio::test]
async fn a_period_that_runs_is_compared_with_as_much_of_the_one_before() {
    let company = company();
    // On Tuesday noon, with Tuesday noon a week before.
    let running = figures(&company, "period: \"2026-W12\", at: \"2026-03-17T12:00:00Z\"", &["STABILITY", "DEPLOYMENTS"]).await;
    near(&running[0].0, 1.0 - 0.5 * (HOUR + 900.0) / (36.0 * HOUR));
    near(&running[0].1, 1.0 - (2.0 * HOUR + 900.0) / (36.0 * HOUR));
    assert_eq!(running[1], (json!(0.0), json!(3.0)));
}

#[tokio::test]
async fn where_a_source_would_tell_of_incidents_none_is_perfect() {
    let company = Company::new(NOW);
    company.observe("2026-03-01T08:00:00Z", &[("team:x", Facet::General, general("team:x", json!({})))]);
    company.confirm("2026-03-04T00:00:05Z");
    let stability = || figures(&company, "period: \"2026-W11\"", &["STABILITY", "CRITICAL_INCIDENTS"]);
    assert_eq!(stability().await[0], (Value::Null, Value::Null), "nobody would tell of any");
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    transaction.put_note("tells", "test", json!(["incident"]));
    transaction.commit(at("2026-03-30T12:00:00Z")).unwrap();
    assert_eq!(stability().await, [(json!(1.0), json!(1.0)), (json!(0.0), json!(0.0))]);
    let first = company.ask("{ board(period: \"2026-W10\", metrics: [STABILITY]) { figures { value covered } } }").await;
    let covered = first["board"]["figures"][0]["covered"].as_f64().unwrap();
    assert!((covered - 5.0 / 7.0).abs() < 1e-3, "{covered}: the first run was on Wednesday");
}

#[tokio::test]
async fn what_is_no_period_is_refused_in_words() {
    let (_, message) = company().refusal("{ board(period: \"2026-W60\") { period } }").await;
    assert!(message.contains("is a week that its year does not have") && message.contains("2026-Q4"), "{message}");
}
