//! Facts that a repository's own files and tags give away: title and description, licence, languages, newest version,
//! documents.
//!
//! # Invariants
//! - Everything is a pure function of names and bytes; what cannot be read gives less, never a panic.
//! - Descriptions are plain text of at most [`MAX_DESCRIPTION`] characters.
//! - A licence is named only if its text is recognised, never guessed from a file's mere presence.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::collect::git::Refusal;
use crate::model::body::{DocumentFormat, readme_rank};

/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 500;

/// Longest title, in characters.
const MAX_TITLE: usize = 200;

/// How much of one paragraph is looked at, in characters.
const MAX_PROSE: usize = 8_000;

/// How much of a text file is looked at.
const MAX_TEXT: usize = 256 * 1024;

/// What a README says about its project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readme {
    /// Its first heading.
    pub title: Option<String>,
    /// Its first paragraph, as plain text.
    pub description: Option<String>,
    /// What could not be read.
    pub refusals: Vec<Refusal>,
}

/// Reads title and description from a README in Markdown, reStructuredText, AsciiDoc or plain text, by the path's extension.
#[must_use]
pub fn readme(path: &str, bytes: &[u8]) -> Readme {
    let (text, refusals) = decode(path, bytes);
    let (title, description) = match DocumentFormat::of_prose(path) {
        Some(DocumentFormat::Markdown) => markdown(&text),
        Some(DocumentFormat::RestructuredText) => restructured(&text),
        Some(DocumentFormat::Asciidoc) => asciidoc(&text),
        _ => plain(&text),
    };
    let title = title.map(|title| shorten(&title, MAX_TITLE)).filter(|title| !title.is_empty());
    let description = description.map(|text| shorten(&text, MAX_DESCRIPTION)).filter(|text| !text.is_empty());
    Readme { title, description, refusals }
}

/// What a file is as a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentKind {
    /// Its own title, else the name of the file without extension.
    pub title: String,
    /// What it is written in.
    pub format: DocumentFormat,
}

/// Whether a path is that of a document: a README in any folder, prose in the root or in a folder `docs`, or a file
/// named like the definition of an API. Foreign code, such as that in `node_modules`, is left out.
#[must_use]
pub fn is_document(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_prose = match DocumentFormat::of_prose(name) {
        Some(DocumentFormat::Text) => false,
        Some(_) => folders.is_empty() || folders.split('/').any(|folder| folder == "docs"),
        None => false,
    };
    (is_prose || readme_rank(name).is_some() || is_named_like_definition(name))
        && !folders.split('/').any(|folder| FOREIGN_FOLDERS.contains(&folder))
}

/// `openapi.yaml`, `ledger.swagger.json`, `asyncapi-v2.yml`, `schema.graphql` and the like; what it holds decides.
fn is_named_like_definition(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is = |text: &str, words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(extension, &["yaml", "yml", "json"]) {
        return stem.split(['.', '-', '_']).any(|word| is(word, &["openapi", "swagger", "asyncapi"]));
    }
    !stem.is_empty() && is(extension, &["graphql", "graphqls", "gql"])
}

/// What the file at a path for which [`is_document`] holds is as a document; `None` if it is named like the definition of
/// an API and holds something else.
#[must_use]
pub fn document(path: &str, bytes: &[u8]) -> Option<DocumentKind> {
    let (title, format) = match DocumentFormat::of_prose(path) {
        Some(format) => (readme(path, bytes).title, format),
        None => definition(path, bytes)?,
    };
    let title = title.map(|title| shorten(&title, MAX_TITLE)).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
    });
    Some(DocumentKind { title, format })
}

/// Text of a file, with what is not UTF-8 replaced and told of; binary files give nothing.
fn decode(path: &str, bytes: &[u8]) -> (String, Vec<Refusal>) {
    let refusal = |message: &str| vec![Refusal { path: path.to_owned(), line: None, message: message.to_owned() }];
    let head = &bytes[..bytes.len().min(MAX_TEXT)];
    if head.contains(&0) {
        return (String::new(), refusal("holds NUL bytes; expected text"));
    }
    let text = String::from_utf8_lossy(head);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    let refusals = match std::str::from_utf8(head) {
        // A character cut in two by the limit is not the file's fault.
        Err(error) if error.error_len().is_some() || bytes.len() <= MAX_TEXT => {
            refusal("is not UTF-8; the bytes that are not are replaced")
        }
        _ => Vec::new(),
    };
    (text, refusals)
}

/// Cuts at a word's end, with an ellipsis that counts.
fn shorten(text: &str, most: usize) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((cut, _)) = text.char_indices().nth(most) else { return text };
    let room = text[..cut].char_indices().next_back().map_or(0, |(last, _)| last);
    let kept = &text[..room];
    let kept = match kept.rfind(' ') {
        Some(space) if space > room / 2 => &kept[..space],
        _ => kept,
    };
    format!("{}…", kept.trim_end_matches([' ', ',', ';', ':', '.']))
}

// --- README ---------------------------------------------------------------------------------------------------------

fn markdown(text: &str) -> (Option<String>, Option<String>) {
    let text = without_front_matter(text);
    let text = without_comments(text);
    let mut title: Option<String> = None;
    let mut paragraph: Vec<&str> = Vec::new();
    let mut fence: Option<&str> = None;
    // A line that only ends things ends the last paragraph too.
    for line in text.lines().chain([""]) {
        let trimmed = line.trim();
        if let Some(mark) = fence {
            if trimmed.starts_with(mark) {
                fence = None;
            }
            continue;
        }
        let indented = line.starts_with("    ") || line.starts_with('\t');
        let setext = !trimmed.is_empty() && !paragraph.is_empty() && (is_all(trimmed, '=') || is_all(trimmed, '-'));
        let heading = heading(trimmed);
        let continues = !trimmed.is_empty() && !setext && heading.is_none() && !is_break(trimmed, !paragraph.is_empty());
        if continues && !(indented && paragraph.is_empty()) {
            paragraph.push(trimmed.trim_start_matches('>').trim_start());
            continue;
        }
        let joined = prose(&paragraph.join(" "));
        paragraph.clear();
        if setext {
            title = title.or(Some(joined).filter(|text| has_words(text)));
        } else if has_words(&joined) {
            return (title, Some(joined));
        }
        if let Some(heading) = heading {
            // A later heading is passed by: without a word of introduction the first section's paragraph has to do.
            title = title.or_else(|| Some(prose(heading)).filter(|text| has_words(text)));
        }
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fence = Some(if trimmed.starts_with('`') { "```" } else { "~~~" });
        }
    }
    (title, None)
}

/// The text of an ATX heading or of an `<h1>` on a line of its own.
fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    if (1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t'])) {
        let text = rest.trim();
        let closed = text.trim_end_matches('#');
        return Some(if closed.ends_with(' ') || closed.is_empty() { closed.trim_end() } else { text });
    }
    let lower = line.to_ascii_lowercase();
    let opens = ["<h1", "<h2"].iter().any(|tag| lower.starts_with(tag));
    opens.then_some(line)
}

