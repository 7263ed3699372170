//! The file as it is written: keys, their JSON schema, and what types alone do not say.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::cli::config::confluence::{self, Confluence};
use crate::cli::config::consul::{self, Consul};
use crate::cli::config::csv::Csv;
use crate::cli::config::delivery::{ArgoCd, Jenkins, Webhooks};
use crate::cli::config::door::{self, Door};
use crate::cli::config::github_issues::{self, GitHubIssues};
use crate::cli::config::incidents::PagerDuty;
use crate::cli::config::jira::{self, Jira};
use crate::cli::config::quality::Quality;
use crate::cli::config::report::Report;
use crate::cli::config::statuspage::{self, Statuspage};
use crate::cli::config::timing::Cron;
use crate::cli::config::zendesk::{self, Zendesk};
use crate::cli::length::Length;
use crate::model::{Facet, Zone};

/// A file before it has types.
pub(super) type Table = toml::Table;

/// spot.toml: where spot keeps its data, where it listens, and what it reads.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "spot.toml")]
pub(super) struct File {
    /// The data folder; relative to this file. Unset: the user's folder for application data.
    pub(super) data: Option<PathBuf>,
    /// An address and port. One that other machines can reach needs a token or a proxy: see `access`. Default:
    /// 127.0.0.1:7070.
    #[schemars(with = "Option<String>")]
    pub(super) listen: Option<SocketAddr>,
    /// The IANA time zone whose midnight ends a day. Default: UTC.
    #[schemars(with = "Option<String>")]
    pub(super) zone: Option<Zone>,
    /// For a field, such as `general.owner`, the origins whose word counts, strongest first.
    pub(super) precedence: Option<BTreeMap<String, Vec<String>>>,
    /// The quality board: what incidents weigh, how long bugs may stay open.
    pub(super) quality: Option<Quality>,
    /// Who is let in.
    pub(super) access: Option<Door>,
    /// Git repositories.
    pub(super) git: Option<Git>,
    /// GitHub: github.com or an Enterprise Server.
    pub(super) github: Option<GitHub>,
    /// SonarQube Server, Community Build or Cloud.
    pub(super) sonarqube: Option<SonarQube>,
    /// Kubernetes: what runs in which clusters.
    pub(super) kubernetes: Option<Kubernetes>,
    /// What registries say of the packages in use: versions, weaknesses, ends of support.
    pub(super) packages: Option<Packages>,
    /// Consul: what runs where, how it is, and who may call whom.
    pub(super) consul: Option<Consul>,
    /// Confluence Cloud or Data Center: pages about services.
    pub(super) confluence: Option<Confluence>,
    /// Argo CD: what it brought where.
    pub(super) argocd: Option<ArgoCd>,
    /// Jenkins: builds that deploy, and others.
    pub(super) jenkins: Option<Jenkins>,
    /// PagerDuty: incidents.
    pub(super) pagerduty: Option<PagerDuty>,
    /// Statuspage: incidents as customers are told of them.
    pub(super) statuspage: Option<Statuspage>,
    /// Jira Cloud or Data Center: bugs, incidents and support cases.
    pub(super) jira: Option<Jira>,
    /// Issues of GitHub as bugs.
    pub(super) github_issues: Option<GitHubIssues>,
    /// Zendesk: support cases.
    pub(super) zendesk: Option<Zendesk>,
    /// CSV files: incidents, bugs and support cases that no tool tells of.
    pub(super) csv: Option<Csv>,
    /// Who may push events.
    pub(super) webhooks: Option<Webhooks>,
    /// The weekly report: when it is sent, and to whom.
    pub(super) report: Option<Report>,
}

/// Git repositories: what to read, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Git {
    /// Clones, bare or not, or folders that contain them; relative to this file.
    pub(super) folders: Option<Vec<PathBuf>>,
    /// Repositories to clone, by the URLs that the `git` program understands.
    pub(super) urls: Option<Vec<String>>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 1h.
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

