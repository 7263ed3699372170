//! Argo CD: what it synchronised, and what it tried to.
//!
//! - Source: the API of Argo CD, versions 2 and 3: `GET /api/v1/applications`, one call for all of them.
//! - Events: deployments, of the history of each application and of its last operation.
//! - Identity: an application by its name, after its namespace where that is not Argo CD's own. Applications claim no
//!   ref; they are linked by annotation, repository and name.
//! - Permissions: `applications, get` on the projects, with the token of an account or of a project's role.
//! - Cannot see: more than the last syncs of an application (ten, unless its `revisionHistoryLimit` says otherwise), and
//!   of those that failed all but the last.
//!
//! # Invariants
//! - A sync is known by its application and when it began, while it runs and ever after.
//! - What was told of a sync is told again only if it differs; syncs that were forgotten between two runs are a problem
//!   that says how many.

use async_trait::async_trait;
use url::Url;

use crate::collect::http::{Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::Instant;

mod check;
mod client;
mod convert;
mod images;
mod present;
mod wire;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor { name: "argocd", title: "Argo CD", kinds: &[], backfills: false };

/// The annotation by which an entity names its application.
pub const ANNOTATION: &str = "argocd/app-name";

/// As whom Argo CD is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// As nobody: a server that lets everybody read.
    #[default]
    Anonymous,
    /// With the token of an account or of a project's role.
    Token(Secret),
    /// As a local user, for whom a session is opened in each run.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
}

/// Where Argo CD is, who asks, and what names mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address, with the root path if there is one.
    pub url: Url,
    /// As whom to ask.
    pub credentials: Credentials,
    /// Projects that are read; all if empty.
    pub projects: Vec<String>,
    /// Labels that applications must have, as Kubernetes writes selectors.
    pub selector: Option<String>,
    /// Labels that hold the name of the service, strongest first.
    pub service_labels: Vec<String>,
    /// Labels that hold the environment, strongest first; without one the name of the application tells.
    pub environment_labels: Vec<String>,
    /// Labels that hold the region, strongest first.
    pub region_labels: Vec<String>,
}

impl Config {
    /// A server that shows everything to everybody.
    #[must_use]
    pub fn new(url: Url) -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            url,
            credentials: Credentials::Anonymous,
            projects: Vec::new(),
            selector: None,
            service_labels: list(&["app.kubernetes.io/name", "app"]),
            environment_labels: list(&["environment", "env"]),
            region_labels: list(&["region", "topology.kubernetes.io/region"]),
        }
    }

    /// The scope of what is read: the server.
    #[must_use]
    pub fn scope(&self) -> String {
        format!("{}{}", self.url.host_str().unwrap_or("localhost"), self.url.path().trim_end_matches('/'))
    }

    /// An address below the root path.
    fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        url.set_query(None);
        url.set_fragment(None);
        url
    }
}

/// The collector of Argo CD.
#[derive(Debug)]
pub struct ArgoCdCollector {
    source: String,
    config: Config,
    http: Http,
}

impl ArgoCdCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        Self { source: source.into(), config, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for ArgoCdCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: vec![ANNOTATION], rule: None, shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.http, &self.config).await
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        present::collect(&self.http, &self.config, now, memory, sink).await
    }
}
