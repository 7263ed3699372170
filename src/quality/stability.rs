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
    let until = begun(cuts, now);
    let mut started = vec![[0; 4]; cuts.buckets()];
    let mut edges: Vec<Edge> = Vec::new();
    for (incident, scope) in incidents {
        let began = Some(incident.started()).filter(|at| *at <= now && scope.contains(*at));
        if let Some(bucket) = began.and_then(|at| cuts.bucket_of(at)) {
            started[bucket][class_of(incident.severity())] += 1;
        }
        for span in scope.as_slice() {
            edges.extend(Edge::of(incident, span.and(until.whole())));
        }
    }
    edges.sort_unstable();
    let mut edges = edges.into_iter().peekable();
    let mut standing = Standing::at(until.whole().from);
    let stability = |(bucket, span): (usize, Span)| {
        let before = standing;
        while let Some(edge) = edges.next_if(|edge| edge.at < span.to) {
            standing.pass(edge);
        }
        standing.move_to(span.to);
        Some(Stability::of(span, &standing.since(&before), started[bucket], policy(bucket)))
    };
    let mut found: Vec<Option<Stability>> = until.spans().enumerate().map(stability).collect();
    found.resize(cuts.buckets(), None);
    found
}

/// The cuts up to now.
pub(crate) fn begun(cuts: &Cuts, now: Instant) -> Cuts {
    Cuts::new(cuts.as_slice().iter().map(|cut| (*cut).min(now)).collect())
}

/// From an instant on one more incident of a class goes on, or one less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) at: Instant,
    class: u8,
    change: i8,
}

impl Edge {
    /// Where the pieces of an incident begin and end within a span.
    pub(crate) fn of(incident: &Incident, within: Span) -> impl Iterator<Item = Self> + '_ {
        let parts = incident.pieces().iter().map(move |piece| (piece.span.and(within), class_of(piece.severity)));
        parts.filter(|(part, _)| !part.is_empty()).flat_map(|(part, class)| {
            let edge = |at, change| Self { at, class: u8::try_from(class).unwrap_or(0), change };
            [edge(part.from, 1), edge(part.to, -1)]
        })
    }

    /// What takes it back.
    pub(crate) const fn reversed(self) -> Self {
        Self { change: -self.change, ..self }
    }
}

/// Sets of classes: those of which any incident goes on at a time.
const SETS: usize = 1 << CLASSES.len();

/// For how many microseconds exactly the classes of each set went on.
pub(crate) type Lasted = [i64; SETS];

/// What goes on at an instant, and what did before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    at: Instant,
    /// How many of each class.
    active: [i32; CLASSES.len()],
    lasted: Lasted,
}

impl Standing {
    /// At an instant, and nothing before it.
    pub(crate) const fn at(at: Instant) -> Self {
        Self { at, active: [0; CLASSES.len()], lasted: [0; SETS] }
    }

    /// Later; what goes on did so all the while.
    pub(crate) fn move_to(&mut self, at: Instant) {
        let set = (0..CLASSES.len()).filter(|class| self.active[*class] > 0).fold(0, |set, class| set | 1 << class);
        if set > 0 {
            self.lasted[set] += Span::new(self.at, at).micros();
        }
        self.at = at;
    }

    pub(crate) fn pass(&mut self, edge: Edge) {
        self.move_to(edge.at);
        self.apply(edge);
    }

    /// As if the edge had been passed before.
    pub(crate) const fn apply(&mut self, edge: Edge) {
        self.active[edge.class as usize] += edge.change as i32;
    }

    /// What went on from an earlier one to this.
    pub(crate) fn since(&self, earlier: &Self) -> Lasted {
        std::array::from_fn(|set| self.lasted[set] - earlier.lasted[set])
    }
}

impl Stability {
    /// Of a span, from what went on in it and how many of each class started in it.
    pub(crate) fn of(span: Span, lasted: &Lasted, started: [u32; CLASSES.len()], policy: &QualityPolicy) -> Self {
        let heaviest = by_weight(policy);
        let mut micros = [0; CLASSES.len()];
        for (set, lasted) in lasted.iter().enumerate() {
            if let Some(class) = heaviest.iter().find(|class| set & 1 << **class > 0) {
                micros[*class] += lasted;
            }
        }
        let share = |class: usize| {
            let (severity, micros, started) = (CLASSES[class], micros[class], started[class]);
            let weight = i64::from(policy.weights.of(severity));
            let fixed = i64::from(started) * weight * i64::from(policy.fixed_cost_minutes) * MICROS_OF_A_MINUTE;
            Share { severity, started, micros, lasting: micros * weight, fixed }
        };
        Self { length: span.micros(), shares: std::array::from_fn(share) }
    }
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
