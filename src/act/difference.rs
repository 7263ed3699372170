//! What an act changes, for people: the fields that differ between an object and what the cluster would make of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A field that gets another value.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The field: `spec.template.spec.containers[app].image`.
    pub path: String,
    /// Its value now; absent if it has none. Values of environment variables are not told.
    pub before: Option<Value>,
    /// Its value afterwards; absent if it has none.
    pub after: Option<Value>,
}

/// Annotations that repeat the object, or follow from what differs.
const REPEATING: [&str; 2] = ["kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"];

/// The differences in what people decide: labels, annotations and the specification; not the status, nor what the
/// cluster counts for itself. Items of a list that have names are told apart by them.
#[must_use]
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    for part in ["/metadata/labels", "/metadata/annotations", "/spec"] {
        let path = part[1..].replace('/', ".");
        compare(&path, before.pointer(part), after.pointer(part), &mut found);
    }
    found.retain(|difference| !REPEATING.iter().any(|name| difference.path.ends_with(&format!("annotations[{name}]"))));
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    let nothing = Map::new();
    match (before, after) {
        (Some(Value::Object(_)) | None, Some(Value::Object(_)) | None) => {
            let fields = |value: Option<&'_ Value>| value.and_then(Value::as_object).cloned().unwrap_or_else(|| nothing.clone());
            let (before, after) = (fields(before), fields(after));
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric());
                let path = if is_plain { format!("{path}.{name}") } else { format!("{path}[{name}]") };
                compare(&path, before.get(name), after.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => match (named(before), named(after)) {
            (Some(before), Some(after)) => {
                let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
                for name in names {
                    compare(&format!("{path}[{name}]"), before.get(name).copied(), after.get(name).copied(), found);
                }
            }
            _ => tell(path, Some(&Value::Array(before.clone())), Some(&Value::Array(after.clone())), found),
        },
        _ => tell(path, before, after, found),
    }
}

fn tell(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    // Somebody may have written a secret there.
    let is_hidden = path.contains(".env[") && path.ends_with(".value");
    let shown = |value: Option<&Value>| value.map(|value| if is_hidden { Value::from("(not shown)") } else { value.clone() });
    found.push(Difference { path: path.to_owned(), before: shown(before), after: shown(after) });
}

/// The items by name, if every one has a name of its own.
fn named(items: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let by_name: BTreeMap<&str, &Value> = items.iter().filter_map(|item| Some((item.get("name")?.as_str()?, item))).collect();
    (by_name.len() == items.len()).then_some(by_name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_named_as_people_find_them() {
        let object = |image: &str, secret: &str| {
            json!({
                "metadata": { "resourceVersion": image, "annotations": { "kubernetes.io/change-cause": image, "deployment.kubernetes.io/revision": image } },
                "spec": { "replicas": 3, "template": { "spec": { "containers": [
                    { "name": "side", "image": "s:1" },
                    { "name": "app", "image": image, "args": ["--a", image], "env": [{ "name": "PASSWORD", "value": secret }] },
                ] } } },
                "status": { "replicas": image },
            })
        };
        let mut told: Vec<String> = Vec::new();
        for Difference { path, before, after } in differences(&object("a:1", "hunter2"), &object("a:2", "hunter3")) {
            told.push(format!("{path}: {} -> {}", before.unwrap_or_default(), after.unwrap_or_default()));
        }
        insta::assert_snapshot!(told.join("\n"), @r#"
        metadata.annotations[kubernetes.io/change-cause]: "a:1" -> "a:2"
        spec.template.spec.containers[app].args: ["--a","a:1"] -> ["--a","a:2"]
        spec.template.spec.containers[app].env[PASSWORD].value: "(not shown)" -> "(not shown)"
        spec.template.spec.containers[app].image: "a:1" -> "a:2"
        "#);
    }

    #[test]
    fn what_comes_and_goes_is_told_field_by_field() {
        let found = differences(&json!({ "spec": { "a": { "b": 1 } } }), &json!({ "spec": { "c": [1] } }));
        assert_eq!(
            found,
            [
                Difference { path: "spec.a.b".to_owned(), before: Some(json!(1)), after: None },
                Difference { path: "spec.c".to_owned(), before: None, after: Some(json!([1])) },
            ]
        );
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..9_u8).prop_map(Value::from),
            "[a-z]{0,3}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,2}|name", inner, 0..4)
                    .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself_and_looking_back_swaps_the_sides(one in any_value(), other in any_value()) {
            let (one, other) = (json!({ "spec": one }), json!({ "spec": other }));
            prop_assert!(differences(&one, &one).is_empty());
            let back = differences(&other, &one).into_iter().map(|Difference { path, before, after }| Difference { path, before: after, after: before });
            prop_assert_eq!(differences(&one, &other), back.collect::<Vec<_>>());
        }
    }
}
