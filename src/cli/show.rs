//! `spot show`: one entity as it stood at a moment, as a readable card.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Output, Style};
use crate::model::{EntityRef, Moment};

/// What the card shows.
const QUESTION: &str = "query Show($ref: String!, $at: Moment) {
  entity(ref: $ref, at: $at) {
    hint
    entity {
      id ref state
      facets { facet stale fields { field value saidBy { source origin since check } disagreements { value } } }
    }
  }
}";

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The entity, such as service:ledger
    #[arg(value_name = "REF")]
    reference: EntityRef,
    /// The moment: a day such as 2026-03-01, meaning its end, or an RFC 3339 instant; now if not given
    #[arg(long, value_name = "MOMENT")]
    at: Option<Moment>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let client = Client::connect(&context.config(|_| ())?).await?;
    let variables = json!({ "ref": arguments.reference.to_string(), "at": arguments.at.map(|at| at.to_string()) });
    let mut data = client.data(QUESTION, variables).await?;
    let mut answer = data["entity"].take();
    if let Some(hint) = answer["hint"].as_str() {
        context.output.note(hint);
    }
    let entity = answer["entity"].take();
    if entity.is_null() {
        let when = arguments.at.map(|at| format!(" at {at}")).unwrap_or_default();
        return Err(Failure::say(Exit::NotFound, format!("there is no {}{when}", arguments.reference)));
    }
    if arguments.json {
        context.output.json(&entity)?;
    } else {
        context.output.data(&card(&entity, context.output))?;
    }
    Ok(Exit::Success)
}

/// Entries of a keyed field up to which they are shown one by one; more are counted.
const MOST_ENTRIES: usize = 12;

/// The fields of all facets as a flat list; keyed fields with many entries as one line with their number.
fn facts_of(entity: &Value) -> Vec<Map<String, Value>> {
    let mut facts = Vec::new();
    for facet in entity["facets"].as_array().into_iter().flatten() {
        let fields: Vec<&Value> = facet["fields"].as_array().into_iter().flatten().collect();
        let mut entries: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for field in &fields {
            if let Some((name, _)) = field["field"].as_str().and_then(|name| name.split_once('[')) {
                *entries.entry(name).or_default() += 1;
            }
        }
        let mut counted = std::collections::BTreeSet::new();
        for field in fields {
            let name = field["field"].as_str().unwrap_or_default();
            let mut fact = Map::new();
            let said_by = &field["saidBy"];
            fact.insert("facet".to_owned(), facet["facet"].clone());
            fact.insert("source".to_owned(), said_by["origin"].clone());
            fact.insert("since".to_owned(), said_by["since"].clone());
            match name.split_once('[').map(|(name, _)| (name, entries[name])) {
                Some((name, count)) if count > MOST_ENTRIES => {
                    if !counted.insert(name) {
                        continue;
                    }
                    fact.insert("field".to_owned(), json!(name));
                    fact.insert("value".to_owned(), json!(format!("{count} entries; --json lists them")));
                }
                _ => {
                    fact.insert("field".to_owned(), json!(name));
                    fact.insert("value".to_owned(), field["value"].clone());
                    let others: Vec<String> =
                        field["disagreements"].as_array().into_iter().flatten().map(|other| readable(&other["value"])).collect();
                    if !others.is_empty() {
                        let source = said_by["origin"].as_str().unwrap_or_default();
                        fact.insert("source".to_owned(), json!(format!("{source}; others say {}", others.join(" / "))));
                    }
                }
            }
            facts.push(fact);
        }
    }
    facts
}

/// The ref as heading, then a section a facet, with one line a field: name, value, who says so and since when.
fn card(entity: &Value, output: Output) -> String {
    let mut text = output.paint(Style::Strong, entity["ref"].as_str().unwrap_or_default());
    text.push('\n');
    let facts = facts_of(entity);
    let word = |fact: &Map<String, Value>, name: &str| fact.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut section = String::new();
    for fact in &facts {
        let facet = word(fact, "facet").to_lowercase();
        if facet != section {
            let _ = writeln!(text, "\n{}", output.paint(Style::Strong, &facet));
            section = facet;
        }
        let width = facts
            .iter()
            .filter(|other| word(other, "facet").to_lowercase() == section)
            .map(|other| word(other, "field").chars().count())
            .max();
        let field = format!("{:<width$}", word(fact, "field"), width = width.unwrap_or_default().min(40));
        let (source, since) = (word(fact, "source"), word(fact, "since"));
        let provenance =
            [source, since.split('T').next().map(|day| format!("since {day}")).filter(|_| !since.is_empty()).unwrap_or_default()];
        let provenance = provenance.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let provenance = if provenance.is_empty() { provenance } else { output.paint(Style::Faint, &format!("  ({provenance})")) };
        let value = readable(fact.get("value").unwrap_or(&Value::Null));
        let _ = writeln!(text, "  {field}  {value}{provenance}");
    }
    text
}

/// A value as people write it: lists between commas, objects as their name or their parts.
pub(super) fn readable(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => items.iter().map(readable).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields.iter().map(|(name, value)| format!("{name} {}", readable(value))).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_has_a_section_a_facet_and_says_who_says_so() {
        let said = |origin: &str| json!({ "origin": origin, "since": "2026-03-01T08:00:00Z" });
        let field = |name: &str, value: Value, others: Value| json!({ "field": name, "value": value, "saidBy": said("CODEOWNERS"), "disagreements": others });
        let packages: Vec<Value> = (0..13).map(|i| field(&format!("packages[a#npm/p{i}]"), json!({}), json!([]))).collect();
        let entity = json!({ "ref": "service:ledger", "facets": [
            { "facet": "GENERAL", "fields": [
                field("owner", json!(["team:billing", "team:core"]), json!([{ "value": ["team:mail"] }])),
                field("lifecycle", json!("production"), json!([])),
            ]},
            { "facet": "DEPENDENCIES", "fields": packages },
        ]});
        insta::assert_snapshot!(card(&entity, Output::plain()), @r"
        service:ledger

        general
          owner      team:billing, team:core  (CODEOWNERS; others say team:mail, since 2026-03-01)
          lifecycle  production  (CODEOWNERS, since 2026-03-01)

        dependencies
          packages  13 entries; --json lists them  (CODEOWNERS, since 2026-03-01)
        ");
    }
}
