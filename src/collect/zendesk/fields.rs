//! What names features and services in a ticket: tags by what they begin with, and custom fields, whose values may be chosen by
//! other names than they are kept under.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::collect::features::kept;
use crate::collect::zendesk::Naming;
use crate::collect::zendesk::wire::{Ticket, TicketField};

/// A custom field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Field {
    pub(super) id: u64,
    /// What people call its values.
    pub(super) options: BTreeMap<String, String>,
}

/// Finds a field by its number, else by its title.
pub(super) fn find(wanted: &str, all: &[TicketField]) -> Option<Field> {
    let wanted = wanted.trim();
    let by_number = all.iter().find(|field| wanted.parse() == Ok(field.id));
    let called = |field: &&TicketField| field.title.as_deref().is_some_and(|title| title.trim().eq_ignore_ascii_case(wanted));
    let field = by_number.or_else(|| all.iter().find(called))?;
    let options = field.custom_field_options.iter().filter(|option| !option.name.trim().is_empty());
    Some(Field { id: field.id, options: options.map(|option| (option.value.clone(), last(&option.name).to_owned())).collect() })
}

/// A field of which nothing but the number is known, if it is one.
pub(super) fn bare(wanted: &str) -> Option<Field> {
    Some(Field { id: wanted.trim().parse().ok()?, options: BTreeMap::new() })
}

/// Names may be nested: `Product::Booking`.
fn last(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name).trim()
}

/// The names in a ticket: what the field says, then tags, each once.
pub(super) fn names(ticket: &Ticket, naming: &Naming, field: Option<&Field>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(field) = field {
        let values = ticket.custom_fields.iter().filter(|known| known.id == field.id).flat_map(|known| values(&known.value));
        found.extend(values.map(|value| field.options.get(&value).cloned().unwrap_or(value)));
    }
    let mut tagged: Vec<String> = ticket.tags.iter().flat_map(|tag| naming.tags.iter().filter_map(|prefix| after(tag, prefix))).collect();
    tagged.sort_unstable();
    found.extend(tagged);
    kept(found.iter().map(String::as_str))
}

/// Tags are in lower case, whoever writes them.
fn after(tag: &str, prefix: &str) -> Option<String> {
    let (tag, prefix) = (tag.to_lowercase(), prefix.to_lowercase());
    tag.strip_prefix(&prefix).filter(|_| !prefix.is_empty()).map(str::to_owned)
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items.iter().flat_map(values).collect(),
        Value::Null | Value::Bool(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_come_from_the_field_and_from_tags_once() {
        let all: Vec<TicketField> = serde_json::from_value(json!([
            { "id": 1, "title": "Subject" },
            { "id": 27, "title": "Product area", "custom_field_options": [{ "name": "Product::Rate shopping", "value": "area_rates" }] },
        ]))
        .unwrap();
        let field = find("product AREA", &all).unwrap();
        assert_eq!(find("27", &all), Some(field.clone()));
        assert_eq!((find("nothing", &all), bare("Product area"), bare("27").map(|field| field.id)), (None, None, Some(27)));
        let of = |value: Value, tags: &[&str]| {
            let ticket: Ticket =
                serde_json::from_value(json!({ "id": 1, "tags": tags, "custom_fields": [{ "id": 27, "value": value }] })).unwrap();
            names(&ticket, &Naming { field: None, tags: vec!["Feature-".to_owned()] }, Some(&field))
        };
        assert_eq!(of(json!("area_rates"), &["feature-quoting", "vip", "feature-"]), ["Rate shopping", "quoting"]);
        assert_eq!(of(json!(["area_rates", "new", "new"]), &["feature-new"]), ["Rate shopping", "new"]);
        assert_eq!(of(json!(null), &[]), [] as [&str; 0]);
        assert_eq!(of(json!(true), &["feature-b", "feature-a"]), ["a", "b"]);
    }
}
