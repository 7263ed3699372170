//! What SonarQube measured: kept small, told in SonarQube's own words.
//!
//! # Invariants
//! - A percentage follows from the counts beside it, a rating from what is rated, the gate from its conditions.
//! - A metric without a value is absent: coverage without a report, new code without new lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Instant;

/// One analysis: what SonarQube measured.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// When.
    pub at: Instant,
    /// The position of the analysed commit in [`super::Repository::commits`].
    pub commit: usize,
    measured: Measured,
}

#[derive(Clone, Debug)]
enum Measured {
    Figures(Box<Figures>),
    Stated(Arc<BTreeMap<&'static str, String>>),
}

/// Counts from which everything else follows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) ncloc: u32,
    pub(super) to_cover: u32,
    pub(super) uncovered: u32,
    pub(super) conditions: u32,
    pub(super) uncovered_conditions: u32,
    pub(super) tests: u32,
    /// Lines that occur twice.
    pub(super) duplicated: u32,
    pub(super) bugs: u16,
    pub(super) vulnerabilities: u16,
    pub(super) smells: u16,
    /// Minutes.
    pub(super) debt: u32,
    pub(super) hotspots: u16,
    pub(super) hotspots_reviewed: u16,
    pub(super) accepted: u16,
    /// 1 to 5.
    pub(super) reliability: u8,
    pub(super) security: u8,
    pub(super) new: New,
    /// There is a coverage report.
    pub(super) has_coverage: bool,
    /// The company's own gate, which is milder on new code and also looks at all of it.
    pub(super) own_gate: bool,
}

/// The same of new code.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct New {
    pub(super) lines: u32,
    pub(super) to_cover: u32,
    pub(super) uncovered: u32,
    pub(super) duplicated: u32,
    pub(super) bugs: u8,
    pub(super) vulnerabilities: u8,
    pub(super) smells: u16,
    pub(super) debt: u16,
    pub(super) hotspots: u8,
    pub(super) hotspots_reviewed: u8,
    pub(super) reliability: u8,
    pub(super) security: u8,
}

/// A condition of a gate: metric, operator, threshold.
type Condition = (&'static str, &'static str, f64);

const STANDARD: [Condition; 6] = [
    ("new_reliability_rating", "GT", 1.0),
    ("new_security_rating", "GT", 1.0),
    ("new_maintainability_rating", "GT", 1.0),
    ("new_coverage", "LT", 80.0),
    ("new_duplicated_lines_density", "GT", 3.0),
    ("new_security_hotspots_reviewed", "LT", 100.0),
];

const OWN: [Condition; 5] = [
    ("new_reliability_rating", "GT", 1.0),
    ("new_security_rating", "GT", 1.0),
    ("new_coverage", "LT", 65.0),
    ("new_duplicated_lines_density", "GT", 5.0),
    ("security_rating", "GT", 3.0),
];

impl Analysis {
    /// An analysis whose measures are given.
    pub fn stated(at: Instant, commit: usize, measures: BTreeMap<&'static str, String>) -> Self {
        Self { at, commit, measured: Measured::Stated(Arc::new(measures)) }
    }

    pub(super) fn new(at: Instant, commit: usize, figures: Figures) -> Self {
        Self { at, commit, measured: Measured::Figures(Box::new(figures)) }
    }

    /// By metric key, in SonarQube's own text form; `new_...` metrics are those of new code. A metric without a value is
    /// absent. Holds `alert_status` and `quality_gate_details` as SonarQube would.
    #[must_use]
    pub fn measures(&self) -> BTreeMap<&'static str, String> {
        match &self.measured {
            Measured::Figures(figures) => figures.measures(),
            Measured::Stated(measures) => measures.as_ref().clone(),
        }
    }

    /// The gate is failed.
    #[cfg(test)]
    pub(super) fn is_red(&self) -> bool {
        match &self.measured {
            Measured::Figures(figures) => figures.gate().0 == "ERROR",
            Measured::Stated(measures) => measures.get("alert_status").is_some_and(|status| status == "ERROR"),
        }
    }
}

