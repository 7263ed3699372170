//! The GraphQL endpoint: judging a document, executing it, and GitHub's form of errors.

mod connection;
mod judge;
mod types;

use std::sync::Arc;

use async_graphql::parser::types::DocumentOperations;
use async_graphql::{EmptyMutation, EmptySubscription, Request, ServerError, Variables};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::{Refused, Viewer};
use super::limits::{Budget, Resource};
use super::rest::{failure, json_answer};
use super::visit::Visit;
use super::{Asked, GitHub};
use judge::{Cost, Types};

/// The executable schema, and its types by name.
pub(super) struct Schema {
    executable: async_graphql::Schema<types::Query, EmptyMutation, EmptySubscription>,
    types: Types,
}

/// What a document was charged for, for `rateLimit`.
#[derive(Clone, Copy, Debug)]
struct Charge {
    cost: Cost,
    budget: Option<Budget>,
}

#[derive(Deserialize)]
struct Posted {
    query: Option<String>,
    #[serde(default)]
    variables: Option<Value>,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

fn executable() -> async_graphql::Schema<types::Query, EmptyMutation, EmptySubscription> {
    async_graphql::Schema::build(types::Query, EmptyMutation, EmptySubscription).limit_recursive_depth(64).finish()
}

pub(super) fn schema_text() -> String {
    executable().sdl()
}

pub(super) fn schema() -> Schema {
    let executable = executable();
    // What was just printed can be read.
    let types = async_graphql::parser::parse_schema(executable.sdl()).map(|document| Types::of(&document));
    Schema { executable, types: types.unwrap_or_else(|_| Types::default()) }
}

pub(super) fn answer(github: &Arc<GitHub>, asked: &Asked) -> Response {
    if asked.method != Method::POST {
        return failure(asked, StatusCode::NOT_FOUND, "Not Found");
    }
    let viewer = match Viewer::of(github, asked) {
        Ok(viewer) => viewer,
        Err(Refused(message)) => return failure(asked, StatusCode::UNAUTHORIZED, &message),
    };
    if viewer.is_anonymous() {
        return failure(asked, StatusCode::UNAUTHORIZED, "This endpoint requires you to be authenticated.");
    }
    let Ok(posted) = serde_json::from_slice::<Posted>(&asked.body) else {
        return failure(asked, StatusCode::BAD_REQUEST, "Problems parsing JSON");
    };
    let Some(query) = posted.query else {
        return errors(asked, None, vec![json!({"message": "A query attribute must be specified and must be a string."})]);
    };
    let budget = github.budgets.look(viewer.actor(), Resource::Graphql, asked.now);
    let document = match async_graphql::parser::parse_query(&query) {
        Ok(document) => document,
        Err(error) => {
            let locations: Vec<Value> =
                error.positions().map(|position| json!({"line": position.line, "column": position.column})).collect();
            return errors(asked, budget, vec![json!({"message": error.to_string(), "locations": locations})]);
        }
    };
    if let DocumentOperations::Multiple(operations) = &document.operations
        && operations.len() > 1
        && posted.operation_name.is_none()
    {
        return errors(asked, budget, vec![json!({"message": "An operation name is required"})]);
    }
    let variables = Variables::from_json(posted.variables.unwrap_or(Value::Null));
    let cost = match judge::judge(&github.graphql.types, &document, posted.operation_name.as_deref(), &variables, &viewer) {
        Ok(cost) => cost,
        Err(problems) => return errors(asked, budget, problems),
    };
    let spent = github.budgets.spend(viewer.actor(), Resource::Graphql, asked.now, cost.points);
    if let Some((budget, false)) = spent {
        let message = format!("API rate limit exceeded for user ID {}.", viewer.login.len());
        return errors(asked, Some(budget), vec![json!({"type": "RATE_LIMITED", "message": message})]);
    }
    let charge = Charge { cost, budget: spent.map(|(budget, _)| budget) };
    let mut scopes = Vec::new();
    scopes.extend(super::rest::scope_headers(&viewer, &[]));
    let visit = Arc::new(Visit::new(github, asked, viewer));
    let mut request = Request::new(query).variables(variables).data(visit).data(charge);
    request.operation_name = posted.operation_name;
    request.set_parsed_query(document);
    let answered = futures::executor::block_on(github.graphql.executable.execute(request));
    let mut body = Map::new();
    // What failed before it was executed has no data at all.
    if answered.errors.is_empty() || answered.errors.iter().any(|error| !error.path.is_empty()) {
        body.insert("data".to_owned(), answered.data.into_json().unwrap_or_default());
    }
    if !answered.errors.is_empty() {
        body.insert("errors".to_owned(), answered.errors.iter().map(error_value).collect());
    }
    let mut response = json_answer(asked, StatusCode::OK, &Value::Object(body));
    if let Some(budget) = charge.budget {
        budget.write(Resource::Graphql, response.headers_mut());
    }
    for (name, value) in scopes {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn errors(asked: &Asked, budget: Option<Budget>, errors: Vec<Value>) -> Response {
    let mut response = json_answer(asked, StatusCode::OK, &json!({"errors": errors}));
    if let Some(budget) = budget {
        budget.write(Resource::Graphql, response.headers_mut());
    }
    response
}

/// GitHub has the kind of an error beside its message, not among extensions.
fn error_value(error: &ServerError) -> Value {
    let mut value = Map::new();
    if let Some(kind) = error.extensions.as_ref().and_then(|extensions| extensions.get("type")) {
        value.insert("type".to_owned(), kind.clone().into_json().unwrap_or_default());
    }
    if !error.path.is_empty() {
        value.insert("path".to_owned(), json!(error.path));
    }
    let locations: Vec<Value> = error.locations.iter().map(|position| json!({"line": position.line, "column": position.column})).collect();
    value.insert("locations".to_owned(), Value::Array(locations));
    value.insert("message".to_owned(), Value::String(error.message.clone()));
    Value::Object(value)
}
