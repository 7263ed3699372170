//! Who needs whom, both ways, and by whose word.

use std::sync::Arc;

use async_graphql::{Enum, ID, Object, Result, SimpleObject};

use crate::api::entity::Entity;
use crate::api::error::{Code, from_query};
use crate::api::limits::page_size;
use crate::api::present::{Pinned, Present};
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
#[derive(Clone)]
pub struct ImpactEdge {
    pinned: Arc<Pinned>,
    edge: impact::Edge,
}

/// An edge from what needs to what is needed.
#[Object]
impl ImpactEdge {
    /// The id of what needs.
    async fn from(&self) -> ID {
        self.edge.from.to_string().into()
    }

    /// The id of what is needed.
    async fn to(&self) -> ID {
        self.edge.to.to_string().into()
    }

    /// By which road it is known.
    async fn road(&self) -> Road {
        self.edge.road.into()
    }

    /// The relation, as whoever states it calls it: dependsOn, consumesApis, providedBy, publishedBy, calls, runsIn, uses.
    async fn relation(&self) -> &str {
        &self.edge.relation
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        DateTime(self.edge.since)
    }

    /// The packages through which it leads: the one uses them, the other publishes them.
    async fn through(&self) -> Vec<Entity> {
        self.edge.through.iter().filter_map(|id| Entity::new(&self.pinned, *id)).collect()
    }

    /// Who says so: of a package's road whoever uses it and whoever publishes it.
    async fn stated_by(&self) -> Result<Vec<ImpactWord>> {
        self.pinned.present.budget.charge(self.edge.stated.len())?;
        let words = impact::words(self.pinned.lens(), &self.edge, self.pinned.at).map_err(from_query)?;
        let word = |word: impact::Word| {
            let impact::Word { entity, field, source, resource, origin } = word;
            Some(ImpactWord { entity: Entity::new(&self.pinned, entity)?, field: field.to_string(), source, resource, origin })
        };
        Ok(words.into_iter().filter_map(word).collect())
    }
}

/// By whose word an edge is known.
#[derive(SimpleObject, Clone)]
pub struct ImpactWord {
    /// Of whom it is said.
    pub entity: Entity,
    /// In which field: `relations.dependsOn[service:ledger]`.
    pub field: String,
    /// The source's name in the configuration.
    pub source: String,
    /// What the source calls what it speaks of.
    pub resource: String,
    /// Where inside the source: `catalog-info.yaml`, `manifests`, `intentions`.
    pub origin: String,
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
    let edge = |edge: impact::Edge| ImpactEdge { pinned: Arc::clone(&pinned), edge };
    Ok(Impact {
        nodes: graph.nodes.into_iter().filter_map(|(id, distance)| Some(ImpactNode { entity: entity(id)?, distance })).collect(),
        edges: graph.edges.into_iter().map(edge).collect(),
        cycles: graph.cycles.into_iter().map(|circle| circle.into_iter().filter_map(entity).collect()).collect(),
        cut: graph.is_cut,
    })
}
