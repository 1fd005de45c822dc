//! What happens to files between two looks: new, changed, moved, linked, gone.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;
use crate::{
    cas::Cas,
    catalogue::{ThumbnailRow, Writing},
};

#[test]
fn new_files_are_read_and_named() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.write("sub/b.txt", b"hello");
    world.write("sub/.hidden/c.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let output = world.index();
    check(&output, [3, 3, 0, 0, 0, 0]);
    assert_eq!((output.identified, output.bytes_read, output.errors), (3, 5 + 5 + 16, 0));
    let snapshot = world.snapshot();
    assert!(snapshot.contains(" a.txt 5 text/plain cc2104c68d62617f - -\n"), "{snapshot}");
    assert!(snapshot.contains(" sub/b.txt 5 text/plain cc2104c68d62617f - -\n"), "{snapshot}");
    assert!(snapshot.contains(" cc2104c68d62617f 5 document text/plain "), "{snapshot}");
    assert_eq!(world.library.catalogue().read(|rows| Ok(rows.pending_totals()?.0)).unwrap(), 2);
    assert!(world.library.locations().unwrap()[0].indexed_at.is_some());
}

#[test]
fn a_second_look_writes_and_reads_nothing() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.write("empty", b"");
    let first = world.index();
    assert_eq!(first.deferred["empty"], 1);
    let before = world.snapshot();
    let output = world.index();
    check(&output, [2, 0, 0, 0, 2, 0]);
    assert_eq!((output.bytes_read, output.deferred["empty"]), (0, 1));
    assert_eq!(world.snapshot(), before);
}

#[test]
fn a_changed_file_is_read_again() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.index();
    let uuid = world.entry("a.txt").unwrap().uuid;
    world.write_at("a.txt", b"hullo", LONG_AGO + 1);
    let output = world.index();
    check(&output, [1, 0, 1, 0, 0, 0]);
    let entry = world.entry("a.txt").unwrap();
    assert_eq!((entry.uuid, entry.held_before, output.bytes_read), (uuid, None, 5));
    assert_eq!(world.contents(), 2);
}

/// Writes between the samples, so that a sampled name stays the same. Is the content to be shown again?
#[track_caller]
fn check_touched(cas: Cas, size: usize, stale: bool) {
    let world = World::with(|settings| settings.cas = cas);
    let mut content = vec![1; size];
    world.write("a.bin", &content);
    world.index();
    let first = world.entry("a.bin").unwrap().content.unwrap();
    settle(&world, first);
    if stale {
        content[20_000] = 2;
    }
    world.write_at("a.bin", &content, LONG_AGO + 1);
    check(&world.index(), [1, 0, 1, 0, 0, 0]);
    assert_eq!(world.entry("a.bin").unwrap().content, Some(first), "the name is the same");
    let catalogue = world.library.catalogue();
    let pending = catalogue.read(|rows| rows.content(first)).unwrap().unwrap().pending;
    let made_again = catalogue.read(|rows| rows.thumbnail(first, 256)).unwrap().unwrap().recipe.is_empty();
    assert_eq!((pending, made_again), (stale, stale));
}

/// Gives a content its thumbnail.
fn settle(world: &World, content: i64) {
    let (recipe, checksum) = ("q85".to_owned(), "c".to_owned());
    let thumbnail = ThumbnailRow { size: 256, file_size: 1, recipe, checksum, ..ThumbnailRow::default() };
    let settle = |rows: &Writing<'_>| {
        rows.upsert_thumbnail(content, &thumbnail, 0)?;
        rows.set_pending(content, false)
    };
    world.library.catalogue().write(settle).unwrap();
}

#[test]
fn a_change_that_samples_may_miss_makes_thumbnails_again() {
    check_touched(Cas::Sampled, LARGE, true);
    check_touched(Cas::Sampled, 1000, false);
    check_touched(Cas::Full, LARGE, false);
}

#[test]
fn a_moved_file_keeps_its_entry_and_is_not_read_again() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.write("folder/b.txt", b"other");
    world.index();
    let uuids = ["a.txt", "folder/b.txt"].map(|path| world.entry(path).unwrap().uuid);
    fs::rename(world.path("a.txt"), world.path("c.txt")).unwrap();
    fs::rename(world.path("folder"), world.path("renamed")).unwrap();
    let output = world.index();
    check(&output, [2, 0, 0, 2, 0, 0]);
    assert_eq!(output.bytes_read, 0);
    assert_eq!(["c.txt", "renamed/b.txt"].map(|path| world.entry(path).unwrap().uuid), uuids);
    assert_eq!(world.paths(), ["c.txt", "renamed/b.txt"]);
}

#[test]
fn a_file_that_moved_from_another_location_is_not_read_again() {
    let world = World::new();
    fs::create_dir(world.folder.path().join("other")).unwrap();
    let other = world.add_location("other");
    world.write("a.txt", b"hello");
    world.index();
    fs::rename(world.path("a.txt"), world.folder.path().join("other/b.txt")).unwrap();
    world.write("left.txt", b"so that it is not empty");
    let output = world.run(&mut IndexerJob::new(other, "")).unwrap();
    check(&output, [1, 0, 0, 1, 0, 0]);
    assert_eq!(output.bytes_read, 0);
    check(&world.index(), [1, 1, 0, 0, 0, 0]);
}

