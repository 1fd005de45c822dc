//! From what a file's numbers mean to sRGB, on the small picture, where it costs least.
//! Knows ICC profiles and inks; knows nothing of formats or sizes.

use crate::canvas::{Canvas, Channels, premultiplied, straight};
use crate::light::{LIGHT_OF_8, LIGHT_OF_16, SRGB_16};
use crate::memory::filled;
use crate::resize::Small;
use crate::{CodePoints, ColorSpace, Fault};
use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients, ToneReprCurve,
    TransferCharacteristics, TransformOptions,
};

/// The small picture in sRGB. A profile that is broken, or made for another kind of numbers, is left out with a
/// warning: the picture as sRGB is better than none.
pub(crate) fn to_srgb(small: Small, color: &ColorSpace, warnings: &mut Vec<String>) -> Result<Canvas, Fault> {
    let profile = match color {
        ColorSpace::Srgb => None,
        ColorSpace::Icc(bytes) => {
            Some(ColorProfile::new_from_slice(bytes).map_err(|error| error.to_string()))
        }
        ColorSpace::AdobeRgb => Some(Ok(ColorProfile::new_adobe_rgb())),
        ColorSpace::Coded(points) => coded(*points).map(Ok),
    };
    match small {
        Small::Light(canvas) => match profile.map(|profile| Change::by(&profile?, &canvas)) {
            None => Ok(canvas),
            Some(Ok(change)) => change.applied(canvas),
            Some(Err(words)) => {
                warnings.push(ignored(&words));
                Ok(canvas)
            }
        },
        Small::Ink { width, height, inks } => {
            let mut rgb = filled(0_u8, width, height, 3)?;
            match profile.map(|profile| print(&profile?, &inks, &mut rgb)) {
                Some(Ok(())) => {}
                None => multiply(&inks, &mut rgb),
                Some(Err(words)) => {
                    warnings.push(ignored(&words));
                    multiply(&inks, &mut rgb);
                }
            }
            canvas_of(&rgb, width, height)
        }
    }
}

/// The profile of code points; nothing where they say "unspecified" or what nobody knows.
fn coded(points: CodePoints) -> Option<ColorProfile> {
    Some(ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(points.primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(points.transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    }))
}

fn ignored(words: &str) -> String {
    format!("colour profile ignored: {words}")
}

/// What a profile does to a picture that was brought to light as if it were sRGB.
enum Change {
    /// Nothing worth doing.
    Nothing,
    /// The profile's curve is sRGB's (Display P3 is such): its primaries are all that differs.
    Primaries([[f32; 3]; 3]),
    /// Anything else, by way of the file's own numbers.
    Numbers(Numbers),
}

/// The file's numbers of 16 bits, with so many channels, into sRGB numbers.
struct Numbers {
    layout: Layout,
    transform: std::sync::Arc<moxcms::Transform16BitExecutor>,
}

impl Change {
    fn by(profile: &ColorProfile, canvas: &Canvas) -> Result<Self, String> {
        let srgb = ColorProfile::new_srgb();
        let layout = match profile.color_space {
            DataColorSpace::Gray if is_gray(canvas) => Layout::Gray,
            DataColorSpace::Rgb => Layout::Rgb,
            other => return Err(format!("it is for {other:?}, the picture is not")),
        };
        if is_srgb_in_all_but_primaries(profile) {
            let matrix = profile.transform_matrix(&srgb).v.map(|row| row.map(|cell| cell as f32));
            return Ok(if is_identity(&matrix) { Self::Nothing } else { Self::Primaries(matrix) });
        }
        let transform = profile
            .create_transform_16bit(layout, &srgb, Layout::Rgb, TransformOptions::default())
            .map_err(|error| error.to_string())?;
        Ok(Self::Numbers(Numbers { layout, transform }))
    }

    fn applied(self, mut canvas: Canvas) -> Result<Canvas, Fault> {
        match self {
            Self::Nothing => {}
            Self::Primaries(matrix) => with_primaries(&mut canvas, &matrix),
            Self::Numbers(numbers) => numbers.apply(&mut canvas)?,
        }
        Ok(canvas)
    }
}

/// Half of the least step that 8 bits can show.
const TOLERANCE: f32 = 0.5 / 255.0;

fn is_identity(matrix: &[[f32; 3]; 3]) -> bool {
    let identity = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let cells = matrix.as_flattened().iter().zip(identity.as_flattened());
    cells.into_iter().all(|(cell, wanted): (&f32, &f32)| (cell - wanted).abs() < TOLERANCE)
}

