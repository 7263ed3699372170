//! One file of the archive, open for reading. The only place that speaks SQL to it, besides `records`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, MAIN_DB, OpenFlags, OptionalExtension, Row};
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::Xxh3;

use super::frame::Group;
use super::records::{EventLine, RunLine, note_value};
use super::{BoxError, Damage, Error, FORMAT, Meta, Recorded, Records, Window};
use crate::model::record::{EventRecord, Filled, Link, NewEntity, NewResource, NewStream, Note, Replacement, Seal};
use crate::model::{CommitNumber, EntityId, Layer, ResourceNo, Run, StreamNo};
use crate::store::fs::Fs;
use crate::store::journal::CommitMeta;

/// Every table but `meta`, with its columns.
const TABLES: [(&str, &str); 14] = [
    ("frame", "no INTEGER PRIMARY KEY, facet TEXT NOT NULL, origin TEXT NOT NULL, body BLOB NOT NULL"),
    ("part", "stream INTEGER PRIMARY KEY, frame INTEGER NOT NULL"),
    ("commits", "number INTEGER PRIMARY KEY, at TEXT NOT NULL, layer TEXT NOT NULL"),
    (
        "resource",
        "no INTEGER PRIMARY KEY, commit_no INTEGER NOT NULL, source TEXT NOT NULL, scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL",
    ),
    ("stream", "no INTEGER PRIMARY KEY, commit_no INTEGER NOT NULL, resource INTEGER NOT NULL, facet TEXT NOT NULL, origin TEXT NOT NULL"),
    ("entity", "id INTEGER PRIMARY KEY, commit_no INTEGER NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL"),
    (
        "link",
        "commit_no INTEGER NOT NULL, resource INTEGER NOT NULL, entity INTEGER NOT NULL, rule TEXT NOT NULL, valid_from TEXT, valid_to TEXT",
    ),
    ("policy", "commit_no INTEGER PRIMARY KEY, body TEXT NOT NULL"),
    (
        "seal",
        "commit_no INTEGER NOT NULL, day TEXT NOT NULL, zone TEXT NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL, carried INTEGER NOT NULL",
    ),
    ("replacement", "commit_no INTEGER NOT NULL, source TEXT NOT NULL, scope TEXT NOT NULL"),
    ("filled", "commit_no INTEGER NOT NULL, source TEXT NOT NULL, scope TEXT NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL"),
    ("note", "commit_no INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, value NOT NULL"),
    ("runs", "source TEXT NOT NULL, body BLOB NOT NULL"),
    ("events", "kind TEXT NOT NULL, body BLOB NOT NULL"),
];

/// The tables of a layer's files besides `meta`: only observed files hold records.
pub(super) fn tables(layer: Layer) -> &'static [(&'static str, &'static str)] {
    match layer {
        Layer::Observed => &TABLES,
        Layer::Backfilled => &TABLES[..2],
    }
}

/// Every table that has a checksum in `meta`: those of the layer in this format, and SQLite's own list of them.
pub(super) fn checked_tables(layer: Layer, format: u32) -> impl Iterator<Item = &'static str> {
    let there = move |table: &&str| format >= WITH_EVENTS || *table != "events";
    tables(layer).iter().map(|(table, _)| *table).filter(there).chain(["sqlite_schema"])
}

/// The format in which files hold events.
const WITH_EVENTS: u32 = 2;

/// Pages are read once and decompressed; the operating system caches the file.
const CACHE_KIB: i32 = 256;

/// A file of the archive, open for reading.
pub(super) struct Database {
    connection: Connection,
    path: PathBuf,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.path).finish()
    }
}

