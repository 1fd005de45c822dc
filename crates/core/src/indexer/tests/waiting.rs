//! Files that are left for later, and what has to happen until they are read.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;
use crate::{
    cas::Cas,
    indexer::examine::{Deferral, Examiner, Manner, Outcome},
    source_file::Links,
};
use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Instant,
};

#[track_caller]
fn check_deferred(world: &World, path: &str, reason: &str) {
    let entry = world.entry(path).unwrap();
    assert_eq!((entry.deferred.as_deref(), entry.content), (Some(reason), None), "{path}");
}

#[test]
fn what_cannot_be_read_yet_is_left_for_later_and_looked_at_again() {
    let world = World::new();
    world.write("empty.jpg", b"");
    world.write("film.mkv.part", b"half of it");
    world.write("Film.CRDOWNLOAD", b"half of it");
    world.write(".photo.jpg.icloud", b"elsewhere");
    world.write("cloud.jpg", b"");
    File::options().write(true).open(world.path("cloud.jpg")).unwrap().set_len(20_000).unwrap();
    set_time(&world.path("cloud.jpg"), LONG_AGO);
    let output = world.index();
    assert_eq!((output.new, output.identified, output.bytes_read), (5, 0, 0));
    check_deferred(&world, "empty.jpg", "empty");
    check_deferred(&world, "film.mkv.part", "being-written");
    check_deferred(&world, "Film.CRDOWNLOAD", "being-written");
    check_deferred(&world, ".photo.jpg.icloud", "placeholder");
    check_deferred(&world, "cloud.jpg", "placeholder");
    let deferred: Vec<_> = output.deferred.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    assert_eq!(deferred, [("being-written", 2), ("empty", 1), ("placeholder", 2)]);
    // What a client that fetches a file does: the same size and time, now with content.
    world.write("cloud.jpg", &vec![7; 20_000]);
    fs::rename(world.path("film.mkv.part"), world.path("film.mkv")).unwrap();
    let output = world.index();
    assert_eq!((output.moved, output.identified, output.new), (1, 2, 0));
    assert!(world.entry("cloud.jpg").unwrap().content.is_some());
    assert!(world.entry("film.mkv").unwrap().content.is_some());
}

#[test]
fn a_fresh_file_is_read_after_a_rest_and_the_others_before() {
    let world = World::new();
    world.write("old.txt", b"hello");
    fs::write(world.path("fresh.txt"), b"written just now").unwrap();
    let begun = Instant::now();
    let output = world.index();
    let elapsed = begun.elapsed();
    assert_eq!((output.identified, output.deferred.len()), (2, 0));
    assert!((1.0..6.0).contains(&elapsed.as_secs_f64()), "{elapsed:?}");
}

#[test]
fn a_file_that_is_written_to_all_the_time_is_left_for_later() {
    let world = World::new();
    fs::write(world.path("growing.txt"), b"a").unwrap();
    let done = AtomicBool::new(false);
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                fs::write(world.path("growing.txt"), b"bb").unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let output = world.index();
        done.store(true, Ordering::Relaxed);
        output
    });
    assert_eq!((output.identified, output.deferred.values().sum::<u64>()), (0, 1), "{output:#?}");
}

#[test]
fn a_time_in_the_future_does_not_keep_a_file_from_being_read() {
    let world = World::new();
    world.write_at("a.txt", b"hello", 4_000_000_000);
    assert_eq!(world.index().identified, 1);
}

/// Does something to the file in the middle of its being read.
#[track_caller]
fn check_meanwhile(meanwhile: impl Fn(&Path) + Sync, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    fs::write(&path, vec![7; LARGE]).unwrap();
    set_time(&path, LONG_AGO);
    let asked = AtomicU32::new(0);
    let stopping = || {
        // Asked once before the file, and before each read.
        if asked.fetch_add(1, Ordering::Relaxed) == 3 {
            meanwhile(&path);
        }
        false
    };
    let manner =
        Manner { cas: Cas::Sampled, links: Links::Refuse, is_second_look: false, stopping: &stopping };
    let outcome = match Examiner::default().examine(&path, &manner) {
        Outcome::Deferred(reason) => reason.word(),
        Outcome::Identified { .. } => "identified",
        Outcome::Gone => "gone",
        _ => "other",
    };
    assert_eq!(outcome, expected);
}

#[test]
fn a_file_that_changes_while_it_is_read_has_no_name() {
    let written = Deferral::BeingWritten.word();
    check_meanwhile(|_| (), "identified");
    check_meanwhile(|path| File::options().write(true).open(path).unwrap().set_len(10).unwrap(), written);
    check_meanwhile(
        |path| File::options().write(true).open(path).unwrap().set_len(200_000).unwrap(),
        written,
    );
    check_meanwhile(|path| set_time(path, LONG_AGO + 1), written);
    check_meanwhile(|path| fs::remove_file(path).unwrap(), "identified");
}

#[test]
fn a_file_is_dropped_when_the_job_is_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    fs::write(&path, vec![7; LARGE]).unwrap();
    set_time(&path, LONG_AGO);
    for asked_before in [0, 1] {
        let asked = AtomicU32::new(0);
        let stopping = || asked.fetch_add(1, Ordering::Relaxed) >= asked_before;
        let manner =
            Manner { cas: Cas::Full, links: Links::Refuse, is_second_look: false, stopping: &stopping };
        let outcome = Examiner::default().examine(&path, &manner);
        assert!(matches!(outcome, Outcome::Stopped), "asked {asked_before} times before");
    }
}
