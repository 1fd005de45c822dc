//! The promises of DESIGN.md, section 6, that hold for any job. Each line there is a test here.
//! A second `Library` on the same directory stands for another process: the runner's lock sees no difference.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use super::*;
use crate::catalogue::NewJob;
use crate::clock::now_ms;
use crate::library::{Library, Options};
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Counts to a number, slowly enough to be interrupted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Count {
    to: u64,
    done: u64,
    pause_ms: u64,
    /// Added later than the rest: old rows do not have it.
    #[serde(default)]
    then: Then,
}

/// What a count does once it is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
enum Then {
    #[default]
    Complete,
    Fail,
    Panic,
    Block,
    SpawnAndWait,
}

impl Job for Count {
    const NAME: &'static str = "count";
    const DESCRIPTION: &'static str = "Count";
    const VERSION: u32 = 2;
}

impl JobHandler for Count {
    type Output = u64;

    async fn run(&mut self, ctx: JobContext<'_>) -> JobResult<u64> {
        while self.done < self.to {
            ctx.check_interrupt()?;
            std::thread::sleep(Duration::from_millis(self.pause_ms));
            self.done += 1;
            ctx.progress(Progress::count("counting", self.done, self.to).at(format!("number {}", self.done)));
            ctx.checkpoint(self)?;
        }
        match self.then {
            Then::Complete => Ok(self.done),
            Then::Fail => Err(JobError::Failed("it was bound to".into())),
            Then::Panic => panic!("out of fingers"),
            Then::Block => {
                self.then = Then::Complete;
                ctx.checkpoint(self)?;
                Err(JobError::Blocked("no room".into()))
            }
            Then::SpawnAndWait => {
                ctx.add_non_critical_error("a child was needed");
                ctx.spawn_child(Count { to: 3, ..Count::default() })?;
                ctx.wait_for_children().await?;
                Ok(self.done)
            }
        }
    }
}

/// Cannot go on where it was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Once {}

impl Job for Once {
    const NAME: &'static str = "once";
    const RESUMABLE: bool = false;
    const DESCRIPTION: &'static str = "Only once";
}

impl JobHandler for Once {
    type Output = ();

    async fn run(&mut self, _: JobContext<'_>) -> JobResult<()> {
        Ok(())
    }
}

fn open(dir: &TempDir) -> Library {
    let options =
        Options { registry: Some(Registry::new().with::<Count>().with::<Once>()), ..Options::default() };
    let root = dir.path().join("library");
    if root.join("library.toml").exists() {
        Library::open_with(root, options).unwrap()
    } else {
        Library::create_with(root, Settings::new("test"), options).unwrap()
    }
}

fn run(library: &Library) -> Runner {
    match library.jobs().start().unwrap() {
        Running::Here(runner) => runner,
        Running::Elsewhere => panic!("somebody else has the lock"),
    }
}

