//! The GraphQL documents, as they are sent: fragments are files beside this one.
//!
//! A server that does not know of types of issues refuses a whole document that speaks of them, so there are two dialects.

use crate::collect::github::client::quoted;
use crate::collect::github::queries::RATE;
use crate::collect::github::search::{self, Place};

pub(super) const COUNT: &str = include_str!("queries/count.graphql");
const TYPES: &str = "CLOSED_EVENT, REOPENED_EVENT, LABELED_EVENT, UNLABELED_EVENT, TRANSFERRED_EVENT, CONVERTED_TO_DISCUSSION_EVENT";

/// What a server understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Types of issues, too.
    Typed,
    /// What every server understands.
    Untyped,
}

impl Dialect {
    /// Whether a server refused a document because it is older than what the document speaks of.
    pub(super) fn is_foreign(message: &str) -> bool {
        ["doesn't exist on type", "doesn't accept argument", "No such type", "has an invalid value"]
            .iter()
            .any(|sign| message.contains(sign))
    }

    fn own(self) -> &'static str {
        match self {
            Self::Typed => include_str!("queries/typed.graphql"),
            Self::Untyped => include_str!("queries/untyped.graphql"),
        }
    }

    /// Events of the life of an issue.
    fn events(self) -> String {
        match self {
            Self::Typed => format!("{TYPES}, ISSUE_TYPE_ADDED_EVENT, ISSUE_TYPE_CHANGED_EVENT, ISSUE_TYPE_REMOVED_EVENT"),
            Self::Untyped => TYPES.to_owned(),
        }
    }

    /// What tells of an issue, as fragment `BugIssue`.
    fn issue(self) -> String {
        [include_str!("queries/issue.graphql"), self.own(), include_str!("queries/moments.graphql")].join("\n")
    }

    /// A page of what is found in a place.
    pub(super) fn found(self, place: &Place) -> String {
        search::document("Issues", "BugIssue", &place.probe("issues"), &self.issue())
    }

    /// Issues by their ids.
    pub(super) fn lookup(self) -> String {
        format!("query Lookup($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...BugIssue }} {RATE} }}\n{}", self.issue())
    }

    /// What more happened to some issues: each by its id, from where the last page ended.
    pub(super) fn more(self, of: &[(&str, &str)]) -> String {
        let mut document = String::from("query More {");
        for (number, (id, after)) in of.iter().enumerate() {
            let (id, after) = (quoted(id), quoted(after));
            let items = format!("timelineItems(first: 100, after: {after}, itemTypes: [{}]) {{ ...BugTimeline }}", self.events());
            document.push_str(&format!("\n  i{number}: node(id: {id}) {{ ... on Issue {{ {items} }} }}"));
        }
        let own = self.own();
        let page = own.find("fragment BugTimeline").map_or(own, |begin| &own[begin..]);
        document.push_str(&format!("\n  {RATE}\n}}\n{page}\n{}", include_str!("queries/moments.graphql")));
        document
    }
}

/// Whether repositories have issues at all.
pub(super) fn enabled(names: &[&str]) -> String {
    let mut document = String::from("query Enabled {");
    for (number, name) in names.iter().enumerate() {
        let (owner, short) = name.split_once('/').unwrap_or((name, ""));
        let (owner, short) = (quoted(owner), quoted(short));
        document.push_str(&format!("\n  r{number}: repository(owner: {owner}, name: {short}) {{ nameWithOwner hasIssuesEnabled }}"));
    }
    document.push_str(&format!("\n  {RATE}\n}}"));
    document
}

/// Every document, by name; of those that are put together an example.
#[must_use]
pub fn examples() -> Vec<(&'static str, String)> {
    let (whole, one) = (Place::organisation("acme"), Place::repositories("acme", &["acme/billing"]).remove(0));
    vec![
        ("issues", Dialect::Typed.found(&whole)),
        ("issues of one", Dialect::Typed.found(&one)),
        ("issues without types", Dialect::Untyped.found(&whole)),
        ("issues by id", Dialect::Typed.lookup()),
        ("issues by id without types", Dialect::Untyped.lookup()),
        ("more of issues", Dialect::Typed.more(&[("I_1", "x"), ("I_2", "y")])),
        ("more of issues without types", Dialect::Untyped.more(&[("I_1", "x")])),
        ("issues enabled", enabled(&["acme/billing"])),
        ("issues counted", COUNT.to_owned()),
    ]
}
