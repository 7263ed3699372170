//! What moved between two periods, and because of which records.
//!
//! # Invariants
//! - The cause of a difference is the smallest set of records without which more than half of it would not be there. For sums
//!   the set is the smallest; for stability, where records hide each other, it is found greedily and no member is needless.
//! - The same records in another order give the same answer: ties go to the smaller key.
//! - What is unknown on either side has not moved.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::policy::QualityPolicy;
use crate::model::{Instant, Span};
use crate::quality::incidents::Incident;
use crate::quality::stability::{Stability, by_weight, class_of, stability};

/// The records behind a difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Causes<K> {
    /// The records, the one that undoes most first.
    pub records: Vec<K>,
    /// The share of the difference that would not be there without them: above 0.5 where that can be had, above 1.0 if the
    /// difference would turn around.
    pub undone: f64,
}

/// The records behind the difference of a figure that is a sum. Each record comes with what it adds to the difference: its
/// part of the later figure less its part of the earlier one, in whole units of the figure. Nothing if there is no difference.
#[must_use]
pub fn causes_of_sum<K: Ord>(records: impl IntoIterator<Item = (K, i64)>) -> Option<Causes<K>> {
    let mut records: Vec<(K, i64)> = records.into_iter().collect();
    let difference: i128 = records.iter().map(|(_, part)| i128::from(*part)).sum();
    if difference == 0 {
        return None;
    }
    let sign = difference.signum();
    records.sort_by(|a, b| (sign * i128::from(b.1)).cmp(&(sign * i128::from(a.1))).then_with(|| a.0.cmp(&b.0)));
    let mut undone = 0;
    let mut causes = Vec::new();
    for (key, part) in records {
        if undone * 2 > difference.abs() {
            break;
        }
        undone += sign * i128::from(part);
        causes.push(key);
    }
    Some(Causes { records: causes, undone: ratio(undone, difference.abs()) })
}

/// One of the two periods whose stability is compared.
#[derive(Clone, Copy, Debug)]
pub struct Side<'p> {
    /// The part of the period that counts: up to now if it runs.
    pub span: Span,
    /// Its policy.
    pub policy: &'p QualityPolicy,
}

/// The incidents behind a difference of stability: those that would have to be gone, from both periods, for more than half of
/// it to vanish; at most `most` of them. Nothing if there is no difference.
#[must_use]
pub fn causes_of_stability<K: Ord + Clone>(
    incidents: &[(K, &Incident)],
    earlier: Side<'_>,
    later: Side<'_>,
    most: usize,
) -> Option<Causes<K>> {
    let mut left: Vec<&(K, &Incident)> = incidents.iter().collect();
    left.sort_by(|a, b| a.0.cmp(&b.0));
    let value = |side: Side<'_>, left: &[&(K, &Incident)]| {
        stability(left.iter().map(|(_, incident)| *incident), side.span, Instant::MAX, side.policy).map(|found: Stability| found.value())
    };
    let difference = |left: &[&(K, &Incident)]| Some(value(later, left)? - value(earlier, left)?);
    let whole = difference(&left).filter(|whole| *whole != 0.0)?;
    let (worse, better) = if whole < 0.0 { (later, earlier) } else { (earlier, later) };
    let undone = |left: &[&(K, &Incident)]| difference(left).map_or(0.0, |rest| 1.0 - rest / whole);
    let mut causes: Vec<&(K, &Incident)> = Vec::new();
    while causes.len() < most && undone(&left) <= 0.5 {
        let (gains, losses) = (parts(&left, worse), parts(&left, better));
        let gain = |index: usize| {
            // Shares of either period, over one denominator.
            i128::from(gains[index].alone) * i128::from(better.span.micros())
                - i128::from(losses[index].alone) * i128::from(worse.span.micros())
        };
        // Where incidents hide each other, none helps alone: then the one that weighs most has to go first.
        let best = (0..left.len())
            .filter(|index| gains[*index].own > 0)
            .max_by(|a, b| (gain(*a), gains[*a].own).cmp(&(gain(*b), gains[*b].own)).then(b.cmp(a)));
        let Some(best) = best else { break };
        causes.push(left.remove(best));
    }
    let mut index = causes.len();
    while index > 0 {
        index -= 1;
        let with: Vec<_> = left.iter().copied().chain([causes[index]]).collect();
        if causes.len() > 1 && undone(&left) > 0.5 && undone(&with) > 0.5 {
            left = with;
            causes.remove(index);
        }
    }
    if causes.is_empty() {
        return None;
    }
    Some(Causes { undone: undone(&left), records: causes.into_iter().map(|(key, _)| key.clone()).collect() })
}

