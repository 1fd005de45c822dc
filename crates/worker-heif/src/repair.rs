//! Small repairs of a file in memory, so that every version of libheif opens it.
//! Knows a few bytes of boxes; nothing of what the library does.

use std::borrow::Cow;
use tintype_media::formats::isobmff::{self, Atom, Brands};

/// Brands of still pictures, one of which old versions want to see.
const STILL: &[&[u8; 4]] = &[b"heic", b"heix", b"mif1", b"avif"];

/// The file as libheif takes it: with the size of its index written out, and a still picture's brand. None of it is
/// done to a file that needs none.
pub(crate) fn opened_by_all(file: &[u8]) -> Cow<'_, [u8]> {
    let mut repaired = Cow::Borrowed(file);
    let index = isobmff::find(file, b"meta");
    // Sizes of zero mean "to the end", which old versions do not know of any box but the picture data.
    if let Some(open) = index.filter(|atom| atom.open_ended) {
        if let Ok(size) = u32::try_from(open.body.len() + HEADER) {
            overwrite(&mut repaired, open.at, &size.to_be_bytes());
        }
    }
    // A sequence that also holds a still picture may not say so.
    let brands = Brands::of(file);
    if index.is_some() && brands.is_some_and(|brands| !brands.any(STILL)) {
        let sequence_of_av1 = brands.is_some_and(|brands| brands.any(&[b"avis"]));
        let major = if sequence_of_av1 { b"avif" } else { b"heic" };
        overwrite(&mut repaired, HEADER, major);
        // The compatible ones come after the version of the major one, if there are any.
        if isobmff::find(file, b"ftyp").is_some_and(|atom| atom.body.len() >= 12) {
            overwrite(&mut repaired, 2 * HEADER, major);
        }
    }
    repaired
}

/// The file with another item as the one to be shown: all versions of libheif decode that one, and not all of them any
/// other.
pub(crate) fn showing(file: &[u8], id: u32) -> Option<Vec<u8>> {
    let index = isobmff::find(file, b"meta")?;
    let (_, _, boxes) = index.versioned()?;
    let primary = isobmff::find(boxes, b"pitm")?;
    let (version, _, body) = primary.versioned()?;
    let at = place_of(file, &index, primary.at) + HEADER + VERSION;
    let number =
        if version > 0 { id.to_be_bytes().to_vec() } else { u16::try_from(id).ok()?.to_be_bytes().to_vec() };
    body.get(..number.len())?;
    let mut changed = Cow::Borrowed(file);
    overwrite(&mut changed, at, &number);
    Some(changed.into_owned())
}

/// A box's size and letters.
const HEADER: usize = 8;
/// Version and flags.
const VERSION: usize = 4;

/// Where a box lies that starts at `within` the boxes of the index.
fn place_of(file: &[u8], index: &Atom<'_>, within: usize) -> usize {
    index.body.as_ptr().addr() - file.as_ptr().addr() + VERSION + within
}

fn overwrite(file: &mut Cow<'_, [u8]>, at: usize, bytes: &[u8]) {
    if file.get(at..at + bytes.len()).is_some() {
        file.to_mut()[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &[u8], wanted: &[u8]) {
        assert_eq!(opened_by_all(file), wanted);
    }

    #[test]
    fn what_needs_no_repair_is_left() {
        check(b"", b"");
        check(
            b"\0\0\0\x10ftypavif\0\0\0\0\0\0\0\x0cmeta\0\0\0\0",
            b"\0\0\0\x10ftypavif\0\0\0\0\0\0\0\x0cmeta\0\0\0\0",
        );
        check(b"\0\0\0\x10ftypavis\0\0\0\0", b"\0\0\0\x10ftypavis\0\0\0\0");
    }

    #[test]
    fn an_open_index_gets_its_size() {
        check(
            b"\0\0\0\x10ftypavif\0\0\0\0\0\0\0\0meta\0\0\0\0",
            b"\0\0\0\x10ftypavif\0\0\0\0\0\0\0\x0cmeta\0\0\0\0",
        );
    }

    #[test]
    fn a_sequence_with_a_still_picture_is_called_one() {
        check(
            b"\0\0\0\x18ftypavis\0\0\0\0msf1iso8\0\0\0\x0cmeta\0\0\0\0",
            b"\0\0\0\x18ftypavif\0\0\0\0avifiso8\0\0\0\x0cmeta\0\0\0\0",
        );
    }

    #[test]
    fn another_item_is_shown() {
        let file = b"\0\0\0\x1ameta\0\0\0\0\0\0\0\x0epitm\0\0\0\0\0\x01";
        assert_eq!(showing(file, 0x0203).unwrap(), b"\0\0\0\x1ameta\0\0\0\0\0\0\0\x0epitm\0\0\0\0\x02\x03");
        assert_eq!((showing(file, 1 << 16), showing(&file[..20], 1)), (None, None));
    }
}
