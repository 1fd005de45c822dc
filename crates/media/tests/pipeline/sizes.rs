//! Which sizes come out, in which order and shape.

use super::{corpus, drawn, render, sample, unpacked};
use tintype_media::Reason;

#[track_caller]
fn check(file: &[u8], sizes: &[u32], expected: &[(u32, u32, u32)]) {
    let thumbnails = render(file, sizes).unwrap().thumbnails;
    let found: Vec<_> = thumbnails.iter().map(|one| (one.size, one.width, one.height)).collect();
    assert_eq!(found, expected);
    for thumbnail in &thumbnails {
        unpacked(thumbnail); // compares its own size with what it says
    }
}

#[test]
fn the_largest_comes_first_and_aspect_is_kept() {
    check(
        &corpus("jpeg/misc/DSCN0010.jpg"),
        &[128, 512, 256],
        &[(512, 512, 384), (256, 256, 192), (128, 128, 96)],
    );
}

#[test]
fn nothing_is_enlarged_and_equal_sizes_are_equal_bytes() {
    let file = sample("baseline.jpg");
    check(&file, &[512, 128, 48], &[(512, 96, 64), (128, 96, 64), (48, 48, 32)]);
    let thumbnails = render(&file, &[512, 128]).unwrap().thumbnails;
    assert_eq!(thumbnails[0].webp, thumbnails[1].webp);
}

#[test]
fn odd_shapes_keep_at_least_a_pixel() {
    let grey = |_, _| [90, 90, 90, 255];
    check(&drawn(1, 1, grey), &[512, 128], &[(512, 1, 1), (128, 1, 1)]);
    check(&drawn(2000, 10, grey), &[512, 128], &[(512, 512, 3), (128, 128, 1)]);
    check(&drawn(10, 2000, grey), &[512, 128], &[(512, 3, 512), (128, 1, 128)]);
    check(&drawn(3000, 1, grey), &[128], &[(128, 128, 1)]);
}

/// A row of fifty million pixels, in fifteen bytes: its filters would take gigabytes.
#[test]
fn a_picture_longer_than_its_filters_may_be_is_too_large() {
    let row = |width: u32| [b"qoif", &width.to_be_bytes()[..], &1_u32.to_be_bytes(), b"\x03\0\xc5"].concat();
    check(&row(100_000), &[128], &[(128, 128, 1)]);
    let fault = render(&row(50_000_000), &[128]).unwrap_err();
    assert!(fault.reason == Reason::TooLarge && fault.detail.starts_with("resizing needs"), "{fault}");
}

#[test]
fn without_sizes_there_are_still_facts() {
    let rendition = render(&sample("baseline.jpg"), &[]).unwrap();
    assert!(rendition.thumbnails.is_empty());
    assert_eq!((rendition.facts.width, rendition.facts.height, rendition.facts.format), (96, 64, "JPEG"));
    assert!(rendition.facts.thumbhash.len() > 10);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let file = corpus("jpeg/icc/ladybug.jpg");
    assert_eq!(render(&file, &[512, 128]).unwrap(), render(&file, &[512, 128]).unwrap());
}

#[test]
fn what_nobody_knows_is_unsupported() {
    assert_eq!(render(b"\0no picture, and no words", &[128]).unwrap_err().reason, Reason::UnknownFormat);
    assert_eq!(render(b"", &[128]).unwrap_err().reason, Reason::UnknownFormat);
}