/// GitHub: what to read, as whom, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GitHub")]
pub(super) struct GitHub {
    /// The address for people. Default: `https://github.com`.
    #[schemars(with = "Option<String>")]
    pub(super) url: Option<Url>,
    /// Organisations of which everything is read, by login.
    pub(super) organisations: Option<Vec<String>>,
    /// Single repositories, as owner/name.
    pub(super) repositories: Option<Vec<String>>,
    /// A personal access token. Better in the variable GITHUB_TOKEN, or in a file.
    pub(super) token: Option<String>,
    /// A file that holds the token; relative to this file.
    pub(super) token_file: Option<PathBuf>,
    /// The number of a GitHub App, instead of a token.
    pub(super) app: Option<u64>,
    /// The App's private key as a PEM file; relative to this file.
    pub(super) app_key_file: Option<PathBuf>,
    /// The App's installation, if it has several.
    pub(super) installation: Option<u64>,
    /// Custom properties that name an owner, strongest first. Default: owner, owner-team, team.
    pub(super) owner_properties: Option<Vec<String>>,
    /// Whether archived repositories are read. Default: true.
    pub(super) archived: Option<bool>,
    /// Whether forks are read. Default: true.
    pub(super) forks: Option<bool>,
    /// Whether runs of workflows are read, for a REST request in each repository with a push. Default: true.
    pub(super) pipeline_runs: Option<bool>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    pub(super) every: Option<Length>,
    /// When to read, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    pub(super) cron: Option<Cron>,
    /// How far back to fill in history, from clones: a number and one of s, m, h, d, w, mo, y. Unset: no history.
    #[schemars(with = "Option<String>")]
    pub(super) backfill: Option<Length>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Length>,
}

/// SonarQube: where it is, as whom to read it, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SonarQube {
    /// The server's address, with its context path if it has one; `https://sonarcloud.io` for the Cloud.
    #[schemars(with = "Option<String>")]
    pub(super) url: Option<Url>,
    /// The organisation's key; for the Cloud only.
    pub(super) organisation: Option<String>,
    /// A user token. Better in the variable SPOT_SONARQUBE_TOKEN, or in a file.
    pub(super) token: Option<String>,
    /// A file that holds the token; relative to this file.
    pub(super) token_file: Option<PathBuf>,
    /// How keys of projects are made from repositories, with {owner} and {repo}, such as {owner}_{repo}.
    pub(super) link: Option<String>,
    /// How often to read: a number and one of s, m, h, d, w. Default: 6h.
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

/// Kubernetes: which clusters to read, and when.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Kubernetes {
    /// The clusters. Default: that of the current context of the kubeconfig.
    pub(super) clusters: Option<Vec<KubernetesCluster>>,
    /// Namespaces whose workloads are left out. Default: kube-system, kube-public, kube-node-lease.
    pub(super) namespaces_excluded: Option<Vec<String>>,
    /// Labels or annotations of workloads that name their service, strongest first.
    pub(super) service_labels: Option<Vec<String>>,
    /// How names of workloads are made from repositories, with {owner} and {repo}, such as {repo}.
    pub(super) link: Option<String>,
    /// Whether clusters are watched between runs. Default: true.
    pub(super) watch: Option<bool>,
    /// How often to confirm everything: a number and one of s, m, h, d, w. Default: 10m.
    #[schemars(with = "Option<String>")]
    pub(super) every: Option<Length>,
    /// When to confirm everything, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    pub(super) cron: Option<Cron>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 30m.
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Length>,
}

/// A cluster, and how it is reached.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubernetesCluster {
    /// What it is called.
    pub(super) name: String,
    /// The context of the kubeconfig. Default: the current one.
    pub(super) context: Option<String>,
    /// The kubeconfig; relative to this file. Default: KUBECONFIG, else .kube/config in the home folder.
    pub(super) kubeconfig: Option<PathBuf>,
    /// Whether it is the cluster in which spot runs, reached by the service account of its pod.
    pub(super) in_cluster: Option<bool>,
    /// Where it is: eu-west.
    pub(super) region: Option<String>,
    /// Where exactly.
    pub(super) datacenter: Option<String>,
    /// What it is for: production, staging.
    pub(super) environment: Option<String>,
}

