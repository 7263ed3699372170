//! Source files: where they are and what they say, by language, from the texts in `templates/`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Language, Purpose, Random, Subject};

/// A source file of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::demo::company) struct Source {
    noun: u8,
    role: u8,
    is_test: bool,
}

impl Source {
    /// It tests another one.
    pub(in crate::demo::company) fn is_test(self) -> bool {
        self.is_test
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Java,
    Kotlin,
    TypeScript,
    React,
    JavaScript,
    Python,
    Go,
    Rust,
    Terraform,
    None,
}

/// A text in parts: its head, bodies to choose from, its end.
#[derive(Default)]
struct Template {
    parts: BTreeMap<&'static str, Vec<&'static str>>,
}

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let texts = [
        include_str!("templates/java.txt"),
        include_str!("templates/kotlin.txt"),
        include_str!("templates/typescript.txt"),
        include_str!("templates/react.txt"),
        include_str!("templates/javascript.txt"),
        include_str!("templates/python.txt"),
        include_str!("templates/go.txt"),
        include_str!("templates/rust.txt"),
        include_str!("templates/terraform.txt"),
    ];
    texts.into_iter().map(Template::read).collect()
});

impl Template {
    fn read(text: &'static str) -> Self {
        let mut template = Self::default();
        for part in text.split("=== ").filter(|part| !part.is_empty()) {
            let (kind, body) = part.split_once('\n').unwrap_or((part, ""));
            template.parts.entry(kind.trim()).or_default().push(body);
        }
        template
    }

    fn all(&self, kind: &str) -> &[&'static str] {
        self.parts.get(kind).map_or(&[], Vec::as_slice)
    }
}

const VERBS: &[&str] = &[
    "find", "load", "list", "resolve", "merge", "apply", "refresh", "accept", "reject", "publish", "archive", "assign", "release",
    "verify", "confirm", "cancel", "enrich", "schedule", "expire", "replay", "collect", "update",
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
];

fn style(subject: &Subject) -> Style {
    match (subject.language, subject.purpose) {
        (Language::TypeScript, Purpose::Web | Purpose::Mobile) => Style::React,
        (Language::TypeScript, _) => Style::TypeScript,
        (Language::JavaScript, _) => Style::JavaScript,
        (Language::Java, _) => Style::Java,
        (Language::Kotlin, _) => Style::Kotlin,
        (Language::Python, _) => Style::Python,
        (Language::Go, _) => Style::Go,
        (Language::Rust, _) => Style::Rust,
        (Language::Terraform, _) => Style::Terraform,
        (Language::Markdown, _) => Style::None,
    }
}

fn roles(style: Style) -> &'static [&'static str] {
    match style {
        Style::Java | Style::Kotlin => &["Service", "Controller", "Repository", "", "Mapper", "Listener", "Policy"],
        Style::TypeScript => &["service", "controller", "repository", "schema", "handler"],
        Style::React => &["Page", "List", "Form", "Card", "Dialog", "Filters"],
        Style::JavaScript => &["", "routes", "helpers"],
        Style::Python => &["service", "models", "tasks", "api", "rules"],
        Style::Go => &["service", "store", "handler", "client"],
        Style::Rust => &["", "store", "handler", "rules"],
        Style::Terraform => &["main", "variables", "outputs", "iam", "queues", "alarms"],
        Style::None => &[],
    }
}

/// The source files of a repository, in the order in which they are written.
pub(in crate::demo::company) fn sources(subject: &Subject, random: &mut Random) -> Vec<Source> {
    let style = style(subject);
    let roles = roles(style);
    if roles.is_empty() {
        return Vec::new();
    }
    let median = match subject.purpose {
        Purpose::Service | Purpose::Web => 13.0,
        Purpose::Infra => 6.0,
        Purpose::Trial | Purpose::Tests | Purpose::Tool => 6.0,
        _ => 8.0,
    };
    let wanted = (random.heavy(median, median * 1.15) as usize).clamp(4, 34);
    let tests = random.range(0.2, 0.75);
    let mut found = Vec::new();
    for noun in 0..subject.nouns.len() as u8 {
        // The first noun has most of the roles, later ones have fewer.
        let least = if noun == 0 { roles.len().min(3) } else { 1 };
        let many = least + random.below(roles.len() + 1 - least) / (1 + usize::from(noun) / 3);
        for role in 0..many as u8 {
            found.push(Source { noun, role, is_test: false });
            let no_tests = style == Style::Terraform && (noun, role) != (0, 0);
            if !no_tests && random.chance(tests) {
                found.push(Source { noun, role, is_test: true });
            }
            if found.len() >= wanted {
                return found;
            }
        }
    }
    found
}

