//! The words of a build script in Groovy or Kotlin, as far as declarations need them.
//!
//! # Invariants
//! - Every byte is looked at once or twice, whatever the file; nothing is evaluated.
//! - What a string takes from elsewhere is [`HOLE`], whatever it is.

use std::iter::Peekable;
use std::str::CharIndices;

/// Stands in a string for what is computed: `"group:artifact:$version"`.
pub(super) const HOLE: char = '\u{0}';

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Word(&'t str),
    Text(String),
    Mark(char),
    NewLine,
}

/// A token and its line, from 1.
#[derive(Clone, Debug)]
pub(super) struct Placed<'t> {
    pub(super) token: Token<'t>,
    pub(super) line: usize,
}

struct Scanner<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
    line: usize,
    is_kotlin: bool,
    tokens: Vec<Placed<'t>>,
    problems: Vec<(usize, String)>,
}

/// The tokens of a script without its comments, and what is never closed.
pub(super) fn tokens(text: &str, is_kotlin: bool) -> (Vec<Placed<'_>>, Vec<(usize, String)>) {
    let chars = text.char_indices().peekable();
    let mut scanner = Scanner { text, chars, line: 1, is_kotlin, tokens: Vec::new(), problems: Vec::new() };
    while let Some((at, character)) = scanner.next() {
        scanner.scan(at, character);
    }
    (scanner.tokens, scanner.problems)
}

impl<'t> Scanner<'t> {
    fn next(&mut self) -> Option<(usize, char)> {
        let next = self.chars.next()?;
        self.line += usize::from(next.1 == '\n');
        Some(next)
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, character)| *character)
    }

    /// What is left of the text.
    fn rest(&mut self) -> &'t str {
        let at = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        self.text.get(at..).unwrap_or_default()
    }

    fn push(&mut self, token: Token<'t>, line: usize) {
        self.tokens.push(Placed { token, line });
    }

    fn scan(&mut self, at: usize, character: char) {
        let line = self.line;
        match character {
            '\n' => self.push(Token::NewLine, line - 1),
            '/' if self.peek() == Some('/') => self.skip_line(),
            '/' if self.peek() == Some('*') => self.skip_comment(line),
            '/' if !self.is_kotlin && self.is_pattern() => self.skip_pattern(),
            '#' if at == 0 && self.peek() == Some('!') => self.skip_line(),
            '"' | '\'' => {
                let text = self.string(character, line);
                self.push(Token::Text(text), line);
            }
            '`' => {
                let rest = self.rest();
                let name = rest.split(['`', '\n']).next().unwrap_or_default();
                while self.peek().is_some_and(|c| c != '`' && c != '\n') {
                    self.next();
                }
                if self.peek() == Some('`') {
                    self.next();
                }
                self.push(Token::Word(name), line);
            }
            _ if character.is_alphanumeric() || character == '_' || character == '$' => {
                while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
                    self.next();
                }
                let end = self.chars.peek().map_or(self.text.len(), |(end, _)| *end);
                self.push(Token::Word(self.text.get(at..end).unwrap_or_default()), line);
            }
            // A line that goes on.
            '\\' if self.rest().trim_start_matches('\r').starts_with('\n') => while self.next().is_some_and(|(_, c)| c != '\n') {},
            _ if character.is_whitespace() => {}
            _ => self.push(Token::Mark(character), line),
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.next();
        }
    }

    /// Comments of Kotlin nest, those of Groovy do not.
    fn skip_comment(&mut self, opened: usize) {
        let mut depth = 1;
        self.next();
        while let Some((_, character)) = self.next() {
            match (character, self.peek()) {
                ('*', Some('/')) => {
                    self.next();
                    depth -= 1;
                    if depth == 0 {
                        return;
                    }
                }
                ('/', Some('*')) if self.is_kotlin => {
                    self.next();
                    depth += 1;
                }
                _ => {}
            }
        }
        self.problems.push((opened, "found a comment without its end, expected `*/`".to_owned()));
    }

    /// Whether a slash begins a pattern, not a division.
    fn is_pattern(&self) -> bool {
        self.tokens.last().is_some_and(|last| matches!(last.token, Token::Mark('~' | '(' | ',' | '=')))
    }

    fn skip_pattern(&mut self) {
        while let Some(character) = self.peek().filter(|c| *c != '\n') {
            self.next();
            match character {
                '\\' => {
                    self.next();
                }
                '/' => return,
                _ => {}
            }
        }
    }

    fn string(&mut self, quote: char, opened: usize) -> String {
        let triple = match quote {
            '"' => "\"\"\"",
            _ => "'''",
        };
        let two = triple.get(1..).unwrap_or_default();
        let is_long = self.rest().starts_with(two) && (quote == '"' || !self.is_kotlin);
        if is_long {
            self.next();
            self.next();
        }
        let is_raw = is_long && self.is_kotlin;
        let mut text = String::new();
        while let Some(character) = self.peek().filter(|c| is_long || *c != '\n') {
            self.next();
            match character {
                _ if character == quote && !is_long => return text,
                _ if character == quote && self.rest().starts_with(two) => {
                    self.next();
                    self.next();
                    return text;
                }
                '\\' if !is_raw => {
                    if let Some(escaped) = self.peek().filter(|c| *c != '\n') {
                        self.next();
                        // No name or version holds what other letters stand for.
                        text.push(if escaped.is_alphanumeric() { HOLE } else { escaped });
                    }
                }
                '$' if quote == '"' => self.hole(&mut text, is_long),
                HOLE => text.push(char::REPLACEMENT_CHARACTER),
                _ => text.push(character),
            }
        }
        self.problems.push((
            opened,
            format!("found a text without its end, expected `{}`", if is_long { triple } else { two.get(1..).unwrap_or_default() }),
        ));
        text.push(HOLE);
        text
    }

    /// What follows a dollar sign: `name`, `name.of.it` or `{ anything }`; a dollar sign alone is itself.
    fn hole(&mut self, text: &mut String, is_long: bool) {
        match self.peek() {
            Some('{') => {
                text.push(HOLE);
                let mut depth = 0;
                let mut inner: Option<char> = None;
                while let Some(character) = self.peek().filter(|c| is_long || *c != '\n') {
                    self.next();
                    match (inner, character) {
                        (Some(_), '\\') => {
                            self.next();
                        }
                        (Some(quote), _) if quote == character => inner = None,
                        (Some(_), _) => {}
                        (None, '"' | '\'') => inner = Some(character),
                        (None, '{') => depth += 1,
                        (None, '}') => depth -= 1,
                        (None, _) => {}
                    }
                    if depth == 0 {
                        return;
                    }
                }
            }
            Some(first) if first.is_alphabetic() || first == '_' => {
                text.push(HOLE);
                while let Some(character) = self.peek() {
                    // Groovy reads properties as well: `"$versions.spring"`.
                    let is_part = character.is_alphanumeric() || character == '_';
                    let is_property = !self.is_kotlin && character == '.' && {
                        let rest = self.rest();
                        rest.chars().nth(1).is_some_and(char::is_alphabetic)
                    };
                    if !is_part && !is_property {
                        break;
                    }
                    self.next();
                }
            }
            _ => text.push('$'),
        }
    }
}
