//! Consul: which services run where, how they are, which keys configure them, and who may call whom.
//!
//! - Source: the HTTP API, version 1, of agents and servers since 1.7; of Enterprise one partition and any namespaces.
//! - Facets: configuration; relations (`calls`, from intentions and from upstreams of proxies).
//! - Identity: a service by `DATACENTER/NAME`, with partition and namespace between them where they are configured.
//!   Services claim no ref; they are linked by what their meta says, by annotation, or by name, and one entity may be
//!   several services, as one service is in several datacenters.
//! - Permissions: read on all services and nodes, on keys below the configured prefixes, and on intentions.
//! - Cannot see: the past; values of keys, which are never asked for; calls that nobody declared.
//!
//! # Invariants
//! - The scope of a resource is its datacenter: one that cannot be reached is the only one that is not read.
//! - What was perhaps cut by rights, or told by servers without a leader, is never read in full, so nothing ends by it.
//! - Consul itself and proxies beside services are no services; what a proxy leads to is told of the service behind it.

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
pub const DESCRIPTOR: Descriptor = Descriptor { name: "consul", title: "Consul", kinds: &[], backfills: false };

/// The annotation by which an entity names its service: `billing`, or `eu/billing` for one datacenter alone.
pub const ANNOTATION: &str = "consul.io/service-name";

/// What stands in a prefix of keys for the name of the service.
pub const SERVICE: &str = "{service}";

/// Where Consul is, and what is read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address of an agent or a server, without `/v1`.
    pub url: Url,
    /// A token; without one only what everybody may see is read.
    pub token: Option<Secret>,
    /// The datacenters to read; none: all that the agent knows.
    pub datacenters: Vec<String>,
    /// Of Enterprise: the partition.
    pub partition: Option<String>,
    /// Of Enterprise: the namespaces to read; none: the default one.
    pub namespaces: Vec<String>,
    /// Where the keys of a service are, such as `config/{service}/`; see [`SERVICE`].
    pub kv_prefixes: Vec<String>,
    /// Whether intentions are read.
    pub intentions: bool,
}

impl Config {
    /// Everything that everybody may see, but no keys.
    #[must_use]
    pub const fn new(url: Url) -> Self {
        Self {
            url,
            token: None,
            datacenters: Vec::new(),
            partition: None,
            namespaces: Vec::new(),
            kv_prefixes: Vec::new(),
            intentions: true,
        }
    }

    /// What is read of a datacenter.
    fn places(&self, datacenter: &str) -> Vec<Place> {
        let place = |namespace: Option<&String>| Place {
            datacenter: datacenter.to_owned(),
            partition: self.partition.clone(),
            namespace: namespace.cloned(),
        };
        if self.namespaces.is_empty() { vec![place(None)] } else { self.namespaces.iter().map(|name| place(Some(name))).collect() }
    }

    /// Where a person looks at a service.
    fn page(&self, place: &Place, service: &str) -> String {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url.set_query(None);
        // A password in the address is nobody's to read.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("ui");
            place.partition.iter().for_each(|partition| {
                segments.push(&format!("_{partition}"));
            });
            place.namespace.iter().for_each(|namespace| {
                segments.push(&format!("~{namespace}"));
            });
            segments.extend([place.datacenter.as_str(), "services", service]);
        }
        url.to_string()
    }
}

/// What is read as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    datacenter: String,
    partition: Option<String>,
    namespace: Option<String>,
}

impl Place {
    /// The scope of what is there, and the key of its fields.
    fn scope(&self) -> String {
        let parts = [Some(&self.datacenter), self.partition.as_ref(), self.namespace.as_ref()];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("/")
    }

    /// The same of another datacenter or namespace; an empty one is its own.
    fn toward(&self, datacenter: &str, namespace: &str) -> Self {
        let mut other = self.clone();
        if !datacenter.is_empty() {
            datacenter.clone_into(&mut other.datacenter);
        }
        if let Some(own) = &mut other.namespace
            && !namespace.is_empty()
        {
            namespace.clone_into(own);
        }
        other
    }

    /// Where Consul itself is a service.
    fn is_default(&self) -> bool {
        let is_default = |name: &Option<String>| name.as_deref().is_none_or(|name| name == "default");
        is_default(&self.partition) && is_default(&self.namespace)
    }
}

/// The collector of Consul.
#[derive(Debug)]
pub struct ConsulCollector {
    source: String,
    config: Config,
    http: Http,
}

impl ConsulCollector {
    /// A collector called `source` in the configuration.
    #[must_use]
    pub fn new(source: impl Into<String>, config: Config, outside: Outside) -> Self {
        Self { source: source.into(), config, http: Http::new(outside) }
    }
}

#[async_trait]
impl Collector for ConsulCollector {
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

    async fn collect(&self, _now: Instant, memory: &Memory, sink: &Sink) -> Summary {
        present::collect(&self.http, &self.source, &self.config, memory, sink).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_with_what_is_configured_of_it() {
        let mut config = Config::new("https://user:word@consul.harbour.example:8501/".parse().unwrap());
        let place = config.places("eu").remove(0);
        assert_eq!(place.scope(), "eu");
        assert_eq!(config.page(&place, "billing web"), "https://consul.harbour.example:8501/ui/eu/services/billing%20web");
        assert_eq!(place.toward("us", "team").scope(), "us", "without namespaces there is one");
        config.partition = Some("retail".to_owned());
        config.namespaces = vec!["default".to_owned(), "shop".to_owned()];
        let places = config.places("eu");
        assert_eq!(places.iter().map(Place::scope).collect::<Vec<_>>(), ["eu/retail/default", "eu/retail/shop"]);
        assert_eq!(config.page(&places[1], "billing"), "https://consul.harbour.example:8501/ui/_retail/~shop/eu/services/billing");
        assert_eq!(places[1].toward("", "default").scope(), "eu/retail/default");
        assert!(!places[0].is_default());
    }
}
