//! The steps of one field of one entity within one window of time, in a few bytes each.
//!
//! A step of a number that is restated daily takes four or five bytes; one key and one value a step would take forty,
//! and the engine as much again.

use serde_json::Value;

use super::codec::{Reader, put_varint};
use crate::catalog::RowFlags;
use crate::model::{Instant, StreamNo};
use crate::store::index::StoredRow;

/// Microseconds of a window: 64 days, as in the archive.
const WINDOW: i64 = 64 * 86_400 * 1_000_000;

const CHANGE: u8 = 1;
const BACKFILLED: u8 = 2;
const ABSENT: u8 = 4;
const SAME_SYMBOL: u8 = 8;
const SAME_SPEAKER: u8 = 16;
/// The time stands here and not in the table of moments.
const OWN_TIME: u8 = 32;

/// The window of an instant, in order of time; instants beyond two thousand years either way share the outermost ones.
pub(super) fn window_of(at: Instant) -> u16 {
    let window = at.micros().div_euclid(WINDOW).clamp(-0x8000, 0x7fff) + 0x8000;
    u16::try_from(window).unwrap_or(u16::MAX)
}

/// Instants of commits, ascending: a step names its instant by its place in this table.
#[derive(Debug, Default)]
pub(super) struct Moments(pub(super) Vec<Instant>);

impl Moments {
    pub(super) fn number(&self, at: Instant) -> Option<i64> {
        self.0.binary_search(&at).ok().and_then(|number| i64::try_from(number).ok())
    }

    pub(super) fn at(&self, number: i64) -> Instant {
        usize::try_from(number).ok().and_then(|number| self.0.get(number)).copied().unwrap_or(Instant::MIN)
    }
}

/// A step with its value as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) symbol: u32,
    pub(super) at: Instant,
    pub(super) flags: RowFlags,
    pub(super) said_by: StreamNo,
    pub(super) value: Option<Box<str>>,
}

impl Step {
    pub(super) fn into_row(self) -> StoredRow {
        let value = self.value.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        StoredRow { symbol: self.symbol, at: self.at, value, said_by: self.said_by, flags: self.flags }
    }
}

/// Steps in order of symbol, then time, each (symbol, time) once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block(pub(super) Vec<Step>);

impl Block {
    /// Adds a step, in place of one at the same symbol and time.
    pub(super) fn put(&mut self, step: Step) {
        match self.0.binary_search_by_key(&(step.symbol, step.at), |step| (step.symbol, step.at)) {
            Ok(place) => self.0[place] = step,
            Err(place) => self.0.insert(place, step),
        }
    }

    pub(super) fn encode(&self, moments: &Moments) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 + self.0.len() * 8);
        let (mut symbol, mut speaker, mut moment, mut number) = (0, 0, 0_i64, 0_i64);
        for step in &self.0 {
            let known = moments.number(step.at);
            let same_symbol = step.symbol == symbol;
            bytes.push(
                if step.flags.change { CHANGE } else { 0 }
                    | if step.flags.backfilled { BACKFILLED } else { 0 }
                    | if step.value.is_none() { ABSENT } else { 0 }
                    | if same_symbol { SAME_SYMBOL } else { 0 }
                    | if step.said_by.0 == speaker { SAME_SPEAKER } else { 0 }
                    | if known.is_none() { OWN_TIME } else { 0 },
            );
            if !same_symbol {
                put_varint(&mut bytes, u64::from(step.symbol));
                (symbol, number) = (step.symbol, 0);
            }
            if step.said_by.0 != speaker {
                put_varint(&mut bytes, u64::from(step.said_by.0));
                speaker = step.said_by.0;
            }
            match known {
                Some(known) => {
                    put_signed(&mut bytes, known - moment);
                    moment = known;
                }
                None => put_signed(&mut bytes, step.at.micros()),
            }
            let Some(text) = &step.value else { continue };
            match decimal(text) {
                Some((places, scaled)) => {
                    put_varint(&mut bytes, u64::from(places));
                    put_signed(&mut bytes, scaled.wrapping_sub(number));
                    number = scaled;
                }
                None => {
                    put_varint(&mut bytes, text.len() as u64 + TEXT);
                    bytes.extend_from_slice(text.as_bytes());
                }
            }
        }
        bytes
    }

    /// Calls `visit` with every step of an encoded block; damage ends it early.
    pub(super) fn visit<'a>(bytes: &'a [u8], moments: &Moments, mut visit: impl FnMut(u32, Instant, RowFlags, StreamNo, Content<'a>)) {
        let mut reader = Reader::new(bytes);
        let (mut symbol, mut speaker, mut moment, mut number) = (0, 0, 0_i64, 0_i64);
        while !reader.is_empty() {
            let head = reader.u8();
            if head & SAME_SYMBOL == 0 {
                (symbol, number) = (u32::try_from(reader.varint()).unwrap_or(u32::MAX), 0);
            }
            if head & SAME_SPEAKER == 0 {
                speaker = u32::try_from(reader.varint()).unwrap_or(u32::MAX);
            }
            let at = if head & OWN_TIME != 0 {
                Instant::from_micros(signed(&mut reader))
            } else {
                moment = moment.wrapping_add(signed(&mut reader));
                moments.at(moment)
            };
            let content = if head & ABSENT != 0 {
                Content::Absent
            } else {
                match reader.varint() {
                    places @ 0..TEXT => {
                        number = number.wrapping_add(signed(&mut reader));
                        Content::Number(places, number)
                    }
                    length => Content::Text(reader.bytes(usize::try_from(length - TEXT).unwrap_or(usize::MAX))),
                }
            };
            let flags = RowFlags { change: head & CHANGE != 0, backfilled: head & BACKFILLED != 0 };
            visit(symbol, at, flags, StreamNo(speaker), content);
        }
    }

    pub(super) fn decode(bytes: &[u8], moments: &Moments) -> Self {
        let mut steps = Vec::new();
        Self::visit(bytes, moments, |symbol, at, flags, said_by, content| {
            steps.push(Step { symbol, at, flags, said_by, value: content.text() });
        });
        Self(steps)
    }
}

