//! When what is stated was last confirmed, as of one moment, for any number of entities.
//!
//! # Invariants
//! - Runs confirm by (source, scope, kind), hence by resource: all statements about one resource are equally fresh.
//! - It agrees with what [`View::statements`] says of each statement, without reading them. Only where an entity has
//!   resources that differ, it is looked up which of them say anything at the moment.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Readings, View};
use crate::model::{EntityId, Instant, Kind, Reading, ResourceNo, Run};
use crate::store::Error;
use crate::store::column::Column;

/// So many runs of a source are searched for one that confirmed something.
const LOOK_BACK: usize = 16;

/// How fresh something is at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// The end of the last run at or before the moment that read it; of several things, the oldest of these. None if
    /// none of the newest runs did.
    pub last: Option<Instant>,
    /// Last confirmed more than two of its source's intervals before the moment; of several things, some.
    pub stale: bool,
}

/// How fresh anything is at one moment. What runs say is looked up once a source.
pub struct Freshness {
    view: View,
    at: Instant,
    refs: Arc<Column>,
    sources: HashMap<String, Runs>,
}

/// The newest runs of a source, newest first; more than one only once that did not confirm something.
#[derive(Default)]
struct Runs {
    newest: Vec<ReadingRun>,
    looked_back: bool,
}

/// A run and, once it was needed, what it read.
struct ReadingRun {
    run: Arc<Run>,
    readings: Option<Arc<Readings>>,
}

impl Freshness {
    pub(super) fn new(view: View, at: Instant) -> Result<Self, Error> {
        let refs = view.column(crate::model::Facet::General, "ref")?;
        Ok(Self { view, at, refs, sources: HashMap::new() })
    }

    /// How fresh the statements about an entity are that hold at the moment. One that is not there has none.
    ///
    /// # Errors
    /// As [`View::statements`].
    pub fn of(&mut self, entity: EntityId) -> Result<Confirmation, Error> {
        let speaking = self.speaking(entity, |a, b| a == b)?;
        Ok(Confirmation {
            last: speaking.iter().filter_map(|confirmation| confirmation.last).min(),
            stale: speaking.iter().any(|confirmation| confirmation.stale),
        })
    }

    /// Whether some statement about the entity that holds at the moment is stale. Cheaper than [`Self::of`] where
    /// several sources speak.
    ///
    /// # Errors
    /// As [`View::statements`].
    pub fn is_stale(&mut self, entity: EntityId) -> Result<bool, Error> {
        Ok(self.speaking(entity, |a, b| a.stale == b.stale)?.iter().any(|confirmation| confirmation.stale))
    }

    /// How fresh what a source says about a resource is. What no run confirmed is not stale where its past was delivered.
    ///
    /// # Errors
    /// [`Error::Archive`].
    pub(super) fn of_resource(&mut self, source: &str, id: &str, scope: &str, kind: Kind) -> Result<Confirmation, Error> {
        if !self.sources.contains_key(source) {
            self.sources.insert(source.to_owned(), Runs { newest: self.runs(source, 1)?, looked_back: false });
        }
        if let Some(run) = self.confirming(source, id, scope, kind) {
            return Ok(Confirmation { last: Some(run.ended), stale: self.is_old(&run) });
        }
        if self.sources.get(source).is_some_and(|runs| !runs.looked_back) {
            self.sources.insert(source.to_owned(), Runs { newest: self.runs(source, LOOK_BACK)?, looked_back: true });
            if let Some(run) = self.confirming(source, id, scope, kind) {
                return Ok(Confirmation { last: Some(run.ended), stale: self.is_old(&run) });
            }
        }
        // Whenever it was confirmed, it was before all of these.
        let runs = self.sources.get(source).map_or(&[][..], |runs| &runs.newest);
        let stale = runs.len() == LOOK_BACK && runs.last().is_some_and(|oldest| self.is_old(&oldest.run));
        Ok(Confirmation { last: None, stale: stale && !self.is_filled(source, id, scope) })
    }

    /// Whether a backfill told what was said at the moment; it may name a scope after a resource, as of a repository.
    fn is_filled(&self, source: &str, id: &str, scope: &str) -> bool {
        let registry = self.view.shared.registry.read();
        [scope, id].iter().any(|name| {
            let filled = registry.filled.get(&(source.to_owned(), (*name).to_owned()));
            filled.is_some_and(|filled| filled.iter().any(|stretch| stretch.from <= self.at && self.at < stretch.to))
        })
    }

