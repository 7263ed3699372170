//! CODEOWNERS, by GitHub's rules.
//!
//! # Invariants
//! - The last rule that matches wins; a rule without owners clears ownership, which is not the same as no rule.
//! - An invalid line is skipped and named; the other lines apply. A file of [`MAX_BYTES`] or more is ignored as a whole.
//! - This is deliberately not a gitignore matcher: `foo/*` does not reach into folders, `!` and `\#` are invalid, and
//!   brackets are plain characters.
//! - Matching costs at most (length of the pattern) x (length of the path).

use crate::collect::git::Refusal;
use crate::model::{EntityRef, Kind};

/// Where the file may stand, in order: the first one found wins, the others are ignored.
pub const CANDIDATES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// From this size on, the file is ignored as a whole.
pub const MAX_BYTES: usize = 3 * 1024 * 1024;

/// Refusals told one by one; the rest is counted.
const MAX_REFUSALS: usize = 100;

/// A path in the root that no pattern names by accident: its owner is the owner of the repository.
const ROOT_PROBE: &str = "any file in the root";

/// The rules of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codeowners {
    /// In the order of the file.
    pub rules: Vec<Rule>,
    /// Lines that were skipped.
    pub refusals: Vec<Refusal>,
}

/// One valid line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The line, from 1.
    pub line: u32,
    /// The pattern as it is written.
    pub pattern: String,
    /// Who owns what matches; nobody if empty.
    pub owners: Vec<EntityRef>,
    matcher: Matcher,
}

/// What a file says about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// The last matching rule names owners.
    Owned {
        /// The first is the owner, the rest are co-owners.
        owners: &'a [EntityRef],
        /// The line of the rule.
        line: u32,
        /// The rule's pattern.
        pattern: &'a str,
    },
    /// The last matching rule names nobody.
    Unowned {
        /// The line of the rule.
        line: u32,
        /// The rule's pattern.
        pattern: &'a str,
    },
    /// No rule matches.
    NoMatch,
}

impl Codeowners {
    /// Who owns the file at `path`, given from the repository's root without a leading slash.
    #[must_use]
    pub fn owners_of(&self, path: &str) -> Match<'_> {
        let segments: Vec<&str> = path.split('/').collect();
        let Some(rule) = self.rules.iter().rev().find(|rule| rule.matcher.matches(&segments)) else {
            return Match::NoMatch;
        };
        if rule.owners.is_empty() {
            Match::Unowned { line: rule.line, pattern: &rule.pattern }
        } else {
            Match::Owned { owners: &rule.owners, line: rule.line, pattern: &rule.pattern }
        }
    }

    /// Who owns the repository: the owner of a file in its root that no rule names.
    #[must_use]
    pub fn owners_of_root(&self) -> Match<'_> {
        self.owners_of(ROOT_PROBE)
    }
}

