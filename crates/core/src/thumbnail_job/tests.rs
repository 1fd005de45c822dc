//! The promises of the thumbnail job, each with a renderer that does as the file's content says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod clean;
mod dear;
mod fixture;
mod making_way;
mod prospects;
mod quarantine;
mod regenerate;
mod scrub;
mod verify;

use super::*;
use crate::catalogue::FailureRow;
use crate::jobs::{JobStatus, JobUpdate, Priority};
use crate::library::FailureFilter;
use crate::render::{Effort, Facts, Fault, Reason, Renderer};
use crate::settings::Settings;
use crate::store::ThumbnailStore;
use fixture::*;
use std::{fs, sync::atomic::Ordering};

#[test]
fn everything_gets_its_thumbnails_once() {
    let fixture = Fixture::new();
    let files = fixture.files(&["one", "two", "three"]);
    let output = fixture.run(job());
    assert_eq!((output.contents, output.generated, output.errors), (3, 9, 0));
    assert_eq!(output.metrics.per_kind.get("image"), Some(&3));
    assert_eq!((output.metrics.decode_ms, output.metrics.peak_memory), (3, 5));
    assert_eq!(fixture.library.sizes_of(&files[0].1).unwrap(), [128, 256, 512]);
    let bytes = fixture.library.get_thumbnail(&files[0].1, 256).unwrap().unwrap();
    assert_eq!(bytes, b"one at 256 q85");
    assert_eq!(fixture.asked().len(), 3);
    assert_eq!(fixture.run(job()).generated, 0);
    assert!(fixture.asked().is_empty(), "nothing is made twice");
}

#[test]
fn parameters_choose_what_is_made() {
    let fixture = Fixture::new();
    let files = fixture.files(&["one", "two"]);
    let only_one = ThumbnailJob { entry_ids: Some(vec![files[0].0, 999]), ..job() };
    assert_eq!(fixture.run(only_one).contents, 1);
    let small = ThumbnailJob { sizes: vec![64], quality: Some(50), ..job() };
    assert_eq!(fixture.run(small).generated, 2);
    assert_eq!(fixture.library.get_thumbnail(&files[1].1, 64).unwrap().unwrap(), b"two at 64 q50");
    let folder = Some(Folder { location: fixture.location, path: Vec::new() });
    assert_eq!(fixture.run(ThumbnailJob { folder, ..job() }).contents, 1, "the other one has its own");
    assert_eq!(fixture.run(ThumbnailJob { regenerate: true, ..job() }).contents, 2);
    let refused = |job| fixture.library.generate_thumbnails(job, Priority::Bulk).is_err();
    assert!(refused(ThumbnailJob { sizes: vec![4], ..job() }));
    assert!(refused(ThumbnailJob { quality: Some(101), ..job() }));
    assert!(refused(ThumbnailJob { batch_size: Some(0), ..job() }));
}

#[test]
fn permanent_reasons_are_not_tried_again_until_something_changes() {
    let fixture = Fixture::new();
    let (_, bad) = fixture.file("corrupt");
    let (_, good) = fixture.file("good");
    let output = fixture.run(job());
    assert_eq!((output.errors, output.contents), (1, 1));
    assert_eq!(fixture.failure(&bad), Some(("corrupt".into(), 1)));
    assert!(fixture.library.has_thumbnail(&good, 512).unwrap());
    fixture.asked();
    fixture.run(job());
    assert!(fixture.asked().is_empty());
    *fixture.renderer.engine.lock().unwrap() = "b".into();
    fixture.run(job());
    assert_eq!(fixture.asked().len(), 2, "another engine: both again");
    fixture
        .library
        .retry_failures(&FailureFilter { reason: Some(Reason::Corrupt), ..FailureFilter::default() })
        .unwrap();
    fixture.run(job());
    assert_eq!(fixture.asked().len(), 1, "a person asked");
}

