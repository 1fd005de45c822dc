//! Every mode, depth and compression, in pictures of two by two pixels written here.

use super::*;
use crate::formats::testing::ORDER;
use crate::{ColorSpace, Limits, Pixels};
use flate2::{Compression, write::ZlibEncoder};
use proptest::prelude::*;
use std::io::Write;

const WIDTH: u16 = 2;

/// What a file is made of. Planes are rows of samples as they lie there unpacked.
#[derive(Clone, Default)]
struct File {
    large: bool,
    mode: u16,
    depth: u16,
    planes: Vec<Vec<Vec<u8>>>,
    packing: u16,
    palette: Vec<u8>,
    resources: Vec<u8>,
    layers: Vec<u8>,
}

impl File {
    /// Raw planes, each of one sample four times.
    fn flat(mode: u16, depth: u16, samples: &[&[u8]]) -> Self {
        let planes = samples.iter().map(|sample| vec![sample.repeat(2); 2]).collect();
        Self { mode, depth, planes, ..Self::default() }
    }

    fn bytes(&self) -> Vec<u8> {
        let version = if self.large { 2_u16 } else { 1 };
        let numbers =
            [self.planes.len() as u16, 0, self.planes[0].len() as u16, 0, WIDTH, self.depth, self.mode];
        let mut file = [b"8BPS".as_slice(), &version.to_be_bytes(), &[0; 6]].concat();
        file.extend(numbers.into_iter().flat_map(u16::to_be_bytes));
        file.extend(
            [long(&self.palette, false), long(&self.resources, false), long(&self.layers, self.large)]
                .concat(),
        );
        file.extend(self.packing.to_be_bytes());
        file.extend(self.composite());
        file
    }

    fn composite(&self) -> Vec<u8> {
        let rows = || self.planes.iter().flatten();
        match self.packing {
            0 => rows().flatten().copied().collect(),
            1 => {
                let packed: Vec<_> = rows().map(|row| packed(row)).collect();
                let lengths = packed.iter().map(|row| row.len() as u32);
                let lengths =
                    lengths.flat_map(|len| len.to_be_bytes()[if self.large { 0 } else { 2 }..].to_vec());
                lengths.chain(packed.iter().flatten().copied()).collect()
            }
            2 => deflated(&rows().flatten().copied().collect::<Vec<_>>()),
            _ => deflated(&rows().flat_map(|row| predicted(row, self.depth)).collect::<Vec<_>>()),
        }
    }
}

fn long(part: &[u8], large: bool) -> Vec<u8> {
    let len = (part.len() as u64).to_be_bytes();
    [&len[if large { 0 } else { 4 }..], part].concat()
}

