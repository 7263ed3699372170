//! From the store to the facts of a week.
//!
//! # Invariants
//! - A week that is over is told as of its end, whenever it is asked for: by the events as they were known then, by whoever
//!   owned things then. Only what is missing in its data is told as of now.
//! - The same store and week give the same facts: ties go to the record or name that comes first.

use crate::model::event::value_at;
use crate::model::run::Trigger;
use crate::model::trouble::Severity;
use crate::model::{Day, EntityId, EntityRef, EventKind, Instant, Kind, Period, PeriodKind, Span, Zone};
use crate::quality::bugs::Life;
use crate::quality::incidents::Course;
use crate::quality::sla::Terms;
use crate::query::board::movers::movers;
use crate::query::board::records::{Only, records};
use crate::query::board::{self, Board};
use crate::query::event::{Happened, event};
use crate::query::metric::{Metric, Split, Whose};
use crate::query::page::{self, Filter};
use crate::query::status::{Activity, sources};
use crate::query::{self, Known, Lens};
use crate::report::facts::{Bug, Cause, Facts, Few, Figure, Gap, Incident, Mover, Named, drifts};
use crate::store;

/// The figures that are told, in this order.
const FIGURES: [Metric; 23] = [
    Metric::Stability,
    Metric::CriticalIncidents,
    Metric::CriticalIncidentSeconds,
    Metric::CriticalIncidentMedianSeconds,
    Metric::AcknowledgeMedianSeconds,
    Metric::Incidents,
    Metric::OpenBugs,
    Metric::BugsInBreach,
    Metric::NewlyInBreachBugs,
    Metric::LateResolvedBugs,
    Metric::CreatedBugs,
    Metric::ResolvedBugs,
    Metric::ReopenedBugs,
    Metric::SupportCases,
    Metric::Deployments,
    Metric::DeploymentsPerDay,
    Metric::LeadTimeSeconds,
    Metric::ChangeFailRate,
    Metric::RecoverySeconds,
    Metric::ReworkRate,
    Metric::Coverage,
    Metric::GatePassShare,
    Metric::UnownedServices,
];

/// One figure of each kind of record: all of a kind are known for the same part of the week.
const BY_SOURCES: [(Metric, &str); 4] = [
    (Metric::Incidents, "Incidents"),
    (Metric::CreatedBugs, "Bugs"),
    (Metric::SupportCases, "Support cases"),
    (Metric::Deployments, "Deployments"),
];

/// Whose movements are told, the most important first, and from which step on: a minute of the week, or one thing.
const MOVING: [(Metric, f64); 4] =
    [(Metric::Stability, 1e-4), (Metric::BugsInBreach, 1.0), (Metric::OpenBugs, 1.0), (Metric::SupportCases, 1.0)];

const MOST_MOVERS: usize = 3;
const MOST_CAUSES: usize = 3;
const MOST_INCIDENTS: usize = 5;
const MOST_BREACHES: usize = 10;
const MOST_DRIFTS: usize = 5;
const MOST_NAMES: usize = 5;

