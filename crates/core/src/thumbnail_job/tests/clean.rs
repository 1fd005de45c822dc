//! Clean-up removes what it planned and nothing else, whoever writes at the same moment and whenever it dies.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use super::*;
use crate::{CleanAmount, CleanKept, CleanReport, CleanWhy, cas::CasId};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::AtomicBool,
    thread,
};

/// Files per reason, as they were planned and then removed; both must be the same to the byte.
#[track_caller]
fn check(library: &Library, why: &[(CleanWhy, u64)]) -> CleanReport {
    let planned = library.plan_clean().unwrap();
    let cleaned = library.clean().unwrap();
    assert_eq!(cleaned, planned);
    let files: Vec<_> = cleaned.why.iter().map(|(why, amount)| (*why, amount.files)).collect();
    assert_eq!(files, why);
    assert_eq!(cleaned.bytes, cleaned.why.values().map(|amount| amount.bytes).sum::<u64>());
    let again = library.clean().unwrap();
    assert_eq!((again.bytes, again.contents, again.why.len()), (0, 0, 0), "{again:?}");
    cleaned
}

fn root(fixture: &Fixture) -> std::path::PathBuf {
    fixture.library.root().join("thumbnails")
}

#[test]
fn every_kind_of_litter_goes_and_the_rest_stays() {
    let fixture = Fixture::on_disk();
    let files = fixture.files(&["kept", "orphan"]);
    fixture.run(job());
    fixture.run(ThumbnailJob { entry_ids: Some(vec![files[0].0]), sizes: vec![64], ..job() });
    fixture.forget(files[1].0);
    let litter: CasId = "00ff00ff00ff00ff".parse().unwrap();
    fixture.store.put(&litter, 64, b"no row").unwrap();
    fixture.store.stage(&litter, 128, b"left").unwrap();
    fs::write(root(&fixture).join("metadata.json.4242-0.tmp"), b"left too").unwrap();
    let strange = ["notes.txt", "ab/cd/notes.txt", "tmp/notes.txt"].map(|name| root(&fixture).join(name));
    for path in &strange {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"mine").unwrap();
    }
    let library = fixture.reopened(|settings| settings.thumbnails.sizes = vec![128, 512]);
    let why = [
        (CleanWhy::ContentGone, 3),
        (CleanWhy::SizeNotWanted, 1),
        (CleanWhy::NoRow, 1),
        (CleanWhy::Temporary, 2),
    ];
    let report = check(&library, &why);
    assert_eq!((report.contents, report.thumbnails, report.strange), (1, 5, 3));
    assert!(strange.iter().all(|path| path.is_file()), "what is not ours stays");
    assert_eq!(library.sizes_of(&files[0].1).unwrap(), [64, 128, 512], "somebody asked for 64");
    assert_eq!(fixture.check_consistent(), 3);
    assert!(library.get_thumbnail(&files[1].1, 128).unwrap().is_none());
}

#[test]
fn a_size_that_is_wanted_again_after_its_thumbnails_went_is_made_again() {
    let fixture = Fixture::new();
    let (_, cas_id) = fixture.file("one");
    fixture.run(job());
    check(
        &fixture.reopened(|settings| settings.thumbnails.sizes = vec![128]),
        &[(CleanWhy::SizeNotWanted, 2)],
    );
    let _library = fixture.reopened(|settings| settings.thumbnails.sizes = vec![128, 256, 512]);
    fixture.asked();
    fixture.run(job());
    assert_eq!(fixture.asked()[0].1, [512, 256]);
    assert_eq!(fixture.library.sizes_of(&cas_id).unwrap(), [128, 256, 512]);
}

#[test]
fn a_file_that_changed_and_could_not_be_read_yet_may_still_hold_what_it_held() {
    let fixture = Fixture::new();
    let (entry, _) = fixture.file("one");
    fixture.run(job());
    let catalogue = fixture.library.catalogue();
    let row = catalogue.read(|rows| rows.entry_at(fixture.location, b"one.txt")).unwrap().unwrap();
    catalogue.write(|rows| rows.change_entry(entry, &row.stat, None)).unwrap();
    check(&fixture.library, &[]);
    assert_eq!(fixture.check_consistent(), 3);
}

/// Cleans; when the plan is made and nothing of it is done yet, `meanwhile` happens.
fn clean_after(library: &Library, meanwhile: impl Fn()) -> CleanReport {
    let happened = std::cell::Cell::new(false);
    let between_pages = || {
        if !happened.replace(true) {
            meanwhile();
        }
        false
    };
    library.clean_until(&between_pages).unwrap()
}

