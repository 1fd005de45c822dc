//! Old bitmaps by the decoders of `image-extras`: PCX, SGI, XBM, XPM, WBMP. Of a file that is cut short, what there is.
//! Knows nothing of what becomes of the picture.

use super::cursor::Cursor;
use super::raster::{admit, filled, guarded, reserved, without_idle_alpha};
use super::{Format, Kind, Order, Signature};
use crate::memory::over_the_limit;
use crate::{Fault, Picture, Pixels, Reason, Source};
use image::{ColorType, ImageDecoder, ImageError, ImageResult};
use image_extras::{pcx::PCXDecoder, sgi::SgiDecoder, wbmp::WbmpDecoder, xbm::XbmDecoder, xpm::XpmDecoder};

pub(crate) const PCX: Format = Format {
    name: "PCX",
    mime_types: &["image/vnd.zbrush.pcx", "image/x-pcx"],
    extensions: &["pcx"],
    kind: Kind::Image,
    // A byte of magic: the rest of the header must make sense too.
    signature: Signature::Plausible(looks_like_pcx),
    decode: |source, order| decode(source, order, PCXDecoder::new),
};

pub(crate) const SGI: Format = Format {
    name: "SGI",
    mime_types: &["image/sgi", "image/x-rgb"],
    extensions: &["sgi", "rgb", "rgba", "bw", "iris"],
    kind: Kind::Image,
    // Stored plainly or in runs, of one byte or two.
    signature: Signature::Magic(&[
        &[(0, b"\x01\xda\0\x01")],
        &[(0, b"\x01\xda\0\x02")],
        &[(0, b"\x01\xda\x01\x01")],
        &[(0, b"\x01\xda\x01\x02")],
    ]),
    decode: |source, order| decode(source, order, SgiDecoder::new),
};

pub(crate) const XBM: Format = Format {
    name: "XBM",
    mime_types: &["image/x-xbitmap"],
    extensions: &["xbm", "bm"],
    kind: Kind::Image,
    // Source text in C, told from other sources by what it defines.
    signature: Signature::Plausible(looks_like_xbm),
    decode: |source, order| decode(source, order, XbmDecoder::new),
};

pub(crate) const XPM: Format = Format {
    name: "XPM",
    mime_types: &["image/x-xpixmap"],
    extensions: &["xpm", "pm"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"/* XPM */")]]),
    decode: |source, order| decode(source, order, XpmDecoder::new),
};

pub(crate) const WBMP: Format = Format {
    name: "WBMP",
    mime_types: &["image/vnd.wap.wbmp"],
    extensions: &["wbmp"],
    kind: Kind::Image,
    // Two zeros: only a file of exactly the length that its header asks for is one.
    signature: Signature::Plausible(looks_like_wbmp),
    decode: |source, order| decode(source, order, WbmpDecoder::new),
};

type Bytes<'a> = std::io::Cursor<&'a [u8]>;

fn decode<'a, D: ImageDecoder>(
    source: &'a Source<'_>,
    order: &Order<'_>,
    open: fn(Bytes<'a>) -> ImageResult<D>,
) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    guarded(Reason::Corrupt, || picture(open(Bytes::new(file)).map_err(|error| fault(&error))?, order))
}

/// What decoders of this family keep beside their output: an index for each pixel of a palette.
const INDEX_BYTES: u64 = 1;

/// The picture that a decoder has opened.
pub(super) fn picture(mut decoder: impl ImageDecoder, order: &Order<'_>) -> Result<Picture, Fault> {
    let ((width, height), color) = (decoder.dimensions(), decoder.color_type());
    let stored = u64::from(color.bytes_per_pixel());
    // Grey and what has two bytes is copied; three bytes are not.
    let size = admit(order.limits, (width, height), stored.saturating_mul(4).saturating_add(INDEX_BYTES))?;
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(order.limits.max_memory / 4);
    decoder.set_limits(limits).map_err(|error| fault(&error))?;
    let mut raw = filled(0_u8, size.pixels.saturating_mul(stored as usize))?;
    let end = decoder.read_image(&mut raw).err();
    if let Some(error) = &end
        && raw.iter().all(|byte| *byte == 0)
    {
        return Err(fault(error));
    }
    let mut picture = Picture::new(pixels(raw, color)?, width, height);
    picture.warnings.extend(end.map(|error| format!("only in part: {error}")));
    Ok(picture)
}

fn fault(error: &ImageError) -> Fault {
    let reason = match error {
        ImageError::Limits(_) => return over_the_limit(error),
        ImageError::Unsupported(_) => Reason::Unsupported,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::IoError(_) => Reason::Corrupt,
    };
    reason.says(error.to_string())
}

