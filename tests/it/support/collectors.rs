//! The collectors of the demo company's systems, as its configuration would make them.

use std::path::Path;
use std::sync::Arc;

use spot::collect::Collector;
use spot::collect::argocd::{self, ArgoCdCollector};
use spot::collect::confluence::{self, ConfluenceCollector};
use spot::collect::consul::{self, ConsulCollector};
use spot::collect::github::{self, GitHubCollector};
use spot::collect::github_issues::{self, Bugs, GitHubIssuesCollector};
use spot::collect::http::{Outside, Secret};
use spot::collect::jenkins::{self, JenkinsCollector};
use spot::collect::jira::{self, JiraCollector};
use spot::collect::kubernetes::{self, KubernetesCollector};
use spot::collect::packages::{self, InUse, PackagesCollector};
use spot::collect::pagerduty::{self, PagerDutyCollector};
use spot::collect::sonarqube::{self, SonarQubeCollector};
use spot::collect::zendesk::{self, ZendeskCollector};
use spot::demo::company::Company;
use spot::demo::serve::Server;
use spot::demo::systems::Systems;
use spot::demo::zendesk::AREA_TITLE;
use spot::ingest::in_use;
use spot::model::Zone;
use spot::store::Store;

/// All of them, with their caches in `data`. Clusters are only listed, or watched through
/// these servers of theirs.
pub(crate) fn collectors(
    company: &Company,
    systems: &Systems,
    store: &Arc<Store>,
    outside: &Outside,
    data: &Path,
    watched: Option<&[Server]>,
) -> Vec<Arc<dyn Collector>> {
    let token = || Secret::new(systems.token());
    let address = |text: String| text.parse::<url::Url>().unwrap();
    let forge = systems.github.url();
    let github = github::Config {
        api: address(format!("{forge}/api/v3")),
        graphql: address(format!("{forge}/api/graphql")),
        web: address(forge),
        organisations: vec![company.login.clone()],
        credentials: github::Credentials::Token(token()),
        cache: data.join("cache/github.sqlite"),
        clones: data.join("clones"),
        owner_properties: vec!["owner-team".to_owned()],
        requests_per_minute: None,
        ..github::Config::for_host("github.example").unwrap()
    };
    let github_issues = github_issues::Config {
        github: github.clone(),
        bugs: Bugs { production_labels: vec!["production".to_owned()], ..Bugs::default() },
    };
    let sonarqube = sonarqube::Config {
        token: Some(token()),
        link: Some("{owner}_{repo}".to_owned()),
        ..sonarqube::Config::new(address(systems.sonarqube.url()))
    };
    let consul = consul::Config {
        token: Some(token()),
        kv_prefixes: vec!["config/{service}/".to_owned()],
        ..consul::Config::new(address(systems.consul.url()))
    };
    let confluence = confluence::Config {
        email: Some(systems.account().to_owned()),
        token: Some(token()),
        spaces: company.wiki.spaces.iter().map(|space| space.key.clone()).collect(),
        ..confluence::Config::new(address(systems.confluence.url()))
    };
    let argocd = argocd::Config { credentials: argocd::Credentials::Token(token()), ..argocd::Config::new(address(systems.argocd.url())) };
    let jenkins =
        jenkins::Config { user: Some((systems.user().to_owned(), token())), ..jenkins::Config::new(address(systems.jenkins.url())) };
    let pagerduty = pagerduty::Config {
        url: address(systems.pagerduty.url()),
        features: pagerduty::Features::Field("affected_features".to_owned()),
        ..pagerduty::Config::new(pagerduty::Credentials::Key(token()))
    };
    let jira = jira::Config {
        email: Some(systems.account().to_owned()),
        token: Some(token()),
        production: jira::Production { labels: vec!["production".to_owned()], ..jira::Production::default() },
        ..jira::Config::new(address(systems.jira.url()))
    };
    let credentials = zendesk::Credentials::Token { email: systems.account().to_owned(), token: token() };
    let mut zendesk = zendesk::Config::new(address(systems.zendesk.url()), credentials);
    zendesk.features.field = Some(AREA_TITLE.to_owned());
    let registries = systems.registries().map(|registry| packages::Registry {
        name: registry.name.to_owned(),
        kind: match registry.kind {
            "npm" => packages::RegistryKind::Npm,
            "pypi" => packages::RegistryKind::Pypi,
            _ => packages::RegistryKind::Cargo,
        },
        url: address(registry.url.clone()),
        credentials: packages::Credentials::Bearer(token()),
        patterns: registry.patterns.clone(),
    });
    let packages = packages::Config {
        deps_dev: Some(address(systems.deps_dev.url())),
        osv: Some(address(systems.osv.url())),
        end_of_life: Some(address(systems.end_of_life.url())),
        registries: registries.collect(),
        cache: Some(data.join("cache/packages.sqlite")),
        ..packages::Config::default()
    };
    let in_use: InUse = {
        let store = Arc::clone(store);
        Arc::new(move || in_use(&store))
    };
    vec![
        Arc::new(GitHubCollector::new("github", github, Zone::utc(), outside.clone())),
        Arc::new(SonarQubeCollector::new("sonarqube", sonarqube, Zone::utc(), outside.clone())),
        Arc::new(ConsulCollector::new("consul", consul, outside.clone())),
        Arc::new(ConfluenceCollector::new("confluence", confluence, outside.clone())),
        Arc::new(clusters(systems, outside, watched)),
        Arc::new(ArgoCdCollector::new("argocd", argocd, outside.clone())),
        Arc::new(JenkinsCollector::new("jenkins", jenkins, outside.clone())),
        Arc::new(PagerDutyCollector::new("pagerduty", pagerduty, outside.clone())),
        Arc::new(JiraCollector::new("jira", jira, outside.clone())),
        Arc::new(GitHubIssuesCollector::new("github_issues", github_issues, outside.clone())),
        Arc::new(ZendeskCollector::new("zendesk", zendesk, outside.clone())),
        Arc::new(PackagesCollector::new("packages", packages, in_use, Zone::utc(), outside.clone())),
    ]
}

fn clusters(systems: &Systems, outside: &Outside, watched: Option<&[Server]>) -> KubernetesCollector {
    let server = |position: usize| watched.map_or(&systems.clusters[position].server, |servers| &servers[position]);
    let clusters = systems.clusters.iter().enumerate().map(|(position, cluster)| kubernetes::Cluster {
        name: cluster.name.clone(),
        access: kubernetes::Access::Server { url: server(position).url().parse().unwrap(), token: Some(Secret::new(systems.token())) },
        region: Some(cluster.region.to_owned()),
        datacenter: cluster.is_datacenter.then(|| cluster.region.to_owned()),
        environment: Some(cluster.environment.to_owned()),
    });
    let config = kubernetes::Config { watch: watched.is_some(), ..kubernetes::Config::new(clusters.collect()) };
    KubernetesCollector::new("kubernetes", config, outside.clone())
}
