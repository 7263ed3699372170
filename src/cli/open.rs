//! Opening a data folder: the one place where the parts of spot are put together.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::api::{Api, Limits, Sources};
use crate::cli::config::Config;
use crate::cli::exit::{Exit, Failure};
use crate::ingest::schedule;
use crate::server::{AdminError, AdminErrorKind, AdminRequest, App, Engine, Progress, Readiness, SocketAddress};
use crate::store::{Options, Store};

/// Opens the data folder, making it if it is not there.
pub(super) async fn open(config: &Config) -> Result<App, Failure> {
    make_folder(config)?;
    let options = Options::new(&config.data);
    let opened = tokio::task::spawn_blocking(move || Store::open(&options)).await.map_err(anyhow::Error::from)?;
    let store = Arc::new(opened.map_err(anyhow::Error::from)?);
    let clock = schedule::system_clock();
    let api = Api::new(Sources::idle(store, move || clock()), Limits::default());
    Ok(App::new(api, Arc::new(Bare)))
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

/// An engine without a store.
struct Bare;

#[async_trait]
impl Engine for Bare {
    fn generation(&self) -> u64 {
        0
    }

    fn readiness(&self) -> Readiness {
        Readiness::ready()
    }

    async fn administer(&self, request: AdminRequest, _progress: Progress) -> Result<Value, AdminError> {
        Err(AdminError::new(AdminErrorKind::Failed, format!("{} is not available", request.into_parts().0)))
    }
}
