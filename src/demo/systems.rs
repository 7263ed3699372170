//! All systems of the company, each on a port of its own.

use std::path::PathBuf;
use std::sync::Arc;

use crate::demo::company::clusters::{ClusterContent, clusters};
use crate::demo::company::delivery::CommitIds;
use crate::demo::company::{Company, Ecosystem};
use crate::demo::github::GitHub;
use crate::demo::jenkins::CompanyJobs;
use crate::demo::jira::content::Content;
use crate::demo::kubernetes::Kubernetes;
use crate::demo::serve::Server;
use crate::demo::{argocd, confluence, consul, github, jenkins, jira, kubernetes, mattermost, packages, pagerduty, sonarqube, zendesk};
use crate::model::Clock;

/// The token that opens every system.
const TOKEN: &str = "ghp_demoDEMOdemoDEMOdemoDEMOdemoDEMOdemo";

/// The account whose token opens Confluence, Jira and Zendesk.
const ACCOUNT: &str = "spot@brightquay.example";
/// Whose token it is, where a system asks.
const USER: &str = "spot-bot";
/// Who pushes, and the secret with which it signs.
const SENDER: &str = "deployer";
const SECRET: &str = "demo-demo-demo-demo-demo-secret";

/// The running systems; they stop when this is dropped.
#[derive(Debug)]
pub struct Systems {
    /// GitHub.
    pub github: Server,
    /// SonarQube.
    pub sonarqube: Server,
    /// deps.dev.
    pub deps_dev: Server,
    /// OSV.
    pub osv: Server,
    /// endoflife.date.
    pub end_of_life: Server,
    /// Consul.
    pub consul: Server,
    /// Confluence.
    pub confluence: Server,
    /// The company's own registries, under one roof.
    pub internal: Server,
    /// Kubernetes, cluster by cluster.
    pub clusters: Vec<ClusterServer>,
    /// Argo CD.
    pub argocd: Server,
    /// Jenkins.
    pub jenkins: Server,
    /// PagerDuty.
    pub pagerduty: Server,
    /// Jira.
    pub jira: Server,
    /// Zendesk.
    pub zendesk: Server,
    /// Mattermost, which spot only writes to.
    pub mattermost: Server,
    /// The channels of Mattermost, the one for everybody first.
    pub channels: Vec<mattermost::Channel>,
    /// The true ids of commits.
    ids: CommitIds,
    registries: Vec<PrivateRegistry>,
    /// Keys of spaces in Confluence.
    spaces: Vec<String>,
    /// Holds the kubeconfig.
    folder: tempfile::TempDir,
}

/// A cluster's API server.
#[derive(Debug)]
pub struct ClusterServer {
    /// `prod-eu-central-1`, which is its context in the kubeconfig, too.
    pub name: String,
    /// `eu-central-1`, `hamburg`.
    pub region: &'static str,
    /// It stands in the company's own datacenter.
    pub is_datacenter: bool,
    /// `production`, `staging` or `tools`.
    pub environment: &'static str,
    /// What it does on demand.
    pub kubernetes: Kubernetes,
    /// Where it answers.
    pub server: Server,
}

/// A private registry of the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateRegistry {
    /// What it is called.
    pub name: &'static str,
    /// npm, pypi or cargo.
    pub kind: &'static str,
    /// Its address.
    pub url: String,
    /// The packages that it holds.
    pub patterns: Vec<String>,
}

