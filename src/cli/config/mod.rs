//! The configuration: flags over environment over `spot.toml` over defaults.
//!
//! # Invariants
//! - Nothing else in spot reads the environment or the configuration file; every other module is handed its part.
//! - Every key of the file has a variable: `git.every` is `SPOT_GIT_EVERY`.
//! - What is wrong is an error that names the file and line, or the variable, the key, and what was expected.
//! - A secret is wrapped as soon as it is read, and never printed.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::DeTable;
use url::Url;

use crate::access;
use crate::cli::length::Length;
use crate::collect::cdevents::Sender;
use crate::collect::http::Secret;
use crate::collect::kubernetes;
use crate::model::Policy;

mod confluence;
mod consul;
mod csv;
mod delivery;
mod door;
mod environment;
mod file;
mod github_issues;
mod incidents;
mod jira;
mod locate;
mod quality;
mod report;
mod statuspage;
mod timing;
mod zendesk;

pub(super) use confluence::ConfluenceConfig;
pub(super) use consul::ConsulConfig;
pub(super) use csv::CsvConfig;
pub(super) use delivery::{ArgoCdConfig, JenkinsConfig};
pub(super) use environment::Environment;
use file::{File, Table};
pub(super) use github_issues::GitHubIssuesConfig;
pub(super) use incidents::PagerDutyConfig;
pub(super) use jira::JiraConfig;
pub(super) use report::{ChannelConfig, ReportConfig, USUAL, Way};
pub(super) use statuspage::StatuspageConfig;
pub(super) use timing::{Schedule, Timing};
pub(super) use zendesk::ZendeskConfig;

/// The file that is read from the working directory if no other is named.
const FILE_NAME: &str = "spot.toml";

/// Everything that can be configured, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Config {
    /// The data folder.
    pub(super) data: PathBuf,
    /// Where the server listens.
    pub(super) listen: SocketAddr,
    /// Zone and precedence.
    pub(super) policy: Policy,
    /// Who is let in.
    pub(super) access: access::Config,
    /// The git collector.
    pub(super) git: Option<GitConfig>,
    /// The GitHub collector.
    pub(super) github: Option<GitHubConfig>,
    /// The SonarQube collector.
    pub(super) sonarqube: Option<SonarQubeConfig>,
    /// The Kubernetes collector.
    pub(super) kubernetes: Option<KubernetesConfig>,
    /// The packages collector.
    pub(super) packages: Option<PackagesConfig>,
    /// The Consul collector.
    pub(super) consul: Option<ConsulConfig>,
    /// The Confluence collector.
    pub(super) confluence: Option<ConfluenceConfig>,
    /// The Argo CD collector.
    pub(super) argocd: Option<ArgoCdConfig>,
    /// The Jenkins collector.
    pub(super) jenkins: Option<JenkinsConfig>,
    /// The PagerDuty collector.
    pub(super) pagerduty: Option<PagerDutyConfig>,
    /// The Statuspage collector.
    pub(super) statuspage: Option<StatuspageConfig>,
    /// The Jira collector.
    pub(super) jira: Option<JiraConfig>,
    /// The collector of GitHub's issues.
    pub(super) github_issues: Option<GitHubIssuesConfig>,
    /// The Zendesk collector.
    pub(super) zendesk: Option<ZendeskConfig>,
    /// CSV files.
    pub(super) csv: Option<CsvConfig>,
    /// Who may push events.
    pub(super) senders: Vec<Sender>,
    /// The weekly report.
    pub(super) report: Option<ReportConfig>,
    /// The file that was read, if any.
    pub(super) file: Option<PathBuf>,
}

impl Config {
    /// The sources that are configured, with their timing, in the order in which they are first read.
    pub(super) fn timings(&self) -> Vec<(&'static str, &Timing)> {
        let all = [
            ("git", self.git.as_ref().map(|git| &git.timing)),
            ("github", self.github.as_ref().map(|github| &github.timing)),
            ("sonarqube", self.sonarqube.as_ref().map(|sonarqube| &sonarqube.timing)),
            ("consul", self.consul.as_ref().map(|consul| &consul.timing)),
            ("confluence", self.confluence.as_ref().map(|confluence| &confluence.timing)),
            ("kubernetes", self.kubernetes.as_ref().map(|kubernetes| &kubernetes.timing)),
            ("packages", self.packages.as_ref().map(|packages| &packages.timing)),
            ("argocd", self.argocd.as_ref().map(|argocd| &argocd.timing)),
            ("jenkins", self.jenkins.as_ref().map(|jenkins| &jenkins.timing)),
            ("pagerduty", self.pagerduty.as_ref().map(|pagerduty| &pagerduty.timing)),
            ("statuspage", self.statuspage.as_ref().map(|statuspage| &statuspage.timing)),
            ("jira", self.jira.as_ref().map(|jira| &jira.timing)),
            ("github_issues", self.github_issues.as_ref().map(|issues| &issues.timing)),
            ("zendesk", self.zendesk.as_ref().map(|zendesk| &zendesk.timing)),
            ("csv", self.csv.as_ref().map(|csv| &csv.timing)),
        ];
        all.into_iter().filter_map(|(source, timing)| Some((source, timing?))).collect()
    }

    /// The timing of a source.
    pub(super) fn timing(&self, source: &str) -> Option<&Timing> {
        self.timings().into_iter().find(|(name, _)| *name == source).map(|(_, timing)| timing)
    }
}

