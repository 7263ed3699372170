//! What the newest commits added, in memory: a commit is then a few entries of the engine, not thousands.
//!
//! Each batch leaves one log entry a kind, from which this is read again at the next start. Steps move into blocks when
//! a window is packed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::block::{Block, Moments, Step};
use super::codec::{Head, Reader, put_varint};
use crate::model::{Commit, EntityId, Instant, Layer, StreamNo};
use crate::store::journal::Position;
use crate::zip;

/// So many steps at most; then they move into blocks even if no window ends.
pub(super) const MOST_STEPS: usize = 400_000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Hot {
    pub(super) steps: BTreeMap<(u16, EntityId), Block>,
    pub(super) step_count: usize,
    /// Newest volatile-only differences.
    pub(super) pending: BTreeMap<StreamNo, PackedHead>,
    /// Newest versions, or that there is none any more.
    pub(super) heads: BTreeMap<StreamNo, Option<PackedHead>>,
    pub(super) positions: HashMap<StreamNo, Vec<(Instant, Layer, Position)>>,
    /// The number that the next log entry gets.
    pub(super) next: u64,
}

impl Hot {
    pub(super) fn put(&mut self, field: u16, entity: EntityId, step: Step) {
        let block = self.steps.entry((field, entity)).or_default();
        let before = block.0.len();
        block.put(step);
        self.step_count += block.0.len() - before;
    }

    pub(super) fn remove(&mut self, entities: &HashSet<EntityId>) {
        if entities.is_empty() {
            return;
        }
        self.steps.retain(|(_, entity), _| !entities.contains(entity));
        self.step_count = self.steps.values().map(|block| block.0.len()).sum();
    }

    pub(super) fn of(&self, field: u16, entity: EntityId) -> &[Step] {
        self.steps.get(&(field, entity)).map_or(&[], |block| &block.0)
    }

    pub(super) fn entities(&self) -> HashSet<EntityId> {
        self.steps.keys().map(|(_, entity)| *entity).collect()
    }

    pub(super) fn set_pending(&mut self, stream: StreamNo, head: Option<&[u8]>) {
        match head {
            Some(head) => self.pending.insert(stream, PackedHead::new(head)),
            None => self.pending.remove(&stream),
        };
    }

    pub(super) fn set_head(&mut self, stream: StreamNo, head: Option<&[u8]>) {
        self.heads.insert(stream, head.map(PackedHead::new));
    }

    /// As [`Self::set_head`] for one that is older than those already known.
    pub(super) fn set_head_before(&mut self, stream: StreamNo, head: Option<&[u8]>) {
        self.heads.entry(stream).or_insert_with(|| head.map(PackedHead::new));
    }

    pub(super) fn put_positions(&mut self, position: Position, layer: Layer, versions: impl Iterator<Item = (StreamNo, Instant)>) {
        for (stream, at) in versions {
            let all = self.positions.entry(stream).or_default();
            let place = all.partition_point(|(since, of, known)| (*since, *of, *known) < (at, layer, position));
            // A commit that is carried over twice is noted once; of two at one instant the later one counts.
            all.retain({
                let mut index = 0;
                move |(since, of, _)| {
                    index += 1;
                    index > place || (*since, *of) != (at, layer)
                }
            });
            let place = all.partition_point(|(since, of, known)| (*since, *of, *known) < (at, layer, position));
            if all.get(place) != Some(&(at, layer, position)) {
                all.insert(place, (at, layer, position));
            }
        }
    }

    pub(super) fn forget_positions(&mut self, gone: &HashSet<Position>) {
        self.positions.retain(|_, all| {
            all.retain(|(_, _, position)| !gone.contains(position));
            !all.is_empty()
        });
    }
}

/// The steps of a batch and the entities whose earlier ones it withdraws.
pub(super) fn encode_steps(steps: &BTreeMap<(u16, EntityId), Block>, removed: &HashSet<EntityId>, moments: &Moments) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut removed: Vec<_> = removed.iter().collect();
    removed.sort_unstable();
    put_varint(&mut bytes, removed.len() as u64);
    removed.iter().for_each(|entity| put_varint(&mut bytes, u64::from(entity.0)));
    for ((field, entity), block) in steps {
        let content = block.encode(moments);
        put_varint(&mut bytes, u64::from(*field));
        put_varint(&mut bytes, u64::from(entity.0));
        put_varint(&mut bytes, content.len() as u64);
        bytes.extend_from_slice(&content);
    }
    zip::compress(&bytes, 3).unwrap_or_default()
}

