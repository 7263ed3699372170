//! Why is this the owner; what was read from this file, by which rule, and what was not. Pure.
//!
//! # Invariants
//! - The answers come from the very functions that [`crate::collect::git::convert`] uses.
//! - A path may name a file or a folder; a leading `./` or slash does not matter. A trailing slash says that it is a
//!   folder, which cannot be told otherwise if no file that is read lies below it.

use std::sync::Arc;

use serde::Serialize;

use crate::collect::git::codeowners::{self, Match};
use crate::collect::git::convert::{self, Tree};
use crate::collect::git::descriptor;
use crate::collect::git::{Refusal, packages};
use crate::model::body::{General, Relations, package_of_key, to_body};
use crate::model::{EntityRef, Kind};

/// One thing that was read, decided or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What kind of thing it is.
    pub what: What,
    /// The file, from the repository's root.
    pub path: String,
    /// The line, from 1, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The rule by which it was read or decided.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// What was read, decided, or found instead of what was expected.
    pub text: String,
}

/// See [`Line`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A file was read.
    Read,
    /// A statement that was made of it.
    Stated,
    /// Something that has no effect here, and why.
    Ignored,
    /// Something that could not be read, and why.
    Refused,
    /// The answer.
    Answer,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.what {
            What::Read => "read",
            What::Stated => "stated",
            What::Ignored => "ignored",
            What::Refused => "refused",
            What::Answer => "answer",
        };
        write!(f, "{what:<8} {}", if self.path.is_empty() { "." } else { &self.path })?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, "  {}", self.text)?;
        if !self.rule.is_empty() {
            write!(f, "  [{}]", self.rule)?;
        }
        Ok(())
    }
}

/// Who owns `path`, and why: the descriptor in or above it, then CODEOWNERS.
#[must_use]
pub fn explain_owner(tree: &dyn Tree, path: &str) -> Vec<Line> {
    let is_folder = path.ends_with('/');
    let path = normal(path);
    let mut lines = Vec::new();
    let catalog = read_catalog(tree);
    let is_descriptor = catalog.files.iter().any(|(file, _)| *file == path);
    let mut by_descriptor: Option<((usize, bool), String, u32, String)> = None;
    for (file, found) in catalog.found.iter().filter(|(file, _)| if is_descriptor { *file == path } else { is_above(file, &path) }) {
        if matches!(found.entity.kind(), Kind::Team | Kind::Person) {
            continue;
        }
        if found.general.owner.is_empty() {
            lines.push(line(What::Ignored, file, Some(found.line), "catalog-info.yaml", format!("{} states no owner", found.entity)));
            continue;
        }
        let owners = joined(&found.general.owner);
        lines.push(line(What::Stated, file, Some(found.line), "catalog-info.yaml", format!("{} is owned by {owners}", found.entity)));
        // The nearest folder counts, and in it a Component before other kinds.
        let nearness = (convert::folder(file).len(), found.entity.kind() == Kind::Service);
        if by_descriptor.as_ref().is_none_or(|(best, ..)| nearness > *best) {
            by_descriptor = Some((nearness, file.clone(), found.line, owners));
        }
    }
    lines.extend(catalog.refusals.iter().filter(|refusal| is_above(&refusal.path, &path) || refusal.path == path).map(refused));

    let mut by_codeowners = None;
    let mut refusals = Vec::new();
    let in_force = convert::codeowners_path(tree, &mut refusals);
    lines.extend(refusals.iter().map(refused));
    for candidate in codeowners::CANDIDATES.iter().filter(|candidate| tree.files().contains_key(**candidate)) {
        if in_force.is_some_and(|in_force| in_force != *candidate) && !refusals.iter().any(|refusal| refusal.path == *candidate) {
            let text = format!("{} comes first", in_force.unwrap_or_default());
            lines.push(line(What::Ignored, candidate, None, "first CODEOWNERS file wins", text));
        }
    }
    match in_force.map(|file| (file, convert::content(tree, file))) {
        None => lines.push(line(What::Ignored, "", None, "CODEOWNERS", format!("none of {} exists", codeowners::CANDIDATES.join(", ")))),
        Some((_, Err(refusal))) => lines.push(refused(&refusal)),
        Some((file, Ok(bytes))) => {
            let parsed = codeowners::parse(file, &bytes);
            let text = format!("rules: {}, refused lines: {}", parsed.rules.len(), parsed.refusals.len());
            lines.push(line(What::Read, file, None, "CODEOWNERS", text));
            lines.extend(parsed.refusals.iter().map(refused));
            let target = if path.is_empty() { "a file in the root".to_owned() } else { path.clone() };
            match owners_of(&parsed, tree, &path, is_folder) {
                Match::Owned { owners, line: number, pattern } => {
                    let owners = joined(owners);
                    let text = format!("{target} is owned by {owners}: pattern {pattern} is the last that matches");
                    lines.push(line(What::Stated, file, Some(number), "last matching line wins", text));
                    by_codeowners = Some((file, number, owners));
                }
                Match::Unowned { line: number, pattern } => {
                    let text = format!("{target} is owned by nobody: pattern {pattern} is the last that matches and names no owner");
                    lines.push(line(What::Stated, file, Some(number), "last matching line wins", text));
                }
                Match::NoMatch => lines.push(line(What::Ignored, file, None, "CODEOWNERS", format!("no pattern matches {target}"))),
            }
        }
    }
    lines.push(match (by_descriptor, by_codeowners) {
        (Some((_, file, number, owners)), _) => line(What::Answer, &file, Some(number), "catalog-info.yaml before CODEOWNERS", owners),
        (None, Some((file, number, owners))) => line(What::Answer, file, Some(number), "CODEOWNERS", owners),
        (None, None) => line(What::Answer, &path, None, "", "nobody".to_owned()),
    });
    lines
}

