//! A file as its version says it is: of one part, flat, in scan lines or in tiles.
//! Some writers add a `type` that says otherwise. The format's own library passes over it; the decoder used does not.

use std::io::{Cursor, Read, Result, Seek, SeekFrom};

/// Bits of the version that say "deep" and "of several parts": then the type is needed, and true.
const NEEDS_TYPE: u32 = 0x800 | 0x1000;
/// Where the first attribute begins: behind the signature and the version.
const FIRST: usize = 8;
/// The attribute, and its first letter when nobody is to know it. No name of the format begins with a capital T.
const NAME: &[u8] = b"type";
const UNKNOWN: u8 = b'T';

/// The bytes of a file, but for the name of an attribute that would only mislead. Nothing is copied.
pub(super) struct AsVersioned<'a> {
    file: Cursor<&'a [u8]>,
    name_at: Option<u64>,
}

impl<'a> AsVersioned<'a> {
    pub(super) fn new(file: &'a [u8]) -> Self {
        let version =
            file.get(4..).and_then(|rest| rest.first_chunk()).map(|bytes| u32::from_le_bytes(*bytes));
        let misleads = version.is_some_and(|version| version & NEEDS_TYPE == 0);
        Self { file: Cursor::new(file), name_at: misleads.then(|| name_of_type(file)).flatten() }
    }

    /// Where reading goes on.
    pub(super) fn position(&self) -> usize {
        usize::try_from(self.file.position()).unwrap_or(usize::MAX)
    }
}

/// Where the attribute's name begins. An attribute is a name, a kind, both ended by a zero, a length and a value.
fn name_of_type(file: &[u8]) -> Option<u64> {
    let mut at = FIRST;
    loop {
        let rest = file.get(at..)?;
        let mut words = rest.splitn(3, |byte| *byte == 0);
        let (name, kind, rest) = (words.next()?, words.next()?, words.next()?);
        if name.is_empty() {
            return None;
        }
        if name == NAME {
            return u64::try_from(at).ok();
        }
        let len = usize::try_from(i32::from_le_bytes(*rest.first_chunk()?)).ok()?;
        at = at.checked_add(name.len())?.checked_add(kind.len())?.checked_add(6)?.checked_add(len)?;
    }
}

impl Read for AsVersioned<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let from = self.file.position();
        let len = self.file.read(buffer)?;
        let place = self.name_at.and_then(|at| usize::try_from(at.checked_sub(from)?).ok());
        if let Some(letter) = place.and_then(|place| buffer.get_mut(..len)?.get_mut(place)) {
            *letter = UNKNOWN;
        }
        Ok(len)
    }
}

impl Seek for AsVersioned<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPED: &[u8] = b"a\0int\0\x04\0\0\0typetype\0string\0\x04\0\0\0deep\0";

    /// What is read of a header with these flags, a few bytes at a time.
    #[track_caller]
    fn check(flags: u32, attributes: &[u8], wanted: &[u8]) {
        let head = [&[0x76, 0x2f, 0x31, 0x01][..], &(2 | flags).to_le_bytes()].concat();
        for step in 1..9 {
            let mut read: Vec<u8> = Vec::new();
            let file = [&head, attributes].concat();
            let mut reader = AsVersioned::new(&file);
            let mut buffer = vec![0; step];
            while let Some(len) = Some(reader.read(&mut buffer).unwrap()).filter(|len| *len > 0) {
                read.extend(buffer.iter().take(len));
            }
            assert_eq!(read, [&head, wanted].concat(), "{step} bytes at a time");
        }
    }

    #[test]
    fn the_type_of_a_flat_single_part_is_hidden() {
        let hidden = b"a\0int\0\x04\0\0\0typeType\0string\0\x04\0\0\0deep\0";
        check(0, TYPED, hidden);
        check(0x200, TYPED, hidden);
    }

    #[test]
    fn the_type_of_parts_and_deep_data_is_kept() {
        check(0x800, TYPED, TYPED);
        check(0x1000, TYPED, TYPED);
    }

    #[test]
    fn headers_that_make_no_sense_are_kept() {
        for odd in
            [&b""[..], b"\0type\0", b"type", b"a\0b\0\xff\xff\xff\xfftype\0x\0", b"a\0b\0\xff\xff\xff\x7f"]
        {
            check(0, odd, odd);
        }
    }
}
