//! The rows of entries: files as the indexer last saw them.
//! Knows nothing of file systems.

use super::{Reading, Writing};
use crate::error::Result;
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

/// What the file system says of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) mtime: i64,
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl Stat {
    /// Whether the file was not written to in between.
    pub(crate) fn same_version(&self, other: &Self) -> bool {
        (self.size, self.mtime) == (other.size, other.mtime)
    }

    /// Whether it is the same file, under whatever name, and was not written to in between.
    pub(crate) fn same_file(&self, other: &Self) -> bool {
        self == other
    }
}

/// A file to be added.
pub(crate) struct NewEntry<'a> {
    pub(crate) location: i64,
    /// Below the location.
    pub(crate) path: &'a [u8],
    pub(crate) stat: Stat,
    /// Known already when it is another name of a file that was read.
    pub(crate) mime_type: Option<&'a str>,
    pub(crate) content: Option<i64>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryRow {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) location: i64,
    pub(crate) path: Vec<u8>,
    pub(crate) stat: Stat,
    pub(crate) mime_type: Option<String>,
    pub(crate) content: Option<i64>,
    pub(crate) deferred: Option<String>,
    /// The content it had before it changed.
    pub(crate) held_before: Option<i64>,
}

macro_rules! select_entries {
    ($rest:literal) => {
        concat!(
            "SELECT id, uuid, location_id, path, size, mtime, device, inode, mime_type, content_id, deferred, ",
            "held_before FROM entries ",
            $rest
        )
    };
}

pub(super) const BY_PATH: &str = select_entries!("WHERE location_id = ?1 AND path = ?2");
pub(super) const BY_INODE: &str = select_entries!("WHERE inode = ?1 AND device = ?2 ORDER BY id LIMIT 16");
pub(super) const UNIDENTIFIED: &str = select_entries!(
    "WHERE location_id = ?1 AND content_id IS NULL AND deferred IS NULL AND id > ?2 ORDER BY id LIMIT ?3"
);
pub(super) const PAGE: &str = select_entries!("WHERE location_id = ?1 AND path > ?2 ORDER BY path LIMIT ?3");
pub(super) const COUNT_UNIDENTIFIED: &str = "SELECT count(*) FROM entries
    WHERE location_id = ?1 AND content_id IS NULL AND deferred IS NULL";

