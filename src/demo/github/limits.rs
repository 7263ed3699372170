//! Budgets by the hour, by the clock of the server.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue};
use parking_lot::Mutex;

use super::Rate;
use crate::model::Instant;

const HOUR_SECONDS: i64 = 3600;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resource {
    Core,
    Graphql,
}

impl Resource {
    const fn word(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Graphql => "graphql",
        }
    }
}

/// A budget as its owner sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    pub(super) limit: u64,
    pub(super) used: u64,
    pub(super) reset: Instant,
}

impl Budget {
    pub(super) fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// The headers that tell of it.
    pub(super) fn write(&self, resource: Resource, headers: &mut HeaderMap) {
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        put("x-ratelimit-limit", self.limit.to_string());
        put("x-ratelimit-remaining", self.remaining().to_string());
        put("x-ratelimit-used", self.used.to_string());
        put("x-ratelimit-reset", self.reset_seconds().to_string());
        put("x-ratelimit-resource", resource.word().to_owned());
    }

    pub(super) fn reset_seconds(&self) -> i64 {
        self.reset.micros().div_euclid(1_000_000)
    }
}

/// What everybody used in the running hour.
pub(super) struct Budgets {
    rate: Option<Rate>,
    used: Mutex<BTreeMap<(String, Resource), Used>>,
}

#[derive(Clone, Copy, Debug)]
struct Used {
    since: Instant,
    used: u64,
}

impl Budgets {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self { rate, used: Mutex::default() }
    }

    /// What is left; none if nothing is limited.
    pub(super) fn look(&self, actor: &str, resource: Resource, now: Instant) -> Option<Budget> {
        self.spend(actor, resource, now, 0).map(|(budget, _)| budget)
    }

    /// Takes points. The second value says whether there were any left: what is asked with the last one is still answered.
    pub(super) fn spend(&self, actor: &str, resource: Resource, now: Instant, points: u64) -> Option<(Budget, bool)> {
        let rate = self.rate?;
        let limit = match resource {
            Resource::Core if actor.is_empty() => rate.requests.min(60),
            Resource::Core => rate.requests,
            Resource::Graphql => rate.points,
        };
        let mut used = self.used.lock();
        let used = used.entry((actor.to_owned(), resource)).or_insert(Used { since: now, used: 0 });
        if now >= used.since.plus_seconds(HOUR_SECONDS) || now < used.since {
            *used = Used { since: now, used: 0 };
        }
        let granted = used.used < limit;
        if granted {
            used.used = (used.used + points).min(limit);
        }
        Some((Budget { limit, used: used.used, reset: used.since.plus_seconds(HOUR_SECONDS) }, granted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_after_the_first_request_the_budget_is_whole_again() {
        let budgets = Budgets::new(Some(Rate { points: 10, requests: 2 }));
        let start = Instant::from_seconds(1_000_000);
        let spend = |at: Instant| budgets.spend("ada", Resource::Core, at, 1).unwrap();
        assert_eq!((spend(start).0.remaining(), spend(start).1), (1, true));
        let (budget, granted) = spend(start.plus_seconds(3599));
        assert!(!granted);
        assert_eq!((budget.remaining(), budget.reset_seconds()), (0, 1_003_600));
        assert!(budgets.spend("eve", Resource::Core, start, 1).unwrap().1, "everybody has a budget of their own");
        assert!(spend(start.plus_seconds(3600)).1);
        assert_eq!(Budgets::new(None).look("ada", Resource::Core, start), None);
    }
}
