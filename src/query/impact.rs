//! Who needs whom: the graph of relations around an entity, both ways, with who said so.
//!
//! # Invariants
//! - An edge leads from what needs to what is needed.
//! - Every edge names the word of whoever stated it; several may state one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::model::body::package_of_key;
use crate::model::{EntityId, Facet, FieldPath, Instant, Kind};
use crate::query::graph::mentions_of;
use crate::query::{Error, Lens};

/// Which way to follow edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To what it needs.
    Needs,
    /// To what needs it: what breaks if this is down.
    NeededBy,
}

/// By which road an edge is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Road {
    /// Declared in a descriptor: `dependsOn`, an API that is consumed, or its provider.
    Declared,
    /// A package that the other publishes.
    Package,
    /// Seen or allowed in a service mesh.
    Mesh,
    /// It runs there.
    Runtime,
}

/// An edge between two entities.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// What needs.
    pub from: EntityId,
    /// What is needed.
    pub to: EntityId,
    /// By which road it is known.
    pub road: Road,
    /// The relation as whoever states it calls it: dependsOn, consumesApis, providesApis, calls, runsIn, uses.
    pub relation: String,
    /// Since when.
    pub since: Instant,
}

/// A part of the graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Every entity with its distance from the first one, nearest first.
    pub nodes: Vec<(EntityId, usize)>,
    /// The edges between them, each road once.
    pub edges: Vec<Edge>,
    /// Circles: entities that need each other, the one with the lowest id first.
    pub cycles: Vec<Vec<EntityId>>,
    /// There is more beyond the limits.
    pub is_cut: bool,
}

/// What can be reached from an entity at a moment, at most `depth` edges away and at most `limit` entities.
///
/// # Errors
/// If the store cannot be read.
pub fn impact(lens: &Lens, start: EntityId, way: Way, depth: usize, limit: usize, at: Instant) -> Result<Graph, Error> {
    let mut graph = Graph { nodes: vec![(start, 0)], ..Graph::default() };
    let mut distance = BTreeMap::from([(start, 0)]);
    let mut edges = BTreeSet::new();
    let mut left = VecDeque::from([start]);
    while let Some(id) = left.pop_front() {
        let here = distance[&id];
        let found = match way {
            Way::Needs => needs(lens, id, at)?,
            Way::NeededBy => needed_by(lens, id, at)?,
        };
        for edge in found {
            let other = if way == Way::Needs { edge.to } else { edge.from };
            if other == id {
                continue;
            }
            if !distance.contains_key(&other) {
                if here >= depth || distance.len() >= limit {
                    graph.is_cut = true;
                    continue;
                }
                distance.insert(other, here + 1);
                graph.nodes.push((other, here + 1));
                left.push_back(other);
            }
            edges.insert(edge);
        }
    }
    graph.cycles = cycles(&graph.nodes, &edges);
    graph.edges = edges.into_iter().collect();
    Ok(graph)
}

