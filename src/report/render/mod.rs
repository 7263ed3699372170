//! From facts to what people read: one document, and the ways to write it down.
//!
//! # Invariants
//! - Sentences are made once ([`mod@write`]); a renderer only decides how they look, and escapes what its form demands.
//! - Every line leads into spot at the day that it is about.

pub mod document;
mod headline;
pub mod html;
pub mod markdown;
pub mod text;
pub(crate) mod words;
pub mod write;

pub use document::Document;
pub use write::{held_back, report};
