//! What a document costs and whether it may be asked, before anything of it is answered.
//!
//! GitHub's published formula: every connection is one request for each node above it, as if each `first` were reached;
//! a hundred requests are a point. The nodes of all connections together may be 500,000.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet, ServiceDocument, Type, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Name, Pos, Positioned, Value, Variables};
use serde_json::json;

use crate::demo::github::access::{Kind, Viewer};

/// The most nodes that a document may ask for.
const MOST_NODES: u64 = 500_000;
/// The longest page.
const LONGEST_PAGE: i64 = 100;
/// Fragments in fragments; more than any document needs.
const DEEPEST: usize = 64;

/// Which type each field of each type has.
#[derive(Default)]
pub(super) struct Types(HashMap<String, HashMap<String, String>>);

/// What a document costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) points: u64,
    pub(super) nodes: u64,
}

impl Types {
    /// Of a schema in the schema language.
    pub(super) fn of(schema: &ServiceDocument) -> Self {
        let mut types: HashMap<String, HashMap<String, String>> = HashMap::new();
        for definition in &schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let fields = match &definition.node.kind {
                TypeKind::Object(object) => &object.fields,
                TypeKind::Interface(interface) => &interface.fields,
                _ => continue,
            };
            let fields = fields.iter().map(|field| (field.node.name.node.to_string(), base_name(&field.node.ty.node)));
            types.insert(definition.node.name.node.to_string(), fields.collect());
        }
        Self(types)
    }
}

fn base_name(kind: &Type) -> String {
    match &kind.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => base_name(inner),
    }
}

/// What a document costs, or all that is wrong with it, in GitHub's form.
pub(super) fn judge(
    types: &Types,
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
    viewer: &Viewer,
) -> Result<Cost, Vec<serde_json::Value>> {
    let operation = document.operations.iter().find(|(name, _)| match operation_name {
        Some(wanted) => name.is_some_and(|name| name == wanted),
        None => true,
    });
    // Asking for an operation that is not there fails when it is executed.
    let Some((name, operation)) = operation else { return Ok(Cost { points: 1, nodes: 0 }) };
    let start = name.map_or_else(|| "query".to_owned(), |name| format!("query {name}"));
    let mut judge = Judge {
        types,
        fragments: &document.fragments,
        operation: &operation.node,
        variables,
        viewer,
        requests: 0,
        nodes: 0,
        errors: Vec::new(),
        path: vec![start],
    };
    judge.selection("Query", &operation.node.selection_set.node, 1, 0);
    if judge.errors.is_empty() && judge.nodes > MOST_NODES {
        let message = format!(
            "This query requests up to {} possible nodes which exceeds the maximum limit of {}.",
            grouped(judge.nodes),
            grouped(MOST_NODES)
        );
        judge.errors.push(json!({"type": "MAX_NODE_LIMIT_EXCEEDED", "message": message}));
    }
    if judge.errors.is_empty() { Ok(Cost { points: ((judge.requests + 50) / 100).max(1), nodes: judge.nodes }) } else { Err(judge.errors) }
}

struct Judge<'a> {
    types: &'a Types,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    viewer: &'a Viewer,
    requests: u64,
    nodes: u64,
    errors: Vec<serde_json::Value>,
    path: Vec<String>,
}

impl Judge<'_> {
    fn selection(&mut self, parent: &str, set: &SelectionSet, times: u64, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(parent, &field.node, field.pos, times, depth),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.to_string());
                    self.selection(on.as_deref().unwrap_or(parent), &fragment.node.selection_set.node, times, depth + 1);
                }
                Selection::FragmentSpread(spread) => {
                    let fragments = self.fragments;
                    if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                        let on = fragment.node.type_condition.node.on.node.to_string();
                        self.selection(&on, &fragment.node.selection_set.node, times, depth + 1);
                    }
                }
            }
        }
    }

    fn field(&mut self, parent: &str, field: &Field, position: Pos, times: u64, depth: usize) {
        let name = field.name.node.as_str();
        let types = self.types;
        let Some(kind) = types.0.get(parent).and_then(|fields| fields.get(name)) else { return };
        self.path.push(field.response_key().node.to_string());
        self.scopes(parent, name, position);
        let mut below = times;
        if kind.ends_with("Connection") {
            let size = self.size_of_page(field, name, position);
            self.requests = self.requests.saturating_add(times);
            below = times.saturating_mul(size);
            self.nodes = self.nodes.saturating_add(below);
        }
        self.selection(kind, &field.selection_set.node, below, depth + 1);
        self.path.pop();
    }

    fn size_of_page(&mut self, field: &Field, name: &str, position: Pos) -> u64 {
        let first = self.number(field, "first");
        let last = self.number(field, "last");
        let Some(size) = first.or(last) else {
            let message = format!("You must provide a `first` or `last` value to properly paginate the `{name}` connection.");
            self.error("MISSING_PAGINATION_BOUNDARIES", message, position);
            return 0;
        };
        let word = if first.is_some() { "first" } else { "last" };
        if size > LONGEST_PAGE {
            let message =
                format!("Requesting {size} records on the `{name}` connection exceeds the `{word}` limit of {LONGEST_PAGE} records.");
            self.error("EXCESSIVE_PAGINATION", message, position);
        } else if size < 0 {
            let message = format!("`{word}` on the `{name}` connection cannot be less than zero.");
            self.error("INVALID_PAGINATION", message, position);
        }
        size.clamp(0, LONGEST_PAGE) as u64
    }

    fn number(&self, field: &Field, argument: &str) -> Option<i64> {
        let value = field.get_argument(argument)?.node.clone().into_const_with(|name| {
            let given = self.variables.get(&name).cloned();
            let default = || {
                let definitions = &self.operation.variable_definitions;
                let definition = definitions.iter().find(|definition| definition.node.name.node == name)?;
                definition.node.default_value.as_ref().map(|value| value.node.clone())
            };
            given.or_else(default).ok_or(())
        });
        match value {
            Ok(Value::Number(number)) => number.as_i64(),
            _ => None,
        }
    }

    fn scopes(&mut self, parent: &str, name: &str, position: Pos) {
        let needed: &[&str] = match (parent, name) {
            ("Team", _) | ("Organization", "membersWithRole") => &["read:org", "read:discussion"],
            ("User", "email") => &["user:email", "read:user"],
            _ => return,
        };
        let Kind::Scopes(granted) = &self.viewer.kind else { return };
        if needed.iter().any(|scope| self.viewer.has_scope(scope)) {
            return;
        }
        let list = |scopes: &mut dyn Iterator<Item = &str>| scopes.map(|scope| format!("'{scope}'")).collect::<Vec<_>>().join(", ");
        let message = format!(
            "Your token has not been granted the required scopes to execute this query. The '{name}' field requires one of the following \
             scopes: [{}], but your token has only been granted the: [{}] scopes. Please modify your token's scopes at: \
             https://github.com/settings/tokens.",
            list(&mut needed.iter().copied()),
            list(&mut granted.iter().map(String::as_str)),
        );
        self.errors.push(json!({"type": "INSUFFICIENT_SCOPES", "locations": [location(position)], "message": message}));
    }

    fn error(&mut self, kind: &str, message: String, position: Pos) {
        self.errors.push(json!({"type": kind, "path": self.path, "locations": [location(position)], "message": message}));
    }
}

fn location(position: Pos) -> serde_json::Value {
    json!({"line": position.line, "column": position.column})
}

/// `500,000`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
