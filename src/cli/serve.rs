//! `spot serve`: API, web pages and schedule in one process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::config::Config;
use crate::cli::engine::SpotEngine;
use crate::cli::exit::{Exit, Failure};
use crate::cli::length::Length;
use crate::cli::{Context, open};
use crate::server::{self, ListenConfig, Served};

/// How long requests may go on after a signal.
const DRAIN: Duration = Duration::from_secs(10);

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// An address and port; port 0 takes a free one. Tokens are needed for one that other machines can reach
    /// [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Clones, bare or not, or folders that contain them, instead of the configured ones
    #[arg(long, value_name = "DIR", num_args = 1..)]
    git: Vec<PathBuf>,
    /// Organisations on GitHub to read, by login, instead of what is configured; the token is taken from GITHUB_TOKEN
    #[arg(long, value_name = "NAME", num_args = 1..)]
    github_org: Vec<String>,
    /// Ask deps.dev, OSV and endoflife.date about the packages in use: their names leave this machine
    #[arg(long)]
    packages: bool,
    /// How far back to fill in history, such as 2y
    #[arg(long, value_name = "LENGTH")]
    backfill: Option<Length>,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Exit, Failure> {
    let config = context.config(|flags| {
        flags.listen = arguments.listen;
        flags.git_folders = arguments.git;
        flags.github_organisations = arguments.github_org;
        flags.packages = arguments.packages;
        flags.backfill = arguments.backfill;
    })?;
    // Before the store is opened: a second signal while it opens must not be lost.
    let signals = Signals::listen()?;
    if open::server_of(&config).is_some() {
        return Err(server::Error::InUse(config.data).into());
    }
    let engine = open::open(&config).await?;
    let served = listen(context, &config, &engine).await?;
    engine.start().await?;
    let signals = signals.wait().await;
    stop(signals, engine, served).await;
    Ok(Exit::Success)
}

/// Serves what the engine holds, and says where.
pub(super) async fn listen(context: &Context, config: &Config, engine: &Arc<SpotEngine>) -> Result<Served, Failure> {
    let served = server::serve(engine.app(), ListenConfig { address: config.listen, data: config.data.clone(), drain: DRAIN }).await?;
    let url = format!("http://{}", served.address);
    context.output.note(&format!("spot answers at {url} (GraphiQL: {url}/graphiql); the data is in {}", config.data.display()));
    Ok(served)
}

/// Ends runs and requests in order; a second signal ends them at once.
pub(super) async fn stop(mut signals: Signals, engine: Arc<SpotEngine>, served: Served) {
    tracing::info!("stopping");
    let stop = async {
        engine.stop().await;
        served.stop().await;
    };
    tokio::select! {
        () = stop => {}
        _ = signals.interrupt.recv() => tracing::warn!("stopped at once by a second signal"),
    }
}

/// The signals by which a person or a supervisor of processes asks to stop.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on they are noticed.
    pub(super) fn listen() -> Result<Self, Failure> {
        let interrupt = signal(SignalKind::interrupt()).context("cannot listen for signals")?;
        let terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
        Ok(Self { interrupt, terminate })
    }

    /// Waits for the first one.
    pub(super) async fn wait(mut self) -> Self {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        self
    }
}
