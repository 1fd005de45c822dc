//! BMP and DIB, of Windows and OS/2, with or without the file header: every layout that bmpsuite lists.
//! Knows nothing of what becomes of the picture.

mod header;
mod pixels;
mod runs;

use super::raster::{admit, filled, reveal, without_idle_alpha};
use super::{Format, Kind, Order, Signature};
use crate::{ColorSpace, Fault, Picture, Pixels, Reason, Source};
pub(crate) use header::Header;
use header::{Coding, FILE_HEADER_LEN};
use pixels::Painter;
use std::borrow::Cow;

pub(crate) const FORMAT: Format = Format {
    name: "BMP",
    mime_types: &["image/bmp", "image/x-ms-bmp", "image/x-bmp"],
    extensions: &["bmp", "dib"],
    kind: Kind::Image,
    // Two letters are no magic number: the header behind them must make sense too.
    signature: Signature::Plausible(looks_right),
    decode,
};

fn looks_right(source: &Source<'_>) -> bool {
    let head = source.head();
    match head.strip_prefix(b"BM") {
        Some(_) => true,
        None => Header::parse(head, 0).is_ok_and(|header| header.is_plausible_without_file_header()),
    }
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let (header, body) = if file.starts_with(b"BM") {
        let header = Header::parse(file, FILE_HEADER_LEN)?;
        let body = file.get(header.pixels_at..).unwrap_or_default();
        (header, body)
    } else {
        let header = Header::parse(file, 0)?;
        let body = file.get(header.after_palette..).unwrap_or_default();
        (header, body)
    };
    match header.coding {
        Coding::Jpeg => decode_inner(&super::jpeg::FORMAT, body, order),
        Coding::Png => decode_inner(&super::png::FORMAT, body, order),
        Coding::Huffman => Err(Reason::Unsupported.says("BMP: Huffman-coded")),
        Coding::Raw | Coding::Rle4 | Coding::Rle8 | Coding::Rle24 => {
            let mut picture = paint(&header, body, order)?;
            picture.color = profile(file, &header);
            Ok(picture)
        }
    }
}

fn decode_inner(format: &Format, body: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
    (format.decode)(&Source::from_bytes(&body), order)
}

fn profile(file: &[u8], header: &Header) -> ColorSpace {
    let embedded = header.profile.clone().and_then(|range| file.get(range));
    embedded.map_or(ColorSpace::Srgb, |profile| ColorSpace::Icc(profile.to_vec()))
}

/// The picture of a header and the bytes that follow it. Rows that are not there stay black or invisible.
pub(crate) fn paint(header: &Header, body: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
    let samples = if header.has_alpha() { 4_usize } else { 3 };
    // Run-length coded rows are unfolded first, at one to three bytes a pixel.
    let runs_bytes = if header.coding == Coding::Raw { 0 } else { u64::from(header.bits.div_ceil(8)) };
    let size =
        admit(order.limits, (header.width, header.height), (samples as u64).saturating_add(runs_bytes))?;
    let (rows, stride) = if header.coding == Coding::Raw {
        (Cow::Borrowed(body), header.stride())
    } else {
        let (rows, stride) = runs::expand(header, body, size)?;
        (Cow::Owned(rows), stride)
    };

    let mut out = filled(0_u8, size.pixels.saturating_mul(samples))?;
    let painter = Painter::new(header, samples);
    let row_len = (size.width as usize).saturating_mul(samples);
    let row_count = if header.top_down {
        painter.paint(out.chunks_exact_mut(row_len), rows.chunks(stride))
    } else {
        painter.paint(out.chunks_exact_mut(row_len).rev(), rows.chunks(stride))
    };
    if row_count == 0 {
        return Err(Reason::Corrupt.says("BMP: no pixels"));
    }
    let pixels = if header.has_alpha() {
        reveal(&mut out);
        without_idle_alpha(out)
    } else {
        Pixels::Rgb8(out)
    };
    let mut picture = Picture::new(pixels, size.width, size.height);
    if row_count < size.height as usize {
        picture.warnings.push(format!("cut short: {row_count} of {} rows", size.height));
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    /// A DIB of 2 × 2 pixels: header of 40 bytes, then whatever follows it.
    fn dib(bits: u16, compression: u32, rest: &[u8]) -> Vec<u8> {
        let numbers = [40_u32, 2, 2, 1 | (u32::from(bits) << 16), compression, 0, 0, 0, 0, 0];
        let header = numbers.iter().flat_map(|number| number.to_le_bytes());
        header.chain(rest.iter().copied()).collect()
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<&[u8], Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER).map_err(|fault| fault.reason);
        let got = got.map(|picture| match picture.pixels {
            Pixels::Rgb8(samples) | Pixels::Rgba8(samples) => samples,
            other => panic!("{other:?}"),
        });
        assert_eq!(got.as_deref().map_err(|reason| *reason), wanted);
    }

    #[test]
    fn rows_go_upwards_and_are_blue_green_red() {
        let rows = [3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0];
        check(&dib(24, 0, &rows), Ok(&[7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn missing_rows_are_black_and_no_rows_are_an_error() {
        check(&dib(24, 0, &[3, 2, 1, 6, 5, 4]), Ok(&[0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]));
        check(&dib(24, 0, &[]), Err(Reason::Corrupt));
        check(b"BM", Err(Reason::Corrupt));
    }

    #[test]
    fn masks_scale_to_the_whole_range() {
        let masks = [0xf800_u32, 0x07e0, 0x001f].into_iter().flat_map(u32::to_le_bytes);
        let rows = [0xff, 0xff, 0x00, 0xf8, 0xe0, 0x07, 0x1f, 0x00];
        let rest: Vec<u8> = masks.chain(rows).collect();
        check(&dib(16, 3, &rest), Ok(&[0, 255, 0, 0, 0, 255, 255, 255, 255, 255, 0, 0]));
    }

    #[test]
    fn too_many_pixels_are_refused_before_memory_is_taken() {
        let mut file = dib(24, 0, &[0; 16]);
        file.splice(4..8, 0x00ff_ffff_u32.to_le_bytes());
        check(&file, Err(Reason::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(
            bits in prop::sample::select(vec![0_u16, 1, 2, 4, 8, 16, 24, 32, 64]),
            compression in 0_u32..8,
            size in prop::sample::select(vec![12_u32, 16, 40, 52, 56, 64, 108, 124, 200]),
            rest in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let mut file = dib(bits, compression, &rest);
            file.splice(0..4, size.to_le_bytes());
            let _ = decode(&Source::from_bytes(&file.as_slice()), &ORDER);
            let with_file_header = [b"BM".as_slice(), &[0; 12], &file].concat();
            let _ = decode(&Source::from_bytes(&with_file_header.as_slice()), &ORDER);
        }
    }
}
