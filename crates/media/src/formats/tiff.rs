//! TIFF and `BigTIFF`, as far as a decoder without C goes: the best directory, in its own depth.
//! Knows nothing of what becomes of the picture. What it cannot do it calls unsupported, so that another worker,
//! which has the system's libtiff, is asked.

mod directory;
mod fields;
mod plain;
mod samples;

use super::raster::{Admitted, admit, guarded};
use super::{Format, Kind, Order, Signature};
use crate::memory::over_the_limit;
use crate::{Fault, Limits, Picture, Reason, Source};
pub use directory::{Directory, Layout};
use samples::{Meaning, Samples};
use std::borrow::Cow;
use std::io::Cursor;
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult};

pub(crate) const FORMAT: Format = Format { decode, ..DESCRIPTION };

/// Everything but the decoder, for the worker that has another.
pub const DESCRIPTION: Format = Format {
    name: "TIFF",
    mime_types: &["image/tiff"],
    extensions: &["tif", "tiff", "btf", "tf8"],
    kind: Kind::Image,
    signature: Signature::Magic(&[
        &[(0, b"II\x2a\0")],
        &[(0, b"MM\0\x2a")],
        &[(0, b"II\x2b\0\x08\0\0\0")],
        &[(0, b"MM\0\x2b\0\x08\0\0")],
    ]),
    decode: |_, _| Err(Fault { reason: Reason::Unsupported, detail: String::new() }),
};

/// A directory was found, so it is a TIFF. What the crate cannot make of it, libtiff perhaps can, and where it is
/// damaged libtiff shows what there is: both are asked for by "unsupported".
fn fault(error: &TiffError) -> Fault {
    let reason = match error {
        TiffError::LimitsExceeded => return over_the_limit(format!("TIFF: {error}")),
        TiffError::UnsupportedError(_)
        | TiffError::FormatError(_)
        | TiffError::IoError(_)
        | TiffError::IntSizeError
        | TiffError::UsageError(_) => Reason::Unsupported,
    };
    reason.says(format!("TIFF: {error}"))
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let layout = Layout::read(file, order.least_edge())?;
    let chosen = layout.chosen_in_chain();
    let meaning = Meaning::of(chosen)?;
    if chosen.bits_reversed {
        return Err(Reason::Unsupported.says("TIFF: the lowest bit comes first"));
    }
    let size = admitted_here(order.limits, &layout, meaning)?;
    let read = match plain::read(file, &layout, meaning, size) {
        Some(read) => read?,
        None if layout.is_overstated() => {
            return Err(Reason::Unsupported.says("TIFF: a tag announces more values than there are"));
        }
        None => read_by_crate(&with_known_meaning(file, &layout, meaning), chosen, order)?,
    };
    let palette = if meaning == Meaning::Palette { layout.palette(chosen, file) } else { Vec::new() };
    let samples = Samples { meaning, directory: chosen, palette: &palette, size };
    let mut picture = Picture::new(samples.arrange(read)?, chosen.width, chosen.height);
    layout.describe(&mut picture);
    if meaning != Meaning::Lab {
        picture.color = chosen.color(file);
    }
    Ok(picture)
}

/// Lets the picture in that this decoder would take. Of one that is too large for it, libtiff may hold a level that has
/// no place in the chain, or its fewer bytes a pixel: that is asked for by "unsupported".
fn admitted_here(limits: &Limits, layout: &Layout, meaning: Meaning) -> Result<Admitted, Fault> {
    let chosen = layout.chosen_in_chain();
    let bytes_per_pixel = chosen.bytes_per_pixel().saturating_add(samples::bytes_besides(meaning, chosen));
    admit(limits, (chosen.width, chosen.height), bytes_per_pixel).map_err(|fault| {
        let theirs = layout.chosen();
        match admitted_by_libtiff(limits, (theirs.width, theirs.height)) {
            Ok(()) => Reason::Unsupported.says(format!("TIFF: too large but for libtiff: {}", fault.detail)),
            Err(_) => fault,
        }
    })
}

/// Refuses a picture of this size if libtiff's worker would go over a limit: it takes four bytes a pixel for the
/// library's RGBA and as many for ours.
pub fn admitted_by_libtiff(limits: &Limits, size: (u32, u32)) -> Result<(), Fault> {
    admit(limits, size, 8).map(drop)
}

fn read_by_crate(file: &[u8], chosen: &Directory, order: &Order<'_>) -> Result<DecodingResult, Fault> {
    let index = chosen.index.unwrap_or(0);
    // Another worker may know better what made this decoder give up.
    guarded(Reason::Unsupported, || read(file, index, order).map_err(|error| fault(&error)))
}

fn read(file: &[u8], index: usize, order: &Order<'_>) -> Result<DecodingResult, TiffError> {
    let mut limits = tiff::decoder::Limits::default();
    limits.decoding_buffer_size = usize::try_from(order.limits.max_memory).unwrap_or(usize::MAX);
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    limits.ifd_value_size = file.len();
    let mut decoder = Decoder::new(Cursor::new(file))?.with_limits(limits);
    decoder.seek_to_image(index)?;
    let mut read = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut read)?;
    Ok(read)
}

