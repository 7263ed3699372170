//! What engineers write about their commits.

use super::organisation::titled;
use super::random::Random;

/// How a team writes messages.
#[derive(Clone, Debug)]
pub(super) enum Style {
    /// `Reject bookings without a lane`.
    Plain,
    /// `fix(bookings): reject bookings without a lane`.
    Conventional,
    /// `BOO-482 Reject bookings without a lane`.
    Ticket(String),
    /// `Reject bookings without a lane (#482)`.
    PullRequest,
}

/// What a commit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    Feature,
    Fix,
    Refactor,
    Test,
    Docs,
    Config,
    Api,
    Remove,
}

const FEATURES: &[&str] = &[
    "Add {f} to {n}",
    "Show {f} of {ns}",
    "Support more than one {f} per {n}",
    "Allow {ns} without {f}",
    "Let {ns} expire",
    "Sort {ns} by {f}",
    "Filter {ns} by {f}",
    "Publish an event when {a} {n} changes",
    "Keep history of {ns}",
    "Accept {ns} in bulk",
    "Limit {ns} per customer",
    "Send {f} along with {ns}",
    "Ask before {ns} are cancelled",
    "Pre-fill {f} from the last {n}",
    "Import {ns} from spreadsheets",
    "Page through {ns}",
    "Read {f} from the new endpoint",
    "Cache {ns} for five minutes",
    "Make {f} of {ns} searchable",
    "First cut of {n}",
    "Put {ns} behind a feature flag",
    "Roll out {ns} to Lisbon",
    "Enable {ns} for everybody",
    "Export {ns} every night",
    "Tell support when {a} {n} fails",
    "Count {ns} in metrics",
    "Trace {ns} through the queue",
];
const FIXES: &[&str] = &[
    "Reject {ns} without {f}",
    "Fix rounding in {n}",
    "Fix race between two {ns}",
    "Do not lose {f} when {a} {n} is copied",
    "Fix time zone of {n}",
    "Handle empty {f}",
    "Retry {ns} once more before giving up",
    "Fix {n} for terminals without {f}",
    "Ignore duplicate {ns}",
    "Stop sending {ns} twice",
    "Fix paging of {ns}",
    "Fix N+1 query on {ns}",
    "Trim {f} before comparing",
    "Close connections after {ns}",
    "Fix crash on deleted {ns}",
    "Fix flaky order of {ns}",
    "Do not log {f}",
    "Escape {f} in {ns}",
    "Fix off-by-one in {n}",
    "Fall back to the default {f}",
    "Fix memory leak in {n}",
    "Time out {ns} after 30 seconds",
    "Fix encoding of {f}",
    "Fix {n} on the first of the month",
    "Correct the sign of {f}",
    "Hotfix: {ns} without customer",
];
const REFACTORS: &[&str] = &[
    "Move {n} into its own module",
    "Split {n}",
    "Inline what {n} used once",
    "Rename {f} to what it is",
    "Simplify {n}",
    "Extract {n} rules",
    "Use records for {ns}",
    "Remove dead code around {ns}",
    "Get rid of the {f} switch",
    "Make {n} immutable",
    "Separate reading and writing of {ns}",
    "Replace callbacks in {n}",
    "Tidy up {n}",
    "Drop the adapter for old {ns}",
    "Untangle {n} and {f}",
    "Reduce nesting in {n}",
];
const TESTS: &[&str] = &[
    "Test {ns} without {f}",
    "Cover {n} with tests",
    "Fix flaky test of {ns}",
    "Add a test for the bug with {f}",
    "Speed up tests of {ns}",
    "Use builders in tests of {n}",
    "Test {ns} across midnight",
    "Check that {ns} keep their {f}",
];
const DOCUMENTS: &[&str] = &[
    "Explain {d}",
    "Update README",
    "Document {d}",
    "README: how to run it locally",
    "Fix links in the docs",
    "Describe {d}",
    "Write down {d}",
    "Fix typo in README",
    "Docs: {d}",
    "README: say who to ask",
];
const VALUES: &[&str] = &[
    "Raise memory limit",
    "One more replica in eu-central",
    "Lower CPU request",
    "Enable ca-central",
    "Scale up for peak season",
    "Back to two replicas",
    "Tune resources after load test",
    "Double the memory, for now",
    "Requests closer to what is used",
];
const WORKFLOWS: &[&str] = &[
    "Use the shared workflow",
    "Bump shared workflow",
    "CI: cache dependencies",
    "CI: time out sooner",
    "Run CI on pull requests only",
    "CI: newer runners",
    "CI: do not build twice",
    "Pin the shared workflow",
];
const FILES: &[&str] = &["Add make target for linting", "Make targets for images", "Tidy up the Makefile"];
const IGNORES: &[&str] = &["Ignore editor files", "Ignore local environment", "Update .gitignore"];
const APIS: &[&str] = &[
    "API: add {f} to {n}",
    "Document responses of {ns}",
    "Add endpoint for {ns}",
    "API: mark {f} as optional",
    "API: list {ns}",
    "Describe errors of the API",
];
const REMOVES: &[&str] = &["Remove {n}, nobody uses it", "Drop {ns}", "Remove the old {n}", "Delete {n} after the migration"];
const SLOPPY: &[&str] = &[
    "wip",
    "fix test",
    "review comments",
    "typo",
    "fix lint",
    "more logging",
    "oops",
    "address review",
    "try again",
    "formatting",
    "fix build",
    "cleanup",
    "small fixes",
    "Revert \"cleanup\"",
    "revert",
    "fix CI",
    "Apply suggestions from code review",
    "debug output, remove later",
];
const FIELDS: &[&str] = &[
    "status",
    "region",
    "reference",
    "carrier",
    "customer",
    "lane",
    "currency",
    "terminal",
    "source",
    "channel",
    "category",
    "zone",
    "mode",
    "priority",
    "weight",
    "departure date",
    "cut-off",
    "VAT number",
    "time window",
    "service level",
];

