//! Keeping the store: packing sealed windows, checking everything, backup, restore, export and import.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalog::{Row, replay};
use crate::model::record::NewStream;
use crate::model::{Commit, CommitNumber, Instant, Layer, StreamNo};
use crate::store::Error;
use crate::store::apply::{JournalVersions, parse, policies, replaced_through};
use crate::store::archive::{self, Archive, ArchivedVersion, PackInput, Records, StreamVersions, Window};
use crate::store::fs::Fs;
use crate::store::index::Batch;
use crate::store::journal::Journal;
use crate::store::open::{Shared, Store};
use crate::store::rebuild::{archived_through, compact, window_start};
use crate::store::registry::Registry;

/// What packing wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Files written or merged.
    pub files: Vec<PathBuf>,
    /// Commits that left the journal.
    pub commits: u64,
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Damage {
    /// The file, or `index`.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Commits in the journal.
    pub commits: u64,
    /// Files of the archive.
    pub files: u64,
    /// Entities whose rows were compared with journal and archive.
    pub entities: u64,
    /// What is wrong; empty if all is well.
    pub damage: Vec<Damage>,
}

impl Store {
    /// Moves every window whose days are all sealed from the journal to the archive.
    ///
    /// # Errors
    /// [`Error::Archive`] or [`Error::Journal`]; the journal then still holds everything.
    pub fn pack(&self) -> Result<Packed, Error> {
        let mut packed = Packed::default();
        if self.shared.is_rebuilding() || self.shared.read_only.get().is_some() {
            return Ok(packed);
        }
        while self.shared.pack_oldest(&mut packed)? {}
        let index = self.shared.index();
        if index.meta("fresh")?.is_some_and(|fresh| index.size_on_disk() > fresh + fresh / 2 + (8 << 20)) {
            tracing::info!(bytes = index.size_on_disk(), "the index has grown and is compacted");
            if let Err(error) = compact(&self.shared) {
                tracing::warn!(%error, "the index could not be compacted; it stays as it is");
            }
        }
        Ok(packed)
    }

    /// Rebuilds the index beside the one in use and swaps them; returns when it is done.
    ///
    /// # Errors
    /// [`Error`] of any part; the old index stays in use.
    pub fn rebuild_index(&self) -> Result<(), Error> {
        crate::store::rebuild::rebuild_beside(&self.shared)
    }