/// Looks until a job is as wanted; a test that waits for what never comes fails after half a minute.
#[track_caller]
fn until(handle: &JobHandle, wanted: impl Fn(&JobUpdate) -> bool) -> JobUpdate {
    let start = Instant::now();
    loop {
        let update = handle.look().unwrap();
        if wanted(&update) {
            return update;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "still {update:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[track_caller]
fn until_status(handle: &JobHandle, status: JobStatus) -> JobUpdate {
    until(handle, |update| update.status == status)
}

fn count(to: u64) -> Count {
    Count { to, pause_ms: 5, ..Count::default() }
}

fn state(library: &Library, handle: &JobHandle) -> Count {
    let row = library.catalogue().read(|rows| rows.job(handle.id())).unwrap().unwrap();
    serde_json::from_str(&row.state).unwrap()
}

#[test]
fn a_job_is_a_row_from_dispatch_to_output() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let handle = library.jobs().dispatch(count(3)).unwrap();
    assert_eq!(handle.status().unwrap(), JobStatus::Queued);
    assert_eq!(state(&library, &handle).to, 3);
    let _runner = run(&library);
    let update = until_status(&handle, JobStatus::Completed);
    assert_eq!(handle.output::<Count>().unwrap(), Some(3));
    assert_eq!(state(&library, &handle).done, 3, "the last checkpoint");
    assert!(update.started_at.is_some() && update.finished_at.is_some());
}

#[test]
fn old_rows_load_and_newer_ones_are_refused() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let insert = |version, state: &str| {
        let new = NewJob { parent: None, name: "count", version, state, priority: Priority::Bulk };
        let id = library.catalogue().write(|rows| rows.insert_job(&new, now_ms())).unwrap();
        library.jobs().handle(id).unwrap()
    };
    let old = insert(1, r#"{"to": 2, "done": 1, "pause_ms": 0}"#);
    let newer = insert(3, r#"{"to": 2, "done": 1, "pause_ms": 0, "with": "something new"}"#);
    let unknown = {
        let new = NewJob { parent: None, name: "juggle", version: 1, state: "{}", priority: Priority::Bulk };
        let id = library.catalogue().write(|rows| rows.insert_job(&new, now_ms())).unwrap();
        library.jobs().handle(id).unwrap()
    };
    let _runner = run(&library);
    until_status(&old, JobStatus::Completed);
    let error = until_status(&newer, JobStatus::Failed).error.unwrap();
    assert!(error.contains("version 3") && error.contains("newer tintype"), "{error}");
    assert!(until_status(&unknown, JobStatus::Failed).error.unwrap().contains("juggle"));
}

#[test]
fn a_row_whose_process_died_goes_on_from_its_checkpoint() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let half = Count { to: 10, done: 5, ..Count::default() };
    let handle = library.jobs().dispatch(half).unwrap();
    let once = library.jobs().dispatch(Once {}).unwrap();
    for job in [&handle, &once] {
        let running = |rows: &crate::catalogue::Writing<'_>| {
            rows.set_job_status(job.id(), JobStatus::Running, None, now_ms())
        };
        library.catalogue().write(running).unwrap();
    }
    let _runner = run(&library);
    until_status(&handle, JobStatus::Completed);
    assert_eq!(handle.output::<Count>().unwrap(), Some(10));
    let error = until_status(&once, JobStatus::Failed).error.unwrap();
    assert!(error.contains("cannot go on"), "{error}");
}

#[test]
fn leaving_keeps_the_checkpoint_and_the_next_runner_goes_on() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let handle = library.jobs().dispatch(count(200)).unwrap();
    let runner = run(&library);
    until(&handle, |update| update.progress.done >= 5);
    let start = Instant::now();
    runner.stop();
    assert!(start.elapsed() < Duration::from_secs(1), "left after {:?}", start.elapsed());
    assert_eq!(handle.status().unwrap(), JobStatus::Queued);
    let done = state(&library, &handle).done;
    assert!((5..200).contains(&done));
    drop(library);
    let library = open(&dir);
    let handle = library.jobs().handle(handle.id()).unwrap();
    let _runner = run(&library);
    until_status(&handle, JobStatus::Completed);
}

#[test]
fn a_pause_acts_within_a_second_and_survives_restarts() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let elsewhere = open(&dir);
    let handle = library.jobs().dispatch(count(400)).unwrap();
    let runner = run(&library);
    until(&handle, |update| update.progress.done >= 2);
    let start = Instant::now();
    elsewhere.jobs().handle(handle.id()).unwrap().pause().unwrap();
    until_status(&handle, JobStatus::Paused);
    assert!(start.elapsed() < Duration::from_secs(1), "paused after {:?}", start.elapsed());
    runner.stop();
    let runner = run(&library);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(handle.status().unwrap(), JobStatus::Paused, "stays paused");
    let before = state(&library, &handle).done;
    elsewhere.jobs().handle(handle.id()).unwrap().resume().unwrap();
    until(&handle, |update| update.progress.done > before);
    runner.stop();
}

