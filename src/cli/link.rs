//! `spot link`: what is not linked to anything, and which entity a resource of a source is.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Style;
use crate::model::{EntityRef, Moment};
use crate::server::AdminRequest;

const QUESTION: &str = "query Unlinked($after: String) {
  unlinked(first: 200, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { source resource name kind since check guesses { ref } }
  }
}";

const RECORDS: &str = "{ links(first: 500) { at by role resource ref from until } }";

/// The arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "Without arguments: what is not linked to anything, with entities of similar names.")]
pub(super) struct Arguments {
    /// The resource, as its source names it
    #[arg(value_name = "SOURCE/ID", requires = "entity")]
    resource: Option<String>,
    /// The entity, such as service:ledger
    #[arg(value_name = "REF")]
    entity: Option<EntityRef>,
    /// The link holds from this moment only; otherwise for the resource's whole past
    #[arg(long, value_name = "MOMENT", requires = "resource")]
    from: Option<Moment>,
    /// The link holds until this moment only
    #[arg(long, value_name = "MOMENT", requires = "resource")]
    until: Option<Moment>,
    /// What people said so far, newest first: who, when, and which entity a resource is
    #[arg(long, conflicts_with = "resource")]
    list: bool,
    /// One JSON object, or one a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    at: String,
    by: String,
    role: Option<String>,
    resource: String,
    r#ref: String,
    from: Option<String>,
    until: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    nodes: Vec<Unlinked>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Unlinked {
    source: String,
    resource: String,
    name: Option<String>,
    kind: String,
    since: String,
    check: Option<String>,
    guesses: Vec<Named>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Named {
    r#ref: String,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let client = Client::connect(&context.config(|_| ())?).await?;
    if arguments.list {
        return records(context, &client, arguments.json).await;
    }
    let (Some(resource), Some(entity)) = (arguments.resource, arguments.entity) else {
        return list(context, &client, arguments.json).await;
    };
    let request = AdminRequest::Link {
        resource,
        entity: entity.to_string(),
        from: arguments.from.map(|moment| moment.to_string()),
        until: arguments.until.map(|moment| moment.to_string()),
    };
    let result = client.administer(request, context.output).await?;
    context.output.result(&result, arguments.json)?;
    Ok(Exit::Success)
}

async fn records(context: &Context, client: &Client, as_json: bool) -> Result<Exit, Failure> {
    let output = context.output;
    let mut data = client.data(RECORDS, json!({})).await?;
    let all: Vec<Record> = serde_json::from_value(data["links"].take()).map_err(anyhow::Error::from)?;
    for record in &all {
        if as_json {
            output.json(record)?;
            continue;
        }
        let dates = [("from", &record.from), ("until", &record.until)];
        let dates: String = dates.iter().filter_map(|(word, date)| Some(format!(" {word} {}", date.as_ref()?))).collect();
        output.data(&format!(
            "{} is {}{dates}\n    {}",
            output.paint(Style::Strong, &record.resource),
            record.r#ref,
            output.paint(Style::Faint, &format!("{} by {}", record.at, record.by))
        ))?;
    }
    if all.is_empty() {
        output.note("nobody has linked anything");
    }
    Ok(Exit::Success)
}

async fn list(context: &Context, client: &Client, as_json: bool) -> Result<Exit, Failure> {
    let output = context.output;
    let (mut after, mut all) = (None, Vec::new());
    loop {
        let mut data = client.data(QUESTION, json!({ "after": after })).await?;
        let page: Page = serde_json::from_value(data["unlinked"].take()).map_err(anyhow::Error::from)?;
        all.extend(page.nodes);
        match page.page_info {
            PageInfo { has_next_page: true, end_cursor: Some(cursor) } => after = Some(cursor),
            _ => break,
        }
    }
    for of in &all {
        if as_json {
            output.json(of)?;
            continue;
        }
        let guesses: Vec<&str> = of.guesses.iter().map(|guess| guess.r#ref.as_str()).collect();
        let guesses = if guesses.is_empty() { "nothing is called like it".to_owned() } else { format!("perhaps {}", guesses.join(", ")) };
        let check = of.check.as_ref().map(|check| format!("\n    {check}")).unwrap_or_default();
        let name = of.name.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
        output.data(&format!(
            "{}/{}{name}\n    {}{check}",
            of.source,
            output.paint(Style::Strong, &of.resource),
            output.paint(Style::Faint, &guesses)
        ))?;
    }
    if all.is_empty() {
        output.note("everything is linked");
    } else if !as_json {
        output.note("spot link SOURCE/ID REF says whose something is");
    }
    Ok(Exit::Success)
}
