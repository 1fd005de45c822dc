//! Sensor data made a picture: whole DNGs, written here with every kind of filter array, for whole RAW files cannot be
//! given away; and what the corpus has.
//! Knows nothing of pipes or jails.
#![cfg(feature = "develop")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)] // a panic fails the test

use std::path::PathBuf;
use tintype_media::formats::{self, Format, Order};
use tintype_media::{Effort, Fault, Fonts, Limits, Picture, Pixels, Reason, Source};

static DEVELOPED: &[&Format] = &[&tintype_worker_raw::FORMAT];
const LIMITS: Limits = Limits { max_pixels: 100_000_000, max_memory: 1 << 30 };

const RGGB: &[u8] = &[0, 1, 1, 2];
/// Fujifilm's, six by six.
const X_TRANS: &[u8] = &[
    1, 2, 1, 1, 0, 1, //
    0, 1, 0, 2, 1, 2, //
    1, 2, 1, 1, 0, 1, //
    1, 0, 1, 1, 2, 1, //
    2, 1, 2, 0, 1, 0, //
    1, 0, 1, 1, 2, 1,
];

/// Light of the four quarters: red, green, blue and white.
const QUARTERS: [[f64; 3]; 4] = [[0.8, 0.02, 0.02], [0.02, 0.8, 0.02], [0.02, 0.02, 0.8], [1.0, 1.0, 1.0]];
/// What the camera makes of grey.
const NEUTRAL: [f64; 3] = [0.5, 1.0, 0.75];
const BLACK: f64 = 512.0;
const WHITE: f64 = 15_000.0;
/// The inverse of sRGB's primaries: a camera that sees as sRGB does.
const XYZ_TO_CAMERA: [f64; 9] = [3.2405, -1.5371, -0.4985, -0.9693, 1.876, 0.0416, 0.0556, -0.204, 1.0572];

/// A DNG to write.
#[derive(Clone)]
struct Dng {
    width: u32,
    height: u32,
    pattern: &'static [u8],
    orientation: u16,
    /// Columns and rows that the crop takes from each edge. They are bright green.
    margin: u32,
}

const DNG: Dng = Dng { width: 240, height: 180, pattern: RGGB, orientation: 1, margin: 0 };

impl Dng {
    fn light(&self, x: u32, y: u32) -> [f64; 3] {
        let (left, right) = (self.margin, self.width - self.margin);
        let (top, bottom) = (self.margin, self.height - self.margin);
        if !(left..right).contains(&x) || !(top..bottom).contains(&y) {
            return [0.0, 1.0, 0.0];
        }
        QUARTERS[usize::from(x >= self.width / 2) + 2 * usize::from(y >= self.height / 2)]
    }

    fn sensor(&self) -> Vec<u8> {
        let side = if self.pattern.len() == 4 { 2 } else { 6 };
        let places = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        let values = places.map(|(x, y)| {
            let color = usize::from(self.pattern[(y % side * side + x % side) as usize]);
            (BLACK + self.light(x, y)[color] * NEUTRAL[color] * (WHITE - BLACK)) as u16
        });
        values.flat_map(u16::to_le_bytes).collect()
    }

    fn file(&self) -> Vec<u8> {
        let side: u16 = if self.pattern.len() == 4 { 2 } else { 6 };
        let fraction =
            |number: f64| [(number * 10_000.0).round() as i32, 10_000].map(i32::to_le_bytes).concat();
        let fractions =
            |numbers: &[f64]| numbers.iter().flat_map(|number| fraction(*number)).collect::<Vec<u8>>();
        let long = |number: u32| (4_u16, 1_u32, number.to_le_bytes().to_vec());
        let short = |number: u16| (3_u16, 1_u32, number.to_le_bytes().to_vec());
        let data = self.sensor();
        let (margin, inner) = (f64::from(self.margin), |side: u32| f64::from(side - 2 * self.margin));
        let text = |text: &str| (2_u16, text.len() as u32, text.as_bytes().to_vec());
        let tags = vec![
            (254_u16, long(0)),
            (256, long(self.width)),
            (257, long(self.height)),
            (258, short(16)),
            (259, short(1)),
            (262, short(32803)),
            (271, text("Tintype\0")),
            (272, text("Test\0")),
            (273, long(8)),
            (274, short(self.orientation)),
            (277, short(1)),
            (278, long(self.height)),
            (279, long(data.len() as u32)),
            (284, short(1)),
            (33421, (3, 2, [side, side].map(u16::to_le_bytes).concat())),
            (33422, (1, self.pattern.len() as u32, self.pattern.to_vec())),
            (50706, (1, 4, vec![1, 4, 0, 0])),
            (50708, text("Tintype Test\0")),
            (50710, (1, 3, vec![0, 1, 2])),
            (50711, short(1)),
            (50714, short(BLACK as u16)),
            (50717, short(WHITE as u16)),
            (50719, (5, 2, fractions(&[margin, margin]))),
            (50720, (5, 2, fractions(&[inner(self.width), inner(self.height)]))),
            (50721, (10, 9, fractions(&XYZ_TO_CAMERA))),
            (50728, (5, 3, fractions(&NEUTRAL))),
            (50778, short(21)),
        ];
        assemble(&data, &tags)
    }
}

type Tag = (u16, (u16, u32, Vec<u8>));

/// A little-endian TIFF: the data from its eighth byte on, then long values, then the one directory.
fn assemble(data: &[u8], tags: &[Tag]) -> Vec<u8> {
    let mut file = [&b"II\x2a\0\0\0\0\0"[..], data].concat();
    let mut entries = (tags.len() as u16).to_le_bytes().to_vec();
    for (tag, (kind, count, bytes)) in tags {
        let mut inside = bytes.clone();
        inside.resize(4, 0);
        if bytes.len() > 4 {
            inside = (file.len() as u32).to_le_bytes().to_vec();
            file.extend(bytes);
        }
        entries.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &inside].concat());
    }
    let first = (file.len() as u32).to_le_bytes();
    file.splice(4..8, first);
    [file, entries, vec![0; 4]].concat()
}

fn decode_by(
    table: &'static [&'static Format],
    file: &[u8],
    edge: u32,
    limits: Limits,
) -> Result<Picture, Fault> {
    let source = Source::from_bytes(&file);
    let format = formats::sniff(table, &source).expect("a RAW file is known");
    let order =
        Order { edge, smallest_edge: edge, limits: &limits, fonts: &Fonts::none(), effort: Effort::Full };
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
