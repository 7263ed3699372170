//! The statements valid at one moment, folded into one value per field.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Body, Facet, FieldPath, Policy, ResourceNo, StreamNo};

/// Who makes a statement: one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// The stream.
    pub stream: StreamNo,
    /// The resource that it speaks of.
    pub resource: ResourceNo,
    /// The facet that it fills.
    pub facet: Facet,
    /// Where inside its source it comes from.
    pub origin: String,
}

impl Speaker {
    /// Stronger first; ties between equal origins go to the older resource, then the older stream.
    pub(crate) fn order(&self, other: &Self, field: &str, policy: &Policy) -> Ordering {
        (policy.rank(field, &self.origin), &self.origin, self.resource, self.stream).cmp(&(
            policy.rank(field, &other.origin),
            &other.origin,
            other.resource,
            other.stream,
        ))
    }
}

/// A statement that is valid at the moment.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Who says it.
    pub speaker: &'a Speaker,
    /// What.
    pub body: &'a Body,
}

/// A field's value, who said so, and who disagrees.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The value that holds by precedence.
    pub value: Value,
    /// The stream that said it.
    pub said_by: StreamNo,
    /// Other statements about the field, strongest first, agreeing ones included.
    pub others: Vec<(StreamNo, Value)>,
}

/// Every field of one entity at one moment.
pub type Assembled = BTreeMap<FieldPath, Field>;

/// Folds statements into fields, by the policy's precedence of origins per field.
#[must_use]
pub fn assemble(statements: &[Said<'_>], policy: &Policy) -> Assembled {
    let mut candidates: BTreeMap<FieldPath, Vec<(&Speaker, &Value)>> = BTreeMap::new();
    for said in statements {
        for_each_field(said.speaker.facet, said.body, |path, value| {
            candidates.entry(path).or_default().push((said.speaker, value));
        });
    }
    candidates
        .into_iter()
        .filter_map(|(path, mut values)| {
            let field = path.field_name();
            values.sort_by(|a, b| a.0.order(b.0, &field, policy));
            let mut values = values.into_iter().map(|(speaker, value)| (speaker.stream, value.clone()));
            let (said_by, value) = values.next()?;
            Some((path, Field { value, said_by, others: values.collect() }))
        })
        .collect()
}

/// Calls `visit` for each field of a body; entries of keyed fields one by one.
pub(crate) fn for_each_field<'a>(facet: Facet, body: &'a Body, mut visit: impl FnMut(FieldPath, &'a Value)) {
    for (field, value) in body {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    visit(FieldPath::entry(facet, field, key), value);
                }
            }
            _ => visit(FieldPath::whole(facet, field), value),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    pub(crate) fn speaker(stream: u32, facet: Facet, origin: &str) -> Speaker {
        Speaker { stream: StreamNo(stream), resource: ResourceNo(stream / 10), facet, origin: origin.to_owned() }
    }

    pub(crate) fn body(value: Value) -> Body {
        value.as_object().cloned().expect("a body is an object")
    }

    #[test]
    fn the_descriptor_outranks_codeowners_and_the_loser_is_kept() {
        let (descriptor, owners) = (speaker(1, Facet::General, "catalog-info.yaml"), speaker(2, Facet::General, "CODEOWNERS"));
        let (strong, weak) = (body(json!({"owner": ["team:payments"]})), body(json!({"owner": ["team:billing"]})));
        let assembled =
            assemble(&[Said { speaker: &owners, body: &weak }, Said { speaker: &descriptor, body: &strong }], &Policy::default());
        let owner = &assembled[&FieldPath::whole(Facet::General, "owner")];
        assert_eq!(owner.value, json!(["team:payments"]));
        assert_eq!(owner.others, [(StreamNo(2), json!(["team:billing"]))]);
    }

    #[test]
    fn a_losing_statement_wins_when_the_winner_withdraws() {
        let owners = speaker(2, Facet::General, "CODEOWNERS");
        let weak = body(json!({"owner": ["team:billing"]}));
        let assembled = assemble(&[Said { speaker: &owners, body: &weak }], &Policy::default());
        assert_eq!(assembled[&FieldPath::whole(Facet::General, "owner")].value, json!(["team:billing"]));
    }

    #[test]
    fn precedence_can_be_turned_around_for_one_field() {
        let (descriptor, owners) = (speaker(1, Facet::General, "catalog-info.yaml"), speaker(2, Facet::General, "CODEOWNERS"));
        let (a, b) = (body(json!({"owner": ["team:a"], "type": "x"})), body(json!({"owner": ["team:b"], "type": "y"})));
        let policy = Policy { precedence: [("general.owner".to_owned(), vec!["CODEOWNERS".to_owned()])].into(), ..Policy::default() };
        let assembled = assemble(&[Said { speaker: &descriptor, body: &a }, Said { speaker: &owners, body: &b }], &policy);
        assert_eq!(assembled[&FieldPath::whole(Facet::General, "owner")].value, json!(["team:b"]));
        assert_eq!(assembled[&FieldPath::whole(Facet::General, "type")].value, json!("x"));
    }

    #[test]
    fn entries_of_keyed_fields_are_joined_over_statements() {
        let (one, two) = (speaker(1, Facet::Dependencies, "manifests"), speaker(12, Facet::Dependencies, "manifests"));
        let (a, b) = (body(json!({"packages": {"a#npm/x": {"direct": true}}})), body(json!({"packages": {"b#npm/y": {"direct": true}}})));
        let assembled = assemble(&[Said { speaker: &one, body: &a }, Said { speaker: &two, body: &b }], &Policy::default());
        assert_eq!(assembled.len(), 2);
    }

    proptest! {
        #[test]
        fn assembling_is_indifferent_to_the_order_of_statements(
            values in proptest::collection::vec((0_u8..4, proptest::sample::select(vec!["catalog-info.yaml", "CODEOWNERS", "readme", "z"])), 1..8),
            seed in any::<u64>(),
        ) {
            let said: Vec<(Speaker, Body)> = values.iter().enumerate()
                .map(|(i, (v, origin))| (speaker(i as u32, Facet::General, origin), body(json!({"owner": v, "topics": {"k": v}}))))
                .collect();
            let in_order: Vec<Said<'_>> = said.iter().map(|(speaker, body)| Said { speaker, body }).collect();
            let mut shuffled = in_order.clone();
            let len = shuffled.len();
            for i in 0..len {
                shuffled.swap(i, (seed as usize).wrapping_mul(31).wrapping_add(i * 7) % len);
            }
            prop_assert_eq!(assemble(&in_order, &Policy::default()), assemble(&shuffled, &Policy::default()));
        }
    }
}
