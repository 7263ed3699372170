//! Frames that were read lately, decompressed, up to a number of bytes.
//!
//! A rebuild goes from entity to entity, and the streams of a facet and origin lie in that order: most of what it asks for
//! is in a frame that it had a moment ago. A person who steps through days asks for the same frames again.

use std::sync::Arc;

use lru::LruCache;

use super::Window;
use super::frame::Group;
use crate::model::Layer;

/// The file and the frame's number in it.
pub(super) type Key = (Layer, Window, i64);

/// What is kept.
const ROOM: usize = 16 << 20;

/// What is kept for each file while all streams are read: the frames that some ten facets and origins are just at.
const ROOM_FOR_A_FILE: usize = 3 << 20;

/// Not exceeded however many files there are: then some frames are decompressed again.
const MOST: usize = 64 << 20;

/// The least recently used leaves first.
#[derive(Debug)]
pub(super) struct Cache {
    groups: LruCache<Key, Arc<Group>>,
    bytes: usize,
    room: usize,
    reading_all: bool,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self { groups: LruCache::unbounded(), bytes: 0, room: ROOM, reading_all: false }
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<Group>> {
        self.groups.get(key).map(Arc::clone)
    }

    pub(super) fn put(&mut self, key: Key, group: Arc<Group>) {
        // Who reads every stream once does not come back for a stream that has a frame to itself.
        if self.reading_all && group.streams().nth(1).is_none() {
            return;
        }
        self.bytes += group.bytes();
        if let Some(other) = self.groups.put(key, group) {
            self.bytes -= other.bytes();
        }
        self.shrink();
    }

    /// From now on every stream of so many files is read, each once.
    pub(super) fn begin_reading_all(&mut self, files: usize) {
        self.room = files.saturating_mul(ROOM_FOR_A_FILE).min(MOST);
        self.reading_all = true;
        self.shrink();
    }

    /// See [`Self::begin_reading_all`].
    pub(super) fn end_reading_all(&mut self) {
        self.room = ROOM;
        self.reading_all = false;
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.bytes > self.room
            && let Some((_, group)) = self.groups.pop_lru()
        {
            self.bytes -= group.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of this many streams with a mebibyte of lines each.
    fn group(streams: u32) -> Arc<Group> {
        let line = |no| format!(r#"{{"stream":{no},"at":"2026-03-01T08:30:00Z","commit":2,"body":"{}"}}"#, "x".repeat(1 << 20));
        let text = (0..streams).map(line).collect::<Vec<_>>().join("\n");
        Arc::new(Group::decode(&zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap())
    }

    #[test]
    fn what_was_used_last_stays_and_its_size_is_bounded() {
        let key = |no| (Layer::Observed, Window(1), no);
        let mut cache = Cache::new();
        let (one, two) = (group(1), group(2));
        for no in 0..40 {
            cache.put(key(no), Arc::clone(&one));
            assert!(cache.get(&key(0)).is_some() && cache.bytes <= ROOM);
        }
        assert!(cache.get(&key(39)).is_some() && cache.get(&key(1)).is_none());
        cache.begin_reading_all(10);
        cache.put(key(40), one);
        assert!(cache.get(&key(40)).is_none());
        (50..80).for_each(|no| cache.put(key(no), Arc::clone(&two)));
        assert!((27 << 20..30 << 20).contains(&cache.bytes), "{}", cache.bytes);
        cache.begin_reading_all(1000);
        (80..120).for_each(|no| cache.put(key(no), Arc::clone(&two)));
        assert!((60 << 20..MOST).contains(&cache.bytes), "{}", cache.bytes);
        cache.end_reading_all();
        assert!(cache.bytes <= ROOM && cache.get(&key(119)).is_some());
    }
}