/// Reads a CODEOWNERS file.
#[must_use]
pub fn parse(path: &str, bytes: &[u8]) -> Codeowners {
    let mut codeowners = Codeowners::default();
    if bytes.len() >= MAX_BYTES {
        let message = format!("is {} bytes long; a CODEOWNERS file of 3 MB or more is ignored as a whole", bytes.len());
        codeowners.refusals.push(Refusal { path: path.to_owned(), line: None, message });
        return codeowners;
    }
    if bytes.contains(&0) {
        let message = "holds NUL bytes; expected text".to_owned();
        codeowners.refusals.push(Refusal { path: path.to_owned(), line: None, message });
        return codeowners;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut skipped = 0_usize;
    for (line, raw) in (1_u32..).zip(bytes.split(|byte| *byte == b'\n')) {
        let parsed = match std::str::from_utf8(raw) {
            Ok(text) => parse_line(line, text.trim()),
            Err(_) => Err("is not UTF-8; the line is skipped".to_owned()),
        };
        match parsed {
            Ok(rule) => codeowners.rules.extend(rule),
            Err(message) if codeowners.refusals.len() < MAX_REFUSALS => {
                codeowners.refusals.push(Refusal { path: path.to_owned(), line: Some(line), message });
            }
            Err(_) => skipped += 1,
        }
    }
    if skipped > 0 {
        let message = format!("{skipped} more lines are invalid and skipped");
        codeowners.refusals.push(Refusal { path: path.to_owned(), line: None, message });
    }
    codeowners
}

/// The entity that an owner in a CODEOWNERS file names: `@org/team`, `@user` or an e-mail address.
#[must_use]
pub fn owner_of(text: &str) -> Option<EntityRef> {
    let is_word = |word: &str, extra: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c));
    if let Some(name) = text.strip_prefix('@') {
        return match name.split_once('/') {
            Some((organisation, team)) if is_word(organisation, "-_.") && is_word(team, "-_.") => EntityRef::new(Kind::Team, team).ok(),
            None if is_word(name, "-_") => EntityRef::new(Kind::Person, name).ok(),
            _ => None,
        };
    }
    let (mailbox, host) = text.split_once('@')?;
    let (_, top) = host.rsplit_once('.')?;
    let valid = is_word(mailbox, "._%+-'") && is_word(host, ".-") && top.len() >= 2 && !host.starts_with('.');
    if valid { EntityRef::new(Kind::Person, text).ok() } else { None }
}

/// One trimmed line: a rule, nothing (blank or comment), or why it is invalid.
fn parse_line(line: u32, text: &str) -> Result<Option<Rule>, String> {
    let mut pattern = String::new();
    let mut rest = "";
    let mut escaped = false;
    for (position, character) in text.char_indices() {
        if escaped {
            if character == '#' {
                return Err(format!("{text:?} escapes a hash, which CODEOWNERS does not support; the line is skipped"));
            }
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == '#' {
            break;
        } else if character.is_whitespace() {
            rest = &text[position..];
            break;
        }
        pattern.push(character);
    }
    if pattern.is_empty() {
        return Ok(None);
    }
    let matcher = Matcher::new(&pattern).map_err(|problem| format!("pattern {pattern:?} {problem}; the line is skipped"))?;
    let mut owners: Vec<EntityRef> = Vec::new();
    for word in rest.split('#').next().unwrap_or_default().split_whitespace() {
        let owner = owner_of(word)
            .ok_or_else(|| format!("owner {word:?} is not @user, @organisation/team or an e-mail address; the line is skipped"))?;
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    Ok(Some(Rule { line, pattern, owners, matcher }))
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Matcher {
    segments: Vec<Segment>,
    /// Whether what lies below a match matches too.
    reaches_below: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// `**`: any number of segments, also none.
    Any,
    /// `*`: one segment, whatever its name.
    One,
    /// A name without wildcards.
    Literal(String),
    /// A name with wildcards.
    Glob(Vec<Token>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Character(char),
    AnyCharacter,
    AnyCharacters,
}

impl Matcher {
    fn new(pattern: &str) -> Result<Self, String> {
        if pattern.starts_with('!') {
            return Err("negates with !, which CODEOWNERS does not support".to_owned());
        }
        if pattern.contains("***") {
            return Err("holds three asterisks in a row; expected * or **".to_owned());
        }
        if let Some(range) = character_range(pattern) {
            return Err(format!("holds the character range {range}, which CODEOWNERS does not support"));
        }
        let mut parts: Vec<&str> = pattern.split('/').collect();
        if parts[0].is_empty() {
            parts.remove(0);
            if parts == [""] {
                // A lone slash is valid and matches nothing: no path has an empty segment.
                return Ok(Self { segments: vec![Segment::Literal(String::new())], reaches_below: false });
            }
        } else if parts[0] != "**" && (parts.len() == 1 || (parts.len() == 2 && parts[1].is_empty())) {
            parts.insert(0, "**");
        }
        let last = parts.len() - 1;
        let mut segments = Vec::with_capacity(parts.len() + 1);
        let mut reaches_below = false;
        for (index, part) in parts.into_iter().enumerate() {
            match part {
                // At the end, something has to follow: a folder's own name is not below itself.
                "**" | "" if index == last => {
                    segments.push(Segment::One);
                    reaches_below = true;
                }
                "**" if segments.last() == Some(&Segment::Any) => {}
                "**" => segments.push(Segment::Any),
                "*" => segments.push(Segment::One),
                name => {
                    segments.push(Segment::new(name)?);
                    reaches_below = index == last;
                }
            }
        }
        Ok(Self { segments, reaches_below })
    }

    /// Greedy with one step back: only the last `**` may have to take one segment more, since an earlier one
    /// that takes as little as possible leaves the most to the rest.
    fn matches(&self, path: &[&str]) -> bool {
        let (mut at_segment, mut at_path) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match self.segments.get(at_segment) {
                None if at_path == path.len() || self.reaches_below => return true,
                Some(Segment::Any) => {
                    at_segment += 1;
                    retry = Some((at_segment, at_path));
                    continue;
                }
                Some(segment) if path.get(at_path).is_some_and(|name| segment.matches(name)) => {
                    at_segment += 1;
                    at_path += 1;
                    continue;
                }
                _ => {}
            }
            match retry {
                Some((segment, from)) if from < path.len() => {
                    retry = Some((segment, from + 1));
                    (at_segment, at_path) = (segment, from + 1);
                }
                _ => return false,
            }
        }
    }
}

impl Segment {
    fn new(text: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '\\' => Token::Character(characters.next().ok_or("ends a name with a backslash that escapes nothing")?),
                '*' if tokens.last() == Some(&Token::AnyCharacters) => continue,
                '*' => Token::AnyCharacters,
                '?' => Token::AnyCharacter,
                other => Token::Character(other),
            });
        }
        let literal: Option<String> = tokens
            .iter()
            .map(|token| match token {
                Token::Character(character) => Some(*character),
                _ => None,
            })
            .collect();
        Ok(literal.map_or(Self::Glob(tokens), Self::Literal))
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::One => !name.is_empty(),
            Self::Literal(literal) => literal == name,
            Self::Glob(tokens) => glob_matches(tokens, name),
        }
    }
}

