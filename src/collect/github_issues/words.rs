//! What labels say: that it is a bug, how urgent, seen in production, and of what.
//!
//! # Invariants
//! - Labels are compared by their words alone, whatever stands between them, and whatever is drawn beside.
//! - What labels say does not depend on their order: of several priorities the most urgent counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::github_issues::Bugs;
use crate::collect::priority::usual;
use crate::model::trouble::Priority;

/// Words that stand before or after a priority.
const RANKS: [&str; 5] = ["priority", "prio", "severity", "sev", "urgency"];

/// The words of a label, in lower case, with a space between.
fn normal(label: &str) -> String {
    let words: Vec<&str> = label.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join(" ").to_lowercase()
}

/// What labels mean by the configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    bugs: BTreeSet<String>,
    types: BTreeSet<String>,
    production: BTreeSet<String>,
    priorities: BTreeMap<String, Priority>,
    ignored: BTreeSet<String>,
    services: Vec<String>,
    components: Vec<String>,
}

impl Words {
    pub(super) fn new(config: &Bugs) -> Self {
        let all = |labels: &[String]| labels.iter().map(|label| normal(label)).collect();
        Self {
            bugs: all(&config.labels),
            types: all(&config.types),
            production: all(&config.production_labels),
            priorities: config.priorities.iter().map(|(label, priority)| (normal(label), *priority)).collect(),
            ignored: all(&config.ignored_reasons),
            services: config.service_labels.clone(),
            components: config.component_labels.clone(),
        }
    }

    /// Whether these labels or this type say that it is a bug.
    pub(super) fn is_bug<'l>(&self, mut labels: impl Iterator<Item = &'l str>, kind: Option<&str>) -> bool {
        labels.any(|label| self.bugs.contains(&normal(label))) || kind.is_some_and(|kind| self.types.contains(&normal(kind)))
    }

    /// Whether these labels say that it is seen in production.
    pub(super) fn is_production<'l>(&self, mut labels: impl Iterator<Item = &'l str>) -> bool {
        self.production.is_empty() || labels.any(|label| self.production.contains(&normal(label)))
    }

    /// Whether a bug that is closed for this reason was none.
    pub(super) fn is_ignored(&self, reason: Option<&str>) -> bool {
        reason.is_some_and(|reason| self.ignored.contains(&normal(reason)))
    }

    /// How urgent these labels say it is, and the one that says so.
    pub(super) fn priority<'l>(&self, labels: impl Iterator<Item = &'l str>) -> Option<(Priority, &'l str)> {
        let meanings = labels.filter_map(|label| Some((self.meaning(label)?, label)));
        meanings.max_by(|one, other| one.0.cmp(&other.0).then_with(|| other.1.cmp(one.1)))
    }

    /// A label that names a priority of which it is not known what it means.
    pub(super) fn unknown_priority<'l>(&self, mut labels: impl Iterator<Item = &'l str>) -> Option<&'l str> {
        labels.find(|label| {
            let words = normal(label);
            words.split_once(' ').is_some_and(|(first, _)| RANKS.contains(&first)) && self.meaning(label).is_none()
        })
    }

    fn meaning(&self, label: &str) -> Option<Priority> {
        let words = normal(label);
        self.priorities.get(&words).copied().or_else(|| usual_label(&words))
    }

    /// The service that a label names.
    pub(super) fn service<'l>(&self, labels: impl Iterator<Item = &'l str>) -> Option<&'l str> {
        labels.filter_map(|label| after(label, &self.services)).min()
    }

    /// The components that labels name, sorted.
    pub(super) fn components<'l>(&self, labels: impl Iterator<Item = &'l str>) -> BTreeSet<&'l str> {
        labels.filter_map(|label| after(label, &self.components)).collect()
    }
}

/// What stands in a label behind one of these beginnings.
fn after<'l>(label: &'l str, beginnings: &[String]) -> Option<&'l str> {
    let behind = |begin: &String| {
        let head = label.get(..begin.len())?;
        head.eq_ignore_ascii_case(begin).then(|| label[begin.len()..].trim()).filter(|name| !name.is_empty())
    };
    beginnings.iter().find_map(behind)
}

