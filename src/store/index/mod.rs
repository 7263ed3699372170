//! The derived part of the store: everything that can be computed from journal and archive again.
//!
//! # Invariants
//! - Nothing lives here alone. Missing, corrupt, of another format or behind the archive: it is rebuilt.
//! - One commit is one atomic batch, with the number of the commit in it.
//! - Rows are only ever read by prefix and time, so the past and the present cost the same.
//!
//! The engine is sled; no type of it leaves this folder.

mod block;
mod changed;
mod codec;
mod events;
mod fields;
mod hot;
mod pages;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use serde_json::Value;

use crate::catalog::{Row, RowFlags};
use crate::model::{Commit, CommitNumber, EntityId, Facet, FieldPath, Instant, Kind, Layer, StreamNo};
use crate::store::Error;
use crate::store::journal::Position;

use crate::zip;
use block::{Block, Content, Moments, Step, window_of};
use changed::Changed;
pub use codec::Head;
use codec::{Key, Reader};
pub use events::{EssenceBytes, EventNo, EventPlace, StoredEvent};
pub use fields::FieldOrder;
use fields::Fields;
use hot::Hot;
use pages::{Changes, Pages};

/// Version of the layout below; an index of another one is rebuilt.
pub const FORMAT: u32 = 8;

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
    pages: Pages,
    fields: RwLock<Fields>,
    texts: Mutex<lru::LruCache<u32, Arc<str>>>,
    known: Mutex<lru::LruCache<Box<str>, u32>>,
    symbols: Mutex<Symbols>,
    moments: RwLock<Moments>,
    hot: RwLock<Hot>,
    /// One entry an instant, so batches that touch the same instant take turns.
    touching: Mutex<()>,
    /// While everything is built: the timeline entries of all entities, written at the end in order of time.
    gathered: Mutex<Option<Gathered>>,
}

/// Numbers for texts.
struct Symbols {
    next: u32,
    /// Given out, and not written yet.
    waiting: HashMap<Box<str>, u32>,
}

/// By instant: entity, length and changed fields, one after the other.
type Gathered = HashMap<Instant, Vec<u8>>;

/// Where a step or head goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Into memory and the log, as one of a commit that goes on from what is known.
    Newest,
    /// Into pages, with all others of its entity.
    Settled,
}

/// Where one commit is, its layer, and which versions it holds.
type CommitPositions = (Position, Layer, Vec<(StreamNo, Instant)>);

/// Changes to the index that take effect together.
#[derive(Default)]
pub struct Batch {
    changes: Changes,
    blocks: BTreeMap<(u16, EntityId, u16), Block>,
    changed: BTreeMap<(EntityId, u16), Changed>,
    touched: BTreeMap<Instant, BTreeMap<EntityId, Option<Vec<u8>>>>,
    hot: BTreeMap<(u16, EntityId), Block>,
    hot_removed: HashSet<EntityId>,
    pending: Vec<(StreamNo, Option<Vec<u8>>)>,
    heads: Vec<(StreamNo, Option<Vec<u8>>)>,
    positions: Vec<CommitPositions>,
    positions_gone: HashSet<Position>,
    events: events::Places,
}

