//! Open bugs and the promises about them: how many, how old, which are past their SLA or will be soon, which were resolved late.
//!
//! # Invariants
//! - In breach at t is what is open at t and was due before t, by the priority and the policy at t.
//! - What was resolved late is counted by itself; it is no breach any more.
//! - Age counts from the creation, whatever was reopened since.
//! - Each bug is walked through once, whatever the number of buckets.

use crate::model::trouble::Priority;
use crate::model::{Instant, Span, Spans};
use crate::quality::bugs::{Life, Mark};
use crate::quality::cuts::{Cuts, Levels};
use crate::quality::flows::{Filter, Flow, Found, Transition, touches, walk};
use crate::quality::sla::{CLASSES, Terms};

/// Numbers by priority, in the order of [`CLASSES`].
pub type ByPriority = [u64; 5];

/// What was resolved in a bucket, by the promise about it as of the resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Later than due.
    pub late: u64,
    /// Not later than due.
    pub in_time: u64,
    /// Without an SLA.
    pub without_sla: u64,
}

/// Bugs through time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What came and went, for each bucket.
    pub flows: Vec<Flow>,
    /// What was resolved in each bucket, by its promise.
    pub resolved: Vec<Resolved>,
    /// How many began to be in breach in each bucket: by time, by another priority or policy, by being reopened, or by
    /// coming into the scope.
    pub newly_in_breach: Vec<u64>,
    /// Open at each cut, which is one more than buckets.
    pub open: Vec<ByPriority>,
    /// In breach at each cut.
    pub in_breach: Vec<ByPriority>,
}

/// Counts bugs and breaches of each bucket in one pass. Each life comes with the spans in which the service that it was at
/// belonged to the scope.
#[must_use]
pub fn series<'l>(lives: impl IntoIterator<Item = (&'l Life, &'l Spans)>, filter: &Filter, terms: &Terms, cuts: &Cuts) -> Series {
    let mut flows = vec![Flow::default(); cuts.buckets()];
    let mut resolved = vec![Resolved::default(); cuts.buckets()];
    let mut newly_in_breach = vec![0; cuts.buckets()];
    let mut open = CLASSES.map(|_| Levels::new(cuts));
    let mut in_breach = CLASSES.map(|_| Levels::new(cuts));
    for (life, scope) in lives {
        let Some(created) = life.created().filter(|_| touches(life, cuts)) else { continue };
        follow(life, scope, filter, terms, |step| match step {
            Step::Moved(at, transition, mark) => {
                let Some(bucket) = cuts.bucket_of(at) else { return };
                flows[bucket].count(transition);
                if transition == Transition::Resolved {
                    match terms.due(created, mark.priority(), at) {
                        Some(due) if at > due => resolved[bucket].late += 1,
                        Some(_) => resolved[bucket].in_time += 1,
                        None => resolved[bucket].without_sla += 1,
                    }
                }
            }
            Step::Open(span, mark) => open[mark.class()].add(span),
            Step::Breach { span, mark, is_new } => {
                in_breach[mark.class()].add(span);
                if is_new && let Some(bucket) = cuts.bucket_of(span.from) {
                    newly_in_breach[bucket] += 1;
                }
            }
        });
    }
    let by_cut = |levels: [Levels<'_>; 5]| -> Vec<ByPriority> {
        let counts = levels.map(|levels| levels.counts());
        (0..cuts.as_slice().len()).map(|cut| std::array::from_fn(|class| counts[class][cut])).collect()
    };
    let (open, in_breach) = (by_cut(open), by_cut(in_breach));
    for (bucket, flow) in flows.iter_mut().enumerate() {
        (flow.open_at_start, flow.open_at_end) = (open[bucket].iter().sum(), open[bucket + 1].iter().sum());
    }
    Series { flows, resolved, newly_in_breach, open, in_breach }
}

/// What is found on the way through a life and the promises about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// At this instant the number of open ones changed; with the state after it.
    Moved(Instant, Transition, Mark),
    /// During this span it was open in the scope.
    Open(Span, Mark),
    /// During this span it was in breach; new unless it was so just before.
    Breach { span: Span, mark: Mark, is_new: bool },
}

/// Goes through a life in a scope, in order of time.
pub(crate) fn follow(life: &Life, scope: &Spans, filter: &Filter, terms: &Terms, mut tell: impl FnMut(Step)) {
    let Some(created) = life.created() else { return };
    let mut breached_until = Instant::MIN;
    walk(life, scope, filter, |found| match found {
        Found::Moved(at, transition, mark) => tell(Step::Moved(at, transition, mark)),
        Found::Held(span, mark) => {
            tell(Step::Open(span, mark));
            for (part, due) in terms.dues(created, mark.priority(), span) {
                let Some(breach) = due.map(|due| late(part, due)).filter(|breach| !breach.is_empty()) else { continue };
                tell(Step::Breach { span: breach, mark, is_new: breach.from != breached_until });
                breached_until = breach.to;
            }
        }
    });
}

