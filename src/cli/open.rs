//! Opening a data folder: the one place where the parts of spot are put together.

use std::sync::Arc;

use crate::cli::config::Config;
use crate::cli::engine::SpotEngine;
use crate::cli::exit::{Exit, Failure};
use crate::collect::http::Outside;
use crate::ingest::schedule::system_clock;
use crate::server::SocketAddress;

/// Opens the data folder, making it if it is not there.
pub(super) async fn open(config: &Config) -> Result<Arc<SpotEngine>, Failure> {
    open_with(config, &Outside::real(system_clock())).await
}

/// [`open()`] with another clock.
pub(super) async fn open_with(config: &Config, outside: &Outside) -> Result<Arc<SpotEngine>, Failure> {
    make_folder(config)?;
    SpotEngine::open(config, outside).await
}

/// Whether a server holds the data folder, and where to talk to it.
pub(super) fn server_of(config: &Config) -> Option<SocketAddress> {
    SocketAddress::of(&config.data).ok().filter(SocketAddress::is_alive)
}

/// Only the owner may look into the data folder.
fn make_folder(config: &Config) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.data);
    made.map_err(|error| {
        Failure::new(Exit::Failed, anyhow::Error::new(error).context(format!("cannot make the data folder {}", config.data.display())))
    })
}
