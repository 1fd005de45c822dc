//! Sensor data made a picture: whole DNGs, written next door with every kind of filter array; and what the corpus has.
//! Knows nothing of pipes or jails.
#![cfg(feature = "develop")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)] // a panic fails the test

mod dng;

use dng::{DNG, Dng, PREVIEW, QUARTERS, X_TRANS};
use std::path::PathBuf;
use tintype_media::formats::{self, Format, Order};
use tintype_media::{Effort, Extras, Fault, Fonts, Limits, Picture, Pixels, Reason, Source};

static DEVELOPED: &[&Format] = &[&tintype_worker_raw::FORMAT];
const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };

fn decode_by(
    table: &'static [&'static Format],
    file: &[u8],
    edge: u32,
    limits: Limits,
) -> Result<Picture, Fault> {
    let source = Source::from_bytes(&file);
    let format = formats::sniff(table, &source).expect("a RAW file is known");
    let (fonts, effort, extras) = (&Fonts::none(), Effort::Full, Extras::NONE);
    let order = Order { edge, smallest_edge: edge, limits: &limits, fonts, effort, extras };
    (format.decode)(&source, &order)
}

fn developed(file: &[u8], edge: u32) -> Result<Picture, Fault> {
    decode_by(DEVELOPED, file, edge, LIMITS)
}

/// The numbers of one pixel, 0 to 255.
fn pixel(picture: &Picture, x: u32, y: u32) -> [f64; 3] {
    let at = (y * picture.width + x) as usize * 3;
    match &picture.pixels {
        Pixels::Rgb16(levels) => [0, 1, 2].map(|color| f64::from(levels[at + color]) / 257.0),
        Pixels::Rgb8(levels) => [0, 1, 2].map(|color| f64::from(levels[at + color])),
        other => panic!("{other:?}"),
    }
}

/// sRGB's number of light (IEC 61966-2-1).
fn number(light: f64) -> f64 {
    let level = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    level * 255.0
}

/// The quarters are those above, and there are enough pixels for the edge that is wanted.
#[track_caller]
fn check(dng: &Dng, edge: u32) {
    let picture = developed(&dng.file(), edge).unwrap();
    let (width, height) = (picture.width, picture.height);
    assert!(width >= edge && (width * 3).abs_diff(height * 4) < 4, "{width} × {height}");
    assert_eq!((picture.full_size, picture.mime_type), ((240, 180), Some("image/x-adobe-dng")));
    for (place, quarter) in (0..).zip(QUARTERS) {
        let (x, y) = (width * (1 + 2 * (place % 2)) / 4, height * (1 + 2 * (place / 2)) / 4);
        let (got, wanted) = (pixel(&picture, x, y), quarter.map(number));
        let near = got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() <= 4.0);
        assert!(near, "quarter {place}: {got:?} instead of {wanted:?}");
    }
}

#[test]
fn a_picture_has_the_colours_of_what_was_before_the_camera() {
    check(&DNG, 20);
    check(&DNG, 60);
    // All that cells of two by two can give.
    check(&DNG, 120);
    let patterns: [&[u8]; 3] = [&[2, 1, 1, 0], &[1, 0, 2, 1], &[1, 2, 0, 1]];
    for pattern in patterns {
        check(&Dng { pattern, ..DNG }, 60);
    }
    check(&Dng { pattern: X_TRANS, ..DNG }, 60);
}

#[test]
fn a_picture_is_cropped_and_knows_which_way_is_up() {
    let file = Dng { margin: 30, orientation: 6, ..DNG }.file();
    let picture = developed(&file, 60).unwrap();
    assert_eq!((picture.full_size, picture.orientation.exif()), ((180, 120), 6));
    let edge = pixel(&picture, 0, 0);
    assert!(edge[0] > 200.0 && edge[1] < 90.0, "the green beyond the crop is seen: {edge:?}");
}

#[test]
fn what_is_developed_is_not_the_preview() {
    let with_preview = Dng { preview: PREVIEW, ..DNG };
    check(&with_preview, 20);
    assert_eq!(developed(&with_preview.file(), 60), developed(&DNG.file(), 60));
}

#[track_caller]
fn refused(file: &[u8], limits: Limits, reason: Reason) {
    let fault = decode_by(DEVELOPED, file, 60, limits).map(|made| made.full_size).unwrap_err();
    assert_eq!(fault.reason, reason, "{fault}");
}

#[test]
fn what_is_not_there_is_not_made_up() {
    let file = DNG.file();
    // The directory, which stands behind the data, is kept; the end of the data is beyond the file.
    let mut far = file.clone();
    let at = far.windows(4).position(|bytes| bytes == [0x11, 0x01, 4, 0]).unwrap() + 8;
    far.splice(at..at + 4, (file.len() as u32 - 1000).to_le_bytes());
    refused(&far, LIMITS, Reason::Corrupt);
    // So short that a picture of this size cannot be in it.
    let mut short = file.clone();
    let at = short.windows(4).position(|bytes| bytes == [0x17, 0x01, 4, 0]).unwrap() + 8;
    short.splice(at..at + 4, 100_u32.to_le_bytes());
    refused(&short, LIMITS, Reason::Corrupt);
    // As if somebody had wiped it: no picture is all of one colour.
    let mut wiped = file;
    wiped[8..8 + 240 * 180 * 2].fill(0);
    refused(&wiped, LIMITS, Reason::Corrupt);
}

#[test]
fn limits_hold_before_memory_is_reserved() {
    refused(&DNG.file(), Limits { max_pixels: 1000, ..LIMITS }, Reason::TooLarge);
    refused(&DNG.file(), Limits { max_memory: 200_000, ..LIMITS }, Reason::TooLarge);
}

fn corpus(name: &str) -> Vec<u8> {
    let folder = std::env::var_os("TINTYPE_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let file = folder.join("raw").join(name);
    std::fs::read(&file).unwrap_or_else(|error| {
        panic!("{}: {error}; set TINTYPE_CORPUS to the folder of the media corpus", file.display())
    })
}

/// Its blacks would be grey: rawler leaves the operations undone that a lossy DNG asks for.
#[test]
fn a_lossy_dng_is_left_to_its_preview() {
    refused(&corpus("canon_eos_6d.dng"), LIMITS, Reason::Unsupported);
    let preview = decode_by(formats::ALL, &corpus("canon_eos_6d.dng"), 1074, LIMITS).unwrap();
    assert_eq!((preview.width, preview.stopgap, preview.warnings.len()), (1024, false, 1));
}

/// Those whose sensor data was taken out: rawler panics on some, and would make noise of others.
#[test]
fn those_of_the_corpus_without_sensor_data_give_no_picture() {
    let names = [
        "Canon-R6-pruned.CR3",
        "CanonRaw.cr2",
        "CanonRaw.cr3",
        "CanonRaw.crw",
        "DNG.dng",
        "FujiFilm.raf",
        "IMG_1361.dng",
        "Minolta.mrw",
        "Nikon.nef",
        "Panasonic.rw2",
        "Sigma.x3f",
        "SigmaDP2.x3f",
        "canon.raw.cr2",
    ];
    for name in names {
        let fault = developed(&corpus(name), 128).map(|made| made.full_size).expect_err(name);
        assert!(matches!(fault.reason, Reason::Corrupt | Reason::Unsupported), "{name}: {fault}");
    }
}
