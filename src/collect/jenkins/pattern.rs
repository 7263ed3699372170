//! Patterns of names of jobs: `deploy/{service}-{environment}`, `teams/*/deploy-{service}`, `**/{service}-deploy`.
//!
//! `{name}` is anything but a slash, and named; `*` is anything but a slash; `**` is anything. Names are service,
//! environment, region, version and branch.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::collect::environment::of_name;

/// Names of parts.
const NAMES: [&str; 5] = ["service", "environment", "region", "version", "branch"];
/// Ways to fit that are tried.
const MOST_WAYS: usize = 500;

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Named(&'static str),
    Any,
    Anything,
}

/// A text that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no pattern of jobs: {1}")]
pub struct WrongPattern(String, String);

impl FromStr for Pattern {
    type Err = WrongPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |problem: String| WrongPattern(text.to_owned(), problem);
        let mut parts = Vec::new();
        let mut rest = text.trim_matches('/');
        while let Some(first) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("**") {
                parts.push(Part::Anything);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('*') {
                parts.push(Part::Any);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let (name, after) = after.split_once('}').ok_or_else(|| wrong("a { has no }".to_owned()))?;
                let name = NAMES.into_iter().find(|known| *known == name);
                let name = name.ok_or_else(|| wrong(format!("expected one of {} between braces", NAMES.join(", "))))?;
                if parts.contains(&Part::Named(name)) {
                    return Err(wrong(format!("{{{name}}} stands twice")));
                }
                parts.push(Part::Named(name));
                rest = after;
            } else {
                let end = rest.find(['*', '{']).unwrap_or(rest.len()).max(first.len_utf8());
                parts.push(Part::Text(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        if parts.is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Pattern {
    /// What jobs that deploy are called where nobody says otherwise.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let texts = [
            "**/deploy-{service}",
            "deploy-{service}",
            "**/{service}-deploy",
            "{service}-deploy",
            "deploy/{service}",
            "**/deploy/{service}",
        ];
        texts.into_iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// The named parts of a name that fits. Of several ways to fit, the one whose environment is known; else the one
    /// with the longest first parts.
    #[must_use]
    pub fn fit(&self, name: &str) -> Option<BTreeMap<&'static str, String>> {
        let mut ways = Vec::new();
        fit(&self.parts, name, &mut Vec::new(), &mut ways);
        let is_known = |way: &&Vec<(&'static str, &str)>| {
            way.iter().any(|(name, value)| *name == "environment" && of_name(value).is_some_and(|(stem, _)| stem.is_empty()))
        };
        let best = ways.iter().find(is_known).or(ways.first())?;
        Some(best.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }
}

/// Every way in which a name fits, the longest first parts first.
fn fit<'a>(parts: &[Part], name: &'a str, so_far: &mut Vec<(&'static str, &'a str)>, ways: &mut Vec<Vec<(&'static str, &'a str)>>) {
    if ways.len() >= MOST_WAYS {
        return;
    }
    let Some((part, rest)) = parts.split_first() else {
        if name.is_empty() {
            ways.push(so_far.clone());
        }
        return;
    };
    let (most, least) = match part {
        Part::Text(text) => {
            if let Some(after) = name.strip_prefix(text.as_str()) {
                fit(rest, after, so_far, ways);
            }
            return;
        }
        Part::Anything => (name.len(), 0),
        Part::Any => (name.find('/').unwrap_or(name.len()), 0),
        Part::Named(_) => (name.find('/').unwrap_or(name.len()), 1),
    };
    for end in (least..=most).rev().filter(|end| name.is_char_boundary(*end)) {
        if let Part::Named(called) = part {
            so_far.push((called, &name[..end]));
            fit(rest, &name[end..], so_far, ways);
            so_far.pop();
        } else {
            fit(rest, &name[end..], so_far, ways);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let told = |pattern: &str, name: &str| {
            let parts = pattern.parse::<Pattern>().unwrap().fit(name)?;
            Some(parts.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
        };
        let fits =
            |pattern: &str, name: &str, expected: &str| assert_eq!(told(pattern, name).as_deref(), Some(expected), "{pattern} {name}");
        fits("deploy/{service}-{environment}", "deploy/ledger-api-production-eu", "environment=production-eu service=ledger-api");
        fits("deploy/{service}-{environment}", "deploy/ledger-api-blue", "environment=blue service=ledger-api");
        fits("teams/*/deploy-{service}", "teams/payments/deploy-billing", "service=billing");
        fits("**/{service}/deploy/{environment}", "a/b/billing/deploy/staging", "environment=staging service=billing");
        fits("{service}/{branch}", "billing/feature%2Fx", "branch=feature%2Fx service=billing");
        fits("**", "a/b", "");
        for (pattern, name) in [("deploy/{service}", "deploy/a/b"), ("deploy/{service}", "deploy/"), ("*/x", "a/b/x"), ("x", "xy")] {
            assert_eq!(told(pattern, name), None, "{pattern} {name}");
        }
    }

    #[test]
    fn a_wrong_pattern_says_what_was_expected() {
        let refusal = |text: &str| text.parse::<Pattern>().unwrap_err().to_string();
        assert_eq!(
            refusal("a/{svc}"),
            "\"a/{svc}\" is no pattern of jobs: expected one of service, environment, region, version, branch between braces"
        );
        assert_eq!(refusal("{service"), "\"{service\" is no pattern of jobs: a { has no }");
        assert_eq!(refusal("{service}{service}"), "\"{service}{service}\" is no pattern of jobs: {service} stands twice");
        assert_eq!(refusal("/"), "\"/\" is no pattern of jobs: it is empty");
        assert_eq!(Pattern::usual().len(), 6);
    }
}