/// A line that is no prose: a list item, a table, a rule, a fence, a reference definition, an indented block.
fn is_break(line: &str, inside_paragraph: bool) -> bool {
    let bullet = ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark));
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..=9).contains(&digits) && (line[digits..].starts_with(". ") || line[digits..].starts_with(") "));
    let definition = line.starts_with('[') && line.contains("]:");
    let rule = line.len() >= 3 && (is_all(line, '-') || is_all(line, '*') || is_all(line, '_') || is_all(line, '='));
    let admonition = line.starts_with("> [!") || line.starts_with(":::") || line.starts_with("!!! ");
    let fence = line.starts_with("```") || line.starts_with("~~~");
    // A numbered line inside a paragraph is as often a sentence that happens to begin with a number.
    bullet || (numbered && !inside_paragraph) || definition || rule || admonition || fence || line.starts_with('|')
}

fn is_all(line: &str, mark: char) -> bool {
    !line.is_empty() && line.chars().all(|character| character == mark)
}

fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn without_front_matter(text: &str) -> &str {
    for mark in ["---", "+++"] {
        let Some(rest) = text.strip_prefix(mark).filter(|rest| rest.starts_with(['\n', '\r'])) else { continue };
        let mut position = text.len() - rest.len();
        for line in rest.split_inclusive('\n') {
            position += line.len();
            if line.trim_end() == mark {
                return &text[position..];
            }
        }
    }
    text
}

/// Without `<!-- … -->`; one that never ends hides the rest.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        match after.split_once("-->") {
            Some((_, after)) => rest = after,
            None => return kept,
        }
    }
    kept.push_str(rest);
    kept
}

/// Markdown's inline marks removed: images and badges go, links leave their text, HTML goes, entities are decoded.
fn prose(text: &str) -> String {
    // Far more than is kept, and few enough for marks that never close to cost nothing.
    let characters: Vec<char> = text.chars().take(MAX_PROSE).collect();
    let matching = brackets(&characters);
    let mut plain = String::with_capacity(text.len());
    inline(&characters, &matching, 0, characters.len(), 0, &mut plain);
    decode_entities(plain.split_whitespace().collect::<Vec<_>>().join(" ").trim())
}

/// For every opening bracket or parenthesis the position of its closing one.
fn brackets(text: &[char]) -> BTreeMap<usize, usize> {
    let mut matching = BTreeMap::new();
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut position = 0;
    while position < text.len() {
        match text[position] {
            '\\' => position += 1,
            '[' | '(' => open.push((text[position], position)),
            mark @ (']' | ')') => {
                let wanted = if mark == ']' { '[' } else { '(' };
                if let Some(at) = open.iter().rposition(|(opening, _)| *opening == wanted) {
                    matching.insert(open[at].1, position);
                    open.truncate(at);
                }
            }
            _ => {}
        }
        position += 1;
    }
    matching
}

fn inline(text: &[char], matching: &BTreeMap<usize, usize>, from: usize, to: usize, depth: usize, plain: &mut String) {
    let mut position = from;
    while position < to {
        let character = text[position];
        let next = text.get(position + 1).copied();
        let is_image = character == '!' && next == Some('[');
        let label = if is_image { position + 1 } else { position };
        if (is_image || character == '[')
            && depth < 8
            && let Some(&end) = matching.get(&label).filter(|end| **end < to)
        {
            // An inline address or a reference follows at once.
            let after = match text.get(end + 1) {
                Some('(' | '[') => matching.get(&(end + 1)).map_or(end, |close| *close),
                _ => end,
            };
            if !is_image {
                inline(text, matching, label + 1, end, depth + 1, plain);
            }
            position = after + 1;
            continue;
        }
        match character {
            '\\' if next.is_some_and(|next| next.is_ascii_punctuation()) => {
                plain.extend(next);
                position += 1;
            }
            '`' => {}
            '*' if next == Some(' ') && position > from && text[position - 1] == ' ' => plain.push('*'),
            '*' => {}
            '~' if next == Some('~') => position += 1,
            '_' => {
                // Inside a word it is a letter; at its edge it is emphasis.
                let before = position.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|c| c.is_alphanumeric());
                let after = next.is_some_and(|c| c.is_alphanumeric());
                if before && after {
                    plain.push('_');
                }
            }
            '<' if next.is_some_and(|next| next.is_ascii_alphabetic() || next == '/' || next == '!') => {
                match text[position..to].iter().position(|character| *character == '>') {
                    Some(length) => {
                        let inner: String = text[position + 1..position + length].iter().collect();
                        if inner.starts_with("http://") || inner.starts_with("https://") {
                            plain.push_str(&inner);
                        } else if is_block_tag(&inner) {
                            plain.push(' ');
                        }
                        position += length;
                    }
                    // A tag that goes on beyond the paragraph.
                    None => position = to,
                }
            }
            other => plain.push(other),
        }
        position += 1;
    }
}

/// Tags that separate words.
fn is_block_tag(tag: &str) -> bool {
    let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
    matches!(name.to_ascii_lowercase().as_str(), "br" | "p" | "div" | "h1" | "h2" | "h3" | "td" | "tr" | "li" | "hr" | "img")
}

fn decode_entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&mdash;", "—"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

fn restructured(text: &str) -> (Option<String>, Option<String>) {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut title = None;
    let mut paragraph: Vec<&str> = Vec::new();
    let mut position = 0;
    while position <= lines.len() {
        let line = lines.get(position).copied().unwrap_or_default();
        let next = lines.get(position + 1).copied().unwrap_or_default();
        let is_title = paragraph.is_empty() && !line.is_empty() && !line.starts_with(' ') && is_underline(next) && next.len() >= 3;
        if is_title && !is_underline(line) {
            title = title.or(Some(restructured_prose(line)).filter(|text| has_words(text)));
            position += 2;
            continue;
        }
        if !line.is_empty() && !line.starts_with("..") && !is_underline(line) && (!paragraph.is_empty() || !is_aside(line)) {
            paragraph.push(line.trim());
            position += 1;
            continue;
        }
        let joined = restructured_prose(&paragraph.join(" "));
        paragraph.clear();
        if has_words(&joined) {
            return (title, Some(joined));
        }
        position += 1;
        if line.starts_with("..") {
            // A directive or comment reaches as far as what is indented below it.
            while lines.get(position).is_some_and(|line| {
                line.starts_with([' ', '\t'])
                    || (line.is_empty() && { lines.get(position + 1).is_some_and(|line| line.starts_with([' ', '\t'])) })
            }) {
                position += 1;
            }
        }
    }
    (title, None)
}

fn is_underline(line: &str) -> bool {
    let mut characters = line.chars();
    let first = characters.next();
    first.is_some_and(|first| first.is_ascii_punctuation() && line.len() >= 2 && characters.all(|character| character == first))
}

/// A line of reStructuredText that opens something other than a paragraph.
fn is_aside(line: &str) -> bool {
    ["- ", "* ", "+ ", ":", "|", "=", ">>>", " ", "\t"].iter().any(|mark| line.starts_with(mark))
}

