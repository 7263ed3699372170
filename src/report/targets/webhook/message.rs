//! A plain webhook: everything that a program may want, as one JSON object.
//!
//! # Invariants
//! - Fields are never renamed or removed; new ones may come.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::report::render::markdown::markdown;
use crate::report::render::text::{Links, Text, text};
use crate::report::targets::Content;

/// A message: the facts, and the report in words for whoever passes it on.
#[must_use]
pub fn message(content: &Content<'_>) -> Value {
    let Content { facts, document, .. } = content;
    let charts = document.images().map(
        |chart| json!({ "name": chart.name, "title": chart.title, "alternative": chart.alternative, "png": STANDARD.encode(&chart.png) }),
    );
    json!({
        "kind": if content.is_notice { "weekly-report-held-back" } else { "weekly-report" },
        "key": content.key,
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
    use crate::report::facts::Facts;
    use crate::report::sample;
    use crate::report::targets::tests::{content, document};

    #[test]
    fn a_program_finds_facts_words_and_pictures() {
        let (facts, document) = (sample::facts(), document());
        let message = message(&content(&facts, &document));
        assert_eq!((&message["week"], &message["incomplete"]), (&json!("2026-W46"), &json!(false)));
        assert_eq!(serde_json::from_value::<Facts>(message["facts"].clone()).unwrap(), facts);
        assert_eq!(message["charts"].as_array().unwrap().len(), 2);
    }
}
