//! Many bugs as sorted instants, so that what came, went and was late in any bucket is found by halving and not by going
//! through the bugs.
//!
//! # Invariants
//! - For every scope and bucket a tally counts what [`crate::quality::breaches::series`] counts (property test).
//! - It holds for bugs that belong to one place for all of their life: those that move are followed one by one.
//! - It cannot tell on which side of an end of a scope something lies that happened at that very instant; it says so.

use crate::model::{Instant, Span, Spans};
use crate::quality::breaches::{Series, Step, follow};
use crate::quality::bugs::Life;
use crate::quality::cuts::Cuts;
use crate::quality::flows::{Filter, Flow, Transition};
use crate::quality::sla::Terms;

/// What can be counted.
#[derive(Clone, Copy)]
enum Kind {
    Created,
    Reopened,
    Entered,
    Resolved,
    Left,
    /// Resolved later than due.
    Late,
    /// Came to be in breach.
    InBreach,
    /// Is no longer.
    OutOfBreach,
}

const KINDS: usize = 8;

/// How often each kind happened up to some moment.
type Sums = [u64; KINDS];

/// When anything happened to some bugs, by kind, each in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    instants: [Box<[Instant]>; KINDS],
}

impl Tally {
    /// Of bugs in production, by the promises about them.
    #[must_use]
    pub fn of<'l>(lives: impl IntoIterator<Item = &'l Life>, terms: &Terms) -> Self {
        let mut instants: [Vec<Instant>; KINDS] = Default::default();
        let always = Spans::always();
        for life in lives {
            let Some(created) = life.created() else { continue };
            let mut breached_until = Instant::MAX;
            follow(life, &always, &Filter::PRODUCTION, terms, |step| {
                let mut note = |kind: Kind, at: Instant| instants[kind as usize].push(at);
                match step {
                    Step::Moved(at, transition, mark) => {
                        note(Kind::from(transition), at);
                        let is_late = || terms.due(created, mark.priority(), at).is_some_and(|due| at > due);
                        if transition == Transition::Resolved && is_late() {
                            note(Kind::Late, at);
                        }
                    }
                    Step::Open(..) => {}
                    Step::Breach { span, is_new, .. } => {
                        if is_new {
                            if breached_until < Instant::MAX {
                                note(Kind::OutOfBreach, breached_until);
                            }
                            note(Kind::InBreach, span.from);
                        }
                        breached_until = span.to;
                    }
                }
            });
            if breached_until < Instant::MAX {
                instants[Kind::OutOfBreach as usize].push(breached_until);
            }
        }
        Self::sorted(instants)
    }

    /// Of all bugs of several tallies.
    #[must_use]
    pub fn united<'t>(tallies: impl IntoIterator<Item = &'t Self>) -> Self {
        let mut instants: [Vec<Instant>; KINDS] = Default::default();
        for tally in tallies {
            for (all, some) in instants.iter_mut().zip(&tally.instants) {
                all.extend_from_slice(some);
            }
        }
        Self::sorted(instants)
    }

    fn sorted(instants: [Vec<Instant>; KINDS]) -> Self {
        let sorted = instants.map(|mut some| {
            some.sort_unstable();
            some.into_boxed_slice()
        });
        Self { instants: sorted }
    }

    /// Nothing happened to any of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.instants.iter().all(|some| some.is_empty())
    }

    /// How often each kind happened before an instant.
    fn before(&self, at: Instant) -> Sums {
        std::array::from_fn(|kind| self.instants[kind].partition_point(|one| *one < at) as u64)
    }

    fn has(&self, at: Instant) -> bool {
        self.instants.iter().any(|some| some.binary_search(&at).is_ok())
    }
}

impl From<Transition> for Kind {
    fn from(transition: Transition) -> Self {
        match transition {
            Transition::Created => Self::Created,
            Transition::Reopened => Self::Reopened,
            Transition::Entered => Self::Entered,
            Transition::Resolved => Self::Resolved,
            Transition::Left => Self::Left,
        }
    }
}

const fn open(sums: &Sums) -> u64 {
    let [created, reopened, entered, resolved, left, ..] = *sums;
    created + reopened + entered - resolved - left
}

const fn in_breach(sums: &Sums) -> u64 {
    sums[Kind::InBreach as usize] - sums[Kind::OutOfBreach as usize]
}

/// What happened in buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// What came and went, for each bucket.
    pub flows: Vec<Flow>,
    /// How many were resolved later than due in each bucket.
    pub late: Vec<u64>,
    /// How many came to be in breach in each bucket.
    pub newly_in_breach: Vec<u64>,
    /// In breach at each cut, which is one more than buckets.
    pub in_breach: Vec<u64>,
}

impl Counts {
    /// Nothing.
    #[must_use]
    pub fn new(cuts: &Cuts) -> Self {
        let buckets = cuts.buckets();
        Self {
            flows: vec![Flow::default(); buckets],
            late: vec![0; buckets],
            newly_in_breach: vec![0; buckets],
            in_breach: vec![0; cuts.as_slice().len()],
        }
    }

    /// Adds what happened to the bugs of a tally while they belonged to a scope. False, and nothing is added, if something
    /// happened at the very instant at which they came to it or left it.
    #[must_use]
    pub fn add(&mut self, tally: &Tally, scope: &Spans, cuts: &Cuts) -> bool {
        let ends = || scope.as_slice().iter().flat_map(|span| [span.from, span.to]);
        if ends().any(|end| end > Instant::MIN && end < Instant::MAX && tally.has(end)) {
            return false;
        }
        for span in scope.as_slice() {
            self.add_span(tally, *span, cuts);
        }
        true
    }

