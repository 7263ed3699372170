//! The order of versions, by the rules of the ecosystem that wrote them.
//!
//! # Invariants
//! - Nothing panics, whatever the text; what is no version of its ecosystem is unknown, never smallest or equal.
//! - Within an ecosystem the order is total: it is transitive, and two versions that are equal sort alike beside others.
//! - Versions of different ecosystems are never compared.

use std::cmp::Ordering;

/// The longest version that is read, in bytes.
const MAX_LENGTH: usize = 256;

/// The rules by which versions are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Semantic Versioning 2.0, strictly.
    Cargo,
    /// Semantic Versioning as npm reads it.
    Npm,
    /// PEP 440.
    Pypi,
    /// Semantic Versioning behind a `v`, with pseudo-versions and `+incompatible`.
    Go,
    /// Maven's version order specification (POM reference).
    Maven,
    /// `Gem::Version`.
    Gem,
    /// NuGet: up to four numbers, then labels without regard to case.
    Nuget,
    /// Composer: up to four numbers, then a stability.
    Composer,
    /// Runtimes and images, as tags name them: numbers, then perhaps a variant that does not count (`18-alpine`).
    Runtime,
    /// An ecosystem without known rules: numbers that are separated by dots.
    Plain,
}

/// How far an installed version is behind another: the first number that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behind {
    /// The first number.
    Major,
    /// The second number.
    Minor,
    /// A later number, or what follows the numbers.
    Patch,
    /// It is the same version.
    Same,
    /// The installed one is newer.
    Ahead,
    /// One of them is no version.
    Unknown,
}

impl Behind {
    /// Whether there is something newer; nothing if that is unknown.
    #[must_use]
    pub const fn is_outdated(self) -> Option<bool> {
        match self {
            Self::Major | Self::Minor | Self::Patch => Some(true),
            Self::Same | Self::Ahead => Some(false),
            Self::Unknown => None,
        }
    }

    /// The word in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::Same => "same",
            Self::Ahead => "ahead",
            Self::Unknown => "unknown",
        }
    }
}

impl Scheme {
    /// The rules of an ecosystem, as refs of packages spell it: `npm`, `pypi`, `cargo`, `runtime`.
    #[must_use]
    pub fn of(ecosystem: &str) -> Self {
        match ecosystem {
            "cargo" => Self::Cargo,
            "npm" => Self::Npm,
            "pypi" => Self::Pypi,
            "go" => Self::Go,
            "maven" => Self::Maven,
            "gem" => Self::Gem,
            "nuget" => Self::Nuget,
            "composer" => Self::Composer,
            "runtime" => Self::Runtime,
            _ => Self::Plain,
        }
    }

    /// Reads a version; nothing if it is none by these rules.
    #[must_use]
    pub fn parse(self, text: &str) -> Option<Version> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_LENGTH {
            return None;
        }
        let key = match self {
            Self::Cargo => Key::Semantic(semver::Version::parse(text).ok()?),
            Self::Npm => Key::Npm(nodejs_semver::Version::parse(text).ok()?),
            Self::Pypi => Key::Pypi(text.parse().ok()?),
            Self::Go => Key::Semantic(semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()?),
            Self::Maven => Key::Maven(maven(text)),
            Self::Gem => Key::Gem(gem(text)?),
            Self::Nuget => Key::Numbered(nuget(text)?),
            Self::Composer => Key::Numbered(composer(text)?),
            Self::Runtime => Key::Numbered(runtime(text)?),
            Self::Plain => Key::Numbered(plain(text)?),
        };
        Some(Version { scheme: self, key })
    }

    /// The order of two versions; nothing if one of them is none.
    #[must_use]
    pub fn compare(self, a: &str, b: &str) -> Option<Ordering> {
        Some(self.parse(a)?.cmp_to(&self.parse(b)?))
    }

    /// Whether a version was published to be tried, not to be used; nothing if it is no version.
    #[must_use]
    pub fn is_prerelease(self, text: &str) -> Option<bool> {
        Some(self.parse(text)?.is_prerelease())
    }

    /// How far `installed` is behind `latest`.
    #[must_use]
    pub fn behind(self, installed: &str, latest: &str) -> Behind {
        match (self.parse(installed), self.parse(latest)) {
            (Some(installed), Some(latest)) => installed.behind(&latest),
            _ => Behind::Unknown,
        }
    }

    /// Versions in order, those that are none first, by their text; equal ones by their text as well.
    pub fn sort(self, versions: &mut [String]) {
        versions.sort_by_cached_key(|text| Sorted(self.parse(text), text.clone()));
    }
}

/// A version that was read. Compare it with versions of the same scheme only.
#[derive(Clone, Debug)]
pub struct Version {
    scheme: Scheme,
    key: Key,
}