fn restructured_prose(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['`', '|']) {
        let mark = &rest[start..=start];
        plain.push_str(&rest[..start]);
        let body = rest[start..].trim_start_matches(mark);
        let Some(end) = body.find(mark) else {
            rest = body;
            continue;
        };
        let inner = &body[..end];
        rest = body[end..].trim_start_matches(mark);
        if mark == "`" {
            // `text <address>`_ leaves the text; a role such as :ref: goes.
            let text = inner.split_once(" <").map_or(inner, |(text, _)| text);
            if let Some((before, role)) = plain.strip_suffix(':').and_then(|plain| plain.rsplit_once(':'))
                && !role.is_empty()
                && role.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte))
            {
                plain.truncate(before.len());
            }
            plain.push_str(text);
            rest = rest.trim_start_matches('_');
        } else if inner.contains(' ') {
            plain.push_str(inner);
        }
    }
    plain.push_str(rest);
    plain.replace('*', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(text: &str) -> (Option<String>, Option<String>) {
    let mut blocks: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        let is_rule = is_underline(line);
        match blocks.last_mut() {
            Some(block) if !line.is_empty() && !is_rule => block.push(line),
            // An underline makes the line above a block of its own.
            Some(block) if !block.is_empty() => blocks.push(Vec::new()),
            _ => {}
        }
        if blocks.len() > 4 {
            break;
        }
    }
    let mut blocks = blocks.into_iter().filter(|block| has_words(&block.concat()));
    let Some(first) = blocks.next() else { return (None, None) };
    if first.len() == 1 && first[0].chars().count() <= 80 && !first[0].ends_with('.') {
        let title = first[0].trim_start_matches('#').trim().to_owned();
        return (Some(title), blocks.next().map(|block| block.join(" ")));
    }
    (None, Some(first.join(" ")))
}

/// The title after `=`, and the first paragraph; attributes, comments, blocks and macros are passed by.
fn asciidoc(text: &str) -> (Option<String>, Option<String>) {
    let mut title: Option<String> = None;
    let mut paragraph: Vec<&str> = Vec::new();
    let mut in_header = false;
    let mut fence: Option<&str> = None;
    for line in text.lines().map(str::trim_end).chain([""]) {
        if let Some(mark) = fence {
            if line == mark {
                fence = None;
            }
            continue;
        }
        let equals = line.len() - line.trim_start_matches('=').len();
        let heading = (1..=6).contains(&equals) && line[equals..].starts_with(' ');
        let is_fence = line.len() >= 4 && ["-", "=", ".", "*", "_", "/", "+"].iter().any(|mark| is_all(line, mark.as_bytes()[0].into()));
        // Below the title stand its author and version, up to an empty line.
        in_header = (in_header || (heading && title.is_none())) && !line.is_empty();
        let is_attribute = line.starts_with(':') && line[1..].contains(':');
        let is_aside = line.starts_with("//") || line.starts_with('[') || line.starts_with('.') || line.contains("::") || is_attribute;
        let ends = line.is_empty() || heading || is_fence || in_header;
        if !ends && (!is_aside || !paragraph.is_empty()) {
            paragraph.push(line.trim());
            continue;
        }
        let joined = asciidoc_prose(&paragraph.join(" "));
        paragraph.clear();
        if has_words(&joined) {
            return (title, Some(joined));
        }
        if heading {
            title = title.or_else(|| Some(asciidoc_prose(&line[equals..])).filter(|text| has_words(text)));
        } else if is_fence {
            fence = Some(line);
        }
    }
    (title, None)
}

/// AsciiDoc's inline marks removed; of `https://x[text]` and `link:x[text]` the text stays.
fn asciidoc_prose(text: &str) -> String {
    let words = text.replace(['`', '*'], "");
    let mut plain = String::with_capacity(words.len());
    let mut rest = words.as_str();
    while let Some(open) = rest.find('[') {
        let (before, after) = rest.split_at(open);
        let Some(close) = after.find(']') else { break };
        let start = before.rfind(' ').map_or(0, |space| space + 1);
        let is_macro = before[start..].contains(':');
        let label = after[1..close].split(',').next().unwrap_or_default();
        plain.push_str(if is_macro { &before[..start] } else { before });
        plain.push_str(if is_macro { label } else { &after[..=close] });
        rest = &after[close + 1..];
    }
    plain.push_str(rest);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

// --- Definitions of APIs --------------------------------------------------------------------------------------------

/// Title and format of the definition of an API; `None` if the file is none.
fn definition(path: &str, bytes: &[u8]) -> Option<(Option<String>, DocumentFormat)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "graphql" | "graphqls" | "gql" => is_graphql_schema(text).then_some((None, DocumentFormat::Graphql)),
        _ if text.trim_start().starts_with('{') => definition_in_json(text),
        "json" => None,
        _ => definition_in_yaml(text),
    }
}

fn definition_in_json(text: &str) -> Option<(Option<String>, DocumentFormat)> {
    /// The keys that count; a value of any other key is passed by without being kept.
    #[derive(serde::Deserialize)]
    struct Head {
        openapi: Option<serde::de::IgnoredAny>,
        swagger: Option<serde::de::IgnoredAny>,
        asyncapi: Option<serde::de::IgnoredAny>,
        info: Option<Info>,
    }
    #[derive(serde::Deserialize)]
    struct Info {
        title: Option<Value>,
    }
    let head: Head = serde_json::from_str(text).ok()?;
    let format = match (head.openapi.or(head.swagger), head.asyncapi) {
        (Some(_), _) => DocumentFormat::Openapi,
        (None, Some(_)) => DocumentFormat::Asyncapi,
        (None, None) => return None,
    };
    Some((head.info.and_then(|info| info.title?.as_str().map(str::to_owned)), format))
}

/// Looks at lines alone: definitions are long, and this is asked of every version of them.
fn definition_in_yaml(text: &str) -> Option<(Option<String>, DocumentFormat)> {
    let (mut format, mut title, mut in_info) = (None, None, false);
    for line in text.lines() {
        if line.starts_with([' ', '\t', '#']) || line.trim().is_empty() {
            if in_info
                && title.is_none()
                && let Some(rest) = line.trim_start().strip_prefix("title:")
            {
                title = Some(rest);
            }
        } else {
            let key = line.split_once(':').map(|(key, _)| key.trim().trim_matches(['"', '\'']));
            match key {
                Some("openapi" | "swagger") => format = Some(DocumentFormat::Openapi),
                Some("asyncapi") => format = Some(DocumentFormat::Asyncapi),
                _ => {}
            }
            in_info = key == Some("info");
        }
        if let (Some(format), true) = (format, title.is_some()) {
            return Some((title.map(scalar), format));
        }
    }
    format.map(|format| (title.map(scalar), format))
}

/// The text of a plain or quoted scalar on one line.
fn scalar(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or_default().to_owned();
        }
    }
    let text = text.split(" #").next().unwrap_or_default().trim();
    // A block scalar begins on the next line; its name is as good.
    if text.starts_with(['|', '>', '&', '*']) { String::new() } else { text.to_owned() }
}