#[test]
fn a_cancel_acts_within_a_second_and_keeps_the_row() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let handle = library.jobs().dispatch(count(400)).unwrap();
    let child = library.jobs().dispatch_after(count(1), handle.id()).unwrap();
    let _runner = run(&library);
    until(&handle, |update| update.progress.done >= 2);
    let start = Instant::now();
    handle.cancel().unwrap();
    until_status(&handle, JobStatus::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(1), "cancelled after {:?}", start.elapsed());
    let error = until_status(&child, JobStatus::Cancelled).error.unwrap();
    assert!(error.contains("cancelled with job"), "{error}");
    assert!(handle.cancel().is_err(), "it is over");
    library.jobs().retry(handle.id()).unwrap();
    assert_eq!(child.status().unwrap(), JobStatus::Waiting);
    let before = state(&library, &handle).done;
    until(&handle, |update| update.status == JobStatus::Running && update.progress.done > before);
}

#[test]
fn requests_are_obeyed_when_nobody_runs_jobs() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let jobs = library.jobs();
    let [paused, cancelled, dead] = [0; 3].map(|_| jobs.dispatch(count(1)).unwrap());
    paused.pause().unwrap();
    cancelled.cancel().unwrap();
    let running = |rows: &crate::catalogue::Writing<'_>| {
        rows.set_job_status(dead.id(), JobStatus::Running, None, now_ms())
    };
    library.catalogue().write(running).unwrap();
    dead.pause().unwrap();
    assert_eq!(paused.status().unwrap(), JobStatus::Paused);
    assert_eq!(cancelled.status().unwrap(), JobStatus::Cancelled);
    assert_eq!(dead.status().unwrap(), JobStatus::Paused, "its process is dead: nobody else would obey");
    assert!(jobs.request(JobId(999), Interrupt::Pause).is_err());
}

#[test]
fn a_child_starts_when_its_parent_completes() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let parent = library.jobs().dispatch(count(10)).unwrap();
    let child = library.jobs().dispatch_after(count(1), parent.id()).unwrap();
    assert_eq!(child.status().unwrap(), JobStatus::Waiting);
    let _runner = run(&library);
    let child = until_status(&child, JobStatus::Completed);
    let parent = parent.look().unwrap();
    assert_eq!(parent.status, JobStatus::Completed);
    assert!(child.started_at >= parent.finished_at);
}

#[test]
fn a_child_is_skipped_with_a_reason_when_its_parent_fails() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let check = |then, words: &str| {
        let parent = library.jobs().dispatch(Count { then, ..count(1) }).unwrap();
        let child = library.jobs().dispatch_after(count(1), parent.id()).unwrap();
        let grandchild = library.jobs().dispatch_after(count(1), child.id()).unwrap();
        let _runner = run(&library);
        let error = until_status(&parent, JobStatus::Failed).error.unwrap();
        assert!(error.contains(words), "{error}");
        for skipped in [child, grandchild] {
            let error = until_status(&skipped, JobStatus::Cancelled).error.unwrap();
            assert!(error.starts_with("skipped: job") && error.contains(words), "{error}");
        }
    };
    check(Then::Fail, "it was bound to");
    check(Then::Panic, "out of fingers");
}

#[test]
fn a_child_of_what_will_never_complete_is_skipped_at_once_and_not_retried_alone() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let parent = library.jobs().dispatch(Count { then: Then::Fail, ..count(1) }).unwrap();
    let runner = run(&library);
    until_status(&parent, JobStatus::Failed);
    runner.stop();
    let child = library.jobs().dispatch_after(count(1), parent.id()).unwrap();
    let update = until_status(&child, JobStatus::Cancelled);
    assert!(update.error.unwrap().starts_with("skipped: job"));
    let refused = library.jobs().retry(child.id()).unwrap_err().to_string();
    assert!(refused.contains(&format!("retry {}", parent.id())), "{refused}");
    library.jobs().retry(parent.id()).unwrap();
    assert_eq!(child.status().unwrap(), JobStatus::Waiting, "its parent takes it along");
}