/// The part of a span that is later than an instant.
fn late(span: Span, due: Instant) -> Span {
    span.and(Span::new(due.plus_micros(1), Instant::MAX))
}

/// Ages in days at which the bands of [`Standing::by_age`] begin.
pub const AGES: [i64; 4] = [0, 7, 30, 90];

/// The open bugs of one priority at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many are open.
    pub open: u64,
    /// The same by age, in the bands that [`AGES`] begin.
    pub by_age: [u64; 4],
    /// How many have an SLA.
    pub with_sla: u64,
    /// How many are in breach.
    pub in_breach: u64,
    /// The one that is in breach for longest: its place among the lives, and since when it is due.
    pub longest: Option<(usize, Instant)>,
    /// How many are not in breach yet and are due soon, by the policy within 7 days.
    pub due_soon: u64,
}

/// The open bugs at a moment by priority, in the order of [`CLASSES`].
#[must_use]
pub fn standing<'l>(lives: impl IntoIterator<Item = (&'l Life, &'l Spans)>, filter: &Filter, terms: &Terms, at: Instant) -> [Standing; 5] {
    let mut found = [Standing::default(); 5];
    for (index, (life, scope)) in lives.into_iter().enumerate() {
        let Some(verdict) = verdict(life, scope, filter, terms, at) else { continue };
        let standing = &mut found[crate::quality::sla::class_of(verdict.priority)];
        standing.open += 1;
        let days = Span::new(verdict.created, at).micros() / 86_400_000_000;
        standing.by_age[AGES.partition_point(|from| *from <= days) - 1] += 1;
        let Some(due) = verdict.due else { continue };
        standing.with_sla += 1;
        if verdict.in_breach {
            standing.in_breach += 1;
            if standing.longest.is_none_or(|(_, longest)| due < longest) {
                standing.longest = Some((index, due));
            }
        }
        standing.due_soon += u64::from(verdict.due_soon);
    }
    found
}

/// How a bug stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// When it was created.
    pub created: Instant,
    /// How urgent it is then.
    pub priority: Option<Priority>,
    /// It waits for its resolution; else nothing is due any more.
    pub is_open: bool,
    /// Until when it has to be resolved, if it has an SLA.
    pub due: Option<Instant>,
    /// It is later than that.
    pub in_breach: bool,
    /// It is not, but will be soon, by the policy within 7 days.
    pub due_soon: bool,
}

/// How a bug stands at a moment; nothing if it is not open in the scope then.
#[must_use]
pub fn verdict(life: &Life, scope: &Spans, filter: &Filter, terms: &Terms, at: Instant) -> Option<Verdict> {
    verdict_on_any(life, scope, filter, terms, at).filter(|verdict| verdict.is_open)
}