    /// Checks every checksum, and that the index says what journal and archive say. `progress` gets the share done.
    ///
    /// # Errors
    /// [`Error`] if something cannot be read at all; damage is no error but a finding.
    pub fn verify(&self, mut progress: impl FnMut(f64)) -> Result<Verified, Error> {
        let shared = &self.shared;
        let mut found = Verified::default();
        let positions: Vec<_> = {
            let journal = shared.writer.lock();
            for corruption in journal.verify()? {
                found.damage.push(Damage { place: corruption.file.display().to_string(), what: corruption.to_string() });
            }
            journal.commits().collect()
        };
        found.commits = positions.len() as u64;
        progress(0.05);
        let archive = shared.archive();
        found.files = (archive.windows(Layer::Observed).len() + archive.windows(Layer::Backfilled).len()) as u64;
        for damage in archive.verify() {
            found.damage.push(Damage { place: damage.file.display().to_string(), what: damage.to_string() });
        }
        progress(0.2);
        if shared.is_rebuilding() {
            return Ok(found);
        }
        let through = archived_through(&archive);
        let mut journal_versions = JournalVersions::default();
        for (position, meta) in positions {
            if meta.number > through {
                journal_versions.add(&*shared.commit_at(position)?);
            }
        }
        let entities = shared.registry.read().all_entities();
        let index = shared.index();
        let _reading = archive.reading_all();
        for (i, entity) in entities.iter().enumerate() {
            let registry = shared.registry.read();
            let Some(info) = registry.entity(*entity).cloned() else { continue };
            let dated = policies(&registry.policies);
            let history = shared.history(&index, &registry, *entity, Some(&journal_versions));
            drop(registry);
            let rows = history.and_then(|(speakers, versions, _)| replay(speakers, versions, &dated, |text| parse(text)));
            let rows = match rows {
                Ok(rows) => rows,
                Err(error) => {
                    found.damage.push(Damage { place: "archive".to_owned(), what: error.to_string() });
                    continue;
                }
            };
            let mut expected: BTreeMap<_, _> = BTreeMap::new();
            for Row { path, at, value, .. } in rows {
                expected.insert((path.to_string(), at), value);
            }
            let mut changed = BTreeSet::new();
            for (facet, field) in index.fields_of(info.kind) {
                for row in index.rows_of(*entity, facet, &field)? {
                    if row.flags.change {
                        changed.insert((row.at, facet, field.clone(), row.symbol));
                    }
                    let key = if row.symbol == 0 { None } else { Some(index.text(row.symbol)?.to_string()) };
                    let path = crate::model::FieldPath { facet, field: field.clone(), key };
                    match expected.remove(&(path.to_string(), row.at)) {
                        Some(value) if value == row.value => {}
                        other => found.damage.push(Damage {
                            place: "index".to_owned(),
                            what: format!("{entity} {path} since {} is {:?}, journal and archive say {other:?}", row.at, row.value),
                        }),
                    }
                }
            }
            let fields = index.field_order();
            for (number, symbol, at) in index.changes_of(*entity, info.kind, Instant::MIN, Instant::MAX)? {
                let path = fields.place(number).map(|place| fields.path(place).clone());
                if !path.is_some_and(|path| changed.remove(&(at, path.facet, path.field, symbol))) {
                    found
                        .damage
                        .push(Damage { place: "index".to_owned(), what: format!("{entity} did not change at {at} as its timeline says") });
                }
            }
            if let Some((at, facet, field, _)) = changed.into_iter().next() {
                let what = format!("{entity} {facet}.{field} changed at {at}, which its timeline lacks");
                found.damage.push(Damage { place: "index".to_owned(), what });
            }
            if let Some(((path, at), _)) = expected.into_iter().next() {
                found.damage.push(Damage { place: "index".to_owned(), what: format!("{entity} {path} since {at} is missing") });
            }
            found.entities += 1;
            #[expect(clippy::cast_precision_loss, reason = "a share for people")]
            progress(0.2 + 0.8 * (i + 1) as f64 / entities.len() as f64);
        }
        Ok(found)
    }

    /// Copies journal and archive into `target`, which must be empty or missing; commits wait only while the journal is copied.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn backup(&self, target: &Path) -> Result<u64, Error> {
        empty_folder(target)?;
        let journal = self.shared.writer.lock();
        let mut bytes = copy_folder(&self.shared.folder.join("journal"), &target.join("journal"), false)?;
        // Packing needs the writer too, so the archive is that of this very moment; its files never change, only their set.
        bytes += copy_folder(&self.shared.folder.join("archive"), &target.join("archive"), true)?;
        drop(journal);
        Ok(bytes)
    }

    /// Every commit, oldest first, with its versions, as one JSON object a line. `each` gets the line.
    ///
    /// # Errors
    /// [`Error`] of journal or archive.
    pub fn export(&self, mut each: impl FnMut(&str) -> std::io::Result<()>) -> Result<u64, Error> {
        let shared = &self.shared;
        let archive = shared.archive();
        let through = archived_through(&archive);
        let mut count = 0;
        let mut write = |commit: &Commit| -> Result<(), Error> {
            let line = serde_json::to_string(commit).map_err(|error| io_error("encode", &shared.folder, error.into()))?;
            each(&line).map_err(|error| io_error("write the export of", &shared.folder, error))?;
            count += 1;
            Ok(())
        };
        for window in archive.windows(Layer::Observed) {
            let mut commits: BTreeMap<CommitNumber, Commit> =
                archive.records(window)?.into_commits().into_iter().map(|commit| (commit.number, commit)).collect();
            archive.for_each_run(window, |number, run| {
                if let Some(commit) = commits.get_mut(&number) {
                    commit.run = Some(run);
                }
                Ok::<(), Error>(())
            })?;
            archive.for_each_event(window, |number, event| {
                if let Some(commit) = commits.get_mut(&number) {
                    commit.events.push(event);
                }
                Ok::<(), Error>(())
            })?;
            // Backfilled versions lie in the windows of their own time, whichever commit brought them.
            let mut sources = vec![(Layer::Observed, window)];
            if commits.values().any(|commit| commit.layer == Layer::Backfilled) {
                sources.extend(archive.windows(Layer::Backfilled).into_iter().map(|window| (Layer::Backfilled, window)));
            }
            for (layer, window) in sources {
                archive.for_each_frame(layer, window, |stream, frame| {
                    for version in frame.versions() {
                        if let Some(commit) = commits.get_mut(&version.commit).filter(|_| !version.start) {
                            let version = version.to_owned().map_err(|error| io_error("decode", &shared.folder, error.into()))?;
                            commit.versions.push(version.into_version(stream));
                        }
                    }
                    Ok::<(), Error>(())
                })?;
            }
            for commit in commits.values_mut() {
                commit.versions.sort_by_key(|version| (version.stream, version.at));
                write(commit)?;
            }
        }
        let positions: Vec<_> = shared.writer.lock().commits().filter(|(_, meta)| meta.number > through).collect();
        for (position, _) in positions {
            write(&*shared.commit_at(position)?)?;
        }
        Ok(count)
    }

    /// Bytes on disk: journal, archive, index.
    #[must_use]
    pub fn sizes(&self) -> (u64, u64, u64) {
        (self.shared.writer.lock().bytes(), self.shared.archive().bytes(), self.shared.index().size_on_disk())
    }
}

