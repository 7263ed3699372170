//! Variables, and how their texts become values of keys.

use std::collections::BTreeMap;
use std::ffi::OsString;

use serde::Deserialize;

use crate::cli::config::ConfigError;
use crate::cli::config::file::{File, Table, check, overlay};
use crate::cli::config::locate::hint;

/// The variables of the process, read once.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The variables of this process.
    pub(in crate::cli) fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// These variables.
    #[cfg(test)]
    pub(super) fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&OsString> {
        self.0.get(std::ffi::OsStr::new(name)).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, ConfigError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.to_str().map(Some).ok_or_else(|| ConfigError(format!("{name}: the value is not UTF-8")))
    }

    /// Whether colours are unwanted, whatever the terminal can do: <https://no-color.org>.
    pub(in crate::cli) fn no_color(&self) -> bool {
        self.get("NO_COLOR").is_some() || self.get("TERM").is_some_and(|term| term == "dumb")
    }

    /// What to log, as `SPOT_LOG` says.
    pub(in crate::cli) fn log_filter(&self) -> Option<&str> {
        self.get("SPOT_LOG").and_then(|value| value.to_str())
    }

    /// Variables that look like ours and are not, for a warning: an orchestrator may set some for a service named spot.
    pub(in crate::cli) fn unknown(&self) -> Vec<String> {
        let known: Vec<String> = KEYS.iter().map(|(key, _)| variable(key)).chain(OTHER_VARIABLES.map(str::to_owned)).collect();
        let ours = self.0.keys().filter_map(|name| name.to_str()).filter(|name| name.starts_with("SPOT_"));
        ours.filter(|name| !known.iter().any(|known| known == name)).map(|name| hint(name, &known)).collect()
    }
}

/// Variables that are ours and no keys of the file, or that other programs share with us.
const OTHER_VARIABLES: [&str; 2] = ["SPOT_CONFIG", "SPOT_LOG"];

/// How the text of a variable becomes the value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As it is.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Parts between commas, or a TOML array.
    List,
    /// A TOML inline table, or an array of them.
    Table,
}