/// There are no facts of a week.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is another period.
    #[error("{0} is no ISO week; expected one such as 2026-W46")]
    NoWeek(Period),
    /// It has not begun.
    #[error("the week {week} has not begun; the last one that is over is {last}")]
    NotBegun {
        /// As asked.
        week: Period,
        /// The last one that is over.
        last: Period,
    },
    /// Nobody ever had that name.
    #[error("there is no {0}")]
    NoEntity(EntityRef),
    /// No figure is known, then or before.
    #[error("nothing is known of the week {week}{hint}")]
    NothingKnown {
        /// As asked.
        week: Period,
        /// Why, as far as that is known.
        hint: String,
    },
    /// The store could not answer.
    #[error("the facts of a week could not be read")]
    Query(#[from] query::Error),
    /// The same.
    #[error("the facts of a week could not be read")]
    Store(#[from] store::Error),
}

/// The last week that is over.
#[must_use]
pub fn last_complete(zone: &Zone, now: Instant) -> Period {
    Period::containing(PeriodKind::Week, zone.day_of(now)).previous()
}

/// The facts of a week, of the organisation or of what belongs to an entity. `activities` are the sources that are
/// configured; without any, every source that ever ran is expected to have read the week.
///
/// # Errors
/// [`Error`]; what is no week or has not begun, names nobody, or lies before everything that is known.
pub fn facts(lens: &Lens, activities: &[Activity], week: Period, of: Option<&EntityRef>, now: Instant) -> Result<Facts, Error> {
    if week.kind() != PeriodKind::Week {
        return Err(Error::NoWeek(week));
    }
    let zone = lens.view().zone();
    let Some(span) = week.elapsed(&zone, now) else { return Err(Error::NotBegun { week, last: last_complete(&zone, now) }) };
    let running = week.is_running(&zone, now);
    let last = if running { now } else { span.to.plus_micros(-1) };
    lens.view().require(last)?;
    let of = match of {
        Some(of) => Some(lens.resolve(&of.to_string(), last)?.ok_or_else(|| Error::NoEntity(of.clone()))?.0),
        None => None,
    };
    let reader = Reader { lens, week, zone: &zone, span, last, as_of: span.to, running, of };
    let Some(board) = board::board(lens, &FIGURES, Whose { of, split: Split::Whole }, week, reader.as_of)? else {
        return Err(reader.nothing_known()?);
    };
    let gaps = reader.gaps(&board, activities, now)?;
    let figures = reader.figures(&board)?;
    if figures.iter().all(|figure| figure.value.is_none()) {
        return Err(reader.nothing_known()?);
    }
    let is_known = |metric: Metric| figures.iter().any(|figure| figure.metric == metric && figure.value.is_some());
    let (better, worse) = reader.movers(&is_known)?;
    Ok(Facts {
        week,
        first_day: week.first_day(),
        last_day: week.last_day(),
        zone: zone.clone(),
        as_of: reader.as_of,
        running,
        of: of.map(|of| reader.named(of, last)).transpose()?,
        link: reader.board_link(of)?,
        gaps,
        weeks: week.series(board.buckets.len()),
        incidents: reader.incidents(is_known(Metric::Stability))?,
        better,
        worse,
        breaches: reader.breaches(is_known(Metric::NewlyInBreachBugs))?,
        drifts: drifts(&figures, MOST_DRIFTS),
        unowned: if of.is_none() && is_known(Metric::UnownedServices) { Some(reader.unowned()?) } else { None },
        failing_gates: if is_known(Metric::GatePassShare) { reader.failing_gates()? } else { None },
        figures,
    })
}

struct Reader<'l> {
    lens: &'l Lens,
    week: Period,
    zone: &'l Zone,
    /// What counts of the week.
    span: Span,
    /// The last instant that counts.
    last: Instant,
    as_of: Instant,
    running: bool,
    of: Option<EntityId>,
}

