//! TIFF and BigTIFF, as far as a decoder without C goes: the best directory, in its own depth.
//! Knows nothing of what becomes of the picture. What it cannot do it calls unsupported, so that another worker,
//! which has the system's libtiff, is asked.

mod directory;
mod samples;

use super::raster::admit;
use super::{Format, Kind, Order, Signature};
use crate::{ColorSpace, Fault, Picture, Reason, Source};
pub use directory::{Directory, Layout};
use std::io::Cursor;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{TiffError, TiffFormatError, UsageError};

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

/// What the crate cannot do is not the file's fault, and neither is a limit.
fn fault(error: &TiffError) -> Fault {
    let reason = match error {
        TiffError::UnsupportedError(_) | TiffError::UsageError(UsageError::PlanarConfigurationMismatch) => Reason::Unsupported,
        TiffError::LimitsExceeded => Reason::TooLarge,
        TiffError::FormatError(TiffFormatError::InconsistentSizesEncountered) => Reason::Unsupported,
        TiffError::FormatError(_) | TiffError::IoError(_) | TiffError::IntSizeError | TiffError::UsageError(_) => Reason::Corrupt,
    };
    reason.says(format!("TIFF: {error}"))
}

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let layout = Layout::read(file, order.least_edge())?;
    let chosen = layout.chosen()?;
    // A pixel read, and the same pixel arranged: 16 bytes at most either way.
    let size = admit(order.limits, (chosen.width, chosen.height), chosen.bytes_per_pixel().saturating_add(8))?;

    let mut decoder = Decoder::new(Cursor::new(file)).map_err(|error| fault(&error))?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(order.limits.max_memory).unwrap_or(usize::MAX);
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    limits.ifd_value_size = file.len();
    decoder = decoder.with_limits(limits);
    decoder.seek_to_image(chosen.index).map_err(|error| fault(&error))?;
    let color = decoder.colortype().map_err(|error| fault(&error))?;
    let mut read = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut read).map_err(|error| fault(&error))?;

    let pixels = samples::arrange(&mut read, color, chosen, size)?;
    let mut picture = Picture::new(pixels, chosen.width, chosen.height);
    layout.describe(&mut picture);
    picture.color = chosen.profile(file).map_or(ColorSpace::Srgb, |profile| ColorSpace::Icc(profile.to_vec()));
    Ok(picture)
}
