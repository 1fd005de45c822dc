//! Bulk work makes way and says for what; nothing else does.
//! The machine is made of files: when the battery is in use is said here.

use super::*;

fn waits_for_battery(update: &JobUpdate) -> bool {
    update.progress.waits_for() == Some("on battery")
}

#[test]
fn bulk_work_waits_on_battery_and_goes_on_by_itself() {
    let fixture = Fixture::new();
    fixture.files(&["one", "two", "three"]);
    fixture.run_on_battery(true);
    let handle = fixture.dispatch(job());
    let _runner = fixture.start();
    let update = until(&handle, waits_for_battery);
    assert_eq!((update.status, update.progress.total, update.progress.eta_s), (JobStatus::Running, 3, None));
    assert!(fixture.asked().is_empty(), "nothing was begun");
    fixture.run_on_battery(false);
    until(&handle, |update| update.status == JobStatus::Completed);
    let output = handle.output::<ThumbnailJob>().unwrap().unwrap();
    assert_eq!(output.contents, 3);
    assert!(output.waited_ms > 0 && output.waited_ms <= output.duration_ms, "{output:?}");
}

#[test]
fn what_a_person_asked_for_does_not_wait() {
    let fixture = Fixture::new();
    let files = fixture.files(&["one", "two"]);
    fixture.run_on_battery(true);
    let bulk = fixture.dispatch(job());
    let _runner = fixture.start();
    until(&bulk, waits_for_battery);
    let asked = ThumbnailJob { entry_ids: Some(vec![files[0].0]), ..job() };
    let asked = fixture.library.generate_thumbnails(asked, Priority::Asked).unwrap();
    until(&asked, |update| update.status == JobStatus::Completed);
    assert_eq!(fixture.asked().len(), 1);
    assert_eq!(bulk.status().unwrap(), JobStatus::Running, "it still waits");
}

#[test]
fn who_is_wanted_at_once_waits_no_more() {
    let fixture = Fixture::new();
    fixture.files(&["one", "two"]);
    fixture.run_on_battery(true);
    let handle = fixture.dispatch(job());
    let _runner = fixture.start();
    until(&handle, waits_for_battery);
    handle.hurry().unwrap();
    until(&handle, |update| update.status == JobStatus::Completed);
    assert_eq!(fixture.asked().len(), 2);
}

#[test]
fn who_waits_can_be_paused_and_cancelled() {
    let fixture = Fixture::new();
    fixture.many(100, "file");
    fixture.run_on_battery(true);
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    let stop = |ask: &dyn Fn(), status| {
        until(&handle, waits_for_battery);
        ask();
        until(&handle, |update| update.status == status);
    };
    stop(&|| handle.pause().unwrap(), JobStatus::Paused);
    handle.resume().unwrap();
    stop(&|| handle.cancel().unwrap(), JobStatus::Cancelled);
    drop(runner);
    assert!(fixture.asked().is_empty());
}

#[test]
fn quiet_hours_and_the_switch_are_settings() {
    let quiet = Fixture::with(|settings| settings.gentle.quiet_hours = "00:00-24:00".parse().unwrap());
    quiet.file("one");
    let handle = quiet.dispatch(job());
    let _runner = quiet.start();
    until(&handle, |update| update.progress.waits_for() == Some("quiet hours until 24:00"));

    let other = Fixture::with(|settings| settings.gentle.pause_on_battery = false);
    other.file("one");
    other.run_on_battery(true);
    assert_eq!(other.run(job()).contents, 1);
}
