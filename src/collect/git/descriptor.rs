//! `catalog-info.yaml`: Backstage's descriptor format, read into our kinds.
//!
//! # Invariants
//! - A bad document never loses the others, and a bad field never loses its document, except `kind` and `metadata.name`.
//! - Whatever is refused is named with its line and what was expected.
//! - The text of an API's definition is not kept, only where it is: it may be huge, and it is read when it is asked for.

use std::collections::BTreeMap;

use crate::collect::git::Refusal;
use crate::collect::git::yaml::{self, Node, Value};
use crate::model::body::{General, Relations, WebLink};
use crate::model::{EntityRef, Kind};

/// A larger file is refused as a whole.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The longest text of one annotation, label or description that is kept, in bytes.
const MAX_TEXT: usize = 16 * 1024;

/// What one file describes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Descriptors {
    /// In the order of the file.
    pub descriptors: Vec<Descriptor>,
    /// Files that the documents of kind Location point to.
    pub targets: Vec<Target>,
    /// What was not read.
    pub refusals: Vec<Refusal>,
}

/// One document that describes an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    /// What it describes.
    pub entity: EntityRef,
    /// The line of `metadata.name`, from 1.
    pub line: u32,
    /// The position of the document in its file, from 0.
    pub document: usize,
    /// What it says about the entity.
    pub general: General,
    /// The edges that it states.
    pub relations: Relations,
    /// Of an API: where it says that its definition is.
    pub definition: Option<DefinitionAt>,
}

/// Where a document says that the definition of its API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefinitionAt {
    /// In the document itself, as a text.
    Here,
    /// In another file, or at a URL: as it is written behind `$text`.
    There(Target),
}

/// A file that a Location or a definition points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A relative path or a URL, as it is written.
    pub target: String,
    /// The line, from 1.
    pub line: u32,
}

/// Whether a path names a descriptor.
#[must_use]
pub fn is_descriptor(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("catalog-info.yaml" | "catalog-info.yml"))
}

/// Reads every document of a file.
#[must_use]
pub fn parse(path: &str, bytes: &[u8]) -> Descriptors {
    Reader::read(path, bytes, None).found
}

/// The definition of an API that stands in a descriptor as a text. Of two documents about it the first counts, as in
/// [`parse`]; an API that the file knows by another name is taken if it is the only one.
#[must_use]
pub fn inline_definition(bytes: &[u8], api: &EntityRef) -> Option<String> {
    let mut definitions = Reader::read("", bytes, Some(Vec::new())).definitions.unwrap_or_default();
    let position = match definitions.iter().position(|(of, _)| of == api) {
        None if definitions.len() == 1 => 0,
        position => position?,
    };
    Some(definitions.swap_remove(position).1)
}

impl<'a> Reader<'a> {
    /// Reads every document; texts of definitions are kept if there is a place for them.
    fn read(path: &'a str, bytes: &[u8], definitions: Option<Vec<(EntityRef, String)>>) -> Self {
        let mut reader = Self { path, found: Descriptors::default(), definitions };
        reader.file(bytes);
        reader
    }

    fn file(&mut self, bytes: &[u8]) {
        if bytes.len() > MAX_BYTES {
            self.refuse(None, format!("is {} bytes long; expected at most {MAX_BYTES}", bytes.len()));
            return;
        }
        if let Some(position) = bytes.iter().position(|byte| *byte == 0) {
            self.refuse(Some(line_at(bytes, position)), "holds a NUL byte; expected YAML text".to_owned());
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        if let Err(error) = std::str::from_utf8(bytes) {
            let line = line_at(bytes, error.valid_up_to());
            self.refuse(Some(line), "is not UTF-8; the bytes that are not are replaced".to_owned());
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        for (number, document) in yaml::documents(text).into_iter().enumerate() {
            match yaml::parse(document) {
                Ok(node) if node.is_null() => {}
                Ok(node) => self.document(number, &node),
                Err(problem) => self.refuse(Some(problem.line), format!("is not YAML: {}; the document is not read", problem.message)),
            }
        }
    }
}

fn line_at(bytes: &[u8], position: usize) -> u32 {
    let breaks = bytes[..position].iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// A Backstage ref, `[kind:][namespace/]name`, without regard to case.
///
/// # Errors
/// What was found and what was expected.
pub fn parse_ref(text: &str, default_kind: Option<Kind>, default_namespace: Option<&str>) -> Result<EntityRef, String> {
    let text = text.trim();
    let expected = |problem: &str| format!("{text:?} {problem}; expected [kind:][namespace/]name");
    let (kind, rest) = match text.split_once(':') {
        Some((word, rest)) => (kind_of(word).ok_or_else(|| expected(&format!("has the unknown kind {word:?}")))?, rest),
        None => (default_kind.ok_or_else(|| expected("lacks a kind"))?, text),
    };
    let (namespace, name) = match rest.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (default_namespace, rest),
    };
    if name.is_empty() || namespace == Some("") || name.contains([':', '/']) || rest.contains(char::is_whitespace) {
        return Err(expected("is no ref"));
    }
    EntityRef::new(kind, qualified(namespace, name)).map_err(|error| error.to_string())
}

fn kind_of(word: &str) -> Option<Kind> {
    Some(match word.to_ascii_lowercase().as_str() {
        "component" => Kind::Service,
        "api" => Kind::Api,
        "system" => Kind::System,
        "domain" => Kind::Domain,
        "resource" => Kind::Resource,
        "group" => Kind::Team,
        "user" => Kind::Person,
        _ => return None,
    })
}

/// The name of an entity: the namespace `default` is dropped.
fn qualified(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) if !namespace.eq_ignore_ascii_case("default") => format!("{namespace}/{name}"),
        _ => name.to_owned(),
    }
}

