//! The metrics that the simulated SonarQube knows, as its documentation describes them.

/// A metric.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) domain: &'static str,
    /// INT, PERCENT, RATING, WORK_DUR, LEVEL or DATA.
    pub(crate) kind: &'static str,
    /// 1: more is better; -1: less is; 0: neither.
    pub(crate) direction: i8,
    /// The best that there is.
    pub(crate) best: Option<&'static str>,
    /// Of the multi-quality rules: servers before 10.7 and Cloud do not know it.
    pub(crate) is_multi_quality: bool,
    /// The metric of the standard from which it is taken where a company's analyses do not hold it.
    pub(crate) like: Option<&'static str>,
}

const fn metric(key: &'static str, name: &'static str, domain: &'static str, kind: &'static str, direction: i8) -> Metric {
    let best = match (direction, kind.as_bytes()[0]) {
        (-1, b'R') => Some("1.0"),
        (-1, _) => Some("0"),
        (1, b'P') => Some("100"),
        _ => None,
    };
    Metric { key, name, domain, kind, direction, best, is_multi_quality: false, like: None }
}

const fn multi(key: &'static str, like: &'static str, name: &'static str, domain: &'static str, kind: &'static str) -> Metric {
    Metric { is_multi_quality: true, like: Some(like), ..metric(key, name, domain, kind, -1) }
}

/// Every metric.
pub(crate) const METRICS: [Metric; 57] = [
    metric("accepted_issues", "Accepted Issues", "Issues", "INT", -1),
    metric("alert_status", "Quality Gate Status", "Releasability", "LEVEL", 1),
    metric("branch_coverage", "Condition Coverage", "Coverage", "PERCENT", 1),
    metric("bugs", "Bugs", "Reliability", "INT", -1),
    metric("classes", "Classes", "Size", "INT", 0),
    metric("code_smells", "Code Smells", "Maintainability", "INT", -1),
    metric("cognitive_complexity", "Cognitive Complexity", "Complexity", "INT", 0),
    metric("complexity", "Cyclomatic Complexity", "Complexity", "INT", 0),
    metric("coverage", "Coverage", "Coverage", "PERCENT", 1),
    metric("duplicated_blocks", "Duplicated Blocks", "Duplications", "INT", -1),
    metric("duplicated_lines_density", "Duplicated Lines (%)", "Duplications", "PERCENT", -1),
    metric("files", "Files", "Size", "INT", 0),
    metric("functions", "Functions", "Size", "INT", 0),
    metric("line_coverage", "Line Coverage", "Coverage", "PERCENT", 1),
    metric("lines_to_cover", "Lines to Cover", "Coverage", "INT", 0),
    metric("ncloc", "Lines of Code", "Size", "INT", 0),
    metric("ncloc_language_distribution", "Lines of Code Per Language", "Size", "DATA", 0),
    metric("new_bugs", "New Bugs", "Reliability", "INT", -1),
    metric("new_code_smells", "New Code Smells", "Maintainability", "INT", -1),
    metric("new_coverage", "Coverage on New Code", "Coverage", "PERCENT", 1),
    metric("new_duplicated_lines_density", "Duplicated Lines (%) on New Code", "Duplications", "PERCENT", -1),
    metric("new_lines", "New Lines", "Size", "INT", 0),
    metric("new_maintainability_rating", "Maintainability Rating on New Code", "Maintainability", "RATING", -1),
    metric("new_reliability_rating", "Reliability Rating on New Code", "Reliability", "RATING", -1),
    metric("new_security_hotspots_reviewed", "Security Hotspots Reviewed on New Code", "SecurityReview", "PERCENT", 1),
    metric("new_security_rating", "Security Rating on New Code", "Security", "RATING", -1),
    multi("new_software_quality_maintainability_issues", "new_code_smells", "New Maintainability Issues", "Maintainability", "INT"),
    multi(
        "new_software_quality_maintainability_rating",
        "new_maintainability_rating",
        "New Maintainability Rating",
        "Maintainability",
        "RATING",
    ),
    multi("new_software_quality_reliability_issues", "new_bugs", "New Reliability Issues", "Reliability", "INT"),
    multi("new_software_quality_reliability_rating", "new_reliability_rating", "New Reliability Rating", "Reliability", "RATING"),
    multi("new_software_quality_security_issues", "new_vulnerabilities", "New Security Issues", "Security", "INT"),
    multi("new_software_quality_security_rating", "new_security_rating", "New Security Rating", "Security", "RATING"),
    metric("new_technical_debt", "Added Technical Debt", "Maintainability", "WORK_DUR", -1),
    metric("new_violations", "New Issues", "Issues", "INT", -1),
    metric("new_vulnerabilities", "New Vulnerabilities", "Security", "INT", -1),
    metric("quality_gate_details", "Quality Gate Details", "General", "DATA", 0),
    metric("reliability_rating", "Reliability Rating", "Reliability", "RATING", -1),
    metric("security_hotspots", "Security Hotspots", "SecurityReview", "INT", -1),
    metric("security_hotspots_reviewed", "Security Hotspots Reviewed", "SecurityReview", "PERCENT", 1),
    metric("security_rating", "Security Rating", "Security", "RATING", -1),
    metric("security_review_rating", "Security Review Rating", "SecurityReview", "RATING", -1),
    multi("software_quality_maintainability_issues", "code_smells", "Maintainability Issues", "Maintainability", "INT"),
    multi("software_quality_maintainability_rating", "sqale_rating", "Maintainability Rating", "Maintainability", "RATING"),
    multi("software_quality_maintainability_remediation_effort", "sqale_index", "Technical Debt", "Maintainability", "WORK_DUR"),
    multi("software_quality_reliability_issues", "bugs", "Reliability Issues", "Reliability", "INT"),
    multi("software_quality_reliability_rating", "reliability_rating", "Reliability Rating", "Reliability", "RATING"),
    multi("software_quality_security_issues", "vulnerabilities", "Security Issues", "Security", "INT"),
    multi("software_quality_security_rating", "security_rating", "Security Rating", "Security", "RATING"),
    metric("sqale_debt_ratio", "Technical Debt Ratio", "Maintainability", "PERCENT", -1),
    metric("sqale_index", "Technical Debt", "Maintainability", "WORK_DUR", -1),
    metric("sqale_rating", "Maintainability Rating", "Maintainability", "RATING", -1),
    metric("statements", "Statements", "Size", "INT", 0),
    metric("test_success_density", "Unit Test Success (%)", "Coverage", "PERCENT", 1),
    metric("tests", "Unit Tests", "Coverage", "INT", 1),
    metric("uncovered_lines", "Uncovered Lines", "Coverage", "INT", -1),
    metric("violations", "Issues", "Issues", "INT", -1),
    metric("vulnerabilities", "Vulnerabilities", "Security", "INT", -1),
];
