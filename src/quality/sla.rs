//! Until when a bug has to be resolved.
//!
//! # Invariants
//! - Due is the instant of creation plus the target of the priority, by the priority and the policy at the asked moment.
//!   Reopening does not restart the clock; another priority or policy counts from creation as well.
//! - Late is what is later than due: at the very instant it is still in time.
//! - A bug without priority has no SLA, unless the policy gives it one. Without an SLA there is no due instant and no breach.
//!
//! Definition: `docs/metrics.md`, SLA.

use std::sync::Arc;

use crate::model::policy::{Calendar, Target};
use crate::model::trouble::Priority;
use crate::model::{Instant, Policy, Span, Zone};
use crate::quality::calendar::Worktime;

const MICROS_OF_AN_HOUR: i64 = 3_600_000_000;
const MICROS_OF_A_DAY: i64 = 24 * MICROS_OF_AN_HOUR;

/// The dated policies, ready to tell when something is due.
#[derive(Clone, Debug)]
pub struct Terms(Vec<(Instant, Term)>);

/// What one policy demands.
#[derive(Clone, Debug)]
struct Term {
    by_priority: [Option<Rule>; 5],
    soon: i64,
}

#[derive(Clone, Debug)]
enum Rule {
    Micros(i64),
    Worked(i64, Arc<Worktime>),
    Days(u32, Arc<Worktime>),
}

impl Terms {
    /// From the policies and since when each is in force, oldest first; before the first one it is the default. `likely` is
    /// the time in which most of what is asked about was created, to be fast there.
    #[must_use]
    pub fn new<'p>(dated: impl IntoIterator<Item = (Instant, &'p Policy)>, likely: Span) -> Self {
        let mut known: Vec<(Calendar, Zone, Arc<Worktime>)> = Vec::new();
        let mut terms = vec![(Instant::MIN, Term::new(&Policy::default(), likely, &mut known))];
        for (since, policy) in dated {
            terms.push((since, Term::new(policy, likely, &mut known)));
        }
        terms.sort_by_key(|(since, _)| *since);
        Self(terms)
    }

    /// Of one policy that always holds.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self(vec![(Instant::MIN, Term::new(policy, Span::new(Instant::MAX, Instant::MAX), &mut Vec::new()))])
    }

    /// Until when something created at `created` has to be resolved, as judged at `at`. Nothing if there is no SLA for it,
    /// or its calendar is not defined or has no working time left.
    #[must_use]
    pub fn due(&self, created: Instant, priority: Option<Priority>, at: Instant) -> Option<Instant> {
        self.term(at).due(created, priority)
    }

    /// The last instant that counts as soon, seen from `at`.
    #[must_use]
    pub fn soon(&self, at: Instant) -> Instant {
        at.plus_micros(self.term(at).soon)
    }

    /// When something is due by each policy that is in force in a part of `span`, with that part.
    pub fn dues(&self, created: Instant, priority: Option<Priority>, span: Span) -> impl Iterator<Item = (Span, Option<Instant>)> + '_ {
        let first = self.number(span.from);
        let in_force = self.0[first..].iter().enumerate().take_while(move |(_, (since, _))| *since < span.to);
        in_force.filter_map(move |(index, (since, term))| {
            let until = self.0.get(first + index + 1).map_or(Instant::MAX, |(next, _)| *next);
            let part = Span::new(*since, until).and(span);
            (!part.is_empty()).then(|| (part, term.due(created, priority)))
        })
    }

    fn number(&self, at: Instant) -> usize {
        self.0.partition_point(|(since, _)| *since <= at).saturating_sub(1)
    }

    fn term(&self, at: Instant) -> &Term {
        &self.0[self.number(at)].1
    }
}

impl Term {
    fn new(policy: &Policy, likely: Span, known: &mut Vec<(Calendar, Zone, Arc<Worktime>)>) -> Self {
        let mut worktime = |name: &str| {
            let calendar = policy.quality.calendars.get(name)?;
            if let Some((.., worktime)) = known.iter().find(|(known, zone, _)| known == calendar && *zone == policy.zone) {
                return Some(Arc::clone(worktime));
            }
            let worktime = Arc::new(Worktime::new(calendar, &policy.zone, likely));
            known.push((calendar.clone(), policy.zone.clone(), Arc::clone(&worktime)));
            Some(worktime)
        };
        let mut rule = |priority| match policy.quality.target(priority)? {
            Target::Hours(hours) => Some(Rule::Micros(i64::from(*hours) * MICROS_OF_AN_HOUR)),
            Target::BusinessHours { hours, calendar } => Some(Rule::Worked(i64::from(*hours) * MICROS_OF_AN_HOUR, worktime(calendar)?)),
            Target::BusinessDays { days, calendar } => Some(Rule::Days(*days, worktime(calendar)?)),
        };
        Self { by_priority: CLASSES.map(&mut rule), soon: i64::from(policy.quality.due_soon_days) * MICROS_OF_A_DAY }
    }

    fn due(&self, created: Instant, priority: Option<Priority>) -> Option<Instant> {
        match self.by_priority[class_of(priority)].as_ref()? {
            Rule::Micros(micros) => Some(created.plus_micros(*micros)),
            Rule::Worked(micros, worktime) => worktime.after(created, *micros),
            Rule::Days(days, worktime) => worktime.after_days(created, *days),
        }
    }
}

/// Priorities from the most urgent to the least, then none.
pub const CLASSES: [Option<Priority>; 5] =
    [Some(Priority::Critical), Some(Priority::High), Some(Priority::Medium), Some(Priority::Low), None];

/// The place of a priority among [`CLASSES`].
#[must_use]
pub const fn class_of(priority: Option<Priority>) -> usize {
    match priority {
        Some(Priority::Critical) => 0,
        Some(Priority::High) => 1,
        Some(Priority::Medium) => 2,
        Some(Priority::Low) => 3,
        None => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn the_policy_of_the_asked_moment_counts() {
        let mut strict = Policy::default();
        strict.quality.sla.insert(Priority::High, "1 hour".parse().unwrap());
        let terms = Terms::new(
            [(at("2026-03-10T00:00:00Z"), &strict)],
            Span::ALWAYS.and(Span::new(at("2026-01-01T00:00:00Z"), at("2026-06-01T00:00:00Z"))),
        );
        let created = at("2026-03-09T00:00:00Z");
        assert_eq!(terms.due(created, Some(Priority::High), at("2026-03-09T12:00:00Z")), Some(at("2026-03-10T00:00:00Z")));
        assert_eq!(terms.due(created, Some(Priority::High), at("2026-03-10T00:00:00Z")), Some(at("2026-03-09T01:00:00Z")));
        let parts: Vec<_> = terms.dues(created, Some(Priority::High), Span::new(created, Instant::MAX)).collect();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].0.to, parts[1].0.from);
    }

    #[test]
    fn without_priority_there_is_no_sla_unless_the_policy_gives_one() {
        let created = at("2026-03-09T00:00:00Z");
        let mut policy = Policy::default();
        assert_eq!(Terms::of(&policy).due(created, None, created), None);
        policy.quality.sla_without_priority = Some("48 hours".parse().unwrap());
        assert_eq!(Terms::of(&policy).due(created, None, created), Some(at("2026-03-11T00:00:00Z")));
        policy.quality.sla_without_priority = Some("2 business days of nowhere".parse().unwrap());
        assert_eq!(Terms::of(&policy).due(created, None, created), None);
    }
}