impl Database {
    /// Opens a file without reading more than its first page.
    pub(super) fn open(fs: &dyn Fs, path: &Path) -> Result<Self, Error> {
        let damaged = |what: String| Error::Damaged(Damage { file: path.to_owned(), row: None, what });
        let connection = match fs.local(path) {
            Some(local) => {
                let uri = uri(&local).ok_or_else(|| damaged("its path is not text".to_owned()))?;
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                Connection::open_with_flags(uri, flags).map_err(|error| damaged(error.to_string()))?
            }
            None => {
                let bytes = fs.read(path, 0, usize::MAX).map_err(Error::io("read", path))?;
                let mut connection = Connection::open_in_memory().map_err(|error| damaged(error.to_string()))?;
                connection.deserialize_read_exact(MAIN_DB, &*bytes, bytes.len(), true).map_err(|error| damaged(error.to_string()))?;
                connection
            }
        };
        connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// What the file says of itself.
    pub(super) fn meta(&self) -> Result<Meta, Error> {
        let values = self.meta_values()?;
        let format = values.get("format").and_then(|format| format.parse::<u32>().ok());
        if let Some(format) = format
            && format > FORMAT
        {
            return Err(Error::Newer { path: self.path.clone(), format });
        }
        parse_meta(&values).ok_or_else(|| self.damage("table meta".to_owned(), "a key is missing or not as expected"))
    }

    fn meta_values(&self) -> Result<BTreeMap<String, String>, Error> {
        let failed = |error: rusqlite::Error| self.damage("table meta".to_owned(), error);
        let mut statement = self.connection.prepare("SELECT key, value FROM meta").map_err(failed)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
        let mut values = rows.collect::<Result<BTreeMap<String, String>, _>>().map_err(failed)?;
        let expected = values.remove("checksum.meta");
        if expected != Some(meta_checksum(&values)) {
            return Err(self.damage("table meta".to_owned(), "the checksum does not match"));
        }
        Ok(values)
    }

    /// The number of the frame of every stream, in the order of streams.
    pub(super) fn parts(&self) -> Result<Vec<(StreamNo, i64)>, Error> {
        self.rows("part", "SELECT stream, stream, frame FROM part ORDER BY stream", |row| Ok((StreamNo(get(row, 1)?), get(row, 2)?)))
    }

    /// The number of the frame that holds a stream's versions.
    pub(super) fn frame_of(&self, stream: StreamNo) -> Result<Option<i64>, Error> {
        let failed = |error: rusqlite::Error| self.damage(part_row(stream), error);
        let mut statement = self.connection.prepare_cached("SELECT frame FROM part WHERE stream = ?").map_err(failed)?;
        statement.query_row([stream.0], |row| row.get(0)).optional().map_err(failed)
    }

    /// The frame of this number, in which `stream` is looked for.
    pub(super) fn group(&self, no: i64, stream: StreamNo) -> Result<Group, Error> {
        let row = || format!("{}, stream {}", frame_row(no), stream.0);
        let failed = |error: rusqlite::Error| self.damage(row(), error);
        let mut statement = self.connection.prepare_cached("SELECT body FROM frame WHERE no = ?").map_err(failed)?;
        let body: Option<Vec<u8>> = statement.query_row([no], |row| row.get(0)).optional().map_err(failed)?;
        let body = body.ok_or_else(|| self.damage(part_row(stream), format!("there is no frame {no}")))?;
        Group::decode(&body).map_err(|what| self.damage(row(), what))
    }

    /// A frame that lacks a stream although the table `part` says otherwise.
    pub(super) fn missing(&self, no: i64, stream: StreamNo) -> Error {
        self.damage(part_row(stream), format!("frame {no} does not hold it"))
    }

    pub(super) fn streams(&self) -> Result<Vec<StreamNo>, Error> {
        self.rows("part", "SELECT stream, stream FROM part ORDER BY stream", |row| Ok(StreamNo(get(row, 1)?)))
    }

    /// The numbers of the commits recorded in the window.
    pub(super) fn commit_numbers(&self) -> Result<Vec<CommitNumber>, Error> {
        self.rows("commits", "SELECT number, number FROM commits ORDER BY number", |row| number(row, 1))
    }

    /// Calls `each` for all frames in the order of their numbers.
    pub(super) fn for_each_group<E: From<Error>>(&self, mut each: impl FnMut(Stored<'_>) -> Result<(), E>) -> Result<(), E> {
        let failed = |error: rusqlite::Error| self.damage("table frame".to_owned(), error);
        let mut statement = self.connection.prepare("SELECT no, facet, origin, body FROM frame ORDER BY no").map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let no = row.get(0).map_err(failed)?;
            let failed = |error: rusqlite::Error| self.damage(frame_row(no), error);
            let (facet, origin) = (row.get(1).map_err(failed)?, row.get(2).map_err(failed)?);
            let body = row.get_ref(3).map_err(failed)?;
            let body = body.as_blob().map_err(|error| self.damage(frame_row(no), error))?;
            each(Stored { database: self, no, facet, origin, body })?;
        }
        Ok(())
    }

    pub(super) fn for_each_run<E: From<Error>>(&self, mut each: impl FnMut(CommitNumber, Run) -> Result<(), E>) -> Result<(), E> {
        self.for_each_line("runs", "source", |RunLine { commit, run }| each(commit, run))
    }

    pub(super) fn for_each_event<E: From<Error>>(&self, mut each: impl FnMut(CommitNumber, EventRecord) -> Result<(), E>) -> Result<(), E> {
        if self.meta()?.format < WITH_EVENTS {
            return Ok(());
        }
        self.for_each_line("events", "kind", |EventLine { commit, event }| each(commit, event))
    }

    /// Calls `each` for all lines of a table whose rows are a word and a zstd frame of JSON lines.
    fn for_each_line<T: DeserializeOwned, E: From<Error>>(
        &self,
        table: &str,
        word: &str,
        mut each: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let bodies: Vec<(String, Vec<u8>)> =
            self.rows(table, &format!("SELECT rowid, {word}, body FROM {table} ORDER BY rowid"), |row| Ok((get(row, 1)?, get(row, 2)?)))?;
        for (value, body) in bodies {
            let failed = |error: &dyn fmt::Display| self.damage(format!("table {table}, {word} {value}"), error);
            let decoder = zstd::stream::read::Decoder::new(&*body).map_err(|error| failed(&error))?;
            for line in BufReader::new(decoder).lines() {
                let line = line.map_err(|error| failed(&error))?;
                each(serde_json::from_str(&line).map_err(|error| failed(&error))?)?;
            }
        }
        Ok(())
    }

    pub(super) fn records(&self) -> Result<Records, Error> {
        let mut records = Records::default();
        records.commits = self.rows("commits", "SELECT number, number, at, layer FROM commits ORDER BY number", |row| {
            Ok(CommitMeta { number: number(row, 1)?, at: parse(row, 2)?, layer: layer(&get::<String>(row, 3)?)? })
        })?;
        records.resources = self.recorded("resource", "commit_no, no, source, scope, kind, id", |row| {
            Ok(NewResource {
                no: ResourceNo(get(row, 2)?),
                source: get(row, 3)?,
                scope: get(row, 4)?,
                kind: parse(row, 5)?,
                id: get(row, 6)?,
            })
        })?;
        records.streams = self.recorded("stream", "commit_no, no, resource, facet, origin", |row| {
            Ok(NewStream { no: StreamNo(get(row, 2)?), resource: ResourceNo(get(row, 3)?), facet: parse(row, 4)?, origin: get(row, 5)? })
        })?;
        records.entities = self.recorded("entity", "commit_no, id, kind, ref", |row| {
            Ok(NewEntity { id: EntityId(get(row, 2)?), kind: parse(row, 3)?, reference: get(row, 4)? })
        })?;
        records.links = self.recorded("link", "commit_no, resource, entity, rule, valid_from, valid_to", |row| {
            let instant = |index| get::<Option<String>>(row, index)?.map(|text| Ok::<_, BoxError>(text.parse()?)).transpose();
            Ok(Link {
                resource: ResourceNo(get(row, 2)?),
                entity: EntityId(get(row, 3)?),
                rule: get(row, 4)?,
                from: instant(5)?,
                to: instant(6)?,
            })
        })?;
        records.policies = self.recorded("policy", "commit_no, body", |row| Ok(serde_json::from_str(&get::<String>(row, 2)?)?))?;
        records.seals = self.recorded("seal", "commit_no, day, zone, valid_from, valid_to, carried", |row| {
            Ok(Seal { day: parse(row, 2)?, zone: parse(row, 3)?, from: parse(row, 4)?, to: parse(row, 5)?, carried: get(row, 6)? })
        })?;
        records.replacements =
            self.recorded("replacement", "commit_no, source, scope", |row| Ok(Replacement { source: get(row, 2)?, scope: get(row, 3)? }))?;
        records.filled = self.recorded("filled", "commit_no, source, scope, valid_from, valid_to", |row| {
            Ok(Filled { source: get(row, 2)?, scope: get(row, 3)?, from: parse(row, 4)?, to: parse(row, 5)? })
        })?;
        records.notes = self.recorded("note", "commit_no, kind, key, value", |row| {
            Ok(Note { kind: get(row, 2)?, key: get(row, 3)?, value: note_value(get(row, 4)?)? })
        })?;
        Ok(records)
    }

    /// Checks the structure and every checksum.
    pub(super) fn verify(&self) -> Vec<Damage> {
        let mut found = Vec::new();
        let mut keep = |error: Error| match error {
            Error::Damaged(damage) => found.push(damage),
            error => found.push(Damage { file: self.path.clone(), row: None, what: chain(&error) }),
        };
        let (layer, format, values) = match self.meta().and_then(|meta| Ok((meta.layer, meta.format, self.meta_values()?))) {
            Ok(meta) => meta,
            Err(error) => {
                keep(error);
                return found;
            }
        };
        match self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0)) {
            Ok(answer) if answer == "ok" => {}
            Ok(answer) => keep(self.whole(&answer)),
            Err(error) => keep(self.whole(&error)),
        }
        for table in checked_tables(layer, format) {
            match checksum(&self.connection, table) {
                Ok(checksum) if values.get(&checksum_key(table)) == Some(&checksum) => {}
                Ok(_) => keep(self.damage(format!("table {table}"), "the checksum does not match")),
                Err(error) => keep(self.damage(format!("table {table}"), error)),
            }
        }
        let (mut held, mut all_read) = (Vec::new(), true);
        let frames = self.for_each_group(|stored| {
            match stored.group() {
                Ok(group) => held.extend(group.streams().map(|stream| (i64::from(stream.0), stored.no))),
                Err(error) => {
                    all_read = false;
                    keep(error);
                }
            }
            Ok::<_, Error>(())
        });
        held.sort_unstable();
        match self.rows("part", "SELECT stream, frame FROM part ORDER BY stream", |row| Ok((get(row, 0)?, get(row, 1)?))) {
            Ok(parts) if all_read && frames.is_ok() && parts != held => {
                keep(self.damage("table part".to_owned(), "it does not say what the frames hold"));
            }
            Ok(_) => {}
            Err(error) => keep(error),
        }
        let records = match layer {
            Layer::Observed => {
                self.for_each_run(|_, _| Ok(())).and_then(|()| self.for_each_event(|_, _| Ok(()))).and_then(|()| self.records().map(drop))
            }
            Layer::Backfilled => Ok(()),
        };
        for error in [frames, records].into_iter().filter_map(Result::err) {
            keep(error);
        }
        found
    }

    fn recorded<T>(&self, table: &str, columns: &str, read: impl Fn(&Row<'_>) -> Result<T, BoxError>) -> Result<Vec<Recorded<T>>, Error> {
        self.rows(table, &format!("SELECT rowid, {columns} FROM {table} ORDER BY commit_no, rowid"), |row| {
            Ok(Recorded { commit: number(row, 1)?, value: read(row)? })
        })
    }

    /// All rows of a query whose first column is the row's number.
    fn rows<T>(&self, table: &str, query: &str, read: impl Fn(&Row<'_>) -> Result<T, BoxError>) -> Result<Vec<T>, Error> {
        let failed = |error: rusqlite::Error| self.damage(format!("table {table}"), error);
        let mut statement = self.connection.prepare(query).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let id: i64 = row.get(0).map_err(failed)?;
            found.push(read(row).map_err(|error| self.damage(format!("table {table}, row {id}"), error))?);
        }
        Ok(found)
    }

    fn whole(&self, what: &dyn fmt::Display) -> Error {
        Error::Damaged(Damage { file: self.path.clone(), row: None, what: what.to_string() })
    }

    fn damage(&self, row: String, what: impl fmt::Display) -> Error {
        Error::Damaged(Damage { file: self.path.clone(), row: Some(row), what: what.to_string() })
    }
}

