//! What is numbered and what is small: resources, streams, entities, links, policies, seals, runs, notes. In memory.
//!
//! # Invariants
//! - It is the fold of all commits, without their versions, in order of their number; nothing else goes in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::catalog::Speaker;
use crate::model::record::{Filled, Link, NewEntity, NewResource, NewStream, Seal};
use crate::model::{Commit, CommitNumber, Day, EntityId, EntityRef, Facet, Instant, Kind, Layer, Policy, ResourceNo, Run, StreamNo};
use crate::store::view::EntityInfo;

/// The fold of all commits without their versions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry {
    pub(crate) last: CommitNumber,
    pub(crate) newest: Option<Instant>,
    /// Instants of the observed commits since the last seal (and of the first commit of all), for sealing.
    pub(crate) unsealed: Vec<Instant>,
    resources: HashMap<ResourceNo, Arc<NewResource>>,
    by_resource: HashMap<(String, String), ResourceNo>,
    streams: HashMap<StreamNo, Arc<NewStream>>,
    by_stream: HashMap<(ResourceNo, Facet, String), StreamNo>,
    streams_of: HashMap<ResourceNo, Vec<StreamNo>>,
    resources_in: HashMap<(String, String), Vec<ResourceNo>>,
    entities: HashMap<EntityId, Arc<EntityInfo>>,
    of_kind: HashMap<Kind, Arc<Vec<EntityId>>>,
    by_first_ref: HashMap<String, EntityId>,
    links: HashMap<ResourceNo, Vec<Link>>,
    linked: HashMap<EntityId, Vec<ResourceNo>>,
    pub(crate) policies: Vec<(Instant, Arc<Policy>)>,
    pub(crate) seals: BTreeMap<Day, Seal>,
    replaced: BTreeMap<(String, String), CommitNumber>,
    pub(crate) filled: BTreeMap<(String, String), Vec<Filled>>,
    /// Runs by source, oldest first; those in the archive are read from there.
    pub(crate) runs: BTreeMap<String, Vec<(CommitNumber, Arc<Run>)>>,
    pub(crate) notes: BTreeMap<String, BTreeMap<String, Value>>,
    next: Next,
}

#[derive(Clone, Copy, Debug)]
struct Next {
    resource: u32,
    stream: u32,
    entity: u32,
}

impl Default for Next {
    fn default() -> Self {
        Self { resource: 1, stream: 1, entity: 1 }
    }
}

impl Registry {
    /// Adds what a commit says beside its versions.
    pub(crate) fn apply(&mut self, commit: &Commit) {
        self.last = self.last.max(commit.number);
        self.newest = self.newest.max(Some(commit.at));
        if let Some(seal) = commit.seals.last() {
            self.unsealed.retain(|at| *at >= seal.to);
        } else if commit.layer == Layer::Observed {
            self.unsealed.push(commit.at);
        }
        commit.resources.iter().for_each(|resource| self.add_resource(resource.clone()));
        commit.streams.iter().for_each(|stream| self.add_stream(stream.clone()));
        commit.entities.iter().for_each(|entity| self.add_entity(entity));
        commit.links.iter().for_each(|link| self.add_link(link));
        for replacement in &commit.replaces {
            let key = (replacement.source.clone(), replacement.scope.clone());
            self.filled.remove(&key);
            self.replaced.insert(key, commit.number);
        }
        for filled in &commit.filled {
            self.filled.entry((filled.source.clone(), filled.scope.clone())).or_default().push(filled.clone());
        }
        if let Some(run) = &commit.run {
            self.runs.entry(run.source.clone()).or_default().push((commit.number, Arc::new(run.clone())));
        }
        if let Some(policy) = &commit.policy {
            self.policies.push((commit.at, Arc::new(policy.clone())));
        }
        self.seals.extend(commit.seals.iter().map(|seal| (seal.day, seal.clone())));
        for note in &commit.notes {
            let kind = self.notes.entry(note.kind.clone()).or_default();
            if note.value.is_null() {
                kind.remove(&note.key);
            } else {
                kind.insert(note.key.clone(), note.value.clone());
            }
        }
    }

