//! The scrub sheet of a film: one more size, which only films have, and only where the library wants it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use super::*;
use crate::cas::{CasId, SCRUB_SHEET};
use crate::{CleanWhy, Damage, Repair};

fn with_sheets(settings: &mut Settings) {
    settings.thumbnails.scrub_frames = 9;
}

/// A library that wants sheets, with a film and a picture, both done.
fn with_a_film() -> (Fixture, CasId, CasId) {
    let fixture = Fixture::with(with_sheets);
    let (film, picture) = (fixture.film("a film").1, fixture.file("a picture").1);
    fixture.run(job());
    (fixture, film, picture)
}

fn run_on(library: &Library) -> ThumbnailOutput {
    let handle = library.generate_thumbnails(job(), Priority::Bulk).unwrap();
    let _runner = start(library);
    until(&handle, |update| update.status == JobStatus::Completed);
    handle.output::<ThumbnailJob>().unwrap().unwrap()
}

#[test]
fn films_have_a_sheet_and_pictures_have_none() {
    let (fixture, film, picture) = with_a_film();
    let sheet = fixture.library.scrub_sheet(&film).unwrap().unwrap();
    assert_eq!((sheet.width, sheet.height, sheet.columns, sheet.stale), (320, 160, 2, false));
    assert_eq!(sheet.starts_ms, [0, 700]);
    assert_eq!(fixture.library.get_scrub_sheet(&film).unwrap().unwrap(), b"sheet of a film q85");
    assert_eq!(fixture.library.sizes_of(&film).unwrap(), [128, 256, 512], "a sheet is no thumbnail");
    assert_eq!(fixture.library.scrub_sheet(&picture).unwrap(), None);
    let status = fixture.library.status().unwrap();
    assert_eq!((status.scrub_sheets.count, status.sizes.len(), status.unwanted.len()), (1, 3, 0));
    fixture.asked();
    assert_eq!(fixture.run(job()).generated, 0);
    assert!(fixture.asked().is_empty(), "nothing is made twice");
}

#[test]
fn the_setting_makes_just_the_sheets_and_taking_it_back_removes_them() {
    let fixture = Fixture::new();
    let (_, film) = fixture.film("a film");
    fixture.file("a picture");
    fixture.run(job());
    fixture.asked();
    let wanting = fixture.reopened(with_sheets);
    assert_eq!(run_on(&wanting).generated, 1);
    assert_eq!(fixture.asked(), [("a film".to_owned(), vec![], Effort::Full)], "no thumbnail is made again");
    let smaller = fixture.reopened(|settings| {
        with_sheets(settings);
        settings.thumbnails.scrub_size = 100;
    });
    assert!(smaller.scrub_sheet(&film).unwrap().unwrap().stale);
    assert_eq!(run_on(&smaller).generated, 1);
    assert_eq!(smaller.scrub_sheet(&film).unwrap().unwrap().width, 200);
    let without = fixture.reopened(|_| {});
    assert_eq!(without.status().unwrap().unwanted, [(SCRUB_SHEET, 1)]);
    let cleaned = without.clean().unwrap();
    assert_eq!(cleaned.why.get(&CleanWhy::SizeNotWanted).unwrap().files, 1);
    assert_eq!(without.scrub_sheet(&film).unwrap(), None);
    assert_eq!(fixture.library.sizes_of(&film).unwrap(), [128, 256, 512]);
    assert_eq!(run_on(&fixture.reopened(with_sheets)).generated, 1, "it is missed again");
}

#[test]
fn other_sizes_that_somebody_asks_for_bring_no_sheet() {
    let (fixture, ..) = with_a_film();
    let (entry, film) = fixture.film("another film");
    let small = ThumbnailJob { entry_ids: Some(vec![entry]), sizes: vec![64], ..job() };
    assert_eq!(fixture.run(small).generated, 1);
    assert_eq!(fixture.library.scrub_sheet(&film).unwrap(), None);
    assert_eq!(fixture.run(job()).generated, 4);
}

#[test]
fn what_is_too_dear_leaves_the_sheet_out_first() {
    let fixture = Fixture::with(with_sheets);
    let (_, film) = fixture.film("huge film");
    fixture.run(job());
    let reduced = ("huge film".to_owned(), vec![256, 128], Effort::Reduced);
    assert_eq!(fixture.asked().last(), Some(&reduced));
    assert_eq!(fixture.library.scrub_sheet(&film).unwrap(), None);
    assert_eq!(fixture.library.sizes_of(&film).unwrap(), [128, 256]);
}

#[test]
fn a_damaged_sheet_is_found_and_made_again() {
    let (fixture, film, _) = with_a_film();
    fixture.store.put(&film, SCRUB_SHEET, b"sheet of a f").unwrap();
    let mut found = Vec::new();
    fixture.library.repair(|finding| found.push((finding.damage, finding.size, finding.repair))).unwrap();
    assert_eq!(found, [(Damage::Truncated, Some(SCRUB_SHEET), Some(Repair::ToBeMade))]);
    assert_eq!(fixture.run(job()).generated, 1);
    assert_eq!(fixture.library.get_scrub_sheet(&film).unwrap().unwrap(), b"sheet of a film q85");
    assert!(fixture.library.lost_thumbnails((0, 0), 9).unwrap().is_empty());
}