/// The git collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GitConfig {
    /// Folders of clones, or clones.
    pub(super) folders: Vec<PathBuf>,
    /// Repositories to clone.
    pub(super) urls: Vec<String>,
    /// When to read them.
    pub(super) timing: Timing,
}

/// The GitHub collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GitHubConfig {
    /// The address for people.
    pub(super) url: Url,
    /// Organisations by login.
    pub(super) organisations: Vec<String>,
    /// Repositories as owner/name.
    pub(super) repositories: Vec<String>,
    /// As whom to ask.
    pub(super) credentials: GitHubCredentials,
    /// Custom properties that name an owner, strongest first.
    pub(super) owner_properties: Vec<String>,
    /// Whether archived repositories are read.
    pub(super) archived: bool,
    /// Whether forks are read.
    pub(super) forks: bool,
    /// Whether runs of workflows are read.
    pub(super) pipeline_runs: bool,
    /// When to read.
    pub(super) timing: Timing,
}

/// As whom GitHub is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GitHubCredentials {
    /// As nobody: sixty requests an hour, and no GraphQL.
    Anonymous,
    /// A personal access token.
    Token(Secret),
    /// An App, by its number and private key.
    App {
        /// The App's number.
        id: u64,
        /// The private key in PEM.
        key: Secret,
        /// Its installation, if it has several.
        installation: Option<u64>,
    },
}

/// The SonarQube collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SonarQubeConfig {
    /// The server's address.
    pub(super) url: Url,
    /// The organisation's key, for the Cloud.
    pub(super) organisation: Option<String>,
    /// A user token.
    pub(super) token: Option<Secret>,
    /// How keys of projects are made from repositories.
    pub(super) link: Option<String>,
    /// When to read.
    pub(super) timing: Timing,
}

/// The Kubernetes collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KubernetesConfig {
    /// What to read.
    pub(super) read: kubernetes::Config,
    /// When to confirm everything.
    pub(super) timing: Timing,
}

/// The packages collector's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PackagesConfig {
    /// Where versions of public packages are asked for.
    pub(super) deps_dev: Option<Url>,
    /// Where published weaknesses are asked for.
    pub(super) osv: Option<Url>,
    /// Where ends of support are asked for.
    pub(super) end_of_life: Option<Url>,
    /// Private registries.
    pub(super) registries: Vec<RegistryConfig>,
    /// Configuration of package clients, as texts by path.
    pub(super) client_files: Vec<(PathBuf, Secret)>,
    /// When to ask.
    pub(super) timing: Timing,
}

/// A private registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RegistryConfig {
    /// What it is called.
    pub(super) name: String,
    /// npm, pypi or cargo.
    pub(super) kind: &'static str,
    /// Its address.
    pub(super) url: Url,
    /// The packages that it holds.
    pub(super) patterns: Vec<String>,
    /// The user, where it asks for one.
    pub(super) user: Option<String>,
    /// A token.
    pub(super) token: Option<Secret>,
}

/// What flags say; they win over everything else.
#[derive(Clone, Debug, Default)]
pub(super) struct Flags {
    /// `--config`.
    pub(super) config: Option<PathBuf>,
    /// `--data`.
    pub(super) data: Option<PathBuf>,
    /// `--listen`.
    pub(super) listen: Option<SocketAddr>,
    /// `--git`.
    pub(super) git_folders: Vec<PathBuf>,
    /// `--github-org`.
    pub(super) github_organisations: Vec<String>,
    /// `--packages`.
    pub(super) packages: bool,
    /// `--backfill`.
    pub(super) backfill: Option<Length>,
}

/// The configuration is wrong; the message says where and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct ConfigError(String);