    fn add_resource(&mut self, resource: NewResource) {
        self.next.resource = self.next.resource.max(resource.no.0 + 1);
        self.by_resource.insert((resource.source.clone(), resource.id.clone()), resource.no);
        self.resources_in.entry((resource.source.clone(), resource.scope.clone())).or_default().push(resource.no);
        self.resources.insert(resource.no, Arc::new(resource));
    }

    fn add_stream(&mut self, stream: NewStream) {
        self.next.stream = self.next.stream.max(stream.no.0 + 1);
        self.by_stream.insert((stream.resource, stream.facet, stream.origin.clone()), stream.no);
        self.streams_of.entry(stream.resource).or_default().push(stream.no);
        self.streams.insert(stream.no, Arc::new(stream));
    }

    fn add_entity(&mut self, entity: &NewEntity) {
        self.next.entity = self.next.entity.max(entity.id.0 + 1);
        let Ok(first_ref) = entity.reference.parse::<EntityRef>() else { return };
        self.by_first_ref.insert(first_ref.key(), entity.id);
        Arc::make_mut(self.of_kind.entry(entity.kind).or_default()).push(entity.id);
        self.entities.insert(entity.id, Arc::new(EntityInfo { id: entity.id, kind: entity.kind, first_ref }));
    }

    fn add_link(&mut self, link: &Link) {
        let links = self.links.entry(link.resource).or_default();
        if link.from.is_none() && link.to.is_none() {
            links.clear();
        }
        links.push(link.clone());
        let linked = self.linked.entry(link.entity).or_default();
        if !linked.contains(&link.resource) {
            linked.push(link.resource);
        }
    }

    /// The archive holds these runs now.
    pub(crate) fn forget_runs_through(&mut self, number: CommitNumber) {
        for runs in self.runs.values_mut() {
            runs.retain(|(commit, _)| *commit > number);
        }
    }

    pub(crate) fn next_numbers(&self) -> (u32, u32, u32) {
        (self.next.resource, self.next.stream, self.next.entity)
    }

    pub(crate) fn resource(&self, no: ResourceNo) -> Option<&Arc<NewResource>> {
        self.resources.get(&no)
    }

    pub(crate) fn resource_no(&self, source: &str, id: &str) -> Option<ResourceNo> {
        self.by_resource.get(&(source.to_owned(), id.to_owned())).copied()
    }

