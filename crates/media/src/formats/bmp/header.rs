//! The header of a BMP or DIB in its many sizes, brought to one shape.
//! Knows nothing of pixels.

use crate::formats::cursor::Cursor;
use crate::{Fault, Reason};
use std::ops::Range;

/// "BM", file size, two reserved words, where the pixels begin.
pub(crate) const FILE_HEADER_LEN: usize = 14;
/// OS/2 1.x: 16-bit sizes, palette entries of three bytes.
const CORE_LEN: usize = 12;
/// OS/2 2.x headers have any length between these, what is left out being zero.
const OS2_LEN: Range<usize> = 16..65;
/// Windows' headers: 40 for version 3, 52 and 56 with masks, 108 for version 4, 124 for version 5.
const WINDOWS_LENS: [usize; 5] = [40, 52, 56, 108, 124];
/// `bV5CSType` of a profile inside the file: `MBED` read as a number.
const PROFILE_EMBEDDED: u32 = 0x4d42_4544;

/// How the pixels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Raw,
    Rle4,
    Rle8,
    Rle24,
    Huffman,
    Jpeg,
    Png,
}

/// What every header says in the end.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) top_down: bool,
    pub(crate) bits: u16,
    pub(crate) coding: Coding,
    /// Red, green, blue, alpha; for 16 and 32 bits.
    pub(crate) masks: [u32; 4],
    pub(crate) palette: Vec<[u8; 3]>,
    /// Where the file header says that pixels begin, or after the palette if it says nonsense.
    pub(crate) pixels_at: usize,
    pub(crate) after_palette: usize,
    pub(crate) profile: Option<Range<usize>>,
    planes: u16,
}

fn short() -> Fault {
    Reason::Corrupt.says("BMP: cut short in the header")
}

impl Header {
    /// The header at `start`: 14 in a file, 0 in a clipboard's DIB or an icon.
    pub(crate) fn parse(file: &[u8], start: usize) -> Result<Self, Fault> {
        let mut cursor = Cursor::at(file, start);
        let len = cursor.u32_le().ok_or_else(short)? as usize;
        let mut header = if len == CORE_LEN {
            Self::core(&mut cursor).ok_or_else(short)?
        } else if WINDOWS_LENS.contains(&len) || OS2_LEN.contains(&len) {
            let fields = Cursor::at(file, start).take(len).ok_or_else(short)?;
            Self::long(fields)?
        } else {
            return Err(Reason::Unsupported.says(format!("BMP: header of {len} bytes")));
        };
        header.check()?;
        let after_header = start.saturating_add(len);
        let after_masks = after_header.saturating_add(header.read_masks_behind(file, after_header, len));
        header.place(file, start, after_masks, if len == CORE_LEN { 3 } else { 4 });
        header.profile = embedded_profile(file, start, len);
        Ok(header)
    }

    fn core(cursor: &mut Cursor<'_>) -> Option<Self> {
        let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
        let (planes, bits) = (cursor.u16_le()?, cursor.u16_le()?);
        Some(Self::new((u32::from(width), i64::from(height)), (planes, bits), Coding::Raw))
    }

    fn new((width, height): (u32, i64), (planes, bits): (u16, u16), coding: Coding) -> Self {
        Self {
            width,
            height: u32::try_from(height.unsigned_abs()).unwrap_or(u32::MAX),
            top_down: height < 0,
            bits,
            coding,
            masks: [0; 4],
            palette: Vec::new(),
            pixels_at: 0,
            after_palette: 0,
            profile: None,
            planes,
        }
    }

