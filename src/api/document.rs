//! Documents of repositories and definitions of APIs, with their contents, which are read only where they are asked for.
//!
//! # Invariants
//! - Nobody can ask for an object by its id: only what the store states of an entity at the moment is read.
//! - A content that cannot be read is a reason in the answer, no error; such an answer is not kept.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use async_graphql::{Enum, Object, Result, SimpleObject};
use tokio::sync::Semaphore;

use crate::api::entity::Item;
use crate::api::error::from_query;
use crate::api::present::Pinned;
use crate::api::scalar::DateTime;
use crate::collect::contents::{Between, Contents, Text, Unavailable};
use crate::model::{EntityId, Facet, body};
use crate::query::document::{self, Content};

/// What a document is written in.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "body::DocumentFormat")]
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

/// Reads contents, a few at a time: a question may ask for thousands, each of megabytes.
pub(crate) struct Reading {
    sources: BTreeMap<String, Arc<dyn Contents>>,
    permits: Semaphore,
}

impl Reading {
    /// Contents that are read at the same time.
    const MOST: usize = 4;

    pub(crate) fn new(sources: BTreeMap<String, Arc<dyn Contents>>) -> Self {
        Self { sources, permits: Semaphore::new(Self::MOST) }
    }

    /// The content, from the first of the resources (source and id) that has it.
    async fn read(&self, resources: Vec<(String, String)>, content: Content) -> std::result::Result<Text, Unavailable> {
        self.ask(resources, move |contents, resource| match &content {
            Content::Inline { blob, api } => Some(contents.definition(resource, blob, api)),
            Content::Blob(blob) => Some(contents.document(resource, blob)),
            Content::Unknown | Content::Elsewhere => None,
        })
        .await
    }

    /// The commits between two versions, from the first of the resources that knows them.
    pub(crate) async fn commits(
        &self,
        resources: Vec<(String, String)>,
        from: String,
        to: String,
        most: usize,
    ) -> Result<std::result::Result<Between, Unavailable>> {
        let _permit = self.permits.acquire().await?;
        Ok(self.ask(resources, move |contents, resource| Some(contents.commits(resource, &from, &to, most))).await)
    }

