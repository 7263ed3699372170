//! Incidents, bugs and support cases as lists, which the figures of the quality board count.

use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject, Result};

use crate::api::board::{metric_effort, page_of};
use crate::api::connection::list;
use crate::api::error::from_query;
use crate::api::event::EventConnection;
use crate::api::present::Present;
use crate::api::scalar::{IncidentSeverity, Priority};
use crate::model::{Instant, Span};
use crate::quality::flows::Filter;
use crate::query::board::lists::{self, Listed};
use crate::query::metric::{Metric, Split, Whose};
use crate::query::{Cursor, Lens};

/// What a list of incidents keeps. Everything given must hold; an empty list means all.
#[derive(InputObject, Default)]
pub struct IncidentFilter {
    /// Any of these severities, by the worst that it was up to the end of the stretch.
    pub severities: Option<Vec<IncidentSeverity>>,
    /// It affected this part of the product, by its exact name.
    pub feature: Option<String>,
    /// It was not over at the end of the stretch (true), or was (false).
    pub ongoing: Option<bool>,
    /// It began in the stretch, belonging to the entity then (true), or did not (false).
    pub began: Option<bool>,
}

/// What a list of bugs keeps. Everything given must hold; an empty list means all.
#[derive(InputObject)]
pub struct BugFilter {
    /// Whether they wait for their resolution at the moment.
    #[graphql(default)]
    pub state: BugState,
    /// Any of these priorities at the moment; null among them stands for those without one.
    pub priorities: Option<Vec<Option<Priority>>>,
    /// They are open and past their SLA at the moment (true), or are not (false).
    pub in_breach: Option<bool>,
    /// They are open, in time and due within 7 days, or what the policy says (true), or are not (false).
    pub due_soon: Option<bool>,
    /// They are seen in production (true), or are not (false); null for both.
    #[graphql(default_with = "Some(true)")]
    pub production: Option<bool>,
}

impl Default for BugFilter {
    fn default() -> Self {
        Self { state: BugState::Open, priorities: None, in_breach: None, due_soon: None, production: Some(true) }
    }
}

/// Whether a bug waits for its resolution.
#[derive(Enum, Clone, Copy, Default, PartialEq, Eq)]
#[graphql(remote = "crate::query::board::lists::State")]
pub enum BugState {
    /// It does.
    #[default]
    Open,
    /// It does not any more.
    Resolved,
    /// Either.
    All,
}

/// What a list of support cases keeps. Everything given must hold; an empty list means all.
#[derive(InputObject, Default)]
pub struct SupportCaseFilter {
    /// Any of these priorities; null among them stands for those without one.
    pub priorities: Option<Vec<Option<Priority>>>,
    /// It is about this part of the product, by its exact name.
    pub feature: Option<String>,
}

/// Which page of which list.
pub(crate) struct Asked<'a> {
    /// For whom: an id, or a ref at the end.
    pub(crate) of: Option<&'a ID>,
    /// The stretch; of a list as of a moment it is both.
    pub(crate) between: (Instant, Instant),
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<&'a str>,
}

pub(crate) fn incidents_page(present: &Arc<Present>, filter: IncidentFilter, asked: &Asked<'_>) -> Result<EventConnection> {
    let wanted = lists::Incidents {
        severities: filter.severities.unwrap_or_default().into_iter().map(Into::into).collect(),
        feature: filter.feature,
        ongoing: filter.ongoing,
        began: filter.began,
    };
    let question = |lens: &Lens, whose, between| lists::incidents(lens, &wanted, whose, between);
    page(present, (list::INCIDENTS, "incidents"), Metric::Incidents, asked, question)
}

pub(crate) fn bugs_page(present: &Arc<Present>, filter: BugFilter, asked: &Asked<'_>) -> Result<EventConnection> {
    let counted = Filter::ALL.with_production(filter.production);
    let priorities = to_priorities(filter.priorities);
    let wanted = lists::Bugs {
        state: filter.state.into(),
        counted: if priorities.is_empty() { counted } else { counted.with_priorities(&priorities) },
        in_breach: filter.in_breach,
        due_soon: filter.due_soon,
    };
    let question = |lens: &Lens, whose, (_, at)| lists::bugs(lens, &wanted, whose, at);
    page(present, (list::BUGS, "bugs"), Metric::OpenBugs, asked, question)
}

pub(crate) fn support_cases_page(present: &Arc<Present>, filter: SupportCaseFilter, asked: &Asked<'_>) -> Result<EventConnection> {
    let wanted = lists::Cases { priorities: to_priorities(filter.priorities), feature: filter.feature };
    let question = |lens: &Lens, whose, between| lists::cases(lens, &wanted, whose, between);
    page(present, (list::SUPPORT_CASES, "support cases"), Metric::SupportCases, asked, question)
}

/// Priorities as they are compared; none given stands for all.
pub(crate) fn to_priorities(given: Option<Vec<Option<Priority>>>) -> Vec<Option<crate::model::trouble::Priority>> {
    given.unwrap_or_default().into_iter().map(|priority| priority.map(Into::into)).collect()
}

/// A page of a list, about the time that its first page was about.
fn page(
    present: &Arc<Present>,
    (list, things): (u8, &str),
    counted_by: Metric,
    asked: &Asked<'_>,
    question: impl Fn(&Lens, Whose, (Instant, Instant)) -> std::result::Result<Listed, crate::query::Error>,
) -> Result<EventConnection> {
    let after = asked.after.map(|after| Cursor::decode(list, after)).transpose().map_err(from_query)?;
    let (from, to) = after.as_ref().map_or(asked.between, |cursor| (cursor.from, cursor.to.min(present.now)));
    let of = asked.of.map(|of| present.entity(of, to)).transpose()?;
    present.budget.charge(metric_effort(counted_by))?;
    let found = question(&present.lens, Whose { of, split: Split::Whole }, (from, to)).map_err(from_query)?;
    let mut answer = page_of(&present.pin(to), list, Span::new(from, to), &found.numbers, asked.first, after.as_ref())?;
    answer.page.hint = present.lens.hint(to).map_err(from_query)?.or_else(|| gap(found.covered, things));
    Ok(answer)
}

/// What to say where no source knows of some of the time.
fn gap(covered: f64, things: &str) -> Option<String> {
    if covered >= 1.0 {
        return None;
    }
    let time =
        if covered > 0.0 { format!("{:.0} % of this time", (covered * 100.0).clamp(1.0, 99.0)) } else { "none of this time".to_owned() };
    Some(format!("sources of {things} cover {time}; what is not listed may have happened in the rest"))
}
