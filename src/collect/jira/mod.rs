//! Jira Cloud and Data Center, Jira Service Management among them: bugs, incidents and support cases, with all that happened to them.
//!
//! - Source: of Cloud the REST API, version 3, by tokens from page to page; of Data Center version 2, by offsets. Which of them it
//!   is, the server tells.
//! - Events: bugs, which is what the configured query finds, by default everything of the type Bug; incidents and support cases
//!   where a query says which issues are some. An issue that several queries find is a bug before an incident, and that before a
//!   support case.
//! - Identity: an issue by its number, which it keeps when it is moved to another project. What it happened to is
//!   `project/KEY/component/NAME`, or `project/KEY`, or `service/NAME` where a label or field names the service. None claims a
//!   ref; they are linked by the annotations `jira/project-key` and `jira/component`, and by name.
//! - Permissions: Browse projects, as the one whose token it is.
//! - Cannot see: what may not be browsed, and that there is any; descriptions and comments, which are never asked for; when
//!   something was deleted, which is dated when it is noticed; alerts of JSM Operations, which are no issues. What Jira Service
//!   Management says of its own SLAs is not read.
//!
//! # Invariants
//! - An issue is open or resolved by its resolution; only where none was ever set, by the category of its status.
//! - An event is told with its whole history, so it does not matter how often and in which order issues are read.
//! - A list that is not read to its end moves nothing on: the next run asks for the same again.

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use url::Url;

use crate::collect::http::{Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::trouble::{Priority, Severity};
use crate::model::{EventKind, Instant};

mod check;
mod client;
mod gone;
mod history;
mod incident;
mod past;
mod present;
mod priority;
mod shape;
mod sort;
mod support_case;
mod time;
mod wire;

#[cfg(test)]
mod tests;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor { name: "jira", title: "Jira Cloud and Data Center", kinds: &[], backfills: true };

/// By what entities name a component, or a project if they name no component.
pub const ANNOTATIONS: [&str; 2] = ["project/{jira/project-key}/component/{jira/component}", "project/{jira/project-key}{!jira/component}"];

/// Where Jira is, who asks, what counts as a bug, an incident or a support case, and what its words mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The site's address; of Data Center with the context path if there is one.
    pub url: Url,
    /// Of Cloud: the address of the account whose token it is.
    pub email: Option<String>,
    /// An API token, or of Data Center a personal access token; without one only what everybody may see is read.
    pub token: Option<Secret>,
    /// Keys of projects whose bugs are read; all if empty. What else is read they do not narrow.
    pub projects: Vec<String>,
    /// Names of issue types that are bugs.
    pub types: Vec<String>,
    /// What is a bug, as a query without an order, instead of `types`.
    pub jql: Option<String>,
    /// What is seen in production.
    pub production: Production,
    /// What priorities mean, by name or number, before what is usual.
    pub priorities: BTreeMap<String, Priority>,
    /// Resolutions, by name or number, by which a bug or incident turns out to be none: it leaves, and is not resolved.
    pub ignored_resolutions: Vec<String>,
    /// Statuses, by name or number, that are done whatever their category says.
    pub done_statuses: Vec<String>,
    /// Statuses that are not done whatever their category says.
    pub open_statuses: Vec<String>,
    /// The custom field that names the service: customfield_10050.
    pub service_field: Option<String>,
    /// What labels begin with that name a service: `service-billing`.
    pub service_labels: Vec<String>,
    /// What is an incident, as a query without an order; none are read without it.
    pub incidents: Option<String>,
    /// What is a support case, as a query without an order; none are read without it.
    pub support_cases: Option<String>,
    /// Which severity a priority of an incident stands for, by name or number, before what the priority means.
    pub severities: BTreeMap<String, Severity>,
    /// The custom field that names the parts of the product that an incident or support case is about.
    pub feature_field: Option<String>,
    /// What labels begin with that name such a part: `feature-booking`.
    pub feature_labels: Vec<String>,
    /// Components are such parts, too.
    pub components_are_features: bool,
    /// Statuses, by name or number, in which a support case waits for the customer.
    pub waiting_statuses: Vec<String>,
}

/// Which bugs are seen in production: those that fit any of these; all, if nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Production {
    /// Labels, any of which says so.
    pub labels: Vec<String>,
    /// A custom field, and values of it that say so.
    pub field: Option<(String, Vec<String>)>,
    /// A query that finds them. It tells how they are now, and nothing of how they were.
    pub jql: Option<String>,
}

impl Production {
    /// Whether nothing is said.
    fn is_all(&self) -> bool {
        self.labels.is_empty() && self.field.is_none() && self.jql.is_none()
    }
}

impl Config {
    /// Everything of the type Bug that may be seen.
    #[must_use]
    pub fn new(url: Url) -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            url,
            email: None,
            token: None,
            projects: Vec::new(),
            types: list(&["Bug"]),
            jql: None,
            production: Production::default(),
            priorities: BTreeMap::new(),
            ignored_resolutions: list(&["Duplicate", "Won't Do", "Won't Fix", "Cannot Reproduce"]),
            done_statuses: Vec::new(),
            open_statuses: Vec::new(),
            service_field: None,
            service_labels: list(&["service-"]),
            incidents: None,
            support_cases: None,
            severities: BTreeMap::new(),
            feature_field: None,
            feature_labels: list(&["feature-"]),
            components_are_features: false,
            waiting_statuses: list(&["Waiting for customer"]),
        }
    }

    /// The scope of what is read: the site.
    #[must_use]
    pub fn scope(&self) -> String {
        format!("{}{}", self.url.host_str().unwrap_or("localhost"), self.url.path().trim_end_matches('/'))
    }

    /// Custom fields that are read, each once.
    fn fields(&self) -> impl Iterator<Item = &str> {
        let of_production = self.production.field.as_ref().map(|(field, _)| field);
        let mut fields: Vec<&str> = Vec::new();
        for field in [self.service_field.as_ref(), of_production, self.feature_field.as_ref()].into_iter().flatten() {
            if !fields.contains(&field.as_str()) {
                fields.push(field);
            }
        }
        fields.into_iter()
    }
}

/// The collector of Jira.
#[derive(Debug)]
pub struct JiraCollector {
    source: String,
    config: Config,
    http: Http,
}

impl JiraCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        Self { source: source.into(), config, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for JiraCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn tells(&self) -> &'static [EventKind] {
        match (self.config.incidents.is_some(), self.config.support_cases.is_some()) {
            (false, false) => &[EventKind::Bug],
            (true, false) => &[EventKind::Bug, EventKind::Incident],
            (false, true) => &[EventKind::Bug, EventKind::SupportCase],
            (true, true) => &[EventKind::Bug, EventKind::Incident, EventKind::SupportCase],
        }
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: ANNOTATIONS.into(), rule: None, shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.http, &self.config).await
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        present::collect(&self.http, &self.config, now, memory, sink).await
    }

    /// Reads what was created in the range, newest first, four weeks at a time.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        past::backfill(&self.http, &self.config, &range, memory, sink).await
    }
}
