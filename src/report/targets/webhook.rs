//! A plain webhook: everything that a program may want, as one JSON object.
//!
//! # Invariants
//! - Fields are never renamed or removed; new ones may come.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::report::facts::Facts;
use crate::report::render::document::Document;
use crate::report::render::markdown::markdown;
use crate::report::render::text::{Links, Text, text};

/// A message: the facts, and the report in words for whoever passes it on.
#[must_use]
pub fn message(facts: &Facts, document: &Document) -> Value {
    let charts = document.images().map(
        |chart| json!({ "name": chart.name, "title": chart.title, "alternative": chart.alternative, "png": STANDARD.encode(&chart.png) }),
    );
    json!({
        "kind": "weekly-report",
        "week": facts.week,
        "of": facts.of.as_ref().map(|of| &of.reference),
        "title": document.title,
        "subtitle": document.subtitle,
        "link": document.link,
        "incomplete": facts.is_incomplete(),
        "text": text(document, &Text { width: 100, colours: false, links: Links::Notes }),
        "markdown": markdown(document, false),
        "charts": charts.collect::<Vec<_>>(),
        "facts": facts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::targets::tests::document;

    #[test]
    fn a_program_finds_facts_words_and_pictures() {
        let message = message(&sample::facts(), &document());
        assert_eq!((&message["week"], &message["incomplete"]), (&json!("2026-W46"), &json!(false)));
        assert_eq!(serde_json::from_value::<Facts>(message["facts"].clone()).unwrap(), sample::facts());
        assert_eq!(message["charts"].as_array().unwrap().len(), 2);
    }
}
