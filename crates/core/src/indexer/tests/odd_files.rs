//! What lies in folders beside well-behaved files.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;
use rustix::fs::{CWD, FileType, Mode};
use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt, fs::symlink, net::UnixListener},
};

#[test]
fn what_is_no_file_is_counted_and_never_opened() {
    let world = World::new();
    world.write("a.txt", b"hello");
    rustix::fs::mknodat(CWD, world.path("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let _socket = UnixListener::bind(world.path("socket")).unwrap();
    symlink("nowhere", world.path("broken")).unwrap();
    symlink("a.txt", world.path("link")).unwrap();
    symlink(".", world.path("loop")).unwrap();
    let output = world.index();
    check(&output, [1, 1, 0, 0, 0, 0]);
    let skipped: Vec<_> = output.skipped.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(skipped, [("fifo", 1), ("socket", 1), ("symlink", 3)]);
}

#[test]
fn links_are_followed_when_asked_for_and_loops_end() {
    let world = World::with(|settings| settings.index.follow_symlinks = true);
    world.write("a.txt", b"hello");
    fs::create_dir(world.folder.path().join("outside")).unwrap();
    fs::write(world.folder.path().join("outside/b.txt"), b"beyond").unwrap();
    set_time(&world.folder.path().join("outside/b.txt"), LONG_AGO);
    symlink("a.txt", world.path("link.txt")).unwrap();
    symlink("../outside", world.path("outside")).unwrap();
    symlink("nowhere", world.path("broken")).unwrap();
    symlink(".", world.path("loop")).unwrap();
    symlink("itself", world.path("itself")).unwrap();
    let output = world.index();
    assert_eq!(output.skipped["broken-link"], 1);
    assert_eq!(output.skipped["symlink-loop"], 2, "a folder in itself, and a link to itself");
    for path in ["a.txt", "link.txt", "outside/b.txt"] {
        assert!(world.entry(path).unwrap().content.is_some(), "{path}");
    }
    let again = world.index();
    assert_eq!((again.new, again.changed, again.gone, again.bytes_read), (0, 0, 0, 0));
}

#[test]
fn names_that_are_not_utf_8_work() {
    let world = World::new();
    let name = OsStr::from_bytes(b"caf\xe9/\xff\n.png");
    world.write(name, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    check(&world.index(), [1, 1, 0, 0, 0, 0]);
    assert_eq!(world.entry(name).unwrap().mime_type.as_deref(), Some("image/png"));
    check(&world.index(), [1, 0, 0, 0, 1, 0]);
    fs::rename(world.path(name), world.path("plain.png")).unwrap();
    check(&world.index(), [1, 0, 0, 1, 0, 0]);
}

#[test]
fn files_beyond_4_gib_work() {
    let world = World::new();
    let size = (1 << 32) + 12_345;
    world.write("large.bin", b"some data");
    File::options().write(true).open(world.path("large.bin")).unwrap().set_len(size).unwrap();
    set_time(&world.path("large.bin"), LONG_AGO);
    let output = world.index();
    assert_eq!((output.identified, output.bytes_read), (1, 57_344));
    assert_eq!(world.entry("large.bin").unwrap().stat.size, size);
}

#[test]
fn libraries_and_caches_are_not_looked_into() {
    let world = World::new();
    world.write("a.txt", b"hello");
    for path in ["cache/b.txt", "fake/c.txt", "other/thumbnails/ab/cd/x.webp", "half/library.toml"] {
        world.write(path, path.as_bytes());
    }
    world.index();
    assert_eq!(world.paths().len(), 5);
    world.write("cache/CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55\n# made by tests");
    world.write("fake/CACHEDIR.TAG", b"Signature: something else, long enough to be compared");
    world.write("other/library.toml", b"");
    let output = world.index();
    let skipped: Vec<_> = output.skipped.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(skipped, [("cache", 1), ("library", 1)]);
    assert_eq!(world.paths(), ["a.txt", "fake/CACHEDIR.TAG", "fake/c.txt", "half/library.toml"]);
    assert_eq!(output.gone, 2, "what was known of them is forgotten");
}

#[test]
fn a_fifo_that_pretends_to_tag_a_cache_does_not_block() {
    let world = World::new();
    world.write("sub/a.txt", b"hello");
    rustix::fs::mknodat(CWD, world.path("sub/CACHEDIR.TAG"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    check(&world.index(), [1, 1, 0, 0, 0, 0]);
}