/// A frame as it stands in the file.
pub(super) struct Stored<'a> {
    database: &'a Database,
    pub(super) no: i64,
    pub(super) facet: String,
    pub(super) origin: String,
    pub(super) body: &'a [u8],
}

impl Stored<'_> {
    pub(super) fn group(&self) -> Result<Group, Error> {
        Group::decode(self.body).map_err(|what| self.database.damage(frame_row(self.no), what))
    }
}

pub(super) fn checksum_key(table: &str) -> String {
    format!("checksum.{table}")
}

/// XXH3 over all rows of a table and their row numbers: per cell one letter for its type, its length where it has one, its bytes.
pub(super) fn checksum(connection: &Connection, table: &str) -> Result<String, rusqlite::Error> {
    let mut statement = connection.prepare(&format!("SELECT rowid, * FROM {table} ORDER BY rowid"))?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut hash = Xxh3::new();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let (letter, bytes): (u8, &[u8]) = match row.get_ref(column)? {
                ValueRef::Null => (b'n', &[]),
                ValueRef::Integer(number) => {
                    hash.update(b"i");
                    hash.update(&number.to_le_bytes());
                    continue;
                }
                ValueRef::Real(number) => {
                    hash.update(b"r");
                    hash.update(&number.to_le_bytes());
                    continue;
                }
                ValueRef::Text(text) => (b't', text),
                ValueRef::Blob(blob) => (b'b', blob),
            };
            hash.update(&[letter]);
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
    }
    Ok(format!("{:016x}", hash.digest()))
}

