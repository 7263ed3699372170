//! Product stability: the share of a period in which the product worked.
//!
//! # Invariants
//! - Stability is 1 - impact / length, never below 0. Impact is the integral of the highest weight among the incidents that
//!   go on (what overlaps counts once), plus a fixed cost for each that starts. So both duration and number move it.
//! - All sums are whole numbers: thousandths of a microsecond. The order of the incidents changes nothing.
//! - Impacts of adjoining periods add up.
//! - An incident of unknown severity weighs as a minor one, and is told apart.

use crate::model::policy::QualityPolicy;
use crate::model::trouble::Severity;
use crate::model::{Instant, Span, Spans};
use crate::quality::cuts::Cuts;
use crate::quality::incidents::Incident;

/// Severities from the worst to the least, then the unknown one: the order of [`Stability::shares`].
pub const CLASSES: [Option<Severity>; 4] = [Some(Severity::Critical), Some(Severity::Major), Some(Severity::Minor), None];

const MICROS_OF_A_MINUTE: i64 = 60_000_000;

/// How stable the product was in a period, and what took it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stability {
    length: i64,
    shares: [Share; 4],
}

/// What the incidents of one severity took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The severity; absent: not known.
    pub severity: Option<Severity>,
    /// How many incidents of this severity started in the period.
    pub started: u32,
    /// Microseconds in which one of this severity went on and none that weighs more.
    pub micros: i64,
    /// The weight of those, in thousandths of a microsecond.
    pub lasting: i64,
    /// The fixed cost of those that started, in thousandths of a microsecond.
    pub fixed: i64,
}

impl Stability {
    /// From 0.0 to 1.0.
    #[must_use]
    pub fn value(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a ratio needs no more than 52 bits")]
        let lost = self.impact() as f64 / (self.length as f64 * 1_000.0);
        (1.0 - lost).max(0.0)
    }

    /// Seconds of the whole product that were lost, fixed costs included. May exceed the length of the period.
    #[must_use]
    pub fn impact_seconds(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "seconds need no more than 52 bits")]
        let seconds = self.impact() as f64 / 1e9;
        seconds
    }

    /// The same in thousandths of a microsecond, exactly.
    #[must_use]
    pub fn impact(&self) -> i64 {
        self.shares.iter().map(|share| share.lasting + share.fixed).sum()
    }

    /// Microseconds of the period that count: all of it, or what has passed of it.
    #[must_use]
    pub const fn length(&self) -> i64 {
        self.length
    }

    /// What each severity took, from the worst to the unknown one.
    #[must_use]
    pub const fn shares(&self) -> &[Share; 4] {
        &self.shares
    }
}

/// The stability of a span by a policy. A span that is not over at `now` counts up to now; nothing if it has not begun.
/// Incidents that still go on last until the end of what counts.
#[must_use]
pub fn stability<'i>(
    incidents: impl IntoIterator<Item = &'i Incident>,
    span: Span,
    now: Instant,
    policy: &QualityPolicy,
) -> Option<Stability> {
    let always = Spans::always();
    series(incidents.into_iter().map(|incident| (incident, &always)), &Cuts::of(span), now, |_| policy).pop().flatten()
}

/// The stability of each bucket, in one pass; `policy` gives that of a bucket by its number. Each incident comes with the
/// spans in which a service that it happened to belonged to the scope: outside of them it takes nothing. Buckets are cut at
/// `now`; those that have not begun by then have none.
#[must_use]
pub fn series<'i, 'p>(
    incidents: impl IntoIterator<Item = (&'i Incident, &'i Spans)>,
    cuts: &Cuts,
    now: Instant,
    policy: impl Fn(usize) -> &'p QualityPolicy,
) -> Vec<Option<Stability>> {
    let mut begun: Vec<Instant> = cuts.as_slice().iter().map(|cut| (*cut).min(now)).collect();
    begun.dedup();
    let mut found: Vec<Option<Stability>> = begun_series(incidents, &Cuts::new(begun), policy).into_iter().map(Some).collect();
    found.resize(cuts.buckets(), None);
    found
}

