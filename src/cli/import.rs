//! `spot import`: fill an empty data folder from an export.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;

use crate::cli::client::require_stopped;
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Context, open};
use crate::store;
use crate::store::fs::RealFs;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What `spot export` wrote
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let config = context.config(|_| ())?;
    require_stopped(&config)?;
    let shown = arguments.from.display().to_string();
    let file =
        File::open(&arguments.from).with_context(|| format!("cannot open {shown}")).map_err(|error| Failure::new(Exit::NotFound, error))?;
    let data = config.data.clone();
    let imported = tokio::task::spawn_blocking(move || store::import(&data, Arc::new(RealFs), BufReader::new(file)));
    let commits = imported.await.map_err(anyhow::Error::from)??;
    // Builds the index, so that the first question does not wait for it.
    drop(open::open(&config).await?);
    context.output.result(&json!({ "commits": commits }), arguments.json)?;
    Ok(Exit::Success)
}
