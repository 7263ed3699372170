//! Where reports go: for each target a folder with its message, made to fit, and the way to it.
//!
//! # Invariants
//! - Messages are pure: what is sent depends on facts, document and key alone. A target knows one address, and nothing of when
//!   and how often.
//! - The limits of a target never fail a report: what does not fit is left out from the end, block by block, and a link says
//!   where all of it is.
//! - What a source says cannot format, mention or link anything in a chat.

mod hook;
pub mod letter;
pub mod mail;
pub mod matrix;
pub mod mattermost;
pub mod slack;
pub mod teams;
pub mod webhook;

use std::fmt;

use async_trait::async_trait;

use crate::model::Instant;
use crate::report::facts::Facts;
use crate::report::render::document::{Block, Document, Line, Tone};
use crate::report::targets::letter::{Arrival, Failure, Letter};

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Content<'c> {
    /// The week.
    pub facts: &'c Facts,
    /// It in words, or a notice that it comes later.
    pub document: &'c Document,
    /// The same for the same report to the same channel, and for no other.
    pub key: &'c str,
    /// A notice that the report is held back.
    pub is_notice: bool,
    /// When it is written.
    pub now: Instant,
}

/// How a report reaches one channel.
#[async_trait]
pub trait Target: fmt::Debug + Send + Sync {
    /// What is sent, whole. Pictures that nobody sees before the message may be brought there already; writing again is no harm.
    ///
    /// # Errors
    /// [`Failure::Refused`] or [`Failure::Unreachable`]; nobody has seen anything then.
    async fn write(&self, content: &Content<'_>) -> Result<Letter, Failure>;

    /// Sends it, and tells where it is or what was answered.
    ///
    /// # Errors
    /// [`Failure`].
    async fn send(&self, letter: &Letter) -> Result<String, Failure>;

    /// Whether a letter has arrived whose sending began and of which nobody knows how that ended.
    async fn look(&self, letter: &Letter, key: &str) -> Arrival;

    /// What can be known without sending: as whom, and whether the channel is there.
    ///
    /// # Errors
    /// [`Failure`]: what is wrong.
    async fn check(&self) -> Result<String, Failure>;
}

/// The SHA-256 of a key, in hexadecimal, for places that take no other letters.
fn digest(key: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(key).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

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
    use crate::report::render::report;
    use crate::report::sample;

    /// A report on its way.
    pub(crate) fn content<'c>(facts: &'c Facts, document: &'c Document) -> Content<'c> {
        let now = "2026-11-16T08:00:00Z".parse().unwrap();
        Content { facts, document, key: "2026-W46/engineering/1", is_notice: false, now }
    }

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