/// Values from here on are texts, by their length; below, numbers by their decimal places.
const TEXT: u64 = 4;

/// A step's value as it stands in the block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    Absent,
    Number(u64, i64),
    Text(&'a [u8]),
}

impl Content<'_> {
    pub(super) fn text(self) -> Option<Box<str>> {
        match self {
            Self::Absent => None,
            Self::Number(places, scaled) => Some(format_decimal(places, scaled).into()),
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into()),
        }
    }

    pub(super) fn value(self) -> Option<Value> {
        match self {
            Self::Absent => None,
            Self::Number(0, scaled) => Some(if scaled < 0 { Value::from(scaled) } else { Value::from(scaled.unsigned_abs()) }),
            Self::Number(places, scaled) => serde_json::from_str(&format_decimal(places, scaled)).ok(),
            Self::Text(bytes) => serde_json::from_slice(bytes).ok(),
        }
    }
}

/// Decimal places and the number without its point, of a text that [`format_decimal`] gives back as it is.
fn decimal(text: &str) -> Option<(u8, i64)> {
    if text.len() > 15 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-') {
        return None;
    }
    let (whole, places) = text.split_once('.').map_or((text, 0), |(whole, part)| (whole, part.len()));
    let scaled: i64 = if places == 0 { whole.parse().ok()? } else { text.replacen('.', "", 1).parse().ok()? };
    let places = u8::try_from(places).ok().filter(|places| u64::from(*places) < TEXT)?;
    (format_decimal(u64::from(places), scaled) == text).then_some((places, scaled))
}

fn format_decimal(places: u64, scaled: i64) -> String {
    let unit = match places {
        0 => return scaled.to_string(),
        1 => 10,
        2 => 100,
        _ => 1000,
    };
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, part) = (scaled.unsigned_abs() / unit, scaled.unsigned_abs() % unit);
    let width = usize::try_from(places.min(3)).unwrap_or(3);
    format!("{sign}{whole}.{part:0width$}")
}

#[expect(clippy::cast_sign_loss, reason = "zigzag: small numbers of either sign are small")]
pub(super) fn put_signed(bytes: &mut Vec<u8>, value: i64) {
    put_varint(bytes, ((value << 1) ^ (value >> 63)) as u64);
}

#[expect(clippy::cast_possible_wrap, reason = "the inverse of `put_signed`")]
pub(super) fn signed(reader: &mut Reader<'_>) -> i64 {
    let value = reader.varint();
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let value = proptest::option::of(prop_oneof![
            any::<i64>().prop_map(|number| number.to_string()),
            (-9_999_i64..9_999, 1_u64..4).prop_map(|(scaled, places)| format_decimal(places, scaled)),
            any::<f64>().prop_map(|number| Value::from(number).to_string()),
            "\\PC{0,20}".prop_map(|text| Value::from(text).to_string()),
        ]);
        let step = (0_u32..3, any::<i64>(), any::<bool>(), any::<bool>(), 0_u32..4, value).prop_map(
            |(symbol, at, change, backfilled, by, value)| Step {
                symbol,
                at: Instant::from_micros(if at % 3 == 0 { at.rem_euclid(50) } else { at }),
                flags: RowFlags { change, backfilled },
                said_by: StreamNo(by),
                value: value.map(String::into_boxed_str),
            },
        );
        proptest::collection::vec(step, 0..40)
    }

    proptest! {
        #[test]
        fn blocks_round_trip(steps in steps()) {
            let mut block = Block::default();
            steps.into_iter().for_each(|step| block.put(step));
            let moments = Moments((0..50).step_by(2).map(Instant::from_micros).collect());
            prop_assert_eq!(Block::decode(&block.encode(&moments), &moments), block);
        }

        #[test]
        fn damaged_blocks_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Block::decode(&bytes, &Moments::default());
        }

        #[test]
        fn windows_are_in_the_order_of_time(a: i64, b: i64) {
            let (a, b) = (Instant::from_micros(a.min(b)), Instant::from_micros(a.max(b)));
            prop_assert!(window_of(a) <= window_of(b));
        }

        #[test]
        fn numbers_are_given_back_as_they_were(number: f64, whole: i64) {
            for text in [Value::from(number).to_string(), whole.to_string(), format!("{}", number as f32)] {
                if let Some((places, scaled)) = decimal(&text) {
                    prop_assert_eq!(format_decimal(u64::from(places), scaled), text);
                }
            }
        }
    }
}
