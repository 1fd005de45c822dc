//! What a library knows, in SQLite: the only place with SQL.
//! Knows rows and transactions; nothing of files, workers or how jobs run.

mod connection;
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

use crate::error::{Error, Result};
use connection::Access;
use rusqlite::{Connection, TransactionBehavior};
use std::{
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Pages that the writer keeps, in KiB: bulk inserts touch every index.
const WRITER_CACHE_KIB: i64 = 65_536;

/// One library's database: one writer, several readers.
pub(crate) struct Catalogue {
    path: PathBuf,
    access: Access,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Catalogue {
    /// Opens the database, making or migrating it if need be. One that cannot be written can be read.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let (access, mut writer) = Access::open(path)?;
        writer.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        migrations::apply(&mut writer, path)?;
        let (path, writer, readers) = (path.to_owned(), Mutex::new(writer), Mutex::new(Vec::new()));
        Ok(Self { path, access, writer, readers })
    }

    /// Runs `work` in one transaction: all of it is durable together, or none.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Writing<'_>) -> Result<T>) -> Result<T> {
        let mut writer = lock(&self.writer);
        let begun = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Error::from);
        begun
            .and_then(|transaction| {
                let writing = Writing(Reading(&transaction), Tally::default());
                let answer = work(&writing)?;
                writing.settle()?;
                transaction.commit()?;
                Ok(answer)
            })
            .map_err(|error| self.in_words(error))
    }

    /// Runs `work` on one consistent view of the database.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Reading<'_>) -> Result<T>) -> Result<T> {
        let spare = lock(&self.readers).pop();
        let mut reader = match spare {
            Some(reader) => reader,
            None => self.access.connect(&self.path)?,
        };
        let answer = reader
            .transaction()
            .map_err(Error::from)
            .and_then(|transaction| work(&Reading(&transaction)))
            .map_err(|error| self.in_words(error))?;
        lock(&self.readers).push(reader);
        Ok(answer)
    }

    fn in_words(&self, error: Error) -> Error {
        match error {
            Error::Query(source) => connection::in_words(&self.path, source),
            other => other,
        }
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

/// A panic while holding a connection leaves no half transaction: dropping it rolls back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
