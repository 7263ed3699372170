//! Carrying a durable commit over into registry, index and the columns in memory.
//!
//! # Invariants
//! - It is idempotent: a commit whose index batch was lost is simply applied again.
//! - What it writes is what [`crate::catalog::replay()`] over the whole history would give.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::catalog::{Replay, Row, Speaker, VersionAt, replay};
use crate::model::record::Version;
use crate::model::{Body, Commit, EntityId, Facet, FieldPath, Instant, Layer, Policy, StreamNo};
use crate::store::Error;
use crate::store::archive;
use crate::store::column::Column;
use crate::store::index::{Batch, EventNo, Head, Index, Tier};
use crate::store::journal::Position;
use crate::store::open::Shared;
use crate::store::registry::Registry;
use crate::zip;

/// Rows of one entity, new or rewritten.
pub(super) struct EntityRows {
    pub(super) entity: EntityId,
    pub(super) rows: Vec<Row>,
    rewritten: bool,
}

impl Shared {
    /// Applies a durable commit. Bodies that are already parsed are taken from `parsed`, by index of the version.
    pub(super) fn apply(&self, commit: &Commit, position: Position, parsed: &HashMap<usize, Arc<Body>>) -> Result<(), Error> {
        let index = self.index();
        let mut rewrite = BTreeSet::new();
        {
            let mut registry = self.registry.write();
            for link in &commit.links {
                // A link of a resource that has spoken before moves its whole past to another entity.
                let has_spoken = registry.streams_of(link.resource).iter().any(|stream| {
                    index.head(*stream).ok().flatten().is_some() || index.positions(*stream).is_ok_and(|positions| !positions.is_empty())
                });
                if has_spoken || link.from.is_some() || link.to.is_some() {
                    rewrite.extend(registry.entities_of(link.resource));
                    rewrite.insert(link.entity);
                }
            }
            for replacement in &commit.replaces {
                for resource in registry.resources_in(&replacement.source, &replacement.scope) {
                    rewrite.extend(registry.entities_of(*resource));
                }
                if let Some(resource) = registry.resource_no(&replacement.source, &replacement.scope) {
                    rewrite.extend(registry.entities_of(resource));
                }
            }
            if commit.policy.is_some() && !registry.policies.is_empty() {
                rewrite.extend(registry.all_entities());
            }
            registry.apply(commit);
            if commit.layer == Layer::Backfilled {
                for version in &commit.versions {
                    if let Some(stream) = registry.stream(version.stream) {
                        rewrite.extend(registry.entities_of(stream.resource));
                    }
                }
            }
        }

        let mut batch = Batch::default();
        index.put_moment(commit, &mut batch);
        index.put_positions(commit, position, &mut batch);
        index.put_commit(commit, &mut batch);
        self.put_events(&index, commit, &mut batch)?;
        for version in &commit.versions {
            index.put_pending(version.stream, None, &mut batch);
        }
        let mut written = Vec::new();
        if !rewrite.is_empty() {
            // Reading the whole past of these entities has to see this commit's positions.
            index.apply(std::mem::take(&mut batch))?;
            let mut left: Vec<EntityId> = rewrite.iter().copied().rev().collect();
            while !left.is_empty() {
                let (entities, journal) = self.journal_of(&index, &mut left)?;
                for entity in entities {
                    written.push(self.rewrite(&index, entity, Some(&journal), &mut batch)?);
                }
            }
        }
        if commit.layer == Layer::Observed {
            written.extend(self.advance(&index, commit, parsed, &rewrite, &mut batch)?);
        }
        index.put_meta("applied", commit.number, &mut batch);
        index.apply(batch)?;
        self.follow(&written);
        self.live_on(commit);
        Ok(())
    }

    /// Brings what is counted in memory up to what was written.
    fn live_on(&self, commit: &Commit) {
        let registry = self.registry.read();
        for record in &commit.events {
            if let Some(resource) = registry.resource(record.resource) {
                self.memory.put(EventNo::of(&resource.source, record.kind, &record.id), record);
            }
        }
    }

