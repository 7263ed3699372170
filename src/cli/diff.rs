//! `spot diff`: what changed between two moments, grouped by entity.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Output, Style};
use crate::cli::show::readable;
use crate::model::{EntityRef, Moment};

/// A page of differences; asked until there is none left.
const QUESTION: &str = "query Diff($from: Moment!, $to: Moment!, $ownedBy: ID, $after: String) {
  diff(from: $from, to: $to, ownedBy: $ownedBy, first: 100, after: $after) {
    nodes { entity { ref } field before after }
    pageInfo { hasNextPage endCursor }
  }
}";

/// The id of the team whose entities are compared.
const TEAM: &str = "query Team($ref: String!, $at: Moment) { entity(ref: $ref, at: $at) { entity { id } } }";

/// The field that says whether an entity exists.
const EXISTENCE: &str = "general.ref";

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The first moment: a day such as 2026-03-01, meaning its end, or an RFC 3339 instant
    #[arg(value_name = "MOMENT")]
    from: Moment,
    /// The second moment
    #[arg(value_name = "MOMENT")]
    to: Moment,
    /// Only what this team owned at either moment, such as team:billing
    #[arg(long, value_name = "REF")]
    owned_by: Option<EntityRef>,
    /// One JSON object for each difference
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    nodes: Vec<Node>,
    page_info: PageInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Node {
    entity: Option<Named>,
    field: String,
    before: Option<Value>,
    after: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Named {
    r#ref: String,
}

/// One difference, as it is printed.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Difference {
    entity: String,
    field: String,
    before: Option<Value>,
    after: Option<Value>,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let client = Client::connect(&context.config(|_| ())?).await?;
    let owned_by = match &arguments.owned_by {
        Some(team) => Some(id_of(&client, team, arguments.to).await?),
        None => None,
    };
    let mut differences = Vec::new();
    let mut after = None;
    loop {
        let variables = json!({ "from": arguments.from.to_string(), "to": arguments.to.to_string(), "ownedBy": owned_by, "after": after });
        let mut data = client.data(QUESTION, variables).await?;
        let page: Page = serde_json::from_value(data["diff"].take()).map_err(anyhow::Error::from)?;
        for Node { entity, field, before, after } in page.nodes {
            let entity = entity.map_or_else(|| "(unknown)".to_owned(), |entity| entity.r#ref);
            let difference = Difference { entity, field, before, after };
            if arguments.json {
                context.output.json(&difference)?;
            } else {
                differences.push(difference);
            }
        }
        match page.page_info {
            PageInfo { has_next_page: true, end_cursor: Some(cursor) } => after = Some(cursor),
            _ => break,
        }
    }
    if !arguments.json && differences.is_empty() {
        context.output.note("nothing changed");
    } else if !arguments.json {
        context.output.data(&grouped(&differences, context.output))?;
    }
    Ok(Exit::Success)
}

async fn id_of(client: &Client, team: &EntityRef, at: Moment) -> Result<String, Failure> {
    let data = client.data(TEAM, json!({ "ref": team.to_string(), "at": at.to_string() })).await?;
    let id = data["entity"]["entity"]["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| Failure::say(Exit::NotFound, format!("there is no {team}")))
}

/// What was added and removed first, then one group an entity with one line a field.
fn grouped(differences: &[Difference], output: Output) -> String {
    let mut text = String::new();
    let mut groups: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    let mut came_or_went = Vec::new();
    for difference in differences {
        if difference.field == EXISTENCE && (difference.before.is_none() || difference.after.is_none()) {
            came_or_went.push(difference);
        } else {
            groups.entry(&difference.entity).or_default().push(difference);
        }
    }
    came_or_went.sort_by_key(|difference| (difference.after.is_none(), &difference.entity));
    for Difference { entity, after, .. } in came_or_went {
        let (style, sign) = if after.is_some() { (Style::Good, "+") } else { (Style::Bad, "-") };
        let _ = writeln!(text, "{}", output.paint(style, &format!("{sign} {entity}")));
    }
    for (entity, group) in groups {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", output.paint(Style::Strong, entity));
        let short = |field: &str| field.strip_prefix("general.").unwrap_or(field).to_owned();
        let width = group.iter().map(|difference| short(&difference.field).chars().count()).max().unwrap_or_default().min(40);
        for Difference { field, before, after, .. } in group {
            let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), readable);
            let arrow = output.paint(Style::Attention, "->");
            let _ = writeln!(text, "  {:<width$}  {} {arrow} {}", short(field), side(before), side(after));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(entity: &str, field: &str, before: Option<&str>, after: Option<&str>) -> Difference {
        Difference { entity: entity.into(), field: field.into(), before: before.map(Value::from), after: after.map(Value::from) }
    }

    #[test]
    fn added_and_removed_come_first_then_a_group_an_entity() {
        let differences = [
            difference("service:ledger", "general.owner", Some("payments"), Some("billing")),
            difference("service:old", "general.ref", Some("service:old"), None),
            difference("service:ledger", "dependencies.packages[x#npm/express]", None, Some("4.19.2")),
            difference("service:new", "general.ref", None, Some("service:new")),
        ];
        insta::assert_snapshot!(grouped(&differences, Output::plain()), @r"
        + service:new
        - service:old

        service:ledger
          owner                                 payments -> billing
          dependencies.packages[x#npm/express]  none -> 4.19.2
        ");
    }
}
