//! The quality board: figures of a period, each with its definition, its way so far and the records behind it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::api::connection::{Rendered, list, window};
use crate::api::entity::Entity;
use crate::api::error::{Code, from_query};
use crate::api::event::{Event, EventConnection};
use crate::api::limits::page_size;
use crate::api::lists::to_priorities;
use crate::api::present::{Pinned, Present};
use crate::api::pushed::PushedFigure;
use crate::api::root::{Point, point};
use crate::api::scalar::{Date, DateTime, IncidentSeverity, Metric, Moment, Period, Priority, TrendDirection, Unit};
use crate::model::{EntityId, Instant, Span};
use crate::quality::breaches::{AGES, Standing};
use crate::quality::sla::CLASSES;
use crate::quality::trend::{FEWEST, SIGNIFICANCE, Trend as TrendOf};
use crate::query::board::{self, bugs, cases, movers, pushed, records};
use crate::query::metric::{self, Split, Whose};
use crate::query::series::Bucket;
use crate::query::{Cursor, event};
use crate::store::EventNo;

/// The figures that the board shows without being asked for others, in this order.
const USUAL: [metric::Metric; 25] = {
    use metric::Metric as M;
    [
        M::Stability,
        M::CriticalIncidents,
        M::CriticalIncidentSeconds,
        M::CriticalIncidentMedianSeconds,
        M::AcknowledgeMedianSeconds,
        M::Incidents,
        M::OpenBugs,
        M::BugsInBreach,
        M::NewlyInBreachBugs,
        M::LateResolvedBugs,
        M::CreatedBugs,
        M::ResolvedBugs,
        M::ReopenedBugs,
        M::EnteredBugs,
        M::LeftBugs,
        M::SupportCases,
        M::Deployments,
        M::DeploymentsPerDay,
        M::LeadTimeSeconds,
        M::ChangeFailRate,
        M::RecoverySeconds,
        M::ReworkRate,
        M::Coverage,
        M::GatePassShare,
        M::UnownedServices,
    ]
};

/// The quality of the product and of its delivery in a period, for the organisation or a part of it.
pub struct QualityBoard {
    pinned: Arc<Pinned>,
    of: Option<EntityId>,
    period: crate::model::Period,
    span: Span,
    compared: Option<Span>,
    buckets: Arc<Vec<Bucket>>,
    figures: Vec<board::Figure>,
}

/// The board of a period.
pub(crate) fn board_of(
    ctx: &Context<'_>,
    period: Period,
    of: Option<&ID>,
    metrics: Option<Vec<Metric>>,
    at: Option<&Moment>,
) -> Result<Option<QualityBoard>> {
    let present = Present::of(ctx)?;
    let at = present.resolve(at)?;
    let of = of.map(|of| present.entity(of, at)).transpose()?;
    let metrics: Vec<metric::Metric> = metrics.map_or_else(|| USUAL.to_vec(), |metrics| metrics.into_iter().map(Into::into).collect());
    let points: usize = metrics.iter().map(|metric| metric.effort().min(60) * crate::quality::trend::PERIODS).sum();
    present.budget.charge(points)?;
    let whose = Whose { of, split: Split::Whole };
    let Some(found) = board::board(&present.lens, &metrics, whose, period.0, at).map_err(from_query)? else { return Ok(None) };
    let Some(span) = period.0.elapsed(&present.lens.view().zone(), at) else { return Ok(None) };
    let board::Board { buckets, compared, figures } = found;
    Ok(Some(QualityBoard { pinned: present.pin(at), of, period: period.0, span, compared, buckets: Arc::new(buckets), figures }))
}

/// The quality of the product and of its delivery in a period, for the organisation or a part of it.
#[Object]
impl QualityBoard {
    /// The period.
    async fn period(&self) -> Period {
        Period(self.period)
    }

    /// Its first day.
    async fn first_day(&self) -> Date {
        Date(self.period.first_day())
    }

