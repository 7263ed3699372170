//! `spot collect`: run collectors now.

use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::client::Client;
use crate::cli::exit::{Exit, Failure};
use crate::cli::length::Length;
use crate::server::AdminRequest;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which sources; all that are configured if none is named
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Clones, bare or not, or folders that contain them, instead of the configured ones
    #[arg(long, value_name = "DIR", num_args = 1..)]
    git: Vec<PathBuf>,
    /// Also fill in history this far back, such as 2y
    #[arg(long, value_name = "LENGTH")]
    backfill: Option<Length>,
    /// One JSON object for each run
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let git = arguments.git.iter().map(std::path::absolute).collect::<Result<Vec<_>, _>>().map_err(anyhow::Error::from)?;
    let config = context.config(|flags| {
        flags.git_folders.clone_from(&git);
        flags.backfill = arguments.backfill;
    })?;
    let client = Client::connect(&config).await?;
    let backfill = arguments.backfill.map(|length| length.to_string());
    let result = client.administer(AdminRequest::Collect { sources: arguments.sources, git, backfill }, context.output).await?;
    context.output.result(&result, arguments.json)?;
    Ok(Exit::Success)
}
