//! Sorted entries, kept together in pages of a few kilobytes: of each small entry the engine makes three times its size,
//! of a page about two, and a page shrinks by compression where an entry would not.
//!
//! A page holds the entries from its own key up to the next page's; no page reaches into another table (the first byte
//! of a key). Changes are read, merged and written page by page, in one atomic batch of the engine.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use super::codec::{Key, Reader, put_varint};
use crate::store::Error;
use crate::zip;

const RAW: u8 = 0;
const COMPRESSED: u8 = 1;

/// How the entries of a table are kept.
#[derive(Clone, Copy)]
enum Layout {
    /// Each for itself: written once, read at the start.
    Alone,
    /// In pages of so many bytes.
    Plain(usize),
    /// In pages of so many bytes that are then compressed.
    Compressed(usize),
}

impl Layout {
    fn of(key: &[u8]) -> Self {
        match key.get(..1) {
            Some(Key::HOT | Key::NEWEST | Key::PENDING | Key::POSITIONS | Key::COMMITS | Key::META) => Self::Alone,
            // So small that few others are passed by on the way to one.
            Some(Key::WINDOWS) => Self::Plain(1 << 10),
            // Read one by one, by questions about the past.
            Some(Key::ROWS | Key::CHANGED) => Self::Compressed(8 << 10),
            _ => Self::Compressed(16 << 10),
        }
    }
}

/// Entries to write (`Some`) and to remove, that take effect together.
#[derive(Default)]
pub(super) struct Changes(BTreeMap<Vec<u8>, Option<Vec<u8>>>);

impl Changes {
    pub(super) fn insert(&mut self, key: Vec<u8>, value: impl Into<Vec<u8>>) {
        self.0.insert(key, Some(value.into()));
    }

    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.0.insert(key, None);
    }
}

type Entry = (Vec<u8>, Vec<u8>);

/// See the module.
pub(super) struct Pages {
    db: sled::Db,
    place: String,
    /// Pages are read before they are written, so writers take turns.
    turn: Mutex<()>,
    read: Mutex<Read>,
}

/// A page, decompressed.
struct Page {
    key: sled::IVec,
    bytes: sled::IVec,
    /// The key of the next one, of whatever table.
    next: Option<sled::IVec>,
}

/// Pages that were read lately: to find one in the engine takes longer than to read it.
struct Read {
    pages: BTreeMap<sled::IVec, Arc<Page>>,
    lately: lru::LruCache<sled::IVec, ()>,
    /// How often pages were written: what was read before and arrives after that may be out of date.
    writes: u64,
}

/// Pages that stay decompressed, about twelve kilobytes each.
const READ: std::num::NonZeroUsize = std::num::NonZeroUsize::new(1_024).expect("not zero");

impl Read {
    fn new() -> Self {
        Self { pages: BTreeMap::new(), lately: lru::LruCache::new(READ), writes: 0 }
    }

    /// The page in which a key lies or would lie, if it is known.
    fn get(&mut self, key: &[u8]) -> Option<Arc<Page>> {
        let (place, page) = self.pages.range::<[u8], _>((Bound::Unbounded, Bound::Included(key))).next_back()?;
        let holds = place.first() == key.first() && page.next.as_ref().is_none_or(|next| key < next.as_ref());
        if !holds {
            return None;
        }
        self.lately.promote(place);
        Some(Arc::clone(page))
    }

    fn put(&mut self, page: &Arc<Page>) {
        self.pages.insert(page.key.clone(), Arc::clone(page));
        if let Some((other, ())) = self.lately.push(page.key.clone(), ())
            && other != page.key
        {
            self.pages.remove(&other);
        }
    }

    fn forget(&mut self, place: &[u8]) {
        self.pages.remove(place);
        self.lately.pop(place);
    }

    /// Where there was no page is one, or the other way round: the one before it ends elsewhere.
    fn forget_end_at(&mut self, place: &[u8]) {
        let before = self.pages.range::<[u8], _>((Bound::Unbounded, Bound::Excluded(place))).next_back();
        if let Some((before, _)) = before.filter(|(_, page)| page.next.as_ref().is_none_or(|next| place <= next.as_ref())) {
            let before = before.clone();
            self.forget(&before);
        }
    }
}

