//! Reading what is kept, for any moment.
//!
//! # Invariants
//! - A view is pinned: it never shows what was recorded after it was taken.
//! - Lists, filters and timelines come from rows; only [`View::statements`] and [`View::assembled`] read bodies.
//!   [`Freshness`] comes from runs.

mod bodies;
mod events;
mod freshness;

pub use bodies::Spoken;
pub use freshness::{Confirmation, Freshness};

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use serde_json::Value;

use crate::catalog::identity::{self, Candidate};
use crate::catalog::{Assembled, Said, Speaker, assemble};
use crate::model::record::Seal;
use crate::model::statement::hints_kind;
use crate::model::{
    Body, CommitNumber, Day, EntityId, EntityRef, Facet, FieldPath, Hint, Instant, Kind, Layer, Policy, Reading, Run, Span, StreamNo, Zone,
};
use crate::store::Error;
use crate::store::apply::Raw;
use crate::store::archive::Window;
use crate::store::column::Column;
use crate::store::index::{Head, Index, StoredRow};
use crate::store::open::Shared;

/// What is fixed about an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityInfo {
    /// For ever.
    pub id: EntityId,
    /// What it is.
    pub kind: Kind,
    /// The ref under which it was first mentioned: the name of those that nobody defines.
    pub first_ref: EntityRef,
}

/// One step of a field's history.
#[derive(Clone, Debug, PartialEq)]
pub struct RowAt {
    /// The entity.
    pub entity: EntityId,
    /// The field.
    pub path: FieldPath,
    /// Since when.
    pub at: Instant,
    /// What held before.
    pub before: Option<Value>,
    /// What holds from then on.
    pub after: Option<Value>,
    /// The stream that said so.
    pub said_by: StreamNo,
    /// Counts as a change; otherwise it became known.
    pub change: bool,
    /// From the backfilled layer.
    pub backfilled: bool,
}

/// An entity names another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Who names.
    pub source: EntityId,
    /// In which field.
    pub path: FieldPath,
    /// Since when.
    pub since: Instant,
}

/// A statement that is valid at a moment, with its provenance.
#[derive(Clone, Debug)]
pub struct StatementAt {
    /// The stream.
    pub stream: StreamNo,
    /// The source.
    pub source: String,
    /// The scope within the source.
    pub scope: String,
    /// The resource within the source.
    pub resource: String,
    /// Where inside the source.
    pub origin: String,
    /// The facet.
    pub facet: Facet,
    /// What it says.
    pub body: Arc<Body>,
    /// Since when it holds.
    pub since: Instant,
    /// The commit that recorded it.
    pub commit: CommitNumber,
    /// Its layer.
    pub layer: Layer,
    /// Where a person can check.
    pub check: Option<String>,
    /// The end of the last run at or before the moment that read it; none for backfilled ones before the first run.
    pub last_confirmed: Option<Instant>,
    /// Last confirmed more than two intervals before the moment.
    pub stale: bool,
}

/// A stretch of time in which an entity had a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub entity: EntityId,
    /// First instant.
    pub from: Instant,
    /// First instant after; [`Instant::MAX`] while it lasts.
    pub to: Instant,
}

/// A resource that is stated now and belongs to no entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlinked {
    /// The source that names it.
    pub source: String,
    /// Its id there.
    pub id: String,
    /// The part of the source that holds it.
    pub scope: String,
    /// What it would belong to.
    pub kind: Kind,
    /// Since when the newest of what it says holds.
    pub since: Instant,
    /// Where a person can look at it.
    pub check: Option<String>,
}

/// A day as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotDay {
    /// The seal; the open day has none.
    pub seal: Option<Seal>,
    /// The day.
    pub day: Day,
    /// Something was observed on it.
    pub observed: bool,
    /// Something was backfilled for it.
    pub backfilled: bool,
    /// Changes on it.
    pub changes: u64,
}

/// Who held which ref, and when.
#[derive(Debug, Default)]
pub(crate) struct Names {
    claims: HashMap<String, Vec<Holding>>,
}

/// How completely a run read each kind of each scope; no kind stands for all.
type Readings = HashMap<String, Vec<(Option<Kind>, Reading)>>;

/// Runs by source, oldest first.
type RunsBySource = HashMap<String, Vec<Arc<Run>>>;

/// Runs by commit, with their extents ready for look-up; the archived ones are read a window at a time.
#[derive(Default)]
pub(crate) struct RunCache {
    archived: Mutex<HashMap<i32, Arc<RunsBySource>>>,
    /// When the first run of a source began.
    first: Mutex<HashMap<String, Instant>>,
    confirmations: Mutex<HashMap<(String, Instant), Arc<Readings>>>,
}

/// The store at one generation. Cheap to clone.
#[derive(Clone)]
pub struct View {
    pub(super) shared: Arc<Shared>,
    generation: u64,
    newest: Instant,
}

