//! Who needs whom: the graph of relations around an entity, both ways, with who said so.
//!
//! # Invariants
//! - An edge leads from what needs to what is needed.
//! - Every edge names the word of whoever stated it; several may state one.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::model::{EntityId, Facet, FieldPath, Instant, Kind};
use crate::query::graph::{UseOfPublished, dependents, mentions_of, publishers, suppliers, users};
use crate::query::{Error, Lens};
use crate::store::view::Mention;

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
    /// The relation as whoever states it calls it: dependsOn, consumesApis, providedBy, publishedBy, calls, runsIn, uses.
    pub relation: String,
    /// Since when.
    pub since: Instant,
    /// Of a package's road, the packages through which it leads.
    pub through: BTreeSet<EntityId>,
    /// The fields that say so.
    pub stated: BTreeSet<Place>,
}

/// A field of an entity.
pub type Place = (EntityId, FieldPath);

impl Edge {
    fn new(from: EntityId, to: EntityId, road: Road, relation: &str, since: Instant, stated: Place) -> Self {
        let relation = relation.to_owned();
        Self { from, to, road, relation, since, through: BTreeSet::new(), stated: BTreeSet::from([stated]) }
    }

    /// Through a package: who uses it says so, and who publishes it.
    fn through(from: EntityId, to: EntityId, package: EntityId, since: Instant, [used, published]: [String; 2]) -> Self {
        let stated = [
            (from, FieldPath::entry(Facet::Dependencies, "packages", &used)),
            (to, FieldPath::entry(Facet::Relations, "publishes", &published)),
        ];
        let relation = "uses".to_owned();
        Self { from, to, road: Road::Package, relation, since, through: BTreeSet::from([package]), stated: BTreeSet::from(stated) }
    }
}

/// A part of the graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Every entity with its distance from the first one, nearest first.
    pub nodes: Vec<(EntityId, usize)>,
    /// The edges between them, each road and relation once.
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
    let mut edges: BTreeMap<(EntityId, EntityId, Road, String), Edge> = BTreeMap::new();
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
            match edges.entry((edge.from, edge.to, edge.road, edge.relation.clone())) {
                Entry::Vacant(vacant) => drop(vacant.insert(edge)),
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.since = known.since.min(edge.since);
                    known.through.extend(edge.through);
                    known.stated.extend(edge.stated);
                }
            }
        }
    }
    graph.edges = edges.into_values().collect();
    graph.cycles = cycles(&graph.nodes, &graph.edges);
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
            let stated = (id, FieldPath::entry(Facet::Relations, relation, &key));
            edges.extend(found.map(|to| Edge::new(id, to, road, relation, since, stated)));
        }
    }
    match lens.kind(id) {
        Some(Kind::Api) => {
            // An API is there because somebody provides it.
            for mention in mentions_of(lens, id, at)?.into_iter().filter(|mention| is(&mention.path, Facet::Relations, "providesApis")) {
                edges.push(by_mention(mention, id, "providedBy"));
            }
        }
        Some(Kind::Package) => {
            for mention in publishers(lens, id, at)? {
                edges.push(by_mention(mention, id, "publishedBy"));
            }
        }
        Some(Kind::Service) => {
            for (key, (_, since)) in lens.view().entries(id, Facet::Kubernetes, "workloads", at)? {
                let found = lens.resolve(&key, at)?;
                let stated = (id, FieldPath::entry(Facet::Kubernetes, "workloads", &key));
                edges.extend(found.map(|(to, _)| Edge::new(id, to, Road::Runtime, "runsIn", since, stated)));
            }
        }
        Some(Kind::Workload) => edges.extend(cluster_of(lens, id, at)?),
        _ => {}
    }
    for (_, supply) in suppliers(lens, id, at)? {
        edges.push(Edge::through(id, supply.publisher, supply.package, supply.since, [supply.key, supply.named]));
    }
    Ok(edges)
}

/// The edge from what is there because somebody provides or publishes it.
fn by_mention(mention: Mention, id: EntityId, relation: &str) -> Edge {
    let road = if relation == "publishedBy" { Road::Package } else { Road::Declared };
    Edge::new(id, mention.source, road, relation, mention.since, (mention.source, mention.path))
}

