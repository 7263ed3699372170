//! `openapi.yaml`: the API of a service.

use std::fmt::Write as _;

use super::Subject;
use crate::demo::company::organisation::titled;

/// The definition at a revision: paths and fields are added over time.
pub(super) fn open_api(subject: &Subject, revision: u16) -> String {
    let mut random = subject.random.part("api");
    let title = titled(&subject.word);
    let mut text = format!(
        "openapi: 3.0.3\ninfo:\n  title: {title}\n  version: 1.{revision}.0\n  description: |\n    {}\n",
        capital(&subject.meaning)
    );
    let _ = write!(
        text,
        "  contact:\n    name: {}\nservers:\n  - url: https://api.{}.example/{}\npaths:\n",
        subject.team.1, subject.login, subject.word
    );
    let resources = (2 + random.below(3) + usize::from(revision) / 3).min(subject.nouns.len());
    for noun in &subject.nouns[..resources] {
        let path = kebab(noun);
        let _ = write!(
            text,
            "  /{path}s:\n    get:\n      operationId: list{noun}s\n      summary: List {path}s\n      parameters:\n        - name: limit\n          \
             in: query\n          schema:\n            type: integer\n            maximum: 500\n      responses:\n        \"200\":\n          description: A \
             page.\n          content:\n            application/json:\n              schema:\n                type: array\n                items:\n                  \
             $ref: \"#/components/schemas/{noun}\"\n"
        );
        if random.chance(0.7) {
            let _ = write!(
                text,
                "  /{path}s/{{id}}:\n    get:\n      operationId: get{noun}\n      summary: One {path}\n      parameters:\n        - name: id\n          \
                 in: path\n          required: true\n          schema:\n            type: string\n      responses:\n        \"200\":\n          description: \
                 Found.\n        \"404\":\n          description: There is none.\n"
            );
        }
    }
    text.push_str("components:\n  schemas:\n");
    const FIELDS: &[(&str, &str)] = &[
        ("status", "string"),
        ("reference", "string"),
        ("changedAt", "string"),
        ("version", "integer"),
        ("region", "string"),
        ("amount", "number"),
        ("notes", "string"),
        ("deleted", "boolean"),
    ];
    for noun in &subject.nouns[..resources] {
        let _ =
            write!(text, "    {noun}:\n      type: object\n      required: [id]\n      properties:\n        id:\n          type: string\n");
        let many = (3 + usize::from(revision) % 6).min(FIELDS.len());
        for (name, kind) in &FIELDS[..many] {
            let _ = write!(text, "        {name}:\n          type: {kind}\n");
        }
    }
    text
}

fn capital(text: &str) -> String {
    format!("{}{}.", text[..1].to_uppercase(), &text[1..])
}

fn kebab(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