/// XXH3 over `key=value` lines in the order of keys. The same in every format, so that a newer one is recognised.
pub(super) fn meta_checksum(values: &BTreeMap<String, String>) -> String {
    let lines = values.iter().map(|(key, value)| format!("{key}={value}\n")).collect::<String>();
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(lines.as_bytes()))
}

fn parse_meta(values: &BTreeMap<String, String>) -> Option<Meta> {
    let text = |key: &str| values.get(key).map(String::as_str);
    Some(Meta {
        format: text("format")?.parse().ok()?,
        layer: layer(text("layer")?).ok()?,
        window: Window(text("window")?.parse().ok()?),
        from: text("from")?.parse().ok()?,
        to: text("to")?.parse().ok()?,
        through: text("through")?.parse().ok()?,
        frames: text("frames")?.parse().ok()?,
        streams: text("streams")?.parse().ok()?,
        versions: text("versions")?.parse().ok()?,
        id: text("id")?.to_owned(),
    })
}

fn layer(word: &str) -> Result<Layer, BoxError> {
    match word {
        "observed" => Ok(Layer::Observed),
        "backfilled" => Ok(Layer::Backfilled),
        other => Err(format!("{other:?} is not a layer").into()),
    }
}

fn get<T: FromSql>(row: &Row<'_>, column: usize) -> Result<T, BoxError> {
    Ok(row.get(column)?)
}

fn number(row: &Row<'_>, column: usize) -> Result<u64, BoxError> {
    Ok(u64::try_from(get::<i64>(row, column)?)?)
}

fn parse<T: std::str::FromStr<Err: Into<BoxError>>>(row: &Row<'_>, column: usize) -> Result<T, BoxError> {
    get::<String>(row, column)?.parse().map_err(Into::into)
}

fn frame_row(no: i64) -> String {
    format!("table frame, row {no}")
}

fn part_row(stream: StreamNo) -> String {
    format!("table part, row {}", stream.0)
}

/// A path as SQLite's URI; `immutable` because nothing is ever written to the file: no locks, no journal is looked for.
fn uri(path: &Path) -> Option<String> {
    let escaped = path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Some(format!("file:{escaped}?mode=ro&immutable=1"))
}

/// An error with all its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
