//! Figures through time, one point a bucket, for the organisation, a team or a system.
//!
//! # Invariants
//! - Levels are taken at the end of a bucket and belong to the owner then; flows belong to the owner at the event.
//! - Buckets are half open. The running one ends now. What lies before the first record is unknown, not zero.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

use crate::model::{Day, EntityId, Facet, Instant, Kind, Zone};
use crate::query::lens::{Known, first_text};
use crate::query::metric::{Ask, Family};
pub use crate::query::metric::{Metric, Split, Whose};
use crate::query::{Error, Lens, Ownership, board, health};

/// The length of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Every {
    /// A day of the organisation's zone.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// A quarter of a year.
    Quarter,
}

/// A question for a series.
#[derive(Clone, Debug)]
pub struct Question {
    /// What to count.
    pub metric: Metric,
    /// For whom.
    pub whose: Whose,
    /// The first day.
    pub from: Day,
    /// The last day, which counts.
    pub to: Day,
    /// The length of a bucket.
    pub every: Every,
    /// The present: nothing is counted beyond it.
    pub now: Instant,
}

impl Question {
    /// About how many points an answer has.
    #[must_use]
    pub fn points(&self) -> usize {
        points(self.from, self.to, self.every)
    }
}

fn points(from: Day, to: Day, every: Every) -> usize {
    let days = usize::try_from(to.number() - from.number()).unwrap_or(0).saturating_add(1);
    match every {
        Every::Day => days,
        Every::Week => days.div_ceil(7),
        Every::Month => days.div_ceil(28),
        Every::Quarter => days.div_ceil(90),
    }
}

/// A half-open stretch of time; the days by which it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its first day.
    pub first_day: Day,
    /// Its last day.
    pub last_day: Day,
    /// First instant.
    pub from: Instant,
    /// First instant after.
    pub to: Instant,
    /// It has not ended yet.
    pub running: bool,
}

/// The points of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The owner, if grouped by owner; none for what has no owner.
    pub owner: Option<EntityId>,
    /// A value for each bucket; none where it is unknown.
    pub values: Vec<Option<f64>>,
    /// For each bucket the share of what the figure is about of which it is known; none for figures that are always known.
    pub covered: Vec<Option<f64>>,
}

/// Buckets and one or more series over them.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The buckets, oldest first.
    pub buckets: Vec<Bucket>,
    /// The series; grouped ones by the owner's name, without an owner last.
    pub series: Vec<Series>,
}

/// The most points that a series may have.
pub const MOST_POINTS: usize = 1_100;

/// The calendar's buckets from one day to another, cut at both ends and at the present.
///
/// # Errors
/// [`Error::Backwards`] and [`Error::TooManyPoints`].
pub fn buckets(from: Day, to: Day, every: Every, zone: &Zone, now: Instant) -> Result<Vec<Bucket>, Error> {
    if from > to {
        return Err(Error::Backwards { from: from.to_string(), to: to.to_string() });
    }
    let asked = points(from, to, every);
    if asked > MOST_POINTS {
        return Err(Error::TooManyPoints { asked, limit: MOST_POINTS });
    }
    let mut buckets = Vec::new();
    let mut first_day = from;
    while first_day <= to {
        let next = Day::from(next_start(first_day.date(), every)).min(to.next());
        let start = zone.start_of(first_day);
        if start > now {
            break;
        }
        let end = zone.start_of(next);
        buckets.push(Bucket { first_day, last_day: next.previous(), from: start, to: end, running: end > now.plus_micros(1) });
        first_day = next;
    }
    Ok(buckets)
}

fn next_start(date: Date, every: Every) -> Date {
    match every {
        Every::Day => date.saturating_add(1.day()),
        Every::Week => date.saturating_add((7 - i64::from(date.weekday().to_monday_zero_offset())).days()),
        Every::Month => date.first_of_month().saturating_add(1.month()),
        Every::Quarter => {
            let months = 3 - i64::from((date.month() - 1) % 3);
            date.first_of_month().saturating_add(months.months())
        }
    }
}

/// The first day of the bucket of the calendar that a day falls into.
pub(crate) fn first_day(day: Day, every: Every) -> Day {
    let date = day.date();
    Day::from(match every {
        Every::Day => date,
        Every::Week => date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days()),
        Every::Month => date.first_of_month(),
        Every::Quarter => date.first_of_month().saturating_sub(i64::from((date.month() - 1) % 3).months()),
    })
}

