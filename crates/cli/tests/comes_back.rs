//! Interrupted or killed in the middle of the work, the program goes on where it was and ends with the same library.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]

mod support;

use rustix::process::Signal;
use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};
#[cfg(target_os = "linux")]
use support::processes::{children_of, lives};
use support::{Story, assert_same, wait_for};

/// Enough work to be caught in the middle of it.
const MANY: usize = 40;

/// Small batches, so that there are many checkpoints to go on from.
const BATCH: u32 = 4;

/// A second, as it is promised, and half of one for a machine that is busy with other tests.
const PROMPTLY: Duration = Duration::from_millis(1500);

/// The same work without disturbance, in a library of its own.
fn quiet_run(story: &Story, many: &Path) -> std::path::PathBuf {
    let library = story.path("quiet");
    let output = story
        .command_at(&library, &["add", many.to_str().unwrap()])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    library
}

#[test]
fn ctrl_c_leaves_at_once_and_the_next_run_goes_on() {
    let story = Story::new();
    let many = story.many(MANY);
    story.slow_library(BATCH);
    let mut running = story.start(&["add", many.to_str().unwrap()]);
    let job = story.wait_until_done(BATCH.into());
    let asked = Instant::now();
    running.signal(Signal::INT);
    let ran = running.end();
    let took = asked.elapsed();
    ran.exits(130).complains("goes on with the next run");
    assert!(took < PROMPTLY, "it took {took:?}");
    assert_eq!(story.newest_job("thumbnail").unwrap()["status"], "queued");
    // A terminal signals the workers too; no file may suffer for it.
    assert_eq!(story.json(&["status"])["failures"], serde_json::json!({}));

    let again = story.json(&["add", many.to_str().unwrap()]);
    assert_eq!((&again["jobs"][1]["id"], &again["resumed"]), (&job["id"], &true.into()), "{again}");
    assert_eq!(again["thumbnails"]["contents"], MANY, "{again}");
    assert_same(&story.library(), &quiet_run(&story, &many));
}

#[cfg(target_os = "linux")]
#[test]
fn kill_9_loses_at_most_the_files_in_hand() {
    let story = Story::new();
    let many = story.many(MANY);
    story.slow_library(BATCH);
    let mut running = story.start(&["add", many.to_str().unwrap()]);
    let job = story.wait_until_done(u64::from(BATCH) * 2);
    let workers = children_of(running.child().id());
    assert!(!workers.is_empty(), "the work is done in workers");
    running.child().kill().unwrap();
    running.child().wait().unwrap();
    wait_for("the workers to end with their program", || {
        workers.iter().all(|pid| !lives(*pid)).then_some(())
    });

    // What the dead process wrote down last, before anybody goes on.
    let left = story.newest_job("thumbnail").unwrap();
    assert_eq!((&left["id"], &left["status"]), (&job["id"], &"running".into()), "{left}");
    let done = left["progress"]["done"].as_u64().unwrap();
    assert!((u64::from(BATCH) * 2..MANY as u64).contains(&done), "killed in the middle: {left}");
    let made = story.json(&["status"])["thumbnail_count"].as_u64().unwrap();
    assert!(made > 0 && made < 3 * MANY as u64, "{made} thumbnails are recorded");

    let again = story.json(&["add", many.to_str().unwrap()]);
    assert_eq!((&again["jobs"][1]["id"], &again["resumed"]), (&job["id"], &true.into()), "{again}");
    // What the first run had recorded is counted and not made again: both runs together made each content once.
    assert_eq!(again["thumbnails"]["contents"], MANY, "{again}");
    assert_eq!(again["thumbnails"]["generated"], 3 * MANY, "{again}");
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * MANY);
    assert_same(&story.library(), &quiet_run(&story, &many));
    story.run(&["verify", "--strict"]).exits(0);
}