/// Fills an empty data folder from an export.
///
/// # Errors
/// [`Error::Io`] if the folder is not empty or a line is no commit; [`Error::Journal`].
pub fn import(folder: &Path, fs: Arc<dyn Fs>, lines: impl BufRead) -> Result<u64, Error> {
    empty_folder(folder)?;
    let mut journal = Journal::open(fs, &folder.join("journal"))?.journal;
    let mut count = 0;
    for (number, line) in lines.lines().enumerate() {
        let line = line.map_err(|error| io_error("read the import into", folder, error))?;
        if line.trim().is_empty() {
            continue;
        }
        let commit: Commit = serde_json::from_str(&line).map_err(|error| {
            io_error(
                "import",
                folder,
                std::io::Error::new(std::io::ErrorKind::InvalidData, format!("line {} is not a commit: {error}", number + 1)),
            )
        })?;
        journal.append(&commit)?;
        count += 1;
    }
    Ok(count)
}

/// Copies the journal and archive of a backup into an empty data folder; the index is built at the next start.
///
/// # Errors
/// [`Error::Io`] if the backup has neither journal nor archive, or the folder is not empty.
pub fn restore_from(backup: &Path, folder: &Path) -> Result<u64, Error> {
    if !backup.join("journal").is_dir() && !backup.join("archive").is_dir() {
        return Err(io_error(
            "restore from",
            backup,
            std::io::Error::new(std::io::ErrorKind::NotFound, "it has neither a journal nor an archive folder"),
        ));
    }
    empty_folder(folder)?;
    let mut bytes = 0;
    for part in ["journal", "archive"] {
        if backup.join(part).is_dir() {
            bytes += copy_folder(&backup.join(part), &folder.join(part), false)?;
        }
    }
    Ok(bytes)
}

/// Removes the index of a stopped store, so that the next start builds it from journal and archive alone.
///
/// # Errors
/// [`Error::Io`].
pub fn drop_index(folder: &Path) -> Result<(), Error> {
    let index = folder.join("index");
    match std::fs::remove_dir_all(&index) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(io_error("remove", &index, error)),
    }
}

