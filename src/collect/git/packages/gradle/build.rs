//! `build.gradle` and `build.gradle.kts`: what their `dependencies` blocks declare.
//!
//! # Invariants
//! - Scripts are programs; this reads the declarations in them and runs nothing. What is computed is left out.
//! - A name is read in full or not at all. A version that is not written out is unknown.
//! - What may declare something that was not read makes a script incomplete: what it does not name is unknown then.
//!
//! Deliberately absent: `constraints` and `dependencyManagement`, which choose versions and use nothing; `plugins`;
//! what plugins and other scripts add.

use std::ops::Range;

use super::catalog::Aliases;
use super::tokens::{HOLE, Placed, Token, tokens};
use crate::collect::git::packages::reading::{Scope, quote};

/// Whom a declaration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// The project of the script.
    Project,
    /// It and the projects below: `allprojects`.
    All,
    /// The projects below: `subprojects`.
    Below,
    /// The script itself: `buildscript`.
    Script,
}

/// A package that a script declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    /// `group:artifact`.
    pub(super) name: String,
    pub(super) requirement: Option<String>,
    pub(super) scope: Scope,
    pub(super) whom: Whom,
}

/// What a script declares.
#[derive(Debug, Default)]
pub(super) struct Build {
    pub(super) declared: Vec<Declared>,
    /// Line and message.
    pub(super) problems: Vec<(usize, String)>,
    /// Whether nothing was left out that may be a package.
    pub(super) is_complete: bool,
}

/// What the braces around a statement make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// Declarations.
    Dependencies,
    /// Neither declarations nor anything around them.
    Foreign,
    /// Those of others.
    Of(Whom),
    /// Suites of tests.
    Suites,
    /// Anything else, which may hold such blocks.
    Other,
}

struct Open {
    mark: char,
    line: usize,
    block: Block,
    /// Of all that is around it as well.
    whom: Whom,
    is_test: bool,
}

/// Scripts larger than this are refused: their tokens would fill the memory.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Problems after which a text is no script.
const MAX_PROBLEMS: usize = 1_000;

/// How deep calls are followed: `platform(variantOf(libs.alpha))`.
const MAX_DEPTH: usize = 6;

/// Reads a script. `catalog` is what `libs` names.
pub(super) fn read(text: &str, is_kotlin: bool, catalog: Option<&Aliases>) -> Build {
    if text.len() > MAX_BYTES {
        let message = format!("found {} bytes, expected at most {} MiB", text.len(), MAX_BYTES / 1024 / 1024);
        return Build { problems: vec![(1, message)], ..Build::default() };
    }
    let (tokens, problems) = tokens(text, is_kotlin);
    let is_complete = problems.is_empty();
    let mut reader = Reader { tokens: &tokens, catalog, build: Build { declared: Vec::new(), problems, is_complete }, open: Vec::new() };
    reader.script();
    reader.build
}

struct Reader<'r> {
    tokens: &'r [Placed<'r>],
    catalog: Option<&'r Aliases>,
    build: Build,
    open: Vec<Open>,
}

/// A package as one argument names it.
struct Named {
    name: String,
    requirement: Option<String>,
}

impl<'r> Reader<'r> {
    fn token(&self, at: usize) -> Option<&'r Token<'r>> {
        self.tokens.get(at).map(|placed| &placed.token)
    }

