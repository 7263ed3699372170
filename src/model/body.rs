//! The typed bodies of the facets that are collected so far. A collector fills them; they are stored as JSON.
//!
//! Every field is optional or a collection, because a statement holds only what its source says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::configuration::Call;
use crate::model::{EntityRef, Instant, Kind};

/// Facet `general`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct General {
    /// The readable ref that this statement claims. A statement with a ref *defines* its entity;
    /// one without only adds to it.
    #[serde(rename = "ref")]
    pub reference: Option<EntityRef>,
    /// A title for people.
    pub title: Option<String>,
    /// What it is, in a sentence or a paragraph.
    pub description: Option<String>,
    /// Teams and persons; the first is the owner, the rest are co-owners.
    pub owner: Vec<EntityRef>,
    /// Component, API or resource type: service, library, website, openapi, database.
    #[serde(rename = "type")]
    pub type_: Option<String>,
    /// As the descriptor says: experimental, production, deprecated.
    pub lifecycle: Option<String>,
    /// active, experimental, deprecated, archived or undeclared.
    pub status: Option<String>,
    /// Programming languages with at least one per cent of the bytes, most used first.
    pub languages: Vec<String>,
    /// Bytes per language. Volatile.
    pub language_bytes: BTreeMap<String, u64>,
    /// Tags or topics, sorted.
    pub topics: Vec<String>,
    /// public, internal or private.
    pub visibility: Option<String>,
    /// Name of the default branch.
    pub default_branch: Option<String>,
    /// The newest commit on the default branch. Volatile.
    pub last_commit: Option<LastCommit>,
    /// Commits and authors in the 90 days before the newest commit. Volatile.
    pub activity: Option<Activity>,
    /// SPDX licence expression.
    pub licence: Option<String>,
    /// The newest version by tag.
    pub version: Option<String>,
    /// Versions by tag name.
    pub versions: BTreeMap<String, TaggedVersion>,
    /// Links for people.
    pub links: Vec<WebLink>,
    /// Annotations of the descriptor.
    pub annotations: BTreeMap<String, String>,
    /// Labels of the descriptor.
    pub labels: BTreeMap<String, String>,
    /// The repository that holds it.
    pub repository: Option<EntityRef>,
    /// Path of the descriptor or folder inside the repository.
    pub path: Option<String>,
    /// The system it belongs to.
    pub system: Option<EntityRef>,
    /// The domain it belongs to.
    pub domain: Option<EntityRef>,
    /// The component it is a part of.
    pub subcomponent_of: Option<EntityRef>,
    /// Of a team: the team or tribe above; of a domain: the domain above.
    pub parent: Option<EntityRef>,
    /// Of a person: the teams.
    pub member_of: Vec<EntityRef>,
    /// Of a team: the teams below, as it says itself.
    pub children: Vec<EntityRef>,
    /// Of a team: the persons in it, as it says itself.
    pub members: Vec<EntityRef>,
    /// Of a person or team.
    pub email: Option<String>,
    /// Path of the README from which title and description were read.
    pub readme: Option<String>,
    /// Path of the CODEOWNERS file in force.
    pub codeowners: Option<String>,
    /// Of an API: where its definition is.
    pub definition: Option<Definition>,
}

/// Where the definition of an API is: in a file of the repository, in the descriptor itself, or elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Definition {
    /// The file inside the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The object id of its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// The file is the descriptor, which holds the definition as a text.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inline: bool,
    /// An address elsewhere, instead of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The newest commit of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCommit {
    /// Full object id.
    pub id: String,
    /// Committer time.
    pub at: Instant,
}

/// How much is going on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// Commits on the first-parent chain.
    pub commits: u64,
    /// Different author addresses among them.
    pub authors: u64,
}

/// A version by its tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaggedVersion {
    /// The commit that the tag names, peeled.
    pub commit: String,
    /// The tagger's time, or the committer's for a lightweight tag.
    pub at: Instant,
}

