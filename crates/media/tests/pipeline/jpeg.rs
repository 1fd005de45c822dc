//! JPEG in its many kinds.

use super::{corpus, distance, picture, render, render_with, sample};
use tintype_media::{Effort, Reason};

/// The drawn sample has a white disc, a green box and a red corner; `tolerance` is in steps of 255.
#[track_caller]
fn check_colors(file: &[u8], tolerance: u8) {
    let picture = picture(file, 96);
    for (place, expected) in [((24, 24), [255, 255, 255]), ((75, 47), [0, 192, 0]), ((5, 2), [247, 0, 8])] {
        let found = picture.get_pixel(place.0, place.1).0;
        let near = (0..3).all(|channel| found[channel].abs_diff(expected[channel]) <= tolerance);
        assert!(near, "{place:?}: {found:?} instead of {expected:?}");
    }
}

#[test]
fn every_kind_of_coding_shows_the_same_picture() {
    for name in [
        "baseline.jpg",
        "progressive.jpg",
        "arithmetic.jpg",
        "arithmetic-progressive.jpg",
        "rgb.jpg",
        "ycck.jpg",
        "twelve-bit.jpg",
        "lossless.jpg",
        "lossless-sixteen-bit.jpg",
    ] {
        println!("{name}");
        check_colors(&sample(name), 14);
    }
}

#[test]
fn four_bits_are_stretched_to_the_full_range() {
    check_colors(&sample("lossless-four-bit.jpg"), 24); // a step of four bits is 17
}

#[test]
fn grey_is_grey() {
    for pixel in picture(&sample("grey.jpg"), 96).pixels() {
        let [red, green, blue, alpha] = pixel.0;
        assert!(red.abs_diff(green) <= 2 && green.abs_diff(blue) <= 2 && alpha == 255, "{pixel:?}");
    }
}

#[track_caller]
fn check_upright(path: &str, like: &str) {
    let (found, expected) = (picture(&corpus(path), 96), picture(&corpus(like), 96));
    assert!(distance(&found, &expected) < 8.0, "{path} is {} from {like}", distance(&found, &expected));
}

#[test]
fn all_orientations_come_out_upright() {
    for orientation in 2..=8 {
        check_upright(
            &format!("jpeg/orientation/hopper_orientation_{orientation}.jpg"),
            "jpeg/misc/hopper.jpg",
        );
    }
}

#[test]
fn facts_give_the_upright_size() {
    for number in 1..=8 {
        for (shape, size) in [("landscape", (600, 450)), ("portrait", (450, 600))] {
            let file = corpus(&format!("jpeg/orientation/{shape}_{number}.jpg"));
            let rendition = render(&file, &[200]).unwrap();
            assert_eq!((rendition.facts.width, rendition.facts.height), size, "{shape}_{number}");
            let thumbnail = &rendition.thumbnails[0];
            assert_eq!((thumbnail.width, thumbnail.height), (size.0 / 3, size.1 / 3), "{shape}_{number}");
        }
    }
}

/// Without Adobe's marker inks are read as with it.
#[test]
fn inks_mean_the_same_with_and_without_adobes_marker() {
    let with = corpus("jpeg/cmyk/cmyk-sample.jpg");
    let at = with.windows(5).position(|window| window == b"Adobe").unwrap() - 4;
    let without = [&with[..at], &with[at + 16..]].concat();
    assert!(distance(&picture(&with, 200), &picture(&without, 200)) < 0.1);
    let [red, green, blue, _] = picture(&with, 200).get_pixel(5, 5).0;
    assert!(red < 60 && green > 100 && blue > 180, "a blue cover, not {red} {green} {blue}");
}

#[test]
fn a_profile_for_other_numbers_is_left_out_with_a_warning() {
    let rendition = render(&corpus("jpeg/cmyk/jfif-cmyk-invalid-icc-profile-srgb.jpg"), &[128]).unwrap();
    assert!(rendition.facts.warnings.iter().any(|words| words.starts_with("colour profile ignored")));
}

/// Mean colours as lcms2 has them, through libvips, with the profile honoured.
#[track_caller]
fn check_mean(path: &str, expected: [f64; 3]) {
    let picture = picture(&corpus(path), 256);
    let count = f64::from(picture.width() * picture.height());
    let mean: [f64; 3] = [0, 1, 2]
        .map(|channel| picture.pixels().map(|pixel| f64::from(pixel.0[channel])).sum::<f64>() / count);
    let near = mean.iter().zip(expected).all(|(found, wanted)| (found - wanted).abs() < 3.0);
    assert!(near, "{path}: {mean:.1?} instead of {expected:?}");
}

#[test]
fn profiles_are_honoured() {
    check_mean("jpeg/icc/Iceland-P3.jpg", [105.2, 73.3, 65.9]);
    check_mean("jpeg/icc/ladybug.jpg", [158.8, 186.5, 135.5]);
    check_mean("jpeg/icc/Canon EOS 7D.jpg", [129.0, 62.7, 72.3]);
}

