//! How many rows there are of what, and how many bytes: read from counters, never counted.
//! Knows the names of counters. New rows of large tables are tallied here; all other changes are triggers, in the
//! migration that made the counters.

use super::{Reading, SizeTotals, Writing};
use crate::error::Result;
use rusqlite::{Row, params};
use std::{cell::RefCell, collections::BTreeMap};

/// A counter, by what it counts and its name.
type Counter = (&'static str, &'static str);

/// What a transaction adds to counters: number and bytes.
#[derive(Default)]
pub(super) struct Tally(RefCell<BTreeMap<Counter, (i64, i64)>>);

pub(super) const SUM: &str =
    "SELECT coalesce(sum(number), 0), coalesce(sum(bytes), 0) FROM totals WHERE what = ?1";
pub(super) const EACH: &str =
    "SELECT name, number, bytes FROM totals WHERE what = ?1 AND number > 0 ORDER BY name";
const ADD: &str = "INSERT INTO totals VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT DO UPDATE SET number = number + excluded.number, bytes = bytes + excluded.bytes";
pub(super) const COVERAGE: &str =
    "SELECT c.name, c.number, coalesce(p.number, 0), coalesce(f.number, 0) FROM totals c
     LEFT JOIN totals p ON p.what = 'pending' AND p.name = c.name
     LEFT JOIN totals f ON f.what = 'final' AND f.name = c.name
     WHERE c.what = 'contents' AND c.number > 0 ORDER BY c.name";

