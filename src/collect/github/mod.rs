//! GitHub: github.com, Enterprise Cloud and Enterprise Server.
//!
//! - Source: GraphQL API v4 and REST API, version 2022-11-28; Enterprise Server from 3.9 on. History by git itself.
//! - Facets: general, dependencies, relations, documentation. What files say is stated exactly as the `git` collector does, by
//!   the same converter; what only GitHub knows has the origins `github` (description, topics, visibility, archived, links),
//!   `custom-property` (owner, labels) and `team-permission` (owner). Teams with their parents, people with their teams.
//! - Identity: a repository, team or person by GitHub's number, which stays through renames and transfers; they are named as
//!   in CODEOWNERS (`acme/billing`, `team:payments`, `person:ada`), what a repository describes by kind and name inside it.
//! - Permissions: classic token `repo` and `read:org`; fine-grained token or App: contents, metadata, members and custom
//!   properties of the organisation, deployments, pull requests and actions, all read-only. What a right is missing for is said by [`Collector::check`], and by a
//!   problem in each run.
//! - Cannot see: whether a repository was deleted or hidden from the token; commits per time (so no activity); what teams and
//!   custom properties were before the first run; the owners of files in other branches.
//!
//! # How few requests
//! A hundred repositories a query, with the ids of their newest commits: what has the same commit and the same facts is
//! confirmed by that alone. Of what changed, the folders that differ are listed with one REST request, and contents are read by
//! their ids, some megabytes of many repositories at once, each once for ever. Custom properties are asked for with the tag of
//! what was read before.
//!
//! What happened (deployments, pull requests, workflow runs) is told as events; see `delivery` for what it costs.
//!
//! History comes from bare clones: two to three requests of git and none of the API's budget, however long it is. By the API
//! each day on which a repository changed would be a request for its tree, and more for the files.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::{fmt, ops::Range};

use async_trait::async_trait;
use url::Url;

use self::client::Client;
use self::contents::GitHubContents;
use crate::collect::cache::Cache;
use crate::collect::git::collector::on_blocking_thread;
use crate::collect::http::{Outside, Secret};
use crate::collect::{Collector, Contents, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::{Instant, Kind, Zone};

pub(in crate::collect) mod check;
pub(in crate::collect) mod client;
mod contents;
mod convert;
mod delivery;
mod files;
mod inventory;
mod memory;
mod past;
pub mod queries;
mod run;
pub(in crate::collect) mod search;
mod teams;
pub(in crate::collect) mod wire;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor {
    name: "github",
    title: "GitHub: organisations and repositories, teams, people, custom properties, deployments, pull requests and workflow runs",
    kinds: &[Kind::Repository, Kind::Service, Kind::Api, Kind::Resource, Kind::System, Kind::Domain, Kind::Team, Kind::Person],
    backfills: true,
};

/// REST requests by the minute that github.com allows, less some for others who use the same token.
const REQUESTS_PER_MINUTE: u32 = 850;

/// As whom GitHub is asked.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A personal token, classic or fine-grained, or any other that is used as it is.
    Token(Secret),
    /// A GitHub App.
    App {
        /// Its number.
        id: u64,
        /// Its private key as PEM.
        key: Secret,
        /// The installation; none: that of each organisation is looked up.
        installation: Option<u64>,
    },
    /// As nobody. GitHub's GraphQL answers nobody; simulated servers may.
    Anonymous,
}

/// What is read, and how.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where REST begins: `https://api.github.com`, `https://HOST/api/v3`.
    pub api: Url,
    /// `https://api.github.com/graphql`, `https://HOST/api/graphql`.
    pub graphql: Url,
    /// Where people look, and git clones from: `https://github.com`, `https://HOST`.
    pub web: Url,
    /// Organisations that are read as a whole.
    pub organisations: Vec<String>,
    /// Further repositories, each as `owner/name`.
    pub repositories: Vec<String>,
    /// As whom.
    pub credentials: Credentials,
    /// The file in which contents are kept by their ids.
    pub cache: PathBuf,
    /// The folder in which clones for the history are kept.
    pub clones: PathBuf,
    /// Only what GitHub itself forgets: teams, people, and of repositories what stands beside their files.
    pub teams_only: bool,
    /// Archived repositories too.
    pub archived: bool,
    /// Forks too.
    pub forks: bool,
    /// Custom properties that name the owner, the first that names one counting.
    pub owner_properties: Vec<String>,
    /// REST requests that are sent in a minute at most; none: as many as go.
    pub requests_per_minute: Option<u32>,
    /// Runs of workflows, for one REST request or more in each repository with a push since the last run.
    pub pipeline_runs: bool,
}

/// The host is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host of GitHub; expected one such as github.com, acme.ghe.com or github.example.com")]
pub struct NoHost(String);

