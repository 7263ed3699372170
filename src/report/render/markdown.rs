//! A report as Markdown, with the tables of GitHub's dialect.
//!
//! # Invariants
//! - What a source says is escaped: it makes no link, no mention, no table and no HTML.

use std::fmt::Write;

use crate::report::render::document::{Block, Document, Line, Tone};

/// Writes a document. Pictures are named by their files, if there are such beside it.
#[must_use]
pub fn markdown(document: &Document, with_pictures: bool) -> String {
    let mut out = format!("# {}\n\n{} · [board]({})\n", escaped(&document.title), escaped(&document.subtitle), address(&document.link));
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Notice(lines) => {
                for (index, text) in lines.iter().enumerate() {
                    let _ = writeln!(out, "{}> {}", if index > 0 { ">\n" } else { "" }, line(text));
                }
            }
            Block::Heading(title) => {
                let _ = writeln!(out, "## {}", escaped(title));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(out, "{}", line(text));
            }
            Block::Foot(text) => {
                let _ = writeln!(out, "_{}_", escaped(&text.text()));
            }
            Block::Bullets(bullets) => {
                for bullet in bullets {
                    let _ = writeln!(out, "- {}", line(&bullet.line));
                    if let Some(detail) = &bullet.detail {
                        let _ = writeln!(out, "  {}", line(detail));
                    }
                }
            }
            Block::Table(table) => {
                let shown: Vec<usize> = (0..table.columns.len()).filter(|index| !table.columns[*index].only_text).collect();
                let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
                out.push_str(&row(shown.iter().map(|index| table.columns[*index].title.to_owned()).collect()));
                let rule = |index: &usize| if table.columns[*index].right { "---:" } else { "---" }.to_owned();
                out.push_str(&row(shown.iter().map(rule).collect()));
                for cells in &table.rows {
                    out.push_str(&row(shown.iter().map(|index| line(&cells[*index])).collect()));
                }
            }
            Block::Image(chart) if with_pictures => {
                let _ = writeln!(out, "![{}]({}.png)", escaped(&chart.alternative), chart.name);
            }
            Block::Image(chart) => {
                let _ = writeln!(out, "{}", escaped(&chart.alternative));
            }
        }
    }
    out
}

fn line(line: &Line) -> String {
    let pieces = line.0.iter().map(|piece| {
        let text = escaped(&piece.text);
        let text = match piece.tone {
            Tone::Strong | Tone::Bad | Tone::Good => emphasised(&text),
            Tone::Plain | Tone::Faint => text,
        };
        match &piece.link {
            Some(link) => format!("[{text}]({})", address(link)),
            None => text,
        }
    });
    pieces.collect()
}

/// Bold, with the spaces at the ends and a comma at the beginning outside: else the stars are only stars.
fn emphasised(text: &str) -> String {
    let inner = text.trim_end().trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':'));
    let start = text.trim_end().len() - inner.len();
    if inner.is_empty() { text.to_owned() } else { format!("{}**{inner}**{}", &text[..start], &text[start + inner.len()..]) }
}

/// A text of which nothing is read as Markdown.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Somebody whose name is in a title is not called by it.
            '@' => out.push_str("@\u{200b}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(letter),
        }
    }
    out
}

/// An address of which no sign ends the link.
pub(crate) fn address(link: &str) -> String {
    let mut out = String::with_capacity(link.len());
    for letter in link.chars() {
        match letter {
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            ' ' => out.push_str("%20"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '|' => out.push_str("%7C"),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::charts;
    use crate::report::render::report;
    use crate::report::sample;

    #[test]
    fn a_week_as_markdown() {
        let facts = sample::facts();
        let document = report(&facts, &charts(&facts).unwrap(), "https://spot.example");
        insta::assert_snapshot!(markdown(&document, true).replace('\u{a0}', " "));
    }

    #[test]
    fn what_a_source_says_stays_text() {
        assert_eq!(escaped("a|b *c* <img> [x](y) @here"), "a\\|b \\*c\\* &lt;img&gt; \\[x\\](y) @\u{200b}here");
        assert_eq!(emphasised(" a "), " **a** ");
        assert_eq!(emphasised(", resolved since"), ", **resolved since**");
        assert_eq!(address("https://x.example/a b(c)|d"), "https://x.example/a%20b%28c%29%7Cd");
    }
}
