//! `spot link`: say which entity a resource of a source is.

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::model::{EntityRef, Moment};
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The resource, as its source names it
    #[arg(value_name = "SOURCE/ID")]
    resource: String,
    /// The entity, such as service:ledger
    #[arg(value_name = "REF")]
    entity: EntityRef,
    /// The link holds from this moment only; otherwise for the resource's whole past
    #[arg(long, value_name = "MOMENT")]
    from: Option<Moment>,
    /// The link holds until this moment only
    #[arg(long, value_name = "MOMENT")]
    until: Option<Moment>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let client = Client::connect(&context.config(|_| ())?).await?;
    let request = AdminRequest::Link {
        resource: arguments.resource,
        entity: arguments.entity.to_string(),
        from: arguments.from.map(|moment| moment.to_string()),
        until: arguments.until.map(|moment| moment.to_string()),
    };
    let result = client.administer(request, context.output).await?;
    context.output.result(&result, arguments.json)?;
    Ok(Exit::Success)
}