/// What the words of a label usually mean: `p1`, `sev 2`, `priority high`, `critical`. A bare `high` or `minor` may speak of anything.
fn usual_label(words: &str) -> Option<Priority> {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    let is_digit = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_scale = |word: &str| ["p", "s", "sev"].iter().any(|scale| word.strip_prefix(scale).is_some_and(is_digit));
    if is_scale(first) {
        return usual(first);
    }
    if rest.is_empty() {
        return ["blocker", "critical", "urgent"].contains(&first).then_some(Priority::Critical);
    }
    if RANKS.contains(&first) || ["p", "s"].contains(&first) {
        // `priority: 1` and `priority: P1 (now)` are the same.
        let value = rest.split(' ').next().unwrap_or_default();
        let scale = if first.starts_with('s') { "s" } else { "p" };
        return if is_digit(value) { usual(&format!("{scale}{value}")) } else { usual(rest).or_else(|| usual(value)) };
    }
    let (value, last) = words.rsplit_once(' ')?;
    RANKS.contains(&last).then(|| usual(value)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(change: impl Fn(&mut Bugs)) -> Words {
        let mut config = Bugs::default();
        change(&mut config);
        Words::new(&config)
    }

    #[test]
    fn a_bug_is_called_so_in_many_ways() {
        let usual = words(|_| {});
        for label in ["bug", "BUG", "🐛 Bug", "type: bug", "Type/Bug", "kind/bug", "kind-bug"] {
            assert!(usual.is_bug([label].into_iter(), None), "{label}");
        }
        for label in ["debug", "bug bash", "not a bug", "bugfix", ""] {
            assert!(!usual.is_bug([label].into_iter(), None), "{label}");
        }
        assert!(usual.is_bug(std::iter::empty(), Some("bug")) && !usual.is_bug(std::iter::empty(), Some("Feature")));
        let own = words(|config| config.labels = vec!["Fehler".to_owned()]);
        assert!(own.is_bug(["fehler"].into_iter(), None) && !own.is_bug(["bug"].into_iter(), None));
    }

    #[test]
    fn a_priority_is_called_so_in_many_ways() {
        let usual = words(|_| {});
        let of = |labels: &[&str]| usual.priority(labels.iter().copied()).map(|(priority, _)| priority);
        for (priority, labels) in [
            (Priority::Critical, ["P0", "P1", "priority: critical", "severity/1", "sev-1", "SEV1", "urgent", "prio:höchste"]),
            (Priority::High, ["P2", "p2: soon", "Priority: High", "severity/high", "S2", "prio/2", "high priority", "priority-major"]),
            (Priority::Medium, ["P3", "p3", "priority/medium", "severity: 3", "sev3", "Priority: P3", "medium severity", "prio: normal"]),
            (Priority::Low, ["P4", "P5", "priority: low", "severity/minor", "sev-4", "s4", "low-priority", "urgency: low"]),
        ] {
            for label in labels {
                assert_eq!(of(&[label]), Some(priority), "{label}");
            }
        }
        for label in ["high", "minor", "major", "p", "p10", "api", "bug", "priority", "good first issue", "s", "3"] {
            assert_eq!(of(&[label]), None, "{label}");
        }
        assert_eq!(of(&["P3", "severity/high"]), Some(Priority::High), "the most urgent counts");
        assert_eq!(usual.unknown_priority(["bug", "priority: someday"].into_iter()), Some("priority: someday"));
        let own =
            words(|config| config.priorities = [("priority: someday".to_owned(), Priority::Low), ("P2".to_owned(), Priority::Low)].into());
        assert_eq!(own.priority(["P2"].into_iter()), Some((Priority::Low, "P2")), "the configuration counts before");
        assert_eq!(own.unknown_priority(["priority: someday"].into_iter()), None);
    }

    #[test]
    fn labels_name_services_and_components() {
        let usual = words(|_| {});
        let labels = ["Service: ledger", "component:web", "area: api ", "feature:", "service", "über"];
        assert_eq!(usual.service(labels.into_iter()), Some("ledger"));
        assert_eq!(usual.components(labels.into_iter()).into_iter().collect::<Vec<_>>(), ["api", "web"]);
    }
}
