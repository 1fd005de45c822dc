//! What a job expects, and what it leaves to the next. The arithmetic has its own rows.

use super::*;

#[test]
fn the_first_job_knows_nothing_and_the_next_one_what_it_learnt() {
    let fixture = Fixture::new();
    fixture.many(20, "file");
    let first = fixture.run(job());
    assert_eq!(first.forecast, None);
    assert_eq!(
        first.sizes.iter().map(|made| (made.size, made.count)).collect::<Vec<_>>(),
        [(128, 20), (256, 20), (512, 20)]
    );
    assert_eq!(first.sizes.iter().map(|made| made.bytes).sum::<u64>(), first.total_bytes);

    let library = fixture.reopened(|_| {});
    let handle =
        library.generate_thumbnails(ThumbnailJob { regenerate: true, ..job() }, Priority::Bulk).unwrap();
    let _runner = start(&library);
    until(&handle, |update| update.status == JobStatus::Completed);
    let again = handle.output::<ThumbnailJob>().unwrap().unwrap();
    let told = again.forecast.unwrap();
    assert_eq!((told.files, told.unknown, told.rests_on), (20, 0, 20));
    assert!(told.bytes.holds(again.total_bytes as f64) && told.with_thumbnails.holds(20.0), "{told:?}");
    assert_eq!(told.worker_memory.likely as u64, again.metrics.peak_memory);
    assert_eq!(library.last_bulk_job().unwrap().unwrap().id, handle.id().0);
}

#[test]
fn a_job_says_how_long_it_will_take_before_its_first_file_is_done() {
    let fixture = Fixture::new();
    fixture.many(4, "file");
    fixture.run(job());
    fixture.many(8, "slow");
    let handle = fixture.dispatch(job());
    let _runner = fixture.start();
    until(&handle, |update| update.progress.done == 0 && update.progress.eta_s.is_some());
}

#[test]
fn other_sizes_teach_nothing_about_the_usual_ones() {
    let fixture = Fixture::new();
    fixture.many(4, "file");
    let other = fixture.run(ThumbnailJob { sizes: vec![64], ..job() });
    assert_eq!((other.contents, other.forecast), (4, None));
    assert!(fixture.library.experience().unwrap().rates.is_empty());
    assert_eq!(fixture.run(job()).forecast, None);
    assert!(!fixture.library.experience().unwrap().rates.is_empty());
}

#[test]
fn what_fails_costs_time_too() {
    let fixture = Fixture::new();
    fixture.many(4, "corrupt");
    fixture.run(job());
    let told = fixture.run(ThumbnailJob { regenerate: true, ..job() }).forecast.unwrap();
    assert!(told.seconds.likely > 0.0, "{told:?}");
    assert_eq!((told.with_thumbnails.likely as u64, told.bytes.likely as u64), (0, 0));
}

#[test]
fn what_was_learnt_before_a_pause_is_kept() {
    let fixture = Fixture::new();
    fixture.many(60, "file");
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    until(&handle, |update| update.progress.done > 5);
    drop(runner);
    assert!(!fixture.library.experience().unwrap().rates.is_empty());
}
