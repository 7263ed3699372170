//! Zendesk: support cases, with the states that they went through.
//!
//! - Source: Zendesk's Support API, version 2: the incremental export of tickets, by cursors.
//! - Events: support cases. New, open and on hold are open, pending is waiting. What was merged into another ticket is the
//!   same case as that one, and leaves as what was deleted does.
//! - Identity: a ticket by its number. What it is about is `service/NAME` where a tag or field names the service, else
//!   `feature/NAME` where one names the part of the product, else the account. None claims a ref; they are linked by the
//!   annotations `zendesk.com/service` and `zendesk.com/feature`, and by name.
//! - Permissions: an administrator's token, as Zendesk lets nobody else export.
//! - Cannot see: priorities that were other before; descriptions, comments and people, which are never looked at.
//!
//! # Invariants
//! - The export is in order of change, so it goes on from the newest change that was read, and some minutes before: it does
//!   not matter where a reading broke off, nor how often a ticket is told.
//! - A history is made from the ticket alone, so days add up to what a backfill tells.
//! - A cursor leads only from page to page of one reading: none is kept, and none can be too old.

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use url::Url;

use crate::collect::http::{Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::trouble::Priority;
use crate::model::{EventKind, Instant};

mod check;
mod client;
mod convert;
mod fields;
mod life;
mod past;
mod present;
mod tell;
mod wire;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor = Descriptor { name: "zendesk", title: "Zendesk", kinds: &[], backfills: true };

/// By what entities name the service or the part of the product that tickets are about.
pub const ANNOTATIONS: [&str; 2] = ["service/{zendesk.com/service}", "feature/{zendesk.com/feature}"];

/// Where Zendesk is, who asks, and what its words mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The account's address.
    pub url: Url,
    /// Who asks.
    pub credentials: Credentials,
    /// What priorities mean, before what is usual.
    pub priorities: BTreeMap<String, Priority>,
    /// What names the parts of the product that a ticket is about.
    pub features: Naming,
    /// What names the service that a ticket is about.
    pub services: Naming,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// An API token, and the address of an account that may use it.
    Token {
        /// The address.
        email: String,
        /// The token.
        token: Secret,
    },
    /// A token of an OAuth client.
    OAuth(Secret),
}

/// What of a ticket names something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    /// A custom field, by its number or title.
    pub field: Option<String>,
    /// What tags begin with that do.
    pub tags: Vec<String>,
}

impl Config {
    /// With the usual tags.
    #[must_use]
    pub fn new(url: Url, credentials: Credentials) -> Self {
        let tags = |prefix: &str| Naming { field: None, tags: vec![prefix.to_owned()] };
        Self { url, credentials, priorities: BTreeMap::new(), features: tags("feature-"), services: tags("service-") }
    }

    /// The scope of what is read: the account.
    #[must_use]
    pub fn scope(&self) -> String {
        self.url.host_str().unwrap_or("localhost").to_owned()
    }

    /// Whether a custom field is read.
    const fn has_fields(&self) -> bool {
        self.features.field.is_some() || self.services.field.is_some()
    }
}

/// The collector of Zendesk.
#[derive(Debug)]
pub struct ZendeskCollector {
    source: String,
    config: Config,
    http: Http,
}

impl ZendeskCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        Self { source: source.into(), config, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for ZendeskCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn tells(&self) -> &'static [EventKind] {
        &[EventKind::SupportCase]
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: ANNOTATIONS.to_vec(), rule: None, shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.http, &self.config).await
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        present::collect(&self.http, &self.config, now, memory, sink).await
    }

    /// Reads the export a quarter of a year at a time, by when tickets last changed.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        past::backfill(&self.http, &self.config, range, memory, sink).await
    }
}
