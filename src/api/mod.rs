//! GraphQL: maps and pages what `query` answers.

use async_graphql::{EmptyMutation, EmptySubscription, Object};

/// The executable schema.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// The root of every question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query;

#[Object]
impl Query {
    /// The version of spot that answers.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// Builds the schema.
#[must_use]
pub fn schema() -> Schema {
    Schema::build(Query, EmptyMutation, EmptySubscription).finish()
}