impl Pages {
    /// # Errors
    /// [`Error::Index`] if the engine cannot read the folder.
    pub(super) fn open(folder: &Path, cache_bytes: u64) -> Result<Self, Error> {
        let place = folder.display().to_string();
        let mut attempts = 0;
        let what = loop {
            // The engine panics on some kinds of damage; that is damage like any other.
            let opened = std::panic::catch_unwind(|| {
                sled::Config::new().path(folder).cache_capacity(cache_bytes).mode(sled::Mode::LowSpace).flush_every_ms(Some(2_000)).open()
            });
            match opened {
                Ok(Ok(db)) => return Ok(Self { db, place, turn: Mutex::new(()), read: Mutex::new(Read::new()) }),
                // The data folder is ours alone, so this is an index that was just closed: its last thread lets go soon.
                Ok(Err(sled::Error::Io(error))) if error.to_string().contains("acquire lock") && attempts < 100 => {
                    attempts += 1;
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                Ok(Err(error)) => break error.to_string(),
                Err(_) => break "the engine gave up on a damaged file".to_owned(),
            }
        };
        Err(Error::Index { place, what })
    }

    pub(super) fn size_on_disk(&self) -> u64 {
        self.db.size_on_disk().unwrap_or(0)
    }

    pub(super) fn flush(&self) -> Result<(), Error> {
        self.db.flush().map(drop).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &sled::Error) -> Error {
        Error::Index { place: self.place.clone(), what: error.to_string() }
    }

    fn damaged(&self, page: &[u8]) -> Error {
        Error::Index { place: self.place.clone(), what: format!("the page {page:02x?} cannot be decoded") }
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let mut scan = self.scan(Bound::Included(key), Bound::Included(key));
        Ok(scan.next().transpose()?.map(|(_, value)| value))
    }

    /// Entries whose key begins with `prefix`, in order.
    pub(super) fn scan_prefix(&self, prefix: &[u8]) -> Scan<'_> {
        match after_all(prefix) {
            Some(end) => self.scan(Bound::Included(prefix), Bound::Excluded(&end)),
            None => self.scan(Bound::Included(prefix), Bound::Unbounded),
        }
    }

    /// Entries between two bounds, in order. The lower one is never unbounded.
    pub(super) fn scan(&self, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Scan<'_> {
        Scan { pages: self, from: from.map(<[u8]>::to_vec), to: to.map(<[u8]>::to_vec), page: None, content: Content::default() }
    }

    /// The last entry of a table.
    pub(super) fn last(&self, table: &[u8]) -> Result<Option<Entry>, Error> {
        for page in self.db.scan_prefix(table).rev() {
            let (key, value) = page.map_err(|error| self.failed(&error))?;
            let mut content = self.content(&key, &value)?;
            let mut last = None;
            while let Some(value) = content.next() {
                last = Some((content.key.clone(), content.bytes[value].to_vec()));
            }
            if last.is_some() {
                return Ok(last);
            }
        }
        Ok(None)
    }

    fn content(&self, page: &[u8], value: &sled::IVec) -> Result<Content, Error> {
        let bytes = match value.split_first() {
            Some((&RAW, _)) => value.subslice(1, value.len() - 1),
            Some((&COMPRESSED, packed)) => sled::IVec::from(zip::decompress_all(packed).map_err(|_| self.damaged(page))?),
            _ => return Err(self.damaged(page)),
        };
        Ok(Content::new(bytes))
    }

    /// The page in which a key lies or would lie.
    fn page_of(&self, key: &[u8]) -> Result<Option<Arc<Page>>, Error> {
        let writes = {
            let mut read = self.read.lock();
            if let Some(page) = read.get(key) {
                return Ok(Some(page));
            }
            read.writes
        };
        let found = self.db.range(key.get(..1).unwrap_or_default()..=key).next_back().transpose();
        let Some((place, value)) = found.map_err(|error| self.failed(&error))? else { return Ok(None) };
        let page = Arc::new(Page { bytes: self.content(&place, &value)?.bytes, next: self.key_after(&place)?, key: place });
        if !matches!(Layout::of(key), Layout::Alone) {
            let mut read = self.read.lock();
            if read.writes == writes {
                read.put(&page);
            }
        }
        Ok(Some(page))
    }

