//! Who asks, and what that person may do: roles, tokens, sessions, and a proxy that is trusted.
//!
//! # Invariants
//! - A token is kept as its SHA-256 alone and shown once, when it is made; secrets are compared in constant time.
//! - A header that names a person counts only if it comes from an address that the configuration names.
//! - Nobody is more than a viewer without a token, a session begun with one, a trusted proxy, or the data folder's socket.
//! - What a browser sends by itself, a cookie or what a proxy adds, is not enough to change anything: see [`Caller::permit`].
//! - The clock and random numbers are handed in.

mod attempts;
mod audit;
mod caller;
mod door;
mod proxy;
mod role;
mod session;
mod token;

pub use audit::Audit;
pub use caller::{Caller, Denied, Means};
pub use door::{Access, Begun, Config, ConfiguredToken, Error, Judged, Random, Refusal, SESSION_COOKIE, Signed, is_open_to_others};
pub use proxy::{Network, ParseNetworkError, Proxy};
pub use role::{Role, UnknownRole};
pub use session::SESSION_SECONDS;
pub use token::{ParseTokenError, Token, TokenHash, TokenName};
