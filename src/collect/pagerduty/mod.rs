//! PagerDuty: incidents with all that became of them, and the services that they are of.
//!
//! - Source: version 2 of the REST API, of the United States or of Europe.
//! - Events: incidents; severity by the name of the priority, without one by the urgency.
//! - Identity: an incident and a service by their ids. A service claims no ref; it is linked by annotation
//!   (`pagerduty.com/service-id`, `pagerduty.com/integration-key`), then by rule, then by name.
//! - Permissions: a read-only API key of the account, or a key or token that may read incidents and services.
//! - Cannot see: which deployment was the cause, what was written in a postmortem, and urgencies that were other before.
//!
//! # Invariants
//! - What changed is found by log entries, told with their incidents, since the last run and a quarter of an hour before.
//! - A history is told whole: an incident that is older than what is read of the log has its own log read.
//! - Nothing is asked for beyond the 10,000th record of a list: stretches of time are cut before.

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use url::Url;

use crate::collect::http::{Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::trouble::Severity;
use crate::model::{EventKind, Instant, Zone};

mod check;
mod client;
mod convert;
mod past;
mod present;
mod tell;
mod wire;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor { name: "pagerduty", title: "PagerDuty", kinds: &[], backfills: true };

/// The annotations by which an entity names its service: by id, and by the key of an integration.
pub const ANNOTATIONS: [&str; 2] = ["pagerduty.com/service-id", "pagerduty.com/integration-key"];

/// Where PagerDuty is, who asks, and what its words mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address of the API.
    pub url: Url,
    /// Who asks.
    pub credentials: Credentials,
    /// Which severity a priority stands for, by its name; words that are not here have the usual meaning. `high urgency`
    /// and `low urgency` stand for incidents without a priority.
    pub severities: BTreeMap<String, Severity>,
    /// Where the features are found that an incident affects.
    pub features: Features,
    /// The zone of the account: that of times that come without an offset.
    pub zone: Zone,
    /// A template that makes a service's name of a repository's: `{repo}-prod`.
    pub link: Option<String>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// An API key, of the account or of a user.
    Key(Secret),
    /// A token of an app.
    Token(Secret),
}

/// Where the features are found that an incident affects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Features {
    /// Nowhere.
    #[default]
    Unknown,
    /// The name of its service is one.
    Service,
    /// In a custom field of this name; a call for each incident that changed.
    Field(String),
}

impl Config {
    /// The API of the United States.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        let url = Url::parse("https://api.pagerduty.com").unwrap_or_else(|_| unreachable!("it is an address"));
        Self { url, credentials, severities: BTreeMap::new(), features: Features::Unknown, zone: Zone::utc(), link: None }
    }

    /// The scope of what is read: the account's API.
    #[must_use]
    pub fn scope(&self) -> String {
        self.url.host_str().unwrap_or("localhost").to_owned()
    }
}

/// The collector of PagerDuty.
#[derive(Debug)]
pub struct PagerDutyCollector {
    source: String,
    config: Config,
    http: Http,
}

impl PagerDutyCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        Self { source: source.into(), config, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for PagerDutyCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn tells(&self) -> &'static [EventKind] {
        &[EventKind::Incident]
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: ANNOTATIONS.to_vec(), rule: self.config.link.clone(), shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.http, &self.config).await
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        present::collect(&self.http, &self.config, now, memory, sink).await
    }

    /// Reads the log backwards, a quarter of a year at a time.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        past::backfill(&self.http, &self.config, range, memory, sink).await
    }
}
