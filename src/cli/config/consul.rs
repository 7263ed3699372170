//! The section `consul`: as it stands in the file, and resolved.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::file::{Wrong, address, only_one, times};
use crate::cli::config::timing::{Cron, Schedule, Timing};
use crate::cli::config::{ConfigError, secret};
use crate::cli::length::Length;
use crate::collect::consul::{Config, SERVICE};

/// Consul: where it is, as whom to read it, what, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Consul {
    /// The address of an agent or a server, without /v1.
    #[schemars(with = "Option<String>")]
    url: Option<Url>,
    /// A token. Better in the variable SPOT_CONSUL_TOKEN, or in a file.
    token: Option<String>,
    /// A file that holds the token; relative to this file.
    token_file: Option<PathBuf>,
    /// The datacenters to read. Unset: all that are known there.
    datacenters: Option<Vec<String>>,
    /// The partition; for Enterprise only.
    partition: Option<String>,
    /// The namespaces to read; for Enterprise only. Unset: the default one.
    namespaces: Option<Vec<String>>,
    /// Where the keys of a service are, with {service}, such as config/{service}/. Names are read, never values. Unset: none.
    kv_prefixes: Option<Vec<String>>,
    /// Whether intentions are read: who may call whom. Default: true.
    intentions: Option<bool>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    cron: Option<Cron>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 30m.
    #[schemars(with = "Option<String>")]
    timeout: Option<Length>,
}

/// The Consul collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct ConsulConfig {
    /// What is read, and where.
    pub(in crate::cli) sources: Config,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

/// What types alone do not say.
pub(super) fn check(consul: &Consul) -> Result<(), Wrong> {
    times("consul", consul.every, consul.cron.as_ref(), consul.timeout)?;
    only_one("consul.token_file", "consul.token", consul.token_file.is_some(), consul.token.is_some())?;
    address("consul.url", consul.url.as_ref())?;
    let once = |prefix: &&String| prefix.matches(SERVICE).count() != 1;
    if let Some(prefix) = consul.kv_prefixes.iter().flatten().find(once) {
        return Err(("consul.kv_prefixes".to_owned(), format!("{prefix:?} does not have {SERVICE} once; expected config/{SERVICE}/")));
    }
    Ok(())
}

/// The section with its defaults.
pub(super) fn resolve(file: Consul) -> Result<ConsulConfig, ConfigError> {
    let Some(url) = file.url else {
        return Err(ConfigError("consul.url: is missing; expected the address of an agent or a server".to_owned()));
    };
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::hours(1)),
        backfill: None,
        timeout: file.timeout.unwrap_or(Length::minutes(30)),
    };
    let sources = Config {
        token: secret("consul.token_file", file.token.as_deref(), file.token_file.as_deref())?,
        datacenters: file.datacenters.unwrap_or_default(),
        partition: file.partition,
        namespaces: file.namespaces.unwrap_or_default(),
        kv_prefixes: file.kv_prefixes.unwrap_or_default(),
        intentions: file.intentions.unwrap_or(true),
        ..Config::new(url)
    };
    Ok(ConsulConfig { sources, timing })
}