impl Index {
    /// Opens the index in `folder`, or creates an empty one there.
    ///
    /// # Errors
    /// [`Error::Index`] if the engine cannot read it; the caller then rebuilds.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<Self, Error> {
        let mut index = Self {
            folder: folder.to_owned(),
            pages: Pages::open(folder, cache_bytes)?,
            fields: RwLock::new(Fields::default()),
            texts: Mutex::new(lru::LruCache::new(std::num::NonZeroUsize::new(65_536).expect("65,536 is not zero"))),
            known: Mutex::new(lru::LruCache::new(std::num::NonZeroUsize::new(32_768).expect("32,768 is not zero"))),
            symbols: Mutex::new(Symbols { next: 1, waiting: HashMap::new() }),
            moments: RwLock::default(),
            hot: RwLock::default(),
            touching: Mutex::new(()),
            gathered: Mutex::new(None),
        };
        index.load()?;
        Ok(index)
    }

    fn load(&mut self) -> Result<(), Error> {
        let mut fields = Fields::default();
        for entry in self.pages.scan_prefix(Key::FIELDS) {
            let (key, value) = entry?;
            fields.load(&key[1..], &value);
        }
        for entry in self.pages.scan_prefix(Key::KIND_FIELDS) {
            let (key, _) = entry?;
            fields.load_kind(&key[1..]);
        }
        *self.fields.get_mut() = fields;
        for entry in self.pages.scan_prefix(Key::MOMENTS) {
            let (_, value) = entry?;
            self.moments.get_mut().0.push(Reader::new(&value).instant());
        }
        let mut hot = Hot::default();
        for entry in self.pages.scan_prefix(Key::HOT) {
            let (key, value) = entry?;
            hot::decode_steps(&value, self.moments.get_mut(), &mut hot);
            hot.next = hot.next.max(Key::number(&key) + 1);
        }
        for entry in self.pages.scan_prefix(Key::PENDING) {
            let (key, value) = entry?;
            hot::decode_heads(&value, |stream, head| hot.set_pending(stream, head));
            hot.next = hot.next.max(Key::number(&key) + 1);
        }
        let newest = self.pages.scan_prefix(Key::NEWEST).collect::<Result<Vec<_>, _>>()?;
        for (key, value) in newest.into_iter().rev() {
            hot::decode_heads(&value, |stream, head| hot.set_head_before(stream, head));
            hot.next = hot.next.max(Key::number(&key) + 1);
        }
        for entry in self.pages.scan_prefix(Key::POSITIONS) {
            let (key, value) = entry?;
            let (layer, versions) = hot::decode_versions(value.get(8..).unwrap_or_default(), Reader::new(&value).instant());
            hot.put_positions(Key::parse_position(&key), layer, versions.into_iter());
        }
        *self.hot.get_mut() = hot;
        let last = self.pages.last(Key::TEXTS)?;
        self.symbols.get_mut().next = last.map_or(1, |(key, _)| Reader::new(&key[1..]).u32() + 1);
        Ok(())
    }

    /// The folder it lives in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Bytes on disk.
    #[must_use]
    pub fn size_on_disk(&self) -> u64 {
        self.pages.size_on_disk()
    }

    /// A value kept under a name: `format`, `applied`, `archive`, `complete`, `fresh`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn meta(&self, name: &str) -> Result<Option<u64>, Error> {
        Ok(self.pages.get(&Key::meta(name))?.map(|value| Reader::new(&value).u64()))
    }

    /// Writes what is in memory to the operating system.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn flush(&self) -> Result<(), Error> {
        self.pages.flush()
    }

    /// Carries out a batch, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn apply(&self, mut batch: Batch) -> Result<(), Error> {
        let (steps, removed) = (std::mem::take(&mut batch.hot), std::mem::take(&mut batch.hot_removed));
        let (mut pending, positions) = (std::mem::take(&mut batch.pending), std::mem::take(&mut batch.positions));
        let (heads, gone) = (std::mem::take(&mut batch.heads), std::mem::take(&mut batch.positions_gone));
        {
            let mut hot = self.hot.write();
            let removed = if removed.is_empty() { HashSet::new() } else { hot.entities().intersection(&removed).copied().collect() };
            if !steps.is_empty() || !removed.is_empty() {
                batch.changes.insert(Key::hot(hot.next), hot::encode_steps(&steps, &removed, &self.moments.read()));
                hot.next += 1;
            }
            pending.retain(|(stream, head)| head.is_some() || hot.pending.contains_key(stream));
            if !pending.is_empty() {
                batch.changes.insert(Key::pending(hot.next), hot::encode_heads(&pending));
                hot.next += 1;
            }
            if !heads.is_empty() {
                batch.changes.insert(Key::newest(hot.next), hot::encode_heads(&heads));
                hot.next += 1;
            }
        }
        self.write(batch)?;
        let mut hot = self.hot.write();
        hot.remove(&removed);
        for ((field, entity), block) in steps {
            block.0.into_iter().for_each(|step| hot.put(field, entity, step));
        }
        let cleared = !pending.is_empty();
        pending.into_iter().for_each(|(stream, head)| hot.set_pending(stream, head.as_deref()));
        heads.into_iter().for_each(|(stream, head)| hot.set_head(stream, head.as_deref()));
        if !gone.is_empty() {
            hot.forget_positions(&gone);
        }
        for (position, layer, versions) in positions {
            hot.put_positions(position, layer, versions.into_iter());
        }
        let (nothing_waits, full) = (cleared && hot.pending.is_empty(), hot.step_count > hot::MOST_STEPS);
        drop(hot);
        if nothing_waits {
            self.remove_all(Key::PENDING)?;
        }
        if full {
            self.settle()?;
        }
        Ok(())
    }

    fn remove_all(&self, table: &[u8]) -> Result<(), Error> {
        let mut changes = Changes::default();
        for entry in self.pages.scan_prefix(table) {
            changes.remove(entry?.0);
        }
        self.pages.apply(changes)
    }

    /// Moves the newest heads and steps from memory into pages and blocks. If that ends half way, a step is in both places, which does no harm.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn settle(&self) -> Result<(), Error> {
        let mut changes = Changes::default();
        for (stream, head) in &self.hot.read().heads {
            match head {
                Some(head) => changes.insert(Key::head(*stream), head.encoded()),
                None => changes.remove(Key::head(*stream)),
            }
        }
        self.pages.apply(changes)?;
        self.remove_all(Key::NEWEST)?;
        self.hot.write().heads.clear();
        let steps: Vec<((u16, EntityId), Block)> = self.hot.read().steps.iter().map(|(place, block)| (*place, block.clone())).collect();
        for chunk in steps.chunks(512) {
            let mut batch = Batch::default();
            for ((field, entity), block) in chunk {
                for step in &block.0 {
                    self.block(*field, *entity, window_of(step.at), &mut batch)?.put(step.clone());
                }
            }
            self.write(batch)?;
        }
        let mut changed: BTreeMap<(EntityId, u16), Changed> = BTreeMap::new();
        for ((field, entity), block) in &steps {
            for step in block.0.iter().filter(|step| step.flags.change) {
                changed.entry((*entity, window_of(step.at))).or_default().0.push((*field, step.symbol, step.at));
            }
        }
        let mut changed = changed.into_iter().peekable();
        while changed.peek().is_some() {
            let mut batch = Batch::default();
            for ((entity, window), newest) in changed.by_ref().take(512) {
                self.changed(entity, window, &mut batch)?.0.extend(newest.0);
            }
            self.write(batch)?;
        }
        self.remove_all(Key::HOT)?;
        let mut hot = self.hot.write();
        hot.steps.clear();
        hot.step_count = 0;
        Ok(())
    }

    fn write(&self, mut batch: Batch) -> Result<(), Error> {
        let waiting = self.symbols.lock().waiting.clone();
        for (text, symbol) in &waiting {
            batch.changes.insert(Key::text(*symbol), text.as_bytes());
            batch.changes.insert(Key::symbol(text), symbol.to_be_bytes());
        }
        self.write_batch(batch)?;
        self.symbols.lock().waiting.retain(|text, _| !waiting.contains_key(text));
        Ok(())
    }

    fn write_batch(&self, mut batch: Batch) -> Result<(), Error> {
        {
            let moments = self.moments.read();
            for ((field, entity, window), block) in std::mem::take(&mut batch.blocks) {
                let key = Key::rows(field, entity, window);
                if block.0.is_empty() {
                    batch.changes.remove(key);
                } else {
                    batch.changes.insert(key, block.encode(&moments));
                }
            }
            for ((entity, window), changed) in std::mem::take(&mut batch.changed) {
                let key = Key::changed(entity, window);
                if changed.0.is_empty() {
                    batch.changes.remove(key);
                } else {
                    batch.changes.insert(key, changed.encode(&moments));
                }
            }
        }
        if batch.touched.is_empty() {
            return self.pages.apply(batch.changes);
        }
        let touched = std::mem::take(&mut batch.touched);
        if let Some(gathered) = &mut *self.gathered.lock() {
            for (at, entities) in touched {
                let all = gathered.entry(at).or_default();
                entities.iter().for_each(|(entity, paths)| put_entry(all, *entity, paths.as_deref().unwrap_or_default()));
            }
            return self.pages.apply(batch.changes);
        }
        let turn = self.touching.lock();
        for (at, entities) in touched {
            let key = Key::touched(at);
            let mut all: BTreeMap<EntityId, Vec<u8>> = BTreeMap::new();
            if let Some(value) = self.pages.get(&key)? {
                for_each_entry(&value, |entity, paths| {
                    all.insert(entity, paths.to_vec());
                });
            }
            for (entity, paths) in entities {
                match paths {
                    Some(paths) => all.insert(entity, paths),
                    None => all.remove(&entity),
                };
            }
            if all.is_empty() {
                batch.changes.remove(key);
                continue;
            }
            let mut content = Vec::new();
            all.iter().for_each(|(entity, paths)| put_entry(&mut content, *entity, paths));
            batch.changes.insert(key, content);
        }
        let applied = self.pages.apply(batch.changes);
        drop(turn);
        applied
    }

    /// From here on timeline entries are gathered in memory, until [`Self::put_gathered`]; for building everything.
    pub fn gather(&self) {
        *self.gathered.lock() = Some(Gathered::new());
    }

    /// Writes the timeline entries that were gathered.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn put_gathered(&self) -> Result<(), Error> {
        let Some(gathered) = self.gathered.lock().take() else { return Ok(()) };
        let mut instants: Vec<(Instant, Vec<u8>)> = gathered.into_iter().collect();
        instants.sort_unstable();
        for chunk in instants.chunks(256) {
            let mut changes = Changes::default();
            for (at, entries) in chunk {
                let mut all: BTreeMap<EntityId, &[u8]> = BTreeMap::new();
                let mut reader = Reader::new(entries);
                while !reader.is_empty() {
                    let entity = EntityId(reader.u32());
                    let length = usize::try_from(reader.varint()).unwrap_or(usize::MAX);
                    all.insert(entity, reader.bytes(length));
                }
                let mut content = Vec::new();
                all.iter().for_each(|(entity, paths)| put_entry(&mut content, *entity, paths));
                changes.insert(Key::touched(*at), content);
            }
            self.pages.apply(changes)?;
        }
        Ok(())
    }

    /// Names the instant of an observed commit by a number, so that steps need not spell it out.
    pub fn put_moment(&self, commit: &Commit, batch: &mut Batch) {
        if commit.layer == Layer::Observed {
            self.put_instant(commit.at, batch);
        }
    }

    /// See [`Self::put_moment`]; instants that are not later than all before are spelled out instead.
    pub fn put_instant(&self, at: Instant, batch: &mut Batch) {
        let mut moments = self.moments.write();
        if moments.0.last().is_none_or(|last| *last < at)
            && let Ok(number) = u32::try_from(moments.0.len())
        {
            batch.changes.insert(Key::moment(number), codec::time(at));
            moments.0.push(at);
        }
    }

    fn block<'b>(&self, field: u16, entity: EntityId, window: u16, batch: &'b mut Batch) -> Result<&'b mut Block, Error> {
        match batch.blocks.entry((field, entity, window)) {
            std::collections::btree_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::btree_map::Entry::Vacant(free) => {
                let stored = self.pages.get(&Key::rows(field, entity, window))?;
                Ok(free.insert(stored.map_or_else(Block::default, |bytes| Block::decode(&bytes, &self.moments.read()))))
            }
        }
    }

    fn changed<'b>(&self, entity: EntityId, window: u16, batch: &'b mut Batch) -> Result<&'b mut Changed, Error> {
        match batch.changed.entry((entity, window)) {
            std::collections::btree_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::btree_map::Entry::Vacant(free) => {
                let stored = self.pages.get(&Key::changed(entity, window))?;
                Ok(free.insert(stored.map_or_else(Changed::default, |bytes| Changed::decode(&bytes, &self.moments.read()))))
            }
        }
    }

    // --- symbols and fields

    /// The symbol of a text, if it has one.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn symbol(&self, text: &str) -> Result<Option<u32>, Error> {
        if let Some(symbol) = self.known.lock().get(text) {
            return Ok(Some(*symbol));
        }
        let symbol = self.pages.get(&Key::symbol(text))?.map(|value| Reader::new(&value).u32());
        if let Some(symbol) = symbol {
            self.known.lock().put(text.into(), symbol);
        }
        Ok(symbol)
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
            .pages
            .get(&Key::text(symbol))?
            .ok_or_else(|| Error::Index { place: self.folder.display().to_string(), what: format!("symbol {symbol} has no text") })?;
        let text: Arc<str> = String::from_utf8_lossy(&value).into();
        self.texts.lock().put(symbol, Arc::clone(&text));
        Ok(text)
    }

    /// A new symbol is written with the next batch, whosesoever that is; an unused one does no harm.
    fn symbol_for(&self, text: &str) -> Result<u32, Error> {
        if let Some(symbol) = self.known.lock().get(text) {
            return Ok(*symbol);
        }
        let mut symbols = self.symbols.lock();
        let symbol = match symbols.waiting.get(text) {
            Some(symbol) => *symbol,
            None => match self.symbol(text)? {
                Some(symbol) => symbol,
                None => {
                    let symbol = symbols.next;
                    symbols.next += 1;
                    symbols.waiting.insert(text.into(), symbol);
                    symbol
                }
            },
        };
        drop(symbols);
        self.known.lock().put(text.into(), symbol);
        Ok(symbol)
    }

    fn field_for(&self, kind: Kind, path: &FieldPath) -> Result<u16, Error> {
        if let Some(number) = self.fields.read().number_of_kind(kind, path.facet, &path.field) {
            return Ok(number);
        }
        let name = path.field_name();
        let mut fields = self.fields.write();
        let (number, is_new) = fields.number_for(&name);
        let mut changes = Changes::default();
        if is_new {
            changes.insert(Key::field(number), name.as_bytes());
        }
        if fields.add_kind(kind, number) {
            changes.insert(Key::kind_field(kind, number), []);
        }
        self.pages.apply(changes)?;
        Ok(number)
    }

    /// Every field that an entity of this kind ever had.
    #[must_use]
    pub fn fields_of(&self, kind: Kind) -> Vec<(Facet, String)> {
        let fields = self.fields.read();
        fields.of_kind(kind).into_iter().filter_map(|number| fields.path(number)).collect()
    }

    // --- writing

    /// Adds a row, its place in everyone's timeline (by [`Self::put_touched`]) excepted, and its inverse edges.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn put_row(
        &self,
        entity: EntityId,
        kind: Kind,
        row: &Row,
        before: Option<&Value>,
        tier: Tier,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let field = self.field_for(kind, &row.path)?;
        let symbol = match &row.path.key {
            Some(key) => self.symbol_for(key)?,
            None => 0,
        };
        let value = row.value.as_ref().map(|value| value.to_string().into_boxed_str());
        let step = Step { symbol, at: row.at, flags: row.flags, said_by: row.said_by, value };
        match tier {
            // What changed is seen from the steps while they are in memory.
            Tier::Newest => batch.hot.entry((field, entity)).or_default().put(step),
            Tier::Settled => {
                self.block(field, entity, window_of(row.at), batch)?.put(step);
                if row.flags.change {
                    self.changed(entity, window_of(row.at), batch)?.0.push((field, symbol, row.at));
                }
            }
        }
        let targets = row.value.as_ref().map(|value| row.path.names(value)).unwrap_or_default();
        let former = before.map(|value| row.path.names(value)).unwrap_or_default();
        // Only where an edge begins or ends: a value that still names its target says nothing new.
        for target in targets.iter().filter(|target| !former.contains(target)) {
            let name = self.symbol_for(target)?;
            batch.changes.insert(Key::edge(name, field, entity, symbol, row.at), [1]);
        }
        for target in former.iter().filter(|target| !targets.contains(target)) {
            let name = self.symbol_for(target)?;
            batch.changes.insert(Key::edge(name, field, entity, symbol, row.at), [0]);
        }
        Ok(())
    }

    /// Writes everything into a new index, in the order of keys: the engine then needs half the space that a history of
    /// writes leaves it with.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn copy_to(&self, folder: &Path, cache_bytes: u64) -> Result<Self, Error> {
        let mut copy = Self::open(folder, cache_bytes)?;
        self.pages.copy_to(&copy.pages)?;
        copy.load()?;
        Ok(copy)
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
                Some(key) => self.symbol_for(key)?,
                None => 0,
            };
            codec::put_varint(&mut value, u64::from(symbol));
        }
        batch.touched.entry(at).or_default().insert(entity, Some(value));
        Ok(())
    }

    /// Notes that values of an entity became known at an instant, which is no change and not in the timeline. It stays
    /// noted when the rows are written anew: who asks has to look at the rows anyway.
    pub fn put_known(&self, entity: EntityId, at: Instant, batch: &mut Batch) {
        batch.changes.insert(Key::known(at, entity), []);
    }

    /// Removes every row, edge and timeline entry of an entity, before they are written anew.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn remove_rows(&self, entity: EntityId, kind: Kind, batch: &mut Batch) -> Result<(), Error> {
        let fields = self.fields.read().of_kind(kind);
        batch.hot_removed.insert(entity);
        for field in fields {
            let path = self.fields.read().path(field);
            let mut last: HashMap<u32, Vec<String>> = HashMap::new();
            for row in self.rows_in(field, entity)? {
                if let Some((facet, name)) = &path {
                    let key_text = if row.symbol == 0 { None } else { Some(self.text(row.symbol)?.to_string()) };
                    let place = FieldPath { facet: *facet, field: name.clone(), key: key_text };
                    let targets = row.value.as_ref().map(|value| place.names(value)).unwrap_or_default();
                    let former = last.insert(row.symbol, targets.clone()).unwrap_or_default();
                    for target in targets.iter().chain(&former) {
                        if let Some(name) = self.symbol(target)? {
                            batch.changes.remove(Key::edge(name, field, entity, row.symbol, row.at));
                        }
                    }
                }
                if row.flags.change {
                    batch.touched.entry(row.at).or_default().insert(entity, None);
                    batch.changed.insert((entity, window_of(row.at)), Changed::default());
                }
                batch.blocks.insert((field, entity, window_of(row.at)), Block::default());
            }
        }
        Ok(())
    }

    /// Keeps a named value.
    pub fn put_meta(&self, name: &str, value: u64, batch: &mut Batch) {
        batch.changes.insert(Key::meta(name), value.to_be_bytes());
    }

    /// Keeps the newest version of a stream, or that it has none any more.
    pub fn put_head(&self, stream: StreamNo, head: Option<&Head>, tier: Tier, batch: &mut Batch) {
        match (tier, head) {
            (Tier::Newest, head) => batch.heads.push((stream, head.map(Head::encode))),
            (Tier::Settled, Some(head)) => batch.changes.insert(Key::head(stream), head.encode()),
            (Tier::Settled, None) => batch.changes.remove(Key::head(stream)),
        }
    }

    /// Keeps (or forgets) a volatile-only difference of a stream until it is stored with a version.
    pub fn put_pending(&self, stream: StreamNo, head: Option<&Head>, batch: &mut Batch) {
        batch.pending.push((stream, head.map(Head::encode)));
    }

    /// Notes where the journal holds the versions of a commit.
    pub fn put_positions(&self, commit: &Commit, position: Position, batch: &mut Batch) {
        if commit.versions.is_empty() {
            return;
        }
        let mut value = codec::time(commit.at).to_vec();
        value.extend_from_slice(&hot::encode_versions(commit));
        batch.changes.insert(Key::position(position), value);
        let versions = commit.versions.iter().map(|version| (version.stream, version.at)).collect();
        batch.positions.push((position, commit.layer, versions));
    }

    /// Forgets where the journal held the versions of a commit, because the archive holds them now.
    pub fn remove_positions(&self, position: Position, batch: &mut Batch) {
        batch.changes.remove(Key::position(position));
        batch.positions_gone.insert(position);
    }

    /// Notes the archive windows that hold a stream.
    pub fn put_windows(&self, stream: StreamNo, windows: &[(Layer, i32)], batch: &mut Batch) {
        batch.changes.insert(Key::windows(stream), codec::encode_windows(windows));
    }

    /// Keeps a commit without its versions and events, for the registry at the next start.
    pub fn put_commit(&self, commit: &Commit, batch: &mut Batch) {
        let bare = Commit { versions: Vec::new(), events: Vec::new(), ..commit.clone() };
        let packed = zip::compress(&serde_json::to_vec(&bare).unwrap_or_default(), 3).unwrap_or_default();
        batch.changes.insert(Key::commit(commit.number), packed);
    }

    /// Forgets a commit that the archive holds now.
    pub fn remove_commit(&self, number: CommitNumber, batch: &mut Batch) {
        batch.changes.remove(Key::commit(number));
    }

    // --- reading

    /// All steps of a field of an entity, by symbol, then time.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn rows_of(&self, entity: EntityId, facet: Facet, field: &str) -> Result<Vec<StoredRow>, Error> {
        let Some(number) = self.fields.read().number(facet, field) else { return Ok(Vec::new()) };
        self.rows_in(number, entity)
    }

    /// The row of each symbol that is in force at an instant, by symbol; none of the others is decoded.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn latest_rows(&self, entity: EntityId, facet: Facet, field: &str, at: Instant) -> Result<Vec<StoredRow>, Error> {
        let Some(number) = self.fields.read().number(facet, field) else { return Ok(Vec::new()) };
        let scan = self.pages.scan_prefix(&Key::rows_of(number, entity));
        let blocks = scan.map(|entry| entry.map(|(_, block)| block)).collect::<Result<Vec<_>, _>>()?;
        let moments = self.moments.read();
        let mut latest: BTreeMap<u32, (Instant, RowFlags, StreamNo, Content<'_>)> = BTreeMap::new();
        for block in &blocks {
            Block::visit(block, &moments, |symbol, since, flags, said_by, content| {
                if since <= at && latest.get(&symbol).is_none_or(|(known, ..)| *known < since) {
                    latest.insert(symbol, (since, flags, said_by, content));
                }
            });
        }
        drop(moments);
        let mut rows: BTreeMap<u32, StoredRow> = BTreeMap::new();
        for (symbol, (at, flags, said_by, content)) in latest {
            rows.insert(symbol, StoredRow { symbol, at, value: content.value(), said_by, flags });
        }
        let hot = self.hot.read();
        for step in hot.of(number, entity).iter().filter(|step| step.at <= at) {
            if rows.get(&step.symbol).is_none_or(|known| known.at < step.at) {
                rows.insert(step.symbol, step.clone().into_row());
            }
        }
        Ok(rows.into_values().collect())
    }

    fn rows_in(&self, field: u16, entity: EntityId) -> Result<Vec<StoredRow>, Error> {
        let moments = self.moments.read();
        let mut rows = Vec::new();
        for entry in self.pages.scan_prefix(&Key::rows_of(field, entity)) {
            let (_, block) = entry?;
            Block::visit(&block, &moments, |symbol, at, flags, said_by, content| {
                rows.push(StoredRow { symbol, at, value: content.value(), said_by, flags });
            });
        }
        let hot = self.hot.read();
        rows.extend(hot.of(field, entity).iter().cloned().map(Step::into_row));
        drop(hot);
        // Each block is in order; blocks of keyed fields have to be merged.
        rows.sort_by_key(|row| (row.symbol, row.at));
        rows.dedup_by_key(|row| (row.symbol, row.at));
        Ok(rows)
    }

    /// Every field that any entity ever had.
    #[must_use]
    pub fn field_order(&self) -> Arc<FieldOrder> {
        self.fields.read().order()
    }

    /// What changed of an entity in `(from, to]`: field number, symbol and instant, each once, in no order.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn changes_of(&self, entity: EntityId, kind: Kind, from: Instant, to: Instant) -> Result<Vec<(u16, u32, Instant)>, Error> {
        let mut all = Vec::new();
        if from >= to {
            return Ok(all);
        }
        let fields = self.fields.read().of_kind(kind);
        {
            // Before the pages: what is being moved to them is then seen twice rather than never.
            let hot = self.hot.read();
            for field in fields {
                let steps = hot.of(field, entity).iter().filter(|step| step.flags.change && from < step.at && step.at <= to);
                all.extend(steps.map(|step| (field, step.symbol, step.at)));
            }
        }
        let oldest_in_memory = all.iter().map(|(_, _, at)| *at).min();
        let mut in_both = false;
        let (oldest, latest) = (Key::changed(entity, window_of(from)), Key::changed(entity, window_of(to)));
        let moments = self.moments.read();
        for entry in self.pages.scan(Bound::Included(&oldest), Bound::Included(&latest)) {
            Changed::visit(&entry?.1, &moments, |field, symbol, at| {
                if from < at && at <= to {
                    in_both |= oldest_in_memory.is_some_and(|oldest| oldest <= at);
                    all.push((field, symbol, at));
                }
            });
        }
        if in_both {
            all.sort_unstable();
            all.dedup();
        }
        Ok(all)
    }

    /// Whether the field was ever stated for the entity.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn was_stated(&self, entity: EntityId, facet: Facet, field: &str) -> Result<bool, Error> {
        let Some(number) = self.fields.read().number(facet, field) else { return Ok(false) };
        if !self.hot.read().of(number, entity).is_empty() {
            return Ok(true);
        }
        Ok(self.pages.scan_prefix(&Key::rows_of(number, entity)).next().transpose()?.is_some())
    }

    /// The step of one field in force at `at`.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn row_at(&self, entity: EntityId, path: &FieldPath, at: Instant) -> Result<Option<StoredRow>, Error> {
        Ok(self.rows_at(entity, path, [at])?.into_iter().next().flatten())
    }

    /// The steps of one field in force at each of some moments, which come in order.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn rows_at<const N: usize>(
        &self,
        entity: EntityId,
        path: &FieldPath,
        moments: [Instant; N],
    ) -> Result<[Option<StoredRow>; N], Error> {
        let mut found = moments.map(|_| None);
        let Some((number, symbol)) = self.place(path)? else { return Ok(found) };
        {
            let hot = self.hot.read();
            let steps = hot.of(number, entity);
            for (place, at) in moments.into_iter().enumerate() {
                let after = steps.partition_point(|step| (step.symbol, step.at) <= (symbol, at));
                let step = after.checked_sub(1).map(|place| &steps[place]).filter(|step| step.symbol == symbol);
                found[place] = step.cloned().map(Step::into_row);
            }
        }
        let Some(last) = moments.last() else { return Ok(found) };
        let oldest = found[0].as_ref().map_or(0, |row| window_of(row.at));
        let (oldest, latest) = (Key::rows(number, entity, oldest), Key::rows(number, entity, window_of(*last)));
        let blocks = self.pages.scan(Bound::Included(&oldest), Bound::Included(&latest)).collect::<Result<Vec<_>, _>>()?;
        let known = self.moments.read();
        let mut open: Vec<usize> = (0..N).collect();
        for (_, block) in blocks.into_iter().rev() {
            // Steps of one symbol come in order of time: the last one not after a moment is the one.
            let mut numbers: [Option<usize>; N] = [None; N];
            let mut count = 0;
            Block::visit(&block, &known, |of, since, _, _, _| {
                if of == symbol {
                    for place in open.iter().copied().filter(|place| since <= moments[*place]) {
                        numbers[place] = Some(count);
                    }
                }
                count += 1;
            });
            if numbers.iter().all(Option::is_none) {
                continue;
            }
            count = 0;
            Block::visit(&block, &known, |_, at, flags, said_by, content| {
                for place in (0..N).filter(|place| numbers[*place] == Some(count)) {
                    if found[place].as_ref().is_none_or(|newest| newest.at < at) {
                        found[place] = Some(StoredRow { symbol, at, value: content.value(), said_by, flags });
                    }
                }
                count += 1;
            });
            open.retain(|place| numbers[*place].is_none());
            if open.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// The steps of a field at some places (symbol and instant, in order), each after the one before it.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn rows_with_before(&self, entity: EntityId, field: u16, wanted: &[(u32, Instant)]) -> Result<Vec<[Option<StoredRow>; 2]>, Error> {
        let mut found: Vec<[Option<StoredRow>; 2]> = Vec::with_capacity(wanted.len());
        {
            let hot = self.hot.read();
            let steps = hot.of(field, entity);
            for (symbol, at) in wanted {
                let place = steps.partition_point(|step| (step.symbol, step.at) < (*symbol, *at));
                let before = place.checked_sub(1).map(|place| &steps[place]).filter(|step| step.symbol == *symbol);
                let row = steps.get(place).filter(|step| (step.symbol, step.at) == (*symbol, *at));
                found.push([before, row].map(|step| step.cloned().map(Step::into_row)));
            }
        }
        let Some(latest) = wanted.iter().map(|(_, at)| *at).max() else { return Ok(found) };
        let nearest = wanted.iter().zip(&found).map(|((_, at), [before, _])| before.as_ref().map_or(*at, |row| row.at)).min();
        let (mut oldest, mut latest) = (window_of(nearest.unwrap_or(latest)), window_of(latest));
        let moments = self.moments.read();
        // First where the steps are; the ones before them are mostly there too.
        loop {
            for entry in
                self.pages.scan(Bound::Included(&Key::rows(field, entity, oldest)), Bound::Included(&Key::rows(field, entity, latest)))
            {
                let (_, block) = entry?;
                let (mut next, mut last) = (0, None);
                Block::visit(&block, &moments, |symbol, at, flags, said_by, content| {
                    let step = Seen { symbol, at, flags, said_by, content };
                    while let Some(place) = wanted.get(next).filter(|place| **place <= (symbol, at)) {
                        keep_newest(&mut found[next][0], last, |before| before.symbol == place.0);
                        keep_newest(&mut found[next][1], Some(step), |row| (row.symbol, row.at) == *place);
                        next += 1;
                    }
                    last = Some(step);
                });
                for (place, [before, _]) in wanted.iter().zip(&mut found).skip(next) {
                    keep_newest(before, last, |last| last.symbol == place.0);
                }
            }
            if oldest == 0 || found.iter().all(|[before, _]| before.is_some()) {
                return Ok(found);
            }
            (oldest, latest) = (0, oldest - 1);
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
        let moments = self.moments.read();
        let mut of: Option<EntityId> = None;
        let mut rows: Vec<StoredRow> = Vec::new();
        let mut give = |of: Option<EntityId>, rows: &mut Vec<StoredRow>| {
            if !rows.is_sorted_by_key(|row| row.at) {
                rows.sort_by_key(|row| row.at);
            }
            of.into_iter().for_each(|entity| rows.drain(..).for_each(|row| visit(entity, row)));
        };
        let newest: Vec<(EntityId, Vec<Step>)> = {
            let hot = self.hot.read();
            let steps = hot.steps.range((number, EntityId(0))..=(number, EntityId(u32::MAX)));
            steps.map(|((_, entity), block)| (*entity, block.0.iter().filter(|step| step.symbol == 0).cloned().collect())).collect()
        };
        let mut newest = newest.into_iter().peekable();
        for entry in self.pages.scan_prefix(&Key::rows_of_field(number)) {
            let (key, block) = entry?;
            let entity = Key::parse_rows(&key).1;
            if of != Some(entity) {
                while let Some((of_newest, steps)) = newest.next_if(|(of_newest, _)| *of_newest < entity) {
                    if of != Some(of_newest) {
                        give(of, &mut rows);
                        of = Some(of_newest);
                    }
                    rows.extend(steps.into_iter().map(Step::into_row));
                }
                if of != Some(entity) {
                    give(of, &mut rows);
                    of = Some(entity);
                }
            }
            Block::visit(&block, &moments, |symbol, at, flags, said_by, content| {
                if symbol == 0 {
                    rows.push(StoredRow { symbol, at, value: content.value(), said_by, flags });
                }
            });
        }
        for (of_newest, steps) in newest {
            if of != Some(of_newest) {
                give(of, &mut rows);
                of = Some(of_newest);
            }
            rows.extend(steps.into_iter().map(Step::into_row));
        }
        give(of, &mut rows);
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
        let mut all = Vec::new();
        for entry in self.pages.scan(Bound::Excluded(&Key::touched(from)), Bound::Included(&Key::touched(to))) {
            let (key, value) = entry?;
            let at = Key::parse_touched(&key);
            let mut failure = None;
            for_each_entry(&value, |entity, bytes| match self.paths(bytes) {
                Ok(paths) => all.push(Touched { at, entity, paths }),
                Err(error) => failure = Some(error),
            });
            if let Some(error) = failure {
                return Err(error);
            }
        }
        Ok(all)
    }

    /// Calls `visit` with entity, field number, symbol and instant of every change in `(from, to]`, in order of time, then entity.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn for_each_change(&self, from: Instant, to: Instant, mut visit: impl FnMut(EntityId, u16, u32, Instant)) -> Result<(), Error> {
        if from >= to {
            return Ok(());
        }
        for entry in self.pages.scan(Bound::Excluded(&Key::touched(from)), Bound::Included(&Key::touched(to))) {
            let (key, value) = entry?;
            let at = Key::parse_touched(&key);
            for_each_entry(&value, |entity, paths| for_each_path(paths, |field, symbol| visit(entity, field, symbol, at)));
        }
        Ok(())
    }

    /// Whether an observed commit was recorded at this instant.
    #[must_use]
    pub fn is_commit(&self, at: Instant) -> bool {
        self.moments.read().number(at).is_some()
    }

    /// Entities of which values became known in `(from, to]`, see [`Self::put_known`].
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn became_known(&self, from: Instant, to: Instant) -> Result<HashSet<EntityId>, Error> {
        let (from, to) = (Key::known_from(from.plus_micros(1)), Key::known_from(to.plus_micros(1)));
        let mut all = HashSet::new();
        if from < to {
            for entry in self.pages.scan(Bound::Included(&from), Bound::Excluded(&to)) {
                all.insert(Key::parse_known(&entry?.0));
            }
        }
        Ok(all)
    }

    fn paths(&self, bytes: &[u8]) -> Result<Vec<FieldPath>, Error> {
        let mut places = Vec::new();
        for_each_path(bytes, |field, symbol| places.push((field, symbol)));
        let mut paths = Vec::with_capacity(places.len());
        for (field, symbol) in places {
            let place = self.fields.read().path(field);
            if let Some((facet, field)) = place {
                let key = if symbol == 0 { None } else { Some(self.text(symbol)?.to_string()) };
                paths.push(FieldPath { facet, field, key });
            }
        }
        Ok(paths)
    }

    /// The number of changes in `(from, to]`, per instant, without reading their names.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn count_touched(&self, from: Instant, to: Instant, mut visit: impl FnMut(Instant, u64)) -> Result<(), Error> {
        if from >= to {
            return Ok(());
        }
        for entry in self.pages.scan(Bound::Excluded(&Key::touched(from)), Bound::Included(&Key::touched(to))) {
            let (key, value) = entry?;
            let mut count = 0;
            // Two varints a change; their last bytes have the top bit clear.
            for_each_entry(&value, |_, paths| count += paths.iter().filter(|byte| **byte < 0x80).count() as u64 / 2);
            visit(Key::parse_touched(&key), count);
        }
        Ok(())
    }

    /// Every step of every edge that points to `target`: field, source, symbol, since when, and whether it begins or ends.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn edges_to(&self, target: &str) -> Result<Vec<(FieldPath, EntityId, Instant, bool)>, Error> {
        let Some(name) = self.symbol(target)? else { return Ok(Vec::new()) };
        self.edges(&Key::edges_to(name))
    }

    /// [`Self::edges_to`] by one field alone.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn edges_by(&self, target: &str, facet: Facet, field: &str) -> Result<Vec<(FieldPath, EntityId, Instant, bool)>, Error> {
        let number = self.fields.read().number(facet, field);
        let (Some(name), Some(number)) = (self.symbol(target)?, number) else { return Ok(Vec::new()) };
        self.edges(&Key::edges_by(name, number))
    }

    fn edges(&self, prefix: &[u8]) -> Result<Vec<(FieldPath, EntityId, Instant, bool)>, Error> {
        let mut edges = Vec::new();
        for entry in self.pages.scan_prefix(prefix) {
            let (key, value) = entry?;
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
        for entry in self.pages.scan_prefix(Key::EDGES) {
            let (key, value) = entry?;
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
        if let Some(head) = self.hot.read().heads.get(&stream) {
            return head.as_ref().map(|head| head.head().ok_or_else(|| self.damaged("a head"))).transpose();
        }
        self.pages.get(&Key::head(stream))?.map(|value| Head::decode(&value).ok_or_else(|| self.damaged("a head"))).transpose()
    }

    /// The volatile-only difference that waits to be stored with a version.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn pending(&self, stream: StreamNo) -> Result<Option<Head>, Error> {
        self.hot.read().pending.get(&stream).map(|value| value.head().ok_or_else(|| self.damaged("a pending body"))).transpose()
    }

    /// Every stream with a volatile-only difference.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn all_pending(&self) -> Result<Vec<(StreamNo, Head)>, Error> {
        let hot = self.hot.read();
        let all = hot.pending.iter();
        all.map(|(stream, value)| Ok((*stream, value.head().ok_or_else(|| self.damaged("a pending body"))?))).collect()
    }

    fn damaged(&self, what: &str) -> Error {
        Error::Index { place: self.folder.display().to_string(), what: format!("{what} cannot be decoded") }
    }

    /// Where the journal holds versions of a stream, in order of time, then layer.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn positions(&self, stream: StreamNo) -> Result<Vec<(Instant, Layer, Position)>, Error> {
        Ok(self.hot.read().positions.get(&stream).cloned().unwrap_or_default())
    }

    /// [`Self::positions`] of the versions that begin at or before an instant.
    #[must_use]
    pub fn positions_up_to(&self, stream: StreamNo, at: Instant) -> Vec<(Instant, Layer, Position)> {
        let hot = self.hot.read();
        let all = hot.positions.get(&stream).map_or(&[][..], Vec::as_slice);
        all[..all.partition_point(|(since, _, _)| *since <= at)].to_vec()
    }

    /// The archive windows that hold a stream.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn windows(&self, stream: StreamNo) -> Result<Vec<(Layer, i32)>, Error> {
        Ok(self.pages.get(&Key::windows(stream))?.map(|value| codec::decode_windows(&value)).unwrap_or_default())
    }

    /// The commits that the archive does not hold yet, as JSON without their versions, oldest first.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn commits(&self) -> Result<Vec<Vec<u8>>, Error> {
        let mut all = Vec::new();
        for entry in self.pages.scan_prefix(Key::COMMITS) {
            let (_, value) = entry?;
            all.push(
                zip::decompress_all(&value)
                    .map_err(|error| Error::Index { place: self.folder.display().to_string(), what: error.to_string() })?,
            );
        }
        Ok(all)
    }
}