    fn runs(&self, source: &str, limit: usize) -> Result<Vec<ReadingRun>, Error> {
        let runs = self.view.runs(source, self.at, limit)?;
        Ok(runs.into_iter().map(|run| ReadingRun { run, readings: None }).collect())
    }

    /// The newest of the known runs that read a kind of a scope, or at least that part of it, named after its origin, from
    /// which the resource is known.
    fn confirming(&mut self, source: &str, id: &str, scope: &str, kind: Kind) -> Option<Arc<Run>> {
        let mut origins = None;
        for ReadingRun { run, readings } in &mut self.sources.get_mut(source)?.newest {
            let readings = readings.get_or_insert_with(|| self.view.readings(run));
            let of_scope = readings.get(scope).map_or(&[][..], Vec::as_slice);
            let of_kind = |wanted| of_scope.iter().rfind(|(of, _)| *of == wanted);
            if of_kind(Some(kind)).or_else(|| of_kind(None)).is_some_and(|(_, reading)| *reading != Reading::Partial) {
                return Some(Arc::clone(run));
            }
            let is_read = |origin: &String| {
                let part = readings.get(&format!("{scope}/{origin}"));
                part.is_some_and(|part| part.iter().all(|(_, reading)| *reading != Reading::Partial))
            };
            let origins = origins.get_or_insert_with(|| self.view.shared.registry.read().origins_of(source, id));
            if !of_scope.is_empty() && origins.iter().any(is_read) {
                return Some(Arc::clone(run));
            }
        }
        None
    }

    fn is_old(&self, run: &Run) -> bool {
        run.ended.plus_seconds(2 * i64::try_from(run.interval_seconds).unwrap_or(i64::MAX / 4)) < self.at
    }

    /// The confirmations of the resources that say something about an entity; only one of them if all are the `same`.
    fn speaking(&mut self, entity: EntityId, same: impl Fn(&Confirmation, &Confirmation) -> bool) -> Result<Vec<Confirmation>, Error> {
        let linked: Vec<_> = {
            let registry = self.view.shared.registry.read();
            let resources = registry.resources_of(entity).into_iter();
            let resources = resources.filter(|(_, from, to)| *from <= self.at && self.at < *to);
            resources.filter_map(|(no, _, _)| registry.resource(no).map(Arc::clone)).collect()
        };
        if linked.is_empty() {
            return Ok(Vec::new());
        }
        let defined = match self.refs.step_at(entity, self.at.min(self.view.newest)) {
            Some((_, value)) if value.is_none() => return Ok(Vec::new()),
            Some(_) => true,
            None if self.view.exists(entity, self.at)? => false,
            None => return Ok(Vec::new()),
        };
        let mut confirmations = Vec::with_capacity(linked.len());
        for resource in &linked {
            confirmations.push(self.of_resource(&resource.source, &resource.id, &resource.scope, resource.kind)?);
        }
        // Who is defined is so by the word of one of its resources; which one makes no difference if all are the same.
        if defined && confirmations.iter().all(|confirmation| same(confirmation, &confirmations[0])) {
            confirmations.truncate(1);
            return Ok(confirmations);
        }
        let mut speaking = Vec::new();
        for (resource, confirmation) in linked.iter().zip(confirmations) {
            if self.speaks(resource.no)? {
                speaking.push(confirmation);
            }
        }
        Ok(speaking)
    }

    /// Whether some statement of the resource holds at the moment.
    fn speaks(&self, resource: ResourceNo) -> Result<bool, Error> {
        let shared = &self.view.shared;
        let streams = shared.registry.read().streams_of(resource).to_vec();
        let index = shared.index();
        for stream in streams {
            if shared.version_at(&index, stream, self.at, self.view.newest)?.is_some_and(|version| version.body.is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl View {
    /// How fresh anything is at `at`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn freshness(&self, at: Instant) -> Result<Freshness, Error> {
        Freshness::new(self.clone(), at)
    }

    /// How completely a run read each kind of each scope.
    fn readings(&self, run: &Run) -> Arc<Readings> {
        let key = (run.source.clone(), run.ended);
        if let Some(readings) = self.shared.runs.confirmations.lock().get(&key) {
            return Arc::clone(readings);
        }
        let mut readings = Readings::default();
        for extent in &run.extents {
            readings.entry(extent.scope.clone()).or_default().push((extent.kind, extent.reading));
        }
        let readings = Arc::new(readings);
        let mut cache = self.shared.runs.confirmations.lock();
        if cache.len() >= LOOK_BACK {
            cache.clear();
        }
        cache.insert(key, Arc::clone(&readings));
        readings
    }
}
