//! `spot push`: values of metrics that spot does not collect, from a CSV file.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::anyhow;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::ingest::pushed::MOST_VALUES;

const MUTATION: &str = "mutation Push($values: [ValueInput!]!) { pushValues(values: $values) { recorded known } }";

/// The arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "The file has the columns metric, day and value, and scope where a value is not the organisation's:\n\n    \
                        metric,scope,day,value\n    nps,,2026-11-16,41\n    cost,team:payments,2026-11-16,1890.50\n\n\
                        A value for the same metric, scope and day takes the place of the one before.")]
pub(super) struct Arguments {
    /// A CSV file; - for standard input
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// A line of the file.
#[derive(Debug, Deserialize)]
struct Row {
    metric: String,
    #[serde(default)]
    scope: Option<String>,
    day: String,
    value: f64,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let shown = if arguments.from.as_os_str() == "-" { "standard input".to_owned() } else { arguments.from.display().to_string() };
    let input: Box<dyn Read> = if arguments.from.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(&arguments.from).map_err(|error| Failure::new(Exit::NotFound, anyhow!("cannot open {shown}: {error}")))?)
    };
    let values = read(input).map_err(|error| Failure::new(Exit::Usage, anyhow!("{shown}: {error}")))?;
    let client = Client::connect(&context.config(|_| ())?).await?;
    let (mut recorded, mut known) = (0, 0);
    for some in values.chunks(MOST_VALUES) {
        let mut data = client.data(MUTATION, json!({ "values": some })).await?;
        let counted = data["pushValues"].take();
        let count = |field: &str| counted[field].as_u64().unwrap_or(0);
        recorded += count("recorded");
        known += count("known");
    }
    context.output.result(&json!({ "recorded": recorded, "known": known }), arguments.json)?;
    Ok(Exit::Success)
}

/// The values of a file, as the API takes them.
fn read(input: impl Read) -> Result<Vec<Value>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    for column in ["metric", "day", "value"] {
        if !headers.iter().any(|header| header == column) {
            let found: Vec<&str> = headers.iter().collect();
            return Err(format!("line 1: there is no column {column}; expected metric, scope, day and value, found {}", found.join(", ")));
        }
    }
    let mut values = Vec::new();
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|error| error.to_string())?;
        let scope = row.scope.filter(|scope| !scope.is_empty());
        values.push(json!({ "metric": row.metric, "scope": scope, "day": row.day, "value": row.value }));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_values_and_what_is_wrong_is_named() {
        let values =
            read("day, metric,value,scope,note\n2026-11-16,nps, 41.5 ,,x\n2026-11-16,cost,-3,team:payments,\n".as_bytes()).unwrap();
        assert_eq!(
            values,
            [
                json!({ "metric": "nps", "scope": null, "day": "2026-11-16", "value": 41.5 }),
                json!({ "metric": "cost", "scope": "team:payments", "day": "2026-11-16", "value": -3.0 }),
            ]
        );
        assert!(read("metric,value\n".as_bytes()).unwrap_err().contains("there is no column day"));
        let error = read("metric,day,value\nnps,2026-11-16,many\n".as_bytes()).unwrap_err();
        assert!(error.contains("line: 2") && error.contains("invalid float"), "{error}");
    }
}
