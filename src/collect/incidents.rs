//! What collectors of incidents have in common: what their words say of severity, what is kept of texts, and why there is no
//! event of an incident.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::trouble::Severity;
use crate::model::{Instant, Kind, Resource};

/// Characters of a title that are kept.
const TITLE: usize = 500;
/// Features of an incident that are kept, and the characters of each.
pub(crate) const FEATURES: (usize, usize) = (50, 100);
/// How far ahead of this machine another may be.
pub(crate) const SKEW_SECONDS: i64 = 300;

/// What severities are usually called.
const USUAL: [(Severity, &[&str]); 3] = [
    (Severity::Critical, &["p0", "p1", "sev0", "sev1", "s1", "critical", "blocker", "emergency"]),
    (Severity::Major, &["p2", "sev2", "s2", "major", "high", "severe"]),
    (Severity::Minor, &["p3", "p4", "p5", "sev3", "sev4", "sev5", "s3", "s4", "s5", "minor", "medium", "moderate", "low", "info"]),
];

/// Why there is no event of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It lacks something that it cannot do without.
    Lacks(String),
    /// It has not begun yet.
    ToCome(Instant),
}

/// Letters and digits, in lower case.
pub(crate) fn plain(word: &str) -> String {
    word.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Which severity was chosen for a word.
pub(crate) fn chosen(severities: &BTreeMap<String, Severity>, word: &str) -> Option<Severity> {
    let wanted = plain(word);
    severities.iter().find(|(name, _)| plain(name) == wanted).map(|(_, severity)| *severity)
}

/// Which severity a word usually stands for.
pub(crate) fn usual(word: &str) -> Option<Severity> {
    let wanted = plain(word);
    USUAL.iter().find(|(_, words)| words.contains(&wanted.as_str())).map(|(severity, _)| *severity)
}

/// The resource that an incident happens to.
pub(crate) fn resource(scope: &str, id: &str) -> Arc<Resource> {
    Arc::new(Resource { id: id.to_owned(), kind: Kind::Service, scope: scope.to_owned() })
}

/// A text, or its beginning.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A title as it is kept, and what is to be said about it.
pub(crate) fn title(text: &str) -> (String, Option<String>) {
    let text = text.trim();
    let length = text.chars().count();
    (cut(text, TITLE), (length > TITLE).then(|| format!("its title has {length} characters; {TITLE} are kept")))
}

/// An address that a person can open.
pub(crate) fn link(address: Option<&str>) -> Option<String> {
    address.filter(|address| address.starts_with("https://") || address.starts_with("http://")).map(str::to_owned)
}
