//! The records behind a figure: those that by themselves make it other than nothing.
//!
//! # Invariants
//! - A figure that counts things has as many records as it counts; one that happened twice in a period (a bug reopened twice)
//!   is one record.
//! - Records are in order of time, the newest first; bugs past their SLA by how long they are, the longest first.

use crate::model::trouble::Severity;
use crate::model::{Instant, Span};
use crate::quality::breaches::{self, verdict};
use crate::quality::bugs::Life;
use crate::quality::cases::Case;
use crate::quality::cuts::Cuts;
use crate::quality::flows::Filter;
use crate::quality::incidents::Course;
use crate::query::board::places::grouped;
use crate::query::board::{bugs, delivery};
use crate::query::metric::{Family, Metric, Whose};
use crate::query::{Error, Lens};
use crate::store::EventNo;

/// The numbers of the events behind a figure of a span, as known at `now`; nothing if the figure is not made of events.
///
/// # Errors
/// If the store cannot be read.
pub fn records(lens: &Lens, metric: Metric, whose: Whose, span: Span, now: Instant) -> Result<Option<Vec<EventNo>>, Error> {
    let whose = Whose { by_owner: false, ..whose };
    let span = Span::new(span.from, span.to.min(now.plus_micros(1)));
    let mut found: Vec<(Instant, EventNo)> = match metric.family() {
        Family::Incidents => incidents(lens, metric, whose, span, now)?,
        Family::Bugs => return bugs_of(lens, metric, whose, span).map(Some),
        Family::SupportCases => {
            let cases = lens.view().lives::<Case>()?;
            let own = grouped(lens, whose, &cases, span)?.remove(&None).unwrap_or_default();
            let counts = |case: &Case, at| span.contains(at) && case.is_known(now);
            let own = own.iter().filter(|(case, spans)| counts(&case.life, case.place.at) && spans.contains(case.place.at));
            own.map(|(case, _)| (case.place.at, case.place.no)).collect()
        }
        Family::Delivery => delivery::records(lens, metric, whose, span, now)?,
        Family::Alone(_) => return Ok(None),
    };
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(Some(found.into_iter().map(|(_, no)| no).collect()))
}

fn incidents(lens: &Lens, metric: Metric, whose: Whose, span: Span, now: Instant) -> Result<Vec<(Instant, EventNo)>, Error> {
    let courses = lens.view().lives::<Course>()?;
    let own = grouped(lens, whose, &courses, span)?.remove(&None).unwrap_or_default();
    let mut found = Vec::new();
    for (course, spans) in own {
        let Some(incident) = course.life.known_at(now) else { continue };
        let begins = span.contains(incident.started()) && spans.contains(incident.started());
        let is_critical = incident.severity() == Some(Severity::Critical);
        let counts = match metric {
            Metric::Stability => begins || incident.pieces().iter().any(|piece| spans.micros_in(piece.span.and(span)) > 0),
            Metric::Incidents => begins,
            Metric::AcknowledgeMedianSeconds => begins && is_critical && incident.acknowledged().is_some(),
            _ => begins && is_critical,
        };
        if counts {
            found.push((incident.started(), course.place.no));
        }
    }
    Ok(found)
}

fn bugs_of(lens: &Lens, metric: Metric, whose: Whose, span: Span) -> Result<Vec<EventNo>, Error> {
    let (terms, cuts) = (bugs::terms(lens, span), Cuts::of(span));
    let lives = lens.view().lives::<Life>()?;
    let own = grouped(lens, whose, &lives, span)?.remove(&None).unwrap_or_default();
    let last = span.to.plus_micros(-1);
    let mut found: Vec<(i64, EventNo)> = Vec::new();
    for (lived, spans) in own {
        let life = &lived.life;
        // The smallest first.
        let order = match metric {
            Metric::OpenBugs | Metric::BugsInBreach => match verdict(life, &spans, &Filter::PRODUCTION, &terms, last) {
                Some(verdict) if metric == Metric::OpenBugs => Some(-verdict.created.micros()),
                Some(verdict) if verdict.in_breach => verdict.due.map(Instant::micros),
                _ => None,
            },
            _ => {
                let series = breaches::series([(life, &*spans)], &Filter::PRODUCTION, &terms, &cuts);
                let counted = match (metric, series.flows.first()) {
                    (Metric::NewlyInBreachBugs, _) => series.newly_in_breach.iter().sum(),
                    (Metric::LateResolvedBugs, _) => series.resolved.iter().map(|resolved| resolved.late).sum(),
                    (Metric::CreatedBugs, Some(flow)) => flow.created,
                    (Metric::ReopenedBugs, Some(flow)) => flow.reopened,
                    (Metric::EnteredBugs, Some(flow)) => flow.entered,
                    (Metric::ResolvedBugs, Some(flow)) => flow.resolved,
                    (Metric::LeftBugs, Some(flow)) => flow.left,
                    _ => 0,
                };
                (counted > 0).then(|| -lived.place.at.micros())
            }
        };
        found.extend(order.map(|order| (order, lived.place.no)));
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, no)| no).collect())
}
