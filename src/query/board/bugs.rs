//! Bugs through time: what came and went, what is open, what is past its SLA.
//!
//! # Invariants
//! - Only bugs in production count.
//! - Flows belong to the owner at the event, levels to the owner at the end of the bucket; so for every scope and bucket open
//!   at the end is open at the start + created + reopened + entered - resolved - left.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{EntityId, Instant, Span, Spans};
use crate::quality::breaches::{self, Standing};
use crate::quality::bugs::Life;
use crate::quality::cuts::Cuts;
use crate::quality::flows::Filter;
use crate::quality::sla::{CLASSES, Terms};
use crate::quality::tally::Counts;
use crate::query::board::places::{Located, Places, grouped};
use crate::query::board::{Coverage, Figures, cuts};
use crate::query::metric::{Metric, Split, Whose};
use crate::query::series::Bucket;
use crate::query::{Error, Lens};
use crate::store::lives::Lives;

/// Seconds before a time in which most of what is open in it was created.
const LIKELY: i64 = 400 * 86_400;
/// Seconds before now in which most bugs were created.
const LONG: i64 = 15 * 366 * 86_400;

/// Counts bugs by owner, or all together.
pub(in crate::query) fn measured(lens: &Lens, whose: Whose, now: Instant, buckets: &[Bucket]) -> Result<Figures, Error> {
    let cuts = cuts(buckets, now);
    if cuts.buckets() == 0 {
        return Ok(Figures::new());
    }
    let lives = lens.view().lives::<Life>()?;
    let coverage = Coverage::of(lens, &lives)?;
    let mut found = Figures::new();
    for (group, counts) in counted(lens, whose, &lives, &cuts, now)? {
        let mut put = |metric: Metric, value: &dyn Fn(usize) -> u64| {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let points = coverage.points(buckets, now, metric.is_level(), |bucket| Some(value(bucket) as f64));
            found.entry(metric).or_default().insert(group, points);
        };
        put(Metric::OpenBugs, &|bucket| counts.flows[bucket].open_at_end);
        put(Metric::BugsInBreach, &|bucket| counts.in_breach[bucket + 1]);
        put(Metric::NewlyInBreachBugs, &|bucket| counts.newly_in_breach[bucket]);
        put(Metric::LateResolvedBugs, &|bucket| counts.late[bucket]);
        put(Metric::CreatedBugs, &|bucket| counts.flows[bucket].created);
        put(Metric::ReopenedBugs, &|bucket| counts.flows[bucket].reopened);
        put(Metric::EnteredBugs, &|bucket| counts.flows[bucket].entered);
        put(Metric::ResolvedBugs, &|bucket| counts.flows[bucket].resolved);
        put(Metric::LeftBugs, &|bucket| counts.flows[bucket].left);
    }
    Ok(found)
}

/// What came, went and was late, by group: from tallies, and bug by bug where a tally cannot tell.
fn counted(lens: &Lens, whose: Whose, lives: &Lives<Life>, cuts: &Cuts, now: Instant) -> Result<BTreeMap<Option<EntityId>, Counts>, Error> {
    let view = lens.view();
    let policies = view.policies();
    let long = || terms(lens, Span::new(now.plus_seconds(-LONG), now));
    let mut groups: BTreeMap<Option<EntityId>, Counts> = BTreeMap::new();
    if whose.split == Split::Whole {
        groups.insert(None, Counts::new(cuts));
    }
    let mut places = Places::new(lens, whose)?;
    if places.is_whole() {
        let tally = view.tallied_in_all(lives, &policies, long);
        let whole = groups.entry(None).or_insert_with(|| Counts::new(cuts));
        // Nothing comes to everything or leaves it.
        let _ = whole.add(&tally, &Spans::always(), cuts);
        return Ok(groups);
    }
    let mut single: BTreeMap<Option<EntityId>, Vec<(&Life, Arc<Spans>)>> = BTreeMap::new();
    for (resource, tallied) in view.tallied(lives, &policies, long) {
        let here = places.of(resource)?;
        for (group, spans) in here.iter() {
            let counts = groups.entry(*group).or_insert_with(|| Counts::new(cuts));
            if !counts.add(&tallied.tally, spans, cuts) {
                let own = lives.of(resource).iter().map(|lived| &lived.life).filter(|life| life.stays());
                single.entry(*group).or_default().extend(own.map(|life| (life, Arc::clone(spans))));
            }
        }
        if tallied.has_others {
            let source = view.resource(resource).map(|resource| resource.source.clone()).unwrap_or_default();
            for life in lives.of(resource).iter().map(|lived| &lived.life).filter(|life| !life.stays()) {
                for (group, spans) in life.counting(&mut places, &source, &here)?.iter() {
                    single.entry(*group).or_default().push((life, Arc::clone(spans)));
                }
            }
        }
    }
    if !single.is_empty() {
        let terms = long();
        for (group, lives) in single {
            let series = breaches::series(lives.iter().map(|(life, spans)| (*life, &**spans)), &Filter::PRODUCTION, &terms, cuts);
            groups.entry(group).or_insert_with(|| Counts::new(cuts)).add_series(&series);
        }
    }
    groups.retain(|_, counts| whose.split == Split::Whole || *counts != Counts::new(cuts));
    Ok(groups)
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
    let mut groups: BTreeMap<_, _> = grouped(lens, Whose { split: Split::Whole, ..whose }, &lives, within)?;
    let open = groups.remove(&None).unwrap_or_default();
    let lives = open.iter().map(|(lived, spans)| (&lived.life, &**spans));
    Ok(Some(breaches::standing(lives, &Filter::PRODUCTION, &terms(lens, within), at)))
}