/// The part of an incident in the impact of a period, in thousandths of a microsecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    /// What would not be there without it.
    alone: i64,
    /// What it would take if there were no other.
    own: i64,
}

fn parts<K>(incidents: &[&(K, &Incident)], side: Side<'_>) -> Vec<Part> {
    let weight = |class: usize| i64::from(side.policy.weights.of(crate::quality::stability::CLASSES[class]));
    let mut found = vec![Part::default(); incidents.len()];
    let mut edges: Vec<(Instant, bool, usize, usize)> = Vec::new();
    for (index, (_, incident)) in incidents.iter().enumerate() {
        if side.span.contains(incident.started()) {
            let fixed = weight(class_of(incident.severity())) * i64::from(side.policy.fixed_cost_minutes) * 60_000_000;
            found[index] = Part { alone: fixed, own: fixed };
        }
        for piece in incident.pieces() {
            let span = piece.span.and(side.span);
            if !span.is_empty() {
                let class = class_of(piece.severity);
                found[index].own += weight(class) * span.micros();
                edges.extend([(span.from, true, class, index), (span.to, false, class, index)]);
            }
        }
    }
    edges.sort_unstable();
    let heaviest = by_weight(side.policy);
    let mut active: [BTreeSet<usize>; 4] = Default::default();
    let mut since = side.span.from;
    for (at, begins, class, index) in edges {
        let mut heavy = heaviest.iter().filter(|class| !active[**class].is_empty());
        if let Some(top) = heavy.next()
            && active[*top].len() == 1
            && let Some(alone) = active[*top].first()
        {
            let below = heavy.next().map_or(0, |class| weight(*class));
            found[*alone].alone += (weight(*top) - below) * Span::new(since, at).micros();
        }
        since = at;
        if begins {
            active[class].insert(index)
        } else {
            active[class].remove(&index)
        };
    }
    found
}

/// A figure of an entity in two periods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved<K> {
    /// Whose.
    pub key: K,
    /// In the earlier period.
    pub before: f64,
    /// In the later one.
    pub after: f64,
}

/// What moved most.
#[derive(Clone, Debug, PartialEq)]
pub struct Movers<K> {
    /// Upwards, the largest step first.
    pub up: Vec<Moved<K>>,
    /// Downwards, the largest step first.
    pub down: Vec<Moved<K>>,
    /// How many are unknown in one of the periods, and could not be compared.
    pub unknown: usize,
}

/// The entities whose figure moved most between two periods, at most `most` of each direction. An entity that is missing on
/// one side is unknown there.
#[must_use]
pub fn movers<K: Ord + Clone>(before: &BTreeMap<K, Option<f64>>, after: &BTreeMap<K, Option<f64>>, most: usize) -> Movers<K> {
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    let mut movers = Movers { up: Vec::new(), down: Vec::new(), unknown: 0 };
    for key in keys {
        let of = |side: &BTreeMap<K, Option<f64>>| side.get(key).copied().flatten().filter(|value| value.is_finite());
        match (of(before), of(after)) {
            (Some(before), Some(after)) if after > before => movers.up.push(Moved { key: key.clone(), before, after }),
            (Some(before), Some(after)) if after < before => movers.down.push(Moved { key: key.clone(), before, after }),
            (Some(_), Some(_)) => {}
            _ => movers.unknown += 1,
        }
    }
    for side in [&mut movers.up, &mut movers.down] {
        side.sort_by(|a, b| (b.after - b.before).abs().total_cmp(&(a.after - a.before).abs()).then_with(|| a.key.cmp(&b.key)));
        side.truncate(most);
    }
    movers
}

