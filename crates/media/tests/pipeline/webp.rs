//! WebP in its many kinds.

use super::{corpus, distance, picture, render};

#[test]
fn all_orientations_come_out_upright() {
    let expected = picture(&corpus("webp/hopper.webp"), 96);
    for orientation in 2..=8 {
        let path = format!("webp/hopper_orientation_{orientation}.webp");
        let found = distance(&picture(&corpus(&path), 96), &expected);
        assert!(found < 8.0, "{path} is {found} away");
    }
}

#[track_caller]
fn check(path: &str, shape: (u32, u32), animated: bool, transparent: bool) {
    let rendition = render(&corpus(path), &[128]).unwrap();
    assert_eq!((rendition.facts.width, rendition.facts.height), shape, "{path}");
    assert_eq!(rendition.facts.animated, animated, "{path}");
    let found = super::unpacked(&rendition.thumbnails[0]).pixels().any(|pixel| pixel.0[3] < 255);
    assert_eq!(found, transparent, "{path}");
}

#[test]
fn alpha_and_animation_are_seen() {
    check("webp/Alpha Lossy (1).webp", (400, 301), false, true);
    check("webp/Alpha Lossless (2).webp", (386, 395), false, true);
    check("webp/transparent.webp", (200, 150), false, true);
    check("webp/Photo (1).webp", (1024, 772), false, false);
    check("webp/Nikon Coolpix P7000.webp", (2736, 3648), false, false);
    check("webp/Animation Lossy.webp", (320, 240), true, false);
    check("webp/Animation Lossless.webp", (320, 240), true, false);
}

/// Shrunk while decoding or after, it is the same picture.
#[test]
fn shrinking_on_load_shows_the_same() {
    let file = corpus("webp/webpvp8.webp");
    let on_load = picture(&file, 200);
    let thumbnails = render(&file, &[1600, 200]).unwrap().thumbnails;
    let found = distance(&on_load, &super::unpacked(&thumbnails[1]));
    assert!(found < 4.0, "{found} apart");
}

#[test]
fn of_a_file_cut_short_there_is_what_there_is() {
    let file = corpus("webp/Photo (1).webp");
    let rendition = render(&file[..file.len() / 2], &[128]).unwrap();
    assert!(rendition.facts.warnings.iter().any(|words| words.starts_with("cut short")));
}
