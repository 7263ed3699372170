//! `spot report`: what a week was like, on the terminal, as a file, or sent to a channel.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;
use url::Url;

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::cli::office::base;
use crate::cli::output::Style;
use crate::model::{EntityRef, Period, PeriodKind};
use crate::report::chart::charts;
use crate::report::facts::Facts;
use crate::report::render::html::{Pictures, html};
use crate::report::render::markdown::markdown;
use crate::report::render::report;
use crate::report::render::text::{Links, Text, text};
use crate::report::send::{Delivery, Kind, State};
use crate::report::targets::letter::Letter;
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The ISO week, such as 2026-W46; the last one that is over if not given
    #[arg(long, value_name = "WEEK", value_parser = parse_week)]
    week: Option<Period>,
    /// Only what belongs to this team and the teams below it, system, domain or repository, or is this service
    #[arg(long, value_name = "REF", conflicts_with_all = ["to", "sent"])]
    of: Option<EntityRef>,
    /// Write it to this file instead, as its ending says: .html, .md or .txt
    #[arg(long, value_name = "FILE", value_parser = parse_preview, conflicts_with_all = ["json", "to", "sent"])]
    preview: Option<PathBuf>,
    /// Where its readers reach spot: links begin with it; if not given, as configured, or where spot listens
    #[arg(long, value_name = "URL", conflicts_with_all = ["json", "to", "sent"])]
    url: Option<Url>,
    /// Send it to this channel of the configuration, now
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    /// Send it although it was sent before
    #[arg(long, requires = "to", conflicts_with = "sent")]
    again: bool,
    /// What was sent, the newest last; with --to and --week the message itself, to the byte
    #[arg(long)]
    sent: bool,
    /// The facts, or what was sent, as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let config = context.config(|_| ())?;
    let client = Client::connect(&config).await?;
    if arguments.sent {
        return sent(context, &client, arguments).await;
    }
    if let Some(channel) = arguments.to {
        let request = AdminRequest::SendReport { channel, week: arguments.week, again: arguments.again };
        let answer = client.administer(request, context.output).await?;
        let delivery: Delivery = serde_json::from_value(answer.clone()).context("the answer is not understood")?;
        if arguments.json {
            context.output.json(&answer)?
        } else {
            context.output.data(&told(context, &delivery))?
        }
        return Ok(if delivery.state == State::Sent { Exit::Success } else { Exit::Failed });
    }
    let request = AdminRequest::Report { week: arguments.week, of: arguments.of.clone() };
    let answer = client.administer(request, context.output).await?;
    if arguments.json {
        context.output.json(&answer)?;
        return Ok(Exit::Success);
    }
    let facts: Facts = serde_json::from_value(answer).context("the facts of the week are not understood")?;
    show(context, &facts, &base(arguments.url.as_ref(), &config), arguments.preview.as_deref())
}

/// On the terminal, or as a file.
fn show(context: &Context, facts: &Facts, base: &str, preview: Option<&Path>) -> Result<Exit, Failure> {
    let Some(file) = preview else {
        let (colours, width) = (context.output.has_colours(), context.output.width());
        let links = if colours { Links::Terminal } else { Links::Notes };
        context.output.data(&text(&report(facts, &[], base), &Text { width, colours, links }))?;
        return Ok(Exit::Success);
    };
    let pictures = charts(facts).map_err(anyhow::Error::from)?;
    let document = report(facts, &pictures, base);
    let written = match ending_of(file) {
        "html" | "htm" => html(&document, Pictures::Within),
        "md" => markdown(&document, false),
        _ => text(&document, &Text { width: 100, colours: false, links: Links::Notes }),
    };
    std::fs::write(file, written).with_context(|| format!("cannot write {}", file.display()))?;
    context.output.note(&format!("wrote {}", file.display()));
    Ok(Exit::Success)
}

/// What was sent: a list, or one message as it was sent.
async fn sent(context: &Context, client: &Client, arguments: Arguments) -> Result<Exit, Failure> {
    if let (Some(channel), Some(week)) = (&arguments.to, arguments.week) {
        let answer = client.administer(AdminRequest::SentReport { channel: channel.clone(), week }, context.output).await?;
        if arguments.json {
            context.output.json(&answer)?;
            return Ok(Exit::Success);
        }
        let letter: Letter = serde_json::from_value(answer).context("the letter is not understood")?;
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(letter.message()).and_then(|()| stdout.flush()).context("cannot write")?;
        return Ok(Exit::Success);
    }
    let answer = client.administer(AdminRequest::SentReports { channel: arguments.to, week: arguments.week }, context.output).await?;
    let Value::Array(deliveries) = answer else { return Ok(Exit::Success) };
    if deliveries.is_empty() {
        context.output.note("no report was sent");
    }
    for delivery in deliveries {
        if arguments.json {
            context.output.json(&delivery)?;
            continue;
        }
        let delivery: Delivery = serde_json::from_value(delivery).context("the answer is not understood")?;
        context.output.data(&told(context, &delivery))?;
    }
    Ok(Exit::Success)
}

/// A delivery on one line.
fn told(context: &Context, delivery: &Delivery) -> String {
    let (style, word) = match delivery.state {
        State::Sent => (Style::Good, "sent   "),
        State::Sending => (Style::Attention, "sending"),
        State::Unclear => (Style::Attention, "unclear"),
        State::Failed => (Style::Bad, "failed "),
    };
    let what = match delivery.kind {
        Kind::Report => delivery.week.to_string(),
        Kind::Notice => format!("{} (notice)", delivery.week),
    };
    let said = if delivery.said.is_empty() { String::new() } else { format!(": {}", delivery.said) };
    format!("{} {} {what} to {} ({}){said}", context.output.paint(style, word), delivery.at, delivery.channel, delivery.target)
}

fn parse_week(text: &str) -> Result<Period, String> {
    let period: Period = text.parse().map_err(|error: crate::model::period::ParsePeriodError| error.to_string())?;
    if period.kind() == PeriodKind::Week { Ok(period) } else { Err("it is no ISO week; expected one such as 2026-W46".to_owned()) }
}

fn parse_preview(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match ending_of(&path) {
        "html" | "htm" | "md" | "txt" => Ok(path),
        _ => Err("its ending says how it is written: .html, .md or .txt".to_owned()),
    }
}

fn ending_of(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_weeks_and_known_endings_are_taken() {
        assert_eq!(parse_week("2026-W46").unwrap().to_string(), "2026-W46");
        assert!(parse_week("2026-11").unwrap_err().contains("2026-W46"));
        assert!(parse_week("2026-W60").unwrap_err().contains("its year does not have"));
        assert!(parse_preview("week.html").is_ok() && parse_preview("a.b/week.md").is_ok());
        assert!(parse_preview("week.pdf").unwrap_err().contains(".html"));
    }
}
