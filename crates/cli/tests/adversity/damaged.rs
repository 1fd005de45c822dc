//! A database that is damaged or gone: a clear error that names it and says what to do, and no thumbnail is touched.

use crate::support::{PICTURES, Story, thumbnails};
use std::{fs, os::unix::fs::FileExt, path::Path};

/// Enough pages for a middle.
fn story() -> Story {
    let story = Story::new();
    let pictures = story.pictures();
    for number in 0..600 {
        // No worker opens it, so that the run is short.
        fs::write(pictures.join(format!("note {number:050}.dat")), format!("\0{number}")).unwrap();
    }
    story.run(&["add", pictures.to_str().unwrap()]).exits(0);
    story
}

/// What is asked of a library with such a database. `add` must say that it is damaged; the others may not have noticed.
#[track_caller]
fn check(name: &str, damage: impl FnOnce(&Path)) {
    let story = story();
    let before = thumbnails(&story.library());
    let database = story.library().join("database.db");
    damage(&database);
    let pictures = story.path("pictures");
    let commands = [
        &["status"][..],
        &["jobs"],
        &["failures"],
        &["clean"],
        &["verify"],
        &["add", pictures.to_str().unwrap()],
    ];
    for words in commands {
        let ran = story.run(words);
        let text = format!("{name}, {words:?}: {} {}", ran.stdout, ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{text}");
        if words[0] == "add" || ran.code() != Some(0) {
            ran.exits(1)
                .complains("is damaged")
                .complains(database.to_str().unwrap())
                .complains("put a backup");
        }
    }
    assert!(before == thumbnails(&story.library()), "{name}: thumbnails were touched");
    // What the advice says helps.
    fs::rename(&database, story.path("database.db")).unwrap();
    for end in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(database.with_extension(end)); // there may be none
    }
    check_begins_again(&story);
}

#[track_caller]
fn check_begins_again(story: &Story) {
    let before = thumbnails(&story.library());
    let database = story.library().join("database.db");
    for words in [&["status"][..], &["failures"], &["clean"], &["verify", "--repair"]] {
        story.run(words).exits(1).complains(database.to_str().unwrap()).complains("is gone");
    }
    assert!(before == thumbnails(&story.library()), "thumbnails were touched");
    let pictures = story.path("pictures");
    story.run(&["add", pictures.to_str().unwrap()]).exits(0).complains("before any `tintype clean`");
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * PICTURES.len());
    assert!(before == thumbnails(&story.library()), "the same files are made again");
    story.run(&["verify", "--strict"]).exits(0);
}

#[test]
fn a_damaged_database_is_named_and_nothing_else_suffers() {
    let write = |database: &Path, bytes: &[u8], at: u64| {
        fs::File::options().write(true).open(database).unwrap().write_all_at(bytes, at).unwrap();
    };
    let size = |database: &Path| fs::metadata(database).unwrap().len();
    check("a header of something else", |database| write(database, &[0xff; 100], 0));
    check("noise in the middle", |database| {
        let half = size(database) / 2;
        write(database, &vec![0xa5; (half - 8192) as usize], 8192);
    });
    check("cut short", |database| {
        fs::File::options().write(true).open(database).unwrap().set_len(size(database) / 2).unwrap();
    });
    check("another file", |database| fs::write(database, "not a database at all, but some words").unwrap());
}

#[test]
fn a_database_that_is_gone_is_missed() {
    let story = story();
    fs::remove_file(story.library().join("database.db")).unwrap();
    check_begins_again(&story);
    fs::write(story.library().join("database.db"), b"").unwrap();
    check_begins_again(&story);
}

#[test]
fn a_log_of_noise_beside_the_database_is_no_harm() {
    let story = story();
    fs::write(story.library().join("database.db-wal"), vec![0x5a; 100_000]).unwrap();
    assert_eq!(story.json(&["status"])["thumbnail_count"], 3 * PICTURES.len());
    story.run(&["verify", "--strict"]).exits(0);
    story.run(&["add", story.path("pictures").to_str().unwrap()]).exits(0);
}
