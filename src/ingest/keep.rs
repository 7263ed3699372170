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
use crate::model::audit::{Actor, AuditRecord};
use crate::model::record::{Filled, Replacement};
use crate::model::run::{CONFIRMED, Missing, Reading, Trigger};
use crate::model::statement::hints_kind;
use crate::model::{
    Body, Day, EntityId, EntityRef, Event, Extent, Facet, Hint, Instant, Kind, Layer, Problem, Resource, ResourceNo, Run, Statement,
    StreamNo, Zone,
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
    /// What happened.
    pub events: Vec<Event>,
    /// Signs of whose resources are.
    pub hints: Vec<(Arc<Resource>, Vec<Hint>)>,
    /// What was read how completely.
    pub extents: Vec<Extent>,
    /// What the collector wants to remember.
    pub remember: Vec<(String, Value)>,
    /// What earlier parts of the same run left behind: [`Kept::so_far`].
    pub so_far: SoFar,
}

/// What the parts of a run must know of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Resources that were stated or confirmed: a later part must not miss them.
    stated: HashSet<String>,
    /// Scopes of which nothing was recorded before this run.
    new_scopes: HashSet<String>,
    /// Resources that spoke, and what they spoke through, until their scope is known to be read whole. Scopes that are read
    /// side by side share parts, so that what a resource says may be spread over several of them.
    spoken: BTreeMap<ResourceNo, (Arc<Resource>, HashSet<StreamNo>)>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Statements read.
    pub statements: u64,
    /// Versions written.
    pub written: u64,
    /// Somebody may be called otherwise now, or a resource stands that nobody is known to be spoken of by.
    pub names: bool,
    /// For the next part of the same run.
    pub so_far: SoFar,
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
/// and afterwards what is missing now. `stage` says whether the source was read before, and whether more of this run is
/// to come.
///
/// # Errors
/// [`Error`] of the store; nothing is kept then.
pub fn keep(store: &Store, harvest: Harvest, run: &mut Run, stage: Stage, now: Instant) -> Result<Kept, Error> {
    let source = run.source.clone();
    let mut transaction = store.begin(Layer::Observed)?;
    let mut kept = Kept { statements: harvest.statements.len() as u64, ..Kept::default() };
    let SoFar { mut stated, mut new_scopes, mut spoken } = harvest.so_far;
    new_scopes.extend(unknown_scopes(&transaction, &source, &harvest.statements));
    let renamed = rename(&mut transaction, &source, &harvest.renames);

    // By resource: who it is, then what it says.
    let mut by_resource: BTreeMap<String, (Arc<Resource>, Vec<Statement>)> = BTreeMap::new();
    for statement in harvest.statements {
        by_resource.entry(statement.resource.id.clone()).or_insert_with(|| (Arc::clone(&statement.resource), Vec::new())).1.push(statement);
    }
    stated.extend(harvest.unchanged.iter().map(|resource| resource.id.clone()));
    // Resources that define go first, so that others may find the entities they create.
    for (id, (resource, statements)) in by_resource {
        // That nothing is said of what was never spoken of is no news.
        if statements.iter().all(|statement| statement.body.is_none()) && transaction.find_resource(&source, &resource.id).is_none() {
            continue;
        }
        stated.insert(id);
        let no = transaction.resource(&source, &resource);
        // What claims no ref is kept too; [`crate::ingest::link`] finds whose it is.
        identify(&mut transaction, no, &statements, Layer::Observed);
        let seam = stage.first || new_scopes.contains(&resource.scope);
        let (_, streams) = spoken.entry(no).or_insert_with(|| (Arc::clone(&resource), HashSet::new()));
        let is_unlinked = transaction.linked(no).is_none();
        for statement in statements {
            let stream = transaction.stream(no, statement.facet, &statement.origin);
            streams.insert(stream);
            let names = is_unlinked || statement.facet == Facet::General;
            let is_written = keep_statement(&mut transaction, stream, statement, seam, now)?;
            kept.written += u64::from(is_written);
            kept.names |= is_written && names;
        }
    }
    let silenced = silence(&mut transaction, &mut spoken, &run.extents, &harvest.extents)?;
    kept.written += silenced;
    kept.names |= silenced > 0;
    for (from, _) in &renamed {
        // The old name's statements end with the new name's beginning, at one instant, so nothing is lost in between.
        kept.written += withdraw(&mut transaction, *from)?;
        stated.extend(transaction.resource_id(*from));
    }

    let (events, linkable) = keep_events(&mut transaction, &source, harvest.events, harvest.hints)?;
    kept.written += events;
    kept.names |= linkable;

    let read_before: Vec<&str> = run.extents.iter().map(|extent| extent.scope.as_str()).collect();
    let (missing, ended) = absent(&transaction, &source, &harvest.extents, &read_before, &stated, &run.missing, now)?;
    kept.names |= !renamed.is_empty() || !ended.is_empty();
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
    // Between runs often nothing is worth a commit.
    if transaction.is_empty() {
        transaction.keep_waiting()?
    } else {
        transaction.commit(now).map(|_| ())?
    }
    kept.so_far = SoFar { stated, new_scopes, spoken };
    Ok(kept)
}