/// Answers a question for a series.
///
/// # Errors
/// If the store cannot be read, and see [`buckets`].
pub fn series(lens: &Lens, question: &Question) -> Result<Answer, Error> {
    let buckets = buckets(question.from, question.to, question.every, &lens.view().zone(), question.now)?;
    let mut measured = measure(lens, &[question.metric], question.whose, question.now, &buckets)?;
    let measured = measured.remove(&question.metric).unwrap_or_default();
    let mut series: Vec<Series> = measured
        .into_iter()
        .map(|(owner, points)| Series {
            owner,
            values: points.iter().map(|(value, _)| *value).collect(),
            covered: points.iter().map(|(_, covered)| *covered).collect(),
        })
        .collect();
    let at = buckets.last().map_or(question.now, |bucket| last_instant(bucket, question.now));
    let mut named = Vec::with_capacity(series.len());
    for one in series.drain(..) {
        let name = one.owner.map(|owner| lens.name(owner, at)).transpose()?.map(|name| name.name().to_lowercase());
        named.push((name.is_none(), name, one));
    }
    named.sort_by(|a, b| (a.0, &a.1, a.2.owner).cmp(&(b.0, &b.1, b.2.owner)));
    Ok(Answer { buckets, series: named.into_iter().map(|(_, _, one)| one).collect() })
}

/// Measures some metrics over buckets that adjoin, oldest first; those of a family in one pass. What lies before the first
/// record is unknown, since nobody knows whose anything was.
///
/// # Errors
/// If the store cannot be read.
pub(super) fn measure(
    lens: &Lens,
    metrics: &[Metric],
    whose: Whose,
    now: Instant,
    buckets: &[Bucket],
) -> Result<BTreeMap<Metric, Measured>, Error> {
    let families: BTreeSet<Family> = metrics.iter().map(|metric| metric.family()).collect();
    let mut found = BTreeMap::new();
    for family in families {
        found.append(&mut match family {
            Family::Incidents => board::incidents::measured(lens, whose, now, buckets)?,
            Family::Bugs => board::bugs::measured(lens, whose, now, buckets)?,
            Family::SupportCases => board::cases::measured(lens, whose, now, buckets)?,
            Family::Delivery => board::delivery::measured(lens, whose, now, buckets)?,
            Family::Alone(metric) => BTreeMap::from([(metric, alone(lens, Ask { metric, whose, now }, buckets)?)]),
        });
    }
    found.retain(|metric, _| metrics.contains(metric));
    let earliest = lens.earliest()?;
    // Events of the whole organisation need no entity to be known: what their sources cover is all that counts.
    let is_own = |metric: &Metric| {
        let of_events = matches!(metric.family(), Family::Incidents | Family::Bugs | Family::SupportCases);
        of_events && whose.of.is_none() && whose.split == Split::Whole
    };
    for points in found.iter_mut().filter(|(metric, _)| !is_own(metric)).flat_map(|(_, groups)| groups.values_mut()) {
        for (point, bucket) in points.iter_mut().zip(buckets) {
            if earliest.is_none_or(|earliest| earliest > last_instant(bucket, now)) {
                point.0 = None;
            }
        }
    }
    Ok(found)
}

fn alone(lens: &Lens, ask: Ask, buckets: &[Bucket]) -> Result<Measured, Error> {
    let counted = |counts: Counts| -> Measured {
        let measured = |values: Vec<f64>| values.into_iter().map(|value| (Some(value), None)).collect();
        counts.into_iter().map(|(owner, values)| (owner, measured(values))).collect()
    };
    Ok(match ask.metric {
        Metric::Repositories => counted(levels(lens, ask, buckets, Kind::Repository, |_, _, _| Ok(true))?),
        Metric::Teams => counted(levels(lens, ask, buckets, Kind::Team, |_, _, _| Ok(true))?),
        Metric::UnownedServices => {
            let unowned = |lens: &Lens, id, at| Ok(lens.value(Known::Owner, id, at)?.is_none());
            counted(levels(lens, ask, buckets, Kind::Service, unowned)?)
        }
        Metric::UndeclaredServices => {
            let undeclared = |lens: &Lens, id, at| Ok(lens.text(Known::Status, id, at)? == Some("undeclared"));
            counted(levels(lens, ask, buckets, Kind::Service, undeclared)?)
        }
        Metric::Packages | Metric::DirectDependencies => counted(dependency_levels(lens, ask, buckets)?),
        Metric::Changes => counted(flows(lens, ask, buckets)?),
        Metric::GatePassShare => health::gates(lens, ask, buckets)?,
        Metric::Coverage | Metric::LinesOfCode => health::measures(lens, ask, buckets)?,
        Metric::OutdatedDirectShare | Metric::Libyears | Metric::VulnerableServices | Metric::EndOfLifeServices => {
            health::packages(lens, ask, buckets)?
        }
        _ => counted(levels(lens, ask, buckets, Kind::Service, |_, _, _| Ok(true))?),
    })
}

/// The instant at which a bucket's level is taken.
pub(super) fn last_instant(bucket: &Bucket, now: Instant) -> Instant {
    bucket.to.plus_micros(-1).min(now)
}

