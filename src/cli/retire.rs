//! `spot retire`: end what a source, or one scope of it, stated.

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The source, or a scope of it: git, or git/acme/billing
    #[arg(value_name = "SOURCE[/SCOPE]")]
    what: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let (source, scope) = match arguments.what.split_once('/') {
        Some((source, scope)) => (source.to_owned(), Some(scope.to_owned())),
        None => (arguments.what, None),
    };
    let client = Client::connect(&context.config(|_| ())?).await?;
    let result = client.administer(AdminRequest::Retire { source, scope }, context.output).await?;
    context.output.result(&result, arguments.json)?;
    Ok(Exit::Success)
}
