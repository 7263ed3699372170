//! The section `confluence`: as it stands in the file, and resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::file::{Wrong, address, only_one, times};
use crate::cli::config::timing::{Cron, Schedule, Timing};
use crate::cli::config::{ConfigError, secret};
use crate::cli::length::Length;
use crate::collect::confluence::{Config, Edition};
use crate::model::EntityRef;

/// Confluence: where it is, as whom to read it, what, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confluence {
    /// The site's address: `https://acme.atlassian.net` for Cloud; for Data Center with its context path if it has one.
    #[schemars(with = "Option<String>")]
    url: Option<Url>,
    /// Whether it is a Server or Data Center. Default: false, which is Cloud.
    data_center: Option<bool>,
    /// The e-mail address of the account whose token it is; for Cloud only.
    email: Option<String>,
    /// An API token, or for Data Center a personal access token. Better in the variable SPOT_CONFLUENCE_TOKEN, or in a file.
    token: Option<String>,
    /// A file that holds the token; relative to this file.
    token_file: Option<PathBuf>,
    /// Keys of spaces whose pages are read.
    spaces: Option<Vec<String>>,
    /// Labels whose pages are read, in whichever space they are.
    labels: Option<Vec<String>>,
    /// What labels begin with that name a service. Default: service-.
    service_labels: Option<Vec<String>>,
    /// What labels begin with that name a repository, as owner-name. Default: repo-.
    repository_labels: Option<Vec<String>>,
    /// Whose pages are that belong to no service, by the key of their space, such as { PAY = "team:payments" }.
    owners: Option<BTreeMap<String, String>>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 6h.
    #[schemars(with = "Option<String>")]
    every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    cron: Option<Cron>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 30m.
    #[schemars(with = "Option<String>")]
    timeout: Option<Length>,
}

/// The Confluence collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ConfluenceConfig {
    /// What is read, and where.
    pub(in crate::cli) sources: Config,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

/// What types alone do not say.
pub(super) fn check(confluence: &Confluence) -> Result<(), Wrong> {
    times("confluence", confluence.every, confluence.cron.as_ref(), confluence.timeout)?;
    only_one("confluence.token_file", "confluence.token", confluence.token_file.is_some(), confluence.token.is_some())?;
    address("confluence.url", confluence.url.as_ref())?;
    for (key, owner) in confluence.owners.iter().flatten() {
        if owner.parse::<EntityRef>().is_err() {
            return Err(("confluence.owners".to_owned(), format!("{key}: {owner:?} is not a ref; expected team:payments")));
        }
    }
    Ok(())
}

/// The section with its defaults.
pub(super) fn resolve(file: Confluence) -> Result<ConfluenceConfig, ConfigError> {
    let Some(url) = file.url else {
        return Err(ConfigError("confluence.url: is missing; expected the address of the site".to_owned()));
    };
    let (spaces, labels) = (file.spaces.unwrap_or_default(), file.labels.unwrap_or_default());
    if spaces.is_empty() && labels.is_empty() {
        return Err(ConfigError("confluence.spaces: is missing; expected keys of spaces, or confluence.labels".to_owned()));
    }
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::hours(6)),
        backfill: None,
        timeout: file.timeout.unwrap_or(Length::minutes(30)),
    };
    let defaults = Config::new(url);
    let sources = Config {
        edition: if file.data_center == Some(true) { Edition::DataCenter } else { Edition::Cloud },
        email: file.email,
        token: secret("confluence.token_file", file.token.as_deref(), file.token_file.as_deref())?,
        spaces,
        labels,
        service_labels: file.service_labels.unwrap_or_else(|| defaults.service_labels.clone()),
        repository_labels: file.repository_labels.unwrap_or_else(|| defaults.repository_labels.clone()),
        owners: file.owners.unwrap_or_default(),
        ..defaults
    };
    Ok(ConfluenceConfig { sources, timing })
}