    /// The key of the first page behind a key.
    fn key_after(&self, key: &[u8]) -> Result<Option<sled::IVec>, Error> {
        let next = self.db.range::<&[u8], _>((Bound::Excluded(key), Bound::Unbounded)).next().transpose();
        Ok(next.map_err(|error| self.failed(&error))?.map(|(key, _)| key))
    }

    /// The page behind another one.
    fn page_behind(&self, page: &Page) -> Result<Option<Arc<Page>>, Error> {
        self.first_behind(&page.key, page.next.clone())
    }

    /// The first page behind a key, supposed to be at `next`; it may be gone from there.
    fn first_behind(&self, key: &[u8], mut next: Option<sled::IVec>) -> Result<Option<Arc<Page>>, Error> {
        while let Some(place) = next {
            match self.page_of(&place)? {
                Some(found) if found.key.as_ref() > key => return Ok(Some(found)),
                _ => next = self.key_after(&place)?,
            }
        }
        Ok(None)
    }

    /// Writes all entries into other, empty pages: in order and in full pages they take the least space.
    pub(super) fn copy_to(&self, other: &Self) -> Result<(), Error> {
        const AT_ONCE: usize = 256 << 10;
        let (mut changes, mut bytes) = (Changes::default(), 0);
        for page in self.db.iter() {
            let (page, value) = page.map_err(|error| self.failed(&error))?;
            let mut content = self.content(&page, &value)?;
            while let Some(value) = content.next() {
                bytes += content.key.len() + value.len();
                changes.insert(content.key.clone(), &content.bytes[value]);
            }
            if bytes > AT_ONCE {
                other.apply(std::mem::take(&mut changes))?;
                bytes = 0;
            }
        }
        other.apply(changes)
    }

    /// Carries out changes, all or none.
    pub(super) fn apply(&self, changes: Changes) -> Result<(), Error> {
        let _turn = self.turn.lock();
        let mut batch = sled::Batch::default();
        // Pages that change, and whether they come or go.
        let mut written: Vec<(Vec<u8>, bool)> = Vec::new();
        let mut changes = changes.0.into_iter().peekable();
        while let Some((key, _)) = changes.peek() {
            let layout = Layout::of(key);
            if matches!(layout, Layout::Alone) {
                let Some((key, value)) = changes.next() else { break };
                written.push((key.clone(), true));
                match value {
                    Some(value) => batch.insert(key.as_slice(), encode(&[(key.clone(), value)], layout)),
                    None => batch.remove(key),
                }
                continue;
            }
            let table = key[..1].to_vec();
            let page = self.page_of(key)?;
            // The first page of a table begins with the table, so every later key has a page.
            let place = page.as_ref().map_or_else(|| table.clone(), |page| page.key.to_vec());
            let next = match &page {
                Some(page) => page.next.clone(),
                None => self.key_after(&place)?,
            };
            let end = next.filter(|next| next.starts_with(&table));
            let mut old = page.as_ref().map_or_else(Content::default, |page| Content::new(page.bytes.clone()));
            let mut entries: Vec<Entry> = Vec::new();
            let mut waiting = old.next();
            while let Some((key, value)) =
                changes.next_if(|(key, _)| key.starts_with(&table) && end.as_ref().is_none_or(|end| key.as_slice() < end.as_ref()))
            {
                while let Some(range) = waiting.take_if(|_| old.key < key) {
                    entries.push((old.key.clone(), old.bytes[range].to_vec()));
                    waiting = old.next();
                }
                if waiting.take_if(|_| old.key == key).is_some() {
                    waiting = old.next();
                }
                entries.extend(value.map(|value| (key, value)));
            }
            while let Some(range) = waiting {
                entries.push((old.key.clone(), old.bytes[range].to_vec()));
                waiting = old.next();
            }
            if entries.is_empty() {
                batch.remove(place.as_slice());
                written.push((place, true));
                continue;
            }
            for (number, part) in split(&entries, layout).into_iter().enumerate() {
                let place = if number == 0 { place.as_slice() } else { part[0].0.as_slice() };
                batch.insert(place, encode(part, layout));
                written.push((place.to_vec(), number > 0 || page.is_none()));
            }
        }
        let applied = self.db.apply_batch(batch).map_err(|error| self.failed(&error));
        let mut read = self.read.lock();
        read.writes += 1;
        for (place, comes_or_goes) in written {
            read.forget(&place);
            if comes_or_goes {
                read.forget_end_at(&place);
            }
        }
        applied
    }
}

