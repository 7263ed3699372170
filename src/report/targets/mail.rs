//! E-mail: the parts of a message, before anybody puts them into an envelope.
//!
//! # Invariants
//! - The HTML is at most 100,000 bytes: some readers clip what is longer. Pictures are parts of their own.
//! - The id depends on the week, whose it is and who gets it alone, so that a message sent twice is one message.

use sha2::{Digest, Sha256};

use crate::report::facts::Facts;
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
    /// Left of the `@` of the message's id.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// For readers of plain text.
    pub text: String,
    /// For all others.
    pub html: String,
    /// Content ids and pictures, as `image/png`.
    pub pictures: Vec<(String, Vec<u8>)>,
}

/// The parts of a message to a recipient or list, by the name that it has in the configuration.
#[must_use]
pub fn mail(facts: &Facts, document: &Document, to: &str) -> Mail {
    let of = facts.of.as_ref().map_or("organisation", |of| &of.reference);
    let id = Sha256::digest(format!("{}\n{of}\n{to}", facts.week));
    let id: String = id.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let html = fitted(document, |document| html(document, Pictures::Parts), |html| html.len() <= MOST);
    let shown = document.images().filter(|chart| html.contains(&format!("cid:{}\"", chart.name)));
    Mail {
        id: format!("spot-{}-{id}", facts.week),
        subject: cut(&format!("{}: {}", document.title, document.subtitle), MOST_IN_SUBJECT),
        text: text(document, &Text { width: 76, colours: false, links: Links::Notes }),
        pictures: shown.map(|chart| (chart.name.to_owned(), chart.png.clone())).collect(),
        html,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::targets::tests::{document, flood};

    #[test]
    fn a_week_has_its_pictures_and_always_the_same_id() {
        let facts = sample::facts();
        let (once, other) = (mail(&facts, &document(), "engineering"), mail(&facts, &document(), "managers"));
        assert_eq!(once, mail(&facts, &document(), "engineering"));
        assert!(once.id.starts_with("spot-2026-W46-") && once.id != other.id, "{}", once.id);
        assert_eq!(once.pictures.len(), 2);
        assert_eq!(once.subject, "Quality in week 46: Whole organisation · 9 to 15 November 2026");
    }

    #[test]
    fn a_flood_is_shortened_with_a_link() {
        let mail = mail(&sample::facts(), &flood(), "engineering");
        assert!(mail.html.len() <= MOST && mail.html.contains("Shortened; all of it is in spot."), "{}", mail.html.len());
    }
}