fn begun_series<'i, 'p>(
    incidents: impl IntoIterator<Item = (&'i Incident, &'i Spans)>,
    cuts: &Cuts,
    policy: impl Fn(usize) -> &'p QualityPolicy,
) -> Vec<Stability> {
    let nothing = |severity| Share { severity, started: 0, micros: 0, lasting: 0, fixed: 0 };
    let empty = |span: Span| Stability { length: span.micros(), shares: CLASSES.map(nothing) };
    let mut found: Vec<Stability> = cuts.spans().map(empty).collect();
    let (Some(first), Some(last)) = (cuts.as_slice().first().copied(), cuts.as_slice().last().copied()) else { return found };
    let whole = Span::new(first, last);
    let mut edges: Vec<(Instant, usize, i32)> = Vec::new();
    for (incident, scope) in incidents {
        if let Some(bucket) = cuts.bucket_of(incident.started()).filter(|_| scope.contains(incident.started())) {
            found[bucket].shares[class_of(incident.severity())].started += 1;
        }
        for piece in incident.pieces() {
            let class = class_of(piece.severity);
            let parts = scope.as_slice().iter().map(|part| part.and(piece.span).and(whole)).filter(|part| !part.is_empty());
            edges.extend(parts.flat_map(|part| [(part.from, class, 1), (part.to, class, -1)]));
        }
    }
    edges.sort_unstable();
    let mut edges = edges.into_iter().peekable();
    let mut active = [0_i32; 4];
    for (bucket, span) in cuts.spans().enumerate() {
        let policy = policy(bucket);
        let heaviest = by_weight(policy);
        let mut since = span.from;
        loop {
            let until = edges.peek().map_or(span.to, |(at, ..)| (*at).min(span.to));
            if let Some(class) = heaviest.iter().find(|class| active[**class] > 0) {
                found[bucket].shares[*class].micros += Span::new(since, until).micros();
            }
            since = until;
            if until == span.to {
                break;
            }
            while let Some((_, class, change)) = edges.next_if(|(at, ..)| *at == until) {
                active[class] += change;
            }
        }
        for share in &mut found[bucket].shares {
            let weight = i64::from(policy.weights.of(share.severity));
            share.lasting = share.micros * weight;
            share.fixed = i64::from(share.started) * weight * i64::from(policy.fixed_cost_minutes) * MICROS_OF_A_MINUTE;
        }
    }
    found
}

/// The place of a severity among [`CLASSES`].
pub(crate) const fn class_of(severity: Option<Severity>) -> usize {
    match severity {
        Some(Severity::Critical) => 0,
        Some(Severity::Major) => 1,
        Some(Severity::Minor) => 2,
        None => 3,
    }
}

