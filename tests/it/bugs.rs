//! Bugs through time: what came and went adds up for every team, what no source covers is unknown, and a bug counts for
//! whoever owned its service then.

use std::sync::Arc;

use serde_json::{Value, json};
use spot::model::event::Step;
use spot::model::{Event, EventKind, Facet, Kind, Layer, Resource};

use crate::support::company::{Company, at, general};

const NOW: &str = "2026-03-31T12:00:00Z";

/// A bug of a resource, with what changed and when: a day, a field and its value.
fn bug(id: &str, of: &str, created: &str, body: Value, steps: &[(&str, &str, Value)]) -> Event {
    let day = |day: &str| at(&format!("2026-{day}T09:00:00Z"));
    let step = |(when, field, value): &(&str, &str, Value)| Step { at: day(when), set: [((*field).to_owned(), value.clone())].into() };
    Event {
        kind: EventKind::Bug,
        id: id.to_owned(),
        resource: Arc::new(Resource { id: of.to_owned(), kind: Kind::Service, scope: "scope".to_owned() }),
        at: day(created),
        ended: None,
        history: steps.iter().map(step).collect(),
        is_whole: true,
        body: body.as_object().unwrap().clone(),
        check: None,
    }
}

fn tell(company: &Company, events: Vec<Event>) {
    let mut transaction = company.store.begin(Layer::Observed).unwrap();
    for event in events {
        let no = transaction.find_resource("test", &event.resource.id).unwrap();
        transaction.put_event("test", no, event).unwrap();
    }
    transaction.commit(at("2026-03-30T12:00:00Z")).unwrap();
}

/// `billing` passes from team x to team y; both have a service.
fn company() -> Company {
    let company = Company::new(NOW);
    let service = |name: &str, owner: &str| general(name, json!({ "owner": [owner] }));
    company.observe(
        "2026-02-20T08:00:00Z",
        &[
            ("team:x", Facet::General, general("team:x", json!({}))),
            ("team:y", Facet::General, general("team:y", json!({}))),
            ("service:billing", Facet::General, service("service:billing", "team:x")),
            ("service:ledger", Facet::General, service("service:ledger", "team:y")),
        ],
    );
    // The first run of the source begins with the second week.
    company.confirm("2026-03-02T00:00:05Z");
    company.observe("2026-03-16T08:00:00Z", &[("service:billing", Facet::General, service("service:billing", "team:y"))]);
    tell(
        &company,
        vec![
            bug(
                "1",
                "service:billing",
                "03-04",
                json!({ "production": true, "priority": "high" }),
                &[("03-06", "state", json!("resolved")), ("03-18", "state", json!("open"))],
            ),
            bug(
                "2",
                "service:billing",
                "03-10",
                json!({ "production": true, "priority": "medium" }),
                &[("03-12", "resource", json!("service:ledger"))],
            ),
            bug(
                "3",
                "service:ledger",
                "03-11",
                json!({ "production": true }),
                &[("03-11", "production", json!(false)), ("03-19", "production", json!(true))],
            ),
        ],
    );
    company
}

const METRICS: [&str; 7] = ["OPEN_BUGS", "CREATED_BUGS", "REOPENED_BUGS", "ENTERED_BUGS", "RESOLVED_BUGS", "LEFT_BUGS", "BUGS_IN_BREACH"];

/// Each metric's values week by week, the last of February first.
async fn weeks(company: &Company, more: &str) -> Vec<Vec<Option<u64>>> {
    let question = |metric: &str| {
        format!("{metric}: series(metric: {metric}, from: \"2026-02-23\", to: \"2026-03-29\", every: WEEK{more}) {{ points {{ value }} }}")
    };
    let answer = company.ask(&format!("{{ {} }}", METRICS.map(question).join(" "))).await;
    let values = |metric: &str| -> Vec<Option<u64>> {
        let points = answer[metric][0]["points"].as_array().unwrap();
        points.iter().map(|point| point["value"].as_f64().map(|value| value as u64)).collect()
    };
    METRICS.iter().map(|metric| values(metric)).collect()
}

fn known(values: [u64; 4]) -> Vec<Option<u64>> {
    [None].into_iter().chain(values.map(Some)).collect()
}