/// Every key, and how its variable is read. A test compares this with the schema.
pub(super) const KEYS: &[(&str, Shape)] = &[
    ("data", Shape::Text),
    ("listen", Shape::Text),
    ("zone", Shape::Text),
    ("precedence", Shape::Table),
    ("quality.weights", Shape::Table),
    ("quality.fixed_cost_minutes", Shape::Number),
    ("quality.sla", Shape::Table),
    ("quality.calendars", Shape::Table),
    ("quality.due_soon_days", Shape::Number),
    ("quality.caused_within_hours", Shape::Number),
    ("access.anonymous", Shape::Text),
    ("access.hosts", Shape::List),
    ("access.tokens", Shape::Table),
    ("access.proxy", Shape::Table),
    ("git.folders", Shape::List),
    ("git.urls", Shape::List),
    ("git.every", Shape::Text),
    ("git.cron", Shape::Text),
    ("git.backfill", Shape::Text),
    ("git.timeout", Shape::Text),
    ("github.url", Shape::Text),
    ("github.organisations", Shape::List),
    ("github.repositories", Shape::List),
    ("github.token", Shape::Text),
    ("github.token_file", Shape::Text),
    ("github.app", Shape::Number),
    ("github.app_key_file", Shape::Text),
    ("github.installation", Shape::Number),
    ("github.owner_properties", Shape::List),
    ("github.archived", Shape::Flag),
    ("github.forks", Shape::Flag),
    ("github.pipeline_runs", Shape::Flag),
    ("github.every", Shape::Text),
    ("github.cron", Shape::Text),
    ("github.backfill", Shape::Text),
    ("github.timeout", Shape::Text),
    ("sonarqube.url", Shape::Text),
    ("sonarqube.organisation", Shape::Text),
    ("sonarqube.token", Shape::Text),
    ("sonarqube.token_file", Shape::Text),
    ("sonarqube.link", Shape::Text),
    ("sonarqube.every", Shape::Text),
    ("sonarqube.cron", Shape::Text),
    ("sonarqube.backfill", Shape::Text),
    ("sonarqube.timeout", Shape::Text),
    ("kubernetes.clusters", Shape::Table),
    ("kubernetes.namespaces_excluded", Shape::List),
    ("kubernetes.service_labels", Shape::List),
    ("kubernetes.link", Shape::Text),
    ("kubernetes.watch", Shape::Flag),
    ("kubernetes.every", Shape::Text),
    ("kubernetes.cron", Shape::Text),
    ("kubernetes.timeout", Shape::Text),
    ("packages.deps_dev", Shape::Text),
    ("packages.osv", Shape::Text),
    ("packages.end_of_life", Shape::Text),
    ("packages.registries", Shape::Table),
    ("packages.client_files", Shape::List),
    ("packages.every", Shape::Text),
    ("packages.cron", Shape::Text),
    ("packages.timeout", Shape::Text),
    ("consul.url", Shape::Text),
    ("consul.token", Shape::Text),
    ("consul.token_file", Shape::Text),
    ("consul.datacenters", Shape::List),
    ("consul.partition", Shape::Text),
    ("consul.namespaces", Shape::List),
    ("consul.kv_prefixes", Shape::List),
    ("consul.intentions", Shape::Flag),
    ("consul.every", Shape::Text),
    ("consul.cron", Shape::Text),
    ("consul.timeout", Shape::Text),
    ("confluence.url", Shape::Text),
    ("confluence.data_center", Shape::Flag),
    ("confluence.email", Shape::Text),
    ("confluence.token", Shape::Text),
    ("confluence.token_file", Shape::Text),
    ("confluence.spaces", Shape::List),
    ("confluence.labels", Shape::List),
    ("confluence.service_labels", Shape::List),
    ("confluence.repository_labels", Shape::List),
    ("confluence.owners", Shape::Table),
    ("confluence.every", Shape::Text),
    ("confluence.cron", Shape::Text),
    ("confluence.timeout", Shape::Text),
    ("argocd.url", Shape::Text),
    ("argocd.token", Shape::Text),
    ("argocd.token_file", Shape::Text),
    ("argocd.user", Shape::Text),
    ("argocd.projects", Shape::List),
    ("argocd.selector", Shape::Text),
    ("argocd.service_labels", Shape::List),
    ("argocd.environment_labels", Shape::List),
    ("argocd.region_labels", Shape::List),
    ("argocd.every", Shape::Text),
    ("argocd.cron", Shape::Text),
    ("argocd.timeout", Shape::Text),
    ("jenkins.url", Shape::Text),
    ("jenkins.user", Shape::Text),
    ("jenkins.token", Shape::Text),
    ("jenkins.token_file", Shape::Text),
    ("jenkins.folders", Shape::List),
    ("jenkins.deployments", Shape::List),
    ("jenkins.builds", Shape::List),
    ("jenkins.service_parameters", Shape::List),
    ("jenkins.environment_parameters", Shape::List),
    ("jenkins.region_parameters", Shape::List),
    ("jenkins.version_parameters", Shape::List),
    ("jenkins.commit_parameters", Shape::List),
    ("jenkins.every", Shape::Text),
    ("jenkins.cron", Shape::Text),
    ("jenkins.backfill", Shape::Text),
    ("jenkins.timeout", Shape::Text),
    ("pagerduty.url", Shape::Text),
    ("pagerduty.token", Shape::Text),
    ("pagerduty.token_file", Shape::Text),
    ("pagerduty.oauth", Shape::Flag),
    ("pagerduty.severities", Shape::Table),
    ("pagerduty.feature_field", Shape::Text),
    ("pagerduty.service_is_feature", Shape::Flag),
    ("pagerduty.time_zone", Shape::Text),
    ("pagerduty.link", Shape::Text),
    ("pagerduty.every", Shape::Text),
    ("pagerduty.cron", Shape::Text),
    ("pagerduty.backfill", Shape::Text),
    ("pagerduty.timeout", Shape::Text),
    ("statuspage.page", Shape::Text),
    ("statuspage.key", Shape::Text),
    ("statuspage.key_file", Shape::Text),
    ("statuspage.api", Shape::Text),
    ("statuspage.url", Shape::Text),
    ("statuspage.severities", Shape::Table),
    ("statuspage.link", Shape::Text),
    ("statuspage.every", Shape::Text),
    ("statuspage.cron", Shape::Text),
    ("statuspage.backfill", Shape::Text),
    ("statuspage.timeout", Shape::Text),
    ("jira.url", Shape::Text),
    ("jira.email", Shape::Text),
    ("jira.token", Shape::Text),
    ("jira.token_file", Shape::Text),
    ("jira.projects", Shape::List),
    ("jira.types", Shape::List),
    ("jira.jql", Shape::Text),
    ("jira.production_labels", Shape::List),
    ("jira.production_field", Shape::Text),
    ("jira.production_values", Shape::List),
    ("jira.production_jql", Shape::Text),
    ("jira.priorities", Shape::Table),
    ("jira.ignored_resolutions", Shape::List),
    ("jira.done_statuses", Shape::List),
    ("jira.open_statuses", Shape::List),
    ("jira.service_field", Shape::Text),
    ("jira.service_labels", Shape::List),
    ("jira.incidents", Shape::Text),
    ("jira.support_cases", Shape::Text),
    ("jira.severities", Shape::Table),
    ("jira.feature_field", Shape::Text),
    ("jira.feature_labels", Shape::List),
    ("jira.components_are_features", Shape::Flag),
    ("jira.waiting_statuses", Shape::List),
    ("jira.every", Shape::Text),
    ("jira.cron", Shape::Text),
    ("jira.backfill", Shape::Text),
    ("jira.timeout", Shape::Text),
    ("github_issues.organisations", Shape::List),
    ("github_issues.repositories", Shape::List),
    ("github_issues.token", Shape::Text),
    ("github_issues.token_file", Shape::Text),
    ("github_issues.labels", Shape::List),
    ("github_issues.types", Shape::List),
    ("github_issues.production_labels", Shape::List),
    ("github_issues.priorities", Shape::Table),
    ("github_issues.ignored_reasons", Shape::List),
    ("github_issues.service_labels", Shape::List),
    ("github_issues.component_labels", Shape::List),
    ("github_issues.every", Shape::Text),
    ("github_issues.cron", Shape::Text),
    ("github_issues.backfill", Shape::Text),
    ("github_issues.timeout", Shape::Text),
    ("zendesk.subdomain", Shape::Text),
    ("zendesk.url", Shape::Text),
    ("zendesk.email", Shape::Text),
    ("zendesk.token", Shape::Text),
    ("zendesk.token_file", Shape::Text),
    ("zendesk.priorities", Shape::Table),
    ("zendesk.feature_field", Shape::Text),
    ("zendesk.feature_tags", Shape::List),
    ("zendesk.service_field", Shape::Text),
    ("zendesk.service_tags", Shape::List),
    ("zendesk.every", Shape::Text),
    ("zendesk.cron", Shape::Text),
    ("zendesk.backfill", Shape::Text),
    ("zendesk.timeout", Shape::Text),
    ("csv.incidents", Shape::Text),
    ("csv.bugs", Shape::Text),
    ("csv.support_cases", Shape::Text),
    ("csv.time_zone", Shape::Text),
    ("csv.link", Shape::Text),
    ("csv.every", Shape::Text),
    ("csv.cron", Shape::Text),
    ("csv.backfill", Shape::Text),
    ("csv.timeout", Shape::Text),
    ("webhooks.senders", Shape::Table),
    ("report.cron", Shape::Text),
    ("report.url", Shape::Text),
    ("report.hold", Shape::Text),
    ("report.smtp", Shape::Table),
    ("report.channels", Shape::Table),
];