/// Whether a GraphQL document defines types: operations and fragments, which clients keep, define none.
fn is_graphql_schema(text: &str) -> bool {
    let mut rest = text;
    let mut depth = 0_usize;
    let mut begins = true;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("\"\"\"") {
            // A description, which may hold anything.
            rest = rest[3..].split_once("\"\"\"").map_or("", |(_, after)| after);
            continue;
        }
        match next {
            '#' => rest = rest.split_once('\n').map_or("", |(_, after)| after),
            '"' => rest = rest[1..].split_once(['"', '\n']).map_or("", |(_, after)| after),
            '{' | '(' | '[' => {
                if begins && depth == 0 && next == '{' {
                    // A query without its word.
                    return false;
                }
                depth += 1;
                rest = &rest[1..];
            }
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                begins = depth == 0 && next == '}';
                rest = &rest[1..];
            }
            _ if next.is_alphanumeric() || next == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                if begins && depth == 0 {
                    match &rest[..end] {
                        "type" | "schema" | "interface" | "union" | "enum" | "input" | "scalar" | "directive" | "extend" => return true,
                        "query" | "mutation" | "subscription" | "fragment" => begins = false,
                        _ => return false,
                    }
                }
                rest = &rest[end..];
            }
            _ => rest = &rest[next.len_utf8()..],
        }
    }
    false
}

// --- Licence --------------------------------------------------------------------------------------------------------

/// Whether a path in the root is a licence's text.
#[must_use]
pub fn is_licence(path: &str) -> bool {
    let name = path.to_ascii_uppercase();
    let stem = ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"].iter().find_map(|stem| name.strip_prefix(stem));
    !path.contains('/') && stem.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_'])) && language_of(path).is_none()
}

/// The SPDX identifier of a licence's text, if it is one of the common ones.
#[must_use]
pub fn licence_of_text(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_TEXT)]);
    let mut words = String::with_capacity(text.len());
    for word in text.split(|character: char| !character.is_alphanumeric() && character != '.') {
        let word = word.trim_matches('.');
        if !word.is_empty() {
            words.push_str(&word.to_lowercase());
            words.push(' ');
        }
    }
    let has = |phrase: &str| words.contains(phrase);
    // The titles first, since these licences mention one another in their text.
    let head: String = words.chars().take(400).collect();
    let titled = |phrase: &str| head.contains(phrase);
    if titled("gnu affero general public license") {
        return titled("version 3").then_some("AGPL-3.0-only");
    }
    if titled("gnu lesser general public license") || titled("gnu library general public license") {
        return match () {
            () if titled("version 3") => Some("LGPL-3.0-only"),
            () if titled("version 2.1") => Some("LGPL-2.1-only"),
            () if titled("version 2") => Some("LGPL-2.0-only"),
            () => None,
        };
    }
    if titled("gnu general public license") {
        return match () {
            () if titled("version 3") => Some("GPL-3.0-only"),
            () if titled("version 2") => Some("GPL-2.0-only"),
            () => None,
        };
    }
    let phrases: [(&str, &'static str); 10] = [
        ("apache license version 2.0", "Apache-2.0"),
        ("mozilla public license version 2.0", "MPL-2.0"),
        ("mozilla public license 2.0", "MPL-2.0"),
        ("eclipse public license v 2.0", "EPL-2.0"),
        ("eclipse public license version 2.0", "EPL-2.0"),
        ("cc0 1.0 universal", "CC0-1.0"),
        ("this is free and unencumbered software released into the public domain", "Unlicense"),
        ("boost software license version 1.0", "BSL-1.0"),
        ("creative commons attribution 4.0 international", "CC-BY-4.0"),
        ("do what the fuck you want to public license", "WTFPL"),
    ];
    if let Some((_, licence)) = phrases.iter().find(|(phrase, _)| has(phrase)) {
        return Some(licence);
    }
    if has("permission is hereby granted free of charge to any person obtaining a copy of this software") {
        return has("the software is provided as is").then_some("MIT");
    }
    if has("redistribution and use in source and binary forms") {
        return Some(match () {
            () if has("all advertising materials mentioning") => "BSD-4-Clause",
            () if has("neither the name") || has("may not be used to endorse or promote") => "BSD-3-Clause",
            () => "BSD-2-Clause",
        });
    }
    let isc = has("permission to use copy modify and or distribute this software for any purpose with or without fee is hereby granted")
        || has("permission to use copy modify and distribute this software for any purpose with or without fee is hereby granted");
    if isc {
        return Some(if has("provided that the above copyright notice") { "ISC" } else { "0BSD" });
    }
    if has("this software is provided as is without any express or implied warranty") && has("altered source versions") {
        return Some("Zlib");
    }
    None
}

/// One SPDX expression for the licences found side by side: the user may choose.
///
/// The lesser GPL comes with the text of the GPL that it builds on, which is no choice.
#[must_use]
pub fn licence_expression(found: &BTreeSet<&'static str>) -> Option<String> {
    let lesser = found.iter().any(|licence| licence.starts_with("LGPL"));
    let chosen: Vec<&str> = found.iter().copied().filter(|licence| !(lesser && licence.starts_with("GPL"))).collect();
    (!chosen.is_empty()).then(|| chosen.join(" OR "))
}

/// The `license` that a root `Cargo.toml`, `package.json` or `pyproject.toml` states.
#[must_use]
pub fn licence_of_manifest(path: &str, bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let manifest: Value = match path {
        "package.json" => serde_json::from_str(text).ok()?,
        "Cargo.toml" | "pyproject.toml" => toml::from_str(text).ok()?,
        _ => return None,
    };
    let pointers: &[&str] = match path {
        "package.json" => &["/license", "/license/type"],
        "Cargo.toml" => &["/package/license", "/workspace/package/license"],
        _ => &["/project/license", "/project/license/text", "/tool/poetry/license"],
    };
    let stated = pointers.iter().find_map(|pointer| manifest.pointer(pointer).and_then(Value::as_str))?.trim();
    let is_expression = !stated.is_empty()
        && stated.len() <= 200
        && stated.chars().all(|character| character.is_ascii_alphanumeric() || "-.+ ()/".contains(character))
        && !stated.to_ascii_uppercase().starts_with("SEE LICENSE");
    is_expression.then(|| stated.replace('/', " OR ").split_whitespace().collect::<Vec<_>>().join(" "))
}

// --- Languages ------------------------------------------------------------------------------------------------------