/// The first key after all that begin with `prefix`.
fn after_all(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// Parts of about the same size, none larger than a page unless a single entry is.
fn split(entries: &[Entry], layout: Layout) -> Vec<&[Entry]> {
    let (Layout::Plain(most) | Layout::Compressed(most)) = layout else { return entries.chunks(1).collect() };
    let size = |entry: &Entry| entry.0.len() / 2 + entry.1.len() + 2;
    let total: usize = entries.iter().map(size).sum();
    let each = total / total.div_ceil(most).max(1);
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (number, entry) in entries.iter().enumerate() {
        if bytes >= each || (bytes > 0 && bytes + size(entry) > most) {
            parts.push(&entries[start..number]);
            (start, bytes) = (number, 0);
        }
        bytes += size(entry);
    }
    parts.push(&entries[start..]);
    parts
}

/// Each entry: how many bytes its key has in common with the one before, the rest of the key, the value.
fn encode(entries: &[Entry], layout: Layout) -> Vec<u8> {
    let mut bytes = vec![RAW];
    let mut before: &[u8] = &[];
    for (key, value) in entries {
        let shared = key.iter().zip(before).take_while(|(a, b)| a == b).count();
        put_varint(&mut bytes, shared as u64);
        put_varint(&mut bytes, (key.len() - shared) as u64);
        bytes.extend_from_slice(&key[shared..]);
        put_varint(&mut bytes, value.len() as u64);
        bytes.extend_from_slice(value);
        before = key;
    }
    if let Layout::Compressed(_) = layout
        && let Ok(packed) = zip::compress(&bytes[1..], 3)
        && packed.len() + 1 < bytes.len()
    {
        return [&[COMPRESSED], &packed[..]].concat();
    }
    bytes
}

/// A page being read.
#[derive(Default)]
struct Content {
    bytes: sled::IVec,
    read: usize,
    /// The key of the entry that [`Self::next`] gave.
    key: Vec<u8>,
}

impl Content {
    const fn new(bytes: sled::IVec) -> Self {
        Self { bytes, read: 0, key: Vec::new() }
    }

    /// Where the value of the next entry stands. What damage leaves is nonsense or the end, never a panic.
    fn next(&mut self) -> Option<std::ops::Range<usize>> {
        let rest = self.bytes.get(self.read..).filter(|rest| !rest.is_empty())?;
        let mut reader = Reader::new(rest);
        let length = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (shared, own) = (length(reader.varint()), length(reader.varint()));
        self.key.truncate(shared);
        self.key.extend_from_slice(reader.bytes(own));
        let value = length(reader.varint()).min(reader.rest().len());
        let start = self.bytes.len() - reader.rest().len();
        self.read = start + value;
        Some(start..start + value)
    }
}

/// Entries in order, as they are in the pages when these are reached; each key at most once.
pub(super) struct Scan<'a> {
    pages: &'a Pages,
    from: Bound<Vec<u8>>,
    to: Bound<Vec<u8>>,
    /// The page being read.
    page: Option<Arc<Page>>,
    content: Content,
}

