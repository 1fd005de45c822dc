//! What EXIF says about a picture that a thumbnail needs: which way is up, and the preview inside.
//! Knows TIFF structures through `kamadak-exif`; knows nothing of the container that held them.

use crate::Orientation;
use exif::{Error, Exif, In, Reader, Tag};

/// Some writers put the JPEG segment's identifier before the TIFF header in containers that have no use for it.
const IDENTIFIER: &[u8] = b"Exif\0\0";

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
