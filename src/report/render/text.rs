//! A report as plain text: for a terminal, and for the plain part of a mail.
//!
//! # Invariants
//! - No line is longer than the width, but for a word or an address that is.
//! - Without colours there is no control character.

use std::fmt::Write;

use crate::report::render::document::{Block, Document, Line, Piece, Table, Tone};

/// How to write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Letters in a line.
    pub width: usize,
    /// With the colours of a terminal.
    pub colours: bool,
    /// What to do with links.
    pub links: Links,
}

/// What becomes of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Nothing but the one to the whole report.
    None,
    /// Numbers, and a list of addresses at the end.
    Notes,
    /// Words that can be clicked, where the terminal knows how.
    Terminal,
}

/// Writes a document.
#[must_use]
pub fn text(document: &Document, how: &Text) -> String {
    let mut writer = Writer { how, notes: Vec::new(), out: String::new() };
    writer.lines(&Line::default().toned(document.title.clone(), Tone::Strong), "", "");
    writer.lines(&Line::plain(document.subtitle.clone()), "", "");
    writer.lines(&Line::default().toned(document.link.clone(), Tone::Faint), "", "");
    for block in &document.blocks {
        writer.block(block);
    }
    if !writer.notes.is_empty() {
        writer.out.push('\n');
        for (index, link) in writer.notes.iter().enumerate() {
            let _ = writeln!(writer.out, "[{}] {link}", index + 1);
        }
    }
    writer.out
}

struct Writer<'h> {
    how: &'h Text,
    notes: Vec<String>,
    out: String,
}

impl Writer<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Notice(lines) => {
                self.out.push('\n');
                for line in lines {
                    self.lines(line, "! ", "  ");
                }
            }
            Block::Heading(title) => {
                self.out.push('\n');
                self.lines(&Line::default().toned(title.clone(), Tone::Strong), "", "");
            }
            Block::Paragraph(line) | Block::Foot(line) => {
                self.out.push('\n');
                self.lines(line, "", "");
            }
            Block::Bullets(bullets) => {
                if !self.follows_heading() {
                    self.out.push('\n');
                }
                for bullet in bullets {
                    self.lines(&bullet.line, "• ", "  ");
                    if let Some(detail) = &bullet.detail {
                        let faint = detail.0.iter().cloned().map(|piece| match piece.tone {
                            Tone::Plain => Piece { tone: Tone::Faint, ..piece },
                            _ => piece,
                        });
                        self.lines(&Line(faint.collect()), "  ", "  ");
                    }
                }
            }
            Block::Table(table) => self.table(table),
            // Its numbers stand in the table, with a small drawing of letters.
            Block::Image(_) => {}
        }
    }

    /// Whether the last line is a heading: what belongs to it follows at once.
    fn follows_heading(&self) -> bool {
        let mut lines = self.out.trim_end_matches('\n').rsplit('\n');
        let _ = lines.next();
        lines.next() == Some("") && self.out.matches('\n').count() > 3
    }

    fn table(&mut self, table: &Table) {
        let lengths: Vec<usize> = (0..table.columns.len())
            .map(|index| {
                let cells = table.rows.iter().map(|row| row[index].text().chars().count());
                cells.chain([table.columns[index].title.chars().count()]).max().unwrap_or_default()
            })
            .collect();
        let write = |out: &mut String, index: usize, plain: usize, painted: &str| {
            let room = " ".repeat(lengths[index].saturating_sub(plain));
            let space = if index == 0 { "" } else { "  " };
            let _ = if table.columns[index].right { write!(out, "{space}{room}{painted}") } else { write!(out, "{space}{painted}{room}") };
        };
        let mut head = String::new();
        for (index, column) in table.columns.iter().enumerate() {
            write(&mut head, index, column.title.chars().count(), &self.paint(column.title, Tone::Faint));
        }
        self.end_row(&head);
        for row in &table.rows {
            let mut text = String::new();
            for (index, cell) in row.iter().enumerate() {
                // A table has no room for the numbers of links.
                let painted: String = cell.0.iter().map(|piece| self.clickable(&self.paint(&piece.text, piece.tone), piece)).collect();
                write(&mut text, index, cell.text().chars().count(), &painted);
            }
            self.end_row(&text);
        }
    }

    fn end_row(&mut self, row: &str) {
        self.out.push_str(row.trim_end_matches(' '));
        self.out.push('\n');
    }

    /// A line, broken where it is too long.
    fn lines(&mut self, line: &Line, first: &str, rest: &str) {
        let mut text = String::from(first);
        let mut column = first.chars().count();
        let mut is_start = true;
        let mut space_before = false;
        for piece in &line.0 {
            let mut words = piece.text.clone();
            if let (Links::Notes, Some(link)) = (self.how.links, &piece.link) {
                let known = self.notes.iter().position(|note| note == link);
                let number = known.unwrap_or_else(|| {
                    self.notes.push(link.clone());
                    self.notes.len() - 1
                });
                let _ = write!(words, "\u{a0}[{}]", number + 1);
            }
            for (index, word) in words.split(' ').enumerate() {
                let follows_space = index > 0 || space_before;
                if index > 0 || !word.is_empty() {
                    space_before = false;
                }
                if word.is_empty() {
                    space_before = true;
                    continue;
                }
                let length = word.chars().count();
                if follows_space && !is_start && column + 1 + length > self.how.width {
                    self.end_row(&text);
                    text = String::from(rest);
                    column = rest.chars().count();
                } else if follows_space && !is_start {
                    text.push(' ');
                    column += 1;
                }
                text.push_str(&self.clickable(&self.paint(word, piece.tone), piece));
                column += length;
                is_start = false;
            }
        }
        self.end_row(&text);
    }

    fn paint(&self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Bad => "31",
        };
        if self.how.colours && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The words with an address that a terminal opens.
    fn clickable(&self, painted: &str, piece: &Piece) -> String {
        match (&piece.link, self.how.links) {
            (Some(link), Links::Terminal) => format!("\u{1b}]8;;{link}\u{1b}\\{painted}\u{1b}]8;;\u{1b}\\"),
            _ => painted.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::render::report;
    use crate::report::sample;

    fn written(how: Text) -> String {
        text(&report(&sample::facts(), &[], "https://spot.example"), &how)
    }

    #[test]
    fn a_week_on_a_terminal() {
        insta::assert_snapshot!(written(Text { width: 100, colours: false, links: Links::None }).replace('\u{a0}', " "));
    }

    #[test]
    fn lines_fit_and_control_characters_are_for_terminals_only() {
        for width in [40, 72, 120] {
            let plain = written(Text { width, colours: false, links: Links::Notes });
            assert!(plain.contains("[1] https://spot.example/board"), "{plain}");
            assert!(plain.chars().all(|c| c == '\n' || !c.is_control()));
            let before_table = plain.split("All figures").next().unwrap();
            let longest = before_table.lines().filter(|line| !line.contains("https://")).map(|line| line.chars().count()).max();
            assert!(longest.unwrap() <= width.max(44), "{longest:?}");
        }
        let painted = written(Text { width: 100, colours: true, links: Links::Terminal });
        assert!(painted.contains("\u{1b}[31mdown") && painted.contains("\u{1b}]8;;https://spot.example/service/payment-gateway"));
    }
}