impl Systems {
    /// Starts them all.
    ///
    /// # Errors
    /// If ports cannot be had.
    pub async fn start(company: &Arc<Company>, clock: &Clock) -> std::io::Result<Self> {
        let both = || (Arc::clone(company), Arc::clone(clock));
        let internal = Server::start(packages::registries::router(both().0, both().1, TOKEN)).await?;
        let mut registries = Vec::new();
        for (ecosystem, name, kind, path) in [
            (Ecosystem::Npm, "npm-internal", "npm", "/npm/"),
            (Ecosystem::Pypi, "pypi-internal", "pypi", "/pypi/simple/"),
            (Ecosystem::Cargo, "crates-internal", "cargo", "/cargo/"),
        ] {
            let patterns = company.packages.iter().filter(|package| package.internal.is_some() && package.ecosystem == ecosystem);
            let patterns: Vec<String> = patterns.map(|package| package.name.clone()).collect();
            if !patterns.is_empty() {
                registries.push(PrivateRegistry { name, kind, url: format!("{}{path}", internal.url()), patterns });
            }
        }
        let analyses = sonarqube::Options { tokens: vec![TOKEN.to_owned()], ..sonarqube::Options::default() };
        let options = github::Options { tokens: vec![github::Token::classic(TOKEN, "spot-bot")], ..github::Options::default() };
        let mesh = consul::Options { tokens: vec![consul::Token::reader(TOKEN)], tells_filtered: true, ..consul::Options::default() };
        let wiki = confluence::Options { accounts: vec![(ACCOUNT.to_owned(), TOKEN.to_owned())], ..confluence::Options::default() };
        let forge = GitHub::new(both().0, both().1, options);
        let clusters = clusters_of(company, clock, &forge).await?;
        let folder = tempfile::Builder::new().prefix("spot-demo-systems").tempdir()?;
        std::fs::write(folder.path().join(KUBECONFIG), kubeconfig(&clusters))?;
        let ids = forge.commit_ids();
        let deployed = {
            let (company, ids) = (Arc::clone(company), ids.clone());
            move |now| argocd::applications(&company, &ids, now)
        };
        let syncs = argocd::Options { tokens: vec![TOKEN.to_owned()], ..argocd::Options::default() };
        let builds = jenkins::Options { users: vec![(USER.to_owned(), TOKEN.to_owned())], ..jenkins::Options::default() };
        let called = pagerduty::Options { keys: vec![pagerduty::Key::new(TOKEN)], ..pagerduty::Options::default() };
        let bugs = jira::Options { accounts: vec![(ACCOUNT.to_owned(), TOKEN.to_owned())], ..jira::Options::default() };
        let channels = mattermost::channels(company);
        let chat = mattermost::router(&company.name, &company.login, channels.clone(), Arc::clone(clock));
        let cases = zendesk::Options { users: vec![zendesk::User::admin(ACCOUNT, TOKEN)], ..zendesk::Options::default() };
        Ok(Self {
            clusters,
            folder,
            github: Server::start(forge.router()).await?,
            sonarqube: Server::start(sonarqube::router(both().0, both().1, analyses)).await?,
            deps_dev: Server::start(packages::deps_dev::router(both().0, both().1)).await?,
            osv: Server::start(packages::osv::router(both().0, both().1)).await?,
            end_of_life: Server::start(packages::end_of_life::router(both().0, both().1)).await?,
            consul: Server::start(consul::router(Arc::clone(&company.mesh), Arc::clone(clock), mesh)).await?,
            confluence: Server::start(confluence::router(both().0, both().1, wiki)).await?,
            internal,
            argocd: Server::start(argocd::router(deployed, both().1, syncs)).await?,
            jenkins: Server::start(jenkins::router(CompanyJobs::new(both().0, ids.clone()), both().1, builds)).await?,
            pagerduty: Server::start(pagerduty::router(pagerduty::account(company), both().1, called)).await?,
            jira: Server::start(jira::router(Arc::new(Content::of_company(company)), both().1, bugs)).await?,
            zendesk: Server::start(zendesk::router(zendesk::account(company), both().1, cases)).await?,
            mattermost: Server::start(chat).await?,
            channels,
            ids,
            registries,
            spaces: company.wiki.spaces.iter().map(|space| space.key.clone()).collect(),
        })
    }

