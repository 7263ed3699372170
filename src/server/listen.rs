//! Where the server listens, and how it starts and stops.

use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::serve::ListenerExt;
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::access::is_open_to_others;
use crate::server::identify::User;
use crate::server::metrics::Metrics;
use crate::server::{App, State, cache, port_router, socket_router};

/// The socket's name in the data folder.
pub const SOCKET_NAME: &str = "spot.sock";

/// Longest path that a Unix socket address holds, in bytes.
const SOCKET_PATH_LIMIT: usize = 107;

/// Where to listen.
#[derive(Clone, Debug)]
pub struct ListenConfig {
    /// An address and port. One that other machines can reach needs tokens or a proxy.
    pub address: SocketAddr,
    /// The folder in which the socket for commands stands.
    pub data: PathBuf,
    /// How long requests may go on after the server was asked to stop.
    pub drain: Duration,
}

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody could be recognised there, so anybody could look.
    #[error(
        "{0} can be reached from other machines, and spot could not tell who asks: it has neither a valid token nor a trusted proxy; make \
         a token with `spot token create NAME --role admin`, name one in [[access.tokens]], describe the proxy in [access.proxy], or \
         listen on this machine alone, such as on 127.0.0.1:7070"
    )]
    NotLoopback(SocketAddr),
    /// The port is taken or not allowed.
    #[error("cannot listen on {address}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another server answers on the data folder's socket.
    #[error("another spot serves {0}")]
    InUse(PathBuf),
    /// The socket cannot be made.
    #[error("cannot make the socket {path}")]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something that is no socket stands where the socket should be.
    #[error("{0} is in the way: it is not a socket")]
    Obstacle(PathBuf),
    /// No process-wide recorder can be installed.
    #[error("cannot set up metrics: {0}")]
    Metrics(String),
}

/// A server that listens.
#[derive(Debug)]
pub struct Served {
    /// The address that was bound, with the port that the system chose for port 0.
    pub address: SocketAddr,
    stop: CancellationToken,
    drain: Duration,
    tasks: Vec<JoinHandle<io::Result<()>>>,
    upkeep: JoinHandle<()>,
    socket: Socket,
}

impl Served {
    /// Stops accepting requests, waits for those under way up to the deadline, and removes the socket.
    pub async fn stop(self) {
        self.stop.cancel();
        self.upkeep.abort();
        let aborts: Vec<_> = self.tasks.iter().map(JoinHandle::abort_handle).collect();
        if tokio::time::timeout(self.drain, futures::future::join_all(self.tasks)).await.is_err() {
            tracing::warn!(seconds = self.drain.as_secs(), "requests were still under way at the deadline and are cut off");
            aborts.iter().for_each(tokio::task::AbortHandle::abort);
        }
        drop(self.socket);
    }
}

/// Starts to serve `app` on an address and on the data folder's socket. Returns as soon as both accept.
///
/// # Errors
/// [`Error::NotLoopback`] for an address that other machines could reach while nobody can be recognised, [`Error::InUse`] if another server
/// answers on the socket, and what the system says otherwise.
pub async fn serve(app: App, config: ListenConfig) -> Result<Served, Error> {
    if is_open_to_others(config.address) {
        if !app.access.knows_anybody() {
            return Err(Error::NotLoopback(config.address));
        }
        tracing::warn!(address = %config.address, "other machines can reach spot, and it does not encrypt: put a proxy with TLS in front");
    }
    let (socket, socket_listener) = Socket::bind(&config.data)?;
    let bind = async { TcpListener::bind(config.address).await.and_then(|listener| Ok((listener.local_addr()?, listener))) };
    let (address, listener) = bind.await.map_err(|source| Error::Address { address: config.address, source })?;

    // Answers are written whole; waiting for more to send would only delay them.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });

    let stop = CancellationToken::new();
    let metrics = Metrics::install()?;
    let upkeep = tokio::spawn(metrics.clone().keep_up());
    let state = State { answers: cache::Answers::new(app.cache_bytes), app, metrics, stop: stop.clone() };
    let port = port_router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let socket_routes = socket_router(state).into_make_service_with_connect_info::<User>();
    let over_port = axum::serve(listener, port).with_graceful_shutdown(stop.clone().cancelled_owned()).into_future();
    let over_socket = axum::serve(socket_listener, socket_routes).with_graceful_shutdown(stop.clone().cancelled_owned()).into_future();
    let tasks = vec![tokio::spawn(over_port), tokio::spawn(over_socket)];
    Ok(Served { address, stop, drain: config.drain, tasks, upkeep, socket })
}

/// Where commands find the server of a data folder: a path that a socket address can hold.
///
/// A longer one is reached through a link to the folder, in the system's folder for temporary files; the link goes
/// when this is dropped.
#[derive(Debug)]
pub struct SocketAddress {
    folder: PathBuf,
    _shortcut: Option<TempDir>,
}

impl SocketAddress {
    /// The address of the server of `data`.
    ///
    /// # Errors
    /// If the path is too long and no link can be made.
    pub fn of(data: &Path) -> io::Result<Self> {
        // Room for the name of the folder in which a new socket is made.
        if data.as_os_str().len() + 1 + 2 * (SOCKET_NAME.len() + 1) <= SOCKET_PATH_LIMIT {
            return Ok(Self { folder: data.to_owned(), _shortcut: None });
        }
        let folder = std::fs::canonicalize(data)?;
        let shortcut = tempfile::Builder::new().prefix("spot-").tempdir()?;
        let link = shortcut.path().join("d");
        std::os::unix::fs::symlink(folder, &link)?;
        Ok(Self { folder: link, _shortcut: Some(shortcut) })
    }

    /// The socket's path.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(SOCKET_NAME)
    }

    /// Whether a server answers here.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        std::os::unix::net::UnixStream::connect(self.path()).is_ok()
    }
}

/// The socket's file; removed when dropped.
#[derive(Debug)]
struct Socket(PathBuf);

impl Socket {
    fn bind(data: &Path) -> Result<(Self, UnixListener), Error> {
        let path = data.join(SOCKET_NAME);
        let failed = |source| Error::Socket { path: path.clone(), source };
        let address = SocketAddress::of(data).map_err(failed)?;
        if let Ok(metadata) = std::fs::symlink_metadata(&path) {
            if !metadata.file_type().is_socket() {
                return Err(Error::Obstacle(path));
            }
            if address.is_alive() {
                return Err(Error::InUse(data.to_owned()));
            }
        }
        // Made in a folder that only its owner can enter, and moved when its mode is right: nobody else can connect
        // in between. What a server that died left behind is replaced by the move.
        let bind = || {
            let folder = tempfile::Builder::new().prefix(".s").rand_bytes(6).tempdir_in(&address.folder)?;
            let new = folder.path().join(SOCKET_NAME);
            let listener = UnixListener::bind(&new)?;
            std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600))?;
            std::fs::rename(&new, address.path())?;
            Ok(listener)
        };
        let listener = bind().map_err(failed)?;
        Ok((Self(path), listener))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the socket could not be removed");
        }
    }
}
