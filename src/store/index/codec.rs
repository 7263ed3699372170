//! The bytes of keys and values. Keys sort as their parts do: big endian, times with the sign turned.

use super::events::{EventNo, EventPlace};
use crate::model::{CommitNumber, EntityId, Instant, Kind, Layer, ResourceNo, StreamNo};
use crate::store::journal::Position;

/// Builds and takes apart keys; the first byte is the table.
pub(super) struct Key;

impl Key {
    pub(super) const META: &'static [u8] = b"m";
    pub(super) const SYMBOLS: &'static [u8] = b"y";
    pub(super) const TEXTS: &'static [u8] = b"Y";
    pub(super) const FIELDS: &'static [u8] = b"f";
    pub(super) const KIND_FIELDS: &'static [u8] = b"g";
    pub(super) const ROWS: &'static [u8] = b"r";
    pub(super) const TOUCHED: &'static [u8] = b"t";
    pub(super) const CHANGED: &'static [u8] = b"c";
    pub(super) const KNOWN: &'static [u8] = b"b";
    pub(super) const EDGES: &'static [u8] = b"i";
    pub(super) const HEADS: &'static [u8] = b"h";
    pub(super) const NEWEST: &'static [u8] = b"n";
    pub(super) const PENDING: &'static [u8] = b"v";
    pub(super) const POSITIONS: &'static [u8] = b"j";
    pub(super) const WINDOWS: &'static [u8] = b"w";
    pub(super) const COMMITS: &'static [u8] = b"k";
    pub(super) const MOMENTS: &'static [u8] = b"o";
    pub(super) const HOT: &'static [u8] = b"l";
    pub(super) const EVENTS: &'static [u8] = b"e";
    pub(super) const EVENT_NUMBERS: &'static [u8] = b"d";
    pub(super) const EVENTS_OF: &'static [u8] = b"q";

    fn of(table: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let mut key = Vec::with_capacity(32);
        key.extend_from_slice(table);
        for part in parts {
            key.extend_from_slice(part);
        }
        key
    }

    pub(super) fn meta(name: &str) -> Vec<u8> {
        Self::of(Self::META, &[name.as_bytes()])
    }

    pub(super) fn symbol(text: &str) -> Vec<u8> {
        Self::of(Self::SYMBOLS, &[text.as_bytes()])
    }

    pub(super) fn text(symbol: u32) -> Vec<u8> {
        Self::of(Self::TEXTS, &[&symbol.to_be_bytes()])
    }

    pub(super) fn field(number: u16) -> Vec<u8> {
        Self::of(Self::FIELDS, &[&number.to_be_bytes()])
    }

    pub(super) fn kind_field(kind: Kind, number: u16) -> Vec<u8> {
        Self::of(Self::KIND_FIELDS, &[&[kind as u8], &number.to_be_bytes()])
    }

    pub(super) fn rows_of_field(field: u16) -> Vec<u8> {
        Self::of(Self::ROWS, &[&field.to_be_bytes()])
    }

    pub(super) fn rows_of(field: u16, entity: EntityId) -> Vec<u8> {
        Self::of(Self::ROWS, &[&field.to_be_bytes(), &entity.0.to_be_bytes()])
    }

    pub(super) fn rows(field: u16, entity: EntityId, window: u16) -> Vec<u8> {
        Self::of(Self::ROWS, &[&field.to_be_bytes(), &entity.0.to_be_bytes(), &window.to_be_bytes()])
    }

    pub(super) fn parse_rows(key: &[u8]) -> (u16, EntityId, u16) {
        let mut reader = Reader::new(&key[1..]);
        (reader.u16(), EntityId(reader.u32()), reader.u16())
    }

    pub(super) fn touched(at: Instant) -> Vec<u8> {
        Self::of(Self::TOUCHED, &[&time(at)])
    }

    pub(super) fn changed(entity: EntityId, window: u16) -> Vec<u8> {
        Self::of(Self::CHANGED, &[&entity.0.to_be_bytes(), &window.to_be_bytes()])
    }

    pub(super) fn known(at: Instant, entity: EntityId) -> Vec<u8> {
        Self::of(Self::KNOWN, &[&time(at), &entity.0.to_be_bytes()])
    }