    /// Every server, with the name of its system.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Server)> {
        let public = [
            ("GitHub", &self.github),
            ("SonarQube", &self.sonarqube),
            ("deps.dev", &self.deps_dev),
            ("OSV", &self.osv),
            ("endoflife.date", &self.end_of_life),
            ("Consul", &self.consul),
            ("Confluence", &self.confluence),
            ("Argo CD", &self.argocd),
            ("Jenkins", &self.jenkins),
            ("PagerDuty", &self.pagerduty),
            ("Jira", &self.jira),
            ("Zendesk", &self.zendesk),
            ("Mattermost", &self.mattermost),
        ];
        let clusters = self.clusters.iter().map(|cluster| ("Kubernetes", &cluster.server));
        public.into_iter().chain([("the internal registries", &self.internal)]).chain(clusters)
    }

    /// Every server.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        self.named().map(|(_, server)| server)
    }

    /// All count from nothing again.
    pub fn reset(&self) {
        self.servers().for_each(Server::reset);
    }

    /// All record what they are asked.
    pub fn record(&self) {
        self.servers().for_each(Server::record);
    }

    /// A spot.toml that reads the systems, and sends its reports to the chat; `backfill` may be empty.
    #[must_use]
    pub fn configuration(&self, organisation: &str, zone: &str, backfill: &str) -> String {
        let backfill = if backfill.is_empty() { String::new() } else { format!("backfill = {backfill:?}\n") };
        let mut text = format!(
            "zone = {zone:?}\n\n\
             [github]\nurl = {:?}\norganisations = [{organisation:?}]\ntoken = {TOKEN:?}\nowner_properties = [\"owner-team\"]\n{backfill}\n\
             [sonarqube]\nurl = {:?}\ntoken = {TOKEN:?}\nlink = \"{{owner}}_{{repo}}\"\n{backfill}\n\
             [packages]\ndeps_dev = {:?}\nosv = {:?}\nend_of_life = {:?}\n\n\
             [argocd]\nurl = {:?}\ntoken = {TOKEN:?}\n\n\
             [jenkins]\nurl = {:?}\nuser = {USER:?}\ntoken = {TOKEN:?}\n{backfill}\n\
             [pagerduty]\nurl = {:?}\ntoken = {TOKEN:?}\nfeature_field = \"affected_features\"\n{backfill}\n\
             [[webhooks.senders]]\nname = {SENDER:?}\nsecret = {SECRET:?}\n",
            self.github.url(),
            self.sonarqube.url(),
            self.deps_dev.url(),
            self.osv.url(),
            self.end_of_life.url(),
            self.argocd.url(),
            self.jenkins.url(),
            self.pagerduty.url(),
        );
        text.push_str(&format!(
            "\n[consul]\nurl = {:?}\ntoken = {TOKEN:?}\nkv_prefixes = [\"config/{{service}}/\"]\n\n\
             [confluence]\nurl = {:?}\nemail = {ACCOUNT:?}\ntoken = {TOKEN:?}\nspaces = {:?}\n\n\
             [jira]\nurl = {:?}\nemail = {ACCOUNT:?}\ntoken = {TOKEN:?}\nproduction_labels = [\"production\"]\n{backfill}\n\
             [github_issues]\nproduction_labels = [\"production\"]\n{backfill}\n\
             [zendesk]\nurl = {:?}\nemail = {ACCOUNT:?}\ntoken = {TOKEN:?}\nfeature_field = {:?}\n{backfill}",
            self.consul.url(),
            self.confluence.url(),
            self.spaces,
            self.jira.url(),
            self.zendesk.url(),
            zendesk::AREA_TITLE,
        ));
        text.push_str("\n[kubernetes]\n");
        for cluster in &self.clusters {
            text.push_str(&format!(
                "\n[[kubernetes.clusters]]\nname = {:?}\ncontext = {:?}\nkubeconfig = {:?}\nregion = {:?}\nenvironment = {:?}\n",
                cluster.name,
                cluster.name,
                self.kubeconfig(),
                cluster.region,
                cluster.environment
            ));
            if cluster.is_datacenter {
                text.push_str(&format!("datacenter = {:?}\n", cluster.region));
            }
        }
        for registry in self.registries() {
            text.push_str(&format!(
                "\n[[packages.registries]]\nname = {:?}\nkind = {:?}\nurl = {:?}\ntoken = {TOKEN:?}\npatterns = {:?}\n",
                registry.name, registry.kind, registry.url, registry.patterns
            ));
        }
        for channel in &self.channels {
            text.push_str(&format!(
                "\n[[report.channels]]\nname = {:?}\nkind = \"mattermost\"\nurl = {:?}\n",
                channel.name,
                self.hook(channel)
            ));
            if let Some(team) = &channel.team {
                text.push_str(&format!("of = \"team:{team}\"\n"));
            }
        }
        text
    }

    /// The address where messages for a channel are taken.
    #[must_use]
    pub fn hook(&self, channel: &mattermost::Channel) -> String {
        format!("{}{}", self.mattermost.url(), channel.hook_path())
    }

    /// A kubeconfig with a context for every cluster, called as the cluster is.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join(KUBECONFIG)
    }

    /// The token that opens every system.
    #[must_use]
    pub const fn token(&self) -> &'static str {
        TOKEN
    }

    /// The account whose token opens Confluence, Jira and Zendesk.
    #[must_use]
    pub const fn account(&self) -> &'static str {
        ACCOUNT
    }

    /// The user whose token it is.
    #[must_use]
    pub const fn user(&self) -> &'static str {
        USER
    }

    /// Who pushes to spot, and the secret with which it signs.
    #[must_use]
    pub const fn sender(&self) -> (&'static str, &'static str) {
        (SENDER, SECRET)
    }

    /// The true ids of commits.
    #[must_use]
    pub const fn commit_ids(&self) -> &CommitIds {
        &self.ids
    }

    /// The company's own registries.
    pub fn registries(&self) -> impl Iterator<Item = &PrivateRegistry> {
        self.registries.iter()
    }
}