    pub(crate) fn resources_in(&self, source: &str, scope: &str) -> &[ResourceNo] {
        self.resources_in.get(&(source.to_owned(), scope.to_owned())).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn resources_of_source(&self, source: &str, scope: Option<&str>) -> Vec<ResourceNo> {
        let wanted =
            |resource: &NewResource| resource.source == source && scope.is_none_or(|scope| resource.scope == scope || resource.id == scope);
        let mut all: Vec<ResourceNo> = self.resources.values().filter(|resource| wanted(resource)).map(|resource| resource.no).collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn stream(&self, no: StreamNo) -> Option<&Arc<NewStream>> {
        self.streams.get(&no)
    }

    pub(crate) fn stream_no(&self, resource: ResourceNo, facet: Facet, origin: &str) -> Option<StreamNo> {
        self.by_stream.get(&(resource, facet, origin.to_owned())).copied()
    }

    pub(crate) fn streams_of(&self, resource: ResourceNo) -> &[StreamNo] {
        self.streams_of.get(&resource).map_or(&[], Vec::as_slice)
    }

    /// Where inside its source a resource is spoken of, by name.
    pub(crate) fn origins_of(&self, source: &str, id: &str) -> BTreeSet<String> {
        let streams = self.resource_no(source, id).map_or(&[][..], |no| self.streams_of(no));
        streams.iter().filter_map(|no| self.stream(*no)).map(|stream| stream.origin.clone()).collect()
    }

    pub(crate) fn entity(&self, id: EntityId) -> Option<&Arc<EntityInfo>> {
        self.entities.get(&id)
    }

    pub(crate) fn entities(&self, kind: Kind) -> Arc<Vec<EntityId>> {
        self.of_kind.get(&kind).map(Arc::clone).unwrap_or_default()
    }

    pub(crate) fn all_entities(&self) -> Vec<EntityId> {
        let mut all: Vec<EntityId> = self.entities.keys().copied().collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn by_first_ref(&self, key: &str) -> Option<EntityId> {
        self.by_first_ref.get(key).copied()
    }

    /// Backfilled versions of a scope recorded before this commit are withdrawn.
    pub(crate) fn replaced_by(&self, source: &str, scope: &str) -> CommitNumber {
        self.replaced.get(&(source.to_owned(), scope.to_owned())).copied().unwrap_or(0)
    }

    /// Every resource that was never tied to an entity.
    pub(crate) fn unlinked(&self) -> Vec<Arc<NewResource>> {
        self.resources.values().filter(|resource| self.links(resource.no).is_empty()).map(Arc::clone).collect()
    }

    /// Links of a resource that are in force: one without dates, or several with.
    pub(crate) fn links(&self, resource: ResourceNo) -> &[Link] {
        self.links.get(&resource).map_or(&[], Vec::as_slice)
    }

    /// Resources of an entity with the stretch of time for which each is linked; links that were replaced are left out.
    pub(crate) fn resources_of(&self, entity: EntityId) -> Vec<(ResourceNo, Instant, Instant)> {
        let mut all = Vec::new();
        for resource in self.linked.get(&entity).map_or(&[][..], Vec::as_slice) {
            for link in self.links(*resource).iter().filter(|link| link.entity == entity) {
                all.push((*resource, link.from.unwrap_or(Instant::MIN), link.to.unwrap_or(Instant::MAX)));
            }
        }
        all
    }

    /// Entities that a resource belongs to at any time.
    pub(crate) fn entities_of(&self, resource: ResourceNo) -> Vec<EntityId> {
        let mut all: Vec<EntityId> = self.links(resource).iter().map(|link| link.entity).collect();
        all.dedup();
        all
    }

    /// The streams of an entity as speakers, in order of their number, with the stretch for which each counts.
    pub(crate) fn speakers(&self, entity: EntityId) -> Vec<(Speaker, Instant, Instant)> {
        let mut speakers = Vec::new();
        for (resource, from, to) in self.resources_of(entity) {
            for stream in self.streams_of(resource) {
                if let Some(stream) = self.stream(*stream) {
                    let speaker = Speaker { stream: stream.no, resource, facet: stream.facet, origin: stream.origin.clone() };
                    speakers.push((speaker, from, to));
                }
            }
        }
        speakers.sort_by_key(|(speaker, from, _)| (speaker.stream, *from));
        speakers
    }

    /// The streams of an entity with source, scope, resource id and kind, and the stretch for which each counts.
    pub(crate) fn clone_speakers(&self, entity: EntityId) -> Vec<(Speaker, String, String, String, Kind, Instant, Instant)> {
        self.speakers(entity)
            .into_iter()
            .filter_map(|(speaker, from, to)| {
                let resource = self.resource(speaker.resource)?;
                Some((speaker, resource.source.clone(), resource.scope.clone(), resource.id.clone(), resource.kind, from, to))
            })
            .collect()
    }

    pub(crate) fn sources(&self) -> Vec<String> {
        let mut all: std::collections::BTreeSet<String> = self.runs.keys().cloned().collect();
        all.extend(self.resources.values().map(|resource| resource.source.clone()));
        all.into_iter().collect()
    }

    pub(crate) fn policy_at(&self, at: Instant) -> Arc<Policy> {
        let after = self.policies.partition_point(|(since, _)| *since <= at);
        self.policies.get(after.saturating_sub(1)).map(|(_, policy)| Arc::clone(policy)).unwrap_or_default()
    }
}
