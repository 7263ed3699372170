//! What is asked for: paths, parameters and selectors.

use axum::http::{HeaderMap, Method, header};
use serde_json::{Map, Value};

use super::access::Attributes;
use super::resources::{self, Kind, Resource};
use super::status::{Answer, Refusal};

/// A request for a resource.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) resource: &'static Resource,
    /// Empty: in the whole cluster.
    pub(super) namespace: String,
    /// Empty: a list.
    pub(super) name: String,
    pub(super) subresource: String,
    pub(super) verb: &'static str,
    pub(super) params: Params,
    pub(super) form: Form,
    pub(super) content_type: String,
}

/// How objects are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    /// Their metadata alone.
    Partial,
}

/// The query.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "false" && value != "0")
    }

    pub(super) fn number(&self, name: &str) -> Answer<Option<u64>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let parsed = text.parse().map(Some);
        parsed.map_err(|_| Refusal::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))
    }

    /// A resource version; none if it was not given.
    pub(super) fn version(&self) -> Answer<Option<u64>> {
        let Some(text) = self.get("resourceVersion") else { return Ok(None) };
        let wrong = || format!("resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax");
        text.parse().map(Some).map_err(|_| Refusal::internal(wrong()))
    }
}

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Path<'a> {
    /// A resource, perhaps one that there is not.
    Resource { group: &'a str, version: &'a str, namespace: &'a str, resource: &'a str, name: &'a str, subresource: &'a str },
    /// Anything else.
    Other,
}

/// Takes a path apart.
pub(super) fn path(path: &str) -> Path<'_> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return Path::Other,
    };
    let (namespace, rest) = match rest {
        [] => return Path::Other,
        ["namespaces", name] if group.is_empty() => {
            return Path::Resource { group, version, namespace: name, resource: "namespaces", name, subresource: "" };
        }
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        rest => ("", rest),
    };
    match rest {
        [resource] => Path::Resource { group, version, namespace, resource, name: "", subresource: "" },
        [resource, name] => Path::Resource { group, version, namespace, resource, name, subresource: "" },
        [resource, name, subresource] => Path::Resource { group, version, namespace, resource, name, subresource },
        _ => Path::Other,
    }
}

impl Asked {
    /// A request for something that there is; none if the group is none of the server's.
    pub(super) fn of(method: &Method, path: &Path<'_>, query: Option<&str>, headers: &HeaderMap) -> Answer<Option<Self>> {
        let Path::Resource { group, version, namespace, resource, name, subresource } = *path else { return Ok(None) };
        if !resources::RESOURCES.iter().any(|known| (known.group, known.version) == (group, version)) {
            return Ok(None);
        }
        let found = resources::find(group, version, resource).ok_or_else(Refusal::no_such_resource)?;
        let is_known_part = match subresource {
            "" => true,
            "scale" => found.has_scale && found.kind != Kind::ReplicaSet,
            "eviction" => found.kind == Kind::Pod,
            _ => false,
        };
        if !is_known_part || (!name.is_empty() && found.is_namespaced && namespace.is_empty()) {
            return Err(Refusal::no_such_resource());
        }
        let params = Params::of(query);
        let is_list = name.is_empty();
        let verb = match *method {
            Method::GET if is_list && params.is_set("watch") => "watch",
            Method::GET if is_list => "list",
            Method::GET => "get",
            Method::PATCH => "patch",
            Method::PUT => "update",
            Method::POST => "create",
            Method::DELETE if is_list => "deletecollection",
            Method::DELETE => "delete",
            _ => return Err(Refusal::method_not_allowed()),
        };
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let content_type = text(header::CONTENT_TYPE);
        Ok(Some(Self {
            resource: found,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            subresource: subresource.to_owned(),
            verb,
            form: form(&text(header::ACCEPT), is_list && verb == "list")?,
            content_type: content_type.split(';').next().unwrap_or_default().trim().to_owned(),
            params,
        }))
    }

