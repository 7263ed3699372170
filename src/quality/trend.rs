//! Whether a figure really rises or falls over its last periods, or only seems to.
//!
//! # Invariants
//! - The test is that of Mann and Kendall: it asks of every two periods which one is higher, so that neither outliers nor the
//!   shape of the curve matter. Up to [`EXACT_UP_TO`] known periods its chance is exact, ties included: the share of all
//!   orders of these very values that are at least as one-sided. Beyond it is the normal approximation with the correction
//!   for ties and for continuity.
//! - A trend is told if chance alone would bring it in at most one of twenty rows of independent values. Values that depend
//!   on each other (a level that moves slowly) show trends more often than that; the statement is about these periods, not
//!   about the next ones.
//! - The slope is that of Theil and Sen: the middle one of the slopes between any two known periods.
//! - Periods without a value are left out, and keep their place in time for the slope.
//!
//! Definitions: Mann 1945, Kendall 1975; Theil 1950, Sen 1968; `docs/metrics.md`, Trend.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// How many periods the board looks at: a quarter of weeks, a year of months and the month a year before.
pub const PERIODS: usize = 13;

/// With fewer known periods nothing is said: of five, even a perfect row comes by chance in one of sixty.
pub const FEWEST: usize = 6;

/// The chance up to which something is called a trend.
pub const SIGNIFICANCE: f64 = 0.05;

/// Up to so many known periods the chance is counted exactly; 30! still fits.
pub const EXACT_UP_TO: usize = 30;

/// Where a figure goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Up.
    Rising,
    /// Down.
    Falling,
    /// Chance alone would explain it.
    Unclear,
    /// Fewer than [`FEWEST`] periods are known.
    TooFew,
}

impl Direction {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Unclear => "no clear trend",
            Self::TooFew => "too few periods",
        }
    }
}

/// What the last periods of a figure say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trend {
    /// Where it goes.
    pub direction: Direction,
    /// By how much a period, in the figure's own unit; nothing with fewer than two known periods.
    pub slope: Option<f64>,
    /// The chance of a row at least as one-sided without any trend, from 0.0 to 1.0; nothing if too few are known.
    pub chance: Option<f64>,
    /// How many periods are known.
    pub known: usize,
}

impl Trend {
    /// True if it becomes better, false if worse, nothing if neither can be said.
    #[must_use]
    pub const fn is_better(&self, more_is_better: bool) -> Option<bool> {
        match self.direction {
            Direction::Rising => Some(more_is_better),
            Direction::Falling => Some(!more_is_better),
            Direction::Unclear | Direction::TooFew => None,
        }
    }
}

/// The trend of a figure over periods of equal kind, oldest first. What is no finite number counts as not known.
#[must_use]
pub fn trend(values: &[Option<f64>]) -> Trend {
    #[expect(clippy::cast_precision_loss, reason = "a row has few periods")]
    let known: Vec<(f64, f64)> =
        values.iter().enumerate().filter_map(|(index, value)| Some((index as f64, value.filter(|value| value.is_finite())?))).collect();
    let mut trend = Trend { direction: Direction::TooFew, slope: slope(&known), chance: None, known: known.len() };
    if known.len() < FEWEST {
        return trend;
    }
    let row: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
    let score = score(&row);
    let chance = chance(&row, score);
    trend.chance = Some(chance);
    trend.direction = match score.cmp(&0) {
        Ordering::Greater if chance <= SIGNIFICANCE => Direction::Rising,
        Ordering::Less if chance <= SIGNIFICANCE => Direction::Falling,
        _ => Direction::Unclear,
    };
    trend
}

/// Pairs in which the later value is higher, less those in which it is lower.
fn score(row: &[f64]) -> i64 {
    let pairs = row.iter().enumerate().flat_map(|(index, earlier)| row[index + 1..].iter().map(move |later| (earlier, later)));
    pairs.map(|(earlier, later)| i64::from(later > earlier) - i64::from(later < earlier)).sum()
}