/// Which packages were read from `path` (or from every manifest below it), and to which service they belong.
#[must_use]
pub fn explain_packages(tree: &dyn Tree, path: &str) -> Vec<Line> {
    let path = normal(path);
    let catalog = read_catalog(tree);
    let components = convert::Components::new(&catalog.found);
    let mut lines = Vec::new();
    for (file, entry) in tree.files().iter().filter(|(file, _)| is_at_or_below(file, &path) && packages::is_manifest(file)) {
        let bytes = match convert::content(tree, file) {
            Ok(bytes) => bytes,
            Err(refusal) => {
                lines.push(refused(&refusal));
                continue;
            }
        };
        let parsed = packages::parse(file, &bytes, &mut |other| convert::content(tree, other).ok());
        let with: Vec<&str> = parsed.reads.iter().filter(|other| tree.files().contains_key(*other)).map(String::as_str).collect();
        let together = if with.is_empty() { String::new() } else { format!(", together with {}", with.join(", ")) };
        let text = format!("packages: {}, from {} bytes{together}", parsed.packages.len(), entry.size);
        lines.push(line(What::Read, file, None, parsed.rule, text));
        if let Some(package) = &parsed.publishes {
            lines.push(line(What::Stated, file, None, parsed.rule, format!("publishes {package}")));
        }
        for (key, used) in &parsed.packages {
            let name = package_of_key(key).map_or_else(|| key.clone(), |package| package.name().to_owned());
            let mut words = vec![name];
            words.extend(used.versions.iter().cloned());
            words.extend(used.requirement.iter().map(|requirement| format!("required as {requirement}")));
            words.extend(used.scope.iter().cloned());
            words.extend(used.direct.map(|direct| if direct { "direct".to_owned() } else { "transitive".to_owned() }));
            lines.push(line(What::Stated, file, None, parsed.rule, words.join(" ")));
        }
        lines.extend(parsed.refusals.iter().map(refused));
        lines.push(match components.above(file) {
            Some((descriptor, found)) => {
                let text = format!("the packages belong to {}", found.entity);
                line(What::Answer, descriptor, Some(found.line), "nearest Component in the folder or above", text)
            }
            None if catalog.found.iter().any(|(_, found)| found.entity.kind() == Kind::Service) => {
                line(What::Answer, file, None, "no Component in the folder or above", "the packages belong to the repository".to_owned())
            }
            None => {
                let text = "the packages belong to the undeclared service of the repository".to_owned();
                line(What::Answer, file, None, "no Component in the repository", text)
            }
        });
    }
    if lines.is_empty() {
        let text = if tree.files().contains_key(&path) { "is no manifest or lockfile" } else { "holds no manifest or lockfile" };
        lines.push(line(What::Ignored, &path, None, "by the file's name", text.to_owned()));
    }
    lines
}

