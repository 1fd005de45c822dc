//! A clock that was set: times in the catalogue that are to come, or long over, delay nothing and repeat nothing.
//! Instead of the clock, the times are moved: to the program that is the same.

use crate::support::{PICTURES, Story, rows, thumbnails};
use rusqlite::Connection;
use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

const YEAR: u64 = 365 * 24 * 3600;

/// Every time of the catalogue's own. Those of files are moved with the files.
const TIMES: &[(&str, &[&str])] = &[
    ("locations", &["created_at", "indexed_at"]),
    ("thumbnails", &["created_at", "updated_at"]),
    ("failures", &["created_at", "updated_at", "next_attempt_at"]),
    ("jobs", &["created_at", "started_at", "updated_at", "finished_at"]),
    ("job_errors", &["at"]),
    ("rates", &["updated_at"]),
];

fn move_times(story: &Story, seconds: i64) {
    let database = Connection::open(story.library().join("database.db")).unwrap();
    for (table, columns) in TIMES {
        for column in *columns {
            database
                .execute(&format!("UPDATE {table} SET {column} = {column} + ?1 * 1000"), [seconds])
                .unwrap();
        }
    }
}

/// A library whose clock was by so many seconds ahead when it was made; negative: behind.
#[track_caller]
fn check(seconds: i64) {
    let story = Story::new();
    let pictures = story.pictures();
    fs::write(pictures.join("torn.jpg"), b"\xff\xd8\xff\xe0\0\x10JFIF\0 and no more").unwrap();
    let coming = SystemTime::now() + Duration::from_secs(YEAR);
    File::options().write(true).open(pictures.join("basn0g08.png")).unwrap().set_modified(coming).unwrap();
    let add = ["add", pictures.to_str().unwrap()];
    story.run(&add).exits(0);
    let (held, made) = (rows::rows(&story.library()), thumbnails(&story.library()));
    assert_eq!(made.len(), 3 * PICTURES.len() + 1, "with the one from the future, and version.txt");
    move_times(&story, seconds);

    // Nothing is made again, and nothing is waited for.
    let again = story.json(&add);
    assert_eq!(
        (&again["index"]["changed"], &again["thumbnails"]["generated"]),
        (&0.into(), &0.into()),
        "{again}"
    );
    for words in [&["status"][..], &["jobs"], &["failures"], &["clean"], &["verify", "--strict"]] {
        story.run(words).exits(0);
    }
    assert!(made == thumbnails(&story.library()));

    // What was to be tried again then is tried now, and not for ever.
    let database = Connection::open(story.library().join("database.db")).unwrap();
    let soon = "UPDATE failures SET attempts = 1, next_attempt_at = updated_at + 2000";
    assert_eq!(database.execute(soon, []).unwrap(), 1);
    database
        .execute(
            "UPDATE content_identities SET pending = 1 WHERE id IN (SELECT content_id FROM failures)",
            [],
        )
        .unwrap();
    drop(database);
    let again = story.json(&add);
    assert_eq!(again["thumbnails"]["errors"], 1, "{again}");
    let is_job = |row: &String| row.starts_with("jobs");
    let now: Vec<_> = rows::rows(&story.library()).into_iter().filter(|row| !is_job(row)).collect();
    let then: Vec<_> = held.into_iter().filter(|row| !is_job(row)).collect();
    let attempts = |rows: &[String]| rows.iter().filter(|row| row.starts_with("failures")).count();
    assert_eq!(attempts(&now), attempts(&then));
}

#[test]
fn a_clock_that_was_set_delays_nothing_and_repeats_nothing() {
    check(10 * YEAR as i64);
    check(-10 * YEAR as i64);
    check(600);
}

#[test]
fn a_job_whose_beginning_is_still_to_come_goes_on() {
    let story = Story::new();
    let many = story.many(20);
    story.slow_library(4);
    let mut running = story.start(&["add", many.to_str().unwrap()]);
    let job = story.wait_until_done(4);
    running.child().kill().unwrap();
    running.child().wait().unwrap();
    move_times(&story, YEAR as i64);
    let again = story.json(&["add", many.to_str().unwrap()]);
    assert_eq!(
        (&again["jobs"][1]["id"], &again["thumbnails"]["contents"]),
        (&job["id"], &20.into()),
        "{again}"
    );
}