    /// Keeps what a commit says of events.
    pub(super) fn put_events(&self, index: &Index, commit: &Commit, batch: &mut Batch) -> Result<(), Error> {
        let registry = self.registry.read();
        for record in &commit.events {
            let Some(resource) = registry.resource(record.resource) else { continue };
            let no = EventNo::of(&resource.source, record.kind, &record.id);
            index.put_event(no, commit.number, record, batch)?;
        }
        Ok(())
    }

    /// Steps the entities of an observed commit from their heads.
    fn advance(
        &self,
        index: &Index,
        commit: &Commit,
        parsed: &HashMap<usize, Arc<Body>>,
        rewritten: &BTreeSet<EntityId>,
        batch: &mut Batch,
    ) -> Result<Vec<EntityRows>, Error> {
        let registry = self.registry.read();
        let policy = registry.policy_at(commit.at);
        let mut by_entity: BTreeMap<EntityId, Vec<usize>> = BTreeMap::new();
        for (number, version) in commit.versions.iter().enumerate() {
            if let Some(stream) = registry.stream(version.stream) {
                for entity in registry.entities_of(stream.resource) {
                    by_entity.entry(entity).or_default().push(number);
                }
            }
        }
        let mut written = Vec::new();
        for (entity, numbers) in by_entity {
            if rewritten.contains(&entity) {
                continue;
            }
            let Some(info) = registry.entity(entity) else { continue };
            let facets: BTreeSet<Facet> =
                numbers.iter().filter_map(|number| registry.stream(commit.versions[*number].stream)).map(|stream| stream.facet).collect();
            let speakers: Vec<Speaker> = registry
                .speakers(entity)
                .into_iter()
                .map(|(speaker, _, _)| speaker)
                .filter(|speaker| facets.contains(&speaker.facet))
                .collect();
            let mut bodies = Vec::with_capacity(speakers.len());
            for speaker in &speakers {
                bodies.push(index.head(speaker.stream)?.and_then(|head| head.body).as_deref().map(parse).transpose()?);
            }
            let mut versions = Vec::with_capacity(numbers.len());
            let mut stated = BTreeSet::new();
            for number in numbers {
                let version = &commit.versions[number];
                let Some(speaker) = speakers.iter().position(|speaker| speaker.stream == version.stream) else { continue };
                let body = match (parsed.get(&number), &version.body) {
                    (Some(body), _) => Some(Arc::clone(body)),
                    (None, Some(text)) => Some(parse(text.get())?),
                    (None, None) => None,
                };
                let facet = speakers[speaker].facet;
                for field in body.iter().flat_map(|body| body.keys()) {
                    let known = bodies.iter().zip(&speakers).any(|(body, other)| {
                        other.facet == facet && body.as_ref().is_some_and(|body: &Arc<Body>| body.contains_key(field))
                    });
                    if known || index.was_stated(entity, facet, field)? {
                        stated.insert((facet, field.clone()));
                    }
                }
                for field in bodies[speaker].iter().flat_map(|body| body.keys()) {
                    stated.insert((facet, field.clone()));
                }
                versions.push(VersionAt { speaker, at: commit.at, layer: Layer::Observed, body, seam: version.seam });
            }
            let elsewhere = !facets.contains(&Facet::General)
                && index.row_at(entity, &FieldPath::whole(Facet::General, "ref"), commit.at)?.is_some_and(|row| row.value.is_some());
            let mut rows = Vec::new();
            Replay::resume(speakers, bodies, stated, elsewhere, &policy).step(commit.at, &versions, &mut rows);
            put_rows(index, entity, info.kind, &rows, Tier::Newest, batch)?;
            written.push(EntityRows { entity, rows, rewritten: false });
        }
        for version in &commit.versions {
            index.put_head(version.stream, Some(&head_of(commit, version)), Tier::Newest, batch);
        }
        Ok(written)
    }