    /// Any header with 32-bit sizes. OS/2's may end early: what is left out is zero.
    fn long(fields: &[u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::at(fields, 4);
        let width = cursor.u32_le().ok_or_else(short)?;
        let height = cursor.i32_le().ok_or_else(short)?;
        let (planes, bits) = (cursor.u16_le().ok_or_else(short)?, cursor.u16_le().ok_or_else(short)?);
        let compression = cursor.u32_le().unwrap_or(0);
        let windows = WINDOWS_LENS.contains(&fields.len());
        let coding = coding(compression, bits, windows)?;
        let mut header = Self::new((width, i64::from(height)), (planes, bits), coding);
        header.palette = vec![[0; 3]; Cursor::at(fields, 32).u32_le().unwrap_or(0).min(256) as usize];
        header.masks = match (bits, matches!(compression, 3 | 6) && windows) {
            (_, true) => masks(&mut Cursor::at(fields, 40), if fields.len() >= 56 { 4 } else { 3 }),
            (16, false) => [0x7c00, 0x03e0, 0x001f, 0],
            (_, false) => [0x00ff_0000, 0x0000_ff00, 0x0000_00ff, 0],
        };
        Ok(header)
    }

    fn check(&self) -> Result<(), Fault> {
        let known = match self.coding {
            Coding::Raw => matches!(self.bits, 1 | 2 | 4 | 8 | 16 | 24 | 32),
            Coding::Rle4 => self.bits == 4,
            Coding::Rle8 => self.bits == 8,
            Coding::Rle24 => self.bits == 24,
            Coding::Huffman => self.bits == 1,
            Coding::Jpeg | Coding::Png => true,
        };
        if known {
            Ok(())
        } else {
            Err(Reason::Unsupported.says(format!("BMP: {} bits with {:?} coding", self.bits, self.coding)))
        }
    }

    /// Version 3 keeps its masks behind the header. Returns how many bytes they take.
    fn read_masks_behind(&mut self, file: &[u8], at: usize, header_len: usize) -> usize {
        let compression = Cursor::at(file, at.saturating_sub(header_len).saturating_add(16)).u32_le();
        let count = match (header_len, compression) {
            (40, Some(3)) if matches!(self.bits, 16 | 32) => 3_usize,
            (40, Some(6)) => 4,
            _ => return 0,
        };
        self.masks = masks(&mut Cursor::at(file, at), count);
        count.saturating_mul(4)
    }

    /// Reads the palette and settles where the pixels are.
    fn place(&mut self, file: &[u8], start: usize, palette_at: usize, entry_len: usize) {
        let said =
            if start == FILE_HEADER_LEN { Cursor::at(file, 10).u32_le().unwrap_or(0) as usize } else { 0 };
        let plausible = (palette_at..file.len()).contains(&said);
        let named = self.palette.len();
        let mut count = match self.bits {
            1 | 2 | 4 | 8 if named == 0 => 1_usize << self.bits,
            1 | 2 | 4 | 8 => named.min(1_usize << self.bits),
            _ => named,
        };
        if plausible {
            count = count.min(said.saturating_sub(palette_at).checked_div(entry_len).unwrap_or(0));
        }
        let mut cursor = Cursor::at(file, palette_at);
        self.palette = (0..count)
            .map_while(|_| cursor.take(entry_len))
            .filter_map(|entry| match entry {
                [blue, green, red, ..] => Some([*red, *green, *blue]),
                _ => None,
            })
            .collect();
        self.after_palette = palette_at.saturating_add(count.saturating_mul(entry_len));
        self.pixels_at = if plausible { said } else { self.after_palette };
    }

    /// A DIB has no magic number, so every field must be as a program would write it.
    pub(crate) fn is_plausible_without_file_header(&self) -> bool {
        // More pixels along one side than any clipboard or scanner gives.
        const LONGEST_SIDE: u32 = 1 << 16;
        self.planes == 1
            && (1..=LONGEST_SIDE).contains(&self.width)
            && (1..=LONGEST_SIDE).contains(&self.height)
    }

    pub(crate) fn has_alpha(&self) -> bool {
        matches!(self.bits, 16 | 32) && self.masks[3] != 0
    }

    /// Bytes of one row, which always ends on a border of four.
    pub(crate) fn stride(&self) -> usize {
        let bits = u64::from(self.width).saturating_mul(u64::from(self.bits));
        usize::try_from(bits.div_ceil(32).saturating_mul(4)).unwrap_or(usize::MAX).max(1)
    }
}

fn coding(compression: u32, bits: u16, windows: bool) -> Result<Coding, Fault> {
    Ok(match (compression, windows) {
        (0 | 6, _) | (3, true) => Coding::Raw,
        (1, _) => Coding::Rle8,
        (2, _) => Coding::Rle4,
        (3, false) => Coding::Huffman,
        (4, false) => Coding::Rle24,
        (4, true) if bits == 24 => Coding::Rle24,
        (4, true) => Coding::Jpeg,
        (5, true) => Coding::Png,
        (other, _) => return Err(Reason::Unsupported.says(format!("BMP: compression {other}"))),
    })
}

fn masks(cursor: &mut Cursor<'_>, count: usize) -> [u32; 4] {
    let mut masks = [0; 4];
    for mask in masks.iter_mut().take(count) {
        *mask = cursor.u32_le().unwrap_or(0);
    }
    masks
}

fn embedded_profile(file: &[u8], start: usize, header_len: usize) -> Option<Range<usize>> {
    let field = |offset: usize| Cursor::at(file, start.saturating_add(offset)).u32_le();
    if header_len < 124 || field(56)? != PROFILE_EMBEDDED {
        return None;
    }
    let from = start.checked_add(field(112)? as usize)?;
    Some(from..from.checked_add(field(116)? as usize)?)
}
