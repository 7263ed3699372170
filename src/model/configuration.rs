//! Facet `configuration`: what runs under a service's name, how it is, and which keys configure it.
//!
//! # Invariants
//! - One service runs in several datacenters, each told of by itself: every field is keyed by datacenter, or by keys that
//!   begin with it, so that what is said of one never hides what is said of another.
//! - Names of keys, never their values. Texts of checks are cut short and hold nothing that looks like a secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The body. A datacenter is `eu`, or `eu/namespace` where a source has namespaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Configuration {
    /// What runs, by datacenter. Volatile.
    pub instances: BTreeMap<String, Instances>,
    /// `passing`, `warning`, `critical` or `maintenance`, by datacenter: the worst of all checks of service and nodes.
    pub health: BTreeMap<String, String>,
    /// Checks that do not pass: their state by `DATACENTER/NAME`, the worst where several instances have one.
    pub failing: BTreeMap<String, String>,
    /// What those checks say, by the same keys. Volatile.
    pub outputs: BTreeMap<String, String>,
    /// Tags of the instances by datacenter, sorted.
    pub tags: BTreeMap<String, Vec<String>>,
    /// What instances say of themselves, by datacenter and name; several values where they differ.
    pub meta: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Ports by datacenter, sorted. Volatile: some schedulers give another one to each instance.
    pub ports: BTreeMap<String, Vec<u16>>,
    /// Names of keys in the key-value store below the service's prefix, as `DATACENTER/KEY`. The prefix is left out.
    pub keys: BTreeMap<String, bool>,
    /// What it is if it is no ordinary service, by datacenter: `mesh-gateway`, `ingress-gateway`.
    pub role: BTreeMap<String, String>,
}

/// What runs in one datacenter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Instances {
    /// How many.
    pub count: u64,
    /// How many on each node.
    pub nodes: BTreeMap<String, u64>,
}

/// How one service may reach, or reaches, another: an entry of `relations.calls`, whose key is
/// `SOURCE#ID` of the other one's resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Who says so: `intention` if it is allowed by rule, `upstream` if a proxy is configured for it.
    pub by: String,
    /// `allow`.
    pub action: String,
}
