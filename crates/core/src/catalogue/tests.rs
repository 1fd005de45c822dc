//! Rows for the queries of entries and contents, and for the indexes they use.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::testing::{catalogue, entry};
use super::*;
use crate::cas::CasId;
use std::path::Path;

/// Every query of this part that can meet a large library.
const LARGE: &[&str] = &[
    meta::GET,
    locations::BY_ID,
    locations::DELETE_ENTRIES,
    entries::BY_PATH,
    entries::BY_INODE,
    entries::UNIDENTIFIED,
    entries::PAGE,
    entries::COUNT_UNIDENTIFIED,
    work::PENDING_BY_SIZE,
    work::PENDING_BY_TIME,
    work::BELOW,
    work::SOURCES,
    rates::PENDING_LENGTHS,
    rates::LENGTHS,
    totals::SUM,
    totals::EACH,
    totals::COVERAGE,
    work::CONTENT_IDS,
    work::ENTRY_HOLDING,
    failures::SOURCE_IN,
    failures::DUE,
    failures::PAGE,
    failures::QUARANTINED,
    failures::DETAILS,
    thumbnails::OF_CONTENT,
    thumbnails::PAGE,
    thumbnails::ASKED,
    thumbnails::LOST,
    thumbnails::UNWANTED,
    jobs::BY_ID,
    jobs::NEWEST,
    jobs::IN_STATUS,
    jobs::NEXT_QUEUED,
    jobs::CHILDREN,
    jobs::REQUESTED,
    jobs::ERRORS,
];

/// Tables and their partial indexes that a query may read from end to end.
const FEW: &[&str] = &[
    "failures USING INDEX failures_quarantined",
    "failures USING COVERING INDEX failures_due",
    "jobs USING INDEX jobs_requested",
];

fn plan(catalogue: &Catalogue, sql: &str) -> String {
    let explain = |rows: &Reading<'_>| {
        let mut statement = rows.0.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let parameters = statement.parameter_count();
        let lines = statement.query_map(rusqlite::params_from_iter(vec![1; parameters]), |row| row.get(3))?;
        Ok(lines.collect::<Result<Vec<String>, _>>()?.join("\n"))
    };
    catalogue.read(explain).unwrap()
}