/// Sequences of letters and digits, separated by any of `-_.`, 63 characters at most.
fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// Lower-case letters and digits in words separated by `-`, 63 characters at most.
fn is_namespace(text: &str) -> bool {
    is_name(text) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Words of `a-z0-9:+#` separated by `-`, 63 characters at most.
fn is_tag(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":+#".contains(&byte))
    };
    text.len() <= 63 && text.split('-').all(is_word)
}

struct Reader<'a> {
    path: &'a str,
    found: Descriptors,
    definitions: Option<Vec<(EntityRef, String)>>,
}

/// The fields of a document's `spec`, with what the default of a ref is taken from.
struct Spec<'a> {
    node: &'a Node,
    namespace: Option<&'a str>,
}

impl Reader<'_> {
    fn refuse(&mut self, line: Option<u32>, message: String) {
        self.found.refusals.push(Refusal { path: self.path.to_owned(), line, message });
    }

    fn document(&mut self, document: usize, node: &Node) {
        if !matches!(node.value, Value::Mapping(_)) {
            self.refuse(Some(node.line), format!("is {}; expected a mapping with apiVersion, kind, metadata and spec", node.shape()));
            return;
        }
        self.refuse_repeated_keys("", node);
        let Some(kind_node) = node.get("kind") else {
            self.refuse(Some(node.line), "has no kind; the document is not read".to_owned());
            return;
        };
        let Value::Text(kind_word) = &kind_node.value else {
            self.refuse(Some(kind_node.line), format!("kind is {}; expected text; the document is not read", kind_node.shape()));
            return;
        };
        let kind = kind_of(kind_word);
        let is_location = kind_word.eq_ignore_ascii_case("location");
        if kind.is_none() && !is_location {
            let message = if kind_word.eq_ignore_ascii_case("template") {
                "kind Template is not read: it describes no entity of the catalog".to_owned()
            } else {
                format!("kind {kind_word:?} is not read; expected Component, API, System, Domain, Resource, Group, User or Location")
            };
            self.refuse(Some(kind_node.line), message);
            return;
        }
        if !self.is_our_version(node, kind_word) {
            return;
        }
        let empty = Node { line: node.line, value: Value::Null };
        let spec = self.mapping(node, "spec").unwrap_or(&empty);
        let Some(kind) = kind else { return self.location(spec) };
        let metadata = self.mapping(node, "metadata").unwrap_or(&empty);
        let Some((name, line)) = self.name(node, metadata) else { return };
        let namespace = self.text(metadata, "metadata.", "namespace");
        let namespace = match namespace {
            Some((text, _)) if text.eq_ignore_ascii_case("default") => None,
            Some((text, _)) if is_namespace(&text) => Some(text),
            Some((text, line)) => {
                let message = format!("metadata.namespace {text:?} is not lower-case words separated by -, 63 characters at most; ignored");
                self.refuse(Some(line), message);
                None
            }
            None => None,
        };
        let entity = match EntityRef::new(kind, qualified(namespace.as_deref(), &name)) {
            Ok(entity) => entity,
            Err(error) => return self.refuse(Some(line), error.to_string()),
        };
        let mut general = General { reference: Some(entity.clone()), ..General::default() };
        self.metadata(metadata, &mut general);
        let spec = Spec { node: spec, namespace: namespace.as_deref() };
        let relations = self.spec(kind, kind_word, &spec, &mut general);
        let definition = if kind == Kind::Api { self.definition(spec.node, &entity) } else { None };
        self.found.descriptors.push(Descriptor { entity, line, document, general, relations, definition });
    }

    /// Whether `apiVersion` is Backstage's. A document without one is read, and told of.
    fn is_our_version(&mut self, node: &Node, kind: &str) -> bool {
        let Some((version, line)) = self.text(node, "", "apiVersion") else {
            if node.get("apiVersion").is_none() {
                self.refuse(Some(node.line), "has no apiVersion; expected backstage.io/v1alpha1; read as such".to_owned());
            }
            return true;
        };
        let ours = version.starts_with("backstage.io/");
        if !ours {
            self.refuse(Some(line), format!("apiVersion {version:?} with kind {kind:?} is not read; expected backstage.io/v1alpha1"));
        }
        ours
    }

    fn name(&mut self, node: &Node, metadata: &Node) -> Option<(String, u32)> {
        let line = metadata.get("name").map_or(if metadata.is_null() { node.line } else { metadata.line }, |name| name.line);
        let Some((name, line)) = self.text(metadata, "metadata.", "name") else {
            self.refuse(Some(line), "has no metadata.name; the document is not read".to_owned());
            return None;
        };
        if !is_name(&name) {
            let message = format!(
                "metadata.name {name:?} is not letters and digits separated by any of -_. with 63 characters at most; the document is not read"
            );
            self.refuse(Some(line), message);
            return None;
        }
        Some((name, line))
    }

    fn metadata(&mut self, metadata: &Node, general: &mut General) {
        self.refuse_repeated_keys("metadata.", metadata);
        let mut text = |key| self.text(metadata, "metadata.", key).map(|(text, _)| text);
        general.title = text("title");
        general.description = text("description");
        general.labels = self.texts_by_key(metadata, "labels");
        general.annotations = self.texts_by_key(metadata, "annotations");
        for (tag, line) in self.texts(metadata, "metadata.", "tags") {
            if is_tag(&tag) {
                general.topics.push(tag);
            } else {
                let message = format!("metadata.tags has {tag:?}; expected words of a-z0-9:+# separated by -, 63 characters at most");
                self.refuse(Some(line), message);
            }
        }
        general.topics.sort();
        general.topics.dedup();
        for link in self.items(metadata, "metadata.", "links") {
            let Some((address, line)) = self.text(link, "metadata.links.", "url") else {
                if link.get("url").is_none_or(Node::is_null) {
                    self.refuse(Some(link.line), "metadata.links has an entry without url".to_owned());
                }
                continue;
            };
            match url::Url::parse(&address) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => {
                    let title = self.text(link, "metadata.links.", "title").map(|(title, _)| title);
                    general.links.push(WebLink { url: address, title });
                }
                _ => {
                    self.refuse(Some(line), format!("metadata.links.url {address:?} is not an http or https address; the link is left out"))
                }
            }
        }
    }

    fn spec(&mut self, kind: Kind, kind_word: &str, spec: &Spec<'_>, general: &mut General) -> Relations {
        self.refuse_repeated_keys("spec.", spec.node);
        for required in required(kind) {
            if spec.node.get(required).is_none_or(Node::is_null) {
                self.refuse(Some(spec.node.line), format!("spec.{required} is missing; expected in a {kind_word}; the rest is read"));
            }
        }
        let mut relations = Relations::default();
        if kind != Kind::Person {
            general.type_ = self.text(spec.node, "spec.", "type").map(|(text, _)| text);
        }
        match kind {
            Kind::Team => {
                general.parent = self.reference(spec, "parent", Some(Kind::Team));
                general.children = self.references(spec, "children", Some(Kind::Team));
                general.members = self.references(spec, "members", Some(Kind::Person));
                self.profile(spec.node, general);
            }
            Kind::Person => {
                general.member_of = self.references(spec, "memberOf", Some(Kind::Team));
                self.profile(spec.node, general);
            }
            _ => {
                general.owner = self.reference(spec, "owner", Some(Kind::Team)).into_iter().collect();
                general.domain = if kind == Kind::System { self.reference(spec, "domain", Some(Kind::Domain)) } else { None };
                general.parent = if kind == Kind::Domain { self.reference(spec, "subdomainOf", Some(Kind::Domain)) } else { None };
            }
        }
        if matches!(kind, Kind::Service | Kind::Api | Kind::Resource) {
            general.lifecycle = self.text(spec.node, "spec.", "lifecycle").map(|(text, _)| text);
            general.status = general.lifecycle.as_deref().and_then(status_of).map(str::to_owned);
            general.system = self.reference(spec, "system", Some(Kind::System));
        }
        if matches!(kind, Kind::Service | Kind::Resource) {
            relations.depends_on = self.edges(spec, "dependsOn", None);
            relations.dependency_of = self.edges(spec, "dependencyOf", None);
        }
        if kind == Kind::Service {
            general.subcomponent_of = self.reference(spec, "subcomponentOf", Some(Kind::Service));
            relations.provides_apis = self.edges(spec, "providesApis", Some(Kind::Api));
            relations.consumes_apis = self.edges(spec, "consumesApis", Some(Kind::Api));
        }
        relations
    }

    /// A text, or a mapping with one of the placeholders that name a file.
    fn definition(&mut self, spec: &Node, api: &EntityRef) -> Option<DefinitionAt> {
        const PLACEHOLDERS: [&str; 5] = ["$text", "$yaml", "$json", "$openapi", "$asyncapi"];
        let value = spec.get("definition").filter(|value| !value.is_null())?;
        if let Value::Text(text) = &value.value {
            if text.trim().is_empty() {
                return None;
            }
            if let Some(definitions) = &mut self.definitions {
                definitions.push((api.clone(), text.clone()));
            }
            return Some(DefinitionAt::Here);
        }
        let Some(entry) = value.entries().iter().find(|entry| PLACEHOLDERS.contains(&entry.key.as_str())) else {
            let shape = value.shape();
            self.refuse(Some(value.line), format!("spec.definition is {shape}; expected text, or $text with a path or a URL"));
            return None;
        };
        let target = self.text_of(&entry.value, &format!("spec.definition.{}", entry.key))?;
        Some(DefinitionAt::There(Target { target, line: entry.value.line }))
    }

    fn profile(&mut self, spec: &Node, general: &mut General) {
        let Some(profile) = self.mapping(spec, "profile") else { return };
        let display_name = self.text(profile, "spec.profile.", "displayName").map(|(text, _)| text);
        general.title = general.title.take().or(display_name);
        if let Some((email, line)) = self.text(profile, "spec.profile.", "email") {
            if email.contains('@') && !email.contains(char::is_whitespace) {
                general.email = Some(email);
            } else {
                self.refuse(Some(line), format!("spec.profile.email {email:?} is not an e-mail address"));
            }
        }
    }

    fn location(&mut self, spec: &Node) {
        let targets: Vec<(String, u32)> =
            self.text(spec, "spec.", "target").into_iter().chain(self.texts(spec, "spec.", "targets")).collect();
        if targets.is_empty() {
            self.refuse(Some(spec.line), "Location has neither spec.target nor spec.targets".to_owned());
        }
        self.found.targets.extend(targets.into_iter().map(|(target, line)| Target { target, line }));
    }

    /// The mapping at `key`, if there is one; what is not a mapping is refused.
    fn mapping<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let value = node.get(key).filter(|value| !value.is_null())?;
        if matches!(value.value, Value::Mapping(_)) {
            return Some(value);
        }
        self.refuse(Some(value.line), format!("{key} is {}; expected a mapping", value.shape()));
        None
    }

    /// The text at `key` and its line, if there is one; what is not text, or too much of it, is refused.
    fn text(&mut self, node: &Node, prefix: &str, key: &str) -> Option<(String, u32)> {
        let value = node.get(key).filter(|value| !value.is_null())?;
        let text = self.text_of(value, &format!("{prefix}{key}"))?;
        Some((text, value.line))
    }

    fn text_of(&mut self, value: &Node, name: &str) -> Option<String> {
        match &value.value {
            Value::Text(text) if text.len() > MAX_TEXT => {
                self.refuse(Some(value.line), format!("{name} is {} bytes long; expected at most {MAX_TEXT}", text.len()));
                None
            }
            Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => {
                self.refuse(Some(value.line), format!("{name} is {}; expected text", value.shape()));
                None
            }
        }
    }

    /// The items of the list at `key`; what is not a list is refused.
    fn items<'n>(&mut self, node: &'n Node, prefix: &str, key: &str) -> Vec<&'n Node> {
        match node.get(key) {
            Some(Node { value: Value::Sequence(items), .. }) => items.iter().map(|item| &**item).collect(),
            Some(value) if !value.is_null() => {
                self.refuse(Some(value.line), format!("{prefix}{key} is {}; expected a list", value.shape()));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn texts(&mut self, node: &Node, prefix: &str, key: &str) -> Vec<(String, u32)> {
        let name = format!("{prefix}{key}");
        let items = self.items(node, prefix, key);
        items.into_iter().filter_map(|item| self.text_of(item, &name).map(|text| (text, item.line))).collect()
    }

    fn texts_by_key(&mut self, metadata: &Node, key: &str) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        let Some(mapping) = metadata.get(key).filter(|value| !value.is_null()) else { return texts };
        if !matches!(mapping.value, Value::Mapping(_)) {
            self.refuse(Some(mapping.line), format!("metadata.{key} is {}; expected a mapping", mapping.shape()));
        }
        for entry in mapping.entries() {
            let name = format!("metadata.{key}.{}", entry.key);
            if entry.key.is_empty() || entry.key.len() > 253 || entry.key.chars().any(char::is_control) {
                self.refuse(Some(entry.value.line), format!("{name:?} is not a key of 1 to 253 characters"));
            } else if let Some(text) = self.text_of(&entry.value, &name) {
                texts.entry(entry.key.clone()).or_insert(text);
            }
        }
        texts
    }

    fn reference(&mut self, spec: &Spec<'_>, key: &str, default_kind: Option<Kind>) -> Option<EntityRef> {
        let (text, line) = self.text(spec.node, "spec.", key)?;
        parse_ref(&text, default_kind, spec.namespace).map_err(|problem| self.refuse(Some(line), format!("spec.{key}: {problem}"))).ok()
    }

    fn references(&mut self, spec: &Spec<'_>, key: &str, default_kind: Option<Kind>) -> Vec<EntityRef> {
        let mut references: Vec<EntityRef> = Vec::new();
        for (text, line) in self.texts(spec.node, "spec.", key) {
            match parse_ref(&text, default_kind, spec.namespace) {
                Ok(reference) => references.push(reference),
                Err(problem) => self.refuse(Some(line), format!("spec.{key}: {problem}")),
            }
        }
        references.sort();
        references.dedup();
        references
    }

    fn edges(&mut self, spec: &Spec<'_>, key: &str, default_kind: Option<Kind>) -> BTreeMap<String, bool> {
        self.references(spec, key, default_kind).into_iter().map(|reference| (reference.to_string(), true)).collect()
    }

    fn refuse_repeated_keys(&mut self, prefix: &str, node: &Node) {
        let mut seen = std::collections::BTreeSet::new();
        for entry in node.entries() {
            if !seen.insert(entry.key.as_str()) {
                self.refuse(Some(entry.value.line), format!("{prefix}{} is given twice; the first counts", entry.key));
            }
        }
    }
}

