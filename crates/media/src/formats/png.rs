//! PNG: 1 to 16 bits, palettes, transparency, interlacing, the first frame of an animation or, where that is blank,
//! another.
//! Knows nothing of what becomes of the picture.

mod chunks;
mod color;

use super::frames::{self, Afterwards, Layering, Place};
use super::raster::{admit, filled, reserved};
use super::{Format, Kind, Order, Signature};
use crate::memory::over_the_limit;
use crate::{Fault, Picture, Pixels, Reason, Source};
use chunks::Remarks;
use png::{
    BitDepth, BlendOp, ColorType, DecodingError, DisposeOp, FrameControl, InterlaceInfo, Transformations,
};
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
    let first = reader.info().frame_control.map(|control| place(&control));
    let (mut pixels, cut_short) = read_pixels(&mut reader, order)?;
    let remarks = Remarks::find(bytes, reader.info());
    if remarks.animated && cut_short.is_none() {
        // A picture that is no frame is there for those who know no animations. The first frame finds nothing there.
        let alone = Place { left: 0, top: 0, width, height, afterwards: Afterwards::Cleared };
        frames::Canvas { pixels: &mut pixels, size: (width, height), last: first.unwrap_or(alone) }
            .tell(order.limits, || next_frame(&mut reader, order));
    }
    let mut picture = Picture::new(pixels, width, height);
    picture.orientation = remarks.orientation;
    picture.animated = remarks.animated;
    picture.color = color::space(reader.info());
    picture.warnings.extend(cut_short.map(|error| format!("only in part: {error}")));
    Ok(picture)
}

fn fault(error: &DecodingError) -> Fault {
    let reason = match error {
        DecodingError::LimitsExceeded => return over_the_limit(format!("PNG: {error}")),
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
        // Row by row: of wide samples each call keeps a copy.
        let row_len = (width as usize).saturating_mul(layout.bytes_per_pixel).max(1);
        raw.chunks(row_len).for_each(|row| layout.append(&mut pixels, row));
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

fn place(control: &FrameControl) -> Place {
    Place {
        left: control.x_offset,
        top: control.y_offset,
        width: control.width,
        height: control.height,
        afterwards: match control.dispose_op {
            DisposeOp::None => Afterwards::Stays,
            DisposeOp::Background => Afterwards::Cleared,
            DisposeOp::Previous => Afterwards::Undone,
        },
    }
}

/// The next frame of an animation. None where there is none, none that is whole and fits beside the first, and of
/// interlaced pictures, which nobody animates.
fn next_frame(reader: &mut Reader<'_>, order: &Order<'_>) -> Option<frames::Frame> {
    if reader.info().interlaced {
        return None;
    }
    let layout = Layout::of(reader);
    admit(order.limits, reader.info().size(), layout.output_bytes().saturating_mul(2) as u64).ok()?;
    let control = *reader.next_frame_info().ok()?;
    let place = place(&control);
    let mut pixels = layout.empty((place.width as usize).saturating_mul(place.height as usize)).ok()?;
    let (rows, end) = read_rows(reader, layout, &mut pixels);
    let layering = match control.blend_op {
        BlendOp::Source => Layering::Instead,
        BlendOp::Over => Layering::Over,
    };
    (end.is_none() && rows == place.height).then_some(frames::Frame { pixels, place, layering })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    fn file((width, height): (u32, u32), (color, depth): (ColorType, BitDepth), samples: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.set_compression(png::Compression::NoCompression);
        encoder.write_header().unwrap().write_image_data(samples).unwrap();
        file
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<Pixels, Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER);
        assert_eq!(got.map(|picture| picture.pixels).map_err(|fault| fault.reason), wanted);
    }

    #[test]
    fn every_layout_of_samples() {
        use BitDepth::{Eight, One, Sixteen};
        use ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
        check(&file((2, 1), (Grayscale, One), &[0x40]), Ok(Pixels::Rgb8(vec![0, 0, 0, 255, 255, 255])));
        check(&file((1, 1), (Grayscale, Sixteen), &[1, 2]), Ok(Pixels::Rgb16(vec![258; 3])));
        check(&file((1, 1), (GrayscaleAlpha, Eight), &[7, 8]), Ok(Pixels::Rgba8(vec![7, 7, 7, 8])));
        check(&file((1, 1), (Rgb, Eight), &[1, 2, 3]), Ok(Pixels::Rgb8(vec![1, 2, 3])));
        check(
            &file((1, 1), (Rgba, Sixteen), &[0, 1, 0, 2, 0, 3, 0, 4]),
            Ok(Pixels::Rgba16(vec![1, 2, 3, 4])),
        );
    }

    #[test]
    fn what_is_cut_short_is_shown_in_part() {
        let whole = file((1, 64), (ColorType::Grayscale, BitDepth::Sixteen), &[200; 128]);
        let cut = &whole[..whole.len() - 60];
        let picture = decode(&Source::from_bytes(&cut), &ORDER);
        assert!(picture.is_ok_and(|picture| picture.warnings.len() == 1));
        check(&whole[..40], Err(Reason::Corrupt));
    }

    #[test]
    fn too_many_pixels_are_refused_before_memory_is_taken() {
        let mut bomb = file((1, 1), (ColorType::Grayscale, BitDepth::Eight), &[0]);
        bomb.splice(16..24, [0, 1, 0, 0, 0, 1, 0, 0]);
        bomb.splice(29..33, crc_of_its_header());
        check(&bomb, Err(Reason::TooLarge));
    }

    /// Of `IHDR`, 65536 × 65536, 8 bits, grey.
    fn crc_of_its_header() -> [u8; 4] {
        let header = b"IHDR\0\x01\0\0\0\x01\0\0\x08\0\0\0\0";
        let crc = header.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        });
        (!crc).to_be_bytes()
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_no_panic(at in 8..150_usize, byte: u8, cut in 0..150_usize) {
            let mut file = file((4, 16), (ColorType::Rgb, BitDepth::Eight), &[9; 192]);
            file[at] = byte;
            file.truncate(file.len() - cut);
            let _ = decode(&Source::from_bytes(&file.as_slice()), &ORDER);
        }
    }
}