#[derive(Clone, Debug)]
enum Key {
    Semantic(semver::Version),
    Npm(nodejs_semver::Version),
    Pypi(pep440_rs::Version),
    Maven(Vec<Token>),
    Gem(Vec<Segment>),
    Numbered(Numbered),
}

impl Version {
    /// The order of two versions of the same scheme; versions of different schemes count as equal.
    #[must_use]
    pub fn cmp_to(&self, other: &Self) -> Ordering {
        match (&self.key, &other.key) {
            (Key::Semantic(a), Key::Semantic(b)) => a.cmp_precedence(b),
            (Key::Npm(a), Key::Npm(b)) => a.cmp(b),
            (Key::Pypi(a), Key::Pypi(b)) => a.cmp(b),
            (Key::Maven(a), Key::Maven(b)) => compare_padded(a, b, &Token::PADDING),
            (Key::Gem(a), Key::Gem(b)) => compare_padded(a, b, &Segment::PADDING),
            (Key::Numbered(a), Key::Numbered(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }

    /// Whether it was published to be tried, not to be used. A development version of Go, which names a commit, is one.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        match &self.key {
            Key::Semantic(version) => !version.pre.is_empty(),
            Key::Npm(version) => version.is_prerelease(),
            Key::Pypi(version) => version.any_prerelease(),
            Key::Maven(tokens) => tokens.iter().any(Token::is_early),
            Key::Gem(segments) => segments.iter().any(|segment| matches!(segment, Segment::Word(_))),
            Key::Numbered(numbered) => numbered.is_early,
        }
    }

    /// Whether it names a commit and no release: Go's pseudo-versions, such as `v0.0.0-20240102030405-abcdefabcdef`.
    #[must_use]
    pub fn is_pseudo(&self) -> bool {
        let Key::Semantic(version) = &self.key else { return false };
        if self.scheme != Scheme::Go {
            return false;
        }
        let Some((before, commit)) = version.pre.as_str().rsplit_once('-') else { return false };
        let time = before.rsplit('.').next().unwrap_or_default();
        commit.len() == 12 && commit.bytes().all(|b| b.is_ascii_hexdigit()) && time.len() == 14 && time.bytes().all(|b| b.is_ascii_digit())
    }

    /// Whether its first number is a date. Some projects once counted by days (`20030203.000550`), and by the order
    /// alone those old versions would be the newest for ever.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        self.numbers().first().is_some_and(|Number(digits)| digits.len() >= 8)
    }

    /// See [`Behind`].
    #[must_use]
    pub fn behind(&self, latest: &Self) -> Behind {
        // A build for other hardware (`2.1.0+cu118`) is no newer version.
        if let (Key::Pypi(a), Key::Pypi(b)) = (&self.key, &latest.key) {
            let (a, b) = (a.clone().without_local(), b.clone().without_local());
            return if a.epoch() < b.epoch() { Behind::Major } else { self.first_difference(latest, a.cmp(&b)) };
        }
        self.first_difference(latest, self.cmp_to(latest))
    }

    fn first_difference(&self, latest: &Self, order: Ordering) -> Behind {
        let (mine, mut theirs) = (self.numbers(), latest.numbers());
        if self.scheme == Scheme::Runtime {
            // `18` stands for whatever is newest of 18.
            theirs.truncate(mine.len());
            if mine == theirs {
                return Behind::Same;
            }
        }
        match order {
            Ordering::Equal => return Behind::Same,
            Ordering::Greater => return Behind::Ahead,
            Ordering::Less => {}
        }
        let length = mine.len().max(theirs.len());
        let zero = Number::default();
        let differs = (0..length).find(|at| mine.get(*at).unwrap_or(&zero) != theirs.get(*at).unwrap_or(&zero));
        match differs {
            Some(0) => Behind::Major,
            Some(1) => Behind::Minor,
            _ => Behind::Patch,
        }
    }

    /// The numbers that the version begins with.
    fn numbers(&self) -> Vec<Number> {
        match &self.key {
            Key::Semantic(version) => [version.major, version.minor, version.patch].map(Number::of).to_vec(),
            Key::Npm(version) => [version.major(), version.minor(), version.patch()].map(Number::of).to_vec(),
            Key::Pypi(version) => version.release().iter().map(|number| Number::of(*number)).collect(),
            Key::Maven(tokens) => {
                let leading = tokens.iter().enumerate().map_while(|(at, token)| match token {
                    Token::Dotted(number) => Some(number.clone()),
                    Token::Hyphened(number) if at == 0 => Some(number.clone()),
                    _ => None,
                });
                leading.collect()
            }
            Key::Gem(segments) => {
                let leading = segments.iter().map_while(|segment| match segment {
                    Segment::Number(number) => Some(number.clone()),
                    Segment::Word(_) => None,
                });
                leading.collect()
            }
            Key::Numbered(numbered) => numbered.numbers.clone(),
        }
    }
}