/// Registries: who is asked about which packages, and when. Nobody is asked without this section, since names of
/// packages leave the house.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Packages {
    /// Where versions of public packages are asked for; empty: nowhere. Default: `https://api.deps.dev`.
    pub(super) deps_dev: Option<String>,
    /// Where published weaknesses are asked for; empty: nowhere. Default: `https://api.osv.dev`.
    pub(super) osv: Option<String>,
    /// Where ends of support are asked for; empty: nowhere. Default: `https://endoflife.date`.
    pub(super) end_of_life: Option<String>,
    /// Private registries; a package that one of their patterns names is asked for nowhere else.
    pub(super) registries: Option<Vec<Registry>>,
    /// Configuration of npm, pip or cargo from which private registries and credentials are read too: .npmrc, pip.conf,
    /// config.toml; relative to this file.
    pub(super) client_files: Option<Vec<PathBuf>>,
    /// How often to ask: a number and one of s, m, h, d, w. Default: 1d. A package is asked for once a day at most.
    #[schemars(with = "Option<String>")]
    pub(super) every: Option<Length>,
    /// When to ask, instead of `every`: minute hour day month weekday, in the organisation's zone.
    #[schemars(with = "Option<String>")]
    pub(super) cron: Option<Cron>,
    /// Longest time for one run: a number and one of s, m, h, d, w. Default: 1h.
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Length>,
}

/// A private registry.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Registry {
    /// What it is called.
    pub(super) name: String,
    /// npm, pypi or cargo.
    pub(super) kind: RegistryKind,
    /// Its address.
    #[schemars(with = "String")]
    pub(super) url: Url,
    /// The packages that it holds, with * for anything: @acme/*, acme-*.
    pub(super) patterns: Vec<String>,
    /// The user, where it asks for one with the token as password.
    pub(super) user: Option<String>,
    /// A token.
    pub(super) token: Option<String>,
    /// A file that holds the token; relative to this file.
    pub(super) token_file: Option<PathBuf>,
}

/// The protocol of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RegistryKind {
    /// npm's.
    Npm,
    /// The simple index of Python packages.
    Pypi,
    /// cargo's sparse index.
    Cargo,
}

/// Keys whose values are paths, or lists of paths.
const PATHS: [&str; 18] = [
    "data",
    "git.folders",
    "github.token_file",
    "github.app_key_file",
    "sonarqube.token_file",
    "packages.client_files",
    "consul.token_file",
    "confluence.token_file",
    "argocd.token_file",
    "jenkins.token_file",
    "pagerduty.token_file",
    "statuspage.key_file",
    "jira.token_file",
    "github_issues.token_file",
    "zendesk.token_file",
    "csv.incidents",
    "csv.bugs",
    "csv.support_cases",
];

/// Makes the paths of a file relative to its folder instead of to where spot was started.
pub(super) fn place(table: &mut Table, base: &Path) {
    for key in PATHS {
        let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
        let section = if section.is_empty() { Some(&mut *table) } else { table.get_mut(section).and_then(toml::Value::as_table_mut) };
        if let Some(value) = section.and_then(|section| section.get_mut(name)) {
            place_value(value, base);
        }
    }
    let clusters = table.get_mut("kubernetes").and_then(|section| section.get_mut("clusters")).and_then(toml::Value::as_array_mut);
    for file in clusters.into_iter().flatten().filter_map(|cluster| cluster.get_mut("kubeconfig")) {
        place_value(file, base);
    }
    for (section, list, key) in [("packages", "registries", "token_file"), ("webhooks", "senders", "secret_file")] {
        let entries = table.get_mut(section).and_then(|section| section.get_mut(list)).and_then(toml::Value::as_array_mut);
        for file in entries.into_iter().flatten().filter_map(|entry| entry.get_mut(key)) {
            place_value(file, base);
        }
    }
    if let Some(report) = table.get_mut("report") {
        if let Some(file) = report.get_mut("smtp").and_then(|smtp| smtp.get_mut("password_file")) {
            place_value(file, base);
        }
        let channels = report.get_mut("channels").and_then(toml::Value::as_array_mut).into_iter().flatten();
        for channel in channels.filter_map(toml::Value::as_table_mut) {
            for key in ["url_file", "token_file"] {
                if let Some(file) = channel.get_mut(key) {
                    place_value(file, base);
                }
            }
        }
    }
    let tokens = table.get_mut("access").and_then(|access| access.get_mut("tokens")).and_then(toml::Value::as_array_mut);
    for file in tokens.into_iter().flatten().filter_map(|token| token.get_mut("token_file")) {
        place_value(file, base);
    }
}