/// Adds the changed fields of an entity to those of an instant.
fn put_entry(bytes: &mut Vec<u8>, entity: EntityId, paths: &[u8]) {
    bytes.extend_from_slice(&entity.0.to_be_bytes());
    codec::put_varint(bytes, paths.len() as u64);
    bytes.extend_from_slice(paths);
}

fn for_each_entry(bytes: &[u8], mut each: impl FnMut(EntityId, &[u8])) {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let entity = EntityId(reader.u32());
        let length = usize::try_from(reader.varint()).unwrap_or(usize::MAX);
        each(entity, reader.bytes(length));
    }
}

/// Field numbers and symbols of the changes of one entity at one instant; what damage leaves is left out.
fn for_each_path(bytes: &[u8], mut each: impl FnMut(u16, u32)) {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        if let (Ok(field), Ok(symbol)) = (u16::try_from(reader.varint()), u32::try_from(reader.varint())) {
            each(field, symbol);
        }
    }
}

/// A step as it stands in a block.
#[derive(Clone, Copy)]
struct Seen<'a> {
    symbol: u32,
    at: Instant,
    flags: RowFlags,
    said_by: StreamNo,
    content: Content<'a>,
}

/// Takes a step over if it fits and is newer than what is there; only then is its value read.
fn keep_newest(known: &mut Option<StoredRow>, step: Option<Seen<'_>>, fits: impl Fn(&Seen<'_>) -> bool) {
    if let Some(Seen { symbol, at, flags, said_by, content }) = step.filter(fits)
        && known.as_ref().is_none_or(|known| known.at < at)
    {
        *known = Some(StoredRow { symbol, at, value: content.value(), said_by, flags });
    }
}
