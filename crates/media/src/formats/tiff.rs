//! TIFF and `BigTIFF`, as far as a decoder without C goes: the best directory, in its own depth.
//! Knows nothing of what becomes of the picture. What it cannot do it calls unsupported, so that another worker,
//! which has the system's libtiff, is asked.

mod directory;
mod fields;
mod samples;

use super::raster::{admit, guarded};
use super::{Format, Kind, Order, Signature};
use crate::{ColorSpace, Fault, Limits, Picture, Reason, Source};
pub use directory::{Directory, Layout};
use samples::Meaning;
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
        TiffError::LimitsExceeded => Reason::TooLarge,
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
    // A pixel as read, and the same pixel arranged.
    let size =
        admit(order.limits, (chosen.width, chosen.height), chosen.bytes_per_pixel().saturating_add(8))?;
    let readable = with_known_meaning(file, &layout, meaning);
    let index = chosen.index.unwrap_or(0);
    // Another worker may know better what made this decoder give up.
    let read = guarded(Reason::Unsupported, || read(&readable, index, order).map_err(|error| fault(&error)))?;
    let mut picture =
        Picture::new(samples::arrange(read, meaning, chosen, size)?, chosen.width, chosen.height);
    layout.describe(&mut picture);
    if meaning != Meaning::Lab {
        picture.color =
            chosen.profile(file).map_or(ColorSpace::Srgb, |profile| ColorSpace::Icc(profile.to_vec()));
    }
    Ok(picture)
}

/// Refuses a picture of this size if its buffers, of so many bytes a pixel together, would go over a limit.
pub fn admitted(limits: &Limits, size: (u32, u32), bytes_per_pixel: u64) -> Result<(), Fault> {
    admit(limits, size, bytes_per_pixel).map(drop)
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
    let bytes = if layout.big_endian { plain.to_be_bytes() } else { plain.to_le_bytes() };
    let place = layout.chosen_in_chain().photometric_at;
    if let Some(tag) = place.and_then(|at| changed.get_mut(at..at.checked_add(2)?)) {
        tag.copy_from_slice(&bytes);
    }
    Cow::Owned(changed)
}