/// Between the plan and its end `meanwhile` happens, in another process: so many contents and files are removed, and
/// the rest is kept for these reasons.
#[track_caller]
fn check_meanwhile(
    meanwhile: impl Fn(Library, (i64, CasId)),
    removed: (u64, u64),
    kept: &[(CleanKept, u64)],
) -> Fixture {
    let fixture = Fixture::new();
    let files = fixture.files(&["orphan one", "orphan two"]);
    fixture.run(job());
    for (entry, _) in &files {
        fixture.forget(*entry);
    }
    let planned = fixture.library.plan_clean().unwrap();
    assert_eq!((planned.contents, planned.thumbnails), (2, 6));
    let first = (fixture.location, files[0].1.clone());
    let report = clean_after(&fixture.library, || meanwhile(fixture.reopened(|_| {}), first.clone()));
    assert_eq!((report.contents, report.thumbnails), removed);
    let files: BTreeMap<_, _> = report.kept.iter().map(|(why, amount)| (*why, amount.files)).collect();
    assert_eq!(files, kept.iter().copied().collect());
    let bytes: u64 = report.kept.values().map(|amount: &CleanAmount| amount.bytes).sum();
    assert_eq!(report.bytes + bytes, planned.bytes, "what was announced is removed or kept");
    fixture.check_consistent();
    fixture
}

/// A file of the content is found again.
fn comes_back(library: &Library, (location, cas_id): &(i64, CasId)) {
    let stat = crate::catalogue::Stat { size: 10, mtime: 1, device: 1, inode: 1 };
    let catalogue = library.catalogue();
    catalogue
        .write(|rows| {
            let content = rows.content_by_cas_id(cas_id.as_str())?.map(|content| content.id);
            rows.insert_entry(&crate::catalogue::NewEntry {
                location: *location,
                path: b"again.txt",
                stat,
                mime_type: None,
                content,
            })
        })
        .unwrap();
}

#[test]
fn what_happens_after_the_plan_is_respected() {
    check_meanwhile(|_, _| {}, (2, 6), &[]);
    check_meanwhile(|library, first| comes_back(&library, &first), (1, 3), &[(CleanKept::WantedAgain, 3)]);
    check_meanwhile(|library, _| drop(library.clean().unwrap()), (0, 0), &[(CleanKept::AlreadyGone, 6)]);
    let asked = |library: Library, (_, cas_id): (i64, CasId)| {
        let content =
            library.catalogue().read(|rows| rows.content_by_cas_id(cas_id.as_str())).unwrap().unwrap();
        let row = library.catalogue().read(|rows| rows.thumbnail(content.id, 128)).unwrap().unwrap();
        let staged = library.store().stage(&cas_id, 64, b"new").unwrap();
        library.store().publish(std::slice::from_ref(&staged)).unwrap();
        let row = crate::catalogue::ThumbnailRow { size: 64, file_size: 3, checksum: staged.checksum, ..row };
        library.catalogue().write(|rows| rows.upsert_thumbnail(content.id, &row, 0)).unwrap();
    };
    check_meanwhile(asked, (1, 3), &[(CleanKept::Changed, 3)]);
    let new_orphan = |library: Library, (location, _): (i64, CasId)| {
        let cas_id: CasId = "00ff00ff00ff00ff".parse().unwrap();
        library.store().put(&cas_id, 128, b"appeared after the plan").unwrap();
        let new = crate::catalogue::NewContent { cas_id: &cas_id, size: 1, mtime: 1, mime_type: "image/png" };
        library.catalogue().write(|rows| rows.upsert_content(&new)).unwrap();
        assert!(location > 0);
    };
    let fixture = check_meanwhile(new_orphan, (2, 6), &[]);
    assert_eq!(fixture.library.plan_clean().unwrap().thumbnails, 1, "that is for the next one");
}

#[test]
fn a_size_that_the_settings_want_again_is_kept() {
    let fixture = Fixture::new();
    fixture.file("one");
    fixture.run(job());
    let library = fixture.reopened(|settings| settings.thumbnails.sizes = vec![128, 256]);
    let report = clean_after(&library, || {
        fixture.reopened(|settings| settings.thumbnails.sizes = vec![128, 512]);
    });
    assert_eq!((report.thumbnails, report.kept[&CleanKept::WantedAgain].files), (0, 1));
    assert_eq!(fixture.check_consistent(), 3);
}

