//! Connections to clusters, one client each, made when they are first needed.
//!
//! # Invariants
//! - A cluster that cannot be reached is an error of its own; the others are not touched by it.
//! - No kubeconfig is read but those that are configured, and a plugin that gets credentials is never asked to talk to a
//!   person.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use kube::Client;
use kube::client::AuthError;
use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig};
use tokio::sync::Mutex;
use url::Url;

use crate::collect::http::Secret;
use crate::collect::kubernetes::list::chain;

/// How long a plugin may take to get credentials.
const CONNECTING: Duration = Duration::from_secs(60);

/// How a cluster is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// By a context of kubeconfig files; of several files the first that says something counts.
    Kubeconfig {
        /// The files.
        files: Vec<PathBuf>,
        /// The context; the current one if unset.
        context: Option<String>,
    },
    /// By the service account of the pod in which spot runs.
    InCluster,
    /// By its address.
    Server {
        /// The address.
        url: Url,
        /// A bearer token.
        token: Option<Secret>,
    },
}

/// A cluster cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConnectError(String);

/// Clients by the name of their cluster.
#[derive(Default)]
pub struct Clients {
    configured: BTreeMap<String, Access>,
    ready: Mutex<BTreeMap<String, Client>>,
}

impl Clients {
    /// Clients of these clusters; nothing is connected before it is needed.
    #[must_use]
    pub fn new(configured: impl IntoIterator<Item = (String, Access)>) -> Self {
        Self { configured: configured.into_iter().collect(), ready: Mutex::default() }
    }

    /// Uses this client for a cluster from now on.
    pub async fn put(&self, cluster: &str, client: Client) {
        self.ready.lock().await.insert(cluster.to_owned(), client);
    }

    /// The client of a cluster, connected now if it was not.
    ///
    /// # Errors
    /// [`ConnectError`] if the cluster is not configured or its credentials cannot be had.
    pub async fn get(&self, cluster: &str) -> Result<Client, ConnectError> {
        if let Some(client) = self.ready.lock().await.get(cluster) {
            return Ok(client.clone());
        }
        let access = self.configured.get(cluster).ok_or_else(|| ConnectError(format!("there is no cluster {cluster:?}")))?;
        // A slow plugin of one cluster holds up no other.
        let client = connect(access).await?;
        self.ready.lock().await.insert(cluster.to_owned(), client.clone());
        Ok(client)
    }

    /// Forgets the client of a cluster, because its credentials are not accepted any more.
    pub async fn forget(&self, cluster: &str) {
        if self.configured.contains_key(cluster) {
            self.ready.lock().await.remove(cluster);
        }
    }
}

/// Connects; runs the plugin of the kubeconfig if there is one.
///
/// # Errors
/// [`ConnectError`], which says what is missing.
pub async fn connect(access: &Access) -> Result<Client, ConnectError> {
    let made = tokio::time::timeout(CONNECTING, async {
        let mut config = configuration(access).await?;
        // What is tried again, and how long is waited, is decided where it is asked.
        config.default_retry = false;
        // A plugin blocks its thread.
        let plugin = config.auth_info.exec.as_ref().and_then(|exec| exec.command.clone()).unwrap_or_default();
        let built = tokio::task::spawn_blocking(move || Client::try_from(config)).await;
        let built = built.map_err(|error| ConnectError(format!("connecting gave up: {error}")))?;
        built.map_err(|error| ConnectError(described(&error, &plugin)))
    });
    made.await.unwrap_or_else(|_| Err(ConnectError(format!("no credentials within {} s", CONNECTING.as_secs()))))
}

/// What a plugin printed may hold a credential; only what it told a person is repeated.
fn described(error: &kube::Error, plugin: &str) -> String {
    match error {
        kube::Error::Auth(AuthError::AuthExecStart(cause)) => {
            format!(
                "the plugin {plugin:?} that the kubeconfig names cannot be started ({cause}); install it where spot runs, or use a token"
            )
        }
        kube::Error::Auth(AuthError::AuthExecRun { out, .. }) => {
            let told: String =
                String::from_utf8_lossy(&out.stderr).chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
            format!("the plugin {plugin:?} that the kubeconfig names failed ({}): {}", out.status, told.trim())
        }
        kube::Error::Auth(AuthError::AuthExecParse(_)) => {
            format!("the plugin {plugin:?} that the kubeconfig names answered something else than an ExecCredential")
        }
        other => chain(other),
    }
}

/// The name of the current context of kubeconfig files, without what cannot stand in the name of a cluster.
#[must_use]
pub fn current_context(files: &[PathBuf]) -> Option<String> {
    let name = kubeconfig(files).ok()?.current_context?;
    let name: String = name.chars().map(|c| if c == '/' || c.is_whitespace() || c.is_control() { '-' } else { c }).collect();
    Some(name).filter(|name| !name.is_empty())
}

async fn configuration(access: &Access) -> Result<kube::Config, ConnectError> {
    match access {
        Access::Kubeconfig { files, context } => {
            let files = files.clone();
            let read = tokio::task::spawn_blocking(move || kubeconfig(&files)).await;
            let read = read.map_err(|error| ConnectError(format!("reading gave up: {error}")))??;
            let options = KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
            kube::Config::from_custom_kubeconfig(read, &options).await.map_err(|error| ConnectError(chain(&error)))
        }
        Access::InCluster => kube::Config::incluster()
            .map_err(|error| ConnectError(format!("spot does not run in a pod with a service account: {}", chain(&error)))),
        Access::Server { url, token } => {
            let url = url.as_str().parse().map_err(|_| ConnectError(format!("{url} is not an address")))?;
            let mut config = kube::Config::new(url);
            if let Some(token) = token {
                config.auth_info.token = Some(token.expose().to_owned().into());
            }
            Ok(config)
        }
    }
}

fn kubeconfig(files: &[PathBuf]) -> Result<Kubeconfig, ConnectError> {
    let mut merged: Option<Kubeconfig> = None;
    let mut missing = Vec::new();
    for file in files {
        if !file.exists() {
            missing.push(file.display().to_string());
            continue;
        }
        // What follows the first line of an error shows the file, which holds secrets.
        let first = |error: &dyn std::error::Error| error.to_string().lines().next().unwrap_or_default().to_owned();
        let read = Kubeconfig::read_from(file).map_err(|error| ConnectError(format!("{}: {}", file.display(), first(&error))))?;
        merged = Some(match merged {
            Some(first) => first.merge(read).map_err(|error| ConnectError(chain(&error)))?,
            None => read,
        });
    }
    let Some(mut merged) = merged else {
        return Err(ConnectError(format!("there is no kubeconfig at {}", missing.join(" or "))));
    };
    for user in &mut merged.auth_infos {
        if let Some(exec) = user.auth_info.as_mut().and_then(|user| user.exec.as_mut()) {
            exec.interactive_mode = Some(ExecInteractiveMode::Never);
        }
    }
    Ok(merged)
}
