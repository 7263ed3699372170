//! Half-open stretches of time, one or many.
//!
//! # Invariants
//! - A span holds its first instant and not its last: adjoining spans share no instant and leave none out.
//! - [`Spans`] are sorted, not empty and do not touch each other, so that two that cover the same time are equal.

use crate::model::Instant;

/// From an instant up to another one that is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first instant.
    pub from: Instant,
    /// The first instant after; [`Instant::MAX`] for no end.
    pub to: Instant,
}

impl Span {
    /// All time.
    pub const ALWAYS: Self = Self { from: Instant::MIN, to: Instant::MAX };

    /// From `from` up to `to`.
    #[must_use]
    pub const fn new(from: Instant, to: Instant) -> Self {
        Self { from, to }
    }

    /// True if it holds no instant.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.to <= self.from
    }

    /// True if `at` lies in it.
    #[must_use]
    pub fn contains(self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }

    /// Its length in microseconds; 0 if it is empty. Saturates.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.to.micros().saturating_sub(self.from.micros()).max(0)
    }

    /// What both have in common, which may be empty.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}

/// Any number of spans, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Spans(Box<[Span]>);

impl Spans {
    /// All time.
    #[must_use]
    pub fn always() -> Self {
        Self(Box::from([Span::ALWAYS]))
    }

    /// The spans, oldest first.
    #[must_use]
    pub fn as_slice(&self) -> &[Span] {
        &self.0
    }

    /// True if `at` lies in one of them.
    #[must_use]
    pub fn contains(&self, at: Instant) -> bool {
        let after = self.0.partition_point(|span| span.from <= at);
        after > 0 && at < self.0[after - 1].to
    }

    /// What both have in common.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = Vec::new();
        while let (Some(one), Some(two)) = (a.peek(), b.peek()) {
            let both = one.and(**two);
            if !both.is_empty() {
                common.push(both);
            }
            if one.to <= two.to {
                a.next()
            } else {
                b.next()
            };
        }
        Self(common.into())
    }

    /// All the time that they leave out.
    #[must_use]
    pub fn complement(&self) -> Self {
        let starts = std::iter::once(Instant::MIN).chain(self.0.iter().map(|span| span.to));
        let ends = self.0.iter().map(|span| span.from).chain(std::iter::once(Instant::MAX));
        starts.zip(ends).map(|(from, to)| Span::new(from, to)).collect()
    }

    /// Microseconds of `span` that they cover.
    #[must_use]
    pub fn micros_in(&self, span: Span) -> i64 {
        self.0.iter().fold(0, |sum: i64, one| sum.saturating_add(one.and(span).micros()))
    }

    /// Share of `span` that they cover, from 0.0 to 1.0; nothing if `span` is empty.
    #[must_use]
    pub fn share_of(&self, span: Span) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
        (!span.is_empty()).then(|| self.micros_in(span) as f64 / span.micros() as f64)
    }
}

/// Sorted and joined; empty ones are dropped.
impl FromIterator<Span> for Spans {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut sorted: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
        sorted.sort_unstable();
        let mut joined: Vec<Span> = Vec::with_capacity(sorted.len());
        for span in sorted {
            match joined.last_mut() {
                Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
                _ => joined.push(span),
            }
        }
        Self(joined.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans() -> impl Strategy<Value = Spans> {
        let span =
            (0..40_i64, 0..12_i64).prop_map(|(from, length)| Span::new(Instant::from_micros(from), Instant::from_micros(from + length)));
        proptest::collection::vec(span, 0..6).prop_map(Spans::from_iter)
    }

    #[test]
    fn a_share_of_nothing_is_unknown() {
        let at = Instant::from_micros;
        assert_eq!(Spans::always().share_of(Span::new(at(5), at(5))), None);
        assert_eq!(Spans::from_iter([Span::new(at(0), at(4)), Span::new(at(2), at(5))]).share_of(Span::new(at(0), at(10))), Some(0.5));
    }

    proptest! {
        #[test]
        fn what_both_have_in_common_is_in_both(a in spans(), b in spans()) {
            let both = a.and(&b);
            for micros in -1..60 {
                let at = Instant::from_micros(micros);
                prop_assert_eq!(both.contains(at), a.contains(at) && b.contains(at));
            }
            prop_assert!(both.as_slice().windows(2).all(|pair| pair[0].to < pair[1].from));
            prop_assert_eq!(a.and(&Spans::always()), a.clone());
            prop_assert_eq!(both.as_slice().iter().copied().collect::<Spans>(), both);
        }
    }
}