/// The middle slope between any two; of an even number the mean of both in the middle.
fn slope(known: &[(f64, f64)]) -> Option<f64> {
    let pairs = known.iter().enumerate().flat_map(|(index, earlier)| known[index + 1..].iter().map(move |later| (earlier, later)));
    let mut slopes: Vec<f64> = pairs.map(|(earlier, later)| (later.1 - earlier.1) / (later.0 - earlier.0)).collect();
    slopes.sort_unstable_by(f64::total_cmp);
    let middle = slopes.len() / 2;
    let upper = *slopes.get(middle)?;
    Some(if slopes.len() % 2 == 1 { upper } else { f64::midpoint(slopes[middle - 1], upper) })
}

/// The share of orders of these values whose score is at least as far from zero, to both sides.
fn chance(row: &[f64], score: i64) -> f64 {
    let ties = ties(row);
    if row.len() > EXACT_UP_TO { approximate(row.len(), &ties, score) } else { exact(row.len(), &ties, score) }
}

/// How often each value occurs.
fn ties(row: &[f64]) -> Vec<usize> {
    let mut sorted = row.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect()
}

/// Counts the orders by their inversions: the coefficients of `[n]! / ([t1]! [t2]! ...)` in q-factorials, where t are the sizes
/// of the groups of equal values. An order with k inversions has the score pairs - 2 k.
fn exact(length: usize, ties: &[usize], score: i64) -> f64 {
    let degree = |length: usize| length * length.saturating_sub(1) / 2;
    let mut orders: Vec<i128> = vec![0; degree(length) + 1];
    orders[0] = 1;
    for factor in 2..=length {
        // Times (1 - q^factor) / (1 - q).
        for power in (factor..orders.len()).rev() {
            orders[power] -= orders[power - factor];
        }
        for power in 1..orders.len() {
            orders[power] += orders[power - 1];
        }
    }
    for factor in ties.iter().flat_map(|size| 2..=*size) {
        for power in (1..orders.len()).rev() {
            orders[power] -= orders[power - 1];
        }
        for power in factor..orders.len() {
            orders[power] += orders[power - factor];
        }
    }
    let pairs = degree(length) - ties.iter().map(|size| degree(*size)).sum::<usize>();
    orders.truncate(pairs + 1);
    let pairs = i64::try_from(pairs).unwrap_or(i64::MAX);
    let scores = (0_i64..).map(|inversions| pairs - 2 * inversions);
    let one_sided: i128 = orders.iter().zip(scores).filter(|(_, found)| found.abs() >= score.abs()).map(|(count, _)| *count).sum();
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
    let share = one_sided as f64 / orders.iter().sum::<i128>() as f64;
    share
}

