//! What must never look like "deleted".
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;
use crate::{CleanReport, catalogue::ThumbnailRow};
use std::os::unix::fs::PermissionsExt;

fn world() -> World {
    let world = World::new();
    world.write("a.txt", b"hello");
    world.write("sub/b.txt", b"other");
    world.index();
    world
}

#[track_caller]
fn check_offline(world: &World, words: &str) {
    let before = world.snapshot();
    let message = world.try_index("").unwrap_err().to_string();
    assert!(message.contains(words) && message.contains("tintype locations relink"), "{message}");
    assert_eq!(world.snapshot(), before, "nothing is forgotten");
}

#[test]
fn a_missing_root_is_offline() {
    let world = world();
    fs::rename(world.root(), world.folder.path().join("away")).unwrap();
    check_offline(&world, "cannot be opened");
    fs::write(world.root(), b"a file").unwrap();
    check_offline(&world, "not a folder");
}

#[test]
fn an_empty_root_is_offline() {
    let world = world();
    fs::rename(world.root(), world.folder.path().join("away")).unwrap();
    fs::create_dir(world.root()).unwrap();
    check_offline(&world, "is empty");
    fs::remove_dir(world.root()).unwrap();
    fs::rename(world.folder.path().join("away"), world.root()).unwrap();
    check(&world.index(), [2, 0, 0, 0, 2, 0]);
}

/// Gives everything a thumbnail; clean-up while the location is away must leave all of them.
#[track_caller]
fn check_clean(go_away: impl FnOnce(&World)) {
    let world = world();
    let catalogue = world.library.catalogue();
    for path in ["a.txt", "sub/b.txt"] {
        let content = world.entry(path).unwrap().content.unwrap();
        let row = catalogue.read(|rows| rows.content(content)).unwrap().unwrap();
        let staged = world.library.store().stage(&row.cas_id.parse().unwrap(), 128, path.as_bytes()).unwrap();
        world.library.store().publish(std::slice::from_ref(&staged)).unwrap();
        let (file_size, checksum) = (staged.len, staged.checksum);
        let row = ThumbnailRow { size: 128, file_size, checksum, ..ThumbnailRow::default() };
        catalogue.write(|rows| rows.upsert_thumbnail(content, &row, 0)).unwrap();
    }
    go_away(&world);
    assert!(world.try_index("").is_err(), "it is away");
    assert_eq!(world.library.plan_clean().unwrap(), CleanReport::default());
    assert_eq!(world.library.clean().unwrap(), CleanReport::default());
    assert_eq!(world.library.verify(|finding| panic!("{finding:?}")).unwrap().sound, 2);
}

#[test]
fn clean_up_leaves_the_thumbnails_of_what_is_offline() {
    let away = |world: &World| fs::rename(world.root(), world.folder.path().join("away")).unwrap();
    check_clean(away);
    check_clean(|world| {
        away(world);
        fs::create_dir(world.root()).unwrap(); // the empty mount point of a drive that is not plugged in
    });
    check_clean(|world| {
        world.library.catalogue().renumber_devices(4242);
        fs::remove_dir_all(world.root()).unwrap();
        world.write("someone-elses.txt", b"of another drive");
    });
}

#[test]
fn a_new_location_may_be_empty() {
    let world = World::new();
    check(&world.index(), [0; 6]);
}

#[test]
fn another_drive_under_the_same_path_is_offline() {
    let world = world();
    world.library.catalogue().renumber_devices(4242);
    fs::remove_dir_all(world.root()).unwrap();
    world.write("someone-elses.txt", b"of another drive");
    check_offline(&world, "another drive");
}

#[test]
fn the_same_drive_under_another_number_is_the_same() {
    let world = world();
    world.library.catalogue().renumber_devices(4242);
    fs::remove_file(world.path("a.txt")).unwrap();
    check(&world.index(), [1, 0, 0, 0, 1, 1]);
    assert_ne!(world.entry("sub/b.txt").unwrap().stat.device, 4242);
    assert_ne!(world.library.locations().unwrap()[0].device, 4242);
}

#[test]
fn a_drive_that_was_mounted_below_the_root_is_away() {
    let world = world();
    world.library.catalogue().renumber_device_of(world.entry("sub/b.txt").unwrap().id, 4242);
    fs::remove_file(world.path("sub/b.txt")).unwrap();
    let output = world.index();
    check(&output, [1, 0, 0, 0, 1, 0]);
    assert_eq!(output.skipped["away"], 1);
    fs::remove_dir(world.path("sub")).unwrap();
    assert_eq!(world.index().skipped["away"], 1);
    assert_eq!(world.paths(), ["a.txt", "sub/b.txt"]);
}

#[test]
fn a_removed_location_ends_the_job() {
    let world = world();
    world.library.catalogue().remove_location(world.location).unwrap();
    assert!(world.try_index("").unwrap_err().to_string().contains("no location"));
}

/// Runs a test as a user for whom permissions mean something: for root they do not.
fn without_rights(world: World, test: impl FnOnce(&World) + Send + 'static) {
    let nobody = |path: &Path| std::os::unix::fs::chown(path, Some(65_534), None).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        fs::set_permissions(world.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for path in everything_below(world.folder.path()) {
            nobody(&path);
        }
    }
    // Rights are those of a thread on Linux, and this one is ours alone.
    let thread = std::thread::spawn(move || {
        if is_root {
            let nobody = rustix::process::Uid::from_raw(65_534);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        }
        test(&world);
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_lies_in_an_unreadable_folder_is_kept() {
    without_rights(world(), |world| {
        set_mode(&world.path("sub"), 0o000);
        let output = world.index();
        set_mode(&world.path("sub"), 0o755);
        check(&output, [1, 0, 0, 0, 1, 0]);
        assert_eq!((output.errors, output.skipped["not-reached"]), (1, 1));
        assert!(world.messages()[0].contains("ermission denied"), "{:?}", world.messages());
        assert_eq!(world.paths(), ["a.txt", "sub/b.txt"]);
        check(&world.index(), [2, 0, 0, 0, 2, 0]);
    });
}

#[test]
fn an_unreadable_root_is_offline() {
    without_rights(world(), |world| {
        set_mode(&world.root(), 0o000);
        check_offline(world, "cannot be read");
        set_mode(&world.root(), 0o755);
    });
}

#[test]
fn an_unreadable_file_is_left_for_later_with_the_error() {
    let world = World::new();
    world.write("a.txt", b"hello");
    without_rights(world, |world| {
        set_mode(&world.path("a.txt"), 0o000);
        let output = world.index();
        assert_eq!((output.errors, output.deferred["unreadable"], output.identified), (1, 1, 0));
        assert!(world.messages()[0].contains("a.txt: Permission denied"), "{:?}", world.messages());
        set_mode(&world.path("a.txt"), 0o644);
        let output = world.index();
        assert_eq!((output.unchanged, output.identified), (1, 1));
    });
}
