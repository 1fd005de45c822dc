//! The rows of thumbnails, and of renditions that are finished but not yet synced.
//! Knows nothing of where the files lie.

use super::{Reading, Writing};
use crate::error::Result;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use tintype_sandbox::Tiles;

/// One thumbnail as the catalogue knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ThumbnailRow {
    /// The size it was asked for, pixels.
    pub(crate) size: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Bytes.
    pub(crate) file_size: u64,
    /// Quality and engine; empty when stale.
    pub(crate) recipe: String,
    /// BLAKE3 of the file, hex.
    pub(crate) checksum: String,
    /// Whether somebody asked for this very size: then it stays though the settings do not want it.
    #[serde(default)]
    pub(crate) asked: bool,
    /// Of a scrub sheet, where each of its pictures lies and when it is shown.
    #[serde(default)]
    pub(crate) tiles: Option<Tiles>,
}

/// A thumbnail's row, its content, and where its file is: what verification walks over.
#[derive(Debug, Clone)]
pub(crate) struct StoredThumbnail {
    pub(crate) content: i64,
    pub(crate) cas_id: String,
    pub(crate) row: ThumbnailRow,
}

/// What the library holds, per size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeTotals {
    /// Longest edge, pixels.
    pub size: u32,
    /// How many thumbnails.
    pub count: u64,
    /// How many bytes they take.
    pub bytes: u64,
}

/// Of contents that some entry refers to; orphans go as a whole.
pub(crate) const UNWANTED: &str =
    "SELECT t.content_id, c.cas_id, t.size, t.width, t.height, t.file_size, t.recipe, t.checksum, t.asked, t.tiles
     FROM thumbnails t JOIN content_identities c ON c.id = t.content_id
     WHERE (t.content_id, t.size) > (?1, ?2) AND t.asked = 0 AND t.size NOT IN (SELECT value FROM json_each(?3))
     AND EXISTS (SELECT 1 FROM entries e WHERE e.content_id = t.content_id)
     ORDER BY t.content_id, t.size LIMIT ?4";

pub(crate) const LOST: &str =
    "SELECT l.content_id, c.cas_id, l.size FROM lost_thumbnails l JOIN content_identities c ON c.id = l.content_id
     WHERE (l.content_id, l.size) > (?1, ?2) ORDER BY l.content_id, l.size LIMIT ?3";

pub(crate) const ASKED: &str =
    "SELECT count(*) FROM thumbnails INDEXED BY thumbnails_asked WHERE asked = 1 AND size = ?1";

pub(super) const OF_CONTENT: &str = "SELECT size, width, height, file_size, recipe, checksum, asked, tiles FROM thumbnails WHERE content_id = ?1 ORDER BY size";

pub(super) const PAGE: &str =
    "SELECT t.content_id, c.cas_id, t.size, t.width, t.height, t.file_size, t.recipe, t.checksum, t.asked, t.tiles
             FROM thumbnails t JOIN content_identities c ON c.id = t.content_id
             WHERE (t.content_id, t.size) > (?1, ?2) ORDER BY t.content_id, t.size LIMIT ?3";

