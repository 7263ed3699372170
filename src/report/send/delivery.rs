//! What is kept of a report that was sent, or was not.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::audit::Actor;
use crate::model::{Instant, Period};
use crate::report::facts::Facts;
use crate::report::targets::letter::Letter;
use crate::store::view::View;

/// The kind of the notes that hold deliveries.
pub const NOTE: &str = "report";
/// The kind of the notes that hold their letters, under the same keys.
pub const LETTER: &str = "report-letter";
/// The kind of the notes that hold the facts that their letters tell, under the same keys.
pub const FACTS: &str = "report-facts";
/// The kind of the notes that tell since when a channel is configured.
pub const CHANNEL: &str = "report-channel";

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "kebab-case")]
#[graphql(name = "ReportKind")]
pub enum Kind {
    /// The report of a week.
    Report,
    /// A short word that it comes later, because data of the week is missing.
    Notice,
}

/// How sending ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "kebab-case")]
#[graphql(name = "ReportState")]
pub enum State {
    /// It has not ended, or the process ended before it.
    Sending,
    /// It was taken.
    Sent,
    /// It was not sent; while it is due it is tried again.
    Failed,
    /// It may have arrived or not, and nobody can tell; it is not sent again by itself.
    Unclear,
}

/// A report to a channel, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The week.
    pub week: Period,
    /// The channel's name in the configuration.
    pub channel: String,
    /// Report or notice.
    pub kind: Kind,
    /// 1, or more if somebody wanted it once more.
    pub number: u32,
    /// The ref of whom it is told; none for the organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The kind of target: slack, mail.
    pub target: String,
    /// How it ended.
    pub state: State,
    /// When it came to be so.
    pub at: Instant,
    /// How often it was tried.
    pub attempts: u32,
    /// Where it is, what was answered, or why it was not sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
    /// Who wanted it; none if its time had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

impl Delivery {
    /// Names it among all others; targets know it by this.
    #[must_use]
    pub fn key(&self) -> String {
        let kind = match self.kind {
            Kind::Report => "report",
            Kind::Notice => "notice",
        };
        format!("{}/{}/{kind}/{}", self.week, self.channel, self.number)
    }
}

/// Every delivery that is kept, by week, the oldest first.
#[must_use]
pub fn deliveries(view: &View) -> Vec<Delivery> {
    view.notes(NOTE).into_values().filter_map(|note| serde_json::from_value(note).ok()).collect()
}

/// Those of a week to a channel, in the order of their numbers.
#[must_use]
pub fn of_week(view: &View, week: Period, channel: &str, kind: Kind) -> Vec<Delivery> {
    let notes = view.notes_from(NOTE, &format!("{week}/{channel}/")).into_values();
    let mut found: Vec<Delivery> =
        notes.filter_map(|note| serde_json::from_value(note).ok()).filter(|it: &Delivery| it.kind == kind).collect();
    found.sort_by_key(|delivery| delivery.number);
    found
}

/// The letter of a delivery, as it was sent.
#[must_use]
pub fn letter(view: &View, key: &str) -> Option<Letter> {
    unpacked(&view.notes_from(LETTER, key).remove(key)?)
}

/// The facts that a delivery told.
#[must_use]
pub fn facts(view: &View, key: &str) -> Option<Facts> {
    unpacked(&view.notes_from(FACTS, key).remove(key)?)
}

/// The delivery of a key.
#[must_use]
pub fn delivery(view: &View, key: &str) -> Option<Delivery> {
    serde_json::from_value(view.notes_from(NOTE, key).remove(key)?).ok()
}

fn unpacked<T: DeserializeOwned>(note: &Value) -> Option<T> {
    let packed = STANDARD.decode(note.as_str()?).ok()?;
    serde_json::from_slice(&zstd::decode_all(packed.as_slice()).ok()?).ok()
}

/// A letter, or what it tells, as a note.
pub(super) fn packed<T: Serialize>(kept: &T) -> io::Result<Value> {
    let text = serde_json::to_vec(kept)?;
    Ok(Value::String(STANDARD.encode(zstd::encode_all(text.as_slice(), 0)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::targets::letter::Part;

    #[test]
    fn a_letter_and_what_it_tells_are_kept_to_the_byte() {
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let letter = Letter { parts: vec![Part { name: "message".to_owned(), kind: "image/png".to_owned(), to: String::new(), bytes }] };
        let note = packed(&letter).unwrap();
        assert_eq!(unpacked::<Letter>(&note), Some(letter));
        let facts = sample::facts();
        assert_eq!(unpacked::<Facts>(&packed(&facts).unwrap()), Some(facts));
    }
}
