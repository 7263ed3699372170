//! SonarQube Server, SonarQube Community Build and SonarQube Cloud: what they measured on main branches.
//!
//! - Source: the Web API, version 1, of servers since 9.9 and of Cloud; of version 2 only the mode.
//! - Facets: quality.
//! - Identity: a project by its key. Projects claim no ref; they are linked by annotation, rule or name.
//! - Permissions: Browse on the projects, with a token of a user; a token of a project is too narrow. Administer (System,
//!   or the organisation) shows which projects exist that may not be browsed.
//! - Cannot see: other branches and pull requests, issues one by one, and analyses that housekeeping has deleted.
//!
//! # Invariants
//! - The scope of every resource is the organisation, or the server's host and context path. Beside its extent, each
//!   project that was read has one of its own, named by its key: the past is filled in project by project.
//! - A project that was never analysed is stated without measures. One that was left out of an answer is not stated.

use std::ops::Range;

use async_trait::async_trait;
use url::Url;

use crate::collect::http::{Http, Outside, Secret};
use crate::collect::{Collector, Descriptor, Finding, Linking, Memory, Sink, Summary};
use crate::model::{Instant, Zone};

mod check;
mod client;
mod convert;
mod past;
mod present;
mod wire;

pub use convert::ORIGIN;

/// See [`crate::collect::Descriptor`].
pub const DESCRIPTOR: Descriptor =
    Descriptor { name: "sonarqube", title: "SonarQube Server, Community Build and Cloud", kinds: &[], backfills: true };

/// The annotation by which an entity names its project.
pub const ANNOTATION: &str = "sonarqube.org/project-key";

/// How the token is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenStyle {
    /// As bearer token; to servers before 10.0, and where that is refused, as the user name of Basic authentication.
    #[default]
    Auto,
    /// As bearer token.
    Bearer,
    /// As the user name of Basic authentication, without a password.
    Basic,
}

/// Where SonarQube is, and who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address, with the context path if there is one.
    pub url: Url,
    /// The organisation's key, on Cloud; none on a server.
    pub organisation: Option<String>,
    /// A token of a user; without one only what everybody may see is read.
    pub token: Option<Secret>,
    /// How the token is sent.
    pub token_style: TokenStyle,
    /// See [`Linking::rule`].
    pub link: Option<String>,
}

impl Config {
    /// A server that shows everything to everybody.
    #[must_use]
    pub const fn new(url: Url) -> Self {
        Self { url, organisation: None, token: None, token_style: TokenStyle::Auto, link: None }
    }

    /// The scope of what is read.
    #[must_use]
    pub fn scope(&self) -> String {
        let server = || format!("{}{}", self.url.host_str().unwrap_or("localhost"), self.url.path().trim_end_matches('/'));
        self.organisation.clone().unwrap_or_else(server)
    }

    /// Where a person looks at a project.
    fn dashboard(&self, project: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/dashboard", self.url.path().trim_end_matches('/')));
        url.set_fragment(None);
        url.set_query(None);
        // A password in the address is nobody's to read.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.query_pairs_mut().append_pair("id", project);
        url.to_string()
    }
}

/// The collector of SonarQube.
#[derive(Debug)]
pub struct SonarQubeCollector {
    source: String,
    config: Config,
    zone: Zone,
    http: Http,
}

impl SonarQubeCollector {
    /// A collector called `source` in the configuration; `zone` says where the days of the past end.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, zone: Zone, outside: Outside) -> Self {
        Self { source: source.into(), config, zone, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for SonarQubeCollector {
    fn source(&self) -> &str {
        &self.source
    }

    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn linking(&self) -> Option<Linking> {
        Some(Linking { annotations: vec![ANNOTATION], rule: self.config.link.clone(), shared: false })
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(&self.http, &self.config).await
    }

    async fn collect(&self, _now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        present::collect(&self.http, &self.config, memory, sink).await
    }

    /// Reads what each project's analyses found, at most one state a day: the last.
    async fn backfill(&self, range: Range<Instant>, memory: &Memory, sink: &Sink) -> Summary {
        past::backfill(&self.http, &self.config, &self.zone, &range, memory, sink).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_the_organisation_or_the_host_with_its_context() {
        let mut config = Config::new("https://sonar.harbour.example:9000/quality/".parse().unwrap());
        assert_eq!(config.scope(), "sonar.harbour.example/quality");
        assert_eq!(
            config.dashboard("harbour:billing&web"),
            "https://sonar.harbour.example:9000/quality/dashboard?id=harbour%3Abilling%26web"
        );
        config.organisation = Some("harbour".to_owned());
        assert_eq!(config.scope(), "harbour");
    }
}
