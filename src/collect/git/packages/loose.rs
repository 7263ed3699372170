//! Values of JSON, TOML and YAML that are of any shape: an entry of the wrong type spoils itself, not the whole file.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value of any shape, of which one shape is a table `T`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Loose<T> {
    /// Absent or null.
    #[default]
    Nothing,
    /// A boolean.
    Bool(bool),
    /// A string, or a number as it prints.
    Text(String),
    /// A table (mapping, object).
    Table(T),
    /// A list (sequence, array).
    List(Vec<Loose<T>>),
}

/// A value of which only the text matters.
pub(super) type Text = Loose<IgnoredAny>;

/// The entries of a table in the order of the file; a key that comes twice is there twice.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entries<T>(pub(super) Vec<(String, T)>);

/// A table by name, or something else.
pub(super) type Table<T> = Loose<Entries<T>>;

impl<T> Loose<T> {
    /// The text, unless it is empty or something else.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The table, unless it is something else.
    pub(super) fn table(&self) -> Option<&T> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The items of a list; of anything else none.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Whether it is the boolean true.
    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Whether there is anything at all.
    pub(super) fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// What it is, for a message.
    pub(super) fn shape(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Text(text) if text.is_empty() => "an empty string",
            Self::Text(_) => "a string or number",
            Self::Table(_) => "a table",
            Self::List(_) => "a list",
        }
    }
}

impl<T> Table<T> {
    /// The entries of a table; of anything else none.
    pub(super) fn entries(&self) -> &[(String, T)] {
        self.table().map_or(&[], |entries| &entries.0)
    }

    /// The last entry of that name.
    pub(super) fn entry(&self, name: &str) -> Option<&T> {
        self.entries().iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Entries<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Loose<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Loose::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Loose::Text(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Loose::Text(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Loose::Text(value.to_string()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Loose::Text(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
                Ok(Loose::Text(value))
            }

            fn visit_bytes<E>(self, _: &[u8]) -> Result<Self::Value, E> {
                Ok(Loose::List(Vec::new()))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Loose::Nothing)
            }

            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(Loose::Nothing)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                Loose::deserialize(deserializer)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Loose::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Loose::Table)
            }
        }

        deserializer.deserialize_any(Reader(PhantomData))
    }
}
