//! GraphQL: maps and pages what `query` answers. Its types live here and nowhere below.
//!
//! # Invariants
//! - What can be changed is the present alone, by those whom the table in [`mutation`] names.
//! - `at` stands on root fields and is inherited by everything below; a moment in the future is an error.
//! - Every error carries a stable code in `extensions.code`, and refusals say by how much something was too much.
//! - A request sees one generation of the store from its first field to its last.

pub mod action;
pub mod audit;
pub mod board;
pub mod cause;
pub mod change;
pub mod commits;
pub mod connection;
pub mod document;
pub mod entity;
pub mod error;
pub mod event;
pub mod facts;
pub mod impact;
pub mod kubernetes;
pub mod limits;
pub mod lists;
pub mod mutation;
pub mod outdated;
pub mod package;
pub(crate) mod plain;
pub(crate) mod present;
pub mod pushed;
pub mod quality;
mod report;
pub mod root;
pub mod scalar;
pub mod status;
pub mod subscription;
pub mod unlinked;

pub use limits::Limits;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response, SDLExportOptions, Schema, ValidationMode};
use futures::stream::{BoxStream, StreamExt};
use parking_lot::Mutex;
use tokio::sync::watch;
use xxhash_rust::xxh3::xxh3_64;

use crate::access::{Audit, Caller, Denied};
use crate::act::Desk;
use crate::api::document::Reading;
use crate::api::error::Code;
use crate::api::limits::{Budget, Paged};
use crate::api::mutation::{Hands, Mutation};
use crate::api::present::Present;
use crate::api::root::Query;
use crate::api::subscription::Subscription;
use crate::collect::Contents;
use crate::model::Instant;
use crate::query::Lens;
use crate::query::status::Activity;
use crate::report::send::Office;
use crate::store::{Store, View};

/// What the API reads: given by the process that owns the store, the clock and the schedule.
pub struct Sources {
    /// The newest view.
    pub view: Box<dyn Fn() -> View + Send + Sync>,
    /// The present.
    pub now: Box<dyn Fn() -> Instant + Send + Sync>,
    /// What collectors are doing.
    pub activities: watch::Receiver<Arc<Vec<Activity>>>,
    /// The newest generation of the store; subscriptions wait for it to grow.
    pub generations: watch::Receiver<u64>,
    /// Where contents of documents are read, by source.
    pub contents: BTreeMap<String, Arc<dyn Contents>>,
    /// Whoever does what mutations ask for; without, there is nobody.
    pub hands: Option<Arc<dyn Hands>>,
    /// Where actions are planned and done; without, no cluster is configured.
    pub desk: Option<Arc<Desk>>,
    /// Who keeps refused attempts to change something; without, nobody does.
    pub audit: Option<Arc<Audit>>,
    /// Who sends the weekly report; without, nobody gets it.
    pub office: Option<Arc<Office>>,
}

impl Sources {
    /// A store that nobody writes to or collects for: nothing can be followed, and no content can be read.
    #[must_use]
    pub fn idle(store: Arc<Store>, now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        let (_, activities) = watch::channel(Arc::default());
        let (_, generations) = watch::channel(store.generation());
        Self {
            view: Box::new(move || store.view()),
            now: Box::new(now),
            activities,
            generations,
            contents: BTreeMap::new(),
            hands: None,
            desk: None,
            audit: None,
            office: None,
        }
    }
}

/// What all requests share.
pub(crate) struct Shared {
    view: Box<dyn Fn() -> View + Send + Sync>,
    now: Box<dyn Fn() -> Instant + Send + Sync>,
    pub(crate) activities: watch::Receiver<Arc<Vec<Activity>>>,
    pub(crate) generations: watch::Receiver<u64>,
    contents: Arc<Reading>,
    pub(crate) hands: Option<Arc<dyn Hands>>,
    pub(crate) desk: Option<Arc<Desk>>,
    audit: Option<Arc<Audit>>,
    pub(crate) office: Option<Arc<Office>>,
    limits: Limits,
    paged: Paged,
    lens: Mutex<Option<(u64, Arc<Lens>)>>,
}

impl Shared {
    fn lens(&self) -> Arc<Lens> {
        let view = (self.view)();
        let generation = view.generation();
        let mut kept = self.lens.lock();
        match kept.as_ref() {
            Some((of, lens)) if *of == generation => Arc::clone(lens),
            _ => {
                let lens = Arc::new(Lens::new(view));
                *kept = Some((generation, Arc::clone(&lens)));
                lens
            }
        }
    }

    pub(crate) fn present(&self) -> Arc<Present> {
        let lens = self.lens();
        let activities = Arc::clone(&self.activities.borrow());
        Arc::new(Present {
            lens,
            now: (self.now)(),
            budget: Budget::new(&self.limits),
            activities,
            contents: Arc::clone(&self.contents),
            passing: AtomicBool::new(false),
        })
    }
}

/// The API over a store. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    schema: Schema<Query, Mutation, Subscription>,
    /// The same schema, for documents that were found valid before.
    trusting: Schema<Query, Mutation, Subscription>,
    valid: moka::sync::Cache<String, Arc<ExecutableDocument>>,
    shared: Arc<Shared>,
    hash: u64,
}