/// A link for people; only http and https are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebLink {
    /// The address.
    pub url: String,
    /// What it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Facet `dependencies`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dependencies {
    /// By [`package_key`].
    pub packages: BTreeMap<String, PackageUse>,
}

/// How one manifest or lockfile uses one package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageUse {
    /// Exact versions, sorted; a lockfile may hold several. Empty if only a requirement is known.
    pub versions: Vec<String>,
    /// As declared in the manifest, if it is: `^4.18`.
    pub requirement: Option<String>,
    /// runtime, development, build, optional, peer or test.
    pub scope: Option<String>,
    /// Declared by the project itself (true) or brought in by another package (false); absent if the file cannot tell.
    pub direct: Option<bool>,
}

/// The key of a package in [`Dependencies::packages`]: `manifest#ecosystem/name`.
#[must_use]
pub fn package_key(manifest: &str, ecosystem: &str, name: &str) -> String {
    format!("{manifest}#{ecosystem}/{name}")
}

/// The package that a key names; the manifest's path may itself hold a `#`.
#[must_use]
pub fn package_of_key(key: &str) -> Option<EntityRef> {
    let (_, package) = key.rsplit_once('#')?;
    EntityRef::new(Kind::Package, package).ok()
}

/// Facet `relations`: sets of refs, as keyed fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Relations {
    /// Needs it to work.
    pub depends_on: BTreeMap<String, bool>,
    /// What needs it to work, as it says itself.
    pub dependency_of: BTreeMap<String, bool>,
    /// Offers this API.
    pub provides_apis: BTreeMap<String, bool>,
    /// Calls this API.
    pub consumes_apis: BTreeMap<String, bool>,
    /// Publishes this package.
    pub publishes: BTreeMap<String, bool>,
    /// May call, or calls, what another source names, by `SOURCE#ID` of its resource.
    pub calls: BTreeMap<String, Call>,
}

/// Facet `documentation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Documentation {
    /// In-repository documents by path.
    pub documents: BTreeMap<String, Document>,
    /// Pages of a wiki by their number there.
    pub pages: BTreeMap<String, Page>,
}

/// A page of a wiki, without its content. It is compared as a whole, so that an edit is one change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Where a person reads it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The key of its space.
    pub space: String,
    /// Counted from 1; an edit makes the next one.
    pub version: u64,
    /// When that version was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Instant>,
    /// Who made it: a name, or what stands for it where the name is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub editor: Option<String>,
    /// Labels, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// A document of a repository, without its content: that is read by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredDocument")]
pub struct Document {
    /// Its first heading, or the title that an API definition gives itself; else the name of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The object id of its content. Records of earlier versions of spot have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// What it is written in. Records of earlier versions of spot have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<DocumentFormat>,
}

/// A document as any version of spot recorded it: at first there was only the title.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredDocument {
    Title(String),
    Whole {
        #[serde(default)]
        title: Option<String>,
        #[serde(default)]
        blob: Option<String>,
        #[serde(default)]
        format: Option<String>,
    },
}

impl From<StoredDocument> for Document {
    fn from(stored: StoredDocument) -> Self {
        match stored {
            StoredDocument::Title(title) => Self { title: Some(title), blob: None, format: None },
            // A format of a later version is none that is known here; the rest still counts.
            StoredDocument::Whole { title, blob, format } => {
                Self { title, blob, format: format.and_then(|word| DocumentFormat::from_word(&word)) }
            }
        }
    }
}

