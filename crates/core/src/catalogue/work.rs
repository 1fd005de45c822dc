//! What there is to do: contents that lack thumbnails, in the order they are wanted, and where their files are.
//! Knows nothing of how the work is done.

use super::{Reading, Writing};
use crate::error::Result;
use crate::library::ContentInfo;
use rusqlite::{OptionalExtension, params};
use tintype_sandbox::Film;

/// A content as the thumbnail job sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContentRow {
    pub(crate) id: i64,
    pub(crate) cas_id: String,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) kind: String,
    pub(crate) mime_type: String,
    pub(crate) pending: bool,
}

/// A file that holds a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceRow {
    /// The location's path.
    pub(crate) location: Vec<u8>,
    /// The path below it.
    pub(crate) path: Vec<u8>,
    /// Nanoseconds since 1970, when it was indexed.
    pub(crate) mtime: i64,
}

/// What a rendition taught us about a content.
#[derive(Debug, Clone, Default)]
pub(crate) struct ContentFacts<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) pages: Option<u32>,
    pub(crate) animated: bool,
    pub(crate) thumbhash: &'a [u8],
    pub(crate) mime_type: &'a str,
    pub(crate) film: Option<&'a Film>,
}

/// Bulk work's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PendingOrder {
    LargestFirst,
    NewestFirst,
}

impl PendingOrder {
    fn sql(self) -> &'static str {
        match self {
            Self::LargestFirst => PENDING_BY_SIZE,
            Self::NewestFirst => PENDING_BY_TIME,
        }
    }
}

pub(crate) const PENDING_BY_SIZE: &str =
    "SELECT size, id FROM content_identities INDEXED BY contents_pending_by_size
     WHERE pending = 1 AND (size, id) < (?1, ?2) ORDER BY size DESC, id DESC LIMIT ?3";
pub(crate) const PENDING_BY_TIME: &str =
    "SELECT newest_mtime, id FROM content_identities INDEXED BY contents_pending_by_time
     WHERE pending = 1 AND (newest_mtime, id) < (?1, ?2) ORDER BY newest_mtime DESC, id DESC LIMIT ?3";
pub(crate) const BELOW: &str = "SELECT path, content_id FROM entries
     WHERE location_id = ?1 AND path > ?2 AND path < ?3 ORDER BY path LIMIT ?4";
pub(crate) const SOURCES: &str =
    "SELECT l.path, e.path, e.mtime FROM entries e JOIN locations l ON l.id = e.location_id
     WHERE e.content_id = ?1 ORDER BY e.id LIMIT ?2";
/// A file that has changed and could not be read since may still hold what it held. What is being published has its
/// files put in place just now.
const UNREFERENCED: &str = "AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.content_id = c.id)
     AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.held_before = c.id AND e.content_id IS NULL)
     AND NOT EXISTS (SELECT 1 FROM staged_renditions s WHERE s.content_id = c.id)";

/// Contents that nothing refers to.
pub(crate) fn orphans_sql() -> String {
    format!(
        "SELECT c.id, c.cas_id FROM content_identities c WHERE c.id > ?1 {UNREFERENCED} ORDER BY c.id LIMIT ?2"
    )
}

pub(super) const CONTENT_IDS: &str = "SELECT id FROM content_identities WHERE id > ?1 ORDER BY id LIMIT ?2";

pub(super) const ENTRY_HOLDING: &str = "SELECT id FROM entries WHERE content_id = ?1 ORDER BY id LIMIT 1";

