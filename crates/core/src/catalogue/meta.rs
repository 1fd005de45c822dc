//! Single values about the library as a whole.
//! Knows nothing of what they mean.

use super::{Reading, Writing};
use crate::error::Result;
use rusqlite::{OptionalExtension, params};

pub(super) const GET: &str = "SELECT value FROM meta WHERE key = ?1";

impl Reading<'_> {
    /// The version of the database's layout.
    pub(crate) fn version(&self) -> Result<i64> {
        Ok(self.0.query_row("PRAGMA user_version", [], |row| row.get(0))?)
    }

    /// What was written under `key`.
    pub(crate) fn meta(&self, key: &str) -> Result<Option<String>> {
        Ok(self.0.prepare_cached(GET)?.query_row([key], |row| row.get(0)).optional()?)
    }
}

impl Writing<'_> {
    /// Writes a value under `key`, over what was there.
    pub(crate) fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        self.0
            .0
            .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
            .execute(params![key, value])?;
        Ok(())
    }
}