#[test]
fn no_query_reads_a_whole_table_or_sorts_it() {
    let (_folder, catalogue) = catalogue();
    let orphans = work::orphans_sql();
    for sql in LARGE.iter().copied().chain([orphans.as_str()]) {
        // A list that is given is no table.
        let plan = plan(&catalogue, sql).replace("SCAN json_each", "");
        // These indexes hold only the rows that are meant, which are few.
        let plan = FEW.iter().fold(plan, |plan, index| plan.replace(&format!("SCAN {index}"), ""));
        let searches = !plan.contains("SCAN") || plan.contains("SCAN CONSTANT ROW");
        assert!(searches && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

#[test]
fn the_check_of_plans_can_fail() {
    let (_folder, catalogue) = catalogue();
    assert!(plan(&catalogue, "SELECT id FROM entries WHERE size = ?1").contains("SCAN"));
    assert!(plan(&catalogue, "SELECT id FROM entries WHERE id > ?1 ORDER BY size").contains("TEMP B-TREE"));
}

fn location(rows: &Writing<'_>) -> i64 {
    rows.add_location(Path::new("/photos"), 7, 0).unwrap()
}

fn content(rows: &Writing<'_>, digits: char, size: u64, mtime: i64) -> i64 {
    let cas_id: CasId = digits.to_string().repeat(16).parse().unwrap();
    rows.upsert_content(&NewContent { cas_id: &cas_id, size, mtime, mime_type: "image/png" }).unwrap()
}

/// Runs `test` in one transaction of a new catalogue.
fn in_new(test: impl FnOnce(&Writing<'_>)) {
    let (_folder, catalogue) = catalogue();
    catalogue
        .write(|rows| {
            test(rows);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_content_is_one_row_however_often_it_is_found() {
    in_new(|rows| {
        let first = content(rows, 'a', 10, 5);
        assert_eq!(content(rows, 'a', 10, 3), first);
        let newest = |rows: &Writing<'_>| -> i64 {
            rows.0.0.query_row("SELECT newest_mtime FROM content_identities", [], |row| row.get(0)).unwrap()
        };
        assert_eq!(newest(rows), 5);
        content(rows, 'a', 10, 9);
        assert_eq!(newest(rows), 9);
        let row = rows.content(first).unwrap().unwrap();
        assert_eq!((row.kind.as_str(), row.size, row.pending), ("image", 10, true));
    });
}

#[test]
fn a_stale_content_is_pending_and_its_thumbnails_are_to_be_made_again() {
    in_new(|rows| {
        let id = content(rows, 'a', 5, 1);
        rows.0
            .0
            .execute_batch(
                "INSERT INTO thumbnails VALUES (1, 256, 256, 128, 999, 'q85', 'c', 0, 0, 0, NULL);
                 INSERT INTO failures VALUES (1, 'corrupt', '', 1, 'e', NULL, 0, 0, 0, '')",
            )
            .unwrap();
        rows.set_pending(id, false).unwrap();
        rows.set_stale(id).unwrap();
        assert!(rows.content(id).unwrap().unwrap().pending);
        let recipe: String =
            rows.0.0.query_row("SELECT recipe FROM thumbnails", [], |row| row.get(0)).unwrap();
        assert_eq!(recipe, "");
        let failures: i64 =
            rows.0.0.query_row("SELECT count(*) FROM failures", [], |row| row.get(0)).unwrap();
        assert_eq!(failures, 0);
    });
}

#[test]
fn an_entry_is_identified_changed_moved_and_deferred() {
    in_new(|rows| {
        let (location, held) = (location(rows), content(rows, 'a', 5, 1));
        let id = rows.insert_entry(&entry(location, b"\xffa.png")).unwrap();
        let stat = Stat { size: 5, mtime: -1, device: u64::MAX, inode: u64::MAX - 1 };
        assert_eq!(rows.count_unidentified(location).unwrap(), 1);
        rows.identify_entry(id, &stat, "image/png", held).unwrap();
        assert_eq!(rows.count_unidentified(location).unwrap(), 0);
        assert_eq!(rows.entries_of_file(&stat).unwrap().len(), 1);
        assert!(rows.entries_of_file(&Stat { mtime: 0, ..stat }).unwrap().is_empty());
        rows.move_entry(id, location, b"b/c.png").unwrap();
        assert_eq!(rows.entry_at(location, b"b/c.png").unwrap().unwrap().id, id);
        rows.change_entry(id, &Stat { mtime: 8, ..stat }, None).unwrap();
        rows.change_entry(id, &Stat { mtime: 9, ..stat }, None).unwrap();
        let changed = rows.entry_at(location, b"b/c.png").unwrap().unwrap();
        assert_eq!((changed.content, changed.held_before, changed.stat.mtime), (None, Some(held), 9));
        rows.defer_entry(id, "placeholder").unwrap();
        assert!(rows.unidentified(location, 0, 9).unwrap().is_empty());
        assert_eq!(rows.deferred_totals().unwrap(), [("placeholder".to_owned(), 1)]);
        rows.touch_entry(id, &stat).unwrap();
        assert_eq!(rows.unidentified(location, 0, 9).unwrap()[0].id, id);
        rows.settle().unwrap();
        assert_eq!(rows.entry_totals().unwrap(), (1, 5));
        rows.delete_entry(id).unwrap();
        assert_eq!(rows.entry_at(location, b"b/c.png").unwrap(), None);
    });
}

#[test]
fn entries_page_by_path_within_their_location() {
    in_new(|rows| {
        let location = location(rows);
        for path in [b"b".as_slice(), b"a", b"a/b", b"\xff"] {
            rows.insert_entry(&entry(location, path)).unwrap();
        }
        let page = |after: &[u8]| -> Vec<Vec<u8>> {
            rows.entries_after(location, after, 2).unwrap().into_iter().map(|row| row.path).collect()
        };
        assert_eq!(page(b""), [b"a".as_slice(), b"a/b"]);
        assert_eq!(page(b"a/b"), [b"b".as_slice(), b"\xff"]);
        assert!(page(b"\xff").is_empty());
        assert!(rows.insert_entry(&entry(location, b"a")).is_err(), "a path is one entry");
    });
}

#[test]
fn values_of_the_library_are_kept_under_their_key() {
    in_new(|rows| {
        assert_eq!(rows.meta("recipe").unwrap(), None);
        rows.set_meta("recipe", "a").unwrap();
        rows.set_meta("recipe", "b").unwrap();
        assert_eq!(rows.meta("recipe").unwrap().as_deref(), Some("b"));
    });
}
