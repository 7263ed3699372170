//! The part of the weekly report: when it is sent, and to whom.

use std::collections::BTreeSet;
use std::path::PathBuf;

use lettre::message::Mailbox;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::file::{Wrong, address, only_one};
use crate::cli::config::timing::Cron;
use crate::cli::config::{ConfigError, secret};
use crate::cli::length::Length;
use crate::collect::http::Secret;
use crate::model::EntityRef;
use crate::report::targets::mail::{Security, Smtp};

/// When it is sent if nothing else is said: on Mondays at eight.
pub(in crate::cli) const USUAL: &str = "0 8 * * 1";

/// The weekly report: when it is sent, and to whom.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    /// When it is sent: minute hour day month weekday, in the organisation's zone. Default: `0 8 * * 1`, Monday at eight.
    #[schemars(with = "Option<String>")]
    pub(super) cron: Option<Cron>,
    /// Where its readers reach spot: links begin with it. Default: where spot listens.
    #[schemars(with = "Option<String>")]
    pub(super) url: Option<Url>,
    /// How long a report waits for data that is missing, after a short notice; then it is sent and says what is missing. Default:
    /// 2d.
    #[schemars(with = "Option<String>")]
    pub(super) hold: Option<Length>,
    /// The server that takes e-mail.
    pub(super) smtp: Option<ReportSmtp>,
    /// To whom it is sent.
    pub(super) channels: Option<Vec<ReportChannel>>,
}

/// A server that takes e-mail.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportSmtp {
    /// Its name.
    host: String,
    /// Its port. Default: 587, with `tls` 465, with `none` 25.
    port: Option<u16>,
    /// How the connection is encrypted: starttls, tls from the beginning, or none. Default: starttls.
    security: Option<SmtpSecurity>,
    /// As whom, if it asks.
    user: Option<String>,
    /// The user's password. Better in a file.
    password: Option<String>,
    /// A file that holds the password; relative to this file.
    password_file: Option<PathBuf>,
    /// Who the mail is from: `spot <spot@example.com>`.
    from: String,
}

/// How a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SmtpSecurity {
    /// Before anything is said.
    StartTls,
    /// From the beginning.
    Tls,
    /// Not at all.
    None,
}

/// Somewhere where people read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportChannel {
    /// What it is called here.
    name: String,
    /// What it is: slack (with `url` a webhook, with `token` and `channel` an app, which brings the charts too), teams, mattermost,
    /// webhook, matrix or mail.
    kind: ChannelKind,
    /// Of whom it is told: a team and the teams below it, a system, domain, repository or service, such as team:payments. Default:
    /// the whole organisation.
    #[schemars(with = "Option<String>")]
    of: Option<EntityRef>,
    /// The webhook's address, which is a secret; of Matrix, the homeserver's.
    url: Option<String>,
    /// A file that holds the address; relative to this file.
    url_file: Option<PathBuf>,
    /// Of Slack, the app's bot token; of Matrix, the user's access token; of a webhook, a bearer token.
    token: Option<String>,
    /// A file that holds the token; relative to this file.
    token_file: Option<PathBuf>,
    /// Of Slack, the channel's id, such as C0123456789; of Matrix, the room's id or alias.
    channel: Option<String>,
    /// Of mail, the addresses.
    to: Option<Vec<String>>,
}

/// What takes reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ChannelKind {
    /// Slack.
    Slack,
    /// Microsoft Teams.
    Teams,
    /// Mattermost.
    Mattermost,
    /// Any program that takes JSON.
    Webhook,
    /// Matrix.
    Matrix,
    /// E-mail.
    Mail,
}

/// The weekly report's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ReportConfig {
    /// When it is sent, as a cron expression.
    pub(in crate::cli) cron: String,
    /// What links begin with, if it is not where spot listens.
    pub(in crate::cli) url: Option<Url>,
    /// For how many seconds it waits for missing data.
    pub(in crate::cli) hold_seconds: i64,
    /// To whom it is sent.
    pub(in crate::cli) channels: Vec<ChannelConfig>,
}

