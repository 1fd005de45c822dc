//! What EXIF says about a picture that a thumbnail needs: which way is up, what its numbers mean, and the preview inside.
//! Knows TIFF structures through `kamadak-exif`; knows nothing of the container that held them.

use crate::{ColorSpace, Orientation};
use exif::{Error, Exif, In, Reader, Tag, Value};

/// Some writers put the JPEG segment's identifier before the TIFF header in containers that have no use for it.
const IDENTIFIER: &[u8] = b"Exif\0\0";

/// What EXIF's colour space and interoperability index say together. CIPA DC-008 knows sRGB (1) and "uncalibrated"
/// (65535), which in files by DCF 2.0 whose index is "R03" is Adobe RGB. Some cameras write 2 for it.
pub(crate) fn color_named(space: Option<u32>, index: Option<&[u8]>) -> ColorSpace {
    match (space, index) {
        (Some(2), _) | (Some(0xFFFF), Some([b'R', b'0', b'3', ..])) => ColorSpace::AdobeRgb,
        _ => ColorSpace::Srgb,
    }
}

/// EXIF that could be read, though perhaps only in part.
pub(crate) struct Tags(Exif);

impl Tags {
    /// The tags in a block of EXIF, with or without its `Exif\0\0`. Damaged parts are left out.
    pub(crate) fn parse(block: &[u8]) -> Option<Self> {
        let tiff = block.strip_prefix(IDENTIFIER).unwrap_or(block).to_vec();
        match Reader::new().continue_on_error(true).read_raw(tiff) {
            Ok(exif) => Some(Self(exif)),
            Err(Error::PartialResult(part)) => Some(Self(part.into_inner().0)),
            Err(_) => None,
        }
    }

    /// Which way is up.
    pub(crate) fn orientation(&self) -> Orientation {
        Orientation::from_exif(self.number(Tag::Orientation, In::PRIMARY).unwrap_or_default())
    }

    /// What numbers mean that come without a profile.
    pub(crate) fn color(&self) -> ColorSpace {
        let index = match self.0.get_field(Tag::InteroperabilityIndex, In::PRIMARY).map(|field| &field.value)
        {
            Some(Value::Ascii(texts)) => texts.first().map(Vec::as_slice),
            _ => None,
        };
        color_named(self.number(Tag::ColorSpace, In::PRIMARY), index)
    }

    /// The JPEG that a camera put beside the picture: small, and stored the same way up.
    pub(crate) fn preview(&self) -> Option<&[u8]> {
        let start = self.number(Tag::JPEGInterchangeFormat, In::THUMBNAIL)? as usize;
        let len = self.number(Tag::JPEGInterchangeFormatLength, In::THUMBNAIL)? as usize;
        self.0.buf().get(start..start.checked_add(len)?)
    }

    fn number(&self, tag: Tag, ifd: In) -> Option<u32> {
        self.0.get_field(tag, ifd)?.value.get_uint(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block with these entries in the directory of EXIF and, if there is one, this index in that of
    /// interoperability.
    fn block(space: u16, index: Option<&[u8; 4]>) -> Vec<u8> {
        let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
            [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
        };
        let directory = |entries: &[Vec<u8>]| {
            [&(entries.len() as u16).to_le_bytes()[..], &entries.concat(), &[0; 4]].concat()
        };
        // Each directory takes 6 bytes, and 12 for an entry.
        let [low, high] = space.to_le_bytes();
        let mut exif = vec![entry(0xA001, 3, 1, [low, high, 0, 0])];
        let pointed = directory(&[entry(0x8769, 4, 1, 26_u32.to_le_bytes())]);
        let others = index.map(|index| directory(&[entry(1, 2, 4, *index)])).unwrap_or_default();
        if index.is_some() {
            exif.push(entry(0xA005, 4, 1, 56_u32.to_le_bytes()));
        }
        [b"II\x2a\0\x08\0\0\0", pointed.as_slice(), &directory(&exif), &others].concat()
    }

    #[track_caller]
    fn check(space: u16, index: Option<&[u8; 4]>, wanted: ColorSpace) {
        let block = block(space, index);
        assert_eq!(Tags::parse(&block).unwrap().color(), wanted);
        // A TIFF is read by other hands.
        let layout = crate::formats::tiff::Layout::read(&block, 96);
        assert_eq!(layout.unwrap().chosen().color(&block), wanted);
    }

    #[test]
    fn adobe_rgb_is_named_in_two_ways() {
        check(1, None, ColorSpace::Srgb);
        check(2, None, ColorSpace::AdobeRgb);
        check(0xFFFF, None, ColorSpace::Srgb);
        check(0xFFFF, Some(b"R98\0"), ColorSpace::Srgb);
        check(0xFFFF, Some(b"R03\0"), ColorSpace::AdobeRgb);
    }
}
