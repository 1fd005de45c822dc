//! A source to read and seek in, but not for ever: whoever parses tags may take in only so much.
//! Knows nothing of tags.

use crate::Source;
use std::io::{self, Read, Seek, SeekFrom};

/// How a parser is told that it may have no more.
pub(super) const OVER_THE_LIMIT: io::ErrorKind = io::ErrorKind::QuotaExceeded;

/// What is read at once: tags are read number by number.
const AT_ONCE: usize = 16 << 10;

/// A place in a source.
pub(super) struct Reader<'s> {
    source: &'s Source<'s>,
    position: u64,
    /// Bytes that may still be handed out.
    left: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl<'s> Reader<'s> {
    /// From the start, and no more than `most` bytes in all.
    pub(super) fn new(source: &'s Source<'s>, most: u64) -> Self {
        Self { source, position: 0, left: most, buffer: Vec::new(), buffer_at: 0 }
    }

    /// What is buffered from here on; all of the buffer may be.
    fn buffered(&mut self) -> io::Result<&[u8]> {
        let within = self.position.checked_sub(self.buffer_at).and_then(|at| usize::try_from(at).ok());
        let at = if let Some(at) = within.filter(|at| *at < self.buffer.len()) {
            at
        } else {
            self.buffer.resize(AT_ONCE, 0);
            let got = self.source.read_at(&mut self.buffer, self.position)?;
            self.buffer.truncate(got);
            self.buffer_at = self.position;
            0
        };
        Ok(self.buffer.get(at..).unwrap_or_default())
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !to.is_empty() {
            return Err(io::Error::new(OVER_THE_LIMIT, "so many bytes of tags"));
        }
        let room = to.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let bytes = self.buffered()?;
        let count = bytes.len().min(room);
        if let (Some(to), Some(from)) = (to.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        self.position = self.position.saturating_add(count as u64);
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.source.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_like_a_file_and_ends_where_it_must() {
        let bytes: Vec<u8> = (0..40_000_u32).map(|at| (at % 251) as u8).collect();
        let bytes = bytes.as_slice();
        let source = Source::from_bytes(&bytes);
        let mut reader = Reader::new(&source, 30_000);
        assert_eq!(reader.seek(SeekFrom::End(-10_000)).unwrap(), 30_000);
        let mut tail = Vec::new();
        reader.read_to_end(&mut tail).unwrap();
        assert_eq!(tail, &bytes[30_000..]);
        reader.seek(SeekFrom::Start(1)).unwrap();
        let mut rest = vec![0; 20_000];
        reader.read_exact(&mut rest).unwrap();
        assert_eq!(rest, &bytes[1..20_001]);
        assert_eq!(reader.read(&mut rest).unwrap_err().kind(), OVER_THE_LIMIT);
        assert!(reader.seek(SeekFrom::Current(-1 << 40)).is_err());
    }
}
