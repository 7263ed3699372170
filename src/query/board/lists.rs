//! Incidents, bugs and support cases as lists, by the rules that the board counts by.
//!
//! # Invariants
//! - What is listed is what is counted: [`records`](crate::query::board::records) of a figure are such a list.
//! - Lists are in order of time, the newest first; bugs past their SLA, or soon to be, by when they are due, the first one first.
//! - A list tells of how much of its time sources know: what is not on it may have happened in the rest.

use std::sync::Arc;

use crate::model::trouble::{Priority, Severity};
use crate::model::{Instant, Span, Spans};
use crate::quality::breaches::verdict_on_any;
use crate::quality::bugs::Life;
use crate::quality::cases::Case;
use crate::quality::flows;
use crate::quality::incidents::{Course, Incident};
use crate::query::board::places::{Located, grouped};
use crate::query::board::{Coverage, bugs};
use crate::query::metric::{Split, Whose};
use crate::query::{Error, Lens};
use crate::store::EventNo;
use crate::store::lives::{Lived, Lives};

/// What is on a list, on all its pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The numbers of the events, in order.
    pub numbers: Vec<EventNo>,
    /// The share of the time of which a source knows, from 0 to 1.
    pub covered: f64,
}

/// Which incidents are wanted. Everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incidents {
    /// Any of these severities, by the worst that it was; empty for all.
    pub severities: Vec<Severity>,
    /// It kept customers from this.
    pub feature: Option<String>,
    /// It still goes on, or is over.
    pub ongoing: Option<bool>,
    /// It began in the span, belonging to the scope then, or did not.
    pub began: Option<bool>,
}

impl Incidents {
    fn holds(&self, incident: &Incident, begins: bool) -> bool {
        (self.severities.is_empty() || incident.severity().is_some_and(|severity| self.severities.contains(&severity)))
            && self.feature.as_ref().is_none_or(|feature| incident.features().contains(feature))
            && self.ongoing.is_none_or(|wanted| incident.is_open() == wanted)
            && self.began.is_none_or(|wanted| begins == wanted)
    }
}

/// The incidents that began in a span or went on in it, as known at its end.
///
/// # Errors
/// [`Error::Backwards`], or if the store cannot be read.
pub fn incidents(lens: &Lens, wanted: &Incidents, whose: Whose, (from, to): (Instant, Instant)) -> Result<Listed, Error> {
    let span = span_of(from, to)?;
    let covered = covered(lens, &*lens.view().lives::<Course>()?, span)?;
    Ok(Listed { numbers: incidents_that(lens, wanted, whose, span, to, |_| true)?, covered })
}

/// The numbers of those incidents as known at `now`, of which something more has to hold.
pub(super) fn incidents_that(
    lens: &Lens,
    wanted: &Incidents,
    whose: Whose,
    span: Span,
    now: Instant,
    counts: impl Fn(&Incident) -> bool,
) -> Result<Vec<EventNo>, Error> {
    let courses = lens.view().lives::<Course>()?;
    let mut found = Vec::new();
    for (course, spans) in own(lens, whose, &courses, span)? {
        let Some(incident) = course.life.known_at(now) else { continue };
        let begins = span.contains(incident.started()) && spans.contains(incident.started());
        let goes_on = || incident.pieces().iter().any(|piece| spans.micros_in(piece.span.and(span)) > 0);
        if (begins || goes_on()) && wanted.holds(&incident, begins) && counts(&incident) {
            found.push((incident.started(), course.place.no));
        }
    }
    Ok(newest_first(found))
}

/// Whether bugs wait for their resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// They do.
    Open,
    /// They do not any more.
    Resolved,
    /// Either.
    All,
}

/// Which bugs are wanted. Everything given must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bugs {
    /// Whether they wait for their resolution.
    pub state: State,
    /// Of these priorities, in production or not.
    pub counted: flows::Filter,
    /// They are open and past their SLA, or are not.
    pub in_breach: Option<bool>,
    /// They are open, not past it and will be soon, or are not.
    pub due_soon: Option<bool>,
}

/// The bugs as of a moment.
///
/// # Errors
/// If the store cannot be read.
pub fn bugs(lens: &Lens, wanted: &Bugs, whose: Whose, at: Instant) -> Result<Listed, Error> {
    let covered = covered(lens, &*lens.view().lives::<Life>()?, Span::new(at, at.plus_micros(1)))?;
    Ok(Listed { numbers: bugs_at(lens, wanted, whose, at)?, covered })
}

