//! The part of CSV files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::cli::config::file::{Wrong, times};
use crate::cli::config::timing::Cron;
use crate::cli::config::{Flags, Schedule, Timing};
use crate::cli::length::Length;
use crate::collect::csv::{self, Table};
use crate::model::Zone;

/// CSV files: incidents, bugs and support cases that no tool tells of.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Csv {
    /// Incidents: the columns id and started; title, severity, service, acknowledged, ended, features, impact, postmortem, url.
    /// Relative to this file.
    pub(super) incidents: Option<PathBuf>,
    /// Bugs: the columns id and created; title, priority, service, resolved, production, assignee, url. One that was reopened has
    /// a line for each time that it was open. Relative to this file.
    pub(super) bugs: Option<PathBuf>,
    /// Support cases: the columns id and created; title, priority, service, solved, features, url. Relative to this file.
    pub(super) support_cases: Option<PathBuf>,
    /// The zone of times without an offset. Default: the organisation's.
    #[schemars(with = "Option<String>")]
    pub(super) time_zone: Option<Zone>,
    /// How names of services are made of names of repositories, such as {repo}-prod, where the names are other.
    pub(super) link: Option<String>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    pub(super) every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    pub(super) cron: Option<Cron>,
    /// Since when the files hold everything: a number and one of s, m, h, d, w, mo, y. Unset: since they are read.
    #[schemars(with = "Option<String>")]
    pub(super) backfill: Option<Length>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 5m.
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Length>,
}

/// The part of CSV files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct CsvConfig {
    /// What is read.
    pub(in crate::cli) sources: csv::Config,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

impl Csv {
    /// What types alone do not say.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        times("csv", self.every, self.cron.as_ref(), self.timeout)?;
        if self.incidents.is_none() && self.bugs.is_none() && self.support_cases.is_none() {
            return Err(("csv".to_owned(), "names no file; expected incidents, bugs or support_cases".to_owned()));
        }
        Ok(())
    }

    pub(super) fn resolve(self, zone: &Zone, flags: &Flags) -> CsvConfig {
        let files = [(Table::Incidents, self.incidents), (Table::Bugs, self.bugs), (Table::SupportCases, self.support_cases)];
        let files: BTreeMap<Table, PathBuf> = files.into_iter().filter_map(|(table, path)| Some((table, path?))).collect();
        CsvConfig {
            sources: csv::Config { files, zone: self.time_zone.unwrap_or_else(|| zone.clone()), link: self.link },
            timing: Timing {
                schedule: Schedule::of(self.every, self.cron, Length::hours(1)),
                backfill: flags.backfill.or(self.backfill),
                timeout: self.timeout.unwrap_or(Length::minutes(5)),
            },
        }
    }
}