fn pixels(raw: Vec<u8>, color: ColorType) -> Result<Pixels, Fault> {
    Ok(match color {
        ColorType::Rgb8 => Pixels::Rgb8(raw),
        ColorType::Rgba8 => without_idle_alpha(raw),
        ColorType::L8 => Pixels::Rgb8(colored::<u8, 1, 3>(&raw, |[grey]| [grey; 3])?),
        ColorType::La8 => {
            Pixels::Rgba8(colored::<u8, 2, 4>(&raw, |[grey, alpha]| [grey, grey, grey, alpha])?)
        }
        ColorType::L16 => Pixels::Rgb16(colored::<u16, 1, 3>(&wide(&raw)?, |[grey]| [grey; 3])?),
        ColorType::La16 => {
            Pixels::Rgba16(colored::<u16, 2, 4>(&wide(&raw)?, |[grey, alpha]| [grey, grey, grey, alpha])?)
        }
        ColorType::Rgb16 => Pixels::Rgb16(wide(&raw)?),
        ColorType::Rgba16 => Pixels::Rgba16(wide(&raw)?),
        other => return Err(Reason::Unsupported.says(format!("pixels of the kind {other:?}"))),
    })
}

fn wide(raw: &[u8]) -> Result<Vec<u16>, Fault> {
    let mut samples = reserved(raw.len() / 2)?;
    samples.extend(raw.as_chunks::<2>().0.iter().map(|pair| u16::from_ne_bytes(*pair)));
    Ok(samples)
}

fn colored<T: Copy, const FROM: usize, const TO: usize>(
    samples: &[T],
    pixel: fn([T; FROM]) -> [T; TO],
) -> Result<Vec<T>, Fault> {
    let (stored, _) = samples.as_chunks::<FROM>();
    let mut out = reserved(stored.len().saturating_mul(TO))?;
    out.extend(stored.iter().flat_map(|stored| pixel(*stored)));
    Ok(out)
}

fn looks_like_pcx(source: &Source<'_>) -> bool {
    let mut cursor = Cursor::new(source.head());
    let header = (|| {
        let start = cursor.array::<4>()?;
        let window = [cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?];
        let after_palette = Cursor::at(source.head(), 64).array::<2>()?;
        Some((start, window, after_palette))
    })();
    header.is_some_and(|([magic, version, runs, bits], [left, top, right, bottom], [zero, planes])| {
        magic == 0x0a
            && matches!(version, 0 | 2..=5)
            && runs <= 1
            && matches!(bits, 1 | 2 | 4 | 8)
            && left <= right
            && top <= bottom
            && zero == 0
            && (1..=4).contains(&planes)
    })
}

fn looks_like_xbm(source: &Source<'_>) -> bool {
    let head = source.head();
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    head.starts_with(b"#define ") && has(b"_width ") && has(b"_height ") && has(b"_bits")
}

fn looks_like_wbmp(source: &Source<'_>) -> bool {
    let mut cursor = Cursor::new(source.head());
    let header = (|| {
        let [0, 0] = cursor.array()? else { return None };
        Some((number(&mut cursor)?, number(&mut cursor)?))
    })();
    header.is_some_and(|(width, height)| {
        let read = source.head().len().saturating_sub(cursor.rest().len()) as u64;
        let pixels = u64::from(width.div_ceil(8)).saturating_mul(height.into());
        width > 0 && height > 0 && source.len() == read.saturating_add(pixels)
    })
}

/// Seven bits a byte, as long as the eighth is set; not more than two bytes, which is more than any telephone had.
fn number(cursor: &mut Cursor<'_>) -> Option<u32> {
    let first = cursor.u8()?;
    if first < 0x80 {
        return Some(first.into());
    }
    let second = cursor.u8().filter(|second| *second < 0x80)?;
    Some(u32::from(first & 0x7f) << 7 | u32::from(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{ALL, sniff, testing::ORDER};

    #[track_caller]
    fn check(file: &[u8], name: &str, wanted: &Pixels) {
        let source = Source::from_bytes(&file);
        let format = sniff(ALL, &source).unwrap_or_else(|| panic!("{name} is not known"));
        assert_eq!(format.name, name);
        assert_eq!(&(format.decode)(&source, &ORDER).unwrap().pixels, wanted);
    }

    #[test]
    fn bits_are_black_and_white() {
        let rgb = |bits: [u8; 2]| Pixels::Rgb8(bits.iter().flat_map(|bit| [bit * 255; 3]).collect());
        check(b"\0\0\x02\x01\x40", "WBMP", &rgb([0, 1]));
        let xbm = b"#define a_width 2\n#define a_height 1\nstatic char a_bits[] = {\n 0x01};\n";
        check(xbm, "XBM", &rgb([0, 1]));
    }

    #[test]
    fn samples_of_two_bytes_stay_so() {
        let mut sgi = b"\x01\xda\0\x02\0\x02\0\x01\0\x01\0\x01".to_vec();
        sgi.resize(512, 0);
        sgi.extend([0x12, 0x34]);
        check(&sgi, "SGI", &Pixels::Rgb16(vec![0x1234; 3]));
    }

    #[test]
    fn zeros_of_another_length_are_no_picture() {
        let known = |file: &[u8]| sniff(ALL, &Source::from_bytes(&file)).map(|format| format.name);
        assert_eq!(known(b"\0\0\x02\x01\x40\0"), None);
        assert_eq!(known(b"\0\0\0\0"), None);
    }
}
