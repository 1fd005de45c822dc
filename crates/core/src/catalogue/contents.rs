//! The rows of contents as the indexer writes them: what files hold, whatever they are called.
//! Knows nothing of how contents are read or shown.

use super::Writing;
use crate::{cas::CasId, error::Result, kind::Kind};
use rusqlite::params;

/// A content as the indexer found it.
pub(crate) struct NewContent<'a> {
    pub(crate) cas_id: &'a CasId,
    /// Bytes.
    pub(crate) size: u64,
    /// Of the entry it was found in; nanoseconds since 1970.
    pub(crate) mtime: i64,
    pub(crate) mime_type: &'a str,
}

impl Writing<'_> {
    /// Adds a content, pending, or finds the one that is there.
    pub(crate) fn upsert_content(&self, content: &NewContent<'_>) -> Result<i64> {
        let kind = Kind::of_mime(content.mime_type).word();
        let cas_id = content.cas_id.as_str();
        let is_new = self
            .0
            .0
            .prepare_cached(
                "INSERT INTO content_identities (cas_id, size, newest_mtime, kind, mime_type)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (cas_id) DO NOTHING",
            )?
            .execute(params![cas_id, content.size as i64, content.mtime, kind, content.mime_type])?;
        if is_new == 0 {
            return self.find_content_again(content);
        }
        self.tally("contents", kind, content.size);
        self.tally("pending", kind, content.size);
        Ok(self.0.0.last_insert_rowid())
    }

    fn find_content_again(&self, content: &NewContent<'_>) -> Result<i64> {
        let cas_id = content.cas_id.as_str();
        let found = "SELECT id FROM content_identities WHERE cas_id = ?1";
        let id = self.0.0.prepare_cached(found)?.query_row([cas_id], |row| row.get(0))?;
        self.0
            .0
            .prepare_cached(
                "UPDATE content_identities SET newest_mtime = ?2 WHERE id = ?1 AND newest_mtime < ?2",
            )?
            .execute(params![id, content.mtime])?;
        Ok(id)
    }

    /// The bytes behind the name may be others: thumbnails are to be made again, a failure is to be tried again.
    /// A rendition that is being published stays noted, because its files are being put in place, and is stale too.
    pub(crate) fn set_stale(&self, content: i64) -> Result<()> {
        for sql in [
            "UPDATE content_identities SET pending = 1 WHERE id = ?1",
            "UPDATE thumbnails SET recipe = '' WHERE content_id = ?1",
            "DELETE FROM failures WHERE content_id = ?1",
            "UPDATE staged_renditions SET record = json_set(record, '$.stale', json('true')) WHERE content_id = ?1",
        ] {
            self.0.0.prepare_cached(sql)?.execute([content])?;
        }
        Ok(())
    }
}
