//! Directories of tags, as TIFF has them and as cameras hide them in other places.
//! Knows byte order, offsets and types; knows nothing of what tags mean. It reads from a window, where the TIFF
//! decoder has the whole file in memory.

use super::window::Window;

/// The openings of a TIFF and of the makers who changed its version: Olympus twice, Panasonic once.
const OPENINGS: &[([u8; 4], bool)] = &[
    (*b"II\x2a\0", false),
    (*b"MM\0\x2a", true),
    (*b"IIRO", false),
    (*b"IIRS", false),
    (*b"MMOR", true),
    (*b"IIU\0", false),
];

/// Nobody writes more tags than this into one directory: DNG has the most, some eighty.
const MOST_TAGS: usize = 1024;

/// What offsets count from, and the byte order.
#[derive(Clone, Copy)]
pub(super) struct Tiff<'a> {
    /// Everything that offsets can point at.
    pub(super) window: Window<'a>,
    pub(super) big_endian: bool,
}

/// One directory.
pub(super) struct Ifd<'a> {
    pub(super) tiff: Tiff<'a>,
    entries: Vec<Entry>,
    /// Where the next directory is; 0: nowhere.
    pub(super) next: u64,
}

struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    /// Where its values begin.
    at: u64,
}

impl<'a> Tiff<'a> {
    /// A TIFF that begins where the window does, and where its first directory is.
    pub(super) fn open(window: Window<'a>) -> Option<(Self, u64)> {
        let magic = window.array(0)?;
        let big_endian = OPENINGS.iter().find(|(opening, _)| *opening == magic)?.1;
        let tiff = Self { window, big_endian };
        Some((tiff, tiff.number(4, 4)?))
    }

    /// The directory at `offset`; what there is of it if it is cut short.
    pub(super) fn directory(self, offset: u64) -> Option<Ifd<'a>> {
        let count = self.number(offset, 2)?.min(MOST_TAGS as u64);
        let first = offset.checked_add(2)?;
        let places = (0..count).map(|place| first.saturating_add(place.saturating_mul(12)));
        let entries = places.map_while(|at| self.entry(at)).collect();
        let after = first.saturating_add(count.saturating_mul(12));
        Some(Ifd { tiff: self, entries, next: self.number(after, 4).unwrap_or(0) })
    }

    fn entry(self, at: u64) -> Option<Entry> {
        let (tag, kind) = (self.number(at, 2)? as u16, self.number(at.checked_add(2)?, 2)? as u16);
        let count = self.number(at.checked_add(4)?, 4)? as u32;
        let value_at = at.checked_add(8)?;
        let inside = u64::from(count).saturating_mul(width(kind)) <= 4;
        let at = if inside { value_at } else { self.number(value_at, 4)? };
        Some(Entry { tag, kind, count, at })
    }

    /// A number of `len` bytes, at most eight.
    fn number(self, at: u64, len: u64) -> Option<u64> {
        let bytes = self.window.bytes(at, len as usize)?;
        let join = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        Some(if self.big_endian { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
    }
}

impl<'a> Ifd<'a> {
    fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many bytes each tag announces.
    pub(super) fn lengths(&self) -> impl Iterator<Item = u64> {
        self.entries.iter().map(|entry| u64::from(entry.count).saturating_mul(width(entry.kind)))
    }

    pub(super) fn has(&self, tag: u16) -> bool {
        self.entry(tag).is_some()
    }

    /// The first number of a tag.
    pub(super) fn number(&self, tag: u16) -> Option<u64> {
        self.numbers(tag, 1).first().copied()
    }

    /// The first number of a tag, if it is one that counts pixels.
    pub(super) fn side(&self, tag: u16) -> Option<u32> {
        self.number(tag).and_then(|side| u32::try_from(side).ok()).filter(|side| *side > 0)
    }

    /// The first numbers of a tag, at most `most`. Fractions are rounded.
    pub(super) fn numbers(&self, tag: u16, most: u32) -> Vec<u64> {
        let Some(entry) = self.entry(tag) else { return Vec::new() };
        let width = width(entry.kind);
        let places = (0..u64::from(entry.count.min(most)))
            .map(|place| entry.at.saturating_add(place.saturating_mul(width)));
        let number = |at: u64| match entry.kind {
            5 | 10 => {
                let (above, below) = (self.tiff.number(at, 4)?, self.tiff.number(at.checked_add(4)?, 4)?);
                above.saturating_add(below / 2).checked_div(below)
            }
            _ => self.tiff.number(at, width),
        };
        places.map_while(number).collect()
    }

    /// The bytes of a tag, as much as the file has of them, and how many it should have.
    pub(super) fn window(&self, tag: u16) -> Option<(Window<'a>, u64)> {
        let entry = self.entry(tag)?;
        let len = u64::from(entry.count).saturating_mul(width(entry.kind));
        Some((self.tiff.window.part(entry.at, len)?, len))
    }

    /// The first letters of a tag.
    pub(super) fn text(&self, tag: u16) -> String {
        /// Makers and models have less than half as many.
        const MOST_LETTERS: u64 = 64;
        let Some((window, len)) = self.window(tag) else { return String::new() };
        let len = len.min(window.len()).min(MOST_LETTERS) as usize;
        let bytes = window.bytes(0, len).unwrap_or_default();
        String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).trim().to_owned()
    }

    /// The directory that a tag points at; where a maker stores it in the tag's own bytes instead, that.
    pub(super) fn below(&self, tag: u16) -> Option<Ifd<'a>> {
        let entry = self.entry(tag)?;
        let at = if entry.kind == 7 { entry.at } else { self.number(tag)? };
        self.tiff.directory(at).filter(|ifd| !ifd.is_empty())
    }
}

/// Bytes of one value of a type; what is unknown counts as bytes.
fn width(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 => 8,
        _ => 1,
    }
}