    fn word(&self, at: usize) -> Option<&'r str> {
        match self.token(at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn text(&self, at: usize) -> Option<&'r str> {
        match self.token(at) {
            Some(Token::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn is(&self, at: usize, mark: char) -> bool {
        self.token(at) == Some(&Token::Mark(mark))
    }

    fn line(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(0, |placed| placed.line)
    }

    fn problem(&mut self, line: usize, message: String) {
        self.build.problems.push((line, message));
        self.build.is_complete = false;
    }

    fn unclosed(&mut self, mark: char, line: usize) {
        self.problem(line, format!("found `{mark}` without its end, expected `{}`", closing(mark)));
    }

    fn script(&mut self) {
        let mut at = 0;
        let mut begins = true;
        while let Some(token) = self.token(at) {
            if self.build.problems.len() > MAX_PROBLEMS {
                return self.problem(self.line(at), "found too many problems before this line, expected a script".to_owned());
            }
            if begins && matches!(token, Token::Word(_) | Token::Text(_)) && self.block() == Block::Dependencies {
                at = self.statement(at);
                begins = false;
                continue;
            }
            begins = matches!(token, Token::NewLine | Token::Mark(';' | '{' | '}'));
            if let Token::Mark(mark) = token {
                self.mark(*mark, at);
            }
            at += 1;
        }
        // Whatever is inside of it is not closed either.
        if let Some((mark, line)) = self.open.first().map(|open| (open.mark, open.line)) {
            self.unclosed(mark, line);
        }
    }

    /// The block that a statement is in.
    fn block(&self) -> Block {
        self.open.last().map_or(Block::Other, |open| open.block)
    }

    fn mark(&mut self, mark: char, at: usize) {
        match mark {
            '{' => self.open(mark, at, self.block_at(at)),
            '(' | '[' => self.open(mark, at, if self.block() == Block::Foreign { Block::Foreign } else { Block::Other }),
            '}' | ')' | ']' => {
                let is_closed = self.open.last().is_some_and(|open| closing(open.mark) == mark);
                // A brace closes what is still open inside of it.
                let mut lost = None;
                while mark == '}' && self.open.last().is_some_and(|open| open.mark != '{') {
                    lost = self.open.pop();
                }
                if let Some(lost) = lost {
                    self.unclosed(lost.mark, lost.line);
                }
                if (is_closed || mark == '}') && self.open.pop().is_some() {
                    return;
                }
                self.problem(self.line(at), format!("found `{mark}`, expected what it closes before it"));
            }
            _ => {}
        }
    }

    fn open(&mut self, mark: char, at: usize, block: Block) {
        let whom = if let Block::Of(whom) = block { whom } else { self.whom() };
        let is_test = block == Block::Suites || self.is_test();
        self.open.push(Open { mark, line: self.line(at), block, whom, is_test });
    }

    /// What the brace at a place opens.
    fn block_at(&self, at: usize) -> Block {
        let around = self.block();
        if around == Block::Foreign {
            return Block::Foreign;
        }
        let Some(before) = at.checked_sub(1) else { return Block::Other };
        let name = self.word(before).unwrap_or_default();
        if around == Block::Dependencies {
            // Else a condition or a loop.
            let is_foreign = matches!(name, "artifactTypes" | "attributesSchema" | "components" | "constraints" | "modules");
            return if is_foreign { Block::Foreign } else { Block::Dependencies };
        }
        match name {
            "dependencies" => Block::Dependencies,
            "configurations"
            | "dependencyManagement"
            | "dependencyResolutionManagement"
            | "pluginManagement"
            | "plugins"
            | "publishing" => Block::Foreign,
            "buildscript" => Block::Of(Whom::Script),
            "allprojects" => Block::Of(Whom::All),
            "subprojects" => Block::Of(Whom::Below),
            "suites" => Block::Suites,
            // `project(":core") {`, `configure(subprojects) {`
            _ if self.is(before, ')') && matches!(self.called(before), Some("configure" | "project")) => Block::Of(Whom::Below),
            _ => Block::Other,
        }
    }

    /// The word before the parenthesis that is closed at a place.
    fn called(&self, close: usize) -> Option<&'r str> {
        let mut depth = 0_usize;
        for at in (close.saturating_sub(64)..=close).rev() {
            if self.is(at, ')') {
                depth += 1;
            } else if self.is(at, '(') {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return self.word(at.checked_sub(1)?);
                }
            }
        }
        None
    }

    /// Reads a statement of a `dependencies` block; returns the place behind what was read.
    fn statement(&mut self, begin: usize) -> usize {
        let mut begin = begin;
        // What is declared under a condition is declared.
        loop {
            match self.word(begin) {
                Some("if" | "while" | "for") if self.is(begin + 1, '(') => begin = self.closed(begin + 1),
                Some("else") => begin += 1,
                _ => break,
            }
        }
        let at = begin + 1;
        let configuration = match self.token(begin) {
            Some(Token::Word(word)) => *word,
            // `"kapt"(…)`: Kotlin has no name for some configurations.
            Some(Token::Text(text)) if self.is(at, '(') => text,
            _ => return begin,
        };
        if matches!(configuration, "val" | "var" | "def") {
            return self.end_of_command(at);
        }
        let (arguments, end) = match self.token(at) {
            Some(Token::Mark('(')) => {
                let end = self.closed(at);
                (at + 1..if self.is(end - 1, ')') { end - 1 } else { end }, end)
            }
            Some(Token::Word(_) | Token::Text(_) | Token::Mark('[')) => {
                let end = self.end_of_command(at);
                (at..end, end)
            }
            _ => return at,
        };
        let mut parts = self.split(arguments);
        let configuration = if configuration == "add" && !parts.is_empty() {
            let first = parts.remove(0);
            match self.text(first.start) {
                Some(name) if first.len() == 1 && !name.contains(HOLE) => name,
                _ => {
                    self.build.is_complete = false;
                    return end;
                }
            }
        } else {
            configuration
        };
        if is_foreign_call(configuration) {
            return end;
        }
        let is_configuration = is_configuration(configuration);
        let mut found = Vec::new();
        let is_read = self.packages(&parts, is_configuration, 0, &mut found);
        self.build.is_complete &= is_read || !is_configuration;
        let (scope, whom) = (self.scope(configuration), self.whom());
        let is_declaration = is_configuration || !found.is_empty();
        self.build.declared.extend(found.into_iter().map(|Named { name, requirement }| Declared { name, requirement, scope, whom }));
        // What is in the braces behind it is about the declaration: `exclude(…)`, `because(…)`, a version with rules.
        if is_declaration && self.is(end, '{') { self.closed(end) } else { end }
    }

    /// The place behind the bracket that closes the one at a place; where none does, the place of what cannot be inside.
    fn closed(&mut self, begin: usize) -> usize {
        let mut open: Vec<(char, usize)> = Vec::new();
        let mut at = begin;
        while let Some(token) = self.token(at) {
            match token {
                Token::Mark(mark @ ('(' | '[' | '{')) => open.push((*mark, at)),
                Token::Mark(mark @ (')' | ']' | '}')) => match open.pop() {
                    Some((opened, _)) if closing(opened) == *mark => {
                        if open.is_empty() {
                            return at + 1;
                        }
                    }
                    Some((opened, place)) => {
                        self.unclosed(opened, self.line(place));
                        return at;
                    }
                    None => return at,
                },
                _ => {}
            }
            at += 1;
        }
        if let Some((opened, place)) = open.first() {
            self.unclosed(*opened, self.line(*place));
        }
        at
    }

    /// Where a call without parentheses ends: at the end of the line, unless a comma says that it goes on.
    fn end_of_command(&mut self, begin: usize) -> usize {
        let mut at = begin;
        while let Some(token) = self.token(at) {
            match token {
                Token::NewLine if at > begin && self.is(at - 1, ',') => at += 1,
                Token::NewLine | Token::Mark(';' | '{' | '}' | ')' | ']') => return at,
                Token::Mark('(' | '[') => at = self.closed(at).max(at + 1),
                _ => at += 1,
            }
        }
        at
    }

    /// The arguments between commas, without line ends before and behind them.
    fn split(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let mut begin = range.start;
        let mut depth = 0_usize;
        for at in range.clone() {
            match self.token(at) {
                Some(Token::Mark('(' | '[' | '{')) => depth += 1,
                Some(Token::Mark(')' | ']' | '}')) => depth = depth.saturating_sub(1),
                Some(Token::Mark(',')) if depth == 0 => {
                    parts.push(self.trim(begin..at));
                    begin = at + 1;
                }
                _ => {}
            }
        }
        parts.push(self.trim(begin..range.end));
        parts.retain(|part| !part.is_empty());
        parts
    }

    fn trim(&self, mut range: Range<usize>) -> Range<usize> {
        while !range.is_empty() && self.token(range.start) == Some(&Token::NewLine) {
            range.start += 1;
        }
        while !range.is_empty() && self.token(range.end - 1) == Some(&Token::NewLine) {
            range.end -= 1;
        }
        range
    }

    /// The packages that arguments name; whether nothing else is in them that may name one.
    fn packages(&mut self, parts: &[Range<usize>], is_configuration: bool, depth: usize, found: &mut Vec<Named>) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        // `group: 'g', name: 'a', version: 'v'` in Groovy, `group = "g", …` in Kotlin.
        let named = |key: &str| {
            let part = parts
                .iter()
                .find(|part| self.word(part.start) == Some(key) && (self.is(part.start + 1, ':') || self.is(part.start + 1, '=')))?;
            Some(self.written(part.start + 2..part.end))
        };
        if let Some(artifact) = named("name") {
            let group = named("group").flatten();
            return match (group, artifact) {
                (Some(group), Some(artifact)) => {
                    let text = [group, artifact, named("version").flatten().unwrap_or_default()].join(":");
                    self.coordinates(&text, parts[0].start, is_configuration, found)
                }
                // A file of a folder that the repository lists: `name: 'driver'`.
                (None, Some(_)) if named("group").is_none() => true,
                _ => false,
            };
        }
        // `implementation("g", "a", "v")` in Kotlin.
        let words: Vec<String> = parts.iter().map_while(|part| self.written(part.clone())).collect();
        if (2..=3).contains(&words.len()) && words.len() == parts.len() && words.iter().all(|word| !word.contains(':')) {
            return self.coordinates(&words.join(":"), parts[0].start, is_configuration, found);
        }
        let mut is_read = true;
        for part in parts {
            is_read &= self.package(part.clone(), is_configuration, depth, found);
        }
        is_read
    }

