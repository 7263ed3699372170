//! Mattermost: Markdown for an incoming webhook.
//!
//! # Invariants
//! - A message is at most 16,383 characters: longer ones are refused, or split where nobody wants it.

use serde_json::{Value, json};

use crate::report::render::document::{Block, Document};
use crate::report::render::markdown::markdown;
use crate::report::targets::{cut, fitted};

const MOST: usize = 16_383;

/// The text of a message. Pictures are attached to posts; a webhook has none.
fn text(document: &Document) -> String {
    let blocks = document.blocks.iter().filter(|block| !matches!(block, Block::Image(_))).cloned().collect();
    let document = Document { blocks, ..document.clone() };
    cut(&fitted(&document, |document| markdown(document, false), |text| text.chars().count() <= MOST), MOST)
}

/// A message for a webhook.
#[must_use]
pub fn message(document: &Document) -> Value {
    json!({ "text": text(document) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::targets::tests::{document, flood};

    #[test]
    fn a_week_has_its_table_and_a_flood_is_shortened_with_a_link() {
        let text = text(&document());
        assert!(text.contains("| Figure | This week |") && text.chars().count() <= MOST, "{text}");
        let short = message(&flood())["text"].as_str().unwrap().to_owned();
        assert!(short.chars().count() <= MOST && short.contains("Shortened; all of it is in spot."));
        assert!(!short.contains("@here") && !short.contains("<!channel>"), "nobody is called");
    }
}