impl Reading<'_> {
    /// The entry at a path below a location.
    pub(crate) fn entry_at(&self, location: i64, path: &[u8]) -> Result<Option<EntryRow>> {
        Ok(self.0.prepare_cached(BY_PATH)?.query_row(params![location, path], entry_row).optional()?)
    }

    /// Entries that were this file when last seen, in any location; of many hard links, the first few.
    pub(crate) fn entries_of_file(&self, stat: &Stat) -> Result<Vec<EntryRow>> {
        let rows = self.entry_rows(BY_INODE, params![stat.inode as i64, stat.device as i64])?;
        Ok(rows.into_iter().filter(|row| row.stat.same_file(stat)).collect())
    }

    /// Entries whose content is not known and that nothing keeps from being read, in order of their keys.
    pub(crate) fn unidentified(&self, location: i64, after: i64, limit: usize) -> Result<Vec<EntryRow>> {
        self.entry_rows(UNIDENTIFIED, params![location, after, limit as i64])
    }

    /// How many [`Reading::unidentified`] there are.
    pub(crate) fn count_unidentified(&self, location: i64) -> Result<u64> {
        Ok(self.0.prepare_cached(COUNT_UNIDENTIFIED)?.query_row([location], |row| row.get(0))?)
    }

    /// The entries of a location after a path, in order of path.
    pub(crate) fn entries_after(&self, location: i64, path: &[u8], limit: usize) -> Result<Vec<EntryRow>> {
        self.entry_rows(PAGE, params![location, path, limit as i64])
    }

    fn entry_rows(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<EntryRow>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params, entry_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writing<'_> {
    /// Adds a file.
    pub(crate) fn insert_entry(&self, entry: &NewEntry<'_>) -> Result<i64> {
        self.0.0
            .prepare_cached(
                "INSERT INTO entries (uuid, location_id, path, size, mtime, device, inode, mime_type, content_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                Uuid::now_v7().to_string(),
                entry.location,
                entry.path,
                entry.stat.size as i64,
                entry.stat.mtime,
                entry.stat.device as i64,
                entry.stat.inode as i64,
                entry.mime_type,
                entry.content
            ])?;
        self.tally("entries", "", entry.stat.size);
        Ok(self.0.0.last_insert_rowid())
    }

    /// The file was written to: what it holds is to be looked at again, unless it is known from another name of it.
    pub(crate) fn change_entry(&self, id: i64, stat: &Stat, twin: Option<&EntryRow>) -> Result<()> {
        self.0.0
            .prepare_cached(
                "UPDATE entries SET size = ?2, mtime = ?3, device = ?4, inode = ?5, mime_type = ?6, deferred = NULL,
                        held_before = coalesce(content_id, held_before), content_id = ?7
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                stat.size as i64,
                stat.mtime,
                stat.device as i64,
                stat.inode as i64,
                twin.and_then(|twin| twin.mime_type.as_deref()),
                twin.and_then(|twin| twin.content)
            ])?;
        Ok(())
    }

    /// The same file, found on another device or under another inode, or to be looked at again because it was deferred.
    pub(crate) fn touch_entry(&self, id: i64, stat: &Stat) -> Result<()> {
        self.0
            .0
            .prepare_cached("UPDATE entries SET device = ?2, inode = ?3, deferred = NULL WHERE id = ?1")?
            .execute(params![id, stat.device as i64, stat.inode as i64])?;
        Ok(())
    }

    /// The file has another path now. Under another name it may no longer be one to leave for later.
    pub(crate) fn move_entry(&self, id: i64, location: i64, path: &[u8]) -> Result<()> {
        self.0
            .0
            .prepare_cached("UPDATE entries SET location_id = ?2, path = ?3, deferred = NULL WHERE id = ?1")?
            .execute(params![id, location, path])?;
        Ok(())
    }

    /// What the file holds, and what it was when that was read.
    pub(crate) fn identify_entry(&self, id: i64, stat: &Stat, mime_type: &str, content: i64) -> Result<()> {
        // Nearly always the file has the size it had. Not to write size and `deferred` spares the triggers on them.
        let usual = "UPDATE entries SET mtime = ?3, device = ?4, inode = ?5, mime_type = ?6, content_id = ?7,
                            held_before = NULL
                     WHERE id = ?1 AND size = ?2 AND deferred IS NULL";
        let unusual = "UPDATE entries SET size = ?2, mtime = ?3, device = ?4, inode = ?5, mime_type = ?6,
                              content_id = ?7, deferred = NULL, held_before = NULL
                       WHERE id = ?1";
        let (size, device, inode) = (stat.size as i64, stat.device as i64, stat.inode as i64);
        let row = params![id, size, stat.mtime, device, inode, mime_type, content];
        if self.0.0.prepare_cached(usual)?.execute(row)? == 0 {
            self.0.0.prepare_cached(unusual)?.execute(row)?;
        }
        Ok(())
    }

    /// The file is left for later.
    pub(crate) fn defer_entry(&self, id: i64, reason: &str) -> Result<()> {
        self.0
            .0
            .prepare_cached(
                "UPDATE entries SET deferred = ?2, content_id = NULL, mime_type = NULL WHERE id = ?1",
            )?
            .execute(params![id, reason])?;
        Ok(())
    }

    /// The file is gone.
    pub(crate) fn delete_entry(&self, id: i64) -> Result<()> {
        self.0.0.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        id: row.get(0)?,
        uuid: row.get(1)?,
        location: row.get(2)?,
        path: row.get(3)?,
        stat: stat_row(row, 4)?,
        mime_type: row.get(8)?,
        content: row.get(9)?,
        deferred: row.get(10)?,
        held_before: row.get(11)?,
    })
}

fn stat_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Stat> {
    Ok(Stat {
        size: row.get::<_, i64>(first)? as u64,
        mtime: row.get(first + 1)?,
        device: row.get::<_, i64>(first + 2)? as u64,
        inode: row.get::<_, i64>(first + 3)? as u64,
    })
}
