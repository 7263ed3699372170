//! A report as HTML that mail programs and browsers show alike.
//!
//! # Invariants
//! - Everything is in the one file: styles stand at their elements, but for what narrow screens need; there is no script, and
//!   nothing is loaded but, in a mail, the pictures that come with it.
//! - What a source says is escaped.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::report::chart::{HEIGHT, WIDTH};
use crate::report::render::document::{Block, Bullet, Document, Line, Table, Tone};

/// Where pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// In the HTML itself, for a file.
    Within,
    /// Parts of a mail, each with its name as content id.
    Parts,
}

const INK: &str = "#111827";
const TEXT: &str = "#374151";
const FAINT: &str = "#6b7280";
const RULE: &str = "#e5e7eb";
const LINK: &str = "#1d4ed8";
const GOOD: &str = "#15803d";
const BAD: &str = "#b91c1c";
const FONT: &str = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

/// Writes a document.
#[must_use]
pub fn html(document: &Document, pictures: Pictures) -> String {
    let mut body = String::new();
    let _ = write!(
        body,
        "<h1 style=\"margin:0;font-size:22px;line-height:28px;font-weight:600;color:{INK}\">{}</h1>\
         <p style=\"margin:4px 0 0;font-size:14px;line-height:20px;color:{FAINT}\">{} · {}</p>",
        escaped(&document.title),
        escaped(&document.subtitle),
        link("Open the board", &document.link, LINK),
    );
    for block in &document.blocks {
        self::block(&mut body, block, pictures);
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}: {subtitle}</title>\
         <style>@media (max-width:600px){{.sheet{{padding:20px 16px!important}}}}</style></head>\n<body style=\"margin:0;padding:0;background:#f3f4f6\">\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"table-layout:fixed;background:#f3f4f6\"><tr>\
         <td align=\"center\" style=\"padding:24px 8px\"><table role=\"presentation\" width=\"{width}\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"table-layout:fixed;width:100%;max-width:{width}px;background:#ffffff;border:1px solid {RULE};border-radius:6px\"><tr>\
         <td class=\"sheet\" style=\"padding:28px 32px 24px;font-family:{FONT};font-size:14px;line-height:21px;color:{TEXT};text-align:left\">\n\
         {body}</td></tr></table></td></tr></table></body></html>\n",
        title = escaped(&document.title),
        subtitle = escaped(&document.subtitle),
        width = WIDTH + 64,
    )
}

