//! What SonarQube measured as a statement about quality. Pure.
//!
//! # Invariants
//! - Values are texts: a share keeps its digits (`81.4` is 0.814), a rating becomes a letter. A text that is no value of
//!   its metric is refused and the field stays absent; absent is unknown, never zero.
//! - The mode says which family of ratings was read. One body never mixes the two.
//! - The same measures give the same statement, whether they are read today or out of the history.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::model::body::{GateCondition, Quality, to_body};
use crate::model::{Facet, Instant, Kind, Resource, Statement};

/// The origin of every statement.
pub const ORIGIN: &str = "sonarqube";

/// How a server rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Bugs, vulnerabilities and code smells.
    Standard,
    /// Multi-quality rules: impacts on reliability, security and maintainability.
    MultiQuality,
}

impl Mode {
    /// The word in bodies.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::MultiQuality => "mqr",
        }
    }
}

/// Metrics that mean the same in both modes.
const COMMON: [&str; 11] = [
    "alert_status",
    "coverage",
    "duplicated_lines_density",
    "ncloc",
    "new_coverage",
    "new_duplicated_lines_density",
    "new_lines",
    "new_violations",
    "quality_gate_details",
    "security_hotspots",
    "security_review_rating",
];

/// The keys of what differs between the modes.
struct Family {
    bugs: &'static str,
    vulnerabilities: &'static str,
    code_smells: &'static str,
    reliability: &'static str,
    security: &'static str,
    maintainability: &'static str,
    debt: &'static str,
    new_bugs: &'static str,
    new_vulnerabilities: &'static str,
    new_code_smells: &'static str,
    new_reliability: &'static str,
    new_security: &'static str,
    new_maintainability: &'static str,
}

const STANDARD: Family = Family {
    bugs: "bugs",
    vulnerabilities: "vulnerabilities",
    code_smells: "code_smells",
    reliability: "reliability_rating",
    security: "security_rating",
    maintainability: "sqale_rating",
    debt: "sqale_index",
    new_bugs: "new_bugs",
    new_vulnerabilities: "new_vulnerabilities",
    new_code_smells: "new_code_smells",
    new_reliability: "new_reliability_rating",
    new_security: "new_security_rating",
    new_maintainability: "new_maintainability_rating",
};

const MULTI_QUALITY: Family = Family {
    bugs: "software_quality_reliability_issues",
    vulnerabilities: "software_quality_security_issues",
    code_smells: "software_quality_maintainability_issues",
    reliability: "software_quality_reliability_rating",
    security: "software_quality_security_rating",
    maintainability: "software_quality_maintainability_rating",
    debt: "software_quality_maintainability_remediation_effort",
    new_bugs: "new_software_quality_reliability_issues",
    new_vulnerabilities: "new_software_quality_security_issues",
    new_code_smells: "new_software_quality_maintainability_issues",
    new_reliability: "new_software_quality_reliability_rating",
    new_security: "new_software_quality_security_rating",
    new_maintainability: "new_software_quality_maintainability_rating",
};

impl Family {
    const fn keys(&self) -> [&'static str; 13] {
        [
            self.bugs,
            self.vulnerabilities,
            self.code_smells,
            self.reliability,
            self.security,
            self.maintainability,
            self.debt,
            self.new_bugs,
            self.new_vulnerabilities,
            self.new_code_smells,
            self.new_reliability,
            self.new_security,
            self.new_maintainability,
        ]
    }
}

/// The metrics that are wished for, sorted. With multi-quality rules those of the standard too: analyses from before
/// that mode have no others.
pub(crate) fn wished(mode: Mode) -> Vec<&'static str> {
    let mut keys = COMMON.to_vec();
    keys.extend(STANDARD.keys());
    if mode == Mode::MultiQuality {
        keys.extend(MULTI_QUALITY.keys());
    }
    keys.sort_unstable();
    keys
}

/// Values of one project at one time, by metric.
pub(crate) type Values = BTreeMap<String, String>;

/// What the values of one project say, and what among them is no value of its metric.
pub(crate) fn quality(project: &str, values: &Values, mode: Mode, analysed_at: Option<Instant>) -> (Quality, Vec<String>) {
    let mut reader = Reader { values, refused: Vec::new() };
    let is_multi = mode == Mode::MultiQuality && MULTI_QUALITY.keys().iter().any(|key| values.contains_key(*key));
    let (family, mode) = if is_multi { (MULTI_QUALITY, Mode::MultiQuality) } else { (STANDARD, Mode::Standard) };
    let gate = reader.gate();
    let quality = Quality {
        project: Some(project.to_owned()),
        failed_conditions: if gate.is_some() { reader.conditions() } else { Vec::new() },
        gate,
        mode: family.keys().iter().any(|key| values.contains_key(*key)).then(|| mode.word().to_owned()),
        coverage: reader.ratio("coverage"),
        duplication: reader.ratio("duplicated_lines_density"),
        lines: reader.count("ncloc"),
        bugs: reader.count(family.bugs),
        vulnerabilities: reader.count(family.vulnerabilities),
        code_smells: reader.count(family.code_smells),
        hotspots: reader.count("security_hotspots"),
        reliability: reader.rating(family.reliability),
        security: reader.rating(family.security),
        maintainability: reader.rating(family.maintainability),
        security_review: reader.rating("security_review_rating"),
        debt_minutes: reader.count(family.debt),
        new_coverage: reader.ratio("new_coverage"),
        new_duplication: reader.ratio("new_duplicated_lines_density"),
        new_lines: reader.count("new_lines"),
        new_issues: reader.count("new_violations"),
        new_bugs: reader.count(family.new_bugs),
        new_vulnerabilities: reader.count(family.new_vulnerabilities),
        new_code_smells: reader.count(family.new_code_smells),
        new_reliability: reader.rating(family.new_reliability),
        new_security: reader.rating(family.new_security),
        new_maintainability: reader.rating(family.new_maintainability),
        analysed_at,
    };
    (quality, reader.refused)
}

