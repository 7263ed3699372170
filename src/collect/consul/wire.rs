//! Consul's own JSON under its own names; only the fields that are read.
//!
//! Lists and maps are null where they are empty, so they may be.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// `catalog/services`: tags by name.
pub(crate) type Services = BTreeMap<String, Option<Vec<String>>>;

/// An entry of `catalog/nodes`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Node {
    pub(crate) node: String,
}

/// An entry of `health/state/any`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Check {
    pub(crate) node: String,
    #[serde(rename = "CheckID")]
    pub(crate) check_id: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) output: String,
    /// Empty for a check of the node.
    #[serde(rename = "ServiceID", default)]
    pub(crate) service_id: String,
    #[serde(default)]
    pub(crate) service_name: String,
}

/// `catalog/node-services/NODE`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NodeServices {
    #[serde(deserialize_with = "null_is_empty")]
    pub(crate) services: Vec<NodeService>,
}

/// A service on a node.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NodeService {
    #[serde(default)]
    pub(crate) kind: String,
    pub(crate) service: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) tags: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) meta: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) port: u32,
    #[serde(default)]
    pub(crate) proxy: Option<Proxy>,
}

/// An entry of `catalog/service/NAME`: the same with other names, and the node beside it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CatalogService {
    pub(crate) node: String,
    #[serde(default)]
    pub(crate) service_kind: String,
    pub(crate) service_name: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) service_tags: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) service_meta: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) service_port: u32,
    #[serde(default)]
    pub(crate) service_proxy: Option<Proxy>,
}

/// How a proxy stands before a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Proxy {
    pub(crate) destination_service_name: String,
    #[serde(deserialize_with = "null_is_empty")]
    pub(crate) upstreams: Vec<Upstream>,
}

/// Where a proxy leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Upstream {
    /// `service`, `prepared_query`; empty for a service.
    pub(crate) destination_type: String,
    pub(crate) destination_name: String,
    /// Of Enterprise.
    pub(crate) destination_namespace: String,
    /// Of another Consul that was made known to this one.
    pub(crate) destination_peer: String,
    /// Empty for its own.
    pub(crate) datacenter: String,
}

/// An entry of `connect/intentions`, or a source of a config entry with its destination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Intention {
    #[serde(rename = "SourceNS", default)]
    pub(crate) source_namespace: String,
    pub(crate) source_name: String,
    #[serde(default)]
    pub(crate) source_peer: String,
    #[serde(rename = "DestinationNS", default)]
    pub(crate) destination_namespace: String,
    pub(crate) destination_name: String,
    /// `allow` or `deny`; empty where permissions say.
    #[serde(default)]
    pub(crate) action: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) permissions: Vec<Permission>,
}

/// A rule for some requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Permission {
    pub(crate) action: String,
}

/// An entry of `config/service-intentions`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IntentionEntry {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) sources: Vec<IntentionSource>,
}

/// Who may call, or not.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IntentionSource {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) peer: String,
    #[serde(default)]
    pub(crate) action: String,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub(crate) permissions: Vec<Permission>,
}

impl IntentionEntry {
    /// The same as `connect/intentions` has it.
    pub(crate) fn into_intentions(self) -> impl Iterator<Item = Intention> {
        let Self { name, namespace, sources } = self;
        sources.into_iter().map(move |source| Intention {
            source_namespace: source.namespace,
            source_name: source.name,
            source_peer: source.peer,
            destination_namespace: namespace.clone(),
            destination_name: name.clone(),
            action: source.action,
            permissions: source.permissions,
        })
    }
}

/// `acl/token/self`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Token {
    pub(crate) description: String,
    pub(crate) expiration_time: Option<String>,
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