/// Records events and signs. Returns how many were new or changed, and whether somebody may be linked otherwise now.
fn keep_events(
    transaction: &mut Transaction<'_>,
    source: &str,
    events: Vec<Event>,
    hints: Vec<(Arc<Resource>, Vec<Hint>)>,
) -> Result<(u64, bool), Error> {
    let (mut written, mut names) = (0, false);
    for event in events {
        let no = transaction.resource(source, &event.resource);
        names |= transaction.linked(no).is_none();
        written += u64::from(transaction.put_event(source, no, event)?);
    }
    for (resource, hints) in hints {
        transaction.resource(source, &resource);
        let value = serde_json::to_value(hints).unwrap_or_default();
        if transaction.note(&hints_kind(source), &resource.id).as_ref() != Some(&value) {
            transaction.put_note(&hints_kind(source), &resource.id, value);
            names = true;
        }
    }
    Ok((written, names))
}

/// Scopes of which nothing was recorded before this harvest: what is in them became known, it is not new.
fn unknown_scopes(transaction: &Transaction<'_>, source: &str, statements: &[Statement]) -> HashSet<String> {
    let scopes: HashSet<&String> = statements.iter().map(|statement| &statement.resource.scope).collect();
    scopes.into_iter().filter(|scope| transaction.resources_in(source, scope).is_empty()).cloned().collect()
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

/// Finds or creates the entity of a resource that has none and claims a ref.
fn identify(transaction: &mut Transaction<'_>, no: ResourceNo, statements: &[Statement], layer: Layer) {
    if transaction.linked(no).is_some() {
        return;
    }
    let Some(reference) = statements.iter().find_map(claimed_ref) else { return };
    let entity: Option<EntityId> = match layer {
        Layer::Observed => transaction.holder(&reference).or_else(|| transaction.undefined_holder(&reference)),
        Layer::Backfilled => transaction.any_holder(&reference),
    };
    let entity = entity.unwrap_or_else(|| transaction.create(&reference));
    transaction.link(no, entity, "ref");
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
    let new_text = serde_json::to_string(&body).unwrap_or_default();
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

/// Ends what resources of scopes that were read whole do not say any more, though they spoke; of those nothing more is to
/// come in this run. Returns how many versions that took.
fn silence(
    transaction: &mut Transaction<'_>,
    spoken: &mut BTreeMap<ResourceNo, (Arc<Resource>, HashSet<StreamNo>)>,
    before: &[Extent],
    extents: &[Extent],
) -> Result<u64, Error> {
    let full: HashSet<(&str, Option<Kind>)> =
        extents.iter().filter(|extent| extent.reading == Reading::Full).map(|extent| (extent.scope.as_str(), extent.kind)).collect();
    if full.is_empty() {
        return Ok(0);
    }
    // An extent may be about one resource alone.
    let alone: HashSet<&str> = full.iter().map(|(scope, _)| *scope).collect();
    let is_whole = |resource: &Resource| {
        let scope = resource.scope.as_str();
        full.contains(&(scope, None)) || full.contains(&(scope, Some(resource.kind))) || alone.contains(resource.id.as_str())
    };
    let mut written = 0;
    for (no, (resource, streams)) in spoken.extract_if(.., |_, (resource, _)| is_whole(resource)) {
        for stream in transaction.streams_of(no) {
            let is_silent = !streams.contains(&stream)
                && !is_unread(transaction, before, &resource, stream)
                && !is_unread(transaction, extents, &resource, stream)
                && transaction.recorded(stream)?.is_some_and(|current| current.body.is_some());
            if is_silent {
                transaction.version(stream, None, None, None, false);
                written += 1;
            }
        }
    }
    Ok(written)
}

/// Whether what a stream speaks from could not be read: it has an extent of its own, `SCOPE/ORIGIN`. What it said stands.
fn is_unread(transaction: &Transaction<'_>, extents: &[Extent], resource: &Resource, stream: StreamNo) -> bool {
    let unread = |origin: &str| {
        let mut partial = extents.iter().filter(|extent| extent.reading == Reading::Partial);
        partial.any(|extent| extent.scope.strip_prefix(&resource.scope).and_then(|rest| rest.strip_prefix('/')) == Some(origin))
    };
    transaction.origin_of(stream).is_some_and(|origin| unread(&origin))
}

/// What the extents say is absent: what is missing from now on, and what ends. `read_before` are scopes that earlier
/// parts of the run read.
fn absent(
    transaction: &Transaction<'_>,
    source: &str,
    extents: &[Extent],
    read_before: &[&str],
    stated: &HashSet<String>,
    missing_before: &[Missing],
    now: Instant,
) -> Result<(Vec<Missing>, Vec<ResourceNo>), Error> {
    let before: HashMap<&str, &Missing> = missing_before.iter().map(|missing| (missing.resource.as_str(), missing)).collect();
    // A scope that was read, or at least found, is itself there: a repository whose content did not change is not missing.
    let found: HashSet<&str> = extents.iter().map(|extent| extent.scope.as_str()).chain(read_before.iter().copied()).collect();
    let mut still: BTreeMap<String, Missing> = BTreeMap::new();
    for missing in missing_before.iter().filter(|missing| !stated.contains(&missing.resource)) {
        // What ended by a person's word is missing no longer.
        let no = transaction.find_resource(source, &missing.resource);
        if no.map(|no| is_stated(transaction, no)).transpose()? == Some(true) {
            still.insert(missing.resource.clone(), missing.clone());
        }
    }
    let mut ended = Vec::new();
    for extent in extents {
        // What a source confirms as unchanged can only still be missing.
        if extent.reading == Reading::Partial || (extent.reading == Reading::Unchanged && before.is_empty()) {
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
                if (!(many || was_braked) || released) && proven {
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
#[derive(Debug)]
pub struct Stretch {
    /// Whose past.
    pub scope: String,
    /// From when until when.
    pub range: Range<Instant>,
    /// What was delivered of the scope before is void.
    pub replace: bool,
    /// What it says.
    pub told: Told,
}

/// What a source told of its past.
#[derive(Debug, Default)]
pub struct Told {
    /// Statements, in order of time within a stream.
    pub past: Vec<PastStatement>,
    /// Old and new name of one thing.
    pub renames: Vec<(Arc<Resource>, Arc<Resource>, String)>,
    /// What happened.
    pub events: Vec<Event>,
    /// Signs of whose resources are.
    pub hints: Vec<(Arc<Resource>, Vec<Hint>)>,
    /// What the collector wants to remember.
    pub remember: Vec<(String, Value)>,
}

/// On which days a source's runs read which scope in full or found it unchanged: of each day the first one's end.
#[derive(Debug, Default)]
pub struct Confirmed(HashMap<String, Vec<(Day, Instant)>>);

impl Confirmed {
    /// Reads all runs of the source.
    ///
    /// # Errors
    /// [`Error`] of the store.
    pub fn read(view: &View, source: &str) -> Result<Self, Error> {
        let zone = view.zone();
        let mut runs = view.runs(source, Instant::MAX, usize::MAX)?;
        runs.sort_by_key(|run| run.ended);
        let mut ends: HashMap<String, Vec<(Day, Instant)>> = HashMap::new();
        for run in runs {
            let day = zone.day_of(run.ended);
            for extent in run.extents.iter().filter(|extent| extent.reading != Reading::Partial) {
                let of_scope = match ends.get_mut(&extent.scope) {
                    Some(of_scope) => of_scope,
                    None => ends.entry(extent.scope.clone()).or_default(),
                };
                if of_scope.last().is_none_or(|(last, _)| *last != day) {
                    of_scope.push((day, run.ended));
                }
            }
        }
        Ok(Self(ends))
    }

    /// The days on which a scope was confirmed, oldest first.
    fn of(&self, scope: &str) -> &[(Day, Instant)] {
        self.0.get(scope).map_or(&[], Vec::as_slice)
    }
}

/// Commits stretches of the past into the backfilled layer: only days without a successful run of the source, and
/// restated where such days end. Returns the versions written.
///
/// # Errors
/// [`Error`] of the store; nothing is kept then.
pub fn keep_past(store: &Store, source: &str, confirmed: &Confirmed, stretches: Vec<Stretch>, now: Instant) -> Result<u64, Error> {
    let zone = store.view().zone();
    let mut transaction = store.begin(Layer::Backfilled)?;
    let mut written = 0;
    for stretch in stretches {
        written += keep_stretch(&mut transaction, &zone, source, confirmed.of(&stretch.scope), stretch)?;
    }
    transaction.commit(now)?;
    Ok(written)
}

fn keep_stretch(
    transaction: &mut Transaction<'_>,
    zone: &Zone,
    source: &str,
    confirmed: &[(Day, Instant)],
    Stretch { scope, range, replace, told }: Stretch,
) -> Result<u64, Error> {
    if replace {
        transaction.put_replacement(Replacement { source: source.to_owned(), scope: scope.clone() });
    }
    for (from, to, _) in &told.renames {
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
    for past in told.past {
        let resource = Arc::clone(&past.statement.resource);
        by_resource.entry(resource.id.clone()).or_insert_with(|| (resource, Vec::new())).1.push(past);
    }
    let mut written = 0;
    for (_, (resource, past)) in by_resource {
        let no = transaction.resource(source, &resource);
        let statements: Vec<Statement> = past.iter().map(|past| past.statement.clone()).collect();
        identify(transaction, no, &statements, Layer::Backfilled);
        let mut by_stream: BTreeMap<StreamNo, Vec<PastStatement>> = BTreeMap::new();
        for past in past {
            let stream = transaction.stream(no, past.statement.facet, &past.statement.origin);
            by_stream.entry(stream).or_default().push(past);
        }
        for (stream, mut past) in by_stream {
            past.sort_by_key(|past| past.at);
            let mut restate: BTreeSet<Instant> = BTreeSet::new();
            for past in past {
                let day = zone.day_of(past.at);
                let next = confirmed.partition_point(|(confirmed, _)| *confirmed < day);
                if past.at >= range.end || confirmed.get(next).is_some_and(|(confirmed, _)| *confirmed == day) {
                    continue;
                }
                // The first run after it ends the gap that it lies in.
                restate.extend(confirmed.get(next).map(|(_, run)| *run).filter(|run| *run <= range.end));
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
    written += keep_events(transaction, source, told.events, told.hints)?.0;
    transaction.put_filled(Filled { source: source.to_owned(), scope, from: range.start, to: range.end });
    for (key, value) in told.remember {
        transaction.put_note(&memory_kind(source), &key, value);
    }
    Ok(written)
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
pub fn retire(store: &Store, source: &str, scope: Option<&str>, by: &Actor, now: Instant) -> Result<u64, Error> {
    let mut transaction = store.begin(Layer::Observed)?;
    let mut written = 0;
    for no in transaction.resources_of_source(source, scope) {
        written += withdraw(&mut transaction, no)?;
    }
    let what = scope.map_or_else(|| source.to_owned(), |scope| format!("{source}/{scope}"));
    put_audit(&mut transaction, &AuditRecord::done(now, by, "retire", what.clone()));
    transaction.put_note("retired", &what, Value::String(now.to_string()));
    transaction.commit(now)?;
    Ok(written)
}

/// Ends what a source's last run missed, by a person's word: one resource, or all that the brake holds. Returns which;
/// none if nothing of that name is missing.
///
/// # Errors
/// [`Error`] of the store; nothing is kept then.
pub fn confirm_missing(store: &Store, source: &str, resource: Option<&str>, by: &Actor, now: Instant) -> Result<Vec<String>, Error> {
    let missing = last_missing(&store.view(), source);
    let wanted = missing.iter().filter(|missing| resource.map_or(missing.braked, |resource| missing.resource == resource));
    let mut transaction = store.begin(Layer::Observed)?;
    let mut ended = Vec::new();
    for missing in wanted {
        let Some(no) = transaction.find_resource(source, &missing.resource) else { continue };
        if withdraw(&mut transaction, no)? > 0 {
            let what = format!("{source}/{}", missing.resource);
            transaction.put_note(CONFIRMED, &what, Value::String(now.to_string()));
            ended.push(missing.resource.clone());
        }
    }
    if !ended.is_empty() {
        let what = match ended.as_slice() {
            [one] => format!("{source}/{one}"),
            all => format!("{} of {source}", all.len()),
        };
        put_audit(&mut transaction, &AuditRecord::done(now, by, "confirmMissing", what));
        transaction.commit(now)?;
    }
    Ok(ended)
}

/// What the newest run of a source that was no backfill missed.
#[must_use]
pub fn last_missing(view: &View, source: &str) -> Vec<Missing> {
    let runs = view.runs(source, Instant::MAX, 64).unwrap_or_default();
    runs.iter().find(|run| run.trigger != Trigger::Backfill).map(|run| run.missing.clone()).unwrap_or_default()
}

/// Keeps a record of what a person changed.
pub(crate) fn put_audit(transaction: &mut Transaction<'_>, record: &AuditRecord) {
    transaction.put_note(AuditRecord::NOTE, &record.key(), serde_json::to_value(record).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ingest::seal::seal_ended_days;
    use crate::model::run::Outcome;
    use crate::model::{FieldPath, Moment};
    use crate::store::Options;

    struct World {
        _folder: tempfile::TempDir,
        store: Store,
        missing: Vec<Missing>,
        first: bool,
    }

    fn at(day: i64) -> Instant {
        // Noon, so that hours before and after stay in the same day.
        Instant::from_seconds(1_767_268_800 + day * 86_400)
    }

    /// A second after the day's harvest: commits that follow each other are microseconds apart.
    fn after(day: i64) -> Instant {
        at(day).plus_seconds(1)
    }

    fn service(name: &str) -> Arc<Resource> {
        Arc::new(Resource { id: format!("repo#service:{name}"), kind: Kind::Service, scope: "repo".to_owned() })
    }

    fn states(resource: &Arc<Resource>, value: Value) -> Statement {
        let body = Some(value.as_object().cloned().expect("an object"));
        Statement { resource: Arc::clone(resource), origin: "catalog-info.yaml".to_owned(), facet: Facet::General, body, check: None }
    }

    fn named(name: &str) -> Statement {
        states(&service(name), json!({ "ref": format!("service:{name}"), "lifecycle": "production" }))
    }

    fn extent(reading: Reading, evidence: Option<&str>, counted: Option<u64>) -> Extent {
        Extent { scope: "repo".to_owned(), kind: None, reading, counted, evidence: evidence.map(str::to_owned) }
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::open(&Options::new(folder.path())).expect("opens");
            Self { _folder: folder, store, missing: Vec::new(), first: true }
        }

        fn harvest(&mut self, day: i64, statements: Vec<Statement>, extent: Extent) -> Kept {
            self.harvest_all(day, Harvest { statements, extents: vec![extent], ..Harvest::default() })
        }

        fn harvest_all(&mut self, day: i64, harvest: Harvest) -> Kept {
            self.harvest_part(day, harvest, true)
        }

        fn harvest_part(&mut self, day: i64, harvest: Harvest, last: bool) -> Kept {
            let mut run = Run {
                source: "git".to_owned(),
                trigger: Trigger::Schedule,
                started: at(day),
                ended: at(day),
                outcome: Outcome::Succeeded,
                interval_seconds: 86_400,
                extents: Vec::new(),
                statements: 0,
                written: 0,
                requests: 0,
                problem_count: 0,
                problems: Vec::new(),
                missing: self.missing.clone(),
            };
            seal_ended_days(&self.store, at(day)).expect("sealed");
            let kept = keep(&self.store, harvest, &mut run, Stage { first: self.first, last }, at(day)).expect("kept");
            self.missing = run.missing;
            self.first = false;
            kept
        }

        /// A run of which every part is committed by itself.
        fn harvest_in_parts(&mut self, day: i64, parts: Vec<Harvest>) {
            let (first, last) = (self.first, parts.len() - 1);
            let mut so_far = SoFar::default();
            for (place, part) in parts.into_iter().enumerate() {
                self.first = first;
                so_far = self.harvest_part(day, Harvest { so_far, ..part }, place == last).so_far;
            }
        }

        fn fill(&self, now: i64, range: Range<i64>, replace: bool, past: Vec<(i64, bool, Statement)>) {
            let past = past.into_iter().map(|(day, seam, statement)| PastStatement { at: at(day), seam, statement }).collect();
            let range = at(range.start)..at(range.end);
            let stretch = Stretch { scope: "repo".to_owned(), range, replace, told: Told { past, ..Told::default() } };
            let confirmed = Confirmed::read(&self.store.view(), "git").expect("read");
            keep_past(&self.store, "git", &confirmed, vec![stretch], at(now)).expect("kept");
        }

        fn id(&self, name: &str) -> EntityId {
            let reference: EntityRef = name.parse().expect("a ref");
            self.store.view().holdings(&reference).expect("holdings").first().unwrap_or_else(|| panic!("nobody is {name}")).entity
        }

        /// Whether the service is there after the day's harvest.
        fn is_there(&self, name: &str, day: i64) -> bool {
            self.store.view().exists(self.id(&format!("service:{name}")), after(day)).expect("exists")
        }

        fn value(&self, entity: EntityId, field: &str, day: i64) -> Option<String> {
            let path = FieldPath::whole(Facet::General, field);
            self.store.view().value(entity, &path, after(day)).expect("value").map(|value| value.to_string())
        }

        fn changes(&self) -> Vec<String> {
            let view = self.store.view();
            let all = view.changes(at(-1000), at(1000)).expect("changes");
            let name = |entity| view.ref_at(entity, at(1000)).expect("ref").to_string();
            all.into_iter()
                .flat_map(|(when, entity, paths)| paths.into_iter().map(move |path| (when, entity, path)))
                .map(|(when, entity, path)| {
                    format!("{} {} {path}", (when.micros() - at(0).micros()).div_euclid(86_400_000_000), name(entity))
                })
                .collect()
        }
    }

    #[test]
    fn a_first_run_that_is_committed_in_parts_misses_nothing() {
        let mut world = World::new();
        let part =
            |names: &[&str], extents| Harvest { statements: names.iter().map(|name| named(name)).collect(), extents, ..Harvest::default() };
        world.harvest_in_parts(
            0,
            vec![part(&["a", "b"], vec![]), part(&["c", "d"], vec![]), part(&["e"], vec![extent(Reading::Full, None, Some(5))])],
        );
        assert_eq!(world.missing, []);
        assert!(world.is_there("a", 0) && world.is_there("e", 0));
        world.harvest(1, vec![named("b"), named("c"), named("d"), named("e")], extent(Reading::Full, None, Some(4)));
        assert_eq!(world.missing.len(), 1, "the second run counts");
        world.harvest_in_parts(2, vec![part(&["b", "c"], vec![]), part(&["d"], vec![extent(Reading::Full, None, Some(3))])]);
        assert!(!world.is_there("a", 2) && world.is_there("b", 2), "so do the parts of a later one");
        assert_eq!(world.missing.iter().map(|missing| missing.resource.as_str()).collect::<Vec<_>>(), ["repo#service:e"]);
    }

    /// Scopes that are read side by side share parts: one of them ends while another is in the middle of a resource.
    #[test]
    fn what_a_resource_says_may_be_spread_over_parts() {
        let mut world = World::new();
        let of = |origin: &str, facet, value: Value| Statement { origin: origin.to_owned(), facet, ..states(&service("a"), value) };
        let (name, links) = (|| named("a"), || of("links", Facet::Documentation, json!({ "pages": { "1": { "title": "Runbook" } } })));
        let other = Extent { scope: "another".to_owned(), ..extent(Reading::Full, None, None) };
        let part = |statements, extent| Harvest { statements, extents: vec![extent], ..Harvest::default() };
        let full = || extent(Reading::Full, None, None);
        for day in 0..2 {
            world.harvest_in_parts(day, vec![part(vec![name()], other.clone()), part(vec![links()], full())]);
        }
        let says = |world: &World, day| {
            let title = FieldPath { facet: Facet::Documentation, field: "pages".to_owned(), key: Some("1".to_owned()) };
            let view = world.store.view();
            (world.is_there("a", day), view.value(world.id("service:a"), &title, after(day)).expect("value").is_some())
        };
        assert_eq!(says(&world, 1), (true, true), "{:?}", world.changes());
        // What is not said any more ends, whichever part the rest was said in.
        world.harvest_in_parts(2, vec![part(vec![name()], other), part(vec![], full())]);
        assert_eq!(says(&world, 2), (true, false), "{:?}", world.changes());
    }

    #[test]
    fn a_scope_that_is_new_to_a_run_stays_new_through_all_its_parts() {
        let mut world = World::new();
        let other = Arc::new(Resource { id: "team".to_owned(), kind: Kind::Team, scope: "teams".to_owned() });
        world.harvest(
            0,
            vec![states(&other, json!({ "ref": "team:payments" }))],
            Extent { scope: "teams".to_owned(), ..extent(Reading::Full, None, None) },
        );
        let part = |name: &str, extents| Harvest { statements: vec![named(name)], extents, ..Harvest::default() };
        world.harvest_in_parts(1, vec![part("a", vec![]), part("b", vec![extent(Reading::Full, None, Some(2))])]);
        assert!(world.changes().is_empty(), "{:?}", world.changes());
        world.harvest(2, vec![named("a"), named("b"), named("c")], extent(Reading::Full, None, Some(3)));
        assert_eq!(world.changes(), ["2 service:c general.ref"]);
    }

    #[test]
    fn a_failing_source_never_erases() {
        let mut world = World::new();
        world.harvest(0, vec![named("a"), named("b")], extent(Reading::Full, None, None));
        world.harvest(1, vec![], extent(Reading::Partial, None, None));
        world.harvest(2, vec![named("a")], extent(Reading::Partial, None, None));
        assert!(world.is_there("b", 3));
        assert_eq!(world.missing, []);
    }

    #[test]
    fn without_evidence_an_end_needs_two_full_harvests() {
        let mut world = World::new();
        let all = || vec![named("a"), named("b"), named("c")];
        world.harvest(0, all(), extent(Reading::Full, None, None));
        world.harvest(1, vec![named("a"), named("b")], extent(Reading::Full, None, None));
        assert!(world.is_there("c", 1), "missed once");
        assert_eq!(world.missing.len(), 1);
        world.harvest(2, vec![named("a"), named("b")], extent(Reading::Full, None, None));
        assert!(!world.is_there("c", 2), "missed twice");
        assert!(world.is_there("c", 1), "its past stays");
        assert_eq!(world.missing, []);
    }

    #[test]
    fn what_comes_back_after_one_miss_was_never_gone() {
        let mut world = World::new();
        world.harvest(0, vec![named("a"), named("b"), named("c")], extent(Reading::Full, None, None));
        world.harvest(1, vec![named("a"), named("b")], extent(Reading::Full, None, None));
        world.harvest(2, vec![named("a"), named("b"), named("c")], extent(Reading::Full, None, None));
        world.harvest(3, vec![named("a"), named("b")], extent(Reading::Full, None, None));
        assert!(world.is_there("c", 3), "the count starts anew");
        assert_eq!(world.changes(), Vec::<String>::new());
    }

    #[test]
    fn with_direct_evidence_one_harvest_ends_it() {
        let mut world = World::new();
        world.harvest(0, vec![named("a"), named("b"), named("c")], extent(Reading::Full, Some("commit 1"), None));
        world.harvest(1, vec![named("a"), named("b")], extent(Reading::Full, Some("commit 2"), None));
        assert!(!world.is_there("c", 1));
        assert_eq!(world.changes(), ["1 service:c general.ref"]);
    }

    #[test]
    fn the_brake_holds_when_all_are_gone_and_a_full_harvest_a_day_later_releases_it() {
        let mut world = World::new();
        world.harvest(0, vec![named("a"), named("b")], extent(Reading::Full, Some("commit 1"), None));
        world.harvest(1, vec![], extent(Reading::Full, Some("commit 2"), None));
        assert!(world.is_there("a", 1) && world.is_there("b", 1), "held, still counted");
        assert!(world.missing.iter().all(|missing| missing.braked));
        world.harvest(2, vec![], extent(Reading::Full, Some("commit 2"), None));
        assert!(!world.is_there("a", 2) && !world.is_there("b", 2));
    }

    #[test]
    fn the_brake_stays_while_the_sources_own_count_disagrees() {
        let mut world = World::new();
        let many: Vec<String> = (0..20).map(|i| format!("s{i}")).collect();
        world.harvest(0, many.iter().map(|name| named(name)).collect(), extent(Reading::Full, None, Some(20)));
        let few = || many.iter().take(10).map(|name| named(name)).collect::<Vec<_>>();
        for day in 1..4 {
            world.harvest(day, few(), extent(Reading::Full, None, Some(20)));
            assert!(world.is_there("s15", day), "the source counts 20");
        }
        world.harvest(4, few(), extent(Reading::Full, None, Some(10)));
        assert!(!world.is_there("s15", 4), "the source counts 10");
    }

    #[test]
    fn a_person_can_confirm_what_the_brake_holds() {
        let mut world = World::new();
        let by = Actor { name: "ada".to_owned(), role: Some("admin".to_owned()), means: "token".to_owned() };
        let confirm = |world: &World, resource: Option<&str>| {
            confirm_missing(&world.store, "git", resource, &by, after(1).plus_seconds(60)).expect("confirmed")
        };
        let all = || ["a", "b", "c", "d"].map(named).to_vec();
        world.harvest(0, all(), extent(Reading::Full, Some("commit 1"), None));
        assert_eq!(confirm(&world, None), Vec::<String>::new(), "nothing is missing");
        world.harvest(1, vec![], extent(Reading::Full, Some("commit 2"), None));
        assert_eq!(confirm(&world, Some("repo#service:x")), Vec::<String>::new());
        assert_eq!(confirm(&world, Some("repo#service:a")), ["repo#service:a"]);
        assert_eq!(confirm(&world, Some("repo#service:a")), Vec::<String>::new(), "it has ended");
        assert!(!world.is_there("a", 2) && world.is_there("b", 2));
        assert_eq!(confirm(&world, None).len(), 3);
        assert!(!world.is_there("b", 2));
        let records: Vec<AuditRecord> =
            world.store.view().notes(AuditRecord::NOTE).into_values().map(|note| serde_json::from_value(note).expect("a record")).collect();
        assert!(records.iter().all(|record| record.actor == by && record.mutation == "confirmMissing"));

        // What was confirmed is missing no longer, and may come back.
        world.harvest(2, vec![], extent(Reading::Full, Some("commit 3"), None));
        assert_eq!(world.missing, []);
        world.harvest(3, all(), extent(Reading::Full, Some("commit 4"), None));
        world.harvest(4, vec![], extent(Reading::Full, Some("commit 5"), None));
        assert!(world.is_there("a", 4), "the brake holds it again");
    }

    #[test]
    fn an_unchanged_scope_confirms_everything_in_it() {
        let mut world = World::new();
        world.harvest(0, vec![named("a"), named("b")], extent(Reading::Full, None, None));
        world.harvest(5, vec![], extent(Reading::Unchanged, None, None));
        let view = world.store.view();
        let statements = view.statements(world.id("service:a"), after(6)).expect("statements");
        assert!(statements[0].last_confirmed >= Some(at(5)), "{:?}", statements[0].last_confirmed);
        assert!(!statements[0].stale);
        assert!(view.statements(world.id("service:a"), after(8)).expect("statements")[0].stale, "two intervals later");
    }

    fn of_origin(resource: &Arc<Resource>, origin: &str, facet: Facet, body: Value) -> Statement {
        Statement { origin: origin.to_owned(), facet, ..states(resource, body) }
    }

    fn part(origin: &str, reading: Reading) -> Extent {
        Extent { scope: format!("repo/{origin}"), ..extent(reading, None, None) }
    }

    #[test]
    fn what_an_origin_said_stands_while_it_cannot_be_read() {
        let mut world = World::new();
        let pods = |count: u64| of_origin(&service("a"), "pods", Facet::Kubernetes, json!({ "hosts": count }));
        world.harvest(0, vec![named("a"), pods(3)], extent(Reading::Full, None, None));
        let unread = Harvest {
            statements: vec![named("a")],
            extents: vec![part("pods", Reading::Partial), extent(Reading::Full, None, None)],
            ..Harvest::default()
        };
        world.harvest_all(1, unread);
        let said = |world: &World, day: i64| world.store.view().statements(world.id("service:a"), after(day)).expect("statements").len();
        assert_eq!((said(&world, 1), world.changes()), (2, Vec::new()));
        world.harvest(2, vec![named("a")], extent(Reading::Full, None, None));
        assert_eq!(said(&world, 2), 1, "read, and silent");
    }

    #[test]
    fn what_was_read_of_a_scope_that_was_not_read_whole_is_fresh() {
        let mut world = World::new();
        world.harvest(0, vec![named("a")], extent(Reading::Full, None, None));
        for day in 1..6 {
            let extents =
                vec![part("catalog-info.yaml", Reading::Full), part("CODEOWNERS", Reading::Partial), extent(Reading::Partial, None, None)];
            let statements = vec![named("a"), of_origin(&service("b"), "CODEOWNERS", Facet::General, json!({ "ref": "service:b" }))];
            let statements = if day == 1 { statements } else { vec![named("a")] };
            world.harvest_all(day, Harvest { statements, extents, ..Harvest::default() });
        }
        let view = world.store.view();
        let mut fresh = view.freshness(after(5)).expect("fresh");
        assert!(!fresh.is_stale(world.id("service:a")).expect("known"));
        assert_eq!(fresh.of(world.id("service:a")).expect("known").last.map(|at| at >= self::at(5)), Some(true));
        assert!(fresh.is_stale(world.id("service:b")).expect("known"), "nobody has confirmed it since it was said");
    }

    #[test]
    fn that_nothing_is_said_of_what_was_never_spoken_of_is_no_news() {
        let mut world = World::new();
        world.harvest(0, vec![named("a")], extent(Reading::Full, None, None));
        let before = world.store.generation();
        let silence = Statement { body: None, ..named("nobody") };
        let kept = world.harvest_part(0, Harvest { statements: vec![silence], ..Harvest::default() }, false);
        assert_eq!((kept.written, world.store.generation()), (0, before), "not even a commit");
    }

    #[test]
    fn nothing_is_stale_merely_because_one_looks_back() {
        let mut world = World::new();
        for day in 0..30 {
            world.harvest(day, vec![named("a")], extent(Reading::Full, None, None));
        }
        let view = world.store.view();
        for day in 0..30 {
            assert!(!view.statements(world.id("service:a"), after(day)).expect("statements")[0].stale, "day {day}");
        }
    }

    #[test]
    fn a_past_that_was_filled_in_is_not_stale_although_runs_read_something_else_meanwhile() {
        let mut world = World::new();
        for day in 0..40 {
            world.harvest(day, Vec::new(), Extent { scope: "teams".to_owned(), ..extent(Reading::Full, None, None) });
        }
        world.harvest(40, vec![named("a")], extent(Reading::Full, None, None));
        world.fill(41, 10..40, false, vec![(12, true, named("a"))]);
        let view = world.store.view();
        for day in [12, 30, 39, 40] {
            assert!(!view.statements(world.id("service:a"), after(day)).expect("statements")[0].stale, "day {day}");
            assert!(!view.freshness(after(day)).expect("fresh").is_stale(world.id("service:a")).expect("known"), "day {day}");
        }
    }

    #[test]
    fn the_first_record_of_a_source_is_no_change_but_what_appears_later_is() {
        let mut world = World::new();
        world.harvest(0, vec![named("a")], extent(Reading::Full, None, None));
        world.harvest(1, vec![named("a"), named("b")], extent(Reading::Full, None, None));
        assert_eq!(world.changes(), ["1 service:b general.ref"]);
    }

    #[test]
    fn a_renamed_team_keeps_its_own_past() {
        let mut world = World::new();
        let team = |name: &str| Arc::new(Resource { id: format!("repo#team:{name}"), kind: Kind::Team, scope: "repo".to_owned() });
        let claims = |name: &str| states(&team(name), json!({ "ref": format!("team:{name}"), "title": "Money" }));
        world.harvest(0, vec![claims("payments")], extent(Reading::Full, Some("c1"), None));
        let renames = vec![(team("payments"), team("billing"), "same document".to_owned())];
        let harvest = Harvest {
            statements: vec![claims("billing")],
            renames,
            extents: vec![extent(Reading::Full, Some("c2"), None)],
            ..Harvest::default()
        };
        world.harvest_all(1, harvest);
        let entity = world.id("team:payments");
        assert_eq!(world.id("team:billing"), entity);
        assert_eq!(world.value(entity, "ref", 0).as_deref(), Some("\"team:payments\""));
        assert_eq!(world.value(entity, "ref", 1).as_deref(), Some("\"team:billing\""));
        assert_eq!(world.changes(), ["1 team:billing general.ref"], "one change, and no end");
    }

    #[test]
    fn a_team_that_was_only_named_becomes_the_one_that_is_defined() {
        let mut world = World::new();
        let owned = states(&service("a"), json!({ "ref": "service:a", "owner": ["team:payments"] }));
        world.harvest(0, vec![owned.clone()], extent(Reading::Full, None, None));
        let named_only = world.id("team:payments");
        let team = Arc::new(Resource { id: "repo#team:payments".to_owned(), kind: Kind::Team, scope: "repo".to_owned() });
        world.harvest(1, vec![owned, states(&team, json!({ "ref": "team:payments" }))], extent(Reading::Full, None, None));
        assert_eq!(world.id("team:payments"), named_only);
    }

    #[test]
    fn a_volatile_difference_waits_for_the_seal_and_is_the_days_last_state() {
        let mut world = World::new();
        let with = |commit: &str| states(&service("a"), json!({ "ref": "service:a", "lastCommit": { "id": commit } }));
        world.harvest(0, vec![with("1")], extent(Reading::Full, None, None));
        assert_eq!(world.harvest(0, vec![with("2")], extent(Reading::Full, None, None)).written, 0);
        let body = |day: i64| {
            let statements = world.store.view().statements(world.id("service:a"), after(day)).expect("statements");
            statements[0].body["lastCommit"]["id"].to_string()
        };
        assert_eq!(body(0), "\"2\"", "today shows it at once");
        world.harvest(1, vec![with("3")], extent(Reading::Full, None, None));
        let end_of_day_0 = "2026-01-01".parse::<Moment>().expect("a day").resolve(&crate::model::Zone::utc(), at(1)).expect("past");
        let statements = world.store.view().statements(world.id("service:a"), end_of_day_0).expect("statements");
        assert_eq!(statements[0].body["lastCommit"]["id"], "2", "the last state of the day, not the first");
        assert_eq!(world.changes(), Vec::<String>::new());
    }

    #[test]
    fn days_are_sealed_once_and_empty_ones_as_carried() {
        let mut world = World::new();
        world.harvest(0, vec![named("a")], extent(Reading::Full, None, None));
        world.harvest(3, vec![named("a")], extent(Reading::Full, None, None));
        let view = world.store.view();
        let zone = view.zone();
        let days = view.snapshots(zone.day_of(at(-5)), zone.day_of(at(5))).expect("snapshots");
        let told: Vec<(String, Option<bool>)> =
            days.iter().map(|day| (day.day.to_string(), day.seal.as_ref().map(|seal| seal.carried))).collect();
        let expected = [("2026-01-01", Some(false)), ("2026-01-02", Some(true)), ("2026-01-03", Some(true)), ("2026-01-04", None)];
        assert_eq!(told, expected.map(|(day, carried)| (day.to_owned(), carried)));
    }

    #[test]
    fn a_backfill_fills_only_days_without_a_run_and_the_observed_value_is_restated() {
        let mut world = World::new();
        let with = |lifecycle: &str| states(&service("a"), json!({ "ref": "service:a", "lifecycle": lifecycle }));
        world.harvest(0, vec![with("x")], extent(Reading::Full, None, None));
        world.harvest(5, vec![with("x")], extent(Reading::Full, None, None));
        // Meanwhile it was something else; on day 5 a run saw x, whatever history says.
        world.fill(
            6,
            -10..6,
            false,
            vec![(-8, true, with("old")), (0, false, with("no")), (2, false, with("between")), (5, false, with("no"))],
        );
        let entity = world.id("service:a");
        let told: Vec<_> = [-9, -8, 0, 1, 2, 4, 5, 6].map(|day| world.value(entity, "lifecycle", day).unwrap_or_default()).into();
        assert_eq!(told, ["", "\"old\"", "\"x\"", "\"x\"", "\"between\"", "\"between\"", "\"x\"", "\"x\""]);
        assert_eq!(world.store.verify(|_| ()).expect("verified").damage, []);
    }

    #[test]
    fn a_force_push_replaces_the_backfilled_layer_never_what_was_observed() {
        let mut world = World::new();
        let with = |lifecycle: &str| states(&service("a"), json!({ "ref": "service:a", "lifecycle": lifecycle }));
        world.harvest(0, vec![with("seen")], extent(Reading::Full, None, None));
        world.fill(1, -10..0, false, vec![(-8, true, with("first")), (-4, false, with("second"))]);
        world.fill(2, -10..0, true, vec![(-6, true, with("rewritten"))]);
        let entity = world.id("service:a");
        let told: Vec<_> = [-8, -6, -4, -1, 0, 2].map(|day| world.value(entity, "lifecycle", day).unwrap_or_default()).into();
        assert_eq!(told, ["", "\"rewritten\"", "\"rewritten\"", "\"rewritten\"", "\"seen\"", "\"seen\""]);
    }

    #[test]
    fn what_ended_before_the_first_run_is_found_in_the_past_alone() {
        let mut world = World::new();
        world.harvest(0, vec![named("a")], extent(Reading::Full, None, None));
        let gone = Statement { body: None, ..named("old") };
        world.fill(1, -30..0, false, vec![(-30, true, named("a")), (-30, true, named("old")), (-10, false, gone)]);
        assert!(world.is_there("old", -20));
        assert!(!world.is_there("old", -5) && !world.is_there("old", 1));
        assert_eq!(world.changes(), ["-10 service:old general.ref"]);
    }

    #[test]
    fn a_retired_source_ends_what_it_stated() {
        let mut world = World::new();
        world.harvest(0, vec![named("a")], extent(Reading::Full, None, None));
        assert_eq!(
            retire(&world.store, "git", Some("repo"), &Actor { name: "ada".to_owned(), role: None, means: "socket".to_owned() }, at(1))
                .expect("retired"),
            1
        );
        assert!(world.is_there("a", 0) && !world.is_there("a", 2));
    }
}