    pub(super) fn attributes(&self) -> Attributes<'_> {
        Attributes {
            verb: self.verb,
            group: self.resource.group,
            resource: self.resource.name,
            subresource: &self.subresource,
            namespace: &self.namespace,
            name: &self.name,
        }
    }

    /// The object's key.
    pub(super) fn key(&self) -> String {
        if self.resource.is_namespaced { format!("{}/{}", self.namespace, self.name) } else { self.name.clone() }
    }
}

/// The first form of an Accept header that the server knows.
fn form(accept: &str, is_list: bool) -> Answer<Form> {
    if accept.is_empty() {
        return Ok(Form::Whole);
    }
    for one in accept.split(',') {
        let mut parts = one.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        if !matches!(kind, "application/json" | "*/*" | "application/*") {
            continue;
        }
        let wanted = parts.find_map(|part| part.strip_prefix("as="));
        match wanted {
            None => return Ok(Form::Whole),
            Some("PartialObjectMetadataList") if is_list => return Ok(Form::Partial),
            Some("PartialObjectMetadata") if !is_list => return Ok(Form::Partial),
            Some(_) => {}
        }
    }
    Err(Refusal::not_acceptable())
}

/// Which objects of a list are meant.
#[derive(Debug, Default)]
pub(super) struct Selection {
    namespace: String,
    labels: Vec<(String, Test)>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Debug, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
}

impl Selection {
    pub(super) fn of(asked: &Asked) -> Answer<Self> {
        let labels = asked.params.get("labelSelector").map_or(Ok(Vec::new()), labels)?;
        let mut fields = Vec::new();
        for part in asked.params.get("fieldSelector").unwrap_or_default().split(',').filter(|part| !part.is_empty()) {
            let split = part.split_once("!=").map(|(key, value)| (key, false, value));
            let split = split.or_else(|| part.split_once("==").or_else(|| part.split_once('=')).map(|(key, value)| (key, true, value)));
            let Some((key, is_equal, value)) = split else {
                return Err(Refusal::bad_request(format!("invalid selector: '{part}'; can't understand '{part}'")));
            };
            known_field(asked.resource.kind, key)?;
            fields.push((key.to_owned(), is_equal, value.to_owned()));
        }
        Ok(Self { namespace: asked.namespace.clone(), labels, fields })
    }

    /// Whether it names labels or fields.
    pub(super) fn selects(&self) -> bool {
        !self.labels.is_empty() || !self.fields.is_empty()
    }

