//! Matrix: the content of `m.room.message` events.
//!
//! # Invariants
//! - An event is at most 65,536 bytes; room is left for what the server adds.
//! - The HTML is that which clients let through: no styles, no pictures but as events of their own.

use serde_json::{Value, json};

use crate::report::chart::{Chart, HEIGHT, WIDTH};
use crate::report::render::document::Document;
use crate::report::render::html::bare;
use crate::report::render::text::{Links, Text, text};
use crate::report::targets::fitted;

/// Bytes.
const MOST: usize = 60_000;

/// The report itself.
#[must_use]
pub fn message(document: &Document) -> Value {
    let write = |document: &Document| {
        json!({
            "msgtype": "m.notice",
            "body": text(document, &Text { width: 72, colours: false, links: Links::None }),
            "format": "org.matrix.custom.html",
            "formatted_body": bare(document),
        })
    };
    fitted(document, write, |content| content.to_string().len() <= MOST)
}

/// One of its pictures, uploaded to this address.
#[must_use]
pub fn picture(chart: &Chart, address: &str) -> Value {
    json!({
        "msgtype": "m.image",
        "body": chart.alternative,
        "filename": format!("{}.png", chart.name),
        "url": address,
        "info": { "mimetype": "image/png", "size": chart.png.len(), "w": WIDTH, "h": HEIGHT },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::targets::tests::{document, flood};

    #[test]
    fn a_week_fits_and_a_flood_is_shortened_with_a_link() {
        let content = message(&document());
        let html = content["formatted_body"].as_str().unwrap();
        assert!(html.contains("<h3>Quality in week 46</h3>") && html.contains("<table>") && !html.contains("style="), "{html}");
        assert!(!html.contains("<img"), "{html}");
        let short = message(&flood()).to_string();
        assert!(short.len() <= 65_536 && short.contains("Shortened; all of it is in spot."), "{}", short.len());
        let chart = document().images().next().cloned().unwrap();
        assert_eq!(picture(&chart, "mxc://x/y")["info"]["w"], WIDTH);
    }
}