/// The classes with the heaviest first; of two that weigh the same the more severe.
pub(crate) fn by_weight(policy: &QualityPolicy) -> [usize; 4] {
    let mut order = [0, 1, 2, 3];
    order.sort_by_key(|class| std::cmp::Reverse(policy.weights.of(CLASSES[*class])));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quality::incidents::Piece;

    const HOUR: i64 = 3_600;

    fn at(seconds: i64) -> Instant {
        Instant::from_seconds(seconds)
    }

    fn incident(pieces: &[(i64, i64, Option<Severity>)]) -> Incident {
        let piece =
            |(from, to, severity): &(i64, i64, Option<Severity>)| Piece { span: Span::new(at(*from), at(*to)), severity: *severity };
        Incident::new(pieces.iter().map(piece).collect(), None, Vec::new()).unwrap()
    }

    fn of(incidents: &[Incident], from: i64, to: i64) -> Stability {
        stability(incidents, Span::new(at(from), at(to)), Instant::MAX, &QualityPolicy::default()).unwrap()
    }

    #[test]
    fn what_overlaps_counts_once_and_what_starts_costs() {
        let critical = incident(&[(HOUR, 2 * HOUR, Some(Severity::Critical))]);
        let major = incident(&[(0, 4 * HOUR, Some(Severity::Major))]);
        let stability = of(&[critical, major], 0, 10 * HOUR);
        // Critical one hour, major the other three at a half; 15 and 7.5 minutes of fixed cost.
        assert_eq!(stability.impact_seconds(), 3_600.0 + 5_400.0 + 900.0 + 450.0);
        assert_eq!(stability.shares()[1].micros, 3 * HOUR * 1_000_000);
        assert!((stability.value() - (1.0 - 10_350.0 / 36_000.0)).abs() < 1e-12);
    }

    fn whole_series(incidents: &[Incident], cuts: &Cuts, now: Instant, policy: &QualityPolicy) -> Vec<Option<Stability>> {
        let always = Spans::always();
        series(incidents.iter().map(|incident| (incident, &always)), cuts, now, |_| policy)
    }

    #[test]
    fn outside_of_its_scope_an_incident_takes_nothing() {
        let critical = incident(&[(HOUR, 4 * HOUR, Some(Severity::Critical))]);
        let policy = QualityPolicy::default();
        let impact = |from: i64, to: i64| {
            let scope = Spans::from_iter([Span::new(at(from), at(to))]);
            series([(&critical, &scope)], &Cuts::of(Span::new(at(0), at(10 * HOUR))), Instant::MAX, |_| &policy)[0]
                .as_ref()
                .map(Stability::impact_seconds)
        };
        assert_eq!(impact(0, 2 * HOUR), Some(3_600.0 + 900.0));
        assert_eq!(impact(2 * HOUR, 9 * HOUR), Some(7_200.0), "it began elsewhere");
    }

    #[test]
    fn nothing_happened_is_perfect_and_nothing_began_is_unknown() {
        assert_eq!(of(&[], 0, HOUR).value(), 1.0);
        let policy = QualityPolicy::default();
        for now in [0, HOUR] {
            assert_eq!(stability(&[], Span::new(at(HOUR), at(2 * HOUR)), at(now), &policy), None);
        }
    }

    #[test]
    fn one_without_end_lasts_until_now_and_stability_never_falls_below_zero() {
        let open = Incident::new(vec![Piece { span: Span::new(at(0), Instant::MAX), severity: Some(Severity::Critical) }], None, vec![]);
        let stability = stability(open.as_ref(), Span::new(at(0), at(10 * HOUR)), at(2 * HOUR), &QualityPolicy::default()).unwrap();
        assert_eq!((stability.value(), stability.length(), stability.impact_seconds()), (0.0, 2 * HOUR * 1_000_000, 8_100.0));
    }

    #[test]
    fn unknown_severity_weighs_as_minor_and_is_told_apart() {
        let stability = of(&[incident(&[(0, HOUR, None)]), incident(&[(0, HOUR, Some(Severity::Minor))])], 0, 10 * HOUR);
        let shares = stability.shares();
        assert_eq!((shares[2].micros, shares[3].micros), (HOUR * 1_000_000, 0));
        assert_eq!((shares[2].started, shares[3].started, shares[2].fixed), (1, 1, shares[3].fixed));
    }

    #[test]
    fn severity_counts_for_as_long_as_it_was() {
        let worse = incident(&[(0, HOUR, Some(Severity::Minor)), (HOUR, 2 * HOUR, Some(Severity::Critical))]);
        // The worst that it was decides about the fixed cost, wherever it began.
        assert_eq!(of(&[worse], 0, 10 * HOUR).impact_seconds(), 360.0 + 3_600.0 + 900.0);
    }

    fn severity() -> impl Strategy<Value = Option<Severity>> {
        proptest::option::of(proptest::sample::select(Severity::ALL.to_vec()))
    }

    fn incidents() -> impl Strategy<Value = Vec<Incident>> {
        let one = (0..200_i64, -10..80_i64, severity()).prop_map(|(from, length, severity)| incident(&[(from, from + length, severity)]));
        proptest::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn impacts_of_adjoining_periods_add_up(incidents in incidents(), cuts in proptest::collection::vec(0..250_i64, 2..8)) {
            let cuts = Cuts::new(cuts.into_iter().map(at).collect());
            prop_assume!(cuts.buckets() > 0);
            let policy = QualityPolicy::default();
            let parts: Vec<Stability> = whole_series(&incidents, &cuts, Instant::MAX, &policy).into_iter().flatten().collect();
            let (first, last) = (cuts.as_slice()[0], cuts.as_slice()[cuts.buckets()]);
            let whole = stability(&incidents, Span::new(first, last), Instant::MAX, &policy).unwrap();
            prop_assert_eq!(parts.iter().map(Stability::impact).sum::<i64>(), whole.impact());
            for (part, span) in parts.iter().zip(cuts.spans()) {
                prop_assert_eq!(Some(part.clone()), stability(&incidents, span, Instant::MAX, &policy));
                prop_assert!((0.0..=1.0).contains(&part.value()));
            }
        }

        #[test]
        fn it_is_the_integral_second_by_second(incidents in incidents(), from in 0..200_i64, length in 1..100_i64) {
            let policy = QualityPolicy::default();
            let weight = |second: i64| {
                let active = incidents.iter().flat_map(Incident::pieces).filter(|piece| piece.span.contains(at(second)));
                active.map(|piece| policy.weights.of(piece.severity)).max().unwrap_or(0)
            };
            let lasting: i64 = (from..from + length).map(|second| i64::from(weight(second)) * 1_000_000).sum();
            let found = of(&incidents, from, from + length);
            prop_assert_eq!(found.shares().iter().map(|share| share.lasting).sum::<i64>(), lasting);
        }

        #[test]
        fn a_series_says_of_each_bucket_what_the_bucket_says(incidents in incidents(), cuts in proptest::collection::vec(0..250_i64, 0..8), now in 0..250_i64) {
            let policy = QualityPolicy::default();
            let cuts = Cuts::new(cuts.into_iter().map(at).collect());
            let alone: Vec<Option<Stability>> = cuts.spans().map(|span| stability(&incidents, span, at(now), &policy)).collect();
            prop_assert!(alone.iter().zip(cuts.spans()).all(|(found, span)| found.is_some() == (span.from < at(now))));
            prop_assert_eq!(whole_series(&incidents, &cuts, at(now), &policy), alone);
        }

        #[test]
        fn one_incident_more_never_makes_it_better(incidents in incidents(), more in incidents()) {
            let both: Vec<Incident> = incidents.iter().chain(&more).cloned().collect();
            let reversed: Vec<Incident> = both.iter().rev().cloned().collect();
            prop_assert!(of(&both, 0, 250).value() <= of(&incidents, 0, 250).value());
            prop_assert_eq!(of(&both, 0, 250), of(&reversed, 0, 250));
        }
    }
}