/// Whether a profile is three primaries and, close enough, sRGB's curve.
fn is_srgb_in_all_but_primaries(profile: &ColorProfile) -> bool {
    let tables =
        [&profile.lut_a_to_b_perceptual, &profile.lut_a_to_b_colorimetric, &profile.lut_a_to_b_saturation];
    let other_curve =
        profile.cicp.is_some_and(|cicp| cicp.transfer_characteristics != TransferCharacteristics::Srgb);
    let curves = [&profile.red_trc, &profile.green_trc, &profile.blue_trc];
    profile.is_matrix_shaper()
        && profile.pcs == DataColorSpace::Xyz
        && tables.iter().all(|table| table.is_none())
        && !other_curve
        && curves.into_iter().flatten().all(is_srgb_curve)
}

/// Compared at 16 places, and by less than what separates sRGB from a plain gamma of 2.2.
fn is_srgb_curve(curve: &ToneReprCurve) -> bool {
    let Ok(curve) = curve.make_linear_evaluator() else { return false };
    LIGHT_OF_8.iter().enumerate().step_by(17).all(|(number, light)| {
        let expected = f32::from(*light) / 65535.0;
        (curve.evaluate_value(number as f32 / 255.0) - expected).abs() < 0.001
    })
}

fn is_gray(canvas: &Canvas) -> bool {
    let gray = |pixel: &[u16]| matches!(pixel, [red, green, blue, ..] if red == green && green == blue);
    canvas.samples.chunks_exact(canvas.channels.count()).all(gray)
}

/// Light adds up, so other primaries are a matrix; with alpha multiplied in it stays one.
fn with_primaries(canvas: &mut Canvas, matrix: &[[f32; 3]; 3]) {
    for pixel in canvas.samples.chunks_exact_mut(canvas.channels.count()) {
        let most = pixel.get(3).copied().map_or(65535.0, f32::from);
        if let [red, green, blue, ..] = pixel {
            let light = [f32::from(*red), f32::from(*green), f32::from(*blue)];
            let [new_red, new_green, new_blue] = matrix.map(|[r, g, b]| {
                (r * light[0] + g * light[1] + b * light[2]).clamp(0.0, most).round() as u16
            });
            (*red, *green, *blue) = (new_red, new_green, new_blue);
        }
    }
}

impl Numbers {
    /// Row by row: back to the file's numbers, through the profile, and to light again.
    fn apply(&self, canvas: &mut Canvas) -> Result<(), Fault> {
        let (number_of, light_of) = (&**SRGB_16, &**LIGHT_OF_16);
        let number = |light: u16| number_of.get(usize::from(light)).copied().unwrap_or_default();
        let light = |number: u16| light_of.get(usize::from(number)).copied().unwrap_or_default();
        let used = if self.layout == Layout::Gray { 1 } else { 3 };
        let mut before = filled(0_u16, canvas.width, 1, used)?;
        let mut after = filled(0_u16, canvas.width, 1, 3)?;
        let row_len = (canvas.width as usize).saturating_mul(canvas.channels.count()).max(1);
        for row in canvas.samples.chunks_exact_mut(row_len) {
            let pixels = row.chunks_exact(canvas.channels.count());
            for (to, pixel) in before.chunks_exact_mut(used).zip(pixels) {
                let [red, green, blue, _] = straight(with_alpha(pixel));
                to.iter_mut().zip([red, green, blue]).for_each(|(to, from)| *to = number(from));
            }
            if self.transform.transform(&before, &mut after).is_err() {
                continue; // both rows have the lengths it asks for; a row unchanged is better than no picture
            }
            for (pixel, new) in row.chunks_exact_mut(canvas.channels.count()).zip(after.as_chunks::<3>().0) {
                let alpha = pixel.get(3).copied().unwrap_or(0xFFFF);
                let new = premultiplied(new.map(light), alpha);
                pixel.iter_mut().zip(new).for_each(|(to, from)| *to = from);
            }
        }
        Ok(())
    }
}

fn with_alpha(pixel: &[u16]) -> [u16; 4] {
    match pixel {
        [red, green, blue, alpha] => [*red, *green, *blue, *alpha],
        [red, green, blue, ..] => [*red, *green, *blue, 0xFFFF],
        _ => [0; 4],
    }
}

fn print(profile: &ColorProfile, inks: &[u8], rgb: &mut [u8]) -> Result<(), String> {
    if profile.color_space != DataColorSpace::Cmyk {
        return Err(format!("it is for {:?}, the picture has inks", profile.color_space));
    }
    let srgb = ColorProfile::new_srgb();
    profile
        .create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, TransformOptions::default())
        .and_then(|transform| transform.transform(inks, rgb))
        .map_err(|error| error.to_string())
}