impl View {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let generation = shared.generation.load(Ordering::Acquire);
        let newest = shared.registry.read().newest.unwrap_or(Instant::MIN);
        Self { shared, generation, newest }
    }

    /// Grows with every commit; answers for one generation never change.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The instant of the newest commit, or [`Instant::MIN`] for an empty store.
    #[must_use]
    pub const fn newest(&self) -> Instant {
        self.newest
    }

    /// The first instant of which anything is known, if anything is.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn earliest(&self) -> Result<Option<Instant>, Error> {
        let refs = self.column(Facet::General, "ref")?;
        Ok(refs.entities().filter_map(|entity| refs.steps(entity).first()).map(|(at, _)| *at).min())
    }

    /// The zone in force now.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.policy(Instant::MAX).zone.clone()
    }

    /// Every policy and since when it is in force, oldest first.
    #[must_use]
    pub fn policies(&self) -> Vec<(Instant, Arc<Policy>)> {
        self.shared.registry.read().policies.clone()
    }

    /// The policy in force at `at`.
    #[must_use]
    pub fn policy(&self, at: Instant) -> Arc<Policy> {
        self.shared.registry.read().policy_at(at)
    }

    /// What is fixed about an entity; `None` if the id was never given.
    #[must_use]
    pub fn entity(&self, id: EntityId) -> Option<Arc<EntityInfo>> {
        self.shared.registry.read().entity(id).cloned()
    }

    /// All entities of a kind that ever were, in order of id.
    #[must_use]
    pub fn entities(&self, kind: Kind) -> Arc<Vec<EntityId>> {
        self.shared.registry.read().entities(kind)
    }

    /// Whether it is there at `at`: defined by a source, or (if it was never defined so far) mentioned by something that is there.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn exists(&self, id: EntityId, at: Instant) -> Result<bool, Error> {
        if let Some((_, value)) = self.column(Facet::General, "ref")?.step_at(id, at.min(self.newest)) {
            return Ok(value.is_some());
        }
        Ok(self.mentioned()?.at(id, at.min(self.newest)).is_some())
    }

    /// Whether a source defines it at `at`; what exists without being defined is referenced.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn is_defined(&self, id: EntityId, at: Instant) -> Result<bool, Error> {
        Ok(self.column(Facet::General, "ref")?.at(id, at.min(self.newest)).is_some())
    }

    /// The ref that it has at `at`: the one claimed then, else the last one before, else the first one after, else the first mention.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn ref_at(&self, id: EntityId, at: Instant) -> Result<EntityRef, Error> {
        let refs = self.column(Facet::General, "ref")?;
        let steps = refs.steps(id);
        let after = steps.partition_point(|(since, _)| *since <= at);
        let claimed =
            steps[..after].iter().rev().chain(&steps[after..]).find_map(|(_, value)| value.as_ref().and_then(|value| value.as_str()));
        if let Some(reference) = claimed.and_then(|text| text.parse().ok()) {
            return Ok(reference);
        }
        let info =
            self.entity(id).ok_or_else(|| Error::Index { place: "registry".to_owned(), what: format!("there is no entity {id}") })?;
        Ok(info.first_ref.clone())
    }

    /// Everyone who ever had this ref, by claim, oldest first; then an entity that is only referenced by it (from MIN to MAX).
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn holdings(&self, reference: &EntityRef) -> Result<Vec<Holding>, Error> {
        let key = reference.key();
        let mut all = self.names()?.claims.get(&key).cloned().unwrap_or_default();
        if let Some(entity) = self.shared.registry.read().by_first_ref(&key)
            && !all.iter().any(|holding| holding.entity == entity)
            && !self.shared.holders.read().defined.contains(&entity)
        {
            all.push(Holding { entity, from: Instant::MIN, to: Instant::MAX });
        }
        Ok(all)
    }

    fn names(&self) -> Result<Arc<Names>, Error> {
        let generation = self.shared.generation.load(Ordering::Acquire);
        if let Some((of, names)) = &*self.shared.names.read()
            && *of == generation
        {
            return Ok(Arc::clone(names));
        }
        let refs = self.column(Facet::General, "ref")?;
        let mut names = Names::default();
        for entity in refs.entities() {
            let steps = refs.steps(entity);
            for (i, (from, value)) in steps.iter().enumerate() {
                let Some(name) = value.as_ref().and_then(|value| value.as_str()) else { continue };
                let to = steps.get(i + 1).map_or(Instant::MAX, |(at, _)| *at);
                names.claims.entry(name.to_lowercase()).or_default().push(Holding { entity, from: *from, to });
            }
        }
        for holdings in names.claims.values_mut() {
            holdings.sort_by_key(|holding| (holding.from, holding.entity));
        }
        let names = Arc::new(names);
        *self.shared.names.write() = Some((generation, Arc::clone(&names)));
        Ok(names)
    }

    /// The history of an unkeyed field for all entities, in memory. `general.ref` is the column of names and existence.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn column(&self, facet: Facet, field: &str) -> Result<Arc<Column>, Error> {
        self.shared.column(facet, field)
    }

    /// For entities that nobody defines: when something that is there names them (`true` while it does).
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn mentioned(&self) -> Result<Arc<Column>, Error> {
        if let Some(column) = &*self.shared.mentioned.read() {
            return Ok(Arc::clone(column));
        }
        let index = self.shared.index();
        let mut column = Column::default();
        // One symbol's edges come one after the other, by source; count how many hold at a time.
        let mut target: Option<u32> = None;
        let mut steps: Vec<(Instant, (u16, EntityId, u32), bool)> = Vec::new();
        let finish =
            |target: Option<u32>, steps: &mut Vec<(Instant, (u16, EntityId, u32), bool)>, column: &mut Column| -> Result<(), Error> {
                if let Some(symbol) = target {
                    let name = index.text(symbol)?;
                    let entity = self.shared.registry.read().by_first_ref(&name);
                    if let Some(entity) = entity {
                        steps.sort_unstable();
                        let mut holding: BTreeSet<(u16, EntityId, u32)> = BTreeSet::new();
                        for (at, edge, begins) in steps.drain(..) {
                            let was_empty = holding.is_empty();
                            if begins {
                                holding.insert(edge);
                            } else {
                                holding.remove(&edge);
                            }
                            if was_empty != holding.is_empty() {
                                column.push(entity, at, (!holding.is_empty()).then_some(Value::Bool(true)));
                            }
                        }
                    }
                    steps.clear();
                }
                Ok(())
            };
        let mut failure = None;
        index.for_each_edge(|symbol, edge, at, begins| {
            if target != Some(symbol) {
                if let Err(error) = finish(target, &mut steps, &mut column) {
                    failure.get_or_insert(error);
                }
                target = Some(symbol);
            }
            steps.push((at, edge, begins));
        })?;
        finish(target, &mut steps, &mut column)?;
        if let Some(error) = failure {
            return Err(error);
        }
        let column = Arc::new(column);
        *self.shared.mentioned.write() = Some(Arc::clone(&column));
        Ok(column)
    }

    /// The entries of a keyed field at `at`, with since when each holds.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn entries(&self, id: EntityId, facet: Facet, field: &str, at: Instant) -> Result<BTreeMap<String, (Value, Instant)>, Error> {
        let at = at.min(self.newest);
        let index = self.shared.index();
        let mut entries = BTreeMap::new();
        for StoredRow { symbol, at, value, .. } in index.latest_rows(id, facet, field, at)? {
            if let Some(value) = value.filter(|_| symbol != 0) {
                entries.insert(index.text(symbol)?.to_string(), (value, at));
            }
        }
        Ok(entries)
    }

    /// All steps of one field, oldest first.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn history(&self, id: EntityId, path: &FieldPath) -> Result<Vec<RowAt>, Error> {
        let index = self.shared.index();
        let symbol = match &path.key {
            Some(key) => index.symbol(key)?,
            None => Some(0),
        };
        let mut all = Vec::new();
        let mut before = None;
        for row in index.rows_of(id, path.facet, &path.field)? {
            if Some(row.symbol) == symbol && row.at <= self.newest {
                let step = row_at(id, path.clone(), row, before.take());
                before.clone_from(&step.after);
                all.push(step);
            }
        }
        Ok(all)
    }

    /// All steps of all entries of a keyed field up to `to`, in order of time, then key.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn entry_rows(&self, id: EntityId, facet: Facet, field: &str, to: Instant) -> Result<Vec<RowAt>, Error> {
        let to = to.min(self.newest);
        let index = self.shared.index();
        let mut all = Vec::new();
        let mut before: Option<(u32, Option<Value>)> = None;
        for row in index.rows_of(id, facet, field)? {
            let was = before.take().filter(|(symbol, _)| *symbol == row.symbol).and_then(|(_, value)| value);
            before = Some((row.symbol, row.value.clone()));
            if row.symbol != 0 && row.at <= to {
                let path = FieldPath::entry(facet, field, &index.text(row.symbol)?);
                all.push(row_at(id, path, row, was));
            }
        }
        all.sort_by(|a, b| (a.at, &a.path.key).cmp(&(b.at, &b.path.key)));
        Ok(all)
    }

    /// All steps of all fields of an entity in `(from, to]`, in order of time, then path.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn rows(&self, id: EntityId, from: Instant, to: Instant) -> Result<Vec<RowAt>, Error> {
        let to = to.min(self.newest);
        let Some(info) = self.entity(id) else { return Ok(Vec::new()) };
        let index = self.shared.index();
        let mut all = Vec::new();
        for (facet, field) in index.fields_of(info.kind) {
            let mut before: Option<(u32, Option<Value>)> = None;
            for row in index.rows_of(id, facet, &field)? {
                let was = before.take().filter(|(symbol, _)| *symbol == row.symbol).and_then(|(_, value)| value);
                before = Some((row.symbol, row.value.clone()));
                if row.at > from && row.at <= to {
                    let key = if row.symbol == 0 { None } else { Some(index.text(row.symbol)?.to_string()) };
                    all.push(row_at(id, FieldPath { facet, field: field.clone(), key }, row, was));
                }
            }
        }
        all.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
        Ok(all)
    }

    /// Which changes (only those that count) fall in `(from, to]`: instant, entity, fields; in order of time, then entity.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn changes(&self, from: Instant, to: Instant) -> Result<Vec<(Instant, EntityId, Vec<FieldPath>)>, Error> {
        let touched = self.shared.index().touched(from, to.min(self.newest))?;
        Ok(touched.into_iter().map(|touched| (touched.at, touched.entity, touched.paths)).collect())
    }

    /// Calls `visit` with whoever changed in `(from, to]`, once a change, in order of time.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn for_each_changed(&self, from: Instant, to: Instant, mut visit: impl FnMut(EntityId)) -> Result<(), Error> {
        self.shared.index().for_each_change(from, to.min(self.newest), |entity, _, _, _| visit(entity))
    }

    /// Whether a change at this instant is from the backfilled layer: observed ones are at the instants of commits.
    /// What a source dates to the very microsecond of a commit counts as observed.
    #[must_use]
    pub fn is_backfilled(&self, at: Instant) -> bool {
        !self.shared.index().is_commit(at)
    }

    /// Entities for which values became known in `(from, to]` that are no changes; rarely also one for which none did.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn became_known(&self, from: Instant, to: Instant) -> Result<HashSet<EntityId>, Error> {
        self.shared.index().became_known(from, to.min(self.newest))
    }

    /// How many changes fall in `(from, to]`, by instant, in order of time.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn count_changes(&self, from: Instant, to: Instant, visit: impl FnMut(Instant, u64)) -> Result<(), Error> {
        self.shared.index().count_touched(from, to.min(self.newest), visit)
    }

    /// The step of this field at exactly `at`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn row(&self, id: EntityId, path: &FieldPath, at: Instant) -> Result<Option<RowAt>, Error> {
        let index = self.shared.index();
        let [before, row] = index.rows_at(id, path, [at.plus_micros(-1), at])?;
        let row = row.filter(|row| row.at == at);
        Ok(row.map(|row| row_at(id, path.clone(), row, before.and_then(|row| row.value))))
    }

    /// The value of any field (keyed or not, not volatile) at `at`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn value(&self, id: EntityId, path: &FieldPath, at: Instant) -> Result<Option<Value>, Error> {
        Ok(self.shared.index().row_at(id, path, at.min(self.newest))?.and_then(|row| row.value))
    }

    /// The values of one field at two moments, the earlier one first.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn values_between(&self, id: EntityId, path: &FieldPath, from: Instant, to: Instant) -> Result<[Option<Value>; 2], Error> {
        let rows = self.shared.index().rows_at(id, path, [from.min(self.newest), to.min(self.newest)])?;
        Ok(rows.map(|row| row.and_then(|row| row.value)))
    }

    /// Who names this ref at `at`, in which field: owners, relations, packages. Sources that do not exist at `at` are left out.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn mentions(&self, target: &EntityRef, at: Instant) -> Result<Vec<Mention>, Error> {
        self.mentions_by(&target.key(), at)
    }

    /// Who names this text at `at`: the key of a ref, or `source#id` of a resource.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn mentions_by(&self, name: &str, at: Instant) -> Result<Vec<Mention>, Error> {
        self.mentions_among(self.shared.index().edges_to(name)?, at)
    }

    /// Who names this ref at `at` in one field alone.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn mentions_in(&self, target: &EntityRef, facet: Facet, field: &str, at: Instant) -> Result<Vec<Mention>, Error> {
        self.mentions_among(self.shared.index().edges_by(&target.key(), facet, field)?, at)
    }

    fn mentions_among(&self, edges: Vec<(FieldPath, EntityId, Instant, bool)>, at: Instant) -> Result<Vec<Mention>, Error> {
        let at = at.min(self.newest);
        let mut latest: BTreeMap<(EntityId, FieldPath), (Instant, bool)> = BTreeMap::new();
        for (path, source, since, begins) in edges {
            if since <= at {
                let step = latest.entry((source, path)).or_insert((since, begins));
                if since >= step.0 {
                    // A later row that still names the target does not restart the mention.
                    *step = if begins && step.1 { (step.0, true) } else { (since, begins) };
                }
            }
        }
        let mut all = Vec::new();
        for ((source, path), (since, holds)) in latest {
            if holds && self.exists(source, at)? {
                all.push(Mention { source, path, since });
            }
        }
        Ok(all)
    }

    /// The resources of an entity, as `source#id` in lower case.
    #[must_use]
    pub fn resource_names(&self, id: EntityId) -> Vec<String> {
        let registry = self.shared.registry.read();
        let resources = registry.resources_of(id).into_iter().filter_map(|(no, _, _)| registry.resource(no));
        resources.map(|resource| format!("{}#{}", resource.source, resource.id).to_lowercase()).collect()
    }

    /// The entity that a resource belongs to, by `source#id`.
    #[must_use]
    pub fn entity_of_resource(&self, name: &str, at: Instant) -> Option<EntityId> {
        let (source, id) = name.split_once('#')?;
        let no = self.shared.registry.read().resource_no(source, id)?;
        self.linked_at(no, at)
    }

    /// Who names or named this ref at any time, each (entity, field) once.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn mentions_ever(&self, target: &EntityRef) -> Result<Vec<Mention>, Error> {
        let mut first: BTreeMap<(EntityId, FieldPath), Instant> = BTreeMap::new();
        for (path, source, since, begins) in self.shared.index().edges_to(&target.key())? {
            if begins {
                let at = first.entry((source, path)).or_insert(since);
                *at = since.min(*at);
            }
        }
        Ok(first.into_iter().map(|((source, path), since)| Mention { source, path, since }).collect())
    }

    /// The statements about an entity that are valid at `at`, by facet, then origin.
    ///
    /// # Errors
    /// [`Error`] of index, journal or archive; [`Error::Rebuilding`] for the past while only today is known.
    pub fn statements(&self, id: EntityId, at: Instant) -> Result<Vec<StatementAt>, Error> {
        self.statements_where(id, at, |_| true)
    }

    /// [`Self::statements`] about one facet.
    ///
    /// # Errors
    /// As [`Self::statements`].
    pub fn statements_about(&self, id: EntityId, facet: Facet, at: Instant) -> Result<Vec<StatementAt>, Error> {
        self.statements_where(id, at, |of| of == facet)
    }

    fn statements_where(&self, id: EntityId, at: Instant, wanted: impl Fn(Facet) -> bool) -> Result<Vec<StatementAt>, Error> {
        let index = self.shared.index();
        let mut registry = self.shared.registry.read().clone_speakers(id);
        registry.retain(|(speaker, ..)| wanted(speaker.facet));
        let mut freshness = self.freshness(at)?;
        let mut all = Vec::new();
        for (speaker, source, scope, resource, kind, from, to) in registry {
            if at < from || at >= to {
                continue;
            }
            let Some(version) = self.shared.version_at(&index, speaker.stream, at, self.newest)? else { continue };
            let Some(text) = version.body else { continue };
            let confirmation = freshness.of_resource(&source, &resource, &scope, kind)?;
            all.push(StatementAt {
                stream: speaker.stream,
                source,
                scope,
                resource,
                origin: speaker.origin,
                facet: speaker.facet,
                body: crate::store::apply::parse(&text)?,
                since: version.at,
                commit: version.commit,
                layer: version.layer,
                check: version.check,
                last_confirmed: confirmation.last,
                stale: confirmation.stale,
            });
        }
        all.sort_by(|a, b| (a.facet, &a.origin, a.stream).cmp(&(b.facet, &b.origin, b.stream)));
        Ok(all)
    }

    /// The statements folded into fields with their disagreements, volatile fields included.
    ///
    /// # Errors
    /// As [`Self::statements`].
    pub fn assembled(&self, id: EntityId, at: Instant) -> Result<(Vec<StatementAt>, Assembled), Error> {
        let statements = self.statements(id, at)?;
        let speakers: Vec<Speaker> = statements
            .iter()
            .map(|statement| Speaker {
                stream: statement.stream,
                resource: self
                    .shared
                    .registry
                    .read()
                    .stream(statement.stream)
                    .map_or(crate::model::ResourceNo(0), |stream| stream.resource),
                facet: statement.facet,
                origin: statement.origin.clone(),
            })
            .collect();
        let said: Vec<Said<'_>> =
            speakers.iter().zip(&statements).map(|(speaker, statement)| Said { speaker, body: &statement.body }).collect();
        let assembled = assemble(&said, &self.policy(at));
        Ok((statements, assembled))
    }

    /// Source, resource, origin of a stream.
    #[must_use]
    pub fn stream(&self, no: StreamNo) -> Option<(String, String, String)> {
        let registry = self.shared.registry.read();
        let stream = registry.stream(no)?;
        let resource = registry.resource(stream.resource)?;
        Some((resource.source.clone(), resource.id.clone(), stream.origin.clone()))
    }

    /// Runs of a source that ended at or before `to`, newest first.
    ///
    /// # Errors
    /// [`Error::Archive`].
    pub fn runs(&self, source: &str, to: Instant, limit: usize) -> Result<Vec<Arc<Run>>, Error> {
        let mut all = Vec::new();
        if limit > 0 {
            self.for_each_run_before(source, to, |run| {
                all.push(Arc::clone(run));
                all.len() < limit
            })?;
        }
        Ok(all)
    }

    /// Calls `visit` with the runs of a source that ended at or before `to`, newest first, for as long as it wants more.
    fn for_each_run_before(&self, source: &str, to: Instant, mut visit: impl FnMut(&Arc<Run>) -> bool) -> Result<(), Error> {
        let before = |run: &Arc<Run>| run.ended <= to;
        {
            let registry = self.shared.registry.read();
            let runs = registry.runs.get(source).map_or(&[][..], Vec::as_slice);
            if !runs.iter().rev().map(|(_, run)| run).filter(|run| before(run)).all(&mut visit) {
                return Ok(());
            }
        }
        let archive = self.shared.archive();
        for window in archive.windows(Layer::Observed).into_iter().rev() {
            if archive.meta(Layer::Observed, window).is_some_and(|meta| meta.from > to) {
                continue;
            }
            let runs = self.archived_runs(window)?;
            let of_source = runs.get(source).map_or(&[][..], Vec::as_slice);
            if !of_source[..of_source.partition_point(before)].iter().rev().all(&mut visit) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn archived_runs(&self, window: Window) -> Result<Arc<RunsBySource>, Error> {
        if let Some(runs) = self.shared.runs.archived.lock().get(&window.0) {
            return Ok(Arc::clone(runs));
        }
        let mut runs = RunsBySource::new();
        self.shared.archive().for_each_run(window, |_, run| {
            runs.entry(run.source.clone()).or_default().push(Arc::new(run));
            Ok::<(), Error>(())
        })?;
        runs.values_mut().for_each(|runs| runs.sort_by_key(|run| run.ended));
        let runs = Arc::new(runs);
        let mut cache = self.shared.runs.archived.lock();
        // A window's runs may take megabytes; one or two serve a person who steps through days.
        if cache.len() >= 2 {
            cache.clear();
        }
        cache.insert(window.0, Arc::clone(&runs));
        Ok(runs)
    }

    /// What is stated now and belongs to no entity, by source and id.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn unlinked(&self) -> Result<Vec<Unlinked>, Error> {
        let index = self.shared.index();
        let registry = self.shared.registry.read();
        let mut all = Vec::new();
        for resource in registry.unlinked() {
            let mut newest: Option<Head> = None;
            for stream in registry.streams_of(resource.no) {
                let head = index.head(*stream)?.filter(|head| head.body.is_some());
                newest = newest.into_iter().chain(head).max_by_key(|head| head.at);
            }
            let newest = match newest {
                Some(head) => Some((head.at, head.check)),
                None => index.newest_event_of(resource.no)?.map(|event| (event.record.at, event.record.check)),
            };
            let Some((at, check)) = newest else { continue };
            all.push(Unlinked {
                source: resource.source.clone(),
                id: resource.id.clone(),
                scope: resource.scope.clone(),
                kind: resource.kind,
                since: at,
                check,
            });
        }
        all.sort_by(|one, other| (&one.source, &one.id).cmp(&(&other.source, &other.id)));
        Ok(all)
    }

    /// What a source told of whose its resources are, by their ids.
    #[must_use]
    pub fn hints(&self, source: &str) -> HashMap<String, Vec<Hint>> {
        let registry = self.shared.registry.read();
        let notes = registry.notes.get(&hints_kind(source)).into_iter().flatten();
        notes.filter_map(|(id, value)| Some((id.clone(), serde_json::from_value(value.clone()).ok()?))).collect()
    }

    /// Everything that a project, a workload or the like may belong to now, with what these annotations name.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn candidates(&self, annotations: &[&str]) -> Result<Vec<Candidate>, Error> {
        let mut candidates = Vec::new();
        let repositories = self.column(Facet::General, "repository")?;
        for kind in [Kind::Service, Kind::Repository] {
            for id in self.entities(kind).iter().copied() {
                if !self.is_defined(id, Instant::MAX)? {
                    continue;
                }
                let reference = self.ref_at(id, Instant::MAX)?;
                let mut annotated = Vec::new();
                if !annotations.is_empty() {
                    let entries = self.entries(id, Facet::General, "annotations", Instant::MAX)?;
                    let value = |name: &str| entries.get(name)?.0.as_str();
                    annotated.extend(annotations.iter().filter_map(|template| identity::annotated(template, &value)));
                }
                let repository = repositories.at(id, Instant::MAX).and_then(|value| value.as_str()?.parse().ok());
                candidates.push(Candidate { id, reference, annotated, repository });
            }
        }
        Ok(candidates)
    }

    /// Every source that ever ran.
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        self.shared.registry.read().sources()
    }

    /// The days from `from` to `to` that have a seal, are open, or hold backfilled facts, oldest first.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn snapshots(&self, from: Day, to: Day) -> Result<Vec<SnapshotDay>, Error> {
        let zone = self.zone();
        let (seals, filled, today): (BTreeMap<Day, Seal>, Vec<(Instant, Instant)>, Day) = {
            let registry = self.shared.registry.read();
            (
                registry.seals.range(from..=to).map(|(day, seal)| (*day, seal.clone())).collect(),
                registry.filled.values().flatten().map(|filled| (filled.from, filled.to)).collect(),
                zone.day_of(self.newest),
            )
        };
        if from > to || self.newest == Instant::MIN {
            return Ok(Vec::new());
        }
        let mut changes: BTreeMap<Day, u64> = BTreeMap::new();
        self.count_changes(zone.start_of(from).plus_micros(-1), zone.end_of(to).plus_micros(-1), |at, count| {
            *changes.entry(zone.day_of(at)).or_default() += count;
        })?;
        let first_filled = filled.iter().map(|(from, _)| *from).min().map(|at| zone.day_of(at));
        let start = [seals.keys().next().copied(), first_filled, Some(today)].into_iter().flatten().min().unwrap_or(today).max(from);
        let mut all = Vec::new();
        let mut day = start;
        while day <= to && day <= today {
            let seal = seals.get(&day).cloned();
            let end = zone.end_of(day);
            let backfilled = filled.iter().any(|(from, to)| *from < end && zone.start_of(day) < *to);
            let observed = seal.as_ref().map_or(day == today, |seal| !seal.carried);
            if seal.is_some() || backfilled || day == today {
                all.push(SnapshotDay { seal, day, observed, backfilled, changes: changes.get(&day).copied().unwrap_or(0) });
            }
            day = day.next();
        }
        Ok(all)
    }

    /// Every distinct field that any entity of the kind ever had.
    #[must_use]
    pub fn fields_of(&self, kind: Kind) -> Vec<(Facet, String)> {
        self.shared.index().fields_of(kind)
    }

    /// A rebuild of the index is under way: past moments cannot be answered yet; share done from 0 to 1.
    #[must_use]
    pub fn rebuilding(&self) -> Option<f64> {
        let done = self.shared.rebuilt.load(Ordering::Acquire);
        #[expect(clippy::cast_precision_loss, reason = "thousandths")]
        (done < crate::store::open::DONE).then(|| done as f64 / crate::store::open::DONE as f64)
    }

    /// Refuses a past moment while only today is known.
    ///
    /// # Errors
    /// [`Error::Rebuilding`].
    pub fn require(&self, at: Instant) -> Result<(), Error> {
        match self.rebuilding() {
            Some(share) if at < self.newest =>
            {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share between 0 and 1")]
                Err(Error::Rebuilding { percent: (share * 100.0) as u8 })
            }
            _ => Ok(()),
        }
    }

    /// Notes of a kind: cursors, tokens, sent reports.
    #[must_use]
    pub fn notes(&self, kind: &str) -> BTreeMap<String, Value> {
        self.shared.registry.read().notes.get(kind).cloned().unwrap_or_default()
    }

    /// The kinds of notes that begin with this.
    #[must_use]
    pub fn note_kinds(&self, prefix: &str) -> Vec<String> {
        self.shared.registry.read().notes.keys().filter(|kind| kind.starts_with(prefix)).cloned().collect()
    }

    /// The notes of a kind whose keys begin with this.
    #[must_use]
    pub fn notes_from(&self, kind: &str, prefix: &str) -> BTreeMap<String, Value> {
        let registry = self.shared.registry.read();
        let Some(notes) = registry.notes.get(kind) else { return BTreeMap::new() };
        let some = notes.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        some.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Instants of the observed commits since the last seal, oldest first.
    #[must_use]
    pub fn unsealed(&self) -> Vec<Instant> {
        self.shared.registry.read().unsealed.clone()
    }

    /// The last sealed day.
    #[must_use]
    pub fn last_seal(&self) -> Option<Seal> {
        self.shared.registry.read().seals.values().next_back().cloned()
    }

    /// Stretches of the past that backfills of a source have delivered, of any scope.
    #[must_use]
    pub fn filled_by(&self, source: &str) -> Vec<Span> {
        let registry = self.shared.registry.read();
        let of_source = registry.filled.range((source.to_owned(), String::new())..).take_while(|((name, _), _)| name == source);
        of_source.flat_map(|(_, all)| all).map(|filled| Span::new(filled.from, filled.to)).collect()
    }

    /// When the first run of a source began.
    ///
    /// # Errors
    /// [`Error::Archive`].
    pub fn first_run(&self, source: &str) -> Result<Option<Instant>, Error> {
        if let Some(first) = self.shared.runs.first.lock().get(source) {
            return Ok(Some(*first));
        }
        let mut first = None;
        for window in self.shared.archive().windows(Layer::Observed) {
            first = self.archived_runs(window)?.get(source).and_then(|runs| runs.first()).map(|run| run.started);
            if first.is_some() {
                break;
            }
        }
        let first = first.or_else(|| self.shared.registry.read().runs.get(source)?.first().map(|(_, run)| run.started));
        // It stays the first one for ever.
        self.shared.runs.first.lock().extend(first.map(|first| (source.to_owned(), first)));
        Ok(first)
    }

    /// Stretches of the past that a backfill has delivered for a scope.
    #[must_use]
    pub fn filled(&self, source: &str, scope: &str) -> Vec<(Instant, Instant)> {
        let registry = self.shared.registry.read();
        registry
            .filled
            .get(&(source.to_owned(), scope.to_owned()))
            .map(|all| all.iter().map(|filled| (filled.from, filled.to)).collect())
            .unwrap_or_default()
    }
}

