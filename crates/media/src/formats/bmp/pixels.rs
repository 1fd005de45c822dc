//! Stored rows of a BMP to RGB or RGBA.
//! Knows nothing of headers beyond their masks and palette, and nothing of the order of rows.

use super::header::Header;
use crate::formats::raster::to_8_bits;

/// Paints rows of one layout.
pub(super) struct Painter<'a> {
    header: &'a Header,
    channels: [Channel; 4],
    samples: usize,
}

impl<'a> Painter<'a> {
    pub(super) fn new(header: &'a Header, samples: usize) -> Self {
        Self { header, channels: header.masks.map(Channel::new), samples }
    }

    /// Paints stored rows one after the other for as long as there are any; returns how many.
    pub(super) fn paint<'b>(
        &self,
        out: impl Iterator<Item = &'b mut [u8]>,
        stored: impl Iterator<Item = &'b [u8]>,
    ) -> usize {
        out.zip(stored).map(|(to, from)| self.paint_row(to, from)).count()
    }

    fn paint_row(&self, to: &mut [u8], from: &[u8]) {
        let to = to.chunks_exact_mut(self.samples);
        match self.header.bits {
            bits @ (1 | 2 | 4) => {
                let per_byte = 8_u16.checked_div(bits).unwrap_or(1);
                let indices = from.iter().flat_map(|byte| split(*byte, bits, per_byte));
                to.zip(indices).for_each(|(to, index)| self.look_up(to, index));
            }
            8 => to.zip(from).for_each(|(to, index)| self.look_up(to, *index)),
            16 => {
                let (stored, _) = from.as_chunks::<2>();
                to.zip(stored).for_each(|(to, pixel)| self.mask(to, u32::from(u16::from_le_bytes(*pixel))));
            }
            24 => {
                let (stored, _) = from.as_chunks::<3>();
                to.zip(stored)
                    .for_each(|(to, [blue, green, red])| to.copy_from_slice(&[*red, *green, *blue]));
            }
            _ => {
                let (stored, _) = from.as_chunks::<4>();
                to.zip(stored).for_each(|(to, pixel)| self.mask(to, u32::from_le_bytes(*pixel)));
            }
        }
    }

    /// An index beyond the palette is black, as everybody shows it.
    fn look_up(&self, to: &mut [u8], index: u8) {
        let color = self.header.palette.get(usize::from(index)).copied().unwrap_or_default();
        to.copy_from_slice(&color);
    }

    fn mask(&self, to: &mut [u8], pixel: u32) {
        for (to, channel) in to.iter_mut().zip(&self.channels) {
            *to = channel.level(pixel);
        }
    }
}

fn split(byte: u8, bits: u16, per_byte: u16) -> impl Iterator<Item = u8> {
    let mask = u8::MAX.checked_shr(u32::from(8_u16.saturating_sub(bits))).unwrap_or(u8::MAX);
    (1..=per_byte).map(move |place| {
        let shift = 8_u16.saturating_sub(place.saturating_mul(bits));
        byte.checked_shr(u32::from(shift)).unwrap_or(0) & mask
    })
}

/// One channel of a masked pixel.
#[derive(Debug, Clone, Copy)]
struct Channel {
    mask: u32,
    shift: u32,
    most: u32,
}

impl Channel {
    fn new(mask: u32) -> Self {
        let shift = mask.trailing_zeros();
        Self { mask, shift, most: mask.checked_shr(shift).unwrap_or(0) }
    }

    fn level(self, pixel: u32) -> u8 {
        let value = (pixel & self.mask).checked_shr(self.shift).unwrap_or(0);
        match self.most {
            255 => value as u8,
            most => to_8_bits(value, most),
        }
    }
}
