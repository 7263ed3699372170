//! What each chat takes: a report as its message, made to fit.
//!
//! # Invariants
//! - Pure: nothing is sent, no address or secret of a target is known.
//! - The limits of a target never fail a report: what does not fit is left out from the end, block by block, and a link says
//!   where all of it is.
//! - What a source says cannot format, mention or link anything in a chat.

pub mod mail;
pub mod matrix;
pub mod mattermost;
pub mod slack;
pub mod teams;
pub mod webhook;

use crate::report::render::document::{Block, Document, Line, Tone};

/// The report as a target writes it, with as many of its blocks as fit.
fn fitted<T>(document: &Document, write: impl Fn(&Document) -> T, fits: impl Fn(&T) -> bool) -> T {
    let whole = write(document);
    if fits(&whole) {
        return whole;
    }
    let shorter = (0..document.blocks.len()).rev().map(|blocks| write(&first_of(document, blocks)));
    let mut last = whole;
    for written in shorter {
        last = written;
        if fits(&last) {
            break;
        }
    }
    last
}

/// The first blocks of a report, and where the others are.
fn first_of(document: &Document, blocks: usize) -> Document {
    let mut kept: Vec<Block> = document.blocks[..blocks].to_vec();
    while matches!(kept.last(), Some(Block::Heading(_))) {
        kept.pop();
    }
    let note = Line::default().linked("Shortened; all of it is in spot.", Tone::Plain, document.link.clone());
    kept.push(Block::Paragraph(note));
    Document { blocks: kept, ..document.clone() }
}

/// A report without its table and, if they cannot be shown, without its pictures: for a chat, where a screen is short.
fn for_chat(document: &Document, with_pictures: bool) -> Document {
    let mut kept: Vec<Block> = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Table(_) => {
                if matches!(kept.last(), Some(Block::Heading(_))) {
                    kept.pop();
                }
                let all = Line::default().linked("All figures on the board", Tone::Plain, document.link.clone());
                kept.push(Block::Paragraph(all));
            }
            Block::Image(_) if !with_pictures => {}
            Block::Foot(_) => {}
            block => kept.push(block.clone()),
        }
    }
    Document { blocks: kept, ..document.clone() }
}

/// The first lines on one line, for notifications and wherever nothing else is shown; at most so many characters.
fn in_short(document: &Document, most: usize) -> String {
    let mut text = format!("{} ({})", document.title, document.subtitle);
    let bullets = document.blocks.iter().find_map(|block| match block {
        Block::Bullets(bullets) => Some(bullets),
        _ => None,
    });
    for bullet in bullets.into_iter().flatten() {
        text.push(' ');
        text.push_str(&bullet.line.text());
    }
    cut(&text, most)
}

/// A text of at most so many characters, with a sign where it was cut.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::report::chart::{Chart, charts};
    use crate::report::facts::Facts;
    use crate::report::render::report;
    use crate::report::sample;

    /// The report of a week, with its pictures.
    pub(crate) fn document() -> Document {
        of(&sample::facts())
    }

    /// A week in which everything has the longest name and there is much of it.
    pub(crate) fn flood() -> Document {
        let mut facts = sample::facts();
        let long = "*<!channel> @here [x](javascript:y) |`_~ & \"quoted\" ".repeat(2_000);
        for incident in &mut facts.incidents.first {
            incident.title.clone_from(&long);
            incident.services = vec![sample::named(&format!("service:{}", "s".repeat(200))); 12];
        }
        for bug in &mut facts.breaches.first {
            bug.title.clone_from(&long);
        }
        let (incidents, breaches) = (facts.incidents.first.clone(), facts.breaches.first.clone());
        facts.incidents.first = incidents.into_iter().cycle().take(40).collect();
        facts.breaches.first = breaches.into_iter().cycle().take(200).collect();
        of(&facts)
    }

    fn of(facts: &Facts) -> Document {
        // Both weeks have the same figures, and drawing takes longer than all the rest.
        static DRAWN: LazyLock<Vec<Chart>> = LazyLock::new(|| charts(&sample::facts()).unwrap());
        report(facts, &DRAWN, "https://spot.example")
    }

    #[test]
    fn what_does_not_fit_is_left_out_from_the_end_with_a_link() {
        let document = document();
        let count = |document: &Document| document.blocks.len();
        assert_eq!(fitted(&document, count, |_| true), document.blocks.len());
        let short = fitted(&document, Document::clone, |short| short.blocks.len() <= 5);
        assert_eq!(short.blocks[..3], document.blocks[..3]);
        let Some(Block::Paragraph(note)) = short.blocks.last() else { panic!("{short:?}") };
        assert_eq!(note.0[0].link.as_deref(), Some(document.link.as_str()));
        assert!(!short.blocks.iter().any(|block| matches!(block, Block::Heading(_))), "no heading is left alone");
        assert_eq!(fitted(&document, Document::clone, |_| false).blocks.len(), 1, "the link is always there");
        assert_eq!(cut("äöü", 2), "ä…");
    }
}
