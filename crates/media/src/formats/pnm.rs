//! The netpbm family: P1 to P6 plain and raw, PAM (P7), and PFM's floats.
//! Knows nothing of what becomes of the picture.

mod header;

use super::cursor::Cursor;
use super::raster::{admit, reserved, to_8_bits, to_16_bits};
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Pixels, Reason, Source};
use header::{Coding, Header};

pub(crate) const FORMAT: Format = Format {
    name: "PNM",
    mime_types: &[
        "image/x-portable-anymap",
        "image/x-portable-bitmap",
        "image/x-portable-graymap",
        "image/x-portable-pixmap",
        "image/x-portable-arbitrarymap",
        "image/x-portable-floatmap",
    ],
    extensions: &["pnm", "pbm", "pgm", "ppm", "pam", "pfm"],
    kind: Kind::Image,
    // A letter and a digit are no magic number: numbers must follow.
    signature: Signature::Plausible(looks_right),
    decode,
};

fn looks_right(source: &Source<'_>) -> bool {
    Header::parse(source.head()).is_ok()
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let (header, body) = Header::parse(source.bytes(order.limits)?)?;
    let size = admit(order.limits, (header.width, header.height), header.bytes_per_pixel())?;
    let wanted = size.pixels.saturating_mul(header.depth);
    let (pixels, read) = shown(&header, body, wanted)?;
    let mut picture = Picture::new(pixels, header.width, header.height);
    if read == 0 {
        return Err(Reason::Corrupt.says("PNM: no pixels"));
    }
    if read < wanted {
        picture.warnings.push(format!("cut short: {read} of {wanted} samples"));
    }
    Ok(picture)
}

/// The pixels, and how many samples there were.
fn shown(header: &Header, body: &[u8], wanted: usize) -> Result<(Pixels, usize), Fault> {
    match header.coding {
        Coding::Plain => levels(header, header::plain_numbers(body), wanted),
        Coding::PlainBits => levels(header, header::plain_bits(body), wanted),
        Coding::Bits => {
            let row_len = (header.width as usize).saturating_mul(header.depth).max(1);
            let rows = body.chunks(row_len.div_ceil(8));
            levels(header, rows.flat_map(|row| row.iter().copied().flat_map(bits_of).take(row_len)), wanted)
        }
        Coding::Bytes if header.is_ready() => copied(header, body, wanted),
        Coding::Bytes => levels(header, body.iter().copied().map(u16::from), wanted),
        Coding::Words => {
            let (words, _) = body.as_chunks::<2>();
            levels(header, words.iter().copied().map(u16::from_be_bytes), wanted)
        }
        Coding::Float { big_endian } => floats(header, body, (wanted, big_endian)),
    }
}

/// Bytes that are pixels as they stand. The missing ones are 0.
fn copied(header: &Header, body: &[u8], wanted: usize) -> Result<(Pixels, usize), Fault> {
    let there = body.get(..wanted).unwrap_or(body);
    let mut out = reserved(wanted)?;
    out.extend_from_slice(there);
    out.resize(wanted, 0);
    Ok((if header.has_alpha() { Pixels::Rgba8(out) } else { Pixels::Rgb8(out) }, there.len()))
}

/// Samples of whole numbers. The missing ones are 0.
fn levels(
    header: &Header,
    samples: impl Iterator<Item = u16>,
    wanted: usize,
) -> Result<(Pixels, usize), Fault> {
    let mut read = 0_usize;
    let samples = samples.take(wanted).inspect(|_| read = read.saturating_add(1));
    let most = u32::from(header.most);
    let pixels = wanted.checked_div(header.depth).unwrap_or(0);
    let pixels = if header.most > 255 {
        let levels = samples.map(|level| to_16_bits(level.into(), most));
        arranged(header, levels, pixels, (Pixels::Rgb16, Pixels::Rgba16))?
    } else {
        let levels = samples.map(|level| to_8_bits(level.into(), most));
        arranged(header, levels, pixels, (Pixels::Rgb8, Pixels::Rgba8))?
    };
    Ok((pixels, read))
}

fn bits_of(byte: u8) -> impl Iterator<Item = u16> {
    // 1 is ink.
    (0..8_u32).map(move |place| u16::from((byte >> (7_u32.saturating_sub(place))) & 1 == 0))
}

type Kinds<T> = (fn(Vec<T>) -> Pixels, fn(Vec<T>) -> Pixels);