    pub(super) fn known_from(at: Instant) -> Vec<u8> {
        Self::of(Self::KNOWN, &[&time(at)])
    }

    pub(super) fn parse_known(key: &[u8]) -> EntityId {
        let mut reader = Reader::new(&key[1..]);
        reader.instant();
        EntityId(reader.u32())
    }

    pub(super) fn parse_touched(key: &[u8]) -> Instant {
        Reader::new(&key[1..]).instant()
    }

    pub(super) fn moment(number: u32) -> Vec<u8> {
        Self::of(Self::MOMENTS, &[&number.to_be_bytes()])
    }

    pub(super) fn edges_to(target: u32) -> Vec<u8> {
        Self::of(Self::EDGES, &[&target.to_be_bytes()])
    }

    pub(super) fn edges_by(target: u32, field: u16) -> Vec<u8> {
        Self::of(Self::EDGES, &[&target.to_be_bytes(), &field.to_be_bytes()])
    }

    pub(super) fn edge(target: u32, field: u16, source: EntityId, symbol: u32, at: Instant) -> Vec<u8> {
        Self::of(Self::EDGES, &[&target.to_be_bytes(), &field.to_be_bytes(), &source.0.to_be_bytes(), &symbol.to_be_bytes(), &time(at)])
    }

    pub(super) fn parse_edge_target(key: &[u8]) -> u32 {
        Reader::new(&key[1..]).u32()
    }

    pub(super) fn parse_edge(key: &[u8]) -> (u16, EntityId, u32, Instant) {
        let mut reader = Reader::new(&key[5..]);
        (reader.u16(), EntityId(reader.u32()), reader.u32(), reader.instant())
    }

    pub(super) fn head(stream: StreamNo) -> Vec<u8> {
        Self::of(Self::HEADS, &[&stream.0.to_be_bytes()])
    }

    pub(super) fn pending(number: u64) -> Vec<u8> {
        Self::of(Self::PENDING, &[&number.to_be_bytes()])
    }

    pub(super) fn newest(number: u64) -> Vec<u8> {
        Self::of(Self::NEWEST, &[&number.to_be_bytes()])
    }

    pub(super) fn hot(number: u64) -> Vec<u8> {
        Self::of(Self::HOT, &[&number.to_be_bytes()])
    }

    pub(super) fn number(key: &[u8]) -> u64 {
        Reader::new(&key[1..]).u64()
    }

    pub(super) fn position(position: Position) -> Vec<u8> {
        Self::of(Self::POSITIONS, &[&position.to_bytes()])
    }

    pub(super) fn parse_position(key: &[u8]) -> Position {
        decode_position(&key[1..])
    }

    pub(super) fn windows(stream: StreamNo) -> Vec<u8> {
        Self::of(Self::WINDOWS, &[&stream.0.to_be_bytes()])
    }

    pub(super) fn event(EventPlace { at, kind, no }: EventPlace) -> Vec<u8> {
        Self::of(Self::EVENTS, &[&[kind as u8], &time(at), &no.0.to_be_bytes()])
    }

    pub(super) fn event_number(no: EventNo) -> Vec<u8> {
        Self::of(Self::EVENT_NUMBERS, &[&no.0.to_be_bytes()])
    }

    pub(super) fn events_of(resource: ResourceNo) -> Vec<u8> {
        Self::of(Self::EVENTS_OF, &[&resource.0.to_be_bytes()])
    }

    pub(super) fn event_of(resource: ResourceNo, EventPlace { at, kind, no }: EventPlace) -> Vec<u8> {
        Self::of(Self::EVENTS_OF, &[&resource.0.to_be_bytes(), &[kind as u8], &time(at), &no.0.to_be_bytes()])
    }

    pub(super) fn commit(number: CommitNumber) -> Vec<u8> {
        Self::of(Self::COMMITS, &[&number.to_be_bytes()])
    }
}

#[expect(clippy::cast_sign_loss, reason = "turning the sign bit keeps the order of signed times")]
pub(super) fn time(at: Instant) -> [u8; 8] {
    ((at.micros() as u64) ^ (1 << 63)).to_be_bytes()
}

