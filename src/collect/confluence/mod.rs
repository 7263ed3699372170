//! Confluence Cloud and Data Center: which pages there are, about what, and how fresh they are.
//!
//! - Source: of Cloud the REST API, version 2, and of version 1 the search; of Data Center the search of content.
//! - Facets: documentation (`pages`).
//! - Identity: a page by `SPACE/NUMBER`. Pages claim no ref; they are linked by labels that name a service or a repository,
//!   by annotation, by a title that is a service's name, or by what is configured for their space.
//! - Permissions: to view the spaces and pages, as the one whose token it is.
//! - Cannot see: what stands on a page, which is never asked for; drafts; pages that may not be viewed, and that there are any.
//!
//! # Invariants
//! - The scope of a page is its space; of pages that are found by label alone it is [`LABELLED`].
//! - All pages are listed once a week, from Sunday on. In between the list is read, newest edit first, down to what is known; then the source's
//!   own count decides whether everything else is confirmed, or the rest is listed after all.
//! - A page that is not listed any more is asked for by its number: what is in the bin or in the archive, or not found, ends.

use std::collections::BTreeMap;

use async_trait::async_trait;
use url::Url;

use crate::collect::http::{Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::Instant;

mod check;
mod client;
mod convert;
mod present;
mod wire;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor =
    Descriptor { name: "confluence", title: "Confluence Cloud and Data Center", kinds: &[], backfills: false };

/// The annotation by which an entity names one page, by its number.
pub const PAGE_ANNOTATION: &str = "confluence.atlassian.com/page-id";

/// The annotation by which an entity names a space that is all about it, by its key.
pub const SPACE_ANNOTATION: &str = "confluence.atlassian.com/space-key";

/// The scope of pages that are found by label, outside the spaces that are read.
pub const LABELLED: &str = "labels";

/// Which product it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Cloud.
    Cloud,
    /// Server or Data Center.
    DataCenter,
}

/// Where Confluence is, who asks, and what is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The site's address, of Cloud without `/wiki`; of Data Center with the context path if there is one.
    pub url: Url,
    /// The product.
    pub edition: Edition,
    /// Of Cloud: the address of the account whose token it is.
    pub email: Option<String>,
    /// An API token, or of Data Center a personal access token; without one only what everybody may see is read.
    pub token: Option<Secret>,
    /// Keys of spaces whose pages are read.
    pub spaces: Vec<String>,
    /// Labels whose pages are read, in whichever space they are.
    pub labels: Vec<String>,
    /// What a label begins with that names a service: `service-billing`.
    pub service_labels: Vec<String>,
    /// What a label begins with that names a repository: `repo-acme-billing`.
    pub repository_labels: Vec<String>,
    /// Whose the pages of a space are that belong to no service, as a ref by the space's key.
    pub owners: BTreeMap<String, String>,
}

impl Config {
    /// Nothing of a Cloud site yet: name spaces or labels.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url,
            edition: Edition::Cloud,
            email: None,
            token: None,
            spaces: Vec::new(),
            labels: Vec::new(),
            service_labels: vec!["service-".to_owned()],
            repository_labels: vec!["repo-".to_owned()],
            owners: BTreeMap::new(),
        }
    }

    /// The path before everything that is asked for.
    fn context(&self) -> String {
        let path = self.url.path().trim_end_matches('/');
        match self.edition {
            Edition::Cloud if !path.ends_with("/wiki") => format!("{path}/wiki"),
            _ => path.to_owned(),
        }
    }

    /// An address below the context path, by a path that an answer gives for people.
    fn page(&self, path: &str) -> String {
        let mut url = self.url.clone();
        // A password in the address is nobody's to read.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(&format!("{}/{}", self.context(), path.trim_start_matches('/')));
        url.set_query(query);
        url.to_string()
    }
}

/// The collector of Confluence.
#[derive(Debug)]
pub struct ConfluenceCollector {
    source: String,
    config: Config,
    http: Http,
}

impl ConfluenceCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        Self { source: source.into(), config, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for ConfluenceCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: vec![PAGE_ANNOTATION, SPACE_ANNOTATION], rule: None, shared: true })
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.http, &self.config).await
    }

    async fn collect(&self, now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        present::collect(&self.http, &self.config, now, memory, sink).await
    }
}
