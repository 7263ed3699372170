//! `spot verify`: check every checksum, and that index and archive agree.

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let client = Client::connect(&context.config(|_| ())?).await?;
    let result = client.administer(AdminRequest::Verify {}, context.output).await?;
    context.output.result(&result, arguments.json)?;
    let is_sound = result["damage"].as_array().is_none_or(Vec::is_empty);
    Ok(if is_sound { Exit::Success } else { Exit::Damaged })
}
