//! `spot confirm`: what is missing in a source is gone for good.

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "When too much of a source is missing at once, it still counts until the source's own count agrees for a day. \
                  This ends it now. The page of the source lists what is missing.")]
pub(super) struct Arguments {
    /// The source, or one resource that is missing in it, as the source called it; of a source all that is held back
    #[arg(value_name = "SOURCE[/ID]")]
    what: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let (source, resource) = match arguments.what.split_once('/') {
        Some((source, resource)) => (source.to_owned(), Some(resource.to_owned())),
        None => (arguments.what, None),
    };
    let client = Client::connect(&context.config(|_| ())?).await?;
    let result = client.administer(AdminRequest::Confirm { source, resource }, context.output).await?;
    context.output.result(&result, arguments.json)?;
    Ok(Exit::Success)
}
