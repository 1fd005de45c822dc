//! WebP in its many kinds.

use super::{LIMITS, corpus, distance, picture, render, sample};
use tintype_media::{Engine, Fonts, Limits, Reason, Source, Wanted, formats};

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

/// Cut at every twentieth of its length: once anything of the first frame is there, it is shown.
#[track_caller]
fn check_cut_animation(path: &str) {
    let file = corpus(path);
    let whole = picture(&file, 128);
    for part in 1..20 {
        let cut = &file[..file.len() * part / 20];
        let rendition = render(cut, &[128]).unwrap();
        assert!(rendition.facts.animated, "{path}, {part}/20");
        assert!(
            rendition.facts.warnings.iter().any(|words| words.starts_with("cut short")),
            "{path}, {part}/20"
        );
        let found = distance(&super::unpacked(&rendition.thumbnails[0]), &whole);
        assert!(part < 10 || found < 0.1, "{path}, {part}/20: {found} apart");
    }
    assert!(render(&file, &[128]).unwrap().facts.warnings.is_empty(), "{path}");
}

#[test]
fn of_an_animation_cut_short_there_is_the_first_frame() {
    check_cut_animation("webp/Animation Lossy.webp");
    check_cut_animation("webp/Animation Lossless.webp");
}

#[test]
fn an_animation_beyond_the_memory_limit_is_refused_by_its_header() {
    let file = corpus("webp/Animation Lossy.webp");
    let render = |max_memory| {
        let engine =
            Engine { formats: formats::ALL, limits: Limits { max_memory, ..LIMITS }, fonts: &Fonts::none() };
        let wanted = Wanted::new(&[128], 85);
        engine.render(&Source::from_bytes(&file.as_slice()), &wanted, &mut |_| ())
    };
    // 320 × 240 pixels of 12 bytes are 900 kB, and a quarter of the limit is not theirs.
    assert!(render(1_300_000).is_ok());
    let fault = render(1_200_000).unwrap_err();
    assert!(fault.reason == Reason::TooLarge && fault.detail.contains("limits.worker_memory_mib"), "{fault}");
}

/// Red that is seen beside green that is not, in fine stripes: of the green nothing may show.
#[test]
fn what_is_invisible_does_not_colour_what_is_seen() {
    let found = picture(&sample("lossy-stripes-with-alpha.webp"), 32);
    for pixel in found.pixels() {
        let [red, green, _, alpha] = pixel.0;
        assert!(alpha > 24 && red > 180 && green < 70, "{pixel:?}");
    }
}

/// A flag of the alpha that means nothing yet: libwebp calls that a lack of memory.
#[test]
fn of_a_picture_whose_alpha_is_broken_there_are_the_colours() {
    let mut file = corpus("webp/Alpha Lossy (1).webp");
    assert_eq!(&file[30..34], b"ALPH");
    file[38] |= 0x80;
    let rendition = render(&file, &[128]).unwrap();
    assert_eq!(rendition.facts.warnings.len(), 1, "{:?}", rendition.facts.warnings);
    let opaque = super::unpacked(&rendition.thumbnails[0]);
    assert!(opaque.pixels().all(|pixel| pixel.0[3] == 255) && opaque.pixels().any(|pixel| pixel.0[0] > 100));
}