/// What the variables say, as the file would.
pub(super) fn read(environment: &Environment) -> Result<Table, ConfigError> {
    let mut merged = Table::new();
    for (key, shape) in KEYS.iter().copied() {
        let name = variable(key);
        let Some(text) = environment.text(&name)? else { continue };
        let value = value_of(text, shape).map_err(|message| ConfigError(format!("{name} ({key}): {message}")))?;
        let table = key.rsplit('.').fold(value, |value, part| toml::Value::Table(Table::from_iter([(part.to_owned(), value)])));
        let file = File::deserialize(table.clone()).map_err(|error| ConfigError(format!("{name} ({key}): {}", error.message())))?;
        check(&file).map_err(|(key, message)| ConfigError(format!("{name} ({key}): {message}")))?;
        if let toml::Value::Table(table) = table {
            merged = overlay(table, merged);
        }
    }
    Ok(merged)
}

fn value_of(text: &str, shape: Shape) -> Result<toml::Value, String> {
    let as_toml = |expected: &str| {
        let table: toml::Table =
            toml::from_str(&format!("value = {text}")).map_err(|error| format!("{}; expected {expected}", error.message()))?;
        table.into_iter().next().map(|(_, value)| value).ok_or_else(|| format!("expected {expected}"))
    };
    match shape {
        Shape::Text => Ok(text.into()),
        Shape::Number => text.trim().parse::<i64>().map(toml::Value::Integer).map_err(|_| format!("{text:?} is not a whole number")),
        Shape::Flag => text.trim().parse::<bool>().map(toml::Value::Boolean).map_err(|_| format!("{text:?} is neither true nor false")),
        Shape::List if text.trim_start().starts_with('[') => as_toml("a TOML array, or parts between commas"),
        Shape::List => Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(toml::Value::from).collect::<Vec<_>>().into()),
        Shape::Table => as_toml("a TOML table such as { \"general.owner\" = [\"catalog-info.yaml\", \"CODEOWNERS\"] }"),
    }
}

/// The variable of a key.
fn variable(key: &str) -> String {
    format!("SPOT_{}", key.replace('.', "_").to_uppercase())
}
