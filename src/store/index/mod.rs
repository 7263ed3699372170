//! The derived part of the store: everything that can be computed from journal and archive again.
//!
//! # Invariants
//! - Nothing lives here alone. Missing, corrupt, of another format or behind the archive: it is rebuilt.
//! - One commit is one atomic batch, with the number of the commit in it.
//! - Rows are only ever read by prefix and time, so the past and the present cost the same.
//!
//! The engine is sled; no type of it leaves this folder.

mod codec;
mod fields;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use serde_json::Value;

use crate::catalog::{Row, RowFlags};
use crate::model::{CommitNumber, EntityId, Facet, FieldPath, Instant, Kind, Layer, StreamNo};
use crate::store::Error;
use crate::store::journal::Position;

pub use codec::Head;
use codec::{Key, Reader, decode_row, encode_row};
use fields::Fields;

/// Version of the layout below; an index of another one is rebuilt.
pub const FORMAT: u32 = 1;

/// One stored step of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    /// The entry's symbol, 0 for a field that is not keyed.
    pub symbol: u32,
    /// Since when.
    pub at: Instant,
    /// The value, or its absence.
    pub value: Option<Value>,
    /// Who said so.
    pub said_by: StreamNo,
    /// Change or not, layer.
    pub flags: RowFlags,
}

/// The changes of one entity at one instant, as field numbers and symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// When.
    pub at: Instant,
    /// Who.
    pub entity: EntityId,
    /// What.
    pub paths: Vec<FieldPath>,
}

/// An open index.
pub struct Index {
    folder: PathBuf,
    db: sled::Db,
    fields: RwLock<Fields>,
    texts: Mutex<lru::LruCache<u32, Arc<str>>>,
    next_symbol: Mutex<u32>,
}

/// Changes to the index that take effect together.
#[derive(Default)]
pub struct Batch {
    operations: sled::Batch,
    symbols: HashMap<String, u32>,
}

