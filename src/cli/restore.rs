//! `spot restore`: start again from journal and archive alone, of a backup or of the data folder itself.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::Context;
use crate::cli::client::require_stopped;
use crate::cli::exit::{Exit, Failure};
use crate::store;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A backup to copy into the data folder, which must be empty; without it the index of the data folder is built anew
    #[arg(value_name = "BACKUP")]
    backup: Option<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let config = context.config(|_| ())?;
    require_stopped(&config)?;
    if arguments.backup.is_none() && !config.data.is_dir() {
        return Err(Failure::say(Exit::NotFound, format!("there is no data folder {}", config.data.display())));
    }
    let data = config.data.clone();
    let rebuilt = tokio::task::spawn_blocking(move || {
        let bytes = match &arguments.backup {
            Some(backup) => store::restore_from(backup, &data)?,
            None => {
                // Holds the lock for a moment: whoever else has the folder must keep its index.
                drop(store::Store::open(&store::Options::new(&data))?);
                store::drop_index(&data)?;
                0
            }
        };
        let options = store::Options { background_rebuild_above: u64::MAX, ..store::Options::new(&data) };
        let store = store::Store::open(&options)?;
        Ok::<_, store::Error>((bytes, store.sizes()))
    });
    let (copied, (journal, archive, index)) = rebuilt.await.map_err(anyhow::Error::from)??;
    let result = json!({ "copiedBytes": copied, "journalBytes": journal, "archiveBytes": archive, "indexBytes": index });
    context.output.result(&result, arguments.json)?;
    Ok(Exit::Success)
}
