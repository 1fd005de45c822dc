//! Linear light of any brightness to sRGB: the one operator for every format that stores light.
//! Knows nothing of formats.
//!
//! A picture that stays within 0 and 1, which is most of what people keep, is converted as it is. In one that goes
//! beyond, light up to [`KNEE`] is kept and the rest is bent (Reinhard's extended curve) so that the brightest pixel
//! is just white: by the brightest of a pixel's channels and for all three alike, so that hues stay. The less a
//! picture goes beyond 1, the less is bent.

use super::raster::reserved;
use crate::light::SRGB_16;
use crate::{Fault, Pixels};

/// Up to here light is always kept: 0.8 is sRGB level 231, above all but highlights.
const KNEE: f32 = 0.8;

/// No light is brighter than this: beyond it, arithmetic would overflow.
const BRIGHTEST: f32 = 1e15;

/// The curve for one picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tone {
    /// The brightest light, above the knee and in units of the room there; 1 or less bends nothing.
    white: f32,
}

impl Tone {
    /// The curve for a picture of these pixels.
    pub(crate) fn of(light: impl Iterator<Item = [f32; 3]>) -> Self {
        let brightest = light.map(|pixel| brightest(clean(pixel))).fold(0.0, f32::max);
        Self { white: above_knee(brightest) }
    }

    /// One pixel of linear light, alpha straight, as 16-bit sRGB. What is not a number, or negative, is dark.
    pub(crate) fn shown(self, light: [f32; 3]) -> [u16; 3] {
        let light = clean(light);
        let brightest = brightest(light);
        if self.white <= 1.0 || brightest <= KNEE {
            return clipped(light);
        }
        let over = above_knee(brightest);
        let bent = over * (1.0 + over / (self.white * self.white)) / (1.0 + over);
        let factor = (KNEE + (1.0 - KNEE) * bent) / brightest;
        clipped(light.map(|level| level * factor))
    }
}

fn clean(light: [f32; 3]) -> [f32; 3] {
    light.map(|level| if level > 0.0 { level.min(BRIGHTEST) } else { 0.0 })
}

fn brightest(light: [f32; 3]) -> f32 {
    light.into_iter().fold(0.0, f32::max)
}

fn above_knee(level: f32) -> f32 {
    (level - KNEE) / (1.0 - KNEE)
}

/// One pixel whose light cannot be brighter than white, only out of gamut: cut off, not bent.
pub(crate) fn clipped(light: [f32; 3]) -> [u16; 3] {
    light.map(|level| {
        let place = (level.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as usize;
        SRGB_16.get(place).copied().unwrap_or(u16::MAX)
    })
}

/// CIE XYZ under D65 to linear sRGB (IEC 61966-2-1).
pub(crate) fn of_xyz([x, y, z]: [f32; 3]) -> [f32; 3] {
    [
        3.2406 * x - 1.5372 * y - 0.4986 * z,
        -0.9689 * x + 1.8758 * y + 0.0415 * z,
        0.0557 * x - 0.2040 * y + 1.0570 * z,
    ]
}

/// CIE XYZ under D50 to linear sRGB, adapted to its white by Bradford's method.
pub(crate) fn of_xyz_d50([x, y, z]: [f32; 3]) -> [f32; 3] {
    [
        3.1339 * x - 1.6169 * y - 0.4906 * z,
        -0.9785 * x + 1.9160 * y + 0.0333 * z,
        0.0720 * x - 0.2290 * y + 1.4057 * z,
    ]
}

/// Whole pixels of linear light as 16-bit sRGB.
pub(crate) fn rgb(light: impl ExactSizeIterator<Item = [f32; 3]> + Clone) -> Result<Pixels, Fault> {
    let mut out = reserved(light.len().saturating_mul(3))?;
    let tone = Tone::of(light.clone());
    light.for_each(|pixel| out.extend(tone.shown(pixel)));
    Ok(Pixels::Rgb16(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a pixel becomes, in 8 bits, in a picture whose brightest pixel is `white`.
    #[track_caller]
    fn check(white: f32, light: [f32; 3], wanted: [u8; 3]) {
        let got = Tone::of([[white; 3], light].into_iter()).shown(light).map(|level| (level / 257) as u8);
        assert!(
            got.iter().zip(wanted).all(|(got, wanted)| got.abs_diff(wanted) <= 1),
            "{got:?}, not {wanted:?}"
        );
    }

    #[test]
    fn a_picture_within_white_is_kept() {
        check(1.0, [0.0, 0.0, 0.0], [0, 0, 0]);
        check(1.0, [0.214, 0.214, 0.214], [127, 127, 127]);
        check(1.0, [1.0, 0.9, 0.1], [255, 243, 89]);
    }

    #[test]
    fn light_below_the_knee_is_kept_in_any_picture() {
        check(1e9, [0.8, 0.5, 0.1], [231, 188, 89]);
    }

    #[test]
    fn brighter_light_is_bent_and_keeps_its_hue() {
        check(1e9, [1.0, 1.0, 1.0], [243, 243, 243]);
        check(1.1, [1.0, 1.0, 1.0], [248, 248, 248]);
        check(4.0, [4.0, 4.0, 4.0], [255, 255, 255]);
        check(4.0, [4.0, 2.0, 0.0], [255, 187, 0]);
    }

    #[test]
    fn what_is_no_light_is_dark() {
        check(1.0, [f32::NAN, -1.0, f32::NEG_INFINITY], [0, 0, 0]);
        check(1.0, [f32::INFINITY, 0.0, 0.0], [255, 0, 0]);
    }
}