#[test]
fn transient_reasons_are_tried_three_times_with_waits() {
    let fixture = Fixture::new();
    let files = fixture.files(&["io", "flaky"]);
    let began = Instant::now();
    let output = fixture.run(job());
    assert!(began.elapsed() >= Duration::from_secs(2), "there is a wait");
    assert_eq!((output.errors, output.contents, output.metrics.retries), (1, 1, 3));
    assert_eq!(fixture.asked().len(), 5);
    assert_eq!(fixture.failure(&files[0].1), Some(("io".into(), 3)));
    assert_eq!(fixture.failure(&files[1].1), None, "overcome");
    fixture.run(job());
    assert!(fixture.asked().is_empty(), "given up until something changes");
}

#[test]
fn bulk_order_is_a_setting() {
    let check = |order, first: &str| {
        let fixture = Fixture::with(|settings| settings.jobs.order = order);
        let texts: Vec<String> = (0..12).map(|length| "x".repeat(30 - length)).collect();
        for text in &texts {
            fixture.file(text);
        }
        fixture.run(job());
        // Two render threads and more take from one queue: the first few are what the order says, in some order.
        let asked = fixture.asked();
        assert!(asked[..4].iter().any(|(text, ..)| text == first), "{:?}", &asked[..4]);
    };
    check(BulkOrder::LargestFirst, &"x".repeat(30));
    check(BulkOrder::NewestFirst, &"x".repeat(19));
}

#[test]
fn pause_and_cancel_act_within_a_second_and_lose_nothing() {
    let fixture = Fixture::new();
    fixture.many(300, "number");
    fixture.files(&["slow and the largest of them all, so that it is in hand when the pause comes"]);
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    until(&handle, |update| update.progress.done >= 40);
    let began = Instant::now();
    handle.pause().unwrap();
    until(&handle, |update| update.status == JobStatus::Paused);
    assert!(began.elapsed() < Duration::from_secs(1), "paused after {:?}", began.elapsed());
    let kept = fixture.library.catalogue().read(|rows| rows.size_totals()).unwrap()[0].count;
    let rendered = fixture.asked().len() as u64;
    assert!(
        kept >= 40 && rendered - kept <= 2,
        "{rendered} rendered, {kept} kept: only what was in hand is lost"
    );
    handle.resume().unwrap();
    until(&handle, |update| update.status == JobStatus::Completed);
    let output = handle.output::<ThumbnailJob>().unwrap().unwrap();
    assert_eq!((output.contents, output.generated), (301, 903), "counters go on");
    runner.stop();
}

#[test]
fn a_full_disk_pauses_the_job_and_it_goes_on_when_there_is_room() {
    let fixture = Fixture::new();
    fixture.many(100, "number");
    let handle = fixture.dispatch(ThumbnailJob { batch_size: Some(8), ..job() });
    let _runner = fixture.start();
    until(&handle, |update| update.progress.done >= 8);
    fixture.store.full.store(true, Ordering::Relaxed);
    let error = until(&handle, |update| update.status == JobStatus::Paused).error.unwrap();
    assert!(error.contains("the disk is full") && error.contains("resume"), "{error}");
    fixture.store.full.store(false, Ordering::Relaxed);
    handle.resume().unwrap();
    until(&handle, |update| update.status == JobStatus::Completed);
    let output = handle.output::<ThumbnailJob>().unwrap().unwrap();
    assert_eq!((output.contents, output.generated, output.errors), (100, 300, 0));
    let rendered = fixture.asked().len();
    assert!(rendered <= 104, "{rendered} rendered for 100 files: finished ones were taken over");
}

