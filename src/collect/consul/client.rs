//! Requests to one Consul: who asks, which datacenter, and what an answer says about itself.
//!
//! # Invariants
//! - Every list may come from a server that lags behind, which is why each answer tells how far.
//! - An answer that was cut by rights, or that no leader stands behind, is never taken for whole.

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::collect::consul::wire::{
    CatalogService, Check, Intention, IntentionEntry, Node, NodeService, NodeServices, Proxy, Services, Token,
};
use crate::collect::consul::{Config, Place};
use crate::collect::http::{Answer, Ask, Error, Http};

/// A server that heard from its leader longer ago is too far behind.
const LONGEST_LAG_MILLIS: u64 = 60_000;

/// Asks one Consul during one run.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    http: Http,
    config: &'a Config,
}

/// What was asked for, and why it may not be all.
#[derive(Clone, Debug)]
pub(crate) struct Told<T> {
    pub(crate) value: T,
    pub(crate) doubt: Option<String>,
}

/// A service somewhere, by whichever list it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) node: String,
    pub(crate) kind: String,
    pub(crate) service: String,
    pub(crate) tags: Vec<String>,
    pub(crate) meta: std::collections::BTreeMap<String, String>,
    pub(crate) port: u32,
    pub(crate) proxy: Option<Proxy>,
}

impl Instance {
    fn of_node(node: &str, service: NodeService) -> Self {
        let NodeService { kind, service, tags, meta, port, proxy } = service;
        Self { node: node.to_owned(), kind, service, tags, meta, port, proxy }
    }
}

impl From<CatalogService> for Instance {
    fn from(found: CatalogService) -> Self {
        Self {
            node: found.node,
            kind: found.service_kind,
            service: found.service_name,
            tags: found.service_tags,
            meta: found.service_meta,
            port: found.service_port,
            proxy: found.service_proxy,
        }
    }
}

impl<'a> Client<'a> {
    pub(crate) fn new(http: &Http, config: &'a Config, cancel: CancellationToken) -> Self {
        Self { http: http.for_run(cancel), config }
    }

    /// Requests so far.
    pub(crate) fn asked(&self) -> u64 {
        self.http.asked()
    }

