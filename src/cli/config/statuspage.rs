//! The section `statuspage`: as it stands in the file, and resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::file::{Wrong, address, only_one, times};
use crate::cli::config::timing::{Cron, Schedule, Timing};
use crate::cli::config::{ConfigError, Flags, secret};
use crate::cli::length::Length;
use crate::collect::statuspage::{Config, Page};
use crate::model::trouble::Severity;

/// Statuspage: which page, with a key or as everybody sees it, what its words mean, and when to read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Statuspage {
    /// The page's id, such as abc123def456; with `key`, which reads all of its history.
    page: Option<String>,
    /// An API key of the organisation that the page is of. Better in the variable SPOT_STATUSPAGE_KEY, or in a file.
    key: Option<String>,
    /// A file that holds the key; relative to this file.
    key_file: Option<PathBuf>,
    /// The address of the management API. Default: `https://api.statuspage.io`.
    #[schemars(with = "Option<String>")]
    api: Option<Url>,
    /// The address of a page that everybody may see, instead of `page` and `key`: its newest fifty incidents are read.
    #[schemars(with = "Option<String>")]
    url: Option<Url>,
    /// Which severity an impact stands for (critical, major, minor). Default: critical, major and minor are what they are called;
    /// none has no severity.
    severities: Option<BTreeMap<String, Severity>>,
    /// How ids of components are made of names of repositories, such as {repo}, where no annotation tells.
    link: Option<String>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 15m.
    #[schemars(with = "Option<String>")]
    every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    cron: Option<Cron>,
    /// How far back to fill in history: a number and one of s, m, h, d, w, mo, y. Unset: no history.
    #[schemars(with = "Option<String>")]
    backfill: Option<Length>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 30m.
    #[schemars(with = "Option<String>")]
    timeout: Option<Length>,
}

/// The Statuspage collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct StatuspageConfig {
    /// What is read, and how.
    pub(in crate::cli) sources: Config,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

/// What types alone do not say.
pub(super) fn check(statuspage: &Statuspage) -> Result<(), Wrong> {
    times("statuspage", statuspage.every, statuspage.cron.as_ref(), statuspage.timeout)?;
    only_one("statuspage.key_file", "statuspage.key", statuspage.key_file.is_some(), statuspage.key.is_some())?;
    let has_key = statuspage.key.is_some() || statuspage.key_file.is_some();
    for (key, is_given) in [("page", statuspage.page.is_some()), ("key", has_key), ("api", statuspage.api.is_some())] {
        if statuspage.url.is_some() && is_given {
            let message = format!("stands beside statuspage.{key}; expected either the address of a public page, or page and key");
            return Err(("statuspage.url".to_owned(), message));
        }
    }
    address("statuspage.url", statuspage.url.as_ref())?;
    address("statuspage.api", statuspage.api.as_ref())?;
    let is_id = |id: &String| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if let Some(id) = statuspage.page.as_ref().filter(|id| !is_id(id)) {
        return Err(("statuspage.page".to_owned(), format!("{id:?} is not the id of a page; expected such as abc123def456")));
    }
    Ok(())
}

/// The section with its defaults.
pub(super) fn resolve(file: Statuspage, flags: &Flags) -> Result<StatuspageConfig, ConfigError> {
    let missing = |key: &str, what: &str| ConfigError(format!("statuspage.{key}: is missing; expected {what}"));
    let key = secret("statuspage.key_file", file.key.as_deref(), file.key_file.as_deref())?;
    let page = match (file.url, file.page, key) {
        (Some(url), _, _) => Page::Public(url),
        (None, Some(id), Some(key)) => match (Page::managed(id, key), file.api) {
            (Page::Managed { id, key, .. }, Some(api)) => Page::Managed { api, id, key },
            (page, _) => page,
        },
        (None, Some(_), None) => return Err(missing("key", "an API key of the organisation that the page is of")),
        (None, None, Some(_)) => return Err(missing("page", "the id of the page that the key is for")),
        (None, None, None) => {
            return Err(missing("page", "the id of a page, with statuspage.key, or statuspage.url of one that everybody may see"));
        }
    };
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::minutes(15)),
        backfill: flags.backfill.or(file.backfill),
        timeout: file.timeout.unwrap_or(Length::minutes(30)),
    };
    let sources = Config { severities: file.severities.unwrap_or_default(), link: file.link, ..Config::new(page) };
    Ok(StatuspageConfig { sources, timing })
}
