//! What runs where, how it is, which keys configure it, and who may call whom: what Consul holds.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Timed;
use crate::model::Instant;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// The datacenters, nearest first.
    pub datacenters: Vec<Datacenter>,
    /// Services by name.
    pub services: Vec<MeshService>,
    /// Who may call whom.
    pub intentions: Vec<Intention>,
}

/// Where things run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datacenter {
    /// `eu`.
    pub name: String,
    /// Names of its nodes.
    pub nodes: Vec<String>,
}

/// A service in all its datacenters.
#[derive(Clone, Debug)]
pub struct MeshService {
    /// `billing`.
    pub name: String,
    /// From the first registration to the last deregistration.
    pub exists: Range<Instant>,
    /// Tags.
    pub tags: Timed<Vec<String>>,
    /// What it says of itself.
    pub meta: Timed<BTreeMap<String, String>>,
    /// The port of every instance.
    pub port: u16,
    /// Names of its checks.
    pub checks: Vec<String>,
    /// Where it runs.
    pub places: Vec<MeshPlace>,
    /// Names of its keys below `config/NAME/`, and when they are there.
    pub keys: Vec<(String, Range<Instant>)>,
    /// A proxy stands beside each instance.
    pub proxied: bool,
    /// Services that the proxy leads to: positions in [`Mesh::services`].
    pub upstreams: Vec<(usize, Range<Instant>)>,
}

/// A service in one datacenter.
#[derive(Clone, Debug)]
pub struct MeshPlace {
    /// In [`Mesh::datacenters`].
    pub datacenter: usize,
    /// The node of each instance, as positions in [`Datacenter::nodes`].
    pub instances: Timed<Vec<usize>>,
    /// When checks did not pass.
    pub outages: Vec<Outage>,
}

/// A check that does not pass.
#[derive(Clone, Debug)]
pub struct Outage {
    /// From when until when.
    pub during: Range<Instant>,
    /// The first instances have it.
    pub instances: usize,
    /// In [`MeshService::checks`].
    pub check: usize,
    /// It is only a warning.
    pub warning: bool,
    /// What it says.
    pub output: String,
}

/// A rule of who may call whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intention {
    /// Who; `*` for everybody.
    pub from: String,
    /// Whom; `*` for everybody.
    pub to: String,
    /// It may, or it may not.
    pub allow: bool,
    /// When the rule is there.
    pub exists: Range<Instant>,
}
