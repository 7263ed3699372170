//! What to keep of a harvest: differences, ends, and what is only missing so far.
//!
//! # Invariants
//! - A failing source never erases: absence counts only inside what was read in full.
//! - An end needs direct evidence or two full harvests, and a brake holds ends that are suspiciously many.
//! - A resource keeps its entity; a new one finds the entity that claims its ref, or is a new one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::collect::Memory;
use crate::model::record::{Filled, Replacement};
use crate::model::run::{Missing, Reading};
use crate::model::{
    Body, EntityId, EntityRef, Extent, Facet, Instant, Kind, Layer, Problem, Resource, ResourceNo, Run, Statement, StreamNo,
};
use crate::store::{Error, Store, Transaction, View};

/// Problems that a run keeps with their text; the rest are counted.
pub const PROBLEMS_KEPT: usize = 1000;

/// How long an end that the brake holds must be missing before the source's own count may release it.
const BRAKE_SECONDS: i64 = 86_400;

/// Everything a run has said so far that is not committed yet.
#[derive(Debug, Default)]
pub struct Harvest {
    /// Statements, in order.
    pub statements: Vec<Statement>,
    /// Resources of which the source says that they are as they were.
    pub unchanged: Vec<Arc<Resource>>,
    /// Old and new name of one thing.
    pub renames: Vec<(Arc<Resource>, Arc<Resource>, String)>,
    /// What was read how completely.
    pub extents: Vec<Extent>,
    /// What the collector wants to remember.
    pub remember: Vec<(String, Value)>,
}

/// Where in a source's life a commit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The source's first run: everything it says became known, nothing of it changed.
    pub first: bool,
    /// The last commit of its run, with the run's record.
    pub last: bool,
}

/// What a commit of a harvest did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Statements read.
    pub statements: u64,
    /// Versions written.
    pub written: u64,
}

/// The kind under which notes hold what a source's collector remembers.
#[must_use]
pub fn memory_kind(source: &str) -> String {
    format!("memory/{source}")
}

/// What a source's collector remembers.
#[must_use]
pub fn memory(view: &View, source: &str) -> Memory {
    view.notes(&memory_kind(source))
}

/// Commits a harvest of the present together with the record of its run. `run.missing` holds what was missing before,
/// and afterwards what is missing now; `confirmed` are resources whose end a person has confirmed. `stage` says
/// whether the source was read before, and whether more of this run is to come.
///
/// # Errors
/// [`Error`] of the store; nothing is kept then.
pub fn keep(
    store: &Store,
    harvest: Harvest,
    run: &mut Run,
    confirmed: &BTreeSet<String>,
    stage: Stage,
    now: Instant,
) -> Result<Kept, Error> {
    let source = run.source.clone();
    let mut transaction = store.begin(Layer::Observed)?;
    let mut kept = Kept { statements: harvest.statements.len() as u64, written: 0 };
    let known_scopes = known_scopes(&transaction, &source, &harvest);
    let renamed = rename(&mut transaction, &source, &harvest.renames);

    // By resource: who it is, then what it says.
    let mut by_resource: BTreeMap<String, (Arc<Resource>, Vec<Statement>)> = BTreeMap::new();
    for statement in harvest.statements {
        by_resource.entry(statement.resource.id.clone()).or_insert_with(|| (Arc::clone(&statement.resource), Vec::new())).1.push(statement);
    }
    let mut stated: HashSet<String> = harvest.unchanged.iter().map(|resource| resource.id.clone()).collect();
    // Resources that define go first, so that others may find the entities they create.
    for (id, (resource, statements)) in by_resource {
        stated.insert(id);
        let no = transaction.resource(&source, &resource);
        if !identify(&mut transaction, no, &statements, Layer::Observed) {
            continue;
        }
        let seam = stage.first || !known_scopes.contains(&resource.scope);
        let full = harvest.extents.iter().any(|extent| covers(extent, &resource) && extent.reading == Reading::Full)
            || harvest.extents.iter().any(|extent| extent.scope == resource.id && extent.reading == Reading::Full);
        let mut spoken = HashSet::new();
        for statement in statements {
            let stream = transaction.stream(no, statement.facet, &statement.origin);
            spoken.insert(stream);
            kept.written += u64::from(keep_statement(&mut transaction, stream, statement, seam, now)?);
        }
        if full {
            for stream in transaction.streams_of(no) {
                if !spoken.contains(&stream) && transaction.recorded(stream)?.is_some_and(|current| current.body.is_some()) {
                    transaction.version(stream, None, None, None, false);
                    kept.written += 1;
                }
            }
        }
    }
    for (from, _) in renamed {
        // The old name's statements end with the new name's beginning, at one instant, so nothing is lost in between.
        kept.written += withdraw(&mut transaction, from)?;
        stated.extend(transaction.resource_id(from));
    }

    let (missing, ended) = absent(&transaction, &source, &harvest.extents, &stated, &run.missing, confirmed, now)?;
    for no in ended {
        kept.written += withdraw(&mut transaction, no)?;
    }
    run.missing = missing;
    for (key, value) in harvest.remember {
        transaction.put_note(&memory_kind(&source), &key, value);
    }
    run.extents.extend(harvest.extents);
    run.statements += kept.statements;
    run.written += kept.written;
    run.ended = now;
    if stage.last {
        transaction.put_run(run.clone());
    }
    transaction.commit(now)?;
    Ok(kept)
}

