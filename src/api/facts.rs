//! What sources say about an entity, with provenance: since when, last confirmed, where to check, who disagrees.

use async_graphql::{Object, Result, SimpleObject};

use crate::api::entity::Item;
use crate::api::error::from_query;
use crate::api::scalar::{DateTime, Facet as ApiFacet, Json, Layer};
use crate::query::entity::{FacetAt, facts};
use crate::store::view::StatementAt;

/// What one source says about one facet, at the moment.
#[derive(Clone)]
pub struct Statement(StatementAt);

/// What one source says about one facet, at the moment.
#[Object]
impl Statement {
    /// The facet.
    async fn facet(&self) -> ApiFacet {
        self.0.facet.into()
    }

    /// The source's name in the configuration.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// The part of the source that is read or missed as a whole.
    async fn scope(&self) -> &str {
        &self.0.scope
    }

    /// What the source calls the thing that it speaks of.
    async fn resource(&self) -> &str {
        &self.0.resource
    }

    /// Where inside the source: `catalog-info.yaml`, `CODEOWNERS`, `repository`. Precedence goes by it.
    async fn origin(&self) -> &str {
        &self.0.origin
    }

    /// What it says.
    async fn body(&self) -> Json {
        Json(serde_json::Value::Object(self.0.body.as_ref().clone()))
    }

    /// Since when it says exactly this.
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }

    /// The number of the commit that recorded it.
    async fn commit(&self) -> String {
        self.0.commit.to_string()
    }

    /// Whether it was seen when it was recorded, or reconstructed from the source's own history.
    async fn layer(&self) -> Layer {
        self.0.layer.into()
    }

    /// Where a person can check: a link, or `commit:path:line`.
    async fn check(&self) -> Option<&str> {
        self.0.check.as_deref()
    }

    /// The end of the last run, at or before the moment, that read it.
    async fn last_confirmed(&self) -> Option<DateTime> {
        self.0.last_confirmed.map(DateTime)
    }

    /// Last confirmed more than two of the source's intervals before the moment.
    async fn stale(&self) -> bool {
        self.0.stale
    }
}

/// Another source that says something else about a field.
#[derive(SimpleObject, Clone)]
pub struct Disagreement {
    /// What it says.
    pub value: Json,
    /// The statement.
    pub said_by: Statement,
}

/// A field with its value and who says so.
#[derive(SimpleObject, Clone)]
pub struct FieldFact {
    /// The field within its facet: `owner`, `packages[Cargo.lock#cargo/serde]`.
    pub field: String,
    /// The value that holds by precedence.
    pub value: Json,
    /// The statement that says so.
    pub said_by: Statement,
    /// Statements that say something else and lose.
    pub disagreements: Vec<Disagreement>,
}

/// What is known about one facet.
#[derive(SimpleObject, Clone)]
pub struct FacetFacts {
    /// The facet.
    pub facet: ApiFacet,
    /// Its fields, by name.
    pub fields: Vec<FieldFact>,
    /// Some statement that holds here is stale.
    pub stale: bool,
    /// When the oldest confirmation among them was.
    pub last_confirmed: Option<DateTime>,
}

fn facets_of(facets: Option<Vec<ApiFacet>>) -> Vec<crate::model::Facet> {
    facets.unwrap_or_default().into_iter().map(Into::into).collect()
}

pub(crate) fn statements(item: &Item, facets: Option<Vec<ApiFacet>>) -> Result<Vec<Statement>> {
    let wanted = facets_of(facets);
    if !item.pinned.lens().exists(item.id, item.pinned.at).map_err(from_query)? {
        return Ok(Vec::new());
    }
    let mut statements = item.pinned.lens().view().statements(item.id, item.pinned.at).map_err(|error| from_query(error.into()))?;
    statements.retain(|statement| wanted.is_empty() || wanted.contains(&statement.facet));
    item.pinned.present.budget.charge(statements.len())?;
    Ok(statements.into_iter().map(Statement).collect())
}

pub(crate) fn facet_facts(item: &Item, facets: Option<Vec<ApiFacet>>) -> Result<Vec<FacetFacts>> {
    let wanted = facets_of(facets);
    let (statements, found) = facts(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)?;
    let found = found.into_iter().filter(|facet| wanted.is_empty() || wanted.contains(&facet.facet));
    let facts: Vec<FacetFacts> = found.map(|facet| render(&statements, facet)).collect();
    item.pinned.present.budget.charge(facts.iter().map(|facet| facet.fields.len()).sum())?;
    Ok(facts)
}

fn render(statements: &[StatementAt], facet: FacetAt) -> FacetFacts {
    let mut fields = Vec::with_capacity(facet.fields.len());
    let (mut stale, mut last_confirmed) = (false, None);
    for (field, explained) in facet.fields {
        let said_by = &statements[explained.said_by];
        stale |= said_by.stale;
        last_confirmed = match (last_confirmed, said_by.last_confirmed) {
            (Some(one), Some(other)) => Some(std::cmp::min(one, other)),
            (one, other) => one.or(other),
        };
        let disagreements = explained
            .others
            .into_iter()
            .filter(|(_, value)| *value != explained.value)
            .map(|(index, value)| Disagreement { value: Json(value), said_by: Statement(statements[index].clone()) })
            .collect();
        fields.push(FieldFact { field, value: Json(explained.value), said_by: Statement(said_by.clone()), disagreements });
    }
    FacetFacts { facet: facet.facet.into(), fields, stale, last_confirmed: last_confirmed.map(DateTime) }
}
