//! What a library knows, in SQLite: the only place with SQL.
//! Knows rows and transactions; nothing of files, workers or how jobs run.

mod contents;
mod entries;
mod failures;
mod jobs;
mod locations;
mod meta;
mod migrations;
mod rates;
#[cfg(test)]
mod snapshot;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod thumbnails;
mod totals;
mod work;

pub(crate) use contents::NewContent;
pub(crate) use entries::*;
pub(crate) use failures::*;
pub(crate) use jobs::*;
pub use locations::Location;
pub(crate) use locations::{Placement, place};
pub(crate) use rates::ContentLength;
pub use thumbnails::SizeTotals;
pub(crate) use thumbnails::{StoredThumbnail, ThumbnailRow};
use totals::Tally;
pub(crate) use work::*;

use crate::error::Result;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::{
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long a statement waits for another process' transaction: ours take milliseconds, a slow disk's seconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Settings of every connection. Measured (DEPENDENCIES, section 14): the writer's large cache and the late checkpoint
/// make bulk inserts six times faster. NORMAL in WAL never corrupts; a power cut may take back the last transactions,
/// which only means doing that work again.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
     PRAGMA wal_autocheckpoint = 10000; PRAGMA temp_store = MEMORY;";

/// Pages that a connection keeps, in KiB: the large cache is for the writer. Readers go by key or page by page, there
/// are several of them, and the main process is to stay below 200 MiB however large the library is.
const WRITER_CACHE_KIB: i64 = 65_536;
const READER_CACHE_KIB: i64 = 8192;

/// One library's database: one writer, several readers.
pub(crate) struct Catalogue {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Catalogue {
    /// Opens the database, making or migrating it if need be.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        writer.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        migrations::apply(&mut writer, path)?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// Runs `work` in one transaction: all of it is durable together, or none.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Writing<'_>) -> Result<T>) -> Result<T> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let writing = Writing(Reading(&transaction), Tally::default());
        let answer = work(&writing)?;
        writing.settle()?;
        transaction.commit()?;
        Ok(answer)
    }

    /// Runs `work` on one consistent view of the database.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Reading<'_>) -> Result<T>) -> Result<T> {
        let spare = lock(&self.readers).pop();
        let mut reader = match spare {
            Some(reader) => reader,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?,
        };
        let transaction = reader.transaction()?;
        let answer = work(&Reading(&transaction))?;
        drop(transaction);
        lock(&self.readers).push(reader);
        Ok(answer)
    }
}

/// A view of the catalogue. Its methods are the queries, grouped by table in the files beside this one.
pub(crate) struct Reading<'c>(&'c Connection);

/// A transaction that may change the catalogue, and read its own changes; only totals of what is new come at its end.
pub(crate) struct Writing<'c>(Reading<'c>, Tally);

impl<'c> Deref for Writing<'c> {
    type Target = Reading<'c>;

    fn deref(&self) -> &Reading<'c> {
        &self.0
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let open = || {
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(PRAGMAS)?;
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(connection)
    };
    open().map_err(|source: rusqlite::Error| migrations::in_words(path, source))
}

/// A panic while holding a connection leaves no half transaction: dropping it rolls back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
