//! A disk without room: the job pauses and says why, nothing is torn, and it goes on when there is room.

use crate::{
    disk::{Disk, may_mount},
    support::{Story, pictures, rows, wait_for},
};
use serde_json::Value;
use std::path::PathBuf;

/// So many pictures need some 8 MiB.
const MANY: usize = 120;

/// Room for everything.
const PLENTY_MIB: u64 = 200;

struct Full {
    story: Story,
    disk: Disk,
    folder: PathBuf,
}

impl Full {
    /// The library is to lie in a folder of this disk.
    fn of_mib(size: u64) -> Self {
        let story = Story::new();
        let disk = Disk::of_mib(&story.path("disk"), size);
        let folder = story.path("pictures");
        pictures::fill(&folder, MANY);
        Self { story, disk, folder }
    }

    fn library(&self) -> PathBuf {
        self.disk.0.join("library")
    }

    fn run(&self, words: &[&str]) -> crate::support::Ran {
        let library = self.library();
        self.story.run(&[&["--library", library.to_str().unwrap()], words].concat())
    }

    fn add(&self) -> crate::support::Ran {
        self.run(&["add", self.folder.to_str().unwrap()])
    }

    fn ids(&self) -> Vec<i64> {
        rows::jobs(&self.library()).unwrap_or_default().into_iter().map(|job| job.id).collect()
    }

    /// With room again, the same command goes on with the same jobs, and everything is there.
    fn check_goes_on(&self) {
        let before = self.ids();
        self.disk.grow_to_mib(PLENTY_MIB);
        let thumbnails = before.last().copied();
        let ran = self.run(&["add", "--json", self.folder.to_str().unwrap()]);
        ran.exits(0);
        let result: Value = ran.json();
        let id = result["jobs"][1]["id"].as_i64();
        assert!(thumbnails.is_none_or(|before| id == Some(before)), "{before:?} {result}");
        let status: Value = self.run(&["status", "--json"]).json();
        assert_eq!(status["thumbnail_count"], 3 * MANY, "{status}");
        self.run(&["verify", "--strict"]).exits(0);
        assert!(rows::rows(&self.library()).iter().all(|row| !row.starts_with("staged")));
    }
}

/// A disk of this size is enough for the library until the named job has begun.
#[track_caller]
fn check_pauses(size: u64, name: &str, need: &str) {
    let full = Full::of_mib(size);
    let ran = full.add();
    ran.exits(1).complains("the disk is full").complains("make room").complains("tintype jobs resume");
    assert!(ran.stderr.contains(need) && !ran.stderr.contains("panicked"), "{}", ran.stderr);
    let paused = rows::jobs(&full.library()).unwrap().into_iter().find(|job| job.status == "paused").unwrap();
    assert_eq!(paused.name, name, "{paused:?}");
    full.run(&["jobs"]).exits(0).says("paused").says("the disk is full");
    full.run(&["status"]).exits(0);
    full.run(&["verify", "--strict"]).exits(0);
    full.check_goes_on();
}

#[test]
fn a_job_that_fills_the_disk_pauses_and_goes_on() {
    if may_mount("full::a_job_that_fills_the_disk_pauses_and_goes_on") {
        check_pauses(24, "thumbnail", "that are left take about");
        check_pauses(12, "indexer", "");
    }
}

#[test]
fn a_disk_that_somebody_else_fills_stops_the_job_and_it_goes_on() {
    if !may_mount("full::a_disk_that_somebody_else_fills_stops_the_job_and_it_goes_on") {
        return;
    }
    let full = Full::of_mib(PLENTY_MIB);
    let library = full.library();
    let words = ["--library", library.to_str().unwrap(), "add", full.folder.to_str().unwrap()];
    let running = full.story.start(&words);
    wait_for("the job to get going", || {
        let jobs = rows::jobs(&library)?;
        let job = jobs.into_iter().find(|job| job.name == "thumbnail")?;
        (job.status == "running" && job.progress["done"].as_u64() > Some(10)).then_some(())
    });
    full.disk.fill();
    let ran = running.end();
    ran.exits(1).complains("the disk is full");
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    // Whatever is asked of it now, the answer is one or says why there is none.
    for words in [&["status"][..], &["jobs"], &["failures"], &["clean", "--dry-run"]] {
        let ran = full.run(words);
        assert!(
            ran.code() == Some(0) || ran.stderr.contains("the disk is full"),
            "{words:?}: {}",
            ran.stderr
        );
    }
    full.disk.relieve();
    full.run(&["verify", "--strict"]).exits(0);
    full.check_goes_on();
}

#[test]
fn no_library_can_be_made_on_a_full_disk_and_then_it_can() {
    if !may_mount("full::no_library_can_be_made_on_a_full_disk_and_then_it_can") {
        return;
    }
    let full = Full::of_mib(1);
    full.disk.fill();
    full.add().exits(1).complains("disk");
    full.disk.relieve();
    full.check_goes_on();
}
