//! Bugs through time: what came and went, what is open, what is past its SLA.
//!
//! # Invariants
//! - Only bugs in production count.
//! - Flows belong to the owner at the event, levels to the owner at the end of the bucket; so for every scope and bucket open
//!   at the end is open at the start + created + reopened + entered - resolved - left.

use std::collections::BTreeMap;

use crate::model::{Instant, Span};
use crate::quality::breaches::{self, Standing};
use crate::quality::bugs::Life;
use crate::quality::flows::Filter;
use crate::quality::sla::{CLASSES, Terms};
use crate::query::board::places::grouped;
use crate::query::board::{Coverage, Figures, cuts};
use crate::query::metric::{Metric, Whose};
use crate::query::series::Bucket;
use crate::query::{Error, Lens};

/// Seconds before the first bucket in which most of what is open in it was created.
const LIKELY: i64 = 400 * 86_400;

/// Counts bugs by owner, or all together.
pub(in crate::query) fn measured(lens: &Lens, whose: Whose, now: Instant, buckets: &[Bucket]) -> Result<Figures, Error> {
    let cuts = cuts(buckets, now);
    let (Some(first), Some(last)) = (cuts.as_slice().first(), cuts.as_slice().last()) else { return Ok(Figures::new()) };
    let lives = lens.view().lives::<Life>()?;
    let coverage = Coverage::of(lens, &lives)?;
    let terms = terms(lens, Span::new(*first, *last));
    let mut found = Figures::new();
    for (group, lives) in grouped(lens, whose, &lives, Span::new(*first, *last))? {
        let lives = lives.iter().map(|(lived, spans)| (&lived.life, &**spans));
        let series = breaches::series(lives, &Filter::PRODUCTION, &terms, &cuts);
        let mut put = |metric: Metric, value: &dyn Fn(usize) -> u64| {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let points = coverage.points(buckets, now, metric.is_level(), |bucket| Some(value(bucket) as f64));
            found.entry(metric).or_default().insert(group, points);
        };
        put(Metric::OpenBugs, &|bucket| series.flows[bucket].open_at_end);
        put(Metric::BugsInBreach, &|bucket| series.in_breach[bucket + 1].iter().sum());
        put(Metric::NewlyInBreachBugs, &|bucket| series.newly_in_breach[bucket]);
        put(Metric::LateResolvedBugs, &|bucket| series.resolved[bucket].late);
        put(Metric::CreatedBugs, &|bucket| series.flows[bucket].created);
        put(Metric::ReopenedBugs, &|bucket| series.flows[bucket].reopened);
        put(Metric::EnteredBugs, &|bucket| series.flows[bucket].entered);
        put(Metric::ResolvedBugs, &|bucket| series.flows[bucket].resolved);
        put(Metric::LeftBugs, &|bucket| series.flows[bucket].left);
    }
    Ok(found)
}

/// The promises about bugs, by the policies of a time; those of what was likely created then are worked out at once.
pub(super) fn terms(lens: &Lens, within: Span) -> Terms {
    let policies = lens.view().policies();
    let likely = Span::new(within.from.plus_seconds(-LIKELY), within.to);
    Terms::new(policies.iter().map(|(since, policy)| (*since, &**policy)), likely)
}

/// The open bugs at a moment by priority, in the order of [`CLASSES`]; nothing if no source covers it.
///
/// # Errors
/// If the store cannot be read.
pub fn standing(lens: &Lens, whose: Whose, at: Instant) -> Result<Option<[Standing; CLASSES.len()]>, Error> {
    let lives = lens.view().lives::<Life>()?;
    if !Coverage::of(lens, &lives)?.contains(at) {
        return Ok(None);
    }
    let within = Span::new(at, at.plus_micros(1));
    let mut groups: BTreeMap<_, _> = grouped(lens, Whose { by_owner: false, ..whose }, &lives, within)?;
    let open = groups.remove(&None).unwrap_or_default();
    let lives = open.iter().map(|(lived, spans)| (&lived.life, &**spans));
    Ok(Some(breaches::standing(lives, &Filter::PRODUCTION, &terms(lens, within), at)))
}
