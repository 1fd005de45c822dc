//! What takes too long or too much: smaller thumbnails with less effort, and never more than two workers.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use super::*;

/// Runs a file that says `word`: what was asked of the renderer, the sizes it has then, and its failure.
#[track_caller]
fn check(word: &str, asked: &[(&[u32], Effort)], sizes: &[u32], failure: Option<(&str, u32)>) {
    let fixture = Fixture::new();
    let (_, cas_id) = fixture.file(word);
    fixture.run(job());
    let attempts: Vec<_> = fixture.asked().into_iter().map(|(_, sizes, effort)| (sizes, effort)).collect();
    let asked: Vec<_> = asked.iter().map(|(sizes, effort)| (sizes.to_vec(), *effort)).collect();
    assert_eq!(attempts, asked);
    assert_eq!(fixture.library.sizes_of(&cas_id).unwrap(), sizes);
    assert_eq!(fixture.failure(&cas_id), failure.map(|(reason, attempts)| (reason.to_owned(), attempts)));
    fixture.run(job());
    assert!(fixture.asked().is_empty(), "that is the end of it");
}

const ALL: &[u32] = &[512, 256, 128];
const SMALLER: &[u32] = &[256, 128];

#[test]
fn smaller_ones_come_first_and_the_largest_gets_another_chance() {
    let way = [(ALL, Effort::Full), (SMALLER, Effort::Reduced), (&[512], Effort::Full)];
    check("busy", &way, &[128, 256, 512], None);
    check("dear", &way, &[128, 256], Some(("timed-out", 3)));
}

#[test]
fn when_less_effort_is_too_much_too_it_ends_with_the_second_worker() {
    check("hopeless", &[(ALL, Effort::Full), (SMALLER, Effort::Reduced)], &[], Some(("timed-out", 2)));
}

#[test]
fn what_is_over_a_limit_is_settled_at_once() {
    check("huge", &[(ALL, Effort::Full), (SMALLER, Effort::Reduced)], &[128, 256], Some(("too-large", 2)));
}

#[test]
fn a_job_that_is_cut_off_before_the_last_chance_takes_it_later() {
    let fixture = Fixture::new();
    let (_, cas_id) = fixture.file("busy");
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    until(&handle, |_| fixture.library.sizes_of(&cas_id).unwrap() == [128, 256]);
    runner.stop();
    assert_eq!(fixture.library.catalogue().read(|rows| rows.pending_totals()).unwrap().0, 1);
    let _runner = fixture.start();
    until(&handle, |update| update.status == JobStatus::Completed);
    assert_eq!(fixture.library.sizes_of(&cas_id).unwrap(), [128, 256, 512]);
    assert_eq!(fixture.failure(&cas_id), None);
}