/// The numbers of the bugs as of a moment.
pub(super) fn bugs_at(lens: &Lens, wanted: &Bugs, whose: Whose, at: Instant) -> Result<Vec<EventNo>, Error> {
    let lives = lens.view().lives::<Life>()?;
    // What is open is not over.
    let from = if wanted.state == State::Open { at } else { Instant::MIN };
    let within = Span::new(from, at.plus_micros(1));
    let terms = bugs::terms(lens, Span::new(at, within.to));
    let mut found: Vec<(i64, EventNo)> = Vec::new();
    for (lived, spans) in own(lens, whose, &lives, within)? {
        let Some(verdict) = verdict_on_any(&lived.life, &spans, &wanted.counted, &terms, at) else { continue };
        let counts = match wanted.state {
            State::Open => verdict.is_open,
            State::Resolved => !verdict.is_open,
            State::All => true,
        };
        let stands = |is: bool, wanted: Option<bool>| wanted.is_none_or(|wanted| is == wanted);
        if counts && stands(verdict.in_breach, wanted.in_breach) && stands(verdict.due_soon, wanted.due_soon) {
            // The smallest first.
            let due = verdict.due.filter(|_| wanted.in_breach == Some(true) || wanted.due_soon == Some(true));
            found.push((due.map_or_else(|| -verdict.created.micros(), Instant::micros), lived.place.no));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, no)| no).collect())
}

/// Which support cases are wanted. Everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cases {
    /// Any of these priorities, where nothing stands for those without one; empty for all.
    pub priorities: Vec<Option<Priority>>,
    /// It is about this part of the product.
    pub feature: Option<String>,
}

impl Cases {
    fn holds(&self, case: &Case) -> bool {
        (self.priorities.is_empty() || self.priorities.contains(&case.priority()))
            && self.feature.as_ref().is_none_or(|feature| case.is_about(feature))
    }
}

/// The support cases that were created in a span, as known at its end.
///
/// # Errors
/// [`Error::Backwards`], or if the store cannot be read.
pub fn cases(lens: &Lens, wanted: &Cases, whose: Whose, (from, to): (Instant, Instant)) -> Result<Listed, Error> {
    let span = span_of(from, to)?;
    let covered = covered(lens, &*lens.view().lives::<Case>()?, span)?;
    Ok(Listed { numbers: cases_in(lens, wanted, whose, span, to)?, covered })
}

/// The numbers of the support cases that were created in a span, as known at `now`.
pub(super) fn cases_in(lens: &Lens, wanted: &Cases, whose: Whose, span: Span, now: Instant) -> Result<Vec<EventNo>, Error> {
    let cases = lens.view().lives::<Case>()?;
    let mut found = Vec::new();
    for (Lived { place, life }, spans) in own(lens, whose, &cases, span)? {
        let created = life.created();
        if span.contains(created) && spans.contains(created) && life.is_known(now) && wanted.holds(life) {
            found.push((created, place.no));
        }
    }
    Ok(newest_first(found))
}

/// What belonged to a scope, with when it did.
type Own<'l, L> = Vec<(&'l Lived<L>, Arc<Spans>)>;

/// What was not over before a span and belonged to the scope in it.
pub(super) fn own<'l, L: Located>(lens: &Lens, whose: Whose, lives: &'l Lives<L>, within: Span) -> Result<Own<'l, L>, Error> {
    Ok(grouped(lens, Whose { split: Split::Whole, ..whose }, lives, within)?.remove(&None).unwrap_or_default())
}

pub(super) fn newest_first(mut found: Vec<(Instant, EventNo)>) -> Vec<EventNo> {
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, no)| no).collect()
}

/// From the first of two moments to the end of the other.
fn span_of(from: Instant, to: Instant) -> Result<Span, Error> {
    if from > to {
        return Err(Error::Backwards { from: from.to_string(), to: to.to_string() });
    }
    Ok(Span::new(from, to.plus_micros(1)))
}

fn covered<L: Located>(lens: &Lens, lives: &Lives<L>, span: Span) -> Result<f64, Error> {
    Ok(Coverage::of(lens, lives)?.0.share_of(span).unwrap_or_default())
}
