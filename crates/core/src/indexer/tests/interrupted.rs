//! A job that is cut off, anywhere, and goes on.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;
use crate::jobs::{Interrupt, JobError};
use std::time::Instant;

/// More than one transaction in either phase.
const FILES: usize = 3300;

fn world() -> World {
    let world = World::new();
    for number in 0..FILES {
        let path = world.path(format!("{}/{number}.txt", number % 7));
        if number < 7 {
            fs::create_dir(path.parent().unwrap()).unwrap();
        }
        fs::write(&path, format!("file {}", number / 2)).unwrap();
        set_time(&path, LONG_AGO);
    }
    world
}

fn saved_job(world: &World, id: JobId) -> IndexerJob {
    let row = world.library.catalogue().read(|rows| rows.job(id)).unwrap().unwrap();
    serde_json::from_str(&row.state).unwrap()
}

#[test]
fn killed_at_any_commit_it_ends_as_a_quiet_run() {
    let world = world();
    let quiet = world.index();
    let expected = world.snapshot();
    assert_eq!((quiet.identified, quiet.new), (FILES as u64, FILES as u64));
    let mut survived = 0;
    for commits in 0.. {
        world.library.catalogue().forget_files();
        let mut job = IndexerJob::new(world.location, "");
        let id = world.library.jobs().dispatch(job.clone()).unwrap().id();
        world.library.catalogue().light_fuse(commits);
        let killed = world.run_as(id, &mut job);
        world.library.catalogue().put_out_fuse();
        if killed.is_ok() {
            break;
        }
        survived += 1;
        let mut job = saved_job(&world, id);
        let output = world.run_as(id, &mut job).unwrap();
        assert_eq!(world.snapshot(), expected, "killed after {commits} commits");
        assert_eq!((output.found, output.new, output.identified), (quiet.found, quiet.new, quiet.identified));
        assert_eq!((output.unchanged, output.bytes_read), (0, quiet.bytes_read), "nothing is counted twice");
    }
    assert!(survived >= 7, "only {survived} commits in a run");
}

#[test]
fn what_was_identified_before_a_crash_is_not_read_again() {
    let world = world();
    let mut job = IndexerJob::new(world.location, "");
    let id = world.library.jobs().dispatch(job.clone()).unwrap().id();
    world.library.catalogue().light_fuse(5);
    assert!(matches!(world.run_as(id, &mut job), Err(JobError::Library(_))));
    world.library.catalogue().put_out_fuse();
    let rows = world.library.catalogue().read(|rows| rows.entries_after(world.location, b"", FILES)).unwrap();
    let known = rows.iter().filter(|entry| entry.content.is_some()).count();
    assert!(known > 0, "the fuse was too short for this test");
    // A new job, which knows nothing of the first.
    let output = world.index();
    assert_eq!(output.identified, (FILES - known) as u64);
}

#[test]
fn interrupted_at_any_moment_it_stops_at_once_and_goes_on() {
    let world = world();
    world.index();
    let expected = world.snapshot();
    for delay in [0, 5, 20, 40, 80, 160, 320] {
        world.library.catalogue().forget_files();
        let mut job = IndexerJob::new(world.location, "");
        let id = world.library.jobs().dispatch(job.clone()).unwrap().id();
        let control = Arc::<crate::jobs::testing::Control>::default();
        let inner = crate::jobs::testing::context(id, world.library.clone(), control.clone());
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(delay));
            control.set(Interrupt::Pause);
            Instant::now()
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.block_on(job.run(inner.context()));
        let ended_at = Instant::now();
        let lag = ended_at.saturating_duration_since(stopper.join().unwrap());
        assert!(lag < Duration::from_secs(1), "{lag:?} after a delay of {delay} ms");
        if !matches!(ended, Err(JobError::Interrupted(Interrupt::Pause))) {
            ended.unwrap(); // it was faster
        }
        let output = world.run_as(id, &mut saved_job(&world, id)).unwrap();
        assert_eq!((output.found, output.identified), (FILES as u64, FILES as u64), "{delay} ms");
        assert_eq!(world.snapshot(), expected, "{delay} ms");
    }
}