/// Programming and markup languages by file extension, sorted.
const EXTENSIONS: &[(&str, &str)] = &[
    ("abap", "ABAP"),
    ("ada", "Ada"),
    ("adb", "Ada"),
    ("ads", "Ada"),
    ("agda", "Agda"),
    ("as", "ActionScript"),
    ("asm", "Assembly"),
    ("astro", "Astro"),
    ("awk", "Awk"),
    ("bash", "Shell"),
    ("bat", "Batchfile"),
    ("bicep", "Bicep"),
    ("bzl", "Starlark"),
    ("c", "C"),
    ("cbl", "COBOL"),
    ("cc", "C++"),
    ("cjs", "JavaScript"),
    ("clj", "Clojure"),
    ("cljc", "Clojure"),
    ("cljs", "Clojure"),
    ("cls", "Apex"),
    ("cmake", "CMake"),
    ("cmd", "Batchfile"),
    ("cob", "COBOL"),
    ("coffee", "CoffeeScript"),
    ("cpp", "C++"),
    ("cr", "Crystal"),
    ("cs", "C#"),
    ("cshtml", "HTML"),
    ("css", "CSS"),
    ("cts", "TypeScript"),
    ("cu", "Cuda"),
    ("cue", "CUE"),
    ("cxx", "C++"),
    ("d", "D"),
    ("dart", "Dart"),
    ("dfm", "Pascal"),
    ("dhall", "Dhall"),
    ("dockerfile", "Dockerfile"),
    ("ejs", "EJS"),
    ("el", "Emacs Lisp"),
    ("elm", "Elm"),
    ("erb", "HTML+ERB"),
    ("erl", "Erlang"),
    ("ex", "Elixir"),
    ("exs", "Elixir"),
    ("f", "Fortran"),
    ("f03", "Fortran"),
    ("f90", "Fortran"),
    ("f95", "Fortran"),
    ("feature", "Gherkin"),
    ("fish", "Shell"),
    ("frag", "GLSL"),
    ("fs", "F#"),
    ("fsi", "F#"),
    ("fsx", "F#"),
    ("gd", "GDScript"),
    ("gleam", "Gleam"),
    ("glsl", "GLSL"),
    ("go", "Go"),
    ("gradle", "Gradle"),
    ("groovy", "Groovy"),
    ("h", "C"),
    ("haml", "Haml"),
    ("handlebars", "Handlebars"),
    ("hbs", "Handlebars"),
    ("hcl", "HCL"),
    ("hh", "C++"),
    ("hlsl", "HLSL"),
    ("hpp", "C++"),
    ("hrl", "Erlang"),
    ("hs", "Haskell"),
    ("htm", "HTML"),
    ("html", "HTML"),
    ("hx", "Haxe"),
    ("hxx", "C++"),
    ("idr", "Idris"),
    ("ino", "C++"),
    ("ipp", "C++"),
    ("j2", "Jinja"),
    ("java", "Java"),
    ("jinja", "Jinja"),
    ("jl", "Julia"),
    ("js", "JavaScript"),
    ("jsonnet", "Jsonnet"),
    ("jsp", "Java Server Pages"),
    ("jsx", "JavaScript"),
    ("kt", "Kotlin"),
    ("kts", "Kotlin"),
    ("lean", "Lean"),
    ("less", "Less"),
    ("lhs", "Haskell"),
    ("libsonnet", "Jsonnet"),
    ("liquid", "Liquid"),
    ("lisp", "Common Lisp"),
    ("lua", "Lua"),
    ("m", "Objective-C"),
    ("mdx", "MDX"),
    ("mjs", "JavaScript"),
    ("mk", "Makefile"),
    ("ml", "OCaml"),
    ("mli", "OCaml"),
    ("mm", "Objective-C++"),
    ("mojo", "Mojo"),
    ("mts", "TypeScript"),
    ("mustache", "Mustache"),
    ("nim", "Nim"),
    ("nix", "Nix"),
    ("nu", "Nushell"),
    ("odin", "Odin"),
    ("pas", "Pascal"),
    ("php", "PHP"),
    ("phtml", "PHP"),
    ("pl", "Perl"),
    ("pls", "PLSQL"),
    ("plsql", "PLSQL"),
    ("pm", "Perl"),
    ("pp", "Puppet"),
    ("pro", "Prolog"),
    ("ps1", "PowerShell"),
    ("psm1", "PowerShell"),
    ("pug", "Pug"),
    ("purs", "PureScript"),
    ("py", "Python"),
    ("pyi", "Python"),
    ("pyx", "Cython"),
    ("r", "R"),
    ("rb", "Ruby"),
    ("re", "Reason"),
    ("rego", "Open Policy Agent"),
    ("res", "ReScript"),
    ("rkt", "Racket"),
    ("rs", "Rust"),
    ("s", "Assembly"),
    ("sass", "Sass"),
    ("sbt", "Scala"),
    ("sc", "Scala"),
    ("scala", "Scala"),
    ("scm", "Scheme"),
    ("scss", "SCSS"),
    ("sh", "Shell"),
    ("slim", "Slim"),
    ("sol", "Solidity"),
    ("star", "Starlark"),
    ("styl", "Stylus"),
    ("sv", "SystemVerilog"),
    ("svelte", "Svelte"),
    ("swift", "Swift"),
    ("tcl", "Tcl"),
    ("templ", "templ"),
    ("tex", "TeX"),
    ("tf", "HCL"),
    ("thrift", "Thrift"),
    ("tpl", "Smarty"),
    ("trigger", "Apex"),
    ("ts", "TypeScript"),
    ("tsql", "TSQL"),
    ("tsx", "TypeScript"),
    ("twig", "Twig"),
    ("typ", "Typst"),
    ("v", "Verilog"),
    ("vala", "Vala"),
    ("vb", "Visual Basic"),
    ("vert", "GLSL"),
    ("vhd", "VHDL"),
    ("vhdl", "VHDL"),
    ("vim", "Vim Script"),
    ("vue", "Vue"),
    ("wat", "WebAssembly"),
    ("wgsl", "WGSL"),
    ("xsl", "XSLT"),
    ("xslt", "XSLT"),
    ("zig", "Zig"),
    ("zsh", "Shell"),
];

/// Languages by a file's whole name.
const FILE_NAMES: &[(&str, &str)] = &[
    ("BUILD", "Starlark"),
    ("BUILD.bazel", "Starlark"),
    ("CMakeLists.txt", "CMake"),
    ("Containerfile", "Dockerfile"),
    ("Dockerfile", "Dockerfile"),
    ("GNUmakefile", "Makefile"),
    ("Gemfile", "Ruby"),
    ("Jenkinsfile", "Groovy"),
    ("Justfile", "Just"),
    ("Makefile", "Makefile"),
    ("Rakefile", "Ruby"),
    ("Tiltfile", "Starlark"),
    ("Vagrantfile", "Ruby"),
    ("WORKSPACE", "Starlark"),
    ("justfile", "Just"),
    ("makefile", "Makefile"),
];

/// Folders whose content is somebody else's, or made by a program.
const FOREIGN_FOLDERS: &[&str] = &[
    ".git",
    ".gradle",
    ".idea",
    ".next",
    ".nuxt",
    ".tox",
    ".venv",
    ".yarn",
    "Carthage",
    "Godeps",
    "Pods",
    "__pycache__",
    "__snapshots__",
    "bower_components",
    "deps",
    "dist",
    "external",
    "extern",
    "generated",
    "jspm_packages",
    "node_modules",
    "site-packages",
    "target",
    "third-party",
    "third_party",
    "thirdparty",
    "vendor",
    "vendored",
    "venv",
];

/// Ends of names of files that programs write.
const GENERATED_ENDS: &[&str] = &[
    ".min.js",
    ".min.css",
    ".bundle.js",
    "-min.js",
    "_generated.go",
    ".gen.go",
    ".pb.go",
    ".pb.gw.go",
    ".pb.cc",
    ".pb.h",
    "_pb2.py",
    "_pb2_grpc.py",
    "_pb2.pyi",
    ".pb.rs",
    ".g.dart",
    ".freezed.dart",
    ".designer.cs",
    ".generated.cs",
    ".g.cs",
    "_mock.go",
    ".gen.ts",
    ".generated.ts",
    ".d.ts",
    "_string.go",
    ".pnp.cjs",
    ".pnp.loader.mjs",
];

