//! The instants between which figures are counted: buckets that adjoin.
//!
//! # Invariants
//! - Cuts rise strictly. Bucket `i` reaches from cut `i` up to cut `i + 1`, which is not part of it.
//! - What holds *at a cut* is what held just before it: so what happens in a bucket shows at the cut that ends it.

use crate::model::{Instant, Period, Span, Zone};

/// The cuts around a row of buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cuts(Vec<Instant>);

impl Cuts {
    /// The cuts at these instants, sorted, each once.
    #[must_use]
    pub fn new(mut instants: Vec<Instant>) -> Self {
        instants.sort_unstable();
        instants.dedup();
        Self(instants)
    }

    /// Of one span; an empty one makes no bucket.
    #[must_use]
    pub fn of(span: Span) -> Self {
        if span.is_empty() { Self(Vec::new()) } else { Self(vec![span.from, span.to]) }
    }

    /// Around periods that follow on each other, up to now: what happened at this very instant counts, what is not over is
    /// cut, and what has not begun is left out.
    #[must_use]
    pub fn around(periods: &[Period], zone: &Zone, now: Instant) -> Self {
        let end = now.plus_micros(1);
        let spans = periods.iter().map(|period| period.span(zone)).filter(|span| span.from < end);
        Self::new(spans.flat_map(|span| [span.from, span.to.min(end)]).collect())
    }

    /// What holds at this very instant: the cut just after it.
    #[must_use]
    pub fn at(instant: Instant) -> Self {
        Self(vec![instant.plus_micros(1)])
    }

    /// The instants, rising.
    #[must_use]
    pub fn as_slice(&self) -> &[Instant] {
        &self.0
    }

    /// How many buckets they make.
    #[must_use]
    pub fn buckets(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// From the first to the last; empty without any.
    #[must_use]
    pub fn whole(&self) -> Span {
        let first = self.0.first().copied().unwrap_or(Instant::MIN);
        Span::new(first, self.0.last().copied().unwrap_or(first))
    }

    /// The spans of the buckets, oldest first.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = Span> + '_ {
        self.0.windows(2).map(|pair| Span::new(pair[0], pair[1]))
    }

    /// The bucket in which an instant lies.
    #[must_use]
    pub fn bucket_of(&self, at: Instant) -> Option<usize> {
        let after = self.0.partition_point(|cut| *cut <= at);
        (after > 0 && after < self.0.len()).then(|| after - 1)
    }

    /// The cuts at which a span holds: from the first to before the second.
    #[must_use]
    pub fn holding(&self, span: Span) -> (usize, usize) {
        let first = self.0.partition_point(|cut| *cut <= span.from);
        (first, self.0.partition_point(|cut| *cut <= span.to).max(first))
    }
}

/// Counts how many spans hold at each cut, in one step a span and one a cut.
#[derive(Clone, Debug)]
pub struct Levels<'c> {
    cuts: &'c Cuts,
    steps: Vec<i64>,
}

impl<'c> Levels<'c> {
    /// Nothing yet.
    #[must_use]
    pub fn new(cuts: &'c Cuts) -> Self {
        Self { cuts, steps: vec![0; cuts.as_slice().len() + 1] }
    }

    /// One more that holds in `span`.
    pub fn add(&mut self, span: Span) {
        if !span.is_empty() {
            let (from, to) = self.cuts.holding(span);
            self.steps[from] += 1;
            self.steps[to] -= 1;
        }
    }

    /// The number at each cut.
    #[must_use]
    pub fn counts(&self) -> Vec<u64> {
        let sums = self.steps.iter().take(self.cuts.as_slice().len()).scan(0_i64, |sum, step| {
            *sum += step;
            Some(u64::try_from(*sum).unwrap_or(0))
        });
        sums.collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_running_period_ends_now_and_later_ones_are_left_out() {
        let zone = Zone::utc();
        let week: Period = "2027-W01".parse().unwrap();
        let cuts = Cuts::around(&week.series(3), &zone, "2026-12-29T00:00:00Z".parse().unwrap());
        let texts: Vec<String> = cuts.as_slice().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["2026-12-21T00:00:00Z", "2026-12-28T00:00:00Z", "2026-12-29T00:00:00.000001Z"]);
    }

    proptest! {
        #[test]
        fn a_level_is_what_held_just_before_the_cut(
            cuts in proptest::collection::vec(0..60_i64, 1..8),
            spans in proptest::collection::vec((0..60_i64, 0..60_i64), 0..10),
        ) {
            let cuts = Cuts::new(cuts.into_iter().map(Instant::from_micros).collect());
            let spans: Vec<Span> = spans.into_iter().map(|(from, to)| Span::new(Instant::from_micros(from), Instant::from_micros(to))).collect();
            let mut levels = Levels::new(&cuts);
            spans.iter().for_each(|span| levels.add(*span));
            for (cut, count) in cuts.as_slice().iter().zip(levels.counts()) {
                let held = spans.iter().filter(|span| span.contains(cut.plus_micros(-1))).count();
                prop_assert_eq!(count, held as u64);
            }
        }
    }
}