    fn url(&self, parts: &[&str], place: Option<&Place>, flags: &[&str]) -> Url {
        let mut url = self.config.url.clone();
        url.set_fragment(None);
        url.set_query(None);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(parts);
        }
        {
            let mut query = url.query_pairs_mut();
            flags.iter().for_each(|flag| {
                query.append_key_only(flag);
            });
            if let Some(place) = place {
                query.append_pair("dc", &place.datacenter);
                place.partition.iter().for_each(|partition| {
                    query.append_pair("partition", partition);
                });
                place.namespace.iter().for_each(|namespace| {
                    query.append_pair("ns", namespace);
                });
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        url
    }

    /// The answer to a question, whatever its status.
    pub(crate) async fn send(&self, parts: &[&str], place: Option<&Place>, flags: &[&str]) -> Result<Answer, Error> {
        let ask = Ask::get(self.url(parts, place, flags)).header("accept", "application/json");
        let ask = match &self.config.token {
            Some(token) => ask.secret_header("x-consul-token", token),
            None => ask,
        };
        self.http.send(ask).await
    }

    async fn get<T: DeserializeOwned>(&self, parts: &[&str], place: Option<&Place>, flags: &[&str]) -> Result<Told<T>, Error> {
        told(&self.send(parts, place, flags).await?.success()?)
    }

    /// Names of the datacenters that this one knows, nearest first.
    pub(crate) async fn datacenters(&self) -> Result<Vec<String>, Error> {
        Ok(self.get::<Vec<String>>(&["catalog", "datacenters"], None, &[]).await?.value)
    }

    /// Names of services, proxies among them.
    pub(crate) async fn services(&self, place: &Place) -> Result<Told<Services>, Error> {
        self.get(&["catalog", "services"], Some(place), &["stale"]).await
    }

    /// Names of nodes.
    pub(crate) async fn nodes(&self, place: &Place) -> Result<Told<Vec<Node>>, Error> {
        self.get(&["catalog", "nodes"], Some(place), &["stale"]).await
    }

    /// Every check there is.
    pub(crate) async fn checks(&self, place: &Place) -> Result<Told<Vec<Check>>, Error> {
        self.get(&["health", "state", "any"], Some(place), &["stale"]).await
    }

    /// What runs on a node; nothing on one that is gone.
    pub(crate) async fn on_node(&self, place: &Place, node: &str) -> Result<Told<Vec<Instance>>, Error> {
        let told: Told<Option<NodeServices>> = self.get(&["catalog", "node-services", node], Some(place), &["stale"]).await?;
        let services = told.value.map(|found| found.services).unwrap_or_default();
        Ok(Told { value: services.into_iter().map(|service| Instance::of_node(node, service)).collect(), doubt: told.doubt })
    }

    /// Where a service runs.
    pub(crate) async fn of_service(&self, place: &Place, service: &str) -> Result<Told<Vec<Instance>>, Error> {
        let told: Told<Vec<CatalogService>> = self.get(&["catalog", "service", service], Some(place), &["stale"]).await?;
        Ok(Told { value: told.value.into_iter().map(Instance::from).collect(), doubt: told.doubt })
    }

    /// Names of keys below a prefix; none where there is none.
    pub(crate) async fn keys(&self, place: &Place, prefix: &str) -> Result<Told<Vec<String>>, Error> {
        let mut parts = vec!["kv"];
        parts.extend(prefix.split('/'));
        let answer = self.send(&parts, Some(place), &["keys", "stale"]).await?;
        // Without a body: one that says something is of a gateway on the way, or of another program.
        if answer.status.as_u16() == 404 && answer.body.is_empty() {
            return Ok(Told { value: Vec::new(), doubt: doubt(&answer) });
        }
        told(&answer.success()?)
    }

    /// Who may call whom. They are the same in all datacenters. A Consul without the list has them as config entries.
    pub(crate) async fn intentions(&self, place: &Place) -> Result<Told<Vec<Intention>>, Error> {
        match self.get(&["connect", "intentions"], Some(place), &["stale"]).await {
            Err(error) if matches!(error.status(), Some(404 | 405 | 410)) => {
                let told: Told<Vec<IntentionEntry>> = self.get(&["config", "service-intentions"], Some(place), &["stale"]).await?;
                let intentions = told.value.into_iter().flat_map(IntentionEntry::into_intentions).collect();
                Ok(Told { value: intentions, doubt: told.doubt })
            }
            other => other,
        }
    }

    /// The address of the leader; empty if there is none.
    pub(crate) async fn leader(&self) -> Result<String, Error> {
        Ok(self.get::<String>(&["status", "leader"], None, &[]).await?.value)
    }

    /// What the token is.
    pub(crate) async fn token(&self) -> Result<Token, Error> {
        Ok(self.get::<Token>(&["acl", "token", "self"], None, &[]).await?.value)
    }
}

fn told<T: DeserializeOwned>(answer: &Answer) -> Result<Told<T>, Error> {
    Ok(Told { value: answer.json()?, doubt: doubt(answer) })
}

/// Why an answer may not be all there is, or not be true any more.
fn doubt(answer: &Answer) -> Option<String> {
    let lag: u64 = answer.header("x-consul-lastcontact").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    if answer.header("x-consul-results-filtered-by-acls") == Some("true") {
        return Some("the token may not see everything: what it may not read is left out; give it read on services, nodes and keys".into());
    }
    if answer.header("x-consul-knownleader") == Some("false") {
        return Some(format!("its servers know no leader, and last heard of one {} s ago: what they say may be old", lag / 1000));
    }
    (lag > LONGEST_LAG_MILLIS)
        .then(|| format!("the server that answered heard of its leader {} s ago: what it says may be old", lag / 1000))
}

/// What went wrong, with what can be done about it where that is known.
pub(crate) fn describe(error: &Error) -> String {
    let hint = match error {
        Error::Status { status: 401, .. } => ": a token is needed",
        Error::Status { status: 403, message } if message.contains("ACL not found") => ": the token is wrong, deleted or expired",
        Error::Status { status: 403, .. } => ": the token has not the right",
        Error::Status { status: 404, .. } => ": is this the address of a Consul, without /v1?",
        Error::Status { message, .. } if message.contains("No path to datacenter") => ": none of its servers can be reached from here",
        Error::Status { message, .. } if message.contains("No cluster leader") => ": its servers have no leader",
        Error::NotJson { kind, .. } if kind.contains("html") => ": is this a page to sign in?",
        _ => return error.to_string(),
    };
    format!("{error}{hint}")
}