    pub(super) fn has_namespace(&self, key: &str) -> bool {
        self.namespace.is_empty() || key.strip_prefix(self.namespace.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether an object is meant, by its whole content.
    pub(super) fn fits(&self, object: &Map<String, Value>) -> bool {
        let metadata = object.get("metadata");
        let label = |key: &str| metadata.and_then(|all| all.get("labels")).and_then(|all| all.get(key)).and_then(Value::as_str);
        let has_labels = self.labels.iter().all(|(key, test)| match (test, label(key)) {
            (Test::In(values), Some(value)) => values.iter().any(|known| known == value),
            (Test::NotIn(values), Some(value)) => !values.iter().any(|known| known == value),
            (Test::In(_) | Test::Exists, None) | (Test::Missing, Some(_)) => false,
            (Test::Exists, Some(_)) | (Test::NotIn(_) | Test::Missing, None) => true,
        });
        let has_field = |(path, is_equal, wanted): &(String, bool, String)| {
            let mut value = None;
            for (depth, key) in path.split('.').enumerate() {
                value = if depth == 0 { object.get(key) } else { value.and_then(|inner: &Value| inner.get(key)) };
            }
            let text = match value {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Bool(flag)) => flag.to_string(),
                Some(Value::Number(number)) => number.to_string(),
                _ if path == "spec.unschedulable" || path == "spec.hostNetwork" => "false".to_owned(),
                _ => String::new(),
            };
            (text == *wanted) == *is_equal
        };
        has_labels && self.fields.iter().all(has_field)
    }
}

fn known_field(kind: Kind, field: &str) -> Answer<()> {
    if matches!(field, "metadata.name" | "metadata.namespace") {
        return Ok(());
    }
    let own: &[&str] = match kind {
        Kind::Pod => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        Kind::Node => &["spec.unschedulable"],
        Kind::Namespace => &["status.phase"],
        Kind::Job => &["status.successful"],
        _ => {
            let message = format!("{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
            return Err(Refusal::bad_request(message));
        }
    };
    if own.contains(&field) { Ok(()) } else { Err(Refusal::bad_request(format!("field label not supported: {field}"))) }
}

/// A selector of labels: `a=b,c!=d,e in (f,g),!h`.
fn labels(text: &str) -> Answer<Vec<(String, Test)>> {
    let wrong = || Refusal::bad_request(format!("unable to parse requirement: found '{text}', expected: identifier"));
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        // A comma within parentheses separates values.
        let open = rest.find('(').filter(|open| rest.find(',').is_none_or(|comma| *open < comma));
        let end = match open {
            Some(open) => open + rest[open..].find(')').ok_or_else(wrong)? + 1,
            None => rest.find(',').unwrap_or(rest.len()),
        };
        let one = rest[..end].trim();
        rest = rest[end..].trim_start().trim_start_matches(',').trim_start();
        let values = |list: &str| list.trim().trim_matches(['(', ')']).split(',').map(|value| value.trim().to_owned()).collect::<Vec<_>>();
        let (key, test) = if let Some((key, list)) = one.split_once(" notin ") {
            (key, Test::NotIn(values(list)))
        } else if let Some((key, list)) = one.split_once(" in ") {
            (key, Test::In(values(list)))
        } else if let Some((key, value)) = one.split_once("!=") {
            (key, Test::NotIn(vec![value.trim().to_owned()]))
        } else if let Some((key, value)) = one.split_once("==").or_else(|| one.split_once('=')) {
            (key, Test::In(vec![value.trim().to_owned()]))
        } else if let Some(key) = one.strip_prefix('!') {
            (key, Test::Missing)
        } else {
            (one, Test::Exists)
        };
        if key.trim().is_empty() || key.trim().contains(char::is_whitespace) {
            return Err(wrong());
        }
        found.push((key.trim().to_owned(), test));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_name_resources() {
        let found = |path_: &str| match path(path_) {
            Path::Resource { group, version, namespace, resource, name, subresource } => {
                [group, version, namespace, resource, name, subresource].join("|")
            }
            Path::Other => "other".to_owned(),
        };
        assert_eq!(found("/api/v1/pods"), "|v1||pods||");
        assert_eq!(found("/api/v1/namespaces"), "|v1||namespaces||");
        assert_eq!(found("/api/v1/namespaces/payments"), "|v1|payments|namespaces|payments|");
        assert_eq!(found("/apis/apps/v1/namespaces/payments/deployments/api/scale"), "apps|v1|payments|deployments|api|scale");
        assert_eq!((found("/version"), found("/apis/apps/v1")), ("other".to_owned(), "other".to_owned()));
    }

    #[test]
    fn selectors_of_labels() {
        let object = json!({ "metadata": { "labels": { "app": "api", "tier": "2" } } });
        let fits = |text: &str| {
            let selection = Selection { labels: labels(text).unwrap(), ..Selection::default() };
            selection.fits(object.as_object().unwrap())
        };
        for yes in ["app=api", "app==api,tier=2", "app in (web, api)", "tier notin (1,3),app", "!zone", "zone!=a"] {
            assert!(fits(yes), "{yes}");
        }
        for no in ["app=web", "app!=api", "zone", "!app", "zone in (a)", "app,tier notin (2)"] {
            assert!(!fits(no), "{no}");
        }
        assert!(labels("a b").is_err());
    }
}
