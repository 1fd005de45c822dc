//! Reads ZIP archives: what entries there are, by the directory at the end, and the bytes of one.
//! Knows nothing of what is in them. Names are only compared: nothing is ever written by them.

use crate::{Fault, Limits, Reason, Source};
use flate2::read::DeflateDecoder;
use std::io::Read;

/// What the first entry begins with.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

const LOCAL_HEADER: usize = 30;
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
const DIRECTORY_ENTRY_LEN: usize = 46;
const END: &[u8] = b"PK\x05\x06";
const END_LEN: usize = 22;
/// The end may have a comment behind it, whose length is a number of 16 bits.
const FARTHEST_END: usize = END_LEN + 0xFFFF;
/// Where the end of a large archive is: 20 bytes before the end that old programs know.
const LARGE_LOCATOR: &[u8] = b"PK\x06\x07";
const LARGE_LOCATOR_LEN: usize = 20;
const LARGE_END: &[u8] = b"PK\x06\x06";
const LARGE_END_LEN: usize = 56;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;

/// What part of the memory limit a directory may take: 64 MiB of a GiB, which is half a million entries.
const PART_OF_MEMORY: u64 = 16;

/// An archive whose directory has been read.
pub(super) struct Archive<'s> {
    source: &'s Source<'s>,
    directory: Vec<u8>,
    /// How many bytes somebody put before the archive without telling it.
    shift: u64,
}

/// One line of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a [u8],
    at: u64,
    packed: u64,
    method: u16,
    flags: u16,
}

/// The name of the first entry, and what comes behind its header, as far as the head of the file goes.
pub(super) fn first_entry(head: &[u8]) -> Option<(&[u8], &[u8])> {
    let name_len = usize::from(u16_at(head, 26).filter(|_| head.starts_with(MAGIC))?);
    let extra_len = usize::from(u16_at(head, 28)?);
    let (name, rest) = head.get(LOCAL_HEADER..)?.split_at_checked(name_len)?;
    Some((name, rest.get(extra_len..)?))
}

impl<'s> Archive<'s> {
    pub(super) fn open(source: &'s Source<'s>, limits: &Limits) -> Result<Self, Fault> {
        let End { len, start, before } = End::find(source)?;
        let most = limits.max_memory / PART_OF_MEMORY;
        if len > most {
            let words =
                format!("its directory has {len} bytes, of which limits.worker_memory_mib allows {most}");
            return Err(Reason::TooLarge.says(format!("ZIP: {words}")));
        }
        let place =
            before.checked_sub(len).ok_or_else(|| corrupt("its directory is longer than the file"))?;
        let shift =
            place.checked_sub(start).ok_or_else(|| corrupt("its directory is not where it should be"))?;
        let mut directory = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
        let got = source.read(&mut directory, place)?;
        directory.truncate(got);
        Ok(Self { source, directory, shift })
    }

