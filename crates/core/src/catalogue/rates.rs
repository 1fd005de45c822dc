//! The rows of what files of each format have cost, and the pages that count what is left of each.
//! Knows nothing of what the sums mean.

use super::{Reading, Writing};
use crate::error::Result;
use rusqlite::params;

/// Pending contents, smallest first.
pub(super) const PENDING_LENGTHS: &str =
    "SELECT id, size, mime_type FROM content_identities INDEXED BY contents_pending_by_size
     WHERE pending = 1 AND (size, id) > (?1, ?2) ORDER BY size, id LIMIT ?3";
/// Every content, in order of its key.
pub(super) const LENGTHS: &str =
    "SELECT id, size, mime_type FROM content_identities WHERE id > ?1 ORDER BY id LIMIT ?2";

/// How long a content is, and of which format.
pub(crate) struct ContentLength {
    pub(crate) id: i64,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) mime_type: String,
}

impl Reading<'_> {
    /// What is kept of each format.
    pub(crate) fn rates(&self) -> Result<Vec<(String, String)>> {
        let mut statement = self.0.prepare_cached("SELECT format, record FROM rates")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Pending contents after one of this size and id.
    pub(crate) fn pending_lengths(&self, (size, id): (u64, i64), limit: usize) -> Result<Vec<ContentLength>> {
        self.lengths(PENDING_LENGTHS, params![size as i64, id, limit as i64])
    }

    /// Every content after this one.
    pub(crate) fn content_lengths(&self, after: i64, limit: usize) -> Result<Vec<ContentLength>> {
        self.lengths(LENGTHS, params![after, limit as i64])
    }

    fn lengths(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<ContentLength>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params, |row| {
            let size = row.get::<_, i64>(1)? as u64;
            Ok(ContentLength { id: row.get(0)?, size, mime_type: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writing<'_> {
    /// Keeps what is known of a format, in place of what was kept before.
    pub(crate) fn set_rates(&self, format: &str, record: &str, now: i64) -> Result<()> {
        self.0
            .0
            .prepare_cached("INSERT OR REPLACE INTO rates (format, record, updated_at) VALUES (?1, ?2, ?3)")?
            .execute(params![format, record, now])?;
        Ok(())
    }
}
