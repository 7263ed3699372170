//! `spot cause`: whether a deployment caused an incident, and what people said of it so far.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Style;

const MUTATION: &str = "mutation Judge($deployment: ID!, $incident: ID!, $isCause: Boolean, $reason: String) {
  judgeCause(deployment: $deployment, incident: $incident, isCause: $isCause, reason: $reason) { at by isCause reason }
}";

const RECORDS: &str = "{ causes(first: 500) {
  at by role isCause reason
  deployment { id entity { ref } deployment { version } rollout { version } }
  incident { id incident { title } }
} }";

/// The arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without arguments: what people said so far, newest first. Ids of events are what GraphQL and the pages' addresses call \
                        them: event-0123456789abcdef."
)]
pub(super) struct Arguments {
    /// The id of the deployment
    #[arg(value_name = "DEPLOYMENT", requires = "incident")]
    deployment: Option<String>,
    /// The id of the incident
    #[arg(value_name = "INCIDENT")]
    incident: Option<String>,
    /// It did not cause the incident
    #[arg(long, requires = "incident", conflicts_with = "undo")]
    not: bool,
    /// Withdraw what was said of the two
    #[arg(long, requires = "incident")]
    undo: bool,
    /// Why, in at most 500 letters
    #[arg(long, value_name = "TEXT", requires = "incident")]
    reason: Option<String>,
    /// One JSON object, or one a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    at: String,
    by: String,
    role: Option<String>,
    is_cause: Option<bool>,
    reason: Option<String>,
    deployment: Option<Deployment>,
    incident: Option<Incident>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Deployment {
    id: String,
    entity: Option<Named>,
    deployment: Option<Version>,
    rollout: Option<Version>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Named {
    r#ref: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Version {
    version: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Incident {
    id: String,
    incident: Option<Title>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Title {
    title: String,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let client = Client::connect(&context.config(|_| ())?).await?;
    let (Some(deployment), Some(incident)) = (arguments.deployment, arguments.incident) else {
        return list(context, &client, arguments.json).await;
    };
    let is_cause = (!arguments.undo).then_some(!arguments.not);
    let word = json!({ "deployment": deployment, "incident": incident, "isCause": is_cause, "reason": arguments.reason });
    let mut data = client.data(MUTATION, word).await?;
    context.output.result(&data["judgeCause"].take(), arguments.json)?;
    Ok(Exit::Success)
}

async fn list(context: &Context, client: &Client, as_json: bool) -> Result<Exit, Failure> {
    let output = context.output;
    let mut data = client.data(RECORDS, json!({})).await?;
    let all: Vec<Record> = serde_json::from_value(data["causes"].take()).map_err(anyhow::Error::from)?;
    for record in &all {
        if as_json {
            output.json(record)?;
            continue;
        }
        let Record { at, by, is_cause, reason, deployment, incident, .. } = record;
        let deployment = deployment.as_ref().map_or_else(|| "a deployment that is not known any more".to_owned(), Deployment::name);
        let incident = incident.as_ref().map_or_else(|| "an incident that is not known any more".to_owned(), Incident::name);
        let said = match is_cause {
            Some(true) => format!("{deployment} caused {incident}"),
            Some(false) => format!("{deployment} did not cause {incident}"),
            None => format!("{deployment} and {incident}: what was said is withdrawn"),
        };
        let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        output.data(&format!("{said}\n    {}", output.paint(Style::Faint, &format!("{at} by {by}{reason}"))))?;
    }
    if all.is_empty() {
        output.note("nobody has said anything of a cause");
    }
    Ok(Exit::Success)
}

impl Deployment {
    /// `service:billing 1.4 (event-…)`
    fn name(&self) -> String {
        let version = [&self.deployment, &self.rollout].into_iter().flatten().find_map(|told| told.version.clone());
        let entity = self.entity.as_ref().map(|entity| entity.r#ref.clone());
        let known: Vec<String> = entity.into_iter().chain(version).collect();
        format!("{} ({})", known.join(" "), self.id).trim_start().to_owned()
    }
}

impl Incident {
    fn name(&self) -> String {
        format!("{} ({})", self.incident.as_ref().map_or("", |incident| &incident.title), self.id)
    }
}
