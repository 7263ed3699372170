//! Support cases through time.

use crate::model::{Instant, Span};
use crate::quality::cases::{Case, Summary, summary};
use crate::query::board::places::grouped;
use crate::query::board::{Coverage, Figures, cuts};
use crate::query::metric::{Metric, Split, Whose};
use crate::query::series::Bucket;
use crate::query::{Error, Lens};

/// Counts support cases by owner, or all together.
pub(in crate::query) fn measured(lens: &Lens, whose: Whose, now: Instant, buckets: &[Bucket]) -> Result<Figures, Error> {
    let cuts = cuts(buckets, now);
    let (Some(first), Some(last)) = (cuts.as_slice().first(), cuts.as_slice().last()) else { return Ok(Figures::new()) };
    let cases = lens.view().lives::<Case>()?;
    let coverage = Coverage::of(lens, &cases)?;
    let mut found = Figures::new();
    for (group, cases) in grouped(lens, whose, &cases, Span::new(*first, *last))? {
        let mut counts = vec![0.0; buckets.len()];
        let own = cases.iter().filter(|(case, spans)| spans.contains(case.life.created()) && case.life.is_known(now));
        for bucket in own.filter_map(|(case, _)| cuts.bucket_of(case.life.created())) {
            counts[bucket] += 1.0;
        }
        let points = coverage.points(buckets, now, false, |bucket| counts.get(bucket).copied());
        found.entry(Metric::SupportCases).or_default().insert(group, points);
    }
    Ok(found)
}

/// The cases that were created in a span, by priority and by part of the product. Nothing if no source covers any of it.
///
/// # Errors
/// If the store cannot be read.
pub fn created(lens: &Lens, whose: Whose, span: Span, now: Instant) -> Result<Option<Summary>, Error> {
    let cases = lens.view().lives::<Case>()?;
    if !Coverage::of(lens, &cases)?.touches(span) {
        return Ok(None);
    }
    let mut groups = grouped(lens, Whose { split: Split::Whole, ..whose }, &cases, span)?;
    let own = groups.remove(&None).unwrap_or_default();
    let own = own.iter().filter(|(case, spans)| spans.contains(case.life.created())).map(|(case, _)| &case.life);
    Ok(Some(summary(own, span, now)))
}
