//! Makes pictures smaller, in linear light.
//! Knows sizes and kinds of pixels; knows nothing of profiles, orientation or formats.
//!
//! Why light: averaged as they are, sRGB's numbers come out too dark wherever neighbours differ. SSIMULACRA2 of the
//! 512 px thumbnail against a full decode, all in light, with numbers and with light: rocks 68 and 84, a
//! cactus field 62 and 80, two calm scenes 91 and 94, 87 and 93. After WebP at quality 85 it is still 63 and 75, 56 and
//! 71.

use crate::canvas::{Canvas, Channels};
use crate::lanczos::{Plane, lanczos};
use crate::light::narrowed;
use crate::memory::filled;
use crate::reading::{Number, Reading, by_srgb};
use crate::{Fault, Limits, Pixels};

/// The longest edge that WebP can store.
const MAX_EDGE: u32 = 16383;

/// Columns and rows of a picture of `full` size when its long edge may have `edge` pixels: never more than it has,
/// never less than one.
pub(crate) fn shape((width, height): (u32, u32), edge: u32) -> (u32, u32) {
    let long = u64::from(width.max(height).max(1));
    let edge = u64::from(edge.clamp(1, MAX_EDGE)).min(long);
    let scaled = |side: u32| {
        let doubled = u64::from(side).saturating_mul(edge).saturating_mul(2).saturating_add(long);
        doubled.checked_div(long.saturating_mul(2)).unwrap_or(1).max(1) as u32
    };
    (scaled(width), scaled(height))
}

/// What `fit` takes for a column of the source at most: four rows of four floats as light, six weights, and six rows of
/// four floats at hand.
const COLUMN_BYTES: u64 = 64 + 24 + 96 + 16;

/// What it takes for a row: six weights, and one column of blocks where a picture is so narrow that it fills no more.
const ROW_BYTES: u64 = 24 + 40;

/// Refuses a picture that cannot be brought down within the limits: one that is a million times as long as it is wide
/// has few pixels, and filters as long as itself.
pub(crate) fn admit(limits: &Limits, (width, height): (u32, u32)) -> Result<(), Fault> {
    let columns = u64::from(width).saturating_mul(COLUMN_BYTES);
    limits.admit_resize(columns.saturating_add(u64::from(height).saturating_mul(ROW_BYTES)))
}

/// A picture at the largest wanted size, its colours still as the file had them.
pub(crate) enum Small {
    /// In linear light, as far as it was known how numbers are read; of the file's primaries.
    Light(Canvas),
    /// Cyan, magenta, yellow, black; 0 is no ink.
    Ink { width: u32, height: u32, inks: Vec<u8> },
}

/// How many columns and rows a picture has, and shall have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) from: (u32, u32),
    pub(crate) to: (u32, u32),
}

/// `pixels` brought down, as the light that they are read as.
pub(crate) fn fit(pixels: &Pixels, reading: &Reading, sizes: Sizes) -> Result<Small, Fault> {
    let (width, height) = sizes.to;
    let canvas = |channels, samples| Small::Light(Canvas { width, height, channels, samples });
    Ok(match pixels {
        Pixels::Rgb8(rgb) => canvas(Channels::Rgb, opaque(rgb, reading, sizes)?),
        Pixels::Rgb16(rgb) => canvas(Channels::Rgb, opaque(rgb, reading, sizes)?),
        Pixels::Rgba8(rgba) => canvas(Channels::Rgba, transparent(rgba, reading, sizes)?),
        Pixels::Rgba16(rgba) => canvas(Channels::Rgba, transparent(rgba, reading, sizes)?),
        Pixels::Cmyk8(inks) => {
            let inks =
                lanczos(&plane(inks, sizes.from, ink()), sizes.to)?.into_iter().map(narrowed).collect();
            Small::Ink { width, height, inks }
        }
    })
}

fn opaque<S: Number>(rgb: &[S], reading: &Reading, Sizes { from, to }: Sizes) -> Result<Vec<u16>, Fault> {
    match reading {
        Reading::Srgb if from == to => as_large(rgb, to),
        Reading::Srgb => lanczos(&plane(rgb, from, light(by_srgb())), to),
        Reading::Curves(curves) => lanczos(&plane(rgb, from, light(curves.read())), to),
        Reading::Bright(bright) => lanczos(&plane(rgb, from, light(bright.read())), to),
    }
}

/// What is drawn at the size that is wanted only becomes light: a third of the time that the filter takes to find that
/// there is nothing to filter (0.3 ms of 3 to 5 for a page).
fn as_large<S: Number>(rgb: &[S], (width, height): (u32, u32)) -> Result<Vec<u16>, Fault> {
    let mut samples = filled(0_u16, width, height, Channels::Rgb.count())?;
    let table = S::table();
    for (to, from) in samples.iter_mut().zip(rgb) {
        *to = table.get(from.place()).copied().unwrap_or_default();
    }
    Ok(samples)
}