/// Reads the configuration.
///
/// # Errors
/// [`ConfigError`] for a file that was named and cannot be read, an unknown key, or a wrong value.
pub(super) fn read(flags: &Flags, environment: &Environment) -> Result<Config, ConfigError> {
    let named = flags.config.clone().or_else(|| environment.get("SPOT_CONFIG").map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let (text, path) = match std::fs::read_to_string(&path) {
        Ok(text) => (text, Some(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => (String::new(), None),
        Err(error) => return Err(ConfigError(format!("{}: cannot be read: {error}", path.display()))),
    };
    let file = combine(&text, path.as_deref().unwrap_or(Path::new(FILE_NAME)), environment)?;
    resolve(file, flags, environment, path)
}

/// The JSON schema of the file, for editors.
pub(super) fn schema() -> serde_json::Value {
    schemars::schema_for!(File).to_value()
}

/// The file with what the variables say instead. Paths in the file are relative to it, those in variables to where
/// spot was started.
fn combine(text: &str, path: &Path, environment: &Environment) -> Result<File, ConfigError> {
    parse_file(text, path)?;
    let mut table: Table = toml::from_str(text).map_err(|error| locate::located(&error, text, path))?;
    file::place(&mut table, path.parent().unwrap_or(Path::new("")));
    let table = file::overlay(environment::read(environment)?, table);
    let file = File::deserialize(table).map_err(|error| ConfigError(error.message().to_owned()))?;
    file::check(&file).map_err(|(key, message)| ConfigError(format!("environment: {key}: {message}")))?;
    Ok(file)
}

fn parse_file(text: &str, path: &Path) -> Result<(), ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| locate::located(&error, text, path))?;
    file::check(&file).map_err(|(key, message)| {
        let table = DeTable::parse(text).ok();
        let line = table.and_then(|table| locate::span_of(table.get_ref(), &key)).map_or(1, |span| locate::line_of(text, span.start));
        ConfigError(format!("{}:{line}: {key}: {message}", path.display()))
    })
}

fn resolve(file: File, flags: &Flags, environment: &Environment, path: Option<PathBuf>) -> Result<Config, ConfigError> {
    let data = match flags.data.clone().or(file.data) {
        Some(data) => data,
        None => default_data(environment)?,
    };
    // A quick source on the command line is read instead of what the file says, not beside it.
    let is_quick = !flags.git_folders.is_empty() || !flags.github_organisations.is_empty();
    let git = (!is_quick || !flags.git_folders.is_empty()).then(|| git(file.git.unwrap_or_default(), flags)).flatten();
    let on_github = file.github.clone();
    let github = match (!is_quick || !flags.github_organisations.is_empty()).then_some(file.github).flatten() {
        None if flags.github_organisations.is_empty() => None,
        github => github_of(github.unwrap_or_default(), flags, environment)?,
    };
    let sonarqube = file.sonarqube.filter(|_| !is_quick).map(|file| sonarqube(file, flags)).transpose()?.flatten();
    let consul = file.consul.filter(|_| !is_quick).map(consul::resolve).transpose()?;
    let confluence = file.confluence.filter(|_| !is_quick).map(confluence::resolve).transpose()?;
    let kubernetes = file.kubernetes.filter(|_| !is_quick).map(|file| kubernetes_of(file, environment));
    let packages = match file.packages.filter(|_| !is_quick || flags.packages) {
        None if !flags.packages => None,
        packages => Some(packages_of(packages.unwrap_or_default(), environment)?),
    };
    let quality = file.quality.map_or_else(|| Ok(Default::default()), |quality| quality.policy());
    let quality = quality.map_err(|(key, message)| ConfigError(format!("{key}: {message}")))?;
    let argocd = file.argocd.filter(|_| !is_quick).map(delivery::ArgoCd::resolve).transpose()?;
    let jenkins = file.jenkins.filter(|_| !is_quick).map(|file| file.resolve(flags)).transpose()?;
    let pagerduty = file.pagerduty.filter(|_| !is_quick).map(|file| file.resolve(flags)).transpose()?;
    let statuspage = file.statuspage.filter(|_| !is_quick).map(|file| statuspage::resolve(file, flags)).transpose()?;
    let jira = file.jira.filter(|_| !is_quick).map(|file| jira::resolve(file, flags)).transpose()?;
    let github_issues = file.github_issues.filter(|_| !is_quick);
    let github_issues = github_issues.map(|file| github_issues::resolve(file, on_github, flags, environment)).transpose()?;
    let zendesk = file.zendesk.filter(|_| !is_quick).map(|file| zendesk::resolve(file, flags)).transpose()?;
    let zone = file.zone.unwrap_or_default();
    let csv = file.csv.filter(|_| !is_quick).map(|file| file.resolve(&zone, flags));
    let report = file.report.map(report::Report::resolve).transpose()?;
    let senders = file.webhooks.map(delivery::Webhooks::resolve).transpose()?.unwrap_or_default();
    Ok(Config {
        data,
        listen: flags.listen.or(file.listen).unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 7070))),
        policy: Policy { zone, precedence: file.precedence.unwrap_or_default(), quality },
        access: door::access(file.access.unwrap_or_default())?,
        git,
        github,
        sonarqube,
        kubernetes,
        packages,
        consul,
        confluence,
        argocd,
        jenkins,
        pagerduty,
        statuspage,
        jira,
        github_issues,
        zendesk,
        csv,
        senders,
        report,
        file: path,
    })
}

fn git(file: file::Git, flags: &Flags) -> Option<GitConfig> {
    let folders = if flags.git_folders.is_empty() { file.folders.unwrap_or_default() } else { flags.git_folders.clone() };
    let urls = file.urls.unwrap_or_default();
    if folders.is_empty() && urls.is_empty() {
        return None;
    }
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::hours(1)),
        backfill: flags.backfill.or(file.backfill),
        timeout: file.timeout.unwrap_or(Length::minutes(30)),
    };
    Some(GitConfig { folders, urls, timing })
}

fn github_of(file: file::GitHub, flags: &Flags, environment: &Environment) -> Result<Option<GitHubConfig>, ConfigError> {
    let named = &flags.github_organisations;
    let organisations = if named.is_empty() { file.organisations.unwrap_or_default() } else { named.clone() };
    let repositories = if named.is_empty() { file.repositories.unwrap_or_default() } else { Vec::new() };
    if organisations.is_empty() && repositories.is_empty() {
        return Ok(None);
    }
    let token = secret("github.token_file", file.token.as_deref(), file.token_file.as_deref())?;
    let shared = || ["GITHUB_TOKEN", "GH_TOKEN"].into_iter().find_map(|name| environment.get(name)?.to_str()).map(Secret::new);
    let credentials = match (file.app, secret("github.app_key_file", None, file.app_key_file.as_deref())?, token.or_else(shared)) {
        (Some(id), Some(key), _) => GitHubCredentials::App { id, key, installation: file.installation },
        (Some(_), None, _) => return Err(ConfigError("github.app: has no key; expected github.app_key_file beside it".to_owned())),
        (None, _, Some(token)) => GitHubCredentials::Token(token),
        (None, _, None) => GitHubCredentials::Anonymous,
    };
    let owner_properties = file.owner_properties.unwrap_or_else(|| ["owner", "owner-team", "team"].map(str::to_owned).to_vec());
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::hours(1)),
        backfill: flags.backfill.or(file.backfill),
        timeout: file.timeout.unwrap_or(Length::hours(1)),
    };
    let url = match file.url {
        Some(url) => url,
        None => known("https://github.com")?,
    };
    let (archived, forks) = (file.archived.unwrap_or(true), file.forks.unwrap_or(true));
    let pipeline_runs = file.pipeline_runs.unwrap_or(true);
    Ok(Some(GitHubConfig { url, organisations, repositories, credentials, owner_properties, archived, forks, pipeline_runs, timing }))
}

