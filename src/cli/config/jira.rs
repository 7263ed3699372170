//! The section `jira`: as it stands in the file, and resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::file::{Wrong, address, only_one, times};
use crate::cli::config::timing::{Cron, Schedule, Timing};
use crate::cli::config::{ConfigError, Flags, secret};
use crate::cli::length::Length;
use crate::collect::jira::{Config, Production};
use crate::model::trouble::{Priority, Severity};

/// Jira: where it is, as whom to read it, what is a bug, an incident or a support case there, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Jira {
    /// The site's address: `https://acme.atlassian.net` for Cloud; for Data Center with its context path if it has one.
    #[schemars(with = "Option<String>")]
    url: Option<Url>,
    /// The e-mail address of the account whose token it is; for Cloud only.
    email: Option<String>,
    /// An API token, or for Data Center a personal access token. Better in the variable SPOT_JIRA_TOKEN, or in a file.
    token: Option<String>,
    /// A file that holds the token; relative to this file.
    token_file: Option<PathBuf>,
    /// Keys of projects whose bugs are read. Default: all that the account may see. Incidents and support cases are not narrowed.
    projects: Option<Vec<String>>,
    /// Names of issue types that are bugs. Default: Bug.
    types: Option<Vec<String>>,
    /// A query that finds the bugs, without ORDER BY, instead of `types`.
    jql: Option<String>,
    /// Labels of bugs that are seen in production. Default: without any production_ key every bug counts.
    production_labels: Option<Vec<String>>,
    /// A custom field whose value says that a bug is seen in production, such as customfield_10060.
    production_field: Option<String>,
    /// Values of production_field that say so.
    production_values: Option<Vec<String>>,
    /// A query that finds what is seen in production. It knows how bugs are now, but not how they were.
    production_jql: Option<String>,
    /// What priorities mean, by name or number, such as { Blocker = "critical" }. Default: what their names mean in many
    /// languages, then the numbers of Jira's own five.
    priorities: Option<BTreeMap<String, Priority>>,
    /// Resolutions by which a bug or incident turns out to be none: it leaves and is not resolved. Default: Duplicate, Won't Do,
    /// Won't Fix, Cannot Reproduce.
    ignored_resolutions: Option<Vec<String>>,
    /// Statuses, by name or number, that are done whatever their category says.
    done_statuses: Option<Vec<String>>,
    /// Statuses that are not done whatever their category says.
    open_statuses: Option<Vec<String>>,
    /// A custom field that names the service of an issue, such as customfield_10050. Default: its component, or its project.
    service_field: Option<String>,
    /// What labels begin with that name the service. Default: service-.
    service_labels: Option<Vec<String>>,
    /// A query that finds the incidents, without ORDER BY, such as project = OPS AND issuetype = Incident. An issue
    /// that is a bug, too, counts as a bug. Unset: incidents are not read.
    incidents: Option<String>,
    /// A query that finds the support cases, without ORDER BY, such as project = SUP AND "Request Type" is not EMPTY. An issue
    /// that is a bug or an incident, too, counts as that. Unset: support cases are not read.
    support_cases: Option<String>,
    /// Which severity a priority of an incident stands for (critical, major, minor), by name or number. Default: what the
    /// priority means: critical is critical, high is major, medium and low are minor.
    severities: Option<BTreeMap<String, Severity>>,
    /// A custom field that names the parts of the product that an incident or support case is about, such as customfield_10070.
    feature_field: Option<String>,
    /// What labels begin with that name such a part. Default: feature-.
    feature_labels: Option<Vec<String>>,
    /// Components are such parts, too. Default: false.
    components_are_features: Option<bool>,
    /// Statuses, by name or number, in which a support case waits for the customer. Default: Waiting for customer.
    waiting_statuses: Option<Vec<String>>,
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

/// The Jira collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct JiraConfig {
    /// What is read, and where.
    pub(in crate::cli) sources: Config,
    /// When to read.
    pub(in crate::cli) timing: Timing,
}

