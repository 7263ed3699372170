//! `spot export`: write everything that is kept to a file that any version imports.

use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to make
    #[arg(value_name = "FILE")]
    to: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let to = std::path::absolute(arguments.to).map_err(anyhow::Error::from)?;
    let client = Client::connect(&context.config(|_| ())?).await?;
    let result = client.administer(AdminRequest::Export { to }, context.output).await?;
    context.output.result(&result, arguments.json)?;
    Ok(Exit::Success)
}
