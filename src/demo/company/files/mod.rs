//! What is in the files of a repository.
//!
//! # Invariants
//! - A content is made from the repository's facts, the piece and its revision, and from nothing else.
//! - Two revisions of a source file differ in one place, as an edit would.

mod api;
mod prose;
mod source;

use std::sync::Arc;

pub(super) use self::source::{Source, sources};
use super::Content;
use super::plan::{Language, Purpose};
use super::random::Random;

/// What a repository's files are about.
pub(super) struct Subject {
    pub(super) random: Random,
    pub(super) login: String,
    pub(super) company: String,
    /// The name that it began with.
    pub(super) name: String,
    pub(super) purpose: Purpose,
    pub(super) language: Language,
    /// The word of its topic, and what stands behind it.
    pub(super) word: String,
    pub(super) meaning: String,
    pub(super) description: String,
    /// The team's slug and name in the beginning.
    pub(super) team: (String, String),
    /// `BookingAmendment`, `BookingAmendmentStatus`, ...
    pub(super) nouns: Vec<String>,
    pub(super) neighbours: Vec<String>,
}

/// A part of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    Source(Source),
    Readme,
    Workflow,
    Ignore,
    Make,
    Editor,
    Contributing,
    Changelog,
    Values,
    OpenApi,
    Runbook(u8),
    Decision(u8),
    Guide(u8),
}

impl Subject {
    /// The content of a piece at a revision.
    pub(super) fn content(self: &Arc<Self>, piece: Piece, revision: u16) -> Content {
        let subject = Arc::clone(self);
        Content::made_by(move || subject.text(piece, revision).into_bytes())
    }

    fn text(&self, piece: Piece, revision: u16) -> String {
        match piece {
            Piece::Source(source) => source::text(self, source, revision),
            Piece::OpenApi => api::open_api(self, revision),
            _ => prose::text(self, piece, revision),
        }
    }

    /// The path of a piece that is not source.
    pub(super) fn path(&self, piece: Piece) -> String {
        match piece {
            Piece::Source(source) => source::path(self, source),
            Piece::Readme => "README.md".to_owned(),
            Piece::Workflow => ".github/workflows/ci.yml".to_owned(),
            Piece::Ignore => ".gitignore".to_owned(),
            Piece::Make => "Makefile".to_owned(),
            Piece::Editor => ".editorconfig".to_owned(),
            Piece::Contributing => "CONTRIBUTING.md".to_owned(),
            Piece::Changelog => "CHANGELOG.md".to_owned(),
            Piece::Values => "deploy/values.yaml".to_owned(),
            Piece::OpenApi => "openapi.yaml".to_owned(),
            Piece::Runbook(number) => format!("docs/runbooks/{}.md", prose::RUNBOOKS[usize::from(number) % prose::RUNBOOKS.len()].0),
            Piece::Decision(number) => {
                format!("docs/decisions/{:04}-{}.md", number + 1, prose::slug(self.decision(number)))
            }
            Piece::Guide(number) => {
                let title = prose::GUIDES[usize::from(number) % prose::GUIDES.len()].0;
                format!("docs/{}.md", prose::slug(title))
            }
        }
    }

    fn decision(&self, number: u8) -> &'static str {
        let first = self.random.part("decisions").below(prose::DECISIONS.len());
        prose::DECISIONS[(first + usize::from(number) * 5) % prose::DECISIONS.len()]
    }

    /// What a piece is called in messages of commits.
    pub(super) fn called(&self, piece: Piece) -> String {
        match piece {
            Piece::Source(source) => source::called(self, source),
            Piece::Runbook(number) => prose::RUNBOOKS[usize::from(number) % prose::RUNBOOKS.len()].1.to_lowercase(),
            Piece::Decision(number) => self.decision(number).to_owned(),
            Piece::Guide(number) => prose::GUIDES[usize::from(number) % prose::GUIDES.len()].0.to_lowercase(),
            _ => String::new(),
        }
    }
}