/// The programming or markup language of a file by its name; data and prose, lockfiles, vendored and generated
/// files have none.
#[must_use]
pub fn language_of(path: &str) -> Option<&'static str> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let by_name = FILE_NAMES.binary_search_by(|(candidate, _)| (*candidate).cmp(name)).ok().map(|index| FILE_NAMES[index].1);
    let language = by_name.or_else(|| by_extension(name))?;
    let foreign = folders.split('/').any(|folder| FOREIGN_FOLDERS.contains(&folder));
    let generated = || {
        let lower = name.to_ascii_lowercase();
        GENERATED_ENDS.iter().any(|end| lower.ends_with(end)) || lower.starts_with("zz_generated.") || lower.starts_with("mock_")
    };
    (!foreign && !generated()).then_some(language)
}

fn by_extension(name: &str) -> Option<&'static str> {
    if name.starts_with("Dockerfile.") || name.starts_with("Containerfile.") {
        return Some("Dockerfile");
    }
    let (_, extension) = name.rsplit_once('.')?;
    let find = |extension: &str| EXTENSIONS.binary_search_by(|(candidate, _)| (*candidate).cmp(extension)).ok();
    find(extension).or_else(|| find(&extension.to_ascii_lowercase())).map(|index| EXTENSIONS[index].1)
}

/// Languages with at least one per cent of the bytes, most used first.
#[must_use]
pub fn languages(bytes: &BTreeMap<String, u64>) -> Vec<String> {
    let total: u128 = bytes.values().map(|bytes| u128::from(*bytes)).sum();
    let mut used: Vec<(&String, u64)> =
        bytes.iter().map(|(name, bytes)| (name, *bytes)).filter(|(_, bytes)| *bytes > 0 && u128::from(*bytes) * 100 >= total).collect();
    used.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    used.into_iter().map(|(name, _)| name.clone()).collect()
}

// --- Versions by tag ------------------------------------------------------------------------------------------------

/// The newest of the tags that are versions: `v1.2.3`, `1.2`, `v1`, `name-1.2.3`, `name/v1.2.3`; a prerelease is
/// older than its release. Of equal ones the first by name.
#[must_use]
pub fn newest_version<'a>(tags: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut newest: Option<(TagVersion, &str)> = None;
    for tag in tags {
        let Some(version) = TagVersion::parse(tag) else { continue };
        let is_newer = newest.as_ref().is_none_or(|(best, name)| match version.cmp(best) {
            Ordering::Greater => true,
            Ordering::Equal => tag < *name,
            Ordering::Less => false,
        });
        if is_newer {
            newest = Some((version, tag));
        }
    }
    newest.map(|(_, tag)| tag)
}

/// Whether a tag is a version.
#[must_use]
pub fn is_version(tag: &str) -> bool {
    TagVersion::parse(tag).is_some()
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct TagVersion {
    numbers: Vec<u64>,
    /// Identifiers of the prerelease; none for a release.
    prerelease: Vec<Identifier>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl TagVersion {
    fn parse(tag: &str) -> Option<Self> {
        let bytes = tag.as_bytes();
        for start in (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()) {
            let prefix = &tag[..start];
            let bare = prefix.strip_suffix(['v', 'V']).unwrap_or(prefix);
            let begins_word = bare.is_empty() || bare.ends_with(['-', '_', '/', '@', '.', ' ']);
            // A dot belongs to the number before it, unless that is none: `release.1.2`.
            let inside_number = bare.strip_suffix('.').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
            if !begins_word || inside_number {
                continue;
            }
            if let Some(version) = Self::parse_bare(&tag[start..], bare.len() < prefix.len()) {
                return Some(version);
            }
        }
        None
    }

    /// `text` begins with a digit; a single number is a version only after a `v`.
    fn parse_bare(text: &str, after_v: bool) -> Option<Self> {
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let mut numbers = Vec::new();
        let mut rest = text;
        loop {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            numbers.push(rest[..digits].parse().ok()?);
            rest = &rest[digits..];
            match rest.strip_prefix('.') {
                Some(next) if next.starts_with(|character: char| character.is_ascii_digit()) => rest = next,
                _ => break,
            }
        }
        if numbers.len() < 2 && !after_v {
            return None;
        }
        let suffix = rest.trim_start_matches(['-', '.', '_']);
        let is_release = matches!(suffix.to_ascii_lowercase().as_str(), "" | "final" | "ga" | "release");
        if !is_release && !suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) {
            return None;
        }
        while numbers.len() > 1 && numbers.last() == Some(&0) {
            numbers.pop();
        }
        let prerelease = if is_release { Vec::new() } else { identifiers(suffix) };
        Some(Self { numbers, prerelease })
    }
}

/// `rc10` is `rc`, then 10, so that it follows `rc9`.
fn identifiers(text: &str) -> Vec<Identifier> {
    let mut identifiers = Vec::new();
    for part in text.split(['.', '-', '_']) {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let is_number = first.is_ascii_digit();
            let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() == is_number).count();
            let (piece, after) = rest.split_at(length);
            identifiers.push(match piece.parse() {
                Ok(number) => Identifier::Number(number),
                Err(_) => Identifier::Word(piece.to_ascii_lowercase()),
            });
            rest = after;
        }
    }
    identifiers
}

