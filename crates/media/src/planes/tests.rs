//! Matrices, ranges, odd sides, depth and alpha of planes.
//! Knows numbers.

use super::*;

const FULL: Coding = Coding { matrix: 6, primaries: 1, full_range: true };

fn plane(bytes: &[u8], width: u32, bits: u32) -> Plane<'_> {
    let stride = width as usize * if bits > 8 { 2 } else { 1 };
    Plane { bytes, stride, width, height: (bytes.len() / stride) as u32, bits }
}

fn planes(colors: Colors<'_>, coding: Coding) -> Planes<'_> {
    Planes { colors, alpha: None, premultiplied: false, coding }
}

/// The one colour of a picture of one pixel.
#[track_caller]
fn check(sample: [u8; 3], coding: Coding, wanted: [u8; 3]) {
    let [y, cb, cr] = sample.each_ref().map(|byte| plane(std::slice::from_ref(byte), 1, 8));
    let got = planes(Colors::YCbCr([y, cb, cr]), coding).pixels(Part::whole((1, 1))).unwrap();
    let Pixels::Rgb8(got) = got else { panic!("{got:?}") };
    assert!(got.iter().zip(wanted).all(|(got, wanted)| got.abs_diff(wanted) <= 1), "{got:?}, not {wanted:?}");
}

#[test]
fn matrices_and_ranges_are_undone() {
    check([0, 128, 128], FULL, [0; 3]);
    check([255, 128, 128], FULL, [255; 3]);
    check([76, 85, 255], FULL, [254, 0, 0]);
    let limited = Coding { full_range: false, ..FULL };
    check([16, 128, 128], limited, [0; 3]);
    check([235, 128, 128], limited, [255; 3]);
    check([81, 90, 240], limited, [255, 0, 0]);
    check([63, 102, 240], Coding { matrix: 1, ..limited }, [255, 0, 0]);
    check([74, 97, 240], Coding { matrix: 9, ..limited }, [255, 0, 0]);
    check([54, 99, 255], Coding { matrix: 1, ..FULL }, [254, 0, 0]);
    check([10, 20, 30], Coding { matrix: 0, ..FULL }, [30, 10, 20]);
    check([128, 128, 128], Coding { matrix: 8, ..FULL }, [128; 3]);
    check([64, 64, 192], Coding { matrix: 8, ..FULL }, [192, 0, 64]);
}

#[test]
fn what_no_matrix_of_ours_undoes_is_unsupported() {
    let grey = plane(&[0], 1, 8);
    let coding = Coding { matrix: 14, ..FULL };
    let fault = planes(Colors::YCbCr([grey; 3]), coding).pixels(Part::whole((1, 1))).unwrap_err();
    assert_eq!(fault.reason, Reason::Unsupported);
}

/// A row of chroma, `from` stretched to so many samples.
#[track_caller]
fn check_row(from: &[u8], width: usize, wanted: &[f32]) {
    let mut row = vec![-1.0; width];
    let chroma = plane(from, from.len() as u32, 8);
    upsample(chroma, (0, 1), &mut row, (&mut vec![0.0; from.len()], &mut vec![0.0; from.len()]));
    assert_eq!(row, wanted);
}

#[test]
fn chroma_is_stretched_to_odd_and_even_widths() {
    check_row(&[8], 1, &[8.0]);
    check_row(&[8], 2, &[8.0, 8.0]);
    check_row(&[0, 8], 3, &[0.0, 2.0, 6.0]);
    check_row(&[0, 8], 4, &[0.0, 2.0, 6.0, 8.0]);
    check_row(&[0, 8, 0], 5, &[0.0, 2.0, 6.0, 6.0, 2.0]);
    check_row(&[1, 2, 3], 3, &[1.0, 2.0, 3.0]);
    // Too narrow a plane, as no decoder should give, ends in its last sample.
    check_row(&[0, 8], 6, &[0.0, 2.0, 6.0, 8.0, 8.0, 8.0]);
}

/// The last row and column of a picture with odd sides have chroma of their own.
#[test]
fn odd_sides_have_no_green_lines() {
    let (luma, chroma) = ([128_u8; 9], [128_u8; 4]);
    let colors = Colors::YCbCr([plane(&luma, 3, 8), plane(&chroma, 2, 8), plane(&chroma, 2, 8)]);
    let got = planes(colors, FULL).pixels(Part::whole((3, 3))).unwrap();
    assert_eq!(got, Pixels::Rgb8(vec![128; 27]));
}

#[test]
fn deep_samples_fill_sixteen_bits() {
    let bytes: Vec<u8> = [0_u16, 1023, 512].iter().flat_map(|level| level.to_ne_bytes()).collect();
    let got = planes(Colors::Grey(plane(&bytes, 3, 10)), FULL).pixels(Part::whole((3, 1))).unwrap();
    assert_eq!(got, Pixels::Rgb16(vec![0, 0, 0, 65535, 65535, 65535, 32800, 32800, 32800]));
    let limited: Vec<u8> = [64_u16, 940].iter().flat_map(|level| level.to_ne_bytes()).collect();
    let coding = Coding { full_range: false, ..FULL };
    let got = planes(Colors::Grey(plane(&limited, 2, 10)), coding).pixels(Part::whole((2, 1))).unwrap();
    assert_eq!(got, Pixels::Rgb16(vec![0, 0, 0, 65535, 65535, 65535]));
}

#[test]
fn alpha_is_kept_where_it_hides_something() {
    let (grey, opaque, half) = ([60_u8, 60], [255_u8, 255], [0x80_u8, 0xff]);
    let with = |alpha, premultiplied| {
        let planes = Planes {
            alpha: Some(plane(alpha, 2, 8)),
            premultiplied,
            ..planes(Colors::Grey(plane(&grey, 2, 8)), FULL)
        };
        planes.pixels(Part::whole((2, 1))).unwrap()
    };
    assert_eq!(with(&opaque, false), Pixels::Rgb8(vec![60; 6]));
    assert_eq!(with(&half, false), Pixels::Rgba8(vec![60, 60, 60, 128, 60, 60, 60, 255]));
    assert_eq!(with(&half, true), Pixels::Rgba8(vec![120, 120, 120, 128, 60, 60, 60, 255]));
}

#[test]
fn alpha_of_another_size_is_stretched() {
    let (grey, alpha) = ([60_u8; 4], [0_u8, 255]);
    let with = Planes { alpha: Some(plane(&alpha, 2, 8)), ..planes(Colors::Grey(plane(&grey, 4, 8)), FULL) };
    let Pixels::Rgba8(got) = with.pixels(Part::whole((4, 1))).unwrap() else { panic!("no alpha") };
    assert_eq!(got.iter().skip(3).step_by(4).copied().collect::<Vec<_>>(), [0, 0, 255, 255]);
}

#[test]
fn only_the_part_is_made() {
    let bytes = [1_u8, 2, 3, 4, 5, 6];
    let part = Part { left: 1, top: 1, width: 2, height: 1 };
    let got = planes(Colors::Grey(plane(&bytes, 3, 8)), FULL).pixels(part).unwrap();
    assert_eq!(got, Pixels::Rgb8(vec![5, 5, 5, 6, 6, 6]));
}