    /// What the first of the resources answers that has an answer.
    async fn ask<T: Send + 'static>(
        &self,
        resources: Vec<(String, String)>,
        ask: impl Fn(&dyn Contents, &str) -> Option<std::result::Result<T, Unavailable>> + Send + 'static,
    ) -> std::result::Result<T, Unavailable> {
        let named = resources.first().map(|(_, resource)| resource.clone()).unwrap_or_default();
        let known: Vec<(Arc<dyn Contents>, String)> =
            resources.into_iter().filter_map(|(source, resource)| Some((Arc::clone(self.sources.get(&source)?), resource))).collect();
        let failed = |message: String| Unavailable::Failed { repository: named.clone(), message };
        let work = move || {
            let mut why: Option<Unavailable> = None;
            for (contents, resource) in known {
                let Some(read) = ask(contents.as_ref(), &resource) else { return Err(None) };
                match read {
                    Ok(read) => return Ok(read),
                    // The name at the moment comes first; of equal reasons it is the one worth telling.
                    Err(other) if why.as_ref().is_none_or(|why| rank(&other) > rank(why)) => why = Some(other),
                    Err(_) => {}
                }
            }
            Err(why)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(Some(why))) => Err(why),
            Ok(Err(None)) => Err(Unavailable::NoRepository(named)),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// What says more is told, whichever repository it is about.
fn rank(why: &Unavailable) -> u8 {
    match why {
        Unavailable::NoRepository(_) => 0,
        Unavailable::NoObject(_) | Unavailable::NoClone(_) => 1,
        Unavailable::Failed { .. } => 2,
        _ => 3,
    }
}

/// A document of a repository, or the definition of an API, as it was at the moment.
#[derive(Clone)]
pub struct Document {
    pinned: Arc<Pinned>,
    found: document::Document,
    provenance: Arc<Provenance>,
}

/// What the documents of one answer share: who states them, and which repository holds them.
struct Provenance {
    /// The entity whose statements name the document.
    stated_of: EntityId,
    facet: Facet,
    repository: Option<EntityId>,
    /// Its statements, read when somebody asks where to check.
    statements: OnceLock<Vec<crate::store::view::StatementAt>>,
}

impl Provenance {
    fn new(stated_of: EntityId, facet: Facet, repository: Option<EntityId>) -> Arc<Self> {
        Arc::new(Self { stated_of, facet, repository, statements: OnceLock::new() })
    }
}

/// A document of a repository, or the definition of an API, as it was at the moment.
#[Object]
impl Document {
    /// The file inside the repository; of a definition elsewhere its address.
    async fn path(&self) -> &str {
        &self.found.path
    }

    /// Its first heading, or the title that the definition of an API gives itself; else the name of the file.
    async fn title(&self) -> Option<&str> {
        self.found.title.as_deref()
    }

    /// What it is written in.
    async fn format(&self) -> DocumentFormat {
        self.found.format.into()
    }

    /// Where a person can check: a link, or `commit:path`.
    async fn check(&self) -> Result<Option<String>> {
        let provenance = &self.provenance;
        let statements = match provenance.statements.get() {
            Some(statements) => statements,
            None => {
                let view = self.pinned.lens().view();
                let mut read = view.statements(provenance.stated_of, self.pinned.at).map_err(|error| from_query(error.into()))?;
                read.retain(|statement| statement.facet == provenance.facet);
                provenance.statements.get_or_init(|| read)
            }
        };
        Ok(document::check(statements, &self.found))
    }

    /// Since when it is exactly this.
    async fn since(&self) -> DateTime {
        DateTime(self.found.since)
    }

    /// Whether it is the README of the repository, or of the folder of the service.
    async fn readme(&self) -> bool {
        self.found.readme
    }

    /// What stands in it, read from the repository.
    async fn content(&self) -> Result<DocumentContent> {
        let reason = |reason: &str| Ok(DocumentContent { text: None, bytes: None, reason: Some(reason.to_owned()) });
        match self.found.content {
            Content::Elsewhere => return reason("the definition is at this address, and spot does not fetch it"),
            Content::Unknown => return reason("an earlier version of spot recorded this document, and not which content it had"),
            Content::Blob(_) | Content::Inline { .. } => {}
        }
        let present = &self.pinned.present;
        let resources = match self.provenance.repository {
            Some(repository) => document::resources(self.pinned.lens(), repository, self.pinned.at).map_err(from_query)?,
            None => Vec::new(),
        };
        let _permit = present.contents.permits.acquire().await?;
        // What is asked for after the last byte was spent need not be read.
        present.budget.charge_contents(0)?;
        let read = present.contents.read(resources, self.found.content.clone()).await;
        let bytes = |bytes: u64| i32::try_from(bytes).ok();
        match read {
            Ok(content) => {
                present.budget.charge_contents(content.bytes)?;
                Ok(DocumentContent { bytes: bytes(content.bytes), text: Some(content.text), reason: None })
            }
            Err(why) => {
                if !why.is_final() {
                    present.passing.store(true, Ordering::Relaxed);
                }
                Ok(DocumentContent { text: None, bytes: why.bytes().and_then(bytes), reason: Some(why.to_string()) })
            }
        }
    }
}

/// What stands in a document, or why that is not known.
#[derive(SimpleObject, Clone)]
pub struct DocumentContent {
    /// The whole text, if there is one of at most two mebibytes.
    pub text: Option<String>,
    /// Its length in bytes, where it is known.
    pub bytes: Option<i32>,
    /// Why there is no text; null if there is.
    pub reason: Option<String>,
}

/// The documents of a repository.
pub(crate) fn of_repository(item: &Item) -> Result<Vec<Document>> {
    in_folder(item, item.id, "")
}

/// The documents in the folder of a service.
pub(crate) fn of_service(item: &Item) -> Result<Vec<Document>> {
    match document::place(item.pinned.lens(), item.id, item.pinned.at).map_err(from_query)? {
        Some((repository, folder)) => in_folder(item, repository, &folder),
        None => Ok(Vec::new()),
    }
}

fn in_folder(item: &Item, repository: EntityId, folder: &str) -> Result<Vec<Document>> {
    let found = document::documents(item.pinned.lens(), repository, folder, item.pinned.at).map_err(from_query)?;
    item.pinned.present.budget.charge(found.len())?;
    let provenance = Provenance::new(repository, Facet::Documentation, Some(repository));
    let rendered = found.into_iter().map(|found| Document { pinned: Arc::clone(&item.pinned), found, provenance: Arc::clone(&provenance) });
    Ok(rendered.collect())
}

/// The document of this path among `documents`.
pub(crate) fn named(documents: Vec<Document>, path: &str) -> Option<Document> {
    documents.into_iter().find(|document| document.found.path == path)
}

/// The definition of an API.
pub(crate) fn of_api(item: &Item) -> Result<Option<Document>> {
    let (lens, at) = (item.pinned.lens(), item.pinned.at);
    let Some(found) = document::definition(lens, item.id, at).map_err(from_query)? else { return Ok(None) };
    let repository = document::repository(lens, item.id, at).map_err(from_query)?;
    let provenance = Provenance::new(item.id, Facet::General, repository);
    Ok(Some(Document { pinned: Arc::clone(&item.pinned), found, provenance }))
}
