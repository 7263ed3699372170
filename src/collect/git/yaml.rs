//! YAML documents as trees whose nodes know their line, and files split into documents that fail on their own.
//!
//! # Invariants
//! - An alias shares the node it names, so no document grows by being read.
//! - Nesting is bounded by [`MAX_DEPTH`] each for blocks and flow collections.
//! - Scalars stay text: `1.10` is not a number and `no` is not false.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// One document of a file, not yet parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Document<'a> {
    /// The line of its first character, from 1.
    pub(crate) line: u32,
    /// Its text, with its own `---`.
    pub(crate) text: &'a str,
}

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// The line, from 1.
    pub(crate) line: u32,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Text(String),
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<Entry>),
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) value: Rc<Node>,
}

/// Why a document is not YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) line: u32,
    pub(crate) message: String,
}

impl Node {
    /// The value of a key, if this is a mapping that has it; of several the first.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &*entry.value)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// What it is, in words.
    pub(crate) fn shape(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Text(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}

/// Splits a file at its document markers; documents of nothing but comments are left out.
///
/// A marker stands at the very beginning of a line: by the specification no block scalar can hold one there, and an
/// indented `---` is content.
pub(crate) fn documents(text: &str) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    let (mut start, mut start_line) = (0, 1);
    let mut position = 0;
    for (number, line) in (1_u32..).zip(text.split_inclusive('\n')) {
        let end = position + line.len();
        if is_marker(line, "---") {
            if has_content(&text[start..position]) {
                documents.push(Document { line: start_line, text: &text[start..position] });
            }
            (start, start_line) = (position, number);
        } else if is_marker(line, "...") {
            if has_content(&text[start..position]) {
                documents.push(Document { line: start_line, text: &text[start..position] });
            }
            (start, start_line) = (end, number + 1);
        }
        position = end;
    }
    if has_content(&text[start..]) {
        documents.push(Document { line: start_line, text: &text[start..] });
    }
    documents
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
}

/// Whether there is more than markers, directives, comments and blank lines.
fn has_content(text: &str) -> bool {
    text.lines().any(|line| {
        let line = if is_marker(line, "---") { &line[3..] } else { line };
        let content = line.trim();
        !content.is_empty() && !content.starts_with('#') && !line.starts_with('%')
    })
}

/// Parses one document.
pub(crate) fn parse(document: Document<'_>) -> Result<Rc<Node>, Problem> {
    let mut options = Options::default();
    options.emit_comments = false;
    options.block_nesting_limit = MAX_DEPTH;
    options.flow_nesting_limit = MAX_DEPTH;
    let mut composer =
        Composer { events: Parser::new_from_str_with_options(document.text, options), anchors: BTreeMap::new(), first_line: document.line };
    loop {
        match composer.next()? {
            Some((Event::StreamStart | Event::DocumentStart(..), _)) => {}
            Some((Event::DocumentEnd | Event::StreamEnd, _)) | None => {
                return Ok(Rc::new(Node { line: document.line, value: Value::Null }));
            }
            Some((event, span)) => {
                let node = composer.node(event, span)?;
                // Only reading on to the end shows that the rest of the document is YAML too.
                while composer.next()?.is_some() {}
                return Ok(node);
            }
        }
    }
}

struct Composer<'a> {
    events: Parser<'a, StrInput<'a>>,
    anchors: BTreeMap<usize, Rc<Node>>,
    first_line: u32,
}