pub(super) fn decode_steps(packed: &[u8], moments: &Moments, hot: &mut Hot) {
    let bytes = zip::decompress_all(packed).unwrap_or_default();
    let mut reader = Reader::new(&bytes);
    let count = reader.varint();
    let removed: HashSet<EntityId> = (0..count).map(|_| EntityId(narrow(reader.varint()))).collect();
    hot.remove(&removed);
    while !reader.is_empty() {
        let (field, entity, length) = (reader.varint(), EntityId(narrow(reader.varint())), reader.varint());
        let content = reader.bytes(usize::try_from(length).unwrap_or(usize::MAX));
        for step in Block::decode(content, moments).0 {
            hot.put(u16::try_from(field).unwrap_or(u16::MAX), entity, step);
        }
    }
}

/// An encoded head, compressed.
#[derive(Debug)]
pub(super) struct PackedHead(Vec<u8>);

impl PackedHead {
    fn new(head: &[u8]) -> Self {
        Self(zip::compress(head, 1).unwrap_or_default())
    }

    pub(super) fn encoded(&self) -> Vec<u8> {
        zip::decompress_all(&self.0).unwrap_or_default()
    }

    pub(super) fn head(&self) -> Option<Head> {
        Head::decode(&self.encoded())
    }
}

/// Encoded heads, or their absence, of one batch.
pub(super) fn encode_heads(heads: &[(StreamNo, Option<Vec<u8>>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (stream, head) in heads {
        put_varint(&mut bytes, u64::from(stream.0));
        put_varint(&mut bytes, head.as_ref().map_or(0, |head| head.len() as u64 + 1));
        bytes.extend_from_slice(head.as_deref().unwrap_or_default());
    }
    zip::compress(&bytes, 3).unwrap_or_default()
}

pub(super) fn decode_heads(packed: &[u8], mut each: impl FnMut(StreamNo, Option<&[u8]>)) {
    let bytes = zip::decompress_all(packed).unwrap_or_default();
    let mut reader = Reader::new(&bytes);
    while !reader.is_empty() {
        let stream = StreamNo(narrow(reader.varint()));
        match reader.varint() {
            0 => each(stream, None),
            length => each(stream, Some(reader.bytes(usize::try_from(length - 1).unwrap_or(usize::MAX)))),
        }
    }
}

/// The streams and times of a commit's versions, which are in their order.
#[expect(clippy::cast_sign_loss, reason = "zigzag: small numbers of either sign are small")]
pub(super) fn encode_versions(commit: &Commit) -> Vec<u8> {
    let mut bytes = vec![commit.layer as u8];
    let mut last = 0;
    for version in &commit.versions {
        put_varint(&mut bytes, u64::from(version.stream.0 - last));
        last = version.stream.0;
        let apart = version.at.micros().wrapping_sub(commit.at.micros());
        put_varint(&mut bytes, ((apart << 1) ^ (apart >> 63)) as u64);
    }
    bytes
}

#[expect(clippy::cast_possible_wrap, reason = "the inverse of `encode_versions`")]
pub(super) fn decode_versions(bytes: &[u8], recorded: Instant) -> (Layer, Vec<(StreamNo, Instant)>) {
    let mut reader = Reader::new(bytes);
    let layer = if reader.u8() == Layer::Backfilled as u8 { Layer::Backfilled } else { Layer::Observed };
    let (mut stream, mut all) = (0_u32, Vec::new());
    while !reader.is_empty() {
        stream = stream.wrapping_add(narrow(reader.varint()));
        let apart = reader.varint();
        all.push((StreamNo(stream), recorded.plus_micros(((apart >> 1) as i64) ^ -((apart & 1) as i64))));
    }
    (layer, all)
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