struct Sorted(Option<Version>, String);

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> Ordering {
        let versions = match (&self.0, &other.0) {
            (Some(a), Some(b)) => a.cmp_to(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        versions.then_with(|| self.1.cmp(&other.1))
    }
}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sorted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Sorted {}

/// The order of two sequences, the shorter one continued by `padding` without end.
fn compare_padded<T: Ord>(a: &[T], b: &[T], padding: &T) -> Ordering {
    (0..a.len().max(b.len()))
        .map(|at| a.get(at).unwrap_or(padding).cmp(b.get(at).unwrap_or(padding)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// A number of any length: its digits without leading zeros, none for zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Number(String);

impl Number {
    fn read(digits: &str) -> Self {
        Self(digits.trim_start_matches('0').to_owned())
    }

    fn of(number: u64) -> Self {
        Self::read(&number.to_string())
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A token of a Maven version with the separator before it, in the order of the specification: qualifiers, whatever is
/// before them, then numbers behind a hyphen, then numbers behind a dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Qualifier(Qualifier),
    Hyphened(Number),
    Dotted(Number),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Qualifier {
    Alpha,
    Beta,
    Milestone,
    Candidate,
    Snapshot,
    Release,
    ServicePack,
    Other(String),
}

impl Token {
    /// What a shorter version is continued with.
    const PADDING: Self = Self::Qualifier(Qualifier::Release);

    fn is_null(&self) -> bool {
        match self {
            Self::Qualifier(qualifier) => *qualifier == Qualifier::Release,
            Self::Hyphened(number) | Self::Dotted(number) => number.is_zero(),
        }
    }

    fn is_early(&self) -> bool {
        // The order knows no previews, but nobody means them to be the newest release.
        const PREVIEWS: [&str; 6] = ["preview", "pre", "ea", "dev", "pr", "canary"];
        match self {
            Self::Qualifier(Qualifier::Other(word)) => PREVIEWS.contains(&word.as_str()),
            Self::Qualifier(qualifier) => *qualifier < Qualifier::Release,
            _ => false,
        }
    }
}

/// Splits at dots, at hyphens, and between digits and letters; drops what means nothing before hyphens and at the end.
///
/// Definition: "Version Order Specification" of Maven's POM reference. There `1.foo` equals `1-foo`, so a qualifier
/// counts as hyphened however it is separated; otherwise `1.0.alpha < 1 < 1-sp < 1.0.alpha`.
fn maven(text: &str) -> Vec<Token> {
    let text = text.to_lowercase();
    let mut tokens = Vec::new();
    let mut is_hyphened = false;
    for (at, part) in text.split_inclusive(['.', '-']).enumerate() {
        let separator = part.chars().next_back().filter(|c| matches!(c, '.' | '-'));
        let content = part.trim_end_matches(['.', '-']);
        let pieces = pieces(content);
        let is_first = at == 0;
        if pieces.is_empty() {
            tokens.push(if is_hyphened { Token::Hyphened(Number::default()) } else { Token::Dotted(Number::default()) });
        }
        for (inner, piece) in pieces.iter().enumerate() {
            let is_number = piece.starts_with(|c: char| c.is_ascii_digit());
            tokens.push(if !is_number {
                let is_followed = pieces.get(inner + 1).is_some();
                Token::Qualifier(qualifier(piece, is_followed))
            } else if inner == 0 && (is_first || !is_hyphened) {
                Token::Dotted(Number::read(piece))
            } else {
                Token::Hyphened(Number::read(piece))
            });
        }
        is_hyphened = separator == Some('-');
    }
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens.into_iter().rev() {
        let is_before_hyphen = kept.last().is_none_or(|next| !matches!(next, Token::Dotted(_)));
        if !(is_before_hyphen && token.is_null()) {
            kept.push(token);
        }
    }
    kept.reverse();
    kept
}

/// Runs of digits and runs of anything else.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    let mut was_digit = None;
    for (at, character) in text.char_indices() {
        let is_digit = character.is_ascii_digit();
        if was_digit.is_some_and(|was| was != is_digit) {
            pieces.push(&text[begin..at]);
            begin = at;
        }
        was_digit = Some(is_digit);
    }
    if begin < text.len() {
        pieces.push(&text[begin..]);
    }
    pieces
}

fn qualifier(word: &str, is_followed_by_number: bool) -> Qualifier {
    match word {
        "alpha" => Qualifier::Alpha,
        "beta" => Qualifier::Beta,
        "milestone" => Qualifier::Milestone,
        "a" if is_followed_by_number => Qualifier::Alpha,
        "b" if is_followed_by_number => Qualifier::Beta,
        "m" if is_followed_by_number => Qualifier::Milestone,
        "rc" | "cr" => Qualifier::Candidate,
        "snapshot" => Qualifier::Snapshot,
        "" | "ga" | "final" | "release" => Qualifier::Release,
        "sp" => Qualifier::ServicePack,
        other => Qualifier::Other(other.to_owned()),
    }
}

/// A segment of a gem's version: any word is before any number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Word(String),
    Number(Number),
}

impl Segment {
    const PADDING: Self = Self::Number(Number(String::new()));
}

/// Definition: the documentation of `Gem::Version`. A hyphen stands for `.pre.`; zeros before the first word and at the
/// end mean nothing.
fn gem(text: &str) -> Option<Vec<Segment>> {
    let (numbers, label) = text.split_once('-').map_or((text, None), |(numbers, label)| (numbers, Some(label)));
    let is_part = |part: &str, more: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let mut parts = numbers.split('.');
    let is_version = parts.next().is_some_and(|first| !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit()))
        && parts.all(|part| is_part(part, ""))
        && label.is_none_or(|label| label.split('.').all(|part| is_part(part, "-")));
    if !is_version {
        return None;
    }
    let mut segments = Vec::new();
    for part in text.replace('-', ".pre.").split('.') {
        for piece in pieces(part) {
            let is_number = piece.starts_with(|c: char| c.is_ascii_digit());
            segments.push(if is_number { Segment::Number(Number::read(piece)) } else { Segment::Word(piece.to_owned()) });
        }
    }
    let first_word = segments.iter().position(|segment| matches!(segment, Segment::Word(_))).unwrap_or(segments.len());
    let mut rest = segments.split_off(first_word);
    for list in [&mut segments, &mut rest] {
        while list.last().is_some_and(|last| *last == Segment::PADDING) {
            list.pop();
        }
    }
    segments.append(&mut rest);
    Some(segments)
}

/// Numbers, then labels; a version without labels is after all that have some.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Numbered {
    numbers: Vec<Number>,
    /// -1: before the release, 0: the release, 1: after it.
    stage: i8,
    labels: Vec<Label>,
    is_early: bool,
}

/// A number is before any word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Number(Number),
    Word(String),
}

impl Label {
    fn of(text: &str) -> Self {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if is_number { Self::Number(Number::read(text)) } else { Self::Word(text.to_lowercase()) }
    }
}

impl Numbered {
    fn new(numbers: Vec<Number>, stage: i8, labels: Vec<Label>) -> Self {
        Self { numbers, stage, labels, is_early: stage < 0 }
    }
}

impl Ord for Numbered {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_padded(&self.numbers, &other.numbers, &Number::default())
            .then(self.stage.cmp(&other.stage))
            .then_with(|| self.labels.cmp(&other.labels))
    }
}