/// What the descriptors at or below `path` say.
#[must_use]
pub fn explain_catalog(tree: &dyn Tree, path: &str) -> Vec<Line> {
    let path = normal(path);
    let catalog = read_catalog(tree);
    let mut lines = Vec::new();
    for (file, pointed_by) in catalog.files.iter().filter(|(file, _)| is_at_or_below(file, &path)) {
        let documents = catalog.found.iter().filter(|(of, _)| of == file);
        let (rule, by) = match pointed_by {
            Some(pointer) => ("Location", format!(", to which {pointer} points")),
            None => ("catalog-info.yaml", String::new()),
        };
        lines.push(line(What::Read, file, None, rule, format!("entities: {}{by}", documents.clone().count())));
        for (_, found) in documents {
            lines.push(line(What::Stated, file, Some(found.line), "document", format!("{}", found.entity)));
            let definition = convert::definition(tree, file, found);
            let general = General { definition: definition.as_ref().ok().cloned().flatten(), ..found.general.clone() };
            lines.extend(definition.err().iter().map(refused));
            for (field, value) in fields(&general, &found.relations) {
                lines.push(line(What::Stated, file, Some(found.line), "field", format!("{} {field} = {value}", found.entity)));
            }
        }
    }
    lines.extend(catalog.refusals.iter().filter(|refusal| is_at_or_below(&refusal.path, &path)).map(refused));
    if lines.is_empty() {
        let text = if path.ends_with(".yaml") || path.ends_with(".yml") {
            "is not read: it is not named catalog-info.yaml and no Location points to it"
        } else {
            "holds no catalog-info.yaml"
        };
        lines.push(line(What::Ignored, &path, None, "", text.to_owned()));
    }
    lines
}

fn fields(general: &General, relations: &Relations) -> Vec<(String, String)> {
    let general = to_body(general).into_iter().map(|(field, value)| (format!("general.{field}"), value.to_string()));
    let relations = to_body(relations).into_iter().map(|(field, value)| (format!("relations.{field}"), value.to_string()));
    general.filter(|(field, _)| field != "general.ref").chain(relations).collect()
}

fn read_catalog(tree: &dyn Tree) -> convert::Catalog {
    convert::catalog(tree, None, &mut |path| convert::content(tree, path).map(|bytes| Arc::new(descriptor::parse(path, &bytes))))
}

/// The owner of a file; of a folder the owner of any file in it that no pattern names.
fn owners_of<'a>(codeowners: &'a codeowners::Codeowners, tree: &dyn Tree, path: &str, is_folder: bool) -> Match<'a> {
    if path.is_empty() {
        return codeowners.owners_of_root();
    }
    // Only some files are listed, but a folder with a listed file in it is a folder for certain.
    let prefix = format!("{path}/");
    let is_folder = is_folder || tree.files().range(prefix.clone()..).next().is_some_and(|(file, _)| file.starts_with(&prefix));
    if is_folder && !tree.files().contains_key(path) {
        return codeowners.owners_of(&format!("{prefix}any file in it"));
    }
    codeowners.owners_of(path)
}

fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn is_at_or_below(file: &str, path: &str) -> bool {
    path.is_empty() || file == path || file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether `file` stands in the folder of `path`, or in one above.
fn is_above(file: &str, path: &str) -> bool {
    is_at_or_below(path, convert::folder(file))
}

fn joined(owners: &[EntityRef]) -> String {
    owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn line(what: What, path: &str, line: Option<u32>, rule: &str, text: String) -> Line {
    Line { what, path: path.to_owned(), line, rule: rule.to_owned(), text }
}

fn refused(refusal: &Refusal) -> Line {
    line(What::Refused, &refusal.path, refusal.line, "", refusal.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::convert::tests::{Files, document};

    fn told(lines: &[Line]) -> String {
        lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    fn files() -> Files {
        Files::default()
            .with("services/ledger/catalog-info.yaml", document("Component", "ledger", ", dependsOn: [nokind]"))
            .with("services/ledger/go.mod", "module acme.example/ledger\n\nrequire acme.example/x v1.2.3\n")
            .with(".github/CODEOWNERS", "* @acme/platform\n!bad @ann\n/services/ledger/ @acme/money\n/docs/\n")
            .with("docs/CODEOWNERS", "* @acme/docs\n")
            .with("docs/index.md", "# x\n")
    }

    #[test]
    fn the_owner_is_explained_by_descriptor_and_codeowners() {
        insta::assert_snapshot!(told(&explain_owner(&files(), "services/ledger/src/main.go")), @r#"
        stated   services/ledger/catalog-info.yaml:3  service:ledger is owned by team:payments  [catalog-info.yaml]
        refused  services/ledger/catalog-info.yaml:4  spec.dependsOn: "nokind" lacks a kind; expected [kind:][namespace/]name
        ignored  docs/CODEOWNERS  .github/CODEOWNERS comes first  [first CODEOWNERS file wins]
        read     .github/CODEOWNERS  rules: 3, refused lines: 1  [CODEOWNERS]
        refused  .github/CODEOWNERS:2  pattern "!bad" negates with !, which CODEOWNERS does not support; the line is skipped
        stated   .github/CODEOWNERS:3  services/ledger/src/main.go is owned by team:money: pattern /services/ledger/ is the last that matches  [last matching line wins]
        answer   services/ledger/catalog-info.yaml:3  team:payments  [catalog-info.yaml before CODEOWNERS]
        "#);
        insta::assert_snapshot!(told(&explain_owner(&files(), "./docs/")), @r#"
        ignored  docs/CODEOWNERS  .github/CODEOWNERS comes first  [first CODEOWNERS file wins]
        read     .github/CODEOWNERS  rules: 3, refused lines: 1  [CODEOWNERS]
        refused  .github/CODEOWNERS:2  pattern "!bad" negates with !, which CODEOWNERS does not support; the line is skipped
        stated   .github/CODEOWNERS:4  docs is owned by nobody: pattern /docs/ is the last that matches and names no owner  [last matching line wins]
        answer   docs  nobody
        "#);
        assert!(told(&explain_owner(&files(), "src/")).ends_with("team:platform  [CODEOWNERS]"));
        let of_folder = Files::default().with("CODEOWNERS", "* @ann\n/src/ @bob\n");
        assert!(told(&explain_owner(&of_folder, "src/")).ends_with("person:bob  [CODEOWNERS]"));
        assert!(told(&explain_owner(&of_folder, "src")).ends_with("person:ann  [CODEOWNERS]"));
        assert!(told(&explain_owner(&files(), "")).ends_with("team:platform  [CODEOWNERS]"));
        assert!(told(&explain_owner(&Files::default(), "x")).contains("none of .github/CODEOWNERS"));
    }

    #[test]
    fn packages_are_explained_with_the_service_that_gets_them() {
        insta::assert_snapshot!(told(&explain_packages(&files(), "services")), @r#"
        read     services/ledger/go.mod  packages: 1, from 58 bytes  [go.mod]
        stated   services/ledger/go.mod  publishes go/acme.example/ledger  [go.mod]
        stated   services/ledger/go.mod  go/acme.example/x v1.2.3 runtime direct  [go.mod]
        answer   services/ledger/catalog-info.yaml:3  the packages belong to service:ledger  [nearest Component in the folder or above]
        "#);
        assert!(told(&explain_packages(&files(), "docs")).contains("holds no manifest"));
        assert!(told(&explain_packages(&Files::default().with("go.mod", ""), "go.mod")).contains("undeclared service"));
    }

    #[test]
    fn descriptors_are_explained_field_by_field_with_what_was_refused() {
        insta::assert_snapshot!(told(&explain_catalog(&files(), "/services/ledger/catalog-info.yaml")), @r#"
        read     services/ledger/catalog-info.yaml  entities: 1  [catalog-info.yaml]
        stated   services/ledger/catalog-info.yaml:3  service:ledger  [document]
        stated   services/ledger/catalog-info.yaml:3  service:ledger general.lifecycle = "production"  [field]
        stated   services/ledger/catalog-info.yaml:3  service:ledger general.owner = ["team:payments"]  [field]
        stated   services/ledger/catalog-info.yaml:3  service:ledger general.status = "active"  [field]
        stated   services/ledger/catalog-info.yaml:3  service:ledger general.type = "t"  [field]
        refused  services/ledger/catalog-info.yaml:4  spec.dependsOn: "nokind" lacks a kind; expected [kind:][namespace/]name
        "#);
        let api = |name: &str, target: &str| document("API", name, &format!(", definition: {{$text: {target}}}"));
        let apis = Files::default()
            .with("catalog-info.yaml", format!("{}---\n{}", api("rates", "./rates.json"), api("cards", "../cards.json")))
            .with("rates.json", "{}");
        let lines = told(&explain_catalog(&apis, "catalog-info.yaml"));
        assert!(lines.contains(r#"api:rates general.definition = {"blob":""#), "{lines}");
        assert!(lines.contains("refused  catalog-info.yaml:9  spec.definition \"../cards.json\" leaves the repository"), "{lines}");
        assert!(told(&explain_catalog(&files(), "docs")).contains("holds no catalog-info.yaml"));
        assert!(told(&explain_catalog(&files(), "x/y.yaml")).contains("no Location points to it"));
    }

    #[test]
    fn a_line_is_one_json_object() {
        let line = explain_catalog(&files(), "docs").remove(0);
        assert_eq!(serde_json::to_string(&line).unwrap(), r#"{"what":"ignored","path":"docs","text":"holds no catalog-info.yaml"}"#);
    }
}
