//! Writing: one transaction at a time builds one commit.
//!
//! # Invariants
//! - Numbers are given here and nowhere else, and never again.
//! - Nothing is visible, and nothing is kept, before the journal has it on disk.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::MutexGuard;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::catalog::assemble::for_each_field;
use crate::model::event::{Brought, add_steps};
use crate::model::record::{EventRecord, Filled, Link, NewEntity, NewResource, NewStream, Note, Replacement, Seal, Version};
use crate::model::{
    Body, Commit, CommitNumber, EntityId, EntityRef, Event, Facet, Instant, Kind, Layer, Policy, Resource, ResourceNo, Run, StreamNo,
};
use crate::store::index::{EventNo, Head};
use crate::store::journal::Journal;
use crate::store::open::{Shared, Store};
use crate::store::{Error, archive};

/// What a stream says now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Since when.
    pub at: Instant,
    /// Canonical JSON; `None` if the source withdrew.
    pub body: Option<String>,
    /// Where a person can check.
    pub check: Option<String>,
}

/// A commit in the making. Holds the writer; dropping it discards everything.
pub struct Transaction<'s> {
    shared: &'s Arc<Shared>,
    journal: MutexGuard<'s, Journal>,
    commit: Commit,
    parsed: HashMap<(StreamNo, Instant), Arc<Body>>,
    resources: HashMap<(String, String), ResourceNo>,
    streams: HashMap<(ResourceNo, Facet, String), StreamNo>,
    links: HashMap<ResourceNo, EntityId>,
    refs: HashMap<String, EntityId>,
    mentioned: BTreeMap<String, EntityRef>,
    pending: Vec<(StreamNo, Option<Head>)>,
    /// Where in the commit an event stands.
    events: HashMap<EventNo, usize>,
    next: (u32, u32, u32),
}

impl Store {
    /// Begins a commit; waits while another one is being made.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] if the journal or the archive is damaged.
    pub fn begin(&self, layer: Layer) -> Result<Transaction<'_>, Error> {
        if let Some(problem) = self.shared.read_only.get() {
            return Err(Error::ReadOnly(problem.clone()));
        }
        let journal = self.shared.writer.lock();
        if let Some(problem) = self.shared.index_behind.read().as_ref() {
            return Err(Error::Index { place: "index".to_owned(), what: format!("{problem}; restart spot to repair it, nothing is lost") });
        }
        let next = self.shared.registry.read().next_numbers();
        Ok(Transaction {
            shared: &self.shared,
            journal,
            commit: Commit::new(layer),
            parsed: HashMap::new(),
            resources: HashMap::new(),
            streams: HashMap::new(),
            links: HashMap::new(),
            refs: HashMap::new(),
            mentioned: BTreeMap::new(),
            pending: Vec::new(),
            events: HashMap::new(),
            next,
        })
    }
}

