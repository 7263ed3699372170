//! `spot backup`: copy the data folder, also while a server holds it.

use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder to make; on the file system of the data folder it costs next to no space
    #[arg(value_name = "DIR")]
    to: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let to = std::path::absolute(arguments.to).map_err(anyhow::Error::from)?;
    let client = Client::connect(&context.config(|_| ())?).await?;
    let result = client.administer(AdminRequest::Backup { to }, context.output).await?;
    context.output.result(&result, arguments.json)?;
    Ok(Exit::Success)
}
