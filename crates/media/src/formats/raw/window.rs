//! A stretch of the file, read piece by piece: a RAW file has fifty megabytes, and what is shown of it lies in one.
//! Knows nothing of what is in it; past the end everything is `None`.

use crate::source::read_full;
use crate::{ReadAt, Source};
use std::io;

/// The most that is read at once. Directories, maker notes and sections without pictures are smaller.
const MOST_AT_ONCE: usize = 1 << 20;

/// Bytes `start` to `start + len` of the file.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    source: &'a Source<'a>,
    start: u64,
    len: u64,
}

impl<'a> Window<'a> {
    /// The whole file.
    pub(super) fn whole(source: &'a Source<'a>) -> Self {
        Self { source, start: 0, len: source.len() }
    }

    /// Bytes to be had.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The stretch of at most `len` bytes at `offset`; shorter where the file ends, none where it ended before.
    pub(super) fn part(&self, offset: u64, len: u64) -> Option<Self> {
        let rest = self.len.checked_sub(offset).filter(|rest| *rest > 0)?;
        Some(Self { source: self.source, start: self.start.checked_add(offset)?, len: len.min(rest) })
    }

    /// Everything from `offset` on.
    pub(super) fn from(&self, offset: u64) -> Option<Self> {
        self.part(offset, u64::MAX)
    }

    /// Exactly `len` bytes at `offset`.
    pub(super) fn bytes(&self, offset: u64, len: usize) -> Option<Vec<u8>> {
        if len > MOST_AT_ONCE || offset.checked_add(len as u64)? > self.len {
            return None;
        }
        let mut bytes = vec![0; len];
        let got = read_full(self, &mut bytes, offset).ok()?;
        (got == len).then_some(bytes)
    }

    pub(super) fn array<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        self.bytes(offset, N)?.try_into().ok()
    }

    pub(super) fn u8(&self, offset: u64) -> Option<u8> {
        self.array(offset).map(u8::from_le_bytes)
    }

    pub(super) fn u16_le(&self, offset: u64) -> Option<u16> {
        self.array(offset).map(u16::from_le_bytes)
    }

    pub(super) fn u16_be(&self, offset: u64) -> Option<u16> {
        self.array(offset).map(u16::from_be_bytes)
    }

    pub(super) fn u32_le(&self, offset: u64) -> Option<u32> {
        self.array(offset).map(u32::from_le_bytes)
    }

    pub(super) fn u32_be(&self, offset: u64) -> Option<u32> {
        self.array(offset).map(u32::from_be_bytes)
    }

    /// Where it begins, counted from where another one does.
    pub(super) fn offset_in(&self, outer: &Self) -> Option<u64> {
        self.start.checked_sub(outer.start)
    }

    /// Whether this and the other share no byte.
    pub(super) fn is_apart_from(&self, other: &Self) -> bool {
        self.start.saturating_add(self.len) <= other.start
            || other.start.saturating_add(other.len) <= self.start
    }
}

impl ReadAt for Window<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = rest.min(buffer.len());
        let buffer = buffer.get_mut(..count).unwrap_or_default();
        self.source.read_at(buffer, self.start.saturating_add(offset))
    }
}