/// Reads fixed parts one after the other; what is missing reads as zero, so damage shows as nonsense, not as a panic.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_at_checked(N) {
            Some((head, rest)) => {
                self.0 = rest;
                head.try_into().unwrap_or([0; N])
            }
            None => {
                self.0 = &[];
                [0; N]
            }
        }
    }

    pub(super) fn u8(&mut self) -> u8 {
        self.take::<1>()[0]
    }

    pub(super) fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take())
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take())
    }

    pub(super) fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.take())
    }

    #[expect(clippy::cast_possible_wrap, reason = "the inverse of `time`")]
    pub(super) fn instant(&mut self) -> Instant {
        Instant::from_micros((self.u64() ^ (1 << 63)) as i64)
    }

    pub(super) fn varint(&mut self) -> u64 {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    /// The next bytes, fewer if there are not as many.
    pub(super) fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        bytes
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
pub(super) fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The newest version of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Since when it holds.
    pub at: Instant,
    /// The commit that recorded it.
    pub commit: CommitNumber,
    /// Its layer.
    pub layer: Layer,
    /// Where a person can check.
    pub check: Option<String>,
    /// Canonical JSON; `None` if the source withdrew.
    pub body: Option<String>,
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(&time(self.at));
        bytes.extend_from_slice(&self.commit.to_be_bytes());
        bytes.push(self.layer as u8);
        let check = self.check.as_deref().unwrap_or("");
        put_varint(&mut bytes, check.len() as u64);
        bytes.extend_from_slice(check.as_bytes());
        if let Some(body) = &self.body {
            put_varint(&mut bytes, body.len() as u64 + 1);
            bytes.extend_from_slice(body.as_bytes());
        } else {
            put_varint(&mut bytes, 0);
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (at, commit) = (reader.instant(), reader.u64());
        let layer = if reader.u8() == Layer::Backfilled as u8 { Layer::Backfilled } else { Layer::Observed };
        let check_length = usize::try_from(reader.varint()).ok()?;
        let (check, rest) = reader.rest().split_at_checked(check_length)?;
        let check = String::from_utf8(check.to_vec()).ok()?;
        let mut reader = Reader::new(rest);
        let body = match usize::try_from(reader.varint()).ok()? {
            0 => None,
            length => Some(String::from_utf8(reader.rest().get(..length - 1)?.to_vec()).ok()?),
        };
        Some(Self { at, commit, layer, check: Some(check).filter(|check| !check.is_empty()), body })
    }
}

pub(super) fn decode_position(bytes: &[u8]) -> Position {
    let mut reader = Reader::new(bytes);
    Position { file: reader.u64(), offset: reader.u64() }
}

pub(super) fn encode_windows(windows: &[(Layer, i32)]) -> Vec<u8> {
    windows.iter().flat_map(|(layer, window)| std::iter::once(*layer as u8).chain(window.to_be_bytes())).collect()
}

pub(super) fn decode_windows(bytes: &[u8]) -> Vec<(Layer, i32)> {
    bytes
        .chunks_exact(5)
        .map(|chunk| {
            let layer = if chunk[0] == Layer::Backfilled as u8 { Layer::Backfilled } else { Layer::Observed };
            (layer, i32::from_be_bytes([chunk[1], chunk[2], chunk[3], chunk[4]]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_sort_by_time(a in any::<i64>(), b in any::<i64>()) {
            let key = |at| Key::touched(Instant::from_micros(at));
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
            prop_assert_eq!(Key::parse_touched(&key(a)), Instant::from_micros(a));
        }

        #[test]
        fn heads_round_trip(at in any::<i64>(), commit in any::<u64>(), check in proptest::option::of("[a-z]{1,9}"), body in proptest::option::of("\\PC{0,300}")) {
            let head = Head { at: Instant::from_micros(at), commit, layer: Layer::Backfilled, check, body };
            prop_assert_eq!(Head::decode(&head.encode()), Some(head));
        }

        #[test]
        fn damaged_heads_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Head::decode(&bytes);
        }

        #[test]
        fn varints_round_trip(value in any::<u64>()) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            prop_assert_eq!(Reader::new(&bytes).varint(), value);
        }
    }
}
