//! The five parts of a PSD, one after the other: header, palette, resources, layers, composite. In a PSB, lengths of the
//! later ones have eight bytes.
//! Knows where each lies and what the header says; knows nothing of what is in the others but for one thing of the layers:
//! whether the composite is transparent.

use crate::{Fault, Reason, Source};

/// What the numbers of a picture mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Bitmap,
    Grey,
    Indexed,
    Rgb,
    Inks,
    /// A plane for each plate of a printer, whichever those are.
    Multichannel,
    /// Grey, with curves of the inks that it is printed with.
    Duotone,
    Lab,
}

impl Mode {
    fn of(number: u16) -> Result<Self, Fault> {
        Ok(match number {
            0 => Self::Bitmap,
            1 => Self::Grey,
            2 => Self::Indexed,
            3 => Self::Rgb,
            4 => Self::Inks,
            7 => Self::Multichannel,
            8 => Self::Duotone,
            9 => Self::Lab,
            other => return Err(Reason::Unsupported.says(format!("PSD: colour mode {other}"))),
        })
    }
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) at: u64,
    pub(super) len: u64,
}

/// Profiles of printers have up to three megabytes. What is longer than this is none, nor anything else that a thumbnail
/// needs.
const LONGEST: u64 = 16 << 20;

impl Span {
    pub(super) fn end(self) -> u64 {
        self.at.saturating_add(self.len)
    }

    /// Its bytes, if there are any, if they are all there, and not too many.
    pub(super) fn bytes(self, source: &Source<'_>) -> Option<Vec<u8>> {
        if self.len == 0 || self.len > LONGEST || self.end() > source.len() {
            return None;
        }
        let mut bytes = vec![0; self.len as usize];
        let got = source.read(&mut bytes, self.at).ok()?;
        (got == bytes.len()).then_some(bytes)
    }
}

/// What the header says, and where the parts are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sections {
    /// PSB: lengths of eight bytes, and of four where a PSD has two.
    pub(super) large: bool,
    pub(super) channels: u16,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of a sample.
    pub(super) depth: u16,
    pub(super) mode: Mode,
    pub(super) palette: Span,
    pub(super) resources: Span,
    /// Layers and composite are missing in a file that is cut short in front of them.
    layers: Option<Span>,
}

impl Sections {
    pub(super) fn read(source: &Source<'_>) -> Result<Self, Fault> {
        let mut walk = Walk { source, at: 4 };
        let cut_short = || Reason::Corrupt.says("PSD: cut short in its header");
        let version = walk.u16().ok_or_else(cut_short)?;
        walk.at = 12; // six bytes of nothing
        let mut read = || Some((walk.u16()?, walk.u32()?, walk.u32()?, walk.u16()?, walk.u16()?));
        let (channels, height, width, depth, mode) = read().ok_or_else(cut_short)?;
        let large = version == 2;
        let palette = walk.span(false).ok_or_else(cut_short)?;
        let resources = walk.span(false).ok_or_else(cut_short)?;
        let layers = walk.span(large);
        Ok(Self { large, channels, width, height, depth, mode: Mode::of(mode)?, palette, resources, layers })
    }

    /// Where the composite begins.
    pub(super) fn composite_at(&self) -> Option<u64> {
        self.layers.map(Span::end)
    }

    /// Whether the first channel beyond the colours is the composite's alpha, and not some selection that was saved: the
    /// layers' number is negative then, or a block says nothing else.
    pub(super) fn is_transparent(&self, source: &Source<'_>) -> bool {
        self.layers.and_then(|layers| self.transparency(source, layers)).is_some_and(|found| found)
    }

    fn transparency(&self, source: &Source<'_>, layers: Span) -> Option<bool> {
        let mut walk = Walk { source, at: layers.at };
        let counted = walk.within(layers, self.large)?;
        if (Walk { source, at: counted.at }).is_negative(counted) {
            return Some(true);
        }
        walk.within(layers, false)?; // the mask over all layers
        for _ in 0..MOST_BLOCKS {
            let key = walk.block_key(layers)?;
            let has_long_length = self.large && LONG.contains(&&key);
            let block = walk.within(layers, has_long_length)?;
            let is_negative = || (Walk { source, at: block.at }).is_negative(block);
            match &key {
                b"Mtrn" | b"Mt16" | b"Mt32" => return Some(true),
                b"Layr" | b"Lr16" | b"Lr32" if is_negative() => return Some(true),
                _ => {}
            }
        }
        None
    }
}

/// Photoshop writes some tens of blocks. A file could hold a hundred million empty ones.
pub(super) const MOST_BLOCKS: usize = 4096;

/// Blocks whose length has eight bytes in a PSB.
const LONG: &[&[u8; 4]] = &[
    b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk", b"lnk2", b"FEid",
    b"FXid", b"PxSD",
];

/// Reads numbers where it is, and goes on.
pub(super) struct Walk<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) at: u64,
}

impl Walk<'_> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        let got = self.source.read(&mut bytes, self.at).ok()?;
        self.at = self.at.saturating_add(N as u64);
        (got == N).then_some(bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A length and what it is the length of, which is skipped.
    fn span(&mut self, long: bool) -> Option<Span> {
        let len = if long { self.array().map(u64::from_be_bytes)? } else { self.u32()?.into() };
        let span = Span { at: self.at, len };
        self.at = span.end();
        Some(span)
    }

    /// The same inside of something else.
    fn within(&mut self, whole: Span, long: bool) -> Option<Span> {
        let part = self.span(long)?;
        (part.end() <= whole.end()).then_some(part)
    }

    /// The name of the block here. Some writers fill up to four bytes between blocks, others do not.
    fn block_key(&mut self, whole: Span) -> Option<[u8; 4]> {
        let from = self.at;
        for filled in 0..4_u64 {
            self.at = from.saturating_add(filled);
            if self.at >= whole.end() {
                return None;
            }
            if let b"8BIM" | b"8B64" = &self.array()? {
                return self.array();
            }
        }
        None
    }

    fn is_negative(&mut self, counted: Span) -> bool {
        counted.len >= 2 && self.u16().is_some_and(|count| count & 0x8000 != 0)
    }
}
