//! SonarQube's own JSON under its own names; only the fields that are read.
//!
//! What an answer must have is not optional here, so that a page of another kind is refused rather than read as empty.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::Instant;

/// Where in a list a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Paging {
    /// How many there are in all pages.
    pub(crate) total: u64,
}

/// `components/search`, `components/search_projects` and `projects/search`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Components {
    pub(crate) paging: Paging,
    pub(crate) components: Vec<Component>,
}

/// A project, as the three lists have it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Component {
    pub(crate) key: String,
    /// TRK for projects; other things may be listed with them.
    #[serde(default)]
    pub(crate) qualifier: Option<String>,
    /// Of `search_projects`: the newest analysis of the main branch.
    #[serde(default)]
    pub(crate) analysis_date: Option<String>,
    /// Of `projects/search`: the newest analysis of any branch or pull request.
    #[serde(default)]
    pub(crate) last_analysis_date: Option<String>,
}

/// `metrics/search`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metrics {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) total: u64,
}

/// A metric that the server knows.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metric {
    pub(crate) key: String,
}

/// `measures/search`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Measures {
    pub(crate) measures: Vec<Measure>,
}

/// One value of one project.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Measure {
    pub(crate) component: String,
    pub(crate) metric: String,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    period: Option<PeriodValue>,
    /// Of servers before 8.1: up to five of them, the first being what is `period` now.
    #[serde(default)]
    periods: Vec<PeriodValue>,
}

/// A value of new code.
#[derive(Clone, Debug, Deserialize)]
struct PeriodValue {
    #[serde(default)]
    value: Option<String>,
}

impl Measure {
    /// The value, of new code for metrics that are about new code. Other metrics may carry how they differ from an
    /// earlier time as their period; that is not their value.
    pub(crate) fn into_value(self) -> Option<String> {
        if !self.metric.starts_with("new_") {
            return self.value;
        }
        self.period.or_else(|| self.periods.into_iter().next()).and_then(|period| period.value).or(self.value)
    }
}

/// `measures/component`: asked only for whether it may be.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OneComponent {
    pub(crate) component: Component,
}

/// `measures/search_history`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct History {
    pub(crate) paging: Paging,
    measures: Vec<MetricHistory>,
}

#[derive(Clone, Debug, Deserialize)]
struct MetricHistory {
    metric: String,
    #[serde(default)]
    history: Vec<Dated>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dated {
    date: String,
    #[serde(default)]
    value: Option<String>,
}

impl History {
    /// Adds what it says to the analyses by time. How many analyses it tells of, and the first date that is none.
    pub(crate) fn add_to(self, analyses: &mut Analyses) -> (u64, Option<String>) {
        let most = self.measures.iter().map(|measure| measure.history.len()).max().unwrap_or(0);
        let mut bad = None;
        // Every metric tells the same dates in the same order, so each is read once.
        let mut known: Vec<(String, Instant)> = Vec::with_capacity(most);
        for MetricHistory { metric, history } in self.measures {
            for (position, dated) in history.into_iter().enumerate() {
                let same = known.get(position).filter(|(date, _)| *date == dated.date).map(|(_, at)| *at);
                let Some(at) = same.or_else(|| instant(&dated.date)) else {
                    bad.get_or_insert(dated.date);
                    continue;
                };
                if position == known.len() {
                    known.push((dated.date, at));
                }
                let analysis = analyses.entry(at).or_default();
                if let Some(value) = dated.value {
                    analysis.insert(metric.clone(), value);
                }
            }
        }
        (most as u64, bad)
    }
}

/// What one project's analyses found, by time and metric.
pub(crate) type Analyses = BTreeMap<Instant, BTreeMap<String, String>>;

/// `authentication/validate`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Validity {
    pub(crate) valid: bool,
}

/// `v2/clean-code-policy/mode`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ModeAnswer {
    pub(crate) mode: String,
}

/// `webservices/list`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebServices {
    pub(crate) web_services: Vec<WebService>,
}

/// A group of calls.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WebService {
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) actions: Vec<Action>,
}

/// A call.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Action {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) deprecated_since: Option<String>,
}

/// A time as SonarQube writes it, `2026-11-01T03:10:00+0000`: not RFC 3339, since the offset has no colon.
pub(crate) fn instant(text: &str) -> Option<Instant> {
    let parsed = jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", text).ok();
    parsed.map(Instant::from).or_else(|| text.parse().ok())
}

/// A time as SonarQube reads it in parameters.
pub(crate) fn date_time(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_colon_in_its_offset_is_read() {
        let at = instant("2026-11-01T04:10:00+0100").unwrap();
        assert_eq!(at.to_string(), "2026-11-01T03:10:00Z");
        assert_eq!(date_time(at), "2026-11-01T03:10:00+0000");
        assert_eq!(instant("2026-11-01T03:10:00Z"), Some(at));
        assert_eq!(instant("2026-11-01"), None);
    }

    #[test]
    fn new_code_carries_its_value_in_the_period() {
        let value = |json: &str| serde_json::from_str::<Measure>(json).unwrap().into_value();
        assert_eq!(value(r#"{"component":"a","metric":"coverage","value":"81.4","bestValue":false}"#).as_deref(), Some("81.4"));
        assert_eq!(value(r#"{"component":"a","metric":"new_coverage","period":{"index":1,"value":"74.0"}}"#).as_deref(), Some("74.0"));
        assert_eq!(value(r#"{"component":"a","metric":"new_bugs","periods":[{"index":1,"value":"3"}]}"#).as_deref(), Some("3"));
        assert_eq!(value(r#"{"component":"a","metric":"ncloc","value":"120","period":{"value":"4"}}"#).as_deref(), Some("120"));
        assert_eq!(value(r#"{"component":"a","metric":"new_coverage"}"#), None);
    }

    #[test]
    fn an_analysis_without_a_value_is_still_an_analysis() {
        let page: History = serde_json::from_str(include_str!("fixtures/history.json")).unwrap();
        let mut analyses = Analyses::new();
        assert_eq!((page.paging.total, page.add_to(&mut analyses)), (3, (3, None)));
        let told: Vec<_> = analyses.iter().map(|(at, values)| (at.to_string(), values.get("coverage").map(String::as_str))).collect();
        assert_eq!(
            told,
            [
                ("2026-10-30T03:10:00Z".to_owned(), Some("80.1")),
                ("2026-10-31T03:10:00Z".to_owned(), None),
                ("2026-11-01T03:10:00Z".to_owned(), Some("81.4")),
            ]
        );
    }

    #[test]
    fn a_page_of_another_kind_is_refused() {
        assert!(serde_json::from_str::<Components>("{}").is_err());
        assert!(serde_json::from_str::<Measures>(r#"{"errors":[{"msg":"no"}]}"#).is_err());
    }
}