impl Transaction<'_> {
    /// The number of a resource, given one if it has none.
    pub fn resource(&mut self, source: &str, resource: &Resource) -> ResourceNo {
        if let Some(no) = self.find_resource(source, &resource.id) {
            return no;
        }
        let no = ResourceNo(self.next.0);
        self.next.0 += 1;
        self.commit.resources.push(NewResource {
            no,
            source: source.to_owned(),
            scope: resource.scope.clone(),
            kind: resource.kind,
            id: resource.id.clone(),
        });
        self.resources.insert((source.to_owned(), resource.id.clone()), no);
        no
    }

    /// The number of a resource, if it has one.
    #[must_use]
    pub fn find_resource(&self, source: &str, id: &str) -> Option<ResourceNo> {
        let fresh = self.resources.get(&(source.to_owned(), id.to_owned())).copied();
        fresh.or_else(|| self.shared.registry.read().resource_no(source, id))
    }

    /// Every resource of a source in a scope, with its id and kind.
    #[must_use]
    pub fn resources_in(&self, source: &str, scope: &str) -> Vec<(ResourceNo, String, Kind)> {
        let registry = self.shared.registry.read();
        registry
            .resources_in(source, scope)
            .iter()
            .filter_map(|no| registry.resource(*no))
            .map(|resource| (resource.no, resource.id.clone(), resource.kind))
            .collect()
    }

    /// The id of a resource within its source.
    #[must_use]
    pub fn resource_id(&self, no: ResourceNo) -> Option<String> {
        let fresh = self.commit.resources.iter().find(|resource| resource.no == no).map(|resource| resource.id.clone());
        fresh.or_else(|| self.shared.registry.read().resource(no).map(|resource| resource.id.clone()))
    }

    /// Every resource of a source, or of one of its scopes and the resource that the scope is named after.
    #[must_use]
    pub fn resources_of_source(&self, source: &str, scope: Option<&str>) -> Vec<ResourceNo> {
        self.shared.registry.read().resources_of_source(source, scope)
    }

    /// The number of a stream, given one if it has none.
    pub fn stream(&mut self, resource: ResourceNo, facet: Facet, origin: &str) -> StreamNo {
        let key = (resource, facet, origin.to_owned());
        if let Some(no) = self.streams.get(&key) {
            return *no;
        }
        let no = self.shared.registry.read().stream_no(resource, facet, origin).unwrap_or_else(|| {
            let no = StreamNo(self.next.1);
            self.next.1 += 1;
            self.commit.streams.push(NewStream { no, resource, facet, origin: origin.to_owned() });
            no
        });
        self.streams.insert(key, no);
        no
    }

    /// The streams that a resource has so far.
    #[must_use]
    pub fn streams_of(&self, resource: ResourceNo) -> Vec<StreamNo> {
        self.shared.registry.read().streams_of(resource).to_vec()
    }

    /// Where inside its source a stream speaks from.
    #[must_use]
    pub fn origin_of(&self, stream: StreamNo) -> Option<String> {
        let fresh = self.commit.streams.iter().rev().find(|new| new.no == stream).map(|new| new.origin.clone());
        fresh.or_else(|| self.shared.registry.read().stream(stream).map(|stream| stream.origin.clone()))
    }

    /// What a stream says now, volatile differences that wait for the seal included.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn current(&self, stream: StreamNo) -> Result<Option<Current>, Error> {
        let index = self.shared.index();
        let head = match index.pending(stream)? {
            Some(head) => Some(head),
            None => index.head(stream)?,
        };
        Ok(head.map(|head| Current { at: head.at, body: head.body, check: head.check }))
    }

    /// What the last recorded version of a stream says, volatile differences that wait left out.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn recorded(&self, stream: StreamNo) -> Result<Option<Current>, Error> {
        Ok(self.shared.index().head(stream)?.map(|head| Current { at: head.at, body: head.body, check: head.check }))
    }

    /// The version of a stream in force at `at` in the observed layer.
    ///
    /// # Errors
    /// [`Error`] of index, journal or archive.
    pub fn observed_at(&self, stream: StreamNo, at: Instant) -> Result<Option<Current>, Error> {
        let registry = self.shared.registry.read();
        let mut versions = self.shared.versions_of(&self.shared.index(), &registry, stream, None)?;
        versions.retain(|version| version.layer == Layer::Observed && version.at <= at);
        versions.sort_by_key(|version| (version.at, version.commit));
        Ok(versions.pop().map(|version| Current { at: version.at, body: version.body, check: version.check }))
    }

    /// Streams with a volatile-only difference, and what it is.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn waiting(&self) -> Result<Vec<(StreamNo, Current)>, Error> {
        let all = self.shared.index().all_pending()?;
        Ok(all.into_iter().map(|(stream, head)| (stream, Current { at: head.at, body: head.body, check: head.check })).collect())
    }

    /// The entity that a resource belongs to.
    #[must_use]
    pub fn linked(&self, resource: ResourceNo) -> Option<EntityId> {
        let fresh = self.links.get(&resource).copied();
        fresh.or_else(|| self.shared.registry.read().links(resource).last().map(|link| link.entity))
    }

    /// The entity that a resource belongs to, and the rule by which.
    #[must_use]
    pub fn link_of(&self, resource: ResourceNo) -> Option<(EntityId, String)> {
        let of = |link: &Link| (link.entity, link.rule.clone());
        let fresh = self.commit.links.iter().rev().find(|link| link.resource == resource).map(of);
        fresh.or_else(|| self.shared.registry.read().links(resource).last().map(of))
    }

    /// Who claims this ref now.
    #[must_use]
    pub fn holder(&self, reference: &EntityRef) -> Option<EntityId> {
        let key = reference.key();
        self.refs.get(&key).copied().or_else(|| self.shared.holders.read().now.get(&key).copied())
    }

    /// Who claims this ref now, claimed it last, or is only referenced by it.
    #[must_use]
    pub fn any_holder(&self, reference: &EntityRef) -> Option<EntityId> {
        let key = reference.key();
        self.holder(reference)
            .or_else(|| self.shared.holders.read().ever.get(&key).copied())
            .or_else(|| self.shared.registry.read().by_first_ref(&key))
    }

    /// The entity that was created for a mention of this ref and that nobody has ever defined.
    #[must_use]
    pub fn undefined_holder(&self, reference: &EntityRef) -> Option<EntityId> {
        let key = reference.key();
        if self.shared.holders.read().ever.contains_key(&key) {
            return None;
        }
        let entity = self.shared.registry.read().by_first_ref(&key)?;
        (!self.shared.holders.read().defined.contains(&entity)).then_some(entity)
    }

    /// A new entity.
    pub fn create(&mut self, reference: &EntityRef) -> EntityId {
        let id = EntityId(self.next.2);
        self.next.2 += 1;
        self.commit.entities.push(NewEntity { id, kind: reference.kind(), reference: reference.to_string() });
        self.refs.insert(reference.key(), id);
        id
    }

    /// Lets a resource belong to an entity, for its whole past.
    pub fn link(&mut self, resource: ResourceNo, entity: EntityId, rule: &str) {
        self.links.insert(resource, entity);
        self.commit.links.push(Link { resource, entity, rule: rule.to_owned(), from: None, to: None });
    }

    /// Adds a link as it is, dates included.
    pub fn add_link(&mut self, link: Link) {
        self.links.insert(link.resource, link.entity);
        self.commit.links.push(link);
    }

    /// A body that begins to hold: at the commit's instant, or at `at` in the backfilled layer. In the observed layer an
    /// earlier `at` is for bodies that differ in volatile fields alone and waited for the seal of their day.
    pub fn version(&mut self, stream: StreamNo, at: Option<Instant>, body: Option<Body>, check: Option<String>, seam: bool) {
        let at = at.unwrap_or(Instant::MAX);
        let text = body.map(|body| {
            let facet = self.facet_of(stream);
            if let Some(facet) = facet {
                for_each_field(facet, &body, |path, value| {
                    let targets = path.targets(value).into_iter().map(|target| (target.key(), target));
                    self.mentioned.extend(targets);
                });
            }
            let text = serde_json::to_string(&body).unwrap_or_default();
            self.parsed.insert((stream, at), Arc::new(body));
            text
        });
        let body = text.and_then(|text| RawValue::from_string(text).ok());
        self.commit.versions.push(Version { stream, at, body, check, seam });
    }

    fn facet_of(&self, stream: StreamNo) -> Option<Facet> {
        let fresh = self.commit.streams.iter().rev().find(|new| new.no == stream).map(|new| new.facet);
        fresh.or_else(|| self.shared.registry.read().stream(stream).map(|stream| stream.facet))
    }

    /// Keeps a body that differs only in volatile fields until it is stored with a version or at the seal.
    pub fn wait(&mut self, stream: StreamNo, at: Instant, body: String, check: Option<String>) {
        let head = Head { at, commit: 0, layer: Layer::Observed, check, body: Some(body) };
        self.pending.push((stream, Some(head)));
    }

    /// Forgets a volatile-only difference, because the source is back at what is recorded.
    pub fn stop_waiting(&mut self, stream: StreamNo) {
        self.pending.push((stream, None));
    }

    /// The current value of a note.
    #[must_use]
    pub fn note(&self, kind: &str, key: &str) -> Option<Value> {
        self.shared.registry.read().notes.get(kind).and_then(|notes| notes.get(key)).cloned()
    }

    /// Sets a note; null removes it.
    pub fn put_note(&mut self, kind: &str, key: &str, value: Value) {
        self.commit.notes.push(Note { kind: kind.to_owned(), key: key.to_owned(), value });
    }

    /// Records an event, united with what is known of it. True if that is something new.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn put_event(&mut self, source: &str, resource: ResourceNo, event: Event) -> Result<bool, Error> {
        let Event { kind, id, resource: _, at, ended, history, is_whole, body, check } = event;
        let no = EventNo::of(source, kind, &id);
        let known = match self.events.get(&no) {
            Some(position) => Some(self.commit.events[*position].clone()),
            None => self.shared.index().event(no)?.map(|stored| stored.record),
        };
        let told = EventRecord { resource, kind, id, at, ended, history, body, check };
        let record = match &known {
            Some(known) => unite(known, told, is_whole),
            None => told,
        };
        if known.as_ref() == Some(&record) {
            return Ok(false);
        }
        match self.events.entry(no) {
            Entry::Occupied(position) => self.commit.events[*position.get()] = record,
            Entry::Vacant(place) => {
                place.insert(self.commit.events.len());
                self.commit.events.push(record);
            }
        }
        Ok(true)
    }

    /// The run that brings this commit.
    pub fn put_run(&mut self, run: Run) {
        self.commit.run = Some(run);
    }

    /// The policy from here on, unless it is the one in force.
    pub fn put_policy(&mut self, policy: &Policy) {
        let registry = self.shared.registry.read();
        if registry.policies.last().is_none_or(|(_, current)| **current != *policy) {
            self.commit.policy = Some(policy.clone());
        }
    }

    /// Closes a day.
    pub fn put_seal(&mut self, seal: Seal) {
        self.commit.seals.push(seal);
    }

    /// A stretch of the past is delivered.
    pub fn put_filled(&mut self, filled: Filled) {
        self.commit.filled.push(filled);
    }

    /// Withdraws everything backfilled for a scope so far.
    pub fn put_replacement(&mut self, replacement: Replacement) {
        self.commit.replaces.push(replacement);
    }

    /// Whether there is anything to record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commit == Commit::new(self.commit.layer)
    }

    /// Versions so far.
    #[must_use]
    pub fn version_count(&self) -> usize {
        self.commit.versions.len()
    }

    /// Records everything at once. When it returns, the commit is on disk and visible.
    ///
    /// # Errors
    /// [`Error::Journal`]: nothing is recorded. [`Error::Index`]: the commit is recorded, but cannot be shown before the next start.
    pub fn commit(mut self, now: Instant) -> Result<CommitNumber, Error> {
        for mention in std::mem::take(&mut self.mentioned).into_values() {
            if self.any_holder(&mention).is_none() {
                self.create(&mention);
            }
        }
        let (last, newest) = {
            let registry = self.shared.registry.read();
            (registry.last, registry.newest)
        };
        let at = newest.map_or(now, |newest| now.max(newest.plus_micros(1)));
        self.commit.number = last.max(self.journal.last().map_or(0, |meta| meta.number)) + 1;
        self.commit.at = at;
        if let Some(run) = &mut self.commit.run {
            run.ended = at;
        }
        for version in &mut self.commit.versions {
            if version.at == Instant::MAX {
                version.at = at;
            }
        }
        self.commit.versions.sort_by_key(|version| (version.stream, version.at));
        // Of several versions of one stream at one instant the last one counts.
        let versions = std::mem::take(&mut self.commit.versions);
        for version in versions {
            if self.commit.versions.last().is_some_and(|last| (last.stream, last.at) == (version.stream, version.at)) {
                self.commit.versions.pop();
            }
            self.commit.versions.push(version);
        }
        let parsed: HashMap<usize, Arc<Body>> = self
            .commit
            .versions
            .iter()
            .enumerate()
            .filter(|(_, version)| version.body.is_some())
            .filter_map(|(i, version)| {
                let body = self.parsed.get(&(version.stream, version.at)).or_else(|| self.parsed.get(&(version.stream, Instant::MAX)));
                body.map(|body| (i, Arc::clone(body)))
            })
            .collect();
        let window = archive::Window::of(self.zone_day(at));
        if self.journal_window().is_some_and(|current| current != window) {
            self.journal.rotate();
        }
        let position = self.journal.append(&self.commit)?;
        if let Err(error) = self.shared.apply(&self.commit, position, &parsed).and_then(|()| self.keep_pending()) {
            *self.shared.index_behind.write() = Some(error.to_string());
            tracing::error!(%error, commit = self.commit.number, "the commit is recorded but the index could not follow");
            return Err(error);
        }
        Ok(self.commit.number)
    }

    /// Keeps only what waits for a seal: nothing is recorded, no commit is made.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn keep_waiting(mut self) -> Result<(), Error> {
        self.keep_pending()
    }

    fn keep_pending(&mut self) -> Result<(), Error> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let index = self.shared.index();
        let mut batch = crate::store::index::Batch::default();
        for (stream, head) in self.pending.drain(..) {
            index.put_pending(stream, head.as_ref(), &mut batch);
        }
        index.apply(batch)?;
        self.shared.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    fn zone_day(&self, at: Instant) -> crate::model::Day {
        self.shared.registry.read().policy_at(at).zone.day_of(at)
    }

    /// The window of the newest commit in the journal.
    fn journal_window(&self) -> Option<archive::Window> {
        self.journal.last().map(|meta| archive::Window::of(self.zone_day(meta.at)))
    }
}

/// What is known of an event once more is told of it: what is new counts, and what it does not speak of stays.
fn unite(known: &EventRecord, mut told: EventRecord, is_whole: bool) -> EventRecord {
    if is_whole {
        // No source tells which commits came with it: they stay as long as it brings the same version.
        let is_same = ["commit", "version"].iter().all(|field| known.body.get(*field) == told.body.get(*field));
        if let Some(brought) = known.body.get(Brought::FIELD).filter(|_| is_same) {
            told.body.insert(Brought::FIELD.to_owned(), brought.clone());
        }
        return told;
    }
    let mut history = known.history.clone();
    add_steps(&mut history, told.history);
    let mut body = known.body.clone();
    body.extend(told.body);
    EventRecord {
        at: known.at.min(told.at),
        ended: told.ended.or(known.ended),
        check: told.check.or_else(|| known.check.clone()),
        history,
        body,
        ..told
    }
}