impl Index {
    /// Opens the index in `folder`, or creates an empty one there.
    ///
    /// # Errors
    /// [`Error::Index`] if the engine cannot read it; the caller then rebuilds.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<Self, Error> {
        let failed = |what: String| Error::Index { place: folder.display().to_string(), what };
        // The engine panics on some kinds of damage; that is damage like any other.
        let opened = std::panic::catch_unwind(|| {
            sled::Config::new().path(folder).cache_capacity(cache_bytes).mode(sled::Mode::LowSpace).flush_every_ms(Some(2_000)).open()
        });
        let db = match opened {
            Ok(Ok(db)) => db,
            Ok(Err(error)) => return Err(failed(error.to_string())),
            Err(_) => return Err(failed("the engine gave up on a damaged file".to_owned())),
        };
        let mut index = Self {
            folder: folder.to_owned(),
            db,
            fields: RwLock::new(Fields::default()),
            texts: Mutex::new(lru::LruCache::new(std::num::NonZeroUsize::new(65_536).expect("65,536 is not zero"))),
            next_symbol: Mutex::new(1),
        };
        index.load().map_err(|error| failed(error.to_string()))?;
        Ok(index)
    }

    fn load(&mut self) -> Result<(), Error> {
        let mut fields = Fields::default();
        for entry in self.db.scan_prefix(Key::FIELDS) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            fields.load(&key[1..], &value);
        }
        for entry in self.db.scan_prefix(Key::KIND_FIELDS) {
            let (key, _) = entry.map_err(|error| self.error(error))?;
            fields.load_kind(&key[1..]);
        }
        *self.fields.get_mut() = fields;
        let last = self.db.scan_prefix(Key::TEXTS).next_back().transpose().map_err(|error| self.error(error))?;
        *self.next_symbol.get_mut() = last.map_or(1, |(key, _)| Reader::new(&key[1..]).u32() + 1);
        Ok(())
    }

    #[expect(clippy::needless_pass_by_value, reason = "the engine hands errors out by value")]
    fn error(&self, error: sled::Error) -> Error {
        Error::Index { place: self.folder.display().to_string(), what: error.to_string() }
    }

    fn get(&self, key: &[u8]) -> Result<Option<sled::IVec>, Error> {
        self.db.get(key).map_err(|error| self.error(error))
    }

    /// The folder it lives in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Bytes on disk.
    #[must_use]
    pub fn size_on_disk(&self) -> u64 {
        self.db.size_on_disk().unwrap_or(0)
    }

    /// A value kept under a name: `format`, `applied`, `archive`, `complete`, `fresh`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn meta(&self, name: &str) -> Result<Option<u64>, Error> {
        Ok(self.get(&Key::meta(name))?.map(|value| Reader::new(&value).u64()))
    }

    /// Writes what is in memory to the operating system.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn flush(&self) -> Result<(), Error> {
        self.db.flush().map(drop).map_err(|error| self.error(error))
    }

    /// Carries out a batch, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn apply(&self, batch: Batch) -> Result<(), Error> {
        self.db.apply_batch(batch.operations).map_err(|error| self.error(error))
    }

    // --- symbols and fields

    /// The symbol of a text, if it has one.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn symbol(&self, text: &str) -> Result<Option<u32>, Error> {
        Ok(self.get(&Key::symbol(text))?.map(|value| Reader::new(&value).u32()))
    }

    /// The text of a symbol.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn text(&self, symbol: u32) -> Result<Arc<str>, Error> {
        if let Some(text) = self.texts.lock().get(&symbol) {
            return Ok(Arc::clone(text));
        }
        let value = self
            .get(&Key::text(symbol))?
            .ok_or_else(|| Error::Index { place: self.folder.display().to_string(), what: format!("symbol {symbol} has no text") })?;
        let text: Arc<str> = String::from_utf8_lossy(&value).into();
        self.texts.lock().put(symbol, Arc::clone(&text));
        Ok(text)
    }

    /// Symbols are written at once, outside the batch: several threads may need the same new one, and an unused one does no harm.
    fn symbol_for(&self, text: &str, batch: &mut Batch) -> Result<u32, Error> {
        if let Some(symbol) = batch.symbols.get(text) {
            return Ok(*symbol);
        }
        let symbol = match self.symbol(text)? {
            Some(symbol) => symbol,
            None => {
                let mut next = self.next_symbol.lock();
                match self.symbol(text)? {
                    Some(symbol) => symbol,
                    None => {
                        let symbol = *next;
                        self.db.insert(Key::text(symbol), text.as_bytes()).map_err(|error| self.error(error))?;
                        self.db.insert(Key::symbol(text), &symbol.to_be_bytes()).map_err(|error| self.error(error))?;
                        *next += 1;
                        symbol
                    }
                }
            }
        };
        batch.symbols.insert(text.to_owned(), symbol);
        Ok(symbol)
    }

    fn field_for(&self, kind: Kind, path: &FieldPath) -> Result<u16, Error> {
        if let Some(number) = self.fields.read().number_of_kind(kind, path.facet, &path.field) {
            return Ok(number);
        }
        let name = path.field_name();
        let mut fields = self.fields.write();
        let (number, is_new) = fields.number_for(&name);
        if is_new {
            self.db.insert(Key::field(number), name.as_bytes()).map_err(|error| self.error(error))?;
        }
        if fields.add_kind(kind, number) {
            self.db.insert(Key::kind_field(kind, number), &[]).map_err(|error| self.error(error))?;
        }
        Ok(number)
    }

    /// Every field that an entity of this kind ever had.
    #[must_use]
    pub fn fields_of(&self, kind: Kind) -> Vec<(Facet, String)> {
        let fields = self.fields.read();
        fields.of_kind(kind).into_iter().filter_map(|number| fields.path(number)).collect()
    }

    // --- writing

    /// Adds a row, its place in the timeline (by [`Self::put_touched`]) excepted, and its inverse edges.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn put_row(&self, entity: EntityId, kind: Kind, row: &Row, before: Option<&Value>, batch: &mut Batch) -> Result<(), Error> {
        let field = self.field_for(kind, &row.path)?;
        let symbol = match &row.path.key {
            Some(key) => self.symbol_for(key, batch)?,
            None => 0,
        };
        batch.operations.insert(Key::row(field, entity, symbol, row.at), encode_row(row.value.as_ref(), row.said_by, row.flags));
        let targets = row.value.as_ref().map(|value| row.path.targets(value)).unwrap_or_default();
        let former = before.map(|value| row.path.targets(value)).unwrap_or_default();
        for target in &targets {
            let name = self.symbol_for(&target.key(), batch)?;
            batch.operations.insert(Key::edge(name, field, entity, symbol, row.at), &[1]);
        }
        for target in former.iter().filter(|target| !targets.contains(target)) {
            let name = self.symbol_for(&target.key(), batch)?;
            batch.operations.insert(Key::edge(name, field, entity, symbol, row.at), &[0]);
        }
        Ok(())
    }

    /// Adds the changes of one entity at one instant to the timeline.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn put_touched(&self, entity: EntityId, kind: Kind, at: Instant, paths: &[&FieldPath], batch: &mut Batch) -> Result<(), Error> {
        let mut value = Vec::with_capacity(paths.len() * 4);
        for path in paths {
            codec::put_varint(&mut value, u64::from(self.field_for(kind, path)?));
            let symbol = match &path.key {
                Some(key) => self.symbol_for(key, batch)?,
                None => 0,
            };
            codec::put_varint(&mut value, u64::from(symbol));
        }
        batch.operations.insert(Key::touched(at, entity), value);
        Ok(())
    }

    /// Removes every row, edge and timeline entry of an entity, before they are written anew.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn remove_rows(&self, entity: EntityId, kind: Kind, batch: &mut Batch) -> Result<(), Error> {
        let fields = self.fields.read().of_kind(kind);
        for field in fields {
            let path = self.fields.read().path(field);
            let mut last: HashMap<u32, Vec<crate::model::EntityRef>> = HashMap::new();
            for entry in self.db.scan_prefix(Key::rows_of(field, entity)) {
                let (key, value) = entry.map_err(|error| self.error(error))?;
                let (symbol, at) = Key::parse_row(&key);
                let row = decode_row(symbol, at, &value);
                if let Some((facet, name)) = &path {
                    let key_text = if symbol == 0 { None } else { Some(self.text(symbol)?.to_string()) };
                    let place = FieldPath { facet: *facet, field: name.clone(), key: key_text };
                    let targets = row.value.as_ref().map(|value| place.targets(value)).unwrap_or_default();
                    let former = last.insert(symbol, targets.clone()).unwrap_or_default();
                    for target in targets.iter().chain(&former) {
                        if let Some(name) = self.symbol(&target.key())? {
                            batch.operations.remove(Key::edge(name, field, entity, symbol, at));
                        }
                    }
                }
                if row.flags.change {
                    batch.operations.remove(Key::touched(at, entity));
                }
                batch.operations.remove(key);
            }
        }
        Ok(())
    }

    /// Keeps a named value.
    pub fn put_meta(&self, name: &str, value: u64, batch: &mut Batch) {
        batch.operations.insert(Key::meta(name), &value.to_be_bytes());
    }

    /// Keeps the newest version of a stream, or that it has none any more.
    pub fn put_head(&self, stream: StreamNo, head: Option<&Head>, batch: &mut Batch) {
        match head {
            Some(head) => batch.operations.insert(Key::head(stream), head.encode()),
            None => batch.operations.remove(Key::head(stream)),
        }
    }

    /// Keeps (or forgets) a volatile-only difference of a stream until it is stored with a version.
    pub fn put_pending(&self, stream: StreamNo, head: Option<&Head>, batch: &mut Batch) {
        match head {
            Some(head) => batch.operations.insert(Key::pending(stream), head.encode()),
            None => batch.operations.remove(Key::pending(stream)),
        }
    }

    /// Notes where the journal holds a version.
    pub fn put_position(&self, stream: StreamNo, at: Instant, layer: Layer, position: Position, batch: &mut Batch) {
        batch.operations.insert(Key::position(stream, at, layer), codec::encode_position(position));
    }

    /// Forgets where the journal held a version, because the archive holds it now.
    pub fn remove_position(&self, stream: StreamNo, at: Instant, layer: Layer, batch: &mut Batch) {
        batch.operations.remove(Key::position(stream, at, layer));
    }

    /// Notes the archive windows that hold a stream.
    pub fn put_windows(&self, stream: StreamNo, windows: &[(Layer, i32)], batch: &mut Batch) {
        batch.operations.insert(Key::windows(stream), codec::encode_windows(windows));
    }

    /// Keeps a commit without its versions, for the registry at the next start.
    pub fn put_commit(&self, number: CommitNumber, json: &[u8], batch: &mut Batch) {
        let packed = zstd::bulk::compress(json, 3).unwrap_or_default();
        batch.operations.insert(Key::commit(number), packed);
    }

    /// Forgets a commit that the archive holds now.
    pub fn remove_commit(&self, number: CommitNumber, batch: &mut Batch) {
        batch.operations.remove(Key::commit(number));
    }

    // --- reading

    /// All steps of a field of an entity, by symbol, then time.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn rows_of(&self, entity: EntityId, facet: Facet, field: &str) -> Result<Vec<StoredRow>, Error> {
        self.rows_matching(entity, facet, field, |_| true)
    }

    /// [`Self::rows_of`], but the values of rows for which `wanted` is false are not decoded (they read as absent).
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn rows_matching(
        &self,
        entity: EntityId,
        facet: Facet,
        field: &str,
        wanted: impl Fn(Instant) -> bool,
    ) -> Result<Vec<StoredRow>, Error> {
        let Some(number) = self.fields.read().number(facet, field) else { return Ok(Vec::new()) };
        let mut rows = Vec::new();
        for entry in self.db.scan_prefix(Key::rows_of(number, entity)) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            let (symbol, at) = Key::parse_row(&key);
            if wanted(at) {
                rows.push(decode_row(symbol, at, &value));
            }
        }
        Ok(rows)
    }

    /// Whether the field was ever stated for the entity.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn was_stated(&self, entity: EntityId, facet: Facet, field: &str) -> Result<bool, Error> {
        let Some(number) = self.fields.read().number(facet, field) else { return Ok(false) };
        Ok(self.db.scan_prefix(Key::rows_of(number, entity)).next().transpose().map_err(|error| self.error(error))?.is_some())
    }

    /// The step of one field in force at `at`, and the one before it.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn row_at(&self, entity: EntityId, path: &FieldPath, at: Instant) -> Result<Option<StoredRow>, Error> {
        let Some((number, symbol)) = self.place(path)? else { return Ok(None) };
        let range = Key::row(number, entity, symbol, Instant::MIN)..=Key::row(number, entity, symbol, at);
        match self.db.range(range).next_back().transpose().map_err(|error| self.error(error))? {
            Some((key, value)) => {
                let (symbol, at) = Key::parse_row(&key);
                Ok(Some(decode_row(symbol, at, &value)))
            }
            None => Ok(None),
        }
    }

    fn place(&self, path: &FieldPath) -> Result<Option<(u16, u32)>, Error> {
        let Some(number) = self.fields.read().number(path.facet, &path.field) else { return Ok(None) };
        let symbol = match &path.key {
            Some(key) => match self.symbol(key)? {
                Some(symbol) => symbol,
                None => return Ok(None),
            },
            None => 0,
        };
        Ok(Some((number, symbol)))
    }

    /// Calls `visit` with every step of an unkeyed field, by entity, then time.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn for_each_of_field(&self, facet: Facet, field: &str, mut visit: impl FnMut(EntityId, StoredRow)) -> Result<(), Error> {
        let Some(number) = self.fields.read().number(facet, field) else { return Ok(()) };
        for entry in self.db.scan_prefix(Key::rows_of_field(number)) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            let (symbol, at) = Key::parse_row(&key);
            if symbol == 0 {
                visit(Key::parse_row_entity(&key), decode_row(symbol, at, &value));
            }
        }
        Ok(())
    }

    /// The changes in `(from, to]`, in order of time, then entity.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn touched(&self, from: Instant, to: Instant) -> Result<Vec<Touched>, Error> {
        if from >= to {
            return Ok(Vec::new());
        }
        let range = Key::touched(from.plus_micros(1), EntityId(0))..=Key::touched(to, EntityId(u32::MAX));
        let mut all = Vec::new();
        for entry in self.db.range(range) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            let (at, entity) = Key::parse_touched(&key);
            let mut reader = Reader::new(&value);
            let mut paths = Vec::new();
            while !reader.is_empty() {
                let (number, symbol) = (reader.varint(), reader.varint());
                let place = u16::try_from(number).ok().and_then(|number| self.fields.read().path(number));
                if let Some((facet, field)) = place {
                    let key = match u32::try_from(symbol) {
                        Ok(0) | Err(_) => None,
                        Ok(symbol) => Some(self.text(symbol)?.to_string()),
                    };
                    paths.push(FieldPath { facet, field, key });
                }
            }
            all.push(Touched { at, entity, paths });
        }
        Ok(all)
    }

    /// The number of changes in `(from, to]`, per instant, without reading their names.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn count_touched(&self, from: Instant, to: Instant, mut visit: impl FnMut(Instant, u64)) -> Result<(), Error> {
        if from >= to {
            return Ok(());
        }
        let range = Key::touched(from.plus_micros(1), EntityId(0))..=Key::touched(to, EntityId(u32::MAX));
        for entry in self.db.range(range) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            // Two varints a change; their last bytes have the top bit clear.
            let ends = value.iter().filter(|byte| **byte < 0x80).count() as u64;
            visit(Key::parse_touched(&key).0, ends / 2);
        }
        Ok(())
    }

    /// Every step of every edge that points to `target`: field, source, symbol, since when, and whether it begins or ends.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn edges_to(&self, target: &str) -> Result<Vec<(FieldPath, EntityId, Instant, bool)>, Error> {
        let Some(name) = self.symbol(target)? else { return Ok(Vec::new()) };
        let mut edges = Vec::new();
        for entry in self.db.scan_prefix(Key::edges_to(name)) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            let (number, source, symbol, at) = Key::parse_edge(&key);
            let place = self.fields.read().path(number);
            if let Some((facet, field)) = place {
                let key = if symbol == 0 { None } else { Some(self.text(symbol)?.to_string()) };
                edges.push((FieldPath { facet, field, key }, source, at, value.first() == Some(&1)));
            }
        }
        Ok(edges)
    }

    /// Calls `visit` with every step of every edge: target symbol, a number for (field, source, symbol), since when, begins or ends.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn for_each_edge(&self, mut visit: impl FnMut(u32, (u16, EntityId, u32), Instant, bool)) -> Result<(), Error> {
        for entry in self.db.scan_prefix(Key::EDGES) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            let (number, source, symbol, at) = Key::parse_edge(&key);
            visit(Key::parse_edge_target(&key), (number, source, symbol), at, value.first() == Some(&1));
        }
        Ok(())
    }

    /// The newest version of a stream.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn head(&self, stream: StreamNo) -> Result<Option<Head>, Error> {
        self.get(&Key::head(stream))?.map(|value| Head::decode(&value).ok_or_else(|| self.damaged("a head"))).transpose()
    }

    /// The volatile-only difference that waits to be stored with a version.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn pending(&self, stream: StreamNo) -> Result<Option<Head>, Error> {
        self.get(&Key::pending(stream))?.map(|value| Head::decode(&value).ok_or_else(|| self.damaged("a pending body"))).transpose()
    }

    /// Every stream with a volatile-only difference.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn all_pending(&self) -> Result<Vec<(StreamNo, Head)>, Error> {
        let mut all = Vec::new();
        for entry in self.db.scan_prefix(Key::PENDING) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            all.push((StreamNo(Reader::new(&key[1..]).u32()), Head::decode(&value).ok_or_else(|| self.damaged("a pending body"))?));
        }
        Ok(all)
    }

    fn damaged(&self, what: &str) -> Error {
        Error::Index { place: self.folder.display().to_string(), what: format!("{what} cannot be decoded") }
    }

    /// Where the journal holds versions of a stream, in order of time, then layer.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn positions(&self, stream: StreamNo) -> Result<Vec<(Instant, Layer, Position)>, Error> {
        let mut all = Vec::new();
        for entry in self.db.scan_prefix(Key::positions_of(stream)) {
            let (key, value) = entry.map_err(|error| self.error(error))?;
            let (at, layer) = Key::parse_position(&key);
            all.push((at, layer, codec::decode_position(&value)));
        }
        Ok(all)
    }

    /// The archive windows that hold a stream.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn windows(&self, stream: StreamNo) -> Result<Vec<(Layer, i32)>, Error> {
        Ok(self.get(&Key::windows(stream))?.map(|value| codec::decode_windows(&value)).unwrap_or_default())
    }

    /// The commits that the archive does not hold yet, as JSON without their versions, oldest first.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn commits(&self) -> Result<Vec<Vec<u8>>, Error> {
        let mut all = Vec::new();
        for entry in self.db.scan_prefix(Key::COMMITS) {
            let (_, value) = entry.map_err(|error| self.error(error))?;
            all.push(
                zstd::stream::decode_all(&*value)
                    .map_err(|error| Error::Index { place: self.folder.display().to_string(), what: error.to_string() })?,
            );
        }
        Ok(all)
    }
}