    /// Every entry up to the first that is none.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut rest = self.directory.as_slice();
        std::iter::from_fn(move || {
            let (entry, behind) = entry(rest)?;
            rest = behind;
            Some(entry)
        })
    }

    /// The entry of this name. Case is as it is: writers of these formats keep to it.
    pub(super) fn find(&self, name: &str) -> Option<Entry<'_>> {
        self.entries().find(|entry| entry.name == name.as_bytes())
    }

    /// The bytes of an entry, of which there may be `most`, whatever the directory says of their number.
    pub(super) fn read(&self, entry: &Entry<'_>, most: u64) -> Result<Vec<u8>, Fault> {
        let name = String::from_utf8_lossy(entry.name);
        if entry.flags & ENCRYPTED != 0 {
            return Err(Reason::Encrypted.says(format!("ZIP: {name} needs a password")));
        }
        let packed = self.source.stream(self.place_of(entry)?).take(entry.packed);
        let unpacked: Box<dyn Read> = match entry.method {
            STORED => Box::new(packed),
            DEFLATED => Box::new(DeflateDecoder::new(packed)),
            other => return Err(Reason::Unsupported.says(format!("ZIP: {name} is packed by method {other}"))),
        };
        let mut bytes = Vec::new();
        let read = unpacked.take(most.saturating_add(1)).read_to_end(&mut bytes);
        if bytes.len() as u64 > most {
            let words = "has more bytes than limits.worker_memory_mib allows";
            return Err(Reason::TooLarge.says(format!("ZIP: {name} {words}: {most}")));
        }
        // What is cut short may still be a picture.
        match read {
            Err(error) if bytes.is_empty() => Err(corrupt(&format!("unpack {name}: {error}"))),
            _ => Ok(bytes),
        }
    }

    /// Where the bytes are: behind a header that repeats the name.
    fn place_of(&self, entry: &Entry<'_>) -> Result<u64, Fault> {
        let at = entry.at.saturating_add(self.shift);
        let mut header = [0; LOCAL_HEADER];
        let got = self.source.read(&mut header, at)?;
        let lengths = u16_at(&header, 26).zip(u16_at(&header, 28));
        match lengths.filter(|_| got == LOCAL_HEADER && header.starts_with(MAGIC)) {
            Some((name, extra)) => {
                let behind = (LOCAL_HEADER as u64).saturating_add(name.into()).saturating_add(extra.into());
                Ok(at.saturating_add(behind))
            }
            None => {
                Err(corrupt(&format!("{} is not where it should be", String::from_utf8_lossy(entry.name))))
            }
        }
    }
}

fn entry(directory: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let number = |at| u16_at(directory, at).map(usize::from);
    let long = |at| u32_at(directory, at).map(u64::from);
    let rest = directory.strip_prefix(DIRECTORY_ENTRY).and(directory.get(DIRECTORY_ENTRY_LEN..))?;
    let (name, rest) = rest.split_at_checked(number(28)?)?;
    let (extra, rest) = rest.split_at_checked(number(30)?)?;
    let mut entry = Entry {
        name,
        at: long(42)?,
        packed: long(20)?,
        method: u16_at(directory, 10)?,
        flags: u16_at(directory, 8)?,
    };
    entry.take_large(extra, long(24)?);
    Some((entry, rest.get(number(32)?..)?))
}

impl Entry<'_> {
    /// Numbers that do not fit have all bits set, and stand among the extra fields, in this order.
    fn take_large(&mut self, extra: &[u8], len: u64) {
        const FULL: u64 = 0xFFFF_FFFF;
        const LARGE: u16 = 1;
        let mut fields = extra;
        while let Some((tag, field_len)) = u16_at(fields, 0).zip(u16_at(fields, 2)) {
            let field = fields.get(4..).unwrap_or_default();
            let (field, behind) = field.split_at_checked(field_len.into()).unwrap_or((field, &[]));
            if tag == LARGE {
                let mut numbers = field.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
                let mut large = |number: u64| if number == FULL { numbers.next() } else { None };
                large(len);
                self.packed = large(self.packed).unwrap_or(self.packed);
                self.at = large(self.at).unwrap_or(self.at);
            }
            fields = behind;
        }
    }
}

/// Where the directory is, and how long.
struct End {
    len: u64,
    start: u64,
    /// Where what follows the directory begins.
    before: u64,
}

impl End {
    fn find(source: &Source<'_>) -> Result<Self, Fault> {
        let tail = source.tail(FARTHEST_END)?;
        let place =
            (0..tail.len()).rev().find(|place| tail.get(*place..).is_some_and(|rest| rest.starts_with(END)));
        let place = place.ok_or_else(|| corrupt("it has no directory, and may be cut short"))?;
        let before = source.len().saturating_sub(tail.len() as u64).saturating_add(place as u64);
        let end = tail.get(place..).unwrap_or_default();
        let locator = place.checked_sub(LARGE_LOCATOR_LEN).and_then(|at| tail.get(at..place));
        if let Some(locator) = locator.filter(|locator| locator.starts_with(LARGE_LOCATOR)) {
            return Self::large(source, u64_at(locator, 8).unwrap_or(u64::MAX));
        }
        let numbers = u32_at(end, 12).zip(u32_at(end, 16));
        let (len, start) = numbers.ok_or_else(|| corrupt("its end is cut short"))?;
        Ok(Self { len: len.into(), start: start.into(), before })
    }

