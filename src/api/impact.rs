//! Who needs whom, both ways, and by whose word.

use std::sync::Arc;

use async_graphql::{Enum, Result, SimpleObject};

use crate::api::entity::Entity;
use crate::api::error::{Code, from_query};
use crate::api::limits::page_size;
use crate::api::present::Present;
use crate::api::scalar::DateTime;
use crate::model::{EntityId, Instant};
use crate::query::impact;

/// Which way to follow edges.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "impact::Way")]
pub enum Way {
    /// To what it needs.
    Needs,
    /// To what needs it: what breaks if it is down.
    NeededBy,
}

/// By which road an edge is known.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "impact::Road")]
pub enum Road {
    /// Declared in a descriptor.
    Declared,
    /// A package that the other publishes.
    Package,
    /// Seen or allowed in a service mesh.
    Mesh,
    /// It runs there.
    Runtime,
}

/// An entity that can be reached.
#[derive(SimpleObject, Clone)]
pub struct ImpactNode {
    /// The entity.
    pub entity: Entity,
    /// How many edges away.
    pub distance: usize,
}

/// An edge from what needs to what is needed.
#[derive(SimpleObject, Clone)]
pub struct ImpactEdge {
    /// The id of what needs.
    pub from: async_graphql::ID,
    /// The id of what is needed.
    pub to: async_graphql::ID,
    /// By which road it is known.
    pub road: Road,
    /// The relation, as whoever states it calls it: dependsOn, consumesApis, providedBy, calls, runsIn, uses.
    pub relation: String,
    /// Since when.
    pub since: DateTime,
}

/// What can be reached from an entity.
#[derive(SimpleObject, Clone)]
pub struct Impact {
    /// Every entity, nearest first; the one asked for is the first.
    pub nodes: Vec<ImpactNode>,
    /// The edges between them.
    pub edges: Vec<ImpactEdge>,
    /// Entities that need each other, by circle.
    pub cycles: Vec<Vec<Entity>>,
    /// There is more, further away or beyond the limit.
    pub cut: bool,
}

/// Edges that can be followed at most.
const DEEPEST: i32 = 12;

pub(crate) fn impact_of(present: &Arc<Present>, id: EntityId, way: Way, depth: i32, first: i32, at: Instant) -> Result<Impact> {
    let depth = usize::try_from(depth)
        .ok()
        .filter(|_| depth <= DEEPEST)
        .ok_or_else(|| Code::InvalidArgument.error(format!("depth is {depth}; expected 0 to {DEEPEST}")))?;
    let graph = impact::impact(&present.lens, id, way.into(), depth, page_size(Some(first))?, at).map_err(from_query)?;
    present.budget.charge(graph.nodes.len() + graph.edges.len())?;
    let pinned = present.pin(at);
    let entity = |id: EntityId| Entity::new(&pinned, id);
    let edge = |edge: impact::Edge| ImpactEdge {
        from: edge.from.to_string().into(),
        to: edge.to.to_string().into(),
        road: edge.road.into(),
        relation: edge.relation,
        since: DateTime(edge.since),
    };
    Ok(Impact {
        nodes: graph.nodes.into_iter().filter_map(|(id, distance)| Some(ImpactNode { entity: entity(id)?, distance })).collect(),
        edges: graph.edges.into_iter().map(edge).collect(),
        cycles: graph.cycles.into_iter().map(|circle| circle.into_iter().filter_map(entity).collect()).collect(),
        cut: graph.is_cut,
    })
}
