//! Who sends the weekly report, as it is configured.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use url::Url;

use crate::cli::config::{Config, Way};
use crate::cli::exit::Failure;
use crate::collect::http::{Http, Outside};
use crate::collect::{Finding, Health};
use crate::report::send::office::Activities;
use crate::report::send::{self, Channel, Office};
use crate::report::targets::Target;
use crate::report::targets::mail::Mail;
use crate::report::targets::matrix::Matrix;
use crate::report::targets::mattermost::Mattermost;
use crate::report::targets::slack::{SlackApp, SlackWebhook};
use crate::report::targets::teams::Teams;
use crate::report::targets::webhook::Webhook;
use crate::store::Store;

/// The office; none if there is nobody to send to.
pub(super) fn office(config: &Config, store: &Arc<Store>, outside: &Outside, activities: Activities) -> Result<Option<Office>, Failure> {
    let Some(report) = config.report.as_ref().filter(|report| !report.channels.is_empty()) else { return Ok(None) };
    let config = send::Config {
        schedule: report.cron.parse().map_err(anyhow::Error::from)?,
        hold_seconds: report.hold_seconds,
        base: base(report.url.as_ref(), config),
        channels: channels(config, outside),
    };
    Ok(Some(Office::new(config, Arc::clone(store), Arc::clone(&outside.clock), activities)))
}

/// What each channel says before anything is sent.
pub(super) async fn check(config: &Config, outside: &Outside) -> Vec<Finding> {
    let mut findings = Vec::new();
    for channel in channels(config, outside) {
        let what = format!("report to {} ({})", channel.name, channel.kind);
        findings.push(match channel.target.check().await {
            Ok(detail) => Finding::new(what, Health::Good, detail),
            Err(failure) => Finding::new(what, Health::Wrong, failure.to_string()),
        });
    }
    findings
}

fn channels(config: &Config, outside: &Outside) -> Vec<Channel> {
    let http = || Http::new(outside.clone());
    let channels = config.report.iter().flat_map(|report| &report.channels).map(|channel| {
        let (kind, target): (&'static str, Arc<dyn Target>) = match channel.way.clone() {
            Way::SlackWebhook(address) => ("slack", Arc::new(SlackWebhook::new(http(), address))),
            Way::SlackApp { base, token, channel } => ("slack", Arc::new(SlackApp::new(http(), base, token, channel))),
            Way::Teams(address) => ("teams", Arc::new(Teams::new(http(), address))),
            Way::Mattermost(address) => ("mattermost", Arc::new(Mattermost::new(http(), address))),
            Way::Webhook(address, token) => ("webhook", Arc::new(Webhook::new(http(), address, token))),
            Way::Matrix { homeserver, token, room } => ("matrix", Arc::new(Matrix::new(http(), homeserver, token, room))),
            Way::Mail(smtp, to) => ("mail", Arc::new(Mail::new(smtp, to))),
        };
        Channel { name: channel.name.clone(), of: channel.of.clone(), kind, target }
    });
    channels.collect()
}

/// What links begin with, without a slash at the end: where readers reach spot, or where it listens.
pub(super) fn base(url: Option<&Url>, config: &Config) -> String {
    match url.or(config.report.as_ref().and_then(|report| report.url.as_ref())) {
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