/// Ink takes light away: the plain way when no profile says how the inks look on paper.
fn multiply(inks: &[u8], rgb: &mut [u8]) {
    for (to, [cyan, magenta, yellow, black]) in
        rgb.as_chunks_mut::<3>().0.iter_mut().zip(inks.as_chunks::<4>().0)
    {
        let paper = u16::from(!black);
        *to = [cyan, magenta, yellow]
            .map(|ink| (u16::from(!ink).wrapping_mul(paper).wrapping_add(127) / 255) as u8);
    }
}

fn canvas_of(rgb: &[u8], width: u32, height: u32) -> Result<Canvas, Fault> {
    let mut samples = filled(0_u16, width, height, 3)?;
    let table = &**LIGHT_OF_8;
    for (to, from) in samples.iter_mut().zip(rgb) {
        *to = table.get(usize::from(*from)).copied().unwrap_or_default();
    }
    Ok(Canvas { width, height, channels: Channels::Rgb, samples })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a panic fails the test
    use super::*;

    /// One pixel, with or without alpha, through a profile.
    fn converted(profile: &ColorProfile, pixel: &[u8]) -> (Vec<u8>, Vec<String>) {
        let light = |number: u8| LIGHT_OF_8.get(usize::from(number)).copied().unwrap();
        let (channels, samples) = match *pixel {
            [red, green, blue, alpha] => {
                let alpha = u16::from(alpha) * 0x101;
                (Channels::Rgba, premultiplied([red, green, blue].map(light), alpha).to_vec())
            }
            _ => (Channels::Rgb, pixel.iter().copied().map(light).collect()),
        };
        let small = Small::Light(Canvas { width: 1, height: 1, channels, samples });
        let mut warnings = Vec::new();
        let canvas = to_srgb(small, &ColorSpace::Icc(profile.encode().unwrap()), &mut warnings).unwrap();
        (canvas.to_srgb8().unwrap(), warnings)
    }

    #[track_caller]
    fn check(profile: &ColorProfile, pixel: &[u8], expected: &[u8]) {
        let (found, warnings) = converted(profile, pixel);
        assert!(warnings.is_empty(), "{warnings:?}");
        let near = found.iter().zip(expected).all(|(found, wanted)| found.abs_diff(*wanted) <= 1);
        assert!(near && found.len() == expected.len(), "{pixel:?} became {found:?} instead of {expected:?}");
    }

    #[test]
    fn srgb_is_left_alone() {
        check(&ColorProfile::new_srgb(), &[12, 130, 250], &[12, 130, 250]);
    }

    /// Expected values worked out from chromaticities and curves, outside this program.
    #[test]
    fn other_primaries_and_curves_are_brought_over() {
        check(&ColorProfile::new_display_p3(), &[200, 100, 50], &[215, 93, 31]);
        check(&ColorProfile::new_display_p3(), &[128, 128, 128], &[128, 128, 128]);
        check(&ColorProfile::new_display_p3(), &[255, 0, 0], &[255, 0, 0]);
        check(&ColorProfile::new_adobe_rgb(), &[128, 128, 128], &[129, 129, 129]);
        check(&ColorProfile::new_adobe_rgb(), &[100, 150, 50], &[66, 151, 34]);
    }

    #[test]
    fn alpha_stays_as_it_is() {
        check(&ColorProfile::new_display_p3(), &[200, 100, 50, 128], &[215, 93, 31, 128]);
        check(&ColorProfile::new_adobe_rgb(), &[100, 150, 50, 128], &[66, 151, 34, 128]);
    }

    #[test]
    fn grey_profiles_are_for_grey_pictures() {
        check(&ColorProfile::new_gray_with_gamma(1.8), &[100, 100, 100], &[119, 119, 119]);
        let (same, warnings) = converted(&ColorProfile::new_gray_with_gamma(1.8), &[100, 100, 104]);
        assert_eq!((same, warnings.len()), (vec![100, 100, 104], 1));
    }

    #[test]
    fn a_broken_profile_is_left_out_with_a_warning() {
        let small = Small::Ink { width: 1, height: 1, inks: vec![0, 255, 255, 0] };
        let mut warnings = Vec::new();
        let canvas = to_srgb(small, &ColorSpace::Icc(b"no profile".to_vec()), &mut warnings).unwrap();
        assert_eq!((canvas.to_srgb8().unwrap(), warnings.len()), (vec![255, 0, 0], 1));
    }
}