impl PartialOrd for Numbered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Numbers that are separated by dots, at most `most` of them.
fn numbers(text: &str, most: usize) -> Option<Vec<Number>> {
    let mut numbers = Vec::new();
    for part in text.split('.') {
        if part.is_empty() || numbers.len() == most || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        numbers.push(Number::read(part));
    }
    Some(numbers)
}

/// Definition: "Package versioning" of NuGet's documentation. What follows `+` does not count.
fn nuget(text: &str) -> Option<Numbered> {
    let text = text.split_once('+').map_or(text, |(text, _)| text);
    let (release, labels) = text.split_once('-').map_or((text, None), |(release, labels)| (release, Some(labels)));
    let numbers = numbers(release, 4)?;
    let Some(labels) = labels else { return Some(Numbered::new(numbers, 0, Vec::new())) };
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    labels.split('.').all(is_label).then(|| Numbered::new(numbers, -1, labels.split('.').map(Label::of).collect()))
}

/// Definition: "Versions and constraints" of Composer's documentation: dev, alpha, beta, RC, stable, patch. A branch
/// (`dev-main`) is no version.
fn composer(text: &str) -> Option<Numbered> {
    let text = text.split_once('+').map_or(text, |(text, _)| text);
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let numbers = numbers(text[..end].trim_end_matches('.'), 4)?;
    let rest = text[end..].trim_start_matches(['-', '_', '.']).to_lowercase();
    if rest.is_empty() {
        return Some(Numbered::new(numbers, 0, Vec::new()));
    }
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, number) = rest.split_at(letters);
    let number = number.trim_start_matches(['-', '_', '.']);
    let number = if number.is_empty() { Number::default() } else { self::numbers(number, 4)?.into_iter().next()? };
    // What is not final in itself, such as `1.0-beta1-dev`, is not read.
    let (stage, rank) = match word {
        "dev" => (-1, 0),
        "alpha" | "a" => (-1, 1),
        "beta" | "b" => (-1, 2),
        "rc" => (-1, 3),
        "stable" => (0, 0),
        "patch" | "pl" | "p" => (1, 0),
        _ => return None,
    };
    let labels = if stage == 0 { Vec::new() } else { vec![Label::Number(Number::of(rank)), Label::Number(number)] };
    Some(Numbered::new(numbers, stage, labels))
}