/// Words of a name in one case.
fn separated(name: &str, by: char) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() {
            if at > 0 {
                text.push(by);
            }
            text.push(letter.to_ascii_lowercase());
        } else {
            text.push(letter);
        }
    }
    text
}

fn package(subject: &Subject) -> String {
    subject.word.chars().filter(char::is_ascii_alphanumeric).collect()
}

pub(super) fn path(subject: &Subject, source: Source) -> String {
    let style = style(subject);
    let noun = &subject.nouns[usize::from(source.noun)];
    let role = roles(style)[usize::from(source.role)];
    let (kebab, snake) = (separated(noun, '-'), separated(noun, '_'));
    let dash = if role.is_empty() { "" } else { "-" };
    let under = if role.is_empty() { "" } else { "_" };
    match (style, source.is_test) {
        (Style::Java | Style::Kotlin, is_test) => {
            let (folder, end) = if style == Style::Java { ("java", "java") } else { ("kotlin", "kt") };
            let (set, test) = if is_test { ("test", "Test") } else { ("main", "") };
            let package = package(subject);
            format!("src/{set}/{folder}/com/{}/{package}/{noun}{role}{test}.{end}", subject.login)
        }
        (Style::TypeScript, false) => format!("src/{kebab}/{role}.ts"),
        (Style::TypeScript, true) => format!("src/{kebab}/{role}.test.ts"),
        (Style::React, is_test) => {
            let folder = if role == "Page" { "pages" } else { "components" };
            format!("src/{folder}/{noun}{role}{}.tsx", if is_test { ".test" } else { "" })
        }
        (Style::JavaScript, false) => format!("lib/{kebab}{dash}{role}.js"),
        (Style::JavaScript, true) => format!("test/{kebab}{dash}{role}.test.js"),
        (Style::Python, false) => format!("{}/{snake}/{role}.py", subject.word.replace('-', "_")),
        (Style::Python, true) => format!("tests/test_{snake}_{role}.py"),
        (Style::Go, is_test) => {
            format!("internal/{}/{role}{}.go", snake.replace('_', ""), if is_test { "_test" } else { "" })
        }
        (Style::Rust, false) => format!("src/{snake}{under}{role}.rs"),
        (Style::Rust, true) => format!("src/{snake}{under}{role}/tests.rs"),
        (Style::Terraform, false) if source.noun == 0 => format!("{role}.tf"),
        (Style::Terraform, false) => format!("modules/{kebab}/{role}.tf"),
        (Style::Terraform, true) => format!("tests/{kebab}.tftest.hcl"),
        (Style::None, _) => format!("docs/{kebab}.md"),
    }
}

/// As people speak of it: `booking amendment`.
pub(super) fn called(subject: &Subject, source: Source) -> String {
    separated(&subject.nouns[usize::from(source.noun)], ' ')
}

