//! A profile that says by a table what its numbers mean, as scanners' and printers' do, and not by primaries and curves.
//! Knows how such a profile is written; nothing of how it is read.

use super::picture;
use std::borrow::Cow;

/// CIE L*a*b* under D50 of black, blue, green, cyan, red, magenta, yellow and white, of sRGB. Worked out outside this program.
const LAB: [[f64; 3]; 8] = [
    [0.0, 0.0, 0.0],
    [29.57, 68.30, -112.03],
    [87.82, -79.27, 80.99],
    [90.67, -50.67, -14.96],
    [54.29, 80.81, 69.89],
    [60.17, 93.55, -60.50],
    [97.61, -15.75, 93.39],
    [100.0, 0.0, 0.0],
];

/// A profile whose eight corners look like these of the above, and what is between them accordingly (ICC.1, 10.10).
fn profile(corners: [usize; 8]) -> Vec<u8> {
    let ramps = (0..=255_u8).collect::<Vec<_>>().repeat(3);
    let cells = corners.iter().flat_map(|corner| {
        let [lightness, a, b] = LAB[*corner];
        [lightness * 2.55, a + 128.0, b + 128.0].map(|level| level.round() as u8)
    });
    let identity: Vec<u8> =
        (0..9_u32).flat_map(|cell| if cell % 4 == 0 { [0, 1, 0, 0] } else { [0; 4] }).collect();
    let table =
        [&b"mft1\0\0\0\0\x03\x03\x02\0"[..], &identity, &ramps, &cells.collect::<Vec<_>>(), &ramps].concat();
    let tags =
        [&1_u32.to_be_bytes()[..], b"A2B0", &144_u32.to_be_bytes(), &(table.len() as u32).to_be_bytes()];
    let mut header = vec![0; 128];
    let d50 = [0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d];
    let size = (144 + table.len() as u32).to_be_bytes();
    let fields: [(usize, &[u8]); 5] =
        [(0, &size), (8, &[2, 0x40]), (12, b"mntrRGB Lab "), (36, b"acsp"), (68, &d50)];
    for (at, bytes) in fields {
        header[at..at + bytes.len()].copy_from_slice(bytes);
    }
    [header, tags.concat(), table].concat()
}

/// A picture of one colour with that profile.
fn png(profile: &[u8], pixel: [u8; 3]) -> Vec<u8> {
    let mut info = png::Info::with_size(8, 8);
    (info.color_type, info.bit_depth) = (png::ColorType::Rgb, png::BitDepth::Eight);
    info.icc_profile = Some(Cow::Borrowed(profile));
    let mut file = Vec::new();
    let mut writer = png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
    writer.write_image_data(&pixel.repeat(64)).unwrap();
    writer.finish().unwrap();
    file
}

#[track_caller]
fn check(corners: [usize; 8], pixel: [u8; 3], wanted: [u8; 3]) {
    let found = picture(&png(&profile(corners), pixel), 64).get_pixel(4, 4).0;
    // A step of eight bits in a or b is up to five levels of a colour at the edge of sRGB.
    let near = found.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) <= 8);
    assert!(near, "{pixel:?} became {found:?} instead of {wanted:?}");
}

#[test]
fn a_table_says_what_numbers_mean() {
    let same = [0, 1, 2, 3, 4, 5, 6, 7];
    check(same, [255, 0, 0], [255, 0, 0]);
    check(same, [0, 255, 255], [0, 255, 255]);
    // Red and green change places: what no curve and no one matrix with sRGB's curve would be taken for.
    let exchanged = [0, 1, 4, 5, 2, 3, 6, 7];
    check(exchanged, [255, 0, 0], [0, 255, 0]);
    check(exchanged, [0, 255, 255], [255, 0, 255]);
    check(exchanged, [255; 3], [255; 3]);
    // Red alone makes it light; half the way from black to white is L* 50.
    let by_red = [0, 0, 0, 0, 7, 7, 7, 7];
    check(by_red, [128, 0, 255], [119; 3]);
    check(by_red, [255, 0, 0], [255; 3]);
}