/// A tag or the content of a version file from its version on: `20.11-slim` of `v20.11-slim`, `21.0.2` of
/// `temurin-21.0.2`. Nothing if it names none: `lts-alpine3.20` is of no known version, and `bookworm-20240211` is a day.
#[must_use]
pub fn version_of_tag(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let bare = |text| Some(str::strip_prefix(text, ['v', 'V']).unwrap_or(text)).filter(|text| is_number(text));
    let version = bare(text).or_else(|| {
        let (word, rest) = text.split_once('-')?;
        bare(rest).filter(|_| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric()))
    })?;
    let digits = version.bytes().take_while(u8::is_ascii_digit).count();
    (digits < 8).then_some(version)
}

/// The numbers of a tag or of a version file; a variant behind them does not count.
fn runtime(text: &str) -> Option<Numbered> {
    let text = version_of_tag(text)?;
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let numbers = numbers(text[..end].trim_end_matches('.'), 8)?;
    let rest = text[end..].trim_start_matches(['-', '_', '.']).to_lowercase();
    let early = ["alpha", "beta", "rc", "ea", "preview", "nightly", "dev"];
    let is_short = |word: &str| rest.strip_prefix(word).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_early = early.iter().any(|word| rest.starts_with(word)) || (["a", "b"].iter().any(|word| is_short(word)));
    if !is_early {
        return Some(Numbered::new(numbers, 0, Vec::new()));
    }
    let labels = pieces(&rest).into_iter().filter(|piece| piece.chars().any(char::is_alphanumeric)).map(Label::of).collect();
    Some(Numbered::new(numbers, -1, labels))
}

