//! The section `github_issues`: as it stands in the file, and resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::cli::config::environment::Environment;
use crate::cli::config::file::{GitHub, Wrong, logins, only_one, times};
use crate::cli::config::timing::{Cron, Schedule, Timing};
use crate::cli::config::{ConfigError, Flags, GitHubConfig, github_of};
use crate::cli::length::Length;
use crate::collect::github_issues::Bugs;
use crate::model::trouble::Priority;

/// Issues of GitHub as bugs: whose, as whom to read them, what is a bug, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GitHubIssues")]
pub(super) struct GitHubIssues {
    /// Organisations whose issues are read, by login. Default: what `github` reads.
    organisations: Option<Vec<String>>,
    /// Single repositories, as owner/name. Default: what `github` reads.
    repositories: Option<Vec<String>>,
    /// A personal access token, if it is another than that of `github`.
    token: Option<String>,
    /// A file that holds the token; relative to this file.
    token_file: Option<PathBuf>,
    /// Labels, any of which says that an issue is a bug. They are compared by their words alone. Default: bug, type: bug,
    /// kind: bug.
    labels: Option<Vec<String>>,
    /// Types of issues that are bugs. Default: Bug.
    types: Option<Vec<String>>,
    /// Labels of bugs that are seen in production. Default: every bug counts.
    production_labels: Option<Vec<String>>,
    /// What labels say of the priority, such as { "needs hotfix" = "critical" }. Default: what is usual, such as P1, sev-2 and
    /// priority: high.
    priorities: Option<BTreeMap<String, Priority>>,
    /// Reasons of a closing by which a bug turns out to be none: it leaves and is not resolved. Default: not_planned, duplicate.
    ignored_reasons: Option<Vec<String>>,
    /// What labels begin with that name a service, whose bug it is. Default: service:.
    service_labels: Option<Vec<String>>,
    /// What labels begin with that name a component; the bug is of the repository's service that is called so, if there is one.
    /// Default: component:, area:, feature:.
    component_labels: Option<Vec<String>>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    cron: Option<Cron>,
    /// How far back to fill in history, by when issues were created: a number and one of s, m, h, d, w, mo, y. Unset: no history.
    #[schemars(with = "Option<String>")]
    backfill: Option<Length>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    timeout: Option<Length>,
}

/// The part of the collector of GitHub's issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct GitHubIssuesConfig {
    /// Which GitHub, as whom, and whose issues.
    pub(in crate::cli) github: GitHubConfig,
    /// What is a bug.
    pub(in crate::cli) bugs: Bugs,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

/// What types alone do not say.
pub(super) fn check(issues: &GitHubIssues) -> Result<(), Wrong> {
    times("github_issues", issues.every, issues.cron.as_ref(), issues.timeout)?;
    only_one("github_issues.token_file", "github_issues.token", issues.token_file.is_some(), issues.token.is_some())?;
    logins("github_issues", issues.organisations.as_deref(), issues.repositories.as_deref())?;
    if issues.labels.as_ref().is_some_and(Vec::is_empty) && issues.types.as_ref().is_some_and(Vec::is_empty) {
        return Err(("github_issues.labels".to_owned(), "is empty, as github_issues.types is; expected what tells a bug".to_owned()));
    }
    Ok(())
}

/// The section with its defaults; what it does not say, `github` does.
pub(super) fn resolve(
    file: GitHubIssues,
    github: Option<GitHub>,
    flags: &Flags,
    environment: &Environment,
) -> Result<GitHubIssuesConfig, ConfigError> {
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::hours(1)),
        backfill: flags.backfill.or(file.backfill),
        timeout: file.timeout.unwrap_or(Length::hours(1)),
    };
    let mut github = github.unwrap_or_default();
    if file.organisations.is_some() || file.repositories.is_some() {
        (github.organisations, github.repositories) = (file.organisations, file.repositories);
    }
    if file.token.is_some() || file.token_file.is_some() {
        (github.token, github.token_file) = (file.token, file.token_file);
        (github.app, github.app_key_file, github.installation) = (None, None, None);
    }
    let Some(github) = github_of(github, &Flags::default(), environment)? else {
        let message = "github_issues.organisations: is missing; expected organisations or repositories, here or in github";
        return Err(ConfigError(message.to_owned()));
    };
    let usual = Bugs::default();
    let bugs = Bugs {
        labels: file.labels.unwrap_or(usual.labels),
        types: file.types.unwrap_or(usual.types),
        production_labels: file.production_labels.unwrap_or(usual.production_labels),
        priorities: file.priorities.unwrap_or(usual.priorities),
        ignored_reasons: file.ignored_reasons.unwrap_or(usual.ignored_reasons),
        service_labels: file.service_labels.unwrap_or(usual.service_labels),
        component_labels: file.component_labels.unwrap_or(usual.component_labels),
    };
    Ok(GitHubIssuesConfig { github, bugs, timing })
}