impl Reading<'_> {
    /// Pending contents after (`key`, `id`) in `order`, as (key, id).
    pub(crate) fn pending_page(
        &self,
        order: PendingOrder,
        after: (i64, i64),
        limit: usize,
    ) -> Result<Vec<(i64, i64)>> {
        let mut statement = self.0.prepare_cached(order.sql())?;
        let rows = statement
            .query_map(params![after.0, after.1, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Entries of a location with a path after `after` and below `end`, as (path, content).
    pub(crate) fn entries_between(
        &self,
        location: i64,
        (after, end): (&[u8], &[u8]),
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Option<i64>)>> {
        let mut statement = self.0.prepare_cached(BELOW)?;
        let rows = statement
            .query_map(params![location, after, end, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Contents after `after`, in order of id.
    pub(crate) fn content_ids_page(&self, after: i64, limit: usize) -> Result<Vec<i64>> {
        let mut statement = self.0.prepare_cached(CONTENT_IDS)?;
        let rows = statement.query_map(params![after, limit as i64], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One content.
    pub(crate) fn content(&self, id: i64) -> Result<Option<ContentRow>> {
        self.content_where("id = ?1", id)
    }

    /// The content with this CAS ID.
    pub(crate) fn content_by_cas_id(&self, cas_id: &str) -> Result<Option<ContentRow>> {
        self.content_where("cas_id = ?1", cas_id)
    }

    fn content_where(&self, condition: &str, key: impl rusqlite::ToSql) -> Result<Option<ContentRow>> {
        let sql = format!(
            "SELECT id, cas_id, size, kind, mime_type, pending FROM content_identities WHERE {condition}"
        );
        let row = self.0.prepare_cached(&sql)?.query_row([key], |row| {
            Ok(ContentRow {
                id: row.get(0)?,
                cas_id: row.get(1)?,
                size: row.get::<_, i64>(2)? as u64,
                kind: row.get(3)?,
                mime_type: row.get(4)?,
                pending: row.get(5)?,
            })
        });
        Ok(row.optional()?)
    }

    /// What is known of a content.
    pub(crate) fn facts(&self, content: i64) -> Result<Option<ContentInfo>> {
        let mut statement = self.0.prepare_cached(
            "SELECT kind, mime_type, width, height, duration_ms, pages, animated, codec, frames_per_1000_s, rotation
             FROM content_identities WHERE id = ?1",
        )?;
        let row = statement.query_row([content], |row| {
            Ok(ContentInfo {
                kind: row.get(0)?,
                mime_type: row.get(1)?,
                width: row.get(2)?,
                height: row.get(3)?,
                duration_ms: row.get::<_, Option<i64>>(4)?.map(|ms| ms as u64),
                pages: row.get(5)?,
                animated: row.get(6)?,
                codec: row.get(7)?,
                frames_per_1000_s: row.get(8)?,
                rotation: row.get(9)?,
            })
        });
        Ok(row.optional()?)
    }

    /// Some of the files that hold a content, oldest entry first.
    pub(crate) fn sources_of(&self, content: i64, limit: usize) -> Result<Vec<SourceRow>> {
        let mut statement = self.0.prepare_cached(SOURCES)?;
        let rows = statement.query_map(params![content, limit as i64], |row| {
            Ok(SourceRow { location: row.get(0)?, path: row.get(1)?, mtime: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The content of an entry.
    pub(crate) fn content_of_entry(&self, entry: i64) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached("SELECT content_id FROM entries WHERE id = ?1")?;
        Ok(statement.query_row([entry], |row| row.get(0)).optional()?.flatten())
    }

    /// The oldest entry that holds a content.
    pub(crate) fn entry_holding(&self, content: i64) -> Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(ENTRY_HOLDING)?;
        Ok(statement.query_row([content], |row| row.get(0)).optional()?)
    }

    /// Contents after `after` that nothing refers to.
    pub(crate) fn orphans_page(&self, after: i64, limit: usize) -> Result<Vec<(i64, String)>> {
        let mut statement = self.0.prepare_cached(&orphans_sql())?;
        let rows = statement.query_map(params![after, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writing<'_> {
    /// Says whether a content still needs work under the present settings.
    pub(crate) fn set_pending(&self, content: i64, pending: bool) -> Result<()> {
        self.0
            .0
            .prepare_cached("UPDATE content_identities SET pending = ?2 WHERE id = ?1 AND pending <> ?2")?
            .execute(params![content, pending])?;
        Ok(())
    }

    /// Marks a page of contents after `after` as pending; returns the last one, `None` at the end.
    pub(crate) fn mark_pending_page(&self, after: i64, limit: usize) -> Result<Option<i64>> {
        let last: Option<i64> = self
            .0
            .0
            .prepare_cached(
                "SELECT max(id) FROM (SELECT id FROM content_identities WHERE id > ?1 ORDER BY id LIMIT ?2)",
            )?
            .query_row(params![after, limit as i64], |row| row.get(0))?;
        if let Some(last) = last {
            self.0
                .0
                .prepare_cached(
                    "UPDATE content_identities SET pending = 1 WHERE id > ?1 AND id <= ?2 AND pending = 0",
                )?
                .execute(params![after, last])?;
        }
        Ok(last)
    }

    /// Records what a rendition taught us. Says whether the content is still there.
    pub(crate) fn set_content_facts(&self, content: i64, facts: &ContentFacts<'_>) -> Result<bool> {
        let changed = self
            .0
            .0
            .prepare_cached(
                "UPDATE content_identities SET width = ?2, height = ?3, duration_ms = ?4, pages = ?5, animated = ?6,
                        thumbhash = ?7, mime_type = CASE WHEN ?8 = '' THEN mime_type ELSE ?8 END,
                        codec = ?9, frames_per_1000_s = ?10, rotation = ?11
                 WHERE id = ?1",
            )?
            .execute(params![
                content,
                facts.width,
                facts.height,
                facts.duration_ms.map(|ms| ms as i64),
                facts.pages,
                facts.animated,
                facts.thumbhash,
                facts.mime_type,
                facts.film.map(|film| &film.codec),
                facts.film.and_then(|film| film.frames_per_1000_s),
                facts.film.map(|film| film.rotation)
            ])?;
        Ok(changed > 0)
    }

    /// Forgets a content that no entry refers to, and with it its thumbnails and its failure. Says whether it did: an
    /// entry may have come in between, or a rendition.
    pub(crate) fn delete_orphan(&self, content: i64) -> Result<bool> {
        let sql = format!("DELETE FROM content_identities AS c WHERE c.id = ?1 {UNREFERENCED}");
        Ok(self.0.0.prepare_cached(&sql)?.execute([content])? > 0)
    }
}