    /// What the journal holds of the last of these entities, which are taken from the list: every commit is read once for
    /// all of them, and they are as many as fit into memory.
    fn journal_of(&self, index: &Index, entities: &mut Vec<EntityId>) -> Result<(Vec<EntityId>, JournalVersions), Error> {
        const MOST_VERSIONS: usize = 50_000;
        let registry = self.registry.read();
        let mut taken = Vec::new();
        let mut wanted: BTreeMap<Position, HashSet<(StreamNo, Instant)>> = BTreeMap::new();
        let mut count = 0;
        while count < MOST_VERSIONS
            && let Some(entity) = entities.pop()
        {
            taken.push(entity);
            for (speaker, _, _) in registry.speakers(entity) {
                for (at, _, position) in index.positions(speaker.stream)? {
                    wanted.entry(position).or_default().insert((speaker.stream, at));
                    count += 1;
                }
            }
        }
        drop(registry);
        let mut journal = JournalVersions::default();
        for (position, versions) in wanted {
            let commit = self.reader.versions(position)?;
            journal.add_where(&commit, |version| versions.contains(&(version.stream, version.at)));
        }
        Ok((taken, journal))
    }

    /// Replays everything that is known of an entity and replaces its rows and heads.
    pub(super) fn rewrite(
        &self,
        index: &Index,
        entity: EntityId,
        journal: Option<&JournalVersions>,
        batch: &mut Batch,
    ) -> Result<EntityRows, Error> {
        let registry = self.registry.read();
        let Some(info) = registry.entity(entity) else { return Ok(EntityRows { entity, rows: Vec::new(), rewritten: true }) };
        let policies = policies(&registry.policies);
        let (speakers, versions, heads) = self.history(index, &registry, entity, journal)?;
        let rows = replay(speakers, versions, &policies, |text| parse(text))?;
        index.remove_rows(entity, info.kind, batch)?;
        put_rows(index, entity, info.kind, &rows, Tier::Settled, batch)?;
        for (stream, head) in heads {
            index.put_head(stream, head.as_ref(), Tier::Newest, batch);
        }
        Ok(EntityRows { entity, rows, rewritten: true })
    }

    /// Every version of every stream of an entity, and the newest of each.
    #[expect(clippy::type_complexity, reason = "three lists that belong together, used twice")]
    pub(super) fn history(
        &self,
        index: &Index,
        registry: &Registry,
        entity: EntityId,
        journal: Option<&JournalVersions>,
    ) -> Result<(Vec<Speaker>, Vec<VersionAt<Arc<str>>>, Vec<(StreamNo, Option<Head>)>), Error> {
        let mut speakers = Vec::new();
        let mut versions = Vec::new();
        let mut heads = Vec::new();
        for (speaker, from, to) in registry.speakers(entity) {
            let number = speakers.len();
            let (mut before, mut last) = (None, None);
            let mut raw = self.versions_of(index, registry, speaker.stream, journal)?;
            raw.sort_by_key(|version| (version.at, version.layer, version.commit));
            let newest = raw.last().map(|Raw { at, layer, commit, check, body, .. }| Head {
                at: *at,
                commit: *commit,
                layer: *layer,
                check: check.clone(),
                body: body.clone(),
            });
            heads.push((speaker.stream, newest));
            for Raw { at, layer, seam, body, .. } in raw {
                let version = VersionAt { speaker: number, at, layer, body: body.map(Arc::from), seam };
                if version.at < from {
                    before = Some(version);
                } else if version.at < to {
                    versions.push(version.clone());
                    last = Some(version);
                }
            }
            // A dated link restates what held when it began and withdraws it when it ends.
            if let Some(version) = before
                && from > Instant::MIN
            {
                versions.push(VersionAt { at: from, seam: true, ..version.clone() });
                last.get_or_insert(version);
            }
            if to < Instant::MAX && last.is_some() {
                versions.push(VersionAt { speaker: number, at: to, layer: Layer::Observed, body: None, seam: true });
            }
            speakers.push(speaker);
        }
        Ok((speakers, versions, heads))
    }

