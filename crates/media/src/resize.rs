//! Makes pictures smaller, in linear light, with Lanczos 3.
//! Knows sizes and samples; knows nothing of profiles, orientation or formats.

use crate::canvas::{Canvas, Channels, premultiplied};
use crate::light::{LIGHT_OF_8, LIGHT_OF_16, widened};
use crate::memory::filled;
use crate::{Fault, Pixels, Reason};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

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

/// A picture at the largest wanted size, its colours still as the file had them.
pub(crate) enum Small {
    /// In linear light, if the file's numbers follow sRGB's curve, as nearly all do.
    Light(Canvas),
    /// Cyan, magenta, yellow, black; 0 is no ink.
    Ink { width: u32, height: u32, inks: Vec<u8> },
}

/// `pixels`, `from` columns and rows of them, brought down `to` columns and rows.
pub(crate) fn fit(pixels: &Pixels, from: (u32, u32), to: (u32, u32)) -> Result<Small, Fault> {
    let canvas = |channels, samples| Small::Light(Canvas { width: to.0, height: to.1, channels, samples });
    Ok(match pixels {
        Pixels::Rgb8(rgb) => canvas(Channels::Rgb, in_strips(rgb, from, to, Channels::Rgb, light_of_rgb8)?),
        Pixels::Rgba8(rgba) => {
            canvas(Channels::Rgba, in_strips(rgba, from, to, Channels::Rgba, light_of_rgba8)?)
        }
        Pixels::Rgb16(rgb) => canvas(Channels::Rgb, in_strips(rgb, from, to, Channels::Rgb, light_of_rgb16)?),
        Pixels::Rgba16(rgba) => {
            canvas(Channels::Rgba, in_strips(rgba, from, to, Channels::Rgba, light_of_rgba16)?)
        }
        Pixels::Cmyk8(inks) => {
            let mut small = filled(0_u8, to.0, to.1, 4)?;
            scale(inks, from, &mut small, to, PixelType::U8x4)?;
            Small::Ink { width: to.0, height: to.1, inks: small }
        }
    })
}

/// The same canvas at a smaller size.
pub(crate) fn smaller(canvas: &Canvas, to: (u32, u32)) -> Result<Canvas, Fault> {
    let mut samples = filled(0_u16, to.0, to.1, canvas.channels.count())?;
    let from = (canvas.width, canvas.height);
    scale(bytemuck::cast_slice(&canvas.samples), from, bytemuck::cast_slice_mut(&mut samples), to, {
        sixteen_bits(canvas.channels)
    })?;
    Ok(Canvas { width: to.0, height: to.1, channels: canvas.channels, samples })
}

/// Samples that are turned into light and made narrower at a time. Without a bound a picture of 100 megapixels
/// would need a second copy of itself, twice as large. With a smaller one the filter's weights, which are worked out
/// anew for each strip, show: at 32 rows they were a quarter of the time. A photograph shrunk on load is one strip.
const STRIP_SAMPLES: usize = 1 << 23;

/// Narrower strip by strip, then shorter in one go.
fn in_strips<S>(
    samples: &[S],
    from: (u32, u32),
    to: (u32, u32),
    channels: Channels,
    to_light: fn(&[S], &mut [u16]),
) -> Result<Vec<u16>, Fault> {
    let row = (from.0 as usize).saturating_mul(channels.count());
    let narrow_row = (to.0 as usize).saturating_mul(channels.count());
    if row == 0 || samples.len() != row.saturating_mul(from.1 as usize) {
        return Err(Reason::Corrupt.says(format!(
            "{} samples for {} × {} pixels",
            samples.len(),
            from.0,
            from.1
        )));
    }
    let kind = sixteen_bits(channels);
    let strip_rows = STRIP_SAMPLES.checked_div(row).unwrap_or(1).clamp(1, from.1.max(1) as usize);
    let mut strip = filled(0_u16, from.0, strip_rows as u32, channels.count())?;
    let mut narrow = filled(0_u16, to.0, from.1, channels.count())?;
    let strips = samples.chunks(row.saturating_mul(strip_rows));
    for (rows, narrow) in strips.zip(narrow.chunks_mut(narrow_row.saturating_mul(strip_rows))) {
        let Some(strip) = strip.get_mut(..rows.len()) else { break };
        to_light(rows, strip);
        let height = rows.len().checked_div(row).unwrap_or_default() as u32;
        let (from, to) = ((from.0, height), (to.0, height));
        scale(bytemuck::cast_slice(strip), from, bytemuck::cast_slice_mut(narrow), to, kind)?;
    }
    if from.1 == to.1 {
        return Ok(narrow);
    }
    let mut small = filled(0_u16, to.0, to.1, channels.count())?;
    scale(bytemuck::cast_slice(&narrow), (to.0, from.1), bytemuck::cast_slice_mut(&mut small), to, kind)?;
    Ok(small)
}

fn sixteen_bits(channels: Channels) -> PixelType {
    match channels {
        Channels::Rgb => PixelType::U16x3,
        Channels::Rgba => PixelType::U16x4,
    }
}

/// Lanczos 3 from one buffer into another. Alpha, where there is one, is multiplied in already.
fn scale(
    source: &[u8],
    from: (u32, u32),
    target: &mut [u8],
    to: (u32, u32),
    kind: PixelType,
) -> Result<(), Fault> {
    let wrong =
        |error: &dyn std::error::Error| Reason::Corrupt.says(format!("resize {from:?} to {to:?}: {error}"));
    let source = ImageRef::new(from.0, from.1, source, kind).map_err(|error| wrong(&error))?;
    let mut target = Image::from_slice_u8(to.0, to.1, target, kind).map_err(|error| wrong(&error))?;
    let lanczos =
        ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(false);
    Resizer::new().resize(&source, &mut target, &lanczos).map_err(|error| wrong(&error))
}

fn light_of_rgb8(numbers: &[u8], light: &mut [u16]) {
    let table = &**LIGHT_OF_8;
    for (to, from) in light.iter_mut().zip(numbers) {
        *to = table.get(usize::from(*from)).copied().unwrap_or_default();
    }
}

fn light_of_rgb16(numbers: &[u16], light: &mut [u16]) {
    let table = &**LIGHT_OF_16;
    for (to, from) in light.iter_mut().zip(numbers) {
        *to = table.get(usize::from(*from)).copied().unwrap_or_default();
    }
}

fn light_of_rgba8(numbers: &[u8], light: &mut [u16]) {
    let table = &**LIGHT_OF_8;
    let of = |number: u8| table.get(usize::from(number)).copied().unwrap_or_default();
    for (to, from) in light.as_chunks_mut::<4>().0.iter_mut().zip(numbers.as_chunks::<4>().0) {
        let [red, green, blue, alpha] = *from;
        *to = premultiplied([of(red), of(green), of(blue)], widened(alpha));
    }
}

fn light_of_rgba16(numbers: &[u16], light: &mut [u16]) {
    let table = &**LIGHT_OF_16;
    let of = |number: u16| table.get(usize::from(number)).copied().unwrap_or_default();
    for (to, from) in light.as_chunks_mut::<4>().0.iter_mut().zip(numbers.as_chunks::<4>().0) {
        let [red, green, blue, alpha] = *from;
        *to = premultiplied([of(red), of(green), of(blue)], alpha);
    }
}