#[test]
fn what_is_in_place_and_not_yet_written_down_is_not_lost() {
    let fixture = Fixture::on_disk();
    let (_, cas_id) = fixture.file("one");
    let (entry, orphan) = fixture.file("orphan");
    let other = fixture.reopened(|_| {});
    *fixture.store.after_publishing.lock().unwrap() = Some(Box::new(move || {
        other.catalogue().write(|rows| rows.delete_entry(entry)).unwrap();
        let report = other.clean().unwrap();
        assert_eq!((report.bytes, report.contents), (0, 0), "{report:?}");
    }));
    fixture.run(job());
    assert_eq!(fixture.library.sizes_of(&cas_id).unwrap(), [128, 256, 512]);
    assert_eq!(fixture.check_consistent(), 6);
    check(&fixture.library, &[(CleanWhy::ContentGone, 3)]);
    assert!(fixture.library.get_thumbnail(&orphan, 128).unwrap().is_none());
    assert_eq!(fixture.check_consistent(), 3);
}

#[test]
fn a_content_that_is_cleaned_away_in_hand_leaves_nothing_and_the_job_goes_on() {
    let fixture = Fixture::on_disk();
    let (entry, cas_id) = fixture.file("slow and in hand");
    fixture.many(3, "number");
    let handle = fixture.dispatch(job());
    let runner = fixture.start();
    until(&handle, |_| {
        fixture.renderer.asked.lock().unwrap().iter().any(|(text, ..)| text.starts_with("slow"))
    });
    fixture.forget(entry);
    assert_eq!(fixture.library.clean().unwrap().contents, 1);
    until(&handle, |update| update.status == JobStatus::Completed);
    runner.stop();
    assert_eq!(fixture.library.get_thumbnail(&cas_id, 128).unwrap(), None);
    assert_eq!(fixture.check_consistent(), 9);
    check(&fixture.library, &[(CleanWhy::Temporary, 3)]);
}

#[test]
fn dying_at_any_removal_leaves_a_consistent_library_and_the_next_finishes() {
    for survived in 0..=6 {
        let fixture = Fixture::new();
        let files = fixture.files(&["kept", "orphan one", "orphan two"]);
        fixture.run(job());
        fixture.forget(files[1].0);
        fixture.forget(files[2].0);
        let planned = fixture.library.plan_clean().unwrap();
        fixture.store.removals.store(survived, Ordering::Relaxed);
        let died = catch_unwind(AssertUnwindSafe(|| fixture.library.clean())).is_err();
        assert_eq!(died, survived < 6);
        fixture.store.removals.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(fixture.check_consistent(), 3);
        let rest = fixture.library.clean().unwrap();
        assert_eq!(rest.thumbnails, planned.thumbnails - survived);
        assert_eq!(fixture.library.catalogue().snapshot().unwrap().lines().count(), SNAPSHOT_OF_ONE);
        let left = fixture.store.list(&crate::store::Page { prefix: "", after: None, limit: 99 }).unwrap();
        assert_eq!(left.len(), 3);
    }
}

/// Lines of a catalogue with one file: six titles, an entry, a content, three thumbnails.
const SNAPSHOT_OF_ONE: usize = 11;

/// Says that a test is over, also when it fails: or those that it waits for would go on for ever.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// In memory: on a disk each of the small batches waits for everything that other programs write.
#[test]
fn cleaning_and_writing_and_deleting_all_the_time_loses_nothing() {
    let fixture = Fixture::new();
    fixture.many(150, "number");
    let churn: Vec<_> = (0..50).map(|number| fixture.file(&format!("churn {number}")).0).collect();
    let (over, others) = (AtomicBool::new(false), [fixture.reopened(|_| {}), fixture.reopened(|_| {})]);
    let handle = fixture.dispatch(ThumbnailJob { batch_size: Some(8), ..job() });
    thread::scope(|scope| {
        let _over = Over(&over);
        for other in &others {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    other.clean().unwrap();
                    thread::yield_now();
                }
            });
        }
        scope.spawn(|| {
            for entry in churn {
                fixture.forget(entry);
                thread::sleep(Duration::from_millis(5));
            }
        });
        let _runner = fixture.start();
        until(&handle, |update| update.status == JobStatus::Completed);
    });
    fixture.library.clean().unwrap();
    assert_eq!(fixture.check_consistent(), 450);
    let listed = fixture.store.list(&crate::store::Page { prefix: "", after: None, limit: 999 }).unwrap();
    assert_eq!(listed.len(), 450);
}
