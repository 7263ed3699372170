//! What changed of one entity within one window of time: the timeline of an entity without its rows.
//!
//! Rows lie by field, as lists need them, so a year of one entity is spread over hundreds of blocks. Here the same changes
//! lie together, in a byte or two each: by field, because most fields change at a steady pace.

use super::block::{Moments, put_signed, signed};
use super::codec::{Reader, put_varint};
use crate::model::Instant;

/// Changes as field number, symbol and instant; in no order until they are encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changed(pub(super) Vec<(u16, u32, Instant)>);

impl Changed {
    /// In order of field, symbol, time; each once.
    pub(super) fn encode(mut self, moments: &Moments) -> Vec<u8> {
        self.0.sort_unstable();
        self.0.dedup();
        let mut bytes = Vec::with_capacity(16 + self.0.len() * 2);
        let (mut last_field, mut moment, mut micros) = (0, 0, 0);
        for of_path in self.0.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (field, symbol, _) = of_path[0];
            put_varint(&mut bytes, u64::from(field - last_field));
            put_varint(&mut bytes, u64::from(symbol));
            put_varint(&mut bytes, of_path.len() as u64);
            last_field = field;
            for (_, _, at) in of_path {
                // Numbers of moments are below 2^32, so there is room for a mark; 1 says that the time is spelled out.
                match moments.number(*at) {
                    Some(number) => {
                        put_signed(&mut bytes, (number - moment) * 2);
                        moment = number;
                    }
                    None => {
                        put_signed(&mut bytes, 1);
                        put_signed(&mut bytes, at.micros().wrapping_sub(micros));
                        micros = at.micros();
                    }
                }
            }
        }
        bytes
    }

    /// Calls `visit` with field number, symbol and instant of every encoded change; damage ends it early.
    pub(super) fn visit(bytes: &[u8], moments: &Moments, mut visit: impl FnMut(u16, u32, Instant)) {
        let mut reader = Reader::new(bytes);
        let (mut field, mut moment, mut micros) = (0_u16, 0_i64, 0_i64);
        while !reader.is_empty() {
            field = field.wrapping_add(u16::try_from(reader.varint()).unwrap_or(u16::MAX));
            let symbol = u32::try_from(reader.varint()).unwrap_or(u32::MAX);
            for _ in 0..reader.varint() {
                if reader.is_empty() {
                    return;
                }
                let at = match signed(&mut reader) {
                    1 => {
                        micros = micros.wrapping_add(signed(&mut reader));
                        Instant::from_micros(micros)
                    }
                    doubled => {
                        moment = moment.wrapping_add(doubled / 2);
                        moments.at(moment)
                    }
                };
                visit(field, symbol, at);
            }
        }
    }

    pub(super) fn decode(bytes: &[u8], moments: &Moments) -> Self {
        let mut all = Vec::new();
        Self::visit(bytes, moments, |field, symbol, at| all.push((field, symbol, at)));
        Self(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn changes_round_trip(changes in proptest::collection::btree_set((0_u16..4, 0_u32..3, any::<i64>()), 0..60)) {
            let at = |at: i64| Instant::from_micros(if at % 3 == 0 { at.rem_euclid(50) } else { at });
            let mut all: Vec<_> = changes.into_iter().map(|(field, symbol, time)| (field, symbol, at(time))).collect();
            let moments = Moments((0..50).step_by(2).map(Instant::from_micros).collect());
            let encoded = Changed(all.clone()).encode(&moments);
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(Changed::decode(&encoded, &moments).0, all);
        }

        #[test]
        fn damaged_changes_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Changed::decode(&bytes, &Moments::default());
        }
    }
}