/// The edges from what needs an entity.
fn needed_by(lens: &Lens, id: EntityId, at: Instant) -> Result<Vec<Edge>, Error> {
    let mut edges = Vec::new();
    let is_package = lens.kind(id) == Some(Kind::Package);
    // A package has as many users as there are repositories; only those who need it themselves are asked for.
    let mentions = if is_package { Vec::new() } else { mentions_of(lens, id, at)? };
    for Mention { source, path, since } in mentions {
        let (road, relation) = match (path.facet, path.field.as_str()) {
            (Facet::Relations, "dependsOn") => (Road::Declared, "dependsOn"),
            (Facet::Relations, "consumesApis") => (Road::Declared, "consumesApis"),
            (Facet::Kubernetes, "workloads" | "cluster") => (Road::Runtime, "runsIn"),
            _ => continue,
        };
        edges.push(Edge::new(source, id, road, relation, since, (source, path)));
    }
    for name in lens.view().resource_names(id) {
        for mention in lens.view().mentions_by(&name, at)?.into_iter().filter(|mention| is(&mention.path, Facet::Relations, "calls")) {
            edges.push(Edge::new(mention.source, id, Road::Mesh, "calls", mention.since, (mention.source, mention.path)));
        }
    }
    for (key, (_, since)) in lens.view().entries(id, Facet::Relations, "providesApis", at)? {
        if let Some((api, _)) = lens.resolve(&key, at)? {
            let stated = (id, FieldPath::entry(Facet::Relations, "providesApis", &key));
            edges.push(Edge::new(api, id, Road::Declared, "providedBy", since, stated));
        }
    }
    for UseOfPublished { usage, package, named, since } in users(lens, id, at)? {
        edges.push(Edge::through(usage.user, id, package, since, [usage.key(), named]));
    }
    if is_package {
        for usage in dependents(lens, id, None, at)?.into_iter().filter(|usage| usage.usage.direct != Some(false)) {
            let stated = (usage.user, FieldPath::entry(Facet::Dependencies, "packages", &usage.key()));
            edges.push(Edge::new(usage.user, id, Road::Package, "uses", usage.since, stated));
        }
    }
    Ok(edges)
}

fn is(path: &FieldPath, facet: Facet, field: &str) -> bool {
    path.facet == facet && path.field == field
}

/// The edge from a workload to its cluster.
fn cluster_of(lens: &Lens, workload: EntityId, at: Instant) -> Result<Option<Edge>, Error> {
    let path = FieldPath::whole(Facet::Kubernetes, "cluster");
    let Some(value) = lens.view().value(workload, &path, at)? else { return Ok(None) };
    let Some(name) = value.as_str() else { return Ok(None) };
    let reference = if name.contains(':') { name.to_owned() } else { format!("cluster:{name}") };
    let since = lens.view().history(workload, &path)?.into_iter().rev().find(|row| row.at <= at).map_or(at, |row| row.at);
    let found = lens.resolve(&reference, at)?;
    Ok(found.map(|(to, _)| Edge::new(workload, to, Road::Runtime, "runsIn", since, (workload, path))))
}

/// Who states an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Of whom it is said.
    pub entity: EntityId,
    /// In which field.
    pub field: FieldPath,
    /// The source.
    pub source: String,
    /// What the source calls it.
    pub resource: String,
    /// Where inside the source.
    pub origin: String,
}

/// By whose word an edge is known at a moment.
///
/// # Errors
/// If the store cannot be read.
pub fn words(lens: &Lens, edge: &Edge, at: Instant) -> Result<Vec<Word>, Error> {
    let mut words = Vec::new();
    for (entity, field) in &edge.stated {
        let row = lens.view().history(*entity, field)?.into_iter().rev().find(|row| row.at <= at);
        let stream = row.and_then(|row| lens.view().stream(row.said_by));
        words.extend(stream.map(|(source, resource, origin)| Word { entity: *entity, field: field.clone(), source, resource, origin }));
    }
    Ok(words)
}

/// Circles among these entities: strongly connected parts with more than one of them (Tarjan, without recursion).
fn cycles(nodes: &[(EntityId, usize)], edges: &[Edge]) -> Vec<Vec<EntityId>> {
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
        Edge::new(
            EntityId(from),
            EntityId(to),
            Road::Declared,
            "dependsOn",
            Instant::MIN,
            (EntityId(from), FieldPath::whole(Facet::Relations, "dependsOn")),
        )
    }

    proptest! {
        /// Two are in one circle exactly if each reaches the other.
        #[test]
        fn circles_are_those_that_reach_each_other(pairs in proptest::collection::vec((0_u32..9, 0_u32..9), 0..25)) {
            let edges: BTreeSet<Edge> = pairs.iter().filter(|(a, b)| a != b).map(|(a, b)| edge(*a, *b)).collect();
            let edges: Vec<Edge> = edges.into_iter().collect();
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