    /// Its last day, which counts.
    async fn last_day(&self) -> Date {
        Date(self.period.last_day())
    }

    /// Its first instant.
    async fn from(&self) -> DateTime {
        DateTime(self.span.from)
    }

    /// The first instant after the part of it that counts: its end, or the moment asked while it runs.
    async fn to(&self) -> DateTime {
        DateTime(self.span.to)
    }

    /// It is not over at the moment: it counts so far, and is compared with the same part of the one before.
    async fn running(&self) -> bool {
        self.buckets.last().is_some_and(|bucket| bucket.running)
    }

    /// The one before, with which it is compared.
    async fn previous(&self) -> Period {
        Period(self.period.previous())
    }

    /// The one after.
    async fn next(&self) -> Period {
        Period(self.period.next())
    }

    /// The first instant after the part of the one before that it is compared with.
    async fn compared_to(&self) -> Option<DateTime> {
        self.compared.map(|span| DateTime(span.to))
    }

    /// For whom; null for the organisation.
    async fn of(&self) -> Option<Entity> {
        self.of.and_then(|of| Entity::new(&self.pinned, of))
    }

    /// The figures that were asked for, in that order.
    async fn figures(&self) -> Vec<Figure> {
        let figures = self.figures.iter().map(|figure| Figure {
            pinned: Arc::clone(&self.pinned),
            of: self.of,
            span: self.span,
            buckets: Arc::clone(&self.buckets),
            figure: figure.clone(),
        });
        figures.collect()
    }

    /// The open bugs in production at the end of what counts, from the most urgent priority to those without one. Null if
    /// no source covers it.
    async fn open_bugs(&self) -> Result<Option<Vec<OpenBugs>>> {
        let lens = self.pinned.lens();
        let last = self.span.to.plus_micros(-1).max(self.span.from);
        let found = bugs::standing(lens, self.whose(), last).map_err(from_query)?;
        let by_priority = |found: [Standing; CLASSES.len()]| -> Vec<OpenBugs> {
            CLASSES.iter().zip(found).map(|(priority, standing)| OpenBugs::new(*priority, standing)).collect()
        };
        Ok(found.map(by_priority))
    }

    /// The support cases that were created in what counts, by the part of the product that they are about, most first. A case
    /// may be about several, or none. Null if no source covers it.
    async fn support_by_feature(&self) -> Result<Option<Vec<FeatureCount>>> {
        let summary = cases::created(self.pinned.lens(), self.whose(), self.span, self.pinned.at).map_err(from_query)?;
        let Some(summary) = summary else { return Ok(None) };
        let mut all: Vec<FeatureCount> = summary.features.into_iter().map(|(name, count)| FeatureCount { name, count }).collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        Ok(Some(all))
    }

    /// The support cases that were created in what counts, from the most urgent priority to those without one. Null if no
    /// source covers it.
    async fn support_by_priority(&self) -> Result<Option<Vec<PriorityCount>>> {
        let summary = cases::created(self.pinned.lens(), self.whose(), self.span, self.pinned.at).map_err(from_query)?;
        let count = |(priority, count): (&Option<crate::model::trouble::Priority>, u64)| PriorityCount {
            priority: priority.map(Into::into),
            count,
        };
        Ok(summary.map(|summary| CLASSES.iter().zip(summary.by_priority).map(count).collect()))
    }

    /// Metrics that others push for exactly this scope, by name.
    async fn pushed(&self) -> Vec<PushedFigure> {
        let lens = self.pinned.lens();
        let names = pushed::names(lens, self.of);
        let figures = names.into_keys().map(|name| {
            let values = pushed::series(&pushed::days(lens, &name, self.of), &self.buckets);
            let value = |back: usize| values.iter().rev().nth(back).copied().flatten();
            PushedFigure {
                name: name.to_string(),
                value: value(0),
                previous: value(1),
                points: self.buckets.iter().zip(&values).map(|(bucket, value)| point(bucket, *value, None)).collect(),
            }
        });
        figures.collect()
    }

