//! The parts of what tells of incidents: PagerDuty.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::file::{address, only_one, times};
use crate::cli::config::timing::Cron;
use crate::cli::config::{ConfigError, Flags, Schedule, Timing, secret};
use crate::cli::length::Length;
use crate::collect::pagerduty::{self, Credentials, Features};
use crate::model::Zone;
use crate::model::trouble::Severity;

/// PagerDuty: as whom to read it, and what its words mean.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PagerDuty {
    /// The address of the API. Default: `https://api.pagerduty.com`; of accounts in Europe `https://api.eu.pagerduty.com`.
    #[schemars(with = "Option<String>")]
    pub(super) url: Option<Url>,
    /// A read-only API key. Better in the variable SPOT_PAGERDUTY_TOKEN, or in a file.
    pub(super) token: Option<String>,
    /// A file that holds the key; relative to this file.
    pub(super) token_file: Option<PathBuf>,
    /// The token is one of an app (OAuth), no API key.
    pub(super) oauth: Option<bool>,
    /// Which severity a priority stands for (critical, major, minor), by its name. Default: P1 and SEV1 are critical, P2 and SEV2
    /// major, what is below minor; without a priority "high urgency" is major, "low urgency" minor.
    pub(super) severities: Option<BTreeMap<String, Severity>>,
    /// The custom field that names the features that an incident affects; it costs a call for each incident.
    pub(super) feature_field: Option<String>,
    /// The name of an incident's service is the feature that it affects. Default: false.
    pub(super) service_is_feature: Option<bool>,
    /// The account's time zone, for times that come without an offset. Default: UTC.
    #[schemars(with = "Option<String>")]
    pub(super) time_zone: Option<Zone>,
    /// How names of services are made of names of repositories, such as {repo}-prod, where no annotation tells.
    pub(super) link: Option<String>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 15m.
    #[schemars(with = "Option<String>")]
    pub(super) every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    pub(super) cron: Option<Cron>,
    /// How far back to fill in history: a number and one of s, m, h, d, w, mo, y. Unset: no history.
    #[schemars(with = "Option<String>")]
    pub(super) backfill: Option<Length>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 30m.
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Length>,
}

/// The PagerDuty collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct PagerDutyConfig {
    /// What is read.
    pub(in crate::cli) sources: pagerduty::Config,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

impl PagerDuty {
    /// What types alone do not say.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        times("pagerduty", self.every, self.cron.as_ref(), self.timeout)?;
        only_one("pagerduty.token_file", "pagerduty.token", self.token_file.is_some(), self.token.is_some())?;
        only_one(
            "pagerduty.service_is_feature",
            "pagerduty.feature_field",
            self.service_is_feature == Some(true),
            self.feature_field.is_some(),
        )?;
        address("pagerduty.url", self.url.as_ref())
    }

    pub(super) fn resolve(self, flags: &Flags) -> Result<PagerDutyConfig, ConfigError> {
        let token = secret("pagerduty.token_file", self.token.as_deref(), self.token_file.as_deref())?;
        let token = token.ok_or_else(|| ConfigError("pagerduty.token: is missing; expected a read-only API key".to_owned()))?;
        let credentials = if self.oauth == Some(true) { Credentials::Token(token) } else { Credentials::Key(token) };
        let usual = pagerduty::Config::new(credentials);
        Ok(PagerDutyConfig {
            sources: pagerduty::Config {
                url: self.url.unwrap_or(usual.url),
                credentials: usual.credentials,
                severities: self.severities.unwrap_or_default(),
                features: match (self.feature_field, self.service_is_feature) {
                    (Some(field), _) => Features::Field(field),
                    (None, Some(true)) => Features::Service,
                    (None, _) => Features::Unknown,
                },
                zone: self.time_zone.unwrap_or(usual.zone),
                link: self.link,
            },
            timing: Timing {
                schedule: Schedule::of(self.every, self.cron, Length::minutes(15)),
                backfill: flags.backfill.or(self.backfill),
                timeout: self.timeout.unwrap_or(Length::minutes(30)),
            },
        })
    }
}
