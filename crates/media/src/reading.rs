//! How a picture's numbers become light between black and white, which adds up when it is made smaller: by sRGB's curve,
//! by curves of its own, or, where it is brighter than white, by a curve and the tone operator.
//! Knows numbers and curves; knows nothing of profiles, primaries or sizes.

use crate::Pixels;
use crate::light::{LIGHT_OF_8, LIGHT_OF_16};
use crate::tone::Tone;
use crate::transfer::{LUMINANCE, Transfer, hlg_gain};
use std::sync::Arc;

/// White, as the resize and the canvas count light.
const WHITE: f32 = 65535.0;

/// A way to read numbers. All are read at full size, before they are added up: added as they are, numbers come out too
/// dark, and light brighter than white leaves rims and rings around itself.
pub(crate) enum Reading {
    Srgb,
    Curves(Curves),
    Bright(Bright),
}

/// A number of a pixel.
pub(crate) trait Number: Copy {
    const MOST: usize;
    fn place(self) -> usize;
    /// The light of every number by sRGB's curve.
    fn table() -> &'static [u16];
    /// Light by sRGB's curve.
    fn srgb() -> impl Fn(Self) -> f32;
    /// As part of the most there can be.
    fn part(self) -> f32 {
        self.place() as f32 / Self::MOST as f32
    }
}

impl Number for u8 {
    const MOST: usize = 0xFF;
    fn place(self) -> usize {
        self.into()
    }
    fn table() -> &'static [u16] {
        LIGHT_OF_8.as_slice()
    }
    fn srgb() -> impl Fn(Self) -> f32 {
        let table = LIGHT_OF_8.map(f32::from);
        move |number| table.get(usize::from(number)).copied().unwrap_or_default()
    }
}

impl Number for u16 {
    const MOST: usize = 0xFFFF;
    fn place(self) -> usize {
        self.into()
    }
    fn table() -> &'static [u16] {
        LIGHT_OF_16.as_slice()
    }
    fn srgb() -> impl Fn(Self) -> f32 {
        let table = &**LIGHT_OF_16;
        move |number| f32::from(table.get(usize::from(number)).copied().unwrap_or_default())
    }
}

/// sRGB's curve on three numbers.
pub(crate) fn by_srgb<S: Number>() -> impl Fn([S; 3]) -> [f32; 3] {
    let of = S::srgb();
    move |[red, green, blue]| [of(red), of(green), of(blue)]
}

/// The light of every number.
#[derive(Clone)]
pub(crate) struct Table(Arc<[f32]>);

impl Table {
    /// By a function from numbers to light, both from 0 to 1, for numbers as wide as those of `pixels`. What the
    /// function says beyond that is cut off.
    pub(crate) fn new(pixels: &Pixels, curve: impl Fn(f64) -> f64) -> Self {
        Self::bright(pixels, |number| match curve(number) {
            light if light > 0.0 => light.min(1.0) * f64::from(WHITE),
            _ => 0.0,
        })
    }

    /// The same with light as the function says.
    fn bright(pixels: &Pixels, curve: impl Fn(f64) -> f64) -> Self {
        let most = match pixels {
            Pixels::Rgb16(_) | Pixels::Rgba16(_) => u16::MOST,
            Pixels::Rgb8(_) | Pixels::Rgba8(_) | Pixels::Cmyk8(_) => u8::MOST,
        };
        Self((0..=most).map(|number| curve(number as f64 / most as f64) as f32).collect())
    }

    fn at<S: Number>(&self, number: S) -> f32 {
        self.0.get(number.place()).copied().unwrap_or_default()
    }
}

/// A table for each channel; most files have one for all.
pub(crate) struct Curves(pub(crate) [Table; 3]);

impl Curves {
    pub(crate) fn read<S: Number>(&self) -> impl Fn([S; 3]) -> [f32; 3] {
        let Self([reds, greens, blues]) = self;
        |[red, green, blue]| [reds.at(red), greens.at(green), blues.at(blue)]
    }
}

/// Numbers whose light goes beyond white.
pub(crate) struct Bright {
    /// One table for all channels.
    light: Table,
    /// What a display makes of HLG's light, by its luminance: the exponent and seven bits of it.
    gains: Option<Vec<f32>>,
    tone: Tone,
}

impl Bright {
    pub(crate) fn of(transfer: Transfer, pixels: &Pixels) -> Self {
        let light = Table::bright(pixels, |number| transfer.light(number));
        let gains = (transfer == Transfer::Hlg).then(gains);
        let mut bright = Self { light, gains, tone: Tone::of(std::iter::empty()) };
        bright.tone = match pixels {
            Pixels::Rgb8(rgb) => Tone::of(rgb.as_chunks().0.iter().map(|pixel| bright.light(*pixel))),
            Pixels::Rgb16(rgb) => Tone::of(rgb.as_chunks().0.iter().map(|pixel| bright.light(*pixel))),
            Pixels::Rgba8(rgba) => Tone::of(rgba.as_chunks().0.iter().map(|pixel| bright.seen(*pixel))),
            Pixels::Rgba16(rgba) => Tone::of(rgba.as_chunks().0.iter().map(|pixel| bright.seen(*pixel))),
            Pixels::Cmyk8(_) => bright.tone,
        };
        bright
    }

    pub(crate) fn read<S: Number>(&self) -> impl Fn([S; 3]) -> [f32; 3] {
        |pixel| self.tone.bent(self.light(pixel)).map(|light| light * WHITE)
    }

    /// Light as it is on a display that can show it.
    fn light<S: Number>(&self, pixel: [S; 3]) -> [f32; 3] {
        let light = pixel.map(|number| self.light.at(number));
        let Some(gains) = &self.gains else { return light };
        let luminance: f32 = light.iter().zip(LUMINANCE).map(|(light, share)| light * share).sum();
        let gain = gains.get((luminance.to_bits() >> 16) as usize).copied().unwrap_or_default();
        light.map(|light| light * gain)
    }

    /// The same of what can be seen at all.
    fn seen<S: Number>(&self, [red, green, blue, alpha]: [S; 4]) -> [f32; 3] {
        if alpha.place() == 0 { [0.0; 3] } else { self.light([red, green, blue]) }
    }
}

/// For every luminance from 0 to 1 in steps of less than a percent, and so the gain in steps of less than a fifth of one.
fn gains() -> Vec<f32> {
    let luminance = |bin: u32| f64::from(f32::from_bits((bin << 16) | 0x8000));
    (0..=f32::to_bits(1.0) >> 16).map(|bin| hlg_gain(luminance(bin)) as f32).collect()
}
