//! PSD and PSB: the composite that Photoshop keeps beside the layers, or its preview where there is none.
//! Knows which of the two serves an order; knows nothing of layers, and of what becomes of the picture.

mod colors;
mod planes;
mod resources;
mod rows;
mod sections;
#[cfg(test)]
mod tests;

use super::frames::is_blank;
use super::{Format, Kind, Order, Signature, jpeg, xmp};
use crate::exif::Tags;
use crate::{Effort, Fault, Orientation, Picture, Reason, Source, resize};
use resources::Resources;
use sections::Sections;

pub(crate) const FORMAT: Format = Format {
    name: "PSD",
    mime_types: &["image/vnd.adobe.photoshop", "image/x-psd", "application/x-photoshop"],
    extensions: &["psd", "psb", "psdt"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"8BPS\0\x01")], &[(0, b"8BPS\0\x02")]]),
    decode,
};

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let sections = Sections::read(source)?;
    let resources = Resources::read(source, &sections);
    let preview = || preview(source, &sections, &resources, order);
    let composite = || colors::composite(source, &sections, &resources, order);
    let picture = match order.effort {
        Effort::Full if resources.has_composite => composite().or_else(|fault| match fault.reason {
            Reason::Corrupt => preview().ok_or(fault),
            _ => Err(fault),
        }),
        Effort::Full => match preview().filter(|preview| !is_blank(&preview.pixels)) {
            Some(preview) => Ok(preview),
            None => composite().map(unsure),
        },
        Effort::Reduced => match preview() {
            Some(preview) if preview.width.max(preview.height) >= order.smallest_edge => Ok(preview),
            preview => composite().or_else(|fault| preview.ok_or(fault)),
        },
    };
    Ok(Picture { orientation: orientation(source, &resources), ..picture? })
}

/// Photoshop turns the pixels themselves. Bridge turns pictures by a word in EXIF or XMP.
fn orientation(source: &Source<'_>, resources: &Resources) -> Orientation {
    let exif =
        resources.exif.bytes(source).and_then(|block| Tags::parse(&block)).map(|tags| tags.orientation());
    let packet = || resources.xmp.bytes(source).and_then(|packet| xmp::orientation_of_xmp(&packet));
    exif.filter(|turned| *turned != Orientation::UPRIGHT).or_else(packet).unwrap_or_default()
}

fn unsure(mut picture: Picture) -> Picture {
    picture.warnings.push("saved without a composite: it may be blank".to_owned());
    picture
}

/// The small JPEG that Photoshop shows in its dialogs, if it has the shape of the picture: 160 pixels at most.
fn preview(
    source: &Source<'_>,
    sections: &Sections,
    resources: &Resources,
    order: &Order<'_>,
) -> Option<Picture> {
    /// Kind, sizes, bits: all of them are in the JPEG, too.
    const HEADER_LEN: usize = 28;
    /// The kind of preview that is a JPEG; the other is raw, and nobody has seen one.
    const JPEG: &[u8] = &[0, 0, 0, 1];
    let block = resources.preview.bytes(source)?;
    let jpeg = block.starts_with(JPEG).then(|| block.get(HEADER_LEN..))??;
    let mut picture = (jpeg::FORMAT.decode)(&Source::from_bytes(&jpeg), order).ok()?;
    let full_size = (sections.width, sections.height);
    let (width, height) = resize::shape(full_size, picture.full_size.0.max(picture.full_size.1));
    let agrees = picture.full_size.0.abs_diff(width) <= 1 && picture.full_size.1.abs_diff(height) <= 1;
    picture.full_size = full_size;
    picture.warnings.push("from the preview inside".to_owned());
    agrees.then_some(picture)
}
