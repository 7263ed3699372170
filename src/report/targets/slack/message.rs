//! Slack: blocks for an incoming webhook or for `chat.postMessage`.
//!
//! # Invariants
//! - At most 50 blocks, 3,000 characters in a section, 150 in a header, and 10,000 in all: above about 13,200 Slack refuses a
//!   message whose blocks are each within their limits.
//! - Only `&`, `<` and `>` can be escaped; what else formats is taken apart by a space without width.

use serde_json::{Value, json};

use crate::report::render::document::{Block, Document, Line, Piece, Tone};
use crate::report::targets::{cut, fitted, for_chat, in_short};

const MOST_BLOCKS: usize = 50;
const MOST_IN_SECTION: usize = 3_000;
const MOST_IN_HEADER: usize = 150;
const MOST_IN_ALL: usize = 10_000;
/// An image's description.
const MOST_IN_WORDS: usize = 2_000;

/// A message. `pictures` tells the id of the uploaded file for the name of a chart; a webhook cannot upload, and has none.
#[must_use]
pub fn message(document: &Document, pictures: impl Fn(&str) -> Option<String>) -> Value {
    let document = for_chat(document, true);
    let blocks =
        fitted(&document, |document| blocks(document, &pictures), |blocks| blocks.len() <= MOST_BLOCKS && length(blocks) <= MOST_IN_ALL);
    json!({ "text": cut(&escaped(&in_short(&document, MOST_IN_SECTION)), MOST_IN_SECTION), "blocks": blocks, "unfurl_links": false })
}

fn blocks(document: &Document, pictures: &impl Fn(&str) -> Option<String>) -> Vec<Value> {
    let mut blocks = vec![
        json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&document.title, MOST_IN_HEADER) } }),
        json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": format!("{} · {}", escaped(&document.subtitle), link("Open the board", &document.link)) }] }),
    ];
    for block in &document.blocks {
        match block {
            Block::Notice(lines) => {
                let lines: Vec<String> = lines.iter().map(line).collect();
                sections(&mut blocks, lines.iter().map(|line| format!(":warning: {line}")).collect());
            }
            Block::Heading(title) => sections(&mut blocks, vec![format!("*{}*", escaped(title))]),
            Block::Paragraph(text) => sections(&mut blocks, vec![line(text)]),
            Block::Bullets(bullets) => {
                let texts = bullets.iter().map(|bullet| match &bullet.detail {
                    Some(detail) => format!("• {}\n      {}", line(&bullet.line), line(detail)),
                    None => format!("• {}", line(&bullet.line)),
                });
                sections(&mut blocks, texts.collect());
            }
            Block::Image(chart) => {
                if let Some(id) = pictures(chart.name) {
                    let words = cut(&chart.alternative, MOST_IN_WORDS);
                    blocks.push(json!({ "type": "image", "slack_file": { "id": id }, "alt_text": words }));
                }
            }
            Block::Table(_) | Block::Foot(_) => {}
        }
    }
    blocks
}

/// Lines as sections, as many in one as fit; a line that alone does not is cut where no link can break.
fn sections(blocks: &mut Vec<Value>, lines: Vec<String>) {
    let mut text = String::new();
    let mut put = |text: &mut String| {
        if !text.is_empty() {
            blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": std::mem::take(text) } }));
        }
    };
    for line in lines {
        let line = if line.chars().count() > MOST_IN_SECTION { without_links(&line) } else { line };
        if !text.is_empty() && text.chars().count() + line.chars().count() + 1 > MOST_IN_SECTION {
            put(&mut text);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    put(&mut text);
}

/// The words of a line alone, cut.
fn without_links(line: &str) -> String {
    let mut words = String::new();
    for part in line.split('<') {
        match part.split_once('>') {
            Some((link, rest)) => {
                words.push_str(link.split_once('|').map_or("", |(_, words)| words));
                words.push_str(rest);
            }
            None => words.push_str(part),
        }
    }
    cut(&words, MOST_IN_SECTION)
}

fn line(line: &Line) -> String {
    let pieces = line.0.iter().map(|piece: &Piece| {
        let text = match &piece.link {
            Some(to) => link(&piece.text, to),
            None => escaped(&piece.text),
        };
        let inner = text.trim();
        match piece.tone {
            Tone::Strong if !inner.is_empty() => text.replacen(inner, &format!("*{inner}*"), 1),
            _ => text,
        }
    });
    pieces.collect()
}

fn link(text: &str, to: &str) -> String {
    let to: String = to.chars().filter(|c| !c.is_control()).collect();
    let to = to.replace('&', "&amp;").replace('<', "%3C").replace('>', "%3E").replace('|', "%7C").replace(' ', "%20");
    format!("<{to}|{}>", escaped(text).replace('|', "/"))
}

/// A text of which nothing is read as markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '*' | '_' | '~' | '`' | '@' => {
                out.push(letter);
                out.push('\u{200b}');
            }
            letter => out.push(letter),
        }
    }
    out
}

/// Characters in all texts.
fn length(blocks: &[Value]) -> usize {
    fn texts(value: &Value) -> usize {
        match value {
            Value::String(text) => text.chars().count(),
            Value::Array(items) => items.iter().map(texts).sum(),
            Value::Object(fields) => fields.iter().filter(|(name, _)| *name != "type").map(|(_, value)| texts(value)).sum(),
            _ => 0,
        }
    }
    blocks.iter().map(texts).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::targets::tests::{document, flood};

    fn check(message: &Value) {
        let blocks = message["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50 && length(blocks) <= 10_000, "{} blocks, {} characters", blocks.len(), length(blocks));
        for block in blocks {
            let text = block["text"]["text"].as_str().unwrap_or_default();
            let most = if block["type"] == "header" { 150 } else { 3_000 };
            assert!(text.chars().count() <= most, "{text}");
            assert_eq!(text.matches('<').count(), text.matches('>').count(), "{text}");
            assert!(!text.contains("<!") && !text.contains("@here"), "{text}");
        }
        assert!(message["text"].as_str().unwrap().chars().count() <= 3_000);
    }

    #[test]
    fn a_week_fits_with_and_without_pictures() {
        let with = message(&document(), |name| Some(format!("F{name}")));
        let without = message(&document(), |_| None);
        check(&with);
        check(&without);
        let images = |message: &Value| message["blocks"].as_array().unwrap().iter().filter(|block| block["type"] == "image").count();
        assert_eq!((images(&with), images(&without)), (2, 0));
        assert_eq!(with["blocks"][0]["text"]["text"], "Quality in week 46");
        let first = with["blocks"][2]["text"]["text"].as_str().unwrap().replace('\u{a0}', " ");
        let expected =
            "• *<https://spot.example/board?period=2026-W46&amp;at=2026-11-15|Stability 99.62 %>*, down 0.21 points: 2 critical incidents";
        assert!(first.starts_with(expected), "{first}");
    }

    #[test]
    fn a_flood_is_shortened_with_a_link() {
        let message = message(&flood(), |_| None);
        check(&message);
        assert!(message["blocks"].to_string().contains("Shortened; all of it is in spot."));
    }
}