/// Scopes of which something was recorded before this harvest: what is new in them was not there before.
fn known_scopes(transaction: &Transaction<'_>, source: &str, harvest: &Harvest) -> HashSet<String> {
    let scopes: HashSet<&String> = harvest.statements.iter().map(|statement| &statement.resource.scope).collect();
    scopes.into_iter().filter(|scope| !transaction.resources_in(source, scope).is_empty()).cloned().collect()
}

/// Ties the new name of a resource to the entity of the old one. Returns the old resources.
fn rename(
    transaction: &mut Transaction<'_>,
    source: &str,
    renames: &[(Arc<Resource>, Arc<Resource>, String)],
) -> Vec<(ResourceNo, ResourceNo)> {
    let mut done = Vec::new();
    for (from, to, _) in renames {
        let Some(old) = transaction.find_resource(source, &from.id) else { continue };
        let Some(entity) = transaction.linked(old) else { continue };
        let new = transaction.resource(source, to);
        if transaction.linked(new).is_none() {
            transaction.link(new, entity, "rename");
        }
        done.push((old, new));
    }
    done
}

/// Finds or creates the entity of a resource that has none. False if nobody says what it is.
fn identify(transaction: &mut Transaction<'_>, no: ResourceNo, statements: &[Statement], layer: Layer) -> bool {
    if transaction.linked(no).is_some() {
        return true;
    }
    let Some(reference) = statements.iter().find_map(claimed_ref) else { return false };
    let entity: Option<EntityId> = match layer {
        Layer::Observed => transaction.holder(&reference).or_else(|| transaction.undefined_holder(&reference)),
        Layer::Backfilled => transaction.any_holder(&reference),
    };
    let entity = entity.unwrap_or_else(|| transaction.create(&reference));
    transaction.link(no, entity, "ref");
    true
}

fn claimed_ref(statement: &Statement) -> Option<EntityRef> {
    let body = statement.body.as_ref()?;
    if statement.facet != Facet::General {
        return None;
    }
    body.get("ref")?.as_str()?.parse().ok()
}

/// Writes a version if the statement differs; a difference in volatile fields alone waits. True if written.
fn keep_statement(
    transaction: &mut Transaction<'_>,
    stream: StreamNo,
    statement: Statement,
    seam: bool,
    now: Instant,
) -> Result<bool, Error> {
    let recorded = transaction.recorded(stream)?;
    let Some(body) = statement.body else {
        let had = recorded.is_some_and(|current| current.body.is_some());
        if had {
            transaction.version(stream, None, None, None, seam);
        }
        return Ok(had);
    };
    let Some(text) = recorded.as_ref().and_then(|current| current.body.as_deref()) else {
        transaction.version(stream, None, Some(body), statement.check, seam && recorded.is_none());
        return Ok(true);
    };
    let new_text = Value::Object(body.clone()).to_string();
    if text == new_text {
        if transaction.current(stream)? != recorded {
            transaction.stop_waiting(stream);
        }
        return Ok(false);
    }
    let before: Body = serde_json::from_str(text).unwrap_or_default();
    if differs_only_in_volatile(statement.facet, &before, &body) {
        transaction.wait(stream, now, new_text, statement.check);
        return Ok(false);
    }
    transaction.version(stream, None, Some(body), statement.check, false);
    Ok(true)
}

fn differs_only_in_volatile(facet: Facet, before: &Body, after: &Body) -> bool {
    let fields = before.keys().chain(after.keys());
    fields.filter(|field| !facet.is_volatile(field)).all(|field| before.get(field) == after.get(field))
}