/// What types alone do not say.
pub(super) fn check(jira: &Jira) -> Result<(), Wrong> {
    times("jira", jira.every, jira.cron.as_ref(), jira.timeout)?;
    only_one("jira.token_file", "jira.token", jira.token_file.is_some(), jira.token.is_some())?;
    only_one("jira.jql", "jira.types", jira.jql.is_some(), jira.types.is_some())?;
    address("jira.url", jira.url.as_ref())?;
    let wrong = |key: &str, message: String| Err((format!("jira.{key}"), message));
    let fields =
        [("service_field", &jira.service_field), ("production_field", &jira.production_field), ("feature_field", &jira.feature_field)];
    for (key, field) in fields {
        let number = field.as_deref().map(|field| field.strip_prefix("customfield_").unwrap_or_default());
        if number.is_some_and(|number| number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit())) {
            return wrong(
                key,
                format!("{:?} is no custom field; expected its number, such as customfield_10050", field.as_deref().unwrap_or_default()),
            );
        }
    }
    let queries = [
        ("jql", &jira.jql),
        ("production_jql", &jira.production_jql),
        ("incidents", &jira.incidents),
        ("support_cases", &jira.support_cases),
    ];
    for (key, jql) in queries {
        let Some(jql) = jql else { continue };
        let words = jql.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() || words.starts_with("order by") || words.contains(" order by ") {
            return wrong(key, format!("{jql:?} is empty or has an order; expected conditions alone"));
        }
    }
    if jira.types.as_ref().is_some_and(Vec::is_empty) {
        return wrong("types", "is empty; expected names of issue types".to_owned());
    }
    if jira.feature_labels.iter().flatten().any(|begin| begin.trim().is_empty()) {
        return wrong("feature_labels", "holds an empty text, with which every label begins".to_owned());
    }
    if jira.production_field.is_some() != jira.production_values.as_ref().is_some_and(|values| !values.is_empty()) {
        return wrong("production_field", "stands without jira.production_values, or the other way round".to_owned());
    }
    Ok(())
}

/// The section with its defaults.
pub(super) fn resolve(file: Jira, flags: &Flags) -> Result<JiraConfig, ConfigError> {
    let Some(url) = file.url else {
        return Err(ConfigError("jira.url: is missing; expected the address of the site".to_owned()));
    };
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::hours(1)),
        backfill: flags.backfill.or(file.backfill),
        timeout: file.timeout.unwrap_or(Length::hours(1)),
    };
    let usual = Config::new(url);
    let sources = Config {
        email: file.email,
        token: secret("jira.token_file", file.token.as_deref(), file.token_file.as_deref())?,
        projects: file.projects.unwrap_or_default(),
        types: file.types.unwrap_or_else(|| usual.types.clone()),
        jql: file.jql,
        production: Production {
            labels: file.production_labels.unwrap_or_default(),
            field: file.production_field.zip(file.production_values),
            jql: file.production_jql,
        },
        priorities: file.priorities.unwrap_or_default(),
        ignored_resolutions: file.ignored_resolutions.unwrap_or_else(|| usual.ignored_resolutions.clone()),
        done_statuses: file.done_statuses.unwrap_or_default(),
        open_statuses: file.open_statuses.unwrap_or_default(),
        service_field: file.service_field,
        service_labels: file.service_labels.unwrap_or_else(|| usual.service_labels.clone()),
        incidents: file.incidents,
        support_cases: file.support_cases,
        severities: file.severities.unwrap_or_default(),
        feature_field: file.feature_field,
        feature_labels: file.feature_labels.unwrap_or_else(|| usual.feature_labels.clone()),
        components_are_features: file.components_are_features.unwrap_or(usual.components_are_features),
        waiting_statuses: file.waiting_statuses.unwrap_or_else(|| usual.waiting_statuses.clone()),
        ..usual
    };
    Ok(JiraConfig { sources, timing })
}
