//! The section `zendesk`: as it stands in the file, and resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::file::{Wrong, address, only_one, times};
use crate::cli::config::timing::{Cron, Schedule, Timing};
use crate::cli::config::{ConfigError, Flags, secret};
use crate::cli::length::Length;
use crate::collect::zendesk::{Config, Credentials, Naming};
use crate::model::trouble::Priority;

/// Zendesk: where it is, as whom to read it, what its words mean, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Zendesk {
    /// The first part of the account's address: acme for `https://acme.zendesk.com`.
    subdomain: Option<String>,
    /// The account's address, instead of `subdomain`.
    #[schemars(with = "Option<String>")]
    url: Option<Url>,
    /// The e-mail address of the administrator with whose API token it is read. Without it the token is one of an OAuth client.
    email: Option<String>,
    /// An API token, or one of an OAuth client. Better in the variable SPOT_ZENDESK_TOKEN, or in a file.
    token: Option<String>,
    /// A file that holds the token; relative to this file.
    token_file: Option<PathBuf>,
    /// What priorities mean, such as { high = "critical" }. Default: urgent is critical, high is high, normal is medium, low is
    /// low.
    priorities: Option<BTreeMap<String, Priority>>,
    /// A custom field that names the part of the product that a ticket is about, by its title or number.
    feature_field: Option<String>,
    /// What tags begin with that name the part of the product. Default: feature-.
    feature_tags: Option<Vec<String>>,
    /// A custom field that names the service that a ticket is about, by its title or number.
    service_field: Option<String>,
    /// What tags begin with that name the service. Default: service-.
    service_tags: Option<Vec<String>>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    cron: Option<Cron>,
    /// How far back to fill in history, by when tickets changed last: a number and one of s, m, h, d, w, mo, y. Unset: no
    /// history.
    #[schemars(with = "Option<String>")]
    backfill: Option<Length>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    timeout: Option<Length>,
}

/// The Zendesk collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ZendeskConfig {
    /// What is read, and where.
    pub(in crate::cli) sources: Config,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

/// What types alone do not say.
pub(super) fn check(zendesk: &Zendesk) -> Result<(), Wrong> {
    times("zendesk", zendesk.every, zendesk.cron.as_ref(), zendesk.timeout)?;
    only_one("zendesk.token_file", "zendesk.token", zendesk.token_file.is_some(), zendesk.token.is_some())?;
    only_one("zendesk.url", "zendesk.subdomain", zendesk.url.is_some(), zendesk.subdomain.is_some())?;
    address("zendesk.url", zendesk.url.as_ref())?;
    let is_label = |name: &String| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if let Some(name) = zendesk.subdomain.as_ref().filter(|name| !is_label(name)) {
        return Err(("zendesk.subdomain".to_owned(), format!("{name:?} is no part of an address; expected acme for acme.zendesk.com")));
    }
    for (key, prefixes) in [("feature_tags", &zendesk.feature_tags), ("service_tags", &zendesk.service_tags)] {
        if prefixes.iter().flatten().any(|prefix| prefix.trim().is_empty()) {
            return Err((format!("zendesk.{key}"), "holds an empty text, with which every tag begins".to_owned()));
        }
    }
    Ok(())
}

/// The section with its defaults.
pub(super) fn resolve(file: Zendesk, flags: &Flags) -> Result<ZendeskConfig, ConfigError> {
    let missing = |key: &str, what: &str| ConfigError(format!("zendesk.{key}: is missing; expected {what}"));
    let url = match (file.url, &file.subdomain) {
        (Some(url), _) => url,
        (None, Some(name)) => format!("https://{name}.zendesk.com")
            .parse()
            .map_err(|error| ConfigError(format!("zendesk.subdomain: {name:?} makes no address ({error})")))?,
        (None, None) => return Err(missing("subdomain", "the first part of the account's address")),
    };
    let token = secret("zendesk.token_file", file.token.as_deref(), file.token_file.as_deref())?;
    let token = token.ok_or_else(|| missing("token", "an API token of an administrator, with zendesk.email, or one of an OAuth client"))?;
    let credentials = match file.email {
        Some(email) => Credentials::Token { email, token },
        None => Credentials::OAuth(token),
    };
    let usual = Config::new(url, credentials);
    let naming = |usual: Naming, field: Option<String>, tags: Option<Vec<String>>| Naming { field, tags: tags.unwrap_or(usual.tags) };
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::hours(1)),
        backfill: flags.backfill.or(file.backfill),
        timeout: file.timeout.unwrap_or(Length::hours(1)),
    };
    let sources = Config {
        url: usual.url,
        credentials: usual.credentials,
        priorities: file.priorities.unwrap_or_default(),
        features: naming(usual.features, file.feature_field, file.feature_tags),
        services: naming(usual.services, file.service_field, file.service_tags),
    };
    Ok(ZendeskConfig { sources, timing })
}
