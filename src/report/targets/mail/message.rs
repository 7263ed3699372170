//! E-mail: the parts of a message, before anybody puts them into an envelope.
//!
//! # Invariants
//! - The HTML is at most 100,000 bytes: some readers clip what is longer. Pictures are parts of their own.

use crate::report::render::document::Document;
use crate::report::render::html::{Pictures, html};
use crate::report::render::text::{Links, Text, text};
use crate::report::targets::{cut, fitted};

/// Bytes.
const MOST: usize = 100_000;
/// A subject that is longer is cut by most readers anyway.
const MOST_IN_SUBJECT: usize = 120;

/// The parts of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// What it is about.
    pub subject: String,
    /// For readers of plain text.
    pub text: String,
    /// For all others.
    pub html: String,
    /// Content ids and pictures, as `image/png`.
    pub pictures: Vec<(String, Vec<u8>)>,
}

/// The parts of a message.
#[must_use]
pub fn mail(document: &Document) -> Mail {
    let html = fitted(document, |document| html(document, Pictures::Parts), |html| html.len() <= MOST);
    let shown = document.images().filter(|chart| html.contains(&format!("cid:{}\"", chart.name)));
    Mail {
        subject: cut(&format!("{}: {}", document.title, document.subtitle), MOST_IN_SUBJECT),
        text: text(document, &Text { width: 76, colours: false, links: Links::Notes }),
        pictures: shown.map(|chart| (chart.name.to_owned(), chart.png.clone())).collect(),
        html,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::targets::tests::{document, flood};

    #[test]
    fn a_week_has_its_pictures() {
        let mail = mail(&document());
        assert_eq!(mail.pictures.len(), 2);
        assert_eq!(mail.subject, "Quality in week 46: Whole organisation · 9 to 15 November 2026");
    }

    #[test]
    fn a_flood_is_shortened_with_a_link() {
        let mail = mail(&flood());
        assert!(mail.html.len() <= MOST && mail.html.contains("Shortened; all of it is in spot."), "{}", mail.html.len());
    }
}