    /// Every version of a stream, from the archive and the journal, in no order. With `journal` the journal is not read again.
    pub(super) fn versions_of(
        &self,
        index: &Index,
        registry: &Registry,
        stream: StreamNo,
        journal: Option<&JournalVersions>,
    ) -> Result<Vec<Raw>, Error> {
        let mut all = Vec::new();
        let replaced = replaced_through(registry, stream);
        for (layer, window) in index.windows(stream)? {
            let read = self.archive().frame(layer, archive::Window(window), stream);
            let Some(frame) = archive::if_intact(read)?.flatten() else { continue };
            for version in frame.versions() {
                if !version.start && (layer == Layer::Observed || version.commit >= replaced) {
                    all.push(Raw::archived(layer, &version));
                }
            }
        }
        if let Some(journal) = journal {
            for packed in journal.of.get(&stream).map_or(&[][..], Vec::as_slice) {
                let raw = packed.unpack()?;
                if raw.layer == Layer::Observed || raw.commit >= replaced {
                    all.push(raw);
                }
            }
            return Ok(all);
        }
        for (at, layer, position) in index.positions(stream)? {
            let commit = self.commit_at(position)?;
            if layer == Layer::Backfilled && commit.number < replaced {
                continue;
            }
            let start = commit.versions.partition_point(|version| (version.stream, version.at) < (stream, at));
            if let Some(version) = commit.versions.get(start).filter(|version| version.stream == stream && version.at == at) {
                all.push(Raw::recorded(&commit, version));
            }
        }
        Ok(all)
    }

    /// Brings columns and names in memory up to what was written.
    fn follow(&self, written: &[EntityRows]) {
        {
            let mut columns = self.columns.write();
            for change in written {
                if change.rewritten {
                    for column in columns.values_mut() {
                        Arc::make_mut(column).remove(change.entity);
                    }
                }
                for row in change.rows.iter().filter(|row| row.path.key.is_none()) {
                    if let Some(column) = columns.get_mut(&(row.path.facet, row.path.field.clone())) {
                        Arc::make_mut(column).push(change.entity, row.at, row.value.clone());
                    }
                }
            }
        }
        let mut holders = self.holders.write();
        let mut mentions = false;
        for change in written {
            for row in &change.rows {
                if row.path.facet == Facet::General && row.path.field == "ref" {
                    holders.note(change.entity, row.before.as_ref(), row.value.as_ref());
                }
                mentions |= change.rewritten
                    || row.value.as_ref().is_some_and(|value| !row.path.names(value).is_empty())
                    || row.before.as_ref().is_some_and(|value| !row.path.names(value).is_empty());
            }
        }
        if mentions {
            *self.mentioned.write() = None;
        }
        drop(holders);
        self.generation.fetch_add(1, std::sync::atomic::Ordering::AcqRel);
    }
}

impl crate::store::open::Holders {
    pub(super) fn note(&mut self, entity: EntityId, before: Option<&serde_json::Value>, after: Option<&serde_json::Value>) {
        let key = |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_str).map(str::to_lowercase);
        if let Some(before) = key(before)
            && self.now.get(&before) == Some(&entity)
        {
            self.now.remove(&before);
        }
        if let Some(after) = key(after) {
            self.now.insert(after.clone(), entity);
            self.ever.insert(after, entity);
            self.defined.insert(entity);
        }
    }

    /// Fills both maps from the column of refs.
    pub(super) fn load(&mut self, refs: &Column) {
        let mut all: Vec<(Instant, EntityId, String, bool)> = Vec::new();
        for entity in refs.entities() {
            let steps = refs.steps(entity);
            for (i, (at, value)) in steps.iter().enumerate() {
                if let Some(name) = value.as_ref().and_then(|value| value.as_str()) {
                    all.push((*at, entity, name.to_lowercase(), i + 1 == steps.len()));
                }
            }
        }
        all.sort();
        for (_, entity, name, holds) in all {
            if holds {
                self.now.insert(name.clone(), entity);
            }
            self.ever.insert(name, entity);
            self.defined.insert(entity);
        }
    }
}

/// A version with its body as text.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) at: Instant,
    pub(super) layer: Layer,
    pub(super) commit: u64,
    pub(super) seam: bool,
    pub(super) check: Option<String>,
    pub(super) body: Option<String>,
}

