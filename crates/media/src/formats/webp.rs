//! WebP: lossy, lossless, with alpha, the first frame of an animation.
//! Knows nothing of what becomes of the picture.

use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Reason, Source};

pub(crate) const FORMAT: Format = Format {
    name: "WebP",
    mime_types: &["image/webp"],
    extensions: &["webp"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"RIFF"), (8, b"WEBP")]]),
    decode,
};

fn decode(_source: &Source<'_>, _order: &Order<'_>) -> Result<Picture, Fault> {
    Err(Reason::Unsupported.says("WebP is being written"))
}
