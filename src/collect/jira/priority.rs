//! What a company's priorities mean.
//!
//! By the configuration, then by the names that Jira has for its own in several languages, then by their numbers, which
//! stay when names are translated, then by their order, if none of them is known.

use std::collections::BTreeMap;

use crate::collect::jira::wire::Named;
use crate::collect::priority::usual;
use crate::model::trouble::Priority;

/// What priorities mean at one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Priorities {
    /// As configured, in lower case.
    configured: BTreeMap<String, Priority>,
    /// By their order, by number.
    ordered: BTreeMap<String, Priority>,
}

impl Priorities {
    pub(super) fn new(configured: &BTreeMap<String, Priority>) -> Self {
        let configured = configured.iter().map(|(name, priority)| (name.trim().to_lowercase(), *priority)).collect();
        Self { configured, ordered: BTreeMap::new() }
    }

    /// What one means; none if that is not known.
    pub(super) fn meaning(&self, priority: &Named) -> Option<Priority> {
        let name = priority.name.trim().to_lowercase();
        let configured = self.configured.get(&name).or_else(|| self.configured.get(&priority.id)).copied();
        configured.or_else(|| usual(&name)).or_else(|| numbered(&priority.id)).or_else(|| self.ordered.get(&priority.id).copied())
    }

    /// Learns the list of a site, most urgent first: where none of three to five is known, they mean what they stand for.
    pub(super) fn learn(&mut self, list: &[Named]) {
        if list.iter().any(|priority| self.meaning(priority).is_some()) {
            return;
        }
        let meanings: &[Priority] = match list.len() {
            3 => &[Priority::High, Priority::Medium, Priority::Low],
            4 => &Priority::ALL,
            5 => &[Priority::Critical, Priority::High, Priority::Medium, Priority::Low, Priority::Low],
            _ => return,
        };
        self.ordered = list.iter().map(|priority| priority.id.clone()).zip(meanings.iter().copied()).collect();
    }
}

/// Jira makes its own five with these numbers, in every language.
fn numbered(id: &str) -> Option<Priority> {
    match id {
        "1" => Some(Priority::Critical),
        "2" => Some(Priority::High),
        "3" => Some(Priority::Medium),
        "4" | "5" => Some(Priority::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str, name: &str) -> Named {
        Named { id: id.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn the_configuration_counts_before_names_before_numbers_before_order() {
        let configured = BTreeMap::from([("Major".to_owned(), Priority::Critical), ("10001".to_owned(), Priority::Low)]);
        let mut priorities = Priorities::new(&configured);
        assert_eq!(priorities.meaning(&named("3", "major")), Some(Priority::Critical));
        assert_eq!(priorities.meaning(&named("10001", "Someday")), Some(Priority::Low));
        assert_eq!(priorities.meaning(&named("10002", "Höchste")), Some(Priority::Critical));
        assert_eq!(priorities.meaning(&named("2", "Ylin")), Some(Priority::High));
        assert_eq!(priorities.meaning(&named("10009", "Gold")), None);
        priorities.learn(&[named("1", "Highest"), named("10009", "Gold"), named("10010", "Silver")]);
        assert_eq!(priorities.meaning(&named("10009", "Gold")), None, "beside known ones nobody knows where it belongs");
        priorities.learn(&[named("10009", "Gold"), named("10010", "Silver"), named("10011", "Bronze")]);
        assert_eq!(priorities.meaning(&named("10009", "Gold")), Some(Priority::High));
        let none = Priorities::default();
        assert_eq!(none.meaning(&named("", "")), None);
    }
}
