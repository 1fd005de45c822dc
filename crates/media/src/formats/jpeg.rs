//! JPEG: baseline, progressive, arithmetic, lossless; grey, colour, CMYK.
//! Knows nothing of what becomes of the picture.

use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Reason, Source};

pub(crate) const FORMAT: Format = Format {
    name: "JPEG",
    mime_types: &["image/jpeg"],
    extensions: &["jpg", "jpeg", "jpe", "jfif", "mpo"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"\xFF\xD8\xFF")]]),
    decode,
};

fn decode(_source: &Source<'_>, _order: &Order<'_>) -> Result<Picture, Fault> {
    Err(Reason::Unsupported.says("JPEG is being written"))
}
