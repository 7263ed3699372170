//! From the configuration to collectors.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use url::Url;

use crate::cli::config::{ArgoCdConfig, Config, GitHubConfig, GitHubCredentials, PackagesConfig};
use crate::collect::Collector;
use crate::collect::argocd::{self, ArgoCdCollector};
use crate::collect::cdevents::{CdEventsCollector, Inbox};
use crate::collect::confluence::ConfluenceCollector;
use crate::collect::consul::ConsulCollector;
use crate::collect::csv::CsvCollector;
use crate::collect::git::{self, GitCollector};
use crate::collect::github::{self, GitHubCollector};
use crate::collect::github_issues::{self, GitHubIssuesCollector};
use crate::collect::http::Outside;
use crate::collect::jenkins::JenkinsCollector;
use crate::collect::jira::JiraCollector;
use crate::collect::kubernetes::{self, KubernetesCollector};
use crate::collect::packages::{self, InUse, PackagesCollector, client_config};
use crate::collect::pagerduty::PagerDutyCollector;
use crate::collect::sonarqube::{self, SonarQubeCollector};
use crate::collect::statuspage::StatuspageCollector;
use crate::collect::zendesk::ZendeskCollector;
use crate::ingest::in_use;
use crate::ingest::keep::memory_kind;
use crate::store::Store;

/// The source of what is pushed.
pub(super) const PUSHED: &str = "cdevents";

/// The collectors that are configured, in the order in which they are first read.
pub(super) fn collectors(config: &Config, store: &Arc<Store>, outside: &Outside, inbox: &Arc<Inbox>) -> Vec<Arc<dyn Collector>> {
    let (used, known) = (Arc::clone(store), Arc::clone(store));
    let mut collectors = build(config, &config.data, outside, Arc::new(move || in_use(&used)), Arc::new(move || on_github(&known)));
    collectors.extend(pushed(config, inbox));
    collectors
}

/// Collectors for a look at what they need, without a store: they write nothing.
pub(super) fn checked(config: &Config, outside: &Outside) -> Vec<Arc<dyn Collector>> {
    let mut collectors = build(config, &config.data, outside, Arc::new(Vec::new), Arc::new(BTreeSet::new));
    collectors.extend(pushed(config, &Arc::default()));
    collectors
}

/// What is pushed, if somebody may push.
fn pushed(config: &Config, inbox: &Arc<Inbox>) -> Option<Arc<dyn Collector>> {
    let collector = CdEventsCollector::new(PUSHED, config.senders.clone(), Arc::clone(inbox));
    (!config.senders.is_empty()).then(|| -> Arc<dyn Collector> { Arc::new(collector) })
}

/// Collectors for a look at what sources do not remember.
pub(super) fn forgetful(config: &Config, outside: &Outside) -> Vec<Arc<dyn Collector>> {
    let github = config.github.iter().map(|found| -> Arc<dyn Collector> {
        let sources = github::Config { teams_only: true, ..github(found, &config.data) };
        Arc::new(GitHubCollector::new("github", sources, config.policy.zone.clone(), outside.clone()))
    });
    let consul = config
        .consul
        .iter()
        .map(|found| -> Arc<dyn Collector> { Arc::new(ConsulCollector::new("consul", found.sources.clone(), outside.clone())) });
    let confluence = config
        .confluence
        .iter()
        .map(|found| -> Arc<dyn Collector> { Arc::new(ConfluenceCollector::new("confluence", found.sources.clone(), outside.clone())) });
    let kubernetes = config.kubernetes.iter().map(|found| -> Arc<dyn Collector> {
        let sources = kubernetes::Config { watch: false, ..found.read.clone() };
        Arc::new(KubernetesCollector::new("kubernetes", sources, outside.clone()))
    });
    github.chain(consul).chain(confluence).chain(kubernetes).collect()
}

