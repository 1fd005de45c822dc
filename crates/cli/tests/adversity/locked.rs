//! Another process holds the database for long: it is waited for, with words, and nothing is lost.

use crate::support::{Ran, Story, pictures, rows, wait_for};
use rusqlite::Connection;
use std::{
    fs::{self, File},
    thread,
    time::{Duration, Instant},
};

/// Longer than any statement waits.
const LONG: Duration = Duration::from_secs(14);

/// Enough to be caught in the middle of it.
const MANY: usize = 150;

/// Somebody who holds the database: so that nobody writes, or that nobody even reads.
fn hold(story: &Story, how: &str) -> Connection {
    let holder = Connection::open(story.library().join("database.db")).unwrap();
    holder.busy_timeout(Duration::from_secs(20)).unwrap();
    holder.execute_batch(how).unwrap();
    holder
}

const NOBODY_WRITES: &str = "BEGIN EXCLUSIVE";
const NOBODY_READS: &str =
    "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE meta SET key = key; COMMIT";

#[test]
fn a_job_waits_says_so_loses_nothing_and_goes_on() {
    let story = Story::new();
    story.slow_library(8);
    let many = story.path("many");
    pictures::fill(&many, MANY);
    let log = story.path("log");
    let mut command = story.command(&["add", many.to_str().unwrap()]);
    command.env("RUST_LOG", "warn,tintype_core::thumbnail_job=debug").stderr(File::create(&log).unwrap());
    let mut running = command.spawn().unwrap();
    story.wait_until_done(10);

    let holder = hold(&story, NOBODY_WRITES);
    let held = Instant::now();
    wait_for("the program to say what it waits for", || {
        fs::read_to_string(&log).unwrap().contains("another process holds it").then_some(())
    });
    story.run(&["status"]).exits(0).says("Coverage");
    story.run(&["jobs"]).exits(0).says("running");
    thread::sleep(LONG.saturating_sub(held.elapsed()));
    drop(holder);

    assert!(running.wait().unwrap().success(), "{}", fs::read_to_string(&log).unwrap());
    let output = rows::jobs(&story.library()).unwrap().pop().unwrap().output;
    assert_eq!((&output["contents"], &output["errors"]), (&MANY.into(), &0.into()), "{output}");
    let log = fs::read_to_string(&log).unwrap();
    assert_eq!(log.matches("to a worker").count(), MANY, "what was in hand was kept: {log}");
    story.run(&["verify", "--strict"]).exits(0);
}

/// What is asked while somebody holds the database, and how it ends.
#[track_caller]
fn check(story: &Story, words: &[&str], code: i32) {
    let ran: Ran = story.run(words);
    ran.exits(code);
    assert!(code == 0 || ran.stderr.contains("another process holds it"), "{words:?}: {}", ran.stderr);
}

#[test]
fn who_cannot_wait_any_longer_says_for_whom() {
    let (quiet, silent) = (Story::new(), Story::new());
    for story in [&quiet, &silent] {
        story.pictures();
        story.run(&["add", story.path("pictures").to_str().unwrap()]).exits(0);
    }
    let _holders = (hold(&quiet, NOBODY_WRITES), hold(&silent, NOBODY_READS));
    let pictures = |story: &Story| story.path("pictures").to_str().unwrap().to_owned();
    let (for_quiet, for_silent) = (pictures(&quiet), pictures(&silent));
    thread::scope(|scope| {
        scope.spawn(|| check(&quiet, &["status"], 0));
        scope.spawn(|| check(&quiet, &["failures"], 0));
        scope.spawn(|| check(&quiet, &["add", &for_quiet], 1));
        scope.spawn(|| check(&silent, &["status"], 1));
        scope.spawn(|| check(&silent, &["add", &for_silent], 1));
    });
}