/// Somewhere where people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ChannelConfig {
    pub(in crate::cli) name: String,
    pub(in crate::cli) of: Option<EntityRef>,
    pub(in crate::cli) way: Way,
}

/// How a channel is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Way {
    SlackWebhook(Secret),
    SlackApp { base: Url, token: Secret, channel: String },
    Teams(Secret),
    Mattermost(Secret),
    Webhook(Secret, Option<Secret>),
    Matrix { homeserver: Url, token: Secret, room: String },
    Mail(Smtp, Vec<Mailbox>),
}

impl Report {
    /// What types alone do not say.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        address("report.url", self.url.as_ref())?;
        if let Some(hold) = self.hold.filter(|hold| hold.fixed().is_none()) {
            return Err(("report.hold".to_owned(), format!("{hold} has no fixed length; expected s, m, h, d or w")));
        }
        if let Some(smtp) = &self.smtp {
            smtp.check().map_err(|(key, message)| (format!("report.smtp.{key}"), message))?;
        }
        let mut names = BTreeSet::new();
        for channel in self.channels.iter().flatten() {
            let wrong = |message: String| ("report.channels".to_owned(), message);
            let name = channel.name.as_str();
            if name.trim().is_empty() || name.contains('/') || !names.insert(name) {
                return Err(wrong(format!("{name:?} is no name, holds a slash or stands twice; expected a name of its own for each")));
            }
            channel.check(self.smtp.is_some()).map_err(|message| wrong(format!("{name}: {message}")))?;
        }
        Ok(())
    }

    pub(super) fn resolve(self) -> Result<ReportConfig, ConfigError> {
        let smtp = self.smtp.map(ReportSmtp::resolve).transpose()?;
        let channels = self.channels.unwrap_or_default().into_iter().map(|channel| channel.resolve(smtp.as_ref()));
        let hold = self.hold.unwrap_or(Length::days(2)).fixed().unwrap_or_default();
        Ok(ReportConfig {
            cron: self.cron.map_or_else(|| USUAL.to_owned(), |cron| cron.as_str().to_owned()),
            url: self.url,
            hold_seconds: i64::try_from(hold.as_secs()).unwrap_or(i64::MAX),
            channels: channels.collect::<Result<_, _>>()?,
        })
    }
}

impl ReportSmtp {
    fn check(&self) -> Result<(), Wrong> {
        only_one("password_file", "password", self.password_file.is_some(), self.password.is_some())?;
        let has_password = self.password.is_some() || self.password_file.is_some();
        if self.user.is_some() != has_password {
            return Err(("user".to_owned(), "a user has a password, and a password a user; expected both or none".to_owned()));
        }
        if has_password && self.security == Some(SmtpSecurity::None) && !["localhost", "127.0.0.1", "::1"].contains(&self.host.as_str()) {
            return Err((
                "security".to_owned(),
                "without encryption the password could be read on the way; expected starttls or tls".to_owned(),
            ));
        }
        mailbox(&self.from).map(drop).map_err(|message| ("from".to_owned(), message))
    }

    fn resolve(self) -> Result<Smtp, ConfigError> {
        let password = secret("report.smtp.password_file", self.password.as_deref(), self.password_file.as_deref())?;
        let (security, port) = match self.security {
            None | Some(SmtpSecurity::StartTls) => (Security::StartTls, 587),
            Some(SmtpSecurity::Tls) => (Security::Tls, 465),
            Some(SmtpSecurity::None) => (Security::None, 25),
        };
        Ok(Smtp {
            host: self.host,
            port: self.port.unwrap_or(port),
            security,
            login: self.user.zip(password),
            from: mailbox(&self.from).map_err(|message| ConfigError(format!("report.smtp.from: {message}")))?,
        })
    }
}