#[test]
fn what_a_dead_run_had_finished_is_taken_over_and_nothing_else() {
    let fixture = Fixture::new();
    let files = fixture.files(&["kept", "torn", "fresh"]);
    let handle = fixture.dispatch(job());
    fixture.note_rendition(&handle, (&files[0].1, "kept"), 85, |_, _| ());
    fixture.note_rendition(&handle, (&files[1].1, "torn"), 85, |staged, bytes| {
        fixture.store.stage(&staged.cas_id, staged.size, &bytes[..3]).unwrap();
    });
    let _runner = fixture.start();
    until(&handle, |update| update.status == JobStatus::Completed);
    let mut rendered: Vec<_> = fixture.asked().into_iter().map(|(text, ..)| text).collect();
    rendered.sort();
    assert_eq!(rendered, ["fresh", "torn"]);
    for ((_, cas_id), text) in files.iter().zip(["kept", "torn", "fresh"]) {
        let bytes = fixture.library.get_thumbnail(cas_id, 512).unwrap().unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), format!("{text} at 512 q85"));
    }
    assert!(fixture.library.catalogue().read(|rows| rows.staged_renditions()).unwrap().is_empty());
}

#[test]
fn what_a_dead_run_had_failed_at_is_not_tried_again() {
    let fixture = Fixture::new();
    let (_, bad) = fixture.file("corrupt");
    let handle = fixture.dispatch(job());
    let catalogue = fixture.library.catalogue();
    let content = catalogue.read(|rows| rows.content_by_cas_id(bad.as_str())).unwrap().unwrap().id;
    let (reason, detail, wanted) = ("corrupt".to_owned(), "as noted".to_owned(), String::new());
    let engine = fixture.renderer.engine(&|_| true).unwrap().fingerprint;
    let (attempts, kills, next_attempt_at) = (1, 0, None);
    let failure = FailureRow { content, reason, detail, attempts, kills, engine, wanted, next_attempt_at };
    let failed = Some(render_file::NotedFailure { failure, is_final: true });
    let note = render_file::StagedRendition {
        job: handle.id().0,
        cas_id: bad.clone(),
        thumbnails: Vec::new(),
        facts: Facts::default(),
        stale: false,
        failure: None,
        failed,
    };
    let note = serde_json::to_string(&note).unwrap();
    catalogue.write(|rows| rows.stage_rendition(content, &note)).unwrap();
    let _runner = fixture.start();
    until(&handle, |update| update.status == JobStatus::Completed);
    assert!(fixture.asked().is_empty());
    assert_eq!(fixture.failure(&bad), Some(("corrupt".into(), 1)));
    assert_eq!(handle.output::<ThumbnailJob>().unwrap().unwrap().errors, 1, "and it counts");
    assert!(catalogue.read(|rows| rows.staged_renditions()).unwrap().is_empty());
}

#[test]
fn what_cannot_be_reached_now_stays_pending() {
    let fixture = Fixture::new();
    let files = fixture.files(&["here", "gone", "changed"]);
    let folder = fixture.dir.path().join("files");
    fs::remove_file(folder.join("gone.txt")).unwrap();
    fs::write(folder.join("changed.txt"), "something longer").unwrap();
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    until(&handle, |update| update.status == JobStatus::Completed);
    runner.stop();
    let output = handle.output::<ThumbnailJob>().unwrap().unwrap();
    assert_eq!((output.contents, output.skipped, output.errors), (1, 2, 0));
    assert_eq!(fixture.library.jobs().errors(handle.id(), 10).unwrap().len(), 2);
    assert_eq!(fixture.failure(&files[1].1), None);
    let (left, _) = fixture.library.catalogue().read(|rows| rows.pending_totals()).unwrap();
    assert_eq!(left, 2);
}

#[test]
fn links_are_followed_only_where_the_settings_say_so() {
    let check = |follow, contents| {
        let fixture = Fixture::with(|settings| settings.index.follow_symlinks = follow);
        fixture.file("one");
        let path = fixture.dir.path().join("files").join("one.txt");
        fs::rename(&path, path.with_extension("elsewhere")).unwrap();
        std::os::unix::fs::symlink(path.with_extension("elsewhere"), &path).unwrap();
        let handle = fixture.dispatch(job());
        let _runner = fixture.start();
        let is_decided =
            |update: &JobUpdate| update.status == JobStatus::Completed || update.progress.done > 0;
        until(&handle, |update| {
            is_decided(update)
                || !fixture.library.failures(&FailureFilter::default(), 0, 1).unwrap().is_empty()
        });
        assert_eq!(fixture.asked().len(), contents);
    };
    check(true, 1);
    check(false, 0);
}