/// Reads values and notes those that are none.
struct Reader<'a> {
    values: &'a Values,
    refused: Vec<String>,
}

impl Reader<'_> {
    fn read<T>(&mut self, metric: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.values.get(metric)?;
        let value = parse(text.trim());
        if value.is_none() {
            let begin: String = text.chars().take(40).collect();
            self.refused.push(format!("{metric} is {begin:?}, expected {expected}"));
        }
        value
    }

    fn ratio(&mut self, metric: &str) -> Option<f64> {
        self.read(metric, "per cent from 0 to 100", ratio)
    }

    fn count(&mut self, metric: &str) -> Option<u64> {
        self.read(metric, "a count", count)
    }

    fn rating(&mut self, metric: &str) -> Option<String> {
        self.read(metric, "a rating from 1.0 to 5.0", rating)
    }

    fn gate(&mut self) -> Option<String> {
        // NONE is no verdict.
        let verdict = self.read("alert_status", "OK, WARN, ERROR or NONE", |text| match text {
            "OK" => Some("passed"),
            "WARN" => Some("warning"),
            "ERROR" => Some("failed"),
            "NONE" | "" => Some(""),
            _ => None,
        });
        verdict.filter(|word| !word.is_empty()).map(str::to_owned)
    }

    fn conditions(&mut self) -> Vec<GateCondition> {
        let details =
            self.read("quality_gate_details", "the conditions of a gate as JSON", |text| serde_json::from_str::<Details>(text).ok());
        let mut conditions: Vec<GateCondition> =
            details.map(|details| details.conditions.into_iter().filter_map(Condition::failed).collect()).unwrap_or_default();
        conditions.sort_by(|a, b| (&a.metric, &a.operator, &a.threshold).cmp(&(&b.metric, &b.operator, &b.threshold)));
        conditions
    }
}

/// The text of `quality_gate_details`.
#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct Condition {
    metric: String,
    op: String,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    warning: Option<String>,
    #[serde(default)]
    actual: Option<String>,
    level: String,
}

impl Condition {
    fn failed(self) -> Option<GateCondition> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (level, threshold) = match self.level.as_str() {
            "ERROR" => ("failed", filled(self.error)),
            "WARN" => ("warning", filled(self.warning).or_else(|| filled(self.error))),
            _ => return None,
        };
        let operator = match self.op.as_str() {
            "LT" => "<".to_owned(),
            "GT" => ">".to_owned(),
            "EQ" => "=".to_owned(),
            "NE" => "!=".to_owned(),
            _ => self.op,
        };
        let threshold = threshold.unwrap_or_default();
        Some(GateCondition { metric: self.metric, operator, threshold, actual: filled(self.actual), level: level.to_owned() })
    }
}

/// A share of 0 to 1 from per cent, with the digits that it has: the decimal point moves, nothing is divided.
fn ratio(text: &str) -> Option<f64> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let moved = if text.contains(['e', 'E']) { text.parse::<f64>().ok()? / 100.0 } else { format!("{text}e-2").parse().ok()? };
    (0.0..=1.0).contains(&moved).then_some(moved)
}

fn count(text: &str) -> Option<u64> {
    let whole = text.split_once('.').map_or(text, |(whole, rest)| if rest.bytes().all(|digit| digit == b'0') { whole } else { text });
    whole.parse().ok()
}

fn rating(text: &str) -> Option<String> {
    let letter = match count(text)? {
        1 => "A",
        2 => "B",
        3 => "C",
        4 => "D",
        5 => "E",
        _ => return None,
    };
    Some(letter.to_owned())
}

/// A project as the resource that is spoken of.
pub(crate) fn resource(project: &str, scope: &str) -> Arc<Resource> {
    Arc::new(Resource { id: project.to_owned(), kind: Kind::Service, scope: scope.to_owned() })
}

