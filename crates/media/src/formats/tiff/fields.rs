//! The directories of a TIFF as bytes: byte order, the chain of offsets, entries and their numbers.
//! Knows nothing of what tags mean.

use std::ops::Range;

/// How numbers are stored: byte order, and 4 or 8 bytes for offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) big_endian: bool,
    big_offsets: bool,
}

/// One entry: where its numbers lie and of what type they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) tag: u16,
    kind: u16,
    pub(super) count: u64,
    /// All of its values, in the entry itself or elsewhere; perhaps beyond the end of the file.
    pub(super) range: Range<usize>,
}

/// A directory's entries, and where the next directory is (0: nowhere).
pub(super) struct Fields {
    pub(super) list: Vec<Field>,
    pub(super) next: u64,
}

/// Nobody writes this many tags into one directory.
pub(super) const MOST_ENTRIES: usize = 4096;

impl Dialect {
    /// The dialect, and where the first directory is.
    pub(super) fn read(file: &[u8]) -> Option<(Self, u64)> {
        let (big_endian, big_offsets) = match file.get(..4)? {
            b"II\x2a\0" => (false, false),
            b"MM\0\x2a" => (true, false),
            b"II\x2b\0" => (false, true),
            b"MM\0\x2b" => (true, true),
            _ => return None,
        };
        let dialect = Self { big_endian, big_offsets };
        let at = if big_offsets { 8 } else { 4 };
        Some((dialect, dialect.number(file, at, dialect.offset_len())?))
    }

    /// The entries of the directory at `offset`; as many as there are if it is cut short.
    pub(super) fn fields(self, file: &[u8], offset: u64) -> Option<Fields> {
        let start = usize::try_from(offset).ok()?;
        let (count_len, entry_len) = if self.big_offsets { (8_usize, 20_usize) } else { (2, 12) };
        let count = self.number(file, start, count_len)?.min(MOST_ENTRIES as u64) as usize;
        let first = start.checked_add(count_len)?;
        let places = (0..count).map(|place| first.saturating_add(place.saturating_mul(entry_len)));
        let list = places.map_while(|at| self.field(file, at)).collect();
        let after = first.saturating_add(count.saturating_mul(entry_len));
        Some(Fields { list, next: self.number(file, after, self.offset_len()).unwrap_or(0) })
    }

    fn field(self, file: &[u8], at: usize) -> Option<Field> {
        let tag = self.number(file, at, 2)? as u16;
        let kind = self.number(file, at.checked_add(2)?, 2)? as u16;
        let count = self.number(file, at.checked_add(4)?, self.offset_len())?;
        let value_at = at.checked_add(4)?.checked_add(self.offset_len())?;
        let len = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(value_len(kind));
        let start = if len <= self.offset_len() {
            value_at
        } else {
            usize::try_from(self.number(file, value_at, self.offset_len())?).ok()?
        };
        Some(Field { tag, kind, count, range: start..start.saturating_add(len) })
    }

    /// The first numbers of a field, at most `most`.
    pub(super) fn numbers(self, file: &[u8], field: &Field, most: usize) -> Vec<u64> {
        let len = value_len(field.kind);
        let count = usize::try_from(field.count).unwrap_or(usize::MAX).min(most);
        let places = (0..count).map(|place| field.range.start.saturating_add(place.saturating_mul(len)));
        places.map_while(|at| self.number(file, at, len)).collect()
    }

    fn offset_len(self) -> usize {
        if self.big_offsets { 8 } else { 4 }
    }

    fn number(self, file: &[u8], at: usize, len: usize) -> Option<u64> {
        let bytes = file.get(at..at.checked_add(len)?)?;
        let join = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        Some(if self.big_endian { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
    }
}

/// Bytes of one value of a type; what is unknown counts as bytes.
fn value_len(kind: u16) -> usize {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}