fn sonarqube(file: file::SonarQube, flags: &Flags) -> Result<Option<SonarQubeConfig>, ConfigError> {
    let Some(url) = file.url else {
        return Err(ConfigError("sonarqube.url: is missing; expected the address of the server, or https://sonarcloud.io".to_owned()));
    };
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::hours(6)),
        backfill: flags.backfill.or(file.backfill),
        timeout: file.timeout.unwrap_or(Length::minutes(30)),
    };
    let token = secret("sonarqube.token_file", file.token.as_deref(), file.token_file.as_deref())?;
    Ok(Some(SonarQubeConfig { url, organisation: file.organisation, token, link: file.link, timing }))
}

fn kubernetes_of(file: file::Kubernetes, environment: &Environment) -> KubernetesConfig {
    let usual = || -> Vec<PathBuf> {
        let named = environment.get("KUBECONFIG").map(|files| std::env::split_paths(files).filter(|file| !file.as_os_str().is_empty()));
        let home = || environment.get("HOME").map(|home| Path::new(home).join(".kube/config"));
        named.map_or_else(|| home().into_iter().collect(), Iterator::collect)
    };
    let cluster = |cluster: file::KubernetesCluster| kubernetes::Cluster {
        access: if cluster.in_cluster == Some(true) {
            kubernetes::Access::InCluster
        } else {
            let files = cluster.kubeconfig.map_or_else(usual, |file| vec![file]);
            kubernetes::Access::Kubeconfig { files, context: cluster.context }
        },
        name: cluster.name,
        region: cluster.region,
        datacenter: cluster.datacenter,
        environment: cluster.environment,
    };
    let clusters: Vec<kubernetes::Cluster> = file.clusters.unwrap_or_default().into_iter().map(cluster).collect();
    let mut read = kubernetes::Config::new(clusters);
    if read.clusters.is_empty() {
        let files = usual();
        let name = kubernetes::current_context(&files).unwrap_or_else(|| "default".to_owned());
        let access = kubernetes::Access::Kubeconfig { files, context: None };
        read.clusters.push(kubernetes::Cluster { name, access, region: None, datacenter: None, environment: None });
    }
    if let Some(excluded) = file.namespaces_excluded {
        read.namespaces_excluded = excluded;
    }
    read.service_labels = file.service_labels.unwrap_or_default();
    read.link = file.link;
    read.watch = file.watch.unwrap_or(true);
    let timing = Timing {
        schedule: Schedule::of(file.every, file.cron, Length::minutes(10)),
        backfill: None,
        timeout: file.timeout.unwrap_or(Length::minutes(30)),
    };
    KubernetesConfig { read, timing }
}

fn packages_of(file: file::Packages, environment: &Environment) -> Result<PackagesConfig, ConfigError> {
    let address = |text: Option<String>, default: &str| match text {
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => known(&text).map(Some),
        None => known(default).map(Some),
    };
    let mut registries = Vec::new();
    for registry in file.registries.unwrap_or_default() {
        let token = secret("packages.registries", registry.token.as_deref(), registry.token_file.as_deref())?;
        let kind = match registry.kind {
            file::RegistryKind::Npm => "npm",
            file::RegistryKind::Pypi => "pypi",
            file::RegistryKind::Cargo => "cargo",
        };
        let (name, url, patterns, user) = (registry.name, registry.url, registry.patterns, registry.user);
        registries.push(RegistryConfig { name, kind, url, patterns, user, token });
    }
    let mut client_files = Vec::new();
    for path in file.client_files.unwrap_or_default() {
        // They hold tokens.
        if let Some(text) = secret("packages.client_files", None, Some(&path))? {
            client_files.push((path, Secret::new(expanded(text.expose(), environment))));
        }
    }
    Ok(PackagesConfig {
        deps_dev: address(file.deps_dev, "https://api.deps.dev")?,
        osv: address(file.osv, "https://api.osv.dev")?,
        end_of_life: address(file.end_of_life, "https://endoflife.date")?,
        registries,
        client_files,
        timing: Timing {
            schedule: Schedule::of(file.every, file.cron, Length::hours(24)),
            backfill: None,
            timeout: file.timeout.unwrap_or(Length::hours(1)),
        },
    })
}

/// A text with the values of the variables that it names as `${NAME}`, as npm and pip read their files; one that is not
/// set stays as it is written.
fn expanded(text: &str, environment: &Environment) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        whole.push_str(before);
        match after.split_once('}').and_then(|(name, after)| Some((environment.get(name)?.to_str()?, after))) {
            Some((value, after)) => {
                whole.push_str(value);
                rest = after;
            }
            None => {
                whole.push_str("${");
                rest = after;
            }
        }
    }
    whole.push_str(rest);
    whole
}

fn known(text: &str) -> Result<Url, ConfigError> {
    text.parse().map_err(|error| ConfigError(format!("{text:?} is not an address ({error})")))
}