/// How a bug stands at a moment, open or resolved; nothing if it is not in the scope then, or was not created.
#[must_use]
pub fn verdict_on_any(life: &Life, scope: &Spans, filter: &Filter, terms: &Terms, at: Instant) -> Option<Verdict> {
    let mark = life.at(at).filter(|mark| filter.holds(*mark))?;
    let created = life.created().filter(|_| scope.contains(at))?;
    let (is_open, priority) = (mark.is_open(), mark.priority());
    let due = if is_open { terms.due(created, priority, at) } else { None };
    let in_breach = due.is_some_and(|due| at > due);
    let due_soon = !in_breach && due.is_some_and(|due| due <= terms.soon(at));
    Some(Verdict { created, priority, is_open, due, in_breach, due_soon })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Policy;
    use crate::quality::bugs::tests::{any_life, at, body, step};

    const HOUR: i64 = 60;

    fn minutes_policy(minutes: u32) -> Policy {
        // One hour for each, but for what is low.
        let mut policy = Policy::default();
        policy.quality.sla =
            [Priority::Critical, Priority::High, Priority::Medium].map(|priority| (priority, "1 hour".parse().unwrap())).into();
        policy.quality.sla_without_priority = Some("2 hours".parse().unwrap());
        policy.quality.due_soon_days = minutes;
        policy
    }

    fn bug(priority: Priority, steps: &[(i64, &str, &str)]) -> Life {
        let steps: Vec<_> = steps.iter().map(|(minute, field, value)| step(*minute, field, *value)).collect();
        Life::of_event(Some(at(0)), None, &steps, &body(Some(priority), true))
    }

    fn series_of(life: &Life, cuts: &[i64]) -> Series {
        let cuts = Cuts::new(cuts.iter().map(|minute| at(*minute)).collect());
        series([(life, &Spans::always())], &Filter::PRODUCTION, &Terms::of(&Policy::default()), &cuts)
    }

    #[test]
    fn reopening_does_not_restart_the_clock() {
        let life = bug(Priority::Critical, &[(HOUR, "state", "resolved"), (10 * HOUR, "state", "open"), (11 * HOUR, "state", "resolved")]);
        let found = series_of(&life, &[0, 2 * HOUR, 10 * HOUR + 30, 12 * HOUR]);
        assert_eq!(found.in_breach.iter().map(|classes| classes[0]).collect::<Vec<_>>(), [0, 0, 1, 0]);
        assert_eq!(found.newly_in_breach, [0, 1, 0]);
        assert_eq!(found.resolved.iter().map(|resolved| (resolved.in_time, resolved.late)).collect::<Vec<_>>(), [(1, 0), (0, 0), (0, 1)]);
    }

    #[test]
    fn another_priority_counts_from_the_creation() {
        let life = bug(Priority::Critical, &[(0, "priority", "high"), (5 * HOUR, "priority", "critical"), (6 * HOUR, "priority", "high")]);
        let found = series_of(&life, &[0, 5 * HOUR, 6 * HOUR, 7 * HOUR, 25 * HOUR]);
        assert_eq!(found.in_breach.iter().map(|classes| classes.iter().sum::<u64>()).collect::<Vec<_>>(), [0, 0, 1, 0, 1]);
        assert_eq!(found.newly_in_breach, [0, 1, 0, 1]);
    }

    #[test]
    fn at_the_very_instant_it_is_in_time() {
        let life = bug(Priority::Critical, &[(4 * HOUR, "state", "resolved")]);
        assert_eq!(series_of(&life, &[0, 5 * HOUR]).resolved[0], Resolved { late: 0, in_time: 1, without_sla: 0 });
        let life = bug(Priority::Critical, &[]);
        let terms = Terms::of(&Policy::default());
        let judged = |when: Instant| verdict(&life, &Spans::always(), &Filter::PRODUCTION, &terms, when).unwrap().in_breach;
        assert!(!judged(at(4 * HOUR)) && judged(at(4 * HOUR).plus_micros(1)));
    }

    #[test]
    fn what_stands_open_is_told_by_priority_and_age() {
        const DAY: i64 = 24 * HOUR;
        let bugs = [
            bug(Priority::High, &[]),
            bug(Priority::Low, &[(3 * DAY, "priority", "low")]),
            bug(Priority::High, &[(DAY, "state", "deleted")]),
        ];
        let later = Life::of_event(Some(at(7 * DAY)), None, &[], &body(Some(Priority::High), true));
        let lives: Vec<(&Life, Spans)> = bugs.iter().chain([&later]).map(|life| (life, Spans::always())).collect();
        let found =
            standing(lives.iter().map(|(life, scope)| (*life, scope)), &Filter::PRODUCTION, &Terms::of(&Policy::default()), at(7 * DAY));
        let high = Standing { open: 2, by_age: [1, 1, 0, 0], with_sla: 2, in_breach: 1, longest: Some((0, at(DAY))), due_soon: 1 };
        assert_eq!(found[1], high);
        assert_eq!((found[3].open, found[3].in_breach, found[3].due_soon, found[4].open), (1, 0, 0, 0));
    }

    proptest! {
        #[test]
        fn a_series_says_at_each_cut_what_the_moment_says(
            lives in proptest::collection::vec(any_life(), 0..10),
            scope in (-10..110_i64, 0..90_i64),
            changed in 0..200_i64,
            cuts in proptest::collection::vec(0..300_i64, 1..7),
        ) {
            let scope = Spans::from_iter([Span::new(at(scope.0), at(scope.0 + scope.1 * 3))]);
            let policy = minutes_policy(1);
            let terms = Terms::new([(at(changed), &policy)], Span::new(at(0), at(1)));
            let cuts = Cuts::new(cuts.into_iter().map(at).collect());
            let pairs = || lives.iter().map(|life| (life, &scope));
            let found = series(pairs(), &Filter::PRODUCTION, &terms, &cuts);
            for (index, cut) in cuts.as_slice().iter().enumerate() {
                let moment = standing(pairs(), &Filter::PRODUCTION, &terms, cut.plus_micros(-1));
                prop_assert_eq!(found.open[index], moment.map(|standing| standing.open));
                prop_assert_eq!(found.in_breach[index], moment.map(|standing| standing.in_breach));
            }
            prop_assert_eq!(&found.flows, &crate::quality::flows::flows(pairs(), &Filter::PRODUCTION, &cuts));
            for (flow, resolved) in found.flows.iter().zip(&found.resolved) {
                prop_assert_eq!(flow.resolved, resolved.late + resolved.in_time + resolved.without_sla);
            }
        }
    }
}