/// The edges to what an entity needs.
fn needs(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Edge>, Error> {
    if !lens.exists(id, at)? {
        return Ok(Vec::new());
    }
    let mut edges = Vec::new();
    for (relation, road) in [("dependsOn", Road::Declared), ("consumesApis", Road::Declared), ("calls", Road::Mesh)] {
        for (key, (_, since)) in lens.view().entries(id, Facet::Relations, relation, at)? {
            let found = match road {
                Road::Mesh => lens.view().entity_of_resource(&key, at),
                _ => lens.resolve(&key, at)?.map(|(id, _)| id),
            };
            edges.extend(found.map(|to| Edge { from: id, to, road, relation: relation.to_owned(), since }));
        }
    }
    match lens.kind(id) {
        Some(Kind::Api) => {
            // An API is there because somebody provides it.
            for mention in mentions_of(lens, id, at)?.into_iter().filter(|mention| is(&mention.path, Facet::Relations, "providesApis")) {
                edges.push(Edge {
                    from: id,
                    to: mention.source,
                    road: Road::Declared,
                    relation: "providedBy".to_owned(),
                    since: mention.since,
                });
            }
        }
        Some(Kind::Service) => {
            for (key, (_, since)) in lens.view().entries(id, Facet::Kubernetes, "workloads", at)? {
                let found = lens.resolve(&key, at)?;
                edges.extend(found.map(|(to, _)| Edge { from: id, to, road: Road::Runtime, relation: "runsIn".to_owned(), since }));
            }
        }
        Some(Kind::Workload) => edges.extend(cluster_of(lens, id, at)?),
        _ => {}
    }
    for (key, (value, since)) in lens.view().entries(id, Facet::Dependencies, "packages", at)? {
        // Only what the organisation publishes itself leads on to somebody.
        if value.get("direct").and_then(Value::as_bool) == Some(false) {
            continue;
        }
        let Some(package) = package_of_key(&key) else { continue };
        let Some((package, _)) = lens.resolve(&package.to_string(), at)? else { continue };
        for publisher in publishers(lens, package, at)? {
            edges.push(Edge { from: id, to: publisher, road: Road::Package, relation: "uses".to_owned(), since });
        }
    }
    Ok(edges)
}

/// The edges from what needs an entity.
fn needed_by(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Edge>, Error> {
    let mut edges = Vec::new();
    let mut add = |from, road, relation: &str, since| edges.push(Edge { from, to: id, road, relation: relation.to_owned(), since });
    for mention in mentions_of(lens, id, at)? {
        match (mention.path.facet, mention.path.field.as_str()) {
            (Facet::Relations, "dependsOn" | "consumesApis") => add(mention.source, Road::Declared, &mention.path.field, mention.since),
            (Facet::Kubernetes, "workloads") => add(mention.source, Road::Runtime, "runsIn", mention.since),
            (Facet::Kubernetes, "cluster") => add(mention.source, Road::Runtime, "runsIn", mention.since),
            _ => {}
        }
    }
    for name in lens.view().resource_names(id) {
        for mention in lens.view().mentions_by(&name, at)?.into_iter().filter(|mention| is(&mention.path, Facet::Relations, "calls")) {
            add(mention.source, Road::Mesh, "calls", mention.since);
        }
    }
    for (key, (_, since)) in lens.view().entries(id, Facet::Relations, "providesApis", at)? {
        if let Some((api, _)) = lens.resolve(&key, at)? {
            add(api, Road::Declared, "providedBy", since);
        }
    }
    for (key, _) in lens.view().entries(id, Facet::Relations, "publishes", at)? {
        let Some((package, _)) = lens.resolve(&key, at)? else { continue };
        for usage in crate::query::graph::dependents(lens, package, None, at)? {
            if usage.usage.direct != Some(false) {
                add(usage.user, Road::Package, "uses", usage.since);
            }
        }
    }
    Ok(edges)
}

fn is(path: &FieldPath, facet: Facet, field: &str) -> bool {
    path.facet == facet && path.field == field
}

/// Who publishes a package of the organisation's own.
fn publishers(lens: &Lens, package: EntityId, at: Instant) -> Result<Vec<EntityId>, Error> {
    let mentions = mentions_of(lens, package, at)?;
    Ok(mentions.into_iter().filter(|mention| is(&mention.path, Facet::Relations, "publishes")).map(|mention| mention.source).collect())
}

/// The edge from a workload to its cluster.
fn cluster_of(lens: &Lens, workload: EntityId, at: Instant) -> Result<Option<Edge>, Error> {
    let path = FieldPath::whole(Facet::Kubernetes, "cluster");
    let Some(value) = lens.view().value(workload, &path, at)? else { return Ok(None) };
    let Some(name) = value.as_str() else { return Ok(None) };
    let reference = if name.contains(':') { name.to_owned() } else { format!("cluster:{name}") };
    let since = lens.view().history(workload, &path)?.into_iter().rev().find(|row| row.at <= at).map_or(at, |row| row.at);
    let found = lens.resolve(&reference, at)?;
    Ok(found.map(|(to, _)| Edge { from: workload, to, road: Road::Runtime, relation: "runsIn".to_owned(), since }))
}

/// Circles among these entities: strongly connected parts with more than one of them (Tarjan, without recursion).
fn cycles(nodes: &[(EntityId, usize)], edges: &BTreeSet<Edge>) -> Vec<Vec<EntityId>> {
    let mut next: BTreeMap<EntityId, Vec<EntityId>> = BTreeMap::new();
    for edge in edges {
        next.entry(edge.from).or_default().push(edge.to);
    }
    let (mut order, mut low) = (BTreeMap::new(), BTreeMap::new());
    let (mut stack, mut on_stack, mut found) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (root, _) in nodes {
        if order.contains_key(root) {
            continue;
        }
        let mut work = vec![(*root, 0)];
        while let Some((id, child)) = work.pop() {
            if child == 0 {
                order.insert(id, order.len());
                low.insert(id, order[&id]);
                stack.push(id);
                on_stack.insert(id);
            }
            let children = next.get(&id).map_or(&[][..], Vec::as_slice);
            if let Some(other) = children.get(child) {
                work.push((id, child + 1));
                if !order.contains_key(other) {
                    work.push((*other, 0));
                } else if on_stack.contains(other) {
                    low.insert(id, low[&id].min(order[other]));
                }
                continue;
            }
            for other in children.iter().filter(|other| on_stack.contains(*other)) {
                low.insert(id, low[&id].min(low[other]));
            }
            if low[&id] == order[&id] {
                let from = stack.iter().position(|other| *other == id).unwrap_or(0);
                let mut part = stack.split_off(from);
                for id in &part {
                    on_stack.remove(id);
                }
                if part.len() > 1 {
                    part.sort_unstable();
                    found.push(part);
                }
            }
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edge(from: u32, to: u32) -> Edge {
        Edge { from: EntityId(from), to: EntityId(to), road: Road::Declared, relation: "dependsOn".to_owned(), since: Instant::MIN }
    }

    proptest! {
        /// Two are in one circle exactly if each reaches the other.
        #[test]
        fn circles_are_those_that_reach_each_other(pairs in proptest::collection::vec((0_u32..9, 0_u32..9), 0..25)) {
            let edges: BTreeSet<Edge> = pairs.iter().filter(|(a, b)| a != b).map(|(a, b)| edge(*a, *b)).collect();
            let nodes: Vec<(EntityId, usize)> = (0..9).map(|id| (EntityId(id), 0)).collect();
            let mut reach = [[false; 9]; 9];
            for edge in &edges {
                reach[edge.from.0 as usize][edge.to.0 as usize] = true;
            }
            for via in 0..9 {
                for a in 0..9 {
                    for b in 0..9 {
                        reach[a][b] |= reach[a][via] && reach[via][b];
                    }
                }
            }
            let found = cycles(&nodes, &edges);
            for a in 0..9_u32 {
                for b in 0..9_u32 {
                    let together = found.iter().any(|part| part.contains(&EntityId(a)) && part.contains(&EntityId(b)));
                    let expected = reach[a as usize][b as usize] && reach[b as usize][a as usize];
                    prop_assert!(a == b || together == expected, "{a} {b} {found:?}");
                }
            }
        }
    }
}
