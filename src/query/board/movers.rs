//! Whose figure moved most between a period and the one before, and because of which records.

use std::collections::{BTreeMap, HashMap};

use crate::model::{EntityId, Instant, Period, Span};
use crate::quality::incidents::{Course, Incident};
use crate::quality::movers::{self, Moved, Side, causes_of_stability, causes_of_sum};
use crate::query::board::places::grouped;
use crate::query::board::records::{Only, records};
use crate::query::metric::{Metric, Whose};
use crate::query::series::{Bucket, measure};
use crate::query::{Error, Lens};
use crate::store::EventNo;

/// The most records that are named as the cause of a movement of stability.
const MOST_CAUSES: usize = 10;

/// A team whose figure moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Mover {
    /// The team; none for what nobody owns.
    pub owner: Option<EntityId>,
    /// In the period before.
    pub before: f64,
    /// In the period.
    pub after: f64,
    /// The records without which more than half of the difference would not be there, the weightiest first; empty for
    /// figures that are not made of events.
    pub causes: Vec<EventNo>,
}

/// What moved most, each way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Movers {
    /// Upwards, the largest step first.
    pub up: Vec<Mover>,
    /// Downwards, the largest step first.
    pub down: Vec<Mover>,
}

/// The owners whose figure moved most between a period and what it is compared with, at most `most` each way.
///
/// # Errors
/// If the store cannot be read.
pub fn movers(lens: &Lens, metric: Metric, of: Option<EntityId>, period: Period, now: Instant, most: usize) -> Result<Movers, Error> {
    let zone = lens.view().zone();
    let (Some(span), Some(compared)) = (period.elapsed(&zone, now), period.compared_with(&zone, now)) else {
        return Ok(Movers::default());
    };
    let bucket = |period: Period, span: Span| Bucket {
        first_day: period.first_day(),
        last_day: period.last_day(),
        from: span.from,
        to: span.to,
        running: false,
    };
    let side = |bucket: Bucket| -> Result<BTreeMap<Option<EntityId>, Option<f64>>, Error> {
        let whose = Whose { of, by_owner: true };
        let found = measure(lens, &[metric], whose, now, &[bucket])?.remove(&metric).unwrap_or_default();
        Ok(found.into_iter().map(|(owner, points)| (owner, points.first().and_then(|(value, _)| *value))).collect())
    };
    let (mut before, mut after) = (side(bucket(period.previous(), compared))?, side(bucket(period, span))?);
    // Who had nothing on one side had none of it there, if the figure is a number of things that is known.
    if metric.meaning().unit == crate::query::metric::Unit::Count {
        let zero = |side: &BTreeMap<_, Option<f64>>| side.values().any(Option::is_some).then_some(0.0);
        let (none_before, none_after) = (zero(&before), zero(&after));
        after.keys().for_each(|owner| _ = before.entry(*owner).or_insert(none_before));
        before.keys().for_each(|owner| _ = after.entry(*owner).or_insert(none_after));
    }
    let moved = movers::movers(&before, &after, most);
    let explain = |moved: Vec<Moved<Option<EntityId>>>| -> Result<Vec<Mover>, Error> {
        let explained = moved.into_iter().map(|moved| {
            let causes = match moved.key {
                Some(owner) => causes(lens, metric, owner, (compared, span), now)?,
                None => Vec::new(),
            };
            Ok(Mover { owner: moved.key, before: moved.before, after: moved.after, causes })
        });
        explained.collect()
    };
    Ok(Movers { up: explain(moved.up)?, down: explain(moved.down)? })
}

/// The records without which most of a difference would not be there.
fn causes(lens: &Lens, metric: Metric, owner: EntityId, (before, after): (Span, Span), now: Instant) -> Result<Vec<EventNo>, Error> {
    let whose = Whose { of: Some(owner), by_owner: false };
    if metric == Metric::Stability {
        let courses = lens.view().lives::<Course>()?;
        let own = grouped(lens, whose, &courses, Span::new(before.from, after.to))?.remove(&None).unwrap_or_default();
        let incidents: Vec<(EventNo, Incident)> =
            own.iter().filter_map(|(course, _)| Some((course.place.no, course.life.known_at(now)?))).collect();
        let keyed: Vec<(EventNo, &Incident)> = incidents.iter().map(|(no, incident)| (*no, incident)).collect();
        let policies = [before, after].map(|span| lens.view().policy(span.to.plus_micros(-1)));
        let [earlier, later] = [(before, &policies[0]), (after, &policies[1])].map(|(span, policy)| Side { span, policy: &policy.quality });
        return Ok(causes_of_stability(&keyed, earlier, later, MOST_CAUSES).map(|causes| causes.records).unwrap_or_default());
    }
    let mut parts: HashMap<EventNo, i64> = HashMap::new();
    for (span, part) in [(before, -1), (after, 1)] {
        for no in records(lens, metric, &Only::default(), whose, span, now)?.unwrap_or_default() {
            *parts.entry(no).or_default() += part;
        }
    }
    Ok(causes_of_sum(parts).map(|causes| causes.records).unwrap_or_default())
}
