//! The index, from journal and archive: at the first start, after damage, after an upgrade, or when it has grown too large.
//!
//! # Invariants
//! - A new index is built beside the old one and takes its place when it is complete; until then it does not count.
//! - What is built here equals what the commits would have written one by one (`tests/it/store_rebuild.rs`).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::catalog::{VersionAt, replay};
use crate::model::{Commit, CommitNumber, EntityId, Layer, StreamNo};
use crate::store::Error;
use crate::store::apply::{JournalVersions, Raw, parse, policies, put_rows};
use crate::store::archive::{Archive, Window, if_intact};
use crate::store::index::{Batch, FORMAT, Head, Index, Tier};
use crate::store::journal::Journal;
use crate::store::open::{DONE, Shared};
use crate::store::registry::Registry;

/// The highest commit whose records and versions are all in the archive.
pub(super) fn archived_through(archive: &Archive) -> CommitNumber {
    archive
        .windows(Layer::Observed)
        .into_iter()
        .filter_map(|window| archive.meta(Layer::Observed, window))
        .map(|meta| meta.through)
        .max()
        .unwrap_or(0)
}

/// The newest index folder, if there is any.
pub(super) fn newest(indexes: &Path) -> Option<PathBuf> {
    numbered(indexes).pop().map(|(_, path)| path)
}

fn numbered(indexes: &Path) -> Vec<(u64, PathBuf)> {
    let mut all: Vec<(u64, PathBuf)> = std::fs::read_dir(indexes)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.strip_prefix("index-")?.parse().ok()?, entry.path())))
        .collect();
    all.sort();
    all
}

/// Opens an index if it is complete, of this format, and not at odds with archive and journal.
pub(super) fn usable(place: &Path, archive: &Archive, journal: &Journal, cache: u64) -> Option<Index> {
    let index = Index::open(place, cache).inspect_err(|error| tracing::warn!(%error, "the index is damaged and is rebuilt")).ok()?;
    let meta = |name| index.meta(name).ok().flatten();
    let through = archived_through(archive);
    let last = journal.last().map_or(0, |meta| meta.number).max(through);
    let applied = meta("applied").unwrap_or(0);
    let fits = meta("format") == Some(u64::from(FORMAT)) && meta("complete") == Some(1) && meta("archive") == Some(archive.fingerprint());
    if fits && (through..=last).contains(&applied) {
        return Some(index);
    }
    tracing::info!(applied, through, last, "the index does not fit journal and archive and is rebuilt");
    None
}

/// A new, empty index folder; all others are removed.
pub(super) fn fresh(indexes: &Path, cache: u64) -> Result<Index, Error> {
    let place = next_place(indexes);
    for (_, old) in numbered(indexes) {
        remove(&old);
    }
    Index::open(&place, cache)
}

fn next_place(indexes: &Path) -> PathBuf {
    indexes.join(format!("index-{:06}", numbered(indexes).last().map_or(1, |(number, _)| number + 1)))
}

fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!(%error, folder = %folder.display(), "an old index could not be removed");
    }
}

/// Fills registry, index and holders at the start.
pub(super) fn bring_up(shared: &Shared, quick: bool) -> Result<(), Error> {
    let archive = shared.archive();
    let index = shared.index();
    let through = archived_through(&archive);
    let mut registry = Registry::default();
    for window in archive.windows(Layer::Observed) {
        match if_intact(archive.records(window))? {
            Some(records) => records.into_commits().iter().for_each(|commit| registry.apply(commit)),
            // New resources and entities could get numbers that the damaged file gave out.
            None => shared
                .stop_writing(format!("the archive is damaged: run `spot verify`, and restore the file of window {window} from a backup")),
        }
    }
    let complete = index.meta("complete")? == Some(1);
    let applied = if complete { index.meta("applied")?.unwrap_or(0) } else { 0 };
    if complete {
        for json in index.commits()? {
            match serde_json::from_slice::<Commit>(&json) {
                Ok(commit) if commit.number > through && commit.number <= applied => registry.apply(&commit),
                Ok(_) => {}
                Err(error) => return Err(Error::Index { place: index.folder().display().to_string(), what: error.to_string() }),
            }
        }
    }
    {
        let journal = shared.writer.lock();
        for entry in journal.commits_from(through.max(applied) + 1) {
            let (_, mut commit) = entry?;
            commit.versions.clear();
            commit.events.clear();
            registry.apply(&commit);
        }
    }
    *shared.registry.write() = registry;
    if complete {
        let journal = shared.writer.lock();
        for entry in journal.commits_from(through.max(applied) + 1) {
            let (position, commit) = entry?;
            reapply(shared, &index, &commit, position)?;
        }
    } else if quick {
        build_quick(shared, &index, through)?;
    } else {
        build(shared, &index, through, &AtomicU64::new(0))?;
    }
    {
        let mut journal = shared.writer.lock();
        if shared.read_only.get().is_none() && through > 0 {
            // Left over if a process ended between packing and removing.
            journal.remove_through(through)?;
        }
    }
    load_holders(shared)
}