impl ReportChannel {
    fn check(&self, has_smtp: bool) -> Result<(), String> {
        let one = |key: &str, text: bool, file: bool| {
            only_one(&format!("{key}_file"), key, file, text).map_err(|(key, why)| format!("{key} {why}"))
        };
        one("url", self.url.is_some(), self.url_file.is_some())?;
        one("token", self.token.is_some(), self.token_file.is_some())?;
        let given = [
            ("url", self.url.is_some() || self.url_file.is_some()),
            ("token", self.token.is_some() || self.token_file.is_some()),
            ("channel", self.channel.is_some()),
            ("to", self.to.is_some()),
        ];
        let is_app = self.kind == ChannelKind::Slack && given[1].1;
        let (kind, needed, allowed): (&str, &[&str], &[&str]) = match self.kind {
            ChannelKind::Slack if is_app => ("a Slack app", &["token", "channel"], &["url"]),
            ChannelKind::Slack => ("a Slack webhook", &["url"], &[]),
            ChannelKind::Teams => ("teams", &["url"], &[]),
            ChannelKind::Mattermost => ("mattermost", &["url"], &[]),
            ChannelKind::Webhook => ("webhook", &["url"], &["token"]),
            ChannelKind::Matrix => ("matrix", &["url", "token", "channel"], &[]),
            ChannelKind::Mail => ("mail", &["to"], &[]),
        };
        for (key, is_given) in given {
            if needed.contains(&key) && !is_given {
                return Err(format!("{key} is missing; {kind} needs {}", needed.join(", ")));
            }
            if is_given && !needed.contains(&key) && !allowed.contains(&key) {
                return Err(format!("{key} is not for {kind}, which needs {}", needed.join(", ")));
            }
        }
        if self.kind == ChannelKind::Mail && !has_smtp {
            return Err("there is no server for mail; expected a section [report.smtp]".to_owned());
        }
        if self.to.as_ref().is_some_and(Vec::is_empty) {
            return Err("to is empty; expected at least one address".to_owned());
        }
        self.to.iter().flatten().try_for_each(|to| mailbox(to).map(drop))?;
        // What stands in a file is not read before it is needed.
        self.url.as_deref().map_or(Ok(()), |url| http(url).map(drop))
    }

    fn resolve(self, smtp: Option<&Smtp>) -> Result<ChannelConfig, ConfigError> {
        let wrong = |message: String| ConfigError(format!("report.channels: {}: {message}", self.name));
        let url = secret("report.channels", self.url.as_deref(), self.url_file.as_deref())?;
        let token = secret("report.channels", self.token.as_deref(), self.token_file.as_deref())?;
        let hook = || url.clone().ok_or_else(|| wrong("url is missing".to_owned()));
        let token_of = || token.clone().ok_or_else(|| wrong("token is missing".to_owned()));
        let channel = || self.channel.clone().ok_or_else(|| wrong("channel is missing".to_owned()));
        if let Some(url) = &url {
            http(url.expose()).map_err(wrong)?;
        }
        let base = |default: Option<&str>| {
            let text = url.as_ref().map(Secret::expose).or(default).unwrap_or_default();
            http(&format!("{}/", text.trim_end_matches('/'))).map_err(wrong)
        };
        let way = match self.kind {
            ChannelKind::Slack if token.is_some() => {
                Way::SlackApp { base: base(Some("https://slack.com/api"))?, token: token_of()?, channel: channel()? }
            }
            ChannelKind::Slack => Way::SlackWebhook(hook()?),
            ChannelKind::Teams => Way::Teams(hook()?),
            ChannelKind::Mattermost => Way::Mattermost(hook()?),
            ChannelKind::Webhook => Way::Webhook(hook()?, token),
            ChannelKind::Matrix => Way::Matrix { homeserver: base(None)?, token: token_of()?, room: channel()? },
            ChannelKind::Mail => {
                let to = self.to.iter().flatten().map(|to| mailbox(to)).collect::<Result<_, _>>().map_err(wrong)?;
                Way::Mail(smtp.cloned().ok_or_else(|| wrong("there is no section [report.smtp]".to_owned()))?, to)
            }
        };
        Ok(ChannelConfig { name: self.name, of: self.of, way })
    }
}

/// The address is not shown: it may be a secret.
fn http(text: &str) -> Result<Url, String> {
    let url: Option<Url> = text.parse().ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
        .ok_or_else(|| "url is not an address; expected https://...".to_owned())
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| format!("{text:?} is no e-mail address; expected name@example.com, or Name <name@example.com>"))
}