    fn add_span(&mut self, tally: &Tally, scope: Span, cuts: &Cuts) {
        // What holds at a cut is what held just before it.
        let touched = cuts.as_slice().partition_point(|cut| *cut <= scope.from);
        for (cut, at) in cuts.as_slice().iter().enumerate().skip(touched).take_while(|(_, at)| **at <= scope.to) {
            let sums = tally.before(*at);
            self.in_breach[cut] += in_breach(&sums);
            if cut < cuts.buckets() {
                self.flows[cut].open_at_start += open(&sums);
            }
            if cut > 0 {
                self.flows[cut - 1].open_at_end += open(&sums);
            }
        }
        if let Some(bucket) = cuts.bucket_of(scope.from) {
            let sums = tally.before(scope.from);
            self.flows[bucket].entered += open(&sums);
            self.newly_in_breach[bucket] += in_breach(&sums);
        }
        if let Some(bucket) = cuts.bucket_of(scope.to) {
            self.flows[bucket].left += open(&tally.before(scope.to));
        }
        let mut before: Option<(Instant, Sums)> = None;
        for (bucket, span) in cuts.spans().enumerate().skip(touched.saturating_sub(1)).take_while(|(_, span)| span.from < scope.to) {
            let part = span.and(scope);
            let from = before.filter(|(at, _)| *at == part.from).map_or_else(|| tally.before(part.from), |(_, sums)| sums);
            let to = tally.before(part.to);
            let of = |kind: Kind| to[kind as usize] - from[kind as usize];
            let flow = &mut self.flows[bucket];
            flow.created += of(Kind::Created);
            flow.reopened += of(Kind::Reopened);
            flow.entered += of(Kind::Entered);
            flow.resolved += of(Kind::Resolved);
            flow.left += of(Kind::Left);
            self.late[bucket] += of(Kind::Late);
            self.newly_in_breach[bucket] += of(Kind::InBreach);
            before = Some((part.to, to));
        }
    }

    /// Adds what was counted one by one.
    pub fn add_series(&mut self, series: &Series) {
        for (bucket, flow) in series.flows.iter().enumerate() {
            self.flows[bucket].add(flow);
            self.late[bucket] += series.resolved[bucket].late;
            self.newly_in_breach[bucket] += series.newly_in_breach[bucket];
        }
        for (all, some) in self.in_breach.iter_mut().zip(&series.in_breach) {
            *all += some.iter().sum::<u64>();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Policy;
    use crate::model::trouble::Priority;
    use crate::quality::breaches::series;
    use crate::quality::bugs::tests::{any_life, at};

    fn terms() -> Terms {
        let hours = |count: &str| {
            let mut policy = Policy::default();
            policy.quality.sla =
                [Priority::Critical, Priority::High, Priority::Low].map(|priority| (priority, count.parse().unwrap())).into();
            policy
        };
        let (slow, fast) = (hours("1 hour"), hours("0 hours"));
        Terms::new([(at(30), &slow), (at(70), &fast)], Span::new(at(0), at(100)))
    }

    proptest! {
        #[test]
        fn a_tally_counts_as_going_through_the_bugs_does(
            lives in proptest::collection::vec(any_life(), 0..12),
            // Half minutes: nothing happens there.
            ends in proptest::collection::vec(-1..110_i64, 0..6),
            from_ever in any::<bool>(),
            cuts in proptest::collection::vec(0..220_i64, 0..7),
        ) {
            let half = |minute: i64| at(minute).plus_seconds(30);
            let mut ends: Vec<Instant> = ends.into_iter().map(half).chain(from_ever.then_some(Instant::MIN)).collect();
            ends.sort_unstable();
            ends.dedup();
            let scope: Spans =
                ends.chunks(2).map(|pair| Span::new(pair[0], pair.get(1).copied().unwrap_or(Instant::MAX))).collect();
            let cuts = Cuts::new(cuts.into_iter().map(|half| Instant::from_seconds(half * 30)).collect());
            let terms = terms();
            let expected = {
                let mut counts = Counts::new(&cuts);
                counts.add_series(&series(lives.iter().map(|life| (life, &scope)), &Filter::PRODUCTION, &terms, &cuts));
                counts
            };
            let mut counts = Counts::new(&cuts);
            prop_assert!(counts.add(&Tally::of(&lives, &terms), &scope, &cuts));
            prop_assert_eq!(&counts, &expected);
            let tallies: Vec<Tally> = lives.iter().map(|life| Tally::of([life], &terms)).collect();
            prop_assert_eq!(Tally::united(&tallies), Tally::of(&lives, &terms));
            prop_assert!(counts.flows.iter().all(Flow::adds_up));
        }
    }

    #[test]
    fn what_happens_as_a_scope_ends_is_left_to_others() {
        let life = Life::of_event(Some(at(10)), None, &[], &crate::quality::bugs::tests::body(Some(Priority::High), true));
        let (tally, cuts) = (Tally::of([&life], &terms()), Cuts::new(vec![at(0), at(100)]));
        let add = |from: i64, to: i64| Counts::new(&cuts).add(&tally, &[Span::new(at(from), at(to))].into_iter().collect(), &cuts);
        assert!(add(9, 11) && !add(10, 20) && !add(5, 10));
    }
}
