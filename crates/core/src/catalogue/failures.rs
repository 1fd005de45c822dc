//! The rows of failures: why a content has no thumbnail, and when it is worth another try.
//! Knows nothing of what is tried.

use super::{Reading, Writing};
use crate::error::Result;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A content that was the end of so many workers is in quarantine. Once may have been the machine's fault; a third
/// time would only cost another worker.
pub(crate) const QUARANTINE_AFTER: u32 = 2;

/// Why a content has no thumbnail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FailureRow {
    pub(crate) content: i64,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) attempts: u32,
    /// How many of them were the end of a worker; also attempts that wanted something else are counted.
    pub(crate) kills: u32,
    /// The engines and limits it failed under.
    pub(crate) engine: String,
    /// What was wanted; empty for what the settings say.
    pub(crate) wanted: String,
    /// Milliseconds since 1970; `None`: not before something changes or somebody asks.
    pub(crate) next_attempt_at: Option<i64>,
}

impl FailureRow {
    /// Whether it is not tried again until something changes or somebody asks, whatever is wanted of it.
    pub(crate) fn is_quarantined(&self) -> bool {
        self.kills >= QUARANTINE_AFTER
    }
}

/// A failure with one of the files that has it, for people.
#[derive(Debug, Clone)]
pub(crate) struct FailedFile {
    pub(crate) failure: FailureRow,
    pub(crate) cas_id: String,
    /// Location's path and the path below it; `None` when no entry holds the content any more.
    pub(crate) path: Option<(Vec<u8>, Vec<u8>)>,
}

/// Where entries may lie: in this location, strictly between these two paths or at the third.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) location: i64,
    pub(crate) from: Vec<u8>,
    pub(crate) end: Vec<u8>,
    pub(crate) at: Vec<u8>,
}

const COLUMNS: &str = "content_id, reason, detail, attempts, kills, engine, wanted, next_attempt_at";

pub(crate) const SOURCE_IN: &str =
    "SELECT l.path, e.path FROM entries e JOIN locations l ON l.id = e.location_id
     WHERE e.content_id = ?1 AND +e.location_id = ?2 AND (+e.path = ?5 OR (+e.path > ?3 AND +e.path < ?4))
     ORDER BY e.id LIMIT 1";

pub(super) const DUE: &str = "SELECT next_attempt_at, content_id FROM failures
             WHERE next_attempt_at IS NOT NULL ORDER BY next_attempt_at LIMIT ?1";

pub(super) const PAGE: &str =
    "SELECT f.content_id, f.reason, f.detail, f.attempts, f.kills, f.engine, f.wanted, f.next_attempt_at,
                    c.cas_id, l.path, e.path
             FROM failures f
             JOIN content_identities c ON c.id = f.content_id
             LEFT JOIN entries e ON e.id = (SELECT min(id) FROM entries WHERE content_id = f.content_id)
             LEFT JOIN locations l ON l.id = e.location_id
             WHERE f.content_id > ?1 ORDER BY f.content_id LIMIT ?2";

pub(super) const DETAILS: &str = "SELECT detail FROM failures WHERE reason = ?1 ORDER BY content_id LIMIT ?2";

pub(super) const QUARANTINED: &str = "SELECT count(*) FROM failures WHERE kills >= 2";

impl Reading<'_> {
    /// The failure of one content.
    pub(crate) fn failure(&self, content: i64) -> Result<Option<FailureRow>> {
        let sql = format!("SELECT {COLUMNS} FROM failures WHERE content_id = ?1");
        Ok(self.0.prepare_cached(&sql)?.query_row([content], failure_row).optional()?)
    }

    /// Contents worth another try, the earliest first, with when.
    pub(crate) fn failures_due(&self, limit: usize) -> Result<Vec<(i64, i64)>> {
        let mut statement = self.0.prepare_cached(DUE)?;
        let rows = statement.query_map([limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Failures after `after`, in order of content, each with one file that has it.
    pub(crate) fn failures_page(&self, after: i64, limit: usize) -> Result<Vec<FailedFile>> {
        let mut statement = self.0.prepare_cached(PAGE)?;
        let rows = statement.query_map(params![after, limit as i64], |row| {
            let location: Option<Vec<u8>> = row.get(9)?;
            let path: Option<Vec<u8>> = row.get(10)?;
            Ok(FailedFile { failure: failure_row(row)?, cas_id: row.get(8)?, path: location.zip(path) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One of the files in `scope` that hold a content: location's path and the path below it.
    pub(crate) fn source_in(&self, content: i64, scope: &Scope) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
        let mut statement = self.0.prepare_cached(SOURCE_IN)?;
        let keys = params![content, scope.location, scope.from, scope.end, scope.at];
        Ok(statement.query_row(keys, |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// How many contents are in quarantine.
    pub(crate) fn quarantined(&self) -> Result<u64> {
        let mut statement = self.0.prepare_cached(QUARANTINED)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// The words of failures of a reason, each once, as far as the first `limit` of them say different ones.
    pub(crate) fn details_of(&self, reason: &str, limit: usize) -> Result<BTreeSet<String>> {
        let mut statement = self.0.prepare_cached(DETAILS)?;
        let rows = statement.query_map(params![reason, limit as i64], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writing<'_> {
    /// Records a failure, or the next attempt's.
    pub(crate) fn upsert_failure(&self, row: &FailureRow, now: i64) -> Result<()> {
        self.0
            .0
            .prepare_cached(
                "INSERT INTO failures
                    (content_id, reason, detail, attempts, engine, next_attempt_at, created_at, updated_at, kills, wanted)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)
                 ON CONFLICT (content_id) DO UPDATE SET
                    reason = excluded.reason, detail = excluded.detail, attempts = excluded.attempts,
                    engine = excluded.engine, next_attempt_at = excluded.next_attempt_at,
                    updated_at = excluded.updated_at, kills = excluded.kills, wanted = excluded.wanted",
            )?
            .execute(params![
                row.content,
                row.reason,
                row.detail,
                row.attempts,
                row.engine,
                row.next_attempt_at,
                now,
                row.kills,
                row.wanted
            ])?;
        Ok(())
    }

    /// Has a failure tried again as if for the first time, as soon as a job comes by or looks again.
    /// Says whether there was one.
    pub(crate) fn retry_failure(&self, content: i64, now: i64) -> Result<bool> {
        let changed = self
            .0
            .0
            .prepare_cached(
                "UPDATE failures SET attempts = 0, kills = 0, next_attempt_at = ?2, updated_at = ?2
                 WHERE content_id = ?1",
            )?
            .execute(params![content, now])?;
        Ok(changed > 0)
    }

    /// Forgets a failure, because it was overcome or is to be tried afresh.
    pub(crate) fn delete_failure(&self, content: i64) -> Result<()> {
        self.0.0.prepare_cached("DELETE FROM failures WHERE content_id = ?1")?.execute([content])?;
        Ok(())
    }
}

fn failure_row(row: &Row<'_>) -> rusqlite::Result<FailureRow> {
    Ok(FailureRow {
        content: row.get(0)?,
        reason: row.get(1)?,
        detail: row.get(2)?,
        attempts: row.get(3)?,
        kills: row.get(4)?,
        engine: row.get(5)?,
        wanted: row.get(6)?,
        next_attempt_at: row.get(7)?,
    })
}
