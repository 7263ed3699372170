//! Two assembled states of one entity, field by field.

use serde_json::Value;

use crate::catalog::Assembled;
use crate::model::FieldPath;

/// A field that differs between two moments.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDifference {
    /// Where.
    pub path: FieldPath,
    /// The value at the first moment.
    pub before: Option<Value>,
    /// The value at the second moment.
    pub after: Option<Value>,
}

/// The fields that differ, in order of their path. Who said so is no difference.
#[must_use]
pub fn compare(before: &Assembled, after: &Assembled) -> Vec<FieldDifference> {
    let mut differences: Vec<FieldDifference> = Vec::new();
    for (path, field) in before {
        let now = after.get(path).map(|field| &field.value);
        if now != Some(&field.value) {
            differences.push(FieldDifference { path: path.clone(), before: Some(field.value.clone()), after: now.cloned() });
        }
    }
    for (path, field) in after {
        if !before.contains_key(path) {
            differences.push(FieldDifference { path: path.clone(), before: None, after: Some(field.value.clone()) });
        }
    }
    differences.sort_by(|a, b| a.path.cmp(&b.path));
    differences
}

/// The values of `before` with the differences carried out: `apply(a, compare(a, b))` has the values of `b`.
#[must_use]
pub fn apply(before: &Assembled, differences: &[FieldDifference]) -> std::collections::BTreeMap<FieldPath, Value> {
    let mut values: std::collections::BTreeMap<FieldPath, Value> =
        before.iter().map(|(path, field)| (path.clone(), field.value.clone())).collect();
    for difference in differences {
        match &difference.after {
            Some(value) => values.insert(difference.path.clone(), value.clone()),
            None => values.remove(&difference.path),
        };
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Field;
    use crate::model::{Facet, StreamNo};
    use proptest::prelude::*;

    fn state(values: &[(u8, u8)]) -> Assembled {
        values
            .iter()
            .map(|(field, value)| {
                (
                    FieldPath::whole(Facet::General, &format!("f{field}")),
                    Field { value: Value::from(*value), said_by: StreamNo(0), others: Vec::new() },
                )
            })
            .collect()
    }

    #[test]
    fn a_second_source_stating_the_same_value_is_no_change() {
        let one = state(&[(1, 1)]);
        let mut two = one.clone();
        for field in two.values_mut() {
            field.said_by = StreamNo(9);
            field.others.push((StreamNo(0), field.value.clone()));
        }
        assert_eq!(compare(&one, &two), []);
    }

    proptest! {
        #[test]
        fn applying_the_difference_gives_the_other_state(
            a in proptest::collection::vec((0_u8..6, 0_u8..3), 0..8),
            b in proptest::collection::vec((0_u8..6, 0_u8..3), 0..8),
        ) {
            let (a, b) = (state(&a), state(&b));
            let values: std::collections::BTreeMap<_, _> = b.iter().map(|(path, field)| (path.clone(), field.value.clone())).collect();
            prop_assert_eq!(apply(&a, &compare(&a, &b)), values);
        }
    }
}
