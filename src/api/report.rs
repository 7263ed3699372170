//! Weekly reports: what became of them, what was sent, and what would be.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};

use crate::api::Shared;
use crate::api::error::{Code, from_query};
use crate::api::limits::page_size;
use crate::api::present::Present;
use crate::api::scalar::{DateTime, Period};
use crate::model::EntityRef;
use crate::report::facts::Facts;
use crate::report::render::{page, report};
use crate::report::send::delivery::{deliveries, delivery, facts, letter};
use crate::report::send::{Delivery, Kind, State};
use crate::report::week;

/// What it takes from the budget to draw the charts of a report.
const EFFORT_OF_A_PAGE: usize = 2_000;
/// What it takes from the budget to read the facts of a week: a board, and whoever moved by each of its figures.
const EFFORT_OF_A_WEEK: usize = 8_000;

/// A weekly report to a channel, and what became of it.
#[derive(SimpleObject, Clone)]
#[graphql(complex)]
pub(crate) struct SentReport {
    /// Names it among all others.
    id: ID,
    /// The ISO week.
    week: Period,
    /// The channel's name in the configuration.
    channel: String,
    /// The kind of target: slack, mail.
    target: String,
    /// The ref of whom it is told; absent for the organisation.
    of: Option<String>,
    /// Report, or a notice that it comes later.
    kind: Kind,
    /// 1, or more if somebody wanted it once more.
    number: u32,
    /// How it ended.
    state: State,
    /// When it came to be so.
    at: DateTime,
    /// How often it was tried.
    attempts: u32,
    /// Where it is, what the target answered, or why it was not sent.
    detail: String,
    /// Who wanted it; absent if its time had come.
    by: Option<String>,
}

/// A weekly report to a channel, and what became of it.
#[ComplexObject]
impl SentReport {
    /// What it tells, as a page of HTML with its charts in it, whose links are paths into spot: all of it, of which a target may
    /// take a part. Null if it was never written.
    async fn page(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let present = Present::of(ctx)?;
        present.budget.charge(EFFORT_OF_A_PAGE)?;
        let told = facts(present.lens.view(), &self.id);
        told.map(|facts| page_of(present, &facts, self.kind == Kind::Notice)).transpose()
    }

    /// The message as it was sent, to the byte. Null if it was never written.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<SentMessage>> {
        let present = Present::of(ctx)?;
        let Some(letter) = letter(present.lens.view(), &self.id) else { return Ok(None) };
        let bytes = letter.message();
        present.budget.charge_contents(bytes.len() as u64)?;
        Ok(Some(SentMessage {
            media_type: letter.media_type().to_owned(),
            bytes: bytes.len(),
            text: String::from_utf8_lossy(bytes).into_owned(),
        }))
    }
}

/// What a target was sent.
#[derive(SimpleObject)]
pub(crate) struct SentMessage {
    /// Its media type: message/rfc822 of a mail, application/json of most others.
    media_type: String,
    /// How long it is.
    bytes: usize,
    /// What it says, as text.
    text: String,
}

/// Where weekly reports are sent.
#[derive(SimpleObject)]
pub(crate) struct ReportChannel {
    /// Its name in the configuration.
    name: String,
    /// The kind of target: slack, mail.
    target: String,
    /// The ref of whom it is told; absent for the organisation.
    of: Option<String>,
    /// When the next one is due.
    next: Option<DateTime>,
}

/// The report of a week, as it would be sent now.
#[derive(SimpleObject)]
pub(crate) struct WeekReport {
    /// The ISO week.
    week: Period,
    /// What it is called.
    title: String,
    /// Of whom and when.
    subtitle: String,
    /// Data of the week is missing; a report that is due would wait for it.
    incomplete: bool,
    /// The week is not over: it is told so far.
    running: bool,
    /// A page of HTML with its charts in it, whose links are paths into spot.
    page: String,
}

impl From<Delivery> for SentReport {
    fn from(delivery: Delivery) -> Self {
        let id = ID(delivery.key());
        let Delivery { week, channel, kind, number, of, target, state, at, attempts, said, by } = delivery;
        Self {
            id,
            week: Period(week),
            channel,
            target,
            of,
            kind,
            number,
            state,
            at: DateTime(at),
            attempts,
            detail: said,
            by: by.map(|by| by.name),
        }
    }
}

/// The newest first.
pub(crate) fn sent(ctx: &Context<'_>, channel: Option<&str>, first: i32) -> Result<Vec<SentReport>> {
    let present = Present::of(ctx)?;
    let mut all = deliveries(present.lens.view());
    all.retain(|delivery| channel.is_none_or(|channel| delivery.channel == channel));
    all.sort_by_key(|delivery| std::cmp::Reverse((delivery.at, delivery.number)));
    let found: Vec<SentReport> = all.into_iter().take(page_size(Some(first))?).map(Into::into).collect();
    present.budget.charge(found.len())?;
    Ok(found)
}

pub(crate) fn one(ctx: &Context<'_>, id: &ID) -> Result<Option<SentReport>> {
    Ok(delivery(Present::of(ctx)?.lens.view(), id).map(Into::into))
}

pub(crate) fn channels(ctx: &Context<'_>) -> Result<Vec<ReportChannel>> {
    let Some(office) = &ctx.data::<Arc<Shared>>()?.office else { return Ok(Vec::new()) };
    let next = office.next();
    let channels = office.channels().iter().map(|channel| ReportChannel {
        name: channel.name.clone(),
        target: channel.kind.to_owned(),
        of: channel.of.as_ref().map(ToString::to_string),
        next: next.map(DateTime),
    });
    Ok(channels.collect())
}

pub(crate) fn preview(ctx: &Context<'_>, week: Option<Period>, of: Option<&str>) -> Result<WeekReport> {
    let present = Present::of(ctx)?;
    present.budget.charge(EFFORT_OF_A_WEEK)?;
    let of: Option<EntityRef> = match of {
        Some(of) => Some(of.parse().map_err(|_| Code::UnknownEntity.error(format!("{of:?} is not the ref of any entity")))?),
        None => None,
    };
    let week = week.map_or_else(|| week::last_complete(&present.lens.view().zone(), present.now), |Period(week)| week);
    let facts = week::facts(&present.lens, &present.activities, week, of.as_ref(), present.now).map_err(from_week)?;
    let document = report(&facts, &[], "");
    Ok(WeekReport {
        week: Period(week),
        title: document.title,
        subtitle: document.subtitle,
        incomplete: facts.is_incomplete(),
        running: facts.running,
        page: page_of(present, &facts, false)?,
    })
}

fn page_of(present: &Present, facts: &Facts, is_notice: bool) -> Result<String> {
    let written = page(facts, is_notice).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a report could not be drawn");
        Code::Failed.error(error.to_string())
    })?;
    present.budget.charge_contents(written.len() as u64)?;
    Ok(written)
}

fn from_week(error: week::Error) -> async_graphql::Error {
    let code = match error {
        week::Error::NoWeek(_) | week::Error::NotBegun { .. } => Code::InvalidArgument,
        week::Error::NoEntity(_) => Code::UnknownEntity,
        week::Error::NothingKnown { .. } => Code::NotFound,
        week::Error::Query(error) => return from_query(error),
        week::Error::Store(error) => return from_query(error.into()),
    };
    code.error(error.to_string())
}