impl Shared {
    /// Packs the oldest window that is sealed and still in the journal; false if there is none.
    fn pack_oldest(&self, packed: &mut Packed) -> Result<bool, Error> {
        let mut journal = self.writer.lock();
        let archive = self.archive();
        let through = archived_through(&archive);
        let registry = self.registry.read();
        let Some(last_sealed) = registry.seals.keys().next_back().copied() else { return Ok(false) };
        let window_of = |at: Instant| Window::of(registry.policy_at(at).zone.day_of(at));
        let upcoming: Vec<_> = journal.commits().filter(|(_, meta)| meta.number > through).collect();
        let Some((_, first)) = upcoming.first() else { return Ok(false) };
        let window = window_of(first.at);
        if last_sealed < window.last_day() {
            return Ok(false);
        }
        let retired: Vec<_> = upcoming.into_iter().take_while(|(_, meta)| window_of(meta.at) == window).collect();
        let Some(newest) = retired.last().map(|(_, meta)| meta.number) else { return Ok(false) };
        let mut records = Records::default();
        let (mut observed, mut backfilled) = (JournalVersions::default(), JournalVersions::default());
        for (position, _) in &retired {
            let commit = self.reader.read(*position)?;
            records.add(&commit).map_err(|error| io_error("compress runs for", archive.dir(), error))?;
            match commit.layer {
                Layer::Observed => observed.add(&commit),
                Layer::Backfilled => backfilled.add(&commit),
            }
        }
        let withdrawn = |stream: StreamNo, commit: CommitNumber| commit < replaced_through(&registry, stream);
        // Backfilled files first: the observed one marks the commits as archived.
        let mut windows: BTreeMap<Window, Vec<(StreamNo, usize)>> = BTreeMap::new();
        for (stream, versions) in &backfilled.of {
            for (i, version) in versions.iter().enumerate() {
                windows.entry(window_of(version.at())).or_default().push((*stream, i));
            }
        }
        for (target, versions) in windows {
            let mut by_stream: BTreeMap<StreamNo, Vec<usize>> = BTreeMap::new();
            for (stream, i) in versions {
                by_stream.entry(stream).or_default().push(i);
            }
            let streams = in_archive_order(&archive, &registry, by_stream.keys())?.into_iter().map(|stream| {
                let numbers = &by_stream[&stream.no];
                let versions = numbers.iter().map(|i| archived(&backfilled.of[&stream.no][*i])).collect::<Result<Vec<_>, _>>()?;
                Ok(StreamVersions { stream, start: None, versions })
            });
            let input = PackInput {
                layer: Layer::Backfilled,
                window: target,
                from: window_start(&registry, target),
                to: window_start(&registry, Window(target.0 + 1)),
                through: newest,
                streams: Box::new(streams),
                records: Records::default(),
                withdrawn: &withdrawn,
            };
            packed.files.push(archive::pack(&*self.fs, archive.dir(), input)?.path);
        }
        let from = window_start(&registry, window);
        let streams = in_archive_order(&archive, &registry, observed.of.keys())?.into_iter().map(|stream| {
            let versions = observed.of[&stream.no].iter().map(archived).collect::<Result<Vec<_>, _>>()?;
            let start = self.observed_before(&archive, stream.no, window)?;
            Ok(StreamVersions { stream, start, versions })
        });
        let input = PackInput {
            layer: Layer::Observed,
            window,
            from,
            to: window_start(&registry, Window(window.0 + 1)),
            through: newest,
            streams: Box::new(streams),
            records,
            withdrawn: &withdrawn,
        };
        packed.files.push(archive::pack(&*self.fs, archive.dir(), input)?.path);
        drop(registry);

        // The files are durable; now the index learns of them, and only then the journal lets go.
        let fresh = Arc::new(Archive::open(Arc::clone(&self.fs), archive.dir())?);
        let index = self.index();
        let mut batch = Batch::default();
        for (position, meta) in &retired {
            index.remove_positions(*position, &mut batch);
            index.remove_commit(meta.number, &mut batch);
            self.commits.lock().pop(position);
        }
        let mut windows: BTreeMap<StreamNo, Vec<(Layer, i32)>> = BTreeMap::new();
        for layer in [Layer::Backfilled, Layer::Observed] {
            for window in fresh.windows(layer) {
                fresh.streams(layer, window)?.into_iter().for_each(|stream| windows.entry(stream).or_default().push((layer, window.0)));
            }
        }
        for stream in observed.of.keys().chain(backfilled.of.keys()) {
            index.put_windows(*stream, windows.get(stream).map_or(&[][..], Vec::as_slice), &mut batch);
        }
        index.put_meta("archive", fresh.fingerprint(), &mut batch);
        *self.archive.write() = fresh;
        index.apply(batch)?;
        index.settle()?;
        self.registry.write().forget_runs_through(newest);
        journal.remove_through(newest)?;
        self.generation.fetch_add(1, std::sync::atomic::Ordering::AcqRel);
        packed.commits += retired.len() as u64;
        Ok(true)
    }