type Counts = BTreeMap<Option<EntityId>, Vec<f64>>;

/// By group and bucket: the value, and the share of which it is known.
pub(super) type Measured = BTreeMap<Option<EntityId>, Vec<(Option<f64>, Option<f64>)>>;

/// Which entities count, and to which group they belong.
pub(super) struct Scope<'l> {
    lens: &'l Lens,
    of: Option<EntityId>,
    of_kind: Option<Kind>,
    ownership: Option<Ownership<'l>>,
    split: Split,
}

impl<'l> Scope<'l> {
    pub(super) fn new(lens: &'l Lens, whose: Whose) -> Result<Self, Error> {
        Ok(Self { split: whose.split, ..Self::of(lens, whose.of)? })
    }

    /// Whatever belongs to a team (and the teams below it), system, domain or repository, or is this entity.
    pub(super) fn of(lens: &'l Lens, of: Option<EntityId>) -> Result<Self, Error> {
        let of_kind = of.and_then(|id| lens.kind(id));
        let ownership = match (of, of_kind) {
            (Some(id), Some(Kind::Team | Kind::Person)) => Some(Ownership::new(lens, id, true)?),
            _ => None,
        };
        Ok(Self { lens, of, of_kind, ownership, split: Split::Whole })
    }

    /// True if whatever there is belongs to it.
    pub(super) const fn is_everything(&self) -> bool {
        self.of.is_none()
    }

    /// An empty answer: in all, zero; told apart, nobody yet.
    fn empty(&self, buckets: usize) -> Counts {
        if self.split == Split::Whole { Counts::from([(None, vec![0.0; buckets])]) } else { Counts::new() }
    }

    pub(super) fn group(&self, id: EntityId, at: Instant) -> Result<Option<EntityId>, Error> {
        match self.split {
            Split::Whole => Ok(None),
            Split::Owner => self.lens.owner(id, at),
            Split::Entity => Ok(Some(id)),
        }
    }

    pub(super) fn holds(&mut self, id: EntityId, at: Instant) -> Result<bool, Error> {
        if let Some(ownership) = &mut self.ownership {
            return ownership.owns(id, at);
        }
        let Some(of) = self.of else { return Ok(true) };
        if of == id {
            return Ok(true);
        }
        let field = match self.of_kind {
            Some(Kind::System) => Known::System,
            Some(Kind::Domain) => Known::Domain,
            Some(Kind::Repository) => Known::Repository,
            _ => return Ok(false),
        };
        let Some(text) = self.lens.value(field, id, at)?.and_then(|value| first_text(value)) else { return Ok(false) };
        Ok(self.lens.resolve(text, at)?.is_some_and(|(target, _)| target == of))
    }
}

fn levels(
    lens: &Lens,
    ask: Ask,
    buckets: &[Bucket],
    kind: Kind,
    counts: impl Fn(&Lens, EntityId, Instant) -> Result<bool, Error>,
) -> Result<Counts, Error> {
    let mut scope = Scope::new(lens, ask.whose)?;
    let mut values = scope.empty(buckets.len());
    for (index, bucket) in buckets.iter().enumerate() {
        let at = last_instant(bucket, ask.now);
        for &id in lens.view().entities(kind).iter() {
            if lens.exists(id, at)? && counts(lens, id, at)? && scope.holds(id, at)? {
                let group = scope.group(id, at)?;
                values.entry(group).or_insert_with(|| vec![0.0; buckets.len()])[index] += 1.0;
            }
        }
    }
    Ok(values)
}

fn flows(lens: &Lens, ask: Ask, buckets: &[Bucket]) -> Result<Counts, Error> {
    let mut scope = Scope::new(lens, ask.whose)?;
    let mut values = scope.empty(buckets.len());
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else { return Ok(values) };
    for (at, id, paths) in lens.view().changes(first.from.plus_micros(-1), last_instant(last, ask.now))? {
        let index = buckets.partition_point(|bucket| bucket.to <= at);
        let mut counted = 0;
        for path in &paths {
            counted += usize::from(match &mut scope.ownership {
                Some(ownership) => ownership.counts(id, path, at)?,
                None => scope.holds(id, at)?,
            });
        }
        if counted > 0 && index < buckets.len() {
            let group = scope.group(id, at)?;
            #[expect(clippy::cast_precision_loss, reason = "an entity has few fields")]
            let counted = counted as f64;
            values.entry(group).or_insert_with(|| vec![0.0; buckets.len()])[index] += counted;
        }
    }
    Ok(values)
}

