//! `spot query`: a GraphQL question from the terminal, answered as JSON.

use std::io::Read;

use anyhow::Context as _;
use serde_json::{Map, Value};

use crate::cli::Context;
use crate::cli::client::{Client, first_error};
use crate::cli::exit::{Exit, Failure};

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The question; - reads it from standard input
    #[arg(value_name = "GRAPHQL")]
    question: String,
    /// A variable; the value is JSON, or else text
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// The whole answer on one line, also on a terminal
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let variables = parse_variables(&arguments.variables)?;
    let question = match arguments.question.as_str() {
        "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read the question from standard input")?;
            text
        }
        text => text.to_owned(),
    };
    let client = Client::connect(&context.config(|_| ())?).await?;
    let answer = client.ask(&question, variables).await?;
    if arguments.json {
        context.output.json(&answer)?;
    } else {
        context.output.readable_json(&answer)?;
    }
    match first_error(&answer) {
        Some(failure) => Err(failure),
        None => Ok(Exit::Success),
    }
}

fn parse_variables(pairs: &[String]) -> Result<Value, Failure> {
    let mut variables = Map::new();
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Failure::say(Exit::Usage, format!("--var {pair:?} is not NAME=VALUE")));
        };
        variables.insert(name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)));
    }
    Ok(Value::Object(variables))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_json_or_else_text() {
        let pairs = ["first=3", "ref=service:ledger", "kinds=[\"TEAM\"]"].map(str::to_owned);
        assert_eq!(parse_variables(&pairs).unwrap(), serde_json::json!({ "first": 3, "ref": "service:ledger", "kinds": ["TEAM"] }));
        assert_eq!(parse_variables(&["x".to_owned()]).unwrap_err().exit, Exit::Usage);
    }
}
