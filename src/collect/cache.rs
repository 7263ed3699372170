//! What collectors keep so as not to ask twice: answers and contents, in one SQLite file of the data folder.
//!
//! # Invariants
//! - Nothing here is truth: a file that is lost, damaged or of another version is begun anew, and costs requests.
//! - Values are compressed; a value that does not decompress counts as absent.

use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};

use crate::zip;

/// Grows when the table changes; a file of another version is deleted.
const VERSION: i64 = 2;
/// zstd's level: answers are written once and read rarely.
const LEVEL: i32 = 3;

/// A value with the day on which it was last written or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// As it was put.
    pub value: Vec<u8>,
    /// A day's number, see [`crate::model::Day::number`].
    pub day: i32,
}

/// A cache of named tables of bytes by text.
#[derive(Debug)]
pub struct Cache {
    connection: Mutex<Connection>,
}

/// The cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the cache {} cannot be used", path.display())]
pub struct Error {
    path: PathBuf,
    #[source]
    source: rusqlite::Error,
}

impl Cache {
    /// Opens the file, or begins it anew if it is damaged or of another version.
    ///
    /// # Errors
    /// [`Error`] if no file can be made there.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = path.parent() {
            // If this fails, opening tells why.
            let _ = std::fs::create_dir_all(folder);
        }
        let opened = Self::try_open(path).or_else(|_| {
            for suffix in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                let _ = std::fs::remove_file(name);
            }
            Self::try_open(path)
        });
        opened.map_err(|source| Error { path: path.to_owned(), source })
    }

    /// A cache that is gone with the process.
    ///
    /// # Errors
    /// [`Error`] if there is no memory for it.
    pub fn in_memory() -> Result<Self, Error> {
        let opened = Connection::open_in_memory().and_then(Self::prepare);
        opened.map_err(|source| Error { path: PathBuf::from(":memory:"), source })
    }

    fn try_open(path: &Path) -> rusqlite::Result<Self> {
        Self::prepare(Connection::open(path)?)
    }

    fn prepare(connection: Connection) -> rusqlite::Result<Self> {
        // What is lost by a crash is asked again, so nothing waits for the disk.
        connection.execute_batch("pragma journal_mode = wal; pragma synchronous = off;")?;
        let version: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
        if version != VERSION {
            connection.execute_batch(&format!(
                "drop table if exists cached;
                 create table cached (kind text not null, key text not null, day integer not null, value blob not null,
                                      primary key (kind, key)) without rowid;
                 pragma user_version = {VERSION};"
            ))?;
        }
        connection.query_row("select count(*) from (select 1 from cached limit 1)", [], |_| Ok(()))?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// A value; none if it is not there or cannot be read.
    #[must_use]
    pub fn get(&self, kind: &str, key: &str) -> Option<Cached> {
        let connection = self.connection.lock();
        let mut statement = connection.prepare_cached("select day, value from cached where kind = ?1 and key = ?2").ok()?;
        let found: Option<(i32, Vec<u8>)> =
            statement.query_row(params![kind, key], |row| Ok((row.get(0)?, row.get(1)?))).optional().ok().flatten();
        let (day, packed) = found?;
        Some(Cached { value: zip::decompress_all(&packed).ok()?, day })
    }

    /// Keeps a value. If that fails it is asked again another time.
    pub fn put(&self, kind: &str, key: &str, value: &[u8], day: i32) {
        self.put_all(kind, [(key, value)], day);
    }

    /// Keeps several values at once.
    pub fn put_all<'a>(&self, kind: &str, values: impl IntoIterator<Item = (&'a str, &'a [u8])>, day: i32) {
        let mut connection = self.connection.lock();
        let kept = || -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            {
                let mut statement =
                    transaction.prepare_cached("insert or replace into cached (kind, key, day, value) values (?1, ?2, ?3, ?4)")?;
                for (key, value) in values {
                    let packed = zip::compress(value, LEVEL).unwrap_or_default();
                    statement.execute(params![kind, key, day, packed])?;
                }
            }
            transaction.commit()
        };
        if let Err(error) = kept() {
            tracing::warn!(%error, "the cache could not be written");
        }
    }

    /// Notes that values were used, so that [`Self::forget_before`] keeps them.
    pub fn touch<'a>(&self, kind: &str, keys: impl IntoIterator<Item = &'a str>, day: i32) {
        let mut connection = self.connection.lock();
        let touched = || -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            {
                let mut statement = transaction.prepare_cached("update cached set day = ?3 where kind = ?1 and key = ?2 and day < ?3")?;
                for key in keys {
                    statement.execute(params![kind, key, day])?;
                }
            }
            transaction.commit()
        };
        if let Err(error) = touched() {
            tracing::warn!(%error, "the cache could not be written");
        }
    }

    /// Forgets values of a kind that were last written or touched before a day.
    pub fn forget_before(&self, kind: &str, day: i32) {
        if let Err(error) = self.connection.lock().execute("delete from cached where kind = ?1 and day < ?2", params![kind, day]) {
            tracing::warn!(%error, "the cache could not be cleaned");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_there_after_a_restart_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache/github.sqlite");
        Cache::open(&path).unwrap().put("blob", "c0ffee", b"{}", 10);
        let cache = Cache::open(&path).unwrap();
        assert_eq!(cache.get("blob", "c0ffee"), Some(Cached { value: b"{}".to_vec(), day: 10 }));
        assert_eq!(cache.get("tree", "c0ffee"), None);
        cache.put("blob", "decade", b"x", 10);
        cache.touch("blob", ["c0ffee"], 20);
        cache.forget_before("blob", 20);
        assert_eq!((cache.get("blob", "c0ffee").is_some(), cache.get("blob", "decade")), (true, None));
    }

    #[test]
    fn a_damaged_file_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.sqlite");
        std::fs::write(&path, b"this is no database at all, but long enough to look like one".repeat(40)).unwrap();
        let cache = Cache::open(&path).unwrap();
        cache.put("blob", "a", b"1", 1);
        assert!(cache.get("blob", "a").is_some());
    }
}
