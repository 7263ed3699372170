//! Jenkins: builds that bring a version somewhere, and other builds where they are wanted.
//!
//! - Source: the remote API of Jenkins 2 in JSON, always with `tree`.
//! - Events: deployments, of jobs whose names fit a pattern; pipeline runs, of others that fit one.
//! - Identity: a job by its full name, of which a part or a parameter names the service; a repository as `owner/name`.
//!   Neither claims a ref; they are linked by repository and name.
//! - Permissions: Overall/Read, Job/Read, of a user with an API token.
//! - Cannot see: builds that were discarded, and what a build did: that it deploys is a convention of its name.
//!
//! # Invariants
//! - One call lists the jobs of a folder; a job whose last build is known costs none of its own.
//! - A build is known by its job, number and time: numbers begin anew when a job is made again.
//! - A build that is not over is asked for again until it is.

use std::ops::Range;

use async_trait::async_trait;
use url::Url;

use crate::collect::http::{Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::Instant;

mod check;
mod client;
mod convert;
mod past;
mod pattern;
mod present;
mod wire;

pub use pattern::{Pattern, WrongPattern};

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor { name: "jenkins", title: "Jenkins", kinds: &[], backfills: true };

/// The annotation by which an entity names its job.
pub const ANNOTATION: &str = "jenkins.io/job-full-name";

/// Where Jenkins is, who asks, and what names mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address, with the context path if there is one.
    pub url: Url,
    /// A user and its API token; without one only what everybody may see is read.
    pub user: Option<(String, Secret)>,
    /// Folders that are read, by full name; all if empty.
    pub folders: Vec<String>,
    /// Jobs whose builds are deployments.
    pub deployments: Vec<Pattern>,
    /// Jobs whose builds are pipeline runs.
    pub builds: Vec<Pattern>,
    /// Parameters that hold what a name does not say.
    pub parameters: Parameters,
}

/// Names of parameters, strongest first, by what they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The service.
    pub service: Vec<String>,
    /// The environment, with or without its region.
    pub environment: Vec<String>,
    /// The region.
    pub region: Vec<String>,
    /// The version.
    pub version: Vec<String>,
    /// The commit.
    pub commit: Vec<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            service: list(&["SERVICE", "APPLICATION", "APP"]),
            environment: list(&["ENVIRONMENT", "ENV", "TARGET_ENVIRONMENT", "STAGE"]),
            region: list(&["REGION"]),
            version: list(&["VERSION", "TAG", "IMAGE_TAG"]),
            commit: list(&["COMMIT", "GIT_COMMIT", "SHA"]),
        }
    }
}

impl Config {
    /// A server that shows everything to everybody; jobs called as most are that deploy.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self { url, user: None, folders: Vec::new(), deployments: Pattern::usual(), builds: Vec::new(), parameters: Parameters::default() }
    }

    /// The scope of what is read: the server.
    #[must_use]
    pub fn scope(&self) -> String {
        format!("{}{}", self.url.host_str().unwrap_or("localhost"), self.url.path().trim_end_matches('/'))
    }
}

/// The collector of Jenkins.
#[derive(Debug)]
pub struct JenkinsCollector {
    source: String,
    config: Config,
    http: Http,
}

impl JenkinsCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        Self { source: source.into(), config, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for JenkinsCollector {
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

    /// Reads the builds of each job that are older than what its first reading saw.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        past::backfill(&self.http, &self.config, &range, memory, sink).await
    }
}