impl Scan<'_> {
    fn step(&mut self) -> Result<Option<Entry>, Error> {
        loop {
            while let Some(value) = self.content.next() {
                let key = &self.content.key;
                let early = match &self.from {
                    Bound::Included(from) => key < from,
                    Bound::Excluded(from) => key <= from,
                    Bound::Unbounded => false,
                };
                let late = match &self.to {
                    Bound::Included(to) => key > to,
                    Bound::Excluded(to) => key >= to,
                    Bound::Unbounded => false,
                };
                if late {
                    return Ok(None);
                }
                if !early {
                    let entry = (key.clone(), self.content.bytes[value].to_vec());
                    // A page may be split while it is read: what was given already may come again with the next one.
                    self.from = Bound::Excluded(entry.0.clone());
                    return Ok(Some(entry));
                }
            }
            let next = match (&self.page, &self.from) {
                (Some(page), _) => self.pages.page_behind(page)?,
                (None, Bound::Included(from) | Bound::Excluded(from)) => match self.pages.page_of(from)? {
                    Some(page) => Some(page),
                    None => self.pages.first_behind(from, self.pages.key_after(from)?)?,
                },
                (None, Bound::Unbounded) => None,
            };
            let beyond = |page: &[u8]| match &self.to {
                Bound::Included(to) => page > to.as_slice(),
                Bound::Excluded(to) => page >= to.as_slice(),
                Bound::Unbounded => false,
            };
            let Some(page) = next.filter(|page| !beyond(&page.key)) else { return Ok(None) };
            self.content = Content::new(page.bytes.clone());
            self.page = Some(page);
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> impl Strategy<Value = Vec<u8>> {
        (prop::sample::select(&b"mrylhi"[..]), proptest::collection::vec(0_u8..4, 0..6))
            .prop_map(|(table, rest)| [vec![table], rest].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn pages_are_a_sorted_map(
            batches in proptest::collection::vec(proptest::collection::vec((key(), proptest::option::of((any::<u8>(), 0_usize..9_000))), 1..60), 1..8),
            from in key(),
            to in key(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let pages = Pages::open(folder.path(), 1 << 20).unwrap();
            let mut expected: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for batch in batches {
                let mut changes = Changes::default();
                for (key, value) in batch {
                    match value {
                        Some((byte, length)) => {
                            expected.insert(key.clone(), vec![byte; length]);
                            changes.insert(key, vec![byte; length]);
                        }
                        None => {
                            expected.remove(&key);
                            changes.remove(key);
                        }
                    }
                }
                pages.apply(changes).unwrap();
            }
            let all = |scan: Scan<'_>| scan.map(Result::unwrap).collect::<Vec<_>>();
            for table in [&b"m"[..], b"r", b"y", b"l", b"h", b"i"] {
                let of_table: Vec<_> = expected.iter().filter(|(key, _)| key.starts_with(table)).map(|(key, value)| (key.clone(), value.clone())).collect();
                prop_assert_eq!(pages.last(table).unwrap(), of_table.last().cloned());
                prop_assert_eq!(all(pages.scan_prefix(table)), of_table);
            }
            for key in expected.keys().chain([&from]) {
                prop_assert_eq!(pages.get(key).unwrap(), expected.get(key).cloned());
            }
            let (from, to) = (from.clone().min(to.clone()), from.max(to));
            let between: Vec<_> = expected.range(from.clone()..=to.clone()).map(|(key, value)| (key.clone(), value.clone())).collect();
            prop_assert_eq!(all(pages.scan(Bound::Included(&from), Bound::Included(&to))), between);
        }

        #[test]
        fn what_was_read_before_a_change_is_not_read_after_it(
            batches in proptest::collection::vec(proptest::collection::vec((key(), proptest::option::of(0_usize..9_000)), 1..20), 1..12),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let pages = Pages::open(folder.path(), 1 << 20).unwrap();
            let mut expected: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for (number, batch) in (0_u8..).zip(batches) {
                let mut changes = Changes::default();
                for (key, length) in batch {
                    let value = length.map(|length| vec![number; length]);
                    match &value {
                        Some(value) => expected.insert(key.clone(), value.clone()),
                        None => expected.remove(&key),
                    };
                    changes.0.insert(key, value);
                }
                pages.apply(changes).unwrap();
                for table in [&b"m"[..], b"r", b"y", b"l", b"h", b"i"] {
                    let of_table: Vec<_> = expected.iter().filter(|(key, _)| key.starts_with(table)).map(|(key, value)| (key.clone(), value.clone())).collect();
                    prop_assert_eq!(pages.scan_prefix(table).map(Result::unwrap).collect::<Vec<_>>(), of_table);
                }
                for key in expected.keys() {
                    prop_assert_eq!(pages.get(key).unwrap(), expected.get(key).cloned());
                }
            }
        }

        #[test]
        fn damaged_pages_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut content = Content { bytes: bytes.into(), ..Content::default() };
            while content.next().is_some() {}
        }
    }
}
