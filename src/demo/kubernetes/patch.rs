//! Patches: RFC 6902, RFC 7386, and Kubernetes' strategic merge for the lists of workloads.

use serde_json::{Map, Value};

use super::status::Refusal;

/// What a patch is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Json,
    Merge,
    Strategic,
}

impl Language {
    pub(super) fn of(content_type: &str) -> Result<Self, Refusal> {
        match content_type {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" => Ok(Self::Strategic),
            _ => Err(Refusal::unsupported_media_type()),
        }
    }
}

/// The object with a patch applied; servers before 1.25 (`minor`) took a malformed one for a fault of their own.
pub(super) fn apply(language: Language, object: &Value, patch: &[u8], minor: u32) -> Result<Value, Refusal> {
    let parsed: Result<Value, _> = serde_json::from_slice(patch);
    let mut patched = object.clone();
    match (language, parsed) {
        (Language::Json, Ok(Value::Array(operations))) => {
            for operation in &operations {
                operate(&mut patched, operation).ok_or_else(Refusal::unprocessable)?;
            }
        }
        (Language::Merge, Ok(patch @ Value::Object(_))) => merge(&mut patched, patch),
        (Language::Strategic, Ok(Value::Object(patch))) => strategic(&mut patched, patch),
        (Language::Merge, Err(_)) if minor < 25 => return Err(Refusal::internal("Invalid JSON Patch")),
        (_, Err(error)) => return Err(Refusal::bad_request(format!("error decoding patch: {error}"))),
        (_, Ok(_)) => return Err(Refusal::bad_request("error decoding patch: json: cannot unmarshal into Go value")),
    }
    Ok(patched)
}

/// One operation of RFC 6902; none: it cannot be done.
fn operate(document: &mut Value, operation: &Value) -> Option<()> {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let path = text("path")?;
    let value = || operation.get("value").cloned();
    match text("op")? {
        "test" => (document.pointer(path) == operation.get("value")).then_some(()),
        "add" => add(document, path, value()?),
        "remove" => remove(document, path).map(|_| ()),
        "replace" => {
            // A member may be replaced only where there is one.
            let target = document.pointer_mut(path)?;
            *target = value()?;
            Some(())
        }
        "move" => {
            let moved = remove(document, text("from")?)?;
            add(document, path, moved)
        }
        "copy" => {
            let copied = document.pointer(text("from")?)?.clone();
            add(document, path, copied)
        }
        _ => None,
    }
}