impl Style {
    /// What a team, whose work is called `word`, agreed on.
    pub(super) fn of_team(random: &mut Random, word: &str) -> Self {
        match random.weighted(&[26.0, 28.0, 22.0, 24.0]) {
            0 => Self::Plain,
            1 => Self::Conventional,
            2 => Self::Ticket(word.chars().filter(char::is_ascii_alphabetic).take(2 + word.len() % 3).collect::<String>().to_uppercase()),
            _ => Self::PullRequest,
        }
    }

    /// A message about `noun` (or a document) as commit number `number` of its repository.
    pub(super) fn message(&self, random: &mut Random, theme: Theme, noun: &str, scope: &str, number: usize) -> String {
        let (kind, patterns) = match theme {
            Theme::Feature => ("feat", FEATURES),
            Theme::Fix => ("fix", FIXES),
            Theme::Refactor => ("refactor", REFACTORS),
            Theme::Test => ("test", TESTS),
            Theme::Docs => ("docs", DOCUMENTS),
            Theme::Config => match noun {
                "values" => ("chore", VALUES),
                "workflow" => ("ci", WORKFLOWS),
                "make" => ("build", FILES),
                _ => ("chore", IGNORES),
            },
            Theme::Api => ("feat", APIS),
            Theme::Remove => ("refactor", REMOVES),
        };
        if random.chance(0.06) {
            return random.pick(SLOPPY).to_owned();
        }
        let what = filled(random.pick(patterns), noun, random.pick(FIELDS));
        let sloppy_with_rules = random.chance(0.08);
        match self {
            Self::Conventional if !sloppy_with_rules => {
                let small =
                    if what.starts_with("API") || what.starts_with("CI") || what.starts_with("README") { what } else { lower(&what) };
                if random.chance(0.55) { format!("{kind}({scope}): {small}") } else { format!("{kind}: {small}") }
            }
            Self::Ticket(key) if !sloppy_with_rules => {
                let ticket = 400 + number * 3 + random.below(40);
                if random.chance(0.8) { format!("{key}-{ticket} {what}") } else { format!("{what}\n\n{key}-{ticket}") }
            }
            Self::PullRequest if !sloppy_with_rules => format!("{what} (#{})", request(number)),
            _ if random.chance(0.06) => format!("{what}\n\n{}", random.pick(BODIES)),
            _ => what,
        }
    }

    /// The same message with this repository's number of the pull request, if it has one.
    pub(super) fn renumbered(message: String, number: usize) -> String {
        match message.rsplit_once(" (#") {
            Some((what, rest)) if rest.ends_with(')') && !message.contains('\n') => format!("{what} (#{})", request(number)),
            _ => message,
        }
    }

    /// A message whose words are given.
    pub(super) fn say(&self, random: &mut Random, kind: &str, what: &str, number: usize) -> String {
        match self {
            Self::Conventional if random.chance(0.9) => format!("{kind}: {}", lower(what)),
            Self::Ticket(key) if random.chance(0.4) => format!("{key}-{} {what}", 400 + number * 3),
            Self::PullRequest => format!("{what} (#{})", request(number)),
            _ => what.to_owned(),
        }
    }
}

/// Most pull requests are one commit, some were closed.
fn request(number: usize) -> usize {
    1 + number + number / 6
}

const BODIES: &[&str] = &[
    "Found by a customer in Gdynia.",
    "Support asked for this twice last week.",
    "It was that way since 2021; nobody remembers why.",
    "Measured on staging: a third of the time.",
    "See the thread in the team channel.",
    "Behind a flag until Thursday.",
    "The partner changed the format without telling anybody.",
    "Follow-up to the incident on Monday.",
];

fn lower(text: &str) -> String {
    text[..1].to_lowercase() + &text[1..]
}

fn filled(pattern: &str, noun: &str, field: &str) -> String {
    let noun = if noun.is_empty() { "the service" } else { noun };
    let many = if noun.ends_with('s') {
        noun.to_owned()
    } else if noun.ends_with('y') && !noun.ends_with("ey") && !noun.ends_with("ay") {
        format!("{}ies", &noun[..noun.len() - 1])
    } else if ["ch", "sh", "x", "z"].iter().any(|end| noun.ends_with(end)) {
        format!("{noun}es")
    } else {
        format!("{noun}s")
    };
    let mut text = String::with_capacity(pattern.len() + 24);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (key, left) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(match key {
            "n" | "d" => noun,
            "ns" => &many,
            "f" => field,
            "a" if noun.starts_with(['a', 'e', 'i', 'o']) => "an",
            _ => "a",
        });
        rest = left;
    }
    text.push_str(rest);
    text
}

/// What is said when a repository gets other owners.
pub(super) fn new_owner(random: &mut Random, slug: &str) -> String {
    let title = titled(slug);
    match random.below(6) {
        0 => format!("Hand over to {title}"),
        1 => "Update CODEOWNERS".to_owned(),
        2 => format!("CODEOWNERS: {title}"),
        3 => "Update owners after the reorganisation".to_owned(),
        4 => format!("This belongs to {title} now"),
        _ => "Update ownership".to_owned(),
    }
}
