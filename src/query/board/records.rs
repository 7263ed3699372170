//! The records behind a figure: those that by themselves make it other than nothing.
//!
//! # Invariants
//! - A figure that counts things has as many records as it counts; one that happened twice in a period (a bug reopened twice)
//!   is one record.
//! - Records are in order of time, the newest first; bugs past their SLA, or soon to be, by when they are due, the first one
//!   first.

use crate::model::trouble::{Priority, Severity};
use crate::model::{Instant, Span};
use crate::quality::breaches;
use crate::quality::bugs::Life;
use crate::quality::cuts::Cuts;
use crate::quality::flows::Filter;
use crate::query::board::lists::{Bugs, Cases, Incidents, State, bugs_at, cases_in, incidents_that, newest_first, own};
use crate::query::board::{bugs, delivery};
use crate::query::metric::{Family, Metric, Split, Whose};
use crate::query::{Error, Lens};
use crate::store::EventNo;

/// Which of the records are wanted. Everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Bugs and support cases of any of these priorities, where nothing stands for those without one; empty for all. Bugs are
    /// counted as if there were no others, so one that gets such a priority enters.
    pub priorities: Vec<Option<Priority>>,
    /// Incidents of any of these severities, by the worst that they were; empty for all.
    pub severities: Vec<Severity>,
    /// Incidents and support cases about this part of the product.
    pub feature: Option<String>,
    /// Open bugs that will be past their SLA soon, or will not.
    pub due_soon: Option<bool>,
}

impl Only {
    /// Refuses what records of a kind cannot be told apart by: nothing would be left, which is not what is so.
    fn require_fit(&self, metric: Metric) -> Result<(), Error> {
        let (records, has_priority, has_severity, has_feature) = match metric.family() {
            Family::Incidents => ("incidents", false, true, true),
            Family::Bugs => ("bugs", true, false, false),
            Family::SupportCases => ("support cases", true, false, true),
            Family::Delivery => ("deployments", false, false, false),
            Family::Alone(_) => return Ok(()),
        };
        let asked = [
            ("priority", has_priority, !self.priorities.is_empty()),
            ("severity", has_severity, !self.severities.is_empty()),
            ("feature", has_feature, self.feature.is_some()),
            ("dueSoon", is_standing(metric), self.due_soon.is_some()),
        ];
        match asked.into_iter().find(|(_, has, is_asked)| *is_asked && !has) {
            Some((by, ..)) => Err(Error::Unfit { records, by }),
            None => Ok(()),
        }
    }

    fn bugs(&self) -> Filter {
        if self.priorities.is_empty() { Filter::PRODUCTION } else { Filter::PRODUCTION.with_priorities(&self.priorities) }
    }
}

/// The numbers of the events behind a figure of a span, as known at `now`; nothing if the figure is not made of events.
///
/// # Errors
/// [`Error::Unfit`], or if the store cannot be read.
pub fn records(lens: &Lens, metric: Metric, only: &Only, whose: Whose, span: Span, now: Instant) -> Result<Option<Vec<EventNo>>, Error> {
    only.require_fit(metric)?;
    let span = Span::new(span.from, span.to.min(now.plus_micros(1)));
    let found = match metric.family() {
        Family::Incidents => incidents(lens, metric, only, whose, span, now)?,
        Family::Bugs => match metric {
            _ if is_standing(metric) => {
                let in_breach = (metric == Metric::BugsInBreach).then_some(true);
                let wanted = Bugs { state: State::Open, counted: only.bugs(), in_breach, due_soon: only.due_soon };
                bugs_at(lens, &wanted, whose, span.to.plus_micros(-1))?
            }
            _ => moved_bugs(lens, metric, &only.bugs(), whose, span)?,
        },
        Family::SupportCases => {
            let wanted = Cases { priorities: only.priorities.clone(), feature: only.feature.clone() };
            cases_in(lens, &wanted, whose, span, now)?
        }
        Family::Delivery => newest_first(delivery::records(lens, metric, Whose { split: Split::Whole, ..whose }, span, now)?),
        Family::Alone(_) => return Ok(None),
    };
    Ok(Some(found))
}

/// Whether a figure is of bugs that are open at its end, and not of those that came or went.
const fn is_standing(metric: Metric) -> bool {
    matches!(metric, Metric::OpenBugs | Metric::BugsInBreach)
}

fn incidents(lens: &Lens, metric: Metric, only: &Only, whose: Whose, span: Span, now: Instant) -> Result<Vec<EventNo>, Error> {
    let began = (metric != Metric::Stability).then_some(true);
    let wanted = Incidents { severities: only.severities.clone(), feature: only.feature.clone(), began, ongoing: None };
    incidents_that(lens, &wanted, whose, span, now, |incident| {
        let is_critical = incident.severity() == Some(Severity::Critical);
        match metric {
            Metric::Stability | Metric::Incidents => true,
            Metric::AcknowledgeMedianSeconds => is_critical && incident.acknowledged().is_some(),
            _ => is_critical,
        }
    })
}

/// Bugs that came or went in a span.
fn moved_bugs(lens: &Lens, metric: Metric, counted: &Filter, whose: Whose, span: Span) -> Result<Vec<EventNo>, Error> {
    let (terms, cuts) = (bugs::terms(lens, span), Cuts::of(span));
    let lives = lens.view().lives::<Life>()?;
    let mut found: Vec<(i64, EventNo)> = Vec::new();
    for (lived, spans) in own(lens, whose, &lives, span)? {
        let series = breaches::series([(&lived.life, &*spans)], counted, &terms, &cuts);
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
        if counted > 0 {
            found.push((-lived.place.at.micros(), lived.place.no));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, no)| no).collect())
}
