//! PNG: 1 to 16 bits, palettes, transparency, interlacing, the default image of an animation.
//! Knows nothing of what becomes of the picture.

mod chunks;
mod color;

use super::raster::{admit, filled, reserved};
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Pixels, Reason, Source};
use chunks::Remarks;
use png::{BitDepth, ColorType, DecodingError, InterlaceInfo, Transformations};
use std::io::Cursor;

pub(crate) const FORMAT: Format = Format {
    name: "PNG",
    mime_types: &["image/png", "image/apng", "image/vnd.mozilla.apng"],
    extensions: &["png", "apng"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"\x89PNG\r\n\x1a\n")]]),
    decode,
};

type Reader<'a> = png::Reader<Cursor<&'a [u8]>>;

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let bytes = source.bytes(order.limits)?;
    // What the crate keeps besides our own buffer: chunks and a few rows.
    let metadata = usize::try_from(order.limits.max_memory / 4).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: metadata });
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(|error| fault(&error))?;

    let (width, height) = reader.info().size();
    let (pixels, cut_short) = read_pixels(&mut reader, order)?;
    let remarks = Remarks::find(bytes, reader.info());
    let mut picture = Picture::new(pixels, width, height);
    picture.orientation = remarks.orientation;
    picture.animated = remarks.animated;
    picture.color = color::space(reader.info());
    picture.warnings.extend(cut_short.map(|error| format!("only in part: {error}")));
    Ok(picture)
}

fn fault(error: &DecodingError) -> Fault {
    let reason = match error {
        DecodingError::LimitsExceeded => Reason::TooLarge,
        DecodingError::IoError(_) | DecodingError::Format(_) | DecodingError::Parameter(_) => Reason::Corrupt,
    };
    reason.says(format!("PNG: {error}"))
}

/// The pixels, and the error that ended them early if some are there.
fn read_pixels(reader: &mut Reader<'_>, order: &Order<'_>) -> Result<(Pixels, Option<DecodingError>), Fault> {
    let layout = Layout::of(reader);
    let (width, height) = reader.info().size();
    let interlaced = reader.info().interlaced;
    let raw_bytes = if interlaced { layout.bytes_per_pixel } else { 0 };
    let size = admit(order.limits, (width, height), layout.output_bytes().saturating_add(raw_bytes) as u64)?;

    let mut pixels = layout.empty(size.pixels)?;
    let (rows, end) = if interlaced {
        let (raw, rows, end) = read_interlaced(reader, layout, size.pixels)?;
        layout.append(&mut pixels, &raw);
        (rows, end)
    } else {
        read_rows(reader, layout, &mut pixels)
    };
    match end {
        Some(error) if rows == 0 => Err(fault(&error)),
        end => {
            layout.complete(&mut pixels, size.pixels);
            Ok((pixels, end))
        }
    }
}

fn read_rows(reader: &mut Reader<'_>, layout: Layout, pixels: &mut Pixels) -> (u32, Option<DecodingError>) {
    let mut rows = 0_u32;
    loop {
        match reader.next_row() {
            Ok(Some(row)) => layout.append(pixels, row.data()),
            Ok(None) => return (rows, None),
            Err(error) => return (rows, Some(error)),
        }
        rows = rows.saturating_add(1);
    }
}

/// Interlaced passes painted as coarse blocks first, so that a picture cut short still fills its frame.
fn read_interlaced(
    reader: &mut Reader<'_>,
    layout: Layout,
    pixels: usize,
) -> Result<(Vec<u8>, u32, Option<DecodingError>), Fault> {
    let mut raw = filled(0_u8, pixels.saturating_mul(layout.bytes_per_pixel))?;
    let stride = (reader.info().width as usize).saturating_mul(layout.bytes_per_pixel);
    let bits = layout.bytes_per_pixel.saturating_mul(8) as u8;
    let mut rows = 0_u32;
    let end = loop {
        match reader.next_interlaced_row() {
            Ok(Some(row)) => {
                if let InterlaceInfo::Adam7(pass) = row.interlace() {
                    png::splat_interlaced_row(&mut raw, stride, row.data(), pass, bits);
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
        rows = rows.saturating_add(1);
    };
    Ok((raw, rows, end))
}

/// How the crate hands us pixels, after its expansion of palettes and small depths.
#[derive(Debug, Clone, Copy)]
struct Layout {
    color: ColorType,
    wide: bool,
    bytes_per_pixel: usize,
}

impl Layout {
    fn of(reader: &Reader<'_>) -> Self {
        let (color, depth) = reader.output_color_type();
        let wide = depth == BitDepth::Sixteen;
        let bytes = if wide { 2_usize } else { 1 };
        Self { color, wide, bytes_per_pixel: color.samples().saturating_mul(bytes) }
    }

    fn has_alpha(self) -> bool {
        matches!(self.color, ColorType::GrayscaleAlpha | ColorType::Rgba)
    }

    fn samples(self) -> usize {
        if self.has_alpha() { 4 } else { 3 }
    }

    fn output_bytes(self) -> usize {
        if self.wide { self.samples().saturating_mul(2) } else { self.samples() }
    }

    fn empty(self, pixels: usize) -> Result<Pixels, Fault> {
        let samples = pixels.saturating_mul(self.samples());
        Ok(match (self.has_alpha(), self.wide) {
            (false, false) => Pixels::Rgb8(reserved(samples)?),
            (true, false) => Pixels::Rgba8(reserved(samples)?),
            (false, true) => Pixels::Rgb16(reserved(samples)?),
            (true, true) => Pixels::Rgba16(reserved(samples)?),
        })
    }

    /// Adds whole pixels as the crate gave them.
    fn append(self, pixels: &mut Pixels, raw: &[u8]) {
        match pixels {
            Pixels::Rgb8(out) | Pixels::Rgba8(out) => self.append_samples(out, raw),
            Pixels::Rgb16(out) | Pixels::Rgba16(out) => {
                let (pairs, _) = raw.as_chunks::<2>();
                let row: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
                self.append_samples(out, &row);
            }
            Pixels::Cmyk8(_) => {}
        }
    }

    fn append_samples<T: Copy>(self, out: &mut Vec<T>, row: &[T]) {
        match self.color {
            ColorType::Grayscale => out.extend(row.iter().flat_map(|grey| [*grey; 3])),
            ColorType::GrayscaleAlpha => {
                let (pairs, _) = row.as_chunks::<2>();
                out.extend(pairs.iter().flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]));
            }
            ColorType::Rgb | ColorType::Rgba | ColorType::Indexed => out.extend_from_slice(row),
        }
    }

    /// Fills what never came: with nothing where the picture has alpha, with black where it has not.
    fn complete(self, pixels: &mut Pixels, count: usize) {
        let samples = count.saturating_mul(self.samples());
        match pixels {
            Pixels::Rgb8(out) | Pixels::Rgba8(out) | Pixels::Cmyk8(out) => out.resize(samples, 0),
            Pixels::Rgb16(out) | Pixels::Rgba16(out) => out.resize(samples, 0),
        }
    }
}
