//! The bytes of one file, wherever they are.
//! Knows nothing of paths or descriptors: whoever has those implements [`ReadAt`].

use crate::{Fault, Limits, Reason};
use std::{cell::OnceCell, io};

/// Bytes that can be read at any place. Reads never change the bytes.
pub trait ReadAt {
    /// Fills the front of `buffer` from `offset` on; returns how many bytes; 0 only at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}

/// How many bytes from the front are enough to tell a format.
pub(crate) const HEAD_LEN: usize = 4096;

/// One file's bytes, its front already at hand, the rest read when somebody asks.
pub struct Source<'a> {
    reader: &'a dyn ReadAt,
    len: u64,
    head: Vec<u8>,
    all: OnceCell<Vec<u8>>,
}

impl<'a> Source<'a> {
    /// A source of `len` bytes behind `reader`.
    pub fn new(reader: &'a dyn ReadAt, len: u64) -> Result<Self, Fault> {
        let mut head = vec![0; HEAD_LEN.min(usize::try_from(len).unwrap_or(HEAD_LEN))];
        let got = read_full(reader, &mut head, 0)?;
        head.truncate(got);
        Ok(Self { reader, len, head, all: OnceCell::new() })
    }

    /// A source whose bytes are in memory already.
    pub fn from_bytes(bytes: &'a &'a [u8]) -> Self {
        let head = bytes.get(..HEAD_LEN.min(bytes.len())).unwrap_or_default().to_vec();
        Self { reader: bytes, len: bytes.len() as u64, head, all: OnceCell::new() }
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first bytes, up to 4096 of them.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The first `count` bytes, or all if there are fewer: for who finds too little in the head.
    pub(crate) fn front(&self, count: usize) -> Result<Vec<u8>, Fault> {
        let mut front = vec![0; count.min(usize::try_from(self.len).unwrap_or(count))];
        let got = read_full(self.reader, &mut front, 0)?;
        front.truncate(got);
        Ok(front)
    }

    /// Whatever is at `offset`, without reading the rest: for formats whose picture is a small part of a large file.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        match self.head.get(at..at.saturating_add(buffer.len())) {
            Some(bytes) => {
                buffer.copy_from_slice(bytes);
                Ok(buffer.len())
            }
            None => self.reader.read_at(buffer, offset),
        }
    }

    /// The last `count` bytes, or all if there are fewer.
    pub fn tail(&self, count: usize) -> Result<Vec<u8>, Fault> {
        let count = count.min(usize::try_from(self.len).unwrap_or(count));
        let mut tail = vec![0; count];
        let got = read_full(self.reader, &mut tail, self.len.saturating_sub(count as u64))?;
        tail.truncate(got);
        Ok(tail)
    }

    /// Fills the front of `buffer` from `offset` on; returns how many bytes there were.
    pub(crate) fn read(&self, buffer: &mut [u8], offset: u64) -> Result<usize, Fault> {
        read_full(self.reader, buffer, offset)
    }

    /// The bytes from `offset` on, one after the other: for files of which only a part is wanted.
    pub(crate) fn stream(&self, offset: u64) -> Stream<'_> {
        Stream { reader: self.reader, offset }
    }

    /// Everything, read once. Refused when the file alone would take more than half of the memory limit.
    pub fn bytes(&self, limits: &Limits) -> Result<&[u8], Fault> {
        if let Some(all) = self.all.get() {
            return Ok(all);
        }
        let all = self.copied(limits)?;
        Ok(self.all.get_or_init(|| all))
    }

    /// Everything, for a decoder that wants to own it. Refused as [`Self::bytes`] refuses.
    pub fn copied(&self, limits: &Limits) -> Result<Vec<u8>, Fault> {
        let most = limits.max_memory / 2;
        if self.len > most {
            return Err(Reason::TooLarge.says(format!(
                "the file has {} bytes, of which limits.worker_memory_mib allows {most} to be read",
                self.len
            )));
        }
        let len = usize::try_from(self.len).map_err(|_| Reason::TooLarge.says("file larger than memory"))?;
        let mut all = Vec::new();
        all.try_reserve_exact(len)
            .map_err(|_| Reason::OutOfMemory.says(format!("no memory for {len} bytes")))?;
        all.resize(len, 0);
        let got = read_full(self.reader, &mut all, 0)?;
        all.truncate(got);
        Ok(all)
    }
}

/// Reads on from one place of a source.
pub(crate) struct Stream<'a> {
    reader: &'a dyn ReadAt,
    offset: u64,
}

impl io::Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.reader.read_at(buffer, self.offset)?;
        self.offset = self.offset.saturating_add(got as u64);
        Ok(got)
    }
}

impl ReadAt for &[u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}

pub(crate) fn read_full(reader: &dyn ReadAt, buffer: &mut [u8], offset: u64) -> Result<usize, Fault> {
    let mut done = 0_usize;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match reader.read_at(rest, offset.saturating_add(done as u64)) {
            Ok(0) => break,
            Ok(count) => done = done.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Reason::Io.says(format!("read at {offset}: {error}"))),
        }
    }
    Ok(done)
}
