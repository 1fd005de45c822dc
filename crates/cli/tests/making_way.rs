//! Bulk work that makes way, through the real program, on a machine whose sensors are files.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test ends at the first surprise")]

mod support;

use std::{fs, path::PathBuf};
use support::{PICTURES, Story, wait_for};

/// A machine that runs on its battery.
fn on_battery(story: &Story) -> PathBuf {
    let machine = story.path("machine");
    plug(story, "Discharging");
    machine
}

fn plug(story: &Story, status: &str) {
    let battery = story.path("machine/sys/class/power_supply/BAT0");
    fs::create_dir_all(&battery).unwrap();
    fs::write(battery.join("type"), "Battery").unwrap();
    fs::write(battery.join("status"), status).unwrap();
}

#[test]
fn an_add_on_battery_waits_says_so_and_goes_on_when_plugged_in() {
    let story = Story::new();
    let pictures = story.pictures();
    let machine = on_battery(&story);
    let add = ["add", "--detach", pictures.to_str().unwrap()];
    let ran = story.command(&add).env("TINTYPE_SENSORS", &machine).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    wait_for("the job to make way", || {
        let job = story.newest_job("indexer")?;
        assert_ne!(job["status"], "completed", "{job}");
        (job["progress"]["phase"] == "waiting: on battery").then_some(())
    });
    story.run(&["jobs"]).exits(0).says("waiting: on battery");
    story.run(&["status"]).exits(0).says("waiting: on battery");
    plug(&story, "Charging");
    wait_for("the job to finish", || (story.newest_job("thumbnail")?["status"] == "completed").then_some(()));
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * PICTURES.len());
}

#[test]
fn an_add_now_does_not_wait() {
    let story = Story::new();
    let pictures = story.pictures();
    let machine = on_battery(&story);
    let pictures = pictures.to_str().unwrap();
    let detached = story.command(&["add", "--detach", pictures]).env("TINTYPE_SENSORS", &machine).output();
    assert!(detached.unwrap().status.success());
    wait_for("the job to make way", || {
        (story.newest_job("indexer")?["progress"]["phase"] == "waiting: on battery").then_some(())
    });
    // The same work, which another process has in hand and holds back.
    let ran = story.command(&["add", "--now", pictures]).env("TINTYPE_SENSORS", &machine).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * PICTURES.len());
}

#[test]
fn doctor_shows_the_sensors() {
    let story = Story::new();
    let machine = on_battery(&story);
    let ran = story.command(&["doctor", "--json"]).env("TINTYPE_SENSORS", &machine).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(report["sensors"][0]["detail"], "in use", "{report}");
    assert_eq!(report["sensors"][1]["works"], false, "{report}");
    story.run(&["doctor"]).exits(0).says("not known: ");
}
