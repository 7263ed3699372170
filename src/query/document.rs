//! Documents of a repository and definitions of APIs: what they are called, since when, and the id of their content.
//! The content itself is not kept; whoever answers reads it from the repository by that id.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::collect::git::convert::check_of_file;
use crate::model::body::{self, DocumentFormat, readme_rank};
use crate::model::{EntityId, Facet, FieldPath, Instant};
use crate::query::lens::{Known, first_text};
use crate::query::{Error, Lens};
use crate::store::view::StatementAt;

/// A document at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file inside the repository; of a definition elsewhere its address.
    pub path: String,
    /// A title for people.
    pub title: Option<String>,
    /// What it is written in.
    pub format: DocumentFormat,
    /// Since when it is exactly this.
    pub since: Instant,
    /// It is the README of the folder that was asked for.
    pub readme: bool,
    /// Where its content is.
    pub content: Content,
}

/// Where the content of a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The repository holds it under this object id.
    Blob(String),
    /// It is the definition of the API of this ref, as a text of the descriptor that the repository holds under this id.
    Inline {
        /// The object id of the descriptor.
        blob: String,
        /// The API's ref.
        api: String,
    },
    /// An earlier version of spot recorded the document, without an id.
    Unknown,
    /// It is at an address, which nobody fetches.
    Elsewhere,
}

/// The documents of a repository in one of its folders (empty for all), by path.
///
/// # Errors
/// If the store cannot be read.
pub fn documents(lens: &Lens, repository: EntityId, folder: &str, at: Instant) -> Result<Vec<Document>, Error> {
    if !lens.exists(repository, at)? {
        return Ok(Vec::new());
    }
    let entries = lens.view().entries(repository, Facet::Documentation, "documents", at)?;
    let inside = entries.into_iter().filter(|(path, _)| is_inside(path, folder));
    let mut documents: Vec<Document> = inside.map(|(path, (value, since))| document(path, value, since)).collect();
    let best = documents
        .iter()
        .enumerate()
        .filter(|(_, document)| folder_of(&document.path) == folder)
        .filter_map(|(index, document)| Some((readme_rank(&document.path)?, index)))
        .min();
    if let Some((_, index)) = best {
        documents[index].readme = true;
    }
    Ok(documents)
}

fn document(path: String, value: Value, since: Instant) -> Document {
    let body::Document { title, blob, format } = serde_json::from_value(value).unwrap_or_default();
    let format = format.or_else(|| DocumentFormat::of_prose(&path)).unwrap_or(DocumentFormat::Text);
    let content = blob.map_or(Content::Unknown, Content::Blob);
    Document { path, title, format, since, readme: false, content }
}

/// The folder of a service in its repository, and the repository; none if it stands in none.
///
/// # Errors
/// If the store cannot be read.
pub fn place(lens: &Lens, service: EntityId, at: Instant) -> Result<Option<(EntityId, String)>, Error> {
    let Some(repository) = repository(lens, service, at)? else { return Ok(None) };
    let path = lens.text(Known::Path, service, at)?.unwrap_or_default();
    // A descriptor is a YAML file; a source without descriptors names the folder itself.
    let is_file = path.ends_with(".yaml") || path.ends_with(".yml");
    let folder = if is_file { folder_of(path) } else { path.trim_matches('/') };
    Ok(Some((repository, folder.to_owned())))
}

/// The repository that an entity names as its own.
///
/// # Errors
/// If the store cannot be read.
pub fn repository(lens: &Lens, id: EntityId, at: Instant) -> Result<Option<EntityId>, Error> {
    match lens.value(Known::Repository, id, at)?.and_then(|value| first_text(value)) {
        Some(text) => Ok(lens.resolve(text, at)?.map(|(repository, _)| repository)),
        None => Ok(None),
    }
}

/// What sources call a repository, as source and id: first as it was called at `at`, then under the names that it had
/// before and has had since, the newest first. A content may be where the repository is now.
///
/// # Errors
/// If the store cannot be read.
pub fn resources(lens: &Lens, repository: EntityId, at: Instant) -> Result<Vec<(String, String)>, Error> {
    let mut claims = lens.view().history(repository, &FieldPath::whole(Facet::General, Known::Ref.field()))?;
    claims.reverse();
    let current = claims.iter().position(|claim| claim.at <= at);
    let mut all: Vec<(String, String)> = Vec::new();
    for claim in current.map(|index| &claims[index]).into_iter().chain(&claims) {
        if let Some((source, resource, _)) = lens.view().stream(claim.said_by)
            && !all.iter().any(|(other, name)| *other == source && *name == resource)
        {
            all.push((source, resource));
        }
    }
    Ok(all)
}

/// The definition of an API, if its descriptor has one.
///
/// # Errors
/// If the store cannot be read.
pub fn definition(lens: &Lens, api: EntityId, at: Instant) -> Result<Option<Document>, Error> {
    if !lens.exists(api, at)? {
        return Ok(None);
    }
    let entries: BTreeMap<String, (Value, Instant)> = lens.view().entries(api, Facet::General, "definition", at)?;
    let Some(since) = entries.values().map(|(_, since)| *since).max() else { return Ok(None) };
    let fields = entries.into_iter().map(|(field, (value, _))| (field, value)).collect();
    let Ok(definition) = serde_json::from_value::<body::Definition>(Value::Object(fields)) else { return Ok(None) };
    let title = lens.text(Known::Title, api, at)?.map(str::to_owned);
    let kind = lens.text(Known::Type, api, at)?.unwrap_or_default().to_ascii_lowercase();
    let (path, content) = match definition {
        body::Definition { url: Some(url), .. } => (url, Content::Elsewhere),
        body::Definition { path: Some(path), blob: Some(blob), inline: true, .. } => {
            (path, Content::Inline { blob, api: lens.name(api, at)?.reference() })
        }
        body::Definition { path: Some(path), blob: Some(blob), .. } => (path, Content::Blob(blob)),
        _ => return Ok(None),
    };
    // What an API is by its own word tells more than the name of a file, which may be anything.
    let format = match kind.as_str() {
        "openapi" | "swagger" => DocumentFormat::Openapi,
        "asyncapi" => DocumentFormat::Asyncapi,
        "graphql" => DocumentFormat::Graphql,
        _ if matches!(content, Content::Inline { .. }) => DocumentFormat::Text,
        _ => DocumentFormat::of_prose(&path).unwrap_or(DocumentFormat::Text),
    };
    Ok(Some(Document { path, title, format, since, readme: false, content }))
}

/// Where a person can check a document: by the strongest of the statements that name it.
#[must_use]
pub fn check(statements: &[StatementAt], document: &Document) -> Option<String> {
    let names = |statement: &&StatementAt| match statement.facet {
        Facet::Documentation => statement.body.get("documents").is_some_and(|documents| documents.get(&document.path).is_some()),
        _ => statement.body.contains_key("definition"),
    };
    let check = statements.iter().find(names)?.check.as_deref()?;
    Some(match document.content {
        // The descriptor itself, with its line, is the place.
        Content::Inline { .. } | Content::Elsewhere => check.to_owned(),
        Content::Blob(_) | Content::Unknown => check_of_file(check, &document.path),
    })
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn is_inside(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