fn transparent<S: Number>(
    rgba: &[S],
    reading: &Reading,
    Sizes { from, to }: Sizes,
) -> Result<Vec<u16>, Fault> {
    match reading {
        Reading::Srgb => lanczos(&plane(rgba, from, seen_light(by_srgb())), to),
        Reading::Curves(curves) => lanczos(&plane(rgba, from, seen_light(curves.read())), to),
        Reading::Bright(bright) => lanczos(&plane(rgba, from, seen_light(bright.read())), to),
    }
}

/// The same canvas at a smaller size.
pub(crate) fn smaller(canvas: &Canvas, to: (u32, u32)) -> Result<Canvas, Fault> {
    let (samples, from) = (canvas.samples.as_slice(), (canvas.width, canvas.height));
    let samples = match canvas.channels {
        Channels::Rgb => lanczos(&plane(samples, from, as_it_is::<3>), to)?,
        Channels::Rgba => lanczos(&plane(samples, from, as_it_is::<4>), to)?,
    };
    Ok(Canvas { width: to.0, height: to.1, channels: canvas.channels, samples })
}

/// The averages of blocks of `step` × `step` pixels; what is left over at the right and the bottom is in smaller ones.
pub(crate) fn averaged(canvas: &Canvas, step: u32) -> Result<Canvas, Fault> {
    let size = (canvas.width, canvas.height);
    match canvas.channels {
        Channels::Rgb => blocks::<_, 3>(&canvas.samples, size, (step, |pixel| *pixel)),
        Channels::Rgba => blocks::<_, 4>(&canvas.samples, size, (step, |pixel| *pixel)),
    }
}

/// The same of sRGB numbers.
pub(crate) fn averaged_numbers(rgb: &[u8], size: (u32, u32), step: u32) -> Result<Canvas, Fault> {
    let table = u8::table();
    let light = |number: u8| table.get(usize::from(number)).copied().unwrap_or_default();
    blocks::<_, 3>(
        rgb,
        size,
        (step, |[red, green, blue]: &[u8; 3]| {
            if red == green && green == blue {
                [light(*red); 3]
            } else {
                [light(*red), light(*green), light(*blue)]
            }
        }),
    )
}

fn blocks<S: PartialEq, const C: usize>(
    samples: &[S],
    (width, height): (u32, u32),
    (step, light): (u32, impl Fn(&[S; C]) -> [u16; C]),
) -> Result<Canvas, Fault> {
    let step = step.max(1);
    let (columns, rows) = (width.div_ceil(step), height.div_ceil(step));
    let mut averages = filled(0_u16, columns, rows, C)?;
    let mut sums = filled([0_u32; C], columns, 1, 1)?;
    let (row_len, step) = (width.max(1) as usize, step as usize);
    let to_rows = averages.as_chunks_mut::<C>().0.chunks_mut(columns.max(1) as usize);
    for (band, to) in samples.as_chunks::<C>().0.chunks(row_len.saturating_mul(step)).zip(to_rows) {
        sums.fill([0; C]);
        for row in band.chunks(row_len) {
            for (sum, block) in sums.iter_mut().zip(row.chunks(step)) {
                *sum = match block {
                    // Paper is even for the most part.
                    [first, rest @ ..] if rest.iter().all(|pixel| pixel == first) => {
                        added(*sum, light(first), block.len() as u32)
                    }
                    _ => block.iter().fold(*sum, |sum, pixel| added(sum, light(pixel), 1)),
                };
            }
        }
        let (first, high) = (band.get(..row_len).unwrap_or_default(), band.len().div_ceil(row_len));
        for ((to, sum), block) in to.iter_mut().zip(&sums).zip(first.chunks(step)) {
            let count = block.len().saturating_mul(high) as u32;
            *to = sum.map(|sum| sum.checked_div(count).unwrap_or_default() as u16);
        }
    }
    let channels = if C == Channels::Rgb.count() { Channels::Rgb } else { Channels::Rgba };
    Ok(Canvas { width: columns, height: rows, channels, samples: averages })
}

/// Of edges that WebP can store, the sum of a block of which a hundred make an edge is half of what fits.
fn added<const C: usize>(mut sums: [u32; C], pixel: [u16; C], times: u32) -> [u32; C] {
    for (sum, sample) in sums.iter_mut().zip(pixel) {
        *sum = sum.wrapping_add(u32::from(sample).wrapping_mul(times));
    }
    sums
}

fn plane<S, F>(samples: &[S], size: (u32, u32), to_light: F) -> Plane<'_, S, F> {
    Plane { samples, size, to_light }
}

fn light<S: Number>(to_light: impl Fn([S; 3]) -> [f32; 3]) -> impl Fn(&[S; 3]) -> [f32; 3] {
    move |pixel| to_light(*pixel)
}

/// Alpha is multiplied into the colours, so that what cannot be seen does not bleed into what can.
fn seen_light<S: Number>(to_light: impl Fn([S; 3]) -> [f32; 3]) -> impl Fn(&[S; 4]) -> [f32; 4] {
    move |[red, green, blue, alpha]| {
        let part = alpha.part();
        let [red, green, blue] = to_light([*red, *green, *blue]);
        [red * part, green * part, blue * part, part * 65535.0]
    }
}