impl Api {
    /// Documents that are kept parsed: programs ask the same few questions again and again.
    const KEPT_DOCUMENTS: u64 = 500;

    /// An API over these sources.
    #[must_use]
    pub fn new(sources: Sources, limits: Limits) -> Self {
        let Sources { view, now, activities, generations, contents, hands, desk, audit, office } = sources;
        let sdl = sdl();
        let paged = Paged::of(&sdl);
        let contents = Arc::new(Reading::new(contents));
        let lens = Mutex::new(None);
        let shared = Arc::new(Shared { view, now, activities, generations, contents, hands, desk, audit, office, limits, paged, lens });
        let schema = builder().data(Arc::clone(&shared)).finish();
        let trusting = builder().data(Arc::clone(&shared)).validation_mode(ValidationMode::Fast).finish();
        let valid = moka::sync::Cache::new(Self::KEPT_DOCUMENTS);
        let hash = xxh3_64(sdl.as_bytes());
        Self { schema, trusting, valid, shared, hash }
    }

    /// Answers one request. Never fails: errors are in the answer, each with its code. A request without a
    /// [`Caller`] in its data comes from somebody unknown, who may look.
    pub async fn execute(&self, request: Request) -> Response {
        let (mut request, caller) = mutation::with_caller(request);
        let known = self.valid.get(request.query.as_str());
        if let Some(document) = &known {
            request.set_parsed_query(document.as_ref().clone());
        }
        if let Some((refusal, denial)) = self.refusal(&mut request, &caller) {
            self.keep(caller, denial).await;
            return refusal;
        }
        let query = if known.is_none() { Some((request.query.clone(), request.parsed_query().ok().cloned())) } else { None };
        let schema = if known.is_some() { &self.trusting } else { &self.schema };
        let limit = self.shared.limits.time;
        let present = self.shared.present();
        let request = request.data(Arc::clone(&present));
        let mut response = match tokio::time::timeout(limit, schema.execute(request)).await {
            Ok(response) => response,
            Err(_) => Code::TimedOut.response(format!("the answer took longer than the limit of {} ms; ask for less", limit.as_millis())),
        };
        if let Some((query, Some(document))) = query
            && response.errors.is_empty()
        {
            self.valid.insert(query, Arc::new(document));
        }
        if present.passing.load(Ordering::Relaxed) {
            // A later answer may differ although nothing was recorded meanwhile.
            response.cache_control.max_age = -1;
        }
        error::complete(&mut response);
        response
    }

    /// Follows a subscription; answers anything else once.
    pub fn stream(&self, request: Request) -> BoxStream<'static, Response> {
        let (mut request, caller) = mutation::with_caller(request);
        if let Some((refusal, denial)) = self.refusal(&mut request, &caller) {
            let api = self.clone();
            return futures::stream::once(async move {
                api.keep(caller, denial).await;
                refusal
            })
            .boxed();
        }
        let request = request.data(self.shared.present());
        let responses = self.schema.execute_stream(request).map(|mut response| {
            error::complete(&mut response);
            response
        });
        responses.boxed()
    }

    /// The generation that a request would be answered from now; an answer about a sealed day differs only with it.
    #[must_use]
    pub fn generation(&self) -> u64 {
        (self.shared.view)().generation()
    }

    /// A hash of the schema, for keys of caches.
    #[must_use]
    pub const fn schema_hash(&self) -> u64 {
        self.hash
    }

    /// Keeps the record of a refused attempt.
    async fn keep(&self, caller: Caller, denial: Option<(String, Denied)>) {
        if let (Some(audit), Some((mutation, why))) = (&self.shared.audit, denial) {
            Arc::clone(audit).refused(caller, mutation, why).await;
        }
    }

    /// The answer to a request that asks for too much, for what its caller may not have, or is no GraphQL; of what its
    /// caller may not have also which mutation that is, and why.
    fn refusal(&self, request: &mut Request, caller: &Caller) -> Option<(Response, Option<(String, Denied)>)> {
        let limits = &self.shared.limits;
        let length = request.query.len();
        if length > limits.bytes {
            let over = length - limits.bytes;
            let message = format!("the query has {length} bytes, {over} over the limit of {}", limits.bytes);
            return Some((Code::RequestTooLarge.response(message), None));
        }
        let variables = request.variables.clone();
        match request.parsed_query() {
            Ok(document) => {
                if let Err((code, message)) = limits::check(document, &variables, limits, &self.shared.paged) {
                    return Some((code.response(message), None));
                }
                let refused = mutation::check(document, caller).err()?;
                Some((refused.code.response(refused.message), refused.denial))
            }
            Err(error) => {
                let mut response = Code::ParseFailed.response(error.message);
                if let Some(first) = response.errors.first_mut() {
                    first.locations = error.locations;
                }
                Some((response, None))
            }
        }
    }
}

fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query, Mutation, Subscription)
}

/// The published schema: the text of `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().prefer_single_line_descriptions();
    builder().finish().sdl_with_options(options)
}