/// Facet `quality`: what SonarQube measured on the main branch. Ratios run from 0 to 1; what was not measured is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Quality {
    /// The key of the project.
    pub project: Option<String>,
    /// `passed`, `warning` or `failed`; absent if no gate was ever computed.
    pub gate: Option<String>,
    /// Conditions of the gate that are not met, by metric.
    pub failed_conditions: Vec<GateCondition>,
    /// `standard`, or `mqr` (multi-quality rules): ratings of the two modes do not compare.
    pub mode: Option<String>,
    /// Share of lines and branches that tests reach.
    pub coverage: Option<f64>,
    /// Share of lines that are duplicated.
    pub duplication: Option<f64>,
    /// Lines of code without blanks and comments. Volatile.
    pub lines: Option<u64>,
    /// Open issues of type bug; in MQR mode those that touch reliability.
    pub bugs: Option<u64>,
    /// Open issues of type vulnerability; in MQR mode those that touch security.
    pub vulnerabilities: Option<u64>,
    /// Open issues of type code smell; in MQR mode those that touch maintainability. Volatile.
    pub code_smells: Option<u64>,
    /// Security hotspots to review.
    pub hotspots: Option<u64>,
    /// `A` (best) to `E`.
    pub reliability: Option<String>,
    /// `A` (best) to `E`.
    pub security: Option<String>,
    /// `A` (best) to `E`.
    pub maintainability: Option<String>,
    /// `A` (best) to `E`: share of hotspots that were reviewed.
    pub security_review: Option<String>,
    /// Estimated work to fix all code smells, in minutes. Volatile.
    pub debt_minutes: Option<u64>,
    /// Of new code: see `coverage`.
    pub new_coverage: Option<f64>,
    /// Of new code: see `duplication`.
    pub new_duplication: Option<f64>,
    /// Of new code: lines that can be covered by tests or not. Volatile.
    pub new_lines: Option<u64>,
    /// Of new code: issues of all types.
    pub new_issues: Option<u64>,
    /// Of new code: see `bugs`.
    pub new_bugs: Option<u64>,
    /// Of new code: see `vulnerabilities`.
    pub new_vulnerabilities: Option<u64>,
    /// Of new code: see `code_smells`.
    pub new_code_smells: Option<u64>,
    /// Of new code: see `reliability`.
    pub new_reliability: Option<String>,
    /// Of new code: see `security`.
    pub new_security: Option<String>,
    /// Of new code: see `maintainability`.
    pub new_maintainability: Option<String>,
    /// When the newest analysis was made. Volatile.
    pub analysed_at: Option<Instant>,
}

/// A condition of a quality gate that is not met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GateCondition {
    /// The metric's key.
    pub metric: String,
    /// `<` if the value must not be below the threshold, `>` if not above it.
    pub operator: String,
    /// As configured.
    pub threshold: String,
    /// As measured; absent if there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// `failed` or `warning`.
    pub level: String,
}

/// Facet `package`: what its registry says of a package, once for the organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Package {
    /// The registry that was asked: `deps.dev`, `endoflife.date`, or the name of a private one.
    pub registry: Option<String>,
    /// Published by the organisation itself.
    pub internal: Option<bool>,
    /// The newest stable version; what is installed if no version is named.
    pub latest: Option<String>,
    /// Why the whole package should not be used any more, in its own words.
    pub deprecated: Option<String>,
    /// SPDX licence expression of the newest version.
    pub licence: Option<String>,
    /// Published versions from the oldest one in use on. Volatile.
    pub versions: BTreeMap<String, PublishedVersion>,
    /// Published weaknesses of versions in use, by id.
    pub advisories: BTreeMap<String, Advisory>,
    /// Of a runtime or base image: its release cycles by name.
    pub cycles: BTreeMap<String, Cycle>,
}

/// A published version of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishedVersion {
    /// When it was published, if the registry tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// Deprecated, yanked or retracted, and why; an empty reason is `no reason given`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

/// A published weakness of a package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Advisory {
    /// One line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// low, moderate, high or critical.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// CVSS base score, from 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Other ids, such as the CVE.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// Versions in use that it affects, in the ecosystem's order.
    pub affected: Vec<String>,
    /// The first version after each affected range.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<String>,
}

/// A release cycle of a runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cycle {
    /// When it came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released: Option<Instant>,
    /// When security support ends or ended, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_of_life: Option<Instant>,
    /// Supported for long.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lts: bool,
    /// Its newest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
}