pub(super) fn row_at(entity: EntityId, path: FieldPath, row: StoredRow, before: Option<Value>) -> RowAt {
    RowAt {
        entity,
        path,
        at: row.at,
        before,
        after: row.value,
        said_by: row.said_by,
        change: row.flags.change,
        backfilled: row.flags.backfilled,
    }
}

impl Shared {
    pub(super) fn column(&self, facet: Facet, field: &str) -> Result<Arc<Column>, Error> {
        let key = (facet, field.to_owned());
        if let Some(column) = self.columns.read().get(&key) {
            return Ok(Arc::clone(column));
        }
        // The writer waits meanwhile, so that no step falls between the scan and the map.
        let mut columns = self.columns.write();
        if let Some(column) = columns.get(&key) {
            return Ok(Arc::clone(column));
        }
        let mut column = Column::default();
        self.index().for_each_of_field(facet, field, |entity, row| column.push(entity, row.at, row.value))?;
        let column = Arc::new(column);
        columns.insert(key, Arc::clone(&column));
        Ok(column)
    }

    /// The version of a stream in force at `at`: the newest one at once, an older one from frame or journal.
    pub(super) fn version_at(&self, index: &Index, stream: StreamNo, at: Instant, newest: Instant) -> Result<Option<Raw>, Error> {
        if at >= newest
            && let Some(head) = index.pending(stream)?
            && head.at <= at
        {
            return Ok(Some(Raw { at: head.at, layer: head.layer, commit: head.commit, seam: false, check: head.check, body: head.body }));
        }
        if at >= newest
            && let Some(head) = index.head(stream)?
            && head.at <= at
        {
            return Ok(Some(Raw { at: head.at, layer: head.layer, commit: head.commit, seam: false, check: head.check, body: head.body }));
        }
        // Only what was backfilled can be withdrawn.
        let replaced = std::cell::LazyCell::new(|| crate::store::apply::replaced_through(&self.registry.read(), stream));
        let mut best: Option<Raw> = None;
        let mut consider = |candidate: Raw| {
            if best.as_ref().is_none_or(|best| (best.at, best.layer, best.commit) < (candidate.at, candidate.layer, candidate.commit)) {
                best = Some(candidate);
            }
        };
        for (_, layer, position) in index.positions_up_to(stream, at).into_iter().rev() {
            let commit = self.commit_at(position)?;
            if layer == Layer::Observed || commit.number >= *replaced {
                let version = commit.versions.iter().rev().find(|version| version.stream == stream && version.at <= at);
                version.into_iter().for_each(|version| consider(Raw::recorded(&commit, version)));
                break;
            }
        }
        let windows = index.windows(stream)?;
        let archive = self.archive();
        for layer in [Layer::Observed, Layer::Backfilled] {
            for (_, window) in windows.iter().rev().filter(|(of, _)| *of == layer) {
                let from = archive.meta(layer, Window(*window)).map_or(Instant::MIN, |meta| meta.from);
                if from > at {
                    continue;
                }
                let Some(frame) = archive.frame(layer, Window(*window), stream)? else { continue };
                let found = frame.up_to(at).rev().find(|version| layer == Layer::Observed || version.commit >= *replaced);
                if let Some(version) = found {
                    consider(Raw::archived(layer, &version));
                    break;
                }
            }
        }
        Ok(best)
    }
}