#[test]
fn what_is_asked_last_counts_when_a_job_stops() {
    let check = |ask: &dyn Fn(&JobHandle), expected| {
        let dir = TempDir::new().unwrap();
        let library = open(&dir);
        let handle = library.jobs().dispatch(Count { pause_ms: 700, ..count(50) }).unwrap();
        let runner = run(&library);
        until(&handle, |update| update.status == JobStatus::Running);
        ask(&handle);
        runner.stop();
        assert_eq!(handle.status().unwrap(), expected);
    };
    let both = |handle: &JobHandle| {
        handle.pause().unwrap();
        handle.cancel().unwrap();
        handle.pause().unwrap();
    };
    check(&both, JobStatus::Cancelled);
    check(&|handle| handle.pause().unwrap(), JobStatus::Paused);
    let taken_back = |handle: &JobHandle| {
        handle.pause().unwrap();
        handle.resume().unwrap();
    };
    check(&taken_back, JobStatus::Queued);
}

#[test]
fn a_job_that_waits_for_its_children_lets_them_run() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let parent = library.jobs().dispatch(Count { then: Then::SpawnAndWait, ..count(1) }).unwrap();
    let _runner = run(&library);
    until_status(&parent, JobStatus::Completed);
    let children = library.jobs().children(parent.id()).unwrap();
    assert_eq!(children.iter().map(|child| child.status).collect::<Vec<_>>(), [JobStatus::Completed]);
    assert_eq!(library.jobs().errors(parent.id(), 10).unwrap()[0].1, "a child was needed");
}

#[test]
fn a_job_that_cannot_go_on_now_pauses_itself_with_words() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let handle = library.jobs().dispatch(Count { then: Then::Block, ..count(1) }).unwrap();
    let _runner = run(&library);
    assert_eq!(until_status(&handle, JobStatus::Paused).error.as_deref(), Some("no room"));
    handle.resume().unwrap();
    until_status(&handle, JobStatus::Completed);
}

#[test]
fn only_one_process_runs_jobs_and_others_follow() {
    let dir = TempDir::new().unwrap();
    let (library, elsewhere) = (open(&dir), open(&dir));
    let runner = run(&library);
    assert!(matches!(elsewhere.jobs().start().unwrap(), Running::Elsewhere));
    let handle = elsewhere.jobs().dispatch(count(3)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let seen = runtime.block_on(async {
        let mut changes = handle.subscribe();
        let mut seen = Vec::new();
        while let Some(update) = changes.next().await.unwrap() {
            seen.push(update.status);
        }
        seen
    });
    assert_eq!(seen.last(), Some(&JobStatus::Completed), "{seen:?}");
    runner.stop();
    assert!(matches!(elsewhere.jobs().start().unwrap(), Running::Here(_)), "the lock is free again");
}

#[test]
fn what_somebody_looks_at_does_not_wait_for_bulk_work() {
    let dir = TempDir::new().unwrap();
    let library = open(&dir);
    let bulk = library.jobs().dispatch(count(10_000)).unwrap();
    let later = library.jobs().dispatch(count(1)).unwrap();
    let _runner = run(&library);
    until(&bulk, |update| update.progress.done >= 1);
    let now = library.jobs().dispatch_with(count(1), Priority::Now).unwrap();
    until_status(&now, JobStatus::Completed);
    assert_eq!(later.status().unwrap(), JobStatus::Queued, "one job of a priority at a time");
}

#[test]
fn statuses_follow_one_another_only_as_they_may() {
    for status in JobStatus::ALL {
        assert_eq!(status.word().parse(), Ok(status));
        assert!(!status.may_become(status), "{status} to itself is no change");
        assert!(!JobStatus::Completed.may_become(status), "what is done is done");
        let only_from_running = matches!(status, JobStatus::Completed | JobStatus::Failed);
        for from in JobStatus::ALL {
            assert!(!only_from_running || !from.may_become(status) || from == JobStatus::Running);
        }
    }
}