impl Reader<'_> {
    fn whose(&self) -> Whose {
        Whose { of: self.of, split: Split::Whole }
    }

    fn nothing_known(&self) -> Result<Error, Error> {
        let hint = self.lens.hint(self.last)?.map(|hint| format!(": {hint}")).unwrap_or_default();
        Ok(Error::NothingKnown { week: self.week, hint })
    }

    fn day(&self) -> Day {
        self.zone.day_of(self.last)
    }

    fn board_link(&self, of: Option<EntityId>) -> Result<String, Error> {
        let of = match of {
            Some(of) => format!("&of={}", encoded(&self.lens.name(of, self.last)?.reference())),
            None => String::new(),
        };
        Ok(format!("/board?period={}{of}&at={}", self.week, self.day()))
    }

    /// An entity as it was called at a moment, with its page on that day.
    fn named(&self, id: EntityId, at: Instant) -> Result<Named, Error> {
        let name = self.lens.name(id, at)?;
        let reference = name.reference();
        let (kind, own) = reference.split_once(':').unwrap_or(("unknown", &reference));
        let link = format!("/{}/{}?at={}", encoded(kind), encoded(own), self.zone.day_of(at));
        let title = self.lens.text(Known::Title, id, at)?.filter(|title| !title.trim().is_empty());
        Ok(Named { name: title.unwrap_or(own).to_owned(), link, reference: reference.clone() })
    }

    fn figures(&self, board: &Board) -> Result<Vec<Figure>, Error> {
        let link = self.board_link(self.of)?;
        let told = board.figures.iter().filter(|figure| figure.points.iter().any(|(value, _)| value.is_some()));
        let figure = |figure: &board::Figure| {
            let meaning = figure.metric.meaning();
            Figure {
                metric: figure.metric,
                title: meaning.title.to_owned(),
                unit: meaning.unit,
                more_is_better: meaning.more_is_better,
                value: figure.value,
                previous: figure.previous,
                covered: figure.covered,
                points: figure.points.iter().map(|(value, _)| *value).collect(),
                trend: figure.trend,
                link: link.clone(),
            }
        };
        // What nobody owns belongs to no part of the organisation.
        Ok(told.filter(|figure| self.of.is_none() || figure.metric != Metric::UnownedServices).map(figure).collect())
    }

    fn gaps(&self, board: &Board, activities: &[Activity], now: Instant) -> Result<Vec<Gap>, Error> {
        const WHOLE: f64 = 0.999;
        let mut gaps = Vec::new();
        for (metric, title) in BY_SOURCES {
            let Some(figure) = board.figures.iter().find(|figure| figure.metric == metric) else { continue };
            let covered = figure.covered.unwrap_or(1.0);
            if covered < WHOLE && figure.points.iter().any(|(value, _)| value.is_some()) {
                gaps.push(Gap::Figure { metric, title: title.to_owned(), covered });
            }
        }
        for status in sources(self.lens, activities, now)? {
            // What is not configured any more is not waited for, and who is only told things is never late.
            let is_gone = !activities.is_empty() && status.activity.is_none();
            let is_told = status.last_run.as_ref().is_some_and(|run| run.trigger == Trigger::Push);
            if is_gone || is_told {
                continue;
            }
            let last_success = status.last_success.as_ref().map(|run| run.ended);
            let interval = status.last_run.as_ref().map_or(0, |run| i64::try_from(run.interval_seconds).unwrap_or(i64::MAX));
            let needed = if self.running { now.plus_seconds(interval.saturating_mul(-2)) } else { self.span.to };
            // Some are never read whole, such as a cluster whose secrets nobody may see: what is usual for a source is no gap.
            let last_read = status.last_read.as_ref().map(|run| run.ended);
            let is_usual = last_success.is_none() && last_read.is_some_and(|read| read >= needed);
            if !is_usual && last_success.is_none_or(|success| success < needed) {
                let link = format!("/collectors?source={}", encoded(&status.source));
                gaps.push(Gap::Source { source: status.source, last_success, link });
            }
        }
        Ok(gaps)
    }

    fn incidents(&self, is_known: bool) -> Result<Few<Incident>, Error> {
        let mut found: Vec<Incident> = Vec::new();
        let numbers =
            if is_known { records(self.lens, Metric::Stability, &Only::default(), self.whose(), self.span, self.as_of)? } else { None };
        for no in numbers.unwrap_or_default() {
            let Some(happened) = event(self.lens, no)? else { continue };
            found.extend(self.incident(&happened)?);
        }
        found.sort_by(|a, b| {
            let weight = |incident: &Incident| (incident.severity.unwrap_or(Severity::Minor), incident.seconds);
            weight(b).cmp(&weight(a)).then_with(|| (a.started, &a.title).cmp(&(b.started, &b.title)))
        });
        Ok(few(found, MOST_INCIDENTS, self.board_link(self.of)?))
    }

    fn incident(&self, happened: &Happened) -> Result<Option<Incident>, Error> {
        let record = &happened.record;
        let known = Course::of_event(record.at, record.ended, &record.history, &record.body).known_at(self.last);
        let Some(known) = known else { return Ok(None) };
        let at = record.at.min(self.last);
        let fields = happened.fields(self.last);
        let others = fields.get("also").and_then(|also| also.as_array()).into_iter().flatten();
        let others = others.filter_map(|id| self.lens.view().resource_no(&happened.resource.source, id.as_str()?));
        let others = others.filter_map(|no| self.lens.view().linked_at(no, at));
        let mut ids: Vec<EntityId> = Vec::new();
        for id in happened.entity.into_iter().chain(others) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let services = ids.into_iter().map(|id| self.named(id, at)).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Incident {
            title: text_of(happened, "title", self.last),
            severity: known.severity(),
            link: services.first().map_or_else(|| self.board_link(self.of), |service| Ok(service.link.clone()))?,
            services,
            started: known.started(),
            seconds: known.micros(self.as_of) / 1_000_000,
            ongoing: known.is_open(),
            features: known.features().to_vec(),
            check: record.check.clone(),
        }))
    }

    fn breaches(&self, is_known: bool) -> Result<Few<Bug>, Error> {
        // Most of what is newly late was created in the months before.
        const LIKELY: i64 = 100 * 86_400;
        let policies = self.lens.view().policies();
        let likely = Span::new(self.span.from.plus_seconds(-LIKELY), self.span.to);
        let terms = Terms::new(policies.iter().map(|(since, policy)| (*since, &**policy)), likely);
        let mut found: Vec<Bug> = Vec::new();
        let numbers = if is_known {
            records(self.lens, Metric::NewlyInBreachBugs, &Only::default(), self.whose(), self.span, self.as_of)?
        } else {
            None
        };
        for no in numbers.unwrap_or_default() {
            let Some(happened) = event(self.lens, no)? else { continue };
            found.extend(self.bug(&happened, &terms)?);
        }
        found.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| (a.due, &a.key, &a.title).cmp(&(b.due, &b.key, &b.title))));
        Ok(few(found, MOST_BREACHES, self.board_link(self.of)?))
    }

    fn bug(&self, happened: &Happened, terms: &Terms) -> Result<Option<Bug>, Error> {
        let record = &happened.record;
        let life = Life::of_event(Some(record.at), record.ended, &record.history, &record.body);
        let (Some(created), Some(mark)) = (life.created(), life.at(self.last)) else { return Ok(None) };
        let moved = life.resource(mark).and_then(|id| self.lens.view().resource_no(&happened.resource.source, id));
        let entity = moved.map_or(happened.entity, |no| self.lens.view().linked_at(no, self.last));
        let owner = entity.map(|entity| self.lens.owner(entity, self.last)).transpose()?.flatten();
        let service = entity.map(|entity| self.named(entity, self.last)).transpose()?;
        Ok(Some(Bug {
            key: text_of(happened, "key", self.last),
            title: text_of(happened, "title", self.last),
            priority: mark.priority(),
            owner: owner.map(|owner| self.named(owner, self.last)).transpose()?,
            due: terms.due(created, mark.priority(), self.last),
            resolved: !mark.is_open() || mark.is_deleted(),
            link: service.as_ref().map_or_else(|| self.board_link(self.of), |service| Ok(service.link.clone()))?,
            service,
            check: record.check.clone(),
        }))
    }

    /// For whom it became better and for whom worse: by the first figure that moved, then by the next, each once.
    fn movers(&self, is_known: &dyn Fn(Metric) -> bool) -> Result<(Vec<Mover>, Vec<Mover>), Error> {
        let (mut better, mut worse): (Vec<Mover>, Vec<Mover>) = (Vec::new(), Vec::new());
        for (metric, least) in MOVING {
            if !is_known(metric) || (better.len() >= MOST_MOVERS && worse.len() >= MOST_MOVERS) {
                continue;
            }
            // Who is told already takes no place of another.
            let most = MOST_MOVERS + better.len().max(worse.len());
            let found = movers(self.lens, metric, self.of, (self.week, None), self.as_of, most)?;
            let (up, down) = (found.up, found.down);
            let (good, bad) = if metric.meaning().more_is_better == Some(true) { (up, down) } else { (down, up) };
            for (told, found) in [(&mut better, good), (&mut worse, bad)] {
                for mover in found {
                    let link = self.board_link(mover.entity.or(self.of))?;
                    let entity = mover.entity.map(|entity| self.named(entity, self.last)).transpose()?;
                    let is_small = (mover.after - mover.before).abs() < least;
                    if is_small || told.len() >= MOST_MOVERS || told.iter().any(|other| other.entity == entity) {
                        continue;
                    }
                    let total = mover.causes.len();
                    let first = mover.causes.iter().take(MOST_CAUSES).map(|no| self.cause(*no));
                    let first = first.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
                    let causes = Few { total, first, link: link.clone() };
                    told.push(Mover { metric, entity, before: mover.before, after: mover.after, causes, link });
                }
            }
        }
        Ok((better, worse))
    }

    fn cause(&self, no: store::EventNo) -> Result<Option<Cause>, Error> {
        let Some(happened) = event(self.lens, no)? else { return Ok(None) };
        let at = happened.record.at.min(self.last);
        let service = happened.entity.map(|entity| self.named(entity, at)).transpose()?;
        let key = text_of(&happened, "key", self.last);
        Ok(Some(Cause {
            kind: happened.record.kind,
            key: (happened.record.kind != EventKind::Incident && !key.is_empty()).then_some(key),
            title: text_of(&happened, "title", self.last),
            link: service.as_ref().map_or_else(|| self.board_link(self.of), |service| Ok(service.link.clone()))?,
            service,
            check: happened.record.check.clone(),
        }))
    }

    fn unowned(&self) -> Result<Few<Named>, Error> {
        let filter = Filter { unowned: Some(true), ..Filter::default() };
        let ids = page::select(self.lens, Kind::Service, &filter, self.last)?;
        self.names(ids, "owner:none")
    }

    /// Nothing for a scope whose entities cannot be listed.
    fn failing_gates(&self) -> Result<Option<Few<Named>>, Error> {
        let mut filter = Filter { gates: vec![Some("failed".to_owned())], ..Filter::default() };
        let mut words = "gate:failed".to_owned();
        if let Some(of) = self.of {
            let name = self.lens.name(of, self.last)?;
            match self.lens.kind(of) {
                Some(Kind::Team | Kind::Person) => {
                    (filter.owner, filter.owner_tree) = (Some(of), true);
                    words.push_str(&format!(" owner:{}", name.name()));
                }
                Some(Kind::System) => {
                    filter.system = Some(of);
                    words.push_str(&format!(" system:{}", name.name()));
                }
                _ => return Ok(None),
            }
        }
        let mut ids = page::select(self.lens, Kind::Service, &filter, self.last)?;
        ids.extend(page::select(self.lens, Kind::Repository, &filter, self.last)?);
        Ok(Some(self.names(ids, &words)?))
    }

    fn names(&self, ids: Vec<EntityId>, words: &str) -> Result<Few<Named>, Error> {
        let mut all = ids.into_iter().map(|id| self.named(id, self.last)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| (a.name.to_lowercase(), &a.reference).cmp(&(b.name.to_lowercase(), &b.reference)));
        Ok(few(all, MOST_NAMES, format!("/services?q={}&at={}", encoded(words), self.day())))
    }
}