fn place_value(value: &mut toml::Value, base: &Path) {
    match value {
        toml::Value::String(path) => *path = base.join(&*path).to_string_lossy().into_owned(),
        toml::Value::Array(paths) => paths.iter_mut().for_each(|path| place_value(path, base)),
        _ => {}
    }
}

/// `upper` wins, key by key; `every` and `cron` are two ways to say one thing.
pub(super) fn overlay(upper: Table, lower: Table) -> Table {
    let mut merged = lower;
    if upper.contains_key("every") || upper.contains_key("cron") {
        merged.remove("every");
        merged.remove("cron");
    }
    // A credential of another kind replaces the one below.
    for both in [["token", "token_file"], ["key", "key_file"]] {
        if both.iter().any(|key| upper.contains_key(*key)) {
            both.iter().for_each(|key| drop(merged.remove(*key)));
        }
    }
    for (key, value) in upper {
        let value = match (value, merged.remove(&key)) {
            (toml::Value::Table(upper), Some(toml::Value::Table(lower))) if key != "precedence" => {
                toml::Value::Table(overlay(upper, lower))
            }
            (value, _) => value,
        };
        merged.insert(key, value);
    }
    merged
}

/// A key, and what is wrong with it.
pub(super) type Wrong = (String, String);

/// What types alone do not say: the key and what is wrong with it.
pub(super) fn check(file: &File) -> Result<(), Wrong> {
    for field in file.precedence.iter().flat_map(BTreeMap::keys) {
        let facet = field.split_once('.').map(|(facet, _)| facet);
        if facet.is_none_or(|facet| facet.parse::<Facet>().is_err()) {
            let message = "is not a field; expected a facet, a dot and a field, such as general.owner".to_owned();
            return Err((format!("precedence.{field}"), message));
        }
    }
    if let Some(access) = &file.access {
        door::check(access)?;
    }
    if let Some(git) = &file.git {
        times("git", git.every, git.cron.as_ref(), git.timeout)?;
        if let Some(url) = git.urls.iter().flatten().find(|url| url.trim().is_empty() || url.starts_with('-')) {
            return Err(("git.urls".to_owned(), format!("{url:?} is not a URL")));
        }
    }
    if let Some(github) = &file.github {
        times("github", github.every, github.cron.as_ref(), github.timeout)?;
        only_one("github.token_file", "github.token", github.token_file.is_some(), github.token.is_some())?;
        address("github.url", github.url.as_ref())?;
        logins("github", github.organisations.as_deref(), github.repositories.as_deref())?;
    }
    if let Some(sonarqube) = &file.sonarqube {
        times("sonarqube", sonarqube.every, sonarqube.cron.as_ref(), sonarqube.timeout)?;
        only_one("sonarqube.token_file", "sonarqube.token", sonarqube.token_file.is_some(), sonarqube.token.is_some())?;
        address("sonarqube.url", sonarqube.url.as_ref())?;
    }
    file.consul.as_ref().map_or(Ok(()), consul::check)?;
    file.confluence.as_ref().map_or(Ok(()), confluence::check)?;
    if let Some(kubernetes) = &file.kubernetes {
        times("kubernetes", kubernetes.every, kubernetes.cron.as_ref(), kubernetes.timeout)?;
        clusters(kubernetes.clusters.as_deref().unwrap_or_default()).map_err(|message| ("kubernetes.clusters".to_owned(), message))?;
    }
    if let Some(packages) = &file.packages {
        times("packages", packages.every, packages.cron.as_ref(), packages.timeout)?;
        let addresses = [("deps_dev", &packages.deps_dev), ("osv", &packages.osv), ("end_of_life", &packages.end_of_life)];
        for (key, text) in addresses {
            let Some(text) = text.as_ref().filter(|text| !text.is_empty()) else { continue };
            let key = format!("packages.{key}");
            let url: Url = text.parse().map_err(|error| (key.clone(), format!("{text:?} is not an address ({error})")))?;
            address(&key, Some(&url))?;
        }
        for registry in packages.registries.iter().flatten() {
            address("packages.registries", Some(&registry.url))?;
            only_one("packages.registries", "token", registry.token_file.is_some(), registry.token.is_some())?;
            if registry.patterns.is_empty() {
                let message = format!("{} has no patterns; expected names of packages such as @acme/*", registry.name);
                return Err(("packages.registries".to_owned(), message));
            }
        }
    }
    file.quality.as_ref().map_or(Ok(()), |quality| quality.policy().map(drop))?;
    file.argocd.as_ref().map_or(Ok(()), ArgoCd::check)?;
    file.jenkins.as_ref().map_or(Ok(()), Jenkins::check)?;
    file.pagerduty.as_ref().map_or(Ok(()), PagerDuty::check)?;
    file.statuspage.as_ref().map_or(Ok(()), statuspage::check)?;
    file.jira.as_ref().map_or(Ok(()), jira::check)?;
    file.github_issues.as_ref().map_or(Ok(()), github_issues::check)?;
    file.zendesk.as_ref().map_or(Ok(()), zendesk::check)?;
    file.csv.as_ref().map_or(Ok(()), Csv::check)?;
    file.webhooks.as_ref().map_or(Ok(()), Webhooks::check)?;
    file.report.as_ref().map_or(Ok(()), Report::check)
}