#[test]
fn how_contents_are_named_stays() {
    let fixture = Fixture::new();
    let mut settings = fixture.library.settings().clone();
    settings.cas = crate::Cas::Full;
    settings.save(&fixture.library.root().join("library.toml")).unwrap();
    let error = Library::open(fixture.library.root()).err().unwrap().to_string();
    assert!(error.contains("cas = \"sampled\""), "{error}");
}

#[test]
fn other_recipes_settle_nothing() {
    let fixture = Fixture::new();
    let (entry, cas_id) = fixture.file("one");
    let odd = || ThumbnailJob { entry_ids: Some(vec![entry]), sizes: vec![64], ..job() };
    fixture.run(odd());
    fixture.run(odd());
    fixture.run(job());
    assert_eq!(fixture.library.sizes_of(&cas_id).unwrap(), [64, 128, 256, 512]);
    let (entry, bad) = fixture.file("corrupt");
    fixture.run(ThumbnailJob { entry_ids: Some(vec![entry]), sizes: vec![64], ..job() });
    fixture.asked();
    fixture.run(job());
    assert_eq!(
        fixture.asked()[0].1,
        [512, 256, 128],
        "a failure at 64 px says nothing about the usual sizes"
    );
    assert!(fixture.failure(&bad).is_some());
}

#[test]
fn one_content_under_many_names_is_made_once() {
    let fixture = Fixture::new();
    fixture.file("same");
    (0..50).for_each(|number| fixture.copy_of("same", &format!("copy {number}.txt")));
    let folder = Some(Folder { location: fixture.location, path: Vec::new() });
    fixture.run(ThumbnailJob { folder, ..job() });
    assert_eq!(fixture.asked().len(), 1);
}

#[test]
fn a_failure_that_somebody_wants_retried_is_met_by_the_job_that_runs() {
    let fixture = Fixture::new();
    fixture.file("corrupt");
    fixture.run(job());
    fixture.many(4, "slow");
    let handle = fixture.dispatch(job());
    let _runner = fixture.start();
    until(&handle, |update| update.status == JobStatus::Running);
    fixture.asked();
    assert_eq!(fixture.library.retry_failures(&FailureFilter::default()).unwrap(), 1);
    let joined = fixture.dispatch(job());
    assert_eq!(joined.id(), handle.id());
    until(&handle, |update| update.status == JobStatus::Completed);
    assert!(fixture.asked().iter().any(|(text, ..)| text == "corrupt"));
}

#[test]
fn batches_are_synced_together() {
    let fixture = Fixture::new();
    fixture.many(64, "number");
    fixture.run(ThumbnailJob { batch_size: Some(32), ..job() });
    let published = fixture.store.published.load(Ordering::Relaxed);
    assert!((2..=3).contains(&published), "{published} syncs for two batches");
}

#[test]
fn somebody_who_looks_now_is_served_during_bulk_work() {
    let fixture = Fixture::new();
    fixture.many(20, "slow");
    let (entry, cas_id) = fixture.file("x");
    let bulk = fixture.dispatch(job());
    let _runner = fixture.start();
    until(&bulk, |update| update.status == JobStatus::Running);
    let now = ThumbnailJob { entry_ids: Some(vec![entry]), ..job() };
    let handle = fixture.library.generate_thumbnails(now, Priority::Now).unwrap();
    until(&handle, |update| update.status == JobStatus::Completed);
    assert!(fixture.library.has_thumbnail(&cas_id, 512).unwrap());
    assert_eq!(bulk.status().unwrap(), JobStatus::Running);
}

#[test]
fn a_fault_says_what_it_is() {
    let fault: Fault = Reason::Corrupt.says("nonsense");
    assert_eq!(fault.to_string(), "corrupt: nonsense");
}