    /// Whose figure moved most, at most `first` each way: of the organisation and of teams with teams below them the teams,
    /// else the services of the scope. It is compared with the period before, or with the one given, which ends before it.
    async fn movers(&self, metric: Metric, #[graphql(default = 3)] first: i32, against: Option<Period>) -> Result<Movers> {
        let first = page_size(Some(first))?;
        let metric = metric.into();
        self.pinned.present.budget.charge(metric_effort(metric))?;
        let against = against.map(|against| against.0);
        if let Some(against) = against.filter(|against| against.last_day() >= self.period.first_day()) {
            let what = format!("against: {against} does not end before {}, with which it is to be compared", self.period);
            return Err(Code::InvalidArgument.error(what));
        }
        let found =
            movers::movers(self.pinned.lens(), metric, self.of, (self.period, against), self.pinned.at, first).map_err(from_query)?;
        let shown = |all: Vec<movers::Mover>| -> Result<Vec<Mover>> {
            let shown = all.into_iter().map(|mover| {
                let causes = mover.causes.iter().take(MOST_CAUSES).copied();
                Ok(Mover {
                    entity: mover.entity.and_then(|entity| Entity::new(&self.pinned, entity)),
                    before: mover.before,
                    after: mover.after,
                    cause_count: mover.causes.len(),
                    causes: read(&self.pinned, causes)?,
                })
            });
            shown.collect()
        };
        Ok(Movers { up: shown(found.up)?, down: shown(found.down)? })
    }
}

/// The most records of a movement that are shown.
const MOST_CAUSES: usize = 5;

/// What it takes from the budget to find the records of a figure.
pub(crate) const fn metric_effort(metric: metric::Metric) -> usize {
    metric.effort() * 4
}

impl QualityBoard {
    const fn whose(&self) -> Whose {
        Whose { of: self.of, split: Split::Whole }
    }
}

/// The events of some numbers, as they were at the moment.
fn read(pinned: &Arc<Pinned>, numbers: impl Iterator<Item = EventNo>) -> Result<Vec<Event>> {
    let mut found = Vec::new();
    for no in numbers {
        let happened = event::event(pinned.lens(), no).map_err(from_query)?;
        found.extend(happened.map(|happened| Event::new(pinned, happened)));
    }
    Ok(found)
}

/// A figure of a period.
pub struct Figure {
    pinned: Arc<Pinned>,
    of: Option<EntityId>,
    span: Span,
    buckets: Arc<Vec<Bucket>>,
    figure: board::Figure,
}

/// A figure of a period.
#[Object]
impl Figure {
    /// Which one.
    async fn metric(&self) -> Metric {
        self.figure.metric.into()
    }

    /// Its name for people.
    async fn title(&self) -> &str {
        self.figure.metric.meaning().title
    }

    /// What exactly it counts.
    async fn definition(&self) -> &str {
        self.figure.metric.meaning().definition
    }

    /// In what it is measured.
    async fn unit(&self) -> Unit {
        self.figure.metric.meaning().unit.into()
    }

    /// Whether more of it is better; null if neither can be said.
    async fn more_is_better(&self) -> Option<bool> {
        self.figure.metric.meaning().more_is_better
    }

    /// Its value; null if it is unknown, which is neither zero nor perfect.
    async fn value(&self) -> Option<f64> {
        self.figure.value
    }

    /// The share of the period that sources cover, or of what the figure is about of which it is known, from 0 to 1. Null for
    /// figures that are always known.
    async fn covered(&self) -> Option<f64> {
        self.figure.covered
    }

    /// Its value in the period before; while the period runs, of the same part of that.
    async fn previous(&self) -> Option<f64> {
        self.figure.previous
    }

    /// The difference to that.
    async fn change(&self) -> Option<f64> {
        Some(self.figure.value? - self.figure.previous?)
    }