    /// The text that an argument is; with a hole if there is more to it. Nothing if it does not begin with one.
    fn written(&self, part: Range<usize>) -> Option<String> {
        let text = self.text(part.start).filter(|_| !part.is_empty())?;
        let mut text = text.to_owned();
        if part.len() > 1 {
            text.push(HOLE);
        }
        Some(text)
    }

    fn package(&mut self, part: Range<usize>, is_configuration: bool, depth: usize, found: &mut Vec<Named>) -> bool {
        if let Some(text) = self.written(part.clone()) {
            return self.coordinates(&text, part.start, is_configuration, found);
        }
        if self.is(part.start, '[') {
            let parts = self.split(part.start + 1..part.end.saturating_sub(1).max(part.start + 1));
            return self.packages(&parts, is_configuration, depth + 1, found);
        }
        // `transitive: false` and other named arguments.
        if self.word(part.start).is_some() && (self.is(part.start + 1, ':') || self.is(part.start + 1, '=')) {
            return true;
        }
        let mut path = Vec::new();
        let mut at = part.start;
        while let Some(word) = self.word(at).filter(|_| at < part.end) {
            path.push(word);
            at += 1;
            if !self.is(at, '.') {
                break;
            }
            at += 1;
        }
        let (Some(first), Some(last)) = (path.first().copied(), path.last().copied()) else { return false };
        let inner = (self.is(at, '(') && at < part.end).then(|| {
            // Of `platform(…)` all that is behind belongs to the call.
            self.split(at + 1..part.end.saturating_sub(1).max(at + 1))
        });
        match (last, inner) {
            _ if first == "libs" => self.alias(&path, part.start, found),
            _ if LOCAL.contains(&first) || LOCAL.contains(&last) => true,
            ("create" | "enforcedPlatform" | "platform" | "testFixtures" | "variantOf", Some(inner)) => {
                self.packages(&inner, is_configuration, depth + 1, found)
            }
            ("embeddedKotlin" | "kotlin", Some(inner)) => {
                let Some(module) = inner.first().and_then(|module| self.written(module.clone())) else { return false };
                let version = inner.get(1).and_then(|version| self.written(version.clone())).unwrap_or_default();
                self.coordinates(&format!("org.jetbrains.kotlin:kotlin-{module}:{version}"), part.start, is_configuration, found)
            }
            _ => false,
        }
    }