/// Ends everything that a resource says. Returns how many versions that took.
pub(crate) fn withdraw(transaction: &mut Transaction<'_>, no: ResourceNo) -> Result<u64, Error> {
    let mut written = 0;
    for stream in transaction.streams_of(no) {
        if transaction.recorded(stream)?.is_some_and(|current| current.body.is_some()) {
            transaction.version(stream, None, None, None, false);
            written += 1;
        }
    }
    Ok(written)
}

fn covers(extent: &Extent, resource: &Resource) -> bool {
    extent.scope == resource.scope && extent.kind.is_none_or(|kind| kind == resource.kind)
}

/// What the extents say is absent: what is missing from now on, and what ends.
fn absent(
    transaction: &Transaction<'_>,
    source: &str,
    extents: &[Extent],
    stated: &HashSet<String>,
    missing_before: &[Missing],
    confirmed: &BTreeSet<String>,
    now: Instant,
) -> Result<(Vec<Missing>, Vec<ResourceNo>), Error> {
    let before: HashMap<&str, &Missing> = missing_before.iter().map(|missing| (missing.resource.as_str(), missing)).collect();
    // A scope that was read, or at least found, is itself there: a repository whose content did not change is not missing.
    let found: HashSet<&str> = extents.iter().map(|extent| extent.scope.as_str()).collect();
    let mut still: BTreeMap<String, Missing> = missing_before
        .iter()
        .filter(|missing| !stated.contains(&missing.resource))
        .map(|missing| (missing.resource.clone(), missing.clone()))
        .collect();
    let mut ended = Vec::new();
    for extent in extents {
        if extent.reading == Reading::Partial {
            continue;
        }
        let mut by_kind: BTreeMap<Kind, (u64, Vec<(ResourceNo, String)>)> = BTreeMap::new();
        for (no, id, kind) in transaction.resources_in(source, &extent.scope) {
            if extent.kind.is_some_and(|wanted| wanted != kind) || !is_stated(transaction, no)? {
                continue;
            }
            let (population, gone) = by_kind.entry(kind).or_default();
            *population += 1;
            // Unchanged confirms the last full reading: only what that one missed is still missing.
            let is_missing = match extent.reading {
                Reading::Full => !stated.contains(&id) && !found.contains(id.as_str()),
                Reading::Unchanged | Reading::Partial => before.contains_key(id.as_str()),
            };
            if is_missing {
                gone.push((no, id));
            } else {
                still.remove(&id);
            }
        }
        for (population, gone) in by_kind.into_values() {
            let many = gone.len() as u64 > 3.max(population.div_ceil(10)) || (population >= 2 && gone.len() as u64 == population);
            // The source's own count agrees if it counts what was stated; a tree that was read whole is its own count.
            let agrees = extent.counted.is_none_or(|counted| counted == population - gone.len() as u64)
                && (extent.counted.is_some() || extent.evidence.is_some() || extent.reading == Reading::Unchanged);
            for (no, id) in gone {
                let earlier = before.get(id.as_str());
                let since = earlier.map_or(now, |missing| missing.since);
                let was_braked = earlier.is_some_and(|missing| missing.braked);
                let released = agrees && since.plus_seconds(BRAKE_SECONDS) <= now;
                let proven = extent.evidence.is_some() || earlier.is_some();
                if confirmed.contains(&id) || ((!(many || was_braked) || released) && proven) {
                    ended.push(no);
                    still.remove(&id);
                } else {
                    still.insert(id.clone(), Missing { resource: id, since, braked: many || was_braked });
                }
            }
        }
    }
    Ok((still.into_values().collect(), ended))
}