/// Fields of `spec` that the format asks for.
fn required(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Service | Kind::Api => &["type", "lifecycle", "owner"],
        Kind::Resource => &["type", "owner"],
        Kind::System | Kind::Domain => &["owner"],
        Kind::Team => &["type"],
        _ => &[],
    }
}

fn status_of(lifecycle: &str) -> Option<&'static str> {
    match lifecycle.to_ascii_lowercase().as_str() {
        "production" => Some("active"),
        "experimental" => Some("experimental"),
        "deprecated" => Some("deprecated"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEDGER: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: ledger
  title: Ledger
  description: |
    Keeps the books.
    ---
    Twice.
  labels: {tier: \"1\"}
  annotations:
    github.com/project-slug: acme/billing
    acme.example/replicas: 3
  tags: [java, payments, Bad Tag]
  links:
    - url: https://acme.example/ledger
      title: Runbook
    - url: javascript:alert(1)
    - title: nowhere
spec:
  type: service
  lifecycle: production
  owner: payments
  system: books
  subcomponentOf: billing
  dependsOn:
    - resource:ledger-db
    - Component:ops/clock
    - nokind
  providesApis: [ledger-api]
  consumesApis:
    - api:default/rates
";

    fn read(text: &str) -> Descriptors {
        parse("catalog-info.yaml", text.as_bytes())
    }

    fn told(found: &Descriptors) -> Vec<String> {
        found.refusals.iter().map(|refusal| format!("{}: {}", refusal.line.unwrap_or(0), refusal.message)).collect()
    }

    fn document(kind: &str, rest: &str) -> String {
        format!("apiVersion: backstage.io/v1alpha1\nkind: {kind}\n{rest}")
    }

    #[test]
    fn a_component_is_a_service_with_everything_it_states() {
        let found = read(LEDGER);
        let ledger = &found.descriptors[0];
        assert_eq!((ledger.entity.to_string().as_str(), ledger.line, ledger.document), ("service:ledger", 4, 0));
        let body = serde_json::Value::Object(crate::model::body::to_body(&ledger.general));
        insta::assert_json_snapshot!(body, @r#"
        {
          "annotations": {
            "acme.example/replicas": "3",
            "github.com/project-slug": "acme/billing"
          },
          "description": "Keeps the books.\n---\nTwice.",
          "labels": {
            "tier": "1"
          },
          "lifecycle": "production",
          "links": [
            {
              "title": "Runbook",
              "url": "https://acme.example/ledger"
            }
          ],
          "owner": [
            "team:payments"
          ],
          "ref": "service:ledger",
          "status": "active",
          "subcomponentOf": "service:billing",
          "system": "system:books",
          "title": "Ledger",
          "topics": [
            "java",
            "payments"
          ],
          "type": "service"
        }
        "#);
        let edges: Vec<&String> = ledger.relations.depends_on.keys().collect();
        assert_eq!(edges, ["resource:ledger-db", "service:ops/clock"]);
        assert!(ledger.relations.provides_apis.contains_key("api:ledger-api"));
        assert!(ledger.relations.consumes_apis.contains_key("api:rates"));
    }

    #[test]
    fn each_bad_field_is_named_with_its_line_and_the_rest_counts() {
        insta::assert_snapshot!(told(&read(LEDGER)).join("\n"), @r#"
        14: metadata.tags has "Bad Tag"; expected words of a-z0-9:+# separated by -, 63 characters at most
        18: metadata.links.url "javascript:alert(1)" is not an http or https address; the link is left out
        19: metadata.links has an entry without url
        29: spec.dependsOn: "nokind" lacks a kind; expected [kind:][namespace/]name
        "#);
    }

    #[test]
    fn every_kind_becomes_ours() {
        let kinds = ["Component", "API", "System", "Domain", "Resource", "Group", "User"];
        let text: Vec<String> =
            kinds.iter().map(|kind| document(kind, "metadata: {name: x}\nspec: {type: t, lifecycle: experimental, owner: o}\n")).collect();
        let found = read(&text.join("---\n"));
        let entities: Vec<String> = found.descriptors.iter().map(|descriptor| descriptor.entity.to_string()).collect();
        assert_eq!(entities, ["service:x", "api:x", "system:x", "domain:x", "resource:x", "team:x", "person:x"]);
        assert_eq!(told(&found), Vec::<String>::new());
        assert_eq!(found.descriptors[6].document, 6);
    }

    #[test]
    fn groups_and_users_state_their_tree_and_profile() {
        let found = read(
            "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: payments}\nspec:\n  type: team\n  parent: money\n  \
             children: [cards, group:sepa]\n  members: [ann, user:ops/bob]\n  profile: {displayName: Payments, email: pay@acme.example}\n---\n\
             apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec:\n  memberOf: [payments]\n  profile: {displayName: Ann, email: nobody}\n",
        );
        let (team, person) = (&found.descriptors[0].general, &found.descriptors[1].general);
        assert_eq!(team.parent.as_ref().unwrap().to_string(), "team:money");
        assert_eq!(team.children, ["team:cards".parse().unwrap(), "team:sepa".parse().unwrap()]);
        assert_eq!(team.members, ["person:ann".parse().unwrap(), "person:ops/bob".parse().unwrap()]);
        assert_eq!((team.title.as_deref(), team.email.as_deref()), (Some("Payments"), Some("pay@acme.example")));
        assert_eq!(person.member_of, ["team:payments".parse().unwrap()]);
        assert_eq!(told(&found), ["16: spec.profile.email \"nobody\" is not an e-mail address"]);
    }

    #[test]
    fn systems_and_domains_name_what_is_above_them() {
        let found = read(&format!(
            "{}---\n{}",
            document("System", "metadata: {name: books}\nspec: {owner: user:ann, domain: finance}\n"),
            document("Domain", "metadata: {name: finance}\nspec: {owner: money, subdomainOf: company}\n")
        ));
        assert_eq!(found.descriptors[0].general.domain.as_ref().unwrap().to_string(), "domain:finance");
        assert_eq!(found.descriptors[0].general.owner, ["person:ann".parse().unwrap()]);
        assert_eq!(found.descriptors[1].general.parent.as_ref().unwrap().to_string(), "domain:company");
    }

    #[test]
    fn a_namespace_is_kept_in_the_name_unless_it_is_default() {
        let spec = "spec: {type: s, lifecycle: production, owner: payments, system: default/books}\n";
        let found = read(&format!(
            "{}---\n{}",
            document("Component", &format!("metadata: {{name: a, namespace: ops}}\n{spec}")),
            document("Component", &format!("metadata: {{name: b, namespace: Default}}\n{spec}"))
        ));
        assert_eq!(found.descriptors[0].entity.to_string(), "service:ops/a");
        assert_eq!(found.descriptors[0].general.owner[0].to_string(), "team:ops/payments");
        assert_eq!(found.descriptors[0].general.system.as_ref().unwrap().to_string(), "system:books");
        assert_eq!(found.descriptors[1].entity.to_string(), "service:b");
    }

    #[test]
    fn the_definition_of_an_api_is_found_and_its_text_is_not_kept() {
        let api = |name: &str, definition: &str| {
            document("API", &format!("metadata: {{name: {name}}}\nspec: {{type: openapi, lifecycle: production, owner: o{definition}}}\n"))
        };
        let block = document(
            "API",
            "metadata: {name: Ledger-API, namespace: ops}\nspec:\n  type: openapi\n  lifecycle: production\n  owner: o\n  definition: |\n    openapi: 3.1.0\n    info: {title: Ledger}\n",
        );
        let text = [
            block,
            api("there", ", definition: {$text: ./openapi.yaml}"),
            api("none", ""),
            api("empty", ", definition: ' '"),
            api("mapping", ", definition: {openapi: 3.1.0}"),
            api("list", ", definition: {$text: [a]}"),
        ]
        .join("---\n");
        let found = read(&text);
        let at: Vec<_> = found.descriptors.iter().map(|descriptor| descriptor.definition.clone()).collect();
        let there = DefinitionAt::There(Target { target: "./openapi.yaml".into(), line: 15 });
        assert_eq!(at, [Some(DefinitionAt::Here), Some(there), None, None, None, None]);
        assert_eq!(
            told(&found),
            [
                "30: spec.definition is a mapping; expected text, or $text with a path or a URL",
                "35: spec.definition.$text is a list; expected text"
            ]
        );
        let inline = |api: &str| inline_definition(text.as_bytes(), &api.parse().unwrap());
        assert_eq!(inline("api:OPS/ledger-api").as_deref(), Some("openapi: 3.1.0\ninfo: {title: Ledger}\n"));
        assert_eq!(inline("api:renamed-since"), inline("api:ops/ledger-api"), "it is the only one");
        let two = format!("{}---\n{}", api("a", ", definition: one"), api("b", ", definition: two"));
        let inline = |api: &str| inline_definition(two.as_bytes(), &api.parse().unwrap());
        assert_eq!((inline("api:b").as_deref(), inline("api:c")), (Some("two"), None));
    }

    #[test]
    fn a_location_gives_its_targets_and_a_template_is_listed_as_not_read() {
        let found = read(&format!(
            "{}---\n{}---\n{}",
            document("Location", "metadata: {name: all}\nspec:\n  target: ./teams.yaml\n  targets:\n    - ../x/y.yaml\n"),
            document("Template", "metadata: {name: t}\n").replace("backstage.io/v1alpha1", "scaffolder.backstage.io/v1beta3"),
            document("Widget", "metadata: {name: w}\n")
        ));
        let targets: Vec<(&str, u32)> = found.targets.iter().map(|target| (target.target.as_str(), target.line)).collect();
        assert_eq!(targets, [("./teams.yaml", 5), ("../x/y.yaml", 7)]);
        assert_eq!(found.refusals.len(), 2);
        assert!(told(&found)[0].starts_with("10: kind Template is not read"), "{:?}", told(&found));
        assert!(told(&found)[1].starts_with("14: kind \"Widget\" is not read"), "{:?}", told(&found));
    }

    #[test]
    fn one_broken_document_does_not_lose_the_others() {
        let good = |name: &str| document("Domain", &format!("metadata: {{name: {name}}}\nspec: {{owner: o}}\n"));
        for broken in ["a: [1, 2\n", "kind:\n\tx: 1\n", "a: b: c\n", "- 1\n- 2\n", "\"unclosed\n", "just text\n", "a: *missing\n", "{}\n"] {
            let found = read(&format!("{}---\n{broken}---\n{}", good("first"), good("last")));
            let names: Vec<&str> = found.descriptors.iter().map(|descriptor| descriptor.entity.name()).collect();
            assert_eq!(names, ["first", "last"], "{broken:?}");
            assert_eq!(found.refusals.len(), 1, "{broken:?}: {:?}", found.refusals);
            assert!((5..=7).contains(&found.refusals[0].line.unwrap()), "{broken:?}: {:?}", found.refusals);
        }
    }

    #[test]
    fn only_a_bad_kind_or_name_loses_its_document() {
        for (rest, reason) in [
            ("metadata: {title: x}\n", "has no metadata.name"),
            ("metadata: {name: [x]}\n", "metadata.name is a list"),
            ("metadata: {name: 'a b'}\n", "metadata.name \"a b\""),
            ("metadata: {name: -a}\n", "metadata.name \"-a\""),
            ("metadata: text\n", "metadata is text"),
            ("", "has no metadata.name"),
        ] {
            let found = read(&document("Domain", rest));
            assert!(found.descriptors.is_empty(), "{rest}");
            assert!(told(&found).iter().any(|told| told.contains(reason)), "{rest}: {:?}", told(&found));
        }
        let odd = "metadata: {name: x, title: [1], tags: {a: b}, links: no, labels: [a], annotations: {a: [b]}, namespace: 'No No'}\n\
                   spec: {type: {}, lifecycle: [], owner: 'a b', dependsOn: x, providesApis: [[a]]}\n";
        let found = read(&document("Component", odd));
        assert_eq!(found.descriptors[0].entity.to_string(), "service:x");
        assert_eq!(found.refusals.len(), 11, "{:#?}", told(&found));
    }

    #[test]
    fn a_long_or_odd_name_is_judged_by_the_published_rule() {
        for good in ["a", "A-b_c.9", &"x".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-", "a-", ".a", "a/b", "ä", &"x".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn documents_of_another_system_are_not_read() {
        let found = read("apiVersion: user.openshift.io/v1\nkind: Group\nmetadata: {name: x}\n");
        assert!(found.descriptors.is_empty());
        assert!(told(&found)[0].starts_with("1: apiVersion \"user.openshift.io/v1\" with kind \"Group\" is not read"));
    }

    #[test]
    fn empty_binary_gigantic_and_foreign_text_are_told_apart() {
        assert_eq!(read(""), Descriptors::default());
        assert_eq!(read("# nothing\n---\n---\n"), Descriptors::default());
        assert_eq!(told(&parse("x", b"a\n\0")), ["2: holds a NUL byte; expected YAML text"]);
        assert!(told(&parse("x", &vec![b'a'; MAX_BYTES + 1]))[0].contains("bytes long"));
        let latin = b"apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata: {name: x, title: Gr\xfc\xdfe}\nspec: {owner: o}\n";
        let found = parse("x", latin);
        assert_eq!(found.descriptors.len(), 1);
        assert_eq!(found.refusals[0].line, Some(3));
    }

    #[test]
    fn an_alias_bomb_costs_nothing() {
        let mut text =
            "apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata: {name: x}\nspec:\n  owner: o\n  a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
                .to_owned();
        for level in 1..60 {
            let list = vec![format!("*a{}", level - 1); 10].join(",");
            text.push_str(&format!("  a{level}: &a{level} [{list}]\n"));
        }
        text.push_str("  tags: *a59\n");
        assert_eq!(read(&text).descriptors.len(), 1);
    }

    #[test]
    fn refs_are_read_with_the_default_kind_of_their_field() {
        let read = |text: &str, kind| parse_ref(text, kind, None).map(|reference| reference.to_string());
        assert_eq!(read("Group:Default/Payments", None).unwrap(), "team:Payments");
        assert_eq!(read("payments", Some(Kind::Team)).unwrap(), "team:payments");
        assert_eq!(read("user:ops/ann", Some(Kind::Team)).unwrap(), "person:ops/ann");
        for bad in ["", "a:", "a:b:c", "x/", "/x", "a/b/c", "thing:x", "a b"] {
            assert!(read(bad, Some(Kind::Team)).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse("x", &bytes);
        }

        #[test]
        fn a_document_survives_whatever_stands_in_its_fields(value in "[\\[\\]{}a:*&!|>'\"#, -]{0,12}") {
            let text = format!("{}---\n{}", document("Domain", &format!("metadata: {{name: x}}\nspec:\n  owner: {value}\n")),
                document("Domain", "metadata: {name: y}\nspec: {owner: o}\n"));
            let found = read(&text);
            prop_assert!(found.descriptors.iter().any(|descriptor| descriptor.entity.name() == "y"));
        }
    }
}