pub(super) fn text(subject: &Subject, source: Source, revision: u16) -> String {
    let style = style(subject);
    if style == Style::None {
        return String::new();
    }
    let template = &TEMPLATES[style as usize];
    let random =
        subject.random.part("source").nth(usize::from(source.noun) * 64 + usize::from(source.role) * 2 + usize::from(source.is_test));
    let (head, body, tail) = if source.is_test { ("test-head", "test", "test-tail") } else { ("head", "body", "tail") };
    let mut words = Words::new(subject, style, source);
    let mut first = random.part("first");
    let mut blocks: Vec<usize> = vec![0; 2 + first.below(4)];
    // Two of three edits change a block, every third adds one.
    for edit in 1..=usize::from(revision) {
        let mut random = random.part("edit").nth(edit);
        if edit % 3 == 0 && blocks.len() < 16 {
            blocks.push(0);
        } else {
            let at = random.below(blocks.len());
            blocks[at] += 1;
        }
    }
    let mut text = String::with_capacity(1024);
    words.choose(&mut random.part("head"), 0);
    words.write(template.all(head).first().unwrap_or(&""), &mut text);
    let bodies = template.all(body);
    let offset = first.below(VERBS.len());
    for (number, variant) in blocks.into_iter().enumerate() {
        let mut random = random.part("block").nth(number);
        let chosen = random.below(bodies.len().max(1));
        words.choose(&mut random.nth(variant), offset + number * 5);
        text.push('\n');
        words.write(bodies.get(chosen).unwrap_or(&""), &mut text);
    }
    words.write(template.all(tail).first().unwrap_or(&""), &mut text);
    text
}

/// What stands for the words in double braces.
struct Words<'a> {
    values: Vec<(&'static str, String)>,
    subject: &'a Subject,
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

impl<'a> Words<'a> {
    fn new(subject: &'a Subject, style: Style, source: Source) -> Self {
        let noun = &subject.nouns[usize::from(source.noun)];
        let role = roles(style)[usize::from(source.role)];
        let small = noun[..1].to_lowercase() + &noun[1..];
        let name = format!("{noun}{}", if role.is_empty() { String::new() } else { capital(role) });
        let name = if source.is_test { format!("{name}Test") } else { name };
        let plural = if noun.ends_with('y') { format!("{}ies", &noun[..noun.len() - 1]) } else { format!("{noun}s") };
        let many = if small.ends_with('y') { format!("{}ies", &small[..small.len() - 1]) } else { format!("{small}s") };
        let purpose = match role.to_lowercase().as_str() {
            "controller" | "api" | "routes" | "handler" => "endpoints",
            "repository" | "store" => "storage",
            "mapper" | "schema" => "conversions",
            "listener" | "tasks" => "reactions to events",
            _ => "rules",
        };
        let values = vec![
            ("login", subject.login.clone()),
            ("pkg", package(subject)),
            ("gopkg", separated(noun, '_').replace('_', "")),
            ("Purpose", capital(purpose)),
            ("purpose", purpose.to_owned()),
            ("Noun", noun.clone()),
            ("noun", small),
            ("nouns", many),
            ("noun_", separated(noun, '_')),
            ("NOUN", separated(noun, '_').to_uppercase()),
            ("thing", separated(noun, ' ')),
            ("things", separated(&plural, ' ')),
            ("Name", name),
        ];
        Self { values, subject }
    }

    fn choose(&mut self, random: &mut Random, verb: usize) {
        self.values.truncate(13);
        let verb = VERBS[verb % VERBS.len()];
        let field = FIELDS[(random.below(5) + self.subject.word.len()) % FIELDS.len()];
        let number = [3, 5, 10, 15, 20, 25, 30, 45, 50, 60, 90, 100, 120, 250, 500][random.below(15)];
        self.values.extend([
            ("verb", verb.to_owned()),
            ("Verb", capital(verb)),
            ("field", field.to_owned()),
            ("Field", capital(field)),
            ("n", number.to_string()),
        ]);
    }

    fn write(&self, template: &str, text: &mut String) {
        let mut rest = template;
        while let Some(start) = rest.find("{{") {
            let (before, after) = rest.split_at(start);
            text.push_str(before);
            let end = after.find("}}").unwrap_or(after.len().saturating_sub(2));
            // Three braces in Go and Python: the first one is the language's own.
            if after[2..].starts_with('{') {
                text.push('{');
                rest = &after[1..];
                continue;
            }
            let key = &after[2..end];
            match self.values.iter().find(|(name, _)| *name == key) {
                Some((_, value)) => text.push_str(value),
                None => text.push_str(&after[..end + 2]),
            }
            rest = &after[end + 2..];
        }
        text.push_str(rest);
    }
}