/// The same greedy walk as over segments, over the characters of one name.
fn glob_matches(tokens: &[Token], name: &str) -> bool {
    let mut at_token = 0;
    let mut rest = name.chars();
    let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let mut ahead = rest.clone();
        match (tokens.get(at_token), ahead.next()) {
            (None, None) => return true,
            (Some(Token::AnyCharacters), _) => {
                at_token += 1;
                retry = Some((at_token, rest.clone()));
                continue;
            }
            (Some(Token::AnyCharacter), Some(_)) => {
                at_token += 1;
                rest = ahead;
                continue;
            }
            (Some(Token::Character(expected)), Some(found)) if *expected == found => {
                at_token += 1;
                rest = ahead;
                continue;
            }
            _ => {}
        }
        let Some((token, mut from)) = retry.take() else { return false };
        if from.next().is_none() {
            return false;
        }
        at_token = token;
        rest = from.clone();
        retry = Some((token, from));
    }
}

/// The first `[a-z]` of a pattern. Other brackets are plain characters: `pages/[id].tsx` is a file that exists.
fn character_range(pattern: &str) -> Option<&str> {
    for (start, _) in pattern.match_indices('[') {
        let length = pattern[start..].find(']')?;
        let inner: Vec<char> = pattern[start + 1..start + length].chars().collect();
        if !inner.is_empty() && inner.len().is_multiple_of(3) && inner.chunks(3).all(|chunk| chunk[1] == '-') {
            return Some(&pattern[start..=start + length]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let file = parse("CODEOWNERS", format!("{pattern} @owner\n").as_bytes());
        assert!(file.refusals.is_empty(), "{:?}", file.refusals);
        file.owners_of(path) != Match::NoMatch
    }

    fn owners(file: &Codeowners, path: &str) -> String {
        match file.owners_of(path) {
            Match::Owned { owners, line, .. } => {
                let names: Vec<String> = owners.iter().map(ToString::to_string).collect();
                format!("{} by line {line}", names.join(" "))
            }
            Match::Unowned { line, .. } => format!("nobody by line {line}"),
            Match::NoMatch => "no rule".to_owned(),
        }
    }

    fn refusal_of(line: &str) -> String {
        let file = parse("CODEOWNERS", line.as_bytes());
        assert!(file.rules.is_empty(), "{line:?} is a rule");
        file.refusals[0].message.clone()
    }

    #[test]
    fn patterns_match_as_the_published_vectors_say() {
        let vectors: &[(&str, &[&str], &[&str])] = &[
            ("foo", &["foo", "foo/bar", "x/foo/y", "x/foo"], &["foo.txt", "xfoo", "x/foo.txt"]),
            ("/foo", &["foo", "foo/bar"], &["x/foo", "x/foo/bar"]),
            ("foo/", &["foo/bar", "x/foo/y"], &["foo", "x/foo"]),
            ("/foo/", &["foo/bar", "foo/bar/baz"], &["foo", "x/foo/bar"]),
            ("foo/bar", &["foo/bar", "foo/bar/baz"], &["x/foo/bar", "foo"]),
            ("*", &["foo", "foo/bar", "a/b/c/d", ".x"], &[]),
            ("**", &["foo", "foo/bar", "a/b/c/d"], &[]),
            ("/**", &["foo", "foo/bar"], &[]),
            ("**/*", &["foo", "foo/bar/baz"], &[]),
            ("/*", &["foo"], &["foo/bar"]),
            ("/", &[], &["foo", "foo/bar"]),
            ("foo/*", &["foo/bar"], &["foo/bar/baz", "foo", "x/foo/bar"]),
            ("foo/*/baz", &["foo/bar/baz", "foo/bar/baz/qux"], &["foo/baz", "foo/a/b/baz"]),
            ("f*", &["foo", "bar/foo/baz", "f"], &["xfoo", "bar/xfoo"]),
            ("*.js", &["a.js", "x/y/b.js", "x.js/file"], &["a.jsx", "js"]),
            ("/f*", &["foo", "foo/bar"], &["x/foo"]),
            ("**/foo", &["foo", "foo/x", "a/b/foo"], &["xfoo"]),
            ("**/foo/bar", &["q/foo/bar/z", "foo/bar", "a/b/foo/bar"], &["foo/x/bar"]),
            ("**/*bar*", &["bar", "x/abarb/y"], &["baz"]),
            ("foo/**", &["foo/bar/baz", "foo/bar"], &["foo", "x/foo/bar"]),
            ("foo/**/bar", &["foo/bar", "foo/q/r/bar/z", "foo/q/bar"], &["q/foo/bar", "foo/bart"]),
            ("foo/**/bar/*", &["foo/bar/x", "foo/a/b/bar/x"], &["foo/bar", "foo/bar/x/y"]),
            ("f\\*o", &["f*o", "x/f*o"], &["foo"]),
            ("a/[p]/f.ts", &["a/[p]/f.ts"], &["a/p/f.ts"]),
            ("foo/bar/", &["foo/bar/baz"], &["foo/bar", "foo/bart", "baz/foo/bar/qux"]),
            ("f*/", &["foo/bar", "bar/foo/baz"], &["foo", "bar/foo", "xfoo"]),
            ("/*/", &["foo/bar", "bar/foo/baz"], &["foo"]),
            ("/f*/", &["foo/bar"], &["foo", "bar/foo/baz"]),
            ("foo/*.txt", &["foo/bar.txt"], &["foo", "foo/bar/baz.txt", "qux/foo/bar.txt"]),
            ("f\\?o", &["f?o"], &["foo"]),
            ("foo/**/", &["foo/bar", "foo/bar/", "foo/bar/baz"], &["foo"]),
            ("foo/**/bar/b*", &["foo/bar/baz", "foo/qux/bar/baz"], &["foo/bar", "foo/bar/qux", "foo/qux/bar"]),
            ("f?o", &["foo", "fxo", "x/fäo"], &["fo", "fooo", "f/o"]),
            ("my\\ docs/x", &["my docs/x"], &["my", "x"]),
            ("a**b", &["ab", "axxb"], &["a/b"]),
        ];
        for (pattern, yes, no) in vectors {
            for path in *yes {
                assert!(matches(pattern, path), "{pattern} should match {path}");
            }
            for path in *no {
                assert!(!matches(pattern, path), "{pattern} should not match {path}");
            }
        }
    }

    #[test]
    fn the_last_matching_line_wins_and_one_without_owners_clears() {
        let file = parse("CODEOWNERS", b"* @acme/platform @Ann\n/docs/ docs@acme.example # people who write\n/docs/legacy\n");
        assert_eq!(owners(&file, "src/main.rs"), "team:platform person:Ann by line 1");
        assert_eq!(owners(&file, "docs/index.md"), "person:docs@acme.example by line 2");
        assert_eq!(owners(&file, "docs/legacy/old.md"), "nobody by line 3");
        assert_eq!(owners(&parse("CODEOWNERS", b"/docs/ @ann"), "src/main.rs"), "no rule");
    }

    #[test]
    fn the_repository_belongs_to_the_owner_of_a_file_in_its_root() {
        let file = parse("CODEOWNERS", b"/* @acme/root\n*.md @acme/writers\n/src/ @acme/developers\n");
        assert!(matches!(file.owners_of_root(), Match::Owned { line: 1, .. }));
        assert_eq!(parse("CODEOWNERS", b"*.md @acme/writers").owners_of_root(), Match::NoMatch);
    }

    #[test]
    fn an_invalid_line_is_skipped_with_its_number_and_the_rest_applies() {
        let text = b"*  @acme/all\r\n!secret @ann\r\n***/*.rb @ann\r\n\\#x @ann\r\n[a-z]/x @ann\r\n/a nobody\r\n/b \xff\xfe\r\n# comment\r\n\r\n/c @bob\r\n";
        let file = parse(".github/CODEOWNERS", text);
        let lines: Vec<u32> = file.refusals.iter().filter_map(|refusal| refusal.line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7]);
        assert_eq!(owners(&file, "a"), "team:all by line 1");
        assert_eq!(owners(&file, "c/d"), "person:bob by line 10");
        assert!(file.refusals[1].message.contains("three asterisks"), "{:?}", file.refusals[1]);
    }

    #[test]
    fn every_refusal_says_what_was_found() {
        assert!(refusal_of("/a nobody").contains("\"nobody\" is not @user"));
        assert!(refusal_of("/a @org/team/more").contains("@org/team/more"));
        assert!(refusal_of("!x @a").contains("negates"));
        assert!(refusal_of("x\\").contains("backslash"));
        assert!(refusal_of("\\#x @a").contains("escapes a hash"));
        assert!(refusal_of("[0-9a-f]/x @a").contains("[0-9a-f]"));
    }

    #[test]
    fn a_file_of_three_megabytes_is_ignored_as_a_whole() {
        let mut text = b"* @ann\n".to_vec();
        text.resize(MAX_BYTES - 1, b'\n');
        assert_eq!(parse("CODEOWNERS", &text).rules.len(), 1);
        text.push(b'\n');
        let file = parse("CODEOWNERS", &text);
        assert!(file.rules.is_empty());
        assert!(file.refusals[0].message.contains("3 MB"), "{:?}", file.refusals);
    }

    #[test]
    fn a_binary_or_empty_file_has_no_rules_and_says_so_once() {
        assert_eq!(parse("CODEOWNERS", b""), Codeowners::default());
        let file = parse("CODEOWNERS", b"\x7fELF\0\0\n\0\n\0");
        assert_eq!((file.rules.len(), file.refusals.len()), (0, 1));
    }

    #[test]
    fn many_invalid_lines_are_counted_not_listed() {
        let file = parse("CODEOWNERS", "!x\n".repeat(1000).as_bytes());
        assert_eq!(file.refusals.len(), MAX_REFUSALS + 1);
        assert!(file.refusals[MAX_REFUSALS].message.starts_with("900 more"));
    }

    #[test]
    fn hostile_patterns_take_no_exponential_time() {
        let pattern = format!("{}b", "**/a*a*/".repeat(200));
        let path = format!("{}c", "aaaaaaaaaaaaaaaaaaaaaaaa/".repeat(400));
        assert!(!matches(&pattern, &path));
        assert!(!matches(&format!("{}b", "a*".repeat(300)), &"a".repeat(3000)));
    }

    /// The rules written down without any thought of speed.
    fn naive(pattern: &[char], path: &[char]) -> bool {
        fn segments(pattern: &[String], path: &[String], below: bool) -> bool {
            match pattern.split_first() {
                None => path.is_empty() || below,
                Some((first, rest)) if first == "**" && !rest.is_empty() => {
                    (0..=path.len()).any(|skip| segments(rest, &path[skip..], below))
                }
                Some((first, _)) if first == "**" => !path.is_empty(),
                Some((first, rest)) => path.split_first().is_some_and(|(name, others)| {
                    let first: Vec<char> = first.chars().collect();
                    let name: Vec<char> = name.chars().collect();
                    (first != ['*'] || !name.is_empty()) && glob(&first, &name) && segments(rest, others, below)
                }),
            }
        }
        fn glob(pattern: &[char], name: &[char]) -> bool {
            match pattern.split_first() {
                None => name.is_empty(),
                Some(('*', rest)) => (0..=name.len()).any(|skip| glob(rest, &name[skip..])),
                Some(('?', rest)) => !name.is_empty() && glob(rest, &name[1..]),
                Some((character, rest)) => name.first() == Some(character) && glob(rest, &name[1..]),
            }
        }
        let text: String = pattern.iter().collect();
        let path: Vec<String> = path.iter().collect::<String>().split('/').map(str::to_owned).collect();
        let anchored = text.trim_end_matches('/').contains('/') || text == "/";
        let trimmed = text.strip_prefix('/').unwrap_or(&text);
        let mut parts: Vec<String> = trimmed.split('/').map(str::to_owned).collect();
        if !anchored {
            parts.insert(0, "**".to_owned());
        }
        let last = parts.len() - 1;
        if parts[last].is_empty() && text != "/" {
            parts[last] = "**".to_owned();
        }
        let below = parts[last] != "*" && text != "/";
        segments(&parts, &path, below)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_matcher_agrees_with_the_naive_reading(
            pattern in "/?(a|b|ab|\\*|\\*\\*|a\\*|\\*b|\\?|a\\?b)(/(a|b|ab|\\*|\\*\\*|a\\*|\\*b|\\?)){0,4}/?",
            path in "(a|b|ab|aab|abb)(/(a|b|ab|aab|abb)){0,5}",
        ) {
            let characters = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(matches(&pattern, &path), naive(&characters(&pattern), &characters(&path)), "{} on {}", pattern, path);
        }

        #[test]
        fn no_input_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), path in "\\PC{0,40}") {
            let _ = parse("CODEOWNERS", &bytes).owners_of(&path);
        }

        #[test]
        fn a_plain_path_matches_itself_and_everything_below(path in "[a-z.]{1,5}(/[a-z.]{1,5}){0,3}", below in "[a-z]{1,4}") {
            let rooted = format!("/{path}");
            let deeper = format!("{path}/{below}");
            prop_assert!(matches(&rooted, &path));
            prop_assert!(matches(&rooted, &deeper));
        }
    }
}