    /// Whether the difference is for the better; null if there is none, or neither can be said.
    async fn is_better(&self) -> Option<bool> {
        let change = self.figure.value? - self.figure.previous?;
        self.figure.metric.meaning().more_is_better.filter(|_| change != 0.0).map(|more| (change > 0.0) == more)
    }

    /// The last thirteen periods, oldest first, this one last.
    async fn points(&self) -> Vec<Point> {
        self.buckets.iter().zip(&self.figure.points).map(|(bucket, (value, covered))| point(bucket, *value, *covered)).collect()
    }

    /// Where it goes over these periods, without a running one.
    async fn trend(&self) -> Trend {
        Trend { of: self.figure.trend, more_is_better: self.figure.metric.meaning().more_is_better }
    }

    /// The records behind the value: incidents, bugs, support cases or deployments. Null for figures that are not made of
    /// events. What such records do not have, they cannot be told apart by; an empty list means all.
    #[expect(clippy::too_many_arguments, reason = "arguments of the schema")]
    async fn records(
        &self,
        #[graphql(desc = "Bugs and support cases of any of these priorities; null among them stands for those without one. Bugs are \
                          counted as if there were no others, so that one that gets such a priority enters.")]
        priority: Option<Vec<Option<Priority>>>,
        #[graphql(desc = "Incidents of any of these severities, by the worst that they were.")] severity: Option<Vec<IncidentSeverity>>,
        #[graphql(desc = "Incidents and support cases about this part of the product, by its exact name.")] feature: Option<String>,
        #[graphql(desc = "Open bugs that are in time and due within 7 days, or what the policy says (true), or are not (false).")]
        due_soon: Option<bool>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Option<EventConnection>> {
        let whose = Whose { of: self.of, split: Split::Whole };
        self.pinned.present.budget.charge(metric_effort(self.figure.metric))?;
        let only = records::Only {
            priorities: to_priorities(priority),
            severities: severity.unwrap_or_default().into_iter().map(Into::into).collect(),
            feature,
            due_soon,
        };
        let after = after.map(|after| Cursor::decode(list::RECORDS, &after)).transpose().map_err(from_query)?;
        let found =
            records::records(self.pinned.lens(), self.figure.metric, &only, whose, self.span, self.pinned.at).map_err(from_query)?;
        found.map(|found| page_of(&self.pinned, list::RECORDS, self.span, &found, first, after.as_ref())).transpose()
    }
}

/// A page of records; its cursors are of `list` and tell of the span.
pub(crate) fn page_of(
    pinned: &Arc<Pinned>,
    list: u8,
    span: Span,
    found: &[EventNo],
    first: Option<i32>,
    after: Option<&Cursor>,
) -> Result<EventConnection> {
    let start = after.map_or(0, |cursor| {
        let no = u64::from_str_radix(&cursor.path, 16).unwrap_or_default();
        found.iter().position(|other| other.0 == no).map_or(found.len(), |index| index + 1)
    });
    let shown = window(found.len(), start, page_size(first)?);
    pinned.present.budget.charge(shown.len())?;
    let numbers = &found[shown.clone()];
    let cursor = |no: &EventNo| Cursor {
        list,
        from: span.from,
        to: span.to,
        at: Instant::MIN,
        entity: event::NOBODY,
        path: format!("{:016x}", no.0),
    };
    Ok(EventConnection {
        page: Rendered {
            total: found.len(),
            has_previous: start > 0,
            has_next: shown.end < found.len(),
            nodes: read(pinned, numbers.iter().copied())?,
            cursors: numbers.iter().map(cursor).collect(),
            hint: None,
        },
    })
}

/// Where a figure goes, by the test of Mann and Kendall: not by chance, at most once in twenty rows.
pub struct Trend {
    of: TrendOf,
    more_is_better: Option<bool>,
}

/// Where a figure goes, by the test of Mann and Kendall: not by chance, at most once in twenty rows.
#[Object]
impl Trend {
    /// Up, down, or nothing that chance would not explain.
    async fn direction(&self) -> TrendDirection {
        self.of.direction.into()
    }

