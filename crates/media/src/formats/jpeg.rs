//! JPEG: baseline, progressive, arithmetic, lossless; grey, colour and CMYK; 2 to 16 bits.
//! Knows which scale serves an order; knows nothing of what becomes of the picture.

mod coefficients;
pub(super) mod inset;
mod markers;
mod scans;
mod smaller;
mod turbo;

use super::{Format, Kind, Order, Signature};
use crate::exif::Tags;
use crate::{ColorSpace, Effort, Fault, Limits, Picture, Pixels, Source};
pub(super) use smaller::smaller;
use std::borrow::Cow;
use turbo::{Decoded, Decoder, Header, Layout};

pub(crate) const FORMAT: Format = Format {
    name: "JPEG",
    mime_types: &["image/jpeg"],
    extensions: &["jpg", "jpeg", "jpe", "jfif", "mpo"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"\xFF\xD8\xFF")]]),
    decode,
};

/// The scales worth having. The library knows sixteenths more, but those between have no SIMD code: 3/8 costs
/// more than 1/2.
const DENOMINATORS: [u32; 3] = [8, 4, 2];

/// From this scale down the refinement scans of progressive files may be left out; at 1/2 it already shows.
const COARSE_DENOMINATOR: u32 = 4;

/// How many pixels may be read for each that may be shown. Reading costs half a second for 100 megapixels; the largest
/// sensors sold have 200.
const MOST_READ: u64 = 4;

/// Everything here that reads a JPEG byte by byte.
#[cfg(any(test, fuzzing))]
pub(crate) fn walk(jpeg: &[u8]) {
    let kept = scans::without_refinements(jpeg);
    assert!(kept.len() <= jpeg.len(), "scans left out make a file shorter");
    assert_eq!(scans::without_refinements(&kept), kept, "what is left has nothing more to leave out");
    let _ = (coefficients::bytes(jpeg), exif(jpeg));
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let jpeg = source.bytes(order.limits)?;
    let tags = exif(jpeg);
    let mut picture = match order.effort {
        Effort::Full => main_picture(jpeg, order)?,
        Effort::Reduced => reduced(jpeg, tags.as_ref(), order)?,
    };
    if let Some(tags) = tags {
        picture.orientation = tags.orientation();
        if picture.color == ColorSpace::Srgb {
            picture.color = tags.color();
        }
    }
    Ok(picture)
}

/// The preview that a camera put into EXIF, if it is long enough for anybody: whoever asks this has seen the picture
/// itself cost too much. Then the picture at a coarse scale, then any preview.
fn reduced(jpeg: &[u8], tags: Option<&Tags>, order: &Order<'_>) -> Result<Picture, Fault> {
    let preview = tags.and_then(|tags| preview(jpeg, tags, order));
    match preview {
        Some(preview) if preview.width.max(preview.height) >= order.smallest_edge => Ok(preview),
        preview => main_picture(jpeg, order).or_else(|fault| preview.ok_or(fault)),
    }
}

fn main_picture(jpeg: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
    let mut decoder = Decoder::new(order.limits)?;
    let header = decoder.header(jpeg)?;
    let denominator = denominator(&header, order);
    admit(jpeg, &header, denominator, order.limits)?;
    let color = decoder.icc_profile().map_or(ColorSpace::Srgb, ColorSpace::Icc);
    let jpeg = match denominator {
        COARSE_DENOMINATOR.. => scans::without_refinements(jpeg),
        _ => Cow::Borrowed(jpeg),
    };
    let part = pixels(&mut decoder, &jpeg, &header, denominator)?;
    let mut picture = Picture::new(part.samples, part.width, part.height);
    picture.full_size = (header.width, header.height);
    picture.color = color;
    picture.warnings.extend(part.warning);
    Ok(picture)
}

