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

use crate::report::chart::{self, charts};
use crate::report::facts::Facts;
use crate::report::render::html::{Pictures, html};

/// The report of a week, or the notice that it comes later, as a page that holds its charts. Links are paths into spot.
///
/// # Errors
/// If a chart cannot be drawn.
pub fn page(facts: &Facts, is_notice: bool) -> Result<String, chart::Error> {
    let document = if is_notice { held_back(facts, "") } else { report(facts, &charts(facts)?, "") };
    Ok(html(&document, Pictures::Within))
}
