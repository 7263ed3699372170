//! Whose figure moved most between a period and one before it, and because of which records.

use std::collections::{BTreeMap, HashMap};

use crate::model::{EntityId, Instant, Kind, Period, Span};
use crate::quality::incidents::{Course, Incident};
use crate::quality::movers::{self, Moved, Side, causes_of_stability, causes_of_sum};
use crate::query::board::places::grouped;
use crate::query::board::records::{Only, records};
use crate::query::metric::{Metric, Split, Unit, Whose};
use crate::query::series::{Bucket, measure};
use crate::query::{Error, Lens, Ownership};
use crate::store::EventNo;

/// The most records that are named as the cause of a movement of stability.
const MOST_CAUSES: usize = 10;

/// Whose figure moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Mover {
    /// A team or service; none for what nobody owns.
    pub entity: Option<EntityId>,
    /// In the period that it is compared with.
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

/// Whose figure moved most between a period and another one before it, at most `most` each way: of the organisation and of
/// teams with teams below them the owners, of anything else what belongs to it. Without another one it is the previous, of a
/// running period the same part of that.
///
/// # Errors
/// If the store cannot be read.
pub fn movers(
    lens: &Lens,
    metric: Metric,
    of: Option<EntityId>,
    (period, against): (Period, Option<Period>),
    now: Instant,
    most: usize,
) -> Result<Movers, Error> {
    let zone = lens.view().zone();
    let compared = against.map_or_else(|| period.compared_with(&zone, now), |against| against.elapsed(&zone, now));
    let (Some(span), Some(compared)) = (period.elapsed(&zone, now), compared) else { return Ok(Movers::default()) };
    let bucket = |period: Period, span: Span| Bucket {
        first_day: period.first_day(),
        last_day: period.last_day(),
        from: span.from,
        to: span.to,
        running: false,
    };
    let split = if has_teams(lens, of, span.to.plus_micros(-1))? { Split::Owner } else { Split::Entity };
    let side = |bucket: Bucket| -> Result<BTreeMap<Option<EntityId>, Option<f64>>, Error> {
        let whose = Whose { of, split };
        let found = measure(lens, &[metric], whose, now, &[bucket])?.remove(&metric).unwrap_or_default();
        // What is one entity alone has nothing that moved it.
        let others = found.into_iter().filter(|(entity, _)| of.is_none() || *entity != of || split == Split::Owner);
        Ok(others.map(|(entity, points)| (entity, points.first().and_then(|(value, _)| *value))).collect())
    };
    let (earlier, later) = (bucket(against.unwrap_or_else(|| period.previous()), compared), bucket(period, span));
    let (mut before, mut after) = (side(earlier)?, side(later)?);
    // To whom nothing happened on one side stood as well there as can be, if that is known.
    if let Some(nothing) = nothing(metric) {
        let known = |bucket: Bucket| -> Result<Option<f64>, Error> {
            let whole = measure(lens, &[metric], Whose { of, split: Split::Whole }, now, &[bucket])?.remove(&metric);
            let value = whole.and_then(|whole| whole.into_values().next()?.first()?.0);
            Ok(value.map(|_| nothing))
        };
        let (none_before, none_after) = (known(earlier)?, known(later)?);
        after.keys().for_each(|entity| _ = before.entry(*entity).or_insert(none_before));
        before.keys().for_each(|entity| _ = after.entry(*entity).or_insert(none_after));
    }
    let moved = movers::movers(&before, &after, most);
    let explain = |moved: Vec<Moved<Option<EntityId>>>| -> Result<Vec<Mover>, Error> {
        let explained = moved.into_iter().map(|moved| {
            let causes = match moved.key {
                Some(entity) => causes(lens, metric, entity, (compared, span), now)?,
                None => Vec::new(),
            };
            Ok(Mover { entity: moved.key, before: moved.before, after: moved.after, causes })
        });
        explained.collect()
    };
    Ok(Movers { up: explain(moved.up)?, down: explain(moved.down)? })
}

/// The figure of whoever nothing happened to; nothing where that is not known.
fn nothing(metric: Metric) -> Option<f64> {
    match (metric, metric.meaning().unit) {
        (Metric::Stability, _) => Some(1.0),
        (_, Unit::Count) => Some(0.0),
        _ => None,
    }
}

/// Whether it is the organisation, or a team with teams below it at a moment.
fn has_teams(lens: &Lens, of: Option<EntityId>, at: Instant) -> Result<bool, Error> {
    match of {
        None => Ok(true),
        Some(id) if lens.kind(id) == Some(Kind::Team) => Ok(Ownership::new(lens, id, true)?.tree(at)?.len() > 1),
        Some(_) => Ok(false),
    }
}

/// The records without which most of a difference would not be there.
fn causes(lens: &Lens, metric: Metric, entity: EntityId, (before, after): (Span, Span), now: Instant) -> Result<Vec<EventNo>, Error> {
    let whose = Whose { of: Some(entity), split: Split::Whole };
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