impl<'a> Composer<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Problem> {
        self.events
            .next_event()
            .transpose()
            .map_err(|error: ScanError| Problem { line: self.absolute(error.marker().line()), message: error.info() })
    }

    fn absolute(&self, line: usize) -> u32 {
        self.first_line.saturating_add(u32::try_from(line).unwrap_or(u32::MAX)).saturating_sub(1)
    }

    /// The next event inside a node that has to go on.
    fn inner(&mut self, line: u32) -> Result<(Event<'a>, Span), Problem> {
        self.next()?.ok_or_else(|| Problem { line, message: "ends in the middle of a collection".to_owned() })
    }

    /// The node that begins with `event`. The depth is bounded by the parser's limits.
    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Rc<Node>, Problem> {
        let line = self.absolute(span.start.line());
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                (if is_null { Value::Null } else { Value::Text(text.into_owned()) }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.inner(line)? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => items.push(self.node(event, span)?),
                    }
                }
                (Value::Sequence(items), anchor)
            }
            Event::MappingStart(_, anchor, _) => {
                let mut entries = Vec::new();
                loop {
                    let (event, span) = self.inner(line)?;
                    if matches!(event, Event::MappingEnd) {
                        break;
                    }
                    let key = self.node(event, span)?;
                    let (event, span) = self.inner(line)?;
                    let value = self.node(event, span)?;
                    match &key.value {
                        Value::Text(text) => entries.push(Entry { key: text.clone(), value }),
                        Value::Null => entries.push(Entry { key: String::new(), value }),
                        _ => {
                            let message = format!("has {} as a key; expected text", key.shape());
                            return Err(Problem { line: key.line, message });
                        }
                    }
                }
                (Value::Mapping(entries), anchor)
            }
            Event::Alias(anchor) => {
                // An anchor is known once its node is complete: what holds itself is not a tree.
                return self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or_else(|| Problem { line, message: "has an alias to the very node that holds it".to_owned() });
            }
            _ => return Err(Problem { line, message: "is not a tree of values".to_owned() }),
        };
        let node = Rc::new(Node { line, value });
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn only(text: &str) -> Result<Rc<Node>, Problem> {
        parse(Document { line: 1, text })
    }

    #[test]
    fn documents_are_split_at_markers_and_not_inside_block_scalars() {
        let text = "# head\n%YAML 1.2\n---\na: |\n  ---\n  b\n--- # second\nc: 1\n...\n# tail\n---\n---\n{d: 2}\n";
        let lines: Vec<(u32, &str)> = documents(text).iter().map(|document| (document.line, document.text)).collect();
        assert_eq!(lines, [(3, "---\na: |\n  ---\n  b\n"), (7, "--- # second\nc: 1\n"), (12, "---\n{d: 2}\n")]);
    }

    #[test]
    fn an_error_names_the_line_of_the_file() {
        let problem = parse(Document { line: 10, text: "---\na: 1\nb: [1, 2\nc: 3\n" }).unwrap_err();
        assert!((12..=14).contains(&problem.line), "{problem:?}");
        assert!(!problem.message.is_empty());
    }

    #[test]
    fn tabs_as_indentation_are_an_error_with_a_line() {
        assert_eq!(only("a:\n\tb: 1\n").unwrap_err().line, 2);
    }

    #[test]
    fn aliases_share_what_they_name() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                    d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f]\n";
        let node = only(bomb).unwrap();
        assert_eq!(node.get("g").unwrap().shape(), "a list");
        assert!(only("a: &a [*a]\n").unwrap_err().message.contains("alias"));
        assert!(only("a: *nowhere\n").is_err());
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(only(&"[".repeat(100_000)).is_err());
        assert!(only(&"- ".repeat(10_000)).is_err());
        assert!(only(&"{a: ".repeat(100_000)).is_err());
        let indented: String = (0..1000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        assert!(only(&indented).is_err());
    }

    #[test]
    fn scalars_stay_text_but_null_is_nothing() {
        let node = only("a: 1.10\nb: no\nc: ~\nd: 'null'\ne:\n").unwrap();
        assert!(matches!(&node.get("a").unwrap().value, Value::Text(text) if text == "1.10"));
        assert!(node.get("c").unwrap().is_null() && node.get("e").unwrap().is_null());
        assert!(!node.get("d").unwrap().is_null());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-a:{}\\[\\]&*!|>'\"% #\n\t,?]{0,80}") {
            for document in documents(&text) {
                let _ = parse(document);
            }
        }

        #[test]
        fn splitting_loses_no_content(lines in prop::collection::vec("(---|\\.\\.\\.|a: 1|  ---|--- b| x|)", 0..12)) {
            let text = lines.join("\n");
            let kept: String = documents(&text).iter().map(|document| document.text).collect();
            let words = |text: &str| text.matches('a').count() + text.matches('b').count() + text.matches('x').count();
            prop_assert_eq!(words(&kept), words(&text));
        }
    }
}
