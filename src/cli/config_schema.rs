//! `spot config-schema`: the JSON schema of `spot.toml`, for editors.

use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, config};

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(context: &Context, _: Arguments) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(&config::schema()).map_err(anyhow::Error::from)?;
    context.output.data(&text)?;
    Ok(Exit::Success)
}