pub(super) fn load_holders(shared: &Shared) -> Result<(), Error> {
    let refs = shared.column(crate::model::Facet::General, "ref")?;
    let mut holders = crate::store::open::Holders::default();
    holders.load(&refs);
    *shared.holders.write() = holders;
    Ok(())
}

/// Carries a commit over that the index missed. Every entity it touches is replayed, so it may be done twice.
fn reapply(shared: &Shared, index: &Index, commit: &Commit, position: crate::store::journal::Position) -> Result<(), Error> {
    let mut batch = Batch::default();
    note_commit(index, commit, position, &mut batch);
    shared.put_events(index, commit, &mut batch)?;
    index.apply(batch)?;
    let mut touched: std::collections::BTreeSet<EntityId> = commit.links.iter().map(|link| link.entity).collect();
    {
        let registry = shared.registry.read();
        for version in &commit.versions {
            if let Some(stream) = registry.stream(version.stream) {
                touched.extend(registry.entities_of(stream.resource));
            }
        }
        if commit.policy.is_some() || !commit.replaces.is_empty() || !commit.links.is_empty() {
            touched.extend(registry.all_entities());
        }
    }
    let mut batch = Batch::default();
    for entity in touched {
        shared.rewrite(index, entity, None, &mut batch)?;
    }
    index.put_meta("applied", commit.number, &mut batch);
    index.apply(batch)
}

fn note_commit(index: &Index, commit: &Commit, position: crate::store::journal::Position, batch: &mut Batch) {
    index.put_moment(commit, batch);
    index.put_commit(commit, batch);
    index.put_positions(commit, position, batch);
}

fn note_windows(shared: &Shared, index: &Index) -> Result<(), Error> {
    let archive = shared.archive();
    let mut windows: BTreeMap<StreamNo, Vec<(Layer, i32)>> = BTreeMap::new();
    for layer in [Layer::Backfilled, Layer::Observed] {
        for window in archive.windows(layer) {
            for stream in if_intact(archive.streams(layer, window))?.unwrap_or_default() {
                windows.entry(stream).or_default().push((layer, window.0));
            }
        }
    }
    let mut batch = Batch::default();
    for window in archive.windows(Layer::Observed) {
        for commit in if_intact(archive.records(window))?.map(|records| records.commits).unwrap_or_default() {
            if commit.layer == Layer::Observed {
                index.put_instant(commit.at, &mut batch);
            }
        }
    }
    for (stream, windows) in windows {
        index.put_windows(stream, &windows, &mut batch);
    }
    index.apply(batch)
}

/// So many events share a batch while everything is built.
const EVENTS_AT_ONCE: usize = 4_096;

/// Takes over the events of the newest windows of the archive.
fn archived_events(shared: &Shared, index: &Index, windows: usize) -> Result<(), Error> {
    let archive = shared.archive();
    let all = archive.windows(Layer::Observed);
    for window in &all[all.len().saturating_sub(windows)..] {
        let mut some: Vec<Commit> = Vec::new();
        let put = |some: &mut Vec<Commit>| -> Result<(), Error> {
            let mut batch = Batch::default();
            some.drain(..).try_for_each(|commit| shared.put_events(index, &commit, &mut batch))?;
            index.apply(batch)
        };
        let read = archive.for_each_event(*window, |number, event| -> Result<(), Error> {
            some.push(Commit { number, events: vec![event], ..Commit::new(Layer::Observed) });
            if some.len() >= EVENTS_AT_ONCE { put(&mut some) } else { Ok(()) }
        });
        match read {
            Err(Error::Archive(error)) => drop(if_intact(Err::<(), _>(error))?),
            other => other?,
        }
        put(&mut some)?;
    }
    Ok(())
}

/// So many entities share a batch while everything is built: neighbours share pages.
const AT_ONCE: usize = 64;