/// A run where all is the same, filled up with nothing; else as it is.
fn packed(row: &[u8]) -> Vec<u8> {
    if row.len() > 1 && row.iter().all(|byte| *byte == row[0]) {
        vec![128, (257 - row.len()) as u8, row[0]]
    } else {
        [&[(row.len() - 1) as u8], row].concat()
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn predicted(row: &[u8], depth: u16) -> Vec<u8> {
    if depth == 16 {
        let words: Vec<_> = row.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        let before = [&[0], &words[..]].concat();
        return words
            .iter()
            .zip(before)
            .flat_map(|(word, before)| word.wrapping_sub(before).to_be_bytes())
            .collect();
    }
    let bytes: Vec<u8> = match depth {
        32 => (0..4).flat_map(|place| row.iter().skip(place).step_by(4).copied()).collect(),
        _ => row.to_vec(),
    };
    let before = [&[0], &bytes[..]].concat();
    bytes.iter().zip(before).map(|(byte, before)| byte.wrapping_sub(before)).collect()
}

fn resource(id: u16, data: &[u8]) -> Vec<u8> {
    // A name of two letters: with its length it must be filled up.
    let mut block =
        [b"8BIM".as_slice(), &id.to_be_bytes(), b"\x02ab\0", &(data.len() as u32).to_be_bytes(), data]
            .concat();
    block.resize(block.len().next_multiple_of(2), 0);
    block
}

/// A section of layers that says of itself only how many there are.
fn layers(count: i16, large: bool) -> Vec<u8> {
    long(&[&count.to_be_bytes()[..], &[0; 2]].concat(), large)
}

/// One without a number, whose layers are in a block for deeper pictures.
fn block_of_layers(key: &[u8], data: &[u8], large: bool) -> Vec<u8> {
    let empty = [long(&[], large), long(&[], false)].concat();
    let other = [b"8BIM".as_slice(), b"Patt", &long(&[1, 2, 3], false), &[0]].concat();
    [&empty[..], &other, b"8BIM", key, &long(data, large)].concat()
}

fn picture(file: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
    decode(&Source::from_bytes(&file), order)
}

/// A file whose pixels are all alike.
#[track_caller]
fn check(file: &File, wanted: Pixels) {
    let found = picture(&file.bytes(), &ORDER).unwrap();
    assert_eq!((found.pixels, found.warnings), (wanted, Vec::<String>::new()));
}

fn four<T: Copy>(pixel: &[T]) -> Vec<T> {
    pixel.repeat(4)
}

#[test]
fn every_mode_and_depth() {
    use Pixels::{Cmyk8, Rgb8, Rgb16};
    let float = |light: f32| light.to_be_bytes();
    let (dark, bright) = (float(0.0), float(1.0));
    check(&File::flat(1, 8, &[&[77]]), Rgb8(four(&[77, 77, 77])));
    check(&File::flat(1, 16, &[&[1, 2]]), Rgb16(four(&[258, 258, 258])));
    check(&File::flat(1, 32, &[&float(0.214_04)]), Rgb16(four(&[32767, 32767, 32767])));
    check(&File::flat(3, 8, &[&[1], &[2], &[3]]), Rgb8(four(&[1, 2, 3])));
    check(&File::flat(3, 16, &[&[0, 1], &[0, 2], &[0, 3]]), Rgb16(four(&[1, 2, 3])));
    check(&File::flat(3, 32, &[&bright, &dark, &dark]), Rgb16(four(&[65535, 0, 0])));
    check(&File::flat(4, 8, &[&[255], &[254], &[0], &[155]]), Cmyk8(four(&[0, 1, 255, 100])));
    check(&File::flat(4, 16, &[&[255, 9], &[254, 9], &[0, 9], &[155, 9]]), Cmyk8(four(&[0, 1, 255, 100])));
    check(&File::flat(7, 8, &[&[1], &[2], &[3]]), Rgb8(four(&[1, 2, 3])));
    check(&File::flat(7, 8, &[&[255], &[254], &[0], &[155], &[9]]), Cmyk8(four(&[0, 1, 255, 100])));
    check(&File::flat(7, 8, &[&[5], &[9]]), Rgb8(four(&[5, 5, 5])));
    check(&File::flat(8, 8, &[&[77]]), Rgb8(four(&[77, 77, 77])));
    check(&File::flat(9, 8, &[&[255], &[128], &[128]]), Rgb16(four(&[65535; 3])));
}

#[test]
fn bits_are_ink() {
    let planes = vec![vec![vec![0x40], vec![0x80]]];
    let file = File { mode: 0, depth: 1, planes, ..File::default() };
    for packing in 0..=2 {
        let pixels = [255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255].to_vec();
        check(&File { packing, ..file.clone() }, Pixels::Rgb8(pixels));
    }
}

#[test]
fn palettes_and_their_hole() {
    let palette: Vec<u8> = (0..768_usize).map(|at| (at % 256) as u8 / 2 + (at / 256) as u8 * 10).collect();
    let file = File { palette, ..File::flat(2, 8, &[&[7]]) };
    check(&file, Pixels::Rgb8(four(&[3, 13, 23])));
    let resources = [resource(1000, &[1]), resource(1047, &[0, 7])].concat();
    check(&File { resources, ..file }, Pixels::Rgba8(four(&[3, 13, 23, 0])));
}

/// Lab of either depth, to 8 bits; expected values by Little CMS.
#[track_caller]
fn check_lab(samples: &[&[u8]], depth: u16, wanted: [u8; 3]) {
    let Pixels::Rgb16(found) = picture(&File::flat(9, depth, samples).bytes(), &ORDER).unwrap().pixels else {
        panic!("not opaque")
    };
    let near =
        found.iter().zip(wanted.iter().cycle()).all(|(one, other)| (one >> 8).abs_diff((*other).into()) <= 1);
    assert!(near && found.len() == 12, "{found:?}");
}

#[test]
fn lab_is_seen_under_daylight() {
    check_lab(&[&[128], &[128], &[128]], 8, [119, 119, 119]);
    check_lab(&[&[128], &[168], &[158]], 8, [188, 88, 71]);
    check_lab(&[&[128, 128], &[168, 0], &[158, 0]], 16, [188, 88, 71]);
    check_lab(&[&[255, 255], &[128, 0], &[128, 0]], 16, [255, 255, 255]);
}

#[test]
fn every_packing_of_every_depth_in_both_lengths() {
    let rows = |bytes: usize, start: u8| {
        [0, 1].map(|row| (0..2 * bytes as u8).map(|at| start + at * 3 + row).collect()).to_vec()
    };
    for (depth, bytes) in [(8, 1), (16, 2), (32, 4)] {
        let planes = vec![rows(bytes, 60), rows(bytes, 40), vec![vec![62; 2 * bytes], vec![63; 2 * bytes]]];
        let raw = File { mode: 3, depth, planes, ..File::default() };
        let wanted = picture(&raw.bytes(), &ORDER).unwrap().pixels;
        for (packing, large) in (0..=3).flat_map(|packing| [(packing, false), (packing, true)]) {
            check(&File { large, packing, ..raw.clone() }, wanted.clone());
        }
    }
}

#[test]
fn a_channel_is_alpha_only_where_the_layers_say_so() {
    let file = File::flat(3, 8, &[&[255], &[127], &[200], &[128]]);
    let opaque = Pixels::Rgb8(four(&[255, 127, 200]));
    // Taken off the white that they lay on: 127 was 0 at half.
    let transparent = Pixels::Rgba8(four(&[255, 0, 145, 128]));
    for large in [false, true] {
        let with = |layers| File { large, layers, ..file.clone() };
        check(&with(Vec::new()), opaque.clone());
        check(&with(layers(1, large)), opaque.clone());
        check(&with(layers(-1, large)), transparent.clone());
        check(&with(block_of_layers(b"Lr16", &[0, 1], large)), opaque.clone());
        check(&with(block_of_layers(b"Lr16", &[255, 255], large)), transparent.clone());
        check(&with(block_of_layers(b"Mt16", &[], large)), transparent.clone());
    }
    let grey = File { layers: layers(-1, false), ..File::flat(1, 16, &[&[255, 255], &[0, 0]]) };
    check(&grey, Pixels::Rgba16(four(&[65535, 65535, 65535, 0])));
    let light = |light: f32| light.to_be_bytes();
    let floats = [light(1.0), light(0.5), light(1.0), light(0.5)];
    let floats = File::flat(3, 32, &[&floats[0], &floats[1], &floats[2], &floats[3]]);
    check(&File { layers: layers(-1, false), ..floats }, Pixels::Rgba16(four(&[65535, 0, 65535, 32768])));
    let inks =
        File { layers: layers(-1, false), ..File::flat(4, 8, &[&[255], &[255], &[255], &[255], &[0]]) };
    check(&inks, Pixels::Cmyk8(four(&[0, 0, 0, 0])));
}

#[test]
fn what_is_cut_short_is_shown_in_part() {
    let file = File::flat(3, 8, &[&[10], &[20], &[30]]);
    let whole = file.bytes();
    let cut = |bytes: usize| {
        picture(&whole[..whole.len() - bytes], &ORDER).map(|found| (found.pixels, found.warnings.len()))
    };
    // A row of blue, then all of it, and a row of green.
    assert_eq!(cut(2), Ok((Pixels::Rgb8([[10, 20, 30].repeat(2), [10, 20, 20].repeat(2)].concat()), 1)));
    assert_eq!(cut(6), Ok((Pixels::Rgb8([[10, 20, 20].repeat(2), [10, 10, 10].repeat(2)].concat()), 1)));
    assert_eq!(cut(10), Ok((Pixels::Rgb8([10, 10, 10, 10, 10, 10, 0, 0, 0, 0, 0, 0].to_vec()), 1)));
    for bytes in 12..whole.len() - 6 {
        assert_eq!(cut(bytes).map_err(|fault| fault.reason), Err(Reason::Corrupt), "{bytes}");
    }
    let inks = File::flat(4, 8, &[&[200], &[0], &[0], &[0]]).bytes();
    let found = picture(&inks[..inks.len() - 14], &ORDER).unwrap().pixels;
    assert_eq!(found, Pixels::Cmyk8([[55, 0, 0, 0].repeat(2), [0; 8].to_vec()].concat()));
}

#[test]
fn a_row_that_is_too_short_is_damage() {
    let mut file = File { packing: 1, ..File::flat(1, 8, &[&[9]]) }.bytes();
    let last = file.len() - 2;
    file[last] = 0; // as it is, and only one
    let found = picture(&file, &ORDER).unwrap();
    assert_eq!(found.pixels, Pixels::Rgb8([[9; 6].to_vec(), vec![9, 9, 9, 0, 0, 0]].concat()));
    assert_eq!(found.warnings.len(), 1);
}

#[track_caller]
fn check_refused(file: &File, reason: Reason) {
    assert_eq!(picture(&file.bytes(), &ORDER).map_err(|fault| fault.reason), Err(reason));
}

#[test]
fn what_nobody_writes_is_refused() {
    check_refused(&File::flat(5, 8, &[&[0]]), Reason::Unsupported);
    check_refused(&File::flat(3, 1, &[&[0], &[0], &[0]]), Reason::Unsupported);
    check_refused(&File::flat(3, 8, &[&[0], &[0]]), Reason::Corrupt);
    check_refused(&File { packing: 4, ..File::flat(1, 8, &[&[0]]) }, Reason::Unsupported);
    let mut bomb = File::flat(1, 8, &[&[0]]).bytes();
    bomb[14..22].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    assert_eq!(picture(&bomb, &ORDER).map_err(|fault| fault.reason), Err(Reason::TooLarge));
}

/// Four pixels where one is allowed, and where it serves.
#[test]
fn what_does_not_fit_is_made_smaller_on_the_way() {
    let limits = Limits { max_pixels: 1, ..*ORDER.limits };
    let order = |edge| Order { edge, limits: &limits, ..ORDER };
    let planes = vec![vec![vec![0, 100], vec![50, 250]]];
    let file = File { mode: 1, depth: 8, planes, ..File::default() };
    let found = picture(&file.bytes(), &order(0)).unwrap();
    assert_eq!((found.pixels, found.full_size, found.width), (Pixels::Rgb8(vec![100; 3]), (2, 2), 1));
    assert_eq!(picture(&file.bytes(), &order(2)).map_err(|fault| fault.reason), Err(Reason::TooLarge));
    let odd = File { planes: vec![[file.planes[0].clone(), vec![vec![7, 9]]].concat()], ..file.clone() };
    let two = Limits { max_pixels: 2, ..limits };
    let found = picture(&odd.bytes(), &Order { limits: &two, ..order(0) }).unwrap();
    assert_eq!(found.pixels, Pixels::Rgb8([[100; 3], [8; 3]].concat()));
    let indexed = File { mode: 2, ..file };
    assert_eq!(picture(&indexed.bytes(), &order(0)).map_err(|fault| fault.reason), Err(Reason::TooLarge));
}

/// EXIF that says so much and nothing else.
fn turned(orientation: u8) -> Vec<u8> {
    [b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]]
        .concat()
}

#[track_caller]
fn check_turned(resources: &[Vec<u8>], wanted: u8) {
    let file = File { resources: resources.concat(), ..File::flat(1, 8, &[&[0]]) };
    assert_eq!(picture(&file.bytes(), &ORDER).unwrap().orientation.exif(), wanted);
}

#[test]
fn exif_and_xmp_say_which_way_is_up() {
    let packet = |digit: char| resource(1060, format!("<x tiff:Orientation=\"{digit}\"/>").as_bytes());
    check_turned(&[], 1);
    check_turned(&[resource(1058, &turned(6))], 6);
    check_turned(&[packet('8')], 8);
    check_turned(&[packet('8'), resource(1058, &turned(6))], 6);
    check_turned(&[packet('8'), resource(1058, &turned(1))], 8);
    check_turned(&[b"no block".to_vec(), resource(1058, &turned(6))], 1);
}

#[test]
fn profiles_belong_to_numbers_that_are_the_files_own() {
    let resources = resource(1039, b"profile");
    let profile = |mode, depth, samples: &[&[u8]]| {
        let file = File { resources: resources.clone(), ..File::flat(mode, depth, samples) };
        picture(&file.bytes(), &ORDER).unwrap().color
    };
    let icc = || ColorSpace::Icc(b"profile".to_vec());
    assert_eq!(profile(3, 8, &[&[0], &[0], &[0]]), icc());
    assert_eq!(profile(4, 8, &[&[0], &[0], &[0], &[0]]), icc());
    assert_eq!(profile(9, 8, &[&[0], &[0], &[0]]), ColorSpace::Srgb);
    assert_eq!(profile(8, 8, &[&[0]]), ColorSpace::Srgb);
    assert_eq!(profile(1, 32, &[&[0; 4]]), ColorSpace::Srgb);
}

/// A JPEG of a grey row in black, as Photoshop keeps it; blank where it has no more than that row.
fn preview_of(width: u32, height: u32) -> Vec<u8> {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    let picture = image::GrayImage::from_fn(width, height, |_, y| image::Luma([if y == 0 { 90 } else { 0 }]));
    picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    resource(1036, &[&[0, 0, 0, 1], &[0; 24][..], jpeg.get_ref()].concat())
}

/// Whether the preview came, and how many words of warning.
#[track_caller]
fn check_preview(resources: &[Vec<u8>], effort: Effort, cut: usize, wanted: Result<(bool, usize), Reason>) {
    let file = File { resources: resources.concat(), ..File::flat(3, 8, &[&[1], &[2], &[3]]) }.bytes();
    let order = Order { effort, edge: 2, smallest_edge: 2, ..ORDER };
    let found = picture(&file[..file.len() - cut], &order).map_err(|fault| fault.reason);
    let told = found.map(|found| (found.pixels != Pixels::Rgb8(four(&[1, 2, 3])), found.warnings.len()));
    assert_eq!(told, wanted);
}

#[test]
fn the_preview_stands_in_where_there_is_no_composite() {
    let (merged, unmerged) = (resource(1057, &[0, 0, 0, 1, 1]), resource(1057, &[0, 0, 0, 1, 0]));
    let preview = || preview_of(2, 2);
    check_preview(&[preview(), merged.clone()], Effort::Full, 0, Ok((false, 0)));
    check_preview(&[preview(), unmerged.clone()], Effort::Full, 0, Ok((true, 1)));
    check_preview(&[preview_of(1, 1), unmerged.clone()], Effort::Full, 0, Ok((false, 1)));
    check_preview(&[preview_of(2, 4), unmerged.clone()], Effort::Full, 0, Ok((false, 1)));
    check_preview(&[unmerged], Effort::Full, 0, Ok((false, 1)));
    check_preview(&[preview()], Effort::Full, 12, Ok((true, 1)));
    check_preview(&[merged], Effort::Full, 12, Err(Reason::Corrupt));
    check_preview(&[preview()], Effort::Reduced, 0, Ok((true, 1)));
    check_preview(&[preview_of(1, 1)], Effort::Reduced, 0, Ok((false, 0)));
    check_preview(&[preview_of(1, 1)], Effort::Reduced, 12, Ok((true, 1)));
}

proptest! {
    #[test]
    fn any_bytes_are_no_panic(
        head in prop::sample::select(vec![0_u16, 1, 2, 3, 4, 7, 8, 9]),
        depth in prop::sample::select(vec![1_u16, 8, 16, 32]),
        (packing, large) in (0..4_u16, any::<bool>()),
        at in 0..200_usize,
        byte: u8,
        rest in prop::collection::vec(any::<[u8; 4]>(), 1..15),
    ) {
        let file = File { packing, large, layers: layers(-1, large), ..File::flat(head, depth, &[rest.as_flattened(); 5]) };
        let mut bytes = file.bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = picture(&bytes, &ORDER);
        bytes.truncate(at);
        let _ = picture(&bytes, &ORDER);
    }
}