fn build(config: &Config, data: &Path, outside: &Outside, in_use: InUse, on_github: git::Elsewhere) -> Vec<Arc<dyn Collector>> {
    let zone = &config.policy.zone;
    let mut collectors: Vec<Arc<dyn Collector>> = Vec::new();
    if let Some(found) = &config.git {
        let sources = git::Config { folders: found.folders.clone(), urls: found.urls.clone(), clones: data.join("clones") };
        let collector = GitCollector::new("git", sources, zone.clone());
        // Of a repository that both read, GitHub knows more.
        collectors.push(Arc::new(if config.github.is_some() { collector.leaving(on_github) } else { collector }));
    }
    if let Some(found) = &config.github {
        collectors.push(Arc::new(GitHubCollector::new("github", github(found, data), zone.clone(), outside.clone())));
    }
    if let Some(found) = &config.sonarqube {
        let sources = sonarqube::Config {
            organisation: found.organisation.clone(),
            token: found.token.clone(),
            link: found.link.clone(),
            ..sonarqube::Config::new(found.url.clone())
        };
        collectors.push(Arc::new(SonarQubeCollector::new("sonarqube", sources, zone.clone(), outside.clone())));
    }
    if let Some(found) = &config.consul {
        collectors.push(Arc::new(ConsulCollector::new("consul", found.sources.clone(), outside.clone())));
    }
    if let Some(found) = &config.confluence {
        collectors.push(Arc::new(ConfluenceCollector::new("confluence", found.sources.clone(), outside.clone())));
    }
    if let Some(found) = &config.kubernetes {
        collectors.push(Arc::new(KubernetesCollector::new("kubernetes", found.read.clone(), outside.clone())));
    }
    if let Some(found) = &config.argocd {
        collectors.push(Arc::new(ArgoCdCollector::new("argocd", argocd(found), outside.clone())));
    }
    if let Some(found) = &config.jenkins {
        collectors.push(Arc::new(JenkinsCollector::new("jenkins", found.sources.clone(), outside.clone())));
    }
    if let Some(found) = &config.pagerduty {
        collectors.push(Arc::new(PagerDutyCollector::new("pagerduty", found.sources.clone(), outside.clone())));
    }
    if let Some(found) = &config.statuspage {
        collectors.push(Arc::new(StatuspageCollector::new("statuspage", found.sources.clone(), outside.clone())));
    }
    if let Some(found) = &config.jira {
        collectors.push(Arc::new(JiraCollector::new("jira", found.sources.clone(), outside.clone())));
    }
    if let Some(found) = &config.github_issues {
        let sources = github_issues::Config { github: github(&found.github, data), bugs: found.bugs.clone() };
        collectors.push(Arc::new(GitHubIssuesCollector::new("github_issues", sources, outside.clone())));
    }
    if let Some(found) = &config.zendesk {
        collectors.push(Arc::new(ZendeskCollector::new("zendesk", found.sources.clone(), outside.clone())));
    }
    if let Some(found) = &config.csv {
        collectors.push(Arc::new(CsvCollector::new("csv", found.sources.clone())));
    }
    // Last: what the others read is what it asks about.
    if let Some(found) = &config.packages {
        let sources = packages(found, data);
        collectors.push(Arc::new(PackagesCollector::new("packages", sources, in_use, zone.clone(), outside.clone())));
    }
    collectors
}

fn github(found: &GitHubConfig, data: &Path) -> github::Config {
    github::Config {
        organisations: found.organisations.clone(),
        repositories: found.repositories.clone(),
        credentials: match &found.credentials {
            GitHubCredentials::Anonymous => github::Credentials::Anonymous,
            GitHubCredentials::Token(token) => github::Credentials::Token(token.clone()),
            GitHubCredentials::App { id, key, installation } => {
                github::Credentials::App { id: *id, key: key.clone(), installation: *installation }
            }
        },
        cache: data.join("cache/github/contents.sqlite"),
        clones: data.join("clones/github"),
        archived: found.archived,
        forks: found.forks,
        pipeline_runs: found.pipeline_runs,
        owner_properties: found.owner_properties.clone(),
        ..github_addresses(&found.url)
    }
}

/// Where a GitHub is asked, by its address for people. Without TLS only where the configuration says so.
fn github_addresses(url: &Url) -> github::Config {
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let mut config = github::Config::for_host(&host).unwrap_or_else(|_| unreachable!("an address has a host"));
    if url.scheme() == "http" {
        for address in [&mut config.api, &mut config.graphql, &mut config.web] {
            // http and https may be exchanged, so this works.
            let _ = address.set_scheme("http");
        }
    }
    config
}

fn argocd(found: &ArgoCdConfig) -> argocd::Config {
    let usual = argocd::Config::new(found.url.clone());
    let [service_labels, environment_labels, region_labels] = found.labels.clone();
    argocd::Config {
        credentials: match (&found.user, &found.token) {
            (_, None) => argocd::Credentials::Anonymous,
            (None, Some(token)) => argocd::Credentials::Token(token.clone()),
            (Some(user), Some(password)) => argocd::Credentials::Password { user: user.clone(), password: password.clone() },
        },
        projects: found.projects.clone(),
        selector: found.selector.clone(),
        service_labels: service_labels.unwrap_or(usual.service_labels),
        environment_labels: environment_labels.unwrap_or(usual.environment_labels),
        region_labels: region_labels.unwrap_or(usual.region_labels),
        url: usual.url,
    }
}

fn packages(found: &PackagesConfig, data: &Path) -> packages::Config {
    let mut registries = Vec::new();
    for registry in &found.registries {
        let credentials = match (&registry.user, &registry.token) {
            (_, None) => packages::Credentials::None,
            (None, Some(token)) => packages::Credentials::Bearer(token.clone()),
            (Some(user), Some(token)) => packages::Credentials::Basic { user: user.clone(), password: token.clone() },
        };
        let kind = match registry.kind {
            "npm" => packages::RegistryKind::Npm,
            "pypi" => packages::RegistryKind::Pypi,
            _ => packages::RegistryKind::Cargo,
        };
        let (name, url, patterns) = (registry.name.clone(), registry.url.clone(), registry.patterns.clone());
        registries.push(packages::Registry { name, kind, url, credentials, patterns });
    }
    for (path, text) in &found.client_files {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        // Variables were put in when the file was read.
        registries = client_config::merge(registries, client_config::registries(&name, text.expose(), &|_| None));
    }
    packages::Config {
        deps_dev: found.deps_dev.clone(),
        osv: found.osv.clone(),
        end_of_life: found.end_of_life.clone(),
        registries,
        cache: Some(data.join("cache/packages/answers.sqlite")),
        ..packages::Config::default()
    }
}

/// The repositories that the GitHub collector remembers, in lower case.
fn on_github(store: &Store) -> BTreeSet<String> {
    let remembered = store.view().notes(&memory_kind("github")).into_keys();
    remembered.filter(|key| key.contains('/') && !key.contains(':')).map(|key| key.to_lowercase()).collect()
}