    /// The same in a sentence, with the test that says so.
    async fn statement(&self) -> String {
        let known = self.of.known;
        match (self.of.direction, self.of.chance) {
            (crate::quality::trend::Direction::TooFew, _) | (_, None) => format!("Only {known} periods are known; a trend takes {FEWEST}."),
            (direction, Some(chance)) if chance <= SIGNIFICANCE => {
                let words = direction.words();
                format!("It is {words} over {known} periods (Mann-Kendall test, p = {chance:.3}).")
            }
            (_, Some(chance)) => format!("No clear trend over {known} periods: chance explains it (Mann-Kendall test, p = {chance:.3})."),
        }
    }

    /// Whether it becomes better; null if neither can be said.
    async fn is_better(&self) -> Option<bool> {
        self.of.is_better(self.more_is_better?)
    }

    /// By how much a period: the middle one of the slopes between any two.
    async fn slope(&self) -> Option<f64> {
        self.of.slope
    }

    /// The chance of such a row without any trend, from 0 to 1.
    async fn chance(&self) -> Option<f64> {
        self.of.chance
    }

    /// How many periods are known.
    async fn known(&self) -> usize {
        self.of.known
    }
}

/// The open bugs of one priority.
#[derive(SimpleObject)]
pub struct OpenBugs {
    /// The priority; null for those without one.
    pub priority: Option<Priority>,
    /// How many are open.
    pub open: u64,
    /// The same by age, youngest first.
    pub by_age: Vec<AgeBand>,
    /// How many have an SLA.
    pub with_sla: u64,
    /// How many are past it.
    pub in_breach: u64,
    /// How many are not, but will be soon.
    pub due_soon: u64,
}

impl OpenBugs {
    fn new(priority: Option<crate::model::trouble::Priority>, standing: Standing) -> Self {
        let ends = AGES.iter().skip(1).map(|day| Some(*day)).chain([None]);
        let bands = AGES.iter().zip(ends).zip(standing.by_age);
        let band = |((from, to), count): ((&i64, Option<i64>), u64)| AgeBand { from_days: *from, to_days: to, count };
        Self {
            priority: priority.map(Into::into),
            open: standing.open,
            by_age: bands.map(band).collect(),
            with_sla: standing.with_sla,
            in_breach: standing.in_breach,
            due_soon: standing.due_soon,
        }
    }
}

/// Bugs of about the same age.
#[derive(SimpleObject)]
pub struct AgeBand {
    /// They are at least so many days old.
    pub from_days: i64,
    /// They are younger than so many; null for no end.
    pub to_days: Option<i64>,
    /// How many.
    pub count: u64,
}

/// How many there are of a part of the product.
#[derive(SimpleObject)]
pub struct FeatureCount {
    /// The part's name.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// How many there are of a priority.
#[derive(SimpleObject)]
pub struct PriorityCount {
    /// The priority; null for those without one.
    pub priority: Option<Priority>,
    /// How many.
    pub count: u64,
}

/// Who moved most, each way.
#[derive(SimpleObject)]
pub struct Movers {
    /// Upwards, the largest step first.
    pub up: Vec<Mover>,
    /// Downwards, the largest step first.
    pub down: Vec<Mover>,
}

/// Whose figure moved.
#[derive(SimpleObject)]
pub struct Mover {
    /// A team, or what belongs to the scope if that has no teams; null for what nobody owns.
    pub entity: Option<Entity>,
    /// In the period before.
    pub before: f64,
    /// In the period.
    pub after: f64,
    /// How many records have to be gone for more than half of the difference to vanish.
    pub cause_count: usize,
    /// The first five of them, the weightiest first.
    pub causes: Vec<Event>,
}
