//! Where a page ended, as an opaque text that pins the moments its list began with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::{EntityId, Instant};
use crate::query::Error;

/// A position in a list: after this entity (and path), in the list as it stood between these moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Which list: a cursor of one list means nothing in another one.
    pub list: u8,
    /// The moment of the list, or the begin of its stretch.
    pub from: Instant,
    /// The moment of the list, or the end of its stretch.
    pub to: Instant,
    /// The instant of the item, where items have one.
    pub at: Instant,
    /// The entity of the item.
    pub entity: EntityId,
    /// What tells items of one entity and instant apart: a field path, a manifest.
    pub path: String,
}

impl Cursor {
    const VERSION: u8 = 1;
    const HEAD: usize = 2 + 3 * 8 + 4;

    /// A position in a list that is about one moment and shows each entity once.
    #[must_use]
    pub const fn of_entity(list: u8, at: Instant, entity: EntityId) -> Self {
        Self { list, from: at, to: at, at, entity, path: String::new() }
    }

    /// The text that callers hand back.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(Self::HEAD + self.path.len());
        bytes.extend([Self::VERSION, self.list]);
        for instant in [self.from, self.to, self.at] {
            bytes.extend(instant.micros().to_be_bytes());
        }
        bytes.extend(self.entity.0.to_be_bytes());
        bytes.extend(self.path.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Self::encode`] wrote for the same list.
    ///
    /// # Errors
    /// [`Error::Cursor`] if it did not.
    pub fn decode(list: u8, text: &str) -> Result<Self, Error> {
        let error = || Error::Cursor(text.chars().take(100).collect());
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| error())?;
        if bytes.len() < Self::HEAD || bytes[..2] != [Self::VERSION, list] {
            return Err(error());
        }
        let instant = |index: usize| {
            let start = 2 + index * 8;
            bytes[start..start + 8].try_into().map(i64::from_be_bytes).map(Instant::from_micros).map_err(|_| error())
        };
        Ok(Self {
            list,
            from: instant(0)?,
            to: instant(1)?,
            at: instant(2)?,
            entity: bytes[26..Self::HEAD].try_into().map(u32::from_be_bytes).map(EntityId).map_err(|_| error())?,
            path: String::from_utf8(bytes[Self::HEAD..].to_vec()).map_err(|_| error())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cursors_round_trip(list in 0_u8..9, a in any::<i64>(), b in any::<i64>(), c in any::<i64>(), entity in any::<u32>(), path in ".{0,30}") {
            let instant = Instant::from_micros;
            let cursor = Cursor { list, from: instant(a), to: instant(b), at: instant(c), entity: EntityId(entity), path };
            prop_assert_eq!(Cursor::decode(list, &cursor.encode()).unwrap(), cursor.clone());
            prop_assert!(Cursor::decode(list + 1, &cursor.encode()).is_err());
        }

        #[test]
        fn any_text_is_a_cursor_or_an_error(text in ".{0,60}") {
            let _ = Cursor::decode(1, &text);
        }
    }
}