    /// The last observed version of a stream in the windows before this one.
    fn observed_before(&self, archive: &Archive, stream: StreamNo, window: Window) -> Result<Option<ArchivedVersion>, archive::BoxError> {
        let windows = self.index().windows(stream)?;
        for (_, earlier) in windows.iter().rev().filter(|(layer, earlier)| *layer == Layer::Observed && *earlier < window.0) {
            if let Some(frame) = archive.frame(Layer::Observed, Window(*earlier), stream)?
                && let Some(version) = frame.versions().next_back()
            {
                return Ok(Some(version.to_owned()?));
            }
        }
        Ok(None)
    }
}

/// Streams as [`PackInput::streams`] wants them.
fn in_archive_order<'a>(
    archive: &Archive,
    registry: &Registry,
    streams: impl Iterator<Item = &'a StreamNo>,
) -> Result<Vec<Arc<NewStream>>, Error> {
    // Unknown is a stream whose first window is damaged. The journal keeps its versions until that file is restored.
    let unknown = |no: StreamNo| io_error("pack into", archive.dir(), std::io::Error::other(format!("no file explains stream {}", no.0)));
    let known = streams.map(|no| registry.stream(*no).map(Arc::clone).ok_or_else(|| unknown(*no)));
    let mut all = known.collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| (a.facet.word(), &a.origin, a.no).cmp(&(b.facet.word(), &b.origin, b.no)));
    Ok(all)
}

fn archived(version: &crate::store::apply::PackedRaw) -> Result<ArchivedVersion, archive::BoxError> {
    let raw = version.unpack()?;
    let body = raw.body.map(serde_json::value::RawValue::from_string).transpose()?;
    Ok(ArchivedVersion { at: raw.at, commit: raw.commit, start: false, seam: raw.seam, check: raw.check, body })
}

fn io_error(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), source }
}

fn empty_folder(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(|error| io_error("create", folder, error))?;
    let mut entries = std::fs::read_dir(folder).map_err(|error| io_error("list", folder, error))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(io_error("write into", folder, std::io::Error::new(std::io::ErrorKind::AlreadyExists, "the folder is not empty"))),
    }
}

/// Copies the files of a folder (by hard link if they never change and the file system can), durably.
fn copy_folder(from: &Path, to: &Path, immutable: bool) -> Result<u64, Error> {
    std::fs::create_dir_all(to).map_err(|error| io_error("create", to, error))?;
    let mut bytes = 0;
    for entry in std::fs::read_dir(from).map_err(|error| io_error("list", from, error))? {
        let entry = entry.map_err(|error| io_error("list", from, error))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.extension().is_some_and(|extension| extension == "tmp") || !source.is_file() {
            continue;
        }
        if !(immutable && std::fs::hard_link(&source, &target).is_ok()) {
            std::fs::copy(&source, &target).map_err(|error| io_error("copy", &source, error))?;
            File::open(&target).and_then(|file| file.sync_all()).map_err(|error| io_error("sync", &target, error))?;
        }
        bytes += std::fs::metadata(&target).map_or(0, |meta| meta.len());
    }
    File::open(to).and_then(|folder| folder.sync_all()).map_err(|error| io_error("sync", to, error))?;
    Ok(bytes)
}

/// Writes an export line by line to anything that takes bytes.
///
/// # Errors
/// As [`Store::export`].
pub fn export_to(store: &Store, mut out: impl Write) -> Result<u64, Error> {
    store.export(|line| {
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")
    })
}