/// A secret as it stands, or what a file holds.
fn secret(key: &str, text: Option<&str>, path: Option<&Path>) -> Result<Option<Secret>, ConfigError> {
    match (text, path) {
        (Some(text), _) => Ok(Some(Secret::new(text))),
        (None, None) => Ok(None),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(error) => Err(ConfigError(format!("{key}: {} cannot be read: {error}", path.display()))),
        },
    }
}

fn default_data(environment: &Environment) -> Result<PathBuf, ConfigError> {
    // The XDG base directory specification: a relative path there is to be ignored.
    let named = environment.get("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || environment.get("HOME").map(|home| Path::new(home).join(".local/share"));
    let folder = named.or_else(home).ok_or_else(|| {
        ConfigError("there is no data folder: name one with --data, SPOT_DATA or `data` in spot.toml, or set HOME".to_owned())
    })?;
    Ok(folder.join("spot"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::statuspage::Page;
    use crate::model::policy::Target;
    use crate::model::trouble::{Priority, Severity};

    fn environment<const N: usize>(variables: [(&str, &str); N]) -> Environment {
        Environment::of(variables)
    }

    fn refusal(text: &str) -> String {
        parse_file(text, Path::new("spot.toml")).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line_and_the_likely_one() {
        assert_eq!(
            refusal("data = \"x\"\n\nlsiten = \"127.0.0.1:1\"\n"),
            "spot.toml:3: lsiten: unknown key `lsiten`; did you mean `listen`?"
        );
        assert_eq!(refusal("[git]\nfolder = [\".\"]\n"), "spot.toml:2: git.folder: unknown key `folder`; did you mean `folders`?");
        assert_eq!(
            refusal("[linear]\ntoken = \"x\"\n"),
            "spot.toml:1: linear: unknown key `linear`; expected one of data, listen, zone, precedence, quality, access, git, github, sonarqube, kubernetes, packages, consul, confluence, argocd, jenkins, pagerduty, statuspage, jira, github_issues, zendesk, csv, webhooks, report"
        );
    }

    #[test]
    fn a_wrong_value_says_what_was_expected() {
        assert_eq!(
            refusal("[git]\nevery = \"soon\"\n"),
            "spot.toml:2: git.every: \"soon\" is not a length of time; expected a number above 0 and one of s, m, h, d, w, mo, y, such as 15m or 2y"
        );
        assert_eq!(refusal("zone = 5\n"), "spot.toml:1: zone: invalid type: integer `5`, expected a string");
        assert_eq!(refusal("zone = \"Berlin\"\n"), "spot.toml:1: zone: \"Berlin\" is not an IANA time zone such as Europe/Berlin");
        assert!(refusal("listen = \"7070\"\n").starts_with("spot.toml:1: listen: invalid socket address"));
        assert!(refusal("[git]\ncron = \"0 3 * *\"\n").starts_with("spot.toml:2: git.cron: \"0 3 * *\" is not a cron expression"));
        assert_eq!(refusal("[git]\n\ntimeout = \"1y\"\n"), "spot.toml:3: git.timeout: 1y has no fixed length; expected s, m, h, d or w");
        assert!(refusal("[git]\nevery = \"1h\"\ncron = \"0 3 * * *\"\n").starts_with("spot.toml:3: git.cron: stands beside git.every"));
        assert!(refusal("[precedence]\n\"owner\" = []\n").starts_with("spot.toml:2: precedence.owner: is not a field"));
        assert!(refusal("data = \n").starts_with("spot.toml:1: "));
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.toml");
        std::fs::write(&path, "data = \"d\"\nzone = \"Europe/Berlin\"\n[git]\nfolders = [\"a\", \"/b\"]\nevery = \"2h\"\n").unwrap();
        let flags = Flags { config: Some(path), listen: Some("127.0.0.1:1".parse().unwrap()), ..Flags::default() };
        let variables = environment([("SPOT_ZONE", "Asia/Tokyo"), ("SPOT_LISTEN", "127.0.0.1:2"), ("SPOT_GIT_CRON", "0 3 * * *")]);
        let config = read(&flags, &variables).unwrap();
        assert_eq!(config.data, folder.path().join("d"));
        assert_eq!(config.listen.port(), 1);
        assert_eq!(config.policy.zone.to_string(), "Asia/Tokyo");
        let git = config.git.unwrap();
        assert_eq!(git.folders, [folder.path().join("a"), PathBuf::from("/b")]);
        assert_eq!(git.timing.schedule, Schedule::Cron("0 3 * * *".parse().unwrap()));
    }

    #[test]
    fn variables_are_read_by_the_shape_of_their_key() {
        let variables = environment([
            ("SPOT_GIT_FOLDERS", "/a, /b"),
            ("SPOT_GIT_URLS", "[\"https://git.example/x,y.git\"]"),
            ("SPOT_PRECEDENCE", "{ \"general.owner\" = [\"CODEOWNERS\"] }"),
            ("SPOT_ZONE", ""),
        ]);
        let file = combine("", Path::new("spot.toml"), &variables).unwrap();
        let git = file.git.unwrap();
        assert_eq!(git.folders.unwrap(), [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!(git.urls.unwrap(), ["https://git.example/x,y.git"]);
        assert_eq!(file.precedence.unwrap()["general.owner"], ["CODEOWNERS"]);
        assert!(file.zone.is_none(), "an empty variable counts as unset");
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let message = environment::read(&environment([("SPOT_GIT_EVERY", "1x")])).unwrap_err().to_string();
        assert!(message.starts_with("SPOT_GIT_EVERY (git.every): \"1x\" is not a length of time"), "{message}");
        assert_eq!(
            environment([("SPOT_GIT_FOLDER", "x"), ("SPOT_LOG", "info")]).unknown(),
            ["`SPOT_GIT_FOLDER`; did you mean `SPOT_GIT_FOLDERS`?"]
        );
    }

    #[test]
    fn every_key_of_the_schema_has_a_variable() {
        let schema = schema();
        let names = |properties: &serde_json::Value| properties.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut keys = names(&schema["properties"]);
        for (section, name) in [
            ("quality", "Quality"),
            ("access", "Door"),
            ("git", "Git"),
            ("github", "GitHub"),
            ("sonarqube", "SonarQube"),
            ("kubernetes", "Kubernetes"),
            ("packages", "Packages"),
            ("consul", "Consul"),
            ("confluence", "Confluence"),
            ("argocd", "ArgoCd"),
            ("jenkins", "Jenkins"),
            ("pagerduty", "PagerDuty"),
            ("statuspage", "Statuspage"),
            ("jira", "Jira"),
            ("github_issues", "GitHubIssues"),
            ("zendesk", "Zendesk"),
            ("csv", "Csv"),
            ("webhooks", "Webhooks"),
            ("report", "Report"),
        ] {
            keys.retain(|key| key != section);
            keys.extend(names(&schema["$defs"][name]["properties"]).into_iter().map(|key| format!("{section}.{key}")));
        }
        keys.sort();
        let mut known: Vec<_> = environment::KEYS.iter().map(|(key, _)| (*key).to_owned()).collect();
        known.sort();
        assert_eq!(keys, known);
    }

    #[test]
    fn a_quick_source_stands_alone_and_takes_the_usual_token() {
        let flags = Flags { github_organisations: vec!["acme".to_owned()], ..Flags::default() };
        let variables = environment([("HOME", "/home/a"), ("GITHUB_TOKEN", " t0ken\n"), ("SPOT_GIT_FOLDERS", "/a")]);
        let file = combine("[sonarqube]\nurl = \"https://sonar.example\"\n", Path::new("spot.toml"), &variables).unwrap();
        let config = resolve(file, &flags, &variables, None).unwrap();
        assert_eq!(config.timings().into_iter().map(|(source, _)| source).collect::<Vec<_>>(), ["github"]);
        let github = config.github.unwrap();
        assert_eq!((github.organisations, github.url.as_str()), (vec!["acme".to_owned()], "https://github.com/"));
        assert_eq!(github.credentials, GitHubCredentials::Token(Secret::new("t0ken")));
        assert!(!format!("{:?}", github.credentials).contains("t0ken"));
    }

    #[test]
    fn issues_are_read_where_github_is_unless_they_say_otherwise() {
        let resolved = |text: &str| {
            let variables = environment([("HOME", "/home/a"), ("GITHUB_TOKEN", "shared"), ("SPOT_GITHUB_ISSUES_LABELS", "defect, Fehler")]);
            let file = combine(text, Path::new("spot.toml"), &variables).unwrap();
            resolve(file, &Flags::default(), &variables, None)
        };
        let all =
            "[github]\norganisations = [\"acme\"]\nurl = \"https://git.acme.example\"\n[github_issues]\nproduction_labels = [\"prod\"]\n";
        let found = resolved(all).unwrap().github_issues.unwrap();
        assert_eq!((found.github.organisations, found.github.url.as_str()), (vec!["acme".to_owned()], "https://git.acme.example/"));
        assert_eq!(found.github.credentials, GitHubCredentials::Token(Secret::new("shared")));
        assert_eq!(found.bugs.labels, ["defect", "Fehler"]);
        assert_eq!((found.bugs.production_labels, found.bugs.types), (vec!["prod".to_owned()], vec!["Bug".to_owned()]));
        let own =
            "[github]\norganisations = [\"acme\"]\ntoken = \"a\"\n[github_issues]\nrepositories = [\"acme/billing\"]\ntoken = \"b\"\n";
        let config = resolved(own).unwrap();
        let found = config.github_issues.unwrap();
        assert_eq!((found.github.organisations, found.github.repositories), (vec![], vec!["acme/billing".to_owned()]));
        assert_eq!(found.github.credentials, GitHubCredentials::Token(Secret::new("b")));
        assert_eq!(config.github.unwrap().credentials, GitHubCredentials::Token(Secret::new("a")));
        assert!(resolved("[github_issues]\n").unwrap_err().to_string().starts_with("github_issues.organisations: is missing"));
        assert!(refusal("[github_issues]\nlabels = []\ntypes = []\n").starts_with("spot.toml:2: github_issues.labels: is empty"));
        assert!(refusal("[github_issues]\nrepositories = [\"billing\"]\n").contains("is not a repository"));
        assert!(refusal("[github_issues]\npriorities = { P1 = \"urgent\" }\n").contains("github_issues.priorities"));
    }

    #[test]
    fn a_status_page_is_read_with_a_key_or_as_everybody_sees_it() {
        let resolved = |text: &str, key: &str| {
            let variables = environment([("HOME", "/home/a"), ("SPOT_STATUSPAGE_KEY", key)]);
            let file = combine(&format!("[statuspage]\n{text}"), Path::new("/etc/spot.toml"), &variables)?;
            resolve(file, &Flags::default(), &variables, None).map(|config| config.statuspage.unwrap())
        };
        let found = resolved("page = \"abc123\"\nkey = \"secret\"\nseverities = { none = \"minor\" }\n", "").unwrap();
        assert_eq!(found.sources.page, Page::managed("abc123", Secret::new("secret")));
        assert_eq!((found.sources.severities["none"], found.sources.scope().as_str()), (Severity::Minor, "abc123"));
        let found = resolved("url = \"https://status.acme.example\"\n", "").unwrap();
        assert_eq!((found.sources.scope().as_str(), found.timing.backfill), ("status.acme.example", None));
        // A key of a variable takes the place of a file.
        let text = "page = \"abc123\"\nkey_file = \"key\"\napi = \"http://127.0.0.1:1\"\n";
        let found = resolved(text, "other").unwrap();
        let Page::Managed { api, key, .. } = found.sources.page else { panic!("it has a key") };
        assert_eq!((api.as_str(), key), ("http://127.0.0.1:1/", Secret::new("other")));
        let refused = |text: &str| resolved(text, "").unwrap_err().to_string();
        assert_eq!(
            refused(""),
            "statuspage.page: is missing; expected the id of a page, with statuspage.key, or statuspage.url of one that everybody may see"
        );
        assert_eq!(refused("page = \"abc\"\n"), "statuspage.key: is missing; expected an API key of the organisation that the page is of");
        assert_eq!(refused("key = \"abc\"\n"), "statuspage.page: is missing; expected the id of the page that the key is for");
        assert_eq!(
            refusal("[statuspage]\npage = \"abc\"\nurl = \"https://status.acme.example\"\n"),
            "spot.toml:3: statuspage.url: stands beside statuspage.page; expected either the address of a public page, or page and key"
        );
        assert!(
            refusal("[statuspage]\nurl = \"https://status.acme.example\"\nkey_file = \"k\"\n").contains("stands beside statuspage.key;")
        );
        assert!(refusal("[statuspage]\npage = \"a/b\"\n").contains("\"a/b\" is not the id of a page"));
        assert!(refusal("[statuspage]\nurl = \"ftp://status.acme.example\"\n").contains("statuspage.url: is not an address"));
        assert!(refusal("[statuspage]\nseverities = { none = \"harmless\" }\n").contains("statuspage.severities"));
        assert!(refusal("[statuspage]\nkey = \"a\"\nkey_file = \"b\"\n").contains("statuspage.key_file: stands beside statuspage.key"));
    }

    #[test]
    fn rules_of_jira_are_queries_without_an_order() {
        let text = "[jira]\nurl = \"https://acme.example\"\nsupport_cases = 'project = SUP AND \"Request Type\" is not EMPTY'\n\
                    severities = { Gold = \"major\" }\ncomponents_are_features = true\n";
        let variables = environment([("HOME", "/home/a"), ("SPOT_JIRA_INCIDENTS", "project = OPS"), ("SPOT_JIRA_FEATURE_LABELS", "area-")]);
        let file = combine(text, Path::new("spot.toml"), &variables).unwrap();
        let found = resolve(file, &Flags::default(), &variables, None).unwrap().jira.unwrap().sources;
        assert_eq!(found.support_cases.as_deref(), Some("project = SUP AND \"Request Type\" is not EMPTY"));
        assert_eq!((found.incidents.as_deref(), found.feature_labels), (Some("project = OPS"), vec!["area-".to_owned()]));
        assert_eq!((found.severities["Gold"], found.components_are_features), (Severity::Major, true));
        assert_eq!(found.waiting_statuses, ["Waiting for customer"]);
        let wrong = |line: &str| refusal(&format!("[jira]\nurl = \"https://acme.example\"\n{line}\n"));
        assert_eq!(
            wrong("incidents = \"project = OPS ORDER BY key\""),
            "spot.toml:3: jira.incidents: \"project = OPS ORDER BY key\" is empty or has an order; expected conditions alone"
        );
        assert!(wrong("support_cases = \" \"").starts_with("spot.toml:3: jira.support_cases: \" \" is empty"));
        assert!(
            wrong("feature_field = \"Product area\"").starts_with("spot.toml:3: jira.feature_field: \"Product area\" is no custom field")
        );
        assert!(wrong("feature_labels = [\"\"]").starts_with("spot.toml:3: jira.feature_labels: holds an empty text"));
        assert!(wrong("severities = { P1 = \"high\" }").contains("jira.severities"));
    }

    #[test]
    fn secrets_come_from_files_too_and_wrong_addresses_are_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), "s3cret\n").unwrap();
        let path = folder.path().join("spot.toml");
        std::fs::write(&path, "data = \"d\"\n[sonarqube]\nurl = \"https://sonar.example/context\"\ntoken_file = \"token\"\n").unwrap();
        let config = read(&Flags { config: Some(path), ..Flags::default() }, &Environment::default()).unwrap();
        assert_eq!(config.sonarqube.unwrap().token, Some(Secret::new("s3cret")));
        assert!(
            refusal("[github]\nrepositories = [\"billing\"]\n")
                .starts_with("spot.toml:2: github.repositories: \"billing\" is not a repository")
        );
        assert!(refusal("[sonarqube]\nurl = \"https://u:p@sonar.example\"\n").contains("holds a user or a password"));
        assert!(refusal("[packages]\nosv = \"nowhere\"\n").starts_with("spot.toml:2: packages.osv: \"nowhere\" is not an address"));
        assert!(
            refusal("[sonarqube]\ntoken = \"a\"\ntoken_file = \"b\"\n").starts_with("spot.toml:3: sonarqube.token_file: stands beside")
        );
    }

    #[test]
    fn files_of_package_clients_may_name_variables() {
        let variables = environment([("TOKEN", "t")]);
        assert_eq!(expanded("a=${TOKEN}b\nc=${OTHER}\n${", &variables), "a=tb\nc=${OTHER}\n${");
    }

    #[test]
    fn the_quality_board_is_judged_by_what_is_written() {
        let text = "zone = \"Europe/Berlin\"\n[quality]\nweights = { major = 0.25 }\nfixed_cost_minutes = 0\n\
                    [quality.sla]\ncritical = \"2 hours\"\nlow = \"never\"\nnone = \"5 business days of london\"\n\
                    [quality.calendars.london]\nzone = \"Europe/London\"\ndays = [\"monday\", \"tuesday\"]\nto = \"18:00\"\nholidays = [\"2026-12-25\"]\n";
        let file = combine(text, Path::new("spot.toml"), &Environment::default()).unwrap();
        let policy = resolve(file, &Flags::default(), &environment([("HOME", "/home/a")]), None).unwrap().policy;
        let quality = policy.quality;
        assert_eq!((quality.weights.critical, quality.weights.major, quality.fixed_cost_minutes), (1_000, 250, 0));
        assert_eq!(quality.target(Some(Priority::Critical)), Some(&Target::Hours(2)));
        assert_eq!((quality.target(Some(Priority::Low)), quality.target(Some(Priority::High))), (None, Some(&Target::Hours(24))));
        assert_eq!(quality.target(None).unwrap().to_string(), "5 business days of london");
        let london = &quality.calendars["london"];
        assert_eq!(
            (london.days.len(), london.from.to_string(), london.to.to_string(), london.holidays.len()),
            (2, "09:00".to_owned(), "18:00".to_owned(), 1)
        );
        assert_eq!(refusal("[quality.weights]\nmajor = 2.0\n"), "spot.toml:2: quality.weights.major: 2 is not between 0 and 1");
        assert_eq!(
            refusal("[quality.sla]\nhigh = \"5 business days of paris\"\n"),
            "spot.toml:2: quality.sla.high: counts on the calendar \"paris\", which is not defined; expected one of business"
        );
        assert!(refusal("[quality.sla]\nhigh = \"soon\"\n").contains("quality.sla.high: \"soon\" is no length of an SLA"));
        assert!(refusal("[quality.sla]\nurgent = \"1 hour\"\n").contains("is no priority"));
        assert!(refusal("[quality.calendars.night]\nfrom = \"22:00\"\nto = \"06:00\"\n").contains("has no working time"));
    }

    #[test]
    fn without_a_file_the_defaults_stand() {
        let config = resolve(File::default(), &Flags::default(), &environment([("HOME", "/home/a")]), None).unwrap();
        assert_eq!(config.data, Path::new("/home/a/.local/share/spot"));
        assert_eq!(config.listen.to_string(), "127.0.0.1:7070");
        assert_eq!(config.timings(), []);
        assert!(resolve(File::default(), &Flags::default(), &Environment::default(), None).is_err());
    }

    #[test]
    fn two_clusters_of_one_name_are_both_named() {
        let text =
            "[kubernetes]\nclusters = [{ name = \"eu-1\", context = \"a\" }, { name = \"us\" }, { name = \"EU-1\", in_cluster = true }]\n";
        let expected = "spot.toml:2: kubernetes.clusters: two clusters are called EU-1: number 1 (context a) and number 3 (in_cluster); expected different names";
        assert_eq!(refusal(text), expected);
        assert!(refusal("[kubernetes]\nclusters = [{ name = \"a/b\" }]\n").contains("\"a/b\" is not the name of a cluster"));
        let both = "[kubernetes]\nclusters = [{ name = \"a\", in_cluster = true, context = \"b\" }]\n";
        assert!(refusal(both).contains("a has a context or kubeconfig beside in_cluster"));
    }

    #[test]
    fn a_kubeconfig_is_read_only_where_kubernetes_is_configured() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kube");
        std::fs::write(&file, "current-context: prod/eu\n").unwrap();
        let environment = environment([("HOME", "/nowhere"), ("KUBECONFIG", file.to_str().unwrap())]);
        let resolved = |text: &str| {
            let file = combine(text, &folder.path().join("spot.toml"), &environment).unwrap();
            resolve(file, &Flags::default(), &environment, None).unwrap().kubernetes
        };
        assert_eq!(resolved(""), None);
        let access =
            |files: Vec<PathBuf>, context: Option<&str>| kubernetes::Access::Kubeconfig { files, context: context.map(str::to_owned) };
        let found = resolved("[kubernetes]\n").unwrap().read;
        let told: Vec<_> = found.clusters.iter().map(|cluster| (cluster.name.as_str(), cluster.access.clone())).collect();
        assert_eq!(told, [("prod-eu", access(vec![file.clone()], None))]);
        let text = "[kubernetes]\nclusters = [{ name = \"a\", kubeconfig = \"own\" }, { name = \"b\", in_cluster = true }, { name = \"c\", context = \"x\" }]\n";
        let found = resolved(text).unwrap().read;
        let told: Vec<_> = found.clusters.into_iter().map(|cluster| cluster.access).collect();
        let own = access(vec![folder.path().join("own")], None);
        assert_eq!(told, [own, kubernetes::Access::InCluster, access(vec![file], Some("x"))]);
    }
}
