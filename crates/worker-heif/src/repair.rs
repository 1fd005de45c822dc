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
    if let Some(open) = index.filter(|atom| atom.open_ended)
        && let Ok(size) = u32::try_from(open.body.len() + HEADER)
    {
        overwrite(&mut repaired, open.at, &size.to_be_bytes());
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

/// The file with another item as the one to be shown, hidden or not: all versions of libheif decode that one, and not
/// all of them any other.
pub(crate) fn showing(file: &[u8], id: u32) -> Option<Vec<u8>> {
    let (_, _, boxes) = isobmff::find(file, b"meta")?.versioned()?;
    let (version, _, primary) = isobmff::find(boxes, b"pitm")?.versioned()?;
    let number = of_item(id, version > 0)?;
    primary.get(..number.len())?;
    let entry = entry(boxes, id)?;
    let mut changed = Cow::Borrowed(file);
    overwrite(&mut changed, place(file, primary), &number);
    // The lowest bit of the flags says that the item is hidden.
    overwrite(&mut changed, place(file, entry.body) + VERSION - 1, &[0]);
    Some(changed.into_owned())
}

/// What the index says of an item.
fn entry(boxes: &[u8], id: u32) -> Option<Atom<'_>> {
    let (version, _, list) = isobmff::find(boxes, b"iinf")?.versioned()?;
    let count_len = if version > 0 { 4 } else { 2 };
    isobmff::atoms(list.get(count_len..)?).find(|entry| {
        entry.versioned().is_some_and(|(version, _, body)| {
            of_item(id, version > 2).is_some_and(|number| body.starts_with(&number))
        })
    })
}

/// An item's number as a box has it.
fn of_item(id: u32, wide: bool) -> Option<Vec<u8>> {
    Some(if wide { id.to_be_bytes().to_vec() } else { u16::try_from(id).ok()?.to_be_bytes().to_vec() })
}

/// The file without any rotation.
pub(crate) fn unturned(mut file: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let places: Vec<_> = rotations(&file).collect();
    for place in places {
        overwrite(&mut file, place, &[0]);
    }
    file
}

/// Where the angles of all rotations are.
fn rotations(file: &[u8]) -> impl Iterator<Item = usize> {
    let index = isobmff::find(file, b"meta").and_then(|atom| atom.versioned()).map(|(_, _, boxes)| boxes);
    let properties = isobmff::find(index.unwrap_or_default(), b"iprp").map(|atom| atom.body);
    let container = isobmff::find(properties.unwrap_or_default(), b"ipco").map(|atom| atom.body);
    let found = isobmff::atoms(container.unwrap_or_default()).filter(|atom| atom.kind == *b"irot");
    found.map(|atom| place(file, atom.body))
}

/// A box's size and letters.
const HEADER: usize = 8;
/// Version and flags.
const VERSION: usize = 4;

/// Where a part of a file lies in it.
fn place(file: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - file.as_ptr().addr()
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
        assert_eq!(opened_by_all(file).as_ref(), wanted);
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
    fn rotations_are_taken_out() {
        let file = b"\0\0\0\x25meta\0\0\0\0\0\0\0\x19iprp\0\0\0\x11ipco\0\0\0\x09irot\x03";
        let mut wanted = file.to_vec();
        wanted[36] = 0;
        assert_eq!(unturned(Cow::Borrowed(file)).as_ref(), wanted);
        assert_eq!(unturned(Cow::Borrowed(&file[..30])).as_ref(), &file[..30]);
    }

    #[test]
    fn another_item_is_shown() {
        let file = b"\0\0\0\x3dmeta\0\0\0\0\0\0\0\x0epitm\0\0\0\0\0\x01\
            \0\0\0\x23iinf\0\0\0\0\0\x01\0\0\0\x15infe\x02\0\0\x01\x02\x03\0\0av01\0";
        let shown = showing(file, 0x0203).unwrap();
        assert_eq!((&shown[24..26], shown[51]), (&[2, 3][..], 0));
        assert_eq!(shown.iter().zip(file).filter(|(new, old)| new != old).count(), 3);
        assert_eq!(
            (showing(file, 0x0204), showing(file, 1 << 16), showing(&file[..20], 0x0203)),
            (None, None, None)
        );
    }
}
