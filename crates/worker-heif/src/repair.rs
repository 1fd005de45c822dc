//! Small repairs of a file in memory, so that every version of libheif opens it.
//! Knows a few bytes of boxes; nothing of what the library does.

use std::borrow::Cow;
use std::ops::Range;
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

/// The file with other bytes for an item, of which nothing is left out: they go to the end.
pub(crate) fn with_bytes(mut file: Vec<u8>, id: u32, bytes: &[u8]) -> Option<Vec<u8>> {
    let at = file.len() + HEADER;
    let fields = location(&file, id)?;
    let (base, offset) = if fields.offset.is_empty() { (at, 0) } else { (0, at) };
    let numbers =
        [(fields.method, 0), (fields.base, base), (fields.offset, offset), (fields.len, bytes.len())];
    for (field, number) in numbers {
        let number = u64::try_from(number).ok()?.to_be_bytes();
        let (front, back) = number.split_at(8_usize.checked_sub(field.len())?);
        front.iter().all(|byte| *byte == 0).then_some(())?;
        file.get_mut(field)?.copy_from_slice(back);
    }
    file.extend(u32::try_from(bytes.len() + HEADER).ok()?.to_be_bytes());
    file.extend(b"mdat");
    file.extend(bytes);
    Some(file)
}

/// Where the numbers are that say where an item is; each may have no bytes.
struct Location {
    method: Range<usize>,
    base: Range<usize>,
    offset: Range<usize>,
    len: Range<usize>,
}

/// That of an item in one piece. ISO/IEC 14496-12, 8.11.3.
fn location(file: &[u8], id: u32) -> Option<Location> {
    let (_, _, boxes) = isobmff::find(file, b"meta")?.versioned()?;
    let (version, _, list) = isobmff::find(boxes, b"iloc")?.versioned()?;
    let mut at = place(file, list);
    let mut field = |len: usize| {
        at += len;
        at - len..at
    };
    let number = |field: Range<usize>| {
        let bytes = file.get(field)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    };
    let sizes = number(field(2))?;
    let [of_offset, of_len, of_base, of_index] = [12, 8, 4, 0].map(|shift| (sizes >> shift & 15) as usize);
    let of_index = if version > 0 { of_index } else { 0 };
    let of_id = if version > 1 { 4 } else { 2 };
    for _ in 0..number(field(of_id))? {
        let found = number(field(of_id))? == id;
        let method = field(if version > 0 { 2 } else { 0 });
        field(2); // which file: this one
        let base = field(of_base);
        let pieces = number(field(2))?;
        if found && pieces == 1 {
            field(of_index);
            return Some(Location { method, base, offset: field(of_offset), len: field(of_len) });
        }
        field((of_index + of_offset + of_len) * pieces as usize);
    }
    None
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

    /// Version and list of an `iloc`, whose item 2 is then elsewhere.
    #[track_caller]
    fn check_moved(version: u8, list: &[u8], wanted: Option<&[u8]>) {
        let size = 12 + list.len() as u8;
        let head =
            [&[0, 0, 0, size + 12], &b"meta\0\0\0\0"[..], &[0, 0, 0, size], b"iloc", &[version, 0, 0, 0]];
        let head = head.concat();
        let moved = with_bytes([&head, list].concat(), 2, b"new");
        let wanted = wanted.map(|list| [&head, list, b"\0\0\0\x0bmdatnew"].concat());
        assert_eq!(moved, wanted);
    }

    #[test]
    fn an_item_gets_other_bytes() {
        let list = b"\x44\0\0\x02\0\x01\0\0\0\x01\0\0\0\x09\0\0\0\x09\0\x02\0\0\0\x01\0\0\0\x05\0\0\0\x05";
        let moved = b"\x44\0\0\x02\0\x01\0\0\0\x01\0\0\0\x09\0\0\0\x09\0\x02\0\0\0\x01\0\0\0\x40\0\0\0\x03";
        check_moved(0, list, Some(moved));
        // In the index itself, and by a base alone.
        let list = b"\x04\x40\0\x01\0\x02\0\x01\0\0\0\0\0\x07\0\x01\0\0\0\x05";
        let moved = b"\x04\x40\0\x01\0\x02\0\0\0\0\0\0\0\x34\0\x01\0\0\0\x03";
        check_moved(1, list, Some(moved));
        check_moved(1, &list[..16], None);
        check_moved(2, list, None);
        let in_two_pieces = b"\x44\0\0\x01\0\x02\0\0\0\x02\0\0\0\x05\0\0\0\x05\0\0\0\x05\0\0\0\x05";
        check_moved(0, in_two_pieces, None);
        let nowhere = b"\0\0\0\x01\0\x02\0\0\0\x01";
        check_moved(0, nowhere, None);
    }
}