/// One to four samples a pixel as RGB or RGBA.
fn arranged<T: Copy + Default>(
    header: &Header,
    mut levels: impl Iterator<Item = T>,
    pixels: usize,
    (opaque, with_alpha): Kinds<T>,
) -> Result<Pixels, Fault> {
    let mut out = reserved(pixels.saturating_mul(header.channels()))?;
    let mut next = || levels.next().unwrap_or_default();
    for _ in 0..pixels {
        match header.depth {
            1 => out.extend([next(); 3]),
            2 => {
                let (grey, alpha) = (next(), next());
                out.extend([grey, grey, grey, alpha]);
            }
            depth => out.extend((0..depth).map(|_| next())),
        }
    }
    Ok(if header.has_alpha() { with_alpha(out) } else { opaque(out) })
}

/// PFM: rows upwards. Values within 0 and 1 are linear light. Any others mean whatever the writer meant, often
/// levels or depths, and are stretched from the least to the greatest.
fn floats(
    header: &Header,
    body: &[u8],
    (wanted, big_endian): (usize, bool),
) -> Result<(Pixels, usize), Fault> {
    let mut samples: Vec<f32> = reserved(wanted)?;
    let mut cursor = Cursor::new(body);
    let value = |bytes| if big_endian { f32::from_be_bytes(bytes) } else { f32::from_le_bytes(bytes) };
    samples.extend(std::iter::from_fn(|| cursor.array().map(value)).take(wanted));
    let read = samples.len();
    samples.resize(wanted, 0.0);
    let mut flipped = reserved(wanted)?;
    let row_len = (header.width as usize).saturating_mul(header.depth).max(1);
    samples.chunks_exact(row_len).rev().for_each(|row| flipped.extend_from_slice(row));
    drop(samples);
    Ok((super::floats::shown(&flipped, header.depth)?, read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    #[track_caller]
    fn check(file: &[u8], wanted: Result<Pixels, Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER);
        assert_eq!(got.map(|picture| picture.pixels).map_err(|fault| fault.reason), wanted);
    }

    #[test]
    fn every_member_of_the_family() {
        check(b"P1 # bits\n2 1\n10", Ok(Pixels::Rgb8(vec![0, 0, 0, 255, 255, 255])));
        check(b"P2\n2 1 15\n0 15", Ok(Pixels::Rgb8(vec![0, 0, 0, 255, 255, 255])));
        check(b"P3\n1 1 255\n1 2 3", Ok(Pixels::Rgb8(vec![1, 2, 3])));
        check(b"P4\n2 1\n\x40", Ok(Pixels::Rgb8(vec![255, 255, 255, 0, 0, 0])));
        check(b"P5\n2 1 255\n\x05\x06", Ok(Pixels::Rgb8(vec![5, 5, 5, 6, 6, 6])));
        check(b"P5\n1 1 65535\n\x01\x02", Ok(Pixels::Rgb16(vec![258; 3])));
        check(b"P6\n1 1\n255\n\x01\x02\x03", Ok(Pixels::Rgb8(vec![1, 2, 3])));
        let pam = b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n\x01\x02\x03\x04";
        check(pam, Ok(Pixels::Rgba8(vec![1, 2, 3, 4])));
        check(b"Pf\n1 2\n-1.0\n\0\0\0\0\0\0\x80\x3f", Ok(Pixels::Rgb16(vec![65535, 65535, 65535, 0, 0, 0])));
    }

    #[test]
    fn what_is_cut_short_is_shown_in_part() {
        check(b"P5\n2 1 255\n\x05", Ok(Pixels::Rgb8(vec![5, 5, 5, 0, 0, 0])));
        check(b"P5\n2 1 255\n", Err(Reason::Corrupt));
        check(b"P5\n-2 1 255\n", Err(Reason::Corrupt));
        check(b"P6\n99999 99999 255\n", Err(Reason::TooLarge));
    }

    /// Of whole numbers nothing is kept but the pixels: of 100 × 100 in bytes three each, and a quarter of the limit is
    /// not theirs.
    #[test]
    fn pixels_are_all_that_is_kept() {
        for (header, bytes) in [("P6\n100 100 255\n", 3), ("P5\n100 100 99\n", 3), ("P6\n100 100 999\n", 6)] {
            let file = [header.as_bytes(), &[7; 10]].concat();
            for (max_memory, fits) in [(bytes * 10_000 * 4 / 3, true), (bytes * 10_000 * 4 / 3 - 4, false)] {
                let limits = Limits { max_memory, ..*ORDER.limits };
                let order = Order { limits: &limits, ..ORDER };
                let got = decode(&Source::from_bytes(&file.as_slice()), &order);
                assert_eq!(got.is_ok(), fits, "{header} in {max_memory}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(kind in "P[1-7fF]", rest: Vec<u8>) {
            for header in ["\n3 2\n7\n", "\n", "\nWIDTH 3\nHEIGHT 2\nDEPTH 2\nMAXVAL 300\nENDHDR\n"] {
                let file = [kind.as_bytes(), header.as_bytes(), &rest].concat();
                let _ = decode(&Source::from_bytes(&file.as_slice()), &ORDER);
            }
        }
    }
}
