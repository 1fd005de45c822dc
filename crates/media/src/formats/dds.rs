//! DDS: the first surface of a texture, block-compressed (BC1 to BC5, BC7) or of masked pixels.
//! Knows nothing of what becomes of the picture. BC6H's light and cube maps' other faces are left out.

use super::cursor::Cursor;
use super::raster::{Admitted, admit, filled, to_8_bits, without_idle_alpha};
use super::{Format, Kind, Order, Signature};
use crate::{Fault, Picture, Reason, Source};

pub(crate) const FORMAT: Format = Format {
    name: "DDS",
    mime_types: &["image/vnd-ms.dds", "image/x-dds"],
    extensions: &["dds"],
    kind: Kind::Image,
    signature: Signature::Magic(&[&[(0, b"DDS \x7c\0\0\0")]]),
    decode,
};

/// Magic number and header.
const HEADER_LEN: usize = 128;
/// The further header behind a code of `DX10`.
const DX10_LEN: usize = 20;

fn decode(source: &Source<'_>, order: &Order<'_>) -> Result<Picture, Fault> {
    let file = source.bytes(order.limits)?;
    let header = Header::parse(file).ok_or_else(|| Reason::Corrupt.says("DDS: cut short in the header"))?;
    let layout = header.layout(file)?;
    let size = admit(order.limits, (header.width, header.height), 4)?;
    let body = file.get(layout.starts_at()..).unwrap_or_default();
    let (rgba, whole) = match layout {
        Layout::Blocks { block, .. } => unfold(body, block, size)?,
        Layout::Masked { bytes, masks } => unmask(body, bytes, masks, size)?,
    };
    if body.is_empty() {
        return Err(Reason::Corrupt.says("DDS: no pixels"));
    }
    let mut picture = Picture::new(without_idle_alpha(rgba), size.width, size.height);
    if !whole {
        picture.warnings.push("cut short".to_owned());
    }
    Ok(picture)
}

struct Header {
    width: u32,
    height: u32,
    flags: u32,
    code: [u8; 4],
    bits: u32,
    masks: [u32; 4],
}

/// Of one block of 4 × 4 pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Bc1,
    Bc2,
    Bc3,
    Bc4,
    Bc5,
    Bc7,
}

enum Layout {
    Blocks { block: Block, dx10: bool },
    Masked { bytes: usize, masks: [u32; 4] },
}

impl Layout {
    fn starts_at(&self) -> usize {
        match self {
            Self::Blocks { dx10: true, .. } => HEADER_LEN.saturating_add(DX10_LEN),
            Self::Blocks { dx10: false, .. } | Self::Masked { .. } => HEADER_LEN,
        }
    }
}

impl Header {
    fn parse(file: &[u8]) -> Option<Self> {
        let mut size = Cursor::at(file, 12);
        let (height, width) = (size.u32_le()?, size.u32_le()?);
        let mut format = Cursor::at(file, 80);
        let (flags, code, bits) = (format.u32_le()?, format.array()?, format.u32_le()?);
        let masks = [format.u32_le()?, format.u32_le()?, format.u32_le()?, format.u32_le()?];
        Some(Self { width, height, flags, code, bits, masks })
    }

    fn layout(&self, file: &[u8]) -> Result<Layout, Fault> {
        const HAS_ALPHA: u32 = 0x1;
        const HAS_CODE: u32 = 0x4;
        const IS_GREY: u32 = 0x0002_0000;
        let unsupported = |what: String| Err(Reason::Unsupported.says(format!("DDS: {what}")));
        if self.flags & HAS_CODE != 0 {
            let dx10 = &self.code == b"DX10";
            let block = if dx10 { block_of_dx10(file) } else { block_of_code(self.code) };
            return match block {
                Some(block) => Ok(Layout::Blocks { block, dx10 }),
                None => unsupported(format!("surface format {}", self.code.escape_ascii())),
            };
        }
        if !matches!(self.bits, 8 | 16 | 24 | 32) {
            return unsupported(format!("{} bits a pixel", self.bits));
        }
        let [red, mut green, mut blue, alpha] = self.masks;
        if self.flags & IS_GREY != 0 {
            (green, blue) = (red, red);
        }
        let alpha = if self.flags & HAS_ALPHA == 0 { 0 } else { alpha };
        Ok(Layout::Masked { bytes: (self.bits / 8) as usize, masks: [red, green, blue, alpha] })
    }
}