impl PartialOrd for TagVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TagVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.prerelease.cmp(&other.prerelease),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(path: &str, text: &str) -> (String, String) {
        let readme = readme(path, text.as_bytes());
        (readme.title.unwrap_or_default(), readme.description.unwrap_or_default())
    }

    #[test]
    fn a_readme_gives_its_heading_and_first_paragraph_as_plain_text() {
        let cases = [
            ("# Ledger\n\nKeeps the *books*.\nFor **everyone**.\n\nMore.\n", "Ledger", "Keeps the books. For everyone."),
            (
                "[![CI](https://x/y.svg)](https://x) ![cov](z)\n\n# `ledger` <img src=\"a\">\n\n[![a](b)](c)\n[![d](e)](f)\n\nA [book](https://x \"t\") [keeper][k].\n\n[k]: https://x\n",
                "ledger",
                "A book keeper.",
            ),
            ("Ledger\n======\n\n> Keeps the books\n", "Ledger", "Keeps the books"),
            ("---\ntitle: x\n---\n# T\ntext_with_underscores _and emphasis_\n", "T", "text_with_underscores and emphasis"),
            ("<h1 align=\"center\">Ledger</h1>\n<p align=\"center\">Keeps &amp; <b>counts</b></p>\n", "Ledger", "Keeps & counts"),
            ("# T\n\n```sh\nnot this\n```\n\n- nor this\n\n| nor | this |\n|---|---|\n\nBut this\n", "T", "But this"),
            ("<!-- hidden\n# no\n-->\n## T ##\n\n    code\n\nWords\\*\n", "T", "Words*"),
            ("# T\n\n## Install\n\nRun it.\n", "T", "Run it."),
            ("Only words, no heading.\n", "", "Only words, no heading."),
            ("# A (b) [c](d(e)f) g\n", "A (b) c g", ""),
            ("# T\n\nSee <https://acme.example> & 3 < 4, 2 * 3.\n", "T", "See https://acme.example & 3 < 4, 2 * 3."),
            ("", "", ""),
            ("#\n\n---\n\n![only](image.png)\n", "", ""),
        ];
        for (text, title, description) in cases {
            assert_eq!(told("README.md", text), (title.to_owned(), description.to_owned()), "{text}");
        }
    }

    #[test]
    fn restructured_and_plain_text_are_read_too() {
        let rst = "======\nLedger\n======\n\n.. image:: x.svg\n   :alt: y\n\n|badge| |other|\n\nKeeps the `books <https://x>`_ with ``care``,\nsee :ref:`this`.\n\nMore\n";
        assert_eq!(told("README.rst", rst), ("Ledger".to_owned(), "Keeps the books with care, see this.".to_owned()));
        assert_eq!(told("README", "Ledger\n------\nKeeps the books.\n"), ("Ledger".to_owned(), "Keeps the books.".to_owned()));
        assert_eq!(
            told("README.txt", "This keeps the books.\nAll of them.\n"),
            (String::new(), "This keeps the books. All of them.".to_owned())
        );
    }

    #[test]
    fn a_long_description_ends_at_a_word_within_the_limit() {
        let (_, description) = told("README.md", &format!("# T\n\n{}\n", "wörds ".repeat(200)));
        assert!(description.chars().count() <= MAX_DESCRIPTION && description.ends_with("wörds…"), "{description}");
        let (_, description) = told("README.md", &"x".repeat(2000));
        assert_eq!(description.chars().count(), MAX_DESCRIPTION);
    }

    #[test]
    fn what_is_not_text_is_refused_and_what_is_not_utf8_is_replaced() {
        let binary = readme("README.md", b"# T\0\n");
        assert_eq!((binary.title, binary.refusals.len()), (None, 1));
        let latin = readme("README.md", b"# Gr\xfc\xdfe\n");
        assert_eq!(latin.title.as_deref(), Some("Gr\u{fffd}\u{fffd}e"));
        assert!(latin.refusals[0].message.contains("not UTF-8"));
        let cut = readme("README.md", "ä".repeat(MAX_TEXT).as_bytes());
        assert!(cut.refusals.is_empty());
    }

    #[test]
    fn asciidoc_is_read_too() {
        let text = "// hidden\n= The *ledger*\nAnn <ann@acme.example>\n:toc:\n:icons: font\n\nimage::x.svg[y]\n\n[NOTE]\n----\nnot this\n----\n\n.Title of a block\nKeeps the https://x[books, role=y] with `care`,\nsee link:a.adoc[this].\n\nMore\n";
        assert_eq!(told("README.adoc", text), ("The ledger".to_owned(), "Keeps the books with care, see this.".to_owned()));
        assert_eq!(told("README.asciidoc", "Only words.\n"), (String::new(), "Only words.".to_owned()));
    }

    #[test]
    fn documents_are_readmes_prose_in_its_places_and_what_is_named_like_a_definition() {
        for path in [
            "README",
            "README.md",
            "services/ledger/ReadMe.rst",
            "CHANGELOG.md",
            "docs/a/b.MD",
            "services/ledger/docs/how.adoc",
            "openapi.yaml",
            "api/ledger.openapi.json",
            "api/swagger-v2.yml",
            "asyncapi.yaml",
            "schema.graphql",
            "src/x.graphqls",
        ] {
            assert!(is_document(path), "{path}");
        }
        for path in [
            "src/x.md",
            "docs/x.txt",
            ".md",
            "docs/x.yaml",
            "README.de.html",
            "node_modules/x/README.md",
            "a/vendor/b/openapi.yaml",
            "openapi",
            ".graphql",
            "reopenapi.yaml",
            "",
        ] {
            assert!(!is_document(path), "{path}");
        }
    }

    #[test]
    fn documents_are_titled_by_themselves_or_their_name() {
        let title = |path: &str, text: &[u8]| document(path, text).unwrap().title;
        assert_eq!(title("docs/a/how-to.md", b"# How *to*\n"), "How to");
        assert_eq!(title("docs/a/how-to.md", b"no heading"), "how-to");
        assert_eq!(title("docs/a/how-to.md", b"\0"), "how-to");
        assert_eq!(title("docs/how.rst", b"How\n===\n"), "How");
        assert_eq!(title("README", b"Ledger\n------\nKeeps the books.\n"), "Ledger");
    }

    #[test]
    fn a_definition_is_told_by_what_it_holds() {
        let kind = |path: &str, text: &str| document(path, text.as_bytes()).map(|kind| (kind.format, kind.title));
        let openapi = |title: &str| Some((DocumentFormat::Openapi, title.to_owned()));
        let asyncapi = |title: &str| Some((DocumentFormat::Asyncapi, title.to_owned()));
        assert_eq!(
            kind("openapi.yaml", "# x\nopenapi: 3.1.0\ninfo:\n  version: 1\n  title: 'Ledger: books' # y\n"),
            openapi("Ledger: books")
        );
        assert_eq!(kind("openapi.yaml", "info:\n  title: Ledger # books\n\"openapi\": '3.0.0'\npaths:\n  title: no\n"), openapi("Ledger"));
        assert_eq!(kind("a.swagger.yml", "---\nswagger: \"2.0\"\n"), openapi("a.swagger"));
        assert_eq!(kind("openapi.yaml", "{\"openapi\": \"3.1.0\"}"), openapi("openapi"));
        assert_eq!(kind("openapi.json", " {\"info\": {\"title\": \"L\"}, \"openapi\": \"3.1.0\", \"paths\": {}}"), openapi("L"));
        assert_eq!(kind("asyncapi.json", "{\"asyncapi\": \"3.0.0\", \"info\": {\"title\": 3}}"), asyncapi("asyncapi"));
        assert_eq!(kind("asyncapi.yaml", "asyncapi: 3.0.0\ninfo:\n  title: |\n    Ledger\n"), asyncapi("asyncapi"));
        for (path, text) in [
            ("openapi.yaml", "generator: openapi\nsettings:\n  openapi: 3\n"),
            ("openapi.yaml", ""),
            ("openapi.json", "[{\"openapi\": 3}]"),
            ("openapi.json", "{\"openapi\": 3"),
            ("openapi.json", "openapi: 3.1.0\n"),
            ("asyncapi.yaml", "\0"),
        ] {
            assert_eq!(kind(path, text), None, "{path} {text}");
        }
        assert_eq!(document("openapi.yaml", b"openapi: \xff"), None);
    }

    #[test]
    fn a_graphql_schema_defines_types_and_operations_do_not() {
        for schema in [
            "type Query { a: Int }",
            "# query\n\"\"\"\nquery { a }\n\"\"\"\nextend type Query @x(a: \"}\") { a: Int }",
            "\"fragment\" scalar DateTime",
            "directive @x on FIELD\nquery { a }",
            "\u{feff}schema { query: Query }",
        ] {
            assert_eq!(document("x.graphql", schema.as_bytes()).map(|kind| kind.format), Some(DocumentFormat::Graphql), "{schema}");
        }
        for operation in [
            "query A($a: [Int!] = [1]) { type { type } }",
            "{ type }",
            "fragment A on B { type }\nquery { enum }",
            "mutation { a(b: {c: 1}) { type } } subscription { a }",
            "",
            "# type Query { a: Int }",
            "hello type A { a: Int }",
            "\"\"\" type",
        ] {
            assert_eq!(document("x.graphql", operation.as_bytes()), None, "{operation}");
        }
    }

    #[test]
    fn the_common_licences_are_recognised_by_their_words() {
        let mit = "The MIT License (MIT)\n\nCopyright (c) 2026 Acme\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy of this software … THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT";
        let bsd2 = "Redistribution and use in source and binary forms, with or without modification";
        let isc = "Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee is hereby granted";
        let cases = [
            ("                                 Apache License\n                           Version 2.0, January 2004", Some("Apache-2.0")),
            (mit, Some("MIT")),
            (bsd2, Some("BSD-2-Clause")),
            (&*format!("{bsd2} Neither the name of the copyright holder"), Some("BSD-3-Clause")),
            (&*format!("{isc}, provided that the above copyright notice"), Some("ISC")),
            (&*format!("{isc}.\n\nTHE SOFTWARE"), Some("0BSD")),
            ("Mozilla Public License Version 2.0\n====", Some("MPL-2.0")),
            ("  GNU GENERAL PUBLIC LICENSE\n     Version 3, 29 June 2007", Some("GPL-3.0-only")),
            ("  GNU GENERAL PUBLIC LICENSE\n     Version 2, June 1991", Some("GPL-2.0-only")),
            ("GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1, February 1999", Some("LGPL-2.1-only")),
            ("GNU LESSER GENERAL PUBLIC LICENSE\n Version 3 ... supplemented GNU General Public License", Some("LGPL-3.0-only")),
            ("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007", Some("AGPL-3.0-only")),
            ("This is free and unencumbered software released into the public domain.", Some("Unlicense")),
            ("Creative Commons Legal Code\n\nCC0 1.0 Universal", Some("CC0-1.0")),
            ("Eclipse Public License - v 2.0", Some("EPL-2.0")),
            ("All rights reserved.", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(licence_of_text(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(licence_of_text(b"\xff\0\xfe"), None);
        assert_eq!(licence_of_text(include_bytes!("../../../LICENSE")), Some("Apache-2.0"));
    }

    #[test]
    fn licences_side_by_side_are_a_choice_but_the_lesser_gpl_brings_its_base() {
        assert_eq!(licence_expression(&["MIT", "Apache-2.0"].into()).as_deref(), Some("Apache-2.0 OR MIT"));
        assert_eq!(licence_expression(&["GPL-3.0-only", "LGPL-3.0-only"].into()).as_deref(), Some("LGPL-3.0-only"));
        assert_eq!(licence_expression(&BTreeSet::new()), None);
        for (path, is) in [
            ("LICENSE", true),
            ("licence.md", true),
            ("LICENSE-MIT", true),
            ("COPYING.LESSER", true),
            ("license.go", false),
            ("a/LICENSE", false),
            ("LICENSES.md", false),
        ] {
            assert_eq!(is_licence(path), is, "{path}");
        }
    }

    #[test]
    fn a_manifest_states_its_licence() {
        let of = |path, text: &str| licence_of_manifest(path, text.as_bytes());
        assert_eq!(of("Cargo.toml", "[package]\nlicense = \"MIT/Apache-2.0\"").as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(of("Cargo.toml", "[workspace.package]\nlicense = \"MIT\"").as_deref(), Some("MIT"));
        assert_eq!(of("package.json", "{\"license\": \"ISC\"}").as_deref(), Some("ISC"));
        assert_eq!(of("package.json", "{\"license\": \"SEE LICENSE IN x\"}"), None);
        assert_eq!(of("pyproject.toml", "[project]\nlicense = {text = \"BSD-3-Clause\"}").as_deref(), Some("BSD-3-Clause"));
        assert_eq!(of("package.json", "{"), None);
    }

    #[test]
    fn languages_are_told_by_name_without_foreign_and_generated_files() {
        assert!(EXTENSIONS.is_sorted() && FILE_NAMES.is_sorted());
        let names: BTreeSet<&str> = EXTENSIONS.iter().chain(FILE_NAMES).map(|(_, language)| *language).collect();
        assert!(names.len() >= 100, "{}", names.len());
        for (path, language) in [
            ("src/main.rs", Some("Rust")),
            ("a/B.JAVA", Some("Java")),
            ("Dockerfile", Some("Dockerfile")),
            ("x/Dockerfile.dev", Some("Dockerfile")),
            ("Makefile", Some("Makefile")),
            ("package-lock.json", None),
            ("README.md", None),
            ("node_modules/x/index.js", None),
            ("a/vendor/b/c.go", None),
            ("api/x.pb.go", None),
            ("jquery.min.js", None),
            ("noextension", None),
            (".gitignore", None),
            ("", None),
        ] {
            assert_eq!(language_of(path), language, "{path}");
        }
    }

    #[test]
    fn languages_below_one_per_cent_are_left_out() {
        let bytes = BTreeMap::from([("Go".to_owned(), 50), ("C".to_owned(), 50), ("Shell".to_owned(), 1), ("Rust".to_owned(), 900)]);
        assert_eq!(languages(&bytes), ["Rust", "C", "Go"]);
        assert!(languages(&BTreeMap::new()).is_empty());
    }

    #[test]
    fn the_newest_version_is_by_number_not_by_letter() {
        let cases: [(&[&str], Option<&str>); 11] = [
            (&["v1.9.0", "v1.10.0", "v1.2.3"], Some("v1.10.0")),
            (&["1.0.0", "1.0.0-rc.2", "1.0.0-rc.10"], Some("1.0.0")),
            (&["v2.0.0-rc9", "v2.0.0-rc10", "v1.9.9"], Some("v2.0.0-rc10")),
            (&["ledger-1.2.3", "ledger-1.3.0"], Some("ledger-1.3.0")),
            (&["pkg/v0.3.1", "pkg/v0.4.0-beta"], Some("pkg/v0.4.0-beta")),
            (&["nightly", "latest", "2026-01-02", "build7"], None),
            (&["v1", "v1.4.2"], Some("v1.4.2")),
            (&["1.2.3.Final", "1.2.3-alpha"], Some("1.2.3.Final")),
            (&["v1.2.0", "v1.2"], Some("v1.2")),
            (&["2026.10.1", "2026.9.30"], Some("2026.10.1")),
            (&["@acme/ui@3.0.1+build.5", "v99999999999999999999.1"], Some("@acme/ui@3.0.1+build.5")),
        ];
        for (tags, expected) in cases {
            assert_eq!(newest_version(tags.iter().copied()), expected, "{tags:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[#*_`~<>\\[\\]()!|:=.\\-a\\\\ \\nä&;]{0,120}") {
            for path in ["README.md", "README.rst", "README.adoc", "README.txt"] {
                let found = readme(path, text.as_bytes());
                prop_assert!(found.description.unwrap_or_default().chars().count() <= MAX_DESCRIPTION);
            }
            for path in ["docs/a.md", "openapi.yaml", "openapi.json", "x.graphql"] {
                let _ = document(path, text.as_bytes());
            }
            let _ = (licence_of_text(text.as_bytes()), language_of(&text), is_version(&text), is_licence(&text), is_document(&text));
        }

        #[test]
        fn the_newest_version_does_not_depend_on_the_order(tags in prop::collection::vec("v?[0-3](\\.[0-3]){0,2}(-(rc|alpha)\\.?[0-2])?", 0..8)) {
            let mut turned = tags.clone();
            turned.reverse();
            prop_assert_eq!(newest_version(tags.iter().map(String::as_str)), newest_version(turned.iter().map(String::as_str)));
        }
    }
}