fn approximate(length: usize, ties: &[usize], score: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a row has few periods")]
    let term = |size: usize| {
        let size = size as f64;
        size * (size - 1.0) * (2.0 * size + 5.0)
    };
    let variance = (term(length) - ties.iter().map(|size| term(*size)).sum::<f64>()) / 18.0;
    if score == 0 || variance <= 0.0 {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a row has few pairs")]
    let distance = (score.abs() - 1) as f64 / variance.sqrt();
    two_sided(distance)
}

/// The chance of a normal variable to lie at least so far from its mean, to both sides, to seven digits.
/// Definition: Abramowitz and Stegun 7.1.26.
fn two_sided(distance: f64) -> f64 {
    let x = distance / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let polynomial = series.iter().fold(0.0, |sum, factor| (sum + factor) * t);
    (polynomial * (-x * x).exp()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(values: &[f64]) -> Trend {
        trend(&values.iter().copied().map(Some).collect::<Vec<_>>())
    }

    /// Numbers that look like chance and are the same each time.
    fn noise() -> impl FnMut() -> u64 {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state >> 11
        }
    }

    #[test]
    fn the_chance_is_the_share_of_all_orders() {
        // By trying all 720 (or fewer different) orders of six values.
        for row in [vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![1.0, 1.0, 2.0, 3.0, 3.0, 3.0], vec![2.0, 1.0, 1.0, 5.0, 4.0, 4.0]] {
            let mut scores = Vec::new();
            permute(&mut row.clone(), 0, &mut |order| scores.push(score(order)));
            for target in -15..=15_i64 {
                let share = scores.iter().filter(|found| found.abs() >= target.abs()).count() as f64 / scores.len() as f64;
                assert!((exact(row.len(), &ties(&row), target) - share).abs() < 1e-12, "{row:?} {target}");
            }
        }
    }

    fn permute(row: &mut Vec<f64>, fixed: usize, tell: &mut impl FnMut(&[f64])) {
        if fixed == row.len() {
            tell(row);
            return;
        }
        for index in fixed..row.len() {
            row.swap(fixed, index);
            permute(row, fixed + 1, tell);
            row.swap(fixed, index);
        }
    }

    #[test]
    fn both_ways_to_compute_the_chance_meet() {
        for (length, ties, score) in [(30, vec![1; 30], 101), (30, vec![5; 6], 91), (28, vec![1; 28], 60)] {
            let (exact, approximate) = (exact(length, &ties, score), approximate(length, &ties, score));
            assert!((exact - approximate).abs() < 0.003, "{exact} {approximate}");
        }
        assert!((two_sided(1.959_964) - 0.05).abs() < 1e-6);
        assert!((two_sided(0.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn noise_is_called_a_trend_in_at_most_one_of_twenty() {
        let mut next = noise();
        for kinds in [1_000_000, 8, 2] {
            let rounds = 4_000;
            let rows = (0..rounds).map(|_| {
                let row: Vec<Option<f64>> = (0..PERIODS).map(|_| (!next().is_multiple_of(10)).then(|| (next() % kinds) as f64)).collect();
                trend(&row)
            });
            let called = rows.filter(|trend| matches!(trend.direction, Direction::Rising | Direction::Falling)).count();
            let share = called as f64 / f64::from(rounds);
            assert!(share < 0.055 && share > 0.01, "{kinds}: {share}");
        }
    }

    #[test]
    fn a_trend_under_noise_is_found() {
        let mut next = noise();
        let rows = (0..500).map(|_| known(&(0..PERIODS).map(|index| index as f64 + (next() % 1_000) as f64 / 100.0).collect::<Vec<_>>()));
        let found = rows.filter(|trend| trend.direction == Direction::Rising).count();
        assert!(found > 450, "{found}");
    }

    #[test]
    fn too_few_periods_say_nothing_and_missing_ones_keep_their_place() {
        assert_eq!(known(&[1.0, 2.0, 3.0, 4.0, 5.0]).direction, Direction::TooFew);
        assert_eq!(trend(&[]).slope, None);
        let gaps = trend(&[Some(0.0), None, Some(2.0), Some(f64::NAN), Some(4.0), Some(5.0), None, Some(7.0), Some(8.0)]);
        assert_eq!((gaps.direction, gaps.slope, gaps.known), (Direction::Rising, Some(1.0), 6));
        assert_eq!(gaps.is_better(false), Some(false));
    }

    proptest! {
        #[test]
        fn a_constant_has_no_trend(value in -1e9..1e9_f64, length in 0..40_usize) {
            let found = known(&vec![value; length]);
            prop_assert!(matches!(found.direction, Direction::Unclear | Direction::TooFew));
            prop_assert!(found.slope.is_none_or(|slope| slope == 0.0));
            prop_assert!(found.chance.is_none_or(|chance| (chance - 1.0).abs() < 1e-12));
        }

        #[test]
        fn upside_down_and_backwards_it_is_the_opposite(row in proptest::collection::vec(proptest::option::of(-9..9_i32), 0..40)) {
            let row: Vec<Option<f64>> = row.into_iter().map(|value| value.map(f64::from)).collect();
            let found = trend(&row);
            let down: Vec<_> = row.iter().map(|value| value.map(|value| -value)).collect();
            let back: Vec<_> = row.iter().rev().copied().collect();
            for other in [trend(&down), trend(&back)] {
                prop_assert_eq!(other.is_better(true), found.is_better(false));
                prop_assert_eq!(other.chance, found.chance);
                prop_assert_eq!(other.slope.map(|slope| slope + 0.0), found.slope.map(|slope| -slope + 0.0));
            }
            let larger: Vec<_> = row.iter().map(|value| value.map(|value| value * 4.0 + 100.0)).collect();
            prop_assert_eq!(trend(&larger).direction, found.direction);
            prop_assert!(found.chance.is_none_or(|chance| (0.0..=1.0).contains(&chance)));
        }
    }
}
