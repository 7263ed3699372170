//! Entities in lists, rendered at once where only plain fields are asked for.
//!
//! The engine makes a future for every field of every item; for a page of entities that is most of the work. Fields
//! that are columns, and owners and the like with such fields below, need no future: their object is written in one go.
//! Whatever else is asked for, or cannot be read, goes the engine's way, with the same result.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};

use crate::api::entity::Item;
use crate::model::{EntityId, Kind};
use crate::query::Error;
use crate::query::lens::{Known, texts};

/// A type of entity.
pub(crate) trait OfEntity: OutputType {
    /// The entity.
    fn item(&self) -> &Item;
}

/// An entity in a list.
#[derive(Clone)]
pub(crate) struct Listed<T>(pub(crate) T);

impl<T: OfEntity> OutputType for Listed<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match object(self.0.item(), self.0.item().id, &ctx.item.node) {
            Ok(Some(value)) => Ok(value),
            Ok(None) | Err(_) => self.0.resolve(ctx, field).await,
        }
    }
}

/// The object with these fields of an entity; `None` if some field is not plain.
fn object(item: &Item, id: EntityId, fields: &SelectionSet) -> Result<Option<Value>, Error> {
    let mut object = IndexMap::with_capacity(fields.items.len());
    for selection in &fields.items {
        let Selection::Field(field) = &selection.node else { return Ok(None) };
        let field = &field.node;
        let value =
            if field.selection_set.node.items.is_empty() { leaf(item, id, field.name.node.as_str())? } else { below(item, id, field)? };
        let Some(value) = value else { return Ok(None) };
        if object.insert(field.response_key().node.clone(), value).is_some() {
            return Ok(None);
        }
    }
    Ok(Some(Value::Object(object)))
}

/// The value of a field without fields below it.
fn leaf(item: &Item, id: EntityId, field: &str) -> Result<Option<Value>, Error> {
    let (lens, at) = (item.pinned.lens(), item.pinned.at);
    let text = |known| -> Result<Option<Value>, Error> { Ok(Some(lens.text(known, id, at)?.map_or(Value::Null, Value::from))) };
    match field {
        "id" => Ok(Some(Value::String(id.to_string()))),
        "ref" => Ok(Some(Value::String(lens.name(id, at)?.reference()))),
        "name" => Ok(Some(Value::from(lens.name(id, at)?.name()))),
        "kind" => Ok(lens.kind(id).map(|kind| Value::Enum(Name::new(spelled(kind))))),
        "at" => Ok(Some(Value::String(at.to_string()))),
        "title" => text(Known::Title),
        "description" => text(Known::Description),
        "type" => text(Known::Type),
        "lifecycle" => text(Known::Lifecycle),
        "status" => text(Known::Status),
        "path" => text(Known::Path),
        "version" if lens.kind(id) == Some(Kind::Repository) => text(Known::Version),
        "visibility" => text(Known::Visibility),
        "defaultBranch" => text(Known::DefaultBranch),
        "licence" => text(Known::Licence),
        "stale" => Ok(Some(Value::Boolean(item.pinned.freshness(|freshness| freshness.is_stale(id))?))),
        "lastConfirmed" => {
            let confirmation = item.pinned.freshness(|freshness| freshness.of(id))?;
            Ok(Some(confirmation.last.map_or(Value::Null, |last| Value::String(last.to_string()))))
        }
        "topics" => list(item, id, Known::Topics),
        "languages" => list(item, id, Known::Languages),
        _ => Ok(None),
    }
}

fn list(item: &Item, id: EntityId, known: Known) -> Result<Option<Value>, Error> {
    let value = item.pinned.lens().value(known, id, item.pinned.at)?;
    Ok(Some(Value::List(value.map(|value| texts(value).map(Value::from).collect()).unwrap_or_default())))
}

/// The object of a field that names another entity.
fn below(item: &Item, id: EntityId, field: &Field) -> Result<Option<Value>, Error> {
    let (lens, at) = (item.pinned.lens(), item.pinned.at);
    let known = match field.name.node.as_str() {
        "owner" => Known::Owner,
        "system" => Known::System,
        "repository" => Known::Repository,
        _ => return Ok(None),
    };
    let Some(text) = lens.value(known, id, at)?.and_then(|value| crate::query::lens::first_text(value)) else {
        return Ok(Some(Value::Null));
    };
    match lens.resolve(text, at)? {
        Some((target, _)) if lens.kind(target).is_some() => object(item, target, &field.selection_set.node),
        _ => Ok(Some(Value::Null)),
    }
}

/// A kind as the schema spells it.
fn spelled(kind: Kind) -> String {
    kind.word().to_uppercase()
}

#[cfg(test)]
mod tests {
    use async_graphql::resolver_utils::enum_value;

    use super::*;
    use crate::api::scalar;

    #[test]
    fn kinds_are_spelled_as_in_the_schema() {
        for kind in Kind::ALL {
            assert_eq!(enum_value(scalar::Kind::from(kind)), Value::Enum(Name::new(spelled(kind))));
        }
    }
}