#[tokio::test]
async fn a_bug_counts_for_whoever_owned_its_service_then_and_everything_adds_up() {
    let company = company();
    // Once it was asked, what follows is kept up in memory.
    for scope in ["", ", of: \"team:x\"", ", of: \"team:y\""] {
        weeks(&company, scope).await;
    }
    tell(
        &company,
        vec![
            bug("4", "service:ledger", "03-20", json!({ "production": true }), &[("03-22", "state", json!("deleted"))]),
            bug("5", "service:billing", "03-04", json!({ "production": true }), &[("03-05", "state", json!("deleted"))]),
        ],
    );
    let whole = weeks(&company, "").await;
    let expected = [[0, 1, 3, 3], [2, 1, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0], [1, 0, 0, 0], [1, 0, 1, 0], [0, 0, 2, 2]];
    assert_eq!(whole, expected.map(known));
    let x = weeks(&company, ", of: \"team:x\"").await;
    assert_eq!(x, [[0, 0, 0, 0], [2, 1, 0, 0], [0; 4], [0; 4], [1, 0, 0, 0], [1, 1, 0, 0], [0; 4]].map(known));
    let y = weeks(&company, ", of: \"team:y\"").await;
    assert_eq!(y, [[0, 1, 3, 3], [0, 0, 1, 0], [0, 0, 1, 0], [0, 1, 1, 0], [0; 4], [0, 0, 1, 0], [0, 0, 2, 2]].map(known));
    for scope in [whole, x, y] {
        for week in 2..5 {
            let of = |metric: usize, week: usize| scope[metric][week].unwrap();
            assert_eq!(of(0, week) + of(4, week) + of(5, week), of(0, week - 1) + of(1, week) + of(2, week) + of(3, week));
        }
    }
}

#[tokio::test]
async fn what_happens_at_the_very_instant_at_which_a_service_changes_hands_counts_once() {
    let company = company();
    let both = async || [weeks(&company, ", of: \"team:x\"").await, weeks(&company, ", of: \"team:y\"").await];
    let before = both().await;
    let mut passing = bug("6", "service:billing", "03-16", json!({ "production": true }), &[]);
    passing.at = at("2026-03-16T08:00:00Z");
    tell(&company, vec![passing]);
    let [x, mut y] = both().await;
    assert_eq!(x, before[0]);
    // It was created there, and is open in that week and the next.
    for (metric, week) in [(1, 3), (0, 3), (0, 4)] {
        y[metric][week] = y[metric][week].map(|count| count - 1);
    }
    assert_eq!(y, before[1]);
}

#[tokio::test]
async fn series_by_owner_are_those_of_each_team_and_what_was_not_covered_is_unknown() {
    let company = company();
    let answer = company
        .ask("{ series(metric: OPEN_BUGS, groupBy: TEAM, from: \"2026-02-23\", to: \"2026-03-29\", every: WEEK) { owner { ref } points { value covered } } }")
        .await;
    let series = answer["series"].as_array().unwrap();
    let owners: Vec<&str> = series.iter().map(|one| one["owner"]["ref"].as_str().unwrap()).collect();
    assert_eq!(owners, ["team:x", "team:y"]);
    let values = |one: &Value| one["points"].as_array().unwrap().iter().map(|point| point["value"].as_f64()).collect::<Vec<_>>();
    assert_eq!(values(&series[0]), [None, Some(0.0), Some(0.0), Some(0.0), Some(0.0)]);
    assert_eq!(values(&series[1]), [None, Some(0.0), Some(1.0), Some(3.0), Some(3.0)]);
    assert_eq!([0, 1].map(|week| series[1]["points"][week]["covered"].as_f64()), [Some(0.0), Some(1.0)]);
}

#[tokio::test]
async fn what_is_open_at_the_end_of_a_week_is_listed_for_whom_it_is_counted() {
    let company = company();
    let ends = ["2026-03-08", "2026-03-15", "2026-03-22", "2026-03-29"];
    for team in ["", ", of: \"team:x\"", ", of: \"team:y\""] {
        let counted = weeks(&company, team).await;
        for (week, end) in ends.iter().enumerate() {
            let list = |filter: &str| format!("bugs(at: \"{end}\"{team}, filter: {{ {filter} }}) {{ totalCount }}");
            let answer = company.ask(&format!("{{ open: {} late: {} }}", list("state: OPEN"), list("inBreach: true"))).await;
            let listed = ["open", "late"].map(|list| answer[list]["totalCount"].as_u64());
            assert_eq!(listed, [counted[0][week + 1], counted[6][week + 1]], "{end}{team}");
        }
    }
    // What is resolved belongs to whoever owns its service by then, and is not resolved any more once it was opened again.
    let resolved = async |at: &str, team: &str| {
        let answer =
            company.ask(&format!("{{ bugs(at: \"{at}\", of: \"{team}\", filter: {{ state: RESOLVED }}) {{ totalCount }} }}")).await;
        answer["bugs"]["totalCount"].as_u64().unwrap()
    };
    assert_eq!((resolved("2026-03-15", "team:x").await, resolved("2026-03-15", "team:y").await), (1, 0));
    assert_eq!((resolved("2026-03-17", "team:x").await, resolved("2026-03-17", "team:y").await), (0, 1));
    assert_eq!((resolved("2026-03-18", "team:x").await, resolved("2026-03-18", "team:y").await), (0, 0));
}
