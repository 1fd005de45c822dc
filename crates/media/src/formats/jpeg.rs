//! JPEG: baseline, progressive, arithmetic, lossless; grey, colour and CMYK; 2 to 16 bits.
//! Knows which scale serves an order; knows nothing of what becomes of the picture.

mod markers;
mod scans;
mod turbo;

use super::{Format, Kind, Order, Signature};
use crate::exif::Tags;
use crate::{ColorSpace, Effort, Fault, Orientation, Picture, Pixels, Source};
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

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let jpeg = source.bytes(order.limits)?;
    let tags = exif(jpeg);
    let picture = main_picture(jpeg, order).or_else(|fault| match (order.effort, &tags) {
        (Effort::Reduced, Some(tags)) => preview(tags, order).ok_or(fault),
        _ => Err(fault),
    })?;
    Ok(Picture { orientation: tags.map_or(Orientation::UPRIGHT, |tags| tags.orientation()), ..picture })
}

fn main_picture(jpeg: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
    let mut decoder = Decoder::new(order.limits)?;
    let header = decoder.header(jpeg)?;
    order.limits.admit(header.width, header.height)?;
    let color = decoder.icc_profile().map_or(ColorSpace::Srgb, ColorSpace::Icc);
    let denominator = denominator(&header, order);
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

/// The small picture that a camera puts into EXIF, for when the large one cannot be had.
fn preview(tags: &Tags, order: &Order<'_>) -> Option<Picture> {
    let mut picture = main_picture(tags.preview()?, order).ok()?;
    picture.warnings.push("shown from the preview inside".to_owned());
    Some(picture)
}