/// The container of a pointer's last part, and that part without escapes.
fn parent<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((document.pointer_mut(parent)?, last.replace("~1", "/").replace("~0", "~")))
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *document = value;
        return Some(());
    }
    let (parent, last) = parent(document, path)?;
    match parent {
        Value::Object(map) => {
            map.insert(last, value);
        }
        Value::Array(list) if last == "-" => list.push(value),
        Value::Array(list) => {
            let at: usize = last.parse().ok().filter(|at| *at <= list.len())?;
            list.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = parent(document, path)?;
    match parent {
        Value::Object(map) => map.remove(&last),
        Value::Array(list) => {
            let at: usize = last.parse().ok().filter(|at| *at < list.len())?;
            Some(list.remove(at))
        }
        _ => None,
    }
}

/// RFC 7386.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Map::new().into();
    }
    let Some(map) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            map.remove(&key);
        } else {
            merge(map.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// By which member the items of a list are told apart.
fn merge_key(list: &str) -> Option<&'static str> {
    match list {
        "containers" | "initContainers" | "ephemeralContainers" | "env" | "volumes" | "imagePullSecrets" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "volumeDevices" => Some("devicePath"),
        "ports" => Some("containerPort"),
        "conditions" => Some("type"),
        "ownerReferences" => Some("uid"),
        "hostAliases" => Some("ip"),
        "topologySpreadConstraints" => Some("topologyKey"),
        _ => None,
    }
}

fn strategic(target: &mut Value, mut patch: Map<String, Value>) {
    let directive = patch.remove("$patch");
    if directive.as_ref().and_then(Value::as_str) == Some("replace") || !target.is_object() {
        *target = Map::new().into();
    }
    let Some(map) = target.as_object_mut() else { return };
    if let Some(Value::Array(kept)) = patch.remove("$retainKeys") {
        map.retain(|key, _| kept.iter().any(|name| name.as_str() == Some(key)));
    }
    patch.retain(|key, _| !key.starts_with("$setElementOrder/"));
    for (key, value) in patch {
        match value {
            Value::Null => {
                map.remove(&key);
            }
            Value::Object(inner) => strategic(map.entry(key).or_insert_with(|| Map::new().into()), inner),
            Value::Array(items) => match merge_key(&key) {
                Some(by) => merge_lists(map.entry(key).or_insert_with(|| Value::Array(Vec::new())), items, by),
                None => {
                    map.insert(key, items.into());
                }
            },
            plain => {
                map.insert(key, plain);
            }
        }
    }
}

fn merge_lists(target: &mut Value, items: Vec<Value>, by: &str) {
    if items.iter().any(|item| item.get("$patch").and_then(Value::as_str) == Some("replace") && item.get(by).is_none()) {
        *target = items.into_iter().filter(|item| item.get("$patch").is_none()).collect();
        return;
    }
    if !target.is_array() {
        *target = Value::Array(Vec::new());
    }
    let Some(list) = target.as_array_mut() else { return };
    for item in items {
        let known = list.iter().position(|known| known.get(by).is_some() && known.get(by) == item.get(by));
        let is_deletion = item.get("$patch").and_then(Value::as_str) == Some("delete");
        match (known, item) {
            (Some(at), _) if is_deletion => {
                list.remove(at);
            }
            (Some(at), Value::Object(patch)) => strategic(&mut list[at], patch),
            (None, Value::Object(patch)) if !is_deletion => {
                let mut made = Map::new().into();
                strategic(&mut made, patch);
                list.push(made);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(language: Language, object: &Value, patch: &Value) -> Value {
        apply(language, object, patch.to_string().as_bytes(), 33).unwrap()
    }

    #[test]
    fn each_language_does_as_it_says() {
        let object =
            json!({ "a": { "b/c": 1, "d": [1, 2] }, "containers": [{ "name": "x", "image": "x:1" }, { "name": "y", "image": "y:1" }] });
        let operations = json!([
            { "op": "test", "path": "/a/b~1c", "value": 1 },
            { "op": "add", "path": "/a/d/-", "value": 3 },
            { "op": "remove", "path": "/a/d/0" },
            { "op": "replace", "path": "/a/b~1c", "value": 2 },
            { "op": "move", "from": "/a/d", "path": "/d" },
            { "op": "copy", "from": "/a/b~1c", "path": "/e" }
        ]);
        let after = patched(Language::Json, &object, &operations);
        assert_eq!((&after["a"], &after["d"], &after["e"]), (&json!({ "b/c": 2 }), &json!([2, 3]), &json!(2)));
        for refused in [json!([{ "op": "replace", "path": "/z", "value": 1 }]), json!([{ "op": "test", "path": "/z", "value": 1 }])] {
            assert_eq!(apply(Language::Json, &object, refused.to_string().as_bytes(), 33).unwrap_err().code, 422);
        }
        let after = patched(Language::Merge, &object, &json!({ "a": { "d": null }, "containers": [] }));
        assert_eq!(after, json!({ "a": { "b/c": 1 }, "containers": [] }));
        let patch = json!({ "containers": [{ "name": "y", "image": "y:2" }, { "name": "z" }, { "name": "x", "$patch": "delete" }], "a": { "$patch": "replace", "f": 1 } });
        let after = patched(Language::Strategic, &object, &patch);
        assert_eq!(after, json!({ "a": { "f": 1 }, "containers": [{ "name": "y", "image": "y:2" }, { "name": "z" }] }));
    }
}