impl Config {
    /// The addresses of `github.com`, of an Enterprise Cloud with its own domain (`acme.ghe.com`), or of an Enterprise Server.
    ///
    /// Nothing is read yet: there are no organisations, and the cache and the clones have no place.
    ///
    /// # Errors
    /// [`NoHost`] if it is not the name of a host.
    pub fn for_host(host: &str) -> Result<Self, NoHost> {
        let host = host.trim().trim_end_matches('/').to_lowercase();
        let no_host = || NoHost(host.clone());
        let is_name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
        let url = |text: String| text.parse::<Url>().ok().filter(|_| is_name).ok_or_else(no_host);
        let is_cloud = host == "github.com" || host.ends_with(".ghe.com");
        let (api, graphql) = match is_cloud {
            true => (format!("https://api.{host}"), format!("https://api.{host}/graphql")),
            false => (format!("https://{host}/api/v3"), format!("https://{host}/api/graphql")),
        };
        Ok(Self {
            api: url(api)?,
            graphql: url(graphql)?,
            web: url(format!("https://{host}"))?,
            organisations: Vec::new(),
            repositories: Vec::new(),
            credentials: Credentials::Anonymous,
            cache: PathBuf::new(),
            clones: PathBuf::new(),
            teams_only: false,
            archived: true,
            forks: true,
            owner_properties: ["owner", "owner-team", "team"].map(str::to_owned).to_vec(),
            // An Enterprise Server limits nobody unless it is told to.
            requests_per_minute: is_cloud.then_some(REQUESTS_PER_MINUTE),
            pipeline_runs: true,
        })
    }
}

/// The collector of GitHub.
#[derive(Clone)]
pub struct GitHubCollector {
    source: String,
    zone: Zone,
    client: Client,
    cache: Arc<Kept>,
    contents: Arc<GitHubContents>,
}

/// The cache, opened when it is first used.
pub(crate) struct Kept {
    path: PathBuf,
    cache: OnceLock<Option<Cache>>,
}

impl Kept {
    /// The cache; one that is gone with the process if the file cannot be used.
    fn open(&self) -> Option<&Cache> {
        let open = || match Cache::open(&self.path) {
            Ok(cache) => Some(cache),
            Err(error) => {
                tracing::warn!(%error, "contents are kept in memory alone, and asked for again after a restart");
                Cache::in_memory().ok()
            }
        };
        self.cache.get_or_init(open).as_ref()
    }
}

impl fmt::Debug for GitHubCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubCollector").field("source", &self.source).finish_non_exhaustive()
    }
}

impl GitHubCollector {
    /// A collector called `source` in the configuration; `zone` says where the days of the past end.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, zone: Zone, outside: Outside) -> Self {
        let cache = Arc::new(Kept { path: config.cache.clone(), cache: OnceLock::new() });
        let client = Client::new(Arc::new(config), outside);
        let contents = Arc::new(GitHubContents::new(client.clone(), Arc::clone(&cache), zone.clone()));
        Self { source: source.into(), zone, client, cache, contents }
    }
}

#[async_trait]
impl Collector for GitHubCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn contents(&self) -> Option<Arc<dyn Contents>> {
        Some(Arc::clone(&self.contents) as Arc<dyn Contents>)
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.client).await
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        let Some(cache) = self.cache.open() else {
            return Summary { requests: 0, failure: Some("there is neither a file nor memory for what is read".to_owned()) };
        };
        self.contents.learn(memory);
        let client = self.client.for_run(sink.cancellation());
        run::Run::new(&client, cache, &self.zone, now, memory, sink).collect().await
    }

    /// Reads day by day what the first-parent chains of today's default branches say, from bare clones.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        if self.client.config().teams_only {
            return Summary::default();
        }
        self.contents.learn(memory);
        let client = self.client.for_run(sink.cancellation());
        let (zone, kept, out, cache) = (self.zone.clone(), memory.clone(), sink.clone(), Arc::clone(&self.cache));
        let runtime = tokio::runtime::Handle::current();
        let (asker, stretch) = (client.clone(), range.clone());
        let work = move || past::backfill(&asker, &runtime, cache.open(), &zone, &stretch, &kept, &out);
        let mut summary = on_blocking_thread(work).await;
        let context = delivery::Context { client: &client, memory, sink, now: client.now() };
        if let Err(failure) = delivery::backfill(&context, &range).await
            && !matches!(failure, client::Failure::Stopped)
        {
            summary.failure.get_or_insert(failure.to_string());
        }
        summary.requests += client.asked();
        summary
    }

    /// What GitHub deploys is of the repository, or of a component that the deployment names.
    fn linking(&self) -> Option<Linking> {
        Some(Linking::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_a_host_follow_from_its_name() {
        let told = |host: &str| Config::for_host(host).map(|config| format!("{} {} {}", config.api, config.graphql, config.web));
        assert_eq!(told("GitHub.com").unwrap(), "https://api.github.com/ https://api.github.com/graphql https://github.com/");
        assert_eq!(told("acme.ghe.com").unwrap(), "https://api.acme.ghe.com/ https://api.acme.ghe.com/graphql https://acme.ghe.com/");
        assert_eq!(
            told("git.acme.example").unwrap(),
            "https://git.acme.example/api/v3 https://git.acme.example/api/graphql https://git.acme.example/"
        );
        for wrong in ["", "a/b", "user@host", "https://github.com"] {
            assert!(told(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let mut config = Config::for_host("github.com").unwrap();
        config.credentials = Credentials::App { id: 1, key: Secret::new("very secret"), installation: None };
        assert!(!format!("{config:?}").contains("very secret"));
    }
}