fn ratio(part: i128, whole: i128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
    let share = part as f64 / whole as f64;
    share
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::trouble::Severity;
    use crate::quality::incidents::Piece;

    fn at(minute: i64) -> Instant {
        Instant::from_seconds(minute * 60)
    }

    fn incident(severity: Severity, from: i64, to: i64) -> Incident {
        Incident::new(vec![Piece { span: Span::new(at(from), at(to)), severity: Some(severity) }], None, Vec::new()).unwrap()
    }

    fn causes(incidents: &[Incident]) -> Option<Causes<usize>> {
        let policy = QualityPolicy::default();
        let keyed: Vec<(usize, &Incident)> = incidents.iter().enumerate().collect();
        let side = |from, to| Side { span: Span::new(at(from), at(to)), policy: &policy };
        causes_of_stability(&keyed, side(0, 1_000), side(1_000, 2_000), 10)
    }

    #[test]
    fn the_fewest_records_that_undo_more_than_half() {
        let causes = causes_of_sum([("a", 1), ("b", 5), ("c", -2), ("d", 5), ("e", 3)]).unwrap();
        assert_eq!((causes.records, causes.undone), (vec!["b", "d"], 10.0 / 12.0));
        let causes = causes_of_sum([("a", 7), ("b", -9), ("c", -8)]).unwrap();
        assert_eq!((causes.records, causes.undone), (vec!["b"], 0.9));
        assert_eq!(causes_of_sum([("a", 2), ("b", -2)]), None);
    }

    #[test]
    fn incidents_that_hide_each_other_have_to_go_together() {
        use Severity::{Critical, Minor};
        let found = causes(&[incident(Critical, 900, 1_500), incident(Critical, 900, 1_500), incident(Minor, 1_600, 1_700)]).unwrap();
        assert_eq!(found.records, [0, 1]);
        assert!(found.undone > 0.5);
        let one = causes(&[incident(Critical, 1_100, 1_400), incident(Minor, 1_000, 1_900)]).unwrap();
        assert_eq!(one.records, [0]);
    }

    #[test]
    fn what_became_better_did_so_because_of_what_is_gone() {
        let found =
            causes(&[incident(Severity::Critical, 100, 300), incident(Severity::Major, 500, 510), incident(Severity::Minor, 1_100, 1_110)]);
        assert_eq!(found.unwrap().records, [0]);
        assert_eq!(causes(&[]), None);
    }

    #[test]
    fn what_is_unknown_has_not_moved() {
        let before = BTreeMap::from([("a", Some(1.0)), ("b", None), ("c", Some(5.0)), ("d", Some(2.0)), ("e", Some(2.0))]);
        let after =
            BTreeMap::from([("a", Some(3.0)), ("b", Some(1.0)), ("c", Some(4.0)), ("d", Some(4.0)), ("e", Some(2.0)), ("f", Some(1.0))]);
        let found = movers(&before, &after, 1);
        assert_eq!((found.up[0].key, found.up.len(), found.down[0].key, found.unknown), ("a", 1, "c", 2));
    }

    fn any_incident() -> impl Strategy<Value = Incident> {
        (0..3_usize, 0..1_950_i64, 0..500_i64).prop_map(|(severity, from, length)| incident(Severity::ALL[severity], from, from + length))
    }

    proptest! {
        #[test]
        fn a_part_is_what_would_not_be_there(incidents in proptest::collection::vec(any_incident(), 1..10)) {
            let policy = QualityPolicy::default();
            let side = Side { span: Span::new(at(1_000), at(2_000)), policy: &policy };
            let keyed: Vec<(usize, &Incident)> = incidents.iter().enumerate().collect();
            let impact = |without: Option<usize>| {
                let left = keyed.iter().filter(|(key, _)| Some(*key) != without).map(|(_, incident)| *incident);
                stability(left, side.span, Instant::MAX, &policy).unwrap().impact()
            };
            let only = |index: usize| stability([keyed[index].1], side.span, Instant::MAX, &policy).unwrap().impact();
            for (index, part) in parts(&keyed.iter().collect::<Vec<_>>(), side).iter().enumerate() {
                prop_assert_eq!(*part, Part { alone: impact(None) - impact(Some(index)), own: only(index) });
            }
        }

        #[test]
        fn no_cause_is_needless(incidents in proptest::collection::vec(any_incident(), 1..9)) {
            let Some(found) = causes(&incidents) else { return Ok(()) };
            let policy = QualityPolicy::default();
            let undone = |gone: &[usize]| {
                let value = |gone: &[usize], from, to| {
                    let left = incidents.iter().enumerate().filter(|(key, _)| !gone.contains(key)).map(|(_, incident)| incident);
                    stability(left, Span::new(at(from), at(to)), Instant::MAX, &policy).unwrap().value()
                };
                let difference = |gone: &[usize]| value(gone, 1_000, 2_000) - value(gone, 0, 1_000);
                1.0 - difference(gone) / difference(&[])
            };
            prop_assert!((undone(&found.records) - found.undone).abs() < 1e-9);
            prop_assert!(found.undone > 0.5);
            for index in 0..found.records.len() {
                let mut fewer = found.records.clone();
                fewer.remove(index);
                prop_assert!(fewer.is_empty() || undone(&fewer) <= 0.5 + 1e-9);
            }
        }

        #[test]
        fn sums_are_indifferent_to_order(parts in proptest::collection::vec(-20..20_i64, 0..12)) {
            let records: Vec<(usize, i64)> = parts.into_iter().enumerate().collect();
            let found = causes_of_sum(records.clone());
            prop_assert_eq!(&found, &causes_of_sum(records.iter().rev().copied()));
            if let Some(found) = found {
                prop_assert!(found.undone > 0.5);
            }
        }
    }
}