    /// `group:artifact:version:classifier@extension`, of which all but the first two may be missing.
    fn coordinates(&mut self, text: &str, at: usize, is_configuration: bool, found: &mut Vec<Named>) -> bool {
        let (modules, _) = text.split_once('@').unwrap_or((text, ""));
        let mut parts = modules.trim().split(':');
        let (group, artifact, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next());
        // Only a configuration takes a package without a version for sure.
        if !is_configuration && version.is_none() {
            return false;
        }
        let is_part = |part: &str| !part.is_empty() && !part.chars().any(|c| c == HOLE || c.is_whitespace() || c.is_control());
        if !is_part(group) || !is_part(artifact) {
            if is_configuration {
                let message = format!("found {}, expected `group:artifact:version`", quote(&text.replace(HOLE, "…")));
                self.problem(self.line(at), message);
            }
            return false;
        }
        let requirement = version.filter(|version| !version.is_empty() && !version.contains(HOLE));
        found.push(Named { name: format!("{group}:{artifact}"), requirement: requirement.map(str::to_owned) });
        true
    }

    /// `libs.alpha.beta` and `libs.bundles.gamma`.
    fn alias(&mut self, path: &[&str], at: usize, found: &mut Vec<Named>) -> bool {
        let names: Vec<&str> = path.iter().skip(1).take_while(|name| !matches!(**name, "asProvider" | "get")).copied().collect();
        if matches!(names.first(), None | Some(&("versions" | "plugins"))) {
            return false;
        }
        let libraries = self.catalog.and_then(|catalog| catalog.find(&names));
        let Some(libraries) = libraries else {
            let message = format!("found {}, expected an alias of `gradle/libs.versions.toml`", quote(&path.join(".")));
            self.problem(self.line(at), message);
            return false;
        };
        found.extend(libraries.into_iter().map(|(name, requirement)| Named { name, requirement }));
        true
    }