#[test]
fn a_file_that_was_moved_and_written_to_is_new() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.index();
    fs::rename(world.path("a.txt"), world.path("b.txt")).unwrap();
    world.write_at("b.txt", b"hello", LONG_AGO + 1);
    check(&world.index(), [1, 1, 0, 0, 0, 1]);
}

#[test]
fn another_name_of_a_file_is_not_read_again() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.index();
    fs::hard_link(world.path("a.txt"), world.path("b.txt")).unwrap();
    let output = world.index();
    check(&output, [2, 1, 0, 0, 1, 0]);
    assert_eq!(output.bytes_read, 0);
    assert_eq!(world.entry("b.txt").unwrap().content, world.entry("a.txt").unwrap().content);
    assert_eq!(world.entry("b.txt").unwrap().mime_type.as_deref(), Some("text/plain"));
    assert_ne!(world.entry("b.txt").unwrap().uuid, world.entry("a.txt").unwrap().uuid);
}

#[test]
fn two_names_in_place_of_one_are_a_move_and_a_link() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.index();
    fs::hard_link(world.path("a.txt"), world.path("b.txt")).unwrap();
    fs::rename(world.path("a.txt"), world.path("c.txt")).unwrap();
    let output = world.index();
    check(&output, [2, 1, 0, 1, 0, 0]);
    assert_eq!(output.bytes_read, 0);
}

#[test]
fn a_file_renamed_over_another_is_not_read_again() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.write_at("b.txt", b"others", LONG_AGO + 1);
    world.index();
    let content = world.entry("b.txt").unwrap().content;
    fs::rename(world.path("b.txt"), world.path("a.txt")).unwrap();
    let output = world.index();
    check(&output, [1, 0, 1, 0, 0, 1]);
    assert_eq!((output.bytes_read, world.entry("a.txt").unwrap().content), (0, content));
}

#[test]
fn gone_files_and_folders_are_taken_out() {
    let world = World::new();
    for path in ["a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt", "sub-e.txt"] {
        world.write(path, path.as_bytes());
    }
    world.index();
    fs::remove_file(world.path("a.txt")).unwrap();
    fs::remove_dir_all(world.path("sub")).unwrap();
    check(&world.index(), [2, 0, 0, 0, 2, 3]);
    assert_eq!(world.paths(), ["b.txt", "sub-e.txt"]);
    assert_eq!(world.contents(), 5, "contents are cleaned up elsewhere");
}

#[test]
fn a_look_at_a_folder_leaves_the_rest_alone() {
    let world = World::new();
    for path in ["a.txt", "sub/b.txt", "sub/c.txt", "sub-d.txt", "sub!e.txt"] {
        world.write(path, path.as_bytes());
    }
    world.index();
    for path in ["a.txt", "sub/b.txt", "sub-d.txt", "sub!e.txt"] {
        fs::remove_file(world.path(path)).unwrap();
    }
    world.write("new.txt", b"outside");
    world.write("sub/new.txt", b"inside");
    check(&world.try_index("sub").unwrap(), [2, 1, 0, 0, 1, 1]);
    assert_eq!(world.paths(), ["a.txt", "sub!e.txt", "sub-d.txt", "sub/c.txt", "sub/new.txt"]);
    fs::remove_dir_all(world.path("sub")).unwrap();
    check(&world.try_index("sub").unwrap(), [0, 0, 0, 0, 0, 2]);
    check(&world.index(), [1, 1, 0, 0, 0, 3]);
}

#[test]
fn a_folder_that_became_a_file_and_back() {
    let world = World::new();
    world.write("x/a.txt", b"in a folder");
    world.index();
    fs::remove_dir_all(world.path("x")).unwrap();
    world.write("x", b"a file");
    check(&world.index(), [1, 1, 0, 0, 0, 1]);
    fs::remove_file(world.path("x")).unwrap();
    world.write("x/a.txt", b"in a folder");
    check(&world.try_index("x").unwrap(), [1, 1, 0, 0, 0, 1]);
    assert_eq!(world.paths(), ["x/a.txt"]);
}

#[test]
fn a_file_that_vanishes_before_it_is_read_is_gone() {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.write("b.txt", b"hello");
    let mut job = IndexerJob::new(world.location, "");
    let id = world.library.jobs().dispatch(job.clone()).unwrap().id();
    world.in_context(id, |ctx| {
        let root = super::super::Root::find(&ctx, world.location).unwrap();
        let clock = super::super::Clock::default();
        let mut run = super::super::Run { job: &mut job, ctx: &ctx, root: &root, clock };
        let seen = run.walk().unwrap();
        run.take_out_gone(&seen).unwrap();
        fs::remove_file(world.path("a.txt")).unwrap();
        run.identify().unwrap();
    });
    check(&job.output, [2, 2, 0, 0, 0, 1]);
    assert_eq!(world.paths(), ["b.txt"]);
}