/// One decimal, as measures of all code are shown.
fn percent(part: u32, of: u32) -> String {
    format!("{:.1}", 100.0 * f64::from(part) / f64::from(of.max(1)))
}

/// All decimals, as measures of new code are shown.
fn exact(part: u32, of: u32) -> String {
    let value = 100.0 * f64::from(part) / f64::from(of.max(1));
    if value.fract() == 0.0 { format!("{value:.1}") } else { value.to_string() }
}

fn debt_rating(minutes: u32, lines: u32) -> u8 {
    match 100.0 * f64::from(minutes) / (f64::from(lines.max(1)) * 30.0) {
        ratio if ratio <= 5.0 => 1,
        ratio if ratio <= 10.0 => 2,
        ratio if ratio <= 20.0 => 3,
        ratio if ratio <= 50.0 => 4,
        _ => 5,
    }
}

fn review_rating(reviewed: u32, of: u32) -> u8 {
    match 100 * reviewed / of.max(1) {
        _ if of == 0 => 1,
        80.. => 1,
        70.. => 2,
        50.. => 3,
        30.. => 4,
        _ => 5,
    }
}

impl Figures {
    fn measures(&self) -> BTreeMap<&'static str, String> {
        let mut all = BTreeMap::new();
        let mut put = |key: &'static str, value: String| {
            all.insert(key, value);
        };
        let rating = |rating: u8| format!("{}.0", rating.max(1));
        put("ncloc", self.ncloc.to_string());
        if self.has_coverage {
            let covered = self.to_cover - self.uncovered;
            let branches = self.conditions - self.uncovered_conditions;
            put("coverage", percent(covered + branches, self.to_cover + self.conditions));
            put("line_coverage", percent(covered, self.to_cover));
            put("lines_to_cover", self.to_cover.to_string());
            put("uncovered_lines", self.uncovered.to_string());
            if self.conditions > 0 {
                put("branch_coverage", percent(branches, self.conditions));
            }
            put("tests", self.tests.to_string());
        }
        put("duplicated_lines_density", percent(self.duplicated, self.ncloc));
        put("bugs", self.bugs.to_string());
        put("vulnerabilities", self.vulnerabilities.to_string());
        put("code_smells", self.smells.to_string());
        put("violations", (u32::from(self.bugs) + u32::from(self.vulnerabilities) + u32::from(self.smells)).to_string());
        put("accepted_issues", self.accepted.to_string());
        put("reliability_rating", rating(self.reliability));
        put("security_rating", rating(self.security));
        put("sqale_rating", rating(debt_rating(self.debt, self.ncloc)));
        put("sqale_index", self.debt.to_string());
        put("sqale_debt_ratio", percent(self.debt, self.ncloc.saturating_mul(30)));
        let hotspots = u32::from(self.hotspots) + u32::from(self.hotspots_reviewed);
        put("security_hotspots", self.hotspots.to_string());
        if hotspots > 0 {
            put("security_hotspots_reviewed", percent(self.hotspots_reviewed.into(), hotspots));
        }
        put("security_review_rating", rating(review_rating(self.hotspots_reviewed.into(), hotspots)));
        self.of_new_code(&mut put);
        let (status, details) = self.gate();
        put("alert_status", status.to_owned());
        put("quality_gate_details", details);
        all
    }

    fn of_new_code(&self, put: &mut impl FnMut(&'static str, String)) {
        let new = &self.new;
        let rating = |rating: u8| format!("{}.0", rating.max(1));
        put("new_lines", new.lines.to_string());
        put("new_bugs", new.bugs.to_string());
        put("new_vulnerabilities", new.vulnerabilities.to_string());
        put("new_code_smells", new.smells.to_string());
        put("new_violations", (u16::from(new.bugs) + u16::from(new.vulnerabilities) + new.smells).to_string());
        put("new_reliability_rating", rating(new.reliability));
        put("new_security_rating", rating(new.security));
        put("new_maintainability_rating", rating(debt_rating(new.debt.into(), new.lines)));
        put("new_technical_debt", new.debt.to_string());
        for key in ["new_coverage", "new_duplicated_lines_density", "new_security_hotspots_reviewed"] {
            if let Some(value) = self.of_new(key) {
                put(key, value);
            }
        }
    }

    /// A measure that a gate looks at; none if there is nothing to measure.
    fn of_new(&self, key: &str) -> Option<String> {
        let new = &self.new;
        match key {
            "new_coverage" => (self.has_coverage && new.to_cover > 0).then(|| exact(new.to_cover - new.uncovered, new.to_cover)),
            "new_duplicated_lines_density" => (new.lines > 0).then(|| exact(new.duplicated, new.lines)),
            "new_security_hotspots_reviewed" => {
                let all = u32::from(new.hotspots) + u32::from(new.hotspots_reviewed);
                (all > 0).then(|| exact(new.hotspots_reviewed.into(), all))
            }
            "new_reliability_rating" => Some(new.reliability.max(1).to_string()),
            "new_security_rating" => Some(new.security.max(1).to_string()),
            "new_maintainability_rating" => Some(debt_rating(new.debt.into(), new.lines).to_string()),
            "security_rating" => Some(self.security.max(1).to_string()),
            _ => None,
        }
    }

    /// `OK` or `ERROR`, and the document that SonarQube keeps about it.
    pub(super) fn gate(&self) -> (&'static str, String) {
        let conditions: &[Condition] = if self.own_gate { &OWN } else { &STANDARD };
        // On fewer than twenty new lines coverage and duplication do not count.
        let is_small = self.new.lines < 20;
        let mut level = "OK";
        let mut ignored = false;
        let mut parts = Vec::new();
        for (metric, operator, threshold) in conditions {
            let Some(actual) = self.of_new(metric) else { continue };
            let value: f64 = actual.parse().unwrap_or_default();
            let mut failed = if *operator == "LT" { value < *threshold } else { value > *threshold };
            if failed && is_small && (metric.ends_with("coverage") || metric.ends_with("density")) {
                (failed, ignored) = (false, true);
            }
            let own = if failed { "ERROR" } else { "OK" };
            if failed {
                level = "ERROR";
            }
            let period = if metric.starts_with("new_") { "\"period\":1," } else { "" };
            parts.push(format!(
                "{{\"metric\":\"{metric}\",\"op\":\"{operator}\",{period}\"error\":\"{threshold}\",\"actual\":\"{actual}\",\"level\":\"{own}\"}}"
            ));
        }
        (level, format!("{{\"level\":\"{level}\",\"conditions\":[{}],\"ignoredConditions\":{ignored}}}", parts.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_written_as_sonarqube_writes_them() {
        let new = New { lines: 120, to_cover: 54, uncovered: 14, reliability: 1, security: 1, ..New::default() };
        let figures = Figures {
            ncloc: 1000,
            to_cover: 400,
            uncovered: 80,
            conditions: 100,
            uncovered_conditions: 13,
            reliability: 2,
            new,
            has_coverage: true,
            ..Figures::default()
        };
        let measures = Analysis::new(Instant::MIN, 0, figures).measures();
        assert_eq!(measures["coverage"], "81.4");
        assert_eq!(measures["new_coverage"], "74.07407407407408");
        assert_eq!(measures["reliability_rating"], "2.0");
        assert_eq!(measures["alert_status"], "ERROR");
        assert!(
            measures["quality_gate_details"]
                .contains(r#"{"metric":"new_coverage","op":"LT","period":1,"error":"80","actual":"74.07407407407408","level":"ERROR"}"#)
        );
        assert!(!measures.contains_key("security_hotspots_reviewed"));
    }

    #[test]
    fn a_few_new_lines_do_not_fail_the_gate() {
        let new = New { lines: 12, to_cover: 6, uncovered: 6, ..New::default() };
        let (level, details) = Figures { new, has_coverage: true, ..Figures::default() }.gate();
        assert_eq!(level, "OK");
        assert!(details.ends_with(r#""ignoredConditions":true}"#));
    }
}
