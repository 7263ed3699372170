//! What became of weekly reports.

use async_graphql::{Context, Result, SimpleObject};

use crate::api::limits::page_size;
use crate::api::present::Present;
use crate::api::scalar::{DateTime, Period};
use crate::report::send::delivery::deliveries;
use crate::report::send::{Delivery, Kind, State};

/// A weekly report to a channel, and what became of it. Its bytes are printed by `spot report --sent`.
#[derive(SimpleObject, Clone)]
pub(crate) struct SentReport {
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

impl From<Delivery> for SentReport {
    fn from(delivery: Delivery) -> Self {
        let Delivery { week, channel, kind, number, of, target, state, at, attempts, said, by } = delivery;
        Self {
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