/// Sweeps once over the history of all dependencies instead of asking for each bucket.
fn dependency_levels(lens: &Lens, ask: Ask, buckets: &[Bucket]) -> Result<Counts, Error> {
    let mut scope = Scope::new(lens, ask.whose)?;
    let mut values = scope.empty(buckets.len());
    let mut different: HashMap<(Option<EntityId>, usize), HashSet<u32>> = HashMap::new();
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let Some(last) = buckets.last() else { return Ok(values) };
    let end = last_instant(last, ask.now);
    for kind in [Kind::Service, Kind::Repository] {
        for &id in lens.view().entities(kind).iter() {
            let rows = lens.view().entry_rows(id, Facet::Dependencies, "packages", end)?;
            if rows.is_empty() {
                continue;
            }
            let mut rows = rows.into_iter().peekable();
            let mut used: BTreeMap<String, (u32, bool)> = BTreeMap::new();
            for (index, bucket) in buckets.iter().enumerate() {
                let at = last_instant(bucket, ask.now);
                while let Some(row) = rows.next_if(|row| row.at <= at) {
                    let Some(key) = row.path.key else { continue };
                    let Some(value) = row.after else {
                        used.remove(&key);
                        continue;
                    };
                    let package = key.rsplit_once('#').map_or(key.as_str(), |(_, package)| package).to_lowercase();
                    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                    let number = *numbers.entry(package).or_insert(next);
                    used.insert(key, (number, value.get("direct").and_then(Value::as_bool) == Some(true)));
                }
                if used.is_empty() || !lens.exists(id, at)? || !scope.holds(id, at)? {
                    continue;
                }
                let group = scope.group(id, at)?;
                if ask.metric == Metric::Packages {
                    different.entry((group, index)).or_default().extend(used.values().map(|(number, _)| number));
                } else {
                    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                    let direct = used.values().filter(|(_, direct)| *direct).count() as f64;
                    values.entry(group).or_insert_with(|| vec![0.0; buckets.len()])[index] += direct;
                }
            }
        }
    }
    let groups: BTreeSet<Option<EntityId>> = different.keys().map(|(group, _)| *group).collect();
    for group in groups {
        let values = values.entry(group).or_insert_with(|| vec![0.0; buckets.len()]);
        for (index, value) in values.iter_mut().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let count = different.get(&(group, index)).map_or(0.0, |packages| packages.len() as f64);
            *value = count;
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(from: &str, to: &str, every: Every, now: &str) -> Vec<String> {
        buckets(from.parse().unwrap(), to.parse().unwrap(), every, &Zone::utc(), now.parse().unwrap())
            .unwrap()
            .into_iter()
            .map(|bucket| format!("{}..{}{}", bucket.first_day, bucket.last_day, if bucket.running { "*" } else { "" }))
            .collect()
    }

    #[test]
    fn buckets_follow_the_calendar_and_are_cut_at_both_ends() {
        let now = "2026-05-01T00:00:00Z";
        assert_eq!(
            starts("2026-01-30", "2026-03-02", Every::Month, now),
            ["2026-01-30..2026-01-31", "2026-02-01..2026-02-28", "2026-03-01..2026-03-02"]
        );
        assert_eq!(
            starts("2026-03-04", "2026-03-16", Every::Week, now),
            ["2026-03-04..2026-03-08", "2026-03-09..2026-03-15", "2026-03-16..2026-03-16"]
        );
        assert_eq!(
            starts("2025-11-15", "2026-04-01", Every::Quarter, now),
            ["2025-11-15..2025-12-31", "2026-01-01..2026-03-31", "2026-04-01..2026-04-01"]
        );
    }

    #[test]
    fn every_day_of_a_bucket_has_the_same_first_day() {
        let first = |day: &str, every| first_day(day.parse().unwrap(), every).to_string();
        assert_eq!(first("2026-03-01", Every::Day), "2026-03-01");
        assert_eq!([first("2026-03-02", Every::Week), first("2026-03-08", Every::Week)], ["2026-03-02", "2026-03-02"]);
        assert_eq!(first("2024-02-29", Every::Month), "2024-02-01");
        assert_eq!([first("2026-01-01", Every::Quarter), first("2026-12-31", Every::Quarter)], ["2026-01-01", "2026-10-01"]);
    }

    #[test]
    fn the_running_bucket_is_the_last_one() {
        assert_eq!(
            starts("2026-03-01", "2026-03-09", Every::Day, "2026-03-02T10:00:00Z"),
            ["2026-03-01..2026-03-01", "2026-03-02..2026-03-02*"]
        );
    }

    #[test]
    fn too_many_points_are_refused_with_both_numbers() {
        let error =
            buckets("2000-01-01".parse().unwrap(), "2026-01-01".parse().unwrap(), Every::Day, &Zone::utc(), Instant::MAX).unwrap_err();
        assert_eq!(error.to_string(), "the series would have 9498 points, 1100 are allowed; ask for a shorter time or larger steps");
    }
}
