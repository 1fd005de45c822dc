//! Linear light of any brightness to sRGB: the one operator for every format that stores light.
//! Knows nothing of formats.
//!
//! Light up to [`KNEE`] is kept as it is. Brighter light is bent so that no brightness is ever quite white, by the
//! brightest of the three channels and for all three alike, so that hues stay. Pictures that stay within 0 and 1,
//! which is most of what people keep, come out as a plain conversion to sRGB would give them, but for a slight
//! dip of the brightest tones.

use super::raster::reserved;
use crate::light::SRGB_16;
use crate::{Fault, Pixels};

/// Up to here light is kept: 0.8 is sRGB level 231, above all but highlights.
const KNEE: f32 = 0.8;

/// No light is brighter than this: beyond it, arithmetic would overflow and black come out.
const BRIGHTEST: f32 = 1e30;

/// Bends what is brighter than the knee into the room above it, with the same slope where they meet.
fn bend(brightest: f32) -> f32 {
    let room = 1.0 - KNEE;
    let over = (brightest - KNEE) / room;
    KNEE + room * over / (1.0 + over)
}

/// One pixel of linear light, alpha straight, as 16-bit sRGB. What is not a number, or negative, is dark.
pub(crate) fn shown([red, green, blue]: [f32; 3]) -> [u16; 3] {
    let clean = [red, green, blue].map(|level| if level > 0.0 { level.min(BRIGHTEST) } else { 0.0 });
    let brightest = clean.into_iter().fold(0.0, f32::max);
    let factor = if brightest > KNEE { bend(brightest) / brightest } else { 1.0 };
    clean.map(|level| encode(level * factor))
}

/// One pixel whose light cannot be brighter than white, only out of gamut: cut off, not bent.
pub(crate) fn clipped(light: [f32; 3]) -> [u16; 3] {
    light.map(encode)
}

/// Linear 0 to 1 to sRGB's curve.
fn encode(level: f32) -> u16 {
    let place = (level.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as usize;
    SRGB_16.get(place).copied().unwrap_or(u16::MAX)
}

/// CIE XYZ under D65 to linear sRGB (IEC 61966-2-1).
pub(crate) fn of_xyz([x, y, z]: [f32; 3]) -> [f32; 3] {
    [
        3.2406 * x - 1.5372 * y - 0.4986 * z,
        -0.9689 * x + 1.8758 * y + 0.0415 * z,
        0.0557 * x - 0.2040 * y + 1.0570 * z,
    ]
}

/// Whole pixels of linear light as 16-bit sRGB.
pub(crate) fn rgb(light: impl ExactSizeIterator<Item = [f32; 3]>) -> Result<Pixels, Fault> {
    let mut out = reserved(light.len().saturating_mul(3))?;
    light.for_each(|pixel| out.extend(shown(pixel)));
    Ok(Pixels::Rgb16(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(light: [f32; 3], wanted: [u8; 3]) {
        let got = shown(light).map(|level| (level / 257) as u8);
        assert!(
            got.iter().zip(wanted).all(|(got, wanted)| got.abs_diff(wanted) <= 1),
            "{got:?}, not {wanted:?}"
        );
    }

    #[test]
    fn light_below_the_knee_is_kept() {
        check([0.0, 0.0, 0.0], [0, 0, 0]);
        check([0.214, 0.214, 0.214], [127, 127, 127]);
        check([0.8, 0.5, 0.1], [231, 188, 89]);
    }

    #[test]
    fn brighter_light_is_bent_and_keeps_its_hue() {
        check([1.0, 1.0, 1.0], [243, 243, 243]);
        check([1e30, 1e30, 1e30], [255, 255, 255]);
        check([4.0, 0.0, 0.0], [253, 0, 0]);
    }

    #[test]
    fn what_is_no_light_is_dark() {
        check([f32::NAN, -1.0, f32::NEG_INFINITY], [0, 0, 0]);
        check([f32::INFINITY, 0.0, 0.0], [255, 0, 0]);
    }
}