fn is_stated(transaction: &Transaction<'_>, no: ResourceNo) -> Result<bool, Error> {
    for stream in transaction.streams_of(no) {
        if transaction.recorded(stream)?.is_some_and(|current| current.body.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Something that a source's history says.
#[derive(Clone, Debug)]
pub struct PastStatement {
    /// The source's own time.
    pub at: Instant,
    /// The first known state of a scope.
    pub seam: bool,
    /// What it said.
    pub statement: Statement,
}

/// One stretch of a scope's past, delivered in full.
#[derive(Debug, Default)]
pub struct Stretch {
    /// Statements, in order of time within a stream.
    pub past: Vec<PastStatement>,
    /// Old and new name of one thing.
    pub renames: Vec<(Arc<Resource>, Arc<Resource>, String)>,
    /// What the collector wants to remember.
    pub remember: Vec<(String, Value)>,
}

/// Commits one stretch of the past into the backfilled layer: only days without a successful run of the source, and
/// restated where such days end. Returns the versions written.
///
/// # Errors
/// [`Error`] of the store; nothing is kept then.
pub fn keep_past(
    store: &Store,
    source: &str,
    scope: &str,
    range: &Range<Instant>,
    replace: bool,
    stretch: Stretch,
    now: Instant,
) -> Result<u64, Error> {
    let view = store.view();
    let zone = view.zone();
    // Ends of the runs that read the scope, with the days they cover.
    let runs = confirming_runs(&view, source, scope)?;
    let covered: BTreeSet<_> = runs.iter().map(|at| zone.day_of(*at)).collect();
    let mut transaction = store.begin(Layer::Backfilled)?;
    if replace {
        transaction.put_replacement(Replacement { source: source.to_owned(), scope: scope.to_owned() });
    }
    for (from, to, _) in &stretch.renames {
        // Newest first: the new name is known already, the old one takes its entity.
        let known = transaction.find_resource(source, &to.id).and_then(|no| transaction.linked(no));
        if let Some(entity) = known {
            let old = transaction.resource(source, from);
            if transaction.linked(old).is_none() {
                transaction.link(old, entity, "rename");
            }
        }
    }
    let mut by_resource: BTreeMap<String, (Arc<Resource>, Vec<PastStatement>)> = BTreeMap::new();
    for past in stretch.past {
        let resource = Arc::clone(&past.statement.resource);
        by_resource.entry(resource.id.clone()).or_insert_with(|| (resource, Vec::new())).1.push(past);
    }
    let mut written = 0;
    for (_, (resource, past)) in by_resource {
        let no = transaction.resource(source, &resource);
        let statements: Vec<Statement> = past.iter().map(|past| past.statement.clone()).collect();
        if !identify(&mut transaction, no, &statements, Layer::Backfilled) {
            continue;
        }
        let mut by_stream: BTreeMap<StreamNo, Vec<PastStatement>> = BTreeMap::new();
        for past in past {
            let stream = transaction.stream(no, past.statement.facet, &past.statement.origin);
            by_stream.entry(stream).or_default().push(past);
        }
        for (stream, mut past) in by_stream {
            past.sort_by_key(|past| past.at);
            let mut restate: BTreeSet<Instant> = BTreeSet::new();
            for past in past {
                if past.at >= range.end || covered.contains(&zone.day_of(past.at)) {
                    continue;
                }
                // The first run after it ends the gap that it lies in.
                restate.extend(runs.iter().find(|run| **run > past.at && **run <= range.end));
                transaction.version(stream, Some(past.at), past.statement.body, past.statement.check, past.seam);
                written += 1;
            }
            for at in restate {
                let observed = transaction.observed_at(stream, at)?;
                let body =
                    observed.as_ref().and_then(|current| current.body.as_deref()).and_then(|text| serde_json::from_str::<Body>(text).ok());
                transaction.version(stream, Some(at), body, observed.and_then(|current| current.check), true);
                written += 1;
            }
        }
    }
    transaction.put_filled(Filled { source: source.to_owned(), scope: scope.to_owned(), from: range.start, to: range.end });
    for (key, value) in stretch.remember {
        transaction.put_note(&memory_kind(source), &key, value);
    }
    transaction.commit(now)?;
    Ok(written)
}

/// The ends of the runs that read a scope in full or found it unchanged, oldest first.
fn confirming_runs(view: &View, source: &str, scope: &str) -> Result<Vec<Instant>, Error> {
    let mut ends: Vec<Instant> = view
        .runs(source, Instant::MAX, usize::MAX)?
        .iter()
        .filter(|run| run.extents.iter().any(|extent| extent.scope == scope && extent.reading != Reading::Partial))
        .map(|run| run.ended)
        .collect();
    ends.sort_unstable();
    Ok(ends)
}

/// Adds a problem to a run's record: all are counted, the first thousand are kept.
pub fn note_problem(run: &mut Run, problem: Problem) {
    run.problem_count += 1;
    if run.problems.len() < PROBLEMS_KEPT {
        run.problems.push(problem);
    }
}

/// Ends what a source says for good, in one scope or all: it was removed from the configuration and a person confirms.
///
/// # Errors
/// [`Error`] of the store; nothing is kept then.
pub fn retire(store: &Store, source: &str, scope: Option<&str>, now: Instant) -> Result<u64, Error> {
    let mut transaction = store.begin(Layer::Observed)?;
    let mut written = 0;
    for no in transaction.resources_of_source(source, scope) {
        written += withdraw(&mut transaction, no)?;
    }
    let what = scope.map_or_else(|| source.to_owned(), |scope| format!("{source}/{scope}"));
    transaction.put_note("retired", &what, Value::String(now.to_string()));
    transaction.commit(now)?;
    Ok(written)
}