fn block_of_code(code: [u8; 4]) -> Option<Block> {
    Some(match &code {
        b"DXT1" => Block::Bc1,
        b"DXT2" | b"DXT3" => Block::Bc2,
        b"DXT4" | b"DXT5" => Block::Bc3,
        b"ATI1" | b"BC4U" => Block::Bc4,
        b"ATI2" | b"BC5U" => Block::Bc5,
        _ => return None,
    })
}

/// By `DXGI_FORMAT`, whose families come typeless, plain and as sRGB.
fn block_of_dx10(file: &[u8]) -> Option<Block> {
    Some(match Cursor::at(file, HEADER_LEN).u32_le()? {
        70..=72 => Block::Bc1,
        73..=75 => Block::Bc2,
        76..=78 => Block::Bc3,
        79 | 80 => Block::Bc4,
        82 | 83 => Block::Bc5,
        97..=99 => Block::Bc7,
        _ => return None,
    })
}

impl Block {
    fn len(self) -> usize {
        match self {
            Self::Bc1 | Self::Bc4 => 8,
            Self::Bc2 | Self::Bc3 | Self::Bc5 | Self::Bc7 => 16,
        }
    }

    /// Sixteen pixels.
    fn unfold(self, bytes: &[u8]) -> [[u8; 4]; 16] {
        let mut rgba = [0_u8; 64];
        let mut narrow = [0_u8; 32];
        match self {
            Self::Bc1 => bcdec_rs::bc1(bytes, &mut rgba, 16),
            Self::Bc2 => bcdec_rs::bc2(bytes, &mut rgba, 16),
            Self::Bc3 => bcdec_rs::bc3(bytes, &mut rgba, 16),
            Self::Bc7 => bcdec_rs::bc7(bytes, &mut rgba, 16),
            Self::Bc4 => {
                bcdec_rs::bc4(bytes, &mut narrow, 4, false);
                let (pixels, _) = rgba.as_chunks_mut::<4>();
                pixels.iter_mut().zip(narrow).for_each(|(pixel, red)| *pixel = [red, red, red, u8::MAX]);
            }
            Self::Bc5 => {
                bcdec_rs::bc5(bytes, &mut narrow, 8, false);
                let ((pixels, _), (pairs, _)) = (rgba.as_chunks_mut::<4>(), narrow.as_chunks::<2>());
                pixels
                    .iter_mut()
                    .zip(pairs)
                    .for_each(|(pixel, [red, green])| *pixel = [*red, *green, 0, u8::MAX]);
            }
        }
        let mut pixels = [[0; 4]; 16];
        pixels.iter_mut().zip(rgba.as_chunks::<4>().0).for_each(|(to, from)| *to = *from);
        pixels
    }
}

/// All pixels, and whether none was missing.
fn unfold(body: &[u8], block: Block, size: Admitted) -> Result<(Vec<u8>, bool), Fault> {
    let mut rgba = filled(0_u8, size.pixels.saturating_mul(4))?;
    let (pixels, _) = rgba.as_chunks_mut::<4>();
    let width = size.width as usize;
    let mut blocks = body.chunks_exact(block.len());
    for rows in pixels.chunks_mut(width.saturating_mul(4)) {
        for left in (0..width).step_by(4) {
            let Some(bytes) = blocks.next() else { return Ok((rgba, false)) };
            let unfolded = block.unfold(bytes);
            for (row, colors) in rows.chunks_mut(width).zip(unfolded.chunks_exact(4)) {
                row.iter_mut().skip(left).zip(colors).for_each(|(to, color)| *to = *color);
            }
        }
    }
    Ok((rgba, true))
}