fn clusters(clusters: &[KubernetesCluster]) -> Result<(), String> {
    for (position, cluster) in clusters.iter().enumerate() {
        let name = &cluster.name;
        if name.trim().is_empty() || name.chars().any(|c| c == '/' || c.is_control() || c.is_whitespace()) {
            return Err(format!("{name:?} is not the name of a cluster; expected one without slashes and spaces, such as eu-1"));
        }
        if cluster.in_cluster == Some(true) && (cluster.context.is_some() || cluster.kubeconfig.is_some()) {
            return Err(format!("{name} has a context or kubeconfig beside in_cluster; expected one of the two"));
        }
        if let Some(other) = clusters[..position].iter().position(|other| other.name.eq_ignore_ascii_case(name)) {
            let how = |cluster: &KubernetesCluster| match (&cluster.context, &cluster.kubeconfig) {
                (Some(context), _) => format!("context {context}"),
                (None, Some(file)) => file.display().to_string(),
                (None, None) if cluster.in_cluster == Some(true) => "in_cluster".to_owned(),
                (None, None) => "the current context".to_owned(),
            };
            let (first, second) = (how(&clusters[other]), how(cluster));
            let numbers = format!("number {} ({first}) and number {} ({second})", other + 1, position + 1);
            return Err(format!("two clusters are called {name}: {numbers}; expected different names"));
        }
    }
    Ok(())
}

pub(super) fn times(section: &str, every: Option<Length>, cron: Option<&Cron>, timeout: Option<Length>) -> Result<(), Wrong> {
    only_one(&format!("{section}.cron"), &format!("{section}.every"), cron.is_some(), every.is_some())?;
    for (key, length) in [("every", every), ("timeout", timeout)] {
        if let Some(length) = length.filter(|length| length.fixed().is_none()) {
            return Err((format!("{section}.{key}"), format!("{length} has no fixed length; expected s, m, h, d or w")));
        }
    }
    Ok(())
}

pub(super) fn only_one(key: &str, other: &str, is_given: bool, other_is_given: bool) -> Result<(), Wrong> {
    if is_given && other_is_given {
        return Err((key.to_owned(), format!("stands beside {other}; expected one of the two")));
    }
    Ok(())
}

pub(super) fn address(key: &str, url: Option<&Url>) -> Result<(), Wrong> {
    let Some(url) = url else { return Ok(()) };
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err((key.to_owned(), "is not an address; expected https://host".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err((key.to_owned(), "holds a user or a password; expected it apart from the address".to_owned()));
    }
    Ok(())
}

/// Whether these are logins of organisations and names of repositories.
pub(super) fn logins(section: &str, organisations: Option<&[String]>, repositories: Option<&[String]>) -> Result<(), Wrong> {
    if let Some(name) = organisations.into_iter().flatten().find(|name| !is_login(name)) {
        return Err((format!("{section}.organisations"), format!("{name:?} is not the login of an organisation")));
    }
    let is_repository =
        |name: &&String| name.split_once('/').is_some_and(|(owner, name)| is_login(owner) && !name.is_empty() && !name.contains('/'));
    if let Some(name) = repositories.into_iter().flatten().find(|name| !is_repository(name)) {
        return Err((format!("{section}.repositories"), format!("{name:?} is not a repository; expected owner/name")));
    }
    Ok(())
}

/// GitHub's logins: letters, digits and single hyphens; those of managed users have an underscore.
fn is_login(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