/// Writes a document with the few elements that chats let through, without styles and pictures.
#[must_use]
pub fn bare(document: &Document) -> String {
    let mut out = format!(
        "<h3>{}</h3><p>{} · <a href=\"{}\">Open the board</a></p>",
        escaped(&document.title),
        escaped(&document.subtitle),
        escaped(&document.link)
    );
    for block in &document.blocks {
        let _ = match block {
            Block::Notice(lines) => {
                write!(out, "<blockquote>{}</blockquote>", lines.iter().map(bare_line).collect::<Vec<_>>().join("<br>"))
            }
            Block::Heading(title) => write!(out, "<h4>{}</h4>", escaped(title)),
            Block::Paragraph(text) => write!(out, "<p>{}</p>", bare_line(text)),
            Block::Foot(text) => write!(out, "<p><em>{}</em></p>", bare_line(text)),
            Block::Bullets(bullets) => {
                out.push_str("<ul>");
                for bullet in bullets {
                    let detail = bullet.detail.as_ref().map(|detail| format!("<br>{}", bare_line(detail))).unwrap_or_default();
                    let _ = write!(out, "<li>{}{detail}</li>", bare_line(&bullet.line));
                }
                write!(out, "</ul>")
            }
            Block::Table(table) => {
                let shown = |row: &mut dyn Iterator<Item = String>, cell: &str| -> String {
                    let cells = row.zip(&table.columns).filter(|(_, column)| !column.only_text);
                    cells.map(|(text, _)| format!("<{cell}>{text}</{cell}>")).collect()
                };
                let head = shown(&mut table.columns.iter().map(|column| escaped(column.title)), "th");
                let rows: String =
                    table.rows.iter().map(|row| format!("<tr>{}</tr>", shown(&mut row.iter().map(bare_line), "td"))).collect();
                write!(out, "<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
            }
            Block::Image(_) => Ok(()),
        };
    }
    out
}

fn bare_line(line: &Line) -> String {
    let pieces = line.0.iter().map(|piece| {
        let text = match &piece.link {
            Some(to) => format!("<a href=\"{}\">{}</a>", escaped(to), escaped(&piece.text)),
            None => escaped(&piece.text),
        };
        if piece.tone == Tone::Strong { format!("<strong>{text}</strong>") } else { text }
    });
    pieces.collect()
}

fn block(out: &mut String, block: &Block, pictures: Pictures) {
    let _ = match block {
        Block::Notice(lines) => {
            let lines: Vec<String> = lines.iter().map(line).collect();
            writeln!(
                out,
                "<div role=\"note\" style=\"margin:16px 0 0;padding:10px 14px;background:#fffbeb;border:1px solid #fcd34d;border-radius:4px;\
                 color:#78350f\">{}</div>",
                lines.join("<br>")
            )
        }
        Block::Heading(title) => writeln!(
            out,
            "<h2 style=\"margin:26px 0 6px;font-size:16px;line-height:22px;font-weight:600;color:{INK}\">{}</h2>",
            escaped(title)
        ),
        Block::Paragraph(text) => writeln!(out, "<p style=\"margin:12px 0 0\">{}</p>", line(text)),
        Block::Bullets(bullets) => {
            let bullets: String = bullets.iter().map(bullet).collect();
            writeln!(out, "<ul style=\"margin:12px 0 0;padding:0 0 0 18px\">{bullets}</ul>")
        }
        Block::Table(table) => writeln!(out, "{}", self::table(table)),
        Block::Image(chart) => {
            let source = match pictures {
                Pictures::Within => format!("data:image/png;base64,{}", STANDARD.encode(&chart.png)),
                Pictures::Parts => format!("cid:{}", chart.name),
            };
            writeln!(
                out,
                "<img src=\"{source}\" alt=\"{}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" style=\"display:block;width:100%;max-width:{WIDTH}px;\
                 height:auto;margin:18px 0 0;border:1px solid {RULE};border-radius:4px\">",
                escaped(&chart.alternative),
            )
        }
        Block::Foot(text) => writeln!(
            out,
            "<p style=\"margin:24px 0 0;padding-top:12px;border-top:1px solid {RULE};font-size:12px;line-height:18px;color:{FAINT}\">{}</p>",
            line(text)
        ),
    };
}

fn bullet(bullet: &Bullet) -> String {
    let detail =
        bullet.detail.as_ref().map(|detail| format!("<div style=\"font-size:13px;line-height:19px;color:{FAINT}\">{}</div>", line(detail)));
    format!("<li style=\"margin:0 0 6px\">{}{}</li>", line(&bullet.line), detail.unwrap_or_default())
}

fn table(table: &Table) -> String {
    let mut out = String::from(
        "<div style=\"overflow-x:auto\"><table cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;border-collapse:collapse;margin:8px 0 0\"><tr>",
    );
    let side = |right: bool| if right { "right" } else { "left" };
    for column in table.columns.iter().filter(|column| !column.only_text) {
        let _ = write!(
            out,
            "<th scope=\"col\" style=\"text-align:{};padding:4px 10px 4px 0;border-bottom:1px solid {RULE};font-size:12px;font-weight:600;\
             color:{FAINT}\">{}</th>",
            side(column.right),
            escaped(column.title)
        );
    }
    out.push_str("</tr>");
    for row in &table.rows {
        out.push_str("<tr>");
        for (column, cell) in table.columns.iter().zip(row).filter(|(column, _)| !column.only_text) {
            let numbers = if column.right { "white-space:nowrap;font-variant-numeric:tabular-nums;" } else { "" };
            let _ = write!(
                out,
                "<td style=\"text-align:{};{numbers}padding:5px 10px 5px 0;border-bottom:1px solid {RULE};font-size:13px;line-height:18px\">{}</td>",
                side(column.right),
                line(cell)
            );
        }
        out.push_str("</tr>");
    }
    out.push_str("</table></div>");
    out
}

fn line(line: &Line) -> String {
    let pieces = line.0.iter().map(|piece| {
        let colour = match piece.tone {
            Tone::Good => Some(GOOD),
            Tone::Bad => Some(BAD),
            Tone::Faint => Some(FAINT),
            Tone::Plain | Tone::Strong => None,
        };
        let text = match &piece.link {
            // What a line is about stays in ink, so that the links do not drown it.
            Some(to) if piece.tone == Tone::Strong => linked(&piece.text, to, INK, "underline;text-decoration-color:#cbd5e1"),
            Some(to) => link(&piece.text, to, colour.unwrap_or(LINK)),
            None => escaped(&piece.text),
        };
        match (piece.tone, colour) {
            (Tone::Strong, _) => format!("<strong style=\"font-weight:600;color:{INK}\">{text}</strong>"),
            (_, Some(colour)) if piece.link.is_none() => format!("<span style=\"color:{colour}\">{text}</span>"),
            _ => text,
        }
    });
    pieces.collect()
}

fn link(text: &str, to: &str, colour: &str) -> String {
    linked(text, to, colour, "none")
}

fn linked(text: &str, to: &str, colour: &str, decoration: &str) -> String {
    format!("<a href=\"{}\" style=\"color:{colour};text-decoration:{decoration}\">{}</a>", escaped(to), escaped(text))
}

/// A text of which nothing is read as HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{a0}' => out.push_str("&nbsp;"),
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
    fn all_is_in_one_file_and_a_mail_stays_small() {
        let facts = sample::facts();
        let document = report(&facts, &charts(&facts).unwrap(), "https://spot.example");
        let (file, mail) = (html(&document, Pictures::Within), html(&document, Pictures::Parts));
        assert_eq!(file, html(&document, Pictures::Within));
        assert!(!file.contains("<script") && !file.contains("<link") && !file.contains("src=\"http"));
        assert_eq!(file.matches("data:image/png").count(), 2);
        assert!(mail.contains("src=\"cid:stability\"") && mail.len() < 100_000, "{}", mail.len());
        assert!(mail.contains("QUO-77 Quote PDF | wrong &lt;currency&gt;"));
        for (opened, closed) in [
            ("<ul", "</ul>"),
            ("<li", "</li>"),
            ("<table", "</table>"),
            ("<a ", "</a>"),
            ("<td", "</td>"),
            ("<tr", "</tr>"),
            ("<div", "</div>"),
        ] {
            assert_eq!(mail.matches(opened).count(), mail.matches(closed).count(), "{opened}");
        }
    }
}
