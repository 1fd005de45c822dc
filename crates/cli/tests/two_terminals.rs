//! Two terminals at once: one runs, another follows, a third pauses, resumes and cancels.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]

mod support;

use serde_json::Value;
use support::{Story, wait_for};

/// Enough work to be caught in the middle of it.
const MANY: usize = 50;

/// Small batches, so that progress is told often.
const BATCH: u32 = 4;

fn status(story: &Story, id: &str) -> Value {
    story.json(&["jobs", "show", id])["status"].clone()
}

#[test]
fn one_runs_one_follows_and_a_third_gives_orders() {
    let story = Story::new();
    let many = story.many(MANY);
    let many = many.to_str().unwrap();
    story.slow_library(BATCH);
    let first = story.start(&["add", many]);
    let id = story.wait_until_done(1)["id"].to_string();
    let second = story.start(&["add", many]);
    story.run(&["jobs"]).exits(0).says("running");

    // Somebody follows once it has said so; asking earlier would pause a job that it then resumes.
    std::thread::sleep(std::time::Duration::from_millis(500));
    story.run(&["jobs", "pause", &id]).exits(0).says("paused");
    let (first, second) = (first.end(), second.end());
    first.exits(0).complains(&format!("job {id} is paused; `tintype jobs resume {id}`"));
    second.exits(0).complains("another tintype runs").complains("is paused");
    assert_eq!(status(&story, &id), "paused");

    let third = story.start(&["jobs", "resume", &id]);
    wait_for("the job to run again", || (status(&story, &id) == "running").then_some(()));
    story.run(&["jobs", "cancel", &id]).exits(0).says("cancelled");
    third.end().exits(1).complains(&format!("job {id} was cancelled"));
    assert_eq!(status(&story, &id), "cancelled");

    story.run(&["jobs", "retry", &id]).exits(0).says("completed");
    let whole = story.json(&["jobs", "show", &id]);
    assert_eq!(whole["output"]["contents"], MANY, "{whole}");
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * MANY);
    story.run(&["verify", "--strict"]).exits(0);
}

#[test]
fn who_follows_takes_over_when_the_other_dies() {
    let story = Story::new();
    let many = story.many(MANY);
    let many = many.to_str().unwrap();
    story.slow_library(BATCH);
    let mut first = story.start(&["add", many]);
    story.wait_until_done(1);
    let second = story.start(&["--json", "add", many]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    first.child().kill().unwrap();
    let second = second.end();
    assert_eq!(second.exits(0).json()["thumbnails"]["contents"], MANY, "{}", second.stdout);
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * MANY);
}

#[test]
fn cleaning_and_verifying_while_another_process_works_does_no_harm() {
    let story = Story::new();
    let many = story.many(MANY);
    story.slow_library(BATCH);
    let working = story.start(&["add", many.to_str().unwrap()]);
    let id = story.wait_until_done(1)["id"].to_string();
    let mut looks = 0;
    while status(&story, &id) == "running" {
        let cleaned = story.json(&["clean"]);
        assert_eq!((&cleaned["bytes"], &cleaned["kept"]), (&0.into(), &serde_json::json!({})), "{cleaned}");
        story.run(&["verify", "--strict"]).exits(0);
        looks += 1;
    }
    assert!(looks > 1, "the work was too quick to be disturbed");
    working.end().exits(0);
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * MANY);
    story.run(&["verify", "--strict"]).exits(0);
}
