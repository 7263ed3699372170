//! A report as a document that knows nothing of where it will be read.
//!
//! # Invariants
//! - Texts are plain: whoever renders escapes them.
//! - Links are whole addresses.
//! - What is good or bad says so in words; the tone may add a colour.

use crate::report::chart::Chart;

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// Of whom and when.
    pub subtitle: String,
    /// Where all of it is in spot.
    pub link: String,
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

/// A part of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// What has to be known before the rest is read.
    Notice(Vec<Line>),
    /// What the next blocks are about.
    Heading(String),
    /// A paragraph.
    Paragraph(Line),
    /// Lines, each about one thing.
    Bullets(Vec<Bullet>),
    /// Figures.
    Table(Table),
    /// A picture.
    Image(Chart),
    /// What stands below all.
    Foot(Line),
}

/// One line of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bullet {
    /// What it says.
    pub line: Line,
    /// Why, in less ink.
    pub detail: Option<Line>,
}

/// Pieces of text, one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<Piece>);

/// Text of one tone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// How it stands out.
    pub tone: Tone,
    /// Where it leads.
    pub link: Option<String>,
}

/// How a piece of text stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// It does not.
    #[default]
    Plain,
    /// It is what the line is about.
    Strong,
    /// It may be read over.
    Faint,
    /// It is good news.
    Good,
    /// It is bad news.
    Bad,
}

/// Rows of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<Line>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
    /// It holds numbers, which end below each other.
    pub right: bool,
    /// It is drawn with letters, for readers without pictures.
    pub only_text: bool,
}

impl Document {
    /// Its pictures.
    pub fn images(&self) -> impl Iterator<Item = &Chart> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Image(chart) => Some(chart),
            _ => None,
        })
    }
}

impl Line {
    /// One piece without a tone.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self::default().and(text)
    }

    /// This line, and text after it.
    #[must_use]
    pub fn and(self, text: impl Into<String>) -> Self {
        self.toned(text, Tone::Plain)
    }

    /// This line, and text of a tone after it.
    #[must_use]
    pub fn toned(mut self, text: impl Into<String>, tone: Tone) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Piece { text, tone, link: None });
        }
        self
    }

    /// This line, and text that leads somewhere after it.
    #[must_use]
    pub fn linked(mut self, text: impl Into<String>, tone: Tone, link: impl Into<String>) -> Self {
        self.0.push(Piece { text: text.into(), tone, link: Some(link.into()) });
        self
    }

    /// This line, and all of another after it.
    #[must_use]
    pub fn then(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Its text alone.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }
}
