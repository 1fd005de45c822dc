//! Linear light as formats store it, to numbers: what `OpenEXR`, Radiance HDR and floats have in common.
//! Knows nothing of formats, nor of how light that is too bright is bent: `tone` of the crate does that.

use super::raster::filled;
use crate::light::SRGB_16;
use crate::tone::Tone;
use crate::{Fault, Pixels};

/// One pixel as 16-bit sRGB; light that a screen cannot show is cut off, not bent.
pub(crate) fn clipped(light: [f32; 3]) -> [u16; 3] {
    light.map(|level| {
        // Rounded by hand: the least of processors have no instruction for it, and a call costs more than all the rest.
        let place = (level.clamp(0.0, 1.0) * f32::from(u16::MAX) + 0.5) as usize;
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
fn of_xyz_d50([x, y, z]: [f32; 3]) -> [f32; 3] {
    [
        3.1339 * x - 1.6169 * y - 0.4906 * z,
        -0.9785 * x + 1.9160 * y + 0.0333 * z,
        0.0720 * x - 0.2290 * y + 1.4057 * z,
    ]
}

/// CIE L*a*b* under D50, as print and Photoshop have it, to linear sRGB (CIE 15).
pub(crate) fn of_lab_d50([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let y = (lightness + 16.0) / 116.0;
    let part = |root: f32| {
        if root > 6.0 / 29.0 { root.powi(3) } else { 3.0 * (6.0_f32 / 29.0).powi(2) * (root - 4.0 / 29.0) }
    };
    let [white_x, white_z] = [0.9642, 0.8249];
    of_xyz_d50([white_x * part(y + a / 500.0), part(y), white_z * part(y - b / 200.0)])
}

/// Whole pixels of linear light as 16-bit sRGB.
pub(crate) fn rgb(light: impl ExactSizeIterator<Item = [f32; 3]> + Clone) -> Result<Pixels, Fault> {
    let mut out = filled(0, light.len().saturating_mul(3))?;
    let tone = Tone::of(light.clone());
    let places = out.as_chunks_mut::<3>().0;
    places.iter_mut().zip(light).for_each(|(place, pixel)| *place = clipped(tone.bent(pixel)));
    Ok(Pixels::Rgb16(out))
}
