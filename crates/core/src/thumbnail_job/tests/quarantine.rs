//! What was the end of two workers is left alone until something changes or somebody asks.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use super::*;
use crate::cas::CasId;

/// A library with a file that crashes whatever opens it, after one job.
fn quarantined() -> (Fixture, CasId) {
    let fixture = Fixture::new();
    let (_, cas_id) = fixture.file("crash");
    let output = fixture.run(job());
    assert_eq!((output.errors, output.metrics.retries), (1, 1));
    (fixture, cas_id)
}

/// Runs a job: the renderer is asked so often, and the file is in quarantine then.
#[track_caller]
fn check(fixture: &Fixture, job: ThumbnailJob, asked: usize) {
    fixture.asked();
    fixture.run(job);
    assert_eq!(fixture.asked().len(), asked);
    let failed = fixture.library.failures(&FailureFilter::default(), 0, 9).unwrap().remove(0);
    assert_eq!((failed.quarantined, failed.kills, failed.next_attempt_at), (true, 2, None));
    assert_eq!((failed.reason.as_str(), failed.detail.as_str()), ("crashed", "last words"));
    assert_eq!(fixture.library.status().unwrap().quarantined, 1);
}

#[test]
fn two_workers_are_enough_whatever_is_wanted() {
    let (fixture, _) = quarantined();
    assert_eq!(fixture.asked().len(), 2);
    check(&fixture, job(), 0);
    let folder = Some(Folder { location: fixture.location, path: Vec::new() });
    check(&fixture, ThumbnailJob { folder: folder.clone(), ..job() }, 0);
    check(&fixture, ThumbnailJob { sizes: vec![64], quality: Some(50), ..job() }, 0);
}

#[test]
fn the_engine_and_a_person_start_the_count_anew() {
    let (fixture, _) = quarantined();
    check(&fixture, ThumbnailJob { regenerate: true, ..job() }, 2);
    assert_eq!(fixture.library.retry_failures(&FailureFilter::default()).unwrap(), 1);
    check(&fixture, job(), 2);
    *fixture.renderer.engine.lock().unwrap() = "b".into();
    check(&fixture, job(), 2);
    check(&fixture, job(), 0);
}

#[test]
fn kills_are_counted_over_jobs_and_restarts() {
    let fixture = Fixture::new();
    let (_, cas_id) = fixture.file("crash");
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    until(&handle, |_| fixture.failure(&cas_id).is_some());
    runner.stop();
    assert_eq!(fixture.failure(&cas_id), Some(("crashed".into(), 1)));
    handle.cancel().unwrap();
    check(&fixture, job(), 1);
}

#[test]
fn one_kill_of_an_odd_size_counts_for_the_usual_ones() {
    let fixture = Fixture::new();
    let (entry, cas_id) = fixture.file("crash");
    let odd = ThumbnailJob { entry_ids: Some(vec![entry]), sizes: vec![64], ..job() };
    let handle = fixture.dispatch(odd);
    let runner = fixture.start();
    until(&handle, |_| fixture.failure(&cas_id).is_some());
    handle.cancel().unwrap();
    runner.stop();
    check(&fixture, job(), 1);
}

#[test]
fn failures_are_found_and_retried_by_reason_and_by_every_path_that_has_them() {
    let fixture = Fixture::new();
    fixture.files(&["corrupt a", "corrupt b", "crash"]);
    fixture.copy_of("corrupt a", "z/copy.txt");
    fixture.run(job());
    let root = fs::canonicalize(fixture.dir.path()).unwrap();
    let files = fixture.dir.path().join("files");
    let check = |reason: Option<Reason>, path: Option<&std::path::Path>, paths: &[&str]| {
        let which = FailureFilter { reason, path: path.map(Into::into) };
        let found = fixture.library.failures(&which, 0, 9).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|failed| failed.path.as_deref().unwrap().strip_prefix(&files).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, paths);
        assert_eq!(fixture.library.retry_failures(&which).unwrap(), paths.len() as u64);
    };
    check(None, None, &["corrupt a.txt", "corrupt b.txt", "crash.txt"]);
    check(Some(Reason::Crashed), None, &["crash.txt"]);
    check(None, Some(&files.join("z")), &["z/copy.txt"]);
    check(None, Some(&files.join("z/copy.txt")), &["z/copy.txt"]);
    check(Some(Reason::Corrupt), Some(&files), &["corrupt a.txt", "corrupt b.txt"]);
    check(None, Some(&files.join("corrupt")), &[]);
    if root == fixture.dir.path() {
        check(Some(Reason::Crashed), Some(&root), &["crash.txt"]);
    }
}
