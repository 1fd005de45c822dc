//! A small picture between decoding and encoding: sRGB's primaries, in numbers that add up like light.
//! Knows its pixels; knows nothing of formats, profiles or sizes wanted.

use crate::Fault;
use crate::light::{SRGB_8, narrowed};
use crate::memory::filled;

/// Whether a canvas has a fourth channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and alpha, which is multiplied into the others.
    Rgba,
}

impl Channels {
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// Rows from top to bottom, channels interleaved, 16 bits each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Canvas {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: Channels,
    pub(crate) samples: Vec<u16>,
}

impl Canvas {
    /// sRGB numbers of 8 bits with the channels of the canvas: what encoders want.
    pub(crate) fn to_srgb8(&self) -> Result<Vec<u8>, Fault> {
        let mut numbers = filled(0_u8, self.width, self.height, self.channels.count())?;
        let table = &**SRGB_8;
        let of_light = |light: u16| table.get(usize::from(light)).copied().unwrap_or_default();
        match self.channels {
            Channels::Rgb => {
                for (to, from) in numbers.iter_mut().zip(&self.samples) {
                    *to = of_light(*from);
                }
            }
            Channels::Rgba => {
                for (to, from) in
                    numbers.as_chunks_mut::<4>().0.iter_mut().zip(self.samples.as_chunks::<4>().0)
                {
                    let [red, green, blue, alpha] = straight(*from);
                    *to = [of_light(red), of_light(green), of_light(blue), narrowed(alpha)];
                }
            }
        }
        Ok(numbers)
    }
}

/// A pixel with its alpha divided out again. What cannot be seen is black: it costs encoders least.
pub(crate) fn straight([red, green, blue, alpha]: [u16; 4]) -> [u16; 4] {
    let whole = |part: u16| {
        let widened = u32::from(part).wrapping_mul(0xFFFF).wrapping_add(u32::from(alpha / 2));
        widened.checked_div(u32::from(alpha)).unwrap_or_default().min(0xFFFF) as u16
    };
    [whole(red), whole(green), whole(blue), alpha]
}

/// A pixel with its alpha multiplied in.
pub(crate) fn premultiplied([red, green, blue]: [u16; 3], alpha: u16) -> [u16; 4] {
    let part = |light: u16| {
        let product = u32::from(light).wrapping_mul(u32::from(alpha)).wrapping_add(0x7FFF);
        (product / 0xFFFF) as u16
    };
    [part(red), part(green), part(blue), alpha]
}