/// Lets a picture in whose decoded pixels stay within the limits. The full size may be some times larger: a phone's
/// 108 megapixels are 2 at 1/8. It costs time and, in several scans, memory for coefficients.
fn admit(jpeg: &[u8], header: &Header, denominator: u32, limits: &Limits) -> Result<(), Fault> {
    let read = Limits { max_pixels: limits.max_pixels.saturating_mul(MOST_READ), ..*limits };
    read.admit(header.width, header.height)?;
    let (width, height) = header.scaled(denominator);
    limits.admit(width, height)?;
    let sample_bytes = if header.precision > 8 { 2_u64 } else { 1 };
    let decoded = u64::from(width)
        .saturating_mul(height.into())
        .saturating_mul(header.layout.channels() as u64)
        .saturating_mul(sample_bytes);
    limits.admit_bytes(coefficients::bytes(jpeg).saturating_add(decoded))
}

/// The greatest scale down that leaves the long edge as long as the order needs it.
fn denominator(header: &Header, order: &Order<'_>) -> u32 {
    let long_edge = header.width.max(header.height);
    let serves = |denominator: &u32| long_edge.div_ceil(*denominator) >= order.least_edge();
    DENOMINATORS.into_iter().filter(|_| !header.lossless).find(serves).unwrap_or(1)
}

fn pixels(
    decoder: &mut Decoder,
    jpeg: &[u8],
    header: &Header,
    denominator: u32,
) -> Result<Decoded<Pixels>, Fault> {
    let (layout, precision) = (header.layout, header.precision);
    Ok(match precision {
        8 => decoder.decode::<u8>(jpeg, header, denominator)?.map(|samples| eight_bits(samples, layout)),
        ..=7 => decoder.decode::<u8>(jpeg, header, denominator)?.map(|samples| stretched(samples, header)),
        9..=12 => decoder.decode::<i16>(jpeg, header, denominator)?.map(|samples| stretched(samples, header)),
        13.. => decoder.decode::<u16>(jpeg, header, denominator)?.map(|samples| stretched(samples, header)),
    })
}

/// Inks are stored the wrong way round, 255 for none: Adobe began it and everybody followed, with Adobe's marker in the
/// file or without. `ImageMagick`, libvips and the browsers read both alike.
fn eight_bits(mut samples: Vec<u8>, layout: Layout) -> Pixels {
    match layout {
        Layout::Rgb => Pixels::Rgb8(samples),
        Layout::Cmyk => {
            for ink in &mut samples {
                *ink = !*ink;
            }
            Pixels::Cmyk8(samples)
        }
    }
}

/// Samples of an odd width, stretched to 16 bits (inks to 8: nobody prints thumbnails).
fn stretched<S: Into<i32>>(samples: Vec<S>, header: &Header) -> Pixels {
    let white = (1_i64 << header.precision).saturating_sub(1).max(1);
    let part_of = |whole: i64, sample: S| {
        let sample = i64::from(sample.into()).clamp(0, white);
        sample.saturating_mul(whole).checked_div(white).unwrap_or_default()
    };
    // Collecting back into the memory of the samples themselves where the widths agree: see Vec's FromIterator.
    match header.layout {
        Layout::Rgb => {
            Pixels::Rgb16(samples.into_iter().map(|sample| part_of(0xFFFF, sample) as u16).collect())
        }
        Layout::Cmyk => {
            Pixels::Cmyk8(samples.into_iter().map(|sample| !(part_of(0xFF, sample) as u8)).collect())
        }
    }
}

fn exif(jpeg: &[u8]) -> Option<Tags> {
    let holds_exif = |segment: &markers::Segment<'_>| {
        segment.marker == markers::APP1 && segment.body.starts_with(b"Exif\0")
    };
    Tags::parse(markers::header(jpeg).find(holds_exif)?.body)
}

/// The small picture in EXIF, in the shape of the large one.
fn preview(jpeg: &[u8], tags: &Tags, order: &Order<'_>) -> Option<Picture> {
    let mut picture = main_picture(tags.preview()?, order).ok()?;
    // Where the large one has no header any more, the small one's own size is all that is known.
    if let Ok(header) = Decoder::new(order.limits).and_then(|mut decoder| decoder.header(jpeg)) {
        picture = inset::standing_for((header.width, header.height), picture)?;
    }
    picture.warnings.push("shown from the preview inside".to_owned());
    Some(picture)
}