fn ink() -> impl Fn(&[u8; 4]) -> [f32; 4] {
    |inks| inks.map(|ink| f32::from(ink) * 257.0)
}

fn as_it_is<const C: usize>(samples: &[u16; C]) -> [f32; C] {
    samples.map(f32::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test that panics has done its work
    use super::*;

    #[track_caller]
    fn check(full: (u32, u32), edge: u32, expected: (u32, u32)) {
        assert_eq!(shape(full, edge), expected);
    }

    #[test]
    fn shapes_keep_their_aspect_and_never_grow_or_vanish() {
        check((4032, 3024), 512, (512, 384));
        check((3000, 2000), 256, (256, 171));
        check((100, 80), 512, (100, 80));
        check((1, 1), 512, (1, 1));
        check((20_000, 100), 512, (512, 3));
        check((100, 60_000), 128, (1, 128));
        check((40_000, 40_000), 20_000, (16_383, 16_383));
        check((40, 30), 0, (1, 1));
    }

    #[track_caller]
    fn small(pixels: &Pixels, from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
        match fit(pixels, &Reading::Srgb, Sizes { from, to }).unwrap() {
            Small::Light(canvas) => canvas.to_srgb8().unwrap(),
            Small::Ink { inks, .. } => inks,
        }
    }

    #[test]
    fn black_and_white_in_turn_are_half_the_light() {
        let stripes = [[0_u8; 3], [255; 3]].as_flattened().repeat(32 * 64);
        let small = small(&Pixels::Rgb8(stripes), (64, 64), (8, 8));
        assert!(small.iter().all(|number| (183..=192).contains(number)), "{small:?}");
    }

    #[test]
    fn what_is_transparent_does_not_bleed() {
        let half = [[255_u8, 0, 0, 255], [0, 255, 0, 0]].map(|pixel| pixel.repeat(32)).concat().repeat(64);
        for [red, green, blue, alpha] in small(&Pixels::Rgba8(half), (64, 64), (7, 7)).as_chunks().0 {
            assert!(*alpha < 8 || (*red > 250 && *green < 5 && *blue < 5), "{red} {green} {blue} {alpha}");
        }
    }

    #[test]
    fn sixteen_bits_and_eight_agree() {
        let eight: Vec<u8> =
            (0..48_u32 * 48 * 4).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let sixteen = eight.iter().map(|number| u16::from(*number) * 257).collect();
        let (eight, sixteen) = (Pixels::Rgba8(eight), Pixels::Rgba16(sixteen));
        assert_eq!(small(&eight, (48, 48), (10, 10)), small(&sixteen, (48, 48), (10, 10)));
    }

    #[test]
    fn blocks_become_their_averages() {
        let samples = (0..5 * 3).flat_map(|at| [at * 10, 7, 60_000 + at]).collect();
        let canvas = Canvas { width: 5, height: 3, channels: Channels::Rgb, samples };
        let few = averaged(&canvas, 2).unwrap();
        assert_eq!((few.width, few.height), (3, 2));
        let reds: Vec<u16> = few.samples.as_chunks::<3>().0.iter().map(|[red, ..]| *red).collect();
        // What is left over is in blocks of its own.
        assert_eq!(reds, [30, 50, 65, 105, 125, 140]);
        assert_eq!(few.samples[..3], [30, 7, 60_003]);
        assert_eq!(averaged(&canvas, 1).unwrap(), canvas);
    }

    /// Of as many pixels as there can be.
    #[test]
    fn averages_of_white_are_white() {
        let canvas = |side: u32| Canvas {
            width: side,
            height: side,
            channels: Channels::Rgba,
            samples: vec![0xFFFF; (side * side * 4) as usize],
        };
        assert!(averaged(&canvas(256), 128).unwrap().samples.iter().all(|sample| *sample == 0xFFFF));
    }

    #[test]
    fn averages_of_numbers_are_those_of_their_light() {
        let numbers: Vec<u8> =
            (0..48_u32 * 31 * 3).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let samples = as_large(&numbers, (48, 31)).unwrap();
        let canvas = Canvas { width: 48, height: 31, channels: Channels::Rgb, samples };
        assert_eq!(averaged_numbers(&numbers, (48, 31), 4).unwrap(), averaged(&canvas, 4).unwrap());
    }

    /// So a picture that is drawn for its very size need not become light.
    #[test]
    fn numbers_come_back_from_light() {
        let numbers: Vec<u8> = (0..=255).flat_map(|number| [number; 3]).collect();
        assert_eq!(small(&Pixels::Rgb8(numbers.clone()), (16, 16), (16, 16)), numbers);
    }

    #[test]
    fn ink_stays_ink() {
        assert_eq!(
            small(&Pixels::Cmyk8([10, 20, 30, 40].repeat(90)), (10, 9), (5, 4)),
            [10, 20, 30, 40].repeat(20)
        );
    }
}