/// Nouns of the domain: what the meaning of a topic speaks of, then the topic itself.
pub(super) fn nouns(word: &str, meaning: &str, random: &mut Random) -> Vec<String> {
    const PARTS: &[&str] = &[
        "Status",
        "Event",
        "Rule",
        "Policy",
        "Request",
        "History",
        "Search",
        "Import",
        "Limit",
        "Audit",
        "Document",
        "Note",
        "Reference",
        "Batch",
        "Mapping",
        "Snapshot",
        "Calendar",
        "Party",
        "Template",
        "Version",
        "Reminder",
        "Threshold",
        "Attachment",
        "Summary",
        "Queue",
        "Filter",
        "Export",
        "Change",
        "Window",
        "Group",
    ];
    let mut bases = spoken_of(meaning);
    bases.truncate(3);
    let own = one_of(&word.split('-').collect::<Vec<_>>());
    if bases.is_empty() || random.chance(0.5) {
        bases.push(own);
    }
    bases.dedup();
    let mut parts: Vec<&str> = PARTS.to_vec();
    random.shuffle(&mut parts);
    let mut nouns: Vec<String> = bases.clone();
    for (number, part) in parts.into_iter().enumerate() {
        let noun = format!("{}{part}", bases[if number % 3 == 2 { bases.len() - 1 } else { 0 }]);
        if nouns.len() < 14 && !nouns.contains(&noun) {
            nouns.push(noun);
        }
    }
    nouns
}

/// Words as the name of one thing: `booking`, `amendments` is `BookingAmendment`.
fn one_of(words: &[&str]) -> String {
    let mut base = String::new();
    for part in words.iter().filter(|part| !part.is_empty()) {
        base.push_str(&part[..1].to_uppercase());
        base.push_str(&part[1..]);
    }
    if base.ends_with("sses") || base.ends_with("xes") || base.ends_with("ches") {
        base.truncate(base.len() - 2);
    } else if base.ends_with("ies") && base.len() > 5 {
        base.truncate(base.len() - 3);
        base.push('y');
    } else if base.ends_with('s') && !["ss", "us", "is"].iter().any(|end| base.ends_with(end)) && base.len() > 4 {
        base.pop();
    }
    base
}

/// The things that a text speaks of in the plural: `carrier prices compared side by side` speaks of `CarrierPrice`.
fn spoken_of(meaning: &str) -> Vec<String> {
    const SKIPPED: &[&str] = &["the", "a", "an", "new", "our", "their", "all", "every", "its", "daily", "and", "other", "public", "dead"];
    const VERBS: &[&str] = &[
        "has", "is", "was", "goes", "needs", "travels", "wants", "owes", "works", "does", "means", "stands", "this", "ours", "loses",
        "across",
    ];
    let mut found = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let mut flush = |words: &mut Vec<&str>| {
        let plain = words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()));
        if let Some(last) = words.last()
            && plain
            && words.len() <= 3
            && last.ends_with('s')
            && !["ss", "us", "is"].iter().any(|end| last.ends_with(end))
            && !VERBS.contains(last)
            && last.len() > 3
        {
            let noun = one_of(words);
            if !found.contains(&noun) {
                found.push(noun);
            }
        }
        words.clear();
    };
    for word in meaning.split(' ') {
        let bare = word.trim_end_matches([',', ';', ':']);
        let stops = bare.ends_with("ed")
            || matches!(
                bare,
                "and"
                    | "or"
                    | "of"
                    | "for"
                    | "to"
                    | "that"
                    | "who"
                    | "which"
                    | "with"
                    | "from"
                    | "in"
                    | "on"
                    | "by"
                    | "at"
                    | "per"
                    | "as"
                    | "what"
                    | "where"
                    | "how"
                    | "when"
                    | "between"
                    | "before"
                    | "after"
                    | "without"
                    | "behind"
                    | "into"
                    | "turned"
                    | "than"
                    | "not"
                    | "until"
                    | "worth"
            );
        if stops {
            flush(&mut words);
        } else if !SKIPPED.contains(&bare) {
            words.push(bare);
        }
        if word != bare {
            flush(&mut words);
        }
    }
    flush(&mut words);
    found
}
