//! `spot report`: what a week was like, on the terminal or as a file.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use url::Url;

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::config::Config;
use crate::cli::exit::{Exit, Failure};
use crate::model::{EntityRef, Period, PeriodKind};
use crate::report::chart::charts;
use crate::report::facts::Facts;
use crate::report::render::html::{Pictures, html};
use crate::report::render::markdown::markdown;
use crate::report::render::report;
use crate::report::render::text::{Links, Text, text};
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The ISO week, such as 2026-W46; the last one that is over if not given
    #[arg(long, value_name = "WEEK", value_parser = parse_week)]
    week: Option<Period>,
    /// Only what belongs to this team and the teams below it, system, domain or repository, or is this service
    #[arg(long, value_name = "REF")]
    of: Option<EntityRef>,
    /// Write it to this file instead, as its ending says: .html, .md or .txt
    #[arg(long, value_name = "FILE", value_parser = parse_preview, conflicts_with = "json")]
    preview: Option<PathBuf>,
    /// Where its readers reach spot: links begin with it; if not given, where spot listens
    #[arg(long, value_name = "URL", conflicts_with = "json")]
    url: Option<Url>,
    /// The facts as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let config = context.config(|_| ())?;
    let client = Client::connect(&config).await?;
    let request = AdminRequest::Report { week: arguments.week, of: arguments.of.clone() };
    let answer = client.administer(request, context.output).await?;
    if arguments.json {
        context.output.json(&answer)?;
        return Ok(Exit::Success);
    }
    let facts: Facts = serde_json::from_value(answer).context("the facts of the week are not understood")?;
    let base = base_of(arguments.url.as_ref(), &config);
    let Some(file) = &arguments.preview else {
        let (colours, width) = (context.output.has_colours(), context.output.width());
        let links = if colours { Links::Terminal } else { Links::Notes };
        context.output.data(&text(&report(&facts, &[], &base), &Text { width, colours, links }))?;
        return Ok(Exit::Success);
    };
    let pictures = charts(&facts).map_err(anyhow::Error::from)?;
    let document = report(&facts, &pictures, &base);
    let written = match ending_of(file) {
        "html" | "htm" => html(&document, Pictures::Within),
        "md" => markdown(&document, false),
        _ => text(&document, &Text { width: 100, colours: false, links: Links::Notes }),
    };
    std::fs::write(file, written).with_context(|| format!("cannot write {}", file.display()))?;
    context.output.note(&format!("wrote {}", file.display()));
    Ok(Exit::Success)
}

/// What links begin with, without a slash at the end.
fn base_of(url: Option<&Url>, config: &Config) -> String {
    match url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => {
            let mut listen = config.listen;
            // Everywhere is no address; this machine is a part of it.
            if listen.ip().is_unspecified() {
                listen.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
            }
            format!("http://{listen}")
        }
    }
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
