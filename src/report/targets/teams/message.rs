//! Microsoft Teams: an Adaptive Card for the webhook of a workflow.
//!
//! # Invariants
//! - A message is at most 28 KB, the card and its envelope together; a flow refuses what is larger after it said 202.
//! - Version 1.4, texts in the part of Markdown that Teams reads, the whole width. Pictures would take more than a message has.

use serde_json::{Value, json};

use crate::report::render::document::{Block, Document, Line, Tone};
use crate::report::render::markdown::{address, escaped};
use crate::report::targets::{fitted, for_chat, in_short};

/// Bytes; a little is left for what a flow adds.
const MOST: usize = 27_000;

/// A message.
#[must_use]
pub fn message(document: &Document) -> Value {
    let document = for_chat(document, false);
    fitted(&document, card, |message| message.to_string().len() <= MOST)
}

fn card(document: &Document) -> Value {
    let mut body = vec![
        json!({ "type": "TextBlock", "text": escaped(&document.title), "size": "Large", "weight": "Bolder", "wrap": true, "style": "heading" }),
        json!({ "type": "TextBlock", "text": escaped(&document.subtitle), "isSubtle": true, "spacing": "None", "wrap": true }),
    ];
    for block in &document.blocks {
        match block {
            Block::Notice(lines) => {
                let items: Vec<Value> = lines.iter().map(|line| text(&self::line(line))).collect();
                body.push(json!({ "type": "Container", "style": "warning", "items": items }));
            }
            Block::Heading(title) => {
                body.push(json!({ "type": "TextBlock", "text": escaped(title), "weight": "Bolder", "spacing": "Large", "wrap": true }));
            }
            Block::Paragraph(line) => body.push(text(&self::line(line))),
            Block::Bullets(bullets) => {
                // One list in one block: blocks stand apart from each other.
                let lines = bullets.iter().map(|bullet| match &bullet.detail {
                    Some(detail) => format!("- {}. {}", line(&bullet.line).trim_end_matches('.'), line(detail)),
                    None => format!("- {}", line(&bullet.line)),
                });
                body.push(text(&lines.collect::<Vec<_>>().join("\r")));
            }
            Block::Table(_) | Block::Image(_) | Block::Foot(_) => {}
        }
    }
    json!({
        "type": "message",
        "summary": in_short(document, 400),
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
                "actions": [{ "type": "Action.OpenUrl", "title": "Open the board", "url": document.link }],
            },
        }],
    })
}

fn text(markdown: &str) -> Value {
    json!({ "type": "TextBlock", "text": markdown, "wrap": true, "spacing": "Small" })
}

fn line(line: &Line) -> String {
    let pieces = line.0.iter().map(|piece| {
        let text = match &piece.link {
            Some(to) => format!("[{}]({})", escaped(&piece.text), address(to)),
            None => escaped(&piece.text),
        };
        if piece.tone == Tone::Strong && !text.trim().is_empty() { format!("**{}**", text.trim()) } else { text }
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::targets::tests::{document, flood};

    #[test]
    fn a_week_is_a_card_that_fits() {
        let message = message(&document());
        assert!(message.to_string().len() <= 28_000);
        let card = &message["attachments"][0]["content"];
        assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
        assert_eq!(card["actions"][0]["url"], "https://spot.example/board?period=2026-W46&at=2026-11-15");
        let kinds = ["TextBlock", "Container"];
        assert!(card["body"].as_array().unwrap().iter().all(|element| kinds.contains(&element["type"].as_str().unwrap())));
    }

    #[test]
    fn a_flood_is_shortened_with_a_link() {
        let message = message(&flood()).to_string();
        assert!(message.len() <= 28_000 && message.contains("Shortened; all of it is in spot."), "{}", message.len());
    }
}