/// Builds all of the index. `done` counts thousandths.
fn build(shared: &Shared, index: &Index, through: CommitNumber, done: &AtomicU64) -> Result<CommitNumber, Error> {
    note_windows(shared, index)?;
    archived_events(shared, index, usize::MAX)?;
    let mut journal_versions = JournalVersions::default();
    let mut last = through;
    let positions: Vec<_> = shared.writer.lock().commits().filter(|(_, meta)| meta.number > through).collect();
    for (position, meta) in positions {
        let commit = shared.reader.read(position)?;
        let mut batch = Batch::default();
        note_commit(index, &commit, position, &mut batch);
        shared.put_events(index, &commit, &mut batch)?;
        index.apply(batch)?;
        journal_versions.add(&commit);
        last = meta.number;
    }
    index.gather();
    let archive = shared.archive();
    let _reading = archive.reading_all();
    let entities = shared.registry.read().all_entities();
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), Error> {
        loop {
            let i = next.fetch_add(AT_ONCE, Ordering::Relaxed);
            let Some(some) = entities.get(i..).filter(|rest| !rest.is_empty()) else { return Ok(()) };
            if shared.closing.load(Ordering::Acquire) {
                return Err(Error::Index { place: index.folder().display().to_string(), what: "the rebuild was stopped".to_owned() });
            }
            let mut batch = Batch::default();
            for entity in some.iter().take(AT_ONCE) {
                build_entity(shared, index, *entity, &journal_versions, &mut batch)?;
            }
            index.apply(batch)?;
            done.store((i as u64 * 990) / entities.len().max(1) as u64, Ordering::Release);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(Error::Index { place: index.folder().display().to_string(), what: "a worker gave up".to_owned() }))
        })
    })?;
    index.put_gathered()?;
    finish(shared, index, last)?;
    Ok(last)
}

fn finish(shared: &Shared, index: &Index, applied: CommitNumber) -> Result<(), Error> {
    let mut batch = Batch::default();
    index.put_meta("format", u64::from(FORMAT), &mut batch);
    index.put_meta("archive", shared.archive().fingerprint(), &mut batch);
    index.put_meta("applied", applied, &mut batch);
    index.put_meta("complete", 1, &mut batch);
    index.apply(batch)?;
    note_fresh(index)
}

fn build_entity(shared: &Shared, index: &Index, entity: EntityId, journal: &JournalVersions, batch: &mut Batch) -> Result<(), Error> {
    let registry = shared.registry.read();
    let Some(info) = registry.entity(entity).cloned() else { return Ok(()) };
    let dated = policies(&registry.policies);
    let (speakers, versions, heads) = shared.history(index, &registry, entity, Some(journal))?;
    drop(registry);
    let rows = replay(speakers, versions, &dated, |text| parse(text))?;
    put_rows(index, entity, info.kind, &rows, Tier::Settled, batch)?;
    for (stream, head) in heads {
        index.put_head(stream, head.as_ref(), Tier::Settled, batch);
    }
    Ok(())
}

/// Only what holds today: the newest version of every stream, as if nothing had been before.
fn build_quick(shared: &Shared, index: &Index, through: CommitNumber) -> Result<(), Error> {
    let mut heads: HashMap<StreamNo, Raw> = HashMap::new();
    let mut offer = |stream: StreamNo, raw: Raw| {
        let better = heads.get(&stream).is_none_or(|head| (head.at, head.layer, head.commit) <= (raw.at, raw.layer, raw.commit));
        if better {
            heads.insert(stream, raw);
        }
    };
    let archive = shared.archive();
    let _reading = archive.reading_all();
    for layer in [Layer::Observed, Layer::Backfilled] {
        let mut seen = std::collections::HashSet::new();
        for window in archive.windows(layer).into_iter().rev() {
            for stream in archive.streams(layer, window).unwrap_or_default() {
                if seen.insert(stream)
                    && let Some(frame) = if_intact(archive.frame(layer, window, stream))?.flatten()
                    && let Some(version) = frame.versions().next_back()
                {
                    offer(stream, Raw::archived(layer, &version));
                }
            }
        }
    }
    archived_events(shared, index, 1)?;
    let positions: Vec<_> = shared.writer.lock().commits().filter(|(_, meta)| meta.number > through).collect();
    let mut last = through;
    for (position, meta) in positions {
        let commit = shared.reader.read(position)?;
        let mut batch = Batch::default();
        note_commit(index, &commit, position, &mut batch);
        shared.put_events(index, &commit, &mut batch)?;
        index.apply(batch)?;
        for version in &commit.versions {
            offer(version.stream, Raw::recorded(&commit, version));
        }
        last = meta.number;
    }
    let registry = shared.registry.read();
    let dated = policies(&registry.policies);
    let policy: Vec<_> = dated.last().cloned().into_iter().collect();
    let mut batch = Batch::default();
    for (number, entity) in registry.all_entities().into_iter().enumerate() {
        let Some(info) = registry.entity(entity) else { continue };
        if number % AT_ONCE == 0 {
            index.apply(std::mem::take(&mut batch))?;
        }
        let (mut speakers, mut versions) = (Vec::new(), Vec::new());
        for (speaker, _, to) in registry.speakers(entity) {
            let Some(raw) = heads.get(&speaker.stream) else { continue };
            if to == crate::model::Instant::MAX {
                versions.push(VersionAt { speaker: speakers.len(), at: raw.at, layer: raw.layer, body: raw.body.as_deref(), seam: true });
            }
            let head = Head { at: raw.at, commit: raw.commit, layer: raw.layer, check: raw.check.clone(), body: raw.body.clone() };
            index.put_head(speaker.stream, Some(&head), Tier::Settled, &mut batch);
            speakers.push(speaker);
        }
        let rows = replay(speakers, versions, &policy, |text| parse(text))?;
        put_rows(index, entity, info.kind, &rows, Tier::Settled, &mut batch)?;
    }
    index.put_meta("applied", last, &mut batch);
    index.apply(batch)
}

