//! Issues of GitHub as bugs, with all that happened to them.
//!
//! - Source: GraphQL API v4 of github.com, Enterprise Cloud and Enterprise Server, by the client of the `github` collector.
//! - Events: bugs, which is every issue that ever had a label or type of the configuration. It is one from its creation on: that
//!   somebody found out later is no change of the world. When it is called one no more, it left.
//! - Identity: an issue by GitHub's number of it. What it happened to is its repository, `acme/billing`, or a component of it
//!   that a label names, `acme/billing/web`. Neither claims a ref: the repository's only service is meant, or the one that is called
//!   like the component; a label such as `service: ledger` names any. The annotation `github.com/project-slug` counts before.
//! - Permissions: issues and metadata, read-only; classic token `repo`.
//! - Cannot see: texts and comments, which are never asked for; when an issue was deleted, which is dated when it is noticed;
//!   that an issue of another repository is the same as one before, if GitHub does not tell where it came from.
//!
//! # Invariants
//! - A bug is resolved when it is closed, but for the reasons of the configuration (not planned, duplicate): then it turned
//!   out to be none, and left. The last reason counts for the last closing, and each closing has its own.
//! - An event is told with its whole history, so it does not matter how often and in which order issues are read.
//! - A label that was renamed is taken by its name of now, for it is the same label.
//! - What was put on or taken off within two minutes after the creation belongs to it: forms and robots do so.
//! - A list that is not read to its end moves nothing on: the next run asks for the same again.
//!
//! # How few requests
//! One search finds what changed anywhere in an organisation since the last run, forty issues a page for one point, with
//! labels and the first hundred events of each. A day on which nothing changed is one request. Once a week the bugs that are
//! open are asked for by their ids, forty at once: a search does not tell of what was deleted. The past is found by when it
//! was created, four weeks at a time.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;

use crate::collect::github::{self, client::Client, search::Place};
use crate::collect::http::Outside;
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::trouble::Priority;
use crate::model::{EventKind, Instant};

mod check;
mod gone;
mod life;
mod past;
mod present;
pub mod queries;
mod read;
mod wire;
mod words;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor { name: "github_issues", title: "GitHub Issues: bugs", kinds: &[], backfills: true };

/// The annotation by which an entity names its repository.
pub const ANNOTATION: &str = "github.com/project-slug";

/// Where issues are, and what of them is a bug.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which GitHub, as whom it is asked, and whose issues are read.
    pub github: github::Config,
    /// What is a bug.
    pub bugs: Bugs,
}

/// What of all issues is a bug, and what labels mean. Labels are compared by their words alone: `type: bug`, `Type/Bug` and
/// `type-bug` are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bugs {
    /// Labels, any of which says that it is a bug.
    pub labels: Vec<String>,
    /// Types of issues that are bugs.
    pub types: Vec<String>,
    /// Labels, any of which says that it is seen in production; every bug is, if there are none.
    pub production_labels: Vec<String>,
    /// What labels say of the priority, before what is usual.
    pub priorities: BTreeMap<String, Priority>,
    /// Reasons of a closing by which a bug turns out to be none.
    pub ignored_reasons: Vec<String>,
    /// What labels begin with that name a service, of this or another repository: `service:`.
    pub service_labels: Vec<String>,
    /// What labels begin with that name a component: `component:`.
    pub component_labels: Vec<String>,
}

impl Default for Bugs {
    /// What is usual.
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            labels: list(&["bug", "type: bug", "kind: bug"]),
            types: list(&["Bug"]),
            production_labels: Vec::new(),
            priorities: BTreeMap::new(),
            ignored_reasons: list(&["not_planned", "duplicate"]),
            service_labels: list(&["service:"]),
            component_labels: list(&["component:", "area:", "feature:"]),
        }
    }
}

impl Config {
    /// What is searched, one after the other.
    fn places(&self) -> Vec<Place> {
        Place::all(&self.github.organisations, self.github.repositories.iter().map(String::as_str))
    }
}

/// The collector of GitHub's issues.
#[derive(Clone)]
pub struct GitHubIssuesCollector {
    source: String,
    config: Arc<Config>,
    client: Client,
}

impl std::fmt::Debug for GitHubIssuesCollector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHubIssuesCollector").field("source", &self.source).finish_non_exhaustive()
    }
}

impl GitHubIssuesCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        let client = Client::new(Arc::new(config.github.clone()), outside);
        Self { source: source.into(), config: Arc::new(config), client }
    }
}

#[async_trait]
impl Collector for GitHubIssuesCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn tells(&self) -> &'static [EventKind] {
        &[EventKind::Bug]
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: vec![ANNOTATION], rule: None, shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.client, &self.config).await
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        present::collect(&self.client.for_run(sink.cancellation()), &self.config, now, memory, sink).await
    }

    /// Reads the issues that were created in the range, newest first, four weeks at a time.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        past::backfill(&self.client.for_run(sink.cancellation()), &self.config, &range, memory, sink).await
    }
}
