//! Atlassian Statuspage: incidents as a company tells its customers of them, and the components that they affect.
//!
//! - Source: version 1 of the management API with a key, or what a status page tells everybody (version 2, without a key).
//! - Events: incidents; severity by the impact. Scheduled maintenance is none, and left out.
//! - Identity: an incident and a component by their ids. A component claims no ref; it is linked by the annotation
//!   `statuspage.io/component-id`, then by rule, then by name. An incident without components happened to the page, `page/ID`,
//!   which an entity claims by `statuspage.io/page-id`.
//! - Permissions: an API key of the organisation that the page is of; none for a page that everybody may see.
//! - Cannot see: impacts that were other before, changes of incidents that are long over, and who does what. Without a key nothing
//!   but the newest fifty incidents. What was written to customers is never kept.
//!
//! # Invariants
//! - What is read is told, whether it changed or not, and each time whole: a life is made from the incident alone.
//! - What is open is looked at in every run, however old it is: listed among what is unresolved, else asked for by id.
//! - Without a key the past reaches as far as the list does: before the oldest of a full list nothing is known, nor said.

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use url::Url;

use crate::collect::http::{Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::trouble::Severity;
use crate::model::{EventKind, Instant};

mod check;
mod client;
mod convert;
mod past;
mod present;
mod tell;
mod wire;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor { name: "statuspage", title: "Statuspage", kinds: &[], backfills: true };

/// The annotations by which an entity names its component, or the page.
pub const ANNOTATIONS: [&str; 2] = ["statuspage.io/component-id", "page/{statuspage.io/page-id}"];

/// Which page is read, and what its words mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Which page, and how.
    pub page: Page,
    /// Which severity an impact stands for; words that are not here have the usual meaning.
    pub severities: BTreeMap<String, Severity>,
    /// A template that makes a component's id of a repository's name.
    pub link: Option<String>,
}

/// Which page is read, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// All of it, by the management API.
    Managed {
        /// The address of the API.
        api: Url,
        /// The page's id.
        id: String,
        /// An API key.
        key: Secret,
    },
    /// What everybody may see, by the page's own address.
    Public(Url),
}

impl Page {
    /// A page by its id, at Atlassian's.
    #[must_use]
    pub fn managed(id: impl Into<String>, key: Secret) -> Self {
        let api = Url::parse("https://api.statuspage.io").unwrap_or_else(|_| unreachable!("it is an address"));
        Self::Managed { api, id: id.into(), key }
    }
}

impl Config {
    /// With the usual meaning of words.
    #[must_use]
    pub const fn new(page: Page) -> Self {
        Self { page, severities: BTreeMap::new(), link: None }
    }

    /// The scope of what is read: the page's id, or its host.
    #[must_use]
    pub fn scope(&self) -> String {
        match &self.page {
            Page::Managed { id, .. } => id.clone(),
            Page::Public(url) => url.host_str().unwrap_or("localhost").to_owned(),
        }
    }
}

/// The collector of Statuspage.
#[derive(Debug)]
pub struct StatuspageCollector {
    source: String,
    config: Config,
    http: Http,
}

impl StatuspageCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        Self { source: source.into(), config, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for StatuspageCollector {
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

    /// Reads the list from the newest incident to the oldest, a page at a time.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        past::backfill(&self.http, &self.config, range, memory, sink).await
    }
}