impl Reading<'_> {
    /// How many files there are and how many bytes they hold.
    pub(crate) fn entry_totals(&self) -> Result<(u64, u64)> {
        self.sum("entries")
    }

    /// How many contents there are, and how many bytes they have.
    pub(crate) fn content_totals(&self) -> Result<(u64, u64)> {
        self.sum("contents")
    }

    /// How many contents are pending, and how many bytes they have.
    pub(crate) fn pending_totals(&self) -> Result<(u64, u64)> {
        self.sum("pending")
    }

    /// How many files are left for later, for each reason.
    pub(crate) fn deferred_totals(&self) -> Result<Vec<(String, u64)>> {
        self.each("deferred", |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// How many failures there are for each reason, the most frequent first.
    pub(crate) fn failure_totals(&self) -> Result<Vec<(String, u64)>> {
        let mut totals: Vec<(String, u64)> = self.each("failures", |row| Ok((row.get(0)?, row.get(1)?)))?;
        totals.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        Ok(totals)
    }

    /// What the library holds, per size.
    pub(crate) fn size_totals(&self) -> Result<Vec<SizeTotals>> {
        let mut totals = self.each("thumbnails", |row| {
            let size: String = row.get(0)?;
            Ok(SizeTotals { size: size.parse().unwrap_or_default(), count: row.get(1)?, bytes: row.get(2)? })
        })?;
        totals.sort_by_key(|total| total.size); // as numbers: 1024 is more than 128
        Ok(totals)
    }

    /// How many contents there are of each kind, and how many of them are pending, or failed for good.
    pub(crate) fn coverage(&self) -> Result<Vec<(String, u64, u64, u64)>> {
        let mut statement = self.0.prepare_cached(COVERAGE)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn sum(&self, what: &str) -> Result<(u64, u64)> {
        Ok(self.0.prepare_cached(SUM)?.query_row([what], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    fn each<T>(&self, what: &str, row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        let mut statement = self.0.prepare_cached(EACH)?;
        let rows = statement.query_map([what], row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Writing<'_> {
    /// Counts a new row.
    pub(super) fn tally(&self, what: &'static str, name: &'static str, bytes: u64) {
        let mut tally = self.1.0.borrow_mut();
        let (number, total) = tally.entry((what, name)).or_default();
        *number += 1;
        *total += bytes as i64;
    }

    /// Writes down what was counted.
    pub(super) fn settle(&self) -> Result<()> {
        for ((what, name), (number, bytes)) in self.1.0.take() {
            self.0.0.prepare_cached(ADD)?.execute(params![what, name, number, bytes])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use crate::catalogue::{
        Catalogue, FailureRow, NewContent, Stat, ThumbnailRow, Writing,
        testing::{catalogue, entry},
    };
    use std::path::Path;

    /// Counts everything anew, as the migration does for a library that is there.
    const COUNTED: &str = "SELECT 'entries', '', count(*), coalesce(sum(size), 0) FROM entries
        UNION ALL SELECT 'deferred', deferred, count(*), 0 FROM entries WHERE deferred IS NOT NULL GROUP BY deferred
        UNION ALL SELECT 'contents', kind, count(*), sum(size) FROM content_identities GROUP BY kind
        UNION ALL SELECT 'pending', kind, count(*), sum(size) FROM content_identities WHERE pending = 1 GROUP BY kind
        UNION ALL SELECT 'thumbnails', size, count(*), sum(file_size) FROM thumbnails GROUP BY size
        UNION ALL SELECT 'failures', reason, count(*), 0 FROM failures GROUP BY reason
        UNION ALL SELECT 'final', c.kind, count(*), 0 FROM failures f JOIN content_identities c ON c.id = f.content_id
            WHERE f.next_attempt_at IS NULL GROUP BY c.kind";

    fn counters(rows: &Writing<'_>, sql: &str) -> Vec<String> {
        let ordered = format!("SELECT * FROM ({sql}) WHERE number > 0 ORDER BY 1, 2");
        let named = ordered.replacen("count(*),", "count(*) AS number,", 1);
        let mut statement = rows.0.0.prepare(&named).unwrap();
        let line = |row: &rusqlite::Row<'_>| {
            let (what, number, bytes): (String, i64, i64) = (row.get(0)?, row.get(2)?, row.get(3)?);
            let name = match row.get_ref(1)? {
                rusqlite::types::ValueRef::Integer(size) => size.to_string(),
                text => text.as_str()?.to_owned(),
            };
            Ok(format!("{what} {name} {number} {bytes}"))
        };
        let mut lines: Vec<_> = statement.query_map([], line).unwrap().map(Result::unwrap).collect();
        lines.sort();
        lines
    }

    /// Numbers that look random and are the same every time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: u64) -> i64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) % end) as i64
        }
    }

    const REASONS: [&str; 3] = ["corrupt", "crashed", "unsupported"];
    const TYPES: [&str; 3] = ["image/png", "video/mp4", "text/plain"];

    /// One change of any kind to any row; most hit nothing or what is there already, as in life.
    fn change(rows: &Writing<'_>, dice: &mut Dice, turn: i64) {
        // Among the newest, for keys are never used again.
        let newest = |table: &str| -> i64 {
            let sql = format!("SELECT coalesce(max(id), 0) FROM {table}");
            rows.0.0.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        let (id, content) =
            (newest("entries") - dice.below(40), newest("content_identities") - dice.below(30));
        let reason = REASONS[dice.below(3) as usize];
        let stat = Stat { size: dice.below(5) as u64, mtime: turn, device: 7, inode: 1 };
        match dice.below(15) {
            0 | 1 => drop(rows.insert_entry(&entry(1, turn.to_string().as_bytes())).unwrap()),
            2 => rows.delete_entry(id).unwrap(),
            3 => rows.defer_entry(id, reason).unwrap(),
            4 => rows.touch_entry(id, &stat).unwrap(),
            5 => rows.change_entry(id, &stat, None).unwrap(),
            6 | 7 => {
                let cas_id = format!("{:016x}", dice.below(50)).parse().unwrap();
                let mime_type = TYPES[dice.below(3) as usize];
                let new = NewContent { cas_id: &cas_id, size: 9, mtime: turn, mime_type };
                let content = rows.upsert_content(&new).unwrap();
                rows.0.0.execute("UPDATE entries SET content_id = ?1 WHERE id = ?2", [content, id]).unwrap();
            }
            8 => drop(rows.delete_orphan(content).unwrap()),
            9 => rows.set_pending(content, turn % 2 == 0).unwrap(),
            10 => rows.set_stale(content).unwrap(),
            11 if rows.content(content).unwrap().is_some() => {
                let row = ThumbnailRow { size: [64, 128, 1024][dice.below(3) as usize], ..thumbnail(turn) };
                rows.upsert_thumbnail(content, &row, turn).unwrap();
            }
            12 => rows.delete_thumbnail(content, 128).unwrap(),
            13 if rows.content(content).unwrap().is_some() => {
                let next_attempt_at = (turn % 3 == 0).then_some(turn);
                let row = FailureRow { content, reason: reason.to_owned(), next_attempt_at, ..failure() };
                rows.upsert_failure(&row, turn).unwrap();
            }
            14 => drop(rows.retry_failure(content, turn).unwrap()),
            _ => rows.delete_failure(content).unwrap(),
        }
    }

    fn thumbnail(turn: i64) -> ThumbnailRow {
        serde_json::from_value(serde_json::json!({
            "size": 128, "width": 1, "height": 1, "file_size": turn % 7, "recipe": "", "checksum": "", "asked": false
        }))
        .unwrap()
    }

    fn failure() -> FailureRow {
        FailureRow {
            content: 0,
            reason: String::new(),
            detail: String::new(),
            attempts: 1,
            kills: 0,
            engine: String::new(),
            wanted: String::new(),
            next_attempt_at: None,
        }
    }

    fn with_location() -> (tempfile::TempDir, Catalogue) {
        let (folder, catalogue) = catalogue();
        catalogue.write(|rows| rows.add_location(Path::new("/photos"), 7, 0)).unwrap();
        (folder, catalogue)
    }

    #[test]
    fn counters_say_what_a_count_says_after_any_changes() {
        let (_folder, catalogue) = with_location();
        let mut dice = Dice(1);
        for round in 0..60 {
            let compare = |rows: &Writing<'_>| {
                (0..50).for_each(|turn| change(rows, &mut dice, round * 50 + turn));
                let counted = counters(rows, COUNTED);
                rows.settle().unwrap();
                assert_eq!(counters(rows, "SELECT * FROM totals"), counted, "round {round}");
                Ok(counted.len())
            };
            let kept = catalogue.write(compare).unwrap();
            assert!(round < 10 || kept > 10, "the changes left hardly anything: {kept}");
        }
        catalogue.remove_location(1).unwrap();
        assert_eq!(catalogue.read(|rows| rows.entry_totals()).unwrap(), (0, 0));
    }

    #[test]
    fn sizes_come_in_the_order_of_numbers_and_reasons_by_their_number() {
        let (_folder, catalogue) = with_location();
        let fill = |rows: &Writing<'_>| {
            for number in 1..=3 {
                let cas_id = format!("{number:016x}").parse().unwrap();
                let new = NewContent { cas_id: &cas_id, size: 9, mtime: 0, mime_type: TYPES[0] };
                let content = rows.upsert_content(&new)?;
                let reason = if number == 1 { "corrupt" } else { "crashed" };
                rows.upsert_failure(&FailureRow { content, reason: reason.to_owned(), ..failure() }, 0)?;
                let size = [1024, 128, 64][number - 1];
                rows.upsert_thumbnail(content, &ThumbnailRow { size, ..thumbnail(5) }, 0)?;
            }
            Ok(())
        };
        catalogue.write(fill).unwrap();
        let sizes: Vec<_> = catalogue
            .read(|rows| rows.size_totals())
            .unwrap()
            .iter()
            .map(|total| (total.size, total.bytes))
            .collect();
        assert_eq!(sizes, [(64, 5), (128, 5), (1024, 5)]);
        let reasons = catalogue.read(|rows| rows.failure_totals()).unwrap();
        assert_eq!(reasons, [("crashed".to_owned(), 2), ("corrupt".to_owned(), 1)]);
        assert_eq!(catalogue.read(|rows| rows.coverage()).unwrap(), [("image".to_owned(), 3, 3, 3)]);
    }
}