    fn whom(&self) -> Whom {
        self.open.last().map_or(Whom::Project, |open| open.whom)
    }

    fn is_test(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_test)
    }

    fn scope(&self, configuration: &str) -> Scope {
        if self.whom() == Whom::Script {
            return Scope::Build;
        }
        let name = configuration.to_ascii_lowercase();
        if self.is_test() || name.contains("test") {
            Scope::Test
        } else if name.starts_with("development") {
            Scope::Development
        } else if name.contains("compileonly") || name.contains("provided") || !RUNTIME.iter().any(|end| name.ends_with(end)) {
            // As with Maven, what a server provides; annotation processors, linters, code generators.
            Scope::Build
        } else {
            Scope::Runtime
        }
    }
}

/// Ends of names of configurations that end up in what is run.
const RUNTIME: &[&str] = &["api", "compile", "implementation", "runtime", "runtimeonly"];

/// What names files and projects of the repository, or Gradle itself.
const LOCAL: &[&str] = &[
    "files",
    "fileTree",
    "gradleApi",
    "gradleKotlinDsl",
    "gradleTestKit",
    "localGroovy",
    "project",
    "projects",
    "rootProject",
    "sourceSets",
    "zipTree",
];

/// Whether a name is surely that of a configuration.
fn is_configuration(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = ["classpath", "compileonly", "processor"];
    RUNTIME.iter().chain(&ends).any(|end| name.ends_with(end))
        || ["developmentonly", "kapt", "ksp"].iter().any(|begin| name.starts_with(begin))
}

/// What is called among declarations and declares nothing.
fn is_foreign_call(name: &str) -> bool {
    const FOREIGN: &[&str] = &["apply", "because", "capability", "check", "exclude", "println", "project", "require", "requireCapability"];
    FOREIGN.contains(&name)
}

const fn closing(mark: char) -> char {
    match mark {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}
