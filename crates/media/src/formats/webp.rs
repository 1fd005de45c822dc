//! WebP: lossy, lossless, with alpha, the first frame of an animation or, where that is blank, another.
//! Knows the RIFF chunks; knows nothing of what becomes of the picture.

use super::frames::{self, Afterwards, Layering, Place};
use super::raster::admit;
use super::{Format, Kind, Order, Signature};
use crate::canvas::Channels;
use crate::exif::Tags;
use crate::libwebp::{self, Coding, Features, Frame, Frames, chunk};
use crate::{ColorSpace, Fault, Limits, Orientation, Picture, Pixels, Source, resize};

pub(crate) const FORMAT: Format = Format {
    name: "WebP",
    mime_types: &["image/webp"],
    extensions: &["webp"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"RIFF"), (8, b"WEBP")]]),
    decode,
};

/// From this many times the needed edge on, the library shrinks while decoding: it saves the conversion of pixels
/// nobody sees (12 megapixels: 62 instead of 108 ms). Below, the whole picture and our own filter are better.
const WORTH_SHRINKING: u32 = 2;

const CUT_SHORT: &str = "cut short or damaged: the rest is missing";

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let webp = source.bytes(order.limits)?;
    let features = libwebp::features(webp)?;
    let mut picture = if features.animated {
        first_frame(webp, &features, order.limits)?
    } else {
        still(webp, &features, order)?
    };
    picture.full_size = (features.width, features.height);
    let tags = chunk(webp, *b"EXIF").and_then(Tags::parse);
    picture.orientation = tags.as_ref().map_or(Orientation::UPRIGHT, Tags::orientation);
    let said = || tags.map_or(ColorSpace::Srgb, |tags| tags.color());
    picture.color = chunk(webp, *b"ICCP").map_or_else(said, |profile| ColorSpace::Icc(profile.to_vec()));
    Ok(picture)
}

fn first_frame(webp: &[u8], features: &Features, limits: &Limits) -> Result<Picture, Fault> {
    // The canvas, the frame, and what the library keeps of it, four bytes a pixel each.
    admit(limits, (features.width, features.height), 12)?;
    let (numbers, whole) = libwebp::first_frame(webp, features)?;
    let mut pixels = Pixels::Rgba8(numbers);
    if whole && frames::is_blank(&pixels) {
        let film = Frames::of(webp)?;
        let mut numbers = 2..;
        let mut next = || film.frame(numbers.next()?, features).ok().filter(|frame| frame.whole);
        let last = place(&film.frame(1, features)?);
        frames::Canvas { pixels: &mut pixels, size: (features.width, features.height), last }
            .tell(limits, || next().map(laid));
    }
    let mut picture = Picture::new(pixels, features.width, features.height);
    picture.animated = true;
    picture.warnings.extend((!whole).then(|| CUT_SHORT.to_owned()));
    Ok(picture)
}

fn place(frame: &Frame) -> Place {
    let afterwards = if frame.is_cleared { Afterwards::Cleared } else { Afterwards::Stays };
    let Frame { left, top, width, height, .. } = *frame;
    Place { left, top, width, height, afterwards }
}

fn laid(frame: Frame) -> frames::Frame {
    let layering = if frame.blends { Layering::Over } else { Layering::Instead };
    frames::Frame { place: place(&frame), layering, pixels: Pixels::Rgba8(frame.rgba) }
}

fn still(webp: &[u8], features: &Features, order: &Order<'_>) -> Result<Picture, Fault> {
    let size = decoded_size(features, order);
    let full = admit(order.limits, (features.width, features.height), 0)?;
    let decoded = u64::from(size.0).saturating_mul(size.1.into());
    order.limits.admit_bytes(
        (full.pixels as u64)
            .saturating_mul(features.coding.bytes_per_pixel())
            .saturating_add(decoded.saturating_mul(features.channels.count() as u64)),
    )?;
    let (numbers, whole) = libwebp::decode(webp, features, size)?;
    let pixels = match features.channels {
        Channels::Rgb => Pixels::Rgb8(numbers),
        Channels::Rgba => Pixels::Rgba8(numbers),
    };
    let mut picture = Picture::new(pixels, size.0, size.1);
    picture.warnings.extend((!whole).then(|| CUT_SHORT.to_owned()));
    Ok(picture)
}

/// The library shrinks the colours of lossy pictures without regard to their alpha, so that what is seen takes on the
/// colours of what is not. Those are shrunk by us.
fn decoded_size(features: &Features, order: &Order<'_>) -> (u32, u32) {
    let full = (features.width, features.height);
    if features.channels == Channels::Rgba && features.coding == Coding::Lossy {
        return full;
    }
    let least = order.least_edge();
    if full.0.max(full.1) < least.saturating_mul(WORTH_SHRINKING) { full } else { resize::shape(full, least) }
}
