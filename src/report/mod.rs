//! The weekly report: what the figures of an ISO week say, put into words and charts.
//!
//! # Invariants
//! - Facts first ([`facts`], from [`week`]), then one document of them ([`render`]), then whatever a reader or a chat takes
//!   ([`targets`]): nothing after the facts asks the store.
//! - The same facts make the same bytes, text and charts alike.
//! - Only [`send`] sends, and keeps what was sent.

pub mod chart;
pub mod facts;
pub mod render;
#[cfg(test)]
pub(crate) mod sample;
pub mod send;
pub mod targets;
pub mod week;