/// The kubeconfig's file name.
const KUBECONFIG: &str = "kubeconfig";

/// A server for each cluster that there is at the end of the company's history.
async fn clusters_of(company: &Arc<Company>, clock: &Clock, forge: &Arc<GitHub>) -> std::io::Result<Vec<ClusterServer>> {
    let contents = clusters(company, &forge.commit_ids());
    let mut found = Vec::new();
    for (content, cluster) in contents.into_iter().zip(&company.delivery.clusters) {
        if !cluster.exists.contains(&company.history.end) {
            continue;
        }
        let region = &company.delivery.regions[cluster.region];
        let (kubernetes, server) = start_cluster(content, clock).await?;
        found.push(ClusterServer {
            name: cluster.name.clone(),
            region: region.name,
            is_datacenter: region.is_datacenter,
            environment: cluster.environment.word(),
            kubernetes,
            server,
        });
    }
    Ok(found)
}

/// The API server of a cluster, in which the token of all systems may read, restart, roll back, scale and delete pods.
async fn start_cluster(content: ClusterContent, clock: &Clock) -> std::io::Result<(Kubernetes, Server)> {
    let options = kubernetes::Options::knowing(vec![kubernetes::Identity::operator(TOKEN)]);
    let made = Kubernetes::new(Arc::new(content), Arc::clone(clock), options);
    let server = Server::start(made.router()).await?;
    Ok((made, server))
}

/// A kubeconfig in JSON, which is YAML too.
fn kubeconfig(clusters: &[ClusterServer]) -> String {
    let named = |key: &str, value: &dyn Fn(&ClusterServer) -> serde_json::Value| -> Vec<serde_json::Value> {
        clusters.iter().map(|cluster| serde_json::json!({ "name": cluster.name, key: value(cluster) })).collect()
    };
    let config = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": named("cluster", &|cluster| serde_json::json!({ "server": cluster.server.url() })),
        "users": named("user", &|_| serde_json::json!({ "token": TOKEN })),
        "contexts": named("context", &|cluster| serde_json::json!({ "cluster": cluster.name, "user": cluster.name })),
        "current-context": clusters.first().map(|cluster| &cluster.name),
    });
    format!("{config:#}\n")
}