#[track_caller]
fn check_partial(path: &str, cut_short: bool) {
    let rendition = render(&corpus(path), &[128]).unwrap();
    let warned = rendition.facts.warnings.iter().any(|words| words.starts_with("cut short"));
    assert_eq!(warned, cut_short, "{path}: {:?}", rendition.facts.warnings);
}

#[test]
fn of_truncated_files_there_is_what_there_is() {
    check_partial("jpeg/truncated/truncated_jpeg.jpg", true);
    check_partial("jpeg/truncated/pixel-motion-photo-shortened.jpg", true);
    check_partial("jpeg/truncated/non-motion-photo-shortened.jpg", true);
    check_partial("jpeg/truncated/sugarshack_bad_mpo_header.jpg", false);
}

/// A sample with another size in its header.
fn declaring(name: &str, (width, height): (u16, u16)) -> Vec<u8> {
    let mut file = sample(name);
    let frame = file.windows(2).position(|window| matches!(window, [0xFF, 0xC0 | 0xC2])).unwrap();
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

#[track_caller]
fn check_size(name: &str, size: (u16, u16), edge: u32, expected: Result<(u32, u32), Reason>) {
    let found = render(&declaring(name, size), &[edge]);
    let found = found.map(|rendition| (rendition.facts.width, rendition.facts.height));
    assert_eq!(found.map_err(|fault| fault.reason), expected, "{name} of {size:?} at {edge}");
}

#[test]
fn too_many_pixels_are_refused_by_the_header_alone() {
    check_size("baseline.jpg", (60_000, 60_000), 512, Err(Reason::TooLarge));
    // The height may be told after the first scan; the library does not know how.
    check_size("baseline.jpg", (65_000, 0), 512, Err(Reason::Unsupported));
}

/// What counts is what is decoded: a phone's 108 megapixels are few at 1/8.
#[test]
fn more_pixels_than_the_limit_may_be_read_though_not_kept() {
    check_size("baseline.jpg", (12_000, 9000), 96, Ok((12_000, 9000)));
    check_size("baseline.jpg", (12_000, 9000), 12_000, Err(Reason::TooLarge));
    check_size("baseline.jpg", (30_000, 20_000), 96, Err(Reason::TooLarge));
    check_size("progressive.jpg", (12_000, 9000), 96, Ok((12_000, 9000)));
}

#[test]
fn coefficients_of_progressive_pictures_must_fit_into_memory() {
    let fault = render(&declaring("progressive.jpg", (20_000, 20_000)), &[96]).unwrap_err();
    assert_eq!(fault.reason, Reason::TooLarge);
    assert!(fault.detail.contains("limits.worker_memory_mib"), "{fault}");
}

/// Ten thousand empty scans of a progressive picture.
#[test]
fn a_bomb_of_scans_is_refused() {
    let mut file = sample("progressive.jpg");
    let scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0x00, 0x00];
    file.truncate(file.len() - 2);
    file.extend(scan.repeat(10_000));
    assert_eq!(render(&file, &[96]).unwrap_err().reason, Reason::TooLarge);
}

#[test]
fn with_reduced_effort_the_preview_stands_in() {
    let file = corpus("jpeg/misc/DSCN0010.jpg");
    let scan = file.windows(2).rposition(|window| window == [0xFF, 0xC0]).unwrap();
    let headless = &file[..scan];
    assert_eq!(render(headless, &[128]).unwrap_err().reason, Reason::Corrupt);
    let rendition = render_with(headless, &[128], Effort::Reduced).unwrap();
    assert!(rendition.facts.warnings.iter().any(|words| words.contains("preview")));
    assert!(rendition.thumbnails[0].width.max(rendition.thumbnails[0].height) > 100);
}

/// A preview that is long enough goes first: the picture itself has cost too much before.
#[track_caller]
fn check_reduced(size: u32, expected: (bool, u32, u32)) {
    let file = corpus("jpeg/misc/DSCN0010.jpg");
    let rendition = render_with(&file, &[256, size], Effort::Reduced).unwrap();
    assert_eq!((rendition.facts.width, rendition.facts.height), (640, 480));
    let from_preview = rendition.facts.warnings.iter().any(|words| words.contains("preview"));
    let largest = &rendition.thumbnails[0];
    assert_eq!((from_preview, largest.width, largest.height), expected);
}

#[test]
fn with_reduced_effort_a_preview_that_serves_goes_first() {
    check_reduced(128, (true, 160, 120));
    check_reduced(200, (false, 256, 192));
}

#[test]
fn of_several_pictures_the_first_is_shown() {
    for path in ["jpeg/gainmap-motion/frozenpond.mpo", "jpeg/gainmap-motion/sugarshack.mpo"] {
        let rendition = render(&corpus(path), &[320]).unwrap();
        assert_eq!((rendition.facts.width, rendition.facts.height), (640, 480), "{path}");
        assert!(rendition.facts.warnings.is_empty(), "{path}: {:?}", rendition.facts.warnings);
    }
}