fn plain(text: &str) -> Option<Numbered> {
    let text = text.split_once('+').map_or(text, |(text, _)| text);
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let (release, label) = text.split_once('-').map_or((text, None), |(release, label)| (release, Some(label)));
    let numbers = numbers(release, 8)?;
    let stage = if label.is_some() { -1 } else { 0 };
    Some(Numbered::new(numbers, stage, label.into_iter().flat_map(|label| label.split('.')).map(Label::of).collect()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCHEMES: [(&str, Scheme); 10] = [
        ("cargo", Scheme::Cargo),
        ("npm", Scheme::Npm),
        ("pypi", Scheme::Pypi),
        ("go", Scheme::Go),
        ("maven", Scheme::Maven),
        ("gem", Scheme::Gem),
        ("nuget", Scheme::Nuget),
        ("composer", Scheme::Composer),
        ("runtime", Scheme::Runtime),
        ("pub", Scheme::Plain),
    ];

    /// Every version is before all that follow it.
    fn ascend(scheme: Scheme, versions: &[&str]) {
        for (at, a) in versions.iter().enumerate() {
            assert_eq!(scheme.compare(a, a), Some(Ordering::Equal), "{scheme:?} {a}");
            for b in &versions[at + 1..] {
                assert_eq!(scheme.compare(a, b), Some(Ordering::Less), "{scheme:?} {a} {b}");
                assert_eq!(scheme.compare(b, a), Some(Ordering::Greater), "{scheme:?} {b} {a}");
            }
        }
    }

    fn equal(scheme: Scheme, versions: &[&str]) {
        for pair in versions.windows(2) {
            assert_eq!(scheme.compare(pair[0], pair[1]), Some(Ordering::Equal), "{scheme:?} {pair:?}");
        }
    }

    #[test]
    fn every_ecosystem_has_its_own_rules() {
        for (word, scheme) in SCHEMES {
            assert_eq!(Scheme::of(word), scheme);
        }
    }

    #[test]
    fn semantic_versions_are_ordered_as_the_specification_shows() {
        let shown =
            ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"];
        for scheme in [Scheme::Cargo, Scheme::Npm, Scheme::Go, Scheme::Nuget] {
            ascend(scheme, &shown);
            ascend(scheme, &["1.0.0", "2.0.0", "2.1.0", "2.1.1", "2.9.0", "2.10.0", "10.0.0"]);
        }
        equal(Scheme::Cargo, &["1.0.0", "1.0.0+build.5"]);
        equal(Scheme::Npm, &["1.2.3", "v1.2.3", "1.2.3+build"]);
        assert_eq!(Scheme::Cargo.compare("1.2", "1.2.0"), None);
    }

    #[test]
    fn go_reads_pseudo_versions_and_incompatible_ones() {
        ascend(
            Scheme::Go,
            &[
                "v0.0.0-20191109021931-daa7c04131f5",
                "v0.0.0-20240102030405-abcdefabcdef",
                "v1.0.0",
                "v1.2.3-0.20191109021931-daa7c04131f5",
                "v1.2.3",
                "v2.0.0+incompatible",
                "v3.0.0",
            ],
        );
        let pseudo = |text: &str| Scheme::Go.parse(text).unwrap().is_pseudo();
        assert!(pseudo("v0.0.0-20191109021931-daa7c04131f5"));
        assert!(pseudo("v1.2.3-0.20191109021931-daa7c04131f5"));
        assert!(pseudo("v1.2.3-pre.0.20191109021931-daa7c04131f5"));
        assert!(!pseudo("v1.2.3-rc.1") && !pseudo("v1.2.3"));
        assert_eq!(Scheme::Go.is_prerelease("v2.0.0+incompatible"), Some(false));
    }

    #[test]
    fn pep_440_is_ordered_as_it_shows() {
        ascend(
            Scheme::Pypi,
            &[
                "1.dev0",
                "1.0.dev456",
                "1.0a1",
                "1.0a2.dev456",
                "1.0a12.dev456",
                "1.0a12",
                "1.0b1.dev456",
                "1.0b2",
                "1.0b2.post345.dev456",
                "1.0b2.post345",
                "1.0rc1.dev456",
                "1.0rc1",
                "1.0",
                "1.0+abc.5",
                "1.0+abc.7",
                "1.0+5",
                "1.0.post456.dev34",
                "1.0.post456",
                "1.0.15",
                "1.1.dev1",
                "2013.10",
                "2014.04",
                "1!1.0",
                "1!1.1",
                "1!2.0",
            ],
        );
        equal(Scheme::Pypi, &["1.1", "1.1.0", "1.1.0.0", "v1.1"]);
        equal(Scheme::Pypi, &["1.0rc1", "1.0-RC.1", "1.0c1"]);
        assert_eq!(Scheme::Pypi.behind("2.1.0+cu118", "2.1.0"), Behind::Same);
        assert_eq!(Scheme::Pypi.behind("2013.10", "1!1.0"), Behind::Major);
        assert_eq!(Scheme::Pypi.behind("1.0", "1.0.post1"), Behind::Patch);
        assert_eq!(Scheme::Pypi.compare("2004d", "banana"), None);
    }

    #[test]
    fn maven_is_ordered_as_the_pom_reference_shows() {
        ascend(Scheme::Maven, &["1", "1.1"]);
        ascend(Scheme::Maven, &["1-snapshot", "1", "1-sp"]);
        ascend(Scheme::Maven, &["1-foo2", "1-foo10"]);
        ascend(Scheme::Maven, &["1.foo", "1-1", "1.1"]);
        ascend(Scheme::Maven, &["1-ga", "1-sp"]);
        ascend(Scheme::Maven, &["1-ga.1", "1-sp.1"]);
        ascend(Scheme::Maven, &["1-sp-1", "1-ga-1"]);
        equal(Scheme::Maven, &["1.foo", "1-foo"]);
        equal(Scheme::Maven, &["1.ga", "1-ga", "1-0", "1.0", "1", "1.0.0", "1.final", "1.", "1-", "1.0.0-0.0.0", "1.0.0.RELEASE"]);
        equal(Scheme::Maven, &["1-a1", "1-alpha-1", "1-ALPHA1"]);
        equal(Scheme::Maven, &["1.0.0-foo.0.0", "1-foo"]);
        equal(Scheme::Maven, &["1-1.foo-bar1baz-.1", "1-1.foo-bar-1-baz-0.1"]);
        ascend(
            Scheme::Maven,
            &["1-alpha", "1-beta", "1-milestone", "1-rc", "1-snapshot", "1", "1-sp", "1-abc", "1-jre", "1-1", "1.0.1", "1.1"],
        );
        ascend(Scheme::Maven, &["3.1.0.M1", "3.1.0.RC1", "3.1.0", "3.1.1"]);
        ascend(Scheme::Maven, &["31.1-android", "31.1-jre", "32.0-android"]);
        equal(Scheme::Maven, &["1-rc1", "1-cr1"]);
    }

    #[test]
    fn maven_knows_what_is_not_meant_to_be_used() {
        for early in ["1.0-SNAPSHOT", "1.0-alpha-2", "2.0.0.M3", "3.0.0-rc1", "4.0.0.CR2", "1.0-b12", "21-ea", "1.2-preview3", "1.0.Beta1"]
        {
            assert_eq!(Scheme::Maven.is_prerelease(early), Some(true), "{early}");
        }
        for release in ["1.0", "1.0.Final", "31.1-jre", "2.7.18", "42.2.5.jre7", "1.0-b", "9.4.44.v20210927", "5.0.0.RELEASE", "1-sp1"] {
            assert_eq!(Scheme::Maven.is_prerelease(release), Some(false), "{release}");
        }
    }

    #[test]
    fn gems_are_ordered_as_their_documentation_shows() {
        ascend(Scheme::Gem, &["1.0.a", "1.0.b1", "1.0.b2", "1.0", "1.0.1", "1.9.3", "1.10.0"]);
        ascend(Scheme::Gem, &["1.8.2.a", "1.8.2.a9", "1.8.2.a10", "1.8.2.b1", "1.8.2"]);
        ascend(Scheme::Gem, &["1.0.pre", "1.0", "3.0.0.rc1", "3.0.0"]);
        equal(Scheme::Gem, &["1", "1.0", "1.0.0", "1.00"]);
        equal(Scheme::Gem, &["1.0.0-alpha", "1.pre.alpha"]);
        assert_eq!(Scheme::Gem.is_prerelease("5.0.0.beta1"), Some(true));
        for odd in ["junk", "1..2", "1.2\n3.4", "", "-1", "1.2.", "1.2 3.4"] {
            assert_eq!(Scheme::Gem.parse(odd).map(|_| ()), None, "{odd:?}");
        }
    }

    #[test]
    fn nuget_is_ordered_as_its_documentation_shows() {
        ascend(
            Scheme::Nuget,
            &["1.0.1-aaa", "1.0.1-alpha", "1.0.1-alpha2", "1.0.1-beta", "1.0.1-open", "1.0.1-rc.2", "1.0.1-rc.10", "1.0.1-zzz", "1.0.1"],
        );
        equal(Scheme::Nuget, &["1", "1.0", "1.0.0", "1.0.0.0", "1.00", "1.0.0+r3456"]);
        equal(Scheme::Nuget, &["1.0.0-Alpha", "1.0.0-alpha", "1.0.0-ALPHA+5"]);
        ascend(Scheme::Nuget, &["1.0.0", "1.0.0.1", "1.0.1"]);
        for odd in ["1.0.0.0.0", "1.0-", "1.0-a..b", "v1.0", "1.x"] {
            assert!(Scheme::Nuget.parse(odd).is_none(), "{odd:?}");
        }
    }

    #[test]
    fn composer_knows_stabilities_and_no_branches() {
        ascend(
            Scheme::Composer,
            &["1.0.0-dev", "1.0.0-alpha1", "1.0.0-alpha2", "1.0.0-beta", "1.0.0-RC1", "v1.0.0", "1.0.0-patch1", "1.0.0-p2", "1.0.1"],
        );
        equal(Scheme::Composer, &["1.0", "v1.0.0", "1.0.0.0", "1.0-stable"]);
        equal(Scheme::Composer, &["2.0b3", "2.0.0-beta3"]);
        assert!(Scheme::Composer.parse("dev-main").is_none());
        assert_eq!(Scheme::Composer.is_prerelease("v3.0.0-BETA1"), Some(true));
    }

    #[test]
    fn runtimes_are_compared_as_far_as_they_are_written() {
        let behind = |installed: &str, latest: &str| Scheme::Runtime.behind(installed, latest);
        assert_eq!(behind("22", "22.11.0"), Behind::Same);
        assert_eq!(behind("22.11-alpine3.20", "22.11.0"), Behind::Same);
        assert_eq!(behind("v18.19.0", "22.11.0"), Behind::Major);
        assert_eq!(behind("3.11-slim", "3.13.1"), Behind::Minor);
        assert_eq!(behind("3.13.0", "3.13.1"), Behind::Patch);
        assert_eq!(behind("temurin-21.0.2+13", "21.0.5"), Behind::Patch);
        for unknown in ["lts", "lts-alpine3.20", "alpine3.20", "bookworm-20240211", "latest", "stable-slim", "-18", "é-18"] {
            assert_eq!(behind(unknown, "22.11.0"), Behind::Unknown, "{unknown}");
        }
        assert_eq!(version_of_tag("corretto64-17.0.1"), Some("17.0.1"));
        assert_eq!(Scheme::Runtime.is_prerelease("3.14.0rc1"), Some(true));
        assert_eq!(Scheme::Runtime.is_prerelease("18-alpine"), Some(false));
        assert_eq!(Scheme::Runtime.is_prerelease("18-bookworm-slim"), Some(false));
    }

    #[test]
    fn the_first_number_that_differs_says_how_far_behind() {
        let table = [
            (Scheme::Npm, "4.17.20", "4.17.21", Behind::Patch),
            (Scheme::Npm, "4.17.21", "4.18.0", Behind::Minor),
            (Scheme::Npm, "3.9.9", "4.0.0", Behind::Major),
            (Scheme::Npm, "4.0.0-rc.1", "4.0.0", Behind::Patch),
            (Scheme::Npm, "5.0.0", "4.0.0", Behind::Ahead),
            (Scheme::Npm, "1.2.3", "1.2.3", Behind::Same),
            (Scheme::Npm, "^1.2.3", "1.2.3", Behind::Unknown),
            (Scheme::Npm, "1.2.3", "git+ssh://forge.example/x", Behind::Unknown),
            (Scheme::Cargo, "0.1.4", "0.2.0", Behind::Minor),
            (Scheme::Go, "v1.4.0", "v1.5.0", Behind::Minor),
            (Scheme::Maven, "2.7.18", "3.2.0", Behind::Major),
            (Scheme::Maven, "1.0.0.Final", "1.0", Behind::Same),
            (Scheme::Maven, "31.0-jre", "31.1-jre", Behind::Minor),
            (Scheme::Maven, "0.9", "1", Behind::Major),
            (Scheme::Gem, "7.0", "7.0.8", Behind::Patch),
            (Scheme::Nuget, "13.0.1", "13.0.3", Behind::Patch),
            (Scheme::Composer, "v5.4.0", "6.0", Behind::Major),
            (Scheme::Plain, "1.2", "1.3-beta", Behind::Minor),
            (Scheme::Nuget, "99999999999999999999999.1", "99999999999999999999999.2", Behind::Minor),
        ];
        for (scheme, installed, latest, expected) in table {
            assert_eq!(scheme.behind(installed, latest), expected, "{scheme:?} {installed} {latest}");
        }
    }

    #[test]
    fn versions_sort_with_what_is_none_first() {
        let mut versions = ["1.10.0", "1.9.0", "latest", "1.10.0-rc.1"].map(str::to_owned);
        Scheme::Npm.sort(&mut versions);
        assert_eq!(versions, ["latest", "1.9.0", "1.10.0-rc.1", "1.10.0"]);
        assert!(Scheme::Maven.parse("20030203.000550").unwrap().is_dated());
    }

    /// Texts that look like versions more often than not.
    fn versions() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[v=]?[0-9]{1,3}(\\.[0-9]{1,2}){0,4}([-.+_]?(alpha|beta|a|b|m|rc|sp|ga|final|dev|post|pre|snapshot|x|é)[-.]?[0-9]{0,2}){0,2}",
            3 => "[0-2abm.\\-+!_]{1,10}",
            1 => "[0-9]{1,40}(\\.[0-9]{1,40}){0,2}",
            1 => "\\PC{0,30}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

        #[test]
        fn the_order_is_total((a, b, c) in (versions(), versions(), versions())) {
            for (_, scheme) in SCHEMES {
                let (Some(a), Some(b), Some(c)) = (scheme.parse(&a), scheme.parse(&b), scheme.parse(&c)) else { continue };
                prop_assert_eq!(a.cmp_to(&a), Ordering::Equal);
                prop_assert_eq!(a.cmp_to(&b), b.cmp_to(&a).reverse());
                if a.cmp_to(&b).is_le() && b.cmp_to(&c).is_le() {
                    prop_assert!(a.cmp_to(&c).is_le(), "{scheme:?}");
                }
                if a.cmp_to(&b).is_eq() {
                    prop_assert_eq!(a.cmp_to(&c), b.cmp_to(&c), "{:?}", scheme);
                }
            }
        }

        #[test]
        fn nothing_panics_and_verdicts_agree_with_the_order((a, b) in (versions(), versions())) {
            for (_, scheme) in SCHEMES {
                let behind = scheme.behind(&a, &b);
                match scheme.compare(&a, &b) {
                    None => prop_assert_eq!(behind, Behind::Unknown),
                    // A local build and an open tag count as the same although the order knows better.
                    Some(_) if matches!(scheme, Scheme::Runtime | Scheme::Pypi) => prop_assert_ne!(behind, Behind::Unknown),
                    Some(Ordering::Equal) => prop_assert_eq!(behind, Behind::Same),
                    Some(Ordering::Greater) => prop_assert_eq!(behind, Behind::Ahead),
                    Some(Ordering::Less) => prop_assert_eq!(behind.is_outdated(), Some(true)),
                }
                let _ = scheme.is_prerelease(&a);
                scheme.sort(&mut [a.clone(), b.clone()]);
            }
        }

        #[test]
        fn bytes_of_any_kind_never_panic(text in any::<String>()) {
            for (_, scheme) in SCHEMES {
                let _ = scheme.parse(&text);
            }
        }
    }
}