impl Reading<'_> {
    /// The thumbnails of one content, smallest size first.
    pub(crate) fn thumbnails_of(&self, content: i64) -> Result<Vec<ThumbnailRow>> {
        let mut statement = self.0.prepare_cached(OF_CONTENT)?;
        let rows = statement.query_map([content], |row| thumbnail_row(row, 0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Thumbnails after (`content`, `size`), in that order.
    pub(crate) fn thumbnails_page(&self, after: (i64, u32), limit: usize) -> Result<Vec<StoredThumbnail>> {
        let mut statement = self.0.prepare_cached(PAGE)?;
        let rows = statement.query_map(params![after.0, after.1, limit as i64], |row| {
            Ok(StoredThumbnail { content: row.get(0)?, cas_id: row.get(1)?, row: thumbnail_row(row, 2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Thumbnails after (`content`, `size`) of sizes that are not `wanted`, and that nobody asked for.
    pub(crate) fn unwanted_page(
        &self,
        after: (i64, u32),
        wanted: &[u32],
        limit: usize,
    ) -> Result<Vec<StoredThumbnail>> {
        let mut statement = self.0.prepare_cached(UNWANTED)?;
        let keys = params![after.0, after.1, format!("{wanted:?}"), limit as i64];
        let rows = statement.query_map(keys, |row| {
            Ok(StoredThumbnail { content: row.get(0)?, cas_id: row.get(1)?, row: thumbnail_row(row, 2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many thumbnails of a size are there because somebody asked.
    pub(crate) fn asked_of_size(&self, size: u32) -> Result<u64> {
        let mut statement = self.0.prepare_cached(ASKED)?;
        Ok(statement.query_row([size], |row| row.get(0))?)
    }

    /// Whether a thumbnail of this content and size is recorded with this checksum.
    pub(crate) fn thumbnail(&self, content: i64, size: u32) -> Result<Option<ThumbnailRow>> {
        let mut statement = self.0.prepare_cached(
            "SELECT size, width, height, file_size, recipe, checksum, asked, tiles FROM thumbnails WHERE content_id = ?1 AND size = ?2",
        )?;
        Ok(statement.query_row(params![content, size], |row| thumbnail_row(row, 0)).optional()?)
    }

    /// The sizes at which a content had thumbnails that were damaged and are not made again yet.
    pub(crate) fn lost_sizes(&self, content: i64) -> Result<Vec<u32>> {
        let mut statement =
            self.0.prepare_cached("SELECT size FROM lost_thumbnails WHERE content_id = ?1 ORDER BY size")?;
        Ok(statement.query_map([content], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The note of a content's rendition that is being published, if there is one.
    pub(crate) fn staged_rendition(&self, content: i64) -> Result<Option<String>> {
        let mut statement =
            self.0.prepare_cached("SELECT record FROM staged_renditions WHERE content_id = ?1")?;
        Ok(statement.query_row([content], |row| row.get(0)).optional()?)
    }

    /// Thumbnails after (`content`, `size`) that were damaged and are not made again yet: content, CAS ID, size.
    pub(crate) fn lost_page(&self, after: (i64, u32), limit: usize) -> Result<Vec<(i64, String, u32)>> {
        let mut statement = self.0.prepare_cached(LOST)?;
        let keys = params![after.0, after.1, limit as i64];
        let rows = statement.query_map(keys, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Renditions that finished but were not yet synced when somebody last looked.
    pub(crate) fn staged_renditions(&self) -> Result<Vec<(i64, String)>> {
        let mut statement =
            self.0.prepare_cached("SELECT content_id, record FROM staged_renditions ORDER BY content_id")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writing<'_> {
    /// Records a thumbnail, new or made again.
    pub(crate) fn upsert_thumbnail(&self, content: i64, row: &ThumbnailRow, now: i64) -> Result<()> {
        self.0
            .0
            .prepare_cached(
                "INSERT INTO thumbnails
                    (content_id, size, width, height, file_size, recipe, checksum, created_at, updated_at, asked, tiles)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)
                 ON CONFLICT (content_id, size) DO UPDATE SET
                    width = excluded.width, height = excluded.height, file_size = excluded.file_size,
                    recipe = excluded.recipe, checksum = excluded.checksum, updated_at = excluded.updated_at,
                    asked = max(asked, excluded.asked), tiles = excluded.tiles",
            )?
            .execute(params![
                content,
                row.size,
                row.width,
                row.height,
                row.file_size as i64,
                row.recipe,
                row.checksum,
                now,
                row.asked,
                row.tiles.as_ref().map(written)
            ])?;
        self.found_again(content, row.size)
    }

    /// Notes that somebody asked for thumbnails that are there already.
    pub(crate) fn keep_asked(&self, content: i64, sizes: &[u32]) -> Result<()> {
        let mut statement = self.0.0.prepare_cached(
            "UPDATE thumbnails SET asked = 1 WHERE content_id = ?1 AND size = ?2 AND asked = 0",
        )?;
        sizes.iter().try_for_each(|size| statement.execute(params![content, size]).map(|_| ()))?;
        Ok(())
    }

    /// Remembers that a thumbnail was damaged and taken away, until it is made again.
    pub(crate) fn lose(&self, content: i64, size: u32) -> Result<()> {
        self.0
            .0
            .prepare_cached("INSERT OR IGNORE INTO lost_thumbnails (content_id, size) VALUES (?1, ?2)")?
            .execute(params![content, size])?;
        Ok(())
    }

    fn found_again(&self, content: i64, size: u32) -> Result<()> {
        self.0
            .0
            .prepare_cached("DELETE FROM lost_thumbnails WHERE content_id = ?1 AND size = ?2")?
            .execute(params![content, size])?;
        Ok(())
    }

    /// Forgets a thumbnail whose file is not there.
    pub(crate) fn delete_thumbnail(&self, content: i64, size: u32) -> Result<()> {
        self.0
            .0
            .prepare_cached("DELETE FROM thumbnails WHERE content_id = ?1 AND size = ?2")?
            .execute(params![content, size])?;
        Ok(())
    }

    /// Notes a finished rendition before it is published. Says whether it did: not of a content that was cleaned away
    /// meanwhile. From here on until the note is forgotten the content cannot be: see [`Writing::delete_orphan`].
    pub(crate) fn stage_rendition(&self, content: i64, record: &str) -> Result<bool> {
        let noted = self
            .0
            .0
            .prepare_cached(
                "INSERT OR REPLACE INTO staged_renditions (content_id, record)
                 SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM content_identities WHERE id = ?1)",
            )?
            .execute(params![content, record])?;
        Ok(noted > 0)
    }

    /// Forgets the note, because the rendition is in the catalogue proper, or lost.
    pub(crate) fn unstage_rendition(&self, content: i64) -> Result<()> {
        self.0.0.prepare_cached("DELETE FROM staged_renditions WHERE content_id = ?1")?.execute([content])?;
        Ok(())
    }
}

fn thumbnail_row(row: &Row<'_>, first: usize) -> rusqlite::Result<ThumbnailRow> {
    Ok(ThumbnailRow {
        size: row.get(first)?,
        width: row.get(first + 1)?,
        height: row.get(first + 2)?,
        file_size: row.get::<_, i64>(first + 3)? as u64,
        recipe: row.get(first + 4)?,
        checksum: row.get(first + 5)?,
        asked: row.get(first + 6)?,
        tiles: row.get::<_, Option<String>>(first + 7)?.and_then(|tiles| serde_json::from_str(&tiles).ok()),
    })
}

fn written(tiles: &Tiles) -> String {
    serde_json::to_string(tiles).expect("numbers can be written as JSON")
}