/// The one statement about a project.
pub(crate) fn statement(resource: Arc<Resource>, quality: &Quality, check: String) -> Statement {
    Statement { resource, origin: ORIGIN.to_owned(), facet: Facet::Quality, body: Some(to_body(quality)), check: Some(check) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::collect::sonarqube::wire::Measures;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(metric, value)| ((*metric).to_owned(), (*value).to_owned())).collect()
    }

    fn fixture(project: &str) -> Values {
        let measures: Measures = serde_json::from_str(include_str!("fixtures/measures.json")).unwrap();
        let of_project = measures.measures.into_iter().filter(|measure| measure.component == project);
        of_project.filter_map(|measure| Some((measure.metric.clone(), measure.into_value()?))).collect()
    }

    fn body(values: &Values, mode: Mode) -> Value {
        let (quality, refused) = quality("harbour_billing", values, mode, None);
        assert_eq!(refused, Vec::<String>::new());
        Value::Object(to_body(&quality))
    }

    #[test]
    fn a_project_with_a_failed_gate_says_which_conditions_failed() {
        assert_eq!(
            body(&fixture("harbour_billing"), Mode::Standard),
            json!({
                "project": "harbour_billing",
                "gate": "failed",
                "failedConditions": [
                    { "metric": "new_coverage", "operator": "<", "threshold": "80", "actual": "64.25", "level": "failed" },
                    { "metric": "new_violations", "operator": ">", "threshold": "0", "actual": "7", "level": "failed" },
                ],
                "mode": "standard",
                "coverage": 0.814,
                "duplication": 0.027,
                "lines": 18230,
                "bugs": 3,
                "codeSmells": 211,
                "reliability": "C",
                "security": "A",
                "maintainability": "A",
                "debtMinutes": 1240,
                "newCoverage": 0.6425,
                "newIssues": 7,
                "newMaintainability": "A",
            })
        );
    }

    #[test]
    fn ratings_of_the_two_modes_are_told_apart() {
        let multi = body(&fixture("harbour_web"), Mode::MultiQuality);
        assert_eq!((&multi["mode"], &multi["bugs"], &multi["security"]), (&json!("mqr"), &json!(5), &json!("B")));
        // Analysed last before the server changed its mode.
        let old = body(&fixture("harbour_billing"), Mode::MultiQuality);
        assert_eq!((&old["mode"], &old["bugs"]), (&json!("standard"), &json!(3)));
        // A server in standard mode computes both; only one is read.
        let standard = body(&fixture("harbour_web"), Mode::Standard);
        assert_eq!((standard.get("mode"), standard.get("bugs")), (None, None));
    }

    #[test]
    fn a_project_without_measures_has_no_gate_and_no_zeros() {
        assert_eq!(body(&Values::new(), Mode::Standard), json!({ "project": "harbour_billing" }));
        assert_eq!(body(&values(&[("alert_status", "NONE")]), Mode::Standard), json!({ "project": "harbour_billing" }));
    }

    #[test]
    fn a_share_keeps_its_digits() {
        for (text, expected) in [
            ("81.4", "0.814"),
            ("100.0", "1.0"),
            ("0.0", "0.0"),
            ("57", "0.57"),
            ("29.0", "0.29"),
            ("82.50562381034781", "0.8250562381034781"),
        ] {
            assert_eq!(Value::from(ratio(text).unwrap()).to_string(), expected, "{text}");
        }
        assert_eq!(ratio("1.0E-1"), Some(0.001));
        for text in ["", "-1", "100.1", "NaN", "inf", "81,4", "81.4%"] {
            assert_eq!(ratio(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused_and_the_rest_counts() {
        let odd =
            values(&[("coverage", "n/a"), ("bugs", "-2"), ("reliability_rating", "6.0"), ("alert_status", "GREEN"), ("ncloc", "12.0")]);
        let (quality, refused) = quality("p", &odd, Mode::Standard, None);
        assert_eq!((quality.coverage, quality.bugs, quality.reliability, quality.gate, quality.lines), (None, None, None, None, Some(12)));
        assert_eq!(refused.len(), 4);
        assert!(refused[0].contains("alert_status is \"GREEN\""), "{refused:?}");
    }

    #[test]
    fn a_gate_whose_details_are_lost_is_still_a_gate() {
        let (quality, refused) =
            quality("p", &values(&[("alert_status", "ERROR"), ("quality_gate_details", "{\"level\":")]), Mode::Standard, None);
        assert_eq!((quality.gate.as_deref(), quality.failed_conditions.len(), refused.len()), (Some("failed"), 0, 1));
    }

    #[test]
    fn an_old_gate_warns() {
        let details =
            r#"{"level":"WARN","conditions":[{"metric":"coverage","op":"LT","warning":"80","error":"60","actual":"71.2","level":"WARN"}]}"#;
        let (quality, _) = quality("p", &values(&[("alert_status", "WARN"), ("quality_gate_details", details)]), Mode::Standard, None);
        assert_eq!(quality.gate.as_deref(), Some("warning"));
        assert_eq!((quality.failed_conditions[0].threshold.as_str(), quality.failed_conditions[0].level.as_str()), ("80", "warning"));
    }

    #[test]
    fn the_wish_list_names_no_metric_twice() {
        for mode in [Mode::Standard, Mode::MultiQuality] {
            assert!(wished(mode).windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
