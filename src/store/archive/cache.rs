//! Frames that were read lately, decompressed, up to a number of bytes.
//!
//! Neighbours are asked for one after the other: a rebuild goes from entity to entity, and the streams of a class lie in that
//! order, so most of what it asks for is in the frame that it had a moment ago.

use std::sync::Arc;

use lru::LruCache;

use super::Window;
use super::frame::Group;
use crate::model::Layer;

/// The file and the frame's number in it.
pub(super) type Key = (Layer, Window, i64);

/// The least recently used leaves first.
#[derive(Debug)]
pub(super) struct Cache {
    groups: LruCache<Key, Arc<Group>>,
    bytes: usize,
    room: usize,
}

impl Cache {
    pub(super) fn new(room: usize) -> Self {
        Self { groups: LruCache::unbounded(), bytes: 0, room }
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<Group>> {
        self.groups.get(key).map(Arc::clone)
    }

    pub(super) fn put(&mut self, key: Key, group: Arc<Group>) {
        self.bytes += group.bytes();
        if let Some(other) = self.groups.put(key, group) {
            self.bytes -= other.bytes();
        }
        self.shrink();
    }

    /// Sets how many bytes may stay.
    pub(super) fn give_room(&mut self, room: usize) {
        self.room = room;
        self.shrink();
    }

    /// What all of them take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn shrink(&mut self) {
        while self.bytes > self.room
            && let Some((_, group)) = self.groups.pop_lru()
        {
            self.bytes -= group.bytes();
        }
    }
}
