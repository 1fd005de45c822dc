//! A picture that lies within a file of another kind: a cover, a page, a preview.
//! Knows which still formats may lie there; nothing of where they were found.

use super::{Format, Order, bmp, gif, jpeg, jpeg2000, jxl, png, sniff, svg, tiff, webp};
use crate::{Fault, Limits, Picture, Reason, Source};

/// What covers and pages are. Nothing that may hold another file: what is within is not looked into again.
static STILLS: &[&Format] = &[
    &jpeg::FORMAT,
    &png::FORMAT,
    &gif::FORMAT,
    &webp::FORMAT,
    &tiff::FORMAT,
    &jxl::FORMAT,
    &jpeg2000::FORMAT,
    &svg::FORMAT,
    &bmp::FORMAT,
];

/// How many bytes such a picture may have: with the copy that its decoder may make, it takes the quarter of the memory
/// limit that is the file's.
pub(super) fn most_bytes(limits: &Limits) -> u64 {
    limits.max_memory / 8
}

/// The picture in these bytes, which says nothing of the file that it lies in.
pub(super) fn picture(bytes: &[u8], order: &Order<'_>) -> Result<Picture, Fault> {
    let source = Source::from_bytes(&bytes);
    let Some(format) = sniff(STILLS, &source) else {
        return Err(Reason::Unsupported.says(format!("the picture in it is {}", name_of(bytes))));
    };
    let mut picture = (format.decode)(&source, order)
        .map_err(|Fault { reason, detail }| reason.says(format!("the picture in it: {detail}")))?;
    (picture.animated, picture.pages, picture.mime_type, picture.stopgap) = (false, None, None, false);
    Ok(picture)
}

/// What office programs put in and nobody here draws.
fn name_of(bytes: &[u8]) -> &'static str {
    match bytes {
        [1, 0, 0, 0, ..] if bytes.get(40..44) == Some(b" EMF") => "an Enhanced Metafile (EMF)",
        [0xd7, 0xcd, 0xc6, 0x9a, ..] | [1, 0, 9, 0, ..] => "a Windows Metafile (WMF)",
        [] => "empty",
        _ => "of a format that nobody here knows",
    }
}
