//! A file to read and seek in, but not for long.
//! Knows how much is enough; nothing of what is looked for.

use crate::cas::ReadAt;
use std::io::{self, Read, Seek, SeekFrom};

/// What may be read beside the head to look into one container: directories lie at its end. An office document takes
/// some tens of KiB; a hostile one shall not take more than a moment.
pub(super) const MOST_READ: u64 = 1024 * 1024;

/// The file.
pub(super) struct Window<R> {
    pub(super) read_at: R,
    pub(super) size: u64,
    pub(super) position: u64,
    pub(super) bytes_read: u64,
}

impl<R: ReadAt> Read for Window<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes_read >= MOST_READ {
            return Err(io::Error::other("looked at enough of this file"));
        }
        let read = (self.read_at)(buffer, self.position)?;
        self.position += read as u64;
        self.bytes_read += read as u64;
        Ok(read)
    }
}

impl<R: ReadAt> Seek for Window<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl<R: ReadAt> Window<R> {
    pub(super) fn new(read_at: R, size: u64) -> Self {
        Self { read_at, size, position: 0, bytes_read: 0 }
    }

    /// So many bytes from there, if there are so many.
    pub(super) fn take<const N: usize>(&mut self, from: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.seek(SeekFrom::Start(from)).ok()?;
        self.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}