impl Raw {
    pub(super) fn archived(layer: Layer, version: &archive::VersionRef<'_>) -> Self {
        Self {
            at: version.at,
            layer,
            commit: version.commit,
            seam: version.seam,
            check: version.check.as_ref().map(ToString::to_string),
            body: version.body.map(str::to_owned),
        }
    }

    pub(super) fn recorded(commit: &Commit, version: &Version) -> Self {
        Self {
            at: version.at,
            layer: commit.layer,
            commit: commit.number,
            seam: version.seam,
            check: version.check.clone(),
            body: version.body.as_ref().map(|body| body.get().to_owned()),
        }
    }
}

/// Backfilled versions of this stream that were recorded before this commit are withdrawn.
pub(super) fn replaced_through(registry: &Registry, stream: StreamNo) -> u64 {
    registry.stream(stream).and_then(|stream| registry.resource(stream.resource)).map_or(0, |resource| {
        // A scope may be named after a resource that itself lives in a wider scope, as a repository does.
        registry.replaced_by(&resource.source, &resource.scope).max(registry.replaced_by(&resource.source, &resource.id))
    })
}

/// The versions of many commits by stream, their bodies compressed one by one: small enough to hold a window's worth.
#[derive(Default)]
pub(super) struct JournalVersions {
    pub(super) of: BTreeMap<StreamNo, Vec<PackedRaw>>,
}

/// A [`Raw`] with its body compressed.
pub(super) struct PackedRaw {
    raw: Raw,
    body: Option<(Vec<u8>, usize)>,
}

impl PackedRaw {
    pub(super) fn at(&self) -> Instant {
        self.raw.at
    }

    pub(super) fn unpack(&self) -> Result<Raw, Error> {
        let mut raw = self.raw.clone();
        if let Some((packed, length)) = &self.body {
            let bytes =
                zip::decompress(packed, *length).map_err(|error| Error::Index { place: "memory".to_owned(), what: error.to_string() })?;
            raw.body = Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        Ok(raw)
    }
}

impl JournalVersions {
    pub(super) fn add(&mut self, commit: &Commit) {
        self.add_where(commit, |_| true);
    }

    fn add_where(&mut self, commit: &Commit, is_wanted: impl Fn(&Version) -> bool) {
        for version in commit.versions.iter().filter(|version| is_wanted(version)) {
            let mut raw = Raw::recorded(commit, version);
            let body = raw.body.take().map(|body| (zip::compress(body.as_bytes(), 1).unwrap_or_default(), body.len()));
            self.of.entry(version.stream).or_default().push(PackedRaw { raw, body });
        }
    }
}

pub(super) fn policies(dated: &[(Instant, Arc<Policy>)]) -> Vec<(Instant, Policy)> {
    dated.iter().map(|(at, policy)| (*at, Policy::clone(policy))).collect()
}

fn head_of(commit: &Commit, version: &Version) -> Head {
    Head {
        at: version.at,
        commit: commit.number,
        layer: commit.layer,
        check: version.check.clone(),
        body: version.body.as_ref().map(|body| body.get().to_owned()),
    }
}

pub(super) fn parse(text: &str) -> Result<Arc<Body>, Error> {
    serde_json::from_str(text).map(Arc::new).map_err(|error| Error::Index { place: "a stored body".to_owned(), what: error.to_string() })
}

/// Writes rows, their edges and their places in the timeline.
pub(super) fn put_rows(
    index: &Index,
    entity: EntityId,
    kind: crate::model::Kind,
    rows: &[Row],
    tier: Tier,
    batch: &mut Batch,
) -> Result<(), Error> {
    let mut changes: BTreeMap<Instant, Vec<&FieldPath>> = BTreeMap::new();
    for row in rows {
        index.put_row(entity, kind, row, row.before.as_ref(), tier, batch)?;
        if row.flags.change {
            changes.entry(row.at).or_default().push(&row.path);
        } else {
            index.put_known(entity, row.at, batch);
        }
    }
    for (at, paths) in changes {
        index.put_touched(entity, kind, at, &paths, batch)?;
    }
    Ok(())
}
