//! How a command ends: the exit codes, and the failure that carries one.

use std::fmt;
use std::process::ExitCode;

use crate::server::{AdminError, AdminErrorKind};
use crate::store;

/// The exit codes, as `spot --help` and the README list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It worked.
    Success = 0,
    /// It was tried and failed.
    Failed = 1,
    /// The command line, the configuration or the question makes no sense.
    Usage = 2,
    /// What was asked for does not exist.
    NotFound = 3,
    /// The store is damaged.
    Damaged = 4,
    /// Another process uses the data folder.
    InUse = 5,
}

impl Exit {
    /// What `--help` says about the codes.
    pub(super) const HELP: &'static str = "Exit codes:\n  0  it worked\n  1  it was tried and failed\n  2  the command line, the configuration or \
                                    the question makes no sense\n  3  what was asked for does not exist\n  4  the store is damaged\n  \
                                    5  another process uses the data folder";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, and the exit code that says so.
#[derive(Debug)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) exit: Exit,
    /// What failed, with its causes.
    pub(super) error: anyhow::Error,
}

impl Failure {
    /// A failure with this code.
    pub(super) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into() }
    }

    /// A failure with this code that says `message`.
    pub(super) fn say(exit: Exit, message: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self { exit, error: anyhow::Error::msg(message) }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { exit: Exit::Failed, error }
    }
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let exit = match error.kind {
            AdminErrorKind::Failed => Exit::Failed,
            AdminErrorKind::Usage => Exit::Usage,
            AdminErrorKind::NotFound => Exit::NotFound,
            AdminErrorKind::Damaged => Exit::Damaged,
            AdminErrorKind::InUse => Exit::InUse,
        };
        Self::new(exit, error)
    }
}

impl From<crate::server::Error> for Failure {
    fn from(error: crate::server::Error) -> Self {
        let exit = match error {
            crate::server::Error::InUse(_) => Exit::InUse,
            crate::server::Error::NotLoopback(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, error)
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        use store::{archive, journal};
        let exit = match error {
            store::Error::InUse { .. } => Exit::InUse,
            store::Error::ReadOnly(_)
            | store::Error::Index { .. }
            | store::Error::Journal(journal::Error::Corrupt(_))
            | store::Error::Archive(archive::Error::Damaged(_) | archive::Error::NoWindow(_)) => Exit::Damaged,
            _ => Exit::Failed,
        };
        Self::new(exit, error)
    }
}