/// What a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentFormat {
    /// AsciiDoc.
    Asciidoc,
    /// A definition in AsyncAPI, as YAML or JSON.
    Asyncapi,
    /// A schema in GraphQL's definition language.
    Graphql,
    /// Markdown.
    Markdown,
    /// A definition in OpenAPI or its predecessor Swagger, as YAML or JSON.
    Openapi,
    /// reStructuredText.
    RestructuredText,
    /// Anything else that is text.
    Text,
}

impl DocumentFormat {
    /// Every format.
    pub const ALL: [Self; 7] =
        [Self::Asciidoc, Self::Asyncapi, Self::Graphql, Self::Markdown, Self::Openapi, Self::RestructuredText, Self::Text];

    /// The word in records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asciidoc => "asciidoc",
            Self::Asyncapi => "asyncapi",
            Self::Graphql => "graphql",
            Self::Markdown => "markdown",
            Self::Openapi => "openapi",
            Self::RestructuredText => "restructuredtext",
            Self::Text => "text",
        }
    }

    /// The format that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// The format of prose by the file's name; a definition of an API has none by its name alone.
    #[must_use]
    pub fn of_prose(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        // Asked of every file of a repository, hence without a copy in lower case.
        let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(extension));
        if stem.is_empty() {
            None
        } else if is(&["md", "markdown"]) {
            Some(Self::Markdown)
        } else if is(&["adoc", "asciidoc"]) {
            Some(Self::Asciidoc)
        } else if is(&["rst"]) {
            Some(Self::RestructuredText)
        } else if is(&["txt", ""]) {
            Some(Self::Text)
        } else {
            None
        }
    }
}

/// How good a README a file is by its name, smaller being better; `None` if it is none. Folders before the name do not
/// count.
#[must_use]
pub fn readme_rank(path: &str) -> Option<usize> {
    const NAMES: [&str; 7] = ["readme.md", "readme.markdown", "readme.rst", "readme.adoc", "readme.asciidoc", "readme.txt", "readme"];
    let name = path.rsplit('/').next().unwrap_or(path);
    NAMES.iter().position(|candidate| candidate.eq_ignore_ascii_case(name))
}

/// The canonical JSON object of a typed body: without nulls and empty strings, arrays and objects.
#[must_use]
pub fn to_body<T: Serialize>(typed: &T) -> Map<String, Value> {
    match serde_json::to_value(typed) {
        Ok(Value::Object(map)) => map.into_iter().filter(|(_, value)| !is_empty(value)).collect(),
        _ => Map::new(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_holds_only_what_was_said() {
        let general = General { title: Some("Ledger".into()), owner: vec!["team:payments".parse().unwrap()], ..General::default() };
        assert_eq!(Value::Object(to_body(&general)).to_string(), r#"{"owner":["team:payments"],"title":"Ledger"}"#);
    }

    #[test]
    fn a_document_of_an_earlier_version_has_a_title_and_nothing_else() {
        let read = |value: Value| serde_json::from_value::<Document>(value).unwrap();
        assert_eq!(read("How".into()), Document { title: Some("How".into()), ..Document::default() });
        let whole = Document { title: Some("How".into()), blob: Some("c0ffee".into()), format: Some(DocumentFormat::RestructuredText) };
        assert_eq!(read(serde_json::to_value(&whole).unwrap()), whole);
        let later = read(serde_json::json!({ "blob": "c0ffee", "format": "hologram", "pages": 3 }));
        assert_eq!(later, Document { blob: Some("c0ffee".into()), ..Document::default() });
        for format in DocumentFormat::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.word());
        }
    }

    #[test]
    fn readmes_are_ranked_by_how_well_they_can_be_read() {
        assert!(readme_rank("README.md") < readme_rank("services/ledger/readme.rst"));
        assert!(readme_rank("Readme").is_some());
        assert_eq!(readme_rank("README.de.md"), None);
        assert_eq!(readme_rank("README.md/x"), None);
    }
}