    fn large(source: &Source<'_>, at: u64) -> Result<Self, Fault> {
        let mut end = [0; LARGE_END_LEN];
        let got = source.read(&mut end, at)?;
        let numbers = u64_at(&end, 40).zip(u64_at(&end, 48));
        match numbers.filter(|_| got == LARGE_END_LEN && end.starts_with(LARGE_END)) {
            Some((len, start)) => Ok(Self { len, start, before: at }),
            None => Err(corrupt("its end is not where it should be")),
        }
    }
}

fn corrupt(words: &str) -> Fault {
    Reason::Corrupt.says(format!("ZIP: {words}"))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const LIMITS: Limits = Limits { max_pixels: 1, max_memory: 16 << 10 };

    /// An archive of one entry, and whatever `change` makes of its line in the directory.
    fn archive(bytes: &[u8], method: u16, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let packed = match method {
            DEFLATED => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            _ => bytes.to_vec(),
        };
        let sizes = [(packed.len() as u32).to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat();
        let method = method.to_le_bytes();
        let local =
            [MAGIC, &[20, 0, 0, 0], &method, &[0; 8], &sizes, &[1, 0, 2, 0], b"a", b"xx", &packed].concat();
        let mut line =
            [DIRECTORY_ENTRY, &[20, 0, 20, 0, 0, 0], &method, &[0; 8], &sizes, &[1, 0], &[0; 16], b"a"]
                .concat();
        change(&mut line);
        let place = [(line.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes()].concat();
        [local, line, [END, &[0; 4], &[1, 0, 1, 0], &place, &[2, 0], b"hi"].concat()].concat()
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<&[u8], Reason>) {
        let source = Source::from_bytes(&file);
        let read = Archive::open(&source, &LIMITS)
            .and_then(|archive| archive.read(&archive.find("a").expect("it is in the directory"), 100));
        assert_eq!(read.as_deref().map_err(|fault| fault.reason), wanted);
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        check(&archive(b"hello", STORED, |_| ()), Ok(b"hello"));
        check(&archive(&[7; 100], DEFLATED, |_| ()), Ok(&[7; 100]));
        // Something before the archive that does not count itself in.
        check(&[b"#!/bin/sh\n".as_slice(), &archive(b"hello", DEFLATED, |_| ())].concat(), Ok(b"hello"));
    }

    #[test]
    fn what_is_too_much_is_refused() {
        check(&archive(&[7; 101], DEFLATED, |_| ()), Err(Reason::TooLarge));
        check(&archive(&[7; 101], STORED, |_| ()), Err(Reason::TooLarge));
        let understated = |line: &mut Vec<u8>| line[24..28].copy_from_slice(&[1, 0, 0, 0]);
        check(&archive(&vec![7; 100_000], DEFLATED, understated), Err(Reason::TooLarge));
        check(&archive(b"hello", STORED, |line| line.extend([0; 2000])), Err(Reason::TooLarge));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        check(&archive(b"hello", STORED, |line| line[8] = 1), Err(Reason::Encrypted));
        check(&archive(b"hello", 12, |_| ()), Err(Reason::Unsupported));
        check(&archive(b"hello", STORED, |line| line[42] = 9), Err(Reason::Corrupt));
        check(&archive(b"hello", STORED, |_| ())[..50], Err(Reason::Corrupt));
    }

    /// Numbers of 64 bits stand elsewhere.
    #[test]
    fn a_large_entry_has_its_numbers_behind_its_name() {
        let large = |line: &mut Vec<u8>| {
            let numbers: Vec<u8> = [5_u64, 5, 0].iter().flat_map(|number| number.to_le_bytes()).collect();
            line[20..28].fill(0xFF);
            line[42..46].fill(0xFF);
            line[30] = 28;
            line.extend([&[1, 0, 24, 0], numbers.as_slice()].concat());
        };
        check(&archive(b"hello", STORED, large), Ok(b"hello"));
    }
}
