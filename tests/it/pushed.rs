//! Values that others push: kept once a day and scope, wrong ones refused with all the others, and shown on the board.

use serde_json::{Value, json};
use spot::ingest::pushed::{Counted, NotPushed, Pushing, record};
use spot::model::Facet;

use crate::support::company::{Company, at, general};

const NOW: &str = "2026-03-31T12:00:00Z";

fn value(metric: &str, scope: Option<&str>, day: &str, value: f64) -> Pushing {
    Pushing { metric: metric.to_owned(), scope: scope.map(str::to_owned), day: day.parse().unwrap(), value }
}

fn company() -> Company {
    let company = Company::new(NOW);
    company.observe("2026-03-01T08:00:00Z", &[("team:x", Facet::General, general("team:x", json!({})))]);
    company
}

fn push(company: &Company, values: &[Pushing]) -> Result<Counted, NotPushed> {
    record(&company.store, values, "ada", at(NOW))
}

#[tokio::test]
async fn a_value_of_a_day_is_kept_once_and_the_last_one_of_a_week_is_shown() {
    let company = company();
    let values =
        [value("nps", None, "2026-03-10", 40.0), value("nps", None, "2026-03-12", 42.0), value("nps", Some("team:x"), "2026-03-16", 7.0)];
    assert_eq!(push(&company, &values).unwrap(), Counted { recorded: 3, known: 0 });
    let commits = company.store.view().generation();
    assert_eq!(push(&company, &values).unwrap(), Counted { recorded: 0, known: 3 });
    assert_eq!(company.store.view().generation(), commits, "the same again is no news");
    assert_eq!(push(&company, &[value("nps", None, "2026-03-12", 43.5)]).unwrap(), Counted { recorded: 1, known: 0 });
    let answer = company
        .ask(
            "{ pushed(metric: \"nps\", from: \"2026-03-02\", to: \"2026-03-22\") { day value } board(period: \"2026-W12\", metrics: []) { pushed { name value previous } } \
             x: board(period: \"2026-W12\", of: \"team:x\", metrics: []) { pushed { name value previous points { value } } } }",
        )
        .await;
    let values: Vec<&Value> = answer["pushed"].as_array().unwrap().iter().map(|point| &point["value"]).collect();
    assert_eq!(values, [&Value::Null, &json!(43.5), &Value::Null]);
    assert_eq!(answer["board"]["pushed"], json!([{ "name": "nps", "value": null, "previous": 43.5 }]));
    let x = &answer["x"]["pushed"][0];
    assert_eq!((&x["value"], &x["previous"], x["points"].as_array().unwrap().len()), (&json!(7.0), &Value::Null, 13));
}

#[tokio::test]
async fn one_wrong_value_refuses_all_of_a_push_and_is_named() {
    let company = company();
    let good = || value("nps", None, "2026-03-10", 40.0);
    for (wrong, expected) in [
        (value("n p s", None, "2026-03-10", 1.0), "value 2: \"n p s\" is no name of a metric"),
        (value("nps", Some("team:nobody"), "2026-03-10", 1.0), "value 2: there is no team:nobody, and never was"),
        (value("nps", Some("payments"), "2026-03-10", 1.0), "value 2: "),
        (value("nps", None, "2026-04-01", 1.0), "value 2: 2026-04-01 is in the future; today is 2026-03-31"),
        (value("nps", None, "2026-03-11", f64::NAN), "value 2: NaN is no number"),
        (value("nps", None, "2026-03-10", 41.0), "value 2: nps of the organisation on 2026-03-10 is pushed twice with different values"),
    ] {
        let error = push(&company, &[good(), wrong]).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let many = vec![good(); 10_001];
    assert_eq!(push(&company, &many).unwrap_err().to_string(), "10001 values are pushed at once; 10000 are allowed");
    assert_eq!(company.ask("{ board(period: \"2026-W11\", metrics: []) { pushed { name } } }").await["board"]["pushed"], json!([]));
}