/// Copies the index into full pages in order and swaps the two: it then takes the least space. The writer waits.
pub(super) fn compact(shared: &Shared) -> Result<(), Error> {
    let _writer = shared.writer.lock();
    let index = shared.index();
    index.settle()?;
    let place = next_place(&shared.folder.join("index"));
    let copied = index.copy_to(&place, shared.index_cache).and_then(|copy| note_fresh(&copy).map(|()| copy));
    let copy = copied.inspect_err(|_| remove(&place))?;
    *shared.index.write() = Arc::new(copy);
    remove(index.folder());
    Ok(())
}

fn note_fresh(index: &Index) -> Result<(), Error> {
    index.flush()?;
    let mut batch = Batch::default();
    index.put_meta("fresh", index.size_on_disk(), &mut batch);
    index.apply(batch)
}

/// Builds a complete index beside the one in use and swaps them; the writer waits only for the last commits.
pub(super) fn in_background(shared: Arc<Shared>) {
    shared.rebuilt.store(0, Ordering::Release);
    let run = move || {
        if let Err(error) = rebuild_beside(&shared) {
            tracing::error!(%error, "the index could not be rebuilt; today is still answered");
        }
    };
    if let Err(error) = std::thread::Builder::new().name("spot-rebuild".to_owned()).spawn(run) {
        tracing::error!(%error, "the index could not be rebuilt; today is still answered");
    }
}

/// See [`in_background`].
pub(super) fn rebuild_beside(shared: &Shared) -> Result<(), Error> {
    let indexes = shared.folder.join("index");
    let place = next_place(&indexes);
    let index = Index::open(&place, shared.index_cache)?;
    let archive = shared.archive();
    let through = archived_through(&archive);
    let built = build(shared, &index, through, &shared.rebuilt)?;
    let (scratch, place) = (place, next_place(&indexes));
    let index = {
        let copy = index.copy_to(&place, shared.index_cache)?;
        drop(index);
        remove(&scratch);
        copy
    };
    note_fresh(&index)?;
    let old = {
        let journal = shared.writer.lock();
        for entry in journal.commits_from(built + 1) {
            let (position, commit) = entry?;
            reapply(shared, &index, &commit, position)?;
        }
        let current = shared.index();
        let mut batch = Batch::default();
        for (stream, head) in current.all_pending()? {
            index.put_pending(stream, Some(&head), &mut batch);
        }
        index.apply(batch)?;
        if archive.fingerprint() != shared.archive().fingerprint() {
            return Err(Error::Index { place: place.display().to_string(), what: "the archive changed during the rebuild".to_owned() });
        }
        let old = std::mem::replace(&mut *shared.index.write(), Arc::new(index));
        shared.columns.write().clear();
        *shared.mentioned.write() = None;
        shared.memory.clear();
        shared.rebuilt.store(DONE, Ordering::Release);
        shared.generation.fetch_add(1, Ordering::AcqRel);
        old
    };
    load_holders(shared)?;
    let folder = old.folder().to_owned();
    drop(old);
    remove(&folder);
    Ok(())
}

/// The first instant of a window in the zone of its days.
pub(super) fn window_start(registry: &Registry, window: Window) -> crate::model::Instant {
    let first = window.first_day();
    registry.seals.get(&first).map_or_else(|| registry.policy_at(crate::model::Instant::MAX).zone.start_of(first), |seal| seal.from)
}