/// The first of all.
fn few<T>(mut all: Vec<T>, most: usize, link: String) -> Few<T> {
    let total = all.len();
    all.truncate(most);
    Few { total, first: all, link }
}

/// A text of an event as it was at a moment; empty if it has none.
fn text_of(happened: &Happened, field: &str, at: Instant) -> String {
    let then = value_at(&happened.record.history, field, at);
    then.or_else(|| happened.record.body.get(field)).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

/// A text as a part of an address; what need not be escaped there stays readable: `owner:payments`, `a/b`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b',' => out.push(char::from(byte)),
            b' ' => out.push_str("%20"),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_readable() {
        assert_eq!(encoded("owner:payments gate:failed"), "owner:payments%20gate:failed");
        assert_eq!(encoded("acme/billing?a&b=ü"), "acme/billing%3Fa%26b%3D%C3%BC");
    }

    #[test]
    fn the_last_week_is_the_one_before_this() {
        let last = |now: &str| last_complete(&Zone::utc(), now.parse().unwrap()).to_string();
        assert_eq!(last("2026-11-15T23:59:59Z"), "2026-W45");
        assert_eq!(last("2026-11-16T00:00:00Z"), "2026-W46");
        assert_eq!(last("2027-01-05T08:00:00Z"), "2026-W53");
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        assert_eq!(last_complete(&berlin, "2026-11-15T23:30:00Z".parse().unwrap()).to_string(), "2026-W46", "it is Monday there");
    }
}