/// The file with palettes called grey and Lab called RGB: the crate knows how to read such samples but refuses to,
/// because it would not know what they mean. We do.
fn with_known_meaning<'a>(file: &'a [u8], layout: &Layout, meaning: Meaning) -> Cow<'a, [u8]> {
    let plain = match meaning {
        Meaning::Palette => 1_u16,
        Meaning::Lab => 2,
        Meaning::Grey | Meaning::Rgb | Meaning::Inks | Meaning::LuminanceChroma => {
            return Cow::Borrowed(file);
        }
    };
    let mut changed = file.to_vec();
    let bytes = if layout.dialect.big_endian { plain.to_be_bytes() } else { plain.to_le_bytes() };
    let place = layout.chosen_in_chain().photometric_at;
    if let Some(tag) = place.and_then(|at| changed.get_mut(at..at.checked_add(2)?)) {
        tag.copy_from_slice(&bytes);
    }
    Cow::Owned(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pixels;
    use crate::formats::testing::ORDER;

    /// A directory at `at`: its tags with one number each, and its bits (`samples` times the same) behind it.
    fn directory(at: usize, samples: u16, bits: u16, tags: &[(u16, u32)]) -> Vec<u8> {
        let bits_at = at + 2 + (tags.len() + 2) * 12 + 4;
        let mut bytes = (tags.len() as u16 + 2).to_le_bytes().to_vec();
        let own = [(258_u16, 3_u16, u32::from(samples), bits_at as u32), (277, 3, 1, samples.into())];
        let given = tags.iter().map(|(tag, value)| (*tag, 4_u16, 1_u32, *value));
        for (tag, kind, count, value) in own.into_iter().chain(given) {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        }
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(bits.to_le_bytes().repeat(samples.into()));
        bytes
    }

    /// A plain RGB picture of `side` × `side` pixels, whose samples are its first bytes again and again, and which
    /// may have a smaller level below it.
    fn file(side: u32, (samples, bits, format): (u16, u16, u32), level: Option<u32>) -> Vec<u8> {
        let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
        let len = side * side * u32::from(samples) * u32::from(bits / 8);
        let tags = |side: u32, subfile: u32| {
            vec![
                (254, subfile),
                (256, side),
                (257, side),
                (259, 1),
                (262, 2),
                (273, 0),
                (278, side),
                (279, len),
                (339, format),
            ]
        };
        let mut full = tags(side, 0);
        if let Some(side) = level {
            let at = 8 + directory(8, samples, bits, &full).len() + 12;
            full.push((330, at as u32));
            file.extend(directory(8, samples, bits, &full));
            file.extend(directory(at, samples, bits, &tags(side, 1)));
        } else {
            file.extend(directory(8, samples, bits, &full));
        }
        file.resize(file.len().max(len as usize), 0);
        file
    }

    #[track_caller]
    fn check(file: &[u8], max_memory: u64, wanted: Result<usize, Reason>) {
        let limits = Limits { max_pixels: 10_000, max_memory };
        let order = Order { edge: 10, smallest_edge: 10, limits: &limits, ..ORDER };
        let got = decode(&Source::from_bytes(&file), &order);
        let len = |picture: Picture| match picture.pixels {
            Pixels::Rgb8(samples) | Pixels::Rgba8(samples) => samples.len(),
            Pixels::Rgb16(samples) | Pixels::Rgba16(samples) => samples.len(),
            Pixels::Cmyk8(_) => 0,
        };
        assert_eq!(got.map(len).map_err(|fault| fault.reason), wanted);
    }

    /// The crate would reserve megabytes on the word of these files of a few hundred bytes.
    #[test]
    fn a_tag_that_announces_too_much_is_left_to_libtiff() {
        let cases: [&[u8]; 3] = [
            include_bytes!("../../tests/regressions/render_tiff/overstated-bits"),
            include_bytes!("../../tests/regressions/render_tiff/overstated-height"),
            include_bytes!("../../tests/regressions/render_tiff/overstated-twin"),
        ];
        for file in cases {
            let order = Order { limits: &crate::fuzzing::LIMITS, ..ORDER };
            let fault = decode(&Source::from_bytes(&file), &order).unwrap_err();
            assert!(fault.reason == Reason::Unsupported && fault.detail.contains("announces"), "{fault}");
        }
    }

    /// Plain samples need no second buffer; a quarter of the limit is not theirs.
    #[test]
    fn what_is_read_is_kept() {
        check(&file(100, (3, 8, 1), None), 80_000, Ok(30_000));
        check(&file(100, (3, 16, 1), None), 120_000, Ok(30_000));
        // Numbers with a sign are stretched, by way of floats.
        check(&file(50, (3, 16, 2), None), 130_000, Ok(7500));
        check(&file(50, (3, 16, 2), None), 120_000, Err(Reason::Unsupported));
    }

    #[test]
    fn what_libtiff_can_hold_is_left_to_it() {
        // Words of 32 bits take 12 bytes a pixel, 6 for their halves and 8 for what becomes of them; libtiff makes
        // do with 8.
        check(&file(50, (3, 32, 1), None), 60_000, Err(Reason::Unsupported));
        // A level below a picture with too many pixels.
        check(&file(101, (3, 8, 1), Some(50)), 1 << 20, Err(Reason::Unsupported));
        check(&file(101, (3, 8, 1), None), 1 << 20, Err(Reason::TooLarge));
        check(&file(100, (3, 16, 1), None)[..1000], 79_000, Err(Reason::TooLarge));
    }
}