fn unmask(body: &[u8], bytes: usize, masks: [u32; 4], size: Admitted) -> Result<(Vec<u8>, bool), Fault> {
    let mut rgba = filled(0_u8, size.pixels.saturating_mul(4))?;
    let (pixels, _) = rgba.as_chunks_mut::<4>();
    let mut count = 0_usize;
    for (to, from) in pixels.iter_mut().zip(body.chunks_exact(bytes.max(1))) {
        let pixel = from.iter().rev().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        let level =
            |mask: u32| to_8_bits((pixel & mask).checked_shr(mask.trailing_zeros()).unwrap_or(0), most(mask));
        let [red, green, blue, alpha] = masks;
        *to = [level(red), level(green), level(blue), if alpha == 0 { u8::MAX } else { level(alpha) }];
        count = count.saturating_add(1);
    }
    Ok((rgba, count == size.pixels))
}

fn most(mask: u32) -> u32 {
    mask.checked_shr(mask.trailing_zeros()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pixels;
    use crate::formats::testing::ORDER;
    use proptest::prelude::*;

    fn file(code: [u8; 4], (flags, bits): (u32, u32), body: &[u8]) -> Vec<u8> {
        let mut file = vec![0; HEADER_LEN];
        let numbers = |at: usize, numbers: &[u32], file: &mut Vec<u8>| {
            file.splice(at..at + numbers.len() * 4, numbers.iter().flat_map(|number| number.to_le_bytes()));
        };
        file.splice(..4, *b"DDS ");
        numbers(4, &[124, 0, 1, 2], &mut file);
        numbers(80, &[flags], &mut file);
        file.splice(84..88, code);
        numbers(88, &[bits, 0x00ff_0000, 0xff00, 0xff, 0xff00_0000], &mut file);
        file.extend(body);
        file
    }

    #[track_caller]
    fn check(file: &[u8], wanted: Result<Pixels, Reason>) {
        let got = decode(&Source::from_bytes(&file), &ORDER);
        assert_eq!(got.map(|picture| picture.pixels).map_err(|fault| fault.reason), wanted);
    }

    #[test]
    fn masks_and_blocks() {
        check(&file([0; 4], (0x40, 24), &[3, 2, 1, 6, 5, 4]), Ok(Pixels::Rgb8(vec![1, 2, 3, 4, 5, 6])));
        check(
            &file([0; 4], (0x41, 32), &[3, 2, 1, 9, 6, 5, 4, 8]),
            Ok(Pixels::Rgba8(vec![1, 2, 3, 9, 4, 5, 6, 8])),
        );
        check(
            &file(*b"DXT1", (4, 0), &[0, 0xf8, 0, 0, 0, 0, 0, 0]),
            Ok(Pixels::Rgb8(vec![255, 0, 0, 255, 0, 0])),
        );
        check(&file(*b"WHAT", (4, 0), &[0; 8]), Err(Reason::Unsupported));
    }

    #[test]
    fn what_is_cut_short_is_shown_in_part() {
        check(&file([0; 4], (0x40, 24), &[3, 2, 1]), Ok(Pixels::Rgba8(vec![1, 2, 3, 255, 0, 0, 0, 0])));
        check(&file(*b"DXT1", (4, 0), &[]), Err(Reason::Corrupt));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_panic(
            code in prop::sample::select(vec![*b"DXT1", *b"DXT3", *b"DXT5", *b"ATI1", *b"ATI2", *b"DX10"]),
            flags in prop::sample::select(vec![4_u32, 0x40, 0x41, 0x20000]),
            bits in prop::sample::select(vec![8_u32, 16, 24, 32]),
            body in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let _ = decode(&Source::from_bytes(&file(code, (flags, bits), &body).as_slice()), &ORDER);
        }
    }
}
